//! Lines by the block: cut out together, so that whoever reads them finds the records in them on a thread of its own.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use super::json::Raw;
use super::source::Head;
use super::{KEPT, Place};

/// As many bytes are cut out together, or one line where that is longer.
const BLOCK: usize = 128 << 10;

/// The lines of a text, by the block.
pub(super) struct Blocks<'a> {
    reader: Box<dyn Read + Send + 'a>,
    /// The line that is cut out next.
    line: u64,
    /// The longest line, in bytes.
    most: usize,
    /// What has been read of the lines to come.
    begun: Vec<u8>,
    over: bool,
    /// Why there is no more, where that is not the end of the file.
    broken: Option<String>,
}

/// Some lines, or one that cannot be read.
pub(super) enum Cut {
    Lines(Lines),
    Broken(Raw),
}

/// Whole lines: records and blank ones.
pub(super) struct Lines {
    /// The number of the first.
    pub(super) first: u64,
    pub(super) bytes: Arc<Vec<u8>>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(head: Head<'a>, most: usize) -> Self {
        Self { reader: head.reader(), line: 1, most, begun: Vec::new(), over: false, broken: None }
    }

    /// Reads on; whether there was anything.
    fn read(&mut self, bytes: &mut Vec<u8>) -> bool {
        let before = bytes.len();
        if let Err(error) = (&mut self.reader).take(BLOCK as u64).read_to_end(bytes) {
            self.broken = Some(super::reason(&error));
            self.over = true;
        }
        self.over |= bytes.len() == before;
        !self.over
    }

    /// The lines up to here; what lies behind is kept.
    fn lines(&mut self, mut bytes: Vec<u8>, end: usize) -> Cut {
        self.begun = bytes.get(end..).unwrap_or_default().to_vec();
        bytes.truncate(end);
        let first = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Cut::Lines(Lines { first, bytes: Arc::new(bytes) })
    }

    /// A line of which no more than its beginning is kept.
    fn too_long(&mut self, mut bytes: Vec<u8>) -> Cut {
        let raw = Raw {
            place: Place::Line(self.line),
            bytes: bytes.get(..KEPT).unwrap_or(&bytes).trim_ascii_start().to_vec(),
            fault: Some(format!("it is longer than {} MiB", self.most >> 20)),
        };
        loop {
            if let Some(end) = memchr(b'\n', &bytes) {
                self.begun = bytes.split_off(end + 1);
                self.line += 1;
                return Cut::Broken(raw);
            }
            bytes.clear();
            if !self.read(&mut bytes) && bytes.is_empty() {
                return match self.broken.take() {
                    Some(why) => Cut::Broken(Raw { fault: Some(to_its_end(&why)), ..raw }),
                    None => Cut::Broken(raw),
                };
            }
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = Cut;

    fn next(&mut self) -> Option<Cut> {
        let mut bytes = std::mem::take(&mut self.begun);
        let mut end = memrchr(b'\n', &bytes);
        while !self.over && (bytes.len() < BLOCK || end.is_none()) && bytes.len() <= self.most {
            let before = bytes.len();
            bytes.reserve(2 * BLOCK);
            self.read(&mut bytes);
            let read = bytes.get(before..).unwrap_or_default();
            end = memrchr(b'\n', read).map(|at| before + at).or(end);
        }
        let first = memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1);
        if first > self.most {
            return Some(self.too_long(bytes));
        }
        match end {
            Some(end) => Some(self.lines(bytes, end + 1)),
            None if bytes.iter().all(|byte| is_blank(*byte)) => {
                let why = self.broken.take()?;
                let fault = Some(format!("it cannot be read on: {why}"));
                Some(Cut::Broken(Raw { place: Place::Line(self.line), bytes: Vec::new(), fault }))
            }
            None => Some(if let Some(why) = self.broken.take() {
                let bytes = bytes.trim_ascii_start().to_vec();
                Cut::Broken(Raw { place: Place::Line(self.line), bytes, fault: Some(to_its_end(&why)) })
            } else {
                // The last line may have no end.
                let end = bytes.len();
                self.lines(bytes, end)
            }),
        }
    }
}

impl Lines {
    /// Each line that is not blank, without the blanks before it: its number and where it stands.
    pub(super) fn records(&self) -> impl Iterator<Item = (u64, Range<usize>)> {
        let (mut from, mut line) = (0, self.first);
        std::iter::from_fn(move || {
            loop {
                let rest = self.bytes.get(from..).filter(|rest| !rest.is_empty())?;
                let end = memchr(b'\n', rest).map_or(self.bytes.len(), |at| from + at + 1);
                let number = line;
                line += 1;
                let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
                let start = (from + blanks).min(end);
                from = end;
                if start < end {
                    return Some((number, start..end));
                }
            }
        })
    }
}

fn to_its_end(why: &str) -> String {
    format!("it cannot be read to its end: {why}")
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
