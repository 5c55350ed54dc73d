//! What the terminal can show: colours, characters, width.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::Table;

use crate::diagnostic::render::{Characters, Color, Look, visible};

/// The width of text that goes to a file or another program.
const WIDTH_ELSEWHERE: usize = 100;
/// Wider lines are hard to read.
const WIDEST: usize = 120;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// on a terminal, unless `NO_COLOR` is set
    Auto,
    /// everywhere
    Always,
    /// nowhere
    Never,
}

/// The two streams that a command writes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

/// What the user and the surroundings ask of the looks.
pub(super) struct Terminal {
    color: ColorChoice,
}

impl Terminal {
    pub(super) fn new(color: ColorChoice) -> Self {
        Self { color }
    }

    pub(super) fn look(&self, stream: Stream) -> Look {
        Look { color: self.color(stream), characters: characters(), width: width(stream) }
    }

    /// A message about the call itself.
    pub(super) fn complain(&self, message: &str) {
        let error = self.styled(Stream::Error, Style::Red, "error");
        self.remark(&format!("{error}: {}", visible(message)));
    }

    /// A line on standard error. Where that is closed, nobody listens.
    #[expect(clippy::unused_self, reason = "remarks are made to a terminal")]
    pub(super) fn remark(&self, message: &str) {
        let _ = writeln!(io::stderr(), "{message}");
    }

    pub(super) fn styled(&self, stream: Stream, style: Style, text: &str) -> String {
        match self.color(stream) {
            Color::Ansi => format!("\u{1b}[{}m{text}\u{1b}[0m", style.code()),
            Color::None => text.to_owned(),
        }
    }

    /// <https://no-color.org> and <https://bixense.com/clicolors>; the option comes first.
    fn color(&self, stream: Stream) -> Color {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is = |name: &str, value: &str| env::var_os(name).is_some_and(|found| found == value);
        let wanted = match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") => true,
            ColorChoice::Auto => is_terminal(stream) && !is("TERM", "dumb") && !is("CLICOLOR", "0"),
        };
        if wanted { Color::Ansi } else { Color::None }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Style {
    Bold,
    Red,
    Cyan,
}

impl Style {
    /// The parameter of the escape sequence "select graphic rendition" (ECMA-48, 8.3.117).
    fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Red => "1;31",
            Self::Cyan => "36",
        }
    }
}

pub(super) fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Output => io::stdout().is_terminal(),
        Stream::Error => io::stderr().is_terminal(),
    }
}

fn width(stream: Stream) -> usize {
    let mut probe = Table::new();
    if stream == Stream::Error {
        probe.use_stderr();
    }
    probe.width().map_or(WIDTH_ELSEWHERE, |columns| usize::from(columns).min(WIDEST))
}

/// Lines are drawn with Unicode's characters unless the surroundings say that they cannot be shown.
fn characters() -> Characters {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(env::var_os).find(|value| !value.is_empty());
    let plain = locale.is_some_and(|locale| locale == "C" || locale == "POSIX");
    let console = env::var_os("TERM").is_some_and(|term| term == "linux" || term == "dumb");
    if plain || console { Characters::Ascii } else { Characters::Unicode }
}
