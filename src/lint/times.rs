//! Visits that nothing anchors, and times after the end of the trial.

use super::Lint;
use crate::check::timeline::Timeline;
use crate::check::{Draft, Sited};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Anchor, Moment, Visit, VisitTime, Window};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::VISIT_NOT_ANCHORED, &code::OUTSIDE_TRIAL], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    for visit in &draft.visits {
        anchored(draft, visit, out);
    }
    outside(draft, out);
}

/// The moments that a visit is placed by.
fn moments(visit: &Visit) -> Vec<&Moment> {
    match &visit.time {
        VisitTime::At(moment) => vec![moment],
        VisitTime::Span { from, to } | VisitTime::Every { from, to, .. } => vec![from, to],
    }
}

/// Follows a visit from anchor to anchor: it must not come back to itself, and must not hang on one that is many.
fn anchored(draft: &Draft, visit: &Sited<Visit>, out: &mut Diagnostics) {
    let mut seen = vec![&visit.item.name];
    let mut open: Vec<&Visit> = vec![&visit.item];
    while let Some(next) = open.pop() {
        for moment in moments(next) {
            let Anchor::Visit(name) = &moment.anchor else { continue };
            let Some(other) = draft.visits.iter().find(|known| known.item.name == *name) else { continue };
            if *name == visit.item.name {
                out.push(
                    Diagnostic::new(
                        &code::VISIT_NOT_ANCHORED,
                        visit.name_span,
                        format!("the visit `{name}` hangs on itself"),
                    )
                    .label("anchored in a circle")
                    .help("anchor one of these visits to a study day, a week or an event of the trial"),
                );
                return;
            }
            if matches!(other.item.time, VisitTime::Every { .. }) {
                out.push(
                    Diagnostic::new(
                        &code::VISIT_NOT_ANCHORED,
                        visit.name_span,
                        format!("`{name}` is several visits: which one?"),
                    )
                    .label("anchored to a repeated visit")
                    .also(other.name_span, "repeated")
                    .help("anchor it to a study day, a week or an event of the trial"),
                );
                return;
            }
            if !seen.contains(&name) {
                seen.push(name);
                open.push(&other.item);
            }
        }
    }
}

/// Study days after the last epoch's end.
fn outside(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    let Some(end) = timeline.end() else { return };
    let late = |moment: &Moment| {
        let on_plan = matches!(moment.anchor, Anchor::StudyDay(_));
        on_plan && timeline.moment(moment, draft).is_some_and(|day| day.earliest > end.latest)
    };
    let last = draft.epochs.last().map_or(Span::NOWHERE, |epoch| epoch.name_span);
    let days = end.latest.round();
    for visit in &draft.visits {
        if moments(&visit.item).into_iter().any(late) {
            out.push(
                Diagnostic::new(
                    &code::OUTSIDE_TRIAL,
                    visit.name_span,
                    format!("the visit `{}` is after the end of the trial", visit.name),
                )
                .label("after the last epoch")
                .also(last, format!("the last epoch ends after day {days}"))
                .help("correct the time, or add an epoch of follow-up"),
            );
        }
    }
    for outcome in &draft.outcomes {
        let late = match &outcome.item.window {
            Some(Window::At { moment }) => late(moment),
            Some(Window::Between { from, to }) => late(from) || late(to),
            Some(_) | None => false,
        };
        if late {
            out.push(
                Diagnostic::new(
                    &code::OUTSIDE_TRIAL,
                    outcome.name_span,
                    format!("the outcome `{}` is measured after the end of the trial", outcome.name),
                )
                .label("after the last epoch")
                .also(last, format!("the last epoch ends after day {days}"))
                .help("correct the time, or add an epoch of follow-up"),
            );
        }
    }
}
