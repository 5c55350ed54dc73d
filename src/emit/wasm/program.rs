//! The functions that a protocol adds to the shelf: one for each day, period, value, node and criterion of its plan, made as
//! `plan::run` goes through them.

mod change;
mod count;
mod dose;
mod event;
mod own;
mod repeat;

use super::Unsayable;
use super::asm::{Callee, E, Fun, I, L, Module, Signature, Type, Var, either};
use super::calendar::{Calendar, begin, end};
use super::dose::Doses;
use super::event::Histories;
use super::layout::{ANCHORS, AS_OF, BUDGET, FOUND, LAST_DAY, Layout, NONE, RESULTS, TOP, entry, length, said};
use super::logic::{self, Logic, MET, NOT_APPLICABLE, NOT_MET, UNDECIDED, UNKNOWN};
use super::number::{Numbers, SIZE, comparator_code};
use super::value::{self, Asked, HEAD, STATE, Values, Which};
use crate::evaluate::Kleene;
use crate::ir::{Counting, Pick, Polarity, Side};
use crate::plan::{
    AgeUnit, AnchorAt, ConceptAt, Day, DayAt, Entry, Fold, Length, Node, NodeAt, Period, PeriodAt, Plan, Scale,
    ValueAt, ValueExpr, Way,
};
use crate::record::{FUTURE, PAST};

/// As the executor has them: more days are not gone through one by one, and no more cases of all anchors together.
const MOST_DAYS: i64 = 400;
const MOST_CASES: i32 = 4_000;

/// A plan on its way into a module.
pub(super) struct Program<'p> {
    pub(super) plan: &'p Plan,
    pub(super) module: Module,
    pub(super) layout: Layout,
    pub(super) numbers: Numbers,
    logic: Logic,
    calendar: Calendar,
    values: Values,
    histories: Histories,
    /// Where the plan asks for doses.
    doses: Option<Doses>,
    days: Vec<Callee>,
    periods: Vec<Callee>,
    value_functions: Vec<Callee>,
    nodes: Vec<Callee>,
    /// Looks whether a node is known, and asks it otherwise.
    ask: Callee,
    state: Signature,
    /// Parts of the shelf that only some protocols need.
    rare: Rare,
}

#[derive(Clone, Copy, Default)]
struct Rare {
    gather: Option<Callee>,
    lines: Option<Callee>,
    repeat: Option<Callee>,
    bars: Option<Callee>,
}

/// A place in the plan as a number of WebAssembly.
fn at(place: u32) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

impl<'p> Program<'p> {
    pub(super) fn new(plan: &'p Plan, given: usize) -> Self {
        let mut module = Module::default();
        let mut layout = Layout::new(plan, given);
        let logic = Logic::new(&mut module);
        let calendar = Calendar::new(&mut module);
        let numbers = Numbers::new(&mut module, logic);
        let values = Values::new(&mut module, logic, calendar, numbers);
        let histories = Histories::new(&mut module, &mut layout, plan, logic, calendar);
        let measured = layout.kin(&plan.doses.measured, &[]);
        let shelf = (logic, calendar, histories, values);
        let doses = (!plan.doses.amounts.is_empty())
            .then(|| Doses::new(&mut module, &mut layout, (&plan.doses, measured), shelf));
        let state = module.signature(&[], &[I::VAL]);
        let ask = ask(&mut module, state, layout.known);
        let declare = |module: &mut Module, number: usize, results: &[_]| {
            (0..number).map(|_| module.declare(&[], results)).collect::<Vec<_>>()
        };
        let days = declare(&mut module, plan.days.len(), &[L::VAL]);
        let periods = declare(&mut module, plan.periods.len(), &[L::VAL, L::VAL]);
        let value_functions = declare(&mut module, plan.values.len(), &[I::VAL]);
        let nodes = declare(&mut module, plan.nodes.len(), &[I::VAL]);
        // Nodes come first in the table, so that a node's place there is its place in the plan.
        for node in &nodes {
            module.place_of(*node);
        }
        Self {
            plan,
            module,
            layout,
            numbers,
            logic,
            calendar,
            values,
            histories,
            doses,
            days,
            periods,
            value_functions,
            nodes,
            ask,
            state,
            rare: Rare::default(),
        }
    }

