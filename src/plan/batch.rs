//! A plan over many patients at once, whose facts stand in columns: truths are two bits a patient and 64 patients a word,
//! numbers and days are vectors, and a node is worked out once for all of them.
//!
//! Every patient has the same facts here, each at most once and each plain: a whole day, a number that is one decimal, a word
//! of its list. What is not there has no bit. So a batch serves tables of a row a patient; and of a row that holds anything
//! else, or of which doubles cannot decide, it says so ([`States::lost`]), and leaves it to the way for one patient.
//!
//! Moments count in half days: the beginning of a day is twice its number, and its end one more. All that a plan compares are
//! beginnings and ends of days, so nothing is lost.

mod along;
mod bits;
mod calendar;
mod count;
mod event;
mod lower;
mod moving;
mod row;
mod run;
mod time;
mod value;

pub use bits::{Bits, ROWS};
pub use lower::Program;
pub use run::{Standings, States, states};

use lower::Concern;

use std::sync::Arc;

use super::ConceptAt;
use super::facts::Taken;
use crate::chart::Kind;

/// Before every moment there is, and after it.
pub const PAST: i32 = i32::MIN / 4;
pub const FUTURE: i32 = i32::MAX / 4;

/// The facts of some patients, in columns.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub rows: usize,
    /// The first and the last day on which the patient may have been born.
    pub birth: Option<(Dates, Arc<Vec<i32>>)>,
    pub as_of: Option<Dates>,
    /// In the order of their events, and one of each.
    pub anchors: Vec<Anchor>,
    /// In the order of their measures, and one of each.
    pub results: Vec<Outcome>,
    /// In the order of their concepts.
    pub occurrences: Vec<Occurrence>,
    /// The kinds of which the record holds everything, up to the moment of `said_to`: the end of its own day, or of the day of
    /// the screening.
    pub complete: Vec<(Kind, Bits)>,
    pub said_to: Vec<i32>,
    /// By question: whether there is an answer, and whether it is yes.
    pub answers: Vec<Option<(Bits, Bits)>>,
}

/// Days, counted from 1970, of those who have one.
#[derive(Clone, Debug, PartialEq)]
pub struct Dates {
    pub day: Arc<Vec<i32>>,
    pub there: Bits,
}

/// The dates of an event of the trial.
#[derive(Clone, Debug)]
pub struct Anchor {
    pub event: ConceptAt,
    pub on: Dates,
    pub planned: Bits,
}

/// The results of a measure.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub of: ConceptAt,
    pub there: Bits,
    /// When; at any time where there is no day.
    pub on: Dates,
    pub said: Said,
    pub lower: Option<Limits>,
    pub upper: Option<Limits>,
}

/// Limits of normal that are more than zero.
#[derive(Clone, Debug)]
pub struct Limits {
    pub value: Vec<f64>,
    pub there: Bits,
}

/// What results say.
#[derive(Clone, Debug)]
pub enum Said {
    /// Numbers in the unit of the measure; rounded where they were converted.
    Numbers { value: Arc<Vec<f64>>, rounded: Bits },
    /// Places among the words of the measure.
    Words(Arc<Vec<u32>>),
}

/// A condition, course, procedure or event of those who have it, or of whom the record says that they do not.
#[derive(Clone, Debug)]
pub struct Occurrence {
    pub of: ConceptAt,
    pub there: Bits,
    /// Of those who do not have it: up to which moment.
    pub absent: Option<(Bits, Vec<i32>)>,
    /// All moments at which it may have begun, and ended.
    pub start: (Vec<i32>, Vec<i32>),
    pub end: (Vec<i32>, Vec<i32>),
    pub single: Bits,
    pub grade: Option<Coded>,
    pub stage: Option<Coded>,
    pub histology: Option<Coded>,
    pub severity: Option<Coded>,
    /// The place of a concept; [`Coded::OTHER`] for what the protocol does not speak of.
    pub cause: Option<Coded>,
    pub reason: Option<Coded>,
    /// The place of a route in [`crate::ir::Route::ALL`].
    pub route: Option<Coded>,
    pub dose: Option<Vec<Taken>>,
}

/// A code of those who have one.
#[derive(Clone, Debug)]
pub struct Coded {
    pub code: Vec<u32>,
    pub there: Bits,
}

impl Coded {
    pub const OTHER: u32 = u32::MAX;
}

