//! `trialc check`

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::{BAD, Desk, GOOD, LIBRARY, above_permissions};

const MISSING: &str =
    "trial t \"T\" { phase 2 }\neligibility at screening {\n  include x \"X\": missing \"the limit\"\n}\n";

#[test]
fn status_0_without_errors() {
    let desk = Desk::new();
    let call = desk.file("a.trial", GOOD).run(&["check", "a.trial"]);
    assert_eq!(call.status, 0, "{}{}", call.output, call.errors);
    assert!(call.errors.ends_with(" in 1 file\n"), "{}", call.errors);
}

#[test]
fn status_1_with_errors_and_all_of_them_at_their_places() {
    let desk = Desk::new();
    let call = desk.file("a.trial", BAD).run(&["check", "--format", "short", "a.trial"]);
    assert_eq!(call.status, 1);
    assert!(call.output.contains("a.trial:2:29: error S001: `=>` is not a sign of the language\n"), "{}", call.output);
    assert!(call.output.contains("a.trial:3:29: error S010: "), "{}", call.output);
}

#[test]
fn status_2_for_paths_that_are_not_there_but_the_others_are_checked() {
    let desk = Desk::new();
    let call = desk.file("a.trial", BAD).run(&["check", "no.trial", "a.trial", "--format", "short"]);
    assert_eq!(call.status, 2);
    assert!(call.errors.contains("error: cannot read no.trial: no such file or folder"), "{}", call.errors);
    assert!(call.output.contains("a.trial:2:29"), "{}", call.output);
}

#[test]
fn status_2_for_wrong_calls() {
    let desk = Desk::new();
    desk.file("a.trial", GOOD);
    for args in [
        ["check"].as_slice(),
        &["check", "a.trial", "--format", "xml"],
        &["check", "-", "--watch"],
        &["check", "-", "--fix"],
        &["chek", "a.trial"],
        &[],
    ] {
        assert_eq!(desk.run_with(args, GOOD).status, 2, "{args:?}");
    }
}

#[test]
fn folders_are_searched_in_order() {
    let desk = Desk::new();
    desk.file("f/b.trial", BAD).file("f/a/z.trial", BAD).file("f/.hidden/x.trial", BAD).file("f/c.txt", BAD);
    let call = desk.run(&["check", "f", "f/b.trial", "--format", "short"]);
    let files: Vec<&str> = call.output.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(files, ["f/a/z.trial", "f/a/z.trial", "f/b.trial", "f/b.trial"]);
    assert!(call.errors.contains("4 errors in 2 files") || call.errors.contains("warning"), "{}", call.errors);
}

#[test]
fn an_empty_folder_is_said_to_be_empty() {
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).unwrap();
    let call = desk.run(&["check", "empty"]);
    assert_eq!((call.status, call.errors.as_str()), (2, "error: there are no .trial files in empty\n"));
}

#[test]
fn standard_input() {
    let desk = Desk::new();
    let call = desk.run_with(&["check", "-", "--format", "short"], BAD);
    assert_eq!(call.status, 1);
    assert!(call.output.starts_with("<stdin>:2:29: "), "{}", call.output);
    assert_eq!(desk.run_with(&["check", "-"], GOOD).status, 0);
}

#[test]
fn bytes_that_are_not_text() {
    let desk = Desk::new();
    let call = desk.file("a.trial", b"trial \xff\xfe").run(&["check", "a.trial"]);
    assert_eq!(call.status, 1);
    assert!(call.output.contains("S007"), "{}", call.output);
    assert_eq!(desk.run_with(&["check", "-"], b"\xff").status, 1);
}

#[test]
fn escape_sequences_do_not_reach_the_terminal() {
    let desk = Desk::new();
    desk.file("a.trial", "trial x \"\u{1b}[31m\u{202e}red\" {}\n");
    for format in ["human", "narrated", "short"] {
        let call = desk.run(&["check", "a.trial", "--format", format]);
        assert_eq!(call.status, 1);
        assert!(!call.output.contains(['\u{1b}', '\u{202e}']), "{format}: {:?}", call.output);
    }
}

#[test]
fn warnings_count_when_denied() {
    let desk = Desk::new();
    desk.file("a.trial", MISSING);
    let call = desk.run(&["check", "a.trial"]);
    assert_eq!(call.status, 0, "{}", call.output);
    assert!(call.output.contains("W007"), "{}", call.output);
    assert_eq!(desk.run(&["check", "a.trial", "--deny", "warnings"]).status, 1);
}

