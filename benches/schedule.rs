//! `cargo bench --bench schedule`: dose calendars of 100,000 participants of each public protocol as CSV, beside as many constant
//! rows of the same length, in the same run; and the most memory that few and many participants take.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark says what is wrong by failing, and its figures by printing"
)]

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use num_rational::BigRational;
use trialc::check::{Input, check};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::schedule::body::ALWAYS;
use trialc::schedule::calendar::Shelf;
use trialc::schedule::csv::Csv;
use trialc::schedule::{Calendar, Measures, Plan, Sheets};
use trialc::source::Sources;
use trialc::world::NoFiles;

const PROTOCOLS: [&str; 5] = ["abatacept_dm", "basiliximab_cadm", "il2_dm", "il2_iim", "tocilizumab_mda5"];
/// As many constant rows may take half as long.
const REACH: f64 = 2.0;

/// A file that begins again after so many bytes, so that no disk is filled.
struct Round {
    file: File,
    written: u64,
    all: u64,
}

const MOST: u64 = 1 << 26;

impl Write for Round {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written > MOST {
            self.file.seek(SeekFrom::Start(0))?;
            self.written = 0;
        }
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        self.all += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn round() -> Round {
    Round { file: tempfile::tempfile().unwrap(), written: 0, all: 0 }
}

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let count = if std::env::args().any(|arg| arg == "--bench") { 100_000 } else { 100 };
    let (mut calendars, mut constant) = (Duration::ZERO, Duration::ZERO);
    println!("{:<20}{:>12}{:>12}{:>12}{:>8}", "protocol", "rows", "calendars", "constant", "ratio");
    for name in PROTOCOLS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols").join(format!("{name}.trial"));
        let trial = compiled(&path);
        let mut out = round();
        let begun = Instant::now();
        let rows = write(&trial, count, &mut out);
        let took = begun.elapsed();
        let length = usize::try_from(out.all / rows.max(1)).unwrap();
        let plain = plain(rows, length);
        println!("{name:<20}{rows:>12}{took:>12.2?}{plain:>12.2?}{:>8.2}", took.as_secs_f64() / plain.as_secs_f64());
        calendars += took;
        constant += plain;
    }
    let ratio = calendars.as_secs_f64() / constant.as_secs_f64();
    let verdict = if ratio <= REACH { "within" } else { "beyond" };
    println!("all together {ratio:.2}, {verdict} {REACH}");
    if let Some(peak) = peak() {
        println!("most memory: {peak} KiB, for {count} participants of each");
    }
}

/// All calendars; how many rows they have.
fn write(trial: &Trial, count: u64, out: &mut Round) -> u64 {
    let mut csv = Csv::new(out).unwrap();
    let mut rows = 0;
    let plans: Vec<Plan<'_>> = trial.arms.iter().map(|arm| Plan::of(trial, arm).unwrap()).collect();
    for plan in &plans {
        let shelf = Shelf::default();
        let mut sheets = Sheets::new(None);
        for number in 0..count / plans.len() as u64 {
            let start = 19_000 + i64::try_from(number * 7 % 1_461).unwrap();
            let sheet = sheets.of(plan, start).unwrap();
            // Weights to a tenth of a kilogram, as scales have them: 600 of them.
            let measures = measures(450 + number * 7 % 600, 150 + number % 45);
            rows += (sheet.slots.len() + sheet.standing.len()) as u64;
            csv.calendar(Calendar::with(plan, sheet, &measures, &shelf), &format!("p{number:06}")).unwrap();
        }
    }
    csv.finish().unwrap();
    rows
}

fn plain(rows: u64, length: usize) -> Duration {
    let row = vec![b'x'; length];
    let mut file = round();
    let begun = Instant::now();
    let mut out = BufWriter::with_capacity(1 << 18, &mut file);
    for _ in 0..rows {
        out.write_all(&row).unwrap();
    }
    out.flush().unwrap();
    begun.elapsed()
}

/// A weight in tenths of a kilogram, a height in centimetres.
fn measures(weight: u64, height: u64) -> Measures {
    let measure = |number: u64, parts: u64| vec![(ALWAYS, BigRational::new(number.into(), parts.into()))];
    Measures { weight: measure(weight, 10), height: measure(height, 1), surface: Vec::new() }
}

fn compiled(path: &Path) -> Trial {
    let text = std::fs::read_to_string(path).unwrap();
    let input = Input { path: path.to_owned(), text: Some(Arc::from(text.as_str())) };
    lower(check(&NoFiles, &mut Sources::new(), input).0.unwrap())
}

/// The most memory that this process has ever held, in KiB.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().to_owned())
}
