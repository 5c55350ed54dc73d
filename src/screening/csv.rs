//! Results as CSV: `patient, verdict, because, missing, refused`, a column for each criterion, and where it all comes from.

use super::{Decider, Origin, Row, Screened};
use crate::explain;

/// The lines of a table.
pub(super) struct Csv {
    /// Behind the criteria, the same in each line.
    tail: Vec<u8>,
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
        Self { tail }
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

    /// The line of a row of a table that is plain.
    pub(super) fn plain(&self, names: &[&str], screened: &Screened<'_>, row: usize, to: &mut Vec<u8>) {
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
        for standings in &screened.states {
            to.push(b',');
            to.extend_from_slice(explain::standing_code(standings.of(row)).as_bytes());
        }
        to.extend_from_slice(&self.tail);
    }
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
