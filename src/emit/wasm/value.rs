//! Values: everything that a number or word may be, as lists in memory; and which results count.
//!
//! A list begins with its state (zero, or bits for unknown and for what cannot be decided) and its length; behind it stand
//! intervals as [`super::number`] has them. Lists lie one behind the other above the tables of facts, and are forgotten when
//! the sentence that asked is answered.

use super::asm::{Callee, D, E, Fun, I, L, Module, Type, Var, both, either};
use super::calendar::Calendar;
use super::layout::{NONE, RESULTS, SCRATCH, TOP, entry, said};
use super::logic::{Logic, UNDECIDED, UNKNOWN};
use super::number::{
    BITS, HIGH, HIGH_INCLUDED, INCLUDED, IS_WORD, LOW, LOW_INCLUDED, Numbers, ROUNDED, SIZE, WORD, operator_code, put,
};
use crate::ir::Operator;
use crate::plan::Number;

/// Bytes before the first entry of a list.
pub(super) const HEAD: i32 = 8;
pub(super) const STATE: u64 = 0;
pub(super) const COUNT: u64 = 4;

/// Lists with more entries are made one interval before they are reckoned with.
const MOST: i32 = 8;

/// Which result counts.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Latest,
    First,
    Highest,
    Lowest,
}

/// Which results are asked for.
pub(super) struct Asked {
    pub(super) of: i32,
    /// 0 as they are, 1 by their upper limit, 2 by their lower one.
    pub(super) scale: i32,
    pub(super) which: Which,
    /// Words of a scale, not numbers.
    pub(super) words: bool,
    /// Whatever their date.
    pub(super) timeless: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Values {
    open: Callee,
    pub(super) copy: Callee,
    one: Callee,
    /// What a result says on a scale, in [`SCRATCH`]; zero where it cannot be used.
    pub(super) reading: Callee,
    /// All that a list may be as one interval.
    pub(super) hull: Callee,
    pub(super) compare: Callee,
    between: Callee,
    one_of: Callee,
    compare_word: Callee,
    age: Callee,
    arithmetic: Callee,
    linear: Callee,
    timely: Callee,
    extreme: Callee,
    extreme_word: Callee,
    fold: Callee,
}

impl Values {
    pub(super) fn new(module: &mut Module, logic: Logic, calendar: Calendar, numbers: Numbers) -> Self {
        let open = module.function(&[], &[I::VAL], |f| {
            let list = f.var(E::from(TOP).at::<I>(0));
            f.ensure_memory(list + 4096);
            f.store::<I>(list, STATE, 0);
            f.store::<I>(list, COUNT, 0);
            f.store::<I>(TOP, 0, list + HEAD);
            f.ret::<I>(list);
        });
        // The list is the last one.
        let add = module.function(&[I::VAL, D::VAL, D::VAL, I::VAL, I::VAL], &[], |f| {
            let (list, bits, word) = (f.param::<I>(0), f.param::<I>(3), f.param::<I>(4));
            let (low, high) = (f.param::<D>(1), f.param::<D>(2));
            let at = f.var(E::from(TOP).at::<I>(0));
            f.ensure_memory(at + 4096);
            put(f, at, (low, high), bits);
            f.store::<I>(at, WORD, word);
            f.store::<I>(list, COUNT, list.at::<I>(COUNT) + 1);
            f.store::<I>(TOP, 0, at + SIZE);
            f.nothing();
        });
        let copy = module.function(&[I::VAL; 2], &[], |f| {
            let (list, at) = (f.param::<I>(0), f.param::<I>(1));
            f.run(&add.call((list, at.at::<D>(LOW), at.at::<D>(HIGH), at.at::<I>(BITS), at.at::<I>(WORD))));
            f.nothing();
        });
        let one = module.function(&[D::VAL, D::VAL, I::VAL], &[I::VAL], |f| {
            let (low, high, bits) = (f.param::<D>(0), f.param::<D>(1), f.param::<I>(2));
            let list = f.var::<I>(open.call(()));
            f.run(&add.call((list, low, high, bits, 0)));
            f.ret::<I>(list);
        });
        let (compare, between) = compare(module, logic, numbers);
        let (one_of, compare_word) = words(module, logic);
        let hull = hull(module, open, copy, numbers);
        let reading = reading(module);
        Self {
            open,
            copy,
            one,
            reading,
            hull,
            compare,
            between,
            one_of,
            compare_word,
            age: age(module, calendar, one, open),
            arithmetic: arithmetic(module, (open, copy), hull, numbers),
            linear: linear(module, open, add),
            timely: timely(module, calendar, reading, (open, copy)),
            extreme: extreme(module, calendar, reading, (open, copy), numbers),
            extreme_word: extreme_word(module, calendar, reading, (open, add)),
            fold: fold(module, numbers, hull),
        }
    }

