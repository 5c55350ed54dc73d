//! Counts, rates and lines of treatment.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::frame::Times;
use super::history::{Tests, touches};
use super::interval::{End, Interval};
use super::lack::Detail;
use super::node::{About, Node, State, Used, Valued};
use super::{Context, Evaluator, Frame, Kleene};
use crate::ir::value::Events;
use crate::ir::{ConceptId, Duration, TimeUnit, Window};
use crate::record::{DAY, Kinship, Occurrence};
use crate::units::Unit;

/// A drug that begins within so many days after a line belongs to it: docs/language.md, "Lines of treatment".
const ONE_LINE: i64 = 28;
/// Of more courses with open dates than this not every way in which they may fall is tried.
const MOST_VAGUE: usize = 10;

impl<'a> Evaluator<'a> {
    /// How many of these have a day in the time: at least, and at most where the record is complete.
    pub(super) fn count_of(&self, of: &'a Events, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let times = match self.times(context, None) {
            Ok(times) => times,
            Err(lack) => return Node::no_value(about, lack),
        };
        self.number_in(of, &times, about, context)
    }

    fn number_in(&self, of: &'a Events, times: &Times, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let mut node = Node::value(about, Valued::default(), Vec::new());
        let (mut sure, mut possible) = (0, 0);
        for (occurrence, state) in self.matching(of, times, context, &mut node) {
            node.used.push(Used::Occurrence(occurrence));
            possible += 1;
            if state == Kleene::Met {
                sure += 1;
            }
        }
        let mut interval = Interval::between(number(sure), number(possible));
        self.lower_bound(of, times, &mut interval, &mut node);
        node.notes.extend(times.notes.iter().cloned());
        node.state = State::Value(Valued::number(interval, Unit::one()));
        node
    }

    /// Every occurrence that belongs to the time, or may; one that is recorded twice with the same days once.
    fn matching(
        &self,
        of: &'a Events,
        times: &Times,
        context: &Context<'a>,
        node: &mut Node<'a>,
    ) -> Vec<(&'a Occurrence, Kleene)> {
        let tests = Tests { route: of.route, with: &of.with, due_to: of.due_to.as_ref() };
        let mut found: Vec<(&'a Occurrence, Kleene)> = Vec::new();
        for class in &of.events {
            for occurrence in self.occurrences(&class.event) {
                let judged = self.belongs(occurrence, class, tests, context);
                let mut state = judged.state.and(touches(occurrence, times));
                let again = |(known, _): &(&Occurrence, Kleene)| {
                    known.of == occurrence.of && (known.start, known.end) == (occurrence.start, occurrence.end)
                };
                if state == Kleene::NotMet {
                    continue;
                }
                if found.iter().any(again) {
                    if occurrence.start.is_one_day() && occurrence.end.is_one_day() {
                        continue;
                    }
                    // Two of one month may be one that is recorded twice.
                    state = Kleene::Unknown;
                    node.lacks.push(super::frame::detail(occurrence, Detail::Date));
                }
                node.lacks.extend(judged.lacks);
                found.push((occurrence, state));
            }
        }
        found
    }

    /// A record that is not complete may hold fewer than there were.
    fn lower_bound(&self, of: &'a Events, times: &Times, interval: &mut Interval, node: &mut Node<'a>) {
        for class in &of.events {
            match self.silence(&class.event, times) {
                Ok(used) => node.used.extend(used),
                Err(lack) => {
                    interval.high = End::Open;
                    node.lacks.push(lack);
                }
            }
        }
    }

    /// Events per length of time.
    pub(super) fn rate_of(&self, of: &'a Events, per: &Duration, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let times = match self.times(context, None) {
            Ok(times) => times,
            Err(lack) => return Node::no_value(about, lack),
        };
        let mut node = self.number_in(of, &times, about, context);
        let Some((interval, _)) = super::lists::hull_of(&node.valued()) else { return node };
        let code = code_of_time(per.unit);
        // Over a time that is not known only none are as many a year, whatever that is.
        let is_open = matches!(context.window, Some(Frame::From(_)));
        if is_open && interval.exact().is_none_or(|number| *number != self::number(0)) {
            node.state = State::Value(Valued::unknown());
            return node;
        }
        let length = window_length(context, per.unit).or_else(|| days_in(&times, code, counts_both_ends(context)));
        let unit = Unit::parse(code).map(|unit| Unit::one().divide(&unit));
        node.state = State::Value(match (length, unit) {
            (Some(length), Ok(unit)) if length > number(0) => {
                Valued::number(interval.times(&Interval::exactly(length.recip())), unit)
            }
            _ => Valued::unknown(),
        });
        node
    }

    /// Distinct consecutive treatments.
    pub(super) fn lines_of(&self, of: &'a Events, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let times = match self.times(context, None) {
            Ok(times) => times,
            Err(lack) => return Node::no_value(about, lack),
        };
        let mut node = Node::value(about, Valued::default(), Vec::new());
        let matching = self.matching(of, &times, context, &mut node);
        let sure = matching.iter().all(|(occurrence, state)| {
            let finest = of.events.iter().any(|class| {
                self.reader.family.kinship(&occurrence.of, &class.event) == Kinship::Is
                    && !self.reader.family.is_class(&occurrence.of)
            });
            *state == Kleene::Met && finest
        });
        node.used.extend(matching.iter().map(|(course, _)| Used::Occurrence(course)));
        let vague: Vec<&Occurrence> =
            matching.iter().map(|(course, _)| *course).filter(|course| !course.start.is_one_day()).collect();
        let mut interval = if sure && vague.len() <= MOST_VAGUE {
            let counts = (0..1_usize << vague.len()).map(|late| lines_if(&matching, &vague, late));
            let counts: Vec<i64> = counts.collect();
            let (least, most) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
            if least != most {
                node.lacks.extend(vague.iter().map(|course| super::frame::detail(course, Detail::Date)));
            }
            Interval::between(number(least), number(most))
        } else {
            // However the open dates and kinds fall out: one line at least if there was any, and no more than courses.
            let certain = matching.iter().any(|(_, state)| *state == Kleene::Met);
            node.lacks.extend(matching.iter().map(|(course, _)| super::frame::detail(course, Detail::Date)));
            Interval::between(number(i64::from(certain)), number(i64::try_from(matching.len()).unwrap_or(i64::MAX)))
        };
        self.lower_bound(of, &times, &mut interval, &mut node);
        node.state = State::Value(Valued::number(interval, Unit::one()));
        node
    }
}

