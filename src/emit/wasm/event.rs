//! Events of a patient: which courses there were, when, for how long; and what a record's silence means.
//!
//! What is asked of one occurrence, and of the length of a course, are functions of their own that the program makes for each
//! sentence; they stand in the table and are called from here.

use super::asm::{Callee, E, Fun, I, L, Module, Signature, Type, Var, both, either};
use super::calendar::{Calendar, begin, end};
use super::layout::{ABSENCES, ANCHORS, COMPLETE, Layout, NONE, OCCURRENCES, UNMAPPED, entry};
use super::logic::{Logic, MET, NOT_MET, UNKNOWN, between};
use crate::chart::Kind;
use crate::plan::{ConceptAt, Plan};
use crate::record::PAST;

/// A sentence about events, as it lies in memory.
#[derive(Clone, Copy, Default)]
pub(super) struct Sentence {
    pub(super) kin: i32,
    /// The place of the function that judges an occurrence, by its address.
    pub(super) qualifies: i32,
    /// That of the length of a course, or -1.
    pub(super) length: i32,
    /// Whether the end of a course is asked about.
    pub(super) stopped: i32,
    pub(super) denied: i32,
    /// The kinds of record that must be complete, as bits.
    pub(super) kinds: i32,
}

const KIN: u64 = 0;
const QUALIFIES: u64 = 4;
const LENGTH: u64 = 8;
const STOPPED: u64 = 12;
const DENIED: u64 = 16;
const KINDS: u64 = 20;

impl Sentence {
    pub(super) fn hold(self, layout: &mut Layout) -> i32 {
        layout.words([self.kin, self.qualifies, self.length, self.stopped, self.denied, self.kinds])
    }
}

#[derive(Clone, Copy)]
pub(super) struct Histories {
    pub(super) kin: Callee,
    exists: Callee,
    silent: Callee,
    any_of: Callee,
    started: Callee,
    all_along: Callee,
    onset: Callee,
    given: Callee,
}

impl Histories {
    pub(super) fn new(module: &mut Module, layout: &mut Layout, plan: &Plan, logic: Logic, calendar: Calendar) -> Self {
        let kin = module.function(&[I::VAL; 2], &[I::VAL], |f| {
            let (set, of) = (f.param::<I>(0), f.param::<I>(1));
            f.ret((((set + (of >> 2)).byte(0)) >> ((of & 3) << 1)) & 3);
        });
        let exists = module.function(&[I::VAL], &[I::VAL], |f| {
            let set = f.param::<I>(0);
            of_set(f, kin, set, |f, _, _| f.ret::<I>(1));
            f.ret::<I>(0);
        });
        let silent = silent(module, calendar, kin);
        let qualifies = module.signature(&[I::VAL], &[I::VAL]);
        let length = module.signature(&[I::VAL, L::VAL, L::VAL, L::VAL, L::VAL], &[I::VAL]);
        let mut tools = Tools { logic, calendar, kin, silent, qualifies, length, joined: kin, denied: kin };
        tools.joined = joined(module, calendar);
        tools.denied = denied(module, layout, plan, calendar);
        Self {
            kin,
            exists,
            silent,
            any_of: any_of(module, tools),
            started: started(module, tools),
            all_along: all_along(module, tools),
            onset: onset(module, tools),
            given: given(module),
        }
    }

    /// Whether a concept is one of a set: not, sure, perhaps.
    pub(super) fn kin(self, set: i32, of: impl Into<E<I>>) -> E<I> {
        self.kin.call((set, of.into()))
    }

    /// Whether any occurrence is or may be one of a set.
    pub(super) fn exists(self, set: i32) -> E<I> {
        self.exists.call((set,))
    }

    /// Whether silence means that there was none, on all of these days.
    pub(super) fn silent(self, denied: i32, kinds: i32, days: (Var<L>, Var<L>)) -> E<I> {
        self.silent.call((denied, kinds, days.0, days.1))
    }

    /// The same where the places of the sets are worked out.
    pub(super) fn silent_of(self, (denied, kinds): (E<I>, E<I>), days: (Var<L>, Var<L>)) -> E<I> {
        self.silent.call((denied, kinds, days.0, days.1))
    }

