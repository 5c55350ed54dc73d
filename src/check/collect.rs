//! The members of a set: truths, values or events, all of one sort.

use super::checker::{Checker, Context};
use super::names::Meaning;
use super::types::Elaborated;
use crate::ast::{self, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, EventClass, Members, Part, Truth, TruthKind, Word};
use crate::span::Span;

/// What sort a member is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Truth,
    Value,
    Event,
}

enum Member {
    Truth(Part<Truth>),
    Value(Part<ir::Value>),
    Event(EventClass),
}

impl Checker<'_> {
    pub(super) fn members(&mut self, entries: &[ast::Entry], context: Context<'_>) -> Option<Members> {
        self.labels_once(entries);
        let mut first: Option<(Sort, Span)> = None;
        let (mut truths, mut values, mut events) = (Vec::new(), Vec::new(), Vec::new());
        let mut whole = true;
        for entry in entries {
            let Some(member) = self.member(entry, context) else {
                whole = false;
                continue;
            };
            let sort = match &member {
                Member::Truth(_) => Sort::Truth,
                Member::Value(_) => Sort::Value,
                Member::Event(_) => Sort::Event,
            };
            match first {
                Some((other, span)) if other != sort => {
                    self.mixed_sorts(entry.span, span);
                    whole = false;
                }
                Some(_) => {}
                None => first = Some((sort, entry.span)),
            }
            match member {
                Member::Truth(part) => truths.push(part),
                Member::Value(part) => values.push(part),
                Member::Event(class) => events.push(class),
            }
        }
        if !whole {
            return None;
        }
        Some(match first?.0 {
            Sort::Truth => Members::Truths(truths),
            Sort::Value => Members::Values(values),
            Sort::Event => Members::Events(events),
        })
    }

    fn mixed_sorts(&mut self, span: Span, first: Span) {
        self.report(
            Diagnostic::new(
                &code::NOT_COMPARABLE,
                span,
                "the members of a set are all truths, all values or all events",
            )
            .label("another sort than the first")
            .also(first, "the first member"),
        );
    }

    fn member(&mut self, entry: &ast::Entry, context: Context<'_>) -> Option<Member> {
        if let Some(class) = self.event_member(entry, context) {
            return class.map(Member::Event);
        }
        let inside = match &entry.head {
            Some(head) => context.under(head),
            None => context,
        };
        let window = match &entry.head {
            Some(head) => self.head_window(head, context)?,
            None => None,
        };
        let when = match &entry.head {
            Some(head) => self.when(head, context)?.map(Box::new),
            None => None,
        };
        let name = entry.head.as_ref().map(|head| Word(head.name.text.clone()));
        let prose = entry.head.as_ref().and_then(|head| head.prose.as_ref()).map(|prose| prose.value.to_string());
        Some(match self.elaborate(&entry.body, inside)? {
            Elaborated::Truth(mut body) => {
                if let Some(window) = window {
                    let span = body.span;
                    body = Truth { kind: TruthKind::Timed { of: Box::new(body), window: Box::new(window) }, span };
                }
                Member::Truth(Part { name, prose, when, body })
            }
            Elaborated::Value(typed) => Member::Value(Part { name, prose, when, body: typed.value }),
        })
    }

    /// A bare name of a condition, drug or event is a member by itself.
    #[expect(
        clippy::option_option,
        reason = "the outer option says whether it is an event, the inner one whether it is sound"
    )]
    fn event_member(&mut self, entry: &ast::Entry, context: Context<'_>) -> Option<Option<EventClass>> {
        let (ExprKind::Value(value), None) = (&entry.body.kind, &entry.head) else { return None };
        let Some(Meaning::Concept(ix)) = self.lookup(context.module, &value.name.text, value.name.span) else {
            return None;
        };
        if !super::history::is_event(self.concept(ix).kind) {
            return None;
        }
        let mut class = EventClass { event: self.concept_id(ix), except: Vec::new() };
        if let Some(except) = &value.except {
            match self.exemptions(except, std::slice::from_ref(&class), context) {
                Some(exempt) => class.except = exempt,
                None => return Some(None),
            }
        }
        Some(Some(class))
    }
}
