//! Values: everything that a number or word of the protocol may be for this patient.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use super::interval::Interval;
use super::lists::Fold;
use super::node::{About, Node, State, Thing, Used, Valued};
use super::{Context, Evaluator, Frame, Kleene, Lack, Now, dose};
use crate::ir::walk::{self, Visit};
use crate::ir::{
    Ask, Comparator, ConceptId, DefinitionBody, DefinitionId, Duration, Members, Moment, Pick, SetId, TimeUnit, Truth,
    Value, ValueKind,
};
use crate::record::time::{add_months, date_of};
use crate::record::{DAY, PAST, Span, When};
use crate::units::{Scale, Unit};

impl<'a> Evaluator<'a> {
    /// A value; its results as multiples of their limits of normal where that is asked for.
    pub(super) fn value(&self, value: &'a Value, scale: Scale, context: &Context<'a>) -> Node<'a> {
        let about = About::Value(value);
        match &value.kind {
            ValueKind::Quantity(quantity) => {
                let number = Interval::exactly(quantity.value.rational());
                Node::value(about, Valued::number(number, quantity.unit.clone()), Vec::new())
            }
            ValueKind::DoseQuantity(limit) => Node::value(
                about,
                Valued::number(Interval::exactly(dose::Wanted::limit(limit)), limit.unit.clone()),
                Vec::new(),
            ),
            ValueKind::Word { word, .. } => Node::value(about, Valued::word(word.clone()), Vec::new()),
            ValueKind::Result { of, pick } => self.result(of, (*pick, scale), about, context),
            ValueKind::PerUpperLimit { of, pick } => self.result(of, (*pick, Scale::Upper), about, context),
            ValueKind::PerLowerLimit { of, pick } => self.result(of, (*pick, Scale::Lower), about, context),
            ValueKind::Age => self.age(about, TimeUnit::Years, context),
            ValueKind::Defined { definition, pick } => self.defined(definition, (*pick, scale), about, context),
            ValueKind::MeanOf { count, of, apart } => self.mean((*count, apart.as_ref()), of, (about, scale), context),
            // Asked of each: `asked` does that before it asks for a value.
            ValueKind::EachOf { of, .. } => self.value(of, scale, context),
            ValueKind::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(left, Scale::Plain, context), self.value(right, Scale::Plain, context));
                let value = super::arithmetic::work_out(*operator, &left.valued(), &right.valued());
                Node::value(about, value, vec![left, right])
            }
            ValueKind::If { branches, otherwise } => self.choice(branches, otherwise, (about, scale), context),
            ValueKind::In { value: inner, unit } => {
                let node = self.value(inner, Scale::Plain, context);
                let mass = self.molar_mass(inner);
                let mut found = Valued { may_be: Vec::new(), unknown: node.valued().unknown };
                for thing in node.valued().may_be {
                    match in_unit(&thing, unit, mass.as_ref()) {
                        Some(thing) => found.add(thing),
                        None => found.unknown = true,
                    }
                }
                Node::value(about, found, vec![node])
            }
            ValueKind::HighestOf(list) => self.folded(Fold::Highest, list, (about, scale), context),
            ValueKind::LowestOf(list) => self.folded(Fold::Lowest, list, (about, scale), context),
            ValueKind::SumOf(list) => self.folded(Fold::Sum, list, (about, scale), context),
            ValueKind::DailyDose { of, .. } | ValueKind::TotalDose { of, .. } => {
                let wanted = dose::Wanted { amount: self.usual_amount(of), per_body: None };
                self.dose(value, &wanted, about, context)
            }
            ValueKind::Change { of, relative } => self.change(of, *relative, about, context),
            ValueKind::CountOf { of } => self.count_of(of, about, context),
            ValueKind::LinesOf { of } => self.lines_of(of, about, context),
            ValueKind::RateOf { of, per } => self.rate_of(of, per, about, context),
            ValueKind::TimeBetween { from, to } => self.time_between(from, to, about, context),
        }
    }

    fn defined(
        &self,
        definition: &DefinitionId,
        (pick, scale): (Pick, Scale),
        about: About<'a>,
        context: &Context<'a>,
    ) -> Node<'a> {
        match self.reader.trial.definitions.get(definition).map(|found| &found.body) {
            Some(DefinitionBody::Value(body)) => {
                let inner = if pick == Pick::Latest {
                    self.value(body, scale, context)
                } else {
                    self.picked(body, pick, context)
                };
                Node::value(about, inner.valued(), vec![inner])
            }
            Some(DefinitionBody::Truth(_)) | None => Node::no_value(about, Lack::Unsaid(definition.to_string())),
        }
    }

    /// The highest, lowest or first of a formula: it is worked out on each day of the window on which one of the results that
    /// it rests on was taken.
    pub(super) fn picked(&self, formula: &'a Value, pick: Pick, context: &Context<'a>) -> Node<'a> {
        if pick == Pick::Latest {
            return self.value(formula, Scale::Plain, context);
        }
        let times = match self.times_of_results(context) {
            Ok(times) => times,
            Err(lack) => return Node::no_value(About::Value(formula), lack),
        };
        let mut named = Named::new(self);
        named.value(formula);
        let results = named.concepts.iter().filter_map(|of| self.record.results.get(of)).flatten();
        let days: BTreeSet<i64> = results
            .filter(|observation| times.may_hold(observation.when.span) && observation.when.span.is_one_day())
            .map(|observation| observation.when.span.first_day())
            .collect();
        let hull = times.hull();
        let mut best: Option<(Interval, Unit)> = None;
        let mut parts = Vec::new();
        for day in days {
            let upto = Span::new(hull.from, Span::days(day, day).to);
            let on_day = Context {
                anchor: Now::Known(Ok(When::day(day))),
                window: Some(Frame::Exactly(upto)),
                ..context.clone()
            };
            let node = self.value(formula, Scale::Plain, &on_day);
            let Some((interval, unit)) = super::lists::hull_of(&node.valued()).filter(|_| !node.valued().unknown)
            else {
                continue;
            };
            best = match (best, pick) {
                (None, _) => Some((interval, unit)),
                (Some(known), Pick::First | Pick::Latest) => Some(known),
                (Some((known, unit)), Pick::Highest) => Some((known.greater(&interval), unit)),
                (Some((known, unit)), Pick::Lowest) => Some((known.smaller(&interval), unit)),
            };
            parts.push(node);
        }
        match best {
            Some((interval, unit)) => Node::value(About::Value(formula), Valued::number(interval, unit), parts),
            None => self.value(formula, Scale::Plain, context),
        }
    }

    /// The age at the anchor, in whole units.
    pub(super) fn age(&self, about: About<'a>, unit: TimeUnit, context: &Context<'a>) -> Node<'a> {
        let Some(birth) = self.record.birth else { return Node::no_value(about, Lack::Birth) };
        let anchor = match self.now(context) {
            Ok(anchor) => anchor,
            Err(lack) => return Node::no_value(about, lack),
        };
        let at = |born: i64, day: i64| match unit {
            TimeUnit::Months => completed(born, day, 1),
            TimeUnit::Weeks => (day - born).div_euclid(7),
            TimeUnit::Days => day - born,
            TimeUnit::Years | TimeUnit::Minutes | TimeUnit::Hours | TimeUnit::HalfLives | TimeUnit::Cycles => {
                completed(born, day, 12)
            }
        };
        let least = at(birth.last_day(), anchor.span.first_day());
        let most = at(birth.first_day(), anchor.span.last_day());
        let number = |number: i64| BigRational::from_integer(BigInt::from(number));
        let code = match unit {
            TimeUnit::Months => "mo",
            TimeUnit::Weeks => "wk",
            TimeUnit::Days => "d",
            TimeUnit::Years | TimeUnit::Minutes | TimeUnit::Hours | TimeUnit::HalfLives | TimeUnit::Cycles => "a",
        };
        let unit = Unit::parse(code).unwrap_or_else(|_| Unit::one());
        let mut node =
            Node::value(about, Valued::number(Interval::between(number(least), number(most)), unit), Vec::new());
        node.used.push(Used::Birth(birth));
        if least == most { node } else { node.with_lack(Lack::Birth) }
    }

    fn mean(
        &self,
        (count, apart): (u32, Option<&Duration>),
        of: &'a Value,
        (about, scale): (About<'a>, Scale),
        context: &Context<'a>,
    ) -> Node<'a> {
        let Some((measure, scale)) = measure_of(of, scale) else { return self.value(of, scale, context) };
        match self.repeats(measure, (count, apart.map(seconds)), scale, context) {
            Err(lack) => Node::no_value(about, lack),
            Ok(taken) => {
                let mut node = Node::value(about, Valued::unknown(), Vec::new());
                let mut sum: Option<(Interval, Unit)> = None;
                for (observation, thing) in taken {
                    node.used.push(Used::Result(measure, observation));
                    let Thing::Number(interval, unit) = thing else { return node };
                    sum = Some(match sum {
                        None => (interval, unit),
                        Some((known, unit)) => (known.plus(&interval), unit),
                    });
                }
                if let Some((sum, unit)) = sum {
                    let share = BigRational::new(BigInt::from(1), BigInt::from(count));
                    node.state = State::Value(Valued::number(sum.times(&Interval::exactly(share)), unit));
                }
                node
            }
        }
    }

    /// The first branch whose condition is met; while one before it is unknown, its value may be the one.
    fn choice(
        &self,
        branches: &'a [(Truth, Value)],
        otherwise: &'a Value,
        (about, scale): (About<'a>, Scale),
        context: &Context<'a>,
    ) -> Node<'a> {
        let mut parts = Vec::new();
        let mut found: Option<Valued> = None;
        let join = |known: Option<Valued>, next: Valued| Some(known.map_or(next.clone(), |known| known.or(&next)));
        for (condition, value) in branches {
            let condition = self.truth(condition, context);
            let state = condition.kleene();
            parts.push(condition);
            if state == Kleene::NotMet {
                continue;
            }
            let value = self.value(value, scale, context);
            found = join(found, value.valued());
            parts.push(value);
            if state == Kleene::Met {
                return Node::value(about, found.unwrap_or_default(), parts);
            }
        }
        let value = self.value(otherwise, scale, context);
        found = join(found, value.valued());
        parts.push(value);
        Node::value(about, found.unwrap_or_default(), parts)
    }

    /// The value now less the last one strictly before the window opens.
    fn change(&self, of: &'a Value, relative: bool, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let (now, reference) = self.now_and_before(of, context);
        let value = change_between(&now.valued(), &reference.valued(), relative);
        Node::value(about, value, vec![now, reference])
    }

    /// A value, and its reference: what it was before the window opened. Of several measures the one is followed that was the
    /// highest (or lowest) then.
    pub(super) fn now_and_before(&self, of: &'a Value, context: &Context<'a>) -> (Node<'a>, Node<'a>) {
        let lack =
            |lack: Lack| (Node::no_value(About::Value(of), lack.clone()), Node::no_value(About::Value(of), lack));
        let before = match (context.baseline, &context.window) {
            (Some(baseline), None) => context.at_baseline(baseline),
            _ => match self.times_of_results(context) {
                Ok(times) => context.exactly(Span::new(PAST, times.hull().from - 1)),
                Err(missing) => return lack(missing),
            },
        };
        let leading = match &self.body(of).kind {
            ValueKind::HighestOf(list) => self.leading(list, Fold::Highest, &before),
            ValueKind::LowestOf(list) => self.leading(list, Fold::Lowest, &before),
            _ => vec![of],
        };
        match leading.as_slice() {
            [one] => (self.value(one, Scale::Plain, context), self.value(one, Scale::Plain, &before)),
            // What is missing to tell which of them it is, is missing here.
            [] => {
                let mut reference = self.value(of, Scale::Plain, &before);
                reference.state = State::Value(Valued::unknown());
                (self.value(of, Scale::Plain, context), reference)
            }
            // Of several that stood equally high, what each of them says.
            [first, ..] => {
                let now: Vec<Node<'a>> = leading.iter().map(|one| self.value(one, Scale::Plain, context)).collect();
                let either = now.iter().map(Node::valued).reduce(|known, next| known.or(&next)).unwrap_or_default();
                let reference = self.value(first, Scale::Plain, &before);
                (Node::value(About::Value(of), either, now), reference)
            }
        }
    }

    /// What a value that is only named stands for.
    fn body(&self, value: &'a Value) -> &'a Value {
        let ValueKind::Defined { definition, pick: Pick::Latest } = &value.kind else { return value };
        match self.reader.trial.definitions.get(definition).map(|found| &found.body) {
            Some(DefinitionBody::Value(body)) => self.body(body),
            Some(DefinitionBody::Truth(_)) | None => value,
        }
    }

    /// The member of a list that is the highest (or lowest) for sure; several where they are equal, none where another might
    /// be it.
    fn leading(&self, list: &'a crate::ir::value::ListOf, fold: Fold, context: &Context<'a>) -> Vec<&'a Value> {
        let mut found: Vec<(&'a Value, Interval)> = Vec::new();
        let mut into: Option<Unit> = None;
        for part in self.members_of(list) {
            match self.counts(part, context).0 {
                Kleene::Met => {}
                Kleene::NotMet => continue,
                Kleene::Unknown => return Vec::new(),
            }
            let node = self.value(&part.body, Scale::Plain, context);
            let Some((interval, unit)) = super::lists::hull_of(&node.valued()).filter(|_| !node.valued().unknown)
            else {
                return Vec::new();
            };
            let into = into.get_or_insert_with(|| unit.clone());
            let Ok(interval) = interval.rising(|number| unit.convert(number, into)) else { return Vec::new() };
            found.push((&part.body, interval));
        }
        let (over, from) = match fold {
            Fold::Lowest => (Comparator::Less, Comparator::AtMost),
            Fold::Highest | Fold::Sum => (Comparator::Greater, Comparator::AtLeast),
        };
        let against_all = |one: &Interval, comparator: Comparator| {
            Kleene::all(
                found
                    .iter()
                    .filter(|(_, other)| !std::ptr::eq(one, other))
                    .map(|(_, other)| one.compare(comparator, other)),
            )
        };
        if let Some((value, _)) = found.iter().find(|(_, one)| against_all(one, over) == Kleene::Met) {
            return vec![value];
        }
        let equal: Vec<&'a Value> = found
            .iter()
            .filter(|(_, one)| one.exact().is_some() && against_all(one, from) == Kleene::Met)
            .map(|(value, _)| *value)
            .collect();
        equal
    }

    fn time_between(&self, from: &'a Moment, to: &'a Moment, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let range = |moment: &Moment| match &moment.offset {
            None => self.anchor_range(&moment.anchor, context),
            Some(_) => self.moment(moment, context),
        };
        match (range(from), range(to)) {
            (Ok(from), Ok(to)) => {
                let days = |late: i64, early: i64| BigRational::from_integer(BigInt::from(late - early));
                let least = days(to.span.first_day(), from.span.last_day());
                let most = days(to.span.last_day(), from.span.first_day());
                let unit = Unit::parse("d").unwrap_or_else(|_| Unit::one());
                Node::value(about, Valued::number(Interval::between(least, most), unit), Vec::new())
            }
            (Err(lack), _) | (_, Err(lack)) => Node::no_value(about, lack),
        }
    }

    /// The molar mass of the substance that a value is of.
    pub(super) fn molar_mass(&self, value: &Value) -> Option<BigRational> {
        let of = match &value.kind {
            ValueKind::Result { of, .. } => of,
            ValueKind::MeanOf { of, .. }
            | ValueKind::EachOf { of, .. }
            | ValueKind::Change { of, .. }
            | ValueKind::In { value: of, .. } => return self.molar_mass(of),
            _ => return None,
        };
        Some(self.reader.trial.concepts.get(of)?.molar_mass.as_ref()?.value.rational())
    }
}

