//! A patient as a chart.

use super::day::{Dated, Known};
use super::draw::Patient;
use super::slot::{Aspect, End, Happening, Measure, Plan, What};
use crate::chart::{Amount, Chart, Complete, Digits, Frequency, Observation, Occurrence, Of, Ongoing};
use crate::ir::ConceptKind;

/// What a patient is called.
pub(super) fn id(number: u64) -> String {
    format!("p{:08}", number + 1)
}

pub(super) fn chart(plan: &Plan, patient: &Patient) -> Chart {
    part(plan, patient, &|_| true)
}

/// The same with those facts alone whose first slot is wanted.
pub(super) fn part(plan: &Plan, patient: &Patient, wanted: &dyn Fn(usize) -> bool) -> Chart {
    let person = Person { plan, patient };
    let mut chart = Chart { id: id(patient.number), ..Chart::default() };
    if let What::Word(sex) = person.says(plan.sex) {
        chart.sex = Some(sex.to_string());
    }
    chart.birth = person.on(plan.birth);
    chart.as_of = person.on(plan.as_of);
    for (name, slot) in &plan.anchors {
        match person.says(*slot) {
            What::On(dated) => drop(chart.anchors.insert(name.to_string(), person.date(*dated))),
            What::Planned(dated) => drop(chart.planned.insert(name.to_string(), person.date(*dated))),
            _ => {}
        }
    }
    for (key, slot) in plan.judged.iter().filter(|(_, slot)| wanted(*slot)) {
        if let What::Answer(answer) = person.says(*slot) {
            chart.judged.insert(key.to_string(), *answer);
        }
    }
    for (kind, slot) in &plan.complete {
        if let What::Complete { from, to } = person.says(*slot) {
            let date = |dated: &Option<Dated>| dated.map(|dated| person.date(dated));
            let like = |known: &&mut Complete| known.from.is_none() && known.to.is_none();
            match chart.complete.iter_mut().find(like).filter(|_| from.is_none() && to.is_none()) {
                Some(known) => known.records.push(*kind),
                None => chart.complete.push(Complete { records: vec![*kind], from: date(from), to: date(to) }),
            }
        }
    }
    for measure in plan.measures.iter().filter(|measure| wanted(measure.value)) {
        person.results(measure, &mut chart);
    }
    for happening in plan.happenings.iter().filter(|happening| wanted(happening.timing)) {
        person.occurrences(happening, &mut chart);
    }
    chart
}

struct Person<'p> {
    plan: &'p Plan,
    patient: &'p Patient,
}

