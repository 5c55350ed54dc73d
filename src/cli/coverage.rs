//! `trialc coverage`: which criteria and branches no patient has exercised.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::report::{Messages, plural};
use super::screen::patients::PatientArgs;
use super::terminal::Terminal;
use crate::evaluate::screen;
use crate::patients::Item;
use crate::screening::Coverage;

/// Say which criteria, and which of their parts, no patient has exercised.
///
/// A part is exercised when it was met for some patient and not met for another.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    #[command(flatten)]
    patients: PatientArgs,

    /// Show the parts that are exercised too.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    messages: Messages,
}

const EXAMPLES: &str = "\
Examples:
  trialc coverage protocol.trial patients.ndjson
  trialc coverage protocol.trial patients.csv --all

Exit status:
  0  every part is exercised
  1  some part is not, the protocol has errors, or a record could not be read
  2  a wrong call, or a file that is not there or cannot be read";

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = super::compile::load(&args.protocol, &args.messages, terminal)? else {
        return Ok(Exit::Problems);
    };
    let reader = args.patients.reader(&trial)?;
    let (mut coverage, mut rejected) = (Coverage::default(), 0_usize);
    for item in args.patients.open(&trial)? {
        match item {
            Item::Rejected(rejection) => {
                rejected += 1;
                terminal.complain(&rejection.to_string());
            }
            Item::Chart(chart) => coverage.add(&screen(&reader, &reader.record(&chart))),
        }
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut covered, mut all) = (0_usize, 0_usize);
    for branch in coverage.branches() {
        all += 1;
        let exercised = branch.is_covered();
        covered += usize::from(exercised);
        if exercised && !args.all {
            continue;
        }
        let lacking = if exercised { String::new() } else { format!("  never {}", Coverage::lacking(branch)) };
        let path = branch.path.last().map_or_else(String::new, |sentence| format!(": {sentence}"));
        let indent = "  ".repeat(branch.path.len().saturating_sub(1));
        let counts = format!("met {}, not met {}, unknown {}", branch.met, branch.not_met, branch.unknown);
        writeln!(out, "{indent}{}{path}  ({counts}){lacking}", branch.criterion)?;
    }
    let patients = usize::try_from(coverage.patients).unwrap_or(usize::MAX);
    writeln!(out, "{covered} of {} exercised by {}", plural(all, "part"), plural(patients, "patient"))?;
    out.flush()?;
    Ok(if covered == all && rejected == 0 { Exit::Clean } else { Exit::Problems })
}
