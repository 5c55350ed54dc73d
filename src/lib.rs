//! A compiler for clinical trial protocols.

pub mod ast;
pub mod diagnostic;
pub mod source;
pub mod span;
pub mod syntax;
pub mod units;
pub mod world;
