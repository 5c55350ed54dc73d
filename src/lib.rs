//! A compiler for clinical trial protocols.

pub mod syntax;
