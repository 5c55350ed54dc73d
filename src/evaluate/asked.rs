//! What is asked of a value: comparisons, ranges, words, changes.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::interval::Interval;
use super::lists::members_of;
use super::node::{About, Node, State, Thing, Used, Valued};
use super::value::{change_between, in_unit, measure_of, seconds};
use super::{Context, Evaluator, Kleene, Lack, dose};
use crate::ir::{
    Ask, Better, Comparator, ConceptId, DefinitionBody, Movement, Quantity, Range, TimeUnit, Trial, Truth, Value,
    ValueKind, Word,
};
use crate::record::time::add_months;
use crate::units::{DoseUnit, Scale, Unit, UnitKind};

/// A limit that may be in force, with what it depends on.
struct Limits<'a, L> {
    may_be: Vec<&'a L>,
    conditions: Vec<Node<'a>>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn asked(&self, value: &'a Value, ask: &'a Ask, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        if let ValueKind::EachOf { count, of, apart } = &value.kind {
            return self.each((*count, apart.as_ref().map(seconds)), of, ask, (about, context));
        }
        match ask {
            Ask::Compare { comparator, to, instead } => {
                let limits = self.limits(to, instead, context);
                Self::under(limits, about, |limit| self.compared(value, *comparator, limit, context))
            }
            Ask::InRange { range, instead } => {
                let limits = self.limits(range, instead, context);
                Self::under(limits, about, |range| self.in_range(value, range, context))
            }
            Ask::OneOf { words, negated } => {
                let node = self.value(value, Scale::Plain, context);
                let state = every(&node.valued(), |thing| one_of(thing, words));
                Node::truth(about, if *negated { !state } else { state }, vec![node])
            }
            Ask::Moved { movement, comparator, by } => {
                self.moved(value, (*movement, *comparator), by, (about, context))
            }
            Ask::Recorded => {
                let node = self.value(value, Scale::Plain, context);
                let there = !node.valued().unknown && !node.valued().may_be.is_empty();
                Node::truth(about, there.into(), vec![node])
            }
        }
    }

    /// The limits that may be in force: those up to the first whose condition is met, those left out whose condition is not.
    fn limits<L>(&self, usual: &'a L, instead: &'a [(Truth, L)], context: &Context<'a>) -> Limits<'a, L> {
        let mut limits = Limits { may_be: Vec::new(), conditions: Vec::new() };
        for (condition, limit) in instead {
            let mut node = self.truth(condition, context);
            let state = node.kleene();
            node.about = About::Limit;
            limits.conditions.push(node);
            if state != Kleene::NotMet {
                limits.may_be.push(limit);
            }
            if state == Kleene::Met {
                return limits;
            }
        }
        limits.may_be.push(usual);
        limits
    }

    /// What holds under every limit that may be in force.
    fn under<L>(limits: Limits<'a, L>, about: About<'a>, ask: impl Fn(&'a L) -> Node<'a>) -> Node<'a> {
        let mut parts = limits.conditions;
        let mut state: Option<Kleene> = None;
        for limit in limits.may_be {
            let mut node = ask(limit);
            state = Some(state.map_or(node.kleene(), |known| known.either(node.kleene())));
            parts.append(&mut node.parts);
        }
        Node::truth(about, state.unwrap_or(Kleene::Unknown), parts)
    }

    fn compared(&self, value: &'a Value, comparator: Comparator, limit: &'a Value, context: &Context<'a>) -> Node<'a> {
        let about = About::Value(limit);
        if let ValueKind::DoseQuantity(dose) = &limit.kind {
            let wanted = dose::Wanted::of(dose);
            let node = self.dose_asked(value, &wanted, context);
            let limit = Interval::exactly(dose::Wanted::limit(dose));
            let state = every(&node.valued(), |thing| numbers(thing, comparator, (&limit, &wanted.amount), None));
            return Node::truth(about, state, vec![node]);
        }
        let (scale, right) = match &limit.kind {
            ValueKind::Quantity(quantity) => (quantity.unit.scale(), Some(quantity)),
            _ => (Scale::Plain, None),
        };
        let left = self.aged(value, right.map(|quantity| &quantity.unit), context);
        let left = left.unwrap_or_else(|| self.value(value, scale, context));
        if let ValueKind::Word { of, word } = &limit.kind {
            let state = every(&left.valued(), |thing| self.words(of, thing, comparator, word));
            return Node::truth(about, state, vec![left]);
        }
        let mass = self.molar_mass(value);
        if let Some(quantity) = right {
            let calendar = self.calendar_days(value, (&quantity.value.rational(), &quantity.unit), context);
            let plain = || {
                let unit = if scale == Scale::Plain { quantity.unit.clone() } else { Unit::one() };
                (Interval::exactly(quantity.value.rational()), unit)
            };
            let (number, unit) = calendar.unwrap_or_else(plain);
            let state = every(&left.valued(), |thing| numbers(thing, comparator, (&number, &unit), mass.as_ref()));
            return Node::truth(about, state, vec![left]);
        }
        let right = self.value(limit, Scale::Plain, context);
        let state = every(&left.valued(), |a| {
            every(&right.valued(), |b| match b {
                Thing::Number(number, unit) => numbers(a, comparator, (number, unit), mass.as_ref()),
                Thing::Word(_) => Kleene::Unknown,
            })
        });
        Node::truth(about, state, vec![left, right])
    }

    fn in_range(&self, value: &'a Value, range: &'a Range, context: &Context<'a>) -> Node<'a> {
        let about = About::Value(value);
        let (low, high) = (range.low.rational(), range.high.rational());
        if self.is_dose(value) {
            let unit = DoseUnit::of(&range.unit);
            let Ok(unit) = unit else { return Node::lacking(about, Lack::Unsaid(range.unit.to_string())) };
            let wanted =
                dose::Wanted { amount: unit.amount.clone(), per_body: unit.per_body.map(crate::record::dose::body) };
            let per_day = unit.per_time.as_ref().and_then(crate::record::dose::per_day);
            let per_day = per_day.unwrap_or_else(|| BigRational::from_integer(BigInt::from(1)));
            let node = self.dose_asked(value, &wanted, context);
            let limits = (Interval::exactly(low * &per_day), Interval::exactly(high * per_day));
            let state = every(&node.valued(), |thing| between(thing, &limits, &wanted.amount, None));
            return Node::truth(about, state, vec![node]);
        }
        let scale = range.unit.scale();
        let left = self.aged(value, Some(&range.unit), context).unwrap_or_else(|| self.value(value, scale, context));
        let calendar = |number: &BigRational| self.calendar_days(value, (number, &range.unit), context);
        if let (Some((low, unit)), Some((high, _))) = (calendar(&low), calendar(&high)) {
            let state = every(&left.valued(), |thing| between(thing, &(low.clone(), high.clone()), &unit, None));
            return Node::truth(about, state, vec![left]);
        }
        let unit = if scale == Scale::Plain { range.unit.clone() } else { Unit::one() };
        let limits = (Interval::exactly(low), Interval::exactly(high));
        let mass = self.molar_mass(value);
        let state = every(&left.valued(), |thing| between(thing, &limits, &unit, mass.as_ref()));
        Node::truth(about, state, vec![left])
    }

    /// Months and years of a length of time are those of the calendar, from its first day on: as many days as they have there.
    fn calendar_days(
        &self,
        value: &Value,
        (number, unit): (&BigRational, &Unit),
        context: &Context<'a>,
    ) -> Option<(Interval, Unit)> {
        let (ValueKind::TimeBetween { from, .. }, UnitKind::CalendarMonths(months)) = (&value.kind, unit.kind()) else {
            return None;
        };
        let number = i64::try_from(number.is_integer().then(|| number.to_integer())?).ok()?;
        let from = self.moment_range(from, context).ok()?;
        let days = |day: i64| add_months(day, number.saturating_mul(i64::from(months))) - day;
        let (a, b) = (days(from.span.first_day()), days(from.span.last_day()));
        let exact = |days: i64| BigRational::from_integer(BigInt::from(days));
        Some((Interval::between(exact(a.min(b)), exact(a.max(b))), Unit::parse("d").ok()?))
    }

    /// The age in the unit that it is compared with.
    fn aged(&self, value: &'a Value, unit: Option<&Unit>, context: &Context<'a>) -> Option<Node<'a>> {
        if !matches!(value.kind, ValueKind::Age) {
            return None;
        }
        let unit = match unit?.code() {
            "mo" => TimeUnit::Months,
            "wk" => TimeUnit::Weeks,
            "d" => TimeUnit::Days,
            _ => TimeUnit::Years,
        };
        Some(self.age(About::Value(value), unit, context))
    }

    /// A dose, or what is defined as one.
    fn is_dose(&self, value: &Value) -> bool {
        match &value.kind {
            ValueKind::DailyDose { .. } | ValueKind::TotalDose { .. } => true,
            ValueKind::Defined { definition, .. } => {
                let body = self.reader.trial.definitions.get(definition).map(|found| &found.body);
                matches!(body, Some(DefinitionBody::Value(body)) if self.is_dose(body))
            }
            _ => false,
        }
    }

    fn dose_asked(&self, value: &'a Value, wanted: &dose::Wanted, context: &Context<'a>) -> Node<'a> {
        let about = About::Value(value);
        match &value.kind {
            ValueKind::Defined { definition, .. } => {
                match self.reader.trial.definitions.get(definition).map(|found| &found.body) {
                    Some(DefinitionBody::Value(body)) => self.dose_asked(body, wanted, context),
                    Some(DefinitionBody::Truth(_)) | None => {
                        Node::no_value(about, Lack::Unsaid(definition.to_string()))
                    }
                }
            }
            _ => self.dose(value, wanted, about, context),
        }
    }

    /// Asked of each of the last so many results.
    fn each(
        &self,
        (count, apart): (u32, Option<i64>),
        of: &'a Value,
        ask: &'a Ask,
        (about, context): (About<'a>, &Context<'a>),
    ) -> Node<'a> {
        let scale = match ask {
            Ask::Compare { to: Value { kind: ValueKind::Quantity(quantity), .. }, .. } => quantity.unit.scale(),
            Ask::InRange { range, .. } => range.unit.scale(),
            Ask::Compare { .. } | Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => Scale::Plain,
        };
        let Some((measure, scale)) = measure_of(of, scale) else {
            return Node::lacking(about, Lack::Unsaid("results that are repeated".to_owned()));
        };
        let taken = match self.repeats(measure, (count, apart), scale, context) {
            Ok(taken) => taken,
            Err(lack) => return Node::lacking(about, lack),
        };
        let mut node = Node::truth(about, Kleene::Unknown, Vec::new());
        let mut state = Kleene::Met;
        for (observation, thing) in taken {
            node.used.push(Used::Result(measure, observation));
            let (found, parts) = self.thing_asked(&thing, of, ask, context);
            state = state.and(found);
            node.parts.extend(parts);
        }
        node.state = State::Truth(state);
        node
    }

    /// A question about one result.
    fn thing_asked(
        &self,
        thing: &Thing,
        of: &'a Value,
        ask: &'a Ask,
        context: &Context<'a>,
    ) -> (Kleene, Vec<Node<'a>>) {
        let mass = self.molar_mass(of);
        let plain = |unit: &Unit| if unit.scale() == Scale::Plain { unit.clone() } else { Unit::one() };
        match ask {
            Ask::Compare { comparator, to, instead } => {
                let limits = self.limits(to, instead, context);
                let states = limits.may_be.iter().map(|limit| match &limit.kind {
                    ValueKind::Quantity(quantity) => {
                        let number = Interval::exactly(quantity.value.rational());
                        numbers(thing, *comparator, (&number, &plain(&quantity.unit)), mass.as_ref())
                    }
                    ValueKind::Word { of, word } => self.words(of, thing, *comparator, word),
                    _ => {
                        let right = self.value(limit, Scale::Plain, context);
                        every(&right.valued(), |right| match right {
                            Thing::Number(number, unit) => numbers(thing, *comparator, (number, unit), mass.as_ref()),
                            Thing::Word(_) => Kleene::Unknown,
                        })
                    }
                });
                (states.reduce(Kleene::either).unwrap_or(Kleene::Unknown), limits.conditions)
            }
            Ask::InRange { range, instead } => {
                let limits = self.limits(range, instead, context);
                let states = limits.may_be.iter().map(|range| {
                    let ends = (Interval::exactly(range.low.rational()), Interval::exactly(range.high.rational()));
                    between(thing, &ends, &plain(&range.unit), mass.as_ref())
                });
                (states.reduce(Kleene::either).unwrap_or(Kleene::Unknown), limits.conditions)
            }
            Ask::OneOf { words, negated } => {
                let state = one_of(thing, words);
                (if *negated { !state } else { state }, Vec::new())
            }
            Ask::Recorded => (Kleene::Met, Vec::new()),
            Ask::Moved { .. } => (Kleene::Unknown, Vec::new()),
        }
    }

    // ---- change ----------------------------------------------------------------------------------------------------------

    fn moved(
        &self,
        value: &'a Value,
        (movement, comparator): (Movement, Comparator),
        by: &'a Quantity,
        (about, context): (About<'a>, &Context<'a>),
    ) -> Node<'a> {
        let (now, before) = self.now_and_before(value, context);
        let (later, earlier) = (self.ranked(value, now.valued()), self.ranked(value, before.valued()));
        let relative = by.unit.kind() == UnitKind::Percent;
        let rises = match movement {
            Movement::Rose => true,
            Movement::Fell => false,
            Movement::Improved => self.better(value) == Some(Better::Higher),
            Movement::Worsened => self.better(value) == Some(Better::Lower),
        };
        let change = change_between(&later, &earlier, relative);
        let limit = Interval::exactly(by.value.rational());
        let zero = Interval::exactly(BigRational::from_integer(BigInt::from(0)));
        let state = every(&change, |thing| {
            let Thing::Number(interval, unit) = thing else { return Kleene::Unknown };
            let toward = if rises { interval.clone() } else { zero.minus(interval) };
            let mass = self.molar_mass(value);
            numbers(&Thing::Number(toward, unit.clone()), comparator, (&limit, &by.unit), mass.as_ref())
        });
        Node::truth(about, state, vec![now, before])
    }

    /// The words of a scale as their places in its order.
    fn ranked(&self, value: &Value, found: Valued) -> Valued {
        let Some((measure, _)) = measure_of(value, Scale::Plain) else { return found };
        let words = self.reader.trial.concepts.get(measure).map_or(&[][..], |concept| &concept.values);
        let mut ranked = Valued { may_be: Vec::new(), unknown: found.unknown };
        for thing in found.may_be {
            match thing {
                Thing::Word(word) => match words.iter().position(|known| *known == word) {
                    Some(rank) => {
                        let rank = BigRational::from_integer(BigInt::from(rank));
                        ranked.add(Thing::Number(Interval::exactly(rank), Unit::one()));
                    }
                    None => ranked.unknown = true,
                },
                number @ Thing::Number(..) => ranked.add(number),
            }
        }
        ranked
    }

    /// Which direction of a value is the better one.
    #[must_use]
    pub fn better(&self, value: &Value) -> Option<Better> {
        better(self.reader.trial, value)
    }

    // ---- one against one ---------------------------------------------------------------------------------------------------

    /// Words of a scale compare by their order, those of a test are the same or not.
    fn words(&self, of: &ConceptId, thing: &Thing, comparator: Comparator, limit: &Word) -> Kleene {
        let Thing::Word(word) = thing else { return Kleene::Unknown };
        let words = self.reader.trial.concepts.get(of).map_or(&[][..], |concept| &concept.values);
        let rank = |word: &Word| words.iter().position(|known| known == word);
        let (Some(a), Some(b)) = (rank(word), rank(limit)) else { return Kleene::Unknown };
        let holds = match comparator {
            Comparator::Less => a < b,
            Comparator::AtMost => a <= b,
            Comparator::Equal => a == b,
            Comparator::NotEqual => a != b,
            Comparator::AtLeast => a >= b,
            Comparator::Greater => a > b,
        };
        holds.into()
    }
}

