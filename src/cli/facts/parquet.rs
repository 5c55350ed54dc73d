//! A table as Parquet.

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::Type;

use super::Sink;
use crate::emit::sql::{Cell, Column, Filled, Row, Table};

/// Rows that are held before they are written.
const ROWS: usize = 16_384;

pub(super) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    table: &'static Table,
    held: Vec<Row>,
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn new(out: W, table: &'static Table) -> io::Result<Self> {
        let fields = table.columns.iter().map(|(name, holds, filled, _)| {
            let (physical, logical) = match holds {
                Column::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Column::Whole => (Physical::INT64, None),
                Column::Number => (Physical::DOUBLE, None),
                Column::Truth => (Physical::BOOLEAN, None),
                Column::Date => (Physical::INT32, Some(LogicalType::Date)),
                // Of the local calendar: it is no moment of the world's clock.
                Column::Time => (Physical::INT64, Some(LogicalType::timestamp(false, TimeUnit::MICROS))),
            };
            let repetition = match filled {
                Filled::Always => Repetition::REQUIRED,
                Filled::Maybe => Repetition::OPTIONAL,
            };
            let field = Type::primitive_type_builder(name, physical).with_repetition(repetition);
            field.with_logical_type(logical).build().map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder(table.name).with_fields(fields).build().map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Self { writer, table, held: Vec::new() })
    }

    fn write(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for (at, (_, holds, filled, _)) in self.table.columns.iter().enumerate() {
            let Some(mut column) = group.next_column()? else { break };
            let cells = || self.held.iter().filter_map(|row| row.cells.get(at));
            let levels: Option<Vec<i16>> =
                (*filled == Filled::Maybe).then(|| cells().map(|cell| i16::from(*cell != Cell::Empty)).collect());
            write_column(&mut column, *holds, cells(), levels.as_deref())?;
            column.close()?;
        }
        group.close()?;
        self.held.clear();
        Ok(())
    }
}

fn write_column<'c>(
    column: &mut SerializedColumnWriter<'_>,
    holds: Column,
    cells: impl Iterator<Item = &'c Cell>,
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    match holds {
        Column::Text => {
            let cells: Vec<ByteArray> = cells
                .filter_map(
                    |cell| if let Cell::Text(text) = cell { Some(ByteArray::from(text.as_str())) } else { None },
                )
                .collect();
            column.typed::<ByteArrayType>().write_batch(&cells, levels, None)?;
        }
        Column::Number => {
            let cells: Vec<f64> =
                cells.filter_map(|cell| if let Cell::Number(number) = cell { Some(*number) } else { None }).collect();
            column.typed::<DoubleType>().write_batch(&cells, levels, None)?;
        }
        Column::Truth => {
            let cells: Vec<bool> =
                cells.filter_map(|cell| if let Cell::Truth(truth) = cell { Some(*truth) } else { None }).collect();
            column.typed::<BoolType>().write_batch(&cells, levels, None)?;
        }
        Column::Date => {
            let day = |cell: &Cell| if let Cell::Date(day) = cell { i32::try_from(*day).ok() } else { None };
            let cells: Vec<i32> = cells.filter_map(day).collect();
            column.typed::<Int32Type>().write_batch(&cells, levels, None)?;
        }
        Column::Whole => {
            let cells: Vec<i64> =
                cells.filter_map(|cell| if let Cell::Whole(number) = cell { Some(*number) } else { None }).collect();
            column.typed::<Int64Type>().write_batch(&cells, levels, None)?;
        }
        Column::Time => {
            let micros = |cell: &Cell| if let Cell::Time(second) = cell { Some(second * 1_000_000) } else { None };
            let cells: Vec<i64> = cells.filter_map(micros).collect();
            column.typed::<Int64Type>().write_batch(&cells, levels, None)?;
        }
    }
    Ok(())
}

impl<W: Write + Send> Sink for Parquet<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.held.push(row.clone());
        if self.held.len() >= ROWS { self.write().map_err(failed) } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if !self.held.is_empty() {
            self.write().map_err(failed)?;
        }
        self.writer.close().map(|_| ()).map_err(failed)
    }
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
