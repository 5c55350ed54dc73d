//! Dose calendars: what a participant of an arm is given, on which day, how much, and why.
//!
//! A [`Plan`] is an arm laid out in lines; a [`Sheet`] has the days of each line for a first day; a [`Calendar`] goes through
//! them dose by dose with their amounts, for one participant. Everything that is binding stands in `docs/language.md`,
//! section 9. The emitters beside it (`table`, `csv`, `json`, `ics`) find no meaning, they write.

pub mod amount;
pub mod body;
pub mod calendar;
pub mod course;
pub mod csv;
pub mod days;
pub mod given;
pub mod ics;
pub mod json;
mod number;
pub mod plan;
pub mod row;
pub mod sheets;
pub mod table;

pub use body::Measures;
pub use calendar::{Calendar, PlannedDose, State};
pub use days::Sheet;
pub use number::Number;
pub use plan::{Plan, PlanError};
pub use row::Row;
pub use sheets::Sheets;
