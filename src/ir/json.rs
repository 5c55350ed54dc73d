//! The protocol as JSON, out and back in.

use std::fmt;

use serde::Deserialize;

use super::{FORMAT, Trial};

/// The whole protocol, in a stable order, with a line's end behind it.
///
/// # Errors
/// None that a trial can cause: its keys are all strings.
pub fn to_json(trial: &Trial) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(trial)?;
    text.push('\n');
    Ok(text)
}

/// Why a text is not a compiled protocol.
#[derive(Debug)]
pub enum ReadError {
    /// Not JSON, or not of this shape; with line and column.
    Shape(serde_json::Error),
    /// Nested deeper than any protocol, this many brackets.
    TooDeep(usize),
    /// Written by another version.
    Format(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => write!(f, "this is not a compiled protocol: {error}"),
            Self::TooDeep(depth) => write!(f, "this is not a compiled protocol: it is nested {depth} deep"),
            Self::Format(format) => write!(f, "the format is `{format}`, and this program reads `{FORMAT}`"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a protocol back. Only what [`to_json`] wrote is sure to be sound.
///
/// # Errors
/// Where the text is not JSON, not of this shape, or of another format.
pub fn from_json(text: &str) -> Result<Trial, ReadError> {
    let trial = match nesting(text) {
        depth if depth <= PLAIN => serde_json::from_str(text),
        depth if depth > DEEPEST => return Err(ReadError::TooDeep(depth)),
        _ => stacker::grow(STACK, || deep(text)),
    };
    let trial = trial.map_err(ReadError::Shape)?;
    if trial.format == FORMAT { Ok(trial) } else { Err(ReadError::Format(trial.format)) }
}

/// What `serde_json` reads on any stack.
const PLAIN: usize = 100;
/// More than `check` lets through: a protocol's expressions are nested 400 deep at the most, each in a few braces.
const DEEPEST: usize = 4_000;
/// Enough for the deepest.
const STACK: usize = 256 * 1024 * 1024;

fn deep(text: &str) -> Result<Trial, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let trial = Trial::deserialize(&mut reader)?;
    reader.end()?;
    Ok(trial)
}

/// How deep brackets and braces are nested.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'{' | b'[' if !string => depth += 1,
            b'}' | b']' if !string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The JSON Schema of a compiled protocol, made from the types.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Trial).to_value()
}
