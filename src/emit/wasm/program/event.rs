//! Sentences about events: which occurrences qualify, and how long a course lasted.

use super::{Program, at, moved};
use crate::emit::wasm::asm::{Callee, E, Fun, I, L, Type, Var, both, either};
use crate::emit::wasm::calendar::end;
use crate::emit::wasm::event::{Histories, Sentence};
use crate::emit::wasm::layout::{NONE, entry, mask};
use crate::emit::wasm::logic::{Logic, MET, NOT_MET, UNDECIDED, UNKNOWN, between};
use crate::emit::wasm::names;
use crate::ir::{Side, Verb};
use crate::plan::{AtMost, Events, Exempt, Kin, Length, Silence, Tests};

impl Program<'_> {
    pub(super) fn silence(&mut self, silence: &Silence) -> (i32, i32) {
        (self.layout.kin(&silence.denied, &[]), mask(&silence.kinds))
    }

    pub(super) fn kin(&mut self, kin: &Kin) -> i32 {
        self.layout.kin(&kin.is, &kin.may_be)
    }

    pub(super) fn events(&mut self, events: &Events, callee: Callee) {
        let histories = self.histories;
        let (denied, kinds) = self.silence(&events.silence);
        let kin = self.kin(&events.of);
        let qualifies = self.qualifies(events);
        let length = self.length(events);
        let sentence = Sentence {
            kin,
            qualifies: self.module.place_of(qualifies),
            length: length.map_or(-1, |length| self.module.place_of(length)),
            stopped: i32::from(events.verb == Verb::Stopped),
            denied,
            kinds,
        };
        let sentence = sentence.hold(&mut self.layout);
        let (period, ever) = (self.period(events.period), self.period(events.ever));
        let along = events.along.map(|along| self.period(along));
        let context = self.plan.periods.get(events.ever.at()).map_or(E::from(NONE), |ever| self.day(ever.context));
        let (verb, only_recorded) = (events.verb, events.only_recorded);
        self.define(callee, |f| {
            if only_recorded {
                f.when(histories.exists(kin).negated(), |f| f.ret::<I>(NOT_MET));
            }
            let (from, to) = f.pair(period);
            f.when(from.eq(NONE), |f| {
                // Where nobody knows which days are asked about, only a record without any such thing gives an answer.
                let (first, last) = f.pair(ever);
                let silent = histories.silent(denied, kinds, (first, last));
                let none = both(first.ne(NONE) & histories.exists(kin).negated(), &silent);
                f.ret(either(none, NOT_MET, UNKNOWN));
            });
            match (verb, along) {
                (Verb::Has | Verb::Receiving, Some(along)) => {
                    let (from, to) = f.pair(along);
                    f.when(from.eq(NONE), |f| f.ret::<I>(UNKNOWN));
                    f.ret(histories.all_along(sentence, (from, to)));
                }
                (Verb::Started, _) => {
                    f.when(to.lt(from), |f| f.ret::<I>(UNDECIDED));
                    f.ret(histories.started(sentence, (from, to)));
                }
                _ => {
                    let day = f.var(context);
                    let now = f.var(either(day.eq(NONE), i64::MIN, end(day)));
                    f.ret(histories.any_of(sentence, (from, to), now));
                }
            }
        });
    }

    /// Whether an occurrence, by its address, is one that is asked about.
    pub(super) fn qualifies(&mut self, events: &Events) -> Callee {
        self.judged(&events.of, &events.tests, &events.except)
    }

    /// Whether it is one of a kind, as the tests ask, and none that is taken out.
    pub(super) fn judged(&mut self, of: &Kin, tests: &Tests, except: &[Exempt]) -> Callee {
        let kin = self.kin(of);
        let tests = self.tests(tests);
        let except: Vec<Callee> = except.iter().map(|exempt| self.exempt(exempt)).collect();
        let (logic, histories) = (self.logic, self.histories);
        self.module.function(&[I::VAL], &[I::VAL], |f| {
            let one = f.param::<I>(0);
            let state = f.var(histories.kin(kin, one.at::<I>(entry::OF)));
            tests.judge(f, one, state, (logic, histories));
            for exempt in except {
                let exempt: E<I> = exempt.call((one,));
                f.set(state, logic.and(state, logic.not(exempt)));
            }
            f.ret::<I>(state);
        })
    }

    /// An exemption takes away only what it names, as it describes it, and what lies in its period with all of its days.
    fn exempt(&mut self, exempt: &Exempt) -> Callee {
        let kin = exempt.of.as_ref().map(|kin| self.kin(kin));
        let tests = self.tests(&exempt.tests);
        let period = exempt.period.map(|period| self.period(period));
        let (logic, histories, calendar) = (self.logic, self.histories, self.calendar);
        self.module.function(&[I::VAL], &[I::VAL], |f| {
            let one = f.param::<I>(0);
            let state = f.var(kin.map_or(E::from(MET), |kin| histories.kin(kin, one.at::<I>(entry::OF))));
            tests.judge(f, one, state, (logic, histories));
            if let Some(period) = period {
                let (from, to) = f.pair(period);
                f.when(from.eq(NONE), |f| f.ret(logic.and(state, UNKNOWN)));
                let all = (f.var(one.at::<L>(entry::START_FROM)), f.var(one.at::<L>(entry::END_TO)));
                let least = one.at::<L>(entry::START_TO).ge(from) & one.at::<L>(entry::END_FROM).le(to);
                let possible = least & calendar.touches(all, (from, to));
                f.ret(logic.and(state, between(calendar.within(all, (from, to)), possible)));
            }
            f.ret::<I>(state);
        })
    }

    fn tests(&mut self, tests: &Tests) -> Judged {
        let words =
            [(entry::STAGE, &tests.stage), (entry::HISTOLOGY, &tests.histology), (entry::SEVERITY, &tests.severity)];
        let words =
            words.into_iter().flat_map(|(at, lists)| lists.iter().map(move |list| (at, list.clone()))).collect();
        let causes = tests.cause.iter().map(|kin| (entry::CAUSE, kin));
        let causes = causes.chain(tests.due_to.iter().map(|kin| (entry::REASON, kin)));
        let causes = causes.map(|(at, kin)| (at, self.layout.kin(&kin.is, &kin.may_be))).collect();
        let route = tests.route.map(names::route);
        Judged { route, grades: tests.grade.clone(), words, causes }
    }

    /// Whether a course lasted as long, or as short, as is asked.
    fn length(&mut self, events: &Events) -> Option<Callee> {
        if events.at_least.is_none() && events.at_most.is_none() {
            return None;
        }
        let since = match events.at_most {
            Some(AtMost::Since(day)) => Some(self.day(day)),
            Some(AtMost::Lasted(_)) | None => None,
        };
        let (logic, calendar) = (self.logic, self.calendar);
        let params = [I::VAL, L::VAL, L::VAL, L::VAL, L::VAL];
        Some(self.module.function(&params, &[I::VAL], |f| {
            let single = f.param::<I>(0);
            let [sf, st, ef, et] = [1, 2, 3, 4].map(|at| f.param::<L>(at));
            let state = f.var::<I>(MET);
            let day_after = |moment: Var<L>, by: Length| moved(calendar, calendar.day(moment), by, Side::After);
            if let Some(least) = events.at_least {
                // The first and the last day count: 1 to 28 January are four weeks.
                let sure = (day_after(st, least) - 1).le(calendar.day(ef));
                let possible = (day_after(sf, least) - 1).le(calendar.day(et));
                f.set(state, either(single.into(), NOT_MET, between(sure, possible)));
            }
            match events.at_most {
                None => {}
                Some(AtMost::Lasted(most)) => {
                    let sure = calendar.day(et).lt(day_after(sf, most));
                    let possible = calendar.day(ef).lt(day_after(st, most));
                    let short = either(single.into(), MET, between(sure, possible));
                    f.set(state, logic.and(state, short));
                }
                Some(AtMost::Since(_)) => {
                    let day = f.var(since.unwrap_or(E::from(NONE)));
                    let recent = between(calendar.day(sf).ge(day), calendar.day(st).ge(day));
                    f.set(state, logic.and(state, either(day.eq(NONE), UNKNOWN, recent)));
                }
            }
            f.ret::<I>(state);
        }))
    }
}

