//! `use`, `plan` and the header of a trial.

use super::{Comparison, Date, Integer, Name, Text, Time, expression::Within};
use crate::span::Span;

#[derive(Clone, Debug)]
pub struct Use {
    pub source: UseSource,
    pub names: Vec<Name>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum UseSource {
    /// A module of the standard library.
    Standard(Name),
    /// A file beside this one.
    Path(Text),
}

/// `plan first_dose within 14 days after screening`
#[derive(Clone, Debug)]
pub struct Plan {
    pub event: Name,
    pub time: Time,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Trial {
    pub name: Name,
    pub title: Text,
    pub fields: Vec<Field>,
    pub broken: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Field {
    /// The word that the field begins with.
    pub key: Name,
    pub kind: FieldKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum FieldKind {
    Texts(Vec<Text>),
    /// A word of a closed list, and `1:1` behind `randomized`.
    Word {
        word: Name,
        ratio: Option<(Vec<u32>, Span)>,
    },
    Count {
        count: Integer,
        certainty: Option<Certainty>,
    },
    Date {
        date: Date,
        certainty: Option<Certainty>,
    },
    Names(Vec<Name>),
    /// `age in 18..75 years`: the tail of a sentence whose subject is age.
    AgeIn(Box<Within>),
    AgeCompare(Box<Comparison>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    Estimated,
    Actual,
}
