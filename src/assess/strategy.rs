//! Intercurrent events, and what the strategy of each does with a result (ICH E9(R1), section A.3.2).
//!
//! An event counts from study day 1 on, and before the day of the value: one is measured, and something is given on what was
//! found. Where there is no value it counts until its time is over. The earliest of those whose strategy is not
//! `treatment_policy` decides; a failure that follows is a failure all the same.

use schemars::JsonSchema;
use serde::Serialize;

use super::measured::one_number;
use super::{Answer, Asked, Finding, Found, Participant, date};
use crate::evaluate::node::Valued;
use crate::evaluate::outcome::{Baseline, Ending, Occasion};
use crate::evaluate::{Kleene, Node};
use crate::explain;
use crate::ir::{Assessment, DefinitionBody, Estimand, Intercurrent, Strategy, Truth, Window};
use crate::record::Span;

/// An intercurrent event of one participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Intervening {
    pub name: String,
    pub strategy: &'static str,
    /// Whether it took place.
    pub state: &'static str,
    /// The first day on which it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What it did to the result, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// What is missing to know it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// The word for a strategy.
#[must_use]
pub fn strategy_word(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::TreatmentPolicy => "treatment_policy",
        Strategy::Hypothetical => "hypothetical",
        Strategy::Composite => "composite",
        Strategy::WhileOnTreatment => "while_on_treatment",
        Strategy::PrincipalStratum => "principal_stratum",
    }
}

/// Whether an event took place, and since when: the first and the last day that it may have been.
struct Happened {
    state: Kleene,
    days: Option<(i64, i64)>,
    missing: Vec<String>,
}

impl Happened {
    fn not() -> Self {
        Self { state: Kleene::NotMet, days: None, missing: Vec::new() }
    }
}

