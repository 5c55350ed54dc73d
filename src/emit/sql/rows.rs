//! The facts of one patient as rows of the tables.

use super::event::route_name;
use super::schema::TABLES;
use super::silence::kind_name;
use crate::plan::facts::{Facts, Said};
use crate::plan::{ConceptAt, Number, Plan};
use crate::record::{DAY, Reader, Record, Span};

/// A row of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its place in [`TABLES`].
    pub table: usize,
    pub cells: Vec<Cell>,
}

/// What stands in one column of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
    /// A day, counted from 1970.
    Date(i64),
    /// A second, counted from 1970.
    Time(i64),
}

/// The first and the last day that the tables can name: those of the years 1 and 9999.
const FIRST: i64 = -719_162;
const LAST: i64 = 2_932_896;

/// All facts of a record, in the order of the tables; those of `given` are not among them.
#[must_use]
pub fn rows(plan: &Plan, reader: &Reader<'_>, record: &Record) -> Vec<Row> {
    let facts = Facts::of(plan, reader, record);
    let mut rows = Rows { patient: record.id.clone(), rows: Vec::new() };
    let name = |at: ConceptAt| text(plan.concepts.get(at.at()).map_or("", |slot| slot.id.as_str()));
    let birth = facts.birth.map_or([Cell::Empty, Cell::Empty], dates);
    let [born_from, born_to] = birth;
    rows.add(
        "patients",
        vec![born_from, born_to, facts.as_of.map_or(Cell::Empty, |day| Cell::Date(day.clamp(FIRST, LAST)))],
    );
    for anchor in &facts.anchors {
        let [from, to] = dates(anchor.span);
        rows.add("anchors", vec![name(anchor.event), from, to, Cell::Truth(anchor.planned)]);
    }
    for (position, result) in (0..).zip(&facts.results) {
        let (relation, value, word) = match result.said {
            Said::Exactly(number) => ("=", Some(number), None),
            Said::Below { limit, included } => (if included { "<=" } else { "<" }, Some(limit), None),
            Said::Above { limit, included } => (if included { ">=" } else { ">" }, Some(limit), None),
            Said::Word(word) => {
                let words = plan.concepts.get(result.of.at()).map(|slot| &slot.words);
                ("=", None, words.and_then(|words| words.get(word as usize)))
            }
            Said::Refused => ("refused", None, None),
        };
        let number = |number: Option<Number>| number.map_or(Cell::Empty, |number| Cell::Number(number.value));
        let [from, to] = times(result.when);
        rows.add(
            "results",
            vec![
                Cell::Whole(position),
                name(result.of),
                from,
                to,
                text(relation),
                number(value),
                word.map_or(Cell::Empty, |word| text(word.as_str())),
                number(result.lower),
                number(result.upper),
            ],
        );
    }
    let recorded = record.occurrences.iter().filter(|(of, _)| plan.place(of.as_str()).is_some());
    for (position, one) in (0..).zip(recorded.flat_map(|(_, occurrences)| occurrences)) {
        let word = |word: Option<&crate::ir::Word>| word.map_or(Cell::Empty, |word| text(word.as_str()));
        let of = |of: Option<&crate::ir::ConceptId>| of.map_or(Cell::Empty, |of| text(cause(of.as_str())));
        let ([start_from, start_to], [end_from, end_to]) = (times(one.start), times(one.end));
        rows.add(
            "occurrences",
            vec![
                Cell::Whole(position),
                text(one.of.as_str()),
                start_from,
                start_to,
                end_from,
                end_to,
                Cell::Truth(one.single),
                one.grade.map_or(Cell::Empty, |grade| Cell::Whole(grade.into())),
                word(one.stage.as_ref()),
                word(one.histology.as_ref()),
                word(one.severity.as_ref()),
                of(one.cause.as_ref()),
                of(one.reason.as_ref()),
                one.route.map_or(Cell::Empty, |route| text(route_name(route))),
            ],
        );
    }
    for (of, span) in &facts.absences {
        let [from, to] = times(*span);
        rows.add("absences", vec![name(*of), from, to]);
    }
    for (kind, span) in &facts.complete {
        let [from, to] = times(*span);
        rows.add("complete", vec![text(kind_name(*kind)), from, to]);
    }
    for (kinds, span) in &facts.unmapped {
        for kind in kinds {
            let [from, to] = times(*span);
            rows.add("unmapped", vec![text(kind_name(*kind)), from, to]);
        }
    }
    for (question, answer) in plan.questions.iter().zip(&facts.answers) {
        if let Some(answer) = answer {
            rows.add("answers", vec![text(question.as_str()), Cell::Truth(*answer)]);
        }
    }
    rows.rows
}

/// A row of the table `given`.
#[must_use]
pub fn given(patient: &str, criterion: &str, state: &str) -> Row {
    let mut rows = Rows { patient: patient.to_owned(), rows: Vec::new() };
    rows.add("given", vec![text(criterion), text(state)]);
    rows.rows.into_iter().next().unwrap_or(Row { table: 0, cells: Vec::new() })
}

struct Rows {
    patient: String,
    rows: Vec<Row>,
}

impl Rows {
    fn add(&mut self, name: &str, cells: Vec<Cell>) {
        let Some(table) = TABLES.iter().position(|table| table.name == name) else { return };
        let cells = std::iter::once(Cell::Text(self.patient.clone())).chain(cells).collect();
        self.rows.push(Row { table, cells });
    }
}

/// A cause that the protocol does not speak of has no name of its own.
fn cause(of: &str) -> &str {
    if of.is_empty() { "(other)" } else { of }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn dates(span: Span) -> [Cell; 2] {
    [Cell::Date(span.first_day().clamp(FIRST, LAST)), Cell::Date(span.last_day().clamp(FIRST, LAST))]
}

/// Both ends; empty where one is open.
fn times(span: Span) -> [Cell; 2] {
    let (first, last) = (FIRST * DAY, LAST * DAY + DAY - 1);
    let from = if span.from < first { Cell::Empty } else { Cell::Time(span.from.min(last)) };
    let to = if span.to > last { Cell::Empty } else { Cell::Time(span.to.max(first)) };
    [from, to]
}
