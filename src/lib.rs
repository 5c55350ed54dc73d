//! A compiler for clinical trial protocols.

pub mod ast;
pub mod chart;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod emit;
pub mod evaluate;
pub mod examples;
pub mod explain;
pub mod format;
pub mod generate;
pub mod ir;
pub mod library;
pub mod lint;
pub mod lower;
pub mod patients;
pub mod plan;
pub mod record;
pub mod schedule;
pub mod screening;
pub mod source;
pub mod span;
pub mod syntax;
pub mod units;
pub mod visits;
pub mod world;
