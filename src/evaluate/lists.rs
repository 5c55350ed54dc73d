//! Lists: so many of their entries, and the highest, lowest or sum of their values.

use super::interval::{End, Interval};
use super::kleene::{Entry, count};
use super::node::{About, Node, Thing, Valued};
use super::{Context, Evaluator, Kleene, Lack};
use crate::ir::value::ListOf;
use crate::ir::{Ask, Counting, Members, Operands, Part, Trial, Truth, TruthKind, Value, ValueKind, Word};
use crate::units::{Scale, Unit};

/// What is done with the values of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    Highest,
    Lowest,
    Sum,
}

impl<'a> Evaluator<'a> {
    /// So many entries of a list.
    pub(super) fn listed(
        &self,
        counting: Counting,
        parts: impl IntoIterator<Item = &'a Part<Truth>>,
        about: About<'a>,
        context: &Context<'a>,
    ) -> Node<'a> {
        let asked = parts.into_iter().map(|part| self.entry(part, context));
        tally(counting, asked, about)
    }

    pub(super) fn counted(
        &self,
        counting: Counting,
        of: &'a Operands,
        about: About<'a>,
        context: &Context<'a>,
    ) -> Node<'a> {
        match of {
            Operands::Truths(parts) => self.listed(counting, parts, about, context),
            Operands::Values { values, ask } => self.values_asked(counting, values.iter(), ask, (about, context)),
            Operands::Set { set, except, ask } => {
                let members = self.reader.trial.sets.get(set).map(|found| &found.members);
                match (members, ask) {
                    (Some(Members::Truths(parts)), _) => {
                        let left = parts.iter().filter(|part| !is_excepted_truth(part, except));
                        self.listed(counting, left, about, context)
                    }
                    (Some(Members::Values(parts)), Some(ask)) => {
                        let left = parts.iter().filter(|part| !is_excepted_value(part, except));
                        self.values_asked(counting, left, ask, (about, context))
                    }
                    (Some(Members::Values(_) | Members::Events(_)) | None, _) => {
                        Node::lacking(about, Lack::Unsaid(set.to_string()))
                    }
                }
            }
        }
    }

    fn values_asked(
        &self,
        counting: Counting,
        parts: impl Iterator<Item = &'a Part<Value>>,
        ask: &'a Ask,
        (about, context): (About<'a>, &Context<'a>),
    ) -> Node<'a> {
        let asked = parts.map(|part| {
            let body = self.asked(&part.body, ask, About::Value(&part.body), context);
            self.labelled(part.name.as_ref(), part.prose.as_deref(), part.when.as_deref(), (body, context))
        });
        tally(counting, asked, about)
    }

    /// The values of a list, written out or by the name of a set.
    pub(super) fn members_of(&self, list: &'a ListOf) -> Vec<&'a Part<Value>> {
        members_of(self.reader.trial, list)
    }

    /// The highest, the lowest or the sum of the values of a list.
    pub(super) fn folded(
        &self,
        fold: Fold,
        list: &'a ListOf,
        (about, scale): (About<'a>, Scale),
        context: &Context<'a>,
    ) -> Node<'a> {
        let mut parts = Vec::new();
        let mut sum: Option<(Interval, Unit)> = None;
        let mut unknown = false;
        let mut left_out = Vec::new();
        for part in self.members_of(list) {
            let (counts, condition) = self.counts(part, context);
            let mut node = self.value(&part.body, scale, context);
            if counts == Kleene::NotMet {
                left_out.push(node);
                continue;
            }
            if counts == Kleene::Unknown {
                unknown = true;
                parts.extend(condition);
                node.state = super::State::Value(Valued::unknown());
            }
            let value = node.valued();
            unknown |= value.unknown;
            if let Some(hull) = hull_of(&value) {
                sum = joined(fold, sum, hull);
            }
            unknown |= value.may_be.is_empty();
            parts.push(node);
        }
        if parts.is_empty() {
            // Where none of them counts, each is what is missing.
            parts = left_out;
        }
        let value = match (sum, fold, unknown) {
            (None, _, _) | (_, Fold::Sum, true) => Valued::unknown(),
            (Some((interval, unit)), _, false) => Valued::number(interval, unit),
            // What is unknown may be of any size: it can only raise a highest, and only lower a lowest.
            (Some((interval, unit)), Fold::Highest, true) => {
                Valued::number(Interval { low: interval.low, high: End::Open }, unit)
            }
            (Some((interval, unit)), Fold::Lowest, true) => {
                Valued::number(Interval { low: End::Open, high: interval.high }, unit)
            }
        };
        Node::value(about, value, parts)
    }
}

