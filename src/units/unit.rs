//! The unit of a quantity.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use num_rational::BigRational;
use num_traits::One;

use super::atom::{self, UnitKind};
use super::dimension::Dimension;
use super::error::UnitError;
use super::parse::{Text, parse_terms};
use super::term::{self, Term, What};

/// As what a result is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    Plain,
    /// Divided by its own upper limit of normal.
    Upper,
    Lower,
}

/// A unit: its canonical code, what it measures, and its exact factor. Cheap to clone. Two units
/// are equal if their codes are: `ml` is `mL`, but `m.m` is not `m2`, though the two fit.
#[derive(Clone)]
pub struct Unit(Arc<Inner>);

struct Inner {
    code: String,
    terms: Vec<Term>,
    dimension: Dimension,
    factor: Option<BigRational>,
    kind: UnitKind,
}

thread_local! {
    /// Units of records by the texts that they were read from: the same few come with every patient.
    static KNOWN: RefCell<BTreeMap<String, Unit>> = const { RefCell::new(BTreeMap::new()) };
}

/// No more texts than this are kept.
const MOST_KNOWN: usize = 256;

impl Unit {
    /// Reads a unit as a protocol writes it: a UCUM code or a usual spelling (`mmHg`, `x10^9/L`).
    ///
    /// # Errors
    ///
    /// If the text is no unit, or one that nobody means in a protocol: `ML`, `Mg`, `C`, `/uL`.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        parse_terms(text, Text::Protocol).map(Self::of)
    }

    /// Reads a unit as a record writes it. All that [`Unit::parse`] reads is read, and all codes of
    /// UCUM too: `/min` (the code of a heart rate in FHIR), `Mg`, `C`. Every [`Unit::code`] can be
    /// read back.
    ///
    /// # Errors
    ///
    /// If the text is no unit.
    pub fn from_ucum(text: &str) -> Result<Self, UnitError> {
        if let Some(unit) = KNOWN.with_borrow(|known| known.get(text).cloned()) {
            return Ok(unit);
        }
        let unit = parse_terms(text, Text::Record).map(Self::of)?;
        KNOWN.with_borrow_mut(|known| {
            if known.len() < MOST_KNOWN {
                known.insert(text.to_owned(), unit.clone());
            }
        });
        Ok(unit)
    }

    /// The unit of a plain number.
    #[must_use]
    pub fn one() -> Self {
        static ONE: OnceLock<Unit> = OnceLock::new();
        ONE.get_or_init(|| Self::of(Vec::new())).clone()
    }

    /// The canonical UCUM code (`10*9/L`, `mm[Hg]`), or a code that holds our words where UCUM has
    /// none: `ULN`, `LLN`, `%predicted`, `half_lives`, `cycles`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What it measures.
    #[must_use]
    pub fn dimension(&self) -> &Dimension {
        &self.0.dimension
    }

    /// The scale that a limit of this unit asks for.
    #[must_use]
    pub fn scale(&self) -> Scale {
        match self.kind() {
            UnitKind::UpperLimit => Scale::Upper,
            UnitKind::LowerLimit => Scale::Lower,
            UnitKind::Plain
            | UnitKind::Percent
            | UnitKind::PercentPredicted
            | UnitKind::HalfLives
            | UnitKind::Cycles
            | UnitKind::CalendarMonths(_)
            | UnitKind::Special => Scale::Plain,
        }
    }

    /// What it is besides its dimension.
    #[must_use]
    pub fn kind(&self) -> UnitKind {
        self.0.kind
    }

    /// The exact factor to the product of metre, second, gram, mole, kelvin, coulomb, candela,
    /// radian and tags that has its dimension. Nothing where we own no factor, or for a scale with
    /// an offset.
    #[must_use]
    pub fn factor(&self) -> Option<&BigRational> {
        if self.offset().is_some() { None } else { self.0.factor.as_ref() }
    }

    /// The product of two units. A temperature counts as its interval: `Cel` as `K`.
    #[must_use]
    pub fn multiply(&self, other: &Self) -> Self {
        Self::of(intervals(term::product(self.0.terms.clone(), other.0.terms.clone())))
    }

    /// The quotient of two units.
    #[must_use]
    pub fn divide(&self, other: &Self) -> Self {
        self.multiply(&other.power(-1))
    }

    /// The unit to a power.
    #[must_use]
    pub fn power(&self, exponent: i32) -> Self {
        if exponent == 0 {
            return Self::one();
        }
        let powers = self.0.terms.iter().flat_map(|term| term.power(exponent));
        Self::of(intervals(powers.collect()))
    }

    /// Whether a value in one of them is a value in the other: the same dimension, with the
    /// annotations that matter.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        self.dimension() == other.dimension()
    }

    /// Whether they fit once mass and amount of substance are taken as one: `umol/L` and `mg/dL`.
    #[must_use]
    pub fn fits_substance(&self, other: &Self) -> bool {
        self.fits(other) || self.dimension().weighed() == other.dimension().weighed()
    }

    pub(super) fn of(terms: Vec<Term>) -> Self {
        let code = term::code(&terms);
        let dimension = terms.iter().fold(Dimension::number(), |all, term| all.times(&term.dimension()));
        let factor = terms.iter().try_fold(BigRational::one(), |all, term| Some(all * term.factor()?));
        let kind = match terms.as_slice() {
            [one] => one.kind(),
            _ => UnitKind::Plain,
        };
        Self(Arc::new(Inner { code, terms, dimension, factor, kind }))
    }

    pub(super) fn terms(&self) -> &[Term] {
        &self.0.terms
    }

    /// The offset to kelvin, before the factor is applied, if it is a temperature with one.
    pub(super) fn offset(&self) -> Option<&BigRational> {
        match self.0.terms.as_slice() {
            [Term { what: What::Symbol(atom), .. }] => atom.offset.as_ref().map(|(offset, _)| offset),
            _ => None,
        }
    }

    /// The factor, of a scale that of its interval.
    pub(super) fn interval(&self) -> Option<&BigRational> {
        self.0.factor.as_ref()
    }
}

/// In a product or power, a temperature scale gives way to its interval.
fn intervals(mut terms: Vec<Term>) -> Vec<Term> {
    if matches!(terms.as_slice(), [Term { exponent: 1, .. }]) {
        return terms;
    }
    for term in &mut terms {
        if let What::Symbol(mine) = &mut term.what
            && let Some((_, interval)) = &mine.offset
            && let Some(found) = atom::lookup(interval)
        {
            **mine = found;
        }
    }
    term::product(Vec::new(), terms)
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({})", self.code())
    }
}

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Unit {}

impl Hash for Unit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}

impl PartialOrd for Unit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Unit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}
