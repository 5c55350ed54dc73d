//! How a site's columns, words and codes are called in the protocol: a small TOML file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::OpenError;
use super::columns::nearest;
use crate::chart::lent::{self, Lent};
use crate::chart::{Chart, Code, Complete, Kind, Observation, Occurrence, Of, System};
use crate::ir::{ConceptId, Trial};
use crate::library;

/// The word for what the protocol does not speak of.
const NOTHING: &str = "none";

/// The mapping file. All of it may be left out: columns are then told by their names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    pub layout: Option<Layout>,
    /// Between the cells of CSV; told from the header without it.
    pub delimiter: Option<char>,
    /// Cells that say nothing, beside the empty one: `NA`, `.`.
    pub missing: Vec<String>,
    /// How dates are written, where not as `2026-03-01`: `DD/MM/YYYY`.
    pub dates: Option<String>,
    /// Answers, beside `yes`, `true`, `1`, `y` and `no`, `false`, `0`, `n`.
    pub yes: Vec<String>,
    pub no: Vec<String>,
    /// Columns of the patient.
    pub id: Option<String>,
    pub sex: Option<String>,
    pub birth: Option<String>,
    pub age: Option<String>,
    pub as_of: Option<String>,
    /// The arm that the patient was allocated to.
    pub arm: Option<String>,
    /// Kinds of record that are complete for every patient, and a column that names some for each.
    pub complete: Vec<Kind>,
    pub complete_column: Option<String>,
    /// Columns that are known to be of no use.
    pub ignore: Vec<String>,
    /// Columns of dates by event or visit.
    pub anchors: BTreeMap<String, String>,
    pub planned: BTreeMap<String, String>,
    /// Columns of answers by criterion or question.
    pub judged: BTreeMap<String, String>,
    /// Measures, conditions, drugs, procedures and events by their names.
    pub facts: BTreeMap<String, Facts>,
    /// What the cells of a fact, or of `sex`, stand for.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Columns of a long table by what they hold.
    pub long: BTreeMap<String, String>,
    /// Words in the column `kind` of a long table.
    pub kinds: BTreeMap<String, String>,
    /// Names for codes, `"snomed:444814009"`, and for other names; `none` for what the protocol does not speak of.
    pub codes: BTreeMap<String, String>,
    pub names: BTreeMap<String, String>,
}

/// How a table lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A row a patient.
    Wide,
    /// A row a fact.
    Long,
}

/// The columns of one name: once, or several times for several results.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Facts {
    One(Box<Fact>),
    Many(Vec<Fact>),
}

/// The columns of one fact. What has no column is fixed for all patients, or not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fact {
    /// The result, or yes and no.
    pub column: Option<String>,
    pub unit: Option<String>,
    pub unit_column: Option<String>,
    pub comparator_column: Option<String>,
    pub lower_limit_column: Option<String>,
    pub upper_limit_column: Option<String>,
    pub date_column: Option<String>,
    /// The event of which it has the date, where it has none of its own.
    pub at: Option<String>,
    pub means: Option<Means>,
    pub start_column: Option<String>,
    pub end_column: Option<String>,
    pub ongoing_column: Option<String>,
    pub grade_column: Option<String>,
    pub stage_column: Option<String>,
    pub histology_column: Option<String>,
    pub severity_column: Option<String>,
    pub cause_column: Option<String>,
    pub reason_column: Option<String>,
    pub route: Option<String>,
    pub route_column: Option<String>,
    pub dose_column: Option<String>,
    pub dose_unit: Option<String>,
    pub dose_unit_column: Option<String>,
    pub times_daily: Option<u32>,
}

/// What "yes" without dates says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// It lasts on the day of the anchor.
    Has,
    /// It was at some time up to that day, and may or may not last.
    Had,
}

