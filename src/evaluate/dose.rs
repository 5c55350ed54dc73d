//! Doses that a patient takes: daily sums, totals, equivalents, by weight and by surface.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::frame::Times;
use super::history::{Tests, touches};
use super::interval::{End, Interval};
use super::lack::Detail;
use super::node::{About, Node, Note, State, Used, Valued};
use super::{Context, Evaluator, Kleene, Lack};
use crate::ir::{Body, ConceptId, Dose, EventClass, Pick, Route, Trial, Value, ValueKind};
use crate::record::{Amount, DAY, FUTURE, Occurrence, PAST, Span, Taken, When};
use crate::units::{Scale, Unit};

/// In what a dose is asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) amount: Unit,
    pub(super) per_body: Option<Body>,
}

impl Wanted {
    pub(super) fn of(limit: &Dose) -> Self {
        Self { amount: limit.unit.clone(), per_body: limit.per_body }
    }

    /// The number of a limit: a day's, where it is per time.
    pub(super) fn limit(limit: &Dose) -> BigRational {
        let per_day = limit.per_time.as_ref().and_then(crate::record::dose::per_day).unwrap_or_else(BigRational::one);
        limit.value.rational() * per_day
    }
}

/// Which doses are added.
#[derive(Clone, Copy)]
pub(super) struct Added<'a> {
    pub(super) of: &'a [EventClass],
    pub(super) route: Option<Route>,
    pub(super) equivalent_to: Option<&'a ConceptId>,
    /// Of all of these this drug alone.
    pub(super) only: Option<&'a ConceptId>,
}

/// A sum of doses on its way.
pub(super) struct Sum<'a> {
    pub(super) interval: Interval,
    used: Vec<Used<'a>>,
    lacks: Vec<Lack>,
    notes: Vec<Note>,
}

