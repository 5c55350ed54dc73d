//! Tables, whatever they are written in: a header, and rows of cells that are texts.

use std::path::Path;
use std::sync::Arc;

use super::block::{Block, End};
use super::mapping::Layout;
use super::parquet::Piece;
use super::{Rejection, Shared, Source, columns, long, wide};

/// A table on its way in.
pub(super) struct Table<'a> {
    pub(super) header: Vec<String>,
    /// How many rows it says that it has; none where it does not say.
    pub(super) rows: u64,
    pub(super) parts: Portions<'a>,
}

pub(super) type Portions<'a> = Box<dyn Iterator<Item = Portion> + Send + 'a>;
pub(super) type Rows<'a> = Box<dyn Iterator<Item = Result<Row, Broken>> + Send + 'a>;

/// A row; a cell that says nothing is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// As a spreadsheet counts it.
    pub(super) number: u64,
    pub(super) cells: Vec<String>,
}

/// A row that cannot be read.
pub(super) struct Broken {
    pub(super) number: u64,
    pub(super) field: Option<String>,
    pub(super) why: String,
    pub(super) text: String,
}

/// Some rows that stand together, as far as they have been read.
pub(crate) enum Portion {
    Block(Arc<Block>),
    /// Not decoded yet.
    Piece(Arc<Piece>),
}

impl Portion {
    /// Its rows in blocks.
    pub(super) fn blocks(&self) -> Vec<Arc<Block>> {
        match self {
            Self::Block(block) => vec![Arc::clone(block)],
            Self::Piece(piece) => piece.open().into_iter().map(Arc::new).collect(),
        }
    }

    /// One of its blocks.
    pub(super) fn block(&self, at: usize) -> Arc<Block> {
        match self {
            Self::Block(block) => Arc::clone(block),
            Self::Piece(piece) => Arc::new(piece.block(at)),
        }
    }

    /// Where its file has been found to end in the middle, if it is one that is found so only when it is decoded.
    pub(super) fn end(&self) -> Option<&End> {
        match self {
            Self::Block(_) => None,
            Self::Piece(piece) => Some(&piece.torn),
        }
    }
}

impl<'a> Table<'a> {
    /// One row after the other.
    pub(super) fn rows(self) -> Rows<'a> {
        let rows = |block: Arc<Block>| {
            block.ends();
            (0..block.len()).map(move |at| block.row(at))
        };
        Box::new(self.parts.flat_map(|part| part.blocks()).flat_map(rows))
    }
}

impl Row {
    pub(super) fn cell(&self, column: usize) -> Option<&str> {
        self.cells.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// As it stands in the rejects file.
    pub(super) fn text(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = writer.write_record(&self.cells).is_ok();
        let bytes = writer.into_inner().unwrap_or_default();
        if written { super::kept_bytes(bytes.trim_ascii_end()) } else { String::new() }
    }
}

impl Broken {
    /// The same once more.
    pub(super) fn again(&self) -> Self {
        let Self { number, field, why, text } = self;
        Self { number: *number, field: field.clone(), why: why.clone(), text: text.clone() }
    }

    pub(super) fn rejection(self, file: &str) -> Rejection {
        let place = super::Place::Row(self.number);
        Rejection { field: self.field, text: self.text, ..Rejection::of(file, place, self.why) }
    }
}

/// The patients of a table, and what is to be said about its columns.
pub(super) fn patients<'a>(
    shared: &Arc<Shared<'a>>,
    path: &Path,
    file: &Arc<str>,
    table: Table<'a>,
) -> Result<(Source<'a>, Vec<String>), String> {
    match columns::layout(&shared.options.mapping, &table.header) {
        Layout::Wide => wide::patients(shared, file, table),
        Layout::Long => long::patients(shared, path, file, table),
    }
}
