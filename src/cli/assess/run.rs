//! All participants, one by one: on all cores, in the order of the files.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::arms::Arms;
use super::{Args, FormatChoice, Show};
use crate::assess::csv::{Csv, SummaryCsv};
use crate::assess::json::OutcomeJson;
use crate::assess::{Assessor, Counted, Depth, Row, Summary, table};
use crate::chart::Chart;
use crate::chart::lent::Lent;
use crate::cli::exit::{Exit, Failure};
use crate::cli::schedule::write_whole;
use crate::cli::screen::output::stop;
use crate::cli::terminal::Terminal;
use crate::explain;
use crate::ir::Trial;
use crate::patients::{Patients, Prepared, Unread, View};
use crate::record::{Reader, Record};
use crate::screening::Origin;
use crate::screening::pool::{Ends, in_order};

/// Records that are handed to a thread together.
const BATCH: usize = 32;
/// Complaints that are shown; the others are counted.
const SHOWN: u64 = 20;

pub(super) fn run(args: &Args, trial: &Trial, arms: Option<&Arms>, terminal: &Terminal) -> Result<Exit, Failure> {
    // A handler can be set once a process; where it cannot, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(|| stop());
    let reader = args.patients.reader(trial)?;
    let origin = Origin::of(trial).map_err(|error| Failure::problem(error.to_string()))?;
    let show = args.show.unwrap_or(match args.format {
        FormatChoice::Csv => Show::Participants,
        FormatChoice::Table | FormatChoice::Json => Show::All,
    });
    let depth = match (show, args.explain.is_some()) {
        (_, true) => Depth::Reasons,
        (Show::Arms, false) => Depth::Result,
        (Show::Participants | Show::All, false) => Depth::Values,
    };
    let assessor = Assessor::new(&reader, &args.outcome, depth);
    let mut job =
        Job { args, trial, terminal, assessor: &assessor, arms, show, origin, failure: None, problems: false };
    let written = match args.output.as_deref() {
        Some(out) if out != Path::new("-") => write_whole(out, &mut |out| job.write(&reader, out)),
        _ => {
            let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
            job.write(&reader, &mut out).and_then(|()| out.flush()).map_err(Failure::from)
        }
    };
    match job.failure.take() {
        Some(failure) => Err(failure),
        None => written.map(|()| if job.problems { Exit::Problems } else { Exit::Clean }),
    }
}

struct Job<'r, 't> {
    args: &'r Args,
    trial: &'t Trial,
    terminal: &'r Terminal,
    assessor: &'r Assessor<'r, 't>,
    arms: Option<&'r Arms>,
    show: Show,
    origin: Origin,
    /// What ended it, where that was not the writing.
    failure: Option<Failure>,
    problems: bool,
}

/// A record and what became of its participant.
struct Read {
    prepared: Prepared,
    assessed: Option<Assessed>,
}

struct Assessed {
    id: String,
    arm: String,
    /// Of each outcome.
    counted: Vec<Counted>,
    /// What is written of it.
    text: Vec<u8>,
    /// What could not be read of it.
    refused: Vec<String>,
}

impl Job<'_, '_> {
    fn write(&mut self, reader: &Reader<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self.all(reader, out) {
            Ok(()) => Ok(()),
            Err(Stop::Write(error)) => Err(error),
            Err(Stop::Told(failure)) => {
                self.failure = Some(failure);
                Err(io::Error::other("stopped"))
            }
        }
    }

