//! Results as Parquet: columns of text, and where they come from in the file's metadata.
//!
//! All columns but that of the patients have few different texts. They are kept as places in a dictionary from the start, and
//! written as such (Apache Parquet, "Encodings": dictionary, and bit-packed runs of places).

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, Encoding, Repetition, Type as Physical};
use ::parquet::column::page::{CompressedPage, Page, PageWriter};
use ::parquet::column::writer::ColumnCloseResult;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{ColumnChunkMetaData, KeyValue};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use ::parquet::schema::types::{ColumnDescPtr, Type};
use bytes::Bytes;
use rustc_hash::FxHashMap;

use super::csv::STATES;
use super::table::Screened;
use super::{Decider, Origin, Row, Sink};
use crate::explain;
use crate::ir::Verdict;

/// Rows that are held before they are written.
const ROWS: usize = 16_384;
const BETWEEN: &str = "; ";

/// In the order of their places in a dictionary.
const VERDICTS: [Verdict; 3] = [Verdict::Ineligible, Verdict::Undetermined, Verdict::Eligible];

pub(super) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<ColumnDescPtr>,
    rows: usize,
    /// As they stand in a page: each behind its length.
    patients: Vec<u8>,
    verdicts: Vec<u8>,
    because: Texts,
    missing: Texts,
    refused: Texts,
    /// Of each criterion.
    states: Vec<Vec<u8>>,
    /// Places in `because` of criteria that decided together.
    together: FxHashMap<u128, u32>,
}

/// A column of texts: their places in a dictionary, in the order in which they came.
#[derive(Default)]
struct Texts {
    places: Vec<u32>,
    known: FxHashMap<String, u32>,
    /// As they stand in a page.
    dictionary: Vec<u8>,
}

impl Texts {
    fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.known.get(text) {
            return *place;
        }
        let place = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.insert(text.to_owned(), place);
        put(&mut self.dictionary, text);
        place
    }

    fn push(&mut self, text: &str) {
        let place = self.place(text);
        self.places.push(place);
    }

    fn clear(&mut self) {
        self.places.clear();
        self.known.clear();
        self.dictionary.clear();
    }
}

/// A text as a page has it.
fn put(page: &mut Vec<u8>, text: &str) {
    page.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    page.extend_from_slice(text.as_bytes());
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
        let properties = WriterProperties::builder().set_key_value_metadata(Some(about)).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        let columns = writer.schema_descr().columns().to_vec();
        Ok(Self {
            writer,
            columns,
            rows: 0,
            patients: Vec::new(),
            verdicts: Vec::new(),
            because: Texts::default(),
            missing: Texts::default(),
            refused: Texts::default(),
            states: vec![Vec::new(); criteria.len()],
            together: FxHashMap::default(),
        })
    }

    fn write(&mut self) -> Result<(), ParquetError> {
        let rows = self.rows;
        let dictionary = |texts: &[&str]| {
            let mut page = Vec::new();
            texts.iter().for_each(|text| put(&mut page, text));
            (page, texts.len())
        };
        let mut group = self.writer.next_row_group()?;
        let mut columns = self.columns.iter();
        let mut next = |dictionary: Option<(Vec<u8>, usize)>, page: Vec<u8>| match columns.next() {
            Some(column) => {
                let (bytes, closed) = chunk(column, dictionary, &page, rows)?;
                group.append_column(&bytes, closed)
            }
            None => Ok(()),
        };
        next(None, std::mem::take(&mut self.patients))?;
        next(Some(dictionary(&VERDICTS.map(explain::verdict_word))), narrow(&self.verdicts))?;
        for texts in [&mut self.because, &mut self.missing, &mut self.refused] {
            let known = texts.known.len();
            next(Some((std::mem::take(&mut texts.dictionary), known)), wide(&texts.places, known))?;
            texts.clear();
        }
        for states in &mut self.states {
            next(Some(dictionary(&STATES.map(explain::standing_code))), narrow(states))?;
            states.clear();
        }
        group.close()?;
        self.verdicts.clear();
        self.together.clear();
        self.rows = 0;
        Ok(())
    }

    /// Counts rows that have been put into all columns.
    fn counted(&mut self, rows: usize) -> io::Result<()> {
        self.rows += rows;
        if self.rows >= ROWS { self.write().map_err(failed) } else { Ok(()) }
    }
}

