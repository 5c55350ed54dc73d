//! The calendar of a participant whose record is there: rules are asked of it, epochs end, cycles wait.
//!
//! Rules are asked on each day on which a dose is due, up to the day of the record; what lies behind it is planned as things
//! stand then (`docs/language.md`, section 9).

mod asking;

use std::collections::BTreeMap;

use super::amount::{Change, Steps};
use super::body::Measures;
use super::calendar::{Book, PlannedDose, Shelf, State};
use super::days::{Delay, Sheet, Slot, TooManyDoses};
use super::plan::{Plan, Step};
use super::row::date;
use crate::evaluate::Kleene;
use crate::ir::{Ask, RuleEffect, Treatment, Truth, TruthKind, ValueKind};
use crate::record::{Dated, FUTURE, Reader, Record, When};

use asking::Asking;
pub use asking::{Answer, rule_words};

/// The doses of one participant, and what became of the plan.
#[derive(Debug)]
pub struct Course<'t> {
    pub sheet: Sheet<'t>,
    pub doses: Vec<PlannedDose>,
    /// The last day that the record speaks of.
    pub as_of: i64,
    /// What there is to know of it as a whole.
    pub remarks: Vec<String>,
}

/// What is known of a line on its way.
#[derive(Clone, Debug, Default)]
struct Standing {
    change: Change,
    stopped: bool,
    /// Steps of titration that were looked at, and how many of them were taken.
    seen: u32,
    steps: (u32, u32),
    /// Why the amount is another than the first.
    because: Vec<String>,
}

/// What is to be done with a dose.
enum Decision {
    /// With what rules make of its amount.
    Give {
        open: Vec<String>,
        lower: Vec<(Change, String)>,
    },
    Hold {
        rule: usize,
        why: String,
    },
    Stop {
        why: String,
    },
}

/// Which rules are asked, and what it means that an answer is unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// All, of a record: what is unknown leaves the dose open.
    All,
    /// Those about the body alone, of what was said of it; the others wait for a record.
    OfBody,
}

struct Following<'c, 't> {
    plan: &'c Plan<'t>,
    asking: Asking<'c>,
    book: Book<'c, 't>,
    as_of: i64,
    lines: Vec<Standing>,
    /// Holds in force, by rule and line: since when.
    holds: BTreeMap<(usize, usize), i64>,
    /// Cycles that wait for a hold that has not ended: of a node, from this cycle on.
    waiting: BTreeMap<usize, (u32, String)>,
    doses: Vec<PlannedDose>,
    asked: Asked,
}

/// The last day that a record speaks of: its own, or else that of its latest fact.
#[must_use]
pub fn last_day(record: &Record) -> Option<i64> {
    let results = record.results.values().flatten().map(|result| result.when.span.to);
    let events = record.occurrences.values().flatten().flat_map(|occurrence| [occurrence.start.to, occurrence.end.to]);
    let anchors = record.anchors.values().filter(|dated| !dated.planned).map(|dated| dated.when.span.to);
    let visits = record.visits.values().filter(|dated| !dated.planned).map(|dated| dated.when.span.to);
    let latest = results.chain(events).chain(anchors).chain(visits).filter(|moment| *moment < FUTURE).max();
    record.as_of.or_else(|| latest.map(|moment| moment.div_euclid(crate::record::DAY)))
}

/// The plan of an arm under its rules, as far as the record tells.
///
/// # Errors
/// Where there are more doses than can be.
pub fn follow<'c, 't>(
    plan: &'c Plan<'t>,
    (start, to): (i64, Option<i64>),
    measures: &Measures,
    (reader, record): (&'c Reader<'c>, &Record),
) -> Result<Course<'t>, TooManyDoses> {
    let mut record = record.clone();
    let as_of = last_day(&record).unwrap_or(start - 1);
    let day_1 = plan.trial.header.day_1.clone().unwrap_or_else(|| "first_dose".into());
    if start <= as_of {
        record.anchors.entry(day_1).or_insert(Dated { when: When::day(start), planned: false });
    }
    let asking = Asking { plan, reader, record, start, planned: BTreeMap::new() };
    let mut remarks = Vec::new();
    let ends = asking.ends(as_of, to, &mut remarks);
    let mut sheet = Sheet::under(plan, start, to, &[], &ends)?;
    let mut following = Following::new((plan, measures), asking, as_of, (Asked::All, &sheet));
    let mut delays: Vec<Delay> = Vec::new();
    let mut next = 0;
    while let Some(slot) = sheet.slots.get(next).copied() {
        next += 1;
        let Some(delay) = following.slot(&slot, &sheet) else { continue };
        delays.push(delay);
        sheet = Sheet::under(plan, start, to, &delays, &ends)?;
        next = sheet
            .slots
            .partition_point(|later| later.day <= slot.day && (later.day, later.line) <= (slot.day, slot.line));
    }
    Ok(Course { sheet, doses: following.doses(), as_of, remarks })
}

