//! Events of the patient: classes as sets, windows as days.

use super::{Context, Lowered, Lowering, Refusal};
use crate::ir::truth::{AttributeTest, History};
use crate::ir::{ConceptId, Counting, EventClass, Exemption, Route, Side, TimeUnit, Verb, Window, Word};
use crate::plan::{AtMost, ConceptAt, Entry, Events, Exempt, Kin, Node, NodeAt, PeriodAt, Silence, Tests};
use crate::record::{Kinship, kinds_of};

impl<'t> Lowering<'t, '_> {
    pub(super) fn history(&mut self, history: &'t History, context: &Context<'t>) -> Lowered<NodeAt> {
        if let (false, [class]) = (history.counting == Counting::Any, history.events.as_slice()) {
            return self.members(class, history, context);
        }
        let mut entries = Vec::new();
        for class in &history.events {
            let body = self.class_asked(class, history, context)?;
            entries.push(Entry { when: None, body });
        }
        Ok(self.tally(history.counting, entries))
    }

    /// A class as a whole; member by member where the window is another for each drug.
    fn class_asked(&mut self, class: &'t EventClass, history: &'t History, context: &Context<'t>) -> Lowered<NodeAt> {
        if !by_half_lives(context) {
            return self.events(&class.event, false, (class, history), context);
        }
        let family = self.family;
        let mut members = Vec::new();
        for member in std::iter::once(&class.event).chain(family.members(&class.event)) {
            members.push(self.events(member, true, (class, history), context)?);
        }
        Ok(self.node(Node::Any(members)))
    }

    pub(super) fn events(
        &mut self,
        event: &ConceptId,
        exactly: bool,
        (class, history): (&'t EventClass, &'t History),
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let ongoing = matches!(history.verb, Verb::Has | Verb::Receiving);
        let period = if ongoing { self.on_the_day(context) } else { self.period_of(context, Some(event))? };
        let ever = self.period_of(&Context { window: None, instead: None, ..context.clone() }, None)?;
        let of = if exactly { Kin { is: vec![self.concept(event)?], may_be: Vec::new() } } else { self.kin(event) };
        let (mut along, mut at_least, mut at_most) = (None, None, None);
        if let Some(length) = &history.for_at_least {
            if ongoing {
                along = Some(self.stretch(length, context)?);
            } else {
                at_least = self.length(length, None)?;
            }
        }
        if let Some(length) = &history.for_at_most {
            at_most = if ongoing {
                Some(AtMost::Since(self.moved(context.anchor, length, Side::Before, None)?))
            } else {
                self.length(length, None)?.map(AtMost::Lasted)
            };
        }
        // How long something lasted is judged up to the end of the window.
        let lasting = history.for_at_least.is_some() || history.for_at_most.is_some();
        let first = if lasting { None } else { self.first_day_of(context)? };
        let except = class.except.iter().map(|exemption| self.exempt(exemption, context)).collect::<Lowered<_>>()?;
        let events = Events {
            verb: history.verb,
            of,
            silence: self.silence(event),
            tests: self.tests(history.route, &history.with, history.due_to.as_ref()),
            except,
            period,
            ever,
            first,
            along,
            at_least,
            at_most,
            only_recorded: exactly && self.family.is_class(event),
        };
        Ok(self.node(Node::Events(Box::new(events))))
    }

    /// From so long before the anchor to the anchor's day.
    pub(super) fn stretch(&mut self, length: &crate::ir::Duration, context: &Context<'t>) -> Lowered<PeriodAt> {
        let from = self.moved(context.anchor, length, Side::Before, None)?;
        let day = self.on_the_day(context);
        let Some(period) = self.plan.periods.get(day.at()).cloned() else { return Ok(day) };
        Ok(self.period(crate::plan::Period { from: Some(from), ..period }))
    }

    pub(super) fn exempt(&mut self, exemption: &'t Exemption, context: &Context<'t>) -> Lowered<Exempt> {
        let period = match &exemption.window {
            None => None,
            Some(window) => {
                let inside = Context { window: Some(window), instead: None, ..context.clone() };
                if by_half_lives(&inside) {
                    return Err(Refusal::of("an exception counted in half-lives"));
                }
                Some(self.period_of(&inside, None)?)
            }
        };
        let of = exemption.event.as_ref().map(|event| self.kin(event));
        Ok(Exempt { of, tests: self.tests(None, &exemption.with, exemption.due_to.as_ref()), period })
    }

    pub(super) fn tests(&self, route: Option<Route>, with: &[AttributeTest], due_to: Option<&ConceptId>) -> Tests {
        let terms = |words: &[Word]| words.iter().filter_map(|word| self.plan.term(word)).collect::<Vec<u32>>();
        let mut tests = Tests { route, due_to: due_to.map(|of| self.kin(of)), ..Tests::default() };
        for test in with {
            match test {
                AttributeTest::Grade { from, to } => tests.grade.push((*from, *to)),
                AttributeTest::Stage(words) => tests.stage.push(terms(words)),
                AttributeTest::Histology(words) => tests.histology.push(terms(words)),
                AttributeTest::Severity(words) => tests.severity.push(terms(words)),
                AttributeTest::Cause(of) => tests.cause.push(self.kin(of)),
            }
        }
        tests
    }

    pub(super) fn onset(&mut self, event: &ConceptId, context: &Context<'t>) -> Lowered<Node> {
        let period = self.period_of(context, None)?;
        Ok(Node::Onset { of: self.kin(event), period, silence: self.silence(event) })
    }

    /// What is one of these, and what may be.
    pub(super) fn kin(&self, event: &ConceptId) -> Kin {
        let mut kin = Kin::default();
        for (id, at) in self.places() {
            match self.family.kinship(id, event) {
                Kinship::Is => kin.is.push(at),
                Kinship::MayBe => kin.may_be.push(at),
                Kinship::IsNot => {}
            }
        }
        kin
    }

    pub(super) fn silence(&self, event: &ConceptId) -> Silence {
        let denied = self.places().filter(|(id, _)| self.family.kinship(event, id) == Kinship::Is);
        let denied = denied.map(|(_, at)| at).collect();
        let kinds = kinds_of(self.trial, self.family, event).into_iter().collect();
        Silence { denied, kinds }
    }

    fn places(&self) -> impl Iterator<Item = (&ConceptId, ConceptAt)> {
        (0..).map(ConceptAt).zip(&self.plan.concepts).map(|(at, slot)| (&slot.id, at))
    }
}

/// Whether the window around is another for each drug.
fn by_half_lives(context: &Context<'_>) -> bool {
    match context.window {
        Some(Window::Within { reach, .. }) => reach.lengths.iter().any(|length| length.unit == TimeUnit::HalfLives),
        Some(Window::AtLeast { distance, .. }) => distance.unit == TimeUnit::HalfLives,
        _ => false,
    }
}
