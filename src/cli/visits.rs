//! `trialc visits`: the schedule of activities, and a participant's visits.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::output;
use super::report::Messages;
use super::schedule::{chart, whole_date, write_whole};
use super::terminal::Terminal;
use crate::ir::{ConceptId, Trial};
use crate::record::{Reader, Record, Site};
use crate::schedule::course::last_day;
use crate::schedule::row::date;
use crate::schedule::{Plan, Sheet};
use crate::visits::grid::{Dates, Grid};
use crate::visits::json::VisitsJson;
use crate::visits::kept::{Kept, compare};
use crate::visits::{Activities, ics};

/// Print the schedule of activities: visits across, procedures down, with windows and conditions.
///
/// With a start date it is a participant's calendar; with the participant's record it says which visits were in their window,
/// early, late or missed, and what was not collected.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    /// The date of study day 1.
    #[arg(long, value_name = "DATE")]
    start: Option<String>,

    /// The participant's arm: what is counted from the last dose is then counted from the last planned one.
    #[arg(long, value_name = "ARM")]
    arm: Option<String>,

    /// The participant's record, in any form that `trialc screen` reads.
    #[arg(long, value_name = "FILE")]
    patient: Option<PathBuf>,

    /// Whose record, where the file holds several.
    #[arg(long, value_name = "ID", requires = "patient")]
    id: Option<String>,

    /// The day of the record; without it the record's own, or that of its latest fact.
    #[arg(long, value_name = "DATE", requires = "patient")]
    as_of: Option<String>,

    /// Show no visit after this date.
    #[arg(long, value_name = "DATE", requires = "start")]
    to: Option<String>,

    /// The form.
    #[arg(long, value_enum, default_value = "text")]
    format: FormatChoice,

    /// Where to write; without it, to standard output.
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// a grid for people
    Text,
    /// the same grid as CSV
    Csv,
    /// one object; `trialc schema visits` describes it
    Json,
    /// a page that needs nothing else
    Html,
    /// iCalendar, with a start date
    Ics,
}

const EXAMPLES: &str = "\
Examples:
  trialc visits protocol.trial
  trialc visits protocol.trial --format html -o activities.html
  trialc visits protocol.trial --start 2026-01-05 --format ics -o visits.ics
  trialc visits protocol.trial --patient p07.json

Exit status:
  0  written
  1  the protocol has errors, some fact of the record could not be read, or the result cannot be written
  2  a wrong call, or a file that is not there or cannot be read";

/// Where no date is said, days are counted from the first of January of a year of 365 days.
const SOME_DAY: i64 = 20_454;
/// The first days of the other months of that year.
const MONTHS: [i64; 11] = [31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = super::compile::load(&args.protocol, &Messages::usual(), terminal)? else {
        return Ok(Exit::Problems);
    };
    let read = |of: &str, text: &Option<String>| text.as_deref().map(|text| whole_date(of, text)).transpose();
    let (start, to, as_of) = (read("--start", &args.start)?, read("--to", &args.to)?, read("--as-of", &args.as_of)?);
    let reader = Reader::new(&trial, Site { as_of, ..Site::default() });
    let subject = args.patient.as_deref().map(|path| chart::subject(&reader, path, args.id.as_deref())).transpose()?;
    let arm = match &subject {
        Some(subject) => subject.arm(args.arm.as_deref(), &trial)?.map(str::to_owned),
        None => args.arm.clone(),
    };
    let record = subject.map(|subject| subject.record);
    for (record, refusal) in record.iter().flat_map(|record| record.refused.iter().map(move |one| (record, one))) {
        terminal.complain(&format!("patient {}, {}: {}", record.id, refusal.field, refusal.why));
    }
    let start = match &record {
        Some(record) => Some(chart::first_day(record, &trial, start)?),
        None => start,
    };
    if start.is_none() && args.format == FormatChoice::Ics {
        return Err(Failure::misuse("a calendar needs dates: say --start"));
    }
    let first = start.unwrap_or(SOME_DAY);
    let events = events(arm.as_deref(), &trial, record.as_ref(), (first, to))?;
    let mut activities = Activities::new(&trial, first, &events, to);
    if start.is_none() {
        for month in MONTHS.map(|days| first + days) {
            let events = self::events(arm.as_deref(), &trial, None, (month, to))?;
            activities.undate(&Activities::new(&trial, month, &events, to));
        }
    }
    let as_of = record.as_ref().and_then(last_day).unwrap_or(first - 1);
    let kept: Option<Vec<Kept>> = record.as_ref().map(|record| compare(&activities, (&reader, record), as_of));
    let who = record.as_ref().map_or("", |record| record.id.as_str());
    let made = made(args.format, &activities, (start, who), kept.as_deref())?;
    match args.output.as_deref() {
        None => output::print(&made)?,
        Some(path) if path == Path::new("-") => output::print(&made)?,
        Some(path) => write_whole(path, &mut |out| out.write_all(&made))?,
    }
    Ok(if record.is_some_and(|record| !record.refused.is_empty()) { Exit::Problems } else { Exit::Clean })
}

/// The days of the trial that are known: those of the record, and with an arm that of the last planned dose.
fn events(
    arm: Option<&str>,
    trial: &Trial,
    record: Option<&Record>,
    (start, to): (i64, Option<i64>),
) -> Result<BTreeMap<ConceptId, i64>, Failure> {
    let mut events = BTreeMap::new();
    if let Some(arm) = arm {
        let plan = Plan::new(trial, Some(arm)).map_err(|error| Failure::misuse(error.to_string()))?;
        let sheet = Sheet::new(&plan, start, to).map_err(|error| Failure::problem(error.to_string()))?;
        let (first, last) = (sheet.slots.first(), sheet.slots.last());
        events.extend(first.map(|slot| (ConceptId::from("first_dose"), slot.day)));
        events.extend(last.map(|slot| (ConceptId::from("last_dose"), slot.day)));
    }
    let anchors = record.into_iter().flat_map(|record| &record.anchors);
    let known = anchors.filter(|(_, dated)| dated.when.span.is_one_day());
    events.extend(known.map(|(event, dated)| (event.clone(), dated.when.span.first_day())));
    Ok(events)
}

fn made(
    format: FormatChoice,
    activities: &Activities<'_>,
    (start, who): (Option<i64>, &str),
    kept: Option<&[Kept]>,
) -> Result<Vec<u8>, Failure> {
    let dates = if start.is_some() { Dates::Shown } else { Dates::LeftOut };
    let grid = || Grid::new(activities, dates, kept);
    let day = start.map(|day| format!(": day 1 is {}", date(day))).unwrap_or_default();
    let person = if who.is_empty() { String::new() } else { format!(", {who}") };
    let title = format!("{}{person}{day}", activities.trial.name);
    Ok(match format {
        FormatChoice::Text => {
            let mut text = format!("{title}\n\n{}", grid().text());
            if !activities.remarks.is_empty() {
                text.push('\n');
            }
            for remark in &activities.remarks {
                text.extend(["note: ", remark, "\n"]);
            }
            text.into_bytes()
        }
        FormatChoice::Csv => grid().csv().map_err(|error| Failure::problem(error.to_string()))?,
        FormatChoice::Json => {
            let json = VisitsJson::new(activities, start, who, kept);
            let mut out = serde_json::to_vec_pretty(&json).map_err(io::Error::from)?;
            out.push(b'\n');
            out
        }
        FormatChoice::Html => grid().html(&activities.trial.title, &title, &activities.remarks).into_bytes(),
        FormatChoice::Ics => ics::calendar(activities, who).into_bytes(),
    })
}
