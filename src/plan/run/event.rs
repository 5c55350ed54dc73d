//! Events of one patient: what they had, have, got and get.

use smallvec::SmallVec;

use super::time::day_after;
use super::{Deferred, Run};
use crate::evaluate::{Kleene, covered, gaps};
use crate::ir::Verb;
use crate::plan::facts::{Cause, Occurrence};
use crate::plan::{AtMost, ConceptAt, DayAt, Events, Exempt, Kin, Length, Node, NodeAt, PeriodAt, Silence, Tests};
use crate::record::{FUTURE, PAST, Span};

impl Run<'_> {
    pub(super) fn events(&self, events: &Events) -> Result<Kleene, Deferred> {
        if events.only_recorded && self.of(&events.of).next().is_none() {
            return Ok(Kleene::NotMet);
        }
        let Some(days) = self.days_of(events.period) else { return Ok(self.without_days(events)) };
        match (events.verb, events.along) {
            (Verb::Has | Verb::Receiving, Some(along)) => Ok(self.all_along(events, along)),
            (Verb::Started, _) if days.is_empty() => Err(Deferred),
            (Verb::Started, _) => Ok(self.started(events, Days::all(days))),
            _ => Ok(self.any_of(events, Days::all(days))),
        }
    }

    /// Whether one sentence about events holds over a time, whatever time it says itself.
    pub(crate) fn over(&self, at: NodeAt, time: Span) -> Result<Kleene, Deferred> {
        match self.plan.nodes.get(at.at()) {
            Some(Node::Events(events)) if matches!(events.verb, Verb::Had | Verb::Received) => {
                Ok(self.any_of(events, Days::all(time)))
            }
            _ => Err(Deferred),
        }
    }

    /// Where nobody knows which days are asked about, only a record without any such thing gives an answer.
    fn without_days(&self, events: &Events) -> Kleene {
        if let Some(first) = events.first.and_then(|first| self.days_of(first)) {
            let days = Days { sure: first, may: Span::new(first.from, FUTURE) };
            return match events.verb {
                Verb::Started => self.started(events, days),
                Verb::Had | Verb::Received | Verb::Stopped => self.any_of(events, days),
                Verb::Has | Verb::Receiving => Kleene::Unknown,
            };
        }
        let none = self.of(&events.of).next().is_none();
        match self.days_of(events.ever) {
            Some(ever) if none && self.is_silent(&events.silence, ever) => Kleene::NotMet,
            _ => Kleene::Unknown,
        }
    }

    fn any_of(&self, events: &Events, days: Days) -> Kleene {
        let mut state = Kleene::NotMet;
        for one in self.of(&events.of) {
            let course = self.joined(one, events, days.may);
            let judged =
                self.qualifies(one, events).and(timing(&course, events.verb, days)).and(self.length(&course, events));
            match judged {
                // A record that also says that there was none contradicts itself.
                Kleene::Met if !self.is_denied(one, days.may) => return Kleene::Met,
                Kleene::Met | Kleene::Unknown => state = Kleene::Unknown,
                Kleene::NotMet => {}
            }
        }
        if self.is_silent(&events.silence, days.may) { state } else { Kleene::Unknown }
    }

    /// The first course of all begins in the period.
    fn started(&self, events: &Events, days: Days) -> Kleene {
        let before = Span::new(PAST, days.may.from - 1);
        let (mut began, mut earlier) = (Kleene::NotMet, Kleene::NotMet);
        for one in self.of(&events.of) {
            let is = self.qualifies(one, events);
            let inside = Kleene::between(one.start.within(days.sure), one.start.touches(days.may));
            let ahead = Kleene::between(one.start.to < days.may.from, one.start.from < days.may.from);
            began = began.or(inside.and(is));
            earlier = earlier.or(ahead.and(is));
        }
        for (state, time) in [(&mut began, days.may), (&mut earlier, before)] {
            if *state == Kleene::NotMet && !self.is_silent(&events.silence, time) {
                *state = Kleene::Unknown;
            }
        }
        began.unless(earlier)
    }

    /// On every day of a stretch.
    fn all_along(&self, events: &Events, along: PeriodAt) -> Kleene {
        let Some(stretch) = self.days_of(along) else { return Kleene::Unknown };
        let (mut sure, mut may) = (Vec::new(), Vec::new());
        for one in self.of(&events.of) {
            let is = self.qualifies(one, events);
            let whole = one.possible();
            if is == Kleene::NotMet || !whole.touches(stretch) {
                continue;
            }
            may.push(whole);
            if is == Kleene::Met {
                sure.push(one.sure_days());
            }
        }
        if covered(stretch, &sure) {
            return Kleene::Met;
        }
        // A day on which nothing of it is recorded, and the record is complete, decides.
        let decided = gaps(stretch, &may).into_iter().any(|gap| self.is_silent(&events.silence, gap));
        if decided { Kleene::NotMet } else { Kleene::Unknown }
    }

    pub(super) fn onset(&self, of: &Kin, period: PeriodAt, silence: &Silence) -> Kleene {
        let Some(days) = self.days_of(period) else { return Kleene::Unknown };
        if self.all(&of.may_be).next().is_some() {
            return Kleene::Unknown;
        }
        match self.all(&of.is).map(|one| one.start).min_by_key(|start| start.to) {
            Some(start) => Kleene::between(start.within(days), start.touches(days)),
            None if self.is_silent(silence, days) => Kleene::NotMet,
            None => Kleene::Unknown,
        }
    }

    pub(super) fn given(&self, event: ConceptAt, by: DayAt) -> Kleene {
        let Some(known) = self.facts.anchors.iter().find(|anchor| anchor.event == event) else {
            let refused = self.facts.absences.iter().any(|(of, _)| *of == event);
            return if refused { Kleene::NotMet } else { Kleene::Unknown };
        };
        let Some(day) = self.day(by) else { return Kleene::Unknown };
        let end = Span::days(0, day).to;
        // What is only planned has not taken place, whenever it was to.
        Kleene::between(known.span.to <= end && !known.planned, known.span.from <= end)
    }

    // ---- one occurrence ------------------------------------------------------------------------------------------------------

    /// What is, or may be, one of these; in the order of the concepts.
    pub(crate) fn of<'k>(&'k self, kin: &'k Kin) -> impl Iterator<Item = &'k Occurrence> {
        self.facts.occurrences.iter().filter(|one| is_one(one.of, kin) != Kleene::NotMet)
    }

    fn all<'k>(&'k self, of: &'k [ConceptAt]) -> impl Iterator<Item = &'k Occurrence> {
        self.facts.occurrences.iter().filter(|one| of.binary_search(&one.of).is_ok())
    }

    pub(crate) fn qualifies(&self, one: &Occurrence, events: &Events) -> Kleene {
        let mut state = is_one(one.of, &events.of).and(passes(one, &events.tests));
        for exempt in &events.except {
            state = state.and(!self.exempt(one, exempt));
        }
        state
    }

    /// An exemption takes away only what it names, as it describes it, and what lies in its period with all of its days.
    pub(super) fn exempt(&self, one: &Occurrence, exempt: &Exempt) -> Kleene {
        let is = exempt.of.as_ref().map_or(Kleene::Met, |kin| is_one(one.of, kin));
        let state = is.and(passes(one, &exempt.tests));
        let Some(period) = exempt.period else { return state };
        let Some(days) = self.days_of(period) else { return state.and(Kleene::Unknown) };
        let all = one.possible();
        let least = Span::new(one.start.to, one.end.from);
        let possible = least.from >= days.from && least.to <= days.to && all.touches(days);
        state.and(Kleene::between(all.within(days), possible))
    }

    /// The whole stretch that an entry belongs to: a renewal without a gap goes on with the course, and what still lasts has
    /// lasted up to the anchor, or to the end of the period.
    fn joined(&self, one: &Occurrence, events: &Events, days: Span) -> Occurrence {
        let mut course = *one;
        if one.single {
            return course;
        }
        let mut grown = true;
        while grown {
            grown = false;
            let others =
                self.facts.occurrences_of(one.of).iter().filter(|other| !other.single && other.route == one.route);
            for other in others {
                let follows = |early: &Occurrence, late: &Occurrence| {
                    early.end.is_one_day()
                        && late.start.is_one_day()
                        && (early.start.from..=early.end.to + 1).contains(&late.start.from)
                };
                if follows(&course, other) && other.end.to > course.end.to {
                    course.end = other.end;
                    grown = true;
                } else if follows(other, &course) && other.start.from < course.start.from {
                    course.start = other.start;
                    grown = true;
                }
            }
        }
        let anchor = self.context_day(events).map_or(i64::MIN, |day| Span::days(0, day).to);
        let now = anchor.max(days.to);
        if course.end.from > now {
            course.end = Span::new(now + 1, now + 1);
        }
        course
    }

    /// The day of the block.
    fn context_day(&self, events: &Events) -> Option<i64> {
        self.day(self.plan.periods.get(events.ever.at())?.context)
    }

    /// Whether it lasted as long, or as short, as is asked.
    fn length(&self, one: &Occurrence, events: &Events) -> Kleene {
        let mut state = Kleene::Met;
        if let Some(least) = events.at_least {
            state = state.and(lasted(one, least));
        }
        match events.at_most {
            None => state,
            Some(AtMost::Lasted(most)) => state.and(no_longer(one, most)),
            Some(AtMost::Since(day)) => state.and(self.day(day).map_or(Kleene::Unknown, |day| {
                Kleene::between(one.start.first_day() >= day, one.start.last_day() >= day)
            })),
        }
    }

    // ---- silence -------------------------------------------------------------------------------------------------------------

    /// A record that holds something, and also says that there was none.
    fn is_denied(&self, one: &Occurrence, days: Span) -> bool {
        let above = self.plan.concepts.get(one.of.at()).map_or(&[][..], |slot| &slot.above);
        let beginning = Span::new(one.start.from, one.end.from);
        self.facts
            .absences
            .iter()
            .any(|(of, span)| above.binary_search(of).is_ok() && beginning.within(*span) && span.touches(days))
    }

    /// Whether the record's silence about a thing means that there was none, on all of these days.
    pub(crate) fn is_silent(&self, silence: &Silence, days: Span) -> bool {
        if days.is_empty() {
            return true;
        }
        let denied = self.facts.absences.iter().filter(|(of, _)| silence.denied.binary_search(of).is_ok());
        let denied: Spans = denied.map(|(_, span)| *span).collect();
        if covered(days, &denied) {
            return true;
        }
        let strange = self
            .facts
            .unmapped
            .iter()
            .any(|(kinds, span)| span.touches(days) && kinds.iter().any(|kind| silence.kinds.contains(kind)));
        !strange
            && silence.kinds.iter().all(|kind| {
                let complete = self.facts.complete.iter().filter(|(of, _)| of == kind).map(|(_, span)| *span);
                let spans: Spans = complete.chain(denied.iter().copied()).collect();
                covered(days, &spans)
            })
    }
}

