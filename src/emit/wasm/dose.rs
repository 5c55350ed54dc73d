//! Doses: what is taken of drugs, added up as fractions of whole numbers that doubles hold exactly.
//!
//! Sums lie in a region of the memory of their own, as [`plan::run`](crate::plan) has them: a low and a high fraction, and
//! whether there is no high one. What outgrows a double sets [`LOST`], and then the whole answer is undecided.

mod course;
mod stable;

use super::asm::{Callee, D, E, Fun, I, L, Module, Type, Var, both, either};
use super::calendar::{Calendar, begin, end};
use super::event::Histories;
use super::layout::{Layout, OCCURRENCES, RESULTS, TOP, entry};
use super::logic::{Logic, UNDECIDED, between};
use super::value::{STATE, Values};
use crate::ir::Body;
use crate::plan::dose::{Book, Fraction};
use crate::record::{FUTURE, PAST};

/// The bytes of the region.
pub(super) const REGION: usize = 224;
/// Whether something outgrew a double, or cannot be told.
const LOST: i32 = 0;
/// A table of one drug's own amounts.
const OWN: i32 = 8;
/// The sum that was worked out last.
const SUM: i32 = 48;
const BEST: i32 = 88;
const AMOUNT: i32 = 128;
/// The weight or surface.
const BODY: i32 = 168;
/// By what of the body a drug's own amounts are.
const OWN_BODY: i32 = 208;

/// In a sum.
const LEAST: u64 = 0;
const MOST: u64 = 16;
const OPEN: u64 = 32;

/// In a list of classes.
const KIN: u64 = 0;
const QUALIFIES: u64 = 4;
const DENIED: u64 = 8;
const KINDS: u64 = 12;
pub(super) const CLASS: i32 = 16;

/// In a table of what amounts are in another unit.
const OF: u64 = 0;
const UNIT: u64 = 4;
const ROUTES: u64 = 8;
const FACTOR: u64 = 16;
const ROW: i32 = 32;
/// Any drug, and the end of the table.
const ANY: i32 = -1;
const END: i32 = -2;

/// How an amount was given; 0 is not known.
const DAILY: i32 = 1;
const ONCE: i32 = 2;
const WHOLE: i32 = 3;
/// The unit of an amount that no fraction holds.
const BEYOND: i32 = -2;

/// Whole numbers up to this are doubles.
const WHOLE_NUMBERS: f64 = 9_007_199_254_740_992.0;

/// A row of a table.
pub(super) fn row(of: Option<u32>, unit: u8, routes: i32, factor: Fraction) -> Vec<u8> {
    let of = of.map_or(ANY, |of| i32::try_from(of).unwrap_or(END));
    let mut bytes: Vec<u8> = [of, i32::from(unit), routes, 0].into_iter().flat_map(i32::to_le_bytes).collect();
    for number in [*factor.numer(), *factor.denom()] {
        bytes.extend(double(number).to_le_bytes());
    }
    bytes
}

pub(super) fn last_row() -> Vec<u8> {
    END.to_le_bytes().to_vec()
}

/// No number where a double does not hold it: then nothing is decided by it.
fn double(number: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 none is lost")]
    if number.unsigned_abs() < 1 << 53 { number as f64 } else { f64::NAN }
}

pub(super) fn body(body: Option<Body>) -> i32 {
    match body {
        None => 0,
        Some(Body::Weight) => 1,
        Some(Body::Surface) => 2,
    }
}

#[derive(Clone, Copy)]
pub(super) struct Doses {
    region: i32,
    on_day: Callee,
    extreme: Callee,
    total: Callee,
    gather: Callee,
    same_sum: Callee,
    same_members: Callee,
}

/// What the parts of the shelf share.
#[derive(Clone, Copy)]
struct Tools {
    region: i32,
    logic: Logic,
    calendar: Calendar,
    histories: Histories,
    qualifies: super::asm::Signature,
    plus: Callee,
    times: Callee,
    order: Callee,
    amount: Callee,
    add: Callee,
    of_day: Callee,
    on_day: Callee,
    silent: Callee,
    dose: Callee,
}

