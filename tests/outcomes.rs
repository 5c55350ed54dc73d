//! Outcomes by their program: what figures by arm need is what the reference evaluator gives, participant by participant.
//!
//! The participants are those worked out by hand (`tests/assess`), the same with what records have wrong or leave out, and
//! generated ones. A count says how much the program decides, so that it cannot leave everything to the reference unseen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "clippy.toml allows them in test functions; here all of the file is a test"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use trialc::assess::{Assessor, Counted, Depth, Tallied, latest_day};
use trialc::chart::Chart;
use trialc::chart::lent::Lent;
use trialc::check::{Input, check};
use trialc::evaluate::Kleene;
use trialc::generate::{self, Generator};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::record::{Reader, Record, Site};
use trialc::source::Sources;
use trialc::world::FileSystem;

/// A protocol, its charts in `tests/assess`, how many outcomes and estimands of it have a program, and how many of a hundred
/// results by hand that says at least: among them are all the hard cases that their authors could think of.
const PROTOCOLS: &[(&str, &str, usize, u64)] = &[
    ("protocols/abatacept_dm.trial", "abatacept_dm", 3, 95),
    ("protocols/basiliximab_cadm.trial", "basiliximab_cadm", 7, 95),
    ("protocols/docetaxel_nsclc.trial", "docetaxel_nsclc", 10, 92),
    ("protocols/il2_dm.trial", "il2_dm", 6, 95),
    ("protocols/il2_iim.trial", "il2_iim", 5, 95),
    ("protocols/tocilizumab_mda5.trial", "tocilizumab_mda5", 3, 95),
    ("tests/assess/estimands.trial", "estimands", 11, 85),
    ("tests/assess/windows.trial", "windows", 7, 60),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn compiled(path: &Path) -> Trial {
    let text: Arc<str> = fs::read_to_string(path).unwrap().into();
    let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path: path.to_owned(), text: Some(text) });
    lower(checked.unwrap_or_else(|| panic!("{} has errors", path.display())))
}

fn by_hand(name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(format!("tests/assess/{name}.charts.ndjson"))).unwrap();
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

fn record(reader: &Reader<'_>, chart: &Chart) -> Record {
    let mut chart = chart.clone();
    if chart.as_of.is_none() && reader.site.as_of.is_none() {
        chart.as_of = latest_day(&Lent::of(&chart)).map(str::to_owned);
    }
    reader.record(&chart)
}

/// What is counted: of those outside of the population, and of those who may be, nothing else is.
fn as_counted(counted: Counted) -> Counted {
    match counted.member {
        Kleene::Met => counted,
        Kleene::NotMet | Kleene::Unknown => {
            Counted { stood_in: false, failed: false, result: Tallied::Missing, ..counted }
        }
    }
}

/// Both ways of one participant.
fn hold(assessor: &Assessor<'_, '_>, chart: &Chart) {
    let make = || record(assessor.reader, chart);
    let found = assessor.counted(&Lent::of(chart), &|| Some(make())).unwrap();
    let reference = assessor.assess(&make());
    for ((asked, found), finding) in assessor.asked.iter().zip(found).zip(&reference) {
        let (found, wanted) = (as_counted(found), as_counted(Counted::of(finding)));
        assert!(
            found == wanted,
            "{}@{:?}: {found:?}, by the reference {wanted:?}, of\n{}",
            asked.outcome.name,
            asked.estimand.map(|estimand| &estimand.name),
            serde_json::to_string(chart).unwrap()
        );
    }
}

/// A stream of numbers (`SplitMix64`, Steele 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

fn list<'v>(chart: &'v mut Value, name: &str) -> &'v mut Vec<Value> {
    let lists = chart.as_object_mut().unwrap();
    lists.entry(name).or_insert_with(|| json!([])).as_array_mut().unwrap()
}

fn shifted(text: &str, days: i64) -> String {
    let Ok(day) = text.get(..10).unwrap_or(text).parse::<calendar::Day>() else { return text.to_owned() };
    day.moved(days)
}

/// Days of ISO 8601 without a library: their number by the algorithm of Hinnant 2013 (`days_from_civil`).
mod calendar {
    use std::str::FromStr;

    pub(crate) struct Day(i64);

    impl FromStr for Day {
        type Err = ();

        fn from_str(text: &str) -> Result<Self, ()> {
            let parts: Vec<i64> = text.split('-').map(|part| part.parse().map_err(|_| ())).collect::<Result<_, _>>()?;
            let [y, m, d] = parts[..] else { return Err(()) };
            let y = if m <= 2 { y - 1 } else { y };
            let (era, shifted) = (y.div_euclid(400), if m > 2 { m - 3 } else { m + 9 });
            let of_era = y - era * 400;
            Ok(Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * shifted + 2) / 5 + d - 1))
        }
    }

    impl Day {
        pub(crate) fn moved(&self, days: i64) -> String {
            let z = self.0 + days;
            let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
            let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
            let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
            let mp = (5 * doy + 2) / 153;
            let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
            format!("{:04}-{m:02}-{d:02}", yoe + era * 400 + i64::from(m <= 2))
        }
    }
}

