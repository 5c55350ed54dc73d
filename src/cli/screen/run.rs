//! All patients, one by one.

use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::{Whole, cannot, rejects_beside, stop};
use super::{Screening, Show};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::{Stream, Terminal, is_terminal};
use crate::explain;
use crate::ir::{Trial, Verdict};
use crate::patients::wide::Rows;
use crate::patients::{Next, Patients, Progress, Unread};
use crate::screening::pool::{Ends, in_order};
use crate::screening::table::{Piece, Read, Screened};
use crate::screening::{Decided, Decider, Depth, Flow, Form, Lines, Manner, Origin, Rejects, Row, Sink, Tables, sink};

/// Records that are handed to a thread together.
const BATCH: usize = 64;
/// Complaints about single records that are shown; the others are counted.
const SHOWN: u64 = 20;

pub(super) fn run(args: &Screening, trial: &Trial, terminal: &Terminal) -> Result<Exit, Failure> {
    let reader = args.patients.reader(trial)?;
    let patients = args.patients.open(trial)?;
    patients.notes().iter().for_each(|note| terminal.remark(&format!("note: {note}")));
    // A handler can be set once a process; where it cannot, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(|| stop());
    let origin = Origin::of(trial).map_err(|error| Failure::problem(error.to_string()))?;
    let depth = match (args.show, args.questions) {
        (Show::Json, true) => Depth::Reasons,
        (Show::Text, true) => Depth::Questions,
        _ if args.without_missing => Depth::States,
        _ => Depth::Missing,
    };
    let decider = Decider::new(&reader, depth);
    let results = args.output.as_deref().map(|path| Results::new(path, &origin, &decider)).transpose()?;
    let rejects_path = args.rejects.clone().or_else(|| args.output.as_deref().and_then(rejects_beside));
    let rejects_file = rejects_path.as_deref().map(Whole::new).transpose()?;
    let rejects = Rejects::new(rejects_file.as_ref().map(Whole::writer).transpose()?);
    let bar = progress(patients.progress());
    let mut run = Run {
        args,
        terminal,
        out: BufWriter::new(io::stdout().lock()),
        results,
        rejects,
        rejects_path: rejects_path.clone().unwrap_or_default(),
        flow: Flow::new(&decider),
        refused: 0,
        origin,
        bar,
        patients,
        ahead: None,
        decider: &decider,
    };
    let form = args.output.as_deref().and_then(|path| Form::of(&path.to_string_lossy()));
    let lines = form.and_then(|form| Lines::new(form, run.origin.clone(), &names(&decider)));
    let tables = Tables::new(&decider, Manner::Batches).written_as(lines);
    in_order(args.threads(), &mut run, |batch: Batch<'_>| match batch {
        Batch::Records(batch) => Done::Records(decider.read(batch)),
        Batch::Rows(rows) => Done::Rows(tables.screen(&rows)),
    })?;
    run.bar.finish_and_clear();
    run.finish(rejects_file)
}

