//! Values of all patients of a batch: numbers and words, compared as far as doubles can tell.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::bits::Truths;
use super::calendar::completed;
use super::run::Run;
use super::{Bits, Outcome, ROWS, Said};
use crate::evaluate::Kleene;
use crate::ir::{Comparator, Operator};
use crate::plan::run::number::order;
use crate::plan::{AgeUnit, ConceptAt, DayAt, Fold, MOST_POWER, Number, PeriodAt, Scale, ValueAt, ValueExpr};

/// A value of each patient: known, not known at all, or lost.
#[derive(Clone)]
pub(super) struct Values {
    numbers: Numbers,
    pub(super) known: Bits,
    /// It is something that is not told here: a bound, or one of several.
    pub(super) lost: Bits,
    /// Of those that are lost, what may be as low as can be.
    bottomless: Bits,
}

#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly all values are numbers")]
enum Numbers {
    Words(Arc<Vec<u32>>),
    Numbers {
        value: Arc<Vec<f64>>,
        /// What else it may be, for those of whom two things are possible; the same for the others.
        other: Option<(Arc<Vec<f64>>, Bits)>,
        /// Whether it may be anything between the two.
        between: bool,
        digits: Digits,
        /// Those that were worked out, whatever `digits` says.
        rounded: Bits,
    },
}

/// Where the digits of a number are found.
#[derive(Clone, Copy)]
enum Digits {
    /// Of one number, which all have.
    Fixed(u8),
    Constant(u8),
    /// Those of the double itself.
    Own,
    /// A result divided by its limit of normal: the place of the result, and whether it is the upper one.
    Per {
        result: usize,
        upper: bool,
    },
    Rounded,
}

/// How numbers lie to each other.
struct Order {
    less: Bits,
    equal: Bits,
    lost: Bits,
}

impl Order {
    fn greater(&self) -> Bits {
        !(self.less | self.equal | self.lost)
    }
}

/// Whether a comparison holds of things in this order.
pub(super) fn holds(comparator: Comparator, order: Ordering) -> bool {
    match comparator {
        Comparator::Less => order.is_lt(),
        Comparator::AtMost => order.is_le(),
        Comparator::Equal => order.is_eq(),
        Comparator::NotEqual => order.is_ne(),
        Comparator::AtLeast => order.is_ge(),
        Comparator::Greater => order.is_gt(),
    }
}

impl Values {
    fn nothing() -> Self {
        Self {
            numbers: numbers(vec![0.0; ROWS], Digits::Rounded),
            known: Bits::NONE,
            lost: Bits::NONE,
            bottomless: Bits::NONE,
        }
    }

    fn gone() -> Self {
        Self { lost: Bits::ALL, ..Self::nothing() }
    }

    fn unknown(&self) -> Bits {
        !(self.known | self.lost)
    }

    /// What is asked of a word; of a number it is unknown.
    pub(super) fn asked(&self, holds: impl Fn(u32) -> bool) -> Truths {
        match &self.numbers {
            Numbers::Words(words) => {
                let met = Bits::of(words, holds) & self.known;
                Truths { met, unknown: self.unknown(), lost: self.lost }
            }
            Numbers::Numbers { .. } => Truths::all(Kleene::Unknown).lost_where(self.lost),
        }
    }

    /// The first of what it may be.
    fn value(&self) -> Option<&Arc<Vec<f64>>> {
        match &self.numbers {
            Numbers::Numbers { value, .. } => Some(value),
            Numbers::Words(_) => None,
        }
    }

    /// The others, of those who have one.
    fn other(&self) -> Option<(&Arc<Vec<f64>>, Bits)> {
        match &self.numbers {
            Numbers::Numbers { other: Some((other, several)), .. } => Some((other, *several)),
            Numbers::Numbers { .. } | Numbers::Words(_) => None,
        }
    }

