//! What is counted over a window of one participant: events, events a year, amounts of drugs; and where the window ends.

use std::sync::Arc;

use smallvec::SmallVec;

use super::run::{Facing, Found};
use super::{Beginning, Counts, Dated, Deferred, Edge, Exact, Planned, Reckoned, Stage, Tallied, Until};
use crate::evaluate::Kleene;
use crate::plan::facts::Occurrence;
use crate::plan::{ConceptAt, Events, Silence};
use crate::record::{FUTURE, Span};
use crate::schedule::days::later;

/// Where a window ends.
enum End {
    On(i64),
    /// Nobody knows; of its last epoch, or of one before it, so that it is not even known whether the last has begun.
    Open {
        goes_on: bool,
    },
}

impl Counts {
    fn silences(&self) -> impl Iterator<Item = &Silence> {
        let (events, doses) = match self {
            Self::Events { of, .. } => (of.as_slice(), &[][..]),
            Self::Dose { silences, .. } => (&[][..], silences.as_slice()),
        };
        events.iter().map(|events| &events.silence).chain(doses)
    }
}

impl Facing<'_> {
    /// A number over a window.
    pub(super) fn reckoned(&mut self, reckoned: &Reckoned, planned: &Planned) -> Found<(Tallied, Option<Arc<str>>)> {
        let Some(from) = self.dated(reckoned.from)? else { return Ok((Tallied::Missing, None)) };
        let from = the_day(from)?;
        let end = match &reckoned.to {
            Edge::Event(event) => match self.dated(*event)? {
                Some(day) => End::On(the_day(day)?),
                None => End::Open { goes_on: true },
            },
            Edge::Epochs(stages) => self.last_of(stages)?,
        };
        let to = match end {
            End::On(day) => day,
            End::Open { goes_on } => {
                // What goes on without an end is a number only where the record says that there will be nothing.
                let ahead = Span::new(Span::days(from, from).from, FUTURE);
                let is_open = reckoned.what.silences().any(|silence| !self.run.is_silent(silence, ahead));
                return if is_open || !goes_on { Ok((Tallied::Missing, None)) } else { Err(Deferred) };
            }
        };
        if to < from {
            return Err(Deferred);
        }
        let window = Span::days(from, to);
        let number = match &reckoned.what {
            Counts::Events { of, days } => {
                let Some(count) = self.number_in(of, window) else {
                    return Ok((Tallied::Inexact, planned.unit.clone()));
                };
                match days {
                    None => Some(count),
                    // Both days belong to it.
                    Some(day) => {
                        let length = Exact::whole(i128::from(to - from + 1)).times(*day).ok_or(Deferred)?;
                        Some(count.over(length).ok_or(Deferred)?)
                    }
                }
            }
            Counts::Dose { at, silences } => self.total(*at, silences, window)?,
        };
        let result = match number {
            Some(number) => Tallied::Number(number.double().ok_or(Deferred)?),
            None => Tallied::Inexact,
        };
        Ok((result, planned.unit.clone()))
    }

    /// How many of these have a day in the window; nothing where that is not one number.
    fn number_in(&self, of: &[Events], window: Span) -> Option<Exact> {
        let mut found: SmallVec<[&Occurrence; 8]> = SmallVec::new();
        for events in of {
            for one in self.run.of(&events.of) {
                let sure = one.start.to <= window.to && one.end.from >= window.from;
                let inside = Kleene::between(sure, Span::new(one.start.from, one.end.to).touches(window));
                let state = self.run.qualifies(one, events).and(inside);
                if state == Kleene::NotMet {
                    continue;
                }
                let is_again =
                    |known: &&&Occurrence| known.of == one.of && (known.start, known.end) == (one.start, one.end);
                if found.iter().any(|known| is_again(&known)) {
                    // Two of one month may be one that is recorded twice.
                    if one.start.is_one_day() && one.end.is_one_day() {
                        continue;
                    }
                    return None;
                }
                if state == Kleene::Unknown {
                    return None;
                }
                found.push(one);
            }
        }
        let complete = of.iter().all(|events| self.run.is_silent(&events.silence, window));
        complete.then(|| Exact::whole(found.len().try_into().unwrap_or(i128::MAX)))
    }

    /// All that was given in the window; nothing where that is not one amount.
    fn total(&self, at: usize, silences: &[Silence], window: Span) -> Found<Option<Exact>> {
        let program = self.program;
        let dose = program.doses.get(at).ok_or(Deferred)?;
        let mut sum = Some(Exact::ZERO);
        for drugs in &dose.of {
            let kin = drugs.kin.is.iter().chain(&drugs.kin.may_be);
            for of in kin {
                // One of them could not be read, or stands in another list.
                let read = self.courses.iter().filter(|course| course.of == *of).count();
                if read != self.facts.occurrences_of(*of).len() {
                    return Err(Deferred);
                }
            }
            for course in &self.courses {
                let is = drugs.kin.is.binary_search(&course.of).is_ok();
                if !is && drugs.kin.may_be.binary_search(&course.of).is_err() {
                    continue;
                }
                let one = self.facts.occurrences_of(course.of).get(course.number).ok_or(Deferred)?;
                let one_day = self.one_day_of(at, course, one)?;
                let counts = dose.counts(one, window).and(if is { Kleene::Met } else { Kleene::Unknown });
                if counts == Kleene::NotMet {
                    continue;
                }
                let days = if course.written.date.is_some() { Some(1) } else { days_within(one, window) };
                sum = match (sum, one_day, days) {
                    (Some(sum), Some(amount), _) if amount.is_zero() => Some(sum),
                    (Some(sum), Some(amount), Some(days)) if counts == Kleene::Met => {
                        let more = amount.times(Exact::whole(i128::from(days))).ok_or(Deferred)?;
                        Some(sum.plus(more).ok_or(Deferred)?)
                    }
                    _ => None,
                };
            }
        }
        Ok(sum.filter(|_| silences.iter().all(|silence| self.run.is_silent(silence, window))))
    }

    /// All that the date of an event may be; nothing where nobody has one.
    pub(super) fn dated(&self, Dated { event, planned }: Dated) -> Found<Option<Span>> {
        let known = self.facts.anchors.iter().find(|anchor| anchor.event == event).map(|anchor| anchor.span);
        if known.is_none() && planned { Err(Deferred) } else { Ok(known) }
    }

    // ---- ends --------------------------------------------------------------------------------------------------------------

    /// The last day of the last of some epochs.
    fn last_of(&mut self, stages: &[Stage]) -> Found<End> {
        let day_1 = self.program.day_1.ok_or(Deferred)?;
        let begun = self.facts.anchors.iter().find(|anchor| anchor.event == day_1).ok_or(Deferred)?;
        let mut next = the_day(begun.span)?;
        for (at, stage) in stages.iter().enumerate() {
            let is_last = at + 1 == stages.len();
            match self.end_of(stage, next)? {
                Some(day) => next = day + 1,
                // It may have ended within its length.
                None if is_last && stage.longest.is_some() => return Err(Deferred),
                None => return Ok(End::Open { goes_on: is_last }),
            }
        }
        Ok(End::On(next - 1))
    }

    /// The last day of an epoch that begins on a day: that on which what it ends with has come, or the last that its length allows.
    /// Nothing where nobody knows it.
    fn end_of(&mut self, stage: &Stage, first: i64) -> Found<Option<i64>> {
        let longest = match &stage.longest {
            Some(length) => Some(later(first, length, 1).ok_or(Deferred)? - 1),
            None => None,
        };
        let Some(until) = &stage.until else { return Ok(longest) };
        let last = match longest {
            Some(longest) => longest.max(first),
            None => self.run.last_day().ok_or(Deferred)?.max(first),
        };
        match self.has_come(until, first, last)? {
            Kleene::Unknown => Ok(None),
            // Nobody is in an epoch after death.
            Kleene::NotMet => Ok(self.death.filter(|death| *death <= last).or(longest)),
            Kleene::Met => {
                let begun = |facing: &mut Self, day: i64| facing.has_come(until, first, day);
                self.first_met(&until.begins, (first, last), begun).map(Some)
            }
        }
    }

    fn has_come(&mut self, until: &Until, first: i64, last: i64) -> Found<Kleene> {
        self.give(until.day, last);
        self.run.over(until.body, Span::days(first, last)).map_err(|_| Deferred)
    }

    /// The first day on which something holds that holds by the last; `ask` says whether it does by a day.
    pub(super) fn first_met(
        &mut self,
        beginning: &Beginning,
        (first, last): (i64, i64),
        mut ask: impl FnMut(&mut Self, i64) -> Found<Kleene>,
    ) -> Found<i64> {
        if last < first {
            return Err(Deferred);
        }
        if ask(self, first)? == Kleene::Met {
            return Ok(first);
        }
        let facts = self.facts;
        let days_of = |of: &[ConceptAt]| {
            let ones = of.iter().flat_map(|of| facts.occurrences_of(*of));
            let days = ones.flat_map(|one| [one.start, one.end]).flat_map(|span| [span.first_day(), span.last_day()]);
            let mut days: SmallVec<[i64; 16]> = days.filter(|day| (first..=last).contains(day)).collect();
            days.sort_unstable();
            days.dedup();
            days
        };
        let (days, own) = (days_of(&beginning.named), days_of(&beginning.own));
        for day in days {
            match ask(self, day)? {
                Kleene::Met => return Ok(day),
                // It may have been the one before.
                Kleene::Unknown if own.contains(&day) => return Err(Deferred),
                Kleene::Unknown | Kleene::NotMet => {}
            }
        }
        Err(Deferred)
    }
}

fn the_day(span: Span) -> Found<i64> {
    if span.is_one_day() { Ok(span.first_day()) } else { Err(Deferred) }
}

/// On how many days of the window a course was under way; nothing where that is not one number.
fn days_within(one: &Occurrence, window: Span) -> Option<i64> {
    let count = |span: Span| if span.is_empty() { 0 } else { span.last_day() - span.first_day() + 1 };
    let least = count(Span::days(one.start.last_day(), one.end.first_day()).meet(window));
    let most = count(Span::new(one.start.from, one.end.to).meet(window));
    (least == most).then_some(least)
}
