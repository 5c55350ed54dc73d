//! The last so many results, and their mean.

use super::{Program, at};
use crate::emit::wasm::asm::{Callee, D, E, Fun, I, L, Type, Var, both, either};
use crate::emit::wasm::layout::{NONE, RESULTS, SCRATCH, TOP, entry, length};
use crate::emit::wasm::logic::{UNDECIDED, UNKNOWN};
use crate::emit::wasm::number::{BITS, HIGH, INCLUDED, IS_WORD, LOW, ROUNDED, SIZE, WORD, put};
use crate::emit::wasm::value::{COUNT, HEAD, STATE};
use crate::plan::{Repeat, Scale, ValueAt};
use crate::record::DAY;

impl Program<'_> {
    pub(super) fn repeat(&mut self, repeat: &Repeat, callee: Callee) {
        let found = self.repeats();
        let Repeat { of, scale, period, count, apart, nth } = *repeat;
        let scale = match scale {
            Scale::Plain => 0,
            Scale::Upper => 1,
            Scale::Lower => 2,
        };
        let timeless = self.plan.concepts.get(of.at()).is_some_and(|slot| slot.id.as_str() == "sex");
        let (period, values) = (self.period(period), self.values);
        self.define(callee, |f| {
            let (from, to) = f.pair(period);
            f.when(from.eq(NONE), |f| {
                let unknown = values.unknown(f);
                f.ret::<I>(unknown);
            });
            let (timeless, apart) = (i32::from(timeless), apart.unwrap_or(-1));
            f.ret::<I>(found.call((at(of.0), scale, timeless, at(count), at(nth), apart, from, to)));
        });
    }

    /// One of the last so many, from the latest backwards, each at least so far from the one after it; unknown where it is open
    /// which they are.
    fn repeats(&mut self) -> Callee {
        if let Some(known) = self.rare.repeat {
            return known;
        }
        let (values, calendar) = (self.values, self.calendar);
        let params = [I::VAL, I::VAL, I::VAL, I::VAL, I::VAL, L::VAL, L::VAL, L::VAL];
        let same = self.same();
        // What is taken stands in the list; behind it what was taken last.
        let callee = self.module.function(&params, &[I::VAL], |f| {
            let [of, scale, timeless, count, nth] = [0, 1, 2, 3, 4].map(|at| f.param::<I>(at));
            let [apart, from, to] = [5, 6, 7].map(|at| f.param::<L>(at));
            let list = f.var(values.open());
            f.store::<I>(TOP, 0, list + HEAD + SIZE);
            let before = f.var(list + HEAD + SIZE);
            let unknown = |f: &mut Fun| {
                f.store::<I>(list, STATE, UNKNOWN);
                f.ret::<I>(list);
            };
            let by_time = f.var(apart.ge(0) & apart.lt(DAY));
            // Those whose date is known, from the latest on; of one moment in the order of the record.
            let (cursor, cursor_from, cursor_to) = (f.empty::<I>(), f.empty::<L>(), f.empty::<L>());
            let (taken, last_from, last_to) = (f.empty::<I>(), f.empty::<L>(), f.empty::<L>());
            let more = f.var::<I>(1);
            let candidates = Candidates { of, timeless, from, to, by_time };
            f.while_(more, |f| {
                let (next, next_from, next_to) = (f.var::<I>(0), f.var::<L>(0), f.var::<L>(0));
                candidates.each(f, calendar, |f, one, exact, (begin, end)| {
                    let behind = cursor.eq(0)
                        | end.lt(cursor_to)
                        | (end.eq(cursor_to) & (begin.lt(cursor_from) | (begin.eq(cursor_from) & one.gt(cursor))));
                    let later = next.eq(0) | end.gt(next_to) | (end.eq(next_to) & begin.gt(next_from));
                    f.when(exact & behind & later, |f| {
                        f.set(next, one);
                        f.set(next_from, begin);
                        f.set(next_to, end);
                    });
                });
                f.set(more, next.ne(0));
                f.when(more, |f| {
                    f.set(cursor, next);
                    f.set(cursor_from, next_from);
                    f.set(cursor_to, next_to);
                    let usable: E<I> = values.reading.call((next, scale));
                    f.when(usable.negated(), unknown);
                    let some = f.var(taken.gt(0));
                    let beside = f.var(some & calendar.touches((last_from, last_to), (next_from, next_to)));
                    let full = f.var(taken.eq(count));
                    let days = (calendar.day(last_from) - calendar.day(next_to)) * DAY;
                    let distance = either(apart.rem(DAY).eq(0), days, last_from - next_to);
                    let near = f.var(some & apart.ge(0) & distance.lt(apart));
                    let passed = f.var(full | near);
                    f.when_else(
                        passed,
                        |f| {
                            // One of the same moment as the last that counts might as well have been taken.
                            let alike: E<I> = same.call((before, SCRATCH));
                            f.when(both(beside.into(), &alike.negated()), unknown);
                            let over = f.var(beside.eq(0) & full);
                            f.when(over, |f| f.set(more, 0));
                        },
                        |f| {
                            f.set(last_from, next_from);
                            f.set(last_to, next_to);
                            copy(f, SCRATCH, before);
                            f.when(taken.eq(nth), |f| copy(f, SCRATCH, list + HEAD));
                            f.set(taken, taken + 1);
                        },
                    );
                });
            });
            f.when(taken.lt(count), unknown);
            // One whose date is open matters where it may be later than the earliest that counts.
            candidates.each(f, calendar, |f, _, exact, (_, end)| {
                f.when(exact.eq(0) & end.ge(last_from), unknown);
            });
            f.store::<I>(list, COUNT, 1);
            f.ret::<I>(list);
        });
        self.rare.repeat = Some(callee);
        callee
    }

    /// Whether two results say the same, by their addresses.
    fn same(&mut self) -> Callee {
        let order = self.numbers.order;
        self.module.function(&[I::VAL; 2], &[I::VAL], |f| {
            let (a, b) = (f.param::<I>(0), f.param::<I>(1));
            let (ours, theirs) = (f.var(a.at::<I>(BITS)), f.var(b.at::<I>(BITS)));
            let words = f.var((ours | theirs) & IS_WORD);
            f.when(words, |f| f.ret(ours.eq(theirs) & a.at::<I>(WORD).eq(b.at::<I>(WORD))));
            let rounded = f.var(((ours | theirs) & ROUNDED).ne(0));
            let lows: E<I> = order.call((a.at::<D>(LOW), b.at::<D>(LOW), rounded));
            let highs: E<I> = order.call((a.at::<D>(HIGH), b.at::<D>(HIGH), rounded));
            let ends = (ours & INCLUDED).eq(theirs & INCLUDED);
            f.ret(ends & lows.eq(0) & highs.eq(0));
        })
    }

    /// The mean of some that are all known.
    pub(super) fn mean(&mut self, of: &[ValueAt], callee: Callee) {
        let number = f64::from(length(of.len()));
        let of: Vec<E<I>> = of.iter().map(|value| self.value(*value)).collect();
        let values = self.values;
        self.define(callee, |f| {
            let (low, high) = (f.empty::<D>(), f.empty::<D>());
            let (included, rounded) = (f.var(INCLUDED), f.empty::<I>());
            for (place, value) in of.into_iter().enumerate() {
                let value = f.var(value);
                f.when(value.at::<I>(STATE) & UNDECIDED, |f| f.ret::<I>(value));
                let known = f.var(value.at::<I>(STATE).eq(0) & value.at::<I>(COUNT).eq(1));
                let bits = f.var(either(known.into(), (value + HEAD).at::<I>(BITS), IS_WORD));
                f.when(bits & IS_WORD, |f| {
                    let unknown = values.unknown(f);
                    f.ret::<I>(unknown);
                });
                f.set(included, included & bits);
                f.set(rounded, rounded | (bits & ROUNDED));
                let ends = [(low, LOW), (high, HIGH)];
                for (sum, end) in ends {
                    let next = f.var((value + HEAD).at::<D>(end));
                    if place > 0 {
                        let whole = next.abs().lt(f64::INFINITY) & sum.abs().lt(f64::INFINITY);
                        let lost = (sum + next).abs().lt(sum.abs().most(next.abs()) / 1000.0);
                        f.when(whole & lost, |f| {
                            let nothing = f.var(values.open());
                            f.store::<I>(nothing, STATE, UNDECIDED);
                            f.ret::<I>(nothing);
                        });
                    }
                    f.set(sum, sum + next);
                }
            }
            f.ret(values.stretch(low / number, high / number, included | rounded));
        });
    }
}

