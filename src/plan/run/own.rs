//! Days of the patient's own history that times are counted from.

use super::time::Fixed;
use super::{Deferred, MOST_DAYS, Run};
use crate::evaluate::Kleene;
use crate::plan::facts::Occurrence;
use crate::plan::{AnchorAt, Day, DayAt, Own, Which};
use crate::record::{PAST, Span};

impl Run<'_> {
    /// All that such a day may be.
    pub(super) fn own(&self, at: AnchorAt, own: &Own) -> Result<Option<Fixed>, Deferred> {
        let all = || own.of.iter().flat_map(|(kin, _)| self.of(kin));
        let span = match own.which {
            Which::Start => all().map(|one| one.start).min_by_key(|start| (start.to, start.from)),
            Which::End => all().map(|one| one.end).max_by_key(|end| (end.from, end.to)),
            Which::First | Which::Last => self.extreme_day(own),
        };
        let Some(span) = span else { return Ok(None) };
        let length = span.last_day() - span.first_day();
        // The reference takes one day for all sentences that name it, from whichever of their days it is counted.
        if (1..=MOST_DAYS).contains(&length) && self.plan.is_counted_elsewhere(at, own) {
            return Err(Deferred);
        }
        Ok(Some(Fixed { span, planned: false, sure: self.is_sure(own.now) }))
    }

    /// The first or the last up to now. One that the record does not hold may have been before the first or after the last,
    /// unless the record is complete there.
    fn extreme_day(&self, own: &Own) -> Option<Span> {
        let now = Span::days(0, self.day(own.now)?).to;
        let mut found: Option<Span> = None;
        for one in own.of.iter().flat_map(|(kin, _)| self.of(kin)) {
            let is = |one: &Occurrence| own.of.iter().any(|(kin, _)| super::event::is_one(one.of, kin) == Kleene::Met);
            if !is(one) {
                return None;
            }
            match (own.route, one.route) {
                (Some(wanted), Some(known)) if wanted != known => continue,
                (Some(_), None) => return None,
                _ => {}
            }
            if one.start.from > now {
                continue;
            }
            found = Some(match (own.which, found) {
                (Which::Start | Which::First, None) => one.start,
                (Which::Start | Which::First, Some(known)) => {
                    Span::new(known.from.min(one.start.from), known.to.min(one.start.to))
                }
                // What is counted from the last one is the time without it.
                (Which::End | Which::Last, None) => Span::new(one.end.from.min(now), one.end.to.min(now)),
                (Which::End | Which::Last, Some(known)) => {
                    Span::new(known.from.max(one.end.from.min(now)), known.to.max(one.end.to.min(now)))
                }
            });
        }
        let found = found?;
        let (unseen, whole) = match own.which {
            Which::Start | Which::First => (Span::new(PAST, found.from - 1), Span::new(PAST, found.to)),
            Which::End | Which::Last => (Span::new(found.to + 1, now), Span::new(found.from, now)),
        };
        let complete = own.of.iter().all(|(_, silence)| self.is_silent(silence, unseen));
        Some(if complete { found } else { whole })
    }

    /// Whether times are counted from something of the patient's own that has never been, by a complete record: they have no
    /// days.
    pub(super) fn counts_from_nothing(&self, at: AnchorAt) -> bool {
        let Some(own) = self.plan.anchors.get(at.at()).and_then(|slot| slot.own.as_ref()) else { return false };
        let Some(now) = self.day(own.now) else { return false };
        let ever = Span::new(PAST, Span::days(0, now).to);
        own.of.iter().all(|(kin, silence)| self.of(kin).next().is_none() && self.is_silent(silence, ever))
    }

    /// Whether a day is the same in every case.
    fn is_sure(&self, at: DayAt) -> bool {
        match self.plan.days.get(at.at()) {
            None => false,
            Some(Day::Fixed(_) | Day::Unknown) => true,
            Some(Day::Anchor(anchor)) => self.case.is_sure(*anchor),
            Some(Day::Moved { from, .. }) => self.is_sure(*from),
            Some(Day::Extreme { of, .. }) => of.iter().all(|day| self.is_sure(*day)),
            Some(Day::Come { day, anchor, context }) => {
                self.is_sure(*day) && self.is_sure(*context) && self.case.is_sure(*anchor)
            }
        }
    }
}
