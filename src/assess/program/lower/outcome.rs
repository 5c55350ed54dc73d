//! One outcome: what is asked, over which time, and what intercurrent events do.

use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::{Lowered, Lowering, Refusal, Sort, refused};
use crate::assess::program::{
    Assessments, Beginning, Body, Counts, Dated, DoseOf, Drugs, Edge, Event, Exact, Lasting, Planned, Reckoned, Stage,
    Time, Until,
};
use crate::assess::{Asked, is_measure};
use crate::evaluate::code_of_time;
use crate::evaluate::outcome::events_of;
use crate::ir::value::Events as Counted;
use crate::ir::{
    Anchor, Assessment, ConceptId, Counting, DefinitionBody, Duration, EpochId, Estimand, EventClass, Intercurrent,
    Moment, Outcome, Route, Strategy, TimeUnit, Truth, TruthKind, Value, ValueKind, Verb, Window,
};
use crate::plan::{AnchorAt, ConceptAt, Events, Scale, Way};
use crate::units::Unit;

impl<'t> Lowering<'t, '_> {
    pub(super) fn outcome(&mut self, asked: &'t Asked<'t>, end: AnchorAt, from: &'t Window) -> Lowered<Planned> {
        let outcome = asked.outcome;
        let population = match asked.population {
            Some(population) => {
                let rule = self.conditions.on_day(&population.body, end)?;
                Some(self.rule(rule))
            }
            None => None,
        };
        let (body, unit) = self.body_of(outcome, asked.due)?;
        let events = match asked.estimand {
            Some(estimand) => self.events(estimand, from)?,
            None => Vec::new(),
        };
        match &body {
            Body::Truth(_) | Body::Value(_) => {}
            Body::Over(_) | Body::Time(_) | Body::Reckoned(_) if events.is_empty() => {}
            Body::Over(_) | Body::Reckoned(_) => return refused("intercurrent events of a window"),
            Body::Time(_) => return refused("intercurrent events of a time to an event"),
        }
        Ok(Planned {
            population,
            body,
            assessment: outcome.assessment,
            but_death: !asked.measures.contains("death"),
            day: self.day,
            due: asked.due,
            assessments: self.assessments(asked),
            confirmed_for: outcome.confirmed_for.clone(),
            events,
            missing: asked.estimand.and_then(|estimand| estimand.missing),
            unit,
        })
    }

    /// What is asked, and the unit of its numbers.
    fn body_of(&mut self, outcome: &'t Outcome, due: Option<usize>) -> Lowered<(Body, Option<Arc<str>>)> {
        if outcome.assessment == Assessment::TimeToEvent {
            let lasting = self.lasting(&outcome.body)?;
            return Ok((Body::Time(lasting), Some(Arc::from("d"))));
        }
        match (&outcome.window, due, &outcome.body, outcome.assessment) {
            (Some(Window::At { .. }), Some(_), DefinitionBody::Truth(truth), Assessment::Response)
            | (None, None, DefinitionBody::Truth(truth), Assessment::Response) => {
                Ok((Body::Truth(self.truth(None, truth, Time::Now)?), None))
            }
            (Some(Window::At { .. }), Some(_), DefinitionBody::Value(value), _)
            | (None, None, DefinitionBody::Value(value), _) => {
                let value = self.value(value, Scale::Plain, Time::Now)?;
                let unit = match &value.sort {
                    Sort::Number(_) if due.is_none() => return refused("the best of several numbers"),
                    Sort::Number(of) => Some(of.to_string()).filter(|unit| unit != "1").map(Arc::from),
                    Sort::Word(_) => None,
                };
                Ok((Body::Value(value.at), unit))
            }
            (Some(window), None, DefinitionBody::Truth(truth), Assessment::Response) => {
                let rule = self.conditions.in_window(truth, window)?;
                Ok((Body::Over(self.rule(rule)), None))
            }
            (Some(Window::Between { from, to }), None, DefinitionBody::Value(value), _) => {
                let (reckoned, unit) = self.reckoned(value, from, to)?;
                Ok((Body::Reckoned(reckoned), unit))
            }
            _ => refused("a value over a window"),
        }
    }

    /// A count, a rate or a total over a window, and its unit.
    fn reckoned(
        &mut self,
        value: &'t Value,
        from: &'t Moment,
        to: &'t Moment,
    ) -> Lowered<(Reckoned, Option<Arc<str>>)> {
        let Moment { anchor: Anchor::Event(from), offset: None } = from else {
            return refused("a window that does not begin with an event of the trial");
        };
        let to = match to {
            Moment { anchor: Anchor::Event(event), offset: None } => Edge::Event(self.dated(event)?),
            Moment { anchor: Anchor::EpochEnd(epoch), offset: None } => Edge::Epochs(self.stages(epoch)?),
            _ => return refused("a window with an end of this kind"),
        };
        let (what, unit) = match &value.kind {
            ValueKind::CountOf { of } => (Counts::Events { of: self.counted_of(of)?, days: None }, None),
            ValueKind::RateOf { of, per } => {
                let (unit, day) = (Unit::parse(code_of_time(per.unit)), Unit::parse("d"));
                let (Ok(unit), Ok(day)) = (unit, day) else { return refused("a rate in this unit") };
                let days = day.convert(&BigRational::from_integer(BigInt::from(1)), &unit).ok();
                let days = days.and_then(|days| Exact::of(&days));
                let Some(days) = days else { return refused("a rate in this unit") };
                let unit = Unit::one().divide(&unit).to_string();
                (Counts::Events { of: self.counted_of(of)?, days: Some(days) }, Some(unit))
            }
            ValueKind::TotalDose { of, route, equivalent_to } => {
                let silences = of.iter().map(|class| self.conditions.silence_of(&class.event)).collect();
                let at = self.doses_of(of, *route, equivalent_to.as_ref())?;
                (Counts::Dose { at, silences }, Some("mg".to_owned()))
            }
            _ => return refused("a value over a window"),
        };
        let from = self.dated(from)?;
        Ok((Reckoned { from, to, what }, unit.filter(|unit| unit != "1").map(Arc::from)))
    }

    fn dated(&self, event: &ConceptId) -> Lowered<Dated> {
        let planned = self.trial.plans.iter().any(|plan| plan.event == *event);
        Ok(Dated { event: self.conditions.place(event)?, planned })
    }

    fn counted_of(&mut self, of: &'t Counted) -> Lowered<Vec<Events>> {
        of.events.iter().map(|class| self.conditions.counted(of, class, self.day)).collect()
    }

    /// The epochs up to one.
    fn stages(&mut self, last: &EpochId) -> Lowered<Vec<Stage>> {
        let mut stages = Vec::new();
        let trial = self.trial;
        for epoch in &trial.epochs {
            let longest = epoch.extent.as_ref().map(|extent| extent.duration.clone());
            let is_long = |length: &Duration| matches!(length.unit, TimeUnit::Hours | TimeUnit::Minutes);
            if longest.as_ref().is_some_and(is_long) {
                return refused("an epoch of hours");
            }
            let until = epoch.until.as_ref().map(|until| self.until(until)).transpose()?;
            stages.push(Stage { longest, until });
            if epoch.name == *last {
                return Ok(stages);
            }
        }
        refused("an epoch that the protocol has not")
    }

    fn until(&mut self, truth: &'t Truth) -> Lowered<Until> {
        let day = self.conditions.given_day();
        let one_sentence = || Refusal("an epoch that ends with more than one sentence".to_owned());
        let TruthKind::History(history) = &truth.kind else { return Err(one_sentence()) };
        let lasts = history.for_at_least.is_some() || history.for_at_most.is_some();
        let excepts = history.events.iter().any(|class| class.except.iter().any(|except| except.window.is_some()));
        if lasts || excepts || !matches!(history.verb, Verb::Had | Verb::Received) {
            return Err(one_sentence());
        }
        let begins = self.beginning(truth).ok_or_else(one_sentence)?;
        let Way::Planned { body, .. } = self.conditions.on_day(truth, day)?.way else { return Err(one_sentence()) };
        Ok(Until { body: self.conditions.only(body), day, begins })
    }

    pub(super) fn doses_of(
        &mut self,
        of: &'t [EventClass],
        route: Option<Route>,
        equivalent_to: Option<&ConceptId>,
    ) -> Lowered<usize> {
        let mut drugs = Vec::new();
        for class in of {
            if !class.except.is_empty() {
                return refused("a dose of a class with exceptions");
            }
            let kin = self.conditions.kin(&class.event);
            self.drugs.extend(kin.is.iter().chain(&kin.may_be));
            let silence = self.conditions.silence(&class.event, self.day);
            drugs.push(Drugs { kin, silence: self.rule(silence) });
        }
        self.doses.push(DoseOf { of: drugs, route, equivalent_to: equivalent_to.cloned() });
        Ok(self.doses.len() - 1)
    }

    fn lasting(&self, body: &'t DefinitionBody) -> Lowered<Lasting> {
        let DefinitionBody::Value(Value { kind: ValueKind::TimeBetween { from, to }, .. }) = body else {
            return refused("a time to an event of another kind");
        };
        let Moment { anchor: Anchor::Event(from), offset: None } = from else {
            return refused("a time that does not begin with an event of the trial");
        };
        let from = self.dated(from)?;
        let Some(events) = events_of(to) else { return refused("a time that does not end with a first event") };
        let mut ends: Vec<ConceptAt> = events.iter().flat_map(|event| self.conditions.kin(event).is).collect();
        ends.sort_unstable();
        ends.dedup();
        Ok(Lasting {
            from,
            ends,
            silences: events.iter().map(|event| self.conditions.silence_of(event)).collect(),
            of_life: events.iter().all(|event| event.as_str() == "death"),
        })
    }

    fn assessments(&self, asked: &Asked<'t>) -> Assessments {
        let better = match &asked.outcome.body {
            DefinitionBody::Value(Value { kind: ValueKind::Result { of, .. }, .. }) => {
                self.trial.concepts.get(of).and_then(|concept| concept.better)
            }
            DefinitionBody::Value(_) | DefinitionBody::Truth(_) => None,
        };
        let places = asked.measures.iter().filter_map(|of| self.conditions.place(of).ok());
        let measured = asked.measures.iter().any(|of| is_measure(self.trial, of));
        Assessments { of: places.collect(), measured, better }
    }

    /// The intercurrent events whose strategy changes a result.
    fn events(&mut self, estimand: &'t Estimand, from: &'t Window) -> Lowered<Vec<Event>> {
        let mut events = Vec::new();
        for Intercurrent { window, when, event, strategy, .. } in &estimand.intercurrent {
            if *strategy == Strategy::TreatmentPolicy {
                continue;
            }
            if window.is_some() || when.is_some() {
                return refused("an intercurrent event with a time or a condition of its own");
            }
            let until = self.conditions.given_day();
            let rule = self.conditions.until(event, from, until)?;
            let begins = self.beginning(event);
            events.push(Event { rule: self.rule(rule), until, strategy: *strategy, begins });
        }
        Ok(events)
    }

    /// Where one sentence about one class is asked, its entries tell on which day it came true.
    fn beginning(&self, event: &'t Truth) -> Option<Beginning> {
        let history = match &event.kind {
            TruthKind::History(history) => history,
            TruthKind::Timed { of, .. } => match &of.kind {
                TruthKind::History(history) => history,
                _ => return None,
            },
            _ => return None,
        };
        let begins = matches!(history.verb, Verb::Had | Verb::Received | Verb::Started);
        let ([class], Counting::Any, true) = (history.events.as_slice(), history.counting, begins) else { return None };
        let kin = |of: &ConceptId| {
            let kin = self.conditions.kin(of);
            kin.is.into_iter().chain(kin.may_be)
        };
        let sorted = |mut places: Vec<ConceptAt>| {
            places.sort_unstable();
            places.dedup();
            places
        };
        let named = self.evaluator.named_in(&[event]);
        Some(Beginning {
            named: sorted(named.iter().flat_map(kin).collect()),
            own: sorted(kin(&class.event).collect()),
        })
    }
}
