//! `cargo bench --bench assess`: outcomes of many participants beside parsing the same charts alone with the same library.
//!
//! The participants are those of `tests/assess`, again and again under other ids and on other days: four years of first days.
//! Each figure is that of a process of its own, this benchmark started again, in turn and several times. A process that parses has
//! the text in memory before its time begins, and throws each chart away; `trialc assess` is the whole process, from its start to
//! its end. `docs/performance.md` says what the figures mean. `PARTICIPANTS` and `ROUNDS` change what is measured.

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
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use child::Figures;
use serde::Deserialize;
use trialc::chart::Chart;
use trialc::chart::lent::Lent;
use trialc::record::When;
use trialc::schedule::row::date;

/// Outcomes may take so many times what parsing takes.
const REACH: f64 = 2.0;
/// The protocol that all is measured of, and those of which less is.
const PROTOCOL: &str = "abatacept_dm";
const OTHERS: [&str; 5] = ["basiliximab_cadm", "docetaxel_nsclc", "il2_dm", "il2_iim", "tocilizumab_mda5"];
/// So many first days.
const DAYS: usize = 1_461;

const LENT: &str = "parse-lent";
const CHART: &str = "parse-chart";
const ARMS: &str = "--show arms --threads 1";

/// How it is called, the task, and whether it is of a tenth of the participants.
const TASKS: [(&str, &str, bool); 7] = [
    ("parse: chart that borrows its texts", LENT, false),
    ("parse: chart", CHART, false),
    ("assess, figures by arm", ARMS, false),
    ("assess, figures by arm, two threads", "--show arms --threads 2", false),
    ("assess, a row an outcome to CSV", "--format csv --threads 1 -o OUT", false),
    ("a tenth of them, figures by arm", ARMS, true),
    ("a tenth of them, a row an outcome to CSV", "--format csv --threads 1 -o OUT", true),
];

fn main() -> ExitCode {
    if let Some(task) = child::task() {
        return match task.as_str() {
            LENT => child::work(Some(&|line| drop(black_box(read::<Lent<'_>>(line))))),
            CHART => child::work(Some(&|line| drop(black_box(read::<Chart>(line))))),
            _ => child::work(None),
        };
    }
    // `cargo test --benches` only asks whether it runs.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let number = |name: &str, usual: usize| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let participants = number("PARTICIPANTS", if is_bench { 1_000_000 } else { 200 });
    let rounds = number("ROUNDS", if is_bench { 3 } else { 1 });
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (all, tenth) = (folder.path().join("all.ndjson"), folder.path().join("tenth.ndjson"));
    let bytes = write(PROTOCOL, &all, participants);
    write(PROTOCOL, &tenth, participants / 10);
    let mut best = [Figures::NONE; TASKS.len()];
    for _ in 0..rounds {
        for (best, (_, task, is_tenth)) in best.iter_mut().zip(TASKS) {
            *best = best.best(start(task, PROTOCOL, if is_tenth { &tenth } else { &all }, folder.path()));
        }
    }
    println!(
        "{participants} participants of {PROTOCOL}, {} bytes each; the least of {rounds} rounds, the most memory\n",
        bytes / participants.max(1) as u64
    );
    println!("{:<44}{:>10}{:>10}{:>12}{:>10}{:>10}", "", "CPU us", "clock us", "/ borrowed", "/ chart", "peak MB");
    for ((name, _, is_tenth), figures) in TASKS.iter().zip(&best) {
        let count = if *is_tenth { participants / 10 } else { participants };
        let all_of_them = if *is_tenth { figures.processor * 10.0 } else { figures.processor };
        println!(
            "{name:<44}{:>10.2}{:>10.2}{:>12.2}{:>10.2}{:>10.1}",
            each(figures.processor, count),
            each(figures.clock, count),
            all_of_them / best[0].processor,
            all_of_them / best[1].processor,
            figures.peak
        );
    }
    let ratio = best[2].processor / best[0].processor;
    let word = if ratio <= REACH { "within" } else { "beyond" };
    println!("\nfigures by arm take {ratio:.2} times the parsing, {word} {REACH}");
    println!("two threads give {:.2} times the participants\n", best[2].clock / best[3].clock);
    println!("{:<44}{:>10}{:>10}{:>12}", "a tenth of them, figures by arm", "parse", "CPU us", "/ borrowed");
    for name in OTHERS {
        write(name, &tenth, participants / 10);
        let (mut parse, mut assess) = (Figures::NONE, Figures::NONE);
        for _ in 0..rounds {
            parse = parse.best(start(LENT, name, &tenth, folder.path()));
            assess = assess.best(start(ARMS, name, &tenth, folder.path()));
        }
        let us = |figures: Figures| each(figures.processor, participants / 10);
        let ratio = assess.processor / parse.processor;
        println!("{name:<44}{:>10.2}{:>10.2}{ratio:>12.2}", us(parse), us(assess));
    }
    ExitCode::SUCCESS
}

/// Microseconds for each.
fn each(seconds: f64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count far below 2^52")]
    let count = count as f64;
    seconds * 1e6 / count
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> T {
    serde_json::from_str(line).unwrap()
}

fn write(protocol: &str, file: &Path, participants: usize) -> u64 {
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/assess/{protocol}.charts.ndjson"));
    let charts = fs::read_to_string(charts).unwrap();
    let mut out = BufWriter::new(File::create(file).unwrap());
    let lines = charts.lines().filter(|line| !line.trim().is_empty());
    for (at, line) in lines.cycle().take(participants).enumerate() {
        let line = moved(line, i64::try_from(at % DAYS).unwrap());
        let (before, behind) = line.split_once("\"id\": \"").unwrap();
        writeln!(out, "{before}\"id\": \"{at}-{behind}").unwrap();
    }
    out.flush().unwrap();
    drop(out);
    fs::metadata(file).unwrap().len()
}

/// A chart with all whole dates so many days later.
fn moved(line: &str, days: i64) -> String {
    let mut out = String::with_capacity(line.len());
    for part in line.split_inclusive('"') {
        let day = part.strip_suffix('"').filter(|text| text.len() == 10).and_then(|text| text.parse::<When>().ok());
        match day.filter(|when| when.span.is_one_day()) {
            Some(when) => {
                out.push_str(&date(when.span.first_day() + days));
                out.push('"');
            }
            None => out.push_str(part),
        }
    }
    out
}

fn start(task: &str, protocol: &str, file: &Path, folder: &Path) -> Figures {
    child::start(task, folder, |command| {
        if task == LENT || task == CHART {
            command.arg(file);
            return;
        }
        let protocol = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("protocols/{protocol}.trial"));
        command.arg("assess").args([&protocol, file]);
        let out: PathBuf = folder.join("out.csv");
        task.split(' ').for_each(|word| _ = command.arg(if word == "OUT" { out.to_str().unwrap() } else { word }));
    })
}
