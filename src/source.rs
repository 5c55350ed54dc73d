//! The texts of one run, laid end to end in one range of offsets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::span::Span;

/// A file's place among the sources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(u32);

/// One text and where it came from.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user wrote it; `std/labs.trial` for the standard library, `<stdin>` for standard input.
    pub path: PathBuf,
    pub text: Arc<str>,
    base: u32,
}

impl SourceFile {
    /// The span of the whole text.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::new(self.base, self.base.saturating_add(u32::try_from(self.text.len()).unwrap_or(u32::MAX)))
    }

    /// A span's offsets from the start of this text.
    #[must_use]
    pub fn local(&self, span: Span) -> std::ops::Range<usize> {
        let start = span.start.saturating_sub(self.base) as usize;
        let end = span.end.saturating_sub(self.base) as usize;
        start.min(self.text.len())..end.min(self.text.len())
    }

    /// Where this text begins in the shared range.
    #[must_use]
    pub fn base(&self) -> u32 {
        self.base
    }
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

/// Where the texts begin that stand at the same place in every run.
pub const FIXED: u32 = 3 << 30;

/// All texts of one run.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    next: u32,
    /// From [`FIXED`] on, sorted by their places.
    fixed: Vec<SourceFile>,
}

impl Sources {
    #[must_use]
    pub fn new() -> Self {
        // Offset 0 belongs to no file, so that `Span::NOWHERE` points nowhere.
        Self { files: Vec::new(), next: 1, fixed: Vec::new() }
    }

    /// Takes in a text. Texts that no longer fit below [`FIXED`] together are cut; the reader refuses far smaller ones.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        let text = text.into();
        let base = self.next;
        self.next = base.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)).saturating_add(1);
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { path: path.into(), text, base });
        id
    }

    /// Takes in a text of which others know the place, which is [`FIXED`] or behind it.
    pub fn add_fixed(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>, base: u32) {
        let at = self.fixed.partition_point(|file| file.base < base);
        self.fixed.insert(at, SourceFile { path: path.into(), text: text.into(), base });
    }

    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The file that holds a span.
    #[must_use]
    pub fn file_at(&self, span: Span) -> Option<&SourceFile> {
        let files = if span.start < FIXED { &self.files } else { &self.fixed };
        let after = files.partition_point(|file| file.base <= span.start);
        files.get(after.checked_sub(1)?)
    }

    /// What was written there.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file_at(span).and_then(|file| file.text.get(file.local(span))).unwrap_or("")
    }

    /// The path of the file that holds a span.
    #[must_use]
    pub fn path(&self, span: Span) -> &Path {
        self.file_at(span).map_or(Path::new(""), |file| &file.path)
    }

    /// The line and column at which a span begins.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let span = Span::new(offset, offset);
        let Some(file) = self.file_at(span) else { return LineColumn { line: 1, column: 1 } };
        let before = file.text.get(..file.local(span).start).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        LineColumn {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
        }
    }
}
