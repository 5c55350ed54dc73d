//! The values that a finding rests on: now and at baseline, with the change between them; and what was asked of them.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Asked, Finding, Found, Participant, date, state_code};
use crate::evaluate::fraction::small;
use crate::evaluate::node::{Note, Thing, Used, Valued};
use crate::evaluate::outcome::change;
use crate::evaluate::{About, Evaluator, Kleene, Lack, Node};
use crate::explain;
use crate::ir::value::Basis;
use crate::ir::words::{Prose, Words};
use crate::ir::{Ask, Assessment, Better, DefinitionBody, Trial, TruthKind, Value, ValueKind};
use crate::record::{DAY, Occurrence, Span, decimal};
use crate::units::Unit;

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Measured {
    /// What it is of: `MMT8`, `CK per ULN`.
    pub what: String,
    pub value: Reading,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Reading>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// What a value was, and when.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Reading {
    /// With its unit; `unknown` where there is none.
    pub text: String,
    /// The days of the results that it rests on.
    pub dates: Vec<String>,
}

/// From baseline to now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// In the unit of the value.
    pub absolute: String,
    /// Of the baseline; nothing where that is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
}

/// Which way a change went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Better,
    Worse,
    Same,
    /// The protocol does not say which direction is better.
    Up,
    Down,
}

impl Direction {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Same => "same",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// One of the sentences that a response consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Test {
    pub sentence: String,
    pub state: &'static str,
    /// Of a list, what it is met by, what not, and what is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_met: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

// ---- what was asked ------------------------------------------------------------------------------------------------------

/// The sentences of a response, each with its state.
pub(super) fn tests(trial: &Trial, node: &Node<'_>) -> Vec<Test> {
    if !node.is_truth() {
        return Vec::new();
    }
    let node = opened(node);
    let conjunction = matches!(node.about, About::Truth(truth) if matches!(truth.kind, TruthKind::All(_)));
    let words = Words::of(trial).with_prose(Prose::LeftOut);
    match node.parts.as_slice() {
        parts if conjunction && parts.len() > 1 => parts.iter().map(|part| test(opened(part), words)).collect(),
        _ => vec![test(node, words)],
    }
}

/// What stands behind a name or a time.
fn opened<'n, 'a>(node: &'n Node<'a>) -> &'n Node<'a> {
    let through = match node.about {
        About::Truth(truth) => matches!(truth.kind, TruthKind::Defined(_) | TruthKind::Timed { .. }),
        About::Entry(..) => true,
        About::Value(_)
        | About::Event(_)
        | About::Member(_)
        | About::Limit
        | About::When
        | About::Cohort
        | About::Criterion => false,
    };
    match node.parts.as_slice() {
        [one] if through && one.is_truth() => opened(one),
        _ => node,
    }
}

fn test(node: &Node<'_>, words: Words<'_>) -> Test {
    let mut test = Test {
        sentence: sentence(node, words),
        state: state_code(node.kleene()),
        met: Vec::new(),
        not_met: Vec::new(),
        unknown: Vec::new(),
    };
    let list = match node.about {
        About::Truth(truth) => matches!(truth.kind, TruthKind::Count { .. } | TruthKind::Any(_)),
        _ => false,
    };
    for part in node.parts.iter().filter(|part| list && part.is_truth()) {
        let name = sentence(part, words);
        match part.kleene() {
            Kleene::Met => test.met.push(name),
            Kleene::NotMet => test.not_met.push(name),
            Kleene::Unknown => test.unknown.push(name),
        }
    }
    test
}

fn sentence(node: &Node<'_>, words: Words<'_>) -> String {
    match node.about {
        About::Truth(truth) => words.truth(truth),
        About::Value(value) => words.value(value),
        About::Event(class) => words.event_class(class),
        About::Member(of) => of.to_string(),
        About::Entry(name, prose) => match (name, prose, node.parts.first()) {
            (Some(name), _, _) => name.to_string(),
            (None, Some(prose), _) => prose.to_owned(),
            (None, None, Some(part)) => sentence(part, words),
            (None, None, None) => String::new(),
        },
        About::Limit | About::When | About::Cohort | About::Criterion => String::new(),
    }
}

/// Why a result is open though the record has every fact that it asks for.
pub(super) fn open<'m>(measured: impl Iterator<Item = &'m Measured>, found: &Found) -> Vec<String> {
    let mut why = Vec::new();
    for one in measured {
        let zero = one.baseline.as_ref().filter(|baseline| baseline.text.split(' ').next() == Some("0"));
        if let Some(baseline) = zero.filter(|_| one.change.as_ref().is_none_or(|change| change.percent.is_none())) {
            why.push(format!("nothing can tell the relative change of {} from {}", one.what, baseline.text));
        }
        let vague = |text: &str| {
            ["at least", "at most", "more than", "less than", " to ", " or "].iter().any(|word| text.contains(word))
        };
        let readings = one.baseline.iter().chain([&one.value]);
        for reading in readings.filter(|reading| vague(&reading.text)) {
            why.push(format!("which value of {} it is: {}", one.what, reading.text));
        }
    }
    if why.is_empty() {
        why.push(match found {
            Found::Value(value) if !value.may_be.is_empty() => {
                format!("an exact value: all that is known is {}", explain::valued(value))
            }
            Found::Response(_) | Found::Value(_) | Found::Time(..) => "a value that is known exactly".to_owned(),
        });
    }
    why
}