impl<'a> Evaluator<'a> {
    /// Whether an entry of a list of values counts: where its `when` is met.
    pub(super) fn counts(&self, part: &'a Part<Value>, context: &Context<'a>) -> (Kleene, Option<Node<'a>>) {
        let Some(when) = part.when.as_deref() else { return (Kleene::Met, None) };
        let mut condition = self.truth(when, context);
        condition.about = About::When;
        (condition.kleene(), Some(condition))
    }
}

/// The values of a list, written out or by the name of a set.
pub(crate) fn members_of<'a>(trial: &'a Trial, list: &'a ListOf) -> Vec<&'a Part<Value>> {
    match list {
        ListOf::Values(parts) => parts.iter().collect(),
        ListOf::Set { set, except } => match trial.sets.get(set).map(|found| &found.members) {
            Some(Members::Values(parts)) => parts.iter().filter(|part| !is_excepted_value(part, except)).collect(),
            Some(Members::Truths(_) | Members::Events(_)) | None => Vec::new(),
        },
    }
}

fn tally<'a>(counting: Counting, asked: impl Iterator<Item = (Entry, Node<'a>)>, about: About<'a>) -> Node<'a> {
    let (entries, parts): (Vec<Entry>, Vec<Node<'a>>) = asked.unzip();
    Node::truth(about, count(counting, &entries), parts)
}

/// All numbers of the alternatives, in the unit of the first.
pub(crate) fn hull_of(value: &Valued) -> Option<(Interval, Unit)> {
    let mut found: Option<(Interval, Unit)> = None;
    for thing in &value.may_be {
        let Thing::Number(interval, unit) = thing else { return None };
        found = Some(match found {
            None => (interval.clone(), unit.clone()),
            Some((known, into)) => (known.hull(&interval.rising(|number| unit.convert(number, &into)).ok()?), into),
        });
    }
    found
}

fn joined(fold: Fold, known: Option<(Interval, Unit)>, (next, unit): (Interval, Unit)) -> Option<(Interval, Unit)> {
    let Some((known, into)) = known else { return Some((next, unit)) };
    let next = next.rising(|number| unit.convert(number, &into)).ok()?;
    let sum = match fold {
        Fold::Highest => known.greater(&next),
        Fold::Lowest => known.smaller(&next),
        Fold::Sum => known.plus(&next),
    };
    Some((sum, into))
}

/// Whether a truth of a set is taken out by its name.
pub(crate) fn is_excepted_truth(part: &Part<Truth>, except: &[Word]) -> bool {
    is_excepted(truth_name(part), except)
}

/// Whether a value of a set is.
pub(crate) fn is_excepted_value(part: &Part<Value>, except: &[Word]) -> bool {
    is_excepted(value_name(part), except)
}

fn is_excepted(name: Option<&str>, except: &[Word]) -> bool {
    name.is_some_and(|name| except.iter().any(|word| word.as_str() == name))
}

/// What a truth of a set is called: by its label, or by the definition that it is.
fn truth_name(part: &Part<Truth>) -> Option<&str> {
    part.name.as_ref().map(Word::as_str).or(match &part.body.kind {
        TruthKind::Defined(definition) => Some(definition.as_str()),
        _ => None,
    })
}

/// What a value of a set is called: by its label, or by the measure or definition that it is.
fn value_name(part: &Part<Value>) -> Option<&str> {
    part.name.as_ref().map(Word::as_str).or(match &part.body.kind {
        ValueKind::Result { of, .. } | ValueKind::PerUpperLimit { of, .. } | ValueKind::PerLowerLimit { of, .. } => {
            Some(of.as_str())
        }
        ValueKind::Defined { definition, .. } => Some(definition.as_str()),
        _ => None,
    })
}
