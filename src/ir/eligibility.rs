//! Criteria, cohorts, populations, and rules over a period.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Anchor, CohortId, CriterionId, Duration, PopulationId, RestrictionId, Truth, Window};
use crate::span::Span;

/// A block of criteria with its anchor.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    pub anchor: Anchor,
    /// How old a result may be where its sentence has no window; without it, of any age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_back: Option<Duration>,
    pub criteria: Vec<Criterion>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    Include,
    Exclude,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub name: CriterionId,
    pub polarity: Polarity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    /// A window or another anchor for the whole of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Not applicable to patients of other cohorts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<CohortId>,
    /// Not applicable where this is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Truth>,
    pub body: Truth,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
    #[serde(skip)]
    #[schemars(skip)]
    pub name_span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestrictionKind {
    Require,
    Forbid,
    /// Never a criterion.
    Permit,
}

/// A rule over a period: screened up to the anchor, monitored after it.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    pub name: RestrictionId,
    pub kind: RestrictionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<CohortId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Truth>,
    pub body: Truth,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

/// A part of the participants with criteria of its own.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    pub name: CohortId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    pub body: Truth,
}

/// Whom an outcome or an estimand is about.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Population {
    pub name: PopulationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    pub body: Truth,
}
