//! Dates of the trial that the records do not hold: `screening=2026-03-01` for everyone, or a table of them by patient.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use super::columns::nearest;
use super::shown;
use crate::chart::Chart;
use crate::chart::lent::Lent;
use crate::ir::{ConceptKind, Trial};
use crate::library;

/// Dates of events and visits, for all patients and for each.
///
/// Those of one patient stand before those for all, and what a chart says itself before both. A chart whose date differs
/// from the table's is rejected: one of them is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    all: BTreeMap<String, String>,
    each: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why anchors cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorsError(pub String);

impl fmt::Display for AnchorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Anchors {
    /// Takes `screening=2026-03-01`.
    ///
    /// # Errors
    /// What is wrong with it; the date is judged when it is read.
    pub fn set(&mut self, text: &str, trial: &Trial) -> Result<(), AnchorsError> {
        let (name, date) = text
            .split_once('=')
            .ok_or_else(|| AnchorsError(format!("`{}` is no date such as screening=2026-03-01", shown(text))))?;
        let name = known(name.trim(), trial)?;
        self.all.insert(name, date.trim().to_owned());
        Ok(())
    }

    /// Takes a table: a column `id` (or `patient`), and a column for each event.
    ///
    /// # Errors
    /// What is wrong with it, and in which row.
    pub fn read(&mut self, table: impl Read, trial: &Trial) -> Result<(), AnchorsError> {
        let wrong = |error: csv::Error| AnchorsError(error.to_string());
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
        let header = reader.headers().map_err(wrong)?.clone();
        let header: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
        let is_id = |name: &&str| ["id", "patient"].iter().any(|id| name.eq_ignore_ascii_case(id));
        let id = header.iter().position(is_id).ok_or_else(|| AnchorsError("it has no column `id`".to_owned()))?;
        let names =
            header.iter().enumerate().map(|(at, name)| if at == id { Ok(String::new()) } else { known(name, trial) });
        let names = names.collect::<Result<Vec<_>, _>>()?;
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(wrong)?;
            let patient = record.get(id).unwrap_or_default();
            let dates = names.iter().zip(&record).enumerate();
            let dates = dates.filter(|(at, (_, date))| *at != id && !date.is_empty());
            let dates = dates.map(|(_, (name, date))| (name.clone(), date.to_owned())).collect();
            if patient.is_empty() || self.each.insert(patient.to_owned(), dates).is_some() {
                let why = if patient.is_empty() { "no id" } else { "a patient who stands in another row too" };
                return Err(AnchorsError(format!("row {} has {why}", row + 2)));
            }
        }
        Ok(())
    }

    /// The dates for all patients, where there are none for single ones.
    pub(crate) fn common(&self) -> Option<&BTreeMap<String, String>> {
        self.each.is_empty().then_some(&self.all)
    }

    /// Puts the dates into a chart.
    ///
    /// # Errors
    /// The field, and why the dates do not go together.
    pub fn apply(&self, chart: &mut Chart) -> Result<(), (String, String)> {
        for (name, date) in self.each.get(&chart.id).into_iter().flatten() {
            match chart.anchors.get(name) {
                Some(own) if own != date => {
                    let why =
                        format!("it is {} in the record, and {} in the table of anchors", shown(own), shown(date));
                    return Err((format!("anchors.{name}"), why));
                }
                Some(_) => {}
                None => {
                    chart.anchors.insert(name.clone(), date.clone());
                }
            }
        }
        for (name, date) in &self.all {
            chart.anchors.entry(name.clone()).or_insert_with(|| date.clone());
        }
        Ok(())
    }
    /// The same for a chart whose texts stand where they were read; nothing where the dates do not go together.
    pub(super) fn lend<'a>(&'a self, chart: &mut Lent<'a>) -> Option<()> {
        if self.all.is_empty() && self.each.is_empty() {
            return Some(());
        }
        for (name, date) in self.each.get(chart.id).into_iter().flatten() {
            match chart.anchors.get(name) {
                Some(own) if own != date => return None,
                Some(_) => {}
                None => chart.anchors.put(name, date),
            }
        }
        for (name, date) in &self.all {
            if chart.anchors.get(name).is_none() {
                chart.anchors.put(name, date);
            }
        }
        Some(())
    }
}

/// The protocol's own spelling of an event or visit.
fn known(name: &str, trial: &Trial) -> Result<String, AnchorsError> {
    let events = trial.concepts.iter().filter(|(_, concept)| concept.kind == ConceptKind::Event);
    let all = || events.clone().map(|(id, _)| id.as_str()).chain(trial.visits.iter().map(|visit| visit.name.as_str()));
    if let Some(found) = all().find(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(found.to_owned());
    }
    if library::modules_with(name).next().is_some() {
        // An event that this protocol does not speak of: the record leaves it aside.
        return Ok(name.to_owned());
    }
    let near = nearest(name, all()).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
    Err(AnchorsError(format!("the protocol has no event or visit `{}`{near}", shown(name))))
}
