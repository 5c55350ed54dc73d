//! What could not be read: whole records, and single facts of records that were screened without them.

use std::io::{self, Write};

use serde::Serialize;

use super::Decided;
use crate::patients::Rejection;

/// One line of the rejects file.
#[derive(Debug, Serialize)]
#[serde(tag = "rejected", rename_all = "snake_case")]
pub enum Rejected<'r> {
    /// A record that was not screened.
    Record(&'r Rejection),
    /// A fact without which a record was screened.
    Fact { patient: &'r str, field: &'r str, why: &'r str },
    /// An entry that no library knows: it may be what a criterion asks about, and takes the silence of its kind of record away.
    Unmapped { patient: &'r str, field: &'r str, entry: &'r str },
}

/// Counts and writes what was rejected.
pub struct Rejects<W: Write> {
    out: Option<W>,
    pub records: u64,
    pub facts: u64,
}

impl<W: Write> Rejects<W> {
    /// Written to `out`, or only counted.
    pub fn new(out: Option<W>) -> Self {
        Self { out, records: 0, facts: 0 }
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn record(&mut self, rejection: &Rejection) -> io::Result<()> {
        self.records += 1;
        self.line(&Rejected::Record(rejection))
    }

    /// The facts of a record that could not be read.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn facts(&mut self, decided: &Decided) -> io::Result<()> {
        let patient = decided.patient.as_str();
        for refusal in &decided.refused {
            self.facts += 1;
            self.line(&Rejected::Fact { patient, field: &refusal.field, why: &refusal.why })?;
        }
        for (field, entry) in &decided.unmapped {
            self.line(&Rejected::Unmapped { patient, field, entry })?;
        }
        Ok(())
    }

    fn line(&mut self, rejected: &Rejected<'_>) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        serde_json::to_writer(&mut *out, rejected)?;
        out.write_all(b"\n")
    }

    /// # Errors
    /// Where the last lines cannot be written.
    pub fn finish(self) -> io::Result<Option<W>> {
        let Some(mut out) = self.out else { return Ok(None) };
        out.flush()?;
        Ok(Some(out))
    }
}
