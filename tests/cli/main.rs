//! The command line as its users meet it: arguments in, output, messages and exit status out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test says what is wrong by failing"
)]

mod check;
mod checker;
mod compile;
mod examples;
mod fmt;
mod generate;
mod reference;
mod rendering;
mod screen;
mod surroundings;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A protocol without errors.
const GOOD: &str =
    "trial t \"A trial\" { phase 2 }\n\neligibility at screening {\n  include adult \"Adults\": age >= 18 years\n}\n";
/// Two syntax errors: one in line 2, one in line 3.
const BAD: &str = "eligibility at screening {\n  include x \"X\": hemoglobin => 80 g/L\n  include y: platelets < 60 hemoglobin < 80 g/L\n}\n";
/// A library: nothing to compile.
const LIBRARY: &str = "define adult \"Adult\" = age >= 18 years\n";

/// A folder of its own to work in.
struct Desk {
    folder: TempDir,
}

/// What a call left behind.
struct Call {
    status: i32,
    output: String,
    errors: String,
}

impl Desk {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the folder, in order.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
        command.current_dir(self.folder.path()).args(args);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "NO_GRAPHICS", "LC_ALL", "LC_CTYPE", "LANG", "TERM"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Call {
        Call::of(&mut self.command(args))
    }

    fn run_with(&self, args: &[&str], stdin: impl AsRef<[u8]>) -> Call {
        Call::of(self.command(args).write_stdin(stdin.as_ref()))
    }
}

impl Call {
    fn of(command: &mut Command) -> Self {
        let done = command.output().unwrap();
        Self {
            status: done.status.code().expect("no signal ends it"),
            output: String::from_utf8(done.stdout).unwrap(),
            errors: String::from_utf8(done.stderr).unwrap(),
        }
    }
}

/// Whether this process may do what permissions forbid, so that tests of them say nothing.
fn above_permissions(folder: &Path) -> bool {
    let locked = folder.join("locked");
    fs::write(&locked, "").unwrap();
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    let above = fs::OpenOptions::new().append(true).open(&locked).is_ok();
    fs::remove_file(&locked).unwrap();
    above
}
