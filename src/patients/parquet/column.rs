//! Column chunks, decoded: those of plain encodings here, straight into what a block needs, and all others by the library's own
//! reader.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::basic::{Compression, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::head::{Data, Encoding, Kind, Levels, Page, is_known, page};
use super::runs::{Flags, flags, numbers};
use super::said;
use crate::patients::block::{Column, Values, Words};

/// A column of a group of rows, as it stands in the file.
pub(super) struct Chunk {
    pub(super) metadata: ColumnChunkMetaData,
    /// Where in the file it begins.
    pub(super) from: u64,
    pub(super) bytes: Bytes,
    /// How many rows it has.
    pub(super) rows: usize,
}

impl Chunk {
    /// Some of its rows: so many behind the first ones.
    pub(super) fn decoded(self: &Arc<Self>, skip: usize, take: usize) -> Result<Column, String> {
        let (there, values) = match self.plainly(skip, take) {
            Ok(found) => found,
            Err(Trouble::Damaged) => return Err(self.damaged()),
            Err(Trouble::Unusual) => {
                // The library trusts that pages are as they should be, and can be brought down by those that are not.
                let found = panic::catch_unwind(AssertUnwindSafe(|| self.by_the_library(skip, take)));
                found.unwrap_or_else(|_| Err(self.damaged()))?
            }
        };
        Ok(Column::new(self.metadata.column_descr_ptr(), there.into_words(), values))
    }

    fn damaged(&self) -> String {
        format!("it cannot be read as Parquet: the column `{}` is damaged", self.metadata.column_path().string())
    }

    fn plainly(&self, skip: usize, take: usize) -> Result<(Flags, Values), Trouble> {
        let (column, codec) = (self.metadata.column_descr(), self.metadata.compression());
        if column.max_rep_level() > 0 || column.max_def_level() > 1 || !is_known(codec) {
            return Err(Trouble::Unusual);
        }
        let mut decoding = Decoding {
            optional: column.max_def_level() == 1,
            there: Flags::default(),
            values: match column.physical_type() {
                Physical::BOOLEAN => Held::Truths(Flags::default()),
                Physical::INT32 => Held::Whole(Numbers::new(take)),
                Physical::INT64 => Held::Long(Numbers::new(take)),
                Physical::FLOAT => Held::Single(Numbers::new(take)),
                Physical::DOUBLE => Held::Double(Numbers::new(take)),
                Physical::BYTE_ARRAY => Held::Texts(Texts::new(take)),
                Physical::INT96 | Physical::FIXED_LEN_BYTE_ARRAY => return Err(Trouble::Unusual),
            },
        };
        let (mut rest, mut at) = (self.bytes.as_ref(), 0_usize);
        let mut space = Vec::new();
        while decoding.there.len() < take {
            let (page, behind) = page(rest).ok_or(Trouble::Damaged)?;
            rest = behind;
            match &page.kind {
                Kind::Other => {}
                Kind::Dictionary { values } => {
                    let opened = page.open(codec, &mut space);
                    opened.and_then(|_| decoding.dictionary(&space, *values)).ok_or(Trouble::Damaged)?;
                }
                Kind::Data(data) => {
                    if data.encoding == Encoding::Other || data.levels == Levels::Other {
                        return Err(Trouble::Unusual);
                    }
                    let from = skip.saturating_sub(at).min(data.values);
                    let count = (data.values - from).min(take - decoding.there.len());
                    if count > 0 {
                        let read = decoding.page(&page, data, codec, (from, count), &mut space);
                        read.ok_or(Trouble::Damaged)?;
                    }
                    at = at.checked_add(data.values).ok_or(Trouble::Damaged)?;
                }
            }
        }
        Ok((decoding.there, decoding.values.finish()))
    }