    /// Everything but the criteria.
    pub(super) fn parts(&mut self) -> Result<(), Unsayable> {
        let plan = self.plan;
        for (day, callee) in plan.days.iter().zip(self.days.clone()) {
            self.define_day(day, callee);
        }
        for (period, callee) in plan.periods.iter().zip(self.periods.clone()) {
            self.define_period(period, callee);
        }
        for (value, callee) in plan.values.iter().zip(self.value_functions.clone()) {
            self.define_value(value, callee);
        }
        for (node, callee) in plan.nodes.iter().zip(self.nodes.clone()) {
            self.define_node(node, callee)?;
        }
        Ok(())
    }

    fn define(&mut self, callee: Callee, body: impl FnOnce(&mut Fun)) {
        self.module.define(callee, body);
    }

    // ---- days ----------------------------------------------------------------------------------------------------------------

    fn day(&self, at: DayAt) -> E<L> {
        self.days.get(at.at()).map_or(E::from(NONE), |callee| callee.call(()))
    }

    /// Whether a day is taken for an anchor (2: a planned one), and the day.
    fn slot(&self, anchor: u32) -> (E<I>, E<L>) {
        let slot = E::<I>::from(self.layout.slots + 16 * at(anchor));
        (slot.clone().at::<I>(0), slot.at::<L>(8))
    }

    fn define_day(&mut self, day: &Day, callee: Callee) {
        let calendar = self.calendar;
        match day {
            Day::Anchor(anchor) => {
                let (taken, day) = self.slot(anchor.0);
                self.define(callee, |f| f.ret(either(taken, day, NONE)));
            }
            Day::Fixed(day) => self.define(callee, |f| f.ret::<L>(*day)),
            Day::Moved { from, by, side } => {
                let from = self.day(*from);
                self.define(callee, |f| {
                    let from = f.var(from);
                    f.when(from.eq(NONE), |f| f.ret::<L>(NONE));
                    f.ret(moved(calendar, from, *by, *side));
                });
            }
            Day::Extreme { of, latest } => {
                let of: Vec<E<L>> = of.iter().map(|day| self.day(*day)).collect();
                self.define(callee, |f| {
                    let found = f.var(if *latest { i64::MIN } else { i64::MAX });
                    for day in of {
                        let day = f.var(day);
                        f.when(day.eq(NONE), |f| f.ret::<L>(NONE));
                        f.set(found, if *latest { found.most(day) } else { found.least(day) });
                    }
                    f.ret::<L>(found);
                });
            }
            Day::Come { day, anchor, context } => {
                let (taken, _) = self.slot(anchor.0);
                let (day, context) = (self.day(*day), self.day(*context));
                self.define(callee, |f| {
                    let (taken, day) = (f.var(taken), f.var(day));
                    f.when(taken.negated() | day.eq(NONE), |f| f.ret::<L>(NONE));
                    let last = last_day(f, context);
                    f.ret(either(taken.eq(2) & last.ne(NONE) & day.gt(last), last, day));
                });
            }
            Day::Unknown => self.define(callee, |f| f.ret::<L>(NONE)),
        }
    }

    /// The time of a period, from second to second; [`NONE`] where it is not known.
    fn period(&self, at: PeriodAt) -> E<(L, L)> {
        self.periods.get(at.at()).copied().unwrap_or(self.ask).call(())
    }

