//! Where things lie in the module's memory: docs/wasm.md tells hosts the same.
//!
//! A header and the places for answers, states and days come first, then what the module itself holds ready (sets of
//! concepts, lists), then the tables of facts, and behind them what is worked out on the way.

use std::collections::HashMap;

use super::asm::{E, I};
use crate::chart::Kind;
use crate::plan::{ConceptAt, Plan};

/// No day, no moment.
pub(super) const NONE: i64 = i64::MIN;

/// Where the next free byte lies.
pub(super) const TOP: i32 = 16;
/// Cases that may still be gone through.
pub(super) const BUDGET: i32 = 20;
/// The header, as hosts see it.
pub(super) const HEADER: i32 = 32;
/// All days on which the patient may have been born: the first and the last moment.
pub(super) const BIRTH: i32 = HEADER;
/// The day of the record.
pub(super) const AS_OF: i32 = HEADER + 16;
/// For each table its address and its number of entries.
pub(super) const TABLES: i32 = HEADER + 24;
/// The last day that the record speaks of.
pub(super) const LAST_DAY: i32 = 112;
/// The first and the last day that an anchor may fall on, as it was worked out last.
pub(super) const FOUND: i32 = 120;
/// Room for four intervals.
pub(super) const SCRATCH: i32 = 136;
const START: i32 = 264;

/// A table of facts.
#[derive(Clone, Copy)]
pub(super) struct Table {
    at: i32,
    pub(super) size: i32,
}

pub(super) const ANCHORS: Table = Table { at: 0, size: 24 };
pub(super) const RESULTS: Table = Table { at: 1, size: 64 };
pub(super) const OCCURRENCES: Table = Table { at: 2, size: 72 };
pub(super) const ABSENCES: Table = Table { at: 3, size: 24 };
pub(super) const COMPLETE: Table = Table { at: 4, size: 24 };
pub(super) const UNMAPPED: Table = Table { at: 5, size: 24 };
/// Of the occurrences, one by one.
pub(super) const DOSES: Table = Table { at: 6, size: 32 };
pub(super) const ALL: [Table; 7] = [ANCHORS, RESULTS, OCCURRENCES, ABSENCES, COMPLETE, UNMAPPED, DOSES];

impl Table {
    pub(super) fn start(self) -> E<I> {
        E::from(TABLES + 8 * self.at).at(0)
    }

    pub(super) fn end(self) -> E<I> {
        self.start() + E::<I>::from(TABLES + 8 * self.at).at::<I>(4) * self.size
    }
}

/// What an entry of each table holds where. `OF` is the concept, or the kind of record.
pub(super) mod entry {
    pub(in super::super) const OF: u64 = 0;
    /// Of anchors.
    pub(in super::super) const PLANNED: u64 = 4;
    /// Of anchors, results, absences, complete and unmapped records.
    pub(in super::super) const FROM: u64 = 8;
    pub(in super::super) const TO: u64 = 16;
    /// Of results.
    pub(in super::super) const SAID: u64 = 4;
    pub(in super::super) const VALUE: u64 = 24;
    /// The digits of a number, or the place of a word.
    pub(in super::super) const DIGITS: u64 = 32;
    pub(in super::super) const LOWER_DIGITS: u64 = 36;
    pub(in super::super) const UPPER_DIGITS: u64 = 40;
    pub(in super::super) const LOWER: u64 = 48;
    pub(in super::super) const UPPER: u64 = 56;
    /// Of occurrences.
    pub(in super::super) const SINGLE: u64 = 4;
    pub(in super::super) const START_FROM: u64 = 8;
    pub(in super::super) const START_TO: u64 = 16;
    pub(in super::super) const END_FROM: u64 = 24;
    pub(in super::super) const END_TO: u64 = 32;
    pub(in super::super) const GRADE: u64 = 40;
    pub(in super::super) const ROUTE: u64 = 44;
    pub(in super::super) const STAGE: u64 = 48;
    pub(in super::super) const HISTOLOGY: u64 = 52;
    pub(in super::super) const SEVERITY: u64 = 56;
    pub(in super::super) const CAUSE: u64 = 60;
    pub(in super::super) const REASON: u64 = 64;
    /// Of doses.
    pub(in super::super) const DOSE_HOW: u64 = 0;
    pub(in super::super) const DOSE_UNIT: u64 = 4;
    pub(in super::super) const DOSE_BODY: u64 = 8;
    pub(in super::super) const DOSE_ABOVE: u64 = 16;
    pub(in super::super) const DOSE_BELOW: u64 = 24;
}

