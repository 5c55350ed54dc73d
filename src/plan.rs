//! A protocol's criteria as a program over a patient's facts: what the fast path, the WebAssembly module and the SQL of a
//! warehouse are made of.
//!
//! The reference evaluator (`evaluate`) walks the `ir` and is the definition. A plan is the same criteria with everything
//! worked out that does not depend on the patient: classes are sets of concepts, units are converted, windows are days
//! counted from anchors, and a sentence that stands in two places is one [`Node`]. Facts are [`facts::Facts`]: numbers,
//! seconds and places in tables, and no text.
//!
//! A plan is exact or silent. A criterion that asks what a plan cannot say is left to the reference ([`Way::Reference`], with
//! the reason), and so is a patient of whom the arithmetic of doubles cannot decide ([`run::Deferred`]).

pub mod batch;
pub mod dose;
pub(crate) mod exact;
pub mod facts;
pub mod lower;
pub mod quick;
mod reach;
pub mod run;

use crate::chart::Kind;
use crate::evaluate::Kleene;
use crate::ir::{Comparator, ConceptId, Counting, Operator, Pick, Polarity, Route, Side, Verb, Word};
pub use crate::units::Scale;

macro_rules! places {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            #[must_use]
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

places! {
    /// A place in [`Plan::concepts`].
    ConceptAt,
    /// A place in [`Plan::anchors`].
    AnchorAt,
    /// A place in [`Plan::days`].
    DayAt,
    /// A place in [`Plan::periods`].
    PeriodAt,
    /// A place in [`Plan::values`].
    ValueAt,
    /// A place in [`Plan::nodes`].
    NodeAt,
    /// A place in [`Plan::questions`].
    QuestionAt
}

/// A protocol's criteria as a program.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Everything that a fact can be of, in the order of the protocol's concepts.
    pub concepts: Vec<ConceptSlot>,
    /// The events of the trial that times are counted from.
    pub anchors: Vec<AnchorSlot>,
    /// The keys that answers are recorded under.
    pub questions: Vec<Word>,
    /// The words that describe occurrences: stages, histologies, severities.
    pub terms: Vec<Word>,
    /// Each rests on those before it alone; so do periods, values and nodes.
    pub days: Vec<Day>,
    pub periods: Vec<Period>,
    pub values: Vec<ValueExpr>,
    pub nodes: Vec<Node>,
    /// What doses are reckoned with.
    pub doses: dose::Book,
    /// In the order of the report.
    pub rules: Vec<Rule>,
    /// The anchors of the `eligibility` blocks: the latest that has taken place is the last day of a record that does not say.
    pub screenings: Vec<ConceptAt>,
    /// Whether the protocol itself has something missing: then nobody is eligible.
    pub unfinished: bool,
}

/// Something that facts can be of.
#[derive(Clone, Debug)]
pub struct ConceptSlot {
    pub id: ConceptId,
    /// Itself and every class that it belongs to.
    pub above: Vec<ConceptAt>,
    /// The results of a test or scale, in order; a fact holds the place.
    pub words: Vec<Word>,
}

/// An event of the trial.
#[derive(Clone, Debug)]
pub struct AnchorSlot {
    pub event: ConceptAt,
    /// Its first and last day by the protocol's plan, where the record has no date of it.
    pub plan: Option<(DayAt, DayAt)>,
    /// It is no event of the trial, but one of the patient's own history.
    pub own: Option<Box<Own>>,
}

/// A day of the patient's own history, such as that of the first course of a drug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    pub which: Which,
    /// Of any of these, and when silence means that there was none.
    pub of: Vec<(Kin, Silence)>,
    pub route: Option<Route>,
    /// The day on which it is asked.
    pub now: DayAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The beginning of the first of all, whenever that is.
    Start,
    /// The end of the last of all.
    End,
    /// The beginning of the first that began up to now.
    First,
    /// The end of the last of these, or now.
    Last,
}

/// A day, counted from 1970; not known where an anchor that it rests on is not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Day {
    Anchor(AnchorAt),
    Fixed(i64),
    /// So long before or after another.
    Moved {
        from: DayAt,
        by: Length,
        side: Side,
    },
    /// The earliest or the latest of some.
    Extreme {
        of: Vec<DayAt>,
        latest: bool,
    },
    /// This day; or the last day of the record, where the anchor lies ahead and the day after that one.
    Come {
        day: DayAt,
        anchor: AnchorAt,
        context: DayAt,
    },
    /// A length that nobody knows, such as a half-life.
    Unknown,
}

