//! A table as CSV: texts always in quotes, so that an empty text is not nothing.

use std::io::{self, Write};

use super::Sink;
use crate::emit::sql::{Cell, Row, Table};
use crate::record::{DAY, time::date_of};

pub(super) struct Csv<W: Write> {
    out: W,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(mut out: W, table: &Table) -> io::Result<Self> {
        let names: Vec<&str> = table.columns.iter().map(|(name, ..)| *name).collect();
        writeln!(out, "{}", names.join(","))?;
        Ok(Self { out })
    }
}

impl<W: Write> Sink for Csv<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        for (at, cell) in row.cells.iter().enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => write!(self.out, "\"{}\"", text.replace('"', "\"\""))?,
                Cell::Whole(number) => write!(self.out, "{number}")?,
                Cell::Number(number) => write!(self.out, "{number:?}")?,
                Cell::Truth(truth) => write!(self.out, "{truth}")?,
                Cell::Date(day) => date(&mut self.out, *day)?,
                Cell::Time(second) => {
                    date(&mut self.out, second.div_euclid(DAY))?;
                    let clock = second.rem_euclid(DAY);
                    write!(self.out, " {:02}:{:02}:{:02}", clock / 3600, clock / 60 % 60, clock % 60)?;
                }
            }
        }
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

fn date(out: &mut impl Write, day: i64) -> io::Result<()> {
    match date_of(day) {
        Some(date) => write!(out, "{date}"),
        None => Ok(()),
    }
}
