//! From text to the tree of what was written.
//!
//! The text is first cut into items and statements ([`outline`]), each of which is then parsed by itself with the rules of
//! the grammar ([`grammar`]) and turned into a node (`build`). So a broken statement hides no other one, and the parser's
//! memory is that of one statement, whatever the size of the file.

mod brackets;
mod build;
mod error;
pub mod grammar;
mod habits;
pub mod outline;
mod parse;
mod recover;
mod rest;
pub mod tokens;

pub use error::{is_reserved, reserved_words};
pub use parse::{Parsed, build_library_item, parse};
