//! The documents say what is true: every snippet in them is checked as its info string says, every command of the tutorial
//! prints what stands behind it, and every link leads somewhere.

mod links;
mod markdown;
mod snippets;
mod tutorial;
