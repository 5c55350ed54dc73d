//! Doses: which courses count, and what an amount of each is in the unit that is asked for.

use std::collections::BTreeSet;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Context, Lowered, Lowering, Refusal, Scope};
use crate::evaluate::Kleene;
use crate::ir::{
    Ask, Body, Comparator, ConceptId, DefinitionBody, Duration, EventClass, Pick, Range, Route, Trial, Value, ValueKind,
};
use crate::plan::dose::{
    AmountAt, Book, Dose, Doses, Drugs, Equivalent, Fraction, Kept, Measure, Size, Stable, Taken, fraction,
};
use crate::plan::facts::number;
use crate::plan::{Node, NodeAt, Plan, ValueAt, ValueExpr};
use crate::record::dose::{body, per_day};
use crate::units::{DoseUnit, Unit};

/// In what a dose is asked for.
struct Wanted {
    unit: Unit,
    per_body: Option<Body>,
    /// What a dose a day is times this: the limit's own time.
    days: BigRational,
}

impl Wanted {
    fn of(limit: &crate::ir::Dose) -> Lowered<Self> {
        Self::new(limit.unit.clone(), limit.per_body, limit.per_time.as_ref())
    }

    fn new(unit: Unit, per_body: Option<Body>, per_time: Option<&Unit>) -> Lowered<Self> {
        let share = per_time.and_then(per_day).unwrap_or_else(BigRational::one);
        if share.is_zero() {
            return Err(beyond());
        }
        Ok(Self { unit, per_body, days: share.recip() })
    }
}

fn beyond() -> Refusal {
    Refusal::of("an amount of too many digits")
}

/// What there is to reckon doses by weight and surface with.
pub(super) fn book(trial: &Trial, plan: &Plan) -> Book {
    let size = |name: &str, unit: &str| {
        let concept = trial.concepts.get(name)?;
        let (of, unit) = (plan.place(name)?, Unit::parse(unit).ok()?);
        let from = concept.unit.clone().unwrap_or_else(Unit::one);
        let factor = fraction(&from.convert(&BigRational::one(), &unit).ok()?)?;
        Some(Size { of, factor, derived: concept.derived.is_some() })
    };
    Book {
        amounts: Vec::new(),
        weight: size("weight", "kg"),
        surface: size("BSA", "m2"),
        measured: ["weight", "BSA", "height"].into_iter().filter_map(|name| plan.place(name)).collect(),
    }
}