    /// An empty list; nothing else may be made until it is filled.
    pub(super) fn open(self) -> E<I> {
        self.open.call(())
    }

    /// A list of one interval, whose ends belong to it where there are any.
    pub(super) fn interval(self, low: Var<D>, high: Var<D>) -> E<I> {
        self.one.call((low, high, INCLUDED))
    }

    pub(super) fn number(self, number: Number) -> E<I> {
        let rounded = if number.digits == Number::ROUNDED { ROUNDED } else { 0 };
        self.one.call((number.value, number.value, INCLUDED | rounded))
    }

    /// A list of one stretch of numbers.
    pub(super) fn stretch(self, low: impl Into<E<D>>, high: impl Into<E<D>>, bits: impl Into<E<I>>) -> E<I> {
        self.one.call((low.into(), high.into(), bits.into()))
    }

    /// A list of which nothing is known.
    pub(super) fn unknown(self, f: &mut Fun) -> Var<I> {
        let list = f.var(self.open());
        f.store::<I>(list, STATE, UNKNOWN);
        list
    }

    /// A list with the entries of two.
    pub(super) fn joined(self, f: &mut Fun, a: Var<I>, b: Var<I>) -> Var<I> {
        let list = f.var(self.open());
        f.store::<I>(list, STATE, a.at::<I>(STATE) | b.at::<I>(STATE));
        for of in [a, b] {
            entries(f, of, |f, one| f.run(&self.copy.call((list, one))));
        }
        list
    }

    pub(super) fn compare(self, comparator: i32, a: E<I>, b: E<I>) -> E<I> {
        self.compare.call((comparator, a, b))
    }

    pub(super) fn between(self, value: E<I>, low: E<I>, high: E<I>) -> E<I> {
        self.between.call((value, low, high))
    }

    /// One of the words whose bits are set.
    pub(super) fn one_of(self, value: E<I>, words: i64) -> E<I> {
        self.one_of.call((value, words))
    }

    pub(super) fn compare_word(self, comparator: i32, value: E<I>, word: i32) -> E<I> {
        self.compare_word.call((comparator, value, word))
    }

    pub(super) fn age(self, unit: i32, day: E<L>) -> E<I> {
        self.age.call((unit, day))
    }

    pub(super) fn arithmetic(self, operator: Operator, a: E<I>, b: E<I>) -> E<I> {
        self.arithmetic.call((operator_code(operator), a, b))
    }

    pub(super) fn linear(self, of: E<I>, factor: f64, offset: f64) -> E<I> {
        self.linear.call((of, factor, offset))
    }

    /// A list, or zero where there are no results.
    pub(super) fn results(self, asked: &Asked, days: (Var<L>, Var<L>)) -> E<I> {
        let timeless = i32::from(asked.timeless);
        let high = i32::from(matches!(asked.which, Which::First | Which::Highest));
        match asked.which {
            Which::Latest | Which::First => self.timely.call((asked.of, asked.scale, high, timeless, days.0, days.1)),
            Which::Highest | Which::Lowest if asked.words => {
                self.extreme_word.call((asked.of, asked.scale, high, timeless, days.0, days.1))
            }
            Which::Highest | Which::Lowest => {
                self.extreme.call((asked.of, asked.scale, high, timeless, days.0, days.1))
            }
        }
    }

