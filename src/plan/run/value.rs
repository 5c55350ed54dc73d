//! Values of one patient: everything that a number or word may be.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

use super::number::{End, Interval};
use super::{Deferred, Run};
use crate::evaluate::Kleene;
use crate::evaluate::completed;
use crate::ir::{Comparator, Operator, Pick};
use crate::plan::facts::{Outcome, Said};
use crate::plan::{AgeUnit, ConceptAt, DayAt, Fold, Number, PeriodAt, Scale, ValueAt, ValueExpr};
use crate::record::Span;

/// More alternatives than this are joined by the reference before it reckons with them.
pub(super) const MOST: usize = 8;

/// One, for nearly every value.
pub(super) type Things = SmallVec<[Thing; 1]>;

/// Everything that a value may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Valued {
    pub(super) may_be: Things,
    /// Nothing is known of it, or of one of those.
    pub(super) unknown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Thing {
    Number(Interval),
    Word(u32),
}

/// A result that may count.
struct Candidate {
    /// It lies in the period for sure.
    sure: bool,
    /// All that its moment may be, within the period.
    span: Span,
    reading: Option<Thing>,
}

impl Valued {
    pub(super) fn unknown() -> Self {
        Self { may_be: Things::new(), unknown: true }
    }

    pub(super) fn number(interval: Interval) -> Self {
        Self::one(Thing::Number(interval))
    }

    pub(super) fn one(thing: Thing) -> Self {
        Self { may_be: smallvec![thing], unknown: false }
    }

    pub(super) fn add(&mut self, thing: Thing) {
        if !self.may_be.contains(&thing) {
            self.may_be.push(thing);
        }
    }

    /// What holds of everything that it may be.
    pub(super) fn every(&self, mut ask: impl FnMut(&Thing) -> Result<Kleene, Deferred>) -> Result<Kleene, Deferred> {
        if self.unknown {
            return Ok(Kleene::Unknown);
        }
        let mut found: Option<Kleene> = None;
        for thing in &self.may_be {
            let state = ask(thing)?;
            found = Some(found.map_or(state, |known| known.either(state)));
        }
        Ok(found.unwrap_or(Kleene::Unknown))
    }

    pub(super) fn compare(&self, comparator: Comparator, other: &Self) -> Result<Kleene, Deferred> {
        self.every(|a| {
            other.every(|b| match (a, b) {
                (Thing::Number(a), Thing::Number(b)) => a.compare(comparator, b),
                _ => Ok(Kleene::Unknown),
            })
        })
    }

    pub(super) fn between(&self, low: &Self, high: &Self) -> Result<Kleene, Deferred> {
        self.every(|thing| {
            let one = Self::one(*thing);
            Ok(one.compare(Comparator::AtLeast, low)?.and(one.compare(Comparator::AtMost, high)?))
        })
    }

    pub(super) fn one_of(&self, words: &[u32]) -> Kleene {
        let ask = |thing: &Thing| match thing {
            Thing::Word(word) => Ok(words.contains(word).into()),
            Thing::Number(_) => Ok(Kleene::Unknown),
        };
        self.every(ask).unwrap_or(Kleene::Unknown)
    }

    pub(super) fn compare_word(&self, comparator: Comparator, word: u32) -> Kleene {
        let ask = |thing: &Thing| {
            let Thing::Word(known) = thing else { return Ok(Kleene::Unknown) };
            let holds = match comparator {
                Comparator::Less => *known < word,
                Comparator::AtMost => *known <= word,
                Comparator::Equal => *known == word,
                Comparator::NotEqual => *known != word,
                Comparator::AtLeast => *known >= word,
                Comparator::Greater => *known > word,
            };
            Ok(holds.into())
        };
        self.every(ask).unwrap_or(Kleene::Unknown)
    }

    /// All that it may be, where all of it is known.
    pub(super) fn known(&self) -> Result<Option<Interval>, Deferred> {
        if self.unknown { Ok(None) } else { self.hull() }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.may_be.is_empty()
    }

    pub(super) fn is_recorded(&self) -> bool {
        !self.unknown && !self.may_be.is_empty()
    }

    /// The numbers that it may be, where each is one.
    fn numbers(&self) -> Result<Vec<f64>, Deferred> {
        let number = |thing: &Thing| match thing {
            Thing::Number(interval) => interval.exact().map(|number| number.value).ok_or(Deferred),
            Thing::Word(_) => Err(Deferred),
        };
        self.may_be.iter().map(number).collect()
    }

