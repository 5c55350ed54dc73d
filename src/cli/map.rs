//! `trialc map`: a first draft of how a table's columns are called in a protocol.

use std::path::PathBuf;

use super::compile;
use super::exit::{Exit, Failure};
use super::output;
use super::report::Messages;
use super::terminal::Terminal;
use crate::patients;
use crate::world::FileSystem;

/// Print a first draft of the mapping from a table's columns to a protocol's names.
///
/// The draft is TOML. It holds what fits by its name, as comments what may fit, the columns that nothing was found for with
/// their first values, and what the protocol asks about and no column gives.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    /// The table: CSV or Parquet.
    #[arg(value_name = "TABLE")]
    table: PathBuf,

    #[command(flatten)]
    messages: Messages,
}

const EXAMPLES: &str = "\
Examples:
  trialc map protocol.trial patients.csv > mapping.toml

Exit status:
  0  a draft was printed
  1  errors in PROTOCOL
  2  a file that is not there or cannot be read, or that is no table";

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = compile::load(&args.protocol, &args.messages, terminal)? else { return Ok(Exit::Problems) };
    let draft = patients::draft(&FileSystem, &trial, &args.table)
        .map_err(|error| Failure::misuse(format!("{}: {error}", args.table.display())))?;
    output::print(draft.as_bytes())?;
    Ok(Exit::Clean)
}
