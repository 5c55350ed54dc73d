//! `trialc compile`: turns a protocol into something else.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::check::{Outcome, examine_bytes};
use super::exit::{Exit, Failure, reason};
use super::input::Given;
use super::output;
use super::report::{Messages, Report};
use super::terminal::{Stream, Terminal, is_terminal};
use crate::emit::sql::{self, Dialect};
use crate::emit::{self, Emitter, Output, Refusal, wasm};
use crate::ir::{self, Trial};
use crate::lower::lower;

/// Turn a protocol into JSON, or into another target.
///
/// The protocol is checked first, and the messages go to standard error. Warnings do not stop it. What was compiled to JSON
/// can be given again instead of a `.trial` file.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, JSON that was made of one, or `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What to turn it into.
    #[arg(long, value_name = "TARGET", default_value = "json", value_parser = targets())]
    to: String,

    /// Where to write; without it, to standard output.
    ///
    /// The file is written beside and then renamed, so that nothing half written is left behind.
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,

    /// For a checker: the `trialc` of another kind of machine, of this version, of which a copy is made.
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,

    /// The database that SQL is written for.
    #[arg(long, value_name = "DATABASE", default_value = "duckdb", value_parser = dialects())]
    dialect: String,

    /// With `--to sql`: the tables that the query asks, as CREATE TABLE statements, instead of the query.
    #[arg(long)]
    ddl: bool,

    /// With `--to sql` and `--to wasm`: a criterion whose state is an input of what is made (the table `given`), and not worked
    /// out there; can be given again.
    #[arg(long, value_name = "CRITERION")]
    given: Vec<String>,

    /// With `--to wasm`: also write a host for the module, in JavaScript with types (`.mjs`).
    #[arg(long, value_name = "FILE")]
    wrapper: Option<PathBuf>,

    #[command(flatten)]
    messages: Messages,
}

const EXAMPLES: &str = "\
Examples:
  trialc compile protocol.trial --to json
  trialc compile protocol.trial -o protocol.json
  trialc compile protocol.json | jq .arms
  trialc compile protocol.trial --to checker -o screen-protocol
  trialc compile protocol.trial --to sql --dialect postgres -o protocol.sql
  trialc compile protocol.trial --to wasm -o protocol.wasm --wrapper protocol.mjs

Exit status:
  0  compiled
  1  errors in FILE, something that the target cannot say, or an OUT that cannot be written
  2  a FILE that is not there or cannot be read";

fn targets() -> PossibleValuesParser {
    PossibleValuesParser::new(emit::ALL.iter().map(|target| PossibleValue::new(target.name).help(target.about)))
}

fn dialects() -> PossibleValuesParser {
    PossibleValuesParser::new(Dialect::ALL.iter().map(|dialect| dialect.name()))
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(target) = emit::ALL.iter().find(|target| target.name == args.to) else {
        return Err(Failure::misuse(format!("there is no target `{}`", args.to)));
    };
    let (is_module, is_query) = (target.name == wasm::WASM.name, target.name == sql::SQL.name);
    let unfit_options = [
        ("--given", !args.given.is_empty() && !is_module && !is_query),
        ("--ddl", args.ddl && !is_query),
        ("--wrapper", args.wrapper.is_some() && !is_module),
    ];
    if let Some((option, _)) = unfit_options.iter().find(|(_, unfit)| *unfit) {
        return Err(Failure::misuse(format!("{option} does not go with --to {}", target.name)));
    }
    if let Some(path) = args.wrapper.as_ref().filter(|path| path.extension().is_none_or(|ending| ending != "mjs")) {
        let message = format!("the wrapper is JavaScript: {} should end in .mjs", path.display());
        return Err(Failure::misuse(message));
    }
    let given = Given::new(&args.file);
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let unfit = match target.output {
        Output::Bytes => file.is_none() && is_terminal(Stream::Output),
        Output::Program => file.is_none(),
        Output::Text => false,
    };
    if args.runtime.is_some() && target.output != Output::Program {
        return Err(Failure::misuse(format!("--runtime is for --to checker: {} holds no program", target.name)));
    }
    if unfit {
        let message = format!("{} is nothing to read: say where to write it, with -o FILE", target.name);
        return Err(Failure::misuse(message));
    }
    let Some(trial) = load(&args.file, &args.messages, terminal)? else { return Ok(Exit::Problems) };
    let made = made(args, target, &trial).map_err(|refusal| {
        Failure::problem(format!("{} cannot be compiled to {}: {}", given.path().display(), target.name, refusal.what))
    })?;
    match file {
        None => output::print(&made)?,
        Some(path) => write(path, &made, &given, (target, args.runtime.as_deref()))?,
    }
    if let Some(path) = &args.wrapper {
        output::replace(path, &wasm::wrapper(&trial, path, file))
            .map_err(|error| Failure::problem(format!("cannot write {}: {}", path.display(), reason(&error))))?;
    }
    Ok(Exit::Clean)
}

