//! Patients as rows of a table, with the columns of `docs/patients.md`, "CSV, a row a patient".

use std::collections::BTreeSet;

use super::day::Written;
use super::draw::Patient;
use super::person;
use super::slot::{Aspect, End, Plan, Sort, What};
use super::table::{Cell, Column, Form, Table};
use crate::ir::Trial;
use crate::patients::plain;

/// The columns of a protocol, and where their cells come from.
pub(super) struct Wide {
    columns: Vec<(Column, Source)>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Id,
    Complete,
    /// What a slot says.
    Slot(usize),
    /// The same, where another says something.
    Under {
        slot: usize,
        gate: usize,
    },
    Unit(usize),
    Comparator(usize),
    /// Of the times of a happening.
    There(usize),
    Once(usize),
    Start(usize),
    End(usize),
    Aspect {
        slot: usize,
        timing: usize,
    },
    DoseUnit {
        slot: usize,
        timing: usize,
    },
}

impl Wide {
    /// `odd` is whether dates may be known in part and units differ.
    pub(super) fn new(trial: &Trial, plan: &Plan, odd: bool) -> Self {
        let mut making = Making { columns: Vec::new(), taken: BTreeSet::new(), plan, odd };
        making.add("id".to_owned(), Form::Text, Source::Id);
        making.add("sex".to_owned(), Form::Text, Source::Slot(plan.sex));
        let date = if odd { Form::Text } else { Form::Day };
        making.add("birth".to_owned(), date, Source::Slot(plan.birth));
        making.add("as_of".to_owned(), date, Source::Slot(plan.as_of));
        making.add("complete".to_owned(), Form::Text, Source::Complete);
        let events = crate::patients::trial_events(trial);
        for (name, slot) in &plan.anchors {
            let visit = trial.visits.iter().any(|visit| visit.name.as_str() == name.as_str());
            if visit || events.contains(name.as_str()) {
                making.add(name.to_string(), date, Source::Slot(*slot));
            }
        }
        for (key, slot) in &plan.judged {
            making.add(key.to_string(), Form::Answer, Source::Slot(*slot));
        }
        making.measures(date);
        making.happenings(date);
        Self { columns: making.columns }
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        self.columns.iter().map(|(column, _)| column.clone()).collect()
    }

    pub(super) fn row<W: std::io::Write + Send>(
        &self,
        plan: &Plan,
        patient: &Patient,
        table: &mut Table<W>,
    ) -> std::io::Result<()> {
        for (_, source) in &self.columns {
            match source {
                Source::Id => table.cell(Cell::Text(&person::id(patient.number))),
                Source::Complete => table.cell(Cell::Text(&complete(plan, patient))),
                source => table.cell(cell(*source, plan, patient)),
            }
        }
        table.end()
    }
}

struct Making<'p> {
    columns: Vec<(Column, Source)>,
    /// Names as headers are compared.
    taken: BTreeSet<String>,
    plan: &'p Plan,
    odd: bool,
}

impl Making<'_> {
    /// Of two columns that no header tells apart, the first.
    fn add(&mut self, name: String, form: Form, source: Source) -> bool {
        let free = self.taken.insert(plain(&name));
        if free {
            self.columns.push((Column { name, form }, source));
        }
        free
    }

    fn varies(&self, slot: usize) -> bool {
        self.plan.slots.get(slot).is_some_and(|slot| {
            slot.settings.iter().filter(|setting| self.odd || setting.sort != Sort::Odd).count() > 1
        })
    }

    fn any(&self, slot: usize, is: impl Fn(&What) -> bool) -> bool {
        self.plan.slots.get(slot).is_some_and(|slot| {
            slot.settings.iter().any(|setting| (self.odd || setting.sort != Sort::Odd) && is(&setting.what))
        })
    }

    fn measures(&mut self, date: Form) {
        let plan = self.plan;
        for measure in &plan.measures {
            let (id, slot) = (&measure.id, measure.value);
            let words = self.any(slot, |what| matches!(what, What::Word(_)));
            let form = if words { Form::Text } else { Form::Double };
            let units = self.any(slot, |what| matches!(what, What::Number(number) if number.unit != measure.unit));
            let header =
                if units || measure.unit.is_empty() { id.to_string() } else { format!("{id} [{}]", measure.unit) };
            // The name of the fact itself decides, with or without its unit.
            if self.taken.contains(&plain(id.as_str())) || !self.add(header, form, Source::Slot(slot)) {
                continue;
            }
            self.taken.insert(plain(id.as_str()));
            if units {
                self.add(format!("{id}_unit"), Form::Text, Source::Unit(slot));
            }
            if self.any(slot, |what| matches!(what, What::Number(number) if number.comparator.is_some())) {
                self.add(format!("{id}_comparator"), Form::Text, Source::Comparator(slot));
            }
            if self.varies(measure.date) {
                self.add(format!("{id}_date"), date, Source::Under { slot: measure.date, gate: slot });
            }
            for (limit, ending) in [(measure.upper, "uln"), (measure.lower, "lln")] {
                if let Some(limit) = limit {
                    self.add(format!("{id}_{ending}"), Form::Double, Source::Under { slot: limit, gate: slot });
                }
            }
        }
    }

    fn happenings(&mut self, date: Form) {
        let plan = self.plan;
        for happening in &plan.happenings {
            let (id, timing) = (&happening.id, happening.timing);
            if !self.add(id.to_string(), Form::Answer, Source::There(timing)) {
                continue;
            }
            if self.any(timing, |what| matches!(what, What::Course { .. })) {
                self.add(format!("{id}_start"), date, Source::Start(timing));
                self.add(format!("{id}_end"), date, Source::End(timing));
            } else {
                self.add(format!("{id}_date"), date, Source::Once(timing));
            }
            for (aspect, slot) in &happening.aspects {
                let (ending, form) = match aspect {
                    Aspect::Grade => ("grade", Form::Whole),
                    Aspect::Stage => ("stage", Form::Text),
                    Aspect::Histology => ("histology", Form::Text),
                    Aspect::Severity => ("severity", Form::Text),
                    Aspect::Cause => ("cause", Form::Text),
                    Aspect::Reason => ("reason", Form::Text),
                    Aspect::Route => ("route", Form::Text),
                    Aspect::Dose => ("dose", Form::Double),
                    // A row has one of each.
                    Aspect::Again => continue,
                };
                self.add(format!("{id}_{ending}"), form, Source::Aspect { slot: *slot, timing });
                if *aspect == Aspect::Dose {
                    self.add(format!("{id}_dose_unit"), Form::Text, Source::DoseUnit { slot: *slot, timing });
                }
            }
        }
    }
}

