//! `trialc assess`: outcomes of participants, and by arm.

mod arms;
mod run;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;

use self::arms::Arms;
use super::exit::{Exit, Failure};
use super::report::Messages;
use super::screen::patients::PatientArgs;
use super::terminal::Terminal;

/// Evaluate the outcomes of participants at their times, say what each rests on, and count them by arm.
///
/// What the record does not hold is unknown, and the missing fact is named; nothing is imputed unless an estimand of the
/// protocol says so, and then the row says so too. An outcome that has estimands stands once as it was observed and once for
/// each of them.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    #[command(flatten)]
    patients: PatientArgs,

    /// The column that names each participant's arm: of the patients' table, or of the file that --arms names.
    ///
    /// Charts have a field `arm`.
    #[arg(long, value_name = "COLUMN")]
    arm_column: Option<String>,

    /// Where the arms stand, if not with the patients: a CSV file with a column `id` and one for the arm.
    #[arg(long, value_name = "CSV")]
    arms: Option<PathBuf>,

    /// Only this outcome; may be given several times.
    #[arg(long, value_name = "NAME")]
    outcome: Vec<String>,

    /// The level of the exact intervals.
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = level)]
    level: f64,

    /// The form.
    #[arg(long, value_enum, default_value = "table")]
    format: FormatChoice,

    /// Each participant, the figures by arm, or both; CSV has one of them, each participant without this.
    #[arg(long, value_enum)]
    show: Option<Show>,

    /// This participant alone, with every reason.
    #[arg(long, value_name = "ID")]
    explain: Option<String>,

    /// Where to write; without it, to standard output.
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,

    /// On how many threads; without it, on all cores. The results are the same to the byte.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// for people
    Table,
    /// a row for each outcome of each participant, or with `--show arms` for each arm
    Csv,
    /// one object; `trialc schema assess` describes it
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// every outcome of every participant, with the values it rests on
    Participants,
    /// the figures of every arm
    Arms,
    /// both
    All,
}

const EXAMPLES: &str = "\
Examples:
  trialc assess protocol.trial charts.ndjson
  trialc assess protocol.trial visits.csv --arm-column treatment --format csv -o outcomes.csv
  trialc assess protocol.trial charts.ndjson --arms allocation.csv --show arms
  trialc assess protocol.trial charts.ndjson --outcome response --explain p07

Exit status:
  0  every record was read and assessed
  1  the protocol has errors, some record, fact or arm could not be read, or the result cannot be written
  2  a wrong call, or a file that is not there or cannot be read
  130  stopped by Ctrl-C or told to end: nothing was written";

impl Args {
    /// The column of the patients' own table, where it is named and is not that of another file.
    fn arm_column_of_patients(&self) -> Option<&str> {
        self.arm_column.as_deref().filter(|_| self.arms.is_none())
    }
}

fn level(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => Err("a level lies between 0 and 1, such as 0.95".to_owned()),
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = super::compile::load(&args.protocol, &Messages::usual(), terminal)? else {
        return Ok(Exit::Problems);
    };
    if trial.outcomes.is_empty() {
        return Err(Failure::misuse(format!("{} has no outcome to assess", trial.name)));
    }
    for name in &args.outcome {
        if !trial.outcomes.iter().any(|outcome| outcome.name.as_str() == name) {
            let known: Vec<&str> = trial.outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
            return Err(Failure::misuse(format!("the protocol has no outcome `{name}`; it has {}", known.join(", "))));
        }
    }
    if args.format == FormatChoice::Csv && args.show == Some(Show::All) {
        return Err(Failure::misuse("CSV has rows of one kind: --show participants, or --show arms"));
    }
    let arms =
        args.arms.as_deref().map(|path| Arms::read(path, args.arm_column.as_deref().unwrap_or("arm"))).transpose()?;
    run::run(args, &trial, arms.as_ref(), terminal)
}
