//! `trialc schedule`: the dose calendar of a participant, or of many.

pub(super) mod chart;
mod measure;
mod participants;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::output;
use super::report::Messages;
use super::screen::output::Whole;
use super::terminal::Terminal;
use crate::ir::Trial;
use crate::record::time::Precision;
use crate::record::{Reader, Site, When};
use crate::schedule::course::follow_body;
use crate::schedule::given::Compared;
use crate::schedule::json::ScheduleJson;
use crate::schedule::row::{date, remarks, unasked};
use crate::schedule::table::Table;
use crate::schedule::{Calendar, Measures, Plan, PlannedDose, Row, Sheet, csv, ics};

/// Print every planned dose of a participant: date, drug, amount as ordered and as worked out, all together.
///
/// Ranges stay ranges, a choice of drugs shows each of them, and what a person decides says so. Days are whole days of the
/// calendar: no time zone and no summer time moves a dose.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    /// The participant's arm; a protocol with one arm needs none.
    #[arg(long, value_name = "ARM")]
    arm: Option<String>,

    /// The date of study day 1.
    #[arg(long, value_name = "DATE", required_unless_present_any = ["participants", "patient"])]
    start: Option<String>,

    /// The participant's record: rules are asked of it, and doses given are set beside doses planned.
    ///
    /// Any form that `trialc screen` reads. Study day 1 is the record's, where --start does not say.
    #[arg(long, value_name = "FILE", conflicts_with = "participants")]
    patient: Option<PathBuf>,

    /// Whose record, where the file holds several.
    #[arg(long, value_name = "ID", requires = "patient")]
    id: Option<String>,

    /// The day of the record: rules are asked up to it. Without it the record's own, or that of its latest fact.
    #[arg(long, value_name = "DATE", requires = "patient")]
    as_of: Option<String>,

    /// Body weight, with its unit: `72kg`.
    #[arg(long, value_name = "WEIGHT")]
    weight: Option<String>,

    /// Height, with its unit: `175cm`. Weight and height give the body surface by Mosteller.
    #[arg(long, value_name = "HEIGHT")]
    height: Option<String>,

    /// Body surface, with its unit: `1.87m2`. It comes before that of weight and height.
    #[arg(long, value_name = "SURFACE")]
    bsa: Option<String>,

    /// The drug that is chosen where the protocol leaves a choice; may be given for each choice.
    #[arg(long, value_name = "DRUG")]
    choose: Vec<String>,

    /// Show nothing after this date. An epoch without a longest length is shown up to it, else for 52 weeks.
    #[arg(long, value_name = "DATE")]
    to: Option<String>,

    /// Many participants: CSV with the columns id, arm, start, and weight, height, bsa with their units.
    #[arg(long, value_name = "CSV", conflicts_with_all = ["arm", "start", "weight", "height", "bsa"])]
    participants: Option<PathBuf>,

    /// The form: for many participants `csv`, or `json` with a dose a line.
    #[arg(long, value_enum)]
    format: Option<FormatChoice>,

    /// Where to write; without it, to standard output.
    ///
    /// The file is written beside and then renamed, so that nothing half written is left behind.
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// for people, with footnotes
    Table,
    /// a row a dose
    Csv,
    /// one object; `trialc schema schedule` describes it
    Json,
    /// iCalendar, for a calendar program
    Ics,
}

const EXAMPLES: &str = "\
Examples:
  trialc schedule protocol.trial --arm active --start 2026-01-05 --weight 72kg
  trialc schedule protocol.trial --arm active --start 2026-01-05 --weight 72kg --height 175cm --format csv
  trialc schedule protocol.trial --arm active --start 2026-01-05 --format ics -o doses.ics
  trialc schedule protocol.trial --arm active --patient p07.json
  trialc schedule protocol.trial --participants randomised.csv -o doses.csv

Exit status:
  0  the calendar was written
  1  the protocol has errors, a participant cannot be placed, or the result cannot be written
  2  a wrong call, or a file that is not there or cannot be read";

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = super::compile::load(&args.protocol, &Messages::usual(), terminal)? else {
        return Ok(Exit::Problems);
    };
    let to = args.to.as_deref().map(|text| whole_date("--to", text)).transpose()?;
    match &args.participants {
        Some(path) => participants::run(args, &trial, (path, to), terminal),
        None => one(args, &trial, to, terminal),
    }
}

/// A calendar on its way to a form.
struct Made<'c, 't> {
    plan: &'c Plan<'t>,
    sheet: &'c Sheet<'t>,
    measures: &'c Measures,
    participant: &'c str,
    doses: Vec<PlannedDose>,
    remarks: Vec<String>,
    as_of: Option<i64>,
    compared: Compared,
}

