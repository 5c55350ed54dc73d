//! Which column is what.

use super::mapping::{Layout, Mapping};

/// How a table lies, as the mapping says or the header shows.
pub(super) fn layout(mapping: &Mapping, header: &[String]) -> Layout {
    if let Some(layout) = mapping.layout {
        return layout;
    }
    let has = |name: &str| header.iter().any(|column| plain(column) == name);
    let long = !mapping.long.is_empty() || has("kind") && (has("name") || has("code"));
    if long { Layout::Long } else { Layout::Wide }
}

/// A name as it is compared: in lower case, with `_` for all that is no letter or digit.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{feff}');
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// The name that is nearest to one, if any is near.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let name = plain(name);
    let near = known.map(|known| (strsim::damerau_levenshtein(&plain(known), &name), known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + name.chars().count() / 4).then_some(known)
}
