//! Days and seconds: stretches of time, and calendar months in whole numbers.
//!
//! The calendar is the proleptic Gregorian one, worked out in eras of 400 years (146,097 days) that begin on a first of March,
//! so that the leap day is the last one of a year.

use super::asm::{Callee, E, I, L, Module, Type, either};
use crate::record::{DAY, FUTURE, PAST};

/// The first and the last day that the calendar of the reference has: -9999-01-01 and 9999-12-31.
const FIRST_DAY: i64 = -4_371_587;
const LAST_DAY: i64 = 2_932_896;

#[derive(Clone, Copy)]
pub(super) struct Calendar {
    floor: Callee,
    add_months: Callee,
    completed: Callee,
    within: Callee,
    touches: Callee,
}

impl Calendar {
    pub(super) fn new(module: &mut Module) -> Self {
        let floor = module.function(&[L::VAL; 2], &[L::VAL], |f| {
            let (a, b) = (f.param::<L>(0), f.param::<L>(1));
            let rest = f.var(a.rem(b));
            f.ret((a - rest) / b - rest.lt(0).wide());
        });
        let add_months = add_months(module, floor);
        let completed = completed(module, add_months);
        let four = [L::VAL; 4];
        let within = module.function(&four, &[I::VAL], |f| {
            let [from, to, begin, end] = [0, 1, 2, 3].map(|at| f.param::<L>(at));
            f.ret(to.ge(from) & begin.le(from) & to.le(end));
        });
        let touches = module.function(&four, &[I::VAL], |f| {
            let [from, to, begin, end] = [0, 1, 2, 3].map(|at| f.param::<L>(at));
            f.ret(to.ge(from) & end.ge(begin) & from.le(end) & begin.le(to));
        });
        Self { floor, add_months, completed, within, touches }
    }

    /// Divided towards the lesser.
    pub(super) fn floor(self, a: impl Into<E<L>>, b: i64) -> E<L> {
        self.floor.call((a.into(), b))
    }

    /// The day of a moment.
    pub(super) fn day(self, moment: impl Into<E<L>>) -> E<L> {
        self.floor(moment, DAY)
    }

    /// A day, so many months later; clamped to the month's end.
    pub(super) fn add_months(self, day: impl Into<E<L>>, months: impl Into<E<L>>) -> E<L> {
        self.add_months.call((day.into(), months.into()))
    }

    /// Completed stretches of so many months from one day to another.
    pub(super) fn completed(self, born: impl Into<E<L>>, day: impl Into<E<L>>, months: i64) -> E<L> {
        self.completed.call((born.into(), day.into(), months))
    }

    /// Whether all of a stretch lies in another.
    pub(super) fn within(
        self,
        one: (impl Into<E<L>>, impl Into<E<L>>),
        other: (impl Into<E<L>>, impl Into<E<L>>),
    ) -> E<I> {
        self.within.call((one.0.into(), one.1.into(), other.0.into(), other.1.into()))
    }

    pub(super) fn touches(
        self,
        one: (impl Into<E<L>>, impl Into<E<L>>),
        other: (impl Into<E<L>>, impl Into<E<L>>),
    ) -> E<I> {
        self.touches.call((one.0.into(), one.1.into(), other.0.into(), other.1.into()))
    }
}

/// The first moment of a day.
pub(super) fn begin(day: impl Into<E<L>>) -> E<L> {
    day.into() * DAY
}

/// The last moment of a day.
pub(super) fn end(day: impl Into<E<L>>) -> E<L> {
    day.into() * DAY + (DAY - 1)
}

fn add_months(module: &mut Module, floor: Callee) -> Callee {
    // The day of the first of a month, months counted from January of the year 0.
    let first_of = module.function(&[L::VAL], &[L::VAL], |f| {
        let month = f.param::<L>(0);
        // Years that begin in March.
        let shifted = f.var(month - 2);
        let year = f.var::<L>(floor.call((shifted, 12_i64)));
        let in_year = shifted - year * 12;
        let era = f.var::<L>(floor.call((year, 400_i64)));
        let of_era = f.var(year - era * 400);
        let days = (in_year * 153 + 2) / 5;
        f.ret(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + days - 719_468);
    });
    module.function(&[L::VAL; 2], &[L::VAL], |f| {
        let (day, months) = (f.param::<L>(0), f.param::<L>(1));
        let beyond = f.var(either(months.lt(0), PAST / DAY, FUTURE / DAY));
        f.when(day.lt(FIRST_DAY) | day.gt(LAST_DAY), |f| f.ret::<L>(beyond));
        let shifted = f.var(day + 719_468);
        let era = f.var::<L>(floor.call((shifted, 146_097_i64)));
        let of_era = f.var(shifted - era * 146_097);
        let year = f.var((of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365);
        let of_year = f.var(of_era - (year * 365 + year / 4 - year / 100));
        let march = f.var((of_year * 5 + 2) / 153);
        let of_month = f.var(of_year - (march * 153 + 2) / 5);
        let month = f.var((era * 400 + year) * 12 + march + 2 + months);
        f.when(month.lt(-9_999 * 12) | month.ge(10_000 * 12), |f| f.ret::<L>(beyond));
        let first = f.var::<L>(first_of.call((month,)));
        let last: E<L> = first_of.call((month + 1,));
        let last = f.var(last - 1);
        f.ret((first + of_month).least(last));
    })
}

fn completed(module: &mut Module, add_months: Callee) -> Callee {
    module.function(&[L::VAL; 3], &[L::VAL], |f| {
        let (born, day, months) = (f.param::<L>(0), f.param::<L>(1), f.param::<L>(2));
        f.when(day.lt(born), |f| f.ret::<L>(-1));
        let count = f.var((day - born) / (months * 31));
        f.when(born.lt(FIRST_DAY) | day.gt(LAST_DAY), |f| f.ret::<L>(count));
        let next: E<L> = add_months.call((born, (count + 1) * months));
        f.while_(next.le(day), |f| f.set(count, count + 1));
        let this: E<L> = add_months.call((born, count * months));
        f.while_(count.gt(0) & this.gt(day), |f| f.set(count, count - 1));
        f.ret::<L>(count);
    })
}
