//! Which criteria of a plan a batch can decide.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ROWS;
use super::moving::Moving;
use crate::ir::Verb;
use crate::plan::{
    AnchorAt, AtMost, ConceptAt, Day, DayAt, Events, Kin, Length, Node, NodeAt, PeriodAt, Plan, Silence, ValueAt,
    ValueExpr, Way,
};

/// A plan, and what of it is decided in batches.
pub struct Program<'p> {
    pub plan: &'p Plan,
    /// Of each criterion, whether it is.
    pub served: Vec<bool>,
    /// Of each value that is the same for all, a column of it.
    pub(super) constants: Vec<Option<Arc<Vec<f64>>>>,
    /// Of each criterion, and of each of its anchors in their order.
    pub(super) moving: Vec<Vec<Option<Moving>>>,
}

/// No longer lengths are reckoned with, so that all days stay within the calendar.
const DAYS: i64 = 400_000;
const MONTHS: i64 = 12_000;

impl<'p> Program<'p> {
    #[must_use]
    pub fn new(plan: &'p Plan) -> Self {
        let serving = Serving { plan };
        let anchors = plan.anchors.iter().filter_map(|anchor| anchor.plan);
        let dated = anchors.into_iter().all(|(first, last)| serving.day(first) && serving.day(last));
        let served = plan.rules.iter().map(|rule| match &rule.way {
            Way::Planned { body, applies, period, .. } => {
                let parts = [Some(*body), *applies];
                dated
                    && parts.into_iter().flatten().all(|node| serving.node(node))
                    && period.is_none_or(|period| serving.period(period))
            }
            Way::Reference(_) => false,
        });
        let constants = plan.values.iter().map(|value| {
            let ValueExpr::Constant(number) = value else { return None };
            Some(Arc::new(vec![number.value; ROWS]))
        });
        let moving = plan.rules.iter().map(|rule| match &rule.way {
            Way::Planned { body, applies, period, anchors } => {
                let nodes = || [Some(*body), *applies].into_iter().flatten();
                anchors.iter().map(|anchor| Moving::of(plan, *anchor, nodes(), *period)).collect()
            }
            Way::Reference(_) => Vec::new(),
        });
        Self { plan, served: served.collect(), constants: constants.collect(), moving: moving.collect() }
    }
}

impl Program<'_> {
    /// What some truths are about.
    pub(super) fn concern(&self, nodes: impl Iterator<Item = NodeAt>) -> Concern {
        let mut concern = Concern::default();
        nodes.for_each(|node| concern.node(self.plan, node));
        concern
    }
}

/// The things whose facts bear on something.
#[derive(Debug, Default)]
pub(super) struct Concern {
    of: BTreeSet<ConceptAt>,
}

impl Concern {
    pub(super) fn contains(&self, of: ConceptAt) -> bool {
        self.of.contains(&of)
    }

