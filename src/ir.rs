//! What a protocol means: names resolved, types known, units normalised, defaults explicit.
//!
//! This is the contract of everything behind the checker. Evaluators and emitters take a [`Trial`] alone, and only
//! [`crate::lower`] makes one from a checked source, or [`json::from_json`] from what was written before. Every list
//! stands in the order of the source, every map in the order of its names, every number is exact.
//!
//! Three rules hold for all truths and values. A truth is met, not met or unknown (Kleene's strong logic). History is read
//! at the *anchor* of the block it stands in, and through the *window* that is nearest around it ([`TruthKind::Timed`]);
//! where there is none, results go back as far as the block's `look_back`, and events go back for ever. What the record
//! does not hold is unknown, not absent.

pub mod concept;
pub mod eligibility;
pub mod example;
pub mod ids;
pub mod json;
pub mod number;
pub mod schedule;
pub mod time;
pub mod treatment;
pub mod truth;
pub mod value;
pub mod walk;
pub mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use concept::{Attributes, Better, Codes, Concept, ConceptKind, EquivalentDoses, Role, Route};
pub use eligibility::{Cohort, Criterion, Eligibility, Polarity, Population, Restriction, RestrictionKind};
pub use example::{Example, Expectation, Fact, FactValue, State, Verdict};
pub use ids::{
    ArmId, BackgroundId, CohortId, ConceptId, CriterionId, DefinitionId, EpochId, EstimandId, OutcomeId, PhaseId,
    PopulationId, RegimenId, RestrictionId, SetId, VisitId, Word,
};
pub use number::{Exact, Quantity, Range};
pub use schedule::{
    Assessment, Collection, Estimand, Intercurrent, Outcome, Rank, StandIn, Strategy, Visit, VisitTime,
};
pub use time::{Anchor, Duration, Moment, PlannedAnchor, Reach, Side, TimeUnit, Whichever, Window};
pub use treatment::{
    Amount, Arm, ArmRole, Background, Body, Cap, Dose, Dosing, Epoch, Extent, Regimen, Rule, RuleEffect, Schedule,
    Stage, Titration, Treatment,
};
pub use truth::{Ask, Comparator, Counting, EventClass, Exemption, Movement, Operands, Part, Truth, TruthKind, Verb};
pub use value::{Operator, Pick, Value, ValueKind};

/// The version of this format. It changes when a reader of the old one could misread the new one.
pub const FORMAT: &str = "trialc-ir/1";

/// A whole protocol after checking, self-contained.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The version of this format, `trialc-ir/1`.
    pub format: String,
    /// The protocol's name, as its author wrote it.
    pub name: Word,
    /// Its title.
    pub title: String,
    pub header: Header,
    /// Everything the protocol speaks of and what that rests on: labs, tests, scales, scores, conditions, drugs, procedures,
    /// events and questions, with the members of every class.
    pub concepts: BTreeMap<ConceptId, Concept>,
    /// Doses of equal effect, by class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equivalents: Vec<EquivalentDoses>,
    /// Named truths and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<DefinitionId, Definition>,
    /// Named lists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sets: BTreeMap<SetId, Set>,
    /// Where anchors that have not happened yet are expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<PlannedAnchor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<Cohort>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub populations: Vec<Population>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eligibility: Vec<Eligibility>,
    /// Rules over a period: screened up to their anchor, monitored after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<Restriction>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub epochs: Vec<Epoch>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regimens: Vec<Regimen>,
    /// Treatment that every arm gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backgrounds: Vec<Background>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<Arm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<Visit>,
    /// What is measured when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<Collection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub estimands: Vec<Estimand>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
    /// What the protocol does not say yet, in its author's words. While there is any, nobody is called eligible by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// The typed header: the fields of a registry record.
#[derive(Clone, Debug, Default, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Text fields by their key: `sponsor`, `identifiers`, `countries` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, Vec<String>>,
    /// Fields with a word of a closed list by their key: `phase`, `status`, `purpose`, `allocation`, `model`, `masking`, `sex` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, Word>,
    /// The ratio of a randomized allocation, in the order of the arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratio: Vec<u32>,
    /// `enrollment` and `sites`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, Count>,
    /// Dates of the trial and the record by their key: `starts`, `completes` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<String, StatedDate>,
    /// The conditions under study.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConceptId>,
    /// The event whose day is study day 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_1: Option<ConceptId>,
    /// What randomization is stratified by: tests, scales, scores and definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stratified_by: Vec<Stratum>,
    /// The age that the header asks for: an inclusion criterion of its own, named `age`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Truth>,
    /// The registry's minimum and maximum age, where the header's sentence has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_age: Option<Quantity>,
}

/// What divides the participants before randomization.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stratum {
    Cohort(CohortId),
    Definition(DefinitionId),
    Measure(ConceptId),
}

/// A count, and whether it has happened.
#[derive(Clone, Copy, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    pub count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
}

/// A date as far as it is known (`2021`, `2021-02`, `2021-02-01`), and whether it has come.
#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatedDate {
    pub date: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
}

/// Whether a header's figure is planned or has happened.
#[derive(Clone, Copy, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    Estimated,
    Actual,
}

/// A named truth or value.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Which direction is better, where it is a measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// Where its formula or rule comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub body: DefinitionBody,
}

/// What a definition stands for.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefinitionBody {
    Truth(Truth),
    Value(Value),
}

/// A named list of truths, values or events.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub members: Members,
}

/// The members of a set, all of one sort.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Members {
    Truths(Vec<Part<Truth>>),
    Values(Vec<Part<Value>>),
    Events(Vec<EventClass>),
}
