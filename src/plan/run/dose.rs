//! Doses of one patient: daily sums, totals, equivalents, by weight and by surface; and whether they stay the same.
//!
//! Amounts are added up as fractions. What is not known is anything from nothing up, as the reference has it.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::number::{End, Interval};
use super::value::Valued;
use super::{Deferred, Run};
use crate::evaluate::Kleene;
use crate::ir::{Body, Pick};
use crate::plan::dose::{AmountAt, Dose, Doses, Equivalent, Fraction, Kept, Measure, Size, Stable, Taken};
use crate::plan::exact::Exact;
use crate::plan::facts::{self, Amount, Occurrence};
use crate::plan::{ConceptAt, Scale};
use crate::record::{DAY, FUTURE, PAST, Span};

/// All that a sum may be, both ends included; open where there is no high one.
#[derive(Clone, Copy, Debug)]
struct Sum {
    low: Exact,
    high: Option<Exact>,
}

/// A course that may count, whatever its days.
struct Course<'f> {
    one: &'f Occurrence,
    counts: Kleene,
}

type Courses<'f> = SmallVec<[Course<'f>; 8]>;
/// In rising order.
type Days = SmallVec<[i64; 16]>;

/// In what doses are asked for.
struct Wanted<'p> {
    measure: In<'p>,
    per_body: Option<Body>,
}

enum In<'p> {
    Plain { unit: AmountAt, factor: Fraction },
    Equivalents(&'p [Equivalent]),
}

impl Sum {
    const ZERO: Self = Self { low: Exact::ZERO, high: Some(Exact::ZERO) };
    const ANY: Self = Self { low: Exact::ZERO, high: None };

    fn exactly(number: Exact) -> Self {
        Self { low: number, high: Some(number) }
    }

    fn plus(self, other: Self) -> Result<Self, Deferred> {
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(a.plus(b).ok_or(Deferred)?),
            _ => None,
        };
        Ok(Self { low: self.low.plus(other.low).ok_or(Deferred)?, high })
    }

    /// Times another; neither is ever below zero.
    fn times(self, other: Self) -> Result<Self, Deferred> {
        let nothing = |high: Option<Exact>| high.is_some_and(Exact::is_zero);
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(a.times(b).ok_or(Deferred)?),
            // Nothing, however often, is nothing.
            (a, b) if nothing(a) || nothing(b) => Some(Exact::ZERO),
            _ => None,
        };
        Ok(Self { low: self.low.times(other.low).ok_or(Deferred)?, high })
    }

    /// The greater (or smaller) of a number of each.
    fn extreme(self, other: Self, way: Ordering) -> Result<Self, Deferred> {
        let low = if order(self.low, other.low)? == way { self.low } else { other.low };
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(if order(a, b)? == way { a } else { b }),
            (a, b) if way == Ordering::Less => a.or(b),
            _ => None,
        };
        Ok(Self { low, high })
    }

    fn is_exact(self) -> Result<bool, Deferred> {
        match self.high {
            Some(high) => Ok(order(self.low, high)? == Ordering::Equal),
            None => Ok(false),
        }
    }

    /// Whether both are the same number.
    fn equals(self, other: Self) -> Result<Kleene, Deferred> {
        let same = self.is_exact()? && other.is_exact()? && order(self.low, other.low)? == Ordering::Equal;
        let below = |high: Option<Exact>, low: Exact| match high {
            Some(high) => Ok(order(high, low)? == Ordering::Less),
            None => Ok(false),
        };
        Ok(Kleene::between(same, !below(self.high, other.low)? && !below(other.high, self.low)?))
    }

    fn interval(self) -> Result<Interval, Deferred> {
        let end = |number: Exact| {
            let number = number.number().ok_or(Deferred)?;
            Ok(End { number, included: true })
        };
        Ok(Interval { low: Some(end(self.low)?), high: self.high.map(end).transpose()? })
    }
}

