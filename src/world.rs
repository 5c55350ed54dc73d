//! All that the compiler knows of the outside: files, and what day it is.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use std::fs::File;

/// Protocols larger than this are refused: they are data, not protocols.
pub const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// What the core may ask of its surroundings. The command line, the tests and an editor each give their own answers.
pub trait World {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Whatever stands in the way of reading it.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// Where the records of patients are: too large to be read at once.
pub trait Archive: Send + Sync {
    /// The files of a path in the order of their names: the file itself, or those of a folder and of the folders in it.
    ///
    /// # Errors
    /// Whatever stands in the way of looking.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;

    /// A file to read from; `-` is standard input.
    ///
    /// # Errors
    /// Whatever stands in the way of opening it.
    fn open(&self, path: &Path) -> io::Result<Opened>;
}

/// A file that can be read anywhere, or a stream that can be read once.
pub enum Opened {
    File(File),
    Stream(Box<dyn Read + Send>),
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl World for FileSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // A device or a pipe may go on for ever. What is larger than a protocol can be is refused, not read.
        let mut bytes = Vec::new();
        File::open(path)?.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Archive for FileSystem {
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        if path == Path::new("-") || !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let mut found = Vec::new();
        search(path, &mut found)?;
        Ok(found)
    }

    fn open(&self, path: &Path) -> io::Result<Opened> {
        if path == Path::new("-") {
            return Ok(Opened::Stream(Box::new(io::stdin())));
        }
        let file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(if about.is_file() { Opened::File(file) } else { Opened::Stream(Box::new(file)) })
    }
}

/// Hidden files and folders are left out, and links to folders are not followed: they may lead in a circle.
fn search(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            search(&entry.path(), found)?;
        } else if !entry.path().is_dir() {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// A world without files: every path is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl World for NoFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is not there", path.display())))
    }
}
