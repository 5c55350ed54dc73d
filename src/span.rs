//! Where in the sources a thing was written.
//!
//! All files of one run share one range of offsets (see [`crate::source::Sources`]), so eight bytes name a place in any of
//! them; lines and columns are worked out only when a message is shown.

/// A half-open range of bytes in the sources of this run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The place of things that no file holds, such as what a compiled protocol is read back from.
    pub const NOWHERE: Self = Self { start: 0, end: 0 };

    #[must_use]
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    #[must_use]
    pub fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The empty place just behind this one, where a missing thing belongs.
    #[must_use]
    pub fn after(self) -> Self {
        Self { start: self.end, end: self.end }
    }

    /// The empty place just before this one.
    #[must_use]
    pub fn before(self) -> Self {
        Self { start: self.start, end: self.start }
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// The stack of a check. What is nested in a text is nested in the calls that read it; the depth of both is limited, and this
/// is room for the deepest text there may be, whatever thread it is checked on.
pub const STACK: usize = 64 * 1024 * 1024;