impl<'a> Evaluator<'a> {
    /// The dose a day, or the total one.
    pub(super) fn dose(&self, value: &'a Value, wanted: &Wanted, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        match &value.kind {
            ValueKind::DailyDose { of, route, equivalent_to, pick } => {
                let added = Added { of, route: *route, equivalent_to: equivalent_to.as_ref(), only: None };
                self.daily(added, *pick, wanted, (about, context))
            }
            ValueKind::TotalDose { of, route, equivalent_to } => {
                let added = Added { of, route: *route, equivalent_to: equivalent_to.as_ref(), only: None };
                self.total(added, wanted, (about, context))
            }
            _ => Node::no_value(about, Lack::Unsaid("a dose".to_owned())),
        }
    }

    fn daily(
        &self,
        added: Added<'a>,
        pick: Pick,
        wanted: &Wanted,
        (about, context): (About<'a>, &Context<'a>),
    ) -> Node<'a> {
        let times = match pick {
            Pick::Latest | Pick::First => {
                self.now(context).map(|anchor| Times::span(Span::days(anchor.span.first_day(), anchor.span.last_day())))
            }
            Pick::Highest | Pick::Lowest => self.times(context, None),
        };
        let times = match times {
            Ok(times) => times,
            Err(lack) => return Node::no_value(about, lack),
        };
        let mut best: Option<Interval> = None;
        let mut node = Node::value(about, Valued::default(), Vec::new());
        for day in self.days_of_change(added, &times) {
            let sum = self.sum_of_day(added, day, wanted, context);
            best = Some(match (best, pick) {
                (None, _) => sum.interval.clone(),
                (Some(known), Pick::Lowest) => known.smaller(&sum.interval),
                (Some(known), Pick::Latest | Pick::First | Pick::Highest) => known.greater(&sum.interval),
            });
            tell(&mut node, sum);
        }
        let mut interval = best.unwrap_or_else(|| Interval::exactly(BigRational::zero()));
        self.unrecorded(added, &times, &mut interval, &mut node);
        node.notes.extend(times.notes);
        node.state = State::Value(Valued::number(interval, wanted.amount.clone()));
        node
    }

    /// Where the record is not complete, there may have been more.
    fn unrecorded(&self, added: Added<'a>, times: &Times, interval: &mut Interval, node: &mut Node<'a>) {
        for class in added.of {
            match self.silence(&class.event, times) {
                Ok(used) => node.used.extend(used),
                Err(lack) => {
                    interval.high = End::Open;
                    node.lacks.push(lack);
                }
            }
        }
    }

    /// The days of the time on which a daily sum may be another than the day before: its ends, and those of the courses.
    pub(super) fn days_of_change(&self, added: Added<'a>, times: &Times) -> BTreeSet<i64> {
        let mut days = BTreeSet::new();
        let courses: Vec<&Occurrence> = added.of.iter().flat_map(|class| self.occurrences(&class.event)).collect();
        let weights =
            ["weight", "BSA", "height"].into_iter().filter_map(|measure| self.record.results.get(measure)).flatten();
        let mut changes: BTreeSet<i64> = weights.map(|observation| observation.when.span.first_day()).collect();
        for course in courses {
            for moment in [course.start.from, course.start.to, course.end.from, course.end.to] {
                if moment > PAST && moment < FUTURE {
                    changes.extend([moment.div_euclid(DAY), moment.div_euclid(DAY) + 1]);
                }
            }
        }
        for piece in times.pieces.iter().map(|piece| piece.may).filter(|span| !span.is_empty()) {
            let ends = [piece.from, piece.to].into_iter().filter(|end| *end > PAST && *end < FUTURE);
            days.extend(ends.map(|end| end.div_euclid(DAY)));
            days.extend(changes.iter().copied().filter(|day| Span::days(*day, *day).touches(piece)));
        }
        days
    }

    /// The sum of all that is taken on a day.
    pub(super) fn sum_of_day(&self, added: Added<'a>, day: i64, wanted: &Wanted, context: &Context<'a>) -> Sum<'a> {
        let times = Times::span(Span::days(day, day));
        let mut sum = Sum::new();
        for class in added.of {
            for course in self.occurrences(&class.event) {
                let covers = touches(course, &times);
                if covers == Kleene::NotMet || added.only.is_some_and(|only| course.of != *only) {
                    continue;
                }
                let tests = Tests { route: added.route, with: &[], due_to: None };
                let judged = self.belongs(course, class, tests, context);
                let counts = covers.and(judged.state);
                if counts == Kleene::NotMet {
                    continue;
                }
                let amount = match &course.dose {
                    Taken::Daily(amount) | Taken::Once(amount) => Some(amount),
                    Taken::Whole(_) | Taken::Unknown => None,
                };
                let amount = self.amount(course, amount, added, (day, wanted), &mut sum);
                sum.used.push(Used::Occurrence(course));
                sum.lacks.extend(judged.lacks);
                if covers == Kleene::Unknown {
                    let open = course.start.first_day() != course.start.last_day();
                    sum.lacks.push(super::frame::detail(course, if open { Detail::Date } else { Detail::End }));
                }
                sum.add(&amount, counts);
            }
        }
        sum
    }

    /// All that was given in the time.
    fn total(&self, added: Added<'a>, wanted: &Wanted, (about, context): (About<'a>, &Context<'a>)) -> Node<'a> {
        let times = match self.times(context, None) {
            Ok(times) => times,
            Err(lack) => return Node::no_value(about, lack),
        };
        let mut sum = Sum::new();
        for class in added.of {
            for course in self.occurrences(&class.event) {
                let tests = Tests { route: added.route, with: &[], due_to: None };
                let judged = self.belongs(course, class, tests, context);
                let counts = touches(course, &times).and(judged.state);
                if counts == Kleene::NotMet {
                    continue;
                }
                let (amount, days) = match &course.dose {
                    Taken::Once(amount) => (Some(amount), Interval::exactly(BigRational::one())),
                    Taken::Daily(amount) => (Some(amount), days_within(course, &times)),
                    Taken::Whole(amount) => (Some(amount), share_within(course, &times)),
                    Taken::Unknown => (None, Interval::exactly(BigRational::one())),
                };
                let day = if course.start.to < FUTURE { course.start.last_day() } else { 0 };
                let one = self.amount(course, amount, added, (day, wanted), &mut sum);
                sum.used.push(Used::Occurrence(course));
                sum.lacks.extend(judged.lacks);
                sum.add(&one.times(&days), counts);
            }
        }
        let mut node = Node::value(about, Valued::default(), Vec::new());
        let mut interval = sum.interval.clone();
        tell(&mut node, sum);
        self.unrecorded(added, &times, &mut interval, &mut node);
        node.notes.extend(times.notes);
        node.state = State::Value(Valued::number(interval, wanted.amount.clone()));
        node
    }

    // ---- one course ------------------------------------------------------------------------------------------------------

    /// What a course adds, in the unit and by the body that is asked for; anything from nothing up where that is not known.
    fn amount(
        &self,
        course: &'a Occurrence,
        amount: Option<&Amount>,
        added: Added<'a>,
        (day, wanted): (i64, &Wanted),
        sum: &mut Sum<'a>,
    ) -> Interval {
        let any = || Interval::at_least(BigRational::zero());
        let Some(amount) = amount else {
            sum.lacks.push(super::frame::detail(course, Detail::Dose));
            return any();
        };
        let Some(number) = self.in_equivalents(course, amount, added, wanted, sum) else { return any() };
        if amount.per_body == wanted.per_body {
            return Interval::exactly(number);
        }
        let mut found = Interval::exactly(number);
        for (body, multiplied) in [(amount.per_body, true), (wanted.per_body, false)] {
            let Some(body) = body else { continue };
            let Some(size) = self.size(body, day, sum) else { return any() };
            found = match (multiplied, size.reciprocal()) {
                (true, _) => found.times(&size),
                (false, Some(share)) => found.times(&share),
                (false, None) => return any(),
            };
        }
        found
    }

    /// An amount in the unit asked for; of a class in doses of the drug behind `as`.
    fn in_equivalents(
        &self,
        course: &'a Occurrence,
        amount: &Amount,
        added: Added<'a>,
        wanted: &Wanted,
        sum: &mut Sum<'a>,
    ) -> Option<BigRational> {
        let target = (added.equivalent_to, &wanted.amount);
        match equivalent(self.reader.trial, (&course.of, course.route), amount, target) {
            Ok(number) => return Some(number),
            Err(Short::Of(what)) => sum.lacks.push(super::frame::detail(course, what)),
            Err(Short::NoEquivalent) => sum.notes.push(Note::NoEquivalent { of: course.of.clone() }),
            Err(Short::Nothing) => {}
        }
        None
    }

    /// The patient's weight in kilograms or surface in square metres: the latest up to that day, or else the first after it.
    fn size(&self, body: Body, day: i64, sum: &mut Sum<'a>) -> Option<Interval> {
        let (name, unit) = match body {
            Body::Weight => ("weight", "kg"),
            Body::Surface => ("BSA", "m2"),
        };
        let lack = || Lack::Result { of: ConceptId::from(name), within: Span::EVER };
        let Some((of, _)) = self.reader.trial.concepts.get_key_value(name) else {
            sum.lacks.push(lack());
            return None;
        };
        let about = About::Member(of);
        let on = Context::at(Ok(When::day(day)));
        let mut node = self.result(of, (Pick::Latest, Scale::Plain), about, &on);
        if node.valued().may_be.is_empty() {
            let after = Context::at(Ok(When::range(Span::EVER))).exactly(Span::new(Span::days(day, day).from, FUTURE));
            node = self.result(of, (Pick::First, Scale::Plain), about, &after);
        }
        let unit = Unit::parse(unit).ok()?;
        let found = super::lists::hull_of(&node.valued()).filter(|_| !node.valued().unknown);
        let Some((interval, from)) = found else {
            sum.lacks.push(lack());
            return None;
        };
        sum.used.append(&mut node.used);
        interval.rising(|number| from.convert(number, &unit)).ok()
    }

    /// As the first course of a drug was recorded.
    pub(super) fn as_recorded(&self, added: Added<'a>) -> Wanted {
        let courses = added.of.iter().flat_map(|class| self.occurrences(&class.event));
        let mut own = courses.filter(|course| added.only.is_none_or(|only| course.of == *only));
        let wanted = own.find_map(|course| match &course.dose {
            Taken::Daily(amount) | Taken::Once(amount) | Taken::Whole(amount) => {
                Some(Wanted { amount: amount.unit.clone(), per_body: amount.per_body })
            }
            Taken::Unknown => None,
        });
        wanted.unwrap_or_else(|| Wanted { amount: Unit::parse("mg").unwrap_or_else(|_| Unit::one()), per_body: None })
    }

    /// A unit for a dose that is compared with nothing.
    pub(super) fn usual_amount(&self, of: &[EventClass]) -> Unit {
        let courses = of.iter().flat_map(|class| self.occurrences(&class.event));
        let unit = courses.into_iter().find_map(|course| match &course.dose {
            Taken::Daily(amount) | Taken::Once(amount) | Taken::Whole(amount) => Some(amount.unit.clone()),
            Taken::Unknown => None,
        });
        let usual = Unit::parse("mg").ok();
        match (unit, usual) {
            // Amounts of several patients are compared and added up: masses are milligrams, whatever was recorded.
            (Some(unit), Some(usual)) if unit.convert(&BigRational::one(), &usual).is_err() => unit,
            (_, Some(usual)) => usual,
            (unit, None) => unit.unwrap_or_else(Unit::one),
        }
    }
}

