//! The doses of one participant, one after the other, as they are planned.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::Zero;
use rustc_hash::FxHashMap;

use super::Number;
use super::amount::{Change, Ends, Size, Steps, Worked, ordered, round, work};
use super::body::Measures;
use super::csv::{Cells, Strip};
use super::days::{NoDays, Shape, Sheet, Slot, Standing};
use super::given::Given;
use super::plan::{Plan, SumOf};

/// A planned dose.
#[derive(Clone, Debug)]
pub struct PlannedDose {
    /// Days from 1970.
    pub day: i64,
    /// The line of the plan.
    pub line: usize,
    pub times: u32,
    /// From 1; 0 outside cycles.
    pub cycle: u32,
    pub state: State,
    pub shown: Rc<Shown>,
    /// All of the drug up to this day, this dose included; nothing where no amount of it is known.
    pub together: Option<Together>,
    /// The last day, where no single day is planned.
    pub to: Option<i64>,
    /// What there is to know of this dose alone.
    pub notes: Vec<String>,
    /// What the record has of it.
    pub given: Option<Box<Given>>,
}

/// What becomes of a dose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Planned,
    /// The cap on all doses together leaves nothing.
    CapReached,
    /// Given where it is needed: no day is planned.
    AsNeeded,
    /// The protocol does not say on which days.
    DaysNotSaid,
    Held,
    Stopped,
    /// It is unknown whether a rule changes it.
    Open,
}

impl State {
    /// As programs write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::CapReached => "cap_reached",
            Self::AsNeeded => "as_needed",
            Self::DaysNotSaid => "days_not_said",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Open => "open",
        }
    }

    /// Whether something is to be given.
    #[must_use]
    pub fn is_given(self) -> bool {
        matches!(self, Self::Planned | Self::Open)
    }
}

/// What doses of a line have in common while nothing changes them.
#[derive(Debug)]
pub struct Shown {
    pub ordered: String,
    pub worked: Worked,
    /// Its cells of a row of CSV, once they are wanted.
    pub(super) cells: OnceCell<Cells>,
    /// The same where no day is planned, by the last day of its time.
    until: RefCell<FxHashMap<i64, Rc<Cells>>>,
}

/// Last days for which cells are kept.
const MOST_DAYS: usize = 4_096;

impl Shown {
    fn new(ordered: String, worked: Worked) -> Self {
        Self { ordered, worked, cells: OnceCell::new(), until: RefCell::default() }
    }

    /// The cells of a line without days up to a day.
    pub(super) fn until(&self, to: i64, cells: impl FnOnce() -> Cells) -> Rc<Cells> {
        if let Some(known) = self.until.borrow().get(&to) {
            return Rc::clone(known);
        }
        let cells = Rc::new(cells());
        let mut until = self.until.borrow_mut();
        if until.len() >= MOST_DAYS {
            until.clear();
        }
        until.insert(to, Rc::clone(&cells));
        cells
    }
}

/// All of a drug so far; of a dose, in the unit of its amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    pub low: Number,
    pub high: Number,
    /// A dose before was of an amount that nobody knows yet.
    pub at_least: bool,
}

/// Amounts that are worked out already, for all participants of one plan.
#[derive(Clone, Default)]
pub struct Shelf(Rc<RefCell<Amounts>>);

#[derive(Default)]
struct Amounts {
    known: FxHashMap<Key, Rc<Shown>>,
    sizes: FxHashMap<Size, usize>,
    strips: Strips,
}

/// Rows that were written before, by the days and the size that they go by.
#[derive(Default)]
struct Strips {
    /// Each with the shape of its days, which is not made again as long as it is held here.
    known: FxHashMap<(usize, usize), (Shape, Rc<Strip>)>,
    /// What was seen once: most participants of a dose by weight have a weight of their own.
    seen: FxHashMap<(usize, usize), Shape>,
    bytes: usize,
    /// Since there is no more room: those that would have been kept.
    refused: usize,
}

