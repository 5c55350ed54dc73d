//! Goes through truths and values: one place that knows what each of them holds.

use super::truth::{AttributeTest, History};
use super::value::{Events, ListOf};
use super::{
    Anchor, Ask, ConceptId, DefinitionId, Dosing, EventClass, Moment, Operands, RuleEffect, SetId, Truth, TruthKind,
    Value, ValueKind, Window,
};

/// What is done at each node. Every method goes on to what its node holds unless it is overridden.
pub trait Visit {
    fn truth(&mut self, truth: &Truth) {
        walk_truth(self, truth);
    }

    fn value(&mut self, value: &Value) {
        walk_value(self, value);
    }

    fn ask(&mut self, ask: &Ask) {
        walk_ask(self, ask);
    }

    fn window(&mut self, window: &Window) {
        walk_window(self, window);
    }

    /// A concept is named: a measure, an event, a question.
    fn concept(&mut self, _: &ConceptId) {}

    fn definition(&mut self, _: &DefinitionId) {}

    fn set(&mut self, _: &SetId) {}
}

/// Goes on to what a truth holds.
pub fn walk_truth<V: Visit + ?Sized>(visit: &mut V, truth: &Truth) {
    match &truth.kind {
        TruthKind::All(parts) | TruthKind::Any(parts) => {
            for part in parts {
                part.when.iter().for_each(|when| visit.truth(when));
                visit.truth(&part.body);
            }
        }
        TruthKind::Not(inner) | TruthKind::Known(inner) => visit.truth(inner),
        TruthKind::Unless { base, exception } => {
            visit.truth(base);
            visit.truth(exception);
        }
        TruthKind::Timed { of, window } => {
            visit.truth(of);
            visit.window(window);
        }
        TruthKind::Defined(definition) => visit.definition(definition),
        TruthKind::Count { counting: _, of } => match of {
            Operands::Truths(parts) => {
                for part in parts {
                    part.when.iter().for_each(|when| visit.truth(when));
                    visit.truth(&part.body);
                }
            }
            Operands::Values { values, ask } => {
                for part in values {
                    visit.value(&part.body);
                }
                visit.ask(ask);
            }
            Operands::Set { set, except: _, ask } => {
                visit.set(set);
                ask.iter().for_each(|ask| visit.ask(ask));
            }
        },
        TruthKind::Asked { value, ask } => {
            visit.value(value);
            visit.ask(ask);
        }
        TruthKind::History(history) => walk_history(visit, history),
        TruthKind::Onset(concept) | TruthKind::Given(concept) => visit.concept(concept),
        TruthKind::StableDose { dose, limit, for_at_least: _ } => {
            visit.value(dose);
            limit.iter().for_each(|limit| visit.ask(limit));
        }
        TruthKind::Judged { .. } | TruthKind::Missing(_) => {}
    }
}

fn walk_history<V: Visit + ?Sized>(visit: &mut V, history: &History) {
    walk_events(visit, &history.events, &history.with, history.due_to.as_ref());
}

fn walk_events<V: Visit + ?Sized>(
    visit: &mut V,
    events: &[EventClass],
    with: &[AttributeTest],
    due_to: Option<&ConceptId>,
) {
    for class in events {
        visit.concept(&class.event);
        for exempt in &class.except {
            exempt.event.iter().for_each(|event| visit.concept(event));
            exempt.due_to.iter().for_each(|event| visit.concept(event));
            exempt.window.iter().for_each(|window| visit.window(window));
            walk_tests(visit, &exempt.with);
        }
    }
    walk_tests(visit, with);
    due_to.into_iter().for_each(|event| visit.concept(event));
}

fn walk_tests<V: Visit + ?Sized>(visit: &mut V, tests: &[AttributeTest]) {
    for test in tests {
        match test {
            AttributeTest::Cause(concept) => visit.concept(concept),
            AttributeTest::Grade { .. }
            | AttributeTest::Stage(_)
            | AttributeTest::Histology(_)
            | AttributeTest::Severity(_) => {}
        }
    }
}

/// Goes on to what a question holds.
pub fn walk_ask<V: Visit + ?Sized>(visit: &mut V, ask: &Ask) {
    match ask {
        Ask::Compare { comparator: _, to, instead } => {
            visit.value(to);
            for (condition, to) in instead {
                visit.truth(condition);
                visit.value(to);
            }
        }
        Ask::InRange { range: _, instead } => instead.iter().for_each(|(condition, _)| visit.truth(condition)),
        Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => {}
    }
}

