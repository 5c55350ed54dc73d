//! Patients at the limits of a protocol, made worse: contradictions, dates that are half known, results that nobody can use.

use serde_json::Value;
use trialc::chart::{Amount, Chart, Complete, Digits, Frequency, Kind, Observation, Occurrence, Of, Ongoing};
use trialc::ir::{ConceptKind, Trial};

use super::dice::Dice;

/// What is known of a date, otherwise.
fn redated(dice: &mut Dice, date: &str) -> Option<String> {
    let day = date.get(..10).filter(|day| day.as_bytes()[4] == b'-' && day.as_bytes()[7] == b'-');
    let Some(day) = day else { return Some(dice.word(&["2024-02-29", "2025", "2025-03"]).to_owned()) };
    let (month, year) = (&day[..7], &day[..4]);
    Some(match dice.below(12) {
        0 => return None,
        1 => month.to_owned(),
        2 => year.to_owned(),
        3 => format!("../{day}"),
        4 => format!("{month}/{day}"),
        5 => format!("{day}T09:30"),
        6 => format!("{day}T23:59"),
        7 => format!("{day}/.."),
        8 => moved(day, 1),
        9 => moved(day, -1),
        10 => moved(day, -28),
        _ => dice.word(&["2024-02-29", "2023-02-28", "2025-12-31", "1969-12-31"]).to_owned(),
    })
}

/// So many days later.
fn moved(day: &str, days: i64) -> String {
    let date: jiff::civil::Date = day.parse().unwrap();
    date.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
}

struct Names {
    of: Vec<(String, ConceptKind)>,
}

impl Names {
    fn one(&self, dice: &mut Dice, kinds: &[ConceptKind]) -> Option<Of> {
        let fitting: Vec<&String> =
            self.of.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(name, _)| name).collect();
        if fitting.is_empty() { None } else { Some(Of::Name((*dice.one(&fitting)).clone())) }
    }
}

/// Changes a chart in so many ways.
pub fn disturb(dice: &mut Dice, trial: &Trial, chart: &mut Chart, times: usize) {
    let names = Names { of: trial.concepts.iter().map(|(id, concept)| (id.to_string(), concept.kind)).collect() };
    for _ in 0..times {
        match dice.below(19) {
            0..4 => observation(dice, chart),
            4..11 => occurrence(dice, &names, chart),
            16..19 => course(dice, &names, chart),
            11 => complete(dice, chart),
            12 => {
                let keys: Vec<String> = chart.judged.keys().cloned().collect();
                if !keys.is_empty() {
                    let key = dice.one(&keys).clone();
                    let answer = dice.percent(50);
                    if dice.percent(50) {
                        chart.judged.remove(&key);
                    } else {
                        chart.judged.insert(key, answer);
                    }
                }
            }
            13 => anchors(dice, chart),
            14 => {
                chart.birth = match dice.below(4) {
                    0 => None,
                    1 => Some("2008-02-29".to_owned()),
                    _ => chart.birth.take().and_then(|birth| redated(dice, &birth)),
                }
            }
            _ => {
                chart.as_of = match chart.as_of.take().or_else(|| chart.anchors.get("screening").cloned()) {
                    Some(day) => redated(dice, &day),
                    None => None,
                }
            }
        }
    }
}

fn observation(dice: &mut Dice, chart: &mut Chart) {
    if chart.observations.is_empty() {
        return;
    }
    let at = dice.below(chart.observations.len());
    let other = dice.one(&chart.observations).clone();
    let again = chart.observations[at].clone();
    let one: &mut Observation = &mut chart.observations[at];
    match dice.below(9) {
        0..3 => one.date = one.date.take().and_then(|date| redated(dice, &date)),
        3 => {
            // Another result of the same day.
            let value = if other.of == again.of { other.value } else { Digits("1".into()) };
            chart.observations.push(Observation { value, ..again });
        }
        4 => one.comparator = Some(dice.word(&["<", "<=", ">", ">="]).to_owned()),
        5 => one.unit = None,
        6 => one.upper_limit = Some(one.value.clone()),
        7 => one.lower_limit = Some(one.value.clone()),
        _ => {
            let date = again.date.as_deref().and_then(|date| redated(dice, date));
            chart.observations.push(Observation { date, ..again });
        }
    }
}

