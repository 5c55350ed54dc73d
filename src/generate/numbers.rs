//! Numbers worth giving for a measure or a dose: at its limits, one step below and above them, and between them. They are
//! worked out exactly, once for each protocol.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::aims::{Limit, MeasureAim, Scale};
use super::slot::{Number, Setting, What};
use crate::ir::Concept;
use crate::record::{decimal, in_usual_unit};
use crate::units::Unit;

/// Units that laboratories give results in, beside the usual one of a measure.
const UNITS: [&str; 41] = [
    "g/dL",
    "g/L",
    "mg/dL",
    "mg/L",
    "ug/dL",
    "ug/L",
    "ng/mL",
    "pg/mL",
    "mmol/L",
    "umol/L",
    "nmol/L",
    "pmol/L",
    "10*9/L",
    "10*3/uL",
    "10*6/uL",
    "10*12/L",
    "/uL",
    "/mm3",
    "U/L",
    "ukat/L",
    "U/mL",
    "%",
    "kg",
    "g",
    "[lb_av]",
    "m",
    "cm",
    "[in_i]",
    "mm[Hg]",
    "kPa",
    "mL/min",
    "mL/s",
    "mL/min/{1.73_m2}",
    "L",
    "mL",
    "L/min",
    "Cel",
    "[degF]",
    "mm/h",
    "{copies}/mL",
    "{copies}/L",
];

/// The most that are given of one measure in its usual unit.
const MOST: usize = 48;

/// The results of a lab or score, and its limit of normal.
pub(super) struct Numbers {
    pub(super) unit: String,
    pub(super) values: Vec<Setting>,
    pub(super) upper: Option<Number>,
    pub(super) lower: Option<Number>,
}

fn whole(number: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

fn ratio(above: i64, below: i64) -> BigRational {
    BigRational::new(BigInt::from(above), BigInt::from(below))
}

/// All its digits, where it has an end.
fn text(number: &BigRational) -> Option<String> {
    Some(decimal(number)).filter(|text| !text.ends_with('…') && text.len() < 20)
}

fn number(value: &BigRational, unit: &str) -> Option<Number> {
    let text = text(value)?;
    let double = text.parse().ok()?;
    Some(Number { text: text.into(), double, comparator: None, unit: unit.into() })
}

/// One in the last place of a number, and no more than a tenth of it.
fn step(number: &BigRational) -> BigRational {
    let text = decimal(number);
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len().min(4));
    let mut step = BigRational::new(BigInt::one(), BigInt::from(10).pow(u32::try_from(places).unwrap_or(0)));
    if number.is_positive() {
        while &step * whole(5) > *number {
            step /= whole(10);
        }
    }
    step
}

/// What a measure can be.
struct Bounds {
    low: BigRational,
    high: Option<BigRational>,
}

impl Bounds {
    fn of(concept: &Concept) -> Self {
        let mut bounds = Self { low: BigRational::zero(), high: None };
        let mut first = true;
        for range in [&concept.plausible, &concept.range].into_iter().flatten() {
            let bound = |exact: crate::ir::Exact| in_usual_unit(concept, &exact.rational(), &range.unit).ok();
            let (Some(low), Some(high)) = (bound(range.low), bound(range.high)) else { continue };
            bounds.low = if first { low } else { bounds.low.max(low) };
            bounds.high = Some(bounds.high.map_or(high.clone(), |known| known.min(high)));
            first = false;
        }
        bounds
    }

    fn hold(&self, number: &BigRational) -> bool {
        *number >= self.low && self.high.as_ref().is_none_or(|high| number <= high)
    }
}

/// The numbers of a lab or score.
pub(super) fn of(concept: &Concept, aim: &MeasureAim) -> Numbers {
    let usual = concept.unit.clone().unwrap_or_else(Unit::one);
    let unit = if usual.code() == "1" { String::new() } else { usual.code().to_owned() };
    let bounds = Bounds::of(concept);
    let multiples =
        |scale: Scale| aim.limits.iter().filter(move |limit| limit.scale == scale).map(|limit| limit.number.clone());
    let most = multiples(Scale::Upper).max();
    let upper = most.as_ref().map(|most| normal(&bounds, most));
    let lower = multiples(Scale::Lower)
        .max()
        .map(|_| upper.as_ref().map_or_else(|| normal(&bounds, &whole(4)), |upper| upper / whole(4)));
    let mut limits: BTreeSet<BigRational> = BTreeSet::new();
    for limit in &aim.limits {
        let converted = match limit.scale {
            Scale::Upper => upper.as_ref().map(|upper| upper * &limit.number),
            Scale::Lower => lower.as_ref().map(|lower| lower * &limit.number),
            Scale::Plain | Scale::Dose => {
                let unit = Unit::from_ucum(&limit.unit).ok();
                unit.and_then(|unit| in_usual_unit(concept, &limit.number, &unit).ok())
            }
        };
        limits.extend(converted.filter(|number| bounds.hold(number)));
    }
    let mut values = vec![Setting::plain(What::Nothing)];
    let plain = candidates(&limits, &bounds);
    values.extend(plain.iter().filter_map(|value| Some(Setting::plain(What::Number(number(value, &unit)?)))));
    values.extend(odd(concept, &usual, &unit, &limits, &plain));
    Numbers {
        values,
        upper: upper.and_then(|limit| number(&limit, &unit)),
        lower: lower.and_then(|limit| number(&limit, &unit)),
        unit,
    }
}

