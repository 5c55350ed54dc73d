//! FHIR R4 (<https://hl7.org/fhir/R4/>): the sections named are its own.

use std::fs;
use std::path::Path;

use trialc::chart::{Chart, Digits, Frequency, Kind, Occurrence, Of, Ongoing, System};
use trialc::record::{Reader, Site};

use crate::Desk;

const BUNDLE: &str = include_str!("bundle.json");

fn bundle() -> Chart {
    Desk::new().file("b.json", BUNDLE).anchor("screening=2026-03-01").read().chart()
}

fn code(of: &Of) -> String {
    match of {
        Of::Name(name) => name.clone(),
        Of::Codes(codes) => codes.iter().flat_map(|code| [format!("{:?} ", code.system), code.code.clone()]).collect(),
    }
}

fn by<'c>(list: &'c [Occurrence], resource: &str) -> &'c Occurrence {
    let ends = |it: &&Occurrence| it.source.as_deref().is_some_and(|source| source.ends_with(resource));
    list.iter().find(ends).unwrap_or_else(|| panic!("{resource}: {list:#?}"))
}

/// Patient (8.1): `gender`, `birthDate`, `deceased[x]`.
#[test]
fn the_person() {
    let chart = bundle();
    assert_eq!(
        (chart.id.as_str(), chart.sex.as_deref(), chart.birth.as_deref()),
        ("p1", Some("female"), Some("1980-02-01"))
    );
    assert_eq!(chart.events[0].of, Of::Name("death".into()));
    assert_eq!(chart.events[0].date.as_deref(), Some("2026-05-01"));
    assert_eq!(chart.anchors["screening"], "2026-03-01");
}

/// What the mapping declares complete is complete in a Bundle as in a table.
#[test]
fn the_mapping_declares_records_complete() {
    let desk = Desk::new().file("b.json", BUNDLE).anchor("screening=2026-03-01").mapping("complete = [\"conditions\"]");
    let chart = desk.read().chart();
    assert!(chart.complete.iter().any(|complete| complete.records == [Kind::Conditions]));
}

/// Observation (10.1): only finished results; components are results of their own; a `dataAbsentReason` is no value.
#[test]
fn observations() {
    let chart = bundle();
    let codes: Vec<String> = chart.observations.iter().map(|it| code(&it.of)).collect();
    assert_eq!(codes, ["Loinc 718-7", "Loinc 8480-6", "Loinc 5196-1"]);
    let hb = &chart.observations[0];
    assert_eq!(
        (&hb.value, hb.comparator.as_deref(), hb.unit.as_deref()),
        (&Digits::from("10.50"), Some(">"), Some("g/dL"))
    );
    // The therapeutic range is none of normal (10.1.4.9).
    assert_eq!(
        (hb.lower_limit.clone(), hb.upper_limit.clone()),
        (Some(Digits::from("12.0")), Some(Digits::from("16")))
    );
    assert_eq!(chart.observations[1].date.as_deref(), Some("2026-02-20/2026-02-21"));
    assert_eq!(chart.observations[2].value, Digits::from("negative"));
}

/// Condition (9.2): clinical and verification status, onset and abatement.
#[test]
fn conditions() {
    let chart = bundle();
    assert_eq!(chart.conditions.len(), 4, "{:#?}", chart.conditions);
    let diabetes = by(&chart.conditions, "Condition/dm");
    // Thirty years old: from the thirtieth birthday to the day before the next.
    assert_eq!(diabetes.start.as_deref(), Some("2010-02-01/2011-01-31"));
    assert_eq!((code(&diabetes.of), diabetes.ongoing.clone()), ("Icd10 E11.9".into(), Some(Ongoing::Now(true))));
    let cold = by(&chart.conditions, "Condition/cold");
    assert_eq!(
        (cold.start.as_deref(), cold.end.as_deref(), &cold.ongoing),
        (Some("../2020-01-01"), Some("2020-02"), &None)
    );
    assert_eq!((&cold.of, cold.source.as_deref()), (&Of::Codes(vec![]), Some("Common cold, Condition/cold")));
    let refuted = by(&chart.conditions, "Condition/no");
    assert!(refuted.absent && refuted.end.as_deref() == Some("2025-01-01"));
}

/// `MedicationRequest` (11.1), `MedicationAdministration` (11.3), `MedicationStatement` (11.4), Immunization (11.5); Timing
/// (2.24).
#[test]
fn medications() {
    let chart = bundle();
    assert_eq!(chart.medications.len(), 4, "{:#?}", chart.medications);
    let ordered = by(&chart.medications, "MedicationRequest/mtx");
    assert_eq!(code(&ordered.of), "Rxnorm 6851");
    assert_eq!((ordered.start.as_deref(), ordered.ongoing.clone()), (Some("2025-06-01"), Some(Ongoing::Now(true))));
    assert_eq!(ordered.dose.as_ref().map(|dose| dose.value.0.to_string()), Some("15.0".into()));
    assert_eq!((ordered.frequency.clone(), ordered.route.as_deref()), (Some(Frequency::EveryDays(7)), Some("oral")));
    let given = by(&chart.medications, "MedicationAdministration/dose");
    assert_eq!(
        (given.date.as_deref(), given.dose.as_ref().map(|dose| dose.unit.as_str())),
        (Some("2026-02-01"), Some("mg"))
    );
    let not = by(&chart.medications, "MedicationStatement/not");
    assert!(not.absent && not.start.as_deref() == Some("2024-01-01") && not.end.as_deref() == Some("2024-12-31"));
    // CVX 111 is the live attenuated influenza vaccine.
    assert_eq!(by(&chart.medications, "Immunization/flu").of, Of::Name("live_influenza_vaccine".into()));
}

