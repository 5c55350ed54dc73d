//! When things happen in a trial, as far as that is known before anyone has entered it.
//!
//! Months and years differ in length, so a day is known as a range: the earliest and the latest it can be.

use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;

use super::checker::Draft;
use crate::ir::{self, Anchor, Duration, Moment, Side, TimeUnit, VisitTime};

/// A length of time in days, as near as can be said. Half-lives and cycles have none.
#[must_use]
pub fn approximate_days(duration: &Duration) -> Option<f64> {
    let (low, high) = days(duration)?;
    Some(f64::midpoint(low, high))
}

/// The least and the greatest number of days that a length of time can be.
#[must_use]
pub fn days(duration: &Duration) -> Option<(f64, f64)> {
    let number = duration.value.0.to_f64()?;
    Some(match duration.unit {
        TimeUnit::Minutes => (number / 1440.0, number / 1440.0),
        TimeUnit::Hours => (number / 24.0, number / 24.0),
        TimeUnit::Days => (number, number),
        TimeUnit::Weeks => (number * 7.0, number * 7.0),
        // A calendar month has 28 to 31 days; over several months the difference to the mean stays below 3 days.
        TimeUnit::Months => ((number * 30.4375 - 3.0).max(number * 28.0), (number * 30.4375 + 3.0).min(number * 31.0)),
        TimeUnit::Years => (number * 365.0, number * 366.0),
        TimeUnit::HalfLives | TimeUnit::Cycles => return None,
    })
}

/// A day of the trial, counted from 0 on study day 1: the earliest and the latest it can be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Day {
    pub earliest: f64,
    pub latest: f64,
}

impl Day {
    #[must_use]
    pub const fn exactly(day: f64) -> Self {
        Self { earliest: day, latest: day }
    }

    /// So many days later, at the least and at the most.
    #[must_use]
    pub fn plus(self, low: f64, high: f64) -> Self {
        Self { earliest: self.earliest + low, latest: self.latest + high }
    }

    /// Whether two days can be the same.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.earliest <= other.latest && other.earliest <= self.latest
    }
}

/// The plan of a trial in days.
#[derive(Debug, Default)]
pub struct Timeline {
    /// Each epoch with its first day and the day after its last one; nothing where an epoch before it has no length.
    epochs: Vec<(Option<Day>, Option<Day>)>,
    /// The place of each epoch, and of each visit in the draft.
    epoch_ids: FxHashMap<ir::EpochId, usize>,
    visit_ids: FxHashMap<ir::VisitId, usize>,
    day_1: Option<ir::ConceptId>,
}

impl Timeline {
    /// The first epoch begins on study day 1.
    #[must_use]
    pub fn new(draft: &Draft) -> Self {
        let mut start = Some(Day::exactly(0.0));
        let (mut epochs, mut epoch_ids) = (Vec::new(), FxHashMap::default());
        for epoch in &draft.epochs {
            let length = epoch.item.extent.as_ref().and_then(|extent| days(&extent.duration));
            let at_most = epoch.item.extent.as_ref().is_some_and(|extent| extent.at_most) || epoch.item.until.is_some();
            let end = start.zip(length).map(|(start, (low, high))| start.plus(if at_most { 0.0 } else { low }, high));
            epoch_ids.entry(epoch.item.name.clone()).or_insert(epochs.len());
            epochs.push((start, end));
            start = end;
        }
        let visits = draft.visits.iter().enumerate().rev();
        let visit_ids = visits.map(|(index, visit)| (visit.item.name.clone(), index)).collect();
        Self { epochs, epoch_ids, visit_ids, day_1: draft.header.day_1.clone() }
    }

    /// The first day of an epoch and the day after its last one, as far as they are known.
    #[must_use]
    pub fn epoch(&self, epoch: &ir::EpochId) -> (Option<Day>, Option<Day>) {
        self.epoch_ids.get(epoch).and_then(|at| self.epochs.get(*at)).copied().unwrap_or_default()
    }

    /// The last day that the epochs reach, where all have a length.
    #[must_use]
    pub fn end(&self) -> Option<Day> {
        self.epochs.last().and_then(|(_, end)| *end)
    }

