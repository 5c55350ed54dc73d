//! Shows the few forms of Markdown that the pages of codes use: headings, paragraphs, lists and code.

use textwrap::{Options, wrap};

use super::terminal::{Stream, Style, Terminal};

/// A page as text for a terminal.
pub(super) fn render(page: &str, terminal: &Terminal, stream: Stream) -> String {
    let width = terminal.look(stream).width.saturating_sub(1).max(20);
    let mut shown = Page { text: String::new(), paragraph: String::new(), width };
    let mut in_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            shown.end_paragraph();
            in_code = !in_code;
        } else if in_code {
            shown.line(&terminal.styled(stream, Style::Cyan, &format!("    {line}")));
        } else if line.starts_with('#') {
            shown.end_paragraph();
            shown.line(&terminal.styled(stream, Style::Bold, line.trim_start_matches('#').trim()));
        } else if line.trim().is_empty() {
            shown.end_paragraph();
            shown.line("");
        } else {
            if line.starts_with("- ") {
                shown.end_paragraph();
            }
            shown.add(line.trim());
        }
    }
    shown.end_paragraph();
    shown.text
}

struct Page {
    text: String,
    /// The lines of a paragraph or of an entry in a list, joined.
    paragraph: String,
    width: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn add(&mut self, line: &str) {
        if !self.paragraph.is_empty() {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(line);
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let indent = if paragraph.starts_with("- ") { "  " } else { "" };
        if !paragraph.is_empty() {
            for line in wrap(&paragraph, Options::new(self.width).subsequent_indent(indent)) {
                self.line(&line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::ColorChoice;

    #[test]
    fn the_forms_of_pages() {
        let page =
            "# U002: a number\n\nText that\ngoes on.\n\n- one\n  more\n- two\n\n```trial\nage > 18\n  x\n```\nEnd.\n";
        let shown = render(page, &Terminal::new(ColorChoice::Never), Stream::Output);
        let expected = "U002: a number\n\nText that goes on.\n\n- one more\n- two\n\n    age > 18\n      x\nEnd.\n";
        assert_eq!(shown, expected);
        let bold = render("# A", &Terminal::new(ColorChoice::Always), Stream::Output);
        assert_eq!(bold, "\u{1b}[1mA\u{1b}[0m\n");
    }
}