    fn node(&mut self, plan: &Plan, at: NodeAt) {
        let Some(node) = plan.nodes.get(at.at()) else { return };
        match node {
            Node::Constant(_) | Node::Answer(_) | Node::StableDose(_) => {}
            Node::Sex { of, .. } | Node::Given { event: of, .. } => self.add(*of),
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.node(plan, *part)),
            Node::Not(inner) | Node::Known(inner) => self.node(plan, *inner),
            Node::Count { entries, .. } => {
                for entry in entries {
                    self.node(plan, entry.body);
                    entry.when.iter().for_each(|when| self.node(plan, *when));
                }
            }
            Node::Choice { branches, otherwise } => {
                for (condition, body) in branches {
                    self.node(plan, *condition);
                    self.node(plan, *body);
                }
                self.node(plan, *otherwise);
            }
            Node::Compare { value, to, .. } => {
                self.value(plan, *value);
                self.value(plan, *to);
            }
            Node::InRange { value, low, high } => [value, low, high].into_iter().for_each(|at| self.value(plan, *at)),
            Node::OneOf { value, .. } | Node::WordCompare { value, .. } | Node::Recorded(value) => {
                self.value(plan, *value);
            }
            Node::Events(events) => self.history(plan, &events.of, &events.silence),
            Node::Onset { of, silence, .. } => self.history(plan, of, silence),
            Node::Members(members) => {
                members.members.iter().chain(&members.classes).for_each(|part| self.node(plan, *part));
            }
            Node::Change(change) => {
                change.of.conditions().for_each(|condition| self.node(plan, condition));
                for pair in change.of.pairs() {
                    self.value(plan, pair.now);
                    self.value(plan, pair.before);
                }
            }
        }
    }

    fn value(&mut self, plan: &Plan, at: ValueAt) {
        let Some(value) = plan.values.get(at.at()) else { return };
        match value {
            ValueExpr::Constant(_) | ValueExpr::Age { .. } | ValueExpr::Dose(_) => {}
            ValueExpr::Result { of, derived, .. } => {
                self.add(*of);
                derived.iter().for_each(|formula| self.value(plan, *formula));
            }
            ValueExpr::Arithmetic { left, right, .. } => {
                self.value(plan, *left);
                self.value(plan, *right);
            }
            ValueExpr::Linear { of, .. } => self.value(plan, *of),
            ValueExpr::If { branches, otherwise } => {
                for (condition, value) in branches {
                    self.node(plan, *condition);
                    self.value(plan, *value);
                }
                self.value(plan, *otherwise);
            }
            ValueExpr::Fold { of, .. } | ValueExpr::Mean(of) => of.iter().for_each(|value| self.value(plan, *value)),
            ValueExpr::Count(tally) | ValueExpr::Lines(tally) | ValueExpr::Rate { of: tally, .. } => {
                tally.classes.iter().for_each(|class| self.history(plan, &class.of, &class.silence));
            }
            ValueExpr::Repeat(repeat) => self.add(repeat.of),
        }
    }

    /// Those that are of a kind, all classes that they belong to, of which a record may deny one, and what else says that there
    /// was none.
    fn history(&mut self, plan: &Plan, of: &Kin, silence: &Silence) {
        for of in of.is.iter().chain(&of.may_be) {
            self.add(*of);
            plan.concepts.get(of.at()).iter().for_each(|slot| self.of.extend(&slot.above));
        }
        self.of.extend(&silence.denied);
    }

    fn add(&mut self, of: ConceptAt) {
        self.of.insert(of);
    }
}

struct Serving<'p> {
    plan: &'p Plan,
}

