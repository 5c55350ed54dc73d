//! Outcomes: asked at their time, against the baseline, and open until that time is over.

use std::cell::Cell;
use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::interval::Interval;
use super::node::{About, Node, State, Used, Valued};
use super::value::{Named, change_between};
use super::{Ahead, Cases, Context, Evaluator, Frame, Kleene, Lack, LookBack, Now};
use crate::ir::walk::Visit;
use crate::ir::{
    Anchor, ConceptId, DefinitionBody, Members, Moment, Operands, Part, Truth, TruthKind, Value, ValueKind, Window,
};
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

    /// An outcome over a window: `from first_dose to week 12`, and the days of that, from the first that it may begin on to the
    /// last that it may end on. What lies ahead of the record is unknown; where the end of the window is not known, so is what
    /// does not hold wherever it ends.
    #[must_use]
    pub fn in_window(&self, body: &'a DefinitionBody, window: &'a Window) -> (Node<'a>, Option<(i64, i64)>) {
        let days: Cell<Option<(i64, i64)>> = Cell::default();
        let node = self.in_every_case(&|| {
            let nowhere = Context::at(Err(Lack::Day { of: "the outcome".to_owned() }));
            let context = Context { ahead: Ahead::Open, ..nowhere };
            match self.times_in(window, &context).map(|times| times.hull()) {
                Ok(hull) => {
                    let (first, last) = (hull.first_day(), hull.last_day());
                    let known = days.get().map_or((first, last), |(from, to)| (from.min(first), to.max(last)));
                    days.set(Some(known));
                    self.body_of(body, &Context { anchor: Now::Known(Ok(When::day(last))), ..context }.within(window))
                }
                Err(lack) => {
                    let context = Context { anchor: Now::Known(Err(lack.clone())), ..context };
                    let decided = self.wherever_it_ends(body, window, &context);
                    decided.unwrap_or_else(|| Node::lacking(About::Criterion, lack))
                }
            }
        });
        (node, days.get())
    }

    /// What is so on whichever day a window ends: on its first day or later.
    fn wherever_it_ends(&self, body: &'a DefinitionBody, window: &Window, context: &Context<'a>) -> Option<Node<'a>> {
        let Window::Between { from, to } = window else { return None };
        let grows = match body {
            DefinitionBody::Truth(truth) => self.grows_with_its_window(truth),
            DefinitionBody::Value(value) => {
                matches!(value.kind, ValueKind::CountOf { .. } | ValueKind::RateOf { .. } | ValueKind::TotalDose { .. })
            }
        };
        let open = self.open_end(from, to, context).filter(|_| grows)?;
        let node = self.body_of(body, &Context { window: Some(Frame::From(open)), ..context.clone() });
        node.is_settled().then_some(node)
    }

    /// Whether a sentence is about events alone, so that what is met or not met in a part of a window and may not change after it
    /// is so in all of it.
    fn grows_with_its_window(&self, truth: &Truth) -> bool {
        let all = |parts: &[Part<Truth>]| {
            parts.iter().all(|part| {
                part.when.iter().all(|when| self.grows_with_its_window(when)) && self.grows_with_its_window(&part.body)
            })
        };
        match &truth.kind {
            TruthKind::History(_)
            | TruthKind::Onset(_)
            | TruthKind::Given(_)
            | TruthKind::Judged { .. }
            | TruthKind::Missing(_) => true,
            TruthKind::Not(inner) | TruthKind::Known(inner) => self.grows_with_its_window(inner),
            TruthKind::Unless { base, exception } => {
                self.grows_with_its_window(base) && self.grows_with_its_window(exception)
            }
            TruthKind::Timed { of, .. } => self.grows_with_its_window(of),
            TruthKind::All(parts) | TruthKind::Any(parts) | TruthKind::Count { of: Operands::Truths(parts), .. } => {
                all(parts)
            }
            TruthKind::Count { of: Operands::Set { set, .. }, .. } => {
                match self.reader.trial.sets.get(set).map(|found| &found.members) {
                    Some(Members::Truths(parts)) => all(parts),
                    Some(Members::Values(_) | Members::Events(_)) | None => false,
                }
            }
            TruthKind::Defined(definition) => {
                match self.reader.trial.definitions.get(definition).map(|found| &found.body) {
                    Some(DefinitionBody::Truth(body)) => self.grows_with_its_window(body),
                    Some(DefinitionBody::Value(_)) | None => false,
                }
            }
            // On another day the value is another.
            TruthKind::Count { of: Operands::Values { .. }, .. }
            | TruthKind::Asked { .. }
            | TruthKind::StableDose { .. } => false,
        }
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
        match self.begun(from, &context) {
            Ok(begun) => days_between(begun, day, day),
            Err(_) => Valued::unknown(),
        }
    }

    /// What is true of somebody at the end of the study: whether they belong to a population.
    #[must_use]
    pub fn at_the_end(&self, truth: &'a Truth, day: i64) -> Node<'a> {
        self.on_day(truth, day)
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

    /// From one moment to the first of some events, in days; how it ended and on which day at the latest, where it has begun. An
    /// event that the record may lack leaves the time open.
    #[must_use]
    pub fn time_to(&self, value: &'a Value, last: i64) -> (Node<'a>, Option<(Ending, i64)>) {
        let about = About::Value(value);
        let ValueKind::TimeBetween { from, to } = &value.kind else {
            return (Node::no_value(about, Lack::Unsaid("a time to an event".to_owned())), None);
        };
        let context = Context { ahead: Ahead::Open, ..Context::at(Ok(When::day(last))) };
        let Some(events) = events_of(to) else {
            let node = self.in_every_case(&|| self.value(value, Scale::Plain, &context));
            let day = self.begun(to, &context).map_or(last, |when| when.span.last_day());
            let ended = node.is_settled().then_some((Ending::Event, day));
            return (node, ended);
        };
        match self.begun(from, &context) {
            Ok(begun) => self.until_first((about, events), begun, last),
            Err(lack) => (Node::no_value(about, lack), None),
        }
    }

    /// All that the beginning or the end of a time may be; it rests on no day that was only taken.
    fn begun(&self, moment: &Moment, context: &Context<'a>) -> Result<When, Lack> {
        *self.cases.borrow_mut() = Cases::default();
        let when = self.moment_range(moment, context)?;
        match std::mem::take(&mut *self.cases.borrow_mut()).open.first() {
            Some((anchor, ..)) => Err(Lack::Day { of: super::lack::named(anchor) }),
            None => Ok(when),
        }
    }

    fn until_first(
        &self,
        (about, events): (About<'a>, &'a [ConceptId]),
        begun: When,
        last: i64,
    ) -> (Node<'a>, Option<(Ending, i64)>) {
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
                    (node, Some((Ending::Censored, day)))
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
        (node, Some((Ending::Event, found.last_day())))
    }

    /// The first day on which something holds that holds over a time, as the first and the last that it may be. Which of several
    /// entries the answer names does not matter: the days of all are looked at.
    pub(crate) fn since(&self, truths: &[&Truth], time: Span, ask: &dyn Fn(Span) -> Node<'a>) -> (i64, i64) {
        let until = |day: i64| ask(Span::new(time.from, Span::days(day, day).to));
        let mut days = self.days_of(truths);
        gather(&ask(time), &mut days);
        days.insert(time.first_day());
        days.retain(|day| (time.first_day()..=time.last_day()).contains(day));
        let late = days.into_iter().find(|day| until(*day).kleene() == Kleene::Met).unwrap_or(time.last_day());
        let mut days = BTreeSet::new();
        gather(&until(late), &mut days);
        let mut before = days.into_iter().filter(|day| (time.first_day()..late).contains(day));
        let early = before.find(|day| until(*day).kleene() != Kleene::NotMet);
        (early.unwrap_or(late), late)
    }

    /// The things that sentences name.
    pub(crate) fn named_in(&self, truths: &[&Truth]) -> BTreeSet<ConceptId> {
        let mut named = Named::new(self);
        truths.iter().for_each(|truth| named.truth(truth));
        named.concepts
    }

    /// The days of what is recorded of the things that these name.
    fn days_of(&self, truths: &[&Truth]) -> BTreeSet<i64> {
        let named = self.named_in(truths);
        let family = &self.reader.family;
        let is_named = |of: &ConceptId| named.iter().any(|one| family.kinship(of, one) != Kinship::IsNot);
        let occurrences = self.record.occurrences.iter().filter(|(of, _)| is_named(of)).flat_map(|(_, all)| all);
        let results = self.record.results.iter().filter(|(of, _)| named.contains(*of));
        let spans = occurrences.flat_map(|one| [one.start, one.end]);
        let spans = spans.chain(results.flat_map(|(_, all)| all).map(|result| result.when.span));
        spans.flat_map(|span| [span.first_day(), span.last_day()]).collect()
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
pub(crate) fn events_of(to: &Moment) -> Option<&[ConceptId]> {
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

/// The days of what an answer rests on.
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
