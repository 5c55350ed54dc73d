//! `trialc generate`: synthetic patients for a protocol.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::{Exit, Failure};
use super::report::Messages;
use super::screen::output::{Whole, cannot, stop};
use super::terminal::{Stream, Terminal, is_terminal};
use crate::generate::{Form, Generator, Layout, Options};
use crate::ir::Trial;

/// Make synthetic patients that aim at the limits of a protocol.
///
/// Results lie below, at and just above the protocol's limits, dates at the edges of its windows; some are missing. A good part
/// of the patients meets every criterion that can be met, so that all verdicts occur. The same protocol, seed and options give
/// the same bytes on every machine, and a patient is the same however many are made.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    /// How many patients.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    patients: u64,

    /// Which ones: another number makes others.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// The form of the file; told by the ending of OUT, and ndjson otherwise.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatChoice>,

    /// How it is laid out: charts in ndjson; rows of a table otherwise, wide ones unless this says long.
    #[arg(long, value_enum, value_name = "LAYOUT")]
    layout: Option<LayoutChoice>,

    /// Of a hundred patients so many have dates known in part, results that are only below or above a number, other units,
    /// contradictions. With 0 every date is exact and every measure has one result.
    #[arg(long, value_name = "PERCENT", default_value_t = 20, value_parser = clap::value_parser!(u8).range(0..=100))]
    nasty: u8,

    /// Facts of each chart: older results, and what the protocol does not speak of, are added up to it.
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    facts: Option<u32>,

    /// Where to write; without it, to standard output, but for Parquet.
    ///
    /// The file is written beside and then renamed, so that nothing half written is left behind.
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// a chart a line, as JSON
    Ndjson,
    /// a table as text
    Csv,
    /// a table with typed columns
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LayoutChoice {
    /// a chart a patient
    Charts,
    /// a row a patient, with a column for each thing that the protocol asks about
    Wide,
    /// a row a fact
    Long,
}

const EXAMPLES: &str = "\
Examples:
  trialc generate protocol.trial --patients 1000 --seed 1 -o patients.ndjson
  trialc generate protocol.trial --patients 1000000 --seed 1 -o patients.parquet
  trialc generate protocol.trial --patients 200 --seed 7 --layout long -o facts.csv
  trialc generate protocol.trial --patients 100 --nasty 60 | trialc screen protocol.trial - --quiet

What a layout cannot say is left out of it: a row a patient has one result of each measure.

Exit status:
  0  all of them were written
  1  the protocol has errors, or OUT cannot be written
  2  a wrong call, or a protocol that is not there or cannot be read
  130  stopped by Ctrl-C or told to end: nothing was written";

/// What is to be written.
enum Wanted {
    Charts,
    Table(Form, Layout),
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let wanted = wanted(args, file)?;
    let Some(trial) = super::compile::load(&args.protocol, &Messages::default(), terminal)? else {
        return Ok(Exit::Problems);
    };
    // A handler can be set once a process; where it cannot, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(|| stop());
    let Some(path) = file else {
        write(args, &trial, &wanted, BufWriter::with_capacity(1 << 16, io::stdout()))?;
        return Ok(Exit::Clean);
    };
    let whole = Whole::new(path)?;
    write(args, &trial, &wanted, whole.writer()?).map_err(|error| cannot(path, &error))?;
    whole.settle()?;
    whole.finish()?;
    Ok(Exit::Clean)
}

/// Which form and layout go together.
fn wanted(args: &Args, file: Option<&Path>) -> Result<Wanted, Failure> {
    let told = file.and_then(Path::extension).and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let format = args.format.or(match (told.as_deref(), args.layout) {
        (Some("parquet"), _) => Some(FormatChoice::Parquet),
        (Some("ndjson" | "jsonl" | "json"), _) | (None, None | Some(LayoutChoice::Charts)) => {
            Some(FormatChoice::Ndjson)
        }
        (Some("csv"), _) | (None, Some(LayoutChoice::Wide | LayoutChoice::Long)) => Some(FormatChoice::Csv),
        (Some(_), _) => None,
    });
    let Some(format) = format else {
        let name = file.unwrap_or(Path::new("-")).display();
        return Err(Failure::misuse(format!("{name}: end the name with .ndjson, .csv or .parquet, or give --format")));
    };
    let form = match (format, args.layout) {
        (FormatChoice::Ndjson, None | Some(LayoutChoice::Charts)) => return Ok(Wanted::Charts),
        (FormatChoice::Ndjson, Some(LayoutChoice::Wide | LayoutChoice::Long)) => {
            return Err(Failure::misuse("ndjson holds charts; rows of a table are --format csv or parquet"));
        }
        (FormatChoice::Csv | FormatChoice::Parquet, Some(LayoutChoice::Charts)) => {
            return Err(Failure::misuse("charts are written as ndjson; a table is --layout wide or long"));
        }
        (FormatChoice::Csv, _) => Form::Csv,
        (FormatChoice::Parquet, _) if file.is_none() => {
            return Err(Failure::misuse("Parquet is nothing to read: say where to write it, with -o OUT"));
        }
        (FormatChoice::Parquet, _) => Form::Parquet,
    };
    let layout = if args.layout == Some(LayoutChoice::Long) { Layout::Long } else { Layout::Wide };
    if layout == Layout::Wide && args.facts.is_some() {
        return Err(Failure::misuse(
            "--facts is for charts and for --layout long: a row a patient has no more columns",
        ));
    }
    Ok(Wanted::Table(form, layout))
}

fn write(args: &Args, trial: &Trial, wanted: &Wanted, out: impl Write + Send) -> io::Result<()> {
    let facts = args.facts.and_then(|facts| usize::try_from(facts).ok());
    let generator = Generator::new(trial, Options { seed: args.seed, nasty: args.nasty, facts });
    let bar = progress(args.patients);
    // A bar costs more than a patient.
    let done = |number: u64| {
        if number.is_multiple_of(256) {
            bar.set_position(number);
        }
    };
    let written = match wanted {
        Wanted::Charts => generator.charts(args.patients, out, done),
        Wanted::Table(form, layout) => generator.table((*form, *layout), args.patients, out, done),
    };
    bar.finish_and_clear();
    written
}

/// A bar with rate and time left, on a terminal only.
fn progress(patients: u64) -> ProgressBar {
    let bar = ProgressBar::new(patients);
    let wanted = is_terminal(Stream::Error);
    bar.set_draw_target(if wanted { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() });
    if let Ok(style) =
        ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} patients, {per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
