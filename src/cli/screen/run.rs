//! All patients, one by one.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::{Whole, cannot, rejects_beside, stop};
use super::{Screening, Show};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::{Stream, Terminal, is_terminal};
use crate::evaluate::verdict::Open;
use crate::evaluate::{Report, screen};
use crate::explain;
use crate::ir::{Trial, Verdict};
use crate::patients::{Item, Progress};
use crate::record::Record;
use crate::screening::{Flow, Form, Origin, Rejects, Row, Sink, criteria_of, sink};

/// Complaints about single records that are shown; the others are counted.
const SHOWN: u64 = 20;

pub(super) fn run(args: &Screening, trial: &Trial, terminal: &Terminal) -> Result<Exit, Failure> {
    let reader = args.patients.reader(trial)?;
    let mut patients = args.patients.open(trial)?;
    patients.notes().iter().for_each(|note| terminal.remark(&format!("note: {note}")));
    // A handler can be set once a process; where it cannot, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(|| stop());
    let origin = Origin::of(trial).map_err(|error| Failure::problem(error.to_string()))?;
    let results = args.output.as_deref().map(|path| Results::new(path, &origin, trial)).transpose()?;
    let rejects_path = args.rejects.clone().or_else(|| args.output.as_deref().and_then(rejects_beside));
    let rejects_file = rejects_path.as_deref().map(Whole::new).transpose()?;
    let rejects = Rejects::new(rejects_file.as_ref().map(Whole::writer).transpose()?);
    let mut run = Run {
        args,
        terminal,
        out: BufWriter::new(io::stdout().lock()),
        results,
        rejects,
        rejects_path: rejects_path.clone().unwrap_or_default(),
        flow: Flow::new(trial),
        origin,
        bar: progress(patients.progress()),
    };
    while let Some(item) = patients.next() {
        run.bar.set_position(patients.progress().read);
        run.item(&item, &reader)?;
    }
    run.bar.finish_and_clear();
    run.finish(rejects_file)
}

struct Results {
    path: PathBuf,
    file: Whole,
    sink: Box<dyn Sink>,
}

impl Results {
    fn new(path: &Path, origin: &Origin, trial: &Trial) -> Result<Self, Failure> {
        let form = Form::of(&path.to_string_lossy()).ok_or_else(|| {
            Failure::misuse(format!("{}: end the name with .csv, .ndjson or .parquet", path.display()))
        })?;
        let file = Whole::new(path)?;
        let sink =
            sink(form, file.writer()?, origin.clone(), &criteria_of(trial)).map_err(|error| cannot(path, &error))?;
        Ok(Self { path: path.to_owned(), file, sink })
    }
}

struct Run<'r, O: Write, R: Write> {
    args: &'r Screening,
    terminal: &'r Terminal,
    out: O,
    results: Option<Results>,
    rejects: Rejects<R>,
    rejects_path: PathBuf,
    flow: Flow,
    origin: Origin,
    bar: ProgressBar,
}

impl<O: Write, R: Write> Run<'_, O, R> {
    fn item(&mut self, item: &Item, reader: &crate::record::Reader<'_>) -> Result<(), Failure> {
        match item {
            Item::Rejected(rejection) => {
                self.flow.rejected += 1;
                self.rejects.record(rejection).map_err(|error| cannot(&self.rejects_path, &error))?;
                self.complain(&rejection.to_string())
            }
            Item::Chart(chart) => {
                let record = reader.record(chart);
                self.refused(&record)?;
                let report = screen(reader, &record);
                self.patient(&report, &record)
            }
        }
    }

    fn refused(&mut self, record: &Record) -> Result<(), Failure> {
        for refusal in &record.refused {
            self.flow.refused_facts += 1;
            let text = format!("patient {}, {}: {}", record.id, refusal.field, refusal.why);
            self.complain(&text)?;
        }
        self.flow.unmapped += u64::try_from(record.unmapped.len()).unwrap_or(u64::MAX);
        self.rejects.facts(record).map_err(|error| cannot(&self.rejects_path, &error))
    }

    /// Says what could not be read; under --strict that is the end.
    fn complain(&mut self, text: &str) -> Result<(), Failure> {
        if self.args.strict {
            self.bar.finish_and_clear();
            return Err(Failure::problem(format!("{text}\nstopped here, as --strict asks; nothing was written")));
        }
        let so_far = self.flow.rejected + self.flow.refused_facts;
        let terminal = self.terminal;
        if so_far <= SHOWN {
            self.bar.suspend(|| terminal.complain(text));
        } else if so_far == SHOWN + 1 {
            self.bar.suspend(|| terminal.remark("more could not be read; they are counted at the end"));
        }
        Ok(())
    }

    fn patient(&mut self, report: &Report<'_>, record: &Record) -> Result<(), Failure> {
        let open = report.open();
        self.flow.add(report, &open);
        let missing: Vec<_> = open.questions.iter().map(|question| question.lack.clone()).collect();
        let row = Row::new(report, record, &missing);
        if let Some(results) = &mut self.results {
            results.sink.row(&row).map_err(|error| cannot(&results.path, &error))?;
        }
        let shown = self.results.is_none() || self.args.questions;
        if self.args.quiet || !shown {
            return Ok(());
        }
        match (self.args.show, self.args.questions) {
            (Show::Json, true) => self.json(&explain::report(report, record)),
            (Show::Json, false) => {
                let mut line = Vec::new();
                let mut sink = sink(Form::Ndjson, &mut line, self.origin.clone(), &[])?;
                sink.row(&row)?;
                drop(sink);
                Ok(self.out.write_all(&line)?)
            }
            (Show::Text, questions) => self.text(report, &open, questions),
        }
    }

    fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.out, value).map_err(io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn text(&mut self, report: &Report<'_>, open: &Open, questions: bool) -> Result<(), Failure> {
        if questions && report.verdict != Verdict::Undetermined {
            return Ok(());
        }
        let reasons: Vec<&str> = report.reasons().map(|ruling| ruling.name.as_str()).collect();
        let because = match report.verdict {
            Verdict::Eligible => String::new(),
            Verdict::Ineligible => format!("  fails {}", some(&reasons)),
            Verdict::Undetermined if reasons.is_empty() => "  the protocol has something missing".to_owned(),
            Verdict::Undetermined => format!("  open: {}", some(&reasons)),
        };
        writeln!(self.out, "{}  {}{because}", report.id, explain::verdict_word(report.verdict))?;
        if !questions {
            return Ok(());
        }
        let asked = explain::questions(open);
        let (shortest, others): (Vec<_>, Vec<_>) = asked.into_iter().partition(|asking| asking.in_shortest);
        for (at, asking) in shortest.iter().enumerate() {
            writeln!(self.out, "  {}. {}{}", at + 1, asking.question, bearing(asking))?;
        }
        if !others.is_empty() {
            writeln!(self.out, "  besides, {} more that could matter (--explain {})", others.len(), report.id)?;
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
