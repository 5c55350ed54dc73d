//! Outcomes beside what was worked out by hand from the protocols, the records and the papers (`tests/assess/README.md`).

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
use std::process::Command;

use trialc::assess::interval::clopper_pearson;

/// A protocol, and the name of its files in `tests/assess`.
const PROTOCOLS: &[(&str, &str)] = &[
    ("protocols/abatacept_dm.trial", "abatacept_dm"),
    ("protocols/abatacept_dm.trial", "abatacept_dm_visits"),
    ("protocols/basiliximab_cadm.trial", "basiliximab_cadm"),
    ("protocols/docetaxel_nsclc.trial", "docetaxel_nsclc"),
    ("protocols/il2_dm.trial", "il2_dm"),
    ("protocols/il2_iim.trial", "il2_iim"),
    ("protocols/tocilizumab_mda5.trial", "tocilizumab_mda5"),
    ("tests/assess/estimands.trial", "estimands"),
    ("tests/assess/windows.trial", "windows"),
];

type Row = BTreeMap<String, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/assess")
}

fn table(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
    });
    rows.collect()
}

fn by_hand(file: &str) -> Vec<Row> {
    table(&fs::read_to_string(folder().join(file)).unwrap())
}

fn assess(protocol: &str, arguments: &[&str]) -> (String, String, i32) {
    let out = Command::new(env!("CARGO_BIN_EXE_trialc"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["assess", protocol])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code().unwrap())
}

fn charts(name: &str) -> String {
    format!("tests/assess/{name}.charts.ndjson")
}

fn named(row: &Row) -> String {
    match row["estimand"].as_str() {
        "" => row["outcome"].clone(),
        estimand => format!("{}@{estimand}", row["outcome"]),
    }
}

/// The state as the tables by hand write it.
fn state(row: &Row) -> &str {
    match (row["in_population"].as_str(), row["ending"].as_str(), row["state"].as_str()) {
        ("no", _, _) => "not_in_population",
        ("unknown", _, _) => "unknown",
        (_, "", state) => state,
        (_, ending, "known") => ending,
        (_, _, state) => state,
    }
}

fn same_number(a: &str, b: &str, digits: f64) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= digits * a.abs().max(b.abs()).max(1e-300),
        _ => a == b,
    }
}

/// A number as the program writes it: cut off where it has no end.
fn same_value(found: &str, wanted: &str) -> bool {
    match found.strip_suffix('…') {
        Some(cut) => (cut.parse::<f64>().unwrap() - wanted.parse::<f64>().unwrap()).abs() < 2e-6,
        None => same_number(found, wanted, 1e-9),
    }
}

