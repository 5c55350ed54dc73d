//! The schedule of activities as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::kept::Kept;
use super::{Activities, Planned};
use crate::schedule::row::date;

/// The version of this form.
pub const FORMAT: &str = "trialc-visits/1";

/// The visits of a protocol, or of a participant.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VisitsJson {
    /// `trialc-visits/1`.
    pub format: &'static str,
    pub protocol: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub participant: String,
    /// The date of study day 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    pub visits: Vec<VisitJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One visit; of a repeated one, one of its times.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VisitJson {
    pub visit: String,
    /// Which time of a repeated one, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    /// The first and the last planned study day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study_days: Option<(i64, i64)>,
    /// The first and the last study day of its window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<(i64, i64)>,
    /// The dates of the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_dates: Option<(String, String)>,
    /// What it is counted from, where no plan dates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_from: Option<String>,
    pub collects: Vec<CollectJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// One thing that is collected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CollectJson {
    pub measure: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

impl VisitsJson {
    /// With the dates of a start, where there is one.
    #[must_use]
    pub fn new(activities: &Activities<'_>, start: Option<i64>, participant: &str, kept: Option<&[Kept]>) -> Self {
        let visits = activities.columns.iter().enumerate().map(|(at, column)| {
            let pair = |a: i64, b: i64| (activities.study_day(a), activities.study_day(b));
            let dates = |a: i64, b: i64| start.map(|_| (date(a), date(b)));
            let (study_days, window, dated, window_dates, counted_from) = match &column.when {
                Planned::Days { first, last, from, to } => {
                    (Some(pair(*first, *last)), Some(pair(*from, *to)), dates(*first, *last), dates(*from, *to), None)
                }
                Planned::From(what) => (None, None, None, None, Some(what.clone())),
            };
            let collects = activities.rows.iter().filter_map(|row| {
                let cell = (*row.cells.get(at)?)?;
                Some(CollectJson {
                    measure: row.label.clone(),
                    when: cell.condition.map(|at| activities.condition(at)),
                })
            });
            VisitJson {
                visit: column.visit.name.to_string(),
                number: column.number,
                prose: column.visit.prose.clone(),
                study_days,
                window,
                dates: dated,
                window_dates,
                counted_from,
                collects: collects.collect(),
                kept: kept.and_then(|kept| kept.get(at)).cloned(),
            }
        });
        Self {
            format: FORMAT,
            protocol: activities.trial.name.to_string(),
            participant: participant.to_owned(),
            start: start.map(date),
            visits: visits.collect(),
            notes: activities.remarks.clone(),
        }
    }
}

/// The JSON Schema, made from the types.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<VisitsJson>().to_value()
}
