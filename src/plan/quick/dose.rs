//! Doses of a chart, as they are written.

use num_rational::BigRational;
use num_traits::{CheckedDiv, CheckedMul, One};

use super::{POWERS, Quick, trimmed, unit};
use crate::chart::Frequency;
use crate::chart::lent::{self, Digits};
use crate::ir::{Body, ConceptKind};
use crate::plan::Plan;
use crate::plan::dose::{AmountAt, Fraction, fraction};
use crate::plan::facts::{Amount, Taken};
use crate::record::dose::{body, per_day};
use crate::units::DoseUnit;

/// The unit of a dose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    amount: Kind,
    per_body: Option<Body>,
    per_time: bool,
}

/// What one of the unit is in one of the plan's, a day where it is per time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Of(AmountAt, Fraction),
    /// It fits none of them.
    Otherwise,
    /// No fraction holds it.
    Beyond,
}

impl Written {
    /// Nothing where no dose can be of this unit.
    #[must_use]
    pub fn of(plan: &Plan, written: &str) -> Option<Self> {
        let unit = DoseUnit::of(&unit(written)?).ok()?;
        let days = match &unit.per_time {
            Some(time) => per_day(time)?,
            None => BigRational::one(),
        };
        let amount = match plan.doses.amount(&days, &unit.amount) {
            Some((at, factor)) => fraction(&factor).map_or(Kind::Beyond, |factor| Kind::Of(at, factor)),
            None => Kind::Otherwise,
        };
        Some(Self { amount, per_body: unit.per_body.map(body), per_time: unit.per_time.is_some() })
    }

    /// The unit of the plan and what one of this is in it, a day where it is per time (which the last says), and by what of the
    /// body; nothing where it fits none of the plan.
    #[must_use]
    pub fn told(&self) -> Option<(AmountAt, Fraction, Option<Body>, bool)> {
        match self.amount {
            Kind::Of(at, factor) => Some((at, factor, self.per_body, self.per_time)),
            Kind::Otherwise | Kind::Beyond => None,
        }
    }

    /// How much was taken, as the record has it; nothing where no fraction holds it, or it cannot be.
    #[must_use]
    pub fn taken(&self, number: Fraction, how: &How<'_>) -> Option<Taken> {
        let amount = |value: Option<Fraction>| match self.amount {
            Kind::Otherwise => Some(Amount::Otherwise),
            Kind::Beyond => None,
            Kind::Of(at, factor) => {
                Some(Amount::Of { value: value?.checked_mul(&factor)?, unit: at, per_body: self.per_body })
            }
        };
        let times = |number: u32| Fraction::from_integer(i64::from(number));
        if self.per_time {
            let amount = amount(Some(number))?;
            return Some(if how.on_one_day { Taken::Once(amount) } else { Taken::Daily(amount) });
        }
        if how.on_one_day {
            return Some(Taken::Once(amount(Some(number))?));
        }
        Some(match how.frequency {
            Some(Frequency::TimesDaily(often)) => Taken::Daily(amount(number.checked_mul(&times(*often)))?),
            Some(Frequency::EveryDays(often)) => Taken::Daily(amount(number.checked_div(&times(*often)))?),
            None if how.kind == ConceptKind::Procedure => Taken::Whole(amount(Some(number))?),
            Some(Frequency::AsNeeded) | None => Taken::Unknown,
        })
    }
}

/// How an amount was given.
#[derive(Clone, Copy, Debug)]
pub struct How<'w> {
    pub frequency: Option<&'w Frequency>,
    pub on_one_day: bool,
    pub kind: ConceptKind,
}

impl Quick {
    /// How much was taken, as the record has it; nothing where that has to be looked at more closely.
    pub(super) fn taken(&self, plan: &Plan, written: &lent::Occurrence<'_>, kind: ConceptKind) -> Option<Taken> {
        let Some(dose) = &written.dose else { return Some(Taken::Unknown) };
        let unit = self.dose_unit(plan, dose.unit)?;
        let number = decimal(dose.value)?;
        if plan.doses.amounts.is_empty() {
            return Some(Taken::Unknown);
        }
        let how = How { frequency: written.frequency.as_ref(), on_one_day: written.date.is_some(), kind };
        unit.taken(number, &how)
    }
}

/// A plain decimal that is not negative, as a fraction.
fn decimal(digits: Digits<'_>) -> Option<Fraction> {
    let text = trimmed(digits.0);
    let text = text.strip_prefix('+').unwrap_or(text);
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() + places.len() > 15 || !whole.bytes().chain(places.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i64>().ok() };
    if whole.is_empty() && places.is_empty() || places.len() >= POWERS.len() {
        return None;
    }
    let power = 10_i64.checked_pow(u32::try_from(places.len()).ok()?)?;
    let above = number(whole)?.checked_mul(power)?.checked_add(number(places)?)?;
    Some(Fraction::new(above, power))
}
