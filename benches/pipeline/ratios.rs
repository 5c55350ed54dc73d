//! The ratios, from criterion's own estimates of this run and from the cold processes, each beside its reach.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::process::Cold;

/// `check` of a large file, as a multiple of its bare parse.
const CHECK_REACH: f64 = 2.0;
/// Ten times the input.
const TENFOLD_REACH: f64 = 11.0;
/// A cold check of the protocols, as a multiple of their bare parse.
const COLD_REACH: f64 = 3.0;
/// Peak memory, as a multiple of the source.
const MEMORY_REACH: f64 = 40.0;

/// The median times of one run.
pub struct Estimates<'a> {
    /// Criterion's folder.
    pub folder: &'a Path,
    /// Older estimates are another run's.
    pub since: SystemTime,
}

impl Estimates<'_> {
    /// The median time of a benchmark in nanoseconds; `None` if it was not run.
    fn median(&self, group: &str, work: &str, of: &str) -> Option<f64> {
        let path = self.folder.join(group).join(work).join(of).join("new").join("estimates.json");
        if fs::metadata(&path).ok()?.modified().ok()? < self.since {
            return None;
        }
        let estimates: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        estimates.pointer("/median/point_estimate")?.as_f64()
    }

    /// One row for each text of a group: times, and the ratios to the bare parse.
    pub fn print(&self, group: &str, texts: &[&str]) {
        for of in texts {
            let Some(parse) = self.median(group, "parse", of) else { continue };
            print!("{:<22}{:>11}", format!("{group}/{of}"), shown(parse));
            for work in ["check", "compile", "fmt"] {
                match self.median(group, work, of) {
                    Some(time) => print!("{:>11} {:>6.2}", shown(time), time / parse),
                    None => print!("{:>18}", "-"),
                }
            }
            println!();
        }
    }

    /// What the larger of two texts costs, as a multiple of the smaller.
    pub fn print_growth(&self, group: &str, small: &str, large: &str) {
        for work in ["parse", "check", "compile", "fmt"] {
            let (Some(few), Some(many)) = (self.median(group, work, small), self.median(group, work, large)) else {
                continue;
            };
            line(&format!("{work}: {large} criteria / {small}"), many / few, Some(TENFOLD_REACH));
        }
    }

    /// The one ratio of the table above that has a reach.
    pub fn print_check(&self, group: &str, of: &str) {
        if let (Some(parse), Some(check)) = (self.median(group, "parse", of), self.median(group, "check", of)) {
            line(&format!("check / parse, {of} criteria"), check / parse, Some(CHECK_REACH));
        }
    }
}

pub fn print_head() {
    println!("{:<22}{:>11}{:>11} {:>6}{:>11} {:>6}{:>11} {:>6}", "", "parse", "check", "/", "compile", "/", "fmt", "/");
}

/// The cold processes. The ratio of the whole processes has the reach; what both spend on being started flatters it, so the
/// ratio without that stands below.
pub fn print_cold(cold: &Cold) {
    for (name, times) in
        [("does nothing", cold.nothing), ("parses the protocols", cold.parse), ("trialc check", cold.check)]
    {
        println!("a process that {name:<24} least {:>9}  median {:>9}", time(times.least), time(times.median));
    }
    let ratio = |of: fn(&crate::process::Times) -> Duration, less: bool| {
        let start = if less { of(&cold.nothing) } else { Duration::ZERO };
        let without = |time: Duration| time.saturating_sub(start).as_secs_f64();
        without(of(&cold.check)) / without(of(&cold.parse))
    };
    line("cold check / parse, least", ratio(|times| times.least, false), Some(COLD_REACH));
    line("cold check / parse, median", ratio(|times| times.median, false), Some(COLD_REACH));
    line("without the start, least", ratio(|times| times.least, true), None);
    line("without the start, median", ratio(|times| times.median, true), None);
}

#[expect(clippy::cast_precision_loss, reason = "these are shown with two decimals")]
pub fn print_memory(peak: u64, source: usize) {
    line("peak memory / source", peak as f64 / source as f64, Some(MEMORY_REACH));
    println!("  {:.1} MiB for {:.2} MiB", peak as f64 / 1_048_576.0, source as f64 / 1_048_576.0);
}

fn line(what: &str, ratio: f64, reach: Option<f64>) {
    let Some(reach) = reach else {
        println!("{what:<40}{ratio:>8.2}");
        return;
    };
    let verdict = if ratio <= reach { "reached" } else { "missed" };
    println!("{what:<40}{ratio:>8.2}   reach {reach:>5.1}   {verdict}");
}

/// Nanoseconds as a reader likes them.
fn shown(nanoseconds: f64) -> String {
    time(Duration::from_secs_f64(nanoseconds / 1e9))
}

fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms >= 1000.0 { format!("{:.2} s", ms / 1e3) } else { format!("{ms:.2} ms") }
}

/// Says why a figure is not there.
pub fn print_missing(what: &str, error: &dyn Error) {
    println!("{what}: {error}");
}
