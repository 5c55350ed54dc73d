//! Values: numbers in units that are known before any patient is.

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::{Context, Lowered, Lowering, Refusal};
use crate::evaluate::is_excepted_value;
use crate::ir::value::ListOf;
use crate::ir::{ConceptId, DefinitionBody, Members, Operator, Part, Pick, Value, ValueKind};
use crate::plan::facts::number;
use crate::plan::{AgeUnit, ConceptAt, Fold, Scale, ValueAt, ValueExpr};
use crate::units::Unit;

/// A value and what it is.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) at: ValueAt,
    pub(super) sort: Sort,
}

#[derive(Clone, Debug)]
pub(super) enum Sort {
    Number(Unit),
    Word(ConceptAt),
}

impl Typed {
    pub(super) fn unit(&self) -> Lowered<&Unit> {
        match &self.sort {
            Sort::Number(unit) => Ok(unit),
            Sort::Word(_) => Err(Refusal::of("arithmetic with words")),
        }
    }
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn value(&mut self, value: &'t Value, scale: Scale, context: &Context<'t>) -> Lowered<Typed> {
        match &value.kind {
            ValueKind::Quantity(quantity) => Ok(self.constant(&quantity.value.rational(), quantity.unit.clone())),
            ValueKind::Result { of, pick } => self.result(of, *pick, scale, context),
            ValueKind::PerUpperLimit { of, pick } => self.result(of, *pick, Scale::Upper, context),
            ValueKind::PerLowerLimit { of, pick } => self.result(of, *pick, Scale::Lower, context),
            ValueKind::Age => Ok(self.age(AgeUnit::Years, context)),
            ValueKind::Defined { definition, pick } => {
                match self.trial.definitions.get(definition).map(|found| &found.body) {
                    Some(DefinitionBody::Value(body)) if *pick == Pick::Latest => self.value(body, scale, context),
                    _ => Err(Refusal::of(format!("the highest, lowest or first `{definition}`, which is a formula"))),
                }
            }
            ValueKind::Arithmetic { operator, left, right } => {
                let (left, right) =
                    (self.value(left, Scale::Plain, context)?, self.value(right, Scale::Plain, context)?);
                self.arithmetic(*operator, &left, &right)
            }
            ValueKind::If { branches, otherwise } => {
                let mut lowered = Vec::new();
                for (condition, value) in branches {
                    lowered.push((self.truth(condition, context)?, self.value(value, scale, context)?));
                }
                let otherwise = self.value(otherwise, scale, context)?;
                let unit = otherwise.unit()?.clone();
                let mut found = Vec::new();
                for (condition, value) in lowered {
                    found.push((condition, self.in_unit(&value, &unit, None)?.at));
                }
                let at = self.value_of(ValueExpr::If { branches: found, otherwise: otherwise.at });
                Ok(Typed { at, sort: Sort::Number(unit) })
            }
            ValueKind::In { value: inner, unit } => {
                let mass = self.molar_mass(inner);
                let inner = self.value(inner, Scale::Plain, context)?;
                self.in_unit(&inner, unit, mass.as_ref())
            }
            ValueKind::HighestOf(list) => self.fold(Fold::Highest, list, scale, context),
            ValueKind::LowestOf(list) => self.fold(Fold::Lowest, list, scale, context),
            ValueKind::SumOf(list) => self.fold(Fold::Sum, list, scale, context),
            ValueKind::Word { .. } => Err(Refusal::of("a word where a number is asked for")),
            ValueKind::DoseQuantity(_) | ValueKind::DailyDose { .. } | ValueKind::TotalDose { .. } => {
                Err(Refusal::of("a dose that was taken"))
            }
            ValueKind::MeanOf { count, of, apart } => self.mean((*count, apart.as_ref()), of, scale, context),
            // Asked of each: `asked` does that before it asks for a value.
            ValueKind::EachOf { of, .. } => self.value(of, scale, context),
            ValueKind::Change { .. } => Err(Refusal::of("a change from an earlier value")),
            ValueKind::CountOf { of } => self.count(of, context),
            ValueKind::RateOf { of, per } => self.rate(of, per, context),
            ValueKind::LinesOf { of } => self.lines(of, context),
            ValueKind::TimeBetween { .. } => Err(Refusal::of("a length of time between two events")),
        }
    }

    pub(super) fn constant(&mut self, exact: &BigRational, unit: Unit) -> Typed {
        let at = self.value_of(ValueExpr::Constant(number(exact)));
        Typed { at, sort: Sort::Number(unit) }
    }

