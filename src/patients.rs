//! Patients as a stream: charts from our own JSON, CSV, Parquet and FHIR, one at a time.
//!
//! One bad record never stops the stream: it becomes a [`Rejection`] with its file, its line or row and the field. Each
//! item is one record read, so that the counts add up. What would spoil every patient (a file that is not there, a column
//! of the mapping that a table does not have) is an error before the first. Formats and limits: `docs/patients.md`.

mod block;
pub(crate) mod cells;
mod chart;
pub(crate) mod columns;
mod csv;
mod draft;
mod fhir;
mod json;
mod lines;
mod long;
pub(crate) mod mapping;
mod overlay;
mod parquet;
mod seen;
mod source;
mod table;
pub mod wide;

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

pub(crate) use block::{Block, Known, ROWS, Typed, day_of};
pub(crate) use columns::{anchors as trial_events, plain, screening as screening_event};
pub use draft::{DraftError, draft};
pub use mapping::Mapping;
pub use overlay::{Anchors, AnchorsError};
pub use seen::Mark;
pub(crate) use seen::Seen;

use crate::chart::Chart;
use crate::chart::lent::Lent;
use crate::ir::Trial;
use crate::world::Archive;
use json::Raw;
use lines::Lines;
use source::Head;

/// The longest record of text that is read, in bytes: a line, a row, a chart. No more than this is held of one record.
pub const LONGEST: usize = 64 << 20;
/// The longest FHIR Bundle: it is held as a whole.
pub const LONGEST_BUNDLE: usize = 1 << 30;
/// As much of a rejected record as is kept, in bytes.
pub const KEPT: usize = 4 << 10;

/// One record of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Chart(Box<Chart>),
    Rejected(Rejection),
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    pub file: String,
    pub place: Place,
    /// The patient, where it can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The field or column: `observations[3].unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub why: String,
    /// The record as it stands in the file, its first [`KEPT`] bytes.
    pub text: String,
}

/// Where in a file; all count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    File,
    Line(u64),
    /// A row as a spreadsheet counts it: in CSV the header is row 1. In Parquet, which has no header row, row 1 holds data.
    Row(u64),
    /// An entry of an array or a Bundle.
    Entry(u64),
}

/// How patients are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Chart,
    Csv,
    Parquet,
    Fhir,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Chart, Self::Csv, Self::Parquet, Self::Fhir];

    /// As it is written behind `--from`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Fhir => "fhir",
        }
    }
}

/// What the caller says about the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Told from name and content without it.
    pub from: Option<Format>,
    pub mapping: Mapping,
    pub anchors: Anchors,
}

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    pub file: String,
    pub why: String,
}

/// How far the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of the files, as they lie on the disk.
    pub read: u64,
    /// All of them, where that is known (not of standard input).
    pub total: Option<u64>,
}

/// A chart and where it stands, or why there is none.
type Step = Result<(Box<Chart>, Place), Box<Rejection>>;
/// Records that have been cut out of their file: read already, or still to be.
enum Work<'a> {
    Done(Step),
    Todo(Box<dyn FnOnce() -> Step + Send + 'a>),
    /// A chart as JSON.
    Chart(Raw),
    /// Charts as JSON, one a line.
    Lines(Lines),
}
/// The records of one file.
type Steps<'a> = Box<dyn Iterator<Item = Work<'a>> + Send + 'a>;

/// Where the records of one file come from.
enum Source<'a> {
    Steps(Steps<'a>),
    /// A table of a row a patient.
    Rows(wide::Patients<'a>),
}

/// Records that are still to be read, on whichever thread.
pub struct Unread<'a> {
    shared: Arc<Shared<'a>>,
    file: Arc<str>,
    work: Work<'a>,
}