/// What a result says; 0 is exactly its number.
pub(super) mod said {
    pub(in super::super) const BELOW: i32 = 1;
    pub(in super::super) const AT_MOST: i32 = 2;
    pub(in super::super) const ABOVE: i32 = 3;
    pub(in super::super) const AT_LEAST: i32 = 4;
    pub(in super::super) const WORD: i32 = 5;
    pub(in super::super) const REFUSED: i32 = 6;
}

/// The places whose number the plan says, and what the module holds ready.
pub(super) struct Layout {
    pub(super) answers: i32,
    pub(super) given: i32,
    pub(super) states: i32,
    /// For each anchor: whether a day is taken for it (and 2 where it is planned), and the day.
    pub(super) slots: i32,
    /// For each node what is known of this case: its state and one, or zero.
    pub(super) known: i32,
    pub(super) known_size: i32,
    /// What doses are added up in.
    pub(super) doses: i32,
    held: HashMap<Vec<u8>, i32>,
    bytes: Vec<u8>,
    concepts: usize,
}

impl Layout {
    pub(super) fn new(plan: &Plan, given: usize) -> Self {
        let mut next = START;
        let mut place = |size: usize| {
            let at = next;
            next += (length(size) + 7) & !7;
            at
        };
        let (answers, given) = (place(plan.questions.len()), place(given));
        let states = place(plan.rules.len());
        let slots = place(plan.anchors.len() * 16);
        let known = place(plan.nodes.len());
        let doses = if plan.doses.amounts.is_empty() { 0 } else { place(super::dose::REGION) };
        let bytes = vec![0; usize::try_from(next).unwrap_or_default()];
        let (known_size, concepts) = (length(plan.nodes.len()), plan.concepts.len());
        Self { answers, given, states, slots, known, known_size, doses, held: HashMap::new(), bytes, concepts }
    }

    /// The address of these bytes, where they are held already or put now.
    pub(super) fn hold(&mut self, bytes: Vec<u8>) -> i32 {
        if let Some(at) = self.held.get(&bytes) {
            return *at;
        }
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
        let at = length(self.bytes.len());
        self.bytes.extend_from_slice(&bytes);
        self.held.insert(bytes, at);
        at
    }

    pub(super) fn words(&mut self, words: impl IntoIterator<Item = i32>) -> i32 {
        self.hold(words.into_iter().flat_map(i32::to_le_bytes).collect())
    }

    /// For each concept two bits: one of these, or perhaps.
    pub(super) fn kin(&mut self, is: &[ConceptAt], may_be: &[ConceptAt]) -> i32 {
        let mut bytes = vec![0_u8; self.concepts.div_ceil(4)];
        for (list, bits) in [(is, 1_u8), (may_be, 2)] {
            for at in list {
                if let Some(byte) = bytes.get_mut(at.at() / 4) {
                    *byte |= bits << (at.at() % 4 * 2);
                }
            }
        }
        self.hold(bytes)
    }

    /// The beginning of the memory, as it is before the first patient; tables begin where it ends.
    pub(super) fn finish(mut self) -> (Vec<u8>, i32) {
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
        let end = length(self.bytes.len());
        (self.bytes, end)
    }
}

pub(super) fn length(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

/// The kinds of record as bits.
pub(super) fn mask(kinds: &[Kind]) -> i32 {
    let bit = |kind: &Kind| Kind::ALL.iter().position(|known| known == kind).map_or(0, |at| 1 << at);
    kinds.iter().map(bit).fold(0, |mask, bit| mask | bit)
}
