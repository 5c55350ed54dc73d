//! Numbers as doubles, and everything between two of them.
//!
//! An interval lies in memory: its low end, its high end, and bits that say which of them belong to it, and which were worked
//! out or rounded. An end that is open is infinite. What is worked out lies in [`SCRATCH`] until it is copied.

use super::asm::{Callee, D, E, Fun, I, Module, Type, Var, either};
use super::layout::SCRATCH;
use super::logic::{Logic, UNDECIDED, UNKNOWN, between};
use crate::ir::{Comparator, Operator};
use crate::plan::Number;

/// Bytes of one interval.
pub(super) const SIZE: i32 = 24;
pub(super) const LOW: u64 = 0;
pub(super) const HIGH: u64 = 8;
pub(super) const BITS: u64 = 16;
/// The place of a word, where it is one.
pub(super) const WORD: u64 = 20;

pub(super) const LOW_INCLUDED: i32 = 1;
pub(super) const HIGH_INCLUDED: i32 = 2;
pub(super) const INCLUDED: i32 = 3;
/// One bit for each end.
pub(super) const ROUNDED: i32 = 12;
pub(super) const IS_WORD: i32 = 16;
const OF_LOW: i32 = 5;
const OF_HIGH: i32 = 10;

/// A sum that is a smaller part of what was added has lost too many digits.
const CANCELLED: f64 = 1e-5;

#[derive(Clone, Copy)]
pub(super) struct Numbers {
    /// Of two doubles, and whether one was rounded: -1, 0, 1.
    pub(super) order: Callee,
    compare: Callee,
    join: Callee,
    /// By the operator's number; see [`Numbers::operate`].
    pub(super) operate: Callee,
    pub(super) power: Callee,
}

impl Numbers {
    pub(super) fn new(module: &mut Module, logic: Logic) -> Self {
        let order = order(module);
        let compare = compare(module, logic, order);
        let join = join(module, order);
        let power = power(module);
        let operate = operate(module, power);
        Self { order, compare, join, operate, power }
    }

    /// What holds of every pair of numbers, one from each.
    pub(super) fn compare(self, comparator: impl Into<E<I>>, a: impl Into<E<I>>, b: impl Into<E<I>>) -> E<I> {
        self.compare.call((comparator.into(), a.into(), b.into()))
    }

    /// Both in one, in the place of the first.
    pub(super) fn hull(self, a: impl Into<E<I>>, b: impl Into<E<I>>) -> E<()> {
        self.join.call((a.into(), b.into(), 0, 0))
    }

    /// The greater of a number of each (or the smaller), in the place of the first.
    pub(super) fn extreme(self, a: impl Into<E<I>>, b: impl Into<E<I>>, greatest: impl Into<E<I>>) -> E<()> {
        let greatest = greatest.into();
        self.join.call((a.into(), b.into(), greatest.clone(), greatest.negated()))
    }

    /// Leaves the result in [`SCRATCH`]; zero, or that it is unknown or cannot be decided.
    pub(super) fn operate(self, operator: Operator, a: impl Into<E<I>>, b: impl Into<E<I>>) -> E<I> {
        self.operate.call((operator_code(operator), a.into(), b.into()))
    }
}

pub(super) fn comparator_code(comparator: Comparator) -> i32 {
    match comparator {
        Comparator::Less => 0,
        Comparator::AtMost => 1,
        Comparator::Equal => 2,
        Comparator::NotEqual => 3,
        Comparator::AtLeast => 4,
        Comparator::Greater => 5,
    }
}

pub(super) fn operator_code(operator: Operator) -> i32 {
    match operator {
        Operator::Plus => 0,
        Operator::Minus => 1,
        Operator::Times => 2,
        Operator::Over => 3,
        Operator::Power => 4,
    }
}

/// Writes an interval; an end that is infinite does not belong to it.
pub(super) fn put(f: &mut Fun, at: impl Into<E<I>>, (low, high): (Var<D>, Var<D>), bits: impl Into<E<I>>) {
    let at = at.into();
    let bits = bits.into() & (low.gt(f64::NEG_INFINITY) | (high.lt(f64::INFINITY) << 1) | !INCLUDED);
    f.store::<D>(at.clone(), LOW, low);
    f.store::<D>(at.clone(), HIGH, high);
    f.store::<I>(at, BITS, bits);
}

