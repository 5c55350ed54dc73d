//! Calendars as iCalendar (RFC 5545): whole days without a time zone, so that nothing moves them.
//!
//! The same calendar is the same text on every run: a UID is made of what the dose is, and the stamp is the first day.

use std::fmt::Write as _;

use icalendar::{Calendar, Component, Event, Property};

use super::row::Row;
use crate::record::time::date_of;

/// The text of a calendar.
#[must_use]
pub fn calendar(protocol: &str, start: i64, rows: &[Row]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//trialc//dose calendar//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    let mut seen = std::collections::BTreeMap::new();
    for row in rows {
        let mut uid = format!("{protocol}-{}-{}-{}-{}-{}", row.arm, row.participant, row.given_as, row.drug, row.date);
        let count = seen.entry(uid.clone()).or_insert(0_u32);
        *count += 1;
        if *count > 1 {
            let _ = write!(uid, "-{count}");
        }
        calendar.push(event(row, &format!("{uid}@trialc"), start));
    }
    calendar.to_string()
}

fn event(row: &Row, uid: &str, start: i64) -> Event {
    let mut event = Event::new();
    event.uid(uid);
    event.append_property(Property::new("DTSTAMP", format!("{}T000000Z", basic(start))));
    let mut begins = Property::new("DTSTART", row.date.replace('-', ""));
    begins.add_parameter("VALUE", "DATE");
    event.append_property(begins);
    if let Some(to) = row.to.as_ref().and_then(|to| to.parse::<jiff::civil::Date>().ok()) {
        // The end is the day behind the last one.
        let behind = to.tomorrow().unwrap_or(to).to_string().replace('-', "");
        let mut ends = Property::new("DTEND", behind);
        ends.add_parameter("VALUE", "DATE");
        event.append_property(ends);
    }
    let amount = if row.dose.is_some() { row.amount() } else { row.ordered.clone() };
    let route = row.route.as_deref().unwrap_or("");
    let state = match row.state {
        "planned" => String::new(),
        state => format!("({})", state.replace('_', " ")),
    };
    let parts = [row.thing(), amount, route.to_owned(), state];
    let summary: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    event.summary(&summary.join(" "));
    let mut said = vec![format!("study day {}, {}", row.study_day, row.epoch)];
    if row.together.is_some() {
        said.push(format!("all together {}", row.altogether()));
    }
    said.extend(row.notes.iter().cloned());
    event.description(&said.join("\n"));
    event.append_property(Property::new("TRANSP", "TRANSPARENT"));
    event.done()
}

fn basic(day: i64) -> String {
    date_of(day).map(|date| date.to_string().replace('-', "")).unwrap_or_default()
}
