//! Doses of a participant on one day.

use std::sync::{PoisonError, RwLock};

use num_bigint::BigInt;
use num_rational::BigRational;
use rustc_hash::FxHashMap;

use super::run::{Course, Facing};
use super::{Deferred, DoseOf, Exact, NONE, Told, Val};
use crate::chart::{Frequency, lent};
use crate::evaluate::{Kleene, equivalent};
use crate::ir::Route;
use crate::plan::quick;
use crate::plan::{ConceptAt, facts};
use crate::record::{Reader, Span, Taken};
use crate::units::Unit;

/// What one of a unit is, a day, in milligrams of the drug that is asked for.
#[derive(Clone, Copy, Debug)]
enum Worth {
    Times(Exact),
    /// Any amount: its dose, or what it is worth, is not known.
    Any,
    /// By weight or surface.
    ByBody,
    /// No mass.
    Strange,
}

/// Which course it is worth that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    dose: usize,
    of: ConceptAt,
    route: Option<Route>,
    frequency: Option<(u8, u32)>,
    on_one_day: bool,
}

/// What has been found out about amounts.
#[derive(Debug, Default)]
pub(super) struct Doses {
    known: RwLock<FxHashMap<Key, FxHashMap<String, Worth>>>,
}

/// More units than this are looked up each time.
const MOST: usize = 4_096;

impl DoseOf {
    /// Whether a course was there in a time, by the route that is asked for.
    pub(super) fn counts(&self, one: &facts::Occurrence, time: Span) -> Kleene {
        let sure = one.start.to <= time.to && one.end.from >= time.from;
        let inside = Kleene::between(sure, Span::new(one.start.from, one.end.to).touches(time));
        inside.and(match (self.route, one.route) {
            (Some(wanted), Some(route)) => (wanted == route).into(),
            (Some(_), None) => Kleene::Unknown,
            (None, _) => Kleene::Met,
        })
    }
}

impl Facing<'_> {
    /// The sum of what is taken on the day of the outcome.
    pub(super) fn dose(&mut self, at: usize) -> Result<Told<Val>, Deferred> {
        let program = self.program;
        let dose = program.doses.get(at).ok_or(Deferred)?;
        let day = Span::days(self.day(), self.day());
        let mut sum = Some(Exact::ZERO);
        let mut seen = NONE;
        for drugs in &dose.of {
            for course in &self.courses {
                let is = drugs.kin.is.binary_search(&course.of).is_ok();
                if !is && drugs.kin.may_be.binary_search(&course.of).is_err() {
                    continue;
                }
                let all = self.facts.occurrences_of(course.of);
                if self.courses.iter().filter(|other| other.of == course.of).count() != all.len() {
                    // One of them could not be read.
                    return Err(Deferred);
                }
                let one = all.get(course.number).ok_or(Deferred)?;
                let worth = self.worth(at, course, one)?;
                let counts = dose.counts(one, day).and(if is { Kleene::Met } else { Kleene::Unknown });
                if counts == Kleene::NotMet {
                    continue;
                }
                seen = seen.max(one.start.last_day());
                sum = match worth {
                    Worth::Times(factor) => {
                        let digits = course.written.dose.as_ref().map(|dose| dose.value);
                        let number = digits.and_then(quick::decimal).and_then(Exact::decimal).ok_or(Deferred)?;
                        let more = number.times(factor).ok_or(Deferred)?;
                        match sum {
                            Some(sum) => Some(sum.plus(more).ok_or(Deferred)?),
                            None => None,
                        }
                        // What may not count is that much, or nothing.
                        .filter(|_| counts == Kleene::Met || more.is_zero())
                    }
                    Worth::Any => None,
                    Worth::ByBody | Worth::Strange => return Err(Deferred),
                };
            }
            // Where the record is not complete, there may have been more.
            if self.rule(drugs.silence)? != Kleene::NotMet {
                sum = None;
            }
        }
        Ok(Told { what: sum.map_or(Val::Vague, Val::One), seen })
    }

    /// The amount of a day of a course, or of its only day; nothing where it is not known.
    pub(super) fn one_day_of(
        &self,
        at: usize,
        course: &Course<'_>,
        one: &facts::Occurrence,
    ) -> Result<Option<Exact>, Deferred> {
        match self.worth(at, course, one)? {
            Worth::Times(factor) => {
                let digits = course.written.dose.as_ref().map(|dose| dose.value);
                let number = digits.and_then(quick::decimal).and_then(Exact::decimal).ok_or(Deferred)?;
                number.times(factor).map(Some).ok_or(Deferred)
            }
            Worth::Any => Ok(None),
            Worth::ByBody | Worth::Strange => Err(Deferred),
        }
    }

    fn worth(&self, at: usize, course: &Course<'_>, one: &facts::Occurrence) -> Result<Worth, Deferred> {
        let Some(amount) = &course.written.dose else { return Ok(Worth::Any) };
        let key = Key {
            dose: at,
            of: course.of,
            route: one.route,
            frequency: course.written.frequency.as_ref().map(|frequency| match frequency {
                Frequency::TimesDaily(number) => (0, *number),
                Frequency::EveryDays(number) => (1, *number),
                Frequency::AsNeeded => (2, 0),
            }),
            on_one_day: course.written.date.is_some(),
        };
        let doses = &self.program.amounts;
        let known = doses.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&key).and_then(|units| units.get(amount.unit)).copied();
        drop(known);
        let worth = if let Some(worth) = found {
            worth
        } else {
            let worth = self.find(at, course, one.route, amount);
            let mut known = doses.known.write().unwrap_or_else(PoisonError::into_inner);
            let units = known.entry(key).or_default();
            if units.len() < MOST {
                units.insert(amount.unit.to_owned(), worth);
            }
            worth
        };
        // A first course in another unit would be the unit of all.
        if matches!(worth, Worth::Strange) { Err(Deferred) } else { Ok(worth) }
    }

    fn find(&self, at: usize, course: &Course<'_>, route: Option<Route>, amount: &lent::Amount<'_>) -> Worth {
        let reader: &Reader<'_> = self.reader;
        let slot = self.program.plan.concepts.get(course.of.at());
        let (Some(slot), Some(dose), Ok(mg)) = (slot, self.program.doses.get(at), Unit::parse("mg")) else {
            return Worth::Strange;
        };
        let one = BigRational::from_integer(BigInt::from(1));
        let often = (course.written.frequency.as_ref(), course.written.date.is_some());
        let amount = match crate::record::dose::given(one.clone(), amount.unit, often, false) {
            Ok(Taken::Daily(amount) | Taken::Once(amount)) => amount,
            Ok(Taken::Unknown) => return Worth::Any,
            Ok(Taken::Whole(_)) | Err(_) => return Worth::Strange,
        };
        if amount.unit.convert(&one, &mg).is_err() {
            return Worth::Strange;
        }
        if amount.per_body.is_some() {
            return Worth::ByBody;
        }
        let found = equivalent(reader.trial, (&slot.id, route), &amount, (dose.equivalent_to.as_ref(), &mg));
        match found {
            Ok(number) => Exact::of(&number).map_or(Worth::ByBody, Worth::Times),
            Err(_) => Worth::Any,
        }
    }
}
