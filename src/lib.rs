//! A compiler for clinical trial protocols.

pub mod format;
pub mod syntax;
