//! Criteria that a batch asks of one patient after the other: its columns give the facts of a row, and the program for one
//! patient says what the criterion is. No chart is made for it.

use super::value::digits_of;
use super::{Bits, Coded, Dates, FUTURE, Facts, PAST, Program, Said, Standings};
use crate::ir::Route;
use crate::plan::facts::{self, Cause};
use crate::plan::run::Run;
use crate::plan::{ConceptAt, Number, Rule, Way};
use crate::record::{self, DAY, Span};

/// Puts what the other criteria are that the plan says, of those who are not lost.
pub(super) fn one_by_one(program: &Program<'_>, facts: &Facts, rules: &mut [Option<Standings>], lost: &mut Bits) {
    let plan = program.plan;
    let mut asked: Vec<(&Rule, &mut Option<Standings>)> =
        plan.rules.iter().zip(rules).filter(|(rule, found)| found.is_none() && is_planned(rule)).collect();
    if asked.is_empty() {
        return;
    }
    let nobody = Standings { met: Bits::NONE, unknown: Bits::NONE, not_applicable: Bits::NONE };
    asked.iter_mut().for_each(|(_, found)| **found = Some(nobody));
    for row in (Bits::first(facts.rows) & !*lost).rows() {
        let own = facts.of(row);
        let mut run = Run::new(plan, &own);
        for (rule, found) in &mut asked {
            if let (Ok(state), Some(found)) = (run.rule(rule), found.as_mut()) {
                found.put(row, state);
            } else {
                lost.set(row);
                break;
            }
        }
    }
}

fn is_planned(rule: &Rule) -> bool {
    match rule.way {
        Way::Planned { .. } => true,
        Way::Reference(_) => false,
    }
}

impl Facts {
    /// Those of one patient.
    fn of(&self, row: usize) -> facts::Facts {
        let complete_to = moment(self.said_to.get(row).copied().unwrap_or(PAST));
        facts::Facts {
            birth: self
                .birth
                .as_ref()
                .and_then(|(first, last)| Some(Span::days(first.of(row)?, i64::from(last.get(row).copied()?)))),
            as_of: self.as_of.as_ref().and_then(|dates| dates.of(row)),
            anchors: self.anchors.iter().filter_map(|anchor| anchor.of(row)).collect(),
            results: self.results.iter().filter_map(|result| result.of(row)).collect(),
            occurrences: self.occurrences.iter().filter_map(|one| one.of(row)).collect(),
            absences: self.occurrences.iter().filter_map(|one| one.absence(row)).collect(),
            complete: self
                .complete
                .iter()
                .filter(|(_, complete)| complete.has(row))
                .map(|(kind, _)| (*kind, Span::new(record::PAST, complete_to)))
                .collect(),
            unmapped: Vec::new(),
            answers: self
                .answers
                .iter()
                .map(|answer| answer.and_then(|(there, yes)| there.has(row).then_some(yes.has(row))))
                .collect(),
        }
    }
}

impl Dates {
    fn of(&self, row: usize) -> Option<i64> {
        if self.there.has(row) { self.day.get(row).copied().map(i64::from) } else { None }
    }
}

impl super::Anchor {
    fn of(&self, row: usize) -> Option<facts::Anchor> {
        let day = self.on.of(row)?;
        Some(facts::Anchor { event: self.event, span: Span::days(day, day), planned: self.planned.has(row) })
    }
}

impl super::Outcome {
    fn of(&self, row: usize) -> Option<facts::Outcome> {
        if !self.there.has(row) {
            return None;
        }
        let (said, is_rounded) = match &self.said {
            Said::Words(words) => (facts::Said::Word(*words.get(row)?), false),
            Said::Numbers { value, rounded } => {
                let is_rounded = rounded.has(row);
                (facts::Said::Exactly(number(*value.get(row)?, is_rounded)), is_rounded)
            }
        };
        let limit = |limits: &Option<super::Limits>| {
            let limits = limits.as_ref().filter(|limits| limits.there.has(row))?;
            Some(number(*limits.value.get(row)?, is_rounded))
        };
        Some(facts::Outcome {
            of: self.of,
            when: self.on.of(row).map_or(Span::EVER, |day| Span::days(day, day)),
            said,
            lower: limit(&self.lower),
            upper: limit(&self.upper),
        })
    }
}

impl super::Occurrence {
    fn of(&self, row: usize) -> Option<facts::Occurrence> {
        if !self.there.has(row) {
            return None;
        }
        let span = |(from, to): &(Vec<i32>, Vec<i32>)| Some(Span::new(moment(*from.get(row)?), moment(*to.get(row)?)));
        let code = |coded: &Option<Coded>| {
            let coded = coded.as_ref().filter(|coded| coded.there.has(row))?;
            coded.code.get(row).copied()
        };
        let cause = |coded: &Option<Coded>| match code(coded) {
            None => Cause::Unknown,
            Some(Coded::OTHER) => Cause::Other,
            Some(of) => Cause::Of(ConceptAt(of)),
        };
        Some(facts::Occurrence {
            of: self.of,
            start: span(&self.start)?,
            end: span(&self.end)?,
            single: self.single.has(row),
            grade: code(&self.grade).and_then(|grade| u8::try_from(grade).ok()),
            stage: code(&self.stage),
            histology: code(&self.histology),
            severity: code(&self.severity),
            cause: cause(&self.cause),
            reason: cause(&self.reason),
            route: code(&self.route).and_then(|route| Route::ALL.get(usize::try_from(route).ok()?).copied()),
            dose: self.dose.as_ref().and_then(|dose| dose.get(row).copied()).unwrap_or_default(),
        })
    }

    fn absence(&self, row: usize) -> Option<(ConceptAt, Span)> {
        let (absent, until) = self.absent.as_ref()?;
        if !absent.has(row) {
            return None;
        }
        Some((self.of, Span::new(record::PAST, moment(*until.get(row)?))))
    }
}

fn number(value: f64, is_rounded: bool) -> Number {
    Number { value, digits: if is_rounded { Number::ROUNDED } else { digits_of(value) } }
}

/// The beginning or the end of a day, in seconds.
fn moment(half: i32) -> i64 {
    if half <= PAST {
        return record::PAST;
    }
    if half >= FUTURE {
        return record::FUTURE;
    }
    let day = Span::days(i64::from(half.div_euclid(2)), i64::from(half.div_euclid(2)));
    if half.rem_euclid(2) == 0 { day.from } else { day.from + DAY - 1 }
}
