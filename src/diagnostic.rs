//! What `check` has to say: one struct for every message, whatever found it.
//!
//! The message is written where the fault is found: what is wrong in `message`, where in the labels, what to do in `help`.
//! How it looks is the business of [`render`].

pub mod code;
pub mod render;

pub use code::{Code, Severity};

use crate::span::Span;

/// One message to the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static Code,
    /// What is wrong: lower case, no final period, the author's text in backticks.
    pub message: String,
    /// The exact place, and what is to be said of it.
    pub primary: Label,
    /// The other places involved.
    pub secondary: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// An edit that mends it, where a program can make it.
    pub fix: Option<Fix>,
}

/// A place with a few words on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// Edits that mend a fault together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub title: String,
    pub edits: Vec<Edit>,
    pub applicability: Applicability,
}

/// Whether a program may make the edits without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// Nothing else can have been meant.
    Sure,
    /// One of the things that may have been meant: only shown.
    Guess,
}

/// One replacement; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

impl Diagnostic {
    #[must_use]
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// The words at the exact place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place involved. A place that no file holds is left out.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        if span != Span::NOWHERE {
            self.secondary.push(Label { span, text: text.into() });
        }
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// An edit that a program can make on the author's behalf: nothing else can have been meant.
    #[must_use]
    pub fn fix(self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.edit(title.into(), Edit { span, replacement: replacement.into() }, Applicability::Sure)
    }

    /// An edit that may be what the author meant, and is only shown.
    #[must_use]
    pub fn guess(self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.edit(title.into(), Edit { span, replacement: replacement.into() }, Applicability::Guess)
    }

    /// Several edits belong together, and one guess among them makes all of them a guess.
    fn edit(mut self, title: String, edit: Edit, applicability: Applicability) -> Self {
        match &mut self.fix {
            Some(fix) => {
                fix.edits.push(edit);
                if applicability == Applicability::Guess {
                    fix.applicability = applicability;
                }
            }
            None => self.fix = Some(Fix { title, edits: vec![edit], applicability }),
        }
        self
    }

    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity
    }
}

/// The messages of one run, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|found| found.severity() == Severity::Error)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Puts them into the order of the text, and keeps one of those that say the same of the same place.
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| (a.primary.span, a.code.id, &a.message).cmp(&(b.primary.span, b.code.id, &b.message)));
        self.list.dedup();
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, iter: T) {
        self.list.extend(iter);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}