fn copy(f: &mut Fun, from: impl Into<E<I>>, into: impl Into<E<I>>) {
    let (from, into) = (f.var(from), f.var(into));
    let (low, high) = (f.var(from.at::<D>(LOW)), f.var(from.at::<D>(HIGH)));
    put(f, into, (low, high), from.at::<I>(BITS));
    f.store::<I>(into, WORD, from.at::<I>(WORD));
}

/// The results of a measure that may lie in the period.
struct Candidates {
    of: Var<I>,
    timeless: Var<I>,
    from: Var<L>,
    to: Var<L>,
    /// Whether their times of day are asked about.
    by_time: Var<I>,
}

impl Candidates {
    /// Goes through them, each with whether its date is known and lies in the period, and its moments within the period.
    fn each(
        &self,
        f: &mut Fun,
        calendar: super::Calendar,
        body: impl FnOnce(&mut Fun, Var<I>, Var<I>, (Var<L>, Var<L>)),
    ) {
        f.each(RESULTS.start(), RESULTS.end(), RESULTS.size, |f, one| {
            f.when(one.at::<I>(entry::OF).eq(self.of), |f| {
                let days = (f.var(one.at::<L>(entry::FROM)), f.var(one.at::<L>(entry::TO)));
                f.when(calendar.touches(days, (self.from, self.to)) | self.timeless, |f| {
                    let sure = calendar.within(days, (self.from, self.to)) | self.timeless;
                    let begin = f.var(either(self.timeless.into(), E::<L>::from(days.0), days.0.most(self.from)));
                    let end = f.var(either(self.timeless.into(), E::<L>::from(days.1), days.1.least(self.to)));
                    let plain = calendar.day(begin).eq(calendar.day(end));
                    let timed = self.by_time.eq(0) | begin.eq(end);
                    let exact = f.var(sure & plain & timed);
                    body(f, one, exact, (begin, end));
                });
            });
        });
    }
}
