//! Which anchors a criterion rests on.

use super::{AnchorAt, AtMost, Day, DayAt, Events, Node, NodeAt, Period, PeriodAt, Plan, Tally, ValueAt, ValueExpr};

/// The anchors under a criterion, each after those that its own plan rests on.
pub(super) fn anchors(plan: &Plan, body: NodeAt, applies: Option<NodeAt>, period: Option<PeriodAt>) -> Vec<AnchorAt> {
    let mut reach = Reach { plan, found: Vec::new() };
    reach.node(body);
    applies.into_iter().for_each(|node| reach.node(node));
    period.into_iter().for_each(|period| reach.period(period));
    reach.found
}

struct Reach<'p> {
    plan: &'p Plan,
    found: Vec<AnchorAt>,
}

impl Reach<'_> {
    fn node(&mut self, at: NodeAt) {
        let Some(node) = self.plan.nodes.get(at.at()) else { return };
        match node {
            Node::Constant(_) | Node::Answer(_) | Node::Sex { .. } => {}
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.node(*part)),
            Node::Not(inner) | Node::Known(inner) => self.node(*inner),
            Node::Count { entries, .. } => {
                for entry in entries {
                    entry.when.into_iter().for_each(|when| self.node(when));
                    self.node(entry.body);
                }
            }
            Node::Choice { branches, otherwise } => {
                for (condition, body) in branches {
                    self.node(*condition);
                    self.node(*body);
                }
                self.node(*otherwise);
            }
            Node::Compare { value, to, .. } => {
                self.value(*value);
                self.value(*to);
            }
            Node::InRange { value, low, high } => [value, low, high].into_iter().for_each(|value| self.value(*value)),
            Node::OneOf { value, .. } | Node::WordCompare { value, .. } | Node::Recorded(value) => self.value(*value),
            Node::Events(events) => self.events(events),
            Node::Onset { period, .. } => self.period(*period),
            Node::Given { by, .. } => self.day(*by),
            Node::Members(members) => members.members.iter().chain(&members.classes).for_each(|node| self.node(*node)),
            Node::Change(change) => {
                self.period(change.period);
                change.of.conditions().for_each(|node| self.node(node));
                for pair in change.of.pairs() {
                    self.value(pair.now);
                    self.value(pair.before);
                }
            }
        }
    }

    fn events(&mut self, events: &Events) {
        self.period(events.period);
        self.period(events.ever);
        events.along.into_iter().for_each(|period| self.period(period));
        if let Some(AtMost::Since(day)) = events.at_most {
            self.day(day);
        }
        events.except.iter().filter_map(|exempt| exempt.period).for_each(|period| self.period(period));
    }

    fn tally(&mut self, tally: &Tally) {
        self.period(tally.period);
        tally.classes.iter().for_each(|class| self.events(class));
    }

    fn value(&mut self, at: ValueAt) {
        let Some(value) = self.plan.values.get(at.at()) else { return };
        match value {
            ValueExpr::Constant(_) => {}
            ValueExpr::Result { period, derived, .. } => {
                self.period(*period);
                derived.iter().for_each(|value| self.value(*value));
            }
            ValueExpr::Age { on, .. } => self.day(*on),
            ValueExpr::Arithmetic { left, right, .. } => {
                self.value(*left);
                self.value(*right);
            }
            ValueExpr::Linear { of, .. } => self.value(*of),
            ValueExpr::If { branches, otherwise } => {
                for (condition, value) in branches {
                    self.node(*condition);
                    self.value(*value);
                }
                self.value(*otherwise);
            }
            ValueExpr::Fold { of, .. } | ValueExpr::Mean(of) => of.iter().for_each(|value| self.value(*value)),
            ValueExpr::Count(tally) | ValueExpr::Lines(tally) | ValueExpr::Rate { of: tally, .. } => self.tally(tally),
            ValueExpr::Repeat(repeat) => self.period(repeat.period),
        }
    }

    fn period(&mut self, at: PeriodAt) {
        let Some(Period { from, to, ahead, context, until, .. }) = self.plan.periods.get(at.at()) else { return };
        from.iter().chain(to).chain(until).chain([context]).for_each(|day| self.day(*day));
        ahead.iter().for_each(|anchor| self.anchor(*anchor));
    }

    fn day(&mut self, at: DayAt) {
        match self.plan.days.get(at.at()) {
            None | Some(Day::Fixed(_) | Day::Unknown) => {}
            Some(Day::Anchor(anchor)) => self.anchor(*anchor),
            Some(Day::Moved { from, .. }) => self.day(*from),
            Some(Day::Extreme { of, .. }) => of.iter().for_each(|day| self.day(*day)),
            Some(Day::Come { day, anchor, context }) => {
                self.day(*day);
                self.day(*context);
                self.anchor(*anchor);
            }
        }
    }

    fn anchor(&mut self, at: AnchorAt) {
        if self.found.contains(&at) {
            return;
        }
        let plan = self.plan.anchors.get(at.at()).and_then(|slot| slot.plan);
        if let Some((first, last)) = plan {
            self.day(first);
            self.day(last);
        }
        self.found.push(at);
    }
}
