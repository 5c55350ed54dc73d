//! What `trialc` says about itself: explain, list, schema, completions, man, help.

use crate::Desk;

#[test]
fn explain() {
    let desk = Desk::new();
    let call = desk.run(&["explain", "u002"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    assert!(call.output.starts_with("U002") && !call.output.contains("```"), "{}", call.output);
}

#[test]
fn explain_an_unknown_code() {
    let call = Desk::new().run(&["explain", "U02"]);
    assert_eq!((call.status, call.output.as_str()), (2, ""));
    assert!(call.errors.starts_with("error: there is no code `U02`; near it are\n  U002  "), "{}", call.errors);
    let call = Desk::new().run(&["explain", "banana"]);
    assert_eq!(call.errors, "error: there is no code `banana`\n`trialc list codes` lists all codes\n");
}

#[test]
fn list() {
    let desk = Desk::new();
    let all = desk.run(&["list"]);
    assert!(all.output.lines().any(|line| line.starts_with("codes ")), "{}", all.output);
    let call = desk.run(&["list", "codes", "W00"]);
    assert_eq!(call.status, 0);
    assert_eq!(call.output.lines().count(), 1 + 9, "{}", call.output);
    let json = desk.run(&["list", "codes", "s001", "--format", "json"]).output;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), 1);
    let csv = desk.run(&["list", "codes", "s001", "--format", "csv"]).output;
    assert_eq!(csv.lines().count(), 2, "{csv}");
}

#[test]
fn list_nothing() {
    let desk = Desk::new();
    let call = desk.run(&["list", "codes", "banana"]);
    assert_eq!((call.status, call.output.as_str()), (1, ""));
    assert!(call.errors.contains("holds `banana`"), "{}", call.errors);
    let call = desk.run(&["list", "cods"]);
    assert_eq!(call.status, 2);
    assert!(call.errors.contains("`codes`"), "{}", call.errors);
    let call = desk.run(&["list", "myeloma"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    assert!(call.output.lines().any(|line| line.starts_with("conditions  multiple_myeloma")), "{}", call.output);
}

#[test]
fn schema() {
    let call = Desk::new().run(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&call.output).unwrap();
    assert!(schema["$schema"].is_string());
}

#[test]
fn schema_of_charts() {
    let call = Desk::new().run(&["schema", "chart"]);
    let schema: serde_json::Value = serde_json::from_str(&call.output).unwrap();
    let chart = serde_json::json!({"id": "a", "observations": [{"of": "hemoglobin", "value": 10.5, "unit": "g/dL"}]});
    assert!(jsonschema::is_valid(&schema, &chart));
    assert!(!jsonschema::is_valid(&schema, &serde_json::json!({"id": "a", "observation": []})));
    let compiled = Desk::new().run(&["schema", "protocol"]);
    assert_eq!(compiled.output, Desk::new().run(&["schema"]).output);
}

#[test]
fn map_prints_a_mapping_that_reads() {
    let desk = Desk::new();
    let protocol = "trial t \"A trial\" { phase 2 }\n\nuse labs { hemoglobin, platelets, creatinine }\n\neligibility at screening {\n  \
        include adult \"Adults\": age >= 18 years\n  include a \"A\": hemoglobin >= 90 g/L\n  \
        include b \"B\": platelets >= 100 10*9/L\n  include c \"C\": creatinine < 2 mg/dL\n  \
        include d \"Agrees\": judged by investigator\n}\n";
    desk.file("t.trial", protocol);
    desk.file("p.csv", "Subject,Screening,Hb [g/dL],platlets,Initials\n1,2026-03-01,10.1,200,AB\n");
    let call = desk.run(&["map", "t.trial", "p.csv"]);
    assert_eq!(call.status, 0, "{}", call.errors);
    let lines: Vec<&str> = call.output.lines().collect();
    for line in [
        "id = \"Subject\"",
        "screening = \"Screening\"",
        "[facts.hemoglobin]",
        "column = \"Hb [g/dL]\"",
        "unit = \"g/dL\"",
        "# column = \"platlets\"",
        "# \"Initials\": `AB`",
        "# \"d\": Agrees",
    ] {
        assert!(lines.contains(&line), "{line}\n{}", call.output);
    }
    assert!(call.output.contains("# creatinine (lab)"), "{}", call.output);
    trialc::patients::Mapping::parse(&call.output).unwrap();
    let call = desk.run(&["map", "t.trial", "none.csv"]);
    assert_eq!((call.status, call.output.as_str()), (2, ""));
}

#[test]
fn completions_and_man() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(desk.run(&["completions", shell]).output.contains("explain"), "{shell}");
    }
    assert!(desk.run(&["man"]).output.contains(".TH trialc"));
    assert_eq!(desk.run(&["man", "-o", "pages"]).status, 0);
    assert!(desk.read("pages/trialc-check.1").contains("warnings"));
}

#[test]
fn help_has_examples() {
    let desk = Desk::new();
    for args in [["--help"].as_slice(), &["check", "--help"], &["compile", "--help"], &["fmt", "-h"], &["list", "-h"]] {
        let call = desk.run(args);
        assert_eq!(call.status, 0);
        assert!(call.output.contains("Examples:\n"), "{args:?}");
    }
    assert!(desk.run(&["--version"]).output.starts_with("trialc "));
}
