//! Truths, with parentheses where they need them.

use super::event::Behind;
use super::{Prose, Words, list, number};
use crate::ir::truth::Operands;
use crate::ir::{
    ConceptId, ConceptKind, Counting, Part, Role, TimeUnit, Truth, TruthKind, Value, ValueKind, Verb, Window, Word,
};

/// The places of the grammar that a truth stands in, from the one that takes most. What a place does not take stands there
/// in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The body of a criterion or an entry: anything, `unless` too.
    Body,
    /// Behind `when`, `if`, `unless`: `and` and `or`.
    Condition,
    /// Beside `and` and `or`, behind `not`.
    Term,
    /// Before a time.
    Subject,
}

impl Words<'_> {
    /// See [`super::truth`].
    #[must_use]
    pub fn truth(self, truth: &Truth) -> String {
        match &truth.kind {
            TruthKind::All(parts) => self.all_or_any(Counting::All, " and ", parts),
            TruthKind::Any(parts) => self.all_or_any(Counting::Any, " or ", parts),
            TruthKind::Not(inner) => format!("not {}", self.at(inner, Place::Term)),
            TruthKind::Known(inner) => format!("known {}", self.at(inner, Place::Term)),
            TruthKind::Unless { base, exception } => {
                format!("{} unless {}", self.condition(base), self.condition(exception))
            }
            TruthKind::Timed { of, window } => format!("{} {}", self.before_time(of, window), self.window(window)),
            TruthKind::Defined(definition) => definition.to_string(),
            TruthKind::Count { counting, of } => format!("{} {}", list::counting(*counting), self.operands(of)),
            TruthKind::Asked { value, ask } => format!("{} {}", self.sum(value), self.ask(ask)),
            TruthKind::History(history) => self.history(history),
            TruthKind::Onset(event) => format!("onset of {event}"),
            TruthKind::StableDose { dose, limit, for_at_least } => {
                let limit = limit.as_ref().map(|limit| format!(" {}", self.ask(limit))).unwrap_or_default();
                format!("stable {}{limit} for at least {}", self.value(dose), number::duration(for_at_least))
            }
            TruthKind::Given(event) => format!("{event} given"),
            TruthKind::Judged { key, question, by } => self.judged(key, question, *by),
            TruthKind::Missing(text) => format!("missing {}", quoted(text)),
        }
    }

    /// A truth as it stands behind `when` and `if`: in parentheses where it has an `unless`.
    #[must_use]
    pub fn condition(self, truth: &Truth) -> String {
        self.at(truth, Place::Condition)
    }

    fn at(self, truth: &Truth, place: Place) -> String {
        let text = self.truth(truth);
        if place_of(truth) < place { format!("({text})") } else { text }
    }

    // ---- lists ---------------------------------------------------------------------------------------------------------

    /// `a and b` where no entry has a label, a list in braces otherwise.
    fn all_or_any(self, counting: Counting, connective: &str, parts: &[Part<Truth>]) -> String {
        if is_list(parts) {
            return format!("{} {}", list::counting(counting), self.entries(parts));
        }
        let last = parts.len().saturating_sub(1);
        let terms: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(place, part)| {
                let text = self.at(&part.body, Place::Term);
                let narrow = place == last && narrows(&part.body) && parts.iter().any(|part| is_open(&part.body));
                // `within 4 weeks or 3 …` would read as a second length.
                let number = place > 0 && text.starts_with(|first: char| first.is_ascii_digit() || first == '-');
                if narrow || number { format!("({text})") } else { text }
            })
            .collect();
        terms.join(connective)
    }

    fn entries(self, parts: &[Part<Truth>]) -> String {
        let entries: Vec<String> = parts.iter().map(|part| self.part(part)).collect();
        list::braced(&entries)
    }

    /// An entry with its head.
    fn part(self, part: &Part<Truth>) -> String {
        let when = part.when.as_ref().map(|when| format!(" when {}", self.condition(when))).unwrap_or_default();
        let Some(name) = &part.name else {
            let head = if when.is_empty() { when } else { format!("{}: ", when.trim_start()) };
            return format!("{head}{}", self.truth(&part.body));
        };
        let prose = match (&part.prose, self.prose) {
            (Some(prose), Prose::Kept) => format!(" {}", quoted(prose)),
            (Some(_), Prose::LeftOut) | (None, _) => String::new(),
        };
        let inside = self.under(name.as_str(), part.prose.as_deref());
        match &part.body.kind {
            TruthKind::Timed { of, window } if belongs_in_head(of, window) => {
                format!("{name}{prose} {}{when}: {}", self.window(window), inside.truth(of))
            }
            _ => format!("{name}{prose}{when}: {}", inside.truth(&part.body)),
        }
    }

    fn operands(self, of: &Operands) -> String {
        match of {
            Operands::Truths(parts) => self.entries(parts),
            Operands::Values { values, ask } => format!("{} {}", self.value_entries(values), self.ask(ask)),
            Operands::Set { set, except, ask } => {
                let ask = ask.as_ref().map(|ask| format!(" {}", self.ask(ask))).unwrap_or_default();
                format!("{}{ask}", list::set_less(set.as_str(), except))
            }
        }
    }

    // ---- time ----------------------------------------------------------------------------------------------------------

    fn before_time(self, of: &Truth, window: &Window) -> String {
        let TruthKind::History(history) = &of.kind else { return self.at(of, Place::Subject) };
        let one_day = matches!(history.verb, Verb::Has | Verb::Receiving);
        let lasting = history.for_at_least.is_some() || history.for_at_most.is_some();
        // A time right behind `has` is an error, as it is about one day; around it, it leaves that day alone.
        if one_day && !lasting && !matches!(window, Window::At { .. }) {
            format!("({})", self.history(history))
        } else {
            self.history_before(history, Behind::Clauses)
        }
    }

    // ---- judged --------------------------------------------------------------------------------------------------------

    fn judged(self, key: &Word, question: &str, by: Option<Role>) -> String {
        let by = by.map(|role| format!(" by {}", role_word(role))).unwrap_or_default();
        let own = self
            .subject
            .is_some_and(|subject| subject.name == key.as_str() && question == subject.prose.unwrap_or(subject.name));
        if self.prose == Prose::LeftOut || key.as_str() == question {
            format!("judged {}{by}", quoted(question))
        } else if own {
            format!("judged{by}")
        } else if self.kind(&ConceptId(key.0.clone())) == Some(ConceptKind::Question) {
            format!("judged {key}{by}")
        } else {
            format!("judged {}{by}", quoted(question))
        }
    }
}

