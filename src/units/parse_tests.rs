//! How units are spelled, what fits what, and what is refused.

use super::{Unit, UnitError, UnitKind};

#[test]
fn spellings_of_protocols_have_one_code() {
    for (text, code) in [
        ("IU", "[IU]"),
        ("IU/L", "[IU]/L"),
        ("kIU/mL", "k[IU]/mL"),
        ("µIU/mL", "u[IU]/mL"),
        ("U/L", "U/L"),
        ("µmol/L", "umol/L"),
        ("μmol/L", "umol/L"),
        ("umol/l", "umol/L"),
        ("mcg", "ug"),
        ("mcg/kg", "ug/kg"),
        ("x10^9/L", "10*9/L"),
        ("×10⁹/L", "10*9/L"),
        ("10^9/L", "10*9/L"),
        ("10⁹/L", "10*9/L"),
        ("10*9/L", "10*9/L"),
        ("10*-3/ul", "10*-3/uL"),
        ("mmHg", "mm[Hg]"),
        ("cmH2O", "cm[H2O]"),
        ("ml/min", "mL/min"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        ("mL/min/1.73 m²", "mL/min/{1.73_m2}"),
        ("mL/min/{1.73_m2}", "mL/min/{1.73_m2}"),
        ("mL/(min.{1.73_m2})", "mL/min/{1.73_m2}"),
        ("copies/mL", "{copies}/mL"),
        ("cells/uL", "{cells}/uL"),
        ("bpm", "{beats}/min"),
        ("breaths/min", "{breaths}/min"),
        ("hours", "h"),
        ("minute", "min"),
        ("seconds", "s"),
        ("days", "d"),
        ("week", "wk"),
        ("months", "mo"),
        ("years", "a"),
        ("half_life", "half_lives"),
        ("cycle", "cycles"),
        ("°C", "Cel"),
        ("pack_years", "{pack_years}"),
        ("kg/m2", "kg/m2"),
        ("m²", "m2"),
        ("m^2", "m2"),
        ("ppm", "[ppm]"),
        ("mEq/L", "meq/L"),
        ("mOsm/kg", "mosm/kg"),
        ("%", "%"),
        ("%{predicted}", "%predicted"),
        ("xULN", "ULN"),
        ("points", "{points}"),
        ("drinks/week", "{drinks}/wk"),
        ("cigarettes/d", "{cigarettes}/d"),
        ("kg.years.dL/mg", "kg.a.dL/mg"),
        ("kg·years·dL/mg", "kg.a.dL/mg"),
        ("s⁻¹", "/s"),
        ("1/d", "/d"),
        ("mg/(kg.d)", "mg/kg/d"),
        ("m3.kg-1.s-2", "m3/kg/s2"),
        ("U/(12.h)", "U/(12.h)"),
        ("umol/2.h", "umol.h/2"),
        ("1", "1"),
        ("g/g", "g/g"),
        ("mmol/(8.h.kg)", "mmol/(8.h)/kg"),
    ] {
        assert_eq!(Unit::parse(text).map(|unit| unit.code().to_owned()), Ok(code.to_owned()), "{text}");
    }
}

#[test]
fn units_that_fit_and_units_that_do_not() {
    let fits = |left: &str, right: &str| Unit::parse(left).unwrap().fits(&Unit::parse(right).unwrap());
    for (left, right) in [
        ("cells/uL", "10*9/L"),
        ("U/L", "kat/L"),
        ("kg.years.dL/mg", "kg.d.L/g"),
        ("bpm", "1/min"),
        ("mo", "d"),
        ("mg/g", "[ppm]"),
        ("points", "1"),
        ("Cel", "[degF]"),
        ("m[IU]/L", "IU/mL"),
        ("dB", "B"),
    ] {
        assert!(fits(left, right), "{left} {right}");
    }
    for (left, right) in [("mmol/L", "mg/dL"), ("cycles", "1"), ("half_lives", "d"), ("ULN", "LLN"), ("{x}/L", "{y}/L")]
    {
        assert!(!fits(left, right), "{left} {right}");
    }
    assert!(Unit::parse("umol/L").unwrap().fits_substance(&Unit::parse("mg/dL").unwrap()));
}

#[test]
fn kinds_are_of_the_unit_alone() {
    for (text, kind) in [
        ("mg/dL", UnitKind::Plain),
        ("%", UnitKind::Percent),
        ("%predicted", UnitKind::PercentPredicted),
        ("ULN", UnitKind::UpperLimit),
        ("LLN", UnitKind::LowerLimit),
        ("half_lives", UnitKind::HalfLives),
        ("cycles", UnitKind::Cycles),
        ("months", UnitKind::CalendarMonths(1)),
        ("a", UnitKind::CalendarMonths(12)),
        ("weeks", UnitKind::Plain),
        ("kg.a", UnitKind::Plain),
        ("Cel", UnitKind::Special),
        ("pH", UnitKind::Special),
    ] {
        assert_eq!(Unit::parse(text).unwrap().kind(), kind, "{text}");
    }
}

#[test]
fn what_is_malformed_says_where_and_why() {
    for (text, at) in [
        ("mg/", 3),
        ("mg//dL", 3),
        ("mg/(kg.d", 8),
        ("mg dL", 2),
        ("{x", 0),
        ("{}", 0),
        ("g/0", 2),
        ("[IU/L", 0),
        ("Cel/h", 0),
        ("mg)", 2),
        ("{a}mg", 3),
        ("m999", 0),
    ] {
        let read = Unit::parse(text);
        assert!(matches!(read, Err(UnitError::Malformed { offset, .. }) if offset == at), "{text}: {read:?}");
    }
    assert_eq!(Unit::parse(""), Err(UnitError::Empty));
    assert!(matches!(Unit::parse(&"m.".repeat(40)), Err(UnitError::Malformed { offset: 64, .. })));
}
