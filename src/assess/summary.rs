//! Findings by arm: counts, proportions with exact intervals, means, quartiles, times to an event.
//!
//! Nothing is counted that is not known: participants without a result are `missing`, and stand beside the others. The numbers
//! of a measure are kept as how often each of them came, so that memory grows with the number of different values and not with
//! that of participants.

use std::collections::BTreeMap;
use std::sync::Arc;

use num_traits::ToPrimitive;
use schemars::JsonSchema;
use serde::Serialize;
use statrs::statistics::Statistics;

use super::interval::clopper_pearson;
use super::measured::one_number;
use super::strategy::days_of;
use super::{Asked, Counted, Finding, Found, Tallied};
use crate::evaluate::Kleene;
use crate::evaluate::node::{Thing, Valued};
use crate::evaluate::outcome::Ending;
use crate::ir::Assessment;

/// All arms of one outcome.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// By the name of the arm; the empty name is that of participants without one.
    pub arms: BTreeMap<String, Tally>,
}

/// What was counted in one arm.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// In the population.
    members: u64,
    /// Not in it.
    outside: u64,
    /// Of whom it is not known.
    uncertain: u64,
    met: u64,
    not_met: u64,
    missing: u64,
    /// Of those that are missing: by an event that is a failure without a value.
    failed: u64,
    /// Of those that are known: by a rule of the protocol for missing results.
    stood_in: u64,
    /// Of those that are missing: known to a range only.
    inexact: u64,
    numbers: BTreeMap<Number, u64>,
    words: BTreeMap<String, u64>,
    /// By days: events, and those who were censored.
    times: BTreeMap<Number, (u64, u64)>,
}

/// A number that can be ordered; never one that is none.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Number(f64);

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// One arm in figures.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Figures {
    pub arm: String,
    /// Participants who are in the population, or may be.
    pub n: u64,
    /// Those of them with a result.
    pub known: u64,
    pub missing: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub inexact: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stood_in: u64,
    /// Of those that are missing: of whom it is not known whether they are in the population.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub population_unknown: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outside: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Times>,
}

/// Responders among those with a result.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Response {
    pub responders: u64,
    /// Of those with a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proportion: Option<f64>,
    /// The Clopper-Pearson interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The proportion of all participants if none, or all, of the missing ones respond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_none: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_all: Option<f64>,
}

/// A measure among those with a result.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Numbers {
    pub mean: f64,
    /// Of a sample: divided by one less than the number of values; nothing for a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    pub min: f64,
    /// Quartiles by linear interpolation (type 7 of Hyndman and Fan 1996, the usual one of R and Python).
    pub q1: f64,
    pub median: f64,
    pub q3: f64,
    pub max: f64,
}

/// Times to an event, in days.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Times {
    pub events: u64,
    pub censored: u64,
    /// By Kaplan and Meier 1958: the first day by which at most three quarters, a half, a quarter are without the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q1: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q3: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that `skip_serializing_if` asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Summary {
    /// Counts what was found of a participant.
    pub fn add(&mut self, arm: &str, counted: &Counted) {
        if !self.arms.contains_key(arm) {
            self.arms.insert(arm.to_owned(), Tally::default());
        }
        if let Some(tally) = self.arms.get_mut(arm) {
            tally.add(counted);
        }
    }

    /// In figures, arm by arm in the order of `arms`, others after them.
    #[must_use]
    pub fn figures(&self, asked: &Asked<'_>, arms: &[&str], level: f64) -> Vec<Figures> {
        let named = arms.iter().filter_map(|arm| self.arms.get_key_value(*arm));
        let others = self.arms.iter().filter(|(arm, _)| !arms.contains(&arm.as_str()));
        named.chain(others).map(|(arm, tally)| tally.figures(arm, asked.outcome.assessment, level)).collect()
    }
}