    /// All that it may be in one interval.
    pub(super) fn hull(&self) -> Result<Option<Interval>, Deferred> {
        let mut found: Option<Interval> = None;
        for thing in &self.may_be {
            let Thing::Number(interval) = thing else { return Err(Deferred) };
            found = Some(match found {
                None => *interval,
                Some(known) => known.hull(interval)?,
            });
        }
        Ok(found)
    }
}

impl Run<'_> {
    pub(super) fn value(&mut self, at: ValueAt) -> Result<Valued, Deferred> {
        self.prepare(at)?;
        self.known(at).cloned()
    }

    /// Works a value out, if it is not [`known`](Self::known) already.
    pub(super) fn prepare(&mut self, at: ValueAt) -> Result<(), Deferred> {
        if let Some(Some(known)) = self.values.get(at.at()) {
            return known.as_ref().map(|_| ()).map_err(|deferred| *deferred);
        }
        let found = self.work_out_value(at);
        let told = found.as_ref().map(|_| ()).map_err(|deferred| *deferred);
        if let Some(slot) = self.values.get_mut(at.at()) {
            *slot = Some(found);
        }
        told
    }

    /// A value that was prepared.
    pub(super) fn known(&self, at: ValueAt) -> Result<&Valued, Deferred> {
        match self.values.get(at.at()) {
            Some(Some(known)) => known.as_ref().map_err(|deferred| *deferred),
            _ => Err(Deferred),
        }
    }

    fn work_out_value(&mut self, at: ValueAt) -> Result<Valued, Deferred> {
        let plan = self.plan;
        let Some(value) = plan.values.get(at.at()) else { return Err(Deferred) };
        match value {
            ValueExpr::Constant(number) => Ok(Valued::one(Thing::Number(Interval::exactly(*number)))),
            ValueExpr::Result { of, scale, pick, period, derived } => {
                self.result(*of, (*scale, *pick), *period, *derived)
            }
            ValueExpr::Age { unit, on } => Ok(self.age(*unit, *on)),
            ValueExpr::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                work_out(*operator, &left, &right)
            }
            ValueExpr::Linear { of, factor, offset } => {
                let of = self.value(*of)?;
                let mut found = Valued { may_be: Things::new(), unknown: of.unknown };
                for number in of.numbers()? {
                    found.add(rounded(factor * number + offset)?);
                }
                Ok(found)
            }
            ValueExpr::If { branches, otherwise } => {
                let mut found = Valued::default();
                for (condition, value) in branches {
                    let condition = self.node(*condition)?;
                    if condition == Kleene::NotMet {
                        continue;
                    }
                    let value = self.value(*value)?;
                    found.unknown |= value.unknown;
                    value.may_be.iter().for_each(|thing| found.add(*thing));
                    if condition == Kleene::Met {
                        return Ok(found);
                    }
                }
                let value = self.value(*otherwise)?;
                found.unknown |= value.unknown;
                value.may_be.iter().for_each(|thing| found.add(*thing));
                Ok(found)
            }
            ValueExpr::Fold { fold, of } => self.fold(*fold, of),
            ValueExpr::Dose(dose) => self.dose(dose),
            ValueExpr::Count(tally) => Ok(self.count(tally)),
            ValueExpr::Rate { of, over } => self.rate(of, *over),
            ValueExpr::Lines(tally) => Ok(self.lines(tally)),
            ValueExpr::Repeat(repeat) => self.repeat(repeat),
            ValueExpr::Mean(of) => self.mean(of),
        }
    }

    fn age(&self, unit: AgeUnit, on: DayAt) -> Valued {
        let (Some(birth), Some(day)) = (self.facts.birth, self.day(on)) else { return Valued::unknown() };
        let at = |born: i64| match unit {
            AgeUnit::Years => completed(born, day, 12),
            AgeUnit::Months => completed(born, day, 1),
            AgeUnit::Weeks => (day - born).div_euclid(7),
            AgeUnit::Days => day - born,
        };
        let end = |age: i64| {
            #[expect(clippy::cast_precision_loss, reason = "an age in days is far below 2^52")]
            let value = age as f64;
            Some(End { number: Number { value, digits: 6 }, included: true })
        };
        let interval = Interval { low: end(at(birth.last_day())), high: end(at(birth.first_day())) };
        Valued::one(Thing::Number(interval))
    }

    /// The highest, the lowest or the sum of a list: what is unknown may be of any size.
    fn fold(&mut self, fold: Fold, of: &[ValueAt]) -> Result<Valued, Deferred> {
        let mut found: Option<Interval> = None;
        let mut unknown = false;
        for value in of {
            let value = self.value(*value)?;
            unknown |= value.unknown || value.may_be.is_empty();
            let Some(next) = value.hull()? else { continue };
            found = Some(match (found, fold) {
                (None, _) => next,
                (Some(known), Fold::Highest) => known.extreme(&next, Ordering::Greater)?,
                (Some(known), Fold::Lowest) => known.extreme(&next, Ordering::Less)?,
                (Some(known), Fold::Sum) => {
                    let (Some(a), Some(b)) = (known.exact(), next.exact()) else { return Err(Deferred) };
                    let Thing::Number(sum) = rounded(sum(a.value, b.value)?)? else { return Err(Deferred) };
                    sum
                }
            });
        }
        Ok(match (found, fold, unknown) {
            (None, _, _) | (_, Fold::Sum, true) => Valued::unknown(),
            (Some(interval), _, false) => Valued::one(Thing::Number(interval)),
            (Some(interval), Fold::Highest, true) => Valued::one(Thing::Number(Interval { high: None, ..interval })),
            (Some(interval), Fold::Lowest, true) => Valued::one(Thing::Number(Interval { low: None, ..interval })),
        })
    }

    // ---- results -------------------------------------------------------------------------------------------------------------

    fn result(
        &mut self,
        of: ConceptAt,
        (scale, pick): (Scale, Pick),
        period: PeriodAt,
        derived: Option<ValueAt>,
    ) -> Result<Valued, Deferred> {
        let Some(days) = self.days_of(period) else { return Ok(Valued::unknown()) };
        match (self.chosen(of, (scale, pick), days)?, derived) {
            (Some(found), _) => Ok(found),
            (None, Some(formula)) => self.value(formula),
            (None, None) => Ok(Valued::unknown()),
        }
    }

    /// The result that counts; nothing where none lies in these days.
    pub(super) fn chosen(
        &self,
        of: ConceptAt,
        (scale, pick): (Scale, Pick),
        days: Span,
    ) -> Result<Option<Valued>, Deferred> {
        let timeless = self.plan.concepts.get(of.at()).is_some_and(|slot| slot.id.as_str() == "sex");
        let candidates: SmallVec<[Candidate; 4]> = self
            .facts
            .results_of(of)
            .iter()
            .filter(|result| timeless || result.when.touches(days))
            .map(|result| Candidate {
                sure: timeless || result.when.within(days),
                span: if timeless { result.when } else { result.when.meet(days) },
                reading: reading(result, scale),
            })
            .collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let mut found = match pick {
            Pick::Latest => timely(&candidates, |a, b| a.span.to < b.span.from),
            Pick::First => timely(&candidates, |a, b| a.span.from > b.span.to),
            Pick::Highest => extreme(&candidates, Ordering::Greater)?,
            Pick::Lowest => extreme(&candidates, Ordering::Less)?,
        };
        // None of them lies in the period for sure: there may be none.
        found.unknown |= !candidates.iter().any(|candidate| candidate.sure);
        Ok(Some(found))
    }
}

