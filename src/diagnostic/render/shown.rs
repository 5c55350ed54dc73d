//! One of our messages as miette wants to see it.

use std::fmt;

use miette::{LabeledSpan, SourceCode};

use super::Renderer;
use super::excerpt::Excerpt;
use super::visible::visible;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Label, Severity};
use crate::span::Span;

/// A message. What lies in other files, or further up in the same one, comes behind it as messages of its own: miette heads
/// a drawing with the first place of the text, and that has to be the place of the fault.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    source: Option<Excerpt<'a>>,
    labels: Vec<LabeledSpan>,
    elsewhere: Vec<Shown<'a>>,
}

impl<'a> Shown<'a> {
    /// For [`super::Format::Human`].
    pub(super) fn drawn(renderer: &'a Renderer<'_>, diagnostic: &Diagnostic) -> Self {
        Self::new(renderer, diagnostic, format!("{} {}", diagnostic.severity(), diagnostic.code))
    }

    /// For [`super::Format::Narrated`], which names the severity by itself.
    pub(super) fn told(renderer: &'a Renderer<'_>, diagnostic: &Diagnostic) -> Self {
        Self::new(renderer, diagnostic, diagnostic.code.to_string())
    }

    fn new(renderer: &'a Renderer<'_>, diagnostic: &Diagnostic, code: String) -> Self {
        let home = diagnostic.primary.span;
        let top = top_of_first(renderer, diagnostic);
        let same_file = |label: &&Label| file_base(renderer, label.span) == file_base(renderer, home);
        let below = |label: &&Label| lines_of(renderer, label.span).is_none_or(|(first, _)| first >= top);
        let (here, elsewhere): (Vec<&Label>, Vec<&Label>) =
            diagnostic.secondary.iter().partition(|label| same_file(label) && below(label));
        let mut shown = Self {
            code: Some(code),
            severity: match diagnostic.severity() {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            message: visible(&diagnostic.message).into_owned(),
            help: advice(diagnostic).map(|help| visible(&help).into_owned()),
            source: excerpt(renderer, home),
            labels: Vec::new(),
            elsewhere: elsewhere.into_iter().map(|label| Self::elsewhere(renderer, label)).collect(),
        };
        shown.mark(renderer, &diagnostic.primary, LabeledSpan::new_primary_with_span);
        for label in here {
            shown.mark(renderer, label, LabeledSpan::new_with_span);
        }
        shown
    }

    /// A label in another file: its words become the message.
    fn elsewhere(renderer: &'a Renderer<'_>, label: &Label) -> Self {
        let mut shown = Self {
            code: None,
            severity: miette::Severity::Advice,
            message: visible(&label.text).into_owned(),
            help: None,
            source: excerpt(renderer, label.span),
            labels: Vec::new(),
            elsewhere: Vec::new(),
        };
        let unnamed = Label { span: label.span, text: String::new() };
        shown.mark(renderer, &unnamed, LabeledSpan::new_primary_with_span);
        shown
    }

    fn mark(
        &mut self,
        renderer: &Renderer<'_>,
        label: &Label,
        place: fn(Option<String>, std::ops::Range<usize>) -> LabeledSpan,
    ) {
        let Some((excerpt, (file, _))) = self.source.as_ref().zip(renderer.file(label.span)) else { return };
        let text = (!label.text.is_empty()).then(|| visible(&label.text).into_owned());
        self.labels.push(place(text, excerpt.mark(file.local(label.span))));
    }
}

/// The first line of the first drawing: places further up would be drawn before it. Places are drawn together if, with a
/// line on either side, no line lies between them.
fn top_of_first(renderer: &Renderer<'_>, diagnostic: &Diagnostic) -> usize {
    const NEAR: usize = 3;
    let home = diagnostic.primary.span;
    let Some((mut top, _)) = lines_of(renderer, home) else { return 0 };
    let labels = diagnostic.secondary.iter().map(|label| label.span);
    let mut above: Vec<(usize, usize)> = labels
        .filter(|span| file_base(renderer, *span) == file_base(renderer, home))
        .filter_map(|span| lines_of(renderer, span))
        .filter(|(first, _)| *first < top)
        .collect();
    above.sort_unstable();
    while let Some((first, last)) = above.pop() {
        if last + NEAR < top {
            break;
        }
        top = first;
    }
    top
}

/// The first and the last line of a place.
fn lines_of(renderer: &Renderer<'_>, span: Span) -> Option<(usize, usize)> {
    let (file, lines) = renderer.file(span)?;
    let range = file.local(span);
    Some((lines.line(range.start), lines.line(range.end)))
}

fn file_base(renderer: &Renderer<'_>, span: Span) -> Option<u32> {
    renderer.file(span).map(|(file, _)| file.base())
}

fn excerpt<'a>(renderer: &'a Renderer<'_>, span: Span) -> Option<Excerpt<'a>> {
    let (file, lines) = renderer.file(span)?;
    // A text without lines would be shown without its name.
    let text = if file.text.is_empty() { "\n" } else { lines.shown(&file.text) };
    Some(Excerpt { name: visible(&file.path.to_string_lossy()).into_owned(), text, lines })
}

/// The help, and the fix where the help does not already say it.
fn advice(diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref().filter(|fix| !says(diagnostic.help.as_deref(), fix));
    match (&diagnostic.help, fix) {
        (None, None) => None,
        (Some(help), None) => Some(help.clone()),
        (None, Some(fix)) => Some(offer(fix)),
        (Some(help), Some(fix)) => Some(format!("{help}\n{}", offer(fix))),
    }
}

fn offer(fix: &Fix) -> String {
    match fix.applicability {
        Applicability::Sure => format!("fix: {}", fix.title),
        Applicability::Guess => format!("perhaps: {}", fix.title),
    }
}

fn says(help: Option<&str>, fix: &Fix) -> bool {
    let Some(help) = help else { return false };
    let written =
        |replacement: &str| !replacement.trim().is_empty() && help.contains(&format!("`{}`", replacement.trim()));
    help.contains(&fix.title) || fix.edits.iter().all(|edit| written(&edit.replacement))
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let related = self.elsewhere.iter().map(|shown| shown as &dyn miette::Diagnostic);
        (!self.elsewhere.is_empty()).then(|| Box::new(related) as Box<dyn Iterator<Item = _>>)
    }
}
