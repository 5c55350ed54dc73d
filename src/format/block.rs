//! Statements: one a line, in blocks between braces.

use super::INDENT;
use super::comments::Gap;
use super::rules::{self, Inline, Statement};
use super::sentence::{Layout, run};
use super::source::{Node, Part};

/// Which line stands blank before a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// None: it is the first of its block.
    First,
    /// The one that the author left.
    Kept,
    /// One, left by the author or not.
    Blank,
}

impl Layout<'_> {
    /// Lays out a statement on a line of its own.
    pub(super) fn statement(&mut self, part: &Part, margin: usize, before: Before) {
        let Some(first) = part.first() else { return };
        self.line(first, margin, before);
        self.hang = margin + INDENT;
        let Part::Node(node) = part else { return self.part(part) };
        match rules::statement(node.rule) {
            Statement::Header => self.header(node),
            Statement::Block(inline) => self.block(node, inline),
            Statement::Example => self.example(node),
            Statement::Headed | Statement::Sentence => self.node(node),
        }
    }

    /// Begins a line for a token, below the comments that lead it.
    pub(super) fn line(&mut self, at: usize, margin: usize, before: Before) {
        self.page.newline(margin);
        let Some(token) = self.source.tokens.get(at) else { return };
        let gaps = token.leading.iter().map(|comment| comment.gap).chain([token.gap]);
        let left = gaps.clone().any(|gap| gap == Gap::BlankLine);
        let mut comments = token.leading.iter();
        for (place, gap) in gaps.enumerate() {
            let blank = match (place, before) {
                (0, Before::First) => false,
                (0, Before::Blank) => !left || gap == Gap::BlankLine,
                _ => gap == Gap::BlankLine,
            };
            if blank {
                self.page.blank();
            }
            if let Some(comment) = comments.next() {
                self.page.word(false, comment.text);
                self.page.newline(margin);
            }
        }
        self.arrived(at);
    }

    fn block(&mut self, node: &Node, inline: Inline) {
        let Some((head, statements, close)) = self.braces(&node.parts) else { return self.node(node) };
        if let Some(run) = run(&node.parts)
            && self.fits(run)
            && self.may_be_inline(statements, inline)
        {
            self.on_one_line(run);
            return;
        }
        let margin = self.page.margin();
        self.sentence(head);
        self.statements(statements, margin + INDENT);
        self.close(close, margin);
    }

    fn may_be_inline(&self, statements: &[Part], inline: Inline) -> bool {
        match (statements, inline) {
            ([], _) | (_, Inline::Fitting) => true,
            ([Part::Node(only)], Inline::Single) => {
                let first = only.parts.first().and_then(Part::first).and_then(|at| self.source.tokens.get(at));
                first.is_some_and(|token| token.gap == Gap::Blanks)
                    && !matches!(rules::statement(only.rule), Statement::Block(_))
            }
            (_, Inline::Never | Inline::Single) => false,
        }
    }

    fn statements(&mut self, statements: &[Part], margin: usize) {
        for (place, statement) in statements.iter().enumerate() {
            self.statement(statement, margin, if place == 0 { Before::First } else { Before::Kept });
        }
    }

    /// Closes a block, below the comments at its end.
    fn close(&mut self, close: &Part, margin: usize) {
        let Some(at) = close.first() else { return };
        if self.has_leading(at) {
            self.comments_at_end(at, margin + INDENT);
        }
        self.page.newline(margin);
        self.part(close);
    }

    /// Writes the comments before the token that ends a block, or the file.
    pub(super) fn comments_at_end(&mut self, at: usize, margin: usize) {
        let opened = at.checked_sub(1).and_then(|at| self.source.tokens.get(at)).is_some_and(|t| t.is_sign("{"));
        for (place, comment) in self.source.tokens.get(at).map(|token| &token.leading).into_iter().flatten().enumerate()
        {
            self.page.newline(margin);
            if comment.gap == Gap::BlankLine && !(opened && place == 0) {
                self.page.blank();
            }
            self.page.word(false, comment.text);
        }
        self.arrived(at);
    }

    /// `trial … { … }`: the values of its fields stand in one column.
    fn header(&mut self, node: &Node) {
        let Some((head, fields, close)) = self.braces(&node.parts) else { return self.node(node) };
        let margin = self.page.margin();
        self.sentence(head);
        let keys = fields.iter().filter_map(Part::first).filter_map(|at| self.source.tokens.get(at));
        let longest = keys.map(|key| key.text.chars().count()).max().unwrap_or_default();
        let column = margin + INDENT + longest + 1;
        for (place, field) in fields.iter().enumerate() {
            self.field(field, column, if place == 0 { Before::First } else { Before::Kept });
        }
        self.close(close, margin);
    }

    fn field(&mut self, field: &Part, column: usize, before: Before) {
        let Some(key) = field.first() else { return };
        self.line(key, INDENT, before);
        self.hang = column;
        self.token(key);
        self.page.pad(column - 1);
        if let Part::Node(field) = field
            && let [_, value @ ..] = field.parts.as_slice()
        {
            self.sentence(value);
        }
    }

    /// A patient's facts, on one line or each on its own, and below them what is expected.
    fn example(&mut self, node: &Node) {
        let Some((head, inside, close)) = self.braces(&node.parts) else { return self.node(node) };
        let margin = self.page.margin() + INDENT;
        self.sentence(head);
        let facts = inside.iter().rposition(|part| matches!(part, Part::Node(node) if rules::is_fact(node.rule)));
        let Some((facts, expectations)) = facts.and_then(|last| inside.split_at_checked(last + 1)) else { return };
        self.facts(facts, margin);
        for expectation in expectations {
            self.statement(expectation, margin, Before::Kept);
        }
        self.close(close, margin - INDENT);
    }

    fn facts(&mut self, parts: &[Part], margin: usize) {
        let (Some(run), [given, facts @ ..]) = (run(parts), parts) else { return };
        self.line(run.first, margin, Before::First);
        self.hang = margin + INDENT;
        if self.fits(run) {
            self.on_one_line(run);
            return;
        }
        self.part(given);
        self.page.newline(margin + INDENT);
        self.entries(facts);
    }

    /// The head of a block with its opening brace, what the braces hold, and the closing one.
    fn braces<'p>(&self, parts: &'p [Part]) -> Option<(&'p [Part], &'p [Part], &'p Part)> {
        let open = parts.iter().position(|part| self.is_sign(part, "{"))?;
        let (head, inside) = parts.split_at_checked(open + 1)?;
        let (close, inside) = inside.split_last()?;
        Some((head, inside, close))
    }
}
