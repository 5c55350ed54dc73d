//! Messages for programs: one JSON object a line. `docs/diagnostics-json.md` is the contract.

use serde::Serialize;

use super::Renderer;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Label};
use crate::span::Span;

#[derive(Serialize)]
struct Object<'a> {
    code: &'static str,
    severity: String,
    message: &'a str,
    place: Option<Place>,
    label: Option<&'a str>,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
    fix: Option<Mending<'a>>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    /// Bytes from the start of the file.
    offset: usize,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Related<'a> {
    place: Option<Place>,
    label: &'a str,
}

#[derive(Serialize)]
struct Mending<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    place: Option<Place>,
    replacement: &'a str,
}

pub(super) fn object<'a>(renderer: &Renderer<'_>, diagnostic: &'a Diagnostic) -> String {
    let related = |label: &'a Label| Related { place: place(renderer, label.span), label: &label.text };
    let object = Object {
        code: diagnostic.code.id,
        severity: diagnostic.severity().to_string(),
        message: &diagnostic.message,
        place: place(renderer, diagnostic.primary.span),
        label: Some(diagnostic.primary.text.as_str()).filter(|text| !text.is_empty()),
        related: diagnostic.secondary.iter().map(related).collect(),
        help: diagnostic.help.as_deref(),
        fix: diagnostic.fix.as_ref().map(|fix| mending(renderer, fix)),
    };
    // Nothing in it can fail: there are no maps and no numbers but whole ones.
    serde_json::to_string(&object).unwrap_or_default() + "\n"
}

fn place(renderer: &Renderer<'_>, span: Span) -> Option<Place> {
    let (file, lines) = renderer.file(span)?;
    let range = file.local(span);
    let position = |offset: usize| {
        let found = lines.place(&file.text, offset);
        Position { offset, line: found.line, column: found.column }
    };
    Some(Place {
        file: file.path.to_string_lossy().into_owned(),
        start: position(range.start),
        end: position(range.end),
    })
}

fn mending<'a>(renderer: &Renderer<'_>, fix: &'a Fix) -> Mending<'a> {
    let replacement =
        |edit: &'a Edit| Replacement { place: place(renderer, edit.span), replacement: &edit.replacement };
    let applicability = match fix.applicability {
        Applicability::Sure => "sure",
        Applicability::Guess => "guess",
    };
    Mending { title: &fix.title, applicability, edits: fix.edits.iter().map(replacement).collect() }
}
