//! `trialc test`: runs the examples of protocols.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::check::{Outcome, examine};
use super::exit::{Exit, Failure};
use super::input;
use super::report::{Messages, Report, plural};
use super::terminal::{Stream, Terminal};
use crate::diagnostic::Diagnostics;
use crate::examples;
use crate::lower::lower;

/// Run the examples of protocols.
///
/// Each `example` block is a patient and what the protocol must say of them. An expectation that does not come true is shown
/// at its place, with the reasons of the criteria concerned.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files, folders to search for `.trial` files, or `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    messages: Messages,

    /// Leave out the reasons, and the line that counts.
    #[arg(long, short)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  trialc test protocol.trial
  trialc test protocols/ --format short

Exit status:
  0  every expectation comes true
  1  one does not, or a protocol has errors
  2  a PATH that is not there, cannot be read, or is a folder without .trial files";

#[derive(Default)]
struct Tally {
    examples: usize,
    expectations: usize,
    left_out: usize,
    failures: usize,
    broken: usize,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let found = input::find(&args.paths);
    let mut exit = if found.complaints.is_empty() { Exit::Clean } else { Exit::Misuse };
    found.complaints.iter().for_each(|complaint| terminal.complain(complaint));
    let mut report = Report::new(&args.messages, terminal.look(Stream::Output));
    let mut out = BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    for given in &found.inputs {
        match examine(given) {
            Ok(outcome) => one(outcome, args, (&mut report, &mut out), &mut tally)?,
            Err(complaint) => {
                out.flush()?;
                terminal.complain(&complaint);
                exit = Exit::Misuse;
            }
        }
    }
    out.flush()?;
    if !args.quiet && !found.inputs.is_empty() {
        terminal.remark(&tally.summary());
    }
    Ok(exit.max(if tally.failures + tally.broken > 0 { Exit::Problems } else { Exit::Clean }))
}

fn one(
    outcome: Outcome,
    args: &Args,
    (report, out): (&mut Report, &mut impl Write),
    tally: &mut Tally,
) -> Result<(), Failure> {
    let Outcome { sources, checked, found } = outcome;
    let Some(checked) = checked else {
        tally.broken += 1;
        return Ok(report.show(out, &sources, &found)?);
    };
    if checked.is_library() {
        return Ok(());
    }
    let run = examples::run(&lower(checked));
    tally.examples += run.examples;
    tally.expectations += run.expectations;
    tally.left_out += run.left_out;
    tally.failures += run.failures.len();
    for failure in run.failures {
        let mut one = Diagnostics::default();
        one.push(failure.diagnostic);
        report.show(out, &sources, &one)?;
        if !args.quiet && report.is_drawn() && !failure.reasons.is_empty() {
            writeln!(out, "{}", failure.reasons)?;
        }
    }
    Ok(())
}

impl Tally {
    fn summary(&self) -> String {
        let mut text = format!("{} in {}", plural(self.expectations, "expectation"), plural(self.examples, "example"));
        let run = self.expectations - self.left_out;
        let _ = match (self.failures, run) {
            (_, 0) => write!(text, ": none was run"),
            (0, _) => write!(text, ": all come true"),
            (failures, _) => write!(text, ": {failures} fail"),
        };
        if self.left_out > 0 {
            let _ = write!(text, "; {} about outcomes left out", self.left_out);
        }
        if self.broken > 0 {
            let _ = write!(text, "; {} with errors not run", plural(self.broken, "protocol"));
        }
        text
    }
}
