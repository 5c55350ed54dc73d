//! `trialc check`: says what is wrong with protocols.

mod mend;
mod watch;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::input::{self, Given, Surroundings};
use super::report::{Counts, Messages, Report};
use super::terminal::{Stream, Terminal};
use crate::check::{Checked, check};
use crate::diagnostic::Diagnostics;
use crate::source::Sources;

/// Say what is wrong with protocols.
///
/// Each file is checked by itself, with the libraries that it uses. The messages go to standard output, a line that counts
/// them to standard error. Warnings alone leave the exit status at 0.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files to check, folders to search for `.trial` files, or `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    messages: Messages,

    /// Let warnings count as problems.
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    /// Mend what a program is sure of, and say what was done.
    ///
    /// Makes the changes that messages call a `fix`; what they offer with `perhaps` may not be what was meant, and is left
    /// to you. A file is replaced in one step.
    #[arg(long, conflicts_with = "watch")]
    fix: bool,

    /// Check again after every change, until Ctrl-C.
    #[arg(long)]
    watch: bool,

    /// Leave out the line that counts the messages.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// exit with status 1 if there is a warning
    Warnings,
}

const EXAMPLES: &str = "\
Examples:
  trialc check protocol.trial
  trialc check protocols/ --deny warnings
  trialc check protocol.trial --format json | jq .message
  trialc check --watch protocols/
  generate | trialc check -

Exit status:
  0  no errors
  1  errors (a library that cannot be read among them), or warnings under --deny warnings
  2  a PATH that is not there, cannot be read, or is a folder without .trial files";

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let stdin = args.paths.iter().any(|path| Given::new(path) == Given::Stdin);
    if stdin && args.watch {
        return Err(Failure::misuse("--watch needs files: standard input is read only once"));
    }
    if stdin && args.fix {
        return Err(Failure::misuse("--fix needs files: standard input cannot be mended"));
    }
    if args.watch { watch::run(args, terminal) } else { once(args, terminal) }
}

/// Checks all that the paths stand for.
fn once(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let found = input::find(&args.paths);
    let mut report = Report::new(&args.messages, terminal.look(Stream::Output));
    let mut out = BufWriter::new(io::stdout().lock());
    let mut exit = if found.complaints.is_empty() { Exit::Clean } else { Exit::Misuse };
    for complaint in &found.complaints {
        terminal.complain(complaint);
    }
    for given in &found.inputs {
        let outcome = if args.fix { mend::file(given, terminal) } else { examine(given) };
        match outcome {
            Ok(Outcome { sources, found, .. }) => report.show(&mut out, &sources, &found)?,
            Err(complaint) => {
                out.flush()?;
                terminal.complain(&complaint);
                exit = Exit::Misuse;
            }
        }
    }
    out.flush()?;
    if !args.quiet && !found.inputs.is_empty() {
        terminal.remark(&report.counts.summary());
    }
    Ok(exit.max(judge(report.counts, args.deny)))
}

/// What the check of one file gave.
pub(super) struct Outcome {
    pub(super) sources: Sources,
    pub(super) checked: Option<Checked>,
    pub(super) found: Diagnostics,
}

/// Checks one input. The error is a message for the user.
pub(super) fn examine(given: &Given) -> Result<Outcome, String> {
    Ok(examine_bytes(given, given.read()?))
}

pub(super) fn examine_bytes(given: &Given, bytes: Vec<u8>) -> Outcome {
    let (surroundings, input) = Surroundings::of(given.path(), bytes);
    let mut sources = Sources::new();
    let (checked, mut found) = check(&surroundings, &mut sources, input);
    found.sort();
    Outcome { sources, checked, found }
}

fn judge(counts: Counts, deny: Option<Deny>) -> Exit {
    let denied = match deny {
        Some(Deny::Warnings) => counts.warnings,
        None => 0,
    };
    if counts.errors + denied > 0 { Exit::Problems } else { Exit::Clean }
}
