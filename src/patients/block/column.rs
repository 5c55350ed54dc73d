//! A column of Parquet as it was decoded, a value for each row.

use std::borrow::Cow;

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use num_bigint::BigInt;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::data_type::Int96;
use parquet::schema::types::ColumnDescPtr;

use super::Mask;
use crate::patients::shown;

/// A value for each row, and which of them are there; of more rows than one block has.
pub(in crate::patients) struct Column {
    descriptor: ColumnDescPtr,
    meaning: Meaning,
    /// A bit for each row, 64 a word.
    there: Vec<u64>,
    pub(super) values: Values,
    /// Rows in which it holds what has no text; without words where there are none.
    torn: Vec<u64>,
}

/// The values, with something in the place of those that are not there.
pub(in crate::patients) enum Values {
    /// A bit for each row.
    Truths(Vec<u64>),
    Whole(Vec<i32>),
    Long(Vec<i64>),
    Times(Vec<Int96>),
    Single(Vec<f32>),
    Double(Vec<f64>),
    /// Places among words.
    Texts {
        places: Vec<u32>,
        words: Words,
    },
}

/// Texts one after the other, as bytes.
#[derive(Debug, Default)]
pub(in crate::patients) struct Words {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Words {
    /// Its place.
    pub(in crate::patients) fn add(&mut self, word: &[u8]) -> u32 {
        let place = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len());
        place
    }

    pub(in crate::patients) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, place: u32) -> &[u8] {
        let at = place as usize;
        let from = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let to = self.ends.get(at).copied().unwrap_or(from);
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Whether each is UTF-8; nothing where all of them are.
    fn readable(&self) -> Option<Vec<bool>> {
        if self.bytes.is_ascii() {
            return None;
        }
        let all: Vec<bool> = (0..).take(self.len()).map(|place| str::from_utf8(self.get(place)).is_ok()).collect();
        all.contains(&false).then_some(all)
    }
}

/// What the file says of the numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Plain,
    Unsigned,
    /// A decimal of so many places.
    Decimal(i32),
    /// A day, counted from 1970.
    Day,
    /// A time, in so many parts of a second from 1970.
    Time(i64),
}

/// Days that the calendar has for sure, counted from 1970.
const CALENDAR: std::ops::RangeInclusive<i32> = -1_000_000..=2_000_000;

impl Column {
    pub(in crate::patients) fn new(descriptor: ColumnDescPtr, there: Vec<u64>, values: Values) -> Self {
        let meaning = meaning(&descriptor, &values);
        let mut column = Self { descriptor, meaning, there, values, torn: Vec::new() };
        column.torn = column.without_text();
        column
    }

    pub(super) fn name(&self) -> String {
        self.descriptor.path().string()
    }

    pub(super) fn is_there(&self, row: usize) -> bool {
        has(&self.there, row)
    }

    /// Which rows of a block have a value; it begins where a word does.
    pub(super) fn there(&self, from: usize) -> Mask {
        part(&self.there, from)
    }

    /// Days, counted from 1970.
    pub(super) fn days(&self) -> Option<&[i32]> {
        match (&self.values, self.meaning) {
            (Values::Whole(days), Meaning::Day) => Some(days),
            _ => None,
        }
    }

    /// Numbers that are what they say.
    pub(super) fn plain(&self) -> Option<&Values> {
        (self.meaning == Meaning::Plain).then_some(&self.values)
    }

    /// The text that a CSV file would have.
    pub(super) fn text(&self, row: usize) -> Result<Cow<'_, str>, String> {
        if !self.is_there(row) {
            return Ok(Cow::Borrowed(""));
        }
        let text = match &self.values {
            Values::Truths(values) => Some(Ok(has(values, row).to_string())),
            Values::Whole(values) => values.get(row).map(|number| match self.meaning {
                Meaning::Decimal(scale) => decimal(&BigInt::from(*number), scale),
                Meaning::Day => date_of(*number),
                Meaning::Unsigned => Ok(number.cast_unsigned().to_string()),
                Meaning::Plain | Meaning::Time(_) => Ok(number.to_string()),
            }),
            Values::Long(values) => values.get(row).map(|number| match self.meaning {
                Meaning::Decimal(scale) => decimal(&BigInt::from(*number), scale),
                Meaning::Time(parts) => time_of(*number, parts),
                Meaning::Unsigned => Ok(number.cast_unsigned().to_string()),
                Meaning::Plain | Meaning::Day => Ok(number.to_string()),
            }),
            Values::Times(values) => values.get(row).map(|time| time_of(time.to_millis(), 1_000)),
            Values::Single(values) => {
                values.get(row).map(|number| Ok(shortest(number.is_nan(), format!("{number:?}"))))
            }
            Values::Double(values) => {
                values.get(row).map(|number| Ok(shortest(number.is_nan(), format!("{number:?}"))))
            }
            Values::Texts { places, words } => {
                let Some(place) = places.get(row) else { return Ok(Cow::Borrowed("")) };
                let bytes = words.get(*place);
                if let Meaning::Decimal(scale) = self.meaning {
                    return decimal(&BigInt::from_signed_bytes_be(bytes), scale).map(Cow::Owned);
                }
                let text = str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned());
                return text.map(Cow::Borrowed);
            }
        };
        text.unwrap_or_else(|| Ok(String::new())).map(Cow::Owned)
    }

    /// Marks the rows of a block in which it holds what has no text.
    pub(super) fn torn(&self, from: usize, mask: &mut Mask) {
        if !self.torn.is_empty() {
            mask.iter_mut().zip(part(&self.torn, from)).for_each(|(word, torn)| *word |= torn);
        }
    }

    fn without_text(&self) -> Vec<u64> {
        let mut torn = Vec::new();
        let mut mark = |is_torn: &dyn Fn(usize) -> bool, rows: usize| {
            for row in (0..rows).filter(|row| self.is_there(*row) && is_torn(*row)) {
                torn.resize(self.there.len(), 0);
                if let Some(word) = torn.get_mut(row / 64) {
                    *word |= 1_u64 << (row % 64);
                }
            }
        };
        match (&self.values, self.meaning) {
            (Values::Whole(days), Meaning::Day) => {
                if days.iter().any(|day| !CALENDAR.contains(day)) {
                    mark(&|row| self.text(row).is_err(), days.len());
                }
            }
            (Values::Texts { places, words }, Meaning::Plain) => {
                if let Some(readable) = words.readable() {
                    let known = |row: usize| readable.get(*places.get(row)? as usize).copied();
                    mark(&|row| known(row) == Some(false), places.len());
                }
            }
            (Values::Truths(_) | Values::Single(_) | Values::Double(_), _)
            | (Values::Whole(_) | Values::Long(_), Meaning::Plain | Meaning::Unsigned) => {}
            (Values::Whole(values), _) => mark(&|row| self.text(row).is_err(), values.len()),
            (Values::Long(values), _) => mark(&|row| self.text(row).is_err(), values.len()),
            (Values::Times(values), _) => mark(&|row| self.text(row).is_err(), values.len()),
            (Values::Texts { places, .. }, _) => mark(&|row| self.text(row).is_err(), places.len()),
        }
        torn
    }
}