/// The plan of an arm for a participant of whom nothing is known but the body: rules about weight, height and surface are
/// asked of a record that holds these, and no other rule is.
///
/// # Errors
/// Where there are more doses than can be.
pub fn follow_body<'c, 't>(
    plan: &'c Plan<'t>,
    (start, to): (i64, Option<i64>),
    measures: &Measures,
    (reader, record): (&'c Reader<'c>, &Record),
) -> Result<Course<'t>, TooManyDoses> {
    let sheet = Sheet::new(plan, start, to)?;
    let as_of = sheet.slots.iter().map(|slot| slot.day).max().unwrap_or(start);
    let asking = Asking { plan, reader, record: record.clone(), start, planned: BTreeMap::new() };
    let mut following = Following::new((plan, measures), asking, as_of, (Asked::OfBody, &sheet));
    for slot in &sheet.slots {
        following.of_body(slot);
    }
    Ok(Course { sheet, doses: following.doses(), as_of, remarks: Vec::new() })
}

impl<'c, 't> Following<'c, 't> {
    fn new(
        (plan, measures): (&'c Plan<'t>, &Measures),
        asking: Asking<'c>,
        as_of: i64,
        (asked, sheet): (Asked, &Sheet),
    ) -> Self {
        let mut book = Book::new(plan, measures, &Shelf::default());
        Self {
            plan,
            asking,
            as_of,
            lines: vec![Standing::default(); plan.lines.len()],
            holds: BTreeMap::new(),
            waiting: BTreeMap::new(),
            doses: sheet.standing.iter().map(|standing| book.standing(standing)).collect(),
            book,
            asked,
        }
    }

    /// In the order of their days.
    fn doses(mut self) -> Vec<PlannedDose> {
        self.doses.sort_by_key(|dose| (dose.day, dose.line));
        self.doses
    }

    /// One planned dose, under the rules about the body.
    fn of_body(&mut self, slot: &Slot) {
        if self.lines.get(slot.line).is_some_and(|line| line.stopped) {
            return;
        }
        match self.decide(slot) {
            Decision::Give { open, lower } => {
                self.lower(slot, lower);
                self.give(slot, open);
            }
            Decision::Stop { why } => self.stop(slot, &why),
            Decision::Hold { why, .. } => self.refuse(slot, State::Held, why),
        }
    }

    /// One planned dose. A hold on the first dose of a cycle delays it.
    fn slot(&mut self, slot: &Slot, sheet: &Sheet<'t>) -> Option<Delay> {
        if self.lines.get(slot.line).is_some_and(|line| line.stopped) {
            return None;
        }
        if slot.day > self.as_of {
            self.ahead(slot);
            return None;
        }
        let node = self.node(slot.line);
        if let Some(node) = node.filter(|node| is_first_of_cycle(slot, *node, sheet, self.plan)) {
            // All that the cycle begins with waits for the one that is held.
            for other in sheet.slots.iter().filter(|other| other.day == slot.day && other.cycle == slot.cycle) {
                if self.node(other.line) != Some(node) || self.lines.get(other.line).is_some_and(|line| line.stopped) {
                    continue;
                }
                if let Decision::Hold { rule, why } = self.decide(other) {
                    if let Some(delay) = self.delay(other, node, (rule, why)) {
                        return Some(delay);
                    }
                    break;
                }
            }
        }
        // A cycle that waits has said so at the dose that is held.
        if self.doses.iter().any(|dose| (dose.day, dose.line) == (slot.day, slot.line) && dose.state == State::Held) {
            return None;
        }
        match self.decide(slot) {
            Decision::Give { open, lower } => {
                self.lower(slot, lower);
                self.give(slot, open);
            }
            Decision::Stop { why } => self.stop(slot, &why),
            Decision::Hold { rule, why } => {
                self.holds.entry((rule, slot.line)).or_insert(slot.day);
                self.refuse(slot, State::Held, why);
            }
        }
        None
    }

    fn node(&self, line: usize) -> Option<usize> {
        let line = self.plan.lines.get(line)?;
        line.path.iter().rev().find_map(|step| match step {
            Step::Cycle { node, .. } => Some(*node),
            Step::Phase { .. } => None,
        })
    }