/// What comes next of a stream.
pub enum Next<'a> {
    Record(Unread<'a>),
    Rows(wide::Rows<'a>),
}

/// A record that has been read. Only the stream knows whether its patient is a new one: [`Patients::admit`].
pub struct Prepared {
    content: Content,
    /// What is kept of the patient's id, and the place, where it was a chart.
    known: Option<(Mark, Place)>,
    file: Arc<str>,
}

enum Content {
    /// The chart with what the caller knows about all of them, or why there is none.
    Item(Item),
    /// All that was asked of the chart is known; it stands here.
    Asked(Arc<Vec<u8>>, Range<usize>),
    /// The same, and its patient is known to be a new one.
    Told,
}

/// A chart that is asked about, as soon as that can be done.
#[derive(Clone, Copy)]
pub enum View<'c> {
    /// Its texts stand where they were read. Whoever cannot be content with that takes the whole chart from behind it, or
    /// gives no answer: then the same is asked of the whole chart.
    Lent(&'c Lent<'c>, &'c dyn Fn() -> Option<Box<Chart>>),
    Whole(&'c Chart),
}

/// The stream. Made by [`open`].
pub struct Patients<'a> {
    shared: Arc<Shared<'a>>,
    /// The files to come, last first; standard input is open already.
    waiting: Vec<Waiting<'a>>,
    current: Option<(Arc<str>, Source<'a>)>,
    /// Blocks of rows of which records were asked for one by one, the first of them last; and how far the first has come.
    pending: (Vec<wide::Opened<'a>>, usize),
    /// Resources that stand alone, of all FHIR files: grouped when the last file has been read.
    loose: fhir::Loose,
    seen: Seen,
    /// Records that have been read and not been given yet.
    ready: VecDeque<Prepared>,
    total: Option<u64>,
    notes: Vec<String>,
}

struct Waiting<'a> {
    name: Arc<str>,
    path: PathBuf,
    opened: Option<Opening<'a>>,
}

/// What all readers need.
pub(crate) struct Shared<'a> {
    pub(crate) archive: &'a dyn Archive,
    pub(crate) trial: &'a Trial,
    pub(crate) options: Options,
    pub(crate) read: AtomicU64,
}

/// A file that has been looked into: its records, and what is to be said about all of it.
struct Opening<'a> {
    source: Source<'a>,
    notes: Vec<String>,
    length: Option<u64>,
}

/// The patients of files and folders (`-` is standard input), in the order of the paths, without reading more than the
/// head of each file.
///
/// # Errors
/// A path that is not there or cannot be read, and a table whose header does not fit its mapping.
pub fn open<'a>(
    archive: &'a dyn Archive,
    trial: &'a Trial,
    paths: &[PathBuf],
    options: Options,
) -> Result<Patients<'a>, OpenError> {
    options.mapping.check(trial)?;
    let shared = Arc::new(Shared { archive, trial, options, read: AtomicU64::new(0) });
    let loose = fhir::Loose::default();
    let mut patients = Patients {
        shared: Arc::clone(&shared),
        waiting: Vec::new(),
        current: None,
        pending: (Vec::new(), 0),
        loose,
        seen: Seen::default(),
        ready: VecDeque::new(),
        total: Some(0),
        notes: Vec::new(),
    };
    for path in files(archive, paths)? {
        let name: Arc<str> = name_of(&path).into();
        let opening = open_file(&shared, &path, &name, &patients.loose)?;
        patients.total = patients.total.zip(opening.length).map(|(total, length)| total + length);
        patients.notes.extend(opening.notes.iter().map(|note| format!("{name}: {note}")));
        let opened = (path == Path::new("-") || opening.length.is_none()).then_some(opening);
        patients.waiting.push(Waiting { name, path, opened });
    }
    patients.waiting.reverse();
    if patients.waiting.iter().all(|waiting| waiting.opened.is_none()) {
        // What was read of the heads is read again.
        shared.read.store(0, Ordering::Relaxed);
    }
    Ok(patients)
}

fn files(archive: &dyn Archive, paths: &[PathBuf]) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Vec::new();
    for path in paths {
        let files = archive.list(path).map_err(|error| OpenError { file: name_of(path), why: reason(&error) })?;
        if files.is_empty() {
            return Err(OpenError { file: name_of(path), why: "there are no files in this folder".to_owned() });
        }
        let folder = files.len() > 1 || files.first() != Some(path);
        // What lies about in a folder beside the patients: a licence, a read-me.
        found.extend(files.into_iter().filter(|file| !folder || source::may_hold_patients(file)));
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() }
}

