//! The days of moments, as far as a plan knows them.

use std::collections::BTreeMap;

use crate::ir::words;
use crate::ir::{Anchor, ConceptId, Duration, EpochId, Moment, Side, TimeUnit, Trial, VisitTime};
use crate::record::When;
use crate::record::time::add_months;
use crate::schedule::days::{Period, later};

/// What is known of the days of a trial.
#[derive(Clone, Copy)]
pub struct Moments<'m> {
    pub trial: &'m Trial,
    pub start: i64,
    pub periods: &'m [Period<'m>],
    /// Days of events: recorded, or of the plan.
    pub events: &'m BTreeMap<ConceptId, i64>,
}

/// Visits that are counted from visits.
const MOST_DEEP: usize = 50;

impl Moments<'_> {
    /// The day of a moment; else what it is counted from.
    ///
    /// # Errors
    /// The moment in words, where no plan dates it.
    pub fn day(&self, moment: &Moment) -> Result<i64, String> {
        self.deep(moment, 0).ok_or_else(|| words::moment(moment))
    }

    fn deep(&self, moment: &Moment, deep: usize) -> Option<i64> {
        let day = self.anchor(&moment.anchor, deep)?;
        match &moment.offset {
            None => Some(day),
            Some((length, Side::After)) => later(day, length, 1),
            Some((length, Side::Before)) => earlier(day, length),
        }
    }

    fn anchor(&self, anchor: &Anchor, deep: usize) -> Option<i64> {
        let epoch = |name: &EpochId| {
            self.periods.iter().find(|period| period.epoch.name == *name).and_then(|period| period.days)
        };
        match anchor {
            // There is no day 0.
            Anchor::StudyDay(number) => Some(self.start + i64::from(if *number > 0 { number - 1 } else { *number })),
            Anchor::EpochStart(name) => epoch(name).map(|(first, _)| first),
            Anchor::EpochEnd(name) => epoch(name).map(|(_, last)| last),
            Anchor::Date(text) => {
                text.parse::<When>().ok().filter(|when| when.span.is_one_day()).map(|w| w.span.first_day())
            }
            Anchor::Event(event) if self.trial.header.day_1.as_ref() == Some(event) => Some(self.start),
            Anchor::Event(event) => self.events.get(event).copied(),
            Anchor::Visit(name) if deep < MOST_DEEP => {
                let visit = self.trial.visits.iter().find(|visit| visit.name == *name)?;
                match &visit.time {
                    VisitTime::At(moment) => self.deep(moment, deep + 1),
                    VisitTime::Span { to, .. } => self.deep(to, deep + 1),
                    VisitTime::Every { .. } => None,
                }
            }
            Anchor::Visit(_) | Anchor::StartOf(_) | Anchor::EndOf(_) | Anchor::First { .. } | Anchor::Last { .. } => {
                None
            }
        }
    }
}

/// The day that lies a length before a day.
fn earlier(day: i64, length: &Duration) -> Option<i64> {
    match length.unit {
        TimeUnit::Months | TimeUnit::Years => {
            // Whole months and years, which is all that there are.
            let number = i64::try_from(length.value.0.trunc().mantissa()).ok()?;
            let number = if length.unit == TimeUnit::Years { number * 12 } else { number };
            Some(add_months(day, -number))
        }
        _ => later(0, length, 1).map(|days| day - days),
    }
}
