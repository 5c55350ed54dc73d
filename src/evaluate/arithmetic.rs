//! Arithmetic over everything that values may be; exact but for broken powers.

use std::cell::RefCell;
use std::str::FromStr;
use std::sync::LazyLock;

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use dashu_int::IBig;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use rustc_hash::FxHashMap;

use super::interval::Interval;
use super::lists::hull_of;
use super::node::{Thing, Valued};
use crate::ir::{Comparator, Operator};
use crate::units::Unit;

use super::Kleene;

/// More alternatives than this are joined into one interval first.
const MOST: usize = 8;
/// The largest whole power: formulas raise to an age in years.
const MOST_POWER: i32 = 400;
/// The digits that a broken power is worked out to.
const DIGITS: i32 = 20;
/// What they are worked out in: 33 digits.
const BITS: usize = 110;

type Float = FBig<HalfEven, 2>;

/// Every result that the operands may give.
pub(crate) fn work_out(operator: Operator, left: &Valued, right: &Valued) -> Valued {
    let (left, right) = (few(left), few(right));
    let mut found = Valued { may_be: Vec::new(), unknown: left.unknown || right.unknown };
    for a in &left.may_be {
        for b in &right.may_be {
            match pair(operator, a, b) {
                Some(thing) => found.add(thing),
                None => found.unknown = true,
            }
        }
    }
    found
}

fn few(value: &Valued) -> Valued {
    if value.may_be.len() <= MOST {
        return value.clone();
    }
    let may_be = hull_of(value).map(|(interval, unit)| Thing::Number(interval, unit));
    Valued { unknown: value.unknown || may_be.is_none(), may_be: may_be.into_iter().collect() }
}

fn pair(operator: Operator, left: &Thing, right: &Thing) -> Option<Thing> {
    let (Thing::Number(a, unit), Thing::Number(b, other)) = (left, right) else { return None };
    let alike = || b.rising(|number| other.convert(number, unit)).ok();
    Some(match operator {
        Operator::Plus => Thing::Number(a.plus(&alike()?), unit.clone()),
        Operator::Minus => Thing::Number(a.minus(&alike()?), unit.clone()),
        Operator::Times => Thing::Number(a.times(b), unit.multiply(other)),
        Operator::Over => Thing::Number(a.times(&b.reciprocal()?), unit.divide(other)),
        Operator::Power => {
            let exponent = b.exact()?;
            let unit = match exponent.is_integer().then(|| exponent.to_i32()).flatten() {
                Some(whole) if !unit.dimension().is_number() => unit.power(whole),
                _ => unit.clone(),
            };
            Thing::Number(power(a, exponent)?, unit)
        }
    })
}

/// An interval to a power: whole ones exactly, others of what is not negative.
fn power(base: &Interval, exponent: &BigRational) -> Option<Interval> {
    if exponent.is_integer() {
        let whole = exponent.to_i32().filter(|whole| whole.abs() <= MOST_POWER)?;
        let zero = Interval::exactly(BigRational::zero());
        if base.compare(Comparator::AtLeast, &zero) == Kleene::Met {
            let grown = base.rising(|number| Ok::<_, ()>(number.pow(whole.abs()))).ok()?;
            return if whole < 0 { grown.reciprocal() } else { Some(grown) };
        }
        let mut product = Interval::exactly(BigRational::from_integer(BigInt::from(1)));
        for _ in 0..whole.unsigned_abs() {
            product = product.times(base);
        }
        return if whole < 0 { product.reciprocal() } else { Some(product) };
    }
    let zero = Interval::exactly(BigRational::zero());
    if base.compare(Comparator::AtLeast, &zero) != Kleene::Met {
        return None;
    }
    let positive = exponent.is_positive();
    let grown = base.rising(|number| broken_power(number, &exponent.abs()).ok_or(())).ok()?;
    if positive { Some(grown) } else { grown.reciprocal() }
}

thread_local! {
    /// Powers that were worked out last, by base and exponent: whoever goes through the days that a date may be asks for the same
    /// one each time.
    static KNOWN: RefCell<FxHashMap<(BigRational, BigRational), Option<BigRational>>> = RefCell::default();
}

/// Powers that are kept.
const MOST_KNOWN: usize = 256;

/// To 20 significant digits.
fn broken_power(base: &BigRational, exponent: &BigRational) -> Option<BigRational> {
    let key = (base.clone(), exponent.clone());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).cloned()) {
        return known;
    }
    let power = worked_out_power(base, exponent);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, power.clone());
    });
    power
}

