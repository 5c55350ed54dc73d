//! One text to one tree, with every syntax error in it.

use pest::Parser;

use super::build::Builder;
use super::error::syntax_error;
use super::grammar::{Grammar, Rule};
use super::outline::{Segment, outline};
use super::recover;
use crate::ast::{File, Item, Name};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::{Diagnostics, code};
use crate::span::Span;

/// A file's tree, and what could not be read of it.
#[derive(Debug, Default)]
pub struct Parsed {
    pub file: File,
    /// The names that unreadable items would have declared: using one of them is no further mistake.
    pub lost: Vec<Name>,
    /// The statements with a syntax error, in order: what is left of one proves nothing about the rest of it.
    pub damaged: Vec<Span>,
}

/// Parses a text that begins at `base` in the sources.
pub fn parse(text: &str, base: u32, diagnostics: &mut Diagnostics) -> Parsed {
    let mut parsed = Parsed::default();
    if !readable(text, base, diagnostics) {
        return parsed;
    }
    for segment in segments(text, base, diagnostics) {
        let statement = Statement::new(text, base, segment);
        let before = diagnostics.len();
        statement.parse(&mut parsed, diagnostics);
        if diagnostics.len() > before && !recover::is_block(statement.text) {
            parsed.damaged.push(statement.span());
        }
    }
    parsed
}

/// The items of a text. The scan looks for what authors forget; where it finds something in a text that the grammar reads
/// as it is, such as prose right behind a word, the grammar is right.
fn segments(text: &str, base: u32, diagnostics: &mut Diagnostics) -> Vec<Segment> {
    let mut found = Diagnostics::default();
    let scanned = outline(text, base, &mut found);
    if found.is_empty() {
        return scanned;
    }
    if !scanned.iter().any(|segment| segment.too_deep)
        && let Ok(mut whole) = Grammar::parse(Rule::file, text)
        && let Some(file) = whole.next()
    {
        let items = file.into_inner().filter(|item| item.as_rule() != Rule::EOI).map(|item| item.as_span());
        return items
            .map(|item| Segment { start: item.start(), end: item.end(), damaged: false, too_deep: false })
            .collect();
    }
    diagnostics.extend(found);
    scanned
}

/// Control characters are no text: the first of them is reported and nothing is parsed.
fn readable(text: &str, base: u32, diagnostics: &mut Diagnostics) -> bool {
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t');
    let Some(at) = text.as_bytes().iter().position(control) else { return true };
    let start = base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
    diagnostics.push(
        Diagnostic::new(&code::BAD_TEXT, Span::new(start, start.saturating_add(1)), "this file is not text")
            .label("a control character")
            .help("save the protocol as plain UTF-8 text"),
    );
    false
}

/// One item's text and place.
pub(super) struct Statement<'a> {
    pub text: &'a str,
    pub base: u32,
    /// Whether the scan has already said what is wrong with it.
    pub damaged: bool,
    pub too_deep: bool,
}

impl<'a> Statement<'a> {
    fn new(text: &'a str, base: u32, segment: Segment) -> Self {
        let base = base.saturating_add(u32::try_from(segment.start).unwrap_or(u32::MAX));
        let text = text.get(segment.start..segment.end).unwrap_or("");
        Self { text, base, damaged: segment.damaged, too_deep: segment.too_deep }
    }

    fn parse(&self, parsed: &mut Parsed, diagnostics: &mut Diagnostics) {
        if self.too_deep {
            parsed.lost.extend(self.lost_name());
            return;
        }
        // A block of criteria is always read one criterion at a time: there may be ten thousand of them.
        if !recover::is_criteria(self.text) {
            match Grammar::parse(Rule::one_item, self.text) {
                Ok(mut pairs) => {
                    let item = pairs.next().and_then(|node| Builder::new(self.base, diagnostics).item(node));
                    self.keep(item, parsed, diagnostics);
                    return;
                }
                Err(error) if !recover::is_block(self.text) => {
                    self.keep_prefix(&error, parsed, diagnostics);
                    return;
                }
                Err(_) => {}
            }
        }
        let item = recover::block(self, &mut parsed.damaged, diagnostics);
        parsed.lost.extend(if item.is_none() { self.lost_name() } else { None });
        parsed.file.items.extend(item);
    }

