//! Counts: of different members of a class, of events, of lines of treatment.

use num_rational::BigRational;

use super::value::{Sort, Typed};
use super::{Context, Lowered, Lowering, Refusal};
use crate::evaluate::code_of_time;
use crate::ir::truth::History;
use crate::ir::{Duration, EventClass, Verb, Window, value};
use crate::plan::facts::number;
use crate::plan::{ConceptAt, Events, Members, Node, NodeAt, PeriodAt, Stretch, Tally, ValueExpr};
use crate::units::Unit;

impl<'t> Lowering<'t, '_> {
    /// Each member of a class by itself, and what is recorded no finer than one of its classes.
    pub(super) fn members(
        &mut self,
        class: &'t EventClass,
        history: &'t History,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let family = self.family;
        let (mut members, mut classes, mut coarse) = (Vec::new(), Vec::new(), Vec::new());
        for member in std::iter::once(&class.event).chain(family.members(&class.event)) {
            let node = self.events(member, true, (class, history), context)?;
            if family.is_class(member) {
                classes.push(node);
                coarse.push(self.concept(member)?);
            } else {
                members.push(node);
            }
        }
        coarse.sort_unstable();
        let members = Members { counting: history.counting, members, classes, coarse };
        Ok(self.node(Node::Members(Box::new(members))))
    }

    pub(super) fn count(&mut self, of: &'t value::Events, context: &Context<'t>) -> Lowered<Typed> {
        let tally = self.tally_of(of, context)?;
        Ok(self.plain(ValueExpr::Count(Box::new(tally))))
    }

    pub(super) fn lines(&mut self, of: &'t value::Events, context: &Context<'t>) -> Lowered<Typed> {
        let tally = self.tally_of(of, context)?;
        Ok(self.plain(ValueExpr::Lines(Box::new(tally))))
    }

    fn plain(&mut self, value: ValueExpr) -> Typed {
        Typed { at: self.value_of(value), sort: Sort::Number(Unit::one()) }
    }

    pub(super) fn rate(&mut self, of: &'t value::Events, per: &'t Duration, context: &Context<'t>) -> Lowered<Typed> {
        let tally = self.tally_of(of, context)?;
        let no_unit = |_| Refusal::of("a rate in another unit");
        let (unit, day) = (Unit::parse(code_of_time(per.unit)).map_err(no_unit)?, Unit::parse("d").map_err(no_unit)?);
        let written = match context.window {
            Some(Window::Within { reach, .. }) => match reach.lengths.as_slice() {
                [one] if one.unit == per.unit => Some(one.value.rational()),
                _ => None,
            },
            _ => None,
        };
        let over = if let Some(written) = written {
            Stretch::Written(number(&written))
        } else {
            let one = BigRational::from_integer(1.into());
            let per = unit.convert(&one, &day).map_err(|_| Refusal::of("a rate in another unit"))?;
            // From one day to another is both of them and what lies between; `within 4 weeks` is 28 days.
            let both_ends = matches!(context.window, Some(Window::Between { .. } | Window::DuringEpoch { .. }));
            Stretch::Days { per: number(&per), both_ends }
        };
        let at = self.value_of(ValueExpr::Rate { of: Box::new(tally), over });
        Ok(Typed { at, sort: Sort::Number(Unit::one().divide(&unit)) })
    }

    fn tally_of(&mut self, of: &'t value::Events, context: &Context<'t>) -> Lowered<Tally> {
        let period = self.period_of(context, None)?;
        let mut classes = Vec::new();
        for class in &of.events {
            classes.push(self.counted_class(class, of, (context, period))?);
        }
        let is = |at: ConceptAt| classes.iter().any(|class| class.of.is.contains(&at));
        let finest = (0..).map(ConceptAt).zip(&self.plan.concepts);
        let finest = finest.filter(|(at, slot)| is(*at) && !self.family.is_class(&slot.id)).map(|(at, _)| at);
        let finest = finest.collect();
        Ok(Tally { classes, period, finest })
    }

    fn counted_class(
        &mut self,
        class: &'t EventClass,
        of: &'t value::Events,
        (context, period): (&Context<'t>, PeriodAt),
    ) -> Lowered<Events> {
        let except = class.except.iter().map(|exemption| self.exempt(exemption, context)).collect::<Lowered<_>>()?;
        let (kin, silence) = (self.kin(&class.event), self.silence(&class.event));
        let tests = self.tests(of.route, &of.with, of.due_to.as_ref());
        Ok(Events { of: kin, tests, except, ..Events::none(Verb::Had, silence, period) })
    }
}
