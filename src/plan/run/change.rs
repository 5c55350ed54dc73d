//! A value of one patient against what it was before.
//!
//! A change is not worked out: a fall by a fifth of what was before is a value of four fifths of it or less, which doubles
//! with a count of their digits compare exactly where a quotient would be rounded.

use super::count::{product, whole};
use super::number::{End, Interval};
use super::value::{MOST, Thing, Valued, sum};
use super::{Deferred, Run};
use crate::evaluate::Kleene;
use crate::ir::Comparator;
use crate::plan::{By, Change, Fold, Followed, NodeAt, Number, Pair, Toward};

impl Run<'_> {
    pub(super) fn change(&mut self, change: &Change) -> Result<Kleene, Deferred> {
        let Some(days) = self.days_of(change.period) else { return Ok(Kleene::Unknown) };
        // What was before a span that has no days is for the reference to say.
        if days.is_empty() {
            return Err(Deferred);
        }
        let Some((now, before)) = self.followed(&change.of)? else { return Ok(Kleene::Unknown) };
        if now.may_be.len().max(before.may_be.len()) > MOST {
            return Err(Deferred);
        }
        let comparator = change.of_now();
        let Some(bars) = bars(&before, change)? else { return Ok(Kleene::Unknown) };
        now.every(|thing| {
            let now = ranked(thing);
            let mut found: Option<Kleene> = None;
            for bar in &bars {
                let state = now.compare(comparator, bar)?;
                found = Some(found.map_or(state, |known| known.either(state)));
            }
            Ok(found.unwrap_or(Kleene::Unknown))
        })
    }
}

impl Run<'_> {
    /// A value now and before; nothing where nothing is known of one of them, or where it is open which is followed.
    fn followed(&mut self, of: &Followed) -> Result<Option<(Valued, Valued)>, Deferred> {
        let leading = match of {
            Followed::One(pair) => vec![*pair],
            Followed::Leading { fold, of } => self.leading(*fold, of)?,
        };
        let Some(first) = leading.first() else { return Ok(None) };
        // Of several that stood equally high, what each of them says.
        let mut now = Valued::default();
        for pair in &leading {
            let next = self.value(pair.now)?;
            if next.unknown || next.may_be.is_empty() {
                return Ok(None);
            }
            next.may_be.into_iter().for_each(|thing| now.add(thing));
        }
        let before = self.value(first.before)?;
        Ok((!before.unknown && !before.may_be.is_empty()).then_some((now, before)))
    }

    /// The one that was the highest (or lowest) for sure; several where they were equal, none where another might have been it.
    fn leading(&mut self, fold: Fold, of: &[(Option<NodeAt>, Pair)]) -> Result<Vec<Pair>, Deferred> {
        let mut found: Vec<(Pair, Interval)> = Vec::new();
        for (when, pair) in of {
            match when.map_or(Ok(Kleene::Met), |when| self.node(when))? {
                Kleene::Met => {}
                Kleene::NotMet => continue,
                Kleene::Unknown => return Ok(Vec::new()),
            }
            let before = self.value(pair.before)?;
            match before.hull()?.filter(|_| !before.unknown) {
                Some(interval) => found.push((*pair, interval)),
                None => return Ok(Vec::new()),
            }
        }
        let (over, from) = match fold {
            Fold::Lowest => (Comparator::Less, Comparator::AtMost),
            Fold::Highest | Fold::Sum => (Comparator::Greater, Comparator::AtLeast),
        };
        let against_all = |at: usize, one: &Interval, comparator: Comparator| {
            let others = found.iter().enumerate().filter(|(other, _)| *other != at);
            others
                .map(|(_, (_, other))| one.compare(comparator, other))
                .try_fold(Kleene::Met, |all, next| Ok(all.and(next?)))
        };
        let mut equal = Vec::new();
        for (at, (pair, one)) in found.iter().enumerate() {
            if against_all(at, one, over)? == Kleene::Met {
                return Ok(vec![*pair]);
            }
            if one.exact().is_some() && against_all(at, one, from)? == Kleene::Met {
                equal.push(*pair);
            }
        }
        Ok(equal)
    }
}

/// What the value now is held against, for everything that it may have been before; nothing where that may be zero, of which
/// there is no part.
fn bars(before: &Valued, change: &Change) -> Result<Option<Vec<Interval>>, Deferred> {
    let zero = Interval::exactly(Number { value: 0.0, digits: 1 });
    let ranges = before.may_be.iter().map(ranked);
    let (more, less) = match change.by {
        By::Amount(by) => {
            let by = if change.toward == Toward::Rise { by } else { Number { value: -by.value, ..by } };
            return ranges.map(|range| shifted(&range, by)).collect::<Result<Vec<_>, _>>().map(Some);
        }
        By::Part { more, less } => match change.toward {
            Toward::Rise => (more, less),
            Toward::Fall => (less, more),
        },
    };
    let ranges: Vec<Interval> = ranges.collect();
    let (mut positive, mut apart) = (true, true);
    for range in &ranges {
        positive &= range.compare(Comparator::Greater, &zero)? == Kleene::Met;
        apart &= range.compare(Comparator::Equal, &zero)? == Kleene::NotMet;
    }
    if positive {
        return Ok(Some(ranges.iter().map(|range| scaled(range, more)).collect()));
    }
    if !apart {
        return Ok(None);
    }
    // A part of a negative number is counted from its distance to zero.
    match ranges.as_slice() {
        [one] if one.exact().is_some() => Ok(Some(vec![scaled(one, less)])),
        _ => Err(Deferred),
    }
}