impl<'p> Participant<'p> {
    /// The answer as an estimand has it; what its events did is told in the finding.
    pub(super) fn under(
        &'p self,
        estimand: &'p Estimand,
        asked: &'p Asked<'_>,
        answer: Answer<'p>,
        finding: &mut Finding,
    ) -> Answer<'p> {
        let Some(baseline) = self.baseline() else { return answer };
        let mut deciding: Option<(i64, usize)> = None;
        let mut happenings = Vec::new();
        for (at, event) in estimand.intercurrent.iter().enumerate() {
            let happened = self.happened_before(event, &answer, baseline.day);
            let counts = event.strategy != Strategy::TreatmentPolicy;
            if let Some((day, _)) = happened.days.filter(|_| counts)
                && deciding.is_none_or(|(known, _)| day < known)
            {
                deciding = Some((day, at));
            }
            finding.events.push(Intervening {
                name: event.name.to_string(),
                strategy: strategy_word(event.strategy),
                state: super::state_code(happened.state),
                date: happened.days.map(|(early, late)| {
                    if early == late { date(early) } else { format!("{} to {}", date(early), date(late)) }
                }),
                effect: None,
                missing: happened.missing.clone(),
            });
            happenings.push(happened);
        }
        let mut answer = Self::open(estimand, answer, finding);
        if let Some((day, at)) = deciding
            && let (Some(event), Some(happened)) = (estimand.intercurrent.get(at), happenings.get(at))
        {
            let days = happened.days.unwrap_or((day, day));
            let (after, effect) = self.after(event, days, asked, answer, finding);
            answer = after;
            if let Some(told) = finding.events.get_mut(at) {
                told.effect = Some(effect);
            }
            if event.strategy != Strategy::WhileOnTreatment {
                Self::composite_later(estimand, (at, &happenings), &mut answer, finding);
            }
        }
        answer
    }

    /// Whether an event took place from study day 1 on, and before the day of the value, which is measured before anything is
    /// given on what was found; where there is no value, until its time is over.
    fn happened_before(&'p self, event: &'p Intercurrent, answer: &Answer<'p>, first: i64) -> Happened {
        let time = |last: i64| Span::new(Span::days(first, first).from, Span::days(last, last).to);
        let happened = self.happened(event, time(answer.until));
        if !answer.measured || event.strategy == Strategy::PrincipalStratum {
            return happened;
        }
        match (happened.state, happened.days) {
            (Kleene::Met, Some((early, _))) if early >= answer.until => Happened::not(),
            // Of a day that is not known it may have been before the value, or after it.
            (Kleene::Met, Some((_, late))) if late >= answer.until => {
                Happened { state: Kleene::Unknown, days: None, missing: vec![format!("the day of {}", event.name)] }
            }
            (Kleene::Unknown, _) if self.happened(event, time(answer.until - 1)).state == Kleene::NotMet => {
                Happened::not()
            }
            _ => happened,
        }
    }

    /// A failure that comes after an event whose strategy leaves the result open is a failure all the same.
    fn composite_later(
        estimand: &Estimand,
        (first, happenings): (usize, &[Happened]),
        answer: &mut Answer<'p>,
        finding: &mut Finding,
    ) {
        let later = estimand.intercurrent.iter().zip(happenings).enumerate().find(|(at, (event, happened))| {
            *at != first && event.strategy == Strategy::Composite && happened.state == Kleene::Met
        });
        if let (Some((at, _)), Found::Response(_)) = (later, &answer.found) {
            answer.found = Found::Response(Kleene::NotMet);
            finding.missing.clear();
            if let Some(told) = finding.events.get_mut(at) {
                told.effect = Some("counts as no response".to_owned());
            }
        }
    }

    /// An event of which nobody knows whether it took place leaves a result open that it would change.
    fn open(estimand: &Estimand, mut answer: Answer<'p>, finding: &mut Finding) -> Answer<'p> {
        for (event, told) in estimand.intercurrent.iter().zip(&mut finding.events) {
            if told.state != super::state_code(Kleene::Unknown) {
                continue;
            }
            let indifferent = match event.strategy {
                Strategy::TreatmentPolicy => true,
                Strategy::Composite => answer.found == Found::Response(Kleene::NotMet),
                Strategy::PrincipalStratum => {
                    finding.member = finding.member.and(Kleene::Unknown);
                    true
                }
                Strategy::Hypothetical | Strategy::WhileOnTreatment => false,
            };
            if !indifferent {
                told.effect = Some("the result is open, as it is not known whether the event came before".to_owned());
                finding.missing.extend(told.missing.iter().cloned());
                answer.found = answer.found.unknown();
                answer.node = answer.node.in_doubt();
            }
        }
        answer
    }

    fn after(
        &'p self,
        event: &Intercurrent,
        (day, late): (i64, i64),
        asked: &'p Asked<'_>,
        mut answer: Answer<'p>,
        finding: &mut Finding,
    ) -> (Answer<'p>, String) {
        let timed = asked.outcome.assessment == Assessment::TimeToEvent;
        let name = &event.name;
        let effect = match event.strategy {
            Strategy::TreatmentPolicy => String::new(),
            Strategy::Composite => match &answer.found {
                Found::Response(_) => {
                    answer.found = Found::Response(Kleene::NotMet);
                    finding.missing.clear();
                    "counts as no response".to_owned()
                }
                Found::Time(..) => {
                    answer.found = self.ended(asked, day, Ending::Event);
                    format!("counts as the event, on {}", date(day))
                }
                Found::Value(_) => {
                    finding.failed = true;
                    answer.found = answer.found.unknown();
                    answer.node = answer.node.in_doubt();
                    "counts as a failure, for which the protocol states no value".to_owned()
                }
            },
            Strategy::Hypothetical if timed => {
                answer.found = self.ended(asked, day, Ending::Censored);
                format!("censored on {}", date(day))
            }
            Strategy::Hypothetical => {
                answer.found = answer.found.unknown();
                answer.node = answer.node.in_doubt();
                finding.missing.push(format!(
                    "what would have been without {name}: nothing is observed after {}, and the protocol states no way to \
                     estimate it",
                    date(day)
                ));
                "what was measured after it is not used".to_owned()
            }
            Strategy::WhileOnTreatment if timed => {
                answer.found = self.ended(asked, day, Ending::Censored);
                format!("followed until {}", date(day))
            }
            Strategy::WhileOnTreatment => {
                let latest = (late > day).then(|| self.until_event(asked, late, &answer).found);
                answer = self.until_event(asked, day, &answer);
                if latest.is_some_and(|latest| latest != answer.found) {
                    finding.missing.push(format!("the day of {name}"));
                    answer.found = answer.found.unknown();
                }
                format!("the value is the last one up to {}", date(day))
            }
            Strategy::PrincipalStratum => {
                finding.member = Kleene::NotMet;
                "outside of the stratum of those in whom it would not take place".to_owned()
            }
        };
        (answer, effect)
    }

    /// A time that ends with an event of its own kind before `day` keeps its end.
    fn ended(&self, asked: &Asked<'_>, day: i64, ending: Ending) -> Found {
        let DefinitionBody::Value(value) = &asked.outcome.body else {
            return Found::Time(Valued::unknown(), None);
        };
        Found::Time(self.evaluator.days_until(value, day), Some(ending))
    }

    /// The outcome with the last values up to a day.
    fn until_event(&'p self, asked: &'p Asked<'_>, day: i64, answer: &Answer<'p>) -> Answer<'p> {
        let baseline = self.baseline().unwrap_or(Baseline { day, before: None });
        let until = day.min(answer.until);
        let occasion = Occasion { day: until, results: Span::days(baseline.day + 1, until), near: None };
        let node = match &asked.outcome.window {
            None | Some(Window::At { .. }) => self.evaluator.at_occasion(&asked.outcome.body, occasion, baseline),
            Some(window) => self.evaluator.in_window_until(&asked.outcome.body, window, until),
        };
        Answer { found: Found::of(asked.outcome, &node), node, until, measured: true, place: answer.place.clone() }
    }

    /// Whether an event took place in a time, and the first day on which it had.
    fn happened(&'p self, event: &'p Intercurrent, time: Span) -> Happened {
        let node = self.intervened(event, time);
        let state = node.kleene();
        let missing =
            if state == Kleene::Unknown { explain::condition(self.trial, &node).wanted() } else { Vec::new() };
        let truths: Vec<&Truth> = std::iter::once(&event.event).chain(&event.when).collect();
        let since = || self.evaluator.since(&truths, time, &|time| self.intervened(event, time));
        let days = (state == Kleene::Met).then(since);
        Happened { state, days, missing }
    }

    fn intervened(&'p self, event: &'p Intercurrent, time: Span) -> Node<'p> {
        let node = self.evaluator.over(&event.event, event.window.as_ref(), time);
        match &event.when {
            Some(when) => node.given(self.evaluator.over(when, None, time)),
            None => node,
        }
    }
}

/// The days of a time to an event, where they are one number.
pub(super) fn days_of(value: &Valued) -> Option<f64> {
    use num_traits::ToPrimitive;
    one_number(value)?.0.to_f64()
}
