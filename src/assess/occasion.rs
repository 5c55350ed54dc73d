//! When an outcome is measured for one participant: the visit planned at its time, with its window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Participant, date};
use crate::evaluate::Lack;
use crate::evaluate::outcome::{Baseline, Occasion};
use crate::ir::{Anchor, ConceptId, Moment, Outcome, Trial, ValueKind, VisitTime, Window, words};
use crate::record::Span;
use crate::schedule::days::periods_of;
use crate::visits::{self, Column, Moments, Planned};

/// Where in time an outcome stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// As the protocol writes it: `week 12`.
    pub at: String,
    /// The planned day.
    pub day: Option<i64>,
    pub planned: Option<String>,
    /// The visit that is planned then: `assessment 1`.
    pub visit: Option<String>,
    /// The first and last day whose results count.
    pub window: Option<(String, String)>,
    /// The day on which the record has the visit, or, of a best response, of the assessment that counts.
    pub date: Option<String>,
    pub remarks: Vec<String>,
    /// What would confirm it.
    pub wanted: Vec<String>,
}

impl Place {
    /// Of an outcome over a window, or of one that says no time.
    pub(super) fn over(outcome: &Outcome, days: Option<(i64, i64)>) -> Self {
        let at = outcome.window.as_ref().map(|window| match window {
            Window::At { moment } => words::moment(moment),
            other => words::window(other),
        });
        Self {
            at: at.unwrap_or_default(),
            window: days.map(|(first, last)| (date(first), date(last))),
            ..Self::default()
        }
    }
}

/// The day of a moment, and the visit that is planned for it.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) day: i64,
    pub(super) visit: Option<Visited>,
}

/// A visit on its days.
#[derive(Clone, Debug)]
pub(super) struct Visited {
    name: String,
    /// Its place in the protocol, where it takes place once: then a record may say on which day.
    pub(super) single: Option<usize>,
    pub(super) window: (i64, i64),
}

impl Due {
    /// Without a visit, the latest result after baseline.
    pub(super) fn without_visit(&self, baseline: i64) -> Span {
        Span::days(if self.day > baseline { baseline + 1 } else { i64::MIN / 1_000_000 }, self.day)
    }
}

/// The moments of all outcomes, on the days of one participant after the other. They rest on study day 1 and on the days of few
/// events, and many participants have the same.
#[derive(Debug)]
pub(super) struct Dues {
    moments: Vec<(Moment, BTreeSet<ConceptId>)>,
    /// Events that they, or visits, are counted from.
    pub(super) events: Vec<ConceptId>,
    known: RwLock<FxHashMap<(i64, Days), OnDays>>,
}

/// Days of events, in the order of [`Dues::events`].
pub(super) type Days = SmallVec<[Option<i64>; 2]>;
/// Each moment, or what its day is counted from.
type OnDays = Arc<[Result<Due, String>]>;

/// More days than this are worked out each time.
const MOST: usize = 4_096;

impl Dues {
    pub(super) fn new(trial: &Trial) -> Self {
        let mut events = BTreeSet::new();
        let mut named = |moment: &Moment| {
            if let Anchor::Event(event) = &moment.anchor {
                events.insert(event.clone());
            }
        };
        for visit in &trial.visits {
            match &visit.time {
                VisitTime::At(moment) => named(moment),
                VisitTime::Span { from, to } | VisitTime::Every { from, to, .. } => {
                    [from, to].into_iter().for_each(&mut named);
                }
            }
        }
        for outcome in &trial.outcomes {
            if let Some(Window::At { moment }) = &outcome.window {
                named(moment);
            }
        }
        Self { moments: Vec::new(), events: events.into_iter().collect(), known: RwLock::default() }
    }

    /// The place of the moment of an outcome that rests on these measures.
    pub(super) fn place(&mut self, moment: &Moment, measures: &BTreeSet<ConceptId>) -> usize {
        let known = self.moments.iter().position(|(of, rest)| of == moment && rest == measures);
        known.unwrap_or_else(|| {
            self.moments.push((moment.clone(), measures.clone()));
            self.moments.len() - 1
        })
    }

