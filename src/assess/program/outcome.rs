//! One outcome of one participant: at its moment or at all assessments, whichever of its possible days study day 1 was, and under
//! the strategies of an estimand.

use std::sync::Arc;

use smallvec::SmallVec;

use super::run::{Facing, Found, Occasion};
use super::{Body, Counted, Deferred, Event, Expr, LOST, Located, Planned, Tallied, Val, many};
use crate::chart::Kind;
use crate::evaluate::{Kleene, covered};
use crate::ir::{Assessment, Better, StandIn, Strategy};
use crate::plan::ConceptAt;
use crate::record::Span;
use crate::schedule::days::later;

/// A result before it is counted.
#[derive(Clone, Copy)]
enum Reached {
    Response(Kleene),
    Value(Val),
}

/// A result, and what was looked at for it.
#[derive(Clone, Copy)]
struct Answer {
    result: Reached,
    /// Nothing where that was not followed.
    looked: Option<Looked>,
}

/// The last day that was looked at, and whether there is a value of then.
#[derive(Clone, Copy)]
struct Looked {
    until: i64,
    measured: bool,
    /// The day that its moment was planned for.
    place: Option<i64>,
}

/// Whether an event took place, and since when.
#[derive(Clone, Copy)]
struct Happened {
    state: Kleene,
    day: Option<i64>,
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
        let mut answer = match &planned.body {
            Body::Over(rule) => Answer { result: Reached::Response(self.rule(*rule)?), looked: None },
            Body::Truth(_) | Body::Value(_) => self.at_its_time(planned)?,
            Body::Time(_) | Body::Reckoned(_) => {
                let (result, unit) = match &planned.body {
                    Body::Time(lasting) => self.time(lasting, planned)?,
                    Body::Reckoned(reckoned) => self.reckoned(reckoned, planned)?,
                    Body::Truth(_) | Body::Value(_) | Body::Over(_) => return Err(Deferred),
                };
                return Ok(Counted { member, stood_in: false, failed: false, result, unit });
            }
        };
        let mut failed = false;
        // Without study day 1 there is nothing that an event could come after.
        if !planned.events.is_empty() && self.firsts.len() == 1 {
            (answer, failed) = self.under(planned, answer, &mut member)?;
        }
        let mut stood_in = false;
        match (planned.missing, &answer.result) {
            (Some(StandIn::NonResponse), Reached::Response(Kleene::Unknown)) if !failed => {
                answer.result = Reached::Response(Kleene::NotMet);
                stood_in = true;
            }
            (Some(StandIn::LastValue), _) if !failed && !self.is_known(&answer.result) => {
                if let Some(last) = self.last_value(planned, answer)? {
                    answer.result = last;
                    stood_in = true;
                }
            }
            _ => {}
        }
        let (result, unit) = self.tallied(planned, answer.result)?;
        Ok(Counted { member, stood_in, failed, result, unit })
    }

    /// What is the same whichever of its possible days study day 1 was.
    fn at_its_time(&mut self, planned: &Planned) -> Found<Answer> {
        let mut found: Option<Answer> = None;
        for at in 0..self.firsts.len() {
            self.take_first(at);
            let next = match planned.due {
                Some(due) => self.at_moment(planned, due)?,
                None => self.best(planned)?,
            };
            match found {
                None => found = Some(next),
                Some(known) if is_same(known.result, next.result)? => {}
                Some(known) => return Ok(Answer { result: known.result.unknown(), ..known }),
            }
        }
        Ok(found.unwrap_or_else(|| self.nothing(planned)))
    }

    fn nothing(&self, planned: &Planned) -> Answer {
        let result = match planned.body {
            Body::Truth(_) | Body::Over(_) => Reached::Response(Kleene::Unknown),
            Body::Value(_) | Body::Time(_) | Body::Reckoned(_) => Reached::Value(Val::Unknown),
        };
        Answer { result, looked: Some(Looked { until: self.last, measured: false, place: None }) }
    }

    fn at_moment(&mut self, planned: &Planned, due: usize) -> Found<Answer> {
        if self.take_due(planned, due).is_none() {
            return Ok(self.nothing(planned));
        }
        let occasion = self.occasion;
        let (result, seen) = self.asked(planned)?;
        let baseline = self.first.ok_or(Deferred)?.day;
        let mut answer = Answer { result, looked: None };
        if seen != LOST {
            let measured = seen > baseline;
            let until = if measured { seen } else { occasion.results.last_day().max(occasion.day) };
            answer.looked = Some(Looked { until, measured, place: Some(occasion.day) });
        }
        let answer = self.confirmed(planned, answer)?;
        self.alive(planned, occasion, answer)
    }

    /// What is asked, on the occasion that is taken; and the last day of what it used.
    fn asked(&mut self, planned: &Planned) -> Found<(Reached, i64)> {
        match planned.body {
            Body::Truth(at) => self.truth(at).map(|told| (Reached::Response(told.what), told.seen)),
            Body::Value(at) => self.value(at).map(|told| (Reached::Value(told.what), told.seen)),
            Body::Over(_) | Body::Time(_) | Body::Reckoned(_) => Err(Deferred),
        }
    }

    // ---- assessments -------------------------------------------------------------------------------------------------------

    /// The days after one of them on which there are results of what an outcome rests on.
    fn assessments(&self, planned: &Planned, after: i64) -> SmallVec<[i64; 16]> {
        let results = planned.assessments.of.iter().flat_map(|of| self.results_of(*of));
        let days = results.filter(|result| result.when.is_one_day()).map(|result| result.when.first_day());
        let mut days: SmallVec<[i64; 16]> = days.filter(|day| *day > after && *day <= self.last).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The best of all assessments after baseline.
    fn best(&mut self, planned: &Planned) -> Found<Answer> {
        let baseline = self.first.ok_or(Deferred)?.day;
        let days = self.assessments(planned, baseline);
        if days.is_empty() || !planned.assessments.measured {
            return self.on_day(planned, self.last.max(baseline));
        }
        let mut best: Option<Answer> = None;
        for day in days {
            let next = self.on_day(planned, day)?;
            let next = self.confirmed(planned, next)?;
            let better = match best {
                None => true,
                Some(known) => is_better(planned, next.result, known.result)?,
            };
            if better {
                best = Some(next);
            }
        }
        best.ok_or(Deferred)
    }

    /// With the latest results after baseline and up to a day.
    fn on_day(&mut self, planned: &Planned, day: i64) -> Found<Answer> {
        let baseline = self.first.ok_or(Deferred)?.day;
        self.take_occasion(planned, Occasion { day, results: Span::days(baseline + 1, day), near: None });
        let (result, _) = self.asked(planned)?;
        Ok(Answer { result, looked: Some(Looked { until: day, measured: true, place: None }) })
    }

    /// What is met and has to be confirmed, asked again at the assessments that follow: met where one so much later says so and
    /// none before it speaks against.
    fn confirmed(&mut self, planned: &Planned, mut answer: Answer) -> Found<Answer> {
        let (Some(length), Reached::Response(Kleene::Met)) = (&planned.confirmed_for, answer.result) else {
            return Ok(answer);
        };
        let looked = answer.looked.ok_or(Deferred)?;
        let since = looked.until;
        let enough = later(since, length, 1).unwrap_or(since);
        for day in self.assessments(planned, since) {
            self.take_occasion(planned, Occasion { day, results: Span::days(since + 1, day), near: None });
            match self.asked(planned)?.0 {
                Reached::Response(Kleene::NotMet) => {
                    return Ok(Answer { result: Reached::Response(Kleene::NotMet), ..answer });
                }
                Reached::Response(Kleene::Met) if day >= enough => {
                    answer.looked = Some(Looked { until: day, ..looked });
                    return Ok(answer);
                }
                Reached::Response(Kleene::Met | Kleene::Unknown) | Reached::Value(_) => {}
            }
        }
        let rest = Span::days(since + 1, self.last);
        let of_results = self.facts.complete.iter().filter(|(kind, _)| *kind == Kind::Results);
        let complete: SmallVec<[Span; 4]> = of_results.map(|(_, span)| *span).collect();
        let is_over = self.last >= enough && !complete.is_empty() && covered(rest, &complete);
        let state = if is_over { Kleene::NotMet } else { Kleene::Unknown };
        Ok(Answer { result: Reached::Response(state), ..answer })
    }

    /// The last value after baseline, which stands in for one that is missing.
    fn last_value(&mut self, planned: &Planned, answer: Answer) -> Found<Option<Reached>> {
        let looked = answer.looked.ok_or(Deferred)?;
        let ([first], Some(day)) = (self.firsts.as_slice(), looked.place) else { return Ok(None) };
        let results = Span::days(first.day + 1, looked.until.max(day));
        self.take_occasion(planned, Occasion { day, results, near: None });
        let (result, _) = self.asked(planned)?;
        Ok(Some(result).filter(|result| self.is_known(result)))
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

    // ---- intercurrent events -----------------------------------------------------------------------------------------------

    /// The result as an estimand has it, and whether an event made it a failure without a value.
    fn under(&mut self, planned: &Planned, mut answer: Answer, member: &mut Kleene) -> Found<(Answer, bool)> {
        let looked = answer.looked.ok_or(Deferred)?;
        let mut deciding: Option<(i64, usize)> = None;
        let mut failures: SmallVec<[usize; 2]> = SmallVec::new();
        for (at, event) in planned.events.iter().enumerate() {
            let happened = self.happened(event, looked)?;
            if let Some(day) = happened.day
                && deciding.is_none_or(|(known, _)| day < known)
            {
                deciding = Some((day, at));
            }
            if happened.state == Kleene::Met && event.strategy == Strategy::Composite {
                failures.push(at);
            }
            if happened.state == Kleene::Unknown {
                match event.strategy {
                    Strategy::TreatmentPolicy => {}
                    Strategy::Composite if answer.result.is_not_met() => {}
                    Strategy::PrincipalStratum => *member = member.and(Kleene::Unknown),
                    Strategy::Composite | Strategy::Hypothetical | Strategy::WhileOnTreatment => {
                        answer.result = answer.result.unknown();
                    }
                }
            }
        }
        let Some((day, at)) = deciding else { return Ok((answer, false)) };
        let strategy = planned.events.get(at).ok_or(Deferred)?.strategy;
        let mut failed = false;
        match (strategy, answer.result) {
            (Strategy::TreatmentPolicy, _) => {}
            (Strategy::Composite, Reached::Response(_)) => answer.result = Reached::Response(Kleene::NotMet),
            (Strategy::Composite, Reached::Value(_)) => {
                answer.result = answer.result.unknown();
                failed = true;
            }
            (Strategy::Hypothetical, _) => answer.result = answer.result.unknown(),
            (Strategy::PrincipalStratum, _) => *member = Kleene::NotMet,
            (Strategy::WhileOnTreatment, _) => {
                let until = day.min(looked.until);
                let on_treatment = self.on_day(planned, until)?;
                let looked = on_treatment.looked.map(|now| Looked { place: looked.place, ..now });
                return Ok((Answer { looked, ..on_treatment }, false));
            }
        }
        // A failure that comes after an event whose strategy leaves the result open is a failure all the same.
        let fails = failures.iter().any(|failure| *failure != at);
        if let (true, Reached::Response(_)) = (fails, answer.result) {
            answer.result = Reached::Response(Kleene::NotMet);
        }
        Ok((answer, failed))
    }

    /// Whether an event took place from study day 1 on and before the day of the value; where there is none, until its time is
    /// over.
    fn happened(&mut self, event: &Event, Looked { until, measured, .. }: Looked) -> Found<Happened> {
        let happened = match self.state_on(event, until)? {
            Kleene::Met => Happened { state: Kleene::Met, day: Some(self.begun(event, until)?) },
            state => Happened { state, day: None },
        };
        if !measured || event.strategy == Strategy::PrincipalStratum {
            return Ok(happened);
        }
        let not = Happened { state: Kleene::NotMet, day: None };
        Ok(match (happened.state, happened.day) {
            (Kleene::Met, Some(day)) if day >= until => not,
            (Kleene::Unknown, _) if self.state_on(event, until - 1)? == Kleene::NotMet => not,
            _ => happened,
        })
    }

    fn state_on(&mut self, event: &Event, day: i64) -> Found<Kleene> {
        self.give(event.until, day);
        self.rule(event.rule)
    }

    /// The first day on which an event had taken place that has by the last.
    fn begun(&mut self, event: &Event, last: i64) -> Found<i64> {
        let beginning = event.begins.as_ref().ok_or(Deferred)?;
        let first = self.first.ok_or(Deferred)?.day;
        self.first_met(beginning, (first, last), |facing, day| facing.state_on(event, day))
    }

    /// Whether the participant belongs to the population at the end of the study.
    fn member(&mut self, planned: &Planned) -> Found<Kleene> {
        let Some(rule) = planned.population else { return Ok(Kleene::Met) };
        let end = self.program.end_of_study.and_then(|of| self.facts.anchors.iter().find(|anchor| anchor.event == of));
        let day = end.filter(|anchor| !anchor.planned).map_or(self.last, |anchor| anchor.span.last_day());
        self.give(self.program.end, day);
        self.rule(rule)
    }

    /// After a death there is nothing to measure.
    fn alive(&self, planned: &Planned, occasion: Occasion, mut answer: Answer) -> Found<Answer> {
        let death = self.death.filter(|_| planned.but_death && self.is_known(&answer.result));
        let Some(death) = death else { return Ok(answer) };
        let Looked { until, measured, .. } = answer.looked.ok_or(Deferred)?;
        let events_only = planned.assessment == Assessment::Response && !measured;
        let compared = if measured { until } else { occasion.day };
        if compared > death && !events_only {
            answer.result = answer.result.unknown();
        }
        Ok(answer)
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
                let Body::Value(at) = planned.body else { return Err(Deferred) };
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

/// Of two assessments the one that counts as the best: of responses one that is met before one that is open before one that
/// is not met, of words by their order.
fn is_better(planned: &Planned, next: Reached, known: Reached) -> Found<bool> {
    let rank = |state: Kleene| match state {
        Kleene::NotMet => 0,
        Kleene::Unknown => 1,
        Kleene::Met => 2,
    };
    let place = |value: Val| match value {
        Val::Word(word) => Ok(Some(word)),
        Val::Unknown | Val::Many(_) => Ok(None),
        Val::One(_) | Val::Vague => Err(Deferred),
    };
    let (next, known) = match (next, known) {
        (Reached::Response(next), Reached::Response(known)) => return Ok(rank(next) > rank(known)),
        (Reached::Value(next), Reached::Value(known)) => (place(next)?, place(known)?),
        (Reached::Response(_), Reached::Value(_)) | (Reached::Value(_), Reached::Response(_)) => {
            return Err(Deferred);
        }
    };
    Ok(match (planned.assessments.better, next, known) {
        (Some(Better::Higher), Some(next), Some(known)) => next > known,
        (Some(Better::Lower), Some(next), Some(known)) => next < known,
        // An assessment that is open might be the best of all.
        (Some(_), None, Some(_)) | (None, _, _) => true,
        (Some(_), _, None) => false,
    })
}

fn is_same(one: Reached, other: Reached) -> Found<bool> {
    match (one, other) {
        (Reached::Response(one), Reached::Response(other)) => Ok(one == other),
        (Reached::Value(one), Reached::Value(other)) => many::is_same(one, other),
        (Reached::Response(_), Reached::Value(_)) | (Reached::Value(_), Reached::Response(_)) => Err(Deferred),
    }
}
