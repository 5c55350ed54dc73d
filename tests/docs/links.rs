//! Links, codes and reserved words.

use std::collections::BTreeSet;

use trialc::diagnostic::code;
use trialc::syntax::is_reserved;

use crate::markdown::{path, read};

const DOCUMENTS: [&str; 6] = ["language.md", "tutorial.md", "patients.md", "screening.md", "schedule.md", "visits.md"];

#[test]
fn links_lead_somewhere() {
    for document in DOCUMENTS {
        for target in targets(&read(document)) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() { document } else { file };
            assert!(path(file).exists(), "{document} links to `{target}`, which is not there");
            assert!(
                anchor.is_empty() || anchors(&read(file)).contains(anchor),
                "{document}: `{file}` has no `#{anchor}`"
            );
        }
    }
}

#[test]
fn the_reference_names_every_code() {
    let text = read("language.md");
    for code in code::ALL {
        assert!(text.contains(&format!("[{0}](codes/{0}.md)", code.id)), "{} is missing from section 14", code.id);
    }
}

#[test]
fn the_reference_lists_the_reserved_words() {
    let text = read("language.md");
    let (_, section) = text.split_once("## 15 The reserved words").unwrap();
    let (_, list) = section.split_once("\n\n`").unwrap();
    let listed: BTreeSet<&str> = list.split_whitespace().map(|word| word.trim_matches('`')).collect();
    for word in &listed {
        assert!(is_reserved(word), "`{word}` is not reserved");
    }
    let grammar = include_str!("../../grammar/words.pest");
    let rules = grammar.lines().filter_map(|line| line.strip_prefix("k_")?.split_once(" = ")).map(|(word, _)| word);
    let missing: Vec<&str> = rules.filter(|word| is_reserved(word) && !listed.contains(word)).collect();
    assert!(missing.is_empty(), "reserved, and not in section 15: {missing:?}");
}

/// What the links of a document lead to.
fn targets(text: &str) -> Vec<String> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// The anchors that headings get: lower case, words joined by hyphens, nothing else.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}
