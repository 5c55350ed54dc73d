//! Dose calendars against calendars that were worked out by hand, with the working beside them in `tests/schedule/`; and what
//! must hold of every calendar.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use assert_cmd::Command;
use proptest::prelude::*;
use serde_json::Value;
use trialc::check::{Input, check};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::record::time::date_of;
use trialc::schedule::body::ALWAYS;
use trialc::schedule::{Calendar, Measures, Number, Plan, Row, Sheet};
use trialc::source::Sources;
use trialc::world::NoFiles;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedule")
}

fn trialc(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
    command.current_dir(folder()).env("NO_COLOR", "1").args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let done = trialc(arguments);
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

// ---- calendars worked out by hand -------------------------------------------------------------------------------------------

/// A row as the expectations write it.
fn told(row: &Value) -> String {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let unit = if text("unit").is_empty() { String::new() } else { format!(" {}", text("unit")) };
    let range = |low: &str, high: &str| match (text(low), text(high)) {
        (low, _) if low.is_empty() => String::new(),
        (low, high) if high.is_empty() => low,
        (low, high) => format!("{low}..{high}"),
    };
    let placebo = if text("given_as") == "placebo" { "placebo for " } else { "" };
    let times = match row["times"].as_u64().unwrap() {
        1 => String::new(),
        times => format!("{times} × "),
    };
    let equal = if text("equivalent_to").is_empty() { String::new() } else { format!(" as {}", text("equivalent_to")) };
    let amount = |low: &str, high: &str, before: &str, behind: &str| match range(low, high) {
        amount if amount.is_empty() => amount,
        amount => format!("{before}{amount}{unit}{behind}"),
    };
    let state = match text("state").as_str() {
        "planned" | "as_needed" | "days_not_said" => String::new(),
        state => format!("{state} "),
    };
    let cycle = row.get("cycle").map_or_else(|| "-".to_owned(), ToString::to_string);
    format!(
        "{} {} {} {cycle} {placebo}{} | {state}{} | {}",
        text("date"),
        row["study_day"],
        text("epoch"),
        text("drug"),
        amount("dose", "dose_to", &times, &equal),
        amount("together", "together_to", "", ""),
    )
}

fn follow(file: &str) {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let mut faults = Vec::new();
    let mut calendar = Value::Null;
    let mut asked = 0;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
    {
        let place = format!("{file}:{}", number + 1);
        if let Some(call) = line.strip_prefix("$ ") {
            let mut arguments = vec!["schedule"];
            arguments.extend(call.split_whitespace());
            arguments.extend(["--format", "json"]);
            calendar = serde_json::from_str(&printed(&arguments)).unwrap();
            continue;
        }
        asked += 1;
        let rows = calendar["doses"].as_array().unwrap();
        let of = |drug: &str| rows.iter().filter(|row| row["drug"] == drug).collect::<Vec<_>>();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["rows", count] => {
                if rows.len().to_string() != *count {
                    faults.push(format!("{place}: {} rows", rows.len()));
                }
            }
            ["count", drug, count] => {
                if of(drug).len().to_string() != *count {
                    faults.push(format!("{place}: {} of {drug}", of(drug).len()));
                }
            }
            ["none", date, drug] => {
                if of(drug).iter().any(|row| row["date"] == *date) {
                    faults.push(format!("{place}: there is one"));
                }
            }
            ["given", date, drug, ..] => {
                let row = of(drug).into_iter().find(|row| row["date"] == *date).unwrap();
                let text = |key: &str| row["given"][key].as_str().unwrap_or("").to_owned();
                let said = format!("given {date} {drug} | {} | {} | {}", text("state"), text("date"), text("amount"));
                if said.trim_end() != line.trim_end() {
                    faults.push(format!("{place}: {said}"));
                }
            }
            ["unplanned", date, drug, why @ ..] => {
                let all = calendar["unplanned"].as_array().cloned().unwrap_or_default();
                if !all.iter().any(|one| one["date"] == *date && one["drug"] == *drug && one["why"] == why.join(" ")) {
                    faults.push(format!("{place}: not among {all:?}"));
                }
            }
            ["adherence", drug, ..] => {
                let all = calendar["adherence"].as_array().unwrap();
                let one = all.iter().find(|one| one["drug"] == *drug).unwrap();
                let text = |key: &str| one[key].as_str().map_or_else(|| one[key].to_string(), str::to_owned);
                let mut said = format!("adherence {drug}");
                for key in ["due", "in_time", "late", "missed", "not_recorded", "unplanned", "per_cent"] {
                    said.extend([" ", key, " ", &text(key)]);
                }
                said.extend([" given ", &text("amount_given"), " planned ", &text("amount_planned")]);
                if said != line {
                    faults.push(format!("{place}: {said}"));
                }
            }
            ["note", ..] => {
                let wanted = line.strip_prefix("note ").unwrap();
                let all = rows.iter().map(|row| &row["notes"]).chain([&calendar["notes"]]);
                let given = rows.iter().map(|row| &row["given"]["notes"]);
                let mut notes = all.chain(given).filter_map(Value::as_array).flatten().filter_map(Value::as_str);
                if !notes.any(|note| note.contains(wanted)) {
                    faults.push(format!("{place}: no such note"));
                }
            }
            _ => {
                if !rows.iter().any(|row| told(row).trim_end() == line.trim_end()) {
                    let near: Vec<String> = rows.iter().map(told).filter(|row| row.starts_with(words[0])).collect();
                    faults.push(format!("{place}: {line}\n    of that day: {near:#?}"));
                }
            }
        }
    }
    assert!(asked > 10, "{file} asks nothing");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn arms_have_the_calendars_that_were_worked_out() {
    follow("arms.expected");
}

#[test]
fn protocols_have_the_calendars_that_were_worked_out() {
    follow("protocols.expected");
}

#[test]
fn records_change_calendars_as_was_worked_out() {
    follow("charts.expected");
}

#[test]
fn arms_of_labels_have_the_calendars_that_were_worked_out() {
    follow("labels.expected");
}

#[test]
fn arms_of_practice_have_the_calendars_that_were_worked_out() {
    follow("practice.expected");
}

#[test]
fn doses_given_otherwise_than_planned_are_told_apart() {
    follow("labels_charts.expected");
}

// ---- what holds of every calendar -------------------------------------------------------------------------------------------

fn compiled(path: &Path) -> Trial {
    let text = std::fs::read_to_string(path).unwrap();
    let mut sources = Sources::new();
    let input = Input { path: path.to_owned(), text: Some(Arc::from(text.as_str())) };
    lower(check(&NoFiles, &mut sources, input).0.unwrap())
}

fn trials() -> Vec<Trial> {
    let protocols = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(protocols).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "trial"));
    paths.extend(["arms.trial", "labels.trial"].map(|file| folder().join(file)));
    paths.sort();
    paths.iter().map(|path| compiled(path)).collect()
}

