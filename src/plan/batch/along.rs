//! What must hold on every day of a stretch, of all patients of a batch: by one entry alone. Where several share the stretch,
//! it is left to the way for one patient.

use super::bits::Truths;
use super::event::{is_one, touches};
use super::run::Run;
use super::time::Stretch;
use super::{Bits, FUTURE, ROWS};
use crate::evaluate::Kleene;
use crate::plan::{Events, PeriodAt};

impl Run<'_> {
    pub(super) fn all_along(&mut self, events: &Events, along: PeriodAt) -> Truths {
        let stretch = self.period(along);
        let facts = self.facts;
        let (mut met, mut lost) = (stretch.empty, Bits::NONE);
        let (mut some, mut several) = (Bits::NONE, Bits::NONE);
        // All of the time in which the one entry may have been there; none before the end of time.
        let (mut from, mut to) = (vec![FUTURE; ROWS], vec![FUTURE; ROWS]);
        for one in
            facts.occurrences.iter().filter(|one| one.there.any() && is_one(one.of, &events.of) != Kleene::NotMet)
        {
            let judged = self.qualifies(one, events);
            let counts = touches(&one.start.0, &one.end.1, &stretch) & one.there & !judged.not_met();
            several |= some & counts;
            some |= counts;
            lost |= judged.lost & counts;
            // From the first day on which it is there for sure to the last.
            let covers = Bits::of_two(&one.start.1, &stretch.from, |start, from| start.div_euclid(2) * 2 <= from)
                & Bits::of_two(&one.end.0, &stretch.to, |end, to| end.div_euclid(2) * 2 + 1 >= to);
            met |= counts & judged.met & covers;
            for row in counts.rows() {
                if let (Some(from), Some(to), Some(start), Some(end)) =
                    (from.get_mut(row), to.get_mut(row), one.start.0.get(row), one.end.1.get(row))
                {
                    (*from, *to) = (*start, *end);
                }
            }
        }
        // A day on which nothing of it is recorded, and the record is complete, decides.
        let before = from.iter().zip(&stretch.to).map(|(from, to)| from.saturating_sub(1).min(*to)).collect();
        let behind = to.iter().zip(&stretch.from).map(|(to, from)| to.saturating_add(1).max(*from)).collect();
        let gaps = [
            Stretch::new(stretch.from.clone(), before, stretch.there),
            Stretch::new(behind, stretch.to.clone(), stretch.there),
        ];
        let decided = gaps.iter().map(|gap| self.silent(&events.silence, gap) & !gap.empty);
        let decided = decided.fold(Bits::NONE, |all, gap| all | gap);
        let state = Truths { met, unknown: !(met | decided), lost: Bits::NONE }.lost_where(lost | several);
        state.where_or(stretch.there, Truths::all(Kleene::Unknown))
    }
}
