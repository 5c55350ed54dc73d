//! `trialc screen`: what is counted, what is written, and what is left behind when it cannot be.

use std::fs;
use std::io::Write as _;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;

use crate::{Call, Desk};

/// Four criteria. `day_1` and `methotrexate` are for what lies ahead of screening.
pub const STUDY: &str = "\
use labs { hemoglobin, ALT }
use drugs { methotrexate }

trial study \"A study\" {
  version \"1.2\"
  day_1   first_dose
}

eligibility at screening within 28 days {
  include anemic \"Haemoglobin below 100 g/L\": hemoglobin < 100 g/L
  include agrees \"Agrees to take part\": judged by investigator
  exclude liver \"ALT above 3 times the upper limit\": ALT > 3 ULN
  exclude mtx \"Methotrexate in the last 4 weeks\": received methotrexate within 4 weeks
}
";

const CRITERIA: [&str; 4] = ["anemic", "agrees", "liver", "mtx"];

/// What every result says about itself, beside the protocol's hash.
const POLICY: &str = "open world: what is not recorded is unknown";

/// Seven patients, screened on 1 March 2026, and five records that are none.
///
/// | patient | haemoglobin, g/L | ALT, U/L (limit 40) | agrees | methotrexate | is |
/// | --- | --- | --- | --- | --- | --- |
/// | p1 | 95 | 30 | yes | none | eligible |
/// | p2 | 11.0 g/dL, which is 110: too much | 121 > 3 × 40 | yes | none | ineligible: anemic, liver |
/// | p3 | 99.9 | 120 = 3 × 40, not above | | none | undetermined: agrees |
/// | p4 | 95 | 130, no limit | yes | none | undetermined: liver |
/// | p5 | 95 mg: no concentration | 30 | yes | none | undetermined: anemic |
/// | p6 | 95 | 30 | yes | 10 February, 19 days before | ineligible: mtx |
/// | p7 | 95, on 30 February | 30 | yes | none | undetermined: anemic |
///
/// Rejected: a line that is cut, a key that no chart has, p1 again, a chart without an id, and one that is not UTF-8.
pub fn patients() -> Vec<u8> {
    let hb = |value: &str, unit: &str, date: &str| {
        format!(r#"{{"of": "hemoglobin", "value": {value}, "unit": "{unit}", "date": "{date}"}}"#)
    };
    let alt = |value: &str, limit: &str| {
        format!(r#"{{"of": "ALT", "value": {value}, "unit": "U/L"{limit}, "date": "2026-02-20"}}"#)
    };
    let limit = r#", "upper_limit": 40"#;
    let day = "2026-02-20";
    let yes = r#""judged": {"agrees": true}, "#;
    let chart = |id: &str, hb: String, alt: String, more: &str| {
        format!(
            r#"{{"id": "{id}", "anchors": {{"screening": "2026-03-01"}}, "observations": [{hb}, {alt}], {more}"complete": [{{"records": ["medications"]}}]}}"#
        )
    };
    let taken = format!(r#"{yes}"medications": [{{"of": "methotrexate", "date": "2026-02-10"}}], "#);
    let mut lines = [
        chart("p1", hb("95", "g/L", day), alt("30", limit), yes),
        chart("p2", hb("11.0", "g/dL", day), alt("121", limit), yes),
        chart("p3", hb("99.9", "g/L", day), alt("120", limit), ""),
        chart("p4", hb("95", "g/L", day), alt("130", ""), yes),
        r#"{"id": "p8", "observations": ["#.to_owned(),
        r#"{"id": "p9", "sexe": "male"}"#.to_owned(),
        chart("p5", hb("95", "mg", day), alt("30", limit), yes),
        chart("p1", hb("95", "g/L", day), alt("30", limit), yes),
        chart("p6", hb("95", "g/L", day), alt("30", limit), &taken),
        r#"{"sex": "male"}"#.to_owned(),
        chart("p7", hb("95", "g/L", "2026-02-30"), alt("30", limit), yes),
    ]
    .join("\n")
    .into_bytes();
    lines.extend(b"\n{\"id\": \"p\xff\"}\n");
    lines
}

/// Each patient with verdict, what decided, and the states of the four criteria.
const RESULTS: [(&str, &str, &[&str], [&str; 4]); 7] = [
    ("p1", "eligible", &[], ["met", "met", "not_met", "not_met"]),
    ("p2", "ineligible", &["anemic", "liver"], ["not_met", "met", "met", "not_met"]),
    ("p3", "undetermined", &["agrees"], ["met", "unknown", "not_met", "not_met"]),
    ("p4", "undetermined", &["liver"], ["met", "met", "unknown", "not_met"]),
    ("p5", "undetermined", &["anemic"], ["unknown", "met", "not_met", "not_met"]),
    ("p6", "ineligible", &["mtx"], ["met", "met", "not_met", "met"]),
    ("p7", "undetermined", &["anemic"], ["unknown", "met", "not_met", "not_met"]),
];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("study.trial", STUDY).file("patients.ndjson", patients());
    desk
}

fn screened(desk: &Desk, more: &[&str]) -> Call {
    desk.run(&[&["screen", "study.trial", "patients.ndjson"], more].concat())
}

/// The hash that every result names: of what `trialc compile` writes.
fn hash(desk: &Desk) -> String {
    use sha2::{Digest as _, Sha256};
    let compiled = desk.run(&["compile", "study.trial"]).output;
    let digest = Sha256::digest(compiled.as_bytes());
    digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| char::from_digit(half.into(), 16)).collect()
}

/// The number before a line of the flow.
fn count(output: &str, line: &str) -> u64 {
    let rows = output.lines().filter_map(|found| found.trim().split_once("  "));
    let found = rows.filter(|(_, found)| found.trim() == line).filter_map(|(number, _)| number.parse().ok());
    found.max().unwrap_or_else(|| panic!("no `{line}` in:\n{output}"))
}

#[test]
fn the_counts_add_up() {
    let call = screened(&desk(), &[]);
    assert_eq!(call.status, 1, "records that could not be read: {}", call.errors);
    let of = |line: &str| count(&call.output, line);
    assert_eq!((of("read"), of("rejected: could not be read"), of("screened")), (12, 5, 7));
    assert_eq!((of("ineligible"), of("undetermined"), of("eligible")), (2, 4, 1));
    // The unit of p5 and the date of p7.
    assert_eq!(of("facts could not be read; what asks about them is unknown"), 2);
    // p2 fails two, of which `anemic` stands first; p6 fails `mtx` alone. Before the name: first, then all.
    let of = |name: &str| {
        let line = call.output.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{}", call.output));
        line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of("include anemic"), ["1", "1"]);
    assert_eq!(of("exclude liver"), ["0", "1"]);
    assert_eq!(of("exclude mtx"), ["1", "1"]);
    assert!(!call.output.contains("include agrees"), "nobody was kept out by it");
    // Of the four undetermined each lacks one thing, so that each of these settles alone: p3, p4; p5 and p7.
    assert_eq!(of("ask the investigator: Agrees to take part"), ["1", "1"]);
    assert_eq!(of("the upper limit of normal of ALT"), ["1", "1"]);
    assert_eq!(of("a result of hemoglobin"), ["2", "2"]);
    for (patient, verdict, because, _) in RESULTS {
        let line = call.output.lines().find(|line| line.starts_with(patient)).unwrap();
        assert!(line.starts_with(&format!("{patient}  {verdict}")) && line.ends_with(&because.join(", ")), "{line}");
    }
}

#[test]
fn what_could_not_be_read_is_said_with_its_place() {
    let call = screened(&desk(), &["-q"]);
    for said in [
        "patients.ndjson, line 5, patient p8: no JSON",
        "patients.ndjson, line 6, patient p9, sexe: unknown field `sexe`",
        "patients.ndjson, line 8, patient p1, id: there has been a patient `p1` before",
        "patients.ndjson, line 10: missing field `id`",
        "patients.ndjson, line 12",
        "patient p5, observations[0]",
        "patient p7, observations[0]",
    ] {
        assert!(call.errors.contains(said), "{said}:\n{}", call.errors);
    }
    assert!(!call.output.contains("p1  "), "no lines of patients: {}", call.output);
}

#[test]
fn ndjson_has_every_criterion_and_its_origin() {
    let desk = desk();
    let call = screened(&desk, &["-o", "out.ndjson"]);
    assert_eq!(call.status, 1, "{}", call.errors);
    assert!(!call.output.contains("p1  "), "the lines of the patients are in the file: {}", call.output);
    let text = desk.read("out.ndjson");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), RESULTS.len());
    let hash = hash(&desk);
    for (line, (patient, verdict, because, states)) in lines.iter().zip(RESULTS) {
        assert_eq!((&line["patient"], &line["verdict"]), (&patient.into(), &verdict.into()));
        assert_eq!(line["because"], Value::from(because.to_vec()), "{patient}");
        let criteria = CRITERIA.iter().zip(states).map(|(name, state)| format!("\"{name}\":\"{state}\""));
        let criteria = format!("\"criteria\":{{{}}}", criteria.collect::<Vec<_>>().join(","));
        assert!(text.lines().any(|line| line.contains(patient) && line.contains(&criteria)), "{patient}: {criteria}");
        let origin = serde_json::json!({ "protocol": "study", "version": "1.2", "hash": hash, "policy": POLICY });
        assert_eq!(line["origin"], origin);
    }
    assert_eq!(lines[3]["missing"], Value::from(["the upper limit of normal of ALT"].to_vec()));
    assert_eq!(lines[4]["refused"].as_array().unwrap().len(), 1);
    // What `--show json` prints is the same.
    assert_eq!(screened(&desk, &["--show", "json"]).output, text);
}

