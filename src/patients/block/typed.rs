//! Columns as numbers, days and codes, straight from what a file holds. A cell that does not say plainly what it should marks
//! its row as odd: such a row is read as texts, with all that there is to say about it.

use std::borrow::Cow;

use super::column::{Values, part};
use super::{Block, Cells, Column, Mask, ROWS, WORDS, set};
use crate::patients::cells::date;
use crate::patients::mapping::Mapping;

/// A value for each row; any where it is not there.
pub(crate) struct Typed<T> {
    pub(crate) values: Vec<T>,
    pub(crate) there: Mask,
    /// Rows whose cell says something else.
    pub(crate) odd: Mask,
}

impl<T: Copy + Default> Typed<T> {
    fn new() -> Self {
        Self { values: vec![T::default(); ROWS], there: [0; WORDS], odd: [0; WORDS] }
    }

    fn put(&mut self, row: usize, value: Option<T>) {
        set(&mut self.there, row);
        match (value, self.values.get_mut(row)) {
            (Some(value), Some(slot)) => *slot = value,
            _ => set(&mut self.odd, row),
        }
    }
}

/// The years that a record's dates may lie in, as `record::time` has it: the first and the last day of them.
const DAYS: std::ops::RangeInclusive<i32> = -62_091..=84_370;
/// Decimals of so many digits are told apart by doubles, and no two have the same.
const DIGITS: usize = 15;
/// Whole numbers that doubles hold exactly.
const WHOLE: i64 = 1 << 53;
/// Numbers beyond these are written with an exponent.
const WRITTEN: std::ops::Range<f64> = 1e-5..1e16;

/// What the words of a column stand for, by their places, as far as it has been asked. It holds for all blocks whose columns are
/// the same.
#[derive(Default)]
pub(crate) struct Known(Vec<Told>);

/// What a word stands for.
#[derive(Clone, Copy)]
enum Told {
    Unasked,
    /// It says nothing.
    Nothing,
    Odd,
    Code(u32),
}

/// Columns of more words than this are asked about row by row.
const WORDS_KNOWN: usize = 4096;

/// What texts stand for, as far as it has been asked.
#[derive(Default)]
struct Codes {
    known: Vec<(Vec<u8>, Option<u32>)>,
}

/// Texts that are kept: a column of words has few.
const KEPT: usize = 32;

impl Codes {
    fn get(&mut self, text: &str, ask: &mut dyn FnMut(&str) -> Option<u32>) -> Option<u32> {
        if let Some((_, code)) = self.known.iter().find(|(known, _)| known.as_slice() == text.as_bytes()) {
            return *code;
        }
        let code = ask(text);
        if self.known.len() < KEPT {
            self.known.push((text.as_bytes().to_vec(), code));
        }
        code
    }
}

