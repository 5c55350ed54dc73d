//! Cuts a text into items, and a block into statements.
//!
//! Items begin with one of [`ITEM_WORDS`] outside all brackets. Where a bracket was forgotten, such a word at the margin
//! shows it, and the cut is made all the same.

use super::brackets::is_mistaken;
use super::error::is_reserved;
use super::tokens::{ITEM_WORDS, Token, TokenKind, Tokens};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::span::Span;

/// Brackets may stand inside each other this deep.
pub const DEPTH_LIMIT: usize = 64;

/// One item, or what stands where an item should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    pub start: usize,
    pub end: usize,
    /// Whether the scan has already said what is wrong with its brackets or strings.
    pub damaged: bool,
    /// Whether its brackets are nested too deeply to be parsed.
    pub too_deep: bool,
}

struct Scan<'a> {
    text: &'a str,
    base: u32,
    diagnostics: &'a mut Diagnostics,
    open: Vec<Token>,
    /// How many of the open brackets are braces.
    braces: usize,
    segments: Vec<Segment>,
    previous: &'a str,
    /// The word that the current item begins with.
    item: &'a str,
    /// How many missing brackets have been placed by the layout of their lines, which costs a look at many lines.
    placed: usize,
    /// Whether the last token closed the last open bracket.
    block_ended: bool,
}

/// The items of a text, in order. What is wrong with brackets and strings is reported here.
pub fn outline(text: &str, base: u32, diagnostics: &mut Diagnostics) -> Vec<Segment> {
    let mut scan = Scan {
        text,
        base,
        diagnostics,
        open: Vec::new(),
        braces: 0,
        segments: Vec::new(),
        previous: "",
        item: "",
        placed: 0,
        block_ended: false,
    };
    for token in Tokens::new(text) {
        scan.token(token);
    }
    scan.unclosed(None);
    let mut segments = scan.segments;
    let mut end = text.len();
    for segment in segments.iter_mut().rev() {
        segment.end = end;
        end = segment.start;
    }
    segments
}