/// Why an amount is not one in the unit that is asked for.
pub(crate) enum Short {
    /// This is not recorded of it.
    Of(Detail),
    NoEquivalent,
    Nothing,
}

/// An amount of a drug by a route, in a unit, and in doses of another drug where there is one.
pub(crate) fn equivalent(
    trial: &Trial,
    (of, route): (&ConceptId, Option<Route>),
    amount: &Amount,
    (target, unit): (Option<&ConceptId>, &Unit),
) -> Result<BigRational, Short> {
    let dose = || Short::Of(Detail::Dose);
    let Some(target) = target else { return amount.unit.convert(&amount.value, unit).map_err(|_| dose()) };
    let tables = trial.equivalents.iter().filter(|table| table.doses.contains_key(target));
    let Some(table) = tables.into_iter().find(|table| table.doses.contains_key(of)) else {
        return Err(Short::NoEquivalent);
    };
    if !table.routes.is_empty() {
        match route {
            Some(route) if table.routes.contains(&route) => {}
            Some(_) => return Err(Short::NoEquivalent),
            None => return Err(Short::Of(Detail::Route)),
        }
    }
    let (own, other) = table.doses.get(of).zip(table.doses.get(target)).ok_or(Short::Nothing)?;
    let own_number = own.unit.convert(&own.value.rational(), &amount.unit).ok().filter(|number| !number.is_zero());
    let share = &amount.value / own_number.ok_or_else(dose)?;
    other.unit.convert(&(share * other.value.rational()), unit).map_err(|_| Short::Nothing)
}

