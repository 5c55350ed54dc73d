//! How much a dose is: as ordered, and as worked out for a participant.
//!
//! In the order of `docs/language.md`, section 9: amount and titration, level and reductions, weight or surface, caps,
//! rounding. A range stays a range, and what a person decides stays open.

use std::fmt::Write as _;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::Number;
use super::days::{Rhythm, days_in, rhythm};
use crate::ir::treatment::{Rounding, RoundingDirection};
use crate::ir::{self, Amount, Body, Cap, Dose, RuleEffect, TimeUnit, Treatment};
use crate::record::decimal;
use crate::units::Unit;

/// What is known of the participant's body on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// In kilograms.
    pub weight: Option<BigRational>,
    /// In square metres.
    pub surface: Option<BigRational>,
}

/// A dose as it is worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    /// Each dose: its low and its high end.
    pub dose: Result<Ends, Open>,
    pub unit: Option<Unit>,
    /// How it was worked out, where it is not as written.
    pub working: Vec<String>,
    /// No more than this of all doses together.
    pub total_cap: Option<Number>,
    pub rounding: Option<Rounding>,
}

/// Both ends of an amount; the same where it is no range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    pub low: Number,
    pub high: Number,
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// A placebo, or a procedure without an amount.
    NoAmount,
    Judged {
        by: Option<ir::Role>,
        question: Option<String>,
    },
    /// The protocol does not say.
    Missing(String),
    NoWeight,
    NoSurface,
    /// By the area under the curve: in milligrams only with the clearance, which a calendar does not have.
    ByCurve(String),
}

impl Open {
    /// As a calendar says it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoAmount => String::new(),
            Self::Judged { by, question } => {
                let who = match by {
                    Some(ir::Role::Investigator) => "the investigator decides",
                    Some(ir::Role::Participant) => "the participant decides",
                    Some(ir::Role::Site) => "the site decides",
                    Some(ir::Role::Central) => "the central reader decides",
                    None => "the treating doctor decides",
                };
                question.as_ref().map_or_else(|| who.to_owned(), |question| format!("{who}: {question}"))
            }
            Self::Missing(what) => format!("the protocol does not say yet: {what}"),
            Self::NoWeight => "needs the body weight".to_owned(),
            Self::NoSurface => "needs the body surface, or weight and height".to_owned(),
            Self::ByCurve(area) => {
                format!("in mg by Calvert: {area} × (clearance in mL/min + 25); the site works it out before each dose")
            }
        }
    }
}

/// What rules have made of a treatment's amount.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Levels below the first dose.
    pub level: usize,
    /// The amount that took the place of the first.
    pub instead: Option<Amount>,
    /// What is left after reductions by a share.
    pub share: Option<BigRational>,
    pub less: Vec<Dose>,
}

impl Change {
    /// # Errors
    /// Where there is no lower level: the drug is stopped.
    pub fn apply(&mut self, effect: &RuleEffect, treatment: &Treatment) -> Result<(), NoLevel> {
        match effect {
            RuleEffect::ReduceByLevels(levels) => {
                self.level += *levels as usize;
                if self.level > treatment.levels.len() {
                    return Err(NoLevel);
                }
            }
            RuleEffect::ReduceByPercent(percent) => {
                let hundred = BigRational::from_integer(BigInt::from(100));
                let left = (&hundred - percent.rational()) / &hundred;
                self.share = Some(self.share.take().unwrap_or_else(BigRational::one) * left);
            }
            RuleEffect::ReduceBy(dose) => self.less.push(dose.clone()),
            RuleEffect::ReduceTo(dose) => {
                *self = Self {
                    level: self.level,
                    instead: Some(Amount::Fixed { dose: dose.clone(), equivalent_to: None }),
                    ..Self::default()
                };
            }
            RuleEffect::AdjustTo(amount) => {
                *self = Self { level: self.level, instead: Some(amount.clone()), ..Self::default() };
            }
            RuleEffect::Hold { .. } | RuleEffect::Stop => {}
        }
        Ok(())
    }
}

/// A level below the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLevel;

/// How many steps of titration were taken: all of them for sure, or any number up to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Steps {
    pub least: u32,
    pub most: u32,
}

/// What is ordered, in the words of the protocol.
#[must_use]
pub fn ordered(treatment: &Treatment, change: &Change) -> String {
    let level = change.level.checked_sub(1).and_then(|level| treatment.levels.get(level));
    let mut text = match (&change.instead, level, &treatment.amount) {
        (None, Some(dose), _) => dose.to_string(),
        (Some(amount), ..) | (None, None, Some(amount)) => amount_words(amount),
        (None, None, None) => String::new(),
    };
    if let Some(share) = &change.share {
        let _ = write!(text, " × {}", decimal(share));
    }
    for less in &change.less {
        let _ = write!(text, " − {less}");
    }
    // The area under the curve, as it is written on an order.
    text.replace("mg.min/mL", "AUC")
}

