//! Declarations: labs, drugs, conditions and the rest of a library, definitions and sets.

use super::{Entry, Expr, Name, Quantity, Range, Role, Route, Text, UnitText};
use crate::span::Span;

/// What sort of thing a declaration introduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A number with a unit.
    Lab,
    /// A coded result without order.
    Test,
    /// A coded result in the order written.
    Scale,
    /// A number with limits and a direction.
    Score,
    Condition,
    Drug,
    /// Treatment that is no drug.
    Procedure,
    /// Something dated that happens to a patient or in the trial.
    Event,
    /// A standard question, asked once.
    Question,
}

#[derive(Clone, Debug)]
pub struct Declaration {
    pub kind: Kind,
    pub name: Name,
    pub label: Option<Text>,
    pub properties: Vec<Property>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Property {
    pub kind: PropertyKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum PropertyKind {
    Is(Vec<Name>),
    Unit(UnitText),
    /// The results that a test or scale can have.
    Values(Vec<Name>),
    Stages(Vec<Name>),
    Histologies(Vec<Name>),
    Severities(Vec<Name>),
    Range(Range),
    Plausible(Range),
    BetterHigher,
    BetterLower,
    Loinc(Vec<Text>),
    Rxnorm(Vec<Text>),
    Atc(Vec<Text>),
    Icd10(Vec<Text>),
    Snomed(Vec<Text>),
    HalfLife(Quantity),
    MolarMass(Quantity),
    Routes(Vec<(Route, Span)>),
    Asked(Role),
    Also(Vec<Text>),
    Source(Text),
    Derived(Expr),
}

/// A table of doses of equal effect within a class.
#[derive(Clone, Debug)]
pub struct Equivalent {
    pub class: Name,
    pub source: Text,
    pub routes: Vec<(Route, Span)>,
    pub doses: Vec<(Name, Quantity)>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Define {
    pub name: Name,
    pub label: Option<Text>,
    pub better: Option<Property>,
    pub source: Option<Text>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Set {
    pub name: Name,
    pub label: Option<Text>,
    pub source: Option<Text>,
    pub entries: Vec<Entry>,
    pub span: Span,
}
