//! Results as JSON, one object a line.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Origin, Row};

/// The lines of a file.
pub(super) struct Ndjson {
    origin: Origin,
    criteria: Vec<String>,
}

impl Ndjson {
    pub(super) fn new(origin: Origin, criteria: &[String]) -> Self {
        Self { origin, criteria: criteria.to_vec() }
    }

    /// # Errors
    /// None that a row can cause.
    pub(super) fn line(&self, row: &Row<'_>, to: &mut Vec<u8>) -> serde_json::Result<()> {
        let Row { patient, verdict, because, states, missing, refused } = row;
        let criteria = States { names: &self.criteria, states };
        let line = Line { patient, verdict, because, criteria, missing, refused, origin: &self.origin };
        serde_json::to_writer(&mut *to, &line)?;
        to.push(b'\n');
        Ok(())
    }
}

#[derive(Serialize)]
struct Line<'r> {
    patient: &'r str,
    verdict: &'r str,
    because: &'r [&'r str],
    criteria: States<'r>,
    missing: &'r [&'r str],
    refused: &'r [String],
    origin: &'r Origin,
}

struct States<'r> {
    names: &'r [String],
    states: &'r [&'static str],
}

impl Serialize for States<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.names.len()))?;
        for (name, state) in self.names.iter().zip(self.states) {
            map.serialize_entry(name, state)?;
        }
        map.end()
    }
}
