//! Patients as they come: charts, CSV, Parquet and FHIR, good ones and broken ones.
//!
//! What is expected follows from docs/patients.md and, for FHIR, from the sections of R4 that are named at each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing"
)]

mod charts;
mod csv;
mod fhir;
mod generated;
mod parquet;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use trialc::chart::Chart;
use trialc::check::{Input, check};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::patients::{Anchors, Item, Mapping, Options, Rejection, open};
use trialc::source::Sources;
use trialc::world::{FileSystem, NoFiles};

/// What the tests' patients are screened for.
const PROTOCOL: &str = r#"
trial t "A trial" { phase 2 }

use labs { hemoglobin, creatinine }
use vitals { SBP }
use tests { HBsAg }
use conditions { diabetes, drug_allergy }
use drugs { live_vaccine, methotrexate }

eligibility at screening {
  include adult "Adults": age >= 18 years
  include blood "Enough blood": hemoglobin >= 90 g/L
  include pressure "Blood pressure": SBP <= 160 mmHg
  exclude kidney "Kidneys fail": creatinine > 2 mg/dL
  exclude hepatitis "Hepatitis B": HBsAg is positive
  exclude sugar "Diabetes": has diabetes
  exclude live "Live vaccine": received live_vaccine within 4 weeks
  exclude allergic "Allergic to a drug": has drug_allergy
  exclude mtx "Takes methotrexate": receiving methotrexate
  exclude stay "In hospital": had hospitalization within 4 weeks
  include agrees "Agrees to contraception": judged by investigator
}
"#;

fn trial() -> Trial {
    let input = Input { path: PathBuf::from("t.trial"), text: Some(Arc::from(PROTOCOL)) };
    let (checked, found) = check(&NoFiles, &mut Sources::default(), input);
    let said: Vec<String> = found.iter().map(|diagnostic| format!("{diagnostic:?}")).collect();
    lower(checked.unwrap_or_else(|| panic!("{}", said.join("\n"))))
}

/// Files in a folder of their own.
struct Desk {
    folder: TempDir,
    trial: Trial,
    options: Options,
}

/// What came of them.
struct Read {
    charts: Vec<Chart>,
    rejections: Vec<Rejection>,
    notes: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), trial: trial(), options: Options::default() }
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    fn mapping(mut self, text: &str) -> Self {
        self.options.mapping = Mapping::parse(text).unwrap();
        self
    }

    fn anchor(mut self, text: &str) -> Self {
        let mut anchors = Anchors::default();
        anchors.set(text, &self.trial).unwrap();
        self.options.anchors = anchors;
        self
    }

    /// All files, in the order of their names.
    fn read(&self) -> Read {
        let mut names: Vec<_> = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let mut patients = open(&FileSystem, &self.trial, &names, self.options.clone()).unwrap();
        let notes = patients.notes().to_vec();
        let (mut charts, mut rejections) = (Vec::new(), Vec::new());
        for item in &mut patients {
            match item {
                Item::Chart(chart) => charts.push(*chart),
                Item::Rejected(rejection) => rejections.push(rejection),
            }
        }
        let progress = patients.progress();
        assert!(progress.total.is_some_and(|total| progress.read <= total), "{progress:?}");
        Read { charts, rejections, notes }
    }

    /// What stands in the way of reading.
    fn refusal(&self) -> String {
        match open(&FileSystem, &self.trial, &[self.folder.path().to_owned()], self.options.clone()) {
            Ok(_) => panic!("it can be read"),
            Err(error) => error.why,
        }
    }
}

impl Read {
    /// The one chart, where nothing was rejected.
    fn chart(mut self) -> Chart {
        assert!(self.rejections.is_empty(), "{:#?}", self.rejections);
        assert_eq!(self.charts.len(), 1, "{:#?}", self.charts);
        self.charts.remove(0)
    }

    fn ids(&self) -> Vec<&str> {
        self.charts.iter().map(|chart| chart.id.as_str()).collect()
    }

    /// The rejections as they are shown, without their file.
    fn said(&self) -> Vec<String> {
        let said = self.rejections.iter().map(|rejection| {
            let name = rejection.file.rsplit('/').next().unwrap();
            rejection.to_string().replace(&rejection.file, name)
        });
        said.collect()
    }
}
