//! The protocols of `protocols/`, and the one in the README: checked, compiled, read back, laid out, and their
//! examples run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy.toml allows them in test functions; here all of the file is a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use trialc::check::{Checked, Input, check};
use trialc::diagnostic::Diagnostics;
use trialc::diagnostic::render::{Characters, Color, Format, Look, Renderer};
use trialc::examples;
use trialc::format::format;
use trialc::ir::json::{from_json, schema, to_json};
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::world::{FileSystem, NoFiles};

/// Every warning that a protocol has: its code, words of the line that it stands on, and why it is right to stand there.
const WARNINGS: &[(&str, &[Warning])] = &[
    (
        "abatacept_dm",
        &[
            ("W007", "missing \"the washout windows\"", "the stored record breaks off before them"),
            ("W007", "missing \"the exclusion criteria after the second\"", "the stored record breaks off there"),
            ("W007", "missing \"dose, route and schedule\"", "the record names the drug alone"),
        ],
    ),
    ("basiliximab_cadm", &[]),
    ("docetaxel_nsclc", &[]),
    ("il2_dm", &[]),
    (
        "il2_iim",
        &[
            ("W001", "age > 18 years", "the record says over 18 and shuts out adolescents: those of 18 fall between"),
            ("W009", "exclude adolescent", "the same, seen from the criterion"),
            (
                "W003",
                "in treatment, follow_up { give standard }",
                "the record says single masking, and one arm has injections alone",
            ),
        ],
    ),
    (
        "tocilizumab_mda5",
        &[
            (
                "W013",
                "HRCT_extent rose by > 20 %",
                "the record says 20 % and not of what; a comment states the reading",
            ),
            ("W009", "include age_again", "the record has 18 to 65 in its field and under 65 in its criterion"),
            ("W007", "missing \"the inclusion criteria after the fifth\"", "the stored record breaks off there"),
            ("W007", "missing \"the list of drugs and of their windows\"", "the record announces a list and has none"),
            ("W007", "missing \"drugs and doses of the standard treatment\"", "the record names none"),
            ("W007", "missing \"dose and route\"", "the record gives neither"),
            ("W011", "visit follow_up", "the record has a visit every 2 weeks and does not say what is done at it"),
            (
                "W007",
                "missing \"the measure of clinical symptoms\"",
                "the record asks the question and names no measure",
            ),
            ("W007", "missing \"the measure of respiration\"", "the same"),
        ],
    ),
];

