//! A host for a module in JavaScript: one file, with the module in it or beside it.