/// The heads of the columns that CSV and Parquet have in common.
fn heads() -> Vec<String> {
    let first = ["patient", "verdict", "because", "missing", "refused"].map(str::to_owned);
    first.into_iter().chain(CRITERIA.map(|name| format!("criterion_{name}"))).collect()
}

#[test]
fn csv_has_a_column_for_each_criterion() {
    let desk = desk();
    screened(&desk, &["-o", "out.csv"]);
    let mut reader = csv::Reader::from_path(desk.path("out.csv")).unwrap();
    let origin = ["protocol", "version", "hash", "policy"].map(str::to_owned);
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), [heads(), origin.to_vec()].concat());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), RESULTS.len());
    let hash = hash(&desk);
    for (row, (patient, verdict, because, states)) in rows.iter().zip(RESULTS) {
        assert_eq!((&row[0], &row[1], &row[2]), (patient, verdict, &*because.join("; ")));
        assert_eq!(row.iter().skip(5).take(4).collect::<Vec<_>>(), states, "{patient}");
        assert_eq!(row.iter().skip(9).collect::<Vec<_>>(), ["study", "1.2", &hash, POLICY]);
    }
}

/// Two hundred times the same patients, under other names: more than a thread is handed at once.
#[test]
fn threads_do_not_show() {
    let desk = desk();
    let patients = String::from_utf8_lossy(&patients()).into_owned();
    let many: String =
        (0..200).map(|number| patients.replace(r#""id": "p"#, &format!(r#""id": "n{number}-p"#))).collect();
    desk.file("many.ndjson", many);
    let run = |threads: &str| {
        let results = format!("out-{threads}.csv");
        let files = ["-o", &results, "--rejects", "rejects.ndjson", "--threads", threads];
        let call = desk.run(&[&["screen", "study.trial", "many.ndjson", "-q"], &files[..]].concat());
        let read = |name: &str| fs::read(desk.path(name)).unwrap();
        (call.status, call.output, call.errors, read(&results), read("rejects.ndjson"))
    };
    let one = run("1");
    // The record that is no UTF-8 has become one of replacement characters, and is read.
    assert_eq!(String::from_utf8_lossy(&one.3).lines().count(), 1 + 200 * (RESULTS.len() + 1));
    for threads in ["2", "3", "8"] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

#[test]
fn without_what_is_missing_the_states_are_the_same() {
    let desk = desk();
    screened(&desk, &["-o", "all.csv"]);
    screened(&desk, &["-o", "states.csv", "--without-missing"]);
    let rows = |name: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(desk.path(name)).unwrap().records().map(Result::unwrap).collect()
    };
    let (all, states) = (rows("all.csv"), rows("states.csv"));
    assert!(all.iter().any(|row| !row[3].is_empty()) && states.iter().all(|row| row[3].is_empty()));
    let rest = |rows: &[csv::StringRecord]| -> Vec<Vec<String>> {
        let cells = |row: &csv::StringRecord| {
            row.iter().enumerate().filter(|(at, _)| *at != 3).map(|(_, cell)| cell.to_owned()).collect()
        };
        rows.iter().map(cells).collect()
    };
    assert_eq!(rest(&all), rest(&states));
}

#[test]
fn parquet_has_the_same_columns() {
    let desk = desk();
    screened(&desk, &["-o", "out.parquet"]);
    let reader = SerializedFileReader::new(fs::File::open(desk.path("out.parquet")).unwrap()).unwrap();
    let about = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let about: Vec<(&str, &str)> =
        about.iter().map(|pair| (pair.key.as_str(), pair.value.as_deref().unwrap())).collect();
    let hash = hash(&desk);
    assert_eq!(about, [("protocol", "study"), ("version", "1.2"), ("hash", &hash), ("policy", POLICY)]);
    let rows: Vec<Vec<(String, String)>> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let row = row.unwrap();
            row.get_column_iter().map(|(name, cell)| (name.clone(), cell.to_string().replace('"', ""))).collect()
        })
        .collect();
    assert_eq!(rows.len(), RESULTS.len());
    for (row, (patient, verdict, because, states)) in rows.iter().zip(RESULTS) {
        assert!(row.iter().map(|(name, _)| name).eq(heads().iter()), "{row:?}");
        let cells: Vec<&str> = row.iter().map(|(_, cell)| cell.as_str()).collect();
        assert_eq!((cells[0], cells[1], cells[2]), (patient, verdict, &*because.join("; ")));
        assert_eq!(cells[5..], states, "{patient}");
    }
}

