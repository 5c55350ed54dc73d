//! What a patient has and gets: events with their verb, what is taken out of them, and how they are described.

use super::{Words, list, number};
use crate::ast;
use crate::ir::truth::{AttributeTest, History};
use crate::ir::value::Events;
use crate::ir::{Attributes, ConceptId, Counting, Duration, EventClass, Exemption, Route, Verb, Word};

/// What stands behind an exception, and would be taken for a part of it unless the exception stands in braces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    Nothing,
    Clauses,
}

impl Words<'_> {
    /// See [`super::history`].
    #[must_use]
    pub fn history(self, history: &History) -> String {
        self.history_before(history, Behind::Nothing)
    }

    pub(super) fn history_before(self, history: &History, behind: Behind) -> String {
        let clauses = self.clauses(history);
        let behind = if clauses.is_empty() { behind } else { Behind::Clauses };
        let counting = match (history.counting, history.events.as_slice()) {
            (Counting::Any, [_]) => String::new(),
            (counting, _) => format!("{} ", list::counting(counting)),
        };
        let route = by_route(history.route);
        let events = self.event_classes(&history.events, behind);
        format!("{} {counting}{route}{events}{clauses}", verb(history.verb))
    }

    /// What follows the events: attributes, a reason, a length.
    fn clauses(self, history: &History) -> String {
        let described = self.described(&history.events, &history.with, history.due_to.as_ref());
        let lasting = |how: &str, length: Option<&Duration>| {
            length.map(|length| format!(" for at {how} {}", number::duration(length))).unwrap_or_default()
        };
        let least = lasting("least", history.for_at_least.as_ref());
        let most = lasting("most", history.for_at_most.as_ref());
        format!("{described}{least}{most}")
    }

    /// The events behind `count of` and its like.
    pub(super) fn counted(self, counted: &Events) -> String {
        let described = self.described(&counted.events, &counted.with, counted.due_to.as_ref());
        let events = self.event_classes(&counted.events, Behind::Clauses);
        format!("{}{events}{described}", by_route(counted.route))
    }

    fn described(self, events: &[EventClass], with: &[AttributeTest], due_to: Option<&ConceptId>) -> String {
        let names: Vec<&ConceptId> = events.iter().map(|class| &class.event).collect();
        let with = if with.is_empty() { String::new() } else { format!(" with {}", self.attributes(with, &names)) };
        format!("{with}{}", because_of(due_to))
    }

    /// See [`super::event_class`].
    #[must_use]
    pub fn event_class(self, class: &EventClass) -> String {
        self.event_classes(std::slice::from_ref(class), Behind::Nothing)
    }

    /// One event by its name, or a list; what is taken out of all of them stands behind the list.
    pub(super) fn event_classes(self, classes: &[EventClass], behind: Behind) -> String {
        let names: Vec<&ConceptId> = classes.iter().map(|class| &class.event).collect();
        match classes {
            [one] => format!("{}{}", one.event, self.exception(&one.except, &names, behind)),
            several => {
                let shared = shared_exemptions(several);
                let entries: Vec<String> = several.iter().map(|class| self.entry(class, shared.len())).collect();
                format!("{}{}", list::braced(&entries), self.exception(shared, &names, behind))
            }
        }
    }

    /// A class with what is taken out of it alone.
    fn entry(self, class: &EventClass, shared: usize) -> String {
        let own = class.except.len().saturating_sub(shared);
        let except = class.except.get(..own).unwrap_or_default();
        format!("{}{}", class.event, self.exception(except, &[&class.event], Behind::Nothing))
    }

    fn exception(self, except: &[Exemption], of: &[&ConceptId], behind: Behind) -> String {
        let exempt: Vec<String> = except.iter().map(|exempt| self.exempt(exempt, of)).collect();
        match exempt.as_slice() {
            [] => String::new(),
            [one] if behind == Behind::Nothing => format!(" except {one}"),
            several => format!(" except {}", list::braced(several)),
        }
    }

    fn exempt(self, exempt: &Exemption, of: &[&ConceptId]) -> String {
        let own = exempt.event.as_ref();
        let described_by = own.as_slice();
        let with = if exempt.with.is_empty() {
            String::new()
        } else {
            format!("with {}", self.attributes(&exempt.with, if own.is_some() { described_by } else { of }))
        };
        let event = own.map(ConceptId::to_string).unwrap_or_default();
        let window = exempt.window.as_ref().map(|window| self.window(window)).unwrap_or_default();
        let due_to = because_of(exempt.due_to.as_ref());
        [event.as_str(), &with, due_to.trim_start(), &window]
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    // ---- attributes ----------------------------------------------------------------------------------------------------

    fn attributes(self, tests: &[AttributeTest], events: &[&ConceptId]) -> String {
        tests.iter().map(|test| self.attribute(test, events)).collect::<Vec<_>>().join(", ")
    }

    fn attribute(self, test: &AttributeTest, events: &[&ConceptId]) -> String {
        match test {
            AttributeTest::Grade { from, to } => grade(*from, *to),
            AttributeTest::Stage(words) => worded("stage", words, self.declared(events, |known| &known.stages)),
            AttributeTest::Histology(words) => {
                worded("histology", words, self.declared(events, |known| &known.histologies))
            }
            AttributeTest::Severity(words) => {
                worded("severity", words, self.declared(events, |known| &known.severities))
            }
            AttributeTest::Cause(cause) => format!("cause {cause}"),
        }
    }

    /// The closed list that an attribute's words are from, in its order; empty where the protocol is not known.
    fn declared(&self, events: &[&ConceptId], list: fn(&Attributes) -> &Vec<Word>) -> &[Word] {
        let Some(trial) = self.trial else { return &[] };
        let concepts = events.iter().filter_map(|event| trial.concepts.get(*event));
        concepts.map(|concept| list(&concept.attributes).as_slice()).find(|words| !words.is_empty()).unwrap_or_default()
    }
}

