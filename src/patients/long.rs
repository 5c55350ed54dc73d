//! A row a fact.
use super::table::Table;
use super::{Shared, Steps};
use std::path::Path;
use std::sync::Arc;
pub(super) fn patients<'a>(
    _: &Arc<Shared<'a>>,
    _: &Path,
    _: &Arc<str>,
    _: Table<'a>,
) -> Result<(Steps<'a>, Vec<String>), String> {
    Err(String::new())
}
