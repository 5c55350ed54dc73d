//! What may have been meant by a text that is no unit, and units that nobody means in a protocol.

use std::sync::LazyLock;

use super::atom::{self, Atom};
use super::counts;
use super::error::UnitError;
use super::table::ROWS;
use super::unit::Unit;

/// The most suggestions that are given.
const MOST: usize = 3;

/// Slips that no distance between words finds, and what is meant by them.
const TYPICAL: &[(&str, &[&str])] = &[
    ("10e3", &["10*3"]),
    ("10e6", &["10*6"]),
    ("10e9", &["10*9"]),
    ("10e12", &["10*12"]),
    ("dy", &["d"]),
    ("msec", &["ms"]),
    ("cc", &["mL"]),
    ("gm", &["g"]),
    ("gms", &["g"]),
    ("gr", &["g"]),
    ("unit", &["IU", "U"]),
    ("units", &["IU", "U"]),
    ("iU", &["IU", "U"]),
    ("mM", &["mmol/L"]),
    ("uM", &["umol/L"]),
    ("µM", &["umol/L"]),
    ("μM", &["umol/L"]),
    ("nM", &["nmol/L"]),
    ("pM", &["pmol/L"]),
    ("Hg", &["mmHg"]),
    ("cmH20", &["cmH2O"]),
    ("H2O", &["cmH2O"]),
    ("mcL", &["uL"]),
    ("mcl", &["uL"]),
    ("mcmol", &["umol"]),
    ("percent", &["%"]),
    ("pct", &["%"]),
    ("sqm", &["m2"]),
    ("BSA", &["m2"]),
    ("BW", &["kg"]),
    ("bw", &["kg"]),
    ("y", &["years", "a"]),
    ("Y", &["years", "a"]),
    ("M", &["months", "mo", "mol/L"]),
    ("W", &["weeks", "wk"]),
    ("w", &["weeks", "wk"]),
    ("UNL", &["ULN"]),
    ("uln", &["ULN"]),
    ("lln", &["LLN"]),
    ("cels", &["Cel"]),
    ("celsius", &["Cel"]),
    ("Celsius", &["Cel"]),
    ("fahrenheit", &["[degF]"]),
    ("Fahrenheit", &["[degF]"]),
    ("half-lives", &["half_lives"]),
    ("halflives", &["half_lives"]),
];

/// Units of UCUM that are something else in a protocol.
const REFUSED: &[(&str, &[&str])] = &[
    ("C", &["Cel", "°C"]),
    ("F", &["[degF]", "°F"]),
    ("G", &["g"]),
    ("H", &["h"]),
    ("ft", &["[ft_i]"]),
    ("ph", &["pH"]),
    ("PH", &["pH"]),
];

/// Units as they are usually written, the usual first.
const COMMON: &[&str] = &[
    "mg",
    "ug",
    "ng",
    "pg",
    "kg",
    "g",
    "mL",
    "dL",
    "uL",
    "fL",
    "L",
    "mmol",
    "umol",
    "nmol",
    "pmol",
    "mol",
    "mmHg",
    "mm[Hg]",
    "kPa",
    "cmH2O",
    "cm[H2O]",
    "IU",
    "mIU",
    "uIU",
    "kIU",
    "U",
    "mU",
    "uU",
    "kU",
    "ukat",
    "nkat",
    "kat",
    "mEq",
    "meq",
    "mOsm",
    "mosm",
    "cm",
    "mm",
    "um",
    "km",
    "m2",
    "cm2",
    "mm2",
    "mm3",
    "m",
    "MBq",
    "GBq",
    "kBq",
    "Gy",
    "cGy",
    "mSv",
    "mV",
    "ms",
    "kcal",
    "kJ",
    "wk",
    "mo",
    "min",
    "ULN",
    "LLN",
    "%",
    "%predicted",
    "mcg",
    "bpm",
    "Cel",
];

static CANDIDATES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let rows = ROWS
        .iter()
        .flat_map(|row| std::iter::once(row.code).chain(row.symbols.iter().copied()).chain(row.words.iter().copied()));
    COMMON.iter().copied().chain(rows).chain(counts::bare_words()).collect()
});

/// The units nearest to a text that is none: typical slips, then letters in the wrong case, then
/// the least distance. Not more than three.
pub(super) fn nearest(part: &str) -> Vec<String> {
    let bare = part.strip_prefix(['x', '×']).unwrap_or(part);
    let lower = bare.to_ascii_lowercase();
    let typical = TYPICAL.iter().find(|(slip, _)| *slip == part || *slip == bare || *slip == lower);
    if let Some((_, meant)) = typical {
        return meant.iter().map(|unit| (*unit).to_owned()).collect();
    }
    if let Some(counted) = counted_product(part) {
        return vec![counted];
    }
    let mut found: Vec<String> = Vec::new();
    let mut offer = |unit: &str| {
        if found.len() < MOST && !found.iter().any(|known| known == unit) {
            found.push(unit.to_owned());
        }
    };
    CANDIDATES.iter().filter(|unit| unit.eq_ignore_ascii_case(part)).for_each(|unit| offer(unit));
    let allowed = if part.len() < 5 { 1 } else { 2 };
    for distance in 1..=allowed {
        let near = |unit: &&&str| strsim::damerau_levenshtein(&unit.to_ascii_lowercase(), &lower) == distance;
        // One letter changed in a symbol of one or two says nothing.
        let long = |unit: &&&str| unit.len() > 2 && part.len() > 2 || unit.len() < part.len() && part.len() > 2;
        CANDIDATES.iter().filter(long).filter(near).for_each(|unit| offer(unit));
    }
    found
}

