//! Visits against plans that were worked out by hand from `tests/visits/visits.trial`; the working stands beside each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

fn printed(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/visits");
    let done = command.current_dir(folder).env("NO_COLOR", "1").args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn visits(arguments: &[&str]) -> Vec<Value> {
    let text = printed(&[&["visits"], arguments, &["--format", "json"]].concat());
    let whole: Value = serde_json::from_str(&text).unwrap();
    let schema: Value = serde_json::from_str(&printed(&["schema", "visits"])).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&whole));
    whole["visits"].as_array().unwrap().clone()
}

/// Run-in and washout are days 1 to 70; treatment begins on day 71, and lasts three months.
///
/// From 31 December 2027, day 71 is 10 March 2028 (day 32 is 31 January, day 61 29 February), and the last day 9 June, day 162: a
/// Friday like day 71, and the 14th dose; 30 days later is 9 July, 3 months later 9 September. From 2 November 2026, day 71 is 11
/// January 2027 and the last day 10 April, day 160; the 13th and last dose is on day 155, 5 April; 5 May is day 185, 5 July day 246.
#[test]
fn what_is_counted_in_months_has_its_day_with_a_start() {
    let days = |arguments: &[&str]| -> Vec<String> {
        let all = visits(&[&["months.trial", "--arm", "weekly"], arguments].concat());
        let day = |visit: &Value| visit["study_days"][0].as_i64().map(|day| day.to_string());
        let from = |visit: &Value| visit["counted_from"].as_str().map(str::to_owned);
        all.iter()
            .map(|visit| {
                format!("{} {}", visit["visit"].as_str().unwrap(), day(visit).or_else(|| from(visit)).unwrap())
            })
            .collect()
    };
    let told = ["baseline 1", "fixed 78", "last_visit 162", "safety 192", "follow_up 254"];
    assert_eq!(days(&["--start", "2027-12-31"]), told);
    let told = ["baseline 1", "fixed 78", "last_visit 160", "safety 185", "follow_up 246"];
    assert_eq!(days(&["--start", "2026-11-02"]), told);
    let mut undated = days(&[]);
    undated.sort();
    let told = [
        "baseline 1",
        "fixed 78",
        "follow_up 3 months after last_dose",
        "last_visit end of treatment",
        "safety 30 days after last_dose",
    ];
    assert_eq!(undated, told);
}

