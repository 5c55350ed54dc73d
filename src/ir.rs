//! stub
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
pub struct Trial {
    pub version: u32,
    pub name: String,
}

#[derive(Debug)]
pub struct ReadError(String);

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[must_use]
pub fn to_json(trial: &Trial) -> String {
    serde_json::to_string_pretty(trial).unwrap_or_default() + "\n"
}

pub fn from_json(text: &str) -> Result<Trial, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError(error.to_string()))
}

#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Trial).to_value()
}
