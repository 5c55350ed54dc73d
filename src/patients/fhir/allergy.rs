//! Allergies, whose code is mostly that of a substance; and stays in hospital.

use super::convert::{Building, Named, lasting};
use super::resource::{AllergyIntolerance, CodeableConcept, Encounter};
use super::terms;
use crate::chart::{Code, Occurrence, Of, Ongoing, System};
use crate::ir::ConceptKind;
use crate::library;

/// SNOMED CT's codes for having none.
const NONE_KNOWN: [(&str, &str); 4] =
    [("716186003", "allergy"), ("409137002", "drug_allergy"), ("429625007", "food_allergy"), ("428607008", "allergy")];
const DRUGS: &str = "drug_allergy";

impl Building<'_, '_> {
    pub(super) fn allergy(&mut self, allergy: &AllergyIntolerance) {
        let verified = |code: &str| allergy.verification_status.as_ref().is_some_and(|status| status.is(code));
        if verified("entered-in-error") {
            return;
        }
        let Some(Named { of, source }) = self.name(allergy.code.as_ref(), "AllergyIntolerance", allergy.id.as_ref())
        else {
            return;
        };
        if let Some((code, name)) = allergy.code.as_ref().and_then(none_known) {
            // "No known environmental allergy" says nothing of other ones.
            if code != "428607008" {
                let absent = Occurrence {
                    absent: true,
                    end: allergy.recorded_date.clone(),
                    source,
                    ..Occurrence::of(Of::Name(name))
                };
                self.chart.conditions.push(absent);
            }
            return;
        }
        let of = if allergy.kind.as_deref() == Some("intolerance") {
            // No allergy, and perhaps what a criterion means by one: it stands for something that nobody knows.
            Of::Codes(Vec::new())
        } else {
            self.allergy_to(of, allergy)
        };
        if verified("refuted") {
            let end = allergy.recorded_date.clone();
            self.chart.conditions.push(Occurrence { absent: true, end, source, ..Occurrence::of(of) });
            return;
        }
        let birth = self.chart.birth.as_deref();
        let start = allergy.onset_date_time.clone();
        let start = start.or_else(|| allergy.onset_period.as_ref().and_then(terms::within));
        let start = start.or_else(|| allergy.onset_age.as_ref().and_then(|age| terms::at_age(age, birth)));
        let start = start.or_else(|| allergy.recorded_date.as_ref().map(|date| format!("../{date}")));
        let ongoing = lasting(allergy.clinical_status.as_ref());
        self.chart.conditions.push(Occurrence { start, ongoing, source, ..Occurrence::of(of) });
    }

    /// The allergy to a substance: by its own code, by the drug's name or the nearest of its classes that the library has
    /// an allergy for, and as one to drugs otherwise.
    fn allergy_to(&self, of: Of, allergy: &AllergyIntolerance) -> Of {
        let Of::Codes(codes) = &of else { return of };
        let concepts = &self.context.trial.concepts;
        let is_condition = |code: &Code| {
            concepts.values().any(|concept| {
                let known = match code.system {
                    System::Snomed => &concept.codes.snomed,
                    System::Icd10 => &concept.codes.icd10,
                    System::Loinc | System::Rxnorm | System::Atc => return false,
                };
                concept.kind == ConceptKind::Condition && known.contains(&code.code)
            })
        };
        if codes.iter().any(|code| is_condition(code) || library::with_code(&["conditions"], &code.code).is_some()) {
            return of;
        }
        for code in codes {
            let Some(drug) = library::with_code(&["drugs"], &code.code) else { continue };
            let mut open = vec![drug.to_owned()];
            while !open.is_empty() {
                let named = open.iter().map(|name| format!("{name}_allergy")).find(|name| known(name));
                if let Some(name) = named {
                    return Of::Name(name);
                }
                open = open.iter().flat_map(|name| library::classes("drugs", name)).collect();
            }
            return Of::Name(DRUGS.to_owned());
        }
        let category = |word: &str| allergy.category.iter().any(|category| category == word);
        let is_drug = |code: &Code| matches!(code.system, System::Rxnorm | System::Atc);
        if codes.iter().any(is_drug) || category("medication") || category("biologic") {
            Of::Name(DRUGS.to_owned())
        } else {
            of
        }
    }

    /// An inpatient stay (R4 class `IMP`, `ACUTE` or `NONAC`); other encounters are no stay in hospital.
    pub(super) fn encounter(&mut self, encounter: &Encounter) {
        let class = encounter.class.as_ref().and_then(|class| class.code.as_deref()).unwrap_or_default();
        let status = encounter.status.as_deref().unwrap_or_default();
        if !matches!(class, "IMP" | "ACUTE" | "NONAC") || !matches!(status, "finished" | "in-progress" | "onleave") {
            return;
        }
        let (start, end) = super::convert::ends(encounter.period.as_ref());
        let ongoing = end.is_none().then_some(Ongoing::Now(status != "finished"));
        let reason = self.reason(&encounter.reason_code, &encounter.reason_reference);
        let source = encounter.id.as_ref().map(|id| format!("Encounter/{id}"));
        let stay = Occurrence {
            start,
            end,
            ongoing,
            reason,
            source,
            ..Occurrence::of(Of::Name("hospitalization".to_owned()))
        };
        self.chart.events.push(stay);
    }
}

fn known(name: &str) -> bool {
    library::modules_with(name).next().is_some()
}

fn none_known(concept: &CodeableConcept) -> Option<(&'static str, String)> {
    NONE_KNOWN.iter().find(|(code, _)| concept.is(code)).map(|(code, name)| (*code, (*name).to_owned()))
}
