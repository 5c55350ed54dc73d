//! Sums, products and shares of exact numbers: in machine words where their parts are small, as those of measured values are.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

pub(crate) fn plus(a: &BigRational, b: &BigRational) -> BigRational {
    let found = small(a).zip(small(b)).and_then(|((a, below), (b, under))| {
        let above = (a * under).checked_add(b * below)?;
        Some(reduced(above, below * under))
    });
    found.unwrap_or_else(|| a + b)
}

pub(crate) fn minus(a: &BigRational, b: &BigRational) -> BigRational {
    let found = small(a).zip(small(b)).and_then(|((a, below), (b, under))| {
        let above = (a * under).checked_sub(b * below)?;
        Some(reduced(above, below * under))
    });
    found.unwrap_or_else(|| a - b)
}

pub(crate) fn times(a: &BigRational, b: &BigRational) -> BigRational {
    let found = small(a).zip(small(b));
    found.map_or_else(|| a * b, |((a, below), (b, under))| reduced(a * b, below * under))
}

/// A share; nothing of zero.
pub(crate) fn over(a: &BigRational, b: &BigRational) -> Option<BigRational> {
    if b.is_zero() {
        return None;
    }
    let found = small(a).zip(small(b)).map(|((a, below), (b, under))| {
        let sign = if b < 0 { -1 } else { 1 };
        reduced(a * under * sign, below * b.abs())
    });
    Some(found.unwrap_or_else(|| a / b))
}

/// Both parts, where the product of any two of them is no more than a word of 128 bits.
pub(crate) fn small(number: &BigRational) -> Option<(i128, i128)> {
    let (above, below) = (number.numer().to_i64()?, number.denom().to_i64()?);
    (above != i64::MIN).then_some((i128::from(above), i128::from(below)))
}

/// In lowest terms; what it is divided by is above zero.
fn reduced(above: i128, below: i128) -> BigRational {
    let divisor = common(above.unsigned_abs(), below.unsigned_abs());
    let part = |number: i128| i128::try_from(divisor).map_or(number, |divisor| number / divisor);
    BigRational::new_raw(BigInt::from(part(above)), BigInt::from(part(below)))
}

/// The greatest common divisor, by Euclid.
fn common(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        if let (Ok(small), Ok(other)) = (u64::try_from(a), u64::try_from(b)) {
            let (mut a, mut b) = (small, other);
            while b != 0 {
                (a, b) = (b, a % b);
            }
            return u128::from(a);
        }
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as in numbers of any length, for parts at every limit.
    #[test]
    fn small_numbers_are_reckoned_with_as_large_ones() {
        let parts = [0, 1, -1, 2, 3, -7, 100, 11_312, i64::MAX, i64::MIN, i64::MAX - 1, 1 << 62];
        let number = |above: i64, below: i64| BigRational::new(above.into(), below.into());
        let numbers: Vec<BigRational> = parts
            .iter()
            .flat_map(|above| parts.iter().filter(|below| **below != 0).map(|below| number(*above, *below)))
            .collect();
        for a in &numbers {
            for b in &numbers {
                assert_eq!(plus(a, b), a + b);
                assert_eq!(minus(a, b), a - b);
                assert_eq!(times(a, b), a * b);
                assert_eq!(over(a, b), (!b.is_zero()).then(|| a / b));
            }
        }
    }
}