/// A length of time between days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Length {
    Days(i64),
    /// Of the calendar, clamped to the end of the month.
    Months(i64),
}

/// The days that a sentence asks about, from one to another, both included; open where there is no day. Where the last lies
/// before the first there are none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    pub from: Option<DayAt>,
    pub to: Option<DayAt>,
    /// Where the last day is not known, and `until` is, the period reaches to the last day of the record (rather than being
    /// unknown).
    pub open_if_unknown: bool,
    /// Cut off at the last day of the record where one of these lies ahead.
    pub ahead: Vec<AnchorAt>,
    /// Cut off at the last day of the record in any case.
    pub up_to_now: bool,
    /// The day of the block: the last day of a record that says nothing else.
    pub context: DayAt,
    /// Cut off here: the end of the part of a rule that is screened.
    pub until: Option<DayAt>,
}

/// A number, or a word of a test or scale.
#[derive(Clone, Debug)]
pub enum ValueExpr {
    Constant(Number),
    /// The result of a measure, as a double in its unit; divided by its limit of normal where `scale` says so.
    Result {
        of: ConceptAt,
        scale: Scale,
        pick: Pick,
        period: PeriodAt,
        /// What stands in where there is none.
        derived: Option<ValueAt>,
    },
    /// Completed years, months, weeks or days on that day.
    Age {
        unit: AgeUnit,
        on: DayAt,
    },
    Arithmetic {
        operator: Operator,
        left: ValueAt,
        right: ValueAt,
    },
    /// `factor * x + offset`: another unit.
    Linear {
        of: ValueAt,
        factor: f64,
        offset: f64,
    },
    If {
        branches: Vec<(NodeAt, ValueAt)>,
        otherwise: ValueAt,
    },
    Fold {
        fold: Fold,
        of: Vec<ValueAt>,
    },
    /// What was taken of drugs.
    Dose(Box<dose::Dose>),
    /// How many of these there were: without an end above where silence does not say that there were no more.
    Count(Box<Tally>),
    /// The same for each length of time.
    Rate {
        of: Box<Tally>,
        over: Stretch,
    },
    /// How many lines of treatment.
    Lines(Box<Tally>),
    /// One of the last so many results.
    Repeat(Repeat),
    /// The mean of some that are all known.
    Mean(Vec<ValueAt>),
}

/// A number as a double, and how many significant digits it has as a decimal; [`Number::ROUNDED`] where it is none, or has
/// more than [`Number::MOST`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    pub value: f64,
    pub digits: u8,
}

impl Number {
    /// With no more digits than this, two decimals differ by more than doubles can lose.
    pub const MOST: u8 = 12;
    /// The digits of a number that was rounded.
    pub const ROUNDED: u8 = 99;
    /// Numbers whose difference is a smaller part of them than this are compared exactly, or not at all.
    pub const NEAR: f64 = 1e-12;
    /// The same where one of them was worked out or rounded.
    pub const NEAR_IF_ROUNDED: f64 = 1e-9;
}

/// No whole power is taken beyond this: as the reference has it.
pub const MOST_POWER: f64 = 400.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgeUnit {
    Years,
    Months,
    Weeks,
    Days,
}

/// What is done with the values of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    Highest,
    Lowest,
    Sum,
}

/// A truth.
#[derive(Clone, Debug)]
pub enum Node {
    Constant(Kleene),
    All(Vec<NodeAt>),
    Any(Vec<NodeAt>),
    Not(NodeAt),
    /// Met where it is met, not met otherwise.
    Known(NodeAt),
    /// So many of a list; an entry counts where its condition is met.
    Count {
        counting: Counting,
        entries: Vec<Entry>,
    },
    /// The truth of the first branch whose condition is met, of the last otherwise; while conditions are unknown, what all
    /// agree on that may be in force.
    Choice {
        branches: Vec<(NodeAt, NodeAt)>,
        otherwise: NodeAt,
    },
    Compare {
        value: ValueAt,
        comparator: Comparator,
        to: ValueAt,
    },
    InRange {
        value: ValueAt,
        low: ValueAt,
        high: ValueAt,
    },
    /// The result is one of these words.
    OneOf {
        value: ValueAt,
        words: Vec<u32>,
        negated: bool,
    },
    /// By the order of a scale.
    WordCompare {
        value: ValueAt,
        comparator: Comparator,
        word: u32,
    },
    Recorded(ValueAt),
    Events(Box<Events>),
    /// The first day of the first of these lies in the period.
    Onset {
        of: Kin,
        period: PeriodAt,
        silence: Silence,
    },
    /// The event of the trial has taken place by that day.
    Given {
        event: ConceptAt,
        by: DayAt,
    },
    /// Recorded under the first of these keys that has an answer.
    Answer(Vec<QuestionAt>),
    /// The same dose on every day of a stretch.
    StableDose(Box<dose::Stable>),
    /// The header's sex: the first result of `sex`, whatever its date.
    Sex {
        of: ConceptAt,
        word: u32,
    },
    /// So many different members of a class.
    Members(Box<Members>),
    /// A value against what it was before.
    Change(Box<Change>),
}