impl Facts {
    pub(super) fn all(&self) -> &[Fact] {
        match self {
            Self::One(fact) => std::slice::from_ref(fact),
            Self::Many(facts) => facts,
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut mapping: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        mapping.names = mapping.names.into_iter().map(|(name, to)| (plain(&name), to)).collect();
        Ok(mapping)
    }

    /// Whether each name that it gives is one.
    pub(super) fn check(&self, trial: &Trial) -> Result<(), OpenError> {
        let known = |name: &str| trial.concepts.contains_key(name) || library::modules_with(name).next().is_some();
        let targets = self.codes.values().chain(self.names.values()).filter(|name| *name != NOTHING);
        for name in targets.chain(self.facts.keys()) {
            if !known(name) {
                let near = nearest(name, trial.concepts.keys().map(ConceptId::as_str));
                let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
                let why = format!("neither the protocol nor a library has `{name}`{near}");
                return Err(OpenError { file: "the mapping".to_owned(), why });
            }
        }
        if let Some(code) = self.codes.keys().find(|code| !code.contains([':', '|'])) {
            let why = format!("`{code}` is no code such as \"snomed:444814009\"");
            return Err(OpenError { file: "the mapping".to_owned(), why });
        }
        Ok(())
    }

    /// Whether anything has another name than it has in the chart.
    pub(crate) fn renames(&self) -> bool {
        !self.codes.is_empty() || !self.names.is_empty()
    }

    /// What [`Self::translate`] does where nothing has another name.
    pub(super) fn lend(&self, chart: &mut Lent<'_>) {
        if !self.complete.is_empty() {
            chart.complete.push(lent::Complete { records: self.complete.clone(), from: None, to: None });
        }
    }

    /// Puts the mapping's names in the place of codes and of other names.
    pub(super) fn translate(&self, chart: &mut Chart) {
        if !self.complete.is_empty() {
            chart.complete.push(Complete { records: self.complete.clone(), from: None, to: None });
        }
        if !self.renames() {
            return;
        }
        let keep = |of: &mut Of| match self.meaning(of) {
            Some(name) if name == NOTHING => false,
            Some(name) => {
                *of = Of::Name(name.to_owned());
                true
            }
            None => true,
        };
        chart.observations.retain_mut(|Observation { of, .. }| keep(of));
        for list in [&mut chart.conditions, &mut chart.medications, &mut chart.procedures, &mut chart.events] {
            list.retain_mut(|Occurrence { of, cause, reason, .. }| {
                for of in [cause, reason].into_iter().flatten() {
                    keep(of);
                }
                keep(of)
            });
        }
    }

    fn meaning(&self, of: &Of) -> Option<&str> {
        match of {
            Of::Name(name) => self.name(name),
            Of::Codes(codes) => codes.iter().find_map(|code| self.code(prefix(code.system), &code.code)),
        }
    }

    /// What a text stands for.
    pub(super) fn name(&self, text: &str) -> Option<&str> {
        if self.names.is_empty() {
            return None;
        }
        self.names.get(&plain(text)).map(String::as_str)
    }

    /// What a code of a system stands for, the system by its short name or its address.
    pub(super) fn code(&self, system: &str, code: &str) -> Option<&str> {
        if self.codes.is_empty() {
            return None;
        }
        let found = self.codes.get(&format!("{system}:{code}")).or_else(|| self.codes.get(&format!("{system}|{code}")));
        found.map(String::as_str)
    }
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// As [`Code`] writes its system.
pub(super) fn prefix(system: System) -> &'static str {
    match system {
        System::Loinc => "loinc",
        System::Rxnorm => "rxnorm",
        System::Atc => "atc",
        System::Icd10 => "icd10",
        System::Snomed => "snomed",
    }
}

pub(super) fn system(prefix: &str) -> Option<System> {
    match plain(prefix).replace(['-', '_', ' '], "").as_str() {
        "loinc" => Some(System::Loinc),
        "rxnorm" => Some(System::Rxnorm),
        "atc" => Some(System::Atc),
        "icd10" | "icd10cm" => Some(System::Icd10),
        "snomed" | "snomedct" => Some(System::Snomed),
        _ => None,
    }
}

/// What is said by a name: `none` is nothing.
pub(super) fn named(name: &str) -> Option<Of> {
    (name != NOTHING).then(|| Of::Name(name.to_owned()))
}

pub(super) fn coded(system: System, code: &str) -> Code {
    Code { system, code: code.trim().to_owned() }
}