fn order(a: Exact, b: Exact) -> Result<Ordering, Deferred> {
    a.order(b).ok_or(Deferred)
}

fn exact(fraction: Fraction) -> Result<Exact, Deferred> {
    Exact::ratio(i128::from(*fraction.numer()), i128::from(*fraction.denom())).ok_or(Deferred)
}

fn whole(number: i64) -> Exact {
    Exact::whole(i128::from(number))
}

impl Run<'_> {
    pub(super) fn dose(&self, dose: &Dose) -> Result<Valued, Deferred> {
        let sum = match dose.taken {
            Taken::On(day) => match self.day(day) {
                Some(day) => self.on_day(&dose.of, &self.courses(&dose.of), day)?,
                None => return Ok(Valued::unknown()),
            },
            Taken::Highest(period) | Taken::Lowest(period) | Taken::Total(period) => {
                let Some(time) = self.days_of(period) else { return Ok(Valued::unknown()) };
                match dose.taken {
                    Taken::On(_) | Taken::Highest(_) => self.extreme_dose(&dose.of, time, Ordering::Greater)?,
                    Taken::Lowest(_) => self.extreme_dose(&dose.of, time, Ordering::Less)?,
                    Taken::Total(_) => self.total(&dose.of, time)?,
                }
            }
        };
        Ok(Valued::number(sum.interval()?))
    }

    /// The highest (or lowest) sum of all days.
    fn extreme_dose(&self, doses: &Doses, time: Span, way: Ordering) -> Result<Sum, Deferred> {
        let wanted = wanted(doses)?;
        let courses = self.courses(doses);
        let by_body =
            |course: &Course<'_>| matches!(course.one.dose.amount(), Some(Amount::Of { per_body: Some(_), .. }));
        let by_body = doses.per_body.is_some() || courses.iter().any(by_body);
        let mut best: Option<Sum> = None;
        for day in self.days_of_change(courses.iter().map(|course| course.one), by_body, time) {
            let sum = self.of_day(courses.iter(), &wanted, day)?;
            best = Some(match best {
                None => sum,
                Some(known) => known.extreme(sum, way)?,
            });
        }
        Ok(self.with_unrecorded(doses, time, best.unwrap_or(Sum::ZERO)))
    }

    /// The sum of one day.
    fn on_day(&self, doses: &Doses, courses: &Courses<'_>, day: i64) -> Result<Sum, Deferred> {
        let sum = self.of_day(courses.iter(), &wanted(doses)?, day)?;
        Ok(self.with_unrecorded(doses, Span::days(day, day), sum))
    }

    /// Where the record is not complete, there may have been more.
    fn with_unrecorded(&self, doses: &Doses, days: Span, sum: Sum) -> Sum {
        let complete = doses.of.iter().all(|drugs| self.is_silent(&drugs.silence, days));
        if complete { sum } else { Sum { high: None, ..sum } }
    }

    /// Everything that is, or may be, one of these, a class after the other.
    fn courses(&self, doses: &Doses) -> Courses<'_> {
        let mut found = Courses::new();
        for drugs in &doses.of {
            let ones = self.facts.occurrences.iter().map(|one| (one, super::event::is_one(one.of, &drugs.of)));
            for (one, mut counts) in ones.filter(|(_, is)| *is != Kleene::NotMet) {
                if let Some(wanted) = doses.route {
                    counts = counts.and(one.route.map_or(Kleene::Unknown, |route| (route == wanted).into()));
                }
                for exempt in &drugs.except {
                    counts = counts.and(!self.exempt(one, exempt));
                }
                if counts != Kleene::NotMet {
                    found.push(Course { one, counts });
                }
            }
        }
        found
    }

    /// The days on which a sum may be another than the day before: the ends of the time, those of the courses, and those on
    /// which the body was measured.
    fn days_of_change<'f>(&self, courses: impl Iterator<Item = &'f Occurrence>, by_body: bool, time: Span) -> Days {
        let mut days = Days::new();
        if time.is_empty() {
            return days;
        }
        days.extend([time.from, time.to].into_iter().filter(|end| is_dated(*end)).map(|end| end.div_euclid(DAY)));
        let mut change = |day: i64| {
            if Span::days(day, day).touches(time) {
                days.push(day);
            }
        };
        for one in courses {
            for moment in [one.start.from, one.start.to, one.end.from, one.end.to] {
                if is_dated(moment) {
                    change(moment.div_euclid(DAY));
                    change(moment.div_euclid(DAY) + 1);
                }
            }
        }
        if by_body {
            let measured = self.plan.doses.measured.iter().flat_map(|of| self.facts.results_of(*of));
            measured.for_each(|result| change(result.when.first_day()));
        }
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The sum of all that is taken on a day.
    fn of_day<'c, 'f: 'c>(
        &self,
        courses: impl Iterator<Item = &'c Course<'f>>,
        wanted: &Wanted<'_>,
        day: i64,
    ) -> Result<Sum, Deferred> {
        let time = Span::days(day, day);
        let mut sum = Sum::ZERO;
        for Course { one, counts } in courses {
            let counts = counts.and(covers(one, time));
            if counts == Kleene::NotMet {
                continue;
            }
            let amount = match one.dose {
                facts::Taken::Daily(amount) | facts::Taken::Once(amount) => Some(amount),
                facts::Taken::Whole(_) | facts::Taken::Unknown => None,
            };
            sum = add(sum, self.amount(one, amount, wanted, day)?, counts)?;
        }
        Ok(sum)
    }

    /// All that was given in the time.
    fn total(&self, doses: &Doses, time: Span) -> Result<Sum, Deferred> {
        let wanted = wanted(doses)?;
        let mut sum = Sum::ZERO;
        for Course { one, counts } in self.courses(doses) {
            let counts = counts.and(covers(one, time));
            if counts == Kleene::NotMet {
                continue;
            }
            let once = Sum::exactly(whole(1));
            let (amount, days) = match one.dose {
                facts::Taken::Once(amount) => (Some(amount), once),
                facts::Taken::Daily(amount) => (Some(amount), days_within(one, time)),
                // All of a course that lies in the time with all of its days, and an unknown share of any other.
                facts::Taken::Whole(amount) if one.possible().within(time) => (Some(amount), once),
                facts::Taken::Whole(amount) => (Some(amount), Sum { low: Exact::ZERO, ..once }),
                facts::Taken::Unknown => (None, once),
            };
            let day = if one.start.to < FUTURE { one.start.last_day() } else { 0 };
            sum = add(sum, self.amount(one, amount, &wanted, day)?.times(days)?, counts)?;
        }
        Ok(self.with_unrecorded(doses, time, sum))
    }

    // ---- one course ------------------------------------------------------------------------------------------------------

    /// What a course adds, in the unit and by the body that is asked for; anything from nothing up where that is not known.
    fn amount(&self, one: &Occurrence, amount: Option<Amount>, wanted: &Wanted<'_>, day: i64) -> Result<Sum, Deferred> {
        let Some(amount) = amount else { return Ok(Sum::ANY) };
        let (Some(factor), Amount::Of { value, per_body, .. }) = (factor(one, amount, &wanted.measure)?, amount) else {
            return Ok(Sum::ANY);
        };
        let mut found = Sum::exactly(exact(value)?.times(exact(factor)?).ok_or(Deferred)?);
        if per_body == wanted.per_body {
            return Ok(found);
        }
        if let Some(body) = per_body {
            let Some(size) = self.size(body, day)? else { return Ok(Sum::ANY) };
            found = found.times(size)?;
        }
        if let Some(body) = wanted.per_body {
            let Some(Sum { low, high: Some(high) }) = self.size(body, day)? else { return Ok(Sum::ANY) };
            let share = |size: Exact| Exact::whole(1).over(size).ok_or(Deferred);
            found = found.times(Sum { low: share(high)?, high: Some(share(low)?) })?;
        }
        Ok(found)
    }

    /// The patient's weight or surface: the latest up to that day, or else the first after it.
    fn size(&self, body: Body, day: i64) -> Result<Option<Sum>, Deferred> {
        let Some(Size { of, factor, derived }) = self.plan.doses.size(body) else { return Ok(None) };
        let day = Span::days(day, day);
        let up_to = self.chosen(of, (Scale::Plain, Pick::Latest), Span::new(PAST, day.to))?;
        let found = match up_to {
            Some(found) if !found.is_nothing() => Some(found),
            None if derived => return Err(Deferred),
            _ => self.chosen(of, (Scale::Plain, Pick::First), Span::new(day.from, FUTURE))?,
        };
        let Some(found) = found else { return if derived { Err(Deferred) } else { Ok(None) } };
        let Some(Interval { low, high }) = found.known()? else { return Ok(None) };
        let end = |end: Option<End>| {
            // A size that may be nothing, or has no end, is left to the reference.
            let end = end.filter(|end| end.included && end.number.value > 0.0).ok_or(Deferred)?;
            Exact::decimal(end.number).and_then(|number| number.times(exact(factor).ok()?)).ok_or(Deferred)
        };
        Ok(Some(Sum { low: end(low)?, high: Some(end(high)?) }))
    }

    // ---- stable doses ----------------------------------------------------------------------------------------------------

    pub(super) fn stable(&self, stable: &Stable) -> Result<Kleene, Deferred> {
        let Some(time) = self.days_of(stable.along) else { return Ok(Kleene::Unknown) };
        let all = stable.of.of.iter().flat_map(|drugs| self.of(&drugs.of));
        // Whether the record is complete is asked on each of these days: they are those of the reference.
        let days = self.days_of_change(all, true, time);
        let courses = self.courses(&stable.of);
        let mut state = match &stable.of.measure {
            Measure::Own => self.same_members(&stable.of, &courses, &days, time)?,
            Measure::Plain { .. } | Measure::Equivalents(_) => self.same_sum(stable, &courses, &days)?,
        };
        if let Some(Kept { of, comparator, to }) = &stable.kept {
            for day in &days {
                let sum = self.on_day(of, &courses, *day)?.interval()?;
                state = state.and(sum.compare(*comparator, &Interval::exactly(*to))?);
            }
        }
        Ok(state)
    }

    /// The sum in doses of one drug is the same on all these days.
    fn same_sum(&self, stable: &Stable, courses: &Courses<'_>, days: &Days) -> Result<Kleene, Deferred> {
        // The first amount that is recorded says what the sum is told in.
        let mut all = stable.of.of.iter().flat_map(|drugs| self.of(&drugs.of));
        match all.find_map(|one| one.dose.amount()) {
            Some(Amount::Of { unit, .. }) if unit == stable.usual => {}
            Some(Amount::Of { .. } | Amount::Otherwise | Amount::Beyond) => return Err(Deferred),
            None => {}
        }
        alike(days.iter().map(|day| self.on_day(&stable.of, courses, *day)))
    }

    /// The amount of each member by itself is the same on all these days: none added, none left out, none changed.
    fn same_members(&self, doses: &Doses, courses: &Courses<'_>, days: &Days, time: Span) -> Result<Kleene, Deferred> {
        let mut state = Kleene::Met;
        for class in &doses.of {
            // What is recorded is the least of what was taken: nobody knows whether all of it changed.
            if !self.is_silent(&class.silence, time) {
                state = state.and(Kleene::Unknown);
                continue;
            }
            let mut drugs: SmallVec<[ConceptAt; 4]> = self.of(&class.of).map(|one| one.of).collect();
            drugs.dedup();
            for drug in drugs {
                let wanted = self.as_recorded(drug)?;
                let own = || courses.iter().filter(|course| course.one.of == drug);
                state = state.and(alike(days.iter().map(|day| self.of_day(own(), &wanted, *day)))?);
            }
        }
        Ok(state)
    }

    /// As the first course of a drug was recorded.
    fn as_recorded(&self, drug: ConceptAt) -> Result<Wanted<'static>, Deferred> {
        let first = self.facts.occurrences_of(drug).iter().find_map(|one| one.dose.amount());
        let factor = Fraction::from_integer(1);
        match first {
            Some(Amount::Of { unit, per_body, .. }) => Ok(Wanted { measure: In::Plain { unit, factor }, per_body }),
            Some(Amount::Otherwise | Amount::Beyond) => Err(Deferred),
            // No amount of it is known.
            None => Ok(Wanted { measure: In::Equivalents(&[]), per_body: None }),
        }
    }
}