    /// When an anchor is, if the plan says so.
    #[must_use]
    pub fn anchor(&self, anchor: &Anchor, draft: &Draft) -> Option<Day> {
        match anchor {
            Anchor::StudyDay(day) => Some(Day::exactly(f64::from(if *day > 0 { day - 1 } else { *day }))),
            Anchor::EpochStart(epoch) => self.epochs.get(*self.epoch_ids.get(epoch)?)?.0,
            // Its last day, not the one behind it.
            Anchor::EpochEnd(epoch) => self.epochs.get(*self.epoch_ids.get(epoch)?)?.1.map(|end| end.plus(-1.0, -1.0)),
            Anchor::Event(event) if Some(event) == self.day_1.as_ref() => Some(Day::exactly(0.0)),
            Anchor::Event(event) => match event.as_str() {
                // What comes before day 1, by weeks at the most.
                "screening" | "consent" => Some(Day { earliest: -90.0, latest: 0.0 }),
                "enrollment" | "randomization" => Some(Day { earliest: -60.0, latest: 0.0 }),
                "first_dose" => Some(Day { earliest: 0.0, latest: 14.0 }),
                "last_dose" | "end_of_treatment" | "end_of_study" => {
                    self.end().map(|end| Day { earliest: 0.0, latest: end.latest })
                }
                _ => None,
            },
            Anchor::Visit(visit) => {
                let visit = draft.visits.get(*self.visit_ids.get(visit)?)?;
                match &visit.item.time {
                    VisitTime::At(moment) if !matches!(moment.anchor, Anchor::Visit(_)) => self.moment(moment, draft),
                    VisitTime::At(_) | VisitTime::Span { .. } | VisitTime::Every { .. } => None,
                }
            }
            Anchor::Date(_) | Anchor::StartOf(_) | Anchor::EndOf(_) | Anchor::First { .. } | Anchor::Last { .. } => {
                None
            }
        }
    }

    /// When a moment is, if the plan says so.
    #[must_use]
    pub fn moment(&self, moment: &Moment, draft: &Draft) -> Option<Day> {
        let anchor = self.anchor(&moment.anchor, draft)?;
        let Some((duration, side)) = &moment.offset else { return Some(anchor) };
        let (low, high) = days(duration)?;
        Some(match side {
            Side::Before => anchor.plus(-high, -low),
            Side::After => anchor.plus(low, high),
        })
    }

    /// The planned days of a visit, each widened by its window. At most ten thousand of a repeated one.
    #[must_use]
    pub fn visit(&self, visit: &ir::Visit, draft: &Draft) -> Option<Vec<Day>> {
        let (early, late) = window(visit);
        Some(self.planned(visit, draft)?.into_iter().map(|day| day.plus(early, late)).collect())
    }

    /// The planned days of a visit without its window.
    #[must_use]
    pub fn planned(&self, visit: &ir::Visit, draft: &Draft) -> Option<Vec<Day>> {
        Some(match &visit.time {
            VisitTime::At(moment) => vec![self.moment(moment, draft)?],
            VisitTime::Span { from, to } => {
                let (from, to) = (self.moment(from, draft)?, self.moment(to, draft)?);
                vec![Day { earliest: from.earliest, latest: to.latest }]
            }
            VisitTime::Every { step, from, to } => {
                let (low, high) = days(step)?;
                let (from, to) = (self.moment(from, draft)?, self.moment(to, draft)?);
                let mut planned = Vec::new();
                let mut day = from;
                while day.earliest <= to.latest && planned.len() < 10_000 && low > 0.0 {
                    planned.push(day);
                    day = day.plus(low, high);
                }
                planned
            }
        })
    }
}

/// How many days early, as a negative number, and how many late a visit may be.
#[must_use]
pub fn window(visit: &ir::Visit) -> (f64, f64) {
    let window = visit.window.as_ref().and_then(|window| {
        let day = crate::units::Unit::parse("d").ok()?;
        let bound = |end: ir::Exact| window.unit.convert(&end.rational(), &day).ok().and_then(|days| days.to_f64());
        Some((bound(window.low)?, bound(window.high)?))
    });
    window.unwrap_or((0.0, 0.0))
}

/// A day counted from 0 as a study day.
#[must_use]
pub fn study_day(day: f64) -> f64 {
    if day >= 0.0 { day + 1.0 } else { day }
}
