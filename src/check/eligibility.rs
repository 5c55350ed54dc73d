//! All items of a file in turn, and criteria, cohorts, populations and rules over a period.

use std::sync::Arc;

use super::checker::{Checker, Context, Reference};
use super::names::{ModuleId, PartKind, Sited};
use super::time::Narrows;
use crate::ast::{self, Item};
use crate::diagnostic::{Diagnostic, code};
use crate::ir;
use crate::span::Span;

impl Checker<'_> {
    /// Checks the items of the file, in an order in which each finds what it needs.
    pub(super) fn check_items(&mut self, main: ModuleId) {
        let file = Arc::clone(&self.module(main).file);
        let mut trials: Vec<Span> = Vec::new();
        for item in &file.items {
            if let Item::Trial(trial) = item {
                if let Some(first) = trials.first() {
                    self.report(
                        Diagnostic::new(&code::TWO_TRIALS, trial.name.span, "a file holds one trial")
                            .label("a second one")
                            .also(*first, "the first one")
                            .help("put it into a file of its own"),
                    );
                    continue;
                }
                trials.push(trial.name.span);
                self.header(trial, main);
                self.draft.broken |= trial.broken;
            }
        }
        for item in &file.items {
            if let Item::Epoch(epoch) = item {
                self.epoch(epoch, main);
            }
        }
        for item in &file.items {
            if let Item::Visit(visit) = item {
                self.visit(visit, main);
            }
        }
        for item in &file.items {
            self.item(item, main);
        }
        for item in &file.items {
            match item {
                Item::Estimand(estimand) => self.estimand(estimand, main),
                Item::Example(example) => self.example(example, main),
                _ => {}
            }
        }
        self.regimens_end();
        self.needs_day_one();
        self.everyone();
        self.needs_trial(&file, trials.is_empty());
    }

    /// Items that mean nothing outside a trial.
    fn needs_trial(&mut self, file: &ast::File, no_trial: bool) {
        if !no_trial || self.draft.broken {
            return;
        }
        let first = file.items.iter().find_map(|item| match item {
            Item::Eligibility(item) => Some(item.anchor.span),
            Item::Arm(item) => Some(item.name.span),
            Item::Epoch(item) => Some(item.name.span),
            Item::Visit(item) => Some(item.name.span),
            Item::Outcome(item) => Some(item.name.span),
            Item::Estimand(item) => Some(item.name.span),
            Item::Regimen(item) => Some(item.name.span),
            Item::Restriction(item) => Some(item.head.name.span),
            Item::Background(item) => Some(item.name.span),
            Item::Example(item) => Some(item.prose.span),
            Item::Use(_)
            | Item::Plan(_)
            | Item::Trial(_)
            | Item::Declaration(_)
            | Item::Equivalent(_)
            | Item::Define(_)
            | Item::Set(_)
            | Item::Cohort(_)
            | Item::Population(_)
            | Item::Collect(_) => None,
        });
        if let Some(span) = first {
            self.report(
                Diagnostic::new(&code::NO_TRIAL, span, "this belongs to a trial, and the file declares none")
                    .label("of which trial?")
                    .help("begin with `trial name \"title\" { … }`; a library holds only declarations, definitions and sets"),
            );
        }
    }

    fn item(&mut self, item: &Item, main: ModuleId) {
        match item {
            Item::Plan(plan) => self.plan(plan, main),
            Item::Cohort(cohort) => self.cohort(cohort, main),
            Item::Population(population) => self.population(population, main),
            Item::Eligibility(eligibility) => self.eligibility(eligibility, main),
            Item::Restriction(restriction) => self.restriction(restriction, main),
            Item::Regimen(regimen) => self.regimen(regimen, main),
            Item::Background(background) => self.background(background, main),
            Item::Arm(arm) => self.arm(arm, main),
            Item::Collect(collect) => self.collection(collect, main),
            Item::Outcome(outcome) => self.outcome(outcome, main),
            Item::Use(_)
            | Item::Trial(_)
            | Item::Declaration(_)
            | Item::Equivalent(_)
            | Item::Define(_)
            | Item::Set(_)
            | Item::Epoch(_)
            | Item::Visit(_)
            | Item::Estimand(_)
            | Item::Example(_) => {}
        }
    }

    fn plan(&mut self, plan: &ast::Plan, main: ModuleId) {
        let anchor = ast::Anchor { kind: ast::AnchorKind::Name(plan.event.clone()), span: plan.event.span };
        let event = self.anchor(&anchor, main);
        let window = self.window(&plan.time, Context::new(main), Narrows::Other);
        match (event, window) {
            (Some(ir::Anchor::Event(event)), Some(window)) => {
                self.draft.plans.push(ir::PlannedAnchor { event, window });
            }
            (Some(_), Some(_)) => self.report(
                Diagnostic::new(&code::NOT_A_MOMENT, plan.event.span, "only events of the trial are planned")
                    .label("not an event of the trial"),
            ),
            (_, None) | (None, _) => {}
        }
    }

    fn eligibility(&mut self, block: &ast::Eligibility, main: ModuleId) {
        let anchor = self.anchor(&block.anchor, main);
        let look_back = match &block.lookback {
            Some(quantity) => self.duration(quantity),
            None => None,
        };
        let criteria = block.criteria.iter().filter_map(|criterion| self.criterion(criterion, main)).collect();
        self.draft.broken |= block.broken;
        if let Some(anchor) = anchor {
            self.draft.eligibility.push(ir::Eligibility { anchor, look_back, criteria });
        }
    }

    fn criterion(&mut self, criterion: &ast::Criterion, main: ModuleId) -> Option<ir::Criterion> {
        let context = Context::new(main);
        let head = &criterion.head;
        let window = self.head_window(head, context);
        let cohorts = self.cohorts(&head.cohorts, main);
        let when = self.when(head, context);
        let inside = Context { reference: Reference::Unknown, ..criterion_context(context, head) };
        let body = self.truth(&criterion.body, inside);
        Some(ir::Criterion {
            name: ir::CriterionId(head.name.text.clone()),
            polarity: match criterion.polarity {
                ast::Polarity::Include => ir::Polarity::Include,
                ast::Polarity::Exclude => ir::Polarity::Exclude,
            },
            prose: head.prose.as_ref().map(|prose| prose.value.to_string()),
            window: window?,
            cohorts: cohorts?,
            when: when?,
            body: body?,
            span: criterion.span,
            name_span: head.name.span,
        })
    }

    pub(super) fn cohorts(&mut self, names: &[ast::Name], main: ModuleId) -> Option<Vec<ir::CohortId>> {
        names
            .iter()
            .map(|name| self.resolve_part(main, name, PartKind::Cohort).map(ir::CohortId))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }

    fn restriction(&mut self, restriction: &ast::Restriction, main: ModuleId) {
        let context = Context::new(main);
        let head = &restriction.head;
        if head.time.is_none() {
            self.report(
                Diagnostic::new(&code::NO_TIME, head.name.span, "from when to when does this rule hold?")
                    .label("no period")
                    .help("give it one: `from screening to end_of_study`"),
            );
        }
        let window = self.head_window(head, context);
        let cohorts = self.cohorts(&head.cohorts, main);
        let when = self.when(head, context);
        let body = self.truth(&restriction.body, Context { windowed: false, ..context.under(head) });
        let (Some(window), Some(cohorts), Some(when), Some(body)) = (window, cohorts, when, body) else { return };
        let item = ir::Restriction {
            name: ir::RestrictionId(head.name.text.clone()),
            kind: match restriction.kind {
                ast::RestrictionKind::Require => ir::RestrictionKind::Require,
                ast::RestrictionKind::Forbid => ir::RestrictionKind::Forbid,
                ast::RestrictionKind::Permit => ir::RestrictionKind::Permit,
            },
            prose: head.prose.as_ref().map(|prose| prose.value.to_string()),
            window,
            cohorts,
            when,
            body,
            span: restriction.span,
        };
        self.draft.restrictions.push(sited(item, &head.name, restriction.span));
    }

    fn cohort(&mut self, cohort: &ast::Cohort, main: ModuleId) {
        let context = named_context(main, &cohort.name, cohort.prose.as_ref());
        let Some(body) = self.truth(&cohort.body, context) else { return };
        let prose = cohort.prose.as_ref().map(|prose| prose.value.to_string());
        let item = ir::Cohort { name: ir::CohortId(cohort.name.text.clone()), prose, body };
        self.draft.cohorts.push(sited(item, &cohort.name, cohort.span));
    }

    fn population(&mut self, population: &ast::Population, main: ModuleId) {
        let context = named_context(main, &population.name, population.prose.as_ref());
        let Some(body) = self.truth(&population.body, context) else { return };
        let prose = population.prose.as_ref().map(|prose| prose.value.to_string());
        let item = ir::Population { name: ir::PopulationId(population.name.text.clone()), prose, body };
        self.draft.populations.push(sited(item, &population.name, population.span));
    }
}

/// A criterion whose head only moves the anchor is not windowed by it.
fn criterion_context<'c>(context: Context<'c>, head: &'c ast::Head) -> Context<'c> {
    let under = context.under(head);
    match &head.time {
        Some(time) if matches!(time.kind, ast::TimeKind::At(_)) => Context { windowed: false, ..under },
        Some(_) | None => under,
    }
}

/// The context of a named truth outside any list.
pub(super) fn named_context<'c>(module: ModuleId, name: &'c ast::Name, prose: Option<&'c ast::Text>) -> Context<'c> {
    Context {
        module,
        prose: prose.map(|prose| prose.value.as_str()),
        subject: Some(name.text.as_str()),
        windowed: false,
        reference: Reference::Known,
    }
}

/// A thing of the checked file with the place of its name.
pub(super) fn sited<T>(item: T, name: &ast::Name, span: Span) -> Sited<T> {
    Sited { item, name: name.text.clone(), name_span: name.span, span, own: true }
}
