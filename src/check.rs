//! From what was written to what it means: names are resolved, types and units worked out, every fault reported.
//!
//! Each pass goes on after an error: what cannot be understood becomes `None`, and `None` is silent from then on. The
//! pieces of the `ir` are made while they are checked, since both ask the same questions of the same names; they are kept
//! in a [`Draft`], and only a draft without errors becomes a [`Checked`].

mod checker;
pub mod circles;
mod collect;
mod compare;
mod concept;
mod declare;
mod dose;
mod eligibility;
mod example;
mod expr;
mod formulas;
mod header;
mod history;
mod members;
mod modules;
mod names;
mod neighbours;
mod quantity;
mod schedule;
mod time;
pub mod timeline;
mod treatment;
mod types;
mod value;

use std::path::PathBuf;
use std::sync::Arc;

pub use checker::{Checker, Draft};
pub use names::{Meaning, Sited};

use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::world::World;

/// What to check: a path, and its text where it is not to be read from there (standard input, an editor).
#[derive(Clone, Debug)]
pub struct Input {
    pub path: PathBuf,
    pub text: Option<Arc<str>>,
}

/// A file without errors. Only [`check`] makes one, so nothing unchecked can be compiled.
pub struct Checked {
    draft: Draft,
}

impl Checked {
    /// Whether the file declares no trial: it can be used and checked, not compiled.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.draft.trial.is_none()
    }

    pub(crate) fn into_draft(self) -> Draft {
        self.draft
    }
}

/// Reads, parses, resolves and checks one file and the libraries it uses. `Checked` is there when there is no error.
pub fn check(world: &dyn World, sources: &mut Sources, input: Input) -> (Option<Checked>, Diagnostics) {
    stacker::grow(crate::span::STACK, || check_here(world, sources, input))
}

fn check_here(world: &dyn World, sources: &mut Sources, input: Input) -> (Option<Checked>, Diagnostics) {
    let checker = Checker::new(world, sources);
    let (draft, mut diagnostics) = checker.run(input);
    if !diagnostics.has_errors()
        && let Some(draft) = &draft
    {
        diagnostics.extend(crate::lint::run(draft));
    }
    diagnostics.sort();
    let checked = if diagnostics.has_errors() { None } else { draft.map(|draft| Checked { draft }) };
    (checked, diagnostics)
}