fn open_file<'a>(
    shared: &Arc<Shared<'a>>,
    path: &Path,
    name: &Arc<str>,
    loose: &fhir::Loose,
) -> Result<Opening<'a>, OpenError> {
    let cannot = |why: String| OpenError { file: name.to_string(), why };
    let head = Head::open(shared, path).map_err(|error| cannot(reason(&error)))?;
    let length = head.length;
    let unreadable = |why: String| {
        let rejection = Rejection { text: head.shown(), ..Rejection::of(name, Place::File, why) };
        let source = Source::Steps(Box::new(std::iter::once(Work::Done(Err(Box::new(rejection))))));
        Opening { source, notes: Vec::new(), length }
    };
    if let Some(why) = head.fault() {
        return Ok(unreadable(why));
    }
    let Some(format) = shared.options.from.or_else(|| head.format()) else {
        return Ok(unreadable("it is neither JSON, CSV nor Parquet".to_owned()));
    };
    let (source, notes): (Source<'a>, Vec<String>) = match format {
        Format::Chart => (Source::Steps(chart::charts(head)), Vec::new()),
        Format::Fhir => {
            let resources = fhir::Resources::new(Arc::clone(shared), name, head, loose.clone());
            (Source::Steps(Box::new(resources.map(Work::Done))), Vec::new())
        }
        Format::Csv | Format::Parquet => {
            let table = match format {
                Format::Parquet => parquet::open(shared, head),
                Format::Csv | Format::Chart | Format::Fhir => csv::open(head, &shared.options.mapping),
            };
            match table {
                Ok(table) => table::patients(shared, path, name, table).map_err(cannot)?,
                Err(why) => {
                    let rejection = Rejection::of(name, Place::File, why);
                    (Source::Steps(Box::new(std::iter::once(Work::Done(Err(Box::new(rejection)))))), Vec::new())
                }
            }
        }
    };
    Ok(Opening { source, notes, length })
}

impl<'a> Patients<'a> {
    #[must_use]
    pub fn progress(&self) -> Progress {
        let read = self.shared.read.load(Ordering::Relaxed);
        Progress { read: self.total.map_or(read, |total| read.min(total)), total: self.total }
    }

    /// What is to be said about the files before the first patient: columns that are used for nothing.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The next record, or some of them, cut out of their file and not read yet.
    pub fn next_unread(&mut self) -> Option<Unread<'a>> {
        loop {
            let (blocks, at) = &mut self.pending;
            if let Some(rows) = blocks.last() {
                if *at < rows.len() {
                    *at += 1;
                    return Some(rows.unread(*at - 1));
                }
                blocks.pop();
                *at = 0;
                continue;
            }
            match self.next_some()? {
                Next::Record(unread) => return Some(unread),
                Next::Rows(rows) => {
                    let mut blocks: Vec<_> = rows.opened().map(|(opened, _)| opened).collect();
                    blocks.iter().for_each(|opened| opened.block.ends());
                    blocks.reverse();
                    self.pending = (blocks, 0);
                }
            }
        }
    }

    /// The next record, or the next rows of a table of a row a patient.
    pub fn next_some(&mut self) -> Option<Next<'a>> {
        loop {
            if let Some((name, source)) = &mut self.current {
                let file = Arc::clone(name);
                let some = match source {
                    Source::Steps(steps) => {
                        steps.next().map(|work| Next::Record(Unread { shared: Arc::clone(&self.shared), file, work }))
                    }
                    Source::Rows(patients) => patients.next().map(Next::Rows),
                };
                match some {
                    Some(some) => return Some(some),
                    None => self.current = None,
                }
            }
            let Some(mut waiting) = self.waiting.pop() else {
                let (name, steps) = fhir::grouped(Arc::clone(&self.shared), &self.loose)?;
                self.current = Some((name, Source::Steps(steps)));
                continue;
            };
            let opened = match waiting.opened.take() {
                Some(opened) => Ok(opened),
                None => open_file(&self.shared, &waiting.path, &waiting.name, &self.loose),
            };
            match opened {
                Ok(opening) => {
                    if let Source::Rows(patients) = &opening.source {
                        self.seen.expect(usize::try_from(patients.rows).unwrap_or(0).min(EXPECTED));
                    }
                    self.current = Some((waiting.name, opening.source));
                }
                Err(error) => {
                    let work = Work::Done(Err(Box::new(Rejection::of(&waiting.name, Place::File, error.why))));
                    return Some(Next::Record(Unread { shared: Arc::clone(&self.shared), file: waiting.name, work }));
                }
            }
        }
    }

    /// Whether a patient of that mark is a new one. Asked in the order of the stream, as [`Patients::admit`] is.
    pub fn is_new(&mut self, mark: Mark) -> bool {
        self.seen.insert(mark)
    }

    /// The chart, if its patient is a new one; nothing where all is known that was asked of it. Records are admitted in the
    /// order of the stream.
    ///
    /// # Errors
    /// Why the record could not be read, or that there has been such a patient before.
    pub fn admit(&mut self, prepared: Prepared) -> Result<Option<Box<Chart>>, Box<Rejection>> {
        let Prepared { content, known, file } = prepared;
        let is_new = known.is_none_or(|(mark, _)| self.seen.insert(mark));
        let item = match content {
            Content::Told => return Ok(None),
            Content::Asked(..) if is_new => return Ok(None),
            Content::Asked(bytes, range) => {
                let place = known.map_or(Place::File, |(_, place)| place);
                let raw = Raw { place, bytes: bytes.get(range).unwrap_or_default().to_vec(), fault: None };
                match Unread::finished(&self.shared, &file, chart::chart(&file, &raw)).content {
                    Content::Item(item) => item,
                    Content::Asked(..) | Content::Told => return Ok(None),
                }
            }
            Content::Item(item) => item,
        };
        let Some((_, place)) = known.filter(|_| !is_new) else {
            return match item {
                Item::Chart(chart) => Ok(Some(chart)),
                Item::Rejected(rejection) => Err(Box::new(rejection)),
            };
        };
        let (id, text) = match item {
            Item::Chart(chart) => {
                let text = kept(&serde_json::to_string(&chart).unwrap_or_default());
                (chart.id, text)
            }
            Item::Rejected(rejection) => (rejection.id.unwrap_or_default(), rejection.text),
        };
        let why = format!("there has been a patient `{}` before", shown(&id));
        let field = Some("id".to_owned());
        Err(Box::new(Rejection { id: Some(id), field, text, ..Rejection::of(&file, place, why) }))
    }
}

