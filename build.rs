//! Compiles the index of the standard library into the program, so that a start costs nothing that grows with the library.
//!
//! For each `library/NAME.trial` it writes `NAME.rs`, an expression of type `library::Index`. A test of the library holds
//! these indexes to what the compiler itself reads in the same texts.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::{env, fs};

use tokens::{ITEM_WORDS, TokenKind, Tokens};

#[allow(dead_code, reason = "only a part of it is needed here")]
#[path = "src/syntax/tokens.rs"]
mod tokens;

/// One item of a module.
struct Item<'a> {
    keyword: &'a str,
    name: &'a str,
    range: Range<usize>,
    /// What it is said to be: the names behind `is`.
    classes: Vec<&'a str>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=library");
    println!("cargo::rerun-if-changed=src/syntax/tokens.rs");
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?).join("library");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "trial") {
            let text = fs::read_to_string(&path)?;
            let name = path.with_extension("rs");
            fs::write(out.join(name.file_name().ok_or("no name")?), index(&items(&text))?)?;
        }
    }
    Ok(())
}

/// The items of a sound text: each begins with one of its words outside all brackets.
fn items(text: &str) -> Vec<Item<'_>> {
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    let mut previous = "";
    for token in Tokens::new(text) {
        let word = if token.kind == TokenKind::Word { slice(text, token.start..token.end) } else { "" };
        if depth == 0 && !matches!(previous, "for" | "use") && ITEM_WORDS.binary_search(&word).is_ok() {
            starts.push(token.start);
        }
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } => {}
        }
        previous = word;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| item(text, *start..end)).collect()
}

fn item(text: &str, range: Range<usize>) -> Option<Item<'_>> {
    let own = slice(text, range.clone());
    let mut words = Tokens::new(own).filter(|token| token.kind == TokenKind::Word);
    let mut word = || words.next().map(|token| slice(own, token.start..token.end));
    let (keyword, name) = (word()?, word()?);
    // Labs and scores are members of nothing; an `is` in their formulas asks for a result.
    let has_classes = matches!(keyword, "condition" | "drug" | "procedure" | "event");
    let classes = if has_classes { classes(own) } else { Vec::new() };
    Some(Item { keyword, name, range, classes })
}

/// The names behind the first `is`; the formula behind `derived` has words of its own.
fn classes(item: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut after_is = false;
    for token in Tokens::new(item) {
        let text = slice(item, token.start..token.end);
        match token.kind {
            TokenKind::Word if text == "derived" => break,
            TokenKind::Word if text == "is" => after_is = true,
            TokenKind::Word if after_is => {
                found.push(text);
                after_is = false;
            }
            TokenKind::Sign if text == "," && !found.is_empty() => after_is = true,
            TokenKind::Word | TokenKind::Sign | TokenKind::Open(_) | TokenKind::Close(_) | TokenKind::String { .. } => {
                if after_is || !found.is_empty() {
                    break;
                }
            }
        }
    }
    found
}

/// The expression: the items, and their positions by name and by class.
fn index(items: &[Item<'_>]) -> Result<String, Box<dyn Error>> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut out = String::from("Index {\n    items: &[\n");
    for (position, Item { keyword, name, range, classes }) in items.iter().enumerate() {
        writeln!(out, "        IndexedItem {{ keyword: {keyword:?}, name: {name:?}, range: {range:?} }},")?;
        if matches!(*keyword, "use" | "equivalent") {
            continue;
        }
        names.entry(name).or_insert(position);
        // A definition asks what something is, and says it of nothing.
        if matches!(*keyword, "define" | "set") {
            continue;
        }
        for class in classes {
            members.entry(class).or_default().push(position);
        }
    }
    writeln!(out, "    ],\n    by_name: &{:?},", names.into_iter().collect::<Vec<_>>())?;
    let members: Vec<String> =
        members.iter().map(|(class, positions)| format!("({class:?}, &{positions:?})")).collect();
    writeln!(out, "    members: &[{}],\n}}", members.join(", "))?;
    Ok(out)
}

fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}