impl Tools {
    fn at(self, place: i32) -> E<I> {
        E::from(self.region + place)
    }

    fn lose(self, f: &mut Fun) {
        f.store::<I>(self.at(LOST), 0, 1);
    }

    fn fraction(self, place: i32, end: u64) -> (E<D>, E<D>) {
        (self.at(place).at::<D>(end), self.at(place).at::<D>(end + 8))
    }

    fn put(self, f: &mut Fun, (place, end): (i32, u64), value: (impl Into<E<D>>, impl Into<E<D>>)) {
        f.store::<D>(self.at(place), end, value.0);
        f.store::<D>(self.at(place), end + 8, value.1);
    }

    fn exactly(self, f: &mut Fun, place: i32, value: (Var<D>, Var<D>)) {
        self.put(f, (place, LEAST), value);
        self.put(f, (place, MOST), value);
        f.store::<I>(self.at(place), OPEN, 0);
    }

    fn zero(self, f: &mut Fun, place: i32) {
        let zero = (f.var(0.0), f.var(1.0));
        self.exactly(f, place, zero);
    }

    fn open(self, place: i32) -> E<I> {
        self.at(place).at::<I>(OPEN)
    }

    fn copy(self, f: &mut Fun, from: i32, into: i32) {
        for end in [LEAST, MOST] {
            self.put(f, (into, end), self.fraction(from, end));
        }
        f.store::<I>(self.at(into), OPEN, self.open(from));
    }

    fn plus(self, f: &mut Fun, a: (E<D>, E<D>), b: (E<D>, E<D>)) -> (Var<D>, Var<D>) {
        f.pair(self.plus.call((a.0, a.1, b.0, b.1)))
    }

    fn times(self, f: &mut Fun, a: (E<D>, E<D>), b: (E<D>, E<D>)) -> (Var<D>, Var<D>) {
        f.pair(self.times.call((a.0, a.1, b.0, b.1)))
    }

    fn order(self, a: (E<D>, E<D>), b: (E<D>, E<D>)) -> E<I> {
        self.order.call((a.0, a.1, b.0, b.1))
    }

    /// Goes through the classes of a list.
    fn classes(f: &mut Fun, classes: Var<I>, body: impl FnOnce(&mut Fun, Var<I>)) {
        let class = f.var(classes);
        f.while_(class.at::<I>(KIN).ne(ANY), |f| {
            body(f, class);
            f.set(class, class + CLASS);
        });
    }

    /// Goes through the occurrences that are or may be of a class.
    fn of_class(self, f: &mut Fun, class: Var<I>, body: impl FnOnce(&mut Fun, Var<I>)) {
        let kin = self.histories.kin;
        f.each(OCCURRENCES.start(), OCCURRENCES.end(), OCCURRENCES.size, |f, one| {
            let is = f.var::<I>(kin.call((class.at::<I>(KIN), one.at::<I>(entry::OF))));
            f.when(is, |f| body(f, one));
        });
    }

    /// Whether any day of an occurrence lies in the time.
    fn covers(self, one: Var<I>, (from, to): (Var<L>, Var<L>)) -> E<I> {
        let [sf, st, ef, et] =
            [entry::START_FROM, entry::START_TO, entry::END_FROM, entry::END_TO].map(|at| one.at::<L>(at));
        between(to.ge(from) & st.le(to) & ef.ge(from), self.calendar.touches((sf, et), (from, to)))
    }
}

