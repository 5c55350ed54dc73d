//! Outcomes: asked at their time, against the baseline, and open until that time is over.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::interval::Interval;
use super::node::{About, Node, State, Used, Valued};
use super::value::{Named, change_between};
use super::{Ahead, Context, Evaluator, Frame, Kleene, Lack, LookBack, Now};
use crate::ir::walk::Visit;
use crate::ir::{Anchor, ConceptId, DefinitionBody, Moment, Truth, Value, ValueKind, Window};
use crate::record::{DAY, Kinship, Occurrence, PAST, Precision, Span, When};
use crate::units::{Scale, Unit};

/// The reference of every change: the latest value up to this day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Study day 1.
    pub day: i64,
    /// The moment of the first dose, where it has a time of day: results with one count only before it.
    pub before: Option<i64>,
}

impl Baseline {
    #[must_use]
    pub fn span(self) -> Span {
        Span::new(PAST, Span::days(self.day, self.day).to)
    }
}

/// When an outcome is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// Events and doses are those up to this day.
    pub day: i64,
    /// Results are those of this time,
    pub results: Span,
    /// of several days those of the day nearest to this one; without it the latest.
    pub near: Option<i64>,
}

/// Where study day 1 may be one of more days than this, nothing is counted from it.
pub(crate) const MOST_FIRST_DAYS: i64 = 62;

/// How a time to an event has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Event,
    /// It had not come by the last day on which the patient is known to have been followed for it.
    Censored,
}

impl<'a> Evaluator<'a> {
    /// Study day 1, and the moment of the first dose; all that it may be, where it is known to the month.
    ///
    /// # Errors
    /// What is missing where it is not known that well.
    pub fn baselines(&self) -> Result<Vec<Baseline>, Lack> {
        let nowhere = Context::at(Err(Lack::Day { of: "the first day".to_owned() }));
        let when = self.day_1(&nowhere)?;
        let (first, last) = (when.span.first_day(), when.span.last_day());
        if last - first > MOST_FIRST_DAYS {
            return Err(Lack::Day { of: super::lack::named(&self.first_day()) });
        }
        let before = (when.precision == Precision::Time).then_some(when.span.from);
        Ok((first..=last).map(|day| Baseline { day, before }).collect())
    }

    fn first_day(&self) -> Anchor {
        Anchor::Event(self.reader.trial.header.day_1.clone().unwrap_or_else(|| ConceptId::from("first_dose")))
    }

    /// An outcome at its time.
    #[must_use]
    pub fn at_occasion(&self, body: &'a DefinitionBody, occasion: Occasion, baseline: Baseline) -> Node<'a> {
        self.in_every_case(&|| self.body_of(body, &occasion_of(occasion, baseline)))
    }

    /// A value at baseline.
    #[must_use]
    pub fn value_at_baseline(&self, value: &'a Value, baseline: Baseline) -> Node<'a> {
        let context = Context { ahead: Ahead::Open, ..Context::at(Ok(When::day(baseline.day))) };
        self.in_every_case(&|| self.value(value, Scale::Plain, &context.at_baseline(baseline)))
    }

    /// An outcome over a window: `from first_dose to week 12`. What lies ahead of the record is unknown.
    #[must_use]
    pub fn in_window(&self, body: &'a DefinitionBody, window: &'a Window) -> Node<'a> {
        self.in_every_case(&|| match self.end_of(window) {
            Ok(context) => self.body_of(body, &context.within(window)),
            Err(lack) => Node::lacking(About::Criterion, lack),
        })
    }

    /// A condition over a time of the trial and no later: whether an intercurrent event has taken place.
    #[must_use]
    pub fn over(&self, truth: &'a Truth, window: Option<&'a Window>, time: Span) -> Node<'a> {
        let open = Context { ahead: Ahead::Open, until: Some(time.to), ..Context::at(Ok(When::day(time.last_day()))) };
        self.in_every_case(&|| match window.map(|window| self.times_in(window, &open)) {
            None => self.truth(truth, &open.exactly(time)),
            Some(Ok(times)) => self.truth(truth, &open.exactly(times.hull().meet(time))),
            Some(Err(lack)) => Node::lacking(About::Criterion, lack),
        })
    }

