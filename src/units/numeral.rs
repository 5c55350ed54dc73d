//! The numbers in the text of a unit: powers of ten, whole factors, exponents.

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::term::Term;

/// The most digits that an exponent has.
const DIGITS: usize = 2;

/// An exponent that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exponent {
    Of(i32),
    /// One of more than two digits, which no unit has.
    TooLarge,
}

/// The exponent of `10*9`, `10^9` or `10⁹`, each with an `x` or `×` before it or not.
pub(super) fn power_of_ten(run: &str) -> Option<Exponent> {
    let power = run.strip_prefix(['x', '×']).unwrap_or(run).strip_prefix("10")?;
    match power.strip_prefix(['*', '^']) {
        Some("") => Some(Exponent::Of(1)),
        Some(exponent) => signed(exponent),
        None => superscript(power).and_then(|exponent| signed(&exponent)),
    }
}

/// A whole number as a factor: no term where it is one, nothing where it is zero.
pub(super) fn factor(digits: &str) -> Option<Vec<Term>> {
    let number: BigInt = digits.parse().ok()?;
    if number.is_zero() {
        return None;
    }
    Some(if number.is_one() { Vec::new() } else { vec![Term::number(number)] })
}

/// A symbol and its exponent: `m2`, `s-1`, `m^2`, `m²`.
pub(super) fn split_exponent(run: &str) -> Option<(&str, Exponent)> {
    if let Some((symbol, exponent)) = run.split_once('^') {
        return Some((symbol, signed(exponent)?));
    }
    let exponent = |sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '+') || superscript_digit(sign).is_some();
    let symbol = run.trim_end_matches(exponent);
    let written = run.strip_prefix(symbol)?;
    let plain = superscript(written);
    Some((symbol, signed(plain.as_deref().unwrap_or(written))?))
}

/// A whole number with or without a sign.
fn signed(text: &str) -> Option<Exponent> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.len() > DIGITS {
        return Some(Exponent::TooLarge);
    }
    text.parse().ok().map(Exponent::Of)
}

/// A text of superscripts in plain digits.
fn superscript(text: &str) -> Option<String> {
    text.chars().map(superscript_digit).collect()
}

fn superscript_digit(sign: char) -> Option<char> {
    let mut signs = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺".chars().zip("0123456789-+".chars());
    signs.find(|(raised, _)| *raised == sign).map(|(_, plain)| plain)
}
