//! The units that we convert, with exact factors.
//!
//! Each factor is the one of the UCUM specification, version 2.2, in the class of units that the
//! row names (`ucum-essence.xml`), reduced to metre, second, gram, mole, kelvin, coulomb, candela
//! and radian; those of SI units are the same in the SI brochure, 9th edition (2019), tables 4
//! and 8. In UCUM a millimetre of mercury is 133.322 Pa, a calorie the thermochemical one of
//! 4.184 J, a year 365.25 days, and a month a twelfth of it. An equivalent is a mole to UCUM, which
//! holds for ions of one charge only (2 meq of calcium are 1 mmol), and an osmole is a mole too.
//! Rows without a class are ours.

use super::atom::Measure::{Linear, Scale, Tag};
use super::atom::{Prefixes, Row, UnitKind};
use super::dimension::{AMOUNT, ANGLE, CHARGE, Exponents, LENGTH, LUMINOUS, MASS, NUMBER, TEMPERATURE, TIME};

const AREA: Exponents = [2, 0, 0, 0, 0, 0, 0, 0];
const VOLUME: Exponents = [3, 0, 0, 0, 0, 0, 0, 0];
const FREQUENCY: Exponents = [0, -1, 0, 0, 0, 0, 0, 0];
const FORCE: Exponents = [1, -2, 1, 0, 0, 0, 0, 0];
const PRESSURE: Exponents = [-1, -2, 1, 0, 0, 0, 0, 0];
const ENERGY: Exponents = [2, -2, 1, 0, 0, 0, 0, 0];
const POWER: Exponents = [2, -3, 1, 0, 0, 0, 0, 0];
const ABSORBED: Exponents = [2, -2, 0, 0, 0, 0, 0, 0];
const CURRENT: Exponents = [0, -1, 0, 0, 0, 1, 0, 0];
const VOLTAGE: Exponents = [2, -2, 1, 0, 0, -1, 0, 0];
const RESISTANCE: Exponents = [2, -1, 1, 0, 0, -2, 0, 0];
const CONDUCTANCE: Exponents = [-2, 1, -1, 0, 0, 2, 0, 0];
const FLUX_DENSITY: Exponents = [0, -1, 1, 0, 0, -1, 0, 0];
const CATALYTIC: Exponents = [0, -1, 0, 1, 0, 0, 0, 0];
const VISCOSITY: Exponents = [-1, -1, 1, 0, 0, 0, 0, 0];
const VASCULAR: Exponents = [-4, -1, 1, 0, 0, 0, 0, 0];
const DIOPTRE: Exponents = [-1, 0, 0, 0, 0, 0, 0, 0];
const UPTAKE: Exponents = [3, -1, -1, 0, 0, 0, 0, 0];

/// A unit that takes prefixes.
const fn si(
    code: &'static str,
    name: &'static str,
    factor: &'static str,
    base: Exponents,
    source: &'static str,
) -> Row {
    let measure = Linear(factor, base);
    Row { code, symbols: &[], words: &[], name, prefixes: Prefixes::Si, measure, kind: UnitKind::Plain, source }
}

/// A unit that takes none.
const fn bare(
    code: &'static str,
    name: &'static str,
    factor: &'static str,
    base: Exponents,
    source: &'static str,
) -> Row {
    Row { prefixes: Prefixes::None, ..si(code, name, factor, base, source) }
}

/// A unit that nothing else converts to.
const fn own(code: &'static str, name: &'static str, kind: UnitKind) -> Row {
    Row { measure: Tag(code), kind, ..bare(code, name, "1", NUMBER, "") }
}

impl Row {
    const fn symbols(self, symbols: &'static [&'static str]) -> Self {
        Self { symbols, ..self }
    }

    const fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    const fn kind(self, kind: UnitKind) -> Self {
        Self { kind, ..self }
    }
}

