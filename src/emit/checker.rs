//! A program of one file that screens patients: what it carries of the protocol. The command line puts it into a copy of a
//! program.

use super::{Emitter, Output, Refusal};
use crate::ir::Trial;
use crate::ir::json::to_json;

pub static CHECKER: Emitter = Emitter {
    name: "checker",
    about: "a program that holds the protocol and screens patients by it, for a site without trialc",
    extension: "",
    output: Output::Program,
    emit,
};

/// A level at which a protocol takes milliseconds.
const LEVEL: i32 = 12;

/// The protocol as JSON, in Zstandard.
fn emit(trial: &Trial) -> Result<Vec<u8>, Refusal> {
    let text = to_json(trial).map_err(|error| Refusal { what: error.to_string() })?;
    zstd::encode_all(text.as_bytes(), LEVEL).map_err(|error| Refusal { what: error.to_string() })
}
