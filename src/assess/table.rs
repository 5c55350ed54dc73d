//! Findings and figures for people.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::row::{Row, event_line, line, test_line};
use super::summary::Figures;
use super::{Asked, Assessment, rank_word};

/// What one participant's outcome was, and why.
///
/// # Errors
/// Where it cannot be written.
pub fn finding(out: &mut dyn Write, row: &Row<'_>) -> io::Result<()> {
    let estimand = row.estimand.map(|name| format!(", estimand {name}")).unwrap_or_default();
    let at = if row.at.is_empty() { String::new() } else { format!(", {}", row.at) };
    let visit = row.visit.map(|visit| format!(", visit {visit}")).unwrap_or_default();
    let window = match (row.window_from, row.window_to) {
        (Some(from), Some(to)) if from == to => format!(" on {from}"),
        (Some(from), Some(to)) => format!(" from {from} to {to}"),
        _ => String::new(),
    };
    let kept = row.date.map(|date| format!(", seen {date}")).unwrap_or_default();
    let outside = match row.in_population {
        "no" => "  (not in the population)",
        "unknown" => "  (not known to be in the population)",
        _ => "",
    };
    writeln!(out, "  {} ({}{at}{visit}{window}{kept}{estimand}): {}{outside}", row.outcome, row.rank, result(row))?;
    for test in row.tests {
        writeln!(out, "      {}", test_line(test))?;
    }
    for measured in row.values {
        writeln!(out, "      {}", line(measured))?;
    }
    for event in row.events {
        writeln!(out, "      event: {}", event_line(event))?;
    }
    for missing in row.missing {
        writeln!(out, "      missing: {missing}")?;
    }
    for note in row.notes {
        writeln!(out, "      note: {note}")?;
    }
    Ok(())
}

fn result(row: &Row<'_>) -> String {
    let mut text = match row.state {
        "met" => "met".to_owned(),
        "not_met" => "not met".to_owned(),
        _ if row.value.is_empty() => "unknown".to_owned(),
        _ if row.unit.is_empty() => row.value.clone(),
        _ => format!("{} {}", row.value, row.unit),
    };
    if row.ending == Some("censored") {
        text += ", censored";
    }
    if row.failed {
        text += ", a failure by an event";
    }
    if let Some(rule) = row.stands_in {
        text.extend([", by the rule for missing results: ", rule]);
    }
    text
}

/// The figures of one outcome, an arm a row.
///
/// # Errors
/// Where it cannot be written.
pub fn figures(out: &mut dyn Write, asked: &Asked<'_>, arms: &[Figures], (unit, level): (&str, f64)) -> io::Result<()> {
    let estimand = asked.estimand.map(|estimand| format!(", estimand {}", estimand.name)).unwrap_or_default();
    let prose = asked.outcome.prose.as_ref().map(|prose| format!(" \"{prose}\"")).unwrap_or_default();
    let population = asked.population.map(|population| format!(", in {}", population.name)).unwrap_or_default();
    let unit = if unit.is_empty() { String::new() } else { format!(", in {unit}") };
    let rank = rank_word(asked.outcome.rank);
    writeln!(out, "{}{prose} ({rank}{estimand}{population}{unit})", asked.outcome.name)?;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    let mut rows: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut column = |name: &'static str, cells: Vec<String>| {
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push((name, cells));
        }
    };
    let each = |cell: &dyn Fn(&Figures) -> String| arms.iter().map(cell).collect::<Vec<String>>();
    let some = |number: u64| if number == 0 { String::new() } else { number.to_string() };
    column("arm", each(&|arm| if arm.arm.is_empty() { "(no arm)".to_owned() } else { arm.arm.clone() }));
    column("n", each(&|arm| arm.n.to_string()));
    column("missing", each(&|arm| arm.missing.to_string()));
    column("failed", each(&|arm| some(arm.failed)));
    column("known to a range", each(&|arm| some(arm.inexact)));
    column("by rule", each(&|arm| some(arm.stood_in)));
    column("population unknown", each(&|arm| some(arm.population_unknown)));
    column("outside", each(&|arm| some(arm.outside)));
    if asked.outcome.assessment == Assessment::Response {
        let response = |of: &dyn Fn(&super::summary::Response) -> String| {
            each(&|arm| arm.response.as_ref().map(of).unwrap_or_default())
        };
        column("responders", response(&|found| found.responders.to_string()));
        column("proportion", response(&|found| percent(found.proportion)));
        column(
            "exact interval",
            response(&|found| match (found.low, found.high) {
                (Some(low), Some(high)) => format!("{} to {}", percent(Some(low)), percent(Some(high))),
                _ => String::new(),
            }),
        );
        column("if the missing fail", response(&|found| percent(found.if_none)));
        column("if they respond", response(&|found| percent(found.if_all)));
    }
    let numbers =
        |of: &dyn Fn(&super::summary::Numbers) -> String| each(&|arm| arm.numbers.as_ref().map(of).unwrap_or_default());
    column("mean", numbers(&|found| short(found.mean)));
    column("sd", numbers(&|found| found.sd.map(short).unwrap_or_default()));
    column("median", numbers(&|found| short(found.median)));
    column("quartiles", numbers(&|found| format!("{} to {}", short(found.q1), short(found.q3))));
    column("range", numbers(&|found| format!("{} to {}", short(found.min), short(found.max))));
    let times =
        |of: &dyn Fn(&super::summary::Times) -> String| each(&|arm| arm.time.as_ref().map(of).unwrap_or_default());
    column("events", times(&|found| found.events.to_string()));
    column("censored", times(&|found| found.censored.to_string()));
    let reached = |days: Option<f64>| days.map_or_else(|| "not reached".to_owned(), short);
    column("median days", times(&|found| reached(found.median)));
    column("quartiles, days", times(&|found| format!("{} to {}", reached(found.q1), reached(found.q3))));
    column(
        "words",
        each(&|arm| {
            let words = arm.categories.iter().map(|(word, count)| format!("{word} {count}"));
            words.collect::<Vec<String>>().join(", ")
        }),
    );
    table.set_header(rows.iter().map(|(name, _)| *name));
    for at in 0..arms.len() {
        table.add_row(rows.iter().map(|(_, cells)| cells.get(at).cloned().unwrap_or_default()));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if at == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    for line in table.lines() {
        writeln!(out, " {}", line.trim_end())?;
    }
    if asked.outcome.assessment == Assessment::Response {
        writeln!(
            out,
            "  proportions are of those with a result; intervals: Clopper-Pearson, {} %",
            short(level * 100.0)
        )?;
    }
    writeln!(out)
}

fn percent(share: Option<f64>) -> String {
    share.map(|share| format!("{:.1} %", share * 100.0)).unwrap_or_default()
}

/// Four significant digits or all before the point.
fn short(number: f64) -> String {
    let text = if number.abs() >= 1000.0 { format!("{number:.1}") } else { format!("{number:.2}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
