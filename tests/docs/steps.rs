//! The tutorial, the pages on screening and on dose calendars and the README, step by step: their files are written as a reader would write them,
//! their commands are run.
//!
//! `trial file NAME` is a whole file, `trial add NAME` is added to it; with `error …` behind it check must find exactly
//! these errors, and the next step takes its place. `ndjson file NAME`, `csv file NAME` are files as well. A `console` block
//! holds a command and all that it prints, first to standard output, then to standard error; one hash of a protocol is as
//! good as another. A `json` block is a part of what the last `compile` wrote, `json from COMMAND` a part of what that prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::markdown::{Block, blocks};

#[test]
fn every_step_of_the_tutorial_does_what_it_says() {
    follow(&blocks("tutorial.md"));
}

#[test]
fn every_step_of_screening_does_what_it_says() {
    follow(&blocks("screening.md"));
}

#[test]
fn every_step_of_schedules_does_what_it_says() {
    follow(&blocks("schedule.md"));
}

#[test]
fn every_step_of_visits_does_what_it_says() {
    follow(&blocks("visits.md"));
}

#[test]
fn every_step_of_outcomes_does_what_it_says() {
    follow(&blocks("assess.md"));
}

/// Of the README its first protocol, its patient and what is said about them; its other blocks are looked at elsewhere.
#[test]
fn the_readme_screens_as_it_says() {
    let named = |language: &str, name: &str| {
        let mut block = blocks("../README.md").into_iter().find(|block| block.language == language).unwrap();
        block.words = vec!["file".to_owned(), name.to_owned()];
        block
    };
    let patient = Block { language: "ndjson".to_owned(), ..named("json", "patient.json") };
    follow(&[named("trial", "study.trial"), patient, named("console", "")]);
}

fn follow(blocks: &[Block]) {
    let desk = TempDir::new().unwrap();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for block in blocks {
        match (block.language.as_str(), block.words.first().map(String::as_str)) {
            ("trial", _) => write(block, desk.path(), &mut files),
            ("console", _) => assert_printed(block, desk.path()),
            ("json", Some("from")) => assert_from(block, desk.path()),
            ("json", _) => assert_compiled(block, desk.path()),
            ("ndjson" | "csv", Some("file")) => fs::write(desk.path().join(&block.words[1]), &block.text).unwrap(),
            (other, _) => panic!("{}: a step is never `{other}`", block.place),
        }
    }
}

fn trialc(folder: &Path, arguments: &str) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
    command.current_dir(folder).args(arguments.split_whitespace());
    for name in ["CLICOLOR", "CLICOLOR_FORCE", "NO_GRAPHICS", "LC_ALL", "LC_CTYPE", "LANG", "TERM", "COLUMNS"] {
        command.env_remove(name);
    }
    let done = command.env("NO_COLOR", "1").output().unwrap();
    (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
}

/// Writes a step into its file, and keeps it there if it is right.
fn write(block: &Block, folder: &Path, files: &mut BTreeMap<String, String>) {
    let [mode, name, ..] = block.words.as_slice() else { panic!("{}: which file?", block.place) };
    let text = match mode.as_str() {
        "file" => block.text.clone(),
        "add" => format!("{}\n{}", files[name], block.text),
        other => panic!("{}: a file is never `{other}`", block.place),
    };
    fs::write(folder.join(name), &text).unwrap();
    let (output, _) = trialc(folder, &format!("check --format json {name}"));
    let messages = output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let errors: BTreeSet<String> = messages
        .filter(|found| found["severity"] == "error")
        .map(|found| found["code"].as_str().unwrap().to_owned())
        .collect();
    assert!(errors.iter().eq(block.codes("error").iter()), "{}: check finds {errors:?}", block.place);
    if errors.is_empty() {
        files.insert(name.clone(), text);
    }
}

fn assert_printed(block: &Block, folder: &Path) {
    let (call, expected) = block.text.split_once('\n').unwrap();
    let arguments = call.strip_prefix("$ trialc ").unwrap_or_else(|| panic!("{}: no command", block.place));
    let (output, errors) = trialc(folder, arguments);
    let mut printed = output.trim_end_matches('\n').to_owned();
    if !printed.is_empty() {
        printed.push('\n');
    }
    printed.push_str(&errors);
    assert!(without_hashes(&printed) == without_hashes(expected), "{}: `{call}` prints\n{printed}", block.place);
}

/// A change to the compiled form changes the hash of every protocol, and nothing that a reader could see.
fn without_hashes(text: &str) -> String {
    let is_hash = |word: &str| matches!(word.len(), 12 | 64) && word.bytes().all(|b| b.is_ascii_hexdigit());
    let ends = |c: char| !c.is_ascii_alphanumeric();
    text.split_inclusive(ends).map(|word| if is_hash(word.trim_end_matches(ends)) { "#" } else { word }).collect()
}

fn assert_from(block: &Block, folder: &Path) {
    let part: Value = serde_json::from_str(&block.text).unwrap();
    let (output, errors) = trialc(folder, &block.words[1..].join(" "));
    let printed = serde_json::Deserializer::from_str(&output).into_iter::<Value>();
    assert!(printed.flatten().any(|whole| holds(&whole, &part)), "{}: no part of\n{output}{errors}", block.place);
}

fn assert_compiled(block: &Block, folder: &Path) {
    let part: Value = serde_json::from_str(&block.text).unwrap();
    let compiled = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "json"));
    let whole: Value = serde_json::from_slice(&fs::read(compiled.expect("a compiled protocol")).unwrap()).unwrap();
    assert!(holds(&whole, &part), "{}: no part of the compiled protocol", block.place);
}

fn holds(whole: &Value, part: &Value) -> bool {
    whole == part
        || match whole {
            Value::Array(values) => values.iter().any(|value| holds(value, part)),
            Value::Object(fields) => fields.values().any(|value| holds(value, part)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}
