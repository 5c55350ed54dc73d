//! Epochs, regimens, arms, doses and the rules that change them.

use super::{Expr, Integer, Name, Quantity, Range, Role, Route, Text};
use crate::span::Span;

#[derive(Clone, Debug)]
pub struct Epoch {
    pub name: Name,
    pub prose: Option<Text>,
    pub extent: Option<Extent>,
    pub until: Option<Expr>,
    pub masking: Option<Name>,
    pub span: Span,
}

/// A length of time, exact or at most.
#[derive(Clone, Debug)]
pub struct Extent {
    pub at_most: bool,
    pub quantity: Quantity,
}

#[derive(Clone, Debug)]
pub struct Regimen {
    pub name: Name,
    pub prose: Option<Text>,
    pub dosings: Vec<Dosing>,
    pub broken: bool,
    pub span: Span,
}

/// Treatment for every arm.
#[derive(Clone, Debug)]
pub struct Background {
    pub name: Name,
    pub prose: Option<Text>,
    pub stages: Vec<Stage>,
    pub broken: bool,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArmRole {
    Experimental,
    ActiveComparator,
    PlaceboComparator,
    ShamComparator,
    NoIntervention,
    Other,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub role: ArmRole,
    pub name: Name,
    pub prose: Option<Text>,
    pub cohorts: Vec<Name>,
    pub stages: Vec<Stage>,
    pub broken: bool,
    pub span: Span,
}

/// `in treatment, follow_up { … }`; no epochs where the treatment stands directly in the arm.
#[derive(Clone, Debug)]
pub struct Stage {
    pub epochs: Vec<Name>,
    pub dosings: Vec<Dosing>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Dosing {
    Give(Medication),
    OneOf(Vec<Medication>, Span),
    Cycle { length: Quantity, extent: Option<Extent>, dosings: Vec<Dosing>, span: Span },
    Phase { name: Name, prose: Option<Text>, extent: Option<Extent>, dosings: Vec<Dosing>, span: Span },
    Hold { drug: Name, when: Expr, until: Option<Expr>, span: Span },
    Stop { drug: Name, when: Expr, span: Span },
    Reduce { drug: Name, by: Reduction, when: Expr, span: Span },
    Adjust { drug: Name, to: Amount, when: Expr, span: Span },
}

#[derive(Clone, Debug)]
pub enum Reduction {
    Levels(Integer),
    By(Quantity),
    To(Quantity),
}

#[derive(Clone, Debug)]
pub struct Medication {
    /// `placebo for X`
    pub placebo: bool,
    pub name: Name,
    pub amount: Option<Amount>,
    pub route: Option<(Route, Span)>,
    pub schedule: Option<Schedule>,
    pub clauses: Vec<Clause>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Amount {
    pub kind: AmountKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum AmountKind {
    Missing(Text),
    Judged { question: Option<Text>, by: Option<Role> },
    Fixed { quantity: Quantity, equivalent: Option<Name> },
    Range { range: Range, equivalent: Option<Name> },
}

#[derive(Clone, Debug)]
pub struct Schedule {
    pub kind: ScheduleKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ScheduleKind {
    Once,
    Daily,
    TimesDaily(Integer),
    Every(Quantity),
    AsNeeded,
    /// Days of the stage or cycle, each a closed range; repeated where `of every` says so. On each of them once, or so often.
    OnDays {
        days: Vec<(u32, u32, Span)>,
        of_every: Option<Quantity>,
        times: Option<Integer>,
    },
}

#[derive(Clone, Debug)]
pub struct Clause {
    pub kind: ClauseKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ClauseKind {
    For(Extent),
    Max { quantity: Quantity, total: bool },
    Rounded { direction: Rounding, to: Quantity },
    Titrated { up: bool, step: Quantity, every: Quantity, to: Quantity, when: Option<Expr> },
    Levels(Vec<Quantity>),
    Over(Quantity),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    Nearest,
    Up,
    Down,
}
