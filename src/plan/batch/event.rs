//! Events of all patients of a batch: what they had, have, got and get.

use super::bits::Truths;
use super::run::Run;
use super::time::{Stretch, day_after, end};
use super::{Bits, Coded, FUTURE, Occurrence, PAST, ROWS};
use crate::evaluate::Kleene;
use crate::ir::Verb;
use crate::plan::{AtMost, ConceptAt, DayAt, Events, Exempt, Kin, Length, PeriodAt, Silence, Tests};

impl Run<'_> {
    pub(super) fn events(&mut self, events: &Events) -> Truths {
        let recorded = self.of(&events.of).fold(Bits::NONE, |all, one| all | one.there);
        let days = self.period(events.period);
        let mut state = match events.along {
            Some(along) => self.all_along(events, along),
            None => self.any_of(events, &days),
        };
        if days.there != Bits::ALL {
            // Where nobody knows which days are asked about, only a record without any such thing gives an answer.
            let ever = self.period(events.ever);
            let none = ever.there & !recorded & self.silent(&events.silence, &ever);
            let state_without = Truths { met: Bits::NONE, unknown: !none, lost: Bits::NONE };
            state = state.where_or(days.there, state_without);
        }
        if events.only_recorded {
            state = state.where_or(recorded, Truths::all(Kleene::NotMet));
        }
        state
    }

    fn any_of(&mut self, events: &Events, days: &Stretch) -> Truths {
        let facts = self.facts;
        let mut found = Truths::all(Kleene::NotMet);
        // Those of whom one that is met, and not denied, has decided.
        let mut over = Bits::NONE;
        let mut now = None;
        for one in
            facts.occurrences.iter().filter(|one| one.there.any() && is_one(one.of, &events.of) != Kleene::NotMet)
        {
            let mut judged = self.qualifies(one, events);
            if !(!judged.not_met() & one.there).any() {
                continue;
            }
            let now = now.get_or_insert_with(|| self.now(events, days));
            let ending = now.as_ref().and_then(|now| close(one, now));
            let (end_from, end_to) = match &ending {
                Some((from, to)) => (from.as_slice(), to.as_slice()),
                None => (one.end.0.as_slice(), one.end.1.as_slice()),
            };
            judged = judged.and(timing((one, end_from, end_to), events.verb, days));
            if events.at_least.is_some() || events.at_most.is_some() {
                judged = judged.and(self.length((one, end_from, end_to), events));
            }
            let asked = one.there & !over;
            let met = judged.met & asked;
            let denied = if met.any() { met & self.denied(one, days) } else { Bits::NONE };
            found.met |= met & !denied;
            found.unknown |= judged.unknown & asked | denied;
            found.lost |= judged.lost & asked;
            over |= met & !denied;
        }
        let silent = self.silent(&events.silence, days);
        found.met &= !found.lost;
        found.unknown = (found.unknown | !silent) & !found.met & !found.lost;
        found
    }

    /// The last moment of all days that are asked about and of the anchor's day.
    fn now(&mut self, events: &Events, days: &Stretch) -> Option<Vec<i32>> {
        let context = self.program.plan.periods.get(events.ever.at()).map(|period| period.context)?;
        let context = self.day(context);
        let mut now: Vec<i32> = context.day.iter().zip(&days.to).map(|(day, to)| end(*day).max(*to)).collect();
        for row in (!context.there).rows() {
            if let (Some(now), Some(to)) = (now.get_mut(row), days.to.get(row)) {
                *now = *to;
            }
        }
        Some(now)
    }

    pub(super) fn onset(&mut self, of: &Kin, period: PeriodAt, silence: &Silence) -> Truths {
        let days = self.period(period);
        let facts = self.facts;
        let (mut may_be, mut some) = (Bits::NONE, Bits::NONE);
        let (mut from, mut to) = (vec![0; ROWS], vec![FUTURE; ROWS]);
        for one in &facts.occurrences {
            if of.may_be.binary_search(&one.of).is_ok() {
                may_be |= one.there;
            }
            if of.is.binary_search(&one.of).is_ok() {
                if !some.any() {
                    from.clone_from(&one.start.0);
                    to.clone_from(&one.start.1);
                    some = one.there;
                    continue;
                }
                let earlier = Bits::of_two(&one.start.1, &to, |next, known| next < known);
                for row in (one.there & (earlier | !some)).rows() {
                    if let (Some(from), Some(to), Some(start), Some(end)) =
                        (from.get_mut(row), to.get_mut(row), one.start.0.get(row), one.start.1.get(row))
                    {
                        (*from, *to) = (*start, *end);
                    }
                }
                some |= one.there;
            }
        }
        let sure = within(&from, &to, &days);
        let possible = touches(&from, &to, &days);
        let silent = self.silent(silence, &days);
        let state = Truths::between(sure, possible)
            .where_or(some, Truths { met: Bits::NONE, unknown: !silent, lost: Bits::NONE });
        let known = days.there & !may_be;
        state.where_or(known, Truths::all(Kleene::Unknown))
    }

    pub(super) fn given(&mut self, event: ConceptAt, by: DayAt) -> Truths {
        let day = self.day(by);
        let facts = self.facts;
        let refused = facts.occurrences.iter().filter(|one| one.of == event);
        let refused = refused.filter_map(|one| one.absent.as_ref()).fold(Bits::NONE, |all, (absent, _)| all | *absent);
        let without = Truths { met: Bits::NONE, unknown: !refused, lost: Bits::NONE };
        let Some(anchor) = facts.anchors.iter().find(|anchor| anchor.event == event) else { return without };
        let passed = Bits::of_two(&anchor.on.day, &day.day, |on, by| on <= by);
        // What is only planned has not taken place, whenever it was to.
        let state = Truths::between(passed & !anchor.planned, passed);
        let state = state.where_or(day.there, Truths::all(Kleene::Unknown));
        state.where_or(anchor.on.there, without)
    }

    /// Those of whom the record holds something of a kind, and also says that there was none.
    pub(super) fn contradicted(&self, kin: &Kin) -> Bits {
        let mut found = Bits::NONE;
        for one in self.of(kin) {
            let above = self.program.plan.concepts.get(one.of.at()).map_or(&[][..], |slot| &slot.above);
            for other in &self.facts.occurrences {
                if let Some((absent, _)) = &other.absent
                    && above.binary_search(&other.of).is_ok()
                {
                    found |= one.there & *absent;
                }
            }
        }
        found
    }

    // ---- one occurrence ------------------------------------------------------------------------------------------------------

    fn of<'k>(&'k self, kin: &'k Kin) -> impl Iterator<Item = &'k Occurrence> {
        self.facts.occurrences.iter().filter(|one| is_one(one.of, kin) != Kleene::NotMet)
    }

    pub(super) fn qualifies(&mut self, one: &Occurrence, events: &Events) -> Truths {
        let mut state = Truths::all(is_one(one.of, &events.of)).and(passes(one, &events.tests));
        for exempt in &events.except {
            state = state.and(self.exempt(one, exempt).negated());
        }
        state
    }

    /// An exemption takes away only what it names, as it describes it, and what lies in its period with all of its days.
    fn exempt(&mut self, one: &Occurrence, exempt: &Exempt) -> Truths {
        let is = exempt.of.as_ref().map_or(Kleene::Met, |kin| is_one(one.of, kin));
        let state = Truths::all(is).and(passes(one, &exempt.tests));
        let Some(period) = exempt.period else { return state };
        let days = self.period(period);
        let sure = within(&one.start.0, &one.end.1, &days);
        let possible = Bits::of_two(&one.start.1, &days.from, |least, from| least >= from)
            & Bits::of_two(&one.end.0, &days.to, |least, to| least <= to)
            & touches(&one.start.0, &one.end.1, &days);
        let timed = Truths::between(sure, possible).where_or(days.there, Truths::all(Kleene::Unknown));
        state.and(timed)
    }

    /// Whether it lasted as long, or as short, as is asked.
    fn length(&mut self, course: (&Occurrence, &[i32], &[i32]), events: &Events) -> Truths {
        let (one, ..) = course;
        let mut state = Truths::all(Kleene::Met);
        if let Some(least) = events.at_least {
            state = state.and(lasted(course, least));
        }
        match events.at_most {
            None => state,
            Some(AtMost::Lasted(most)) => state.and(no_longer(course, most)),
            Some(AtMost::Since(day)) => {
                let day = self.day(day);
                let sure = Bits::of_two(&one.start.0, &day.day, |start, day| start.div_euclid(2) >= day);
                let possible = Bits::of_two(&one.start.1, &day.day, |start, day| start.div_euclid(2) >= day);
                let since = Truths::between(sure, possible).where_or(day.there, Truths::all(Kleene::Unknown));
                state.and(since)
            }
        }
    }

    // ---- silence -------------------------------------------------------------------------------------------------------------

    /// A record that holds something, and also says that there was none.
    fn denied(&self, one: &Occurrence, days: &Stretch) -> Bits {
        let end_from = one.end.0.as_slice();
        let above = self.program.plan.concepts.get(one.of.at()).map_or(&[][..], |slot| &slot.above);
        let beginning = Bits::of_two(&one.start.0, end_from, |from, to| from <= to);
        let mut found = Bits::NONE;
        for other in &self.facts.occurrences {
            let Some((absent, until)) = &other.absent else { continue };
            if above.binary_search(&other.of).is_ok() && absent.any() {
                let within = Bits::of_two(end_from, until, |end, until| end <= until);
                let touches = Bits::of_two(until, &days.from, |until, from| from <= until);
                found |= *absent & beginning & within & touches & !days.empty;
            }
        }
        found
    }

    /// Whether the record's silence about a thing means that there was none, on all of these days.
    pub(super) fn silent(&self, silence: &Silence, days: &Stretch) -> Bits {
        let mut found = days.empty;
        // What is denied is denied from the beginning of time on.
        for one in &self.facts.occurrences {
            if let Some((absent, until)) = &one.absent
                && absent.any()
                && silence.denied.binary_search(&one.of).is_ok()
            {
                found |= *absent & Bits::of_two(until, &days.to, |until, to| to <= until);
            }
        }
        let kinds = silence.kinds.iter().map(|kind| {
            let complete = self.facts.complete.iter().filter(|(known, _)| known == kind);
            complete.fold(Bits::NONE, |all, (_, complete)| all | *complete)
        });
        let all = kinds.fold(Bits::ALL, |all, complete| all & complete);
        if silence.kinds.is_empty() {
            return Bits::ALL;
        }
        found | all & Bits::of_two(&self.facts.said_to, &days.to, |last, to| to <= last)
    }
}

