//! Results that are lines of text, and the sink of them. Lines of tables are written on the threads that screen.

use std::io::{self, Write};
use std::ops::Range;

use super::csv::{self, Csv};
use super::ndjson::Ndjson;
use super::{Decider, Form, Origin, Row, Screened, Sink};

/// What the lines of a form look like.
pub struct Lines {
    shape: Shape,
}

enum Shape {
    Csv(Csv),
    Ndjson(Ndjson),
}

/// Lines, and where each ends.
#[derive(Default)]
pub(super) struct Written {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    /// Nothing where a form has no lines.
    #[must_use]
    pub fn new(form: Form, origin: Origin, criteria: &[String]) -> Option<Self> {
        let shape = match form {
            Form::Csv => Shape::Csv(Csv::new(&origin)),
            Form::Ndjson => Shape::Ndjson(Ndjson::new(origin, criteria)),
            Form::Parquet => return None,
        };
        Some(Self { shape })
    }

    fn head(&self, criteria: &[String]) -> Vec<u8> {
        let mut head = Vec::new();
        match &self.shape {
            Shape::Csv(_) => Csv::head(criteria, &mut head),
            Shape::Ndjson(_) => {}
        }
        head
    }

    fn line(&self, row: &Row<'_>, to: &mut Vec<u8>) -> io::Result<()> {
        match &self.shape {
            Shape::Csv(csv) => csv.line(row, to),
            Shape::Ndjson(ndjson) => ndjson.line(row, to)?,
        }
        Ok(())
    }

    /// The lines of all rows of a table that are plain.
    pub(super) fn written(&self, decider: &Decider<'_, '_>, screened: &Screened<'_>) -> Option<Written> {
        let mut written = Written::default();
        if let (Shape::Csv(csv), Some(names)) = (&self.shape, csv::names(decider)) {
            csv.block(&names, screened, &mut written.text, &mut written.ends);
            return Some(written);
        }
        for row in 0..screened.len() {
            if screened.plain.has(row) {
                self.line(&Row::new(decider, &screened.decided(row)), &mut written.text).ok()?;
            }
            written.ends.push(written.text.len());
        }
        Some(written)
    }
}

/// Writes lines.
pub(super) struct LineSink<W: Write> {
    out: W,
    lines: Lines,
    line: Vec<u8>,
}

impl<W: Write> LineSink<W> {
    pub(super) fn new(mut out: W, lines: Lines, criteria: &[String]) -> io::Result<Self> {
        out.write_all(&lines.head(criteria))?;
        Ok(Self { out, lines, line: Vec::new() })
    }
}

impl<W: Write> Sink for LineSink<W> {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.line.clear();
        self.lines.line(row, &mut self.line)?;
        self.out.write_all(&self.line)
    }

    fn plain(&mut self, decider: &Decider<'_, '_>, screened: &Screened<'_>, rows: Range<usize>) -> io::Result<()> {
        let Some(written) = &screened.written else {
            for row in rows {
                self.row(&Row::new(decider, &screened.decided(row)))?;
            }
            return Ok(());
        };
        let end = |row: usize| written.ends.get(row).copied().unwrap_or_default();
        let from = rows.start.checked_sub(1).map_or(0, end);
        let to = rows.end.checked_sub(1).map_or(0, end);
        self.out.write_all(written.text.get(from..to).unwrap_or_default())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