impl Prepared {
    /// The chart, where the record could be read and the whole of it was.
    #[must_use]
    pub fn chart(&self) -> Option<&Chart> {
        match &self.content {
            Content::Item(Item::Chart(chart)) => Some(chart),
            Content::Item(Item::Rejected(_)) | Content::Asked(..) | Content::Told => None,
        }
    }

    /// What is kept of the patient's id, where there is a chart.
    pub(crate) fn mark(&self) -> Option<Mark> {
        self.chart()?;
        self.known.map(|(mark, _)| mark)
    }

    /// A chart of which all is known that was asked, and whose patient is a new one.
    pub(crate) fn told(file: &Arc<str>) -> Self {
        Self { content: Content::Told, known: None, file: Arc::clone(file) }
    }

    /// The same, to be changed before it is admitted.
    pub fn chart_mut(&mut self) -> Option<&mut Chart> {
        match &mut self.content {
            Content::Item(Item::Chart(chart)) => Some(chart),
            Content::Item(Item::Rejected(_)) | Content::Asked(..) | Content::Told => None,
        }
    }
}

impl Unread<'_> {
    /// Whether these are many records, which make a day's work for a thread.
    #[must_use]
    pub fn is_many(&self) -> bool {
        matches!(self.work, Work::Lines(_))
    }

    /// Reads the records, asks something of each chart, and gives them one by one. What it cannot tell is whether there has
    /// been such a patient before.
    pub fn read<T>(self, mut ask: impl FnMut(View<'_>) -> Option<T>, mut each: impl FnMut(Prepared, Option<T>)) {
        let Self { shared, file, work } = self;
        let mut one = |bytes: &Arc<Vec<u8>>, range: Range<usize>, place: Place| {
            let text = bytes.get(range.clone()).unwrap_or_default();
            if let Some((mark, answer)) = lent(&shared, &file, text, place, &mut ask) {
                let content = Content::Asked(Arc::clone(bytes), range);
                return each(Prepared { content, known: Some((mark, place)), file: Arc::clone(&file) }, Some(answer));
            }
            let raw = Raw { place, bytes: text.to_vec(), fault: None };
            asked(Self::finished(&shared, &file, chart::chart(&file, &raw)), &mut ask, &mut each);
        };
        match work {
            Work::Lines(lines) => {
                for (line, range) in lines.records() {
                    one(&lines.bytes, range, Place::Line(line));
                }
            }
            Work::Chart(Raw { place, bytes, fault: None }) => {
                let range = 0..bytes.len();
                one(&Arc::new(bytes), range, place);
            }
            work @ (Work::Chart(_) | Work::Done(_) | Work::Todo(_)) => {
                Self { shared, file, work }.whole(|prepared| asked(prepared, &mut ask, &mut each));
            }
        }
    }

    /// Reads the records, and gives them one by one with the whole chart of each.
    pub fn whole(self, mut each: impl FnMut(Prepared)) {
        let Self { shared, file, work } = self;
        let mut step = |step: Step| each(Self::finished(&shared, &file, step));
        match work {
            Work::Lines(lines) => {
                for (line, range) in lines.records() {
                    let bytes = lines.bytes.get(range).unwrap_or_default().to_vec();
                    step(chart::chart(&file, &Raw { place: Place::Line(line), bytes, fault: None }));
                }
            }
            Work::Chart(raw) => step(chart::chart(&file, &raw)),
            Work::Done(done) => step(done),
            Work::Todo(read) => step(read()),
        }
    }

    /// A chart with what the caller knows about all of them.
    fn finished(shared: &Shared<'_>, file: &Arc<str>, step: Step) -> Prepared {
        let prepared = |item: Item, known| Prepared { content: Content::Item(item), known, file: Arc::clone(file) };
        let (mut chart, place) = match step {
            Ok(read) => read,
            Err(rejection) => return prepared(Item::Rejected(*rejection), None),
        };
        let reject = |chart: &Chart, field: &str, why: String| {
            let text = kept(&serde_json::to_string(chart).unwrap_or_default());
            let (id, field) = (Some(chart.id.clone()), Some(field.to_owned()));
            Item::Rejected(Rejection { id, field, text, ..Rejection::of(file, place, why) })
        };
        if chart.id.trim().is_empty() {
            return prepared(reject(&chart, "id", "the patient has no id".to_owned()), None);
        }
        let known = Some((Mark::of(&chart.id), place));
        shared.options.mapping.translate(&mut chart);
        let item = match shared.options.anchors.apply(&mut chart) {
            Ok(()) => Item::Chart(chart),
            Err((field, why)) => reject(&chart, &field, why),
        };
        prepared(item, known)
    }
}