impl Scan<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| self.base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        Span::new(offset(start), offset(end))
    }

    fn token(&mut self, token: Token) {
        let word = match token.kind {
            TokenKind::Word => self.text.get(token.start..token.end).unwrap_or(""),
            _ => "",
        };
        if self.begins_item(token, word) {
            self.unclosed(Some(token));
            self.item = word;
            self.segments.push(Segment { start: token.start, end: token.end, damaged: false, too_deep: false });
        } else if self.segments.is_empty() {
            self.segments.push(Segment { start: token.start, end: token.end, damaged: false, too_deep: false });
        }
        match token.kind {
            TokenKind::Word | TokenKind::Sign | TokenKind::String { closed: true } => {}
            TokenKind::String { closed: false } => self.open_string(token),
            TokenKind::Open(_) => self.opened(token),
            TokenKind::Close(byte) => self.closed(token, byte),
        }
        if self.item == "eligibility" && token.first_on_line && matches!(word, "include" | "exclude") {
            while self.open.len() > 1 {
                self.report_unclosed(Some(token));
            }
        }
        self.previous = word;
        self.block_ended = matches!(token.kind, TokenKind::Close(_)) && self.open.is_empty();
    }

    fn begins_item(&self, token: Token, word: &str) -> bool {
        // A word at the margin behind a block is a misspelt item rather than a part of the block.
        if self.block_ended && token.at_margin && !word.is_empty() && !is_reserved(word) {
            return true;
        }
        if word.is_empty() || ITEM_WORDS.binary_search(&word).is_err() || matches!(self.previous, "for" | "use") {
            return false;
        }
        self.open.is_empty() || token.at_margin && !(word == "population" && self.item == "estimand")
    }

    fn damage(&mut self) {
        if let Some(segment) = self.segments.last_mut() {
            segment.damaged = true;
        }
    }

    fn open_string(&mut self, token: Token) {
        self.damage();
        let span = self.span(token.start, token.end);
        self.diagnostics.push(
            Diagnostic::new(&code::OPEN_STRING, span, "this prose is never closed")
                .label("opened here")
                .help("end it with `\"`; a quote inside prose is written `\\\"`"),
        );
    }

    fn opened(&mut self, token: Token) {
        self.open.push(token);
        self.braces += usize::from(token.kind == TokenKind::Open(b'{'));
        if self.open.len() == DEPTH_LIMIT + 1 {
            if let Some(segment) = self.segments.last_mut() {
                segment.too_deep = true;
            }
            let span = self.span(token.start, token.end);
            self.diagnostics.push(
                Diagnostic::new(&code::TOO_DEEP, span, format!("brackets are nested more than {DEPTH_LIMIT} deep"))
                    .label("one bracket too many")
                    .help("give the inner part a name with `define` and use the name here"),
            );
        }
    }

    fn pop(&mut self) -> Option<Token> {
        let open = self.open.pop()?;
        self.braces -= usize::from(open.kind == TokenKind::Open(b'{'));
        Some(open)
    }

    /// One bracket taken for the other kind; reported, and taken for what it was meant to be.
    fn mistaken(&mut self, token: Token, byte: u8) -> bool {
        if self.placed >= PLACED_BY_LAYOUT {
            return false;
        }
        let before = if byte == b')' { b'(' } else { b'{' };
        if self.open.last().is_none_or(|open| open.kind == TokenKind::Open(before)) {
            return false;
        }
        self.placed += 1;
        if !is_mistaken(self.text, token, byte, &self.open) {
            return false;
        }
        let Some(open) = self.pop() else { return false };
        self.damage();
        let (written, meant) = if byte == b')' { (')', '}') } else { ('}', ')') };
        let opened = self.text.get(open.start..open.end).unwrap_or("");
        let span = self.span(token.start, token.end);
        self.diagnostics.push(
            Diagnostic::new(&code::BRACKET, span, format!("`{written}` closes a `{opened}`"))
                .label(format!("`{meant}` is meant?"))
                .also(self.span(open.start, open.end), "opened here")
                .help(format!("write `{meant}`"))
                .fix(format!("write `{meant}`"), span, meant),
        );
        true
    }

    fn closed(&mut self, token: Token, byte: u8) {
        if self.mistaken(token, byte) {
            return;
        }
        let matching = |open: &Token| open.kind == TokenKind::Open(if byte == b')' { b'(' } else { b'{' });
        match self.open.last() {
            Some(open) if matching(open) => {
                self.pop();
            }
            Some(_) if (if byte == b'}' { self.braces } else { self.open.len() - self.braces }) > 0 => {
                while self.open.last().is_some_and(|open| !matching(open)) {
                    self.report_unclosed(Some(token));
                }
                self.pop();
            }
            _ => {
                self.damage();
                let span = self.span(token.start, token.end);
                let bracket = char::from(byte);
                if self.placed < PLACED_BY_LAYOUT
                    && byte == b'}'
                    && token.first_on_line
                    && let Some(head) = head_by_layout(self.text, token.start)
                {
                    self.placed += 1;
                    let place = self.span(head.start, head.end);
                    let found = Diagnostic::new(&code::BRACKET, place, "a `{` is missing at the end of this line");
                    self.diagnostics.push(found.label("`{` is missing").also(span, "closed here").help("add `{`"));
                    return;
                }
                self.diagnostics.push(
                    Diagnostic::new(&code::BRACKET, span, format!("`{bracket}` closes nothing"))
                        .label("nothing is open here")
                        .help("remove it, or look for a bracket that closes too early above"),
                );
            }
        }
    }

    /// Reports every bracket that is still open where an item begins or the text ends.
    fn unclosed(&mut self, at: Option<Token>) {
        while !self.open.is_empty() {
            self.report_unclosed(at);
        }
    }

    fn report_unclosed(&mut self, at: Option<Token>) {
        let Some(open) = self.pop() else { return };
        self.damage();
        let bracket = self.text.get(open.start..open.end).unwrap_or("");
        let span = self.span(open.start, open.end);
        let closer = if bracket == "(" { ")" } else { "}" };
        let message = format!("`{bracket}` is never closed");
        if self.placed < PLACED_BY_LAYOUT
            && let Some(end) = ends_by_layout(self.text, open.start)
        {
            self.placed += 1;
            let before = self.text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let place = self.span(end, end + before);
            let found =
                Diagnostic::new(&code::BRACKET, place, message).label(format!("`{closer}` is missing before this"));
            self.diagnostics.push(found.also(span, "opened here").help(format!("add `{closer}`")));
            return;
        }
        let found = Diagnostic::new(&code::BRACKET, span, message).label("opened here").help(format!("add `{closer}`"));
        self.diagnostics.push(match at {
            Some(token) => found.also(self.span(token.start, token.end), "still open here"),
            None => found,
        });
    }
}