fn worked_out_power(base: &BigRational, exponent: &BigRational) -> Option<BigRational> {
    if base.is_zero() {
        return Some(BigRational::zero());
    }
    // In base two, of which a word is a digit: in base ten each step would count the digits.
    let float = |number: &BigRational| -> Option<Float> {
        let whole = |part: &BigInt| Some(Float::from(IBig::from_str(&part.to_string()).ok()?));
        let [above, below] = [whole(number.numer())?, whole(number.denom())?];
        Some(above.with_precision(BITS).value() / below.with_precision(BITS).value())
    };
    let result = float(base)?.powf(&float(exponent)?);
    let significand = BigInt::from_str(&result.repr().significand().to_string()).ok()?;
    let two = BigRational::from_integer(BigInt::from(2));
    rounded(&(BigRational::from_integer(significand) * two.pow(i32::try_from(result.repr().exponent()).ok()?)))
}

/// A positive number to its first 20 digits.
fn rounded(number: &BigRational) -> Option<BigRational> {
    let before_point = number.to_f64().filter(|number| number.is_normal())?.log10().floor().to_i32()? + 1;
    let ten = BigRational::from_integer(BigInt::from(10));
    let scale = ten.pow(DIGITS - before_point);
    Some((number * &scale).round() / scale)
}

/// The distance from zero.
pub(super) fn absolute(value: &Valued) -> Valued {
    let mut found = Valued { may_be: Vec::new(), unknown: value.unknown };
    for thing in &value.may_be {
        match thing {
            Thing::Number(interval, unit) => {
                let negative = interval.compare(Comparator::Less, &Interval::exactly(BigRational::zero()));
                let turned = Interval::exactly(BigRational::zero()).minus(interval);
                found.add(Thing::Number(if negative == Kleene::Met { turned } else { interval.clone() }, unit.clone()));
            }
            Thing::Word(_) => found.unknown = true,
        }
    }
    found
}

/// Whether all of it is a number above zero.
pub(super) fn is_positive(value: &Valued) -> bool {
    let zero = Interval::exactly(BigRational::zero());
    value.may_be.iter().all(|thing| match thing {
        Thing::Number(interval, _) => interval.compare(Comparator::Greater, &zero) == Kleene::Met,
        Thing::Word(_) => false,
    })
}

pub(super) fn percent() -> Unit {
    static PERCENT: LazyLock<Unit> = LazyLock::new(|| Unit::parse("%").unwrap_or_else(|_| Unit::one()));
    PERCENT.clone()
}

/// A plain ratio in per cent.
pub(super) fn in_per_cent(value: &Valued) -> Valued {
    let percent = percent();
    let hundred = Interval::exactly(BigRational::from_integer(BigInt::from(100)));
    let mut found = Valued { may_be: Vec::new(), unknown: value.unknown };
    for thing in &value.may_be {
        match thing {
            Thing::Number(interval, _) => found.add(Thing::Number(interval.times(&hundred), percent.clone())),
            Thing::Word(_) => found.unknown = true,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(above: i64, below: i64) -> BigRational {
        BigRational::new(above.into(), below.into())
    }

    /// 3600 has the root 60; 2 has 1.4142135623730950488 (OEIS A002193), to 20 digits.
    #[test]
    fn broken_powers_have_twenty_digits() {
        assert_eq!(broken_power(&ratio(3600, 1), &ratio(1, 2)), Some(ratio(60, 1)));
        let root = broken_power(&ratio(2, 1), &ratio(1, 2)).unwrap();
        assert_eq!(crate::record::decimal(&root), "1.4142135623730950488");
        assert_eq!(broken_power(&ratio(0, 1), &ratio(1, 2)), Some(ratio(0, 1)));
    }

    #[test]
    fn whole_powers_are_exact() {
        let third = Interval::exactly(ratio(1, 3));
        assert_eq!(power(&third, &ratio(2, 1)), Some(Interval::exactly(ratio(1, 9))));
        assert_eq!(power(&third, &ratio(-2, 1)), Some(Interval::exactly(ratio(9, 1))));
        assert_eq!(power(&Interval::exactly(ratio(-4, 1)), &ratio(1, 2)), None);
        let between = |a: i64, b: i64| Interval::between(ratio(a, 1), ratio(b, 1));
        assert_eq!(power(&between(-2, 3), &ratio(2, 1)), Some(between(-6, 9)));
        assert_eq!(power(&between(2, 3), &ratio(-1, 1)), Some(Interval::between(ratio(1, 3), ratio(1, 2))));
    }

    /// The factor for age of CKD-EPI 2021, 0.9938 to the power of the age: ln 0.9938 = -0.00621930, times 90 is -0.559737, of
    /// which the exponential is 0.57136.
    #[test]
    fn powers_reach_every_age() {
        let factor = power(&Interval::exactly(ratio(9938, 10_000)), &ratio(90, 1)).unwrap();
        let between = |low: i64, high: i64| Interval::between(ratio(low, 100_000), ratio(high, 100_000));
        assert_eq!(factor.compare(Comparator::AtLeast, &between(57_135, 57_135)), Kleene::Met);
        assert_eq!(factor.compare(Comparator::AtMost, &between(57_137, 57_137)), Kleene::Met);
    }
}
