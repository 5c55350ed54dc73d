//! Which days: the epochs of a plan from its first day on, and the days of each of its lines.
//!
//! Days are whole days of the local calendar, counted from 1970: no time zone and no summer time can move them.

use std::cell::OnceCell;
use std::rc::Rc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::csv::SlotTexts;
use super::plan::{Length, Line, Plan, Step};
use crate::ir::{Amount, Dose, Duration, Epoch, Extent, Schedule, TimeUnit, Treatment, Trial};
use crate::record::time::add_months;
use crate::units::{Unit, UnitKind};

/// When an epoch is.
#[derive(Clone, Debug)]
pub struct Period<'t> {
    pub epoch: &'t Epoch,
    /// Its first and last day, where they can be told.
    pub days: Option<(i64, i64)>,
    pub end: End,
}

/// What is known of the end of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As long as this.
    Exact,
    /// At most as long, or ended before by its `until`.
    AtMost,
    /// It has no longest length: shown so far and no further.
    Open,
    /// It begins when one ends that has no longest length.
    Nowhere,
}

/// A day on which a line is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub day: i64,
    /// Its place in [`Plan::lines`].
    pub line: usize,
    /// How often on that day.
    pub times: u32,
    /// Steps of titration up to that day.
    pub steps: u32,
    /// The number of the innermost cycle, from 1; without one 0.
    pub cycle: u32,
}

/// A line of which no day is planned, for all of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub line: usize,
    pub from: i64,
    pub to: i64,
    pub why: NoDays,
}

/// Why no day is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDays {
    AsNeeded,
    NotSaid,
}

/// All days of a plan.
#[derive(Clone, Debug)]
pub struct Sheet<'t> {
    pub start: i64,
    pub periods: Vec<Period<'t>>,
    /// By day, and on a day by line.
    pub slots: Vec<Slot>,
    pub standing: Vec<Standing>,
    /// Whether months or years are among its lengths: then the days depend on the date of the start.
    pub by_calendar: bool,
    /// What it has in common with itself from another first day on.
    pub shape: Shape,
}

/// The same for sheets that differ in their first day alone, as long as one of them is there.
#[derive(Clone, Debug, Default)]
pub struct Shape(Rc<OnceCell<SlotTexts>>);

impl Shape {
    /// A number that no other shape has meanwhile.
    #[must_use]
    pub fn place(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    pub(super) fn texts(&self, make: impl FnOnce() -> SlotTexts) -> &SlotTexts {
        self.0.get_or_init(make)
    }
}

/// A cycle that begins so many days later than planned, and with it all that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    pub node: usize,
    pub cycle: u32,
    pub days: i64,
}

/// More doses than any participant gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyDoses;

impl std::fmt::Display for TooManyDoses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the plan has more than {MOST_SLOTS} doses for one participant: --to DATE shows a part of it")
    }
}

const MOST_SLOTS: usize = 1_000_000;
/// How many days of an epoch without a longest length are shown: 52 weeks.
pub const OPEN_DAYS: i64 = 364;

/// How far behind what is shown of an epoch without a longest length is looked.
const BEYOND: i64 = 400;

/// The day that lies so many times a length after a day. Weeks and days are exact (a part of a day counts as one), months and
/// years those of the calendar; half-lives and cycles have no length of their own.
#[must_use]
pub fn later(day: i64, length: &Duration, times: u32) -> Option<i64> {
    if let Some(moved) = later_whole(day, length, times) {
        return Some(moved);
    }
    let value = length.value.rational() * BigRational::from_integer(BigInt::from(times));
    let days = |factor: BigRational| (&value * factor).ceil().to_integer().to_i64().map(|days| days.min(FAR));
    let whole = |number: i64| BigRational::from_integer(BigInt::from(number));
    let moved = match length.unit {
        TimeUnit::Days => day + days(whole(1))?,
        TimeUnit::Weeks => day + days(whole(7))?,
        TimeUnit::Hours => day + days(BigRational::new(1.into(), 24.into()))?,
        TimeUnit::Minutes => day + days(BigRational::new(1.into(), 1440.into()))?,
        TimeUnit::Months => add_months(day, days(whole(1))?),
        TimeUnit::Years => add_months(day, days(whole(12))?),
        TimeUnit::HalfLives | TimeUnit::Cycles => return None,
    };
    Some(moved)
}

