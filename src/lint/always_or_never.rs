//! A limit that its measure's range makes always or never met.

use rust_decimal::Decimal;

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::walk::{self, Visit};
use crate::ir::{
    Ask, Comparator, ConceptId, ConceptKind, DefinitionBody, Operands, Quantity, Truth, TruthKind, Value, ValueKind,
};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::ALWAYS_OR_NEVER], check };

struct Limits<'d> {
    draft: &'d Draft,
    out: &'d mut Diagnostics,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let mut lint = Limits { draft, out };
    for criterion in draft.eligibility.iter().flat_map(|block| &block.criteria) {
        criterion.when.iter().for_each(|when| lint.truth(when));
        lint.truth(&criterion.body);
    }
    let bodies = draft.definitions.iter().filter(|definition| definition.own).map(|definition| &definition.item.body);
    for body in bodies.chain(draft.outcomes.iter().map(|outcome| &outcome.item.body)) {
        match body {
            DefinitionBody::Truth(truth) => lint.truth(truth),
            DefinitionBody::Value(value) => lint.value(value),
        }
    }
    for restriction in &draft.restrictions {
        lint.truth(&restriction.item.body);
    }
}

impl Visit for Limits<'_> {
    fn truth(&mut self, truth: &Truth) {
        match &truth.kind {
            TruthKind::Asked { value, ask } => self.asked(value, ask, truth.span),
            TruthKind::Count { of: Operands::Values { values, ask }, .. } => {
                for part in values {
                    self.asked(&part.body, ask, truth.span);
                }
            }
            _ => {}
        }
        walk::walk_truth(self, truth);
    }
}

impl Limits<'_> {
    fn asked(&mut self, value: &Value, ask: &Ask, span: Span) {
        let verdict = match &value.kind {
            ValueKind::Result { of, .. } => self.measure(of, ask).map(|verdict| (verdict, of.to_string())),
            ValueKind::CountOf { .. } | ValueKind::LinesOf { .. } => {
                count(ask).map(|verdict| (verdict, "a count".to_owned()))
            }
            _ => None,
        };
        let Some(((always, range), what)) = verdict else { return };
        let word = if always { "always" } else { "never" };
        self.out.push(
            Diagnostic::new(&code::ALWAYS_OR_NEVER, span, format!("this is {word} met"))
                .label(if always { "leaves nobody out" } else { "lets nobody through" })
                .help(format!("`{what}` {range}")),
        );
    }

    fn measure(&self, of: &ConceptId, ask: &Ask) -> Option<(bool, String)> {
        let concept = self.draft.concept(of)?;
        match (concept.kind, ask) {
            (ConceptKind::Score, _) => {
                let range = concept.range.as_ref()?;
                let said = format!("runs from {} to {}", range.low, range.high);
                let low = Quantity { value: range.low, unit: range.unit.clone() };
                let high = Quantity { value: range.high, unit: range.unit.clone() };
                bounded(&low, &high, ask).map(|always| (always, said))
            }
            // `is any of` all of its words asks for a test that has been done: unknown until it has.
            (ConceptKind::Scale | ConceptKind::Test, Ask::OneOf { words, negated: true })
                if words.len() == concept.values.len() =>
            {
                Some((false, "has no other result".to_owned()))
            }
            (ConceptKind::Scale, Ask::Compare { comparator, to, instead }) if instead.is_empty() => {
                let ValueKind::Word { word, .. } = &to.kind else { return None };
                let (first, last) = (concept.values.first()?, concept.values.last()?);
                let said = format!("runs from `{first}` to `{last}`");
                let verdict = match comparator {
                    Comparator::AtLeast if word == first => true,
                    Comparator::AtMost if word == last => true,
                    Comparator::Less if word == first => false,
                    Comparator::Greater if word == last => false,
                    Comparator::Less
                    | Comparator::AtMost
                    | Comparator::Equal
                    | Comparator::NotEqual
                    | Comparator::AtLeast
                    | Comparator::Greater => return None,
                };
                Some((verdict, said))
            }
            _ => None,
        }
    }
}

/// A count is zero or more.
fn count(ask: &Ask) -> Option<(bool, String)> {
    let Ask::Compare { comparator, to, instead } = ask else { return None };
    let ValueKind::Quantity(limit) = &to.kind else { return None };
    if !instead.is_empty() || limit.value.0 > Decimal::ZERO {
        return None;
    }
    let zero = limit.value.0.is_zero();
    let verdict = match comparator {
        Comparator::AtLeast => true,
        Comparator::Greater if !zero => true,
        Comparator::Less => false,
        Comparator::AtMost if !zero => false,
        Comparator::Greater | Comparator::AtMost | Comparator::Equal | Comparator::NotEqual => return None,
    };
    Some((verdict, "is zero or more".to_owned()))
}

/// Whether a question about a number between two ends is always or never met.
fn bounded(low: &Quantity, high: &Quantity, ask: &Ask) -> Option<bool> {
    match ask {
        Ask::Compare { comparator, to, instead } if instead.is_empty() => {
            let ValueKind::Quantity(limit) = &to.kind else { return None };
            let value = limit.unit.convert(&limit.value.rational(), &low.unit).ok()?;
            let (low, high) = (low.value.rational(), high.value.rational());
            match comparator {
                Comparator::AtLeast if value <= low => Some(true),
                Comparator::AtMost if value >= high => Some(true),
                Comparator::Less if value <= low => Some(false),
                Comparator::Greater if value >= high => Some(false),
                Comparator::Less
                | Comparator::AtMost
                | Comparator::Equal
                | Comparator::NotEqual
                | Comparator::AtLeast
                | Comparator::Greater => None,
            }
        }
        Ask::InRange { range, instead } if instead.is_empty() => {
            let from = range.unit.convert(&range.low.rational(), &low.unit).ok()?;
            let to = range.unit.convert(&range.high.rational(), &low.unit).ok()?;
            (from <= low.value.rational() && to >= high.value.rational()).then_some(true)
        }
        Ask::Compare { .. } | Ask::InRange { .. } | Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => None,
    }
}
