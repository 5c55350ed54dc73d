//! The few lines of a text that stand around a message, found through the line table.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::lines::Lines;

/// The longest place that is marked as a whole; of a longer one, the start.
const LONGEST_MARK: usize = 1000;
/// The most lines that are marked as a whole.
const MOST_LINES: usize = 8;
/// The largest part of a text that is shown; what is larger (a very long line) is cut around the mark.
const LARGEST_WINDOW: usize = 4000;
/// How much is left on either side of the mark by that cut.
const MARGIN: usize = 100;

/// A text of which miette is given only what it shows.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    pub(super) name: String,
    pub(super) text: &'a str,
    pub(super) lines: &'a Lines,
}

impl Excerpt<'_> {
    /// The place to mark for a place in the text: no blanks at its end, not too long, and never behind the last character.
    pub(super) fn mark(&self, range: Range<usize>) -> Range<usize> {
        let end_of_text = self.text.trim_end().len();
        if range.start >= end_of_text {
            let last = self.text.get(..end_of_text).and_then(|text| text.chars().next_back());
            return end_of_text - last.map_or(0, char::len_utf8)..end_of_text;
        }
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end.max(start));
        let marked = self.text.get(start..end).unwrap_or("").trim_end();
        if marked.len() <= LONGEST_MARK && self.lines.line(start + marked.len()) - self.lines.line(start) < MOST_LINES {
            return start..start + marked.len();
        }
        let first_line = marked.lines().next().unwrap_or("");
        start..start + first_line.floor_char_boundary(LONGEST_MARK)
    }

    fn window(&self, span: Range<usize>, first: usize, last: usize) -> Option<Range<usize>> {
        let start = self.lines.start(self.text, first);
        let end = self.lines.start(self.text, last + 1);
        if end - start <= LARGEST_WINDOW {
            return Some(start..end);
        }
        if span.len() > LONGEST_MARK {
            return None;
        }
        let first = self.lines.start(self.text, self.lines.line(span.start));
        let last = self.lines.start(self.text, self.lines.line(span.end) + 1);
        let start = self.text.floor_char_boundary(span.start.saturating_sub(MARGIN)).max(first);
        let end = self.text.ceil_char_boundary(span.end + MARGIN).min(last);
        Some(start..end)
    }
}

impl SourceCode for Excerpt<'_> {
    /// Two marks are shown in one window if this can give it: a window that is too large is refused.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let marked = span.offset()..span.offset().saturating_add(span.len());
        let first = self.lines.line(marked.start).saturating_sub(before);
        let last = self.lines.line(marked.end) + after;
        let window = if before + after == 0 { Some(marked) } else { self.window(marked, first, last) };
        let window = window.ok_or(MietteError::OutOfBounds)?;
        let data = self.text.get(window.clone()).ok_or(MietteError::OutOfBounds)?;
        let line = self.lines.line(window.start);
        let column = self.lines.column(self.text, window.start);
        let count = self.lines.line(window.end.saturating_sub(1)).saturating_sub(line) + 1;
        let covered = SourceSpan::new(window.start.into(), window.len());
        let name = self.name.clone();
        Ok(Box::new(MietteSpanContents::new_named(name, data.as_bytes(), covered, line, column, count)))
    }
}
