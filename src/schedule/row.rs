//! A planned dose in words and numbers, as every form of output shows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::body::Measures;
use super::calendar::{PlannedDose, State};
use super::course::{of_body, rule_words};
use super::days::{End, Sheet};
use super::given::{Given, GivenState};
use super::plan::{Line, Plan};
use crate::ir::words::Words;
use crate::ir::{Amount, Route};
use crate::record::time::date_of;

/// Whose calendar it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    pub id: String,
}

/// One planned dose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub participant: String,
    pub arm: String,
    /// Of a line without days, the first day of its time.
    pub date: String,
    /// There is no study day 0.
    pub study_day: i64,
    pub epoch: String,
    /// The number of the cycle, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u32>,
    pub drug: String,
    /// `drug`, or `placebo` for what is made to look like it.
    pub given_as: &'static str,
    /// The drugs of which the treating doctor chooses one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choice: Vec<String>,
    /// The amount as the protocol orders it.
    pub ordered: String,
    /// The amount of each dose, exactly; the low end of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dose: Option<String>,
    /// The high end of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dose_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The drug in whose doses the amount is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equivalent_to: Option<String>,
    /// So many doses on that day.
    pub times: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// All of the drug up to this day, in the same unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together_to: Option<String>,
    /// Doses of an amount that nobody knows yet come on top of `together`.
    #[serde(skip_serializing_if = "is_false")]
    pub at_least: bool,
    /// `planned`, `cap_reached`, `as_needed`, `days_not_said`, `held`, `stopped`, `open`.
    pub state: &'static str,
    /// The last day of a line without days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the participant's record has of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// How the amount was worked out, who chooses, which rule changed it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that `skip_serializing_if` asks for")]
fn is_false(truth: &bool) -> bool {
    !*truth
}

/// A day as a date.
#[must_use]
pub fn date(day: i64) -> String {
    date_of(day).map_or_else(|| "after 9999".to_owned(), |date| date.to_string())
}

/// A route, as it is written.
#[must_use]
pub fn route_word(route: Route) -> String {
    format!("{route:?}").to_lowercase()
}

impl Row {
    #[must_use]
    pub fn new(plan: &Plan<'_>, sheet: &Sheet<'_>, dose: &PlannedDose, participant: &str) -> Self {
        let Some(line) = plan.lines.get(dose.line) else { return Self::default() };
        let ends = dose.shown.worked.dose.as_ref().ok();
        let range = ends.filter(|ends| ends.low != ends.high);
        let together = dose.together.as_ref();
        let period = sheet.period(dose.day).and_then(|at| sheet.periods.get(at));
        Self {
            participant: participant.to_owned(),
            arm: plan.arm.name.to_string(),
            date: date(dose.day),
            study_day: sheet.study_day(dose.day),
            epoch: period.map(|period| period.epoch.name.to_string()).unwrap_or_default(),
            cycle: (dose.cycle > 0).then_some(dose.cycle),
            drug: line.treatment.what.to_string(),
            given_as: if line.treatment.placebo { "placebo" } else { "drug" },
            choice: plan.alternatives(line).iter().map(ToString::to_string).collect(),
            ordered: dose.shown.ordered.clone(),
            dose: ends.map(|ends| ends.low.to_string()),
            dose_to: range.map(|ends| ends.high.to_string()),
            unit: ends.and(dose.shown.worked.unit.as_ref()).map(ToString::to_string),
            equivalent_to: line.equivalent_to().map(ToString::to_string),
            times: dose.times,
            route: line.treatment.route.map(route_word),
            together: together.map(|together| together.low.to_string()),
            together_to: together.filter(|t| t.low != t.high).map(|together| together.high.to_string()),
            at_least: together.is_some_and(|together| together.at_least),
            state: dose.state.code(),
            to: dose.to.map(date),
            given: dose.given.as_deref().filter(|given| given.state != GivenState::Ahead).cloned(),
            notes: notes(plan, line, dose),
        }
    }

    /// What is given, in a few words: `2 × 200 mg`, `216..360 mg`, `judged dose`.
    #[must_use]
    pub fn amount(&self) -> String {
        let Some(low) = &self.dose else { return String::new() };
        let high = self.dose_to.as_ref().map(|high| format!("..{high}")).unwrap_or_default();
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let equal = self.equivalent_to.as_ref().map(|drug| format!(" as {drug}")).unwrap_or_default();
        let times = if self.times > 1 { format!("{} × ", self.times) } else { String::new() };
        format!("{times}{low}{high}{unit}{equal}")
    }

