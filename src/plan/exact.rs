//! Fractions of whole numbers of 128 bits: exact, or nothing where they do not reach.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::ToPrimitive;

use super::Number;

/// A fraction. What lies below is more than zero; the two may have divisors in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact {
    above: i128,
    below: i128,
}

impl Exact {
    pub(crate) const ZERO: Self = Self::whole(0);

    pub(crate) const fn whole(number: i128) -> Self {
        Self { above: number, below: 1 }
    }

    fn new(above: i128, below: i128) -> Option<Self> {
        match below.cmp(&0) {
            Ordering::Greater => Some(Self { above, below }),
            Ordering::Less => Some(Self { above: above.checked_neg()?, below: below.checked_neg()? }),
            Ordering::Equal => None,
        }
    }

    pub(crate) fn of(number: &BigRational) -> Option<Self> {
        Self::new(number.numer().to_i128()?, number.denom().to_i128()?)
    }

    /// One number divided by another.
    pub(crate) fn ratio(above: i128, below: i128) -> Option<Self> {
        Self::new(above, below)
    }

    /// The nearest double, with the digits of the decimal that it is, or of the two parts of the quotient.
    pub(crate) fn number(self) -> Option<Number> {
        let Self { above, below } = self.reduced();
        let of_quotient = digits(above).saturating_add(digits(below));
        let digits = decimal_digits(above, below).map_or(of_quotient, |own| own.min(of_quotient));
        let digits = if digits > Number::MOST { Number::ROUNDED } else { digits };
        Some(Number { value: self.double()?, digits })
    }

    /// The short decimal that a number of a plan is; nothing of one that was rounded.
    pub(crate) fn decimal(number: Number) -> Option<Self> {
        if number.digits > Number::MOST {
            return None;
        }
        let mut scale = 1_i64;
        // Two decimals of fifteen digits are never the same double: the first that gives this one is it.
        while scale <= 1_000_000_000_000_000 {
            #[expect(clippy::cast_precision_loss, reason = "a power of ten up to 10^15 is a double")]
            let power = scale as f64;
            let whole = (number.value * power).round();
            if whole.abs() >= 1e15 {
                return None;
            }
            #[expect(clippy::float_cmp, reason = "it is the nearest double of this decimal, or it is not")]
            if whole / power == number.value {
                #[expect(clippy::cast_possible_truncation, reason = "a whole number below 10^15")]
                return Self::new(i128::from(whole as i64), i128::from(scale));
            }
            scale *= 10;
        }
        None
    }

    pub(crate) fn fraction(self) -> Option<Ratio<i64>> {
        let Self { above, below } = self.reduced();
        Some(Ratio::new(i64::try_from(above).ok()?, i64::try_from(below).ok()?))
    }

    pub(crate) fn rational(self) -> BigRational {
        BigRational::new(BigInt::from(self.above), BigInt::from(self.below))
    }

    pub(crate) fn is_zero(self) -> bool {
        self.above == 0
    }

    pub(crate) fn is_negative(self) -> bool {
        self.above < 0
    }

    pub(crate) fn negated(self) -> Option<Self> {
        Some(Self { above: self.above.checked_neg()?, below: self.below })
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        if self.below == other.below {
            return Some(Self { above: self.above.checked_add(other.above)?, below: self.below });
        }
        if self.is_small() && other.is_small() {
            let above = self.above * other.below + other.above * self.below;
            return Some(Self { above, below: self.below * other.below });
        }
        Self::tried(self, other, |a, b| {
            let above = a.above.checked_mul(b.below)?.checked_add(b.above.checked_mul(a.below)?)?;
            Some(Self { above, below: a.below.checked_mul(b.below)? })
        })
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated()?)
    }

    pub(crate) fn times(self, other: Self) -> Option<Self> {
        if self.is_small() && other.is_small() {
            return Some(Self { above: self.above * other.above, below: self.below * other.below });
        }
        Self::tried(self, other, |a, b| {
            Some(Self { above: a.above.checked_mul(b.above)?, below: a.below.checked_mul(b.below)? })
        })
    }

    /// Nothing where the other is zero.
    pub(crate) fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.below, other.above)?)
    }

    pub(crate) fn order(self, other: Self) -> Option<Ordering> {
        if self.below == other.below {
            return Some(self.above.cmp(&other.above));
        }
        if self.is_small() && other.is_small() {
            return Some((self.above * other.below).cmp(&(other.above * self.below)));
        }
        Self::tried(self, other, |a, b| Some(a.above.checked_mul(b.below)?.cmp(&b.above.checked_mul(a.below)?)))
    }

    /// The nearest double.
    pub(crate) fn double(self) -> Option<f64> {
        const MOST: i128 = 1 << 53;
        if self.above.abs() < MOST && self.below < MOST {
            #[expect(clippy::cast_precision_loss, reason = "both are below 2^53, and the quotient is rounded once")]
            return Some(self.above as f64 / self.below as f64);
        }
        self.rational().to_f64()
    }

    /// Whether the products of two such fractions, and their sums, have room.
    fn is_small(self) -> bool {
        const MOST: i128 = 1 << 62;
        -MOST < self.above && self.above < MOST && self.below < MOST
    }

    /// As they are, and without common divisors where that is too much.
    fn tried<T>(a: Self, b: Self, work: impl Fn(Self, Self) -> Option<T>) -> Option<T> {
        work(a, b).or_else(|| work(a.reduced(), b.reduced()))
    }

    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.above.unsigned_abs(), self.below.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        match i128::try_from(a) {
            Ok(common) if common > 1 => Self { above: self.above / common, below: self.below / common },
            _ => self,
        }
    }
}