/// Some targets are asked for in more than one way.
fn made(args: &Args, target: &Emitter, trial: &Trial) -> Result<Vec<u8>, Refusal> {
    if target.name == sql::SQL.name {
        let dialect = Dialect::find(&args.dialect).unwrap_or_default();
        return sql::emit(trial, &sql::Options { dialect, ddl: args.ddl, given: args.given.clone() });
    }
    if target.name == wasm::WASM.name {
        return wasm::emit(trial, &wasm::Options { given: args.given.clone() });
    }
    (target.emit)(trial)
}

/// The protocol of a file, compiled here or before; `None` if there are errors, which have been shown.
pub(super) fn load(file: &Path, messages: &Messages, terminal: &Terminal) -> Result<Option<Trial>, Failure> {
    let given = Given::new(file);
    let bytes = given.read().map_err(Failure::misuse)?;
    if is_json(&bytes) { read_back(&given, &bytes).map(Some) } else { compile(&given, bytes, messages, terminal) }
}

/// No `.trial` file begins with a brace.
fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"{")
}

fn read_back(given: &Given, bytes: &[u8]) -> Result<Trial, Failure> {
    let path = given.path().display();
    let text = str::from_utf8(bytes).map_err(|_| Failure::problem(format!("{path} is not UTF-8 text")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    ir::json::from_json(text).map_err(|error| Failure::problem(format!("{path} is {error}")))
}

/// `None` if there are errors, which have been shown.
fn compile(given: &Given, bytes: Vec<u8>, messages: &Messages, terminal: &Terminal) -> Result<Option<Trial>, Failure> {
    let Outcome { sources, checked, found } = examine_bytes(given, bytes);
    if !found.is_empty() {
        let mut report = Report::new(messages, terminal.look(Stream::Error));
        // Where standard error is closed, nobody wants to read it.
        let _ = report.show(&mut io::stderr().lock(), &sources, &found);
        terminal.remark(&report.counts.summary());
    }
    match checked {
        Some(library) if library.is_library() => {
            let path = given.path().display();
            Err(Failure::problem(format!("{path} is a library: there is no `trial` in it to compile")))
        }
        checked => Ok(checked.map(lower)),
    }
}

fn write(path: &Path, made: &[u8], given: &Given, (target, runtime): (&Emitter, Option<&Path>)) -> Result<(), Failure> {
    if path.is_dir() {
        let name = given.path().with_extension(target.extension);
        let inside = path.join(name.file_name().unwrap_or(name.as_os_str()));
        let message = format!("cannot write {}: it is a folder (did you mean {}?)", path.display(), inside.display());
        return Err(Failure::problem(message));
    }
    if target.output == Output::Program {
        return super::checker::write(path, made, runtime);
    }
    output::replace(path, made)
        .map_err(|error| Failure::problem(format!("cannot write {}: {}", path.display(), reason(&error))))
}
