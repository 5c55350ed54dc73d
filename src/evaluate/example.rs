//! The patients of a protocol's `example` blocks.

use num_rational::BigRational;

use super::frame::{end_of_day, start_of_day};
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
    for fact in &example.facts {
        if let Fact::Anchor { event, date } = fact {
            let when: When = date.parse().map_err(|_| Lack::Day { of: event.to_string() })?;
            record.anchors.insert(event.clone(), Dated { when, planned: false });
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
                let from = from.as_ref().map_or(Ok(record::PAST), |moment| self.day(moment).map(start_of_day))?;
                let to = match to {
                    Some(moment) => end_of_day(self.day(moment)?),
                    None => end_of_day(self.context.anchor.clone()?),
                };
                let named = |word: &ir::Word| Kind::ALL.into_iter().find(|kind| kind.word() == word.as_str());
                for kind in records.iter().filter_map(named) {
                    record.complete.entry(kind).or_default().push(Span::new(from, to));
                }
            }
            Fact::Result { of, value, at } => {
                let when = match at {
                    Some(moment) => self.day(moment)?,
                    None => self.context.anchor.clone()?,
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

    fn day(&self, moment: &Moment) -> Result<When, Lack> {
        self.evaluator.moment_range(moment, &self.context)
    }

    /// The time of a fact; without one, any up to the anchor.
    fn span(&self, window: Option<&Window>) -> Result<Span, Lack> {
        match window {
            None => Ok(Span::new(record::PAST, end_of_day(self.context.anchor.clone()?))),
            Some(Window::At { moment }) => Ok(self.day(moment)?.span),
            Some(window) => self.evaluator.times_in(window, &self.context).map(|times| times.hull()),
        }
    }

    fn result(&self, of: &ConceptId, value: &FactValue, when: When, record: &mut Record) {
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
        let (value, upper_limit, written) = match value {
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
        let Some(value) = value else { return };
        if of.as_str() == "age" {
            if let Measured::Number(years) = &value {
                record.birth = record::born(years, when);
            }
            return;
        }
        let observation =
            Observation { when, value, lower_limit: None, upper_limit, written, converted: None, source: None };
        record.results.entry(of.clone()).or_default().push(observation);
    }

    fn occurrence(&self, fact: &Fact) -> Result<Option<Occurrence>, Lack> {
        let Fact::History { verb, event, route, with, due_to, amount, window, .. } = fact else { return Ok(None) };
        let anchor = self.context.anchor.clone()?;
        let now = matches!(verb, Verb::Has | Verb::Receiving);
        let ends_now = Span::new(end_of_day(anchor), record::FUTURE);
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
        let mut occurrence = Occurrence::on(event, start, format!("{event}"));
        occurrence.end = Span::new(end.from.max(start.from), end.to);
        occurrence.single = single;
        occurrence.route = *route;
        occurrence.reason.clone_from(due_to);
        occurrence.dose = amount.as_ref().map_or(Taken::Unknown, |amount| taken(amount, single));
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

/// An attribute that was recorded as one word.
fn only(words: &[ir::Word]) -> Option<ir::Word> {
    match words {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn taken(amount: &Amount, single: bool) -> Taken {
    let Amount::Fixed { dose, .. } = amount else { return Taken::Unknown };
    let of = |value| record::Amount { value, unit: dose.unit.clone(), per_body: dose.per_body };
    match dose.per_time.as_ref().map(record::dose::per_day) {
        Some(Some(per_day)) => Taken::Daily(of(dose.value.rational() * per_day)),
        None if single => Taken::Once(of(dose.value.rational())),
        Some(None) | None => Taken::Unknown,
    }
}
