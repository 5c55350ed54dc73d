//! Patients for the five protocols of the seeds, written from the registry's text with their answers worked out by hand; the
//! working stands in `tests/seed_patients/NAME.notes.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use trialc::chart::Chart;
use trialc::check::{Input, check};
use trialc::evaluate::screen;
use trialc::explain::{standing_code, verdict_word};
use trialc::lower::lower;
use trialc::record::{Reader, Site};
use trialc::source::Sources;
use trialc::world::FileSystem;

const PROTOCOLS: [&str; 5] = ["basiliximab_cadm", "il2_dm", "tocilizumab_mda5", "abatacept_dm", "il2_iim"];

#[test]
fn every_patient_is_judged_as_worked_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut failures, mut compared) = (Vec::new(), 0);
    for name in PROTOCOLS {
        let path = root.join(format!("protocols/{name}.trial"));
        let text: Arc<str> = fs::read_to_string(&path).unwrap().into();
        let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path, text: Some(text) });
        let trial = lower(checked.unwrap());
        let reader = Reader::new(&trial, Site::default());
        let folder = root.join("tests/seed_patients");
        let mut found: BTreeMap<(String, String), &str> = BTreeMap::new();
        for line in fs::read_to_string(folder.join(format!("{name}.ndjson"))).unwrap().lines() {
            let chart: Chart = serde_json::from_str(line).unwrap();
            let record = reader.record(&chart);
            let report = screen(&reader, &record);
            found.insert((chart.id.clone(), "VERDICT".to_owned()), verdict_word(report.verdict));
            for ruling in &report.rulings {
                found.insert((chart.id.clone(), ruling.name.to_string()), standing_code(ruling.standing));
            }
        }
        let mut expected = csv::Reader::from_path(folder.join(format!("{name}.expected.csv"))).unwrap();
        for row in expected.deserialize::<(String, String, String)>() {
            let (patient, criterion, state) = row.unwrap();
            compared += 1;
            let got = found.get(&(patient.clone(), criterion.clone())).copied().unwrap_or("not there");
            if got != state {
                failures.push(format!("{name}, {patient}: {criterion} is {got}, not {state}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(compared > 3_900, "only {compared} states were compared");
}
