//! All that a number may be: exact, censored (`<0.5`), or between two others.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::Zero;

use super::fraction;
use super::kleene::Kleene;
use crate::ir::Comparator;

/// One end of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// There is none on this side.
    Open,
    /// This number, itself one of them or not.
    At { number: BigRational, included: bool },
}

/// The numbers between two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    pub low: End,
    pub high: End,
}

impl Interval {
    #[must_use]
    pub fn exactly(number: BigRational) -> Self {
        Self::between(number.clone(), number)
    }

    /// Both ends included.
    #[must_use]
    pub fn between(low: BigRational, high: BigRational) -> Self {
        Self { low: End::At { number: low, included: true }, high: End::At { number: high, included: true } }
    }

    #[must_use]
    pub fn at_least(number: BigRational) -> Self {
        Self { low: End::At { number, included: true }, high: End::Open }
    }

    #[must_use]
    pub fn at_most(number: BigRational) -> Self {
        Self { low: End::Open, high: End::At { number, included: true } }
    }

    #[must_use]
    pub fn below(number: BigRational) -> Self {
        Self { low: End::Open, high: End::At { number, included: false } }
    }

    #[must_use]
    pub fn above(number: BigRational) -> Self {
        Self { low: End::At { number, included: false }, high: End::Open }
    }

    /// The one number that it is, if it is one.
    #[must_use]
    pub fn exact(&self) -> Option<&BigRational> {
        match (&self.low, &self.high) {
            (End::At { number: low, included: true }, End::At { number: high, included: true }) if low == high => {
                Some(low)
            }
            _ => None,
        }
    }

    /// What holds of every pair of numbers, one from each.
    #[must_use]
    pub fn compare(&self, comparator: Comparator, other: &Self) -> Kleene {
        match comparator {
            Comparator::Less => {
                Kleene::between(before(&self.high, &other.low, false), !before(&other.high, &self.low, true))
            }
            Comparator::AtMost => {
                Kleene::between(before(&self.high, &other.low, true), !before(&other.high, &self.low, false))
            }
            Comparator::Greater => other.compare(Comparator::Less, self),
            Comparator::AtLeast => other.compare(Comparator::AtMost, self),
            Comparator::Equal => {
                let same = self.exact().is_some() && self.exact() == other.exact();
                let apart = before(&self.high, &other.low, false) || before(&other.high, &self.low, false);
                Kleene::between(same, !apart)
            }
            Comparator::NotEqual => !self.compare(Comparator::Equal, other),
        }
    }

    /// Both in one.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        let low = if low_order(&self.low, &other.low) == Ordering::Greater { &other.low } else { &self.low };
        let high = if high_order(&self.high, &other.high) == Ordering::Less { &other.high } else { &self.high };
        Self { low: low.clone(), high: high.clone() }
    }

    /// The greater of a number of each.
    #[must_use]
    pub fn greater(&self, other: &Self) -> Self {
        let low = if low_order(&self.low, &other.low) == Ordering::Less { &other.low } else { &self.low };
        let high = if high_order(&self.high, &other.high) == Ordering::Less { &other.high } else { &self.high };
        Self { low: low.clone(), high: high.clone() }
    }

    /// The smaller of a number of each.
    #[must_use]
    pub fn smaller(&self, other: &Self) -> Self {
        let low = if low_order(&self.low, &other.low) == Ordering::Greater { &other.low } else { &self.low };
        let high = if high_order(&self.high, &other.high) == Ordering::Greater { &other.high } else { &self.high };
        Self { low: low.clone(), high: high.clone() }
    }

    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        if let (Some(a), Some(b)) = (self.exact(), other.exact()) {
            return Self::exactly(fraction::plus(a, b));
        }
        Self { low: add(&self.low, &other.low), high: add(&self.high, &other.high) }
    }

    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        if let (Some(a), Some(b)) = (self.exact(), other.exact()) {
            return Self::exactly(fraction::minus(a, b));
        }
        self.plus(&other.negated())
    }

    fn negated(&self) -> Self {
        Self { low: negate(&self.high), high: negate(&self.low) }
    }

    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        // Of single numbers all corners are one.
        if let (Some(a), Some(b)) = (self.exact(), other.exact()) {
            return Self::exactly(fraction::times(a, b));
        }
        let corner = |end: &End, side: Corner| match end {
            End::Open => side,
            End::At { number, included } => Corner::At(number.clone(), *included),
        };
        let ours = [corner(&self.low, Corner::Below), corner(&self.high, Corner::Above)];
        let theirs = [corner(&other.low, Corner::Below), corner(&other.high, Corner::Above)];
        let products = || ours.iter().flat_map(|a| theirs.iter().map(|b| a.times(b)));
        let low = products().min_by(|a, b| a.order(b, true)).unwrap_or(Corner::Below);
        let high = products().max_by(|a, b| a.order(b, false)).unwrap_or(Corner::Above);
        Self { low: low.end(), high: high.end() }
    }

    /// One divided by it; nothing where it may be zero.
    #[must_use]
    pub fn reciprocal(&self) -> Option<Self> {
        let zero = Self::exactly(BigRational::zero());
        match self.compare(Comparator::Equal, &zero) {
            Kleene::Met | Kleene::Unknown => None,
            Kleene::NotMet => {
                // An open end of the one is a zero of the other that is not reached, and the other way round.
                let turned = |end: &End| match end {
                    End::Open => End::At { number: BigRational::zero(), included: false },
                    End::At { number, .. } if number.is_zero() => End::Open,
                    End::At { number, included } => End::At { number: number.recip(), included: *included },
                };
                Some(Self { low: turned(&self.high), high: turned(&self.low) })
            }
        }
    }

    /// Each end put through a rising function; nothing where the function has no value.
    pub fn rising<E>(&self, function: impl Fn(&BigRational) -> Result<BigRational, E>) -> Result<Self, E> {
        if let Some(number) = self.exact() {
            return function(number).map(Self::exactly);
        }
        let end = |end: &End| {
            Ok(match end {
                End::Open => End::Open,
                End::At { number, included } => End::At { number: function(number)?, included: *included },
            })
        };
        Ok(Self { low: end(&self.low)?, high: end(&self.high)? })
    }
}

