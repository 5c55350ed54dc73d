//! The list of the units that we know, for `trialc list units` and the documentation.

use std::sync::LazyLock;

use super::atom::Prefixes;
use super::counts;
use super::table::ROWS;
use super::unit::Unit;

/// A unit that we know, without its prefixes and products.
#[derive(Debug, Clone)]
pub struct UnitEntry {
    /// The canonical code.
    pub code: String,
    /// Other spellings.
    pub spellings: Vec<&'static str>,
    /// What it measures, in words.
    pub dimension: String,
    /// Its name.
    pub name: &'static str,
    /// `m`, `u`, `k` … may stand before it.
    pub prefixed: bool,
    /// The class of units of the UCUM specification that its factor is from; empty for our words.
    pub source: &'static str,
}

static ENTRIES: LazyLock<Vec<UnitEntry>> = LazyLock::new(|| {
    let rows = ROWS.iter().filter_map(|row| {
        let unit = Unit::from_ucum(row.code).ok()?;
        Some(UnitEntry {
            code: unit.code().to_owned(),
            spellings: row.symbols.iter().chain(row.words).copied().collect(),
            dimension: unit.dimension().to_string(),
            name: row.name,
            prefixed: row.prefixes == Prefixes::Si,
            source: row.source,
        })
    });
    let words = counts::bare_words().filter_map(|word| {
        let unit = Unit::from_ucum(word).ok()?;
        Some(UnitEntry {
            code: unit.code().to_owned(),
            spellings: vec![word],
            dimension: unit.dimension().to_string(),
            name: word,
            prefixed: false,
            source: "",
        })
    });
    rows.chain(words).collect()
});

/// Every unit with an exact factor of our own, and every word for what is counted.
pub fn known_units() -> impl Iterator<Item = &'static UnitEntry> {
    ENTRIES.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_in_the_list_is_read_as_its_unit() {
        assert!(known_units().count() > ROWS.len());
        for entry in known_units() {
            for spelling in &entry.spellings {
                assert_eq!(Unit::from_ucum(spelling).unwrap().code(), entry.code, "{spelling}");
            }
        }
    }
}