/// The change from a reference to a value: absolute in the value's unit, relative in per cent of the reference.
pub(super) fn change_between(now: &Valued, before: &Valued, relative: bool) -> Valued {
    if let (Some((number, unit)), Some((reference, other))) = (the_number(now), the_number(before))
        && unit == other
    {
        let difference = super::fraction::minus(number, reference);
        if !relative {
            return Valued::number(Interval::exactly(difference), unit.clone());
        }
        let hundred = BigRational::from_integer(BigInt::from(100));
        if let Some(share) = super::fraction::over(&difference, &reference.abs()) {
            let share = super::fraction::times(&share, &hundred);
            return Valued::number(Interval::exactly(share), super::arithmetic::percent());
        }
    }
    let difference = super::arithmetic::work_out(crate::ir::Operator::Minus, now, before);
    if !relative {
        return difference;
    }
    let one = Valued::number(Interval::exactly(BigRational::from_integer(BigInt::from(1))), Unit::one());
    let share = if super::arithmetic::is_positive(before) {
        // The same as below, and not wider where the reference is known to a range only.
        let ratio = super::arithmetic::work_out(crate::ir::Operator::Over, now, before);
        super::arithmetic::work_out(crate::ir::Operator::Minus, &ratio, &one)
    } else {
        super::arithmetic::work_out(crate::ir::Operator::Over, &difference, &super::arithmetic::absolute(before))
    };
    super::arithmetic::in_per_cent(&share)
}