fn vague(draw: &mut Draw, value: &mut Value) {
    let Some(text) = value.as_str().map(str::to_owned) else { return };
    *value = match draw.below(6) {
        0 => json!(text.get(..7).unwrap_or(&text)),
        1 => json!(text.get(..4).unwrap_or(&text)),
        2 if text.len() == 10 => json!(format!("{text}T08:30")),
        _ => {
            let days = *draw.of(&[-30, -8, -7, -6, -2, -1, 1, 2, 3, 7, 8, 14, 40]);
            json!(shifted(&text, days))
        }
    };
}

/// One thing that records have wrong, or leave out, or say twice.
fn spoil(draw: &mut Draw, chart: &mut Value, trial: &Trial) {
    match draw.below(20) {
        0..=3 => {
            let results = list(chart, "observations");
            if !results.is_empty() {
                let at = draw.below(results.len());
                results.remove(at);
            }
        }
        4..=7 => {
            let results = list(chart, "observations");
            let at = draw.below(results.len());
            if let Some(result) = results.get_mut(at) {
                let number: Option<f64> = match &result["value"] {
                    Value::String(text) => text.parse().ok(),
                    other => other.as_f64(),
                };
                let words = result["of"].as_str().and_then(|of| trial.concepts.get(of)).map(|concept| &concept.values);
                if let Some(number) = number {
                    let factor = draw.of(&[0.0, 0.5, 0.75, 0.8, 0.81, 1.0, 1.2, 1.25, 1.26, 1.5]);
                    result["value"] = json!(format!("{:.2}", number * factor));
                } else if let Some(words) = words.filter(|words| !words.is_empty()) {
                    result["value"] = json!(draw.of(words).as_str());
                }
            }
        }
        8 | 9 => {
            let results = list(chart, "observations");
            let at = draw.below(results.len());
            if let Some(result) = results.get_mut(at) {
                vague(draw, &mut result["date"]);
            }
        }
        10 => {
            let results = list(chart, "observations");
            let at = draw.below(results.len());
            if let Some(mut twice) = results.get(at).cloned() {
                if draw.below(2) == 0 {
                    vague(draw, &mut twice["date"]);
                }
                if twice["value"].is_number() && draw.below(2) == 0 {
                    twice["value"] = json!("3");
                }
                results.push(twice);
            }
        }
        11 => {
            let results = list(chart, "observations");
            let at = draw.below(results.len());
            if let Some(result) = results.get_mut(at) {
                match draw.below(3) {
                    0 => result["comparator"] = json!(draw.of(&["<", "<=", ">", ">="])),
                    1 => _ = result.as_object_mut().unwrap().remove("upper_limit"),
                    _ => result["upper_limit"] = json!(draw.of(&["40", "33.5", "0", "210"])),
                }
            }
        }
        12 => {
            let courses = list(chart, "medications");
            let at = draw.below(courses.len());
            if let Some(course) = courses.get_mut(at) {
                match draw.below(5) {
                    0 => course["dose"] = json!({"value": "0.02", "unit": "g/d"}),
                    1 => {
                        course["dose"] = json!({"value": "7.5", "unit": "mg"});
                        course["frequency"] =
                            draw.of(&[json!({"times_daily": 2}), json!({"every_days": 3}), json!("as_needed")]).clone();
                    }
                    2 => course["dose"] = json!({"value": "1", "unit": "mg/kg/d"}),
                    3 => _ = course.as_object_mut().unwrap().remove("route"),
                    _ => {
                        let name = if course.get("start").is_some() { "start" } else { "date" };
                        vague(draw, &mut course[name]);
                    }
                }
            }
        }
        13 => {
            let drugs = [
                "prednisone",
                "methylprednisolone",
                "glucocorticoid",
                "methotrexate",
                "docetaxel",
                "carboplatin",
                "pemetrexed",
                "antineoplastic",
            ];
            let known: Vec<&&str> = drugs.iter().filter(|drug| trial.concepts.contains_key(**drug)).collect();
            if let Some(drug) = known.get(draw.below(known.len())) {
                let start = shifted("2021-03-01", i64::try_from(draw.below(900)).unwrap() - 200);
                list(chart, "medications").push(json!({
                    "of": drug, "dose": {"value": "5", "unit": "mg/d"}, "route": "oral", "start": start, "ongoing": true,
                }));
            }
        }
        14 | 15 => {
            let events = ["death", "adverse_event", "hospitalization", "progression"];
            let known: Vec<&&str> = events.iter().filter(|event| trial.concepts.contains_key(**event)).collect();
            if let Some(event) = known.get(draw.below(known.len())) {
                let day = shifted("2021-03-01", i64::try_from(draw.below(900)).unwrap() - 100);
                let mut one = json!({"of": event, "date": day});
                match draw.below(4) {
                    0 => vague(draw, &mut one["date"]),
                    1 => one["absent"] = json!(true),
                    2 if **event == "adverse_event" => one["grade"] = json!(draw.below(5) + 1),
                    _ => {}
                }
                list(chart, "events").push(one);
            }
        }
        16 => {
            let anchors = chart["anchors"].as_object_mut().unwrap();
            let at = draw.below(anchors.len());
            if draw.below(4) == 0 {
                if let Some(event) = anchors.keys().nth(at).cloned() {
                    anchors.remove(&event);
                }
            } else if let Some((_, day)) = anchors.iter_mut().nth(at) {
                vague(draw, day);
            }
        }
        17 => {
            let visit = draw.of(&trial.visits).name.to_string();
            let day = shifted("2021-05-24", i64::try_from(draw.below(60)).unwrap() - 30);
            chart["anchors"][visit] = json!(day);
        }
        18 => match draw.below(3) {
            0 => _ = chart.as_object_mut().unwrap().remove("complete"),
            1 => list(chart, "complete").push(json!({"records": ["medications", "events", "results"]})),
            _ => list(chart, "complete").push(json!({"records": ["events", "medications"], "to": "2021-05-01"})),
        },
        _ => match draw.below(3) {
            0 => _ = chart.as_object_mut().unwrap().remove("as_of"),
            1 => _ = chart["anchors"].as_object_mut().unwrap().remove("first_dose"),
            _ => {
                if let Some(day) = chart.get_mut("as_of") {
                    vague(draw, day);
                }
            }
        },
    }
}

