//! Classes and members: which concept is one of which.

use std::collections::{BTreeMap, BTreeSet};

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
            family.above.insert(id.clone(), above);
        }
        family
    }

    /// What a recorded thing is to the one that is asked about.
    #[must_use]
    pub fn kinship(&self, recorded: &ConceptId, asked: &ConceptId) -> Kinship {
        let is_below =
            |low: &ConceptId, high: &ConceptId| self.above.get(low).is_some_and(|above| above.contains(high));
        if recorded == asked || is_below(recorded, asked) {
            Kinship::Is
        } else if is_below(asked, recorded) {
            Kinship::MayBe
        } else {
            Kinship::IsNot
        }
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
