//! The tables that the query asks, as `CREATE TABLE` statements with what this protocol speaks of.

use std::fmt::Write as _;

use super::dialect::Dialect;
use super::text::{comment, strings};
use crate::ir::{ConceptKind, Trial};
use crate::plan::Plan;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Text,
    Whole,
    Number,
    Truth,
    Date,
    /// A time of the local calendar, to the second.
    Time,
}

/// A table of facts.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub about: &'static str,
    /// Name, what it holds, whether it may be empty, and what it means.
    pub columns: &'static [(&'static str, Column, Filled, &'static str)],
}

/// Whether a column has a value in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    Always,
    Maybe,
}

use Column::{Date, Number, Text, Time, Truth, Whole};
use Filled::{Always, Maybe};

const PATIENT: (&str, Column, Filled, &str) = ("patient", Text, Always, "");
const SINCE: (&str, Column, Filled, &str) =
    ("time_from", Time, Maybe, "the first moment that it may be; null: any before");
const UNTIL: (&str, Column, Filled, &str) = ("time_to", Time, Maybe, "the last moment; null: any after");

/// Every table, in the order in which they are written.
pub static TABLES: &[Table] = &[
    Table {
        name: "patients",
        about: "A row a patient.",
        columns: &[
            ("patient", Text, Always, "the patient's id; one row each"),
            ("birth_from", Date, Maybe, "the first day on which the patient may have been born"),
            ("birth_to", Date, Maybe, "the last one"),
            ("as_of", Date, Maybe, "the day of the record: nothing later is in it"),
        ],
    },
    Table {
        name: "anchors",
        about: "Dates of events of the trial; one row for each event of a patient.",
        columns: &[
            PATIENT,
            ("event", Text, Always, ""),
            ("date_from", Date, Always, "the first day that it may be"),
            ("date_to", Date, Always, "the last one: the same where the day is known"),
            ("planned", Truth, Always, "it has not taken place"),
        ],
    },
    Table {
        name: "results",
        about: "Results of measures, tests and scales.",
        columns: &[
            PATIENT,
            ("position", Whole, Always, "the order of the record; another for each row of a patient"),
            ("measure", Text, Always, ""),
            SINCE,
            UNTIL,
            (
                "relation",
                Text,
                Always,
                "'=', '<', '<=', '>', '>=' with a value, or 'refused': it is there and cannot be used",
            ),
            ("value", Number, Maybe, "in the unit of the measure"),
            ("word", Text, Maybe, "for tests and scales whose results are words"),
            ("lower_limit", Number, Maybe, "the limit of normal of this result, or the site's, in the same unit"),
            ("upper_limit", Number, Maybe, ""),
        ],
    },
    Table {
        name: "occurrences",
        about: "Conditions, courses of drugs, procedures and events of the patient.",
        columns: &[
            PATIENT,
            ("position", Whole, Always, "the order of the record; another for each row of a patient"),
            ("concept", Text, Always, ""),
            ("start_from", Time, Maybe, "the first moment at which it may have begun; null: any before"),
            ("start_to", Time, Maybe, "the last one; null: any after"),
            ("end_from", Time, Maybe, "the first moment at which it may have ended; null: any before"),
            ("end_to", Time, Maybe, "the last one; null: any after"),
            ("single", Truth, Always, "it began and ended at one time"),
            ("grade", Whole, Maybe, ""),
            ("stage", Text, Maybe, ""),
            ("histology", Text, Maybe, ""),
            ("severity", Text, Maybe, ""),
            ("cause", Text, Maybe, "the concept that brought it about, or '(other)'; null: not recorded"),
            ("reason", Text, Maybe, "the concept that it was done for, or '(other)'; null: not recorded"),
            ("route", Text, Maybe, "oral, intravenous, subcutaneous, …"),
        ],
    },
    Table {
        name: "absences",
        about: "What is recorded not to have been there.",
        columns: &[PATIENT, ("concept", Text, Always, ""), SINCE, UNTIL],
    },
    Table {
        name: "complete",
        about: "Kinds of record that hold everything there was in this time.",
        columns: &[
            PATIENT,
            (
                "kind",
                Text,
                Always,
                "conditions, medications, immunizations, procedures, encounters, allergies, results or events",
            ),
            SINCE,
            UNTIL,
        ],
    },
    Table {
        name: "unmapped",
        about: "Entries that nobody knows; a row for each kind of record that one may belong to.",
        columns: &[PATIENT, ("kind", Text, Always, ""), SINCE, UNTIL],
    },
    Table {
        name: "answers",
        about: "Answers to the questions of the protocol; one row for each question of a patient.",
        columns: &[PATIENT, ("question", Text, Always, ""), ("answer", Truth, Always, "")],
    },
    Table {
        name: "given",
        about: "States of criteria that were decided elsewhere, for `--given`; one row for each criterion of a patient.",
        columns: &[
            PATIENT,
            ("criterion", Text, Always, ""),
            ("state", Text, Always, "met, not_met, unknown or not_applicable"),
        ],
    },
];

