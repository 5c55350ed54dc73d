//! Weight, height and surface as they are said on the command line or in a table.

use std::fmt::Write as _;

use num_rational::BigRational;
use num_traits::Signed;

use super::Args;
use crate::chart::{Chart, Digits, Observation, Of};
use crate::cli::exit::Failure;
use crate::record::{Reader, Record, decimal};
use crate::schedule::body::ALWAYS;
use crate::schedule::course::of_body;
use crate::schedule::row::date;
use crate::schedule::{Measures, Plan};
use crate::units::Unit;

/// A measure of the body: its unit in a calendar, and what a person can have of it.
pub(super) struct Measure {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    example: &'static str,
    most: i64,
    /// Tenths.
    least: i64,
}

pub(super) static WEIGHT: Measure = Measure { name: "weight", unit: "kg", example: "72kg", most: 600, least: 2 };
pub(super) static HEIGHT: Measure = Measure { name: "height", unit: "cm", example: "175cm", most: 280, least: 200 };
pub(super) static SURFACE: Measure = Measure { name: "bsa", unit: "m2", example: "1.87m2", most: 4, least: 1 };

impl Measure {
    /// Reads `72kg`, `72 kg`, `158.7 lb`.
    pub(super) fn read(&self, text: &str) -> Result<BigRational, String> {
        let text = text.trim();
        let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit = unit.trim();
        if number.is_empty() {
            return Err(format!(
                "`{text}` is no {}: write a number with its unit, such as {}",
                self.name, self.example
            ));
        }
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit: write it, such as {}", self.example));
        }
        let number = Digits::from(number).number().ok_or_else(|| format!("`{number}` is no number"))?;
        let known = Unit::from_ucum(unit).or_else(|_| Unit::parse(unit));
        let known = known.map_err(|_| match unit.strip_prefix(',') {
            Some(rest) => format!("`{text}`: parts of a whole stand behind a point: {number}.{}", rest.trim()),
            None => format!("`{unit}` is no unit: write a number with its unit, such as {}", self.example),
        })?;
        let own = Unit::parse(self.unit).map_err(|error| error.to_string())?;
        let number = known.convert(&number, &own).map_err(|error| error.to_string())?;
        self.plausible(number)
    }

    pub(super) fn plausible(&self, number: BigRational) -> Result<BigRational, String> {
        let (least, most) =
            (BigRational::new(self.least.into(), 10.into()), BigRational::from_integer(self.most.into()));
        if !number.is_positive() || number < least || number > most {
            return Err(format!(
                "nobody has a {} of {} {unit}: it is {} to {} {unit}",
                self.name,
                decimal(&number),
                decimal(&least),
                decimal(&most),
                unit = self.unit
            ));
        }
        Ok(number)
    }
}

/// What was said with the call.
pub(super) fn said(args: &Args) -> Result<Measures, Failure> {
    let read = |measure: &Measure, text: &Option<String>| -> Result<Vec<(i64, BigRational)>, Failure> {
        match text {
            None => Ok(Vec::new()),
            Some(text) => {
                let number = measure.read(text).map_err(|why| Failure::misuse(format!("--{}: {why}", measure.name)))?;
                Ok(vec![(ALWAYS, number)])
            }
        }
    };
    Ok(Measures {
        weight: read(&WEIGHT, &args.weight)?,
        height: read(&HEIGHT, &args.height)?,
        surface: read(&SURFACE, &args.bsa)?,
    })
}

/// Whether a rule of the plan asks about the body, and something is known of it.
pub(super) fn asks_of_body(plan: &Plan<'_>, said: &Measures) -> bool {
    let known = !said.weight.is_empty() || !said.height.is_empty() || !said.surface.is_empty();
    known && plan.rules.iter().any(|placed| of_body(&placed.rule.when))
}

/// A record that holds the body alone, as it was said.
pub(super) fn record(reader: &Reader<'_>, said: &Measures, day: i64) -> Record {
    let results = [("weight", "kg", &said.weight), ("height", "cm", &said.height), ("BSA", "m2", &said.surface)];
    let observations = results.into_iter().filter_map(|(of, unit, list)| {
        let (_, number) = list.last()?;
        Some(Observation {
            of: Of::Name(of.to_owned()),
            value: Digits::from(decimal(number).as_str()),
            comparator: None,
            unit: Some(unit.to_owned()),
            lower_limit: None,
            upper_limit: None,
            date: Some(date(day)),
            source: None,
        })
    });
    reader.record(&Chart { observations: observations.collect(), ..Chart::default() })
}

/// The body on the first day, for the head of a table.
pub(super) fn told(measures: &Measures, day: i64) -> String {
    let size = measures.on(day);
    let mut text = String::new();
    if let Some(weight) = &size.weight {
        let _ = write!(text, ", weight {} kg", decimal(weight));
    }
    if let Some((_, height)) = measures.height.iter().rfind(|(from, _)| *from <= day) {
        let _ = write!(text, ", height {} cm", decimal(height));
    }
    if let Some(surface) = &size.surface {
        let _ = write!(text, ", surface {} m2", decimal(surface));
    }
    text
}
