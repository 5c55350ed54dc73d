//! One outcome of one participant: at its moment, whichever of its possible days study day 1 was, and under the strategies of an
//! estimand.

use std::sync::Arc;

use super::run::{Facing, Found, Occasion};
use super::{Body, Counted, Deferred, Event, Expr, LOST, Located, Planned, Tallied, Val, many};
use crate::evaluate::Kleene;
use crate::ir::{Assessment, StandIn, Strategy};
use crate::plan::ConceptAt;

/// A result before it is counted.
#[derive(Clone, Copy)]
enum Reached {
    Response(Kleene),
    Value(Val),
}

/// The last day that was looked at, and whether there is a value of then.
#[derive(Clone, Copy)]
struct Looked {
    until: i64,
    measured: bool,
}

impl Reached {
    fn is_not_met(self) -> bool {
        matches!(self, Self::Response(Kleene::NotMet))
    }

    fn unknown(self) -> Self {
        match self {
            Self::Response(_) => Self::Response(Kleene::Unknown),
            Self::Value(_) => Self::Value(Val::Unknown),
        }
    }
}

impl Facing<'_> {
    pub(super) fn outcome(&mut self, planned: &Planned) -> Found<Counted> {
        let mut member = self.member(planned)?;
        let stratum = planned.events.iter().any(|event| event.strategy == Strategy::PrincipalStratum);
        if member != Kleene::Met && planned.assessment == Assessment::Response && !stratum {
            // Nothing more of it is counted.
            let result = Tallied::Response(Kleene::Unknown);
            return Ok(Counted { member, stood_in: false, failed: false, result, unit: None });
        }
        let (mut result, looked) = match planned.body {
            Body::Over(rule) => (Reached::Response(self.rule(rule)?), None),
            Body::Truth(_, due) | Body::Value(_, due) => self.at_moment(planned, due)?,
        };
        let mut failed = false;
        // Without study day 1 there is nothing that an event could come after.
        if !planned.events.is_empty() && self.firsts.len() == 1 {
            let looked = looked.ok_or(Deferred)?;
            (result, failed) = self.under(planned, result, looked, &mut member)?;
        }
        let mut stood_in = false;
        match (planned.missing, &result) {
            (Some(StandIn::NonResponse), Reached::Response(Kleene::Unknown)) if !failed => {
                result = Reached::Response(Kleene::NotMet);
                stood_in = true;
            }
            (Some(StandIn::LastValue), _) if !failed && !self.is_known(&result) => return Err(Deferred),
            _ => {}
        }
        let (result, unit) = self.tallied(planned, result)?;
        Ok(Counted { member, stood_in, failed, result, unit })
    }

    /// What is the same whichever of its possible days study day 1 was.
    fn at_moment(&mut self, planned: &Planned, due: usize) -> Found<(Reached, Option<Looked>)> {
        let mut found: Option<(Reached, Option<Looked>)> = None;
        for at in 0..self.firsts.len() {
            self.take_first(at);
            let next = self.on_occasion(planned, due)?;
            match found {
                None => found = Some(next),
                Some((known, _)) if is_same(known, next.0)? => {}
                Some((known, looked)) => return Ok((known.unknown(), looked)),
            }
        }
        let nothing = match planned.body {
            Body::Truth(..) | Body::Over(_) => Reached::Response(Kleene::Unknown),
            Body::Value(..) => Reached::Value(Val::Unknown),
        };
        Ok(found.unwrap_or((nothing, Some(Looked { until: self.last, measured: false }))))
    }

    fn on_occasion(&mut self, planned: &Planned, due: usize) -> Found<(Reached, Option<Looked>)> {
        let nothing = Some(Looked { until: self.last, measured: false });
        let is_dated = self.take_occasion(planned, due).is_some();
        match planned.body {
            Body::Over(_) => Err(Deferred),
            Body::Truth(..) if !is_dated => Ok((Reached::Response(Kleene::Unknown), nothing)),
            Body::Value(..) if !is_dated => Ok((Reached::Value(Val::Unknown), nothing)),
            Body::Truth(at, _) => {
                let told = self.truth(at)?;
                self.alive(planned, Reached::Response(told.what), told.seen)
            }
            Body::Value(at, _) => {
                let told = self.value(at)?;
                self.alive(planned, Reached::Value(told.what), told.seen)
            }
        }
    }

    /// From now on study day 1 is this one of its possible days.
    fn take_first(&mut self, at: usize) {
        let first = self.firsts.get(at).copied();
        if self.first == first {
            return;
        }
        self.first = first;
        self.now = 0;
        self.baseline = self.memory.next();
        let Some(first) = first else { return };
        let facts = self.facts;
        let anchor = |of: ConceptAt| facts.anchors.iter().find(|anchor| anchor.event == of);
        let dated = self.program.dated.iter().map(|event| {
            anchor(*event).filter(|anchor| anchor.span.is_one_day()).map(|anchor| anchor.span.first_day())
        });
        self.dues = self.moments.on(self.reader.trial, first.day, dated.collect());
    }

    /// The result as an estimand has it, and whether an event made it a failure without a value.
    fn under(
        &mut self,
        planned: &Planned,
        mut result: Reached,
        looked: Looked,
        member: &mut Kleene,
    ) -> Found<(Reached, bool)> {
        let mut deciding = None;
        for event in &planned.events {
            match self.happened(event, looked)? {
                Kleene::NotMet => {}
                Kleene::Met if deciding.is_none() => deciding = Some(event.strategy),
                // Which came first decides.
                Kleene::Met => return Err(Deferred),
                Kleene::Unknown => match event.strategy {
                    Strategy::TreatmentPolicy => {}
                    Strategy::Composite if result.is_not_met() => {}
                    Strategy::PrincipalStratum => *member = member.and(Kleene::Unknown),
                    Strategy::Composite | Strategy::Hypothetical | Strategy::WhileOnTreatment => {
                        result = result.unknown();
                    }
                },
            }
        }
        match (deciding, &result) {
            (None | Some(Strategy::TreatmentPolicy), _) => Ok((result, false)),
            (Some(Strategy::Composite), Reached::Response(_)) => Ok((Reached::Response(Kleene::NotMet), false)),
            (Some(Strategy::Composite), Reached::Value(_)) => Ok((result.unknown(), true)),
            (Some(Strategy::Hypothetical), _) => Ok((result.unknown(), false)),
            (Some(Strategy::PrincipalStratum), _) => {
                *member = Kleene::NotMet;
                Ok((result, false))
            }
            (Some(Strategy::WhileOnTreatment), _) => Err(Deferred),
        }
    }

    /// Whether an event took place from study day 1 on and before the day of the value; where there is none, until its time is
    /// over.
    fn happened(&mut self, event: &Event, Looked { until, measured }: Looked) -> Found<Kleene> {
        let mut asked = |until: i64| {
            self.give(event.until, until);
            self.rule(event.rule)
        };
        let state = asked(until)?;
        if !measured || event.strategy == Strategy::PrincipalStratum {
            return Ok(state);
        }
        match state {
            Kleene::NotMet => Ok(Kleene::NotMet),
            Kleene::Unknown if asked(until - 1)? == Kleene::NotMet => Ok(Kleene::NotMet),
            Kleene::Unknown => Ok(Kleene::Unknown),
            // It matters on which day.
            Kleene::Met => Err(Deferred),
        }
    }

    /// Whether the participant belongs to the population at the end of the study.
    fn member(&mut self, planned: &Planned) -> Found<Kleene> {
        let Some(rule) = planned.population else { return Ok(Kleene::Met) };
        let end = self.program.end_of_study.and_then(|of| self.facts.anchors.iter().find(|anchor| anchor.event == of));
        let day = end.filter(|anchor| !anchor.planned).map_or(self.last, |anchor| anchor.span.last_day());
        self.give(self.program.end, day);
        self.rule(rule)
    }

    /// After a death there is nothing to measure. Gives the last day that was looked at too, where it was followed.
    fn alive(&self, planned: &Planned, result: Reached, seen: i64) -> Found<(Reached, Option<Looked>)> {
        let Occasion { day, results, .. } = self.occasion;
        let death = self.death.filter(|_| planned.but_death && self.is_known(&result));
        if seen == LOST {
            return if death.is_some() { Err(Deferred) } else { Ok((result, None)) };
        }
        let measured = self.first.is_some_and(|first| seen > first.day);
        let until = if measured { seen } else { results.last_day().max(day) };
        let looked = Some(Looked { until, measured });
        let Some(death) = death else { return Ok((result, looked)) };
        let events_only = planned.assessment == Assessment::Response && !measured;
        let compared = if measured { until } else { day };
        let result = if compared > death && !events_only { result.unknown() } else { result };
        Ok((result, looked))
    }

    fn tallied(&self, planned: &Planned, result: Reached) -> Found<(Tallied, Option<Arc<str>>)> {
        Ok(match result {
            Reached::Response(state) => (Tallied::Response(state), None),
            Reached::Value(Val::Unknown) => (Tallied::Missing, None),
            Reached::Value(Val::One(number)) => {
                (Tallied::Number(number.double().ok_or(Deferred)?), planned.unit.clone())
            }
            Reached::Value(Val::Vague) => (Tallied::Inexact, planned.unit.clone()),
            Reached::Value(Val::Many(at)) => self.tallied_many(at, planned)?,
            Reached::Value(Val::Word(word)) => {
                let Body::Value(at, _) = planned.body else { return Err(Deferred) };
                let Some(Located { what: Expr::Result { of, .. }, .. }) = self.program.values.get(at.0 as usize) else {
                    return Err(Deferred);
                };
                let words = self.program.plan.concepts.get(of.at()).map(|slot| &slot.words).ok_or(Deferred)?;
                (Tallied::Word(words.get(word as usize).ok_or(Deferred)?.clone()), None)
            }
        })
    }

    fn is_known(&self, result: &Reached) -> bool {
        match result {
            Reached::Response(state) => *state != Kleene::Unknown,
            Reached::Value(Val::One(_) | Val::Word(_)) => true,
            Reached::Value(Val::Many(at)) => self.is_settled(*at),
            Reached::Value(Val::Unknown | Val::Vague) => false,
        }
    }
}

fn is_same(one: Reached, other: Reached) -> Found<bool> {
    match (one, other) {
        (Reached::Response(one), Reached::Response(other)) => Ok(one == other),
        (Reached::Value(one), Reached::Value(other)) => many::is_same(one, other),
        (Reached::Response(_), Reached::Value(_)) | (Reached::Value(_), Reached::Response(_)) => Err(Deferred),
    }
}
