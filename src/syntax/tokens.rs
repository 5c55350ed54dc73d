//! A coarse lexer: words, brackets and strings, enough to cut a text where a broken sentence cannot mislead.
//!
//! It knows nothing of the grammar; the grammar's rules read each piece again.

/// What the scan tells apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    Word,
    Open(u8),
    Close(u8),
    /// A string; `closed` is false where its quote never comes.
    String {
        closed: bool,
    },
    /// Any other character.
    Sign,
}

/// A token and where it stands in the scanned text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
    /// Whether it is the first thing on its line.
    pub first_on_line: bool,
    /// Whether nothing at all stands before it on its line.
    pub at_margin: bool,
}

/// The tokens of a text, comments and blanks left out.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    line_start: usize,
    first_on_line: bool,
    /// No string that opens before this place is closed: found out once, so that a thousand of them cost no more than one.
    unclosed_until: usize,
}

impl<'a> Tokens<'a> {
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, line_start: 0, first_on_line: true, unclosed_until: 0 }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Steps over blanks, line ends and comments.
    fn skip_blanks(&mut self) {
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line_start = self.at;
                    self.first_on_line = true;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'/' if self.byte(self.at + 1) == Some(b'/') => {
                    self.at = line_end(self.text, self.at);
                }
                _ if self.text.get(self.at..).is_some_and(|rest| rest.starts_with('\u{FEFF}')) => {
                    if self.line_start == self.at {
                        self.line_start += 3;
                    }
                    self.at += 3;
                }
                _ => return,
            }
        }
    }

    /// The end of the string that opens at `start`, and whether it is closed. A string may cross lines, but a line that
    /// looks like a new statement shows that its quote was forgotten: then it ends with its first line.
    fn string_end(&mut self, start: usize) -> (usize, bool) {
        if start < self.unclosed_until {
            return (line_end(self.text, start), false);
        }
        let mut at = start + 1;
        while let Some(byte) = self.byte(at) {
            match byte {
                // Prose is followed by a blank or a sign: a word right behind the quote was meant to be outside.
                b'"' if self
                    .byte(at + 1)
                    .is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, b'(' | b'"')) =>
                {
                    break;
                }
                b'"' => return (at + 1, true),
                b'\\' => at += 2,
                b'\n' if starts_statement(self.text.get(at + 1..).unwrap_or("")) => break,
                _ => at += 1,
            }
        }
        self.unclosed_until = at;
        (line_end(self.text, start), false)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let start = self.at;
        let byte = self.byte(start)?;
        let (kind, end) = match byte {
            // A word may stand right behind a number, as its unit does.
            b'0'..=b'9' => {
                let rest = self.text.as_bytes().get(start..).unwrap_or_default();
                (TokenKind::Sign, start + rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                let rest = self.text.as_bytes().get(start..).unwrap_or_default();
                let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                (TokenKind::Word, start + length)
            }
            b'(' | b'{' => (TokenKind::Open(byte), start + 1),
            b')' | b'}' => (TokenKind::Close(byte), start + 1),
            // Prose follows a blank or a sign: a quote right behind a word ends prose that never began.
            b'"' if start
                .checked_sub(1)
                .and_then(|at| self.byte(at))
                .is_some_and(|before| !matches!(before, b' ' | b'\t' | b'\n' | b'\r' | b'{' | b'(' | b',' | b':')) =>
            {
                (TokenKind::String { closed: false }, start + 1)
            }
            b'"' => {
                let (end, closed) = self.string_end(start);
                (TokenKind::String { closed }, end)
            }
            _ => {
                let width = self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                (TokenKind::Sign, start + width)
            }
        };
        let token = Token { kind, start, end, first_on_line: self.first_on_line, at_margin: start == self.line_start };
        self.first_on_line = false;
        self.at = end;
        if let (TokenKind::String { .. }, Some(text)) = (kind, self.text.get(start..end))
            && let Some(newline) = text.rfind('\n')
        {
            self.line_start = start + newline + 1;
        }
        Some(token)
    }
}

/// Where the line that holds `at` ends.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length)
}

/// Words that begin an item at the top level of a file.
pub const ITEM_WORDS: &[&str] = &[
    "arm",
    "background",
    "cohort",
    "collect",
    "condition",
    "define",
    "drug",
    "eligibility",
    "epoch",
    "equivalent",
    "estimand",
    "event",
    "example",
    "forbid",
    "lab",
    "outcome",
    "permit",
    "plan",
    "population",
    "procedure",
    "question",
    "regimen",
    "require",
    "scale",
    "score",
    "set",
    "test",
    "trial",
    "use",
    "visit",
];

/// Whether a line can hardly be the continuation of prose: a bracket that closes, or `include name "` and the like.
fn starts_statement(line: &str) -> bool {
    let at_margin = !line.starts_with([' ', '\t']);
    let line = line.trim_start_matches([' ', '\t']);
    if line.starts_with('}') {
        return true;
    }
    let word_end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
    let word = line.get(..word_end).unwrap_or("");
    let criterion = word == "include" || word == "exclude";
    if !(criterion || at_margin && ITEM_WORDS.binary_search(&word).is_ok()) {
        return false;
    }
    let rest = line.get(word_end..).unwrap_or("").trim_start_matches([' ', '\t']);
    let name_end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let behind = rest.get(name_end..).unwrap_or("").trim_start_matches([' ', '\t']);
    !criterion || behind.starts_with(':') || rest.get(name_end..).unwrap_or("").starts_with(" \"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_words_are_sorted_for_the_search() {
        assert!(ITEM_WORDS.is_sorted());
    }

    #[test]
    fn a_word_may_stand_behind_a_number() {
        let text = "TIS >= 20define a";
        let words: Vec<_> = Tokens::new(text)
            .filter(|token| token.kind == TokenKind::Word)
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(words, ["TIS", "define", "a"]);
    }

    #[test]
    fn a_forgotten_quote_ends_with_its_line() {
        let text = "include a \"prose: judged\n  include b \"other\": judged";
        let strings: Vec<_> = Tokens::new(text)
            .filter(|token| matches!(token.kind, TokenKind::String { .. }))
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(strings, ["\"prose: judged", "\"other\""]);
    }

    #[test]
    fn prose_may_cross_lines() {
        let text = "define a \"one\n  include two\" = judged";
        assert!(Tokens::new(text).all(|token| token.kind != TokenKind::String { closed: false }));
    }
}
