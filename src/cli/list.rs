//! `trialc list`: what the standard library and the language have.

use std::io;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser};
use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value};

use super::exit::{Exit, Failure};
use super::output;
use super::terminal::{Stream, Terminal, is_terminal};
use crate::library::{LISTINGS, Listing};

/// List what a protocol can name: laboratory tests, drugs, units, and more.
///
/// Without a name it lists the lists.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  trialc list\n  trialc list labs creatinine\n  trialc list codes --format csv")]
pub(super) struct Args {
    /// Which list.
    #[arg(value_name = "LIST", value_parser = lists(), hide_possible_values = true)]
    name: Option<String>,

    /// Show only the rows that hold this, in upper or lower case.
    #[arg(value_name = "FILTER")]
    filter: Option<String>,

    /// How to show it.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// columns
    Table,
    /// an array of objects
    Json,
    /// for spreadsheets (RFC 4180)
    Csv,
}

fn lists() -> PossibleValuesParser {
    PossibleValuesParser::new(LISTINGS.iter().map(|list| PossibleValue::new(list.name).help(list.about)))
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let (columns, mut rows) = match args.name.as_deref().and_then(listing) {
        Some(listing) => (listing.columns, (listing.rows)()),
        None => (["list", "what is in it"].as_slice(), all_lists()),
    };
    let total = rows.len();
    if let Some(filter) = args.filter.as_deref() {
        let wanted = filter.to_lowercase();
        rows.retain(|row| row.iter().any(|cell| cell.to_lowercase().contains(&wanted)));
        if rows.is_empty() {
            terminal.remark(&format!("none of the {total} rows holds `{filter}`"));
        }
    }
    let text = match args.format {
        Format::Table => table(columns, &rows, terminal),
        Format::Json => json(columns, &rows)?,
        Format::Csv => csv(columns, &rows),
    };
    output::print(text.as_bytes())?;
    Ok(if rows.is_empty() { Exit::Problems } else { Exit::Clean })
}

fn listing(name: &str) -> Option<&'static Listing> {
    LISTINGS.iter().copied().find(|listing| listing.name == name)
}

fn all_lists() -> Vec<Vec<String>> {
    LISTINGS.iter().map(|listing| vec![listing.name.to_owned(), listing.about.to_owned()]).collect()
}

/// On a terminal the cells are wrapped to its width; elsewhere each row stays on its line.
fn table(columns: &[&str], rows: &[Vec<String>], terminal: &Terminal) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    if is_terminal(Stream::Output) {
        let width = terminal.look(Stream::Output).width;
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    table.set_header(columns.iter().map(|column| column.to_uppercase())).add_rows(rows);
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
        text.push('\n');
    }
    text
}

fn json(columns: &[&str], rows: &[Vec<String>]) -> Result<String, Failure> {
    let object = |row: &Vec<String>| -> Value {
        columns
            .iter()
            .zip(row)
            .map(|(column, cell)| ((*column).to_owned(), Value::from(cell.as_str())))
            .collect::<Map<_, _>>()
            .into()
    };
    let rows: Vec<Value> = rows.iter().map(object).collect();
    let text = serde_json::to_string_pretty(&rows).map_err(io::Error::from)?;
    Ok(text + "\n")
}

fn csv(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = csv_line(columns.iter().copied());
    for row in rows {
        text.push_str(&csv_line(row.iter().map(String::as_str)));
    }
    text
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| {
        if cell.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(csv_line(["a", "b,c", "say \"x\""].into_iter()), "a,\"b,c\",\"say \"\"x\"\"\"\r\n");
    }
}