#[test]
fn rejects_go_to_a_file() {
    let desk = desk();
    screened(&desk, &["-o", "out.csv"]);
    let text = desk.read("out.csv.rejects.ndjson");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["rejected"] == kind).cloned().collect::<Vec<_>>();
    let (records, facts) = (of("record"), of("fact"));
    assert_eq!((records.len(), facts.len(), lines.len()), (5, 2, 7), "{text}");
    let places: Vec<&Value> = records.iter().map(|line| &line["place"]["line"]).collect();
    assert_eq!(places, [5, 6, 8, 10, 12]);
    assert_eq!(records[1]["field"], "sexe");
    assert_eq!(records[1]["text"], r#"{"id": "p9", "sexe": "male"}"#);
    assert!(records.iter().all(|line| line["file"] == "patients.ndjson" && line["why"].is_string()));
    assert_eq!(facts.iter().map(|line| &line["patient"]).collect::<Vec<_>>(), ["p5", "p7"]);
    screened(&desk, &["--rejects", "elsewhere.ndjson"]);
    assert_eq!(desk.read("elsewhere.ndjson"), text);
    // A run without any leaves no old ones behind.
    desk.file("none.ndjson", "{\"id\": \"x\"}\n");
    assert_eq!(desk.run(&["screen", "study.trial", "none.ndjson", "-o", "out.csv"]).status, 0);
    assert_eq!(desk.read("out.csv.rejects.ndjson"), "");
}