/// The one number that a value is.
fn the_number(value: &Valued) -> Option<(&BigRational, &Unit)> {
    match value.may_be.as_slice() {
        [Thing::Number(interval, unit)] if !value.unknown => Some((interval.exact()?, unit)),
        _ => None,
    }
}

/// A number in another unit, through the molar mass where need be.
pub(super) fn in_unit(thing: &Thing, unit: &Unit, mass: Option<&BigRational>) -> Option<Thing> {
    let Thing::Number(interval, from) = thing else { return None };
    let converted = interval.rising(|number| from.convert_of(number, unit, mass));
    converted.ok().map(|interval| Thing::Number(interval, unit.clone()))
}

/// The measure that a value is the plain result of, and the scale on which it is read.
pub(crate) fn measure_of(value: &Value, scale: Scale) -> Option<(&ConceptId, Scale)> {
    match &value.kind {
        ValueKind::Result { of, .. } => Some((of, scale)),
        ValueKind::PerUpperLimit { of, .. } => Some((of, Scale::Upper)),
        ValueKind::PerLowerLimit { of, .. } => Some((of, Scale::Lower)),
        _ => None,
    }
}

/// A length of time in seconds; months and years as their mean length.
pub(crate) fn seconds(length: &Duration) -> i64 {
    let factor = match length.unit {
        TimeUnit::Minutes => 60,
        TimeUnit::Hours => 3600,
        TimeUnit::Days | TimeUnit::HalfLives | TimeUnit::Cycles => DAY,
        TimeUnit::Weeks => 7 * DAY,
        TimeUnit::Months => 2_629_800,
        TimeUnit::Years => 31_557_600,
    };
    let seconds = length.value.rational() * BigRational::from_integer(BigInt::from(factor));
    i64::try_from(seconds.ceil().to_integer()).unwrap_or(i64::MAX)
}