/// What a result says on its scale; nothing where it cannot be used.
pub(super) fn reading(result: &Outcome, scale: Scale) -> Option<Thing> {
    let interval = match result.said {
        Said::Exactly(number) => Interval::exactly(number),
        Said::Below { limit, included } => Interval { low: None, high: Some(End { number: limit, included }) },
        Said::Above { limit, included } => Interval { low: Some(End { number: limit, included }), high: None },
        Said::Word(word) => return Some(Thing::Word(word)),
        Said::Refused => return None,
    };
    let limit = match scale {
        Scale::Plain => return Some(Thing::Number(interval)),
        Scale::Upper => result.upper,
        Scale::Lower => result.lower,
    };
    limit.map(|limit| Thing::Number(interval.per(limit)))
}

/// The latest (or first): every one that is not for sure before (or behind) another that lies in the period for sure.
fn timely(candidates: &[Candidate], passed: impl Fn(&Candidate, &Candidate) -> bool) -> Valued {
    let mut value = Valued::default();
    for one in candidates {
        if candidates.iter().any(|other| other.sure && passed(one, other)) {
            continue;
        }
        match one.reading {
            Some(thing) => value.add(thing),
            None => value.unknown = true,
        }
    }
    value
}

/// The highest (or lowest) of all that lie in the period: those that may lie in it widen what it may be.
fn extreme(candidates: &[Candidate], way: Ordering) -> Result<Valued, Deferred> {
    let (mut sure, mut all): (Option<Interval>, Option<Interval>) = (None, None);
    let mut unknown = false;
    let join = |known: Option<Interval>, next: Interval| match known {
        Some(known) => known.extreme(&next, way),
        None => Ok(next),
    };
    for candidate in candidates {
        match candidate.reading {
            Some(Thing::Number(interval)) => {
                all = Some(join(all, interval)?);
                if candidate.sure {
                    sure = Some(join(sure, interval)?);
                }
            }
            Some(Thing::Word(_)) => return Ok(extreme_word(candidates, way)),
            None => unknown = true,
        }
    }
    let Some(all) = all else { return Ok(Valued::unknown()) };
    let mut interval = match sure {
        Some(sure) => sure.hull(&all)?,
        None => all,
    };
    if unknown {
        // One more, of any size.
        let any = Interval { low: None, high: None };
        interval = interval.hull(&interval.extreme(&any, way)?)?;
    }
    Ok(Valued::one(Thing::Number(interval)))
}

