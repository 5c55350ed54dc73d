//! Whether visits collect what outcomes and criteria need, when they need it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Lint;
use super::measures::{Measures, covered};
use crate::check::Draft;
use crate::check::timeline::{Day, Timeline, days, study_day};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::walk::Visit;
use crate::ir::{Anchor, Assessment, ConceptId, DefinitionBody, Side, TruthKind, VisitId, Window};

pub static OUTCOMES: Lint = Lint { codes: &[&code::NOT_COLLECTED], check: outcomes };
pub static CRITERIA: Lint = Lint { codes: &[&code::CRITERION_NOT_COLLECTED], check: criteria };

/// A visit, when it can be, and what it collects.
pub(super) struct Taken {
    pub visit: VisitId,
    /// Nothing where the plan does not say when it is.
    pub days: Option<Vec<Day>>,
    pub measures: BTreeSet<ConceptId>,
}

/// Every visit, in the order of the draft.
pub(super) fn taken(draft: &Draft, timeline: &Timeline) -> Vec<Taken> {
    let mut at_visit: FxHashMap<&VisitId, BTreeSet<ConceptId>> = FxHashMap::default();
    for collection in &draft.collections {
        let mut measures = Measures::new(draft);
        collection.measures.iter().for_each(|measure| measures.value(measure));
        for visit in &collection.visits {
            at_visit.entry(visit).or_default().extend(measures.found.iter().cloned());
        }
    }
    let visits = draft.visits.iter().map(|visit| {
        let measures = at_visit.remove(&visit.item.name).unwrap_or_default();
        Taken { visit: visit.item.name.clone(), days: timeline.visit(&visit.item, draft), measures }
    });
    visits.collect()
}

/// Whether a visit can be at a time; one that the plan does not place can.
pub(super) fn at_time(taken: &Taken, time: Option<Day>) -> bool {
    match (&taken.days, time) {
        (Some(days), Some(time)) => days.iter().any(|day| day.meets(time)),
        (None, _) | (_, None) => true,
    }
}

/// The baseline is the last visit up to day 1.
fn before_treatment(taken: &Taken) -> bool {
    taken.days.as_ref().is_none_or(|days| days.iter().any(|day| day.earliest <= 0.0))
}

fn outcomes(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    let visits = taken(draft, &timeline);
    for outcome in &draft.outcomes {
        let outcome = &outcome.item;
        if outcome.assessment == Assessment::TimeToEvent || is_missing(&outcome.body) {
            continue;
        }
        let measures = Measures::of_body(draft, &outcome.body);
        let time = outcome.window.as_ref().and_then(|window| time_of(window, &timeline, draft));
        let when = outcome.window.is_some();
        let lacking = |needed: &BTreeSet<ConceptId>, fits: &dyn Fn(&Taken) -> bool| -> Vec<String> {
            let collected =
                |measure: &ConceptId| visits.iter().any(|taken| taken.measures.contains(measure) && fits(taken));
            needed
                .iter()
                .filter(|measure| !covered(draft, measure, &collected))
                .map(|measure| format!("`{measure}`"))
                .collect()
        };
        let at_its_time = lacking(&measures.found, &|taken| at_time(taken, time));
        let at_baseline = lacking(&measures.changed, &before_treatment);
        // What has to hold again later has to be looked at again.
        let again = outcome.confirmed_for.as_ref().and_then(days).zip(time).map(|((low, _), time)| time.earliest + low);
        let afterwards = match again {
            Some(again) => lacking(&measures.found, &|taken| from_day(taken, again)),
            None => Vec::new(),
        };
        let (lacking, moment, time) = if !at_its_time.is_empty() {
            (at_its_time, if when { "at its time" } else { "at all" }, time)
        } else if !at_baseline.is_empty() {
            (at_baseline, "at baseline", Some(Day::exactly(0.0)))
        } else if !afterwards.is_empty() {
            let later = again.map(|again| Day { earliest: again, latest: f64::INFINITY });
            (afterwards, "again when it is to be confirmed", later)
        } else {
            continue;
        };
        let help = match nearest_visit(&visits, time) {
            Some(visit) => format!("add `collect {} at {visit}`, or a visit at that time", bare(&lacking)),
            None => format!("add a visit at that time and `collect {} at` it", bare(&lacking)),
        };
        out.push(
            Diagnostic::new(
                &code::NOT_COLLECTED,
                outcome.name_span,
                format!("no visit collects {} {moment}", lacking.join(", ")),
            )
            .label("needs what nobody measures")
            .help(help),
        );
    }
}

fn bare(names: &[String]) -> String {
    names.join(", ").replace('`', "")
}

/// Whether a visit can be on a day or later.
fn from_day(taken: &Taken, day: f64) -> bool {
    taken.days.as_ref().is_none_or(|days| days.iter().any(|one| one.latest >= day))
}

