//! A file on its way in: counted, decompressed, its format told from its name and its first bytes.

use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Format, Shared};
use crate::world::{File, Opened};

/// As much of a file as is looked at before it is read.
const HEAD: usize = 64 << 10;
const NAMES: [&str; 8] = ["json", "ndjson", "jsonl", "csv", "tsv", "parquet", "gz", "zst"];

/// The beginning of a file, and the rest of it.
pub(super) struct Head<'a> {
    path: PathBuf,
    /// The first bytes, decompressed.
    pub(super) bytes: Vec<u8>,
    /// Whether those are all.
    pub(super) whole: bool,
    rest: Box<dyn Read + Send + 'a>,
    /// The file, where it is one that can be read anywhere and is not compressed.
    file: Option<File>,
    /// In bytes, as it lies on the disk.
    pub(super) length: Option<u64>,
    fault: Option<String>,
}

/// Adds what is read of a file to the count of the stream.
struct Counted<'a, R> {
    inner: R,
    shared: Arc<Shared<'a>>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.shared.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Whether a file that lies in a folder may be one of patients, by its name.
pub(super) fn may_hold_patients(path: &Path) -> bool {
    extensions(path).next().is_some_and(|last| NAMES.contains(&last.as_str()))
}

/// From the last one on: `gz`, `csv`.
fn extensions(path: &Path) -> impl Iterator<Item = String> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let parts: Vec<String> = name.split('.').skip(1).map(str::to_owned).collect();
    parts.into_iter().rev()
}

impl<'a> Head<'a> {
    pub(super) fn open(shared: &Arc<Shared<'a>>, path: &Path) -> io::Result<Self> {
        let (mut inner, file, length): (Box<dyn Read + Send>, _, _) = match shared.archive.open(path)? {
            Opened::File(file) => {
                let length = file.metadata()?.len();
                let again = file.try_clone()?;
                (Box::new(file), Some(again), Some(length))
            }
            Opened::Stream(stream) => (stream, None, None),
        };
        let magic = take(&mut inner, 4)?;
        let whole = io::Cursor::new(magic.clone()).chain(inner);
        let counted = BufReader::with_capacity(HEAD, Counted { inner: whole, shared: Arc::clone(shared) });
        let mut fault = None;
        let (mut rest, file): (Box<dyn Read + Send + 'a>, _) = match magic.as_slice() {
            [0x1f, 0x8b, ..] => (Box::new(flate2::bufread::MultiGzDecoder::new(counted)), None),
            [0x28, 0xb5, 0x2f, 0xfd] => (Box::new(zstd::stream::read::Decoder::with_buffer(counted)?), None),
            _ => (Box::new(counted), file),
        };
        let bytes = match take(&mut rest, HEAD) {
            Ok(bytes) => bytes,
            Err(error) => {
                fault = Some(format!("it cannot be read: {}", super::reason(&error)));
                Vec::new()
            }
        };
        let whole = bytes.len() < HEAD;
        Ok(Self { path: path.to_owned(), bytes, whole, rest, file, length, fault })
    }

    /// Why nothing of it can be read.
    pub(super) fn fault(&self) -> Option<String> {
        const UTF8: &str = "save it as UTF-8";
        match self.bytes.as_slice() {
            _ if self.fault.is_some() => self.fault.clone(),
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(format!("it is written in UTF-32: {UTF8}")),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => {
                Some(format!("it is written in UTF-16: {UTF8}"))
            }
            bytes if bytes.iter().all(u8::is_ascii_whitespace) && self.whole => Some("it is empty".to_owned()),
            _ => None,
        }
    }

    /// The format, by name and content.
    pub(super) fn format(&self) -> Option<Format> {
        let text = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes).trim_ascii_start();
        if text.starts_with(b"PAR1") {
            return Some(Format::Parquet);
        }
        if matches!(text.first(), Some(b'{' | b'[')) {
            return Some(if names_a_resource(text) { Format::Fhir } else { Format::Chart });
        }
        match self.extension().as_str() {
            "csv" | "tsv" | "txt" => Some(Format::Csv),
            "json" | "ndjson" | "jsonl" => Some(Format::Chart),
            "parquet" => Some(Format::Parquet),
            _ => looks_like_a_table(text).then_some(Format::Csv),
        }
    }

    /// What the name says of the content, compression aside.
    pub(super) fn extension(&self) -> String {
        extensions(&self.path).find(|part| !matches!(part.as_str(), "gz" | "zst")).unwrap_or_default()
    }

    pub(super) fn shown(&self) -> String {
        super::kept_bytes(self.bytes.get(..200).unwrap_or(&self.bytes))
    }

    /// All of it, from the beginning; a mark of the byte order aside.
    pub(super) fn reader(self) -> Box<dyn Read + Send + 'a> {
        let mark = if self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut head = io::Cursor::new(self.bytes);
        head.set_position(mark);
        Box::new(head.chain(self.rest))
    }

    /// The file itself, to read anywhere in it; of a stream, its bytes.
    pub(super) fn random(mut self, most: usize) -> io::Result<Random> {
        if let Some(mut file) = self.file.take() {
            file.rewind()?;
            return Ok(Random::File(file));
        }
        let bytes = take(&mut self.reader(), most.saturating_add(1))?;
        if bytes.len() > most {
            return Err(io::Error::other("it is too large to be read from a stream: give it as a file"));
        }
        Ok(Random::Bytes(bytes))
    }
}

/// A file that is read anywhere.
pub(super) enum Random {
    File(File),
    Bytes(Vec<u8>),
}

/// So many bytes, or all there are.
fn take(reader: &mut dyn Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// FHIR's JSON always says which resource it is (section 2.6.2 of R4); a chart never does.
fn names_a_resource(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"\"resourceType\"").is_some()
}

fn looks_like_a_table(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    str::from_utf8(line).is_ok_and(|line| line.contains([',', ';', '\t']))
}
