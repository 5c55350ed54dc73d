//! The first draft of a mapping.
use crate::ir::Trial;
use crate::world::Archive;
use std::path::Path;
/// Why there is no draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftError(pub String);
/// The draft.
///
/// # Errors
/// Why not.
pub fn draft(_: &dyn Archive, _: &Trial, _: &Path) -> Result<String, DraftError> {
    Err(DraftError(String::new()))
}
