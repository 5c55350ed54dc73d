//! The protocol as JSON, out and back in.

use std::fmt;

use serde::{Deserialize, de};

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
    /// Written by another version.
    Format(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => write!(f, "not a compiled protocol: {error}"),
            Self::Format(format) => write!(f, "of the format `{format}`, and this program reads `{FORMAT}`"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a protocol back. Only what [`to_json`] wrote is sure to be sound.
///
/// # Errors
/// Where the text is not JSON, not of this shape, or of another format.
pub fn from_json(text: &str) -> Result<Trial, ReadError> {
    if depth(text) > DEPTH_LIMIT {
        return Err(ReadError::Shape(de::Error::custom(format!("it is nested more than {DEPTH_LIMIT} deep"))));
    }
    let trial = stacker::grow(crate::span::STACK, || {
        let mut reader = serde_json::Deserializer::from_str(text);
        reader.disable_recursion_limit();
        let trial = Trial::deserialize(&mut reader)?;
        reader.end().map(|()| trial)
    })
    .map_err(ReadError::Shape)?;
    if trial.format == FORMAT { Ok(trial) } else { Err(ReadError::Format(trial.format)) }
}

/// Deeper than any protocol that passes the checker is written.
const DEPTH_LIMIT: usize = 4096;

/// How deep the brackets of a JSON text are nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The JSON Schema of a compiled protocol, made from the types.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Trial).to_value()
}