/// So many brackets are placed by layout; a text with more of them wrong is past helping.
const PLACED_BY_LAYOUT: usize = 40;

/// Where a bracket should have been closed, by the look of the lines: before the first line that is indented no further
/// than the one that opened it and closes nothing itself.
fn ends_by_layout(text: &str, open: usize) -> Option<usize> {
    let start = text.get(..open)?.rfind('\n').map_or(0, |at| at + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(text.get(start..)?);
    let mut at = open + text.get(open..)?.find('\n')? + 1;
    loop {
        let rest = text.get(at..)?;
        let line = rest.lines().next()?;
        let trimmed = line.trim_start();
        if !trimmed.is_empty() && !trimmed.starts_with("//") && indent(line) <= own {
            return (!trimmed.starts_with(['}', ')'])).then_some(at + indent(line));
        }
        at += rest.find('\n')? + 1;
    }
}

/// The line that a `}` first on its line closes, by its indent: its last word.
fn head_by_layout(text: &str, close: usize) -> Option<std::ops::Range<usize>> {
    let line_start = text.get(..close)?.rfind('\n')? + 1;
    let own = close - line_start;
    let mut end = line_start;
    while end > 0 {
        let before = text.get(..end - 1)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..)?;
        let trimmed = line.trim();
        if !trimmed.is_empty() && !trimmed.starts_with("//") && line.len() - line.trim_start().len() <= own {
            let opens = trimmed.ends_with(['{', '}', ',']) || line.len() - line.trim_start().len() < own;
            let last = start + line.trim_end().len();
            let word = line.trim_end().rfind(char::is_whitespace).map_or(start, |at| start + at + 1);
            return (!opens).then_some(word..last);
        }
        end = start;
    }
    None
}

/// The statements of a block: `open` is the place of its brace in `text`. A statement begins with one of `words` directly
/// inside the block, where it is the first word of its line or stands behind a bracket; reserved words count anywhere.
#[must_use]
pub fn statements(text: &str, open: usize, words: &[&str], anywhere: bool) -> Vec<std::ops::Range<usize>> {
    let body = open + 1;
    let Some(inside) = text.get(body..) else { return Vec::new() };
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    let mut after_bracket = true;
    let mut end = text.len();
    for token in Tokens::new(inside) {
        let word = inside.get(token.start..token.end).unwrap_or("");
        let begins = token.kind == TokenKind::Word && words.contains(&word);
        let starts_line = token.first_on_line || after_bracket;
        if begins && (depth == 0 && (anywhere || starts_line) || anywhere && token.first_on_line) {
            depth = 0;
            found.push(body + token.start..body + token.end);
        } else if found.is_empty() && !matches!(token.kind, TokenKind::Close(_)) {
            found.push(body + token.start..body + token.end);
        }
        after_bracket = false;
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) if depth == 0 => {
                end = body + token.start;
                break;
            }
            TokenKind::Close(_) => {
                depth -= 1;
                after_bracket = depth == 0;
            }
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } => {}
        }
    }
    let mut next = end;
    for range in found.iter_mut().rev() {
        range.end = next;
        next = range.start;
    }
    found
}