/// Which direction of a value is the better one.
pub(crate) fn better(trial: &Trial, value: &Value) -> Option<Better> {
    match &value.kind {
        ValueKind::Result { of, .. } | ValueKind::PerUpperLimit { of, .. } | ValueKind::PerLowerLimit { of, .. } => {
            trial.concepts.get(of)?.better
        }
        ValueKind::Defined { definition, .. } => {
            let found = trial.definitions.get(definition)?;
            found.better.or_else(|| match &found.body {
                DefinitionBody::Value(body) => better(trial, body),
                DefinitionBody::Truth(_) => None,
            })
        }
        ValueKind::MeanOf { of, .. } | ValueKind::Change { of, .. } | ValueKind::In { value: of, .. } => {
            better(trial, of)
        }
        ValueKind::HighestOf(list) | ValueKind::LowestOf(list) => {
            members_of(trial, list).first().and_then(|part| better(trial, &part.body))
        }
        ValueKind::Arithmetic { left, .. } => better(trial, left),
        _ => None,
    }
}

/// What holds of everything that a value may be.
pub(crate) fn every(value: &Valued, ask: impl Fn(&Thing) -> Kleene) -> Kleene {
    if value.unknown {
        return Kleene::Unknown;
    }
    value.may_be.iter().map(ask).reduce(Kleene::either).unwrap_or(Kleene::Unknown)
}

fn one_of(thing: &Thing, words: &[Word]) -> Kleene {
    match thing {
        Thing::Word(word) => words.contains(word).into(),
        Thing::Number(..) => Kleene::Unknown,
    }
}

/// A number against a limit, in the unit of the number.
pub(super) fn numbers(
    thing: &Thing,
    comparator: Comparator,
    (limit, unit): (&Interval, &Unit),
    mass: Option<&BigRational>,
) -> Kleene {
    let Thing::Number(number, own) = thing else { return Kleene::Unknown };
    match in_unit(&Thing::Number(limit.clone(), unit.clone()), own, mass) {
        Some(Thing::Number(limit, _)) => number.compare(comparator, &limit),
        Some(Thing::Word(_)) | None => Kleene::Unknown,
    }
}

fn between(thing: &Thing, (low, high): &(Interval, Interval), unit: &Unit, mass: Option<&BigRational>) -> Kleene {
    numbers(thing, Comparator::AtLeast, (low, unit), mass).and(numbers(thing, Comparator::AtMost, (high, unit), mass))
}
