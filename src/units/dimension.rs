//! What a unit measures: exponents of eight base dimensions, and of tags.
//!
//! Amount of substance is a base dimension here, as in the SI and unlike in UCUM, where a mole is
//! a number. A tag is a dimension that nothing else converts to: `[IU]`, `%`, `{1.73_m2}`.

use std::sync::Arc;

/// How many base dimensions there are.
pub(super) const BASES: usize = 8;

/// Exponents of length, time, mass, amount of substance, temperature, charge, luminous intensity
/// and plane angle, in this order.
pub(super) type Exponents = [i32; BASES];

pub(super) const NUMBER: Exponents = [0; BASES];
pub(super) const LENGTH: Exponents = [1, 0, 0, 0, 0, 0, 0, 0];
pub(super) const TIME: Exponents = [0, 1, 0, 0, 0, 0, 0, 0];
pub(super) const MASS: Exponents = [0, 0, 1, 0, 0, 0, 0, 0];
pub(super) const AMOUNT: Exponents = [0, 0, 0, 1, 0, 0, 0, 0];
pub(super) const TEMPERATURE: Exponents = [0, 0, 0, 0, 1, 0, 0, 0];
pub(super) const CHARGE: Exponents = [0, 0, 0, 0, 0, 1, 0, 0];
pub(super) const LUMINOUS: Exponents = [0, 0, 0, 0, 0, 0, 1, 0];
pub(super) const ANGLE: Exponents = [0, 0, 0, 0, 0, 0, 0, 1];

/// What a unit measures. Two units fit each other if their dimensions are equal. `Display` says
/// it in words: "mass per volume".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimension {
    base: Exponents,
    /// Sorted by name, no exponent zero.
    tags: Vec<(Arc<str>, i32)>,
}

impl Dimension {
    /// The dimension of a plain number.
    #[must_use]
    pub fn number() -> Self {
        Self::of(NUMBER)
    }

    /// The dimension of time.
    #[must_use]
    pub fn time() -> Self {
        Self::of(TIME)
    }

    /// Whether it is that of a plain number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.base == NUMBER && self.tags.is_empty()
    }

    /// Whether it is time and nothing else.
    #[must_use]
    pub fn is_time(&self) -> bool {
        self.base == TIME && self.tags.is_empty()
    }

    pub(super) fn of(base: Exponents) -> Self {
        Self { base, tags: Vec::new() }
    }

    pub(super) fn tag(name: &str) -> Self {
        Self { base: NUMBER, tags: vec![(Arc::from(name), 1)] }
    }

    pub(super) fn base(&self) -> &Exponents {
        &self.base
    }

    pub(super) fn tags(&self) -> &[(Arc<str>, i32)] {
        &self.tags
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut base = self.base;
        for (mine, theirs) in base.iter_mut().zip(other.base) {
            *mine = mine.saturating_add(theirs);
        }
        let mut tags = self.tags.clone();
        for (name, exponent) in &other.tags {
            match tags.binary_search_by(|(mine, _)| mine.cmp(name)) {
                Ok(found) => {
                    if let Some((_, mine)) = tags.get_mut(found) {
                        *mine = mine.saturating_add(*exponent);
                    }
                }
                Err(place) => tags.insert(place, (Arc::clone(name), *exponent)),
            }
        }
        tags.retain(|(_, exponent)| *exponent != 0);
        Self { base, tags }
    }

    pub(super) fn power(&self, exponent: i32) -> Self {
        if exponent == 0 {
            return Self::number();
        }
        let base = self.base.map(|mine| mine.saturating_mul(exponent));
        let tags = self.tags.iter();
        let tags = tags.map(|(name, mine)| (Arc::clone(name), mine.saturating_mul(exponent)));
        Self { base, tags: tags.collect() }
    }

    /// How often amount of substance takes part.
    pub(super) fn amount(&self) -> i32 {
        let [_, _, _, amount, ..] = self.base;
        amount
    }

    /// The same with every mole weighed: mass in place of amount of substance.
    pub(super) fn weighed(&self) -> Self {
        let [length, time, mass, amount, rest @ ..] = self.base;
        let [temperature, charge, luminous, angle] = rest;
        let mass = mass.saturating_add(amount);
        let base = [length, time, mass, 0, temperature, charge, luminous, angle];
        Self { base, tags: self.tags.clone() }
    }
}