    /// A cycle whose first dose is held begins on the day on which the hold ends.
    fn delay(&mut self, slot: &Slot, node: usize, (rule, why): (usize, String)) -> Option<Delay> {
        let end = (slot.day + 1..=self.as_of).find(|day| self.asking.has_ended(rule, slot.line, *day));
        if let Some(end) = end {
            self.refuse(slot, State::Held, format!("{why}; the cycle begins on {}", date(end)));
            return Some(Delay { node, cycle: slot.cycle, days: end - slot.day });
        }
        self.refuse(slot, State::Held, format!("{why}; not ended by {}", date(self.as_of)));
        let waits = format!("waits for the end of the hold of {}", date(slot.day));
        self.waiting.insert(node, (slot.cycle, waits));
        None
    }

    /// What the rules say of a dose.
    fn decide(&mut self, slot: &Slot) -> Decision {
        if let Some((cycle, why)) = self.node(slot.line).and_then(|node| self.waiting.get(&node))
            && slot.cycle >= *cycle
        {
            return Decision::Give { open: vec![why.clone()], lower: Vec::new() };
        }
        let mut open = Vec::new();
        let (mut hold, mut lower): (Option<Decision>, Vec<(Change, String)>) = (None, Vec::new());
        for (at, placed) in self.asking.rules_of(slot.line) {
            if self.asked == Asked::OfBody && !of_body(&placed.when) {
                continue;
            }
            if let Some(since) = self.holds.get(&(at, slot.line)).copied() {
                if !(since + 1..=slot.day).any(|day| self.asking.has_ended(at, slot.line, day)) {
                    let why = format!("still held since {}: {}", date(since), self.asking.words(at));
                    hold.get_or_insert(Decision::Hold { rule: at, why });
                    continue;
                }
                self.holds.remove(&(at, slot.line));
            }
            let Answer { state, why } = self.asking.rule(at, slot.line, slot.day);
            match (state, &placed.effect) {
                (Kleene::NotMet, _) => {}
                (Kleene::Unknown, _) => open.extend(Some(why).filter(|_| self.asked == Asked::All)),
                (Kleene::Met, RuleEffect::Stop) => return Decision::Stop { why },
                (Kleene::Met, RuleEffect::Hold { .. }) => {
                    if !self.asking.has_ended(at, slot.line, slot.day) {
                        hold.get_or_insert(Decision::Hold { rule: at, why });
                    }
                }
                (
                    Kleene::Met,
                    RuleEffect::ReduceByLevels(_)
                    | RuleEffect::ReduceByPercent(_)
                    | RuleEffect::ReduceBy(_)
                    | RuleEffect::ReduceTo(_)
                    | RuleEffect::AdjustTo(_),
                ) => {
                    let Some(line) = self.plan.lines.get(slot.line) else { continue };
                    let mut change = self.lines.get(slot.line).map(|line| line.change.clone()).unwrap_or_default();
                    match change.apply(&placed.effect, line.treatment) {
                        Ok(()) => lower.push((change, why)),
                        Err(_) => {
                            return Decision::Stop { why: format!("{why}; there is no lower level, so it is stopped") };
                        }
                    }
                }
            }
        }
        if let Some(hold) = hold {
            return hold;
        }
        Decision::Give { open, lower }
    }

    /// Of several reductions the lower dose.
    fn lower(&mut self, slot: &Slot, changes: Vec<(Change, String)>) {
        let steps = Steps { least: slot.steps, most: slot.steps };
        let amount =
            |change: &Change| self.book.worked(slot, change, steps).worked.dose.clone().ok().map(|ends| ends.high);
        // A dose that a person decides comes before every number.
        let lowest = changes.into_iter().min_by_key(|(change, _)| amount(change));
        let Some((change, why)) = lowest else { return };
        // The same treatment in another epoch goes on with what it has come to.
        let treatment = self.plan.lines.get(slot.line).map(|line| line.treatment);
        for (line, state) in self.plan.lines.iter().zip(&mut self.lines) {
            if treatment.is_some_and(|treatment| std::ptr::eq(treatment, line.treatment)) {
                state.change = change.clone();
                state.because.push(format!("from {} on: {why}", date(slot.day)));
            }
        }
    }

    fn give(&mut self, slot: &Slot, open: Vec<String>) {
        let steps = self.steps(slot);
        let line = self.lines.get(slot.line).cloned().unwrap_or_default();
        let shown = self.book.worked(slot, &line.change, steps);
        let mut dose = self.book.add(slot, &shown);
        if !open.is_empty() {
            dose.state = State::Open;
        }
        dose.notes = line.because;
        dose.notes.extend(open);
        self.asking.planned.insert(slot.line, slot.day);
        self.doses.push(dose);
    }

