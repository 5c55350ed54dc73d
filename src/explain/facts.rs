//! Facts and values in words.

use crate::evaluate::interval::{End, Interval};
use crate::evaluate::node::{Node, Note, Thing, Used, Valued};
use crate::record::{Measured, PAST, Precision, Span, When, decimal, quantity};
use crate::units::Unit;

/// More facts of one sentence than these are only counted.
const MOST: usize = 8;

pub(super) fn facts(node: &Node<'_>) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for text in node.used.iter().take(MOST).map(fact) {
        match counted.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counted.push((text, 1)),
        }
    }
    let told =
        |(text, count): (String, usize)| if count > 1 { format!("{text} (recorded {count} times)") } else { text };
    let mut found: Vec<String> = counted.into_iter().map(told).collect();
    if let Some(more) = node.used.len().checked_sub(MOST).filter(|more| *more > 0) {
        found.push(format!("and {more} more"));
    }
    found
}

fn fact(used: &Used<'_>) -> String {
    match used {
        Used::Result(of, observation) => {
            let converted = observation.converted.as_ref().map(|text| format!(", which is {text}")).unwrap_or_default();
            let limit = match (&observation.lower_limit, &observation.upper_limit) {
                (None, None) => String::new(),
                (Some(low), None) => format!(" (normal from {})", decimal(low)),
                (None, Some(high)) => format!(" (normal up to {})", decimal(high)),
                (Some(low), Some(high)) => format!(" (normal {} to {})", decimal(low), decimal(high)),
            };
            let refused = match &observation.value {
                Measured::Refused { why } => format!(", which cannot be used: {why}"),
                _ => String::new(),
            };
            let when = on(observation.when);
            let source = from(observation.source.as_ref());
            format!("{of} = {}{converted}{limit}{refused}{when}{source}", observation.written)
        }
        Used::Occurrence(occurrence) => format!("{}{}", occurrence.written, from(occurrence.source.as_ref())),
        Used::Absence(absence) => format!("the record says: {}, {}", absence.written, absence.span),
        Used::Complete(kind, span) => {
            let time =
                if span.from <= PAST { format!("up to {}", Span::new(span.to, span.to)) } else { span.to_string() };
            format!("no other in the record; {kind} are complete, {time}")
        }
        Used::Anchor(of, dated) => {
            format!("{of} {}{}", if dated.planned { "planned" } else { "took place" }, on(dated.when))
        }
        Used::Answer(key, answer) => format!("answered: {key} is {}", if *answer { "yes" } else { "no" }),
        Used::Birth(span) if span.is_one_day() => format!("born {span}"),
        Used::Birth(span) => format!("born between {span}").replace(" to ", " and "),
    }
}

fn on(when: When) -> String {
    if when.span == Span::EVER {
        return ", without a date".to_owned();
    }
    match when.precision {
        Precision::Range => format!(", between {when}").replace(" to ", " and "),
        Precision::Year | Precision::Month => format!(" in {when}"),
        Precision::Day | Precision::Time => format!(" on {when}"),
    }
}

fn from(source: Option<&String>) -> String {
    source.map(|source| format!(" [{source}]")).unwrap_or_default()
}

/// What a reader of an answer should know, in words; nothing where the state says it.
#[must_use]
pub fn note(note: &Note) -> Option<String> {
    Some(match note {
        Note::Derived => "no result is recorded: worked out by the formula".to_owned(),
        Note::AsPlanned { anchor } => format!("{anchor} as planned"),
        Note::UpTo { day } => format!("judged up to {}, as what comes later lies ahead", Span::days(*day, *day)),
        Note::Conflict => "contradicting entries".to_owned(),
        Note::Age { days: 1 } => "1 day old".to_owned(),
        Note::Age { days } => format!("{days} days old"),
        Note::SiteRange => "limit of normal from the site's table".to_owned(),
        Note::LaterOnly => "begins after screening: an obligation".to_owned(),
        Note::NotApplicable => return None,
        Note::NoEquivalent { of } => format!("no equivalent dose of {of} is known: a lower bound"),
    })
}

/// A value, or all that it may be.
#[must_use]
pub fn valued(value: &Valued) -> String {
    let mut texts: Vec<String> = value.may_be.iter().map(thing).collect();
    if value.unknown {
        texts.push("unknown".to_owned());
    }
    texts.join(" or ")
}

fn thing(thing: &Thing) -> String {
    match thing {
        Thing::Word(word) => word.to_string(),
        Thing::Number(interval, unit) => number(interval, unit),
    }
}

fn number(interval: &Interval, unit: &Unit) -> String {
    if let Some(exact) = interval.exact() {
        return quantity(exact, unit);
    }
    match (&interval.low, &interval.high) {
        (End::Open, End::Open) => "any".to_owned(),
        (End::At { number, included }, End::Open) => {
            format!("{} {}", if *included { "at least" } else { "more than" }, quantity(number, unit))
        }
        (End::Open, End::At { number, included }) => {
            format!("{} {}", if *included { "at most" } else { "less than" }, quantity(number, unit))
        }
        (End::At { number: low, .. }, End::At { number: high, .. }) => {
            format!("{} to {}", decimal(low), quantity(high, unit))
        }
    }
}
