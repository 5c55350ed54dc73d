//! Which measures a truth or a value rests on, definitions and sets followed.

use std::collections::BTreeSet;

use crate::check::Draft;
use crate::ir::walk::{self, Visit};
use crate::ir::{
    Ask, ConceptId, ConceptKind, DefinitionBody, DefinitionId, Members, SetId, Truth, TruthKind, Value, ValueKind,
};

/// The labs, tests, scales and scores that something rests on.
#[derive(Debug)]
pub struct Measures<'d> {
    draft: &'d Draft,
    /// Measures and definitions of values, by id.
    pub found: BTreeSet<ConceptId>,
    /// Those that are compared with an earlier value, as a change is.
    pub changed: BTreeSet<ConceptId>,
    in_change: bool,
    seen: BTreeSet<(DefinitionId, bool)>,
    seen_sets: BTreeSet<(SetId, bool)>,
}

impl<'d> Measures<'d> {
    #[must_use]
    pub fn new(draft: &'d Draft) -> Self {
        Self {
            draft,
            found: BTreeSet::new(),
            changed: BTreeSet::new(),
            in_change: false,
            seen: BTreeSet::new(),
            seen_sets: BTreeSet::new(),
        }
    }

    #[must_use]
    pub fn of_truth(draft: &'d Draft, truth: &Truth) -> Self {
        let mut measures = Self::new(draft);
        measures.truth(truth);
        measures
    }

    #[must_use]
    pub fn of_body(draft: &'d Draft, body: &DefinitionBody) -> Self {
        let mut measures = Self::new(draft);
        measures.body(body);
        measures
    }

    fn body(&mut self, body: &DefinitionBody) {
        match body {
            DefinitionBody::Truth(truth) => self.truth(truth),
            DefinitionBody::Value(value) => self.value(value),
        }
    }

    fn changing(&mut self, work: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.in_change, true);
        work(self);
        self.in_change = before;
    }
}

impl Visit for Measures<'_> {
    fn truth(&mut self, truth: &Truth) {
        let moved = match &truth.kind {
            TruthKind::Asked { ask, .. } => matches!(**ask, Ask::Moved { .. }),
            TruthKind::Count { of, .. } => match of {
                crate::ir::Operands::Values { ask, .. } => matches!(**ask, Ask::Moved { .. }),
                crate::ir::Operands::Set { ask, .. } => {
                    ask.as_ref().is_some_and(|ask| matches!(**ask, Ask::Moved { .. }))
                }
                crate::ir::Operands::Truths(_) => false,
            },
            // What the record happens to hold needs no visit.
            TruthKind::Known(_) => return,
            _ => false,
        };
        if moved {
            self.changing(|measures| walk::walk_truth(measures, truth));
        } else {
            walk::walk_truth(self, truth);
        }
    }

    fn value(&mut self, value: &Value) {
        match &value.kind {
            ValueKind::Change { of, .. } => self.changing(|measures| measures.value(of)),
            // What a time or a count rests on is events, not measures.
            ValueKind::TimeBetween { .. }
            | ValueKind::CountOf { .. }
            | ValueKind::LinesOf { .. }
            | ValueKind::RateOf { .. }
            | ValueKind::DailyDose { .. }
            | ValueKind::TotalDose { .. } => {}
            _ => walk::walk_value(self, value),
        }
    }

    fn concept(&mut self, id: &ConceptId) {
        let measure = self.draft.concept(id).is_some_and(|concept| {
            matches!(concept.kind, ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score)
        });
        if measure {
            self.found.insert(id.clone());
            if self.in_change {
                self.changed.insert(id.clone());
            }
        }
    }

    fn definition(&mut self, id: &DefinitionId) {
        if !self.seen.insert((id.clone(), self.in_change)) {
            return;
        }
        let draft = self.draft;
        if let Some(definition) = draft.definition(id) {
            self.body(&definition.item.body);
        }
    }

    fn set(&mut self, id: &SetId) {
        if !self.seen_sets.insert((id.clone(), self.in_change)) {
            return;
        }
        let draft = self.draft;
        let Some(set) = draft.set(id) else { return };
        match &set.item.members {
            Members::Truths(parts) => parts.iter().for_each(|part| self.truth(&part.body)),
            Members::Values(parts) => parts.iter().for_each(|part| self.value(&part.body)),
            Members::Events(_) => {}
        }
    }
}

/// Whether a measure is known where these are collected: itself, or everything its formula rests on.
#[must_use]
pub fn covered(draft: &Draft, measure: &ConceptId, collected: &dyn Fn(&ConceptId) -> bool) -> bool {
    let mut open = vec![measure.clone()];
    let mut seen: BTreeSet<ConceptId> = BTreeSet::new();
    while let Some(next) = open.pop() {
        if collected(&next) || !seen.insert(next.clone()) {
            continue;
        }
        let Some(formula) = draft.concept(&next).and_then(|concept| concept.derived.as_ref()) else {
            // What does not change is known without a visit.
            if matches!(next.as_str(), "age" | "sex") {
                continue;
            }
            return false;
        };
        let mut rests_on = Measures::new(draft);
        rests_on.value(formula);
        open.extend(rests_on.found);
    }
    true
}
