//! Which patients there have been: what is kept of their ids.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};

/// What is kept of an id to know it again: the id itself where it is short, and otherwise 120 bits of its SHA-256. That two of
/// ten million long ids share them by chance is less likely than one in 10^22.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u128);

/// The bytes of an id that is kept as it is. The last byte of a mark is how many there are.
const SHORT: usize = 15;
/// In the place of a length: what is kept is a digest.
const DIGEST: u8 = u8::MAX;

impl Mark {
    pub(crate) fn of(id: &str) -> Self {
        let mut kept = [0; SHORT + 1];
        let (text, length) = kept.split_at_mut(SHORT);
        let (bytes, kind) = match u8::try_from(id.len()) {
            Ok(short) if id.len() <= SHORT => (id.as_bytes(), short),
            _ => (&Sha256::digest(id.as_bytes())[..], DIGEST),
        };
        text.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        length.fill(kind);
        Self(u128::from_be_bytes(kept))
    }
}

impl Hash for Mark {
    /// Both halves bear on all bits: ids that follow each other differ in few.
    fn hash<H: Hasher>(&self, state: &mut H) {
        const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
        let halves = |number: u128| [number >> 64, number & u128::from(u64::MAX)];
        let [high, low] = halves(self.0);
        let [over, under] = halves((high ^ u128::from(ODD[0])) * (low ^ u128::from(ODD[1])));
        state.write_u64(u64::try_from(over ^ under).unwrap_or_default());
    }
}

/// The patients of a stream. Those whose ids rise, as most files have them, stand one after the other; the others in a set.
#[derive(Default)]
pub(crate) struct Seen {
    rising: Vec<Mark>,
    /// All of them lie below the last of those.
    others: FxHashSet<Mark>,
    /// So many are to come.
    expected: usize,
}

impl Seen {
    /// Makes room for so many more.
    pub(crate) fn expect(&mut self, patients: usize) {
        self.expected += patients;
        self.rising.reserve(patients);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rising.is_empty()
    }

    /// Whether there has been no such patient; from now on there has.
    pub(crate) fn insert(&mut self, mark: Mark) -> bool {
        self.expected = self.expected.saturating_sub(1);
        if self.rising.last().is_none_or(|last| *last < mark) {
            self.rising.push(mark);
            return true;
        }
        if self.rising.binary_search(&mark).is_ok() {
            return false;
        }
        if self.others.is_empty() {
            self.others.reserve(self.expected + 1);
        }
        self.others.insert(mark)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_patient_is_new_once() {
        let ids: Vec<String> = ["", "a", "a\0", "b", "0123456789abcde", "0123456789abcdef", "0123456789abcdeg", "é"]
            .into_iter()
            .map(str::to_owned)
            .chain((0..2_000).map(|n| format!("p{:05}", n * 7_919 % 2_003)))
            .chain((0..500).map(|n| format!("{:036x}", n * 31 % 199)))
            .collect();
        for order in [0, 1, 2] {
            let mut ids = ids.clone();
            match order {
                0 => ids.sort(),
                1 => ids.reverse(),
                _ => {}
            }
            let (mut seen, mut known) = (Seen::default(), BTreeSet::new());
            seen.expect(10);
            for id in ids.iter().chain(&ids) {
                assert_eq!(seen.insert(Mark::of(id)), known.insert(id.clone()), "{id}");
            }
        }
    }
}