    /// Where both are the same, as far as they are known.
    #[expect(clippy::float_cmp, reason = "the very double is asked for")]
    pub(super) fn same(&self, other: &Self) -> Bits {
        let known = self.known & other.known;
        let alike = match (&self.numbers, &other.numbers) {
            (Numbers::Words(a), Numbers::Words(b)) => Bits::of_two(a, b, |a, b| a == b),
            (Numbers::Numbers { value: a, .. }, Numbers::Numbers { value: b, .. }) => {
                let several = self.several() | other.several();
                Bits::of_two(a, b, |a, b| a == b) & !several
            }
            _ => Bits::NONE,
        };
        !(self.known ^ other.known | self.lost ^ other.lost) & (alike | !known)
    }

    /// The number that all have.
    fn fixed(&self) -> Option<f64> {
        match &self.numbers {
            Numbers::Numbers { value, other: None, digits: Digits::Fixed(_), .. } => value.first().copied(),
            Numbers::Numbers { .. } | Numbers::Words(_) => None,
        }
    }

    fn several(&self) -> Bits {
        self.other().map_or(Bits::NONE, |(_, several)| several & self.known)
    }

    fn is_between(&self) -> bool {
        matches!(self.numbers, Numbers::Numbers { between: true, other: Some(_), .. })
    }

    /// The other thing that each may be, or the same.
    fn second(&self) -> Self {
        let Numbers::Numbers { other: Some((other, _)), digits, rounded, .. } = &self.numbers else {
            return self.clone();
        };
        let numbers = Numbers::Numbers {
            value: Arc::clone(other),
            other: None,
            between: false,
            digits: *digits,
            rounded: *rounded,
        };
        Self { numbers, ..self.clone() }
    }
}

fn numbers(value: Vec<f64>, digits: Digits) -> Numbers {
    Numbers::Numbers { value: Arc::new(value), other: None, between: false, digits, rounded: Bits::NONE }
}