/// Rows that are kept, in bytes.
const MOST_BYTES: usize = 32 << 20;

/// Whether another participant has had the same rows.
pub(super) enum Alike {
    Known(Rc<Strip>),
    /// It was seen before: its rows are worth keeping.
    Wanted(StripPlace),
    New,
}

/// Where the rows of a calendar are kept.
pub(super) struct StripPlace {
    shelf: Shelf,
    key: (usize, usize),
    shape: Shape,
}

impl StripPlace {
    pub(super) fn keep(self, strip: Strip) {
        let strips = &mut self.shelf.0.borrow_mut().strips;
        if strips.bytes + strip.size() <= MOST_BYTES {
            strips.bytes += strip.size();
            strips.known.insert(self.key, (self.shape, Rc::new(strip)));
        } else {
            strips.bytes = strips.bytes.max(MOST_BYTES);
        }
    }
}

/// Amounts that are kept, so that many participants take no more memory than some.
const MOST_KEPT: usize = 4_096;

/// The doses of one participant, in order.
pub struct Calendar<'c, 't> {
    pub plan: &'c Plan<'t>,
    pub sheet: &'c Sheet<'t>,
    pub(super) book: Book<'c, 't>,
    slots: std::iter::Peekable<std::slice::Iter<'c, Slot>>,
    standing: std::iter::Peekable<std::slice::Iter<'c, Standing>>,
}

/// One of the doses in order.
pub(super) enum Step<'b> {
    Dose(PlannedDose),
    /// A dose that is given as planned: its place among the slots, its amount, all of the drug so far.
    Plain {
        slot: &'b Slot,
        place: usize,
        shown: &'b Rc<Shown>,
        together: Option<&'b Together>,
    },
}

/// Amounts and sums on their way.
pub(super) struct Book<'c, 't> {
    plan: &'c Plan<'t>,
    shelf: Shelf,
    /// Each with the day from which on it holds, and its number on the shelf.
    sizes: Vec<(i64, Size, usize)>,
    sums: Vec<Together>,
    /// Of each line the amount before: it is nearly always that of the next dose too.
    before: Vec<Option<(Key, Rc<Shown>)>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    line: usize,
    steps: Steps,
    times: u32,
    size: usize,
}

impl<'c, 't> Calendar<'c, 't> {
    #[must_use]
    pub fn new(plan: &'c Plan<'t>, sheet: &'c Sheet<'t>, measures: &Measures) -> Self {
        Self::with(plan, sheet, measures, &Shelf::default())
    }

    /// The same for one of many participants of this plan, who share a shelf.
    #[must_use]
    pub fn with(plan: &'c Plan<'t>, sheet: &'c Sheet<'t>, measures: &Measures, shelf: &Shelf) -> Self {
        Self {
            plan,
            sheet,
            book: Book::new(plan, measures, shelf),
            slots: sheet.slots.iter().peekable(),
            standing: sheet.standing.iter().peekable(),
        }
    }

    /// Whether a participant before had the same doses on the same study days.
    pub(super) fn alike(&self) -> Alike {
        let whole = self.slots.len() == self.sheet.slots.len() && self.standing.len() == self.sheet.standing.len();
        let [(_, _, size)] = self.book.sizes.as_slice() else { return Alike::New };
        if !whole || self.sheet.slots.is_empty() {
            return Alike::New;
        }
        let shape = &self.sheet.shape;
        let key = (shape.place(), *size);
        let strips = &mut self.book.shelf.0.borrow_mut().strips;
        if let Some((_, strip)) = strips.known.get(&key) {
            return Alike::Known(Rc::clone(strip));
        }
        if strips.bytes >= MOST_BYTES {
            // What is kept serves some; when it has served too few, others have their turn.
            strips.refused += 1;
            if strips.refused > 4 * strips.known.len() {
                *strips = Strips::default();
            }
            return Alike::New;
        }
        if strips.seen.contains_key(&key) {
            return Alike::Wanted(StripPlace { shelf: self.book.shelf.clone(), key, shape: shape.clone() });
        }
        if strips.seen.len() >= MOST_KEPT {
            strips.seen.clear();
        }
        strips.seen.insert(key, shape.clone());
        Alike::New
    }

