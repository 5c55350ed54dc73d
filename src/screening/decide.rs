//! What becomes of one patient, by the fast way where it serves.
//!
//! The states of the criteria come from the [`Plan`]; the reference evaluator is asked what the plan leaves to it, and what is
//! missing for a verdict that stays open. Both give the same answers (`tests/agreement`).

use std::sync::atomic::{AtomicU64, Ordering};

use super::table::Read;
use crate::chart::Chart;
use crate::evaluate::verdict::{Open, ruling};
use crate::evaluate::{Kleene, screen};
use crate::explain::{self, Asking};
use crate::ir::{Polarity, State, Verdict};
use crate::patients::{Item, Unread};
use crate::plan::facts::Facts;
use crate::plan::quick::Quick;
use crate::plan::{Plan, lower, run};
use crate::record::{Reader, Record, Refusal};

/// How much is to be found out about a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Verdict and criteria.
    States,
    /// What is missing too, where the verdict is open.
    Missing,
    /// All reasons, as [`explain::report`] has them.
    Reasons,
}

/// What became of a patient.
#[derive(Clone, Debug)]
pub struct Decided {
    pub patient: String,
    pub verdict: Verdict,
    /// Of every criterion, in the order of the protocol.
    pub states: Vec<State>,
    /// What is missing where the verdict is open, the most decisive first.
    pub missing: Vec<Missing>,
    pub asking: Vec<Asking>,
    pub reasons: Option<Box<explain::ExplainedReport>>,
    pub refused: Vec<Refusal>,
    /// Entries that no library knows: where they stand, and what they say.
    pub unmapped: Vec<(String, String)>,
}

/// One thing that is missing.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What it is, whichever patient it is of.
    pub topic: String,
    pub ask: String,
    pub in_full: String,
    /// It alone could settle the verdict.
    pub alone: bool,
}

/// Decides patients of one protocol; from any thread.
pub struct Decider<'r, 't> {
    reader: &'r Reader<'t>,
    plan: Plan,
    quick: Quick,
    depth: Depth,
    counts: Counts,
}

/// By which way patients were decided.
#[derive(Debug, Default)]
struct Counts {
    planned: AtomicU64,
    all: AtomicU64,
}

impl<'r, 't> Decider<'r, 't> {
    #[must_use]
    pub fn new(reader: &'r Reader<'t>, depth: Depth) -> Self {
        let plan = lower::lower(reader.trial);
        let quick = Quick::new(reader, &plan);
        Self { reader, plan, quick, depth, counts: Counts::default() }
    }

