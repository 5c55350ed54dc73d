//! Exact conversion between units.

use std::fmt;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::unit::Unit;

/// Why a value does not convert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversionError {
    /// The units measure different things.
    DifferentDimensions {
        /// The unit of the value.
        from: Unit,
        /// The unit asked for.
        to: Unit,
    },
    /// One is by mass, the other by amount, and no molar mass is at hand.
    NeedsMolarMass {
        /// The unit of the value.
        from: Unit,
        /// The unit asked for.
        to: Unit,
    },
    /// We own no exact factor for this unit.
    NoExactFactor {
        /// The unit without a factor.
        unit: Unit,
    },
    /// A molar mass of zero or less.
    MolarMassNotPositive,
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DifferentDimensions { from, to } => {
                write!(f, "`{from}` is {}, `{to}` is {}", from.dimension(), to.dimension())
            }
            Self::NeedsMolarMass { from, to } => write!(
                f,
                "from `{from}` ({}) to `{to}` ({}) needs the molar mass of the substance",
                from.dimension(),
                to.dimension()
            ),
            Self::NoExactFactor { unit } => write!(f, "no exact conversion is known for `{unit}`"),
            Self::MolarMassNotPositive => f.write_str("a molar mass must be more than zero"),
        }
    }
}

impl std::error::Error for ConversionError {}

impl Unit {
    /// A value in this unit, in another one, exactly. Temperatures convert with their offsets.
    ///
    /// # Errors
    ///
    /// If the units do not fit each other, or we own no factor for one of them.
    pub fn convert(&self, value: &BigRational, to: &Self) -> Result<BigRational, ConversionError> {
        if self == to {
            return Ok(value.clone());
        }
        let (from, to) = (self.clone(), to.clone());
        if !from.fits(&to) {
            return Err(if from.fits_substance(&to) {
                ConversionError::NeedsMolarMass { from, to }
            } else {
                ConversionError::DifferentDimensions { from, to }
            });
        }
        let base = (value + offset(&from)) * exact(&from)?;
        Ok(base / exact(&to)? - offset(&to))
    }

    /// The same for a substance of this molar mass, in grams per mole: mass and amount convert into
    /// each other too.
    ///
    /// # Errors
    ///
    /// If the units do not fit each other even so, we own no factor for one of them, or the molar
    /// mass is not more than zero.
    pub fn convert_substance(
        &self,
        value: &BigRational,
        to: &Self,
        molar_mass_g_per_mol: &BigRational,
    ) -> Result<BigRational, ConversionError> {
        if self.fits(to) {
            return self.convert(value, to);
        }
        if !self.fits_substance(to) {
            return Err(ConversionError::DifferentDimensions { from: self.clone(), to: to.clone() });
        }
        if !molar_mass_g_per_mol.is_positive() {
            return Err(ConversionError::MolarMassNotPositive);
        }
        // The base of mass is the gram and that of amount the mole, so each mole that is lost on
        // the way weighs one molar mass.
        let moles = self.dimension().amount().saturating_sub(to.dimension().amount());
        Ok(value * exact(self)? * molar_mass_g_per_mol.pow(moles) / exact(to)?)
    }

    /// Whichever of the two it is: through the molar mass where there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Unit::convert`], or of [`Unit::convert_substance`].
    pub fn convert_of(
        &self,
        value: &BigRational,
        to: &Self,
        molar_mass_g_per_mol: Option<&BigRational>,
    ) -> Result<BigRational, ConversionError> {
        match molar_mass_g_per_mol {
            Some(mass) => self.convert_substance(value, to, mass),
            None => self.convert(value, to),
        }
    }
}

fn exact(unit: &Unit) -> Result<BigRational, ConversionError> {
    let factor = unit.interval().filter(|factor| !factor.is_zero());
    factor.cloned().ok_or_else(|| ConversionError::NoExactFactor { unit: unit.clone() })
}

