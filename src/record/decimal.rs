//! Numbers as people write them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

/// Decimals that a number without an end is shown with.
const PLACES: u32 = 6;

/// All digits where the number has an end within 28 of them; six after the point otherwise, and `…` behind them.
#[must_use]
pub fn decimal(number: &BigRational) -> String {
    if let Some(text) =
        number.numer().to_i64().zip(number.denom().to_u64()).and_then(|(above, below)| short(above, below))
    {
        return text;
    }
    let ends = |places: u32| (number * BigRational::from_integer(BigInt::from(10).pow(places))).is_integer();
    match (0..=28).find(|places| ends(*places)) {
        Some(places) => digits(number, places),
        None => format!("{}…", digits(number, PLACES)),
    }
}

/// The same of what fits into machine words and has few digits, or no end.
fn short(above: i64, below: u64) -> Option<String> {
    let twos = below.trailing_zeros();
    let (mut rest, mut fives) = (below >> twos, 0);
    while rest.is_multiple_of(5) {
        rest /= 5;
        fives += 1;
    }
    let (places, end) = if rest == 1 { (twos.max(fives), "") } else { (PLACES, "…") };
    let power = 10_u128.checked_pow(places).filter(|_| places <= 18)?;
    let scaled = u128::from(above.unsigned_abs()) * power / u128::from(below);
    Some(format!("{}{end}", pointed(&scaled.to_string(), places, above < 0 && scaled != 0)))
}

fn digits(number: &BigRational, places: u32) -> String {
    let scaled = (number.abs() * BigRational::from_integer(BigInt::from(10).pow(places))).trunc().to_integer();
    pointed(&scaled.to_string(), places, number.is_negative() && !scaled.is_zero())
}

/// With its point before so many places.
fn pointed(scaled: &str, places: u32, is_negative: bool) -> String {
    let text = format!("{scaled:0>width$}", width = places as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - places as usize);
    let sign = if is_negative { "-" } else { "" };
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

    /// In machine words or not: the text is the same.
    #[test]
    fn small_numbers_are_shown_as_large_ones() {
        for above in [0, 1, -1, 7, -20, 123_456, i64::MAX, i64::MIN] {
            for below in [1, 2, 3, 5, 8, 10, 64, 625, 1 << 20, 99_990_000, 5_u64.pow(20), u64::MAX] {
                let number = BigRational::new(above.into(), below.into());
                let places = (0..=28)
                    .find(|places| (&number * BigRational::from_integer(BigInt::from(10).pow(*places))).is_integer());
                let wanted = match places {
                    Some(places) => digits(&number, places),
                    None => format!("{}…", digits(&number, PLACES)),
                };
                assert_eq!(decimal(&number), wanted, "{above} / {below}");
            }
        }
    }
}
