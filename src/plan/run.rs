//! A plan over one patient's facts.
//!
//! Gives what the reference evaluator gives, or [`Deferred`]: where doubles are too near each other to be told apart, where
//! the number of cases is too large, and where a formula rests on something that is not one number.

mod change;
mod count;
mod dose;
mod event;
pub(super) mod number;
mod own;
mod repeat;
mod time;
mod value;

use super::facts::Facts;
use super::{AnchorAt, Entry, Node, NodeAt, PeriodAt, Plan, Rule, Way};
use crate::evaluate::Kleene;
use crate::evaluate::kleene;
use crate::ir::{Polarity, State, Verdict};
pub(crate) use count::{MOST_VAGUE, ONE_LINE};
pub(super) use count::{as_coarse, lines};
use time::{Case, Fixed};
use value::Valued;

/// The plan cannot say: the reference evaluator has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deferred;

/// As far as a plan has come with one criterion.
pub type Standing = Result<State, Deferred>;

/// More days than this are not gone through one by one, and no more cases of all anchors together: as the reference has it.
pub(super) const MOST_DAYS: i64 = 400;
const MOST_CASES: usize = 4_000;

/// A plan and the facts it is asked of.
pub struct Run<'p> {
    plan: &'p Plan,
    facts: &'p Facts,
    /// The last day that the record speaks of.
    last_day: Option<i64>,
    case: Case,
    /// What is known of this case already.
    nodes: Vec<Option<Result<Kleene, Deferred>>>,
    values: Vec<Option<Result<Valued, Deferred>>>,
}

/// What every criterion is, in the order of the plan.
#[must_use]
pub fn states(plan: &Plan, facts: &Facts) -> Vec<Standing> {
    let mut run = Run::new(plan, facts);
    plan.rules.iter().map(|rule| run.rule(rule)).collect()
}

/// The verdict that follows from the states of all criteria.
#[must_use]
pub fn verdict(plan: &Plan, states: &[State]) -> Verdict {
    let passes = plan.rules.iter().zip(states).map(|(rule, state)| passes(rule.polarity, *state));
    match Kleene::all(passes) {
        Kleene::Met if !plan.unfinished => Verdict::Eligible,
        Kleene::NotMet => Verdict::Ineligible,
        Kleene::Met | Kleene::Unknown => Verdict::Undetermined,
    }
}

/// Whether a criterion lets the patient in.
#[must_use]
pub fn passes(polarity: Polarity, state: State) -> Kleene {
    let state = match state {
        State::NotApplicable => return Kleene::Met,
        State::Met => Kleene::Met,
        State::NotMet => Kleene::NotMet,
        State::Unknown => Kleene::Unknown,
    };
    match polarity {
        Polarity::Include => state,
        Polarity::Exclude => !state,
    }
}

impl<'p> Run<'p> {
    #[must_use]
    pub fn new(plan: &'p Plan, facts: &'p Facts) -> Self {
        let screened =
            plan.screenings.iter().filter_map(|event| facts.anchors.iter().find(|anchor| anchor.event == *event));
        let screened = screened.filter(|anchor| !anchor.planned).map(|anchor| anchor.span.last_day()).max();
        // A record that was drawn before the screening says nothing of the days between: they have come all the same.
        let last_day = facts.as_of.max(screened);
        Self {
            plan,
            facts,
            last_day,
            case: Case::new(plan),
            nodes: vec![None; plan.nodes.len()],
            values: vec![None; plan.values.len()],
        }
    }

    /// What one criterion is, whichever of their possible days its anchors fall on.
    pub fn rule(&mut self, rule: &Rule) -> Standing {
        let Way::Planned { body, applies, period, anchors } = &rule.way else { return Err(Deferred) };
        let asked = Asked { polarity: rule.polarity, body: *body, applies: *applies, period: *period };
        let mut budget = MOST_CASES;
        self.cases(&asked, anchors, &mut budget)
    }

    /// The last day that the record speaks of.
    #[must_use]
    pub fn last_day(&self) -> Option<i64> {
        self.last_day
    }

    /// From now on an anchor is this day in every case.
    pub fn fix(&mut self, anchor: AnchorAt, day: i64) {
        self.case.settle(anchor, Fixed { span: crate::record::Span::days(day, day), planned: false, sure: true });
        self.nodes.fill(None);
        self.values.fill(None);
    }

    /// Every combination of days of these anchors.
    fn cases(&mut self, asked: &Asked, anchors: &[AnchorAt], budget: &mut usize) -> Standing {
        let Some((first, rest)) = anchors.split_first() else { return self.asked(asked) };
        if self.case.is_sure(*first) {
            return self.cases(asked, rest, budget);
        }
        let Some(fixed) = self.anchor(*first)? else {
            self.case.take(*first, None);
            return self.cases(asked, rest, budget);
        };
        let (from, to) = (fixed.span.first_day(), fixed.span.last_day());
        if from == to && fixed.sure {
            self.case.settle(*first, fixed.on(from));
            return self.cases(asked, rest, budget);
        }
        if to - from > MOST_DAYS {
            self.taken(*first, None);
            return self.cases(asked, rest, budget);
        }
        let mut found: Option<State> = None;
        for day in from..=to {
            *budget = budget.checked_sub(1).ok_or(Deferred)?;
            self.taken(*first, Some(fixed.on(day)));
            let state = self.cases(asked, rest, budget)?;
            match found {
                None => found = Some(state),
                Some(known) if known == state => {}
                Some(_) => {
                    self.taken(*first, None);
                    return Ok(State::Unknown);
                }
            }
        }
        self.taken(*first, None);
        found.ok_or(Deferred)
    }

