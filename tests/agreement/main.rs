//! All ways to run a protocol agree with the reference evaluator, on every criterion of every patient.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "a test says what is wrong by failing"
)]

mod module;
mod node;
mod random;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use module::Module;
use trialc::chart::Chart;
use trialc::check::{Input, check};
use trialc::evaluate::{example, screen};
use trialc::explain;
use trialc::generate::{Generator, Options};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::plan::facts::{Facts, Said};
use trialc::plan::quick::Quick;
use trialc::plan::{self, run};
use trialc::record::{Reader, Record, Site};
use trialc::screening::{Decider, Depth, read_ranges};
use trialc::source::Sources;
use trialc::world::FileSystem;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn compiled(path: &Path) -> Trial {
    let text: Arc<str> = fs::read_to_string(path).unwrap().into();
    let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path: path.to_owned(), text: Some(text) });
    lower(checked.unwrap_or_else(|| panic!("{} has errors", path.display())))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect();
    paths.sort();
    paths
}

fn charts(path: &Path) -> Vec<Chart> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The patients of the seeds; and those of a folder of charts that `PATIENTS` names, such as `trialc generate` makes.
fn everyone() -> Vec<Chart> {
    let mut paths = files("tests/seed_patients", "ndjson");
    if let Ok(folder) = std::env::var("PATIENTS") {
        paths.extend(files(&folder, "ndjson"));
    }
    paths.iter().flat_map(|path| charts(path)).collect()
}

/// What a module was compared with.
#[derive(Default, Debug)]
struct Compared {
    agreed: usize,
    /// The module cannot decide, nor does the plan.
    undecided: usize,
    /// The plan defers and the module agrees with the reference.
    settled: usize,
    given: usize,
    verdicts: usize,
    differences: Vec<String>,
}

impl Compared {
    fn patient(&mut self, name: &str, reader: &Reader<'_>, plan: &plan::Plan, module: &mut Module, record: &Record) {
        let facts = Facts::of(plan, reader, record);
        let planned = run::states(plan, &facts);
        let (states, verdict) = module.run(&facts);
        assert_eq!(planned.len(), states.len(), "{name}");
        let reference = planned.iter().any(Result::is_err).then(|| screen(reader, record));
        for (at, (planned, state)) in planned.iter().zip(&states).enumerate() {
            let rule = &plan.rules[at];
            if module.is_given(at) {
                self.given += 1;
                continue;
            }
            match (planned, state) {
                (Ok(planned), Some(state)) if planned == state => self.agreed += 1,
                (Err(run::Deferred), None) => self.undecided += 1,
                (Err(run::Deferred), Some(state))
                    if reference.as_ref().is_some_and(|report| report.rulings[at].standing == *state) =>
                {
                    self.settled += 1;
                }
                _ => self.differences.push(format!(
                    "{name}, {}: {} is {planned:?} by the plan, {state:?} by the module, {:?} by the reference",
                    record.id,
                    rule.name,
                    screen(reader, record).rulings[at].standing
                )),
            }
        }
        // What was given was unknown; with every state decided, so is the verdict.
        if let Some(states) = states.iter().copied().collect::<Option<Vec<_>>>() {
            assert_eq!(verdict, Some(run::verdict(plan, &states)), "{name}, {}", record.id);
            self.verdicts += 1;
        }
    }

    fn check(self, least: usize) {
        println!(
            "{} agreed, {} settled where the plan defers, {} undecided, {} given, {} verdicts",
            self.agreed, self.settled, self.undecided, self.given, self.verdicts
        );
        let shown = self.differences.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.differences.is_empty(), "{} differ\n{shown}", self.differences.len());
        assert!(self.agreed >= least, "only {} were compared", self.agreed);
    }
}

/// What was compared.
#[derive(Default, Debug)]
struct Tally {
    agreed: usize,
    /// The plan left it to the reference: for this patient.
    deferred: usize,
    /// For all patients.
    left_out: usize,
    differences: Vec<String>,
}

impl Tally {
    fn patient(&mut self, name: &str, reader: &Reader<'_>, plan: &plan::Plan, record: &Record) {
        let report = screen(reader, record);
        let facts = Facts::of(plan, reader, record);
        let states = run::states(plan, &facts);
        assert_eq!(report.rulings.len(), states.len(), "{name}");
        for ((ruling, rule), state) in report.rulings.iter().zip(&plan.rules).zip(&states) {
            assert_eq!(ruling.name, rule.name);
            match (&rule.way, state) {
                (plan::Way::Reference(_), _) => self.left_out += 1,
                (_, Err(run::Deferred)) => self.deferred += 1,
                (_, Ok(state)) if *state == ruling.standing => self.agreed += 1,
                (_, Ok(state)) => self.differences.push(format!(
                    "{name}, {}: {} is {:?} by the reference and {state:?} by the plan",
                    record.id, rule.name, ruling.standing
                )),
            }
        }
    }

