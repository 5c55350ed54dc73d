//! Values: results, doses, counts, arithmetic.

use super::event::{Behind, by_route};
use super::{Words, number};
use crate::ir::{ConceptId, EventClass, Operator, Pick, Route, Truth, Value, ValueKind};

/// How closely a sign binds what stands beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Terms,
    Factors,
    Power,
}

/// The side of a sign: operands are joined from the left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hand {
    Left,
    Right,
}

impl Words<'_> {
    /// See [`super::value`].
    #[must_use]
    pub fn value(self, value: &Value) -> String {
        match &value.kind {
            ValueKind::If { branches, otherwise } => self.choice(branches, otherwise),
            ValueKind::Quantity(quantity) => number::quantity(quantity),
            ValueKind::DoseQuantity(dose) => number::dose(dose),
            ValueKind::Word { word, .. } => word.to_string(),
            ValueKind::Result { of, pick } => format!("{}{of}", picked(*pick)),
            ValueKind::Age => "age".to_owned(),
            ValueKind::Defined { definition, pick } => format!("{}{definition}", picked(*pick)),
            ValueKind::PerUpperLimit { of, pick } => format!("{}{of} per ULN", picked(*pick)),
            ValueKind::PerLowerLimit { of, pick } => format!("{}{of} per LLN", picked(*pick)),
            ValueKind::MeanOf { count, of, apart } => {
                format!("mean of {count} {}{}", self.sum(of), apart_by(apart.as_ref()))
            }
            ValueKind::EachOf { count, of, apart } => {
                format!("each of {count} {}{}", self.sum(of), apart_by(apart.as_ref()))
            }
            ValueKind::Arithmetic { operator, left, right } => self.arithmetic(*operator, left, right),
            ValueKind::In { value, unit } => format!("{} as {}", self.sum(value), number::unit(unit)),
            ValueKind::HighestOf(list) => format!("highest of {}", self.values(list)),
            ValueKind::LowestOf(list) => format!("lowest of {}", self.values(list)),
            ValueKind::SumOf(list) => format!("sum of {}", self.values(list)),
            ValueKind::DailyDose { of, route, equivalent_to, pick } => {
                format!("{}dose of {}", picked(*pick), self.dosed(of, *route, equivalent_to.as_ref()))
            }
            ValueKind::TotalDose { of, route, equivalent_to } => {
                format!("total dose of {}", self.dosed(of, *route, equivalent_to.as_ref()))
            }
            ValueKind::Change { of, relative } => {
                format!("{}change in {}", if *relative { "relative " } else { "" }, self.sum(of))
            }
            ValueKind::CountOf { of } => format!("count of {}", self.counted(of)),
            ValueKind::LinesOf { of } => format!("lines of {}", self.counted(of)),
            ValueKind::RateOf { of, per } => format!("rate of {} per {}", self.counted(of), number::duration(per)),
            ValueKind::TimeBetween { from, to } => format!("time {}", self.span(from, to)),
        }
    }

    /// Where a choice needs parentheses.
    pub(super) fn sum(self, value: &Value) -> String {
        let text = self.value(value);
        if matches!(value.kind, ValueKind::If { .. }) { format!("({text})") } else { text }
    }

    fn choice(self, branches: &[(Truth, Value)], otherwise: &Value) -> String {
        let branch = |(condition, value): &(Truth, Value)| {
            format!("if {} then {} else ", self.condition(condition), self.sum(value))
        };
        let branches: String = branches.iter().map(branch).collect();
        format!("{branches}{}", self.sum(otherwise))
    }

    fn arithmetic(self, operator: Operator, left: &Value, right: &Value) -> String {
        let left = self.operand(left, operator, Hand::Left);
        let right = self.operand(right, operator, Hand::Right);
        format!("{left} {} {right}", sign(operator))
    }

    fn operand(self, value: &Value, beside: Operator, hand: Hand) -> String {
        let looser = |operator: Operator| match hand {
            Hand::Left => strength(operator) < strength(beside),
            Hand::Right => strength(operator) <= strength(beside),
        };
        let sum = matches!(&value.kind, ValueKind::Arithmetic { operator, .. } if looser(*operator));
        // `creatinine as mg/dL / 0.7 mg/dL` would look like one long unit.
        let apart = sum || matches!(value.kind, ValueKind::In { .. });
        let text = self.sum(value);
        if apart { format!("({text})") } else { text }
    }

    /// What stands behind `dose of`.
    pub(super) fn dosed(self, of: &[EventClass], route: Option<Route>, equivalent_to: Option<&ConceptId>) -> String {
        let drugs = self.event_classes(of, Behind::Clauses);
        let equivalent = equivalent_to.map(|drug| format!(" as {drug}")).unwrap_or_default();
        format!("{}{drugs}{equivalent}", by_route(route))
    }
}

fn apart_by(apart: Option<&crate::ir::Duration>) -> String {
    apart.map(|apart| format!(" at least {} apart", number::duration(apart))).unwrap_or_default()
}

fn picked(pick: Pick) -> &'static str {
    match pick {
        Pick::Latest => "",
        Pick::First => "first ",
        Pick::Highest => "highest ",
        Pick::Lowest => "lowest ",
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Times => "*",
        Operator::Over => "/",
        Operator::Power => "^",
    }
}

fn strength(operator: Operator) -> Strength {
    match operator {
        Operator::Plus | Operator::Minus => Strength::Terms,
        Operator::Times | Operator::Over => Strength::Factors,
        Operator::Power => Strength::Power,
    }
}