    /// Another case: nothing that rests on this anchor is known any more.
    fn taken(&mut self, anchor: AnchorAt, fixed: Option<Fixed>) {
        self.case.take(anchor, fixed);
        self.nodes.fill(None);
        self.values.fill(None);
    }

    fn asked(&mut self, asked: &Asked) -> Standing {
        if let Some(period) = asked.period
            && self.days_of(period).is_some_and(crate::record::Span::is_empty)
        {
            return Ok(State::NotApplicable);
        }
        let body = self.node(asked.body)?;
        let applies = match asked.applies {
            Some(applies) => self.node(applies)?,
            None => Kleene::Met,
        };
        let passes_anyway = passes(asked.polarity, state_of(body)) == Kleene::Met;
        Ok(match applies {
            Kleene::Met => state_of(body),
            Kleene::NotMet => State::NotApplicable,
            Kleene::Unknown if passes_anyway => state_of(body),
            Kleene::Unknown => State::Unknown,
        })
    }

    fn node(&mut self, at: NodeAt) -> Result<Kleene, Deferred> {
        if let Some(Some(known)) = self.nodes.get(at.at()) {
            return *known;
        }
        let state = self.work_out(at);
        if let Some(slot) = self.nodes.get_mut(at.at()) {
            *slot = Some(state);
        }
        state
    }

    fn work_out(&mut self, at: NodeAt) -> Result<Kleene, Deferred> {
        let plan = self.plan;
        let Some(node) = plan.nodes.get(at.at()) else { return Err(Deferred) };
        Ok(match node {
            Node::Constant(state) => *state,
            // One that decides makes it unimportant that another cannot be told.
            Node::All(parts) => self.folded(parts, Kleene::NotMet)?,
            Node::Any(parts) => self.folded(parts, Kleene::Met)?,
            Node::Not(inner) => !self.node(*inner)?,
            Node::Known(inner) => (self.node(*inner)? == Kleene::Met).into(),
            Node::Count { counting, entries } => {
                let mut asked = Vec::with_capacity(entries.len());
                for Entry { when, body } in entries {
                    let counts = when.map_or(Ok(Kleene::Met), |when| self.node(when))?;
                    // A condition that is not met makes the entry as if it were not there.
                    let state = if counts == Kleene::NotMet { Kleene::NotMet } else { self.node(*body)? };
                    asked.push(kleene::Entry { counts, state });
                }
                kleene::count(*counting, &asked)
            }
            Node::Choice { branches, otherwise } => {
                let mut found: Option<Kleene> = None;
                for (condition, body) in branches {
                    let condition = self.node(*condition)?;
                    if condition == Kleene::NotMet {
                        continue;
                    }
                    let state = self.node(*body)?;
                    found = Some(found.map_or(state, |known| known.either(state)));
                    if condition == Kleene::Met {
                        return Ok(found.unwrap_or(state));
                    }
                }
                let state = self.node(*otherwise)?;
                found.map_or(state, |known| known.either(state))
            }
            Node::Compare { value, comparator, to } => {
                self.prepare(*value)?;
                self.prepare(*to)?;
                self.known(*value)?.compare(*comparator, self.known(*to)?)?
            }
            Node::InRange { value, low, high } => {
                [value, low, high].into_iter().try_for_each(|at| self.prepare(*at))?;
                self.known(*value)?.between(self.known(*low)?, self.known(*high)?)?
            }
            Node::OneOf { value, words, negated } => {
                self.prepare(*value)?;
                let state = self.known(*value)?.one_of(words);
                if *negated { !state } else { state }
            }
            Node::WordCompare { value, comparator, word } => {
                self.prepare(*value)?;
                self.known(*value)?.compare_word(*comparator, *word)
            }
            Node::Recorded(value) => {
                self.prepare(*value)?;
                self.known(*value)?.is_recorded().into()
            }
            Node::Events(events) => self.events(events)?,
            Node::Onset { of, period, silence } => self.onset(of, *period, silence),
            Node::Given { event, by } => self.given(*event, *by),
            Node::Answer(keys) => {
                let answer = keys.iter().find_map(|key| self.facts.answers.get(key.at()).copied().flatten());
                answer.map_or(Kleene::Unknown, Kleene::from)
            }
            Node::StableDose(stable) => self.stable(stable)?,
            Node::Sex { of, word } => match self.facts.results_of(*of).first().map(|result| result.said) {
                Some(super::facts::Said::Word(known)) => (known == *word).into(),
                _ => Kleene::Unknown,
            },
            Node::Members(members) => self.members(members)?,
            Node::Change(change) => self.change(change)?,
        })
    }

    /// `and` and `or`: the state that decides, wherever it stands.
    fn folded(&mut self, parts: &[NodeAt], decides: Kleene) -> Result<Kleene, Deferred> {
        let mut found = Ok(!decides);
        for part in parts {
            match self.node(*part) {
                Ok(state) if state == decides => return Ok(decides),
                Ok(Kleene::Unknown) => found = found.map(|_| Kleene::Unknown),
                Ok(_) => {}
                Err(Deferred) => found = Err(Deferred),
            }
        }
        found
    }
}

/// What is asked of a criterion in each case.
struct Asked {
    polarity: Polarity,
    body: NodeAt,
    applies: Option<NodeAt>,
    period: Option<PeriodAt>,
}

fn state_of(state: Kleene) -> State {
    match state {
        Kleene::Met => State::Met,
        Kleene::NotMet => State::NotMet,
        Kleene::Unknown => State::Unknown,
    }
}
