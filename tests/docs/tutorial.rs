//! The tutorial, step by step: its files are written as a reader would write them, its commands are run.
//!
//! `trial file NAME` is a whole file, `trial add NAME` is added to it; with `error …` behind it check must find exactly
//! these errors, and the next step takes its place. A `console` block holds a command and all that it prints, first to
//! standard output, then to standard error. A `json` block is a part of what the last `compile` wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::markdown::{Block, blocks};

#[test]
fn every_step_does_what_it_says() {
    let desk = TempDir::new().unwrap();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for block in blocks("tutorial.md") {
        match block.language.as_str() {
            "trial" => write(&block, desk.path(), &mut files),
            "console" => assert_printed(&block, desk.path()),
            "json" => assert_compiled(&block, desk.path()),
            other => panic!("{}: a step is never `{other}`", block.place),
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
    assert!(printed == expected, "{}: `{call}` prints\n{printed}", block.place);
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
