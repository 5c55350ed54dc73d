//! A trial without something that every trial has, and a visit that collects nothing.

use rustc_hash::FxHashSet;

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Rank, VisitId};

pub static LINT: Lint = Lint { codes: &[&code::NO_CRITERIA, &code::NO_MEASURE_TAKEN], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    let Some(trial) = &draft.trial else { return };
    let lacks: Vec<&str> = [
        ("criteria (`eligibility`)", draft.eligibility.iter().all(|block| block.criteria.is_empty())),
        ("epochs (`epoch`)", draft.epochs.is_empty()),
        ("arms (`arm`)", draft.arms.is_empty()),
        ("outcomes (`outcome`)", draft.outcomes.is_empty()),
        (
            "primary outcome (`outcome primary`)",
            !draft.outcomes.is_empty() && !draft.outcomes.iter().any(|outcome| outcome.item.rank == Rank::Primary),
        ),
        (
            "allocation (`allocation randomized`)",
            draft.arms.len() > 1 && !draft.header.words.contains_key("allocation"),
        ),
    ]
    .into_iter()
    .filter(|(_, lacks)| *lacks)
    .map(|(what, _)| what)
    .collect();
    if !lacks.is_empty() {
        out.push(
            Diagnostic::new(&code::NO_CRITERIA, trial.name_span, format!("the trial `{}` is not complete", trial.name))
                .label(format!("no {}", lacks.join(", no ")))
                .help("add them; `missing \"…\"` stands for what is not known yet"),
        );
    }
    if draft.collections.is_empty() {
        return;
    }
    let used: FxHashSet<&VisitId> = draft.collections.iter().flat_map(|collection| &collection.visits).collect();
    for visit in &draft.visits {
        if !used.contains(&visit.item.name) {
            out.push(
                Diagnostic::new(
                    &code::NO_MEASURE_TAKEN,
                    visit.name_span,
                    format!("the visit `{}` collects nothing", visit.name),
                )
                .label("what is done at it?")
                .help(format!("add `collect … at {}`", visit.name)),
            );
        }
    }
}
