//! When an outcome is measured for one participant: the visit planned at its time, with its window.

use std::collections::{BTreeMap, BTreeSet};

use super::{Participant, date};
use crate::evaluate::Lack;
use crate::evaluate::outcome::{Baseline, Occasion};
use crate::ir::{ConceptId, Moment, Outcome, ValueKind, Window, words};
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

impl Participant<'_> {
    /// The occasion of an outcome `at` a moment.
    pub(super) fn place(
        &self,
        moment: &Moment,
        measures: &BTreeSet<ConceptId>,
        baseline: Baseline,
    ) -> Result<(Occasion, Place), Lack> {
        let periods = periods_of(self.trial, baseline.day, None);
        let days = self.record.anchors.iter().filter(|(_, dated)| dated.when.span.is_one_day());
        let events: BTreeMap<ConceptId, i64> =
            days.map(|(event, dated)| (event.clone(), dated.when.span.first_day())).collect();
        let moments = Moments { trial: self.trial, start: baseline.day, periods: &periods, events: &events };
        let day = moments.day(moment).map_err(|of| Lack::Day { of })?;
        let mut place =
            Place { at: words::moment(moment), day: Some(day), planned: Some(date(day)), ..Place::default() };
        let Some((column, (from, to))) = self.visit_on(day, measures, &moments) else {
            // Without a visit, the latest result after baseline.
            let from = if day > baseline.day { baseline.day + 1 } else { i64::MIN / 1_000_000 };
            place.remarks.push(format!("no visit is planned at {}: the latest results up to that day", place.at));
            return Ok((Occasion { day, results: Span::days(from, day), near: None }, place));
        };
        place.visit = Some(column.name());
        place.window = Some((date(from), date(to)));
        let kept = self.record.visits.get(&column.visit.name).filter(|dated| !dated.planned && column.number.is_none());
        let kept = kept.filter(|dated| dated.when.span.is_one_day()).map(|dated| dated.when.span.first_day());
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

    /// The visit that is planned on a day, with its window; of several one that collects what is asked.
    fn visit_on<'m>(
        &'m self,
        day: i64,
        measures: &BTreeSet<ConceptId>,
        moments: &Moments<'_>,
    ) -> Option<(Column<'m>, (i64, i64))> {
        let mut found: Option<(bool, Column<'m>, (i64, i64))> = None;
        for visit in &self.trial.visits {
            let collects = self.trial.collections.iter().any(|collection| {
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
}