/// Completed stretches of so many months from one day to another; more than anyone can live to where the calendar does not reach
/// one of them.
pub(crate) fn completed(born: i64, day: i64, months: i64) -> i64 {
    let mut count = (day - born) / (31 * months);
    if date_of(born).is_none() || date_of(day).is_none() {
        return if day < born { -1 } else { count };
    }
    while add_months(born, (count + 1) * months) <= day {
        count += 1;
    }
    while count > 0 && add_months(born, count * months) > day {
        count -= 1;
    }
    if day < born { -1 } else { count }
}

/// The measures that a formula rests on.
pub(super) struct Named<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    pub(super) concepts: BTreeSet<ConceptId>,
    /// Whether a change from baseline is among it.
    pub(super) changes: bool,
}

impl<'e, 'a> Named<'e, 'a> {
    pub(super) fn new(evaluator: &'e Evaluator<'a>) -> Self {
        Self { evaluator, concepts: BTreeSet::new(), changes: false }
    }
}

impl Visit for Named<'_, '_> {
    fn value(&mut self, value: &Value) {
        self.changes |= matches!(value.kind, ValueKind::Change { .. });
        walk::walk_value(self, value);
    }

    fn ask(&mut self, ask: &Ask) {
        self.changes |= matches!(ask, Ask::Moved { .. });
        walk::walk_ask(self, ask);
    }

    fn concept(&mut self, concept: &ConceptId) {
        let first = self.concepts.insert(concept.clone());
        let formula = self.evaluator.reader.trial.concepts.get(concept).and_then(|found| found.derived.as_ref());
        if let Some(formula) = formula.filter(|_| first) {
            self.value(formula);
        }
    }

    fn set(&mut self, set: &SetId) {
        match self.evaluator.reader.trial.sets.get(set).map(|found| &found.members) {
            Some(Members::Truths(parts)) => parts.iter().for_each(|part| self.truth(&part.body)),
            Some(Members::Values(parts)) => parts.iter().for_each(|part| self.value(&part.body)),
            Some(Members::Events(_)) | None => {}
        }
    }

    fn definition(&mut self, definition: &DefinitionId) {
        match self.evaluator.reader.trial.definitions.get(definition).map(|found| &found.body) {
            Some(DefinitionBody::Truth(truth)) => walk::walk_truth(self, truth),
            Some(DefinitionBody::Value(value)) => self.value(value),
            None => {}
        }
    }
}
