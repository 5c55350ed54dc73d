//! The clauses of a treatment: how long, caps, rounding, titration, levels.

use super::{Around, InCycle, dose_of, is_cycles, less, slack, unit_of};
use crate::ast::treatment::Rounding;
use crate::ast::{self, ClauseKind};
use crate::check::checker::{Checker, Context};
use crate::check::names::ModuleId;
use crate::check::timeline::approximate_days;
use crate::diagnostic::{Diagnostic, code};
use crate::ir::treatment::RoundingDirection;
use crate::ir::{self, Cap, Titration, Treatment};
use crate::span::Span;

impl Checker<'_> {
    pub(super) fn clause(&mut self, clause: &ast::Clause, treatment: &mut Treatment, main: ModuleId, around: Around) {
        match &clause.kind {
            ClauseKind::For(extent) => {
                treatment.extent = self.extent(extent).map(|known| counted(known, treatment, around));
                if around.cycle == InCycle::No && treatment.extent.as_ref().is_some_and(is_cycles) {
                    self.no_cycles(clause.span);
                }
                let days = treatment.extent.as_ref().and_then(|extent| approximate_days(&extent.duration));
                if around.days.zip(days).is_some_and(|(limit, days)| days > limit + slack(limit)) {
                    self.report(
                        Diagnostic::new(
                            &code::DOSE_OUTSIDE_EPOCH,
                            clause.span,
                            "this lasts longer than what it stands in",
                        )
                        .label("too long")
                        .also(around.span, "this ends before"),
                    );
                }
            }
            ClauseKind::Max { quantity, total } => {
                if self.positive(quantity).is_some()
                    && let Some(dose) = self.dose(quantity)
                {
                    self.cap_fits(&dose, treatment, clause.span);
                    let same =
                        |cap: &Cap| cap.total == *total && cap.dose.per_time.is_some() == dose.per_time.is_some();
                    if treatment.caps.iter().any(same) {
                        self.report(
                            Diagnostic::new(&code::BAD_CAP, clause.span, "two caps on the same dose")
                                .label("a second one")
                                .help("is `total` missing behind one of them?"),
                        );
                    }
                    treatment.caps.push(Cap { dose, total: *total });
                }
            }
            ClauseKind::Rounded { direction, to } => {
                if self.positive(to).is_none() {
                    return;
                }
                let Some(to_quantity) = self.free_quantity(to) else { return };
                if let Some(dose) = dose_of(treatment)
                    && !dose.unit.fits(&to_quantity.unit)
                {
                    self.report(
                        Diagnostic::new(
                            &code::BAD_CAP,
                            clause.span,
                            format!("a dose in `{}` cannot be rounded to `{}`", dose.unit, to_quantity.unit),
                        )
                        .label("another unit"),
                    );
                    return;
                }
                let half = ir::Dose {
                    value: to_quantity.value,
                    unit: to_quantity.unit.clone(),
                    per_body: None,
                    per_time: None,
                };
                if dose_of(treatment).is_some_and(|dose| dose.per_body.is_none() && less(dose, &half)) {
                    self.report(
                        Diagnostic::new(&code::BAD_CAP, clause.span, "the dose is smaller than what it is rounded to")
                            .label("more than the whole dose"),
                    );
                }
                let direction = match direction {
                    Rounding::Nearest => RoundingDirection::Nearest,
                    Rounding::Up => RoundingDirection::Up,
                    Rounding::Down => RoundingDirection::Down,
                };
                treatment.rounding = Some(ir::treatment::Rounding { to: to_quantity, direction });
            }
            ClauseKind::Titrated { up, step, every, to, when } => {
                if self.titration_share(step, treatment).is_none() {
                    return;
                }
                let (step_dose, every, to_dose) = (self.dose(step), self.duration(every), self.dose(to));
                let when = match when {
                    Some(when) => self.truth(when, Context::new(main)),
                    None => None,
                };
                let (Some(step_dose), Some(every), Some(to_dose)) = (step_dose, every, to_dose) else { return };
                if self.titration_fits(*up, (&step_dose, step.span), (&to_dose, to.span), treatment).is_none() {
                    return;
                }
                treatment.titration = Some(Titration { up: *up, step: step_dose, every, to: to_dose, when });
            }
            ClauseKind::Levels(levels) => self.levels(levels, treatment),
            ClauseKind::Over(quantity) => treatment.over = self.duration(quantity),
        }
    }

    /// A cap below the dose itself, or in another unit, cannot be kept.
    fn cap_fits(&mut self, cap: &ir::Dose, treatment: &Treatment, span: Span) {
        let Some(dose) = dose_of(treatment) else { return };
        let message = if !dose.unit.fits(&cap.unit) {
            format!("a dose in `{}` cannot be capped in `{}`", dose.unit, cap.unit)
        } else if dose.per_body.is_some() && cap.per_body.is_some() && dose.per_body != cap.per_body {
            "a dose by surface cannot be capped by weight, nor the other way round".to_owned()
        } else if dose.per_body == cap.per_body && dose.per_time == cap.per_time && less(cap, dose) {
            format!("the cap is below the dose of {dose}")
        } else {
            return;
        };
        self.report(Diagnostic::new(&code::BAD_CAP, span, message).label("cannot be kept"));
    }

    /// A share of the dose is no step: the next one would be a share of what.
    fn titration_share(&mut self, step: &ast::Quantity, treatment: &Treatment) -> Option<()> {
        // A cream is given in parts of a hundred.
        let shares = dose_of(treatment).is_some_and(|dose| unit_of(dose) == "%");
        if shares || step.unit.as_ref().is_none_or(|unit| unit.text != "%") {
            return Some(());
        }
        let written = dose_of(treatment).map_or_else(|| "mg".to_owned(), unit_of);
        self.report(
            Diagnostic::new(&code::BAD_CAP, step.span, "the steps of a dose are amounts, no shares of it")
                .label("of the first dose, or of the one before?")
                .help(format!(
                    "write the amount of a step in `{written}`, or each step as a `phase` of its own: `phase first 1 week {{ give … }}`"
                )),
        );
        None
    }

    /// Steps go from the dose to its end, in its own unit: of `1 mg/kg/d` a step of 10 mg is no part.
    fn titration_fits(
        &mut self,
        up: bool,
        (step, step_span): (&ir::Dose, Span),
        (to, to_span): (&ir::Dose, Span),
        treatment: &Treatment,
    ) -> Option<()> {
        let Some(dose) = dose_of(treatment) else { return Some(()) };
        let way = if up { "increased" } else { "decreased" };
        for (other, span, what) in [(step, step_span, "by"), (to, to_span, "to")] {
            if dose.unit.fits(&other.unit) && dose.per_body == other.per_body && dose.per_time == other.per_time {
                continue;
            }
            let written = unit_of(dose);
            self.report(
                Diagnostic::new(&code::BAD_CAP, span, format!("a dose in `{written}` is not {way} {what} this"))
                    .label("another unit")
                    .help(format!("write it in `{written}`; steps of another kind are a `phase` each: `phase first 2 weeks {{ give … }}`")),
            );
            return None;
        }
        if if up { less(to, dose) } else { less(dose, to) } {
            self.report(
                Diagnostic::new(&code::BAD_CAP, to_span, format!("a dose of {dose} is not {way} to this"))
                    .label("the wrong way"),
            );
            return None;
        }
        Some(())
    }

    /// Dose levels go down from the dose, each in its unit.
    fn levels(&mut self, levels: &[ast::Quantity], treatment: &mut Treatment) {
        let mut before = dose_of(treatment).cloned();
        for level in levels {
            let Some(dose) = self.dose(level) else { return };
            if let Some(before) = &before {
                let same = before.unit.fits(&dose.unit)
                    && before.per_body == dose.per_body
                    && before.per_time == dose.per_time;
                if !same || !less(&dose, before) {
                    let message = if same { "dose levels go down" } else { "dose levels have the unit of the dose" };
                    self.report(Diagnostic::new(&code::BAD_LEVELS, level.span, message).label(if same {
                        "not below the one before"
                    } else {
                        "another unit"
                    }));
                    return;
                }
            }
            before = Some(dose.clone());
            treatment.levels.push(dose);
        }
    }
}

/// Cycles of a treatment that stands in none are its own rounds: `every 3 weeks for 6 cycles` is for 18 weeks.
fn counted(extent: ir::Extent, treatment: &Treatment, around: Around) -> ir::Extent {
    let round = match &treatment.schedule {
        Some(ir::Schedule::Every(round) | ir::Schedule::OnDays { of_every: Some(round), .. }) => round,
        Some(
            ir::Schedule::Once
            | ir::Schedule::Daily { .. }
            | ir::Schedule::OnDays { of_every: None, .. }
            | ir::Schedule::AsNeeded,
        )
        | None => return extent,
    };
    match extent.duration.value.0.checked_mul(round.value.0) {
        Some(value) if is_cycles(&extent) && around.cycle != InCycle::Yes => {
            ir::Extent { duration: ir::Duration { value: ir::Exact(value), unit: round.unit }, ..extent }
        }
        _ => extent,
    }
}
