//! `trialc check --watch`: checks again after every change.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::{Args, once};
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::is_trial;
use crate::cli::terminal::Terminal;

/// Editors save in several steps: the check waits until it has been quiet for this long,
const QUIET: Duration = Duration::from_millis(100);
/// but no longer than this.
const LONGEST: Duration = Duration::from_secs(2);

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let trouble = |error: notify::Error| Failure::problem(format!("cannot watch for changes: {error}"));
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(trouble)?;
    for (folder, mode) in folders(&args.paths)? {
        watcher.watch(&folder, mode).map_err(trouble)?;
    }
    loop {
        once(args, terminal)?;
        terminal.remark("waiting for changes (Ctrl-C ends it)");
        let Some(files) = wait(&changes, &args.paths) else {
            return Err(Failure::problem("the system no longer reports changes"));
        };
        let names: Vec<String> = files.iter().map(|path| as_given(path).display().to_string()).collect();
        terminal.remark(&format!("\n---- changed: {} ----\n", names.join(", ")));
    }
}

/// A path from the folder that the user works in, where it lies there.
fn as_given(path: &Path) -> PathBuf {
    // Collecting the components drops the `.` that a watched `.` leaves inside.
    let path: PathBuf = path.components().collect();
    let here = env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    here.unwrap_or(path)
}

/// Where to look for changes. A file's whole folder is watched: many editors replace a file instead of writing to it, and
/// its libraries lie beside it.
fn folders(paths: &[PathBuf]) -> Result<Vec<(PathBuf, RecursiveMode)>, Failure> {
    let mut folders = Vec::new();
    for path in paths {
        let mode = if path.is_dir() { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        let folder = match path.parent() {
            _ if path.is_dir() => path.as_path(),
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        if !path.exists() {
            return Err(Failure::misuse(format!("cannot read {}: no such file or folder", path.display())));
        }
        if !folders.contains(&(folder.to_owned(), mode)) {
            folders.push((folder.to_owned(), mode));
        }
    }
    Ok(folders)
}

/// Waits for a change and the quiet after it, and gives the files that changed; `None` when nothing more can come.
fn wait(changes: &Receiver<notify::Result<Event>>, paths: &[PathBuf]) -> Option<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    while files.is_empty() {
        files.extend(relevant(changes.recv().ok()?, paths));
    }
    let first = Instant::now();
    while first.elapsed() < LONGEST {
        match changes.recv_timeout(QUIET) {
            Ok(event) => files.extend(relevant(event, paths)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    Some(files)
}

/// The files of an event that a check could depend on. That a file was read or given other rights is no change.
fn relevant(event: notify::Result<Event>, paths: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(event) = event else { return Vec::new() };
    let no_change = matches!(event.kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)));
    let named = |path: &Path| paths.iter().any(|given| given.file_name() == path.file_name());
    event.paths.into_iter().filter(|path| !no_change && (is_trial(path) || named(path))).collect()
}