/// The days that a time speaks of, as far as the plan says which these are.
pub(super) fn time_of(window: &Window, timeline: &Timeline, draft: &Draft) -> Option<Day> {
    match window {
        Window::At { moment } => timeline.moment(moment, draft),
        Window::Between { from, to } => {
            let (from, to) = (timeline.moment(from, draft)?, timeline.moment(to, draft)?);
            Some(Day { earliest: from.earliest, latest: to.latest })
        }
        Window::DuringEpoch { epoch } => {
            let (first, behind) = timeline.epoch(epoch);
            Some(Day { earliest: first?.earliest, latest: behind?.latest })
        }
        Window::Within { reach, side, anchor: Some(anchor) } => {
            let anchor = timeline.anchor(anchor, draft)?;
            let mut lengths = Vec::new();
            for length in &reach.lengths {
                lengths.push(days(length)?.1);
            }
            let longest = lengths.into_iter().fold(0.0, f64::max);
            Some(match side {
                Side::After => Day { earliest: anchor.earliest, latest: anchor.latest + longest },
                Side::Before => Day { earliest: anchor.earliest - longest, latest: anchor.latest },
            })
        }
        Window::Beside { side: Side::After, anchor } => {
            timeline.anchor(anchor, draft).map(|anchor| Day { latest: f64::INFINITY, ..anchor })
        }
        Window::Within { anchor: None, .. }
        | Window::AtLeast { .. }
        | Window::Beside { side: Side::Before, .. }
        | Window::DuringEvent { .. } => None,
    }
}

fn nearest_visit(visits: &[Taken], time: Option<Day>) -> Option<&VisitId> {
    visits.iter().find(|taken| at_time(taken, time)).map(|taken| &taken.visit)
}

fn is_missing(body: &DefinitionBody) -> bool {
    matches!(body, DefinitionBody::Truth(truth) if matches!(truth.kind, TruthKind::Missing(_)))
}

/// Criteria are judged from what is known at screening: where the protocol says what is collected up to day 1, it says
/// it for all of them. A block that is asked at a visit or on a day of the plan is judged from what is known then, and so is a
/// criterion that stands at one.
fn criteria(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    let visits = taken(draft, &timeline);
    if visits.iter().all(|taken| taken.measures.is_empty() || !before_treatment(taken)) {
        return;
    }
    for block in &draft.eligibility {
        let of_block = day_of(&block.anchor, &timeline, draft);
        for criterion in &block.criteria {
            let own = match &criterion.window {
                Some(Window::At { moment }) => timeline.moment(moment, draft).map(|day| (day.latest, &moment.anchor)),
                Some(_) | None => of_block.map(|day| (day, &block.anchor)),
            };
            let (until, said) = match own {
                Some((day, Anchor::Visit(visit))) => (day, format!("`{visit}`")),
                Some((day, _)) if day > 0.0 => (day, format!("day {}", study_day(day))),
                Some(_) | None => (0.0, "day 1".to_owned()),
            };
            let in_time =
                |taken: &&Taken| taken.days.as_ref().is_none_or(|days| days.iter().any(|day| day.earliest <= until));
            let mut measures = Measures::of_truth(draft, &criterion.body);
            criterion.when.iter().for_each(|when| measures.truth(when));
            let collected =
                |measure: &ConceptId| visits.iter().filter(in_time).any(|taken| taken.measures.contains(measure));
            let lacking: Vec<String> = measures
                .found
                .iter()
                .filter(|measure| !covered(draft, measure, &collected))
                .map(|measure| format!("`{measure}`"))
                .collect();
            if lacking.is_empty() {
                continue;
            }
            let before =
                if until > 0.0 { format!("a visit up to {said}") } else { "a visit before treatment".to_owned() };
            out.push(
                Diagnostic::new(
                    &code::CRITERION_NOT_COLLECTED,
                    criterion.name_span,
                    format!("no visit up to {said} collects {}", lacking.join(", ")),
                )
                .label("decided by what nobody measures in time")
                .help(format!("add {} to a `collect … at` {before}", bare(&lacking))),
            );
        }
    }
}

/// The day on which the criteria of a block are asked, where it is one of the plan: that of a visit is its last.
fn day_of(anchor: &Anchor, timeline: &Timeline, draft: &Draft) -> Option<f64> {
    match anchor {
        Anchor::Visit(name) => {
            let visit = draft.visits.iter().find(|visit| visit.item.name == *name)?;
            timeline.planned(&visit.item, draft)?.last().map(|day| day.latest)
        }
        Anchor::StudyDay(_) | Anchor::EpochStart(_) | Anchor::EpochEnd(_) => {
            timeline.anchor(anchor, draft).map(|day| day.latest)
        }
        Anchor::Event(_)
        | Anchor::Date(_)
        | Anchor::StartOf(_)
        | Anchor::EndOf(_)
        | Anchor::First { .. }
        | Anchor::Last { .. } => None,
    }
}
