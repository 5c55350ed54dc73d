//! Rows of a table, some hundreds at a time, as their file holds them: cells of CSV as they were cut, columns of Parquet as
//! they were decoded. Texts are made of them only where somebody asks.

mod column;
mod typed;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::table::{Broken, Row};

pub(super) use column::{Column, Values, Words};
pub(crate) use typed::{Known, Typed, day_of};

/// The most rows of a block.
pub(crate) const ROWS: usize = 1024;
/// So many words have a bit for each row.
const WORDS: usize = ROWS / 64;
/// A bit for each row of a block.
pub(crate) type Mask = [u64; WORDS];

/// Some rows of a table that stand together.
pub(crate) struct Block {
    /// As a spreadsheet counts them.
    numbers: Vec<u64>,
    cells: Cells,
    /// Those that cannot be read, by their place in the block, in order.
    broken: Vec<(usize, Broken)>,
    /// Nothing behind it can be read.
    last: Option<End>,
}

/// Whether a file has been found to end in the middle. Blocks are decoded in any order, so only those who take them in the order
/// of the file may say so: then it is the same whatever the number of threads.
#[derive(Clone, Debug, Default)]
pub(crate) struct End(Arc<AtomicBool>);

impl End {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What stands in the cells.
pub(super) enum Cells {
    /// As texts, one row after the other, with the end of each in `bytes`.
    Texts { bytes: Vec<u8>, ends: Vec<u32>, columns: usize, missing: Arc<[String]> },
    /// Columns of this block and others, and the row of them that is its first.
    Columns { columns: Arc<Vec<Column>>, from: usize },
}

impl Block {
    pub(super) fn new(numbers: Vec<u64>, cells: Cells, broken: Vec<(usize, Broken)>) -> Self {
        Self { numbers, cells, broken, last: None }
    }

    /// One row, which cannot be read.
    pub(super) fn of_broken(broken: Broken) -> Self {
        let cells = Cells::Columns { columns: Arc::default(), from: 0 };
        Self::new(vec![broken.number], cells, vec![(0, broken)])
    }

    /// The same, and nothing behind it can be read.
    pub(super) fn the_last(self, end: End) -> Self {
        Self { last: Some(end), ..self }
    }

    pub(crate) fn is_last(&self) -> bool {
        self.last.is_some()
    }

    /// To be called for each block in the order of the file: says so where nothing behind it can be read.
    pub(crate) fn ends(&self) {
        if let Some(end) = &self.last {
            end.set();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// How many columns it has.
    fn width(&self) -> usize {
        match &self.cells {
            Cells::Texts { columns, .. } => *columns,
            Cells::Columns { columns, .. } => columns.len(),
        }
    }

    /// A row as texts.
    pub(super) fn row(&self, at: usize) -> Result<Row, Broken> {
        if let Ok(found) = self.broken.binary_search_by_key(&at, |(row, _)| *row)
            && let Some((_, broken)) = self.broken.get(found)
        {
            return Err(broken.again());
        }
        let number = self.numbers.get(at).copied().unwrap_or_default();
        let mut row = Row { number, cells: Vec::with_capacity(self.width()) };
        let mut broken = None;
        for column in 0..self.width() {
            match self.text(at, column) {
                Ok(text) => row.cells.push(text.into_owned()),
                Err(why) => {
                    row.cells.push(String::new());
                    broken = broken.or(Some((column, why)));
                }
            }
        }
        match (broken, &self.cells) {
            (Some((column, why)), Cells::Columns { columns, .. }) => {
                let field = columns.get(column).map(Column::name);
                Err(Broken { number, field, why, text: row.text() })
            }
            (Some((_, why)), Cells::Texts { .. }) => Err(Broken { number, field: None, why, text: row.text() }),
            (None, _) => Ok(row),
        }
    }

    /// What stands in a cell; nothing where it says nothing.
    fn text(&self, row: usize, column: usize) -> Result<Cow<'_, str>, String> {
        match &self.cells {
            Cells::Texts { missing, .. } => {
                let text =
                    str::from_utf8(self.bytes(row, column)).map_err(|_| "it is not UTF-8 text".to_owned())?.trim();
                let nothing = missing.iter().any(|word| word == text);
                Ok(Cow::Borrowed(if nothing { "" } else { text }))
            }
            Cells::Columns { columns, from } => {
                columns.get(column).map_or(Ok(Cow::Borrowed("")), |column| column.text(from + row))
            }
        }
    }

    /// A cell of CSV as it was cut.
    fn bytes(&self, row: usize, column: usize) -> &[u8] {
        let Cells::Texts { bytes, ends, columns, .. } = &self.cells else { return &[] };
        let at = row * columns + column;
        let from = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        let to = ends.get(at).copied().unwrap_or(from);
        bytes.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The rows that can be read only by themselves: those of which some cell, used or not, cannot be read.
    pub(crate) fn torn(&self) -> Mask {
        let mut mask = [0; WORDS];
        for (row, _) in &self.broken {
            set(&mut mask, *row);
        }
        if let Cells::Columns { columns, from } = &self.cells {
            columns.iter().for_each(|column| column.torn(*from, &mut mask));
        }
        mask
    }
}

/// Marks a row.
pub(super) fn set(mask: &mut Mask, row: usize) {
    if let Some(word) = mask.get_mut(row / 64) {
        *word |= 1 << (row % 64);
    }
}