/// `12h` is `(12.h)` in UCUM.
fn counted_product(part: &str) -> Option<String> {
    let unit = part.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let digits = part.strip_suffix(unit).filter(|digits| !digits.is_empty())?;
    let known = unit.starts_with(|sign: char| sign.is_ascii_alphabetic()) && atom::lookup(unit).is_some();
    known.then(|| format!("({digits}.{unit})"))
}

/// The same for slips that are seen only in the whole text.
pub(super) fn for_whole(text: &str, error: UnitError) -> UnitError {
    let nearest = match text {
        "mm/Hg" | "mm.Hg" => "mmHg",
        "cm/H2O" | "cm/H20" => "cmH2O",
        _ => return error,
    };
    UnitError::Unknown { part: text.to_owned(), offset: 0, nearest: vec![nearest.to_owned()] }
}

/// `/uL` says nothing of what is counted.
pub(super) fn for_leading_slash(text: &str, below: &str) -> UnitError {
    let counted: &[&str] = match Unit::parse(below) {
        Ok(unit) if unit.dimension().is_time() && unit.code() == "min" => &["{beats}", "{breaths}"],
        Ok(unit) if unit.dimension().is_time() => &["{events}"],
        Ok(_) => &["{cells}"],
        Err(_) => &[],
    };
    let nearest = counted.iter().map(|what| format!("{what}/{below}")).collect();
    UnitError::Unknown { part: text.to_owned(), offset: 0, nearest }
}

/// What is meant in a protocol by a symbol that UCUM gives another meaning.
pub(super) fn refused(symbol: &str) -> Option<Vec<String>> {
    let (_, meant) = REFUSED.iter().find(|(refused, _)| *refused == symbol)?;
    Some(meant.iter().map(|unit| (*unit).to_owned()).collect())
}

/// What is meant by a unit that only a slip of the case can have brought about: `ML` is a megalitre,
/// `Mg` a tonne, and `MG` a megagauss.
pub(super) fn slip(symbol: &str, atom: &Atom) -> Option<Vec<String>> {
    let huge = matches!(atom.prefix, "M" | "G" | "T" | "P" | "E" | "Z" | "Y");
    let small = matches!(atom.stem, "g" | "L" | "mol" | "m" | "s" | "eq" | "osm" | "G" | "l" | "H");
    let gauss = matches!(atom.stem, "G" | "H") && !atom.prefix.is_empty();
    if !(huge && small || gauss) {
        return None;
    }
    let meant = COMMON.iter().filter(|unit| unit.eq_ignore_ascii_case(symbol));
    Some(meant.map(|unit| (*unit).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_corrected() {
        for (text, meant) in [
            ("ML", "mL"),
            ("MG/DL", "mg/dL"),
            ("Mg", "mg"),
            ("g/DL", "g/dL"),
            ("mm/Hg", "mmHg"),
            ("mmhg", "mmHg"),
            ("iu", "IU"),
            ("mgs", "mg"),
            ("weks", "weeks"),
            ("x10e9/L", "10*9/L"),
            ("10e9/L", "10*9/L"),
            ("/uL", "{cells}/uL"),
            ("/min", "{beats}/min"),
            ("KG", "kg"),
            ("Kg", "kg"),
            ("nM", "nmol/L"),
            ("cc", "mL"),
            ("gm", "g"),
            ("C", "Cel"),
            ("UMOL/L", "umol/L"),
            ("mMol/L", "mmol/L"),
            ("MMOL/L", "mmol/L"),
            ("U/l/", ""),
            ("units/kg", "IU/kg"),
            ("cmH20", "cmH2O"),
            ("monts", "month"),
            ("uln", "ULN"),
            ("mg/12h", "mg/(12.h)"),
            ("mcmol/L", "umol/L"),
            ("mg/kg/dy", "mg/kg/d"),
        ] {
            let error = Unit::parse(text).unwrap_err();
            assert_eq!(error.corrected(text).unwrap_or_default(), meant, "{text}: {error:?}");
        }
    }

    #[test]
    fn an_unknown_part_is_shown_where_it_stands() {
        let error = Unit::parse("mg/DL").unwrap_err();
        assert_eq!(error, UnitError::Unknown { part: "DL".to_owned(), offset: 3, nearest: vec!["dL".to_owned()] });
        assert_eq!(error.to_string(), "`DL` is not a unit; did you mean `dL`?");
        assert_eq!(Unit::parse("xyzzy").unwrap_err().to_string(), "`xyzzy` is not a unit");
    }

    #[test]
    fn records_are_taken_at_their_word() {
        for text in ["ML", "Mg", "/uL", "/min", "C"] {
            assert!(Unit::from_ucum(text).is_ok(), "{text}");
        }
    }
}
