//! What is missing, as something to be found out.

use crate::evaluate::Lack;
use crate::evaluate::lack::Detail;
use crate::ir::Role;
use crate::record::{PAST, Span};

/// One thing that is missing, in a line.
#[must_use]
pub fn ask(lack: &Lack) -> String {
    match lack {
        Lack::Result { of, within } => format!("a result of {of}{}", time(*within)),
        Lack::Limit { of, upper } => {
            format!("the {} limit of normal of {of}", if *upper { "upper" } else { "lower" })
        }
        Lack::History { of, within, kinds } => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
            format!(
                "whether there was {of}{} (the record of {} is not declared complete)",
                time(*within),
                kinds.join(" and ")
            )
        }
        Lack::Detail { of, what: Detail::Which, written } => {
            format!("which kind of {of} it was: the record says no more than `{written}`")
        }
        Lack::Detail { what, written, .. } => format!("the {} of `{written}`", what.word()),
        Lack::Day { of } => format!("the date of {of}"),
        Lack::Answer { question, by, .. } => format!("an answer to \"{question}\"{}", role(*by)),
        Lack::HalfLife { of } => format!("the half-life of {of}, which the protocol's library does not have"),
        Lack::Conflict { of } => format!("which of the contradicting entries of {of} is right"),
        Lack::Refused { of, why } => format!("a result of {of} that can be used: {why}"),
        Lack::Unmapped { written, of } => format!("whether the entry {written} is {of}: no library knows it"),
        Lack::Unsaid(what) => format!("what the protocol does not say: {what}"),
        Lack::Birth => "the date of birth".to_owned(),
    }
}

/// The same as an instruction.
#[must_use]
pub fn ask_in_full(lack: &Lack) -> String {
    match lack {
        Lack::Answer { question, by, .. } => format!("ask{}: {question}", role(*by).replace(" by", "")),
        Lack::Result { of, .. } => format!("measure or look up {of}"),
        Lack::History { of, .. } => format!("find out about {of}, or declare the record complete"),
        Lack::Limit { .. }
        | Lack::Detail { .. }
        | Lack::Day { .. }
        | Lack::HalfLife { .. }
        | Lack::Conflict { .. }
        | Lack::Refused { .. }
        | Lack::Unmapped { .. }
        | Lack::Unsaid(_)
        | Lack::Birth => format!("find out {}", ask(lack)),
    }
}

fn role(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Investigator) => " by the investigator",
        Some(Role::Participant) => " by the participant",
        Some(Role::Site) => " by the site",
        Some(Role::Central) => " by the central reader",
        None => "",
    }
}

fn time(within: Span) -> String {
    if within == Span::EVER {
        String::new()
    } else if within.from <= PAST {
        format!(" up to {}", Span::new(within.to, within.to))
    } else if within.to < within.from {
        // The record ends before it begins.
        format!(" from {} on", Span::new(within.from, within.from))
    } else if within.is_one_day() {
        format!(" on {within}")
    } else {
        format!(" from {within}")
    }
}
