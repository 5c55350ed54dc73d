//! Outcomes as a program over tables of facts: the fast way to figures by arm.
//!
//! `evaluate` is the definition, and gives the reasons; this gives the result alone. What does not depend on the participant is
//! worked out once: classes, units, conversions, which results a sentence rests on. Numbers are exact fractions, so that a fall
//! by exactly a fifth is one; what is no single number for sure (a conflict, a censored result, one of a date in part) is worked
//! out with the reference's own intervals ([`many`]). What the program cannot tell of a participant is [`Deferred`], and the
//! reference says what it is; an outcome that asks what the program cannot say has none, and is always the reference's.
//!
//! Beside its value each answer tells the last day of the facts that it used, as strategies for intercurrent events and deaths
//! are judged by it.

mod dose;
mod lower;
mod many;
mod outcome;
mod run;
mod time;
mod window;

use std::sync::{Arc, Mutex};

use super::Asked;
use crate::evaluate::Kleene;
use crate::ir::{
    Assessment, Better, Comparator, ConceptId, Counting, Duration, Operator, StandIn, Strategy, VisitId, Word,
};
use crate::plan::exact::Exact;
use crate::plan::quick::Quick;
use crate::plan::{AnchorAt, ConceptAt, Events, Fold, NodeAt, Plan, Rule, Scale, Silence};
use crate::record::{Family, Reader};
use dose::Doses;
use run::Memory;

/// The program cannot say: the reference has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deferred;

/// A place in [`Program::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ValueAt(u32);

/// A place in [`Program::truths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TruthAt(u32);

/// All outcomes of a protocol.
#[derive(Debug)]
pub(super) struct Program {
    /// What is asked of events, and the tables of facts.
    plan: Plan,
    quick: Quick,
    values: Vec<Located<Expr>>,
    truths: Vec<Located<Asks>>,
    rules: Vec<Rule>,
    doses: Vec<DoseOf>,
    /// Drugs whose amounts are asked for.
    drugs: Vec<ConceptAt>,
    amounts: Doses,
    /// In the order of the assessor; nothing where the reference has to say.
    outcomes: Vec<Result<Planned, String>>,
    /// Study day 1.
    day_1: Option<ConceptAt>,
    death: Option<ConceptAt>,
    /// The day that a population is asked on.
    end: AnchorAt,
    end_of_study: Option<ConceptAt>,
    /// Events that days of visits are counted from, in the order of the assessor.
    dated: Vec<ConceptAt>,
    visits: Vec<VisitId>,
    /// Room for answers, of participants who are done with.
    spare: Mutex<Vec<Memory>>,
}