impl Doses {
    pub(super) fn new(
        module: &mut Module,
        layout: &mut Layout,
        (book, measured): (&Book, i32),
        (logic, calendar, histories, values): (Logic, Calendar, Histories, Values),
    ) -> Self {
        let region = layout.doses;
        let kin = histories.kin;
        let mut tools = Tools {
            region,
            logic,
            calendar,
            histories,
            qualifies: module.signature(&[I::VAL], &[I::VAL]),
            plus: kin,
            times: kin,
            order: kin,
            amount: kin,
            add: kin,
            of_day: kin,
            on_day: kin,
            silent: kin,
            dose: kin,
        };
        (tools.plus, tools.times, tools.order) = fractions(module, tools);
        tools.silent = silent(module, tools);
        tools.dose = course::dose(module, layout);
        tools.amount = course::amount(module, tools, (book, values));
        tools.add = course::add(module, tools);
        tools.of_day = of_day(module, tools);
        tools.on_day = on_day(module, tools);
        let gather = gather(module, tools, measured);
        let alike = stable::alike(module, tools);
        Self {
            region,
            on_day: tools.on_day,
            extreme: extreme(module, tools, gather),
            total: total(module, tools),
            gather,
            same_sum: stable::same_sum(module, tools, alike),
            same_members: stable::same_members(module, tools, alike),
        }
    }

    /// Before everything that is asked.
    pub(super) fn begin(self, f: &mut Fun) {
        f.store::<I>(self.region + LOST, 0, 0);
    }

    pub(super) fn is_lost(self) -> E<I> {
        E::<I>::from(self.region + LOST).at(0)
    }

    /// The sum of one day. All sums are left in the region.
    pub(super) fn on_day(self, (classes, table, body): (i32, i32, i32), day: Var<L>) -> E<()> {
        self.on_day.call((classes, table, body, day))
    }

    /// The highest (1) or lowest (-1) of all days.
    pub(super) fn extreme(self, (classes, table, body): (i32, i32, i32), way: i32, days: (Var<L>, Var<L>)) -> E<()> {
        self.extreme.call((classes, table, body, way, days.0, days.1))
    }

    pub(super) fn total(self, (classes, table, body): (i32, i32, i32), days: (Var<L>, Var<L>)) -> E<()> {
        self.total.call((classes, table, body, days.0, days.1))
    }

    /// The days on which a sum may be another, put where the next free byte lies: how many there are. The first is that of
    /// the beginning.
    pub(super) fn gather(self, classes: i32, days: (Var<L>, Var<L>)) -> E<I> {
        self.gather.call((classes, days.0, days.1))
    }

    /// Whether the sum is the same on all of some days.
    pub(super) fn same_sum(self, (classes, table, usual): (i32, i32, i32), days: (Var<I>, Var<I>)) -> E<I> {
        self.same_sum.call((classes, table, usual, days.0, days.1))
    }

    /// Whether that of each drug is.
    pub(super) fn same_members(self, classes: i32, days: (Var<I>, Var<I>), time: (Var<L>, Var<L>)) -> E<I> {
        self.same_members.call((classes, days.0, days.1, time.0, time.1))
    }

    /// The last sum as a list.
    pub(super) fn value(self, f: &mut Fun, values: Values) -> Var<I> {
        let sum = E::<I>::from(self.region + SUM);
        let end = |at: u64| sum.clone().at::<D>(at) / sum.clone().at::<D>(at + 8);
        let (low, high) = (f.var(end(LEAST)), f.var(end(MOST)));
        f.when(sum.clone().at::<I>(OPEN), |f| f.set(high, f64::INFINITY));
        let list = f.var(values.interval(low, high));
        f.when(self.is_lost(), |f| f.store::<I>(list, STATE, UNDECIDED));
        list
    }
}

// ---- fractions ---------------------------------------------------------------------------------------------------------------

