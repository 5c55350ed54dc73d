//! `trialc schema`: the shapes of what `trialc` reads and writes.

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::output;
use crate::{assess, chart, ir, schedule, visits};

/// Print the JSON Schema of what `trialc` reads and writes.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Of what to print the schema.
    #[arg(value_enum, default_value = "trial")]
    of: Of,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// a compiled protocol, as `trialc compile --to json` writes it
    #[value(alias = "protocol")]
    Trial,
    /// a patient's chart, as docs/patients.md describes it
    Chart,
    /// a dose calendar, as `trialc schedule --format json` writes it
    Schedule,
    /// visits and what they collect, as `trialc visits --format json` writes them
    Visits,
    /// outcomes, as `trialc assess --format json` writes them
    Assess,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.of {
        Of::Trial => ir::json::schema(),
        Of::Chart => chart::schema(),
        Of::Schedule => schedule::json::schema(),
        Of::Visits => visits::json::schema(),
        Of::Assess => assess::json::schema(),
    };
    output::print(format!("{schema:#}\n").as_bytes())?;
    Ok(Exit::Clean)
}
