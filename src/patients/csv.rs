//! Tables in CSV.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::block::{Block, Cells, ROWS};
use super::mapping::Mapping;
use super::source::Head;
use super::table::{Broken, Portion, Row, Table};
use super::{LONGEST, columns, kept_bytes, shown};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A block ends where it has so many bytes.
const BYTES: usize = 1 << 20;

/// The rows of one file.
struct Rows<'a> {
    reader: Reader<Limited<'a>>,
    /// How much of the row has been read.
    taken: Arc<AtomicUsize>,
    record: ByteRecord,
    header: Vec<String>,
    delimiter: u8,
    number: u64,
    missing: Arc<[String]>,
    over: bool,
}

/// A reader that does not give more than the longest row in one go: a quote that is not closed would swallow the file.
struct Limited<'a> {
    inner: Box<dyn Read + Send + 'a>,
    taken: Arc<AtomicUsize>,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let taken = self.taken.fetch_add(read, Ordering::Relaxed) + read;
        if taken > LONGEST + buffer.len() {
            let why = format!("it is longer than {} MiB: is a quote not closed?", LONGEST >> 20);
            return Err(io::Error::other(why));
        }
        Ok(read)
    }
}

/// A table of the bytes of a file.
///
/// # Errors
/// Why it has no header.
pub(super) fn open<'a>(head: Head<'a>, mapping: &Mapping) -> Result<Table<'a>, String> {
    let delimiter = mapping.delimiter.and_then(|c| u8::try_from(c).ok()).unwrap_or_else(|| delimiter(&head.bytes));
    let taken = Arc::new(AtomicUsize::new(0));
    let limited = Limited { inner: head.reader(), taken: Arc::clone(&taken) };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(limited);
    let mut record = ByteRecord::new();
    let read = reader.read_byte_record(&mut record).map_err(|error| error.to_string())?;
    let names = record.iter().map(|name| str::from_utf8(name).map(|name| name.trim().to_owned()));
    let header = names.collect::<Result<Vec<_>, _>>().map_err(|_| "its header is not UTF-8 text".to_owned())?;
    if !read || header.iter().all(String::is_empty) {
        return Err("it has no header".to_owned());
    }
    for (at, name) in header.iter().enumerate() {
        let same =
            |other: &&String| !name.is_empty() && columns::plain(other) == columns::plain(name) && *other == name;
        if header.iter().take(at).any(|other| same(&other)) {
            return Err(format!("two of its columns are named `{}`", shown(name)));
        }
    }
    let missing = mapping.missing.iter().map(|word| word.trim().to_owned()).collect();
    let rows = Rows { reader, taken, record, header: header.clone(), delimiter, number: 1, missing, over: false };
    Ok(Table { header, rows: 0, parts: Box::new(rows) })
}

/// The sign that parts most cells of the header.
fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| line.split(|byte| *byte == sign).skip(1).count();
    DELIMITERS.into_iter().rev().max_by_key(|sign| count(*sign)).filter(|sign| count(*sign) > 0).unwrap_or(b',')
}

impl Rows<'_> {
    fn broken(&self, field: Option<String>, why: String) -> Broken {
        let cells: Vec<String> = self.record.iter().map(kept_bytes).collect();
        Broken { number: self.number, field, why, text: Row { number: 0, cells }.text() }
    }

    /// Whether a cell holds a line with as many delimiters as a row has.
    fn swallows(&self, cell: &str) -> bool {
        let between = self.header.len().saturating_sub(1);
        let delimiter = char::from(self.delimiter);
        between > 0 && cell.lines().skip(1).any(|line| line.matches(delimiter).count() >= between)
    }

    /// Why the row that was cut last cannot be read, if it cannot.
    fn fault(&self, began: u64) -> Option<Broken> {
        if self.record.len() != self.header.len() {
            let lines = self.reader.position().line().saturating_sub(began);
            let swallowed =
                if lines > 1 { format!("; it spans {lines} lines: is a quote not closed?") } else { String::new() };
            let (has, asked) = (self.record.len(), self.header.len());
            return Some(self.broken(None, format!("it has {has} cells, and the header {asked}{swallowed}")));
        }
        let bytes = self.record.as_slice();
        if bytes.iter().all(|byte| byte.is_ascii() && *byte >= b' ') {
            return None;
        }
        for (name, cell) in self.header.iter().zip(&self.record) {
            let broken = |why: &str| Some(self.broken(Some(name.clone()), why.to_owned()));
            let Ok(text) = str::from_utf8(cell) else { return broken("it is not UTF-8 text") };
            let text = text.trim();
            if text.contains('\0') {
                return broken("there is a NUL byte in it");
            }
            if self.swallows(text) {
                return broken("it spans lines that look like rows: is a quote not closed?");
            }
        }
        None
    }

    /// Cuts the next row.
    fn cut(&mut self) -> Cut {
        loop {
            self.taken.store(0, Ordering::Relaxed);
            let began = self.reader.position().line();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(false) => return Cut::End,
                Ok(true) => {
                    self.number += 1;
                    // A line of nothing but delimiters, as spreadsheets leave them at the end.
                    if self.record.as_slice().is_empty() {
                        continue;
                    }
                    return self.fault(began).map_or(Cut::Row, Cut::Broken);
                }
                Err(error) => {
                    self.number += 1;
                    let why = match error.kind() {
                        ErrorKind::Io(error) => format!("it cannot be read to its end: {}", super::reason(error)),
                        _ => error.to_string(),
                    };
                    let number = self.number;
                    return Cut::Last(Broken { number, field: None, why, text: String::new() });
                }
            }
        }
    }
}

/// What the next row is.
enum Cut {
    /// It stands in `record`.
    Row,
    Broken(Broken),
    /// One that cannot be read, nor what comes after it.
    Last(Broken),
    End,
}

impl Iterator for Rows<'_> {
    type Item = Portion;

    fn next(&mut self) -> Option<Portion> {
        let columns = self.header.len();
        let (mut numbers, mut broken) = (Vec::with_capacity(ROWS), Vec::new());
        let (mut bytes, mut ends) = (Vec::with_capacity(BYTES / 2), Vec::with_capacity(ROWS * columns));
        while !self.over && numbers.len() < ROWS && bytes.len() < BYTES {
            let torn = match self.cut() {
                Cut::Row => None,
                Cut::Broken(torn) => Some(torn),
                Cut::Last(torn) => {
                    self.over = true;
                    Some(torn)
                }
                Cut::End => {
                    self.over = true;
                    break;
                }
            };
            let mut end = bytes.len();
            if torn.is_none() {
                bytes.extend_from_slice(self.record.as_slice());
            }
            for column in 0..columns {
                let length = match &torn {
                    None => self.record.get(column).map_or(0, <[u8]>::len),
                    Some(_) => 0,
                };
                end += length;
                ends.push(u32::try_from(end).unwrap_or(u32::MAX));
            }
            broken.extend(torn.map(|torn| (numbers.len(), torn)));
            numbers.push(self.number);
        }
        let cells = Cells::Texts { bytes, ends, columns, missing: Arc::clone(&self.missing) };
        (!numbers.is_empty()).then(|| Portion::Block(Arc::new(Block::new(numbers, cells, broken))))
    }
}
