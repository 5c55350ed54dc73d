//! Results as CSV: `patient, verdict, because, missing, refused`, a column for each criterion, and where it all comes from.

use super::{Decider, Origin, Row, Screened};
use crate::explain;
use crate::ir::State;
use crate::plan::batch::{Bits, ROWS, Standings};

/// The lines of a table.
pub(super) struct Csv {
    /// Behind the criteria, the same in each line.
    tail: Vec<u8>,
    /// By how many criteria they are of, and by the code of their states.
    cells: [Vec<Cells>; FOUR],
}

/// Between several entries of one cell.
const BETWEEN: &str = "; ";

impl Csv {
    pub(super) fn new(origin: &Origin) -> Self {
        let mut tail = Vec::new();
        for text in [origin.protocol.as_str(), &origin.version, &origin.hash, origin.policy] {
            tail.push(b',');
            quoted(text, &mut tail);
        }
        tail.push(b'\n');
        let cells =
            [1, 2, 3, FOUR].map(|criteria| (0..1 << (2 * criteria)).map(|code| Cells::of(code, criteria)).collect());
        Self { tail, cells }
    }

    pub(super) fn head(criteria: &[String], to: &mut Vec<u8>) {
        let head = ["patient", "verdict", "because", "missing", "refused"].map(str::to_owned);
        let criteria = criteria.iter().map(|name| format!("criterion_{name}"));
        let tail = ["protocol", "version", "hash", "policy"].map(str::to_owned);
        for (at, name) in head.into_iter().chain(criteria).chain(tail).enumerate() {
            if at > 0 {
                to.push(b',');
            }
            quoted(&name, to);
        }
        to.push(b'\n');
    }

    pub(super) fn line(&self, row: &Row<'_>, to: &mut Vec<u8>) {
        quoted(row.patient, to);
        let lists = [row.because.join(BETWEEN), row.missing.join(BETWEEN), row.refused.join(BETWEEN)];
        for cell in [row.verdict].into_iter().chain(lists.iter().map(String::as_str)).chain(row.states.iter().copied())
        {
            to.push(b',');
            quoted(cell, to);
        }
        to.extend_from_slice(&self.tail);
    }

    /// The lines of all rows of a table that are plain, and where each row ends.
    pub(super) fn block(&self, names: &[&str], screened: &Screened<'_>, to: &mut Vec<u8>, ends: &mut Vec<usize>) {
        let fours: Vec<(Vec<u8>, &[Cells])> = screened
            .states
            .chunks(FOUR)
            .filter_map(|four| Some((codes(four), self.cells.get(four.len() - 1)?.as_slice())))
            .collect();
        for row in 0..screened.len() {
            if screened.plain.has(row) {
                plain(names, screened, row, to);
                for (codes, cells) in &fours {
                    if let Some(cells) = codes.get(row).and_then(|code| cells.get(usize::from(*code))) {
                        cells.write(to);
                    }
                }
                to.extend_from_slice(&self.tail);
            }
            ends.push(to.len());
        }
    }
}

/// What stands before the criteria.
fn plain(names: &[&str], screened: &Screened<'_>, row: usize, to: &mut Vec<u8>) {
    quoted(screened.patient(row), to);
    to.push(b',');
    to.extend_from_slice(explain::verdict_word(screened.verdict(row)).as_bytes());
    to.push(b',');
    let mut left = screened.decided_by(row);
    let mut between = "";
    while left != 0 {
        let name = names.get(left.trailing_zeros() as usize).copied().unwrap_or_default();
        to.extend_from_slice(between.as_bytes());
        to.extend_from_slice(name.as_bytes());
        between = BETWEEN;
        left &= left - 1;
    }
    to.extend_from_slice(b",,");
}

/// So many criteria are written at once.
const FOUR: usize = 4;
/// In the order of their codes, of two bits.
pub(super) const STATES: [State; 4] = [State::NotMet, State::Met, State::Unknown, State::NotApplicable];
/// The longest cell, and what stands before it.
const LONGEST: usize = ",not_applicable".len();

/// The cells of up to four criteria, in a row.
struct Cells {
    text: [u8; FOUR * LONGEST],
    length: usize,
}

