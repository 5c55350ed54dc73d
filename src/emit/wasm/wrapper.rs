//! A host for a module: one file of JavaScript that a browser and Node run as it is, with types that TypeScript reads.

use std::collections::BTreeSet;
use std::path::Path;

use crate::ir::{ConceptKind, Trial};
use crate::plan;

const TEMPLATE: &str = include_str!("wrapper.mjs");

/// The wrapper of a protocol, for these names of files.
#[must_use]
pub fn wrapper(trial: &Trial, wrapper: &Path, module: Option<&Path>) -> Vec<u8> {
    let plan = plan::lower::lower(trial);
    let file = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let measures = trial.concepts.iter().filter(|(_, concept)| {
        matches!(concept.kind, ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score)
    });
    let places = [
        ("@TRIAL@", trial.name.to_string()),
        ("@FILE@", file(wrapper).unwrap_or_default()),
        ("@MODULE@", module.and_then(file).unwrap_or_else(|| "module.wasm".to_owned())),
        ("@CRITERIA@", union(plan.rules.iter().map(|rule| rule.name.as_str()))),
        ("@MEASURES@", union(measures.map(|(id, _)| id.as_str()))),
        ("@QUESTIONS@", union(plan.questions.iter().map(crate::ir::Word::as_str))),
    ];
    let filled = places.iter().fold(TEMPLATE.to_owned(), |text, (place, with)| text.replace(place, with));
    filled.into_bytes()
}

/// A type that is one of these words. The words of a question may be any; a comment must not end in them.
fn union<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let words: BTreeSet<String> =
        words.filter_map(|word| serde_json::to_string(word).ok()).map(|word| word.replace("*/", "*\\/")).collect();
    if words.is_empty() { "never".to_owned() } else { words.into_iter().collect::<Vec<_>>().join(" | ") }
}