/// Sums, products and the order of fractions that are not negative.
fn fractions(module: &mut Module, tools: Tools) -> (Callee, Callee, Callee) {
    let held = |value: Var<D>| value.abs().le(WHOLE_NUMBERS);
    let four = [D::VAL; 4];
    let two = [D::VAL; 2];
    let checked = move |f: &mut Fun, above: Var<D>, below: Var<D>| {
        let sound = f.var(held(above) & held(below));
        f.when(sound.negated(), |f| tools.lose(f));
    };
    let plus = module.function(&four, &two, |f| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| f.param::<D>(at));
        f.when(a.eq(0.0), |f| f.ret_pair::<D, D>(c, d));
        f.when(c.eq(0.0), |f| f.ret_pair::<D, D>(a, b));
        let (above, below) = (f.var(a + c), f.var(b));
        f.when(b.ne(d), |f| {
            f.set(above, a * d + c * b);
            f.set(below, b * d);
        });
        checked(f, above, below);
        f.ret_pair::<D, D>(above, below);
    });
    let times = module.function(&four, &two, |f| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| f.param::<D>(at));
        let (above, below) = (f.var(a * c), f.var(b * d));
        checked(f, above, below);
        f.ret_pair::<D, D>(above, below);
    });
    let order = module.function(&four, &[I::VAL], |f| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| f.param::<D>(at));
        let (left, right) = (f.var(a), f.var(c));
        f.when(b.ne(d), |f| {
            f.set(left, a * d);
            f.set(right, c * b);
        });
        checked(f, left, right);
        f.ret(left.gt(right) - left.lt(right));
    });
    (plus, times, order)
}

// ---- sums --------------------------------------------------------------------------------------------------------------------

/// Whether the record's silence about all classes means that there was no more.
fn silent(module: &mut Module, tools: Tools) -> Callee {
    module.function(&[I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (classes, from, to) = (f.param::<I>(0), f.param::<L>(1), f.param::<L>(2));
        Tools::classes(f, classes, |f, class| {
            let silent = tools.histories.silent_of((class.at::<I>(DENIED), class.at::<I>(KINDS)), (from, to));
            let silent = f.var(silent);
            f.when(silent.negated(), |f| f.ret::<I>(0));
        });
        f.ret::<I>(1);
    })
}

/// The sum of all that is taken on a day; of one drug alone where one is named.
fn of_day(module: &mut Module, tools: Tools) -> Callee {
    module.function(&[I::VAL, I::VAL, I::VAL, I::VAL, L::VAL], &[], |f| {
        let [classes, only, table, body] = [0, 1, 2, 3].map(|at| f.param::<I>(at));
        let day = f.param::<L>(4);
        let time = (f.var(begin(day)), f.var(end(day)));
        tools.zero(f, SUM);
        Tools::classes(f, classes, |f, class| {
            tools.of_class(f, class, |f, one| {
                f.when(only.lt(0) | one.at::<I>(entry::OF).eq(only), |f| {
                    let counts = f.var(tools.qualifies.call::<I>(class.at::<I>(QUALIFIES), (one,)));
                    f.set(counts, tools.logic.and(counts, tools.covers(one, time)));
                    f.when(counts, |f| {
                        let dose = f.var::<I>(tools.dose.call((one,)));
                        let how = f.var(dose.at::<I>(entry::DOSE_HOW));
                        f.when_else(
                            how.eq(DAILY) | how.eq(ONCE),
                            |f| f.run(&tools.amount.call((one, dose, table, body, day))),
                            |f| {
                                tools.zero(f, AMOUNT);
                                f.store::<I>(tools.at(AMOUNT), OPEN, 1);
                            },
                        );
                        f.run(&tools.add.call((counts,)));
                    });
                });
            });
        });
        f.nothing();
    })
}

/// The same of all drugs; where the record is not complete, there may have been more.
fn on_day(module: &mut Module, tools: Tools) -> Callee {
    module.function(&[I::VAL, I::VAL, I::VAL, L::VAL], &[], |f| {
        let [classes, table, body] = [0, 1, 2].map(|at| f.param::<I>(at));
        let day = f.param::<L>(3);
        f.run(&tools.of_day.call((classes, ANY, table, body, day)));
        unrecorded(f, tools, classes, (f.param::<L>(3), None));
        f.nothing();
    })
}

/// Of one day, or of the time from one moment to another.
fn unrecorded(f: &mut Fun, tools: Tools, classes: Var<I>, (from, to): (Var<L>, Option<Var<L>>)) {
    let (from, to) = match to {
        Some(to) => (from.into(), to.into()),
        None => (begin(from), end(from)),
    };
    let silent = f.var::<I>(tools.silent.call((classes, from, to)));
    f.when(silent.negated(), |f| f.store::<I>(tools.at(SUM), OPEN, 1));
}