fn wanted(doses: &Doses) -> Result<Wanted<'_>, Deferred> {
    let measure = match &doses.measure {
        Measure::Plain { unit, factor } => In::Plain { unit: *unit, factor: *factor },
        Measure::Equivalents(list) => In::Equivalents(list),
        Measure::Own => return Err(Deferred),
    };
    Ok(Wanted { measure, per_body: doses.per_body })
}

/// What one of the unit of an amount is in what is asked for; nothing where that is not known.
fn factor(one: &Occurrence, amount: Amount, measure: &In<'_>) -> Result<Option<Fraction>, Deferred> {
    let in_unit = |wanted: AmountAt, factor: Fraction| match amount {
        Amount::Of { unit, .. } => Ok(Some(factor).filter(|_| unit == wanted)),
        Amount::Otherwise => Ok(None),
        Amount::Beyond => Err(Deferred),
    };
    match measure {
        In::Plain { unit, factor } => in_unit(*unit, *factor),
        In::Equivalents(list) => {
            let found = list.binary_search_by_key(&one.of, |known| known.of).ok().and_then(|at| list.get(at));
            let by_route = |known: &&Equivalent| {
                known.routes.is_empty() || one.route.is_some_and(|route| known.routes.contains(&route))
            };
            found.filter(by_route).map_or(Ok(None), |known| in_unit(known.unit, known.factor))
        }
    }
}

