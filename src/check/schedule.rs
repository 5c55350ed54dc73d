//! Visits, what they collect, outcomes and estimands.

use super::checker::{Checker, Context};
use super::eligibility::{named_context, sited};
use super::names::{Meaning, ModuleId, PartKind};
use super::time::Narrows;
use super::types::Elaborated;
use crate::ast::{self, EstimandPart};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, Assessment, DefinitionBody, StandIn, Strategy, Value, ValueKind, VisitTime, Word};
use crate::span::Span;

/// What can be said of an outcome as a whole, and of which sort of outcome.
const SUMMARIES: &[(&str, &[Assessment])] = &[
    ("proportion", RESPONSES),
    ("difference_in_proportions", RESPONSES),
    ("risk_ratio", RESPONSES),
    ("odds_ratio", &[Assessment::Response, Assessment::Category, Assessment::OrderedCategory]),
    ("common_odds_ratio", &[Assessment::OrderedCategory]),
    ("mean", NUMBERS),
    ("difference_in_means", NUMBERS),
    ("ratio_of_means", NUMBERS),
    ("ratio_of_geometric_means", NUMBERS),
    (
        "median",
        &[
            Assessment::Measurement,
            Assessment::Change,
            Assessment::Count,
            Assessment::TimeToEvent,
            Assessment::OrderedCategory,
        ],
    ),
    (
        "difference_in_medians",
        &[Assessment::Measurement, Assessment::Change, Assessment::Count, Assessment::TimeToEvent],
    ),
    ("hazard_ratio", &[Assessment::TimeToEvent]),
    ("restricted_mean_survival_time_difference", &[Assessment::TimeToEvent]),
    ("survival_probability", &[Assessment::TimeToEvent]),
    ("rate", &[Assessment::Rate, Assessment::Count]),
    ("rate_ratio", &[Assessment::Rate, Assessment::Count]),
    ("rate_difference", &[Assessment::Rate, Assessment::Count]),
    ("win_ratio", &[Assessment::OrderedCategory, Assessment::Measurement, Assessment::TimeToEvent, Assessment::Change]),
];

const RESPONSES: &[Assessment] = &[Assessment::Response, Assessment::Category];
const NUMBERS: &[Assessment] = &[Assessment::Measurement, Assessment::Change, Assessment::Count, Assessment::Rate];

/// The strategies of ICH E9(R1), section A.3.2.
const STRATEGIES: &[(&str, Strategy)] = &[
    ("treatment_policy", Strategy::TreatmentPolicy),
    ("hypothetical", Strategy::Hypothetical),
    ("composite", Strategy::Composite),
    ("while_on_treatment", Strategy::WhileOnTreatment),
    ("principal_stratum", Strategy::PrincipalStratum),
];

const STAND_INS: &[(&str, StandIn)] =
    &[("non_response", StandIn::NonResponse), ("last_value", StandIn::LastValue), ("left_out", StandIn::LeftOut)];

