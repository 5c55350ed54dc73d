//! The wrapper of a module, in Node, on charts as sites write them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use trialc::chart::Chart;
use trialc::emit::wasm;
use trialc::evaluate::screen;
use trialc::ir::{Concept, ConceptKind, Trial};
use trialc::plan::{self, Plan};
use trialc::record::{Reader, Site};

const DRIVER: &str = r#"
import { readFileSync } from "node:fs";
import { load } from "./host.mjs";
const screen = await load(readFileSync("module.wasm"));
const charts = JSON.parse(readFileSync("charts.json", "utf8"));
const said = charts.map((chart) => { try { return screen(chart); } catch (error) { return { error: error.message }; } });
console.log(JSON.stringify(said));
"#;

/// What the host says of each chart; nothing where there is no Node.
pub fn run(trial: &Trial, plan: &Plan, charts: &[Value]) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let given = plan.left_out().map(|(rule, _)| rule.name.to_string()).collect();
    fs::write(path("module.wasm"), wasm::emit(trial, &wasm::Options { given }).unwrap()).unwrap();
    fs::write(path("host.mjs"), wasm::wrapper(trial, Path::new("host.mjs"), Some(Path::new("module.wasm")))).unwrap();
    fs::write(path("charts.json"), serde_json::to_string(charts).unwrap()).unwrap();
    fs::write(path("driver.mjs"), DRIVER).unwrap();
    let output = match Command::new("node").arg("driver.mjs").current_dir(folder.path()).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: there is no node to run ({error})");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A chart with no more than a wrapper takes: names that the protocol has, in its units.
pub fn narrowed(trial: &Trial, plan: &Plan, chart: &Chart) -> Value {
    let mut chart = serde_json::to_value(chart).unwrap();
    let concept = |of: &Value| trial.concepts.get(of.as_str()?);
    let is_event = |name: &str| trial.concepts.get(name).is_some_and(|concept| concept.kind == ConceptKind::Event);
    for field in ["anchors", "planned"] {
        if let Some(Value::Object(dates)) = chart.get_mut(field) {
            dates.retain(|name, _| is_event(name));
        }
    }
    if let Some(Value::Object(answers)) = chart.get_mut("judged") {
        answers.retain(|name, _| plan.questions.iter().any(|key| key.as_str() == name));
    }
    if let Some(Value::Array(results)) = chart.get_mut("observations") {
        results.retain(|one| concept(&one["of"]).is_some_and(|concept| is_taken(concept, one)));
    }
    let occurs = |concept: &Concept| {
        matches!(concept.kind, ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event)
    };
    for field in ["conditions", "medications", "procedures", "events"] {
        let Some(Value::Array(list)) = chart.get_mut(field) else { continue };
        list.retain(|one| concept(&one["of"]).is_some_and(occurs));
        for one in list {
            if one.get("dose").is_some_and(|dose| !dose["unit"].as_str().is_some_and(is_dose)) {
                one.as_object_mut().unwrap().remove("dose");
            }
            for why in ["cause", "reason"] {
                if one.get(why).is_some_and(|of| !concept(of).is_some_and(occurs)) {
                    one.as_object_mut().unwrap().remove(why);
                }
            }
        }
    }
    chart
}

/// A dose in a unit that the wrapper takes.
fn is_dose(unit: &str) -> bool {
    let (amount, rest) = unit.split_at(unit.find('/').unwrap_or(unit.len()));
    let rest = rest.strip_prefix("/kg").or_else(|| rest.strip_prefix("/m2")).unwrap_or(rest);
    ["g", "mg", "ug", "ng"].contains(&amount) && ["", "/d", "/wk", "/h"].contains(&rest)
}

fn is_taken(concept: &Concept, one: &Value) -> bool {
    let unit = concept.unit.as_ref().map_or("1", |unit| unit.code());
    let measured = matches!(concept.kind, ConceptKind::Lab | ConceptKind::Score) && one["of"] != json!("age");
    let worded = matches!(concept.kind, ConceptKind::Test | ConceptKind::Scale);
    worded || measured && one.get("unit").is_none_or(|written| written == unit)
}

/// What came of charts in the wrapper.
#[derive(Debug, Default)]
pub struct Said {
    /// Criteria that agree with the reference.
    pub agreed: usize,
    /// Criteria that the module says it does not decide, of this patient.
    pub undecided: usize,
    /// Charts that the wrapper did not take.
    pub refused: usize,
}

/// Holds the wrapper to the reference, of every criterion that it decides.
pub fn compare(trial: &Trial, charts: &[Chart]) -> Option<Said> {
    let plan = plan::lower::lower(trial);
    let reader = Reader::new(trial, Site::default());
    let narrow: Vec<Value> = charts.iter().map(|chart| narrowed(trial, &plan, chart)).collect();
    let said = run(trial, &plan, &narrow)?;
    let given: Vec<&str> = plan.left_out().map(|(rule, _)| rule.name.as_str()).collect();
    let mut all = Said::default();
    for (chart, said) in narrow.iter().zip(&said) {
        if let Some(error) = said.get("error") {
            println!("{}: {error}", chart["id"]);
            all.refused += 1;
            continue;
        }
        let chart: Chart = serde_json::from_value(chart.clone()).unwrap();
        let record = reader.record(&chart);
        let report = screen(&reader, &record);
        let undecided = all.undecided;
        for ruling in &report.rulings {
            if given.contains(&ruling.name.as_str()) {
                continue;
            }
            let state = &said["criteria"][ruling.name.as_str()];
            if state == "not_decided_here" {
                all.undecided += 1;
                continue;
            }
            let wanted = serde_json::to_value(ruling.standing).unwrap();
            assert_eq!(*state, wanted, "{}, {}: {}", trial.name, chart.id, ruling.name);
            all.agreed += 1;
        }
        if given.is_empty() && undecided == all.undecided {
            assert_eq!(said["verdict"], serde_json::to_value(report.verdict).unwrap(), "{}", chart.id);
        }
    }
    Some(all)
}
