//! The steps of a query as a script, for Spark: a table each, so that none is worked out twice.
//!
//! Spark works out a named query anew wherever it is named, and with it all that it rests on; a view that it caches keeps the
//! plan of all of these too, so that planning grows with every step. A table cuts that off. Tables stay, and belong to no
//! session: each is called after the protocol, so that it is nobody else's.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Named;
use super::text::{comment, plain};

/// Words that may stand behind the name of a table and are no other name for it.
const BEHIND: [&str; 12] =
    ["WHERE", "GROUP", "ORDER", "JOIN", "LEFT", "INNER", "CROSS", "ON", "UNION", "HAVING", "LIMIT", "EXCEPT"];

/// Statements for all steps before the last, then the last query; a `;` on a line of its own stands behind each of the first.
pub(super) fn script(protocol: &str, steps: &[Named], last: &str) -> String {
    let prefix = format!("trialc_{}_", plain(protocol));
    let names: BTreeSet<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    let mut text = String::new();
    for Named { name, about, body, kept } in steps {
        let (body, about) = (called(body, &names, &prefix), comment(about, ""));
        let _ = if *kept {
            write!(
                text,
                "DROP TABLE IF EXISTS {prefix}{name}\n;\n{about}CREATE TABLE {prefix}{name} USING parquet AS\n{body}\n;\n"
            )
        } else {
            write!(text, "{about}CREATE OR REPLACE TEMPORARY VIEW {prefix}{name} AS\n{body}\n;\n")
        };
    }
    text.push_str(&called(last, &names, &prefix));
    text
}

/// A query in which the steps that are read from have their names in full.
fn called(query: &str, names: &BTreeSet<&str>, prefix: &str) -> String {
    let mut text = String::with_capacity(query.len() * 2);
    let mut rest = query;
    let mut reads = false;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first);
        let (token, after) = rest.split_at(length);
        rest = after;
        if reads && names.contains(token) {
            text.push_str(prefix);
            text.push_str(token);
            if !is_named(rest) {
                let _ = write!(text, " AS {token}");
            }
        } else {
            text.push_str(token);
        }
        if !token.trim().is_empty() {
            reads = matches!(token, "FROM" | "JOIN");
        }
    }
    text
}

/// Whether another name follows that of a table.
fn is_named(rest: &str) -> bool {
    let next = rest.trim_start();
    let word = next.split(|letter: char| !is_of_word(letter)).next().unwrap_or_default();
    !word.is_empty() && !BEHIND.contains(&word)
}

/// The bytes of the next word, blanks, text, quoted name or comment; anything else is taken letter by letter.
fn token(rest: &str, first: char) -> usize {
    let to = |end: Option<usize>| end.unwrap_or(rest.len());
    if is_of_word(first) {
        to(rest.find(|letter: char| !is_of_word(letter)))
    } else if first.is_whitespace() {
        to(rest.find(|letter: char| !letter.is_whitespace()))
    } else if rest.starts_with("--") {
        to(rest.find('\n'))
    } else if matches!(first, '\'' | '`') {
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == first && !escaped;
            escaped = *letter == '\\' && !escaped && first == '\'';
            ends
        });
        to(end.map(|(at, letter)| at + letter.len_utf8()))
    } else {
        first.len_utf8()
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_called_in_full_where_they_are_read_from() {
        let names = BTreeSet::from(["record", "said", "n1"]);
        let called = |query: &str| called(query, &names, "trialc_x_");
        assert_eq!(called("SELECT r.patient FROM record r"), "SELECT r.patient FROM trialc_x_record r");
        assert_eq!(called("SELECT said.q0\nFROM said"), "SELECT said.q0\nFROM trialc_x_said AS said");
        assert_eq!(
            called("FROM patients p LEFT JOIN n1 ON n1.a = p.a"),
            "FROM patients p LEFT JOIN trialc_x_n1 AS n1 ON n1.a = p.a"
        );
        assert_eq!(called("(SELECT a FROM said)"), "(SELECT a FROM trialc_x_said AS said)");
        assert_eq!(called("FROM record\nWHERE a = 1"), "FROM trialc_x_record AS record\nWHERE a = 1");
    }

    #[test]
    fn texts_and_comments_stay() {
        let names = BTreeSet::from(["record"]);
        for query in [
            "SELECT 'FROM record', 'it\\'s FROM record'",
            "-- FROM record\nSELECT 1",
            "SELECT `FROM record`",
            "record FROM x",
        ] {
            assert_eq!(called(query, &names, "trialc_x_"), query);
        }
    }
}