    /// An outcome over the part of a window up to a day.
    #[must_use]
    pub fn in_window_until(&self, body: &'a DefinitionBody, window: &'a Window, day: i64) -> Node<'a> {
        let context = Context { ahead: Ahead::Open, ..Context::at(Ok(When::day(day))) };
        self.in_every_case(&|| match self.times_in(window, &context) {
            Ok(times) => {
                let until = Span::days(day, day).to;
                self.body_of(body, &context.exactly(times.hull().meet(Span::new(PAST, until))))
            }
            Err(lack) => Node::lacking(About::Criterion, lack),
        })
    }

    /// The days from the beginning of a time to an event up to a day.
    #[must_use]
    pub fn days_until(&self, value: &Value, day: i64) -> Valued {
        let ValueKind::TimeBetween { from, .. } = &value.kind else { return Valued::unknown() };
        let context = Context { ahead: Ahead::Open, ..Context::at(Ok(When::day(day))) };
        match self.moment_range(from, &context) {
            Ok(begun) => days_between(begun, day, day),
            Err(_) => Valued::unknown(),
        }
    }

    /// What is true of somebody at the end of the study: whether they belong to a population.
    #[must_use]
    pub fn at_the_end(&self, truth: &'a Truth, day: i64) -> Node<'a> {
        self.on_day(truth, day)
    }

    /// The first and the last day of a window.
    ///
    /// # Errors
    /// What would have to be known.
    pub fn window_days(&self, window: &Window) -> Result<(i64, i64), Lack> {
        let context = Context { ahead: Ahead::Open, ..Context::at(Err(Lack::Day { of: "the outcome".to_owned() })) };
        let hull = self.times_in(window, &context)?.hull();
        Ok((hull.first_day(), hull.last_day()))
    }

    fn end_of(&self, window: &Window) -> Result<Context<'a>, Lack> {
        let context = Context { ahead: Ahead::Open, ..Context::at(Err(Lack::Day { of: "the outcome".to_owned() })) };
        let end = self.times_in(window, &context)?.hull().last_day();
        Ok(Context { anchor: Now::Known(Ok(When::day(end))), ..context })
    }

    fn body_of(&self, body: &'a DefinitionBody, context: &Context<'a>) -> Node<'a> {
        match body {
            DefinitionBody::Truth(truth) => self.truth(truth, context),
            DefinitionBody::Value(value) => self.value(value, Scale::Plain, context),
        }
    }

    /// The measures that an outcome rests on, through all definitions and sets.
    #[must_use]
    pub fn measures_of(&self, body: &DefinitionBody) -> BTreeSet<ConceptId> {
        let mut named = Named::new(self);
        match body {
            DefinitionBody::Truth(truth) => named.truth(truth),
            DefinitionBody::Value(value) => named.value(value),
        }
        named.concepts
    }

    /// Whether a value is itself reckoned from baseline: it has none of its own.
    #[must_use]
    pub fn is_from_baseline(&self, value: &Value) -> bool {
        let mut named = Named::new(self);
        named.value(value);
        named.changes
    }

    /// From one moment to the first of some events, in days; how it ended, where it has begun. An event that the record may
    /// lack leaves the time open.
    #[must_use]
    pub fn time_to(&self, value: &'a Value, last: i64) -> (Node<'a>, Option<Ending>) {
        let about = About::Value(value);
        let ValueKind::TimeBetween { from, to } = &value.kind else {
            return (Node::no_value(about, Lack::Unsaid("a time to an event".to_owned())), None);
        };
        let context = Context { ahead: Ahead::Open, ..Context::at(Ok(When::day(last))) };
        let Some(events) = events_of(to) else {
            let node = self.in_every_case(&|| self.value(value, Scale::Plain, &context));
            let ending = node.is_settled().then_some(Ending::Event);
            return (node, ending);
        };
        match self.moment_range(from, &context) {
            Ok(begun) => self.until_first((about, events), begun, last),
            Err(lack) => (Node::no_value(about, lack), None),
        }
    }

    fn until_first(
        &self,
        (about, events): (About<'a>, &'a [ConceptId]),
        begun: When,
        last: i64,
    ) -> (Node<'a>, Option<Ending>) {
        let since = begun.span.first_day();
        let mut first: Option<(Span, Vec<&'a Occurrence>)> = None;
        for occurrence in events.iter().flat_map(|event| self.occurrences(event)) {
            if events.iter().all(|event| self.reader.family.kinship(&occurrence.of, event) != Kinship::Is) {
                continue;
            }
            let start = occurrence.start;
            if start.last_day() < since || start.first_day() > last {
                continue;
            }
            let (known, seen) = first.get_or_insert((start, Vec::new()));
            *known = Span::new(known.from.min(start.from), known.to.min(start.to));
            seen.push(occurrence);
        }
        let days = |early: i64, late: i64| days_between(begun, early, late);
        let mut node = Node::value(about, Valued::unknown(), Vec::new());
        let Some((found, seen)) = first else {
            let followed = self.followed(events, since, last);
            return match followed {
                Ok((day, used)) => {
                    node.used = used;
                    node.state = State::Value(days(day, day));
                    (node, Some(Ending::Censored))
                }
                Err(lacks) => {
                    node.lacks = lacks;
                    (node, None)
                }
            };
        };
        let unseen = Span::new(begun.span.from, found.from - 1);
        let mut early = found.first_day();
        for event in events.iter().filter(|_| !unseen.is_empty()) {
            match self.silence(event, &super::frame::Times::span(unseen)) {
                Ok(_) => {}
                Err(lack) => {
                    early = since;
                    node.lacks.push(lack);
                }
            }
        }
        if !found.is_one_day() {
            let vague = seen.iter().filter(|occurrence| !occurrence.start.is_one_day());
            node.lacks.extend(vague.map(|occurrence| super::frame::detail(occurrence, super::lack::Detail::Date)));
        }
        node.used = seen.into_iter().map(Used::Occurrence).collect();
        node.state = State::Value(days(early, found.last_day()));
        (node, Some(Ending::Event))
    }

    /// The last result, and its day.
    fn seen_last(&self, last: i64) -> Option<(i64, Used<'a>)> {
        let results = self.record.results.iter().flat_map(|(of, results)| results.iter().map(move |one| (of, one)));
        let seen = results.filter(|(_, one)| one.when.span.is_one_day() && one.when.span.first_day() <= last);
        seen.max_by_key(|(_, one)| one.when.span.first_day())
            .map(|(of, one)| (one.when.span.first_day(), Used::Result(of, one)))
    }

    /// The last day up to which the record says that there was none of these.
    fn followed(&self, events: &[ConceptId], since: i64, last: i64) -> Result<(i64, Vec<Used<'a>>), Vec<Lack>> {
        let known = self.record.complete.values().flatten().map(|span| span.last_day());
        let denied = self.record.absences.iter().map(|absence| absence.span.last_day());
        let days: BTreeSet<i64> = known.chain(denied).map(|day| day.min(last)).filter(|day| *day >= since).collect();
        // Who was measured on a day was alive on it.
        let alive = events.iter().all(|event| event.as_str() == "death").then(|| self.seen_last(last)).flatten();
        let mut lacks = Vec::new();
        for day in days.into_iter().rev().chain([since]) {
            if let Some((seen, used)) = &alive
                && *seen >= day
            {
                return Ok((*seen, vec![*used]));
            }
            let times = super::frame::Times::span(Span::new(since * DAY, day * DAY + DAY - 1));
            let (mut used, mut open) = (Vec::new(), Vec::new());
            for event in events {
                match self.silence(event, &times) {
                    Ok(more) => used.extend(more),
                    Err(lack) => open.push(lack),
                }
            }
            if open.is_empty() {
                return Ok((day, used));
            }
            if lacks.is_empty() {
                lacks = open;
            }
        }
        Err(lacks)
    }
}

