//! From codes to the protocol's names.

use std::collections::BTreeMap;

use crate::chart::{Code, Of, System};
use crate::ir::{ConceptId, ConceptKind, Trial};
use crate::library;

/// The codes of everything that a protocol speaks of, and the other names that people write.
#[derive(Clone, Debug, Default)]
pub struct CodeBook {
    codes: BTreeMap<(System, String), Vec<ConceptId>>,
    names: BTreeMap<String, ConceptId>,
}

impl CodeBook {
    #[must_use]
    pub fn new(trial: &Trial) -> Self {
        let mut book = Self::default();
        for (id, concept) in &trial.concepts {
            let systems = [
                (System::Loinc, &concept.codes.loinc),
                (System::Rxnorm, &concept.codes.rxnorm),
                (System::Atc, &concept.codes.atc),
                (System::Icd10, &concept.codes.icd10),
                (System::Snomed, &concept.codes.snomed),
            ];
            for (system, codes) in systems {
                for code in codes {
                    book.codes.entry((system, tidy(system, code))).or_default().push(id.clone());
                }
            }
            book.names.insert(id.to_string(), id.clone());
        }
        book
    }

    /// What a fact is of; of several concepts with its code the most specific, and nothing where two have it alike.
    #[must_use]
    pub fn find(&self, trial: &Trial, of: &Of, kinds: &[ConceptKind]) -> Option<ConceptId> {
        let fits = |id: &&ConceptId| trial.concepts.get(*id).is_some_and(|concept| kinds.contains(&concept.kind));
        match of {
            Of::Name(name) => self.names.get(name.trim()).filter(fits).cloned(),
            Of::Codes(codes) => codes.iter().find_map(|code| self.coded(code, &fits)),
        }
    }

    fn coded(&self, code: &Code, fits: &dyn Fn(&&ConceptId) -> bool) -> Option<ConceptId> {
        let known = wider(code).find_map(|text| self.codes.get(&(code.system, text)))?;
        known.iter().find(fits).cloned()
    }
}

/// Whether the standard library knows a code, or a class of codes that it belongs to.
pub(super) fn known(code: &Code) -> bool {
    wider(code).any(|text| library::holds_code(&text))
}

/// A code, and then the classes of codes that it belongs to. Those of diagnoses and drugs are made so that a shorter one is
/// the class: `C34.11` is one of `C34.1`, and that of `C34`.
fn wider(code: &Code) -> impl Iterator<Item = String> {
    let shortest = match code.system {
        System::Icd10 => 3,
        System::Atc => 1,
        System::Loinc | System::Rxnorm | System::Snomed => usize::MAX,
    };
    std::iter::successors(Some(tidy(code.system, &code.code)), move |longer| {
        let mut text = longer.clone();
        text.pop();
        if text.ends_with('.') {
            text.pop();
        }
        (text.len() >= shortest).then_some(text)
    })
}

fn tidy(system: System, code: &str) -> String {
    let code = code.trim();
    match system {
        System::Icd10 | System::Atc => code.to_ascii_uppercase(),
        System::Loinc | System::Rxnorm | System::Snomed => code.to_owned(),
    }
}