impl Serving<'_> {
    fn node(&self, at: NodeAt) -> bool {
        let Some(node) = self.plan.nodes.get(at.at()) else { return false };
        let all = |parts: &[NodeAt]| parts.iter().all(|part| self.node(*part));
        match node {
            Node::Constant(_) | Node::Answer(_) | Node::Sex { .. } => true,
            Node::All(parts) | Node::Any(parts) => all(parts),
            Node::Not(inner) | Node::Known(inner) => self.node(*inner),
            Node::Count { entries, .. } => {
                entries.iter().all(|entry| self.node(entry.body) && entry.when.is_none_or(|when| self.node(when)))
            }
            Node::Choice { branches, otherwise } => {
                branches.iter().all(|(condition, body)| self.node(*condition) && self.node(*body))
                    && self.node(*otherwise)
            }
            Node::Compare { value, to, .. } => self.counted(*value, *to) || self.value(*value) && self.value(*to),
            Node::InRange { value, low, high } => self.value(*value) && self.value(*low) && self.value(*high),
            Node::OneOf { value, .. } | Node::WordCompare { value, .. } | Node::Recorded(value) => self.value(*value),
            Node::Events(events) => self.events(events),
            Node::Onset { period, .. } => self.period(*period),
            Node::Given { by, .. } => self.day(*by),
            Node::StableDose(_) => false,
            Node::Members(members) => all(&members.members) && all(&members.classes),
            Node::Change(change) => {
                let mut pairs = change.of.pairs();
                self.period(change.period) && pairs.all(|pair| self.value(pair.now) && self.value(pair.before))
            }
        }
    }

    fn events(&self, events: &Events) -> bool {
        // What must be the first of all is asked of one patient at a time.
        events.along.is_none_or(|along| self.period(along))
            && events.verb != Verb::Started
            && self.period(events.period)
            && self.period(events.ever)
            && events.at_least.is_none_or(is_near)
            && match events.at_most {
                None => true,
                Some(AtMost::Lasted(length)) => is_near(length),
                Some(AtMost::Since(day)) => self.day(day),
            }
            && events.except.iter().all(|exempt| exempt.period.is_none_or(|period| self.period(period)))
    }

    fn value(&self, at: ValueAt) -> bool {
        let Some(value) = self.plan.values.get(at.at()) else { return false };
        match value {
            ValueExpr::Constant(_) => true,
            ValueExpr::Result { period, derived, .. } => {
                self.period(*period) && derived.is_none_or(|formula| self.value(formula))
            }
            ValueExpr::Age { on, .. } => self.day(*on),
            ValueExpr::Arithmetic { left, right, .. } => self.value(*left) && self.value(*right),
            ValueExpr::Linear { of, .. } => self.value(*of),
            ValueExpr::If { branches, otherwise } => {
                branches.iter().all(|(condition, value)| self.node(*condition) && self.value(*value))
                    && self.value(*otherwise)
            }
            ValueExpr::Fold { of, .. } => of.iter().all(|value| self.value(*value)),
            ValueExpr::Dose(_) | ValueExpr::Count(_) | ValueExpr::Rate { .. } | ValueExpr::Lines(_) => false,
            // One alone may be there.
            ValueExpr::Repeat(repeat) => repeat.count > 1 && self.period(repeat.period),
            ValueExpr::Mean(of) => of.iter().all(|value| self.value(*value)),
        }
    }

    /// A count that is held to a limit.
    fn counted(&self, value: ValueAt, to: ValueAt) -> bool {
        let (Some(ValueExpr::Count(tally) | ValueExpr::Lines(tally)), Some(ValueExpr::Constant(_))) =
            (self.plan.values.get(value.at()), self.plan.values.get(to.at()))
        else {
            return false;
        };
        let mut except = tally.classes.iter().flat_map(|class| &class.except);
        self.period(tally.period) && except.all(|exempt| exempt.period.is_none_or(|period| self.period(period)))
    }

    fn period(&self, at: PeriodAt) -> bool {
        let Some(period) = self.plan.periods.get(at.at()) else { return false };
        let days = [period.from, period.to, Some(period.context), period.until];
        let own = |at: &AnchorAt| self.plan.anchors.get(at.at()).is_some_and(|slot| slot.own.is_some());
        !period.ahead.iter().any(own) && days.into_iter().flatten().all(|day| self.day(day))
    }

    fn day(&self, at: DayAt) -> bool {
        match self.plan.days.get(at.at()) {
            None => false,
            Some(Day::Anchor(at)) => self.plan.anchors.get(at.at()).is_some_and(|slot| slot.own.is_none()),
            Some(Day::Unknown) => true,
            Some(Day::Fixed(day)) => day.abs() < DAYS,
            Some(Day::Moved { from, by, .. }) => is_near(*by) && self.day(*from),
            Some(Day::Extreme { of, .. }) => of.iter().all(|day| self.day(*day)),
            Some(Day::Come { day, context, .. }) => self.day(*day) && self.day(*context),
        }
    }
}

fn is_near(length: Length) -> bool {
    match length {
        Length::Days(days) => days.abs() < DAYS,
        Length::Months(months) => months.abs() < MONTHS,
    }
}
