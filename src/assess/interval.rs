//! The exact interval of a proportion.

use statrs::distribution::{Beta, ContinuousCDF};

/// The ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    pub low: f64,
    pub high: f64,
}

/// The Clopper-Pearson interval of `count` in `of` at a level such as 0.95: the ends are quantiles of beta distributions
/// (Clopper and Pearson 1934, Biometrika 26:404; Brown, Cai and Das Gupta 2001, Statistical Science 16:101). Nothing where `of`
/// is zero or `count` larger than it.
#[must_use]
pub fn clopper_pearson(count: u64, of: u64, level: f64) -> Option<Exact> {
    if of == 0 || count > of || !(0.0..1.0).contains(&level) {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let quantile = |a: u64, b: u64, p: f64| Some(precisely(&Beta::new(float(a), float(b)).ok()?, p));
    let low = if count == 0 { 0.0 } else { quantile(count, of - count + 1, tail)? };
    let high = if count == of { 1.0 } else { quantile(count + 1, of - count, 1.0 - tail)? };
    Some(Exact { low, high })
}

/// The quantile to the last digits of a double, by halves of the distribution function of the library.
fn precisely(beta: &Beta, p: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    loop {
        let middle = low.midpoint(high);
        if middle <= low || middle >= high {
            return middle;
        }
        if beta.cdf(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no trial has more participants than a double has whole numbers")]
fn float(number: u64) -> f64 {
    number as f64
}
