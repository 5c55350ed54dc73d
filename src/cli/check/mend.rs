//! `trialc check --fix`: makes the edits that messages are sure of.

use std::collections::BTreeMap;

use super::{Outcome, examine_bytes};
use crate::cli::exit::reason;
use crate::cli::input::Given;
use crate::cli::output;
use crate::cli::terminal::Terminal;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix};
use crate::source::SourceFile;

/// A fix may bring another fault to light, and of names that belong into one `use` a round brings in one; after so many
/// rounds the rest is left to the author.
const ROUNDS: usize = 40;

/// Checks one file, mends it, and gives what is left. The error is a message for the user.
pub(super) fn file(given: &Given, terminal: &Terminal) -> Result<Outcome, String> {
    let bytes = given.read()?;
    let mut outcome = examine_bytes(given, bytes);
    let mut done: Vec<String> = Vec::new();
    let mut mended = None;
    for _ in 0..ROUNDS {
        let Some(round) = mend(given, &outcome) else { break };
        done.extend(round.done);
        outcome = examine_bytes(given, round.text.clone().into_bytes());
        mended = Some(round.text);
    }
    if let Some(text) = mended {
        output::replace(given.path(), text.as_bytes())
            .map_err(|error| format!("cannot write {}: {}", given.path().display(), reason(&error)))?;
    }
    for line in done {
        terminal.remark(&format!("fixed {line}"));
    }
    Ok(outcome)
}

struct Round {
    text: String,
    /// `file:line: what was done`
    done: Vec<String>,
}

/// One round: all sure fixes that do not meet one another. `None` if there are none.
fn mend(given: &Given, outcome: &Outcome) -> Option<Round> {
    let file = file_of(given, outcome)?;
    let mut accepted = Accepted::default();
    let mut done = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for diagnostic in &outcome.found {
        let Some(fix) = sure(diagnostic).filter(|fix| accepted.take(fix, file)) else { continue };
        // The messages come in the order of the text, so each line break is counted once.
        let start = file.local(diagnostic.primary.span).start.max(counted);
        line += file.text.get(counted..start)?.matches('\n').count();
        counted = start;
        done.push(format!("{}:{line}: {}", file.path.display(), fix.title));
    }
    let mut text = String::with_capacity(file.text.len());
    let mut at = 0;
    for edit in accepted.0.into_values() {
        let range = file.local(edit.span);
        text.push_str(file.text.get(at..range.start)?);
        text.push_str(&edit.replacement);
        at = range.end;
    }
    text.push_str(file.text.get(at..)?);
    (text != *file.text).then_some(Round { text, done })
}

/// The fix of a message, if it is no guess.
fn sure(diagnostic: &Diagnostic) -> Option<&Fix> {
    diagnostic.fix.as_ref().filter(|fix| fix.applicability == Applicability::Sure)
}

/// The text that was given, among those that the check read. Libraries are never mended.
fn file_of<'a>(given: &Given, outcome: &'a Outcome) -> Option<&'a SourceFile> {
    let edits = outcome.found.iter().filter_map(|found| found.fix.as_ref()).flat_map(|fix| &fix.edits);
    edits.filter_map(|edit| outcome.sources.file_at(edit.span)).find(|file| file.path == given.path())
}

/// The edits of one round by where they begin. No two of them meet.
#[derive(Default)]
struct Accepted<'a>(BTreeMap<u32, &'a Edit>);

impl<'a> Accepted<'a> {
    /// Takes all edits of a fix, or none where one of them does not fit.
    fn take(&mut self, fix: &'a Fix, file: &SourceFile) -> bool {
        let fitting = fix.edits.iter().take_while(|edit| self.insert(edit, file)).count();
        if fitting == fix.edits.len() {
            return fitting > 0;
        }
        for edit in fix.edits.iter().take(fitting) {
            self.0.remove(&edit.span.start);
        }
        false
    }

    /// Takes an edit that lies in the file, on whole characters, and apart from all others.
    fn insert(&mut self, edit: &'a Edit, file: &SourceFile) -> bool {
        let (whole, span) = (file.span(), edit.span);
        let inside = span.start >= whole.start && span.end <= whole.end && file.text.get(file.local(span)).is_some();
        let before = self.0.range(..span.start).next_back();
        let behind = self.0.range(span.start..).next();
        let free = before.is_none_or(|(_, other)| other.span.end <= span.start)
            && behind.is_none_or(|(start, _)| *start > span.start && *start >= span.end);
        if inside && free {
            self.0.insert(span.start, edit);
        }
        inside && free
    }
}