/// What a thread is given.
enum Batch<'t> {
    Records(Vec<Unread<'t>>),
    Rows(Rows<'t>),
}

/// What it gives back.
enum Done<'t> {
    Records(Vec<Read>),
    Rows(Vec<Screened<'t>>),
}

struct Results {
    path: PathBuf,
    file: Whole,
    sink: Box<dyn Sink>,
}

impl Results {
    fn new(path: &Path, origin: &Origin, decider: &Decider<'_, '_>) -> Result<Self, Failure> {
        let form = Form::of(&path.to_string_lossy()).ok_or_else(|| {
            Failure::misuse(format!("{}: end the name with .csv, .ndjson or .parquet", path.display()))
        })?;
        let file = Whole::new(path)?;
        let sink = sink(form, file.writer()?, origin.clone(), &names(decider)).map_err(|error| cannot(path, &error))?;
        Ok(Self { path: path.to_owned(), file, sink })
    }
}

/// The names of all criteria.
fn names(decider: &Decider<'_, '_>) -> Vec<String> {
    decider.criteria().map(|(name, ..)| name.to_owned()).collect()
}

struct Run<'r, 't, O: Write, R: Write> {
    args: &'r Screening,
    terminal: &'r Terminal,
    out: O,
    results: Option<Results>,
    rejects: Rejects<R>,
    rejects_path: PathBuf,
    flow: Flow,
    /// Facts that could not be read so far.
    refused: u64,
    origin: Origin,
    bar: ProgressBar,
    patients: Patients<'t>,
    /// What has been read of the stream and comes next.
    ahead: Option<Next<'t>>,
    decider: &'r Decider<'r, 't>,
}

impl<'t, O: Write, R: Write> Ends for Run<'_, 't, O, R> {
    type Batch = Batch<'t>;
    type Result = Done<'t>;
    type Error = Failure;

    fn next(&mut self) -> Option<Batch<'t>> {
        let mut batch = Vec::new();
        loop {
            let next = self.ahead.take().or_else(|| self.patients.next_some());
            let is_full = match next {
                Some(Next::Record(unread)) => {
                    let many = unread.is_many();
                    batch.push(unread);
                    many || batch.len() == BATCH
                }
                Some(Next::Rows(rows)) if batch.is_empty() => {
                    self.bar.set_position(self.patients.progress().read);
                    return Some(Batch::Rows(rows));
                }
                // The records before them go first.
                Some(rows) => {
                    self.ahead = Some(rows);
                    true
                }
                None => true,
            };
            if is_full {
                break;
            }
        }
        self.bar.set_position(self.patients.progress().read);
        (!batch.is_empty()).then_some(Batch::Records(batch))
    }

    fn take(&mut self, done: Done<'t>) -> Result<(), Failure> {
        match done {
            Done::Records(read) => self.records(read),
            Done::Rows(screened) => screened.into_iter().try_for_each(|mut screened| self.rows(&mut screened)),
        }
    }
}

impl<O: Write, R: Write> Run<'_, '_, O, R> {
    fn records(&mut self, read: Vec<Read>) -> Result<(), Failure> {
        for Read { prepared, decided } in read {
            match (self.patients.admit(prepared), decided) {
                (Err(rejection), _) => {
                    self.flow.rejected += 1;
                    self.rejects.record(&rejection).map_err(|error| cannot(&self.rejects_path, &error))?;
                    self.complain(&rejection.to_string())?;
                }
                (Ok(_), Some(decided)) => self.patient(&decided)?,
                // Every chart has been decided.
                (Ok(_), None) => {}
            }
        }
        Ok(())
    }
}

impl<O: Write, R: Write> Run<'_, '_, O, R> {
    fn rows(&mut self, screened: &mut Screened<'_>) -> Result<(), Failure> {
        while let Some(piece) = screened.next_piece(&mut |mark| self.patients.is_new(mark)) {
            match piece {
                Piece::One(read) => self.records(vec![read])?,
                Piece::Plain(rows) => self.plain(screened, rows)?,
            }
        }
        Ok(())
    }

    /// Rows of a table that were decided together.
    fn plain(&mut self, screened: &Screened<'_>, rows: Range<usize>) -> Result<(), Failure> {
        self.flow.add_plain(screened, rows.clone());
        if let Some(results) = &mut self.results {
            let written = results.sink.plain(self.decider, screened, rows.clone());
            written.map_err(|error| cannot(&results.path, &error))?;
        }
        if self.is_shown() {
            for row in rows {
                let decided = screened.decided(row);
                self.show(&decided, &Row::new(self.decider, &decided))?;
            }
        }
        Ok(())
    }

    /// Whether each patient has a line on standard output.
    fn is_shown(&self) -> bool {
        !self.args.quiet && (self.results.is_none() || self.args.questions)
    }

    fn patient(&mut self, decided: &Decided) -> Result<(), Failure> {
        for refusal in &decided.refused {
            self.refused += 1;
            let text = format!("patient {}, {}: {}", decided.patient, refusal.field, refusal.why);
            self.complain(&text)?;
        }
        self.rejects.facts(decided).map_err(|error| cannot(&self.rejects_path, &error))?;
        self.flow.add(decided);
        let shown = self.is_shown();
        if self.results.is_none() && !shown {
            return Ok(());
        }
        let row = Row::new(self.decider, decided);
        if let Some(results) = &mut self.results {
            results.sink.row(&row).map_err(|error| cannot(&results.path, &error))?;
        }
        if shown { self.show(decided, &row) } else { Ok(()) }
    }

