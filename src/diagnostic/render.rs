//! How messages look.
