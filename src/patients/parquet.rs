//! Tables in Parquet: flat columns. Groups of rows are read here, in pieces; whoever screens a piece decodes it.

mod column;
mod head;
mod runs;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use super::block::{Block, Cells, End, ROWS};
use super::source::{Head, Random};
use super::table::{Broken, Portion, Table};
use super::{LONGEST_BUNDLE, Shared};
use crate::world::File;
use column::Chunk;

/// Blocks that are decoded together, at the most: each piece decompresses the pages that it has a part of.
const BLOCKS: usize = 16;
/// Pieces of a file, at the least: so many that all threads have some.
const PIECES: usize = 16;

/// The rows of one file.
struct Pieces<'a> {
    shared: Arc<Shared<'a>>,
    file: Source,
    metadata: ParquetMetaData,
    /// Rows of a piece.
    piece: usize,
    /// The row group that is read next.
    next: usize,
    group: Arc<Group>,
    /// The rows of the group that are still to come.
    left: Range<usize>,
    number: u64,
    over: bool,
    torn: End,
}

enum Source {
    File(File),
    Bytes(Bytes),
}

/// Columns of the same rows, as they stand in the file.
#[derive(Default)]
struct Group {
    columns: Vec<Arc<Chunk>>,
}

/// Some rows of a group.
#[derive(Clone)]
pub(super) struct Piece {
    group: Arc<Group>,
    rows: Range<usize>,
    /// The number of the first of them.
    number: u64,
    /// Where the file has been found torn.
    pub(super) torn: End,
}

/// A table of a file.
///
/// # Errors
/// Why it is no table.
pub(super) fn open<'a>(shared: &Arc<Shared<'a>>, head: Head<'a>) -> Result<Table<'a>, String> {
    let random = head.random(LONGEST_BUNDLE).map_err(|error| super::reason(&error))?;
    let file = match random {
        Random::File(file) => Source::File(file),
        Random::Bytes(bytes) => Source::Bytes(Bytes::from(bytes)),
    };
    let reader = ParquetMetaDataReader::new();
    let metadata = match &file {
        Source::File(file) => reader.parse_and_finish(file),
        Source::Bytes(bytes) => reader.parse_and_finish(bytes),
    };
    let metadata = metadata.map_err(|error| said(&error))?;
    let columns = metadata.file_metadata().schema_descr().columns();
    if let Some(list) = columns.iter().find(|column| column.max_rep_level() > 0) {
        return Err(format!("its column `{}` holds lists, and a table has one value in a cell", list.path().string()));
    }
    let header = columns.iter().map(|column| column.path().string()).collect();
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0).min(file.length());
    let pieces = Pieces {
        shared: Arc::clone(shared),
        file,
        metadata,
        piece: usize::try_from(rows).unwrap_or(usize::MAX).div_ceil(PIECES).div_ceil(ROWS).clamp(1, BLOCKS) * ROWS,
        next: 0,
        group: Arc::default(),
        left: 0..0,
        number: 0,
        over: false,
        torn: End::default(),
    };
    Ok(Table { header, rows, parts: Box::new(pieces) })
}

fn said(error: &parquet::errors::ParquetError) -> String {
    format!("it cannot be read as Parquet: {error}")
}

impl Iterator for Pieces<'_> {
    type Item = Portion;

    fn next(&mut self) -> Option<Portion> {
        if self.over || self.torn.is_set() {
            return None;
        }
        match self.read() {
            Ok(Some(piece)) => Some(Portion::Piece(Arc::new(piece))),
            Ok(None) => {
                self.over = true;
                None
            }
            Err(why) => {
                self.over = true;
                Some(Portion::Block(Arc::new(broken(self.number + 1, why))))
            }
        }
    }
}

fn broken(number: u64, why: String) -> Block {
    Block::of_broken(Broken { number, field: None, why, text: String::new() })
}

impl Pieces<'_> {
    fn read(&mut self) -> Result<Option<Piece>, String> {
        while self.left.is_empty() {
            if self.next >= self.metadata.num_row_groups() {
                return Ok(None);
            }
            let group = self.metadata.row_group(self.next);
            let rows = usize::try_from(group.num_rows()).unwrap_or(0);
            let columns = group.columns().iter().map(|column| self.file.chunk(column, rows));
            self.group = Arc::new(Group { columns: columns.collect::<Result<_, _>>()? });
            self.left = 0..rows;
            self.next += 1;
            let size = u64::try_from(group.compressed_size()).unwrap_or(0);
            self.shared.read.fetch_add(size, Ordering::Relaxed);
        }
        let rows = self.left.start..self.left.end.min(self.left.start.saturating_add(self.piece));
        self.left.start = rows.end;
        let number = self.number + 1;
        self.number += rows.len() as u64;
        Ok(Some(Piece { group: Arc::clone(&self.group), rows, number, torn: self.torn.clone() }))
    }
}

impl Source {
    fn length(&self) -> u64 {
        match self {
            Self::File(file) => file.len(),
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// A column of a group, as it stands in the file.
    fn chunk(&self, metadata: &ColumnChunkMetaData, rows: usize) -> Result<Arc<Chunk>, String> {
        let from = metadata.dictionary_page_offset().unwrap_or(metadata.data_page_offset());
        let place = u64::try_from(from).ok().zip(u64::try_from(metadata.compressed_size()).ok());
        let place = place.filter(|(from, length)| from.checked_add(*length).is_some_and(|end| end <= self.length()));
        let Some((from, length)) = place else {
            let name = metadata.column_path().string();
            return Err(format!("it cannot be read as Parquet: the column `{name}` lies beyond the end of the file"));
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let bytes = match self {
            Self::File(file) => file.get_bytes(from, length),
            Self::Bytes(bytes) => bytes.get_bytes(from, length),
        };
        let bytes = bytes.map_err(|error| said(&error))?;
        Ok(Arc::new(Chunk { metadata: metadata.clone(), from, bytes, rows }))
    }
}

impl Piece {
    /// One of its blocks, alone.
    pub(super) fn block(&self, at: usize) -> Block {
        let from = self.rows.start.saturating_add(at.saturating_mul(ROWS));
        let rows = from..self.rows.end.min(from.saturating_add(ROWS));
        let number = self.number + (at * ROWS) as u64;
        let one = Self { group: Arc::clone(&self.group), rows, number, torn: self.torn.clone() };
        let block = one.open().into_iter().next();
        block.unwrap_or_else(|| broken(number, "it cannot be read again".to_owned()))
    }

    /// Its rows, decoded. Where they cannot be, one row that cannot be read stands for them and all behind them.
    pub(super) fn open(&self) -> Vec<Block> {
        let columns = self.group.columns.iter().map(|chunk| chunk.decoded(self.rows.start, self.rows.len()));
        let columns = match columns.collect::<Result<Vec<_>, _>>() {
            Ok(columns) => Arc::new(columns),
            Err(why) => return vec![broken(self.number, why).the_last(self.torn.clone())],
        };
        let blocks = (0..self.rows.len()).step_by(ROWS).map(|from| {
            let count = (self.rows.len() - from).min(ROWS) as u64;
            let number = self.number + from as u64;
            let cells = Cells::Columns { columns: Arc::clone(&columns), from };
            Block::new((number..number + count).collect(), cells, Vec::new())
        });
        blocks.collect()
    }
}
