//! Which criteria, and which of their branches, some patient has exercised.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluate::node::{About, Node};
use crate::evaluate::{Kleene, Report};
use crate::explain;
use crate::ir::TruthKind;
use crate::ir::words::{Prose, Words};

/// How often each sentence of the criteria was met, not met and unknown.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pub patients: u64,
    criteria: Vec<String>,
    branches: BTreeMap<(usize, Vec<String>), Branch>,
}

/// One sentence of a criterion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Branch {
    pub criterion: String,
    /// The sentence with those that it stands in, the outermost first; empty for the criterion itself.
    pub path: Vec<String>,
    pub met: u64,
    pub not_met: u64,
    pub unknown: u64,
}

impl Branch {
    /// Whether patients have shown both sides of it.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.met > 0 && self.not_met > 0
    }
}

impl Coverage {
    /// Counts a patient.
    pub fn add(&mut self, report: &Report<'_>) {
        self.patients += 1;
        let words = Words::of(report.trial).with_prose(Prose::LeftOut);
        for (index, ruling) in report.rulings.iter().enumerate() {
            if self.criteria.len() <= index {
                self.criteria.push(ruling.name.to_string());
            }
            self.node((index, words), &mut Vec::new(), &ruling.node);
        }
    }

    fn node(&mut self, (criterion, words): (usize, Words<'_>), path: &mut Vec<String>, node: &Node<'_>) {
        let inner = through(node);
        let label = match node.about {
            About::Entry(Some(name), _) => format!("{name}: "),
            _ => String::new(),
        };
        let named = match inner.about {
            About::Truth(truth) if node.is_truth() => Some(format!("{label}{}", words.truth(truth))),
            _ => None,
        };
        let deeper = named.is_some();
        path.extend(named);
        if deeper {
            let name = self.criteria.get(criterion).cloned().unwrap_or_default();
            let branch = self.branches.entry((criterion, path.clone())).or_insert_with(|| Branch {
                criterion: name,
                path: path.clone(),
                ..Branch::default()
            });
            match node.kleene() {
                Kleene::Met => branch.met += 1,
                Kleene::NotMet => branch.not_met += 1,
                Kleene::Unknown => branch.unknown += 1,
            }
        }
        // What stands in a window alone is the same sentence.
        let below = match (&inner.about, inner.parts.as_slice()) {
            (About::Truth(truth), [one]) if matches!(truth.kind, TruthKind::Timed { .. }) => one.parts.as_slice(),
            (_, parts) => parts,
        };
        below.iter().for_each(|part| self.node((criterion, words), path, part));
        if deeper {
            path.pop();
        }
    }

    /// Every sentence, in the order of the protocol.
    pub fn branches(&self) -> impl Iterator<Item = &Branch> {
        self.branches.values()
    }

    /// The word for what of a sentence no patient has shown.
    #[must_use]
    pub fn lacking(branch: &Branch) -> String {
        let never = [(branch.met, Kleene::Met), (branch.not_met, Kleene::NotMet)];
        let never: Vec<&str> =
            never.iter().filter(|(count, _)| *count == 0).map(|(_, state)| explain::kleene_word(*state)).collect();
        never.join(" and never ")
    }
}

/// The sentence of a labelled entry.
fn through<'n, 'a>(node: &'n Node<'a>) -> &'n Node<'a> {
    match (node.about, node.parts.as_slice()) {
        (About::Entry(..), [.., body]) => body,
        _ => node,
    }
}