/// The highest (or lowest) of the words of a scale.
fn extreme_word(candidates: &[Candidate], way: Ordering) -> Valued {
    let further = |a: u32, b: u32| if (way == Ordering::Greater) == (a > b) { a } else { b };
    let mut best: Option<u32> = None;
    let mut doubtful = Vec::new();
    let mut value = Valued::default();
    for candidate in candidates {
        match candidate.reading {
            Some(Thing::Word(rank)) if candidate.sure => best = Some(best.map_or(rank, |known| further(known, rank))),
            Some(Thing::Word(rank)) => doubtful.push(rank),
            Some(Thing::Number(_)) => {}
            None => value.unknown = true,
        }
    }
    best.into_iter().for_each(|rank| value.add(Thing::Word(rank)));
    for rank in doubtful {
        value.add(Thing::Word(best.map_or(rank, |known| further(known, rank))));
    }
    value
}

// ---- arithmetic ----------------------------------------------------------------------------------------------------------------

/// Every result that the operands may give.
fn work_out(operator: Operator, left: &Valued, right: &Valued) -> Result<Valued, Deferred> {
    let mut found = Valued { may_be: Things::new(), unknown: left.unknown || right.unknown };
    if found.unknown {
        // With something on both sides it would still be a bound.
        let nothing = left.may_be.is_empty() || right.may_be.is_empty();
        return if nothing { Ok(found) } else { Err(Deferred) };
    }
    if left.may_be.len().max(right.may_be.len()) > MOST {
        return Err(Deferred);
    }
    let (left, right) = (left.numbers()?, right.numbers()?);
    for a in &left {
        for b in &right {
            let result = match operator {
                Operator::Plus => sum(*a, *b)?,
                Operator::Minus => sum(*a, -*b)?,
                Operator::Times => a * b,
                Operator::Over if *b == 0.0 => {
                    found.unknown = true;
                    continue;
                }
                Operator::Over => a / b,
                Operator::Power if b.fract() != 0.0 && *a < 0.0 || *a == 0.0 => return Err(Deferred),
                Operator::Power if b.fract() == 0.0 && b.abs() > crate::plan::MOST_POWER => return Err(Deferred),
                Operator::Power => a.powf(*b),
            };
            found.add(rounded(result)?);
        }
    }
    Ok(found)
}

/// A sum that keeps nearly all of its digits: a small difference of large numbers does not.
pub(super) fn sum(a: f64, b: f64) -> Result<f64, Deferred> {
    let sum = a + b;
    if sum.abs() < a.abs().max(b.abs()) / 1000.0 { Err(Deferred) } else { Ok(sum) }
}

/// A number that was worked out in doubles.
fn rounded(value: f64) -> Result<Thing, Deferred> {
    if !value.is_finite() {
        return Err(Deferred);
    }
    Ok(Thing::Number(Interval::exactly(Number { value, digits: Number::ROUNDED })))
}
