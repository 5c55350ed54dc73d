//! Doses that a plan asks for: which courses count, and the table of what an amount of each is.

use super::Program;
use crate::emit::wasm::asm::{Callee, E, Fun, I, L};
use crate::emit::wasm::dose::{body, last_row, row};
use crate::emit::wasm::layout::{NONE, TOP};
use crate::emit::wasm::logic::{UNDECIDED, UNKNOWN};
use crate::emit::wasm::names;
use crate::emit::wasm::number::comparator_code;
use crate::ir::Route;
use crate::plan::Tests;
use crate::plan::dose::{Dose, Doses, Drugs, Measure, Stable, Taken};

impl Program<'_> {
    pub(super) fn dose(&mut self, dose: &Dose, callee: Callee) {
        let (Some(shelf), values) = (self.doses, self.values) else { return };
        let spec = self.spec(&dose.of);
        let unknown = move |f: &mut Fun| {
            let unknown = values.unknown(f);
            f.ret::<I>(unknown);
        };
        match dose.taken {
            Taken::On(day) => {
                let day = self.day(day);
                self.define(callee, |f| {
                    let day = f.var(day);
                    f.when(day.eq(NONE), unknown);
                    shelf.begin(f);
                    f.run(&shelf.on_day(spec, day));
                    let found = shelf.value(f, values);
                    f.ret::<I>(found);
                });
            }
            Taken::Highest(period) | Taken::Lowest(period) | Taken::Total(period) => {
                let period = self.period(period);
                self.define(callee, |f| {
                    let (from, to) = f.pair(period);
                    f.when(from.eq(NONE), unknown);
                    shelf.begin(f);
                    f.run(&match dose.taken {
                        Taken::On(_) | Taken::Highest(_) => shelf.extreme(spec, 1, (from, to)),
                        Taken::Lowest(_) => shelf.extreme(spec, -1, (from, to)),
                        Taken::Total(_) => shelf.total(spec, (from, to)),
                    });
                    let found = shelf.value(f, values);
                    f.ret::<I>(found);
                });
            }
        }
    }

    pub(super) fn stable_dose(&mut self, stable: &Stable, callee: Callee) {
        let (Some(shelf), values, logic) = (self.doses, self.values, self.logic) else { return };
        let (classes, table, _) = self.spec(&stable.of);
        let along = self.period(stable.along);
        let usual = i32::from(stable.usual.0);
        let kept = stable.kept.as_ref().map(|kept| (self.spec(&kept.of), comparator_code(kept.comparator), kept.to));
        let is_own = matches!(stable.of.measure, Measure::Own);
        self.define(callee, |f| {
            let (from, to) = f.pair(along);
            f.when(from.eq(NONE), |f| f.ret::<I>(UNKNOWN));
            shelf.begin(f);
            let list = f.var(E::from(TOP).at::<I>(0));
            let count = f.var(shelf.gather(classes, (from, to)));
            let state = if is_own {
                shelf.same_members(classes, (list, count), (from, to))
            } else {
                shelf.same_sum((classes, table, usual), (list, count))
            };
            let state = f.var(state);
            if let Some((spec, comparator, to)) = kept {
                f.each(list, list + (count << 3), 8, |f, at| {
                    let top = f.var(E::from(TOP).at::<I>(0));
                    let day = f.var(at.at::<L>(0));
                    f.run(&shelf.on_day(spec, day));
                    let sum = shelf.value(f, values);
                    let limit = f.var(values.number(to));
                    let keeps = f.var(values.compare(comparator, sum.into(), limit.into()));
                    f.set(state, logic.and(state, keeps));
                    f.store::<I>(TOP, 0, top);
                });
            }
            f.store::<I>(TOP, 0, list);
            f.when(shelf.is_lost(), |f| f.ret::<I>(UNDECIDED));
            f.ret::<I>(state);
        });
    }

    /// The classes, the table of amounts, and by what of the body they are.
    fn spec(&mut self, doses: &Doses) -> (i32, i32, i32) {
        let mut classes = Vec::new();
        for drugs in &doses.of {
            let (denied, kinds) = self.silence(&drugs.silence);
            let kin = self.layout.kin(&drugs.of.is, &drugs.of.may_be);
            let qualifies = self.is_of(drugs, doses.route);
            classes.extend([kin, self.module.place_of(qualifies), denied, kinds]);
        }
        classes.push(-1);
        let mut table = Vec::new();
        match &doses.measure {
            Measure::Plain { unit, factor } => table.extend(row(None, unit.0, 0, *factor)),
            Measure::Equivalents(list) => {
                for one in list {
                    let routes = one.routes.iter().fold(0, |mask, route| mask | 1 << names::route(*route));
                    table.extend(row(Some(one.of.0), one.unit.0, routes, one.factor));
                }
            }
            Measure::Own => {}
        }
        table.extend(last_row());
        (self.layout.words(classes), self.layout.hold(table), body(doses.per_body))
    }

    /// Whether an occurrence, by its address, is of a class, exceptions aside.
    fn is_of(&mut self, drugs: &Drugs, route: Option<Route>) -> Callee {
        let tests = Tests { route, ..Tests::default() };
        self.judged(&drugs.of, &tests, &drugs.except)
    }
}
