//! What is asked of a value.

use super::{Words, list, number};
use crate::ir::{Ask, Comparator, Movement, Truth, Word};

impl Words<'_> {
    /// See [`super::ask`].
    #[must_use]
    pub fn ask(self, ask: &Ask) -> String {
        match ask {
            Ask::Compare { comparator, to, instead } => {
                let limits = instead.iter().map(|(condition, to)| self.limit(&self.sum(to), condition));
                format!("{} {}{}", sign(*comparator), self.sum(to), in_parentheses(limits))
            }
            Ask::InRange { range, instead } => {
                let limits = instead.iter().map(|(condition, range)| self.limit(&number::range(range), condition));
                format!("in {}{}", number::range(range), in_parentheses(limits))
            }
            Ask::OneOf { words, negated } => format!("is {}{}", if *negated { "not " } else { "" }, one_of(words)),
            Ask::Moved { movement, comparator, by } => {
                format!("{} by {} {}", movement_word(*movement), sign(*comparator), number::quantity(by))
            }
            Ask::Recorded => "recorded".to_owned(),
        }
    }

    fn limit(self, limit: &str, condition: &Truth) -> String {
        format!("{limit} if {}", self.condition(condition))
    }
}

fn in_parentheses(limits: impl Iterator<Item = String>) -> String {
    let limits = limits.collect::<Vec<_>>().join(", ");
    if limits.is_empty() { limits } else { format!(" ({limits})") }
}

fn one_of(words: &[Word]) -> String {
    match words {
        [one] => one.to_string(),
        several => {
            let words: Vec<String> = several.iter().map(Word::to_string).collect();
            format!("any of {}", list::braced(&words))
        }
    }
}

fn movement_word(movement: Movement) -> &'static str {
    match movement {
        Movement::Improved => "improved",
        Movement::Worsened => "worsened",
        Movement::Rose => "rose",
        Movement::Fell => "fell",
    }
}

fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Less => "<",
        Comparator::AtMost => "<=",
        Comparator::Equal => "=",
        Comparator::NotEqual => "!=",
        Comparator::AtLeast => ">=",
        Comparator::Greater => ">",
    }
}