    fn check(self, least: usize) {
        println!("{} agreed, {} deferred, {} left out", self.agreed, self.deferred, self.left_out);
        let shown = self.differences.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.differences.is_empty(), "{} differ\n{shown}", self.differences.len());
        assert!(self.agreed >= least, "only {} were compared", self.agreed);
    }
}

#[test]
fn the_plan_agrees_on_the_patients_of_the_seeds() {
    let mut tally = Tally::default();
    let everyone = everyone();
    for path in files("protocols", "trial") {
        let trial = compiled(&path);
        let reader = Reader::new(&trial, Site::default());
        let plan = plan::lower::lower(&trial);
        for (rule, why) in plan.left_out() {
            println!("{}: {} asks for {why}", trial.name, rule.name);
        }
        for chart in &everyone {
            tally.patient(trial.name.as_str(), &reader, &plan, &reader.record(chart));
        }
    }
    tally.check(15_000);
}

/// Facts that were read from a chart straight away, and those of its record.
fn same(quick: &Facts, whole: &Facts) -> bool {
    let near = |a: plan::Number, b: plan::Number| (a.value - b.value).abs() <= 1e-12 * b.value.abs();
    let limits = |a: Option<plan::Number>, b: Option<plan::Number>| match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let said = |a: Said, b: Said| match (a, b) {
        (Said::Exactly(a), Said::Exactly(b)) => near(a, b),
        (Said::Below { limit: a, included: x }, Said::Below { limit: b, included: y })
        | (Said::Above { limit: a, included: x }, Said::Above { limit: b, included: y }) => near(a, b) && x == y,
        (a, b) => a == b,
    };
    let results = quick.results.len() == whole.results.len()
        && quick.results.iter().zip(&whole.results).all(|(a, b)| {
            (a.of, a.when) == (b.of, b.when)
                && said(a.said, b.said)
                && limits(a.lower, b.lower)
                && limits(a.upper, b.upper)
        });
    let others = |facts: &Facts| Facts { results: Vec::new(), ..facts.clone() };
    results && others(quick) == others(whole)
}

#[test]
fn the_quick_way_reads_the_same_facts_and_decides_the_same() {
    let (mut compared, mut all, mut failures) = (0, 0, Vec::new());
    for path in files("tests/seed_patients", "ndjson") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let trial = compiled(&root().join(format!("protocols/{name}.trial")));
        let reader = Reader::new(&trial, Site::default());
        let plan = plan::lower::lower(&trial);
        let quick = Quick::new(&reader, &plan);
        let decider = Decider::new(&reader, Depth::Missing);
        for chart in &charts(&path) {
            let record = reader.record(chart);
            all += 1;
            if let Some(facts) = quick.facts(&reader, &plan, chart) {
                compared += 1;
                let whole = Facts::of(&plan, &reader, &record);
                if !same(&facts, &whole) {
                    failures.push(format!("{}, {}:\n{facts:#?}\nis not\n{whole:#?}", trial.name, chart.id));
                }
                assert!(record.refused.is_empty() && record.unmapped.is_empty(), "{}, {}", trial.name, chart.id);
            }
            let (report, decided) = (screen(&reader, &record), decider.chart(chart));
            let standings: Vec<_> = report.rulings.iter().map(|ruling| ruling.standing).collect();
            let missing: Vec<String> = report.open().questions.iter().map(|one| explain::ask(&one.lack)).collect();
            let wanted = (report.verdict, standings, missing, record.refused.len());
            let found = decided.missing.iter().map(|missing| missing.ask.clone()).collect();
            assert_eq!((decided.verdict, decided.states, found, decided.refused.len()), wanted, "{}", chart.id);
        }
    }
    println!("{compared} of {all} charts were read the quick way");
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), failures[0]);
    assert!(compared * 10 > all * 9, "only {compared} of {all} charts were read the quick way");
}

