//! The pest parser that the files in `grammar/` describe.

use pest_derive::Parser;

/// The one source of syntax: every text that this crate reads as `.trial` is read by these rules.
#[derive(Parser)]
#[grammar = "../grammar/file.pest"]
#[grammar = "../grammar/library.pest"]
#[grammar = "../grammar/header.pest"]
#[grammar = "../grammar/expression.pest"]
#[grammar = "../grammar/eligibility.pest"]
#[grammar = "../grammar/treatment.pest"]
#[grammar = "../grammar/schedule.pest"]
#[grammar = "../grammar/words.pest"]
pub struct Grammar;
