//! The last so many results of one patient, and their mean.

use super::change::added;
use super::number::{End, Interval, order};
use super::value::{Thing, Valued, reading};
use super::{Deferred, Run};
use crate::plan::{Number, Repeat, ValueAt};
use crate::record::{DAY, Span};

/// A result that may count.
struct Candidate {
    /// It lies in the period for sure, and when is known.
    exact: bool,
    span: Span,
    reading: Option<Thing>,
}

impl Run<'_> {
    pub(super) fn repeat(&self, repeat: &Repeat) -> Result<Valued, Deferred> {
        let Some(days) = self.days_of(repeat.period) else { return Ok(Valued::unknown()) };
        let found = self.repeats(repeat, days)?;
        let thing = usize::try_from(repeat.nth).ok().and_then(|nth| found?.get(nth).copied());
        Ok(thing.map_or(Valued::unknown(), Valued::one))
    }

    /// The last so many, from the latest backwards, each at least so far from the one after it; nothing where it is open which
    /// they are.
    fn repeats(&self, repeat: &Repeat, days: Span) -> Result<Option<Vec<Thing>>, Deferred> {
        let timeless = self.plan.concepts.get(repeat.of.at()).is_some_and(|slot| slot.id.as_str() == "sex");
        let by_time = repeat.apart.is_some_and(|apart| apart < DAY);
        let results = self.facts.results_of(repeat.of).iter();
        let candidates = results.filter(|result| timeless || result.when.touches(days)).map(|result| {
            let (sure, span) =
                if timeless { (true, result.when) } else { (result.when.within(days), result.when.meet(days)) };
            let exact = sure && span.is_one_day() && (!by_time || span.from == span.to);
            Candidate { exact, span, reading: reading(result, repeat.scale) }
        });
        let (mut exact, vague): (Vec<Candidate>, Vec<Candidate>) = candidates.partition(|candidate| candidate.exact);
        exact.sort_by_key(|candidate| std::cmp::Reverse((candidate.span.to, candidate.span.from)));
        let count = repeat.count as usize;
        let mut taken: Vec<Thing> = Vec::new();
        let mut last: Option<(Span, Thing)> = None;
        for candidate in &exact {
            let Some(thing) = candidate.reading else { return Ok(None) };
            let beside = last.filter(|(span, _)| span.touches(candidate.span));
            let near =
                last.zip(repeat.apart).is_some_and(|((span, _), apart)| distance(candidate.span, span, apart) < apart);
            let full = taken.len() == count;
            if full || near {
                // One of the same moment as the last that counts might as well have been taken.
                if let Some((_, known)) = beside
                    && !same(&known, &thing)?
                {
                    return Ok(None);
                }
                if full && beside.is_none() {
                    break;
                }
                continue;
            }
            last = Some((candidate.span, thing));
            taken.push(thing);
        }
        // One whose date is open matters where it may be later than the earliest that counts.
        let earliest = last.map_or(i64::MIN, |(span, _)| span.from);
        let open = vague.iter().any(|candidate| candidate.span.to >= earliest);
        Ok((!open && taken.len() == count).then_some(taken))
    }

    /// The mean of some that are all known.
    pub(super) fn mean(&mut self, of: &[ValueAt]) -> Result<Valued, Deferred> {
        let mut sum: Option<Interval> = None;
        for value in of {
            let value = self.value(*value)?;
            let [Thing::Number(next)] = value.may_be.as_slice() else { return Ok(Valued::unknown()) };
            if value.unknown {
                return Ok(Valued::unknown());
            }
            sum = Some(match sum {
                None => *next,
                Some(known) => Interval { low: both(known.low, next.low)?, high: both(known.high, next.high)? },
            });
        }
        let count = u32::try_from(of.len()).map_err(|_| Deferred)?;
        let digits = count.checked_ilog10().map_or(1, |places| places + 1);
        let count = Number { value: f64::from(count), digits: u8::try_from(digits).unwrap_or(Number::ROUNDED) };
        Ok(sum.map_or(Valued::unknown(), |sum| Valued::one(Thing::Number(sum.per(count)))))
    }
}

/// The ends of a sum.
fn both(a: Option<End>, b: Option<End>) -> Result<Option<End>, Deferred> {
    let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
    Ok(Some(End { number: added(a.number, b.number)?, included: a.included && b.included }))
}

/// Whether two results say the same.
fn same(a: &Thing, b: &Thing) -> Result<bool, Deferred> {
    let end = |a: Option<End>, b: Option<End>| match (a, b) {
        (Some(a), Some(b)) => Ok(a.included == b.included && order(a.number, b.number)?.is_eq()),
        (a, b) => Ok(a.is_none() && b.is_none()),
    };
    match (a, b) {
        (Thing::Number(a), Thing::Number(b)) => Ok(end(a.low, b.low)? && end(a.high, b.high)?),
        (Thing::Word(a), Thing::Word(b)) => Ok(a == b),
        _ => Ok(false),
    }
}

/// From one result to a later one: in days where days are asked for, in seconds otherwise.
fn distance(earlier: Span, later: Span, asked: i64) -> i64 {
    if asked % DAY == 0 { (later.first_day() - earlier.last_day()) * DAY } else { later.from - earlier.to }
}