/// The words of a scale as their places in its order.
fn ranked(thing: &Thing) -> Interval {
    match thing {
        Thing::Number(interval) => *interval,
        Thing::Word(place) => Interval::exactly(whole(i64::from(*place))),
    }
}

fn scaled(range: &Interval, factor: Number) -> Interval {
    let end = |end: End| End { number: product(end.number, factor), ..end };
    if factor.value == 0.0 {
        return Interval::exactly(factor);
    }
    let (low, high) = if factor.value < 0.0 { (range.high, range.low) } else { (range.low, range.high) };
    Interval { low: low.map(end), high: high.map(end) }
}

fn shifted(range: &Interval, by: Number) -> Result<Interval, Deferred> {
    let end = |end: Option<End>| match end {
        Some(end) => added(end.number, by).map(|number| Some(End { number, ..end })),
        None => Ok(None),
    };
    Ok(Interval { low: end(range.low)?, high: end(range.high)? })
}

/// A sum, with as many digits as it may have.
pub(super) fn added(a: Number, b: Number) -> Result<Number, Deferred> {
    if a.value == 0.0 || b.value == 0.0 {
        return Ok(if a.value == 0.0 { b } else { a });
    }
    let value = sum(a.value, b.value)?;
    if a.digits == Number::ROUNDED || b.digits == Number::ROUNDED {
        return Ok(Number { value, digits: Number::ROUNDED });
    }
    // From the first digit of the sum to the last of either. A power of ten counts as one place more than it may have.
    let last = |number: Number| (number.value.abs().log10() - 1e-9).floor() + 1.0 - f64::from(number.digits);
    let first = (value.abs().log10() + 1e-9).floor();
    let digits = first - last(a).min(last(b)) + 1.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 99")]
    let digits = digits.clamp(1.0, f64::from(Number::ROUNDED)) as u8;
    Ok(Number { value, digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(value: f64, digits: u8) -> Number {
        Number { value, digits }
    }

    fn of(before: f64, toward: Toward, by: By) -> Option<Vec<Interval>> {
        let before = Valued::one(Thing::Number(Interval::exactly(short(before, 3))));
        let pair = Pair { now: crate::plan::ValueAt(0), before: crate::plan::ValueAt(1) };
        let change = Change {
            of: Followed::One(pair),
            period: crate::plan::PeriodAt(0),
            toward,
            comparator: Comparator::AtLeast,
            by,
        };
        bars(&before, &change).unwrap()
    }

    fn state(now: f64, comparator: Comparator, bars: Option<&Vec<Interval>>) -> Result<Kleene, Deferred> {
        let bars = bars.unwrap();
        Interval::exactly(short(now, 3)).compare(comparator, &bars[0])
    }

    /// 3 and a tenth of it are 3.3, of which doubles make 1.1 * 3 = 3.3000000000000003: it has risen by 10 % all the same.
    #[test]
    fn a_rise_by_just_a_tenth_is_one() {
        let tenth = By::Part { more: short(1.1, 2), less: short(0.9, 1) };
        let bars = of(3.0, Toward::Rise, tenth);
        assert_eq!(state(3.3, Comparator::AtLeast, bars.as_ref()), Ok(Kleene::Met));
        assert_eq!(state(3.3, Comparator::Greater, bars.as_ref()), Ok(Kleene::NotMet));
        assert_eq!(state(3.29, Comparator::AtLeast, bars.as_ref()), Ok(Kleene::NotMet));
    }

    /// From -2 up by a half of 2 is -1, and down by as much -3. Of zero there is no part.
    #[test]
    fn parts_of_what_is_not_above_zero() {
        let half = By::Part { more: short(1.5, 2), less: short(0.5, 1) };
        assert_eq!(state(-1.0, Comparator::AtLeast, of(-2.0, Toward::Rise, half).as_ref()), Ok(Kleene::Met));
        assert_eq!(state(-1.1, Comparator::AtLeast, of(-2.0, Toward::Rise, half).as_ref()), Ok(Kleene::NotMet));
        assert_eq!(state(-3.0, Comparator::AtMost, of(-2.0, Toward::Fall, half).as_ref()), Ok(Kleene::Met));
        assert!(of(0.0, Toward::Rise, half).is_none());
    }

    /// 120.5 and 0.25 are 120.75, of five digits; 99.9 and 0.1 are 100.0, of four, and of one more as 0.1 is a power of ten.
    #[test]
    fn a_sum_has_the_digits_that_it_may_need() {
        assert_eq!(added(short(120.5, 4), short(0.25, 2)), Ok(short(120.75, 5)));
        assert_eq!(added(short(99.9, 3), short(0.1, 1)), Ok(short(100.0, 5)));
        assert_eq!(added(short(0.0, 0), short(-3.0, 1)), Ok(short(-3.0, 1)));
        assert_eq!(added(short(1.0, 1), short(-1.0, 1)), Err(Deferred));
        let rounded = added(short(1.0, Number::ROUNDED), short(2.0, 1)).unwrap();
        assert_eq!(rounded.digits, Number::ROUNDED);
    }
}
