//! Counts: of different members of a class, of events, of lines of treatment.
//!
//! What is counted lies behind everything else in memory, as the addresses of entries and what holds of each.

use super::{Program, how};
use crate::emit::wasm::asm::{Callee, D, E, Fun, I, L, Type, Var, both, either, one_of};
use crate::emit::wasm::event::Histories;
use crate::emit::wasm::layout::{NONE, OCCURRENCES, TOP, entry, length};
use crate::emit::wasm::logic::{MET, NOT_MET, UNDECIDED, UNKNOWN, between};
use crate::emit::wasm::number::{INCLUDED, ROUNDED};
use crate::emit::wasm::value::{STATE, Values};
use crate::plan::run::{MOST_VAGUE, ONE_LINE};
use crate::plan::{Members, Number, Stretch, Tally};
use crate::record::DAY;

/// An entry that is counted: its address, and whether it is one.
const SIZE: i32 = 8;
const ENTRY: u64 = 0;
const IS: u64 = 4;
/// A course of a line: its address, its line (none: zero), and the day that is taken for its beginning.
const COURSE: i32 = 16;
const LINE: u64 = 4;
const BEGUN: u64 = 8;

impl Program<'_> {
    /// So many different members of a class. What is recorded no finer than the class may be any member: each of them that is
    /// not met may be it, and one of them is.
    pub(super) fn members(&mut self, members: &Members, callee: Callee) {
        let coarse_set = self.layout.kin(&members.coarse, &[]);
        let asked: Vec<E<I>> = members.members.iter().map(|node| self.node(*node)).collect();
        let classes: Vec<E<I>> = members.classes.iter().map(|node| self.node(*node)).collect();
        let (logic, histories, how) = (self.logic, self.histories, how(members.counting));
        let all = length(asked.len());
        self.define(callee, |f| {
            let (met, unknown) = (f.empty::<I>(), f.empty::<I>());
            for state in asked {
                let state = f.var(state);
                f.when(state.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
                f.set(met, met + state.eq(MET));
                f.set(unknown, unknown + state.eq(UNKNOWN));
            }
            let coarse = f.var::<I>(NOT_MET);
            for state in classes {
                f.set(coarse, logic.or(coarse, state));
            }
            f.when(coarse.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
            f.when(coarse, |f| {
                let entries = f.empty::<I>();
                f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, one| {
                    f.set(entries, entries + histories.kin(coarse_set, one.at::<I>(entry::OF)));
                });
                let absent = f.var(E::from(all) - met - unknown);
                f.set(unknown, unknown + entries.least(absent));
                f.when(coarse.eq(MET) & met.eq(0) & unknown.gt(0), |f| {
                    f.set(met, 1);
                    f.set(unknown, unknown - 1);
                });
            });
            let none = || E::<I>::from(0);
            f.ret(logic.count(how, [met.into(), unknown.into(), all.into()], [none(), none(), none()]));
        });
    }

    pub(super) fn count_of(&mut self, tally: &Tally, callee: Callee) {
        let counting = self.counting(tally);
        let values = self.values;
        self.define(callee, |f| {
            let (list, end, silent) = counting.gather(f);
            let (sure, possible) = numbers(f, list, end);
            let high = either(silent.into(), possible.wide().double(), f64::INFINITY);
            f.ret(values.stretch(sure.wide().double(), high, INCLUDED));
        });
    }

    pub(super) fn rate(&mut self, tally: &Tally, over: Stretch, callee: Callee) {
        let counting = self.counting(tally);
        let values = self.values;
        let (per, stretch, both_ends) = match over {
            Stretch::Written(stretch) => (Number { value: 1.0, digits: 1 }, Some(stretch), false),
            Stretch::Days { per, both_ends } => (per, None, both_ends),
        };
        let rounded = [Some(per), stretch].into_iter().flatten().any(|number| number.digits == Number::ROUNDED);
        let bits = if rounded { INCLUDED | ROUNDED } else { INCLUDED };
        self.define(callee, |f| {
            let (list, end, silent) = counting.gather(f);
            let (from, to) = counting.days(f);
            f.when(to.lt(from), |f| {
                let nothing = f.var(values.open());
                f.store::<I>(nothing, STATE, UNDECIDED);
                f.ret::<I>(nothing);
            });
            let days = ((to - from) / DAY + i64::from(both_ends)).double();
            let stretch = f.var::<D>(stretch.map_or(days, |stretch| E::from(stretch.value)));
            f.when(stretch.le(0.0), |f| {
                let unknown = values.unknown(f);
                f.ret::<I>(unknown);
            });
            let (sure, possible) = numbers(f, list, end);
            let rate = |number: Var<I>| number.wide().double() * per.value / stretch;
            let high = either(silent.into(), rate(possible), f64::INFINITY);
            f.ret(values.stretch(rate(sure), high, bits));
        });
    }

    pub(super) fn lines(&mut self, tally: &Tally, callee: Callee) {
        let counting = self.counting(tally);
        let lines = self.lines_if();
        let finest = self.layout.kin(&tally.finest, &[]);
        let (values, histories, calendar) = (self.values, self.histories, self.calendar);
        self.define(callee, |f| {
            let (list, end, silent) = counting.gather(f);
            let (least, most) = numbers(f, list, end);
            let (open, vague) = (f.empty::<I>(), f.empty::<I>());
            f.each(list, end, SIZE, |f, one| {
                let course = f.var(one.at::<I>(ENTRY));
                let fine = histories.kin(finest, course.at::<I>(entry::OF)) & one.at::<I>(IS).eq(MET);
                f.set(open, open | fine.eq(0));
                let day = |moment: u64| calendar.day(course.at::<L>(moment));
                f.set(vague, vague + day(entry::START_FROM).ne(day(entry::START_TO)));
            });
            let tried = f.var(open.eq(0) & vague.le(length(MOST_VAGUE)));
            f.when_else(
                tried,
                |f| {
                    let late = f.empty::<I>();
                    f.while_(late.lt(E::from(1) << vague), |f| {
                        let number = f.var::<I>(lines.call((list, end, late)));
                        let first = f.var(late.eq(0));
                        f.set(least, either(first.into(), number, least.least(number)));
                        f.set(most, either(first.into(), number, most.most(number)));
                        f.set(late, late + 1);
                    });
                },
                // However the open dates and kinds fall out: one line at least if there was any, and no more than courses.
                |f| f.set(least, least.gt(0)),
            );
            let high = either(silent.into(), most.wide().double(), f64::INFINITY);
            f.ret(values.stretch(least.wide().double(), high, INCLUDED));
        });
    }

    /// What counts events: of each class what it is and its silence.
    fn counting(&mut self, tally: &Tally) -> Counting {
        let gather = self.gather();
        let mut classes = Vec::new();
        for class in &tally.classes {
            let qualifies = self.qualifies(class);
            let (denied, kinds) = self.silence(&class.silence);
            classes.push(Class { kin: self.kin(&class.of), qualifies: self.module.place_of(qualifies), denied, kinds });
        }
        let period = self.period(tally.period);
        Counting { period, gather, classes, histories: self.histories, values: self.values }
    }

    /// Puts every entry of a class that belongs to a period, or may, behind the list; one that is recorded twice with the same
    /// days once.
    fn gather(&mut self) -> Callee {
        if let Some(known) = self.rare.gather {
            return known;
        }
        let (logic, histories, calendar) = (self.logic, self.histories, self.calendar);
        let qualifies = self.module.signature(&[I::VAL], &[I::VAL]);
        let moments = [entry::START_FROM, entry::START_TO, entry::END_FROM, entry::END_TO];
        let gather = self.module.function(&[I::VAL, I::VAL, I::VAL, L::VAL, L::VAL], &[], |f| {
            let [list, kin, judge] = [0, 1, 2].map(|at| f.param::<I>(at));
            let (from, to) = (f.param::<L>(3), f.param::<L>(4));
            f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, one| {
                let is: E<I> = histories.kin.call((kin, one.at::<I>(entry::OF)));
                f.when(is, |f| {
                    let state = f.var::<I>(qualifies.call(judge, (one,)));
                    let [sf, st, ef, et] = moments.map(|moment| f.var(one.at::<L>(moment)));
                    let sure = to.ge(from) & st.le(to) & ef.ge(from);
                    f.set(state, logic.and(state, between(sure, calendar.touches((sf, et), (from, to)))));
                    let end = f.var(E::from(TOP).at::<I>(0));
                    let again = f.var::<I>(0);
                    f.each(list, end, SIZE, |f, known| {
                        let other = f.var(known.at::<I>(ENTRY));
                        let same = other.at::<I>(entry::OF).eq(one.at::<I>(entry::OF));
                        let same = moments
                            .iter()
                            .fold(same, |same, moment| same & other.at::<L>(*moment).eq(one.at::<L>(*moment)));
                        f.set(again, again | same);
                    });
                    let plain = calendar.day(sf).eq(calendar.day(st)) & calendar.day(ef).eq(calendar.day(et));
                    let twice = f.var(again & plain);
                    f.when(state.ne(NOT_MET) & twice.eq(0), |f| {
                        f.ensure_memory(end + 4096);
                        f.store::<I>(end, ENTRY, one);
                        // Two of one month may be one that is recorded twice.
                        f.store::<I>(end, IS, either(again.into(), UNKNOWN, state));
                        f.store::<I>(TOP, 0, end + SIZE);
                    });
                });
            });
            f.nothing();
        });
        self.rare.gather = Some(gather);
        gather
    }

    /// The lines of what has been gathered, where those of the open dates whose bit is set are as late as they may be, and the
    /// others as early.
    fn lines_if(&mut self) -> Callee {
        if let Some(known) = self.rare.lines {
            return known;
        }
        let calendar = self.calendar;
        let lines = self.module.function(&[I::VAL; 3], &[I::VAL], |f| {
            let [list, end, late] = [0, 1, 2].map(|at| f.param::<I>(at));
            let courses = f.var(end);
            f.each(list, end, SIZE, |f, one| {
                let course = f.var(one.at::<I>(ENTRY));
                let (early, latest) = (
                    f.var(calendar.day(course.at::<L>(entry::START_FROM))),
                    f.var(calendar.day(course.at::<L>(entry::START_TO))),
                );
                f.ensure_memory(courses + 4096);
                f.store::<I>(courses, ENTRY, course);
                f.store::<I>(courses, LINE, 0);
                let open = f.var(early.ne(latest));
                let is_late = f.var(open & late);
                f.store::<L>(courses, BEGUN, either(is_late.into(), latest, early));
                f.set(late, either(open.into(), late >> 1, late));
                f.set(courses, courses + COURSE);
            });
            let (count, began) = (f.empty::<I>(), f.empty::<L>());
            let more = f.var(courses.gt(end));
            f.while_(more, |f| {
                // The next in the order of their days, and of their names.
                let next = f.var::<I>(0);
                f.each(end, courses, COURSE, |f, one| {
                    f.when(one.at::<I>(LINE).eq(0), |f| {
                        let of = |course: E<I>| course.at::<I>(ENTRY).at::<I>(entry::OF);
                        let (day, known) = (f.var(one.at::<L>(BEGUN)), f.var(next.at::<L>(BEGUN)));
                        let earlier = day.lt(known) | (day.eq(known) & of(one.into()).lt(of(next.into())));
                        let first = f.var(next.eq(0));
                        f.when(one_of(first.into(), &earlier), |f| f.set(next, one));
                    });
                });
                let of = f.var(next.at::<I>(ENTRY).at::<I>(entry::OF));
                let goes_on = f.var::<I>(0);
                f.each(end, courses, COURSE, |f, one| {
                    let same = one.at::<I>(ENTRY).at::<I>(entry::OF).eq(of) & one.at::<I>(LINE).eq(count);
                    f.set(goes_on, goes_on | (same & count.gt(0)));
                });
                let day = f.var(next.at::<L>(BEGUN));
                let near = count.gt(0) & day.le(began + ONE_LINE);
                f.when((goes_on | near).eq(0), |f| {
                    f.set(count, count + 1);
                    f.set(began, day);
                });
                f.store::<I>(next, LINE, count);
                f.set(more, 0);
                f.each(end, courses, COURSE, |f, one| f.set(more, more | one.at::<I>(LINE).eq(0)));
            });
            f.ret::<I>(count);
        });
        self.rare.lines = Some(lines);
        lines
    }
}

