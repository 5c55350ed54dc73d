//! One unit symbol: looked up in our table, with its prefix, by any of its spellings.

use std::sync::LazyLock;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;
use rustc_hash::FxHashMap;

use super::dimension::{Dimension, Exponents};
use super::table::ROWS;

/// What a unit as a whole is, where more than its dimension matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitKind {
    /// Nothing more than its dimension and factor.
    Plain,
    /// `%`.
    Percent,
    /// `%predicted`: per cent of the value predicted for this patient.
    PercentPredicted,
    /// `ULN`: multiples of the upper limit of normal.
    UpperLimit,
    /// `LLN`: multiples of the lower limit of normal.
    LowerLimit,
    /// `half_lives` of the drug at hand.
    HalfLives,
    /// `cycles` of the treatment at hand.
    Cycles,
    /// `mo` and `a`: as many months of the calendar. Their factor serves arithmetic alone.
    CalendarMonths(u32),
    /// A scale with an offset or without a linear factor: `Cel`, `[degF]`, `[pH]`, `dB`.
    Special,
}

/// Whether a symbol takes the prefixes of the SI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefixes {
    Si,
    None,
}

/// A row of the table of units.
pub(super) struct Row {
    /// The code in UCUM, or our own word.
    pub(super) code: &'static str,
    /// Other symbols, which take the same prefixes.
    pub(super) symbols: &'static [&'static str],
    /// Words, which take none.
    pub(super) words: &'static [&'static str],
    pub(super) name: &'static str,
    pub(super) prefixes: Prefixes,
    pub(super) measure: Measure,
    pub(super) kind: UnitKind,
    /// Where the factor comes from.
    pub(super) source: &'static str,
}

/// What a row measures.
pub(super) enum Measure {
    /// A factor, as a decimal or a ratio of two, to metre, second, gram, mole, kelvin, coulomb,
    /// candela and radian.
    Linear(&'static str, Exponents),
    /// A dimension of its own, by the name of the tag, with a factor of one.
    Tag(&'static str),
    /// A temperature: kelvin = (value + offset) × factor.
    Scale { factor: &'static str, offset: &'static str, interval: &'static str },
}

/// A symbol with its prefix, resolved.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    /// Canonical symbol with its prefix: `mm[Hg]`.
    pub(super) symbol: String,
    /// The symbol without its prefix, and the prefix.
    pub(super) stem: &'static str,
    pub(super) prefix: &'static str,
    pub(super) factor: Option<BigRational>,
    /// On a scale with an offset: the offset, and the symbol of its interval.
    pub(super) offset: Option<(BigRational, &'static str)>,
    pub(super) dimension: Dimension,
    pub(super) kind: UnitKind,
}

/// Prefixes and their powers of ten (SI brochure, 9th edition, table 7; UCUM table of prefixes,
/// which writes `u` for `µ`). Both code points of `µ` are read.
pub(super) const PREFIXES: &[(&str, &str, i32)] = &[
    ("da", "da", 1),
    ("Y", "Y", 24),
    ("Z", "Z", 21),
    ("E", "E", 18),
    ("P", "P", 15),
    ("T", "T", 12),
    ("G", "G", 9),
    ("M", "M", 6),
    ("k", "k", 3),
    ("h", "h", 2),
    ("d", "d", -1),
    ("c", "c", -2),
    ("m", "m", -3),
    ("u", "u", -6),
    ("\u{b5}", "u", -6),
    ("\u{3bc}", "u", -6),
    ("n", "n", -9),
    ("p", "p", -12),
    ("f", "f", -15),
    ("a", "a", -18),
    ("z", "z", -21),
    ("y", "y", -24),
];

struct Resolved {
    atom: Atom,
    prefixes: Prefixes,
}

static ATOMS: LazyLock<FxHashMap<&'static str, Resolved>> = LazyLock::new(|| {
    let mut atoms = FxHashMap::default();
    for row in ROWS {
        let resolve = |prefixes| Resolved { atom: atom_of(row), prefixes };
        atoms.insert(row.code, resolve(row.prefixes));
        atoms.extend(row.symbols.iter().map(|symbol| (*symbol, resolve(row.prefixes))));
        atoms.extend(row.words.iter().map(|word| (*word, resolve(Prefixes::None))));
    }
    atoms
});

/// The symbol in our table, with or without a prefix; the symbol as a whole comes first, so that
/// `min` is a minute.
pub(super) fn lookup(symbol: &str) -> Option<Atom> {
    if let Some(resolved) = ATOMS.get(symbol) {
        return Some(resolved.atom.clone());
    }
    PREFIXES.iter().find_map(|(written, prefix, exponent)| {
        let resolved = ATOMS.get(symbol.strip_prefix(written)?)?;
        if resolved.prefixes == Prefixes::None {
            return None;
        }
        let stem = &resolved.atom;
        let factor = stem.factor.as_ref().map(|factor| factor * power_of_ten(*exponent));
        Some(Atom { symbol: format!("{prefix}{}", stem.symbol), prefix, factor, ..stem.clone() })
    })
}

/// Ten to a small power.
pub(super) fn power_of_ten(exponent: i32) -> BigRational {
    BigRational::from_integer(BigInt::from(10)).pow(exponent)
}

/// A decimal or a ratio of two decimals. Only texts of the table are read; a test reads them all.
fn exact(text: &str) -> Option<BigRational> {
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    let below = decimal(below)?;
    (below != BigRational::default()).then_some(decimal(above)? / below)
}

/// A decimal, exactly.
pub(super) fn decimal(text: &str) -> Option<BigRational> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    Some(BigRational::from_integer(digits) * power_of_ten(-places))
}