    pub fn span(&self) -> Span {
        Span::new(self.base, self.base.saturating_add(u32::try_from(self.text.len()).unwrap_or(u32::MAX)))
    }

    fn keep(&self, item: Option<Item>, parsed: &mut Parsed, diagnostics: &mut Diagnostics) {
        if item.is_none() {
            parsed.lost.extend(self.lost_name());
            let span =
                Span::new(self.base, self.base.saturating_add(u32::try_from(self.text.trim_end().len()).unwrap_or(0)));
            diagnostics.push(Diagnostic::new(&code::SYNTAX, span, "this cannot be read"));
        }
        parsed.file.items.extend(item);
    }

    /// Keeps the item if only what stands behind it is wrong, so that its name is known.
    fn keep_prefix(&self, error: &pest::error::Error<Rule>, parsed: &mut Parsed, diagnostics: &mut Diagnostics) {
        if !self.damaged {
            let found = syntax_error(self.text, self.base, Rule::one_item, error);
            let said = found.primary.span;
            diagnostics.push(found);
            super::rest::report(self.text, self.base, said, diagnostics);
        }
        if let Some(item) = self.broken_use() {
            parsed.file.items.push(item);
            return;
        }
        let mut ignored = Diagnostics::default();
        let prefix = Grammar::parse(Rule::item, self.text).ok().and_then(|mut pairs| pairs.next());
        match prefix.and_then(|node| Builder::new(self.base, &mut ignored).item(node)) {
            Some(item) => parsed.file.items.push(item),
            None => parsed.lost.extend(self.lost_name()),
        }
    }

    /// A `use` that cannot be read still says which names are wanted.
    fn broken_use(&self) -> Option<Item> {
        use super::tokens::{TokenKind, Tokens};
        let mut words = Tokens::new(self.text)
            .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::String { closed: true }))
            .map(|token| (token, self.text.get(token.start..token.end).unwrap_or("")));
        if words.next()?.1 != "use" {
            return None;
        }
        let offset = |at: usize| self.base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let named = |(token, text): (super::tokens::Token, &str)| Name {
            text: text.trim_matches('"').into(),
            span: Span::new(offset(token.start), offset(token.end)),
        };
        let (token, text) = words.next()?;
        let name = named((token, text));
        let source = if text.starts_with('"') {
            crate::ast::UseSource::Path(crate::ast::Text { value: name.text, span: name.span })
        } else {
            crate::ast::UseSource::Standard(name)
        };
        Some(Item::Use(crate::ast::Use { source, names: words.map(named).collect(), span: self.span() }))
    }

    /// The name that this item would have declared: the first word behind its own that is no role of an arm or outcome.
    pub fn lost_name(&self) -> Option<Name> {
        const ROLES: &[&str] = &[
            "experimental",
            "active_comparator",
            "placebo_comparator",
            "sham_comparator",
            "no_intervention",
            "other",
            "primary",
            "secondary",
            "exploratory",
        ];
        super::tokens::Tokens::new(self.text)
            .skip(1)
            .take(2)
            .filter(|token| token.kind == super::tokens::TokenKind::Word)
            .map(|token| (token, self.text.get(token.start..token.end).unwrap_or("")))
            .find(|(_, word)| !ROLES.contains(word))
            .map(|(token, word)| {
                let offset = |at: usize| self.base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
                Name { text: word.into(), span: Span::new(offset(token.start), offset(token.end)) }
            })
    }
}

/// One item of the standard library, which is known to be sound.
pub fn build_library_item(text: &str, base: u32, diagnostics: &mut Diagnostics) -> Option<Item> {
    match Grammar::parse(Rule::one_item, text) {
        Ok(mut pairs) => Builder::new(base, diagnostics).item(pairs.next()?),
        Err(error) => {
            diagnostics.push(syntax_error(text, base, Rule::one_item, &error));
            None
        }
    }
}