/// Two numbers in order: -1, 0, 1. What doubles cannot tell apart is the same.
fn order(module: &mut Module) -> Callee {
    module.function(&[D::VAL, D::VAL, I::VAL], &[I::VAL], |f| {
        let (x, y, rounded) = (f.param::<D>(0), f.param::<D>(1), f.param::<I>(2));
        let size = f.var(x.abs().most(y.abs()));
        let near = either(rounded.into(), Number::NEAR_IF_ROUNDED, Number::NEAR);
        let same = size.lt(f64::INFINITY) & (x - y).abs().le(near * size);
        f.when(same, |f| f.ret::<I>(0));
        f.ret(x.gt(y) - x.lt(y));
    })
}

fn compare(module: &mut Module, logic: Logic, order: Callee) -> Callee {
    let two = [I::VAL; 2];
    // Whether every number of one lies before every one of another, or may equal it.
    let before = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (a, b, equal) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        let (ours, theirs) = (f.var(a.at::<I>(BITS)), f.var(b.at::<I>(BITS)));
        let rounded = ((ours >> 3) | (theirs >> 2)) & 1;
        let order: E<I> = order.call((a.at::<D>(HIGH), b.at::<D>(LOW), rounded));
        let order = f.var(order);
        let met = (ours >> 1) & theirs & 1;
        f.ret(order.lt(0) | (order.eq(0) & (equal | met.negated())));
    });
    let below = module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (a, b, equal) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        let sure: E<I> = before.call((a, b, equal));
        let not: E<I> = before.call((b, a, equal.negated()));
        f.ret(between(sure, not.negated()));
    });
    let exact = module.function(&[I::VAL], &[I::VAL], |f| {
        let a = f.param::<I>(0);
        let closed = (a.at::<I>(BITS) & INCLUDED).eq(INCLUDED);
        f.ret(closed & a.at::<D>(LOW).eq(a.at::<D>(HIGH)));
    });
    let equal = module.function(&two, &[I::VAL], |f| {
        let (a, b) = (f.param::<I>(0), f.param::<I>(1));
        let (one, other): (E<I>, E<I>) = (exact.call((a,)), exact.call((b,)));
        let rounded = ((a.at::<I>(BITS) | b.at::<I>(BITS)) & ROUNDED).ne(0);
        let order: E<I> = order.call((a.at::<D>(LOW), b.at::<D>(LOW), rounded));
        let (ahead, behind): (E<I>, E<I>) = (before.call((a, b, 0)), before.call((b, a, 0)));
        f.ret(between(one & other & order.negated(), (ahead | behind).negated()));
    });
    module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (comparator, a, b) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        f.when(comparator.lt(2), |f| f.ret::<I>(below.call((a, b, comparator))));
        f.when(comparator.gt(3), |f| f.ret::<I>(below.call((b, a, E::from(5) - comparator))));
        let state = f.var::<I>(equal.call((a, b)));
        f.ret(either(comparator.eq(2), state, logic.not(state)));
    })
}

/// Two intervals in one, in the place of the first: of the low ends and of the high ends the one that reaches further, or the
/// one that reaches less far.
fn join(module: &mut Module, order: Callee) -> Callee {
    module.function(&[I::VAL; 4], &[], |f| {
        let (a, b, near_low, near_high) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2), f.param::<I>(3));
        let (ours, theirs) = (f.var(a.at::<I>(BITS)), f.var(b.at::<I>(BITS)));
        let rounded = ((ours | theirs) & ROUNDED).ne(0);
        let lows: E<I> = order.call((a.at::<D>(LOW), b.at::<D>(LOW), rounded.clone()));
        let highs: E<I> = order.call((a.at::<D>(HIGH), b.at::<D>(HIGH), rounded));
        let (lows, highs) = (f.var(lows), f.var(highs));
        let low_is_ours = f.var((lows.lt(0) | (lows.eq(0) & ours & 1)).ne(near_low));
        let high_is_ours = f.var((highs.gt(0) | (highs.eq(0) & (ours >> 1) & 1)).ne(near_high));
        let low = f.var(either(low_is_ours.into(), a.at::<D>(LOW), b.at::<D>(LOW)));
        let high = f.var(either(high_is_ours.into(), a.at::<D>(HIGH), b.at::<D>(HIGH)));
        let of_low = either(low_is_ours.into(), ours, theirs) & OF_LOW;
        let bits = of_low | (either(high_is_ours.into(), ours, theirs) & OF_HIGH);
        put(f, a, (low, high), bits);
        f.nothing();
    })
}