/// The statements, with what this protocol speaks of.
pub(super) fn ddl(trial: &Trial, plan: &Plan, dialect: Dialect) -> String {
    let mut text = comment(&format!("{}: {}", trial.name, trial.title), "");
    text.push_str(&comment(
        "The tables that `trialc compile --to sql` asks and `trialc facts` writes. What is known to a month, a year or not at \
         all is a range of time, with both ends in it.",
        "",
    ));
    for table in TABLES {
        text.push('\n');
        text.push_str(&comment(table.about, ""));
        for line in names(trial, plan, dialect, table.name) {
            text.push_str(&comment(&line, ""));
        }
        let _ = writeln!(text, "CREATE TABLE {} (", table.name);
        for (at, (name, holds, filled, about)) in table.columns.iter().enumerate() {
            let null = if *filled == Always { " NOT NULL" } else { "" };
            let comma = if at + 1 == table.columns.len() { "" } else { "," };
            let about = if about.is_empty() { String::new() } else { format!("  -- {about}") };
            let _ = writeln!(text, "  {name} {}{null}{comma}{about}", type_of(*holds, dialect));
        }
        text.push_str(");\n");
    }
    text
}

fn type_of(column: Column, dialect: Dialect) -> &'static str {
    match column {
        Column::Text => dialect.text(),
        Column::Whole => "BIGINT",
        Column::Number => dialect.double(),
        Column::Truth => "BOOLEAN",
        Column::Date => "DATE",
        Column::Time => dialect.timestamp(),
    }
}

/// What this protocol speaks of in a table.
fn names(trial: &Trial, plan: &Plan, dialect: Dialect, table: &str) -> Vec<String> {
    let list = |wanted: &dyn Fn(ConceptKind) -> bool| {
        let names = trial.concepts.iter().filter(|(_, concept)| wanted(concept.kind)).map(|(id, _)| id.as_str());
        strings(dialect, names)
    };
    match table {
        "anchors" => vec![format!("Events: {}", list(&|kind| kind == ConceptKind::Event))],
        "results" => trial
            .concepts
            .iter()
            .filter_map(|(id, concept)| match (&concept.unit, concept.values.as_slice()) {
                (Some(unit), []) => Some(format!("{}: in {unit}", dialect.string(id.as_str()))),
                (_, [_, ..]) => {
                    let words = concept.values.iter().map(crate::ir::Word::as_str);
                    Some(format!("{}: one of {}", dialect.string(id.as_str()), strings(dialect, words)))
                }
                (None, []) => None,
            })
            .collect(),
        "answers" => {
            let keys = plan.questions.iter().map(crate::ir::Word::as_str);
            vec![format!("Questions: {}", strings(dialect, keys))]
        }
        "given" => {
            let all = plan.rules.iter().map(|rule| rule.name.as_str());
            vec![format!("Criteria: {}", strings(dialect, all))]
        }
        "occurrences" => {
            let about = format!(
                "Words of stage, histology and severity: {}",
                strings(dialect, plan.terms.iter().map(crate::ir::Word::as_str))
            );
            let things = list(&|kind| {
                matches!(kind, ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event)
            });
            vec![format!("Concepts: {things}"), about]
        }
        _ => Vec::new(),
    }
}
