//! Why an answer is what it is, in words: for the terminal, and as JSON.
//!
//! An [`Explained`] is a [`Node`] of the evaluator put into sentences: the sentence of the protocol, its state, the facts of the
//! record with their values, dates and sources, and what is missing. Parts that only repeat what stands above them are left
//! out.

mod facts;
mod missing;
mod questions;

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

pub use facts::{note, valued};
pub use missing::{ask, ask_in_full};
pub use questions::{Asking, questions};

use crate::evaluate::kleene::Kleene;
use crate::evaluate::node::{About, Node, Note, State};
use crate::evaluate::{Report, Ruling};
use crate::ir::value::Basis;
use crate::ir::words::{Prose, Words};
use crate::ir::{Polarity, State as Standing, Trial, TruthKind, ValueKind, Verdict};
use crate::record::Record;

/// An answer and its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Explained {
    /// The label of an entry of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The sentence, in the words of the language.
    pub sentence: String,
    /// `met`, `not met`, `unknown`, `not applicable`; or a value.
    pub state: String,
    /// The facts that it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// What is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What else there is to know: a planned date, a conflict, a derived value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

/// A criterion with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExplainedCriterion {
    pub name: String,
    /// `include` or `exclude`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    pub state: &'static str,
    /// Whether it lets the patient in: `yes`, `no` or `unknown`.
    pub passes: &'static str,
    pub reason: Explained,
}

/// A verdict with all its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExplainedReport {
    pub patient: String,
    pub verdict: &'static str,
    /// The criteria that decided, by name.
    pub because: Vec<String>,
    pub criteria: Vec<ExplainedCriterion>,
    /// What to find out next, the most decisive first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Asking>,
    /// Facts of the record that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// Entries of the record that no library knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmapped: Vec<String>,
    /// What the protocol itself does not say yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsaid: Vec<String>,
}

/// A report in words.
#[must_use]
pub fn report(report: &Report<'_>, record: &Record) -> ExplainedReport {
    ExplainedReport {
        patient: report.id.to_owned(),
        verdict: verdict_word(report.verdict),
        because: report.reasons().map(|ruling| ruling.name.to_string()).collect(),
        criteria: report.rulings.iter().map(|ruling| criterion(report.trial, ruling)).collect(),
        questions: questions(&report.open()),
        unmapped: record.unmapped.iter().map(|entry| format!("{}: {}", entry.field, entry.written)).collect(),
        refused: record.refused.iter().map(|refusal| format!("{}: {}", refusal.field, refusal.why)).collect(),
        unsaid: report.unsaid.to_vec(),
    }
}

/// A criterion in words.
#[must_use]
pub fn criterion(trial: &Trial, ruling: &Ruling<'_>) -> ExplainedCriterion {
    let words = Words::of(trial).with_prose(Prose::LeftOut);
    ExplainedCriterion {
        name: ruling.name.to_string(),
        kind: match ruling.polarity {
            Polarity::Include => "include",
            Polarity::Exclude => "exclude",
        },
        prose: ruling.prose.map(str::to_owned),
        state: standing_word(ruling.standing),
        passes: match ruling.passes {
            Kleene::Met => "yes",
            Kleene::NotMet => "no",
            Kleene::Unknown => "unknown",
        },
        reason: explained(&ruling.node, words),
    }
}

/// Why a condition is what it is.
#[must_use]
pub fn condition(trial: &Trial, node: &Node<'_>) -> Explained {
    explained(node, Words::of(trial).with_prose(Prose::LeftOut))
}

impl Explained {
    /// The facts that speak for what it is: of the parts that are the same, or of itself where it has none.
    #[must_use]
    pub fn grounds(&self) -> Vec<String> {
        let mut found = self.facts.clone();
        self.parts.iter().filter(|part| part.state == self.state).for_each(|part| found.extend(part.grounds()));
        if found.is_empty() {
            // A negation stands on parts that are the opposite.
            self.parts.iter().for_each(|part| found.extend(part.grounds()));
        }
        once(found.into_iter())
    }

    /// All that is missing anywhere in it.
    #[must_use]
    pub fn wanted(&self) -> Vec<String> {
        let mut found = self.missing.clone();
        self.parts.iter().for_each(|part| found.extend(part.wanted()));
        once(found.into_iter())
    }
}

/// The word for a verdict.
#[must_use]
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Eligible => "eligible",
        Verdict::Ineligible => "ineligible",
        Verdict::Undetermined => "undetermined",
    }
}

/// The words for the state of a criterion.
#[must_use]
pub fn standing_word(state: Standing) -> &'static str {
    match state {
        Standing::Met => "met",
        Standing::NotMet => "not met",
        Standing::Unknown => "unknown",
        Standing::NotApplicable => "not applicable",
    }
}

/// The same as programs write it.
#[must_use]
pub fn standing_code(state: Standing) -> &'static str {
    match state {
        Standing::Met => "met",
        Standing::NotMet => "not_met",
        Standing::Unknown => "unknown",
        Standing::NotApplicable => "not_applicable",
    }
}

/// The words for a truth value.
#[must_use]
pub fn kleene_word(state: Kleene) -> &'static str {
    match state {
        Kleene::Met => "met",
        Kleene::NotMet => "not met",
        Kleene::Unknown => "unknown",
    }
}