impl Run<'_> {
    pub(super) fn value(&mut self, at: ValueAt) -> Rc<Values> {
        if let Some(Some(known)) = self.values.get(at.at()) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.work_out_value(at));
        if let Some(slot) = self.values.get_mut(at.at()) {
            *slot = Some(Rc::clone(&found));
        }
        found
    }

    fn work_out_value(&mut self, at: ValueAt) -> Values {
        let plan = self.program.plan;
        let Some(value) = plan.values.get(at.at()) else { return Values::gone() };
        match value {
            ValueExpr::Constant(Number { value, digits }) => {
                let known = self.program.constants.get(at.at()).and_then(Option::as_ref);
                let value = known.map_or_else(|| Arc::new(vec![*value; ROWS]), Arc::clone);
                let numbers = Numbers::Numbers {
                    value,
                    other: None,
                    between: false,
                    digits: Digits::Fixed(*digits),
                    rounded: Bits::NONE,
                };
                Values { numbers, known: Bits::ALL, lost: Bits::NONE, bottomless: Bits::NONE }
            }
            ValueExpr::Result { of, scale, period, derived, .. } => self.result(*of, *scale, *period, *derived),
            // A row holds one result of a measure, and never several.
            ValueExpr::Repeat(_) | ValueExpr::Mean(_) => Values::nothing(),
            // Counts are served where they are held to a limit (`Run::counted`), and doses not at all.
            ValueExpr::Count(_) | ValueExpr::Rate { .. } | ValueExpr::Lines(_) | ValueExpr::Dose(_) => Values::gone(),
            ValueExpr::Age { unit, on } => self.age(*unit, *on),
            ValueExpr::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.arithmetic(*operator, &left, &right)
            }
            ValueExpr::Linear { of, factor, offset } => {
                let of = self.value(*of);
                let line = |value: &[f64]| value.iter().map(|value| factor * value + offset).collect::<Vec<f64>>();
                Self::rounded(&of, line)
            }
            ValueExpr::If { branches, otherwise } => {
                let (mut found, mut some, mut open) = (Values::nothing(), Bits::NONE, Bits::ALL);
                for (condition, value) in branches {
                    let condition = self.node(*condition);
                    let may = open & !condition.not_met();
                    if may.any() {
                        let value = self.value(*value);
                        let lost = condition.lost & may;
                        found = chosen(&found, some, &value, may);
                        found.lost |= lost;
                        found.known &= !lost;
                        some |= may;
                    }
                    open &= !condition.met;
                }
                let value = self.value(*otherwise);
                chosen(&found, some, &value, open)
            }
            ValueExpr::Fold { fold, of } => {
                let mut found: Option<Values> = None;
                for at in of {
                    let next = self.value(*at);
                    found = Some(match found {
                        None => (*next).clone(),
                        Some(known) => self.folded(*fold, &known, &next),
                    });
                }
                let Some(mut found) = found else { return Values::nothing() };
                // What is joined is one stretch: it is not taken apart again.
                let several = found.several();
                found.lost |= several;
                found.known &= !several;
                found
            }
        }
    }

    fn age(&mut self, unit: AgeUnit, on: DayAt) -> Values {
        let day = self.day(on);
        let Some((first, last)) = &self.facts.birth else { return Values::nothing() };
        let age = |born: &[i32]| {
            let at = born.iter().zip(&*day.day).map(|(born, day)| {
                f64::from(match unit {
                    AgeUnit::Years => completed(*born, *day, 12),
                    AgeUnit::Months => completed(*born, *day, 1),
                    AgeUnit::Weeks => (day - born).div_euclid(7),
                    AgeUnit::Days => day - born,
                })
            });
            at.collect::<Vec<f64>>()
        };
        let known = first.there & day.there;
        // Who was born last is the youngest.
        let low = age(last);
        let other = if Arc::ptr_eq(&first.day, last) || first.day == *last {
            None
        } else {
            let high = age(&first.day);
            let several = Bits::of_two(&low, &high, |low, high| low < high) & known;
            several.any().then(|| (Arc::new(high), several))
        };
        let between = other.is_some();
        let numbers =
            Numbers::Numbers { value: Arc::new(low), other, between, digits: Digits::Constant(6), rounded: Bits::NONE };
        Values { numbers, known, lost: Bits::NONE, bottomless: Bits::NONE }
    }

    // ---- results -------------------------------------------------------------------------------------------------------------

    fn result(&mut self, of: ConceptAt, scale: Scale, period: PeriodAt, derived: Option<ValueAt>) -> Values {
        let days = self.period(period);
        let facts = self.facts;
        let found = facts.results.iter().enumerate().find(|(_, result)| result.of == of);
        let timeless = self.program.plan.concepts.get(of.at()).is_some_and(|slot| slot.id.as_str() == "sex");
        // Those whose result counts, and those of whom it is not known whether it does.
        let (counts, doubtful) = match found {
            None => (Bits::NONE, Bits::NONE),
            Some((_, result)) if timeless => (result.there & days.there, Bits::NONE),
            Some((_, result)) => {
                let day = result.on.day.as_slice();
                let inside = Bits::of_two(day, &days.from, |day, from| day.saturating_mul(2) >= from)
                    & Bits::of_two(day, &days.to, |day, to| day.saturating_mul(2) < to);
                let dated = result.there & result.on.there & days.there;
                let undated = result.there & !result.on.there & days.there & !days.empty;
                (dated & inside, undated)
            }
        };
        let mut values = match found {
            Some((at, result)) => {
                let (numbers, told) = reading(result, at, scale);
                Values { numbers, known: counts & told, lost: doubtful, bottomless: Bits::NONE }
            }
            None => Values::nothing(),
        };
        let wanting = days.there & !counts & !doubtful;
        if let Some(formula) = derived
            && (wanting & self.wanted).any()
        {
            let (values_so_far, nodes, wanted) = (self.values.clone(), self.nodes.clone(), self.wanted);
            self.wanted &= wanting;
            let formula = self.value(formula);
            // What was worked out for some is not known of the others.
            (self.values, self.nodes, self.wanted) = (values_so_far, nodes, wanted);
            values = chosen(&values, !wanting, &formula, wanting);
        }
        values
    }

    // ---- arithmetic ------------------------------------------------------------------------------------------------------------

    /// Another number of each.
    fn rounded(of: &Values, work_out: impl Fn(&[f64]) -> Vec<f64>) -> Values {
        let Some(value) = of.value() else { return Values::gone() };
        let first = work_out(value);
        let mut lost = of.lost | Bits::of(&first, |number| !number.is_finite()) & of.known;
        let other = of.other().map(|(other, several)| (Arc::new(work_out(other)), several));
        if let Some((other, several)) = &other {
            lost |= Bits::of(other, |number| !number.is_finite()) & *several;
        }
        if of.is_between() {
            lost |= of.several();
        }
        let numbers = Numbers::Numbers {
            value: Arc::new(first),
            other,
            between: false,
            digits: Digits::Rounded,
            rounded: Bits::ALL,
        };
        Values { numbers, known: of.known & !lost, lost, bottomless: Bits::NONE }
    }

    fn arithmetic(&self, operator: Operator, left: &Values, right: &Values) -> Values {
        let (Some(a), Some(b)) = (left.value(), right.value()) else { return Values::gone() };
        // Nothing is known of what rests on something of which nothing is known.
        let mut unknown = left.unknown() | right.unknown();
        if operator == Operator::Power {
            // No broken power is taken of what may be negative.
            unknown |=
                left.bottomless & right.known & Bits::of(b, |exponent| exponent.fract() != 0.0) & !right.several();
        }
        let several = left.several() | right.several();
        let mut lost = (left.lost | right.lost | left.several() & right.several()) & !unknown;
        if left.is_between() {
            lost |= left.several();
        }
        if right.is_between() {
            lost |= right.several();
        }
        lost &= !unknown;
        let known = !unknown & !lost;
        let (first, zero, bad) = pairs(operator, a, b, known & self.wanted);
        // Of one thing nothing is known, of one of two it is not told.
        unknown |= zero & known & !several;
        lost |= (bad | zero & several) & known;
        let other = (several & known).any().then(|| {
            let (c, d) = (left.second(), right.second());
            let (c, d) = (c.value().unwrap_or(a), d.value().unwrap_or(b));
            let (mut other, zero, bad) = pairs(operator, c, d, several & known & self.wanted);
            lost |= (zero | bad) & several & known;
            for (row, (other, first)) in other.iter_mut().zip(&first).enumerate() {
                if !several.has(row) {
                    *other = *first;
                }
            }
            (Arc::new(other), several)
        });
        let numbers = Numbers::Numbers {
            value: Arc::new(first),
            other,
            between: false,
            digits: Digits::Rounded,
            rounded: Bits::ALL,
        };
        Values { numbers, known: !unknown & !lost, lost, bottomless: Bits::NONE }
    }

    /// The highest, the lowest or the sum of two.
    fn folded(&self, fold: Fold, a: &Values, b: &Values) -> Values {
        let (Some(x), Some(y)) = (a.value(), b.value()) else { return Values::gone() };
        let mut lost = a.lost | b.lost | a.several() | b.several();
        let both = a.known & b.known & !lost;
        let one = (a.known | b.known) & !both & !lost;
        let mut value = Vec::with_capacity(ROWS);
        match fold {
            Fold::Highest | Fold::Lowest => {
                let order = self.order(a, b);
                lost |= order.lost & both;
                // What is unknown may be of any size.
                lost |= one;
                let lowest = fold == Fold::Lowest;
                value.extend(x.iter().zip(y.iter()).map(|(x, y)| if (x < y) == lowest { *x } else { *y }));
            }
            Fold::Sum => {
                let (sums, _, bad) = pairs(Operator::Plus, x, y, both);
                value = sums;
                lost |= bad & both;
            }
        }
        let bottomless = match fold {
            Fold::Lowest => (one | a.bottomless | b.bottomless) & lost,
            Fold::Highest | Fold::Sum => Bits::NONE,
        };
        let numbers = Numbers::Numbers {
            value: Arc::new(value),
            other: None,
            between: false,
            digits: Digits::Rounded,
            rounded: Bits::ALL,
        };
        Values { numbers, known: both & !lost, lost, bottomless }
    }

    // ---- comparisons -----------------------------------------------------------------------------------------------------------

    pub(super) fn compare(&self, value: &Values, comparator: Comparator, to: &Values) -> Truths {
        if value.value().is_none() || to.value().is_none() {
            return Truths::all(Kleene::Unknown).lost_where(value.lost | to.lost);
        }
        let unknown = value.unknown() | to.unknown();
        let lost = (value.lost | to.lost) & !unknown;
        let state = match (value.other(), to.other()) {
            (None, None) => {
                let order = self.order(value, to);
                told(comparator, &order, &order)
            }
            (Some(_), None) if value.is_between() => {
                told(comparator, &self.order(&value.second(), to), &self.order(value, to))
            }
            (None, Some(_)) if to.is_between() => {
                told(comparator, &self.order(value, to), &self.order(value, &to.second()))
            }
            (Some(_), None) => {
                self.compare(&first(value), comparator, to).either(self.compare(&value.second(), comparator, to))
            }
            (None, Some(_)) => {
                self.compare(value, comparator, &first(to)).either(self.compare(value, comparator, &to.second()))
            }
            (Some(_), Some(_)) => {
                let order = self.order(value, to);
                told(comparator, &order, &order).lost_where(value.several() | to.several())
            }
        };
        let state = state.lost_where(lost);
        Truths { met: state.met & !unknown, unknown: state.unknown & !lost | unknown, lost: state.lost & !unknown }
    }

    pub(super) fn between(&self, value: &Values, low: &Values, high: &Values) -> Truths {
        let inside = |value: &Values| {
            let (above, below) =
                (self.compare(value, Comparator::AtLeast, low), self.compare(value, Comparator::AtMost, high));
            let unknown = value.unknown();
            let state = above.and(below);
            Truths { met: state.met & !unknown, unknown: state.unknown | unknown, lost: state.lost & !unknown }
        };
        match value.other() {
            Some(_) if !value.is_between() => inside(&first(value)).either(inside(&value.second())),
            _ => inside(value),
        }
    }

    /// The order of numbers that are known: decimals of few digits that doubles cannot tell apart are the same.
    fn order(&self, a: &Values, b: &Values) -> Order {
        let (Some(x), Some(y)) = (a.value(), b.value()) else {
            return Order { less: Bits::NONE, equal: Bits::NONE, lost: Bits::ALL };
        };
        let (less, near) = if let Some(limit) = b.fixed() {
            // Some that are not near are taken for it, and told by their digits all the same.
            let slack = 2.0 * Number::NEAR_IF_ROUNDED * limit.abs();
            let (less, up_to) = (Bits::of(x, |x| x < limit - slack), Bits::of(x, |x| x <= limit + slack));
            (less, up_to & !less)
        } else {
            let near = Bits::of_two(x, y, |x, y| (x - y).abs() <= Number::NEAR_IF_ROUNDED * x.abs().max(y.abs()));
            (Bits::of_two(x, y, |x, y| x < y) & !near, near)
        };
        let mut order = Order { less, equal: Bits::NONE, lost: Bits::NONE };
        for row in (near & a.known & b.known).rows() {
            match self.number(a, row).zip(self.number(b, row)).map(|(a, b)| self::order(a, b)) {
                Some(Ok(Ordering::Less)) => order.less.set(row),
                Some(Ok(Ordering::Equal)) => order.equal.set(row),
                Some(Ok(Ordering::Greater)) => {}
                Some(Err(_)) | None => order.lost.set(row),
            }
        }
        order
    }

    /// A number with its digits.
    fn number(&self, of: &Values, row: usize) -> Option<Number> {
        let Numbers::Numbers { value, digits, rounded, .. } = &of.numbers else { return None };
        let value = *value.get(row)?;
        let digits = match digits {
            _ if rounded.has(row) => Number::ROUNDED,
            Digits::Rounded => Number::ROUNDED,
            Digits::Fixed(digits) | Digits::Constant(digits) => *digits,
            Digits::Own => digits_of(value),
            Digits::Per { result, upper } => {
                let result = self.facts.results.get(*result)?;
                let limits = if *upper { &result.upper } else { &result.lower };
                let limit = *limits.as_ref()?.value.get(row)?;
                let Said::Numbers { value, .. } = &result.said else { return None };
                digits_of(*value.get(row)?).saturating_add(digits_of(limit))
            }
        };
        Some(Number { value, digits })
    }
}