    /// Any occurrence is as it should be; what still lasts has lasted up to `now`, or to the end of the period.
    pub(super) fn any_of(self, sentence: i32, days: (Var<L>, Var<L>), now: Var<L>) -> E<I> {
        self.any_of.call((sentence, days.0, days.1, now))
    }

    pub(super) fn started(self, sentence: i32, days: (Var<L>, Var<L>)) -> E<I> {
        self.started.call((sentence, days.0, days.1))
    }

    pub(super) fn all_along(self, sentence: i32, stretch: (Var<L>, Var<L>)) -> E<I> {
        self.all_along.call((sentence, stretch.0, stretch.1))
    }

    pub(super) fn onset(self, (is, may_be): (i32, i32), (denied, kinds): (i32, i32), days: (Var<L>, Var<L>)) -> E<I> {
        self.onset.call((is, may_be, denied, kinds, days.0, days.1))
    }

    pub(super) fn given(self, event: ConceptAt, by: E<L>) -> E<I> {
        self.given.call((i32::try_from(event.0).unwrap_or(-1), by))
    }
}

#[derive(Clone, Copy)]
struct Tools {
    logic: Logic,
    calendar: Calendar,
    kin: Callee,
    silent: Callee,
    qualifies: Signature,
    length: Signature,
    joined: Callee,
    denied: Callee,
}

impl Tools {
    fn qualifies(self, sentence: Var<I>, one: Var<I>) -> E<I> {
        self.qualifies.call(sentence.at::<I>(QUALIFIES), (one,))
    }

    fn silent(self, sentence: Var<I>, from: impl Into<E<L>>, to: impl Into<E<L>>) -> E<I> {
        self.silent.call((sentence.at::<I>(DENIED), sentence.at::<I>(KINDS), from.into(), to.into()))
    }
}

/// Goes through the occurrences that are or may be of a set.
fn of_set(f: &mut Fun, kin: Callee, set: impl Into<E<I>>, body: impl FnOnce(&mut Fun, Var<I>, Var<I>)) {
    let set = f.var(set);
    f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, one| {
        let is = f.var::<I>(kin.call((set, one.at::<I>(entry::OF))));
        f.when(is, |f| body(f, one, is));
    });
}

/// The moments of an occurrence.
fn moments(one: Var<I>) -> [E<L>; 4] {
    [entry::START_FROM, entry::START_TO, entry::END_FROM, entry::END_TO].map(|at| one.at::<L>(at))
}

// ---- silence -----------------------------------------------------------------------------------------------------------------

/// Whether silence about a thing means that there was none, on every second of a period.
fn silent(module: &mut Module, calendar: Calendar, kin: Callee) -> Callee {
    // Absences, and complete records of a kind (none: -1), leave nothing of the period uncovered.
    let covered = module.function(&[I::VAL, I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (denied, kind) = (f.param::<I>(0), f.param::<I>(1));
        let (from, to) = (f.param::<L>(2), f.param::<L>(3));
        let reached = f.var(from);
        f.while_(from.le(to), |f| {
            let reach = |f: &mut Fun, one: Var<I>, counts: E<I>| {
                let holds = one.at::<L>(entry::FROM).le(from) & one.at::<L>(entry::TO).ge(from);
                f.when(both(counts, &holds), |f| f.set(reached, reached.most(one.at::<L>(entry::TO) + 1)));
            };
            f.each(ABSENCES.start(), ABSENCES.end(), ABSENCES.size, |f, one| {
                reach(f, one, kin.call((denied, one.at::<I>(entry::OF))));
            });
            f.each(COMPLETE.start(), COMPLETE.end(), COMPLETE.size, |f, one| {
                reach(f, one, one.at::<I>(entry::OF).eq(kind));
            });
            f.when(reached.eq(from), |f| f.ret::<I>(0));
            f.set(from, reached);
        });
        f.ret::<I>(1);
    });
    module.function(&[I::VAL, I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (denied, kinds) = (f.param::<I>(0), f.param::<I>(1));
        let (from, to) = (f.param::<L>(2), f.param::<L>(3));
        let none: E<I> = covered.call((denied, -1, from, to));
        f.when(none, |f| f.ret::<I>(1));
        f.each(UNMAPPED.start(), UNMAPPED.end(), UNMAPPED.size, |f, one| {
            let strange = calendar.touches((one.at::<L>(entry::FROM), one.at::<L>(entry::TO)), (from, to));
            f.when(both(one.at::<I>(entry::OF) & kinds, &strange), |f| f.ret::<I>(0));
        });
        let kind = f.empty::<I>();
        f.while_(kind.lt(i32::try_from(Kind::ALL.len()).unwrap_or_default()), |f| {
            let open: E<I> = covered.call((denied, kind, from, to));
            f.when(both((kinds >> kind) & 1, &open.negated()), |f| f.ret::<I>(0));
            f.set(kind, kind + 1);
        });
        f.ret::<I>(1);
    })
}

