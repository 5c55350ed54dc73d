//! A value against what it was before: as `plan::run` compares them, without working out the change.

use super::Program;
use crate::emit::wasm::Unsayable;
use crate::emit::wasm::asm::{Callee, D, E, Fun, I, L, Type, Var, either};
use crate::emit::wasm::layout::{NONE, TOP, length};
use crate::emit::wasm::logic::{MET, UNDECIDED, UNKNOWN};
use crate::emit::wasm::number::{
    BITS, HIGH, HIGH_INCLUDED, INCLUDED, IS_WORD, LOW, LOW_INCLUDED, ROUNDED, SIZE, WORD, comparator_code, put, turned,
};
use crate::emit::wasm::value::{COUNT, HEAD, STATE, entries};
use crate::ir::Comparator;
use crate::plan::{By, Change, Fold, Followed, Number, Toward};

/// More alternatives than this are left to the reference.
const MOST: i32 = 8;

/// What was the highest or lowest before: an interval, and whether it is there.
const SLOT: i32 = 32;
const THERE: u64 = 24;
/// A bit for each of them.
const MOST_LEADING: usize = 31;

impl Program<'_> {
    pub(super) fn change(&mut self, change: &Change, callee: Callee) -> Result<(), Unsayable> {
        let bars = self.bars();
        let comparator = comparator_code(change.of_now());
        let sign = if change.toward == Toward::Rise { 1.0 } else { -1.0 };
        let (part, own, other) = match change.by {
            By::Amount(by) => (0, Number { value: sign * by.value, ..by }, by),
            By::Part { more, less } if change.toward == Toward::Rise => (1, more, less),
            By::Part { more, less } => (1, less, more),
        };
        let rounded = i32::from(own.digits == Number::ROUNDED || other.digits == Number::ROUNDED);
        let (period, followed) = (self.period(change.period), self.followed(&change.of)?);
        let (logic, numbers) = (self.logic, self.numbers);
        self.define(callee, |f| {
            let (from, to) = f.pair::<L, L>(period);
            f.when(from.eq(NONE), |f| f.ret::<I>(UNKNOWN));
            f.when(to.lt(from), |f| f.ret::<I>(UNDECIDED));
            let top = f.var(E::from(TOP).at::<I>(0));
            let leave = move |f: &mut Fun, state: E<I>| {
                f.store::<I>(TOP, 0, top);
                f.ret::<I>(state);
            };
            let (now, before) = followed(f, &leave);
            f.when(now.at::<I>(COUNT).gt(MOST) | before.at::<I>(COUNT).gt(MOST), |f| leave(f, UNDECIDED.into()));
            let bars = f.var::<I>(bars.call((before, part, own.value, other.value, rounded)));
            f.when(bars.at::<I>(STATE), |f| leave(f, bars.at::<I>(STATE)));
            let mask = f.empty::<I>();
            entries(f, now, |f, one| {
                ranked(f, one);
                entries(f, bars, |f, bar| {
                    f.set(mask, mask | (E::from(1) << numbers.compare(comparator, one, bar)));
                });
            });
            let state = f.var(logic.agreed(mask));
            leave(f, state.into());
        });
        Ok(())
    }

    /// The lists of what a value is now and was before; the end of the function where nothing is known of one of them, or where
    /// it is open which is followed.
    fn followed(&self, of: &Followed) -> Result<Box<Lists>, Unsayable> {
        let (fold, of) = match of {
            Followed::One(pair) => {
                let (now, before) = (self.value(pair.now), self.value(pair.before));
                return Ok(Box::new(move |f, leave| {
                    let now = f.var(now.clone());
                    known_or(f, now, leave);
                    let before = f.var(before.clone());
                    known_or(f, before, leave);
                    (now, before)
                }));
            }
            Followed::Leading { of, .. } if of.len() > MOST_LEADING => {
                return Err(Unsayable::of("a change of what was the highest of more than 31"));
            }
            Followed::Leading { fold, of } => (*fold, of),
        };
        let members = of.iter().map(|(when, pair)| Member {
            counts: when.map_or(E::from(MET), |when| self.node(when)),
            now: self.value(pair.now),
            before: self.value(pair.before),
        });
        let members: Vec<Member> = members.collect();
        let (over, from) = match fold {
            Fold::Lowest => (Comparator::Less, Comparator::AtMost),
            Fold::Highest | Fold::Sum => (Comparator::Greater, Comparator::AtLeast),
        };
        let (over, from) = (comparator_code(over), comparator_code(from));
        let (logic, numbers, values) = (self.logic, self.numbers, self.values);
        Ok(Box::new(move |f, leave| {
            let table = f.var(E::from(TOP).at::<I>(0));
            let end = f.var(table + SLOT * length(members.len()));
            f.ensure_memory(end + 4096);
            f.store::<I>(TOP, 0, end);
            for (slot, member) in (0..).zip(&members) {
                let slot = f.var(table + SLOT * slot);
                f.store::<I>(slot, THERE, 0);
                let counts = f.var(member.counts.clone());
                f.when(counts.gt(MET), |f| leave(f, counts.into()));
                f.when(counts, |f| {
                    let before = f.var(member.before.clone());
                    known_or(f, before, leave);
                    let hull = f.var::<I>(values.hull.call((before,)));
                    f.when(hull.at::<I>(STATE), |f| leave(f, UNDECIDED.into()));
                    let at = f.var(hull + HEAD);
                    let (low, high) = (f.var(at.at::<D>(LOW)), f.var(at.at::<D>(HIGH)));
                    put(f, slot, (low, high), at.at::<I>(BITS));
                    f.store::<I>(slot, THERE, 1);
                });
            }
            // That which is beyond all others for sure; else those that are exactly equal and not behind any.
            let (sole, equal) = (f.empty::<I>(), f.empty::<I>());
            let bit = f.var(1);
            f.each(table, end, SLOT, |f, one| {
                let (beyond, level) = (f.var(MET), f.var(MET));
                f.each(table, end, SLOT, |f, other| {
                    f.when(other.at::<I>(THERE) & other.ne(one), |f| {
                        f.set(beyond, logic.and(beyond, numbers.compare(over, one, other)));
                        f.set(level, logic.and(level, numbers.compare(from, one, other)));
                    });
                });
                let there = f.var(one.at::<I>(THERE));
                let exact = (one.at::<I>(BITS) & INCLUDED).eq(INCLUDED) & one.at::<D>(LOW).eq(one.at::<D>(HIGH));
                f.when(there & beyond.eq(MET) & sole.eq(0), |f| f.set(sole, bit));
                f.when(there & exact & level.eq(MET), |f| f.set(equal, equal | bit));
                f.set(bit, bit << 1);
            });
            f.when(sole, |f| f.set(equal, sole));
            f.when(equal.eq(0), |f| leave(f, UNKNOWN.into()));
            let (now, before) = (f.var(values.open()), f.empty::<I>());
            for (place, member) in (0..).zip(&members) {
                f.when(equal & (1 << place), |f| {
                    let next = f.var(member.now.clone());
                    known_or(f, next, leave);
                    let joined = values.joined(f, now, next);
                    f.set(now, joined);
                });
            }
            for (place, member) in (0..).zip(&members) {
                f.when(before.eq(0) & (equal & (1 << place)).ne(0), |f| f.set(before, member.before.clone()));
            }
            known_or(f, before, leave);
            (now, before)
        }))
    }

    /// What the value now is held against, for everything that it may have been before; unknown where that may be zero, of
    /// which there is no part.
    fn bars(&mut self) -> Callee {
        if let Some(known) = self.rare.bars {
            return known;
        }
        let values = self.values;
        // A stretch times a factor, or with an amount more, behind the list; one where digits were lost.
        let put_one = self.module.function(&[I::VAL, I::VAL, D::VAL, I::VAL], &[I::VAL], |f| {
            let (one, part, by, rounded) = (f.param::<I>(0), f.param::<I>(1), f.param::<D>(2), f.param::<I>(3));
            let (low, high) = (f.var(one.at::<D>(LOW)), f.var(one.at::<D>(HIGH)));
            let bits = f.var(one.at::<I>(BITS));
            f.when_else(
                part,
                |f| {
                    let [a, b] = [low, high].map(|end| f.var(end * by));
                    let below = f.var(by.lt(0.0));
                    let swapped = turned(&bits.into());
                    f.set(low, either(below.into(), b, a));
                    f.set(high, either(below.into(), a, b));
                    f.set(bits, either(below.into(), swapped, bits));
                    // Nothing of it is nothing.
                    f.when(by.eq(0.0), |f| {
                        f.set(low, 0.0);
                        f.set(high, 0.0);
                        f.set(bits, INCLUDED);
                    });
                },
                |f| {
                    for end in [low, high] {
                        let whole = end.abs().lt(f64::INFINITY);
                        let lost = (end + by).abs().lt(end.abs().most(by.abs()) / 1000.0);
                        f.when(whole & lost, |f| f.ret::<I>(1));
                        f.set(end, end + by);
                    }
                },
            );
            f.when(rounded, |f| f.set(bits, bits | ROUNDED));
            let at = f.var(E::from(TOP).at::<I>(0));
            f.ensure_memory(at + 4096);
            put(f, at, (low, high), bits);
            f.store::<I>(at, WORD, 0);
            f.store::<I>(TOP, 0, at + SIZE);
            f.ret::<I>(0);
        });
        let bars = self.module.function(&[I::VAL, I::VAL, D::VAL, D::VAL, I::VAL], &[I::VAL], |f| {
            let (before, part, rounded) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(4));
            let (own, other) = (f.param::<D>(2), f.param::<D>(3));
            let list = f.var(values.open());
            f.store::<I>(list, COUNT, before.at::<I>(COUNT));
            let (positive, apart) = (f.var::<I>(1), f.var::<I>(1));
            entries(f, before, |f, one| {
                ranked(f, one);
                let (low, high) = (f.var(one.at::<D>(LOW)), f.var(one.at::<D>(HIGH)));
                let bits = f.var(one.at::<I>(BITS));
                let above = f.var(low.gt(0.0) | (low.eq(0.0) & (bits & LOW_INCLUDED).eq(0)));
                let below = high.lt(0.0) | (high.eq(0.0) & (bits & HIGH_INCLUDED).eq(0));
                f.set(positive, positive & above);
                f.set(apart, apart & (above | below));
            });
            let odd = f.var(part & positive.eq(0));
            f.when(odd, |f| {
                // A part of a negative number is counted from its distance to zero.
                let state = f.var::<I>(UNKNOWN);
                f.when(apart, |f| {
                    let one = f.var(before + HEAD);
                    let exact = (one.at::<I>(BITS) & INCLUDED).eq(INCLUDED) & one.at::<D>(LOW).eq(one.at::<D>(HIGH));
                    f.set(state, either(before.at::<I>(COUNT).eq(1) & exact, 0, UNDECIDED));
                });
                f.store::<I>(list, STATE, state);
                f.when(state, |f| f.ret::<I>(list));
                f.set(own, other);
            });
            entries(f, before, |f, one| {
                let lost: E<I> = put_one.call((one, part, own, rounded));
                f.when(lost, |f| f.store::<I>(list, STATE, UNDECIDED));
            });
            f.ret::<I>(list);
        });
        self.rare.bars = Some(bars);
        bars
    }
}

/// One of several values, of which the highest or lowest before is followed.
struct Member {
    counts: E<I>,
    now: E<I>,
    before: E<I>,
}

/// Ends a function with a state.
type Leave<'l> = &'l dyn Fn(&mut Fun, E<I>);
/// Makes the lists of what a value is now and was before.
type Lists = dyn Fn(&mut Fun, Leave<'_>) -> (Var<I>, Var<I>);

/// Leaves where a list is unknown or undecided, or without anything.
fn known_or(f: &mut Fun, list: Var<I>, leave: Leave<'_>) {
    f.when(list.at::<I>(STATE) & UNDECIDED, |f| leave(f, UNDECIDED.into()));
    let known = f.var(list.at::<I>(STATE).eq(0) & list.at::<I>(COUNT).gt(0));
    f.when(known.eq(0), |f| leave(f, UNKNOWN.into()));
}

/// The words of a scale as their places in its order.
fn ranked(f: &mut Fun, one: Var<I>) {
    f.when(one.at::<I>(BITS) & IS_WORD, |f| {
        let place = f.var(one.at::<I>(WORD).wide().double());
        put(f, one, (place, place), INCLUDED);
    });
}
