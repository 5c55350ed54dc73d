//! Formulas that rest on themselves: straight, or by way of other formulas, definitions and sets.
//!
//! A definition on itself is found where its name is looked up. A formula is read after its declaration, since a measure
//! has its name and its unit without it, and so its circles are looked for at the end.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::checker::{Checker, Draft};
use super::circles::walk;
use super::names::ConceptIx;
use crate::diagnostic::{Diagnostic, code};
use crate::ir::walk::Visit;
use crate::ir::{ConceptId, DefinitionBody, DefinitionId, Members, SetId};
use crate::span::Span;

/// What one thing names: concepts by their places, behind them definitions, behind these sets.
struct Named<'c> {
    draft: &'c Draft,
    concepts: &'c FxHashMap<EcoString, ConceptIx>,
    found: Vec<usize>,
}

impl Visit for Named<'_> {
    fn concept(&mut self, id: &ConceptId) {
        self.found.extend(self.concepts.get(&id.0).map(|ix| ix.index()));
    }

    fn definition(&mut self, id: &DefinitionId) {
        let place = self.draft.definition_ids.get(&id.0).map(|ix| ix.index());
        self.found.extend(place.map(|place| self.draft.concepts.len() + place));
    }

    fn set(&mut self, id: &SetId) {
        let place = self.draft.set_ids.get(&id.0).map(|ix| ix.index());
        self.found.extend(place.map(|place| self.draft.concepts.len() + self.draft.definitions.len() + place));
    }
}

impl Checker<'_> {
    /// Says so where an author's formula rests on itself; those of the standard library do not.
    pub(super) fn formulas_end(&mut self) {
        let mut concepts = self.draft.concepts.iter().zip(&self.draft.concept_modules);
        if concepts.all(|(concept, module)| module.is_some() || concept.item.derived.is_none()) {
            return;
        }
        for (name, span) in self.circular_formulas() {
            self.report(
                Diagnostic::new(&code::DEFINITION_CYCLE, span, format!("`{name}` rests on itself"))
                    .label("its formula comes back to it")
                    .help("derive it from what is measured"),
            );
        }
    }

    fn circular_formulas(&self) -> Vec<(EcoString, Span)> {
        let draft = &self.draft;
        let mut named = Named { draft, concepts: &self.ids, found: Vec::new() };
        let mut rests_on = Vec::new();
        let mut sites = Vec::new();
        for concept in &draft.concepts {
            concept.item.derived.iter().for_each(|formula| named.value(formula));
            rests_on.push(std::mem::take(&mut named.found));
            sites.push((&concept.name, concept.name_span));
        }
        for definition in &draft.definitions {
            match &definition.item.body {
                DefinitionBody::Truth(truth) => named.truth(truth),
                DefinitionBody::Value(value) => named.value(value),
            }
            rests_on.push(std::mem::take(&mut named.found));
            sites.push((&definition.name, definition.name_span));
        }
        for set in &draft.sets {
            match &set.item.members {
                Members::Truths(parts) => parts.iter().for_each(|part| named.truth(&part.body)),
                Members::Values(parts) => parts.iter().for_each(|part| named.value(&part.body)),
                Members::Events(_) => {}
            }
            rests_on.push(std::mem::take(&mut named.found));
            sites.push((&set.name, set.name_span));
        }
        let circles = walk(&rests_on).circles.into_iter().filter_map(|place| sites.get(place).copied());
        circles.map(|(name, span)| (name.clone(), span)).collect()
    }
}
