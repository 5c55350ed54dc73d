//! What stands in a cell: answers, dates, numbers.

use super::mapping::Mapping;
use super::shown;

const YES: [&str; 6] = ["yes", "true", "1", "y", "t", "present"];
const NO: [&str; 6] = ["no", "false", "0", "n", "f", "absent"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Yes or no; `None` if it is neither.
pub(crate) fn truth(mapping: &Mapping, text: &str) -> Option<bool> {
    let word = text.trim().to_lowercase();
    let own = |words: &[String]| words.iter().any(|own| own.trim().to_lowercase() == word);
    if own(&mapping.yes) {
        return Some(true);
    }
    if own(&mapping.no) {
        return Some(false);
    }
    // Numbers from a table of doubles.
    let word = word.strip_suffix(".0").unwrap_or(&word);
    if YES.contains(&word) {
        Some(true)
    } else if NO.contains(&word) {
        Some(false)
    } else {
        None
    }
}

/// Yes or no, or what is wrong with it.
pub(super) fn answer(mapping: &Mapping, text: &str) -> Result<bool, String> {
    truth(mapping, text).ok_or_else(|| format!("`{}` is neither yes nor no", shown(text)))
}

/// A date as charts have it. What does not have the mapping's form stays as it is: the record judges it.
pub(super) fn date(mapping: &Mapping, text: &str) -> String {
    let text = text.trim();
    mapping.dates.as_deref().and_then(|form| rearranged(form, text)).unwrap_or_else(|| text.to_owned())
}

/// Whether a text may be a date.
pub(crate) fn is_date(mapping: &Mapping, text: &str) -> bool {
    let text = date(mapping, text);
    let mut parts = text.get(..10).unwrap_or(&text).split('-');
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(|year| digits(year, 4)) && parts.all(|part| digits(part, 2))
}

/// A date of a form such as `DD/MM/YYYY` or `DDMMMYYYY`, as `2026-03-01`.
fn rearranged(form: &str, text: &str) -> Option<String> {
    let (mut year, mut month, mut day) = (None, None, None);
    let mut rest = text;
    let mut form = form.trim();
    while let Some(sign) = form.chars().next() {
        let count = form.chars().take_while(|other| *other == sign).count();
        let (field, width) = match (sign, count) {
            ('Y', 4) => (&mut year, 4),
            ('M', 3) => (&mut month, 3),
            ('M', 2) => (&mut month, 2),
            ('D', 2) => (&mut day, 2),
            ('M' | 'D', 1) => (if sign == 'M' { &mut month } else { &mut day }, 1),
            _ => {
                rest = rest.strip_prefix(sign)?;
                form = form.strip_prefix(sign)?;
                continue;
            }
        };
        // A single letter takes one digit or two: 3/1/2026.
        let two = width == 1 && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        let width = if two { 2 } else { width };
        *field = Some(rest.get(..width)?);
        rest = rest.get(width..)?;
        form = form.get(count..)?;
    }
    if !rest.is_empty() && !rest.starts_with([' ', 'T']) {
        return None;
    }
    let month = month.map(|month| {
        let named = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name));
        named.map_or_else(|| format!("{month:0>2}"), |at| format!("{:02}", at + 1))
    });
    Some(match (year?, month, day) {
        (year, None, _) => year.to_owned(),
        (year, Some(month), None) => format!("{year}-{month}"),
        (year, Some(month), Some(day)) => format!("{year}-{month}-{day:0>2}"),
    })
}

/// A word for a sex.
pub(crate) fn sex(text: &str) -> String {
    match text.trim().to_lowercase().as_str() {
        "f" | "female" | "woman" => "female".to_owned(),
        "m" | "male" | "man" => "male".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_rearranged() {
        let with = |form: &str, text: &str| date(&Mapping { dates: Some(form.into()), ..Mapping::default() }, text);
        assert_eq!(with("DD/MM/YYYY", "01/03/2026"), "2026-03-01");
        assert_eq!(with("D.M.YYYY", "1.3.2026"), "2026-03-01");
        assert_eq!(with("DDMMMYYYY", "01MAR2026"), "2026-03-01");
        assert_eq!(with("MM/YYYY", "03/2026"), "2026-03");
        // What has another form is left to the record's own reading, which refuses it or finds it to be ISO.
        assert_eq!(with("DD/MM/YYYY", "2026-03-01"), "2026-03-01");
        assert_eq!(with("DD/MM/YYYY", "March"), "March");
        // A day that does not exist stays one that does not exist.
        assert_eq!(with("DD/MM/YYYY", "30/02/2026"), "2026-02-30");
    }

    #[test]
    fn answers() {
        let mapping = Mapping { yes: vec!["Ja".into()], no: vec!["Nein".into()], ..Mapping::default() };
        for (text, truth) in
            [("YES", true), ("1", true), ("1.0", true), ("ja", true), ("No", false), ("0", false), ("nein", false)]
        {
            assert_eq!(answer(&mapping, text), Ok(truth), "{text}");
        }
        assert!(answer(&mapping, "maybe").is_err());
    }
}
