//! Random protocols and random patients: every way to run a protocol says what the reference says, of every criterion.
//!
//! A protocol is drawn from a seed (`author`), and `check` has to take it; its patients are those of `trialc generate`, at the
//! limits that the protocol speaks of, made worse (`patient`). Where two ways disagree, protocol and patient are made smaller
//! as long as they still do, and printed.
//!
//! The test of the suite goes through a few fixed seeds. A longer run takes seeds of its own from the clock, and prints them:
//!
//! ```sh
//! AGREE_SECONDS=3600 cargo test --test agreement random -- --nocapture
//! AGREE_SEED=17 cargo test --test agreement random -- --nocapture      # that protocol again
//! AGREE_WRITE=folder AGREE_COUNT=20 cargo test --test agreement random # writes protocols and patients, for other engines
//! ```

mod author;
mod dice;
mod patient;
mod time;
mod tree;
mod truth;
mod vocabulary;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use author::{Author, Protocol};
use dice::Dice;
use trialc::chart::Chart;
use trialc::check::{Input, check};
use trialc::diagnostic::Severity;
use trialc::evaluate::screen;
use trialc::generate::{Form, Generator, Layout, Options};
use trialc::ir::{State, Trial, Verdict};
use trialc::lower::lower;
use trialc::patients::{self, Item, Next, open};
use trialc::plan::facts::Facts;
use trialc::plan::{self, run};
use trialc::record::{Reader, Site, When};
use trialc::screening::{Decider, Depth, Manner, Tables};
use trialc::source::Sources;
use trialc::world::{FileSystem, NoFiles};

use crate::module::Module;

/// Patients of one protocol: in the suite, and in a longer run, as most of the time goes into finding those who pass.
const PATIENTS: u64 = 40;
const MANY_PATIENTS: u64 = 150;
const CRITERIA: usize = 10;

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    protocols: usize,
    patients: usize,
    /// States that the plan gave.
    planned: usize,
    /// States that it left to the reference: for one patient, and for all.
    deferred: usize,
    left_out: usize,
    /// States that the module gave, and did not.
    module: usize,
    undecided: usize,
    /// States of checkers.
    checker: usize,
    /// States that were decided for many rows of a table together.
    table: usize,
    met: usize,
    not_met: usize,
    unknown: usize,
    verdicts: [usize; 3],
    /// Milliseconds in which patients were made.
    making: u128,
}

/// Where two ways differ.
#[derive(Clone, Debug)]
struct Difference {
    way: &'static str,
    patient: usize,
    criterion: String,
    said: String,
}

fn compiled(text: &str) -> Result<Trial, String> {
    let input = Input { path: PathBuf::from("random.trial"), text: Some(Arc::from(text)) };
    let (checked, found) = check(&NoFiles, &mut Sources::new(), input);
    checked.map(lower).ok_or_else(|| {
        let errors = found.iter().filter(|found| found.severity() == Severity::Error);
        let errors = errors.map(|found| {
            let line = text[..(found.primary.span.start as usize).min(text.len())].lines().last().unwrap_or_default();
            format!("{}: {} (behind `{}`)", found.code.id, found.message, line)
        });
        errors.collect::<Vec<_>>().join("\n")
    })
}

/// The patients of a protocol.
fn patients(trial: &Trial, seed: u64, count: u64) -> Vec<Chart> {
    let generator = Generator::new(trial, Options { seed, nasty: 60, facts: None });
    let mut dice = Dice::new(seed ^ 0x70_61_74);
    let made = (0..count).map(|number| {
        let mut chart = generator.chart(number);
        if dice.percent(60) {
            let times = dice.within(1, 8);
            patient::disturb(&mut dice, trial, &mut chart, times);
        }
        chart
    });
    made.collect()
}

