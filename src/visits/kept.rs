//! Visits that took place beside those that were planned: in their window, early, late, missed; and what was not collected.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Activities, Planned};
use crate::chart::Kind;
use crate::evaluate::{Evaluator, Kleene};
use crate::explain;
use crate::ir::ConceptId;
use crate::record::{Measured, Observation, Precision, Reader, Record, Span, When};
use crate::schedule::row::date;

/// What became of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kept {
    pub state: KeptState,
    /// The day on which it took place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What should have been collected, and was not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_collected: Vec<String>,
    /// A second day, days that contradict each other, what is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptState {
    InWindow,
    Early,
    Late,
    /// The record of results is complete, and holds none of it.
    Missed,
    /// The record is silent, and not declared complete.
    NotRecorded,
    /// Its window has not ended by the day of the record.
    Ahead,
    /// No plan says when it should have been.
    NoDay,
    /// It took place, and the record does not say on which day, or not well enough to set it beside its window.
    DayUnknown,
    /// The participant had died, or left the study, before its window opened.
    AfterEnd,
}

impl KeptState {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InWindow => "in its window",
            Self::Early => "early",
            Self::Late => "late",
            Self::Missed => "missed",
            Self::NotRecorded => "not recorded",
            Self::Ahead => "",
            Self::NoDay => "no planned day",
            Self::DayUnknown => "day not known",
            Self::AfterEnd => "after the end",
        }
    }
}

/// Sets a record beside the visits: for each of them what became of it.
#[must_use]
pub fn compare(activities: &Activities<'_>, (reader, record): (&Reader<'_>, &Record), as_of: i64) -> Vec<Kept> {
    let days = days_of_visits(activities, record, as_of);
    let columns = activities.columns.iter().enumerate();
    let known = columns.map(|(at, _)| one(activities, at, days.get(&at), (reader, record), as_of));
    let (mut kept, days): (Vec<Kept>, Vec<Option<i64>>) = known.unzip();
    out_of_order(activities, &days, &mut kept);
    kept
}

/// Visits of one day, and visits that came in another order than they are planned in.
fn out_of_order(activities: &Activities<'_>, days: &[Option<i64>], kept: &mut [Kept]) {
    let took_place: Vec<(usize, i64)> = days.iter().enumerate().filter_map(|(at, day)| Some((at, (*day)?))).collect();
    for (place, (at, day)) in took_place.iter().enumerate() {
        for (other, earlier) in took_place.iter().take(place) {
            let (Some(one), Some(before)) = (activities.columns.get(*at), activities.columns.get(*other)) else {
                continue;
            };
            let (Planned::Days { first, .. }, Planned::Days { last, .. }) = (&one.when, &before.when) else { continue };
            // What may be planned for one day may be in any order on it.
            if last >= first || day > earlier {
                continue;
            }
            let text = if day == earlier {
                format!("on the day of {} too", before.name())
            } else {
                format!("before {}, which is planned earlier and took place on {}", before.name(), date(*earlier))
            };
            if let Some(kept) = kept.get_mut(*at) {
                kept.notes.push(text);
            }
        }
    }
}

/// The span of days on which the record has a visit. Of a repeated one it has the last, and the results tell the others.
fn named(record: &Record, column: &super::Column<'_>) -> Option<Span> {
    let dated = record.visits.get(&column.visit.name).filter(|dated| !dated.planned && column.number.is_none());
    dated.map(|dated| dated.when.span)
}

/// The day from which on there are no visits of this participant any more.
fn end_of(record: &Record) -> Option<i64> {
    let dated = ["death", "end_of_study"].into_iter().filter_map(|event| {
        let known = record.anchors.get(event).filter(|dated| !dated.planned).map(|dated| dated.when.span.last_day());
        let happened = record.occurrences.get(event).into_iter().flatten().map(|one| one.start.last_day()).min();
        known.into_iter().chain(happened).min()
    });
    dated.min()
}

