//! From text to the tree of what was written.

pub mod grammar;
