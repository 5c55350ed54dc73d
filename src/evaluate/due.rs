//! The rules of a treatment, asked on a day on which a dose is due.

use super::node::Node;
use super::{Context, Evaluator};
use crate::ir::Truth;
use crate::record::{Span, When};

/// How far back a rule looks where it says no time of its own (`docs/language.md`, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookBack {
    /// For `had`, `received`, `started`, `stopped` and `onset of`: from the day of the dose before to the day of this one.
    pub events: Span,
    /// For results: after the day of the dose before. Before the first dose as far back as at screening.
    pub results: Option<Span>,
}

impl<'a> Evaluator<'a> {
    /// What a condition of the protocol is on a day.
    #[must_use]
    pub fn on_day(&self, truth: &'a Truth, day: i64) -> Node<'a> {
        self.in_every_case(&|| self.truth(truth, &self.of_day(day, None)))
    }

    /// What the condition of a rule is on a day on which a dose is due.
    #[must_use]
    pub fn when_due(&self, truth: &'a Truth, day: i64, back: LookBack) -> Node<'a> {
        self.in_every_case(&|| self.truth(truth, &self.of_day(day, Some(back))))
    }

    fn of_day(&self, day: i64, due: Option<LookBack>) -> Context<'a> {
        let look_back = self.reader.trial.eligibility.first().and_then(|block| block.look_back.as_ref());
        Context { look_back, due, ..Context::at(Ok(When::day(day))) }
    }
}
