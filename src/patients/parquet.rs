//! Tables in Parquet: flat columns, decoded some hundreds of rows at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;

use super::block::{Block, Cells, Column, Mask, ROWS, Values};
use super::source::{Head, Random};
use super::table::{Broken, Table};
use super::{LONGEST_BUNDLE, Shared};

/// The rows of one file.
struct Blocks<'a> {
    shared: Arc<Shared<'a>>,
    reader: Arc<dyn FileReader>,
    columns: Vec<ColumnDescPtr>,
    /// The row group that is read next.
    group: usize,
    readers: Vec<ColumnReader>,
    /// Rows of this group that are still to come.
    left: usize,
    number: u64,
    over: bool,
    levels: Vec<i16>,
}

/// A table of a file.
///
/// # Errors
/// Why it is no table.
pub(super) fn open<'a>(shared: &Arc<Shared<'a>>, head: Head<'a>) -> Result<Table<'a>, String> {
    let random = head.random(LONGEST_BUNDLE).map_err(|error| super::reason(&error))?;
    let reader: Arc<dyn FileReader> = match random {
        Random::File(file) => Arc::new(SerializedFileReader::new(file).map_err(|error| said(&error))?),
        Random::Bytes(bytes) => {
            Arc::new(SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(|error| said(&error))?)
        }
    };
    let columns = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    if let Some(list) = columns.iter().find(|column| column.max_rep_level() > 0) {
        return Err(format!("its column `{}` holds lists, and a table has one value in a cell", list.path().string()));
    }
    let header = columns.iter().map(|column| column.path().string()).collect();
    let blocks = Blocks {
        shared: Arc::clone(shared),
        reader,
        columns,
        group: 0,
        readers: Vec::new(),
        left: 0,
        number: 0,
        over: false,
        levels: Vec::with_capacity(ROWS),
    };
    Ok(Table { header, blocks: Box::new(blocks) })
}

fn said(error: &parquet::errors::ParquetError) -> String {
    format!("it cannot be read as Parquet: {error}")
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        if self.over {
            return None;
        }
        match self.read() {
            Ok(Some(block)) => Some(block),
            Ok(None) => {
                self.over = true;
                None
            }
            Err(why) => {
                self.over = true;
                let number = self.number + 1;
                Some(Block::of_broken(Broken { number, field: None, why, text: String::new() }))
            }
        }
    }
}

impl Blocks<'_> {
    fn read(&mut self) -> Result<Option<Block>, String> {
        while self.left == 0 {
            if self.group >= self.reader.num_row_groups() {
                return Ok(None);
            }
            let group = self.reader.get_row_group(self.group).map_err(|error| said(&error))?;
            let readers = (0..self.columns.len()).map(|column| group.get_column_reader(column));
            self.readers = readers.collect::<Result<_, _>>().map_err(|error| said(&error))?;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.group += 1;
            let size = u64::try_from(group.metadata().compressed_size()).unwrap_or(0);
            self.shared.read.fetch_add(size, Ordering::Relaxed);
        }
        let count = self.left.min(ROWS);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (reader, column) in self.readers.iter_mut().zip(&self.columns) {
            columns.push(decoded(reader, column, count, &mut self.levels)?);
        }
        self.left -= count;
        let numbers = (0..count as u64).map(|at| self.number + 1 + at).collect();
        self.number += count as u64;
        Ok(Some(Block::new(numbers, Cells::Columns(columns), Vec::new())))
    }
}

fn decoded(
    reader: &mut ColumnReader,
    column: &ColumnDescPtr,
    count: usize,
    levels: &mut Vec<i16>,
) -> Result<Column, String> {
    // A default one has no bytes at all, and cannot be asked for them.
    let empty = ByteArray::from("");
    let (there, values) = match reader {
        ColumnReader::BoolColumnReader(reader) => {
            wrapped(values(reader, column, (count, false), levels)?, Values::Truths)
        }
        ColumnReader::Int32ColumnReader(reader) => wrapped(values(reader, column, (count, 0), levels)?, Values::Whole),
        ColumnReader::Int64ColumnReader(reader) => wrapped(values(reader, column, (count, 0), levels)?, Values::Long),
        ColumnReader::Int96ColumnReader(reader) => {
            wrapped(values(reader, column, (count, Int96::default()), levels)?, Values::Times)
        }
        ColumnReader::FloatColumnReader(reader) => {
            wrapped(values(reader, column, (count, 0.0), levels)?, Values::Single)
        }
        ColumnReader::DoubleColumnReader(reader) => {
            wrapped(values(reader, column, (count, 0.0), levels)?, Values::Double)
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            wrapped(values(reader, column, (count, empty), levels)?, Values::Bytes)
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            let (there, fixed) = values(reader, column, (count, FixedLenByteArray::from(empty)), levels)?;
            let bytes = fixed.into_iter().map(|value: FixedLenByteArray| ByteArray::from(value)).collect();
            (there, Values::Bytes(bytes))
        }
    };
    Ok(Column::new(Arc::clone(column), there, values))
}

fn wrapped<T>((there, values): (Mask, Vec<T>), wrap: impl Fn(Vec<T>) -> Values) -> (Mask, Values) {
    (there, wrap(values))
}

/// The next values of a column, one for each row; `nothing` in the place of those that are not there.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    column: &ColumnDescPtr,
    (count, nothing): (usize, T::T),
    levels: &mut Vec<i16>,
) -> Result<(Mask, Vec<T::T>), String> {
    let optional = column.max_def_level() > 0;
    levels.clear();
    let mut values = Vec::with_capacity(count);
    let mut read = 0;
    while read < count {
        let def = optional.then_some(&mut *levels);
        let (more, ..) = reader.read_records(count - read, def, None, &mut values).map_err(|error| said(&error))?;
        if more == 0 {
            return Err(format!("the column `{}` ends in the middle", column.path().string()));
        }
        read += more;
    }
    let mut there = Mask::default();
    if !optional {
        (0..count).for_each(|row| super::block::set(&mut there, row));
        return Ok((there, values));
    }
    let defined = column.max_def_level();
    for (word, levels) in there.iter_mut().zip(levels.chunks(64)) {
        *word = levels.iter().rev().fold(0, |word, level| word << 1 | u64::from(*level == defined));
    }
    let held: usize = there.iter().map(|word| word.count_ones() as usize).sum();
    if held == count {
        return Ok((there, values));
    }
    // From the end on, each value to its row.
    if values.len() != held {
        return Err(format!("the column `{}` ends in the middle", column.path().string()));
    }
    values.resize(count, nothing);
    let mut from = held;
    for row in (0..count).rev() {
        if from == row + 1 {
            break;
        }
        if there.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1) {
            from -= 1;
            values.swap(from, row);
        }
    }
    Ok((there, values))
}
