//! Anchors that may fall on several days: what does not depend on which of them it is.
//!
//! The days and periods that are counted from an anchor follow it: the later the one, the later the other. So a period lies, on
//! each of the anchor's days, within the one that begins as on the first of them and ends as on the last, and holds the one that
//! begins as on the last and ends as on the first. What is asked of events and results in a period can only become truer as the
//! period grows. Where it is the same in the inner and in the outer one it is the same on all of the days, and none of them
//! has to be gone through.

use std::rc::Rc;

use super::Bits;
use super::run::{Asked, Case, Run, Standings};
use super::time::Stretch;
use crate::plan::{AnchorAt, AtMost, Day, DayAt, Events, Node, NodeAt, PeriodAt, Plan, ValueAt, ValueExpr};

/// What of a rule rests on an anchor's day.
#[derive(Debug, Default)]
pub(super) struct Moving {
    leaves: Vec<Leaf>,
    periods: Vec<PeriodAt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaf {
    Truth(NodeAt),
    Value(ValueAt),
}

/// What became of those whose anchor may fall on several days.
pub(super) struct Settled {
    /// A rule is on all days what it is on the first.
    pub(super) same: Bits,
    /// It is something else on the last.
    pub(super) different: Bits,
}

impl Moving {
    /// Nothing where something that rests on the anchor may be true in a period and not in a longer one.
    pub(super) fn of(
        plan: &Plan,
        anchor: AnchorAt,
        nodes: impl Iterator<Item = NodeAt>,
        period: Option<PeriodAt>,
    ) -> Option<Self> {
        let mut search = Search { plan, anchor, found: Self::default() };
        for node in nodes {
            search.node(node)?;
        }
        if let Some(period) = period
            && search.period(period)
        {
            search.found.periods.push(period);
        }
        Some(search.found)
    }
}

struct Search<'p> {
    plan: &'p Plan,
    anchor: AnchorAt,
    found: Moving,
}

impl Search<'_> {
    fn node(&mut self, at: NodeAt) -> Option<()> {
        match self.plan.nodes.get(at.at())? {
            Node::Constant(_) | Node::Answer(_) | Node::Sex { .. } => {}
            Node::All(parts) | Node::Any(parts) => parts.iter().try_for_each(|part| self.node(*part))?,
            Node::Not(inner) | Node::Known(inner) => self.node(*inner)?,
            Node::Count { entries, .. } => {
                for entry in entries {
                    self.node(entry.body)?;
                    entry.when.map_or(Some(()), |when| self.node(when))?;
                }
            }
            Node::Choice { branches, otherwise } => {
                for (condition, body) in branches {
                    self.node(*condition)?;
                    self.node(*body)?;
                }
                self.node(*otherwise)?;
            }
            Node::Compare { value, to, .. } => {
                self.value(*value)?;
                self.value(*to)?;
            }
            Node::InRange { value, low, high } => {
                [value, low, high].into_iter().try_for_each(|value| self.value(*value))?;
            }
            Node::OneOf { value, .. } | Node::WordCompare { value, .. } | Node::Recorded(value) => {
                self.value(*value)?;
            }
            Node::Events(events) => self.events(at, events)?,
            Node::Onset { period, .. } => {
                if self.period(*period) {
                    self.leaf(Leaf::Truth(at), &[*period]);
                }
            }
            Node::Given { by, .. } => {
                if self.day(*by) {
                    self.leaf(Leaf::Truth(at), &[]);
                }
            }
            Node::Members(members) => {
                members.members.iter().chain(&members.classes).try_for_each(|part| self.node(*part))?;
            }
            Node::Change(change) => {
                if self.period(change.period) {
                    return None;
                }
                change.of.conditions().try_for_each(|condition| self.node(condition))?;
                for pair in change.of.pairs() {
                    self.value(pair.now)?;
                    self.value(pair.before)?;
                }
            }
            // Of one patient at a time.
            Node::StableDose(_) => return None,
        }
        Some(())
    }

    fn events(&mut self, at: NodeAt, events: &Events) -> Option<()> {
        let since = match events.at_most {
            Some(AtMost::Since(day)) => self.day(day),
            Some(AtMost::Lasted(_)) | None => false,
        };
        let exempt = events.except.iter().filter_map(|exempt| exempt.period).any(|period| self.period(period));
        let asked = [events.period, events.ever];
        if asked.into_iter().chain(events.along).any(|period| self.period(period)) || since || exempt {
            // How long something has lasted is asked up to the end of the period, and an exemption takes away.
            let plain = events.at_least.is_none() && events.at_most.is_none() && events.along.is_none() && !exempt;
            plain.then(|| self.leaf(Leaf::Truth(at), &asked))?;
        }
        Some(())
    }

    fn value(&mut self, at: ValueAt) -> Option<()> {
        match self.plan.values.get(at.at())? {
            ValueExpr::Constant(_) => {}
            ValueExpr::Result { period, derived, .. } => {
                derived.map_or(Some(()), |formula| self.value(formula))?;
                if self.period(*period) {
                    self.leaf(Leaf::Value(at), &[*period]);
                }
            }
            ValueExpr::Age { on, .. } => {
                if self.day(*on) {
                    self.leaf(Leaf::Value(at), &[]);
                }
            }
            ValueExpr::Arithmetic { left, right, .. } => {
                self.value(*left)?;
                self.value(*right)?;
            }
            ValueExpr::Linear { of, .. } => self.value(*of)?,
            ValueExpr::If { branches, otherwise } => {
                for (condition, value) in branches {
                    self.node(*condition)?;
                    self.value(*value)?;
                }
                self.value(*otherwise)?;
            }
            ValueExpr::Fold { of, .. } | ValueExpr::Mean(of) => of.iter().try_for_each(|value| self.value(*value))?,
            ValueExpr::Count(tally) | ValueExpr::Lines(tally) | ValueExpr::Rate { of: tally, .. } => {
                // More events make some sentences less true.
                let except = tally.classes.iter().flat_map(|class| &class.except).filter_map(|exempt| exempt.period);
                if except.chain([tally.period]).any(|period| self.period(period)) {
                    return None;
                }
            }
            ValueExpr::Repeat(repeat) => {
                if self.period(repeat.period) {
                    return None;
                }
            }
            ValueExpr::Dose(_) => return None,
        }
        Some(())
    }

    fn leaf(&mut self, leaf: Leaf, periods: &[PeriodAt]) {
        if !self.found.leaves.contains(&leaf) {
            self.found.leaves.push(leaf);
        }
        for period in periods {
            if self.period(*period) && !self.found.periods.contains(period) {
                self.found.periods.push(*period);
            }
        }
    }

    fn period(&self, at: PeriodAt) -> bool {
        let Some(period) = self.plan.periods.get(at.at()) else { return false };
        let days = [period.from, period.to, Some(period.context), period.until];
        days.into_iter().flatten().any(|day| self.day(day))
    }

    fn day(&self, at: DayAt) -> bool {
        match self.plan.days.get(at.at()) {
            None | Some(Day::Fixed(_) | Day::Unknown) => false,
            Some(Day::Anchor(anchor)) => *anchor == self.anchor,
            Some(Day::Moved { from, .. }) => self.day(*from),
            Some(Day::Extreme { of, .. }) => of.iter().any(|day| self.day(*day)),
            Some(Day::Come { day, anchor, context }) => *anchor == self.anchor || self.day(*day) || self.day(*context),
        }
    }
}

