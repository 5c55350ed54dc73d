//! Truths and values over a patient's history.

use ecow::EcoString;

use super::{Head, Integer, Moment, Name, Quantity, Range, Text, Time, UnitText};
use crate::span::Span;

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// One grammar for truths and values; types tell them apart.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `a and b and c`, or the same with `or`.
    Logic(Connective, Vec<Expr>),
    Unless(Box<(Expr, Expr)>),
    Not(Box<Expr>),
    Known(Box<Expr>),
    /// Parentheses that the author wrote.
    Parens(Box<Expr>),
    /// A predicate and the time behind it.
    Timed(Box<(Expr, Time)>),
    If(Box<Choice>),
    Judged(Box<Judged>),
    Missing(Box<Text>),
    /// `had malignancy with stage in IIIB..IV`
    Exposure(Box<Exposure>),
    /// `onset of X`, as a truth: it happened in the time behind it.
    Onset(Box<Name>),
    StableDose(Box<StableDose>),
    Sum(Box<Sum>),
    Quantity(Box<Quantity>),
    Value(Box<ValueRef>),
    /// `any of { … }`, `at least 2 of set except x`
    Quantified(Box<(Quantifier, Collection)>),
    /// `highest X` over time.
    Picked(Pick, Box<Expr>),
    Repeated(Box<Repeated>),
    Dose(Box<Dose>),
    Change(Box<Change>),
    Count(Box<Count>),
    Rate(Box<Rate>),
    TimeBetween(Box<(Moment, Moment)>),
    Compare(Box<Comparison>),
    Within(Box<Within>),
    Is(Box<Is>),
    Moved(Box<Moved>),
    Recorded(Box<Expr>),
    Given(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connective {
    And,
    Or,
}

/// `if a then x else if b then y else z`
#[derive(Clone, Debug)]
pub struct Choice {
    pub branches: Vec<(Expr, Expr)>,
    pub otherwise: Expr,
}

#[derive(Clone, Debug)]
pub struct Judged {
    pub question: JudgedQuestion,
    pub by: Option<Role>,
}

#[derive(Clone, Debug)]
pub enum JudgedQuestion {
    /// The criterion's own prose is the question.
    Prose,
    Text(Text),
    /// A standard question.
    Named(Name),
}

/// Who answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Investigator,
    Participant,
    Site,
    Central,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    Has,
    Had,
    Receiving,
    Received,
    Started,
    Stopped,
}

#[derive(Clone, Debug)]
pub struct Exposure {
    pub verb: Verb,
    pub verb_span: Span,
    pub object: Object,
    pub with: Vec<Attribute>,
    pub due_to: Option<Name>,
    pub lasting: Option<Lasting>,
}

/// What a verb speaks of: `at least 2 of oral { a, b } except c`
#[derive(Clone, Debug)]
pub struct Object {
    pub quantifier: Option<Quantifier>,
    pub route: Option<(Route, Span)>,
    pub collection: Collection,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    Oral,
    Intravenous,
    Subcutaneous,
    Intramuscular,
    Topical,
    Inhaled,
    Intradermal,
    Rectal,
    Sublingual,
    Transdermal,
    Intranasal,
    Ophthalmic,
    Intrathecal,
    Intravitreal,
    Intraarticular,
}

