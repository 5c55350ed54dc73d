//! Times to an event of one participant, and how they end.

use std::sync::Arc;

use smallvec::SmallVec;

use super::run::{Facing, Found};
use super::{Deferred, Exact, Lasting, Planned, Tallied};
use crate::evaluate::outcome::Ending;
use crate::record::{DAY, Span};

impl Facing<'_> {
    /// From an event to the first of some others; without one up to the last day that is known to be without them.
    pub(super) fn time(&self, lasting: &Lasting, planned: &Planned) -> Found<(Tallied, Option<Arc<str>>)> {
        let Some(begun) = self.dated(lasting.from)? else { return Ok((Tallied::Missing, None)) };
        let since = begun.first_day();
        let ended = |early: i64, late: i64, ending: Ending| {
            let least = (early - begun.last_day()).max(0);
            let most = (late - since).max(0);
            let result = if least == most {
                Tallied::Time(Exact::whole(i128::from(least)).double().ok_or(Deferred)?, ending)
            } else {
                Tallied::Inexact
            };
            Ok((result, planned.unit.clone()))
        };
        let Some(first) = self.first_of(lasting, since) else {
            return match self.followed(lasting, since) {
                Some(day) => ended(day, day, Ending::Censored),
                None => Ok((Tallied::Missing, None)),
            };
        };
        // One that the record does not hold may have been before.
        let unseen = Span::new(begun.from, first.from - 1);
        let is_first = lasting.silences.iter().all(|silence| self.run.is_silent(silence, unseen));
        ended(if is_first { first.first_day() } else { since }, first.last_day(), Ending::Event)
    }

    /// All that the moment of the first event may be.
    fn first_of(&self, lasting: &Lasting, since: i64) -> Option<Span> {
        let starts = lasting.ends.iter().flat_map(|of| self.facts.occurrences_of(*of)).map(|one| one.start);
        let starts = starts.filter(|start| start.last_day() >= since && start.first_day() <= self.last);
        starts.reduce(|known, next| Span::new(known.from.min(next.from), known.to.min(next.to)))
    }

    /// The last day up to which the record says that there was none.
    fn followed(&self, lasting: &Lasting, since: i64) -> Option<i64> {
        let facts = self.facts;
        let complete = facts.complete.iter().map(|(_, span)| span.last_day());
        let denied = facts.absences.iter().map(|(_, span)| span.last_day());
        let days = complete.chain(denied).map(|day| day.min(self.last)).filter(|day| *day >= since);
        let mut days: SmallVec<[i64; 8]> = days.chain([since]).collect();
        days.sort_unstable_by(|one, other| other.cmp(one));
        days.dedup();
        let results = facts.results.iter().filter(|result| lasting.of_life && result.when.is_one_day());
        let alive = results.map(|result| result.when.first_day()).filter(|day| *day <= self.last).max();
        for day in days {
            if let Some(seen) = alive.filter(|seen| *seen >= day) {
                return Some(seen);
            }
            let time = Span::new(since * DAY, day * DAY + DAY - 1);
            if lasting.silences.iter().all(|silence| self.run.is_silent(silence, time)) {
                return Some(day);
            }
        }
        None
    }
}
