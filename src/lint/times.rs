//! Visits that nothing anchors, times after the end of the trial, and visits outside the epoch that they are counted from.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Lint;
use crate::check::Draft;
use crate::check::circles::walk;
use crate::check::timeline::{Timeline, study_day};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Anchor, ConceptId, Moment, Side, Visit, VisitId, VisitTime, Window};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::VISIT_NOT_ANCHORED, &code::OUTSIDE_TRIAL, &code::OUTSIDE_EPOCH], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    anchored(draft, out);
    outside(draft, out);
    outside_epoch(draft, out);
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
    let through_plans = planned(draft, &places);
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
    let rests_on: Vec<Vec<usize>> = draft
        .visits
        .iter()
        .zip(anchors)
        .map(|(visit, mut anchors)| {
            let events = moments(&visit.item).into_iter().filter_map(|moment| event(&moment.anchor));
            anchors.extend(events.filter_map(|event| through_plans.get(event)).flatten());
            anchors
        })
        .collect();
    for visit in walk(&rests_on).circles.into_iter().filter_map(|index| draft.visits.get(index)) {
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

/// The event of the trial that something is counted from. A study day says where a visit is in the plan, whatever the day of
/// day 1 is.
fn event(anchor: &Anchor) -> Option<&ConceptId> {
    if let Anchor::Event(event) = anchor { Some(event) } else { None }
}

/// The visits that the planned day of each event rests on, through other planned events too.
fn planned<'d>(draft: &'d Draft, places: &FxHashMap<&VisitId, usize>) -> FxHashMap<&'d ConceptId, Vec<usize>> {
    let mut found = FxHashMap::default();
    for plan in &draft.plans {
        let (mut visits, mut seen, mut open) = (Vec::new(), FxHashSet::default(), vec![&plan.event]);
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            for anchor in draft.plans.iter().filter(|plan| plan.event == *next).flat_map(|plan| of_window(&plan.window))
            {
                match anchor {
                    Anchor::Visit(name) => visits.extend(places.get(name).copied()),
                    _ => open.extend(event(anchor)),
                }
            }
        }
        found.insert(&plan.event, visits);
    }
    found
}

/// What a window is counted from.
fn of_window(window: &Window) -> Vec<&Anchor> {
    match window {
        Window::Within { anchor, .. } => anchor.iter().collect(),
        Window::AtLeast { anchor, .. } | Window::Beside { anchor, .. } => vec![anchor],
        Window::Between { from, to } => vec![&from.anchor, &to.anchor],
        Window::At { moment } => vec![&moment.anchor],
        Window::DuringEpoch { .. } | Window::DuringEvent { .. } => Vec::new(),
    }
}

/// Visits counted from the start of an epoch that come after its end, and from its end before its start.
fn outside_epoch(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    for visit in &draft.visits {
        let found = moments(&visit.item).into_iter().find_map(|moment| {
            let day = timeline.moment(moment, draft)?;
            match (&moment.anchor, &moment.offset) {
                (Anchor::EpochStart(epoch), Some((_, Side::After))) => {
                    let behind = timeline.epoch(epoch).1?;
                    let text = format!("it ends after day {}", behind.latest.round());
                    (day.earliest > behind.latest).then_some((epoch, "after the end", text))
                }
                (Anchor::EpochEnd(epoch), Some((_, Side::Before))) => {
                    let first = timeline.epoch(epoch).0?;
                    let text = format!("it begins on day {}", study_day(first.earliest.round()));
                    (day.latest < first.earliest).then_some((epoch, "before the start", text))
                }
                _ => None,
            }
        });
        let Some((epoch, where_, text)) = found else { continue };
        let place = draft.epochs.iter().find(|one| one.item.name == *epoch).map_or(Span::NOWHERE, |one| one.name_span);
        out.push(
            Diagnostic::new(
                &code::OUTSIDE_EPOCH,
                visit.name_span,
                format!("the visit `{}` is {where_} of `{epoch}`, from which it is counted", visit.name),
            )
            .label("outside its epoch")
            .also(place, text)
            .help("correct the distance, or count it from the epoch that it lies in"),
        );
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