impl Person<'_> {
    fn says(&self, slot: usize) -> &What {
        self.patient.says(self.plan, slot)
    }

    fn date(&self, dated: Dated) -> String {
        self.patient.written(self.plan, dated).to_string()
    }

    fn on(&self, slot: usize) -> Option<String> {
        match self.says(slot) {
            What::On(dated) => Some(self.date(*dated)),
            _ => None,
        }
    }

    fn results(&self, measure: &Measure, chart: &mut Chart) {
        let Some(mut result) = Self::result(measure, self.says(measure.value)) else { return };
        result.date = self.on(measure.date);
        let limit = |slot: Option<usize>| match slot.map(|slot| self.says(slot)) {
            Some(What::Number(number)) if result.unit.as_deref().unwrap_or("") == number.unit => {
                Some(Digits(number.text.clone()))
            }
            _ => None,
        };
        (result.upper_limit, result.lower_limit) = (limit(measure.upper), limit(measure.lower));
        let earlier = measure.earlier.map_or(&What::Nothing, |slot| self.says(slot));
        if let (What::Earlier { count, days, minutes, value }, What::On(at)) = (earlier, self.says(measure.date)) {
            let clock = |times: i32| clock(*minutes, times).filter(|_| at.known == Known::Day).unwrap_or_default();
            for times in 1..=i32::from(*count) {
                let Some(other) = Self::result(measure, self.plan.what(measure.value, *value)) else { continue };
                let day = Dated { at: at.at.plus(-times * i32::from(*days)), ..*at };
                let date = Some(self.date(day) + &clock(times));
                let (upper_limit, lower_limit) = (result.upper_limit.clone(), result.lower_limit.clone());
                chart.observations.push(Observation { lower_limit, upper_limit, date, ..other });
            }
            result.date = result.date.map(|date| date + &clock(0));
        }
        chart.observations.push(result);
    }

    fn result(measure: &Measure, what: &What) -> Option<Observation> {
        let (value, comparator, unit) = match what {
            What::Number(number) => {
                let unit = Some(number.unit.to_string()).filter(|unit| !unit.is_empty());
                (number.text.clone(), number.comparator.map(str::to_owned), unit)
            }
            What::Word(word) => (word.clone(), None, None),
            _ => return None,
        };
        Some(Observation {
            of: Of::Name(measure.id.to_string()),
            value: Digits(value),
            comparator,
            unit,
            lower_limit: None,
            upper_limit: None,
            date: None,
            source: None,
        })
    }

    fn occurrences(&self, happening: &Happening, chart: &mut Chart) {
        let Some(first) = self.occurrence(happening, 0) else { return };
        let again = happening.aspects.iter().find(|(aspect, _)| *aspect == Aspect::Again);
        let mut all = Vec::new();
        if let (false, Some(What::Again { count, days })) = (first.absent, again.map(|(_, slot)| self.says(*slot))) {
            all.extend((1..=i32::from(*count)).rev().filter_map(|times| {
                // What goes on now was there before, and ended.
                let mut earlier = self.occurrence(happening, times * i32::from(*days))?;
                if earlier.ongoing.take().is_some() {
                    earlier.end.clone_from(&earlier.start);
                }
                Some(earlier)
            }));
        }
        all.push(first);
        let list = match happening.kind {
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
        list.extend(all);
    }

    /// It, moved so many days back.
    fn occurrence(&self, happening: &Happening, back: i32) -> Option<Occurrence> {
        let moved = |dated: &Dated| self.date(Dated { at: dated.at.plus(-back), ..*dated });
        let mut it = Occurrence::of(Of::Name(happening.id.to_string()));
        match self.says(happening.timing) {
            What::Absent { until } => {
                it.absent = true;
                it.end = until.as_ref().map(moved);
                return Some(it);
            }
            What::Once(dated) => it.date = Some(moved(dated)),
            What::Course { start, end } => {
                it.start = start.as_ref().map(moved);
                match end {
                    End::Ongoing => it.ongoing = Some(Ongoing::Now(true)),
                    End::At(dated) => it.end = Some(moved(dated)),
                    End::Unknown => {}
                }
            }
            _ => return None,
        }
        for (aspect, slot) in &happening.aspects {
            let what = self.says(*slot);
            let word = || match what {
                What::Word(word) => Some(word.to_string()),
                _ => None,
            };
            match (aspect, what) {
                (Aspect::Grade, What::Grade(grade)) => it.grade = Some(*grade),
                (Aspect::Stage, _) => it.stage = word(),
                (Aspect::Histology, _) => it.histology = word(),
                (Aspect::Severity, _) => it.severity = word(),
                (Aspect::Cause, _) => it.cause = word().map(Of::Name),
                (Aspect::Reason, _) => it.reason = word().map(Of::Name),
                (Aspect::Route, _) => it.route = word(),
                (Aspect::Dose, What::Dose { number, times_daily }) => {
                    it.dose = Some(Amount { value: Digits(number.text.clone()), unit: number.unit.to_string() });
                    it.frequency = times_daily.map(Frequency::TimesDaily);
                }
                (Aspect::Grade | Aspect::Dose | Aspect::Again, _) => {}
            }
        }
        Some(it)
    }
}

/// A time of day so many times so many minutes before a quarter to midnight, where that is one of the same day.
fn clock(minutes: u16, times: i32) -> Option<String> {
    let minute = 23 * 60 + 45 - i32::from(minutes) * times;
    (minutes > 0 && minute >= 0).then(|| format!("T{:02}:{:02}", minute / 60, minute % 60))
}
