//! The page of every code: its wrong program gives just that message, and its right one does not.
//!
//! A page's programs are fences in two sections. A fence that begins with `// file: NAME` is a library beside the others'
//! program. The examples of a program without errors are run, as `trialc test` does. What each wrong program looks like in a
//! terminal is kept in `tests/codes/`, to be read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test says what is wrong by failing"
)]

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use trialc::check::{Input, check};
use trialc::diagnostic::code::{ALL, Code};
use trialc::diagnostic::render::{Characters, Color, Format, Look, Renderer};
use trialc::diagnostic::{Diagnostic, Severity};
use trialc::examples;
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::world::World;

/// Codes that no program shows: their files are too large to print, or no text.
const DESCRIBED: &[&str] = &["F002", "S007"];

/// The programs of a section, by file name; the first of them is the protocol.
struct Programs<'p> {
    protocol: &'p str,
    libraries: BTreeMap<&'p str, &'p str>,
}

impl World for Programs<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = path.to_str().and_then(|name| self.libraries.get(name));
        text.map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not there"))
    }
}

impl<'p> Programs<'p> {
    fn of(section: &'p str) -> Option<Self> {
        let fences = section.split("```").skip(1).step_by(2);
        let programs = fences.filter_map(|fence| fence.strip_prefix("trial\n"));
        let (libraries, protocols): (Vec<_>, Vec<_>) = programs.partition(|text| text.starts_with("// file: "));
        let [protocol] = protocols[..] else { return None };
        let named = |text: &'p str| (text.lines().next().unwrap().trim_start_matches("// file: "), text);
        Some(Self { protocol, libraries: libraries.into_iter().map(named).collect() })
    }

    fn check(&self, sources: &mut Sources) -> Vec<Diagnostic> {
        let input = Input { path: "protocol.trial".into(), text: Some(Arc::from(self.protocol)) };
        let (checked, found) = check(self, sources, input);
        let mut found: Vec<Diagnostic> = found.into_iter().collect();
        if let Some(checked) = checked {
            found.extend(examples::run(&lower(checked)).failures.into_iter().map(|failure| failure.diagnostic));
        }
        found
    }
}

/// What stands between a heading and the next one.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_default();
    rest.split("\n## ").next().unwrap_or_default()
}

fn faults(found: &[Diagnostic], code: &Code) -> Vec<String> {
    let counts = |one: &&Diagnostic| one.severity() == Severity::Error || one.code == code;
    found.iter().filter(counts).map(|one| format!("{}: {}", one.code, one.message)).collect()
}

#[test]
fn every_page_explains_its_code() {
    for code in ALL {
        let heading = format!("# {}: {}\n", code.id, code.title);
        assert!(code.page.starts_with(&heading), "{} does not begin with {heading}", code.id);
        let prose = code.page.split("\n## ").next().unwrap().trim_start_matches(&heading);
        assert!(prose.split_whitespace().count() >= 20, "{} says too little", code.id);
        let described = section(code.page, "Wrong").contains("```text\n");
        assert_eq!(described, DESCRIBED.contains(&code.id), "{}", code.id);
    }
}

#[test]
fn every_wrong_program_gives_its_code_alone() {
    let mut failures = Vec::new();
    for code in ALL.iter().filter(|code| !DESCRIBED.contains(&code.id)) {
        let Some(programs) = Programs::of(section(code.page, "Wrong")) else {
            failures.push(format!("{}: no wrong program", code.id));
            continue;
        };
        let mut sources = Sources::new();
        let found = programs.check(&mut sources);
        let faults = faults(&found, code);
        if faults.len() != 1 || !faults[0].starts_with(code.id) {
            failures.push(format!("{}: the wrong program gives {faults:#?}", code.id));
        }
        snapshot(code, &found, &sources);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The message as it is drawn in a terminal.
fn snapshot(code: &Code, found: &[Diagnostic], sources: &Sources) {
    let look = Look { color: Color::None, characters: Characters::Unicode, width: 100 };
    let mut renderer = Renderer::new(sources, Format::Human, look);
    let drawn: String = found.iter().filter(|one| one.code == code).map(|one| renderer.render(one)).collect();
    insta::with_settings!({
        snapshot_path => "codes",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(code.id, drawn);
    });
}

#[test]
fn every_right_program_is_sound() {
    let mut failures = Vec::new();
    for code in ALL {
        let Some(programs) = Programs::of(section(code.page, "Right")) else {
            failures.push(format!("{}: no right program", code.id));
            continue;
        };
        let faults = faults(&programs.check(&mut Sources::new()), code);
        if !faults.is_empty() {
            failures.push(format!("{}: the right program gives {faults:#?}", code.id));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