fn complete(plan: &Plan, patient: &Patient) -> String {
    let mut text = String::new();
    for (kind, slot) in &plan.complete {
        // From or up to some day only: a row cannot say so.
        if *patient.says(plan, *slot) == (What::Complete { from: None, to: None }) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(kind.word());
        }
    }
    text
}

fn cell<'p>(source: Source, plan: &'p Plan, patient: &Patient) -> Cell<'p> {
    let says = |slot: usize| patient.says(plan, slot);
    let there = |timing: usize| times(says(timing)).is_some();
    match source {
        Source::Slot(slot) => told(says(slot), plan, patient),
        Source::Under { slot, gate } if *says(gate) != What::Nothing => match (says(slot), says(gate)) {
            // A limit is in the unit of its result.
            (What::Number(limit), What::Number(value)) if limit.unit != value.unit => Cell::Empty,
            (what, _) => told(what, plan, patient),
        },
        Source::Unit(slot) => match says(slot) {
            What::Number(number) if !number.unit.is_empty() => Cell::Text(&number.unit),
            _ => Cell::Empty,
        },
        Source::Comparator(slot) => match says(slot) {
            What::Number(number) => number.comparator.map_or(Cell::Empty, Cell::Text),
            _ => Cell::Empty,
        },
        Source::There(timing) => match says(timing) {
            What::Absent { until: None } => Cell::Answer(false),
            what => times(what).map_or(Cell::Empty, |_| Cell::Answer(true)),
        },
        Source::Once(timing) | Source::Start(timing) => match times(says(timing)) {
            Some((Some(start), _)) => Cell::Date(Written { day: patient.day(plan, start.at), known: start.known }),
            _ => Cell::Empty,
        },
        Source::End(timing) => match times(says(timing)) {
            Some((_, Some(end))) => Cell::Date(patient.written(plan, end)),
            _ => Cell::Empty,
        },
        Source::Aspect { slot, timing } if there(timing) => match says(slot) {
            What::Dose { number, times_daily: None } => Cell::Number(&number.text, number.double),
            what => told(what, plan, patient),
        },
        Source::DoseUnit { slot, timing } if there(timing) => match says(slot) {
            What::Dose { number, times_daily: None } => Cell::Text(&number.unit),
            _ => Cell::Empty,
        },
        Source::Id | Source::Complete | Source::Under { .. } | Source::Aspect { .. } | Source::DoseUnit { .. } => {
            Cell::Empty
        }
    }
}

type Dates = (Option<super::day::Dated>, Option<super::day::Dated>);

/// The beginning and the end of what a row can say; nothing for what it cannot.
fn times(what: &What) -> Option<Dates> {
    match what {
        What::Once(dated) => Some((Some(*dated), Some(*dated))),
        What::Course { start, end: End::Ongoing } => Some((*start, None)),
        What::Course { start, end: End::At(end) } => Some((*start, Some(*end))),
        // Yes without an end says that it lasts.
        _ => None,
    }
}

fn told<'p>(what: &'p What, plan: &Plan, patient: &Patient) -> Cell<'p> {
    match what {
        What::Word(word) => Cell::Text(word),
        What::Answer(answer) => Cell::Answer(*answer),
        What::On(dated) => Cell::Date(patient.written(plan, *dated)),
        What::Number(number) => Cell::Number(&number.text, number.double),
        What::Grade(grade) => Cell::Whole(*grade),
        What::Nothing
        | What::Planned(_)
        | What::Earlier { .. }
        | What::Absent { .. }
        | What::Once(_)
        | What::Course { .. }
        | What::Again { .. }
        | What::Complete { .. }
        | What::Dose { .. } => Cell::Empty,
    }
}
