//! The schedule of activities: which visit is when, with which window, and what it collects; and with a participant's record,
//! which visits were kept.
//!
//! The emitters (`grid` for text, CSV and HTML, `json`, `ics`) find no meaning, they write.

pub mod grid;
pub mod ics;
pub mod json;
pub mod kept;
mod moment;

use std::collections::BTreeMap;

use num_traits::ToPrimitive;

use crate::ir::words::{self, Prose, Words};
use crate::ir::{Collection, ConceptId, Trial, Truth, Value, ValueKind, Visit, VisitTime};
use crate::schedule::days::{End, Period, later, periods_of};
use crate::units::Unit;
pub use moment::Moments;

/// All visits of a trial, in the order of their days.
#[derive(Clone, Debug)]
pub struct Activities<'t> {
    pub trial: &'t Trial,
    pub start: i64,
    pub columns: Vec<Column<'t>>,
    pub rows: Vec<Activity<'t>>,
    /// The conditions under which something is collected.
    pub conditions: Vec<&'t Truth>,
    pub remarks: Vec<String>,
}

/// One visit; of a repeated one, one of its times.
#[derive(Clone, Debug)]
pub struct Column<'t> {
    pub visit: &'t Visit,
    /// Which time of a repeated one, from 1.
    pub number: Option<u32>,
    pub when: Planned,
}

/// When a visit is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// On a day, or on one of several, with the first and last day of the window.
    Days { first: i64, last: i64, from: i64, to: i64 },
    /// Counted from something that no plan dates.
    From(String),
}

/// One thing that is collected: for each visit whether, and under which condition.
#[derive(Clone, Debug)]
pub struct Activity<'t> {
    pub value: &'t Value,
    pub label: String,
    pub cells: Vec<Option<Cell>>,
}

/// A mark in the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its place in [`Activities::conditions`].
    pub condition: Option<usize>,
}

/// Times of a repeated visit that are shown.
const MOST: u32 = 400;

impl<'t> Activities<'t> {
    /// The visits from a first day on; `events` are days of the trial that are known, and what is shown ends with `to`.
    #[must_use]
    pub fn new(trial: &'t Trial, start: i64, events: &BTreeMap<ConceptId, i64>, to: Option<i64>) -> Self {
        let periods = periods_of(trial, start, to);
        let moments = Moments { trial, start, periods: &periods, events };
        let mut columns: Vec<Column<'t>> = trial.visits.iter().flat_map(|visit| times(visit, &moments)).collect();
        if let Some(to) = to {
            columns.retain(|column| !matches!(column.when, Planned::Days { first, .. } if first > to));
        }
        // What no plan dates comes last, in the order of the protocol.
        columns.sort_by_key(|column| match column.when {
            Planned::Days { first, last, .. } => (0, first, last),
            Planned::From(_) => (1, 0, 0),
        });
        let mut activities =
            Self { trial, start, columns, rows: Vec::new(), conditions: Vec::new(), remarks: remarks(&periods) };
        trial.collections.iter().for_each(|collection| activities.collect(collection));
        activities
    }

    fn collect(&mut self, collection: &'t Collection) {
        let words = Words::of(self.trial).with_prose(Prose::LeftOut);
        let condition = collection.when.as_ref().map(|when| {
            self.conditions.iter().position(|known| *known == when).unwrap_or_else(|| {
                self.conditions.push(when);
                self.conditions.len() - 1
            })
        });
        for value in &collection.measures {
            let label = words.value(value);
            let at = self.rows.iter().position(|row| row.label == label).unwrap_or_else(|| {
                self.rows.push(Activity { value, label, cells: vec![None; self.columns.len()] });
                self.rows.len() - 1
            });
            let Some(row) = self.rows.get_mut(at) else { continue };
            for (cell, column) in row.cells.iter_mut().zip(&self.columns) {
                if collection.visits.contains(&column.visit.name) {
                    // What is collected of everyone needs no condition.
                    let condition = condition.filter(|_| cell.is_none_or(|known: Cell| known.condition.is_some()));
                    *cell = Some(Cell { condition });
                }
            }
        }
    }

