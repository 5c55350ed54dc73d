//! `trialc generate`: what is written where, and what cannot be asked for.

use std::fs;

use crate::screen::STUDY;
use crate::{BAD, Desk};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("study.trial", STUDY);
    desk
}

#[test]
fn what_is_made_can_be_screened() {
    let desk = desk();
    // Compiled before, it has no warnings to show.
    assert_eq!(desk.run(&["compile", "study.trial", "-o", "study.json"]).status, 0);
    for (name, layout) in [
        ("a.ndjson", "charts"),
        ("a.csv", "wide"),
        ("a.parquet", "wide"),
        ("long.csv", "long"),
        ("long.parquet", "long"),
    ] {
        let made =
            desk.run(&["generate", "study.json", "--patients", "50", "--seed", "3", "--layout", layout, "-o", name]);
        assert_eq!((made.status, made.output.as_str(), made.errors.as_str()), (0, "", ""), "{name}");
        let screened = desk.run(&["screen", "study.json", name, "--quiet", "--strict"]);
        assert_eq!((screened.status, screened.errors.as_str()), (0, ""), "{name}");
        assert!(
            screened.output.contains("50    screened") || screened.output.contains("50  read"),
            "{}",
            screened.output
        );
    }
}

#[test]
fn the_ending_or_an_option_says_the_form() {
    let desk = desk();
    let shown = desk.run(&["generate", "study.trial", "--patients", "2", "--seed", "1"]);
    assert_eq!(shown.output.lines().count(), 2);
    assert!(shown.output.starts_with("{\"id\":\"p00000001\""), "{}", shown.output);
    let table = desk.run(&["generate", "study.trial", "--patients", "2", "--seed", "1", "--format", "csv", "-o", "-"]);
    assert_eq!(table.output.lines().count(), 3);
    assert!(table.output.starts_with("id,sex,birth,as_of,complete,screening,"), "{}", table.output);
    let named =
        desk.run(&["generate", "study.trial", "--patients", "2", "--seed", "1", "--format", "ndjson", "-o", "x"]);
    assert_eq!(named.status, 0);
    assert_eq!(desk.read("x"), shown.output);
}

#[test]
fn what_does_not_go_together_is_said() {
    let desk = desk();
    desk.file("bad.trial", BAD);
    let refused = |args: &[&str], status: i32, said: &str| {
        let call = desk.run(&[&["generate"], args].concat());
        assert_eq!(call.status, status, "{args:?}: {}", call.errors);
        assert!(call.errors.contains(said), "{args:?}: {}", call.errors);
        assert_eq!(call.output, "", "{args:?}");
    };
    let some = ["study.trial", "--patients", "3"];
    refused(&[&some[..], &["--format", "parquet"]].concat(), 2, "say where to write it, with -o OUT");
    refused(&[&some[..], &["-o", "a.txt"]].concat(), 2, "end the name with .ndjson, .csv or .parquet");
    refused(&[&some[..], &["--layout", "wide", "-o", "a.ndjson"]].concat(), 2, "ndjson holds charts");
    refused(&[&some[..], &["--layout", "charts", "-o", "a.csv"]].concat(), 2, "charts are written as ndjson");
    refused(&[&some[..], &["--facts", "9", "-o", "a.csv"]].concat(), 2, "--facts is for charts");
    refused(&[&some[..], &["--nasty", "101"]].concat(), 2, "101");
    refused(&[&some[..], &["--seed", "-1"]].concat(), 2, "-1");
    refused(&[&some[..], &["--facts", "99999999"]].concat(), 2, "99999999");
    refused(&["study.trial", "--patients", "0"], 2, "0");
    refused(&["study.trial", "--patients", "many"], 2, "many");
    refused(&["study.trial"], 2, "--patients");
    refused(&["none.trial", "--patients", "1"], 2, "none.trial");
    refused(&["bad.trial", "--patients", "1"], 1, "=>");
    refused(&[&some[..], &["-o", "nowhere/a.csv"]].concat(), 1, "cannot write nowhere/a.csv");
    assert_eq!(desk.names(), ["bad.trial", "study.trial"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_leaves_the_old_file() {
    let desk = desk();
    for form in ["csv", "ndjson", "parquet"] {
        let full = format!("full.{form}");
        std::os::unix::fs::symlink("/dev/full", desk.path(&full)).unwrap();
        let call = desk.run(&["generate", "study.trial", "--patients", "3", "-o", &full]);
        assert_eq!(call.status, 1, "{form}");
        assert!(call.errors.contains("the disk is full"), "{form}: {}", call.errors);
    }
    fs::create_dir(desk.path("dir.csv")).unwrap();
    assert_eq!(desk.run(&["generate", "study.trial", "--patients", "3", "-o", "dir.csv"]).status, 1);
    assert_eq!(desk.names(), ["dir.csv", "full.csv", "full.ndjson", "full.parquet", "study.trial"]);
}
