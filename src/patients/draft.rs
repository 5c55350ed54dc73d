//! The first draft of a mapping, for a person to look through.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::columns::{self, Found, IDS, Names, Part, nearest, plain, unit_of};
use super::mapping::{Layout, Mapping};
use super::source::Head;
use super::table::Table;
use super::{Format, Options, Shared, csv, long, parquet, shown};
use crate::ir::{ConceptId, ConceptKind, Trial, walk};
use crate::world::Archive;

/// Rows that are looked at.
const ROWS: usize = 500;
/// Values that are shown of a column.
const SHOWN: usize = 4;

/// Why there is no draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftError(pub String);

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mapping of the columns of a table to the names of a protocol, as TOML: what fits by its name or another usual name, as
/// comments what may fit, and what is left on either side.
///
/// # Errors
/// Why the table cannot be read.
pub fn draft(archive: &dyn Archive, trial: &Trial, path: &Path) -> Result<String, DraftError> {
    let shared = Arc::new(Shared { archive, trial, options: Options::default(), read: AtomicU64::new(0) });
    let head = Head::open(&shared, path).map_err(|error| DraftError(super::reason(&error)))?;
    if let Some(why) = head.fault() {
        return Err(DraftError(why));
    }
    let mapping = Mapping::default();
    let table = match head.format() {
        Some(Format::Csv) => csv::open(head, &mapping),
        Some(Format::Parquet) => parquet::open(&shared, head),
        Some(Format::Chart | Format::Fhir) | None => {
            Err("it is no table: only CSV and Parquet have columns to map".to_owned())
        }
    };
    let sample = Sample::of(table.map_err(DraftError)?);
    let mut drafting = Drafting { trial, sample, text: String::new(), matched: BTreeSet::new() };
    match columns::layout(&mapping, &drafting.sample.header) {
        Layout::Wide => drafting.wide(),
        Layout::Long => drafting.long(),
    }
    drafting.rest();
    Ok(drafting.text)
}

/// The first values of each column.
struct Sample {
    header: Vec<String>,
    values: Vec<Vec<String>>,
}

impl Sample {
    fn of(table: Table<'_>) -> Self {
        let header = table.header.clone();
        let mut values = vec![Vec::new(); header.len()];
        for row in table.rows().take(ROWS).flatten() {
            for (cell, values) in row.cells.into_iter().zip(&mut values) {
                if !cell.trim().is_empty() && !values.contains(&cell) {
                    values.push(cell);
                }
            }
        }
        Self { header, values }
    }

    fn shown(&self, column: usize) -> String {
        let values = self.values.get(column).map(Vec::as_slice).unwrap_or_default();
        let some: Vec<String> = values.iter().take(SHOWN).map(|value| format!("`{}`", shown(value))).collect();
        match (some.is_empty(), values.len() > SHOWN) {
            (true, _) => "empty".to_owned(),
            (false, true) => some.join(", ") + " …",
            (false, false) => some.join(", "),
        }
    }
}

struct Drafting<'t> {
    trial: &'t Trial,
    sample: Sample,
    text: String,
    /// The names of the protocol that a column gives.
    matched: BTreeSet<String>,
}

/// What stands in the file for one name.
#[derive(Default)]
struct Block {
    lines: Vec<String>,
}

/// A text as TOML has it: the escapes of JSON are among TOML's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

