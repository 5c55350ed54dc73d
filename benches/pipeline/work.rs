//! What is measured: the four things that are done with a text, each from the start.

use std::path::PathBuf;
use std::sync::Arc;

use pest::Parser;
use trialc::check::{Checked, Input, check};
use trialc::diagnostic::Diagnostics;
use trialc::emit;
use trialc::format::format;
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::syntax::grammar::{Grammar, Rule};
use trialc::world::NoFiles;

/// One thing to do with a text. It answers with a number that depends on all of the work, and `None` where the text is
/// not sound, since the figures of an unsound text would mean something else.
pub struct Work {
    pub name: &'static str,
    pub run: fn(&str) -> Option<usize>,
}

/// The measure of the others: the grammar's parser over the whole text, and nothing made of what it finds.
pub const PARSE: Work = Work { name: "parse", run: bare_parse };

/// All four.
pub const ALL: &[Work] = &[
    PARSE,
    Work { name: "check", run: whole_check },
    Work { name: "compile", run: compile },
    Work { name: "fmt", run: lay_out },
];

fn bare_parse(text: &str) -> Option<usize> {
    Grammar::parse(Rule::file, text).ok().map(|pairs| pairs.len())
}

fn whole_check(text: &str) -> Option<usize> {
    let (checked, found) = checked(text);
    checked.map(|_| found.len() + 1)
}

fn compile(text: &str) -> Option<usize> {
    let trial = lower(checked(text).0?);
    (emit::find("json")?.emit)(&trial).ok().map(|json| json.len())
}

fn lay_out(text: &str) -> Option<usize> {
    format(text).ok().map(|tidy| tidy.len())
}

/// A check as the command line does it: sources, names and members are all made anew.
pub fn checked(text: &str) -> (Option<Checked>, Diagnostics) {
    let mut sources = Sources::new();
    let input = Input { path: PathBuf::from("measured.trial"), text: Some(Arc::from(text)) };
    check(&NoFiles, &mut sources, input)
}
