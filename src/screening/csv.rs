//! Results as CSV: `patient, verdict, because, missing, refused`, a column for each criterion, and where it all comes from.

use std::io::{self, Write};

use super::{Origin, Row, Sink};

pub(super) struct Csv<W: Write> {
    writer: csv::Writer<W>,
    origin: Origin,
}

/// Between several entries of one cell.
const BETWEEN: &str = "; ";

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W, origin: Origin, criteria: &[String]) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        let head = ["patient", "verdict", "because", "missing", "refused"].map(str::to_owned);
        let tail = ["protocol", "version", "hash", "policy"].map(str::to_owned);
        let criteria = criteria.iter().map(|name| format!("criterion_{name}"));
        writer.write_record(head.into_iter().chain(criteria).chain(tail))?;
        Ok(Self { writer, origin })
    }
}

impl<W: Write> Sink for Csv<W> {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let lists = [row.because.join(BETWEEN), row.missing.join(BETWEEN), row.refused.join(BETWEEN)];
        let origin = &self.origin;
        let cells = [row.patient, row.verdict].into_iter().chain(lists.iter().map(String::as_str));
        let cells = cells.chain(row.states.iter().copied());
        let tail = [origin.protocol.as_str(), &origin.version, &origin.hash, origin.policy];
        Ok(self.writer.write_record(cells.chain(tail))?)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.writer.flush()
    }
}
