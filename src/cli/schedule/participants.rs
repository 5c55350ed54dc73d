//! Calendars of many participants, one after the other: memory does not grow with their number.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Deserialize;

use super::measure::{self, HEIGHT, Measure, SURFACE, WEIGHT};
use super::{Args, FormatChoice, planned, whole_date, write_whole};
use crate::cli::exit::{Exit, Failure, reason};
use crate::cli::terminal::Terminal;
use crate::ir::Trial;
use crate::patients::{Mark, Seen};
use crate::record::{Reader, Site};
use crate::schedule::body::ALWAYS;
use crate::schedule::calendar::Shelf;
use crate::schedule::course::follow_body;
use crate::schedule::csv::Csv;
use crate::schedule::row::unasked;
use crate::schedule::{Calendar, Measures, Plan, Row, Sheets};

/// A row of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    #[serde(default)]
    arm: Option<String>,
    start: String,
    #[serde(default)]
    weight: Option<String>,
    #[serde(default)]
    height: Option<String>,
    #[serde(default)]
    bsa: Option<String>,
}

/// One of them.
struct Participant {
    id: String,
    arm: Option<String>,
    start: i64,
    measures: Measures,
}

/// An arm with what has been worked out for it.
struct Ready<'t> {
    plan: Plan<'t>,
    shelf: Shelf,
    sheets: Sheets<'t>,
}

pub(super) fn run(
    args: &Args,
    trial: &Trial,
    (path, to): (&Path, Option<i64>),
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let form = args.format.unwrap_or(FormatChoice::Csv);
    if !matches!(form, FormatChoice::Csv | FormatChoice::Json) {
        return Err(Failure::misuse(
            "calendars of many participants are written as csv, or as json with a dose a line",
        ));
    }
    let mut many = Many { args, trial, path, to, form, notes: BTreeSet::new(), stop: None };
    let written = match args.output.as_deref() {
        Some(out) if out != Path::new("-") => write_whole(out, &mut |out| many.write(out)),
        _ => {
            let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
            many.write(&mut out).and_then(|()| out.flush()).map_err(Failure::from)
        }
    };
    for note in &many.notes {
        terminal.remark(&format!("note: {note}"));
    }
    match many.stop {
        Some(failure) => Err(failure),
        None => written.map(|()| Exit::Clean),
    }
}

struct Many<'a, 't> {
    args: &'a Args,
    trial: &'t Trial,
    path: &'a Path,
    to: Option<i64>,
    form: FormatChoice,
    /// What there is to know of the arms.
    notes: BTreeSet<String>,
    /// What ended it, where that was not the writing.
    stop: Option<Failure>,
}

impl Many<'_, '_> {
    fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.all(out) {
            Ok(()) => Ok(()),
            Err(Stop::Write(error)) => Err(error),
            Err(Stop::Told(failure)) => {
                self.stop = Some(failure);
                Err(io::Error::other("stopped"))
            }
        }
    }

    fn all(&mut self, out: &mut dyn Write) -> Result<(), Stop> {
        let shown = self.path.display();
        let input: Box<dyn io::Read> = if self.path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            let file = File::open(self.path);
            Box::new(file.map_err(|error| Failure::misuse(format!("cannot read {shown}: {}", reason(&error))))?)
        };
        let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        let mut arms: BTreeMap<Option<String>, Ready<'_>> = BTreeMap::new();
        let mut seen = Seen::default();
        let mut reader: Option<Reader<'_>> = None;
        let mut sink = match self.form {
            FormatChoice::Csv => Sink::Csv(Csv::new(out)?),
            FormatChoice::Json | FormatChoice::Table | FormatChoice::Ics => Sink::Lines(out),
        };
        for (index, line) in table.deserialize::<Line>().enumerate() {
            let wrong = |why: String| Failure::problem(format!("{shown}, row {}: {why}", index + 2));
            let line = line.map_err(|error| wrong(said(&error)))?;
            let participant = participant(line).map_err(wrong)?;
            if !seen.insert(Mark::of(&participant.id)) {
                return Err(wrong(format!("there has been a participant `{}` before", participant.id)).into());
            }
            let ready = match arms.entry(participant.arm.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let plan = planned(self.trial, participant.arm.as_deref(), &self.args.choose);
                    let plan = plan.map_err(|failure| match failure {
                        Failure::Told { message, .. } => {
                            wrong(message.replace("say --arm with", "the column arm names"))
                        }
                        Failure::NoReader => failure,
                    })?;
                    self.notes.extend(unasked(&plan, &participant.measures));
                    new.insert(Ready { plan, shelf: Shelf::default(), sheets: Sheets::new(self.to) })
                }
            };
            if measure::asks_of_body(&ready.plan, &participant.measures) {
                let reader = reader.get_or_insert_with(|| Reader::new(self.trial, Site::default()));
                ready.under_rules(&participant, &mut sink, (reader, self.to), &wrong)?;
            } else {
                ready.write(&participant, &mut sink, &wrong)?;
            }
        }
        if seen.is_empty() {
            return Err(Failure::problem(format!("there is no participant in {shown}: {COLUMNS}")).into());
        }
        sink.finish()?;
        Ok(())
    }
}

