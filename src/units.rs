//! Units of measure: what a protocol's author writes after a number, and what it means exactly.
//!
//! Units are those of UCUM (the Unified Code for Units of Measure, <https://ucum.org>), with the
//! spellings that protocols use, and a few words that are no unit of UCUM: `ULN`, `LLN`,
//! `%predicted`, `half_lives` and `cycles`. What we convert, we convert by exact rational factors
//! of our own (`table`); a unit that only the UCUM library knows has its dimension, no factor.
//! Annotations count: `mL/min/{1.73_m2}` is not `mL/min`, and copies are not cells (`counts`).

mod atom;
mod cache;
mod catalogue;
mod convert;
mod counts;
mod dimension;
mod dose;
mod error;
mod library;
mod numeral;
mod parse;
#[cfg(test)]
mod parse_tests;
mod serial;
mod suggest;
mod table;
mod term;
#[cfg(test)]
mod ucum_tests;
mod unit;
mod words;

pub use atom::UnitKind;
pub use cache::UnitCache;
pub use catalogue::{UnitEntry, known_units};
pub use convert::ConversionError;
pub use dimension::Dimension;
pub use dose::{Body, DoseUnit};
pub use error::UnitError;
pub use unit::{Scale, Unit};
