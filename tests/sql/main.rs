//! The SQL of a protocol, as far as it can be looked at without a database; `tests/interop/run` asks databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trialc::check::{Input, check};
use trialc::emit::sql::{Dialect, Options, TABLES, emit, refused};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::plan;
use trialc::source::Sources;
use trialc::world::FileSystem;

fn compiled(path: &Path, text: Option<&str>) -> Trial {
    let text: Arc<str> = text.map_or_else(|| fs::read_to_string(path).unwrap(), str::to_owned).into();
    let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path: path.to_owned(), text: Some(text) });
    lower(checked.unwrap_or_else(|| panic!("{} has errors", path.display())))
}

fn protocols() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "trial"));
    paths.sort();
    paths
}

fn left_out(trial: &Trial) -> Vec<String> {
    refused(&plan::lower::lower(trial)).map(|(_, rule, _)| rule.name.to_string()).collect()
}

fn sql(trial: &Trial, dialect: Dialect, given: &[String]) -> Result<String, String> {
    let options = Options { dialect, ddl: false, given: given.to_vec() };
    emit(trial, &options).map(|bytes| String::from_utf8(bytes).unwrap()).map_err(|refusal| refusal.what)
}

#[test]
fn every_criterion_has_a_column() {
    for path in protocols() {
        let trial = compiled(&path, None);
        let given = left_out(&trial);
        for dialect in Dialect::ALL {
            let text = sql(&trial, dialect, &given).unwrap();
            let quote = if dialect == Dialect::Spark { '`' } else { '"' };
            for rule in &plan::lower::lower(&trial).rules {
                assert!(text.contains(&format!("END AS {quote}{}{quote}", rule.name)), "{}: {}", trial.name, rule.name);
            }
            assert!(text.contains(" AS verdict\n"));
            assert_eq!(text, sql(&trial, dialect, &given).unwrap(), "the same on every run");
        }
    }
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    let mut refused = 0;
    for path in protocols() {
        let trial = compiled(&path, None);
        for name in left_out(&trial) {
            let said = sql(&trial, Dialect::DuckDb, &[]).unwrap_err();
            assert!(said.contains(&format!("`{name}` asks for ")), "{said}");
            refused += 1;
        }
        assert!(sql(&trial, Dialect::DuckDb, &["nonsense".to_owned()]).unwrap_err().contains("`nonsense`"));
    }
    assert!(refused > 0);
}

#[test]
fn the_tables_have_a_statement_each() {
    for path in protocols() {
        let trial = compiled(&path, None);
        for dialect in Dialect::ALL {
            let text = emit(&trial, &Options { dialect, ddl: true, given: Vec::new() }).unwrap();
            let text = String::from_utf8(text).unwrap();
            for table in TABLES {
                assert_eq!(text.matches(&format!("CREATE TABLE {} (\n", table.name)).count(), 1, "{}", table.name);
            }
        }
    }
}

/// Prose, names and questions that would end a comment, a text or a name if they could.
const HOSTILE: &str = r#"
use labs { ALT }

trial hostile "It's -- a \\ trial; DROP TABLE patients; ${env:HOME} */" {
  phase 2
}

eligibility at screening {
  include patient "a line'); DROP TABLE patients; -- \\": judged "is it 'so'; or ${x} \\"
  include verdict "`quoted` \"twice\"": ALT < 3 ULN
  include Verdict: judged "who''s there"
}
"#;

#[test]
fn no_word_of_a_protocol_breaks_out() {
    let trial = compiled(Path::new("hostile.trial"), Some(HOSTILE));
    for dialect in Dialect::ALL {
        let text = sql(&trial, dialect, &[]).unwrap();
        for line in text.lines() {
            // Spark's own steps are tables, which are called after the protocol.
            let code = outside(line, dialect).replace("DROP TABLE IF EXISTS trialc_hostile_", "");
            assert!(!code.contains("DROP TABLE"), "{line}");
            assert!(!line.trim_start().starts_with("--") || !line.ends_with('\\'), "{line}");
            assert!(dialect != Dialect::Spark || !line.contains("${"), "{line}");
        }
        let quote = if dialect == Dialect::Spark { '`' } else { '"' };
        for column in ["patient_2", "verdict_2", "Verdict_3"] {
            assert!(text.contains(&format!("AS {quote}{column}{quote}")), "{column}");
        }
    }
}

/// What of a line stands outside of comments, texts and quoted names.
fn outside(line: &str, dialect: Dialect) -> String {
    let mut code = String::new();
    let mut inside: Option<char> = None;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match inside {
            Some(_) if letter == '\\' && dialect == Dialect::Spark => drop(letters.next()),
            Some(quote) if letter == quote => inside = None,
            Some(_) => {}
            None if letter == '-' && letters.peek() == Some(&'-') => break,
            None if matches!(letter, '\'' | '"' | '`') => inside = Some(letter),
            None => code.push(letter),
        }
    }
    assert_eq!(inside, None, "{line}");
    code
}
