//! stub
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::source::Sources;
use crate::span::Span;
use crate::world::World;

/// What to check.
pub struct Input {
    pub path: PathBuf,
    pub text: Option<Arc<str>>,
}

/// A checked file.
pub struct Checked {
    pub(crate) name: Option<String>,
}

impl Checked {
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.name.is_none()
    }
}

pub fn check(world: &dyn World, sources: &mut Sources, input: Input) -> (Option<Checked>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let text: Arc<str> = match input.text {
        Some(text) => text,
        None => match world.read(&input.path).map(String::from_utf8) {
            Ok(Ok(text)) => text.into(),
            Ok(Err(_)) => {
                sources.add(input.path, "");
                diagnostics.push(Diagnostic::new(&code::BAD_TEXT, Span::new(1, 1), "this file is not UTF-8"));
                return (None, diagnostics);
            }
            Err(error) => {
                diagnostics.push(Diagnostic::new(&code::UNREADABLE, Span::NOWHERE, error.to_string()));
                return (None, diagnostics);
            }
        },
    };
    let id = sources.add(input.path, text.clone());
    let base = sources.get(id).map_or(1, crate::source::SourceFile::base);
    let parsed = crate::syntax::parse(&text, base, &mut diagnostics);
    let name = parsed.file.items.iter().find_map(|item| match item {
        crate::ast::Item::Trial(_) => Some("trial".to_owned()),
        _ => None,
    });
    for (at, _) in text.match_indices("missing \"") {
        let at = base + u32::try_from(at).unwrap_or(0);
        diagnostics.push(Diagnostic::new(&code::MISSING_PART, Span::new(at, at + 7), "a stub's warning"));
    }
    let checked = (!diagnostics.has_errors()).then_some(Checked { name });
    (checked, diagnostics)
}
