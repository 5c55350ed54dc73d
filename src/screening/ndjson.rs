//! Results as JSON, one object a line.

use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Origin, Row, Sink};

pub(super) struct Ndjson<W: Write> {
    out: W,
    origin: Origin,
    criteria: Vec<String>,
}

impl<W: Write> Ndjson<W> {
    pub(super) fn new(out: W, origin: Origin, criteria: &[String]) -> Self {
        Self { out, origin, criteria: criteria.to_vec() }
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

impl<W: Write> Sink for Ndjson<W> {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let Row { patient, verdict, because, states, missing, refused } = row;
        let criteria = States { names: &self.criteria, states };
        let line = Line { patient, verdict, because, criteria, missing, refused, origin: &self.origin };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
