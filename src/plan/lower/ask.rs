//! What is asked of values.

use num_rational::BigRational;

use super::repeat::Turn;
use super::value::{Sort, Typed};
use super::{Context, Lowered, Lowering, Refusal};
use crate::evaluate::Kleene;
use crate::ir::{Ask, Comparator, Counting, Part, Range, Value, ValueKind, Word};
use crate::plan::{AgeUnit, Node, NodeAt, Scale, Toward};
use crate::units::Unit;

impl<'t> Lowering<'t, '_> {
    pub(super) fn asked(&mut self, value: &'t Value, ask: &'t Ask, context: &Context<'t>) -> Lowered<NodeAt> {
        if let ValueKind::EachOf { count, of, apart } = &value.kind {
            return self.each((*count, apart.as_ref()), of, ask, context);
        }
        self.asked_of((value, None), ask, context)
    }

    /// What is asked of a value, or of one of its last so many results.
    pub(super) fn asked_of(
        &mut self,
        value: (&'t Value, Option<Turn<'t>>),
        ask: &'t Ask,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        match ask {
            Ask::Compare { comparator, to, instead } => {
                let mut branches = Vec::new();
                for (condition, limit) in instead {
                    let condition = self.truth(condition, context)?;
                    branches.push((condition, self.compared(value, *comparator, limit, context)?));
                }
                let otherwise = self.compared(value, *comparator, to, context)?;
                Ok(self.choice(branches, otherwise))
            }
            Ask::InRange { range, instead } => {
                let mut branches = Vec::new();
                for (condition, range) in instead {
                    let condition = self.truth(condition, context)?;
                    branches.push((condition, self.in_range(value, range, context)?));
                }
                let otherwise = self.in_range(value, range, context)?;
                Ok(self.choice(branches, otherwise))
            }
            Ask::OneOf { words, negated } => {
                let value = self.asked_value(value, Scale::Plain, context)?;
                let Sort::Word(of) = value.sort else { return Err(Refusal::of("words of a number")) };
                let known = self.plan.concepts.get(of.at()).map_or(&[][..], |slot| &slot.words);
                let words = words.iter().filter_map(|word| place(known, word)).collect();
                Ok(self.node(Node::OneOf { value: value.at, words, negated: *negated }))
            }
            Ask::Moved { movement, comparator, by } => self.moved_by(value.0, (*movement, *comparator), by, context),
            Ask::Recorded => {
                let value = self.asked_value(value, Scale::Plain, context)?;
                Ok(self.node(Node::Recorded(value.at)))
            }
        }
    }

    fn choice(&mut self, branches: Vec<(NodeAt, NodeAt)>, otherwise: NodeAt) -> NodeAt {
        if branches.is_empty() { otherwise } else { self.node(Node::Choice { branches, otherwise }) }
    }

    /// The same question of each value of a list.
    pub(super) fn values_asked(
        &mut self,
        counting: Counting,
        parts: impl Iterator<Item = &'t Part<Value>>,
        ask: &'t Ask,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let mut entries = Vec::new();
        for part in parts {
            let body = self.asked(&part.body, ask, context)?;
            entries.push(self.entry(part.when.as_deref(), body, context)?);
        }
        Ok(self.tally(counting, entries))
    }

    fn asked_value(
        &mut self,
        (value, nth): (&'t Value, Option<Turn<'t>>),
        scale: Scale,
        context: &Context<'t>,
    ) -> Lowered<Typed> {
        match nth {
            Some(nth) => self.repeat(value, nth, context),
            None => self.value(value, scale, context),
        }
    }

    fn compared(
        &mut self,
        value: (&'t Value, Option<Turn<'t>>),
        comparator: Comparator,
        limit: &'t Value,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        if let ValueKind::DoseQuantity(limit) = &limit.kind {
            return self.dose_compared(value.0, comparator, limit, context);
        }
        if let (ValueKind::Change { of, relative }, ValueKind::Quantity(by)) = (&value.0.kind, &limit.kind) {
            let by = (&by.value.rational(), &by.unit);
            return self.change((of, *relative), (Toward::Rise, comparator), by, context);
        }
        if let ValueKind::Word { of, word } = &limit.kind {
            let value = self.asked_value(value, Scale::Plain, context)?;
            let of = self.concept(of)?;
            let words = self.plan.concepts.get(of.at()).map_or(&[][..], |slot| &slot.words);
            let node = match (place(words, word), &value.sort) {
                (Some(word), Sort::Word(_)) => Node::WordCompare { value: value.at, comparator, word },
                _ => Node::Constant(Kleene::Unknown),
            };
            return Ok(self.node(node));
        }
        let mass = self.molar_mass(value.0);
        let (left, right) = if let ValueKind::Quantity(quantity) = &limit.kind {
            let scale = quantity.unit.scale();
            let left = self.left(value, &quantity.unit, scale, context)?;
            let right = self.limit(&quantity.value.rational(), &quantity.unit, &left, mass.as_ref())?;
            (left, right)
        } else {
            let left = self.asked_value(value, Scale::Plain, context)?;
            let right = self.value(limit, Scale::Plain, context)?;
            let unit = left.unit()?.clone();
            let right = self.in_unit(&right, &unit, mass.as_ref())?;
            (left, right)
        };
        Ok(self.node(Node::Compare { value: left.at, comparator, to: right.at }))
    }

    fn in_range(
        &mut self,
        value: (&'t Value, Option<Turn<'t>>),
        range: &'t Range,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        if self.is_dose(value.0) {
            return self.dose_in_range(value.0, range, context);
        }
        let scale = range.unit.scale();
        let left = self.left(value, &range.unit, scale, context)?;
        let mass = self.molar_mass(value.0);
        let low = self.limit(&range.low.rational(), &range.unit, &left, mass.as_ref())?;
        let high = self.limit(&range.high.rational(), &range.unit, &left, mass.as_ref())?;
        Ok(self.node(Node::InRange { value: left.at, low: low.at, high: high.at }))
    }

    /// The value that is compared; an age in the unit that it is compared with.
    fn left(
        &mut self,
        value: (&'t Value, Option<Turn<'t>>),
        unit: &Unit,
        scale: Scale,
        context: &Context<'t>,
    ) -> Lowered<Typed> {
        if matches!(value.0.kind, ValueKind::Age) {
            let unit = match unit.code() {
                "mo" => AgeUnit::Months,
                "wk" => AgeUnit::Weeks,
                "d" => AgeUnit::Days,
                _ => AgeUnit::Years,
            };
            return Ok(self.age(unit, context));
        }
        self.asked_value(value, scale, context)
    }

    /// A limit in the unit of what is compared with it.
    fn limit(&mut self, exact: &BigRational, unit: &Unit, left: &Typed, mass: Option<&BigRational>) -> Lowered<Typed> {
        let unit = if unit.scale() == Scale::Plain { unit.clone() } else { Unit::one() };
        let into = left.unit()?.clone();
        let exact = unit.convert_of(exact, &into, mass).map_err(|_| Refusal::of(format!("`{unit}` as `{into}`")))?;
        Ok(self.constant(&exact, into))
    }
}

fn place(words: &[Word], word: &Word) -> Option<u32> {
    words.iter().position(|known| known == word).and_then(|at| u32::try_from(at).ok())
}