/// The bits of an interval that is turned round.
pub(super) fn turned(bits: &E<I>) -> E<I> {
    ((bits.clone() & OF_LOW) << 1) | ((bits.clone() & OF_HIGH) >> 1)
}

fn operate(module: &mut Module, power: Callee) -> Callee {
    let two = [I::VAL; 2];
    let other = SCRATCH + SIZE;
    let checked = module.function(&[], &[I::VAL], |f| {
        let result = E::<I>::from(SCRATCH);
        let (low, high) = (f.var(result.clone().at::<D>(LOW)), f.var(result.at::<D>(HIGH)));
        // Beyond every double, or none at all.
        let sound = low.lt(f64::INFINITY) & high.gt(f64::NEG_INFINITY) & low.le(high);
        f.ret(either(sound, 0, UNDECIDED));
    });
    let plus = plus(module, checked);
    let times = times(module, checked);
    let reciprocal = reciprocal(module);
    let raise = raise(module, power, times, reciprocal);
    let minus = module.function(&two, &[I::VAL], |f| {
        let (a, b) = (f.param::<I>(0), f.param::<I>(1));
        let (low, high) = (f.var(-b.at::<D>(HIGH)), f.var(-b.at::<D>(LOW)));
        put(f, other, (low, high), turned(&b.at::<I>(BITS)));
        f.ret::<I>(plus.call((a, other)));
    });
    let over = module.function(&two, &[I::VAL], |f| {
        let (a, b) = (f.param::<I>(0), f.param::<I>(1));
        let unknown: E<I> = reciprocal.call((other, b));
        f.when(unknown, |f| f.ret::<I>(UNKNOWN));
        f.ret::<I>(times.call((a, other)));
    });
    module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (operator, a, b) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        for (code, callee) in [plus, minus, times, over].into_iter().enumerate() {
            let code = i32::try_from(code).unwrap_or_default();
            f.when(operator.eq(code), |f| f.ret::<I>(callee.call((a, b))));
        }
        f.ret::<I>(raise.call((a, b)));
    })
}

fn plus(module: &mut Module, checked: Callee) -> Callee {
    // Whether a sum has lost too many digits; that of two numbers that were written down and cancel is zero.
    let cancelled = module.function(&[D::VAL, D::VAL, I::VAL], &[I::VAL], |f| {
        let (x, y, rounded) = (f.param::<D>(0), f.param::<D>(1), f.param::<I>(2));
        let (sum, size) = (f.var((x + y).abs()), f.var(x.abs().most(y.abs())));
        f.ret(size.lt(f64::INFINITY) & sum.lt(size * CANCELLED) & (sum.ne(0.0) | rounded));
    });
    module.function(&[I::VAL; 2], &[I::VAL], |f| {
        let (a, b) = (f.param::<I>(0), f.param::<I>(1));
        let (ours, theirs) = (f.var(a.at::<I>(BITS)), f.var(b.at::<I>(BITS)));
        let rounded = f.var(((ours | theirs) & ROUNDED).ne(0));
        for end in [LOW, HIGH] {
            let lost: E<I> = cancelled.call((a.at::<D>(end), b.at::<D>(end), rounded));
            f.when(lost, |f| f.ret::<I>(UNDECIDED));
        }
        let (low, high) = (f.var(a.at::<D>(LOW) + b.at::<D>(LOW)), f.var(a.at::<D>(HIGH) + b.at::<D>(HIGH)));
        put(f, SCRATCH, (low, high), (ours & theirs & INCLUDED) | ROUNDED);
        f.ret::<I>(checked.call(()));
    })
}

