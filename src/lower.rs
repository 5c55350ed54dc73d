//! stub
#[must_use]
pub fn lower(checked: crate::check::Checked) -> crate::ir::Trial {
    crate::ir::Trial { version: 1, name: checked.name.unwrap_or_default() }
}
