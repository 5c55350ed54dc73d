//! Days of a patient, counted from one of their anchors, and a calendar that is quick.
//!
//! `record::time` reads dates; here millions of them are worked out. Days are counted from the first of January 1970.

use std::fmt;

/// What a day is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The anchor of a number in the plan; the first is that of screening.
    Anchor(u16),
    /// The beginning of a happening of the patient.
    Start(u16),
}

/// So many months and then days from an origin; negative ones lie before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offset {
    pub(super) from: Origin,
    pub(super) months: i32,
    pub(super) days: i32,
}

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    Day,
    Month,
    Year,
    /// Some day up to it.
    UpTo,
    /// Some day from the month before up to it.
    Around,
}

/// A date of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dated {
    pub(super) at: Offset,
    pub(super) known: Known,
}

/// A date with its day worked out; it is shown as charts write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) day: i64,
    pub(super) known: Known,
}

pub(super) const SCREENING: Origin = Origin::Anchor(0);

impl Offset {
    pub(super) const fn days(from: Origin, days: i32) -> Self {
        Self { from, months: 0, days }
    }

    pub(super) const fn plus(self, days: i32) -> Self {
        Self { days: self.days + days, ..self }
    }

    pub(super) const fn known(self, known: Known) -> Dated {
        Dated { at: self, known }
    }

    pub(super) const fn exactly(self) -> Dated {
        self.known(Known::Day)
    }

    /// The day itself, where that of the origin is known.
    pub(super) fn day(self, origin: i64) -> i64 {
        let month = if self.months == 0 { origin } else { add_months(origin, i64::from(self.months)) };
        month + i64::from(self.days)
    }
}

/// Year, month and day; the algorithm is `civil_from_days` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub(super) fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let index = (5 * of_year + 2) / 153;
    let month = if index < 10 { index + 3 } else { index - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * index + 2) / 5 + 1)
}

/// The other way: `days_from_civil`.
pub(super) fn number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let index = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * index + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// So many months later, clamped to the month's end.
fn add_months(from: i64, months: i64) -> i64 {
    let (year, month, day) = civil(from);
    let moved = year * 12 + month - 1 + months;
    let (year, month) = (moved.div_euclid(12), moved.rem_euclid(12) + 1);
    number(year, month, 1) + day.min(length(year, month)) - 1
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Written {
    /// Appends the ten characters of a day, or what is known of it.
    pub(super) fn push(self, to: &mut Vec<u8>) {
        let (year, month, day) = civil(self.day);
        match self.known {
            Known::Year => digits(to, year, 4),
            Known::Month => push_month(to, year, month),
            Known::Day => push_day(to, year, month, day),
            Known::UpTo => {
                to.extend_from_slice(b"../");
                push_day(to, year, month, day);
            }
            Known::Around => {
                let (first, of, _) = civil(add_months(self.day, -1));
                push_month(to, first, of);
                to.push(b'/');
                push_day(to, year, month, day);
            }
        }
    }
}

fn push_month(to: &mut Vec<u8>, year: i64, month: i64) {
    digits(to, year, 4);
    to.push(b'-');
    digits(to, month, 2);
}

fn push_day(to: &mut Vec<u8>, year: i64, month: i64, day: i64) {
    push_month(to, year, month);
    to.push(b'-');
    digits(to, day, 2);
}

fn digits(to: &mut Vec<u8>, number: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = u8::try_from(number.max(0) / 10_i64.pow(place) % 10).unwrap_or(0);
        to.push(b'0' + digit);
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(24);
        self.push(&mut text);
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::time;

    /// The record's own calendar, which is that of `jiff`, on every day of two centuries.
    #[test]
    fn the_calendar_is_that_of_the_records() {
        for day in -36_525..36_525 {
            let date = time::date_of(day).unwrap();
            let (year, month, of) = civil(day);
            assert_eq!((year, month, of), (date.year().into(), date.month().into(), date.day().into()), "{day}");
            assert_eq!(number(year, month, of), day);
            assert_eq!(Written { day, known: Known::Day }.to_string(), date.to_string());
            for months in [-120, -13, -6, -1, 1, 12] {
                assert_eq!(add_months(day, months), time::add_months(day, months), "{date} and {months} months");
            }
        }
    }

    #[test]
    fn what_is_known_is_written() {
        let day = number(2024, 2, 29);
        let text = |known| Written { day, known }.to_string();
        assert_eq!(text(Known::Year), "2024");
        assert_eq!(text(Known::Month), "2024-02");
        assert_eq!(text(Known::UpTo), "../2024-02-29");
        assert_eq!(text(Known::Around), "2024-01/2024-02-29");
    }
}
