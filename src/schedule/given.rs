//! Doses given beside doses planned: in time, late, early, missed, of another amount, or planned by nobody.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::Zero;
use schemars::JsonSchema;
use serde::Serialize;

use super::calendar::{PlannedDose, State};
use super::course::Course;
use super::plan::{Line, Plan};
use super::row::date;
use crate::ir::{Body, ConceptId};
use crate::record::{FUTURE, Kinship, Reader, Record, Taken, decimal, kinds_of};
use crate::units::Unit;

/// What became of a planned dose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Given {
    pub state: GivenState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The amount that was given on that day, with its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// What is not as planned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivenState {
    /// On the planned day.
    InTime,
    Late,
    Early,
    /// The record is complete, and holds none.
    Missed,
    /// The record is silent, and not declared complete.
    NotRecorded,
    /// It lies behind the day of the record.
    Ahead,
    /// It was not to be given, and was.
    AgainstPlan,
}

impl GivenState {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InTime => "in time",
            Self::Late => "late",
            Self::Early => "early",
            Self::Missed => "missed",
            Self::NotRecorded => "not recorded",
            Self::Ahead => "",
            Self::AgainstPlan => "against the plan",
        }
    }
}

/// A dose that was given and not planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unplanned {
    pub date: String,
    pub drug: String,
    /// As it was recorded.
    pub written: String,
    pub why: String,
}

/// How much of a drug was given of what was planned, up to the day of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Adherence {
    pub drug: String,
    /// Doses planned up to the day of the record.
    pub due: u32,
    pub in_time: u32,
    pub late: u32,
    pub early: u32,
    pub missed: u32,
    pub not_recorded: u32,
    pub unplanned: u32,
    /// Doses given of those planned, in per cent to one decimal; nothing where some are not recorded, or none was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_cent: Option<String>,
    /// All that was given and all that was planned, where the amounts are known and no range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_given: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_planned: Option<String>,
    /// Such as a cap on all doses together that was passed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Everything that was given.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// For each dose of the course, in its order.
    pub doses: Vec<Option<Given>>,
    pub unplanned: Vec<Unplanned>,
    pub adherence: Vec<Adherence>,
}

/// A dose of the record.
#[derive(Clone, Debug)]
struct Recorded {
    day: i64,
    amount: Option<BigRational>,
    written: String,
    /// Its amount is in a unit that is none of what is planned.
    strange: bool,
    /// Whether it is one dose and not a day of a course.
    single: bool,
    used: bool,
}

/// A course of the record is taken apart into no more days than this.
const MOST_DAYS: i64 = 10_000;

