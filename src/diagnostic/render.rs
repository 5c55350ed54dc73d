//! How messages look: drawn for people, told for screen readers, one line each for editors, or as JSON for programs.
//!
//! A [`Renderer`] serves all messages of one check. It looks through each text once, when the first message about it comes,
//! so that a thousand messages about a large file cost no more than its lines.

mod excerpt;
mod json;
mod lines;
mod shown;
mod visible;

use std::collections::BTreeMap;

use miette::{GraphicalReportHandler, GraphicalTheme, NarratableReportHandler, ThemeCharacters, ThemeStyles};

use self::lines::Lines;
use self::shown::Shown;
pub use self::visible::visible;
use super::Diagnostic;
use crate::source::{LineColumn, SourceFile, Sources};
use crate::span::Span;

/// The forms that messages come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Drawn: the lines of the text with the places marked.
    Human,
    /// The same without drawing, for screen readers and braille displays.
    Narrated,
    /// `file:line:column: severity code: message`, one line each.
    Short,
    /// One JSON object a line; `docs/diagnostics-json.md` describes it.
    Json,
}

/// What the place where they are shown can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    pub color: Color,
    pub characters: Characters,
    /// Columns of the terminal.
    pub width: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    Ansi,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Characters {
    Unicode,
    Ascii,
}

/// Shows the messages of one check.
pub struct Renderer<'a> {
    sources: &'a Sources,
    format: Format,
    look: Look,
    /// By the offset at which the text begins.
    lines: BTreeMap<u32, Lines>,
}

impl<'a> Renderer<'a> {
    #[must_use]
    pub fn new(sources: &'a Sources, format: Format, look: Look) -> Self {
        Self { sources, format, look, lines: BTreeMap::new() }
    }

    /// One message, with the line break that ends it.
    #[must_use]
    pub fn render(&mut self, diagnostic: &Diagnostic) -> String {
        self.look_through(diagnostic);
        match self.format {
            Format::Human => self.drawn(diagnostic),
            Format::Narrated => self.narrated(diagnostic),
            Format::Short => self.short(diagnostic),
            Format::Json => json::object(self, diagnostic),
        }
    }

    /// Makes the line tables of all files that a message speaks of.
    fn look_through(&mut self, diagnostic: &Diagnostic) {
        let labels = diagnostic.secondary.iter().map(|label| label.span);
        let edits = diagnostic.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in std::iter::once(diagnostic.primary.span).chain(labels).chain(edits) {
            if let Some(file) = self.sources.file_at(span) {
                self.lines.entry(file.base()).or_insert_with(|| Lines::new(&file.text));
            }
        }
    }

    /// The file that holds a span, with its lines.
    fn file(&self, span: Span) -> Option<(&SourceFile, &Lines)> {
        let file = self.sources.file_at(span)?;
        Some((file, self.lines.get(&file.base())?))
    }

    fn drawn(&self, diagnostic: &Diagnostic) -> String {
        // A nested report is narrower than the one around it, and miette takes the difference without looking.
        let width = self.look.width.max(40);
        let handler = GraphicalReportHandler::new_themed(self.theme())
            .with_width(width)
            .with_urls(false)
            .with_show_related_as_nested(true)
            .without_syntax_highlighting();
        let mut text = String::new();
        match handler.render_report(&mut text, &Shown::drawn(self, diagnostic)) {
            Ok(()) => text + "\n",
            Err(_) => self.short(diagnostic),
        }
    }

    fn theme(&self) -> GraphicalTheme {
        GraphicalTheme {
            characters: match self.look.characters {
                Characters::Unicode => ThemeCharacters::unicode(),
                Characters::Ascii => ThemeCharacters::ascii(),
            },
            styles: match self.look.color {
                Color::Ansi => ThemeStyles::ansi(),
                Color::None => ThemeStyles::none(),
            },
        }
    }

    fn narrated(&self, diagnostic: &Diagnostic) -> String {
        let mut text = String::new();
        match NarratableReportHandler::new().render_report(&mut text, &Shown::told(self, diagnostic)) {
            Ok(()) => text + "\n",
            Err(_) => self.short(diagnostic),
        }
    }

    fn short(&self, diagnostic: &Diagnostic) -> String {
        let span = diagnostic.primary.span;
        let place = self.file(span).map_or_else(String::new, |(file, lines)| {
            let LineColumn { line, column } = lines.place(&file.text, file.local(span).start);
            format!("{}:{line}:{column}: ", file.path.display())
        });
        let said = format!("{place}{} {}: {}", diagnostic.severity(), diagnostic.code, diagnostic.message);
        visible(&said).replace(['\n', '\r'], " ") + "\n"
    }
}
