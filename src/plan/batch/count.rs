//! Counts of all patients of a batch: of members of a class, of events and of lines of treatment that are held to a limit; and
//! what asks for several results, or for an earlier one, of which a row of a table has none.

use super::bits::Truths;
use super::event::timing;
use super::run::{Run, at_least};
use super::{Bits, Occurrence, ROWS};
use crate::evaluate::{Kleene, kleene};
use crate::ir::{Comparator, Counting, Verb};
use crate::plan::run::{as_coarse, lines};
use crate::plan::{Change, ConceptAt, Members, Number, Tally, ValueAt, ValueExpr};

/// The numbers of a count that is held to a limit: from `low` to `high`, without an end where it is open.
struct Numbers {
    low: Vec<u32>,
    high: Vec<u32>,
    open: Bits,
    /// Where the days that are asked about are known.
    there: Bits,
    lost: Bits,
}

/// An occurrence that is counted, of those who have it.
struct Counted<'f> {
    one: &'f Occurrence,
    met: Bits,
    unknown: Bits,
}

impl Run<'_> {
    /// What is recorded no finer than the class may be any member.
    pub(super) fn members(&mut self, members: &Members) -> Truths {
        let parts: Vec<(Truths, Truths)> =
            members.members.iter().map(|node| (Truths::all(Kleene::Met), self.node(*node))).collect();
        let plain = match members.counting {
            Counting::AtLeast(least) => at_least(&parts, least as usize),
            Counting::Any | Counting::All | Counting::None | Counting::AtMost(_) | Counting::Exactly(_) => {
                self.tallied(members.counting, &parts)
            }
        };
        let coarse = members.classes.iter().fold(Truths::all(Kleene::NotMet), |all, node| all.or(self.node(*node)));
        let doubtful = !coarse.not_met() & Bits::first(self.facts.rows);
        if !doubtful.any() {
            return plain;
        }
        let entries = |row: usize| {
            let coarse = self.facts.occurrences.iter().filter(|one| members.coarse.binary_search(&one.of).is_ok());
            coarse.filter(|one| one.there.has(row)).count()
        };
        let mut found = plain.where_or(!doubtful, Truths::all(Kleene::NotMet));
        for row in doubtful.rows() {
            let states: Option<Vec<Kleene>> = parts.iter().map(|(_, state)| state.get(row)).collect();
            let state = states.zip(coarse.get(row)).map(|(mut states, coarse)| {
                as_coarse(&mut states, coarse, entries(row));
                let entry = |state| kleene::Entry { counts: Kleene::Met, state };
                kleene::count(members.counting, &states.into_iter().map(entry).collect::<Vec<_>>())
            });
            found.put(row, state);
        }
        found
    }

    /// A count held to a limit; nothing where the value is none.
    pub(super) fn counted(&mut self, value: ValueAt, comparator: Comparator, to: ValueAt) -> Option<Truths> {
        let plan = self.program.plan;
        let Some(ValueExpr::Constant(Number { value: limit, .. })) = plan.values.get(to.at()) else { return None };
        let numbers = match plan.values.get(value.at())? {
            ValueExpr::Count(tally) => self.numbers(tally, None),
            ValueExpr::Lines(tally) => self.numbers(tally, Some(&tally.finest)),
            _ => return None,
        };
        let limit = *limit;
        let low = |holds: &dyn Fn(f64) -> bool| Bits::of(&numbers.low, |number| holds(f64::from(number)));
        let high = |holds: &dyn Fn(f64) -> bool| Bits::of(&numbers.high, |number| holds(f64::from(number)));
        let ended = !numbers.open;
        let between = match comparator {
            Comparator::Less => Truths::between(high(&|n| n < limit) & ended, low(&|n| n < limit)),
            Comparator::AtMost => Truths::between(high(&|n| n <= limit) & ended, low(&|n| n <= limit)),
            Comparator::AtLeast => Truths::between(low(&|n| n >= limit), high(&|n| n >= limit) | numbers.open),
            Comparator::Greater => Truths::between(low(&|n| n > limit), high(&|n| n > limit) | numbers.open),
            Comparator::Equal | Comparator::NotEqual => {
                let least = low(&|n| n >= limit);
                let same = least & low(&|n| n <= limit) & high(&|n| n <= limit) & ended;
                let possible = low(&|n| n <= limit) & (high(&|n| n >= limit) | numbers.open);
                let state = Truths::between(same, possible);
                if comparator == Comparator::Equal { state } else { state.negated() }
            }
        };
        let state = between.where_or(numbers.there, Truths::all(Kleene::Unknown));
        Some(state.lost_where(numbers.lost & numbers.there))
    }

    fn numbers(&mut self, tally: &Tally, finest: Option<&Vec<ConceptAt>>) -> Numbers {
        let days = self.period(tally.period);
        let facts = self.facts;
        let mut counted: Vec<Counted<'_>> = Vec::new();
        let (mut lost, mut silent) = (Bits::NONE, Bits::ALL);
        for class in &tally.classes {
            for one in facts.occurrences.iter().filter(|one| one.there.any()) {
                if !class.of.is.contains(&one.of) && !class.of.may_be.contains(&one.of) {
                    continue;
                }
                let judged = self.qualifies(one, class);
                let judged = judged.and(timing((one, &one.end.0, &one.end.1), Verb::Had, &days));
                lost |= judged.lost & one.there;
                let (mut met, mut unknown) = (judged.met & one.there, judged.unknown & one.there);
                // What is counted by another class already is the same, if its days are known.
                let known = counted.iter().filter(|other| other.one.of == one.of);
                let again = known.fold(Bits::NONE, |all, other| all | other.met | other.unknown) & (met | unknown);
                let plain = plain(&one.start.0, &one.start.1) & plain(&one.end.0, &one.end.1);
                met &= !again;
                unknown = (unknown | again) & !(again & plain);
                counted.push(Counted { one, met, unknown });
            }
            silent &= self.silent(&class.silence, &days);
        }
        let (mut low, mut high) = (vec![0_u32; ROWS], vec![0_u32; ROWS]);
        for one in &counted {
            let add = |numbers: &mut [u32], bits: Bits| {
                bits.rows().for_each(|row| numbers.iter_mut().skip(row).take(1).for_each(|number| *number += 1));
            };
            add(&mut low, one.met);
            add(&mut high, one.met | one.unknown);
        }
        if let Some(finest) = finest {
            let several = Bits::of(&high, |number| number > 1);
            for row in several.rows() {
                let (Some(low), Some(high)) = (low.get_mut(row), high.get_mut(row)) else { continue };
                match courses(&counted, row, finest) {
                    Courses::Known(days) => {
                        let count = u32::try_from(lines(days)).unwrap_or(*high);
                        (*low, *high) = (count, count);
                    }
                    // However the kinds fall out: one line at least if there was any, and no more than courses.
                    Courses::AnyKind => *low = (*low).min(1),
                    Courses::OpenDays => lost.set(row),
                }
            }
        }
        Numbers { low, high, open: !silent, there: days.there, lost }
    }

    /// A row holds one result of a measure: there is nothing of it now or before, unless a formula needs none.
    pub(super) fn change(&mut self, change: &Change) -> Truths {
        let days = self.period(change.period);
        // What may be known of both is left to the way for one patient.
        let mut unknown = Bits::ALL;
        for pair in change.of.pairs() {
            let (now, before) = (self.value(pair.now), self.value(pair.before));
            unknown &= !(now.known | now.lost) | !(before.known | before.lost);
        }
        let unknown = unknown & !(days.there & days.empty) | !days.there;
        Truths { met: Bits::NONE, unknown, lost: !unknown }
    }
}

/// What is known of the courses of one patient.
enum Courses {
    /// All are what is asked about, and have days.
    Known(Vec<(i64, ConceptAt)>),
    AnyKind,
    OpenDays,
}

fn courses(counted: &[Counted<'_>], row: usize, finest: &[ConceptAt]) -> Courses {
    let (mut found, mut open) = (Vec::new(), false);
    for Counted { one, met, unknown } in counted {
        if unknown.has(row) || met.has(row) && finest.binary_search(&one.of).is_err() {
            return Courses::AnyKind;
        }
        if !met.has(row) {
            continue;
        }
        let (Some(from), Some(to)) = (one.start.0.get(row), one.start.1.get(row)) else { continue };
        open |= from.div_euclid(2) != to.div_euclid(2);
        found.push((i64::from(from.div_euclid(2)), one.of));
    }
    if open { Courses::OpenDays } else { Courses::Known(found) }
}

/// Whether both moments lie on one day.
fn plain(from: &[i32], to: &[i32]) -> Bits {
    Bits::of_two(from, to, |from, to| from.div_euclid(2) == to.div_euclid(2))
}
