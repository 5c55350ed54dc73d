//! Counts of one patient: of different members of a class, of events, of lines of treatment.

use super::event::{Days, timing};
use super::number::{End, Interval};
use super::value::{Thing, Valued};
use super::{Deferred, Run};
use crate::evaluate::{Kleene, kleene};
use crate::ir::Verb;
use crate::plan::facts::Occurrence;
use crate::plan::{ConceptAt, Members, Number, Stretch, Tally};
use crate::record::{DAY, Span};

/// A drug that begins within so many days after a line belongs to it: docs/language.md, "Lines of treatment".
pub(crate) const ONE_LINE: i64 = 28;
/// Of more courses with open dates than this not every way in which they may fall is tried: as the reference has it.
pub(crate) const MOST_VAGUE: usize = 10;

impl Run<'_> {
    /// So many different members of a class. What is recorded no finer than the class may be any member: each of them that is
    /// not met may be it, and one of them is.
    pub(super) fn members(&mut self, members: &Members) -> Result<Kleene, Deferred> {
        let mut states = Vec::with_capacity(members.members.len());
        for member in &members.members {
            states.push(self.node(*member)?);
        }
        let coarse = self.folded(&members.classes, Kleene::Met)?;
        let is_coarse = |one: &&Occurrence| members.coarse.binary_search(&one.of).is_ok();
        as_coarse(&mut states, coarse, self.facts.occurrences.iter().filter(is_coarse).count());
        let entries: Vec<kleene::Entry> =
            states.into_iter().map(|state| kleene::Entry { counts: Kleene::Met, state }).collect();
        Ok(kleene::count(members.counting, &entries))
    }

    pub(super) fn count(&self, tally: &Tally) -> Valued {
        let Some(days) = self.days_of(tally.period) else { return Valued::unknown() };
        Valued::one(Thing::Number(self.counted(tally, days)))
    }

    /// How many there were: at least, and at most where the record is complete.
    fn counted(&self, tally: &Tally, days: Span) -> Interval {
        let (mut sure, mut possible) = (0, 0);
        for (_, state) in self.matching(tally, days) {
            possible += 1;
            sure += i64::from(state == Kleene::Met);
        }
        self.bounded((sure, possible), tally, days)
    }

    /// Every occurrence that belongs to the period, or may; one that is recorded twice with the same days once.
    fn matching<'k>(&'k self, tally: &'k Tally, days: Span) -> Vec<(&'k Occurrence, Kleene)> {
        let mut found: Vec<(&'k Occurrence, Kleene)> = Vec::new();
        for class in &tally.classes {
            for one in self.of(&class.of) {
                let mut state = self.qualifies(one, class).and(timing(one, Verb::Had, Days::all(days)));
                if state == Kleene::NotMet {
                    continue;
                }
                let again = |(known, _): &(&Occurrence, Kleene)| {
                    (known.of, known.start, known.end) == (one.of, one.start, one.end)
                };
                if found.iter().any(again) {
                    if one.start.is_one_day() && one.end.is_one_day() {
                        continue;
                    }
                    // Two of one month may be one that is recorded twice.
                    state = Kleene::Unknown;
                }
                found.push((one, state));
            }
        }
        found
    }

    /// A record that is not complete may hold fewer than there were.
    fn bounded(&self, (least, most): (i64, i64), tally: &Tally, days: Span) -> Interval {
        let end = |number: i64| Some(End { number: whole(number), included: true });
        let complete = tally.classes.iter().all(|class| self.is_silent(&class.silence, days));
        Interval { low: end(least), high: if complete { end(most) } else { None } }
    }

    /// Events per length of time.
    pub(super) fn rate(&self, tally: &Tally, over: Stretch) -> Result<Valued, Deferred> {
        let Some(days) = self.days_of(tally.period) else { return Ok(Valued::unknown()) };
        // Whether a span without days was cut off makes a difference to its length.
        if days.is_empty() {
            return Err(Deferred);
        }
        let (factor, length) = match over {
            Stretch::Written(length) => (whole(1), length),
            Stretch::Days { per, both_ends } => (per, whole((days.to - days.from) / DAY + i64::from(both_ends))),
        };
        if length.value <= 0.0 {
            return Ok(Valued::unknown());
        }
        let number = self.counted(tally, days);
        let times = |end: End| End { number: product(end.number, factor), ..end };
        let number = Interval { low: number.low.map(times), high: number.high.map(times) };
        Ok(Valued::one(Thing::Number(number.per(length))))
    }

    /// Distinct consecutive treatments.
    pub(super) fn lines(&self, tally: &Tally) -> Valued {
        let Some(days) = self.days_of(tally.period) else { return Valued::unknown() };
        let matching = self.matching(tally, days);
        let is_sure =
            |(one, state): &(&Occurrence, Kleene)| *state == Kleene::Met && tally.finest.binary_search(&one.of).is_ok();
        let vague = matching.iter().filter(|(one, _)| !one.start.is_one_day()).count();
        let bounds = if matching.iter().all(is_sure) && vague <= MOST_VAGUE {
            let counts: Vec<i64> = (0..1_usize << vague).map(|late| lines_if(&matching, late)).collect();
            (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0))
        } else {
            // However the open dates and kinds fall out: one line at least if there was any, and no more than courses.
            let certain = matching.iter().any(|(_, state)| *state == Kleene::Met);
            (i64::from(certain), i64::try_from(matching.len()).unwrap_or(i64::MAX))
        };
        Valued::one(Thing::Number(self.bounded(bounds, tally, days)))
    }
}