fn offset(unit: &Unit) -> BigRational {
    unit.offset().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::atom::decimal;

    fn convert(value: &str, from: &str, to: &str) -> BigRational {
        unit(from).convert(&decimal(value).unwrap(), &unit(to)).unwrap()
    }

    fn substance(value: &str, from: &str, to: &str, molar_mass: &str) -> BigRational {
        let molar_mass = decimal(molar_mass).unwrap();
        unit(from).convert_substance(&decimal(value).unwrap(), &unit(to), &molar_mass).unwrap()
    }

    fn unit(text: &str) -> Unit {
        Unit::parse(text).unwrap()
    }

    fn ratio(above: i64, below: i64) -> BigRational {
        BigRational::new(above.into(), below.into())
    }

    /// 300e-6 mol/L × 113.12 g/mol = 0.033936 g/L = 33.936 mg/L = 3.3936 mg/dL.
    #[test]
    fn creatinine_converts_to_the_digit() {
        assert_eq!(substance("300", "umol/L", "mg/dL", "113.12"), decimal("3.3936").unwrap());
        assert_eq!(substance("3.3936", "mg/dL", "µmol/L", "113.12"), decimal("300").unwrap());
        // In a denominator: 1 mg of albumin per 0.11312 g of creatinine.
        assert_eq!(substance("1", "mg/mmol", "mg/g", "113.12"), ratio(100_000, 11_312));
    }

    /// 7 mmol/L × 180.156 g/mol = 1.261092 g/L = 126.1092 mg/dL.
    #[test]
    fn glucose_converts_to_the_digit() {
        assert_eq!(substance("7", "mmol/L", "mg/dL", "180.156"), decimal("126.1092").unwrap());
    }

    #[test]
    fn plain_conversions_are_exact() {
        for (value, from, to, outcome) in [
            ("9.5", "g/dL", "g/L", "95"),
            ("98.6", "[degF]", "Cel", "37"),
            ("38.5", "°C", "[degF]", "101.3"),
            ("37", "Cel", "K", "310.15"),
            // 10 kPa = 10 000 Pa, and 133.322 Pa are one mmHg, so 13.3322 kPa are 100.
            ("13.3322", "kPa", "mmHg", "100"),
            ("1", "mm[Hg]", "Pa", "133.322"),
            ("150", "10*9/L", "/uL", "150000"),
            ("0.15", "x10^6/uL", "cells/uL", "150000"),
            ("1000", "IU/L", "IU/mL", "1"),
            ("1000", "U/L", "U/mL", "1"),
            // 1 U = 1 umol/min, so 60 U/L = 1 umol/s/L = 1 ukat/L.
            ("60", "U/L", "ukat/L", "1"),
            ("3", "wk", "d", "21"),
            ("1", "a", "d", "365.25"),
            ("1", "a", "mo", "12"),
            ("3", "WU", "dyn.s/cm5", "239.9796"),
            ("70", "lb", "kg", "31.7514659"),
            ("5", "g/d", "mg/(24.h)", "5000"),
        ] {
            let from = Unit::from_ucum(from).unwrap();
            let to = Unit::from_ucum(to).unwrap();
            let got = from.convert(&decimal(value).unwrap(), &to);
            assert_eq!(got, Ok(decimal(outcome).unwrap()), "{value} {from} -> {to}");
        }
        assert_eq!(convert("10", "kPa", "mmHg"), ratio(10_000_000, 133_322));
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let one = decimal("1").unwrap();
        let says = |from: &str, to: &str| unit(from).convert(&one, &unit(to)).unwrap_err().to_string();
        assert_eq!(says("mg", "mL"), "`mg` is mass, `mL` is volume");
        assert_eq!(
            says("umol/L", "mg/dL"),
            "from `umol/L` (amount of substance per volume) to `mg/dL` (mass per volume) needs the molar mass of the substance"
        );
        assert_eq!(says("deg", "rad"), "no exact conversion is known for `deg`");
        for (from, to) in [
            ("mL/min", "mL/min/1.73m2"),
            ("%", "%predicted"),
            ("%", "1"),
            ("copies/mL", "IU/mL"),
            ("copies/mL", "cells/mL"),
            ("IU/L", "U/L"),
            ("[pH]", "mol/L"),
            ("ULN", "1"),
            ("mg/g", "mg/g{creat}"),
        ] {
            let convert = unit(from).convert(&one, &unit(to));
            assert!(matches!(convert, Err(ConversionError::DifferentDimensions { .. })), "{from} -> {to}");
        }
        let nothing = unit("mol").convert_substance(&one, &unit("g"), &BigRational::default());
        assert_eq!(nothing, Err(ConversionError::MolarMassNotPositive));
    }
}
