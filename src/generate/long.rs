//! Charts as rows of a table, with the columns of `docs/patients.md`, "CSV, a row a fact".

use std::io::{self, Write};

use super::table::{Cell, Column, Form, Table};
use crate::chart::{Chart, Frequency, Observation, Occurrence, Of, Ongoing};

const COLUMNS: [&str; 23] = [
    "patient",
    "kind",
    "name",
    "value",
    "comparator",
    "unit",
    "lower_limit",
    "upper_limit",
    "date",
    "start",
    "end",
    "ongoing",
    "absent",
    "grade",
    "stage",
    "histology",
    "severity",
    "cause",
    "reason",
    "route",
    "dose",
    "dose_unit",
    "frequency",
];

pub(super) fn columns() -> Vec<Column> {
    COLUMNS.iter().map(|name| Column { name: (*name).to_owned(), form: Form::Text }).collect()
}

/// A row; what is not said is empty.
#[derive(Default)]
struct Row<'c> {
    kind: &'c str,
    name: &'c str,
    value: &'c str,
    comparator: &'c str,
    unit: &'c str,
    lower_limit: &'c str,
    upper_limit: &'c str,
    date: &'c str,
    start: &'c str,
    end: &'c str,
    ongoing: &'c str,
    absent: &'c str,
    grade: String,
    stage: &'c str,
    histology: &'c str,
    severity: &'c str,
    cause: &'c str,
    reason: &'c str,
    route: &'c str,
    dose: &'c str,
    dose_unit: &'c str,
    frequency: String,
}

pub(super) fn rows<W: Write + Send>(chart: &Chart, table: &mut Table<W>) -> io::Result<()> {
    let mut put = |row: Row<'_>| row.put(&chart.id, table);
    let dated = |kind: &'static str, name, date| Row { kind, name, date, ..Row::default() };
    if let Some(sex) = &chart.sex {
        put(Row { kind: "sex", value: sex, ..Row::default() })?;
    }
    if let Some(birth) = &chart.birth {
        put(dated("birth", "", birth))?;
    }
    if let Some(day) = &chart.as_of {
        put(dated("as_of", "", day))?;
    }
    for (name, date) in &chart.anchors {
        put(dated("anchor", name, date))?;
    }
    for (name, date) in &chart.planned {
        put(dated("planned", name, date))?;
    }
    for (name, answer) in &chart.judged {
        put(Row { kind: "judged", name, value: if *answer { "yes" } else { "no" }, ..Row::default() })?;
    }
    for complete in &chart.complete {
        let kinds: Vec<&str> = complete.records.iter().map(|kind| kind.word()).collect();
        let (start, end) = (text(complete.from.as_ref()), text(complete.to.as_ref()));
        put(Row { kind: "complete", name: &kinds.join(" "), start, end, ..Row::default() })?;
    }
    for observation in &chart.observations {
        put(result(observation))?;
    }
    let lists = [
        ("condition", &chart.conditions),
        ("medication", &chart.medications),
        ("procedure", &chart.procedures),
        ("event", &chart.events),
    ];
    for (kind, list) in lists {
        for it in list {
            put(occurrence(kind, it))?;
        }
    }
    // A patient of whom nothing is known is one all the same: no kind of record is complete.
    if *chart == (Chart { id: chart.id.clone(), ..Chart::default() }) {
        put(Row { kind: "complete", name: ";", ..Row::default() })?;
    }
    Ok(())
}

fn text(field: Option<&String>) -> &str {
    field.map(String::as_str).unwrap_or_default()
}

fn named(of: Option<&Of>) -> &str {
    match of {
        Some(Of::Name(name)) => name,
        Some(Of::Codes(_)) | None => "",
    }
}

fn result(it: &Observation) -> Row<'_> {
    Row {
        kind: "observation",
        name: named(Some(&it.of)),
        value: &it.value.0,
        comparator: text(it.comparator.as_ref()),
        unit: text(it.unit.as_ref()),
        lower_limit: it.lower_limit.as_ref().map_or("", |limit| limit.0.as_str()),
        upper_limit: it.upper_limit.as_ref().map_or("", |limit| limit.0.as_str()),
        date: text(it.date.as_ref()),
        ..Row::default()
    }
}

fn occurrence<'c>(kind: &'c str, it: &'c Occurrence) -> Row<'c> {
    Row {
        kind,
        name: named(Some(&it.of)),
        date: text(it.date.as_ref()),
        start: text(it.start.as_ref()),
        end: text(it.end.as_ref()),
        ongoing: match &it.ongoing {
            None => "",
            Some(Ongoing::Now(true)) => "yes",
            Some(Ongoing::Now(false)) => "no",
            Some(Ongoing::On(date)) => date,
        },
        absent: if it.absent { "yes" } else { "" },
        grade: it.grade.map(|grade| grade.to_string()).unwrap_or_default(),
        stage: text(it.stage.as_ref()),
        histology: text(it.histology.as_ref()),
        severity: text(it.severity.as_ref()),
        cause: named(it.cause.as_ref()),
        reason: named(it.reason.as_ref()),
        route: text(it.route.as_ref()),
        dose: it.dose.as_ref().map_or("", |dose| dose.value.0.as_str()),
        dose_unit: it.dose.as_ref().map_or("", |dose| dose.unit.as_str()),
        frequency: match it.frequency {
            None => String::new(),
            Some(Frequency::TimesDaily(times)) => format!("{times}/d"),
            Some(Frequency::EveryDays(days)) => format!("1/{days}d"),
            Some(Frequency::AsNeeded) => "as needed".to_owned(),
        },
        ..Row::default()
    }
}

impl Row<'_> {
    fn put<W: Write + Send>(&self, patient: &str, table: &mut Table<W>) -> io::Result<()> {
        let cells = [
            patient,
            self.kind,
            self.name,
            self.value,
            self.comparator,
            self.unit,
            self.lower_limit,
            self.upper_limit,
            self.date,
            self.start,
            self.end,
            self.ongoing,
            self.absent,
            &self.grade,
            self.stage,
            self.histology,
            self.severity,
            self.cause,
            self.reason,
            self.route,
            self.dose,
            self.dose_unit,
            &self.frequency,
        ];
        for cell in cells {
            table.cell(if cell.is_empty() { Cell::Empty } else { Cell::Text(cell) });
        }
        table.end()
    }
}
