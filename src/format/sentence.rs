//! Words in a row: on one line if they fit, else broken before a clause, inside a list, or after a head.
//!
//! A line that continues a sentence is indented from the line on which the sentence began.

use super::measure::{Measure, Run, is_glued, is_spaced};
use super::page::Page;
use super::rules::{self, Break};
use super::source::{Node, Part, Source};
use super::{INDENT, WIDTH};

/// A layout under way.
pub(super) struct Layout<'s> {
    pub(super) source: &'s Source<'s>,
    pub(super) measure: Measure,
    pub(super) page: Page,
    /// Where a line that continues the sentence begins.
    pub(super) hang: usize,
    /// The first token whose leading comments have not been written.
    unwritten: usize,
}

/// Parts that stay on one line if they can, and whether a line may begin with them.
struct Chunk<'p> {
    parts: &'p [Part],
    before: Break,
}

impl<'s> Layout<'s> {
    pub(super) fn new(source: &'s Source<'s>) -> Self {
        let measure = Measure::of(&source.tokens);
        Self { source, measure, page: Page::new(), hang: 0, unwritten: 0 }
    }

    /// Lays out a rule that has no lines of its own.
    pub(super) fn node(&mut self, node: &Node) {
        if rules::is_headed(node.rule) {
            self.headed(&node.parts);
        } else {
            self.sentence(&node.parts);
        }
    }

    /// Lays out parts in a row: on one line if they fit, else chunk by chunk.
    pub(super) fn sentence(&mut self, parts: &[Part]) {
        let Some(run) = run(parts) else { return };
        self.arrive(run.first);
        if self.fits(run) {
            self.on_one_line(run);
            return;
        }
        let hang = self.hang;
        let margin = if self.page.is_fresh() { self.page.margin() } else { hang };
        let chunks = self.chunks(parts);
        let stacked = chunks.iter().any(|chunk| chunk.before == Break::Always);
        if stacked {
            self.hang = margin + INDENT;
        }
        for (place, chunk) in chunks.iter().enumerate() {
            if place > 0 {
                self.step(chunk, margin);
            }
            self.chunk(chunk.parts);
        }
        self.hang = hang;
    }

    /// `head: body`. The body stands after its head if both fit, else below it; a list that would not fit there either
    /// begins beside the head. Beside a head that is broken stands a single word or nothing.
    fn headed(&mut self, parts: &[Part]) {
        let separator = parts.iter().position(|part| self.is_sign(part, ":") || self.is_sign(part, "="));
        let Some((head, [separator, body @ ..])) = separator.and_then(|at| parts.split_at_checked(at)) else {
            self.sentence(parts);
            return;
        };
        let Some((whole, below)) = run(parts).zip(run(body)) else { return };
        self.arrive(whole.first);
        if self.fits(whole) {
            self.on_one_line(whole);
            return;
        }
        let (hang, margin) = (self.hang, self.page.margin() + INDENT);
        self.hang = margin;
        self.sentence(head);
        self.part(separator);
        let broken = self.page.margin() == margin;
        if (broken && !is_word(body)) || !self.stays(body, below, margin) {
            self.page.newline(margin);
            self.hang = margin + INDENT;
        }
        self.sentence(body);
        self.hang = hang;
    }

    /// Whether a body begins on the line of its head.
    fn stays(&self, body: &[Part], run: Run, margin: usize) -> bool {
        if self.page.is_ended() || self.has_leading(run.first) {
            return false;
        }
        self.fits(run) || (!self.fits_from(margin, run) && self.ends_in_list(body, run, margin))
    }

    /// Whether all that breaks in a body is one list, whose brace fits on this line, as what follows it does on its own.
    /// A list that need not break on a line of its own, from `margin`, is none.
    fn ends_in_list(&self, body: &[Part], run: Run, margin: usize) -> bool {
        let Some(list) = self.first_list(body) else { return false };
        if self.fits_from(margin, Run { first: run.first, last: list.last }) {
            return false;
        }
        let opening = Run { first: run.first, last: list.first };
        let closing = Run { first: list.last, last: run.last };
        let room = WIDTH.saturating_sub(self.page.column() + 1);
        !self.measure.has_comments(opening)
            && self.measure.width(opening) <= room
            && self.measure.is_plain(closing)
            && self.page.margin() + self.measure.width(closing) + self.glue(run.last) <= WIDTH
    }