    fn by_the_library(self: &Arc<Self>, skip: usize, take: usize) -> Result<(Flags, Values), String> {
        let pages = SerializedPageReader::new(Arc::clone(self), &self.metadata, self.rows, None);
        let pages = pages.map_err(|error| said(&error))?;
        let column = self.metadata.column_descr_ptr();
        match get_column_reader(Arc::clone(&column), Box::new(pages)) {
            ColumnReader::BoolColumnReader(reader) => {
                let (there, truths) = self.values(reader, (skip, take), &false)?;
                let mut bits = Flags::default();
                truths.iter().for_each(|truth| bits.fill(*truth, 1));
                Ok((there, Values::Truths(bits.into_words())))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                Ok(wrapped(self.values(reader, (skip, take), &0)?, Values::Whole))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                Ok(wrapped(self.values(reader, (skip, take), &0)?, Values::Long))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                Ok(wrapped(self.values(reader, (skip, take), &Int96::default())?, Values::Times))
            }
            ColumnReader::FloatColumnReader(reader) => {
                Ok(wrapped(self.values(reader, (skip, take), &0.0)?, Values::Single))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                Ok(wrapped(self.values(reader, (skip, take), &0.0)?, Values::Double))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                // A default one has no bytes at all, and cannot be asked for them.
                let (there, bytes) = self.values(reader, (skip, take), &ByteArray::from(""))?;
                Ok((there, texts(bytes.iter().map(ByteArray::data))))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let nothing = FixedLenByteArray::from(ByteArray::from(""));
                let (there, bytes) = self.values(reader, (skip, take), &nothing)?;
                Ok((there, texts(bytes.iter().map(|value| value.data()))))
            }
        }
    }

    /// The values of some rows, one for each; `nothing` in the place of those that are not there.
    fn values<T: DataType>(
        &self,
        mut reader: ColumnReaderImpl<T>,
        (skip, take): (usize, usize),
        nothing: &T::T,
    ) -> Result<(Flags, Vec<T::T>), String> {
        let column = self.metadata.column_descr();
        let torn = || format!("the column `{}` ends in the middle", column.path().string());
        let optional = column.max_def_level() > 0;
        let (mut levels, mut values) = (Vec::new(), Vec::with_capacity(take));
        let mut passed = 0;
        while passed < skip {
            let more = reader.skip_records(skip - passed).map_err(|error| said(&error))?;
            if more == 0 {
                return Err(torn());
            }
            passed += more;
        }
        let mut read = 0;
        while read < take {
            let def = optional.then_some(&mut levels);
            let (more, ..) = reader.read_records(take - read, def, None, &mut values).map_err(|error| said(&error))?;
            if more == 0 {
                return Err(torn());
            }
            read += more;
        }
        if !optional {
            return Ok((Flags::all(take), values));
        }
        let mut there = Flags::default();
        levels.iter().for_each(|level| there.fill(*level == column.max_def_level(), 1));
        if there.len() != take || there.count() != values.len() {
            return Err(torn());
        }
        let mut next = values.into_iter();
        let mut spread = Vec::with_capacity(take);
        for row in 0..take {
            let value = if there.word(row) & 1 == 1 { next.next() } else { None };
            spread.push(value.unwrap_or_else(|| nothing.clone()));
        }
        Ok((there, spread))
    }
}

/// Why a column is not decoded here.
enum Trouble {
    /// It is written in another way than most are.
    Unusual,
    Damaged,
}

fn wrapped<T>((there, values): (Flags, Vec<T>), wrap: impl Fn(Vec<T>) -> Values) -> (Flags, Values) {
    (there, wrap(values))
}

/// Texts, each a word of its own.
fn texts<'t>(all: impl Iterator<Item = &'t [u8]>) -> Values {
    let mut words = Words::default();
    let places = all.map(|text| words.add(text)).collect();
    Values::Texts { places, words }
}

/// The library reads from a chunk as from its file.
impl Length for Chunk {
    fn len(&self) -> u64 {
        self.from.saturating_add(self.bytes.len() as u64)
    }
}

impl Chunk {
    fn within(&self, start: u64) -> Result<Bytes, ParquetError> {
        let at = start.checked_sub(self.from).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        at.map(|at| self.bytes.slice(at..)).ok_or_else(|| ParquetError::EOF("a page lies beyond its column".to_owned()))
    }
}

impl ChunkReader for Chunk {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.within(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.within(start)?;
        let whole = bytes.len() >= length;
        whole.then(|| bytes.slice(..length)).ok_or_else(|| ParquetError::EOF("a page ends in the middle".to_owned()))
    }
}