    /// The next dose: as little of it as most doses need, or all of it.
    pub(super) fn step(&mut self) -> Option<Step<'_>> {
        if self.standing_first() {
            return self.next_without_days().map(Step::Dose);
        }
        let place = self.sheet.slots.len() - self.slots.len();
        let slot = self.slots.next()?;
        if !self.book.is_plain(slot) {
            return Some(Step::Dose(self.book.dose(slot)));
        }
        self.book.plain(slot).map(|(shown, together)| Step::Plain { slot, place, shown, together })
    }

    /// The next line without days, whatever doses come before it.
    pub(super) fn next_without_days(&mut self) -> Option<PlannedDose> {
        self.standing.next().map(|standing| self.book.standing(standing))
    }

    /// Whether the next one is a line without days.
    fn standing_first(&mut self) -> bool {
        match (self.slots.peek(), self.standing.peek()) {
            (None, Some(_)) => true,
            (Some(slot), Some(standing)) => (standing.from, standing.line) < (slot.day, slot.line),
            (_, None) => false,
        }
    }
}

impl Iterator for Calendar<'_, '_> {
    type Item = PlannedDose;

    fn next(&mut self) -> Option<PlannedDose> {
        if self.standing_first() {
            return self.standing.next().map(|standing| self.book.standing(standing));
        }
        let slot = self.slots.next()?;
        Some(self.book.dose(slot))
    }
}

impl<'c, 't> Book<'c, 't> {
    pub(super) fn new(plan: &'c Plan<'t>, measures: &Measures, shelf: &Shelf) -> Self {
        let empty = Together { low: Number::ZERO, high: Number::ZERO, at_least: false };
        shelf.clear_if_full();
        // What no dose goes by makes no difference.
        let sizes = measures.sizes_for(plan.by_body).into_iter().map(|(from, size)| {
            let number = shelf.size(&size);
            (from, size, number)
        });
        Self {
            plan,
            shelf: shelf.clone(),
            sizes: sizes.collect(),
            sums: vec![empty; plan.sums.len()],
            before: vec![None; plan.lines.len()],
        }
    }

    pub(super) fn standing(&mut self, standing: &Standing) -> PlannedDose {
        let slot = Slot { day: standing.from, line: standing.line, times: 1, steps: 0, cycle: 0 };
        let shown = self.shown(&slot, planned_steps(self.plan, &slot));
        let state = match standing.why {
            NoDays::AsNeeded => State::AsNeeded,
            NoDays::NotSaid => State::DaysNotSaid,
        };
        if let Some(of) = self.plan.sums.get(standing.line)
            && let Some(sum) = self.sums.get_mut(of.at)
            && self.plan.lines.get(standing.line).is_some_and(|line| !line.treatment.placebo)
        {
            // How much of it there will be nobody knows.
            sum.at_least = true;
        }
        PlannedDose {
            day: standing.from,
            line: standing.line,
            times: 1,
            cycle: 0,
            state,
            shown,
            together: None,
            to: Some(standing.to),
            notes: Vec::new(),
            given: None,
        }
    }

    /// Makes the amount of a slot that of its line; whether nothing but this amount is to be known of it.
    fn is_plain(&mut self, slot: &Slot) -> bool {
        let key = self.key(slot, planned_steps(self.plan, slot));
        let known = self.before.get(slot.line).and_then(Option::as_ref).is_some_and(|(before, _)| *before == key);
        if !known {
            self.shown(slot, planned_steps(self.plan, slot));
        }
        let shown = self.before.get(slot.line).and_then(Option::as_ref);
        let one_unit = self.plan.sums.get(slot.line).is_some_and(|of| of.factor.is_none());
        one_unit && shown.is_some_and(|(_, shown)| shown.worked.total_cap.is_none())
    }

