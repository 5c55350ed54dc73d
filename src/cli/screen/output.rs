//! Files of results: written beside and renamed when they are whole.

use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use crate::cli::exit::{Failure, reason};
use crate::cli::output::beside;

/// A file on its way. Dropped before [`Whole::finish`], it leaves nothing behind.
pub(in crate::cli) struct Whole {
    path: PathBuf,
    to: To,
}

enum To {
    Beside(NamedTempFile),
    /// A device or a pipe.
    Straight(fs::File),
}

impl Whole {
    pub(in crate::cli) fn new(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| cannot(path, &error);
        // What a link points to is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let to = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
            Ok(found) if !found.is_file() => {
                To::Straight(fs::OpenOptions::new().write(true).open(path).map_err(failed)?)
            }
            Ok(found) if found.permissions().readonly() => {
                return Err(failed(io::Error::from(io::ErrorKind::PermissionDenied)));
            }
            _ => {
                let file = beside(&target).map_err(failed)?;
                if let Ok(mut unfinished) = UNFINISHED.lock() {
                    unfinished.push(file.path().to_owned());
                }
                To::Beside(file)
            }
        };
        Ok(Self { path: target, to })
    }

    /// Where to write.
    pub(in crate::cli) fn writer(&self) -> Result<BufWriter<fs::File>, Failure> {
        let file = match &self.to {
            To::Beside(file) => file.as_file().try_clone(),
            To::Straight(file) => file.try_clone(),
        };
        file.map(|file| BufWriter::with_capacity(1 << 18, file)).map_err(|error| cannot(&self.path, &error))
    }

    /// Makes sure that all of it is on the disk, which may turn out to be full.
    pub(in crate::cli) fn settle(&self) -> Result<(), Failure> {
        match &self.to {
            To::Straight(_) => Ok(()),
            To::Beside(file) => file.as_file().sync_all().map_err(|error| cannot(&self.path, &error)),
        }
    }

    /// Puts the file in its place.
    pub(in crate::cli) fn finish(self) -> Result<(), Failure> {
        match self.to {
            To::Straight(_) => Ok(()),
            To::Beside(file) => file.persist(&self.path).map(|_| ()).map_err(|error| cannot(&self.path, &error.error)),
        }
    }
}

/// The files on their way, for the one who is told to stop.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes away what is not whole, and ends the process.
pub(in crate::cli) fn stop() -> ! {
    if let Ok(unfinished) = UNFINISHED.lock() {
        // One that has been put in its place is not there under this name any more.
        unfinished.iter().for_each(|path| drop(fs::remove_file(path)));
    }
    // What a shell reports of a program that was ended by Ctrl-C: 128 and the number of SIGINT.
    std::process::exit(130)
}

pub(in crate::cli) fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::problem(format!("cannot write {}: {}", path.display(), reason(error)))
}

/// `results.csv` has its rejects in `results.csv.rejects.ndjson`; a device and a pipe have no file beside them.
pub(super) fn rejects_beside(output: &Path) -> Option<PathBuf> {
    if fs::metadata(output).is_ok_and(|found| !found.is_file()) {
        return None;
    }
    let mut name = output.as_os_str().to_owned();
    name.push(".rejects.ndjson");
    Some(PathBuf::from(name))
}
