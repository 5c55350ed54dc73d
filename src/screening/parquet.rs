//! Results as Parquet: columns of text, and where they come from in the file's metadata.

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;

use super::{Origin, Row, Sink};

/// Rows that are held before they are written.
const ROWS: usize = 16_384;
const BETWEEN: &str = "; ";

pub(super) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    /// The cells of each column.
    held: Vec<Vec<ByteArray>>,
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn new(out: W, origin: &Origin, criteria: &[String]) -> io::Result<Self> {
        let head = ["patient", "verdict", "because", "missing", "refused"].map(str::to_owned);
        let names: Vec<String> =
            head.into_iter().chain(criteria.iter().map(|name| format!("criterion_{name}"))).collect();
        let columns = names.iter().map(|name| {
            let column = Type::primitive_type_builder(name, Physical::BYTE_ARRAY);
            let column = column.with_repetition(Repetition::REQUIRED).with_converted_type(ConvertedType::UTF8);
            column.build().map(Arc::new)
        });
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("results").with_fields(columns).build().map_err(failed)?;
        let about = [
            ("protocol", origin.protocol.clone()),
            ("version", origin.version.clone()),
            ("hash", origin.hash.clone()),
            ("policy", origin.policy.to_owned()),
        ];
        let about = about.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(about))
            .build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Self { writer, held: vec![Vec::new(); names.len()] })
    }

    fn write(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.held {
            let Some(mut column) = group.next_column()? else { break };
            column.typed::<ByteArrayType>().write_batch(cells, None, None)?;
            column.close()?;
            cells.clear();
        }
        group.close()?;
        Ok(())
    }
}

impl<W: Write + Send> Sink for Parquet<W> {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let lists = [row.because.join(BETWEEN), row.missing.join(BETWEEN), row.refused.join(BETWEEN)];
        let cells = [row.patient, row.verdict].into_iter().chain(lists.iter().map(String::as_str));
        let cells = cells.chain(row.states.iter().copied());
        for (column, cell) in self.held.iter_mut().zip(cells) {
            column.push(ByteArray::from(cell));
        }
        if self.held.first().is_some_and(|column| column.len() >= ROWS) { self.write().map_err(failed) } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.held.first().is_some_and(|column| !column.is_empty()) {
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
