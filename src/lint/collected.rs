//! Whether visits collect what outcomes and criteria need, when they need it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Lint;
use super::measures::{Measures, covered};
use crate::check::Draft;
use crate::check::timeline::{Day, Timeline};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::walk::Visit;
use crate::ir::{Assessment, ConceptId, DefinitionBody, TruthKind, VisitId, Window};

pub static OUTCOMES: Lint = Lint { codes: &[&code::NOT_COLLECTED], check: outcomes };
pub static CRITERIA: Lint = Lint { codes: &[&code::CRITERION_NOT_COLLECTED], check: criteria };

/// A visit, when it can be, and what it collects.
struct Taken {
    visit: VisitId,
    /// Nothing where the plan does not say when it is.
    days: Option<Vec<Day>>,
    measures: BTreeSet<ConceptId>,
}

fn taken(draft: &Draft, timeline: &Timeline) -> Vec<Taken> {
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
fn at_time(taken: &Taken, time: Option<Day>) -> bool {
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
        let time = match &outcome.window {
            Some(Window::At { moment }) => timeline.moment(moment, draft),
            Some(Window::Between { from, to }) => timeline
                .moment(from, draft)
                .zip(timeline.moment(to, draft))
                .map(|(from, to)| Day { earliest: from.earliest, latest: to.latest }),
            Some(_) | None => None,
        };
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
        let (lacking, moment) = if !at_its_time.is_empty() {
            (at_its_time, if when { "at its time" } else { "at all" })
        } else if !at_baseline.is_empty() {
            (at_baseline, "at baseline")
        } else {
            continue;
        };
        let nearest = nearest_visit(&visits, time, draft);
        let help = match nearest {
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

fn nearest_visit<'v>(visits: &'v [Taken], time: Option<Day>, _: &Draft) -> Option<&'v VisitId> {
    visits.iter().find(|taken| at_time(taken, time)).map(|taken| &taken.visit)
}

fn is_missing(body: &DefinitionBody) -> bool {
    matches!(body, DefinitionBody::Truth(truth) if matches!(truth.kind, TruthKind::Missing(_)))
}

/// Criteria are judged from what is known at screening: where the protocol says what is collected up to day 1, it says
/// it for all of them.
fn criteria(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    let visits = taken(draft, &timeline);
    let collected: BTreeSet<ConceptId> = visits
        .iter()
        .filter(|taken| before_treatment(taken))
        .flat_map(|taken| taken.measures.iter().cloned())
        .collect();
    if collected.is_empty() {
        return;
    }
    for criterion in draft.eligibility.iter().flat_map(|block| &block.criteria) {
        let mut measures = Measures::of_truth(draft, &criterion.body);
        criterion.when.iter().for_each(|when| measures.truth(when));
        let lacking: Vec<String> = measures
            .found
            .iter()
            .filter(|measure| !covered(draft, measure, &|measure| collected.contains(measure)))
            .map(|measure| format!("`{measure}`"))
            .collect();
        if lacking.is_empty() {
            continue;
        }
        out.push(
            Diagnostic::new(
                &code::CRITERION_NOT_COLLECTED,
                criterion.name_span,
                format!("no visit up to day 1 collects {}", lacking.join(", ")),
            )
            .label("decided by what nobody measures in time")
            .help(format!("add {} to a `collect … at` a visit before treatment", bare(&lacking))),
        );
    }
}