/// Holds plan, fast path and module to the reference.
fn compare(trial: &Trial, charts: &[Chart], counts: &mut Counts) -> Vec<Difference> {
    let reader = Reader::new(trial, Site::default());
    let plan = plan::lower::lower(trial);
    let decider = Decider::new(&reader, Depth::States);
    let mut module = Module::new(trial, &plan);
    let mut found = Vec::new();
    for (patient, chart) in charts.iter().enumerate() {
        let record = reader.record(chart);
        let report = screen(&reader, &record);
        let facts = Facts::of(&plan, &reader, &record);
        let planned = run::states(&plan, &facts);
        let decided = decider.chart(chart);
        let (states, verdict) = module.run(&facts);
        let mut differs = |way: &'static str, criterion: &str, said: String| {
            found.push(Difference { way, patient, criterion: criterion.to_owned(), said });
        };
        for (at, ruling) in report.rulings.iter().enumerate() {
            let (rule, wanted) = (&plan.rules[at], ruling.standing);
            assert_eq!(ruling.name, rule.name);
            match wanted {
                State::Met => counts.met += 1,
                State::NotMet => counts.not_met += 1,
                State::Unknown => counts.unknown += 1,
                State::NotApplicable => {}
            }
            let mut hold = |way, said: State| {
                if said != wanted {
                    differs(way, rule.name.as_str(), format!("{said:?}, and {wanted:?} by the reference"));
                }
            };
            match (&rule.way, &planned[at]) {
                (plan::Way::Reference(_), _) => counts.left_out += 1,
                (plan::Way::Planned { .. }, Err(run::Deferred)) => counts.deferred += 1,
                (plan::Way::Planned { .. }, Ok(state)) => {
                    counts.planned += 1;
                    hold("plan", *state);
                }
            }
            hold("screen", decided.states[at]);
            match states[at] {
                _ if module.is_given(at) => {}
                None => counts.undecided += 1,
                Some(state) => {
                    counts.module += 1;
                    hold("module", state);
                }
            }
        }
        counts.verdicts[match report.verdict {
            Verdict::Eligible => 0,
            Verdict::Ineligible => 1,
            Verdict::Undetermined => 2,
        }] += 1;
        if decided.verdict != report.verdict {
            differs("screen", "verdict", format!("{:?}, and {:?} by the reference", decided.verdict, report.verdict));
        }
        let whole = plan.left_out().next().is_none() && states.iter().all(Option::is_some);
        if whole && verdict != Some(report.verdict) {
            differs("module", "verdict", format!("{verdict:?}, and {:?} by the reference", report.verdict));
        }
        counts.patients += 1;
    }
    found
}

