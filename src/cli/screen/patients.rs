//! Which patients, and what is known about all of them.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::exit::{Failure, reason};
use crate::ir::{ConceptKind, Trial};
use crate::patients::{Anchors, Format, Mapping, Options, Patients, open};
use crate::record::{Reader, Site, When};
use crate::screening::read_ranges;
use crate::world::FileSystem;

/// How patients are found and read.
#[derive(clap::Args)]
pub(in crate::cli) struct PatientArgs {
    /// Files or folders of patients, or `-` for standard input: charts, CSV, Parquet, FHIR; `.gz` and `.zst` too.
    #[arg(required = true, value_name = "PATIENTS")]
    patients: Vec<PathBuf>,

    /// What the files are, where name and content do not tell.
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<FormatChoice>,

    /// How columns and codes are mapped to the protocol's names; `trialc map` prints a first draft.
    #[arg(long, value_name = "TOML")]
    mapping: Option<PathBuf>,

    /// The date of an event of the trial or of a visit, for patients whose record has none.
    #[arg(long = "anchor", value_name = "EVENT=DATE")]
    anchor: Vec<String>,

    /// The same, from a CSV file: a column `id`, and one for each event.
    #[arg(long, value_name = "CSV")]
    anchors: Option<PathBuf>,

    /// The date for which an event of the trial is planned, for patients whose record does not say.
    #[arg(long = "plan", value_name = "EVENT=DATE")]
    plan: Vec<String>,

    /// The day of the records, for those that do not say: nothing later is in them.
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,

    /// The site's reference ranges, for results without their own: CSV with measure, sex, lower, upper, unit.
    #[arg(long, value_name = "CSV")]
    ranges: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// our own JSON
    Chart,
    /// a table: a row a patient, or a row a fact
    Csv,
    /// the same as Parquet
    Parquet,
    /// FHIR R4 bundles or bulk NDJSON
    Fhir,
}

impl PatientArgs {
    /// What is known of all patients.
    pub(in crate::cli) fn reader<'t>(&self, trial: &'t Trial) -> Result<Reader<'t>, Failure> {
        let mut site = Site::default();
        for plan in &self.plan {
            let wrong = |why: String| Failure::misuse(format!("--plan {plan}: {why}"));
            let (event, date) = plan.split_once('=').ok_or_else(|| wrong("write EVENT=DATE".to_owned()))?;
            let known = trial.concepts.get_key_value(event).filter(|(_, found)| found.kind == ConceptKind::Event);
            let (event, _) = known.ok_or_else(|| wrong(format!("the protocol has no event `{event}`")))?;
            let when: When = date.parse().map_err(|error| wrong(format!("{error}")))?;
            site.planned.insert(event.clone(), when);
        }
        if let Some(text) = &self.as_of {
            let when: When = text.parse().map_err(|error| Failure::misuse(format!("--as-of: {error}")))?;
            site.as_of = Some(when.span.last_day());
        }
        if let Some(path) = &self.ranges {
            let table = file(path)?;
            site.ranges =
                read_ranges(table, trial).map_err(|error| Failure::misuse(format!("{}: {error}", path.display())))?;
        }
        Ok(Reader::new(trial, site))
    }

    /// The stream of patients.
    pub(in crate::cli) fn open<'a>(&self, trial: &'a Trial) -> Result<Patients<'a>, Failure> {
        self.open_with_arms(trial, None)
    }

    /// The same, whose tables name the arm in a column.
    pub(in crate::cli) fn open_with_arms<'a>(
        &self,
        trial: &'a Trial,
        arm: Option<&str>,
    ) -> Result<Patients<'a>, Failure> {
        let mut anchors = Anchors::default();
        for text in &self.anchor {
            anchors.set(text, trial).map_err(|error| Failure::misuse(format!("--anchor {text}: {error}")))?;
        }
        if let Some(path) = &self.anchors {
            let table = file(path)?;
            anchors.read(table, trial).map_err(|error| Failure::misuse(format!("{}: {error}", path.display())))?;
        }
        let mut mapping = match &self.mapping {
            None => Mapping::default(),
            Some(path) => read_mapping(path)?,
        };
        mapping.arm = mapping.arm.or_else(|| arm.map(str::to_owned));
        let from = self.from.map(|from| match from {
            FormatChoice::Chart => Format::Chart,
            FormatChoice::Csv => Format::Csv,
            FormatChoice::Parquet => Format::Parquet,
            FormatChoice::Fhir => Format::Fhir,
        });
        open(&FileSystem, trial, &self.patients, Options { from, mapping, anchors })
            .map_err(|error| Failure::misuse(error.to_string()))
    }
}

fn file(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::misuse(format!("cannot read {}: {}", path.display(), reason(&error))))
}

fn read_mapping(path: &Path) -> Result<Mapping, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::misuse(format!("cannot read {}: {}", path.display(), reason(&error))))?;
    Mapping::parse(&text).map_err(|error| Failure::misuse(format!("{}: {error}", path.display())))
}