impl Context<'_> {
    /// The same at baseline, where nothing is a change any more.
    pub(super) fn at_baseline(&self, baseline: Baseline) -> Self {
        Self {
            anchor: Now::Known(Ok(When::day(baseline.day))),
            window: Some(Frame::Baseline(baseline)),
            due: None,
            baseline: None,
            near: None,
            ..self.clone()
        }
    }
}

fn occasion_of<'a>(occasion: Occasion, baseline: Baseline) -> Context<'a> {
    let events = Span::new(PAST, Span::days(occasion.day, occasion.day).to);
    Context {
        due: Some(LookBack { events, results: Some(occasion.results) }),
        baseline: Some(baseline),
        near: occasion.near,
        ahead: Ahead::Open,
        ..Context::at(Ok(When::day(occasion.day)))
    }
}

/// The events that a time ends with; nothing where it ends with something else.
fn events_of(to: &Moment) -> Option<&[ConceptId]> {
    if to.offset.is_some() {
        return None;
    }
    match &to.anchor {
        Anchor::Event(event) | Anchor::StartOf(event) => Some(std::slice::from_ref(event)),
        Anchor::First { of, route: None } => Some(of),
        Anchor::First { .. }
        | Anchor::Last { .. }
        | Anchor::EndOf(_)
        | Anchor::Visit(_)
        | Anchor::StudyDay(_)
        | Anchor::Date(_)
        | Anchor::EpochStart(_)
        | Anchor::EpochEnd(_) => None,
    }
}