#[test]
fn every_participant_by_hand_is_counted_as_the_reference_counts_it() {
    for (protocol, name, programs, least) in PROTOCOLS {
        let trial = compiled(&root().join(protocol));
        let reader = Reader::new(&trial, Site::default());
        let assessor = Assessor::new(&reader, &[], Depth::Result);
        for (asked, why) in assessor.left_out() {
            println!("{name}: {} is left to the reference: {why}", asked.outcome.name);
        }
        assert_eq!(assessor.asked.len() - assessor.left_out().count(), *programs, "{name}");
        let mut left = Vec::new();
        for line in by_hand(name) {
            let chart: Chart = serde_json::from_str(&line).unwrap();
            let (before, of) = assessor.counts();
            hold(&assessor, &chart);
            let (after, all) = assessor.counts();
            let missing = (all - of) - (after - before);
            if missing > (assessor.asked.len() - programs) as u64 {
                left.push(chart.id);
            }
        }
        println!("{name}: not all by the program: {}", left.join(", "));
        let (by_program, all) = assessor.counts();
        println!("{name}: {by_program} of {all} by the program");
        assert!(by_program * 100 >= all * least, "{name}: {by_program} of {all}");
    }
}

#[test]
fn records_with_faults_are_counted_as_the_reference_counts_them() {
    let rounds = std::env::var("ROUNDS").map_or(3, |text| text.parse().unwrap());
    for (protocol, name, ..) in PROTOCOLS {
        let trial = compiled(&root().join(protocol));
        let reader = Reader::new(&trial, Site::default());
        let assessor = Assessor::new(&reader, &[], Depth::Result);
        let charts: Vec<Value> = by_hand(name).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut draw = Draw(u64::try_from(name.len()).unwrap());
        for _ in 0..rounds {
            for chart in &charts {
                let mut chart = chart.clone();
                for _ in 0..=draw.below(5) {
                    spoil(&mut draw, &mut chart, &trial);
                }
                // What cannot be a chart at all is not what this is about.
                if let Ok(chart) = serde_json::from_value(chart) {
                    hold(&assessor, &chart);
                }
            }
        }
        let (by_program, all) = assessor.counts();
        println!("{name}: {by_program} of {all} by the program");
    }
}

#[test]
fn generated_participants_are_counted_as_the_reference_counts_them() {
    for (protocol, name, ..) in PROTOCOLS {
        let trial = compiled(&root().join(protocol));
        let reader = Reader::new(&trial, Site::default());
        let assessor = Assessor::new(&reader, &[], Depth::Result);
        for nasty in [0, 30] {
            let generator = Generator::new(&trial, generate::Options { seed: 3, nasty, facts: Some(60) });
            for number in 0..60 {
                let mut chart = generator.chart(number);
                // They are made for screening: a beginning gives them outcomes.
                if let Some(day) = chart.anchors.get("screening").cloned() {
                    for event in ["randomization", "first_dose"] {
                        chart.anchors.entry(event.to_owned()).or_insert_with(|| day.clone());
                    }
                }
                hold(&assessor, &chart);
            }
        }
        let (by_program, all) = assessor.counts();
        println!("{name}: {by_program} of {all} by the program");
    }
}

#[test]
fn figures_are_the_same_on_any_number_of_threads() {
    for (protocol, name, ..) in PROTOCOLS {
        let run = |threads: &str| {
            let out = Command::new(env!("CARGO_BIN_EXE_trialc"))
                .current_dir(root())
                .args(["assess", protocol, &format!("tests/assess/{name}.charts.ndjson")])
                .args(["--show", "arms", "--format", "csv", "--threads", threads])
                .output()
                .unwrap();
            (out.stdout, out.stderr, out.status.code())
        };
        let one = run("1");
        assert!(!one.0.is_empty(), "{name}: {}", String::from_utf8_lossy(&one.1));
        for threads in ["2", "7"] {
            assert_eq!(run(threads), one, "{name} on {threads} threads");
        }
    }
}
