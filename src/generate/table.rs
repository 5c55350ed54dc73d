//! Tables on their way out: CSV as text, Parquet with a type for each column, a group of rows at a time.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::day::{Known, Written};

/// Rows that are held before they are written.
const ROWS: usize = 32_768;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) form: Form,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Double,
    Answer,
    Day,
    /// A small whole number.
    Whole,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'c> {
    Empty,
    Text(&'c str),
    /// A number as it is written, and as the nearest double.
    Number(&'c str, f64),
    Answer(bool),
    Date(Written),
    Whole(u8),
}

/// A table that is being written.
pub(super) enum Table<W: Write + Send> {
    Csv { out: W, line: Vec<u8>, first: bool },
    Parquet { writer: Box<SerializedFileWriter<W>>, held: Vec<Held>, rows: usize, at: usize, text: Vec<u8> },
}

/// The cells of a column of Parquet, and which of them are there.
pub(super) struct Held {
    there: Vec<i16>,
    cells: Cells,
}

enum Cells {
    Text(Vec<ByteArray>),
    Double(Vec<f64>),
    Answer(Vec<bool>),
    Whole(Vec<i32>),
}

impl<W: Write + Send> Table<W> {
    pub(super) fn csv(mut out: W, columns: &[Column]) -> io::Result<Self> {
        let mut head = csv::Writer::from_writer(Vec::new());
        head.write_record(columns.iter().map(|column| column.name.as_str()))?;
        let head = head.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        out.write_all(&head)?;
        Ok(Self::Csv { out, line: Vec::new(), first: true })
    }

    pub(super) fn parquet(out: W, columns: &[Column]) -> io::Result<Self> {
        let typed = columns.iter().map(|column| {
            let (physical, converted) = match column.form {
                Form::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
                Form::Double => (Physical::DOUBLE, ConvertedType::NONE),
                Form::Answer => (Physical::BOOLEAN, ConvertedType::NONE),
                Form::Day => (Physical::INT32, ConvertedType::DATE),
                Form::Whole => (Physical::INT32, ConvertedType::NONE),
            };
            let builder = Type::primitive_type_builder(&column.name, physical);
            builder.with_repetition(Repetition::OPTIONAL).with_converted_type(converted).build().map(Arc::new)
        });
        let typed = typed.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("patients").with_fields(typed).build().map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        let held = columns.iter().map(|column| {
            let cells = match column.form {
                Form::Text => Cells::Text(Vec::new()),
                Form::Double => Cells::Double(Vec::new()),
                Form::Answer => Cells::Answer(Vec::new()),
                Form::Day | Form::Whole => Cells::Whole(Vec::new()),
            };
            Held { there: Vec::new(), cells }
        });
        Ok(Self::Parquet { writer: Box::new(writer), held: held.collect(), rows: 0, at: 0, text: Vec::new() })
    }

    /// The next cell of the row; as many as there are columns, one after the other.
    pub(super) fn cell(&mut self, cell: Cell<'_>) {
        match self {
            Self::Csv { line, first, .. } => {
                if !std::mem::take(first) {
                    line.push(b',');
                }
                match cell {
                    Cell::Text(text) => quoted(text, line),
                    cell => text_of(cell, line),
                }
            }
            Self::Parquet { held, at, text, .. } => {
                if let Some(column) = held.get_mut(*at) {
                    column.push(cell, text);
                }
                *at += 1;
            }
        }
    }

    /// Ends a row.
    pub(super) fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Csv { out, line, first } => {
                *first = true;
                line.push(b'\n');
                let written = out.write_all(line);
                line.clear();
                written
            }
            Self::Parquet { writer, held, rows, at, .. } => {
                *at = 0;
                *rows += 1;
                if *rows < ROWS {
                    return Ok(());
                }
                *rows = 0;
                write_group(writer, held).map_err(failed)
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv { mut out, .. } => out.flush(),
            Self::Parquet { mut writer, mut held, rows, .. } => {
                if rows > 0 {
                    write_group(&mut writer, &mut held).map_err(failed)?;
                }
                writer.close().map(|_| ()).map_err(failed)
            }
        }
    }
}

/// A cell as CSV has it: the words of a question may hold commas and quotes.
fn quoted(text: &str, to: &mut Vec<u8>) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return to.extend_from_slice(text.as_bytes());
    }
    to.push(b'"');
    to.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    to.push(b'"');
}

fn text_of(cell: Cell<'_>, to: &mut Vec<u8>) {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) | Cell::Number(text, _) => to.extend_from_slice(text.as_bytes()),
        Cell::Answer(true) => to.extend_from_slice(b"yes"),
        Cell::Answer(false) => to.extend_from_slice(b"no"),
        Cell::Date(date) => date.push(to),
        Cell::Whole(number) => to.extend_from_slice(number.to_string().as_bytes()),
    }
}

impl Held {
    fn push(&mut self, cell: Cell<'_>, text: &mut Vec<u8>) {
        let there = match (&mut self.cells, cell) {
            (_, Cell::Empty) => false,
            (Cells::Text(cells), cell) => {
                text.clear();
                text_of(cell, text);
                cells.push(ByteArray::from(text.clone()));
                true
            }
            (Cells::Double(cells), Cell::Number(_, number)) => {
                cells.push(number);
                true
            }
            (Cells::Answer(cells), Cell::Answer(answer)) => {
                cells.push(answer);
                true
            }
            (Cells::Whole(cells), Cell::Date(Written { day, known: Known::Day })) => {
                cells.push(i32::try_from(day).unwrap_or(0));
                true
            }
            (Cells::Whole(cells), Cell::Whole(number)) => {
                cells.push(i32::from(number));
                true
            }
            // No column has cells of another form: what a date of which less is known stands in is text.
            (Cells::Double(_) | Cells::Answer(_) | Cells::Whole(_), _) => false,
        };
        self.there.push(i16::from(there));
    }
}

fn write_group<W: Write + Send>(writer: &mut SerializedFileWriter<W>, held: &mut [Held]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for Held { there, cells } in held {
        match cells {
            Cells::Text(cells) => write_column::<ByteArrayType, W>(&mut group, there, cells)?,
            Cells::Double(cells) => write_column::<DoubleType, W>(&mut group, there, cells)?,
            Cells::Answer(cells) => write_column::<BoolType, W>(&mut group, there, cells)?,
            Cells::Whole(cells) => write_column::<Int32Type, W>(&mut group, there, cells)?,
        }
    }
    group.close()?;
    Ok(())
}

fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    there: &mut Vec<i16>,
    cells: &mut Vec<T::T>,
) -> Result<(), ParquetError> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(cells, Some(there), None)?;
        column.close()?;
    }
    there.clear();
    cells.clear();
    Ok(())
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
