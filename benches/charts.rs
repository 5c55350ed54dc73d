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

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde::de::IgnoredAny;
use trialc::chart::Chart;
use trialc::chart::lent::Lent;
use trialc::check::{Input, check};
use trialc::generate::{Generator, Options};
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::world::NoFiles;

/// What a child is asked for, and where it writes its times.
const TASK: &str = "TRIALC_BENCH_TASK";
const TIMES: &str = "TRIALC_BENCH_TIMES";
/// Screening may take so many times what parsing takes.
const REACH: f64 = 2.0;
/// The second core is to give so many times the charts.
const REACH_OF_TWO: f64 = 1.7;

/// Seconds of processor and of the clock.
#[derive(Clone, Copy)]
struct Times {
    processor: f64,
    clock: f64,
}

fn main() -> ExitCode {
    if let Ok(task) = std::env::var(TASK) {
        return child(&task);
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
    let mut least = [Times { processor: f64::INFINITY, clock: f64::INFINITY }; TASKS.len()];
    for _ in 0..rounds {
        for (at, (_, task)) in TASKS.iter().enumerate() {
            let times = start(task, protocol, file, folder);
            least[at].processor = least[at].processor.min(times.processor);
            least[at].clock = least[at].clock.min(times.clock);
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

fn start(task: &str, protocol: &Path, file: &Path, folder: &Path) -> Times {
    let times = folder.join("times");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(TASK, task).env(TIMES, &times).stdout(Stdio::null());
    if task.starts_with("parse-") {
        command.arg(file);
    } else {
        let (threads, options) = task.strip_prefix("2 ").map_or(("1", task), |options| ("2", options));
        command.arg("screen").args([protocol, file]).args(["--threads", threads]);
        for word in options.split(' ') {
            let ending = ["CSV", "NDJSON", "PARQUET"].into_iter().find(|form| word == *form).map(str::to_lowercase);
            match ending {
                Some(ending) => command.arg(folder.join(format!("out.{ending}"))),
                None => command.arg(word),
            };
        }
    }
    // Patients who come with facts that cannot be read make it 1.
    let status = command.status().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{task}: {status}");
    let text = fs::read_to_string(&times).unwrap();
    let (processor, clock) = text.trim().split_once(' ').unwrap();
    Times { processor: processor.parse().unwrap(), clock: clock.parse().unwrap() }
}

// ---- in a process of its own -----------------------------------------------------------------------------------------------------

fn child(task: &str) -> ExitCode {
    let begun = Instant::now();
    let (code, times) = match task {
        "parse-nothing" => (ExitCode::SUCCESS, parsed(|line| _ = black_box(read::<IgnoredAny>(line)))),
        "parse-lent" => (ExitCode::SUCCESS, parsed(|line| drop(black_box(read::<Lent<'_>>(line))))),
        "parse-chart" => (ExitCode::SUCCESS, parsed(|line| drop(black_box(read::<Chart>(line))))),
        "parse-value" => (ExitCode::SUCCESS, parsed(|line| drop(black_box(read::<serde_json::Value>(line))))),
        _ => {
            let code = trialc::cli::main();
            (code, Times { processor: processor(), clock: begun.elapsed().as_secs_f64() })
        }
    };
    let mut file = File::create(std::env::var_os(TIMES).unwrap()).unwrap();
    writeln!(file, "{} {}", times.processor, times.clock).unwrap();
    code
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> T {
    serde_json::from_str(line).unwrap()
}

/// Parses all lines of the file of the first argument, which is in memory already.
fn parsed(parse: impl Fn(&str)) -> Times {
    let text = fs::read_to_string(std::env::args_os().nth(1).unwrap()).unwrap();
    let (before, begun) = (processor(), Instant::now());
    text.lines().for_each(parse);
    Times { processor: processor() - before, clock: begun.elapsed().as_secs_f64() }
}

/// The seconds of processor that this process has had, all its threads together: in hundredths, as Linux counts them.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").expect("/proc/self/stat, which Linux has");
    let (_, rest) = text.rsplit_once(')').unwrap();
    // Fields 14 and 15 of proc(5).
    rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}
