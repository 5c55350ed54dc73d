//! `trialc test` and `trialc coverage`.

use crate::screen::{STUDY, patients};
use crate::{BAD, Desk, LIBRARY};

/// 130 is above 3 × 40, and 120 is not.
const RIGHT: &str = "
example \"in\" {
  given screening = 2026-03-01, ALT = 120 U/L (ULN 40 U/L)
  expect liver is not_met
  expect undetermined because anemic
}
";

const WRONG: &str = "
example \"out\" {
  given screening = 2026-03-01, ALT = 130 U/L (ULN 40 U/L)
  expect liver is not_met
}
";

#[test]
fn examples_that_come_true() {
    let desk = Desk::new();
    let call = desk.file("a.trial", format!("{STUDY}{RIGHT}")).run(&["test", "a.trial"]);
    assert_eq!((call.status, call.output.as_str()), (0, ""));
    assert_eq!(call.errors, "2 expectations in 1 example: all come true\n");
    assert_eq!(desk.run(&["test", "a.trial", "-q"]).errors, "");
}

#[test]
fn an_example_that_fails_is_drawn_with_its_reasons() {
    let desk = Desk::new();
    let call = desk.file("a.trial", format!("{STUDY}{RIGHT}{WRONG}")).run(&["test", "a.trial"]);
    assert_eq!(call.status, 1);
    assert_eq!(call.errors, "3 expectations in 2 examples: 1 fail\n");
    for said in [
        "X001",
        "`liver` should be not met, and is met",
        "expect liver is not_met",
        "\nexclude liver \"ALT above 3 times the upper limit\": met\n  ALT > 3 ULN - met\n    \
         fact: ALT = 130 U/L (normal up to 40) on 2026-03-01\n",
    ] {
        assert!(call.output.contains(said), "{said}:\n{}", call.output);
    }
    // The study has 15 lines, the first example 6 and an empty one before it; the second begins with an empty one.
    let place = format!("a.trial:{}:3: error", STUDY.lines().count() + 6 + 4);
    let call = desk.run(&["test", "a.trial", "--format", "short", "-q"]);
    assert_eq!((call.status, call.errors.as_str()), (1, ""));
    assert!(call.output.starts_with(&place) && call.output.lines().count() == 1, "{place}\n{}", call.output);
}

#[test]
fn what_cannot_be_run() {
    let desk = Desk::new();
    desk.file("a.trial", format!("{STUDY}{RIGHT}")).file("bad.trial", BAD).file("l.trial", LIBRARY);
    let call = desk.run(&["test", "a.trial", "bad.trial"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.ends_with("; 1 protocol with errors not run\n"), "{}", call.errors);
    assert_eq!(desk.run(&["test", "l.trial"]).status, 0, "a library has nothing to run");
    assert_eq!(desk.run(&["test", "no.trial"]).status, 2);
}

/// Of the seven patients: `anemic` is met for p1, p3, p4, p6, not for p2, unknown for p5 and p7; `agrees` is met for all but
/// p3, for whom it is unknown; `liver` is met for p2, unknown for p4; `mtx` is met for p6.
#[test]
fn coverage_names_what_no_patient_has_shown() {
    let desk = Desk::new();
    desk.file("study.trial", STUDY).file("patients.ndjson", patients());
    let call = desk.run(&["coverage", "study.trial", "patients.ndjson"]);
    assert_eq!(call.status, 1, "{}", call.errors);
    let agrees =
        "agrees: judged \"Agrees to take part\" by investigator  (met 6, not met 0, unknown 1)  never not met\n";
    assert!(call.output.starts_with(agrees), "{}", call.output);
    assert!(call.output.ends_with("exercised by 7 patients\n"), "{}", call.output);
    let call = desk.run(&["coverage", "study.trial", "patients.ndjson", "--all"]);
    for line in [
        "anemic: hemoglobin < 100 g/L  (met 4, not met 1, unknown 2)\n",
        "liver: ALT > 3 ULN  (met 1, not met 5, unknown 1)\n",
        "mtx: received methotrexate within 4 weeks  (met 1, not met 6, unknown 0)\n",
    ] {
        assert!(call.output.contains(line), "{line}\n{}", call.output);
    }
}

#[test]
fn coverage_is_complete_with_both_sides() {
    let desk = Desk::new();
    desk.file(
        "a.trial",
        "use labs { hemoglobin }\ntrial t \"T\" { phase 2 }\neligibility at screening {\n  \
         include anemic \"Anaemic\": hemoglobin < 100 g/L\n}\n",
    );
    let chart = |id: &str, value: u32| {
        format!(
            "{{\"id\": \"{id}\", \"anchors\": {{\"screening\": \"2026-03-01\"}}, \"observations\": \
             [{{\"of\": \"hemoglobin\", \"value\": {value}, \"unit\": \"g/L\", \"date\": \"2026-03-01\"}}]}}\n"
        )
    };
    desk.file("low.ndjson", chart("a", 99)).file("high.ndjson", chart("b", 100));
    let call = desk.run(&["coverage", "a.trial", "low.ndjson", "high.ndjson"]);
    assert_eq!((call.status, call.output.as_str()), (0, "1 of 1 part exercised by 2 patients\n"), "{}", call.errors);
    let call = desk.run(&["coverage", "a.trial", "low.ndjson"]);
    assert_eq!(call.status, 1);
    assert!(call.output.ends_with("0 of 1 part exercised by 1 patient\n"), "{}", call.output);
}
