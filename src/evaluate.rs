//! The reference evaluator.
pub mod interval;
pub mod kleene;
