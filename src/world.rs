//! All that the compiler knows of the outside: files, and what day it is.

use std::io;
use std::path::Path;

/// What the core may ask of its surroundings. The command line, the tests and an editor each give their own answers.
pub trait World {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Whatever stands in the way of reading it.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl World for FileSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// A world without files: every path is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl World for NoFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is not there", path.display())))
    }
}