/// An end of an interval as a factor.
#[derive(Clone)]
enum Corner {
    /// Less than every number.
    Below,
    At(BigRational, bool),
    Above,
}

impl Corner {
    fn sign(&self) -> Ordering {
        match self {
            Self::Below => Ordering::Less,
            Self::At(number, _) => number.cmp(&BigRational::zero()),
            Self::Above => Ordering::Greater,
        }
    }

    fn times(&self, other: &Self) -> Self {
        if let (Self::At(a, x), Self::At(b, y)) = (self, other) {
            // Zero times anything is zero, whether or not the other end is reached.
            let zero = *x && a.is_zero() || *y && b.is_zero();
            return Self::At(a * b, zero || *x && *y);
        }
        match (self.sign(), other.sign()) {
            (Ordering::Equal, _) | (_, Ordering::Equal) => Self::At(BigRational::zero(), true),
            (ours, theirs) if ours == theirs => Self::Above,
            _ => Self::Below,
        }
    }

    /// Of two that are the same number, the one that is reached comes first as a low end and last as a high one.
    fn order(&self, other: &Self, low: bool) -> Ordering {
        match (self, other) {
            (Self::At(a, x), Self::At(b, y)) => a.cmp(b).then(if low { y.cmp(x) } else { x.cmp(y) }),
            (Self::Below, Self::Below) | (Self::Above, Self::Above) => Ordering::Equal,
            (Self::Below, _) | (_, Self::Above) => Ordering::Less,
            (_, Self::Below) | (Self::Above, _) => Ordering::Greater,
        }
    }

    fn end(self) -> End {
        match self {
            Self::Below | Self::Above => End::Open,
            Self::At(number, included) => End::At { number, included },
        }
    }
}

/// Whether every number up to a high end lies before every one from a low end on, or may equal it.
fn before(high: &End, low: &End, equal: bool) -> bool {
    match (high, low) {
        (End::Open, _) | (_, End::Open) => false,
        (End::At { number: a, included: x }, End::At { number: b, included: y }) => match a.cmp(b) {
            Ordering::Less => true,
            Ordering::Equal => equal || !(*x && *y),
            Ordering::Greater => false,
        },
    }
}

/// Which low end reaches further down: the lesser.
fn low_order(a: &End, b: &End) -> Ordering {
    match (a, b) {
        (End::Open, End::Open) => Ordering::Equal,
        (End::Open, End::At { .. }) => Ordering::Less,
        (End::At { .. }, End::Open) => Ordering::Greater,
        (End::At { number: a, included: x }, End::At { number: b, included: y }) => a.cmp(b).then(y.cmp(x)),
    }
}