    fn all(&mut self, reader: &Reader<'_>, out: &mut dyn Write) -> Result<(), Stop> {
        let trial = self.trial;
        let patients =
            self.args.patients.open_with_arms(trial, self.args.arm_column_of_patients()).map_err(Stop::Told)?;
        for note in patients.notes() {
            self.terminal.remark(&format!("note: {note}"));
        }
        self.head(out)?;
        let summaries = vec![Summary::default(); self.assessor.asked.len()];
        let units = vec![None; self.assessor.asked.len()];
        let threads = self
            .args
            .threads
            .map_or_else(|| thread::available_parallelism().map_or(1, NonZeroUsize::get), NonZeroUsize::get);
        let (assessor, args, arms, show) = (self.assessor, self.args, self.arms, self.show);
        let mut run = Run {
            args,
            terminal: self.terminal,
            out,
            patients,
            summaries,
            units,
            unread: 0,
            first: true,
            found: false,
            unknown_arms: BTreeSet::new(),
            trial,
            show,
        };
        in_order(threads, &mut run, |batch: Vec<Unread<'_>>| {
            let mut records = Vec::new();
            for unread in batch {
                let ask = |view: View<'_>| read((args, show), (reader, assessor, arms), view);
                unread.read(ask, |prepared, assessed| {
                    records.push(Read { prepared, assessed: assessed.and_then(|answer| answer.0) });
                });
            }
            records
        })?;
        let Run { out, summaries, units, unread, found, unknown_arms, .. } = run;
        self.problems = unread > 0 || !unknown_arms.is_empty();
        if unread > SHOWN {
            self.terminal.remark(&format!("{unread} records and facts could not be read"));
        }
        for arm in &unknown_arms {
            let known: Vec<&str> = trial.arms.iter().map(|arm| arm.name.as_str()).collect();
            self.terminal.complain(&format!("the protocol has no arm `{arm}`; it has {}", known.join(", ")));
        }
        if let Some(id) = args.explain.as_deref().filter(|_| !found) {
            return Err(Stop::Told(Failure::misuse(format!("there is no participant `{id}` among them"))));
        }
        self.tail(out, &summaries, &units)?;
        Ok(())
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        match (self.args.format, self.show) {
            (FormatChoice::Csv, Show::Participants | Show::All) => Csv::new(out)?.finish(),
            (FormatChoice::Csv, Show::Arms) | (FormatChoice::Table, _) => Ok(()),
            (FormatChoice::Json, _) => {
                let Origin { protocol, version, hash, policy } = &self.origin;
                let head = serde_json::json!({
                    "protocol": protocol, "version": version, "hash": hash, "policy": policy, "level": self.args.level,
                });
                let text = head.to_string();
                write!(out, "{},\"participants\":[", text.trim_end_matches('}'))
            }
        }
    }

    fn tail(&self, out: &mut dyn Write, summaries: &[Summary], units: &[Option<Arc<str>>]) -> io::Result<()> {
        let arms: Vec<&str> = self.trial.arms.iter().map(|arm| arm.name.as_str()).collect();
        let level = self.args.level;
        let shown = self.assessor.asked.iter().zip(units);
        let units: Vec<String> = shown.map(|(asked, unit)| asked.unit(unit.as_deref().unwrap_or_default())).collect();
        let asked = self.assessor.asked.iter().zip(summaries).zip(&units);
        let with_figures = self.show != Show::Participants && self.args.explain.is_none();
        let all = asked
            .filter(|_| with_figures)
            .map(|((asked, summary), unit)| (asked, summary.figures(asked, &arms, level), unit.as_str()));
        match self.args.format {
            FormatChoice::Table => {
                if with_figures && self.show == Show::All {
                    writeln!(out)?;
                }
                for (asked, figures, unit) in all {
                    table::figures(out, asked, &figures, (unit, level))?;
                }
                let Origin { protocol, version, hash, policy } = &self.origin;
                let version = if version.is_empty() { String::new() } else { format!(" version {version}") };
                let short = hash.get(..12).unwrap_or(hash);
                writeln!(out, "protocol {protocol}{version}, {short}; {policy}")
            }
            FormatChoice::Csv if with_figures => {
                let mut csv = SummaryCsv::new(out, level)?;
                for (asked, figures, unit) in all {
                    figures.iter().try_for_each(|figures| csv.arm(asked, figures, unit))?;
                }
                csv.finish()
            }
            FormatChoice::Csv => Ok(()),
            FormatChoice::Json => {
                let summary: Vec<OutcomeJson<'_>> =
                    all.map(|(asked, figures, unit)| OutcomeJson::new(asked, figures, unit)).collect();
                write!(out, "\n],\"summary\":")?;
                serde_json::to_writer(&mut *out, &summary)?;
                writeln!(out, "}}")
            }
        }
    }
}