/// The time that is asked about: `sure` belongs to it, and what is not in `may` does not. The two differ only where the end of
/// an outcome's window is not known.
#[derive(Clone, Copy)]
pub(super) struct Days {
    sure: Span,
    may: Span,
}

impl Days {
    pub(super) fn all(days: Span) -> Self {
        Self { sure: days, may: days }
    }
}

/// The times of which a record says something; there are few.
type Spans = SmallVec<[Span; 4]>;

impl Occurrence {
    /// All of the days on which it was there for sure; empty where there may be none.
    pub(super) fn sure_days(&self) -> Span {
        Span::days(self.start.last_day(), self.end.first_day())
    }

    /// All of the time in which it may have been there.
    pub(super) fn possible(&self) -> Span {
        Span::new(self.start.from, self.end.to)
    }
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

fn passes(one: &Occurrence, tests: &Tests) -> Kleene {
    let cause = |known: Cause, kin: &Kin| match known {
        Cause::Unknown => Kleene::Unknown,
        Cause::Other => Kleene::NotMet,
        Cause::Of(of) => is_one(of, kin),
    };
    let word =
        |known: Option<u32>, wanted: &Vec<u32>| known.map_or(Kleene::Unknown, |word| wanted.contains(&word).into());
    let mut state = Kleene::Met;
    if let Some(wanted) = tests.route {
        state = state.and(one.route.map_or(Kleene::Unknown, |route| (route == wanted).into()));
    }
    for (from, to) in &tests.grade {
        state = state.and(one.grade.map_or(Kleene::Unknown, |grade| (*from..=*to).contains(&grade).into()));
    }
    state = tests.stage.iter().fold(state, |state, wanted| state.and(word(one.stage, wanted)));
    state = tests.histology.iter().fold(state, |state, wanted| state.and(word(one.histology, wanted)));
    state = tests.severity.iter().fold(state, |state, wanted| state.and(word(one.severity, wanted)));
    state = tests.cause.iter().fold(state, |state, wanted| state.and(cause(one.cause, wanted)));
    tests.due_to.iter().fold(state, |state, wanted| state.and(cause(one.reason, wanted)))
}

/// Whether an occurrence is in the period, as its verb asks.
pub(super) fn timing(one: &Occurrence, verb: Verb, Days { sure, may }: Days) -> Kleene {
    match verb {
        Verb::Stopped => Kleene::between(one.end.within(sure), one.end.touches(may)),
        Verb::Has | Verb::Had | Verb::Receiving | Verb::Received | Verb::Started => {
            let is_in = !sure.is_empty() && one.start.to <= sure.to && one.end.from >= sure.from;
            Kleene::between(is_in, one.possible().touches(may))
        }
    }
}

fn lasted(one: &Occurrence, least: Length) -> Kleene {
    if one.single {
        return Kleene::NotMet;
    }
    // The first and the last day count: 1 to 28 January are four weeks.
    let last = |start: i64| day_after(start, least) - 1;
    Kleene::between(last(one.start.to) <= one.end.first_day(), last(one.start.from) <= one.end.last_day())
}

fn no_longer(one: &Occurrence, most: Length) -> Kleene {
    if one.single {
        return Kleene::Met;
    }
    let (start, end) = (one.start, one.end);
    Kleene::between(end.last_day() < day_after(start.from, most), end.first_day() < day_after(start.to, most))
}
