//! Units that have been read already: a protocol and its records write the same few spellings
//! thousands of times.

use rustc_hash::FxHashMap;

use super::error::UnitError;
use super::unit::Unit;

/// Remembers what each spelling in a protocol was read as, errors too.
#[derive(Debug, Default)]
pub struct UnitCache(FxHashMap<String, Result<Unit, UnitError>>);

impl UnitCache {
    /// A cache of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Unit::parse`], once for each spelling.
    ///
    /// # Errors
    ///
    /// If the text is no unit.
    pub fn get(&mut self, text: &str) -> Result<Unit, UnitError> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let read = Unit::parse(text);
        self.0.insert(text.to_owned(), read.clone());
        read
    }
}
