//! Tables in Parquet: flat columns, each value as the text that a CSV file would have.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use num_bigint::BigInt;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, Int96};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;

use super::source::{Head, Random};
use super::table::{Broken, Row, Table};
use super::{LONGEST_BUNDLE, Shared, shown};

/// Rows that are read in one go.
const BATCH: usize = 1024;

/// The rows of one file.
struct Rows<'a> {
    shared: Arc<Shared<'a>>,
    reader: Arc<dyn FileReader>,
    columns: Vec<ColumnDescPtr>,
    /// The row group that is read next.
    group: usize,
    readers: Vec<ColumnReader>,
    /// Rows of this group that are still to come.
    left: usize,
    ready: VecDeque<Result<Row, Broken>>,
    number: u64,
    over: bool,
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
    let rows = Rows {
        shared: Arc::clone(shared),
        reader,
        columns,
        group: 0,
        readers: Vec::new(),
        left: 0,
        ready: VecDeque::new(),
        number: 0,
        over: false,
    };
    Ok(Table { header, rows: Box::new(rows) })
}

fn said(error: &parquet::errors::ParquetError) -> String {
    format!("it cannot be read as Parquet: {error}")
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Some(row);
            }
            if self.over {
                return None;
            }
            if let Err(why) = self.read() {
                self.over = true;
                self.number += 1;
                return Some(Err(Broken { number: self.number, field: None, why, text: String::new() }));
            }
        }
    }
}

impl Rows<'_> {
    /// The next rows, into `ready`.
    fn read(&mut self) -> Result<(), String> {
        if self.left == 0 {
            if self.group >= self.reader.num_row_groups() {
                self.over = true;
                return Ok(());
            }
            let group = self.reader.get_row_group(self.group).map_err(|error| said(&error))?;
            let readers = (0..self.columns.len()).map(|column| group.get_column_reader(column));
            self.readers = readers.collect::<Result<_, _>>().map_err(|error| said(&error))?;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.group += 1;
            let size = u64::try_from(group.metadata().compressed_size()).unwrap_or(0);
            self.shared.read.fetch_add(size, Ordering::Relaxed);
            return Ok(());
        }
        let count = self.left.min(BATCH);
        let mut cells = Vec::with_capacity(self.columns.len());
        for (reader, column) in self.readers.iter_mut().zip(&self.columns) {
            cells.push(texts(reader, column, count)?.into_iter());
        }
        for _ in 0..count {
            self.number += 1;
            let mut row = Row { number: self.number, cells: Vec::with_capacity(cells.len()) };
            let mut broken = None;
            for (column, texts) in self.columns.iter().zip(&mut cells) {
                match texts.next() {
                    Some(Ok(text)) => row.cells.push(text),
                    Some(Err(why)) => {
                        row.cells.push(String::new());
                        broken = broken.or(Some((column.path().string(), why)));
                    }
                    None => return Err(format!("the column `{}` ends in the middle", column.path().string())),
                }
            }
            self.ready.push_back(match broken {
                Some((field, why)) => Err(Broken { number: self.number, field: Some(field), why, text: row.text() }),
                None => Ok(row),
            });
        }
        self.left -= count;
        Ok(())
    }
}

type Texts = Vec<Result<String, String>>;

