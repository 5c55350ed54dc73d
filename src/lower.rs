//! From a checked draft to the protocol that everything behind it works with.
//!
//! Nothing can fail here. What is left to do is to make it self-contained: every concept that is named comes along with its
//! classes, the members of every class, and what its formula rests on; what the protocol does not use stays behind.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::check::{Checked, Checker, Draft};
use crate::ir::walk::{self, Visit};
use crate::ir::{self, ConceptId, DefinitionBody, DefinitionId, FORMAT, Members, SetId, Stratum, Trial, Word};

/// The protocol of a checked file. A library has no trial of its own and gives one without a name.
#[must_use]
pub fn lower(checked: Checked) -> Trial {
    let draft = Checker::with_members(checked.into_draft());
    let mut used = Used {
        draft: &draft,
        members: draft.members(),
        named: BTreeSet::new(),
        concepts: BTreeSet::new(),
        definitions: BTreeSet::new(),
        sets: BTreeSet::new(),
    };
    used.protocol();
    let Used { concepts, definitions, sets, .. } = used;
    let head = draft.trial.clone();
    let concepts: BTreeMap<ConceptId, ir::Concept> = draft
        .concepts
        .iter()
        .filter(|concept| concepts.contains(concept.name.as_str()))
        .map(|concept| (ConceptId(concept.name.clone()), concept.item.clone()))
        .collect();
    let equivalents = draft.equivalents.iter().filter(|table| concepts.contains_key(&table.class)).cloned().collect();
    let definitions = draft
        .definitions
        .iter()
        .filter(|definition| definitions.contains(definition.name.as_str()))
        .map(|definition| (DefinitionId(definition.name.clone()), definition.item.clone()));
    let sets = draft
        .sets
        .iter()
        .filter(|set| sets.contains(set.name.as_str()))
        .map(|set| (SetId(set.name.clone()), set.item.clone()));
    Trial {
        format: FORMAT.to_owned(),
        name: Word(head.as_ref().map(|head| head.name.clone()).unwrap_or_default()),
        title: head.map(|head| head.title).unwrap_or_default(),
        equivalents,
        definitions: definitions.collect(),
        sets: sets.collect(),
        concepts,
        header: draft.header,
        plans: draft.plans,
        cohorts: items(draft.cohorts),
        populations: items(draft.populations),
        eligibility: draft.eligibility,
        restrictions: items(draft.restrictions),
        epochs: items(draft.epochs),
        regimens: items(draft.regimens),
        backgrounds: items(draft.backgrounds),
        arms: items(draft.arms),
        visits: items(draft.visits),
        collections: draft.collections,
        outcomes: items(draft.outcomes),
        estimands: items(draft.estimands),
        examples: draft.examples,
        missing: draft.missing.into_iter().map(|(text, _)| text.to_string()).collect(),
    }
}

fn items<T>(sited: Vec<crate::check::Sited<T>>) -> Vec<T> {
    sited.into_iter().map(|sited| sited.item).collect()
}

/// Everything that the protocol rests on.
struct Used<'d> {
    draft: &'d Draft,
    members: FxHashMap<ConceptId, Vec<ConceptId>>,
    /// What has been gone through with all its members.
    named: BTreeSet<ConceptId>,
    concepts: BTreeSet<ConceptId>,
    definitions: BTreeSet<DefinitionId>,
    sets: BTreeSet<SetId>,
}

