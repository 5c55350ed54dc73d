//! `trialc fmt`

use std::fs;

use crate::{BAD, Desk, GOOD};

/// The same protocol with blanks at the ends of its lines.
fn untidy() -> String {
    GOOD.replace('\n', "  \n")
}

#[test]
fn files_are_laid_out() {
    let desk = Desk::new();
    let call = desk.file("a.trial", untidy()).file("f/b.trial", untidy()).run(&["fmt", "a.trial", "f"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    assert!(call.errors.ends_with("2 files of 2 changed\n"), "{}", call.errors);
    let tidy = desk.read("a.trial");
    assert_ne!(tidy, untidy());
    assert_eq!(desk.read("f/b.trial"), tidy);
    assert!(desk.run(&["fmt", "a.trial"]).errors.ends_with("0 files changed\n"));
    assert_eq!(desk.names(), ["a.trial", "f"]);
}

#[test]
fn check_changes_nothing_and_lists() {
    let desk = Desk::new();
    let call = desk.file("a.trial", untidy()).run(&["fmt", "--check", "a.trial"]);
    assert_eq!((call.status, call.output.as_str()), (1, "a.trial\n"));
    assert_eq!(desk.read("a.trial"), untidy());
    desk.run(&["fmt", "a.trial"]);
    let call = desk.run(&["fmt", "--check", "a.trial"]);
    assert_eq!((call.status, call.output.as_str()), (0, ""));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let desk = Desk::new();
    let call = desk.run_with(&["fmt", "-"], untidy());
    assert_eq!((call.status, call.errors.as_str()), (0, ""));
    assert_eq!(desk.run_with(&["fmt", "-"], &call.output).output, call.output);
    let call = desk.run_with(&["fmt", "-"], BAD);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
}

#[test]
fn files_with_errors_are_left_alone_and_the_others_are_not() {
    let desk = Desk::new();
    let call = desk.file("a.trial", BAD).file("b.trial", untidy()).run(&["fmt", "a.trial", "b.trial"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.contains("S001") && call.errors.contains("a.trial was left alone"), "{}", call.errors);
    assert_eq!(desk.read("a.trial"), BAD);
    assert_ne!(desk.read("b.trial"), untidy());
}

#[test]
fn bytes_that_are_not_text() {
    let desk = Desk::new();
    let call = desk.file("a.trial", b"\xff").run(&["fmt", "a.trial"]);
    assert_eq!(call.status, 1);
    assert!(call.errors.starts_with("error: a.trial is not UTF-8 text\n"), "{}", call.errors);
}

#[test]
#[cfg(unix)]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let desk = Desk::new();
    desk.file("a.trial", untidy());
    fs::set_permissions(desk.path("a.trial"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.trial", desk.path("link.trial")).unwrap();
    assert_eq!(desk.run(&["fmt", "link.trial"]).status, 0);
    assert!(fs::symlink_metadata(desk.path("link.trial")).unwrap().is_symlink());
    let permissions = fs::metadata(desk.path("a.trial")).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o640);
    assert_ne!(desk.read("a.trial"), untidy());
}