/// Something that is asked at the time of the outcome, or at baseline, where its answer is kept for all outcomes.
#[derive(Clone, Debug)]
struct Located<T> {
    what: T,
    time: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Time {
    Now,
    Baseline,
}

/// One outcome, or an estimand of it.
#[derive(Clone, Debug)]
struct Planned {
    population: Option<usize>,
    body: Body,
    assessment: Assessment,
    /// Death has nothing to do with it but as an end.
    but_death: bool,
    /// The day on which it is asked.
    day: AnchorAt,
    /// The place of its moment in the assessor's list; without one it is the best of all assessments.
    due: Option<usize>,
    assessments: Assessments,
    /// It has to hold still so much later.
    confirmed_for: Option<Duration>,
    /// Intercurrent events whose strategy changes a result.
    events: Vec<Event>,
    missing: Option<StandIn>,
    /// Of its numbers.
    unit: Option<Arc<str>>,
}

/// On which days an outcome is assessed.
#[derive(Clone, Debug)]
struct Assessments {
    /// Those with a result of one of these.
    of: Vec<ConceptAt>,
    /// Whether it rests on a measure at all.
    measured: bool,
    /// Of words of a scale which are the better ones; without that the latest counts.
    better: Option<Better>,
}

/// An intercurrent event.
#[derive(Clone, Debug)]
struct Event {
    rule: usize,
    /// The day up to which it is asked.
    until: AnchorAt,
    strategy: Strategy,
    begins: Option<Beginning>,
}

/// What tells the first day of an event that took place.
#[derive(Clone, Debug)]
struct Beginning {
    /// On the days of these it may begin to hold.
    named: Vec<ConceptAt>,
    /// What may be the event itself.
    own: Vec<ConceptAt>,
}

/// An event of the trial that a time is counted from.
#[derive(Clone, Copy, Debug)]
struct Dated {
    event: ConceptAt,
    /// Without a date in the record, the protocol has one.
    planned: bool,
}

/// The time from an event of the trial to the first of some others.
#[derive(Clone, Debug)]
struct Lasting {
    from: Dated,
    /// What is one of them.
    ends: Vec<ConceptAt>,
    /// What silence about each of them means.
    silences: Vec<Silence>,
    /// It is the time to death, which nobody who is measured has died before.
    of_life: bool,
}

#[derive(Clone, Debug)]
enum Body {
    /// At a visit, or at all assessments.
    Truth(TruthAt),
    Value(ValueAt),
    /// Over a window.
    Over(usize),
    Time(Lasting),
    Reckoned(Reckoned),
}

/// A number over a window that begins with an event of the trial.
#[derive(Clone, Debug)]
struct Reckoned {
    from: Dated,
    to: Edge,
    what: Counts,
}

/// Where a window ends.
#[derive(Clone, Debug)]
enum Edge {
    Event(Dated),
    /// With the last of these, which begin on study day 1.
    Epochs(Vec<Stage>),
}

/// An epoch.
#[derive(Clone, Debug)]
struct Stage {
    longest: Option<Duration>,
    until: Option<Until>,
}

/// What an epoch ends with.
#[derive(Clone, Debug)]
struct Until {
    /// One sentence about events.
    body: NodeAt,
    /// The day up to which it is asked.
    day: AnchorAt,
    begins: Beginning,
}

#[derive(Clone, Debug)]
enum Counts {
    /// Events of several classes; and of a rate what a day is in its unit of time.
    Events { of: Vec<Events>, days: Option<Exact> },
    /// A place in [`Program::doses`], and what silence about each class means.
    Dose { at: usize, silences: Vec<Silence> },
}

/// A value.
#[derive(Clone, Debug)]
enum Expr {
    Constant(Exact),
    Result {
        of: ConceptAt,
        scale: Scale,
        /// What stands in where there is no result.
        derived: Option<ValueAt>,
    },
    Arithmetic {
        operator: Operator,
        left: ValueAt,
        right: ValueAt,
    },
    /// In another unit.
    Scaled {
        of: ValueAt,
        factor: Exact,
        offset: Exact,
    },
    If {
        branches: Vec<(TruthAt, ValueAt)>,
        otherwise: ValueAt,
    },
    Fold {
        fold: Fold,
        entries: Vec<(Option<TruthAt>, ValueAt)>,
    },
    Change {
        of: Followed,
        relative: bool,
    },
    /// A place in [`Program::doses`].
    Dose(usize),
}

/// A value and its reference at baseline; of several measures that which was the highest (or lowest) then.
#[derive(Clone, Debug)]
enum Followed {
    One { now: ValueAt, before: ValueAt },
    Leading { fold: Fold, members: Vec<Member> },
}

/// A measure that may be the one that is followed.
#[derive(Clone, Debug)]
struct Member {
    /// At baseline.
    when: Option<TruthAt>,
    now: ValueAt,
    before: ValueAt,
}

/// A truth.
#[derive(Clone, Debug)]
enum Asks {
    Constant(Kleene),
    Not(TruthAt),
    Known(TruthAt),
    Unless(TruthAt, TruthAt),
    Count {
        counting: Counting,
        entries: Vec<(Option<TruthAt>, TruthAt)>,
    },
    Compare {
        value: ValueAt,
        comparator: Comparator,
        to: ValueAt,
    },
    InRange {
        value: ValueAt,
        low: Exact,
        high: Exact,
    },
    OneOf {
        value: ValueAt,
        words: Vec<u32>,
        negated: bool,
    },
    WordCompare {
        value: ValueAt,
        comparator: Comparator,
        word: u32,
    },
    /// How far a change goes up, or down.
    Moved {
        change: ValueAt,
        rises: bool,
        comparator: Comparator,
        limit: Exact,
    },
    Recorded(ValueAt),
    /// A place in [`Program::rules`].
    Rule(usize),
}

/// The amount a day of some drugs.
#[derive(Clone, Debug)]
struct DoseOf {
    of: Vec<Drugs>,
    route: Option<crate::ir::Route>,
    /// As doses of this one.
    equivalent_to: Option<ConceptId>,
}

/// One class of drugs.
#[derive(Clone, Debug)]
struct Drugs {
    kin: crate::plan::Kin,
    /// At the day of the outcome; nothing more was taken where this is not met.
    silence: usize,
}

/// What a value is, as far as the program knows it.
#[derive(Clone, Copy, Debug)]
enum Val {
    /// Nothing is known of it.
    Unknown,
    One(Exact),
    /// Its place among the words of its measure.
    Word(u32),
    /// Something else, as the reference has it: a place in [`Memory::many`]. Words stand there as their places.
    Many(u32),
    /// A dose of which more is known than nothing, and less than all.
    Vague,
}

/// An answer, and the last day of what it used: [`NONE`] where it used nothing, [`LOST`] where that was not followed.
#[derive(Clone, Copy, Debug)]
struct Told<T> {
    what: T,
    seen: i64,
}

const NONE: i64 = i64::MIN;
const LOST: i64 = i64::MAX;

/// What figures by arm need of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    pub member: Kleene,
    pub stood_in: bool,
    pub failed: bool,
    pub result: Tallied,
    /// Of a number.
    pub unit: Option<Arc<str>>,
}

/// A result as it is counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Tallied {
    Response(Kleene),
    Missing,
    /// Known to a range only.
    Inexact,
    Number(f64),
    Word(Word),
    Time(f64, crate::evaluate::outcome::Ending),
}

impl Program {
    pub(super) fn new(reader: &Reader<'_>, asked: &[Asked<'_>], dated: &[ConceptId]) -> Self {
        let family = Family::new(reader.trial);
        lower::lower(reader, &family, asked, dated)
    }

    /// Why an outcome is left to the reference.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (usize, &str)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(at, outcome)| outcome.as_ref().err().map(|why| (at, why.as_str())))
    }

    /// Whether there is anything that it can say.
    pub(super) fn is_of_use(&self) -> bool {
        self.outcomes.iter().any(Result::is_ok)
    }
}
