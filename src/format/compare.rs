//! Whether two texts say the same: the same rules over the same words, the same signs between them, the same comments.
//!
//! This reads the parser's own pairs, not what the formatter made of them, so that it also finds what was lost there.

use pest::iterators::Pairs;

use super::comments::{Found, scan};
use super::rules;
use super::source::comparison;
use crate::syntax::grammar::Rule;

/// What a text says, piece by piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// A rule with parts.
    Rule(Rule),
    /// A leaf, and its text.
    Leaf(Rule, &'a str),
    /// A sign between leaves.
    Sign(&'a str),
}

/// Pieces, each with its offset.
type Pieces<T> = Vec<(usize, T)>;

/// Where in the first text something stands that the second says otherwise, in bytes.
pub(super) fn first_difference<'a>(
    before: (&'a str, Pairs<'a, Rule>),
    after: (&'a str, Pairs<'a, Rule>),
) -> Option<usize> {
    let end = before.0.len();
    let (before, after) = (pieces(before), pieces(after));
    differ(&before.0, &after.0, end).or_else(|| differ(&before.1, &after.1, end))
}

fn differ<T: PartialEq>(before: &Pieces<T>, after: &Pieces<T>, end: usize) -> Option<usize> {
    let differs = before.iter().zip(after).find(|(before, after)| before.1 != after.1);
    let longer = || (before.len() != after.len()).then(|| before.get(after.len()).map_or(end, |piece| piece.0));
    differs.map(|(before, _)| before.0).or_else(longer)
}

/// The pieces of a text and, apart from them, its comments.
fn pieces<'a>((text, pairs): (&'a str, Pairs<'a, Rule>)) -> (Pieces<Piece<'a>>, Pieces<&'a str>) {
    let (mut said, mut comments) = (Vec::new(), Vec::new());
    let mut leaf_end = 0;
    for pair in pairs.flatten() {
        let (rule, span) = (pair.as_rule(), pair.as_span());
        if pair.clone().into_inner().next().is_some() || rules::is_hollow(rule) {
            said.push((span.start(), Piece::Rule(rule)));
            continue;
        }
        gap(text, leaf_end, span.start(), &mut said, &mut comments);
        leaf_end = span.end();
        if rules::is_expect(rule) {
            drop_comma(&mut said);
        }
        let leaf = if rules::is_comparison(rule) { comparison(pair.as_str()) } else { pair.as_str() };
        said.push((span.start(), Piece::Leaf(rule, leaf)));
    }
    (said, comments)
}

/// Reads the gap between two leaves. A comma before a closing bracket or before what is expected says nothing.
fn gap<'a>(text: &'a str, start: usize, end: usize, said: &mut Pieces<Piece<'a>>, comments: &mut Pieces<&'a str>) {
    for found in scan(text.get(start..end).unwrap_or_default()) {
        match found {
            Found::Newline => {}
            Found::Comment(comment) => comments.push((start, comment)),
            Found::Sign(sign, at) => {
                if matches!(sign, "}" | ")") {
                    drop_comma(said);
                }
                said.push((start + at, Piece::Sign(sign)));
            }
        }
    }
}

fn drop_comma(said: &mut Pieces<Piece<'_>>) {
    said.pop_if(|(_, last)| *last == Piece::Sign(","));
}

#[cfg(test)]
mod tests {
    use super::first_difference;
    use crate::format::parse;

    fn difference(before: &str, after: &str) -> Option<usize> {
        first_difference((before, parse(before).unwrap()), (after, parse(after).unwrap()))
    }

    #[test]
    fn layout_and_spelling_do_not_differ() {
        for (before, after) in [
            ("define a=b≥3mg", "define a =\n  b >= 3 mg\n"),
            ("set a { b, c }", "set a {\n  b,\n  c,\n}"),
            ("set a { } // b", "set a { }   // b"),
            ("example \"a\" { given b is c, expect eligible }", "example \"a\" { given b is c expect eligible }"),
        ] {
            assert_eq!(difference(before, after), None, "{before}");
        }
    }

    #[test]
    fn what_is_said_differs_where_it_is_said() {
        for (before, after, offset) in [
            ("define a = b >= 3", "define a = b > 3", 13),
            ("define a = b", "define a = b define c = d", 12),
            ("define a = b // c", "define a = b", 12),
            ("define a = b // c", "define a = b // d", 12),
            (
                "example \"a\" { given b = < 3 mg expect eligible }",
                "example \"a\" { given b = 3 mg expect eligible }",
                24,
            ),
            ("define a = (b and c) or d", "define a = b and (c or d)", 11),
        ] {
            assert_eq!(difference(before, after), Some(offset), "{before}");
        }
    }
}
