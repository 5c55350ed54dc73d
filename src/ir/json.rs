//! The protocol as JSON, out and back in.

use std::fmt;

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
    let trial: Trial = serde_json::from_str(text).map_err(ReadError::Shape)?;
    if trial.format == FORMAT { Ok(trial) } else { Err(ReadError::Format(trial.format)) }
}

/// The JSON Schema of a compiled protocol, made from the types.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Trial).to_value()
}