    /// All up to this day, in a few words.
    #[must_use]
    pub fn altogether(&self) -> String {
        let Some(low) = &self.together else { return String::new() };
        let high = self.together_to.as_ref().map(|high| format!("..{high}")).unwrap_or_default();
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let least = if self.at_least { "at least " } else { "" };
        format!("{least}{low}{high}{unit}")
    }

    /// The drug, or what it is a placebo for.
    #[must_use]
    pub fn thing(&self) -> String {
        if self.given_as == "placebo" { format!("placebo for {}", self.drug) } else { self.drug.clone() }
    }
}

/// What there is to say of a dose.
#[must_use]
pub fn notes(plan: &Plan<'_>, line: &Line<'_>, dose: &PlannedDose) -> Vec<String> {
    let mut notes = Vec::new();
    let all = plan.alternatives(line);
    if !all.is_empty() {
        let names: Vec<&str> = all.iter().map(|drug| drug.as_str()).collect();
        notes.push(format!("the treating doctor chooses one of {}", names.join(", ")));
    }
    match &dose.shown.worked.dose {
        Ok(ends) => {
            if ends.low != ends.high && matches!(line.treatment.amount, Some(Amount::Range { .. })) {
                notes.push("the treating doctor chooses within the range".to_owned());
            }
        }
        Err(open) => notes.extend(Some(open.words()).filter(|words| !words.is_empty())),
    }
    if let Some(titration) = &line.treatment.titration
        && let Some(when) = &titration.when
    {
        let way = if titration.up { "increased" } else { "decreased" };
        let when = Words::of(plan.trial).truth(when);
        notes.push(format!("{way} by {} only where {when}", titration.step));
    }
    notes.extend(dose.shown.worked.working.iter().cloned());
    if let Some(over) = &line.treatment.over {
        notes.push(format!("over {}", crate::ir::words::duration(over)));
    }
    let to = dose.to.map(date).unwrap_or_default();
    match dose.state {
        State::AsNeeded => notes.push(format!("where it is needed, up to {to}: no day is planned")),
        State::DaysNotSaid => notes.push(format!("up to {to}: the protocol does not say on which days")),
        State::Planned | State::CapReached | State::Held | State::Stopped | State::Open => {}
    }
    notes.extend(dose.notes.iter().cloned());
    notes
}

/// The rules that a calendar without a record leaves aside.
#[must_use]
pub fn unasked(plan: &Plan<'_>, body: &Measures) -> Vec<String> {
    let known = !body.weight.is_empty() || !body.height.is_empty() || !body.surface.is_empty();
    let mut left: Vec<String> = Vec::new();
    for placed in plan.rules.iter().filter(|placed| !(known && of_body(&placed.rule.when))) {
        let words = rule_words(plan.trial, placed.rule);
        if !left.contains(&words) {
            left.push(words);
        }
    }
    let said = |words| format!("left aside without the participant's record (--patient): {words}");
    left.into_iter().map(said).collect()
}

/// What there is to say of a calendar as a whole.
#[must_use]
pub fn remarks(plan: &Plan<'_>, sheet: &Sheet<'_>) -> Vec<String> {
    let words = Words::of(plan.trial);
    let mut remarks = Vec::new();
    if sheet.periods.is_empty() {
        remarks.push("the protocol has no epochs: shown for 52 weeks, or up to --to".to_owned());
    }
    for period in &sheet.periods {
        let name = &period.epoch.name;
        let until = period.epoch.until.as_ref().map(|until| words.truth(until));
        let last = period.days.map(|(_, last)| date(last)).unwrap_or_default();
        match (period.end, until) {
            (End::Exact, _) => {}
            (End::AtMost, None) => remarks.push(format!("{name} lasts to {last} at the longest")),
            (End::AtMost, Some(until)) => {
                remarks.push(format!("{name} lasts to {last} at the longest, and ends on the first day of: {until}"));
            }
            (End::Open, None) => remarks.push(format!("{name} has no length: shown to {last}")),
            (End::Open, Some(until)) => {
                remarks.push(format!(
                    "{name} has no longest length, and ends on the first day of: {until}; shown to {last}"
                ));
            }
            (End::Nowhere, _) => {
                remarks.push(format!("{name} begins when the epoch before it has ended: no day is known"));
            }
        }
    }
    remarks
}
