//! Output that cannot be written, and input that is too large.

use std::fs;
use std::process::{Command, Output, Stdio};

use trialc::world::SIZE_LIMIT;

use crate::{BAD, Desk, GOOD};

/// Everything that writes to standard output.
const CALLS: &[&[&str]] = &[
    &["check", "bad.trial"],
    &["check", "bad.trial", "--format", "json"],
    &["compile", "good.trial"],
    &["fmt", "--check", "untidy.trial"],
    &["fmt", "-"],
    &["list"],
    &["list", "labs", "--format", "csv"],
    &["explain", "U002"],
    &["schema"],
    &["completions", "bash"],
    &["man"],
    &["--help"],
    &["--version"],
    &["help", "check"],
];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("good.trial", GOOD).file("bad.trial", BAD).file("untidy.trial", GOOD.replace("  ", " "));
    desk
}

fn run(desk: &Desk, args: &[&str], output: Stdio) -> Output {
    let input = fs::File::open(desk.path("good.trial")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
    command.current_dir(desk.folder.path()).args(args).stdin(input).stdout(output).output().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk() {
    let desk = desk();
    for args in CALLS {
        let full = run(&desk, args, fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into());
        let errors = String::from_utf8(full.stderr).unwrap();
        assert_eq!(full.status.code(), Some(1), "{args:?}: {errors}");
        assert!(errors.ends_with("error: cannot write to standard output: the disk is full\n"), "{args:?}: {errors}");
    }
}

#[test]
#[cfg(unix)]
fn a_closed_pipe() {
    let desk = desk();
    for args in CALLS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let closed = run(&desk, args, writer.into());
        let errors = String::from_utf8(closed.stderr).unwrap();
        assert_eq!((closed.status.code(), errors.contains("error")), (Some(141), false), "{args:?}: {errors}");
    }
}

#[test]
fn files_larger_than_a_protocol_are_refused_and_left_alone() {
    let desk = Desk::new();
    let just = "// a comment\n".repeat(SIZE_LIMIT / 13);
    desk.file("just.trial", &just);
    for args in [["check", "just.trial"].as_slice(), &["fmt", "--check", "just.trial"]] {
        let call = desk.run(args);
        assert_eq!(call.status, 0, "{args:?}: {}{}", call.output, call.errors);
    }
    let over = GOOD.replace("  ", " ") + &just;
    desk.file("over.trial", &over);
    let call = desk.run(&["fmt", "over.trial"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("over.trial was left alone: it is larger than 16 MiB"), "{}", call.errors);
    assert!(desk.read("over.trial") == over);
    let call = desk.run(&["check", "over.trial", "--format", "short"]);
    assert_eq!(call.status, 1);
    assert!(call.output.contains("F002") && call.output.contains("larger than 16 MiB"), "{}", call.output);
    desk.file("far_over.json", "{".to_owned() + &just.repeat(5));
    let call = desk.run(&["compile", "far_over.json"]);
    assert_eq!((call.status, call.errors.as_str()), (2, "error: far_over.json is larger than 64 MiB\n"));
}
