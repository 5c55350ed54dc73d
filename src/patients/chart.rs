//! Charts as they are: our own JSON.

use serde::Deserialize;

use super::json::{Raw, Records, is_lines};
use super::lines::{Blocks, Cut};
use super::source::Head;
use super::{LONGEST, Place, Rejection, Step, Steps, Work, kept_bytes};
use crate::chart::Chart;

/// The charts of one file.
pub(super) fn charts(head: Head<'_>) -> Steps<'_> {
    if is_lines(&head) {
        return Box::new(Blocks::new(head, LONGEST).map(|cut| match cut {
            Cut::Lines(lines) => Work::Lines(lines),
            Cut::Broken(raw) => Work::Chart(raw),
        }));
    }
    Box::new(Records::new(head, LONGEST).map(Work::Chart))
}

/// A record of JSON as a chart.
pub(super) fn chart(file: &str, raw: &Raw) -> Step {
    read_as::<Chart>(raw)
        .map(|chart| (Box::new(chart), raw.place))
        .map_err(|fault| Box::new(fault.rejection(file, raw)))
}

/// What is wrong with a record of JSON.
pub(super) struct Fault {
    pub(super) field: Option<String>,
    pub(super) why: String,
    /// The line inside the record, from 0.
    pub(super) line: u64,
}

impl Fault {
    pub(super) fn rejection(self, file: &str, raw: &Raw) -> Rejection {
        let place = match raw.place {
            Place::Line(line) => Place::Line(line + self.line),
            place @ (Place::File | Place::Row(_) | Place::Entry(_)) => place,
        };
        Rejection {
            id: id(&raw.bytes),
            field: self.field,
            text: kept_bytes(raw.bytes.trim_ascii_end()),
            ..Rejection::of(file, place, self.why)
        }
    }
}

/// A record as a type; a second time with the path to the field if it fails.
pub(super) fn read_as<T: for<'de> Deserialize<'de>>(raw: &Raw) -> Result<T, Fault> {
    if let Some(why) = &raw.fault {
        return Err(Fault { field: None, why: why.clone(), line: 0 });
    }
    let bytes = raw.bytes.trim_ascii();
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = super::line_ends(before);
        Fault { field: None, why: format!("byte {} of it is not UTF-8 text", error.valid_up_to() + 1), line }
    })?;
    if let Ok(chart) = serde_json::from_str(text) {
        return Ok(chart);
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize::<_, T>(&mut reader);
    match read {
        Ok(chart) => reader.end().map(|()| chart).map_err(|error| fault(None, &error)),
        Err(error) => {
            let path = error.path().to_string();
            Err(fault(Some(path).filter(|path| path != "."), error.inner()))
        }
    }
}

fn fault(path: Option<String>, error: &serde_json::Error) -> Fault {
    let said = error.to_string();
    let why = said.split(" at line ").next().unwrap_or(&said).to_owned();
    let unknown = why.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    // Where the text is no JSON, the field that it was read for says nothing.
    let path = path.filter(|_| error.is_data());
    let field = match (path, unknown) {
        (Some(path), Some(name)) if path == name || path.ends_with(&format!(".{name}")) => Some(path),
        (Some(path), Some(name)) => Some(format!("{path}.{name}")),
        (path, unknown) => path.or_else(|| unknown.map(str::to_owned)),
    };
    let why =
        if why.contains("untagged enum") { format!("it has a shape that is not known here ({why})") } else { why };
    let why = if error.is_data() { why } else { format!("no JSON: {why}, column {}", error.column()) };
    Fault { field, why, line: (error.line() as u64).saturating_sub(1) }
}

/// The patient of a record that cannot be read, as far as can be told.
fn id(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Only {
        id: Option<String>,
    }
    if let Ok(only) = serde_json::from_slice::<Only>(bytes) {
        return only.id;
    }
    let text = String::from_utf8_lossy(bytes.get(..super::KEPT).unwrap_or(bytes)).into_owned();
    let (_, rest) = text.split_once("\"id\"")?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    value.split_once('"').map(|(id, _)| id.to_owned())
}
