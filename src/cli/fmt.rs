//! `trialc fmt`: lays out protocols in the one usual way.

use std::io::{self, Write};
use std::path::PathBuf;

use super::exit::{Exit, Failure, reason};
use super::input::{self, Given};
use super::output;
use super::report::{Messages, Report, plural};
use super::terminal::{Stream, Terminal};
use crate::diagnostic::Diagnostics;
use crate::format::{FormatError, format};
use crate::source::{SourceFile, Sources};
use crate::syntax;
use crate::world::SIZE_LIMIT;

/// Lay out protocols in the one usual way.
///
/// Only blanks, line breaks and the like change, never what is said. A file with syntax errors is left alone and reported.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files to lay out, folders to search for `.trial` files, or `-` for standard input, which goes to standard output.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Change nothing: list the files that would change, and exit with status 1 if there are any.
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    messages: Messages,
}

const EXAMPLES: &str = "\
Examples:
  trialc fmt protocol.trial
  trialc fmt --check protocols/
  trialc fmt - < draft.trial > tidy.trial

Exit status:
  0  all is well
  1  syntax errors, a file that cannot be written, or files listed by --check
  2  a PATH that is not there, cannot be read, or is a folder without .trial files";

/// What became of one file.
enum Change {
    Same,
    /// The text as it should be.
    To(String),
    /// It has errors, which have been shown.
    Refused,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let found = input::find(&args.paths);
    let mut exit = if found.complaints.is_empty() { Exit::Clean } else { Exit::Misuse };
    for complaint in &found.complaints {
        terminal.complain(complaint);
    }
    let mut report = Report::new(&args.messages, terminal.look(Stream::Error));
    let mut changed = 0;
    for given in &found.inputs {
        let bytes = match given.read() {
            Ok(bytes) => bytes,
            Err(complaint) => {
                terminal.complain(&complaint);
                exit = Exit::Misuse;
                continue;
            }
        };
        let change = lay_out(given, &bytes, &mut report, terminal);
        match &change {
            Change::Refused => exit = exit.max(Exit::Problems),
            Change::Same => {}
            Change::To(_) => changed += 1,
        }
        exit = exit.max(if args.check { list(given, &change)? } else { apply(given, &bytes, &change, terminal)? });
    }
    if found.inputs.iter().any(|given| *given != Given::Stdin) {
        terminal.remark(&summary(args, changed, found.inputs.len()));
    }
    Ok(exit)
}

fn summary(args: &Args, changed: usize, files: usize) -> String {
    let would = if args.check { "would change" } else { "changed" };
    let of = if files == 1 { String::new() } else { format!(" of {files}") };
    format!("{}{of} {would}", plural(changed, "file"))
}

fn lay_out(given: &Given, bytes: &[u8], report: &mut Report, terminal: &Terminal) -> Change {
    let path = given.path().display();
    if bytes.len() > SIZE_LIMIT {
        let limit = SIZE_LIMIT / 1024 / 1024;
        terminal.complain(&format!("{path} was left alone: it is larger than {limit} MiB; is this a file of data?"));
        return Change::Refused;
    }
    let Ok(text) = str::from_utf8(bytes) else {
        terminal.complain(&format!("{path} is not UTF-8 text"));
        return Change::Refused;
    };
    match format(text) {
        Ok(tidy) if tidy == text => Change::Same,
        Ok(tidy) => Change::To(tidy),
        Err(FormatError::Syntax) => {
            let (sources, found) = syntax_errors(given, text);
            // Where standard error is closed, nobody wants to read it.
            let _ = report.show(&mut io::stderr().lock(), &sources, &found);
            terminal.complain(&format!("{path} was left alone: it has syntax errors"));
            Change::Refused
        }
        Err(FormatError::Changed { offset }) => {
            let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
            terminal.complain(&format!(
                "{path} was left alone: laid out, its line {line} would say something else, which is a fault of trialc"
            ));
            Change::Refused
        }
    }
}

fn syntax_errors(given: &Given, text: &str) -> (Sources, Diagnostics) {
    let mut sources = Sources::new();
    let id = sources.add(given.path(), text);
    let base = sources.get(id).map_or(1, SourceFile::base);
    let mut found = Diagnostics::default();
    syntax::parse(text, base, &mut found);
    found.sort();
    (sources, found)
}

fn list(given: &Given, change: &Change) -> Result<Exit, Failure> {
    match change {
        Change::Same | Change::Refused => Ok(Exit::Clean),
        Change::To(_) => {
            writeln!(io::stdout().lock(), "{}", given.path().display())?;
            Ok(Exit::Problems)
        }
    }
}

fn apply(given: &Given, bytes: &[u8], change: &Change, terminal: &Terminal) -> Result<Exit, Failure> {
    match (given, change) {
        (_, Change::Refused) | (Given::File(_), Change::Same) => {}
        (Given::Stdin, Change::Same) => output::print(bytes)?,
        (Given::Stdin, Change::To(tidy)) => output::print(tidy.as_bytes())?,
        (Given::File(path), Change::To(tidy)) => {
            if let Err(error) = output::replace(path, tidy.as_bytes()) {
                terminal.complain(&format!("cannot write {}: {}", path.display(), reason(&error)));
                return Ok(Exit::Problems);
            }
        }
    }
    Ok(Exit::Clean)
}
