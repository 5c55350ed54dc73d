//! Files of results: written beside and renamed when they are whole.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::exit::{Failure, reason};
use crate::cli::output::beside;

/// A file on its way. Dropped before [`Whole::finish`], it leaves nothing behind.
pub(super) struct Whole {
    path: PathBuf,
    to: To,
}

enum To {
    Beside(NamedTempFile),
    /// A device or a pipe.
    Straight(fs::File),
}

impl Whole {
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| cannot(path, &error);
        let to = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
            Ok(found) if !found.is_file() => {
                To::Straight(fs::OpenOptions::new().write(true).open(path).map_err(failed)?)
            }
            _ => To::Beside(beside(path).map_err(failed)?),
        };
        Ok(Self { path: path.to_owned(), to })
    }

    /// Where to write.
    pub(super) fn writer(&self) -> Result<BufWriter<fs::File>, Failure> {
        let file = match &self.to {
            To::Beside(file) => file.as_file().try_clone(),
            To::Straight(file) => file.try_clone(),
        };
        file.map(|file| BufWriter::with_capacity(1 << 18, file)).map_err(|error| cannot(&self.path, &error))
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let path = self.path;
        match self.to {
            To::Straight(mut file) => file.flush().map_err(|error| cannot(&path, &error)),
            To::Beside(file) => {
                file.as_file().sync_all().map_err(|error| cannot(&path, &error))?;
                file.persist(&path).map(|_| ()).map_err(|error| cannot(&path, &error.error))
            }
        }
    }
}

pub(super) fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::problem(format!("cannot write {}: {}", path.display(), reason(error)))
}

/// `results.csv` has its rejects in `results.csv.rejects.ndjson`.
pub(super) fn rejects_beside(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".rejects.ndjson");
    PathBuf::from(name)
}