fn times(module: &mut Module, checked: Callee) -> Callee {
    // The product so far lies behind the intervals: its ends, and whether they belong to it.
    let product = SCRATCH + 2 * SIZE;
    let corner = module.function(&[D::VAL, I::VAL, D::VAL, I::VAL], &[], |f| {
        let (x, ours, y, theirs) = (f.param::<D>(0), f.param::<I>(1), f.param::<D>(2), f.param::<I>(3));
        let at = E::<I>::from(product);
        let corner = f.var(x * y);
        // Zero times anything is zero, whether or not the other end is reached.
        let included = f.var((ours & theirs) | (ours & x.eq(0.0)) | (theirs & y.eq(0.0)));
        f.when(corner.ne(corner), |f| {
            f.set(corner, 0.0);
            f.set(included, 1);
        });
        let (low, high) = (f.var(at.clone().at::<D>(LOW)), f.var(at.clone().at::<D>(HIGH)));
        let bits = f.var(at.clone().at::<I>(BITS));
        f.when(corner.lt(low) | (corner.eq(low) & included), |f| {
            f.store::<D>(at.clone(), LOW, corner);
            f.set(bits, (bits & !LOW_INCLUDED) | included);
        });
        f.when(corner.gt(high) | (corner.eq(high) & included), |f| {
            f.store::<D>(at.clone(), HIGH, corner);
            f.set(bits, (bits & !HIGH_INCLUDED) | (included << 1));
        });
        f.store::<I>(at, BITS, bits);
        f.nothing();
    });
    module.function(&[I::VAL; 2], &[I::VAL], |f| {
        let (a, b) = (f.param::<I>(0), f.param::<I>(1));
        let at = E::<I>::from(product);
        f.store::<D>(at.clone(), LOW, f64::INFINITY);
        f.store::<D>(at.clone(), HIGH, f64::NEG_INFINITY);
        f.store::<I>(at.clone(), BITS, 0);
        for (ours, shift) in [(LOW, 0), (HIGH, 1)] {
            for (theirs, other) in [(LOW, 0), (HIGH, 1)] {
                let is_ours = (a.at::<I>(BITS) >> shift) & 1;
                let is_theirs = (b.at::<I>(BITS) >> other) & 1;
                f.run(&corner.call((a.at::<D>(ours), is_ours, b.at::<D>(theirs), is_theirs)));
            }
        }
        let (low, high) = (f.var(at.clone().at::<D>(LOW)), f.var(at.clone().at::<D>(HIGH)));
        put(f, SCRATCH, (low, high), at.at::<I>(BITS) | ROUNDED);
        f.ret::<I>(checked.call(()));
    })
}

/// One divided by an interval, at an address; one where it may be zero.
fn reciprocal(module: &mut Module) -> Callee {
    module.function(&[I::VAL; 2], &[I::VAL], |f| {
        let (into, of) = (f.param::<I>(0), f.param::<I>(1));
        let (low, high) = (f.var(of.at::<D>(LOW)), f.var(of.at::<D>(HIGH)));
        let bits = f.var(of.at::<I>(BITS));
        let above = low.gt(0.0) | (low.eq(0.0) & (bits & LOW_INCLUDED).negated());
        let below = high.lt(0.0) | (high.eq(0.0) & (bits & HIGH_INCLUDED).negated());
        f.when((above | below).negated(), |f| f.ret::<I>(1));
        // An open end of the one is a zero of the other that is not reached, and the other way round.
        let turned_low = f.var(either(high.eq(0.0), f64::NEG_INFINITY, E::<D>::from(1.0) / high));
        let turned_high = f.var(either(low.eq(0.0), f64::INFINITY, E::<D>::from(1.0) / low));
        put(f, into, (turned_low, turned_high), turned(&bits.into()) | ROUNDED);
        f.ret::<I>(0);
    })
}

