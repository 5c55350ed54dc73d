//! The program over one participant's facts.

use std::cmp::Ordering;
use std::sync::{Arc, PoisonError};

use smallvec::SmallVec;

use super::{
    Asks, Counted, Deferred, Exact, Expr, Followed, LOST, Located, NONE, Planned, Program, Time, Told, TruthAt, Val,
    ValueAt,
};
use crate::assess::occasion::{Due, Dues};
use crate::chart::lent::{self, Lent};
use crate::evaluate::kleene::{self, Entry};
use crate::evaluate::node::Valued;
use crate::evaluate::outcome::MOST_FIRST_DAYS;
use crate::evaluate::{Baseline, Kleene};
use crate::ir::Comparator;
use crate::plan::facts::{Facts, Outcome, Said};
use crate::plan::lower::outcome;
use crate::plan::run::Run;
use crate::plan::{AnchorAt, ConceptAt, Fold, Scale};
use crate::record::{DAY, Reader, Record, Span, When};

/// A result, or that the reference has to say.
pub(super) type Found<T> = Result<T, Deferred>;
pub(super) type Answer<T> = Found<Told<T>>;

/// A course of a drug as the chart has it, and which of its drug's it is.
pub(super) struct Course<'c> {
    pub(super) of: ConceptAt,
    pub(super) number: usize,
    pub(super) written: &'c lent::Occurrence<'c>,
}

/// When an outcome is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occasion {
    pub(super) day: i64,
    pub(super) results: Span,
    pub(super) near: Option<i64>,
}

/// The time that results are asked of.
pub(super) struct Times {
    pub(super) span: Span,
    /// Of results on several days those nearest to this one count.
    pub(super) near: Option<i64>,
    /// Results with a time of day count only before this moment.
    before: Option<i64>,
}

impl Times {
    pub(super) fn is_too_late(&self, when: Span) -> bool {
        self.before.is_some_and(|before| when.is_one_day() && !is_whole_day(when) && when.from >= before)
    }
}

/// Measures that are followed: each now, and at baseline.
pub(super) type Leading = SmallVec<[(ValueAt, ValueAt); 2]>;

/// What has been worked out: each answer with the number of its occasion. It is handed on from one participant to the next, whose
/// occasions have numbers of their own.
#[derive(Debug)]
pub(super) struct Memory {
    /// The last occasion that there was.
    occasion: u32,
    values: Vec<(u32, Answer<Val>)>,
    truths: Vec<(u32, Answer<Kleene>)>,
    /// Where the results of each measure begin and end, with the number of the participant.
    results: Vec<(u32, u32, u32)>,
    /// What is no single number, of this participant.
    pub(super) many: Vec<Valued>,
}

impl Memory {
    fn of(program: &Program) -> Self {
        let spare = program.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let new =
            || Self { occasion: 0, values: Vec::new(), truths: Vec::new(), results: Vec::new(), many: Vec::new() };
        let mut memory = spare.filter(|memory| memory.occasion < u32::MAX / 2).unwrap_or_else(new);
        memory.many.clear();
        memory.values.resize(program.values.len(), (0, Err(Deferred)));
        memory.truths.resize(program.truths.len(), (0, Err(Deferred)));
        memory.results.resize(program.plan.concepts.len(), (0, 0, 0));
        memory
    }

    /// Notes where the results of each measure stand.
    fn find(&mut self, facts: &Facts, participant: u32) {
        for (at, result) in (0_u32..).zip(&facts.results) {
            match self.results.get_mut(result.of.at()) {
                Some((known, _, to)) if *known == participant => *to = at + 1,
                Some(slot) => *slot = (participant, at, at + 1),
                None => {}
            }
        }
    }

    pub(super) fn next(&mut self) -> u32 {
        self.occasion += 1;
        self.occasion
    }
}

/// One participant before the program.
pub(in crate::assess) struct Facing<'p> {
    pub(super) program: &'p Program,
    pub(super) reader: &'p Reader<'p>,
    pub(super) facts: &'p Facts,
    pub(super) courses: SmallVec<[Course<'p>; 4]>,
    pub(super) run: Run<'p>,
    /// The moments of outcomes, and as they are on this participant's days.
    pub(super) moments: &'p Dues,
    pub(super) dues: Arc<[Result<Due, String>]>,
    visits: SmallVec<[(usize, i64); 4]>,
    /// All days that study day 1 may have been; none where it has not come.
    pub(super) firsts: SmallVec<[Baseline; 1]>,
    /// The one that is taken.
    pub(super) first: Option<Baseline>,
    pub(super) last: i64,
    pub(super) death: Option<i64>,
    pub(super) occasion: Occasion,
    pub(super) memory: Memory,
    /// The numbers of this occasion, of this baseline, and of the participant.
    pub(super) now: u32,
    pub(super) baseline: u32,
    participant: u32,
    /// Days that were given already.
    given: SmallVec<[(AnchorAt, i64); 4]>,
}

