//! Classes and members: which concept is one of which.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::kinds;
use crate::chart::Kind;
use crate::ir::{ConceptId, Trial};

/// Whether something recorded is one of what is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinship {
    /// The thing itself, or a member of it.
    Is,
    /// Recorded no finer than a class that the thing belongs to.
    MayBe,
    IsNot,
}

/// The classes of a protocol, both ways.
#[derive(Clone, Debug, Default)]
pub struct Family {
    above: BTreeMap<ConceptId, BTreeSet<ConceptId>>,
    below: BTreeMap<ConceptId, BTreeSet<ConceptId>>,
    /// The same by number: every thing and class has one, and a list of those of its classes.
    numbers: FxHashMap<ConceptId, u32>,
    classes: Vec<Vec<u32>>,
    /// The kinds of record that each thing belongs to.
    kinds: FxHashMap<ConceptId, BTreeSet<Kind>>,
}

impl Family {
    #[must_use]
    pub fn new(trial: &Trial) -> Self {
        let mut family = Self::default();
        for id in trial.concepts.keys() {
            let mut above = BTreeSet::new();
            let mut open = vec![id];
            while let Some(next) = open.pop() {
                for class in trial.concepts.get(next).into_iter().flat_map(|concept| &concept.classes) {
                    if above.insert(class.clone()) {
                        open.push(class);
                    }
                }
            }
            for class in &above {
                family.below.entry(class.clone()).or_default().insert(id.clone());
            }
            let classes = above.iter().map(|class| family.numbered(class)).collect();
            let number = family.numbered(id);
            if let Some(known) = family.classes.get_mut(number as usize) {
                *known = classes;
            }
            family.above.insert(id.clone(), above);
        }
        let kinds = trial.concepts.keys().map(|id| (id.clone(), kinds::worked_out(trial, &family, id)));
        family.kinds = kinds.collect();
        family
    }

    fn numbered(&mut self, id: &ConceptId) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.clone(), number);
        self.classes.push(Vec::new());
        number
    }

    /// What a recorded thing is to the one that is asked about.
    #[must_use]
    pub fn kinship(&self, recorded: &ConceptId, asked: &ConceptId) -> Kinship {
        let Some((low, high)) = self.numbers.get(recorded).zip(self.numbers.get(asked)) else {
            return if recorded == asked { Kinship::Is } else { Kinship::IsNot };
        };
        let is_below =
            |low: u32, high: u32| self.classes.get(low as usize).is_some_and(|classes| classes.contains(&high));
        if low == high || is_below(*low, *high) {
            Kinship::Is
        } else if is_below(*high, *low) {
            Kinship::MayBe
        } else {
            Kinship::IsNot
        }
    }

    /// The kinds of record that a thing belongs to, where it is one of the protocol's.
    pub(super) fn kinds(&self, concept: &ConceptId) -> Option<&BTreeSet<Kind>> {
        self.kinds.get(concept)
    }

    /// All classes of a thing, however far up, in the order of their names.
    pub fn classes<'a>(&'a self, concept: &ConceptId) -> impl Iterator<Item = &'a ConceptId> + use<'a> {
        self.above.get(concept).into_iter().flatten()
    }

    /// All members of a class, however far down, in the order of their names.
    pub fn members<'a>(&'a self, class: &ConceptId) -> impl Iterator<Item = &'a ConceptId> + use<'a> {
        self.below.get(class).into_iter().flatten()
    }

    #[must_use]
    pub fn is_class(&self, concept: &ConceptId) -> bool {
        self.below.contains_key(concept)
    }
}