impl Facts {
    /// The facts of some of the patients in that order, each so many times, as far as they are of something of these.
    #[must_use]
    fn taken(&self, rows: &Repeated, of: &Concern) -> Self {
        let take = |dates: &Dates| dates.taken(rows);
        let limits = |limits: &Limits| Limits { value: rows.values(&limits.value), there: rows.bits(limits.there) };
        let coded = |coded: &Coded| Coded { code: rows.values(&coded.code), there: rows.bits(coded.there) };
        Self {
            rows: rows.total,
            birth: self.birth.as_ref().map(|(first, last)| (take(first), Arc::new(rows.values(last)))),
            as_of: self.as_of.as_ref().map(take),
            anchors: self
                .anchors
                .iter()
                .map(|anchor| Anchor { event: anchor.event, on: take(&anchor.on), planned: rows.bits(anchor.planned) })
                .collect(),
            results: self
                .results
                .iter()
                .filter(|result| of.contains(result.of))
                .map(|result| Outcome {
                    of: result.of,
                    there: rows.bits(result.there),
                    on: take(&result.on),
                    said: match &result.said {
                        Said::Numbers { value, rounded } => {
                            Said::Numbers { value: Arc::new(rows.values(value)), rounded: rows.bits(*rounded) }
                        }
                        Said::Words(words) => Said::Words(Arc::new(rows.values(words))),
                    },
                    lower: result.lower.as_ref().map(limits),
                    upper: result.upper.as_ref().map(limits),
                })
                .collect(),
            occurrences: self
                .occurrences
                .iter()
                .filter(|one| of.contains(one.of))
                .map(|one| Occurrence {
                    of: one.of,
                    there: rows.bits(one.there),
                    absent: one.absent.as_ref().map(|(absent, to)| (rows.bits(*absent), rows.values(to))),
                    start: (rows.values(&one.start.0), rows.values(&one.start.1)),
                    end: (rows.values(&one.end.0), rows.values(&one.end.1)),
                    single: rows.bits(one.single),
                    grade: one.grade.as_ref().map(coded),
                    stage: one.stage.as_ref().map(coded),
                    histology: one.histology.as_ref().map(coded),
                    severity: one.severity.as_ref().map(coded),
                    cause: one.cause.as_ref().map(coded),
                    reason: one.reason.as_ref().map(coded),
                    route: one.route.as_ref().map(coded),
                    dose: one.dose.as_ref().map(|dose| rows.values(dose)),
                })
                .collect(),
            complete: self.complete.iter().map(|(kind, complete)| (*kind, rows.bits(*complete))).collect(),
            said_to: rows.values(&self.said_to),
            answers: self
                .answers
                .iter()
                .map(|answer| answer.map(|(there, yes)| (rows.bits(there), rows.bits(yes))))
                .collect(),
        }
    }
}

impl Dates {
    /// Of nobody.
    #[must_use]
    pub fn none() -> Self {
        Self::new(vec![0; ROWS], Bits::NONE)
    }

    #[must_use]
    pub fn new(day: Vec<i32>, there: Bits) -> Self {
        Self { day: Arc::new(day), there }
    }

    /// The same for everybody.
    #[must_use]
    pub fn always(day: i32) -> Self {
        Self::new(vec![day; ROWS], Bits::ALL)
    }

    /// Takes the days of others, where the mask says so.
    pub fn take(&mut self, mask: Bits, from: &[i32]) {
        if !mask.any() {
            return;
        }
        let days = Arc::make_mut(&mut self.day);
        for ((days, from), mask) in days.chunks_mut(64).zip(from.chunks(64)).zip(mask.0) {
            if mask == u64::MAX && days.len() == from.len() {
                days.copy_from_slice(from);
                continue;
            }
            let mut left = mask;
            while left != 0 {
                let row = left.trailing_zeros() as usize;
                left &= left - 1;
                if let (Some(day), Some(other)) = (days.get_mut(row), from.get(row)) {
                    *day = *other;
                }
            }
        }
    }

    fn taken(&self, rows: &Repeated) -> Self {
        Self::new(rows.values(&self.day), rows.bits(self.there))
    }
}

/// Patients of a batch, each so many times in a row.
#[derive(Debug, Default)]
struct Repeated {
    rows: Vec<(usize, usize)>,
    total: usize,
}

impl Repeated {
    fn push(&mut self, row: usize, count: usize) {
        self.rows.push((row, count));
        self.total += count;
    }

    fn values<T: Copy + Default>(&self, values: &[T]) -> Vec<T> {
        let mut found = Vec::with_capacity(ROWS);
        for (row, count) in &self.rows {
            found.resize(found.len() + count, values.get(*row).copied().unwrap_or_default());
        }
        found.resize(ROWS, T::default());
        found
    }

    fn bits(&self, bits: Bits) -> Bits {
        let (mut found, mut at) = (Bits::NONE, 0);
        for (row, count) in &self.rows {
            if bits.has(*row) {
                found.set_all(at..at + count);
            }
            at += count;
        }
        found
    }
}
