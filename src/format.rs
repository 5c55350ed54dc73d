//! Lays out a `.trial` file in the one style of the language.
//!
//! The text is read into words and their nesting (`source`), with every comment held by the word it stands beside
//! (`comments`). `items` lays out what stands on lines of its own, `sentence` what is written in a row and wraps; both
//! write on a `page`. The result is read again and held against the original (`compare`) before anyone sees it.
//!
//! The layout depends on the words, on which word holds which comment, and on three choices of the author: a blank line
//! between statements, one between items of a kind, and a block of a single statement that was written on one line.
//! The result has the same three, so that formatting it again changes nothing.

mod block;
mod bracket;
mod comments;
mod compare;
mod items;
mod measure;
mod page;
mod rules;
mod sentence;
mod source;

use std::fmt;

use pest::Parser;
use pest::iterators::Pairs;

use crate::syntax::grammar::{Grammar, Rule};

/// How many columns a line may have.
const WIDTH: usize = 118;
/// How many spaces a level of nesting is indented by.
const INDENT: usize = 2;
/// How deep brackets may nest: far more than a protocol needs, far less than the stack holds.
const DEPTH: usize = 256;

/// Why a text was not formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatError {
    /// The text does not parse, so that there is nothing to lay out.
    Syntax,
    /// The result would not mean the same as the text: a fault of ours.
    Changed {
        /// Where in the text the two first differ, in bytes.
        offset: usize,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => write!(f, "the text does not parse, so it is left as it is"),
            Self::Changed { offset } => {
                write!(f, "formatting would change what is said at byte {offset}; the text is left as it is")
            }
        }
    }
}

impl std::error::Error for FormatError {}

/// Room for the deepest text that is formatted, on any thread.
const STACK: usize = 64 * 1024 * 1024;

/// Formats one file's text.
///
/// # Errors
///
/// [`FormatError::Syntax`] where the text does not parse, [`FormatError::Changed`] where the result would not have the
/// same tree and the same comments.
pub fn format(text: &str) -> Result<String, FormatError> {
    stacker::grow(STACK, || format_here(text))
}

fn format_here(text: &str) -> Result<String, FormatError> {
    let before = parse(text).ok_or(FormatError::Syntax)?;
    let source = source::read(text, before.clone());
    let result = items::lay_out(&source);
    let after = parse(&result).ok_or(FormatError::Changed { offset: 0 })?;
    match compare::first_difference((text, before), (&result, after)) {
        None => Ok(result),
        Some(offset) => Err(FormatError::Changed { offset }),
    }
}

fn parse(text: &str) -> Option<Pairs<'_, Rule>> {
    if nesting(text) > DEPTH {
        return None;
    }
    Grammar::parse(Rule::file, text).ok()
}

/// How deep the brackets nest, found without the parser, whose stack it protects. Those in units count too.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut scan = text.chars().peekable();
    while let Some(c) = scan.next() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            '"' => skip_string(&mut scan),
            '/' if scan.peek() == Some(&'/') => while scan.next().is_some_and(|c| c != '\n') {},
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn skip_string(scan: &mut impl Iterator<Item = char>) {
    while let Some(c) = scan.next() {
        match c {
            '"' => return,
            '\\' => drop(scan.next()),
            _ => {}
        }
    }
}
