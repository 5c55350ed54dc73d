//! The site's table of reference ranges: CSV with the columns `measure, sex, lower, upper, unit`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;

use crate::chart::Digits;
use crate::ir::{ConceptId, Trial};
use crate::record::{ReferenceRange, in_usual_unit};
use crate::units::Unit;

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangesError(pub String);

impl fmt::Display for RangesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    measure: String,
    #[serde(default)]
    sex: Option<String>,
    #[serde(default)]
    lower: Option<String>,
    #[serde(default)]
    upper: Option<String>,
    unit: String,
}

/// Reads the table. Measures that the protocol does not speak of are passed over.
///
/// # Errors
/// A row that is not of this shape, a number that is none, a unit that does not fit its measure.
pub fn read_ranges(table: impl Read, trial: &Trial) -> Result<BTreeMap<ConceptId, Vec<ReferenceRange>>, RangesError> {
    let mut ranges: BTreeMap<ConceptId, Vec<ReferenceRange>> = BTreeMap::new();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
    for (index, line) in reader.deserialize::<Line>().enumerate() {
        let row = index + 2;
        let wrong = |why: String| RangesError(format!("row {row}: {why}"));
        let line = line.map_err(|error| wrong(error.to_string()))?;
        let Some((id, concept)) = trial.concepts.get_key_value(line.measure.as_str()) else { continue };
        let unit = Unit::from_ucum(&line.unit).or_else(|_| Unit::parse(&line.unit));
        let unit = unit.map_err(|_| wrong(format!("`{}` is no unit", line.unit)))?;
        let number = |text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                let number = Digits::from(text).number().ok_or_else(|| wrong(format!("`{text}` is no number")))?;
                in_usual_unit(concept, &number, &unit).map(Some).map_err(&wrong)
            }
        };
        let (lower, upper) = (number(&line.lower)?, number(&line.upper)?);
        let sex = line.sex.filter(|sex| !sex.is_empty()).map(|sex| sex.as_str().into());
        ranges.entry(id.clone()).or_default().push(ReferenceRange { sex, lower, upper });
    }
    Ok(ranges)
}