fn explained(node: &Node<'_>, words: Words<'_>) -> Explained {
    if let Some(inner) = only_part(node) {
        let mut found = explained(inner, words);
        let outer = sentence(node, words);
        if !outer.is_empty() {
            found.sentence = outer;
        }
        found.label = found.label.or_else(|| label(node));
        found.notes.extend(notes(node));
        if matches!(node.state, State::Truth(_)) {
            found.state = state(node);
        }
        return found;
    }
    let mut found = Explained {
        label: label(node),
        sentence: sentence(node, words),
        state: state(node),
        facts: facts::facts(node),
        missing: Vec::new(),
        notes: notes(node),
        parts: Vec::new(),
    };
    if !node.is_settled() {
        found.missing = once(node.lacks.iter().map(ask));
    }
    node.parts.iter().for_each(|part| found.take(part, words));
    if node.is_settled() {
        // Nothing of it matters any more.
        found.missing.clear();
    }
    found.missing = once(found.missing.into_iter());
    found.facts = once(found.facts.into_iter());
    found.notes = once(found.notes.into_iter());
    found
}

impl Explained {
    /// Takes a part in: as a part of its own, or, where it is a value that is only read or reckoned with, its facts alone.
    fn take(&mut self, part: &Node<'_>, words: Words<'_>) {
        let found = explained(part, words);
        if is_plain_value(part) && (found.parts.is_empty() || is_arithmetic(part)) {
            if is_worked_out(part) {
                self.facts.push(format!("{} is {}", found.sentence, found.state));
            }
            self.facts.extend(found.facts);
            self.missing.extend(found.missing);
            self.notes.extend(found.notes);
            self.parts.extend(found.parts);
        } else {
            self.parts.push(found);
        }
    }
}

fn once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The one part of what says nothing beside it: a window around a sentence, a verb around its one event.
fn only_part<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let [one] = node.parts.as_slice() else { return None };
    let through = match node.about {
        About::Truth(truth) => match &truth.kind {
            TruthKind::Timed { .. } => true,
            TruthKind::History(_) => matches!(one.about, About::Event(_)),
            _ => false,
        },
        About::Entry(..) | About::When => true,
        _ => false,
    };
    (through && node.used.is_empty() && node.lacks.is_empty()).then_some(one)
}

/// A result, an age, a number: nothing that needs a line of its own.
fn is_plain_value(node: &Node<'_>) -> bool {
    matches!(node.about, About::Value(_)) && matches!(node.state, State::Value(_))
}

/// A value that no fact shows by itself: a dose, a count, a mean.
fn is_worked_out(node: &Node<'_>) -> bool {
    let About::Value(value) = node.about else { return false };
    match value.kind.basis() {
        Basis::WorkedOut | Basis::Difference => true,
        Basis::Read | Basis::Named | Basis::Formula => false,
    }
}

/// A step of a formula, whose operands say all.
fn is_arithmetic(node: &Node<'_>) -> bool {
    let About::Value(value) = node.about else { return false };
    matches!(value.kind, ValueKind::Arithmetic { .. } | ValueKind::In { .. } | ValueKind::Quantity(_))
}

fn label(node: &Node<'_>) -> Option<String> {
    match node.about {
        About::Entry(name, _) => name.map(ToString::to_string),
        About::When => Some("when".to_owned()),
        About::Cohort => Some("cohort".to_owned()),
        About::Limit => Some("other limit if".to_owned()),
        About::Truth(_) | About::Value(_) | About::Event(_) | About::Member(_) | About::Criterion => None,
    }
}

fn sentence(node: &Node<'_>, words: Words<'_>) -> String {
    match node.about {
        About::Truth(truth) => words.truth(truth),
        About::Value(value) => words.value(value),
        About::Event(class) => words.event_class(class),
        About::Member(of) => of.to_string(),
        About::Entry(..) | About::Limit | About::When | About::Cohort | About::Criterion => String::new(),
    }
}

fn state(node: &Node<'_>) -> String {
    if node.notes.contains(&Note::NotApplicable) || node.notes.contains(&Note::LaterOnly) {
        return "not applicable".to_owned();
    }
    match &node.state {
        State::Truth(truth) => kleene_word(*truth).to_owned(),
        State::Value(value) => valued(value),
    }
}

fn notes(node: &Node<'_>) -> Vec<String> {
    node.notes.iter().filter_map(facts::note).collect()
}

/// The most letters of a sentence that are shown on one line of a tree.
const LONGEST: usize = 100;

/// A criterion and its tree, a line each.
#[must_use]
pub fn tree(criterion: &ExplainedCriterion) -> String {
    let mut out = String::new();
    let prose = criterion.prose.as_ref().map(|prose| format!(" \"{prose}\"")).unwrap_or_default();
    let _ = writeln!(out, "{} {}{prose}: {}", criterion.kind, criterion.name, criterion.state);
    branch(&mut out, &criterion.reason, 1);
    out
}

/// A tree in lines, so many steps in.
#[must_use]
pub fn branches(explained: &Explained, depth: usize) -> String {
    let mut out = String::new();
    branch(&mut out, explained, depth);
    out
}

fn branch(out: &mut String, node: &Explained, depth: usize) {
    let indent = "  ".repeat(depth);
    let label = node.label.as_ref().map(|label| format!("{label}: ")).unwrap_or_default();
    let mut sentence = node.sentence.clone();
    if sentence.chars().count() > LONGEST && !node.parts.is_empty() {
        sentence = sentence.chars().take(LONGEST).collect::<String>() + "…";
    }
    let between = if label.is_empty() && sentence.is_empty() { "" } else { " - " };
    let _ = writeln!(out, "{indent}{label}{sentence}{between}{}", node.state);
    for (sign, lines) in [("fact: ", &node.facts), ("missing: ", &node.missing), ("note: ", &node.notes)] {
        for line in lines {
            let _ = writeln!(out, "{indent}  {sign}{line}");
        }
    }
    for part in &node.parts {
        branch(out, part, depth + 1);
    }
}