    fn show(&mut self, decided: &Decided, row: &Row<'_>) -> Result<(), Failure> {
        match (self.args.show, &decided.reasons) {
            (Show::Json, Some(report)) => self.json(report),
            (Show::Json, None) => {
                let mut line = Vec::new();
                let mut sink = sink(Form::Ndjson, &mut line, self.origin.clone(), &names(self.decider))?;
                sink.row(row)?;
                drop(sink);
                Ok(self.out.write_all(&line)?)
            }
            (Show::Text, _) => self.text(decided, &row.because),
        }
    }

    /// Says what could not be read; under --strict that is the end.
    fn complain(&mut self, text: &str) -> Result<(), Failure> {
        if self.args.strict {
            self.bar.finish_and_clear();
            return Err(Failure::problem(format!("{text}\nstopped here, as --strict asks; nothing was written")));
        }
        let so_far = self.flow.rejected + self.refused;
        let terminal = self.terminal;
        if so_far <= SHOWN {
            self.bar.suspend(|| terminal.complain(text));
        } else if so_far == SHOWN + 1 {
            self.bar.suspend(|| terminal.remark("more could not be read; they are counted at the end"));
        }
        Ok(())
    }

    fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.out, value).map_err(io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn text(&mut self, decided: &Decided, because: &[&str]) -> Result<(), Failure> {
        let questions = self.args.questions;
        if questions && decided.verdict != Verdict::Undetermined {
            return Ok(());
        }
        let because = match decided.verdict {
            Verdict::Eligible => String::new(),
            Verdict::Ineligible => format!("  fails {}", some(because)),
            Verdict::Undetermined if because.is_empty() => "  the protocol has something missing".to_owned(),
            Verdict::Undetermined => format!("  open: {}", some(because)),
        };
        writeln!(self.out, "{}  {}{because}", decided.patient, explain::verdict_word(decided.verdict))?;
        if !questions {
            return Ok(());
        }
        let (shortest, others): (Vec<_>, Vec<_>) = decided.asking.iter().partition(|asking| asking.in_shortest);
        for (at, asking) in shortest.iter().enumerate() {
            writeln!(self.out, "  {}. {}{}", at + 1, asking.question, bearing(asking))?;
        }
        if !others.is_empty() {
            writeln!(self.out, "  besides, {} more that could matter (--explain {})", others.len(), decided.patient)?;
        }
        Ok(())
    }

    /// Puts the files in their places when both are whole, and shows the flow.
    fn finish(mut self, rejects_file: Option<Whole>) -> Result<Exit, Failure> {
        let mut files = Vec::new();
        if let Some(results) = self.results.take() {
            results.sink.finish().map_err(|error| cannot(&results.path, &error))?;
            files.push(results.file);
        }
        self.rejects.finish().map_err(|error| cannot(&self.rejects_path, &error))?;
        files.extend(rejects_file);
        files.iter().try_for_each(Whole::settle)?;
        files.into_iter().try_for_each(Whole::finish)?;
        let unread = self.flow.rejected + self.flow.refused_facts;
        if self.args.show == Show::Text {
            let Origin { protocol, version, hash, policy } = &self.origin;
            writeln!(self.out, "\n{}", self.flow)?;
            let version = if version.is_empty() { String::new() } else { format!(" version {version}") };
            let short = hash.get(..12).unwrap_or(hash);
            writeln!(self.out, "protocol {protocol}{version}, {short}; {policy}")?;
        }
        self.out.flush()?;
        Ok(if unread > 0 { Exit::Problems } else { Exit::Clean })
    }
}

/// Names of criteria, as many as a line can bear.
fn some(names: &[&str]) -> String {
    const MOST: usize = 8;
    let shown = names.get(..MOST).unwrap_or(names).join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}

/// What a question decides.
fn bearing(asking: &explain::Asking) -> String {
    let could = match (asking.could_admit, asking.could_exclude.as_slice()) {
        (true, []) => " (alone makes the patient eligible)".to_owned(),
        (true, _) => " (alone decides)".to_owned(),
        (false, []) => String::new(),
        (false, out) => format!(" (alone could exclude: {})", out.join(", ")),
    };
    if could.is_empty() { format!(" (for {})", asking.criteria.join(", ")) } else { could }
}

/// A bar with rate and time left, on a terminal only.
fn progress(progress: Progress) -> ProgressBar {
    let bar = match progress.total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    let wanted = is_terminal(Stream::Error);
    bar.set_draw_target(if wanted { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() });
    let style = match progress.total {
        Some(_) => "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        None => "{spinner} {bytes}, {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
