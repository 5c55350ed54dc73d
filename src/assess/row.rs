//! A finding in words and figures: what every emitter writes.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::measured::one_number;
use super::{Asked, Finding, Found, Intervening, Measured, Test, rank_word, stand_in_word, state_code};
use crate::evaluate::Kleene;
use crate::evaluate::outcome::Ending;
use crate::explain::{self, Explained};
use crate::record::decimal;

/// One outcome of one participant.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Row<'f> {
    pub participant: &'f str,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub arm: &'f str,
    pub outcome: &'f str,
    pub rank: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimand: Option<&'f str>,
    /// `yes`, `no` or `unknown`: whether the participant belongs to the population, and to the principal stratum.
    pub in_population: &'static str,
    /// `met`, `not_met` or `unknown` for a response; `known` or `unknown` for all others.
    pub state: &'static str,
    /// A number, a word, or all that it may be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// How a time to an event has ended: `event` or `censored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<&'static str>,
    /// As the protocol writes it: `week 12`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub at: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_from: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_to: Option<&'f str>,
    /// The day on which the record has the visit, or of the assessment that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<&'f str>,
    /// The rule of the protocol that stands in for a result that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_in: Option<&'static str>,
    /// The event is part of the outcome, and the protocol states no value for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub events: &'f [Intervening],
    /// What would have to be known.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub missing: &'f [String],
    /// The sentences of a response.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub tests: &'f [Test],
    /// The values that it rests on; of a measurement the first is its own.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub values: &'f [Measured],
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub notes: &'f [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'f Explained>,
}

impl<'f> Row<'f> {
    #[must_use]
    pub fn new((participant, arm): (&'f str, &'f str), asked: &'f Asked<'_>, finding: &'f Finding) -> Self {
        let (state, value, unit) = shown(&finding.result);
        let unit = asked.unit(&unit);
        let place = &finding.place;
        Self {
            participant,
            arm,
            outcome: asked.outcome.name.as_str(),
            rank: rank_word(asked.outcome.rank),
            estimand: asked.estimand.map(|estimand| estimand.name.as_str()),
            in_population: match finding.member {
                Kleene::Met => "yes",
                Kleene::NotMet => "no",
                Kleene::Unknown => "unknown",
            },
            state,
            value,
            unit,
            ending: match finding.result {
                Found::Time(_, Some(Ending::Event)) => Some("event"),
                Found::Time(_, Some(Ending::Censored)) => Some("censored"),
                Found::Time(_, None) | Found::Response(_) | Found::Value(_) => None,
            },
            at: &place.at,
            visit: place.visit.as_deref(),
            planned: place.planned.as_deref(),
            window_from: place.window.as_ref().map(|(from, _)| from.as_str()),
            window_to: place.window.as_ref().map(|(_, to)| to.as_str()),
            date: place.date.as_deref(),
            stands_in: finding.stands_in.map(stand_in_word),
            failed: finding.failed,
            events: &finding.events,
            missing: &finding.missing,
            tests: &finding.tests,
            values: &finding.measured,
            notes: &finding.notes,
            reason: finding.reason.as_deref(),
        }
    }

    /// Of a measurement or a change, its own value.
    #[must_use]
    pub fn own(&self) -> Option<&'f Measured> {
        self.values.first().filter(|first| matches!(self.state, "known" | "unknown") && first.baseline.is_some())
    }
}

/// State, number or word, unit.
fn shown(result: &Found) -> (&'static str, String, String) {
    let state = |known: bool| if known { "known" } else { "unknown" };
    match result {
        Found::Response(truth) => (state_code(*truth), String::new(), String::new()),
        Found::Value(value) | Found::Time(value, _) => {
            let state = state(result.is_known());
            match one_number(value) {
                Some((number, unit)) => {
                    let unit = unit.to_string();
                    (state, decimal(&number), if unit == "1" { String::new() } else { unit })
                }
                None if value.may_be.is_empty() => (state, String::new(), String::new()),
                None => (state, explain::valued(value), String::new()),
            }
        }
    }
}

/// A value in one line: `PhGA: 6 cm (2020-03-01) -> 4 cm (2020-05-24), -2 cm, -33.33… %, better`.
#[must_use]
pub fn line(measured: &Measured) -> String {
    let on = |dates: &[String]| if dates.is_empty() { String::new() } else { format!(" ({})", dates.join(", ")) };
    let mut text = format!("{}: ", measured.what);
    if let Some(baseline) = &measured.baseline {
        let _ = write!(text, "{}{} -> ", baseline.text, on(&baseline.dates));
    }
    let _ = write!(text, "{}{}", measured.value.text, on(&measured.value.dates));
    if let Some(change) = &measured.change {
        let _ = write!(text, ", {}", change.absolute);
        for part in change.percent.as_deref().into_iter().chain(change.direction.map(super::Direction::word)) {
            let _ = write!(text, ", {part}");
        }
    }
    text
}

/// A sentence of a response in one line: `at least 3 of imacs_core improved by >= 20 %: met (by PhGA, PGA, MMT8; open: HAQ)`.
#[must_use]
pub fn test_line(test: &Test) -> String {
    let mut groups = Vec::new();
    let is_list = !(test.met.is_empty() && test.not_met.is_empty() && test.unknown.is_empty());
    if is_list {
        groups.push(if test.met.is_empty() { "by none".to_owned() } else { format!("by {}", test.met.join(", ")) });
    }
    if !test.not_met.is_empty() {
        groups.push(format!("not by {}", test.not_met.join(", ")));
    }
    if !test.unknown.is_empty() {
        groups.push(format!("open: {}", test.unknown.join(", ")));
    }
    let behind = if groups.is_empty() { String::new() } else { format!(" ({})", groups.join("; ")) };
    format!("{}: {}{behind}", test.sentence, test.state.replace('_', " "))
}

/// An intercurrent event in one line: `rescue (composite) on 2026-03-01: counts as no response`.
#[must_use]
pub fn event_line(event: &Intervening) -> String {
    let state = match (event.state, &event.date) {
        ("met", Some(date)) => format!(" on {date}"),
        ("met", None) => " took place".to_owned(),
        ("not_met", _) => ": none".to_owned(),
        _ => ": not known".to_owned(),
    };
    let effect = event.effect.as_ref().map(|effect| format!(": {effect}")).unwrap_or_default();
    let effect = if effect.is_empty() && event.strategy == "treatment_policy" && event.state == "met" {
        ": the value counts all the same".to_owned()
    } else {
        effect
    };
    format!("{} ({}){state}{effect}", event.name, event.strategy)
}
