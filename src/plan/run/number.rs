//! Numbers as doubles: all that one may be, and comparisons that are right or deferred.

use std::cmp::Ordering;

use super::Deferred;
use crate::evaluate::Kleene;
use crate::ir::Comparator;
use crate::plan::Number;

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) number: Number,
    pub(super) included: bool,
}

/// The numbers between two ends; an end that is not there is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: Option<End>,
    pub(super) high: Option<End>,
}

impl Interval {
    pub(super) fn exactly(number: Number) -> Self {
        let end = Some(End { number, included: true });
        Self { low: end, high: end }
    }

    /// The one number that it is, if it is one.
    pub(super) fn exact(&self) -> Option<Number> {
        let (low, high) = (self.low?, self.high?);
        // The same number may have been written with more digits in another unit.
        let same = low.number.value - high.number.value == 0.0;
        let digits = low.number.digits.max(high.number.digits);
        (low.included && high.included && same).then_some(Number { digits, ..low.number })
    }

    pub(super) fn compare(&self, comparator: Comparator, other: &Self) -> Result<Kleene, Deferred> {
        Ok(match comparator {
            Comparator::Less => {
                Kleene::between(before(self.high, other.low, false)?, !before(other.high, self.low, true)?)
            }
            Comparator::AtMost => {
                Kleene::between(before(self.high, other.low, true)?, !before(other.high, self.low, false)?)
            }
            Comparator::Greater => other.compare(Comparator::Less, self)?,
            Comparator::AtLeast => other.compare(Comparator::AtMost, self)?,
            Comparator::Equal => {
                let same = match (self.exact(), other.exact()) {
                    (Some(a), Some(b)) => order(a, b)? == Ordering::Equal,
                    _ => false,
                };
                let apart = before(self.high, other.low, false)? || before(other.high, self.low, false)?;
                Kleene::between(same, !apart)
            }
            Comparator::NotEqual => !self.compare(Comparator::Equal, other)?,
        })
    }

    /// Both in one.
    pub(super) fn hull(&self, other: &Self) -> Result<Self, Deferred> {
        Ok(Self {
            low: further(self.low, other.low, Ordering::Less)?,
            high: further(self.high, other.high, Ordering::Greater)?,
        })
    }

    /// The greater (or smaller) of a number of each.
    pub(super) fn extreme(&self, other: &Self, way: Ordering) -> Result<Self, Deferred> {
        let (low, high) = if way == Ordering::Greater {
            (nearer(self.low, other.low, Ordering::Less)?, further(self.high, other.high, Ordering::Greater)?)
        } else {
            (further(self.low, other.low, Ordering::Less)?, nearer(self.high, other.high, Ordering::Greater)?)
        };
        Ok(Self { low, high })
    }

    /// Divided by a limit of normal, which is more than zero.
    pub(super) fn per(&self, limit: Number) -> Self {
        let end = |end: End| End {
            number: Number {
                value: end.number.value / limit.value,
                digits: end.number.digits.saturating_add(limit.digits),
            },
            ..end
        };
        Self { low: self.low.map(end), high: self.high.map(end) }
    }
}

/// Two numbers in order. Decimals of few digits that doubles cannot tell apart are the same; of others nobody knows.
///
/// Two decimals that differ, with no more than `d` significant digits each once they have been brought to the same places,
/// differ by at least a 10^-d part of themselves. A quotient counts the digits of both its parts: `a / b` against `c` is `a`
/// against `b * c`, which has no more digits than `b` and `c` together.
pub(in crate::plan) fn order(a: Number, b: Number) -> Result<Ordering, Deferred> {
    let (x, y) = (a.value, b.value);
    let exact = a.digits != Number::ROUNDED && b.digits != Number::ROUNDED;
    let near = if exact { Number::NEAR } else { Number::NEAR_IF_ROUNDED };
    if (x - y).abs() > near * x.abs().max(y.abs()) {
        return Ok(if x < y { Ordering::Less } else { Ordering::Greater });
    }
    if a.digits.saturating_add(b.digits) <= Number::MOST || x == 0.0 && y == 0.0 {
        Ok(Ordering::Equal)
    } else {
        Err(Deferred)
    }
}

/// Whether every number up to a high end lies before every one from a low end on, or may equal it.
fn before(high: Option<End>, low: Option<End>, equal: bool) -> Result<bool, Deferred> {
    let (Some(high), Some(low)) = (high, low) else { return Ok(false) };
    Ok(match order(high.number, low.number)? {
        Ordering::Less => true,
        Ordering::Equal => equal || !(high.included && low.included),
        Ordering::Greater => false,
    })
}

/// Of two low ends (`way` less) or two high ends (`way` greater), the one that reaches further out.
fn further(a: Option<End>, b: Option<End>, way: Ordering) -> Result<Option<End>, Deferred> {
    let (Some(x), Some(y)) = (a, b) else { return Ok(None) };
    Ok(Some(match order(x.number, y.number)? {
        Ordering::Equal if x.included => x,
        Ordering::Equal => y,
        found if found == way => x,
        _ => y,
    }))
}

/// The one that reaches less far.
fn nearer(a: Option<End>, b: Option<End>, way: Ordering) -> Result<Option<End>, Deferred> {
    let (Some(x), Some(y)) = (a, b) else { return Ok(a.or(b)) };
    Ok(Some(match order(x.number, y.number)? {
        Ordering::Equal if x.included => y,
        Ordering::Equal => x,
        found if found == way => y,
        _ => x,
    }))
}
