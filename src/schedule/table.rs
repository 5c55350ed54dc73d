//! Calendars for people: a line a dose, and footnotes.

use std::io::{self, Write};

use super::calendar::State;
use super::given::GivenState;
use super::row::Row;

/// The headings of the columns.
const HEADINGS: [&str; 10] = ["date", "day", "epoch", "cycle", "drug", "ordered", "dose", "route", "together", "given"];

/// A table of doses with its footnotes.
#[derive(Default)]
pub struct Table {
    lines: Vec<[String; 10]>,
    notes: Vec<String>,
}

/// What became of a dose, in a few words.
fn given(row: &Row) -> String {
    let Some(given) = &row.given else { return String::new() };
    let parts = given.date.iter().chain(&given.amount).cloned();
    let mut parts: Vec<String> = parts.collect();
    if given.notes.is_empty() || given.date.is_none() || given.state == GivenState::AgainstPlan {
        parts.push(given.state.words().to_owned());
    }
    parts.extend(given.notes.iter().cloned());
    parts.join(", ")
}

impl Table {
    pub fn add(&mut self, row: &Row) {
        let marks: Vec<String> = row.notes.iter().map(|note| self.mark(note)).collect();
        let marks = if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(",")) };
        let what = match row.state {
            state if state == State::AsNeeded.code() => "as needed".to_owned(),
            state if state == State::DaysNotSaid.code() && row.dose.is_none() => row.ordered.clone(),
            state if state == State::Held.code() => "held".to_owned(),
            state if state == State::Stopped.code() => "stopped".to_owned(),
            state if state == State::CapReached.code() => "none: cap reached".to_owned(),
            state if state == State::Open.code() => format!("open: {}", row.amount()),
            _ if row.dose.is_none() && row.given_as == "drug" && !row.ordered.is_empty() => "open".to_owned(),
            _ => row.amount(),
        };
        let cycle = row.cycle.map(|cycle| cycle.to_string()).unwrap_or_default();
        self.lines.push([
            row.date.clone(),
            row.study_day.to_string(),
            row.epoch.clone(),
            cycle,
            row.thing(),
            row.ordered.clone(),
            what + &marks,
            row.route.clone().unwrap_or_default(),
            row.altogether(),
            given(row),
        ]);
    }

    /// The number of a footnote.
    fn mark(&mut self, note: &str) -> String {
        let at = self.notes.iter().position(|known| known == note).unwrap_or_else(|| {
            self.notes.push(note.to_owned());
            self.notes.len() - 1
        });
        (at + 1).to_string()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let widths: Vec<usize> = HEADINGS
            .iter()
            .enumerate()
            .map(|(at, heading)| {
                let cells = self.lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count());
                cells.max().filter(|width| *width > 0).map_or(0, |width| width.max(heading.len()))
            })
            .collect();
        let line = |cells: &[String]| {
            let shown = cells.iter().zip(&widths).enumerate().filter(|(_, (_, width))| **width > 0);
            let padded: Vec<String> = shown
                .map(|(at, (cell, width))| {
                    let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
                    // Numbers stand to the right.
                    if at == 1 || at == 3 { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
                })
                .collect();
            padded.join("  ").trim_end().to_owned()
        };
        writeln!(out, "{}", line(&HEADINGS.map(str::to_owned)))?;
        for cells in &self.lines {
            writeln!(out, "{}", line(cells))?;
        }
        if !self.notes.is_empty() {
            writeln!(out)?;
        }
        for (at, note) in self.notes.iter().enumerate() {
            writeln!(out, "[{}] {note}", at + 1)?;
        }
        Ok(())
    }
}
