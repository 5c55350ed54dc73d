//! Time as a record holds it: known to the second, the day, the month or the year, or not at all.
//!
//! Everything is counted in seconds of the local calendar from the first of January 1970, without time zones: a protocol
//! speaks of days as the site's calendar has them. What is not known exactly is a span of all that it may be.

use std::fmt;
use std::str::FromStr;

use jiff::Span as JiffSpan;
use jiff::civil::{Date, DateTime, Time};

/// Seconds of one day.
pub const DAY: i64 = 86_400;
/// Before every date there is, and after it.
pub const PAST: i64 = i64::MIN / 4;
pub const FUTURE: i64 = i64::MAX / 4;

/// A stretch of time, both ends included; empty where `to` lies before `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    /// All of time.
    pub const EVER: Self = Self { from: PAST, to: FUTURE };

    #[must_use]
    pub fn new(from: i64, to: i64) -> Self {
        Self { from, to }
    }

    /// All of the days from one to another.
    #[must_use]
    pub fn days(from: i64, to: i64) -> Self {
        Self::new(from.saturating_mul(DAY), to.saturating_mul(DAY).saturating_add(DAY - 1))
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.to < self.from
    }

    /// Whether all of it lies in another.
    #[must_use]
    pub fn within(self, other: Self) -> bool {
        !self.is_empty() && other.from <= self.from && self.to <= other.to
    }

    #[must_use]
    pub fn touches(self, other: Self) -> bool {
        !self.is_empty() && !other.is_empty() && self.from <= other.to && other.from <= self.to
    }

    /// What lies in both.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    /// The day of its beginning, counted from 1970.
    #[must_use]
    pub fn first_day(self) -> i64 {
        self.from.div_euclid(DAY)
    }

    /// The day of its end.
    #[must_use]
    pub fn last_day(self) -> i64 {
        self.to.div_euclid(DAY)
    }

    /// Whether it is one day, or a part of one.
    #[must_use]
    pub fn is_one_day(self) -> bool {
        self.first_day() == self.last_day()
    }
}

/// A point in time as far as it is known: `2019`, `2019-03`, `2019-03-05`, `2019-03-05T09:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct When {
    /// All that it may be.
    pub span: Span,
    pub precision: Precision,
}

/// How far a point in time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Only that it lies in the span.
    Range,
    Year,
    Month,
    Day,
    Time,
}

impl When {
    #[must_use]
    pub fn day(day: i64) -> Self {
        Self { span: Span::days(day, day), precision: Precision::Day }
    }

    /// Somewhere in these days.
    #[must_use]
    pub fn days(from: i64, to: i64) -> Self {
        if from == to {
            return Self::day(from);
        }
        Self { span: Span::days(from, to), precision: Precision::Range }
    }

    #[must_use]
    pub fn range(span: Span) -> Self {
        Self { span, precision: Precision::Range }
    }
}

/// Why a text is no date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADate {
    pub why: String,
}

impl fmt::Display for NotADate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl FromStr for When {
    type Err = NotADate;

    /// Reads an ISO 8601 date as far as it is written. The zone of a date with a time is left aside: it is read as the time
    /// on the clock of the place where it was written.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        if let Some(day) = plain_day(text.as_bytes()) {
            return Ok(Self::day(day));
        }
        let text = text.trim();
        if let Some((from, to)) = text.split_once('/') {
            return interval(from, to);
        }
        let wrong = || NotADate { why: format!("`{}` is no date such as 2026-03-01", shown(text)) };
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let mut part = |digits: usize| match parts.next() {
            Some(part) if part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()) => {
                part.parse::<i16>().map(Some).map_err(|_| wrong())
            }
            Some(_) => Err(wrong()),
            None => Ok(None),
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let year = year.ok_or_else(wrong)?;
        if parts.next().is_some() {
            return Err(wrong());
        }
        if !(1800..=2200).contains(&year) {
            return Err(NotADate { why: format!("`{}` lies outside of the years 1800 to 2200", shown(text)) });
        }
        let date = |month: i16, day: i16| {
            let new = i8::try_from(month).ok().zip(i8::try_from(day).ok());
            new.and_then(|(month, day)| Date::new(year, month, day).ok())
                .ok_or_else(|| NotADate { why: format!("there is no day {}", shown(text)) })
        };
        let (first, last, precision) = match (month, day) {
            (None, _) => (date(1, 1)?, date(12, 31)?, Precision::Year),
            (Some(month), None) => {
                let first = date(month, 1)?;
                (first, first.last_of_month(), Precision::Month)
            }
            (Some(month), Some(day)) => (date(month, day)?, date(month, day)?, Precision::Day),
        };
        let span = Span::days(day_number(first), day_number(last));
        match time {
            None => Ok(Self { span, precision }),
            Some(time) if precision == Precision::Day => {
                let clock = clock(time).ok_or_else(wrong)?;
                Ok(Self { span: Span::new(span.from + clock.0, span.from + clock.1), precision: Precision::Time })
            }
            Some(_) => Err(wrong()),
        }
    }
}

