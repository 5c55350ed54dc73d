//! Makes charts as long as those of a real record: older results of the protocol's measures, and facts of the library that the
//! protocol does not speak of.

use super::day::{Known, Written};
use super::draw::Patient;
use crate::chart::{Chart, Digits, Observation, Occurrence, Of, Ongoing};
use crate::ir::Trial;
use crate::library;

/// Names of the library that a protocol does not speak of, by where they stand in a chart.
pub(super) struct Padding {
    labs: Vec<&'static str>,
    conditions: Vec<&'static str>,
    drugs: Vec<&'static str>,
}

impl Padding {
    pub(super) fn new(trial: &Trial) -> Self {
        let names = |module: &str, keyword: &str| {
            let items = library::module(module).map(|module| module.index().items).unwrap_or_default().iter();
            let strange = items.filter(|item| item.keyword == keyword && !trial.concepts.contains_key(item.name));
            strange.map(|item| item.name).collect()
        };
        Self { labs: names("labs", "lab"), conditions: names("conditions", "condition"), drugs: names("drugs", "drug") }
    }

    /// Adds to a chart until it has so many facts.
    pub(super) fn fill(&self, chart: &mut Chart, facts: usize, patient: &Patient) {
        let lists = chart.conditions.len() + chart.medications.len() + chart.procedures.len() + chart.events.len();
        let there = chart.observations.len() + lists + chart.judged.len() + chart.anchors.len() + chart.planned.len();
        let own: Vec<Observation> = chart.observations.clone();
        // A prime, so that charts next to each other begin in different places.
        let from = usize::try_from(patient.number % 1_000_003).unwrap_or(0);
        for added in 0..facts.saturating_sub(there) {
            let at = from.wrapping_add(added);
            let back = 60 + 13 * i64::try_from(added / 4).unwrap_or(0) % 3_000;
            let date = Written { day: patient.screening - back, known: Known::Day }.to_string();
            let turn = added / 4;
            let (older, other) = (own.get(turn % own.len().max(1)), |names: &[&'static str]| {
                names.get(at % names.len().max(1)).copied()
            });
            match (added % 4, older) {
                (0 | 1, Some(older)) => chart.observations.push(Observation { date: Some(date), ..older.clone() }),
                (2, _) => {
                    let Some(name) = other(&self.conditions) else { continue };
                    let mut it = Occurrence::of(Of::Name(name.to_owned()));
                    (it.start, it.ongoing) = (Some(date), Some(Ongoing::Now(true)));
                    chart.conditions.push(it);
                }
                (3, _) => {
                    let Some(name) = other(&self.drugs) else { continue };
                    let mut it = Occurrence::of(Of::Name(name.to_owned()));
                    it.date = Some(date);
                    chart.medications.push(it);
                }
                _ => {
                    let Some(name) = other(&self.labs) else { continue };
                    let unit = Some("1".to_owned());
                    chart.observations.push(Observation {
                        of: Of::Name(name.to_owned()),
                        value: Digits::from("1"),
                        comparator: None,
                        unit,
                        lower_limit: None,
                        upper_limit: None,
                        date: Some(date),
                        source: None,
                    });
                }
            }
        }
    }
}
