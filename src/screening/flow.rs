//! The flow of participants as a CONSORT diagram has it: read, rejected, screened; excluded and by which criterion;
//! undetermined and for want of what; eligible (Schulz 2010, BMJ 340:c332, item 13a).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::table::Screened;
use super::{Decided, Decider};
use crate::evaluate::Kleene;
use crate::ir::{Polarity, State, Verdict};
use crate::plan::batch::Bits;
use crate::plan::run::passes;

/// The counts of a run. They add up: read = eligible + ineligible + undetermined + rejected.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    pub rejected: u64,
    pub eligible: u64,
    pub ineligible: u64,
    pub undetermined: u64,
    /// Facts that could not be read, of records that were screened without them.
    pub refused_facts: u64,
    /// Entries that no library knows, of records that were screened with them as unknown things.
    pub unmapped: u64,
    /// The criteria in the order of the protocol.
    criteria: Vec<Criterion>,
    /// What is missing, by topic.
    missing: BTreeMap<String, Missing>,
}

#[derive(Clone, Debug)]
struct Criterion {
    name: String,
    polarity: Polarity,
    prose: String,
    /// Patients whom it, in the order of the protocol, was the first to keep out.
    first: u64,
    /// Patients whom it keeps out.
    all: u64,
    /// Undetermined patients for whom it is unknown.
    unknown: u64,
}

#[derive(Clone, Debug, Default)]
struct Missing {
    question: String,
    /// Undetermined patients whose verdict it alone could settle.
    alone: u64,
    /// Undetermined patients for whom it is missing.
    all: u64,
}

/// More missing facts than these are only counted.
const SHOWN: usize = 15;

impl Flow {
    #[must_use]
    pub fn new(decider: &Decider<'_, '_>) -> Self {
        let criteria = decider.criteria().map(|(name, polarity, prose)| Criterion {
            name: name.to_owned(),
            polarity,
            prose: prose.to_owned(),
            first: 0,
            all: 0,
            unknown: 0,
        });
        Self { criteria: criteria.collect(), ..Self::default() }
    }

    /// All records that were read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.rejected + self.screened()
    }

    #[must_use]
    pub fn screened(&self) -> u64 {
        self.eligible + self.ineligible + self.undetermined
    }

    /// Counts a patient.
    pub fn add(&mut self, decided: &Decided) {
        self.refused_facts += decided.refused.len() as u64;
        self.unmapped += decided.unmapped.len() as u64;
        match decided.verdict {
            Verdict::Eligible => self.eligible += 1,
            Verdict::Ineligible => self.excluded(decided),
            Verdict::Undetermined => self.unsettled(decided),
        }
    }

    /// Counts some rows of a table, all of which are plain.
    pub fn add_plain(&mut self, screened: &Screened<'_>, rows: Range<usize>) {
        let rows = Bits::range(rows);
        let (eligible, out) = (rows & screened.eligible, rows & screened.ineligible);
        let open = rows & !(eligible | out);
        self.eligible += eligible.count();
        self.ineligible += out.count();
        self.undetermined += open.count();
        let mut before = Bits::NONE;
        for (at, (criterion, standings)) in self.criteria.iter_mut().zip(&screened.states).enumerate() {
            let kept = screened.keeps_out(at) & out;
            criterion.all += kept.count();
            criterion.first += (kept & !before).count();
            criterion.unknown += (standings.unknown & open).count();
            before |= kept;
        }
    }

    fn excluded(&mut self, decided: &Decided) {
        self.ineligible += 1;
        let mut first = true;
        for (criterion, state) in self.criteria.iter_mut().zip(&decided.states) {
            if passes(criterion.polarity, *state) == Kleene::NotMet {
                criterion.all += 1;
                criterion.first += u64::from(first);
                first = false;
            }
        }
    }

    fn unsettled(&mut self, decided: &Decided) {
        self.undetermined += 1;
        for (criterion, state) in self.criteria.iter_mut().zip(&decided.states) {
            criterion.unknown += u64::from(*state == State::Unknown);
        }
        for found in &decided.missing {
            let missing = self.missing.entry(found.topic.clone()).or_default();
            if missing.question.is_empty() {
                missing.question.clone_from(&found.in_full);
            }
            missing.all += 1;
            missing.alone += u64::from(found.alone);
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>8}  read", self.read())?;
        writeln!(f, "{:>8}    rejected: could not be read", self.rejected)?;
        writeln!(f, "{:>8}    screened", self.screened())?;
        writeln!(f, "{:>8}      ineligible", self.ineligible)?;
        if self.ineligible > 0 {
            writeln!(f, "                first  all   by criterion (first: in the order of the protocol)")?;
            for criterion in self.criteria.iter().filter(|criterion| criterion.all > 0) {
                let Criterion { name, polarity, prose, first, all, .. } = criterion;
                let kind = match polarity {
                    Polarity::Include => "include",
                    Polarity::Exclude => "exclude",
                };
                writeln!(f, "             {first:>8} {all:>4}   {kind} {name}{}", quoted(prose))?;
            }
        }
        writeln!(f, "{:>8}      undetermined", self.undetermined)?;
        if self.undetermined > 0 && self.missing.is_empty() {
            writeln!(f, "                       all   by criterion that is unknown")?;
            for criterion in self.criteria.iter().filter(|criterion| criterion.unknown > 0) {
                writeln!(
                    f,
                    "                      {:>4}   {}{}",
                    criterion.unknown,
                    criterion.name,
                    quoted(&criterion.prose)
                )?;
            }
        }
        if !self.missing.is_empty() {
            writeln!(f, "                alone  all   would be settled by")?;
            let mut missing: Vec<&Missing> = self.missing.values().collect();
            missing.sort_by_key(|missing| (std::cmp::Reverse((missing.alone, missing.all)), &missing.question));
            for Missing { question, alone, all } in missing.iter().take(SHOWN) {
                writeln!(f, "             {alone:>8} {all:>4}   {question}")?;
            }
            if missing.len() > SHOWN {
                writeln!(f, "                             and {} more", missing.len() - SHOWN)?;
            }
        }
        writeln!(f, "{:>8}      eligible", self.eligible)?;
        if self.refused_facts > 0 {
            writeln!(f, "{:>8}  facts could not be read; what asks about them is unknown", self.refused_facts)?;
        }
        if self.unmapped > 0 {
            writeln!(
                f,
                "{:>8}  entries that no library knows; they may be what a criterion asks about",
                self.unmapped
            )?;
        }
        Ok(())
    }
}

fn quoted(prose: &str) -> String {
    if prose.is_empty() { String::new() } else { format!(" \"{prose}\"") }
}