impl Program {
    /// Every outcome of the participant of a chart, where the program can say it; nothing where it can say nothing of the
    /// participant.
    pub(in crate::assess) fn counted(
        &self,
        reader: &Reader<'_>,
        chart: &Lent<'_>,
        dues: &Dues,
    ) -> Option<Vec<Option<Counted>>> {
        let latest = match (chart.as_of, reader.site.as_of) {
            // A record is one of the day of its latest fact.
            (None, None) => Some(crate::assess::latest_day(chart)?),
            (as_of, _) => as_of,
        };
        let facts = self.quick.lent_of(reader, &self.plan, chart, latest)?;
        self.counted_of(reader, (&facts, chart), dues)
    }

    /// The same of the facts of a record that was made of the chart.
    pub(in crate::assess) fn counted_of_record(
        &self,
        reader: &Reader<'_>,
        (record, chart): (&Record, &Lent<'_>),
        dues: &Dues,
    ) -> Option<Vec<Option<Counted>>> {
        self.counted_of(reader, (&Facts::of(&self.plan, reader, record), chart), dues)
    }

    fn counted_of(
        &self,
        reader: &Reader<'_>,
        (facts, chart): (&Facts, &Lent<'_>),
        dues: &Dues,
    ) -> Option<Vec<Option<Counted>>> {
        let mut facing = Facing::new(self, reader, facts, chart, dues)?;
        let counted = self.outcomes.iter().map(|planned| facing.outcome(planned.as_ref().ok()?).ok()).collect();
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(facing.memory);
        Some(counted)
    }
}

impl<'p> Facing<'p> {
    fn new(
        program: &'p Program,
        reader: &'p Reader<'_>,
        facts: &'p Facts,
        chart: &'p Lent<'_>,
        dues: &'p Dues,
    ) -> Option<Self> {
        let anchor = |of: ConceptAt| facts.anchors.iter().find(|anchor| anchor.event == of);
        let first = anchor(program.day_1?).filter(|anchor| !anchor.planned).map(|anchor| anchor.span);
        let firsts = first.map_or_else(SmallVec::new, baselines);
        let last = facts.as_of?;
        let deaths = program.death.map_or(&[][..], |of| facts.occurrences_of(of)).iter().map(|death| death.start);
        let death = deaths.filter(|day| day.is_one_day()).map(Span::first_day).min();
        let mut visits = SmallVec::new();
        for (at, visit) in program.visits.iter().enumerate() {
            if let Some(text) = chart.anchors.get(visit.as_str()) {
                let when: When = text.parse().ok()?;
                if when.span.is_one_day() {
                    visits.push((at, when.span.first_day()));
                }
            }
        }
        let mut memory = Memory::of(program);
        let participant = memory.next();
        memory.find(facts, participant);
        Some(Self {
            program,
            reader,
            facts,
            courses: courses(program, reader, chart),
            run: Run::new(&program.plan, facts),
            dues: Arc::default(),
            moments: dues,
            visits,
            firsts,
            first: None,
            last,
            death,
            occasion: Occasion { day: last, results: Span::new(0, -1), near: None },
            memory,
            now: 0,
            baseline: participant,
            participant,
            given: SmallVec::new(),
        })
    }

    /// The day on which something is asked from now on.
    pub(super) fn give(&mut self, anchor: AnchorAt, day: i64) {
        match self.given.iter_mut().find(|(known, _)| *known == anchor) {
            Some((_, known)) if *known == day => return,
            Some((_, known)) => *known = day,
            None => self.given.push((anchor, day)),
        }
        self.run.fix(anchor, day);
    }

    /// The occasion of a moment; nothing where no plan dates it.
    pub(super) fn take_due(&mut self, planned: &Planned, due: usize) -> Option<()> {
        let first = self.first?;
        let dues = Arc::clone(&self.dues);
        let due = dues.get(due)?.as_ref().ok()?;
        let occasion = match &due.visit {
            None => Occasion { day: due.day, results: due.without_visit(first.day), near: None },
            Some(visit) => {
                let (from, to) = visit.window;
                let kept = visit.single.and_then(|single| self.visits.iter().find(|(at, _)| *at == single));
                let kept = kept.map(|(_, day)| *day).filter(|day| (from..=to).contains(day));
                Occasion {
                    day: due.day,
                    results: Span::days(from, to.min(self.last)),
                    near: Some(kept.unwrap_or(due.day)),
                }
            }
        };
        self.take_occasion(planned, occasion);
        Some(())
    }

    pub(super) fn take_occasion(&mut self, planned: &Planned, occasion: Occasion) {
        self.give(planned.day, occasion.day);
        if self.now == 0 || self.occasion != occasion {
            self.occasion = occasion;
            self.now = self.memory.next();
        }
    }

    pub(super) fn rule(&mut self, at: usize) -> Found<Kleene> {
        let rule = self.program.rules.get(at).ok_or(Deferred)?;
        outcome::kleene(self.run.rule(rule)).ok_or(Deferred)
    }

    /// The day on which an outcome is asked now.
    pub(super) fn day(&self) -> i64 {
        self.occasion.day
    }

    fn stamp(&self, time: Time) -> u32 {
        match time {
            Time::Now => self.now,
            Time::Baseline => self.baseline,
        }
    }

    // ---- truths ------------------------------------------------------------------------------------------------------------

    pub(super) fn truth(&mut self, at: TruthAt) -> Answer<Kleene> {
        let program = self.program;
        let Located { what, time } = program.truths.get(at.0 as usize).ok_or(Deferred)?;
        let stamp = self.stamp(*time);
        if let Some((known, found)) = self.memory.truths.get(at.0 as usize)
            && *known == stamp
        {
            return *found;
        }
        let found = self.asks(what);
        if let Some(slot) = self.memory.truths.get_mut(at.0 as usize) {
            *slot = (stamp, found);
        }
        found
    }

    fn asks(&mut self, asks: &Asks) -> Answer<Kleene> {
        Ok(match asks {
            Asks::Constant(state) => Told { what: *state, seen: NONE },
            Asks::Not(inner) => {
                let inner = self.truth(*inner)?;
                Told { what: !inner.what, ..inner }
            }
            Asks::Known(inner) => {
                let inner = self.truth(*inner)?;
                Told { what: (inner.what == Kleene::Met).into(), ..inner }
            }
            Asks::Unless(base, exception) => {
                let (base, exception) = (self.truth(*base)?, self.truth(*exception)?);
                Told { what: base.what.unless(exception.what), seen: base.seen.max(exception.seen) }
            }
            Asks::Count { counting, entries } => return self.count(*counting, entries),
            Asks::Compare { value, comparator, to } => {
                let (value, to) = (self.value(*value)?, self.value(*to)?);
                let what = self.compare(value.what, *comparator, to.what)?;
                Told { what, seen: value.seen.max(to.seen) }
            }
            Asks::InRange { value, low, high } => {
                let value = self.value(*value)?;
                let what = self.between(value.what, *low, *high)?;
                Told { what, ..told(value) }
            }
            Asks::OneOf { value, words, negated } => {
                let value = self.value(*value)?;
                let state = self.one_of(value.what, words)?;
                Told { what: if *negated { !state } else { state }, ..told(value) }
            }
            Asks::WordCompare { value, comparator, word } => {
                let value = self.value(*value)?;
                let word = Val::One(Exact::whole(i128::from(*word)));
                Told { what: self.compare(value.what, *comparator, word)?, ..told(value) }
            }
            Asks::Moved { change, rises, comparator, limit } => {
                let change = self.value(*change)?;
                let what = match (change.what, *rises) {
                    (Val::One(change), false) => Val::One(change.negated().ok_or(Deferred)?),
                    (Val::Many(at), false) => self.negated(at),
                    (other, _) => other,
                };
                Told { what: self.compare(what, *comparator, Val::One(*limit))?, seen: change.seen }
            }
            Asks::Recorded(value) => {
                let value = self.value(*value)?;
                let there = match value.what {
                    Val::Unknown => false,
                    Val::One(_) | Val::Word(_) | Val::Vague => true,
                    Val::Many(at) => self.is_there(at),
                };
                Told { what: there.into(), ..told(value) }
            }
            Asks::Rule(rule) => Told { what: self.rule(*rule)?, seen: LOST },
        })
    }

    /// So many of a list. What is left to the reference is unknown here, and does not matter where the others decide.
    fn count(&mut self, counting: crate::ir::Counting, entries: &[(Option<TruthAt>, TruthAt)]) -> Answer<Kleene> {
        let mut seen = NONE;
        let mut deferred = false;
        let mut asked: SmallVec<[Entry; 8]> = SmallVec::new();
        let mut take = |answer: Answer<Kleene>| {
            deferred |= answer.is_err();
            let told = answer.unwrap_or(Told { what: Kleene::Unknown, seen: NONE });
            seen = seen.max(told.seen);
            told.what
        };
        for (when, body) in entries {
            let state = take(self.truth(*body));
            let counts = when.map_or(Kleene::Met, |when| take(self.truth(when)));
            asked.push(Entry { counts, state });
        }
        let what = kleene::count(counting, &asked);
        match (deferred, what) {
            (false, _) => Ok(Told { what, seen }),
            (true, Kleene::Unknown) => Err(Deferred),
            (true, Kleene::Met | Kleene::NotMet) => Ok(Told { what, seen: LOST }),
        }
    }

    // ---- values ------------------------------------------------------------------------------------------------------------

    pub(super) fn value(&mut self, at: ValueAt) -> Answer<Val> {
        let program = self.program;
        let Located { what, time } = program.values.get(at.0 as usize).ok_or(Deferred)?;
        let stamp = self.stamp(*time);
        if let Some((known, found)) = self.memory.values.get(at.0 as usize)
            && *known == stamp
        {
            return *found;
        }
        let found = self.expr(what, *time);
        if let Some(slot) = self.memory.values.get_mut(at.0 as usize) {
            *slot = (stamp, found);
        }
        found
    }

    fn expr(&mut self, expr: &Expr, time: Time) -> Answer<Val> {
        match expr {
            Expr::Constant(number) => Ok(Told { what: Val::One(*number), seen: NONE }),
            Expr::Result { of, scale, derived } => self.result(*of, *scale, *derived, time),
            Expr::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                let what = self.arithmetic(*operator, left.what, right.what)?;
                Ok(Told { what, seen: left.seen.max(right.seen) })
            }
            Expr::Scaled { of, factor, offset } => {
                let value = self.value(*of)?;
                let what = self.scaled(value.what, *factor, *offset)?;
                Ok(Told { what, ..value })
            }
            Expr::If { branches, otherwise } => self.choice(branches, *otherwise),
            Expr::Fold { fold, entries } => self.fold(*fold, entries),
            Expr::Change { of, relative } => self.change(of, *relative),
            Expr::Dose(at) => self.dose(*at),
        }
    }

    /// The first branch whose condition is met; while one before it is unknown, its value may be the one.
    fn choice(&mut self, branches: &[(TruthAt, ValueAt)], otherwise: ValueAt) -> Answer<Val> {
        let mut found: Option<Val> = None;
        let mut seen = NONE;
        for (condition, value) in branches {
            let condition = self.truth(*condition)?;
            seen = seen.max(condition.seen);
            if condition.what == Kleene::NotMet {
                continue;
            }
            let value = self.value(*value)?;
            seen = seen.max(value.seen);
            found = Some(self.either(found, value.what)?);
            if condition.what == Kleene::Met {
                return Ok(Told { what: found.unwrap_or(Val::Unknown), seen });
            }
        }
        let value = self.value(otherwise)?;
        Ok(Told { what: self.either(found, value.what)?, seen: seen.max(value.seen) })
    }

    fn fold(&mut self, fold: Fold, entries: &[(Option<TruthAt>, ValueAt)]) -> Answer<Val> {
        let mut found: Option<Exact> = None;
        let (mut seen, mut left_out) = (NONE, NONE);
        let mut counted = false;
        for (when, value) in entries {
            let counts = match when {
                Some(when) => self.truth(*when)?.what,
                None => Kleene::Met,
            };
            let value = self.value(*value);
            match counts {
                Kleene::Met => {}
                Kleene::NotMet => {
                    left_out = left_out.max(value.map_or(LOST, |value| value.seen));
                    continue;
                }
                Kleene::Unknown => return self.fold_many(fold, entries),
            }
            counted = true;
            let value = value?;
            seen = seen.max(value.seen);
            let Val::One(next) = value.what else { return self.fold_many(fold, entries) };
            found = Some(match (found, fold) {
                (None, _) => next,
                (Some(known), Fold::Highest) => further(known, next, Ordering::Greater)?,
                (Some(known), Fold::Lowest) => further(known, next, Ordering::Less)?,
                (Some(known), Fold::Sum) => known.plus(next).ok_or(Deferred)?,
            });
        }
        Ok(Told { what: found.map_or(Val::Unknown, Val::One), seen: if counted { seen } else { left_out } })
    }

    /// The results of one measure.
    pub(super) fn results_of(&self, of: ConceptAt) -> &'p [Outcome] {
        match self.memory.results.get(of.at()) {
            Some((known, from, to)) if *known == self.participant => {
                self.facts.results.get(*from as usize..*to as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// The result that counts.
    fn result(&mut self, of: ConceptAt, scale: Scale, derived: Option<ValueAt>, time: Time) -> Answer<Val> {
        let times = match time {
            Time::Now => Times { span: self.occasion.results, near: self.occasion.near, before: None },
            Time::Baseline => {
                let first = self.first.ok_or(Deferred)?;
                Times { span: first.span(), near: None, before: first.before }
            }
        };
        let results = self.results_of(of);
        let mut best: Option<&Outcome> = None;
        for result in results {
            if !result.when.touches(times.span) || times.is_too_late(result.when) {
                continue;
            }
            let Some(known) = best else {
                best = Some(result);
                continue;
            };
            match later(times.near, result.when, known.when) {
                Ordering::Greater => best = Some(result),
                Ordering::Less => {}
                // Of one day.
                Ordering::Equal => return self.result_of_many(of, scale, &times),
            }
        }
        let Some(result) = best else {
            return match derived {
                Some(formula) => self.value(formula),
                None => Ok(Told { what: Val::Unknown, seen: NONE }),
            };
        };
        let is_plain = matches!(result.said, Said::Exactly(_) | Said::Word(_));
        if !is_plain || !results.iter().all(|result| result.when.is_one_day()) {
            return self.result_of_many(of, scale, &times);
        }
        let what = match result.said {
            Said::Exactly(number) => {
                let limit = match scale {
                    Scale::Plain => None,
                    Scale::Upper => Some(result.upper),
                    Scale::Lower => Some(result.lower),
                };
                match limit {
                    None => Val::One(Exact::decimal(number).ok_or(Deferred)?),
                    Some(None) => Val::Unknown,
                    Some(Some(limit)) => {
                        let (number, limit) = (Exact::decimal(number), Exact::decimal(limit));
                        let ratio = number.ok_or(Deferred)?.over(limit.ok_or(Deferred)?);
                        Val::One(ratio.ok_or(Deferred)?)
                    }
                }
            }
            Said::Word(word) => Val::Word(word),
            Said::Below { .. } | Said::Above { .. } | Said::Refused => return Err(Deferred),
        };
        Ok(Told { what, seen: result.when.last_day() })
    }

    // ---- change ------------------------------------------------------------------------------------------------------------

    /// The change from baseline; of several measures that which is followed.
    fn change(&mut self, of: &Followed, relative: bool) -> Answer<Val> {
        let (now, before) = match of {
            Followed::One { now, before } => (self.value(*now)?, *before),
            Followed::Leading { fold, members } => {
                let leading = self.leading(*fold, members)?;
                let mut leading = leading.into_iter();
                // Where another may have been it, the values are looked at all the same, and nothing is made of them.
                let Some((first, before)) = leading.next() else {
                    return Ok(Told { what: Val::Unknown, seen: LOST });
                };
                let mut now = self.value(first)?;
                // Of several that stood equally high, what each of them says.
                for (more, _) in leading {
                    let more = self.value(more)?;
                    now = Told { what: self.either(Some(now.what), more.what)?, seen: now.seen.max(more.seen) };
                }
                (now, before)
            }
        };
        let before = self.value(before)?;
        let seen = now.seen.max(before.seen);
        let number = |value: Val| match value {
            Val::One(number) => Some(number),
            Val::Word(word) => Some(Exact::whole(i128::from(word))),
            Val::Unknown | Val::Many(_) | Val::Vague => None,
        };
        let what = match (number(now.what), number(before.what)) {
            (Some(now), Some(before)) => match change(now, before, relative)? {
                Some(change) => Val::One(change),
                None => Val::Unknown,
            },
            _ => self.change_of_many(now.what, before.what, relative)?,
        };
        Ok(Told { what, seen })
    }

    /// The members of a list that were the highest (or lowest) at baseline; none where another might have been.
    fn leading(&mut self, fold: Fold, members: &[super::Member]) -> Found<SmallVec<[(ValueAt, ValueAt); 2]>> {
        let way = if fold == Fold::Lowest { Ordering::Less } else { Ordering::Greater };
        let mut leading = Leading::new();
        let mut best: Option<Exact> = None;
        for member in members {
            let counts = match member.when {
                Some(when) => self.truth(when)?.what,
                None => Kleene::Met,
            };
            match counts {
                Kleene::Met => {}
                Kleene::NotMet => continue,
                Kleene::Unknown => return Ok(Leading::new()),
            }
            let number = match self.value(member.before)?.what {
                Val::One(number) => number,
                Val::Unknown => return Ok(Leading::new()),
                Val::Many(_) => return self.leading_of_many(fold, members),
                Val::Word(_) | Val::Vague => return Err(Deferred),
            };
            let order = match best {
                None => way,
                Some(best) => number.order(best).ok_or(Deferred)?,
            };
            if order == way {
                best = Some(number);
                leading.clear();
            }
            if order == way || order == Ordering::Equal {
                leading.push((member.now, member.before));
            }
        }
        Ok(leading)
    }
}

/// The answer about a value, which is given still.
fn told(value: Told<Val>) -> Told<Kleene> {
    Told { what: Kleene::Unknown, seen: value.seen }
}

/// All days that study day 1 may have been, as the reference has it: none where they are too many.
fn baselines(span: Span) -> SmallVec<[Baseline; 1]> {
    let (first, last) = (span.first_day(), span.last_day());
    if last - first > MOST_FIRST_DAYS {
        return SmallVec::new();
    }
    let before = (first == last && !is_whole_day(span)).then_some(span.from);
    (first..=last).map(|day| Baseline { day, before }).collect()
}

/// Courses of the drugs whose amounts are asked for, those of each in the order of the chart.
fn courses<'c>(program: &Program, reader: &Reader<'_>, chart: &'c Lent<'_>) -> SmallVec<[Course<'c>; 4]> {
    let mut found: SmallVec<[Course<'c>; 4]> = SmallVec::new();
    if program.drugs.is_empty() {
        return found;
    }
    for written in chart.medications.iter().filter(|written| !written.absent) {
        let Some(of) = program.quick.drug(reader, &program.plan, &written.of) else { continue };
        if program.drugs.contains(&of) {
            let number = found.iter().filter(|known| known.of == of).count();
            found.push(Course { of, number, written });
        }
    }
    found
}

pub(super) fn is_whole_day(span: Span) -> bool {
    span.from.rem_euclid(DAY) == 0 && span.to == span.from + DAY - 1
}

/// Which of two results of one day each counts before the other: the one nearer to the visit, of two equally near the earlier;
/// without a visit the later one. Of one day the later, where both have a time of day.
fn later(near: Option<i64>, one: Span, other: Span) -> Ordering {
    let (day, against) = (one.first_day(), other.first_day());
    let within_day = || match (one.to < other.from, other.to < one.from) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    };
    if day == against {
        return within_day();
    }
    match near {
        None => day.cmp(&against),
        Some(near) => (against - near).abs().cmp(&(day - near).abs()).then(against.cmp(&day)),
    }
}

pub(super) fn holds(comparator: Comparator, order: Ordering) -> bool {
    match comparator {
        Comparator::Less => order == Ordering::Less,
        Comparator::AtMost => order != Ordering::Greater,
        Comparator::Equal => order == Ordering::Equal,
        Comparator::NotEqual => order != Ordering::Equal,
        Comparator::AtLeast => order != Ordering::Less,
        Comparator::Greater => order == Ordering::Greater,
    }
}

fn further(a: Exact, b: Exact, way: Ordering) -> Found<Exact> {
    Ok(if b.order(a).ok_or(Deferred)? == way { b } else { a })
}

/// From a reference to a value: in per cent of it, or as their difference. Nothing where the reference is zero.
fn change(now: Exact, before: Exact, relative: bool) -> Found<Option<Exact>> {
    let difference = now.minus(before).ok_or(Deferred)?;
    if !relative {
        return Ok(Some(difference));
    }
    if before.is_zero() {
        return Ok(None);
    }
    let size = if before.is_negative() { before.negated().ok_or(Deferred)? } else { before };
    let share = difference.times(Exact::whole(100)).and_then(|difference| difference.over(size));
    share.map(Some).ok_or(Deferred)
}
