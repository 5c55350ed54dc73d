//! The further syntax errors of a statement that has one: in the other entries of a list, the other facts of an example,
//! the other treatments of a block. Each of these is read by itself, so that one mistake says nothing of the next.

use std::ops::Range;

use pest::Parser;
use pest::error::{Error, InputLocation};

use super::error::syntax_error;
use super::grammar::{Grammar, Rule};
use super::tokens::{Token, TokenKind, Tokens};
use crate::diagnostic::Diagnostics;
use crate::span::Span;

/// The words that begin a treatment inside a block of them.
const TREATMENT: &[&str] = &["in", "give", "cycle", "phase", "hold", "stop", "reduce", "adjust"];

/// So many more errors of one statement are looked for; each costs a look at a part of its text.
const MOST: usize = 50;

/// Reports what else is wrong in a statement at `base`, behind the error at `said`.
pub(super) fn report(text: &str, base: u32, said: Span, diagnostics: &mut Diagnostics) {
    let at = said.start.saturating_sub(base) as usize;
    let end = said.end.saturating_sub(base) as usize;
    let tokens: Vec<Token> = Tokens::new(text).collect();
    let first = tokens.first().map_or("", |token| word(text, token));
    let pieces = match first {
        "example" => example(text, &tokens),
        _ if TREATMENT.contains(&first) => treatments(text, &tokens),
        _ => list(text, &tokens, at),
    };
    // What stands right behind the error may be a part of it.
    for (piece, rule) in pieces.into_iter().filter(|(piece, _)| piece.start > end).take(MOST) {
        let part = text.get(piece.clone()).unwrap_or("");
        let Err(error) = Grammar::parse(rule, part) else { continue };
        if rule == Rule::one_treatment && stops_at_treatment(part, &error) {
            continue;
        }
        let base = base.saturating_add(u32::try_from(piece.start).unwrap_or(u32::MAX));
        diagnostics.push(syntax_error(part, base, rule, &error));
    }
}

/// Whether a line holds two treatments, of which the first is sound.
fn stops_at_treatment(part: &str, error: &Error<Rule>) -> bool {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let rest = part.get(at..).unwrap_or("").trim_start();
    TREATMENT.iter().any(|word| rest.starts_with(word))
}

fn word<'t>(text: &'t str, token: &Token) -> &'t str {
    text.get(token.start..token.end).unwrap_or("")
}

/// The facts behind `given`, and the expectations.
fn example(text: &str, tokens: &[Token]) -> Vec<(Range<usize>, Rule)> {
    let starts = |token: &&Token| token.kind == TokenKind::Word && matches!(word(text, token), "given" | "expect");
    let Some(given) = tokens.iter().position(|token| word(text, token) == "given") else { return Vec::new() };
    let end =
        tokens.iter().rev().find(|token| token.kind == TokenKind::Close(b'}')).map_or(text.len(), |token| token.start);
    let mut expectations: Vec<usize> = tokens.iter().filter(starts).map(|token| token.start).collect();
    expectations.retain(|start| text.get(*start..).is_some_and(|rest| rest.starts_with("expect")));
    let facts_end = expectations.first().copied().unwrap_or(end);
    let facts = tokens.get(given + 1..).unwrap_or_default();
    let facts = facts.iter().take_while(|token| token.start < facts_end);
    let mut pieces: Vec<_> =
        between_commas(text, facts, facts_end).into_iter().map(|piece| (piece, Rule::one_fact)).collect();
    expectations.push(end);
    let ranges = expectations.iter().zip(expectations.iter().skip(1));
    pieces.extend(ranges.map(|(start, next)| (*start..*next, Rule::one_expectation)));
    pieces
}

/// The treatments of a block that begin a line, from the innermost blocks.
fn treatments(text: &str, tokens: &[Token]) -> Vec<(Range<usize>, Rule)> {
    let begins =
        |token: &&Token| token.first_on_line && token.kind == TokenKind::Word && TREATMENT.contains(&word(text, token));
    let starts: Vec<usize> = tokens.iter().filter(begins).map(|token| token.start).collect();
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(text.len()));
    let pieces = starts.iter().copied().zip(ends).map(|(start, end)| {
        // A block around others ends with its brace, and others close the blocks around them.
        let part = text.get(start..end).unwrap_or("");
        start..start + closed_length(part)
    });
    // A block around others is no treatment by itself.
    let single = pieces.filter(|piece| text.get(piece.clone()).is_some_and(|part| !part.trim_end().ends_with('{')));
    single.map(|piece| (piece, Rule::one_treatment)).collect()
}

/// How much of a text comes before a bracket that it does not open.
fn closed_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for token in Tokens::new(text) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) if depth == 0 => return token.start,
            TokenKind::Close(_) => depth -= 1,
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } => {}
        }
    }
    text.len()
}

/// The entries of the innermost list around a place.
fn list(text: &str, tokens: &[Token], at: usize) -> Vec<(Range<usize>, Rule)> {
    let mut open: Vec<usize> = Vec::new();
    for (index, token) in tokens.iter().enumerate().take_while(|(_, token)| token.start <= at) {
        match token.kind {
            TokenKind::Open(_) => open.push(index),
            TokenKind::Close(_) => {
                open.pop();
            }
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } => {}
        }
    }
    let brace = |index: &&usize| tokens.get(**index).is_some_and(|token| token.kind == TokenKind::Open(b'{'));
    let Some(brace) = open.iter().rev().find(brace).copied() else { return Vec::new() };
    let before = brace.checked_sub(1).and_then(|index| tokens.get(index)).map_or("", |token| word(text, token));
    // What is taken out has sentences of its own.
    let is_set = tokens.first().is_some_and(|token| word(text, token) == "set");
    if before != "of" && !is_set {
        return Vec::new();
    }
    let start = tokens.get(brace).map_or(0, |token| token.end);
    let end = start + closed_length(text.get(start..).unwrap_or(""));
    let inside = tokens.iter().filter(|token| token.start >= start && token.start < end);
    between_commas(text, inside, end).into_iter().map(|piece| (piece, Rule::one_entry)).collect()
}

/// What stands between the commas outside of all brackets.
fn between_commas<'t>(text: &str, tokens: impl Iterator<Item = &'t Token>, end: usize) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    let mut begins = true;
    for token in tokens {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            TokenKind::Sign if depth == 0 && word(text, token) == "," => {
                if let Some(piece) = pieces.last_mut() {
                    piece.end = token.start;
                }
                begins = true;
                continue;
            }
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } => {}
        }
        if begins {
            pieces.push(token.start..end);
            begins = false;
        }
    }
    pieces
}
