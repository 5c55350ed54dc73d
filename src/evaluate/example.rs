//! The patients of a protocol's `example` blocks.

use num_rational::BigRational;

use super::frame::end_of_day;
use super::{Context, Evaluator, Lack};
use crate::chart::Kind;
use crate::ir::truth::AttributeTest;
use crate::ir::{self, Amount, ConceptId, Example, Fact, FactValue, Moment, Side, Verb, Window};
use crate::record::{
    self, Absence, Dated, Measured, Observation, Occurrence, Reader, Record, Span, Taken, When, quantity,
};
use crate::units::Unit;

/// The record that an example describes.
///
/// # Errors
/// Where a fact is given at a moment that the example does not date.
pub fn record_of(reader: &Reader<'_>, example: &Example) -> Result<Record, Lack> {
    let mut record = Record { id: example.prose.clone(), ..Record::default() };
    let date_of = |event: &ConceptId| {
        example.facts.iter().find_map(|fact| match fact {
            Fact::Anchor { event: known, date } if known == event => date.parse::<When>().ok(),
            _ => None,
        })
    };
    let today = reader.first_anchor().and_then(date_of);
    for fact in &example.facts {
        if let Fact::Anchor { event, date } = fact {
            let when: When = date.parse().map_err(|_| Lack::Day { of: event.to_string() })?;
            // What is dated behind the day of screening lies ahead of it.
            let planned = today.is_some_and(|today| when.span.from > end_of_day(today));
            record.anchors.insert(event.clone(), Dated { when, planned });
            if planned {
                continue;
            }
            let written = format!("{event} on {date}");
            record.occurrences.entry(event.clone()).or_default().push(Occurrence::on(event, when.span, written));
        }
    }
    let dated = record.clone();
    let evaluator = Evaluator::new(reader, &dated);
    let context = evaluator.outside();
    let telling = Telling { evaluator: &evaluator, context };
    for fact in &example.facts {
        telling.tell(fact, &mut record)?;
    }
    Ok(record)
}

struct Telling<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    context: Context<'a>,
}

impl Telling<'_, '_> {
    fn tell(&self, fact: &Fact, record: &mut Record) -> Result<(), Lack> {
        match fact {
            Fact::Anchor { .. } => {}
            Fact::Judged { question, answer } => {
                record.judged.insert(question.as_str().into(), *answer);
            }
            Fact::Complete { records, from, to } => {
                // From some day of a month on: only from its last day on for sure.
                let from = from.as_ref().map_or(Ok(record::PAST), |moment| {
                    self.day(moment).map(|when| Span::days(when.span.last_day(), 0).from)
                })?;
                let to = match to {
                    Some(moment) => Span::days(0, self.day(moment)?.span.first_day()).to,
                    None => end_of_day(self.evaluator.now(&self.context)?),
                };
                let named = |word: &ir::Word| Kind::ALL.into_iter().find(|kind| kind.word() == word.as_str());
                for kind in records.iter().filter_map(named) {
                    record.complete.entry(kind).or_default().push(Span::new(from, to));
                }
            }
            Fact::Result { of, value, at } => {
                let when = match at {
                    Some(moment) => self.day(moment)?,
                    None => self.evaluator.now(&self.context)?,
                };
                self.result(of, value, when, record);
            }
            Fact::History { denied, event, window, .. } if *denied => {
                let span = self.span(window.as_ref())?;
                let span = if window.is_none() { Span::new(record::PAST, span.to) } else { span };
                record.absences.push(Absence { of: event.clone(), span, written: format!("no {event}") });
            }
            Fact::History { event, .. } => {
                let occurrence = self.occurrence(fact)?;
                record.occurrences.entry(event.clone()).or_default().extend(occurrence);
            }
        }
        Ok(())
    }

    fn is_procedure(&self, event: &ConceptId) -> bool {
        let concept = self.evaluator.reader.trial.concepts.get(event);
        concept.is_some_and(|concept| concept.kind == ir::ConceptKind::Procedure)
    }

    fn day(&self, moment: &Moment) -> Result<When, Lack> {
        self.evaluator.moment_range(moment, &self.context)
    }

    /// The time of a fact; without one, any up to the anchor.
    fn span(&self, window: Option<&Window>) -> Result<Span, Lack> {
        match window {
            None => Ok(Span::new(record::PAST, end_of_day(self.evaluator.now(&self.context)?))),
            Some(Window::At { moment }) => Ok(self.day(moment)?.span),
            Some(window) => self.evaluator.times_in(window, &self.context).map(|times| times.hull()),
        }
    }