    /// Adds one value of a list that is folded: whether it is the first, what is done, the list so far, the value.
    pub(super) fn fold(self, how: i32, so_far: Var<I>, value: Var<I>) -> E<()> {
        self.fold.call((how, so_far, value))
    }
}

/// Goes through the entries of a list.
pub(super) fn entries(f: &mut Fun, list: Var<I>, body: impl FnOnce(&mut Fun, Var<I>)) {
    f.each(list + HEAD, list + HEAD + list.at::<I>(COUNT) * SIZE, SIZE, body);
}

/// Answers at once where a list is unknown as a whole or cannot be decided.
fn settle(f: &mut Fun, list: Var<I>) {
    f.when(list.at::<I>(STATE) & UNDECIDED, |f| f.ret::<I>(UNDECIDED));
    f.when(list.at::<I>(STATE), |f| f.ret::<I>(UNKNOWN));
}

fn compare(module: &mut Module, logic: Logic, numbers: Numbers) -> (Callee, Callee) {
    // One thing with everything that another may be.
    let each = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (comparator, one, list) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        settle(f, list);
        let mask = f.empty::<I>();
        entries(f, list, |f, other| {
            let state = f.var::<I>(UNKNOWN);
            let word = (one.at::<I>(BITS) | other.at::<I>(BITS)) & IS_WORD;
            f.when(word.negated(), |f| f.set(state, numbers.compare(comparator, one, other)));
            f.set(mask, mask | (E::from(1) << state));
        });
        f.ret(logic.agreed(mask));
    });
    let compare = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (comparator, a, b) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        f.when((a.at::<I>(STATE) | b.at::<I>(STATE)) & UNDECIDED, |f| f.ret::<I>(UNDECIDED));
        settle(f, a);
        let mask = f.empty::<I>();
        entries(f, a, |f, one| {
            let state: E<I> = each.call((comparator, one, b));
            f.set(mask, mask | (E::from(1) << state));
        });
        f.ret(logic.agreed(mask));
    });
    let between = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (value, low, high) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        let states = value.at::<I>(STATE) | low.at::<I>(STATE) | high.at::<I>(STATE);
        f.when(states & UNDECIDED, |f| f.ret::<I>(UNDECIDED));
        settle(f, value);
        let mask = f.empty::<I>();
        entries(f, value, |f, one| {
            let (above, below): (E<I>, E<I>) = (each.call((4, one, low)), each.call((1, one, high)));
            f.set(mask, mask | (E::from(1) << logic.and(above, below)));
        });
        f.ret(logic.agreed(mask));
    });
    (compare, between)
}

fn words(module: &mut Module, logic: Logic) -> (Callee, Callee) {
    let one_of = module.function(&[I::VAL, L::VAL], &[I::VAL], |f| {
        let (list, words) = (f.param::<I>(0), f.param::<L>(1));
        settle(f, list);
        let mask = f.empty::<I>();
        entries(f, list, |f, one| {
            let held = words.shr(one.at::<I>(WORD).wide()).and(1).narrow();
            let state = either(one.at::<I>(BITS) & IS_WORD, held, UNKNOWN);
            f.set(mask, mask | (E::from(1) << state));
        });
        f.ret(logic.agreed(mask));
    });
    let compare = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (comparator, list, word) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        settle(f, list);
        let mask = f.empty::<I>();
        entries(f, list, |f, one| {
            let known = f.var(one.at::<I>(WORD));
            let state = f.var(known.lt(word));
            let others = [known.le(word), known.eq(word), known.ne(word), known.ge(word), known.gt(word)];
            for (code, holds) in (1..).zip(others) {
                f.when(comparator.eq(code), |f| f.set(state, holds));
            }
            let state = either(one.at::<I>(BITS) & IS_WORD, state, UNKNOWN);
            f.set(mask, mask | (E::from(1) << state));
        });
        f.ret(logic.agreed(mask));
    });
    (one_of, compare)
}

/// The age on a day, in completed years, months, weeks or days.
fn age(module: &mut Module, calendar: Calendar, one: Callee, open: Callee) -> Callee {
    let at = module.function(&[I::VAL, L::VAL, L::VAL], &[D::VAL], |f| {
        let (unit, born, day) = (f.param::<I>(0), f.param::<L>(1), f.param::<L>(2));
        f.when(unit.negated(), |f| f.ret(calendar.completed(born, day, 12).double()));
        f.when(unit.eq(1), |f| f.ret(calendar.completed(born, day, 1).double()));
        f.when(unit.eq(2), |f| f.ret(calendar.floor(day - born, 7).double()));
        f.ret((day - born).double());
    });
    module.function(&[I::VAL, L::VAL], &[I::VAL], |f| {
        let (unit, day) = (f.param::<I>(0), f.param::<L>(1));
        let birth = E::<I>::from(super::layout::BIRTH);
        let (first, last) = (f.var(birth.clone().at::<L>(0)), f.var(birth.at::<L>(8)));
        f.when(first.eq(NONE) | day.eq(NONE), |f| {
            let list = f.var::<I>(open.call(()));
            f.store::<I>(list, STATE, UNKNOWN);
            f.ret::<I>(list);
        });
        let least: E<D> = at.call((unit, calendar.day(last), day));
        let most: E<D> = at.call((unit, calendar.day(first), day));
        f.ret::<I>(one.call((least, most, INCLUDED)));
    })
}

