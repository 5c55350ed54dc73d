//! The reference evaluator: what a protocol says of a patient's record.
//!
//! It goes straight over the `ir` and is the definition of the language beside `docs/language.md`; every other way to run a
//! protocol has to agree with it. A truth is met, not met or unknown; a value is everything that it may be. Each answer is a
//! [`Node`] that holds the answers of its parts, the facts that were used and those that are missing.
//!
//! Anchors that are known only to some days are gone through day by day: a sentence is decided where each day gives the same
//! answer.

mod arithmetic;
mod asked;
mod count;
mod dose;
pub mod due;
pub mod example;
pub(crate) mod fraction;
mod frame;
mod history;
pub mod interval;
pub mod kleene;
pub mod lack;
mod lists;
pub mod node;
pub mod outcome;
mod results;
mod stable;
mod truth;
mod value;
pub mod verdict;

use std::cell::RefCell;

pub use due::LookBack;
pub use kleene::Kleene;
pub use lack::Lack;
pub use node::{About, Node, Note, State, Used};
pub use outcome::{Baseline, Occasion};
pub use verdict::{Report, Ruling, screen};

pub(crate) use arithmetic::work_out;
pub(crate) use asked::{better, every};
pub(crate) use count::code_of_time;
pub(crate) use dose::equivalent;
pub(crate) use history::{covered, gaps};
pub(crate) use lists::{hull_of, is_excepted_truth, is_excepted_value, members_of};
pub(crate) use results::{is_passed, site_limit};
pub(crate) use value::{completed, measure_of, seconds};

use crate::ir::{Anchor, Duration, Window};
use crate::record::{Reader, Record, Span, When};

/// One patient before one protocol.
pub struct Evaluator<'a> {
    pub reader: &'a Reader<'a>,
    pub record: &'a Record,
    cases: RefCell<Cases>,
}

/// Which days are taken for anchors that are known only to some.
#[derive(Default)]
struct Cases {
    taken: Vec<(Anchor, i64)>,
    /// Those that were met on the way and have no day yet, with their first and last one.
    open: Vec<(Anchor, i64, i64)>,
}

/// When a sentence is asked.
#[derive(Clone)]
pub(crate) struct Context<'a> {
    /// The moment of the block, or the one that `at` moved it to: see [`Evaluator::now`].
    anchor: Now<'a>,
    /// The window that is nearest around.
    window: Option<Frame<'a>>,
    /// How old a result may be where no window is.
    look_back: Option<&'a Duration>,
    /// Nothing after this is asked about: the end of the part of a rule that is screened.
    until: Option<i64>,
    /// How far back a rule of a treatment looks where it says no time of its own.
    due: Option<LookBack>,
    /// What a change is counted from where no window is around it.
    baseline: Option<Baseline>,
    /// The day of the visit that results are looked for at: of several days the nearest to it counts.
    near: Option<i64>,
    ahead: Ahead,
}

/// A moment that sentences are asked at.
#[derive(Clone)]
enum Now<'a> {
    Known(Result<When, Lack>),
    /// The day of a block. No day of it is taken before a sentence asks for it: much of what is judged at a block bears on no
    /// day at all.
    Block(&'a Anchor),
}

/// What is done with the part of a time that lies behind the day of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ahead {
    /// It is left out, and said to be: screening judges up to its day.
    CutOff,
    /// It belongs to the time, and nobody knows what it will bring: an outcome is open until its time is over.
    Open,
}

/// A window as it is written, or as it has been worked out.
#[derive(Clone)]
enum Frame<'a> {
    Written(&'a Window),
    Exactly(Span),
    Baseline(Baseline),
    From(OpenEnd),
}

/// A window that begins on a day, and ends on one that is not known.
#[derive(Clone, Copy)]
struct OpenEnd {
    first: i64,
    /// It ends on this day or later,
    least: i64,
    /// and on this one or earlier.
    most: Option<i64>,
}

/// More days than this are not gone through one by one.
const MOST_DAYS: i64 = 400;
/// No more cases than this of all anchors together.
const MOST_CASES: usize = 4_000;

impl<'a> Evaluator<'a> {
    #[must_use]
    pub fn new(reader: &'a Reader<'a>, record: &'a Record) -> Self {
        Self { reader, record, cases: RefCell::default() }
    }

