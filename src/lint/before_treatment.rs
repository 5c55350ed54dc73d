//! Outcomes that are measured before there is anything to see of a treatment.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Anchor, Assessment, Moment, Outcome, Side, Window};

pub static LINT: Lint = Lint { codes: &[&code::BEFORE_TREATMENT], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    for outcome in &draft.outcomes {
        if !is_effect(&outcome.item) {
            continue;
        }
        let last = match &outcome.item.window {
            Some(Window::At { moment }) => moment,
            Some(Window::Between { to, .. }) => to,
            Some(_) | None => continue,
        };
        if !by_day_one(last) {
            continue;
        }
        out.push(
            Diagnostic::new(
                &code::BEFORE_TREATMENT,
                outcome.name_span,
                format!("the outcome `{}` is measured by day 1", outcome.name),
            )
            .label("before any treatment")
            .help("give a later time; `week 0` is day 1, and weeks before it have a minus"),
        );
    }
}

/// Whether an outcome is about an effect: a measurement at the start may be a baseline that is to be reported.
fn is_effect(outcome: &Outcome) -> bool {
    match outcome.assessment {
        Assessment::Response | Assessment::Change | Assessment::Count | Assessment::Rate => true,
        Assessment::Measurement | Assessment::OrderedCategory | Assessment::Category | Assessment::TimeToEvent => false,
    }
}

fn by_day_one(moment: &Moment) -> bool {
    let before = moment.offset.as_ref().is_none_or(|(_, side)| *side == Side::Before);
    before && matches!(moment.anchor, Anchor::StudyDay(day) if day <= 1)
}
