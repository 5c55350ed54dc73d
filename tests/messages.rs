//! What newcomers write, and all that `check` says of it: one line for each message, with its help and its fix.
//!
//! Each file in `tests/messages/` is a protocol with mistakes; what is said of it stands beside it, to be read. A mistake
//! has one message.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by failing")]

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use trialc::check::{Input, check};
use trialc::diagnostic::{Applicability, Diagnostic};
use trialc::source::Sources;
use trialc::world::World;

/// Nothing but the file itself.
struct Alone;

impl World for Alone {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::NotFound, "it is not there"))
    }
}

#[test]
fn what_is_said_of_each_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "trial"));
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let mut sources = Sources::new();
        let input = Input { path: "protocol.trial".into(), text: Some(Arc::from(text.as_str())) };
        let found = check(&Alone, &mut sources, input).1;
        let said: String = found.iter().map(|one| told(one, &text, &sources)).collect();
        insta::with_settings!({
            snapshot_path => "messages",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), said);
        });
    }
}

/// The line it is about, the message, what to do, and the line as the fix leaves it.
fn told(one: &Diagnostic, text: &str, sources: &Sources) -> String {
    let file = sources.file_at(one.primary.span).unwrap();
    let start = file.local(one.primary.span).start;
    let number = text.get(..start).unwrap().matches('\n').count() + 1;
    let mut said = format!("{number}: {} {}\n", one.code, one.message);
    if let Some(help) = &one.help {
        writeln!(said, "      {}", help.replace('\n', " ")).unwrap();
    }
    if let Some(fix) = &one.fix {
        let mut edits: Vec<_> = fix.edits.iter().collect();
        edits.sort_by_key(|edit| edit.span);
        let mut mended = text.to_owned();
        for edit in edits.iter().rev() {
            mended.replace_range(file.local(edit.span), &edit.replacement);
        }
        let sure = if fix.applicability == Applicability::Sure { "fix" } else { "perhaps" };
        let line = mended.lines().nth(number - 1).unwrap_or("");
        writeln!(said, "      {sure}: {}", line.trim()).unwrap();
    }
    said
}
