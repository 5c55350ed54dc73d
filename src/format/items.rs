//! A file: its items, from the margin, with a blank line between those of different kinds.

use super::block::Before;
use super::rules::{self, Family};
use super::sentence::Layout;
use super::source::{Part, Source};

/// Lays out a file.
pub(super) fn lay_out(source: &Source<'_>) -> String {
    let mut layout = Layout::new(source);
    let mut last = None;
    for item in &source.items {
        match item {
            Part::Node(node) => {
                let family = rules::family(node.rule);
                layout.statement(item, 0, before(last, family));
                last = Some(family);
            }
            Part::Token(end) => layout.comments_at_end(*end, 0),
        }
    }
    layout.page.finish()
}

fn before(last: Option<Family>, family: Family) -> Before {
    match last {
        None => Before::First,
        Some(last) if last == family && matches!(family, Family::Together(_)) => Before::Kept,
        Some(_) => Before::Blank,
    }
}