/// Every unit with a factor of our own.
pub(super) const ROWS: &[Row] = &[
    // Base units.
    si("m", "metre", "1", LENGTH, "base").words(&["metre", "metres", "meter", "meters"]),
    si("s", "second", "1", TIME, "base").words(&["sec", "secs", "second", "seconds"]),
    si("g", "gram", "1", MASS, "base").words(&["gram", "grams"]),
    si("K", "kelvin", "1", TEMPERATURE, "base"),
    si("C", "coulomb", "1", CHARGE, "base"),
    si("cd", "candela", "1", LUMINOUS, "base"),
    si("rad", "radian", "1", ANGLE, "base"),
    si("mol", "mole", "1", AMOUNT, "si"),
    // Time.
    bare("min", "minute", "60", TIME, "iso1000").words(&["mins", "minute", "minutes"]),
    bare("h", "hour", "3600", TIME, "iso1000").words(&["hr", "hrs", "hour", "hours"]),
    bare("d", "day", "86400", TIME, "iso1000").words(&["day", "days"]),
    bare("wk", "week", "604800", TIME, "iso1000").words(&["week", "weeks"]),
    bare("mo", "month of the calendar", "2629800", TIME, "iso1000")
        .words(&["month", "months"])
        .kind(UnitKind::CalendarMonths(1)),
    bare("a", "year of the calendar", "31557600", TIME, "iso1000")
        .words(&["yr", "yrs", "year", "years"])
        .kind(UnitKind::CalendarMonths(12)),
    // Derived SI units and what is used with them.
    si("L", "litre", "0.001", VOLUME, "iso1000").symbols(&["l"]).words(&["litre", "litres", "liter", "liters"]),
    si("Hz", "hertz", "1", FREQUENCY, "si"),
    si("N", "newton", "1000", FORCE, "si"),
    si("Pa", "pascal", "1000", PRESSURE, "si"),
    si("J", "joule", "1000", ENERGY, "si"),
    si("W", "watt", "1000", POWER, "si"),
    si("A", "ampere", "1", CURRENT, "si"),
    si("V", "volt", "1000", VOLTAGE, "si"),
    si("Ohm", "ohm", "1000", RESISTANCE, "si").symbols(&["\u{3a9}", "\u{2126}"]),
    si("S", "siemens", "0.001", CONDUCTANCE, "si"),
    si("T", "tesla", "1000", FLUX_DENSITY, "si"),
    si("Bq", "becquerel", "1", FREQUENCY, "si"),
    si("Gy", "gray", "1", ABSORBED, "si"),
    si("Sv", "sievert", "1", ABSORBED, "si"),
    si("Ci", "curie", "37000000000", FREQUENCY, "cgs"),
    si("dyn", "dyne", "0.01", FORCE, "cgs"),
    si("P", "poise", "100", VISCOSITY, "cgs"),
    si("bar", "bar", "100000000", PRESSURE, "iso1000"),
    bare("atm", "standard atmosphere", "101325000", PRESSURE, "const"),
    si("m[Hg]", "metre of mercury", "133322000", PRESSURE, "clinical").symbols(&["mHg"]),
    si("m[H2O]", "metre of water", "9806650", PRESSURE, "clinical").symbols(&["mH2O"]),
    si("cal", "calorie", "4184", ENERGY, "heat"),
    si("kat", "katal", "1", CATALYTIC, "chemical"),
    si("U", "enzyme unit", "1/60000000", CATALYTIC, "chemical"),
    si("eq", "equivalent", "1", AMOUNT, "chemical").symbols(&["Eq"]),
    si("osm", "osmole", "1", AMOUNT, "chemical").symbols(&["Osm", "osmol", "Osmol"]),
    // Numbers.
    bare("[ppth]", "part per thousand", "0.001", NUMBER, "dimless"),
    bare("[ppm]", "part per million", "0.000001", NUMBER, "dimless").words(&["ppm"]),
    bare("[ppb]", "part per billion", "0.000000001", NUMBER, "dimless").words(&["ppb"]),
    bare("[pptr]", "part per trillion", "0.000000000001", NUMBER, "dimless"),
    // Units of the clinic.
    bare("[wood'U]", "Wood unit", "7999320000", VASCULAR, "clinical").words(&["WU", "wood_units"]),
    bare("[MET]", "metabolic equivalent", "0.0000000035/60", UPTAKE, "clinical").words(&["MET", "METs"]),
    bare("[diop]", "dioptre", "1", DIOPTRE, "clinical").words(&["dioptre", "dioptres", "diopter", "diopters"]),
    bare("[Ch]", "Charrière", "0.001/3", LENGTH, "clinical").words(&["Fr"]),
    bare("[drp]", "drop of 0.05 mL", "0.00000005", VOLUME, "clinical"),
    // Customary units.
    bare("[in_i]", "inch", "0.0254", LENGTH, "intcust").words(&["inch", "inches"]),
    bare("[ft_i]", "foot", "0.3048", LENGTH, "intcust").words(&["foot", "feet"]),
    bare("[mi_i]", "mile", "1609.344", LENGTH, "intcust"),
    bare("[sft_i]", "square foot", "0.09290304", AREA, "intcust"),
    bare("[lb_av]", "pound", "453.59237", MASS, "avoirdupois").words(&["lb", "lbs"]),
    bare("[oz_av]", "ounce", "28.349523125", MASS, "avoirdupois").words(&["oz"]),
    bare("[stone_av]", "stone", "6350.29318", MASS, "avoirdupois"),
    bare("[foz_us]", "US fluid ounce", "0.0000295735295625", VOLUME, "us-volumes"),
    bare("[tbs_us]", "US tablespoon", "0.00001478676478125", VOLUME, "us-volumes"),
    bare("[tsp_us]", "US teaspoon", "0.00000492892159375", VOLUME, "us-volumes"),
    bare("[cup_us]", "US cup", "0.0002365882365", VOLUME, "us-volumes"),
    // Temperature: kelvin = (value + offset) × factor.
    Row {
        measure: Scale { factor: "1", offset: "273.15", interval: "K" },
        ..bare("Cel", "degree Celsius", "1", TEMPERATURE, "si")
    }
    .words(&["°C", "℃", "degC"])
    .kind(UnitKind::Special),
    Row {
        measure: Scale { factor: "5/9", offset: "459.67", interval: "[degR]" },
        ..bare("[degF]", "degree Fahrenheit", "1", TEMPERATURE, "heat")
    }
    .words(&["°F", "℉", "degF"])
    .kind(UnitKind::Special),
    bare("[degR]", "degree Rankine", "5/9", TEMPERATURE, "heat"),
    // Dimensions of their own.
    own("%", "per cent", UnitKind::Percent),
    Row { prefixes: Prefixes::Si, source: "chemical", ..own("[IU]", "international unit", UnitKind::Plain) }
        .symbols(&["IU", "[iU]"]),
    Row { source: "chemical", ..own("[CFU]", "colony forming unit", UnitKind::Plain) }.words(&["CFU"]),
    own("[HPF]", "high power field", UnitKind::Plain).words(&["HPF", "hpf"]),
    own("[LPF]", "low power field", UnitKind::Plain).words(&["LPF", "lpf"]),
    own("[pH]", "pH", UnitKind::Special).words(&["pH"]),
    own("%predicted", "per cent of the predicted value", UnitKind::PercentPredicted).words(&["%pred"]),
    own("ULN", "upper limit of normal", UnitKind::UpperLimit).words(&["xULN", "×ULN"]),
    own("LLN", "lower limit of normal", UnitKind::LowerLimit).words(&["xLLN", "×LLN"]),
    own("half_lives", "half-life of the drug", UnitKind::HalfLives).words(&["half_life"]),
    own("cycles", "treatment cycle", UnitKind::Cycles).words(&["cycle"]),
];