/// The calendar of one participant.
fn one(args: &Args, trial: &Trial, to: Option<i64>, terminal: &Terminal) -> Result<Exit, Failure> {
    let start = args.start.as_deref().map(|text| whole_date("--start", text)).transpose()?;
    if let Some(path) = &args.patient {
        return chart::run(args, trial, (path, start, to), terminal);
    }
    let plan = planned(trial, args.arm.as_deref(), &args.choose)?;
    let said = measure::said(args)?;
    let Some(start) = start else { return Err(Failure::misuse("which day is study day 1? say --start")) };
    let by_body = measure::asks_of_body(&plan, &said);
    let (sheet, doses) = if by_body {
        let reader = Reader::new(trial, Site::default());
        let course = follow_body(&plan, (start, to), &said, (&reader, &measure::record(&reader, &said, start)));
        let course = course.map_err(|error| Failure::problem(error.to_string()))?;
        (course.sheet, course.doses)
    } else {
        let sheet = Sheet::new(&plan, start, to).map_err(|error| Failure::problem(error.to_string()))?;
        let doses = Calendar::new(&plan, &sheet, &said).collect();
        (sheet, doses)
    };
    let mut notes = remarks(&plan, &sheet);
    notes.extend(unasked(&plan, &said));
    let made = Made {
        plan: &plan,
        sheet: &sheet,
        measures: &said,
        participant: "",
        doses,
        remarks: notes,
        as_of: None,
        compared: Compared::default(),
    };
    made.write(args, terminal)?;
    Ok(Exit::Clean)
}

impl Made<'_, '_> {
    fn write(self, args: &Args, terminal: &Terminal) -> Result<(), Failure> {
        let format = args.format.unwrap_or(FormatChoice::Table);
        if matches!(format, FormatChoice::Csv | FormatChoice::Ics) {
            self.remarks.iter().for_each(|note| terminal.remark(&format!("note: {note}")));
        }
        let rows = || self.doses.iter().map(|dose| Row::new(self.plan, self.sheet, dose, self.participant));
        let made = match format {
            FormatChoice::Table => self.table(rows())?,
            FormatChoice::Csv => {
                let mut out = Vec::new();
                let mut csv = csv::Csv::new(&mut out)?;
                csv.doses(self.plan, self.sheet, self.doses.iter().cloned(), self.participant)?;
                csv.finish()?;
                out
            }
            FormatChoice::Json => {
                let doses = rows().collect();
                let mut json = ScheduleJson::new(self.plan, self.sheet, self.participant, doses, self.remarks.clone());
                json.as_of = self.as_of.map(date);
                json.unplanned.clone_from(&self.compared.unplanned);
                json.adherence.clone_from(&self.compared.adherence);
                let mut out = serde_json::to_vec_pretty(&json).map_err(io::Error::from)?;
                out.push(b'\n');
                out
            }
            FormatChoice::Ics => {
                let rows: Vec<Row> = rows().collect();
                ics::calendar(self.plan.trial.name.as_str(), self.sheet.start, &rows).into_bytes()
            }
        };
        match args.output.as_deref() {
            None => output::print(&made)?,
            Some(path) if path == Path::new("-") => output::print(&made)?,
            Some(path) => write_whole(path, &mut |out| out.write_all(&made))?,
        }
        Ok(())
    }

    fn table(&self, rows: impl Iterator<Item = Row>) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        let body = measure::told(self.measures, self.sheet.start);
        let who = if self.participant.is_empty() { String::new() } else { format!(", {}", self.participant) };
        let as_of = self.as_of.map(|day| format!(", record up to {}", date(day))).unwrap_or_default();
        let (plan, start) = (self.plan, date(self.sheet.start));
        writeln!(out, "{}, {}{who}: day 1 is {start}{body}{as_of}\n", plan.trial.name, plan.arm.name)?;
        let mut table = Table::default();
        rows.for_each(|row| table.add(&row));
        if table.is_empty() {
            writeln!(out, "nothing is given")?;
        } else {
            table.write(&mut out)?;
        }
        let Compared { unplanned, adherence, .. } = &self.compared;
        if !unplanned.is_empty() {
            writeln!(out, "\ngiven and not planned")?;
        }
        for extra in unplanned {
            writeln!(out, "  {}  {}: {}", extra.date, extra.written, extra.why)?;
        }
        if !adherence.is_empty() {
            writeln!(out, "\nadherence")?;
        }
        for drug in adherence {
            writeln!(out, "  {}", chart::adherence(drug))?;
        }
        if !self.remarks.is_empty() {
            writeln!(out)?;
        }
        for note in &self.remarks {
            writeln!(out, "note: {note}")?;
        }
        Ok(out)
    }
}

/// The plan of an arm, with what was chosen.
fn planned<'t>(trial: &'t Trial, arm: Option<&str>, choose: &[String]) -> Result<Plan<'t>, Failure> {
    let mut plan = Plan::new(trial, arm).map_err(|error| Failure::misuse(error.to_string()))?;
    plan.choose(choose).map_err(|error| Failure::misuse(format!("--choose: {error}")))?;
    Ok(plan)
}

/// A date of which the day is known.
pub(super) fn whole_date(of: &str, text: &str) -> Result<i64, Failure> {
    let when: When = text.parse().map_err(|error| Failure::misuse(format!("{of} {text}: {error}")))?;
    if when.precision == Precision::Day {
        return Ok(when.span.first_day());
    }
    Err(Failure::misuse(format!("{of} {text}: a calendar needs the whole date, such as 2026-01-05")))
}

/// Writes a file so that it is there as a whole or not at all.
pub(super) fn write_whole(
    path: &Path,
    write: &mut dyn FnMut(&mut BufWriter<std::fs::File>) -> io::Result<()>,
) -> Result<(), Failure> {
    let file = Whole::new(path)?;
    let mut out = file.writer()?;
    write(&mut out).and_then(|()| out.flush()).map_err(|error| super::screen::output::cannot(path, &error))?;
    drop(out);
    file.settle()?;
    file.finish()
}
