//! A row a patient.

use std::sync::Arc;

use super::block::Block;
use super::cells::{answer, date, is_date, sex, truth};
use super::columns::{From, Part, Plan, Planned, anchors, plan, screening};
use super::mapping::{Mapping, Means};
use super::table::{Portion, Portions, Row, Table};
use super::{Place, Prepared, Rejection, Shared, Source, Step, Unread, Work, shown};
use crate::chart::{Amount, Chart, Complete, Digits, Frequency, Kind, Observation, Occurrence, Of, Ongoing};
use crate::ir::ConceptKind;

/// What is wrong with a row: the column, and why.
type Wrong = (usize, String);

/// The rows of a wide table.
pub(super) struct Patients<'a> {
    wide: Arc<Wide<'a>>,
    /// How many rows the table says that it has; none where it does not say.
    pub(super) rows: u64,
    parts: Portions<'a>,
}

/// Some rows of a wide table that stand together, as they come from the file.
pub struct Rows<'a> {
    wide: Arc<Wide<'a>>,
    part: Arc<Portion>,
}

/// A block of rows that can be read.
#[derive(Clone)]
pub(crate) struct Opened<'a> {
    pub(crate) wide: Arc<Wide<'a>>,
    pub(crate) block: Arc<Block>,
}

/// A block of rows that is not held any more, and can be had again.
pub(crate) struct Again<'a> {
    wide: Arc<Wide<'a>>,
    part: Arc<Portion>,
    at: usize,
    /// Nothing behind it can be read.
    is_last: bool,
    opened: Option<Opened<'a>>,
}

/// What the rows of a wide table mean.
pub(crate) struct Wide<'a> {
    pub(crate) shared: Arc<Shared<'a>>,
    file: Arc<str>,
    header: Vec<String>,
    pub(crate) plan: Plan,
    pub(crate) screening: String,
    /// The events whose dates are the trial's own.
    pub(crate) anchors: std::collections::BTreeSet<String>,
}

pub(super) fn patients<'a>(
    shared: &Arc<Shared<'a>>,
    file: &Arc<str>,
    table: Table<'a>,
) -> Result<(Source<'a>, Vec<String>), String> {
    let trial = shared.trial;
    let plan = plan(trial, &shared.options.mapping, &table.header)?;
    let notes = plan.unused.iter().map(|name| format!("the column `{}` is used for nothing", shown(name))).collect();
    let wide = Wide {
        shared: Arc::clone(shared),
        file: Arc::clone(file),
        header: table.header,
        plan,
        screening: screening(trial),
        anchors: anchors(trial),
    };
    Ok((Source::Rows(Patients { wide: Arc::new(wide), rows: table.rows, parts: table.parts }), notes))
}

impl<'a> Patients<'a> {
    pub(super) fn next(&mut self) -> Option<Rows<'a>> {
        let part = Arc::new(self.parts.next()?);
        Some(Rows { wide: Arc::clone(&self.wide), part })
    }
}

impl<'a> Rows<'a> {
    /// Its rows in blocks, each with the way to have it again.
    pub(crate) fn opened(&self) -> impl Iterator<Item = (Opened<'a>, Again<'a>)> {
        let (wide, part) = (Arc::clone(&self.wide), Arc::clone(&self.part));
        self.part.blocks().into_iter().enumerate().map(move |(at, block)| {
            let (wide, part, is_last) = (Arc::clone(&wide), Arc::clone(&part), block.is_last());
            let opened = Opened { wide: Arc::clone(&wide), block };
            (opened, Again { wide, part, at, is_last, opened: None })
        })
    }
}

impl Again<'_> {
    /// To be asked of all blocks in the order of the file: whether it reaches as far.
    pub(crate) fn begin(&self) -> bool {
        let Some(end) = self.part.end() else { return true };
        if end.is_set() {
            return false;
        }
        if self.is_last {
            end.set();
        }
        true
    }

    /// One of the rows, of which all is known that was asked, and whose patient is a new one.
    pub(crate) fn told(&self) -> Prepared {
        Prepared::told(&self.wide.file)
    }

    /// One of the rows, read by itself.
    pub(crate) fn read(&mut self, at: usize) -> Prepared {
        let opened = self.opened.get_or_insert_with(|| {
            let block = self.part.block(self.at);
            Opened { wide: Arc::clone(&self.wide), block }
        });
        opened.read(at)
    }
}

impl<'a> Opened<'a> {
    pub(crate) fn len(&self) -> usize {
        self.block.len()
    }

    /// One of them, read by itself.
    pub(crate) fn read(&self, at: usize) -> Prepared {
        let wide = &self.wide;
        Unread::finished(&wide.shared, &wide.file, wide.step(&self.block, at))
    }

    /// One of them, to be read.
    pub(crate) fn unread(&self, at: usize) -> Unread<'a> {
        let (wide, block) = (Arc::clone(&self.wide), Arc::clone(&self.block));
        let (shared, file) = (Arc::clone(&wide.shared), Arc::clone(&wide.file));
        Unread { shared, file, work: Work::Todo(Box::new(move || wide.step(&block, at))) }
    }
}