/// The end of each, where something still lasts after that moment: then it is the one behind it.
fn close(one: &Occurrence, now: &[i32]) -> Option<(Vec<i32>, Vec<i32>)> {
    let lasting = Bits::of_two(&one.end.0, now, |from, now| from > now) & one.there & !one.single;
    if !lasting.any() {
        return None;
    }
    let (mut from, mut to) = one.end.clone();
    for row in lasting.rows() {
        if let (Some(from), Some(to), Some(now)) = (from.get_mut(row), to.get_mut(row), now.get(row)) {
            (*from, *to) = (now.saturating_add(1), now.saturating_add(1));
        }
    }
    Some((from, to))
}

pub(super) fn is_one(of: ConceptAt, kin: &Kin) -> Kleene {
    if kin.is.binary_search(&of).is_ok() {
        Kleene::Met
    } else if kin.may_be.binary_search(&of).is_ok() {
        Kleene::Unknown
    } else {
        Kleene::NotMet
    }
}

/// Whether something of a kind brought another about: worked out once for each cause that follows another.
fn caused(known: Option<&Coded>, kin: &Kin) -> Truths {
    let Some(Coded { code, there }) = known else { return Truths::all(Kleene::Unknown) };
    let mut last = (Coded::OTHER, 0_u8);
    let states: Vec<u8> = code
        .iter()
        .map(|code| {
            if *code != last.0 {
                let state = match is_one(ConceptAt(*code), kin) {
                    Kleene::NotMet => 0,
                    Kleene::Met => 1,
                    Kleene::Unknown => 2,
                };
                last = (*code, state);
            }
            last.1
        })
        .collect();
    let met = Bits::of(&states, |state| state == 1) & *there;
    let unknown = Bits::of(&states, |state| state == 2) & *there | !*there;
    Truths { met, unknown, lost: Bits::NONE }
}

