//! Visits that nothing anchors, and times after the end of the trial.

use rustc_hash::FxHashMap;

use super::Lint;
use crate::check::Draft;
use crate::check::circles::walk;
use crate::check::timeline::Timeline;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Anchor, Moment, Visit, VisitId, VisitTime, Window};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::VISIT_NOT_ANCHORED, &code::OUTSIDE_TRIAL], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    anchored(draft, out);
    outside(draft, out);
}

/// The moments that a visit is placed by.
fn moments(visit: &Visit) -> Vec<&Moment> {
    match &visit.time {
        VisitTime::At(moment) => vec![moment],
        VisitTime::Span { from, to } | VisitTime::Every { from, to, .. } => vec![from, to],
    }
}

/// A visit must not hang on itself by any way, nor on one that is many.
fn anchored(draft: &Draft, out: &mut Diagnostics) {
    let places: FxHashMap<&VisitId, usize> =
        draft.visits.iter().enumerate().map(|(index, visit)| (&visit.item.name, index)).collect();
    let anchors: Vec<Vec<usize>> = draft.visits.iter().map(|visit| anchors(&visit.item, &places)).collect();
    for (visit, anchors) in draft.visits.iter().zip(&anchors) {
        let mut repeated = anchors.iter().filter_map(|index| draft.visits.get(*index));
        if let Some(other) = repeated.find(|other| matches!(other.item.time, VisitTime::Every { .. })) {
            out.push(
                Diagnostic::new(
                    &code::VISIT_NOT_ANCHORED,
                    visit.name_span,
                    format!("`{}` is several visits: which one?", other.name),
                )
                .label("anchored to a repeated visit")
                .also(other.name_span, "repeated")
                .help("anchor it to a study day, a week or an event of the trial"),
            );
        }
    }
    for visit in walk(&anchors).circles.into_iter().filter_map(|index| draft.visits.get(index)) {
        out.push(
            Diagnostic::new(
                &code::VISIT_NOT_ANCHORED,
                visit.name_span,
                format!("the visit `{}` hangs on itself", visit.name),
            )
            .label("anchored in a circle")
            .help("anchor one of these visits to a study day, a week or an event of the trial"),
        );
    }
}

/// The visits that a visit is anchored to.
fn anchors(visit: &Visit, places: &FxHashMap<&VisitId, usize>) -> Vec<usize> {
    let names = moments(visit).into_iter().filter_map(|moment| match &moment.anchor {
        Anchor::Visit(name) => places.get(name).copied(),
        _ => None,
    });
    names.collect()
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
