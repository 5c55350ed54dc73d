//! The questions that a protocol asks of people, as answers to them are called.

use std::collections::BTreeSet;

use crate::ir::walk::{self, Visit};
use crate::ir::{DefinitionBody, Members, Operands, Trial, Truth, TruthKind, Word};

/// The key and the words of every question, and the names of the criteria that ask one.
#[must_use]
pub fn of(trial: &Trial) -> BTreeSet<String> {
    let mut asked = Asked::default();
    for criterion in trial.eligibility.iter().flat_map(|block| &block.criteria) {
        criterion.when.iter().for_each(|when| asked.truth(when));
        asked.under(Some(criterion.name.as_str()), &criterion.body);
        asked.truth(&criterion.body);
    }
    for rule in &trial.restrictions {
        rule.when.iter().for_each(|when| asked.truth(when));
        asked.truth(&rule.body);
    }
    trial.cohorts.iter().for_each(|cohort| asked.truth(&cohort.body));
    trial.populations.iter().for_each(|population| asked.truth(&population.body));
    let bodies = trial.definitions.values().map(|definition| &definition.body);
    for body in bodies.chain(trial.outcomes.iter().map(|outcome| &outcome.body)) {
        match body {
            DefinitionBody::Truth(truth) => asked.truth(truth),
            DefinitionBody::Value(value) => asked.value(value),
        }
    }
    for set in trial.sets.values() {
        match &set.members {
            Members::Truths(parts) => parts.iter().for_each(|part| asked.truth(&part.body)),
            Members::Values(parts) => parts.iter().for_each(|part| asked.value(&part.body)),
            Members::Events(_) => {}
        }
    }
    asked.names
}

#[derive(Default)]
struct Asked {
    names: BTreeSet<String>,
}

impl Asked {
    /// What asks a question under a name of its own is answered by that name too.
    fn under(&mut self, name: Option<&str>, truth: &Truth) {
        if let (Some(name), TruthKind::Judged { .. }) = (name, &truth.kind) {
            self.names.insert(name.to_owned());
        }
    }
}

impl Visit for Asked {
    fn truth(&mut self, truth: &Truth) {
        let parts = match &truth.kind {
            TruthKind::All(parts) | TruthKind::Any(parts) | TruthKind::Count { of: Operands::Truths(parts), .. } => {
                parts.as_slice()
            }
            _ => &[],
        };
        parts.iter().for_each(|part| self.under(part.name.as_ref().map(Word::as_str), &part.body));
        if let TruthKind::Judged { key, question, .. } = &truth.kind {
            self.names.extend([key.to_string(), question.clone()]);
        }
        walk::walk_truth(self, truth);
    }
}