/// The days on which a sum may be another than the day before.
fn gather(module: &mut Module, tools: Tools, measured: i32) -> Callee {
    let calendar = tools.calendar;
    let push = module.function(&[L::VAL, L::VAL, L::VAL], &[], |f| {
        let (day, from, to) = (f.param::<L>(0), f.param::<L>(1), f.param::<L>(2));
        let touches = f.var(calendar.touches((begin(day), end(day)), (from, to)));
        f.when(touches, |f| {
            let top = f.var(E::from(TOP).at::<I>(0));
            f.ensure_memory(top + 4096);
            f.store::<L>(top, 0, day);
            f.store::<I>(TOP, 0, top + 8);
        });
        f.nothing();
    });
    let is_dated = |moment: Var<L>| moment.gt(PAST) & moment.lt(FUTURE);
    module.function(&[I::VAL, L::VAL, L::VAL], &[I::VAL], |f| {
        let (classes, from, to) = (f.param::<I>(0), f.param::<L>(1), f.param::<L>(2));
        let list = f.var(E::from(TOP).at::<I>(0));
        for moment in [from, to] {
            f.when(is_dated(moment), |f| f.run(&push.call((calendar.day(moment), from, to))));
        }
        Tools::classes(f, classes, |f, class| {
            tools.of_class(f, class, |f, one| {
                for at in [entry::START_FROM, entry::START_TO, entry::END_FROM, entry::END_TO] {
                    let moment = f.var(one.at::<L>(at));
                    f.when(is_dated(moment), |f| {
                        let day = f.var(calendar.day(moment));
                        f.run(&push.call((day, from, to)));
                        f.run(&push.call((day + 1, from, to)));
                    });
                }
            });
        });
        f.each(RESULTS.start(), RESULTS.end(), RESULTS.size, |f, one| {
            let body = f.var(tools.histories.kin(measured, one.at::<I>(entry::OF)));
            f.when(body, |f| f.run(&push.call((calendar.day(one.at::<L>(entry::FROM)), from, to))));
        });
        f.ret((E::from(TOP).at::<I>(0) - list) >> 3);
    })
}

/// Goes through days that have been gathered.
fn days(f: &mut Fun, (list, count): (Var<I>, Var<I>), body: impl FnOnce(&mut Fun, Var<L>)) {
    f.each(list, list + (count << 3), 8, |f, at| {
        let day = f.var(at.at::<L>(0));
        body(f, day);
    });
}

/// The highest (1) or lowest (-1) sum of all days.
fn extreme(module: &mut Module, tools: Tools, gather: Callee) -> Callee {
    module.function(&[I::VAL, I::VAL, I::VAL, I::VAL, L::VAL, L::VAL], &[], |f| {
        let [classes, table, body, way] = [0, 1, 2, 3].map(|at| f.param::<I>(at));
        let (from, to) = (f.param::<L>(4), f.param::<L>(5));
        let list = f.var(E::from(TOP).at::<I>(0));
        let count = f.var::<I>(gather.call((classes, from, to)));
        let some = f.empty::<I>();
        tools.zero(f, BEST);
        days(f, (list, count), |f, day| {
            f.run(&tools.of_day.call((classes, ANY, table, body, day)));
            f.when_else(
                some,
                |f| {
                    let further = |end: u64| tools.order(tools.fraction(SUM, end), tools.fraction(BEST, end)).eq(way);
                    f.when(further(LEAST), |f| tools.put(f, (BEST, LEAST), tools.fraction(SUM, LEAST)));
                    let (ours, theirs) = (f.var(tools.open(BEST)), f.var(tools.open(SUM)));
                    // What has no high end is the greater.
                    f.when_else(
                        way.eq(1),
                        |f| f.store::<I>(tools.at(BEST), OPEN, ours | theirs),
                        |f| f.store::<I>(tools.at(BEST), OPEN, ours & theirs),
                    );
                    let closed = f.var((ours | theirs).eq(0));
                    let taken = f.var(way.eq(-1) & ours);
                    f.when(closed, |f| f.set(taken, further(MOST)));
                    f.when(taken, |f| tools.put(f, (BEST, MOST), tools.fraction(SUM, MOST)));
                },
                |f| tools.copy(f, SUM, BEST),
            );
            f.set(some, 1);
        });
        f.store::<I>(TOP, 0, list);
        tools.copy(f, BEST, SUM);
        unrecorded(f, tools, classes, (from, Some(to)));
        f.nothing();
    })
}

