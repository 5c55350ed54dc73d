//! What the language means, pinned by small protocols whose examples were worked out by hand from `docs/language.md`; the
//! working stands beside each. What an example cannot say (conflicts, half-known dates, site ranges) is asked of charts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use trialc::chart::Chart;
use trialc::check::{Input, check};
use trialc::diagnostic::Severity;
use trialc::evaluate::screen;
use trialc::examples;
use trialc::ir::{State, Trial};
use trialc::lower::lower;
use trialc::record::{Reader, Site};
use trialc::screening::read_ranges;
use trialc::source::Sources;
use trialc::world::NoFiles;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semantics")
}

fn compiled(path: &Path) -> Trial {
    let text = fs::read_to_string(path).unwrap();
    let mut sources = Sources::new();
    let (checked, found) =
        check(&NoFiles, &mut sources, Input { path: path.to_owned(), text: Some(Arc::from(text.as_str())) });
    let errors: Vec<&str> =
        found.iter().filter(|found| found.severity() == Severity::Error).map(|found| found.message.as_str()).collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    lower(checked.unwrap())
}

#[test]
fn every_example_comes_true() {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "trial"));
    paths.sort();
    let (mut failures, mut expectations) = (Vec::new(), 0);
    for path in paths {
        let outcome = examples::run(&compiled(&path));
        expectations += outcome.expectations - outcome.left_out;
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        failures.extend(outcome.failures.into_iter().map(|failure| {
            format!("{file}, \"{}\": {}\n{}", failure.example, failure.diagnostic.message, failure.reasons)
        }));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(expectations > 1_000, "only {expectations} expectations were run");
}

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    working: String,
    protocol: String,
    expect: BTreeMap<String, State>,
    /// Read apart: a chart keeps the digits of its numbers.
    chart: Box<serde_json::value::RawValue>,
}

#[test]
fn every_chart_is_judged_as_worked_out() {
    let text = fs::read_to_string(folder().join("charts.cases.ndjson")).unwrap();
    let mut failures = Vec::new();
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let trial = compiled(&folder().join(&case.protocol));
        let ranges = read_ranges(File::open(folder().join("ranges.csv")).unwrap(), &trial).unwrap();
        let reader = Reader::new(&trial, Site { ranges, ..Site::default() });
        let chart: Chart = serde_json::from_str(case.chart.get()).unwrap();
        let record = reader.record(&chart);
        let report = screen(&reader, &record);
        for (name, wanted) in &case.expect {
            let found = report.rulings.iter().find(|ruling| ruling.name.as_str() == name).unwrap().standing;
            if found != *wanted {
                failures.push(format!("{}: {name} is {found:?}, not {wanted:?} ({})", case.name, case.working));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