/// What a comparison says of stretches: by the order of the high end to the low one of the other, and the other way round.
fn told(comparator: Comparator, high: &Order, low: &Order) -> Truths {
    let (sure, possible) = match comparator {
        Comparator::Less => (high.less, low.less),
        Comparator::AtMost => (high.less | high.equal, low.less | low.equal),
        Comparator::Greater => (low.greater(), high.greater()),
        Comparator::AtLeast => (low.greater() | low.equal, high.greater() | high.equal),
        Comparator::Equal | Comparator::NotEqual => (high.equal & low.equal, !(high.less | low.greater())),
    };
    let state = Truths::between(sure, possible).lost_where(high.lost | low.lost);
    if comparator == Comparator::NotEqual { state.negated() } else { state }
}

/// The first of what each may be, alone.
fn first(values: &Values) -> Values {
    let mut found = values.clone();
    if let Numbers::Numbers { other, between, .. } = &mut found.numbers {
        (*other, *between) = (None, false);
    }
    found
}

/// What results say on a scale, and of whom they say it.
fn reading(result: &Outcome, at: usize, scale: Scale) -> (Numbers, Bits) {
    match &result.said {
        Said::Words(words) => (Numbers::Words(Arc::clone(words)), Bits::ALL),
        Said::Numbers { value, rounded } => {
            let (limits, upper) = match scale {
                Scale::Plain => {
                    let numbers = Numbers::Numbers {
                        value: Arc::clone(value),
                        other: None,
                        between: false,
                        digits: Digits::Own,
                        rounded: *rounded,
                    };
                    return (numbers, Bits::ALL);
                }
                Scale::Upper => (&result.upper, true),
                Scale::Lower => (&result.lower, false),
            };
            let Some(limits) = limits else { return (numbers(vec![0.0; ROWS], Digits::Rounded), Bits::NONE) };
            let value = value.iter().zip(&limits.value).map(|(value, limit)| value / limit).collect();
            let numbers = Numbers::Numbers {
                value: Arc::new(value),
                other: None,
                between: false,
                digits: Digits::Per { result: at, upper },
                rounded: *rounded,
            };
            (numbers, limits.there)
        }
    }
}

