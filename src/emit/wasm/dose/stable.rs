//! Doses that are the same on every day of a stretch.

use super::{
    ANY, BEST, DENIED, END, FACTOR, KINDS, LEAST, MOST, OF, OWN, OWN_BODY, ROUTES, ROW, SUM, Tools, UNIT, days,
    unrecorded,
};
use crate::emit::wasm::asm::{Callee, D, I, L, Module, Type, both};
use crate::emit::wasm::layout::{OCCURRENCES, entry};
use crate::emit::wasm::logic::{MET, NOT_MET, UNKNOWN};

/// Whether the sums of some days are one number; `whole` asks whether the record is complete on each of them, too.
pub(super) fn alike(module: &mut Module, tools: Tools) -> Callee {
    let exact = |place: i32| {
        let same = tools.order(tools.fraction(place, LEAST), tools.fraction(place, MOST)).eq(0);
        both(tools.open(place).eq(0), &same)
    };
    let below = |high: i32, low: i32| {
        let less = tools.order(tools.fraction(high, MOST), tools.fraction(low, LEAST)).lt(0);
        both(tools.open(high).eq(0), &less)
    };
    module.function(&[I::VAL; 7], &[I::VAL], |f| {
        let [classes, only, table, body, whole, list, count] = [0, 1, 2, 3, 4, 5, 6].map(|at| f.param::<I>(at));
        let (state, some) = (f.var::<I>(MET), f.empty::<I>());
        days(f, (list, count), |f, day| {
            f.run(&tools.of_day.call((classes, only, table, body, day)));
            f.when(whole, |f| unrecorded(f, tools, classes, (day, None)));
            let is_exact = f.var(exact(SUM));
            f.when_else(
                some,
                |f| {
                    let like = tools.order(tools.fraction(BEST, LEAST), tools.fraction(SUM, LEAST)).eq(0);
                    let same = f.var(both(is_exact & exact(BEST), &like));
                    let apart = f.var(below(BEST, SUM) | below(SUM, BEST));
                    let next = f.var::<I>(UNKNOWN);
                    f.when(same, |f| f.set(next, MET));
                    f.when(apart, |f| f.set(next, NOT_MET));
                    f.set(state, tools.logic.and(state, next));
                },
                |f| {
                    tools.copy(f, SUM, BEST);
                    f.when(is_exact.eq(0), |f| f.set(state, UNKNOWN));
                },
            );
            f.set(some, 1);
        });
        f.ret::<I>(state);
    })
}

/// The sum in doses of one drug is the same on all these days.
pub(super) fn same_sum(module: &mut Module, tools: Tools, alike: Callee) -> Callee {
    module.function(&[I::VAL; 5], &[I::VAL], |f| {
        let [classes, table, usual, list, count] = [0, 1, 2, 3, 4].map(|at| f.param::<I>(at));
        // The first amount that is recorded says what the sum is told in.
        let seen = f.empty::<I>();
        Tools::classes(f, classes, |f, class| {
            tools.of_class(f, class, |f, one| {
                let dose = f.var::<I>(tools.dose.call((one,)));
                f.when(dose.at::<I>(entry::DOSE_HOW).ne(0) & seen.eq(0), |f| {
                    f.set(seen, 1);
                    f.when(dose.at::<I>(entry::DOSE_UNIT).ne(usual), |f| tools.lose(f));
                });
            });
        });
        f.ret::<I>(alike.call((classes, ANY, table, 0, 1, list, count)));
    })
}

/// The amount of each member by itself is the same on all these days.
pub(super) fn same_members(module: &mut Module, tools: Tools, alike: Callee) -> Callee {
    // As the first course of a drug was recorded.
    let own = module.function(&[I::VAL], &[], |f| {
        let of = f.param::<I>(0);
        f.store::<I>(tools.at(OWN), OF, END);
        f.store::<I>(tools.at(OWN + ROW), OF, END);
        f.store::<I>(tools.at(OWN_BODY), 0, 0);
        f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, one| {
            f.when(one.at::<I>(entry::OF).eq(of), |f| {
                let dose = f.var::<I>(tools.dose.call((one,)));
                f.when(dose.at::<I>(entry::DOSE_HOW).ne(0), |f| {
                    let unit = f.var(dose.at::<I>(entry::DOSE_UNIT));
                    f.when(unit.lt(0), |f| tools.lose(f));
                    f.store::<I>(tools.at(OWN), OF, ANY);
                    f.store::<I>(tools.at(OWN), UNIT, unit);
                    f.store::<I>(tools.at(OWN), ROUTES, 0);
                    f.store::<D>(tools.at(OWN), FACTOR, 1.0);
                    f.store::<D>(tools.at(OWN), FACTOR + 8, 1.0);
                    f.store::<I>(tools.at(OWN_BODY), 0, dose.at::<I>(entry::DOSE_BODY));
                    f.nothing();
                });
            });
        });
        f.nothing();
    });
    module.function(&[I::VAL, I::VAL, I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let [classes, list, count] = [0, 1, 2].map(|at| f.param::<I>(at));
        let (from, to) = (f.param::<L>(3), f.param::<L>(4));
        let state = f.var::<I>(MET);
        Tools::classes(f, classes, |f, class| {
            let silent = tools.histories.silent_of((class.at::<I>(DENIED), class.at::<I>(KINDS)), (from, to));
            f.when_else(
                silent,
                |f| {
                    let last = f.var::<I>(ANY);
                    tools.of_class(f, class, |f, one| {
                        let of = f.var(one.at::<I>(entry::OF));
                        f.when(of.ne(last), |f| {
                            f.set(last, of);
                            f.run(&own.call((of,)));
                            let body = tools.at(OWN_BODY).at::<I>(0);
                            let next = f.var::<I>(alike.call((classes, of, tools.at(OWN), body, 0, list, count)));
                            f.set(state, tools.logic.and(state, next));
                        });
                    });
                },
                // What is recorded is the least of what was taken: nobody knows whether all of it changed.
                |f| f.set(state, tools.logic.and(state, UNKNOWN)),
            );
        });
        f.ret::<I>(state);
    })
}
