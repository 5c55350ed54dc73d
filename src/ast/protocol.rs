//! Criteria, cohorts, visits, outcomes and estimands.

use super::{Anchor, Expr, Moment, Name, Quantity, Range, Role, Text, Time};
use crate::span::Span;

/// `name "prose" time for cohort c when condition`
#[derive(Clone, Debug)]
pub struct Head {
    pub name: Name,
    pub prose: Option<Text>,
    pub time: Option<Time>,
    pub cohorts: Vec<Name>,
    pub when: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Eligibility {
    pub anchor: Anchor,
    pub lookback: Option<Quantity>,
    pub criteria: Vec<Criterion>,
    pub broken: bool,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Polarity {
    Include,
    Exclude,
}

#[derive(Clone, Debug)]
pub struct Criterion {
    pub polarity: Polarity,
    pub head: Head,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RestrictionKind {
    Require,
    Forbid,
    Permit,
}

#[derive(Clone, Debug)]
pub struct Restriction {
    pub kind: RestrictionKind,
    pub head: Head,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Cohort {
    pub name: Name,
    pub prose: Option<Text>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Population {
    pub name: Name,
    pub prose: Option<Text>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Visit {
    pub name: Name,
    pub prose: Option<Text>,
    pub time: VisitTime,
    pub window: Option<Range>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum VisitTime {
    At(Moment),
    /// Any day of a span.
    Span(Moment, Moment),
    Every {
        step: Quantity,
        from: Moment,
        to: Moment,
    },
}

#[derive(Clone, Debug)]
pub struct Collect {
    pub measures: Vec<Name>,
    pub visits: Vec<Name>,
    pub when: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    Primary,
    Secondary,
    Exploratory,
    Other,
}

#[derive(Clone, Debug)]
pub struct Outcome {
    pub rank: Rank,
    pub name: Name,
    pub prose: Option<Text>,
    pub time: Option<Time>,
    pub population: Option<Name>,
    pub assessed_by: Option<Role>,
    pub confirmed: Option<Quantity>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Estimand {
    pub name: Name,
    pub prose: Option<Text>,
    pub outcome: Name,
    pub parts: Vec<EstimandPart>,
    pub broken: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum EstimandPart {
    Population(Name),
    Compare(Name, Name),
    Summary(Name),
    Intercurrent(Box<Intercurrent>),
    /// What stands in for a result that is missing.
    Missing(Name),
}

#[derive(Clone, Debug)]
pub struct Intercurrent {
    pub head: Head,
    pub body: Expr,
    pub strategy: Name,
}