/// All that a list may be as one interval, in a list of its own: unknown where it is, empty where there is nothing, undecided
/// where there are words.
fn hull(module: &mut Module, open: Callee, copy: Callee, numbers: Numbers) -> Callee {
    module.function(&[I::VAL], &[I::VAL], |f| {
        let list = f.param::<I>(0);
        let hull = f.var::<I>(open.call(()));
        f.store::<I>(hull, STATE, list.at::<I>(STATE));
        entries(f, list, |f, one| {
            f.when(one.at::<I>(BITS) & IS_WORD, |f| f.store::<I>(hull, STATE, hull.at::<I>(STATE) | UNDECIDED));
            f.when_else(
                hull.at::<I>(COUNT),
                |f| f.run(&numbers.hull(hull + HEAD, one)),
                |f| f.run(&copy.call((hull, one))),
            );
        });
        f.ret::<I>(hull);
    })
}

/// Every result that the operands may give.
fn arithmetic(module: &mut Module, (open, copy): (Callee, Callee), hull: Callee, numbers: Numbers) -> Callee {
    let operate = module.function(&[I::VAL; 4], &[], |f| {
        let [found, operator, a, b] = [0, 1, 2, 3].map(|at| f.param::<I>(at));
        let word = (a.at::<I>(BITS) | b.at::<I>(BITS)) & IS_WORD;
        let failed = f.var::<I>(UNKNOWN);
        f.when(word.negated(), |f| f.set(failed, numbers.operate.call::<I>((operator, a, b))));
        f.when_else(
            failed,
            |f| f.store::<I>(found, STATE, found.at::<I>(STATE) | failed),
            |f| {
                f.store::<I>(SCRATCH, WORD, 0);
                f.run(&copy.call((found, SCRATCH)));
            },
        );
        f.nothing();
    });
    module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (operator, left, right) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        for side in [left, right] {
            f.when(side.at::<I>(COUNT).gt(MOST), |f| f.set(side, hull.call::<I>((side,))));
        }
        let found = f.var::<I>(open.call(()));
        f.store::<I>(found, STATE, left.at::<I>(STATE) | right.at::<I>(STATE));
        entries(f, left, |f, a| {
            entries(f, right, |f, b| f.run(&operate.call((found, operator, a, b))));
        });
        f.ret::<I>(found);
    })
}

/// `factor * x + offset` of each; the factor is more than zero.
fn linear(module: &mut Module, open: Callee, add: Callee) -> Callee {
    module.function(&[I::VAL, D::VAL, D::VAL], &[I::VAL], |f| {
        let (of, factor, offset) = (f.param::<I>(0), f.param::<D>(1), f.param::<D>(2));
        let found = f.var::<I>(open.call(()));
        f.store::<I>(found, STATE, of.at::<I>(STATE));
        entries(f, of, |f, one| {
            f.when_else(
                one.at::<I>(BITS) & IS_WORD,
                |f| f.store::<I>(found, STATE, found.at::<I>(STATE) | UNKNOWN),
                |f| {
                    let (low, high) = (one.at::<D>(LOW) * factor + offset, one.at::<D>(HIGH) * factor + offset);
                    f.run(&add.call((found, low, high, one.at::<I>(BITS) | ROUNDED, 0)));
                },
            );
        });
        f.ret::<I>(found);
    })
}

