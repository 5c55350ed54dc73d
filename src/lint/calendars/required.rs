//! Treatment that a rule of the protocol asks for beyond the last day on which an arm gives it.

use super::{Arm, START, speaks_of, sure_days};
use crate::check::Draft;
use crate::check::timeline::{Timeline, study_day};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{RestrictionKind, TruthKind, Verb};
use crate::schedule::plan::Line;

pub(super) fn check(draft: &Draft, arms: &[Arm<'_>], out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    for rule in draft.restrictions.iter().filter(|rule| rule.item.kind == RestrictionKind::Require) {
        let TruthKind::History(history) = &rule.item.body.kind else { continue };
        let plain = rule.item.when.is_none() && rule.item.cohorts.is_empty() && history.verb == Verb::Receiving;
        let days = rule.item.window.as_ref().filter(|_| plain).and_then(|window| sure_days(window, &timeline, draft));
        let Some((from, to)) = days.filter(|(from, to)| from <= to) else { continue };
        let asked = |line: &Line<'_>| !line.treatment.placebo && speaks_of(draft, history, line);
        let found = arms.iter().find_map(|arm| {
            let given = Given::of(arm, &asked)?;
            let last = i32::try_from(given.last - START).ok().map(f64::from)?;
            // A dose lasts until the next one would be due; a month has up to three days more than another.
            let spare = f64::from(given.apart) + if arm.sheet.by_calendar { 3.0 } else { 0.0 };
            (from <= last + spare && last + spare < to).then_some((arm, given.line, last))
        });
        let Some((arm, line, last)) = found else { continue };
        let Some(line) = arm.plan.lines.get(line) else { continue };
        out.push(
            Diagnostic::new(
                &code::REQUIRED_NOT_GIVEN,
                rule.name_span,
                format!(
                    "`{}` asks for `{}` longer than `{}` gives it",
                    rule.name, line.treatment.what, arm.plan.arm.name
                ),
            )
            .label(format!("up to day {}", study_day(to)))
            .also(line.treatment.span, format!("the last dose is on day {}", study_day(last)))
            .help("end the rule with the treatment, or give the treatment for as long"),
        );
    }
}

/// The doses of an arm that a rule asks for.
struct Given {
    last: i64,
    /// The line of the last one.
    line: usize,
    /// The most days from one to the next.
    apart: i32,
}

impl Given {
    /// Nothing where the arm has none, or may give it on days that nobody has planned.
    fn of(arm: &Arm<'_>, asked: &dyn Fn(&Line<'_>) -> bool) -> Option<Self> {
        let lines: Vec<bool> = arm.plan.lines.iter().map(asked).collect();
        let is_asked = |line: usize| lines.get(line).copied().unwrap_or(false);
        if !lines.contains(&true) || arm.sheet.standing.iter().any(|standing| is_asked(standing.line)) {
            return None;
        }
        let mut given: Option<Self> = None;
        for slot in arm.sheet.slots.iter().filter(|slot| is_asked(slot.line)) {
            let apart = given
                .as_ref()
                .map_or(1, |before| before.apart.max(i32::try_from(slot.day - before.last).unwrap_or(i32::MAX)));
            given = Some(Self { last: slot.day, line: slot.line, apart });
        }
        given
    }
}
