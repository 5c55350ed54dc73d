//! What was written: the tree of one `.trial` file, as its author wrote it.
//!
//! Nothing is resolved here and no default is filled in; every node knows its place. A broken statement is simply not
//! there, and its block says so with `broken`, so that later passes do not complain of what is missing in it.

pub mod declaration;
pub mod example;
pub mod expression;
pub mod header;
pub mod protocol;
pub mod time;
pub mod treatment;

use ecow::EcoString;
use rust_decimal::Decimal;

use crate::span::Span;

pub use declaration::{Declaration, Define, Equivalent, Kind, Property, PropertyKind, Set};
pub use example::{Example, Expectation, Fact, FactKind, FactValue};
pub use expression::{
    Attribute, AttributeKey, AttributeTest, Collection, Comparison, Connective, Entry, Except, Exempt, Expr, ExprKind,
    Extreme, Limit, Limits, Movement, Object, Pick, Quantifier, Role, Route, Sign, ValueRef, Verb,
};
pub use header::{Field, FieldKind, Plan, Trial, Use, UseSource};
pub use protocol::{
    Cohort, Collect, Criterion, Eligibility, Estimand, EstimandPart, Head, Outcome, Polarity, Population, Rank,
    Restriction, RestrictionKind, Visit, VisitTime,
};
pub use time::{Anchor, AnchorKind, Moment, Point, Side, Time, TimeKind, Whichever};
pub use treatment::{
    Amount, AmountKind, Arm, ArmRole, Background, Clause, ClauseKind, Dosing, Epoch, Extent, Medication, Reduction,
    Regimen, Schedule, ScheduleKind, Stage,
};

/// One file.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub items: Vec<Item>,
}

/// What stands at the top level of a file.
#[derive(Clone, Debug)]
pub enum Item {
    Use(Use),
    Plan(Plan),
    Trial(Box<Trial>),
    Declaration(Declaration),
    Equivalent(Equivalent),
    Define(Define),
    Set(Set),
    Cohort(Cohort),
    Population(Population),
    Eligibility(Eligibility),
    Restriction(Box<Restriction>),
    Epoch(Epoch),
    Regimen(Regimen),
    Background(Background),
    Arm(Arm),
    Visit(Visit),
    Collect(Collect),
    Outcome(Box<Outcome>),
    Estimand(Estimand),
    Example(Example),
}

/// A name, where it is declared or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: EcoString,
    pub span: Span,
}

/// Prose in quotes, its escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub value: EcoString,
    pub span: Span,
}

/// A unit as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitText {
    pub text: EcoString,
    pub span: Span,
}

/// A whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    pub value: u32,
    pub span: Span,
}

/// A number with the unit written behind it, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    pub number: Decimal,
    pub unit: Option<UnitText>,
    pub span: Span,
}

/// A closed range; one unit for both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub low: Decimal,
    pub high: Decimal,
    pub unit: Option<UnitText>,
    pub span: Span,
}

/// A civil date as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub year: i16,
    pub month: Option<i8>,
    pub day: Option<i8>,
    /// Hour and minute, where a time of day was written.
    pub time: Option<(i8, i8)>,
    pub span: Span,
}
