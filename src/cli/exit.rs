//! How commands end.

use std::io;
use std::process::ExitCode;

use super::terminal::Terminal;

/// What the exit status says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Exit {
    /// 0: all is well.
    Clean,
    /// 1: there are problems in what was looked at, or the result could not be written.
    Problems,
    /// 2: `trialc` was called wrongly, or what it was to look at is not there or cannot be read.
    Misuse,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Problems => Self::from(1),
            Exit::Misuse => Self::from(2),
        }
    }
}

/// What stops a command.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something to tell the user.
    Told { exit: Exit, message: String },
    /// The reader of the output has gone (`trialc … | head`): there is nobody to tell.
    NoReader,
}

impl Failure {
    pub(super) fn misuse(message: impl Into<String>) -> Self {
        Self::Told { exit: Exit::Misuse, message: message.into() }
    }

    pub(super) fn problem(message: impl Into<String>) -> Self {
        Self::Told { exit: Exit::Problems, message: message.into() }
    }

    /// Says it, and gives the exit status.
    pub(super) fn tell(&self, terminal: &Terminal) -> ExitCode {
        match self {
            Self::Told { exit, message } => {
                terminal.complain(message);
                (*exit).into()
            }
            // What a shell reports of a program that was ended by the closed pipe: 128 and the number of SIGPIPE.
            Self::NoReader => ExitCode::from(141),
        }
    }
}

/// A failure to write to standard output; files are written with messages of their own.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::NoReader;
        }
        Self::problem(format!("cannot write to standard output: {}", reason(&error)))
    }
}

/// What stands in the way, without the numbers and temporary names of the operating system.
pub(super) fn reason(error: &io::Error) -> String {
    const KNOWN: &[(io::ErrorKind, &str)] = &[
        (io::ErrorKind::NotFound, "no such file or folder"),
        (io::ErrorKind::PermissionDenied, "permission denied"),
        (io::ErrorKind::StorageFull, "the disk is full"),
        (io::ErrorKind::ReadOnlyFilesystem, "this file system is read-only"),
        (io::ErrorKind::IsADirectory, "it is a folder"),
        (io::ErrorKind::NotADirectory, "a part of the path is not a folder"),
    ];
    let known = KNOWN.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| error.to_string(), |(_, reason)| (*reason).to_owned())
}
