//! Checks of a whole protocol, once each of its sentences makes sense. One file each; adding one is a file and a line in
//! [`ALL`]. They run only on a draft without errors, so none has to think of what might be missing.

use crate::check::Draft;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// One check.
pub struct Lint {
    /// The codes it reports.
    pub codes: &'static [&'static Code],
    pub check: fn(&Draft, &mut Diagnostics),
}

/// Every check, in the order of the codes.
pub static ALL: &[&Lint] = &[];

/// All that they have to say of a draft.
#[must_use]
pub fn run(draft: &Draft) -> Vec<Diagnostic> {
    let mut diagnostics = Diagnostics::default();
    for lint in ALL {
        (lint.check)(draft, &mut diagnostics);
    }
    diagnostics.into_iter().collect()
}