    /// The amount of a plain slot, and all of the drug so far.
    fn plain(&mut self, slot: &Slot) -> Option<(&Rc<Shown>, Option<&Together>)> {
        let (_, shown) = self.before.get(slot.line)?.as_ref()?;
        let sum = self.sums.get_mut(self.plan.sums.get(slot.line)?.at)?;
        let together = match &shown.worked.dose {
            _ if self.plan.lines.get(slot.line)?.treatment.placebo => None,
            Ok(ends) => {
                sum.low.add_times(&ends.low, slot.times);
                sum.high.add_times(&ends.high, slot.times);
                Some(&*sum)
            }
            Err(_) => {
                sum.at_least = true;
                None
            }
        };
        Some((shown, together))
    }

    fn key(&self, slot: &Slot, steps: Steps) -> Key {
        Key { line: slot.line, steps, times: slot.times, size: self.size(slot.day).0 }
    }

    /// A dose as planned, added to those before.
    pub(super) fn dose(&mut self, slot: &Slot) -> PlannedDose {
        let shown = self.shown(slot, planned_steps(self.plan, slot));
        self.add(slot, &shown)
    }

    pub(super) fn size(&self, day: i64) -> (usize, &Size) {
        let at = self.sizes.partition_point(|(from, ..)| *from <= day).saturating_sub(1);
        self.sizes.get(at).map_or((0, &EMPTY), |(_, size, number)| (*number, size))
    }

    fn shown(&mut self, slot: &Slot, steps: Steps) -> Rc<Shown> {
        let key = self.key(slot, steps);
        if let Some(Some((_, known))) =
            self.before.get(slot.line).filter(|b| b.as_ref().is_some_and(|(k, _)| *k == key))
        {
            return Rc::clone(known);
        }
        let known = self.shelf.0.borrow().known.get(&key).map(Rc::clone);
        let shown = known.unwrap_or_else(|| {
            let shown = self.worked(slot, &Change::default(), steps);
            self.shelf.keep(key, &shown);
            shown
        });
        if let Some(before) = self.before.get_mut(slot.line) {
            *before = Some((key, Rc::clone(&shown)));
        }
        shown
    }

    /// The amount of a dose, worked out anew.
    pub(super) fn worked(&self, slot: &Slot, change: &Change, steps: Steps) -> Rc<Shown> {
        let size = self.size(slot.day).1;
        let (ordered, worked) = match self.plan.lines.get(slot.line) {
            Some(line) => (ordered(line.treatment, change), work(line.treatment, change, steps, (size, slot.times))),
            None => (String::new(), Worked::nothing()),
        };
        Rc::new(Shown::new(ordered, worked))
    }

    /// A dose of a slot that is given as planned.
    pub(super) fn planned(slot: &Slot, shown: &Rc<Shown>) -> PlannedDose {
        PlannedDose {
            day: slot.day,
            line: slot.line,
            times: slot.times,
            cycle: slot.cycle,
            state: State::Planned,
            shown: Rc::clone(shown),
            together: None,
            to: None,
            notes: Vec::new(),
            given: None,
        }
    }

    /// A dose of this amount, added to those before; cut to what the cap on all doses together leaves.
    pub(super) fn add(&mut self, slot: &Slot, shown: &Rc<Shown>) -> PlannedDose {
        let mut dose = Self::planned(slot, shown);
        let plan = self.plan;
        let (Some(of), Some(line)) = (plan.sums.get(slot.line), plan.lines.get(slot.line)) else { return dose };
        if line.treatment.placebo {
            return dose;
        }
        if dose.shown.worked.total_cap.is_some()
            && let Some(cut) = self.cut(slot, &dose.shown, of)
        {
            dose.shown = cut;
            if matches!(&dose.shown.worked.dose, Ok(ends) if ends.high.is_zero()) {
                dose.state = State::CapReached;
            }
        }
        let Some(sum) = self.sums.get_mut(of.at) else { return dose };
        match &dose.shown.worked.dose {
            Ok(ends) => {
                let scaled = |end: &Number| match &of.factor {
                    None => end.times(slot.times),
                    Some(factor) => Number::new(&(end.times(slot.times).rational() * factor)),
                };
                sum.low.add(&scaled(&ends.low));
                sum.high.add(&scaled(&ends.high));
                // In the unit of this dose, which may be another than that of the first.
                dose.together = Some(match &of.factor {
                    None => sum.clone(),
                    Some(factor) => {
                        let own = |sum: &Number| Number::new(&(sum.rational() / factor));
                        Together { low: own(&sum.low), high: own(&sum.high), at_least: sum.at_least }
                    }
                });
            }
            Err(_) => sum.at_least = true,
        }
        dose
    }

