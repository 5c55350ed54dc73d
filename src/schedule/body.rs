//! What is known of a participant's weight and body surface, and from which day on.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use super::amount::Size;
use crate::record::{Measured, Reader, Record};
use crate::units::Unit;

/// Measures with their days, in the order of these: weight in kilograms, height in centimetres, surface in square metres.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    pub weight: Vec<(i64, BigRational)>,
    pub height: Vec<(i64, BigRational)>,
    pub surface: Vec<(i64, BigRational)>,
}

/// What the doses of a plan go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByBody {
    pub weight: bool,
    pub surface: bool,
}

/// The latest one on or before a day.
fn latest(list: &[(i64, BigRational)], day: i64) -> Option<(i64, BigRational)> {
    list.iter().filter(|(known, _)| *known <= day).max_by_key(|(known, _)| *known).cloned()
}

/// Before every day there is: for what was said without a date.
pub const ALWAYS: i64 = i64::MIN;

impl Measures {
    /// Those of a record.
    #[must_use]
    pub fn of(reader: &Reader<'_>, record: &Record) -> Self {
        let read = |name: &str, unit: &str| {
            let concept = reader.trial.concepts.get(name);
            let usual = concept.and_then(|concept| concept.unit.clone());
            let (Some(usual), Ok(unit)) = (usual, Unit::parse(unit)) else { return Vec::new() };
            let results = record.results.get(name).into_iter().flatten().filter_map(|result| {
                let Measured::Number(number) = &result.value else { return None };
                // Of a date known to the month, the day from which on it is surely there.
                Some((result.when.span.last_day(), usual.convert(number, &unit).ok()?))
            });
            let mut found: Vec<_> = results.collect();
            found.sort_by_key(|(day, _)| *day);
            found
        };
        Self { weight: read("weight", "kg"), height: read("height", "cm"), surface: read("BSA", "m2") }
    }

    /// With these in front, for days that have no other.
    #[must_use]
    pub fn after(mut self, said: Self) -> Self {
        for (own, first) in
            [(&mut self.weight, said.weight), (&mut self.height, said.height), (&mut self.surface, said.surface)]
        {
            own.splice(0..0, first);
        }
        self
    }

    /// The sizes in order, each with the day from which on it holds.
    #[must_use]
    pub fn sizes(&self) -> Vec<(i64, Size)> {
        let mut days: Vec<i64> =
            [&self.weight, &self.height, &self.surface].into_iter().flatten().map(|(day, _)| *day).collect();
        days.push(ALWAYS);
        days.sort_unstable();
        days.dedup();
        days.into_iter().map(|day| (day, self.on(day))).collect()
    }

    /// The same, of what doses go by alone.
    #[must_use]
    pub fn sizes_for(&self, by: ByBody) -> Vec<(i64, Size)> {
        match by {
            ByBody { weight: false, surface: false } => vec![(ALWAYS, Size::default())],
            ByBody { weight: true, surface: true } => self.sizes(),
            ByBody { weight: true, surface: false } => {
                let mut days: Vec<i64> = self.weight.iter().map(|(day, _)| *day).chain([ALWAYS]).collect();
                days.sort_unstable();
                days.dedup();
                let of = |day: i64| Size { weight: latest(&self.weight, day).map(|(_, weight)| weight), surface: None };
                days.into_iter().map(|day| (day, of(day))).collect()
            }
            ByBody { weight: false, surface: true } => {
                self.sizes().into_iter().map(|(day, size)| (day, Size { weight: None, ..size })).collect()
            }
        }
    }

    /// The latest measures on or before a day.
    #[must_use]
    pub fn on(&self, day: i64) -> Size {
        let (weight, height, recorded) =
            (latest(&self.weight, day), latest(&self.height, day), latest(&self.surface, day));
        let derived = weight.as_ref().zip(height.as_ref()).and_then(|(weight, height)| mosteller(&weight.1, &height.1));
        // A recorded surface comes before a derived one.
        let surface = recorded.map(|(_, surface)| surface).or(derived);
        Size { weight: weight.map(|(_, weight)| weight), surface }
    }
}

/// The body surface by Mosteller (1987, doi:10.1056/NEJM198710223171717), of a weight in kilograms and a height in
/// centimetres, to two decimals, as it is written on an order.
#[must_use]
pub fn mosteller(weight: &BigRational, height: &BigRational) -> Option<BigRational> {
    if !weight.is_positive() || !height.is_positive() {
        return None;
    }
    let whole = |number: i64| BigRational::from_integer(BigInt::from(number));
    // The square, in hundredths of a square metre.
    let square = weight * height / whole(3600) * whole(10_000);
    let root = square.floor().to_integer().sqrt();
    let half = BigRational::from_integer(root.clone()) + BigRational::new(1.into(), 2.into());
    let root = if &half * &half < square { root + 1 } else { root };
    Some(BigRational::new(root, BigInt::from(100)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::decimal;

    /// 72 kg and 175 cm: 72 * 175 / 3600 = 3.5, whose root is 1.8708. 100 kg and 196 cm: 5.4444, 2.3333. 36 kg and 100 cm: 1.
    #[test]
    fn the_surface_is_taken_to_two_decimals() {
        for (weight, height, surface) in [(72, 175, "1.87"), (100, 196, "2.33"), (36, 100, "1"), (60, 160, "1.63")] {
            let whole = |number: i64| BigRational::from_integer(BigInt::from(number));
            assert_eq!(decimal(&mosteller(&whole(weight), &whole(height)).unwrap()), surface);
        }
    }
}
