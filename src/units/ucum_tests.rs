//! The UCUM functional tests and the table of example codes, and laws that hold for any text.
//!
//! Both files are read from `../shared/data/ucum`; where they are not there, the tests say so and
//! pass.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use proptest::prelude::*;

use super::atom::{decimal, power_of_ten};
use super::{DoseUnit, Unit};

fn shared(file: &str) -> Option<String> {
    let path = format!("{}/../shared/data/ucum/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        println!("skipped: ../shared/data/ucum/{file} is not there");
    }
    text
}

/// The `case` elements of one section, comments left out.
fn cases<'t>(xml: &'t str, section: &str) -> Vec<&'t str> {
    let (_, rest) = xml.split_once(&format!("<{section}>")).unwrap();
    let (section, _) = rest.split_once(&format!("</{section}>")).unwrap();
    let outside = section
        .split("<!--")
        .enumerate()
        .map(|(index, part)| if index == 0 { part } else { part.split_once("-->").unwrap().1 });
    outside.flat_map(|part| part.split("<case ").skip(1)).collect()
}

fn attribute(case: &str, name: &str) -> String {
    let (_, rest) = case.split_once(&format!("{name}=\"")).unwrap();
    rest.split_once('"').unwrap().0.replace("&apos;", "'")
}

/// A decimal with an exponent or without, and the value of its last digit.
fn stated(text: &str) -> (BigRational, BigRational) {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap();
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    (decimal(digits).unwrap() * power_of_ten(exponent), power_of_ten(exponent - i32::try_from(places).unwrap()))
}

#[test]
fn ucum_functional_tests_of_validity() {
    let Some(xml) = shared("UcumFunctionalTests.xml") else {
        return;
    };
    let (mut checked, mut refused) = (0, Vec::new());
    for case in cases(&xml, "validation") {
        let (unit, valid) = (attribute(case, "unit"), attribute(case, "valid") == "true");
        assert_eq!(Unit::from_ucum(&unit).is_ok(), valid, "{unit}: {:?}", Unit::from_ucum(&unit));
        if Unit::parse(&unit).is_ok() != valid {
            refused.push(unit);
        }
        checked += 1;
    }
    assert!(checked > 500, "only {checked} cases were found");
    // A protocol has to say what is counted, and a megasecond is a slip for `ms`.
    refused.retain(|unit| !unit.starts_with('/'));
    refused.dedup();
    assert_eq!(refused, ["Ms"]);
}

#[test]
fn ucum_functional_tests_of_conversion() {
    let Some(xml) = shared("UcumFunctionalTests.xml") else {
        return;
    };
    let mut without_factor = Vec::new();
    for case in cases(&xml, "conversion") {
        let unit = |name| Unit::from_ucum(&attribute(case, name)).unwrap();
        let (from, to) = (unit("srcUnit"), unit("dstUnit"));
        if from.factor().is_none() || to.factor().is_none() {
            assert!(from.fits(&to), "{from} -> {to}");
            without_factor.push(from.to_string());
            continue;
        }
        let converted = from.convert(&decimal(&attribute(case, "value")).unwrap(), &to).unwrap();
        let (outcome, last) = stated(&attribute(case, "outcome"));
        // Some outcomes are rounded to the digits of the value: within one of the last digit.
        assert!((&converted - outcome).abs() <= last, "{case}: {converted}");
    }
    // What needs π, and light-years.
    assert_eq!(without_factor, ["4.[pi].s/10*7", "4.[pi].N/10*7", "[mu_0]", "[ly]", "/[ly]"]);
}

#[test]
fn ucum_functional_tests_of_products() {
    let Some(xml) = shared("UcumFunctionalTests.xml") else {
        return;
    };
    for (section, by) in [("multiplication", 1), ("division", -1)] {
        for case in cases(&xml, section) {
            let unit = |name| Some(attribute(case, name)).filter(|code| !code.is_empty());
            let unit = |name| unit(name).map_or_else(Unit::one, |code| Unit::from_ucum(&code).unwrap());
            let value = |name| stated(&attribute(case, name)).0;
            let both = unit("u1").multiply(&unit("u2").power(by));
            let got = both.convert(&(value("v1") * value("v2").pow(by)), &unit("uRes")).unwrap();
            let (outcome, last) = stated(&attribute(case, "vRes"));
            assert!((&got - outcome).abs() <= last, "{case}: {got}");
        }
    }
}