/// Week n is day 7n + 1: weeks 4, 8 and 12 are days 29, 57 and 85. From 5 January 2026 these are 2 February, 2 March and 30
/// March. The 12 weeks of treatment end on day 84, 29 March, with a dose; 30 days later is 28 April.
#[test]
fn visits_have_the_days_that_were_worked_out() {
    let plan = visits(&["visits.trial", "--start", "2026-01-05", "--arm", "active"]);
    let told: Vec<String> = plan
        .iter()
        .map(|visit| {
            let number = visit["number"].as_u64().map(|number| format!(" {number}")).unwrap_or_default();
            let pair = |key: &str| format!("{}/{}", visit[key][0].as_str().unwrap(), visit[key][1].as_str().unwrap());
            let days = format!("{}/{}", visit["study_days"][0], visit["study_days"][1]);
            format!("{}{number} {days} {} {}", visit["visit"].as_str().unwrap(), pair("dates"), pair("window_dates"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "screening_visit -14/-1 2025-12-22/2026-01-04 2025-12-22/2026-01-04",
            "baseline 1/1 2026-01-05/2026-01-05 2026-01-05/2026-01-05",
            "follow_up 1 29/29 2026-02-02/2026-02-02 2026-01-30/2026-02-05",
            "follow_up 2 57/57 2026-03-02/2026-03-02 2026-02-27/2026-03-05",
            "follow_up 3 85/85 2026-03-30/2026-03-30 2026-03-27/2026-04-02",
            "safety 114/114 2026-04-28/2026-04-28 2026-04-28/2026-05-05",
        ]
    );
    let counted = visits(&["visits.trial"]);
    assert_eq!(counted[5]["counted_from"], json!("30 days after last_dose"));
    assert_eq!(counted[1]["collects"].as_array().unwrap().len(), 3);
    assert_eq!(counted[1]["collects"][2], json!({"measure": "pregnancy_test", "when": "sex is female"}));
}

/// The first follow-up was 2 days behind the end of its window, and without ALT. The second has results of two days of its
/// window: the first of them is its day. The third was missed: the record is complete up to 10 April.
#[test]
fn a_record_is_set_beside_the_plan() {
    let plan = visits(&["visits.trial", "--patient", "charts.ndjson", "--id", "kept"]);
    let kept = |at: usize| plan[at]["kept"].clone();
    assert_eq!(kept(0), json!({"state": "missed"}));
    assert_eq!(
        kept(1),
        json!({
            "state": "in_window", "date": "2026-01-05",
            "notes": ["pregnancy_test may have been needed: unknown, needs a result of sex up to 2026-01-05"]
        })
    );
    assert_eq!(
        kept(2),
        json!({
            "state": "late", "date": "2026-02-07", "not_collected": ["ALT"],
            "notes": ["2 days after its window of 2026-01-30 to 2026-02-05"]
        })
    );
    assert_eq!(
        kept(3),
        json!({"state": "in_window", "date": "2026-03-01", "notes": ["results on another day too: 2026-03-03"]})
    );
    assert_eq!(kept(4), json!({"state": "missed"}));
    assert_eq!(kept(5), json!({"state": "ahead"}));
}

/// The record names 5 January, and has the measure of that visit on the 7th. The first follow-up is 2 days before its window.
/// A man needs no pregnancy test. Nothing says that the results are complete, so nothing is missed.
#[test]
fn what_contradicts_itself_is_said() {
    let plan = visits(&["visits.trial", "--patient", "charts.ndjson", "--id", "contradictory"]);
    assert_eq!(plan[0]["kept"], json!({"state": "not_recorded"}));
    assert_eq!(
        plan[1]["kept"],
        json!({
            "state": "in_window", "date": "2026-01-05", "not_collected": ["ALT"],
            "notes": ["the record has the visit on 2026-01-05, and results that belong to it on 2026-01-07"]
        })
    );
    assert_eq!(plan[2]["kept"]["state"], json!("early"));
    assert_eq!(plan[2]["kept"]["date"], json!("2026-01-28"));
    assert_eq!(plan[3]["kept"], json!({"state": "ahead"}));
}

fn kept(id: &str) -> Vec<Value> {
    let plan = visits(&["named.trial", "--patient", "named.ndjson", "--id", id]);
    plan.iter().map(|visit| visit["kept"].clone()).collect()
}

/// Weeks 4, 8 and 12 are 2 February, 2 March and 30 March. The record names the days of weeks 4 and 8 the wrong way round: 2 March is
/// 25 days behind 5 February, the end of the window of week 4; 2 February is 25 days before 27 February, the start of the window of
/// week 8. The record says which visit it was, so each has the results of its own day.
#[test]
fn visits_in_the_wrong_order_are_said_to_be() {
    let kept = kept("swapped");
    assert_eq!(
        kept[1],
        json!({
            "state": "late", "date": "2026-03-02",
            "notes": ["25 days after its window of 2026-01-30 to 2026-02-05"]
        })
    );
    assert_eq!(
        kept[2],
        json!({
            "state": "early", "date": "2026-02-02",
            "notes": [
                "25 days before its window of 2026-02-27 to 2026-03-05",
                "before week_4, which is planned earlier and took place on 2026-03-02"
            ]
        })
    );
}

/// 18 February is nearer to week 8 (12 days before it) than to week 4 (16 days behind it), and the record says that it was week 4.
#[test]
fn a_day_belongs_to_the_visit_that_the_record_names() {
    let kept = kept("late");
    assert_eq!(
        kept[1],
        json!({
            "state": "late", "date": "2026-02-18",
            "notes": ["13 days after its window of 2026-01-30 to 2026-02-05"]
        })
    );
    assert_eq!(kept[2], json!({"state": "ahead"}));
}

/// One day cannot be two visits of which one is planned four weeks behind the other; the results belong to the first of them.
#[test]
fn two_visits_on_one_day_are_said_to_be() {
    let kept = kept("same_day");
    assert_eq!(kept[1]["state"], json!("late"));
    assert_eq!(kept[2]["state"], json!("early"));
    assert!(kept[2]["notes"].as_array().unwrap().contains(&json!("on the day of week_4 too")), "{}", kept[2]);
}

/// February reaches over both ends of the window of week 4; May lies behind that of week 12. Neither visit was missed, as week 8 was.
#[test]
fn a_visit_known_to_the_month_is_no_missed_one() {
    let kept = kept("months");
    assert_eq!(
        kept[1],
        json!({
            "state": "day_unknown",
            "notes": ["the record has the visit between 2026-02-01 and 2026-02-28"]
        })
    );
    assert_eq!(kept[2], json!({"state": "missed"}));
    assert_eq!(kept[3]["state"], json!("late"));
}

/// Who died on 20 February missed no visit of March.
#[test]
fn nobody_misses_a_visit_after_the_end() {
    let kept = kept("died");
    assert_eq!(kept[1], json!({"state": "in_window", "date": "2026-02-02"}));
    assert_eq!(kept[2], json!({"state": "after_end"}));
    assert_eq!(kept[3], json!({"state": "after_end"}));
}

/// Both days lie in the window: the first is the day of the visit, and what was collected on either was collected.
#[test]
fn a_visit_on_two_days_is_the_first_of_them() {
    let kept = kept("twice");
    assert_eq!(
        kept[1],
        json!({"state": "in_window", "date": "2026-02-01", "notes": ["results on another day too: 2026-02-03"]})
    );
}

#[test]
fn every_form_has_every_visit() {
    let text = printed(&["visits", "visits.trial"]);
    assert!(
        text.contains("MMT8") && text.contains("follow_up 3") && text.contains("[1] where sex is female"),
        "{text}"
    );
    let csv = printed(&["visits", "visits.trial", "--start", "2026-01-05", "--format", "csv"]);
    assert!(csv.starts_with("visit,screening_visit,baseline,follow_up 1,follow_up 2,follow_up 3,safety\n"), "{csv}");
    assert!(csv.contains("\nMMT8,X,X,X,X,X,\n") && csv.contains("\npregnancy_test,,X[1],,,,\n"), "{csv}");
    let html = printed(&["visits", "visits.trial", "--format", "html"]);
    assert!(html.starts_with("<!DOCTYPE html>") && !html.contains("http"), "{html}");
    assert_eq!(html.matches("<tr>").count(), 1 + 2 + 3);
    let ics = printed(&["visits", "visits.trial", "--start", "2026-01-05", "--format", "ics"]);
    assert_eq!(ics.matches("BEGIN:VEVENT").count(), 5);
    assert!(ics.contains("DTSTART;VALUE=DATE:20260202\r\n"), "{ics}");
}

/// Weeks 4, 8 and 12 are 2 February, 2 and 30 March 2026. MMT-8 of 2 February is 98 and 104; that of some day of March may be of
/// week 8 (27 February to 5 March) or of week 12 (27 March to 2 April), so neither was missed for sure.
#[test]
fn results_that_contradict_each_other_or_have_no_day_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("p.json");
    let result = |value: u32, date: &str| json!({"of": "MMT8", "value": value, "date": date});
    let record = json!({
        "id": "p", "sex": "male", "as_of": "2026-06-01", "anchors": {"first_dose": "2026-01-05"},
        "observations": [result(98, "2026-02-02"), result(104, "2026-02-02"), result(110, "2026-03")],
        "complete": [{"records": ["results"]}],
    });
    std::fs::write(&chart, record.to_string()).unwrap();
    let plan = visits(&["visits.trial", "--patient", chart.to_str().unwrap()]);
    let kept = |at: usize, key: &str| plan[at]["kept"][key].clone();
    assert_eq!(kept(1, "state"), json!("missed"));
    assert_eq!(kept(2, "state"), json!("in_window"));
    assert_eq!(kept(2, "notes"), json!(["MMT8 of 2026-02-02 contradicts itself: 98 and 104"]));
    for at in [3, 4] {
        assert_eq!(kept(at, "state"), json!("day_unknown"));
        assert_eq!(kept(at, "notes"), json!(["MMT8 of 2026-03 may be of this visit: its day is not known"]));
    }
}
