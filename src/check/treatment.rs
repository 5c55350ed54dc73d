//! Epochs, regimens, arms, doses and the rules that change them.

mod clauses;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::checker::{Checker, Context, a_kind};
use super::circles;
use super::eligibility::sited;
use super::header::MASKING;
use super::names::{Meaning, ModuleId, PartKind};
use super::timeline::approximate_days;
use crate::ast::{self, AmountKind, Dosing, Reduction, ScheduleKind};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, Amount, ConceptKind, RuleEffect, Treatment, Word};
use crate::span::Span;

/// Regimens may give regimens that give regimens this deep.
const REGIMENS_DEEP: usize = 64;

/// What is given around a rule or a day: the length of the cycle or the epochs, in days, where it is known.
#[derive(Clone, Copy, Default)]
struct Around {
    days: Option<f64>,
    span: Span,
    cycle: InCycle,
}

/// Whether a treatment stands in a cycle, so that cycles can be counted.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum InCycle {
    Yes,
    No,
    /// A regimen stands in whatever gives it.
    #[default]
    Unsaid,
}

/// How far the days of a schedule may go, and what says so.
struct Limit {
    days: Option<f64>,
    span: Span,
    what: &'static str,
    repeats: bool,
}

impl Checker<'_> {
    pub(super) fn epoch(&mut self, epoch: &ast::Epoch, main: ModuleId) {
        let extent = epoch.extent.as_ref().and_then(|extent| self.extent(extent));
        if let (Some(cycles), Some(written)) = (extent.as_ref().filter(|extent| is_cycles(extent)), &epoch.extent) {
            let count = cycles.duration.value;
            self.report(
                Diagnostic::new(&code::CLAUSE_NOT_HERE, written.quantity.span, "an epoch is no number of cycles")
                    .label("of how many days?")
                    .help(format!("write its length: {count} cycles of 21 days are `{} days`", days_of_cycles(count))),
            );
        }
        let until = match &epoch.until {
            Some(until) => self.truth(until, Context::new(main)),
            None => None,
        };
        if epoch.extent.is_none() && epoch.until.is_none() {
            self.report(
                Diagnostic::new(&code::NO_TIME, epoch.name.span, "how long does this epoch last?")
                    .label("no length")
                    .help("give it one: `12 weeks`, `at most 24 months`, or `until had progression`"),
            );
        }
        let masking = match &epoch.masking {
            Some(word) if MASKING.contains(&word.text.as_str()) => Some(Word(word.text.clone())),
            Some(word) => {
                let known = MASKING.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
                self.report(
                    Diagnostic::new(
                        &code::UNKNOWN_FIELD_VALUE,
                        word.span,
                        format!("`masking` cannot be `{}`", word.text),
                    )
                    .label("not one of its values")
                    .help(format!("it is one of {known}")),
                );
                None
            }
            None => None,
        };
        let item = ir::Epoch {
            name: ir::EpochId(epoch.name.text.clone()),
            prose: epoch.prose.as_ref().map(|prose| prose.value.to_string()),
            extent,
            until,
            masking,
            span: epoch.span,
        };
        self.epoch_ids.entry(epoch.name.text.clone()).or_insert(self.draft.epochs.len());
        self.draft.epochs.push(sited(item, &epoch.name, epoch.span));
    }

    fn extent(&mut self, extent: &ast::Extent) -> Option<ir::Extent> {
        let duration = self.duration_or(&extent.quantity, Some(ir::TimeUnit::Cycles))?;
        Some(ir::Extent { at_most: extent.at_most, duration })
    }

    pub(super) fn regimen(&mut self, regimen: &ast::Regimen, main: ModuleId) {
        let dosings = self.dosings(&regimen.dosings, main, Around::default());
        if regimen.dosings.is_empty() && !regimen.broken {
            self.report(
                Diagnostic::new(
                    &code::NO_DOSE,
                    regimen.name.span,
                    format!("the regimen `{}` gives nothing", regimen.name.text),
                )
                .label("empty"),
            );
        }
        let prose = regimen.prose.as_ref().map(|prose| prose.value.to_string());
        let item = ir::Regimen { name: ir::RegimenId(regimen.name.text.clone()), prose, dosings };
        self.draft.regimens.push(sited(item, &regimen.name, regimen.span));
    }

    /// A regimen may give another one, as long as that comes to an end.
    pub(super) fn regimens_end(&mut self) {
        let places: FxHashMap<&ir::RegimenId, usize> =
            self.draft.regimens.iter().enumerate().map(|(index, regimen)| (&regimen.item.name, index)).collect();
        let mut given = Vec::new();
        for regimen in &self.draft.regimens {
            let mut names = Vec::new();
            regimens_in(&regimen.item.dosings, &mut names);
            given.push(names.into_iter().filter_map(|name| places.get(name).copied()).collect::<Vec<_>>());
        }
        let walked = circles::walk(&given);
        let place =
            |index: usize| self.draft.regimens.get(index).map(|regimen| (regimen.name.clone(), regimen.name_span));
        let circles: Vec<_> = walked.circles.iter().filter_map(|index| place(*index)).collect();
        let deep = walked.depths.iter().enumerate().filter(|(_, depth)| **depth == REGIMENS_DEEP && circles.is_empty());
        let deep: Vec<_> = deep.filter_map(|(index, _)| place(index)).collect();
        for (name, span) in circles {
            self.report(
                Diagnostic::new(&code::DEFINITION_CYCLE, span, format!("the regimen `{name}` gives itself"))
                    .label("given in a circle")
                    .help("write out what one of these regimens gives"),
            );
        }
        for (_, span) in deep {
            self.report(
                Diagnostic::new(&code::TOO_DEEP, span, "regimens give each other too deeply here")
                    .label(format!("more than {REGIMENS_DEEP} below each other"))
                    .help("write out what one of these regimens gives"),
            );
        }
    }

    pub(super) fn background(&mut self, background: &ast::Background, main: ModuleId) {
        let stages = self.stages(&background.stages, main);
        let prose = background.prose.as_ref().map(|prose| prose.value.to_string());
        let item = ir::Background { name: ir::BackgroundId(background.name.text.clone()), prose, stages };
        self.draft.backgrounds.push(sited(item, &background.name, background.span));
    }

    pub(super) fn arm(&mut self, arm: &ast::Arm, main: ModuleId) {
        let cohorts = self.cohorts(&arm.cohorts, main).unwrap_or_default();
        let stages = self.stages(&arm.stages, main);
        let role = match arm.role {
            ast::ArmRole::Experimental => ir::ArmRole::Experimental,
            ast::ArmRole::ActiveComparator => ir::ArmRole::ActiveComparator,
            ast::ArmRole::PlaceboComparator => ir::ArmRole::PlaceboComparator,
            ast::ArmRole::ShamComparator => ir::ArmRole::ShamComparator,
            ast::ArmRole::NoIntervention => ir::ArmRole::NoIntervention,
            ast::ArmRole::Other => ir::ArmRole::Other,
        };
        if arm.stages.is_empty()
            && !arm.broken
            && arm.role != ast::ArmRole::NoIntervention
            && self.draft.backgrounds.is_empty()
        {
            self.report(
                Diagnostic::new(&code::NO_DOSE, arm.name.span, format!("the arm `{}` gives nothing", arm.name.text))
                    .label("empty")
                    .help("say what it gets, or make its role `no_intervention`"),
            );
        }
        self.draft.broken |= arm.broken;
        let item = ir::Arm {
            name: ir::ArmId(arm.name.text.clone()),
            role,
            prose: arm.prose.as_ref().map(|prose| prose.value.to_string()),
            cohorts,
            stages,
            span: arm.span,
        };
        self.draft.arms.push(sited(item, &arm.name, arm.span));
    }

    fn stages(&mut self, stages: &[ast::Stage], main: ModuleId) -> Vec<ir::Stage> {
        let mut result = Vec::new();
        let mut seen: FxHashMap<EcoString, Span> = FxHashMap::default();
        for stage in stages {
            let mut epochs = Vec::new();
            let mut days = Some(0.0);
            for name in &stage.epochs {
                if let Some(first) = seen.get(&name.text) {
                    let first = *first;
                    self.report(
                        Diagnostic::new(
                            &code::DUPLICATE_NAME,
                            name.span,
                            format!("the epoch `{}` is filled twice", name.text),
                        )
                        .label("again here")
                        .also(first, "first here")
                        .help("put all that it gives into one block"),
                    );
                }
                seen.entry(name.text.clone()).or_insert(name.span);
                let Some(epoch) = self.resolve_part(main, name, PartKind::Epoch) else {
                    days = None;
                    continue;
                };
                days = days.zip(self.epoch_days(&epoch)).map(|(sum, days)| sum + days);
                epochs.push(ir::EpochId(epoch));
            }
            if stage.epochs.is_empty() {
                self.use_all_epochs(main);
                days = None;
            }
            let span = self.head_of(stage.span);
            if stage.dosings.is_empty() {
                self.report(
                    Diagnostic::new(&code::NO_DOSE, span, "nothing is given here")
                        .label("empty")
                        .help("say what is given, or leave it out"),
                );
            }
            let dosings = self.dosings(&stage.dosings, main, Around { days, span, cycle: InCycle::No });
            result.push(ir::Stage { epochs, dosings, span });
        }
        result
    }

    /// What is given without an epoch is given in all of them. They are known before the first treatment is.
    fn use_all_epochs(&mut self, main: ModuleId) {
        if std::mem::replace(&mut self.all_epochs_used, true) {
            return;
        }
        for epoch in self.draft.epochs.iter().map(|epoch| epoch.name.clone()).collect::<Vec<_>>() {
            self.mark_used(main, &epoch);
        }
    }

    /// A block without its body: what stands before its brace.
    fn head_of(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let head = text.find('{').and_then(|brace| text.get(..brace)).unwrap_or(text).trim_end();
        Span::new(span.start, span.start.saturating_add(u32::try_from(head.len()).unwrap_or(u32::MAX)))
    }

    /// How many days an epoch lasts at the most, as near as can be said.
    fn epoch_days(&self, name: &str) -> Option<f64> {
        let epoch = self.draft.epochs.get(*self.epoch_ids.get(name)?)?;
        approximate_days(&epoch.item.extent.as_ref()?.duration)
    }

    fn dosings(&mut self, dosings: &[Dosing], main: ModuleId, around: Around) -> Vec<ir::Dosing> {
        dosings.iter().filter_map(|dosing| self.dosing(dosing, main, around)).collect()
    }

    fn dosing(&mut self, dosing: &Dosing, main: ModuleId, around: Around) -> Option<ir::Dosing> {
        match dosing {
            Dosing::Give(medication) => self.give(medication, main, around),
            Dosing::OneOf(medications, span) => {
                let given: Vec<ir::Dosing> =
                    medications.iter().filter_map(|one| self.give(one, main, around)).collect();
                if medications.len() < 2 {
                    self.report(
                        Diagnostic::new(&code::IMPOSSIBLE_COUNT, *span, "a choice has at least two")
                            .label("nothing to choose from"),
                    );
                }
                let treatments = given
                    .into_iter()
                    .filter_map(|dosing| if let ir::Dosing::Give(one) = dosing { Some(*one) } else { None });
                Some(ir::Dosing::OneOf(treatments.collect()))
            }
            Dosing::Cycle { length, extent, dosings, span } => {
                let length = self.duration(length)?;
                let extent = extent.as_ref().and_then(|extent| self.extent(extent));
                self.cycles_fit(&length, extent.as_ref(), around, *span);
                let inside = Around { days: approximate_days(&length), span: self.head_of(*span), cycle: InCycle::Yes };
                Some(ir::Dosing::Cycle { length, extent, dosings: self.dosings(dosings, main, inside) })
            }
            Dosing::Phase { name, prose, extent: written, dosings, span } => {
                let extent = written.as_ref().and_then(|extent| self.extent(extent));
                if let Some(written) = written
                    && extent.as_ref().is_some_and(is_cycles)
                    && !has_cycles(dosings)
                {
                    self.no_cycles(written.quantity.span);
                }
                let days = extent.as_ref().and_then(|extent| approximate_days(&extent.duration)).or(around.days);
                let inside = Around { days, span: self.head_of(*span), cycle: around.cycle };
                Some(ir::Dosing::Phase {
                    name: ir::PhaseId(name.text.clone()),
                    prose: prose.as_ref().map(|prose| prose.value.to_string()),
                    extent,
                    dosings: self.dosings(dosings, main, inside),
                })
            }
            Dosing::Hold { drug, when, until, span } => {
                let until = until.as_ref().map(|until| self.truth(until, Context::new(main)));
                if let Some(Some(until)) = &until {
                    let begins = self.truth(when, Context::new(main))?;
                    if begins == *until {
                        self.report(
                            Diagnostic::new(
                                &code::CLAUSE_NOT_HERE,
                                until.span,
                                "the treatment is held until the very thing that holds it",
                            )
                            .label("ends as it begins")
                            .also(when.span, "held for this")
                            .help("say when it goes on again, such as `until not …`"),
                        );
                        return None;
                    }
                }
                let effect = match until {
                    Some(until) => RuleEffect::Hold { until: Some(until?) },
                    None => RuleEffect::Hold { until: None },
                };
                self.rule(drug, when, effect, (*span, main))
            }
            Dosing::Stop { drug, when, span } => self.rule(drug, when, RuleEffect::Stop, (*span, main)),
            Dosing::Reduce { drug, by, when, span } => {
                let effect = match by {
                    Reduction::Levels(levels) => {
                        if levels.value == 0 {
                            self.report(
                                Diagnostic::new(&code::NOT_POSITIVE, levels.span, "by how many levels?").label("zero"),
                            );
                            return None;
                        }
                        RuleEffect::ReduceByLevels(levels.value)
                    }
                    Reduction::By(quantity) => {
                        self.positive(quantity)?;
                        if quantity.unit.as_ref().is_some_and(|unit| unit.text == "%") {
                            if quantity.number >= rust_decimal::Decimal::ONE_HUNDRED {
                                self.report(
                                    Diagnostic::new(&code::BAD_CAP, quantity.span, "nothing is left of the dose")
                                        .label("100 % or more")
                                        .help("use `stop` or `hold`"),
                                );
                                return None;
                            }
                            RuleEffect::ReduceByPercent(quantity.number.into())
                        } else {
                            RuleEffect::ReduceBy(self.dose(quantity)?)
                        }
                    }
                    Reduction::To(quantity) => {
                        self.positive(quantity)?;
                        RuleEffect::ReduceTo(self.dose(quantity)?)
                    }
                };
                self.rule(drug, when, effect, (*span, main))
            }
            Dosing::Adjust { drug, to, when, span } => {
                let to = self.amount(to, main)?;
                self.rule(drug, when, RuleEffect::AdjustTo(to), (*span, main))
            }
        }
    }

    fn no_cycles(&mut self, span: Span) {
        self.report(
            Diagnostic::new(&code::CLAUSE_NOT_HERE, span, "there are no cycles here to be counted")
                .label("cycles of what?")
                .help("put what is given into one, `cycle 21 days { … }`, or say how long: `18 weeks`"),
        );
    }

    fn rule(
        &mut self,
        drug: &ast::Name,
        when: &ast::Expr,
        effect: RuleEffect,
        (span, main): (Span, ModuleId),
    ) -> Option<ir::Dosing> {
        let ix = self.treatment_name(drug, main);
        let when = self.truth(when, Context::new(main));
        let drug = self.concept_id(ix?);
        Some(ir::Dosing::Rule(Box::new(ir::Rule { drug, when: when?, effect, span })))
    }

    /// A name of a drug or a procedure.
    fn treatment_name(&mut self, name: &ast::Name, main: ModuleId) -> Option<super::names::ConceptIx> {
        let ix = self.resolve_concept(main, name, "a drug or a procedure")?;
        if matches!(self.concept(ix).kind, ConceptKind::Drug | ConceptKind::Procedure) {
            return Some(ix);
        }
        self.wrong_kind(name, Meaning::Concept(ix), "a drug or a procedure");
        None
    }

    fn cycles_fit(&mut self, length: &ir::Duration, extent: Option<&ir::Extent>, around: Around, span: Span) {
        let (Some(days), Some(extent)) = (around.days, extent) else { return };
        let each = approximate_days(length);
        let total = match extent.duration.unit {
            ir::TimeUnit::Cycles => {
                each.zip(f64::try_from(extent.duration.value.0).ok()).map(|(each, count)| each * count)
            }
            ir::TimeUnit::Minutes
            | ir::TimeUnit::Hours
            | ir::TimeUnit::Days
            | ir::TimeUnit::Weeks
            | ir::TimeUnit::Months
            | ir::TimeUnit::Years
            | ir::TimeUnit::HalfLives => approximate_days(&extent.duration),
        };
        if total.is_some_and(|total| total > days + slack(days) + 0.5) {
            self.report(
                Diagnostic::new(&code::DOSE_OUTSIDE_EPOCH, span, "these cycles last longer than what they stand in")
                    .label("the cycles")
                    .also(around.span, "what they stand in"),
            );
        }
    }

    // ---- one treatment -------------------------------------------------------------------------------------------------

    fn give(&mut self, medication: &ast::Medication, main: ModuleId, around: Around) -> Option<ir::Dosing> {
        let meaning = self.resolve(main, &medication.name)?;
        let ix = match meaning {
            Meaning::Part(PartKind::Regimen) => {
                self.regimen_alone(medication);
                return Some(ir::Dosing::Regimen(ir::RegimenId(medication.name.text.clone())));
            }
            Meaning::Concept(ix) if matches!(self.concept(ix).kind, ConceptKind::Drug | ConceptKind::Procedure) => ix,
            Meaning::Concept(_) | Meaning::Part(_) | Meaning::Definition(_) | Meaning::Set(_) | Meaning::Lost => {
                self.wrong_kind(&medication.name, meaning, "a drug, a procedure or a regimen");
                return None;
            }
        };
        let kind = self.concept(ix).kind;
        let amount = match &medication.amount {
            Some(amount) => Some(self.amount(amount, main)?),
            None => None,
        };
        if amount.is_none() && kind == ConceptKind::Drug && !medication.placebo {
            let name = &medication.name;
            self.report(
                Diagnostic::new(&code::NO_DOSE, name.span, format!("how much `{}` is given?", name.text))
                    .label("no dose")
                    .help("write the dose, `judged dose` where a person decides, or `missing \"dose\"` while it is not known"),
            );
        }
        let class = [ir::EventClass { event: self.concept_id(ix), except: Vec::new() }];
        self.route_fits(medication.route, &class);
        if let Some(Amount::Fixed { equivalent_to: None, .. } | Amount::Range { equivalent_to: None, .. }) = &amount
            && kind == ConceptKind::Drug
            && self.is_class(ix)
            && self.has_equivalents(ix)
        {
            let span = medication.amount.as_ref().map_or(medication.name.span, |amount| amount.span);
            self.report(
                Diagnostic::new(
                    &code::CLASS_DOSE,
                    span,
                    format!("a dose of `{}` is not the same for each of its drugs", medication.name.text),
                )
                .label("of which drug?")
                .help("name the drug, or say in doses of which drug: `as prednisone`"),
            );
        }
        let mut treatment = Treatment {
            what: self.concept_id(ix),
            placebo: medication.placebo,
            amount,
            route: medication.route.map(|(route, _)| route.into()),
            schedule: None,
            extent: None,
            caps: Vec::new(),
            rounding: None,
            titration: None,
            levels: Vec::new(),
            over: None,
            span: medication.span,
        };
        if let Some(schedule) = &medication.schedule {
            treatment.schedule = Some(self.schedule(schedule, around)?);
        }
        self.schedule_needed(&treatment, medication);
        for clause in &medication.clauses {
            self.clause(clause, &mut treatment, main, around);
        }
        Some(ir::Dosing::Give(Box::new(treatment)))
    }

    fn has_equivalents(&mut self, class: super::names::ConceptIx) -> bool {
        let id = self.concept_id(class);
        id.as_str() == "glucocorticoid"
            || id.as_str() == "opioid"
            || self.draft.equivalents.iter().any(|table| table.class == id)
    }

    fn regimen_alone(&mut self, medication: &ast::Medication) {
        let extra = medication
            .amount
            .as_ref()
            .map(|amount| amount.span)
            .or(medication.route.map(|(_, span)| span))
            .or(medication.schedule.as_ref().map(|schedule| schedule.span))
            .or(medication.clauses.first().map(|clause| clause.span));
        if let Some(span) = extra {
            self.report(
                Diagnostic::new(
                    &code::CLAUSE_NOT_HERE,
                    span,
                    format!("`{}` is a regimen: it says itself how it is given", medication.name.text),
                )
                .label("says nothing here"),
            );
        }
    }

    /// A single dose needs a schedule; an amount for a time has one of its own.
    fn schedule_needed(&mut self, treatment: &Treatment, medication: &ast::Medication) {
        let single = match &treatment.amount {
            Some(Amount::Fixed { dose, .. } | Amount::Range { low: dose, .. }) => dose.per_time.is_none(),
            Some(Amount::Judged { .. } | Amount::Missing(_)) | None => false,
        };
        if single && treatment.schedule.is_none() {
            self.report(
                Diagnostic::new(
                    &code::NO_DOSE,
                    medication.span,
                    format!("how often is `{}` given?", medication.name.text),
                )
                .label("no schedule")
                .help("such as `once`, `daily`, `every 2 weeks` or `on day 1, 8`; or give an amount a day, `mg/d`"),
            );
        }
    }

    pub(super) fn amount(&mut self, amount: &ast::Amount, main: ModuleId) -> Option<Amount> {
        Some(match &amount.kind {
            AmountKind::Missing(text) => {
                self.note_missing(text, Context::new(main));
                Amount::Missing(text.value.to_string())
            }
            AmountKind::Judged { question, by } => Amount::Judged {
                question: question.as_ref().map(|question| question.value.to_string()),
                by: by.map(ir::Role::from),
            },
            AmountKind::Fixed { quantity, equivalent } => {
                self.positive(quantity)?;
                let dose = self.dose(quantity)?;
                Amount::Fixed { dose, equivalent_to: self.as_drug(equivalent.as_ref(), main)? }
            }
            AmountKind::Range { range, equivalent } => {
                self.ordered(range.low, range.high, range.span)?;
                let low = self.dose_of(range.low, range.unit.as_ref(), range.span)?;
                let high = ir::Dose { value: range.high.into(), ..low.clone() };
                Amount::Range { low, high, equivalent_to: self.as_drug(equivalent.as_ref(), main)? }
            }
        })
    }

    #[expect(clippy::option_option, reason = "the outer option is a fault, the inner one an absent clause")]
    fn as_drug(&mut self, name: Option<&ast::Name>, main: ModuleId) -> Option<Option<ir::ConceptId>> {
        match name {
            Some(name) => Some(Some(self.equivalent_to(name, &[], Context::new(main))?)),
            None => Some(None),
        }
    }

    fn schedule(&mut self, schedule: &ast::Schedule, around: Around) -> Option<ir::Schedule> {
        Some(match &schedule.kind {
            ScheduleKind::Once => ir::Schedule::Once,
            ScheduleKind::Daily => ir::Schedule::Daily { times: 1 },
            ScheduleKind::TimesDaily(times) => ir::Schedule::Daily { times: self.times_a_day(times)? },
            ScheduleKind::AsNeeded => ir::Schedule::AsNeeded,
            ScheduleKind::Every(quantity) => {
                let every = self.duration(quantity)?;
                if around.days.zip(approximate_days(&every)).is_some_and(|(days, every)| every > days + slack(days)) {
                    self.report(
                        Diagnostic::new(
                            &code::DOSE_OUTSIDE_EPOCH,
                            quantity.span,
                            "the second dose would come after the end",
                        )
                        .label("longer than what it stands in")
                        .also(around.span, "this ends before")
                        .help("write `once` for a single dose"),
                    );
                }
                ir::Schedule::Every(every)
            }
            ScheduleKind::OnDays { days, of_every, times } => {
                let times = match times {
                    Some(times) => self.times_a_day(times)?,
                    None => 1,
                };
                let of_every_span = of_every.as_ref().map(|quantity| quantity.span);
                let of_every = match of_every {
                    Some(quantity) => Some(self.duration(quantity)?),
                    None => None,
                };
                let again = of_every.as_ref().and_then(approximate_days);
                let limit = match (again, of_every_span) {
                    (Some(again), Some(span)) => {
                        Limit { days: Some(again), span, what: "the days are counted anew after this", repeats: true }
                    }
                    _ => Limit {
                        days: around.days.map(|days| days + slack(days)),
                        span: around.span,
                        what: "this ends before",
                        repeats: false,
                    },
                };
                self.days(days, &limit)?;
                self.days_apart(days);
                let days = days.iter().map(|(first, last, _)| (*first, *last)).collect();
                ir::Schedule::OnDays { days, of_every, times }
            }
        })
    }

    fn times_a_day(&mut self, times: &ast::Integer) -> Option<u32> {
        if (1..=24).contains(&times.value) {
            return Some(times.value);
        }
        self.report(
            Diagnostic::new(&code::NOT_POSITIVE, times.span, "between once and 24 times a day").label("not possible"),
        );
        None
    }

    /// `on day 2,5` may be read as a decimal, or taken for a range.
    fn days_apart(&mut self, days: &[(u32, u32, Span)]) {
        let [(first, _, a), (second, _, b)] = days else { return };
        if a.end.saturating_add(1) != b.start {
            return;
        }
        self.report(
            Diagnostic::new(&code::DAYS_RUN_TOGETHER, a.to(*b), format!("`{first},{second}` is two days"))
                .label("two days, or all from one to the other?")
                .help(format!("write `{first}, {second}` for the two of them, `{first}..{second}` for all")),
        );
    }

    /// Days of a cycle or an epoch: from 1, rising, inside it.
    fn days(&mut self, days: &[(u32, u32, Span)], limit: &Limit) -> Option<()> {
        let mut before = 0;
        for (first, last, span) in days {
            let fault = if *first == 0 {
                Some((&code::NOT_POSITIVE, "days are counted from 1", "there is no day 0"))
            } else if first > last {
                Some((&code::INVERTED_RANGE, "these days end before they start", "from later to earlier"))
            } else if *first <= before {
                Some((&code::INVERTED_RANGE, "days stand in rising order, each once", "not after the day before it"))
            } else {
                None
            };
            if let Some((code, message, label)) = fault {
                self.report(Diagnostic::new(code, *span, message).label(label));
                return None;
            }
            if limit.days.is_some_and(|limit| f64::from(*last) > limit) {
                let mut found =
                    Diagnostic::new(&code::DOSE_OUTSIDE_EPOCH, *span, format!("day {last} is after the end"))
                        .label("too late")
                        .also(limit.span, limit.what);
                if limit.repeats {
                    found = found.help(
                        "these days come again and again; what begins later stands in a `phase` behind the first one",
                    );
                }
                self.report(found);
                return None;
            }
            before = *last;
        }
        Some(())
    }

    /// The kind of a concept, with its article.
    pub(super) fn kind_of_concept(&self, ix: super::names::ConceptIx) -> &'static str {
        a_kind(self.concept(ix).kind)
    }
}