/// All that was given in a time.
fn total(module: &mut Module, tools: Tools) -> Callee {
    let calendar = tools.calendar;
    module.function(&[I::VAL, I::VAL, I::VAL, L::VAL, L::VAL], &[], |f| {
        let [classes, table, body] = [0, 1, 2].map(|at| f.param::<I>(at));
        let (from, to) = (f.param::<L>(3), f.param::<L>(4));
        tools.zero(f, SUM);
        Tools::classes(f, classes, |f, class| {
            tools.of_class(f, class, |f, one| {
                let counts = f.var(tools.qualifies.call::<I>(class.at::<I>(QUALIFIES), (one,)));
                f.set(counts, tools.logic.and(counts, tools.covers(one, (from, to))));
                f.when(counts, |f| {
                    let dose = f.var::<I>(tools.dose.call((one,)));
                    let how = f.var(dose.at::<I>(entry::DOSE_HOW));
                    let [sf, st, ef, et] = [entry::START_FROM, entry::START_TO, entry::END_FROM, entry::END_TO]
                        .map(|at| f.var(one.at::<L>(at)));
                    let (least, most, endless) = (f.var(1.0), f.var(1.0), f.var::<I>(0));
                    f.when(how.eq(DAILY), |f| {
                        // On so many days of the time it was under way.
                        for (counted, first, last) in
                            [(least, begin(calendar.day(st)), end(calendar.day(ef))), (most, sf.into(), et.into())]
                        {
                            let (first, last) = (f.var(first), f.var(last));
                            let (first, last) = (f.var(first.most(from)), f.var(last.least(to)));
                            let count = f.var(calendar.day(last) - calendar.day(first) + 1);
                            f.set(counted, either(last.lt(first), 0.0, count.double()));
                        }
                        f.set(endless, most.gt(1e6));
                    });
                    f.when(how.eq(WHOLE), |f| {
                        // An unknown share of what does not lie in the time with all of its days.
                        let inside = f.var(calendar.within((sf, et), (from, to)));
                        f.when(inside.eq(0), |f| f.set(least, 0.0));
                    });
                    let day = f.var(either(st.lt(FUTURE), calendar.day(st), 0_i64));
                    f.run(&tools.amount.call((one, dose, table, body, day)));
                    let low = tools.times(f, tools.fraction(AMOUNT, LEAST), (least.into(), E::from(1.0)));
                    tools.put(f, (AMOUNT, LEAST), low);
                    let (above, below) = tools.fraction(AMOUNT, MOST);
                    let nothing =
                        f.var(both(tools.open(AMOUNT).eq(0), &above.clone().eq(0.0)) | (endless.eq(0) & most.eq(0.0)));
                    let open = f.var(tools.open(AMOUNT) | endless);
                    f.when_else(
                        nothing,
                        |f| {
                            // Nothing, however often, is nothing.
                            tools.put(f, (AMOUNT, MOST), (0.0, 1.0));
                            f.store::<I>(tools.at(AMOUNT), OPEN, 0);
                        },
                        |f| {
                            f.store::<I>(tools.at(AMOUNT), OPEN, open);
                            f.when(open.eq(0), |f| {
                                let high = tools.times(f, (above, below), (most.into(), E::from(1.0)));
                                tools.put(f, (AMOUNT, MOST), high);
                            });
                        },
                    );
                    f.run(&tools.add.call((counts,)));
                });
            });
        });
        unrecorded(f, tools, classes, (from, Some(to)));
        f.nothing();
    })
}