/// A unit of time, as UCUM has it.
pub(crate) fn code_of_time(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Minutes => "min",
        TimeUnit::Hours => "h",
        TimeUnit::Days | TimeUnit::HalfLives | TimeUnit::Cycles => "d",
        TimeUnit::Weeks => "wk",
        TimeUnit::Months => "mo",
        TimeUnit::Years => "a",
    }
}

/// The lines where those of the open dates whose bit is set are as late as they may be, and the others as early.
fn lines_if(matching: &[(&Occurrence, Kleene)], vague: &[&Occurrence], late: usize) -> i64 {
    let begun = |course: &Occurrence| match vague.iter().position(|one| std::ptr::eq(*one, course)) {
        Some(at) if late >> at & 1 == 1 => course.start.last_day(),
        _ => course.start.first_day(),
    };
    let mut courses: Vec<(i64, &ConceptId)> = matching.iter().map(|(course, _)| (begun(course), &course.of)).collect();
    courses.sort();
    lines(&courses)
}

/// The lines of courses in the order of their first days.
fn lines(courses: &[(i64, &ConceptId)]) -> i64 {
    let mut count = 0;
    let mut line: Vec<&ConceptId> = Vec::new();
    let mut began = i64::MIN / 2;
    for (day, drug) in courses {
        if line.contains(drug) {
            continue;
        }
        if count > 0 && *day <= began + ONE_LINE {
            line.push(drug);
            continue;
        }
        count += 1;
        began = *day;
        line = vec![drug];
    }
    count
}

fn number(number: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

/// The length that a window itself is written with, where it is in the unit asked for.
fn window_length(context: &Context<'_>, unit: TimeUnit) -> Option<BigRational> {
    let Some(Frame::Written(Window::Within { reach, .. })) = &context.window else { return None };
    match reach.lengths.as_slice() {
        [one] if one.unit == unit => Some(one.value.rational()),
        _ => None,
    }
}

/// From one day to another is both of them and what lies between; `within 4 weeks` is 28 days.
fn counts_both_ends(context: &Context<'_>) -> i64 {
    match &context.window {
        Some(Frame::Written(Window::Between { .. } | Window::DuringEpoch { .. })) => 1,
        _ => 0,
    }
}

fn days_in(times: &Times, unit: &str, ends: i64) -> Option<BigRational> {
    let days: i64 = times.pieces.iter().map(|piece| (piece.may.to - piece.may.from) / DAY + ends).sum();
    let day = Unit::parse("d").ok()?;
    day.convert(&number(days), &Unit::parse(unit).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of docs/language.md: carboplatin and pemetrexed a week apart are one line, maintenance goes on with it,
    /// docetaxel half a year later is the second.
    #[test]
    fn a_combination_is_one_line() {
        let (carboplatin, pemetrexed, docetaxel) =
            (ConceptId::from("carboplatin"), ConceptId::from("pemetrexed"), ConceptId::from("docetaxel"));
        assert_eq!(lines(&[(0, &carboplatin), (7, &pemetrexed), (90, &pemetrexed), (180, &docetaxel)]), 2);
        assert_eq!(lines(&[(0, &carboplatin), (28, &pemetrexed)]), 1);
        assert_eq!(lines(&[(0, &carboplatin), (29, &pemetrexed)]), 2);
        assert_eq!(lines(&[]), 0);
    }
}