/// Events to be counted, each entry once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// What is counted, as sentences with `had`.
    pub classes: Vec<Events>,
    pub period: PeriodAt,
    /// What is one of these, and no class itself: in rising order.
    pub finest: Vec<ConceptAt>,
}

/// The length of time that a rate is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stretch {
    /// As it is written, in the unit of the rate.
    Written(Number),
    /// The days of the period; `per` of them are one of the unit. Where `both_ends` is set the last day counts too.
    Days { per: Number, both_ends: bool },
}

/// The last so many results, from the latest backwards, each at least so far from the one after it: nothing is known of any
/// where there are fewer, or where it is open which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Repeat {
    pub of: ConceptAt,
    pub scale: Scale,
    pub period: PeriodAt,
    pub count: u32,
    /// In seconds; whole days are counted as days.
    pub apart: Option<i64>,
    /// Which of them, from the latest on.
    pub nth: u32,
}

/// So many different members of a class, where what is recorded no finer than a class may be any of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Members {
    pub counting: Counting,
    /// The sentence about each member that is no class itself.
    pub members: Vec<NodeAt>,
    /// The sentence about what is recorded as no more than each class.
    pub classes: Vec<NodeAt>,
    /// Those classes, in rising order.
    pub coarse: Vec<ConceptAt>,
}

/// By how much a value rose or fell from what it was before a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub of: Followed,
    /// Nothing is known where the period is not.
    pub period: PeriodAt,
    pub toward: Toward,
    pub comparator: Comparator,
    pub by: By,
}

/// The value that is followed.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    One(Pair),
    /// That of these which was the highest (or the lowest) before: each with the condition, before the period, under which it
    /// counts.
    Leading {
        fold: Fold,
        of: Vec<(Option<NodeAt>, Pair)>,
    },
}

/// A value now and before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    pub now: ValueAt,
    pub before: ValueAt,
}

impl Followed {
    /// All that may be followed.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        let (one, several) = match self {
            Self::One(pair) => (Some(*pair), &[][..]),
            Self::Leading { of, .. } => (None, of.as_slice()),
        };
        one.into_iter().chain(several.iter().map(|(_, pair)| *pair))
    }

    /// The conditions under which one counts.
    pub fn conditions(&self) -> impl Iterator<Item = NodeAt> {
        let several = match self {
            Self::One(_) => &[][..],
            Self::Leading { of, .. } => of.as_slice(),
        };
        several.iter().filter_map(|(when, _)| *when)
    }
}

impl Change {
    /// How the value now is compared with what it would be after such a change: a fall seen from the other side.
    #[must_use]
    pub fn of_now(&self) -> Comparator {
        match (self.toward, self.comparator) {
            (Toward::Rise, comparator) => comparator,
            (Toward::Fall, Comparator::Less) => Comparator::Greater,
            (Toward::Fall, Comparator::AtMost) => Comparator::AtLeast,
            (Toward::Fall, Comparator::Equal) => Comparator::Equal,
            (Toward::Fall, Comparator::NotEqual) => Comparator::NotEqual,
            (Toward::Fall, Comparator::AtLeast) => Comparator::AtMost,
            (Toward::Fall, Comparator::Greater) => Comparator::Less,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toward {
    Rise,
    Fall,
}

/// A change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum By {
    /// In the unit of the value.
    Amount(Number),
    /// As a part of what was before: one and this part, and one without it.
    Part { more: Number, less: Number },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    pub when: Option<NodeAt>,
    pub body: NodeAt,
}

/// What is one of a class, and what is recorded no finer than a class above it; both in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kin {
    pub is: Vec<ConceptAt>,
    pub may_be: Vec<ConceptAt>,
}

/// When silence about a thing means that there was none: where one of `denied` is recorded as absent, or all of `kinds` are
/// complete, on every day that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Silence {
    pub denied: Vec<ConceptAt>,
    pub kinds: Vec<Kind>,
}

