//! What becomes of one patient, by the fast way where it serves.
//!
//! The states of the criteria come from the [`Plan`]; the reference evaluator is asked what the plan leaves to it, and what is
//! missing for a verdict that stays open. Both give the same answers (`tests/agreement`).

use std::sync::atomic::{AtomicU64, Ordering};

use super::table::Read;
use crate::chart::Chart;
use crate::chart::lent::Lent;
use crate::evaluate::verdict::{Open, Report, ruling};
use crate::evaluate::{Kleene, screen};
use crate::explain::{self, Asking};
use crate::ir::{Polarity, State, Verdict};
use crate::patients::{Unread, View};
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
    /// And what to ask next.
    Questions,
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

    /// Reads records, and decides about the patient of each where there is one.
    pub fn read<'a>(&self, batch: impl IntoIterator<Item = Unread<'a>>) -> Vec<Read> {
        let mut read = Vec::new();
        for unread in batch {
            unread.read(|view| self.view(view), |prepared, decided| read.push(Read { prepared, decided }));
        }
        read
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

    /// Decides a patient of whom some states are known already: the others by the plan too, as far as it can say them.
    pub(super) fn rest(&self, chart: &Chart, known: &[Option<State>]) -> Decided {
        if let Some(facts) = self.quick.lent(self.reader, &self.plan, &Lent::of(chart)) {
            let mut run = run::Run::new(&self.plan, &facts);
            let rules = self.plan.rules.iter().zip(known);
            let standings = rules.map(|(rule, state)| state.map_or_else(|| run.rule(rule), Ok));
            let make = || Some(self.reader.record(chart));
            if let Some(decided) = self.by_plan(&chart.id, standings, &mut Needed { record: None, make: &make }) {
                return decided;
            }
        }
        self.record(self.reader.record(chart))
    }

    /// What becomes of the patient of a chart; nothing where the whole chart is needed.
    #[must_use]
    pub fn view(&self, view: View<'_>) -> Option<Decided> {
        match view {
            View::Whole(chart) => Some(self.chart(chart)),
            View::Lent(..) if self.depth == Depth::Reasons => None,
            View::Lent(chart, whole) => {
                let facts = self.quick.lent(self.reader, &self.plan, chart)?;
                self.by_plan(
                    chart.id,
                    run::states(&self.plan, &facts).into_iter(),
                    &mut Needed { record: None, make: &|| Some(self.reader.record(&*whole()?)) },
                )
            }
        }
    }

    #[must_use]
    pub fn chart(&self, chart: &Chart) -> Decided {
        if self.depth != Depth::Reasons
            && let Some(facts) = self.quick.lent(self.reader, &self.plan, &Lent::of(chart))
        {
            let make = || Some(self.reader.record(chart));
            let standings = run::states(&self.plan, &facts).into_iter();
            if let Some(decided) = self.by_plan(&chart.id, standings, &mut Needed { record: None, make: &make }) {
                return decided;
            }
        }
        self.record(self.reader.record(chart))
    }

    /// A record has what of a chart could not be read.
    fn record(&self, record: Record) -> Decided {
        let mut needed = Needed { record: Some(record), make: &|| None };
        let planned = match &needed.record {
            Some(record) if self.depth != Depth::Reasons => {
                let facts = Facts::of(&self.plan, self.reader, record);
                let standings = run::states(&self.plan, &facts).into_iter();
                self.by_plan(&record.id.clone(), standings, &mut needed)
            }
            Some(_) | None => None,
        };
        let record = needed.record.unwrap_or_default();
        let mut decided = planned.unwrap_or_else(|| {
            self.counts.all.fetch_add(1, Ordering::Relaxed);
            self.by_reference(&record)
        });
        decided.unmapped = record.unmapped.into_iter().map(|entry| (entry.field, entry.written)).collect();
        decided.refused = record.refused;
        decided
    }

    /// By the plan, and by the reference where the plan does not say; nothing where there is no record to be had.
    fn by_plan(
        &self,
        patient: &str,
        standings: impl Iterator<Item = run::Standing>,
        needed: &mut Needed<'_>,
    ) -> Option<Decided> {
        let mut by_plan_alone = true;
        let mut states = Vec::with_capacity(self.plan.rules.len());
        for (at, state) in standings.enumerate() {
            states.push(if let Ok(state) = state {
                state
            } else {
                by_plan_alone = false;
                ruling(self.reader, needed.record()?, at).map_or(State::Unknown, |ruling| ruling.standing)
            });
        }
        let verdict = run::verdict(&self.plan, &states);
        let mut decided = Decided { patient: patient.to_owned(), verdict, states, ..Decided::empty() };
        if verdict == Verdict::Undetermined && self.depth != Depth::States {
            self.missing(&mut decided, needed.record()?);
        }
        self.counts.all.fetch_add(1, Ordering::Relaxed);
        self.counts.planned.fetch_add(u64::from(by_plan_alone), Ordering::Relaxed);
        Some(decided)
    }

    /// What is missing, and what to ask. It rests on the criteria that are unknown alone.
    fn missing(&self, decided: &mut Decided, record: &Record) {
        let unknown = decided.states.iter().enumerate().filter(|(_, state)| **state == State::Unknown);
        let report = Report {
            trial: self.reader.trial,
            id: &record.id,
            verdict: decided.verdict,
            rulings: unknown.filter_map(|(at, _)| ruling(self.reader, record, at)).collect(),
            unsaid: &self.reader.trial.missing,
        };
        self.ask(decided, &report.open());
    }

    fn ask(&self, decided: &mut Decided, open: &Open) {
        let missing = open.questions.iter().map(|question| Missing {
            topic: question.lack.topic(),
            ask: explain::ask(&question.lack),
            in_full: explain::ask_in_full(&question.lack),
            alone: question.could_admit || !question.could_exclude.is_empty(),
        });
        decided.missing = missing.collect();
        if matches!(self.depth, Depth::Questions | Depth::Reasons) {
            decided.asking = explain::questions(open);
        }
    }

    fn by_reference(&self, record: &Record) -> Decided {
        let report = screen(self.reader, record);
        let mut decided = Decided {
            patient: record.id.clone(),
            verdict: report.verdict,
            states: report.rulings.iter().map(|ruling| ruling.standing).collect(),
            reasons: (self.depth == Depth::Reasons).then(|| Box::new(explain::report(&report, record))),
            ..Decided::empty()
        };
        if self.depth != Depth::States {
            self.ask(&mut decided, &report.open());
        }
        decided
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

/// A record that is made when it is asked for.
struct Needed<'n> {
    record: Option<Record>,
    make: &'n dyn Fn() -> Option<Record>,
}

impl Needed<'_> {
    fn record(&mut self) -> Option<&Record> {
        if self.record.is_none() {
            self.record = (self.make)();
        }
        self.record.as_ref()
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
