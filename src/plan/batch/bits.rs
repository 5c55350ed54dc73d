//! A bit for each patient of a batch, and two bits for a truth.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, Not};

use crate::evaluate::Kleene;

/// The most patients of a batch.
pub const ROWS: usize = 1024;
const WORDS: usize = ROWS / 64;

/// A bit for each patient. Those beyond the last patient say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(pub [u64; WORDS]);

impl Bits {
    pub const NONE: Self = Self([0; WORDS]);
    pub const ALL: Self = Self([u64::MAX; WORDS]);

    /// The first so many.
    #[must_use]
    pub fn first(count: usize) -> Self {
        let mut bits = Self::NONE;
        for (at, word) in bits.0.iter_mut().enumerate() {
            let left = count.saturating_sub(at * 64);
            *word = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        }
        bits
    }

    /// One alone.
    #[must_use]
    pub fn single(row: usize) -> Self {
        let mut bits = Self::NONE;
        bits.set(row);
        bits
    }

    /// Those from one to another, the last not included.
    #[must_use]
    pub fn range(rows: std::ops::Range<usize>) -> Self {
        Self::first(rows.end) & !Self::first(rows.start)
    }

    #[must_use]
    pub fn has(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub fn set(&mut self, row: usize) {
        if let Some(word) = self.0.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Sets some that stand together, the last not included.
    pub(super) fn set_all(&mut self, rows: std::ops::Range<usize>) {
        for (at, mask) in words(rows) {
            if let Some(word) = self.0.get_mut(at) {
                *word |= mask;
            }
        }
    }

    /// Whether one of some that stand together is set.
    pub(super) fn has_any(&self, rows: std::ops::Range<usize>) -> bool {
        words(rows).any(|(at, mask)| self.0.get(at).is_some_and(|word| word & mask != 0))
    }

    /// Whether some that stand together are set, where all of them are or none is.
    pub(super) fn same(&self, rows: std::ops::Range<usize>) -> Option<bool> {
        let (mut all, mut any) = (true, false);
        for (at, mask) in words(rows) {
            let word = self.0.get(at).copied().unwrap_or_default() & mask;
            all &= word == mask;
            any |= word != 0;
        }
        (all == any).then_some(all)
    }

    #[must_use]
    pub fn any(&self) -> bool {
        self.0.iter().any(|word| *word != 0)
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The rows whose bits are set, in order.
    pub fn rows(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }

    /// Where it holds of a value.
    pub fn of<A: Copy>(a: &[A], holds: impl Fn(A) -> bool) -> Self {
        let mut bits = Self::NONE;
        for (word, a) in bits.0.iter_mut().zip(a.chunks(64)) {
            let mut flags = [0_u8; 64];
            flags.iter_mut().zip(a).for_each(|(flag, a)| *flag = u8::from(holds(*a)));
            *word = packed(&flags);
        }
        bits
    }

    /// Where it holds of two values.
    pub fn of_two<A: Copy, B: Copy>(a: &[A], b: &[B], holds: impl Fn(A, B) -> bool) -> Self {
        let mut bits = Self::NONE;
        for ((word, a), b) in bits.0.iter_mut().zip(a.chunks(64)).zip(b.chunks(64)) {
            let mut flags = [0_u8; 64];
            flags.iter_mut().zip(a).zip(b).for_each(|((flag, a), b)| *flag = u8::from(holds(*a, *b)));
            *word = packed(&flags);
        }
        bits
    }

    /// Where it holds of four values of one kind.
    pub fn of_four<A: Copy>([a, b, c, d]: [&[A]; 4], holds: impl Fn([A; 4]) -> bool) -> Self {
        let mut bits = Self::NONE;
        let chunks = a.chunks(64).zip(b.chunks(64)).zip(c.chunks(64).zip(d.chunks(64)));
        for (word, ((a, b), (c, d))) in bits.0.iter_mut().zip(chunks) {
            let mut flags = [0_u8; 64];
            let rows = a.iter().zip(b).zip(c.iter().zip(d));
            flags.iter_mut().zip(rows).for_each(|(flag, ((a, b), (c, d)))| *flag = u8::from(holds([*a, *b, *c, *d])));
            *word = packed(&flags);
        }
        bits
    }

    fn with(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let mut bits = self;
        bits.0.iter_mut().zip(other.0).for_each(|(word, other)| *word = join(*word, other));
        bits
    }
}

/// The places of the words of rows that stand together, and their bits in each.
fn words(rows: std::ops::Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    let mut at = rows.start;
    std::iter::from_fn(move || {
        let count = (64 - at % 64).min(rows.end.checked_sub(at).filter(|left| *left > 0)?);
        let found = (at / 64, (u64::MAX >> (64 - count)) << (at % 64));
        at += count;
        Some(found)
    })
}

/// One bit for each byte that is 1: a product brings those of eight bytes into the highest one.
fn packed(flags: &[u8; 64]) -> u64 {
    let (eights, _) = flags.as_chunks::<8>();
    eights
        .iter()
        .rev()
        .fold(0, |word, eight| word << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56)
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other, |a, b| a | b)
    }
}

impl BitXor for Bits {
    type Output = Self;

    fn bitxor(self, other: Self) -> Self {
        self.with(other, |a, b| a ^ b)
    }
}

impl Not for Bits {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

impl BitAndAssign for Bits {
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOrAssign for Bits {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// A truth of each patient: met, unknown, or neither. Where it is lost, the batch cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truths {
    pub(super) met: Bits,
    pub(super) unknown: Bits,
    pub(super) lost: Bits,
}

impl Truths {
    pub(super) fn all(state: Kleene) -> Self {
        let (met, unknown) = match state {
            Kleene::Met => (Bits::ALL, Bits::NONE),
            Kleene::NotMet => (Bits::NONE, Bits::NONE),
            Kleene::Unknown => (Bits::NONE, Bits::ALL),
        };
        Self { met, unknown, lost: Bits::NONE }
    }