/// What is found so far, and one thing more that it may be for those of the mask; both for those who have something already.
fn chosen(found: &Values, some: Bits, next: &Values, mask: Bits) -> Values {
    let (fresh, both) = (mask & !some, mask & some);
    if !fresh.any() && !both.any() {
        return found.clone();
    }
    let pick = |a: Bits, b: Bits| a & !mask | b & fresh;
    let mut lost = pick(found.lost, next.lost);
    let mut known = pick(found.known, next.known);
    let (Some(x), Some(y)) = (found.value(), next.value()) else { return worded(found, some, next, mask) };
    let mut value = (**x).clone();
    for row in fresh.rows() {
        if let (Some(slot), Some(next)) = (value.get_mut(row), y.get(row)) {
            *slot = *next;
        }
    }
    let mut other = value.clone();
    let mut several = Bits::NONE;
    let kept = [(found, found.several() & !mask), (next, next.several() & fresh)];
    for (from, rows) in kept {
        if let Some((values, _)) = from.other() {
            several |= rows;
            for row in rows.rows() {
                if let (Some(slot), Some(value)) = (other.get_mut(row), values.get(row)) {
                    *slot = *value;
                }
            }
        }
    }
    if both.any() {
        // Nothing is known of either; each is one number; or it is not told here.
        let nothing = both & found.unknown() & next.unknown();
        let pair = both & found.known & next.known & !found.several() & !next.several();
        known |= pair;
        lost |= both & !nothing & !pair;
        several |= pair;
        for row in pair.rows() {
            if let (Some(slot), Some(next)) = (other.get_mut(row), y.get(row)) {
                *slot = *next;
            }
        }
    }
    let between = found.is_between() || next.is_between();
    if between {
        // A stretch among things that are told apart.
        lost |= several;
        known &= !several;
        several = Bits::NONE;
    }
    let (digits, rounded) = joined(found, next, mask);
    let numbers = Numbers::Numbers {
        value: Arc::new(value),
        other: several.any().then(|| (Arc::new(other), several)),
        between: false,
        digits,
        rounded: rounded | several,
    };
    Values { numbers, known, lost, bottomless: Bits::NONE }
}