/// Whether any day of it lies in the time.
fn covers(one: &Occurrence, time: Span) -> Kleene {
    let sure = !time.is_empty() && one.start.to <= time.to && one.end.from >= time.from;
    Kleene::between(sure, one.possible().touches(time))
}

/// An amount, which counts for sure or perhaps.
fn add(sum: Sum, amount: Sum, counts: Kleene) -> Result<Sum, Deferred> {
    if amount.low.is_negative() || amount.high.is_some_and(Exact::is_negative) {
        return Err(Deferred);
    }
    sum.plus(if counts == Kleene::Met { amount } else { Sum { low: Exact::ZERO, ..amount } })
}

/// On how many days of the time a course was under way.
fn days_within(one: &Occurrence, time: Span) -> Sum {
    let count = |span: Span| if span.is_empty() { 0 } else { span.last_day() - span.first_day() + 1 };
    let (least, most) = (count(one.sure_days().meet(time)), count(one.possible().meet(time)));
    Sum { low: whole(least), high: if most > 1_000_000 { None } else { Some(whole(most)) } }
}

/// Whether all of these are one number.
fn alike(sums: impl Iterator<Item = Result<Sum, Deferred>>) -> Result<Kleene, Deferred> {
    let mut state = Kleene::Met;
    let mut first: Option<Sum> = None;
    for sum in sums {
        let sum = sum?;
        state = state.and(match first {
            Some(first) => first.equals(sum)?,
            None => Kleene::between(sum.is_exact()?, true),
        });
        first.get_or_insert(sum);
    }
    Ok(state)
}

fn is_dated(moment: i64) -> bool {
    moment > PAST && moment < FUTURE
}
