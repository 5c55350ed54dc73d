//! How wide any run of tokens is on one line, and whether it can stand on one line at all, each in constant time.

use super::source::Token;

/// A run of tokens, by place: from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) last: usize,
}

/// Sums over all tokens before a place.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Columns up to the end of the token before, with the whole file on one line.
    columns: usize,
    /// The space that the token at this place has before it.
    space: usize,
    leading: usize,
    trailing: usize,
    labelled: usize,
}

/// The widths of a file's tokens.
#[derive(Debug)]
pub(super) struct Measure {
    sums: Vec<Sums>,
}

impl Measure {
    pub(super) fn of(tokens: &[Token<'_>]) -> Self {
        let mut sums = Vec::with_capacity(tokens.len() + 1);
        let mut sum = Sums::default();
        let mut before = None;
        for token in tokens {
            sum.space = usize::from(!token.optional && is_spaced(before, token));
            sums.push(sum);
            let width = if token.optional { 0 } else { token.text.chars().count() };
            sum.columns += sum.space + width;
            sum.leading += token.leading.len();
            sum.trailing += usize::from(token.trailing.is_some());
            sum.labelled += usize::from(token.labelled);
            before = Some(token);
        }
        sum.space = 0;
        sums.push(sum);
        Self { sums }
    }

    /// The columns that a run takes on one line, from its first character to its last.
    pub(super) fn width(&self, run: Run) -> usize {
        let first = self.at(run.first);
        self.at(run.last + 1).columns.saturating_sub(first.columns + first.space)
    }

    /// Whether nothing in a run asks for a line of its own. What stands before it and after it does not count.
    pub(super) fn is_plain(&self, run: Run) -> bool {
        !self.has_comments(run) && self.at(run.last + 1).labelled == self.at(run.first).labelled
    }

    /// Whether a comment stands between two tokens of a run.
    pub(super) fn has_comments(&self, run: Run) -> bool {
        self.at(run.last + 1).leading > self.at(run.first + 1).leading
            || self.at(run.last).trailing > self.at(run.first).trailing
    }

    fn at(&self, place: usize) -> Sums {
        self.sums.get(place).or(self.sums.last()).copied().unwrap_or_default()
    }
}

/// Whether a space stands between two tokens on one line.
pub(super) fn is_spaced(before: Option<&Token<'_>>, token: &Token<'_>) -> bool {
    before.is_some_and(|before| !before.is_sign("(")) && !is_glued(token)
}

/// Whether a token stands close to the one before it.
pub(super) fn is_glued(token: &Token<'_>) -> bool {
    token.rule.is_none() && matches!(&*token.text, "," | ":" | ")")
}
