//! Days and periods of one patient, with a day taken for every anchor.

use std::cell::Cell;

use super::{Deferred, Run};
use crate::ir::Side;
use crate::plan::{AnchorAt, AnchorSlot, Day, DayAt, Length, Period, PeriodAt, Plan};
use crate::record::time::add_months;
use crate::record::{DAY, FUTURE, PAST, Span};

/// The days that are taken for anchors.
pub(super) struct Case {
    slots: Vec<Slot>,
    /// What has been worked out with them.
    days: Vec<Memory<i64>>,
    periods: Vec<Memory<Span>>,
}

/// A day or period that may have been worked out already.
type Memory<T> = Cell<Worked<T>>;

#[derive(Clone, Copy, Default)]
enum Worked<T> {
    #[default]
    NotYet,
    Out(Option<T>),
}

#[derive(Clone, Copy)]
enum Slot {
    Open,
    /// It is this one in every case.
    Sure(Fixed),
    Taken(Option<Fixed>),
}

/// An anchor's day, or all days that it may fall on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    pub(super) span: Span,
    pub(super) planned: bool,
    /// It does not rest on a day that was only taken.
    pub(super) sure: bool,
}

impl Fixed {
    pub(super) fn on(self, day: i64) -> Self {
        Self { span: Span::days(day, day), ..self }
    }
}

impl Case {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            slots: vec![Slot::Open; plan.anchors.len()],
            days: vec![Cell::default(); plan.days.len()],
            periods: vec![Cell::default(); plan.periods.len()],
        }
    }

    pub(super) fn is_sure(&self, at: AnchorAt) -> bool {
        matches!(self.slots.get(at.at()), Some(Slot::Sure(_)))
    }

    pub(super) fn settle(&mut self, at: AnchorAt, fixed: Fixed) {
        self.put(at, Slot::Sure(fixed));
    }

    pub(super) fn take(&mut self, at: AnchorAt, fixed: Option<Fixed>) {
        self.put(at, Slot::Taken(fixed));
    }

    fn put(&mut self, at: AnchorAt, slot: Slot) {
        self.days.fill(Cell::default());
        self.periods.fill(Cell::default());
        if let Some(place) = self.slots.get_mut(at.at()) {
            *place = slot;
        }
    }

    fn get(&self, at: AnchorAt) -> Option<Fixed> {
        match self.slots.get(at.at())? {
            Slot::Sure(fixed) | Slot::Taken(Some(fixed)) => Some(*fixed),
            Slot::Open | Slot::Taken(None) => None,
        }
    }
}

impl Run<'_> {
    /// All that the date of an anchor may be: recorded, planned for this patient, or by the protocol's plan.
    pub(super) fn anchor(&self, at: AnchorAt) -> Result<Option<Fixed>, Deferred> {
        let Some(AnchorSlot { event, plan, own }) = self.plan.anchors.get(at.at()) else { return Err(Deferred) };
        if let Some(own) = own {
            return self.own(at, own);
        }
        if let Some(known) = self.facts.anchors.iter().find(|anchor| anchor.event == *event) {
            return Ok(Some(Fixed { span: known.span, planned: known.planned, sure: true }));
        }
        let Some((first, last)) = plan else { return Ok(None) };
        let (Some(first), Some(last)) = (self.day(*first), self.day(*last)) else { return Ok(None) };
        let span = Span::days(first, last);
        // It has not happened up to the day of the record, so it lies ahead of it, or on it.
        let today = match self.last_day {
            Some(day) => Span::days(day, day).from,
            None if self.screening_is_dated() => return Err(Deferred),
            None => PAST,
        };
        let ahead = Span::new(span.from.max(today), span.to);
        let span = if ahead.is_empty() { span } else { ahead };
        Ok(Some(Fixed { span, planned: true, sure: false }))
    }

    /// Whether a screening that has not taken place has a date all the same.
    fn screening_is_dated(&self) -> bool {
        self.plan.screenings.iter().any(|event| {
            self.facts.anchors.iter().any(|anchor| anchor.event == *event)
                || self.plan.anchors.iter().any(|slot| slot.event == *event && slot.plan.is_some())
        })
    }

    pub(super) fn day(&self, at: DayAt) -> Option<i64> {
        remembered(self.case.days.get(at.at()), || self.work_out_day(at))
    }

    fn work_out_day(&self, at: DayAt) -> Option<i64> {
        match self.plan.days.get(at.at())? {
            Day::Anchor(anchor) => self.case.get(*anchor).map(|fixed| fixed.span.first_day()),
            Day::Fixed(day) => Some(*day),
            Day::Moved { from, by, side } => Some(moved(self.day(*from)?, *by, *side)),
            Day::Extreme { of, latest } => {
                let days = of.iter().map(|day| self.day(*day)).collect::<Option<Vec<_>>>()?;
                if *latest { days.into_iter().max() } else { days.into_iter().min() }
            }
            Day::Come { day, anchor, context } => {
                let planned = self.case.get(*anchor)?.planned;
                let day = self.day(*day)?;
                let last = self.last_day.or_else(|| self.day(*context));
                Some(last.filter(|last| planned && day > *last).unwrap_or(day))
            }
            Day::Unknown => None,
        }
    }

    /// The time of a period, from second to second; nothing where it is not known.
    pub(super) fn days_of(&self, at: PeriodAt) -> Option<Span> {
        remembered(self.case.periods.get(at.at()), || self.work_out_period(at))
    }

    fn work_out_period(&self, at: PeriodAt) -> Option<Span> {
        let Period { from, to, open_if_unknown, ahead, up_to_now, context, until } = self.plan.periods.get(at.at())?;
        if ahead.iter().any(|anchor| self.counts_from_nothing(*anchor)) {
            return Some(Span::new(0, -1));
        }
        let mut cut = *up_to_now;
        let from = match from {
            Some(day) => Span::days(self.day(*day)?, 0).from,
            None => PAST,
        };
        let to = match to {
            None => FUTURE,
            Some(day) => match self.day(*day) {
                Some(day) => Span::days(0, day).to,
                None if *open_if_unknown && until.is_some_and(|until| self.day(until).is_some()) => {
                    cut = true;
                    FUTURE
                }
                None => return None,
            },
        };
        let mut span = Span::new(from, to);
        cut |= ahead.iter().any(|anchor| self.case.get(*anchor).is_some_and(|fixed| fixed.planned));
        if cut && let Some(last) = self.last_day.or_else(|| self.day(*context)) {
            span.to = span.to.min(Span::days(0, last).to);
        }
        if let Some(until) = until
            && let Some(day) = self.day(*until)
        {
            span.to = span.to.min(Span::days(0, day).to);
        }
        Some(span)
    }
}

fn remembered<T: Copy>(memory: Option<&Memory<T>>, work_out: impl FnOnce() -> Option<T>) -> Option<T> {
    if let Some(Worked::Out(found)) = memory.map(Cell::get) {
        return found;
    }
    let found = work_out();
    if let Some(cell) = memory {
        cell.set(Worked::Out(found));
    }
    found
}

/// So long before or after a day.
pub(super) fn moved(day: i64, by: Length, side: Side) -> i64 {
    let sign = if side == Side::Before { -1 } else { 1 };
    match by {
        Length::Days(days) => day + sign * days,
        Length::Months(months) => add_months(day, sign * months),
    }
}

/// The day that lies so long after the day of a moment.
pub(super) fn day_after(moment: i64, by: Length) -> i64 {
    moved(moment.div_euclid(DAY), by, Side::After)
}
