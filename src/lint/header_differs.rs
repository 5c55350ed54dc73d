//! A header and criteria that ask for different ages.

use rust_decimal::Decimal;

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Ask, Comparator, Criterion, Polarity, Truth, TruthKind, ValueKind};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::HEADER_DIFFERS], check };

/// One end of an age range, in years, and whether that age itself is let in.
#[derive(Clone, Copy, PartialEq, Debug)]
struct End {
    years: Decimal,
    included: bool,
    span: Span,
}

#[derive(Clone, Copy, Default, Debug)]
struct Ages {
    youngest: Option<End>,
    oldest: Option<End>,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let Some(header) = draft.header.age.as_ref().map(|age| ages(age, Holds::Must)) else { return };
    for criterion in draft.eligibility.iter().flat_map(|block| &block.criteria) {
        if criterion.when.is_some() || !criterion.cohorts.is_empty() {
            continue;
        }
        let asked = ages(&criterion.body, holds(criterion));
        for (in_header, here, which) in
            [(header.youngest, asked.youngest, "least"), (header.oldest, asked.oldest, "greatest")]
        {
            let Some(here) = here else { continue };
            let differs = in_header.is_none_or(|header| header.years != here.years || header.included != here.included);
            if !differs {
                continue;
            }
            let span = draft.fields.get("age").copied().unwrap_or(Span::NOWHERE);
            out.push(
                Diagnostic::new(
                    &code::HEADER_DIFFERS,
                    here.span,
                    format!("the header and this criterion differ in the {which} age"),
                )
                .label(said(here, which))
                .also(span, in_header.map_or_else(|| "no such limit".to_owned(), |end| said(end, which)))
                .help("a patient must meet both, and a registry shows the header's: say the same in both places"),
            );
        }
    }
}

fn said(end: End, which: &str) -> String {
    match (which, end.included) {
        ("least", true) => format!("from {} years", end.years),
        ("least", false) => format!("over {} years", end.years),
        (_, true) => format!("up to and including {} years", end.years),
        (_, false) => format!("under {} years", end.years),
    }
}

/// Whether a truth must hold or must not.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Must,
    MustNot,
}

fn holds(criterion: &Criterion) -> Holds {
    if criterion.polarity == Polarity::Include { Holds::Must } else { Holds::MustNot }
}

/// The ages that a truth lets in, as far as it decides by itself.
fn ages(truth: &Truth, holds: Holds) -> Ages {
    match (&truth.kind, holds) {
        (TruthKind::All(parts), Holds::Must) | (TruthKind::Any(parts), Holds::MustNot) => {
            parts.iter().filter(|part| part.when.is_none()).fold(Ages::default(), |all, part| {
                let one = ages(&part.body, holds);
                Ages { youngest: all.youngest.or(one.youngest), oldest: all.oldest.or(one.oldest) }
            })
        }
        (TruthKind::Not(inner), Holds::Must) => ages(inner, Holds::MustNot),
        (TruthKind::Not(inner), Holds::MustNot) => ages(inner, Holds::Must),
        (TruthKind::Asked { value, ask }, _) if matches!(value.kind, ValueKind::Age) => asked(ask, holds, truth.span),
        _ => Ages::default(),
    }
}

fn asked(ask: &Ask, holds: Holds, span: Span) -> Ages {
    let end = |years, included| Some(End { years, included, span });
    match ask {
        Ask::InRange { range, instead } if instead.is_empty() && holds == Holds::Must && range.unit.code() == "a" => {
            Ages { youngest: end(range.low.0, true), oldest: end(range.high.0, true) }
        }
        Ask::Compare { comparator, to, instead } if instead.is_empty() => {
            let ValueKind::Quantity(limit) = &to.kind else { return Ages::default() };
            if limit.unit.code() != "a" {
                return Ages::default();
            }
            let years = limit.value.0;
            let must = holds == Holds::Must;
            let (youngest, oldest) = match comparator {
                Comparator::AtLeast if must => (end(years, true), None),
                Comparator::Greater if must => (end(years, false), None),
                Comparator::AtMost if must => (None, end(years, true)),
                Comparator::Less if must => (None, end(years, false)),
                Comparator::AtLeast => (None, end(years, false)),
                Comparator::Greater => (None, end(years, true)),
                Comparator::AtMost => (end(years, false), None),
                Comparator::Less => (end(years, true), None),
                Comparator::Equal | Comparator::NotEqual => (None, None),
            };
            Ages { youngest, oldest }
        }
        Ask::InRange { .. } | Ask::Compare { .. } | Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => {
            Ages::default()
        }
    }
}