    fn result(&self, of: &ConceptId, value_written: &FactValue, when: When, record: &mut Record) {
        let Some(concept) = self.evaluator.reader.trial.concepts.get(of) else { return };
        let usual = concept.unit.clone().unwrap_or_else(Unit::one);
        let number = |quantity: &ir::Quantity| -> Option<BigRational> {
            let number = quantity.value.rational();
            match &concept.molar_mass {
                Some(mass) => quantity.unit.convert_substance(&number, &usual, &mass.value.rational()).ok(),
                None => quantity.unit.convert(&number, &usual).ok(),
            }
        };
        let said = |number: &ir::Quantity| quantity(&number.value.rational(), &number.unit);
        let (value, upper_limit, written) = match value_written {
            FactValue::Word(word) => (Some(Measured::Word(word.clone())), None, word.to_string()),
            FactValue::Number { quantity, upper_limit } => {
                (number(quantity).map(Measured::Number), upper_limit.as_ref().and_then(number), said(quantity))
            }
            FactValue::Below(limit) => (
                number(limit).map(|limit| Measured::Below { limit, included: false }),
                None,
                format!("<{}", said(limit)),
            ),
            FactValue::Above(limit) => (
                number(limit).map(|limit| Measured::Above { limit, included: false }),
                None,
                format!(">{}", said(limit)),
            ),
        };
        if let (true, FactValue::Number { quantity, .. }) = (of.as_str() == "age", value_written) {
            record.birth = record::born(&quantity.value.rational(), &quantity.unit, when);
        }
        let Some(value) = value else { return };
        if of.as_str() == "age" {
            return;
        }
        let observation =
            Observation { when, value, lower_limit: None, upper_limit, written, converted: None, source: None };
        record.results.entry(of.clone()).or_default().push(observation);
    }

    fn occurrence(&self, fact: &Fact) -> Result<Option<Occurrence>, Lack> {
        let Fact::History { verb, event, route, with, due_to, amount, window, .. } = fact else { return Ok(None) };
        let anchor = self.evaluator.now(&self.context)?;
        let now = matches!(verb, Verb::Has | Verb::Receiving);
        let ends_now = Span::new(end_of_day(anchor) + 1, record::FUTURE);
        let (start, end, single) = match window {
            // From one day to another it lasted all of the time.
            Some(Window::Between { from, to }) => {
                let (from, to) = (self.day(from)?, self.day(to)?);
                let end = if now && end_of_day(to) == end_of_day(anchor) { ends_now } else { to.span };
                (from.span, end, false)
            }
            Some(Window::Beside { side: Side::After, anchor: from }) => {
                (self.evaluator.anchor_day(from, &self.context)?.span, Span::new(record::PAST, record::FUTURE), false)
            }
            Some(Window::At { moment }) if !now => (self.day(moment)?.span, self.day(moment)?.span, true),
            _ if now => {
                let span = self.span(window.as_ref())?;
                (Span::new(record::PAST, span.to), ends_now, false)
            }
            _ => (self.span(window.as_ref())?, self.span(window.as_ref())?, true),
        };
        let end = Span::new(end.from.max(start.from), end.to);
        let mut occurrence = Occurrence::on(event, start, told(fact, event, (start, end)));
        occurrence.end = end;
        occurrence.single = single;
        occurrence.route = *route;
        occurrence.reason.clone_from(due_to);
        occurrence.dose =
            amount.as_ref().map_or(Taken::Unknown, |amount| taken(amount, single, self.is_procedure(event)));
        for test in with {
            match test {
                AttributeTest::Grade { from, to } if from == to => occurrence.grade = Some(*from),
                AttributeTest::Grade { .. } => {}
                AttributeTest::Stage(words) => occurrence.stage = only(words),
                AttributeTest::Histology(words) => occurrence.histology = only(words),
                AttributeTest::Severity(words) => occurrence.severity = only(words),
                AttributeTest::Cause(cause) => occurrence.cause = Some(cause.clone()),
            }
        }
        Ok(Some(occurrence))
    }
}

/// A fact as the report tells it: what, how much, and when.
fn told(fact: &Fact, event: &ConceptId, (start, end): (Span, Span)) -> String {
    let Fact::History { amount, route, with, .. } = fact else { return event.to_string() };
    let dose = match amount {
        Some(Amount::Fixed { dose, .. }) => format!(" {dose}"),
        Some(Amount::Range { .. } | Amount::Judged { .. } | Amount::Missing(_)) | None => String::new(),
    };
    let route = route.map(|route| format!("{} ", format!("{route:?}").to_lowercase())).unwrap_or_default();
    let grade = with.iter().find_map(|test| match test {
        AttributeTest::Grade { from, to } if from == to => Some(format!(" of grade {from}")),
        _ => None,
    });
    let time = match (start.from <= record::PAST, end.to >= record::FUTURE) {
        (true, true) => " up to now".to_owned(),
        (true, false) => format!(" at some time {}", Span::new(start.from, end.to)),
        (false, true) => format!(" since {start}"),
        (false, false) if start == end => format!(" on {start}"),
        (false, false) => format!(" from {start} to {end}"),
    };
    format!("{route}{event}{dose}{}{time}", grade.unwrap_or_default())
}

/// An attribute that was recorded as one word.
fn only(words: &[ir::Word]) -> Option<ir::Word> {
    match words {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn taken(amount: &Amount, single: bool, whole: bool) -> Taken {
    let Amount::Fixed { dose, .. } = amount else { return Taken::Unknown };
    let of = |value| record::Amount { value, unit: dose.unit.clone(), per_body: dose.per_body };
    match dose.per_time.as_ref().map(record::dose::per_day) {
        Some(Some(per_day)) => Taken::Daily(of(dose.value.rational() * per_day)),
        None if single => Taken::Once(of(dose.value.rational())),
        // 60 Gy of a radiotherapy are those of the whole course; of a drug it is not said how often they were given.
        None if whole => Taken::Whole(of(dose.value.rational())),
        Some(None) | None => Taken::Unknown,
    }
}
