//! What holds of the project's own files: which module may see which, where things are registered, what stands nowhere.
//! `docs/architecture.md` gives the reasons.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy.toml allows them in test functions; here all of the file is a test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What each module of `src/` may see of the others. `cli` may see all of them, and nothing sees `cli` but the program.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("span", &[]),
    ("source", &["span"]),
    ("world", &[]),
    ("diagnostic", &["span", "source"]),
    ("units", &[]),
    ("ast", &["span"]),
    ("syntax", &["span", "diagnostic", "units", "ast"]),
    ("ir", &["span", "units", "ast"]),
    ("library", &["source", "diagnostic", "units", "ast", "syntax"]),
    ("chart", &[]),
    ("record", &["units", "ir", "library", "chart"]),
    ("evaluate", &["units", "ir", "chart", "record"]),
    ("plan", &["units", "ir", "chart", "record", "evaluate"]),
    ("explain", &["units", "ir", "record", "evaluate"]),
    ("examples", &["span", "diagnostic", "ir", "record", "evaluate", "explain"]),
    ("patients", &["world", "units", "ir", "library", "chart"]),
    ("generate", &["units", "ir", "library", "chart", "record", "evaluate", "patients"]),
    ("screening", &["units", "ir", "chart", "record", "evaluate", "plan", "explain", "patients"]),
    ("schedule", &["units", "ir", "chart", "record", "evaluate", "explain"]),
    ("visits", &["units", "ir", "chart", "record", "evaluate", "explain", "schedule"]),
    ("assess", &["units", "ir", "chart", "record", "evaluate", "plan", "explain", "schedule", "visits"]),
    ("check", &["span", "source", "world", "diagnostic", "units", "ast", "syntax", "ir", "library"]),
    ("lint", &["span", "diagnostic", "units", "ir", "record", "schedule", "check"]),
    ("lower", &["ir", "check"]),
    ("emit", &["units", "ir", "chart", "record", "evaluate", "plan"]),
    ("format", &["syntax"]),
];

/// The edges that point back, which are to stay as few as they are: `check` runs the lints at its end, and a message about
/// syntax asks the library whether two words make a name of it.
const BACK: &[(&str, &str)] = &[("check", "lint"), ("syntax", "library")];

/// Lines that a file may have before it must be divided.
const LONGEST: usize = 800;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, in order.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| extensions.contains(&extension))
}

/// The files of `src/` by their path inside it, each with its text.
fn sources() -> Vec<(String, String)> {
    let folder = root().join("src");
    let files = below(&folder).into_iter().filter(|path| has_extension(path, &["rs"]));
    files
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The module of the crate that a file belongs to: `check` for `check/dose.rs` and `check.rs`.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The code of a file: no comments, and nothing from its tests on.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.enumerate().map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default()))
}