/// The same of the program that holds the protocol.
fn checked(trial: &Trial, text: &str, charts: &[Chart], counts: &mut Counts) -> Vec<Difference> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("random.trial"), text).unwrap();
    write_charts(&path("patients.ndjson"), charts);
    let trialc = Command::new(env!("CARGO_BIN_EXE_trialc"))
        .args(["compile", "random.trial", "--to", "checker", "-o", "checker"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(trialc.status.success(), "{}", String::from_utf8_lossy(&trialc.stderr));
    let made = Command::new(path("checker"))
        .args(["patients.ndjson", "-o", "results.csv"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let mut rows = csv::Reader::from_path(path("results.csv"))
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&made.stderr)));
    let columns = rows.headers().unwrap().clone();
    let reader = Reader::new(trial, Site::default());
    let rows: Vec<BTreeMap<String, String>> = rows
        .records()
        .map(|row| {
            columns.iter().zip(row.unwrap().iter()).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
        })
        .collect();
    assert_eq!(rows.len(), charts.len(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut found = Vec::new();
    for ((patient, chart), row) in charts.iter().enumerate().zip(&rows) {
        assert_eq!(row["patient"], chart.id);
        let record = reader.record(chart);
        let report = screen(&reader, &record);
        let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let mut wanted = vec![("verdict".to_owned(), word(serde_json::to_value(report.verdict).unwrap()))];
        wanted.extend(report.rulings.iter().map(|ruling| {
            (format!("criterion_{}", ruling.name), word(serde_json::to_value(ruling.standing).unwrap()))
        }));
        for (criterion, wanted) in wanted {
            let said = &row[&criterion];
            counts.checker += 1;
            if *said != wanted {
                let said = format!("{said}, and {wanted} by the reference");
                found.push(Difference { way: "checker", patient, criterion, said });
            }
        }
    }
    found
}

/// The same of tables of a row a patient, as far as many of them are decided together: what is the first that differs.
fn tabled(trial: &Trial, (seed, patients): (u64, u64), counts: &mut Counts) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patients.csv");
    let nasty = if seed.is_multiple_of(2) { 0 } else { 20 };
    let generator = Generator::new(trial, Options { seed, nasty, facts: None });
    generator.table((Form::Csv, Layout::Wide), patients, fs::File::create(&path).unwrap(), |_| ()).unwrap();
    let reader = Reader::new(trial, Site::default());
    let decider = Decider::new(&reader, Depth::States);
    let tables = Tables::new(&decider, Manner::Batches);
    let read = || open(&FileSystem, trial, std::slice::from_ref(&path), patients::Options::default()).unwrap();
    let charts = read().filter_map(|item| match item {
        Item::Chart(chart) => Some((chart.id.clone(), *chart)),
        Item::Rejected(_) => None,
    });
    let charts: BTreeMap<String, Chart> = charts.collect();
    let mut stream = read();
    while let Some(next) = stream.next_some() {
        let Next::Rows(rows) = next else { continue };
        for screened in tables.screen(&rows) {
            for row in screened.plain.rows() {
                let chart = &charts[screened.patient(row)];
                let record = reader.record(chart);
                let report = screen(&reader, &record);
                for (ruling, said) in report.rulings.iter().zip(screened.decided(row).states) {
                    counts.table += 1;
                    if said != ruling.standing {
                        let chart = serde_json::to_string_pretty(chart).unwrap();
                        let (name, wanted) = (&ruling.name, ruling.standing);
                        return Some(format!("{name} is {said:?}, and {wanted:?} by the reference (table)\n\n{chart}"));
                    }
                }
            }
        }
    }
    None
}

fn write_charts(path: &Path, charts: &[Chart]) {
    let lines: Vec<String> = charts.iter().map(|chart| serde_json::to_string(chart).unwrap() + "\n").collect();
    fs::write(path, lines.concat()).unwrap();
}

/// Protocol and patient as small as they can be with the same difference.
fn shrunk(protocol: &Protocol, chart: &Chart, difference: &Difference) -> (Protocol, Chart) {
    let (mut protocol, mut chart) = (protocol.clone(), chart.clone());
    let differs = |protocol: &Protocol, chart: &Chart| {
        let still = catch_unwind(|| {
            let trial = compiled(&protocol.text()).ok()?;
            let found = compare(&trial, std::slice::from_ref(chart), &mut Counts::default());
            found.into_iter().find(|found| found.way == difference.way && found.criterion == difference.criterion)
        });
        match still {
            Ok(found) => found.is_some(),
            Err(_) => difference.way == "panic",
        }
    };
    if !differs(&protocol, &chart) {
        return (protocol, chart);
    }
    let end = Instant::now() + Duration::from_mins(2);
    loop {
        let next = protocol.smaller(&difference.criterion).into_iter().find(|less| differs(less, &chart));
        match next {
            Some(less) if Instant::now() < end => protocol = less,
            _ => break,
        }
    }
    loop {
        let next = patient::smaller(&chart).into_iter().find(|less| differs(&protocol, less));
        match next {
            Some(less) if Instant::now() < end => chart = less,
            _ => break,
        }
    }
    (protocol, chart)
}

/// One protocol and its patients; what is wrong, with all that is needed to see it again.
fn go_through((seed, patients): (u64, u64), with_checker: bool, counts: &mut Counts) -> Result<(), String> {
    let protocol = Author::protocol(&mut Dice::new(seed), CRITERIA);
    let text = protocol.text();
    let trial =
        compiled(&text).map_err(|errors| format!("seed {seed}: the protocol is not taken\n{errors}\n\n{text}"))?;
    let begun = Instant::now();
    let charts = self::patients(&trial, seed, patients);
    counts.making += begun.elapsed().as_millis();
    if let Some(difference) = tabled(&trial, (seed, patients), counts) {
        return Err(format!("seed {seed}: {difference}\n\n{text}"));
    }
    let mut own = *counts;
    let found = catch_unwind(AssertUnwindSafe(|| {
        let mut found = compare(&trial, &charts, &mut own);
        if with_checker {
            found.extend(checked(&trial, &text, &charts, &mut own));
        }
        found
    }));
    *counts = own;
    counts.protocols += 1;
    let found = found.unwrap_or_else(|_| {
        let panics = |chart: &Chart| {
            catch_unwind(AssertUnwindSafe(|| compare(&trial, std::slice::from_ref(chart), &mut Counts::default())))
                .is_err()
        };
        let patient = charts.iter().position(panics).unwrap_or_default();
        vec![Difference { way: "panic", patient, criterion: String::new(), said: "it panics".to_owned() }]
    });
    let Some(first) = found.first() else { return Ok(()) };
    let (small, chart) = shrunk(&protocol, &charts[first.patient], first);
    let chart = serde_json::to_string_pretty(&chart).unwrap();
    let Difference { way, criterion, said, .. } = first;
    Err(format!(
        "seed {seed}: {} differences; {criterion} is {said} ({way})\n\n{}\n{chart}\n",
        found.len(),
        small.text()
    ))
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[test]
fn random_protocols_and_patients_agree() {
    let mut counts = Counts::default();
    let mut failures: Vec<String> = Vec::new();
    if let Some(folder) = std::env::var_os("AGREE_WRITE") {
        write(Path::new(&folder), number("AGREE_SEED").unwrap_or(1), number("AGREE_COUNT").unwrap_or(10));
        return;
    }
    if let Some(seconds) = number("AGREE_SECONDS") {
        let end = Instant::now() + Duration::from_secs(seconds);
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let first = number("AGREE_SEED").unwrap_or_else(|| clock.as_secs() * 1_000);
        println!("seeds from {first} on, for {seconds} s");
        for seed in first.. {
            if Instant::now() > end || failures.len() >= 20 {
                println!("the last seed is {}", seed - 1);
                break;
            }
            if let Err(failure) = go_through((seed, MANY_PATIENTS), seed % 25 == 0, &mut counts) {
                println!("FAILURE {failure}");
                failures.push(failure);
            }
            if seed % 20 == 0 {
                println!("{seed}: {counts:?}, {} failures", failures.len());
            }
        }
    } else if let Some(seed) = number("AGREE_SEED") {
        failures.extend(go_through((seed, MANY_PATIENTS), true, &mut counts).err());
    } else {
        for seed in 1..=SEEDS {
            failures.extend(go_through((seed, PATIENTS), seed % 6 == 0, &mut counts).err());
        }
    }
    println!("{counts:?}");
    assert!(failures.is_empty(), "{} protocols fail\n\n{}", failures.len(), failures[0]);
    assert!(counts.planned > counts.protocols * 100, "{counts:?}");
    assert!(counts.table > counts.protocols * 100, "{counts:?}");
}

const SEEDS: u64 = 12;

/// Every protocol is taken, and each kind of sentence comes about.
#[test]
fn random_protocols_are_taken_and_say_everything() {
    let mut all = String::new();
    for seed in 1..=300 {
        let text = Author::protocol(&mut Dice::new(seed), CRITERIA).text();
        if let Err(errors) = compiled(&text) {
            panic!("seed {seed}: the protocol is not taken\n{errors}\n\n{text}");
        }
        assert_eq!(text, Author::protocol(&mut Dice::new(seed), CRITERIA).text());
        all.push_str(&text);
    }
    let sentences = "\
        known ( | not ( | unless | when | if | and | or | any of { | all of { | none of { | at least 2 of { | at most 1 of { | \
        exactly 1 of { | ULN | LLN | per ULN | per LLN | as mg/dL | ^ 2 | ^ 0.5 | sum of { | highest of { | lowest of { | \
        highest ALT | lowest hemoglobin | first CK | last CRP | mean of 2 | each of 3 | apart | age in | sex is | recorded | \
        rose by | fell by | improved by | worsened by | change in weight | relative change | NYHA in | own_scale >= | \
        is not | is any of { | is not any of { | has | had | receiving | received | started | stopped | onset of | except { | \
        with grade | stage in | histology | severity | cause | due to | for at least | for at most | oral | count of | lines of | \
        rate of | dose of | highest dose of | lowest dose of | total dose of | stable dose of | as prednisone | mg/kg/d | mg/m2 | \
        time from first | within 2 weeks | months before | after first_dose | whichever is longer | whichever is shorter | \
        half_lives | at least 1 half_lives | hours | during treatment | during k0 | before last | at day 1 | week 2 | baseline | \
        week_4 | 2024-02-29 | end of treatment | last of { | judged compliance | judged \" | missing \" | consent given | \
        for cohort | forbid | require | eligibility at randomization | define truth_0 | within 28 days { | plan first_dose | \
        enzymes | mass | truth_0";
    let missing: Vec<&str> = sentences.split('|').map(str::trim).filter(|words| !all.contains(words)).collect();
    assert!(missing.is_empty(), "nothing says {missing:?}");
}

/// What was found before: protocols whose patients some way did not agree on.
#[test]
fn what_disagreed_before_agrees() {
    let mut counts = Counts::default();
    for path in crate::files("tests/agreement/found", "trial") {
        let trial = compiled(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|errors| panic!("{}: {errors}", path.display()));
        let found = compare(&trial, &crate::charts(&path.with_extension("ndjson")), &mut counts);
        assert!(found.is_empty(), "{}: {:#?}", path.display(), &found[..found.len().min(10)]);
    }
    assert!(counts.planned > 300, "{counts:?}");
}

/// Writes protocols with their patients, for those who ask other engines.
fn write(folder: &Path, seed: u64, count: u64) {
    for seed in seed..seed + count {
        let text = Author::protocol(&mut Dice::new(seed), CRITERIA).text();
        let trial = compiled(&text).unwrap();
        let own = folder.join(format!("random_{seed}"));
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("random.trial"), text).unwrap();
        let mut charts = patients(&trial, seed, PATIENTS);
        charts.retain(|chart| days(chart).filter(|days| *days <= MOST_DAYS).product::<i64>() <= MOST_CASES);
        // A query takes an event that may be on more days for one without a date, where others may know enough.
        let (open, dated): (Vec<Chart>, Vec<Chart>) =
            charts.into_iter().partition(|chart| days(chart).any(|days| days > MOST_DAYS));
        write_charts(&own.join("patients.ndjson"), &dated);
        write_charts(&own.join("open.ndjson"), &open);
    }
}

/// Days that a query goes through of one event, and combinations of days of all of them (`docs/warehouse.md`). Those that the
/// protocol plans may be of 22 and of 4 days more.
const MOST_DAYS: i64 = 401;
const MOST_CASES: i64 = 4_000 / (22 * 4);

/// On how many days each of the trial's events may be.
fn days(chart: &Chart) -> impl Iterator<Item = i64> {
    let dates = chart.anchors.values().chain(chart.planned.values()).filter_map(|date| date.parse::<When>().ok());
    dates.map(|when| when.span.last_day().saturating_sub(when.span.first_day()).saturating_add(1))
}