impl Sum<'_> {
    fn new() -> Self {
        Self {
            interval: Interval::exactly(BigRational::zero()),
            used: Vec::new(),
            lacks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// An amount, which counts for sure or perhaps.
    fn add(&mut self, amount: &Interval, counts: Kleene) {
        let zero = Interval::exactly(BigRational::zero());
        let amount = if counts == Kleene::Met { amount.clone() } else { amount.hull(&zero) };
        self.interval = self.interval.plus(&amount);
    }
}

pub(super) fn tell<'a>(node: &mut Node<'a>, sum: Sum<'a>) {
    for used in sum.used {
        // Two entries that are alike are two: both of them count.
        let known = node.used.iter().any(|known| match (known, &used) {
            (Used::Occurrence(known), Used::Occurrence(used)) => std::ptr::eq(*known, *used),
            (known, used) => known == used,
        });
        if !known {
            node.used.push(used);
        }
    }
    for lack in sum.lacks {
        if !node.lacks.contains(&lack) {
            node.lacks.push(lack);
        }
    }
    for note in sum.notes {
        if !node.notes.contains(&note) {
            node.notes.push(note);
        }
    }
}

/// All of a course that lies in the time with all of its days, and an unknown share of any other.
fn share_within(course: &Occurrence, times: &Times) -> Interval {
    let (none, all) = (BigRational::zero(), BigRational::one());
    if times.holds(course.possible()) { Interval::exactly(all) } else { Interval::between(none, all) }
}

/// On how many days of the time a course was under way.
fn days_within(course: &Occurrence, times: &Times) -> Interval {
    let count = |span: Span| if span.is_empty() { 0 } else { span.last_day() - span.first_day() + 1 };
    let (mut least, mut most) = (0, 0);
    for piece in &times.pieces {
        least += count(course.sure_days().meet(piece.sure));
        most += count(course.possible().meet(piece.may));
    }
    let number = |days: i64| BigRational::from_integer(BigInt::from(days));
    if most > 1_000_000 { Interval::at_least(number(least)) } else { Interval::between(number(least), number(most)) }
}
