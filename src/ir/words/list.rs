//! Lists in braces, and how many of them.

use super::Words;
use crate::ir::value::ListOf;
use crate::ir::{Counting, Part, Value, Word};

impl Words<'_> {
    /// A list of values, or a set by its name.
    pub(super) fn values(self, list: &ListOf) -> String {
        match list {
            ListOf::Values(parts) => self.value_entries(parts),
            ListOf::Set { set, except } => set_less(set.as_str(), except),
        }
    }

    pub(super) fn value_entries(self, parts: &[Part<Value>]) -> String {
        let entries: Vec<String> = parts
            .iter()
            .map(|part| match &part.name {
                Some(name) => {
                    let prose = part.prose.as_ref().filter(|_| self.prose == super::Prose::Kept);
                    let prose = prose.map(|prose| format!(" {}", super::truth::quoted(prose))).unwrap_or_default();
                    let when = part.when.as_ref().map(|when| format!(" when {}", self.condition(when)));
                    format!("{name}{prose}{}: {}", when.unwrap_or_default(), self.sum(&part.body))
                }
                None => self.sum(&part.body),
            })
            .collect();
        braced(&entries)
    }
}

/// A set, less the entries that are taken out by name.
pub(super) fn set_less(set: &str, except: &[Word]) -> String {
    if except.is_empty() {
        return set.to_owned();
    }
    let names: Vec<String> = except.iter().map(Word::to_string).collect();
    format!("{set} except {}", braced(&names))
}

pub(super) fn braced(entries: &[String]) -> String {
    if entries.is_empty() { "{ }".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

pub(super) fn counting(counting: Counting) -> String {
    match counting {
        Counting::Any => "any of".to_owned(),
        Counting::All => "all of".to_owned(),
        Counting::None => "none of".to_owned(),
        Counting::AtLeast(count) => format!("at least {count} of"),
        Counting::AtMost(count) => format!("at most {count} of"),
        Counting::Exactly(count) => format!("exactly {count} of"),
    }
}
