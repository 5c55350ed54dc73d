//! How much of a drug a course was, a day.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Amount, Taken};
use crate::chart::{Frequency, Occurrence};
use crate::ir::Body;
use crate::units::{self, DoseUnit, Unit};

/// The amount a day of a course, or that of a single dose.
///
/// # Errors
/// What is wrong with the dose as it was written.
pub(crate) fn taken(written: &Occurrence, whole: bool) -> Result<Taken, String> {
    let Some(dose) = &written.dose else { return Ok(Taken::Unknown) };
    let value = dose.value.number().ok_or_else(|| format!("`{}` is no number", super::time::shown(&dose.value.0)))?;
    if value < BigRational::zero() {
        return Err("an amount is not negative".to_owned());
    }
    given(value, &dose.unit, (written.frequency.as_ref(), written.date.is_some()), whole)
}

/// The same of an amount in a unit, how often it was given, and whether that was on one day.
pub(crate) fn given(
    value: BigRational,
    unit: &str,
    (frequency, on_one_day): (Option<&Frequency>, bool),
    whole: bool,
) -> Result<Taken, String> {
    let parsed = Unit::from_ucum(unit).or_else(|_| Unit::parse(unit));
    let unit = parsed.map_err(|_| format!("`{}` is no unit", super::time::shown(unit)))?;
    let unit = DoseUnit::of(&unit).map_err(str::to_owned)?;
    let amount = |value| Amount { value, unit: unit.amount.clone(), per_body: unit.per_body.map(body) };
    if let Some(time) = &unit.per_time {
        let value = value * per_day(time).ok_or_else(|| format!("`{time}` is no time that a dose is given per"))?;
        return Ok(if on_one_day { Taken::Once(amount(value)) } else { Taken::Daily(amount(value)) });
    }
    if on_one_day {
        return Ok(Taken::Once(amount(value)));
    }
    let times = |number: u32| BigRational::from_integer(number.into());
    Ok(match frequency.cloned() {
        Some(Frequency::TimesDaily(0)) => return Err("0 times a day".to_owned()),
        Some(Frequency::TimesDaily(number)) => Taken::Daily(amount(value * times(number))),
        Some(Frequency::EveryDays(0)) => return Err("once every 0 days".to_owned()),
        Some(Frequency::EveryDays(number)) => Taken::Daily(amount(value / times(number))),
        // 60 Gy of a radiotherapy are those of the whole course; of a drug it is not said how often they were given.
        None if whole => Taken::Whole(amount(value)),
        Some(Frequency::AsNeeded) | None => Taken::Unknown,
    })
}

/// How many of a length of time a day has.
pub(crate) fn per_day(time: &Unit) -> Option<BigRational> {
    Unit::parse("d").ok()?.convert(&BigRational::one(), time).ok()
}

pub(crate) fn body(body: units::Body) -> Body {
    match body {
        units::Body::Weight => Body::Weight,
        units::Body::Surface => Body::Surface,
    }
}
