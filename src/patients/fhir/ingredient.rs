//! The drug of a product of `RxNorm`: prescriptions name products ("methotrexate 2.5 MG Oral Tablet"), the library ingredients.
//!
//! `RxNorm` builds the name of a product from ingredient, strength and dose form (its Technical Documentation, "Normalized
//! names"), so that the ingredient is read off and not guessed. A product of several ingredients (`A 5 MG / B 10 MG`) is
//! left as it is.

use super::resource::CodeableConcept;
use crate::library;
use crate::patients::columns::plain;

const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
/// Words behind a name that say which salt it is.
const SALTS: [&str; 16] = [
    "hydrochloride",
    "sodium",
    "potassium",
    "calcium",
    "acetate",
    "sulfate",
    "phosphate",
    "succinate",
    "tartrate",
    "maleate",
    "fumarate",
    "mesylate",
    "besylate",
    "citrate",
    "hydrobromide",
    "disodium",
];
/// Words with which the dose form begins.
const FORMS: [&str; 16] = [
    "oral",
    "injection",
    "injectable",
    "topical",
    "rectal",
    "vaginal",
    "ophthalmic",
    "nasal",
    "inhalation",
    "transdermal",
    "extended",
    "delayed",
    "prefilled",
    "cartridge",
    "auto-injector",
    "mg",
];

/// The library's name of the one ingredient, for a product that the library has no code of.
pub(super) fn ingredient(concept: &CodeableConcept) -> Option<&'static str> {
    let is_rxnorm = |system: &Option<String>| system.as_deref() == Some(RXNORM);
    let mut products = concept.coding.iter().filter(|coding| is_rxnorm(&coding.system)).peekable();
    products.peek()?;
    let known = |code: &str| library::with_code(&["drugs"], code).is_some();
    if concept.coding.iter().filter_map(|coding| coding.code.as_deref()).any(known) {
        return None;
    }
    products.find_map(|product| named(product.display.as_deref()?))
}

fn named(product: &str) -> Option<&'static str> {
    if product.contains('/') && product.contains(" / ") {
        return None;
    }
    let mut words = product.split_whitespace().peekable();
    // `0.4 ML enoxaparin …`, `24 HR metformin …`: the quantity of the pack, and the time of release.
    while words.peek().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
        words.next();
        words.next();
    }
    let ends = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_digit() || c == '[') || FORMS.contains(&word.to_lowercase().as_str())
    };
    let mut name: Vec<&str> = words.take_while(|word| !ends(word)).collect();
    loop {
        let whole = name.join(" ");
        if whole.is_empty() {
            return None;
        }
        if let Some(found) = drug(&whole) {
            return Some(found);
        }
        let last = name.pop()?;
        if !SALTS.contains(&last.to_lowercase().as_str()) {
            return None;
        }
    }
}

/// A drug of the library by its name, or by another that is written for it.
fn drug(name: &str) -> Option<&'static str> {
    let drugs = library::module("drugs")?;
    let items = drugs.index().items.iter().find(|item| plain(item.name) == plain(name));
    items.map(|item| item.name).or_else(|| library::with_code(&["drugs"], &name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::named;

    /// Names as `RxNorm` has them: 105586, 854245, 866426, 313782, 1049221, 1153378.
    #[test]
    fn the_ingredient_is_read_off() {
        assert_eq!(named("methotrexate 2.5 MG Oral Tablet"), Some("methotrexate"));
        assert_eq!(named("0.4 ML enoxaparin sodium 100 MG/ML Prefilled Syringe"), Some("enoxaparin"));
        assert_eq!(named("acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet"), None);
        assert_eq!(named("no such drug 5 MG Oral Tablet"), None);
        assert_eq!(named("5 MG"), None);
    }
}
