//! Three truth values as numbers (0 not met, 1 met, 2 unknown), and 4 for what cannot be decided here.

use super::asm::{Callee, E, I, Module, Type, either};

pub(super) const NOT_MET: i32 = 0;
pub(super) const MET: i32 = 1;
pub(super) const UNKNOWN: i32 = 2;
pub(super) const NOT_APPLICABLE: i32 = 3;
pub(super) const UNDECIDED: i32 = 4;

/// What stands on the module's shelf for truths.
#[derive(Clone, Copy)]
pub(super) struct Logic {
    and: Callee,
    or: Callee,
    not: Callee,
    /// What all states agree on whose bits are set.
    agreed: Callee,
    count: Callee,
}

impl Logic {
    pub(super) fn new(module: &mut Module) -> Self {
        let two = [I::VAL; 2];
        // Of what is neither not met, the greater: met, unknown, undecided.
        let and = module.function(&two, &[I::VAL], |f| {
            let (a, b) = (f.param::<I>(0), f.param::<I>(1));
            f.ret(either(a.eq(NOT_MET) | b.eq(NOT_MET), NOT_MET, a.most(b)));
        });
        let or = module.function(&two, &[I::VAL], |f| {
            let (a, b) = (f.param::<I>(0), f.param::<I>(1));
            f.ret(either(a.eq(MET) | b.eq(MET), MET, a.most(b)));
        });
        let not = module.function(&[I::VAL], &[I::VAL], |f| {
            let a = f.param::<I>(0);
            f.ret(either(a.lt(2), E::from(1) - a, a));
        });
        let agreed = module.function(&[I::VAL], &[I::VAL], |f| {
            let mask = f.param::<I>(0);
            f.when(mask & (1 << UNDECIDED), |f| f.ret::<I>(UNDECIDED));
            f.when(mask.eq(1 << NOT_MET), |f| f.ret::<I>(NOT_MET));
            f.ret(either(mask.eq(1 << MET), MET, UNKNOWN));
        });
        let plain = plain(module, not, and);
        let count = count(module, plain, agreed);
        Self { and, or, not, agreed, count }
    }

    pub(super) fn and(self, a: impl Into<E<I>>, b: impl Into<E<I>>) -> E<I> {
        self.and.call((a.into(), b.into()))
    }

    pub(super) fn or(self, a: impl Into<E<I>>, b: impl Into<E<I>>) -> E<I> {
        self.or.call((a.into(), b.into()))
    }

    pub(super) fn not(self, a: impl Into<E<I>>) -> E<I> {
        self.not.call((a.into(),))
    }

    pub(super) fn agreed(self, mask: impl Into<E<I>>) -> E<I> {
        self.agreed.call((mask.into(),))
    }

    /// So many of a list: how it is counted and how many, the numbers of entries that count for sure (met, unknown, all), and
    /// of those that may not (met, not met, unknown).
    pub(super) fn count(self, how: (i32, i32), sure: [E<I>; 3], open: [E<I>; 3]) -> E<I> {
        let ([met, unknown, all], [open_met, open_not, open_unknown]) = (sure, open);
        self.count.call((how.0, how.1, met, unknown, all, open_met, open_not, open_unknown))
    }
}

/// Met if it is sure, not met if it is not even possible.
pub(super) fn between(sure: impl Into<E<I>>, possible: impl Into<E<I>>) -> E<I> {
    either(sure.into(), MET, possible.into() << 1)
}

pub(super) const AT_LEAST: i32 = 0;
pub(super) const AT_MOST: i32 = 1;
pub(super) const EXACTLY: i32 = 2;
pub(super) const ALL: i32 = 3;

/// So many of entries that all count.
fn plain(module: &mut Module, not: Callee, and: Callee) -> Callee {
    let at_least = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (n, met, unknown) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        f.ret(between(met.ge(n), (met + unknown).ge(n)));
    });
    module.function(&[I::VAL; 5], &[I::VAL], |f| {
        let (how, n) = (f.param::<I>(0), f.param::<I>(1));
        let (met, unknown, all) = (f.param::<I>(2), f.param::<I>(3), f.param::<I>(4));
        f.when(how.eq(ALL), |f| f.ret::<I>(at_least.call((all, met, unknown))));
        let least = f.var::<I>(at_least.call((n, met, unknown)));
        f.when(how.eq(AT_LEAST), |f| f.ret::<I>(least));
        let most: E<I> = at_least.call((n + 1, met, unknown));
        let most = f.var::<I>(not.call::<I>((most,)));
        f.when(how.eq(AT_MOST), |f| f.ret::<I>(most));
        f.ret::<I>(and.call((least, most)));
    })
}

/// An entry that may not count is in the list or not: what comes out the same in every case.
fn count(module: &mut Module, plain: Callee, agreed: Callee) -> Callee {
    module.function(&[I::VAL; 8], &[I::VAL], |f| {
        let [how, n, met, unknown, all, open_met, open_not, open_unknown] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|at| f.param::<I>(at));
        let mask = f.empty::<I>();
        let (a, b, c) = (f.empty::<I>(), f.empty::<I>(), f.empty::<I>());
        f.while_(a.le(open_met), |f| {
            f.set(b, 0);
            f.while_(b.le(open_not), |f| {
                f.set(c, 0);
                f.while_(c.le(open_unknown), |f| {
                    let state: E<I> = plain.call((how, n, met + a, unknown + c, all + a + b + c));
                    f.set(mask, mask | (E::from(1) << state));
                    f.set(c, c + 1);
                });
                f.set(b, b + 1);
            });
            f.set(a, a + 1);
        });
        f.ret::<I>(agreed.call((mask,)));
    })
}
