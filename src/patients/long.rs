//! A row a fact; the rows of one patient stand together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::cells::{answer, date, sex};
use super::columns::{IDS, column, plain};
use super::mapping::{Mapping, coded, prefix, system};
use super::source::Head;
use super::table::{Broken, Row, Rows, Table};
use super::wide::kind;
use super::{Place, Rejection, Shared, Source, Step, Work, csv, kept, parquet, shown};
use crate::chart::{Amount, Chart, Complete, Digits, Frequency, Observation, Occurrence, Of, Ongoing};

/// What the columns of a long table may hold, and the other names that headers have for it.
pub(super) const COLUMNS: &[(&str, &[&str])] = &[
    ("patient", &IDS),
    ("kind", &[]),
    ("name", &[]),
    ("system", &[]),
    ("code", &[]),
    ("value", &[]),
    ("comparator", &[]),
    ("unit", &["units"]),
    ("lower_limit", &["lln"]),
    ("upper_limit", &["uln"]),
    ("date", &[]),
    ("start", &["start_date"]),
    ("end", &["end_date"]),
    ("ongoing", &[]),
    ("absent", &[]),
    ("grade", &[]),
    ("stage", &[]),
    ("histology", &[]),
    ("severity", &[]),
    ("cause", &[]),
    ("reason", &[]),
    ("route", &[]),
    ("dose", &[]),
    ("dose_unit", &[]),
    ("frequency", &[]),
    ("source", &[]),
];

/// What the column `kind` may say.
const KINDS: [&str; 14] = [
    "observation",
    "condition",
    "medication",
    "procedure",
    "event",
    "judged",
    "anchor",
    "planned",
    "complete",
    "sex",
    "birth",
    "age",
    "as_of",
    "arm",
];

/// The patients of a long table.
struct Long<'a> {
    shared: Arc<Shared<'a>>,
    path: PathBuf,
    file: Arc<str>,
    header: Vec<String>,
    rows: Rows<'a>,
    columns: BTreeMap<&'static str, usize>,
    /// The first row of the next patient.
    next: Option<Row>,
    /// Patients whose rows do not stand together, each with the row where they begin again.
    scattered: Option<HashMap<String, u64>>,
    /// A row that cannot be read, before the next patient's first.
    torn: Option<Broken>,
    told: HashSet<String>,
}

pub(super) fn patients<'a>(
    shared: &Arc<Shared<'a>>,
    path: &Path,
    file: &Arc<str>,
    table: Table<'a>,
) -> Result<(Source<'a>, Vec<String>), String> {
    let columns = columns(&shared.options.mapping, &table.header)?;
    let unused = table.header.iter().enumerate().filter(|(at, _)| !columns.values().any(|column| column == at));
    let ignored = |name: &str| shared.options.mapping.ignore.iter().any(|known| plain(known) == plain(name));
    let unused = unused.filter(|(_, name)| !ignored(name));
    let notes = unused.map(|(_, name)| format!("the column `{}` is used for nothing", shown(name))).collect();
    let header = table.header.clone();
    let long = Long {
        shared: Arc::clone(shared),
        path: path.to_owned(),
        file: Arc::clone(file),
        header,
        rows: table.rows(),
        columns,
        next: None,
        scattered: None,
        torn: None,
        told: HashSet::new(),
    };
    Ok((Source::Steps(Box::new(long.map(Work::Done))), notes))
}

/// Which column holds what: as the mapping says, by name otherwise.
fn columns(mapping: &Mapping, header: &[String]) -> Result<BTreeMap<&'static str, usize>, String> {
    let mut found = BTreeMap::new();
    if let Some(unknown) = mapping.long.keys().find(|key| !COLUMNS.iter().any(|(name, _)| name == key)) {
        return Err(format!("the mapping's [long] has `{}`, which is no part of a fact", shown(unknown)));
    }
    for (name, others) in COLUMNS {
        let given = mapping.long.get(*name).or(mapping.id.as_ref().filter(|_| *name == "patient"));
        let at = match given {
            Some(given) => Some(column(header, given)?),
            None => header.iter().position(|header| {
                let header = plain(header);
                header == *name || others.contains(&header.as_str())
            }),
        };
        found.extend(at.map(|at| (*name, at)));
    }
    for needed in ["patient", "kind"] {
        if !found.contains_key(needed) {
            return Err(format!("a table with a row a fact needs a column `{needed}`"));
        }
    }
    Ok(found)
}

