//! Runs of small numbers (Apache Parquet, "Run Length Encoding / Bit-Packing Hybrid"): which values are there, and places in a
//! dictionary.

/// Bits one after the other, the first of a word lowest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    words: Vec<u64>,
    length: usize,
}

impl Flags {
    pub(super) fn all(length: usize) -> Self {
        let mut flags = Self::default();
        flags.fill(true, length);
        flags
    }

    pub(super) fn into_words(self) -> Vec<u64> {
        self.words
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// How many are set.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Adds the lowest of these bits, 64 at the most.
    fn push(&mut self, bits: u64, count: usize) {
        if count == 0 {
            return;
        }
        let bits = if count < 64 { bits & ((1 << count) - 1) } else { bits };
        let within = self.length % 64;
        match self.words.last_mut() {
            Some(last) if within > 0 => {
                *last |= bits << within;
                if within + count > 64 {
                    self.words.push(bits >> (64 - within));
                }
            }
            _ => self.words.push(bits),
        }
        self.length += count;
    }

    pub(super) fn fill(&mut self, set: bool, mut count: usize) {
        let bits = if set { u64::MAX } else { 0 };
        while count > 0 {
            let next = (64 - self.length % 64).min(count);
            self.push(bits, next);
            count -= next;
        }
    }

    /// Adds so many bits as they lie in bytes; those that the bytes do not have are not set.
    pub(super) fn extend(&mut self, bytes: &[u8], mut count: usize) {
        for eight in bytes.chunks(8) {
            let next = count.min(64);
            if next == 0 {
                return;
            }
            let mut word = [0; 8];
            word.iter_mut().zip(eight).for_each(|(to, from)| *to = *from);
            self.push(u64::from_le_bytes(word), next);
            count -= next;
        }
        self.fill(false, count);
    }

    /// 64 of them, from one on; those behind the last are not set.
    pub(super) fn word(&self, from: usize) -> u64 {
        let (at, shift) = (from / 64, from % 64);
        let get = |at: usize| self.words.get(at).copied().unwrap_or(0);
        if shift == 0 { get(at) } else { get(at) >> shift | get(at + 1) << (64 - shift) }
    }

    /// Adds some of others.
    pub(super) fn append(&mut self, others: &Self, from: usize, mut count: usize) {
        let mut at = from;
        while count > 0 {
            let next = count.min(64);
            self.push(others.word(at), next);
            (at, count) = (at + next, count - next);
        }
    }

    /// Some of them.
    pub(super) fn part(&self, from: usize, count: usize) -> Self {
        let mut part = Self::default();
        part.append(self, from, count);
        part
    }
}

/// A number of seven bits a byte.
pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The runs of numbers of so many bits.
struct Runs<'d> {
    rest: &'d [u8],
    width: usize,
}

enum Run<'d> {
    Same(u32, usize),
    Packed(&'d [u8], usize),
}

impl<'d> Iterator for Runs<'d> {
    type Item = Run<'d>;

    fn next(&mut self) -> Option<Run<'d>> {
        let head = varint(&mut self.rest)?;
        let count = usize::try_from(head >> 1).ok()?;
        if head & 1 == 0 {
            let (value, rest) = self.rest.split_at_checked(self.width.div_ceil(8))?;
            self.rest = rest;
            let value = value.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
            return Some(Run::Same(value, count));
        }
        let count = count.checked_mul(8)?;
        // The last run may lack the bytes that only fill it up.
        let length = (count.checked_mul(self.width)? / 8).min(self.rest.len());
        let (packed, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let count = (length * 8).checked_div(self.width).map_or(count, |held| count.min(held));
        Some(Run::Packed(packed, count))
    }
}

/// So many bits that are written as runs.
pub(super) fn flags(data: &[u8], count: usize) -> Option<Flags> {
    let mut flags = Flags::default();
    let mut runs = Runs { rest: data, width: 1 };
    while flags.length < count {
        let left = count - flags.length;
        match runs.next()? {
            Run::Same(value, run) => flags.fill(value & 1 == 1, run.min(left)),
            Run::Packed(bytes, run) => flags.extend(bytes, run.min(left)),
        }
    }
    Some(flags)
}

/// Numbers of so many bits that are written as runs: those behind the first ones, so many of them.
pub(super) fn numbers(data: &[u8], width: usize, (mut skip, take): (usize, usize)) -> Option<Vec<u32>> {
    if width > 32 {
        return None;
    }
    let mut numbers = Vec::with_capacity(take + 8);
    let mut runs = Runs { rest: data, width };
    while numbers.len() < take {
        let left = take - numbers.len();
        match runs.next()? {
            Run::Same(_, run) | Run::Packed(_, run) if run <= skip => skip -= run,
            Run::Same(value, run) => {
                numbers.resize(numbers.len() + (run - skip).min(left), value);
                skip = 0;
            }
            Run::Packed(bytes, run) => {
                // Whole groups of eight, each of as many bytes as a number has bits.
                let groups = skip / 8;
                let wanted = (run - skip).min(left);
                let from = numbers.len();
                let bytes = bytes.get(groups * width..)?;
                let needed = (skip % 8 + wanted).div_ceil(8);
                unpack(bytes, width, needed, &mut numbers);
                let extra = skip % 8;
                if extra > 0 {
                    numbers.drain(from..from + extra);
                }
                numbers.truncate(from + wanted);
                (numbers.len() == from + wanted).then_some(())?;
                skip = 0;
            }
        }
    }
    Some(numbers)
}