#[test]
fn strict_stops_at_the_first_and_writes_nothing() {
    let desk = desk();
    let call = screened(desk.file("out.csv", "old"), &["--strict", "-o", "out.csv"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("line 5, patient p8") && call.errors.contains("--strict"), "{}", call.errors);
    assert!(!call.errors.contains("line 6"), "{}", call.errors);
    assert_eq!(desk.read("out.csv"), "old");
    assert_eq!(desk.names(), ["out.csv", "patients.ndjson", "study.trial"]);
    // A single fact is enough.
    let fifth = String::from_utf8_lossy(&patients()).lines().nth(6).unwrap().to_owned();
    let call = desk.file("p5.ndjson", fifth).run(&["screen", "study.trial", "p5.ndjson", "--strict"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("patient p5, observations[0]"), "{}", call.errors);
}

#[test]
fn places_that_cannot_be_written() {
    let desk = desk();
    let call = screened(&desk, &["-o", "no/such/out.csv"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write no/such/out.csv: no such file or folder"), "{}", call.errors);
    let call = screened(&desk, &["-o", "out.txt"]);
    assert_eq!(call.status, 2);
    assert!(call.errors.contains("end the name with .csv, .ndjson or .parquet"), "{}", call.errors);
    let mut locked = fs::metadata(desk.file("locked.csv", "old").path("locked.csv")).unwrap().permissions();
    locked.set_readonly(true);
    fs::set_permissions(desk.path("locked.csv"), locked).unwrap();
    let call = screened(&desk, &["-o", "locked.csv"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write locked.csv: permission denied"), "{}", call.errors);
    assert_eq!(desk.names(), ["locked.csv", "patients.ndjson", "study.trial"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_and_leaves_the_old_results() {
    let desk = desk();
    for form in ["csv", "ndjson", "parquet"] {
        let full = format!("full.{form}");
        std::os::unix::fs::symlink("/dev/full", desk.path(&full)).unwrap();
        let call = screened(&desk, &["-o", &full]);
        assert_eq!(call.status, 1, "{form}");
        assert!(call.errors.contains("the disk is full"), "{form}: {}", call.errors);
    }
    let call = screened(desk.file("out.csv", "old"), &["-o", "out.csv", "--rejects", "/dev/full"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write /dev/full: the disk is full"), "{}", call.errors);
    assert_eq!(desk.read("out.csv"), "old");
    assert_eq!(desk.names(), ["full.csv", "full.ndjson", "full.parquet", "out.csv", "patients.ndjson", "study.trial"]);
}

#[test]
#[cfg(unix)]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = desk();
    if crate::above_permissions(desk.folder.path()) {
        return;
    }
    fs::create_dir(desk.path("shut")).unwrap();
    fs::set_permissions(desk.path("shut"), fs::Permissions::from_mode(0o555)).unwrap();
    let call = screened(&desk, &["-o", "shut/out.csv"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write shut/out.csv: permission denied"), "{}", call.errors);
}

/// Stopped while it waits for more patients.
#[test]
#[cfg(target_os = "linux")]
fn what_is_stopped_leaves_nothing_half_written() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    for (signal, tidy) in [("-INT", true), ("-TERM", true), ("-KILL", false)] {
        let desk = desk();
        desk.file("out.csv", "old");
        let mut child = Command::new(env!("CARGO_BIN_EXE_trialc"))
            .current_dir(desk.folder.path())
            .args(["screen", "study.trial", "-", "-o", "out.csv"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // More than is read before the first patient.
        for number in 0..10_000 {
            writeln!(input, "{{\"id\": \"n{number}\"}}").unwrap();
        }
        let begun = Instant::now();
        while desk.names().len() < 5 {
            assert!(begun.elapsed() < Duration::from_mins(1), "it writes nothing: {:?}", desk.names());
            std::thread::sleep(Duration::from_millis(10));
        }
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let status = child.wait().unwrap();
        drop(input);
        assert!(!status.success());
        assert_eq!(desk.read("out.csv"), "old", "{signal}");
        if tidy {
            assert_eq!(status.code(), Some(130), "{signal}");
            assert_eq!(desk.names(), ["out.csv", "patients.ndjson", "study.trial"], "{signal}");
        }
    }
}

#[test]
fn one_patient_is_explained() {
    let desk = desk();
    let call = screened(&desk, &["--explain", "p4"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    let (decided, others) = call.output.split_once("\nthe other criteria\n").unwrap();
    assert_eq!(
        decided,
        "p4: undetermined\n\nwhat decided\n\n\
         exclude liver \"ALT above 3 times the upper limit\": unknown\n  \
         ALT > 3 ULN - unknown\n    \
         fact: ALT = 130 U/L on 2026-02-20\n    \
         missing: the upper limit of normal of ALT\n"
    );
    assert!(others.contains("fact: hemoglobin = 95 g/L on 2026-02-20"), "{others}");
    assert!(others.contains("what to find out next\n  1. find out the upper limit of normal of ALT"), "{others}");
    // 11.0 g/dL are 110 g/L.
    let call = screened(&desk, &["--explain", "p2"]);
    assert!(call.output.contains("fact: hemoglobin = 11.0 g/dL, which is 110 g/L on 2026-02-20"), "{}", call.output);
}

#[test]
fn one_patient_is_explained_as_json() {
    let call = screened(&desk(), &["--explain", "p4", "--show", "json"]);
    let report: Value = serde_json::from_str(&call.output).unwrap();
    assert_eq!((&report["patient"], &report["verdict"]), (&"p4".into(), &"undetermined".into()));
    assert_eq!(report["because"], Value::from(["liver"].to_vec()));
    let names: Vec<&Value> = report["criteria"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, CRITERIA);
    let liver = &report["criteria"][2];
    assert_eq!(
        (&liver["kind"], &liver["state"], &liver["passes"]),
        (&"exclude".into(), &"unknown".into(), &"unknown".into())
    );
    assert_eq!(liver["reason"]["sentence"], "ALT > 3 ULN");
    assert_eq!(liver["reason"]["missing"], Value::from(["the upper limit of normal of ALT"].to_vec()));
    // Below 120 the patient is in, above it out.
    let asked = &report["questions"][0];
    assert_eq!((&asked["could_admit"], &asked["in_shortest"]), (&true.into(), &true.into()));
    assert_eq!(asked["could_exclude"], Value::from(["liver"].to_vec()));
}

#[test]
fn patients_who_are_not_there_or_could_not_be_read() {
    let desk = desk();
    let call = screened(&desk, &["--explain", "p44"]);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
    assert!(
        call.errors.ends_with("there is no patient `p44` in these files (did you mean `p4`?)\n"),
        "{}",
        call.errors
    );
    let call = screened(&desk, &["--explain", "somebody"]);
    assert!(call.errors.ends_with("there is no patient `somebody` in these files\n"), "{}", call.errors);
    let call = screened(&desk, &["--explain", "p9"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("line 6, patient p9, sexe: unknown field"), "{}", call.errors);
}

/// Either result settles `blood` in the patient's favour, so that one of the two stands in the shortest list.
#[test]
fn the_shortest_list_of_questions() {
    let desk = Desk::new();
    desk.file(
        "two.trial",
        "use labs { hemoglobin, platelets }\ntrial two \"Two ways in\" { phase 2 }\neligibility at screening {\n  \
         include blood \"Blood\": hemoglobin < 100 g/L or platelets < 100 10*9/L\n  \
         include agrees \"Agrees\": judged by investigator\n}\n",
    );
    desk.file("x.ndjson", "{\"id\": \"x\", \"anchors\": {\"screening\": \"2026-03-01\"}}");
    let call = desk.run(&["screen", "two.trial", "x.ndjson", "--questions"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    let lines: Vec<&str> = call.output.lines().take(4).collect();
    assert_eq!(lines[0], "x  undetermined  open: blood, agrees");
    // A "no" excludes; a result alone excludes nobody, as the other may still be low.
    assert_eq!(lines[1], "  1. ask the investigator: Agrees (alone could exclude: agrees)");
    assert_eq!(lines[2], "  2. measure or look up hemoglobin (for blood)");
    assert_eq!(lines[3], "  besides, 1 more that could matter (--explain x)");
}

/// A patient of whom only the methotrexate of 10 February is known.
const TAKEN: &str = r#"{"id": "x", "medications": [{"of": "methotrexate", "date": "2026-02-10"}], "complete": [{"records": ["medications"]}]}"#;

/// The state of a criterion.
fn state(call: &Call, name: &str) -> String {
    let line = call.output.lines().next().unwrap();
    let row: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{}\n{}", call.output, call.errors));
    row["criteria"][name].as_str().unwrap().to_owned()
}

#[test]
fn dates_of_the_trial_for_all_patients() {
    let desk = Desk::new();
    desk.file("study.trial", STUDY).file("x.ndjson", TAKEN);
    let mtx = |more: &[&str]| {
        state(&desk.run(&[&["screen", "study.trial", "x.ndjson", "--show", "json"], more].concat()), "mtx")
    };
    assert_eq!(mtx(&[]), "unknown", "nobody knows when the screening was");
    // 10 February + 28 days is 10 March: the last day on which the criterion keeps the patient out.
    assert_eq!(mtx(&["--anchor", "screening=2026-03-10"]), "met");
    assert_eq!(mtx(&["--anchor", "screening=2026-03-11"]), "not_met");
    desk.file("dates.csv", "id,screening\nx,2026-03-11\n");
    assert_eq!(mtx(&["--anchors", "dates.csv"]), "not_met");
    assert_eq!(mtx(&["--anchors", "dates.csv", "--anchor", "screening=2026-03-10"]), "not_met", "x has its own");
    let call = desk.run(&["screen", "study.trial", "x.ndjson", "--anchor", "screning=2026-03-10"]);
    assert_eq!(call.status, 2);
    assert!(call.errors.contains("did you mean `screening`?"), "{}", call.errors);
}

#[test]
fn planned_dates_and_the_day_of_the_record() {
    let desk = Desk::new();
    let ahead = STUDY.replace("within 4 weeks\n", "within 4 weeks before first_dose\n");
    desk.file("study.trial", ahead).file("x.ndjson", TAKEN);
    let call = |more: &[&str]| {
        let all = ["screen", "study.trial", "x.ndjson", "--anchor", "screening=2026-03-01"];
        desk.run(&[&all, more].concat())
    };
    let mtx = |more: &[&str]| state(&call(&[&["--show", "json"], more].concat()), "mtx");
    assert_eq!(mtx(&[]), "unknown", "nobody knows when the first dose is planned");
    assert_eq!(mtx(&["--plan", "first_dose=2026-03-10"]), "met");
    assert_eq!(mtx(&["--plan", "first_dose=2026-03-11"]), "not_met");
    let explained = call(&["--plan", "first_dose=2026-03-10", "--explain", "x"]).output;
    assert!(explained.contains("note: first_dose as planned"), "{explained}");
    // With a screening of 11 March the dose of 10 February is out. Of a record of 20 February nobody knows what was taken
    // from the 21st on.
    desk.file("study.trial", STUDY);
    let mtx = |more: &[&str]| {
        let all = ["screen", "study.trial", "x.ndjson", "--show", "json", "--anchor", "screening=2026-03-11"];
        state(&desk.run(&[&all, more].concat()), "mtx")
    };
    assert_eq!((&*mtx(&[]), &*mtx(&["--as-of", "2026-02-20"])), ("not_met", "unknown"));
    for wrong in [["--plan", "first_dose"], ["--plan", "first_dos=2026-03-10"], ["--as-of", "30 February"]] {
        assert_eq!(call(&wrong).status, 2, "{wrong:?}");
    }
}

/// p4 has an ALT of 130 U/L without its own limit.
#[test]
fn the_site_gives_limits_of_normal() {
    let desk = desk();
    let liver = |table: &str| {
        let call = screened(desk.file("ranges.csv", table), &["--ranges", "ranges.csv", "--show", "json"]);
        let line = call.output.lines().nth(3).unwrap_or_else(|| panic!("{}", call.errors));
        serde_json::from_str::<Value>(line).unwrap()["criteria"]["liver"].as_str().unwrap().to_owned()
    };
    assert_eq!(liver("measure,sex,lower,upper,unit\nALT,,,40,U/L\n"), "met", "130 > 3 × 40");
    assert_eq!(liver("measure,sex,lower,upper,unit\nALT,,,44,U/L\n"), "not_met", "130 < 3 × 44 = 132");
    let call = screened(&desk, &["--ranges", "ranges.csv", "--explain", "p4"]);
    assert!(call.output.contains("note: limit of normal from the site's table"), "{}", call.output);
    // Its own limit stands before the table: 121 is above 3 × 40, and not above 3 × 44.
    assert!(screened(&desk, &["--ranges", "ranges.csv"]).output.contains("p2  ineligible  fails anemic, liver"));
    desk.file("wrong.csv", "measure,sex,lower,upper,unit\nALT,,,40,mg\n");
    let call = screened(&desk, &["--ranges", "wrong.csv"]);
    assert_eq!(call.status, 2);
    assert!(call.errors.contains("wrong.csv: row 2"), "{}", call.errors);
}

#[test]
fn compressed_files_and_compiled_protocols_give_the_same_bytes() {
    let desk = desk();
    let plain = screened(&desk, &["-o", "plain.ndjson"]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&patients()).unwrap();
    desk.file("patients.ndjson.gz", gzip.finish().unwrap());
    desk.file("patients.ndjson.zst", zstd::encode_all(&*patients(), 1).unwrap());
    for name in ["patients.ndjson.gz", "patients.ndjson.zst"] {
        let call = desk.run(&["screen", "study.trial", name, "-o", "out.ndjson"]);
        assert_eq!((call.status, &call.output), (1, &plain.output), "{name}: {}", call.errors);
        assert_eq!(desk.read("out.ndjson"), desk.read("plain.ndjson"), "{name}");
    }
    assert_eq!(desk.run(&["compile", "study.trial", "-o", "study.json"]).status, 0);
    for form in ["ndjson", "csv", "parquet"] {
        let (here, there) = (format!("here.{form}"), format!("there.{form}"));
        screened(&desk, &["-o", &here]);
        let call = desk.run(&["screen", "study.json", "patients.ndjson", "-o", &there]);
        assert_eq!((call.status, &call.output), (1, &plain.output));
        assert!(fs::read(desk.path(&here)).unwrap() == fs::read(desk.path(&there)).unwrap(), "{form}");
    }
}

#[test]
fn patients_from_standard_input() {
    let desk = desk();
    let call = desk.run_with(&["screen", "study.trial", "-"], patients());
    assert_eq!(call.status, 1);
    assert_eq!(call.output, screened(&desk, &[]).output);
}

#[test]
fn files_that_are_not_there() {
    let desk = desk();
    for args in [
        ["screen", "no.trial", "patients.ndjson"],
        ["screen", "study.trial", "no.ndjson"],
        ["screen", "study.trial", "--questions"],
    ] {
        assert_eq!(desk.run(&args).status, 2, "{args:?}");
    }
    let call = desk.file("bad.trial", crate::BAD).run(&["screen", "bad.trial", "patients.ndjson"]);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
}
