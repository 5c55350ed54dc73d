//! What to find out next: the facts that could change a verdict, the most decisive first, and a shortest list of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

use std::sync::Arc;

use trialc::chart::Chart;
use trialc::check::{Input, check};
use trialc::evaluate::screen;
use trialc::evaluate::verdict::Open;
use trialc::ir::{Trial, Verdict, Word};
use trialc::lower::lower;
use trialc::record::{Reader, Site};
use trialc::source::Sources;
use trialc::world::NoFiles;

fn trial(criteria: &str) -> Trial {
    let text = format!(
        "use labs {{ hemoglobin, platelets, creatinine, CRP }}\nuse tests {{ HBsAg }}\nuse conditions {{ sepsis }}\n\
         trial t \"T\" {{ }}\neligibility at screening {{\n{criteria}\n}}\n"
    );
    let input = Input { path: "t.trial".into(), text: Some(Arc::from(text.as_str())) };
    let (checked, found) = check(&NoFiles, &mut Sources::new(), input);
    lower(checked.unwrap_or_else(|| panic!("{:#?}", found.iter().map(|one| &one.message).collect::<Vec<_>>())))
}

fn asked(criteria: &str, chart: &str) -> (Verdict, Open) {
    let trial = trial(criteria);
    let reader = Reader::new(&trial, Site::default());
    let chart: Chart = serde_json::from_str(chart).unwrap();
    let record = reader.record(&chart);
    let report = screen(&reader, &record);
    (report.verdict, report.open())
}

/// The topics of the shortest list.
fn shortest(open: &Open) -> Vec<String> {
    open.shortest.iter().map(|at| open.questions[*at].lack.topic()).collect()
}

const SILENT: &str = r#"{"id": "p", "anchors": {"screening": "2026-08-31"}}"#;

/// Each of two criteria can be failed by its own fact alone; neither fact alone can make the patient eligible.
#[test]
fn what_could_exclude_alone_is_said() {
    let (verdict, open) = asked("include a: hemoglobin >= 90 g/L\nexclude b: HBsAg is positive", SILENT);
    assert_eq!(verdict, Verdict::Undetermined);
    assert_eq!(shortest(&open), ["result hemoglobin", "result HBsAg"]);
    for (question, criterion) in open.questions.iter().zip(["a", "b"]) {
        assert_eq!(question.could_exclude.iter().map(Word::as_str).collect::<Vec<_>>(), [criterion]);
        assert!(!question.could_admit);
    }
}

/// One fact that two criteria ask about comes first, and is asked once.
#[test]
fn the_most_decisive_comes_first() {
    let criteria =
        "include a: platelets >= 100 10*9/L\ninclude b: hemoglobin >= 90 g/L\nexclude c: hemoglobin > 180 g/L";
    let (_, open) = asked(criteria, SILENT);
    assert_eq!(open.questions[0].lack.topic(), "result hemoglobin");
    assert_eq!(open.questions[0].could_exclude.len(), 2);
    assert_eq!(open.questions.len(), 2);
}

/// The last thing that is missing can make the patient eligible.
#[test]
fn the_last_fact_could_admit() {
    let chart = r#"{"id": "p", "anchors": {"screening": "2026-08-31"},
        "observations": [{"of": "hemoglobin", "value": 95, "unit": "g/L", "date": "2026-08-30"}]}"#;
    let (_, open) = asked("include a: hemoglobin >= 90 g/L\ninclude b: platelets >= 100 10*9/L", chart);
    assert_eq!(open.questions.len(), 1);
    assert!(open.questions[0].could_admit);
}

/// Two of three are needed and one is met: one more will do. `or` needs one of its parts.
#[test]
fn no_more_is_asked_than_could_settle_it() {
    let chart = r#"{"id": "p", "anchors": {"screening": "2026-08-31"},
        "observations": [{"of": "hemoglobin", "value": 95, "unit": "g/L", "date": "2026-08-30"}]}"#;
    let criteria = "include a: at least 2 of { hemoglobin >= 90 g/L, platelets >= 100 10*9/L, CRP < 5 mg/L }\n\
        include b: creatinine < 2 mg/dL or HBsAg is negative";
    let (_, open) = asked(criteria, chart);
    assert_eq!(shortest(&open).len(), 2);
    assert_eq!(open.questions.len(), 4);
    // Neither of the other two can fail the first criterion by itself: the other one may still be met.
    assert!(open.questions.iter().all(|question| question.could_exclude.is_empty()));
}

/// What has been decided asks for nothing.
#[test]
fn who_is_out_is_asked_nothing() {
    let chart = r#"{"id": "p", "anchors": {"screening": "2026-08-31"},
        "observations": [{"of": "hemoglobin", "value": 85, "unit": "g/L", "date": "2026-08-30"}]}"#;
    let (verdict, open) = asked("include a: hemoglobin >= 90 g/L\nexclude b: had sepsis", chart);
    assert_eq!(verdict, Verdict::Ineligible);
    assert!(open.questions.is_empty());
}