/// Goes on to what a value holds.
pub fn walk_value<V: Visit + ?Sized>(visit: &mut V, value: &Value) {
    match &value.kind {
        ValueKind::Quantity(_) | ValueKind::DoseQuantity(_) | ValueKind::Age => {}
        ValueKind::Word { of, .. }
        | ValueKind::Result { of, .. }
        | ValueKind::PerUpperLimit { of, .. }
        | ValueKind::PerLowerLimit { of, .. } => visit.concept(of),
        ValueKind::Defined { definition, .. } => visit.definition(definition),
        ValueKind::MeanOf { of, .. } | ValueKind::EachOf { of, .. } | ValueKind::Change { of, .. } => visit.value(of),
        ValueKind::In { value, .. } => visit.value(value),
        ValueKind::Arithmetic { left, right, .. } => {
            visit.value(left);
            visit.value(right);
        }
        ValueKind::If { branches, otherwise } => {
            for (condition, value) in branches {
                visit.truth(condition);
                visit.value(value);
            }
            visit.value(otherwise);
        }
        ValueKind::HighestOf(list) | ValueKind::LowestOf(list) | ValueKind::SumOf(list) => match list {
            ListOf::Values(parts) => {
                for part in parts {
                    part.when.iter().for_each(|when| visit.truth(when));
                    visit.value(&part.body);
                }
            }
            ListOf::Set { set, .. } => visit.set(set),
        },
        ValueKind::DailyDose { of, equivalent_to, .. } | ValueKind::TotalDose { of, equivalent_to, .. } => {
            walk_events(visit, of, &[], equivalent_to.as_ref());
        }
        ValueKind::CountOf { of } | ValueKind::LinesOf { of } | ValueKind::RateOf { of, .. } => {
            let Events { events, route: _, with, due_to } = &**of;
            walk_events(visit, events, with, due_to.as_ref());
        }
        ValueKind::TimeBetween { from, to } => {
            walk_moment(visit, from);
            walk_moment(visit, to);
        }
    }
}

/// Goes on to what a window holds.
pub fn walk_window<V: Visit + ?Sized>(visit: &mut V, window: &Window) {
    match window {
        Window::Within { anchor, .. } => anchor.iter().for_each(|anchor| walk_anchor(visit, anchor)),
        Window::AtLeast { anchor, .. } | Window::Beside { anchor, .. } => walk_anchor(visit, anchor),
        Window::Between { from, to } => {
            walk_moment(visit, from);
            walk_moment(visit, to);
        }
        Window::At { moment } => walk_moment(visit, moment),
        Window::DuringEpoch { .. } => {}
        Window::DuringEvent { event } => visit.concept(event),
    }
}

/// Goes on to what a moment holds.
pub fn walk_moment<V: Visit + ?Sized>(visit: &mut V, moment: &Moment) {
    walk_anchor(visit, &moment.anchor);
}

/// Goes on to what an anchor holds.
pub fn walk_anchor<V: Visit + ?Sized>(visit: &mut V, anchor: &Anchor) {
    match anchor {
        Anchor::Event(concept) | Anchor::StartOf(concept) | Anchor::EndOf(concept) => visit.concept(concept),
        Anchor::First { of, .. } | Anchor::Last { of, .. } => of.iter().for_each(|concept| visit.concept(concept)),
        Anchor::Visit(_) | Anchor::StudyDay(_) | Anchor::Date(_) | Anchor::EpochStart(_) | Anchor::EpochEnd(_) => {}
    }
}

/// Goes through what is given and the rules that change it.
pub fn walk_dosings<V: Visit + ?Sized>(visit: &mut V, dosings: &[Dosing]) {
    for dosing in dosings {
        match dosing {
            Dosing::Give(treatment) => walk_treatment(visit, treatment),
            Dosing::OneOf(treatments) => treatments.iter().for_each(|treatment| walk_treatment(visit, treatment)),
            Dosing::Regimen(_) => {}
            Dosing::Cycle { dosings, .. } | Dosing::Phase { dosings, .. } => walk_dosings(visit, dosings),
            Dosing::Rule(rule) => {
                visit.concept(&rule.drug);
                visit.truth(&rule.when);
                match &rule.effect {
                    RuleEffect::Hold { until: Some(until) } => visit.truth(until),
                    RuleEffect::AdjustTo(amount) => walk_amount(visit, amount),
                    RuleEffect::Hold { until: None }
                    | RuleEffect::Stop
                    | RuleEffect::ReduceByLevels(_)
                    | RuleEffect::ReduceByPercent(_)
                    | RuleEffect::ReduceBy(_)
                    | RuleEffect::ReduceTo(_) => {}
                }
            }
        }
    }
}

fn walk_treatment<V: Visit + ?Sized>(visit: &mut V, treatment: &super::Treatment) {
    visit.concept(&treatment.what);
    treatment.amount.iter().for_each(|amount| walk_amount(visit, amount));
    if let Some(when) = treatment.titration.as_ref().and_then(|titration| titration.when.as_ref()) {
        visit.truth(when);
    }
}

fn walk_amount<V: Visit + ?Sized>(visit: &mut V, amount: &super::Amount) {
    match amount {
        super::Amount::Fixed { equivalent_to, .. } | super::Amount::Range { equivalent_to, .. } => {
            equivalent_to.iter().for_each(|drug| visit.concept(drug));
        }
        super::Amount::Judged { .. } | super::Amount::Missing(_) => {}
    }
}
