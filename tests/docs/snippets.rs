//! Snippets of the reference. The info string says what a block is:
//!
//! | info string | the block is |
//! | --- | --- |
//! | `trial` | a whole file, beside a library `site.trial` |
//! | `trial items` | items behind a header that says `day_1 randomization` |
//! | `trial fields` | fields of a header |
//! | `trial criteria` | criteria of an `eligibility at screening` |
//! | `trial truth`, `trial value` | truths or values, each beginning on a line that is not indented |
//! | `trial dosing` | the inside of an arm |
//! | `… error T011`, `… warning W010` | the same, with exactly these errors, or with this warning |
//!
//! Pieces of a protocol stand beside two epochs and two visits. Names of the library are brought in as `check` asks for
//! them, so that the snippets need no `use`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use trialc::check::{Input, check};
use trialc::diagnostic::Severity;
use trialc::library;
use trialc::source::Sources;
use trialc::world::World;

use crate::markdown::{Block, blocks};

const HEADER: &str = "trial t \"T\" { day_1 randomization }\n";
const PLAN: &str =
    "epoch treatment 24 weeks\nepoch follow_up 24 weeks\nvisit baseline: day 1\nvisit week_12: week 12\n";

#[test]
fn snippets_check_as_they_say() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for block in blocks("language.md").iter().filter(|block| block.language == "trial") {
        count += 1;
        wrong.extend(fault(block));
    }
    assert!(count > 50, "only {count} snippets were found");
    assert!(wrong.is_empty(), "{} of {count} snippets:\n{}", wrong.len(), wrong.join("\n"));
}

/// What `check` says of a snippet against its info string, if anything.
fn fault(block: &Block) -> Option<String> {
    let text = with_uses(&whole(block));
    let found = messages(&text);
    let errors = found.codes(Severity::Error);
    let warnings = found.codes(Severity::Warning);
    let right = errors.iter().eq(block.codes("error").iter())
        && block.codes("warning").iter().all(|code| warnings.contains(code));
    let wanted = block.words.join(" ");
    (!right).then(|| format!("{} ({wanted}):\n{}{text}", block.place, found.lines.join("")))
}

/// The snippet as a whole file.
fn whole(block: &Block) -> String {
    let text = block.text.as_str();
    match block.words.first().map_or("", String::as_str) {
        "" | "error" | "warning" => text.to_owned(),
        "items" => format!("{HEADER}{text}"),
        "fields" => format!("trial t \"T\" {{\n{text}}}\n"),
        "criteria" => format!("{HEADER}{PLAN}eligibility at screening {{\n{text}}}\n"),
        "truth" => {
            format!("{HEADER}{PLAN}eligibility at screening {{\n{}}}\n", each(text, "include t", " \"A truth\":\n"))
        }
        "value" => format!("{HEADER}{PLAN}{}", each(text, "define v", " =\n")),
        "dosing" => format!("{HEADER}{PLAN}arm experimental a \"A\" {{\n{text}}}\n"),
        other => panic!("{}: a snippet is never `{other}`", block.place),
    }
}

/// Puts a beginning with a number before each sentence.
fn each(text: &str, before: &str, after: &str) -> String {
    let mut number = 0;
    let mut result = String::new();
    for line in text.lines() {
        if !line.is_empty() && !line.starts_with([' ', '}', ')', '/']) {
            number += 1;
            result.push_str(&format!("{before}{number}{after}"));
        }
        result.push_str(line);
        result.push('\n');
    }
    result
}

/// Brings in the names that `check` misses and the library has.
fn with_uses(text: &str) -> String {
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    loop {
        let lines: Vec<String> = uses
            .iter()
            .map(|(module, names)| {
                format!("use {module} {{ {} }}\n", names.iter().cloned().collect::<Vec<_>>().join(", "))
            })
            .collect();
        let whole = format!("{}{text}", lines.concat());
        let mut grown = false;
        for name in messages(&whole).unknown {
            if let Some(module) = module_of(&name, text) {
                grown |= uses.entry(module).or_default().insert(name);
            }
        }
        if !grown {
            return whole;
        }
    }
}

/// The module that a name is meant to be from: of two, the questions where it is asked.
fn module_of(name: &str, text: &str) -> Option<&'static str> {
    let asked = text.contains(&format!("judged {name}"));
    let mut modules: Vec<&'static str> = library::modules_with(name).map(|module| module.name).collect();
    modules.sort_by_key(|module| asked && *module != "questions");
    modules.first().copied()
}

/// What `check` says.
#[derive(Default)]
struct Messages {
    found: Vec<(Severity, &'static str)>,
    /// The names that nothing declares.
    unknown: BTreeSet<String>,
    lines: Vec<String>,
}

impl Messages {
    /// The codes of one severity, in order, each once.
    fn codes(&self, severity: Severity) -> Vec<&'static str> {
        self.found
            .iter()
            .filter(|(found, _)| *found == severity)
            .map(|(_, code)| *code)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

fn messages(text: &str) -> Messages {
    let mut sources = Sources::new();
    let input = Input { path: PathBuf::from("snippet.trial"), text: Some(text.into()) };
    let (_, diagnostics) = check(&Desk, &mut sources, input);
    let mut messages = Messages::default();
    for found in &diagnostics {
        messages.found.push((found.severity(), found.code.id));
        if found.code.id == "N001" {
            messages.unknown.insert(sources.text(found.primary.span).to_owned());
        }
        let line = sources.line_column(found.primary.span.start).line;
        messages.lines.push(format!("  {} in line {line}: {}\n", found.code, found.message));
    }
    messages
}

/// A folder that holds one library, `site.trial`.
struct Desk;

impl World for Desk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("site.trial") {
            return Ok(b"lab serum_amyloid_A \"Serum amyloid A\" { unit mg/L plausible 0..5000 mg/L }\n".to_vec());
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "only site.trial is there"))
    }
}
