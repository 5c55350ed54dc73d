//! Numbers as people write them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

/// Decimals that a number without an end is shown with.
const PLACES: u32 = 6;

/// All digits where the number has an end within 28 of them; six after the point otherwise, and `…` behind them.
#[must_use]
pub fn decimal(number: &BigRational) -> String {
    let ends = |places: u32| (number * BigRational::from_integer(BigInt::from(10).pow(places))).is_integer();
    match (0..=28).find(|places| ends(*places)) {
        Some(places) => digits(number, places),
        None => format!("{}…", digits(number, PLACES)),
    }
}

fn digits(number: &BigRational, places: u32) -> String {
    let scaled = (number.abs() * BigRational::from_integer(BigInt::from(10).pow(places))).trunc().to_integer();
    let text = format!("{scaled:0>width$}", width = places as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - places as usize);
    let sign = if number.is_negative() && !scaled.is_zero() { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_to_their_end() {
        for (above, below, text) in [
            (33_936, 10_000, "3.3936"),
            (1, 3, "0.333333…"),
            (-1, 2, "-0.5"),
            (100, 1, "100"),
            (-2, 3, "-0.666666…"),
            (0, 1, "0"),
        ] {
            assert_eq!(decimal(&BigRational::new(above.into(), below.into())), text);
        }
    }
}
