//! `trialc compile`

use std::fs;

use crate::{BAD, Desk, GOOD, LIBRARY, above_permissions};

#[test]
fn json_and_back() {
    let desk = Desk::new();
    desk.file("a.trial", GOOD);
    let call = desk.run(&["compile", "a.trial", "--to", "json"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    serde_json::from_str::<serde_json::Value>(&call.output).unwrap();
    assert_eq!(desk.run(&["compile", "a.trial", "-o", "a.json"]).output, "");
    assert_eq!(desk.read("a.json"), call.output);
    assert_eq!(desk.run(&["compile", "a.json"]).output, call.output);
    assert_eq!(desk.run_with(&["compile", "-", "-o", "-"], format!("\n {}", call.output)).output, call.output);
    assert_eq!(desk.names(), ["a.json", "a.trial"]);
}

#[test]
fn errors_stop_it_and_leave_the_output_alone() {
    let desk = Desk::new();
    let call = desk.file("a.trial", BAD).file("out.json", "old").run(&["compile", "a.trial", "-o", "out.json"]);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
    assert!(call.errors.contains("S001"), "{}", call.errors);
    assert_eq!(desk.read("out.json"), "old");
}

#[test]
fn a_library_cannot_be_compiled() {
    let desk = Desk::new();
    let call = desk.file("l.trial", LIBRARY).run(&["compile", "l.trial"]);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
    assert!(call.errors.contains("l.trial is a library"), "{}", call.errors);
}

#[test]
fn json_that_is_no_protocol() {
    let desk = Desk::new();
    let call = desk.file("a.json", "{ \"a\": 1 }").run(&["compile", "a.json"]);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
    assert!(call.errors.starts_with("error: a.json is not a compiled protocol: "), "{}", call.errors);
    assert_eq!(desk.file("a.json", b"{ \"\xff\"").run(&["compile", "a.json"]).status, 1);
}

#[test]
fn wrong_calls() {
    let desk = Desk::new();
    desk.file("a.trial", GOOD);
    fs::create_dir(desk.path("folder")).unwrap();
    let status = |args: &[&str]| desk.run(args).status;
    assert_eq!(status(&["compile", "no.trial"]), 2);
    assert_eq!(status(&["compile", "folder"]), 2);
    assert_eq!(status(&["compile", "a.trial", "--to", "prose"]), 2);
    let call = desk.run(&["compile", "a.trial", "-o", "folder"]);
    let expected = "error: cannot write folder: it is a folder (did you mean folder/a.json?)\n";
    assert_eq!(call.status, 1);
    assert!(call.errors.ends_with(expected), "{}", call.errors);
}

#[test]
fn places_that_cannot_be_written() {
    let desk = Desk::new();
    desk.file("a.trial", GOOD);
    let call = desk.run(&["compile", "a.trial", "-o", "no/such/folder/a.json"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("no such file or folder"), "{}", call.errors);
    let mut locked = fs::metadata(desk.file("locked.json", "old").path("locked.json")).unwrap().permissions();
    locked.set_readonly(true);
    fs::set_permissions(desk.path("locked.json"), locked).unwrap();
    let call = desk.run(&["compile", "a.trial", "-o", "locked.json"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write locked.json: permission denied"), "{}", call.errors);
    assert_eq!(desk.read("locked.json"), "old");
}

#[test]
#[cfg(target_os = "linux")]
fn devices_are_written_to_and_stay() {
    let desk = Desk::new();
    desk.file("a.trial", GOOD);
    assert_eq!(desk.run(&["compile", "a.trial", "-o", "/dev/null"]).status, 0);
    let call = desk.run(&["compile", "a.trial", "-o", "/dev/full"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write /dev/full: the disk is full"), "{}", call.errors);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
#[cfg(unix)]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    if above_permissions(desk.folder.path()) {
        return;
    }
    desk.file("a.trial", GOOD);
    fs::create_dir(desk.path("shut")).unwrap();
    fs::set_permissions(desk.path("shut"), fs::Permissions::from_mode(0o555)).unwrap();
    let call = desk.run(&["compile", "a.trial", "-o", "shut/a.json"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("cannot write shut/a.json: permission denied"), "{}", call.errors);
}

/// A module is written with its host; what it cannot say is named, and nothing is written.
#[test]
fn a_module_and_its_host() {
    let desk = Desk::new();
    desk.file("t.trial", MODULE);
    let run = |more: &[&str]| desk.run(&[&["compile", "t.trial", "--to", "wasm", "-o", "t.wasm"], more].concat());
    let refused = run(&["--wrapper", "t.mjs"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.errors.contains("`lately` asks for a window of hours, which a module cannot say"),
        "{}",
        refused.errors
    );
    assert_eq!(desk.names(), ["t.trial"]);
    let unknown = run(&["--given", "dosis"]);
    assert!(unknown.errors.contains("there is no criterion `dosis` (there are old, lately)"), "{}", unknown.errors);
    assert_eq!(run(&["--given", "lately", "--wrapper", "t.ts"]).status, 2);
    assert_eq!(desk.run(&["compile", "t.trial", "--given", "lately"]).status, 2);
    let made = run(&["--given", "lately", "--wrapper", "t.mjs"]);
    assert_eq!(made.status, 0, "{}", made.errors);
    assert!(fs::read(desk.path("t.wasm")).unwrap().starts_with(b"\0asm"));
    assert!(desk.read("t.mjs").contains("@typedef {\"lately\" | \"old\"} Criterion"));
}

const MODULE: &str = r#"use labs { hemoglobin }
trial t "T" { }
eligibility at screening {
  include old "Adults": age >= 18 years
  exclude lately "A low haemoglobin lately": hemoglobin < 8 g/dL within 12 hours before screening
}
"#;
