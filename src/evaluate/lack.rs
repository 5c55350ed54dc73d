//! What is missing: the facts and judgements that would have to be known.

use crate::chart::Kind;
use crate::ir::{Anchor, ConceptId, Role, Word};
use crate::record::Span;

/// One thing that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// No result that can be used, in the time that is asked about.
    Result { of: ConceptId, within: Span },
    /// The limit of normal of a result.
    Limit { of: ConceptId, upper: bool },
    /// Whether there was any: the record is silent, and not declared complete.
    History { of: ConceptId, within: Span, kinds: Vec<Kind> },
    /// Something about an entry that is there.
    Detail { of: ConceptId, what: Detail, written: String },
    /// The date of an event of the trial, of a visit, of an event of the patient; or its exact day.
    Day { of: String },
    /// The answer to a question.
    Answer { key: Word, question: String, by: Option<Role> },
    /// The half-life of a drug: a fault of the protocol's library.
    HalfLife { of: ConceptId },
    /// Results or entries that contradict each other.
    Conflict { of: ConceptId },
    /// A result that is there and cannot be used.
    Refused { of: ConceptId, why: String },
    /// Whether an entry that no library knows is one of what is asked about.
    Unmapped { written: String, of: ConceptId },
    /// What the protocol itself does not say yet.
    Unsaid(String),
    /// When the patient was born.
    Birth,
}

/// What of an entry is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// Which member of the class it was.
    Which,
    Date,
    End,
    Grade,
    Stage,
    Histology,
    Severity,
    Cause,
    Reason,
    Route,
    Dose,
}

impl Detail {
    /// As a report names it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Which => "kind",
            Self::Date => "date",
            Self::End => "end",
            Self::Grade => "grade",
            Self::Stage => "stage",
            Self::Histology => "histology",
            Self::Severity => "severity",
            Self::Cause => "cause",
            Self::Reason => "reason",
            Self::Route => "route",
            Self::Dose => "dose",
        }
    }
}

/// What an anchor is called in a report.
#[must_use]
pub fn named(anchor: &Anchor) -> String {
    crate::ir::words::anchor(anchor)
}

impl Lack {
    /// What two of them share that one answer settles: the same measure, the same history, the same question.
    #[must_use]
    pub fn topic(&self) -> String {
        match self {
            Self::Result { of, .. } | Self::Conflict { of } | Self::Refused { of, .. } => format!("result {of}"),
            Self::Limit { of, upper: true } => format!("upper limit {of}"),
            Self::Limit { of, upper: false } => format!("lower limit {of}"),
            Self::History { of, .. } => format!("history {of}"),
            Self::Detail { what, written, .. } => format!("{} of {written}", what.word()),
            Self::Day { of } => format!("day {of}"),
            Self::Answer { key, .. } => format!("answer {key}"),
            Self::HalfLife { of } => format!("half-life {of}"),
            Self::Unmapped { written, .. } => format!("entry {written}"),
            Self::Unsaid(what) => format!("unsaid {what}"),
            Self::Birth => "birth".to_owned(),
        }
    }

    /// Whether somebody can find it out; what the protocol does not say, nobody can.
    #[must_use]
    pub fn can_be_settled(&self) -> bool {
        !matches!(self, Self::Unsaid(_) | Self::HalfLife { .. })
    }
}
