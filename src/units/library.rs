//! Symbols that are not in our table, from the UCUM library: their dimension, and no factor, as
//! the library computes with binary floating point.

use num_traits::One;
use octofhir_ucum::{Case, lookup_unit};

use super::atom::{Atom, PREFIXES, UnitKind, power_of_ten};
use super::dimension::Dimension;

/// The symbol, with or without a prefix, as UCUM has it.
///
/// An arbitrary unit, and one on a logarithmic or other special scale, is a dimension of its own.
/// An arbitrary unit has a factor too: that of its prefix.
pub(super) fn lookup(symbol: &str) -> Option<Atom> {
    let (prefix, record) = lookup_unit(symbol, Case::Sensitive)?;
    let known = prefix.and_then(|prefix| PREFIXES.iter().find(|(written, ..)| *written == prefix.symbol));
    let kind = if record.special.is_special() { UnitKind::Special } else { UnitKind::Plain };
    let own = record.special.is_special() || record.special.is_arbitrary();
    let [length, time, mass, angle, temperature, charge, luminous] = record.dim.0.map(i32::from);
    let base = [length, time, mass, 0, temperature, charge, luminous, angle];
    let factor = match (prefix, known) {
        _ if !record.special.is_arbitrary() => None,
        (None, _) => Some(num_rational::BigRational::one()),
        (Some(_), known) => known.map(|(.., exponent)| power_of_ten(*exponent)),
    };
    Some(Atom {
        symbol: symbol.to_owned(),
        stem: record.code,
        prefix: known.map_or("", |(_, prefix, _)| prefix),
        factor,
        offset: None,
        dimension: if own { Dimension::tag(record.code) } else { Dimension::of(base) },
        kind,
    })
}
