//! Time clauses, moments and anchors.

use super::{Date, Name, Quantity, Route};
use crate::span::Span;

#[derive(Clone, Debug)]
pub struct Time {
    pub kind: TimeKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TimeKind {
    /// `within 5 half_lives or 4 weeks before first_dose, whichever is longer`
    Within {
        reach: Vec<Quantity>,
        whichever: Option<Whichever>,
        anchor: Option<(Side, Anchor)>,
    },
    /// `at least 3 months before A`
    Away {
        distance: Quantity,
        side: Side,
        anchor: Anchor,
    },
    /// `from M to M`
    Span(Moment, Moment),
    At(Moment),
    /// `during treatment`
    During(Name),
    /// `before first surgery`
    Beside(Side, Anchor),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whichever {
    Longer,
    Shorter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Before,
    After,
}

/// An anchor, or a distance from one.
#[derive(Clone, Debug)]
pub struct Moment {
    pub offset: Option<(Quantity, Side)>,
    pub anchor: Anchor,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Anchor {
    pub kind: AnchorKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum AnchorKind {
    Name(Name),
    /// `onset of X`
    Point(Point, Name),
    /// `last intravenous antibiotic`; several names after `first of { … }`.
    Pick {
        first: bool,
        route: Option<(Route, Span)>,
        names: Vec<Name>,
    },
    Week(rust_decimal::Decimal),
    Day(rust_decimal::Decimal),
    Date(Date),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    Onset,
    Start,
    End,
}
