//! Rises and falls: a value against what it was before the window opened.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::value::Sort;
use super::{Context, Lowered, Lowering, Refusal};
use crate::evaluate::{better, measure_of, members_of};
use crate::ir::value::ListOf;
use crate::ir::{Better, Comparator, DefinitionBody, Movement, Pick, Quantity, Side, Value, ValueKind};
use crate::plan::facts::number;
use crate::plan::{By, Change, Day, Fold, Followed, Length, Node, NodeAt, Pair, Period, PeriodAt, Scale, Toward};
use crate::units::{Unit, UnitKind};

impl<'t> Lowering<'t, '_> {
    /// `rose by` and its like.
    pub(super) fn moved_by(
        &mut self,
        value: &'t Value,
        (movement, comparator): (Movement, Comparator),
        by: &'t Quantity,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let rises = match movement {
            Movement::Rose => true,
            Movement::Fell => false,
            Movement::Improved => better(self.trial, value) == Some(Better::Higher),
            Movement::Worsened => better(self.trial, value) == Some(Better::Lower),
        };
        let toward = if rises { Toward::Rise } else { Toward::Fall };
        let relative = by.unit.kind() == UnitKind::Percent;
        self.change((value, relative), (toward, comparator), (&by.value.rational(), &by.unit), context)
    }

    /// A change against a limit.
    pub(super) fn change(
        &mut self,
        (value, relative): (&'t Value, bool),
        (toward, comparator): (Toward, Comparator),
        (by, unit): (&BigRational, &Unit),
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let (period, earlier) = self.before(context)?;
        let (of, own) = match &self.body(value).kind {
            ValueKind::HighestOf(list) => self.leading(Fold::Highest, list, (context, &earlier))?,
            ValueKind::LowestOf(list) => self.leading(Fold::Lowest, list, (context, &earlier))?,
            _ => {
                let (pair, unit) = self.pair(value, (context, &earlier))?;
                (Followed::One(pair), unit)
            }
        };
        let own = if relative { Unit::parse("%").unwrap_or(own) } else { own };
        let mass = self.molar_mass(value);
        let by = unit
            .convert_of(by, &own, mass.as_ref())
            .map_err(|_| Refusal::of(format!("a change of `{own}` by `{unit}`")))?;
        let by = if relative {
            let (one, part) = (BigRational::from_integer(1.into()), by / BigRational::from_integer(BigInt::from(100)));
            By::Part { more: number(&(&one + &part)), less: number(&(one - part)) }
        } else {
            By::Amount(number(&by))
        };
        let change = Change { of, period, toward, comparator, by };
        Ok(self.node(Node::Change(Box::new(change))))
    }

    /// A value now and before, and its unit.
    fn pair(&mut self, value: &'t Value, (context, earlier): (&Context<'t>, &Context<'t>)) -> Lowered<(Pair, Unit)> {
        let (now, before) = (self.value(value, Scale::Plain, context)?, self.value(value, Scale::Plain, earlier)?);
        let unit = match &now.sort {
            Sort::Number(unit) => unit.clone(),
            // The words of a scale are their places in its order.
            Sort::Word(_) if measure_of(value, Scale::Plain).is_some() => Unit::one(),
            Sort::Word(_) => return Err(Refusal::of("a change of words")),
        };
        Ok((Pair { now: now.at, before: before.at }, unit))
    }

    /// The one of a list that was the highest or lowest before.
    fn leading(
        &mut self,
        fold: Fold,
        list: &'t ListOf,
        (context, earlier): (&Context<'t>, &Context<'t>),
    ) -> Lowered<(Followed, Unit)> {
        let (mut of, mut unit) = (Vec::new(), None);
        for part in members_of(self.trial, list) {
            let when = part.when.as_deref().map(|when| self.truth(when, earlier)).transpose()?;
            let (pair, own) = self.pair(&part.body, (context, earlier))?;
            if *unit.get_or_insert_with(|| own.clone()) != own {
                return Err(Refusal::of("a change of several values in different units"));
            }
            of.push((when, pair));
        }
        Ok((Followed::Leading { fold, of }, unit.unwrap_or_else(Unit::one)))
    }

    /// The period around, and all time before it opens.
    fn before(&mut self, context: &Context<'t>) -> Lowered<(PeriodAt, Context<'t>)> {
        let period = self.period_of_results(context)?;
        let from = self.plan.periods.get(period.at()).and_then(|period| period.from);
        let from = from.ok_or_else(|| Refusal::of("a change from before all time"))?;
        let to = self.day(Day::Moved { from, by: Length::Days(1), side: Side::Before });
        let before = self.period(Period {
            from: None,
            to: Some(to),
            open_if_unknown: false,
            ahead: Vec::new(),
            up_to_now: false,
            context: context.anchor,
            until: None,
        });
        Ok((period, Context { window: None, instead: Some(before), ..context.clone() }))
    }

    /// What a value that is only named stands for.
    fn body(&self, value: &'t Value) -> &'t Value {
        let ValueKind::Defined { definition, pick: Pick::Latest } = &value.kind else { return value };
        match self.trial.definitions.get(definition).map(|found| &found.body) {
            Some(DefinitionBody::Value(body)) => self.body(body),
            Some(DefinitionBody::Truth(_)) | None => value,
        }
    }
}
