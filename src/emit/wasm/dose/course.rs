//! What one course adds: its amount in the unit and by the body that is asked for.

use super::{AMOUNT, ANY, BEYOND, BODY, END, FACTOR, LEAST, MOST, OF, OPEN, ROUTES, ROW, SUM, Tools, UNIT, double};
use crate::emit::wasm::asm::{Callee, D, E, Fun, I, L, Module, Type, Var};
use crate::emit::wasm::calendar::{begin, end};
use crate::emit::wasm::layout::{DOSES, Layout, OCCURRENCES, TOP, entry};
use crate::emit::wasm::logic::{MET, UNDECIDED};
use crate::emit::wasm::number::{BITS, HIGH, INCLUDED, IS_WORD, LOW, ROUNDED};
use crate::emit::wasm::value::{Asked, COUNT, STATE, Values, Which, entries};
use crate::ir::Body;
use crate::plan::dose::{Book, Size};
use crate::record::{FUTURE, PAST};

/// The dose of an occurrence, by its address.
pub(super) fn dose(module: &mut Module, layout: &mut Layout) -> Callee {
    let nothing = layout.words([0; 8]);
    module.function(&[I::VAL], &[I::VAL], |f| {
        let one = f.param::<I>(0);
        // Doses are there for all occurrences, or for none.
        let place = f.var(DOSES.start() + (one - OCCURRENCES.start()) / OCCURRENCES.size * DOSES.size);
        f.when(place.lt(DOSES.end()), |f| f.ret::<I>(place));
        f.ret::<I>(nothing);
    })
}

/// What one of the unit of an amount is in what is asked for: the address of a fraction, or zero where that is not known.
fn factor(module: &mut Module, tools: Tools) -> Callee {
    module.function(&[I::VAL; 3], &[I::VAL], |f| {
        let (table, one, dose) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
        let (of, unit) = (f.var(one.at::<I>(entry::OF)), f.var(dose.at::<I>(entry::DOSE_UNIT)));
        f.while_(table.at::<I>(OF).ne(END), |f| {
            f.when(table.at::<I>(OF).eq(ANY) | table.at::<I>(OF).eq(of), |f| {
                let routes = f.var(table.at::<I>(ROUTES));
                f.when(routes, |f| {
                    let suits = f.var((routes >> one.at::<I>(entry::ROUTE)) & 1);
                    f.when(suits.negated(), |f| f.ret::<I>(0));
                });
                f.when(unit.eq(BEYOND), |f| tools.lose(f));
                f.when(unit.ne(table.at::<I>(UNIT)), |f| f.ret::<I>(0));
                f.ret(table + i32::try_from(FACTOR).unwrap_or_default());
            });
            f.set(table, table + ROW);
        });
        f.ret::<I>(0);
    })
}

/// The patient's weight (1) or surface (2): the latest up to that day, or else the first after it; zero where there is none.
fn size(module: &mut Module, tools: Tools, (book, values): (&Book, Values)) -> Callee {
    let decimal = decimal(module, tools);
    let sizes = [book.size(Body::Weight), book.size(Body::Surface)];
    module.function(&[I::VAL, L::VAL], &[I::VAL], |f| {
        let (wanted, day) = (f.param::<I>(0), f.param::<L>(1));
        for (code, size) in (1..).zip(sizes) {
            let Some(Size { of, factor, derived }) = size else { continue };
            let asked = |which: Which| Asked {
                of: i32::try_from(of.0).unwrap_or(END),
                scale: 0,
                which,
                words: false,
                timeless: false,
            };
            f.when(wanted.eq(code), |f| {
                let top = f.var(E::from(TOP).at::<I>(0));
                let (past, last) = (f.var(PAST), f.var(end(day)));
                let found = f.var(values.results(&asked(Which::Latest), (past, last)));
                let none = |f: &mut Fun, found: Var<I>| {
                    f.when(found.negated(), |f| {
                        // The formula is not worked out here.
                        if derived {
                            tools.lose(f);
                        }
                        f.store::<I>(TOP, 0, top);
                        f.ret::<I>(0);
                    });
                };
                if derived {
                    none(f, found);
                }
                let some = f.empty::<I>();
                f.when(found, |f| f.set(some, found.at::<I>(COUNT)));
                f.when(some.negated(), |f| {
                    let (first, future) = (f.var(begin(day)), f.var(FUTURE));
                    f.set(found, values.results(&asked(Which::First), (first, future)));
                });
                none(f, found);
                let (state, count) = (f.var(found.at::<I>(STATE)), f.var(found.at::<I>(COUNT)));
                f.when(state & UNDECIDED, |f| tools.lose(f));
                let (low, high) = (f.var(f64::INFINITY), f.var(0.0));
                entries(f, found, |f, one| {
                    let bits = f.var(one.at::<I>(BITS));
                    // What may be nothing, or has no end, is left to the reference.
                    let sound = (bits & INCLUDED).eq(INCLUDED) & (bits & (ROUNDED | IS_WORD)).eq(0);
                    let sound = f.var(sound & one.at::<D>(LOW).gt(0.0) & one.at::<D>(HIGH).lt(f64::INFINITY));
                    let matters = f.var(state.eq(0));
                    f.when(sound.negated() & matters, |f| tools.lose(f));
                    f.set(low, low.least(one.at::<D>(LOW)));
                    f.set(high, high.most(one.at::<D>(HIGH)));
                });
                f.store::<I>(TOP, 0, top);
                f.when(state | count.eq(0), |f| f.ret::<I>(0));
                let times = (f.var(double(*factor.numer())), f.var(double(*factor.denom())));
                for (end, value) in [(LEAST, low), (MOST, high)] {
                    let (above, below) = f.pair(decimal.call::<(D, D)>((value,)));
                    let scaled = tools.times(f, (above.into(), below.into()), (times.0.into(), times.1.into()));
                    tools.put(f, (BODY, end), scaled);
                }
                f.ret::<I>(1);
            });
        }
        f.ret::<I>(0);
    })
}