impl<'t> Lowering<'t, '_> {
    /// A dose beside a limit.
    pub(super) fn dose_compared(
        &mut self,
        value: &'t Value,
        comparator: Comparator,
        limit: &crate::ir::Dose,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let value = self.dose(value, &Wanted::of(limit)?, context)?;
        let to = self.value_of(ValueExpr::Constant(number(&limit.value.rational())));
        Ok(self.node(Node::Compare { value, comparator, to }))
    }

    pub(super) fn dose_in_range(&mut self, value: &'t Value, range: &Range, context: &Context<'t>) -> Lowered<NodeAt> {
        let Ok(unit) = DoseUnit::of(&range.unit) else { return Ok(self.node(Node::Constant(Kleene::Unknown))) };
        let wanted = Wanted::new(unit.amount, unit.per_body.map(body), unit.per_time.as_ref())?;
        let value = self.dose(value, &wanted, context)?;
        let mut end = |exact: BigRational| self.value_of(ValueExpr::Constant(number(&exact)));
        let (low, high) = (end(range.low.rational()), end(range.high.rational()));
        Ok(self.node(Node::InRange { value, low, high }))
    }

    /// A dose, or what is defined as one.
    pub(super) fn is_dose(&self, value: &Value) -> bool {
        match &value.kind {
            ValueKind::DailyDose { .. } | ValueKind::TotalDose { .. } => true,
            ValueKind::Defined { definition, .. } => {
                let body = self.trial.definitions.get(definition).map(|found| &found.body);
                matches!(body, Some(DefinitionBody::Value(body)) if self.is_dose(body))
            }
            _ => false,
        }
    }

    fn dose(&mut self, value: &'t Value, wanted: &Wanted, context: &Context<'t>) -> Lowered<ValueAt> {
        let (of, route, equivalent_to) = match &value.kind {
            ValueKind::DailyDose { of, route, equivalent_to, .. }
            | ValueKind::TotalDose { of, route, equivalent_to } => (of, *route, equivalent_to.as_ref()),
            ValueKind::Defined { definition, .. } => {
                let trial = self.trial;
                return match trial.definitions.get(definition).map(|found| &found.body) {
                    Some(DefinitionBody::Value(body)) => self.dose(body, wanted, context),
                    Some(DefinitionBody::Truth(_)) | None => Err(Refusal::of("a dose of something else")),
                };
            }
            _ => return Err(Refusal::of("a dose of something else")),
        };
        if self.scope == Scope::Outcomes {
            return Err(Refusal::of("a dose that was taken"));
        }
        let taken = match &value.kind {
            ValueKind::DailyDose { pick: Pick::Highest, .. } => Taken::Highest(self.period_of(context, None)?),
            ValueKind::DailyDose { pick: Pick::Lowest, .. } => Taken::Lowest(self.period_of(context, None)?),
            ValueKind::TotalDose { .. } => Taken::Total(self.period_of(context, None)?),
            _ => Taken::On(context.anchor),
        };
        let measure = self.measure(equivalent_to, wanted)?;
        let of = self.doses((of, route), (measure, wanted.per_body), context)?;
        Ok(self.value_of(ValueExpr::Dose(Box::new(Dose { of, taken }))))
    }

    pub(super) fn stable_dose(
        &mut self,
        dose: &'t Value,
        limit: Option<&'t Ask>,
        lasting: &'t Duration,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        if self.scope == Scope::Outcomes {
            return Err(Refusal::of("a stable dose"));
        }
        let ValueKind::DailyDose { of, route, equivalent_to, pick } = &dose.kind else {
            return Err(Refusal::of("a stable dose of something else"));
        };
        if matches!(pick, Pick::Highest | Pick::Lowest) {
            return Err(Refusal::of("a highest or lowest dose that is stable"));
        }
        let by_day = limit.is_some() || equivalent_to.is_some();
        if by_day && of.iter().any(|class| class.except.iter().any(|exempt| exempt.window.is_some())) {
            return Err(Refusal::of("a stable dose with an exception that has a time of its own"));
        }
        let along = self.stretch(lasting, context)?;
        let milligrams = Unit::parse("mg").map_err(|_| beyond())?;
        let (usual, _) = self.amount(&milligrams)?;
        let measure = match equivalent_to {
            Some(_) => {
                self.measure(equivalent_to.as_ref(), &Wanted { unit: milligrams, per_body: None, days: One::one() })?
            }
            None => Measure::Own,
        };
        let all = self.doses((of, *route), (measure, None), context)?;
        let kept = match limit {
            None => None,
            Some(Ask::Compare { comparator, to: Value { kind: ValueKind::DoseQuantity(limit), .. }, instead })
                if instead.is_empty() =>
            {
                let wanted = Wanted::of(limit)?;
                let measure = self.measure(equivalent_to.as_ref(), &wanted)?;
                let of = self.doses((of, *route), (measure, wanted.per_body), context)?;
                Some(Kept { of, comparator: *comparator, to: number(&limit.value.rational()) })
            }
            Some(_) => return Err(Refusal::of("a stable dose with several limits")),
        };
        Ok(self.node(Node::StableDose(Box::new(Stable { of: all, usual, along, kept }))))
    }

    fn doses(
        &mut self,
        (of, route): (&'t [EventClass], Option<Route>),
        (measure, per_body): (Measure, Option<Body>),
        context: &Context<'t>,
    ) -> Lowered<Doses> {
        let mut drugs = Vec::new();
        for class in of {
            let except =
                class.except.iter().map(|exemption| self.exempt(exemption, context)).collect::<Lowered<_>>()?;
            drugs.push(Drugs { of: self.kin(&class.event), except, silence: self.silence(&class.event) });
        }
        Ok(Doses { of: drugs, route, measure, per_body })
    }

    /// What an amount of each drug is in the unit asked for.
    fn measure(&mut self, equivalent_to: Option<&ConceptId>, wanted: &Wanted) -> Lowered<Measure> {
        let Some(target) = equivalent_to else {
            let (unit, factor) = self.amount(&wanted.unit)?;
            return Ok(Measure::Plain { unit, factor: short(&(factor * &wanted.days))? });
        };
        let trial = self.trial;
        let mut found: Vec<Equivalent> = Vec::new();
        let mut seen = BTreeSet::new();
        for table in trial.equivalents.iter().filter(|table| table.doses.contains_key(target)) {
            for (drug, own) in &table.doses {
                // The first table that holds both says it.
                if !seen.insert(drug) || own.value.rational().is_zero() {
                    continue;
                }
                let (Some(of), Some(other)) = (self.plan.place(drug.as_str()), table.doses.get(target)) else {
                    continue;
                };
                let Ok(other) = other.unit.convert(&other.value.rational(), &wanted.unit) else { continue };
                let (unit, factor) = self.amount(&own.unit)?;
                let factor = short(&(other * factor / own.value.rational() * &wanted.days))?;
                found.push(Equivalent { of, unit, factor, routes: table.routes.clone() });
            }
        }
        found.sort_by_key(|one| one.of);
        Ok(Measure::Equivalents(found))
    }

    /// The unit that amounts of facts are brought to where they fit this one, and what one of it is in this one.
    fn amount(&mut self, unit: &Unit) -> Lowered<(AmountAt, BigRational)> {
        let (zero, one) = (BigRational::zero(), BigRational::one());
        let known = (0..).map(AmountAt).zip(&self.plan.doses.amounts).find_map(|(at, known)| {
            let factor = known.convert(&one, unit).ok()?;
            Some((at, factor, known.convert(&zero, unit).ok()?))
        });
        match known {
            Some((at, factor, offset)) if offset.is_zero() && !factor.is_zero() => Ok((at, factor)),
            Some(_) => Err(Refusal::of(format!("a dose in `{unit}`"))),
            None => {
                let at = u8::try_from(self.plan.doses.amounts.len()).map_err(|_| beyond())?;
                self.plan.doses.amounts.push(unit.clone());
                Ok((AmountAt(at), one))
            }
        }
    }
}

fn short(exact: &BigRational) -> Lowered<Fraction> {
    fraction(exact).ok_or_else(beyond)
}
