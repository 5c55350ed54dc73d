//! Numbers with their units, and lengths of time.

use crate::ir::{Body, Dose, Duration, Exact, Quantity, Range, TimeUnit};
use crate::units::Unit;

pub(super) fn quantity(quantity: &Quantity) -> String {
    with_unit(&quantity.value.to_string(), quantity.value, &quantity.unit)
}

pub(super) fn range(range: &Range) -> String {
    with_unit(&format!("{}..{}", range.low, range.high), range.high, &range.unit)
}

pub(super) fn dose(dose: &Dose) -> String {
    let body = match dose.per_body {
        Some(Body::Weight) => "/kg",
        Some(Body::Surface) => "/m2",
        None => "",
    };
    let time = dose.per_time.as_ref().map(|time| format!("/{time}")).unwrap_or_default();
    format!("{} {}{body}{time}", dose.value, unit(&dose.unit))
}

pub(super) fn duration(duration: &Duration) -> String {
    let (one, many) = match duration.unit {
        TimeUnit::Minutes => ("minute", "minutes"),
        TimeUnit::Hours => ("hour", "hours"),
        TimeUnit::Days => ("day", "days"),
        TimeUnit::Weeks => ("week", "weeks"),
        TimeUnit::Months => ("month", "months"),
        TimeUnit::Years => ("year", "years"),
        // `half_life` is a property of drugs, and a word of the language.
        TimeUnit::HalfLives => ("half_lives", "half_lives"),
        TimeUnit::Cycles => ("cycle", "cycles"),
    };
    format!("{} {}", duration.value, if is_one(duration.value) { one } else { many })
}

fn with_unit(text: &str, number: Exact, of: &Unit) -> String {
    match of.code() {
        "1" => text.to_owned(),
        _ if is_one(number) => format!("{text} {}", singular(of)),
        _ => format!("{text} {}", unit(of)),
    }
}

fn is_one(number: Exact) -> bool {
    number.0 == rust_decimal::Decimal::ONE
}

/// A unit as protocols write it.
pub(super) fn unit(of: &Unit) -> String {
    usual(of, |code| match code {
        "a" => "years".to_owned(),
        "mo" => "months".to_owned(),
        "wk" => "weeks".to_owned(),
        "d" => "days".to_owned(),
        "h" => "hours".to_owned(),
        "min" => "minutes".to_owned(),
        "Cel" => "°C".to_owned(),
        "[degF]" => "°F".to_owned(),
        other => other.replace("[IU]", "IU"),
    })
}

fn singular(of: &Unit) -> String {
    usual(of, |code| match code {
        "a" => "year".to_owned(),
        "mo" => "month".to_owned(),
        "wk" => "week".to_owned(),
        "d" => "day".to_owned(),
        "h" => "hour".to_owned(),
        "min" => "minute".to_owned(),
        _ => unit(of),
    })
}

/// A spelling of a unit, where it is read as that unit; else the unit's code.
fn usual(of: &Unit, spelling: impl Fn(&str) -> String) -> String {
    let spelled = spelling(of.code());
    let same = spelled == of.code() || Unit::parse(&spelled).is_ok_and(|read| read == *of);
    if same { spelled } else { of.code().to_owned() }
}