fn atom_of(row: &Row) -> Atom {
    let (factor, offset, dimension) = match &row.measure {
        Measure::Linear(factor, base) => (exact(factor), None, Dimension::of(*base)),
        Measure::Tag(tag) => (Some(BigRational::one()), None, Dimension::tag(tag)),
        Measure::Scale { factor, offset, interval } => {
            let offset = exact(offset).map(|offset| (offset, *interval));
            (exact(factor), offset, Dimension::of(super::dimension::TEMPERATURE))
        }
    };
    Atom { symbol: row.code.to_owned(), stem: row.code, prefix: "", factor, offset, dimension, kind: row.kind }
}

#[cfg(test)]
mod tests {
    use num_traits::ToPrimitive;

    use super::*;

    #[test]
    fn every_factor_of_the_table_is_a_number() {
        assert!(ROWS.iter().all(|row| atom_of(row).factor.is_some()));
    }

    #[test]
    fn no_two_rows_share_a_spelling() {
        let spellings = |row: &'static Row| {
            std::iter::once(row.code).chain(row.symbols.iter().copied()).chain(row.words.iter().copied())
        };
        let mut all: Vec<&str> = ROWS.iter().flat_map(spellings).collect();
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    /// The library takes a mole for 6.02214076e23; ours is a dimension, so it is divided out.
    #[test]
    fn factors_and_dimensions_agree_with_the_ucum_library() {
        for row in ROWS {
            let Measure::Linear(_, [length, time, mass, amount, temperature, charge, luminous, angle]) = row.measure
            else {
                continue;
            };
            let Some(record) = octofhir_ucum::find_unit(row.code) else { panic!("{} is not in UCUM", row.code) };
            let theirs = record.dim.0.map(i32::from);
            assert_eq!([length, time, mass, angle, temperature, charge, luminous], theirs, "{}", row.code);
            let theirs = record.factor.to_f64() / 6.022_140_76e23_f64.powi(amount);
            let ours = atom_of(row).factor.unwrap().to_f64().unwrap();
            assert!((ours / theirs - 1.0).abs() < 1e-12, "{}: {ours} is not {theirs}", row.code);
        }
    }
}