impl Cells {
    /// Those of a code for so many.
    fn of(code: usize, criteria: usize) -> Self {
        let states = (0..criteria).filter_map(|at| STATES.get(code >> (2 * at) & 3));
        let cells: String = states.flat_map(|state| [",", explain::standing_code(*state)]).collect();
        let mut text = [0; FOUR * LONGEST];
        text.iter_mut().zip(cells.bytes()).for_each(|(slot, byte)| *slot = byte);
        Self { text, length: cells.len() }
    }

    /// All of the array and not only what is used of it, as that takes no call.
    fn write(&self, to: &mut Vec<u8>) {
        let end = to.len() + self.length;
        to.extend_from_slice(&self.text);
        to.truncate(end);
    }
}

/// The states of up to four criteria as one byte for each patient.
fn codes(four: &[Standings]) -> Vec<u8> {
    let mut codes = vec![0_u8; ROWS];
    for (at, standings) in four.iter().enumerate() {
        let low = standings.met | standings.not_applicable;
        let high = standings.unknown | standings.not_applicable;
        let bytes = |bits: Bits| bits.0.into_iter().flat_map(u64::to_le_bytes);
        let (eights, _) = codes.as_chunks_mut::<8>();
        for ((eight, low), high) in eights.iter_mut().zip(bytes(low)).zip(bytes(high)) {
            let two = spread(low) | spread(high) << 1;
            *eight = (u64::from_le_bytes(*eight) | two << (2 * at)).to_le_bytes();
        }
    }
    codes
}

/// A byte for each bit, from the lowest on: one or zero.
fn spread(bits: u8) -> u64 {
    // Each byte keeps its own bit; what is added to it carries into the highest one.
    let alone = u64::from(bits).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    (alone + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101
}

/// The names of criteria, where none of them needs quotes.
pub(super) fn names<'d>(decider: &'d Decider<'_, '_>) -> Option<Vec<&'d str>> {
    let names: Vec<&str> = decider.criteria().map(|(name, ..)| name).collect();
    let bare = |name: &&str| !name.bytes().any(needs_quotes);
    names.iter().all(bare).then_some(names)
}

fn needs_quotes(byte: u8) -> bool {
    matches!(byte, b',' | b'"' | b'\n' | b'\r')
}

fn quoted(text: &str, to: &mut Vec<u8>) {
    if !text.bytes().any(needs_quotes) {
        return to.extend_from_slice(text.as_bytes());
    }
    to.push(b'"');
    to.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    to.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state of every place, in groups of each size.
    #[test]
    fn criteria_that_are_written_together_are_those_that_are_written_alone() {
        let bits = |state: usize| {
            let mut standings = Standings { met: Bits::NONE, unknown: Bits::NONE, not_applicable: Bits::NONE };
            for row in 0..ROWS {
                // The states of the criteria of a row are the digits of its number, with four to the ten.
                match STATES[row >> (2 * state) & 3] {
                    State::Met => standings.met.set(row),
                    State::NotMet => {}
                    State::Unknown => standings.unknown.set(row),
                    State::NotApplicable => standings.not_applicable.set(row),
                }
            }
            standings
        };
        for size in 1..=FOUR {
            let four: Vec<Standings> = (0..size).map(bits).collect();
            let codes = codes(&four);
            for (row, code) in codes.into_iter().enumerate() {
                let mut text = Vec::new();
                Cells::of(usize::from(code), size).write(&mut text);
                let alone: String = four.iter().flat_map(|one| [",", explain::standing_code(one.of(row))]).collect();
                assert_eq!(String::from_utf8(text).unwrap(), alone, "{size} in row {row}");
            }
        }
    }

    #[test]
    fn cells_are_quoted_as_tables_have_it() {
        for text in ["", "plain; text", "a,b", "say \"no\"", "two\nlines", "a\rb", "é"] {
            let mut own = Vec::new();
            quoted(text, &mut own);
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record([text, "x"]).unwrap();
            own.extend_from_slice(b",x\n");
            assert_eq!(String::from_utf8(own), String::from_utf8(writer.into_inner().unwrap()));
        }
    }
}