impl Counted {
    /// What is counted of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let mut unit = None;
        let result = match &finding.result {
            Found::Response(state) => Tallied::Response(*state),
            Found::Value(value) => {
                unit = unit_of(value);
                match (value.may_be.as_slice(), value.unknown) {
                    ([Thing::Word(word)], false) => Tallied::Word(word.clone()),
                    (things, unknown) => match one_number(value).and_then(|(number, _)| number.to_f64()) {
                        Some(number) => Tallied::Number(number),
                        None if !unknown && !things.is_empty() => Tallied::Inexact,
                        None => Tallied::Missing,
                    },
                }
            }
            Found::Time(value, ending) => {
                unit = unit_of(value);
                match (days_of(value), ending) {
                    (Some(days), Some(ending)) => Tallied::Time(days, *ending),
                    (None, Some(_)) => Tallied::Inexact,
                    (_, None) => Tallied::Missing,
                }
            }
        };
        Self { member: finding.member, stood_in: finding.stands_in.is_some(), failed: finding.failed, result, unit }
    }
}

fn unit_of(value: &Valued) -> Option<Arc<str>> {
    match value.may_be.as_slice() {
        [Thing::Number(_, unit)] if !value.unknown => Some(unit.to_string()).filter(|unit| unit != "1").map(Arc::from),
        _ => None,
    }
}

impl Tally {
    fn add(&mut self, counted: &Counted) {
        match counted.member {
            Kleene::Met => self.members += 1,
            Kleene::NotMet => {
                self.outside += 1;
                return;
            }
            Kleene::Unknown => {
                self.members += 1;
                self.missing += 1;
                self.uncertain += 1;
                return;
            }
        }
        self.stood_in += u64::from(counted.stood_in);
        self.failed += u64::from(counted.failed);
        match &counted.result {
            Tallied::Response(Kleene::Met) => self.met += 1,
            Tallied::Response(Kleene::NotMet) => self.not_met += 1,
            Tallied::Response(Kleene::Unknown) | Tallied::Missing => self.missing += 1,
            Tallied::Inexact => {
                self.missing += 1;
                self.inexact += 1;
            }
            Tallied::Number(number) => *self.numbers.entry(Number(number + 0.0)).or_default() += 1,
            Tallied::Word(word) => match self.words.get_mut(word.as_str()) {
                Some(count) => *count += 1,
                None => _ = self.words.insert(word.to_string(), 1),
            },
            Tallied::Time(days, ending) => {
                let (events, censored) = self.times.entry(Number(*days)).or_default();
                match ending {
                    Ending::Event => *events += 1,
                    Ending::Censored => *censored += 1,
                }
            }
        }
    }

    fn figures(&self, arm: &str, assessment: Assessment, level: f64) -> Figures {
        let known = self.members - self.missing;
        Figures {
            arm: arm.to_owned(),
            n: self.members,
            known,
            missing: self.missing,
            failed: self.failed,
            inexact: self.inexact,
            stood_in: self.stood_in,
            population_unknown: self.uncertain,
            outside: self.outside,
            response: (assessment == Assessment::Response).then(|| self.response(level)),
            numbers: self.numbers(),
            categories: self.words.clone(),
            time: (assessment == Assessment::TimeToEvent).then(|| self.times()),
        }
    }

    fn response(&self, level: f64) -> Response {
        let known = self.met + self.not_met;
        let interval = clopper_pearson(self.met, known, level);
        let share = |count: u64, of: u64| (of > 0).then(|| float(count) / float(of));
        let open = |count: u64| share(count, self.members).filter(|_| self.missing > 0);
        Response {
            responders: self.met,
            proportion: share(self.met, known),
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            if_none: open(self.met),
            if_all: open(self.met + self.missing),
        }
    }

    fn numbers(&self) -> Option<Numbers> {
        let count: u64 = self.numbers.values().sum();
        let (min, _) = self.numbers.first_key_value()?;
        let (max, _) = self.numbers.last_key_value()?;
        let (mean, sd) = self.moments(count);
        let at = |share: f64| self.quantile(share, count);
        Some(Numbers { mean, sd, min: min.0, q1: at(0.25), median: at(0.5), q3: at(0.75), max: max.0 })
    }

