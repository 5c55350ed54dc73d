//! A task in a process of its own, with the processor's time, the clock and the most memory that it took: a benchmark starts
//! itself again, in turn and several times, so that all figures are of one run.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// What a child is asked for, and where it writes its figures.
const TASK: &str = "TRIALC_BENCH_TASK";
const FIGURES: &str = "TRIALC_BENCH_FIGURES";

/// Parsing is timed over so many seconds of processor at least.
const ENOUGH: f64 = 0.3;

/// Seconds of processor and of the clock, and the most memory in megabytes.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) processor: f64,
    pub(crate) clock: f64,
    pub(crate) peak: f64,
}

impl Figures {
    pub(crate) const NONE: Self = Self { processor: f64::INFINITY, clock: f64::INFINITY, peak: 0.0 };

    /// The least time and the most memory of several rounds.
    pub(crate) fn best(self, other: Self) -> Self {
        Self {
            processor: self.processor.min(other.processor),
            clock: self.clock.min(other.clock),
            peak: self.peak.max(other.peak),
        }
    }
}

/// The task that this process was started for, if it was.
pub(crate) fn task() -> Option<String> {
    std::env::var(TASK).ok()
}

/// Starts this benchmark again for a task.
pub(crate) fn start(task: &str, folder: &Path, arguments: impl FnOnce(&mut Command)) -> Figures {
    let figures = folder.join("figures");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(TASK, task).env(FIGURES, &figures).stdout(Stdio::null()).stderr(Stdio::null());
    arguments(&mut command);
    // Facts that cannot be read make it 1.
    let status = command.status().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{task}: {status}");
    let text = fs::read_to_string(&figures).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    Figures { processor: numbers[0], clock: numbers[1], peak: numbers[2] }
}

/// Does the task in this process: gives each line of the file of the first argument to `parse`, with the text in memory before the
/// time begins; or runs the whole program, from its start to its end.
pub(crate) fn work(parse: Option<&dyn Fn(&str)>) -> ExitCode {
    let begun = Instant::now();
    let (code, processor, clock) = if let Some(parse) = parse {
        let text = fs::read_to_string(std::env::args_os().nth(1).unwrap()).unwrap();
        let (before, begun) = (processor(), Instant::now());
        let mut times = 0.0;
        // Few lines are parsed again and again: time is counted in hundredths of a second.
        while processor() - before < ENOUGH && (times == 0.0 || begun.elapsed().as_secs_f64() < 2.0 * ENOUGH) {
            text.lines().for_each(parse);
            times += 1.0;
        }
        (ExitCode::SUCCESS, (processor() - before) / times, begun.elapsed().as_secs_f64() / times)
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
