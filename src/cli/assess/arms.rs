//! The arms of participants, where they stand in a file of their own.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use crate::cli::exit::{Failure, reason};

/// Arms by participant.
pub(super) struct Arms {
    by_id: HashMap<String, String>,
}

impl Arms {
    pub(super) fn read(path: &Path, column: &str) -> Result<Self, Failure> {
        let shown = path.display();
        let wrong = |why: String| Failure::misuse(format!("{shown}: {why}"));
        let file =
            File::open(path).map_err(|error| Failure::misuse(format!("cannot read {shown}: {}", reason(&error))))?;
        let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let header = table.headers().map_err(|error| wrong(error.to_string()))?.clone();
        if header.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        let place = |name: &str| {
            let found = header.iter().position(|cell| cell.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
            found.ok_or_else(|| {
                let columns: Vec<&str> = header.iter().collect();
                wrong(format!("there is no column `{name}`; the columns are {}", columns.join(", ")))
            })
        };
        let (id, arm) = (place("id")?, place(column)?);
        let mut by_id = HashMap::new();
        for (at, row) in table.records().enumerate() {
            let row = row.map_err(|error| wrong(error.to_string()))?;
            let (Some(id), Some(arm)) = (row.get(id), row.get(arm)) else { continue };
            if let Some(known) = by_id.insert(id.to_owned(), arm.to_owned())
                && known != arm
            {
                return Err(wrong(format!("row {}: `{id}` is in `{arm}`, and before it was in `{known}`", at + 2)));
            }
        }
        Ok(Self { by_id })
    }

    pub(super) fn of(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(String::as_str).filter(|arm| !arm.is_empty())
    }
}
