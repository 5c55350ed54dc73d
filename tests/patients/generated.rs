//! Patients that `generate` makes: they can be read in every layout, they stand where the protocols' limits are, and their
//! verdicts vary.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trialc::chart::{Chart, Observation, Occurrence};
use trialc::check::{Input, check};
use trialc::evaluate::screen;
use trialc::generate::{Form, Generator, Layout, Options};
use trialc::ir::{Trial, Verdict};
use trialc::lower::lower;
use trialc::patients::{Item, Options as Reading, open};
use trialc::record::{Reader, Site};
use trialc::source::Sources;
use trialc::world::FileSystem;

const USUAL: Options = Options { seed: 5, nasty: 20, facts: None };

fn compiled(path: &Path, text: &str) -> Trial {
    let input = Input { path: path.to_owned(), text: Some(Arc::from(text)) };
    let (checked, found) = check(&FileSystem, &mut Sources::default(), input);
    lower(checked.unwrap_or_else(|| panic!("{}: {found:?}", path.display())))
}

fn protocols() -> Vec<(String, Trial)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "trial"));
    paths.sort();
    let named = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (named(path), compiled(path, &fs::read_to_string(path).unwrap()))).collect()
}

/// A measure with two limits, one of them in limits of normal; a drug with a washout; a question.
const SMALL: &str = "\
use labs { hemoglobin, ALT }
use drugs { methotrexate }

trial small \"Small\" { age in 18..75 years }

eligibility at screening within 28 days {
  include anemic \"Anaemic\": hemoglobin < 100 g/L
  include agrees \"Agrees\": judged by investigator
  exclude liver \"ALT\": ALT > 3 ULN
  exclude mtx \"Methotrexate\": received methotrexate within 4 weeks
}
";

fn small() -> Trial {
    compiled(Path::new("small.trial"), SMALL)
}

fn ndjson(generator: &Generator<'_>, patients: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    generator.charts(patients, &mut bytes, |_| {}).unwrap();
    bytes
}

fn table(generator: &Generator<'_>, what: (Form, Layout), patients: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    generator.table(what, patients, &mut bytes, |_| {}).unwrap();
    bytes
}

/// What our own reader makes of a file: all of it is used, and nothing rejected.
fn read(trial: &Trial, name: &str, bytes: &[u8]) -> Vec<Chart> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let mut patients = open(&FileSystem, trial, &[path], Reading::default()).unwrap();
    assert_eq!(patients.notes(), [] as [String; 0], "{name}");
    let mut charts = Vec::new();
    for item in &mut patients {
        match item {
            Item::Chart(chart) => charts.push(*chart),
            Item::Rejected(rejection) => panic!("{name}: {rejection}"),
        }
    }
    charts
}

/// The verdicts of charts of which every fact can be used.
fn verdicts(trial: &Trial, charts: &[Chart]) -> Vec<Verdict> {
    let reader = Reader::new(trial, Site::default());
    let verdict = |chart: &Chart| {
        let record = reader.record(chart);
        assert_eq!(record.refused, [], "{}: {}", trial.name, serde_json::to_string(chart).unwrap());
        assert_eq!((record.unused, record.unmapped.len()), (0, 0), "{}: {}", trial.name, chart.id);
        screen(&reader, &record).verdict
    };
    charts.iter().map(verdict).collect()
}

/// The same chart without the names of columns and rows that it comes from.
fn bare(mut chart: Chart) -> Chart {
    chart.observations.iter_mut().for_each(|it: &mut Observation| it.source = None);
    let lists = [&mut chart.conditions, &mut chart.medications, &mut chart.procedures, &mut chart.events];
    lists.into_iter().flatten().for_each(|it: &mut Occurrence| it.source = None);
    chart.complete.retain(|complete| !complete.records.is_empty());
    chart
}

fn bares(charts: Vec<Chart>) -> Vec<Chart> {
    charts.into_iter().map(bare).collect()
}

#[test]
fn every_layout_can_be_read_and_says_the_same() {
    const MANY: u64 = 40;
    for (name, trial) in protocols() {
        let generator = Generator::new(&trial, USUAL);
        let charts = read(&trial, "a.ndjson", &ndjson(&generator, MANY));
        assert_eq!(charts.len(), 40, "{name}");
        let found = verdicts(&trial, &charts);
        for (form, ending) in [(Form::Csv, "csv"), (Form::Parquet, "parquet")] {
            let long = read(&trial, &format!("long.{ending}"), &table(&generator, (form, Layout::Long), MANY));
            assert_eq!(verdicts(&trial, &long), found, "{name}");
            assert_eq!(bares(long), bares(charts.clone()), "{name}");
        }
        let wide = |form, ending: &str| {
            read(&trial, &format!("wide.{ending}"), &table(&generator, (form, Layout::Wide), MANY))
        };
        let (text, typed) = (wide(Form::Csv, "csv"), wide(Form::Parquet, "parquet"));
        assert_eq!(text.len(), 40, "{name}");
        let _ = verdicts(&trial, &text);
        assert_eq!(verdicts(&trial, &typed), verdicts(&trial, &text), "{name}");
    }
}