    fn result(&mut self, of: &'t ConceptId, pick: Pick, scale: Scale, context: &Context<'t>) -> Lowered<Typed> {
        let at = self.concept(of)?;
        let period = self.period_of_results(context)?;
        let trial = self.trial;
        let Some(concept) = trial.concepts.get(of) else { return Err(Refusal::of(format!("`{of}`"))) };
        let unit = concept.unit.clone().unwrap_or_else(Unit::one);
        let derived = match &concept.derived {
            Some(_) if scale == Scale::Plain && pick != Pick::Latest => {
                return Err(Refusal::of(format!("the highest, lowest or first `{of}`, which has a formula")));
            }
            Some(formula) if scale == Scale::Plain => {
                let formula = self.value(formula, Scale::Plain, context)?;
                Some(self.in_unit(&formula, &unit, None)?.at)
            }
            _ => None,
        };
        let sort = match (concept.values.is_empty(), scale) {
            (false, _) => Sort::Word(at),
            (true, Scale::Plain) => Sort::Number(unit),
            (true, Scale::Upper | Scale::Lower) => Sort::Number(Unit::one()),
        };
        let at = self.value_of(ValueExpr::Result { of: at, scale, pick, period, derived });
        Ok(Typed { at, sort })
    }

    pub(super) fn age(&mut self, unit: AgeUnit, context: &Context<'t>) -> Typed {
        let code = match unit {
            AgeUnit::Years => "a",
            AgeUnit::Months => "mo",
            AgeUnit::Weeks => "wk",
            AgeUnit::Days => "d",
        };
        let at = self.value_of(ValueExpr::Age { unit, on: context.anchor });
        Typed { at, sort: Sort::Number(Unit::parse(code).unwrap_or_else(|_| Unit::one())) }
    }

    fn arithmetic(&mut self, operator: Operator, left: &Typed, right: &Typed) -> Lowered<Typed> {
        let (unit, other) = (left.unit()?.clone(), right.unit()?.clone());
        let (right, sort) = match operator {
            Operator::Plus | Operator::Minus => (self.in_unit(right, &unit, None)?.at, unit),
            Operator::Times => (right.at, unit.multiply(&other)),
            Operator::Over => (right.at, unit.divide(&other)),
            Operator::Power => {
                let exponent = match self.plan.values.get(right.at.at()) {
                    Some(ValueExpr::Constant(exponent)) if exponent.value.fract() == 0.0 => exponent.value.to_i32(),
                    _ => None,
                };
                let power = match exponent {
                    Some(whole) if !unit.dimension().is_number() => unit.power(whole),
                    _ if unit.dimension().is_number() => unit,
                    _ => return Err(Refusal::of("a power of a quantity that is no whole number")),
                };
                (right.at, power)
            }
        };
        let at = self.value_of(ValueExpr::Arithmetic { operator, left: left.at, right });
        Ok(Typed { at, sort: Sort::Number(sort) })
    }

    /// The same value in another unit.
    pub(super) fn in_unit(&mut self, value: &Typed, unit: &Unit, mass: Option<&BigRational>) -> Lowered<Typed> {
        let from = value.unit()?.clone();
        if from == *unit {
            return Ok(value.clone());
        }
        let sort = Sort::Number(unit.clone());
        let cannot = || Refusal::of(format!("`{from}` as `{unit}`"));
        let convert = |number: i64| {
            let number = BigRational::from_integer(number.into());
            from.convert_of(&number, unit, mass).map_err(|_| cannot())
        };
        let offset = convert(0)?;
        let factor = convert(1)? - &offset;
        let double = |number: &BigRational| number.to_f64().ok_or_else(cannot);
        if factor == BigRational::from_integer(1.into()) && offset.is_zero() {
            return Ok(Typed { at: value.at, sort });
        }
        let (factor, offset) = (double(&factor)?, double(&offset)?);
        let at = self.value_of(ValueExpr::Linear { of: value.at, factor, offset });
        Ok(Typed { at, sort })
    }

    fn fold(&mut self, fold: Fold, list: &'t ListOf, scale: Scale, context: &Context<'t>) -> Lowered<Typed> {
        let trial = self.trial;
        let parts: Vec<&'t Part<Value>> = match list {
            ListOf::Values(parts) => parts.iter().collect(),
            ListOf::Set { set, except } => match trial.sets.get(set).map(|found| &found.members) {
                Some(Members::Values(parts)) => parts.iter().filter(|part| !is_excepted_value(part, except)).collect(),
                Some(Members::Truths(_) | Members::Events(_)) | None => Vec::new(),
            },
        };
        let mut of = Vec::new();
        let mut unit: Option<Unit> = None;
        for part in parts {
            if part.when.is_some() {
                return Err(Refusal::of("a list of values whose entries have conditions"));
            }
            let next = self.value(&part.body, scale, context)?;
            let into = match &unit {
                Some(unit) => unit.clone(),
                None => next.unit()?.clone(),
            };
            of.push(self.in_unit(&next, &into, None)?.at);
            unit = Some(into);
        }
        let at = self.value_of(ValueExpr::Fold { fold, of });
        Ok(Typed { at, sort: Sort::Number(unit.unwrap_or_else(Unit::one)) })
    }

    /// The molar mass of the substance that a value is of.
    pub(super) fn molar_mass(&self, value: &Value) -> Option<BigRational> {
        let of = match &value.kind {
            ValueKind::Result { of, .. } => of,
            ValueKind::MeanOf { of, .. }
            | ValueKind::EachOf { of, .. }
            | ValueKind::Change { of, .. }
            | ValueKind::In { value: of, .. } => return self.molar_mass(of),
            _ => return None,
        };
        Some(self.trial.concepts.get(of)?.molar_mass.as_ref()?.value.rational())
    }
}