#[test]
fn every_outcome_is_what_was_worked_out_by_hand() {
    let mut faults = Vec::new();
    let mut count = 0;
    for (protocol, name) in PROTOCOLS {
        let (out, ..) = assess(protocol, &[&charts(name), "--format", "csv"]);
        let found: BTreeMap<(String, String), Row> =
            table(&out).into_iter().map(|row| ((row["participant"].clone(), named(&row)), row)).collect();
        for wanted in by_hand(&format!("{name}.expected.csv")) {
            count += 1;
            let key = (wanted["participant"].clone(), wanted["outcome"].clone());
            let Some(row) = found.get(&key) else {
                faults.push(format!("{name}: {key:?} is not there"));
                continue;
            };
            let known = !matches!(wanted["state"].as_str(), "unknown" | "not_in_population");
            let value = wanted["value"].as_str();
            if state(row) != wanted["state"] || (known && !value.is_empty() && !same_value(&row["value"], value)) {
                faults.push(format!(
                    "{name}: {} {}: {} {}, by hand {} {value}: {}",
                    key.0,
                    key.1,
                    state(row),
                    row["value"],
                    wanted["state"],
                    wanted["why"]
                ));
            }
            // What is not known names what is missing.
            if state(row) == "unknown" && row["in_population"] == "yes" && row["missing"].is_empty() {
                faults.push(format!("{name}: {} {}: unknown, and nothing is said to be missing", key.0, key.1));
            }
        }
    }
    assert!(count > 1_200, "{count}");
    assert!(faults.is_empty(), "{} of {count}\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_figure_of_an_arm_is_what_was_worked_out_by_hand() {
    let mut faults = Vec::new();
    for (protocol, name) in PROTOCOLS {
        let (out, ..) = assess(protocol, &[&charts(name), "--format", "csv", "--show", "arms"]);
        let found: BTreeMap<(String, String), Row> =
            table(&out).into_iter().map(|row| ((named(&row), row["arm"].clone()), row)).collect();
        for wanted in by_hand(&format!("{name}.summary.csv")) {
            let key = (wanted["outcome"].clone(), wanted["arm"].clone());
            let Some(row) = found.get(&key) else {
                faults.push(format!("{name}: {key:?} is not there"));
                continue;
            };
            let columns = [
                ("n", "n"),
                ("missing", "missing"),
                ("responders", "responders"),
                ("proportion", "proportion"),
                ("lower_95", "low"),
                ("upper_95", "high"),
                ("mean", "mean"),
                ("sd", "sd"),
                ("median", "median"),
                ("q1", "q1"),
                ("q3", "q3"),
                ("min", "min"),
                ("max", "max"),
            ];
            for (by_hand, ours) in columns {
                if !same_number(&row[ours], &wanted[by_hand], 1e-9) {
                    faults.push(format!("{name}: {key:?} {by_hand}: {}, by hand {}", row[ours], wanted[by_hand]));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn events_and_words_are_counted_as_by_hand() {
    let charts = charts("docetaxel_nsclc");
    let (out, ..) = assess("protocols/docetaxel_nsclc.trial", &[&charts, "--format", "csv", "--show", "arms"]);
    let found = table(&out);
    let mut faults = Vec::new();
    for wanted in by_hand("docetaxel_nsclc.counts.csv") {
        let rows = || found.iter().filter(|row| named(row) == wanted["outcome"] && row["arm"] == wanted["arm"]);
        let first = rows().next().unwrap();
        let count = match wanted["result"].as_str() {
            "event" => first["events"].clone(),
            "censored" => first["censored"].clone(),
            "unknown" => first["missing"].clone(),
            "not_in_population" => first["outside"].clone(),
            word => rows().find(|row| row["category"] == word).map_or("0".to_owned(), |row| row["count"].clone()),
        };
        if count != wanted["count"] {
            faults.push(format!("{wanted:?}: {count}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Exact intervals of a table made with other programs (`tests/assess/README.md`).
#[test]
fn intervals_are_exact() {
    for row in by_hand("intervals.csv") {
        let whole = |name: &str| row[name].parse::<u64>().unwrap();
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        let found = clopper_pearson(whole("x"), whole("n"), number("level")).unwrap();
        assert!((found.low - number("lower")).abs() < 1e-9, "{row:?} {found:?}");
        assert!((found.high - number("upper")).abs() < 1e-9, "{row:?} {found:?}");
    }
    assert_eq!(clopper_pearson(0, 0, 0.95), None);
    assert_eq!(clopper_pearson(2, 1, 0.95), None);
}

/// The total improvement score at every edge of its bands, from the six measures before and after.
#[test]
fn total_improvement_scores_are_those_of_the_published_table() {
    let rows = by_hand("tis.csv");
    let mut lines = String::new();
    for row in &rows {
        let enzyme = row["enzyme"].as_str();
        let results = |date: &str, when: &str| {
            let mut results: Vec<serde_json::Value> = ["PhGA", "PGA", "extramuscular"]
                .iter()
                .map(|of| serde_json::json!({"of": of, "value": row[&format!("{of}_{when}")], "unit": "cm", "date": date}))
                .collect();
            for of in ["MMT8", "HAQ"] {
                results.push(serde_json::json!({"of": of, "value": row[&format!("{of}_{when}")], "date": date}));
            }
            let unit = "U/L";
            results.push(serde_json::json!({
                "of": enzyme, "value": hundredfold(&row[&format!("enzyme_{when}_ULN")]), "unit": unit,
                "upper_limit": "100", "date": date,
            }));
            results
        };
        let observations: Vec<serde_json::Value> =
            results("2026-01-05", "before").into_iter().chain(results("2026-03-30", "after")).collect();
        let chart = serde_json::json!({
            "id": row["case"], "anchors": {"first_dose": "2026-01-05"}, "observations": observations,
        });
        lines.extend([chart.to_string(), "\n".to_owned()]);
    }
    let folder = tempfile::tempdir().unwrap();
    let (protocol, file) = (folder.path().join("tis.trial"), folder.path().join("charts.ndjson"));
    fs::write(&protocol, TIS).unwrap();
    fs::write(&file, lines).unwrap();
    let (out, err, _) = assess(protocol.to_str().unwrap(), &[file.to_str().unwrap(), "--format", "csv"]);
    let found: BTreeMap<String, Row> = table(&out).into_iter().map(|row| (row["participant"].clone(), row)).collect();
    for row in &rows {
        let score = found.get(&row["case"]).unwrap_or_else(|| panic!("{}: {err}", row["case"]));
        assert!(
            same_value(&score["value"], &row["total"]),
            "{}: {}, by hand {}: {}",
            row["case"],
            score["value"],
            row["total"],
            row["working"]
        );
    }
}

/// A multiple of a limit of 100, as it is written.
fn hundredfold(multiple: &str) -> String {
    let (whole, part) = multiple.split_once('.').unwrap_or((multiple, ""));
    let digits = format!("{part:0<2}");
    let (in_hundred, behind) = digits.split_at(2);
    let text = format!("{whole}{in_hundred}.{behind}0");
    text.trim_start_matches('0').to_owned()
}

const TIS: &str = "use myositis { TIS, MMT8 }
use conditions { dermatomyositis }
use drugs { prednisone }

trial tis \"Total improvement\" {
  conditions dermatomyositis
  day_1 first_dose
}
eligibility at screening { include weak \"Weak\": MMT8 <= 150 }
epoch treatment 12 weeks
arm experimental treated \"One\" { in treatment { give prednisone 5 mg oral daily } }
visit baseline: day 1
visit week_12: week 12 window -7..+7 days
collect TIS at baseline, week_12
outcome primary improvement \"Total improvement score\" at week 12: TIS
";

/// What a statistician asks: why is this participant a responder? Worked out in `abatacept_dm.expected.csv`.
#[test]
fn a_response_says_what_it_rests_on() {
    let charts = charts("abatacept_dm");
    let arguments = [charts.as_str(), "--outcome", "response", "--explain", "exactly_20_in_three"];
    let (out, _, code) = assess("protocols/abatacept_dm.trial", &arguments);
    assert_eq!(code, 0);
    for line in [
        "response (primary, week 12",
        "at least 3 of imacs_core improved by >= 20 %: met (by PhGA, PGA, MMT8; not by HAQ, worst_enzyme, extramuscular)",
        "PhGA: 5 cm (2021-03-01) -> 4 cm (2021-05-24), -1 cm, -20 %, better",
        "MMT8: 100 (2021-03-01) -> 120 (2021-05-24), +20, +20 %, better",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
}

#[test]
fn threads_do_not_show() {
    for format in ["table", "csv", "json"] {
        let charts = charts("abatacept_dm");
        let run = |threads: &str| {
            let arguments = [charts.as_str(), "--format", format, "--threads", threads];
            assess("protocols/abatacept_dm.trial", &arguments).0
        };
        let one = run("1");
        assert!(!one.is_empty());
        assert_eq!(one, run("2"), "{format}");
        assert_eq!(one, run("7"), "{format}");
    }
}

#[test]
fn json_is_what_its_schema_says() {
    let schema: serde_json::Value = {
        let out = Command::new(env!("CARGO_BIN_EXE_trialc")).args(["schema", "assess"]).output().unwrap();
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (protocol, name) in PROTOCOLS {
        let (out, ..) = assess(protocol, &[&charts(name), "--format", "json"]);
        let found: serde_json::Value = serde_json::from_str(&out).unwrap();
        let faults: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {}", faults.join("\n"));
        assert!(!found["participants"].as_array().unwrap().is_empty());
        assert!(!found["summary"].as_array().unwrap().is_empty());
    }
}

/// A course of rescue that began before day 1 and goes on has been there since day 1: a composite strategy counts it as a failure.
/// 125 is 25 % above 100, which would be a response without it.
#[test]
fn a_rescue_that_goes_on_counts_from_day_1() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let protocol = fs::read_to_string(self::folder().join("estimands.trial")).unwrap();
    let rescue = "started methotrexate after first_dose handled composite";
    assert!(protocol.contains(rescue));
    fs::write(at("a.trial"), protocol.replace(rescue, "received methotrexate handled composite")).unwrap();
    let chart = |id: &str, start: &str, end: &str| {
        format!(
            r#"{{"id": "{id}", "arm": "active", "sex": "female", "birth": "1979-07", "as_of": "2022-06-30",
            "anchors": {{"screening": "2021-12-20", "first_dose": "2022-01-03"}},
            "observations": [{{"of": "MMT8", "value": 100, "date": "2022-01-03"}}, {{"of": "MMT8", "value": 125, "date": "2022-03-28"}}],
            "medications": [{{"of": "methotrexate", "start": "{start}", {end}}}],
            "complete": [{{"records": ["medications", "events", "results"]}}]}}"#
        )
        .replace('\n', "")
            + "\n"
    };
    let lines = [
        chart("goes_on", "2021-11-01", r#""ongoing": true"#),
        chart("over_before", "2021-11-01", r#""end": "2021-12-31""#),
        chart("in_february", "2022-02-01", r#""end": "2022-02-10""#),
        chart("on_the_day_of_the_value", "2022-03-28", r#""ongoing": true"#),
    ];
    fs::write(at("charts.ndjson"), lines.concat()).unwrap();
    let (out, errors, status) =
        assess(&at("a.trial"), &[&at("charts.ndjson"), "--outcome", "response", "--format", "csv"]);
    assert_eq!(status, 0, "{errors}");
    let composite = |row: &&Row| named(row) == "response@r_composite";
    let rows = table(&out);
    let states: Vec<(String, String)> =
        rows.iter().filter(composite).map(|row| (row["participant"].clone(), row["state"].clone())).collect();
    let wanted = [
        ("goes_on", "not_met"),
        ("over_before", "met"),
        ("in_february", "not_met"),
        ("on_the_day_of_the_value", "met"),
    ];
    assert_eq!(states, wanted.map(|(id, state)| (id.to_owned(), state.to_owned())));
    // And so do the figures by arm: two of four.
    let (out, errors, status) =
        assess(&at("a.trial"), &[&at("charts.ndjson"), "--outcome", "response", "--show", "arms", "--format", "csv"]);
    assert_eq!(status, 0, "{errors}");
    let rows = table(&out);
    let row = rows.iter().find(composite).unwrap();
    assert_eq!((row["n"].as_str(), row["responders"].as_str()), ("4", "2"), "{out}");
}

#[test]
fn wrong_calls_say_the_way_out() {
    let charts = charts("il2_iim");
    let protocol = "protocols/il2_iim.trial";
    for (arguments, said) in [
        (
            vec![charts.as_str(), "--outcome", "strength"],
            "the protocol has no outcome `strength`; it has improvement, strength_12",
        ),
        (vec![charts.as_str(), "--level", "95"], "a level lies between 0 and 1, such as 0.95"),
        (vec![charts.as_str(), "--explain", "nobody"], "there is no participant `nobody` among them"),
        (vec![charts.as_str(), "--format", "csv", "--show", "all"], "CSV has rows of one kind"),
        (vec!["nowhere.ndjson"], "nowhere.ndjson"),
        (vec![charts.as_str(), "--arms", "protocols/il2_iim.trial"], "there is no column `id`"),
    ] {
        let (_, err, code) = assess(protocol, &arguments);
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
}

/// Arms from a list of their own, and one that the protocol does not have.
#[test]
fn arms_may_stand_in_a_file_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (charts, arms) = (folder.path().join("charts.ndjson"), folder.path().join("arms.csv"));
    let chart = |id: &str, mmt8: u32| {
        serde_json::json!({
            "id": id, "anchors": {"first_dose": "2026-01-05"},
            "observations": [
                {"of": "MMT8", "value": 100, "date": "2026-01-05"}, {"of": "MMT8", "value": mmt8, "date": "2026-03-30"},
            ],
        })
    };
    let lines: Vec<String> =
        [("a", 110), ("b", 120), ("c", 90), ("d", 100)].map(|(id, mmt8)| chart(id, mmt8).to_string()).to_vec();
    fs::write(&charts, lines.join("\n")).unwrap();
    fs::write(&arms, "id,treatment\na,il2\nb,il2\nc,control\nd,other\n").unwrap();
    let arguments = [
        charts.to_str().unwrap(),
        "--arms",
        arms.to_str().unwrap(),
        "--arm-column",
        "treatment",
        "--outcome",
        "strength_12",
        "--format",
        "csv",
        "--show",
        "arms",
    ];
    let (out, err, code) = assess("protocols/il2_iim.trial", &arguments);
    assert_eq!(code, 1);
    assert!(err.contains("the protocol has no arm `other`; it has il2, control"), "{err}");
    let rows = table(&out);
    let arms: Vec<(&str, &str, &str)> =
        rows.iter().map(|row| (row["arm"].as_str(), row["n"].as_str(), row["mean"].as_str())).collect();
    assert_eq!(arms, [("il2", "2", "115"), ("control", "1", "90"), ("other", "1", "100")]);
}

/// Nothing half written where the output cannot be written, and no file left behind.
/// The record has one arm and the table another: it is said, and neither arm counts the participant.
#[test]
fn a_record_and_a_table_of_arms_that_differ_are_a_contradiction() {
    let folder = tempfile::tempdir().unwrap();
    let (charts, arms) = (folder.path().join("charts.ndjson"), folder.path().join("arms.csv"));
    let chart = |id: &str, arm: &str| {
        serde_json::json!({"id": id, "arm": arm, "anchors": {"first_dose": "2026-01-05"}}).to_string()
    };
    fs::write(&charts, [chart("a", "il2"), chart("b", "control")].join("\n")).unwrap();
    fs::write(&arms, "id,arm\na,control\nb,control\n").unwrap();
    for show in ["arms", "all"] {
        let format = if show == "all" { "table" } else { "csv" };
        let call = [
            charts.to_str().unwrap(),
            "--arms",
            arms.to_str().unwrap(),
            "--outcome",
            "strength_12",
            "--show",
            show,
            "--format",
            format,
        ];
        let (out, err, code) = assess("protocols/il2_iim.trial", &call);
        assert_eq!(code, 1);
        assert!(err.contains("participant a, arm: the record has `il2`, and the table of arms `control`"), "{err}");
        if show == "arms" {
            let rows = table(&out);
            let counts: Vec<(&str, &str)> = rows.iter().map(|row| (row["arm"].as_str(), row["n"].as_str())).collect();
            assert!(counts.contains(&("control", "1")) && counts.contains(&("", "1")), "{counts:?}");
        }
    }
}

#[test]
fn nothing_half_written_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("outcomes.csv");
    let broken = folder.path().join("charts.ndjson");
    fs::write(&broken, "{\"id\": \"a\"\n").unwrap();
    let arguments = [broken.to_str().unwrap(), "--format", "csv", "-o", out.to_str().unwrap()];
    let (_, err, code) = assess("protocols/il2_iim.trial", &arguments);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("line 1"), "{err}");
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(written.lines().count(), 1, "the head of the table alone: {written}");
    let nowhere = folder.path().join("no/such/folder.csv");
    let arguments = [broken.to_str().unwrap(), "--format", "csv", "-o", nowhere.to_str().unwrap()];
    let (_, err, code) = assess("protocols/il2_iim.trial", &arguments);
    assert_eq!(code, 1, "{err}");
    assert!(!nowhere.exists());
}