impl Long<'_> {
    fn cell<'r>(&self, row: &'r Row, name: &str) -> Option<&'r str> {
        row.cell(*self.columns.get(name)?)
    }

    /// Looks through the ids of a file before it is read: a patient's facts are judged together or not at all. What comes
    /// from standard input cannot be looked through.
    fn look_ahead(&self) -> HashMap<String, u64> {
        let read = self.shared.read.load(Ordering::Relaxed);
        let found = self.scattered_rows().unwrap_or_default();
        self.shared.read.store(read, Ordering::Relaxed);
        found
    }

    fn scattered_rows(&self) -> Option<HashMap<String, u64>> {
        if self.path == Path::new("-") {
            return None;
        }
        let head = Head::open(&self.shared, &self.path).ok().filter(|head| head.length.is_some())?;
        let table = if head.bytes.starts_with(b"PAR1") {
            parquet::open(&self.shared, head)
        } else {
            csv::open(head, &self.shared.options.mapping)
        };
        let patient = *self.columns.get("patient")?;
        let (mut seen, mut found) = (HashSet::new(), HashMap::new());
        let mut last = String::new();
        for row in table.ok()?.rows().flatten() {
            let id = row.cell(patient).unwrap_or_default();
            if id != last {
                if !seen.insert(id.to_owned()) {
                    found.entry(id.to_owned()).or_insert(row.number);
                }
                id.clone_into(&mut last);
            }
        }
        Some(found)
    }

    /// The rows of the next patient, and the first that cannot be read among or before them.
    fn gather(&mut self) -> Option<(Vec<Row>, Option<Broken>)> {
        let mut torn = self.torn.take();
        let mut rows: Vec<Row> = self.next.take().into_iter().collect();
        loop {
            match self.rows.next() {
                None if rows.is_empty() && torn.is_none() => return None,
                None => return Some((rows, torn)),
                Some(Err(broken)) => torn = torn.or(Some(broken)),
                Some(Ok(row)) => {
                    let same =
                        rows.first().is_none_or(|first| self.cell(first, "patient") == self.cell(&row, "patient"));
                    if same {
                        rows.push(row);
                        continue;
                    }
                    // Whether a torn row between two patients is of the one or of the other cannot be told.
                    let last = rows.last().map_or(0, |last| last.number);
                    self.torn = torn.as_ref().filter(|torn| torn.number > last).map(Broken::again);
                    self.next = Some(row);
                    return Some((rows, torn));
                }
            }
        }
    }

    fn reject(&self, rows: &[Row], number: u64, field: Option<String>, why: String) -> Rejection {
        let id = rows.first().and_then(|row| self.cell(row, "patient")).map(str::to_owned);
        let text = rows.iter().map(Row::text).collect::<Vec<_>>().join("\n");
        Rejection { id, field, text: kept(&text), ..Rejection::of(&self.file, Place::Row(number), why) }
    }

    fn chart(&self, rows: &[Row]) -> Result<(Box<Chart>, Place), Box<Rejection>> {
        let first = rows.first().map_or(0, |row| row.number);
        let Some(id) = rows.first().and_then(|row| self.cell(row, "patient")) else {
            let field = self.columns.get("patient").and_then(|at| self.header.get(*at)).cloned();
            return Err(Box::new(self.reject(rows, first, field, "the row has no patient".to_owned())));
        };
        let mut chart = Chart { id: id.to_owned(), ..Chart::default() };
        for row in rows {
            self.fact(row, &mut chart).map_err(|(name, why)| {
                let field = self.columns.get(name).and_then(|at| self.header.get(*at)).cloned();
                Box::new(self.reject(rows, row.number, field.or_else(|| Some(name.to_owned())), why))
            })?;
        }
        Ok((Box::new(chart), Place::Row(first)))
    }

    fn fact(&self, row: &Row, chart: &mut Chart) -> Result<(), (&'static str, String)> {
        let mapping = &self.shared.options.mapping;
        let cell = |name: &str| self.cell(row, name);
        let needed = |name: &'static str| cell(name).ok_or_else(|| (name, "it is empty, and needed here".to_owned()));
        let dated = |name: &str| cell(name).map(|text| date(mapping, text));
        let written = needed("kind")?;
        let kind_of = mapping.kinds.get(written).map_or(written, String::as_str).trim().to_lowercase();
        match kind_of.as_str() {
            "sex" => chart.sex = Some(sex(needed("value")?)),
            "birth" => chart.birth = Some(date(mapping, cell("date").map_or_else(|| needed("value"), Ok)?)),
            "as_of" => chart.as_of = Some(date(mapping, cell("date").map_or_else(|| needed("value"), Ok)?)),
            "arm" => chart.arm = Some(needed("value")?.to_owned()),
            "anchor" | "planned" => {
                let name = needed("name")?.to_owned();
                let when = date(mapping, cell("date").map_or_else(|| needed("value"), Ok)?);
                let dates = if kind_of == "anchor" { &mut chart.anchors } else { &mut chart.planned };
                if dates.insert(name.clone(), when).is_some() {
                    return Err(("name", format!("there are two dates of `{}`", shown(&name))));
                }
            }
            "judged" => {
                let truth = answer(mapping, needed("value")?).map_err(|why| ("value", why))?;
                let key = needed("name")?.to_owned();
                if chart.judged.insert(key.clone(), truth).is_some_and(|other| other != truth) {
                    return Err(("value", format!("`{}` is answered with yes and with no", shown(&key))));
                }
            }
            "complete" => {
                let records = needed("name")?.split([',', ';', ' ', '|']).filter(|word| !word.is_empty());
                let records = records.map(kind).collect::<Result<_, _>>().map_err(|why| ("name", why))?;
                chart.complete.push(Complete { records, from: dated("start"), to: dated("end") });
            }
            "age" => chart.observations.push(Observation { of: Of::Name("age".to_owned()), ..self.observation(row)? }),
            "observation" => {
                let of = self.of(row)?;
                chart.observations.push(Observation { of, ..self.observation(row)? });
            }
            "condition" => chart.conditions.push(self.occurrence(row)?),
            "medication" => chart.medications.push(self.occurrence(row)?),
            "procedure" => chart.procedures.push(self.occurrence(row)?),
            "event" => chart.events.push(self.occurrence(row)?),
            _ => return Err(("kind", format!("`{}` is none of {}", shown(written), KINDS.join(", ")))),
        }
        Ok(())
    }

    fn of(&self, row: &Row) -> Result<Of, (&'static str, String)> {
        let mapping = &self.shared.options.mapping;
        let name = self.cell(row, "name");
        if let Some(code) = self.cell(row, "code") {
            let (written, code) = match self.cell(row, "system") {
                Some(written) => (written, code),
                None => code.split_once(':').ok_or(("system", "a code needs its system".to_owned()))?,
            };
            let known = system(written);
            let short: &str = if let Some(system) = known { prefix(system) } else { written };
            if let Some(name) = mapping.code(short, code) {
                return Ok(Of::Name(name.to_owned()));
            }
            return match (known, name) {
                (Some(system), _) => Ok(Of::Codes(vec![coded(system, code)])),
                (None, Some(name)) => Ok(Of::Name(name.to_owned())),
                (None, None) => {
                    Err(("system", format!("`{}` is no system of codes that is known here", shown(written))))
                }
            };
        }
        name.map(|name| Of::Name(name.to_owned())).ok_or(("name", "the fact has neither a name nor a code".to_owned()))
    }

    fn observation(&self, row: &Row) -> Result<Observation, (&'static str, String)> {
        let cell = |name: &str| self.cell(row, name);
        let digits = |name: &str| cell(name).map(Digits::from);
        let value = digits("value").ok_or(("value", "it is empty, and needed here".to_owned()))?;
        Ok(Observation {
            of: Of::Name(String::new()),
            value,
            comparator: cell("comparator").map(str::to_owned),
            unit: cell("unit").map(str::to_owned),
            lower_limit: digits("lower_limit"),
            upper_limit: digits("upper_limit"),
            date: cell("date").map(|text| date(&self.shared.options.mapping, text)),
            source: Some(self.source(row)),
        })
    }

    fn occurrence(&self, row: &Row) -> Result<Occurrence, (&'static str, String)> {
        let mapping = &self.shared.options.mapping;
        let cell = |name: &str| self.cell(row, name);
        let text = |name: &str| cell(name).map(str::to_owned);
        let dated = |name: &str| cell(name).map(|text| date(mapping, text));
        let truth =
            |name: &'static str| cell(name).map(|text| answer(mapping, text).map_err(|why| (name, why))).transpose();
        let grade = cell("grade").map(str::parse::<u8>);
        let grade = grade.transpose().map_err(|_| ("grade", "it is no grade of 1 to 5".to_owned()))?;
        // A yes or no in the column of values says whether it was there.
        let there = cell("value").map(|text| answer(mapping, text)).transpose().map_err(|why| ("value", why))?;
        let absent = truth("absent")?.unwrap_or(false) || there == Some(false);
        let ongoing = match cell("ongoing") {
            Some(text) if super::cells::is_date(mapping, text) => Some(Ongoing::On(date(mapping, text))),
            Some(_) => truth("ongoing")?.map(Ongoing::Now),
            None => None,
        };
        let dose = cell("dose").map(|value| {
            let unit = cell("dose_unit").ok_or(("dose_unit", "a dose needs its unit".to_owned()))?;
            Ok(Amount { value: Digits::from(value), unit: unit.to_owned() })
        });
        let frequency = cell("frequency").map(often).transpose().map_err(|why| ("frequency", why))?;
        let named = |name: &str| cell(name).map(|name| Of::Name(name.to_owned()));
        Ok(Occurrence {
            absent,
            date: dated("date"),
            start: dated("start"),
            end: dated("end"),
            ongoing,
            grade,
            stage: text("stage"),
            histology: text("histology"),
            severity: text("severity"),
            cause: named("cause"),
            reason: named("reason"),
            route: text("route"),
            dose: dose.transpose()?,
            frequency,
            source: Some(self.source(row)),
            ..Occurrence::of(self.of(row)?)
        })
    }

    fn source(&self, row: &Row) -> String {
        self.cell(row, "source").map_or_else(|| format!("row {}", row.number), str::to_owned)
    }
}