/// A record that holds something, and also says that there was none.
fn denied(module: &mut Module, layout: &mut Layout, plan: &Plan, calendar: Calendar) -> Callee {
    let lists: Vec<i32> = plan
        .concepts
        .iter()
        .map(|slot| match slot.above.as_slice() {
            [] | [_] => 0,
            above => {
                let of = |at: &ConceptAt| i32::try_from(at.0).unwrap_or(-1);
                layout.words(above.iter().map(of).chain([-1]))
            }
        })
        .collect();
    let lists = layout.words(lists);
    module.function(&[I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (one, from, to) = (f.param::<I>(0), f.param::<L>(1), f.param::<L>(2));
        let of = f.var(one.at::<I>(entry::OF));
        let beginning = (f.var(one.at::<L>(entry::START_FROM)), f.var(one.at::<L>(entry::END_FROM)));
        f.each(ABSENCES.start(), ABSENCES.end(), ABSENCES.size, |f, absence| {
            let days = (f.var(absence.at::<L>(entry::FROM)), f.var(absence.at::<L>(entry::TO)));
            let meets = calendar.within(beginning, days) & calendar.touches(days, (from, to));
            f.when(meets, |f| {
                let absent = f.var(absence.at::<I>(entry::OF));
                f.when(absent.eq(of), |f| f.ret::<I>(1));
                let above = f.var((E::from(lists) + (of << 2)).at::<I>(0));
                f.when(above, |f| {
                    f.while_(above.at::<I>(0).ge(0), |f| {
                        f.when(above.at::<I>(0).eq(absent), |f| f.ret::<I>(1));
                        f.set(above, above + 4);
                    });
                });
            });
        });
        f.ret::<I>(0);
    })
}

// ---- courses -----------------------------------------------------------------------------------------------------------------

/// The whole stretch that an entry belongs to: its moments are left in the first 32 bytes behind the address.
fn joined(module: &mut Module, calendar: Calendar) -> Callee {
    let follows = module.function(&[L::VAL; 5], &[I::VAL], |f| {
        // The early course from its first moment to both of its last ones, and the beginning of the late one.
        let [begun, ended, end, from, to] = [0, 1, 2, 3, 4].map(|at| f.param::<L>(at));
        let plain = calendar.day(ended).eq(calendar.day(end)) & calendar.day(from).eq(calendar.day(to));
        f.ret(plain & begun.le(from) & from.le(end + 1));
    });
    module.function(&[I::VAL, I::VAL, L::VAL, L::VAL], &[], |f| {
        let (one, into) = (f.param::<I>(0), f.param::<I>(1));
        let (to, anchor) = (f.param::<L>(2), f.param::<L>(3));
        let [sf, st, ef, et] = moments(one).map(|moment| f.var(moment));
        f.when(one.at::<I>(entry::SINGLE).negated(), |f| {
            let grown = f.var::<I>(1);
            f.while_(grown, |f| {
                f.set(grown, 0);
                f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, other| {
                    let same = |at: u64| other.at::<I>(at).eq(one.at::<I>(at));
                    let kindred = same(entry::OF) & same(entry::ROUTE) & other.at::<I>(entry::SINGLE).negated();
                    f.when(kindred, |f| {
                        let [osf, ost, oef, oet] = moments(other).map(|moment| f.var(moment));
                        let goes_on: E<I> = follows.call((sf, ef, et, osf, ost));
                        let goes_before: E<I> = follows.call((osf, oef, oet, sf, st));
                        f.when_else(
                            both(oet.gt(et), &goes_on),
                            |f| {
                                f.set(ef, oef);
                                f.set(et, oet);
                                f.set(grown, 1);
                            },
                            |f| {
                                f.when(both(osf.lt(sf), &goes_before), |f| {
                                    f.set(sf, osf);
                                    f.set(st, ost);
                                    f.set(grown, 1);
                                });
                            },
                        );
                    });
                });
            });
            let now = f.var(anchor.most(to));
            f.when(ef.gt(now), |f| {
                f.set(ef, now + 1);
                f.set(et, now + 1);
            });
        });
        for (at, moment) in [(0, sf), (8, st), (16, ef), (24, et)] {
            f.store::<L>(into, at, moment);
        }
        f.nothing();
    })
}

