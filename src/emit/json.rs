//! The whole protocol as JSON, by the schema that `trialc schema` prints.

use super::{Emitter, Output, Refusal};
use crate::ir::Trial;
use crate::ir::json::to_json;

pub static JSON: Emitter = Emitter {
    name: "json",
    about: "the whole protocol, self-contained, by the schema of `trialc schema`",
    extension: "json",
    output: Output::Text,
    emit,
};

fn emit(trial: &Trial) -> Result<Vec<u8>, Refusal> {
    to_json(trial).map(String::into_bytes).map_err(|error| Refusal { what: error.to_string() })
}