/// `AllergyIntolerance` (9.1), Procedure (9.3), Encounter (8.11).
#[test]
fn allergies_procedures_and_stays() {
    let chart = bundle();
    let allergy = by(&chart.conditions, "AllergyIntolerance/amox");
    assert_eq!(allergy.of, Of::Name("penicillin_allergy".into()), "amoxicillin is a penicillin");
    assert_eq!(by(&chart.procedures, "Procedure/surgery").date.as_deref(), Some("2019-01-01"));
    let stay = by(&chart.events, "Encounter/stay");
    assert_eq!((stay.of.clone(), stay.start.as_deref()), (Of::Name("hospitalization".into()), Some("2026-02-10")));
    assert_eq!(stay.reason.as_ref().map(code), Some("Snomed 73211009".into()));
    assert_eq!(chart.events.len(), 2);
}

/// Bulk data: a resource a line, files of one type each, in any order.
#[test]
fn bulk_files() {
    let lines = |kind: &str| {
        let bundle: serde_json::Value = serde_json::from_str(BUNDLE).unwrap();
        let entries = bundle["entry"].as_array().unwrap().clone();
        let resources = entries.iter().map(|entry| &entry["resource"]).filter(|it| it["resourceType"] == kind);
        resources.map(|it| it.to_string().replace("urn:uuid:p1", "Patient/p1") + "\n").collect::<String>()
    };
    let desk = Desk::new().file("Condition.ndjson", lines("Condition")).file("Patient.ndjson", lines("Patient"));
    let stray = r#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/p9"},"code":{}}"#;
    let read = desk.file("Observation.ndjson", lines("Observation") + stray + "\n{\"resourceType\":\"Obs").read();
    assert_eq!(read.ids(), ["p1"]);
    assert_eq!((read.charts[0].conditions.len(), read.charts[0].observations.len()), (3, 3));
    assert_eq!(read.rejections.len(), 2, "{:#?}", read.said());
    assert!(read.said()[0].starts_with("Observation.ndjson, line 6: no JSON"), "{:?}", read.said());
    assert!(read.said()[1].contains("line 5, patient Patient/p9, subject: 1 resources"), "{:?}", read.said());
}

#[test]
fn broken_bundles() {
    let read = Desk::new().file("b.json", &BUNDLE[..3000]).read();
    assert!(read.said()[0].contains("the file ends in the middle"), "{:?}", read.said());
    // Invalid FHIR of a patient rejects the patient, with the entry and the element.
    let wrong = BUNDLE.replace("\"valueQuantity\": {\"value\": 120,", "\"valueQuantity\": {\"value\": [120],");
    let read = Desk::new().file("b.json", wrong).read();
    assert!(read.charts.is_empty());
    assert!(
        read.said()[0]
            .starts_with("b.json, entry 4, patient p1, component[0].valueQuantity.value: a value is a number"),
        "{:?}",
        read.said()
    );
    let read = Desk::new().file("b.json", "{\"resourceType\": \"Bundle\", \"entry\": 5}").read();
    assert_eq!(read.rejections[0].field.as_deref(), Some("entry"));
}

/// What no library knows is shown by its words, and takes the silence of its kind of record away.
#[test]
fn what_nobody_knows_is_reported() {
    let desk = Desk::new().file("b.json", BUNDLE).anchor("screening=2026-03-01");
    let record = Reader::new(&desk.trial, Site::default()).record(&desk.read().chart());
    assert!(record.unmapped.iter().any(|entry| entry.written.contains("Common cold")), "{:#?}", record.unmapped);
    assert!(record.results.len() >= 3, "{:#?}", record.results);
}

/// Ten synthetic patients, where they are at hand.
#[test]
fn the_synthetic_patients_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/fhir");
    let Ok(files) = fs::read_dir(&folder) else {
        println!("skipped: there is no {}", folder.display());
        return;
    };
    let mut desk = Desk::new().anchor("screening=2020-06-01");
    for file in files.map(|file| file.unwrap().path()).filter(|file| file.extension().is_some_and(|it| it == "json")) {
        desk = desk.file(file.file_name().unwrap().to_str().unwrap(), fs::read(&file).unwrap());
    }
    let read = desk.read();
    assert_eq!((read.charts.len(), read.rejections.len()), (10, 0), "{:#?}", read.said());
    // 400 with a quantity, 40 with a coded value, and two components of each of 40 blood pressures.
    assert_eq!(read.charts.iter().map(|chart| chart.observations.len()).sum::<usize>(), 400 + 40 + 2 * 40);
    assert_eq!(read.charts.iter().map(|chart| chart.conditions.len()).sum::<usize>(), 40 + 3);
    assert_eq!(read.charts.iter().map(|chart| chart.medications.len()).sum::<usize>(), 30 + 65);
    assert_eq!(read.charts.iter().map(|chart| chart.procedures.len()).sum::<usize>(), 26);
    let pressure = |chart: &Chart| {
        let codes =
            chart.observations.iter().filter_map(|it| if let Of::Codes(codes) = &it.of { codes.first() } else { None });
        codes.filter(|code| code.system == System::Loinc && code.code == "8480-6").count()
    };
    assert_eq!(read.charts.iter().map(pressure).sum::<usize>(), 40);
}