    /// All moments, counted from study day 1 and the days of the events.
    pub(super) fn on(&self, trial: &Trial, first: i64, days: Days) -> OnDays {
        let key = (first, days);
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let found: OnDays = self.work_out(trial, first, &key.1).into();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(key, Arc::clone(&found));
        }
        found
    }

    fn work_out(&self, trial: &Trial, first: i64, days: &Days) -> Vec<Result<Due, String>> {
        let periods = periods_of(trial, first, None);
        let days = self.events.iter().zip(days).filter_map(|(event, day)| Some((event.clone(), (*day)?)));
        let events: BTreeMap<ConceptId, i64> = days.collect();
        let moments = Moments { trial, start: first, periods: &periods, events: &events };
        let due = |(moment, measures): &(Moment, BTreeSet<ConceptId>)| {
            let day = moments.day(moment)?;
            let visit = visit_on(day, measures, &moments).map(|(column, window)| Visited {
                name: column.name(),
                single: trial
                    .visits
                    .iter()
                    .position(|visit| visit.name == column.visit.name)
                    .filter(|_| column.number.is_none()),
                window,
            });
            Ok(Due { day, visit })
        };
        self.moments.iter().map(due).collect()
    }
}

impl Participant<'_> {
    /// The occasion of an outcome `at` a moment.
    pub(super) fn place(
        &self,
        moment: &Moment,
        due: Option<usize>,
        baseline: Baseline,
    ) -> Result<(Occasion, Place), Lack> {
        let day = |event| self.record.anchors.get(event).map(|dated| dated.when.span).filter(|span| span.is_one_day());
        let days = self.dues.events.iter().map(|event| day(event).map(Span::first_day)).collect();
        let dues = self.dues.on(self.trial, baseline.day, days);
        let due = due.and_then(|due| dues.get(due)).ok_or_else(|| Lack::Day { of: words::moment(moment) })?;
        let due = due.as_ref().map_err(|of| Lack::Day { of: of.clone() })?;
        let day = due.day;
        let mut place =
            Place { at: words::moment(moment), day: Some(day), planned: Some(date(day)), ..Place::default() };
        let Some(Visited { name, single, window: (from, to) }) = &due.visit else {
            place.remarks.push(format!("no visit is planned at {}: the latest results up to that day", place.at));
            return Ok((Occasion { day, results: due.without_visit(baseline.day), near: None }, place));
        };
        let (from, to) = (*from, *to);
        place.visit = Some(name.clone());
        place.window = Some((date(from), date(to)));
        let kept = single.and_then(|at| self.record.visits.get(&self.trial.visits.get(at)?.name));
        let kept = kept.filter(|dated| !dated.planned && dated.when.span.is_one_day());
        let kept = kept.map(|dated| dated.when.span.first_day());
        let mut near = day;
        if let Some(kept) = kept {
            place.date = Some(date(kept));
            if (from..=to).contains(&kept) {
                near = kept;
            } else {
                let (days, side) = if kept > to { (kept - to, "after") } else { (from - kept, "before") };
                let word = if days == 1 { "day" } else { "days" };
                place.remarks.push(format!(
                    "the visit took place on {}, {days} {word} {side} its window: its results are not used",
                    date(kept)
                ));
            }
        }
        // Nothing later than the record is in it.
        let results = Span::days(from, to.min(self.last));
        if self.last < from {
            place.remarks.push(format!("its time had not come by {}, the day of the record", date(self.last)));
        }
        Ok((Occasion { day, results, near: Some(near) }, place))
    }
}

/// The visit that is planned on a day, with its window; of several one that collects what is asked.
fn visit_on<'m>(day: i64, measures: &BTreeSet<ConceptId>, moments: &Moments<'m>) -> Option<(Column<'m>, (i64, i64))> {
    let mut found: Option<(bool, Column<'m>, (i64, i64))> = None;
    for visit in &moments.trial.visits {
        let collects = moments.trial.collections.iter().any(|collection| {
            collection.visits.contains(&visit.name)
                && collection.measures.iter().any(|value| match &value.kind {
                    ValueKind::Result { of, .. } => measures.contains(of),
                    _ => false,
                })
        });
        if found.as_ref().is_some_and(|(better, ..)| *better || !collects) {
            continue;
        }
        for column in visits::times(visit, moments) {
            let Planned::Days { first, last, from, to } = column.when else { continue };
            if (first..=last).contains(&day) {
                found = Some((collects, column, (from, to)));
                break;
            }
        }
    }
    found.map(|(_, column, window)| (column, window))
}