/// What a course adds, in the unit and by the body that is asked for; anything from nothing up where that is not known.
pub(super) fn amount(module: &mut Module, tools: Tools, shelf: (&Book, Values)) -> Callee {
    let factor = factor(module, tools);
    let size = size(module, tools, shelf);
    module.function(&[I::VAL, I::VAL, I::VAL, I::VAL, L::VAL], &[], |f| {
        let [one, dose, table, body] = [0, 1, 2, 3].map(|at| f.param::<I>(at));
        let day = f.param::<L>(4);
        let unknown = |f: &mut Fun| {
            tools.zero(f, AMOUNT);
            f.store::<I>(tools.at(AMOUNT), OPEN, 1);
            f.nothing();
        };
        f.when(dose.at::<I>(entry::DOSE_HOW).eq(0), unknown);
        let found = f.var::<I>(factor.call((table, one, dose)));
        f.when(found.negated(), unknown);
        let (above, below) = (dose.at::<D>(entry::DOSE_ABOVE), dose.at::<D>(entry::DOSE_BELOW));
        f.when(above.clone().lt(0.0), |f| tools.lose(f));
        let product = tools.times(f, (above, below), (found.at::<D>(0), found.at::<D>(8)));
        tools.exactly(f, AMOUNT, product);
        let own = f.var(dose.at::<I>(entry::DOSE_BODY));
        f.when(own.eq(body), Fun::nothing);
        for (wanted, ends) in [(own, [LEAST, MOST]), (body, [MOST, LEAST])] {
            f.when(wanted, |f| {
                let known = f.var::<I>(size.call((wanted, day)));
                f.when(known.negated(), unknown);
                for (end, of) in [LEAST, MOST].into_iter().zip(ends) {
                    let (above, below) = tools.fraction(BODY, of);
                    // Divided by the greater end it is the lesser one.
                    let by = if ends == [LEAST, MOST] { (above, below) } else { (below, above) };
                    let product = tools.times(f, tools.fraction(AMOUNT, end), by);
                    tools.put(f, (AMOUNT, end), product);
                }
            });
        }
        f.nothing();
    })
}

/// An amount, which counts for sure or perhaps.
pub(super) fn add(module: &mut Module, tools: Tools) -> Callee {
    module.function(&[I::VAL], &[], |f| {
        let counts = f.param::<I>(0);
        f.when(counts.eq(MET), |f| {
            let low = tools.plus(f, tools.fraction(SUM, LEAST), tools.fraction(AMOUNT, LEAST));
            tools.put(f, (SUM, LEAST), low);
        });
        f.store::<I>(tools.at(SUM), OPEN, tools.open(SUM) | tools.open(AMOUNT));
        f.when(tools.open(SUM).eq(0), |f| {
            let high = tools.plus(f, tools.fraction(SUM, MOST), tools.fraction(AMOUNT, MOST));
            tools.put(f, (SUM, MOST), high);
        });
        f.nothing();
    })
}

/// The decimal that a double stands for, as a fraction.
fn decimal(module: &mut Module, tools: Tools) -> Callee {
    module.function(&[D::VAL], &[D::VAL; 2], |f| {
        let value = f.param::<D>(0);
        let power = f.var(1.0);
        f.while_(power.le(1e15), |f| {
            let whole = f.var((value * power).nearest());
            f.when(whole.abs().lt(1e15) & (whole / power).eq(value), |f| f.ret_pair::<D, D>(whole, power));
            f.set(power, power * 10.0);
        });
        tools.lose(f);
        f.ret_pair::<D, D>(1.0, 1.0);
    })
}