    /// Leaves a visit without its days where it would have others from another first day on: months differ in length.
    pub fn undate(&mut self, other: &Self) {
        let mut undated = false;
        for column in &mut self.columns {
            let same = other
                .columns
                .iter()
                .find(|known| known.visit.name == column.visit.name && known.number == column.number);
            let Some(same) = same else { continue };
            let (Planned::Days { first, last, .. }, Planned::Days { first: other_first, last: other_last, .. }) =
                (&column.when, &same.when)
            else {
                continue;
            };
            if (first - self.start, last - self.start) != (other_first - other.start, other_last - other.start) {
                column.when = Planned::From(match &column.visit.time {
                    VisitTime::At(moment)
                    | VisitTime::Span { from: moment, .. }
                    | VisitTime::Every { from: moment, .. } => words::moment(moment),
                });
                undated = true;
            }
        }
        let note = "months and years differ in length: what is counted from them has its day with --start";
        if undated && !self.remarks.iter().any(|known| known == note) {
            self.remarks.push(note.to_owned());
        }
    }

    /// Study day 1 is the first one; there is no day 0.
    #[must_use]
    pub fn study_day(&self, day: i64) -> i64 {
        if day >= self.start { day - self.start + 1 } else { day - self.start }
    }

    /// A condition in words.
    #[must_use]
    pub fn condition(&self, at: usize) -> String {
        let words = Words::of(self.trial).with_prose(Prose::LeftOut);
        self.conditions.get(at).map(|when| words.truth(when)).unwrap_or_default()
    }
}

impl Column<'_> {
    /// What it is called: `follow_up 2`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.number {
            Some(number) => format!("{} {number}", self.visit.name),
            None => self.visit.name.to_string(),
        }
    }
}

impl Activity<'_> {
    /// The measure that a record would have a result of.
    #[must_use]
    pub fn measure(&self) -> Option<&ConceptId> {
        match &self.value.kind {
            ValueKind::Result { of, .. } => Some(of),
            _ => None,
        }
    }
}

/// The times of one visit.
#[must_use]
pub fn times<'t>(visit: &'t Visit, moments: &Moments<'_>) -> Vec<Column<'t>> {
    let (early, late) = window(visit);
    let days = |first: i64, last: i64| Planned::Days { first, last, from: first + early, to: last + late };
    let one = |when: Planned| vec![Column { visit, number: None, when }];
    match &visit.time {
        VisitTime::At(moment) => match moments.day(moment) {
            Ok(day) => one(days(day, day)),
            Err(from) => one(Planned::From(from)),
        },
        VisitTime::Span { from, to } => match (moments.day(from), moments.day(to)) {
            (Ok(first), Ok(last)) => one(days(first, last)),
            (Err(from), _) | (_, Err(from)) => one(Planned::From(from)),
        },
        VisitTime::Every { step, from, to } => {
            let first = match moments.day(from) {
                Ok(first) => first,
                Err(from) => return one(Planned::From(from)),
            };
            let last = match moments.day(to) {
                Ok(last) => last,
                Err(from) => return one(Planned::From(from)),
            };
            let times = (0..MOST).map_while(|number| later(first, step, number).map(|day| (number, day)));
            let times = times.take_while(|(number, day)| *day <= last && (*number == 0 || *day > first));
            times.map(|(number, day)| Column { visit, number: Some(number + 1), when: days(day, day) }).collect()
        }
    }
}

/// How many days early and late a visit may be.
fn window(visit: &Visit) -> (i64, i64) {
    let Some((window, day)) = visit.window.as_ref().zip(Unit::parse("d").ok()) else { return (0, 0) };
    let end = |end: crate::ir::Exact| window.unit.convert(&end.rational(), &day).ok();
    let low = end(window.low).and_then(|days| days.ceil().to_integer().to_i64()).unwrap_or(0);
    let high = end(window.high).and_then(|days| days.floor().to_integer().to_i64()).unwrap_or(0);
    (low, high)
}

/// What there is to say of a schedule as a whole.
fn remarks(periods: &[Period<'_>]) -> Vec<String> {
    let said = periods.iter().filter_map(|period| match period.end {
        End::Exact => None,
        End::AtMost => Some(format!("{} is taken to last as long as it can", period.epoch.name)),
        End::Open => Some(format!("{} has no longest length: shown for so long and no further", period.epoch.name)),
        End::Nowhere => {
            Some(format!("{} begins when the epoch before it has ended: no day is known", period.epoch.name))
        }
    });
    said.collect()
}
