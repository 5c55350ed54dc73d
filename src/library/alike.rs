//! Finds what the library calls by another name, by the words of names, labels and other names that people write.

use std::sync::OnceLock;

use super::{MODULES, Module};

/// An item, as the words that speak of it.
struct Entry {
    module: &'static str,
    name: &'static str,
    name_words: Vec<String>,
    /// The words of its label and its other names.
    said: Vec<String>,
    /// Its label and its other names as wholes.
    phrases: Vec<String>,
}

/// Words that tell nothing apart.
const GENERIC: &[&str] =
    &["test", "level", "count", "score", "scale", "disease", "disorder", "syndrome", "use", "of", "the", "by", "and"];

/// The most words of a found name that nobody asked for.
const MOST_OTHERS: usize = 2;

/// What the library has under another name: its module and its name.
#[must_use]
pub fn alike(name: &str, within: Option<&Module>) -> Option<(&'static str, &'static str)> {
    let all = words(name);
    let telling: Vec<&String> = all.iter().filter(|word| !GENERIC.contains(&word.as_str())).collect();
    // What is left of `drug_use_disorder` would be any drug.
    let enough = telling.len() > 1 || telling.len() == 1 && all.len() == 2;
    let wanted = if enough { telling } else { all.iter().collect() };
    let inside = |entry: &&Entry| within.is_none_or(|module| module.name == entry.module);
    let by_words = entries().iter().filter(inside).filter_map(|entry| Some((others(&wanted, entry)?, entry)));
    let found = by_words.min_by_key(|(others, entry)| (*others, entry.said.len(), entry.name));
    if let Some((_, entry)) = found {
        return Some((entry.module, entry.name));
    }
    // `acute_liver_disease` is some `liver_disease`.
    let wider = entries().iter().filter(inside).filter(|entry| {
        entry.name_words.len() * 2 > all.len() && entry.name_words.iter().all(|word| all.contains(word))
    });
    let found = wider.max_by_key(|entry| (entry.name_words.len(), std::cmp::Reverse(entry.name)));
    found.map(|entry| (entry.module, entry.name))
}

/// How many words of an item's name are not among those that are wanted; `None` if one that is wanted is nowhere in it.
fn others(wanted: &[&String], entry: &Entry) -> Option<usize> {
    let is_in = |word: &String, list: &[String]| list.iter().any(|known| same(word, known));
    let [first, ..] = wanted else { return None };
    // One word alone has to be all that is said.
    let alone = wanted.len() == 1;
    let fits = |word: &&String| {
        if alone {
            entry.phrases.contains(word) || entry.name_words.len() == 1 && entry.name_words.contains(word)
        } else {
            is_in(word, &entry.name_words) || is_in(word, &entry.said)
        }
    };
    if first.len() < 2 || !wanted.iter().all(fits) {
        return None;
    }
    let others = entry.name_words.iter().filter(|known| !wanted.iter().any(|word| same(word, known))).count();
    (others <= MOST_OTHERS).then_some(others)
}

/// The same word, or its beginning or its plural.
fn same(wanted: &str, known: &str) -> bool {
    let longer = |long: &str, short: &str, most: usize| {
        short.len() >= 4 && long.starts_with(short) && long.len() - short.len() <= most
    };
    wanted == known || longer(known, wanted, 3) || longer(wanted, known, 2)
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| MODULES.iter().flat_map(of_module).collect())
}

fn of_module(module: &'static Module) -> impl Iterator<Item = Entry> {
    let items = module.index().items.iter().filter(|item| !matches!(item.keyword, "use" | "equivalent"));
    items.map(|item| {
        let text = module.text.get(item.range.clone()).unwrap_or("");
        let label = text.split('"').nth(1).unwrap_or("");
        let also = text.split_once("also \"").map_or("", |(_, rest)| rest);
        let also = also.split('"').enumerate().take_while(|(at, part)| at % 2 == 0 || part.trim() == ",");
        let also = also.filter(|(at, _)| at % 2 == 0).map(|(_, part)| part);
        let parts: Vec<Vec<String>> = std::iter::once(label).chain(also).map(words).collect();
        let phrases = parts.iter().map(|words| words.join(" ")).collect();
        let said = parts.into_iter().flatten().collect();
        Entry { module: module.name, name: item.name, name_words: words(item.name), said, phrases }
    })
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn other_names_are_found() {
        for (written, right) in [
            ("HDL_cholesterol", "HDL"),
            ("total_bilirubin", "bilirubin"),
            ("body_temperature", "temperature"),
            ("urine_drug_test", "urine_drug_screen"),
            ("EORTC_QLQ_C30", "QLQ_C30_global"),
            ("CYP3A4_inducer", "strong_CYP3A4_inducer"),
            ("WBC", "leukocytes"),
            ("breastfeeding", "lactation"),
            ("acute_liver_disease", "liver_disease"),
        ] {
            assert_eq!(alike(written, None).map(|(_, name)| name), Some(right), "{written}");
        }
        assert_eq!(alike("rubber_duck", None), None);
        assert_eq!(alike("treatment", None), None);
    }
}