/// The highest (0), the lowest (1) or the sum (2) so far, with one value more: what is unknown may be of any size. The list
/// so far holds at most one interval and lies behind nothing else that is still filled.
fn fold(module: &mut Module, numbers: Numbers, hull: Callee) -> Callee {
    module.function(&[I::VAL; 3], &[], |f| {
        let (how, so_far, value) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        let unknown = value.at::<I>(COUNT).negated() << 1;
        let state = f.var(so_far.at::<I>(STATE) | value.at::<I>(STATE) | unknown);
        f.store::<I>(so_far, STATE, state);
        f.when(value.at::<I>(COUNT).negated(), Fun::nothing);
        let next = f.var::<I>(hull.call((value,)));
        f.store::<I>(so_far, STATE, so_far.at::<I>(STATE) | next.at::<I>(STATE));
        let (ours, theirs) = (f.var(so_far + HEAD), f.var(next + HEAD));
        f.when(so_far.at::<I>(COUNT).negated(), |f| {
            let (low, high) = (f.var(theirs.at::<D>(LOW)), f.var(theirs.at::<D>(HIGH)));
            put(f, ours, (low, high), theirs.at::<I>(BITS));
            f.store::<I>(so_far, COUNT, 1);
            f.nothing();
        });
        f.when(how.lt(2), |f| {
            f.run(&numbers.extreme(ours, theirs, how.negated()));
            f.nothing();
        });
        let failed = f.var(numbers.operate(Operator::Plus, ours, theirs));
        f.when(failed, |f| f.store::<I>(so_far, STATE, so_far.at::<I>(STATE) | failed));
        let sum = E::<I>::from(SCRATCH);
        let (low, high) = (f.var(sum.clone().at::<D>(LOW)), f.var(sum.clone().at::<D>(HIGH)));
        put(f, ours, (low, high), sum.at::<I>(BITS));
        f.nothing();
    })
}

/// What a folded list is in the end.
pub(super) fn folded(f: &mut Fun, how: i32, list: Var<I>) {
    let unknown = list.at::<I>(STATE) & UNKNOWN;
    let at = f.var(list + HEAD);
    let (low, high) = (f.var(at.at::<D>(LOW)), f.var(at.at::<D>(HIGH)));
    f.when(both(unknown, &list.at::<I>(COUNT)), |f| match how {
        0 => {
            f.set(high, f64::INFINITY);
            put(f, at, (low, high), at.at::<I>(BITS));
            f.store::<I>(list, STATE, list.at::<I>(STATE) & !UNKNOWN);
        }
        1 => {
            f.set(low, f64::NEG_INFINITY);
            put(f, at, (low, high), at.at::<I>(BITS));
            f.store::<I>(list, STATE, list.at::<I>(STATE) & !UNKNOWN);
        }
        // One unknown value makes a sum unknown.
        _ => f.store::<I>(list, COUNT, 0),
    });
    f.ret::<I>(list);
}

// ---- results -----------------------------------------------------------------------------------------------------------------

/// What a result says on its scale, in [`SCRATCH`]; zero where it cannot be used.
fn reading(module: &mut Module) -> Callee {
    module.function(&[I::VAL; 2], &[I::VAL], |f| {
        let (result, scale) = (f.param::<I>(0), f.param::<I>(1));
        let said = f.var(result.at::<I>(entry::SAID));
        let digits = f.var(result.at::<I>(entry::DIGITS));
        f.when(said.eq(said::REFUSED), |f| f.ret::<I>(0));
        f.when(said.eq(said::WORD), |f| {
            f.store::<I>(SCRATCH, BITS, IS_WORD);
            f.store::<I>(SCRATCH, WORD, digits);
            f.ret::<I>(1);
        });
        let low = f.var(result.at::<D>(entry::VALUE));
        let high = f.var(low);
        let rounded = i32::from(Number::ROUNDED);
        let bits = f.var(either(digits.eq(rounded), INCLUDED | ROUNDED, INCLUDED));
        f.when(said.eq(said::BELOW), |f| f.set(bits, bits & !HIGH_INCLUDED));
        f.when(said.eq(said::ABOVE), |f| f.set(bits, bits & !LOW_INCLUDED));
        f.when(said.eq(said::BELOW) | said.eq(said::AT_MOST), |f| f.set(low, f64::NEG_INFINITY));
        f.when(said.eq(said::ABOVE) | said.eq(said::AT_LEAST), |f| f.set(high, f64::INFINITY));
        f.when(scale, |f| {
            let upper = f.var(scale.eq(1));
            let limit = either(upper.into(), result.at::<D>(entry::UPPER), result.at::<D>(entry::LOWER));
            let limit = f.var(limit);
            let digits = either(upper.into(), result.at::<I>(entry::UPPER_DIGITS), result.at::<I>(entry::LOWER_DIGITS));
            f.when(digits.lt(0) | limit.le(0.0), |f| f.ret::<I>(0));
            f.set(low, low / limit);
            f.set(high, high / limit);
            f.set(bits, bits & INCLUDED);
        });
        put(f, SCRATCH, (low, high), bits);
        f.store::<I>(SCRATCH, WORD, 0);
        f.ret::<I>(1);
    })
}

