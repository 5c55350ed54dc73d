//! Truths: every sentence that is met, not met or unknown.

use super::node::{About, Node, State, Used};
use super::{Context, Evaluator, Kleene, Lack, Now};
use crate::ir::{DefinitionBody, Part, Truth, TruthKind, Window, Word};

impl<'a> Evaluator<'a> {
    pub(crate) fn truth(&self, truth: &'a Truth, context: &Context<'a>) -> Node<'a> {
        let about = About::Truth(truth);
        match &truth.kind {
            TruthKind::All(parts) => self.listed(crate::ir::Counting::All, parts, about, context),
            TruthKind::Any(parts) => self.listed(crate::ir::Counting::Any, parts, about, context),
            TruthKind::Not(inner) => {
                let inner = self.truth(inner, context);
                Node::truth(about, !inner.kleene(), vec![inner])
            }
            TruthKind::Unless { base, exception } => {
                let (base, exception) = (self.truth(base, context), self.truth(exception, context));
                Node::truth(about, base.kleene().unless(exception.kleene()), vec![base, exception])
            }
            TruthKind::Known(inner) => {
                let inner = self.truth(inner, context);
                let state = match inner.kleene() {
                    // Where its window ends later, it may be known.
                    Kleene::Unknown if context.has_no_end() => Kleene::Unknown,
                    state => (state == Kleene::Met).into(),
                };
                Node::truth(about, state, vec![inner])
            }
            TruthKind::Timed { of, window } => {
                let inner = self.truth(of, &self.timed(window, context));
                Node::truth(about, inner.kleene(), vec![inner])
            }
            TruthKind::Defined(definition) => {
                match self.reader.trial.definitions.get(definition).map(|found| &found.body) {
                    Some(DefinitionBody::Truth(body)) => {
                        let inner = self.truth(body, context);
                        Node::truth(about, inner.kleene(), vec![inner])
                    }
                    Some(DefinitionBody::Value(_)) | None => Node::lacking(about, Lack::Unsaid(definition.to_string())),
                }
            }
            TruthKind::Count { counting, of } => self.counted(*counting, of, about, context),
            TruthKind::Asked { value, ask } => self.asked(value, ask, about, context),
            TruthKind::History(history) => self.history(history, about, context),
            TruthKind::Onset(event) => self.onset(event, about, context),
            TruthKind::StableDose { dose, limit, for_at_least } => {
                self.stable_dose(dose, limit.as_deref(), for_at_least, about, context)
            }
            TruthKind::Given(event) => self.given(event, about, context),
            TruthKind::Judged { key, question, by } => {
                let by_words = || self.record.judged.get_key_value(question.as_str());
                let Some((key, answer)) = self.record.judged.get_key_value(key.as_str()).or_else(by_words) else {
                    let lack = Lack::Answer { key: key.clone(), question: question.clone(), by: *by };
                    return Node::lacking(about, lack);
                };
                let mut node = Node::truth(about, (*answer).into(), Vec::new());
                node.used.push(Used::Answer(key, *answer));
                node
            }
            TruthKind::Missing(what) => Node::lacking(about, Lack::Unsaid(what.clone())),
        }
    }

    /// Inside a window; `at` moves the anchor instead.
    pub(super) fn timed(&self, window: &'a Window, context: &Context<'a>) -> Context<'a> {
        match window {
            Window::At { moment } => Context {
                anchor: Now::Known(self.judged_at(moment, context)),
                window: None,
                due: None,
                ..context.clone()
            },
            Window::Within { .. }
            | Window::AtLeast { .. }
            | Window::Between { .. }
            | Window::Beside { .. }
            | Window::DuringEpoch { .. }
            | Window::DuringEvent { .. } => context.within(window),
        }
    }

    /// An event of the trial that has taken place up to the anchor, such as consent.
    fn given(&self, event: &'a crate::ir::ConceptId, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let lack = || Lack::Day { of: event.to_string() };
        let Some(dated) = self.record.anchors.get(event) else {
            let refused = self.record.absences.iter().find(|absence| absence.of == *event);
            return match refused {
                Some(absence) => {
                    let mut node = Node::truth(about, Kleene::NotMet, Vec::new());
                    node.used.push(Used::Absence(absence));
                    node
                }
                None => Node::lacking(about, lack()),
            };
        };
        let anchor = match self.now(context) {
            Ok(anchor) => super::frame::end_of_day(anchor),
            Err(lack) => return Node::lacking(about, lack),
        };
        let when = dated.when.span;
        // What is only planned has not taken place, whenever it was to.
        let state = Kleene::between(when.to <= anchor && !dated.planned, when.from <= anchor);
        let mut node = Node::truth(about, state, Vec::new());
        node.used.push(Used::Anchor(event, *dated));
        if state == Kleene::Unknown { node.with_lack(lack()) } else { node }
    }

    /// A truth that stands under a name. A question may be answered by the name of what asks it.
    pub(super) fn asked_under(&self, name: Option<&str>, truth: &'a Truth, context: &Context<'a>) -> Node<'a> {
        let node = self.truth(truth, context);
        let asks = matches!(truth.kind, TruthKind::Judged { .. }) && !node.is_settled();
        match name.and_then(|name| self.record.judged.get_key_value(name)).filter(|_| asks) {
            Some((key, answer)) => {
                let mut node = Node::truth(About::Truth(truth), (*answer).into(), Vec::new());
                node.used.push(Used::Answer(key, *answer));
                node
            }
            None => node,
        }
    }

    /// An entry with its label; where its `when` is not met it does not count.
    pub(super) fn entry(&self, part: &'a Part<Truth>, context: &Context<'a>) -> (super::kleene::Entry, Node<'a>) {
        let body = self.asked_under(part.name.as_ref().map(Word::as_str), &part.body, context);
        self.labelled(part.name.as_ref(), part.prose.as_deref(), part.when.as_deref(), (body, context))
    }

    pub(super) fn labelled(
        &self,
        name: Option<&'a Word>,
        prose: Option<&'a str>,
        when: Option<&'a Truth>,
        (body, context): (Node<'a>, &Context<'a>),
    ) -> (super::kleene::Entry, Node<'a>) {
        let state = body.kleene();
        let Some(when) = when else {
            let entry = super::kleene::Entry { counts: Kleene::Met, state };
            let node = if name.is_some() { wrap(About::Entry(name, prose), body) } else { body };
            return (entry, node);
        };
        let mut condition = self.truth(when, context);
        condition.about = About::When;
        let counts = condition.kleene();
        let mut node = wrap(About::Entry(name, prose), body);
        match counts {
            Kleene::Met => {}
            Kleene::NotMet => {
                node.state = State::Truth(Kleene::NotMet);
                node.notes.push(super::Note::NotApplicable);
            }
            Kleene::Unknown => node.state = State::Truth(Kleene::Unknown),
        }
        node.parts.insert(0, condition);
        (super::kleene::Entry { counts, state }, node)
    }
}

/// The same answer, under a label.
fn wrap<'a>(about: About<'a>, body: Node<'a>) -> Node<'a> {
    Node { about, state: body.state.clone(), used: Vec::new(), lacks: Vec::new(), notes: Vec::new(), parts: vec![body] }
}
