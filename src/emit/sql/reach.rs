//! What the criteria rest on: the nodes, values and periods under each, by the anchors whose days are gone through for it.

use std::collections::BTreeSet;

use crate::plan::{AnchorAt, Followed, Node, NodeAt, PeriodAt, Plan, ValueAt, ValueExpr, Way};

/// Criteria that rest on the same anchors, and all that they ask.
#[derive(Default)]
pub(super) struct Group {
    pub(super) anchors: Vec<AnchorAt>,
    /// Places in [`Plan::rules`].
    pub(super) rules: Vec<usize>,
    pub(super) nodes: BTreeSet<NodeAt>,
    pub(super) values: BTreeSet<ValueAt>,
    pub(super) periods: BTreeSet<PeriodAt>,
}

/// The groups of all criteria that are worked out here.
pub(super) fn groups(plan: &Plan, wanted: impl Fn(usize) -> bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, rule) in plan.rules.iter().enumerate() {
        let Way::Planned { body, applies, period, anchors } = &rule.way else { continue };
        if !wanted(at) {
            continue;
        }
        let place = groups.iter().position(|group| group.anchors == *anchors).unwrap_or_else(|| {
            groups.push(Group { anchors: anchors.clone(), ..Group::default() });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(place) else { continue };
        group.rules.push(at);
        group.periods.extend(*period);
        for node in [Some(*body), *applies].into_iter().flatten() {
            group.node(plan, node);
        }
    }
    groups
}

/// What a criterion asks that the plan says and SQL cannot.
pub(super) fn beyond(plan: &Plan, rule: usize) -> Option<&'static str> {
    let groups = groups(plan, |at| at == rule);
    let asked = groups.first()?;
    let leading = asked.nodes.iter().find_map(|at| match plan.nodes.get(at.at())? {
        Node::Change(change) if matches!(change.of, Followed::Leading { .. }) => {
            Some("a change of what was the highest or lowest of several")
        }
        _ => None,
    });
    leading.or_else(|| {
        asked.values.iter().find_map(|at| match plan.values.get(at.at())? {
            ValueExpr::Rate { .. } => Some("a rate of events"),
            ValueExpr::Lines(_) => Some("lines of treatment"),
            _ => None,
        })
    })
}

impl Group {
    fn node(&mut self, plan: &Plan, at: NodeAt) {
        if !self.nodes.insert(at) {
            return;
        }
        let Some(node) = plan.nodes.get(at.at()) else { return };
        for inner in parts(node) {
            self.node(plan, inner);
        }
        match node {
            Node::Compare { value, to, .. } => [value, to].into_iter().for_each(|value| self.value(plan, *value)),
            Node::InRange { value, low, high } => {
                [value, low, high].into_iter().for_each(|value| self.value(plan, *value));
            }
            Node::OneOf { value, .. } | Node::WordCompare { value, .. } | Node::Recorded(value) => {
                self.value(plan, *value);
            }
            Node::Events(events) => {
                self.periods.extend([events.period, events.ever]);
                self.periods.extend(events.along);
                self.periods.extend(events.except.iter().filter_map(|exempt| exempt.period));
            }
            Node::Onset { period, .. } => {
                self.periods.insert(*period);
            }
            Node::Change(change) => {
                self.periods.insert(change.period);
                change
                    .of
                    .pairs()
                    .for_each(|pair| [pair.now, pair.before].into_iter().for_each(|at| self.value(plan, at)));
            }
            Node::Constant(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Not(_)
            | Node::Known(_)
            | Node::Count { .. }
            | Node::Choice { .. }
            | Node::Given { .. }
            | Node::Answer(_)
            | Node::Sex { .. }
            | Node::Members(_)
            // Not said in SQL: such a criterion is refused before.
            | Node::StableDose(_) => {}
        }
    }

    fn value(&mut self, plan: &Plan, at: ValueAt) {
        if !self.values.insert(at) {
            return;
        }
        match plan.values.get(at.at()) {
            None | Some(ValueExpr::Constant(_) | ValueExpr::Age { .. } | ValueExpr::Dose(_)) => {}
            Some(ValueExpr::Result { period, derived, .. }) => {
                self.periods.insert(*period);
                derived.iter().for_each(|value| self.value(plan, *value));
            }
            Some(ValueExpr::Arithmetic { left, right, .. }) => {
                [left, right].into_iter().for_each(|value| self.value(plan, *value));
            }
            Some(ValueExpr::Linear { of, .. }) => self.value(plan, *of),
            Some(ValueExpr::If { branches, otherwise }) => {
                for (condition, value) in branches {
                    self.node(plan, *condition);
                    self.value(plan, *value);
                }
                self.value(plan, *otherwise);
            }
            Some(ValueExpr::Fold { of, .. } | ValueExpr::Mean(of)) => {
                of.iter().for_each(|value| self.value(plan, *value));
            }
            Some(ValueExpr::Count(tally) | ValueExpr::Lines(tally) | ValueExpr::Rate { of: tally, .. }) => {
                self.periods.insert(tally.period);
                for class in &tally.classes {
                    self.periods.extend(class.except.iter().filter_map(|exempt| exempt.period));
                }
            }
            Some(ValueExpr::Repeat(repeat)) => {
                self.periods.insert(repeat.period);
            }
        }
    }
}

/// The truths that a truth is made of; none where it is asked of the record itself.
fn parts(node: &Node) -> Vec<NodeAt> {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.clone(),
        Node::Not(inner) | Node::Known(inner) => vec![*inner],
        Node::Count { entries, .. } => {
            entries.iter().flat_map(|entry| entry.when.into_iter().chain([entry.body])).collect()
        }
        Node::Choice { branches, otherwise } => {
            branches.iter().flat_map(|(condition, body)| [*condition, *body]).chain([*otherwise]).collect()
        }
        Node::Constant(_)
        | Node::Compare { .. }
        | Node::InRange { .. }
        | Node::OneOf { .. }
        | Node::WordCompare { .. }
        | Node::Recorded(_)
        | Node::Events(_)
        | Node::Onset { .. }
        | Node::Given { .. }
        | Node::Answer(_)
        | Node::StableDose(_)
        | Node::Sex { .. } => Vec::new(),
        Node::Change(change) => change.of.conditions().collect(),
        Node::Members(members) => members.members.iter().chain(&members.classes).copied().collect(),
    }
}
