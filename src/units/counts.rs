//! What an annotation in braces means.
//!
//! UCUM gives annotations no meaning; a protocol does. Three kinds are told apart:
//! things that are counted (cells, beats, points) are plain numbers, so `{cells}/uL` fits
//! `10*9/L`; copies of a nucleic acid are counted too but keep a tag of their own, so that a viral
//! load never fits a cell count; any other annotation is a tag of its own (`{1.73_m2}`, `{creat}`).

use std::borrow::Cow;

/// Words for things that are counted: as annotations, and bare where the flag says so.
const COUNTED: &[(&str, Bare)] = &[
    ("#", Bare::No),
    ("count", Bare::No),
    ("counts", Bare::No),
    ("number", Bare::No),
    ("ratio", Bare::No),
    ("score", Bare::No),
    ("index", Bare::No),
    ("INR", Bare::No),
    ("cell", Bare::Yes),
    ("cells", Bare::Yes),
    ("RBC", Bare::No),
    ("RBCs", Bare::No),
    ("rbc", Bare::No),
    ("WBC", Bare::No),
    ("WBCs", Bare::No),
    ("wbc", Bare::No),
    ("platelet", Bare::Yes),
    ("platelets", Bare::Yes),
    ("neutrophils", Bare::No),
    ("lymphocytes", Bare::No),
    ("eosinophils", Bare::No),
    ("spermatozoa", Bare::No),
    ("beat", Bare::Yes),
    ("beats", Bare::Yes),
    ("breath", Bare::Yes),
    ("breaths", Bare::Yes),
    ("event", Bare::Yes),
    ("events", Bare::Yes),
    ("episode", Bare::Yes),
    ("episodes", Bare::Yes),
    ("attack", Bare::Yes),
    ("attacks", Bare::Yes),
    ("seizure", Bare::Yes),
    ("seizures", Bare::Yes),
    ("exacerbation", Bare::Yes),
    ("exacerbations", Bare::Yes),
    ("stool", Bare::Yes),
    ("stools", Bare::Yes),
    ("lesion", Bare::Yes),
    ("lesions", Bare::Yes),
    ("joint", Bare::Yes),
    ("joints", Bare::Yes),
    ("point", Bare::Yes),
    ("points", Bare::Yes),
    ("letter", Bare::Yes),
    ("letters", Bare::Yes),
    ("step", Bare::Yes),
    ("steps", Bare::Yes),
    ("drink", Bare::Yes),
    ("drinks", Bare::Yes),
    ("cigarette", Bare::Yes),
    ("cigarettes", Bare::Yes),
];

/// Tags with a spelling of their own: what is written, the annotation it stands for, its words.
const TAGGED: &[(&[&str], &str, &str)] = &[
    (&["1.73_m2", "1.73m2", "1.73m^2", "1.73_m^2"], "1.73_m2", "1.73 m² of body surface"),
    (&["copies", "copy", "copy_number"], "copies", "copies"),
    (&["pack_years", "pack_year", "PackYears", "packyears"], "pack_years", "pack-years"),
    (&["packs", "pack"], "packs", "packs"),
    (&["tablets", "tablet"], "tablets", "tablets"),
    (&["capsules", "capsule"], "capsules", "capsules"),
    (&["puffs", "puff"], "puffs", "puffs"),
    (&["drops", "drop"], "drops", "drops"),
    (&["fractions"], "fractions", "fractions"),
];

/// Whether a word may stand without its braces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    Yes,
    No,
}

/// The annotation that a bare word stands for: `cells` for `{cells}`.
pub(super) fn bare_word(word: &str) -> Option<&'static str> {
    let counted = COUNTED.iter().find(|(name, bare)| *name == word && *bare == Bare::Yes);
    counted.map(|(name, _)| *name).or_else(|| {
        let tagged = TAGGED.iter().find(|(spellings, ..)| spellings.contains(&word));
        tagged.map(|(_, annotation, _)| *annotation)
    })
}

/// Every bare word, for the list of units and for suggestions.
pub(super) fn bare_words() -> impl Iterator<Item = &'static str> {
    let counted = COUNTED.iter().filter(|(_, bare)| *bare == Bare::Yes).map(|(name, _)| *name);
    counted.chain(TAGGED.iter().filter_map(|(spellings, ..)| spellings.first().copied()))
}

/// The one spelling of an annotation: `1.73_m2` for `1.73m2`.
pub(super) fn canonical(annotation: &str) -> &str {
    let tagged = TAGGED.iter().find(|(spellings, ..)| spellings.contains(&annotation));
    tagged.map_or(annotation, |(_, canonical, _)| canonical)
}

/// The tag of an annotation in its one spelling, or nothing where it only counts.
pub(super) fn tag(annotation: &str) -> Option<String> {
    let counted = COUNTED.iter().any(|(name, _)| *name == annotation);
    (!counted).then(|| format!("{{{annotation}}}"))
}

/// A tag in words.
pub(super) fn tag_words(tag: &str) -> Cow<'static, str> {
    let annotation = tag.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let known = TAGGED.iter().find(|(_, name, _)| Some(*name) == annotation);
    if let Some((.., words)) = known {
        return Cow::Borrowed(words);
    }
    Cow::Borrowed(match tag {
        "%" => "per cent",
        "%predicted" => "per cent of predicted",
        "ULN" => "multiples of the upper limit of normal",
        "LLN" => "multiples of the lower limit of normal",
        "half_lives" => "half-lives",
        "cycles" => "treatment cycles",
        "[IU]" => "international units",
        "[CFU]" => "colony forming units",
        "[HPF]" => "high power field",
        "[LPF]" => "low power field",
        "[pH]" => "pH",
        other => return Cow::Owned(format!("`{other}`")),
    })
}