/// A sentence about events of the patient.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Events {
    pub verb: Verb,
    pub of: Kin,
    pub silence: Silence,
    pub tests: Tests,
    pub except: Vec<Exempt>,
    /// The days that are asked about; for `has` and `receiving` that of the anchor alone.
    pub period: PeriodAt,
    /// All days up to the anchor: what a complete record is asked for where the period is not known.
    pub ever: PeriodAt,
    /// The first day of the window of an outcome: where the end of that is not known, the day that lies in it for sure.
    pub first: Option<PeriodAt>,
    /// The days of `for at least` with `has` and `receiving`: on each of them.
    pub along: Option<PeriodAt>,
    /// The least and the greatest length of the others.
    pub at_least: Option<Length>,
    pub at_most: Option<AtMost>,
    /// Not met where nothing is recorded of it: a class that stands beside its members.
    pub only_recorded: bool,
}

impl Events {
    /// Of nothing, in a period and whatever it was like: what other sentences are made of.
    #[must_use]
    pub fn none(verb: Verb, silence: Silence, period: PeriodAt) -> Self {
        Self {
            verb,
            of: Kin::default(),
            silence,
            tests: Tests::default(),
            except: Vec::new(),
            period,
            ever: period,
            first: None,
            along: None,
            at_least: None,
            at_most: None,
            only_recorded: false,
        }
    }
}

/// How long at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AtMost {
    Lasted(Length),
    /// What lasts now began on that day or later.
    Since(DayAt),
}

/// What must hold of an occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tests {
    pub route: Option<Route>,
    pub grade: Vec<(u8, u8)>,
    /// Places in [`Plan::terms`]: each list holds those that will do.
    pub stage: Vec<Vec<u32>>,
    pub histology: Vec<Vec<u32>>,
    pub severity: Vec<Vec<u32>>,
    pub cause: Vec<Kin>,
    pub due_to: Option<Kin>,
}

/// What an exception takes out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exempt {
    /// Nothing where attributes alone decide.
    pub of: Option<Kin>,
    pub tests: Tests,
    pub period: Option<PeriodAt>,
}

/// A criterion.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: Word,
    pub polarity: Polarity,
    pub prose: Option<String>,
    pub way: Way,
}

/// How a criterion is decided.
#[derive(Clone, Debug)]
pub enum Way {
    Planned {
        body: NodeAt,
        /// Not applicable where this is not met.
        applies: Option<NodeAt>,
        /// Not applicable where this period holds no day: a rule for a later time.
        period: Option<PeriodAt>,
        /// The anchors that it rests on, each after those that its plan rests on.
        anchors: Vec<AnchorAt>,
    },
    /// By the reference evaluator, as it asks this.
    Reference(String),
}

impl Plan {
    /// The place of a concept; they stand in the order of their names.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<ConceptAt> {
        let at = self.concepts.binary_search_by(|slot| slot.id.as_str().cmp(id)).ok()?;
        u32::try_from(at).ok().map(ConceptAt)
    }

    /// The place of a word that describes occurrences; they stand in order.
    #[must_use]
    pub fn term(&self, word: &Word) -> Option<u32> {
        self.terms.binary_search(word).ok().and_then(|at| u32::try_from(at).ok())
    }

    /// Whether a day of the patient's own history is asked for from another day, too.
    #[must_use]
    pub fn is_counted_elsewhere(&self, at: AnchorAt, own: &Own) -> bool {
        let others = (0..).map(AnchorAt).zip(&self.anchors).filter(|(other, _)| *other != at);
        others.filter_map(|(_, slot)| slot.own.as_ref()).any(|other| {
            other.which == own.which && other.route == own.route && other.of == own.of && other.now != own.now
        })
    }

    /// What a criterion asks that is decided of one patient at a time, and by no query over all of them.
    #[must_use]
    pub fn for_one_patient(&self, rule: &Rule) -> Option<&'static str> {
        match &rule.way {
            Way::Planned { body, applies, period, .. } => reach::for_one_patient(self, *body, *applies, *period),
            Way::Reference(_) => None,
        }
    }

    /// The criteria that are left to the reference evaluator, with what they ask.
    pub fn left_out(&self) -> impl Iterator<Item = (&Rule, &str)> {
        self.rules.iter().filter_map(|rule| match &rule.way {
            Way::Reference(why) => Some((rule, why.as_str())),
            Way::Planned { .. } => None,
        })
    }
}