/// The first day on which something holds that holds over a time, as the first and the last that it may be: of the days on
/// which something began or was found that it rests on.
pub(crate) fn since<'a>(node: &Node<'a>, time: Span, ask: &dyn Fn(Span) -> Node<'a>) -> (i64, i64) {
    let mut days = BTreeSet::new();
    gather(node, &mut days);
    let inside = |day: &i64| (time.first_day()..=time.last_day()).contains(day);
    let state = |day: i64| ask(Span::new(time.from, Span::days(day, day).to)).kleene();
    if state(time.first_day()) == Kleene::Met {
        // What began before the time, and lasts into it.
        return (time.first_day(), time.first_day());
    }
    let known: Vec<(i64, Kleene)> = days.into_iter().filter(inside).map(|day| (day, state(day))).collect();
    let late = known.iter().find(|(_, state)| *state == Kleene::Met).map_or(time.last_day(), |(day, _)| *day);
    let early = known.iter().find(|(_, state)| *state != Kleene::NotMet).map_or(late, |(day, _)| *day);
    (early.min(late), late)
}

fn gather(node: &Node<'_>, days: &mut BTreeSet<i64>) {
    for used in &node.used {
        let spans = match used {
            Used::Occurrence(occurrence) => [occurrence.start, occurrence.end],
            Used::Result(_, result) => [result.when.span; 2],
            Used::Anchor(_, dated) => [dated.when.span; 2],
            Used::Absence(_) | Used::Complete(..) | Used::Answer(..) | Used::Birth(_) => continue,
        };
        days.extend(spans.iter().flat_map(|span| [span.first_day(), span.last_day()]));
    }
    node.parts.iter().for_each(|part| gather(part, days));
}

/// The days from a moment to some time between two days.
fn days_between(begun: When, early: i64, late: i64) -> Valued {
    let number = |days: i64| BigRational::from_integer(BigInt::from(days.max(0)));
    let least = number(early - begun.span.last_day());
    let most = number(late - begun.span.first_day());
    Valued::number(Interval::between(least, most), Unit::parse("d").unwrap_or_else(|_| Unit::one()))
}

/// The change from one value to another; in per cent of the first where `relative`.
#[must_use]
pub fn change(now: &Valued, before: &Valued, relative: bool) -> Valued {
    change_between(now, before, relative)
}
