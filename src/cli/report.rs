//! Shows the messages of several files, and counts them.

use std::env;
use std::io::{self, Write};

use clap::ValueEnum;

use crate::diagnostic::render::{Format, Look, Renderer};
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::Sources;

/// The forms of messages, as the command line calls them.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatChoice {
    /// drawn, with the lines of the text
    Human,
    /// in words alone, for screen readers
    Narrated,
    /// one line each, for editors
    Short,
    /// one JSON object a line, for programs
    Json,
}

/// How messages are to be shown.
#[derive(clap::Args)]
pub(super) struct Messages {
    /// How to show the messages.
    ///
    /// Without it they are drawn, or told without drawing if the environment variable `NO_GRAPHICS` is set.
    /// docs/diagnostics-json.md describes the JSON.
    #[arg(long, value_enum)]
    format: Option<FormatChoice>,

    /// Show at most N messages a file; 0 shows all of them.
    ///
    /// `short` and `json` always show all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

impl Default for Messages {
    fn default() -> Self {
        Self { format: None, limit: 50 }
    }
}

impl Messages {
    /// For a command that has no options about them.
    pub(super) fn usual() -> Self {
        Self { format: None, limit: 50 }
    }

    fn format(&self) -> Format {
        // As miette itself decides it: the variable is set, and not to 0.
        let narrated = env::var("NO_GRAPHICS").is_ok_and(|value| value != "0");
        let usual = if narrated { FormatChoice::Narrated } else { FormatChoice::Human };
        match self.format.unwrap_or(usual) {
            FormatChoice::Human => Format::Human,
            FormatChoice::Narrated => Format::Narrated,
            FormatChoice::Short => Format::Short,
            FormatChoice::Json => Format::Json,
        }
    }
}

/// The counts of a run, and how it shows messages.
pub(super) struct Report {
    format: Format,
    limit: usize,
    look: Look,
    pub(super) counts: Counts,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Counts {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) files: usize,
}

impl Report {
    pub(super) fn new(args: &Messages, look: Look) -> Self {
        Self { format: args.format(), limit: args.limit, look, counts: Counts::default() }
    }

    /// Shows what was found in one file.
    pub(super) fn show(&mut self, out: &mut dyn Write, sources: &Sources, found: &Diagnostics) -> io::Result<()> {
        let mut counts = Counts { files: 1, ..Counts::default() };
        let mut renderer = Renderer::new(sources, self.format, self.look);
        let mut hidden = Counts::default();
        for (at, diagnostic) in found.iter().enumerate() {
            counts.add(diagnostic.severity());
            if at < self.most() {
                out.write_all(renderer.render(diagnostic).as_bytes())?;
            } else {
                hidden.add(diagnostic.severity());
            }
        }
        if hidden != Counts::default() {
            writeln!(out, "and {} more in this file (--limit 0 shows all)", hidden.problems())?;
        }
        self.counts.errors += counts.errors;
        self.counts.warnings += counts.warnings;
        self.counts.files += counts.files;
        Ok(())
    }

    /// Whether messages are drawn or told for a person.
    pub(super) fn is_drawn(&self) -> bool {
        matches!(self.format, Format::Human | Format::Narrated)
    }

    fn most(&self) -> usize {
        match self.format {
            Format::Human | Format::Narrated if self.limit > 0 => self.limit,
            Format::Human | Format::Narrated | Format::Short | Format::Json => usize::MAX,
        }
    }
}

impl Counts {
    fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
    }

    /// `2 errors, 1 warning`
    fn problems(self) -> String {
        let parts = [(self.errors, "error"), (self.warnings, "warning")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| plural(*n, what)).collect();
        if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
    }

    /// `2 errors, 1 warning in 6 files`
    pub(super) fn summary(self) -> String {
        format!("{} in {}", self.problems(), plural(self.files, "file"))
    }
}

/// `1 file`, `2 files`
pub(super) fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_read_well() {
        let counts = |errors, warnings, files| Counts { errors, warnings, files }.summary();
        assert_eq!(counts(2, 1, 6), "2 errors, 1 warning in 6 files");
        assert_eq!(counts(0, 2, 1), "2 warnings in 1 file");
        assert_eq!(counts(0, 0, 1), "no problems in 1 file");
    }
}
