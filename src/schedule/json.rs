//! Calendars as JSON: one whole, or a dose a line for many participants.

use schemars::JsonSchema;
use serde::Serialize;

use super::days::{End, Sheet};
use super::given::{Adherence, Unplanned};
use super::plan::Plan;
use super::row::{Row, date};

/// The version of this form.
pub const FORMAT: &str = "trialc-schedule/1";

/// The calendar of one participant.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScheduleJson {
    /// `trialc-schedule/1`.
    pub format: &'static str,
    pub protocol: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub participant: String,
    pub arm: String,
    /// The date of study day 1.
    pub start: String,
    pub epochs: Vec<EpochJson>,
    pub doses: Vec<Row>,
    /// The last day that the participant's record speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Doses of the record that nobody planned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unplanned: Vec<Unplanned>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adherence: Vec<Adherence>,
    /// What there is to know of the calendar as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// When an epoch is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EpochJson {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// `exact`, `at_most` (may end before), `open` (has no longest length, shown so far), `unknown` (no day is known).
    pub end: &'static str,
}

impl ScheduleJson {
    #[must_use]
    pub fn new(plan: &Plan<'_>, sheet: &Sheet<'_>, participant: &str, doses: Vec<Row>, notes: Vec<String>) -> Self {
        let version = plan.trial.header.texts.get("version").and_then(|texts| texts.first());
        let epochs = sheet.periods.iter().map(|period| EpochJson {
            name: period.epoch.name.to_string(),
            from: period.days.map(|(first, _)| date(first)),
            to: period.days.map(|(_, last)| date(last)),
            end: match period.end {
                End::Exact => "exact",
                End::AtMost => "at_most",
                End::Open => "open",
                End::Nowhere => "unknown",
            },
        });
        Self {
            format: FORMAT,
            protocol: plan.trial.name.to_string(),
            version: version.cloned().unwrap_or_default(),
            participant: participant.to_owned(),
            arm: plan.arm.name.to_string(),
            start: date(sheet.start),
            epochs: epochs.collect(),
            doses,
            as_of: None,
            unplanned: Vec::new(),
            adherence: Vec::new(),
            notes,
        }
    }
}

/// The JSON Schema, made from the types.
#[must_use]
pub fn schema() -> serde_json::Value {
    // Of what is written: what is empty is left out.
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<ScheduleJson>().to_value()
}