impl Block {
    /// What stands in a cell, where it says something that can be read.
    pub(crate) fn said(&self, row: usize, column: usize) -> Option<Cow<'_, str>> {
        let text = match self.text(row, column).ok()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        (!text.is_empty()).then_some(text)
    }

    /// A column of Parquet, and the row of it that is the first here.
    fn column(&self, column: usize) -> Option<(&Column, usize)> {
        match &self.cells {
            Cells::Columns { columns, from } => Some((columns.get(column)?, *from)),
            Cells::Texts { .. } => None,
        }
    }

    /// The values of its rows.
    fn own<'v, T>(&self, values: &'v [T], from: usize) -> &'v [T] {
        let values = values.get(from..).unwrap_or_default();
        values.get(..self.len()).unwrap_or(values)
    }

    /// Whole days, counted from 1970.
    pub(crate) fn days(&self, column: usize, mapping: &Mapping) -> Typed<i32> {
        let mut typed = Typed::new();
        if let Some((held, from)) = self.column(column)
            && let Some(days) = held.days()
        {
            let days = self.own(days, from);
            let there = held.there(from);
            typed.there = there;
            let mut beyond = false;
            for (slot, day) in typed.values.iter_mut().zip(days) {
                *slot = *day;
                beyond |= !DAYS.contains(day);
            }
            if mapping.dates.is_some() || beyond {
                let odd = |day: &i32| mapping.dates.is_some() || !DAYS.contains(day);
                days.iter().enumerate().filter(|(_, day)| odd(day)).for_each(|(row, _)| set(&mut typed.odd, row));
                typed.odd.iter_mut().zip(there).for_each(|(odd, there)| *odd &= there);
            }
            return typed;
        }
        for row in 0..self.len() {
            if let Some(text) = self.said(row, column) {
                typed.put(row, day_of(mapping, &text));
            }
        }
        typed
    }

    /// Numbers of which each double stands for one decimal.
    pub(crate) fn numbers(&self, column: usize) -> Typed<f64> {
        let mut typed = Typed::new();
        if let Some((held, from)) = self.column(column) {
            match held.plain() {
                Some(Values::Double(numbers)) => {
                    let numbers = self.own(numbers, from);
                    typed.there = held.there(from);
                    let mut plain = true;
                    for (slot, number) in typed.values.iter_mut().zip(numbers) {
                        *slot = *number;
                        plain &= WRITTEN.contains(&number.abs()) || *number == 0.0;
                    }
                    if !plain {
                        typed.doubles(numbers);
                    }
                    return typed;
                }
                Some(Values::Whole(numbers)) => {
                    let numbers = self.own(numbers, from);
                    typed.there = held.there(from);
                    typed.values.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = f64::from(*number));
                    return typed;
                }
                Some(Values::Long(numbers)) => {
                    let numbers = self.own(numbers, from);
                    typed.there = held.there(from);
                    for (row, number) in numbers.iter().enumerate() {
                        #[expect(clippy::cast_precision_loss, reason = "below 2^53 none is lost")]
                        let value = (number.abs() < WHOLE).then_some(*number as f64);
                        if held.is_there(from + row) {
                            typed.put(row, value);
                        }
                    }
                    return typed;
                }
                _ => {}
            }
        }
        for row in 0..self.len() {
            if let Some(text) = self.said(row, column) {
                typed.put(row, decimal(text.as_bytes()));
            }
        }
        typed
    }

    /// Of a column of truths: who has one, and for whom it is true.
    pub(crate) fn truths(&self, column: usize) -> Option<(Mask, Mask)> {
        let (held, from) = self.column(column)?;
        let Values::Truths(truths) = &held.values else { return None };
        Some((held.there(from), part(truths, from)))
    }

    /// What words stand for; `ask` gives nothing for a word that says something else. `known` is what has been asked of this
    /// column before.
    pub(crate) fn codes(
        &self,
        column: usize,
        ask: &mut dyn FnMut(&str) -> Option<u32>,
        known: &mut Known,
    ) -> Typed<u32> {
        let mut typed = Typed::new();
        if let Some((there, yes)) = self.truths(column) {
            let codes = [ask("false"), ask("true")];
            let [no, is] = codes.map(Option::unwrap_or_default);
            typed.there = there;
            for ((rows, yes), odd) in typed.values.chunks_mut(64).zip(yes).zip(&mut typed.odd) {
                rows.iter_mut().enumerate().for_each(|(at, slot)| *slot = if yes >> at & 1 == 1 { is } else { no });
                *odd |= if codes[0].is_none() { !yes } else { 0 };
                *odd |= if codes[1].is_none() { yes } else { 0 };
            }
            typed.odd.iter_mut().zip(there).for_each(|(odd, there)| *odd &= there);
            return typed;
        }
        if let Some((held, from)) = self.column(column)
            && let Some(Values::Texts { places, words }) = held.plain()
            && words.len() <= WORDS_KNOWN
        {
            let Known(told) = known;
            if told.len() != words.len() {
                *told = vec![Told::Unasked; words.len()];
            }
            let places = self.own(places, from);
            for (at, word) in held.there(from).into_iter().enumerate() {
                let mut left = word;
                while left != 0 {
                    let row = at * 64 + left.trailing_zeros() as usize;
                    left &= left - 1;
                    let Some(place) = places.get(row) else { continue };
                    let Some(slot) = told.get_mut(*place as usize) else { continue };
                    if matches!(slot, Told::Unasked) {
                        let text = str::from_utf8(words.get(*place)).unwrap_or_default().trim();
                        *slot = match text {
                            "" => Told::Nothing,
                            text => ask(text).map_or(Told::Odd, Told::Code),
                        };
                    }
                    match *slot {
                        Told::Code(code) => typed.put(row, Some(code)),
                        Told::Odd => typed.put(row, None),
                        Told::Nothing | Told::Unasked => {}
                    }
                }
            }
            return typed;
        }
        let mut codes = Codes::default();
        for row in 0..self.len() {
            if let Some(text) = self.said(row, column) {
                typed.put(row, codes.get(&text, ask));
            }
        }
        typed
    }
}