/// The days on which the record has results, each with the visit that it is nearest to of those that collect them.
fn days_of_visits(activities: &Activities<'_>, record: &Record, as_of: i64) -> BTreeMap<usize, BTreeSet<i64>> {
    let mut measured: BTreeMap<i64, BTreeSet<&ConceptId>> = BTreeMap::new();
    for row in &activities.rows {
        let Some(of) = row.measure() else { continue };
        let results = record.results.get(of).into_iter().flatten().filter(|result| result.when.span.is_one_day());
        for day in results.map(|result| result.when.span.first_day()).filter(|day| *day <= as_of) {
            measured.entry(day).or_default().insert(of);
        }
    }
    let mut found: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for (day, measures) in measured {
        let collects = |at: usize| {
            let mut rows = activities.rows.iter().filter(|row| row.measure().is_some_and(|of| measures.contains(of)));
            rows.any(|row| row.cells.get(at).is_some_and(Option::is_some))
        };
        // A day that the record names for a visit is that visit's, however near another one is planned.
        let is_named = |at: usize| {
            let span = activities.columns.get(at).and_then(|column| named(record, column));
            span.is_some_and(|span| span.is_one_day() && span.first_day() == day)
        };
        if let Some(at) = (0..activities.columns.len()).find(|at| is_named(*at) && collects(*at)) {
            found.entry(at).or_default().insert(day);
            continue;
        }
        let distances = activities.columns.iter().enumerate().filter_map(|(at, column)| match column.when {
            Planned::Days { first, last, .. } if collects(at) => Some((at, (first - day).max(day - last).max(0))),
            Planned::Days { .. } | Planned::From(_) => None,
        });
        let nearest = distances.min_by_key(|(at, distance)| (*distance, *at));
        if let Some((at, _)) = nearest.filter(|(at, distance)| *distance <= reach(activities, *at, day)) {
            found.entry(at).or_default().insert(day);
        }
    }
    found
}

/// How far from a visit a day still belongs to it: as far as to the middle between it and its neighbour on that side, or to
/// the end of its window.
fn reach(activities: &Activities<'_>, at: usize, day: i64) -> i64 {
    let Some(Planned::Days { first, last, from, to }) = activities.columns.get(at).map(|column| &column.when) else {
        return 0;
    };
    let gap = activities.columns.iter().filter_map(|column| match column.when {
        Planned::Days { first: other, .. } if day > *last => Some(other - last),
        Planned::Days { last: other, .. } => Some(first - other),
        Planned::From(_) => None,
    });
    let gap = gap.filter(|gap| *gap > 0).min().unwrap_or(FAR) / 2;
    gap.max(if day > *last { to - last } else { first - from })
}

/// How far from the first and the last visit is looked, in days.
const FAR: i64 = 56;

fn one(
    activities: &Activities<'_>,
    at: usize,
    measured: Option<&BTreeSet<i64>>,
    (reader, record): (&Reader<'_>, &Record),
    as_of: i64,
) -> (Kept, Option<i64>) {
    let mut kept = Kept { state: KeptState::Ahead, date: None, not_collected: Vec::new(), notes: Vec::new() };
    let Some(column) = activities.columns.get(at) else { return (kept, None) };
    let empty = BTreeSet::new();
    let measured = measured.unwrap_or(&empty);
    let span = named(record, column);
    let named = span.filter(|span| span.is_one_day()).map(Span::first_day);
    let window = match column.when {
        Planned::Days { from, to, .. } => Some((from, to)),
        Planned::From(_) => None,
    };
    let away = |day: i64| window.map_or(0, |(from, to)| (from - day).max(day - to).max(0));
    let from_plan = |day: i64| match column.when {
        Planned::Days { first, last, .. } => (first - day).max(day - last).max(0),
        Planned::From(_) => 0,
    };
    // Of several days one in the window, the nearest to the plan; of two as near the earlier, as outcomes have it.
    let nearest = || measured.iter().copied().min_by_key(|day| (away(*day), from_plan(*day), *day));
    let day = named.or_else(nearest);
    let others: Vec<String> = measured.iter().filter(|other| Some(**other) != day).map(|day| date(*day)).collect();
    if let (Some(named), false) = (named, others.is_empty()) {
        let (named, others) = (date(named), others.join(", "));
        kept.notes.push(format!("the record has the visit on {named}, and results that belong to it on {others}"));
    } else if !others.is_empty() {
        kept.notes.push(format!("results on another day too: {}", others.join(", ")));
    }
    kept.date = day.map(date);
    let gone = end_of(record).zip(window).is_some_and(|(end, (from, _))| end < from);
    kept.state = match (day, window) {
        // A month or a year of a visit is something, and no day.
        (None, window) if let Some(span) = span => {
            let (first, last) = (span.first_day(), span.last_day());
            kept.notes.push(format!("the record has the visit between {} and {}", date(first), date(last)));
            match window {
                None => KeptState::NoDay,
                Some((from, to)) if from <= first && last <= to => KeptState::InWindow,
                Some((from, _)) if last < from => KeptState::Early,
                Some((_, to)) if first > to => KeptState::Late,
                Some(_) => KeptState::DayUnknown,
            }
        }
        (None, _) if gone => KeptState::AfterEnd,
        (Some(_), None) => KeptState::NoDay,
        (Some(day), Some((from, _))) if day < from => KeptState::Early,
        (Some(day), Some((_, to))) if day > to => KeptState::Late,
        (Some(_), Some(_)) => KeptState::InWindow,
        (None, Some((from, to))) if to <= as_of => {
            if let Some((of, when)) = vague(activities, at, record, (from, to)) {
                kept.notes.push(format!("{of} of {when} may be of this visit: its day is not known"));
                KeptState::DayUnknown
            } else if is_complete(record, (from, to)) {
                KeptState::Missed
            } else {
                KeptState::NotRecorded
            }
        }
        (None, _) => KeptState::Ahead,
    };
    if let (Some(day), Some((from, to))) = (day, window) {
        let days = away(day);
        if days > 0 {
            let word = if days == 1 { "day" } else { "days" };
            let side = if day < from { "before its window" } else { "after its window" };
            kept.notes.push(format!("{days} {word} {side} of {} to {}", date(from), date(to)));
        }
    }
    contradictions(activities, at, measured, record, &mut kept);
    if let Some(day) = day {
        not_collected(activities, at, (day, measured), (reader, record), &mut kept);
    }
    (kept, day)
}

fn is_complete(record: &Record, (from, to): (i64, i64)) -> bool {
    let span = Span::days(from, to);
    record.complete.get(&Kind::Results).is_some_and(|spans| spans.iter().any(|known| span.within(*known)))
}

/// A result that the visit collects and that may lie in its window, of a day that is not known.
fn vague<'r>(
    activities: &Activities<'_>,
    at: usize,
    record: &'r Record,
    (from, to): (i64, i64),
) -> Option<(&'r ConceptId, When)> {
    let rows = activities.rows.iter().filter(|row| row.cells.get(at).is_some_and(Option::is_some));
    rows.filter_map(super::Activity::measure).find_map(|measure| {
        let (of, results) = record.results.get_key_value(measure)?;
        let may_be = |when: &When| !when.span.is_one_day() && when.span.touches(Span::days(from, to));
        results.iter().map(|result| result.when).find(may_be).map(|when| (of, when))
    })
}