pub(super) fn amount_words(amount: &Amount) -> String {
    let equal = |drug: &Option<ir::ConceptId>| drug.as_ref().map(|drug| format!(" as {drug}")).unwrap_or_default();
    match amount {
        Amount::Fixed { dose, equivalent_to } => format!("{dose}{}", equal(equivalent_to)),
        Amount::Range { low, high, equivalent_to } => format!("{}..{high}{}", low.value, equal(equivalent_to)),
        Amount::Judged { .. } => "judged dose".to_owned(),
        Amount::Missing(_) => "missing".to_owned(),
    }
}

/// Works a dose out.
#[must_use]
pub fn work(treatment: &Treatment, change: &Change, steps: Steps, (size, times): (&Size, u32)) -> Worked {
    let mut worked = Worked {
        dose: Err(Open::NoAmount),
        unit: None,
        working: Vec::new(),
        total_cap: None,
        rounding: treatment.rounding.clone(),
    };
    let level = change.level.checked_sub(1).and_then(|level| treatment.levels.get(level));
    let amount = change.instead.as_ref().or(treatment.amount.as_ref());
    let (low, high) = match (amount, level) {
        _ if treatment.placebo => return worked,
        (None, _) => return worked,
        (_, Some(level)) if change.instead.is_none() => (level, level),
        (Some(Amount::Fixed { dose, .. }), _) => (dose, dose),
        (Some(Amount::Range { low, high, .. }), _) => (low, high),
        (Some(Amount::Judged { by, question }), _) => {
            worked.dose = Err(Open::Judged { by: *by, question: question.clone() });
            return worked;
        }
        (Some(Amount::Missing(what)), _) => {
            worked.dose = Err(Open::Missing(what.clone()));
            return worked;
        }
    };
    let unit = high.unit.clone();
    if Unit::parse("AUC").is_ok_and(|area| area.fits(&unit)) {
        let ends = if low == high { high.value.to_string() } else { format!("{}..{}", low.value, high.value) };
        worked.dose = Err(Open::ByCurve(ends));
        return worked;
    }
    let mut working = Working { treatment, size, times, unit: &unit, told: Vec::new() };
    let ends = [(low, steps.least), (high, steps.most)].map(|(dose, taken)| {
        working.end(dose, if working.rises() { taken } else { steps.most + steps.least - taken }, change)
    });
    let [low, high] = ends;
    worked.working = working.told;
    worked.dose = low.and_then(|low| high.map(|high| Ends { low: Number::new(&low), high: Number::new(&high) }));
    let total = treatment.caps.iter().find(|cap| cap.total);
    worked.total_cap = total.and_then(|cap| absolute(&cap.dose, size, &unit).ok()).map(|cap| Number::new(&cap));
    worked.unit = Some(unit);
    worked
}

struct Working<'w> {
    treatment: &'w Treatment,
    size: &'w Size,
    times: u32,
    unit: &'w Unit,
    told: Vec<String>,
}

