//! A dimension in the words of a protocol's author: "mass per volume", "per cent of predicted".

use std::fmt;

use super::counts;
use super::dimension::{Dimension, Exponents, NUMBER};

/// Dimensions that have a name, the simplest first; the first that fits is used.
const NAMED: &[(&str, Exponents)] = &[
    ("volume", [3, 0, 0, 0, 0, 0, 0, 0]),
    ("time", [0, 1, 0, 0, 0, 0, 0, 0]),
    ("mass", [0, 0, 1, 0, 0, 0, 0, 0]),
    ("amount of substance", [0, 0, 0, 1, 0, 0, 0, 0]),
    ("length", [1, 0, 0, 0, 0, 0, 0, 0]),
    ("area", [2, 0, 0, 0, 0, 0, 0, 0]),
    ("temperature", [0, 0, 0, 0, 1, 0, 0, 0]),
    ("pressure", [-1, -2, 1, 0, 0, 0, 0, 0]),
    ("energy", [2, -2, 1, 0, 0, 0, 0, 0]),
    ("power", [2, -3, 1, 0, 0, 0, 0, 0]),
    ("force", [1, -2, 1, 0, 0, 0, 0, 0]),
    ("energy per mass", [2, -2, 0, 0, 0, 0, 0, 0]),
    ("catalytic activity", [0, -1, 0, 1, 0, 0, 0, 0]),
    ("viscosity", [-1, -1, 1, 0, 0, 0, 0, 0]),
    ("vascular resistance", [-4, -1, 1, 0, 0, 0, 0, 0]),
    ("charge", [0, 0, 0, 0, 0, 1, 0, 0]),
    ("electric current", [0, -1, 0, 0, 0, 1, 0, 0]),
    ("voltage", [2, -2, 1, 0, 0, -1, 0, 0]),
    ("electric resistance", [2, -1, 1, 0, 0, -2, 0, 0]),
    ("luminous intensity", [0, 0, 0, 0, 0, 0, 1, 0]),
    ("plane angle", [0, 0, 0, 0, 0, 0, 0, 1]),
];

/// The names of the base dimensions, for what has no better name.
const BASE_NAMES: [&str; 8] =
    ["length", "time", "mass", "amount of substance", "temperature", "charge", "luminous intensity", "plane angle"];

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (tag, exponent) in self.tags() {
            let side = if *exponent > 0 { &mut above } else { &mut below };
            side.push(powered(&counts::tag_words(tag), exponent.unsigned_abs()));
        }
        let (base_above, base_below) = base_words(*self.base());
        above.extend(base_above);
        let below: Vec<String> = base_below.into_iter().chain(below).collect();
        match (above.is_empty(), below.is_empty()) {
            (true, true) => return f.write_str("a plain number"),
            (true, false) => f.write_str("a number")?,
            (false, _) => f.write_str(&above.join(" times "))?,
        }
        below.iter().try_for_each(|part| write!(f, " per {part}"))
    }
}

/// What stands above and below the line, by as few names as possible.
fn base_words(base: Exponents) -> (Vec<String>, Vec<String>) {
    if base == NUMBER {
        return (Vec::new(), Vec::new());
    }
    if let Some(name) = name_of(base) {
        return (vec![name.to_owned()], Vec::new());
    }
    if let Some(name) = name_of(base.map(i32::saturating_neg)) {
        return (Vec::new(), vec![name.to_owned()]);
    }
    for (above, numerator) in NAMED {
        if let Some(below) = name_of(less(*numerator, base)) {
            return (vec![(*above).to_owned()], vec![below.to_owned()]);
        }
    }
    for (above, numerator) in NAMED {
        for (first, denominator) in NAMED {
            if let Some(second) = name_of(less(less(*numerator, base), *denominator)) {
                return (vec![(*above).to_owned()], vec![(*first).to_owned(), second.to_owned()]);
            }
        }
    }
    spelled_out(base)
}

/// Every base dimension by its own name.
fn spelled_out(base: Exponents) -> (Vec<String>, Vec<String>) {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for (name, exponent) in BASE_NAMES.iter().zip(base) {
        let side = if exponent > 0 { &mut above } else { &mut below };
        if exponent != 0 {
            side.push(powered(name, exponent.unsigned_abs()));
        }
    }
    (above, below)
}

fn name_of(base: Exponents) -> Option<&'static str> {
    NAMED.iter().find(|(_, named)| *named == base).map(|(name, _)| *name)
}

fn less(mut from: Exponents, what: Exponents) -> Exponents {
    for (mine, theirs) in from.iter_mut().zip(what) {
        *mine = mine.saturating_sub(theirs);
    }
    from
}

fn powered(name: &str, exponent: u32) -> String {
    match exponent {
        1 => name.to_owned(),
        2 => format!("{name} squared"),
        3 => format!("{name} cubed"),
        n => format!("{name} to the power {n}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::units::Unit;

    #[test]
    fn dimensions_are_said_in_words() {
        for (unit, words) in [
            ("mg/dL", "mass per volume"),
            ("umol/L", "amount of substance per volume"),
            ("wk", "time"),
            ("1", "a plain number"),
            ("10*9/L", "a number per volume"),
            ("IU/mL", "international units per volume"),
            ("%", "per cent"),
            ("%predicted", "per cent of predicted"),
            ("mL/min/1.73m2", "volume per time per 1.73 m² of body surface"),
            ("copies/mL", "copies per volume"),
            ("kg/m2", "mass per area"),
            ("mmHg", "pressure"),
            ("U/L", "catalytic activity per volume"),
            ("mg/kg/d", "a number per time"),
            ("umol/min/g/mL", "catalytic activity per volume per mass"),
            ("pack_years", "pack-years"),
            ("ULN", "multiples of the upper limit of normal"),
            ("g{creat}", "`{creat}` times mass"),
        ] {
            assert_eq!(Unit::parse(unit).unwrap().dimension().to_string(), words, "{unit}");
        }
    }
}