impl Ready<'_> {
    /// The doses under the rules that speak of the body.
    fn under_rules(
        &self,
        participant: &Participant,
        sink: &mut Sink<'_>,
        (reader, to): (&Reader<'_>, Option<i64>),
        wrong: &dyn Fn(String) -> Failure,
    ) -> Result<(), Stop> {
        let (start, measures) = (participant.start, &participant.measures);
        let record = measure::record(reader, measures, start);
        let course = follow_body(&self.plan, (start, to), measures, (reader, &record));
        let course = course.map_err(|error| wrong(error.to_string()))?;
        match sink {
            Sink::Csv(csv) => csv.doses(&self.plan, &course.sheet, course.doses.into_iter(), &participant.id)?,
            Sink::Lines(out) => {
                for dose in &course.doses {
                    line(out, &Row::new(&self.plan, &course.sheet, dose, &participant.id))?;
                }
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        participant: &Participant,
        sink: &mut Sink<'_>,
        wrong: &dyn Fn(String) -> Failure,
    ) -> Result<(), Stop> {
        let Self { plan, shelf, sheets } = self;
        let sheet = sheets.of(plan, participant.start).map_err(|error| wrong(error.to_string()))?;
        let calendar = Calendar::with(plan, sheet, &participant.measures, shelf);
        match sink {
            Sink::Csv(csv) => csv.calendar(calendar, &participant.id)?,
            Sink::Lines(out) => {
                for dose in calendar {
                    line(out, &Row::new(plan, sheet, &dose, &participant.id))?;
                }
            }
        }
        Ok(())
    }
}

/// A dose as a line of JSON.
fn line(out: &mut dyn Write, row: &Row) -> io::Result<()> {
    serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Where the doses go.
enum Sink<'o> {
    Csv(Csv<&'o mut dyn Write>),
    Lines(&'o mut dyn Write),
}

impl Sink<'_> {
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(csv) => csv.finish(),
            Self::Lines(_) => Ok(()),
        }
    }
}

/// What ends a run.
enum Stop {
    Told(Failure),
    Write(io::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Told(failure)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

const COLUMNS: &str = "the columns are id, arm, start, weight, height, bsa, with commas between them";

/// What is wrong with a row, without the reader's own counting.
fn said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            format!("{}; {COLUMNS}", err.kind())
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} cells, and the table {expected_len} columns")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text: save the table as UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

fn participant(line: Line) -> Result<Participant, String> {
    let text = |failure: Failure| match failure {
        Failure::Told { message, .. } => message,
        Failure::NoReader => String::new(),
    };
    if line.id.is_empty() {
        return Err("it has no id".to_owned());
    }
    let start = whole_date("start", &line.start).map_err(text)?;
    let read = |measure: &Measure, cell: &Option<String>| match cell.as_deref().filter(|cell| !cell.is_empty()) {
        None => Ok(Vec::new()),
        Some(cell) => {
            measure.read(cell).map(|number| vec![(ALWAYS, number)]).map_err(|why| format!("{}: {why}", measure.name))
        }
    };
    let measures = Measures {
        weight: read(&WEIGHT, &line.weight)?,
        height: read(&HEIGHT, &line.height)?,
        surface: read(&SURFACE, &line.bsa)?,
    };
    let arm = line.arm.filter(|arm| !arm.is_empty());
    Ok(Participant { id: line.id, arm, start, measures })
}
