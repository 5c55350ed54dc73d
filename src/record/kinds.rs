//! Which kind of record a thing belongs to: docs/language.md, "Kinds of record".

use std::collections::BTreeSet;

use super::family::{Family, Kinship};
use crate::chart::Kind;
use crate::ir::{ConceptId, ConceptKind, Trial};

/// The classes of the library whose members have a kind of their own.
const VACCINE: &str = "vaccine";
const ALLERGY: &str = "allergy";
const STAY: &str = "hospitalization";

/// The kinds that must be complete before silence about a thing means that there was none: of a class, those of all its
/// members.
#[must_use]
pub fn kinds_of(trial: &Trial, family: &Family, concept: &ConceptId) -> BTreeSet<Kind> {
    family.kinds(concept).cloned().unwrap_or_else(|| worked_out(trial, family, concept))
}

pub(super) fn worked_out(trial: &Trial, family: &Family, concept: &ConceptId) -> BTreeSet<Kind> {
    let mut leaves = family.members(concept).filter(|member| !family.is_class(member)).peekable();
    if leaves.peek().is_none() {
        return BTreeSet::from([kind_of(trial, family, concept)]);
    }
    leaves.map(|leaf| kind_of(trial, family, leaf)).collect()
}

fn kind_of(trial: &Trial, family: &Family, concept: &ConceptId) -> Kind {
    let is = |class: &str| family.kinship(concept, &ConceptId::from(class)) == Kinship::Is;
    match trial.concepts.get(concept).map(|concept| concept.kind) {
        Some(ConceptKind::Condition) if is(ALLERGY) => Kind::Allergies,
        Some(ConceptKind::Condition) => Kind::Conditions,
        Some(ConceptKind::Drug) if is(VACCINE) => Kind::Immunizations,
        Some(ConceptKind::Drug) => Kind::Medications,
        Some(ConceptKind::Procedure) => Kind::Procedures,
        Some(ConceptKind::Event) if is(STAY) => Kind::Encounters,
        Some(ConceptKind::Event) | None => Kind::Events,
        Some(
            ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score | ConceptKind::Question,
        ) => Kind::Results,
    }
}
