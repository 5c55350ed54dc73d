//! `trialc list`: what the standard library and the language have.

use std::ffi::OsStr;
use std::io;

use clap::ValueEnum;
use clap::builder::{PossibleValue, TypedValueParser};
use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value};

use super::exit::{Exit, Failure};
use super::output;
use super::terminal::{Stream, Terminal, is_terminal};
use crate::library::{self, LISTINGS, Listing};

/// List what a protocol can name: laboratory tests, drugs, units, and more.
///
/// Without a name it lists the lists. A word that is no list is looked for in all of them.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trialc list\n  trialc list myeloma\n  trialc list labs creatinine\n  trialc list codes --format csv"
)]
pub(super) struct Args {
    /// Which list, or a word to look for in all of them.
    #[arg(value_name = "LIST", value_parser = Lists, hide_possible_values = true)]
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

/// Offers the lists to completions, and takes any other word as one to look for.
#[derive(Clone)]
struct Lists;

impl TypedValueParser for Lists {
    type Value = String;

    fn parse_ref(
        &self,
        _: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::error::Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(LISTINGS.iter().map(|list| PossibleValue::new(list.name).help(list.about))))
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let (columns, rows) = match (args.name.as_deref(), args.filter.as_deref()) {
        (None, _) => (["list", "what is in it"].as_slice(), all_lists()),
        (Some(name), filter) => match (listing(name), filter) {
            (Some(listing), None) => (listing.columns, (listing.rows)()),
            (Some(listing), Some(filter)) => (listing.columns, filtered(listing, filter, terminal)),
            (None, None) => (["list", "name", "meaning"].as_slice(), everywhere(name)?),
            (None, Some(_)) => return Err(no_list(name)),
        },
    };
    let text = match args.format {
        Format::Table => table(columns, &rows, terminal),
        Format::Json => json(columns, &rows)?,
        Format::Csv => csv(columns, &rows),
    };
    output::print(text.as_bytes())?;
    Ok(if rows.is_empty() { Exit::Problems } else { Exit::Clean })
}

fn filtered(listing: &Listing, filter: &str, terminal: &Terminal) -> Vec<Vec<String>> {
    let mut rows = (listing.rows)();
    let total = rows.len();
    rows.retain(|row| holds(listing, row, filter));
    if rows.is_empty() {
        terminal.remark(&format!("none of the {total} rows holds `{filter}`"));
    }
    rows
}

/// Whether a row holds a word, or is what the library calls by another name.
fn holds(listing: &Listing, row: &[String], filter: &str) -> bool {
    let wanted = filter.to_lowercase();
    let alike = || library::alike(filter, library::module(listing.name)).map(|(_, name)| name);
    row.iter().any(|cell| cell.to_lowercase().contains(&wanted))
        || library::module(listing.name).is_some() && row.first().map(String::as_str) == alike()
}

/// The rows of the library's lists that hold a word, each behind the name of its list.
fn everywhere(word: &str) -> Result<Vec<Vec<String>>, Failure> {
    let lists = LISTINGS.iter().filter(|listing| library::module(listing.name).is_some());
    let rows: Vec<Vec<String>> = lists
        .flat_map(|listing| {
            let rows = (listing.rows)().into_iter().filter(|row| holds(listing, row, word));
            rows.map(|row| std::iter::once(listing.name.to_owned()).chain(row.into_iter().take(2)).collect())
                .collect::<Vec<_>>()
        })
        .collect();
    if rows.is_empty() { Err(no_list(word)) } else { Ok(rows) }
}

fn no_list(name: &str) -> Failure {
    let distance = |known: &&str| strsim::damerau_levenshtein(known, name);
    let near = LISTINGS.iter().map(|list| list.name).filter(|known| distance(known) <= 2).min_by_key(distance);
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Failure::misuse(format!("there is no list `{name}`, and nothing in the library is called so{near}"))
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