/// Asks of a chart that was read whole.
fn asked<T>(
    prepared: Prepared,
    ask: &mut impl FnMut(View<'_>) -> Option<T>,
    each: &mut impl FnMut(Prepared, Option<T>),
) {
    let answer = prepared.chart().and_then(|chart| ask(View::Whole(chart)));
    each(prepared, answer);
}

/// Asks of a chart that stays in its line, if it can be read so: what is kept of its id, and the answer.
fn lent<T>(
    shared: &Shared<'_>,
    file: &Arc<str>,
    text: &[u8],
    place: Place,
    ask: &mut impl FnMut(View<'_>) -> Option<T>,
) -> Option<(Mark, T)> {
    if shared.options.mapping.renames() {
        return None;
    }
    let mut chart: Lent<'_> = serde_json::from_str(str::from_utf8(text).ok()?.trim_ascii()).ok()?;
    if chart.id.trim().is_empty() {
        return None;
    }
    let mark = Mark::of(chart.id);
    shared.options.mapping.lend(&mut chart);
    shared.options.anchors.lend(&mut chart)?;
    let whole = || {
        let raw = Raw { place, bytes: text.to_vec(), fault: None };
        match Unread::finished(shared, file, chart::chart(file, &raw)).content {
            Content::Item(Item::Chart(chart)) => Some(chart),
            Content::Item(Item::Rejected(_)) | Content::Asked(..) | Content::Told => None,
        }
    };
    ask(View::Lent(&chart, &whole)).map(|answer| (mark, answer))
}

impl Iterator for Patients<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let prepared = loop {
            if let Some(prepared) = self.ready.pop_front() {
                break prepared;
            }
            let unread = self.next_unread()?;
            let ready = &mut self.ready;
            unread.whole(|prepared| ready.push_back(prepared));
        };
        Some(match self.admit(prepared) {
            Ok(Some(chart)) => Item::Chart(chart),
            // Nothing was asked, so nothing has been answered.
            Ok(None) => return self.next(),
            Err(rejection) => Item::Rejected(*rejection),
        })
    }
}

/// Room is made for so many patients of a file at the most, before any of them has been read.
const EXPECTED: usize = 1 << 24;

impl Rejection {
    fn of(file: &str, place: Place, why: String) -> Self {
        Self { file: file.to_owned(), place, id: None, field: None, why, text: String::new() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
            Self::Entry(entry) => write!(f, "entry {entry}"),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.place != Place::File {
            write!(f, ", {}", self.place)?;
        }
        if let Some(id) = &self.id {
            write!(f, ", patient {id}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        write!(f, ": {}", self.why)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.why)
    }
}

/// No more of a text than a message can bear.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().nth(MOST).is_none() {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// How many lines end in a text.
fn line_ends(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').skip(1).count() as u64
}

/// No more of a record than the rejects file is to hold.
fn kept(text: &str) -> String {
    if text.len() <= KEPT {
        return text.to_owned();
    }
    let end = (0..=KEPT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

fn kept_bytes(bytes: &[u8]) -> String {
    let more = bytes.len() > KEPT;
    let text = String::from_utf8_lossy(bytes.get(..KEPT).unwrap_or(bytes)).into_owned();
    if more { text + "…" } else { text }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::UnexpectedEof => "the file ends in the middle".to_owned(),
        _ => error.to_string(),
    }
}