fn texts(reader: &mut ColumnReader, column: &ColumnDescPtr, count: usize) -> Result<Texts, String> {
    let logical = column.logical_type_ref();
    let converted = column.converted_type();
    let unsigned = matches!(logical, Some(LogicalType::Integer(kind)) if !kind.is_signed);
    let scale = match logical {
        Some(LogicalType::Decimal(kind)) => Some(kind.scale),
        _ => (converted == ConvertedType::DECIMAL).then(|| column.type_scale()),
    };
    match reader {
        ColumnReader::BoolColumnReader(reader) => values(reader, column, count, |truth| Ok(truth.to_string())),
        ColumnReader::Int32ColumnReader(reader) => {
            let day = converted == ConvertedType::DATE || matches!(logical, Some(LogicalType::Date));
            values(reader, column, count, |number| match scale {
                Some(scale) => decimal(&BigInt::from(*number), scale),
                None if day => date_of(*number),
                None if unsigned => Ok(number.cast_unsigned().to_string()),
                None => Ok(number.to_string()),
            })
        }
        ColumnReader::Int64ColumnReader(reader) => {
            let parts = match (logical, converted) {
                (Some(LogicalType::Timestamp(kind)), _) => Some(match kind.unit {
                    TimeUnit::MILLIS => 1_000,
                    TimeUnit::MICROS => 1_000_000,
                    TimeUnit::NANOS => 1_000_000_000,
                }),
                (_, ConvertedType::TIMESTAMP_MILLIS) => Some(1_000),
                (_, ConvertedType::TIMESTAMP_MICROS) => Some(1_000_000),
                _ => None,
            };
            values(reader, column, count, |number| match (scale, parts) {
                (Some(scale), _) => decimal(&BigInt::from(*number), scale),
                (None, Some(parts)) => time_of(*number, parts),
                (None, None) if unsigned => Ok(number.cast_unsigned().to_string()),
                (None, None) => Ok(number.to_string()),
            })
        }
        ColumnReader::Int96ColumnReader(reader) => {
            values(reader, column, count, |time: &Int96| time_of(time.to_millis(), 1_000))
        }
        ColumnReader::FloatColumnReader(reader) => {
            values(reader, column, count, |number| Ok(shortest(number.is_nan(), format!("{number:?}"))))
        }
        ColumnReader::DoubleColumnReader(reader) => {
            values(reader, column, count, |number| Ok(shortest(number.is_nan(), format!("{number:?}"))))
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            values(reader, column, count, |bytes| text_of(bytes.data(), scale))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => values(reader, column, count, |bytes| {
            let bytes: &ByteArray = bytes;
            text_of(bytes.data(), scale)
        }),
    }
}

/// The next values of a column, an empty text where there is none.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    column: &ColumnDescPtr,
    count: usize,
    text: impl Fn(&T::T) -> Result<String, String>,
) -> Result<Texts, String> {
    let optional = column.max_def_level() > 0;
    let (mut levels, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut read = 0;
    while read < count {
        let def = optional.then_some(&mut levels);
        let (more, ..) = reader.read_records(count - read, def, None, &mut values).map_err(|error| said(&error))?;
        if more == 0 {
            return Err(format!("the column `{}` ends in the middle", column.path().string()));
        }
        read += more;
    }
    let mut values = values.iter();
    let mut next = || values.next().map_or_else(|| Ok(String::new()), &text);
    if !optional {
        return Ok((0..count).map(|_| next()).collect());
    }
    let there = |level: &i16| *level == column.max_def_level();
    Ok(levels.iter().map(|level| if there(level) { next() } else { Ok(String::new()) }).collect())
}

/// The shortest decimal that is this number and no other; `NaN` is how data frames write what is missing.
fn shortest(missing: bool, text: String) -> String {
    if missing { String::new() } else { text.strip_suffix(".0").map(str::to_owned).unwrap_or(text) }
}

fn text_of(bytes: &[u8], scale: Option<i32>) -> Result<String, String> {
    match scale {
        Some(scale) => decimal(&BigInt::from_signed_bytes_be(bytes), scale),
        None => str::from_utf8(bytes).map(str::to_owned).map_err(|_| "it is not UTF-8 text".to_owned()),
    }
}

/// All digits of a decimal.
fn decimal(number: &BigInt, scale: i32) -> Result<String, String> {
    let places = usize::try_from(scale).ok().filter(|places| *places <= 76);
    let places = places.ok_or_else(|| format!("a decimal with {scale} places"))?;
    let text = number.magnitude().to_string();
    let text = format!("{text:0>width$}", width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    let sign = if number.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn date_of(days: i32) -> Result<String, String> {
    let day = date(1970, 1, 1).checked_add(days.days());
    day.map(|day| day.to_string()).map_err(|_| format!("day {days} is beyond the calendar"))
}

/// A time, counted in parts of a second from 1970.
fn time_of(number: i64, parts: i64) -> Result<String, String> {
    let beyond = |_| format!("the time {} is beyond the calendar", shown(&number.to_string()));
    let (seconds, rest) = (number.div_euclid(parts), number.rem_euclid(parts));
    let span = jiff::Span::new().try_seconds(seconds).map_err(beyond)?;
    let time = DateTime::from(date(1970, 1, 1)).checked_add(span).map_err(beyond)?;
    let time = time.checked_add((rest * (1_000_000_000 / parts)).nanoseconds()).map_err(beyond)?;
    // Midnight is how data frames write a day.
    let midnight = time.time() == jiff::civil::Time::midnight();
    Ok(if midnight { time.date().to_string() } else { time.to_string() })
}