/// Results of one measure and one day, or of one time, that are not the same.
fn contradictions(activities: &Activities<'_>, at: usize, days: &BTreeSet<i64>, record: &Record, kept: &mut Kept) {
    let rows = activities.rows.iter().filter(|row| row.cells.get(at).is_some_and(Option::is_some));
    for of in rows.filter_map(super::Activity::measure) {
        let results = || record.results.get(of).into_iter().flatten();
        for day in days {
            let of_day = || results().filter(|one| one.when.span.is_one_day() && one.when.span.first_day() == *day);
            let other = |one: &&Observation| {
                of_day().any(|other| {
                    let timed = |one: &Observation| one.when.precision == Precision::Time;
                    let apart = timed(one) && timed(other) && one.when.span != other.when.span;
                    let known = |one: &Observation| matches!(one.value, Measured::Number(_) | Measured::Word(_));
                    known(one) && known(other) && one.value != other.value && !apart
                })
            };
            let mut said: Vec<&str> = of_day().filter(other).map(|one| one.written.as_str()).collect();
            said.dedup();
            if said.len() > 1 {
                kept.notes.push(format!("{of} of {} contradicts itself: {}", date(*day), said.join(" and ")));
            }
        }
    }
}

/// What a visit should have collected and the record has not, of one of its days.
fn not_collected(
    activities: &Activities<'_>,
    at: usize,
    (day, days): (i64, &BTreeSet<i64>),
    (reader, record): (&Reader<'_>, &Record),
    kept: &mut Kept,
) {
    let evaluator = Evaluator::new(reader, record);
    for row in &activities.rows {
        let (Some(of), Some(Some(cell))) = (row.measure(), row.cells.get(at)) else { continue };
        let results = record.results.get(of).into_iter().flatten();
        let there = |on: i64| results.clone().any(|result| result.when.span.touches(Span::days(on, on)));
        if there(day) || days.iter().any(|on| there(*on)) {
            continue;
        }
        let asked = cell.condition.and_then(|condition| activities.conditions.get(condition));
        let state = asked.map(|when| evaluator.on_day(when, day));
        match state.as_ref().map_or(Kleene::Met, crate::evaluate::Node::kleene) {
            Kleene::Met => kept.not_collected.push(row.label.clone()),
            Kleene::NotMet => {}
            Kleene::Unknown => {
                let wanted = state.map(|node| explain::condition(activities.trial, &node).wanted().join("; "));
                kept.notes.push(format!(
                    "{} may have been needed: unknown, needs {}",
                    row.label,
                    wanted.unwrap_or_default()
                ));
            }
        }
    }
}
