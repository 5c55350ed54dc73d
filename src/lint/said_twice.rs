//! The same entry, treatment or measure twice in one place, and lists of one.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::walk::{self, Visit};
use crate::ir::{DefinitionBody, Dosing, Members, Operands, Part, Truth, TruthKind, Value};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::SAID_TWICE, &code::LIST_OF_ONE], check };

struct Twice<'o> {
    out: &'o mut Diagnostics,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let mut lint = Twice { out };
    for criterion in draft.eligibility.iter().flat_map(|block| &block.criteria) {
        criterion.when.iter().for_each(|when| lint.truth(when));
        lint.truth(&criterion.body);
    }
    draft.restrictions.iter().for_each(|restriction| lint.truth(&restriction.item.body));
    let own = draft.definitions.iter().filter(|definition| definition.own).map(|definition| &definition.item.body);
    for body in own.chain(draft.outcomes.iter().map(|outcome| &outcome.item.body)) {
        match body {
            DefinitionBody::Truth(truth) => lint.truth(truth),
            DefinitionBody::Value(value) => lint.value(value),
        }
    }
    for set in draft.sets.iter().filter(|set| set.own) {
        match &set.item.members {
            Members::Truths(parts) => lint.parts(parts.iter().map(|part| (part, part.body.span))),
            Members::Values(parts) => lint.parts(parts.iter().map(|part| (part, part.body.span))),
            Members::Events(_) => {}
        }
    }
    draft.regimens.iter().for_each(|regimen| lint.dosings(&regimen.item.dosings));
    draft.arms.iter().flat_map(|arm| &arm.item.stages).for_each(|stage| lint.dosings(&stage.dosings));
    lint.collected(draft);
}

fn hash_of(thing: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    thing.hash(&mut hasher);
    hasher.finish()
}

impl Twice<'_> {
    fn report(&mut self, span: Span, first: Span, what: &str) {
        self.out.push(
            Diagnostic::new(&code::SAID_TWICE, span, format!("{what} twice"))
                .label("the same again")
                .also(first, "first here")
                .help("remove it, or write what the second was meant to say"),
        );
    }

    fn parts<'p, T: Hash + 'p>(&mut self, parts: impl Iterator<Item = (&'p Part<T>, Span)>) {
        let mut seen: FxHashMap<u64, Span> = FxHashMap::default();
        for (part, span) in parts {
            if let Some(first) = seen.insert(hash_of(&(&part.when, &part.body)), span) {
                self.report(span, first, "this is listed");
            }
        }
    }

    fn dosings(&mut self, dosings: &[Dosing]) {
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        for dosing in dosings {
            match dosing {
                Dosing::Give(treatment) => {
                    let mut plain = treatment.clone();
                    plain.span = Span::NOWHERE;
                    if let Some(first) = seen.insert(format!("{plain:?}"), treatment.span) {
                        self.report(treatment.span, first, "this is given");
                    }
                }
                Dosing::Rule(rule) => {
                    let key =
                        format!("{} {} {:?}", rule.drug, hash_of(&rule.when), std::mem::discriminant(&rule.effect));
                    if let Some(first) = seen.insert(key, rule.span) {
                        self.report(rule.span, first, "this rule is written");
                    }
                }
                Dosing::Cycle { dosings, .. } | Dosing::Phase { dosings, .. } => self.dosings(dosings),
                Dosing::OneOf(_) | Dosing::Regimen(_) => {}
            }
        }
    }

    /// A measure that is collected twice at one visit, whatever the condition.
    fn collected(&mut self, draft: &Draft) {
        let mut seen: FxHashMap<(u64, &str), Span> = FxHashMap::default();
        for collection in draft.collections.iter().filter(|collection| collection.when.is_none()) {
            for measure in &collection.measures {
                for visit in &collection.visits {
                    if let Some(first) = seen.insert((hash_of(&measure.kind), visit.as_str()), measure.span) {
                        self.report(measure.span, first, &format!("this is collected at `{visit}`"));
                    }
                }
            }
        }
    }

    fn list_of_one(&mut self, span: Span) {
        self.out.push(
            Diagnostic::new(&code::LIST_OF_ONE, span, "a list of one")
                .label("is an entry missing?")
                .help("write the sentence without the list, or complete it"),
        );
    }
}

impl Visit for Twice<'_> {
    fn truth(&mut self, truth: &Truth) {
        match &truth.kind {
            TruthKind::All(parts) | TruthKind::Any(parts) => {
                self.parts(parts.iter().map(|part| (part, part.body.span)));
                if let [_] = parts.as_slice() {
                    self.list_of_one(truth.span);
                }
            }
            TruthKind::Count { of: Operands::Truths(parts), .. } => {
                self.parts(parts.iter().map(|part| (part, part.body.span)));
            }
            TruthKind::Count { of: Operands::Values { values, .. }, .. } => {
                self.parts(values.iter().map(|part| (part, part.body.span)));
                if let [_] = values.as_slice() {
                    self.list_of_one(truth.span);
                }
            }
            _ => {}
        }
        walk::walk_truth(self, truth);
    }

    fn value(&mut self, value: &Value) {
        walk::walk_value(self, value);
    }
}