/// So many groups of eight numbers.
fn unpack(bytes: &[u8], width: usize, groups: usize, to: &mut Vec<u32>) {
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                0 => to.resize(to.len() + groups * 8, 0),
                $($width => unpacked::<$width>(bytes, groups, to),)*
                _ => {}
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}

fn unpacked<const WIDTH: usize>(bytes: &[u8], groups: usize, to: &mut Vec<u32>) {
    let (whole, rest) = bytes.as_chunks::<WIDTH>();
    let whole = whole.get(..groups).unwrap_or(whole);
    for group in whole {
        to.extend_from_slice(&eight(group));
    }
    if whole.len() < groups && !rest.is_empty() {
        let mut last = [0; WIDTH];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        to.extend_from_slice(&eight(&last));
    }
}

fn eight<const WIDTH: usize>(group: &[u8; WIDTH]) -> [u32; 8] {
    std::array::from_fn(|at| {
        let (byte, shift) = (at * WIDTH / 8, at * WIDTH % 8);
        // 32 bits that begin in the middle of a byte lie in five.
        let word = (0..5)
            .fold(0_u64, |word, more| word | u64::from(group.get(byte + more).copied().unwrap_or(0)) << (more * 8));
        #[expect(clippy::cast_possible_truncation, reason = "no more than 32 bits are kept")]
        let number = (word >> shift & ((1 << WIDTH) - 1)) as u32;
        number
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers packed by hand, a bit after the other.
    fn packed(numbers: &[u32], width: usize) -> Vec<u8> {
        let mut bytes = vec![0; (numbers.len() * width).div_ceil(8)];
        for (at, number) in numbers.iter().enumerate() {
            for bit in 0..width {
                let place = at * width + bit;
                bytes[place / 8] |= u8::from(number >> bit & 1 == 1) << (place % 8);
            }
        }
        bytes
    }

    fn head(number: usize) -> Vec<u8> {
        let (mut bytes, mut left) = (Vec::new(), number);
        while left > 0x7f {
            bytes.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
            left >>= 7;
        }
        bytes.push(u8::try_from(left).unwrap());
        bytes
    }

    #[test]
    fn numbers_of_every_width() {
        for width in 0..=32_usize {
            let most = u32::try_from((1_u64 << width) - 1).unwrap();
            let known: Vec<u32> = (0..200_u32).map(|at| at.wrapping_mul(2_654_435_761) & most).collect();
            let mut data = head(((200 / 8) << 1) | 1);
            data.extend(packed(&known, width));
            data.extend(head(300 << 1));
            data.extend(&7_u32.to_le_bytes()[..width.div_ceil(8)]);
            let all: Vec<u32> =
                known.iter().copied().chain(std::iter::repeat_n(if width == 0 { 0 } else { 7 }, 300)).collect();
            for (skip, take) in [(0, 500), (0, 1), (3, 9), (8, 192), (17, 250), (200, 300), (201, 5), (499, 1)] {
                let found = numbers(&data, width, (skip, take));
                assert_eq!(found.as_deref(), all.get(skip..skip + take), "{width} bits, {skip}, {take}");
            }
            assert_eq!(numbers(&data, width, (0, 501)), None, "{width} bits");
        }
    }

    #[test]
    fn flags_of_both_sorts() {
        let known: Vec<bool> = (0..120_u32).map(|at| at % 3 == 0 || at % 7 == 2).collect();
        let bits: Vec<u32> = known.iter().map(|set| u32::from(*set)).collect();
        let mut data = head(5 << 1);
        data.push(1);
        data.extend(head(((120 / 8) << 1) | 1));
        data.extend(packed(&bits, 1));
        data.extend(head(90 << 1));
        data.push(0);
        let all: Vec<bool> = [true; 5].into_iter().chain(known).chain([false; 90]).collect();
        for count in [0, 3, 64, 70, 125, 215] {
            let found = flags(&data, count).unwrap();
            let set: Vec<bool> = (0..count).map(|at| found.word(at) & 1 == 1).collect();
            assert_eq!(set, all[..count], "{count}");
            assert_eq!(found.count(), all[..count].iter().filter(|set| **set).count());
        }
        assert_eq!(flags(&data, 216), None);
        let found = flags(&data, 215).unwrap();
        for (from, count) in [(0, 215), (3, 64), (64, 100), (70, 1), (100, 115)] {
            let part = found.part(from, count);
            let set: Vec<bool> = (0..count).map(|at| part.word(at) & 1 == 1).collect();
            assert_eq!(set, all[from..from + count], "{from}, {count}");
        }
    }
}