    /// Met where it is sure, not met where it is not even possible.
    pub(super) fn between(sure: Bits, possible: Bits) -> Self {
        Self { met: sure, unknown: possible & !sure, lost: Bits::NONE }
    }

    pub(super) fn not_met(&self) -> Bits {
        !(self.met | self.unknown | self.lost)
    }

    pub(super) fn and(self, other: Self) -> Self {
        let not_met = self.not_met() | other.not_met();
        let lost = (self.lost | other.lost) & !not_met;
        Self { met: self.met & other.met, unknown: (self.unknown | other.unknown) & !lost & !not_met, lost }
    }

    pub(super) fn or(self, other: Self) -> Self {
        let met = self.met | other.met;
        let lost = (self.lost | other.lost) & !met;
        Self { met, unknown: (self.unknown | other.unknown) & !lost & !met, lost }
    }

    pub(super) fn negated(self) -> Self {
        Self { met: self.not_met(), ..self }
    }

    /// What holds whichever of the two it is.
    pub(super) fn either(self, other: Self) -> Self {
        let lost = self.lost | other.lost;
        let (met, not_met) = (self.met & other.met, self.not_met() & other.not_met());
        Self { met, unknown: !(met | not_met | lost), lost }
    }

    /// This where the mask says so, the other elsewhere.
    pub(super) fn where_or(self, mask: Bits, other: Self) -> Self {
        let pick = |a: Bits, b: Bits| a & mask | b & !mask;
        Self {
            met: pick(self.met, other.met),
            unknown: pick(self.unknown, other.unknown),
            lost: pick(self.lost, other.lost),
        }
    }

    /// Lost where the mask says so, too.
    pub(super) fn lost_where(self, mask: Bits) -> Self {
        Self { met: self.met & !mask, unknown: self.unknown & !mask, lost: self.lost | mask }
    }

    /// Where both are known to be the same.
    pub(super) fn same(&self, other: &Self) -> Bits {
        !(self.met ^ other.met | self.unknown ^ other.unknown | self.lost | other.lost)
    }

    pub(super) fn get(&self, row: usize) -> Option<Kleene> {
        match (self.met.has(row), self.unknown.has(row), self.lost.has(row)) {
            (_, _, true) => None,
            (true, ..) => Some(Kleene::Met),
            (_, true, _) => Some(Kleene::Unknown),
            _ => Some(Kleene::NotMet),
        }
    }

    pub(super) fn put(&mut self, row: usize, state: Option<Kleene>) {
        match state {
            Some(Kleene::Met) => self.met.set(row),
            Some(Kleene::Unknown) => self.unknown.set(row),
            Some(Kleene::NotMet) => {}
            None => self.lost.set(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_that_stand_together() {
        for (from, to) in [(0, 0), (0, 1), (3, 64), (0, 64), (63, 65), (10, 500), (1000, 1024), (0, 1024)] {
            let mut bits = Bits::NONE;
            bits.set_all(from..to);
            assert_eq!(bits, Bits::range(from..to), "{from} to {to}");
            assert_eq!(bits.has_any(0..1024), from < to);
            assert!(!bits.has_any(0..from) && !bits.has_any(to..1024));
            if from < to {
                assert_eq!((bits.same(from..to), bits.same(to..to.max(1023) + 1)), (Some(true), Some(false)));
                assert_eq!(bits.same(from..to + 1), None);
            }
        }
    }

    #[test]
    fn every_flag_has_its_bit() {
        let values: Vec<u32> = (0..1024).collect();
        let bits = Bits::of(&values, |value| value % 3 == 0 || value == 64);
        let wanted: Vec<usize> = (0..1024).filter(|value| value % 3 == 0 || *value == 64).collect();
        assert_eq!(bits.rows().collect::<Vec<_>>(), wanted);
        assert_eq!(bits.count(), wanted.len() as u64);
        assert_eq!(Bits::first(70).rows().collect::<Vec<_>>(), (0..70).collect::<Vec<_>>());
        assert_eq!((Bits::first(0), Bits::first(1024)), (Bits::NONE, Bits::ALL));
    }

    /// Each pair of states, in a row of its own, as the logic of one patient has it.
    #[test]
    fn truths_are_those_of_one_patient() {
        let states = [Kleene::Met, Kleene::NotMet, Kleene::Unknown];
        let (mut a, mut b) = (Truths::all(Kleene::NotMet), Truths::all(Kleene::NotMet));
        for row in 0..9 {
            a.put(row, Some(states[row / 3]));
            b.put(row, Some(states[row % 3]));
        }
        for row in 0..9 {
            let (x, y) = (states[row / 3], states[row % 3]);
            assert_eq!(a.and(b).get(row), Some(x.and(y)));
            assert_eq!(a.or(b).get(row), Some(x.or(y)));
            assert_eq!(a.negated().get(row), Some(!x));
            assert_eq!(a.either(b).get(row), Some(x.either(y)));
        }
        let mut lost = Truths::all(Kleene::NotMet);
        (0..3).for_each(|row| lost.put(row, None));
        let mut states = Truths::all(Kleene::NotMet);
        states.put(0, Some(Kleene::Met));
        states.put(2, Some(Kleene::Unknown));
        // What decides makes it unimportant that another cannot be told.
        assert_eq!([0, 1, 2].map(|row| lost.and(states).get(row)), [None, Some(Kleene::NotMet), None]);
        assert_eq!([0, 1, 2].map(|row| lost.or(states).get(row)), [Some(Kleene::Met), None, None]);
    }
}
