//! The chart: what a site knows of one patient, as JSON.
//!
//! One chart is one JSON object; a file of many holds one a line. `trialc schema chart` prints its JSON Schema. A chart says
//! what was recorded and nothing else: what it does not hold is unknown, unless [`Chart::complete`] declares that kind of
//! record complete or an entry is marked `absent`. Dates are `2026`, `2026-03`, `2026-03-01` or `2026-03-01T09:30`, and
//! `2026-03-01/2026-03-05` or `../2026-03-05` for some time between two of them; numbers keep their digits.

mod digits;
pub mod lent;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use digits::Digits;

/// One patient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a patient: an object with an `id`")]
pub struct Chart {
    /// What the patient is called in every report.
    pub id: String,
    /// `female` or `male`, at birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// The date of birth, as far as it is known. Where only an age was recorded, give it as an observation of `age`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<String>,
    /// The day on which the record was drawn: nothing later is in it. Without it, the day of screening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The arm that the patient was allocated to, by its name in the protocol: for outcomes by arm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// The dates of the trial's events (`screening`, `consent`, `first_dose` …) and visits that have taken place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub anchors: BTreeMap<String, String>,
    /// The dates for which those that lie ahead are planned.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub planned: BTreeMap<String, String>,
    /// Results of laboratory tests, other tests, scales and scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<Observation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Occurrence>,
    /// Drugs; vaccines too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<Occurrence>,
    /// Treatment that is no drug.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<Occurrence>,
    /// Everything else that happened: stays in hospital, falls, progression.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Occurrence>,
    /// Answers to questions: by the name of the criterion, entry or standard question, or by the question's own words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judged: BTreeMap<String, bool>,
    /// Which kinds of record hold everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complete: Vec<Complete>,
}

/// What a fact is of: a name of the protocol or its libraries, or a code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Of {
    Name(String),
    Codes(Vec<Code>),
}

/// A code of a system that the library knows: `loinc`, `rxnorm`, `atc`, `icd10`, `snomed`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    pub system: System,
    pub code: String,
}

/// A system of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum System {
    Loinc,
    Rxnorm,
    Atc,
    Icd10,
    Snomed,
}

impl System {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Loinc => "loinc",
            Self::Rxnorm => "rxnorm",
            Self::Atc => "atc",
            Self::Icd10 => "icd10",
            Self::Snomed => "snomed",
        }
    }
}

/// A result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    pub of: Of,
    /// The number, or the word of a test or scale. A number may be given as a string, to keep every digit.
    pub value: Digits,
    /// `<` or `>` (`<=`, `>=`) for a result below or above what can be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparator: Option<String>,
    /// A UCUM code or a usual spelling of one. A measure with a unit needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The limits of normal printed with the result, in its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_limit: Option<Digits>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper_limit: Option<Digits>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Where it comes from, for the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A condition, a course of a drug, a procedure, an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    pub of: Of,
    /// The record says that there was none: from `start` to `end`, where they are given; ever, up to `end` or the day of the
    /// record, otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    pub absent: bool,
    /// For what happened on one day (a procedure, a single dose), instead of `start` and `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// It still lasts on this day. Without `end` and without this, what comes after its start is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ongoing: Option<Ongoing>,
    /// CTCAE grade, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histology: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// What brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Of>,
    /// What it was given, done or admitted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Of>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// How much: of each dose, or an amount a day where the unit says so (`mg/d`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<Amount>,
    /// How often the dose is given; without it, a dose whose unit is not per time was a single one where `date` is given,
    /// and its daily amount is unknown otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Occurrence {
    /// A fact of which nothing is known yet but what it is.
    #[must_use]
    pub fn of(of: Of) -> Self {
        Self {
            of,
            absent: false,
            date: None,
            start: None,
            end: None,
            ongoing: None,
            grade: None,
            stage: None,
            histology: None,
            severity: None,
            cause: None,
            reason: None,
            route: None,
            dose: None,
            frequency: None,
            source: None,
        }
    }
}

/// Whether something still lasts: `true` for the day of the record, or a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ongoing {
    Now(bool),
    On(String),
}

/// An amount of a drug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    pub value: Digits,
    /// `mg`, `mg/d`, `mg/kg/d`, `mg/m2`.
    pub unit: String,
}

/// How often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// So many times a day.
    TimesDaily(u32),
    /// Once every so many days.
    EveryDays(u32),
    AsNeeded,
}

/// Kinds of record that hold everything of a time: of all time up to the day of the record where no dates are given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    pub records: Vec<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Conditions,
    Medications,
    Immunizations,
    Procedures,
    Encounters,
    Allergies,
    Results,
    Events,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Conditions,
        Self::Medications,
        Self::Immunizations,
        Self::Procedures,
        Self::Encounters,
        Self::Allergies,
        Self::Results,
        Self::Events,
    ];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Conditions => "conditions",
            Self::Medications => "medications",
            Self::Immunizations => "immunizations",
            Self::Procedures => "procedures",
            Self::Encounters => "encounters",
            Self::Allergies => "allergies",
            Self::Results => "results",
            Self::Events => "events",
        }
    }
}

/// The JSON Schema of a chart, made from the types.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Chart).to_value()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that `skip_serializing_if` asks for")]
fn is_false(truth: &bool) -> bool {
    !*truth
}