    fn define_period(&mut self, period: &Period, callee: Callee) {
        let Period { from, to, open_if_unknown, ahead, up_to_now, context, until } = period;
        let (from, to, until) =
            (from.map(|day| self.day(day)), to.map(|day| self.day(day)), until.map(|day| self.day(day)));
        let context = self.day(*context);
        let never: Vec<E<I>> = ahead.iter().filter_map(|anchor| self.never(*anchor)).collect();
        let ahead: Vec<E<I>> = ahead.iter().map(|anchor| self.slot(anchor.0).0).collect();
        self.define(callee, |f| {
            let unknown = |f: &mut Fun, day: Var<L>| f.when(day.eq(NONE), |f| f.ret_pair::<L, L>(NONE, NONE));
            for never in never {
                f.when(never, |f| f.ret_pair::<L, L>(0_i64, -1_i64));
            }
            let cut = f.var(i32::from(*up_to_now));
            let first = match from {
                Some(day) => {
                    let day = f.var(day);
                    unknown(f, day);
                    f.var(begin(day))
                }
                None => f.var(PAST),
            };
            let last = f.var(FUTURE);
            if let Some(day) = to {
                let day = f.var(day);
                if let (true, Some(until)) = (*open_if_unknown, &until) {
                    let until = f.var(until.clone());
                    f.when(day.eq(NONE), |f| unknown(f, until));
                    f.when_else(day.eq(NONE), |f| f.set(cut, 1), |f| f.set(last, end(day)));
                } else {
                    unknown(f, day);
                    f.set(last, end(day));
                }
            }
            for taken in ahead {
                f.set(cut, cut | taken.eq(2));
            }
            f.when(cut, |f| {
                let day = last_day(f, context);
                f.when(day.ne(NONE), |f| f.set(last, last.least(end(day))));
            });
            if let Some(day) = until {
                let day = f.var(day);
                f.when(day.ne(NONE), |f| f.set(last, last.least(end(day))));
            }
            f.ret_pair::<L, L>(first, last);
        });
    }

    // ---- anchors -------------------------------------------------------------------------------------------------------------

    /// A function for each anchor that says what is known of it (0 nothing, 1 recorded, 2 planned for this patient, 3 by the
    /// protocol's plan, 4 undecided) and leaves its first and last day in [`FOUND`]; their places in the table.
    fn anchors(&mut self) -> Vec<i32> {
        let plan = self.plan;
        let recorded = recorded(&mut self.module, self.calendar);
        let by_plan = self.by_plan();
        let mut places = Vec::new();
        for (number, slot) in (0..).map(AnchorAt).zip(&plan.anchors) {
            if let Some(own) = &slot.own {
                let callee = self.own(number, own);
                places.push(self.module.place_of(callee));
                continue;
            }
            let planned = slot.plan.map(|(first, last)| (self.day(first), self.day(last)));
            let callee = self.module.function(&[], &[I::VAL], |f| {
                let known = f.var::<I>(recorded.call((at(slot.event.0),)));
                if let Some((first, last)) = planned {
                    f.when(known.negated(), |f| f.ret::<I>(by_plan.call((first, last))));
                }
                f.ret::<I>(known);
            });
            places.push(self.module.place_of(callee));
        }
        places
    }

    fn by_plan(&mut self) -> Callee {
        let plan = self.plan;
        let planned = plan
            .screenings
            .iter()
            .any(|event| plan.anchors.iter().any(|slot| slot.event == *event && slot.plan.is_some()));
        let screenings = self.layout.kin(&plan.screenings, &[]);
        let kin = self.histories.kin;
        self.module.function(&[L::VAL, L::VAL], &[I::VAL], |f| {
            let (first, last) = (f.param::<L>(0), f.param::<L>(1));
            f.when(first.eq(NONE) | last.eq(NONE), |f| f.ret::<I>(0));
            let today = f.var(E::from(LAST_DAY).at::<L>(0));
            f.when(today.eq(NONE), |f| {
                // A screening that has not taken place has a date all the same.
                if planned {
                    f.ret::<I>(UNDECIDED);
                } else {
                    f.each(ANCHORS.start(), ANCHORS.end(), ANCHORS.size, |f, anchor| {
                        let dated: E<I> = kin.call((screenings, anchor.at::<I>(entry::OF)));
                        f.when(dated, |f| f.ret::<I>(UNDECIDED));
                    });
                }
            });
            // It has not happened up to the day of the record, so it lies ahead of it, or on it.
            let from = either(today.gt(first) & today.le(last), today, first);
            f.store::<L>(FOUND, 0, from);
            f.store::<L>(FOUND, 8, last);
            f.ret::<I>(3);
        })
    }

