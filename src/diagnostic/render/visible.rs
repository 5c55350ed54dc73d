//! Keeps a text from steering the terminal: escape sequences, and marks that turn the direction of writing.

use std::borrow::Cow;

/// A message or a path as it may be shown.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
}

/// A source text as it may be shown, with every other character at its own offset.
pub(super) fn same_length(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let lone_return = |at: usize| bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) != Some(&b'\n');
    let ascii_only = bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'));
    if ascii_only || !text.char_indices().any(|(at, c)| steers(c) || lone_return(at)) {
        return Cow::Borrowed(text);
    }
    let harmless = |(at, c): (usize, char)| match c.len_utf8() {
        _ if lone_return(at) => ' ',
        _ if !steers(c) => c,
        1 => '?',
        2 => '·',
        _ => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.char_indices().map(harmless).collect())
}

/// Control characters other than line breaks and tabs, the marks that turn the direction of writing (Unicode Standard
/// Annex 9), and the two separators that some terminals take for line breaks.
fn steers(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves() {
        let text = "a\u{1b}[31m µ \u{9b}x\u{202e}y\rz\r\n\tend";
        let shown = same_length(text);
        assert_eq!(shown, "a?[31m µ ·x\u{fffd}y z\r\n\tend");
        assert_eq!(shown.len(), text.len());
        assert!(matches!(same_length("µmol/L\r\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn messages_keep_their_lines() {
        assert_eq!(visible("a\u{7}b\nc"), "a\u{fffd}b\nc");
    }
}