/// An interval to a power: whole ones by multiplication, others of what is not negative.
fn raise(module: &mut Module, power: Callee, times: Callee, reciprocal: Callee) -> Callee {
    // The factor that stays while the result grows: no multiplication touches it.
    let base = SCRATCH + 3 * SIZE;
    let rise = module.function(&[D::VAL; 2], &[D::VAL], |f| {
        let (x, y) = (f.param::<D>(0), f.param::<D>(1));
        f.when(x.eq(0.0) | x.eq(f64::INFINITY), |f| f.ret::<D>(x));
        f.ret::<D>(power.call((x, y)));
    });
    module.function(&[I::VAL; 2], &[I::VAL], |f| {
        let (a, b) = (f.param::<I>(0), f.param::<I>(1));
        let exponent = f.var(b.at::<D>(LOW));
        let exact = (b.at::<I>(BITS) & INCLUDED).eq(INCLUDED) & exponent.eq(b.at::<D>(HIGH));
        f.when(exact.negated(), |f| f.ret::<I>(UNKNOWN));
        let size = f.var(exponent.abs());
        let (low, high) = (f.var(a.at::<D>(LOW)), f.var(a.at::<D>(HIGH)));
        f.when_else(
            exponent.nearest().eq(exponent),
            |f| {
                f.when(size.gt(crate::plan::MOST_POWER), |f| f.ret::<I>(UNKNOWN));
                put(f, base, (low, high), a.at::<I>(BITS));
                let one = f.var(1.0);
                put(f, SCRATCH, (one, one), INCLUDED);
                f.while_(size.gt(0.0), |f| {
                    let failed = f.var::<I>(times.call((SCRATCH, base)));
                    f.when(failed, |f| f.ret::<I>(failed));
                    f.set(size, size - 1.0);
                });
            },
            |f| {
                f.when(low.lt(0.0), |f| f.ret::<I>(UNKNOWN));
                let low = f.var::<D>(rise.call((low, size)));
                let high = f.var::<D>(rise.call((high, size)));
                put(f, SCRATCH, (low, high), a.at::<I>(BITS) | ROUNDED);
            },
        );
        let result = E::<I>::from(SCRATCH);
        let sound = result.clone().at::<D>(LOW).lt(f64::INFINITY);
        f.when(sound.negated(), |f| f.ret::<I>(UNDECIDED));
        f.when(exponent.lt(0.0), |f| {
            let unknown: E<I> = reciprocal.call((result.clone(), result));
            f.ret(either(unknown, UNKNOWN, 0));
        });
        f.ret::<I>(0);
    })
}

/// `x` to the power of `y`, for `x` that is positive and finite: `2^(y * log2 x)`.
///
/// `x` is `m * 2^k` with `m` between the roots of 1/2 and 2, and `log2 m` comes from the series of the inverse hyperbolic
/// tangent of `(m - 1) / (m + 1)`, whose square is below 0.03. The product of `y` and `k` is made in two parts, of which the
/// larger is exact, so that nothing is lost where its whole part is taken off.
fn power(module: &mut Module) -> Callee {
    module.function(&[D::VAL; 2], &[D::VAL], |f| {
        let (x, y) = (f.param::<D>(0), f.param::<D>(1));
        let exponent = f.var(0_i64);
        // The least numbers have no leading one.
        f.when(x.lt(f64::MIN_POSITIVE), |f| {
            f.set(x, x * 18_014_398_509_481_984.0);
            f.set(exponent, -54_i64);
        });
        let bits = f.var(x.bits());
        f.set(exponent, exponent + bits.shr(52) - 1023);
        let mantissa = f.var(bits.and((1_i64 << 52) - 1).or(1023_i64 << 52).double_of_bits());
        f.when(mantissa.gt(std::f64::consts::SQRT_2), |f| {
            f.set(mantissa, mantissa * 0.5);
            f.set(exponent, exponent + 1_i64);
        });
        let ratio = f.var((mantissa - 1.0) / (mantissa + 1.0));
        let square = f.var(ratio * ratio);
        let series = f.var(1.0 / 25.0);
        for odd in (1..25).step_by(2).rev() {
            f.set(series, series * square + 1.0 / f64::from(odd));
        }
        let fraction = ratio * series * 2.0 * std::f64::consts::LOG2_E;
        let power = f.var(exponent.double());
        let high = f.var(y.bits().and(!0x7ff_ffff_i64).double_of_bits());
        let rest = f.var((y - high) * power + y * fraction);
        let whole = f.var((high * power + rest).nearest());
        f.when(whole.gt(1023.0), |f| f.ret::<D>(f64::INFINITY));
        f.when(whole.lt(-1022.0), |f| f.ret::<D>(0.0));
        let rest = f.var((high * power - whole + rest) * std::f64::consts::LN_2);
        let sum = f.var(1.0);
        for n in (1..=16).rev() {
            f.set(sum, sum * rest / f64::from(n) + 1.0);
        }
        f.ret(sum * (whole.whole() + 1023).shl(52).double_of_bits());
    })
}
