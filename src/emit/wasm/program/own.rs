//! Days of the patient's own history that times are counted from.

use super::Program;
use crate::emit::wasm::asm::{Callee, E, Fun, I, L, Type, Var, both, either};
use crate::emit::wasm::calendar::end;
use crate::emit::wasm::layout::{FOUND, NONE, OCCURRENCES, entry};
use crate::emit::wasm::logic::UNDECIDED;
use crate::emit::wasm::names;
use crate::plan::{AnchorAt, Own, Which};
use crate::record::{FUTURE, PAST};

impl Program<'_> {
    /// A function that says whether such a day is known (1, or 4 where it cannot be decided) and leaves its first and last day
    /// in [`FOUND`].
    pub(super) fn own(&mut self, at: AnchorAt, own: &Own) -> Callee {
        let of = self.of(own);
        let now = self.day(own.now);
        let route = own.route.map(names::route);
        let (histories, calendar) = (self.histories, self.calendar);
        let elsewhere = self.plan.is_counted_elsewhere(at, own);
        let which = own.which;
        self.module.function(&[], &[I::VAL], |f| {
            let (from, to) = (f.var(NONE), f.var(NONE));
            let bounded = matches!(which, Which::First | Which::Last);
            let last = f.var(FUTURE);
            if bounded {
                let now = f.var(now);
                f.when(now.eq(NONE), |f| f.ret::<I>(0));
                f.set(last, end(now));
            }
            f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, one| {
                let (may, sure) = (f.var::<I>(0), f.var::<I>(0));
                for (set, ..) in &of {
                    let is = f.var(histories.kin(*set, one.at::<I>(entry::OF)));
                    f.set(may, may | is);
                    f.set(sure, sure | is.eq(1));
                }
                f.when(may, |f| {
                    let counts = f.var::<I>(1);
                    if bounded {
                        f.when(sure.eq(0), |f| f.ret::<I>(0));
                        if let Some(wanted) = route {
                            let known = f.var(one.at::<I>(entry::ROUTE));
                            f.when(known.eq(0), |f| f.ret::<I>(0));
                            f.set(counts, known.eq(wanted));
                        }
                        f.set(counts, counts & one.at::<L>(entry::START_FROM).le(last));
                    }
                    f.when(counts, |f| nearest(f, which, one, (from, to), last));
                });
            });
            f.when(from.eq(NONE), |f| f.ret::<I>(0));
            if bounded {
                let (first, until) = match which {
                    Which::Start | Which::First => (f.var(PAST), f.var(from - 1)),
                    Which::End | Which::Last => (f.var(to + 1), f.var(last)),
                };
                let open = f.empty::<I>();
                for (_, denied, kinds) in &of {
                    f.set(open, open | histories.silent(*denied, *kinds, (first, until)).eq(0));
                }
                // One that the record does not hold may have been before the first or after the last.
                f.when(open & until.ge(first), |f| match which {
                    Which::Start | Which::First => f.set(from, PAST),
                    Which::End | Which::Last => f.set(to, last),
                });
            }
            f.set(from, calendar.day(from));
            f.set(to, calendar.day(to));
            if elsewhere {
                f.when(to.gt(from) & (to - from).le(super::MOST_DAYS), |f| f.ret::<I>(UNDECIDED));
            }
            f.store::<L>(FOUND, 0, from);
            f.store::<L>(FOUND, 8, to);
            f.ret::<I>(1);
        })
    }

    /// Whether times are counted from something of the patient's own that has never been, by a complete record.
    pub(super) fn never(&mut self, at: AnchorAt) -> Option<E<I>> {
        let plan = self.plan;
        let own = plan.anchors.get(at.at()).and_then(|slot| slot.own.as_ref())?;
        let of = self.of(own);
        let now = self.day(own.now);
        let histories = self.histories;
        let callee = self.module.function(&[], &[I::VAL], |f| {
            let now = f.var(now);
            f.when(now.eq(NONE), |f| f.ret::<I>(0));
            let (first, last) = (f.var(PAST), f.var(end(now)));
            for (set, denied, kinds) in of {
                let silent = histories.silent(denied, kinds, (first, last));
                let never = f.var(both(histories.exists(set).eq(0), &silent));
                f.when(never.eq(0), |f| f.ret::<I>(0));
            }
            f.ret::<I>(1);
        });
        Some(callee.call(()))
    }

    /// Each of the things: its set, and when silence means that there was none.
    fn of(&mut self, own: &Own) -> Vec<(i32, i32, i32)> {
        let mut found = Vec::new();
        for (kin, silence) in &own.of {
            let (denied, kinds) = self.silence(silence);
            found.push((self.layout.kin(&kin.is, &kin.may_be), denied, kinds));
        }
        found
    }
}

/// Joins the moments of one more occurrence with those so far.
fn nearest(f: &mut Fun, which: Which, one: Var<I>, (from, to): (Var<L>, Var<L>), last: Var<L>) {
    let (start, finish) = (
        (f.var(one.at::<L>(entry::START_FROM)), f.var(one.at::<L>(entry::START_TO))),
        (f.var(one.at::<L>(entry::END_FROM)), f.var(one.at::<L>(entry::END_TO))),
    );
    let none = f.var(from.eq(NONE));
    match which {
        Which::Start => {
            let before = f.var(start.1.lt(to) | (start.1.eq(to) & start.0.lt(from)));
            f.when(none | before, |f| {
                f.set(from, start.0);
                f.set(to, start.1);
            });
        }
        Which::End => {
            let after = f.var(finish.0.gt(from) | (finish.0.eq(from) & finish.1.gt(to)));
            f.when(none | after, |f| {
                f.set(from, finish.0);
                f.set(to, finish.1);
            });
        }
        Which::First => {
            f.set(from, either(none.into(), start.0, from.least(start.0)));
            f.set(to, either(none.into(), start.1, to.least(start.1)));
        }
        // What is counted from the last one is the time without it.
        Which::Last => {
            f.set(from, either(none.into(), finish.0.least(last), from.most(finish.0.least(last))));
            f.set(to, either(none.into(), finish.1.least(last), to.most(finish.1.least(last))));
        }
    }
}