/// The same for whole numbers, which lengths nearly always are.
fn later_whole(day: i64, length: &Duration, times: u32) -> Option<i64> {
    let number = if length.value.0.scale() == 0 { length.value.0.to_i64()? } else { return None };
    let number = number.checked_mul(i64::from(times)).filter(|number| *number < FAR)?;
    match length.unit {
        TimeUnit::Days => Some(day + number),
        TimeUnit::Weeks => Some(day + (7 * number).min(FAR)),
        TimeUnit::Months => Some(add_months(day, number)),
        TimeUnit::Years => Some(add_months(day, (12 * number).min(FAR))),
        TimeUnit::Hours | TimeUnit::Minutes | TimeUnit::HalfLives | TimeUnit::Cycles => None,
    }
}

/// No plan reaches further than this many days.
const FAR: i64 = 100_000;

/// When each epoch is, with `to` as the end of those that have none.
#[must_use]
pub fn periods<'t>(plan: &Plan<'t>, start: i64, to: Option<i64>) -> Vec<Period<'t>> {
    periods_until(plan, start, to, &[])
}

/// The same where it is known of some on which day they ended.
#[must_use]
pub fn periods_until<'t>(plan: &Plan<'t>, start: i64, to: Option<i64>, ends: &[Option<i64>]) -> Vec<Period<'t>> {
    ended(plan.trial, start, to, ends)
}

/// When each epoch of a trial is.
#[must_use]
pub fn periods_of(trial: &Trial, start: i64, to: Option<i64>) -> Vec<Period<'_>> {
    ended(trial, start, to, &[])
}

fn ended<'t>(trial: &'t Trial, start: i64, to: Option<i64>, ends: &[Option<i64>]) -> Vec<Period<'t>> {
    let mut next = Some(start);
    let mut found = Vec::new();
    for (at, epoch) in trial.epochs.iter().enumerate() {
        let Some(first) = next else {
            found.push(Period { epoch, days: None, end: End::Nowhere });
            continue;
        };
        let longest = epoch.extent.as_ref().and_then(|extent| later(first, &extent.duration, 1));
        let at_most = epoch.until.is_some() || epoch.extent.as_ref().is_some_and(|extent| extent.at_most);
        let ended = ends.get(at).copied().flatten();
        let (last, end) = match longest {
            _ if let Some(ended) = ended => (ended.max(first), End::Exact),
            Some(behind) if at_most => (behind - 1, End::AtMost),
            Some(behind) => (behind - 1, End::Exact),
            None => (to.unwrap_or(first + OPEN_DAYS - 1).max(first - 1), End::Open),
        };
        next = (end != End::Open).then_some(last + 1);
        found.push(Period { epoch, days: Some((first, last)), end });
    }
    found
}

impl<'t> Sheet<'t> {
    /// # Errors
    /// Where there are more doses than can be.
    pub fn new(plan: &Plan<'t>, start: i64, to: Option<i64>) -> Result<Self, TooManyDoses> {
        Self::under(plan, start, to, &[], &[])
    }

    /// The same with cycles that wait, and epochs of which it is known on which day they ended.
    ///
    /// # Errors
    /// Where there are more doses than can be.
    pub fn under(
        plan: &Plan<'t>,
        start: i64,
        to: Option<i64>,
        delays: &[Delay],
        ends: &[Option<i64>],
    ) -> Result<Self, TooManyDoses> {
        let periods = periods_until(plan, start, to, ends);
        let mut walker = Walker { plan, delays, slots: Vec::new(), standing: Vec::new(), by_calendar: false };
        walker.by_calendar =
            plan.trial.epochs.iter().any(|epoch| epoch.extent.as_ref().is_some_and(|e| of_calendar(&e.duration)));
        for (at, line) in plan.lines.iter().enumerate() {
            walker.stretch(at, line, (start, to), &periods)?;
        }
        let Walker { mut slots, mut standing, by_calendar, .. } = walker;
        if let Some(to) = to {
            slots.retain(|slot| slot.day <= to);
            standing.retain(|standing| standing.from <= to);
        }
        slots.sort_by_key(|slot| (slot.day, slot.line));
        standing.sort_by_key(|standing| (standing.from, standing.line));
        Ok(Self { start, periods, slots, standing, by_calendar, shape: Shape::default() })
    }

    /// The same from another first day on, where no month of the calendar is among its lengths.
    pub fn move_to(&mut self, start: i64) {
        let days = start - self.start;
        self.start = start;
        self.slots.iter_mut().for_each(|slot| slot.day += days);
        for standing in &mut self.standing {
            standing.from += days;
            standing.to += days;
        }
        for (first, last) in self.periods.iter_mut().filter_map(|period| period.days.as_mut()) {
            *first += days;
            *last += days;
        }
    }

