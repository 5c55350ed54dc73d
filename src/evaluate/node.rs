//! What was found, and why.

use super::interval::Interval;
use super::kleene::Kleene;
use super::lack::Lack;
use crate::ir::{ConceptId, EventClass, Truth, Value, Word};
use crate::record::{Absence, Dated, Observation, Occurrence, Span};
use crate::units::Unit;

/// An answer with the answers of its parts.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    pub about: About<'a>,
    pub state: State,
    /// The facts of the record that it rests on.
    pub used: Vec<Used<'a>>,
    /// What would have to be known.
    pub lacks: Vec<Lack>,
    pub notes: Vec<Note>,
    pub parts: Vec<Node<'a>>,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    Truth(&'a Truth),
    Value(&'a Value),
    /// An entry of a list, by its label.
    Entry(Option<&'a Word>, Option<&'a str>),
    Event(&'a EventClass),
    /// One member of a class.
    Member(&'a ConceptId),
    /// The limit that may be in force instead, and its condition.
    Limit,
    When,
    Cohort,
    /// The criterion or header field itself.
    Criterion,
}

/// Met, not met or unknown; or a value.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Truth(Kleene),
    Value(Valued),
}

/// Everything that a value may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Valued {
    pub may_be: Vec<Thing>,
    /// Nothing is known of it, or of one of those.
    pub unknown: bool,
}

/// A number of a unit, or a word of a test or scale.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    Number(Interval, Unit),
    Word(Word),
}

/// A fact of the record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Used<'a> {
    Result(&'a ConceptId, &'a Observation),
    Occurrence(&'a Occurrence),
    Absence(&'a Absence),
    Complete(&'static str, Span),
    Anchor(&'a ConceptId, Dated),
    Answer(&'a Word, bool),
    Birth(Span),
}

/// What a reader of the answer should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Worked out by a formula, as no result is recorded.
    Derived,
    /// The date of this anchor lies ahead and is the planned one.
    AsPlanned { anchor: String },
    /// The window was judged up to this day, as the rest of it lies ahead.
    UpTo { day: i64 },
    /// Results of one day that contradict each other.
    Conflict,
    /// The age of the result on the day of the anchor, where no window bounds it.
    Age { days: i64 },
    /// The limit of normal is that of the site's table.
    SiteRange,
    /// The criterion does not apply to this patient.
    NotApplicable,
    /// The rule's period begins after the anchor: an obligation, and no criterion.
    LaterOnly,
    /// The number of this drug's equivalents is not known, so the dose is a lower bound.
    NoEquivalent { of: ConceptId },
}

impl Note {
    /// The criterion does not apply, or not yet.
    pub(super) fn is_aside(&self) -> bool {
        matches!(self, Self::NotApplicable | Self::LaterOnly)
    }
}

impl<'a> Node<'a> {
    pub(super) fn truth(about: About<'a>, state: Kleene, parts: Vec<Self>) -> Self {
        Self { about, state: State::Truth(state), used: Vec::new(), lacks: Vec::new(), notes: Vec::new(), parts }
    }

    pub(super) fn value(about: About<'a>, value: Valued, parts: Vec<Self>) -> Self {
        Self { about, state: State::Value(value), used: Vec::new(), lacks: Vec::new(), notes: Vec::new(), parts }
    }

    /// Unknown, for want of something.
    #[must_use]
    pub fn lacking(about: About<'a>, lack: Lack) -> Self {
        Self::truth(about, Kleene::Unknown, Vec::new()).with_lack(lack)
    }

    pub(super) fn no_value(about: About<'a>, lack: Lack) -> Self {
        Self::value(about, Valued::unknown(), Vec::new()).with_lack(lack)
    }

    /// The same, of which it is not known whether it holds.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.state = self.state.unknown();
        self
    }

    /// The same, with something else that is missing.
    #[must_use]
    pub fn with_lack(mut self, lack: Lack) -> Self {
        self.lacks.push(lack);
        self
    }

    /// Both this and a condition.
    #[must_use]
    pub fn given(mut self, condition: Self) -> Self {
        self.state = State::Truth(self.kleene().and(condition.kleene()));
        self.parts.push(condition);
        self
    }

    /// The truth that it is; a value is none.
    #[must_use]
    pub fn kleene(&self) -> Kleene {
        match self.state {
            State::Truth(truth) => truth,
            State::Value(_) => Kleene::Unknown,
        }
    }

    /// The value that it is; a truth is none.
    #[must_use]
    pub fn valued(&self) -> Valued {
        match &self.state {
            State::Value(value) => value.clone(),
            State::Truth(_) => Valued::unknown(),
        }
    }

    /// Makes it unknown, even whether it takes part.
    pub(super) fn not_told(&mut self) {
        self.state = self.state.unknown();
        self.notes.retain(|note| !note.is_aside());
    }

    /// Whether the criterion takes no part in the verdict.
    #[must_use]
    pub fn is_aside(&self) -> bool {
        self.notes.iter().any(Note::is_aside)
    }

    /// Whether it is a truth, and no value.
    #[must_use]
    pub fn is_truth(&self) -> bool {
        matches!(self.state, State::Truth(_))
    }

    /// Whether nothing that is missing could change it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match &self.state {
            State::Truth(truth) => *truth != Kleene::Unknown,
            State::Value(value) => value.is_settled(),
        }
    }
}

impl State {
    /// What holds whichever of the two it is.
    pub(super) fn either(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Truth(a), Self::Truth(b)) => Self::Truth(a.either(*b)),
            (Self::Value(a), Self::Value(b)) => Self::Value(a.or(b)),
            (Self::Truth(_), Self::Value(_)) | (Self::Value(_), Self::Truth(_)) => Self::Truth(Kleene::Unknown),
        }
    }

    pub(super) fn unknown(&self) -> Self {
        match self {
            Self::Truth(_) => Self::Truth(Kleene::Unknown),
            Self::Value(_) => Self::Value(Valued::unknown()),
        }
    }
}

impl Valued {
    #[must_use]
    pub fn unknown() -> Self {
        Self { may_be: Vec::new(), unknown: true }
    }

    #[must_use]
    pub fn number(interval: Interval, unit: Unit) -> Self {
        Self { may_be: vec![Thing::Number(interval, unit)], unknown: false }
    }

    #[must_use]
    pub fn word(word: Word) -> Self {
        Self { may_be: vec![Thing::Word(word)], unknown: false }
    }

    /// Either of the two.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for thing in &other.may_be {
            both.add(thing.clone());
        }
        both.unknown |= other.unknown;
        both
    }

    pub(crate) fn add(&mut self, thing: Thing) {
        if !self.may_be.contains(&thing) {
            self.may_be.push(thing);
        }
    }

    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.unknown
            && match self.may_be.as_slice() {
                [Thing::Number(interval, _)] => interval.exact().is_some(),
                [Thing::Word(_)] => true,
                _ => false,
            }
    }
}
