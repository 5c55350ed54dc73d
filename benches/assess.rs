//! `cargo bench --bench assess`: outcomes of many participants beside parsing the same charts alone with the same library.
//!
//! The participants are those of `tests/assess/abatacept_dm.charts.ndjson`, again and again under other ids. Each figure is that
//! of a process of its own, this benchmark started again, in turn and several times. A process that parses has the text in
//! memory before its time begins; `trialc assess` is the whole process. `docs/performance.md` says what the figures mean.
//! `PARTICIPANTS` and `ROUNDS` change what is measured.

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
use std::time::Instant;

use trialc::chart::Chart;

/// What a child is asked for, and where it writes its figures.
const TASK: &str = "TRIALC_BENCH_TASK";
const FIGURES: &str = "TRIALC_BENCH_FIGURES";
/// Outcomes may take so many times what parsing takes.
const REACH: f64 = 2.0;

/// Seconds of processor and of the clock, and the most memory in megabytes.
#[derive(Clone, Copy)]
struct Figures {
    processor: f64,
    clock: f64,
    peak: f64,
}

/// How it is called, the task, and whether it is of a tenth of the participants.
const TASKS: [(&str, &str, bool); 6] = [
    ("parse", "parse", false),
    ("assess, figures by arm", "--show arms --threads 1", false),
    ("assess, a row an outcome to CSV", "--format csv --threads 1 -o OUT", false),
    ("assess, figures by arm, two threads", "--show arms --threads 2", false),
    ("a tenth of them, figures by arm", "--show arms --threads 1", true),
    ("a tenth of them, a row an outcome to CSV", "--format csv --threads 1 -o OUT", true),
];

fn main() -> ExitCode {
    if let Ok(task) = std::env::var(TASK) {
        return child(&task);
    }
    // `cargo test --benches` only asks whether it runs.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let number = |name: &str, usual: usize| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let participants = number("PARTICIPANTS", if is_bench { 1_000_000 } else { 200 });
    let rounds = number("ROUNDS", if is_bench { 3 } else { 1 });
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (all, tenth) = (folder.path().join("all.ndjson"), folder.path().join("tenth.ndjson"));
    write(&all, participants);
    write(&tenth, participants / 10);
    let mut least = [Figures { processor: f64::INFINITY, clock: f64::INFINITY, peak: 0.0 }; TASKS.len()];
    for _ in 0..rounds {
        for (at, (_, task, is_tenth)) in TASKS.iter().enumerate() {
            let figures = start(task, if *is_tenth { &tenth } else { &all }, folder.path());
            let known = &mut least[at];
            known.processor = known.processor.min(figures.processor);
            known.clock = known.clock.min(figures.clock);
            known.peak = known.peak.max(figures.peak);
        }
    }
    println!("{participants} participants; the least of {rounds} rounds, the most memory\n");
    println!("{:<44}{:>10}{:>10}{:>10}{:>10}", "", "CPU us", "clock us", "/ parse", "peak MB");
    let parse = least[0].processor;
    for ((name, _, is_tenth), figures) in TASKS.iter().zip(&least) {
        #[expect(clippy::cast_precision_loss, reason = "a count far below 2^52")]
        let count = if *is_tenth { participants / 10 } else { participants } as f64;
        let each = |seconds: f64| seconds * 1e6 / count;
        let ratio = if *is_tenth { figures.processor * 10.0 / parse } else { figures.processor / parse };
        let (processor, clock) = (each(figures.processor), each(figures.clock));
        println!("{name:<44}{processor:>10.2}{clock:>10.2}{ratio:>10.2}{:>10.1}", figures.peak);
    }
    let ratio = least[1].processor / parse;
    println!(
        "\noutcomes take {ratio:.2} times the parsing, {} {REACH}",
        if ratio <= REACH { "within" } else { "beyond" }
    );
    ExitCode::SUCCESS
}

fn write(file: &Path, participants: usize) {
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/assess/abatacept_dm.charts.ndjson");
    let charts = fs::read_to_string(charts).unwrap();
    let mut out = BufWriter::new(File::create(file).unwrap());
    for (at, line) in charts.lines().cycle().take(participants).enumerate() {
        let (before, behind) = line.split_once("\"id\": \"").unwrap();
        writeln!(out, "{before}\"id\": \"{at}-{behind}").unwrap();
    }
    out.flush().unwrap();
}

fn start(task: &str, file: &Path, folder: &Path) -> Figures {
    let figures = folder.join("figures");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(TASK, task).env(FIGURES, &figures).stdout(Stdio::null()).stderr(Stdio::null());
    if task == "parse" {
        command.arg(file);
    } else {
        let protocol = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols/abatacept_dm.trial");
        command.arg("assess").args([&protocol, file]);
        let out: PathBuf = folder.join("out.csv");
        task.split(' ').for_each(|word| _ = command.arg(if word == "OUT" { out.to_str().unwrap() } else { word }));
    }
    // Participants who come with facts that cannot be read make it 1.
    let status = command.status().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{task}: {status}");
    let text = fs::read_to_string(&figures).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    Figures { processor: numbers[0], clock: numbers[1], peak: numbers[2] }
}

// ---- in a process of its own -----------------------------------------------------------------------------------------------------

fn child(task: &str) -> ExitCode {
    let begun = Instant::now();
    let (code, processor, clock) = if task == "parse" {
        let text = fs::read_to_string(std::env::args_os().nth(1).unwrap()).unwrap();
        let (before, begun) = (processor(), Instant::now());
        text.lines().for_each(|line| drop(black_box(serde_json::from_str::<Chart>(line).unwrap())));
        (ExitCode::SUCCESS, processor() - before, begun.elapsed().as_secs_f64())
    } else {
        let code = trialc::cli::main();
        (code, processor(), begun.elapsed().as_secs_f64())
    };
    let mut file = File::create(std::env::var_os(FIGURES).unwrap()).unwrap();
    writeln!(file, "{processor} {clock} {}", peak()).unwrap();
    code
}

/// The seconds of processor that this process has had, all its threads together: in hundredths, as Linux counts them.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").expect("/proc/self/stat, which Linux has");
    let (_, rest) = text.rsplit_once(')').unwrap();
    // Fields 14 and 15 of proc(5).
    rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// The most memory that was ever resident, in megabytes.
fn peak() -> f64 {
    let text = fs::read_to_string("/proc/self/status").expect("/proc/self/status, which Linux has");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1000.0
}