    /// The epoch of a day, as its place among the periods.
    #[must_use]
    pub fn period(&self, day: i64) -> Option<usize> {
        self.periods.iter().position(|period| period.days.is_some_and(|(first, last)| (first..=last).contains(&day)))
    }

    /// Study day 1 is the first one; there is no day 0.
    #[must_use]
    pub fn study_day(&self, day: i64) -> i64 {
        if day >= self.start { day - self.start + 1 } else { day - self.start }
    }
}

fn of_calendar(length: &Duration) -> bool {
    matches!(length.unit, TimeUnit::Months | TimeUnit::Years)
}

/// A stretch of days in which a treatment is given.
#[derive(Clone, Copy)]
struct Region {
    first: i64,
    last: i64,
    /// Where the treatment begins: titration is counted from there.
    origin: i64,
    /// The number of the innermost cycle.
    cycle: u32,
}

struct Walker<'w, 't> {
    plan: &'w Plan<'t>,
    delays: &'w [Delay],
    slots: Vec<Slot>,
    standing: Vec<Standing>,
    by_calendar: bool,
}

impl<'t> Walker<'_, 't> {
    /// All days of a line: its epochs are one stretch, counted from the start of the first of them.
    fn stretch(
        &mut self,
        at: usize,
        line: &Line<'t>,
        (start, to): (i64, Option<i64>),
        periods: &[Period<'t>],
    ) -> Result<(), TooManyDoses> {
        let known: Vec<(i64, i64)> = line.epochs.iter().filter_map(|epoch| periods.get(*epoch)?.days).collect();
        // A protocol without epochs goes on for as long as is shown.
        let whole = (start, to.unwrap_or(start + OPEN_DAYS - 1));
        let ends = if periods.is_empty() { Some((whole.0, whole.1)) } else { None };
        let first = known.iter().map(|(first, _)| *first).min().or(ends.map(|ends| ends.0));
        let last = known.iter().map(|(_, last)| *last).max().or(ends.map(|ends| ends.1));
        let (Some(first), Some(mut last)) = (first, last) else { return Ok(()) };
        // What is shown of an epoch is not its end: a cycle may go on behind it.
        let open = line.epochs.iter().filter_map(|at| periods.get(*at)).any(|period| period.end == End::Open);
        if open || periods.is_empty() {
            last += BEYOND;
        }
        // Behind what is asked for nothing is looked for, cycles that have begun aside.
        last = to.map_or(last, |to| last.min(to + BEYOND));
        let from = self.slots.len();
        self.walk(at, &line.path, Region { first, last, origin: first, cycle: 0 })?;
        // Epochs between those of the stretch are none of it.
        let known = if periods.is_empty() { vec![whole] } else { known };
        let within = |day: i64| known.iter().any(|(first, last)| (*first..=*last).contains(&day));
        let mut number = 0;
        self.slots.retain(|slot| {
            number += 1;
            number <= from || within(slot.day)
        });
        let shown = known.iter().map(|(_, last)| *last).max().unwrap_or(last);
        self.standing.iter_mut().filter(|standing| standing.line == at).for_each(|one| one.to = one.to.min(shown));
        Ok(())
    }

    fn walk(&mut self, at: usize, steps: &[Step<'t>], region: Region) -> Result<(), TooManyDoses> {
        if region.first > region.last {
            return Ok(());
        }
        let Some((step, inside)) = steps.split_first() else { return self.days(at, region) };
        match step {
            Step::Phase { before, own, .. } => {
                let mut first = region.first;
                for phase in before {
                    self.look(phase);
                    // Behind a phase that takes all that is left there is nothing.
                    let Some(next) = phase.end(first) else { return Ok(()) };
                    first = next;
                }
                self.look(own);
                let last = own.end(first).map_or(region.last, |behind| behind - 1).min(region.last);
                self.walk(at, inside, Region { first, last, origin: first, ..region })
            }
            Step::Cycle { node, length, extent } => self.cycles((at, *node), (length, *extent), inside, region),
        }
    }

    fn look(&mut self, length: &Length<'t>) {
        let lengths = [length.extent.map(|extent| &extent.duration), length.cycle];
        self.by_calendar |= lengths.into_iter().flatten().any(of_calendar);
    }

    fn cycles(
        &mut self,
        (at, node): (usize, usize),
        (length, extent): (&Duration, Option<&Extent>),
        inside: &[Step<'t>],
        region: Region,
    ) -> Result<(), TooManyDoses> {
        self.by_calendar |= of_calendar(length);
        let counted = extent.filter(|extent| extent.duration.unit == TimeUnit::Cycles);
        let most = counted.and_then(|extent| extent.duration.value.0.trunc().to_u32());
        let until = match extent {
            Some(extent) if counted.is_none() => {
                self.by_calendar |= of_calendar(&extent.duration);
                later(region.first, &extent.duration, 1).map_or(region.last, |behind| behind - 1).min(region.last)
            }
            _ => region.last,
        };
        let only = self.plan.lines.get(at).and_then(|line| in_cycles(line.treatment.extent.as_ref()));
        let most = most.into_iter().chain(only.filter(|_| is_innermost(inside))).min();
        for number in 0..most.unwrap_or(u32::MAX) {
            let (Some(first), Some(behind)) =
                (later(region.first, length, number), later(region.first, length, number + 1))
            else {
                return Ok(());
            };
            if behind <= first || first > until || (counted.is_none() && behind - 1 > until) {
                return Ok(());
            }
            let late = |delay: &&Delay| delay.node == node && delay.cycle <= number + 1;
            let late: i64 = self.delays.iter().filter(late).map(|delay| delay.days).sum();
            let cycle =
                Region { first: first + late, last: (behind - 1 + late).min(region.last), cycle: number + 1, ..region };
            self.walk(at, inside, cycle)?;
        }
        Ok(())
    }

    /// The days of a treatment in a stretch, phase or cycle.
    fn days(&mut self, at: usize, region: Region) -> Result<(), TooManyDoses> {
        let Some(line) = self.plan.lines.get(at) else { return Ok(()) };
        let treatment = line.treatment;
        let Region { first, mut last, .. } = region;
        if let Some(extent) = &treatment.extent {
            self.by_calendar |= of_calendar(&extent.duration);
            last = later(first, &extent.duration, 1).map_or(last, |behind| last.min(behind - 1));
        }
        let times = match &treatment.schedule {
            Some(Schedule::OnDays { times, .. }) => *times,
            Some(Schedule::Once | Schedule::Daily { .. } | Schedule::Every(_) | Schedule::AsNeeded) | None => 1,
        };
        match rhythm(treatment) {
            Rhythm::None(why) => self.standing.push(Standing { line: at, from: first, to: last, why }),
            Rhythm::Days(days) => {
                let days = days.iter().flat_map(|(from, to)| i64::from(*from)..=i64::from(*to));
                for day in days.map(|day| first + day - 1).take_while(|day| *day <= last) {
                    self.slot(at, treatment, (day, times), region)?;
                }
            }
            Rhythm::DaysOf(days, length) => {
                self.by_calendar |= of_calendar(length);
                for round in 0.. {
                    let (Some(from), Some(behind)) = (later(first, length, round), later(first, length, round + 1))
                    else {
                        break;
                    };
                    if from > last || behind <= from {
                        break;
                    }
                    let days = days.iter().flat_map(|(from, to)| i64::from(*from)..=i64::from(*to));
                    for day in days.map(|day| from + day - 1).take_while(|day| *day <= last && *day < behind) {
                        self.slot(at, treatment, (day, times), region)?;
                    }
                }
            }
            Rhythm::Daily(times) => {
                for day in first..=last {
                    self.slot(at, treatment, (day, times), region)?;
                }
            }
            Rhythm::Every(length) => {
                self.by_calendar |= of_calendar(&length);
                let hours = match length.unit {
                    TimeUnit::Hours => Some(length.value.rational()),
                    TimeUnit::Minutes => Some(length.value.rational() / BigRational::from_integer(60.into())),
                    _ => None,
                };
                match hours {
                    None if later(first, &length, 1).is_none() => {
                        self.standing.push(Standing { line: at, from: first, to: last, why: NoDays::NotSaid });
                    }
                    Some(hours) => self.every_hours(at, treatment, &hours, Region { last, ..region })?,
                    None => {
                        for number in 0.. {
                            let Some(day) = later(first, &length, number).filter(|day| *day <= last) else { break };
                            if number > 0 && day <= first {
                                break;
                            }
                            self.slot(at, treatment, (day, 1), region)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Every so many hours, counted from the first moment of the first day: so many on each day.
    fn every_hours(
        &mut self,
        at: usize,
        treatment: &Treatment,
        hours: &BigRational,
        region: Region,
    ) -> Result<(), TooManyDoses> {
        if *hours < BigRational::new(1.into(), 60.into()) {
            return Ok(());
        }
        let day_hours = BigRational::from_integer(24.into());
        let before = |day: i64| {
            // Doses before the end of so many days.
            let end = &day_hours * BigRational::from_integer(BigInt::from(day));
            (end / hours).ceil().to_integer().to_u32().unwrap_or(0)
        };
        for day in region.first..=region.last {
            let number = day - region.first;
            let times = before(number + 1) - before(number);
            if times > 0 {
                self.slot(at, treatment, (day, times), region)?;
            }
        }
        Ok(())
    }

    fn slot(
        &mut self,
        at: usize,
        treatment: &Treatment,
        (day, times): (i64, u32),
        region: Region,
    ) -> Result<(), TooManyDoses> {
        if self.slots.len() >= MOST_SLOTS {
            return Err(TooManyDoses);
        }
        let mut steps = 0;
        if let Some(titration) = &treatment.titration {
            self.by_calendar |= of_calendar(&titration.every);
            let before = self.slots.last().filter(|slot| slot.line == at && slot.day <= day);
            steps = before.map_or(0, |slot| slot.steps);
            while steps < MOST_STEPS
                && later(region.origin, &titration.every, steps + 1)
                    .is_some_and(|due| due <= day && due > region.origin)
            {
                steps += 1;
            }
        }
        self.slots.push(Slot { day, line: at, times, steps, cycle: region.cycle });
        Ok(())
    }
}

const MOST_STEPS: u32 = 10_000;

fn is_innermost(inside: &[Step<'_>]) -> bool {
    !inside.iter().any(|step| matches!(step, Step::Cycle { .. }))
}

/// `for at most 6 cycles` of a treatment: in the first six of the cycles around it.
fn in_cycles(extent: Option<&Extent>) -> Option<u32> {
    let extent = extent.filter(|extent| extent.duration.unit == TimeUnit::Cycles)?;
    extent.duration.value.0.trunc().to_u32()
}

/// How often a treatment is given.
#[derive(Clone, Debug)]
pub enum Rhythm<'t> {
    None(NoDays),
    Daily(u32),
    Every(Duration),
    Days(&'t [(u32, u32)]),
    DaysOf(&'t [(u32, u32)], &'t Duration),
}

/// How often a treatment is given: by its schedule, or else once in each time that its amount is for.
#[must_use]
pub fn rhythm(treatment: &Treatment) -> Rhythm<'_> {
    const ONCE: &[(u32, u32)] = &[(1, 1)];
    match &treatment.schedule {
        Some(Schedule::Once) => Rhythm::Days(ONCE),
        Some(Schedule::Daily { times }) => Rhythm::Daily(*times),
        Some(Schedule::Every(length)) => Rhythm::Every(length.clone()),
        Some(Schedule::OnDays { days, of_every: None, .. }) => Rhythm::Days(days),
        Some(Schedule::OnDays { days, of_every: Some(length), .. }) => Rhythm::DaysOf(days, length),
        Some(Schedule::AsNeeded) => Rhythm::None(NoDays::AsNeeded),
        None => match dose_of(treatment).and_then(|dose| dose.per_time.as_ref()) {
            None => Rhythm::None(NoDays::NotSaid),
            Some(time) => match time.kind() {
                UnitKind::CalendarMonths(months) => Rhythm::Every(Duration {
                    value: rust_decimal::Decimal::from(months).into(),
                    unit: TimeUnit::Months,
                }),
                _ => match days_in(time).filter(|days| days.is_integer() && *days > BigRational::one()) {
                    Some(days) => {
                        let days = days.to_integer().to_u32().unwrap_or(1);
                        Rhythm::Every(Duration {
                            value: rust_decimal::Decimal::from(days).into(),
                            unit: TimeUnit::Days,
                        })
                    }
                    None => Rhythm::Daily(1),
                },
            },
        },
    }
}

/// The dose that is written, of a range its low end.
#[must_use]
pub fn dose_of(treatment: &Treatment) -> Option<&Dose> {
    match &treatment.amount {
        Some(Amount::Fixed { dose, .. } | Amount::Range { low: dose, .. }) => Some(dose),
        Some(Amount::Judged { .. } | Amount::Missing(_)) | None => None,
    }
}

/// How many days a unit of time has, a month of the calendar not among them.
#[must_use]
pub fn days_in(time: &Unit) -> Option<BigRational> {
    let days = time.convert(&BigRational::one(), &Unit::parse("d").ok()?).ok()?;
    (days > BigRational::zero()).then_some(days)
}
