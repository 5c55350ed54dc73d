//! Names that are declared or brought in and never used.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};

pub static LINT: Lint = Lint { codes: &[&code::UNUSED], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    for unused in &draft.unused {
        let how = if unused.imported { "brought in" } else { "declared" };
        out.push(
            Diagnostic::new(&code::UNUSED, unused.span, format!("`{}` is {how} and never used", unused.name))
                .label("never used")
                .help("remove it, or use it where it was meant"),
        );
    }
}
