//! What the protocol does not say yet.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};

pub static LINT: Lint = Lint { codes: &[&code::MISSING_PART], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    for (text, span) in &draft.missing {
        out.push(
            Diagnostic::new(&code::MISSING_PART, *span, format!("still missing: {text}"))
                .label("unknown until it is written")
                .help("while it is missing, what rests on it is unknown, and nobody is called eligible"),
        );
    }
}