/// Every example code is a unit to us as it is to the UCUM library, with the library's dimension
/// where neither annotations, tags nor moles take part; and its code reads back as itself.
#[test]
fn ucum_examples_agree_with_the_library() {
    let Some(table) = shared("ucum_examples.tsv") else {
        return;
    };
    let codes: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split('\t').nth(1)).collect();
    assert!(codes.len() > 800);
    let mut differ = Vec::new();
    let mut refused = Vec::new();
    for code in codes {
        let ours = Unit::from_ucum(code);
        if ours.is_ok() != octofhir_ucum::validate(code).is_ok() {
            differ.push(code);
        }
        let Ok(ours) = ours else { continue };
        assert_eq!(Unit::from_ucum(ours.code()).as_ref(), Ok(&ours), "{code}");
        if Unit::parse(code).is_err() && !code.starts_with('/') {
            refused.push(code);
        }
    }
    // UCUM's grammar has no annotation after a parenthesis, but its own examples do: we read it.
    assert_eq!(differ, ["U/(10.g){feces}", "g/(8.h){shift}", "g/kg/(8.h){shift}"]);
    // Farad, henry and megasecond: in a protocol, `°F`, `h` and `ms` are meant.
    assert_eq!(refused, ["F", "H", "Ms", "pmol/H/mg{protein}"]);
}

fn unit_like() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "mg", "dL", "/", ".", "(", ")", "{cells}", "{x}", "10*9", "x10^9", "m2", "s-1", "µmol", "²", "12", "[IU]", "%",
        "1.73m2", "Cel", "[", "}", " ", "0", "a", "×10⁹", "mm[Hg]", "kg", "Ym99", "^", "L", "dB", "[pi]",
    ]);
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn sound() -> impl Strategy<Value = Unit> {
    let unit = prop::sample::select(vec![
        "mg",
        "dL",
        "mmol",
        "{cells}",
        "{x}",
        "g{creat}",
        "10*9",
        "12.h",
        "m2",
        "[IU]",
        "%",
        "mm[Hg]",
        "Cel",
        "[degF]",
        "kat",
        "{1.73_m2}",
        "ULN",
        "a",
        "10*3{copies}",
        "100",
        "deg",
    ]);
    prop::collection::vec((unit, -2..3_i32), 0..5).prop_map(|parts| {
        let powers = parts.into_iter().map(|(unit, exponent)| Unit::from_ucum(unit).unwrap().power(exponent));
        powers.fold(Unit::one(), |all, unit| all.multiply(&unit))
    })
}

proptest! {
    #[test]
    fn no_text_makes_parse_panic(text in "\\PC{0,70}") {
        let _ = Unit::parse(&text).map_err(|error| (error.to_string(), error.corrected(&text)));
        let _ = DoseUnit::parse(&text);
    }

    #[test]
    fn no_text_like_a_unit_makes_parse_panic(text in unit_like()) {
        let read = Unit::from_ucum(&text);
        if let Ok(unit) = &read {
            prop_assert!(!unit.dimension().to_string().is_empty());
            if unit.code().len() <= 64 {
                prop_assert_eq!(Unit::from_ucum(unit.code()), Ok(unit.clone()));
            }
        }
        let _ = Unit::parse(&text).map_err(|error| (error.to_string(), error.corrected(&text)));
        let _ = DoseUnit::parse(&text).map(|dose| dose.code());
    }

    #[test]
    fn codes_of_products_are_read_back(unit in sound()) {
        if unit.code().len() <= 64 {
            let read = Unit::from_ucum(unit.code()).unwrap();
            prop_assert_eq!(&read, &unit);
            prop_assert_eq!(read.dimension(), unit.dimension());
            prop_assert_eq!(read.factor(), unit.factor());
        }
        prop_assert_eq!(unit.divide(&unit), Unit::one());
    }

    #[test]
    fn conversion_there_and_back_is_exact(above in any::<i64>(), below in 1..10_000_i64, pair in 0..6_usize) {
        let (from, to) = [("mmol/L", "umol/dL"), ("Cel", "[degF]"), ("mmHg", "kPa"), ("U/L", "nkat/mL"), ("mo", "d"), ("[lb_av]", "kg")][pair];
        let (from, to) = (Unit::parse(from).unwrap(), Unit::parse(to).unwrap());
        let value = BigRational::new(BigInt::from(above), BigInt::from(below));
        let there = from.convert(&value, &to).unwrap();
        prop_assert_eq!(to.convert(&there, &from).unwrap(), value);
    }

    #[test]
    fn substance_there_and_back_is_exact(above in any::<i64>(), mass in 1..1_000_000_i64) {
        let (from, to) = (Unit::parse("umol/L").unwrap(), Unit::parse("mg/dL").unwrap());
        let (value, mass) = (BigRational::from_integer(above.into()), BigRational::new(mass.into(), 100.into()));
        prop_assert!(!mass.is_zero());
        let there = from.convert_substance(&value, &to, &mass).unwrap();
        prop_assert_eq!(to.convert_substance(&there, &from, &mass).unwrap(), value);
    }
}