/// Sets what the record holds beside what was planned.
#[must_use]
pub fn compare(plan: &Plan<'_>, course: &Course<'_>, (reader, record): (&Reader<'_>, &Record)) -> Compared {
    let mut compared = Compared { doses: vec![None; course.doses.len()], ..Compared::default() };
    let mut drugs: BTreeMap<&ConceptId, Vec<usize>> = BTreeMap::new();
    for (at, dose) in course.doses.iter().enumerate() {
        let Some(line) = plan.lines.get(dose.line).filter(|_| dose.to.is_none()) else { continue };
        drugs.entry(&line.treatment.what).or_default().push(at);
    }
    for (drug, doses) in drugs {
        let Some(first) = doses.first().and_then(|at| course.doses.get(*at)) else { continue };
        let Some(line) = plan.lines.get(first.line) else { continue };
        let unit = first.shown.worked.unit.clone();
        let given = recorded(drug, unit.as_ref(), course, (reader, record));
        if given.is_empty() && is_other_choice(plan, line, (reader, record)) {
            continue;
        }
        let mut side = Side { drug, lines: &plan.lines, doses, given, unit, course };
        side.several_times_a_day();
        side.compare(&mut compared, (reader, record));
    }
    compared.unplanned.sort_by(|a, b| (&a.date, &a.drug).cmp(&(&b.date, &b.drug)));
    compared
}

/// Whether another drug of the choice was given.
fn is_other_choice(plan: &Plan<'_>, line: &Line<'_>, (reader, record): (&Reader<'_>, &Record)) -> bool {
    plan.alternatives(line).iter().any(|other| {
        **other != line.treatment.what
            && record.occurrences.keys().any(|of| reader.family.kinship(of, other) == Kinship::Is)
    })
}

/// The days on which the record has the drug, from the first day of the plan on.
fn recorded(
    drug: &ConceptId,
    unit: Option<&Unit>,
    course: &Course<'_>,
    (reader, record): (&Reader<'_>, &Record),
) -> Vec<Recorded> {
    let mut found = Vec::new();
    let of = record.occurrences.iter().filter(|(of, _)| reader.family.kinship(of, drug) == Kinship::Is);
    for one in of.flat_map(|(_, all)| all) {
        let (first, last) = (one.start.first_day(), one.end.first_day());
        if one.start.to >= FUTURE || one.start.last_day() < course.sheet.start || first > course.as_of {
            continue;
        }
        let amount = match &one.dose {
            Taken::Once(amount) | Taken::Daily(amount) => in_unit(amount, unit, (reader, record)),
            Taken::Whole(_) | Taken::Unknown => None,
        };
        let last = if one.single { first } else { last.min(course.as_of).min(first + MOST_DAYS).max(first) };
        for day in first.max(course.sheet.start)..=last {
            found.push(Recorded {
                day,
                amount: amount.clone(),
                written: one.written.clone(),
                strange: amount.is_none() && unit.is_some() && matches!(one.dose, Taken::Once(_) | Taken::Daily(_)),
                single: one.single,
                used: false,
            });
        }
    }
    found.sort_by_key(|one| one.day);
    found
}

/// An amount of the record in the unit of the plan; by weight with the latest weight.
fn in_unit(
    amount: &crate::record::Amount,
    unit: Option<&Unit>,
    (reader, record): (&Reader<'_>, &Record),
) -> Option<BigRational> {
    let number = amount.unit.convert(&amount.value, unit?).ok()?;
    let size = super::Measures::of(reader, record).on(i64::MAX);
    match amount.per_body {
        None => Some(number),
        Some(Body::Weight) => Some(number * size.weight?),
        Some(Body::Surface) => Some(number * size.surface?),
    }
}

struct Side<'s> {
    drug: &'s ConceptId,
    lines: &'s [Line<'s>],
    /// Places in the course, in order.
    doses: Vec<usize>,
    given: Vec<Recorded>,
    /// What all of it is counted in: the unit of the first planned dose.
    unit: Option<Unit>,
    course: &'s Course<'s>,
}

impl Side<'_> {
    fn dose(&self, place: usize) -> Option<&PlannedDose> {
        self.course.doses.get(*self.doses.get(place)?)
    }

    /// Of what is planned as several doses on a day, each may be recorded by itself: up to so many of a day are one.
    fn several_times_a_day(&mut self) {
        let mut left: BTreeMap<i64, u32> = BTreeMap::new();
        for place in 0..self.doses.len() {
            if let Some(dose) = self.dose(place).filter(|dose| dose.times > 1) {
                let times = left.entry(dose.day).or_insert(0);
                *times = (*times).max(dose.times);
            }
        }
        let mut merged: Vec<Recorded> = Vec::with_capacity(self.given.len());
        for one in std::mem::take(&mut self.given) {
            let more = left.get_mut(&one.day).filter(|_| one.single);
            match (more, merged.last_mut().filter(|known| known.day == one.day && known.single)) {
                (Some(more), Some(known)) if *more > 1 => {
                    *more -= 1;
                    known.amount = known.amount.take().zip(one.amount).map(|(all, one)| all + one);
                    known.written = format!("{}, {}", known.written, one.written);
                }
                (_, Some(_) | None) => merged.push(one),
            }
        }
        self.given = merged;
    }

    fn compare(mut self, compared: &mut Compared, known: (&Reader<'_>, &Record)) {
        let days: Vec<(i64, bool)> = (0..self.doses.len())
            .filter_map(|place| self.dose(place))
            .map(|dose| (dose.day, dose.state.is_given()))
            .collect();
        let mut matched: Vec<Option<usize>> = vec![None; days.len()];
        // First what was given on its day, in the amount that was planned before in any other.
        let amounts: Vec<Option<(BigRational, BigRational)>> =
            (0..self.doses.len()).map(|place| self.planned_amount(self.dose(place)?)).collect();
        let on_its_day = |place: usize, given: &Recorded| days.get(place).is_some_and(|(day, _)| *day == given.day);
        self.take(&mut matched, |place, given| {
            let planned = amounts.get(place).and_then(Option::as_ref);
            let as_planned =
                planned.zip(given.amount.as_ref()).is_some_and(|((low, high), one)| low <= one && one <= high);
            as_planned && on_its_day(place, given)
        });
        self.take(&mut matched, on_its_day);
        // In the order of their days: late for the planned one before, where that has none yet, or else early for the next.
        let planned = |place: &usize| days.get(*place).is_some_and(|(_, planned)| *planned);
        for (at, given) in self.given.iter_mut().enumerate().filter(|(_, given)| !given.used) {
            let behind = days.partition_point(|(day, _)| *day <= given.day);
            let free = |place: &usize| matched.get(*place).is_some_and(Option::is_none);
            // Several of one day are one planned day.
            let day_of = |place: usize| days.get(place).map(|(day, _)| *day);
            let last = (0..behind).rev().find(planned).and_then(day_of);
            let late = (0..behind).rev().filter(planned).take_while(|place| day_of(*place) == last).find(free);
            let next = (behind..days.len()).find(planned).and_then(day_of);
            let mut following = (behind..days.len()).filter(planned).take_while(|place| day_of(*place) == next);
            // A second dose of a planned day is none of the next one.
            let found = late.or_else(|| following.find(free).filter(|_| last != Some(given.day)));
            if let Some(slot) = found.and_then(|place| matched.get_mut(place)) {
                *slot = Some(at);
                given.used = true;
            }
        }
        let mut adherence = Adherence {
            drug: self.drug.to_string(),
            due: 0,
            in_time: 0,
            late: 0,
            early: 0,
            missed: 0,
            not_recorded: 0,
            unplanned: 0,
            per_cent: None,
            amount_given: None,
            amount_planned: None,
            notes: Vec::new(),
        };
        let mut total: Option<BigRational> = Some(BigRational::zero());
        let mut planned_total: Option<BigRational> = Some(BigRational::zero());
        for (place, at) in self.doses.iter().enumerate() {
            let Some(dose) = self.course.doses.get(*at) else { continue };
            let given = matched.get(place).copied().flatten().and_then(|at| self.given.get(at));
            let said = self.one(dose, given, known);
            // Whether an open dose was to be given nobody knows.
            if dose.state == State::Planned && dose.day <= self.course.as_of || dose.state.is_given() && given.is_some()
            {
                adherence.due += 1;
                match said.state {
                    GivenState::InTime => adherence.in_time += 1,
                    GivenState::Late => adherence.late += 1,
                    GivenState::Early => adherence.early += 1,
                    GivenState::Missed => adherence.missed += 1,
                    GivenState::NotRecorded => adherence.not_recorded += 1,
                    GivenState::Ahead | GivenState::AgainstPlan => {}
                }
                planned_total = planned_total
                    .zip(self.planned_amount(dose))
                    .map(|(all, (low, high))| (all + &low, low == high))
                    .filter(|(_, exact)| *exact)
                    .map(|(all, _)| all);
            }
            if let Some(slot) = compared.doses.get_mut(*at) {
                *slot = Some(said);
            }
        }
        for given in &self.given {
            total = total.zip(given.amount.as_ref()).map(|(all, one)| all + one);
        }
        for (at, extra) in self.given.iter().enumerate().filter(|(_, given)| !given.used) {
            adherence.unplanned += 1;
            let doubled = self.given.iter().enumerate().any(|(other, one)| other != at && one.day == extra.day);
            let planned = self.doses.iter().filter_map(|at| self.course.doses.get(*at));
            let times: u32 = planned.filter(|dose| dose.day == extra.day).map(|dose| dose.times).sum();
            let why = match (doubled, times) {
                (true, 2..) => "more doses than were planned that day",
                (true, _) => "a second dose of that day",
                (false, _) => "no dose was planned then",
            };
            compared.unplanned.push(Unplanned {
                date: date(extra.day),
                drug: self.drug.to_string(),
                written: extra.written.clone(),
                why: why.to_owned(),
            });
        }
        let taken = adherence.in_time + adherence.late + adherence.early;
        if adherence.due > 0 && adherence.not_recorded == 0 {
            adherence.per_cent = Some(per_cent(taken, adherence.due));
        }
        let unit = self.unit.clone();
        let said =
            |number: Option<BigRational>| number.zip(unit.as_ref()).map(|(n, unit)| format!("{} {unit}", decimal(&n)));
        let cap = self.doses.iter().rev().find_map(|at| {
            let worked = &self.course.doses.get(*at)?.shown.worked;
            worked.unit.as_ref()?.convert(&worked.total_cap.as_ref()?.rational(), unit.as_ref()?).ok()
        });
        if let Some((total, cap)) = total.as_ref().zip(cap).filter(|(total, cap)| **total > *cap) {
            let said = |number: &BigRational| said(Some(number.clone())).unwrap_or_default();
            adherence.notes.push(format!("{} given: over the cap of {} on all doses", said(total), said(&cap)));
        }
        adherence.amount_given = said(total.filter(|_| adherence.not_recorded == 0));
        adherence.amount_planned = said(planned_total);
        if adherence.due + adherence.unplanned > 0 {
            compared.adherence.push(adherence);
        }
    }

    /// Matches what is still free on both sides, each dose of the record with the nearest planned one that fits.
    fn take(&mut self, matched: &mut [Option<usize>], fits: impl Fn(usize, &Recorded) -> bool) {
        for (at, given) in self.given.iter_mut().enumerate().filter(|(_, given)| !given.used) {
            let free = matched.iter().enumerate().filter(|(_, taken)| taken.is_none());
            let found = free.map(|(place, _)| place).find(|place| fits(*place, given));
            if let Some(slot) = found.and_then(|place| matched.get_mut(place)) {
                *slot = Some(at);
                given.used = true;
            }
        }
    }

    /// All of a day, at the least and at the most.
    fn planned_amount(&self, dose: &PlannedDose) -> Option<(BigRational, BigRational)> {
        let worked = &dose.shown.worked;
        let ends = worked.dose.as_ref().ok()?;
        let counted = |end: &super::Number| {
            let all = end.times(dose.times).rational();
            match worked.unit.as_ref().zip(self.unit.as_ref()) {
                Some((own, unit)) if own != unit => own.convert(&all, unit).ok(),
                _ => Some(all),
            }
        };
        Some((counted(&ends.low)?, counted(&ends.high)?))
    }

    fn one(&self, dose: &PlannedDose, given: Option<&Recorded>, (reader, record): (&Reader<'_>, &Record)) -> Given {
        let Some(given) = given else {
            let state = if dose.day > self.course.as_of || dose.state != State::Planned {
                GivenState::Ahead
            } else if is_complete(self.drug, dose.day, (reader, record)) {
                GivenState::Missed
            } else {
                GivenState::NotRecorded
            };
            return Given { state, date: None, amount: None, notes: Vec::new() };
        };
        let away = given.day - dose.day;
        let state = match away {
            _ if !dose.state.is_given() => GivenState::AgainstPlan,
            0 => GivenState::InTime,
            1.. => GivenState::Late,
            _ => GivenState::Early,
        };
        let mut notes = Vec::new();
        if away != 0 {
            let days = if away.abs() == 1 { "day" } else { "days" };
            notes.push(format!("{} {days} {}", away.abs(), if away > 0 { "late" } else { "early" }));
        }
        let unit = self.unit.as_ref();
        let said = |number: &BigRational| {
            format!("{} {}", decimal(number), unit.map_or_else(String::new, ToString::to_string))
        };
        if let (Some(amount), Some((low, high))) = (&given.amount, self.planned_amount(dose)) {
            if *amount > high {
                notes.push(format!("{} more than planned", said(&(amount - &high))));
                if let Some(cap) = self.cap(dose).filter(|cap| amount > cap) {
                    notes.push(format!("over the cap of {}", said(&cap)));
                }
            } else if *amount < low {
                notes.push(format!("{} less than planned", said(&(&low - amount))));
            }
        } else if given.amount.is_none() && self.planned_amount(dose).is_some() {
            let unit = self.unit.as_ref().map(ToString::to_string).unwrap_or_default();
            notes.push(if given.strange {
                format!("recorded as {}: no amount in {unit}", given.written)
            } else {
                "the amount is not recorded".to_owned()
            });
        }
        Given { state, date: Some(date(given.day)), amount: given.amount.as_ref().map(said), notes }
    }

    /// The lowest cap on a day's amount that needs no body size.
    fn cap(&self, dose: &PlannedDose) -> Option<BigRational> {
        let unit = self.unit.as_ref()?;
        let line = self.lines.get(dose.line)?;
        let caps = line.treatment.caps.iter().filter(|cap| !cap.total && cap.dose.per_body.is_none());
        let times = BigRational::from_integer(dose.times.into());
        let amounts = caps.filter_map(|cap| {
            let number = cap.dose.unit.convert(&cap.dose.value.rational(), unit).ok()?;
            Some(if cap.dose.per_time.is_some() { number } else { number * &times })
        });
        amounts.min()
    }
}

/// Whether the record says that it holds every dose of a day.
pub(super) fn is_complete(drug: &ConceptId, day: i64, (reader, record): (&Reader<'_>, &Record)) -> bool {
    let span = crate::record::Span::days(day, day);
    let absent = record
        .absences
        .iter()
        .any(|absence| reader.family.kinship(drug, &absence.of) == Kinship::Is && span.within(absence.span));
    let kinds = kinds_of(reader.trial, &reader.family, drug);
    let complete = |kind: &crate::chart::Kind| {
        record.complete.get(kind).is_some_and(|spans| spans.iter().any(|known| span.within(*known)))
    };
    absent || (!kinds.is_empty() && kinds.iter().all(complete))
}

/// To one decimal, half a tenth upwards.
fn per_cent(part: u32, whole: u32) -> String {
    let tenths = (u64::from(part) * 2000 + u64::from(whole)) / (2 * u64::from(whole));
    format!("{}.{}", tenths / 10, tenths % 10)
}
