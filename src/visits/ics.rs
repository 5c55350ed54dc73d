//! Visits as iCalendar (RFC 5545): whole days, the same text on every run.

use icalendar::{Calendar, Component, Event, Property};

use super::{Activities, Planned};
use crate::record::time::date_of;
use crate::schedule::row::date;

/// The text of a participant's calendar; what no plan dates is left out.
#[must_use]
pub fn calendar(activities: &Activities<'_>, participant: &str) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//trialc//visits//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    for (at, column) in activities.columns.iter().enumerate() {
        let Planned::Days { first, last, from, to } = column.when else { continue };
        let name = column.name();
        let mut event = Event::new();
        let who = if participant.is_empty() { String::new() } else { format!("-{participant}") };
        event.uid(&format!("{}{who}-visit-{}@trialc", activities.trial.name, name.replace(' ', "-")));
        event.append_property(Property::new("DTSTAMP", format!("{}T000000Z", basic(activities.start))));
        for (key, day) in [("DTSTART", first), ("DTEND", last + 1)] {
            let mut property = Property::new(key, basic(day));
            property.add_parameter("VALUE", "DATE");
            event.append_property(property);
        }
        event.summary(column.visit.prose.as_deref().unwrap_or(&name));
        let mut said = vec![format!("{name}, study day {}", activities.study_day(first))];
        if (from, to) != (first, last) {
            said.push(format!("window {} to {}", date(from), date(to)));
        }
        let collected: Vec<String> = activities
            .rows
            .iter()
            .filter_map(|row| {
                let condition = (*row.cells.get(at)?)?.condition;
                Some(match condition {
                    None => row.label.clone(),
                    Some(condition) => format!("{} where {}", row.label, activities.condition(condition)),
                })
            })
            .collect();
        if !collected.is_empty() {
            said.push(collected.join(", "));
        }
        event.description(&said.join("\n"));
        event.append_property(Property::new("TRANSP", "TRANSPARENT"));
        calendar.push(event.done());
    }
    calendar.to_string()
}

fn basic(day: i64) -> String {
    date_of(day).map(|date| date.to_string().replace('-', "")).unwrap_or_default()
}