impl Typed<f64> {
    /// Those of which some are missing, or written with an exponent.
    fn doubles(&mut self, numbers: &[f64]) {
        for (row, number) in numbers.iter().enumerate() {
            let (word, bit) = (row / 64, 1_u64 << (row % 64));
            let Some(there) = self.there.get_mut(word) else { continue };
            if number.is_nan() {
                *there &= !bit;
            } else if *there & bit != 0 && *number != 0.0 && !WRITTEN.contains(&number.abs()) {
                set(&mut self.odd, row);
            }
        }
    }
}

/// A whole day as the mapping writes it, counted from 1970; nothing for all else.
pub(crate) fn day_of(mapping: &Mapping, text: &str) -> Option<i32> {
    let text = text.trim();
    match &mapping.dates {
        None => day(text.as_bytes()),
        Some(_) => day(date(mapping, text).as_bytes()),
    }
}

/// `2026-03-01`, as days from 1970; nothing for all else.
fn day(text: &[u8]) -> Option<i32> {
    let &[ref year @ .., b'-', m1, m0, b'-', d1, d0] = text else { return None };
    let number = |digits: &[u8]| {
        let digit = |byte: &u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
        digits.iter().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
    };
    if year.len() != 4 {
        return None;
    }
    let (year, month, day) = (number(year)?, number(&[m1, m0])?, number(&[d1, d0])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1800..=2200).contains(&year) || !(1..=last).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day of the leap year is their last (Hinnant, days_from_civil).
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// A decimal of few digits as the double that stands for no other one of so few.
fn decimal(text: &[u8]) -> Option<f64> {
    const TENS: [f64; DIGITS + 1] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, bare) = match text {
        [b'-', bare @ ..] => (true, bare),
        bare => (false, bare),
    };
    if bare.len() > DIGITS
        || !bare.last().is_some_and(u8::is_ascii_digit)
        || !bare.first().is_some_and(u8::is_ascii_digit)
    {
        return None;
    }
    let mut number = 0_i64;
    let mut places: Option<usize> = None;
    for byte in bare {
        match (byte, &mut places) {
            (b'0'..=b'9', places) => {
                number = number * 10 + i64::from(byte - b'0');
                if let Some(places) = places {
                    *places += 1;
                }
            }
            (b'.', None) => places = Some(0),
            _ => return None,
        }
    }
    // Both are exact, so that their quotient is the nearest double there is.
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits lie below 2^53")]
    let value = number as f64 / TENS.get(places.unwrap_or(0))?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day(b"1970-01-01"), Some(0));
        assert_eq!(day(b"2000-03-01"), Some(11_017));
        assert_eq!(day(b"1800-01-01"), Some(*DAYS.start()));
        assert_eq!(day(b"2200-12-31"), Some(*DAYS.end()));
        for wrong in
            ["2023-02-29", "1900-02-29", "2023-04-31", "2023-00-10", "2023-1-10", "2023-01", "1799-12-31", "2023-01-0x"]
        {
            assert_eq!(day(wrong.as_bytes()), None, "{wrong}");
        }
        let mut expected = *DAYS.start();
        let mut date = jiff::civil::date(1800, 1, 1);
        while date.year() <= 2200 {
            assert_eq!(day(date.to_string().as_bytes()), Some(expected), "{date}");
            date = date.tomorrow().unwrap();
            expected += 1;
        }
    }

    #[test]
    fn decimals_are_the_nearest_doubles() {
        for text in ["0", "-0", "1", "0.1", "-2.5", "113.12", "123456789.12345", "99999999999999.", "0.00000000001"] {
            let wanted = if text.ends_with('.') { None } else { text.parse().ok() };
            assert_eq!(decimal(text.as_bytes()), wanted, "{text}");
        }
        for text in ["", "-", "+1", ".5", "1e5", "1.2.3", "<5", "1 ", "1234567890123456", "NaN"] {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }
}