/// What became of a participant; nothing of one who is not wanted.
struct Answer(Option<Assessed>);

/// What becomes of the participant of a chart, where that is the one who is wanted; nothing where the whole chart is needed.
fn read(
    (args, show): (&Args, Show),
    (reader, assessor, arms): (&Reader<'_>, &Assessor<'_, '_>, Option<&Arms>),
    view: View<'_>,
) -> Option<Answer> {
    let (id, own) = match view {
        View::Lent(chart, _) => (chart.id, chart.arm),
        View::Whole(chart) => (chart.id.as_str(), chart.arm.as_deref()),
    };
    if args.explain.as_ref().is_some_and(|wanted| wanted != id) {
        return Some(Answer(None));
    }
    let (arm, conflict) = match (own, arms.map(|arms| arms.of(id))) {
        (own, None) => (own.unwrap_or_default(), None),
        // Of two arms nobody knows which is right, and neither counts the participant.
        (Some(own), Some(Some(other))) if own != other => {
            ("", Some(format!("arm: the record has `{own}`, and the table of arms `{other}`")))
        }
        (_, Some(other)) => (other.unwrap_or_default(), None),
    };
    let mut answer = answer((args, show), (reader, assessor), view, arm)?;
    if let Answer(Some(assessed)) = &mut answer {
        assessed.refused.splice(0..0, conflict);
    }
    Some(answer)
}

fn answer(
    (args, show): (&Args, Show),
    (reader, assessor): (&Reader<'_>, &Assessor<'_, '_>),
    view: View<'_>,
    arm: &str,
) -> Option<Answer> {
    match (show, view) {
        (Show::Arms, View::Lent(chart, whole)) if args.explain.is_none() => {
            // Facts that cannot be read are said, and only the record tells them.
            let refused = Cell::new(Vec::new());
            let record = || whole().map(|mut chart| told(record_of(reader, &mut chart), &refused));
            let counted = assessor.counted(chart, &record)?;
            let (id, arm) = (chart.id.to_owned(), arm.to_owned());
            Some(Answer(Some(Assessed { id, arm, counted, text: Vec::new(), refused: refused.into_inner() })))
        }
        (Show::Arms, View::Whole(chart)) if args.explain.is_none() => {
            let refused = Cell::new(Vec::new());
            let record = || Some(told(record_of(reader, &mut chart.clone()), &refused));
            let counted = assessor.counted(&Lent::of(chart), &record)?;
            let (id, arm) = (chart.id.clone(), arm.to_owned());
            Some(Answer(Some(Assessed { id, arm, counted, text: Vec::new(), refused: refused.into_inner() })))
        }
        (_, View::Lent(..)) => None,
        (_, View::Whole(chart)) => Some(Answer(Some(assess(args, (reader, assessor), (chart, arm))))),
    }
}

/// A record is one of the day of its latest fact, where nothing else is said.
fn record_of(reader: &Reader<'_>, chart: &mut Chart) -> Record {
    if chart.as_of.is_none() && reader.site.as_of.is_none() {
        chart.as_of = crate::assess::latest_day(&Lent::of(chart)).map(str::to_owned);
    }
    reader.record(chart)
}

fn told(record: Record, refused: &Cell<Vec<String>>) -> Record {
    refused.set(refusals(&record));
    record
}

fn refusals(record: &Record) -> Vec<String> {
    record.refused.iter().map(|refusal| format!("{}: {}", refusal.field, refusal.why)).collect()
}

/// With all that is to be said of the participant.
fn assess(args: &Args, (reader, assessor): (&Reader<'_>, &Assessor<'_, '_>), (chart, arm): (&Chart, &str)) -> Assessed {
    let record = record_of(reader, &mut chart.clone());
    let findings = assessor.assess(&record);
    let mut text = Vec::new();
    let rows = assessor.asked.iter().zip(&findings);
    let rows = rows.map(|(asked, finding)| Row::new((&chart.id, arm), asked, finding));
    // Nothing stands in the way of writing to memory.
    let _ = written(args, rows, &mut text);
    let counted = findings.iter().map(Counted::of).collect();
    Assessed { id: chart.id.clone(), arm: arm.to_owned(), counted, text, refused: refusals(&record) }
}

fn written<'f>(args: &Args, rows: impl Iterator<Item = Row<'f>>, out: &mut Vec<u8>) -> io::Result<()> {
    match args.format {
        FormatChoice::Csv => {
            let mut csv = Csv::more(out);
            for row in rows {
                csv.row(&row)?;
            }
            csv.finish()
        }
        FormatChoice::Json => {
            for (at, row) in rows.enumerate() {
                out.write_all(if at > 0 { b",\n" } else { b"\n" })?;
                serde_json::to_writer(&mut *out, &row)?;
            }
            Ok(())
        }
        FormatChoice::Table => {
            for (at, row) in rows.enumerate() {
                if at == 0 {
                    let arm = if row.arm.is_empty() { String::new() } else { format!("  arm {}", row.arm) };
                    writeln!(out, "{}{arm}", row.participant)?;
                }
                table::finding(out, &row)?;
                if let Some(reason) = row.reason {
                    out.write_all(explain::branches(reason, 4).as_bytes())?;
                }
            }
            Ok(())
        }
    }
}

struct Run<'r, 't, 'o> {
    args: &'r Args,
    terminal: &'r Terminal,
    out: &'o mut dyn Write,
    patients: Patients<'t>,
    summaries: Vec<Summary>,
    /// Of the numbers of each outcome.
    units: Vec<Option<Arc<str>>>,
    unread: u64,
    /// Whether nothing has been written yet.
    first: bool,
    /// Whether the participant to explain was there.
    found: bool,
    unknown_arms: BTreeSet<String>,
    trial: &'t Trial,
    show: Show,
}

impl<'t> Ends for Run<'_, 't, '_> {
    type Batch = Vec<Unread<'t>>;
    type Result = Vec<Read>;
    type Error = Stop;

    fn next(&mut self) -> Option<Vec<Unread<'t>>> {
        let mut batch = Vec::new();
        while let Some(unread) = self.patients.next_unread() {
            let many = unread.is_many();
            batch.push(unread);
            if many || batch.len() == BATCH {
                break;
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    fn take(&mut self, read: Vec<Read>) -> Result<(), Stop> {
        for Read { prepared, assessed } in read {
            match (self.patients.admit(prepared), assessed) {
                (Err(rejection), _) => self.complain(&rejection.to_string()),
                (Ok(_), Some(assessed)) => self.participant(&assessed)?,
                (Ok(_), None) => {}
            }
        }
        Ok(())
    }
}

impl Run<'_, '_, '_> {
    fn participant(&mut self, assessed: &Assessed) -> io::Result<()> {
        self.found = true;
        let id = &assessed.id;
        for refused in &assessed.refused {
            self.complain(&format!("participant {id}, {refused}"));
        }
        let arm = &assessed.arm;
        if !arm.is_empty() && !self.trial.arms.iter().any(|known| known.name.as_str() == arm) {
            self.unknown_arms.insert(arm.clone());
        }
        let all = assessed.counted.iter().zip(self.summaries.iter_mut().zip(&mut self.units));
        for (counted, (summary, unit)) in all {
            summary.add(arm, counted);
            if unit.is_none() {
                unit.clone_from(&counted.unit);
            }
        }
        if self.show != Show::Arms {
            if self.args.format == FormatChoice::Json && !self.first {
                self.out.write_all(b",")?;
            }
            self.out.write_all(&assessed.text)?;
            self.first = false;
        }
        Ok(())
    }

    fn complain(&mut self, text: &str) {
        self.unread += 1;
        if self.unread <= SHOWN {
            self.terminal.complain(text);
        } else if self.unread == SHOWN + 1 {
            self.terminal.remark("more could not be read; they are counted at the end");
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
