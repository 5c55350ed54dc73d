//! Figures that only a process of its own can give: what a cold start costs, and how much memory a check takes.
//!
//! The benchmark runs itself again with one of the words of [`CHILDREN`] and paths: a child reads the files, does one thing
//! and ends.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::work;

/// How often each process is started.
const RUNS: usize = 100;

/// What a child can be asked for.
const CHILDREN: &[(&str, fn(&[OsString]) -> Result<(), Box<dyn Error>>)] =
    &[("child-nothing", nothing), ("child-parse", parse), ("child-check", check_and_tell)];

/// Does what a child is asked for; `None` if this process is no child.
pub fn as_child() -> Option<Result<(), Box<dyn Error>>> {
    let mut args = std::env::args_os().skip(1);
    let word = args.next()?;
    let (_, run) = CHILDREN.iter().find(|(name, _)| word == *name)?;
    Some(run(&args.collect::<Vec<_>>()))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in a table beside children that can fail")]
fn nothing(_: &[OsString]) -> Result<(), Box<dyn Error>> {
    Ok(())
}

fn parse(paths: &[OsString]) -> Result<(), Box<dyn Error>> {
    for path in paths {
        (work::PARSE.run)(&fs::read_to_string(path)?).ok_or("this text does not parse")?;
    }
    Ok(())
}

/// Checks the files and prints the most memory that this process has ever held, in KiB.
fn check_and_tell(paths: &[OsString]) -> Result<(), Box<dyn Error>> {
    for path in paths {
        work::checked(&fs::read_to_string(path)?).0.ok_or("this text has errors")?;
    }
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    println!("{}", line.trim().trim_end_matches("kB").trim());
    Ok(())
}

/// The times of one kind of process.
#[derive(Clone, Copy)]
pub struct Times {
    pub least: Duration,
    pub median: Duration,
}

impl Times {
    fn of(mut all: Vec<Duration>) -> Option<Self> {
        all.sort();
        Some(Self { least: *all.first()?, median: *all.get(all.len() / 2)? })
    }
}

/// Cold processes over the same protocols.
pub struct Cold {
    /// A process that does nothing.
    pub nothing: Times,
    /// One that only parses.
    pub parse: Times,
    /// `trialc check`.
    pub check: Times,
}

/// Starts each kind of process in turn, so that whatever else the machine does meets all of them.
pub fn cold(protocols: &[PathBuf], folder: &Path) -> Result<Cold, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let (mut nothing, mut parse, mut check) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        nothing.push(time(Command::new(&own).arg("child-nothing"))?);
        parse.push(time(Command::new(&own).arg("child-parse").args(protocols))?);
        check.push(time(Command::new(env!("CARGO_BIN_EXE_trialc")).arg("check").arg(folder))?);
    }
    let times = |all| Times::of(all).ok_or("no runs");
    Ok(Cold { nothing: times(nothing)?, parse: times(parse)?, check: times(check)? })
}

fn time(command: &mut Command) -> Result<Duration, Box<dyn Error>> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// The most memory that a process held which checked this text, in bytes. `None` where the system does not tell.
pub fn peak_memory(text: &str) -> Result<Option<u64>, Box<dyn Error>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated.trial");
    fs::write(&path, text)?;
    let output = Command::new(std::env::current_exe()?).arg("child-check").arg(&path).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let kib: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Some(kib * 1024))
}
