//! Lists and parentheses that do not fit on one line.
//!
//! Short words fill the lines between the braces; other entries get a line each. The closing bracket stands below the
//! line on which the opening one is.

use super::INDENT;
use super::measure::Run;
use super::sentence::{Layout, run};
use super::source::Part;

impl Layout<'_> {
    /// Lays out an opening bracket, what is inside, and the closing one.
    pub(super) fn bracket(&mut self, open: &Part, inside: &[Part], close: &Part) {
        let Some((first, last)) = open.first().zip(close.last()) else { return };
        self.arrive(first);
        let whole = Run { first, last };
        if self.fits(whole) {
            self.on_one_line(whole);
            return;
        }
        let (hang, margin) = (self.hang, self.page.margin());
        self.part(open);
        self.page.newline(margin + INDENT);
        if self.is_filled(whole, inside) {
            self.fill(inside);
        } else {
            self.entries(inside);
        }
        if self.has_leading(last) {
            self.page.newline(margin + INDENT);
            self.arrive(last);
        }
        self.page.newline(margin);
        self.hang = hang;
        self.part(close);
    }

    /// Whether all entries are short, and without comments.
    fn is_filled(&self, whole: Run, inside: &[Part]) -> bool {
        let short = |at: usize| self.source.tokens.get(at).is_some_and(|t| t.is_short() || t.is_sign(","));
        !self.measure.has_comments(whole) && run(inside).is_some_and(|inside| (inside.first..=inside.last).all(short))
    }

    fn fill(&mut self, inside: &[Part]) {
        let margin = self.page.margin();
        for entry in self.split(inside) {
            if run(entry).is_some_and(|run| !self.page.is_fresh() && !self.fits(run)) {
                self.page.newline(margin);
            }
            for part in entry {
                self.part(part);
            }
        }
    }

    /// Lays out entries, each on a line of its own, the first on the one that has been begun.
    pub(super) fn entries(&mut self, inside: &[Part]) {
        let margin = self.page.margin();
        for entry in self.split(inside) {
            self.page.newline(margin);
            self.hang = margin + INDENT;
            match entry {
                [entry @ .., comma] if self.is_sign(comma, ",") => {
                    self.entry(entry);
                    self.part(comma);
                }
                entry => self.entry(entry),
            }
        }
    }

    fn entry(&mut self, entry: &[Part]) {
        match entry {
            [Part::Node(node)] => self.node(node),
            entry => self.sentence(entry),
        }
    }

    /// The entries of a list, each with its comma.
    pub(super) fn split<'p>(&self, inside: &'p [Part]) -> Vec<&'p [Part]> {
        let mut entries = Vec::new();
        let mut begin = 0;
        for (at, part) in inside.iter().enumerate() {
            if self.is_sign(part, ",") {
                entries.extend(inside.get(begin..=at));
                begin = at + 1;
            }
        }
        entries.extend(inside.get(begin..).filter(|rest| !rest.is_empty()));
        entries
    }
}
