//! A file as the formatter reads it: its words and signs in order, and the nesting of the grammar's rules over them.

use std::borrow::Cow;

use pest::iterators::{Pair, Pairs};

use super::comments::{Comment, Found, Gap, scan, settle};
use super::rules;
use crate::syntax::grammar::Rule;

/// A word, a sign, a number with its unit, a string: what is never divided.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) text: Cow<'a, str>,
    /// What the grammar calls it; a sign between the rules has no name.
    pub(super) rule: Option<Rule>,
    /// The comments before it, on lines of their own.
    pub(super) leading: Vec<Comment<'a>>,
    /// The comment after it on its line.
    pub(super) trailing: Option<&'a str>,
    /// What stands between its last leading comment, or else the token before it, and itself.
    pub(super) gap: Gap,
    /// The comma after the last entry of a list in braces: written where the list is broken.
    pub(super) optional: bool,
    /// The brace of a list with labels: such a list is always broken.
    pub(super) labelled: bool,
}

impl Token<'_> {
    /// A sign of the grammar's own, such as a brace.
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.rule.is_none() && self.text == sign
    }

    /// A sign that stays on the line of the word before it, so that a comment between the two has to move.
    pub(super) fn is_close(&self) -> bool {
        self.rule.is_none() && matches!(&*self.text, "," | ":" | "=" | "{")
    }

    fn named(&self, holds: impl Fn(Rule) -> bool) -> bool {
        self.rule.is_some_and(holds)
    }

    pub(super) fn is_short(&self) -> bool {
        self.named(rules::is_short)
    }
}

/// A rule of the grammar and what it is made of, signs and all.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) rule: Rule,
    pub(super) parts: Vec<Part>,
}

/// A part of a rule: a token, by its place in the file, or another rule.
#[derive(Debug)]
pub(super) enum Part {
    Token(usize),
    Node(Node),
}

impl Part {
    /// The place of its first token.
    pub(super) fn first(&self) -> Option<usize> {
        match self {
            Self::Token(at) => Some(*at),
            Self::Node(node) => node.parts.first().and_then(Self::first),
        }
    }

    /// The place of its last token.
    pub(super) fn last(&self) -> Option<usize> {
        match self {
            Self::Token(at) => Some(*at),
            Self::Node(node) => node.parts.last().and_then(Self::last),
        }
    }
}

/// A file: its tokens, and its items, the end of the file being the last.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) items: Vec<Part>,
}

/// Reads the pairs of a text that has been parsed.
pub(super) fn read<'a>(text: &'a str, pairs: Pairs<'a, Rule>) -> Source<'a> {
    let mut reader = Reader { text, at: 0, tokens: Vec::new(), pending: Vec::new(), gap: Gap::Blanks };
    let items = pairs.flat_map(Pair::into_inner).filter_map(|item| reader.pair(&item)).collect();
    settle(&mut reader.tokens);
    Source { tokens: reader.tokens, items }
}

struct Reader<'a> {
    text: &'a str,
    /// How far it has read.
    at: usize,
    tokens: Vec<Token<'a>>,
    /// Comments that the next token will hold.
    pending: Vec<Comment<'a>>,
    /// What has been read since the last token or comment.
    gap: Gap,
}

impl<'a> Reader<'a> {
    fn pair(&mut self, pair: &Pair<'a, Rule>) -> Option<Part> {
        let (rule, span) = (pair.as_rule(), pair.as_span());
        self.signs(span.start(), rule, &mut Vec::new());
        let mut inner = pair.clone().into_inner().peekable();
        if rules::is_word(rule) || (inner.peek().is_none() && !rules::is_hollow(rule)) {
            self.at = span.end();
            return Some(Part::Token(self.push(word(pair), Some(rule))));
        }
        let mut parts = Vec::new();
        for child in inner {
            self.signs(child.as_span().start(), rule, &mut parts);
            self.fact_comma(child.as_rule(), &mut parts);
            match self.pair(&child) {
                Some(Part::Node(names)) if rules::is_names(names.rule) && rules::is_list(rule) => {
                    parts.extend(names.parts);
                }
                part => parts.extend(part),
            }
        }
        self.signs(span.end(), rule, &mut parts);
        self.label(rule, &parts);
        (!parts.is_empty()).then_some(Part::Node(Node { rule, parts }))
    }

