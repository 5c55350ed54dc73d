//! Results as JSON, one object a line.

use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Origin, Row, Sink};

pub(super) struct Ndjson<W: Write> {
    out: W,
    origin: Origin,
}

impl<W: Write> Ndjson<W> {
    pub(super) fn new(out: W, origin: Origin) -> Self {
        Self { out, origin }
    }
}

#[derive(Serialize)]
struct Line<'r> {
    patient: &'r str,
    verdict: &'r str,
    because: &'r [String],
    #[serde(serialize_with = "as_map")]
    criteria: &'r [(String, &'static str)],
    missing: &'r [String],
    refused: &'r [String],
    origin: &'r Origin,
}

fn as_map<S: Serializer>(pairs: &[(String, &'static str)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, state) in pairs {
        map.serialize_entry(name, state)?;
    }
    map.end()
}

impl<W: Write> Sink for Ndjson<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        let Row { patient, verdict, because, criteria, missing, refused } = row;
        let line = Line { patient, verdict, because, criteria, missing, refused, origin: &self.origin };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