/// At least one of twenty each; a protocol in which something is missing calls nobody eligible.
#[test]
fn all_verdicts_occur() {
    const MANY: u64 = 200;
    for (name, trial) in protocols() {
        let generator = Generator::new(&trial, USUAL);
        let charts: Vec<Chart> = (0..MANY).map(|number| generator.chart(number)).collect();
        let mut counts = [0; 3];
        for verdict in verdicts(&trial, &charts) {
            counts[match verdict {
                Verdict::Eligible => 0,
                Verdict::Ineligible => 1,
                Verdict::Undetermined => 2,
            }] += 1;
        }
        let least = if trial.missing.is_empty() { [10; 3] } else { [0, 10, 10] };
        assert!(counts.iter().zip(least).all(|(count, least)| *count >= least), "{name}: {counts:?}");
        assert!(trial.missing.is_empty() || counts[0] == 0, "{name}: {counts:?}");
    }
}

#[test]
fn a_seed_gives_the_same_patients_however_many_are_made() {
    let trial = small();
    let made = |options: Options, patients| {
        let generator = Generator::new(&trial, options);
        let wide = table(&generator, (Form::Csv, Layout::Wide), patients);
        let long = table(&generator, (Form::Csv, Layout::Long), patients);
        [ndjson(&generator, patients), wide, long, table(&generator, (Form::Parquet, Layout::Wide), patients)]
    };
    let (few, many) = (made(USUAL, 20), made(USUAL, 60));
    assert_eq!(few, made(USUAL, 20));
    for (few, many) in few.iter().zip(&many).take(3) {
        assert!(many.starts_with(few) && many.len() > few.len());
    }
    assert_ne!(few[0], made(Options { seed: 6, ..USUAL }, 20)[0]);
    // The same on every machine: the first patient of seed 5.
    let first = String::from_utf8(few[0].clone()).unwrap();
    insta::assert_snapshot!("first_patient", first.lines().next().unwrap());
}

/// Limits: 100 g/L, 3 times the upper limit, 4 weeks, 18 years: one step below, at and above each.
#[test]
fn facts_lie_at_the_limits() {
    let trial = small();
    let generator = Generator::new(&trial, Options { nasty: 0, ..USUAL });
    let (mut hemoglobin, mut ratios, mut days, mut answers) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let day = |date: &str| date.parse::<trialc::record::When>().unwrap().span.first_day();
    for number in 0..3_000 {
        let chart = generator.chart(number);
        let screening = day(&chart.anchors["screening"]);
        for it in &chart.observations {
            let value: f64 = it.value.0.parse().unwrap();
            match &it.of {
                trialc::chart::Of::Name(name) if name == "ALT" => {
                    let limit = it.upper_limit.as_ref().map(|limit| limit.0.parse::<f64>().unwrap());
                    let over = limit.map(|limit| value - 3.0 * limit);
                    ratios.extend(over.map(|over| i8::from(over > 1e-9) - i8::from(over < -1e-9)));
                }
                _ => drop(hemoglobin.insert(it.value.0.to_string())),
            }
        }
        let stopped =
            chart.medications.iter().filter_map(|it| it.end.as_ref().filter(|_| !it.absent).or(it.date.as_ref()));
        days.extend(stopped.map(|date| screening - day(date)));
        answers.insert(chart.judged.get("agrees").copied());
    }
    for value in ["99", "100", "101"] {
        assert!(hemoglobin.contains(value), "{value}: {hemoglobin:?}");
    }
    assert_eq!(ratios, BTreeSet::from([-1, 0, 1]));
    for back in [27, 28, 29] {
        assert!(days.contains(&back), "{back}: {days:?}");
    }
    assert_eq!(answers, BTreeSet::from([None, Some(false), Some(true)]));
}

/// Without difficult patients every date is a day, every number is itself, and every measure has one result.
#[test]
fn patients_need_not_be_difficult() {
    for (name, trial) in protocols() {
        let generator = Generator::new(&trial, Options { nasty: 0, ..USUAL });
        for number in 0..60 {
            let chart = generator.chart(number);
            let mut results = BTreeMap::new();
            for it in &chart.observations {
                assert_eq!(it.comparator, None, "{name}");
                *results.entry(it.of.clone()).or_insert(0) += 1;
            }
            assert!(results.values().all(|count| *count == 1), "{name}: {results:?}");
            let lists = [&chart.conditions, &chart.medications, &chart.procedures, &chart.events];
            let of_lists = lists.into_iter().flatten().flat_map(|it| [&it.date, &it.start, &it.end]).flatten();
            let of_results = chart.observations.iter().filter_map(|it| it.date.as_ref());
            for date in of_lists.chain(of_results).chain(chart.anchors.values()).chain(&chart.birth) {
                assert_eq!(date.len(), 10, "{name}: {date}");
            }
        }
    }
}

#[test]
fn charts_can_be_as_long_as_records_are() {
    let trial = small();
    let generator = Generator::new(&trial, Options { facts: Some(500), ..USUAL });
    let reader = Reader::new(&trial, Site::default());
    for number in 0..20 {
        let chart = generator.chart(number);
        let facts = chart.observations.len() + chart.conditions.len() + chart.medications.len();
        assert!((480..=500).contains(&facts), "{facts}");
        let record = reader.record(&chart);
        assert_eq!((record.refused, record.unmapped), (Vec::new(), Vec::new()));
        assert!(record.unused > 100);
    }
}
