//! Checks of a whole protocol, once each of its sentences makes sense. One file each; adding one is a file and a line in
//! [`ALL`]. They run only on a draft without errors, so none has to think of what might be missing.

mod age_over;
mod always_or_never;
mod calendars;
mod collected;
mod compares_nothing;
mod design;
mod empty_parts;
mod header_differs;
mod limits;
mod measures;
mod missing_part;
mod own_condition;
mod said_twice;
mod same_criterion;
mod times;
mod treatments;
mod unused;
mod visit_windows;

use crate::check::Draft;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// One check.
pub struct Lint {
    /// The codes it reports.
    pub codes: &'static [&'static Code],
    pub check: fn(&Draft, &mut Diagnostics),
}

/// Every check.
pub static ALL: &[&Lint] = &[
    &design::LINT,
    &treatments::LINT,
    &times::LINT,
    &collected::OUTCOMES,
    &collected::CRITERIA,
    &age_over::LINT,
    &unused::LINT,
    &said_twice::LINT,
    &same_criterion::LINT,
    &always_or_never::LINT,
    &limits::LINT,
    &compares_nothing::LINT,
    &missing_part::LINT,
    &own_condition::LINT,
    &header_differs::LINT,
    &empty_parts::LINT,
    &calendars::LINT,
    &visit_windows::LINT,
];

/// All that they have to say of a draft.
#[must_use]
pub fn run(draft: &Draft) -> Vec<Diagnostic> {
    let mut diagnostics = Diagnostics::default();
    for lint in ALL {
        (lint.check)(draft, &mut diagnostics);
    }
    diagnostics.into_iter().collect()
}