/// The results of a measure that may lie in the period.
struct Candidates {
    of: Var<I>,
    scale: Var<I>,
    /// The first, or the highest.
    high: Var<I>,
    timeless: Var<I>,
    from: Var<L>,
    to: Var<L>,
}

const CANDIDATES: [wasm_encoder::ValType; 6] = [I::VAL, I::VAL, I::VAL, I::VAL, L::VAL, L::VAL];

impl Candidates {
    fn params(f: &Fun) -> Self {
        let [of, scale, high, timeless] = [0, 1, 2, 3].map(|at| f.param::<I>(at));
        Self { of, scale, high, timeless, from: f.param(4), to: f.param(5) }
    }

    /// Goes through them, each with whether it lies in the period for sure.
    fn each(&self, f: &mut Fun, calendar: Calendar, body: impl FnOnce(&mut Fun, Var<I>, Var<I>)) {
        f.each(RESULTS.start(), RESULTS.end(), RESULTS.size, |f, one| {
            f.when(one.at::<I>(entry::OF).eq(self.of), |f| {
                let days = (one.at::<L>(entry::FROM), one.at::<L>(entry::TO));
                let may = calendar.touches(days.clone(), (self.from, self.to)) | self.timeless;
                f.when(may, |f| {
                    let sure = f.var(calendar.within(days, (self.from, self.to)) | self.timeless);
                    body(f, one, sure);
                });
            });
        });
    }

    /// All that the moment of one may be, within the period where it belongs to a time.
    fn span(&self, one: Var<I>) -> (E<L>, E<L>) {
        let (from, to) = (one.at::<L>(entry::FROM), one.at::<L>(entry::TO));
        (
            either(self.timeless.into(), from.clone(), from.most(self.from)),
            either(self.timeless.into(), to.clone(), to.least(self.to)),
        )
    }
}

/// The latest (or first): every one that is not for sure before (or behind) another that lies in the period for sure.
fn timely(module: &mut Module, calendar: Calendar, reading: Callee, (open, copy): (Callee, Callee)) -> Callee {
    module.function(&CANDIDATES, &[I::VAL], |f| {
        let results = Candidates::params(f);
        let (list, any_sure) = (f.var::<I>(open.call(())), f.empty::<I>());
        let any = f.empty::<I>();
        results.each(f, calendar, |f, one, sure| {
            f.set(any, 1);
            f.set(any_sure, any_sure | sure);
            let passed = f.var::<I>(0);
            let (from, to) = results.span(one);
            let (from, to) = (f.var(from), f.var(to));
            results.each(f, calendar, |f, other, sure| {
                let (begin, end) = results.span(other);
                let is = either(results.high.into(), from.gt(end), to.lt(begin));
                f.set(passed, passed | (sure & is));
            });
            f.when(passed.negated(), |f| {
                let usable: E<I> = reading.call((one, results.scale));
                f.when_else(usable, |f| f.run(&copy.call((list, SCRATCH))), |f| f.store::<I>(list, STATE, UNKNOWN));
            });
        });
        finish(f, list, (any, any_sure));
    })
}

/// None of them lies in the period for sure: there may be none.
fn finish(f: &mut Fun, list: Var<I>, (any, any_sure): (Var<I>, Var<I>)) {
    f.when(any.negated(), |f| f.ret::<I>(0));
    f.when(any_sure.negated(), |f| f.store::<I>(list, STATE, list.at::<I>(STATE) | UNKNOWN));
    f.ret::<I>(list);
}