/// The digits of what comes from two places.
fn joined(found: &Values, next: &Values, mask: Bits) -> (Digits, Bits) {
    match (&found.numbers, &next.numbers) {
        (Numbers::Numbers { digits, rounded, .. }, Numbers::Numbers { .. }) => {
            // What some have of a constant is none any more.
            let digits = if let Digits::Fixed(digits) = digits { Digits::Constant(*digits) } else { *digits };
            (digits, *rounded | mask)
        }
        _ => (Digits::Rounded, Bits::ALL),
    }
}

/// The same with words: where nothing was found yet, or not told.
fn worded(found: &Values, some: Bits, next: &Values, mask: Bits) -> Values {
    if some.any() || found.known.any() {
        return Values { lost: Bits::ALL, known: Bits::NONE, ..found.clone() };
    }
    Values { known: next.known & mask, lost: next.lost & mask, ..next.clone() }
}

/// What two numbers make: where one is divided by zero, and where it cannot be told.
fn pairs(operator: Operator, a: &[f64], b: &[f64], wanted: Bits) -> (Vec<f64>, Bits, Bits) {
    let both = a.iter().zip(b);
    let (mut zero, mut bad) = (Bits::NONE, Bits::NONE);
    let small = |a: f64, b: f64, sum: f64| sum.abs() < a.abs().max(b.abs()) / 1000.0;
    let found: Vec<f64> = match operator {
        Operator::Plus => {
            bad = Bits::of_two(a, b, |a, b| small(a, b, a + b));
            both.map(|(a, b)| a + b).collect()
        }
        Operator::Minus => {
            bad = Bits::of_two(a, b, |a, b| small(a, b, a - b));
            both.map(|(a, b)| a - b).collect()
        }
        Operator::Times => both.map(|(a, b)| a * b).collect(),
        Operator::Over => {
            zero = Bits::of(b, |b| b == 0.0);
            both.map(|(a, b)| a / b).collect()
        }
        Operator::Power => {
            let mut found = vec![1.0; ROWS];
            for row in wanted.rows() {
                let (Some(slot), Some(a), Some(b)) = (found.get_mut(row), a.get(row), b.get(row)) else { continue };
                let whole = b.fract() == 0.0;
                if *a == 0.0 || !whole && *a < 0.0 || whole && b.abs() > MOST_POWER {
                    bad.set(row);
                } else {
                    *slot = a.powf(*b);
                }
            }
            found
        }
    };
    bad |= Bits::of(&found, |number| !number.is_finite()) & !zero;
    (found, zero, bad)
}

