//! JSON cut into its records: a record a line, an array of records, or one record over many lines.
//!
//! Nothing is parsed here: brackets and strings are counted, so that a record that is broken spoils as little as can be of
//! what comes after it.

use std::io::{BufRead, BufReader, Read};

use super::Place;
use super::source::Head;

/// The records of a text.
pub(super) struct Records<'a> {
    reader: BufReader<Box<dyn Read + Send + 'a>>,
    style: Style,
    /// The line that is read next.
    line: u64,
    entry: u64,
    /// The longest record, in bytes.
    most: usize,
    over: bool,
}

/// One record: its bytes, and why they are not all of it.
pub(super) struct Raw {
    pub(super) place: Place,
    pub(super) bytes: Vec<u8>,
    pub(super) fault: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Each line is a record.
    Lines,
    /// A record ends where its brackets close.
    Values,
    /// The records are the elements of an array.
    Array,
}

/// How deep in brackets a text is.
#[derive(Default)]
struct Depth {
    brackets: usize,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    /// Takes a byte; whether it closed the outermost bracket.
    fn take(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.brackets += 1,
            b'}' | b']' => {
                self.brackets = self.brackets.saturating_sub(1);
                return self.brackets == 0;
            }
            _ => {}
        }
        false
    }
}

impl Style {
    fn of(head: &Head<'_>) -> Self {
        let text = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head.bytes).trim_ascii_start();
        if text.starts_with(b"[") {
            return Self::Array;
        }
        if matches!(head.extension().as_str(), "ndjson" | "jsonl") {
            return Self::Lines;
        }
        let mut lines = text.splitn(3, |byte| *byte == b'\n');
        let (first, second) = (lines.next().unwrap_or_default(), lines.next());
        let mut depth = Depth::default();
        let closed = first.iter().any(|byte| depth.take(*byte));
        // A first line that is broken stands before another record, not inside its own.
        let next = second.is_none_or(|second| second.starts_with(b"{"));
        if closed || next { Self::Lines } else { Self::Values }
    }
}

/// Whether a text is a record a line.
pub(super) fn is_lines(head: &Head<'_>) -> bool {
    Style::of(head) == Style::Lines
}

impl<'a> Records<'a> {
    pub(super) fn new(head: Head<'a>, most: usize) -> Self {
        let style = Style::of(&head);
        Self { reader: BufReader::with_capacity(1 << 16, head.reader()), style, line: 1, entry: 0, most, over: false }
    }

    /// The next byte, without taking it.
    fn peek(&mut self) -> std::io::Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    fn skip(&mut self, byte: u8) {
        self.reader.consume(1);
        self.line += u64::from(byte == b'\n');
    }

    fn place(&self, line: u64) -> Place {
        if self.style == Style::Array { Place::Entry(self.entry) } else { Place::Line(line) }
    }

    /// The record that begins here, up to where `ends` says so.
    fn gather(&mut self, mut ends: impl FnMut(u8) -> bool) -> Raw {
        self.entry += 1;
        let line = self.line;
        let mut raw = Raw { place: self.place(line), bytes: Vec::new(), fault: None };
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) => {
                    raw.fault = Some(format!("it cannot be read to its end: {}", super::reason(&error)));
                    self.over = true;
                    return raw;
                }
            };
            if buffer.is_empty() {
                self.over = true;
                if self.style != Style::Lines {
                    raw.fault.get_or_insert_with(|| "the file ends in the middle of this record".to_owned());
                }
                return raw;
            }
            let end = buffer.iter().position(|byte| ends(*byte));
            let taken = end.map_or(buffer.len(), |end| end + 1);
            let part = buffer.get(..taken).unwrap_or_default();
            self.line += super::line_ends(part);
            if raw.bytes.len() + taken > self.most {
                raw.fault.get_or_insert_with(|| format!("it is longer than {} MiB", self.most >> 20));
                raw.bytes.truncate(super::KEPT);
            }
            if raw.fault.is_none() {
                raw.bytes.extend_from_slice(part);
            }
            self.reader.consume(taken);
            if end.is_some() {
                return raw;
            }
        }
    }

    fn stop(&mut self, why: String) -> Raw {
        self.over = true;
        self.entry += 1;
        let place = self.place(self.line);
        Raw { place, bytes: Vec::new(), fault: Some(why) }
    }
}

impl Iterator for Records<'_> {
    type Item = Raw;

    fn next(&mut self) -> Option<Raw> {
        while !self.over {
            let byte = match self.peek() {
                Ok(Some(byte)) => byte,
                Ok(None) if self.style == Style::Array => {
                    return Some(self.stop("the file ends inside its array".to_owned()));
                }
                Ok(None) => return None,
                Err(error) => return Some(self.stop(format!("it cannot be read on: {}", super::reason(&error)))),
            };
            match (self.style, byte) {
                (_, b' ' | b'\t' | b'\r' | b'\n') | (Style::Array, b',') => self.skip(byte),
                (Style::Lines, _) => return Some(self.gather(|byte| byte == b'\n')),
                (Style::Array, b'[') if self.entry == 0 => {
                    self.skip(byte);
                    if let Ok(Some(b']')) = self.peek() {
                        self.over = true;
                    }
                }
                (Style::Array, b']') => {
                    self.over = true;
                }
                (Style::Values | Style::Array, b'{' | b'[') => {
                    let mut depth = Depth::default();
                    return Some(self.gather(|byte| depth.take(byte)));
                }
                (Style::Values, _) => return Some(self.gather(|byte| byte == b'\n')),
                (Style::Array, _) => return Some(self.gather(|byte| matches!(byte, b',' | b'\n'))),
            }
        }
        None
    }
}