/// Patients at the protocols' limits, most of them with dates known in part, censored results and contradictions.
#[test]
fn plan_and_module_agree_on_patients_at_the_limits() {
    let (mut tally, mut compared) = (Tally::default(), Compared::default());
    for path in files("protocols", "trial") {
        let trial = compiled(&path);
        let reader = Reader::new(&trial, Site::default());
        let plan = plan::lower::lower(&trial);
        let mut module = Module::new(&trial, &plan);
        let decider = Decider::new(&reader, Depth::States);
        let generator = Generator::new(&trial, Options { seed: 11, nasty: 60, facts: None });
        for number in 0..50 {
            let chart = generator.chart(number);
            let record = reader.record(&chart);
            tally.patient(trial.name.as_str(), &reader, &plan, &record);
            compared.patient(trial.name.as_str(), &reader, &plan, &mut module, &record);
            let standings: Vec<_> = screen(&reader, &record).rulings.iter().map(|ruling| ruling.standing).collect();
            assert_eq!(decider.chart(&chart).states, standings, "{}, {}", trial.name, chart.id);
        }
    }
    tally.check(3_000);
    compared.check(3_000);
}

#[test]
fn the_plan_agrees_on_every_example() {
    let mut tally = Tally::default();
    for path in [files("tests/semantics", "trial"), files("protocols", "trial")].concat() {
        let trial = compiled(&path);
        let ranges = read_ranges(File::open(root().join("tests/semantics/ranges.csv")).unwrap(), &trial).unwrap();
        let reader = Reader::new(&trial, Site { ranges, ..Site::default() });
        let plan = plan::lower::lower(&trial);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for example in &trial.examples {
            let Ok(record) = example::record_of(&reader, example) else { continue };
            tally.patient(&name, &reader, &plan, &record);
        }
    }
    tally.check(1_000);
}

#[test]
fn the_module_agrees_on_the_patients_of_the_seeds() {
    let mut compared = Compared::default();
    let everyone = everyone();
    for path in files("protocols", "trial") {
        let trial = compiled(&path);
        let reader = Reader::new(&trial, Site::default());
        let plan = plan::lower::lower(&trial);
        let mut module = Module::new(&trial, &plan);
        println!(
            "{}: {} bytes, {} criteria, {} concepts",
            trial.name,
            module.size,
            plan.rules.len(),
            plan.concepts.len()
        );
        for chart in &everyone {
            compared.patient(trial.name.as_str(), &reader, &plan, &mut module, &reader.record(chart));
        }
    }
    compared.check(15_000);
}

#[test]
fn the_module_agrees_on_every_example() {
    let mut compared = Compared::default();
    for path in [files("tests/semantics", "trial"), files("protocols", "trial")].concat() {
        let trial = compiled(&path);
        let ranges = read_ranges(File::open(root().join("tests/semantics/ranges.csv")).unwrap(), &trial).unwrap();
        let reader = Reader::new(&trial, Site { ranges, ..Site::default() });
        let plan = plan::lower::lower(&trial);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut module = Module::new(&trial, &plan);
        for example in &trial.examples {
            let Ok(record) = example::record_of(&reader, example) else { continue };
            compared.patient(&name, &reader, &plan, &mut module, &record);
        }
    }
    compared.check(1_000);
}

/// The module works powers out by itself: within 1e-13 of those of the standard library.
#[test]
fn powers_are_near_enough() {
    let trial = compiled(&root().join("protocols/il2_dm.trial"));
    let mut module = Module::new(&trial, &plan::lower::lower(&trial));
    let mut worst = 0.0_f64;
    for step in 0..4_000_i32 {
        let x = (f64::from(step % 97) - 48.0).exp2() * (1.0 + f64::from(step % 1_009) / 1_009.0);
        for y in [-1.209, -0.411, -0.302, 0.5, 1.154, 0.425, 0.725, -7.3, 11.25, 19.9, f64::from(step) / 997.0] {
            let (found, wanted) = (module.power(x, y), x.powf(y));
            if wanted.is_normal() {
                worst = worst.max(((found - wanted) / wanted).abs());
            }
        }
    }
    println!("the largest error of a power is {worst:e}");
    assert!(worst < 1e-13, "{worst}");
}

#[test]
fn the_wrapper_agrees_in_node() {
    let charts = everyone();
    for path in files("protocols", "trial") {
        let trial = compiled(&path);
        let Some(said) = node::compare(&trial, &charts) else { return };
        println!("{}: {said:?}, of {} charts", trial.name, charts.len());
        assert!(said.refused < charts.len() / 2, "{}: {said:?}", trial.name);
        assert!(said.undecided * 10 < said.agreed, "{}: {said:?}", trial.name);
    }
}