/// An upper limit of normal of which so many times can still be measured.
fn normal(bounds: &Bounds, most: &BigRational) -> BigRational {
    let known = [40, 20, 100, 10, 5, 200, 2, 1, 400].map(whole).into_iter().chain([ratio(1, 2), ratio(1, 10)]);
    let fits = |limit: &BigRational| bounds.hold(limit) && bounds.hold(&(limit * most * whole(2)));
    let mut known = known.filter(fits);
    known.next().unwrap_or_else(|| bounds.high.as_ref().map_or_else(BigRational::one, |high| high / whole(20)))
}

fn candidates(limits: &BTreeSet<BigRational>, bounds: &Bounds) -> Vec<BigRational> {
    let mut found = BTreeSet::new();
    for limit in limits {
        let step = step(limit);
        found.extend([limit - &step, limit.clone(), limit + &step]);
    }
    let mut sorted: Vec<&BigRational> = limits.iter().collect();
    sorted.sort();
    for pair in sorted.windows(2) {
        if let [low, high] = pair {
            let gap = *high - *low;
            found.extend([1, 2, 3].map(|part| *low + &gap * ratio(part, 4)));
        }
    }
    if let (Some(first), Some(last)) = (sorted.first(), sorted.last()) {
        let below = *first - &bounds.low;
        found.extend([1, 5, 9].map(|part| &bounds.low + &below * ratio(part, 10)));
        found.extend([ratio(11, 10), ratio(3, 2), whole(2), whole(4)].map(|times| *last * times));
        found.extend(bounds.high.as_ref().map(|high| *last + (high - *last) / whole(4)));
    } else {
        let high = bounds.high.clone().unwrap_or_else(|| whole(100));
        let gap = &high - &bounds.low;
        found.extend([1, 3, 6, 10, 20, 35, 50, 80].map(|part| &bounds.low + &gap * ratio(part, 100)));
    }
    // The bounds of a scale are results that occur; those of a laboratory are not.
    found.into_iter().filter(|value| bounds.hold(value) && text(value).is_some()).take(MOST).collect()
}

/// Results below or above what can be measured, and results in other units.
fn odd(
    concept: &Concept,
    usual: &Unit,
    unit: &str,
    limits: &BTreeSet<BigRational>,
    plain: &[BigRational],
) -> Vec<Setting> {
    let mut found = Vec::new();
    for value in limits.iter().chain(plain.first()).take(4) {
        let Some(number) = number(value, unit) else { continue };
        for comparator in ["<", ">", "<=", ">="] {
            found.push(Setting::odd(What::Number(Number { comparator: Some(comparator), ..number.clone() })));
        }
    }
    let others = UNITS.iter().filter_map(|code| Unit::from_ucum(code).ok().filter(|other| other != usual));
    let fits = others.filter(|other| in_usual_unit(concept, &whole(1), other).is_ok());
    for other in fits.take(2) {
        let back = |value: &BigRational| match &concept.molar_mass {
            Some(mass) => usual.convert_substance(value, &other, &mass.value.rational()).ok(),
            None => usual.convert(value, &other).ok(),
        };
        let converted = plain.iter().step_by(1 + plain.len() / 8).chain(limits).filter_map(back);
        let converted = converted.filter_map(|value| number(&rounded(&value), other.code()));
        found.extend(converted.map(|number| Setting::odd(What::Number(number))));
    }
    found
}

/// To so many places as a laboratory prints, where it has no end.
fn rounded(value: &BigRational) -> BigRational {
    if text(value).is_some() {
        return value.clone();
    }
    let places = BigRational::from_integer(BigInt::from(10).pow(4));
    (value * &places).round() / places
}

/// Amounts of a drug, around its limits.
pub(super) fn doses(limits: &BTreeSet<Limit>) -> Vec<(Number, bool)> {
    let mut found = Vec::new();
    let default = Limit { number: whole(20), unit: "mg/d".to_owned(), scale: Scale::Dose };
    let half = Limit { number: whole(5), ..default.clone() };
    let none = [half, default];
    let limits: Vec<&Limit> = if limits.is_empty() { none.iter().collect() } else { limits.iter().collect() };
    for limit in limits {
        let step = step(&limit.number);
        let around = [
            limit.number.clone(),
            &limit.number - &step,
            &limit.number + &step,
            &limit.number * ratio(1, 2),
            &limit.number * ratio(1, 10),
            &limit.number * whole(2),
        ];
        let daily = limit.unit.ends_with("/d");
        for value in around.iter().filter(|value| value.is_positive()) {
            found.extend(number(value, &limit.unit).map(|number| (number, daily)));
        }
    }
    found
}