    /// Every criterion in the order of the reports: its name, whether it includes or excludes, and its prose.
    pub fn criteria(&self) -> impl Iterator<Item = (&str, Polarity, &str)> {
        self.plan
            .rules
            .iter()
            .map(|rule| (rule.name.as_str(), rule.polarity, rule.prose.as_deref().unwrap_or_default()))
    }

    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many patients were decided without the reference evaluator, and how many there were.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.counts.planned.load(Ordering::Relaxed), self.counts.all.load(Ordering::Relaxed))
    }

    /// Reads a record, and decides about its patient where there is one.
    #[must_use]
    pub fn read(&self, unread: Unread<'_>) -> Read {
        let prepared = unread.read();
        let decided = match &prepared.item {
            Item::Chart(chart) => Some(self.chart(chart)),
            Item::Rejected(_) => None,
        };
        Read { prepared, decided }
    }

    pub(super) fn reader(&self) -> &'r Reader<'t> {
        self.reader
    }

    pub(super) fn depth(&self) -> Depth {
        self.depth
    }

    /// So many were decided elsewhere, without the reference evaluator.
    pub(super) fn count(&self, patients: u64) {
        self.counts.planned.fetch_add(patients, Ordering::Relaxed);
        self.counts.all.fetch_add(patients, Ordering::Relaxed);
    }

    /// Decides a patient of whom some states are known already.
    pub(super) fn rest(&self, chart: &Chart, known: Vec<Option<State>>) -> Decided {
        self.counts.all.fetch_add(1, Ordering::Relaxed);
        let record = self.reader.record(chart);
        let states = known.into_iter().enumerate().map(|(at, state)| {
            state.unwrap_or_else(|| ruling(self.reader, &record, at).map_or(State::Unknown, |ruling| ruling.standing))
        });
        let states: Vec<State> = states.collect();
        let verdict = run::verdict(&self.plan, &states);
        if !record.refused.is_empty() || verdict == Verdict::Undetermined && self.depth != Depth::States {
            return self.by_reference(&record);
        }
        Decided { patient: record.id, verdict, states, ..Decided::empty() }
    }

    #[must_use]
    pub fn chart(&self, chart: &Chart) -> Decided {
        self.counts.all.fetch_add(1, Ordering::Relaxed);
        if self.depth != Depth::Reasons
            && let Some(facts) = self.quick.facts(self.reader, &self.plan, chart)
        {
            let mut record = None;
            let states = self.states(&facts, chart, &mut record);
            let verdict = run::verdict(&self.plan, &states);
            if record.is_none() {
                self.counts.planned.fetch_add(1, Ordering::Relaxed);
            }
            if verdict != Verdict::Undetermined || self.depth == Depth::States {
                return Decided { patient: chart.id.clone(), verdict, states, ..Decided::empty() };
            }
            let record = record.unwrap_or_else(|| self.reader.record(chart));
            return self.by_reference(&record);
        }
        self.by_reference(&self.reader.record(chart))
    }

    /// The states of all criteria; those that the plan leaves open by the reference.
    fn states(&self, facts: &Facts, chart: &Chart, record: &mut Option<Record>) -> Vec<State> {
        let states = run::states(&self.plan, facts);
        let settled = states.into_iter().enumerate().map(|(at, state)| {
            state.unwrap_or_else(|run::Deferred| {
                let record = record.get_or_insert_with(|| self.reader.record(chart));
                ruling(self.reader, record, at).map_or(State::Unknown, |ruling| ruling.standing)
            })
        });
        settled.collect()
    }

    fn by_reference(&self, record: &Record) -> Decided {
        let report = screen(self.reader, record);
        let open = if self.depth == Depth::States { Open::default() } else { report.open() };
        let missing = open.questions.iter().map(|question| Missing {
            topic: question.lack.topic(),
            ask: explain::ask(&question.lack),
            in_full: explain::ask_in_full(&question.lack),
            alone: question.could_admit || !question.could_exclude.is_empty(),
        });
        Decided {
            patient: record.id.clone(),
            verdict: report.verdict,
            states: report.rulings.iter().map(|ruling| ruling.standing).collect(),
            missing: missing.collect(),
            asking: explain::questions(&open),
            reasons: (self.depth == Depth::Reasons).then(|| Box::new(explain::report(&report, record))),
            refused: record.refused.clone(),
            unmapped: record.unmapped.iter().map(|entry| (entry.field.clone(), entry.written.clone())).collect(),
        }
    }

    /// The names of the criteria that decided: those that keep the patient out, or those that are unknown.
    pub fn reasons<'d>(&'d self, decided: &'d Decided) -> impl Iterator<Item = &'d str> {
        let wanted = match decided.verdict {
            Verdict::Eligible => None,
            Verdict::Ineligible => Some(Kleene::NotMet),
            Verdict::Undetermined => Some(Kleene::Unknown),
        };
        let rules = self.plan.rules.iter().zip(&decided.states);
        let decisive = rules.filter(move |(rule, state)| Some(run::passes(rule.polarity, **state)) == wanted);
        decisive.map(|(rule, _)| rule.name.as_str())
    }
}

impl Decided {
    pub(super) fn empty() -> Self {
        Self {
            patient: String::new(),
            verdict: Verdict::Undetermined,
            states: Vec::new(),
            missing: Vec::new(),
            asking: Vec::new(),
            reasons: None,
            refused: Vec::new(),
            unmapped: Vec::new(),
        }
    }
}