#[test]
fn json_is_one_object_a_line() {
    let desk = Desk::new();
    let call = desk.file("a.trial", BAD).run(&["check", "a.trial", "--format", "json"]);
    let objects: Vec<serde_json::Value> = call.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects[0]["code"], "S001");
    assert_eq!(objects[0]["place"]["file"], "a.trial");
    assert_eq!(objects[0]["place"]["start"], serde_json::json!({ "offset": 55, "line": 2, "column": 29 }));
    assert_eq!(objects[0]["place"]["end"]["column"], 31);
}

#[test]
fn long_lists_are_cut_for_people_only() {
    let desk = Desk::new();
    let lines = "  include x \"X\": a => 3\n".repeat(60);
    desk.file("a.trial", format!("eligibility at screening {{\n{lines}}}\n"));
    let count = |args: &[&str]| {
        let output = desk.run(&[&["check", "a.trial"], args].concat()).output;
        (output.matches("S001").count(), output.contains("more in this file (--limit 0 shows all)"))
    };
    assert_eq!(count(&[]), (50, true));
    assert_eq!(count(&["--limit", "3"]), (3, true));
    assert_eq!(count(&["--limit", "0"]), (60, false));
    assert_eq!(count(&["--format", "json"]), (60, false));
}

#[test]
fn colour_follows_the_surroundings() {
    let desk = Desk::new();
    desk.file("a.trial", BAD);
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = desk.command(&[&["check", "a.trial"], args].concat());
        command.envs(env.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains("\u{1b}[")
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn screen_readers_get_words() {
    let desk = Desk::new();
    let mut command = desk.file("a.trial", BAD).command(&["check", "a.trial"]);
    let output = String::from_utf8(command.env("NO_GRAPHICS", "1").output().unwrap().stdout).unwrap();
    assert!(output.contains("Begin snippet for a.trial"), "{output}");
}

#[test]
fn fix_mends_and_says_so() {
    let desk = Desk::new();
    desk.file("a.trial", "use labs { ALT }\ndefine high = ALT > 3 x ULN\n");
    let call = desk.run(&["check", "a.trial", "--fix"]);
    assert_eq!(call.status, 0, "{}{}", call.output, call.errors);
    assert!(call.errors.contains("fixed a.trial:2: write `3 ULN`"), "{}", call.errors);
    assert_eq!(desk.read("a.trial"), "use labs { ALT }\ndefine high = ALT > 3 ULN\n");
    assert_eq!(desk.names(), ["a.trial"]);
}

#[test]
fn fix_leaves_guesses_to_the_author() {
    let desk = Desk::new();
    let text = GOOD.replace("eligibility", "elegibility");
    desk.file("a.trial", &text);
    let call = desk.run(&["check", "a.trial", "--fix"]);
    assert_eq!(call.status, 1);
    assert!(call.output.contains("did you mean `eligibility`?"), "{}", call.output);
    assert_eq!(desk.read("a.trial"), text);
    let json = desk.run(&["check", "a.trial", "--format", "json"]).output;
    assert!(json.contains("\"applicability\":\"guess\""), "{json}");
}

#[test]
fn a_library_can_be_checked() {
    let desk = Desk::new();
    let call = desk.file("l.trial", LIBRARY).run(&["check", "l.trial"]);
    assert_eq!(call.status, 0, "{}", call.output);
}

#[test]
#[cfg(unix)]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    if above_permissions(desk.folder.path()) {
        return;
    }
    desk.file("a.trial", GOOD);
    fs::set_permissions(desk.path("a.trial"), fs::Permissions::from_mode(0o000)).unwrap();
    let call = desk.run(&["check", "a.trial"]);
    assert_eq!((call.status, call.errors.as_str()), (2, "error: cannot read a.trial: permission denied\n"));
}

#[test]
fn watch_checks_again() {
    let desk = Desk::new();
    desk.file("a.trial", GOOD);
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialc"));
    command.current_dir(desk.folder.path()).args(["check", "--watch", "a.trial"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let errors = BufReader::new(child.stderr.take().unwrap());
    let (sender, lines) = channel();
    std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let wait_for = |wanted: &str| {
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(20)) {
            if line.contains(wanted) {
                return true;
            }
        }
        false
    };
    let first = wait_for("waiting for changes");
    desk.file("a.trial", BAD);
    let second = first && wait_for("changed: ") && wait_for("2 errors");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first && second);
}
