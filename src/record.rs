//! One patient as the evaluator sees them: a chart's facts by the protocol's names, dates as spans, numbers exact and in the
//! unit of their measure.
//!
//! What of a chart cannot be read is not dropped: it is listed in [`Record::refused`], and where the protocol asks about it
//! the answer is unknown. What the protocol does not speak of is counted in [`Record::unused`].

mod build;
mod codes;
mod decimal;
pub(crate) mod dose;
mod family;
mod kinds;
mod questions;
pub mod time;

use std::collections::BTreeMap;

use num_rational::BigRational;

pub(crate) use build::{Building, MEASURES, Told, extent, is_known, known_names};
pub use build::{Reader, born, in_usual_unit, quantity};
pub use codes::CodeBook;
pub use decimal::decimal;
pub use family::{Family, Kinship};
pub use kinds::kinds_of;
pub use time::{DAY, FUTURE, NotADate, PAST, Precision, Span, When};

use crate::chart::Kind;
use crate::ir::{Body, ConceptId, Route, VisitId, Word};
use crate::units::Unit;

/// One patient's facts.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub id: String,
    /// All days on which the patient may have been born.
    pub birth: Option<Span>,
    /// The day of the record: nothing later is in it.
    pub as_of: Option<i64>,
    pub anchors: BTreeMap<ConceptId, Dated>,
    pub visits: BTreeMap<VisitId, Dated>,
    pub results: BTreeMap<ConceptId, Vec<Observation>>,
    pub occurrences: BTreeMap<ConceptId, Vec<Occurrence>>,
    pub absences: Vec<Absence>,
    pub unmapped: Vec<Unmapped>,
    pub complete: BTreeMap<Kind, Vec<Span>>,
    pub judged: BTreeMap<Word, bool>,
    pub refused: Vec<Refusal>,
    /// How many facts are of things that the protocol does not speak of.
    pub unused: usize,
}

/// The date of an event of the trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    pub when: When,
    pub planned: bool,
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub when: When,
    pub value: Measured,
    /// In the unit of the measure.
    pub lower_limit: Option<BigRational>,
    pub upper_limit: Option<BigRational>,
    /// As it was recorded.
    pub written: String,
    /// What it was converted to, where its unit was another.
    pub converted: Option<String>,
    pub source: Option<String>,
}

/// What a result is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    Number(BigRational),
    Below {
        limit: BigRational,
        included: bool,
    },
    Above {
        limit: BigRational,
        included: bool,
    },
    Word(Word),
    /// It is there, and cannot be used: a unit that does not fit, a word that the test does not have.
    Refused {
        why: String,
    },
}

/// A condition, course, procedure or event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub of: ConceptId,
    /// All that its first moment may be.
    pub start: Span,
    /// All that its last one may be.
    pub end: Span,
    /// Whether it began and ended at one time.
    pub single: bool,
    pub grade: Option<u8>,
    pub stage: Option<Word>,
    pub histology: Option<Word>,
    pub severity: Option<Word>,
    pub cause: Option<ConceptId>,
    pub reason: Option<ConceptId>,
    pub route: Option<Route>,
    pub dose: Taken,
    /// As it was recorded.
    pub written: String,
    pub source: Option<String>,
}

impl Occurrence {
    /// All of the days on which it was there for sure; empty where there may be none.
    #[must_use]
    pub fn sure_days(&self) -> Span {
        Span::days(self.start.last_day(), self.end.first_day())
    }

    /// All of the time in which it may have been there.
    #[must_use]
    pub fn possible(&self) -> Span {
        Span::new(self.start.from, self.end.to)
    }
}

/// How much of a drug was taken.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Taken {
    /// Not recorded, or in a way that cannot be reckoned with.
    #[default]
    Unknown,
    /// So much a day on each day of the course.
    Daily(Amount),
    /// So much altogether, on the one day.
    Once(Amount),
    /// So much altogether, over the whole course.
    Whole(Amount),
}

/// An amount of a drug, by the patient's weight or surface where it was recorded so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    pub value: BigRational,
    pub unit: Unit,
    pub per_body: Option<Body>,
}

/// Something that is recorded not to have been there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub of: ConceptId,
    pub span: Span,
    pub written: String,
}

/// An entry of the record that no library knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmapped {
    /// Which one: `conditions[3]`.
    pub field: String,
    /// The kinds of record that it may belong to.
    pub kinds: Vec<Kind>,
    /// All the time that it may have lasted.
    pub span: Span,
    pub written: String,
}

/// A fact that could not be read, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// Which one: `observations[3].unit`.
    pub field: String,
    pub why: String,
}

/// What the caller says about all records.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Limits of normal where a result comes without its own.
    pub ranges: BTreeMap<ConceptId, Vec<ReferenceRange>>,
    /// Dates for which trial events are planned, for charts that do not say.
    pub planned: BTreeMap<ConceptId, When>,
    /// The day of the record, for charts that do not say.
    pub as_of: Option<i64>,
}

/// A row of the site's table of reference ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRange {
    /// Only for this sex.
    pub sex: Option<Word>,
    /// In the unit of the measure.
    pub lower: Option<BigRational>,
    pub upper: Option<BigRational>,
}
