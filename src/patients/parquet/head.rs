//! Heads of pages (Apache Parquet, `parquet.thrift`: `PageHeader`), in the compact protocol of Thrift. What cannot be read gives
//! nothing.

use parquet::basic::Compression;

/// A page as it stands in a column chunk.
pub(super) struct Page<'c> {
    pub(super) kind: Kind,
    /// The body as it is written.
    body: &'c [u8],
    /// Its length when it is decompressed.
    size: usize,
}

pub(super) enum Kind {
    Dictionary {
        values: usize,
    },
    Data(Data),
    /// An index, or something that is not known: passed over.
    Other,
}

/// What the head of a page of values says.
pub(super) struct Data {
    /// Those that are not there included.
    pub(super) values: usize,
    pub(super) encoding: Encoding,
    pub(super) levels: Levels,
}

/// How a page says which of its values are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Levels {
    /// Behind their length, at the beginning of what is decompressed.
    Within,
    /// So many bytes before what is compressed, if it is.
    Before { length: usize, compressed: bool },
    /// In another way.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Places,
    Runs,
    Other,
}

impl Encoding {
    fn of(number: i64) -> Self {
        match number {
            0 => Self::Plain,
            2 | 8 => Self::Places,
            3 => Self::Runs,
            _ => Self::Other,
        }
    }
}

/// The number of the encoding of levels in runs.
const RUNS: i64 = 3;
/// Structures within structures, at the most.
const DEPTH: u32 = 16;

/// The next page of a chunk, and what stands behind it.
pub(super) fn page(chunk: &[u8]) -> Option<(Page<'_>, &[u8])> {
    let mut thrift = Thrift { rest: chunk };
    let (mut kind, mut size, mut length) = (None, None, None);
    let (mut data, mut dictionary, mut second) = ([None; 4], [None; 2], [None; 7]);
    thrift.fields(&mut |thrift, id, field| match (id, field) {
        (1, I32) => thrift.number().map(|number| kind = Some(number)),
        (2, I32) => thrift.number().map(|number| size = Some(number)),
        (3, I32) => thrift.number().map(|number| length = Some(number)),
        (5, STRUCT) => thrift.numbers(&mut data),
        (7, STRUCT) => thrift.numbers(&mut dictionary),
        (8, STRUCT) => thrift.numbers(&mut second),
        _ => thrift.skip(field, DEPTH),
    })?;
    let length = usize::try_from(length?).ok()?;
    let size = usize::try_from(size?).ok()?;
    let (body, rest) = thrift.rest.split_at_checked(length)?;
    let count = |number: Option<i64>| usize::try_from(number?).ok();
    let kind = match kind? {
        0 => {
            let [values, encoding, levels, _] = data;
            let levels = if levels? == RUNS { Levels::Within } else { Levels::Other };
            Kind::Data(Data { values: count(values)?, encoding: Encoding::of(encoding?), levels })
        }
        2 => {
            let [values, encoding] = dictionary;
            matches!(encoding?, 0 | 2).then_some(())?;
            Kind::Dictionary { values: count(values)? }
        }
        3 => {
            let [values, _, _, encoding, levels, repeated, compressed] = second;
            let levels = match count(repeated)? {
                0 => Levels::Before { length: count(levels)?, compressed: compressed.is_none_or(|it| it != 0) },
                _ => Levels::Other,
            };
            Kind::Data(Data { values: count(values)?, encoding: Encoding::of(encoding?), levels })
        }
        _ => Kind::Other,
    };
    Some((Page { kind, body, size }, rest))
}

/// Whether [`Page::open`] knows how to decompress it.
pub(super) fn is_known(codec: Compression) -> bool {
    matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_))
}

impl<'c> Page<'c> {
    /// Decompresses what stands in it, and gives the levels that stand before that.
    pub(super) fn open(&self, codec: Compression, space: &mut Vec<u8>) -> Option<&'c [u8]> {
        let (before, compressed) = match &self.kind {
            Kind::Data(Data { levels: Levels::Before { length, compressed }, .. }) => (*length, *compressed),
            Kind::Data(Data { levels: Levels::Within | Levels::Other, .. }) | Kind::Dictionary { .. } | Kind::Other => {
                (0, true)
            }
        };
        let (levels, body) = self.body.split_at_checked(before)?;
        let size = self.size.checked_sub(before)?;
        space.clear();
        match codec {
            _ if !compressed => space.extend_from_slice(body),
            Compression::UNCOMPRESSED => space.extend_from_slice(body),
            _ if size == 0 => {}
            Compression::SNAPPY => {
                (snap::raw::decompress_len(body).ok()? == size).then_some(())?;
                space.resize(size, 0);
                snap::raw::Decoder::new().decompress(body, space).ok()?;
            }
            Compression::ZSTD(_) => *space = zstd::bulk::decompress(body, size).ok()?,
            _ => return None,
        }
        (space.len() == size).then_some(levels)
    }
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I32: u8 = 5;
const STRUCT: u8 = 12;

/// Thrift's compact protocol.
struct Thrift<'b> {
    rest: &'b [u8],
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        super::runs::varint(&mut self.rest)
    }

    fn number(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    fn over(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// The fields of a structure: their numbers and types.
    fn fields(&mut self, each: &mut dyn FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            id = match head >> 4 {
                0 => self.number()?,
                more => id.checked_add(i64::from(more))?,
            };
            each(self, id, head & 15)?;
        }
    }

    /// The first fields of a structure, where they are numbers or truths.
    fn numbers(&mut self, found: &mut [Option<i64>]) -> Option<()> {
        self.fields(&mut |thrift, id, field| {
            let slot = usize::try_from(id).ok().and_then(|id| id.checked_sub(1)).and_then(|at| found.get_mut(at));
            match (slot, field) {
                (Some(slot), I32) => *slot = Some(thrift.number()?),
                (Some(slot), TRUE | FALSE) => *slot = Some(i64::from(field == TRUE)),
                (_, field) => thrift.skip(field, DEPTH)?,
            }
            Some(())
        })
    }

    fn skip(&mut self, field: u8, depth: u32) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        match field {
            TRUE | FALSE => Some(()),
            3 => self.over(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.over(8),
            8 => {
                let length = self.varint()?;
                self.over(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                (0..count).try_for_each(|_| self.element(head & 15, deeper))
            }
            11 => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.element(kinds >> 4, deeper)?;
                    self.element(kinds & 15, deeper)
                })
            }
            STRUCT => self.fields(&mut |thrift, _, field| thrift.skip(field, deeper)),
            _ => None,
        }
    }

    /// One of a list, where a truth has a byte of its own.
    fn element(&mut self, field: u8, depth: u32) -> Option<()> {
        if matches!(field, TRUE | FALSE) { self.over(1) } else { self.skip(field, depth) }
    }
}
