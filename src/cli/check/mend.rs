//! `trialc check --fix`: makes the edits that messages are sure of.

use super::{Outcome, examine_bytes};
use crate::cli::exit::reason;
use crate::cli::input::Given;
use crate::cli::output;
use crate::cli::terminal::Terminal;
use crate::diagnostic::{Applicability, Edit, Fix};
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
    let mut accepted: Vec<&Edit> = Vec::new();
    let mut done = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for diagnostic in &outcome.found {
        let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fits(fix, file, &accepted)) else { continue };
        accepted.extend(&fix.edits);
        // The messages come in the order of the text, so each line break is counted once.
        let start = file.local(diagnostic.primary.span).start.max(counted);
        line += file.text.get(counted..start)?.matches('\n').count();
        counted = start;
        done.push(format!("{}:{line}: {}", file.path.display(), fix.title));
    }
    accepted.sort_by_key(|edit| edit.span);
    let mut text = String::with_capacity(file.text.len());
    let mut at = 0;
    for edit in accepted {
        let range = file.local(edit.span);
        text.push_str(file.text.get(at..range.start)?);
        text.push_str(&edit.replacement);
        at = range.end;
    }
    text.push_str(file.text.get(at..)?);
    (text != *file.text).then_some(Round { text, done })
}

/// The text that was given, among those that the check read. Libraries are never mended.
fn file_of<'a>(given: &Given, outcome: &'a Outcome) -> Option<&'a SourceFile> {
    let edits = outcome.found.iter().filter_map(|found| found.fix.as_ref()).flat_map(|fix| &fix.edits);
    edits.filter_map(|edit| outcome.sources.file_at(edit.span)).find(|file| file.path == given.path())
}

/// Whether a fix is sure, and all of its edits lie in the file, on whole characters, and apart from one another and from those before.
fn fits(fix: &Fix, file: &SourceFile, accepted: &[&Edit]) -> bool {
    let whole = file.span();
    let inside = |edit: &Edit| {
        edit.span.start >= whole.start && edit.span.end <= whole.end && file.text.get(file.local(edit.span)).is_some()
    };
    let apart = |a: &Edit, b: &Edit| a.span.end <= b.span.start && a.span != b.span && a.span.start != b.span.start;
    let free = |edit: &Edit| accepted.iter().all(|other| apart(edit, other) || apart(other, edit));
    let among =
        |(at, edit): (usize, &Edit)| fix.edits.iter().take(at).all(|other| apart(edit, other) || apart(other, edit));
    fix.applicability == Applicability::Sure
        && !fix.edits.is_empty()
        && fix.edits.iter().all(|edit| inside(edit) && free(edit))
        && fix.edits.iter().enumerate().all(among)
}