/// Whether the bit of a row is set.
pub(super) fn has(bits: &[u64], row: usize) -> bool {
    bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

/// The bits of the rows of a block.
pub(super) fn part(bits: &[u64], from: usize) -> Mask {
    let mut mask = Mask::default();
    let words = bits.get(from / 64..).unwrap_or_default();
    mask.iter_mut().zip(words).for_each(|(to, word)| *to = *word);
    mask
}

fn meaning(column: &ColumnDescPtr, values: &Values) -> Meaning {
    let logical = column.logical_type_ref();
    let converted = column.converted_type();
    let scale = match logical {
        Some(LogicalType::Decimal(kind)) => Some(kind.scale),
        _ => (converted == ConvertedType::DECIMAL).then(|| column.type_scale()),
    };
    let unsigned = matches!(logical, Some(LogicalType::Integer(kind)) if !kind.is_signed);
    let day = converted == ConvertedType::DATE || matches!(logical, Some(LogicalType::Date));
    let parts = match (logical, converted) {
        (Some(LogicalType::Timestamp(kind)), _) => Some(match kind.unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        }),
        (_, ConvertedType::TIMESTAMP_MILLIS) => Some(1_000),
        (_, ConvertedType::TIMESTAMP_MICROS) => Some(1_000_000),
        _ => None,
    };
    match (values, scale, parts) {
        (Values::Whole(_) | Values::Long(_) | Values::Texts { .. }, Some(scale), _) => Meaning::Decimal(scale),
        (Values::Whole(_), None, _) if day => Meaning::Day,
        (Values::Long(_), None, Some(parts)) => Meaning::Time(parts),
        (Values::Whole(_) | Values::Long(_), None, _) if unsigned => Meaning::Unsigned,
        _ => Meaning::Plain,
    }
}

/// The shortest decimal that is this number and no other; `NaN` is how data frames write what is missing.
fn shortest(missing: bool, text: String) -> String {
    if missing { String::new() } else { text.strip_suffix(".0").map(str::to_owned).unwrap_or(text) }
}

/// All digits of a decimal.
fn decimal(number: &BigInt, scale: i32) -> Result<String, String> {
    let places = usize::try_from(scale).ok().filter(|places| *places <= 76);
    let places = places.ok_or_else(|| format!("a decimal with {scale} places"))?;
    let text = number.magnitude().to_string();
    let text = format!("{text:0>width$}", width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    let sign = if number.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn date_of(days: i32) -> Result<String, String> {
    let day = jiff::Span::new().try_days(days).and_then(|span| date(1970, 1, 1).checked_add(span));
    day.map(|day| day.to_string()).map_err(|_| format!("day {days} is beyond the calendar"))
}

/// A time, counted in parts of a second from 1970.
fn time_of(number: i64, parts: i64) -> Result<String, String> {
    let beyond = |_| format!("the time {} is beyond the calendar", shown(&number.to_string()));
    let (seconds, rest) = (number.div_euclid(parts), number.rem_euclid(parts));
    let span = jiff::Span::new().try_seconds(seconds).map_err(beyond)?;
    let time = DateTime::from(date(1970, 1, 1)).checked_add(span).map_err(beyond)?;
    let time = time.checked_add((rest * (1_000_000_000 / parts)).nanoseconds()).map_err(beyond)?;
    // Midnight is how data frames write a day.
    let midnight = time.time() == jiff::civil::Time::midnight();
    Ok(if midnight { time.date().to_string() } else { time.to_string() })
}