    /// The moment at which something is asked.
    fn now(&self, context: &Context<'a>) -> Result<When, Lack> {
        match &context.anchor {
            Now::Known(anchor) => anchor.clone(),
            Now::Block(anchor) => {
                let nowhere = Context::at(Err(Lack::Day { of: lack::named(anchor) }));
                self.anchor_day(anchor, &nowhere)
            }
        }
    }

    /// The same, without taking a day where there are several.
    fn now_range(&self, context: &Context<'a>) -> Result<When, Lack> {
        match &context.anchor {
            Now::Known(anchor) => anchor.clone(),
            Now::Block(anchor) => {
                let nowhere = Context::at(Err(Lack::Day { of: lack::named(anchor) }));
                self.anchor_range(anchor, &nowhere)
            }
        }
    }

    /// What holds whichever of their possible days the anchors fall on.
    fn in_every_case(&self, ask: &dyn Fn() -> Node<'a>) -> Node<'a> {
        let mut left = MOST_CASES;
        self.case(&[], ask, &mut left).unwrap_or_else(|| self.given_up(ask))
    }

    /// Nothing where there are more cases than so many. They alone are counted, and not the steps to them: those depend on
    /// which anchor is asked about first.
    fn case(&self, taken: &[(Anchor, i64)], ask: &dyn Fn() -> Node<'a>, left: &mut usize) -> Option<Node<'a>> {
        *self.cases.borrow_mut() = Cases { taken: taken.to_vec(), open: Vec::new() };
        let node = ask();
        let open = std::mem::take(&mut *self.cases.borrow_mut()).open;
        let Some((anchor, first, last)) = open.into_iter().next() else {
            *left = left.checked_sub(1)?;
            return Some(node);
        };
        let mut found: Option<Node<'a>> = None;
        for day in first..=last {
            let mut taken = taken.to_vec();
            taken.push((anchor.clone(), day));
            let next = self.case(&taken, ask, left)?;
            match &mut found {
                None => found = Some(next),
                Some(known) if known.state == next.state && known.is_aside() == next.is_aside() => {}
                Some(known) => {
                    // What applies on some of the days only is decided by none of them.
                    if known.is_aside() != next.is_aside() {
                        known.not_told();
                    }
                    known.state = known.state.either(&next.state);
                    known.lacks.push(Lack::Day { of: lack::named(&anchor) });
                    // They are those of one of the days.
                    known.parts.clear();
                    return found;
                }
            }
        }
        found
    }

    /// Unknown, as the days of these anchors are.
    fn given_up(&self, ask: &dyn Fn() -> Node<'a>) -> Node<'a> {
        self.cases.take();
        let mut node = ask();
        let open = self.cases.take().open;
        node.not_told();
        node.lacks.extend(open.iter().map(|(anchor, ..)| Lack::Day { of: lack::named(anchor) }));
        node
    }

    /// The day that is taken for an anchor of which only this much is known.
    fn taken(&self, anchor: &Anchor, when: When) -> Result<When, Lack> {
        if when.span.is_one_day() {
            return Ok(when);
        }
        let (first, last) = (when.span.first_day(), when.span.last_day());
        if last - first > MOST_DAYS {
            return Err(Lack::Day { of: lack::named(anchor) });
        }
        let mut cases = self.cases.borrow_mut();
        if let Some((_, day)) = cases.taken.iter().find(|(known, _)| known == anchor) {
            return Ok(When::day(*day));
        }
        if !cases.open.iter().any(|(known, ..)| known == anchor) {
            cases.open.push((anchor.clone(), first, last));
        }
        Ok(When::day(first))
    }
}

impl<'a> Context<'a> {
    /// Asked at a moment, of all time up to it.
    fn at(anchor: Result<When, Lack>) -> Self {
        Self::asked(Now::Known(anchor))
    }

    fn asked(anchor: Now<'a>) -> Self {
        Self {
            anchor,
            window: None,
            look_back: None,
            until: None,
            due: None,
            baseline: None,
            near: None,
            ahead: Ahead::CutOff,
        }
    }

    /// Whether it is asked of what any window says that begins on one day.
    fn has_no_end(&self) -> bool {
        self.ahead == Ahead::Open && matches!(self.anchor, Now::Known(Err(_)))
    }

    fn within(&self, window: &'a Window) -> Self {
        Self { window: Some(Frame::Written(window)), ..self.clone() }
    }

    fn exactly(&self, span: Span) -> Self {
        Self { window: Some(Frame::Exactly(span)), ..self.clone() }
    }
}