    /// Every combination of days of a list of anchors, each an address of a slot and a function.
    fn cases(&mut self) -> Callee {
        let (state, known, known_size) = (self.state, self.layout.known, self.layout.known_size);
        let take = self.module.function(&[I::VAL, I::VAL, L::VAL], &[], |f| {
            let (slot, taken, day) = (f.param::<I>(0), f.param::<I>(1), f.param::<L>(2));
            f.store::<I>(slot, 0, taken);
            f.store::<L>(slot, 8, day);
            f.fill(known, 0, known_size);
            f.nothing();
        });
        let cases = self.module.declare(&[I::VAL, I::VAL, I::VAL], &[I::VAL]);
        self.module.define(cases, |f| {
            let (list, number, asked) = (f.param::<I>(0), f.param::<I>(1), f.param::<I>(2));
            f.when(number.negated(), |f| f.ret::<I>(state.call(asked, ())));
            let slot = f.var(list.at::<I>(0));
            let found = f.var::<I>(state.call(list.at::<I>(4), ()));
            f.when(found.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
            let (day, to) = (f.var(E::from(FOUND).at::<L>(0)), f.var(E::from(FOUND).at::<L>(8)));
            let rest = |f: &mut Fun| f.ret::<I>(cases.call((list + 8, number - 1, asked)));
            f.when(found.negated() | (to - day).gt(MOST_DAYS), |f| {
                f.run(&take.call((slot, 0, 0_i64)));
                rest(f);
            });
            let taken = f.var(either(found.eq(1), 1, 2));
            f.when(found.lt(3) & day.eq(to), |f| {
                f.run(&take.call((slot, taken, day)));
                rest(f);
            });
            let (seen, budget) = (f.empty::<I>(), E::<I>::from(BUDGET));
            f.while_(day.le(to), |f| {
                let left = f.var(budget.clone().at::<I>(0) - 1);
                f.store::<I>(budget, 0, left);
                f.when(left.lt(0), |f| f.ret::<I>(UNDECIDED));
                f.run(&take.call((slot, taken, day)));
                let state = f.var::<I>(cases.call((list + 8, number - 1, asked)));
                f.when(state.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
                f.set(seen, seen | (E::from(1) << state));
                // Two different ones are enough.
                f.when(seen & (seen - 1), |f| f.ret::<I>(UNKNOWN));
                f.set(day, day + 1);
            });
            for state in [NOT_MET, MET, UNKNOWN, NOT_APPLICABLE] {
                f.when(seen.eq(1 << state), |f| f.ret::<I>(state));
            }
            f.ret::<I>(UNDECIDED);
        });
        cases
    }

    // ---- criteria ------------------------------------------------------------------------------------------------------------

    /// A function for each criterion: what it is, whichever of their possible days its anchors fall on. One that is given is
    /// read from memory.
    pub(super) fn criteria(&mut self, given: &[usize]) -> Vec<Callee> {
        let plan = self.plan;
        let anchors = self.anchors();
        let cases = self.cases();
        let mut found = Vec::new();
        for (index, rule) in plan.rules.iter().enumerate() {
            if let Some(place) = given.iter().position(|given| *given == index) {
                let place = self.layout.given + length(place);
                found.push(self.module.function(&[], &[I::VAL], |f| f.ret(E::<I>::from(place).byte(0))));
                continue;
            }
            let Way::Planned { body, applies, period, anchors: under } = &rule.way else { continue };
            let asked = self.asked(rule.polarity, *body, *applies, *period);
            let asked = self.module.place_of(asked);
            let list = under.iter().flat_map(|anchor| {
                let slot = self.layout.slots + 16 * at(anchor.0);
                [slot, anchors.get(anchor.at()).copied().unwrap_or_default()]
            });
            let (number, list) = (length(under.len()), list.collect::<Vec<_>>());
            let list = self.layout.words(list);
            found.push(self.module.function(&[], &[I::VAL], |f| {
                f.store::<I>(BUDGET, 0, MOST_CASES);
                f.ret::<I>(cases.call((list, number, asked)));
            }));
        }
        found
    }

    fn asked(&mut self, polarity: Polarity, body: NodeAt, applies: Option<NodeAt>, period: Option<PeriodAt>) -> Callee {
        let period = period.map(|period| self.period(period));
        let (body, applies) = (self.node(body), applies.map(|applies| self.node(applies)));
        let passes = if polarity == Polarity::Include { MET } else { NOT_MET };
        self.module.function(&[], &[I::VAL], |f| {
            if let Some(period) = period {
                let (from, to) = f.pair(period);
                f.when(from.ne(NONE) & to.lt(from), |f| f.ret::<I>(NOT_APPLICABLE));
            }
            let body = f.var(body);
            f.when(body.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
            if let Some(applies) = applies {
                let applies = f.var(applies);
                f.when(applies.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
                f.when(applies.eq(NOT_MET), |f| f.ret::<I>(NOT_APPLICABLE));
                f.when(applies.eq(UNKNOWN) & body.ne(passes), |f| f.ret::<I>(UNKNOWN));
            }
            f.ret::<I>(body);
        })
    }

    // ---- values --------------------------------------------------------------------------------------------------------------

    fn value(&self, at: ValueAt) -> E<I> {
        self.value_functions.get(at.at()).copied().unwrap_or(self.ask).call(())
    }

    fn define_value(&mut self, value: &ValueExpr, callee: Callee) {
        let values = self.values;
        match value {
            ValueExpr::Constant(number) => self.define(callee, |f| f.ret(values.number(*number))),
            ValueExpr::Result { of, scale, pick, period, derived } => {
                let slot = self.plan.concepts.get(of.at());
                let asked = Asked {
                    of: at(of.0),
                    scale: match scale {
                        Scale::Plain => 0,
                        Scale::Upper => 1,
                        Scale::Lower => 2,
                    },
                    which: match pick {
                        Pick::Latest => Which::Latest,
                        Pick::First => Which::First,
                        Pick::Highest => Which::Highest,
                        Pick::Lowest => Which::Lowest,
                    },
                    words: slot.is_some_and(|slot| !slot.words.is_empty()),
                    timeless: slot.is_some_and(|slot| slot.id.as_str() == "sex"),
                };
                let (period, derived) = (self.period(*period), derived.map(|formula| self.value(formula)));
                self.define(callee, |f| {
                    let (from, to) = f.pair(period);
                    f.when(from.eq(NONE), |f| {
                        let unknown = values.unknown(f);
                        f.ret::<I>(unknown);
                    });
                    let found = f.var(values.results(&asked, (from, to)));
                    f.when(found, |f| f.ret::<I>(found));
                    if let Some(formula) = derived {
                        f.ret(formula);
                    } else {
                        let unknown = values.unknown(f);
                        f.ret::<I>(unknown);
                    }
                });
            }
            ValueExpr::Age { unit, on } => {
                let unit = match unit {
                    AgeUnit::Years => 0,
                    AgeUnit::Months => 1,
                    AgeUnit::Weeks => 2,
                    AgeUnit::Days => 3,
                };
                let day = self.day(*on);
                self.define(callee, |f| f.ret(values.age(unit, day)));
            }
            ValueExpr::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.define(callee, |f| f.ret(values.arithmetic(*operator, left, right)));
            }
            ValueExpr::Linear { of, factor, offset } => {
                let of = self.value(*of);
                self.define(callee, |f| f.ret(values.linear(of, *factor, *offset)));
            }
            ValueExpr::If { branches, otherwise } => {
                let branches: Vec<(E<I>, E<I>)> =
                    branches.iter().map(|(condition, value)| (self.node(*condition), self.value(*value))).collect();
                let otherwise = self.value(*otherwise);
                self.define(callee, |f| {
                    let found = f.var(values.open());
                    for (condition, value) in branches {
                        let condition = f.var(condition);
                        f.when(condition.eq(UNDECIDED), |f| f.store::<I>(found, STATE, UNDECIDED));
                        f.when(condition, |f| {
                            let value = f.var(value);
                            let joined = values.joined(f, found, value);
                            f.set(found, joined);
                            f.when(condition.eq(MET), |f| f.ret::<I>(found));
                        });
                    }
                    let value = f.var(otherwise);
                    let joined = values.joined(f, found, value);
                    f.ret::<I>(joined);
                });
            }
            ValueExpr::Dose(dose) => self.dose(dose, callee),
            ValueExpr::Fold { fold, of } => {
                let how = match fold {
                    Fold::Highest => 0,
                    Fold::Lowest => 1,
                    Fold::Sum => 2,
                };
                let of: Vec<E<I>> = of.iter().map(|value| self.value(*value)).collect();
                self.define(callee, |f| {
                    let found = f.var(values.open());
                    f.store::<I>(TOP, 0, found + HEAD + SIZE);
                    for value in of {
                        let value = f.var(value);
                        f.run(&values.fold(how, found, value));
                    }
                    value::folded(f, how, found);
                });
            }
            ValueExpr::Count(tally) => self.count_of(tally, callee),
            ValueExpr::Rate { of, over } => self.rate(of, *over, callee),
            ValueExpr::Lines(tally) => self.lines(tally, callee),
            ValueExpr::Repeat(repeat) => self.repeat(repeat, callee),
            ValueExpr::Mean(of) => self.mean(of, callee),
        }
    }

    // ---- truths --------------------------------------------------------------------------------------------------------------

    fn node(&self, place: NodeAt) -> E<I> {
        self.ask.call((at(place.0),))
    }

    fn define_node(&mut self, node: &Node, callee: Callee) -> Result<(), Unsayable> {
        let (logic, values) = (self.logic, self.values);
        match node {
            Node::Constant(state) => {
                let state = match state {
                    Kleene::Met => MET,
                    Kleene::NotMet => NOT_MET,
                    Kleene::Unknown => UNKNOWN,
                };
                self.define(callee, |f| f.ret::<I>(state));
            }
            // One that decides makes it unimportant that another cannot be told.
            Node::All(parts) => self.folded(parts, (NOT_MET, MET), callee),
            Node::Any(parts) => self.folded(parts, (MET, NOT_MET), callee),
            Node::Not(inner) => {
                let inner = self.node(*inner);
                self.define(callee, |f| f.ret(logic.not(inner)));
            }
            Node::Known(inner) => {
                let inner = self.node(*inner);
                self.define(callee, |f| {
                    let state = f.var(inner);
                    f.ret(either(state.eq(UNDECIDED), UNDECIDED, state.eq(MET)));
                });
            }
            Node::Count { counting, entries } => self.count(*counting, entries, callee),
            Node::Choice { branches, otherwise } => {
                let branches: Vec<(E<I>, E<I>)> =
                    branches.iter().map(|(condition, body)| (self.node(*condition), self.node(*body))).collect();
                let otherwise = self.node(*otherwise);
                self.define(callee, |f| {
                    let seen = f.empty::<I>();
                    for (condition, body) in branches {
                        let condition = f.var(condition);
                        f.when(condition.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
                        f.when(condition, |f| {
                            f.set(seen, seen | (E::from(1) << body));
                            f.when(condition.eq(MET), |f| f.ret(logic.agreed(seen)));
                        });
                    }
                    f.ret(logic.agreed(seen | (E::from(1) << otherwise)));
                });
            }
            Node::Compare { value, comparator, to } => {
                let (value, to) = (self.value(*value), self.value(*to));
                self.of_values(callee, values.compare(comparator_code(*comparator), value, to));
            }
            Node::InRange { value, low, high } => {
                let (value, low, high) = (self.value(*value), self.value(*low), self.value(*high));
                self.of_values(callee, values.between(value, low, high));
            }
            Node::OneOf { value, words, negated } => {
                if words.iter().any(|word| *word > 63) {
                    return Err(Unsayable::of("one of more than 64 words"));
                }
                let bits = words.iter().fold(0_i64, |bits, word| bits | 1 << word);
                let state = values.one_of(self.value(*value), bits);
                self.of_values(callee, if *negated { logic.not(state) } else { state });
            }
            Node::WordCompare { value, comparator, word } => {
                let value = self.value(*value);
                self.of_values(callee, values.compare_word(comparator_code(*comparator), value, at(*word)));
            }
            Node::Recorded(value) => {
                let value = self.value(*value);
                self.define(callee, |f| {
                    let top = f.var(E::from(TOP).at::<I>(0));
                    let list = f.var(value);
                    f.store::<I>(TOP, 0, top);
                    f.when(list.at::<I>(STATE) & UNDECIDED, |f| f.ret::<I>(UNDECIDED));
                    f.ret(list.at::<I>(STATE).negated() & list.at::<I>(value::COUNT).gt(0));
                });
            }
            Node::Events(events) => self.events(events, callee),
            Node::StableDose(stable) => self.stable_dose(stable, callee),
            Node::Onset { of, period, silence } => {
                let sets = (self.layout.kin(&of.is, &[]), self.layout.kin(&of.may_be, &[]));
                let silence = self.silence(silence);
                let (period, histories) = (self.period(*period), self.histories);
                self.define(callee, |f| {
                    let (from, to) = f.pair(period);
                    f.when(from.eq(NONE), |f| f.ret::<I>(UNKNOWN));
                    f.ret(histories.onset(sets, silence, (from, to)));
                });
            }
            Node::Given { event, by } => {
                let state = self.histories.given(*event, self.day(*by));
                self.define(callee, |f| f.ret(state));
            }
            Node::Answer(keys) => {
                let answers: Vec<i32> = keys.iter().map(|key| self.layout.answers + at(key.0)).collect();
                self.define(callee, |f| {
                    for place in answers {
                        let answer = f.var(E::<I>::from(place).byte(0));
                        f.when(answer, |f| f.ret(answer - 1));
                    }
                    f.ret::<I>(UNKNOWN);
                });
            }
            Node::Sex { of, word } => self.define(callee, |f| {
                f.each(RESULTS.start(), RESULTS.end(), RESULTS.size, |f, one| {
                    f.when(one.at::<I>(entry::OF).eq(at(of.0)), |f| {
                        let same = one.at::<I>(entry::DIGITS).eq(at(*word));
                        f.ret(either(one.at::<I>(entry::SAID).eq(said::WORD), same, UNKNOWN));
                    });
                });
                f.ret::<I>(UNKNOWN);
            }),
            Node::Members(members) => self.members(members, callee),
            Node::Change(change) => self.change(change, callee)?,
        }
        Ok(())
    }

    /// A question of values; what it makes on the way is forgotten.
    fn of_values(&mut self, callee: Callee, state: E<I>) {
        self.define(callee, |f| {
            let top = f.var(E::from(TOP).at::<I>(0));
            let state = f.var(state);
            f.store::<I>(TOP, 0, top);
            f.ret::<I>(state);
        });
    }

    /// `and` and `or`: the state that decides, wherever it stands.
    fn folded(&mut self, parts: &[NodeAt], (decides, otherwise): (i32, i32), callee: Callee) {
        let parts: Vec<E<I>> = parts.iter().map(|part| self.node(*part)).collect();
        self.define(callee, |f| {
            let seen = f.empty::<I>();
            for part in parts {
                let state = f.var(part);
                f.when(state.eq(decides), |f| f.ret::<I>(decides));
                f.set(seen, seen | state);
            }
            f.when(seen & UNDECIDED, |f| f.ret::<I>(UNDECIDED));
            f.ret(either(seen & UNKNOWN, UNKNOWN, otherwise));
        });
    }

    fn count(&mut self, counting: Counting, entries: &[Entry], callee: Callee) {
        let how = how(counting);
        let entries: Vec<(Option<E<I>>, E<I>)> =
            entries.iter().map(|entry| (entry.when.map(|when| self.node(when)), self.node(entry.body))).collect();
        let logic = self.logic;
        self.define(callee, |f| {
            let sure = [f.empty::<I>(), f.empty::<I>(), f.empty::<I>()];
            let open = [f.empty::<I>(), f.empty::<I>(), f.empty::<I>()];
            for (when, body) in entries {
                let counts = f.var(when.unwrap_or(MET.into()));
                f.when(counts.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
                f.when(counts, |f| {
                    let state = f.var(body);
                    f.when(state.eq(UNDECIDED), |f| f.ret::<I>(UNDECIDED));
                    f.when_else(
                        counts.eq(MET),
                        |f| {
                            f.set(sure[0], sure[0] + state.eq(MET));
                            f.set(sure[1], sure[1] + state.eq(UNKNOWN));
                            f.set(sure[2], sure[2] + 1);
                        },
                        |f| {
                            f.set(open[0], open[0] + state.eq(MET));
                            f.set(open[1], open[1] + state.eq(NOT_MET));
                            f.set(open[2], open[2] + state.eq(UNKNOWN));
                        },
                    );
                });
            }
            f.ret(logic.count(how, sure.map(E::from), open.map(E::from)));
        });
    }

    // ---- the whole -------------------------------------------------------------------------------------------------------------

    /// The last day that the record speaks of: its own, or that of the latest screening that has taken place.
    pub(super) fn last_day(&mut self) -> Callee {
        let screenings: Vec<ConceptAt> = self.plan.screenings.clone();
        let recorded = recorded(&mut self.module, self.calendar);
        self.module.function(&[], &[], |f| {
            let last = f.var(E::from(AS_OF).at::<L>(0));
            for event in screenings {
                let found: E<I> = recorded.call((at(event.0),));
                f.when(found.eq(1), |f| f.set(last, last.most(E::from(FOUND).at::<L>(8))));
            }
            f.store::<L>(LAST_DAY, 0, last);
            f.nothing();
        })
    }
}

/// How many of a list, and how it is counted.
fn how(counting: Counting) -> (i32, i32) {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX - 1);
    match counting {
        Counting::Any => (logic::AT_LEAST, 1),
        Counting::All => (logic::ALL, 0),
        Counting::None => (logic::AT_MOST, 0),
        Counting::AtLeast(n) => (logic::AT_LEAST, number(n)),
        Counting::AtMost(n) => (logic::AT_MOST, number(n)),
        Counting::Exactly(n) => (logic::EXACTLY, number(n)),
    }
}

/// So long before or after a day.
fn moved(calendar: Calendar, day: impl Into<E<L>>, by: Length, side: Side) -> E<L> {
    let sign = if side == Side::Before { -1 } else { 1 };
    match by {
        Length::Days(days) => day.into() + sign * days,
        Length::Months(months) => calendar.add_months(day, sign * months),
    }
}

/// The last day of the record, or that of the block where it does not say.
fn last_day(f: &mut Fun, context: E<L>) -> Var<L> {
    let last = f.var(E::from(LAST_DAY).at::<L>(0));
    f.when(last.eq(NONE), |f| f.set(last, context));
    last
}

/// The date that is recorded of an event of the trial: 0 none, 1 recorded, 2 planned; its days are left in [`FOUND`].
fn recorded(module: &mut Module, calendar: Calendar) -> Callee {
    module.function(&[I::VAL], &[I::VAL], |f| {
        let event = f.param::<I>(0);
        f.each(ANCHORS.start(), ANCHORS.end(), ANCHORS.size, |f, anchor| {
            f.when(anchor.at::<I>(entry::OF).eq(event), |f| {
                f.store::<L>(FOUND, 0, calendar.day(anchor.at::<L>(entry::FROM)));
                f.store::<L>(FOUND, 8, calendar.day(anchor.at::<L>(entry::TO)));
                f.ret(anchor.at::<I>(entry::PLANNED).ne(0) + 1);
            });
        });
        f.ret::<I>(0);
    })
}

/// What is known of a node in this case already, or what it says when it is asked now.
fn ask(module: &mut Module, state: Signature, known: i32) -> Callee {
    module.function(&[I::VAL], &[I::VAL], |f| {
        let node = f.param::<I>(0);
        let place = f.var(node + known);
        let before = f.var(place.byte(0));
        f.when(before, |f| f.ret(before - 1));
        let found = f.var::<I>(state.call(node, ()));
        f.store_byte(place, found + 1);
        f.ret::<I>(found);
    })
}
