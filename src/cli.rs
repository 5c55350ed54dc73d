//! The command line: what can be asked of `trialc`, and how its commands end.
//!
//! Each command is a file of its own with its arguments and a `run`. What a command is asked for goes to standard output,
//! what is said about it to standard error.

mod assess;
mod check;
mod checker;
mod compile;
mod completions;
mod coverage;
mod exit;
mod explain;
mod facts;
mod fmt;
mod generate;
mod input;
mod list;
mod man;
mod map;
mod markdown;
mod output;
mod report;
mod schedule;
mod schema;
mod screen;
mod terminal;
mod test;
mod visits;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::exit::{Exit, Failure};
use self::terminal::{ColorChoice, Terminal};

/// Checks clinical trial protocols, compiles them and screens patients.
///
/// A protocol is one `.trial` file: who may enter, what each arm gets and when, which visits collect what, and how success
/// is measured. `trialc check` reads it as strictly as a programming language is read, and says what is wrong and where;
/// `trialc compile` turns it into JSON that other programs build on; `trialc screen` decides for every patient and every
/// criterion, and says why.
#[derive(Parser)]
#[command(name = "trialc", version, max_term_width = 100, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    /// Whether to use colour.
    ///
    /// `auto` uses it on a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` asks for it anywhere.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    color: ColorChoice,

    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  trialc check protocol.trial                say what is wrong with a protocol
  trialc check --watch protocols/            the same for a folder, again after every change
  trialc explain U002                        what the code of a message means
  trialc list labs creatinine                the laboratory tests whose name has \"creatinine\" in it
  trialc compile protocol.trial -o out.json  turn a protocol into JSON
  trialc test protocols/                     run the examples of all protocols of a folder
  trialc screen protocol.trial patients.csv  decide who may enter, and say why
  trialc generate protocol.trial --patients 1000 --seed 1 -o patients.ndjson
                                             make patients that test its limits
  trialc schedule protocol.trial --arm A --start 2026-01-05   every planned dose of a participant
  trialc visits protocol.trial               the schedule of activities
  trialc assess protocol.trial charts.ndjson the outcomes of participants, and by arm
  trialc fmt protocols/                      lay out all protocols of a folder

Exit status:
  0  all is well
  1  problems in what was looked at, or a result that cannot be written
  2  a wrong call, or a file that is not there or cannot be read";

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
    Compile(compile::Args),
    Fmt(fmt::Args),
    Test(test::Args),
    Screen(screen::Args),
    Schedule(schedule::Args),
    Visits(visits::Args),
    Assess(assess::Args),
    Coverage(coverage::Args),
    Generate(generate::Args),
    Facts(facts::Args),
    Explain(explain::Args),
    List(list::Args),
    Map(map::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Does what the arguments of this process ask for.
#[must_use]
pub fn main() -> ExitCode {
    stacker::grow(crate::span::STACK, main_here)
}

fn main_here() -> ExitCode {
    if checker::is_one() {
        return checker::main();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return told(&said),
    };
    let terminal = Terminal::new(cli.color);
    match run(cli.command, &terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell(&terminal),
    }
}

/// Help that was asked for, or what is wrong with the call.
fn told(said: &clap::Error) -> ExitCode {
    match said.print() {
        // Help and the version are what was asked for, and may not fit where they were to go.
        Err(error) if !said.use_stderr() => Failure::from(error).tell(&Terminal::new(ColorChoice::Auto)),
        _ => ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2)),
    }
}

fn run(command: Command, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Check(args) => check::run(&args, terminal),
        Command::Compile(args) => compile::run(&args, terminal),
        Command::Fmt(args) => fmt::run(&args, terminal),
        Command::Screen(args) => screen::run(&args, terminal),
        Command::Schedule(args) => schedule::run(&args, terminal),
        Command::Visits(args) => visits::run(&args, terminal),
        Command::Assess(args) => assess::run(&args, terminal),
        Command::Coverage(args) => coverage::run(&args, terminal),
        Command::Generate(args) => generate::run(&args, terminal),
        Command::Facts(args) => facts::run(&args, terminal),
        Command::Test(args) => test::run(&args, terminal),
        Command::Explain(args) => explain::run(&args, terminal),
        Command::List(args) => list::run(&args, terminal),
        Command::Map(args) => map::run(&args, terminal),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}
