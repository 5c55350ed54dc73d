//! What can be wrong with the text of a unit.

use std::fmt;

use super::unit::Unit;

/// Why a text is no unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitError {
    /// A part that is no unit.
    Unknown {
        /// The part as it was written.
        part: String,
        /// Where it starts, in bytes from the start of the text.
        offset: usize,
        /// What may have been meant in its place, the likeliest first.
        nearest: Vec<String>,
    },
    /// Parts that are put together as no unit is.
    Malformed {
        /// Where it goes wrong, in bytes from the start of the text.
        offset: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// No text at all.
    Empty,
}

impl UnitError {
    /// The whole `text` with every unknown part replaced by its likeliest correction, if that is
    /// a unit.
    #[must_use]
    pub fn corrected(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        let mut error = self.clone();
        // Each round mends one part, and a unit of more than eight parts is no slip of the pen.
        for _ in 0..8 {
            let Self::Unknown { part, offset, nearest } = &error else {
                return None;
            };
            let end = offset.checked_add(part.len())?;
            let (before, after) = (text.get(..*offset)?, text.get(end..)?);
            text = format!("{before}{}{after}", nearest.first()?);
            match Unit::parse(&text) {
                Ok(_) => return Some(text),
                Err(next) => error = next,
            }
        }
        None
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { part, nearest, .. } => {
                write!(f, "`{part}` is not a unit")?;
                match nearest.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, "; did you mean `{one}`?"),
                    [most @ .., last] => {
                        let most: Vec<String> = most.iter().map(|unit| format!("`{unit}`")).collect();
                        write!(f, "; did you mean {} or `{last}`?", most.join(", "))
                    }
                }
            }
            Self::Malformed { why, .. } => f.write_str(why),
            Self::Empty => f.write_str("a unit is missing"),
        }
    }
}

impl std::error::Error for UnitError {}
