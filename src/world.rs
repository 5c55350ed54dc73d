//! All that the compiler knows of the outside: files, and what day it is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

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

/// A world without files: every path is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl World for NoFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is not there", path.display())))
    }
}
