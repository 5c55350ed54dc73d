//! The days of many participants of one plan: worked out once, and moved to each first day.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::days::{Sheet, TooManyDoses};
use super::plan::Plan;

/// Sheets that have been worked out.
#[derive(Debug)]
pub struct Sheets<'t> {
    /// By first day. Where no month of the calendar is among the lengths there is one, which is moved.
    known: BTreeMap<i64, Sheet<'t>>,
    /// Doses of all of them.
    kept: usize,
    to: Option<i64>,
}

/// Doses of sheets that are kept, where months make each first day another calendar.
const MOST_KEPT: usize = 500_000;

impl<'t> Sheets<'t> {
    /// Nothing after `to`.
    #[must_use]
    pub fn new(to: Option<i64>) -> Self {
        Self { known: BTreeMap::new(), kept: 0, to }
    }

    /// The days from a first day on.
    ///
    /// # Errors
    /// Where there are more doses than can be.
    pub fn of(&mut self, plan: &Plan<'t>, start: i64) -> Result<&Sheet<'t>, TooManyDoses> {
        let shifts = self.to.is_none() && self.known.values().next().is_some_and(|sheet| !sheet.by_calendar);
        let key = if shifts { self.known.keys().next().copied().unwrap_or(start) } else { start };
        if self.kept > MOST_KEPT && !shifts {
            self.known.clear();
            self.kept = 0;
        }
        let sheet = match self.known.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let sheet = Sheet::new(plan, start, self.to)?;
                self.kept += sheet.slots.len() + 1;
                new.insert(sheet)
            }
        };
        if shifts {
            sheet.move_to(start);
        }
        Ok(sheet)
    }
}
