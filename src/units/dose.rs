//! The unit of a dose: `mg/kg/d` is milligrams, per kilogram of the patient, per day.

use std::fmt;

use super::error::UnitError;
use super::term::{Term, What};
use super::unit::Unit;

/// What of the patient's body a dose is reckoned by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Body {
    /// Per kilogram of body weight.
    Weight,
    /// Per square metre of body surface.
    Surface,
}

impl Body {
    /// The unit it is reckoned in: `kg` or `m2`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Weight => "kg",
            Self::Surface => "m2",
        }
    }
}

/// The unit of a dose. A `kg` or `m2` that divides is the patient's, and a time that divides is
/// the rate at which the dose is given; the rest is what is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DoseUnit {
    /// What is given: `mg`, `IU`, `Gy`.
    pub amount: Unit,
    /// By what of the patient, if by any.
    pub per_body: Option<Body>,
    /// Per what time, if per any: `d`, `min`, `12.h`.
    pub per_time: Option<Unit>,
}

impl DoseUnit {
    /// Reads the unit of a dose as a protocol writes it: `mg`, `mg/kg/d`, `mg/(kg.d)`, `mg/m2`.
    ///
    /// # Errors
    ///
    /// If it is no unit, or divides by two times, or by weight and surface both.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::of(&Unit::parse(text)?).map_err(|why| UnitError::Malformed { offset: 0, why })
    }

    /// A unit taken as that of a dose.
    ///
    /// # Errors
    ///
    /// What is wrong, if it divides by two times, or by weight and surface both.
    pub fn of(unit: &Unit) -> Result<Self, &'static str> {
        let (mut amount, mut per_time, mut per_body) = (Vec::new(), Vec::new(), None);
        // A number that divides goes with the time after it: `mg/(12.h)`.
        let mut number: Option<&Term> = None;
        for term in unit.terms() {
            if let Some(body) = body(term) {
                if per_body.replace(body).is_some() {
                    return Err("a dose is reckoned by body weight or by body surface, once");
                }
            } else if term.exponent == -1 && term.dimension().power(-1).is_time() {
                if !per_time.is_empty() {
                    return Err("a dose is given per one time");
                }
                per_time.extend(number.take().cloned());
                per_time.push(term.clone());
            } else if term.exponent == -1 && matches!(term.what, What::Number(_)) {
                amount.extend(number.replace(term).cloned());
            } else {
                amount.push(term.clone());
            }
        }
        amount.extend(number.cloned());
        let per_time = if per_time.is_empty() { None } else { Some(Unit::of(per_time).power(-1)) };
        Ok(Self { amount: Unit::of(amount), per_body, per_time })
    }

    /// The canonical UCUM code: `mg/kg/d`.
    #[must_use]
    pub fn code(&self) -> String {
        let body = self.per_body.map(|body| format!("/{}", body.code())).unwrap_or_default();
        let time = match &self.per_time {
            Some(time) if time.terms().len() > 1 => format!("/({time})"),
            Some(time) => format!("/{time}"),
            None => String::new(),
        };
        format!("{}{body}{time}", self.amount)
    }

    /// The unit as a whole, in which weight and surface are those of any body.
    #[must_use]
    pub fn unit(&self) -> Unit {
        let mut unit = self.amount.clone();
        let body = self.per_body.and_then(|body| Unit::parse(body.code()).ok());
        for below in [body.as_ref(), self.per_time.as_ref()].into_iter().flatten() {
            unit = unit.divide(below);
        }
        unit
    }
}

/// Whether a term is the patient's weight or surface.
fn body(term: &Term) -> Option<Body> {
    let What::Symbol(atom) = &term.what else {
        return None;
    };
    let annotated = term.annotation.as_deref();
    match (atom.symbol.as_str(), term.exponent) {
        ("kg", -1) if matches!(annotated, None | Some("body_wt" | "body_weight" | "bw")) => Some(Body::Weight),
        ("m2" | "m", -2) if matches!(annotated, None | Some("bsa" | "BSA")) => Some(Body::Surface),
        _ => None,
    }
}

impl fmt::Display for DoseUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doses_are_taken_apart() {
        for (text, amount, per_body, per_time, code) in [
            ("mg", "mg", None, None, "mg"),
            ("mg/kg/d", "mg", Some(Body::Weight), Some("d"), "mg/kg/d"),
            ("mg/(kg.d)", "mg", Some(Body::Weight), Some("d"), "mg/kg/d"),
            ("mg/kg/day", "mg", Some(Body::Weight), Some("d"), "mg/kg/d"),
            ("mg/m2", "mg", Some(Body::Surface), None, "mg/m2"),
            ("mg/m²", "mg", Some(Body::Surface), None, "mg/m2"),
            ("mcg/kg/min", "ug", Some(Body::Weight), Some("min"), "ug/kg/min"),
            ("IU", "[IU]", None, None, "[IU]"),
            ("Gy", "Gy", None, None, "Gy"),
            ("g/d", "g", None, Some("d"), "g/d"),
            ("AUC", "mg.min/mL", None, None, "mg.min/mL"),
            ("mg/kg/(12.h)", "mg", Some(Body::Weight), Some("12.h"), "mg/kg/(12.h)"),
            ("g/kg{body_wt}", "g", Some(Body::Weight), None, "g/kg"),
            ("tablets/d", "{tablets}", None, Some("d"), "{tablets}/d"),
        ] {
            let dose = DoseUnit::parse(text).unwrap();
            assert_eq!(dose.amount.code(), amount, "{text}");
            assert_eq!(dose.per_body, per_body, "{text}");
            assert_eq!(dose.per_time.as_ref().map(Unit::code), per_time, "{text}");
            assert_eq!(dose.code(), code, "{text}");
            assert_eq!(DoseUnit::parse(code).unwrap(), dose, "{text}");
        }
    }

    #[test]
    fn a_dose_has_one_body_and_one_time() {
        for text in ["mg/kg/m2", "mg/kg/d/h", "mg/kg/kg"] {
            assert!(matches!(DoseUnit::parse(text), Err(UnitError::Malformed { .. })), "{text}");
        }
    }
}
