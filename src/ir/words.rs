//! Prints parts of a compiled protocol as text of the language, on one line, so that a report can show them without their
//! source: `hemoglobin >= 90 g/L within 4 weeks`.
//!
//! What is printed reads back to the same truth or value. Parentheses stand where the grammar needs them, and where a reader
//! could take a time for that of a neighbour too. What is spelled in several ways is spelled in one: `week 12` for `day 85`,
//! a list without labels as `a or b`. [`Words`] says what else is known while printing; the functions here know nothing more
//! than what they are given.

mod ask;
mod event;
mod list;
mod number;
mod time;
mod truth;
mod value;

use super::truth::History;
use super::{Anchor, Ask, ConceptId, ConceptKind, Duration, EventClass, Moment, Trial, Truth, Value, Window};

/// How to print, and what is known of the place that the text stands in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    trial: Option<&'a Trial>,
    prose: Prose,
    subject: Option<Subject<'a>>,
}

/// Whether the prose of labelled entries is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Prose {
    /// As the language writes it: prose behind the labels, standard questions by their names.
    #[default]
    Kept,
    /// For readers of a report: labels alone, and each question in its own words.
    LeftOut,
}

/// The criterion, definition or entry that the text stands under: a bare `judged` asks its prose.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    name: &'a str,
    prose: Option<&'a str>,
}

impl<'a> Words<'a> {
    /// Knows the protocol that all that is printed is part of: its standard questions, and the order of its stages.
    #[must_use]
    pub fn of(trial: &'a Trial) -> Self {
        Self { trial: Some(trial), ..Self::default() }
    }

    /// The same with or without prose.
    #[must_use]
    pub fn with_prose(self, prose: Prose) -> Self {
        Self { prose, ..self }
    }

    /// The same under a name and its prose, whose question a bare `judged` asks.
    #[must_use]
    pub fn under<'b>(self, name: &'b str, prose: Option<&'b str>) -> Words<'b>
    where
        'a: 'b,
    {
        let outer = self.subject.and_then(|subject| subject.prose);
        Words { subject: Some(Subject { name, prose: prose.or(outer) }), ..self }
    }

    fn kind(self, concept: &ConceptId) -> Option<ConceptKind> {
        Some(self.trial?.concepts.get(concept)?.kind)
    }
}

/// A truth as the body of a criterion: `has brain_metastasis unless judged "they are stable"`.
#[must_use]
pub fn truth(truth: &Truth) -> String {
    Words::default().truth(truth)
}

/// A value as the body of an outcome: `if age >= 40 years then 2.1 else 0`.
#[must_use]
pub fn value(value: &Value) -> String {
    Words::default().value(value)
}

/// What is asked of a value: `<= 2.5 ULN (5 ULN if has liver_metastasis)`.
#[must_use]
pub fn ask(ask: &Ask) -> String {
    Words::default().ask(ask)
}

/// A time: `within 4 weeks before first_dose`.
#[must_use]
pub fn window(window: &Window) -> String {
    Words::default().window(window)
}

/// A moment: `4 weeks before last surgery`.
#[must_use]
pub fn moment(moment: &Moment) -> String {
    Words::default().moment(moment)
}

/// An anchor: `week 12`, `start of treatment`.
#[must_use]
pub fn anchor(anchor: &Anchor) -> String {
    Words::default().anchor(anchor)
}

/// A length of time: `4 weeks`.
#[must_use]
pub fn duration(duration: &Duration) -> String {
    number::duration(duration)
}

/// Events: `malignancy except nonmelanoma_skin_cancer`.
#[must_use]
pub fn event_class(class: &EventClass) -> String {
    Words::default().event_class(class)
}

/// Events with their verb: `received rituximab for at least 4 weeks`.
#[must_use]
pub fn history(history: &History) -> String {
    Words::default().history(history)
}
