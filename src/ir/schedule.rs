//! Visits, what they collect, outcomes and estimands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ArmId, DefinitionBody, Duration, EstimandId, Moment, OutcomeId, PopulationId, Range, Role, Truth, Value, VisitId,
    Window, Word,
};
use crate::span::Span;

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    pub name: VisitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    pub time: VisitTime,
    /// How far from the planned day it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Range>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisitTime {
    At(Moment),
    /// Any day from one moment to another.
    Span {
        from: Moment,
        to: Moment,
    },
    Every {
        step: Duration,
        from: Moment,
        to: Moment,
    },
}

/// Which measures are taken at which visits.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    pub measures: Vec<Value>,
    pub visits: Vec<VisitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Truth>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    Primary,
    Secondary,
    Exploratory,
    Other,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub name: OutcomeId,
    pub rank: Rank,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    /// The moment or the window it is measured at; the reference of a change is the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessed_by: Option<Role>,
    /// How long it must hold to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_for: Option<Duration>,
    pub assessment: Assessment,
    /// A truth is a response, a value a measurement.
    pub body: DefinitionBody,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
    #[serde(skip)]
    #[schemars(skip)]
    pub name_span: Span,
}

/// What sort of result an outcome has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assessment {
    /// Met or not met.
    Response,
    /// A number with a unit.
    Measurement,
    Change,
    /// A word of a scale.
    OrderedCategory,
    /// A word of a test.
    Category,
    Count,
    Rate,
    TimeToEvent,
}

/// ICH E9(R1): what is to be estimated.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimand {
    pub name: EstimandId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    /// The variable.
    pub outcome: OutcomeId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationId>,
    /// The treatments compared, the first against the second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<(ArmId, ArmId)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Word>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intercurrent: Vec<Intercurrent>,
    /// What stands in for a result that is missing; without it nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<StandIn>,
}

/// What is done about a result that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StandIn {
    /// It counts as no response.
    NonResponse,
    /// The last value after baseline is carried forward.
    LastValue,
    /// The participant is left out, as without a rule; said on purpose.
    LeftOut,
}

/// An event after the start of treatment that bears on what is measured, and how it is dealt with.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intercurrent {
    pub name: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Truth>,
    pub event: Truth,
    pub strategy: Strategy,
}

/// The five strategies of ICH E9(R1), section A.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    TreatmentPolicy,
    Hypothetical,
    Composite,
    WhileOnTreatment,
    PrincipalStratum,
}