#[derive(Clone, Debug)]
pub struct Attribute {
    pub key: AttributeKey,
    pub test: AttributeTest,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeKey {
    Grade,
    Stage,
    Histology,
    Severity,
    Cause,
}

#[derive(Clone, Debug)]
pub enum AttributeTest {
    Is(Name),
    Compare(Comparator, Name),
    Range(Name, Name),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparator {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Greater,
}

/// `for at least 3 months`
#[derive(Clone, Debug)]
pub struct Lasting {
    pub extreme: Extreme,
    pub quantity: Quantity,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    AtLeast,
    AtMost,
}

#[derive(Clone, Debug)]
pub struct StableDose {
    pub dose: Dose,
    pub dose_span: Span,
    pub limit: Option<Bound>,
    pub lasting: Option<Lasting>,
}

/// What a stable dose is held against.
#[derive(Clone, Debug)]
pub enum Bound {
    Compare(Comparator, Expr),
    Range(Range),
}

/// Operands and signs as written; precedence is worked out by whoever reads it.
#[derive(Clone, Debug)]
pub struct Sum {
    pub left: Expr,
    pub sign: Sign,
    pub sign_span: Span,
    pub right: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
    Times,
    Over,
    Power,
}

/// A name used as a value: `set except mmt8`, `CK per ULN`, `creatinine as mg/dL`
#[derive(Clone, Debug)]
pub struct ValueRef {
    pub name: Name,
    pub except: Option<Except>,
    pub per_limit: Option<(NormalLimit, Span)>,
    pub in_unit: Option<UnitText>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormalLimit {
    Upper,
    Lower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
    None,
    AtLeast(Integer),
    AtMost(Integer),
    Exactly(Integer),
    Highest,
    Lowest,
    Sum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Highest,
    Lowest,
    First,
    Last,
}

/// `mean of 3 SBP`, `each of 2 SBP at least 15 minutes apart`
#[derive(Clone, Debug)]
pub struct Repeated {
    pub each: bool,
    pub count: Integer,
    pub value: ValueRef,
    pub value_span: Span,
    pub apart: Option<Quantity>,
}

/// `dose of oral glucocorticoid as prednisone`, `total dose of radiotherapy`
#[derive(Clone, Debug)]
pub struct Dose {
    pub total: bool,
    pub route: Option<(Route, Span)>,
    pub collection: Collection,
    pub equivalent: Option<Name>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub relative: bool,
    pub value: ValueRef,
    pub value_span: Span,
}

/// `count of hospitalization`, `lines of chemotherapy`
#[derive(Clone, Debug)]
pub struct Count {
    pub lines: bool,
    pub object: Object,
    pub with: Vec<Attribute>,
    pub due_to: Option<Name>,
}

/// `rate of exacerbation per 1 year`
#[derive(Clone, Debug)]
pub struct Rate {
    pub object: Object,
    pub with: Vec<Attribute>,
    pub due_to: Option<Name>,
    pub per: Quantity,
}

/// A name or a list, and what is taken out of it.
#[derive(Clone, Debug)]
pub struct Collection {
    pub of: CollectionOf,
    pub except: Option<Except>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum CollectionOf {
    Name(Name),
    Items(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub struct Except {
    pub exempt: Vec<Exempt>,
    pub span: Span,
}

/// One thing taken out: a member, a member with attributes, or whatever has the attributes; with its own time.
#[derive(Clone, Debug)]
pub struct Exempt {
    pub name: Option<Name>,
    pub with: Vec<Attribute>,
    pub due_to: Option<Name>,
    pub time: Option<Time>,
    pub span: Span,
}

/// An entry of a list, with a head where the author gave it one.
#[derive(Clone, Debug)]
pub struct Entry {
    pub head: Option<Box<Head>>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Comparison {
    pub left: Expr,
    pub comparator: Comparator,
    pub comparator_span: Span,
    pub right: Expr,
    pub limits: Option<Limits>,
}

/// The limits in force under a condition: `(5 ULN if has liver_metastasis)`
#[derive(Clone, Debug)]
pub struct Limits {
    pub limits: Vec<Limit>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Limit {
    pub value: LimitValue,
    pub condition: Expr,
}

#[derive(Clone, Debug)]
pub enum LimitValue {
    Value(Expr),
    Range(Range),
}

#[derive(Clone, Debug)]
pub struct Within {
    pub left: Expr,
    pub range: WithinRange,
    pub range_span: Span,
    pub limits: Option<Limits>,
}

#[derive(Clone, Debug)]
pub enum WithinRange {
    Numbers(Range),
    Coded(Name, Name),
}

#[derive(Clone, Debug)]
pub struct Is {
    pub left: Expr,
    pub negated: bool,
    pub values: Vec<Name>,
}

#[derive(Clone, Debug)]
pub struct Moved {
    pub left: Expr,
    pub movement: Movement,
    pub comparator: Comparator,
    pub by: Quantity,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Movement {
    Improved,
    Worsened,
    Rose,
    Fell,
}

impl Comparator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }
}

impl Route {
    /// Every route with its word.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Oral, "oral"),
        (Self::Intravenous, "intravenous"),
        (Self::Subcutaneous, "subcutaneous"),
        (Self::Intramuscular, "intramuscular"),
        (Self::Topical, "topical"),
        (Self::Inhaled, "inhaled"),
        (Self::Intradermal, "intradermal"),
        (Self::Rectal, "rectal"),
        (Self::Sublingual, "sublingual"),
        (Self::Transdermal, "transdermal"),
        (Self::Intranasal, "intranasal"),
        (Self::Ophthalmic, "ophthalmic"),
        (Self::Intrathecal, "intrathecal"),
        (Self::Intravitreal, "intravitreal"),
        (Self::Intraarticular, "intraarticular"),
    ];

    #[must_use]
    pub fn word(self) -> EcoString {
        Self::ALL.iter().find(|(route, _)| *route == self).map_or("", |(_, word)| *word).into()
    }
}

impl Verb {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Has => "has",
            Self::Had => "had",
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Started => "started",
            Self::Stopped => "stopped",
        }
    }
}