    /// Mean, and standard deviation of a sample.
    fn moments(&self, count: u64) -> (f64, Option<f64>) {
        let times = |times: u64| usize::try_from(times).unwrap_or(usize::MAX);
        let all = || self.numbers.iter().flat_map(|(number, count)| std::iter::repeat_n(number.0, times(*count)));
        (Statistics::mean(all()), (count > 1).then(|| Statistics::std_dev(all())))
    }

    /// By linear interpolation between the values around (n - 1) p.
    fn quantile(&self, share: f64, count: u64) -> f64 {
        let place = float(count - 1) * share;
        let (low, part) = (place.floor(), place.fract());
        let mut passed = 0.0;
        let mut below = None;
        for (number, times) in &self.numbers {
            passed += float(*times);
            if let Some(below) = below {
                return below + (number.0 - below) * part;
            }
            if passed > low {
                // The next value is the same one, or there is nothing between.
                if passed > low + 1.0 || part == 0.0 {
                    return number.0;
                }
                below = Some(number.0);
            }
        }
        below.unwrap_or(f64::NAN)
    }

    fn times(&self) -> Times {
        let events = self.times.values().map(|(events, _)| events).sum();
        let censored = self.times.values().map(|(_, censored)| censored).sum();
        let at = |share: f64| {
            let mut at_risk: u64 = self.times.values().map(|(events, censored)| events + censored).sum();
            let mut without = 1.0;
            for (days, (events, censored)) in &self.times {
                if *events > 0 {
                    without *= 1.0 - float(*events) / float(at_risk);
                }
                at_risk -= events + censored;
                // A product of quotients may miss a half by its last digit.
                if *events > 0 && without <= share + 1e-12 {
                    return Some(days.0);
                }
            }
            None
        };
        Times { events, censored, q1: at(0.75), median: at(0.5), q3: at(0.25) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no trial has more participants than a double has whole numbers")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remission under 6-mercaptopurine and placebo (Freireich 1963, Blood 21:699), weeks; a minus for those still in it. With
    /// mercaptopurine 18/21, 0.807, 0.753, 0.690, 0.627, 0.538 and 0.448 are left after 6, 7, 10, 13, 16, 22 and 23 weeks; with
    /// placebo 12/21 after 5 and 8/21 after 8.
    #[test]
    fn times_to_an_event_are_those_of_kaplan_and_meier() {
        let tally = |weeks: &[i32]| {
            let mut tally = Tally::default();
            for week in weeks {
                let (events, censored) = tally.times.entry(Number(f64::from(week.abs()))).or_default();
                if *week > 0 { *events += 1 } else { *censored += 1 }
            }
            tally.times()
        };
        let treated = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35];
        let found = tally(&treated);
        assert_eq!((found.events, found.censored), (9, 12));
        assert_eq!((found.q1, found.median, found.q3), (Some(13.0), Some(23.0), None));
        let found = tally(&[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]);
        assert_eq!((found.events, found.median), (21, Some(8.0)));
        assert_eq!(tally(&[]).median, None);
    }

    /// Quartiles of 1 to 4 lie at 1.75, 2.5 and 3.25: h = 3 p + 1 (Hyndman and Fan 1996, type 7). Of 1, 2, 2, 10 they lie at
    /// 1.75, 2 and 4.
    #[test]
    fn quartiles_are_interpolated() {
        let figures = |numbers: &[f64]| {
            let mut tally = Tally::default();
            numbers.iter().for_each(|number| *tally.numbers.entry(Number(*number)).or_default() += 1);
            let found = tally.numbers().unwrap();
            (found.q1, found.median, found.q3)
        };
        assert_eq!(figures(&[1.0, 2.0, 3.0, 4.0]), (1.75, 2.5, 3.25));
        assert_eq!(figures(&[1.0, 2.0, 2.0, 10.0]), (1.75, 2.0, 4.0));
        assert_eq!(figures(&[7.0]), (7.0, 7.0, 7.0));
    }
}