fn is_test(file: &str) -> bool {
    file.ends_with("_tests.rs") || file.ends_with("/tests.rs")
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn imports_point_one_way() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let this = module(&file);
        if matches!(this, "lib" | "main" | "cli") || is_test(&file) {
            continue;
        }
        let Some((_, allowed)) = MAY_SEE.iter().find(|(name, _)| *name == this) else {
            faults.push(format!("src/{file}: the module `{this}` has no row in this test's table"));
            continue;
        };
        for (number, line) in code(&text) {
            for path in line.split("crate::").skip(1) {
                let seen: String = path.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if seen != this && !allowed.contains(&seen.as_str()) && !BACK.contains(&(this, &*seen)) {
                    faults.push(format!("src/{file}:{number}: `{this}` may not see `{seen}`"));
                }
            }
            if line.contains("super::super::") || line.contains("super::") && !file.contains('/') {
                faults.push(format!(
                    "src/{file}:{number}: another module is named from `crate`, so that it can be seen here"
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn modules_see_only_those_before_them() {
    for (place, (name, allowed)) in MAY_SEE.iter().enumerate() {
        for seen in *allowed {
            assert!(
                MAY_SEE[..place].iter().any(|(before, _)| before == seen),
                "`{name}` sees `{seen}`, which stands behind it"
            );
        }
    }
}

#[test]
fn the_core_does_no_input_or_output() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        if matches!(module(&file), "cli" | "main" | "world") || is_test(&file) {
            continue;
        }
        for (number, line) in code(&text) {
            for word in ["std::fs", "std::env", "std::net", "std::process", "SystemTime", "Instant::now", "Zoned::now"]
            {
                if line.contains(word) {
                    faults.push(format!("src/{file}:{number}: `{word}`, which only `world` and `cli` may use"));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn nothing_panics_or_prints() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        if module(&file) == "cli" || is_test(&file) {
            continue;
        }
        for (number, line) in code(&text) {
            for word in [".unwrap()", ".expect(\"", "panic!", "unreachable!", "todo!", "println!", "dbg!"] {
                if line.contains(word) {
                    faults.push(format!("src/{file}:{number}: `{word}`"));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn no_file_is_long() {
    let long = sources().into_iter().map(|(file, text)| (file, text.lines().count()));
    none(
        &long
            .filter(|(_, lines)| *lines > LONGEST)
            .map(|(file, lines)| format!("src/{file}: {lines}"))
            .collect::<Vec<_>>(),
    );
}

/// Each file of a folder declares a `pub static` of the type, and the folder's module lists it in `ALL`.
fn all_are_listed(folder: &str, kind: &str, others: &[&str]) {
    let register = fs::read_to_string(root().join(format!("src/{folder}.rs"))).unwrap();
    let (_, list) = register.split_once("pub static ALL").unwrap();
    let list = list.split("];").next().unwrap();
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let Some(stem) = file.strip_prefix(&format!("{folder}/")).map(|name| name.trim_end_matches(".rs")) else {
            continue;
        };
        // What lies in a folder of its own is a part of the file of that name.
        if stem.contains('/') {
            continue;
        }
        let declared: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("pub static ")?.split_once(&format!(": {kind} ")))
            .map(|(name, _)| name)
            .collect();
        if declared.is_empty() != others.contains(&stem) {
            faults.push(format!("src/{file}: declares {declared:?}"));
        }
        let missing = declared.iter().filter(|name| !list.contains(&format!("&{stem}::{name}")));
        faults.extend(missing.map(|name| format!("src/{file}: `{name}` is not in {folder}::ALL")));
    }
    none(&faults);
}

#[test]
fn every_lint_and_every_emitter_is_listed() {
    all_are_listed("lint", "Lint", &["measures"]);
    all_are_listed("emit", "Emitter", &[]);
}

/// The words of the rules that begin with a prefix: `k_` for words of the language.
fn words_of_rules(grammar: &str, prefix: &str) -> BTreeSet<String> {
    let rules = grammar.lines().filter_map(|line| line.strip_prefix(prefix)?.split_once(" = @{ \""));
    rules
        .map(|(rule, rest)| {
            let (word, end) = rest.split_once('"').unwrap();
            assert_eq!(
                (rule, end),
                (word, " ~ !wc }"),
                "the rule is named after its word, and ends where the word ends"
            );
            word.to_owned()
        })
        .collect()
}

#[test]
fn reserved_words_are_those_of_the_rules() {
    let grammar = fs::read_to_string(root().join("grammar/words.pest")).unwrap();
    let (_, reserved) = grammar.split_once("reserved = @{").unwrap();
    let (reserved, _) = reserved.split_once("~ !wc").unwrap();
    let reserved: Vec<&str> = reserved.split('"').skip(1).step_by(2).collect();
    assert_eq!(reserved.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>(), words_of_rules(&grammar, "k_"));
    assert_eq!(reserved.len(), words_of_rules(&grammar, "k_").len(), "a word stands twice");
    for pair in reserved.windows(2) {
        assert!(pair[0].len() >= pair[1].len(), "`{}` stands before the longer `{}`", pair[0], pair[1]);
    }
}

#[test]
fn every_word_of_the_grammar_is_used() {
    let grammar: String = below(&root().join("grammar")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let rules: Vec<&str> = grammar.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    for prefix in ["k_", "c_"] {
        for word in words_of_rules(&grammar, prefix) {
            let rule = format!("{prefix}{word}");
            assert!(rules.iter().filter(|name| **name == rule).count() > 1, "no rule uses `{rule}`");
        }
    }
}

/// The project's own texts, whoever reads them.
fn texts() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let folders = ["docs", "src", "tests", "grammar", "library", "protocols", "benches", "fuzz/fuzz_targets", ".ci"];
    let files = folders.iter().flat_map(|folder| below(&root().join(folder))).chain(top);
    files
        .filter(|path| has_extension(path, &["md", "rs", "trial", "pest", "toml"]) || path.ends_with(".ci/run"))
        .collect()
}

/// Where a path leads, without asking the file system.
fn resolved(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            result.pop();
        } else {
            result.push(part);
        }
    }
    result
}

#[test]
fn no_text_leads_out_of_the_project() {
    let mut faults = Vec::new();
    for path in texts() {
        let text = fs::read_to_string(&path).unwrap();
        for folder in ["work", "tmp", "home", "root", "Users"] {
            if text.contains(&format!("/{folder}/")) {
                faults.push(format!("{}: a path in /{folder}", path.display()));
            }
        }
        if has_extension(&path, &["rs"]) {
            continue;
        }
        for (at, _) in text.match_indices("../").filter(|(at, _)| !text[..*at].ends_with(['.', '/'])) {
            let ends = |c: char| c.is_whitespace() || "`)\"'<>|,;#".contains(c);
            let named = text[at..].split(ends).next().unwrap();
            let target = resolved(&path.parent().unwrap().join(named));
            if !target.starts_with(root()) && !target.starts_with(resolved(&root().join("../shared"))) {
                faults.push(format!("{}: {named}", path.display()));
            }
        }
    }
    none(&faults);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut faults = Vec::new();
    for path in texts().into_iter().filter(|path| has_extension(path, &["md"])) {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let outside = link.starts_with("http") || link.contains(char::is_whitespace) || file.is_empty();
            if !outside && !path.parent().unwrap().join(file).exists() {
                faults.push(format!("{}: {link}", path.display()));
            }
        }
    }
    none(&faults);
}
