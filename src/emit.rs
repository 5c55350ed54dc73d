//! The targets of `trialc compile`. Each takes the compiled protocol alone; adding one is a file and a line in [`ALL`].

mod checker;
mod json;
pub mod sql;
pub mod wasm;

use std::fmt;

use crate::ir::Trial;

/// One target.
pub struct Emitter {
    /// The word behind `--to`.
    pub name: &'static str,
    pub about: &'static str,
    /// The usual ending of its files.
    pub extension: &'static str,
    pub output: Output,
    pub emit: fn(&Trial) -> Result<Vec<u8>, Refusal>,
}

/// What the bytes of a target are, and so where they may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// For people to read: standard output, or a file.
    Text,
    /// For machines: a file or a pipe, and no terminal.
    Bytes,
    /// What a copy of a program carries. The command line appends it to one, and writes a file that can be run.
    Program,
}

/// What a target cannot say: the criterion or part, and why.
#[derive(Debug)]
pub struct Refusal {
    pub what: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Refusal {}

/// Every target.
pub static ALL: &[&Emitter] = &[&json::JSON, &checker::CHECKER, &wasm::WASM, &sql::SQL];

/// The target of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Emitter> {
    ALL.iter().copied().find(|emitter| emitter.name == name)
}