// ---- what was measured ---------------------------------------------------------------------------------------------------

impl<'p> Participant<'p> {
    /// The values of a finding; of a measurement its own change from baseline too.
    pub(super) fn measured(&'p self, asked: &'p Asked<'_>, answer: &Answer<'p>) -> Vec<Measured> {
        let words = Words::of(self.trial).with_prose(Prose::LeftOut);
        let mut walk = Walk { evaluator: &self.evaluator, words, found: Vec::new() };
        let (DefinitionBody::Value(value), Some(baseline)) = (&asked.outcome.body, self.baseline()) else {
            walk.node(&answer.node);
            return walk.found;
        };
        let own = match asked.outcome.assessment {
            Assessment::Measurement | Assessment::OrderedCategory | Assessment::Category => {
                !matches!(value.kind, ValueKind::TotalDose { .. })
            }
            Assessment::Response
            | Assessment::Change
            | Assessment::Count
            | Assessment::Rate
            | Assessment::TimeToEvent => false,
        };
        if !own || asked.from_baseline {
            walk.node(&answer.node);
            return walk.found;
        }
        let before = self.evaluator.value_at_baseline(value, baseline);
        walk.pair(value, &answer.node, Some(&before));
        if is_daily(value)
            && let Some(own) = walk.found.first_mut()
        {
            // A dose is that of a day, and not of the day of the weight that it goes by.
            own.value.dates = answer.place.planned.iter().cloned().collect();
            if let Some(baseline_reading) = &mut own.baseline {
                baseline_reading.dates = vec![date(baseline.day)];
            }
        }
        for part in &answer.node.parts {
            walk.node(part);
        }
        walk.found
    }

    /// What a reader should know of the results: several in the window, one that came too late, a conflict.
    pub(super) fn say_of_results(&self, answer: &Answer<'_>, finding: &mut Finding) {
        finding.notes.extend(answer.place.remarks.iter().cloned());
        finding.missing.extend(answer.place.wanted.iter().cloned());
        let mut lacks = Vec::new();
        each(&answer.node, &mut |node| {
            lacks.extend(node.lacks.iter());
            // What is unknown was not worked out by a formula.
            let unknown = !node.is_truth() && node.valued().may_be.is_empty();
            for note in node.notes.iter().filter(|note| !(unknown && **note == Note::Derived)) {
                let of = node.used.iter().find_map(|used| match used {
                    Used::Result(of, _) if *note == Note::Conflict => Some(*of),
                    _ => None,
                });
                let of = of.map(|of| format!(" of {of}")).unwrap_or_default();
                finding.notes.extend(explain::note(note).map(|text| text + &of));
            }
        });
        let first = self.baseline().map_or(i64::MIN, |baseline| baseline.day);
        for lack in lacks {
            let Lack::Result { of, within } = lack else { continue };
            if within.last_day() <= first {
                continue;
            }
            let days = self.record.results.get(of).into_iter().flatten().map(|result| result.when.span);
            let away = |span: &Span| (within.from - span.to).max(span.from - within.to).max(0);
            let later = days.filter(|span| span.is_one_day() && span.first_day() > first && away(span) > 0);
            if let Some(nearest) = later.min_by_key(away) {
                let days = away(&nearest).div_euclid(DAY) + 1;
                let side = if nearest.from > within.to { "after" } else { "before" };
                let word = if days == 1 { "day" } else { "days" };
                finding.notes.push(format!(
                    "{of} of {} lies {days} {word} {side} the window, and is not used",
                    date(nearest.first_day())
                ));
            }
        }
        say_of_entries(answer, finding);
        self.say_of_doubles(answer, finding);
        super::dedup(&mut finding.notes);
    }

