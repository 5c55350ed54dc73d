//! Three truth values and their logic (Kleene 1952, Introduction to Metamathematics, § 64).

use std::ops::Not;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ir::Counting;

/// What is known of a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kleene {
    Met,
    NotMet,
    Unknown,
}

impl Kleene {
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotMet, _) | (_, Self::NotMet) => Self::NotMet,
            (Self::Met, Self::Met) => Self::Met,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        }
    }

    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// The base holds and the exception does not.
    #[must_use]
    pub fn unless(self, exception: Self) -> Self {
        self.and(!exception)
    }

    /// What holds whichever of the two it is.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    /// Met if it is sure, not met if it is not even possible.
    #[must_use]
    pub fn between(sure: bool, possible: bool) -> Self {
        match (sure, possible) {
            (true, _) => Self::Met,
            (false, true) => Self::Unknown,
            (false, false) => Self::NotMet,
        }
    }

    /// All of them; met if there are none.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::Met, Self::and)
    }

    /// Any of them; not met if there are none.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::NotMet, Self::or)
    }
}

impl From<bool> for Kleene {
    fn from(truth: bool) -> Self {
        if truth { Self::Met } else { Self::NotMet }
    }
}

impl Not for Kleene {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Met => Self::NotMet,
            Self::NotMet => Self::Met,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// An entry of a list: whether it counts at all, and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub counts: Kleene,
    pub state: Kleene,
}

/// So many of a list. An entry that does not count is as if it were not there; where that is unknown, the list is decided
/// only if it comes out the same with it and without it.
#[must_use]
pub fn count(counting: Counting, entries: &[Entry]) -> Kleene {
    // How many of a list are met, not met and unknown.
    let plain = |met: usize, not_met: usize, unknown: usize| {
        let at_least = |n: usize| Kleene::between(met >= n, met + unknown >= n);
        match counting {
            Counting::Any => at_least(1),
            Counting::All => at_least(met + not_met + unknown),
            Counting::None => !at_least(1),
            Counting::AtLeast(n) => at_least(n as usize),
            Counting::AtMost(n) => !at_least(n as usize + 1),
            Counting::Exactly(n) => at_least(n as usize).and(!at_least(n as usize + 1)),
        }
    };
    let number = |counts: Kleene, state: Kleene| {
        entries.iter().filter(|entry| entry.counts == counts && entry.state == state).count()
    };
    let [met, not_met, unknown] =
        [Kleene::Met, Kleene::NotMet, Kleene::Unknown].map(|state| number(Kleene::Met, state));
    // With so many doubtful entries of each state in the list, and the others left out.
    let mut verdict: Option<Kleene> = None;
    for more_met in 0..=number(Kleene::Unknown, Kleene::Met) {
        for more_not_met in 0..=number(Kleene::Unknown, Kleene::NotMet) {
            for more_unknown in 0..=number(Kleene::Unknown, Kleene::Unknown) {
                let state = plain(met + more_met, not_met + more_not_met, unknown + more_unknown);
                verdict = Some(verdict.map_or(state, |known| known.either(state)));
            }
        }
    }
    verdict.unwrap_or(Kleene::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kleene; 3] = [Kleene::Met, Kleene::NotMet, Kleene::Unknown];

    /// The table of section 4 of docs/language.md, row by row.
    #[test]
    fn the_table_of_the_reference() {
        let table = "met met met met not_met|met not_met not_met met met|met unknown unknown met unknown|\
            not_met met not_met met not_met|not_met not_met not_met not_met not_met|not_met unknown not_met unknown not_met|\
            unknown met unknown met not_met|unknown not_met not_met unknown unknown|unknown unknown unknown unknown unknown";
        let word = |word: &str| match word {
            "met" => Kleene::Met,
            "not_met" => Kleene::NotMet,
            _ => Kleene::Unknown,
        };
        for row in table.split('|') {
            let row: Vec<Kleene> = row.split_whitespace().map(word).collect();
            assert_eq!(
                (row[0].and(row[1]), row[0].or(row[1]), row[0].unless(row[1])),
                (row[2], row[3], row[4]),
                "{row:?}"
            );
        }
    }

    /// Every way of filling in the unknown ones gives the value that the count says, or both values where it says unknown.
    #[test]
    fn counts_are_what_every_completion_says() {
        let countings = [
            Counting::Any,
            Counting::All,
            Counting::None,
            Counting::AtLeast(2),
            Counting::AtMost(1),
            Counting::Exactly(1),
        ];
        for counting in countings {
            for code in 0..27_usize {
                let states = [ALL[code % 3], ALL[code / 3 % 3], ALL[code / 9]];
                let entries = states.map(|state| Entry { counts: Kleene::Met, state });
                let mut seen = std::collections::BTreeSet::new();
                for completion in 0..8_usize {
                    let met = (0..3).filter(|at| match states[*at] {
                        Kleene::Met => true,
                        Kleene::NotMet => false,
                        Kleene::Unknown => completion >> at & 1 == 1,
                    });
                    let met = met.count();
                    seen.insert(match counting {
                        Counting::Any => met >= 1,
                        Counting::All => met == 3,
                        Counting::None => met == 0,
                        Counting::AtLeast(n) => met >= n as usize,
                        Counting::AtMost(n) => met <= n as usize,
                        Counting::Exactly(n) => met == n as usize,
                    });
                }
                let wanted = Kleene::between(!seen.contains(&false), seen.contains(&true));
                assert_eq!(count(counting, &entries), wanted, "{counting:?} of {states:?}");
            }
        }
    }

    #[test]
    fn an_entry_that_may_not_count_decides_only_where_it_makes_no_difference() {
        let doubtful = |state| Entry { counts: Kleene::Unknown, state };
        let sure = |state| Entry { counts: Kleene::Met, state };
        assert_eq!(count(Counting::Any, &[doubtful(Kleene::Met)]), Kleene::Unknown);
        assert_eq!(count(Counting::Any, &[doubtful(Kleene::NotMet)]), Kleene::NotMet);
        assert_eq!(count(Counting::Any, &[sure(Kleene::Met), doubtful(Kleene::Unknown)]), Kleene::Met);
        assert_eq!(count(Counting::All, &[sure(Kleene::Met), doubtful(Kleene::NotMet)]), Kleene::Unknown);
    }
}
