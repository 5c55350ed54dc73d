//! What it costs to decide a batch of patients whose facts stand in columns already, beside copying those columns.
//!
//! `cargo bench --bench columns` asks the criteria of a protocol of patients that aim at its limits, and copies the columns of
//! the same patients, in turn, several times. What counts is the time of the processor, where the system tells it (Linux), and
//! otherwise that of the clock. Only the ratio means something beyond the machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark says what is wrong by failing"
)]

use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use trialc::check::{Input, check};
use trialc::generate::{Form, Generator, Layout, Options};
use trialc::lower::lower;
use trialc::patients::{self, Next, open};
use trialc::plan::batch::{Bits, Facts, Program, Said, states};
use trialc::record::{Reader, Site};
use trialc::screening::{Decider, Depth, Manner, Tables};
use trialc::source::Sources;
use trialc::world::FileSystem;

const PATIENTS: u64 = 50_000;
const ROUNDS: usize = 30;

fn main() {
    // `cargo test --benches` only wants to know that it is built.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols/basiliximab_cadm.trial");
    let text: Arc<str> = fs::read_to_string(&path).unwrap().into();
    let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path, text: Some(text) });
    let trial = lower(checked.expect("a sound protocol"));
    let folder = tempfile::tempdir().unwrap();
    let table: PathBuf = folder.path().join("patients.parquet");
    let generator = Generator::new(&trial, Options { seed: 1, nasty: 0, facts: None });
    generator.table((Form::Parquet, Layout::Wide), PATIENTS, File::create(&table).unwrap(), |_| ()).unwrap();

    let reader = Reader::new(&trial, Site::default());
    let decider = Decider::new(&reader, Depth::States);
    let tables = Tables::new(&decider, Manner::Batches);
    let mut stream = open(&FileSystem, &trial, &[table], patients::Options::default()).unwrap();
    let mut batches: Vec<(Facts, Bits)> = Vec::new();
    while let Some(next) = stream.next_some() {
        let Next::Rows(rows) = next else { panic!("a table of a row a patient") };
        batches.extend(tables.facts(&rows).expect("columns that a batch understands"));
    }
    let program = Program::new(decider.plan());
    let began = Instant::now();
    let (mut copying, mut deciding) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        let start = busy(began);
        for (facts, _) in &batches {
            black_box(copied(facts));
        }
        copying += busy(began) - start;
        let start = busy(began);
        for (facts, odd) in &batches {
            black_box(states(&program, facts, *odd));
        }
        deciding += busy(began) - start;
    }
    let each = |time: f64| time / ROUNDS as f64 / PATIENTS as f64 * 1e9;
    let (copying, deciding) = (each(copying), each(deciding));
    println!("{PATIENTS} patients, {} criteria, the mean of {ROUNDS} rounds", decider.plan().rules.len());
    println!("copying the columns    {copying:8.1} ns a patient");
    println!("deciding all criteria  {deciding:8.1} ns a patient");
    println!("ratio                  {:8.2}", deciding / copying);
}

/// Facts whose columns are all their own.
fn copied(facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    for result in &mut facts.results {
        match &mut result.said {
            Said::Numbers { value, .. } => *value = Arc::new(value.to_vec()),
            Said::Words(words) => *words = Arc::new(words.to_vec()),
        }
    }
    facts
}

/// The seconds that this thread has had of a processor; those since the beginning where nobody counts them.
fn busy(began: Instant) -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok()).filter(|time| *time > 0.0);
    nanoseconds.map_or_else(|| began.elapsed().as_secs_f64(), |time| time / 1e9)
}