    fn say_of_doubles(&self, answer: &Answer<'_>, finding: &mut Finding) {
        let Some((from, to)) = &answer.place.window else { return };
        let mut said = BTreeSet::new();
        let mut results = Vec::new();
        each(&answer.node, &mut |node| {
            results.extend(node.used.iter().filter_map(|used| match used {
                Used::Result(of, result) => Some((*of, result.when.span)),
                _ => None,
            }));
        });
        for (of, used) in results {
            let inside = |span: &Span| {
                let day = date(span.first_day());
                span.is_one_day() && *from <= day && day <= *to
            };
            if !inside(&used) || !said.insert(of) {
                continue;
            }
            let all = self.record.results.get(of).into_iter().flatten().map(|result| result.when.span);
            let days: BTreeSet<i64> = all.filter(inside).map(Span::first_day).collect();
            if days.len() > 1 {
                let shown: Vec<String> = days.iter().map(|day| date(*day)).collect();
                finding.notes.push(format!(
                    "{of} was measured on {} days of the window ({}): that of {} counts",
                    days.len(),
                    shown.join(", "),
                    date(used.first_day())
                ));
            }
        }
    }
}

/// Entries of a drug that are alike: a dose adds them up, and a reader should know that there are several.
fn say_of_entries(answer: &Answer<'_>, finding: &mut Finding) {
    let mut entries: Vec<&Occurrence> = Vec::new();
    each(&answer.node, &mut |node| {
        let is_dose = match node.about {
            About::Value(value) => matches!(value.kind, ValueKind::DailyDose { .. } | ValueKind::TotalDose { .. }),
            _ => false,
        };
        for used in node.used.iter().filter(|_| is_dose) {
            if let Used::Occurrence(one) = used
                && !entries.iter().any(|known| std::ptr::eq(*known, *one))
            {
                entries.push(one);
            }
        }
    });
    for (at, one) in entries.iter().enumerate() {
        let alike = entries.iter().filter(|other| *other == one).count();
        let first = entries.iter().position(|other| other == one) == Some(at);
        if alike > 1 && first {
            finding.notes.push(format!("{} is recorded {alike} times, and counts so often", one.written));
        }
    }
}

/// Goes through a node and all that it holds.
fn each<'n, 'a>(node: &'n Node<'a>, found: &mut impl FnMut(&'n Node<'a>)) {
    found(node);
    node.parts.iter().for_each(|part| each(part, found));
}

/// The last day of the results and events that a node rests on.
pub(super) fn last_fact(node: &Node<'_>) -> Option<i64> {
    let mut last = None;
    each(node, &mut |node| {
        let days = node.used.iter().filter_map(|used| match used {
            Used::Result(_, result) => Some(result.when.span.last_day()),
            Used::Occurrence(occurrence) => Some(occurrence.start.last_day()),
            Used::Absence(_) | Used::Complete(..) | Used::Anchor(..) | Used::Answer(..) | Used::Birth(_) => None,
        });
        last = last.max(days.max());
    });
    last
}

struct Walk<'w, 'p> {
    evaluator: &'w Evaluator<'p>,
    words: Words<'w>,
    found: Vec<Measured>,
}

impl<'p> Walk<'_, 'p> {
    fn node(&mut self, node: &Node<'p>) {
        match (node.about, node.parts.as_slice()) {
            (About::Value(value), [now, before]) if is_change(value) && !node.is_truth() => {
                self.pair(part_of(value), now, Some(before));
            }
            (about, [now, before]) if is_moved(about, node, now, before) => match (about, now.about) {
                (About::Value(value), _) | (_, About::Value(value)) => {
                    self.pair(moved(about).unwrap_or(value), now, Some(before));
                }
                _ => {}
            },
            (About::Value(value), parts) if !node.is_truth() && is_leaf(value) => {
                self.pair(value, node, None);
                parts.iter().for_each(|part| self.node(part));
            }
            _ => node.parts.iter().for_each(|part| self.node(part)),
        }
    }

    fn pair(&mut self, value: &'p Value, now: &Node<'p>, before: Option<&Node<'p>>) {
        let own = self.words.value(value);
        // Of several measures the one that is followed.
        let followed = match now.about {
            About::Value(one) if one != value => Some(self.words.value(one)).filter(|one| *one != own),
            _ => None,
        };
        let what = followed.map_or(own.clone(), |one| format!("{own}: {one}"));
        let daily = is_daily(value);
        let read = |node: &Node<'p>| {
            let mut reading = reading(node);
            if daily && one_number(&node.valued()).is_some() {
                reading.text.push_str("/d");
            }
            reading
        };
        let found = read(now);
        // What two sentences ask of is said once.
        if self.found.iter().any(|known| known.what == what && known.value == found) {
            return;
        }
        let baseline = before.map(read);
        let mut change = before.and_then(|before| self.change(value, now, before));
        if let Some(change) = change.as_mut().filter(|_| daily) {
            change.absolute.push_str("/d");
        }
        self.found.push(Measured { what, value: found, baseline, change });
    }

    fn change(&self, value: &Value, now: &Node<'p>, before: &Node<'p>) -> Option<Change> {
        let (now, before) = (now.valued(), before.valued());
        let (difference, unit) = one_number(&change(&now, &before, false))?;
        let percent = one_number(&change(&now, &before, true)).map(|(number, _)| format!("{} %", signed(&number)));
        let better = self.evaluator.better(value);
        let direction = match (difference.is_zero(), difference.is_positive(), better) {
            (true, _, _) => Direction::Same,
            (false, true, Some(Better::Higher)) | (false, false, Some(Better::Lower)) => Direction::Better,
            (false, true, Some(Better::Lower)) | (false, false, Some(Better::Higher)) => Direction::Worse,
            (false, true, None) => Direction::Up,
            (false, false, None) => Direction::Down,
        };
        let written = unit.to_string();
        let space = if written.is_empty() || written == "1" { String::new() } else { format!(" {written}") };
        Some(Change { absolute: format!("{}{space}", signed(&difference)), percent, direction: Some(direction) })
    }
}

