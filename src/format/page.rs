//! The text as it is written, and where on its line the writer is.

/// A page under way. Indentation is written with the first word of a line, so that no line ends in blanks.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    /// How far the line is indented.
    margin: usize,
    /// How many columns of the line are taken, the margin included.
    column: usize,
    /// Nothing but the margin is on the line.
    fresh: bool,
    /// A comment is on the line, so that nothing can follow it.
    ended: bool,
    /// The first word of the line closes a bracket.
    closing: bool,
}

impl Page {
    pub(super) fn new() -> Self {
        Self { fresh: true, ..Self::default() }
    }

    /// Begins a line, or moves the margin of one that has been begun and not written on.
    pub(super) fn newline(&mut self, margin: usize) {
        if !self.fresh {
            self.text.push('\n');
        }
        self.margin = margin;
        self.column = margin;
        self.fresh = true;
        self.ended = false;
        self.closing = false;
    }

    /// Leaves a line blank before the one that has been begun.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Writes a word, after a space unless it is the first of its line.
    pub(super) fn word(&mut self, spaced: bool, word: &str) {
        if self.fresh {
            self.text.extend(std::iter::repeat_n(' ', self.margin));
            self.closing = matches!(word, "}" | ")");
        } else if spaced {
            self.text.push(' ');
            self.column += 1;
        }
        self.fresh = false;
        self.text.push_str(word);
        self.column = match word.rsplit_once('\n') {
            Some((_, line)) => line.chars().count(),
            None => self.column + word.chars().count(),
        };
    }

    /// Writes a comment after the words of its line.
    pub(super) fn trailing_comment(&mut self, comment: &str) {
        self.text.push_str("   ");
        self.text.push_str(comment);
        self.ended = true;
    }

    /// Writes spaces up to a column.
    pub(super) fn pad(&mut self, column: usize) {
        while !self.ended && self.column < column {
            self.text.push(' ');
            self.column += 1;
        }
    }

    /// The text, its last line ended.
    pub(super) fn finish(mut self) -> String {
        if !self.fresh {
            self.text.push('\n');
        }
        self.text
    }

    pub(super) fn margin(&self) -> usize {
        self.margin
    }

    pub(super) fn column(&self) -> usize {
        self.column
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing
    }
}