struct Class {
    kin: i32,
    qualifies: i32,
    denied: i32,
    kinds: i32,
}

/// How events are counted.
struct Counting {
    period: E<(L, L)>,
    gather: Callee,
    classes: Vec<Class>,
    histories: Histories,
    values: Values,
}

impl Counting {
    fn days(&self, f: &mut Fun) -> (Var<L>, Var<L>) {
        f.pair(self.period.clone())
    }

    /// The beginning and the end of the list, and whether silence means that there were no more; or the end of the function
    /// where the days are not known.
    fn gather(&self, f: &mut Fun) -> (Var<I>, Var<I>, Var<I>) {
        let (from, to) = self.days(f);
        f.when(from.eq(NONE), |f| {
            let unknown = self.values.unknown(f);
            f.ret::<I>(unknown);
        });
        let list = f.var(E::from(TOP).at::<I>(0));
        for class in &self.classes {
            f.run(&self.gather.call((list, class.kin, class.qualifies, from, to)));
        }
        let silent = f.var::<I>(1);
        for class in &self.classes {
            let so_far = f.var(silent);
            let no_more = self.histories.silent(class.denied, class.kinds, (from, to));
            f.set(silent, both(so_far.into(), &no_more));
        }
        let end = f.var(E::from(TOP).at::<I>(0));
        (list, end, silent)
    }
}

/// How many there are for sure, and how many there may be.
fn numbers(f: &mut Fun, list: Var<I>, end: Var<I>) -> (Var<I>, Var<I>) {
    let (sure, possible) = (f.empty::<I>(), f.empty::<I>());
    f.each(list, end, SIZE, |f, one| {
        f.set(sure, sure + one.at::<I>(IS).eq(MET));
        f.set(possible, possible + 1);
    });
    (sure, possible)
}