/// Whether a value is an amount a day, or how far two of them lie apart.
pub(super) fn is_daily(value: &Value) -> bool {
    match &value.kind {
        ValueKind::DailyDose { .. } => true,
        ValueKind::Change { of, relative: false } => is_daily(of),
        _ => false,
    }
}

fn is_change(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Change { .. })
}

/// The value that a truth asks the change of.
fn moved(about: About<'_>) -> Option<&Value> {
    match about {
        About::Truth(truth) => match &truth.kind {
            TruthKind::Asked { value, .. } => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn part_of(value: &Value) -> &Value {
    match &value.kind {
        ValueKind::Change { of, .. } => of,
        _ => value,
    }
}

/// Two values, of which a truth asks how far they lie apart.
fn is_moved(about: About<'_>, node: &Node<'_>, now: &Node<'_>, before: &Node<'_>) -> bool {
    let same = match (now.about, before.about) {
        (About::Value(a), About::Value(b)) => a == b,
        _ => false,
    };
    let asked = match about {
        About::Truth(truth) => match &truth.kind {
            TruthKind::Asked { ask, .. } => matches!(**ask, Ask::Moved { .. }),
            _ => false,
        },
        About::Value(_) => true,
        _ => false,
    };
    node.is_truth() && same && asked
}

/// What is shown as one value, whatever it rests on.
fn is_leaf(value: &Value) -> bool {
    match value.kind.basis() {
        Basis::Read | Basis::Named | Basis::WorkedOut => true,
        Basis::Difference | Basis::Formula => false,
    }
}

fn reading(node: &Node<'_>) -> Reading {
    let mut dates = BTreeSet::new();
    each(node, &mut |node| {
        for used in &node.used {
            if let Used::Result(_, result) = used {
                dates.insert(result.when.to_string());
            }
        }
    });
    let value = node.valued();
    let text = if value.may_be.is_empty() { "unknown".to_owned() } else { explain::valued(&value) };
    Reading { text, dates: dates.into_iter().collect() }
}

/// The one number that a value is.
pub(super) fn one_number(value: &Valued) -> Option<(BigRational, Unit)> {
    match value.may_be.as_slice() {
        [Thing::Number(interval, unit)] if !value.unknown => Some((interval.exact()?.clone(), unit.clone())),
        _ => None,
    }
}

/// With its sign; two places of what has no end, cut off and not rounded, so that nothing seems to reach a limit.
pub(super) fn signed(number: &BigRational) -> String {
    let sign = if number.is_positive() { "+" } else { "" };
    format!("{sign}{}", short(number))
}

pub(super) fn short(number: &BigRational) -> String {
    let (above, below) = match small(number) {
        // A product with ten thousand is no longer than a word of 128 bits.
        Some((above, below)) if above * 10_000 % below == 0 => return decimal(number),
        Some((above, below)) => (BigInt::from(above * 100 / below), BigInt::from(100)),
        None => {
            let ten_thousand = BigRational::from_integer(BigInt::from(10_000));
            if (number * ten_thousand).is_integer() {
                return decimal(number);
            }
            let hundred = BigInt::from(100);
            ((number * BigRational::from_integer(hundred.clone())).trunc().to_integer(), hundred)
        }
    };
    format!("{}…", decimal(&BigRational::new(above, below)))
}