/// Each entry that is recorded no finer than a class is some member, and any that is not met may be it.
pub(in crate::plan) fn as_coarse(states: &mut [Kleene], coarse: Kleene, entries: usize) {
    if coarse == Kleene::NotMet {
        return;
    }
    let absent = states.iter_mut().filter(|state| **state == Kleene::NotMet);
    absent.take(entries).for_each(|state| *state = Kleene::Unknown);
    if coarse == Kleene::Met && !states.contains(&Kleene::Met) {
        let one = states.iter_mut().find(|state| **state == Kleene::Unknown);
        one.into_iter().for_each(|state| *state = Kleene::Met);
    }
}

/// The lines where those of the open dates whose bit is set are as late as they may be, and the others as early.
fn lines_if(matching: &[(&Occurrence, Kleene)], late: usize) -> i64 {
    let mut vague = 0;
    let begun = |one: &Occurrence| {
        if one.start.is_one_day() {
            return one.start.first_day();
        }
        let is_late = late >> vague & 1 == 1;
        vague += 1;
        if is_late { one.start.last_day() } else { one.start.first_day() }
    };
    let days: Vec<i64> = matching.iter().map(|(one, _)| *one).map(begun).collect();
    lines(days.into_iter().zip(matching).map(|(day, (one, _))| (day, one.of)).collect())
}

/// The lines of courses, each by its first day.
pub(in crate::plan) fn lines(mut courses: Vec<(i64, ConceptAt)>) -> i64 {
    courses.sort_unstable();
    let (mut count, mut line, mut began) = (0, Vec::new(), i64::MIN / 2);
    for (day, drug) in courses {
        if line.contains(&drug) {
            continue;
        }
        if count > 0 && day <= began + ONE_LINE {
            line.push(drug);
            continue;
        }
        count += 1;
        began = day;
        line = vec![drug];
    }
    count
}

/// A whole number.
pub(super) fn whole(number: i64) -> Number {
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything")]
    let value = number as f64;
    let digits = number.unsigned_abs().checked_ilog10().map_or(1, |places| places + 1);
    Number { value, digits: u8::try_from(digits).unwrap_or(Number::ROUNDED) }
}

/// Of two numbers: it has no more digits than both together.
pub(super) fn product(a: Number, b: Number) -> Number {
    Number { value: a.value * b.value, digits: a.digits.saturating_add(b.digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two entries that say no more than the class may be two of the three that are not recorded; one is some member at least.
    #[test]
    fn what_is_coded_as_the_class_alone_may_be_any_member() {
        use Kleene::{Met, NotMet, Unknown};
        let of = |mut states: Vec<Kleene>, coarse, entries| {
            as_coarse(&mut states, coarse, entries);
            states
        };
        assert_eq!(of(vec![NotMet, NotMet, NotMet], Met, 2), [Met, Unknown, NotMet]);
        assert_eq!(of(vec![NotMet, NotMet, NotMet], Unknown, 2), [Unknown, Unknown, NotMet]);
        assert_eq!(of(vec![NotMet, Met, NotMet], Met, 1), [Unknown, Met, NotMet]);
        assert_eq!(of(vec![NotMet, NotMet, NotMet], NotMet, 2), [NotMet, NotMet, NotMet]);
    }

    /// The example of docs/language.md, as the reference counts it: a drug within four weeks belongs to the line.
    #[test]
    fn a_combination_is_one_line() {
        let [carboplatin, pemetrexed, docetaxel] = [0, 1, 2].map(ConceptAt);
        assert_eq!(lines(vec![(180, docetaxel), (0, carboplatin), (7, pemetrexed), (90, pemetrexed)]), 2);
        assert_eq!(lines(vec![(0, carboplatin), (28, pemetrexed)]), 1);
        assert_eq!(lines(vec![(0, carboplatin), (29, pemetrexed)]), 2);
        assert_eq!(lines(Vec::new()), 0);
    }
}