    /// Behind the day of the record nothing is asked.
    fn ahead(&mut self, slot: &Slot) {
        let held = self.holds.iter().find(|((_, line), _)| *line == slot.line);
        let held = held.map(|(_, since)| format!("held since {}: not ended by {}", date(*since), date(self.as_of)));
        let waits = self.node(slot.line).and_then(|node| self.waiting.get(&node));
        let waits = waits.filter(|(cycle, _)| slot.cycle >= *cycle).map(|(_, why)| why.clone());
        self.give(slot, held.into_iter().chain(waits).collect());
    }

    fn stop(&mut self, slot: &Slot, why: &str) {
        // It is not given any more, in whichever epoch.
        let drug = self.plan.lines.get(slot.line).map(|line| &line.treatment.what);
        for (line, state) in self.plan.lines.iter().zip(&mut self.lines) {
            state.stopped |= Some(&line.treatment.what) == drug;
        }
        self.refuse(slot, State::Stopped, format!("{why}; none from this day on"));
    }

    /// A dose that is not given.
    fn refuse(&mut self, slot: &Slot, state: State, why: String) {
        let change = self.lines.get(slot.line).map(|line| line.change.clone()).unwrap_or_default();
        let shown = self.book.worked(slot, &change, Steps { least: slot.steps, most: slot.steps });
        self.doses.push(PlannedDose {
            day: slot.day,
            line: slot.line,
            times: slot.times,
            cycle: slot.cycle,
            state,
            shown,
            together: None,
            to: None,
            notes: vec![why],
            given: None,
        });
    }

    /// The steps of titration that were taken: each is asked about on the day of the first dose that it is due for.
    fn steps(&mut self, slot: &Slot) -> Steps {
        let titration = self.plan.lines.get(slot.line).and_then(|line| {
            let treatment: &'t Treatment = line.treatment;
            treatment.titration.as_ref()
        });
        let Some(when) = titration.and_then(|titration| titration.when.as_ref()) else {
            return Steps { least: slot.steps, most: slot.steps };
        };
        let seen = self.lines.get(slot.line).map_or(0, |line| line.seen);
        let new = slot.steps.saturating_sub(seen);
        let (mut least, mut most) = (0, 0);
        let mut said = None;
        if new > 0 {
            let answer = if slot.day > self.as_of || self.asked == Asked::OfBody {
                Answer { state: Kleene::Unknown, why: String::new() }
            } else {
                self.asking.titration(when, slot.day)
            };
            match answer.state {
                Kleene::Met => (least, most) = (new, new),
                Kleene::NotMet => said = Some(answer.why),
                Kleene::Unknown => {
                    most = new;
                    said = Some(answer.why).filter(|why| !why.is_empty());
                }
            }
        }
        let Some(line) = self.lines.get_mut(slot.line) else { return Steps { least: 0, most: 0 } };
        line.seen = slot.steps;
        line.steps = (line.steps.0 + least, line.steps.1 + most);
        line.because.extend(said.map(|why| format!("on {}: {why}", date(slot.day))));
        Steps { least: line.steps.0, most: line.steps.1 }
    }
}

/// Whether a condition speaks of the body alone: of weight, height or surface.
#[must_use]
pub fn of_body(truth: &Truth) -> bool {
    if let TruthKind::All(parts) | TruthKind::Any(parts) = &truth.kind {
        return parts.iter().all(|part| part.when.is_none() && of_body(&part.body));
    }
    if let TruthKind::Not(inner) = &truth.kind {
        return of_body(inner);
    }
    let TruthKind::Asked { value, ask } = &truth.kind else { return false };
    let ValueKind::Result { of, .. } = &value.kind else { return false };
    let plain = match &**ask {
        Ask::Compare { to, instead, .. } => instead.is_empty() && matches!(to.kind, ValueKind::Quantity(_)),
        Ask::InRange { instead, .. } => instead.is_empty(),
        Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => false,
    };
    plain && matches!(of.as_str(), "weight" | "height" | "BSA")
}

/// Whether a dose is on the first day of its cycle.
fn is_first_of_cycle(slot: &Slot, node: usize, sheet: &Sheet<'_>, plan: &Plan<'_>) -> bool {
    let same = |line: usize| {
        plan.lines.get(line).is_some_and(|line| {
            line.path.iter().any(|step| matches!(step, Step::Cycle { node: other, .. } if *other == node))
        })
    };
    let mut of_cycle = sheet.slots.iter().filter(|other| other.cycle == slot.cycle && same(other.line));
    of_cycle.next().is_some_and(|first| first.day == slot.day)
}
