//! The documents say what is true: every snippet in them is checked as its info string says, every command of the tutorial
//! and of the page on screening prints what stands behind it, and every link leads somewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::type_complexity,
    clippy::format_push_string,
    reason = "a test says what is wrong by failing"
)]

mod links;
mod markdown;
mod snippets;
mod steps;