fn any_of(module: &mut Module, tools: Tools) -> Callee {
    let (logic, calendar) = (tools.logic, tools.calendar);
    let course = super::layout::SCRATCH;
    module.function(&[I::VAL, L::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let sentence = f.param::<I>(0);
        let (from, to, now) = (f.param::<L>(1), f.param::<L>(2), f.param::<L>(3));
        let state = f.var::<I>(NOT_MET);
        of_set(f, tools.kin, sentence.at::<I>(KIN), |f, one, _| {
            let judged = f.var(tools.qualifies(sentence, one));
            f.when(judged, |f| {
                f.run(&tools.joined.call((one, course, to, now)));
                let at = E::<I>::from(course);
                let [sf, st, ef, et] = [0, 8, 16, 24].map(|offset| f.var(at.clone().at::<L>(offset)));
                let timed = f.empty::<I>();
                f.when_else(
                    sentence.at::<I>(STOPPED),
                    |f| {
                        let (sure, may) =
                            (calendar.within((ef, et), (from, to)), calendar.touches((ef, et), (from, to)));
                        f.set(timed, between(sure, may));
                    },
                    |f| {
                        let sure = to.ge(from) & st.le(to) & ef.ge(from);
                        f.set(timed, between(sure, calendar.touches((sf, et), (from, to))));
                    },
                );
                f.set(judged, logic.and(judged, timed));
                f.when(both(sentence.at::<I>(LENGTH).ge(0), &judged.into()), |f| {
                    let single = one.at::<I>(entry::SINGLE);
                    let long = tools.length.call::<I>(sentence.at::<I>(LENGTH), (single, sf, st, ef, et));
                    f.set(judged, logic.and(judged, long));
                });
                f.when(judged.eq(MET), |f| {
                    // A record that also says that there was none contradicts itself.
                    let denied: E<I> = tools.denied.call((one, from, to));
                    f.when(denied.negated(), |f| f.ret::<I>(MET));
                });
                f.when(judged, |f| f.set(state, UNKNOWN));
            });
        });
        f.ret(either(tools.silent(sentence, from, to), state, UNKNOWN));
    })
}

/// The first course of all begins in the period.
fn started(module: &mut Module, tools: Tools) -> Callee {
    let (logic, calendar) = (tools.logic, tools.calendar);
    module.function(&[I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (sentence, from, to) = (f.param::<I>(0), f.param::<L>(1), f.param::<L>(2));
        let (began, earlier) = (f.var::<I>(NOT_MET), f.var::<I>(NOT_MET));
        of_set(f, tools.kin, sentence.at::<I>(KIN), |f, one, _| {
            let is = f.var(tools.qualifies(sentence, one));
            let start = (f.var(one.at::<L>(entry::START_FROM)), f.var(one.at::<L>(entry::START_TO)));
            let inside = between(calendar.within(start, (from, to)), calendar.touches(start, (from, to)));
            let ahead = between(start.1.lt(from), start.0.lt(from));
            f.set(began, logic.or(began, logic.and(inside, is)));
            f.set(earlier, logic.or(earlier, logic.and(ahead, is)));
        });
        let open = tools.silent(sentence, from, to).negated();
        f.when(both(began.eq(NOT_MET), &open), |f| f.set(began, UNKNOWN));
        let open = tools.silent(sentence, PAST, from - 1).negated();
        f.when(both(earlier.eq(NOT_MET), &open), |f| f.set(earlier, UNKNOWN));
        f.ret(logic.and(began, logic.not(earlier)));
    })
}

