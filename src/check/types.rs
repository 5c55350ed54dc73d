//! The types of values.

use super::names::ConceptIx;
use crate::ir;
use crate::units::Unit;

/// A value and its type.
#[derive(Clone, Debug)]
pub struct Typed {
    pub value: ir::Value,
    pub ty: ValueType,
}

#[derive(Clone, Debug)]
pub struct ValueType {
    pub shape: Shape,
    /// The lab, score, test or scale whose result it is, unchanged but for which one in time is taken.
    pub measure: Option<ConceptIx>,
    /// Which direction is better, where it is known.
    pub better: Option<ir::Better>,
    /// Whether only one reading makes sense: counts, changes and lengths of time are not read at a moment.
    pub assessment: ir::Assessment,
}

#[derive(Clone, Debug)]
pub enum Shape {
    /// A number that counts in this unit.
    Number(Unit),
    /// A word of this test or scale.
    Coded(ConceptIx),
    /// An amount of a drug a day.
    DailyDose,
    /// An amount of a drug, all together.
    TotalDose,
}

impl ValueType {
    pub fn number(unit: Unit) -> Self {
        Self { shape: Shape::Number(unit), measure: None, better: None, assessment: ir::Assessment::Measurement }
    }

    pub fn of(shape: Shape) -> Self {
        Self { shape, measure: None, better: None, assessment: ir::Assessment::Measurement }
    }

    pub fn assessed(mut self, assessment: ir::Assessment) -> Self {
        self.assessment = assessment;
        self
    }

    /// The type of something worked out from it: no longer a result.
    pub fn derived(mut self) -> Self {
        self.measure = None;
        self
    }
}

/// What an expression turned out to be.
pub enum Elaborated {
    Truth(ir::Truth),
    Value(Typed),
}
