//! `docs/seeds.md` against `protocols/`: every statement of the five records is carried, where the table says it is.
//!
//! Lines move when a protocol is edited. `UPDATE_SEEDS=1 cargo test --test seeds` writes them anew from the fragments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy.toml allows them in test functions; here all of the file is a test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use trialc::check::{Input, check};
use trialc::source::Sources;
use trialc::world::FileSystem;

/// The records in the order of the table, and how many statements each has.
const RECORDS: &[(&str, usize)] =
    &[("basiliximab_cadm", 14), ("il2_dm", 13), ("tocilizumab_mda5", 13), ("abatacept_dm", 7), ("il2_iim", 14)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> PathBuf {
    root().join("docs/seeds.md")
}

fn protocol(name: &str) -> Option<String> {
    fs::read_to_string(root().join("protocols").join(name)).ok()
}

/// A place of the table: a file, the lines as written, a fragment of the first of them.
struct Place<'t> {
    file: &'t str,
    lines: &'t str,
    fragment: &'t str,
}

impl<'t> Place<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (place, fragment) = text.strip_prefix('`')?.strip_suffix('`')?.split_once("` `")?;
        let (file, lines) = place.split_once(':')?;
        Some(Self { file, lines, fragment })
    }

    /// The lines on which its statement stands now.
    fn found(&self, text: &str) -> Result<String, String> {
        let lines: Vec<&str> = text.lines().collect();
        let holds = |line: &&str| one_blank(line).contains(self.fragment);
        let hits: Vec<usize> = (0..lines.len()).filter(|&number| holds(&lines[number])).collect();
        let [first] = hits[..] else {
            return Err(format!("{}: `{}` stands on {} lines, not on one", self.file, self.fragment, hits.len()));
        };
        let last = last_line(&lines, first);
        Ok(if first == last { format!("{}", first + 1) } else { format!("{}-{}", first + 1, last + 1) })
    }
}

/// A run of blanks counts as one.
fn one_blank(line: &str) -> String {
    let mut result = String::new();
    for c in line.chars().map(|c| if c == '\t' { ' ' } else { c }) {
        if c != ' ' || !result.ends_with(' ') {
            result.push(c);
        }
    }
    result
}

/// The last line of the statement that begins on line `first`: all that is indented more, and the brace that closes it.
/// Comments and blank lines at its end are no part of it.
fn last_line(lines: &[&str], first: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut last = first;
    for (number, line) in lines.iter().enumerate().skip(first + 1) {
        let text = line.trim_start();
        if text.is_empty() || text.starts_with("//") {
            continue;
        }
        let closes = indent(line) == indent(lines[first]) && text.starts_with('}');
        if indent(line) <= indent(lines[first]) && !closes {
            break;
        }
        last = number;
    }
    last
}

/// The rows of one record's table, cell by cell.
fn rows(section: &str) -> Vec<Vec<&str>> {
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The part of the table that is about each record, by its protocol's name.
fn sections(table: &str) -> Vec<(&str, &str)> {
    let sections = table.split("\n## ").skip(1);
    sections.map(|section| (section.split('`').nth(1).unwrap().trim_end_matches(".trial"), section)).collect()
}

#[test]
fn every_statement_of_a_record_has_a_row() {
    let table = fs::read_to_string(table()).unwrap();
    let sections = sections(&table);
    let names: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, RECORDS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for ((name, section), (_, count)) in sections.into_iter().zip(RECORDS) {
        let rows = rows(section);
        let numbers: Vec<usize> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
        assert_eq!(numbers, (1..=*count).collect::<Vec<_>>(), "{name}");
        for row in rows {
            let [number, how, places, remark] = row[..] else {
                panic!("{name}: a row without its four cells: {row:?}")
            };
            let known = how.split([' ', '/', '+']).filter(|word| !word.is_empty()).all(|word| "CJS?".contains(word));
            assert!(known && !how.is_empty(), "{name} {number}: `{how}` is no way to carry a statement");
            assert!(!places.is_empty(), "{name} {number}: carried nowhere");
            assert!(
                !how.contains('?') || !remark.is_empty(),
                "{name} {number}: ambiguous, and no remark says how it is read"
            );
        }
    }
}

#[test]
fn every_place_holds_its_fragment() {
    let table_text = fs::read_to_string(table()).unwrap();
    let (mut faults, mut renewed, mut texts) = (Vec::new(), table_text.clone(), BTreeMap::new());
    for (name, section) in sections(&table_text) {
        for row in rows(section) {
            for written in row[2].split("<br>") {
                let Some(place) = Place::read(written) else {
                    faults.push(format!("{name} {}: {written} is not a place", row[0]));
                    continue;
                };
                assert_eq!(place.file, format!("{name}.trial"), "the place lies in the record's own protocol");
                let text = texts.entry(place.file).or_insert_with(|| protocol(place.file).unwrap());
                match place.found(text) {
                    Ok(lines) if lines == place.lines => {}
                    Ok(lines) => {
                        faults.push(format!(
                            "{}: `{}` stands at {lines}, not {}",
                            place.file, place.fragment, place.lines
                        ));
                        let right = format!("`{}:{lines}` `{}`", place.file, place.fragment);
                        renewed = renewed.replace(written, &right);
                    }
                    Err(fault) => faults.push(fault),
                }
            }
        }
    }
    if std::env::var_os("UPDATE_SEEDS").is_some() {
        fs::write(table(), &renewed).unwrap();
        faults.retain(|fault| !fault.contains("` stands at "));
    }
    assert!(faults.is_empty(), "{}\nUPDATE_SEEDS=1 cargo test --test seeds renews the lines", faults.join("\n"));
}

#[test]
fn every_record_has_its_protocol() {
    for (name, _) in RECORDS {
        let path = root().join("protocols").join(format!("{name}.trial"));
        let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path, text: None });
        assert!(checked.is_some(), "{name} has errors");
    }
}
