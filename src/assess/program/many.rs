//! What is no single number: conflicts, censored results, results that may lie in the time. They are few, and are worked out with
//! the reference's own intervals.

use std::cmp::Ordering;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::run::{Answer, Facing, Found, Leading, Times, holds};
use super::{Deferred, Exact, LOST, Member, NONE, Planned, Tallied, Told, TruthAt, Val, ValueAt};
use crate::evaluate::interval::{End, Interval};
use crate::evaluate::node::{Thing, Valued};
use crate::evaluate::outcome::change;
use crate::evaluate::{Kleene, every, hull_of, is_passed, work_out};
use crate::ir::{Comparator, Operator};
use crate::plan::facts::{Outcome, Said};
use crate::plan::{ConceptAt, Fold, Number, Scale};
use crate::record::Span;
use crate::units::Unit;

/// A result that may count.
struct Candidate<'f> {
    result: &'f Outcome,
    sure: bool,
    /// All that its moment may be, within the time.
    span: Span,
}

impl Facing<'_> {
    /// A value as the reference has it; its unit is that of the sentence, and stands nowhere.
    fn whole(&self, value: Val) -> Found<Valued> {
        let exactly = |number: BigRational| Valued::number(Interval::exactly(number), Unit::one());
        Ok(match value {
            Val::Unknown => Valued::unknown(),
            Val::One(number) => exactly(number.rational()),
            Val::Word(word) => exactly(Exact::whole(i128::from(word)).rational()),
            Val::Many(at) => self.memory.many.get(at as usize).ok_or(Deferred)?.clone(),
            Val::Vague => return Err(Deferred),
        })
    }

    fn kept(&mut self, value: Valued) -> Val {
        if value.may_be.is_empty() {
            return Val::Unknown;
        }
        if let ([Thing::Number(interval, _)], false) = (value.may_be.as_slice(), value.unknown)
            && let Some(number) = interval.exact().and_then(Exact::of)
        {
            return Val::One(number);
        }
        self.memory.many.push(value);
        u32::try_from(self.memory.many.len() - 1).map_or(Val::Unknown, Val::Many)
    }

    pub(super) fn is_settled(&self, at: u32) -> bool {
        self.memory.many.get(at as usize).is_some_and(Valued::is_settled)
    }

    pub(super) fn is_there(&self, at: u32) -> bool {
        self.memory.many.get(at as usize).is_some_and(|value| !value.unknown && !value.may_be.is_empty())
    }

    pub(super) fn tallied_many(&self, at: u32, planned: &Planned) -> Found<(Tallied, Option<Arc<str>>)> {
        let value = self.memory.many.get(at as usize).ok_or(Deferred)?;
        Ok(match (value.may_be.as_slice(), value.unknown) {
            ([Thing::Number(interval, _)], false) => match interval.exact() {
                Some(number) => (Tallied::Number(number.to_f64().ok_or(Deferred)?), planned.unit.clone()),
                None => (Tallied::Inexact, planned.unit.clone()),
            },
            (things, unknown) if unknown || things.is_empty() => (Tallied::Missing, None),
            _ => (Tallied::Inexact, None),
        })
    }

    // ---- asked -------------------------------------------------------------------------------------------------------------

    pub(super) fn compare(&self, value: Val, comparator: Comparator, to: Val) -> Found<Kleene> {
        let single = |value: Val| match value {
            Val::One(number) => Some(number),
            Val::Word(word) => Some(Exact::whole(i128::from(word))),
            Val::Unknown | Val::Many(_) | Val::Vague => None,
        };
        if let (Some(a), Some(b)) = (single(value), single(to)) {
            return Ok(holds(comparator, a.order(b).ok_or(Deferred)?).into());
        }
        if matches!(value, Val::Unknown) || matches!(to, Val::Unknown) {
            return Ok(Kleene::Unknown);
        }
        let (value, to) = (self.whole(value)?, self.whole(to)?);
        Ok(every(&value, |a| {
            every(&to, |b| match (a, b) {
                (Thing::Number(a, _), Thing::Number(b, _)) => a.compare(comparator, b),
                _ => Kleene::Unknown,
            })
        }))
    }

    pub(super) fn between(&self, value: Val, low: Exact, high: Exact) -> Found<Kleene> {
        if let Val::Many(_) = value {
            let (low, high) = (Interval::exactly(low.rational()), Interval::exactly(high.rational()));
            return Ok(every(&self.whole(value)?, |thing| match thing {
                Thing::Number(number, _) => {
                    number.compare(Comparator::AtLeast, &low).and(number.compare(Comparator::AtMost, &high))
                }
                Thing::Word(_) => Kleene::Unknown,
            }));
        }
        let above = self.compare(value, Comparator::AtLeast, Val::One(low))?;
        Ok(above.and(self.compare(value, Comparator::AtMost, Val::One(high))?))
    }

    pub(super) fn one_of(&self, value: Val, words: &[u32]) -> Found<Kleene> {
        match value {
            Val::Unknown => Ok(Kleene::Unknown),
            Val::Word(word) => Ok(words.contains(&word).into()),
            Val::Many(_) => Ok(every(&self.whole(value)?, |thing| match thing {
                Thing::Number(interval, _) => interval
                    .exact()
                    .and_then(ToPrimitive::to_u32)
                    .map_or(Kleene::Unknown, |word| words.contains(&word).into()),
                Thing::Word(_) => Kleene::Unknown,
            })),
            Val::One(_) | Val::Vague => Err(Deferred),
        }
    }

    // ---- reckoned with -----------------------------------------------------------------------------------------------------

    pub(super) fn arithmetic(&mut self, operator: Operator, left: Val, right: Val) -> Found<Val> {
        if let (Val::One(a), Val::One(b)) = (left, right) {
            let found = match operator {
                Operator::Plus => a.plus(b),
                Operator::Minus => a.minus(b),
                Operator::Times => a.times(b),
                Operator::Over if b.is_zero() => return Ok(Val::Unknown),
                Operator::Over => a.over(b),
                Operator::Power => None,
            };
            return found.map(Val::One).ok_or(Deferred);
        }
        let found = work_out(operator, &self.whole(left)?, &self.whole(right)?);
        Ok(self.kept(found))
    }

    pub(super) fn scaled(&mut self, value: Val, factor: Exact, offset: Exact) -> Found<Val> {
        match value {
            Val::Unknown => Ok(Val::Unknown),
            Val::One(number) => {
                let scaled = number.times(factor).ok_or(Deferred)?;
                let moved = if offset.is_zero() { Some(scaled) } else { scaled.plus(offset) };
                moved.map(Val::One).ok_or(Deferred)
            }
            Val::Many(_) => {
                let (factor, offset) = (factor.rational(), offset.rational());
                self.mapped(value, |interval| interval.rising(|number| Ok::<_, ()>(number * &factor + &offset)).ok())
            }
            Val::Word(_) | Val::Vague => Err(Deferred),
        }
    }

    pub(super) fn negated(&mut self, at: u32) -> Val {
        let zero = Interval::exactly(BigRational::zero());
        self.mapped(Val::Many(at), |interval| Some(zero.minus(interval))).unwrap_or(Val::Unknown)
    }

    fn mapped(&mut self, value: Val, map: impl Fn(&Interval) -> Option<Interval>) -> Found<Val> {
        let known = self.whole(value)?;
        let mut found = Valued { may_be: Vec::new(), unknown: known.unknown };
        for thing in &known.may_be {
            match thing {
                Thing::Number(interval, unit) => match map(interval) {
                    Some(interval) => found.add(Thing::Number(interval, unit.clone())),
                    None => found.unknown = true,
                },
                Thing::Word(_) => return Err(Deferred),
            }
        }
        Ok(self.kept(found))
    }

    /// What is one or the other.
    pub(super) fn either(&mut self, known: Option<Val>, next: Val) -> Found<Val> {
        let Some(known) = known else { return Ok(next) };
        match (known, next) {
            (Val::Unknown, Val::Unknown) => return Ok(known),
            (Val::One(a), Val::One(b)) if a.order(b) == Some(Ordering::Equal) => return Ok(known),
            _ => {}
        }
        let found = self.whole(known)?.or(&self.whole(next)?);
        Ok(self.kept(found))
    }

    pub(super) fn change_of_many(&mut self, now: Val, before: Val, relative: bool) -> Found<Val> {
        if matches!((now, before), (Val::Unknown, Val::Unknown | Val::One(_)) | (Val::One(_), Val::Unknown)) {
            return Ok(Val::Unknown);
        }
        let found = change(&self.whole(now)?, &self.whole(before)?, relative);
        Ok(self.kept(found))
    }

    // ---- lists -------------------------------------------------------------------------------------------------------------

    pub(super) fn fold_many(&mut self, fold: Fold, entries: &[(Option<TruthAt>, ValueAt)]) -> Answer<Val> {
        let mut sum: Option<Interval> = None;
        let mut unknown = false;
        let (mut seen, mut left_out, mut counted) = (NONE, NONE, false);
        for (when, value) in entries {
            let counts = match when {
                Some(when) => self.truth(*when)?,
                None => Told { what: Kleene::Met, seen: NONE },
            };
            let value = self.value(*value);
            if counts.what == Kleene::NotMet {
                left_out = left_out.max(value.map_or(LOST, |value| value.seen));
                continue;
            }
            counted = true;
            let value = value?;
            seen = seen.max(value.seen);
            if counts.what == Kleene::Unknown {
                // One that may not count is there with nothing known of it.
                unknown = true;
                seen = seen.max(counts.seen);
                continue;
            }
            let value = self.whole(value.what)?;
            unknown |= value.unknown || value.may_be.is_empty();
            if let Some((next, _)) = hull_of(&value) {
                sum = Some(match (sum, fold) {
                    (None, _) => next,
                    (Some(known), Fold::Highest) => known.greater(&next),
                    (Some(known), Fold::Lowest) => known.smaller(&next),
                    (Some(known), Fold::Sum) => known.plus(&next),
                });
            }
        }
        let interval = match (sum, fold, unknown) {
            (None, _, _) | (_, Fold::Sum, true) => None,
            (Some(interval), _, false) => Some(interval),
            // What is unknown may be of any size: it can only raise a highest, and only lower a lowest.
            (Some(interval), Fold::Highest, true) => Some(Interval { high: End::Open, ..interval }),
            (Some(interval), Fold::Lowest, true) => Some(Interval { low: End::Open, ..interval }),
        };
        let what = match interval {
            Some(interval) => self.kept(Valued::number(interval, Unit::one())),
            None => Val::Unknown,
        };
        Ok(Told { what, seen: if counted { seen } else { left_out } })
    }

    pub(super) fn leading_of_many(&mut self, fold: Fold, members: &[Member]) -> Found<Leading> {
        let mut found: Vec<((ValueAt, ValueAt), Interval)> = Vec::new();
        for member in members {
            match member.when.map_or(Ok(Kleene::Met), |when| self.truth(when).map(|told| told.what))? {
                Kleene::Met => {}
                Kleene::NotMet => continue,
                Kleene::Unknown => return Ok(Leading::new()),
            }
            let value = self.value(member.before)?;
            let value = self.whole(value.what)?;
            let Some((interval, _)) = hull_of(&value).filter(|_| !value.unknown) else { return Ok(Leading::new()) };
            found.push(((member.now, member.before), interval));
        }
        let (over, from) = match fold {
            Fold::Lowest => (Comparator::Less, Comparator::AtMost),
            Fold::Highest | Fold::Sum => (Comparator::Greater, Comparator::AtLeast),
        };
        let against_all = |at: usize, comparator: Comparator| {
            let others = found.iter().enumerate().filter(|(other, _)| *other != at);
            let one = found.get(at).map(|(_, interval)| interval);
            Kleene::all(others.map(|(_, (_, other))| one.map_or(Kleene::Unknown, |one| one.compare(comparator, other))))
        };
        let sure = found.iter().enumerate().find(|(at, _)| against_all(*at, over) == Kleene::Met);
        if let Some((_, (member, _))) = sure {
            return Ok(smallvec::smallvec![*member]);
        }
        let equal = found
            .iter()
            .enumerate()
            .filter(|(at, (_, one))| one.exact().is_some() && against_all(*at, from) == Kleene::Met);
        Ok(equal.map(|(_, (member, _))| *member).collect())
    }

    // ---- results -----------------------------------------------------------------------------------------------------------

    /// The result that counts, where that may be one of several, or is known to a range.
    pub(super) fn result_of_many(&mut self, of: ConceptAt, scale: Scale, times: &Times) -> Answer<Val> {
        let inside = self.results_of(of).iter();
        let inside = inside.filter(|result| result.when.touches(times.span) && !times.is_too_late(result.when));
        let candidates: Vec<Candidate<'_>> = inside
            .map(|result| Candidate {
                result,
                sure: result.when.within(times.span),
                span: result.when.meet(times.span),
            })
            .collect();
        let passed = |a: &Candidate<'_>, b: &Candidate<'_>| match times.near {
            Some(near) => is_passed(near, a.span, b.span),
            None => a.span.to < b.span.from,
        };
        let beaten = |one: &Candidate<'_>| candidates.iter().any(|other| other.sure && passed(one, other));
        let mut value = Valued::default();
        let (mut seen, mut is_word) = (NONE, false);
        for candidate in candidates.iter().filter(|candidate| !beaten(candidate)) {
            seen = seen.max(candidate.result.when.last_day());
            is_word |= matches!(candidate.result.said, Said::Word(_));
            match reading(candidate.result, scale)? {
                Some(interval) => value.add(Thing::Number(interval, Unit::one())),
                None => value.unknown = true,
            }
        }
        if !candidates.iter().any(|candidate| candidate.sure) {
            // None of them lies in the time for sure: there may be none.
            value.unknown = true;
        }
        let what = match (self.kept(value), is_word) {
            (Val::One(word), true) => Val::Word(word.rational().to_u32().ok_or(Deferred)?),
            (what, _) => what,
        };
        Ok(Told { what, seen })
    }
}