    /// A dose that would go beyond the cap on all doses together, cut to what is left.
    fn cut(&self, slot: &Slot, shown: &Shown, of: &SumOf) -> Option<Rc<Shown>> {
        let worked = &shown.worked;
        let cap = worked.total_cap.as_ref()?.rational();
        let ends = worked.dose.as_ref().ok()?;
        let together = self.sums.get(of.at)?;
        let unit = worked.unit.clone()?;
        let times = BigRational::from_integer(slot.times.max(1).into());
        let mut told = Vec::new();
        let mut left = |end: &Number, before: &Number| {
            let before = of.factor.as_ref().map_or_else(|| before.rational(), |factor| before.rational() / factor);
            let left = (&cap - before).max(BigRational::zero()) / &times;
            if end.rational() <= left {
                return end.clone();
            }
            let (shown, cap) = (Number::new(&left), Number::new(&cap));
            told.push(format!("cut to the {shown} {unit} that the cap of {cap} {unit} on all doses leaves"));
            match &worked.rounding {
                // Below a cap a dose is rounded down, if it must be.
                Some(rounding) => Number::new(&round(&left, rounding, &unit, Some(&left))),
                None => Number::new(&left),
            }
        };
        let (low, high) = (left(&ends.low, &together.low), left(&ends.high, &together.high));
        if told.is_empty() {
            return None;
        }
        told.dedup();
        let mut worked = worked.clone();
        worked.dose = Ok(Ends { low, high });
        worked.working.extend(told);
        Some(Rc::new(Shown::new(shown.ordered.clone(), worked)))
    }
}

impl Shelf {
    fn size(&self, size: &Size) -> usize {
        // Of nothing nothing is kept.
        if *size == EMPTY {
            return 0;
        }
        let mut amounts = self.0.borrow_mut();
        let next = amounts.sizes.len() + 1;
        if let Some(known) = amounts.sizes.get(size) {
            return *known;
        }
        amounts.sizes.insert(size.clone(), next);
        next
    }

    fn keep(&self, key: Key, shown: &Rc<Shown>) {
        self.0.borrow_mut().known.insert(key, Rc::clone(shown));
    }

    /// Makes room, between two participants.
    fn clear_if_full(&self) {
        let mut amounts = self.0.borrow_mut();
        if amounts.known.len() > MOST_KEPT || amounts.sizes.len() > MOST_KEPT {
            *amounts = Amounts::default();
        }
    }
}

/// Nothing is known.
static EMPTY: Size = Size { weight: None, surface: None };

impl Worked {
    fn nothing() -> Self {
        Self {
            dose: Err(super::amount::Open::NoAmount),
            unit: None,
            working: Vec::new(),
            total_cap: None,
            rounding: None,
        }
    }
}

/// Without a record a step that has a condition may have been taken or not.
fn planned_steps(plan: &Plan<'_>, slot: &Slot) -> Steps {
    let titration = plan.lines.get(slot.line).and_then(|line| line.treatment.titration.as_ref());
    match titration {
        Some(titration) if titration.when.is_some() => Steps { least: 0, most: slot.steps },
        _ => Steps { least: slot.steps, most: slot.steps },
    }
}