/// The highest (or lowest) of all that lie in the period: those that may lie in it widen what it may be.
fn extreme(
    module: &mut Module,
    calendar: Calendar,
    reading: Callee,
    (open, copy): (Callee, Callee),
    numbers: Numbers,
) -> Callee {
    let join = module.function(&[I::VAL; 2], &[], |f| {
        let (list, high) = (f.param::<I>(0), f.param::<I>(1));
        f.when_else(
            list.at::<I>(COUNT),
            |f| f.run(&numbers.extreme(list + HEAD, SCRATCH, high)),
            |f| f.run(&copy.call((list, SCRATCH))),
        );
        f.nothing();
    });
    module.function(&CANDIDATES, &[I::VAL], |f| {
        let results = Candidates::params(f);
        let high = results.high;
        let any = f.empty::<I>();
        let (any_sure, unknown) = (f.empty::<I>(), f.empty::<I>());
        // Two lists: that of all, and behind its one entry that of the sure ones.
        let all = f.var::<I>(open.call(()));
        f.store::<I>(TOP, 0, all + HEAD + SIZE);
        let certain = f.var::<I>(open.call(()));
        f.store::<I>(TOP, 0, all + HEAD);
        results.each(f, calendar, |f, one, sure| {
            f.set(any, 1);
            f.set(any_sure, any_sure | sure);
            let usable: E<I> = reading.call((one, results.scale));
            f.when_else(
                usable,
                |f| {
                    f.store::<I>(TOP, 0, all + HEAD);
                    f.run(&join.call((all, high)));
                    f.store::<I>(TOP, 0, certain + HEAD);
                    f.when(sure, |f| f.run(&join.call((certain, high))));
                },
                |f| f.set(unknown, 1),
            );
        });
        f.store::<I>(TOP, 0, certain + HEAD + SIZE);
        f.when(any.negated(), |f| f.ret::<I>(0));
        f.when(all.at::<I>(COUNT).negated(), |f| {
            f.store::<I>(all, STATE, UNKNOWN);
            f.ret::<I>(all);
        });
        f.when(certain.at::<I>(COUNT), |f| f.run(&numbers.hull(all + HEAD, certain + HEAD)));
        f.when(unknown, |f| {
            // One more, of any size.
            let at = f.var(all + HEAD);
            let (low, top) = (f.var(at.at::<D>(LOW)), f.var(at.at::<D>(HIGH)));
            f.when_else(high, |f| f.set(top, f64::INFINITY), |f| f.set(low, f64::NEG_INFINITY));
            put(f, at, (low, top), at.at::<I>(BITS));
        });
        finish(f, all, (any, any_sure));
    })
}

/// The highest (or lowest) of the words of a scale.
fn extreme_word(module: &mut Module, calendar: Calendar, reading: Callee, (open, add): (Callee, Callee)) -> Callee {
    module.function(&CANDIDATES, &[I::VAL], |f| {
        let results = Candidates::params(f);
        let high = results.high;
        let any = f.empty::<I>();
        let any_sure = f.empty::<I>();
        let best = f.var::<I>(-1);
        let list = f.var::<I>(open.call(()));
        let word = E::<I>::from(SCRATCH).at::<I>(WORD);
        let further = |a: Var<I>, b: Var<I>| either(high.into(), a.most(b), a.least(b));
        results.each(f, calendar, |f, one, sure| {
            f.set(any, 1);
            f.set(any_sure, any_sure | sure);
            let usable: E<I> = reading.call((one, results.scale));
            f.when_else(
                usable,
                |f| {
                    let rank = f.var(word.clone());
                    f.when(sure, |f| f.set(best, either(best.lt(0), rank, further(best, rank))));
                },
                |f| f.store::<I>(list, STATE, UNKNOWN),
            );
        });
        f.when(best.ge(0), |f| f.run(&add.call((list, 0.0, 0.0, IS_WORD, best))));
        results.each(f, calendar, |f, one, sure| {
            let usable: E<I> = reading.call((one, results.scale));
            f.when(both(sure.negated(), &usable), |f| {
                let rank = f.var(word);
                let rank = f.var(either(best.lt(0), rank, further(best, rank)));
                f.run(&add.call((list, 0.0, 0.0, IS_WORD, rank)));
            });
        });
        finish(f, list, (any, any_sure));
    })
}