// ---- pages -------------------------------------------------------------------------------------------------------------------

/// As far as a column has been decoded.
struct Decoding {
    /// Whether there is something to say of which values are there.
    optional: bool,
    there: Flags,
    values: Held,
}

enum Held {
    Truths(Flags),
    Whole(Numbers<i32>),
    Long(Numbers<i64>),
    Single(Numbers<f32>),
    Double(Numbers<f64>),
    Texts(Texts),
}

impl Decoding {
    fn dictionary(&mut self, body: &[u8], values: usize) -> Option<()> {
        match &mut self.values {
            Held::Truths(_) => None,
            Held::Whole(numbers) => numbers.dictionary(body, values),
            Held::Long(numbers) => numbers.dictionary(body, values),
            Held::Single(numbers) => numbers.dictionary(body, values),
            Held::Double(numbers) => numbers.dictionary(body, values),
            Held::Texts(texts) => texts.dictionary(body, values),
        }
    }

    /// Some values of a page: so many behind the first ones.
    fn page(
        &mut self,
        page: &Page<'_>,
        data: &Data,
        codec: Compression,
        (skip, take): (usize, usize),
        space: &mut Vec<u8>,
    ) -> Option<()> {
        let before = page.open(codec, space)?;
        let (levels, body) = match data.levels {
            Levels::Within if self.optional => {
                let (length, rest) = space.split_first_chunk::<4>()?;
                rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?
            }
            Levels::Before { .. } | Levels::Within | Levels::Other => (before, space.as_slice()),
        };
        let (there, passed) = if self.optional {
            let all = flags(levels, skip + take)?;
            let passed = all.part(0, skip).count();
            (if skip == 0 { all } else { all.part(skip, take) }, passed)
        } else {
            (Flags::all(take), skip)
        };
        let wanted = (passed, there.count());
        match &mut self.values {
            Held::Truths(bits) => {
                let end = passed.checked_add(wanted.1)?;
                let all = match data.encoding {
                    Encoding::Plain => {
                        (end <= body.len().checked_mul(8)?).then_some(())?;
                        let mut all = Flags::default();
                        all.extend(body, end);
                        all
                    }
                    Encoding::Runs => flags(body.get(4..)?, end)?,
                    Encoding::Places | Encoding::Other => return None,
                };
                spread_bits(&there, &all, passed, bits);
            }
            Held::Whole(numbers) => numbers.page(data, body, wanted, &there)?,
            Held::Long(numbers) => numbers.page(data, body, wanted, &there)?,
            Held::Single(numbers) => numbers.page(data, body, wanted, &there)?,
            Held::Double(numbers) => numbers.page(data, body, wanted, &there)?,
            Held::Texts(texts) => texts.page(data, body, wanted, &there)?,
        }
        self.there.append(&there, 0, take);
        Some(())
    }
}

impl Held {
    fn finish(self) -> Values {
        match self {
            Self::Truths(bits) => Values::Truths(bits.into_words()),
            Self::Whole(numbers) => Values::Whole(numbers.values),
            Self::Long(numbers) => Values::Long(numbers.values),
            Self::Single(numbers) => Values::Single(numbers.values),
            Self::Double(numbers) => Values::Double(numbers.values),
            Self::Texts(texts) => Values::Texts { places: texts.places, words: texts.words },
        }
    }
}

/// Each value to its row.
fn spread<T: Copy + Default>(there: &Flags, values: &[T], to: &mut Vec<T>) {
    if values.len() == there.len() {
        to.extend_from_slice(values);
        return;
    }
    let from = to.len();
    to.resize(from + there.len(), T::default());
    let mut values = values.iter();
    let rows = to.get_mut(from..).unwrap_or_default();
    for (word, rows) in there.words().iter().zip(rows.chunks_mut(64)) {
        let mut left = *word;
        while left != 0 {
            let row = left.trailing_zeros() as usize;
            if let (Some(slot), Some(value)) = (rows.get_mut(row), values.next()) {
                *slot = *value;
            }
            left &= left - 1;
        }
    }
}

