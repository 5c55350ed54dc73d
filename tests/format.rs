//! The formatter: files beside what they become, and laws that hold whatever stands between the words of a file.
//!
//! `tests/format/*.trial` are inputs; beside each, `*.formatted` is the text that a person expects of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test says what is wrong by failing"
)]

use std::path::{Path, PathBuf};

use pest::Parser;
use proptest::prelude::*;
use trialc::format::{FormatError, format};
use trialc::syntax::grammar::{Grammar, Rule};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "trial"))
        .collect();
    files.sort();
    files
}

#[test]
fn files_become_what_is_expected() {
    for input in files() {
        let expected = std::fs::read_to_string(input.with_extension("formatted")).unwrap();
        let text = std::fs::read_to_string(&input).unwrap();
        let formatted = format(&text).unwrap();
        assert_same(&input, &formatted, &expected);
        assert_same(&input, &format(&formatted).unwrap(), &expected);
    }
}

fn assert_same(input: &Path, actual: &str, expected: &str) {
    let differ = actual.lines().zip(expected.lines()).position(|(actual, expected)| actual != expected);
    assert!(actual == expected, "{} differs from line {:?}:\n{actual}", input.display(), differ.map(|line| line + 1));
}

#[test]
fn a_text_that_does_not_parse_is_refused() {
    assert_eq!(format("define a ="), Err(FormatError::Syntax));
    let deep = format!("define a = {}b{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(format(&deep), Err(FormatError::Syntax));
}

#[test]
fn texts_without_items_keep_their_comments() {
    for (text, expected) in [
        ("", ""),
        (" \r\n\n\t", ""),
        ("\n\n//! a\r\n\r\n\r\n// b", "//! a\n\n// b\n"),
        ("\u{FEFF}// a", "// a\n"),
        ("define a = b// c", "define a = b   // c\n"),
        ("define a = b\n\n\n// c\n\n\n", "define a = b\n\n// c\n"),
    ] {
        assert_eq!(format(text).as_deref(), Ok(expected));
        assert_eq!(format(expected).as_deref(), Ok(expected));
    }
}

#[test]
fn deep_nesting_is_formatted() {
    for (open, close) in [("(", ")"), ("any of { a, ", "}"), ("(a and ", ")"), ("all of { x: ", "}")] {
        for depth in [64, 250] {
            let text = format!("define q = {}b{}", open.repeat(depth), close.repeat(depth));
            let formatted = format(&text).unwrap();
            assert_eq!(format(&formatted).as_deref(), Ok(&*formatted));
        }
    }
}

/// The words and signs of a text, and whether each began a line. Commas are left out: after the last entry of a list,
/// where it is broken, the formatter writes one.
fn words(text: &str) -> Vec<(String, bool)> {
    let pairs = Grammar::parse(Rule::file, text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let (mut words, mut end) = (Vec::new(), 0);
    for pair in pairs.flatten() {
        let span = pair.as_span();
        let whole =
            matches!(pair.as_rule(), Rule::quantity | Rule::range | Rule::coded_range | Rule::days | Rule::in_unit);
        let leaf = pair.clone().into_inner().next().is_none() && pair.as_rule() != Rule::items;
        if span.start() < end || !(whole || leaf) {
            continue;
        }
        let mut newline = false;
        for line in text[end..span.start()].split_inclusive('\n') {
            for sign in
                line.split("//").next().unwrap_or_default().chars().filter(|c| !c.is_whitespace() && *c != '\u{FEFF}')
            {
                words.push((sign.to_string(), std::mem::take(&mut newline)));
            }
            newline |= line.ends_with('\n');
        }
        let text = pair.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
        let text = if pair.as_rule() == Rule::string { pair.as_str().to_owned() } else { text };
        words.push((text, newline));
        end = span.end();
    }
    words
}

/// The words and signs alone, in one spelling.
fn said(text: &str) -> Vec<String> {
    let spelled = |word: String| {
        if word.starts_with('"') {
            return word;
        }
        word.replace(' ', "").replace('≥', ">=").replace('≤', "<=").replace('≠', "!=")
    };
    words(text).into_iter().map(|(word, _)| spelled(word)).filter(|word| word != ",").collect()
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.find("//#").map(|at| &line[at..])).collect()
}

fn without_blank_lines(text: &str) -> String {
    text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What may stand between two words.
fn between() -> impl Strategy<Value = Vec<(u8, u16)>> {
    proptest::collection::vec((0_u8..20, any::<u16>()), 1..40)
}

/// Writes words with what was drawn between them, over and over; a comment is told from the others by its number.
fn mangle(words: &[(String, bool)], drawn: &[(u8, u16)], rate: u16) -> String {
    let mut text = String::new();
    for (place, (word, _)) in words.iter().enumerate() {
        let (kind, chance) = drawn[(place * 7 + place / drawn.len()) % drawn.len()];
        let between = match kind {
            0 if chance % rate == 0 => format!(" //# {place}\n"),
            1 if chance % rate == 0 => format!("\n//# {place}\n"),
            2 if chance % rate == 0 => format!(" //# {place}\n\n  //# and\r\n\n"),
            3 => "\n\n".to_owned(),
            4..=8 => "\r\n\t".to_owned(),
            9..=12 => " \t ".to_owned(),
            _ => " ".to_owned(),
        };
        text.extend([&between, word.as_str()]);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comments_stay_wherever_they_stand(drawn in between(), rate in 1_u16..6) {
        for file in files() {
            let original = std::fs::read_to_string(&file).unwrap();
            let mangled = mangle(&words(&original), &drawn, rate);
            let formatted = format(&mangled);
            prop_assert!(formatted.is_ok(), "{:?}\n{}", formatted, mangled);
            let formatted = formatted.unwrap();
            prop_assert_eq!(comments(&mangled), comments(&formatted));
            prop_assert_eq!(said(&original), said(&formatted));
            let again = format(&formatted).unwrap();
            prop_assert!(again == formatted, "not idempotent:\n{}\nthen\n{}\nof\n{}", formatted, again, mangled);
        }
    }

    #[test]
    fn blanks_and_line_ends_do_not_matter(drawn in between()) {
        for file in files() {
            let words = words(&std::fs::read_to_string(&file).unwrap());
            let (mut plain, mut mangled) = (String::new(), String::new());
            for (place, (word, begins)) in words.iter().enumerate() {
                // Whether a block was begun on one line is the author's choice.
                let chosen = place > 0 && words[place - 1].0 == "{";
                let breaks = if chosen { *begins } else { drawn[place % drawn.len()].0 < 6 };
                plain.extend([if *begins { "\n" } else { " " }, word]);
                mangled.extend([if breaks { "\n\t" } else { "  " }, word]);
            }
            let (plain, mangled) = (format(&plain).unwrap(), format(&mangled).unwrap());
            prop_assert_eq!(without_blank_lines(&plain), without_blank_lines(&mangled));
        }
    }
}
