//! Comparisons of numbers that are known to lie between two ends, in doubles: what is nearer than doubles can tell is equal.

use super::text::number;
use crate::ir::Comparator;
use crate::plan::Number;

/// The ends of a number, as expressions; `None` for a number that is known exactly.
#[derive(Clone)]
pub(super) struct Ends {
    pub(super) low: String,
    pub(super) low_in: Option<String>,
    pub(super) high: String,
    pub(super) high_in: Option<String>,
    /// A constant.
    constant: Option<f64>,
}

impl Ends {
    /// The columns of a row.
    pub(super) fn of(table: &str) -> Self {
        let column = |name: &str| format!("{table}.{name}");
        Self {
            low: column("low"),
            low_in: Some(column("low_in")),
            high: column("high"),
            high_in: Some(column("high_in")),
            constant: None,
        }
    }

    pub(super) fn constant(value: f64) -> Self {
        let text = number(value);
        Self { low: text.clone(), low_in: None, high: text, high_in: None, constant: Some(value) }
    }
}

/// How near two numbers are that count as equal: as a part of themselves.
#[derive(Clone, Copy)]
pub(super) enum Near {
    /// Both as they were recorded, or divided by a limit.
    Recorded,
    /// One of them was worked out.
    WorkedOut,
}

impl Near {
    fn part(self) -> f64 {
        match self {
            Self::Recorded => Number::NEAR,
            Self::WorkedOut => Number::NEAR_IF_ROUNDED,
        }
    }
}

/// What holds of every pair of numbers, one from each.
pub(super) fn compare(comparator: Comparator, left: &Ends, right: &Ends, near: Near) -> String {
    match comparator {
        Comparator::Less => between(&before(left, right, false, near), &before(right, left, true, near)),
        Comparator::AtMost => between(&before(left, right, true, near), &before(right, left, false, near)),
        Comparator::Greater => compare(Comparator::Less, right, left, near),
        Comparator::AtLeast => compare(Comparator::AtMost, right, left, near),
        Comparator::Equal => {
            let exact = |ends: &Ends| match (&ends.low_in, &ends.high_in) {
                (Some(low_in), Some(high_in)) => {
                    format!("{} = {} AND {low_in} AND {high_in} AND ", ends.low, ends.high)
                }
                _ => String::new(),
            };
            let same = format!("{}{}{}", exact(left), exact(right), equal(left, right, near));
            let apart = format!("{} OR {}", before(left, right, false, near), before(right, left, false, near));
            between(&same, &apart)
        }
        Comparator::NotEqual => format!("NOT ({})", compare(Comparator::Equal, left, right, near)),
    }
}

fn between(sure: &str, impossible: &str) -> String {
    format!("CASE WHEN {sure} THEN TRUE WHEN {impossible} THEN FALSE END")
}

/// What lies within this of a number is equal to it.
fn slack(left: (&str, Option<f64>), right: (&str, Option<f64>), near: Near) -> String {
    let part = near.part();
    match (left.1, right.1) {
        (_, Some(value)) | (Some(value), _) => format!("{:e}", value.abs() * part),
        (None, None) => format!("{part:e} * GREATEST(ABS({}), ABS({}))", left.0, right.0),
    }
}

/// Whether every number up to the high end of the one lies before every number from the low end of the other on, or may
/// equal it.
fn before(left: &Ends, right: &Ends, may_equal: bool, near: Near) -> String {
    let (high, low) = (&left.high, &right.low);
    let slack = slack((high, left.constant), (low, right.constant), near);
    if may_equal {
        return format!("{high} <= {low} + {slack}");
    }
    let closed: Vec<&str> = left.high_in.iter().chain(&right.low_in).map(String::as_str).collect();
    if closed.is_empty() {
        return format!("{high} < {low} - {slack}");
    }
    format!("({high} < {low} - {slack} OR {high} <= {low} + {slack} AND NOT ({}))", closed.join(" AND "))
}

fn equal(left: &Ends, right: &Ends, near: Near) -> String {
    let slack = slack((&left.low, left.constant), (&right.low, right.constant), near);
    format!("ABS({} - {}) <= {slack}", left.low, right.low)
}