fn measures(weight: u32, height: u32) -> Measures {
    let whole = |number: u32| vec![(ALWAYS, num_rational::BigRational::from_integer(number.into()))];
    Measures { weight: whole(weight), height: whole(height), surface: Vec::new() }
}

fn rows(plan: &Plan<'_>, sheet: &Sheet<'_>, measures: &Measures) -> Vec<Row> {
    Calendar::new(plan, sheet, measures).map(|dose| Row::new(plan, sheet, &dose, "p")).collect()
}

thread_local! {
    static TRIALS: Vec<Trial> = trials();
}

fn with_every_arm(test: impl Fn(&Plan<'_>)) {
    TRIALS.with(|trials| {
        for trial in trials {
            for arm in &trial.arms {
                test(&Plan::of(trial, arm).unwrap());
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_sum_of_the_doses_is_the_last_sum(start in 0_i64..40_000, weight in 30_u32..150, height in 130_u32..210) {
        with_every_arm(|plan| {
            let sheet = Sheet::new(plan, start, None).unwrap();
            let mut sums: Vec<(Number, Number)> = vec![(Number::ZERO, Number::ZERO); plan.lines.len()];
            for dose in Calendar::new(plan, &sheet, &measures(weight, height)) {
                let (Ok(ends), Some(together)) = (&dose.shown.worked.dose, &dose.together) else { continue };
                // One drug in two units is added up in the first of them.
                let of = &plan.sums[dose.line];
                let one = num_rational::BigRational::from_integer(1.into());
                let scaled = |end: &Number| Number::new(&(end.rational() * of.factor.as_ref().unwrap_or(&one)));
                sums[of.at].0.add(&scaled(&ends.low.times(dose.times)));
                sums[of.at].1.add(&scaled(&ends.high.times(dose.times)));
                assert_eq!(sums[of.at].0, scaled(&together.low));
                assert_eq!(sums[of.at].1, scaled(&together.high));
                assert!(ends.low <= ends.high);
            }
        });
    }

    /// The same of what is written: the doses of a drug, added up from the text of the rows with the units that stand in them.
    #[test]
    fn the_written_doses_add_up_to_the_written_sum(start in 0_i64..40_000, weight in 30_u32..150, height in 130_u32..210) {
        with_every_arm(|plan| {
            let sheet = Sheet::new(plan, start, None).unwrap();
            let mut sums: std::collections::BTreeMap<String, f64> = std::collections::BTreeMap::new();
            let mut last: std::collections::BTreeMap<String, f64> = std::collections::BTreeMap::new();
            for row in rows(plan, &sheet, &measures(weight, height)) {
                let (Some(dose), Some(together)) = (&row.dose, &row.together) else { continue };
                // What has no end is written with its first digits.
                let number = |text: &str| text.trim_end_matches('…').parse::<f64>().unwrap();
                let unit = row.unit.as_deref().unwrap();
                let grams = match unit { "g" => 1_000.0, _ => 1.0 };
                // Each drug of a choice, and each equivalent, has a sum of its own.
                let of = format!("{} {:?} {:?}", row.drug, row.choice, row.equivalent_to);
                *sums.entry(of.clone()).or_default() += number(dose) * f64::from(row.times) * grams;
                last.insert(of, number(together) * grams);
            }
            for (of, sum) in sums {
                assert!((sum - last[&of]).abs() < 0.01, "{of}: {sum} and {}", last[&of]);
            }
        });
    }

    #[test]
    fn another_start_moves_every_dose(start in 0_i64..40_000, days in -2_000_i64..2_000) {
        with_every_arm(|plan| {
            let sheet = Sheet::new(plan, start, None).unwrap();
            let later = Sheet::new(plan, start + days, None).unwrap();
            if !sheet.by_calendar {
                let moved: Vec<i64> = sheet.slots.iter().map(|slot| slot.day + days).collect();
                assert_eq!(moved, later.slots.iter().map(|slot| slot.day).collect::<Vec<_>>());
                let mut shifted = sheet.clone();
                shifted.move_to(start + days);
                assert_eq!(shifted.slots, later.slots);
                assert_eq!(shifted.standing, later.standing);
            }
        });
    }

    /// A day more of the start is a day more of every date that is written, and nothing else.
    #[test]
    fn another_start_changes_dates_alone(start in 0_i64..40_000, days in -2_000_i64..2_000) {
        with_every_arm(|plan| {
            let sheet = Sheet::new(plan, start, None).unwrap();
            if sheet.by_calendar {
                return;
            }
            let later = Sheet::new(plan, start + days, None).unwrap();
            let moved = |text: &str| {
                let day = text.parse::<trialc::record::When>().unwrap().span.first_day();
                date_of(day + days).unwrap().to_string()
            };
            let measures = measures(70, 170);
            for (mut one, mut other) in rows(plan, &sheet, &measures).into_iter().zip(rows(plan, &later, &measures)) {
                one.date = moved(&one.date);
                one.to = one.to.map(|to| moved(&to));
                // Notes name the last day of what has no days.
                (one.notes, other.notes) = (Vec::new(), Vec::new());
                assert_eq!(one, other);
            }
        });
    }

    #[test]
    fn doses_lie_in_their_epochs_and_in_order(start in 0_i64..40_000) {
        with_every_arm(|plan| {
            let sheet = Sheet::new(plan, start, None).unwrap();
            assert!(sheet.slots.is_sorted_by_key(|slot| (slot.day, slot.line)));
            for slot in &sheet.slots {
                let period = sheet.period(slot.day).expect("a dose in no epoch");
                assert!(plan.lines[slot.line].epochs.contains(&period));
            }
        });
    }

    /// What is written quickly is what is written slowly; also where it is copied from participants before, of the same size or
    /// another, from other first days.
    #[test]
    fn csv_has_the_cells_of_the_rows(start in 0_i64..40_000, weight in 30_u32..150, days in 0_i64..900) {
        with_every_arm(|plan| {
            let shelf = trialc::schedule::calendar::Shelf::default();
            let mut sheets = trialc::schedule::Sheets::new(None);
            let (mut out, mut rows) = (Vec::new(), Vec::new());
            let mut csv = trialc::schedule::csv::Csv::new(&mut out).unwrap();
            for (days, more) in [(0, 0), (days, 0), (2 * days, 0), (days, 7), (days, 0), (days, 0)] {
                let measures = measures(weight + more, 170);
                let sheet = sheets.of(plan, start + days).unwrap();
                csv.calendar(Calendar::with(plan, sheet, &measures, &shelf), "p").unwrap();
                rows.extend(self::rows(plan, &Sheet::new(plan, start + days, None).unwrap(), &measures));
            }
            csv.finish().unwrap();
            let mut reader = csv::Reader::from_reader(out.as_slice());
            let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(read.len(), rows.len());
            for (cells, row) in read.iter().zip(&rows) {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let wanted = vec![
                    row.participant.clone(), row.arm.clone(), row.date.clone(), row.study_day.to_string(), row.epoch.clone(),
                    row.cycle.map(|cycle| cycle.to_string()).unwrap_or_default(), row.drug.clone(), row.given_as.to_owned(),
                    row.choice.join("; "), row.ordered.clone(), text(&row.dose), text(&row.dose_to), text(&row.unit),
                    text(&row.equivalent_to), row.times.to_string(), text(&row.route), text(&row.together),
                    text(&row.together_to), if row.at_least { "yes".to_owned() } else { String::new() },
                    row.state.to_owned(), text(&row.to), String::new(), String::new(), String::new(), row.notes.join("; "),
                ];
                assert_eq!(cells.iter().collect::<Vec<_>>(), wanted);
            }
        });
    }
}

const ZONES: [&str; 6] =
    ["America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin", "Antarctica/Troll", "Australia/Lord_Howe", "UTC"];

fn printed_in(zone: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
    let done = command.current_dir(folder()).env("TZ", zone).args(arguments).output().unwrap();
    assert!(done.status.success(), "{zone} {arguments:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// The days around which clocks are changed in these zones, with and without a record.
#[test]
fn no_calendar_depends_on_the_time_zone() {
    for start in ["2026-03-27", "2026-10-24", "2026-04-04", "2026-12-31"] {
        for arm in ["alternate", "months"] {
            let call = ["schedule", "labels.trial", "--arm", arm, "--start", start, "--format", "csv"];
            let first = printed_in("UTC", &call);
            assert!(ZONES.iter().all(|zone| printed_in(zone, &call) == first), "{arm} from {start}");
        }
    }
    for call in [
        &["schedule", "arms.trial", "--arm", "chemo", "--patient", "charts.ndjson", "--id", "delayed"][..],
        &["visits", "../visits/visits.trial", "--patient", "../visits/charts.ndjson", "--id", "kept"],
    ] {
        let first = printed_in("UTC", call);
        assert!(ZONES.iter().all(|zone| printed_in(zone, call) == first), "{call:?}");
    }
}

#[test]
fn no_time_zone_moves_a_dose() {
    let call = ["schedule", "arms.trial", "--arm", "every_other_day", "--start", "2026-01-05", "--format", "ics"];
    let plain = printed(&call);
    for zone in ZONES {
        assert_eq!(plain, printed_in(zone, &call), "{zone}");
    }
    assert!(plain.contains("DTSTART;VALUE=DATE:20260330\r\n"));
    assert!(plain.lines().all(|line| line.len() <= 75));
    assert_eq!(plain.matches("BEGIN:VEVENT").count(), 58);
    let ids: std::collections::BTreeSet<&str> = plain.lines().filter(|line| line.starts_with("UID:")).collect();
    assert_eq!(ids.len(), 58);
    assert!(!plain.contains("DTSTAMP:2026011"), "the stamp is the first day");
}

#[test]
fn the_json_is_what_the_schema_says() {
    let schema: Value = serde_json::from_str(&printed(&["schema", "schedule"])).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arm in ["on_days", "titrated", "chosen", "chemo"] {
        let call = ["schedule", "arms.trial", "--arm", arm, "--start", "2026-01-05", "--format", "json"];
        let json: Value = serde_json::from_str(&printed(&call)).unwrap();
        assert!(validator.is_valid(&json), "{arm}");
        assert_eq!(json["format"], "trialc-schedule/1");
    }
}

#[test]
fn many_participants_are_the_same_as_each_alone() {
    let desk = tempfile::TempDir::new().unwrap();
    let table = desk.path().join("many.csv");
    let mut text = "id,arm,start,weight,height\n".to_owned();
    let mut alone = String::new();
    for (number, arm) in ["chemo", "months", "every_other_day", "chemo", "titrated", "months"].into_iter().enumerate() {
        let start = date_of(20_000 + 31 * i64::try_from(number).unwrap()).unwrap();
        let weight = format!("{}kg", 50 + number);
        text.extend([format!("p{number},{arm},{start},{weight},170 cm\n")]);
        let start = start.to_string();
        let call =
            ["schedule", "arms.trial", "--arm", arm, "--start", &start, "--weight", &weight, "--height", "170cm"];
        let one = printed(&[&call[..], &["--format", "csv"]].concat());
        alone.extend(one.lines().skip(1).map(|line| format!("p{number}{line}\n")));
    }
    std::fs::write(&table, text).unwrap();
    let out = desk.path().join("doses.csv");
    printed(&["schedule", "arms.trial", "--participants", table.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let written = std::fs::read_to_string(&out).unwrap();
    assert_eq!(written.split_once('\n').unwrap().1, alone);
    let lines = printed(&["schedule", "arms.trial", "--participants", table.to_str().unwrap(), "--format", "json"]);
    assert_eq!(lines.lines().count(), alone.lines().count());
}

// ---- what is said of wrong calls ---------------------------------------------------------------------------------------------

#[test]
fn wrong_calls_say_what_to_do() {
    for (arguments, status, said) in [
        (&["--start", "2026-01-05"][..], 2, "which arm? say --arm with one of `every_other_day`, "),
        (
            &["--arm", "chem", "--start", "2026-01-05"],
            2,
            "the protocol has no arm `chem`: its arms are `every_other_day`",
        ),
        (&["--arm", "chemo"], 2, "--start"),
        (&["--arm", "chemo", "--start", "2026-01"], 2, "a calendar needs the whole date, such as 2026-01-05"),
        (&["--arm", "chemo", "--start", "2026-02-30"], 2, "there is no day 2026-02-30"),
        (&["--arm", "chemo", "--start", "2026-01-05", "--weight", "72"], 2, "`72` has no unit: write it, such as 72kg"),
        (
            &["--arm", "chemo", "--start", "2026-01-05", "--height", "1.8"],
            2,
            "`1.8` has no unit: write it, such as 175cm",
        ),
        (
            &["--arm", "chemo", "--start", "2026-01-05", "--weight", "72,5kg"],
            2,
            "parts of a whole stand behind a point: 72.5kg",
        ),
        (&["--arm", "chemo", "--start", "9999-12-01"], 2, "`9999-12-01` lies outside of the years 1800 to 2200"),
        (&["--arm", "chemo", "--start", "2026-01-05", "--weight", "72cm"], 2, "`cm` is length, `kg` is mass"),
        (&["--arm", "chemo", "--start", "2026-01-05", "--weight", "0kg"], 2, "nobody has a weight of 0 kg"),
        (&["--arm", "chemo", "--start", "2026-01-05", "--height", "1.75cm"], 2, "nobody has a height of 1.75 cm"),
        (
            &["--arm", "chosen", "--start", "2026-01-05", "--choose", "docetaxel"],
            2,
            "the choice is between `azathioprine`, `mycophenolate_mofetil`",
        ),
        (&["--participants", "no.csv"], 2, "cannot read no.csv: no such file or folder"),
        (&["--participants", "arms.expected"], 1, "row 2"),
    ] {
        let done = trialc(&[&["schedule", "arms.trial"], arguments].concat());
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(status), "{arguments:?}: {errors}");
        assert!(errors.contains(said), "{arguments:?}: {errors}");
    }
}

/// Each table, and what is said of it: nothing is written.
#[test]
fn tables_of_participants_that_cannot_be_followed_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (table, out) = (folder.path().join("participants.csv"), folder.path().join("doses.csv"));
    for (text, said) in [
        (&b""[..], "there is no participant in "),
        (b"id,arm,start\n", "there is no participant in "),
        (b"\xff\xfei\0d\0", "there is no participant in "),
        (b"id,arm,start\n,months,2026-01-05\n", "row 2: it has no id"),
        (
            b"id,arm,start\np1,months,2026-01-05\np1,months,2026-01-06\n",
            "row 3: there has been a participant `p1` before",
        ),
        (b"id,arm,start\np\xe9,months,2026-01-05\n", "row 2: it is not UTF-8 text"),
        (b"id;arm;start\np1;months;2026-01-05\n", "the columns are id, arm, start, weight, height, bsa, with commas"),
    ] {
        std::fs::write(&table, text).unwrap();
        let call = ["schedule", "arms.trial", "--participants", table.to_str().unwrap(), "-o", out.to_str().unwrap()];
        let done = trialc(&call);
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{text:?}: {errors}");
        assert!(errors.contains(said), "{text:?}: {errors}");
        assert!(!out.exists(), "{text:?}");
    }
}

/// The record says who gets what: a call for another arm is a mistake.
#[test]
fn a_record_has_its_own_arm() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("p1.json");
    let text = r#"{"id": "p1", "arm": "months", "as_of": "2026-01-04", "anchors": {"first_dose": "2026-01-05"}}"#;
    std::fs::write(&chart, text).unwrap();
    let chart = chart.to_str().unwrap();
    let own = printed(&["schedule", "arms.trial", "--patient", chart]);
    assert_eq!(own, printed(&["schedule", "arms.trial", "--patient", chart, "--arm", "months"]));
    let other = trialc(&["schedule", "arms.trial", "--patient", chart, "--arm", "chemo"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("--arm chemo: the record of p1 is in the arm months"));
}

/// 60 and 55 kg: 24 weeks hold doses on days 1, 15, 29, 57, 85, 113 and 141 of 750 mg and, below 60 kg, of 500.
#[test]
fn rules_about_the_body_are_asked_of_many_participants_too() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("participants.csv");
    std::fs::write(&table, "id,arm,start,weight\nlight,bands,2026-02-09,55kg\nusual,bands,2026-02-09,60kg\n").unwrap();
    let written = printed(&["schedule", "practice.trial", "--participants", table.to_str().unwrap()]);
    let count = |id: &str, dose: &str| {
        let row = format!(",abatacept,drug,,{dose} mg,{dose},,mg,");
        written.lines().filter(|line| line.starts_with(id) && line.contains(&row)).count()
    };
    assert_eq!((count("light", "500"), count("light", "750")), (7, 0), "{written}");
    assert_eq!((count("usual", "500"), count("usual", "750")), (0, 7), "{written}");
}