impl Run<'_> {
    /// Of those who are open, and of whom a rule has been asked on the first day of an anchor: of whom it is not necessary to
    /// ask on every day.
    pub(super) fn settled(
        &mut self,
        asked: &Asked,
        (at, case): (AnchorAt, &Case),
        moving: &Moving,
        (open, found, lost): (Bits, &Standings, Bits),
    ) -> Settled {
        let mut last = self.again(at, Some(case.on_the_last_day()));
        let (on_last, lost_on_last) = last.asked(asked);
        let different = open & !lost & !lost_on_last & found.differs(&on_last);
        let mut same = open & !different;
        let (mut inner, mut outer) = (self.again(at, None), last.again(at, None));
        for period in &moving.periods {
            let (first, last) = (self.period(*period), last.period(*period));
            same &= !(first.there ^ last.there);
            inner.assume(*period, Stretch::new(last.from.clone(), first.to.clone(), first.there));
            outer.assume(*period, Stretch::new(first.from.clone(), last.to.clone(), last.there));
        }
        if let Some(period) = asked.period {
            // Some days in all of them, or in none.
            same &= !inner.period(period).empty | outer.period(period).empty;
        }
        for leaf in &moving.leaves {
            same &= match leaf {
                Leaf::Truth(node) => {
                    let (less, more) = (inner.node(*node), outer.node(*node));
                    let denied = match self.program.plan.nodes.get(node.at()) {
                        // Of what is recorded and denied a longer period makes less.
                        Some(Node::Events(events)) => self.contradicted(&events.of),
                        _ => Bits::NONE,
                    };
                    less.same(&more) & !denied
                }
                Leaf::Value(value) => inner.value(*value).same(&outer.value(*value)),
            };
        }
        Settled { same, different }
    }

    /// Takes a period for this one.
    fn assume(&mut self, at: PeriodAt, stretch: Stretch) {
        if let Some(slot) = self.periods.get_mut(at.at()) {
            *slot = Some(Rc::new(stretch));
        }
    }
}
