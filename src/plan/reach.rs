//! Which anchors a criterion rests on.

use super::dose::{Doses, Taken};
use super::{AnchorAt, AtMost, Day, DayAt, Events, Node, NodeAt, Period, PeriodAt, Plan, Tally, ValueAt, ValueExpr};

/// The anchors under a criterion, each after those that its own plan rests on.
pub(super) fn anchors(plan: &Plan, body: NodeAt, applies: Option<NodeAt>, period: Option<PeriodAt>) -> Vec<AnchorAt> {
    let mut reach = Reach { plan, found: Vec::new(), alone: None };
    reach.node(body);
    applies.into_iter().for_each(|node| reach.node(node));
    period.into_iter().for_each(|period| reach.period(period));
    reach.found
}

/// What of a criterion is decided of one patient at a time alone.
pub(super) fn for_one_patient(
    plan: &Plan,
    body: NodeAt,
    applies: Option<NodeAt>,
    period: Option<PeriodAt>,
) -> Option<&'static str> {
    let mut reach = Reach { plan, found: Vec::new(), alone: None };
    reach.node(body);
    applies.into_iter().for_each(|node| reach.node(node));
    period.into_iter().for_each(|period| reach.period(period));
    reach.alone
}

struct Reach<'p> {
    plan: &'p Plan,
    found: Vec<AnchorAt>,
    /// What no other target can say.
    alone: Option<&'static str>,
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
            Node::StableDose(stable) => {
                self.alone.get_or_insert("a stable dose");
                self.period(stable.along);
                self.doses(&stable.of);
                stable.kept.iter().for_each(|kept| self.doses(&kept.of));
            }
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
            ValueExpr::Dose(dose) => {
                self.alone.get_or_insert("a dose that was taken");
                match dose.taken {
                    Taken::On(day) => self.day(day),
                    Taken::Highest(period) | Taken::Lowest(period) | Taken::Total(period) => self.period(period),
                }
                self.doses(&dose.of);
            }
        }
    }

    fn doses(&mut self, doses: &Doses) {
        let except = doses.of.iter().flat_map(|drugs| &drugs.except);
        except.filter_map(|exempt| exempt.period).for_each(|period| self.period(period));
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
        let slot = self.plan.anchors.get(at.at());
        if let Some((first, last)) = slot.and_then(|slot| slot.plan) {
            self.day(first);
            self.day(last);
        }
        if let Some(own) = slot.and_then(|slot| slot.own.as_ref()) {
            self.alone.get_or_insert("a time that is counted from the patient's own history");
            self.day(own.now);
        }
        self.found.push(at);
    }
}
