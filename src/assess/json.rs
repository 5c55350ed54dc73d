//! Findings and figures as JSON; `trialc schema assess` describes them.

use schemars::JsonSchema;
use serde::Serialize;

use super::row::Row;
use super::summary::Figures;
use super::{Asked, rank_word};

/// All of a run. A run over many participants writes it piece by piece.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AssessJson<'f> {
    /// The name of the protocol.
    pub protocol: &'f str,
    pub version: &'f str,
    /// SHA-256 of the compiled protocol.
    pub hash: &'f str,
    /// How missing facts were read.
    pub policy: &'f str,
    /// The level of the intervals: 0.95.
    pub level: f64,
    pub participants: Vec<Row<'f>>,
    pub summary: Vec<OutcomeJson<'f>>,
}

/// The figures of one outcome.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OutcomeJson<'f> {
    pub outcome: &'f str,
    pub rank: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimand: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<&'f str>,
    /// Of the numbers.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub unit: &'f str,
    pub arms: Vec<Figures>,
}

impl<'f> OutcomeJson<'f> {
    #[must_use]
    pub fn new(asked: &'f Asked<'_>, arms: Vec<Figures>, unit: &'f str) -> Self {
        Self {
            outcome: asked.outcome.name.as_str(),
            rank: rank_word(asked.outcome.rank),
            estimand: asked.estimand.map(|estimand| estimand.name.as_str()),
            population: asked.population.map(|population| population.name.as_str()),
            unit,
            arms,
        }
    }
}

/// The JSON Schema of a run.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(AssessJson<'_>).to_value()
}