/// How many significant digits the decimal has that a double stands for, if they are few.
#[expect(clippy::float_cmp, reason = "the very double is asked for")]
pub(super) fn digits_of(value: f64) -> u8 {
    const TENS: [f64; 8] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7];
    for tens in TENS {
        let number = (value.abs() * tens).round();
        if number >= 1e12 {
            break;
        }
        // Both are exact, and the quotient is the double that is nearest to that decimal.
        if number / tens == value.abs() {
            let (mut digits, mut left) = (0, number);
            while left >= 1.0 {
                left = (left / 10.0).floor();
                digits += 1;
            }
            let mut zeros = 0;
            let mut left = number;
            while left >= 1.0 && left % 10.0 == 0.0 {
                left /= 10.0;
                zeros += 1;
            }
            return digits - zeros;
        }
    }
    Number::ROUNDED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_shortest_decimal() {
        let known = [
            (0.0, 0),
            (1.0, 1),
            (300.0, 1),
            (0.3, 1),
            (113.12, 5),
            (-2.5, 2),
            (1_000_001.0, 7),
            (0.011_312, 5),
            (7.5e-5, 2),
        ];
        for (value, digits) in known {
            assert_eq!(digits_of(value), digits, "{value}");
        }
        for value in [0.1 + 0.2, 1.0 / 3.0, 1e15, 1e-9] {
            assert_eq!(digits_of(value), Number::ROUNDED, "{value}");
        }
    }
}