    /// Reads the gap up to `end`, whose signs belong to `rule`.
    fn signs(&mut self, end: usize, rule: Rule, parts: &mut Vec<Part>) {
        let gap = self.text.get(self.at..end).unwrap_or_default();
        self.at = self.at.max(end);
        for found in scan(gap) {
            match found {
                Found::Newline if self.gap == Gap::Blanks => self.gap = Gap::Newline,
                Found::Newline => self.gap = Gap::BlankLine,
                Found::Comment(text) => self.comment(text),
                Found::Sign(sign, _) => {
                    if matches!(sign, "}" | ")") && rules::is_list(rule) {
                        self.last_comma(parts);
                    }
                    parts.push(Part::Token(self.push(Cow::Borrowed(sign), None)));
                }
            }
        }
    }

    fn comment(&mut self, text: &'a str) {
        let gap = std::mem::replace(&mut self.gap, Gap::Blanks);
        match self.tokens.last_mut() {
            Some(token) if gap == Gap::Blanks && self.pending.is_empty() => token.trailing = Some(text),
            _ => self.pending.push(Comment { text, gap }),
        }
    }

    fn push(&mut self, text: Cow<'a, str>, rule: Option<Rule>) -> usize {
        self.tokens.push(Token {
            text,
            rule,
            leading: std::mem::take(&mut self.pending),
            trailing: None,
            gap: std::mem::replace(&mut self.gap, Gap::Blanks),
            optional: false,
            labelled: false,
        });
        self.tokens.len() - 1
    }

    /// Makes the comma before a closing brace optional, or writes one there.
    fn last_comma(&mut self, parts: &mut Vec<Part>) {
        let Some(last) = self.tokens.last() else { return };
        if last.is_sign("{") {
            return;
        }
        if !last.is_sign(",") {
            let (pending, gap) = (std::mem::take(&mut self.pending), self.gap);
            let comma = self.push(Cow::Borrowed(","), None);
            parts.push(Part::Token(comma));
            (self.pending, self.gap) = (pending, gap);
        }
        if let Some(comma) = self.tokens.last_mut() {
            comma.optional = true;
        }
    }

    /// Drops the comma between the last fact of an example and what is expected.
    fn fact_comma(&mut self, next: Rule, parts: &mut Vec<Part>) {
        let after_fact =
            matches!(parts.as_slice(), [.., Part::Node(fact), Part::Token(_)] if rules::is_fact(fact.rule));
        if !after_fact || rules::is_fact(next) || !self.tokens.last().is_some_and(|comma| comma.is_sign(",")) {
            return;
        }
        parts.pop();
        let Some(comma) = self.tokens.pop() else { return };
        let mut freed = comma.leading;
        match self.tokens.last_mut() {
            Some(word) if freed.is_empty() && word.trailing.is_none() => word.trailing = comma.trailing,
            _ => freed.extend(comma.trailing.map(|text| Comment { text, gap: Gap::Newline })),
        }
        freed.append(&mut self.pending);
        self.pending = freed;
    }

    /// Marks the brace of a list that has labels.
    fn label(&mut self, rule: Rule, parts: &[Part]) {
        let labelled = |part: &Part| match part {
            Part::Node(node) if rules::is_entry(node.rule) => {
                node.parts.iter().any(|part| matches!(part, Part::Token(at) if self.is_sign(*at, ":")))
            }
            Part::Node(_) | Part::Token(_) => false,
        };
        if rules::is_hollow(rule) && parts.iter().any(labelled) {
            let brace = parts.first().and_then(Part::first).and_then(|at| self.tokens.get_mut(at));
            if let Some(brace) = brace {
                brace.labelled = true;
            }
        }
    }

    fn is_sign(&self, at: usize, sign: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_sign(sign))
    }
}

/// The text of a word, with the blanks inside it as they should be: one before a unit, none beside `..`.
fn word<'a>(pair: &Pair<'a, Rule>) -> Cow<'a, str> {
    let text = pair.as_str();
    if rules::is_comparison(pair.as_rule()) {
        return Cow::Borrowed(comparison(text));
    }
    if rules::is_end(pair.as_rule()) {
        return Cow::Borrowed("");
    }
    let mut written = String::new();
    let mut end = None;
    for inner in pair.clone().into_inner() {
        let span = inner.as_span();
        if let Some(end) = end {
            let between = text.get(end - pair.as_span().start()..span.start() - pair.as_span().start());
            written.push_str(if between.unwrap_or_default().contains("..") { ".." } else { " " });
        }
        written.push_str(inner.as_str());
        end = Some(span.end());
    }
    if end.is_none() || written == text { Cow::Borrowed(text) } else { Cow::Owned(written) }
}

/// The one spelling of a sign of comparison.
pub(super) fn comparison(text: &str) -> &str {
    match text {
        "≥" => ">=",
        "≤" => "<=",
        "≠" => "!=",
        other => other,
    }
}
