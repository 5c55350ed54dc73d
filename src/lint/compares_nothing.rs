//! Estimands without a comparison, where there are arms to compare.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};

pub static LINT: Lint = Lint { codes: &[&code::COMPARES_NOTHING], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    let [first, second, ..] = draft.arms.as_slice() else { return };
    for estimand in draft.estimands.iter().filter(|estimand| estimand.item.compare.is_none()) {
        out.push(
            Diagnostic::new(
                &code::COMPARES_NOTHING,
                estimand.name_span,
                format!("the estimand `{}` compares nothing, and there are {} arms", estimand.name, draft.arms.len()),
            )
            .label("which treatments?")
            .help(format!("ICH E9(R1) asks for them: add `compare {} with {}`", first.name, second.name)),
        );
    }
}