/// Whether two values are the same; of two that are known to a range only, the reference knows.
pub(super) fn is_same(one: Val, other: Val) -> Found<bool> {
    match (one, other) {
        (Val::Unknown, Val::Unknown) => Ok(true),
        (Val::One(a), Val::One(b)) => a.order(b).map(|order| order == Ordering::Equal).ok_or(Deferred),
        (Val::Word(a), Val::Word(b)) => Ok(a == b),
        (Val::Vague | Val::Many(_), _) | (_, Val::Vague | Val::Many(_)) => Err(Deferred),
        (Val::Unknown | Val::One(_) | Val::Word(_), _) => Ok(false),
    }
}

/// What a result says on its scale; nothing where its limit of normal is not known.
fn reading(result: &Outcome, scale: Scale) -> Found<Option<Interval>> {
    let exact = |number: Number| Exact::decimal(number).map(Exact::rational).ok_or(Deferred);
    let interval = match result.said {
        Said::Exactly(number) => Interval::exactly(exact(number)?),
        Said::Below { limit, included: true } => Interval::at_most(exact(limit)?),
        Said::Below { limit, included: false } => Interval::below(exact(limit)?),
        Said::Above { limit, included: true } => Interval::at_least(exact(limit)?),
        Said::Above { limit, included: false } => Interval::above(exact(limit)?),
        Said::Word(word) => return Ok(Some(Interval::exactly(Exact::whole(i128::from(word)).rational()))),
        Said::Refused => return Ok(None),
    };
    let limit = match scale {
        Scale::Plain => return Ok(Some(interval)),
        Scale::Upper => result.upper,
        Scale::Lower => result.lower,
    };
    match limit {
        Some(limit) => Ok(Some(interval.times(&Interval::exactly(exact(limit)?.recip())))),
        None => Ok(None),
    }
}
