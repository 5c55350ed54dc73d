//! What a plan says of doses: which courses are added up, in what, and when they are called stable.
//!
//! Amounts of facts are fractions in a few units ([`Book::amounts`]), so that sums are exact; what does not fit a fraction is
//! left to the reference.

use num_rational::{BigRational, Ratio};
use num_traits::ToPrimitive;

use super::exact::Exact;
use super::{ConceptAt, DayAt, Exempt, Kin, Number, PeriodAt, Silence};
use crate::ir::{Body, Comparator, Route};
use crate::units::Unit;

/// A number that amounts are reckoned with.
pub type Fraction = Ratio<i64>;

/// A place in [`Book::amounts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AmountAt(pub u8);

/// What all doses of a plan are reckoned with.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// The units that amounts of facts are brought to. No two of them fit each other.
    pub amounts: Vec<Unit>,
    pub weight: Option<Size>,
    pub surface: Option<Size>,
    /// What is measured of the body: with a result of one of them, a dose by body may be another.
    pub measured: Vec<ConceptAt>,
}

/// The patient's weight or surface.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub of: ConceptAt,
    /// From the unit of the measure to kilograms or square metres.
    pub factor: Fraction,
    /// A formula stands in where there is no result.
    pub derived: bool,
}

/// Courses that are added up.
#[derive(Clone, Debug)]
pub struct Doses {
    pub of: Vec<Drugs>,
    pub route: Option<Route>,
    pub measure: Measure,
    pub per_body: Option<Body>,
}

/// A class of drugs.
#[derive(Clone, Debug)]
pub struct Drugs {
    pub of: Kin,
    pub except: Vec<Exempt>,
    pub silence: Silence,
}

/// What an amount is brought to.
#[derive(Clone, Debug)]
pub enum Measure {
    /// So much for each of this unit.
    Plain { unit: AmountAt, factor: Fraction },
    /// Doses of one drug; those that are in no table may be any. In the order of the drugs.
    Equivalents(Vec<Equivalent>),
    /// As the first course of each drug was recorded: only whether they are the same is asked.
    Own,
}

/// What one of a unit of a drug is in doses of another.
#[derive(Clone, Debug)]
pub struct Equivalent {
    pub of: ConceptAt,
    pub unit: AmountAt,
    pub factor: Fraction,
    /// By these routes; by any where there are none.
    pub routes: Vec<Route>,
}

/// A dose as a number, in the unit that it is compared in.
#[derive(Clone, Debug)]
pub struct Dose {
    pub of: Doses,
    pub taken: Taken,
}

/// Of which days.
#[derive(Clone, Copy, Debug)]
pub enum Taken {
    On(DayAt),
    /// The highest of all days of a period.
    Highest(PeriodAt),
    Lowest(PeriodAt),
    /// All that was given in it.
    Total(PeriodAt),
}

/// The same dose on every day of a stretch: of each drug, or the sum in doses of one.
#[derive(Clone, Debug)]
pub struct Stable {
    pub of: Doses,
    /// The unit of doses of one drug.
    pub usual: AmountAt,
    pub along: PeriodAt,
    pub kept: Option<Kept>,
}

/// What holds of the dose on each of these days, too.
#[derive(Clone, Debug)]
pub struct Kept {
    pub of: Doses,
    pub comparator: Comparator,
    pub to: Number,
}

impl Book {
    #[must_use]
    pub fn size(&self, body: Body) -> Option<Size> {
        match body {
            Body::Weight => self.weight,
            Body::Surface => self.surface,
        }
    }

    /// An amount in the first of the units that it fits, with that unit.
    #[must_use]
    pub fn amount(&self, value: &BigRational, unit: &Unit) -> Option<(AmountAt, BigRational)> {
        let fits = |known: &Unit| unit.convert(value, known).ok();
        (0..).map(AmountAt).zip(&self.amounts).find_map(|(at, known)| Some((at, fits(known)?)))
    }
}

/// The decimal that a double stands for, where it has no more than fifteen digits.
#[must_use]
pub fn decimal(value: f64) -> Option<Fraction> {
    Exact::decimal(Number { value, digits: Number::MOST })?.fraction()
}

/// A number of few digits as a fraction.
#[must_use]
pub fn fraction(exact: &BigRational) -> Option<Fraction> {
    Some(Ratio::new(exact.numer().to_i64()?, exact.denom().to_i64()?))
}
