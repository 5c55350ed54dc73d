//! Examples: a patient, and what the protocol must say of them.

use super::expression::Attribute;
use super::{Amount, Date, Moment, Name, Quantity, Route, Text, Time, Verb};
use crate::span::Span;

#[derive(Clone, Debug)]
pub struct Example {
    pub prose: Text,
    pub facts: Vec<Fact>,
    pub expectations: Vec<Expectation>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Fact {
    pub kind: FactKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum FactKind {
    /// `judged diagnosis is yes`
    Judged { question: Result<Name, Text>, answer: Name },
    /// `complete conditions, medications from 2020-01 to screening`
    Complete { records: Vec<Name>, span: Option<(Moment, Moment)> },
    /// `not had tuberculosis`, `received oral prednisone 10 mg/d from 2022-11 to screening`
    History(Box<HistoryFact>),
    /// `creatinine = 3.4 mg/dL at screening`
    Result { name: Name, value: FactValue, at: Option<Moment> },
}

#[derive(Clone, Debug)]
pub struct HistoryFact {
    pub denied: bool,
    pub verb: Verb,
    pub verb_span: Span,
    pub route: Option<(Route, Span)>,
    pub name: Name,
    pub with: Vec<Attribute>,
    pub due_to: Option<Name>,
    pub amount: Option<Amount>,
    pub time: Option<Time>,
}

#[derive(Clone, Debug)]
pub enum FactValue {
    Coded(Name),
    Date(Date),
    Number { censored: Option<Censored>, quantity: Quantity, upper_limit: Option<Quantity> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Censored {
    Below,
    Above,
}

#[derive(Clone, Debug)]
pub enum Expectation {
    Verdict { verdict: Name, because: Vec<Name>, span: Span },
    Criterion { name: Name, state: Name, span: Span },
}
