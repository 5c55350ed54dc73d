//! Days and periods of all patients of a batch.

use std::rc::Rc;
use std::sync::Arc;

use super::calendar::add_months;
use super::run::Run;
use super::{Bits, Dates, FUTURE, PAST, ROWS};
use crate::ir::Side;
use crate::plan::{AnchorAt, Day, DayAt, Length, Period, PeriodAt};

/// The moments from one to another, in half days; of those of whom it is known.
pub(super) struct Stretch {
    pub(super) from: Vec<i32>,
    pub(super) to: Vec<i32>,
    pub(super) there: Bits,
    /// Where there is no moment between the two.
    pub(super) empty: Bits,
}

impl Stretch {
    pub(super) fn new(from: Vec<i32>, to: Vec<i32>, there: Bits) -> Self {
        let empty = Bits::of_two(&from, &to, |from, to| to < from);
        Self { from, to, there, empty }
    }
}

impl Run<'_> {
    pub(super) fn day(&mut self, at: DayAt) -> Rc<Dates> {
        if let Some(Some(known)) = self.days.get(at.at()) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.work_out_day(at));
        if let Some(slot) = self.days.get_mut(at.at()) {
            *slot = Some(Rc::clone(&found));
        }
        found
    }

    fn work_out_day(&mut self, at: DayAt) -> Dates {
        let plan = self.program.plan;
        let Some(day) = plan.days.get(at.at()) else { return Dates::none() };
        match day {
            Day::Anchor(anchor) => self.case(*anchor).map_or_else(Dates::none, |case| case.on.clone()),
            Day::Fixed(day) => Dates::always(i32::try_from(*day).unwrap_or(FUTURE / 2)),
            Day::Moved { from, by, side } => {
                let from = self.day(*from);
                let day = from.day.iter().map(|day| moved(*day, *by, *side)).collect();
                Dates::new(day, from.there)
            }
            Day::Extreme { of, latest } => {
                let mut found: Option<Dates> = None;
                for day in of {
                    let next = self.day(*day);
                    found = Some(match found {
                        None => (*next).clone(),
                        Some(mut known) => {
                            known.there &= next.there;
                            Arc::make_mut(&mut known.day).iter_mut().zip(&*next.day).for_each(|(a, b)| {
                                *a = if *latest { (*a).max(*b) } else { (*a).min(*b) };
                            });
                            known
                        }
                    });
                }
                found.unwrap_or_else(Dates::none)
            }
            Day::Come { day, anchor, context } => {
                let Some(case) = self.case(*anchor) else { return Dates::none() };
                let mut found = (*self.day(*day)).clone();
                let last = self.last(*context);
                found.there &= case.on.there;
                let ahead = case.planned & last.there & Bits::of_two(&found.day, &last.day, |day, last| day > last);
                found.take(ahead, &last.day);
                found
            }
            Day::Unknown => Dates::none(),
        }
    }

    /// The last day of the record, or that of the block.
    fn last(&mut self, context: DayAt) -> Rc<Dates> {
        let last = Rc::clone(&self.last_day);
        if last.there == Bits::ALL {
            return last;
        }
        let context = self.day(context);
        let (mut found, instead) = ((*last).clone(), context.there & !last.there);
        found.take(instead, &context.day);
        found.there |= instead;
        Rc::new(found)
    }

    pub(super) fn period(&mut self, at: PeriodAt) -> Rc<Stretch> {
        if let Some(Some(known)) = self.periods.get(at.at()) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.work_out_period(at));
        if let Some(slot) = self.periods.get_mut(at.at()) {
            *slot = Some(Rc::clone(&found));
        }
        found
    }

    fn work_out_period(&mut self, at: PeriodAt) -> Stretch {
        let plan = self.program.plan;
        let Some(period) = plan.periods.get(at.at()) else {
            return Stretch::new(vec![0; ROWS], vec![0; ROWS], Bits::NONE);
        };
        let Period { from, to, open_if_unknown, ahead, up_to_now, context, until } = period;
        let mut there = Bits::ALL;
        let from = match from {
            None => vec![PAST; ROWS],
            Some(day) => {
                let day = self.day(*day);
                there &= day.there;
                day.day.iter().map(|day| beginning(*day)).collect()
            }
        };
        let until = until.map(|until| self.day(until));
        let mut cut = if *up_to_now { Bits::ALL } else { Bits::NONE };
        let mut to = match to {
            None => vec![FUTURE; ROWS],
            Some(day) => {
                let day = self.day(*day);
                let mut to: Vec<i32> = day.day.iter().map(|day| end(*day)).collect();
                let open = match &until {
                    Some(until) if *open_if_unknown => until.there & !day.there,
                    _ => Bits::NONE,
                };
                for row in open.rows() {
                    if let Some(to) = to.get_mut(row) {
                        *to = FUTURE;
                    }
                }
                cut |= open;
                there &= day.there | open;
                to
            }
        };
        for anchor in ahead {
            cut |= self.ahead(*anchor);
        }
        if cut.any() {
            let last = self.last(*context);
            cap(&mut to, &last, cut);
        }
        if let Some(until) = &until {
            cap(&mut to, until, Bits::ALL);
        }
        Stretch::new(from, to, there)
    }

    /// Those for whom an anchor lies ahead.
    fn ahead(&self, anchor: AnchorAt) -> Bits {
        self.case(anchor).map_or(Bits::NONE, |case| case.on.there & case.planned)
    }
}

/// No later than the end of a day, where it is known.
fn cap(to: &mut [i32], day: &Dates, cut: Bits) {
    let cut = cut & day.there;
    for ((to, day), cut) in to.chunks_mut(64).zip(day.day.chunks(64)).zip(cut.0) {
        if cut == u64::MAX {
            to.iter_mut().zip(day).for_each(|(to, day)| *to = (*to).min(end(*day)));
        } else {
            for (row, (to, day)) in to.iter_mut().zip(day).enumerate() {
                if cut >> row & 1 == 1 {
                    *to = (*to).min(end(*day));
                }
            }
        }
    }
}

pub(super) fn beginning(day: i32) -> i32 {
    day.saturating_mul(2)
}

pub(super) fn end(day: i32) -> i32 {
    day.saturating_mul(2).saturating_add(1)
}

/// So long before or after a day.
pub(super) fn moved(day: i32, by: Length, side: Side) -> i32 {
    let sign = if side == Side::Before { -1 } else { 1 };
    let number = |length: i64| sign * i32::try_from(length).unwrap_or(FUTURE / 4);
    match by {
        Length::Days(days) => day + number(days),
        Length::Months(months) => add_months(day, number(months)),
    }
}

/// The day that lies so long after the day of a moment.
pub(super) fn day_after(moment: i32, by: Length) -> i32 {
    moved(moment.div_euclid(2), by, Side::After)
}
