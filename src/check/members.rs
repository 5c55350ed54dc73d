//! The members of classes: a patient's record holds rituximab where the protocol says monoclonal antibody, so a compiled
//! protocol carries every drug of that class.

use rustc_hash::{FxHashMap, FxHashSet};

use super::checker::{Checker, Draft};
use super::names::{Meaning, Sited};
use crate::ir::{self, ConceptId};
use crate::library;
use crate::source::Sources;
use crate::span::Span;
use crate::units::Body;
use crate::world::NoFiles;

impl Checker<'_> {
    /// The draft with all members of the classes it names, read from the standard library.
    #[must_use]
    pub fn with_members(draft: Draft) -> Draft {
        let mut sources = Sources::new();
        let mut checker = Checker::new(&NoFiles, &mut sources);
        for (index, concept) in draft.concepts.iter().enumerate() {
            let ix = super::names::ConceptIx::from_index(index);
            checker.ids.insert(concept.name.clone(), ix);
        }
        // What the draft holds already keeps its place; the library's modules are opened again to read the rest.
        let known: Vec<(&'static str, ecow::EcoString, usize)> = draft
            .concepts
            .iter()
            .zip(&draft.concept_modules)
            .enumerate()
            .filter_map(|(index, (concept, module))| Some(((*module)?, concept.name.clone(), index)))
            .collect();
        checker.draft = draft;
        checker.definition_types = vec![None; checker.draft.definitions.len()];
        for (standard, name, index) in known {
            let Some(module) = library::module(standard) else { continue };
            let id = checker.open_standard(module);
            let bare = name.rsplit('.').next().unwrap_or(&name).into();
            checker.concept_index.insert((id, bare), super::names::ConceptIx::from_index(index));
        }
        let mut next = 0;
        while next < checker.draft.concepts.len() {
            checker.read_members(next);
            next += 1;
        }
        checker.read_formulas();
        checker.draft.ids = std::mem::take(&mut checker.ids);
        checker.draft
    }

    /// What a dose by weight or surface is reckoned with; a compiled protocol carries it whether or not it is named.
    pub(super) fn reckoned_by(&mut self, body: Body) {
        let measures: &[(&str, &str)] = match body {
            Body::Weight => &[("core", "weight")],
            Body::Surface => &[("vitals", "BSA"), ("core", "weight"), ("core", "height")],
        };
        self.carry(measures);
    }

    /// What is asked of everyone: the age and the sex.
    pub(super) fn everyone(&mut self) {
        self.carry(&[("core", "age"), ("core", "sex")]);
    }

    /// What outcomes end with: after it there is nothing to measure.
    pub(super) fn ended_by(&mut self) {
        self.carry(&[("core", "death"), ("core", "end_of_study")]);
    }

    fn carry(&mut self, measures: &[(&str, &'static str)]) {
        for (module, measure) in measures {
            if let Some(module) = library::module(module)
                && self.draft.carried.insert(measure)
            {
                let id = self.open_standard(module);
                self.lookup(id, measure, Span::NOWHERE);
            }
        }
    }

    /// Reads the direct members of one concept.
    fn read_members(&mut self, index: usize) {
        let Some(name) = self.draft.concepts.get(index).map(|concept| concept.name.clone()) else { return };
        if self.draft.concept_modules.get(index).copied().flatten().is_none() {
            return;
        }
        for module in &library::MODULES {
            let members: Vec<&'static str> = module.index().members(&name).map(|item| item.name).collect();
            if members.is_empty() {
                continue;
            }
            let id = self.open_standard(module);
            for member in members {
                let found = self.lookup(id, member, Span::NOWHERE);
                debug_assert!(matches!(found, Some(Meaning::Concept(_))), "{member} is a declaration of the library");
            }
        }
    }
}

impl Draft {
    /// A concept by its id.
    #[must_use]
    pub fn concept(&self, id: &ConceptId) -> Option<&ir::Concept> {
        self.concepts.get(self.ids.get(&id.0)?.index()).map(|concept| &concept.item)
    }

    /// A definition by its id.
    #[must_use]
    pub fn definition(&self, id: &ir::DefinitionId) -> Option<&Sited<ir::Definition>> {
        self.definitions.get(self.definition_ids.get(&id.0)?.index())
    }

    /// A set by its id.
    #[must_use]
    pub fn set(&self, id: &ir::SetId) -> Option<&Sited<ir::Set>> {
        self.sets.get(self.set_ids.get(&id.0)?.index())
    }

    /// Whether one concept is another or a member of it, however far down.
    #[must_use]
    pub fn is_a(&self, member: &ConceptId, class: &ConceptId) -> bool {
        let mut seen: FxHashSet<&ConceptId> = FxHashSet::default();
        let mut open = vec![member];
        while let Some(next) = open.pop() {
            if next == class {
                return true;
            }
            if seen.insert(next)
                && let Some(concept) = self.concept(next)
            {
                open.extend(&concept.classes);
            }
        }
        false
    }

    /// The direct members of every class.
    #[must_use]
    pub fn members(&self) -> FxHashMap<ConceptId, Vec<ConceptId>> {
        let mut members: FxHashMap<ConceptId, Vec<ConceptId>> = FxHashMap::default();
        for concept in &self.concepts {
            for class in &concept.item.classes {
                members.entry(class.clone()).or_default().push(ConceptId(concept.name.clone()));
            }
        }
        members
    }
}
