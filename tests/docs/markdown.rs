//! Fenced blocks of a document.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block, and what is written behind its opening fence.
pub struct Block {
    /// `docs/language.md:120`, the line of the opening fence.
    pub place: String,
    /// `trial`, `console`, `json`.
    pub language: String,
    pub words: Vec<String>,
    /// Its lines, each with its line end.
    pub text: String,
}

pub fn path(document: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(document)
}

pub fn read(document: &str) -> String {
    fs::read_to_string(path(document)).unwrap()
}

/// The blocks of a document that name a language.
pub fn blocks(document: &str) -> Vec<Block> {
    let text = read(document);
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut words = info.split_whitespace().map(str::to_owned);
        let language = words.next().unwrap_or_default();
        let inside: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        if !language.is_empty() {
            blocks.push(Block {
                place: format!("docs/{document}:{}", index + 1),
                language,
                words: words.collect(),
                text: inside,
            });
        }
    }
    blocks
}

impl Block {
    /// The codes behind `error` or `warning`.
    pub fn codes(&self, severity: &str) -> Vec<&str> {
        let mut words = self.words.iter().map(String::as_str).skip_while(|word| *word != severity).skip(1);
        let mut codes: Vec<&str> = words.by_ref().take_while(|word| !matches!(*word, "error" | "warning")).collect();
        codes.sort_unstable();
        codes
    }
}