fn passes(one: &Occurrence, tests: &Tests) -> Truths {
    let coded = |coded: &Option<Coded>, holds: &dyn Fn(u32) -> bool| match coded {
        None => Truths::all(Kleene::Unknown),
        Some(Coded { code, there }) => {
            Truths { met: Bits::of(code, holds) & *there, unknown: !*there, lost: Bits::NONE }
        }
    };
    let mut state = Truths::all(Kleene::Met);
    if let Some(wanted) = tests.route {
        state = state.and(coded(&one.route, &|route| route == wanted as u32));
    }
    for (from, to) in &tests.grade {
        state = state.and(coded(&one.grade, &|grade| (u32::from(*from)..=u32::from(*to)).contains(&grade)));
    }
    let words = [(&tests.stage, &one.stage), (&tests.histology, &one.histology), (&tests.severity, &one.severity)];
    for (wanted, known) in words {
        state = wanted.iter().fold(state, |state, wanted| state.and(coded(known, &|word| wanted.contains(&word))));
    }
    state = tests.cause.iter().fold(state, |state, wanted| state.and(caused(one.cause.as_ref(), wanted)));
    tests.due_to.iter().fold(state, |state, wanted| state.and(caused(one.reason.as_ref(), wanted)))
}

#[expect(clippy::needless_bitwise_bool, reason = "without a jump many are compared at a time")]
fn within(from: &[i32], to: &[i32], days: &Stretch) -> Bits {
    Bits::of_four([from, to, &days.from, &days.to], |[from, to, first, last]| {
        (from <= to) & (first <= from) & (to <= last)
    })
}