impl Wide<'_> {
    fn step(&self, block: &Block, at: usize) -> Step {
        match block.row(at) {
            Ok(row) => self.read(&row),
            Err(broken) => Err(Box::new(broken.rejection(&self.file))),
        }
    }

    fn read(&self, row: &Row) -> Step {
        let place = Place::Row(row.number);
        self.chart(row).map(|chart| (Box::new(chart), place)).map_err(|(column, why)| {
            Box::new(Rejection {
                id: row.cell(self.plan.id).map(str::to_owned),
                field: self.header.get(column).cloned(),
                text: row.text(),
                ..Rejection::of(&self.file, place, why)
            })
        })
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.shared.options.mapping
    }

    fn chart(&self, row: &Row) -> Result<Chart, Wrong> {
        let mapping = self.mapping();
        let id = row.cell(self.plan.id).ok_or_else(|| (self.plan.id, "the patient has no id".to_owned()))?;
        let mut chart = Chart { id: id.to_owned(), ..Chart::default() };
        let cell = |column: Option<usize>| column.and_then(|column| row.cell(column));
        chart.sex = cell(self.plan.sex).map(|text| sex(&self.meaning("sex", text)));
        chart.birth = cell(self.plan.birth).map(|text| date(mapping, text));
        chart.as_of = cell(self.plan.as_of).map(|text| date(mapping, text));
        chart.arm = cell(self.plan.arm).map(str::to_owned);
        for (name, column) in &self.plan.anchors {
            if let Some(text) = row.cell(*column) {
                chart.anchors.insert(name.clone(), date(mapping, text));
            }
        }
        for (name, column) in &self.plan.planned {
            if let Some(text) = row.cell(*column) {
                chart.planned.insert(name.clone(), date(mapping, text));
            }
        }
        for (name, column) in &self.plan.judged {
            if let Some(text) = row.cell(*column) {
                chart.judged.insert(name.clone(), answer(mapping, text).map_err(|why| (*column, why))?);
            }
        }
        self.complete(row, &mut chart)?;
        // The dates of undated results: known before the facts are read.
        if let Err((field, why)) = self.shared.options.anchors.apply(&mut chart) {
            let column = self.plan.anchors.iter().find(|(name, _)| field.ends_with(name.as_str()));
            return Err((column.map_or(self.plan.id, |(_, column)| *column), why));
        }
        if let Some(years) = cell(self.plan.age) {
            let at = chart.anchors.get(&self.screening).cloned();
            chart.observations.push(Observation { unit: Some("a".to_owned()), date: at, ..result("age", years) });
        }
        for planned in &self.plan.facts {
            self.fact(row, planned, &mut chart)?;
        }
        Ok(chart)
    }

    fn complete(&self, row: &Row, chart: &mut Chart) -> Result<(), Wrong> {
        let mut records = Vec::new();
        if let Some((column, text)) = self.plan.complete.and_then(|column| Some((column, row.cell(column)?))) {
            for word in text.split([',', ';', ' ', '|']).map(str::trim).filter(|word| !word.is_empty()) {
                records.push(kind(word).map_err(|why| (column, why))?);
            }
        }
        if !records.is_empty() {
            chart.complete.push(Complete { records, from: None, to: None });
        }
        Ok(())
    }

    /// What a cell of a name stands for.
    pub(crate) fn meaning(&self, name: &str, text: &str) -> String {
        let values = self.mapping().values.get(name);
        values.and_then(|values| values.get(text.trim())).map_or(text, String::as_str).to_owned()
    }

    fn fact(&self, row: &Row, planned: &Planned, chart: &mut Chart) -> Result<(), Wrong> {
        let get = |part: Part| match planned.parts.get(&part)? {
            From::Column(column) => row.cell(*column).map(str::to_owned),
            From::Fixed(text) => Some(text.clone()),
        };
        let column = |part: Part| match planned.parts.get(&part) {
            Some(From::Column(column)) => *column,
            Some(From::Fixed(_)) | None => self.plan.id,
        };
        let mapping = self.mapping();
        let dated = |part: Part| get(part).map(|text| date(mapping, &text));
        let at = planned.at.as_ref().unwrap_or(&self.screening);
        let at = chart.anchors.get(at).cloned();
        let value = get(Part::Value).map(|text| self.meaning(&planned.name, &text));
        match planned.kind {
            ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score => {
                let Some(value) = value else { return Ok(()) };
                let own = planned.parts.contains_key(&Part::Date);
                chart.observations.push(Observation {
                    unit: get(Part::Unit),
                    comparator: get(Part::Comparator),
                    lower_limit: get(Part::LowerLimit).map(|text| Digits::from(text.as_str())),
                    upper_limit: get(Part::UpperLimit).map(|text| Digits::from(text.as_str())),
                    date: if own { dated(Part::Date) } else { at },
                    source: self.source(planned),
                    ..result(&planned.name, &value)
                });
            }
            ConceptKind::Question => {
                if let Some(value) = value {
                    let truth = answer(mapping, &value).map_err(|why| (column(Part::Value), why))?;
                    chart.judged.insert(planned.name.clone(), truth);
                }
            }
            ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event => {
                let grade = get(Part::Grade).map(|text| {
                    text.parse::<u8>()
                        .map_err(|_| (column(Part::Grade), format!("`{}` is no grade of 1 to 5", shown(&text))))
                });
                let lasts =
                    get(Part::Ongoing).map(|text| answer(mapping, &text).map_err(|why| (column(Part::Ongoing), why)));
                let mut dose = get(Part::Dose).zip(get(Part::DoseUnit));
                let occurrence = Occurrence {
                    date: dated(Part::Date),
                    start: dated(Part::Start),
                    end: dated(Part::End),
                    grade: grade.transpose()?,
                    stage: get(Part::Stage),
                    histology: get(Part::Histology),
                    severity: get(Part::Severity),
                    cause: get(Part::Cause).map(Of::Name),
                    reason: get(Part::Reason).map(Of::Name),
                    route: get(Part::Route),
                    dose: dose.take().map(|(value, unit)| Amount { value: Digits::from(value.as_str()), unit }),
                    frequency: planned.times_daily.map(Frequency::TimesDaily),
                    source: self.source(planned),
                    ..Occurrence::of(Of::Name(planned.name.clone()))
                };
                let lasts = lasts.transpose()?;
                let told = Told { value, lasts, at, anchor: self.anchors.contains(&planned.name) };
                self.occurrence(planned, occurrence, told, chart).map_err(|why| (column(Part::Value), why))?;
            }
        }
        Ok(())
    }

    /// The column that it comes from.
    fn source(&self, planned: &Planned) -> Option<String> {
        let column = planned.parts.values().find_map(|part| match part {
            From::Column(column) => self.header.get(*column),
            From::Fixed(_) => None,
        });
        column.map(|name| format!("column {name}"))
    }

    fn occurrence(&self, planned: &Planned, mut it: Occurrence, told: Told, chart: &mut Chart) -> Result<(), String> {
        let mapping = self.mapping();
        let mut there = it.date.is_some() || it.start.is_some() || it.end.is_some() || it.grade.is_some();
        match told.value.as_deref().map(|text| (truth(mapping, text), text)) {
            Some((Some(truth), _)) => {
                if !truth && there {
                    return Err(format!("it says no, and there are dates or a grade of `{}`", planned.name));
                }
                if !truth {
                    // What was never there has none of these.
                    let bare = Occurrence::of(it.of);
                    it = Occurrence { absent: true, end: told.at.clone(), source: it.source, ..bare };
                }
                there = true;
            }
            Some((None, text)) if is_date(mapping, text) && it.date.is_none() && it.start.is_none() => {
                it.date = Some(date(mapping, text));
                there = true;
            }
            Some((None, text)) => return Err(format!("`{}` is neither yes, no nor a date", shown(text))),
            None => {}
        }
        if !there {
            return Ok(());
        }
        let lasting = matches!(planned.kind, ConceptKind::Condition | ConceptKind::Drug);
        if told.anchor
            && planned.kind == ConceptKind::Event
            && let Some(date) = &it.date
        {
            chart.anchors.insert(planned.name.clone(), date.clone());
            return Ok(());
        }
        if lasting && !it.absent {
            // The date of a diagnosis or of a prescription is that of its beginning.
            it.start = it.start.or_else(|| it.date.take());
        }
        if !it.absent && it.end.is_none() && it.date.is_none() {
            let means = planned.means.unwrap_or(if lasting { Means::Has } else { Means::Had });
            it.ongoing = match (told.lasts, means) {
                (Some(true), _) | (None, Means::Has) => Some(told.at.map_or(Ongoing::Now(true), Ongoing::On)),
                (None, Means::Had) if lasting || it.start.is_some() => None,
                (Some(false), _) | (None, Means::Had) => Some(Ongoing::Now(false)),
            };
        }
        let list = match planned.kind {
            ConceptKind::Condition => &mut chart.conditions,
            ConceptKind::Drug => &mut chart.medications,
            ConceptKind::Procedure => &mut chart.procedures,
            ConceptKind::Event
            | ConceptKind::Lab
            | ConceptKind::Test
            | ConceptKind::Scale
            | ConceptKind::Score
            | ConceptKind::Question => &mut chart.events,
        };
        list.push(it);
        Ok(())
    }
}

/// What the cells of an occurrence say beside its dates.
struct Told {
    value: Option<String>,
    lasts: Option<bool>,
    /// The day for which it is said.
    at: Option<String>,
    /// Whether it is one of the trial's own events.
    anchor: bool,
}

fn result(name: &str, value: &str) -> Observation {
    Observation {
        of: Of::Name(name.to_owned()),
        value: Digits::from(value),
        comparator: None,
        unit: None,
        lower_limit: None,
        upper_limit: None,
        date: None,
        source: None,
    }
}

/// A kind of record by its word.
pub(crate) fn kind(word: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word.trim()));
    found.ok_or_else(|| format!("`{}` is no kind of record", shown(word)))
}
