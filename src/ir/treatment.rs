//! Epochs, regimens, arms, doses and the rules that change them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ArmId, BackgroundId, CohortId, ConceptId, Duration, EpochId, Exact, PhaseId, Quantity, RegimenId, Role, Route,
    Truth, Word,
};
use crate::span::Span;
use crate::units::Unit;

/// A period of the trial, in the order written.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    pub name: EpochId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Truth>,
    /// `none`, `single`, `double`, `triple` or `quadruple`; the header's where the epoch does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masking: Option<Word>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

/// A length of time, exact or at most.
#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    pub at_most: bool,
    pub duration: Duration,
}

/// Treatment with a name, given by several arms.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regimen {
    pub name: RegimenId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    pub dosings: Vec<Dosing>,
}

/// Treatment that every arm gets.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Background {
    pub name: BackgroundId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    pub stages: Vec<Stage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArmRole {
    Experimental,
    ActiveComparator,
    PlaceboComparator,
    ShamComparator,
    NoIntervention,
    Other,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    pub name: ArmId,
    pub role: ArmRole,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<CohortId>,
    pub stages: Vec<Stage>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

/// What is given in which epochs, in a row: its days count from the start of the first of them.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub epochs: Vec<EpochId>,
    pub dosings: Vec<Dosing>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dosing {
    Give(Box<Treatment>),
    /// The treating doctor chooses one.
    OneOf(Vec<Treatment>),
    Regimen(RegimenId),
    /// The same days again in each cycle.
    Cycle {
        length: Duration,
        extent: Option<Extent>,
        dosings: Vec<Dosing>,
    },
    /// Phases follow one another in the order written.
    Phase {
        name: PhaseId,
        prose: Option<String>,
        extent: Option<Extent>,
        dosings: Vec<Dosing>,
    },
    Rule(Box<Rule>),
}

/// A drug or procedure as it is given.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    pub what: ConceptId,
    /// Whether it is a placebo made to look like `what`.
    pub placebo: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub titration: Option<Titration>,
    /// Dose levels below the first one, from high to low.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Dose>,
    /// How long one dose takes to be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Duration>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

/// How much.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    Fixed {
        dose: Dose,
        /// In doses equal to this drug's.
        equivalent_to: Option<ConceptId>,
    },
    Range {
        low: Dose,
        high: Dose,
        equivalent_to: Option<ConceptId>,
    },
    /// A person decides.
    Judged {
        question: Option<String>,
        by: Option<Role>,
    },
    /// Not said yet.
    Missing(String),
}

/// An amount of a drug: `20 mg`, `1 mg/kg/d`, `175 mg/m2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dose {
    pub value: Exact,
    pub unit: Unit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_body: Option<Body>,
    /// The length of time that the amount is for; a single dose has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_time: Option<Unit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Per kilogram of body weight.
    Weight,
    /// Per square metre of body surface.
    Surface,
}

/// When. Days are counted from the start of the stage, phase or cycle, beginning with 1.
#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    Once,
    Daily {
        times: u32,
    },
    Every(Duration),
    OnDays {
        days: Vec<(u32, u32)>,
        of_every: Option<Duration>,
        /// So many doses on each of these days; one, where it is not said.
        #[serde(default = "once", skip_serializing_if = "is_once")]
        times: u32,
    },
    AsNeeded,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that `skip_serializing_if` asks for")]
fn is_once(times: &u32) -> bool {
    *times == 1
}

/// A cap on one dose, on a day's amount (with `per_time`), or on all doses together.
#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    pub dose: Dose,
    pub total: bool,
}

#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    pub to: Quantity,
    pub direction: RoundingDirection,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundingDirection {
    Nearest,
    Up,
    Down,
}

/// A step up or down every so often.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Titration {
    pub up: bool,
    pub step: Dose,
    pub every: Duration,
    pub to: Dose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Truth>,
}

/// A rule that changes a treatment under way.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub drug: ConceptId,
    pub when: Truth,
    pub effect: RuleEffect,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleEffect {
    Hold { until: Option<Truth> },
    Stop,
    ReduceByLevels(u32),
    ReduceByPercent(Exact),
    ReduceBy(Dose),
    ReduceTo(Dose),
    AdjustTo(Amount),
}

impl std::fmt::Display for Dose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.value, self.unit)?;
        match self.per_body {
            Some(Body::Weight) => f.write_str("/kg")?,
            Some(Body::Surface) => f.write_str("/m2")?,
            None => {}
        }
        match &self.per_time {
            Some(time) => write!(f, "/{time}"),
            None => Ok(()),
        }
    }
}
