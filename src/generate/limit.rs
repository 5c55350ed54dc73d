//! Numbers and lengths of time that a protocol compares with.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::aims::{Limit, Scale};
use crate::ir::{Ask, Counting, Dose, Duration, Quantity, TimeUnit, Value, ValueKind};
use crate::units::Unit;

/// The numbers that a value is compared with.
pub(super) fn limits(ask: &Ask) -> Vec<Limit> {
    let of_value = |value: &Value| match &value.kind {
        ValueKind::Quantity(quantity) => Some(quantity_limit(quantity)),
        ValueKind::DoseQuantity(dose) => Some(dose_limit(dose)),
        _ => None,
    };
    match ask {
        Ask::Compare { to, instead, .. } => {
            of_value(to).into_iter().chain(instead.iter().filter_map(|(_, value)| of_value(value))).collect()
        }
        Ask::InRange { range, instead } => {
            let ranges = [range].into_iter().chain(instead.iter().map(|(_, range)| range));
            let both = ranges.flat_map(|range| [(range.low, &range.unit), (range.high, &range.unit)]);
            both.map(|(value, unit)| quantity_limit(&Quantity { value, unit: unit.clone() })).collect()
        }
        Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => Vec::new(),
    }
}

fn quantity_limit(quantity: &Quantity) -> Limit {
    let scale = match quantity.unit.code() {
        "ULN" => Scale::Upper,
        "LLN" => Scale::Lower,
        _ => Scale::Plain,
    };
    Limit { number: quantity.value.rational(), unit: quantity.unit.code().to_owned(), scale }
}

fn dose_limit(dose: &Dose) -> Limit {
    let body = match dose.per_body {
        Some(crate::ir::Body::Weight) => "/kg",
        Some(crate::ir::Body::Surface) => "/m2",
        None => "",
    };
    let time = dose.per_time.as_ref().map(|time| format!("/{time}")).unwrap_or_default();
    Limit { number: dose.value.rational(), unit: format!("{}{body}{time}", dose.unit), scale: Scale::Dose }
}

/// Days and minutes of a length between two results.
pub(super) fn between(length: &Duration) -> Option<(u16, u16)> {
    let minutes = match length.unit {
        TimeUnit::Minutes => 1,
        TimeUnit::Hours => 60,
        _ => {
            let (months, days) = reach(length)?;
            return u16::try_from(months * 30 + days).ok().map(|days| (days, 0));
        }
    };
    let number = length.value.rational() * BigRational::from_integer(minutes.into());
    number.ceil().to_u16().filter(|minutes| *minutes > 0).map(|minutes| (0, minutes))
}

/// Months and days of a length.
pub(super) fn reach(length: &Duration) -> Option<(i32, i32)> {
    let number = length.value.rational();
    let whole = |number: BigRational| number.ceil().to_i32().filter(|number| number.abs() < 4_000);
    let times = |factor: i64| number.clone() * BigRational::from_integer(factor.into());
    match length.unit {
        TimeUnit::Minutes | TimeUnit::Hours => Some((0, 1)),
        TimeUnit::Days => whole(number.clone()).map(|days| (0, days)),
        TimeUnit::Weeks => whole(times(7)).map(|days| (0, days)),
        TimeUnit::Months => whole(number.clone()).map(|months| (months, 0)),
        TimeUnit::Years => whole(times(12)).map(|months| (months, 0)),
        TimeUnit::HalfLives | TimeUnit::Cycles => None,
    }
}

pub(super) fn in_unit(quantity: &Quantity, unit: &str) -> Option<BigRational> {
    quantity.unit.convert(&quantity.value.rational(), &Unit::parse(unit).ok()?).ok()
}

/// A limit of time in months: exact for months and years, near enough for the others.
pub(super) fn in_months(limit: &Limit) -> Option<i32> {
    let months = match limit.unit.as_str() {
        "a" => &limit.number * BigRational::from_integer(12.into()),
        "mo" => limit.number.clone(),
        "wk" => &limit.number / BigRational::from_integer(4.into()),
        "d" => &limit.number / BigRational::from_integer(30.into()),
        _ => return None,
    };
    months.ceil().to_i32().filter(|months| (0..=1_800).contains(months))
}

/// How many must be there for a count to be more than any.
pub(super) fn counted(counting: Counting) -> u32 {
    match counting {
        Counting::Any | Counting::All | Counting::None => 1,
        Counting::AtLeast(count) | Counting::AtMost(count) | Counting::Exactly(count) => count.clamp(1, 20),
    }
}