/// The same with bits.
fn spread_bits(there: &Flags, values: &Flags, from: usize, to: &mut Flags) {
    let mut at = from;
    let mut spread = Flags::default();
    for (first, word) in (0..there.len()).step_by(64).zip(there.words()) {
        let mut values = values.word(at);
        let count = word.count_ones() as usize;
        let bits = if count == 64 {
            values
        } else {
            let (mut left, mut bits) = (*word, 0);
            while left != 0 {
                bits |= (values & 1) << left.trailing_zeros();
                values >>= 1;
                left &= left - 1;
            }
            bits
        };
        at += count;
        spread.extend(&bits.to_le_bytes(), (there.len() - first).min(64));
    }
    to.append(&spread, 0, spread.len());
}

/// Places in a dictionary of so many.
fn places(body: &[u8], wanted: (usize, usize), known: usize) -> Option<Vec<u32>> {
    if wanted.1 == 0 {
        return Some(Vec::new());
    }
    let (width, runs) = body.split_first()?;
    let places = numbers(runs, usize::from(*width), wanted)?;
    let most = places.iter().copied().max().unwrap_or(0);
    (usize::try_from(most).ok()? < known).then_some(places)
}

/// A number as a page has it.
trait Plain: Copy + Default {
    fn read(body: &[u8], count: usize) -> Option<Vec<Self>>;
}

macro_rules! plain {
    ($($number:ty: $size:literal),*) => {$(
        impl Plain for $number {
            fn read(body: &[u8], count: usize) -> Option<Vec<Self>> {
                let (numbers, _) = body.as_chunks::<$size>();
                Some(numbers.get(..count)?.iter().map(|bytes| Self::from_le_bytes(*bytes)).collect())
            }
        }
    )*};
}

plain!(i32: 4, i64: 8, f32: 4, f64: 8);

/// A column of numbers.
struct Numbers<T> {
    known: Option<Vec<T>>,
    values: Vec<T>,
}

impl<T: Plain> Numbers<T> {
    fn new(rows: usize) -> Self {
        Self { known: None, values: Vec::with_capacity(rows) }
    }

    fn dictionary(&mut self, body: &[u8], values: usize) -> Option<()> {
        self.known = Some(T::read(body, values)?);
        Some(())
    }

    fn page(&mut self, data: &Data, body: &[u8], wanted: (usize, usize), there: &Flags) -> Option<()> {
        let (skip, take) = wanted;
        let values = match data.encoding {
            Encoding::Plain => {
                let size = size_of::<T>();
                T::read(body.get(skip.checked_mul(size)?..)?, take)?
            }
            Encoding::Places => {
                let known = self.known.as_deref()?;
                let places = places(body, wanted, known.len())?;
                places.iter().map(|place| known.get(*place as usize).copied().unwrap_or_default()).collect()
            }
            Encoding::Runs | Encoding::Other => return None,
        };
        spread(there, &values, &mut self.values);
        Some(())
    }
}

/// A column of texts.
struct Texts {
    words: Words,
    /// As many of the words as the dictionary has.
    known: usize,
    places: Vec<u32>,
}

impl Texts {
    fn new(rows: usize) -> Self {
        Self { words: Words::default(), known: 0, places: Vec::with_capacity(rows) }
    }

    fn dictionary(&mut self, body: &[u8], values: usize) -> Option<()> {
        // One that comes later would move the words of the first.
        (self.words.len() == 0).then_some(())?;
        let mut rest = body;
        for _ in 0..values {
            self.words.add(text(&mut rest)?);
        }
        self.known = self.words.len();
        Some(())
    }

    fn page(&mut self, data: &Data, body: &[u8], wanted: (usize, usize), there: &Flags) -> Option<()> {
        let places = match data.encoding {
            Encoding::Plain => {
                let (skip, take) = wanted;
                let mut rest = body;
                for _ in 0..skip {
                    text(&mut rest)?;
                }
                (0..take).map(|_| Some(self.words.add(text(&mut rest)?))).collect::<Option<Vec<u32>>>()?
            }
            Encoding::Places => places(body, wanted, self.known)?,
            Encoding::Runs | Encoding::Other => return None,
        };
        spread(there, &places, &mut self.places);
        Some(())
    }
}

/// A text behind its length.
fn text<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let (text, behind) = behind.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *rest = behind;
    Some(text)
}
