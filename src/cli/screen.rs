//! `trialc screen`: decides about patients, criterion by criterion.

mod explain;
pub(super) mod output;
pub(super) mod patients;
mod run;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::ValueEnum;

use self::patients::PatientArgs;
use super::exit::{Exit, Failure};
use super::report::Messages;
use super::terminal::Terminal;
use crate::ir::Trial;

/// Decide, for every patient and every criterion, and say why.
///
/// A patient is eligible, ineligible or undetermined. What the record does not hold is unknown, never "no"; the missing facts
/// are named. On the terminal stand a line for each patient, with the criteria that decided, and the flow of all of them.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    #[command(flatten)]
    screening: Screening,

    #[command(flatten)]
    messages: Messages,
}

/// Which patients, and what is said and written of them.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Screening {
    #[command(flatten)]
    patients: PatientArgs,

    /// Write the results, all criteria included: `.csv`, `.ndjson` or `.parquet`.
    ///
    /// The file is written beside and then renamed, so that nothing half written is left behind. What could not be read goes
    /// to a file beside it, OUT.rejects.ndjson, unless --rejects says where.
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Where to write what could not be read, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,

    /// Stop at the first record or fact that cannot be read.
    #[arg(long)]
    strict: bool,

    /// Show every criterion of this patient with its reasons.
    #[arg(long, value_name = "PATIENT")]
    explain: Option<String>,

    /// Say of each undetermined patient what to find out next, the most decisive first.
    #[arg(long, conflicts_with = "explain")]
    questions: bool,

    /// Leave out the lines of the patients, and show the flow alone.
    #[arg(long, short)]
    quiet: bool,

    /// Leave out what is missing for an open verdict, in the results and in the flow: much faster where many are undetermined.
    #[arg(long, conflicts_with_all = ["explain", "questions"])]
    without_missing: bool,

    /// On how many threads; without it, on all cores. The results are the same to the byte.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// The form of what is shown.
    #[arg(long, value_enum, default_value = "text")]
    show: Show,
}

impl Screening {
    fn threads(&self) -> usize {
        let all = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(all, NonZeroUsize::get)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// for people
    Text,
    /// a JSON object a line
    Json,
}

const EXAMPLES: &str = "\
Examples:
  trialc screen protocol.trial patients.ndjson
  trialc screen protocol.trial patients.csv --mapping site.toml -o results.csv
  trialc screen protocol.trial bundles/ --anchor screening=2026-03-01
  trialc screen protocol.trial patients.ndjson --explain p07
  trialc screen protocol.trial patients.ndjson --questions

Exit status:
  0  every record was read and screened
  1  the protocol has errors, some record or fact could not be read, or a result cannot be written
  2  a wrong call, or a file that is not there or cannot be read
  130  stopped by Ctrl-C or told to end: nothing was written";

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = super::compile::load(&args.protocol, &args.messages, terminal)? else {
        return Ok(Exit::Problems);
    };
    screen(&args.screening, &trial, terminal)
}

/// Screens the patients that were named.
pub(super) fn screen(args: &Screening, trial: &Trial, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.explain {
        Some(patient) => explain::run(args, trial, patient),
        None => run::run(args, trial, terminal),
    }
}
