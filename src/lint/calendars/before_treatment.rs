//! Outcomes that are measured before there is anything to see of a treatment, and visits whose window opens before it begins.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arm, START};
use crate::check::Draft;
use crate::check::timeline::{Timeline, study_day, window};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Anchor, Assessment, ConceptId, Moment, Outcome, Side, VisitTime, Window};
use crate::lint::collected::{at_time, taken, time_of};
use crate::lint::measures::Measures;
use crate::span::Span;

/// The first day on which there is a treatment whose effect can be measured, counted from 0.
struct Begin {
    day: f64,
    /// Where it is written.
    span: Span,
    /// Whether every arm gets the same until then.
    differing: bool,
}

pub(super) fn check(draft: &Draft, arms: &[Arm<'_>], out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    let begin = begin(arms);
    outcomes(draft, &timeline, begin.as_ref(), out);
    if let Some(begin) = &begin {
        windows(draft, &timeline, begin, out);
    }
}

fn outcomes(draft: &Draft, timeline: &Timeline, begin: Option<&Begin>, out: &mut Diagnostics) {
    for outcome in draft.outcomes.iter().filter(|outcome| is_effect(&outcome.item)) {
        let last = match &outcome.item.window {
            Some(Window::At { moment }) => moment,
            Some(Window::Between { to, .. }) => to,
            Some(_) | None => continue,
        };
        if by_day_one(last) {
            out.push(
                Diagnostic::new(
                    &code::BEFORE_TREATMENT,
                    outcome.name_span,
                    format!("the outcome `{}` is measured by day 1", outcome.name),
                )
                .label("before any treatment")
                .help("give a later time; `week 0` is day 1, and weeks before it have a minus"),
            );
            continue;
        }
        let Some((begin, day)) = begin.zip(timeline.moment(last, draft)) else { continue };
        if day.latest > begin.day {
            continue;
        }
        let (message, label, first) = if begin.differing {
            ("before the arms differ", "until then every arm gets the same", "the arms differ")
        } else {
            ("before the first dose", "there is nothing to see of it yet", "the first dose")
        };
        out.push(
            Diagnostic::new(
                &code::BEFORE_TREATMENT,
                outcome.name_span,
                format!("the outcome `{}` is measured on day {}, {message}", outcome.name, study_day(day.latest)),
            )
            .label(label)
            .also(begin.span, format!("{first}, on day {}", study_day(begin.day)))
            .help("give the outcome a later time, or the treatment an earlier day"),
        );
    }
}

/// A visit planned behind the first dose, whose window reaches back to it or before: what it collects may show nothing yet.
fn windows(draft: &Draft, timeline: &Timeline, begin: &Begin, out: &mut Diagnostics) {
    let mut needed: Vec<(BTreeSet<ConceptId>, Option<crate::check::timeline::Day>)> = Vec::new();
    for outcome in draft.outcomes.iter().filter(|outcome| is_effect(&outcome.item)) {
        let Some(window) = &outcome.item.window else { continue };
        let time = time_of(window, timeline, draft);
        needed.push((Measures::of_body(draft, &outcome.item.body).found, time));
    }
    let taken = taken(draft, timeline);
    for (visit, taken) in draft.visits.iter().zip(&taken) {
        if visit.item.window.is_none() || matches!(visit.item.time, VisitTime::Span { .. }) {
            continue;
        }
        let Some(first) = timeline.planned(&visit.item, draft).and_then(|planned| planned.first().copied()) else {
            continue;
        };
        let (early, _) = window(&visit.item);
        if first.earliest <= begin.day || first.latest + early > begin.day {
            continue;
        }
        let serves = needed
            .iter()
            .any(|(measures, time)| !measures.is_disjoint(&taken.measures) && time.is_some() && at_time(taken, *time));
        if !serves {
            continue;
        }
        let opens = study_day(first.latest + early);
        let said = if begin.differing { "from here on the arms differ" } else { "the first dose" };
        out.push(
            Diagnostic::new(
                &code::WINDOW_BEFORE_DOSE,
                visit.name_span,
                format!("the window of `{}` opens before there is an effect to measure", visit.name),
            )
            .label(format!("from day {opens} on"))
            .also(begin.span, format!("{said}, on day {}", study_day(begin.day)))
            .help("let the window begin on a later day"),
        );
    }
}

/// When treatment begins: with the first day on which two arms differ; in one arm alone with its first dose.
fn begin(arms: &[Arm<'_>]) -> Option<Begin> {
    // The days of months move with the start.
    if arms.is_empty() || arms.iter().any(|arm| arm.sheet.by_calendar) {
        return None;
    }
    let days: Vec<BTreeMap<i64, BTreeMap<String, Span>>> = arms.iter().map(given).collect();
    let mut all: Vec<i64> = days.iter().flat_map(BTreeMap::keys).copied().collect();
    all.sort_unstable();
    all.dedup();
    let whole = |day: i64| i32::try_from(day - START).ok().map(f64::from);
    let differ = all.iter().find_map(|day| {
        let mut sights = days.iter().map(|days| days.get(day));
        let first = sights.next()?;
        let keys = |one: Option<&BTreeMap<String, Span>>| one.map(|one| one.keys().cloned().collect::<Vec<_>>());
        let mut other = sights.filter(|other| keys(*other) != keys(first));
        let other = other.next()?;
        let one = first.into_iter().chain(other).flatten().map(|(_, span)| *span).next();
        Some(Begin { day: whole(*day)?, span: one.unwrap_or(Span::NOWHERE), differing: true })
    });
    let first = all.first().and_then(|day| {
        let span = days.iter().find_map(|days| days.get(day)?.values().next().copied());
        Some(Begin { day: whole(*day)?, span: span.unwrap_or(Span::NOWHERE), differing: false })
    });
    // Where arms differ from the first dose on, that is what is said.
    match (differ, first) {
        (Some(differ), Some(first)) if differ.day > first.day => Some(differ),
        (_, first) => first,
    }
}

/// What an arm gets on each day, the background of all arms aside.
fn given(arm: &Arm<'_>) -> BTreeMap<i64, BTreeMap<String, Span>> {
    let mut days: BTreeMap<i64, BTreeMap<String, Span>> = BTreeMap::new();
    let told: Vec<Option<(String, Span)>> = arm
        .plan
        .lines
        .iter()
        .map(|line| {
            let one = line.treatment;
            let text = format!("{} {} {:?} {:?}", one.what, one.placebo, one.route, one.amount);
            (!line.background).then_some((text, one.span))
        })
        .collect();
    let slots = arm.sheet.slots.iter().map(|slot| (slot.day, slot.line));
    let standing = arm.sheet.standing.iter().map(|standing| (standing.from, standing.line));
    for (day, line) in slots.chain(standing) {
        if let Some((text, span)) = told.get(line).cloned().flatten() {
            days.entry(day).or_default().insert(text, span);
        }
    }
    days
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
