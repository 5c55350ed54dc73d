//! Exact numbers that are quick to add: a calendar adds up every dose.
//!
//! An amount is a decimal with an end nearly always, and is kept as one: an integer and its places. What has no end, such as
//! a third of 100 mg, is kept as a fraction.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::record::decimal;

/// An exact number, not negative.
#[derive(Clone, Debug)]
pub struct Number(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// So many of `10^-places`.
    Decimal {
        digits: i128,
        places: u32,
    },
    Ratio(Box<BigRational>),
}

/// Places that are tried for a decimal.
const MOST_PLACES: u32 = 12;
/// Digits that leave room for a sum of very many.
const MOST_DIGITS: i128 = 1 << 100;

impl Number {
    pub const ZERO: Self = Self(Kind::Decimal { digits: 0, places: 0 });

    #[must_use]
    pub fn new(number: &BigRational) -> Self {
        let mut scaled = number.clone();
        let ten = BigRational::from_integer(BigInt::from(10));
        for places in 0..=MOST_PLACES {
            if scaled.is_integer() {
                return match scaled.to_integer().to_i128().filter(|digits| digits.abs() < MOST_DIGITS) {
                    Some(digits) => Self(Kind::Decimal { digits, places }),
                    None => break,
                };
            }
            scaled *= &ten;
        }
        Self(Kind::Ratio(Box::new(number.clone())))
    }

    #[must_use]
    pub fn rational(&self) -> BigRational {
        match &self.0 {
            Kind::Decimal { digits, places } => BigRational::new(BigInt::from(*digits), BigInt::from(10).pow(*places)),
            Kind::Ratio(ratio) => (**ratio).clone(),
        }
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Adds so many times another number to this one.
    pub fn add_times(&mut self, other: &Self, count: u32) {
        if let (Kind::Decimal { digits: a, places: p }, Kind::Decimal { digits: b, places: q }) =
            (&mut self.0, &other.0)
            && p == q
            && let Some(sum) = b.checked_mul(i128::from(count)).and_then(|b| a.checked_add(b))
            && sum.abs() < MOST_DIGITS
        {
            *a = sum;
            return;
        }
        self.add(&other.times(count));
    }

    /// Adds another number to this one.
    pub fn add(&mut self, other: &Self) {
        if let (Kind::Decimal { digits: a, places: p }, Kind::Decimal { digits: b, places: q }) = (&self.0, &other.0)
            && let Some(sum) = added((*a, *p), (*b, *q))
        {
            self.0 = sum;
            return;
        }
        *self = Self::new(&(self.rational() + other.rational()));
    }

    /// So many times this number.
    #[must_use]
    pub fn times(&self, count: u32) -> Self {
        if count == 1 {
            return self.clone();
        }
        if let Kind::Decimal { digits, places } = &self.0
            && let Some(digits) = digits.checked_mul(i128::from(count)).filter(|digits| digits.abs() < MOST_DIGITS)
        {
            return Self(Kind::Decimal { digits, places: *places });
        }
        Self::new(&(self.rational() * BigRational::from_integer(BigInt::from(count))))
    }

    /// Writes it as people do: `216`, `140.25`, `33.333333…`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Kind::Decimal { digits, places } => match u64::try_from(*digits) {
                Ok(digits) => write_decimal(digits, *places, out),
                Err(_) => out.extend_from_slice(decimal(&self.rational()).as_bytes()),
            },
            Kind::Ratio(ratio) => out.extend_from_slice(decimal(ratio).as_bytes()),
        }
    }
}

/// The sum of two decimals, if there is room for it.
fn added((a, p): (i128, u32), (b, q): (i128, u32)) -> Option<Kind> {
    let places = p.max(q);
    let digits = scaled(a, places - p)?.checked_add(scaled(b, places - q)?).filter(|sum| sum.abs() < MOST_DIGITS)?;
    Some(Kind::Decimal { digits, places })
}

/// The digits of a decimal with so many more places.
fn scaled(digits: i128, more: u32) -> Option<i128> {
    if more == 0 { Some(digits) } else { digits.checked_mul(10_i128.checked_pow(more)?) }
}

/// The decimal digits of a number, without zeros at the end of its fraction.
fn write_decimal(mut digits: u64, mut places: u32, out: &mut Vec<u8>) {
    while places > 0 && digits.is_multiple_of(10) {
        digits /= 10;
        places -= 1;
    }
    // From its end: no more than 20 digits, a zero before the point, and the point.
    let mut text = [0_u8; 40];
    let mut from = text.len();
    let mut left = places;
    for slot in text.iter_mut().rev() {
        from -= 1;
        if places > 0 && left == 0 {
            *slot = b'.';
            places = 0;
            continue;
        }
        *slot = b'0' + u8::try_from(digits % 10).unwrap_or(0);
        digits /= 10;
        left = left.saturating_sub(1);
        if digits == 0 && places == 0 {
            break;
        }
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Kind::Decimal { digits: a, places: p }, Kind::Decimal { digits: b, places: q }) = (&self.0, &other.0) {
            if p == q {
                return a.cmp(b);
            }
            let places = *p.max(q);
            if let (Some(a), Some(b)) = (scaled(*a, places - p), scaled(*b, places - q)) {
                return a.cmp(&b);
            }
        }
        self.rational().cmp(&other.rational())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(above: i64, below: i64) -> BigRational {
        BigRational::new(above.into(), below.into())
    }

    #[test]
    fn numbers_are_written_to_their_end() {
        for (above, below, text) in [
            (0, 1, "0"),
            (216, 1, "216"),
            (56_100, 400, "140.25"),
            (5, 100, "0.05"),
            (1_000_000, 1, "1000000"),
            (100, 3, "33.333333…"),
            (10, 10, "1"),
            (1, 1000, "0.001"),
        ] {
            assert_eq!(Number::new(&ratio(above, below)).to_string(), text);
        }
    }

    #[test]
    fn sums_are_exact() {
        for (a, b) in [((1, 3), (2, 3)), ((5, 100), (1, 10)), ((140, 1), (561, 4)), ((1, 7), (1, 1000))] {
            let (a, b) = (ratio(a.0, a.1), ratio(b.0, b.1));
            let mut sum = Number::new(&a);
            sum.add(&Number::new(&b));
            assert_eq!(sum.rational(), &a + &b);
            assert_eq!(Number::new(&a).times(3).rational(), &a * ratio(3, 1));
            let mut sum = Number::new(&b);
            sum.add_times(&Number::new(&a), 3);
            sum.add_times(&Number::new(&a), 2);
            assert_eq!(sum.rational(), &b + &a * ratio(5, 1));
        }
    }
}
