//! The last so many results: their mean, and what is asked of each.

use super::value::{Sort, Typed};
use super::{Context, Lowered, Lowering, Refusal};
use crate::evaluate::{Kleene, measure_of, seconds};
use crate::ir::{Ask, Counting, Duration, Value, ValueKind};
use crate::plan::{Entry, Node, NodeAt, Repeat, Scale, ValueExpr};
use crate::units::Unit;

/// One of the last so many results.
#[derive(Clone, Copy)]
pub(super) struct Turn<'t> {
    /// On which each is read, whichever limit it is held to.
    pub(super) scale: Scale,
    pub(super) count: u32,
    pub(super) apart: Option<&'t Duration>,
    pub(super) nth: u32,
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn mean(
        &mut self,
        (count, apart): (u32, Option<&'t Duration>),
        of: &'t Value,
        scale: Scale,
        context: &Context<'t>,
    ) -> Lowered<Typed> {
        if measure_of(of, scale).is_none() {
            return self.value(of, scale, context);
        }
        let all = (0..count).map(|nth| self.repeat(of, Turn { scale, count, apart, nth }, context));
        let all = all.collect::<Lowered<Vec<Typed>>>()?;
        let Some(unit) = all.first().map(|one| one.unit().cloned()).transpose()? else {
            return Err(Refusal::of("a mean of no results"));
        };
        let at = self.value_of(ValueExpr::Mean(all.iter().map(|one| one.at).collect()));
        Ok(Typed { at, sort: Sort::Number(unit) })
    }

    /// Asked of each of the last so many results.
    pub(super) fn each(
        &mut self,
        (count, apart): (u32, Option<&'t Duration>),
        of: &'t Value,
        ask: &'t Ask,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let scale = match ask {
            Ask::Compare { to: Value { kind: ValueKind::Quantity(quantity), .. }, .. } => quantity.unit.scale(),
            Ask::InRange { range, .. } => range.unit.scale(),
            Ask::Compare { .. } | Ask::OneOf { .. } => Scale::Plain,
            Ask::Moved { .. } | Ask::Recorded => return Err(Refusal::of("each of several results, without a limit")),
        };
        if measure_of(of, scale).is_none() {
            return Ok(self.node(Node::Constant(Kleene::Unknown)));
        }
        let mut entries = Vec::new();
        for nth in 0..count {
            let body = self.asked_of((of, Some(Turn { scale, count, apart, nth })), ask, context)?;
            entries.push(Entry { when: None, body });
        }
        Ok(self.tally(Counting::All, entries))
    }

    /// One of the last so many results of a measure.
    pub(super) fn repeat(
        &mut self,
        of: &'t Value,
        Turn { scale, count, apart, nth }: Turn<'t>,
        context: &Context<'t>,
    ) -> Lowered<Typed> {
        let Some((measure, scale)) = measure_of(of, scale) else {
            return Err(Refusal::of("repeated values that are no results"));
        };
        let (at, period) = (self.concept(measure)?, self.period_of_results(context)?);
        let concept = self.trial.concepts.get(measure);
        let sort = match (concept.is_none_or(|concept| concept.values.is_empty()), scale) {
            (false, _) => Sort::Word(at),
            (true, Scale::Plain) => {
                Sort::Number(concept.and_then(|concept| concept.unit.clone()).unwrap_or_else(Unit::one))
            }
            (true, Scale::Upper | Scale::Lower) => Sort::Number(Unit::one()),
        };
        let repeat = Repeat { of: at, scale, period, count, apart: apart.map(seconds), nth };
        Ok(Typed { at: self.value_of(ValueExpr::Repeat(repeat)), sort })
    }
}