fn is_cycles(extent: &ir::Extent) -> bool {
    extent.duration.unit == ir::TimeUnit::Cycles
}

/// The days of so many cycles of three weeks, for an example.
fn days_of_cycles(count: ir::Exact) -> ir::Exact {
    ir::Exact(count.0.saturating_mul(rust_decimal::Decimal::from(21)))
}

/// Whether a phase holds cycles; a regimen may.
fn has_cycles(dosings: &[Dosing]) -> bool {
    dosings.iter().any(|dosing| match dosing {
        Dosing::Cycle { .. } => true,
        Dosing::Phase { dosings, .. } => has_cycles(dosings),
        Dosing::Give(medication) => medication.amount.is_none(),
        Dosing::OneOf(..)
        | Dosing::Hold { .. }
        | Dosing::Stop { .. }
        | Dosing::Reduce { .. }
        | Dosing::Adjust { .. } => false,
    })
}

/// Months are only nearly so many days: what may be up to that much longer is let pass.
fn slack(days: f64) -> f64 {
    days * 0.02
}

/// The dose of a treatment, or the top of its range.
fn dose_of(treatment: &Treatment) -> Option<&ir::Dose> {
    match &treatment.amount {
        Some(Amount::Fixed { dose, .. } | Amount::Range { high: dose, .. }) => Some(dose),
        Some(Amount::Judged { .. } | Amount::Missing(_)) | None => None,
    }
}

/// The unit of a dose, without its number.
fn unit_of(dose: &ir::Dose) -> String {
    dose.to_string().split_once(' ').map(|(_, unit)| unit.to_owned()).unwrap_or_default()
}

/// Whether one dose is less than another in the same unit.
fn less(a: &ir::Dose, b: &ir::Dose) -> bool {
    a.unit.convert(&a.value.rational(), &b.unit).is_ok_and(|value| value < b.value.rational())
}

/// The regimens that dosings name.
fn regimens_in<'d>(dosings: &'d [ir::Dosing], names: &mut Vec<&'d ir::RegimenId>) {
    for dosing in dosings {
        match dosing {
            ir::Dosing::Regimen(name) => names.push(name),
            ir::Dosing::Cycle { dosings, .. } | ir::Dosing::Phase { dosings, .. } => regimens_in(dosings, names),
            ir::Dosing::Give(_) | ir::Dosing::OneOf(_) | ir::Dosing::Rule(_) => {}
        }
    }
}