/// What the exceptions of all classes end with: it was said once, behind the list.
fn shared_exemptions(classes: &[EventClass]) -> &[Exemption] {
    let Some((first, rest)) = classes.split_first() else { return &[] };
    let ends_alike = |length: usize| {
        let tail = ending(&first.except, length);
        rest.iter().all(|class| class.except.len() >= length && ending(&class.except, length) == tail)
    };
    let longest = (0..=first.except.len()).rev().find(|length| ends_alike(*length)).unwrap_or(0);
    ending(&first.except, longest)
}

fn ending(except: &[Exemption], length: usize) -> &[Exemption] {
    except.get(except.len().saturating_sub(length)..).unwrap_or_default()
}

fn because_of(event: Option<&ConceptId>) -> String {
    event.map(|event| format!(" due to {event}")).unwrap_or_default()
}

fn grade(from: u8, to: u8) -> String {
    match (from, to) {
        (from, to) if from == to => format!("grade {from}"),
        (from, 5) => format!("grade >= {from}"),
        (1, to) => format!("grade <= {to}"),
        (from, to) => format!("grade in {from}..{to}"),
    }
}

/// Words of a closed list in a row are a range, up to an end of it a limit; all of it but one are told by that one.
fn worded(key: &str, words: &[Word], declared: &[Word]) -> String {
    match words {
        [] => declared.first().map_or_else(|| format!("no {key}"), |first| format!("{key} < {first}")),
        [one] => format!("{key} {one}"),
        [first, .., last] => {
            let in_a_row = declared.is_empty() || declared.windows(words.len()).any(|row| row == words);
            let mut others = declared.iter().filter(|word| !words.contains(word));
            match (in_a_row, others.next(), others.next()) {
                (false, Some(other), None) => format!("{key} != {other}"),
                (false, ..) => {
                    format!("{key} {}", words.iter().map(Word::as_str).collect::<Vec<_>>().join(" or "))
                }
                (true, None, _) => format!("{key} in {first}..{last}"),
                (true, ..) if key != "histology" && declared.ends_with(words) => format!("{key} >= {first}"),
                (true, ..) if key != "histology" && declared.starts_with(words) => format!("{key} <= {last}"),
                (true, ..) => format!("{key} in {first}..{last}"),
            }
        }
    }
}

/// A route and a blank, where there is one.
pub(super) fn by_route(route: Option<Route>) -> String {
    let word = route.and_then(|route| ast::Route::ALL.iter().find(|(written, _)| Route::from(*written) == route));
    word.map(|(_, word)| format!("{word} ")).unwrap_or_default()
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Has => "has",
        Verb::Had => "had",
        Verb::Receiving => "receiving",
        Verb::Received => "received",
        Verb::Started => "started",
        Verb::Stopped => "stopped",
    }
}
