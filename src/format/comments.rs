//! Comments: found in the gaps between words, and held by the word that they stand beside.
//!
//! A comment on the line of a word trails it. Any other leads the next word. A trailing comment sends what follows to
//! the next line; a leading one stands on lines of its own.

use super::source::Token;

/// A comment on a line of its own.
#[derive(Debug)]
pub(super) struct Comment<'a> {
    /// From `//` to the last character that is no blank.
    pub(super) text: &'a str,
    /// What stands before it.
    pub(super) gap: Gap,
}

/// The white space before a word or a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Blanks, or nothing.
    Blanks,
    /// The end of a line.
    Newline,
    /// At least one line with nothing on it.
    BlankLine,
}

/// What may stand between two leaves of the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Newline,
    Comment(&'a str),
    /// A sign of one character, and its offset in the gap.
    Sign(&'a str, usize),
}

/// The comments, signs and line ends of a gap, in order.
pub(super) fn scan(gap: &str) -> impl Iterator<Item = Found<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = gap.get(at..)?;
            let first = rest.chars().next()?;
            if rest.starts_with("//") {
                let comment = rest.split('\n').next().unwrap_or(rest);
                at += comment.len();
                return Some(Found::Comment(comment.trim_end()));
            }
            let begin = at;
            at += first.len_utf8();
            match first {
                '\n' => return Some(Found::Newline),
                ' ' | '\t' | '\r' | '\u{FEFF}' => {}
                _ => return gap.get(begin..at).map(|sign| Found::Sign(sign, begin)),
            }
        }
    })
}

/// Moves comments away from before a sign that is written close to the word before it, so that the sign stays there:
/// one that trailed the word trails the sign, the others lead the next word. Their order stays.
pub(super) fn settle(tokens: &mut [Token<'_>]) {
    for at in 1..tokens.len() {
        let (before, after) = tokens.split_at_mut(at);
        let (Some(word), [sign, rest @ ..]) = (before.last_mut(), after) else { continue };
        if sign.is_close() {
            settle_sign(word, sign, rest.first_mut());
        }
    }
}

fn settle_sign<'a>(word: &mut Token<'a>, sign: &mut Token<'a>, next: Option<&mut Token<'a>>) {
    let mut moved = std::mem::take(&mut sign.leading);
    if word.trailing.is_some() || !moved.is_empty() {
        moved.extend(sign.trailing.take().map(|text| Comment { text, gap: Gap::Newline }));
    }
    if let Some(comment) = word.trailing.take() {
        sign.trailing = Some(comment);
    }
    match next {
        Some(next) => {
            moved.append(&mut next.leading);
            next.leading = moved;
        }
        None => sign.leading = moved,
    }
}
