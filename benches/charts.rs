//! `cargo bench --bench charts`: screening charts in NDJSON beside parsing the same lines alone with the same library.
//!
//! Each is a process of its own, this benchmark started again, in turn and several times. A process that parses has the text
//! in memory before its time begins, and throws each chart away; `trialc screen` is the whole process, from its start to
//! its end. `docs/performance.md` says what the figures mean. `CHARTS`, `NASTY`, `ROUNDS` and `PROTOCOL` change what is measured.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark says what is wrong by failing, and its figures by printing"
)]

mod child;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use child::Figures;
use serde::Deserialize;
use serde::de::IgnoredAny;
use trialc::chart::Chart;
use trialc::chart::lent::Lent;
use trialc::check::{Input, check};
use trialc::generate::{Generator, Options};
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::world::NoFiles;

/// Screening may take so many times what parsing takes.
const REACH: f64 = 2.0;
/// The second core is to give so many times the charts.
const REACH_OF_TWO: f64 = 1.7;

fn main() -> ExitCode {
    if let Some(task) = child::task() {
        return work(&task);
    }
    // `cargo test --benches` only asks whether it runs.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let charts = number("CHARTS", if is_bench { 100_000 } else { 50 });
    let rounds = number("ROUNDS", if is_bench { 5 } else { 1 });
    let nasty = u8::try_from(number("NASTY", 0)).unwrap();
    let protocol = std::env::var("PROTOCOL")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols/basiliximab_cadm.trial"), PathBuf::from);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("charts.ndjson");
    let bytes = generate(&protocol, &file, charts, nasty);
    let name = protocol.file_stem().unwrap_or_default().to_string_lossy();
    println!(
        "{charts} charts of {name}, {} bytes each, {nasty} of a hundred nasty; the least of {rounds} rounds",
        bytes / charts
    );
    measure(&protocol, &file, folder.path(), (charts, rounds));
    ExitCode::SUCCESS
}

fn generate(protocol: &Path, file: &Path, charts: u64, nasty: u8) -> u64 {
    let text = fs::read_to_string(protocol).unwrap();
    let input = Input { path: protocol.to_owned(), text: Some(Arc::from(text.as_str())) };
    let trial = lower(check(&NoFiles, &mut Sources::new(), input).0.unwrap());
    let generator = Generator::new(&trial, Options { seed: 1, nasty, facts: Some(60) });
    generator.charts(charts, BufWriter::new(File::create(file).unwrap()), |_| {}).unwrap();
    fs::metadata(file).unwrap().len()
}

/// What is measured: how it is called, what is asked of the child, and whether it screens.
const TASKS: [(&str, &str); 11] = [
    ("parse: nothing kept", "parse-nothing"),
    ("parse: chart that borrows its texts", "parse-lent"),
    ("parse: chart", "parse-chart"),
    ("parse: serde_json::Value", "parse-value"),
    ("screen, states alone", "--without-missing -q"),
    ("  to CSV", "--without-missing -q -o CSV"),
    ("  to NDJSON", "--without-missing -q -o NDJSON"),
    ("  to Parquet", "--without-missing -q -o PARQUET"),
    ("screen, and what is missing", "-q"),
    ("screen, states alone, two threads", "2 --without-missing -q"),
    ("screen, and what is missing, two threads", "2 -q"),
];

fn measure(protocol: &Path, file: &Path, folder: &Path, (charts, rounds): (u64, u64)) {
    let mut least = [Figures::NONE; TASKS.len()];
    for _ in 0..rounds {
        for (least, (_, task)) in least.iter_mut().zip(TASKS) {
            *least = least.best(start(task, protocol, file, folder));
        }
    }
    let of = |wanted: &str| least[TASKS.iter().position(|(_, task)| *task == wanted).unwrap()];
    let yardsticks = ["parse-lent", "parse-chart", "parse-value"].map(of);
    println!("\n{:<44}{:>10}{:>10}{:>12}{:>10}{:>10}", "", "CPU us", "clock us", "/ borrowed", "/ chart", "/ Value");
    for ((name, _), times) in TASKS.iter().zip(&least) {
        #[expect(clippy::cast_precision_loss, reason = "a count far below 2^52")]
        let each = |seconds: f64| seconds * 1e6 / charts as f64;
        let [lent, chart, value] = yardsticks.map(|yardstick| times.processor / yardstick.processor);
        let (processor, clock) = (each(times.processor), each(times.clock));
        println!("{name:<44}{processor:>10.2}{clock:>10.2}{lent:>12.2}{chart:>10.2}{value:>10.2}");
    }
    let told = |is_within: bool| if is_within { "within" } else { "beyond" };
    let [lent, ..] = yardsticks;
    let ratio = of("--without-missing -q").processor / lent.processor;
    println!("\nscreening takes {ratio:.2} times the parsing, {} {REACH}", told(ratio <= REACH));
    for (one, two) in [("--without-missing -q", "2 --without-missing -q"), ("-q", "2 -q")] {
        let gain = of(one).clock / of(two).clock;
        println!(
            "two threads give {gain:.2} times the charts ({one}), reach {REACH_OF_TWO}: {}",
            told(gain >= REACH_OF_TWO)
        );
    }
}

fn start(task: &str, protocol: &Path, file: &Path, folder: &Path) -> Figures {
    child::start(task, folder, |command| {
        if task.starts_with("parse-") {
            command.arg(file);
            return;
        }
        let (threads, options) = task.strip_prefix("2 ").map_or(("1", task), |options| ("2", options));
        command.arg("screen").args([protocol, file]).args(["--threads", threads]);
        for word in options.split(' ') {
            let ending = ["CSV", "NDJSON", "PARQUET"].into_iter().find(|form| word == *form).map(str::to_lowercase);
            match ending {
                Some(ending) => command.arg(folder.join(format!("out.{ending}"))),
                None => command.arg(word),
            };
        }
    })
}

// ---- in a process of its own -----------------------------------------------------------------------------------------------------

fn work(task: &str) -> ExitCode {
    match task {
        "parse-nothing" => child::work(Some(&|line| _ = black_box(read::<IgnoredAny>(line)))),
        "parse-lent" => child::work(Some(&|line| drop(black_box(read::<Lent<'_>>(line))))),
        "parse-chart" => child::work(Some(&|line| drop(black_box(read::<Chart>(line))))),
        "parse-value" => child::work(Some(&|line| drop(black_box(read::<serde_json::Value>(line))))),
        _ => child::work(None),
    }
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> T {
    serde_json::from_str(line).unwrap()
}