/// The place that takes a truth without parentheses, and all before it do too.
fn place_of(truth: &Truth) -> Place {
    match &truth.kind {
        TruthKind::Unless { .. } => Place::Body,
        TruthKind::All(parts) | TruthKind::Any(parts) if !is_list(parts) => Place::Condition,
        TruthKind::Not(_) | TruthKind::Known(_) | TruthKind::Timed { .. } => Place::Term,
        TruthKind::All(_)
        | TruthKind::Any(_)
        | TruthKind::Defined(_)
        | TruthKind::Count { .. }
        | TruthKind::Asked { .. }
        | TruthKind::History(_)
        | TruthKind::Onset(_)
        | TruthKind::StableDose { .. }
        | TruthKind::Given(_)
        | TruthKind::Judged { .. }
        | TruthKind::Missing(_) => Place::Subject,
    }
}

/// Whether entries need braces: for their labels, or as there are not two of them.
fn is_list(parts: &[Part<Truth>]) -> bool {
    parts.len() < 2 || parts.iter().any(|part| part.name.is_some() || part.prose.is_some() || part.when.is_some())
}

/// Whether a truth ends with a time that a reader could take for that of its neighbours.
fn narrows(truth: &Truth) -> bool {
    matches!(&bare(truth).kind, TruthKind::Timed { window, .. } if !matches!(**window, Window::At { .. }))
}

/// Whether a truth reads history that has no time of its own.
fn is_open(truth: &Truth) -> bool {
    let kind = &bare(truth).kind;
    let history = matches!(kind, TruthKind::History(history) if !matches!(history.verb, Verb::Has | Verb::Receiving));
    let asked = matches!(kind, TruthKind::Asked { value, .. } if !matches!(value.kind, ValueKind::Age));
    history || asked || matches!(kind, TruthKind::Onset(_))
}

/// A truth without the `not` and `known` before it.
fn bare(mut truth: &Truth) -> &Truth {
    while let TruthKind::Not(inner) | TruthKind::Known(inner) = &truth.kind {
        truth = inner;
    }
    truth
}

/// Half-lives stand behind a drug; where none is in sight, only a head takes them.
fn belongs_in_head(of: &Truth, window: &Window) -> bool {
    let Window::Within { reach, .. } = window else { return false };
    reach.lengths.iter().any(|length| length.unit == TimeUnit::HalfLives) && !speaks_of_exposure(of)
}

fn speaks_of_exposure(truth: &Truth) -> bool {
    match &bare(truth).kind {
        TruthKind::History(history) => !matches!(history.verb, Verb::Has | Verb::Had),
        TruthKind::All(parts) | TruthKind::Any(parts) => parts.iter().any(|part| speaks_of_exposure(&part.body)),
        TruthKind::Asked { value, .. } => is_dose(value),
        TruthKind::Not(_)
        | TruthKind::Known(_)
        | TruthKind::Unless { .. }
        | TruthKind::Timed { .. }
        | TruthKind::Defined(_)
        | TruthKind::Count { .. }
        | TruthKind::Onset(_)
        | TruthKind::StableDose { .. }
        | TruthKind::Given(_)
        | TruthKind::Judged { .. }
        | TruthKind::Missing(_) => false,
    }
}

fn is_dose(value: &Value) -> bool {
    matches!(value.kind, ValueKind::DailyDose { .. } | ValueKind::TotalDose { .. })
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Investigator => "investigator",
        Role::Participant => "participant",
        Role::Site => "site",
        Role::Central => "central",
    }
}

pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}
