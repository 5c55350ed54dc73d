//! `trialc compile --to checker`: a program that screens as `trialc screen` does, and says when it is damaged.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

use crate::screen::{STUDY, patients};
use crate::{Call, Desk};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("study.trial", STUDY).file("patients.ndjson", patients());
    // Compiled before, it has no warnings to show.
    assert_eq!(desk.run(&["compile", "study.trial", "-o", "study.json"]).status, 0);
    let made = desk.run(&["compile", "study.json", "--to", "checker", "-o", "made"]);
    assert_eq!((made.status, made.output.as_str(), made.errors.as_str()), (0, "", ""));
    fs::rename(desk.path("made"), desk.path("screen-x")).unwrap();
    desk
}

fn check(desk: &Desk, program: &str, args: &[&str]) -> Call {
    let mut command = Command::new(desk.path(program));
    Call::of(command.current_dir(desk.folder.path()).args(args))
}

#[test]
fn a_checker_says_what_trialc_says() {
    let desk = desk();
    for args in [&[][..], &["--quiet"], &["--show", "json"], &["--explain", "p2"], &["--questions"], &["--strict"]] {
        let args = [&["patients.ndjson"], args].concat();
        let (own, whole) =
            (check(&desk, "screen-x", &args), desk.run(&[&["screen", "study.json"], &args[..]].concat()));
        assert_eq!((own.status, &own.output, &own.errors), (whole.status, &whole.output, &whole.errors), "{args:?}");
    }
    check(&desk, "screen-x", &["patients.ndjson", "-o", "a.csv"]);
    desk.run(&["screen", "study.json", "patients.ndjson", "-o", "b.csv"]);
    assert_eq!(desk.read("a.csv"), desk.read("b.csv"));
    assert_eq!(desk.read("a.csv.rejects.ndjson"), desk.read("b.csv.rejects.ndjson"));
    let about = check(&desk, "screen-x", &["--about"]);
    assert_eq!(about.status, 0);
    assert!(
        about.output.starts_with("protocol  study\ntitle     A study\nversion   1.2\nhash      "),
        "{}",
        about.output
    );
    assert!(check(&desk, "screen-x", &["--version"]).output.starts_with("study 1.2, "));
    assert!(check(&desk, "screen-x", &["--help"]).output.contains("screen-x [OPTIONS]"));
    assert_eq!(check(&desk, "screen-x", &[]).status, 2);
}

#[test]
fn a_damaged_checker_screens_nobody() {
    let desk = desk();
    let made = fs::read(desk.path("screen-x")).unwrap();
    let permissions = fs::metadata(desk.path("screen-x")).unwrap().permissions();
    let length = made.len();
    let changed = |at: usize| {
        let mut made = made.clone();
        made[at] ^= 1;
        made
    };
    // The hash, the trailer, the payload; the end cut in the hash, in the trailer, in the payload.
    let damages = [changed(length - 1), changed(length - 50), changed(length - 100)]
        .into_iter()
        .chain([1, 40, 200].map(|cut| made[..length - cut].to_vec()));
    for (at, bytes) in damages.enumerate() {
        fs::write(desk.path("broken"), bytes).unwrap();
        fs::set_permissions(desk.path("broken"), permissions.clone()).unwrap();
        let call = check(&desk, "broken", &["patients.ndjson"]);
        assert_eq!((call.status, call.output.as_str()), (2, ""), "{at}");
        assert!(call.errors.contains("this checker is damaged, and screens nobody"), "{at}: {}", call.errors);
        fs::remove_file(desk.path("broken")).unwrap();
    }
}

#[test]
fn a_program_is_not_printed_and_needs_a_runtime() {
    let desk = Desk::new();
    desk.file("study.trial", STUDY).file("other", "no program");
    let refused = |args: &[&str], status: i32, said: &str| {
        let call = desk.run(&[&["compile", "study.trial"], args].concat());
        assert_eq!((call.status, call.output.as_str()), (status, ""), "{args:?}: {}", call.errors);
        assert!(call.errors.contains(said), "{args:?}: {}", call.errors);
    };
    refused(&["--to", "checker"], 2, "say where to write it, with -o FILE");
    refused(&["--to", "checker", "-o", "-"], 2, "say where to write it, with -o FILE");
    refused(&["--to", "checker", "-o", "x", "--runtime", "other"], 2, "it is no trialc of this version");
    refused(&["--to", "checker", "-o", "x", "--runtime", "none"], 2, "cannot read none");
    refused(&["--runtime", "other"], 2, "--runtime is for --to checker");
    refused(&["--to", "checker", "-o", "nowhere/x"], 1, "cannot write nowhere/x");
    if Path::new("/dev/full").exists() {
        refused(&["--to", "checker", "-o", "/dev/full"], 1, "the disk is full");
    }
    let own = env!("CARGO_BIN_EXE_trialc");
    let made = desk.run(&["compile", "study.trial", "--to", "checker", "-o", "x", "--runtime", own]);
    assert_eq!(made.status, 0, "{}", made.errors);
    assert_eq!(desk.names(), ["other", "study.trial", "x"]);
}
