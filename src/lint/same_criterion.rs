//! The same criterion written twice, whatever the order of its parts and the names of its entries.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Counting, Criterion, Operands, Part, Truth, TruthKind};

pub static LINT: Lint = Lint { codes: &[&code::SAME_CRITERION], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    for block in &draft.eligibility {
        let mut seen: FxHashMap<u64, &Criterion> = FxHashMap::default();
        for criterion in &block.criteria {
            // Two questions are two questions, though their answers are asked in the same way.
            if matches!(criterion.body.kind, TruthKind::Judged { .. } | TruthKind::Missing(_)) {
                continue;
            }
            let Some(first) = seen.insert(fingerprint(criterion), criterion) else { continue };
            let found = if first.polarity == criterion.polarity {
                Diagnostic::new(
                    &code::SAME_CRITERION,
                    criterion.name_span,
                    format!("`{}` says the same as `{}`", criterion.name, first.name),
                )
                .help("remove one of them, or write what the second was meant to say")
            } else {
                Diagnostic::new(
                    &code::SAME_CRITERION,
                    criterion.name_span,
                    format!("`{}` excludes just those whom `{}` includes", criterion.name, first.name),
                )
                .help("as it stands nobody is eligible: one of the two is the wrong way round")
            };
            out.push(found.label("the same again").also(first.name_span, "first written here"));
        }
    }
}

/// Equal for criteria that say the same; sections are left out, so that opposites meet. It has 64 bits: among ten
/// thousand criteria two that differ have the same one once in 10^11 files, and then a warning too many is all.
fn fingerprint(criterion: &Criterion) -> u64 {
    let mut hasher = FxHasher::default();
    criterion.window.hash(&mut hasher);
    criterion.cohorts.hash(&mut hasher);
    criterion.when.as_ref().map(of_truth).hash(&mut hasher);
    of_truth(&criterion.body).hash(&mut hasher);
    hasher.finish()
}

/// Equal whatever the order of the parts and their names.
fn of_truth(truth: &Truth) -> u64 {
    let mut hasher = FxHasher::default();
    std::mem::discriminant(&truth.kind).hash(&mut hasher);
    match &truth.kind {
        TruthKind::All(parts) | TruthKind::Any(parts) => of_parts(parts).hash(&mut hasher),
        TruthKind::Count { counting, of: Operands::Truths(parts) } => {
            counting.hash(&mut hasher);
            of_parts(parts).hash(&mut hasher);
        }
        TruthKind::Count { counting, of: Operands::Values { values, ask } } => {
            counting.hash(&mut hasher);
            ask.hash(&mut hasher);
            let sum = values.iter().fold(0_u64, |sum, part| {
                let mut one = FxHasher::default();
                part.body.hash(&mut one);
                sum.wrapping_add(one.finish())
            });
            sum.hash(&mut hasher);
        }
        TruthKind::Not(inner) | TruthKind::Known(inner) => of_truth(inner).hash(&mut hasher),
        TruthKind::Unless { base, exception } => (of_truth(base), of_truth(exception)).hash(&mut hasher),
        TruthKind::Timed { of, window } => {
            of_truth(of).hash(&mut hasher);
            window.hash(&mut hasher);
        }
        TruthKind::History(history) => {
            let mut history = (**history).clone();
            history.events.sort_by(|a, b| a.event.cmp(&b.event));
            if history.events.len() == 1 && history.counting == Counting::All {
                history.counting = Counting::Any;
            }
            history.hash(&mut hasher);
        }
        kind @ (TruthKind::Defined(_)
        | TruthKind::Count { of: Operands::Set { .. }, .. }
        | TruthKind::Asked { .. }
        | TruthKind::Onset(_)
        | TruthKind::StableDose { .. }
        | TruthKind::Given(_)
        | TruthKind::Judged { .. }
        | TruthKind::Missing(_)) => kind.hash(&mut hasher),
    }
    hasher.finish()
}

fn of_parts(parts: &[Part<Truth>]) -> u64 {
    parts.iter().fold(parts.len() as u64, |sum, part| {
        let when = part.when.as_ref().map_or(0, |when| of_truth(when).rotate_left(1));
        sum.wrapping_add(of_truth(&part.body) ^ when)
    })
}