impl Checker<'_> {
    pub(super) fn visit(&mut self, visit: &ast::Visit, main: ModuleId) {
        let time = match &visit.time {
            ast::VisitTime::At(moment) => self.moment(moment, main).map(VisitTime::At),
            ast::VisitTime::Span(from, to) => {
                let (first, last) = (self.moment(from, main), self.moment(to, main));
                first.zip(last).and_then(|(from_moment, to_moment)| {
                    self.moments_in_order(&from_moment, &to_moment, from.span.to(to.span))?;
                    Some(VisitTime::Span { from: from_moment, to: to_moment })
                })
            }
            ast::VisitTime::Every { step, from, to } => {
                let (step, first, last) = (self.duration(step), self.moment(from, main), self.moment(to, main));
                step.zip(first.zip(last)).and_then(|(step, (from_moment, to_moment))| {
                    self.moments_in_order(&from_moment, &to_moment, from.span.to(to.span))?;
                    Some(VisitTime::Every { step, from: from_moment, to: to_moment })
                })
            }
        };
        let window = visit.window.as_ref().and_then(|window| self.visit_window(window));
        let Some(time) = time else { return };
        let item = ir::Visit {
            name: ir::VisitId(visit.name.text.clone()),
            prose: visit.prose.as_ref().map(|prose| prose.value.to_string()),
            time,
            window,
            span: visit.span,
        };
        self.draft.visits.push(sited(item, &visit.name, visit.span));
    }

    fn visit_window(&mut self, window: &ast::Range) -> Option<ir::Range> {
        self.ordered(window.low, window.high, window.span)?;
        let Some(written) = &window.unit else {
            self.report(
                Diagnostic::new(&code::MISSING_UNIT, window.span, "a visit window needs a unit")
                    .label("numbers without a unit")
                    .help("such as `window -3..+3 days`"),
            );
            return None;
        };
        let unit = self.unit(written)?;
        if !unit.dimension().is_time() {
            self.report(
                Diagnostic::new(&code::NOT_A_DURATION, written.span, format!("`{}` is no unit of time", written.text))
                    .label(format!("this is {}", unit.dimension())),
            );
            return None;
        }
        let zero = rust_decimal::Decimal::ZERO;
        if window.low > zero || window.high < zero {
            self.report(
                Diagnostic::new(&code::INVERTED_RANGE, window.span, "the planned day lies outside this window")
                    .label("does not hold the day itself")
                    .help("a window runs from days before (`-3`) to days after (`+3`) the planned day"),
            );
            return None;
        }
        Some(ir::Range { low: window.low.into(), high: window.high.into(), unit })
    }

    pub(super) fn collection(&mut self, collect: &ast::Collect, main: ModuleId) {
        let mut measures = Vec::new();
        for name in &collect.measures {
            let value = ast::ValueRef { name: name.clone(), except: None, per_limit: None, in_unit: None };
            match self.lookup(main, &name.text, name.span) {
                Some(Meaning::Set(ix)) => {
                    if let ir::Members::Values(parts) = &self.set(ix).item.members {
                        measures.extend(parts.iter().map(|part| part.body.clone()));
                    } else {
                        self.wrong_kind(name, Meaning::Set(ix), "a set of measures");
                    }
                }
                Some(Meaning::Concept(ix)) if super::history::is_event(self.concept(ix).kind) => {
                    let kind = ValueKind::Result { of: self.concept_id(ix), pick: ir::Pick::Latest };
                    measures.push(Value { kind, span: name.span });
                }
                Some(_) | None => {
                    let found = self.result_of(&value, ir::Pick::Latest, Context::new(main), name.span);
                    measures.extend(found.map(|typed| typed.value));
                }
            }
        }
        let visits =
            collect.visits.iter().filter_map(|name| self.resolve_part(main, name, PartKind::Visit).map(ir::VisitId));
        let visits: Vec<ir::VisitId> = visits.collect();
        let when = match &collect.when {
            Some(when) => self.truth(when, Context::new(main)),
            None => None,
        };
        self.draft.collections.push(ir::Collection { measures, visits, when, span: collect.span });
    }

    pub(super) fn outcome(&mut self, outcome: &ast::Outcome, main: ModuleId) {
        self.ended_by();
        let context = named_context(main, &outcome.name, outcome.prose.as_ref());
        let window = match &outcome.time {
            Some(time) => self.window(time, context, Narrows::Other),
            None => None,
        };
        let windowed = outcome.time.as_ref().is_some_and(|time| !matches!(time.kind, ast::TimeKind::At(_)));
        let population = match &outcome.population {
            Some(name) => self.resolve_part(main, name, PartKind::Population).map(ir::PopulationId),
            None => None,
        };
        let confirmed_for = outcome.confirmed.as_ref().and_then(|quantity| self.duration(quantity));
        let Some(body) = self.elaborate(&outcome.body, Context { windowed, ..context }) else { return };
        let (body, assessment) = match body {
            Elaborated::Truth(truth) => (DefinitionBody::Truth(truth), Assessment::Response),
            Elaborated::Value(typed) => (DefinitionBody::Value(typed.value), typed.ty.assessment),
        };
        self.outcome_has_time(outcome, assessment, &body);
        let item = ir::Outcome {
            name: ir::OutcomeId(outcome.name.text.clone()),
            rank: match outcome.rank {
                ast::Rank::Primary => ir::Rank::Primary,
                ast::Rank::Secondary => ir::Rank::Secondary,
                ast::Rank::Exploratory => ir::Rank::Exploratory,
                ast::Rank::Other => ir::Rank::Other,
            },
            prose: outcome.prose.as_ref().map(|prose| prose.value.to_string()),
            window,
            population,
            assessed_by: outcome.assessed_by.map(ir::Role::from),
            confirmed_for,
            assessment,
            body,
            span: outcome.span,
            name_span: outcome.name.span,
        };
        self.outcome_ids.entry(outcome.name.text.clone()).or_insert(self.draft.outcomes.len());
        self.draft.outcomes.push(sited(item, &outcome.name, outcome.span));
    }

    /// A measurement is taken at some time; a time to an event, a best response and what is missing have their own.
    fn outcome_has_time(&mut self, outcome: &ast::Outcome, assessment: Assessment, body: &DefinitionBody) {
        let own_time = match assessment {
            Assessment::TimeToEvent | Assessment::OrderedCategory | Assessment::Category => true,
            Assessment::Response => match body {
                DefinitionBody::Truth(truth) => {
                    matches!(
                        &truth.kind,
                        ir::TruthKind::Timed { .. } | ir::TruthKind::Missing(_) | ir::TruthKind::Judged { .. }
                    ) || is_worded(truth)
                }
                DefinitionBody::Value(_) => false,
            },
            Assessment::Measurement | Assessment::Change | Assessment::Count | Assessment::Rate => false,
        };
        if outcome.time.is_none() && !own_time {
            self.report(
                Diagnostic::new(&code::NO_TIME, outcome.name.span, "when is this outcome measured?")
                    .label("no time")
                    .help("give it one: `at week 12`, or `from first_dose to week 12`"),
            );
        }
    }

    // ---- estimands -------------------------------------------------------------------------------------------------------

    pub(super) fn estimand(&mut self, estimand: &ast::Estimand, main: ModuleId) {
        let Some(outcome) = self.resolve_part(main, &estimand.outcome, PartKind::Outcome) else { return };
        let mut item = ir::Estimand {
            name: ir::EstimandId(estimand.name.text.clone()),
            prose: estimand.prose.as_ref().map(|prose| prose.value.to_string()),
            outcome: ir::OutcomeId(outcome.clone()),
            population: None,
            compare: None,
            summary: None,
            intercurrent: Vec::new(),
            missing: None,
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in &estimand.parts {
            let (word, span) = match part {
                EstimandPart::Population(name) => ("population", name.span),
                EstimandPart::Compare(name, _) => ("compare", name.span),
                EstimandPart::Summary(name) => ("summary", name.span),
                EstimandPart::Intercurrent(_) => ("intercurrent", Span::NOWHERE),
                EstimandPart::Missing(name) => ("missing", name.span),
            };
            if word != "intercurrent" && seen.contains(&word) {
                self.report(
                    Diagnostic::new(&code::DUPLICATE_FIELD, span, format!("`{word}` is given twice"))
                        .label("again here"),
                );
                continue;
            }
            seen.push(word);
            self.estimand_part(part, &mut item, &outcome, main);
        }
        for (word, example) in [("population", "population p"), ("summary", "summary difference_in_means")] {
            if !seen.contains(&word) && !estimand.broken {
                self.report(
                    Diagnostic::new(&code::WRONG_SUMMARY, estimand.name.span, format!("this estimand has no {word}"))
                        .label("not complete")
                        .help(format!("ICH E9(R1) asks for it: `{example}`")),
                );
            }
        }
        self.draft.estimands.push(sited(item, &estimand.name, estimand.span));
    }

    fn estimand_part(&mut self, part: &EstimandPart, item: &mut ir::Estimand, outcome: &str, main: ModuleId) {
        match part {
            EstimandPart::Population(name) => {
                item.population = self.resolve_part(main, name, PartKind::Population).map(ir::PopulationId);
            }
            EstimandPart::Compare(first, second) => {
                let (a, b) =
                    (self.resolve_part(main, first, PartKind::Arm), self.resolve_part(main, second, PartKind::Arm));
                if let (Some(a), Some(b)) = (a, b) {
                    if a == b {
                        self.report(
                            Diagnostic::new(&code::WRONG_SUMMARY, second.span, "an arm cannot be compared with itself")
                                .label("the same arm"),
                        );
                    }
                    item.compare = Some((ir::ArmId(a), ir::ArmId(b)));
                }
            }
            EstimandPart::Summary(word) => {
                self.summary_fits(word, outcome);
                item.summary = Some(Word(word.text.clone()));
            }
            EstimandPart::Missing(word) => item.missing = self.stand_in(word, outcome),
            EstimandPart::Intercurrent(intercurrent) => {
                let strategy = STRATEGIES.iter().find(|(word, _)| *word == intercurrent.strategy.text);
                if strategy.is_none() {
                    let known = STRATEGIES.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
                    self.report(
                        Diagnostic::new(
                            &code::UNKNOWN_FIELD_VALUE,
                            intercurrent.strategy.span,
                            format!("`{}` is no strategy for an intercurrent event", intercurrent.strategy.text),
                        )
                        .label("not one of them")
                        .help(format!("ICH E9(R1) has {known}")),
                    );
                }
                let context = Context::new(main);
                let head = &intercurrent.head;
                let (window, when) = (self.head_window(head, context), self.when(head, context));
                let event = self.truth(&intercurrent.body, context.under(head));
                let (Some(window), Some(when), Some(event), Some((_, strategy))) = (window, when, event, strategy)
                else {
                    return;
                };
                item.intercurrent.push(ir::Intercurrent {
                    name: Word(head.name.text.clone()),
                    prose: head.prose.as_ref().map(|prose| prose.value.to_string()),
                    window,
                    when,
                    event,
                    strategy: *strategy,
                });
            }
        }
    }

    /// What stands in for a result that is missing, where it fits the outcome.
    fn stand_in(&mut self, word: &ast::Name, outcome: &str) -> Option<StandIn> {
        let Some((_, found)) = STAND_INS.iter().find(|(known, _)| *known == word.text) else {
            let known = STAND_INS.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            self.report(
                Diagnostic::new(
                    &code::UNKNOWN_FIELD_VALUE,
                    word.span,
                    format!("`{}` does not say what stands in for a missing result", word.text),
                )
                .label("not one of them")
                .help(format!("it is one of {known}; without the sentence, a missing result stays missing")),
            );
            return None;
        };
        let outcome = self.outcome_ids.get(outcome).and_then(|index| self.draft.outcomes.get(*index));
        let assessment = outcome.map(|outcome| outcome.item.assessment);
        let fits = match found {
            StandIn::NonResponse => assessment.is_none_or(|known| known == Assessment::Response),
            StandIn::LastValue => assessment
                .is_none_or(|known| !matches!(known, Assessment::TimeToEvent | Assessment::Count | Assessment::Rate)),
            StandIn::LeftOut => true,
        };
        if !fits {
            self.report(
                Diagnostic::new(
                    &code::UNKNOWN_FIELD_VALUE,
                    word.span,
                    format!("`{}` cannot stand in for what this outcome has", word.text),
                )
                .label("does not fit the outcome")
                .help(
                    "`non_response` is for outcomes that are met or not, `last_value` for what is measured at visits",
                ),
            );
            return None;
        }
        Some(*found)
    }

    fn summary_fits(&mut self, word: &ast::Name, outcome: &str) {
        let Some((_, fits)) = SUMMARIES.iter().find(|(known, _)| *known == word.text) else {
            let known = SUMMARIES.iter().map(|(known, _)| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            let mut found = Diagnostic::new(&code::WRONG_SUMMARY, word.span, format!("`{}` is no summary", word.text))
                .label("not one of them")
                .help(format!("it is one of {known}"));
            if let Some(near) = super::checker::nearest(&word.text, SUMMARIES.iter().map(|(known, _)| *known)) {
                found = found.guess(format!("write `{near}`"), word.span, near);
            }
            self.report(found);
            return;
        };
        let Some(outcome) = self.outcome_ids.get(outcome).and_then(|index| self.draft.outcomes.get(*index)) else {
            return;
        };
        if missing_body(&outcome.item.body) || fits.contains(&outcome.item.assessment) {
            return;
        }
        let (assessment, span) = (outcome.item.assessment, outcome.name_span);
        let right: Vec<String> = SUMMARIES
            .iter()
            .filter(|(_, fits)| fits.contains(&assessment))
            .map(|(known, _)| format!("`{known}`"))
            .take(4)
            .collect();
        self.report(
            Diagnostic::new(&code::WRONG_SUMMARY, word.span, format!("`{}` does not fit this outcome", word.text))
                .label("of another sort of result")
                .also(span, format!("this is {}", a_sort(assessment)))
                .help(format!("such as {}", right.join(", "))),
        );
    }
}

/// Whether a truth asks for words of a scale or test alone, which are assessed when they are assessed.
fn is_worded(truth: &ir::Truth) -> bool {
    let ir::TruthKind::Asked { ask, .. } = &truth.kind else { return false };
    match &**ask {
        ir::Ask::OneOf { .. } => true,
        ir::Ask::Compare { to, .. } => matches!(to.kind, ValueKind::Word { .. }),
        ir::Ask::InRange { .. } | ir::Ask::Moved { .. } | ir::Ask::Recorded => false,
    }
}

fn missing_body(body: &DefinitionBody) -> bool {
    matches!(body, DefinitionBody::Truth(truth) if matches!(truth.kind, ir::TruthKind::Missing(_)))
}

fn a_sort(assessment: Assessment) -> &'static str {
    match assessment {
        Assessment::Response => "met or not met",
        Assessment::Measurement => "a measurement",
        Assessment::Change => "a change",
        Assessment::OrderedCategory => "a word of a scale",
        Assessment::Category => "a word of a test",
        Assessment::Count => "a count",
        Assessment::Rate => "a rate",
        Assessment::TimeToEvent => "a time to an event",
    }
}