/// The significant digits of a whole number.
fn digits(number: i128) -> u8 {
    let mut left = number.unsigned_abs();
    while left != 0 && left.is_multiple_of(10) {
        left /= 10;
    }
    let mut digits = 1;
    while left >= 10 {
        left /= 10;
        digits += 1;
    }
    digits
}

/// Those of a quotient that is a decimal.
fn decimal_digits(mut above: i128, mut below: i128) -> Option<u8> {
    for (prime, other) in [(2, 5), (5, 2)] {
        while below % prime == 0 {
            below /= prime;
            above = above.checked_mul(other)?;
        }
    }
    (below == 1).then(|| digits(above))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A half has one digit; 15 / 7 is no decimal, and three digits say which quotient it is.
    #[test]
    fn digits_of_decimals_and_of_quotients() {
        for (above, below, digits) in [(35, 70, 1), (15, 7, 3), (0, 3, 1), (1200, 1, 2), (1, 8, 2), (70, 141, 4)] {
            let number = Exact::new(above, below).unwrap().number().unwrap();
            assert_eq!(number.digits, digits, "{above}/{below}");
        }
        let long = Exact::new(1, 1_234_567_890_123).unwrap().number().unwrap();
        assert_eq!(long.digits, Number::ROUNDED);
    }

    fn decimal(text: &str) -> Exact {
        let value: f64 = text.parse().unwrap();
        Exact::decimal(Number { value, digits: 12 }).unwrap()
    }

    fn order(a: Exact, b: Exact) -> Ordering {
        a.order(b).unwrap()
    }

    #[test]
    fn doubles_of_short_decimals_are_these_decimals() {
        for (text, above, below) in
            [("7.1", 71, 10), ("0.1", 1, 10), ("-0.45", -9, 20), ("1.375", 11, 8), ("300", 300, 1)]
        {
            assert_eq!(order(decimal(text), Exact::new(above, below).unwrap()), Ordering::Equal, "{text}");
        }
        let small = decimal("0.000123456789012");
        assert_eq!(order(small, Exact::new(123_456_789_012, 1_000_000_000_000_000).unwrap()), Ordering::Equal);
        assert!(Exact::decimal(Number { value: 0.1, digits: Number::ROUNDED }).is_none());
        assert!(Exact::decimal(Number { value: f64::NAN, digits: 1 }).is_none());
        assert!(Exact::decimal(Number { value: 1e200, digits: 1 }).is_none());
    }

    /// 0.1 and 0.2 are 0.3, which they are not as doubles; a fall from 7.1 to 5.68 is one of a fifth, no more and no less.
    #[test]
    fn sums_and_shares_are_exact() {
        let sum = decimal("0.1").plus(decimal("0.2")).unwrap();
        assert_eq!(order(sum, decimal("0.3")), Ordering::Equal);
        let fall = decimal("7.1").minus(decimal("5.68")).unwrap().over(decimal("7.1")).unwrap();
        assert_eq!(order(fall, Exact::new(1, 5).unwrap()), Ordering::Equal);
        assert!(decimal("1").over(Exact::ZERO).is_none());
    }

    /// What is too much for 128 bits is reduced, and given up where that does not help.
    #[test]
    fn what_is_too_large_is_given_up() {
        let large = Exact::new(i128::MAX - 1, 2).unwrap();
        assert_eq!(
            order(large.times(Exact::new(2, i128::MAX - 1).unwrap()).unwrap(), Exact::whole(1)),
            Ordering::Equal
        );
        assert!(large.times(Exact::whole(4)).is_none());
        assert!(large.times(Exact::whole(2)).is_some());
    }

    /// The double is that of the fraction itself.
    #[test]
    fn doubles_are_those_of_exact_fractions() {
        for (above, below) in [(1, 3), (2, 7), (-22, 7), (10_i128.pow(30) + 1, 3 * 10_i128.pow(20)), (5, 40)] {
            let fraction = BigRational::new(BigInt::from(above), BigInt::from(below));
            let found = Exact::new(above, below).unwrap().double().unwrap();
            assert_eq!(found.to_bits(), fraction.to_f64().unwrap().to_bits(), "{above}/{below}");
        }
    }
}
