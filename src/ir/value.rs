//! Values: numbers with units, coded results, doses, counts, lengths of time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::truth::AttributeTest;
use super::{ConceptId, DefinitionId, Duration, EventClass, Moment, Part, Quantity, Route, SetId, Truth, Word};
use crate::span::Span;
use crate::units::Unit;

/// A value, and where it was written.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Value {
    pub kind: ValueKind,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    Quantity(Quantity),
    /// An amount a day, by weight or surface where the unit says so.
    DoseQuantity(super::treatment::Dose),
    /// A coded result of a scale or test.
    Word {
        of: ConceptId,
        word: Word,
    },
    /// The result of a lab, test, scale or score: the latest at or before the anchor, unless `pick` says otherwise.
    Result {
        of: ConceptId,
        pick: Pick,
    },
    /// The age in completed years (or months, weeks, days where it is compared with those).
    Age,
    Defined {
        definition: DefinitionId,
        pick: Pick,
    },
    /// A result divided by its own upper (or lower) limit of normal.
    PerUpperLimit {
        of: ConceptId,
        pick: Pick,
    },
    PerLowerLimit {
        of: ConceptId,
        pick: Pick,
    },
    /// The mean of the last so many results; `apart` is the least time between two of them.
    MeanOf {
        count: u32,
        of: Box<Value>,
        apart: Option<Duration>,
    },
    /// What is asked must hold for each of the last so many results.
    EachOf {
        count: u32,
        of: Box<Value>,
        apart: Option<Duration>,
    },
    Arithmetic {
        operator: Operator,
        left: Box<Value>,
        right: Box<Value>,
    },
    /// The first branch whose condition is met; unknown where a condition before it is unknown.
    If {
        branches: Vec<(Truth, Value)>,
        otherwise: Box<Value>,
    },
    /// The same value in another unit, through the molar mass of its substance where need be.
    In {
        value: Box<Value>,
        unit: Unit,
    },
    HighestOf(ListOf),
    LowestOf(ListOf),
    SumOf(ListOf),
    /// The amount a day, over all courses that cover it.
    DailyDose {
        of: Vec<EventClass>,
        route: Option<Route>,
        /// In doses equal to this drug's.
        equivalent_to: Option<ConceptId>,
        pick: Pick,
    },
    /// All that was given, in the window or ever.
    TotalDose {
        of: Vec<EventClass>,
        route: Option<Route>,
        equivalent_to: Option<ConceptId>,
    },
    /// The value now less the one at baseline; divided by that one where `relative`, in per cent.
    Change {
        of: Box<Value>,
        relative: bool,
    },
    CountOf {
        of: Box<Events>,
    },
    /// How many lines of treatment.
    LinesOf {
        of: Box<Events>,
    },
    /// Events per length of time.
    RateOf {
        of: Box<Events>,
        per: Duration,
    },
    /// From one moment to another; open where the second has not come.
    TimeBetween {
        from: Moment,
        to: Moment,
    },
}

/// Where a value comes from, for those who show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A result, as it is recorded.
    Read,
    /// What a name stands for.
    Named,
    /// Worked out from several facts, of which none shows it.
    WorkedOut,
    /// From one value or day to another.
    Difference,
    /// Made of other values, or written in the protocol.
    Formula,
}

impl ValueKind {
    #[must_use]
    pub fn basis(&self) -> Basis {
        match self {
            Self::Result { .. } | Self::PerUpperLimit { .. } | Self::PerLowerLimit { .. } => Basis::Read,
            Self::Defined { .. } => Basis::Named,
            Self::MeanOf { .. }
            | Self::DailyDose { .. }
            | Self::TotalDose { .. }
            | Self::CountOf { .. }
            | Self::LinesOf { .. }
            | Self::RateOf { .. } => Basis::WorkedOut,
            Self::Change { .. } | Self::TimeBetween { .. } => Basis::Difference,
            Self::Quantity(_)
            | Self::DoseQuantity(_)
            | Self::Word { .. }
            | Self::Age
            | Self::EachOf { .. }
            | Self::Arithmetic { .. }
            | Self::If { .. }
            | Self::In { .. }
            | Self::HighestOf(_)
            | Self::LowestOf(_)
            | Self::SumOf(_) => Basis::Formula,
        }
    }
}

/// Which result in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    Latest,
    First,
    /// Against the limit of normal: by the ratio to each result's own limit.
    Highest,
    Lowest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Operator {
    #[serde(rename = "+")]
    Plus,
    #[serde(rename = "-")]
    Minus,
    #[serde(rename = "*")]
    Times,
    #[serde(rename = "/")]
    Over,
    #[serde(rename = "^")]
    Power,
}

/// A list of values, written out or by the name of a set.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListOf {
    Values(Vec<Part<Value>>),
    Set { set: SetId, except: Vec<Word> },
}

/// Events to be counted.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Events {
    pub events: Vec<EventClass>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<AttributeTest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_to: Option<ConceptId>,
}

/// Two of them are the same wherever they were written.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}
