//! Stable doses: the same on every day of a stretch up to the anchor.

use std::collections::BTreeSet;

use super::dose::{Added, Wanted};
use super::frame::Times;
use super::interval::Interval;
use super::node::{About, Node, State};
use super::{Context, Evaluator, Kleene, Lack, Now};
use crate::ir::{Ask, Comparator, ConceptId, Duration, Value, ValueKind};
use crate::record::{Span, When};

impl<'a> Evaluator<'a> {
    pub(super) fn stable_dose(
        &self,
        dose: &'a Value,
        limit: Option<&'a Ask>,
        lasting: &Duration,
        about: About<'a>,
        context: &Context<'a>,
    ) -> Node<'a> {
        let stretch = match self.stretch(context, lasting) {
            Ok(stretch) => stretch,
            Err(lack) => return Node::lacking(about, lack),
        };
        let ValueKind::DailyDose { of, route, equivalent_to, .. } = &dose.kind else {
            return Node::lacking(about, Lack::Unsaid("a dose".to_owned()));
        };
        let added = Added { of, route: *route, equivalent_to: equivalent_to.as_ref(), only: None };
        let mut node = Node::truth(about, Kleene::Met, Vec::new());
        let days = self.days_of_change(added, &Times::span(stretch));
        let mut state = match equivalent_to {
            Some(_) => self.same_sum(dose, &days, context, &mut node),
            None => self.same_members(added, (&days, stretch), context, &mut node),
        };
        if let Some(limit) = limit {
            for day in &days {
                let on_day = Context { anchor: Now::Known(Ok(When::day(*day))), window: None, ..context.clone() };
                let kept = self.asked(dose, limit, About::Value(dose), &on_day);
                state = state.and(kept.kleene());
                if kept.kleene() != Kleene::Met {
                    node.parts.push(kept);
                }
            }
        }
        node.state = State::Truth(state);
        node
    }

    /// The sum in doses of one drug is the same on all these days.
    fn same_sum(&self, dose: &'a Value, days: &BTreeSet<i64>, context: &Context<'a>, node: &mut Node<'a>) -> Kleene {
        let ValueKind::DailyDose { of, .. } = &dose.kind else { return Kleene::Unknown };
        let wanted = Wanted { amount: self.usual_amount(of), per_body: None };
        let sums = days.iter().map(|day| {
            let on_day = Context { anchor: Now::Known(Ok(When::day(*day))), window: None, ..context.clone() };
            self.dose(dose, &wanted, About::Value(dose), &on_day)
        });
        same(sums.collect(), node)
    }

    /// The amount of each member by itself is the same on all these days: none added, none left out, none changed.
    fn same_members(
        &self,
        added: Added<'a>,
        (days, stretch): (&BTreeSet<i64>, Span),
        context: &Context<'a>,
        node: &mut Node<'a>,
    ) -> Kleene {
        let mut state = Kleene::Met;
        for class in added.of {
            let taken: BTreeSet<&'a ConceptId> =
                self.occurrences(&class.event).into_iter().map(|course| &course.of).collect();
            let mut same = Kleene::Met;
            for drug in taken {
                same = same.and(self.same_drug(Added { only: Some(drug), ..added }, days, context, node));
            }
            match self.silence(&class.event, &Times::span(stretch)) {
                Ok(used) => node.used.extend(used),
                // What is recorded is the least of what was taken: nobody knows whether all of it changed.
                Err(lack) => {
                    same = Kleene::Unknown;
                    node.lacks.push(lack);
                }
            }
            state = state.and(same);
        }
        state
    }

    fn same_drug(&self, added: Added<'a>, days: &BTreeSet<i64>, context: &Context<'a>, node: &mut Node<'a>) -> Kleene {
        let wanted = self.as_recorded(added);
        let sums = days.iter().map(|day| self.sum_of_day(added, *day, &wanted, context));
        let mut state = Kleene::Met;
        let mut first: Option<Interval> = None;
        for sum in sums {
            state = state.and(alike(first.as_ref(), &sum.interval));
            first.get_or_insert_with(|| sum.interval.clone());
            super::dose::tell(node, sum);
        }
        state
    }
}

/// Whether all of these are one number.
fn same<'a>(sums: Vec<Node<'a>>, node: &mut Node<'a>) -> Kleene {
    let mut state = Kleene::Met;
    let mut first: Option<Interval> = None;
    for sum in sums {
        let Some((interval, _)) = super::lists::hull_of(&sum.valued()) else { return Kleene::Unknown };
        state = state.and(alike(first.as_ref(), &interval));
        first.get_or_insert(interval);
        node.parts.push(sum);
    }
    state
}

/// Whether a day's dose is that of the first day; and is one number at all, not only the same range on each day.
fn alike(first: Option<&Interval>, next: &Interval) -> Kleene {
    match first {
        Some(known) => known.compare(Comparator::Equal, next),
        None => Kleene::between(next.exact().is_some(), true),
    }
}