/// Which high end reaches further up: the greater.
fn high_order(a: &End, b: &End) -> Ordering {
    match (a, b) {
        (End::Open, End::Open) => Ordering::Equal,
        (End::Open, End::At { .. }) => Ordering::Greater,
        (End::At { .. }, End::Open) => Ordering::Less,
        (End::At { number: a, included: x }, End::At { number: b, included: y }) => a.cmp(b).then(x.cmp(y)),
    }
}

fn add(a: &End, b: &End) -> End {
    match (a, b) {
        (End::At { number: a, included: x }, End::At { number: b, included: y }) => {
            End::At { number: a + b, included: *x && *y }
        }
        (End::Open, _) | (_, End::Open) => End::Open,
    }
}

fn negate(end: &End) -> End {
    match end {
        End::Open => End::Open,
        End::At { number, included } => End::At { number: -number, included: *included },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: i64) -> BigRational {
        BigRational::from_integer(number.into())
    }

    fn exactly(at: i64) -> Interval {
        Interval::exactly(number(at))
    }

    /// `<5` meets `< 5` and `< 6`, cannot meet `>= 5`, and leaves `< 4` open.
    #[test]
    fn a_censored_number_is_compared_as_far_as_it_goes() {
        let low = Interval::below(number(5));
        assert_eq!(low.compare(Comparator::Less, &exactly(5)), Kleene::Met);
        assert_eq!(low.compare(Comparator::AtMost, &exactly(5)), Kleene::Met);
        assert_eq!(low.compare(Comparator::AtLeast, &exactly(5)), Kleene::NotMet);
        assert_eq!(low.compare(Comparator::Less, &exactly(4)), Kleene::Unknown);
        assert_eq!(low.compare(Comparator::Equal, &exactly(5)), Kleene::NotMet);
        let high = Interval::above(number(90));
        assert_eq!(high.compare(Comparator::Greater, &exactly(90)), Kleene::Met);
        assert_eq!(high.compare(Comparator::AtMost, &exactly(90)), Kleene::NotMet);
        assert_eq!(high.compare(Comparator::Greater, &exactly(91)), Kleene::Unknown);
    }

    #[test]
    fn what_equals_a_limit_equals_it() {
        assert_eq!(exactly(5).compare(Comparator::AtLeast, &exactly(5)), Kleene::Met);
        assert_eq!(exactly(5).compare(Comparator::Greater, &exactly(5)), Kleene::NotMet);
        let some = Interval::between(number(5), number(7));
        assert_eq!(some.compare(Comparator::AtLeast, &exactly(5)), Kleene::Met);
        assert_eq!(some.compare(Comparator::Greater, &exactly(5)), Kleene::Unknown);
        assert_eq!(some.compare(Comparator::Greater, &exactly(7)), Kleene::NotMet);
    }

    /// Every comparison and sum of small intervals is what all pairs of their numbers say.
    #[test]
    fn arithmetic_holds_every_result() {
        for a in -2..=2_i64 {
            for b in a..=2 {
                for c in -2..=2_i64 {
                    for d in c..=2 {
                        let (x, y) = (Interval::between(number(a), number(b)), Interval::between(number(c), number(d)));
                        let corners = [a * c, a * d, b * c, b * d];
                        let product = Interval::between(
                            number(*corners.iter().min().unwrap()),
                            number(*corners.iter().max().unwrap()),
                        );
                        assert_eq!(x.times(&y), product, "[{a}, {b}] * [{c}, {d}]");
                        assert_eq!(x.minus(&y), Interval::between(number(a - d), number(b - c)));
                        assert_eq!(x.reciprocal().is_none(), a <= 0 && b >= 0);
                    }
                }
            }
        }
    }

    #[test]
    fn an_open_end_stays_open() {
        let most = Interval::below(number(4));
        assert_eq!(most.times(&exactly(-2)), Interval::above(number(-8)));
        assert_eq!(most.times(&exactly(0)), exactly(0));
        let positive = Interval {
            low: End::At { number: number(0), included: false },
            high: End::At { number: number(4), included: false },
        };
        assert_eq!(
            positive.reciprocal(),
            Some(Interval {
                low: End::At { number: BigRational::new(1.into(), 4.into()), included: false },
                high: End::Open
            })
        );
    }
}