#[expect(clippy::needless_bitwise_bool, reason = "without a jump many are compared at a time")]
pub(super) fn touches(from: &[i32], to: &[i32], days: &Stretch) -> Bits {
    Bits::of_four([from, to, &days.from, &days.to], |[from, to, first, last]| {
        (from <= to) & (from <= last) & (first <= to) & (first <= last)
    })
}

/// Whether an occurrence is in the period, as its verb asks.
#[expect(clippy::needless_bitwise_bool, reason = "without a jump many are compared at a time")]
pub(super) fn timing((one, end_from, end_to): (&Occurrence, &[i32], &[i32]), verb: Verb, days: &Stretch) -> Truths {
    match verb {
        Verb::Stopped => Truths::between(within(end_from, end_to, days), touches(end_from, end_to, days)),
        Verb::Has | Verb::Had | Verb::Receiving | Verb::Received | Verb::Started => {
            let sure = Bits::of_four([&one.start.1, end_from, &days.from, &days.to], |[start, end, first, last]| {
                (start <= last) & (first <= end) & (first <= last)
            });
            Truths::between(sure, touches(&one.start.0, end_to, days))
        }
    }
}

fn lasted((one, end_from, end_to): (&Occurrence, &[i32], &[i32]), least: Length) -> Truths {
    // The first and the last day count: 1 to 28 January are four weeks.
    let reached = |start: i32, end: i32| start > PAST && day_after(start, least) - 1 <= end.div_euclid(2);
    let sure = Bits::of_two(&one.start.1, end_from, reached);
    // What may have begun at any time may have lasted as long.
    let any = |start: i32, end: i32| match least {
        Length::Days(_) if start <= PAST => true,
        _ => reached(start, end),
    };
    let possible = Bits::of_two(&one.start.0, end_to, any);
    let doubtful = match least {
        Length::Days(_) => Bits::NONE,
        // The calendar does not reach there: left to the way for one patient.
        Length::Months(_) => Bits::of(&one.start.0, |start| start <= PAST) & one.there,
    };
    let state = Truths::between(sure, possible).lost_where(doubtful);
    state.where_or(!one.single, Truths::all(Kleene::NotMet))
}

fn no_longer((one, end_from, end_to): (&Occurrence, &[i32], &[i32]), most: Length) -> Truths {
    let beyond = |start: i32| start <= PAST;
    let sure =
        Bits::of_two(&one.start.0, end_to, |start, end| !beyond(start) && end.div_euclid(2) < day_after(start, most));
    let possible = Bits::of_two(&one.start.1, end_from, |start, end| end.div_euclid(2) < day_after(start, most));
    let doubtful = match most {
        Length::Days(_) => Bits::NONE,
        Length::Months(_) => Bits::of(&one.start.0, beyond) & one.there,
    };
    let state = Truths::between(sure, possible).lost_where(doubtful);
    state.where_or(!one.single, Truths::all(Kleene::Met))
}