impl Iterator for Long<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.scattered.is_none() {
            self.scattered = Some(self.look_ahead());
        }
        loop {
            let (rows, torn) = self.gather()?;
            if rows.is_empty() {
                let torn = torn?;
                return Some(Err(Box::new(torn.rejection(&self.file))));
            }
            let id = rows.first().and_then(|row| self.cell(row, "patient")).unwrap_or_default();
            if let Some(again) = self.scattered.as_ref().and_then(|scattered| scattered.get(id)).copied() {
                if !self.told.insert(id.to_owned()) {
                    continue;
                }
                let why = "the patient's rows do not stand together: sort the table by patient".to_owned();
                return Some(Err(Box::new(self.reject(&rows, again, None, why))));
            }
            if let Some(torn) = torn {
                let why = format!("a row that may be this patient's cannot be read: {}", torn.why);
                return Some(Err(Box::new(self.reject(&rows, torn.number, torn.field, why))));
            }
            return Some(self.chart(&rows));
        }
    }
}

/// `2/d`, `1/14 d`, `as needed`.
fn often(text: &str) -> Result<Frequency, String> {
    let wrong = || format!("`{}` is no frequency such as 2/d, 1/14d or `as needed`", shown(text));
    let plain: String = text.to_lowercase().split_whitespace().collect();
    if matches!(plain.as_str(), "asneeded" | "prn") {
        return Ok(Frequency::AsNeeded);
    }
    let (times, period) = plain.split_once('/').ok_or_else(wrong)?;
    let days = period.strip_suffix('d').ok_or_else(wrong)?;
    let times: u32 = times.parse().map_err(|_| wrong())?;
    let days: u32 = if days.is_empty() { 1 } else { days.parse().map_err(|_| wrong())? };
    match (times, days) {
        (0, _) | (_, 0) => Err(wrong()),
        (times, 1) => Ok(Frequency::TimesDaily(times)),
        (1, days) => Ok(Frequency::EveryDays(days)),
        _ => Err(wrong()),
    }
}
