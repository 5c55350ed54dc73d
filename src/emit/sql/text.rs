//! Texts in SQL: comments that cannot end early, lists, and names of columns that do not collide.

use std::collections::BTreeSet;

use super::dialect::Dialect;

/// The longest name of a column: `PostgreSQL` cuts names off behind 63 bytes, and `__applies` has to fit behind it.
const LONGEST: usize = 52;
/// Where a comment is broken.
const WIDTH: usize = 116;

/// Comment lines. What a protocol says cannot end a comment, and a backslash at the end cannot lengthen it.
pub(super) fn comment(text: &str, indent: &str) -> String {
    let tame: String = text
        .chars()
        .map(|letter| match letter {
            '\\' => '/',
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => ' ',
            letter => letter,
        })
        .collect();
    // A `${` would be taken for a variable by Spark, even here.
    let tame = tame.replace("${", "$ {");
    let mut lines = String::new();
    for line in textwrap::wrap(tame.trim(), WIDTH - indent.len()) {
        lines.push_str(indent);
        lines.push_str("-- ");
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

/// `'a', 'b', 'c'`, in lines that can be read.
pub(super) fn strings<'a>(dialect: Dialect, texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    let mut width = 0;
    for text in texts {
        if !list.is_empty() {
            list.push(',');
            list.push(if width > WIDTH - 20 { '\n' } else { ' ' });
            width = if width > WIDTH - 20 { 0 } else { width };
        }
        let quoted = dialect.string(text);
        width += quoted.len() + 2;
        list.push_str(&quoted);
    }
    if list.is_empty() { "NULL".to_owned() } else { list }
}

/// A number as all of the databases read it.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:?}");
    let plain = text.strip_suffix(".0").unwrap_or(&text);
    if value < 0.0 { format!("({plain})") } else { plain.to_owned() }
}

/// Names that have been taken, whatever their letters' case.
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(reserved: &[&str]) -> Self {
        Self { taken: reserved.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// The name itself where it is free and short enough, and a name like it where it is not.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let mut base = String::new();
        for letter in wanted.chars() {
            if base.len() + letter.len_utf8() > LONGEST {
                break;
            }
            base.push(if letter.is_control() { '_' } else { letter });
        }
        let mut name = base.clone();
        let mut next = 2;
        while !self.is_free(&name) {
            name = format!("{base}_{next}");
            next += 1;
        }
        self.taken.insert(name.to_lowercase());
        name
    }

    fn is_free(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        let applies = lower.strip_suffix("__applies").is_some_and(|base| self.taken.contains(base));
        !applies && !self.taken.contains(&lower) && !self.taken.contains(&format!("{lower}__applies"))
    }
}

/// Letters, digits and `_` of a name, for the inside of a name that is ours.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().take(40).map(|letter| {
        let letter = letter.to_ascii_lowercase();
        if letter.is_ascii_alphanumeric() { letter } else { '_' }
    });
    letters.collect()
}