/// `2026-03-01`, which nearly every date is, as a day; nothing where it is anything else.
fn plain_day(text: &[u8]) -> Option<i64> {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text else { return None };
    let digits = [y0, y1, y2, y3, m0, m1, d0, d1];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let (year, month, day) = (two(y0, y1) * 100 + two(y2, y3), two(m0, m1), two(d0, d1));
    let is_day =
        (1800..=2200).contains(&year) && (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
    is_day.then(|| day_of(year, month, day))
}

/// At some time from one date to another, both included; `..` for an end that is not known (ISO 8601-2).
fn interval(from: &str, to: &str) -> Result<When, NotADate> {
    if to.contains('/') {
        return Err(NotADate { why: format!("`{}` has more than one `/`", shown(to)) });
    }
    let end = |text: &str| if text == ".." { Ok(None) } else { text.parse::<When>().map(|when| Some(when.span)) };
    let (from, to) = (end(from)?.map_or(PAST, |span| span.from), end(to)?.map_or(FUTURE, |span| span.to));
    let span = Span::new(from, to);
    if span.is_empty() {
        return Err(NotADate { why: format!("it ends before it begins: {span}") });
    }
    Ok(When::range(span))
}

/// The seconds of a day that a time on the clock may be: `09:30` is any of its seconds.
fn clock(text: &str) -> Option<(i64, i64)> {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let text = text.get(..zone)?;
    let to_minutes = text.len() == 5;
    let time: Time = if to_minutes { format!("{text}:00").parse().ok()? } else { text.parse().ok()? };
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    // A time of day without seconds is taken at its word, so that "at the same time" can be said of two of them.
    Some((seconds, seconds))
}

/// No more of a text than a message can bear.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days from the first of January 1970.
#[must_use]
pub fn day_number(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

/// The date of a day, where the calendar reaches so far.
#[must_use]
pub fn date_of(day: i64) -> Option<Date> {
    EPOCH.checked_add(JiffSpan::new().try_days(day).ok()?).ok()
}

/// A day, so many months later (or earlier); clamped to the month's end.
#[must_use]
pub fn add_months(day: i64, months: i64) -> i64 {
    let beyond = if months < 0 { PAST / DAY } else { FUTURE / DAY };
    if !CALENDAR.contains(&day) {
        return beyond;
    }
    let (year, month, of_month) = civil(day);
    let Some(month) = (year * 12 + month - 1).checked_add(months) else { return beyond };
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    if !(-9999..=9999).contains(&year) {
        return beyond;
    }
    day_of(year, month, of_month.min(days_of_month(year, month)))
}

/// The days from the year -9999 to the year 9999.
const CALENDAR: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The number of a day. Years are taken from March on, so that the leap day is the last of its year; 719468 days lie between
/// the first of March of the year 0 and 1970.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of the month.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    // Four centuries have 146097 days, a century 36524, four years 1461; the last of each has one more.
    let (centuries, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let year = year + 400 * centuries;
    if month < 10 { (year, month + 3, of_month) } else { (year + 1, month - 9, of_month) }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (date_of(self.span.first_day()), date_of(self.span.last_day()));
        match (self.precision, from, to) {
            (Precision::Year, Some(date), _) => write!(f, "{:04}", date.year()),
            (Precision::Month, Some(date), _) => write!(f, "{:04}-{:02}", date.year(), date.month()),
            (Precision::Day, Some(date), _) => write!(f, "{date}"),
            (Precision::Time, Some(date), _) => {
                let seconds = self.span.from.rem_euclid(DAY);
                let time = Time::midnight().checked_add(JiffSpan::new().seconds(seconds)).unwrap_or(Time::midnight());
                let at = DateTime::from_parts(date, time);
                if seconds % 60 == 0 {
                    write!(f, "{}T{:02}:{:02}", at.date(), at.hour(), at.minute())
                } else {
                    write!(f, "{at}")
                }
            }
            (Precision::Range, ..) => write!(f, "{}", self.span),
            (_, None, _) => f.write_str("at no known time"),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |day: i64, open: bool| if open { None } else { date_of(day) };
        let from = known(self.first_day(), self.from <= PAST);
        let to = known(self.last_day(), self.to >= FUTURE);
        match (from, to) {
            (Some(from), Some(to)) if from == to => write!(f, "{from}"),
            (Some(from), Some(to)) => write!(f, "{from} to {to}"),
            (Some(from), None) => write!(f, "{from} or later"),
            (None, Some(to)) => write!(f, "up to {to}"),
            (None, None) => f.write_str("at any time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> (String, String) {
        let when: When = text.parse().unwrap();
        (date_of(when.span.first_day()).unwrap().to_string(), date_of(when.span.last_day()).unwrap().to_string())
    }

    #[test]
    fn what_is_not_written_is_not_known() {
        assert_eq!(span("2024"), ("2024-01-01".into(), "2024-12-31".into()));
        assert_eq!(span("2024-02"), ("2024-02-01".into(), "2024-02-29".into()));
        assert_eq!(span("2023-02-28"), ("2023-02-28".into(), "2023-02-28".into()));
        for text in ["2024", "2024-02", "2024-02-29", "2024-02-29T09:30"] {
            assert_eq!(text.parse::<When>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn there_is_no_thirtieth_of_february() {
        for text in [
            "2024-02-30",
            "2023-02-29",
            "2024-13",
            "24-01-01",
            "2024-1-1",
            "today",
            "",
            "2024-01-01T25:00",
            "2024-01T10:00",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn intervals_are_all_that_lies_between() {
        assert_eq!(span("2024-02/2024-03-05"), ("2024-02-01".into(), "2024-03-05".into()));
        let open = |text: &str| text.parse::<When>().unwrap().span;
        assert_eq!(open("../2024-03-05"), Span::new(PAST, open("2024-03-05").to));
        assert_eq!(open("2024-03-05/.."), Span::new(open("2024-03-05").from, FUTURE));
        for text in ["2024-03-05/2024-03-04", "/", "2024/", "2024/2025/2026", "2024-02-30/.."] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    /// 1970-01-01 is day 0; 2000-03-01 is 30 years (7 of them leap years before it, 1972 to 1996), January and 29 days of
    /// February on: 30 * 365 + 7 + 60 = 11017.
    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!("2000-03-01".parse::<When>().unwrap().span.first_day(), 11_017);
        assert_eq!("1969-12-31".parse::<When>().unwrap().span.first_day(), -1);
    }

    /// A date that is read at once is the one that the calendar has: on every day of four centuries.
    #[test]
    fn plain_days_are_those_of_the_calendar() {
        let first = day_number(Date::constant(1800, 1, 1));
        let last = day_number(Date::constant(2200, 12, 31));
        for day in first..=last {
            let text = date_of(day).unwrap().to_string();
            assert_eq!(plain_day(text.as_bytes()), Some(day), "{text}");
        }
        for text in ["1900-02-29", "2023-02-29", "2024-04-31", "2024-00-01", "2024-13-01", "2024-01-00", "1799-12-31"] {
            assert_eq!(plain_day(text.as_bytes()), None, "{text}");
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let by_calendar = |day: i64, months: i64| {
            let moved = date_of(day)?.checked_add(JiffSpan::new().try_months(months).ok()?).ok()?;
            Some(day_number(moved))
        };
        let mut day = *CALENDAR.start() - 3;
        let mut step = 0;
        while day <= CALENDAR.end() + 3 {
            for months in [0, 1, -1, 11, -12, 48, step % 1_200, -(step % 313), 240_000] {
                let beyond = if months < 0 { PAST / DAY } else { FUTURE / DAY };
                assert_eq!(add_months(day, months), by_calendar(day, months).unwrap_or(beyond), "{day} {months}");
            }
            step += 1;
            day += if (-200..200).contains(&(day - 11_016))
                || day < CALENDAR.start() + 400
                || day > CALENDAR.end() - 400
            {
                1
            } else {
                211
            };
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_the_last_of_its_month() {
        let day = |text: &str| text.parse::<When>().unwrap().span.first_day();
        assert_eq!(add_months(day("2026-08-31"), -6), day("2026-02-28"));
        assert_eq!(add_months(day("2024-08-31"), -6), day("2024-02-29"));
        assert_eq!(add_months(day("2024-02-29"), 12), day("2025-02-28"));
    }
}