impl Used<'_> {
    fn protocol(&mut self) {
        let draft = self.draft;
        draft.header.conditions.iter().chain(&draft.header.day_1).for_each(|concept| self.concept(concept));
        draft.header.age.iter().for_each(|age| self.truth(age));
        if draft.header.age.is_some() {
            self.concept(&"age".into());
        }
        for stratum in &draft.header.stratified_by {
            match stratum {
                Stratum::Cohort(_) => {}
                Stratum::Definition(definition) => self.definition(definition),
                Stratum::Measure(concept) => self.concept(concept),
            }
        }
        draft.carried.iter().for_each(|measure| self.concept(&(*measure).into()));
        for plan in &draft.plans {
            self.concept(&plan.event);
            self.window(&plan.window);
        }
        draft.cohorts.iter().for_each(|cohort| self.truth(&cohort.item.body));
        draft.populations.iter().for_each(|population| self.truth(&population.item.body));
        for block in &draft.eligibility {
            walk::walk_anchor(self, &block.anchor);
            for criterion in &block.criteria {
                criterion.window.iter().for_each(|window| self.window(window));
                criterion.when.iter().for_each(|when| self.truth(when));
                self.truth(&criterion.body);
            }
        }
        for restriction in &draft.restrictions {
            restriction.item.window.iter().for_each(|window| self.window(window));
            restriction.item.when.iter().for_each(|when| self.truth(when));
            self.truth(&restriction.item.body);
        }
        self.treatment();
        self.schedule();
        draft.examples.iter().for_each(|example| self.example(example));
    }

    fn treatment(&mut self) {
        let draft = self.draft;
        draft.epochs.iter().filter_map(|epoch| epoch.item.until.as_ref()).for_each(|until| self.truth(until));
        draft.regimens.iter().for_each(|regimen| walk::walk_dosings(self, &regimen.item.dosings));
        let arms = draft.arms.iter().flat_map(|arm| &arm.item.stages);
        for stage in arms.chain(draft.backgrounds.iter().flat_map(|background| &background.item.stages)) {
            walk::walk_dosings(self, &stage.dosings);
        }
    }

    fn schedule(&mut self) {
        let draft = self.draft;
        for visit in &draft.visits {
            match &visit.item.time {
                ir::VisitTime::At(moment) => walk::walk_moment(self, moment),
                ir::VisitTime::Span { from, to } | ir::VisitTime::Every { from, to, .. } => {
                    walk::walk_moment(self, from);
                    walk::walk_moment(self, to);
                }
            }
        }
        for collection in &draft.collections {
            collection.measures.iter().for_each(|measure| self.value(measure));
            collection.when.iter().for_each(|when| self.truth(when));
        }
        for outcome in &draft.outcomes {
            outcome.item.window.iter().for_each(|window| self.window(window));
            self.body(&outcome.item.body);
        }
        for event in draft.estimands.iter().flat_map(|estimand| &estimand.item.intercurrent) {
            event.window.iter().for_each(|window| self.window(window));
            event.when.iter().for_each(|when| self.truth(when));
            self.truth(&event.event);
        }
    }

    fn example(&mut self, example: &ir::Example) {
        for fact in &example.facts {
            match fact {
                ir::Fact::History { event, due_to, window, with, .. } => {
                    self.concept(event);
                    due_to.iter().for_each(|event| self.concept(event));
                    window.iter().for_each(|window| self.window(window));
                    for test in with {
                        if let ir::truth::AttributeTest::Cause(cause) = test {
                            self.concept(cause);
                        }
                    }
                }
                ir::Fact::Anchor { event, .. } => self.concept(event),
                ir::Fact::Result { of, at, .. } => {
                    self.concept(of);
                    at.iter().for_each(|moment| walk::walk_moment(self, moment));
                }
                ir::Fact::Complete { from, to, .. } => {
                    from.iter().chain(to).for_each(|moment| walk::walk_moment(self, moment));
                }
                ir::Fact::Judged { question, .. } => self.concept(&question.as_str().into()),
            }
        }
    }

    /// A concept and the classes above it, whose other members are no part of the protocol.
    fn with_classes(&mut self, id: &ConceptId) {
        let mut open = vec![id.clone()];
        while let Some(next) = open.pop() {
            let draft = self.draft;
            let Some(concept) = draft.concept(&next) else { continue };
            if self.concepts.insert(next) {
                open.extend(concept.classes.iter().cloned());
                concept.derived.iter().for_each(|formula| self.value(formula));
            }
        }
    }

    fn body(&mut self, body: &DefinitionBody) {
        match body {
            DefinitionBody::Truth(truth) => self.truth(truth),
            DefinitionBody::Value(value) => self.value(value),
        }
    }
}

impl Visit for Used<'_> {
    fn truth(&mut self, truth: &ir::Truth) {
        if let ir::TruthKind::Judged { key, .. } = &truth.kind {
            self.concept(&ConceptId(key.0.clone()));
        }
        walk::walk_truth(self, truth);
    }

    fn value(&mut self, value: &ir::Value) {
        if matches!(value.kind, ir::ValueKind::Age) {
            self.concept(&"age".into());
        }
        walk::walk_value(self, value);
    }

    /// A concept brings its members, its classes and its formula.
    fn concept(&mut self, id: &ConceptId) {
        if !self.named.insert(id.clone()) {
            return;
        }
        let mut open = vec![id.clone()];
        while let Some(next) = open.pop() {
            self.with_classes(&next);
            let members = self.members.get(&next).cloned().unwrap_or_default();
            open.extend(members.into_iter().filter(|member| self.named.insert(member.clone())));
        }
    }

    fn definition(&mut self, id: &DefinitionId) {
        if !self.definitions.insert(id.clone()) {
            return;
        }
        let found = self.draft.definition(id);
        if let Some(definition) = found {
            self.body(&definition.item.body);
        }
    }

    fn set(&mut self, id: &SetId) {
        if !self.sets.insert(id.clone()) {
            return;
        }
        let Some(set) = self.draft.set(id) else { return };
        match &set.item.members {
            Members::Truths(parts) => {
                for part in parts {
                    part.when.iter().for_each(|when| self.truth(when));
                    self.truth(&part.body);
                }
            }
            Members::Values(parts) => {
                for part in parts {
                    part.when.iter().for_each(|when| self.truth(when));
                    self.value(&part.body);
                }
            }
            Members::Events(events) => {
                for class in events {
                    self.concept(&class.event);
                    class
                        .except
                        .iter()
                        .filter_map(|exempt| exempt.event.as_ref())
                        .for_each(|event| self.concept(event));
                }
            }
        }
    }
}
