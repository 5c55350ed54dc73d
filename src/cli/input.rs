//! What the paths on the command line stand for, and how it is read.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::reason;
use crate::check::Input;
use crate::world::{FileSystem, World};

/// Larger inputs are refused: half of one must not be taken for all of it. `check` refuses far smaller ones.
const MOST: u64 = 1 << 26;

/// One thing to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Given {
    Stdin,
    File(PathBuf),
}

/// What was found for the paths of a call.
#[derive(Default)]
pub(super) struct Found {
    pub(super) inputs: Vec<Given>,
    /// The paths that stand for nothing, and why.
    pub(super) complaints: Vec<String>,
}

impl Given {
    pub(super) fn new(path: &Path) -> Self {
        if path == Path::new("-") { Self::Stdin } else { Self::File(path.to_owned()) }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Stdin => Path::new("<stdin>"),
            Self::File(path) => path,
        }
    }

    /// All of it. The message of the error names the path.
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = match self {
            Self::Stdin => io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes),
            Self::File(path) if path.is_dir() => return Err(format!("{} is a folder, not a file", path.display())),
            Self::File(path) => fs::File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes)),
        };
        match read {
            Ok(length) if length as u64 > MOST => {
                Err(format!("{} is larger than {} MiB", self.path().display(), MOST / 1024 / 1024))
            }
            Ok(_) => Ok(bytes),
            Err(error) => Err(format!("cannot read {}: {}", self.path().display(), reason(&error))),
        }
    }
}

/// The files that paths stand for: folders are searched for `.trial` files, in the order of their names.
pub(super) fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        if !path.is_dir() {
            found.add(Given::new(path));
            continue;
        }
        match search(path, &mut found) {
            Ok(0) => found.complaints.push(format!("there are no .trial files in {}", path.display())),
            Ok(_) => {}
            Err((place, error)) => {
                found.complaints.push(format!("cannot read {}: {}", place.display(), reason(&error)));
            }
        }
    }
    found
}

impl Found {
    fn add(&mut self, given: Given) {
        if !self.inputs.contains(&given) {
            self.inputs.push(given);
        }
    }
}

/// Counts the files it finds. Hidden folders are left out, and links to folders are not followed: they may lead in a circle.
fn search(folder: &Path, found: &mut Found) -> Result<usize, (PathBuf, io::Error)> {
    let at = |error| (folder.to_owned(), error);
    let mut entries = fs::read_dir(folder).map_err(at)?.collect::<Result<Vec<_>, _>>().map_err(at)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut count = 0;
    for entry in entries {
        // `.` goes without saying.
        let path = if folder == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() };
        let kind = entry.file_type().map_err(at)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if kind.is_dir() && !hidden {
            count += search(&path, found)?;
        } else if !kind.is_dir() && is_trial(&path) {
            found.add(Given::File(path));
            count += 1;
        }
    }
    Ok(count)
}

pub(super) fn is_trial(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("trial"))
}

/// The file system, and one input that has been read already.
pub(super) struct Surroundings {
    given: PathBuf,
    bytes: Vec<u8>,
}

impl Surroundings {
    /// An input for `check`, which judges bytes that are not text by itself.
    pub(super) fn of(path: &Path, bytes: Vec<u8>) -> (Self, Input) {
        let (text, bytes) = match String::from_utf8(bytes) {
            Ok(text) => (Some(Arc::from(text)), Vec::new()),
            Err(error) => (None, error.into_bytes()),
        };
        (Self { given: path.to_owned(), bytes }, Input { path: path.to_owned(), text })
    }
}

impl World for Surroundings {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.given && !self.bytes.is_empty() {
            return Ok(self.bytes.clone());
        }
        FileSystem.read(path)
    }
}