/// What must hold of an occurrence.
struct Judged {
    route: Option<i32>,
    grades: Vec<(u8, u8)>,
    /// Where a word stands, and those that will do.
    words: Vec<(u64, Vec<u32>)>,
    causes: Vec<(u64, i32)>,
}

impl Judged {
    /// Narrows a state to what holds of this one. Whether something is missing is a variable: wasmi 2.0.0 takes `eqz` of a
    /// variable as the condition of a `select` for the negation of the comparison that was made before it.
    fn judge(&self, f: &mut Fun, one: Var<I>, state: Var<I>, (logic, histories): (Logic, Histories)) {
        let and = |f: &mut Fun, holds: E<I>| f.set(state, logic.and(state, holds));
        if let Some(route) = self.route {
            let known = f.var(one.at::<I>(entry::ROUTE));
            let missing = f.var(known.negated());
            and(f, either(missing.into(), UNKNOWN, known.eq(route)));
        }
        for (from, to) in &self.grades {
            let known = f.var(one.at::<I>(entry::GRADE));
            let inside = known.ge(i32::from(*from)) & known.le(i32::from(*to));
            let missing = f.var(known.negated());
            and(f, either(missing.into(), UNKNOWN, inside));
        }
        for (place, wanted) in &self.words {
            let known = f.var(one.at::<I>(*place));
            let one_of = wanted.iter().fold(E::<I>::from(0), |found, word| found | known.eq(at(*word)));
            and(f, either(known.lt(0), UNKNOWN, one_of));
        }
        for (place, kin) in &self.causes {
            let known = f.var(one.at::<I>(*place));
            let cause = f.var::<I>(either(known.eq(-1), UNKNOWN, NOT_MET));
            f.when(known.ge(0), |f| f.set(cause, histories.kin(*kin, known)));
            and(f, cause.into());
        }
    }
}
