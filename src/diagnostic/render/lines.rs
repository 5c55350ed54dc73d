//! Where the lines of a text begin, and how many characters stand before a byte.

use std::borrow::Cow;

use super::visible::same_length;
use crate::source::LineColumn;

/// The number of bytes between two of the places whose character count is kept.
const STRIDE: usize = 4096;

/// What is known of a text after one look through it.
#[derive(Debug)]
pub(super) struct Lines {
    /// The offset of each line's first byte; there is always one.
    starts: Vec<usize>,
    /// How many characters begin before each multiple of [`STRIDE`].
    characters: Vec<usize>,
    /// The text without the characters that could play tricks on a terminal, where it has any.
    shown: Option<Box<str>>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        let mut characters = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STRIDE) {
            characters.push(count);
            count += count_characters(chunk);
        }
        let shown = match same_length(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text.into()),
        };
        Self { starts, characters, shown }
    }

    /// The text as it may be shown: every byte at its own offset.
    pub(super) fn shown<'a>(&'a self, text: &'a str) -> &'a str {
        self.shown.as_deref().unwrap_or(text)
    }

    /// The line that holds an offset, counted from 0.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Where a line begins; the end of the text for a line that it does not have.
    pub(super) fn start(&self, text: &str, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(text.len())
    }

    /// How many characters stand between the start of the line and an offset.
    pub(super) fn column(&self, text: &str, offset: usize) -> usize {
        let start = self.start(text, self.line(offset));
        self.characters_before(text, offset).saturating_sub(self.characters_before(text, start))
    }

    /// Line and column, both counted from 1.
    pub(super) fn place(&self, text: &str, offset: usize) -> LineColumn {
        LineColumn { line: self.line(offset) + 1, column: self.column(text, offset) + 1 }
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let stride = (offset / STRIDE).min(self.characters.len().saturating_sub(1));
        let known = self.characters.get(stride).copied().unwrap_or(0);
        known + text.as_bytes().get(stride * STRIDE..offset).map_or(0, count_characters)
    }
}

/// Every byte that does not continue a character begins one.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn places_agree_with_the_sources() {
        let text = format!("a\nµmol µ\r\n{}\n\nlast", "é".repeat(10_000));
        let mut sources = Sources::new();
        sources.add("x.trial", text.as_str());
        let lines = Lines::new(&text);
        let boundaries = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
        for at in boundaries.filter(|at| at % 7 == 0 || *at < 40 || *at > text.len() - 40) {
            let expected = sources.line_column(u32::try_from(at).unwrap() + 1);
            assert_eq!(lines.place(&text, at), expected, "at {at}");
        }
    }

    #[test]
    fn an_empty_text_has_one_line() {
        assert_eq!(Lines::new("").place("", 0), LineColumn { line: 1, column: 1 });
    }
}
