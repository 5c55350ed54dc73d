//! The questions that a protocol asks of people, as answers to them are called.

use std::collections::BTreeSet;

use crate::ir::walk::{self, Visit};
use crate::ir::{DefinitionBody, Members, Trial, Truth, TruthKind};

/// The key and the words of every question, and the names of the criteria that ask one.
#[must_use]
pub fn of(trial: &Trial) -> BTreeSet<String> {
    let mut asked = Asked::default();
    for criterion in trial.eligibility.iter().flat_map(|block| &block.criteria) {
        criterion.when.iter().for_each(|when| asked.truth(when));
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

impl Visit for Asked {
    fn truth(&mut self, truth: &Truth) {
        if let TruthKind::Judged { key, question, .. } = &truth.kind {
            self.names.extend([key.to_string(), question.clone()]);
        }
        walk::walk_truth(self, truth);
    }
}