type Warning = (&'static str, &'static str, &'static str);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("protocols")).unwrap().map(|entry| entry.unwrap().path());
    let protocols = entries.filter(|path| path.extension().is_some_and(|extension| extension == "trial"));
    protocols.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn path(name: &str) -> PathBuf {
    root().join("protocols").join(format!("{name}.trial"))
}

fn read(name: &str, sources: &mut Sources) -> (Option<Checked>, Diagnostics) {
    check(&FileSystem, sources, Input { path: path(name), text: None })
}

/// The compiled protocol, as text and as a value.
fn compiled(name: &str) -> (String, Value) {
    let (checked, _) = read(name, &mut Sources::new());
    let text = to_json(&lower(checked.unwrap())).unwrap();
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

#[test]
fn they_have_the_warnings_of_the_table_and_no_others() {
    assert_eq!(names(), WARNINGS.iter().map(|(name, _)| (*name).to_owned()).collect());
    let mut faults = Vec::new();
    for (name, expected) in WARNINGS {
        let mut sources = Sources::new();
        let (checked, found) = read(name, &mut sources);
        let text = fs::read_to_string(path(name)).unwrap();
        let said: Vec<(&str, String)> = found
            .iter()
            .map(|one| {
                let line = sources.line_column(one.primary.span.start).line;
                let words: Vec<&str> = text.lines().nth(line - 1).unwrap().split_whitespace().collect();
                (one.code.id, words.join(" "))
            })
            .collect();
        let fits = |((id, line), (code, words, _)): (&(&str, String), &Warning)| id == code && line.contains(words);
        let right = said.len() == expected.len() && said.iter().zip(*expected).all(fits);
        if checked.is_none() || !right {
            faults.push(format!("{name} says {said:#?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn they_are_laid_out_in_the_usual_way() {
    for name in names() {
        let text = fs::read_to_string(path(&name)).unwrap();
        assert_eq!(format(&text).as_deref(), Ok(&*text), "{name}: `trialc fmt protocols` lays it out");
    }
}

#[test]
fn their_json_keeps_the_schema() {
    let schema = schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in names() {
        let (_, value) = compiled(&name);
        let faults: Vec<String> =
            validator.iter_errors(&value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{name}\n{}", faults.join("\n"));
    }
}

/// A protocol holds the places in its text that messages point at; its JSON does not. All the rest comes back.
#[test]
fn their_json_read_back_is_the_same_protocol() {
    for name in names() {
        let (text, _) = compiled(&name);
        let back = from_json(&text).unwrap();
        let again = to_json(&back).unwrap();
        assert!(again == text, "{name}: the bytes differ");
        assert!(from_json(&again).unwrap() == back, "{name}: the protocols differ");
        assert!(compiled(&name).0 == text, "{name}: compiled twice, the bytes differ");
    }
}

/// What its author says of a patient is what the protocol says: `trialc test protocols`.
#[test]
fn their_examples_come_true() {
    for name in names() {
        let mut sources = Sources::new();
        let trial = lower(read(&name, &mut sources).0.unwrap());
        let outcome = examples::run(&trial);
        assert!(outcome.examples > 0, "{name} has no example");
        assert!(outcome.expectations > outcome.left_out, "{name}: no expectation was looked at");
        let failures: Vec<String> = outcome
            .failures
            .iter()
            .map(|failure| format!("{}: {}\n{}", failure.example, failure.diagnostic.message, failure.reasons))
            .collect();
        assert!(failures.is_empty(), "{name}\n{}", failures.join("\n"));
    }
}

/// Lists of the JSON that declare names, and the type in the schema of each list's names.
const LISTS: &[(&str, &str)] = &[
    ("cohorts", "CohortId"),
    ("populations", "PopulationId"),
    ("restrictions", "RestrictionId"),
    ("epochs", "EpochId"),
    ("regimens", "RegimenId"),
    ("backgrounds", "BackgroundId"),
    ("arms", "ArmId"),
    ("visits", "VisitId"),
    ("outcomes", "OutcomeId"),
    ("estimands", "EstimandId"),
];

/// Maps of the JSON whose keys are names.
const MAPS: &[(&str, &str)] = &[("concepts", "ConceptId"), ("definitions", "DefinitionId"), ("sets", "SetId")];

/// Ids that are named nowhere but where they are declared: a criterion's, and a phase's within its arm.
const DECLARED_IN_PLACE: &[&str] = &["CriterionId", "PhaseId"];

type Names = BTreeMap<String, BTreeSet<String>>;

#[test]
fn everything_that_their_json_names_is_in_it() {
    let schema = schema();
    for name in names() {
        let (_, trial) = compiled(&name);
        let (mut named, mut declared) = (Names::new(), Names::new());
        gather(&schema, &schema, &trial, &mut named);
        for table in trial["equivalents"].as_array().into_iter().flatten() {
            let drugs = table["doses"].as_object().unwrap().keys().cloned();
            named.entry("ConceptId".to_owned()).or_default().extend(drugs);
        }
        for (list, id) in LISTS {
            let items = trial[list].as_array().into_iter().flatten();
            let names = items.map(|item| item["name"].as_str().unwrap().to_owned());
            declared.entry((*id).to_owned()).or_default().extend(names);
        }
        for (map, id) in MAPS {
            let keys = trial[map].as_object().into_iter().flatten().map(|(key, _)| key.clone());
            declared.entry((*id).to_owned()).or_default().extend(keys);
        }
        assert!(named["ConceptId"].len() > 20 && named.contains_key("ArmId"), "{name}: hardly a name was found");
        for (id, names) in named.iter().filter(|(id, _)| !DECLARED_IN_PLACE.contains(&id.as_str())) {
            let known = declared.get(id).unwrap_or_else(|| panic!("no list declares names of the type {id}"));
            let strangers: Vec<_> = names.difference(known).collect();
            assert!(strangers.is_empty(), "{name} names {strangers:?} ({id}) and does not hold them");
        }
    }
}

/// Every string that the schema gives the type of a name, by that type.
fn gather(root: &Value, schema: &Value, instance: &Value, named: &mut Names) {
    if let Some(reference) = schema["$ref"].as_str() {
        let definition = reference.strip_prefix("#/$defs/").unwrap();
        if let (true, Some(name)) = (definition.ends_with("Id"), instance.as_str()) {
            named.entry(definition.to_owned()).or_default().insert(name.to_owned());
        }
        gather(root, &root["$defs"][definition], instance, named);
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        schema[key].as_array().into_iter().flatten().for_each(|one| gather(root, one, instance, named));
    }
    if let Some(fields) = instance.as_object() {
        let required = schema["required"].as_array().into_iter().flatten();
        if required.filter_map(Value::as_str).all(|key| fields.contains_key(key)) {
            for (key, value) in fields {
                let of_key = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                gather(root, of_key, value, named);
            }
        }
    }
    for (place, value) in instance.as_array().into_iter().flatten().enumerate() {
        gather(root, schema["prefixItems"].get(place).unwrap_or(&schema["items"]), value, named);
    }
}

/// The README's protocol, and its one fault as the program prints it.
#[test]
fn the_readme_is_true() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let fence = |language: &str| {
        let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let said = |text: &str| {
        let mut sources = Sources::new();
        let input = Input { path: "study.trial".into(), text: Some(Arc::from(text)) };
        let (checked, found) = check(&NoFiles, &mut sources, input);
        let look = Look { color: Color::None, characters: Characters::Unicode, width: 100 };
        let mut renderer = Renderer::new(&sources, Format::Human, look);
        let drawn: String = found.iter().map(|one| renderer.render(one)).collect();
        (checked.is_some(), drawn)
    };
    let protocol = fence("trial");
    assert_eq!(said(protocol), (true, String::new()));
    assert_eq!(format(protocol).as_deref(), Ok(protocol));
    let wrong = protocol.replace("platelets < 60 10*9/L", "platelets < 60");
    assert_eq!(said(&wrong).1.trim_end(), fence("text").trim_end());
}