/// The list that things of this sort stand in.
fn lists(chart: &mut Chart) -> [(&mut Vec<Occurrence>, &'static [ConceptKind]); 4] {
    [
        (&mut chart.conditions, &[ConceptKind::Condition]),
        (&mut chart.medications, &[ConceptKind::Drug]),
        (&mut chart.procedures, &[ConceptKind::Procedure]),
        (&mut chart.events, &[ConceptKind::Event]),
    ]
}

const ALL: &[ConceptKind] = &[ConceptKind::Condition, ConceptKind::Drug, ConceptKind::Procedure, ConceptKind::Event];

fn occurrence(dice: &mut Dice, names: &Names, chart: &mut Chart) {
    let today = chart.anchors.get("screening").cloned().unwrap_or_else(|| "2024-02-29".to_owned());
    let mut lists = lists(chart);
    let (list, kinds) = &mut lists[dice.below(4)];
    if list.is_empty() || dice.percent(12) {
        let Some(of) = names.one(dice, kinds) else { return };
        let of = if dice.percent(6) { Of::Name("nobody knows".to_owned()) } else { of };
        list.push(made(dice, of, &today));
        return;
    }
    let at = dice.below(list.len());
    let again = list[at].clone();
    let one = &mut list[at];
    match dice.below(14) {
        0 | 1 => one.start = one.start.take().and_then(|date| redated(dice, &date)),
        2 | 3 => one.end = one.end.take().and_then(|date| redated(dice, &date)),
        4 => one.date = one.date.take().and_then(|date| redated(dice, &date)),
        5 => {
            let end = again.end.clone().or(Some(today));
            list.push(Occurrence { absent: true, ongoing: None, ..again.clone() });
            if dice.percent(50) {
                list.push(Occurrence { absent: true, ongoing: None, date: None, start: None, end, ..again });
            }
        }
        6 | 7 => {
            if let Some(of) = names.one(dice, kinds) {
                one.of = of;
            }
        }
        8 => {
            // It is also said that there was nothing of another sort, or of a class.
            if let Some(of) = names.one(dice, kinds) {
                list.push(Occurrence { of, absent: true, ongoing: None, ..again });
            }
        }
        9 => {
            let start = again.start.as_deref().and_then(|date| redated(dice, date));
            list.push(Occurrence { start, ..again });
        }
        10 => match dice.below(6) {
            0 => one.grade = Some(u8::try_from(dice.within(1, 5)).unwrap()),
            1 => one.route = Some(dice.word(&["oral", "intravenous", "topical"]).to_owned()),
            2 => one.severity = Some(dice.word(&["mild", "severe"]).to_owned()),
            3 => one.stage = Some(dice.word(&["II", "IV", "two"]).to_owned()),
            4 => one.cause = names.one(dice, ALL),
            _ => one.reason = names.one(dice, ALL),
        },
        11 => {
            one.ongoing = match dice.below(3) {
                0 => None,
                1 => Some(Ongoing::Now(true)),
                _ => Some(Ongoing::On(today)),
            }
        }
        12 => dose(dice, one),
        _ => {
            // A renewal: it goes on the day after.
            if let Some(end) = again.end.as_deref().filter(|end| end.len() == 10) {
                let (start, end) = (Some(moved(end, dice.within(0, 2).try_into().unwrap())), Some(moved(end, 30)));
                list.push(Occurrence { start, end, ..again });
            }
        }
    }
}

/// One more course of a drug that is taken already, or of another, about the day: a dose that changes, courses that overlap.
fn course(dice: &mut Dice, names: &Names, chart: &mut Chart) {
    let today = chart.anchors.get("screening").cloned().unwrap_or_else(|| "2024-02-29".to_owned());
    if today.parse::<jiff::civil::Date>().is_err() {
        return;
    }
    let known = if chart.medications.is_empty() { None } else { Some(dice.one(&chart.medications).of.clone()) };
    let of = if dice.percent(60) { known } else { None };
    let Some(of) = of.or_else(|| names.one(dice, &[ConceptKind::Drug])) else { return };
    let mut one = Occurrence::of(of);
    let before = *dice.one(&[-400, -90, -60, -29, -28, -27, -14, -13, -1, 0]);
    one.start = Some(moved(&today, before));
    match dice.below(4) {
        0 => one.end = Some(moved(&today, (before + *dice.one(&[0, 6, 13, 14, 27, 60])).min(1))),
        1 => one.date = one.start.take(),
        _ => one.ongoing = Some(Ongoing::Now(true)),
    }
    if dice.percent(80) {
        one.route = Some(dice.word(&["oral", "oral", "oral", "intravenous"]).to_owned());
    }
    if dice.percent(90) {
        dose(dice, &mut one);
    }
    if dice.percent(15) {
        one.start = one.start.take().and_then(|date| redated(dice, &date));
    }
    chart.medications.push(one);
    if dice.percent(50) && !chart.complete.iter().any(|complete| complete.records.contains(&Kind::Medications)) {
        chart.complete.push(Complete { records: vec![Kind::Medications], from: None, to: None });
    }
}

fn dose(dice: &mut Dice, one: &mut Occurrence) {
    let number = dice.word(&["10", "20", "0.5", "0", "5", "70", "15"]);
    let unit = dice.word(&["mg/d", "mg", "mg", "mg/kg/d", "g", "mg/m2", "U", "mg/wk", "ug/d"]);
    one.dose = Some(Amount { value: Digits(number.into()), unit: unit.to_owned() });
    one.frequency = match dice.below(5) {
        0 => None,
        4 => Some(Frequency::TimesDaily(1)),
        1 => Some(Frequency::TimesDaily(2)),
        2 => Some(Frequency::EveryDays(7)),
        _ => Some(Frequency::AsNeeded),
    };
}

fn made(dice: &mut Dice, of: Of, today: &str) -> Occurrence {
    let empty = Occurrence::of(of);
    let near = redated(dice, today);
    match dice.below(4) {
        0 => Occurrence { date: near, ..empty },
        1 => Occurrence { start: near, ongoing: Some(Ongoing::Now(true)), ..empty },
        2 => Occurrence { start: near, ..empty },
        _ => {
            let start =
                today.get(..10).filter(|day| day.parse::<jiff::civil::Date>().is_ok()).map(|day| moved(day, -60));
            Occurrence { start, end: near, ..empty }
        }
    }
}

fn complete(dice: &mut Dice, chart: &mut Chart) {
    let today = chart.anchors.get("screening").cloned().unwrap_or_else(|| "2024-02-29".to_owned());
    if !chart.complete.is_empty() && dice.percent(30) {
        let at = dice.below(chart.complete.len());
        chart.complete.remove(at);
        return;
    }
    let records = dice.some(&Kind::ALL, 3);
    let (from, to) = match dice.below(4) {
        0 => (None, None),
        1 => (None, redated(dice, &today)),
        2 => (Some("2023-02-28".to_owned()), None),
        _ => (Some("2024-01".to_owned()), redated(dice, &today)),
    };
    chart.complete.push(Complete { records, from, to });
}

fn anchors(dice: &mut Dice, chart: &mut Chart) {
    let names: Vec<String> = chart.anchors.keys().cloned().collect();
    if names.is_empty() {
        return;
    }
    let name = dice.one(&names).clone();
    let date = chart.anchors[&name].clone();
    match dice.below(5) {
        0 if name != "screening" => drop(chart.anchors.remove(&name)),
        1 if name != "screening" => {
            chart.anchors.remove(&name);
            chart.planned.insert(name, date);
        }
        2 => {
            let other = dice.word(&["first_dose", "randomization", "consent", "week_4", "baseline", "last_dose"]);
            if let Some(date) = redated(dice, &date) {
                chart.anchors.insert(other.to_owned(), date);
            }
        }
        _ => {
            if let Some(date) = redated(dice, &date) {
                chart.anchors.insert(name, date);
            }
        }
    }
}

/// Charts with one fact less, or a part of one.
pub fn smaller(chart: &Chart) -> Vec<Chart> {
    let whole = serde_json::to_value(chart).unwrap();
    let mut found = Vec::new();
    less(&whole, &mut |value| found.extend(serde_json::from_value::<Chart>(value)));
    found
}

fn less(value: &Value, take: &mut dyn FnMut(Value)) {
    match value {
        Value::Array(items) => {
            for at in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(at);
                take(Value::Array(fewer));
                less(&items[at], &mut |item| {
                    let mut other = items.clone();
                    other[at] = item;
                    take(Value::Array(other));
                });
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let mut fewer = fields.clone();
                fewer.remove(name);
                take(Value::Object(fewer));
                less(field, &mut |field| {
                    let mut other = fields.clone();
                    other.insert(name.clone(), field);
                    take(Value::Object(other));
                });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
