//! The calendar on plain numbers: what `record::time` does with dates, for many days in a row.

/// The days of the years that are reckoned with, counted from 1970; beyond them lies no record.
const KNOWN: std::ops::Range<i32> = -3_000_000..2_900_000;

/// A day, so many months later (or earlier); clamped to the month's end. Beyond the calendar it is one of the ends of time.
pub(super) fn add_months(day: i32, months: i32) -> i32 {
    if !KNOWN.contains(&day) {
        return beyond(months);
    }
    let (year, month, of_month) = civil(day);
    let all = year * 12 + (month - 1) + months;
    let (year, month) = (all.div_euclid(12), all.rem_euclid(12) + 1);
    if !(-9000..9900).contains(&year) {
        return beyond(months);
    }
    number(year, month, of_month.min(last_of(year, month)))
}

fn beyond(months: i32) -> i32 {
    if months < 0 { super::PAST / 2 } else { super::FUTURE / 2 }
}

/// How many stretches of so many months have been completed on a day: as the evaluator counts ages.
pub(super) fn completed(born: i32, day: i32, months: i32) -> i32 {
    if day < born {
        return -1;
    }
    if !KNOWN.contains(&born) || !KNOWN.contains(&day) {
        let near = (i64::from(day) - i64::from(born)) / 31 / i64::from(months);
        return i32::try_from(near).unwrap_or(i32::MAX);
    }
    let ((from, month, of_month), (to, other, now)) = (civil(born), civil(day));
    let between = (to - from) * 12 + other - month;
    // The day of the month decides whether the last of them is over: the end of the month where there is no such day.
    let reached = between.rem_euclid(months) > 0 || of_month <= now || now == last_of(to, other);
    between.div_euclid(months) - i32::from(!reached)
}

fn last_of(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a known day: by products and not by divisions (Neri and Schneider, "Euclidean affine functions and
/// their application to calendar algorithms", 2022). Years begin in March, and are counted from one before all that are known.
fn civil(day: i32) -> (i32, i32, i32) {
    /// So many times four hundred years before 1 March of the year 0 it begins.
    const ERAS: i32 = 30;
    let quarters = 4 * (day + 719_468 + ERAS * 146_097).cast_unsigned() + 3;
    let (century, of_century) = (quarters / 146_097, quarters % 146_097 / 4);
    let product = 2_939_745 * u64::from(4 * of_century + 3);
    let [over, under] =
        [product >> 32, product & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or_default());
    let (year, of_year) = (100 * century + over, under / 2_939_745 / 4);
    let line = 2_141 * of_year + 197_913;
    let (month, of_month) = (line >> 16, line % (1 << 16) / 2_141 + 1);
    let past = of_year >= 306;
    let month = if past { month - 12 } else { month };
    let year = year + u32::from(past);
    (year.cast_signed() - 400 * ERAS, month.cast_signed(), of_month.cast_signed())
}

fn number(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_day_has_its_date() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!((civil(11_016), civil(11_017)), ((2000, 2, 29), (2000, 3, 1)));
        for day in KNOWN.step_by(7).chain([KNOWN.start, KNOWN.end - 1]).chain(-80_000..90_000) {
            let (year, month, of_month) = civil(day);
            assert!((1..=12).contains(&month) && (1..=last_of(year, month)).contains(&of_month), "{day}");
            assert_eq!(number(year, month, of_month), day);
        }
    }

    #[test]
    fn it_is_the_calendar_of_records() {
        for day in (-70_000..90_000).step_by(13).chain([-1, 0, 11_016, 11_017, 19_782, 19_783]) {
            for months in [-1200, -13, -12, -6, -1, 0, 1, 2, 11, 12, 30, 240, 1200] {
                let wanted = crate::record::time::add_months(i64::from(day), i64::from(months));
                assert_eq!(i64::from(add_months(day, months)), wanted, "{day} {months}");
            }
            for born in [day - 40_000, day - 366, day - 31, day - 1, day, day + 1, day + 400] {
                for months in [1, 12] {
                    let wanted = crate::evaluate::completed(born.into(), day.into(), months.into());
                    assert_eq!(i64::from(completed(born, day, months)), wanted, "{born} {day} {months}");
                }
            }
        }
    }
}