impl Drafting<'_> {
    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn wide(&mut self) {
        let names = Names::of(self.trial);
        let also = self.also();
        let header = self.sample.header.clone();
        let (mut dates, mut judged) = (Vec::new(), Vec::new());
        let mut facts: BTreeMap<String, Block> = BTreeMap::new();
        let (mut person, mut guesses, mut left) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (at, written) in header.iter().enumerate() {
            let (name, unit) = unit_of(written);
            let simple = plain(name);
            let of_person = ["sex", "birth", "age", "as_of"].into_iter().find(|of| is_of_person(of, &simple));
            if IDS.contains(&simple.as_str()) && !person.contains_key("id") {
                person.insert("id", written.clone());
                continue;
            }
            if let Some(of) = of_person.filter(|of| !person.contains_key(of)) {
                self.matched.insert(of.to_owned());
                person.insert(of, written.clone());
                continue;
            }
            let by_other = || also.get(&simple).map(|name| Found::Fact(name.clone(), Part::Value));
            match names.find(name).or_else(|| names.find(written)).or_else(by_other) {
                Some(Found::Date(event)) => {
                    self.matched.insert(event.clone());
                    dates.push(format!("{} = {}", key(&event), quoted(written)));
                }
                Some(Found::Question(question)) => {
                    self.matched.insert(question.clone());
                    judged.push(format!("{} = {}", key(&question), quoted(written)));
                }
                Some(Found::Fact(name, part)) => {
                    let block = facts.entry(name.clone()).or_default();
                    block.lines.push(format!("{} = {}", word(part), quoted(written)));
                    if let (Part::Value, Some(unit)) = (part, unit) {
                        block.lines.push(format!("unit = {}", quoted(unit)));
                    }
                    if part == Part::Value {
                        let values = self.sample.shown(at);
                        block.lines.push(format!("# holds {values}"));
                    }
                    self.matched.insert(name);
                }
                None => match self.guess(name) {
                    Some(guess) => guesses.push((at, guess)),
                    None => left.push(at),
                },
            }
        }
        self.line("# A first draft: look through it before it is used. Lines that begin with # are left out.");
        self.line("layout = \"wide\"");
        match person.get("id") {
            Some(column) => self.line(&format!("id = {}", quoted(column))),
            None => self.line("# id = \"the column of the patients' ids\""),
        }
        for (of, column) in person.iter().filter(|(of, _)| **of != "id") {
            self.line(&format!("{of} = {}", quoted(column)));
        }
        self.line("# complete = [\"conditions\"]   # kinds of record that hold everything: silence is then a \"no\"");
        self.section("anchors", &dates);
        self.section("judged", &judged);
        for (name, block) in facts {
            self.line(&format!("\n[facts.{}]", key(&name)));
            for line in block.lines {
                self.line(&line);
            }
        }
        if !guesses.is_empty() {
            self.line("\n# Guesses, by nearest spelling: take the # away where they are right.");
        }
        for (at, guess) in guesses {
            let column = header.get(at).cloned().unwrap_or_default();
            let values = self.sample.shown(at);
            self.line(&format!("# [facts.{}]   # {values}\n# column = {}", key(&guess), quoted(&column)));
        }
        if !left.is_empty() {
            self.line("\n# Columns that nothing was found for, with their first values:");
        }
        for at in left {
            let column = header.get(at).cloned().unwrap_or_default();
            let values = self.sample.shown(at);
            self.line(&format!("# {}: {values}", quoted(&column)));
        }
    }

    fn section(&mut self, name: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.line(&format!("\n[{name}]"));
        for line in lines {
            self.line(line);
        }
    }

    fn long(&mut self) {
        self.line("# A first draft: look through it before it is used. Lines that begin with # are left out.");
        self.line("layout = \"long\"\n\n[long]");
        let header = self.sample.header.clone();
        let mut of_names = None;
        for (at, written) in header.iter().enumerate() {
            let simple = plain(written);
            let fits = |(name, others): &&(&str, &[&str])| *name == simple || others.contains(&simple.as_str());
            if let Some((name, _)) = long::COLUMNS.iter().find(fits) {
                self.line(&format!("{name} = {}", quoted(written)));
                of_names = of_names.or((*name == "name").then_some(at));
            } else {
                let values = self.sample.shown(at);
                self.line(&format!("# {}: {values}", quoted(written)));
            }
        }
        let names = of_names.and_then(|at| self.sample.values.get(at)).cloned().unwrap_or_default();
        let also = self.also();
        let mut lines = Vec::new();
        for name in names {
            if self.trial.concepts.contains_key(name.as_str()) {
                self.matched.insert(name);
            } else if let Some(known) = also.get(&plain(&name)) {
                self.matched.insert(known.clone());
                lines.push(format!("{} = {}", quoted(&name), quoted(known)));
            } else if let Some(guess) = self.guess(&name) {
                lines.push(format!("# {} = {}   # a guess", quoted(&name), quoted(&guess)));
            } else {
                lines.push(format!("# {} = \"none\"", quoted(&name)));
            }
        }
        self.section("names", &lines);
    }

    /// Other names that people write for what the protocol speaks of, and the labels.
    fn also(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (id, concept) in &self.trial.concepts {
            for name in concept.also.iter().chain([&concept.label]).filter(|name| !name.is_empty()) {
                found.entry(plain(name)).or_insert_with(|| id.to_string());
            }
            found.insert(plain(id.as_str()), id.to_string());
        }
        found
    }

    fn guess(&self, name: &str) -> Option<String> {
        let also = self.also();
        let near = nearest(name, also.keys().map(String::as_str))?;
        also.get(near).cloned().filter(|_| plain(name).chars().count() > 3)
    }

    /// What the protocol asks about and no column gives.
    fn rest(&mut self) {
        #[derive(Default)]
        struct Named(BTreeSet<String>);
        impl walk::Visit for Named {
            fn concept(&mut self, concept: &ConceptId) {
                self.0.insert(concept.to_string());
            }
        }
        let mut asked = Named::default();
        for truth in columns::truths(self.trial) {
            walk::Visit::truth(&mut asked, truth);
        }
        let questions = columns::questions(self.trial);
        let facts: Vec<String> = asked.0.difference(&self.matched).cloned().collect();
        let open: Vec<_> = questions.into_iter().filter(|(key, _)| !self.matched.contains(key)).collect();
        if !facts.is_empty() {
            self.line("\n# What the protocol asks about and no column gives:");
        }
        for name in facts {
            let Some(concept) = self.trial.concepts.get(name.as_str()) else { continue };
            if concept.kind == ConceptKind::Question {
                continue;
            }
            let kind = format!("{:?}", concept.kind).to_lowercase();
            self.line(&format!("# {name} ({kind}): {}", concept.label));
        }
        if !open.is_empty() {
            self.line("\n# Questions that no column answers:");
        }
        for (key, question) in open {
            self.line(&format!("# {}: {question}", quoted(&key)));
        }
    }
}

fn is_of_person(of: &str, column: &str) -> bool {
    match of {
        "sex" => columns::SEXES.contains(&column),
        "birth" => columns::BIRTHS.contains(&column),
        of => of == column,
    }
}

/// The key of a part in the mapping.
fn word(part: Part) -> &'static str {
    match part {
        Part::Value => "column",
        Part::Unit => "unit_column",
        Part::Comparator => "comparator_column",
        Part::LowerLimit => "lower_limit_column",
        Part::UpperLimit => "upper_limit_column",
        Part::Date => "date_column",
        Part::Start => "start_column",
        Part::End => "end_column",
        Part::Ongoing => "ongoing_column",
        Part::Grade => "grade_column",
        Part::Stage => "stage_column",
        Part::Histology => "histology_column",
        Part::Severity => "severity_column",
        Part::Cause => "cause_column",
        Part::Reason => "reason_column",
        Part::Route => "route_column",
        Part::Dose => "dose_column",
        Part::DoseUnit => "dose_unit_column",
    }
}