impl<W: Write + Send> Sink for Parquet<W> {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        put(&mut self.patients, row.patient);
        let place = |texts: &[&str], text: &str| {
            let place = texts.iter().position(|known| *known == text);
            place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
        };
        self.verdicts.push(place(&VERDICTS.map(explain::verdict_word), row.verdict));
        self.because.push(&row.because.join(BETWEEN));
        self.missing.push(&row.missing.join(BETWEEN));
        self.refused.push(&row.refused.join(BETWEEN));
        let codes = STATES.map(explain::standing_code);
        for (states, state) in self.states.iter_mut().zip(&row.states) {
            states.push(place(&codes, state));
        }
        self.counted(1)
    }

    fn plain(&mut self, decider: &Decider<'_, '_>, screened: &Screened<'_>, rows: Range<usize>) -> io::Result<()> {
        let mut from = rows.start;
        while from < rows.end {
            let to = rows.end.min(from + (ROWS - self.rows));
            for row in from..to {
                put(&mut self.patients, screened.patient(row));
                let together = screened.decided_by(row);
                let place = if let Some(place) = self.together.get(&together) {
                    *place
                } else {
                    let names = decider.criteria().enumerate().filter(|(at, _)| together >> at & 1 == 1);
                    let names: Vec<&str> = names.map(|(_, (name, ..))| name).collect();
                    let place = self.because.place(&names.join(BETWEEN));
                    self.together.insert(together, place);
                    place
                };
                self.because.places.push(place);
            }
            let nothing = [self.missing.place(""), self.refused.place("")];
            for (texts, place) in [&mut self.missing, &mut self.refused].into_iter().zip(nothing) {
                texts.places.resize(texts.places.len() + (to - from), place);
            }
            for row in from..to {
                let place = VERDICTS.iter().position(|verdict| *verdict == screened.verdict(row));
                self.verdicts.push(place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default());
            }
            for (states, standings) in self.states.iter_mut().zip(&screened.states) {
                // In the order of `STATES`: not met, met, unknown, and both for what is not applicable.
                let low = standings.met | standings.not_applicable;
                let high = standings.unknown | standings.not_applicable;
                let mut row = from;
                for (low, high) in low.0.into_iter().zip(high.0).skip(from / 64) {
                    let rest = (64 - row % 64).min(to - row);
                    states.extend(
                        (row % 64..row % 64 + rest)
                            .map(|bit| u8::from(high >> bit & 1 == 1) << 1 | u8::from(low >> bit & 1 == 1)),
                    );
                    row += rest;
                }
            }
            self.counted(to - from)?;
            from = to;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.rows > 0 {
            self.write().map_err(failed)?;
        }
        self.writer.close().map(|_| ()).map_err(failed)
    }
}

/// A column as it stands in the file, and what the file says of it: places in a dictionary, or texts.
fn chunk(
    column: &ColumnDescPtr,
    dictionary: Option<(Vec<u8>, usize)>,
    page: &[u8],
    rows: usize,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let mut sink = TrackedWrite::new(Vec::new());
    let mut writer = SerializedPageWriter::new(&mut sink);
    let count = |number: usize| u32::try_from(number).map_err(|error| ParquetError::External(Box::new(error)));
    let mut encodings = vec![Encoding::RLE, Encoding::PLAIN];
    let mut uncompressed = 0;
    let mut first = None;
    let encoding = if let Some((texts, known)) = dictionary {
        let size = texts.len();
        let (buf, num_values) = (compressed(&texts)?, count(known)?);
        let page = Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, is_sorted: false };
        let spec = writer.write_page(CompressedPage::new(page, size))?;
        uncompressed += spec.uncompressed_size;
        first = Some(spec.offset);
        encodings.push(Encoding::RLE_DICTIONARY);
        Encoding::RLE_DICTIONARY
    } else {
        Encoding::PLAIN
    };
    let size = page.len();
    let page = Page::DataPage {
        buf: compressed(page)?,
        num_values: count(rows)?,
        encoding,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    let spec = writer.write_page(CompressedPage::new(page, size))?;
    uncompressed += spec.uncompressed_size;
    let bytes = Bytes::from(sink.into_inner()?);
    let offset = |offset: u64| i64::try_from(offset).map_err(|error| ParquetError::External(Box::new(error)));
    let metadata = ColumnChunkMetaData::builder(Arc::clone(column))
        .set_encodings(encodings)
        .set_compression(Compression::SNAPPY)
        .set_num_values(offset(rows as u64)?)
        .set_total_compressed_size(offset(bytes.len() as u64)?)
        .set_total_uncompressed_size(offset(uncompressed as u64)?)
        .set_data_page_offset(offset(spec.offset)?)
        .set_dictionary_page_offset(first.map(offset).transpose()?)
        .build()?;
    let closed = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: rows as u64,
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((bytes, closed))
}

fn compressed(page: &[u8]) -> Result<Bytes, ParquetError> {
    let bytes = snap::raw::Encoder::new().compress_vec(page);
    bytes.map(Bytes::from).map_err(|error| ParquetError::External(Box::new(error)))
}

/// Places of two bits each, in one run.
fn narrow(places: &[u8]) -> Vec<u8> {
    let mut page = run(2, places.len());
    let whole = places.len().div_ceil(8) * 2;
    let from = page.len();
    page.extend(places.chunks(4).map(|four| four.iter().rev().fold(0, |byte, place| byte << 2 | place & 3)));
    page.resize(from + whole, 0);
    page
}

/// Places in a dictionary of so many, in one run.
fn wide(places: &[u32], known: usize) -> Vec<u8> {
    let bits = known.saturating_sub(1).checked_ilog2().map_or(1, |log| log + 1);
    if known < 2 {
        // All are the first: a run of one value.
        let mut page = vec![1];
        varint(&mut page, (places.len() as u64) << 1);
        page.push(0);
        return page;
    }
    let mut page = run(bits, places.len());
    let (from, whole) = (page.len(), places.len().div_ceil(8) * bits as usize);
    let (mut held, mut filled) = (0_u64, 0);
    for place in places {
        held |= u64::from(*place) << filled;
        filled += bits;
        while filled >= 8 {
            page.push(held.to_le_bytes()[0]);
            held >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        page.push(held.to_le_bytes()[0]);
    }
    page.resize(from + whole, 0);
    page
}

/// The head of a page of places in one bit-packed run: their width, and how many groups of eight follow.
fn run(bits: u32, places: usize) -> Vec<u8> {
    let mut page = vec![u8::try_from(bits).unwrap_or(32)];
    varint(&mut page, (places.div_ceil(8) as u64) << 1 | 1);
    page
}

fn varint(page: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        page.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    page.push(number.to_le_bytes()[0]);
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