/// On every day of a stretch.
fn all_along(module: &mut Module, tools: Tools) -> Callee {
    let calendar = tools.calendar;
    module.function(&[I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (sentence, first, to) = (f.param::<I>(0), f.param::<L>(1), f.param::<L>(2));
        let counts = |one: Var<I>, is: Var<I>| {
            let whole = (one.at::<L>(entry::START_FROM), one.at::<L>(entry::END_TO));
            both(is.ne(NOT_MET), &calendar.touches(whole, (first, to)))
        };
        // Whether the days that are sure leave none out.
        let (from, reached, covered) = (f.var(first), f.var(first), f.var::<I>(1));
        f.while_(covered & from.le(to), |f| {
            of_set(f, tools.kin, sentence.at::<I>(KIN), |f, one, _| {
                let is = f.var(tools.qualifies(sentence, one));
                f.when(both(is.eq(MET), &counts(one, is)), |f| {
                    let begun = begin(calendar.day(one.at::<L>(entry::START_TO)));
                    let last = f.var(end(calendar.day(one.at::<L>(entry::END_FROM))));
                    f.when(begun.le(from) & last.ge(from), |f| f.set(reached, reached.most(last + 1)));
                });
            });
            f.set(covered, reached.gt(from));
            f.set(from, reached);
        });
        f.when(covered, |f| f.ret::<I>(MET));
        // A day on which nothing of it is recorded, and the record is complete, decides.
        let next = f.empty::<L>();
        f.set(from, first);
        f.while_(from.le(to), |f| {
            f.set(reached, from);
            f.set(next, to + 1);
            of_set(f, tools.kin, sentence.at::<I>(KIN), |f, one, _| {
                let is = f.var(tools.qualifies(sentence, one));
                f.when(counts(one, is), |f| {
                    let begun = f.var(one.at::<L>(entry::START_FROM));
                    let last = f.var(one.at::<L>(entry::END_TO));
                    f.when(begun.le(from) & last.ge(from), |f| f.set(reached, reached.most(last + 1)));
                    f.when(begun.gt(from), |f| f.set(next, next.least(begun)));
                });
            });
            f.when_else(
                reached.gt(from),
                |f| f.set(from, reached),
                |f| {
                    f.when(tools.silent(sentence, from, next - 1), |f| f.ret::<I>(NOT_MET));
                    f.set(from, next);
                },
            );
        });
        f.ret::<I>(UNKNOWN);
    })
}

/// The first day of the first lies in the period.
fn onset(module: &mut Module, tools: Tools) -> Callee {
    let calendar = tools.calendar;
    module.function(&[I::VAL, I::VAL, I::VAL, I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let [is, may_be, denied, kinds] = [0, 1, 2, 3].map(|at| f.param::<I>(at));
        let days = (f.param::<L>(4), f.param::<L>(5));
        of_set(f, tools.kin, may_be, |f, _, _| f.ret::<I>(UNKNOWN));
        let first = f.empty::<I>();
        of_set(f, tools.kin, is, |f, one, _| {
            let earlier = one.at::<L>(entry::START_TO).lt(first.at::<L>(entry::START_TO));
            f.when(super::asm::one_of(first.negated(), &earlier), |f| f.set(first, one));
        });
        f.when(first, |f| {
            let start = (f.var(first.at::<L>(entry::START_FROM)), f.var(first.at::<L>(entry::START_TO)));
            f.ret(between(calendar.within(start, days), calendar.touches(start, days)));
        });
        let silent: E<I> = tools.silent.call((denied, kinds, days.0, days.1));
        f.ret(either(silent, NOT_MET, UNKNOWN));
    })
}

/// An event of the trial has taken place by the end of a day.
fn given(module: &mut Module) -> Callee {
    module.function(&[I::VAL, L::VAL], &[I::VAL], |f| {
        let (event, by) = (f.param::<I>(0), f.param::<L>(1));
        f.each(ANCHORS.start(), ANCHORS.end(), ANCHORS.size, |f, anchor| {
            f.when(anchor.at::<I>(entry::OF).eq(event), |f| {
                f.when(by.eq(NONE), |f| f.ret::<I>(UNKNOWN));
                // What is only planned has not taken place, whenever it was to.
                let done = anchor.at::<L>(entry::TO).le(end(by)) & anchor.at::<I>(entry::PLANNED).negated();
                f.ret(between(done, anchor.at::<L>(entry::FROM).le(end(by))));
            });
        });
        f.each(ABSENCES.start(), ABSENCES.end(), ABSENCES.size, |f, absence| {
            f.when(absence.at::<I>(entry::OF).eq(event), |f| f.ret::<I>(NOT_MET));
        });
        f.ret::<I>(UNKNOWN);
    })
}
