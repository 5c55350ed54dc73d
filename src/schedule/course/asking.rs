//! What a record says of the conditions of a plan: rules, titration, the ends of epochs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::evaluate::{Evaluator, Kleene, LookBack};
use crate::explain;
use crate::ir::words::{Prose, Words};
use crate::ir::{ConceptId, Rule, RuleEffect, Trial, Truth};
use crate::record::{FUTURE, Kinship, Reader, Record, Span};
use crate::schedule::amount::amount_words;
use crate::schedule::days::periods;
use crate::schedule::given::is_complete;
use crate::schedule::plan::Plan;
use crate::schedule::row::date;

/// An answer in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub state: Kleene,
    /// The condition with its facts, or with what is missing.
    pub why: String,
}

pub(super) struct Asking<'c> {
    pub(super) plan: &'c Plan<'c>,
    pub(super) reader: &'c Reader<'c>,
    pub(super) record: Record,
    pub(super) start: i64,
    /// The last dose of each line that was to be given, for records that hold none.
    pub(super) planned: BTreeMap<usize, i64>,
}

/// The most letters of a condition that a note shows.
const LONGEST: usize = 120;
/// The most facts, and the most that is missing, of one note.
const MOST: usize = 3;

impl<'c> Asking<'c> {
    /// The rules about a line, each with its place in the plan: those that stop it first, then those that hold it.
    pub(super) fn rules_of(&self, line: usize) -> Vec<(usize, &'c Rule)> {
        let Some(line) = self.plan.lines.get(line) else { return Vec::new() };
        let about = |drug: &ConceptId| self.reader.family.kinship(&line.treatment.what, drug) == Kinship::Is;
        let rules = self.plan.rules.iter().enumerate();
        let rules = rules.filter(|(_, placed)| line.blocks.contains(&placed.block) && about(&placed.rule.drug));
        let mut found: Vec<(usize, &'c Rule)> = rules.map(|(at, placed)| (at, placed.rule)).collect();
        found.sort_by_key(|(_, rule)| match rule.effect {
            RuleEffect::Stop => 0,
            RuleEffect::Hold { .. } => 1,
            RuleEffect::ReduceByLevels(_)
            | RuleEffect::ReduceByPercent(_)
            | RuleEffect::ReduceBy(_)
            | RuleEffect::ReduceTo(_)
            | RuleEffect::AdjustTo(_) => 2,
        });
        found
    }

    /// Whether a rule is met for a dose that is due on a day.
    pub(super) fn rule(&self, at: usize, line: usize, day: i64) -> Answer {
        let Some(placed) = self.plan.rules.get(at) else { return Answer::nothing() };
        let mut answer = self.truth(&placed.rule.when, line, day);
        answer.why = format!("{} when {}", effect(placed.rule), answer.why);
        answer
    }

    /// Whether a step of titration is taken on a day.
    pub(super) fn titration(&self, when: &Truth, day: i64) -> Answer {
        self.asked(when, day, None, None)
    }

    /// Whether a hold has ended by a day, or would not begin on it: its `until` is met, or else its condition no more.
    pub(super) fn has_ended(&self, at: usize, line: usize, day: i64) -> bool {
        let Some(placed) = self.plan.rules.get(at) else { return true };
        match &placed.rule.effect {
            RuleEffect::Hold { until: Some(until) } => self.truth(until, line, day).state == Kleene::Met,
            _ => self.truth(&placed.rule.when, line, day).state == Kleene::NotMet,
        }
    }

    /// A rule in words.
    pub(super) fn words(&self, at: usize) -> String {
        self.plan.rules.get(at).map(|placed| rule_words(self.plan.trial, placed.rule)).unwrap_or_default()
    }

    /// A condition on a day on which a dose of a line is due, before that dose.
    fn truth(&self, truth: &Truth, at: usize, day: i64) -> Answer {
        let planned = self.planned.get(&at).copied();
        let Some(line) = self.plan.lines.get(at) else { return Answer::nothing() };
        let drug = &line.treatment.what;
        let periods = periods(self.plan, self.start, None);
        let begun = line.epochs.iter().filter_map(|epoch| periods.get(*epoch)?.days).map(|(first, _)| first).min();
        let begun = begun.unwrap_or(self.start);
        let silent = |day: &i64| !is_complete(drug, *day, (self.reader, &self.record));
        let before = self.last_given(drug, (begun, day)).or(planned.filter(silent));
        let back = LookBack {
            events: Span::days(before.unwrap_or(begun).min(day), day),
            results: before.map(|before| Span::days(before + 1, day)),
        };
        self.asked(truth, day, Some(back), Some(drug))
    }

    /// The last day before this one on which the drug was given.
    fn last_given(&self, drug: &ConceptId, (begun, day): (i64, i64)) -> Option<i64> {
        let of = self.record.occurrences.iter();
        let of = of.filter(|(of, _)| self.reader.family.kinship(of, drug) == Kinship::Is).flat_map(|(_, all)| all);
        let given = of.filter(|one| one.start.first_day() < day && one.start.to < FUTURE);
        given.map(|one| one.end.first_day().max(one.start.last_day()).min(day - 1)).filter(|day| *day >= begun).max()
    }

    fn asked(&self, truth: &Truth, day: i64, back: Option<LookBack>, drug: Option<&ConceptId>) -> Answer {
        let mut record = self.record.clone();
        record.as_of = Some(record.as_of.map_or(day, |known| known.min(day)));
        if let Some(drug) = drug {
            // It is asked before this dose is given, whatever the record holds of it.
            for (of, all) in &mut record.occurrences {
                if self.reader.family.kinship(of, drug) == Kinship::Is {
                    all.retain(|one| one.start.first_day() < day);
                }
            }
        }
        let evaluator = Evaluator::new(self.reader, &record);
        let node = match back {
            Some(back) => evaluator.when_due(truth, day, back),
            None => evaluator.on_day(truth, day),
        };
        let state = node.kleene();
        let explained = explain::condition(self.plan.trial, &node);
        let words = Words::of(self.plan.trial).with_prose(Prose::LeftOut);
        let (what, list) = match state {
            Kleene::Met | Kleene::NotMet => ("", explained.grounds()),
            Kleene::Unknown => ("unknown, needs ", explained.wanted()),
        };
        let mut shown = list.get(..MOST).unwrap_or(&list).join("; ");
        if list.len() > MOST {
            let _ = write!(shown, "; and {} more", list.len() - MOST);
        }
        let between = if shown.is_empty() { "" } else { ": " };
        Answer { state, why: format!("{}{between}{what}{shown}", short(&words.truth(truth))) }
    }

    /// The days on which epochs ended: the first on which their `until` was met.
    pub(super) fn ends(&self, as_of: i64, to: Option<i64>, remarks: &mut Vec<String>) -> Vec<Option<i64>> {
        let mut ends = vec![None; self.plan.trial.epochs.len()];
        for (at, epoch) in self.plan.trial.epochs.iter().enumerate() {
            let Some(until) = &epoch.until else { continue };
            let periods = crate::schedule::days::periods_until(self.plan, self.start, to, &ends);
            let Some((first, last)) = periods.get(at).and_then(|period| period.days) else { continue };
            let mut unknown = None;
            let end = (first..=last.min(as_of)).find_map(|day| {
                let back = LookBack { events: Span::days(first, day), results: Some(Span::days(first, day)) };
                let answer = self.asked(until, day, Some(back), None);
                match answer.state {
                    Kleene::Met => return Some((day, answer.why)),
                    Kleene::Unknown => unknown = Some(answer.why),
                    Kleene::NotMet => unknown = None,
                }
                None
            });
            if let Some((day, why)) = end {
                remarks.push(format!("{} ended on {}: {why}", epoch.name, date(day)));
                if let Some(end) = ends.get_mut(at) {
                    *end = Some(day);
                }
            } else if let Some(why) = unknown {
                remarks.push(format!("whether {} has ended is unknown: {why}", epoch.name));
            }
        }
        ends
    }
}

impl Answer {
    fn nothing() -> Self {
        Self { state: Kleene::NotMet, why: String::new() }
    }
}

/// A rule in words.
#[must_use]
pub fn rule_words(trial: &Trial, rule: &Rule) -> String {
    let words = Words::of(trial).with_prose(Prose::LeftOut);
    format!("{} when {}", effect(rule), short(&words.truth(&rule.when)))
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).collect::<String>() + "…"
}

/// What a rule does.
fn effect(rule: &Rule) -> String {
    let drug = &rule.drug;
    match &rule.effect {
        RuleEffect::Hold { until: None } => format!("hold {drug}"),
        RuleEffect::Hold { until: Some(until) } => {
            format!("hold {drug} until {}", short(&Words::default().with_prose(Prose::LeftOut).truth(until)))
        }
        RuleEffect::Stop => format!("stop {drug}"),
        RuleEffect::ReduceByLevels(1) => format!("reduce {drug} by 1 level"),
        RuleEffect::ReduceByLevels(levels) => format!("reduce {drug} by {levels} levels"),
        RuleEffect::ReduceByPercent(percent) => format!("reduce {drug} by {percent} %"),
        RuleEffect::ReduceBy(dose) => format!("reduce {drug} by {dose}"),
        RuleEffect::ReduceTo(dose) => format!("reduce {drug} to {dose}"),
        RuleEffect::AdjustTo(amount) => format!("adjust {drug} to {}", amount_words(amount)),
    }
}