    /// The first list in braces that is neither in parentheses nor in one of many terms.
    fn first_list(&self, parts: &[Part]) -> Option<Run> {
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Token(_) if self.is_sign(part, "{") => {
                    let close = parts.iter().skip(at).find(|part| self.is_sign(part, "}"));
                    return part.first().zip(close.and_then(Part::last)).map(|(first, last)| Run { first, last });
                }
                Part::Node(node) if rules::is_parens(node.rule) => {}
                Part::Node(node) if rules::is_expression(node.rule) && node.parts.len() > 1 => return None,
                Part::Node(node) => {
                    if let Some(list) = self.first_list(&node.parts) {
                        return Some(list);
                    }
                }
                Part::Token(_) => {}
            }
        }
        None
    }

    /// Parts cut where a line may begin.
    fn chunks<'p>(&self, parts: &'p [Part]) -> Vec<Chunk<'p>> {
        let mut chunks = Vec::new();
        let (mut begin, mut kind) = (0, Break::Never);
        let mut depth = 0_usize;
        for (at, part) in parts.iter().enumerate().skip(1) {
            let before = parts.get(at - 1);
            depth += usize::from(before.is_some_and(|part| self.opens(part)));
            let next = if depth > 0 { Break::Never } else { self.break_between(before, part) };
            depth = depth.saturating_sub(usize::from(self.closes(part)));
            if next != Break::Never {
                chunks.extend(parts.get(begin..at).map(|parts| Chunk { parts, before: kind }));
                (begin, kind) = (at, next);
            }
        }
        chunks.extend(parts.get(begin..).map(|parts| Chunk { parts, before: kind }));
        chunks
    }

    fn break_between(&self, before: Option<&Part>, part: &Part) -> Break {
        let rule = match part {
            Part::Node(node) => Some(node.rule),
            Part::Token(at) => self.source.tokens.get(*at).and_then(|token| token.rule),
        };
        let own = rule.map_or(Break::Never, rules::break_before);
        let after_comma = before.is_some_and(|part| self.is_sign(part, ","));
        if after_comma && own == Break::Never { Break::Wrap } else { own }
    }

    /// Begins a line before a chunk, if it needs one.
    fn step(&mut self, chunk: &Chunk<'_>, margin: usize) {
        let Some(run) = run(chunk.parts) else { return };
        let fits = self.fits(run);
        match chunk.before {
            Break::Always if !(fits && self.page.is_closing()) => self.page.newline(margin),
            Break::Wrap if !fits && !self.ends_in_list(chunk.parts, run, self.hang) => self.page.newline(self.hang),
            Break::Always | Break::Wrap | Break::Never => {}
        }
    }

    fn chunk(&mut self, parts: &[Part]) {
        if let Some(run) = run(parts)
            && self.fits(run)
        {
            self.on_one_line(run);
            return;
        }
        let mut rest = parts;
        while let [part, after @ ..] = rest {
            let close = if self.opens(part) { after.iter().position(|part| self.closes(part)) } else { None };
            if let Some((inside, [close, beyond @ ..])) = close.and_then(|at| after.split_at_checked(at)) {
                self.bracket(part, inside, close);
                rest = beyond;
            } else {
                self.part(part);
                rest = after;
            }
        }
    }

    pub(super) fn part(&mut self, part: &Part) {
        match part {
            Part::Token(at) => self.token(*at),
            Part::Node(node) => self.node(node),
        }
    }

    /// Writes a run on the line, leaving out commas that only a broken list has.
    pub(super) fn on_one_line(&mut self, run: Run) {
        for at in run.first..=run.last {
            if !self.source.tokens.get(at).is_some_and(|token| token.optional) {
                self.token(at);
            }
        }
    }

    /// Writes a token and its comments.
    pub(super) fn token(&mut self, at: usize) {
        self.arrive(at);
        let Some(token) = self.source.tokens.get(at) else { return };
        let before = at.checked_sub(1).and_then(|at| self.source.tokens.get(at));
        self.page.word(is_spaced(before, token), &token.text);
        if let Some(comment) = token.trailing {
            self.page.trailing_comment(comment);
        }
    }

    /// Makes the page ready for a token: on a new line if a comment ended the last, and below its leading comments.
    pub(super) fn arrive(&mut self, at: usize) {
        if self.page.is_ended() {
            self.page.newline(self.hang);
        }
        if !self.has_leading(at) {
            return;
        }
        let margin = if self.page.is_fresh() { self.page.margin() } else { self.hang };
        for comment in self.source.tokens.get(at).map(|token| &token.leading).into_iter().flatten() {
            self.page.newline(margin);
            self.page.word(false, comment.text);
        }
        self.page.newline(margin);
        self.unwritten = at + 1;
    }

    /// Says that the leading comments of a token have been written.
    pub(super) fn arrived(&mut self, at: usize) {
        self.unwritten = at + 1;
    }

    /// Whether a token has leading comments that are to be written.
    pub(super) fn has_leading(&self, at: usize) -> bool {
        at >= self.unwritten && self.source.tokens.get(at).is_some_and(|token| !token.leading.is_empty())
    }

    /// Whether a run fits on the rest of the line, with what must follow it there.
    pub(super) fn fits(&self, run: Run) -> bool {
        let spaced = !self.page.is_fresh()
            && self.source.tokens.get(run.first).is_some_and(|token| {
                is_spaced(run.first.checked_sub(1).and_then(|at| self.source.tokens.get(at)), token)
            });
        !self.page.is_ended() && self.fits_from(self.page.column() + usize::from(spaced), run)
    }

    pub(super) fn fits_from(&self, column: usize, run: Run) -> bool {
        self.measure.is_plain(run) && column + self.measure.width(run) + self.glue(run.last) <= WIDTH
    }

    /// The columns of the signs that stay on the line of a token: `,` and the like, a brace that opens.
    fn glue(&self, last: usize) -> usize {
        let mut columns = 0;
        for token in self.source.tokens.iter().skip(last + 1) {
            if is_glued(token) {
                columns += 1;
            } else {
                return columns + if token.is_sign("{") || token.is_sign("=") { 2 } else { 0 };
            }
        }
        columns
    }

    pub(super) fn is_sign(&self, part: &Part, sign: &str) -> bool {
        matches!(part, Part::Token(at) if self.source.tokens.get(*at).is_some_and(|token| token.is_sign(sign)))
    }

    pub(super) fn opens(&self, part: &Part) -> bool {
        self.is_sign(part, "{") || self.is_sign(part, "(")
    }

    pub(super) fn closes(&self, part: &Part) -> bool {
        self.is_sign(part, "}") || self.is_sign(part, ")")
    }
}

/// The tokens of parts that stand in a row.
pub(super) fn run(parts: &[Part]) -> Option<Run> {
    let (first, last) = (parts.first()?.first()?, parts.last()?.last()?);
    Some(Run { first, last })
}

fn is_word(parts: &[Part]) -> bool {
    run(parts).is_some_and(|run| run.first == run.last)
}
