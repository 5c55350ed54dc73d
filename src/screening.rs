//! The results of a run over many patients: a row a patient, the flow of a CONSORT diagram, and what was rejected.

mod coverage;
mod csv;
pub mod decide;
mod flow;
mod lines;
mod ndjson;
mod parquet;
pub mod pool;
mod ranges;
mod rejects;
pub mod table;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;

pub use coverage::{Branch, Coverage};
pub use decide::{Decided, Decider, Depth};
pub use flow::Flow;
pub use lines::Lines;
pub use ranges::{RangesError, read_ranges};
pub use rejects::{Rejected, Rejects};
pub use table::{Manner, Tables};

use crate::explain;
use crate::ir::{Trial, json};
use table::Screened;

/// What every result names, so that it can be traced to what made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub protocol: String,
    /// The header's `version`, where it has one.
    pub version: String,
    /// SHA-256 of the compiled protocol as JSON.
    pub hash: String,
    /// How missing data were read.
    pub policy: &'static str,
}

/// Of the three that are usual (silence is no, the last value is carried on, unknown) this one.
pub const POLICY: &str = "open world: what is not recorded is unknown";

impl Origin {
    /// # Errors
    /// None that a trial can cause.
    pub fn of(trial: &Trial) -> Result<Self, serde_json::Error> {
        use sha2::{Digest, Sha256};
        let text = json::to_json(trial)?;
        let version = trial.header.texts.get("version").and_then(|texts| texts.first()).cloned().unwrap_or_default();
        let mut hash = String::new();
        for byte in Sha256::digest(text.as_bytes()) {
            let _ = write!(hash, "{byte:02x}");
        }
        Ok(Self { protocol: trial.name.to_string(), version, hash, policy: POLICY })
    }
}

/// One patient's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'d> {
    pub patient: &'d str,
    pub verdict: &'static str,
    /// The criteria that decided.
    pub because: Vec<&'d str>,
    /// The state of every criterion, in the order of the protocol.
    pub states: Vec<&'static str>,
    /// What is missing, where the verdict is undetermined; the most decisive first.
    pub missing: Vec<&'d str>,
    /// Facts of the record that could not be read.
    pub refused: Vec<String>,
}

impl<'d> Row<'d> {
    #[must_use]
    pub fn new(decider: &'d Decider<'_, '_>, decided: &'d Decided) -> Self {
        Self {
            patient: &decided.patient,
            verdict: explain::verdict_word(decided.verdict),
            because: decider.reasons(decided).collect(),
            states: decided.states.iter().map(|state| explain::standing_code(*state)).collect(),
            missing: decided.missing.iter().map(|missing| missing.ask.as_str()).collect(),
            refused: decided.refused.iter().map(|refusal| format!("{}: {}", refusal.field, refusal.why)).collect(),
        }
    }
}

/// A form in which results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Ndjson,
    Parquet,
}

impl Form {
    /// By the ending of a file's name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())?;
        match ending.as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" | "json" => Some(Self::Ndjson),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Takes results one by one.
pub trait Sink {
    /// # Errors
    /// Where it cannot be written.
    fn row(&mut self, row: &Row<'_>) -> io::Result<()>;

    /// Takes some rows of a table, all of which are plain.
    ///
    /// # Errors
    /// Where they cannot be written.
    fn plain(&mut self, decider: &Decider<'_, '_>, screened: &Screened<'_>, rows: Range<usize>) -> io::Result<()>;

    /// Writes what is left.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A sink of a form that writes to `out`; `criteria` are the names of all criteria, in order.
///
/// # Errors
/// Where the head cannot be written.
#[expect(clippy::needless_pass_by_value, reason = "it goes into the sink, whichever that is")]
pub fn sink<'w>(
    form: Form,
    out: impl Write + Send + 'w,
    origin: Origin,
    criteria: &[String],
) -> io::Result<Box<dyn Sink + 'w>> {
    Ok(match Lines::new(form, origin.clone(), criteria) {
        Some(lines) => Box::new(lines::LineSink::new(out, lines, criteria)?),
        None => Box::new(parquet::Parquet::new(out, &origin, criteria)?),
    })
}