impl Working<'_> {
    fn rises(&self) -> bool {
        self.treatment.titration.as_ref().is_none_or(|titration| titration.up)
    }

    fn say(&mut self, text: String) {
        if !self.told.contains(&text) {
            self.told.push(text);
        }
    }

    fn said(&self, number: &BigRational) -> String {
        format!("{} {}", decimal(number), self.unit)
    }

    /// One end of a dose.
    fn end(&mut self, dose: &Dose, steps: u32, change: &Change) -> Result<BigRational, Open> {
        let mut written = dose.value.rational();
        if let Some(titration) = self.treatment.titration.as_ref().filter(|_| steps > 0) {
            let in_unit = |dose: &Dose| dose.unit.convert(&dose.value.rational(), self.unit).unwrap_or_default();
            let all = in_unit(&titration.step) * BigRational::from_integer(BigInt::from(steps));
            let to = in_unit(&titration.to);
            written = if titration.up { (written + all).min(to) } else { (written - all).max(to) };
        }
        if let Some(share) = &change.share {
            written *= share;
        }
        let mut number = written.clone();
        if let Some(size) = of_body(dose.per_body, self.size)? {
            number *= size;
        }
        let share = self.share_of_time(dose);
        number *= &share;
        for less in &change.less {
            number -= absolute(less, self.size, self.unit)? * &share;
        }
        number = number.max(BigRational::zero());
        self.tell_working(dose, &written, &share, &number);
        let number = self.capped(number)?;
        Ok(self.rounded(number))
    }

    /// What of an amount for a time each dose is.
    fn share_of_time(&self, dose: &Dose) -> BigRational {
        let times = BigRational::from_integer(BigInt::from(self.times.max(1)));
        let Some(time) = &dose.per_time else { return BigRational::one() };
        let Some(days) = days_in(time) else { return BigRational::one() };
        let given = if days < BigRational::one() {
            // A rate: for as long as one dose takes, or else the whole day.
            let over = self.treatment.over.as_ref().and_then(length_in_days);
            over.unwrap_or_else(|| BigRational::one() / &times)
        } else {
            let spacing = match rhythm(self.treatment) {
                Rhythm::Daily(_) => BigRational::one(),
                Rhythm::Every(length) => length_in_days(&length).unwrap_or_else(|| days.clone()),
                Rhythm::None(_) | Rhythm::Days(_) | Rhythm::DaysOf(..) => days.clone(),
            };
            // An amount a day is that of each day of dosing, however far apart they are.
            spacing.min(days.clone()) / &times
        };
        given / days
    }

    fn tell_working(&mut self, dose: &Dose, written: &BigRational, share: &BigRational, number: &BigRational) {
        let body = match (dose.per_body, &self.size.weight, &self.size.surface) {
            (Some(Body::Weight), Some(weight), _) => format!(" × {} kg", decimal(weight)),
            (Some(Body::Surface), _, Some(surface)) => format!(" × {} m2", decimal(surface)),
            _ => String::new(),
        };
        if body.is_empty() && share.is_one() {
            return;
        }
        let part = if share.is_one() { String::new() } else { format!(" × {share}{}", rate_unit(dose)) };
        let dose = Dose { value: dose.value, ..dose.clone() };
        let unit = dose.to_string();
        let unit = unit.split_once(' ').map_or("", |(_, unit)| unit).to_owned();
        let text = format!("{} {unit}{body}{part} = {}", decimal(written), self.said(number));
        self.say(text);
    }

    /// Under the caps on each dose and on a day.
    fn capped(&mut self, number: BigRational) -> Result<BigRational, Open> {
        match self.limit()? {
            Some(limit) if limit < number => {
                let text = format!("no more than {}", self.said(&limit));
                self.say(text);
                Ok(limit)
            }
            _ => Ok(number),
        }
    }

    /// The lowest of the caps on one dose.
    fn limit(&self) -> Result<Option<BigRational>, Open> {
        let mut lowest: Option<BigRational> = None;
        for cap in self.treatment.caps.iter().filter(|cap| !cap.total) {
            let limit = absolute(&cap.dose, self.size, self.unit)? * self.share_of_cap(cap);
            lowest = Some(lowest.map_or_else(|| limit.clone(), |known| known.min(limit.clone())));
        }
        Ok(lowest)
    }

    fn share_of_cap(&self, cap: &Cap) -> BigRational {
        if cap.dose.per_time.is_none() { BigRational::one() } else { self.share_of_time(&cap.dose) }
    }

    fn rounded(&mut self, number: BigRational) -> BigRational {
        let Some(rounding) = &self.treatment.rounding else { return number };
        let limit = self.limit().ok().flatten();
        let rounded = round(&number, rounding, self.unit, limit.as_ref());
        if rounded != number {
            let text = format!("{} rounded to {}", self.said(&number), self.said(&rounded));
            self.say(text);
        }
        rounded
    }
}

/// The unit of time of a rate, which is given for so many of them: `1 mg/min × 360 min`.
fn rate_unit(dose: &Dose) -> String {
    let rate = dose.per_time.as_ref().filter(|time| days_in(time).is_some_and(|days| days < BigRational::one()));
    rate.map(ToString::to_string).filter(|code| !code.contains('.')).map(|code| format!(" {code}")).unwrap_or_default()
}

/// To a multiple of a strength; exactly between two of them to the lower one, and never beyond a cap.
#[must_use]
pub fn round(number: &BigRational, rounding: &Rounding, unit: &Unit, limit: Option<&BigRational>) -> BigRational {
    let strength = rounding.to.unit.convert(&rounding.to.value.rational(), unit).unwrap_or_default();
    if !strength.is_positive() {
        return number.clone();
    }
    let many = number / &strength;
    let half = BigRational::new(1.into(), 2.into());
    let whole = match rounding.direction {
        RoundingDirection::Nearest => (&many - half).ceil(),
        RoundingDirection::Up => many.ceil(),
        RoundingDirection::Down => many.floor(),
    };
    let rounded = whole.max(BigRational::zero()) * &strength;
    match limit {
        Some(limit) if rounded > *limit => (limit / &strength).floor() * strength,
        _ => rounded,
    }
}

fn of_body(body: Option<Body>, size: &Size) -> Result<Option<BigRational>, Open> {
    match body {
        None => Ok(None),
        Some(Body::Weight) => size.weight.clone().map(Some).ok_or(Open::NoWeight),
        Some(Body::Surface) => size.surface.clone().map(Some).ok_or(Open::NoSurface),
    }
}

/// A dose for this body, in a unit.
fn absolute(dose: &Dose, size: &Size, unit: &Unit) -> Result<BigRational, Open> {
    let number = dose.unit.convert(&dose.value.rational(), unit).unwrap_or_else(|_| dose.value.rational());
    Ok(match of_body(dose.per_body, size)? {
        Some(size) => number * size,
        None => number,
    })
}

/// A length of time in days, those of the calendar aside.
fn length_in_days(length: &ir::Duration) -> Option<BigRational> {
    let (above, below) = match length.unit {
        TimeUnit::Minutes => (1, 1440),
        TimeUnit::Hours => (1, 24),
        TimeUnit::Days => (1, 1),
        TimeUnit::Weeks => (7, 1),
        TimeUnit::Months | TimeUnit::Years | TimeUnit::HalfLives | TimeUnit::Cycles => return None,
    };
    Some(length.value.rational() * BigRational::new(above.into(), below.into()))
}
