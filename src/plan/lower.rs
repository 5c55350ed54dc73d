//! From a protocol to its plan.
//!
//! Each criterion is lowered by itself; what it asks that a plan cannot say is a [`Refusal`], and leaves it to the reference
//! evaluator.

mod ask;
mod change;
mod count;
mod dose;
mod event;
pub(crate) mod outcome;
mod repeat;
mod time;
mod value;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;

use super::{
    AnchorAt, AnchorSlot, ConceptAt, ConceptSlot, Day, DayAt, Entry, Node, NodeAt, Period, PeriodAt, Plan, QuestionAt,
    Rule, ValueAt, ValueExpr, Way,
};
use crate::evaluate::Kleene;
use crate::ir::{
    Anchor, CohortId, ConceptId, Counting, DefinitionBody, Duration, Members, Operands, Part, Polarity, Restriction,
    RestrictionKind, Trial, Truth, TruthKind, Window, Word,
};
use crate::record::Family;

/// What a plan cannot say, in the words of a report: "a stable dose".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Refusal {
    fn of(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

type Lowered<T> = Result<T, Refusal>;

/// The plan of a protocol.
#[must_use]
pub fn lower(trial: &Trial) -> Plan {
    let family = Family::new(trial);
    let mut lowering = Lowering {
        trial,
        family: &family,
        plan: slots(trial, &family),
        known: HashMap::new(),
        open: Vec::new(),
        scope: Scope::Screening,
    };
    lowering.plan.unfinished = !trial.missing.is_empty();
    let screenings = trial.eligibility.iter().filter_map(|block| match &block.anchor {
        Anchor::Event(event) => lowering.plan.place(event.as_str()),
        _ => None,
    });
    lowering.plan.screenings = screenings.collect();
    lowering.header();
    for block in &trial.eligibility {
        for criterion in &block.criteria {
            let way = lowering.criterion(block, criterion);
            let name = Word(criterion.name.0.clone());
            lowering.rule(name, criterion.polarity, criterion.prose.clone(), way);
        }
    }
    for restriction in &trial.restrictions {
        let polarity = match restriction.kind {
            RestrictionKind::Require => Polarity::Include,
            RestrictionKind::Forbid => Polarity::Exclude,
            RestrictionKind::Permit => continue,
        };
        let way = lowering.restriction(restriction);
        lowering.rule(Word(restriction.name.0.clone()), polarity, restriction.prose.clone(), way);
    }
    lowering.plan
}

/// What does not depend on any criterion: the concepts and their words.
fn slots(trial: &Trial, family: &Family) -> Plan {
    let mut plan = Plan::default();
    let mut terms = BTreeSet::new();
    for (id, concept) in &trial.concepts {
        let attributes = &concept.attributes;
        for word in attributes.stages.iter().chain(&attributes.histologies).chain(&attributes.severities) {
            terms.insert(word.clone());
        }
        plan.concepts.push(ConceptSlot { id: id.clone(), above: Vec::new(), words: concept.values.clone() });
    }
    plan.terms = terms.into_iter().collect();
    plan.doses = dose::book(trial, &plan);
    let places: Vec<ConceptAt> = trial.concepts.keys().filter_map(|id| plan.place(id.as_str())).collect();
    for (low, at) in trial.concepts.keys().zip(places) {
        let mut above: Vec<ConceptAt> =
            family.classes(low).filter_map(|high| plan.place(high.as_str())).chain([at]).collect();
        above.sort_unstable();
        above.dedup();
        if let Some(slot) = plan.concepts.get_mut(at.at()) {
            slot.above = above;
        }
    }
    plan
}

/// When a sentence is asked.
#[derive(Clone)]
struct Context<'t> {
    anchor: DayAt,
    window: Option<&'t Window>,
    /// A period in the place of a window, where none is nearer: what was before another.
    instead: Option<PeriodAt>,
    look_back: Option<&'t Duration>,
    until: Option<DayAt>,
    ahead: Ahead,
}

/// What is done with the part of a time that lies behind the day of the record; as the reference has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ahead {
    CutOff,
    /// It belongs to the time: an outcome is open until its time is over.
    Open,
    /// The same over the window of an outcome, which has a first day where its end is not known.
    Endless,
}

struct Lowering<'t, 'f> {
    trial: &'t Trial,
    family: &'f Family,
    plan: Plan,
    /// What is there already, by all that it says.
    known: HashMap<String, u32>,
    /// Events whose plan is being lowered.
    open: Vec<ConceptId>,
    scope: Scope,
}

/// What the plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Screening,
    /// Doses, and times that are counted from the patient's own history, are left to the reference.
    Outcomes,
}

impl<'t> Lowering<'t, '_> {
    fn rule(&mut self, name: Word, polarity: Polarity, prose: Option<String>, way: Lowered<Way>) {
        let way = way.unwrap_or_else(|Refusal(what)| Way::Reference(what));
        self.plan.rules.push(Rule { name, polarity, prose, way });
    }

    fn planned(&self, body: NodeAt, applies: Option<NodeAt>, period: Option<PeriodAt>) -> Way {
        let anchors = super::reach::anchors(&self.plan, body, applies, period);
        Way::Planned { body, applies, period, anchors }
    }

    fn header(&mut self) {
        let header = &self.trial.header;
        if let Some(age) = &header.age {
            let way = self.outside().and_then(|context| self.truth(age, &context));
            let way = way.map(|body| self.planned(body, None, None));
            self.rule("age".into(), Polarity::Include, None, way);
        }
        if let Some(wanted) = header.words.get("sex").filter(|sex| sex.as_str() != "all") {
            let of = self.plan.place("sex");
            let found = of.and_then(|of| {
                let words = &self.plan.concepts.get(of.at())?.words;
                let word = words.iter().position(|word| word == wanted)?;
                Some(Node::Sex { of, word: u32::try_from(word).ok()? })
            });
            // Without such a measure nobody's sex can be recorded.
            let body = self.node(found.unwrap_or(Node::Constant(Kleene::Unknown)));
            let way = Ok(self.planned(body, None, None));
            self.rule("sex".into(), Polarity::Include, None, way);
        }
    }

    fn criterion(&mut self, block: &'t crate::ir::Eligibility, criterion: &'t crate::ir::Criterion) -> Lowered<Way> {
        let mut context = self.block(block)?;
        if let Some(window) = &criterion.window {
            context = self.timed(window, &context)?;
        }
        let body = self.asked_under(Some(criterion.name.as_str()), &criterion.body, &context)?;
        let applies = self.applies(&criterion.cohorts, criterion.when.as_ref(), &context)?;
        Ok(self.planned(body, applies, None))
    }

    fn restriction(&mut self, restriction: &'t Restriction) -> Lowered<Way> {
        let mut context = self.outside()?;
        let until = context.anchor;
        if let Some(window) = &restriction.window {
            context = self.timed(window, &context)?;
        }
        context.until = Some(until);
        let period = match &restriction.window {
            Some(_) => Some(self.period_of(&context, None)?),
            None => None,
        };
        let body = self.truth(&restriction.body, &context)?;
        let applies = self.applies(&restriction.cohorts, restriction.when.as_ref(), &context)?;
        Ok(self.planned(body, applies, period))
    }

    /// Cohorts are told at the anchor of the first block, the condition at that of the criterion.
    fn applies(
        &mut self,
        cohorts: &[CohortId],
        when: Option<&'t Truth>,
        context: &Context<'t>,
    ) -> Lowered<Option<NodeAt>> {
        let mut conditions = Vec::new();
        if !cohorts.is_empty() {
            let outside = self.outside()?;
            let trial = self.trial;
            let bodies = cohorts.iter().filter_map(|id| trial.cohorts.iter().find(|cohort| cohort.name == *id));
            let members = bodies.map(|cohort| self.truth(&cohort.body, &outside)).collect::<Lowered<Vec<_>>>()?;
            conditions.push(self.node(Node::Any(members)));
        }
        if let Some(when) = when {
            let asked = Context { window: None, instead: None, ..context.clone() };
            conditions.push(self.truth(when, &asked)?);
        }
        Ok(match conditions.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => Some(self.node(Node::All(conditions))),
        })
    }

    fn block(&mut self, block: &'t crate::ir::Eligibility) -> Lowered<Context<'t>> {
        let anchor = self.anchor(&block.anchor)?;
        Ok(Context {
            anchor,
            window: None,
            instead: None,
            look_back: block.look_back.as_ref(),
            until: None,
            ahead: Ahead::CutOff,
        })
    }

    fn outside(&mut self) -> Lowered<Context<'t>> {
        if let Some(block) = self.trial.eligibility.first() {
            return self.block(block);
        }
        let anchor = self.day(Day::Unknown);
        Ok(Context { anchor, window: None, instead: None, look_back: None, until: None, ahead: Ahead::CutOff })
    }

    // ---- truths ------------------------------------------------------------------------------------------------------------

    fn truth(&mut self, truth: &'t Truth, context: &Context<'t>) -> Lowered<NodeAt> {
        let node = match &truth.kind {
            TruthKind::All(parts) => return self.listed(Counting::All, parts.iter(), context),
            TruthKind::Any(parts) => return self.listed(Counting::Any, parts.iter(), context),
            TruthKind::Not(inner) => Node::Not(self.truth(inner, context)?),
            TruthKind::Unless { base, exception } => {
                let (base, exception) = (self.truth(base, context)?, self.truth(exception, context)?);
                let exception = self.node(Node::Not(exception));
                Node::All(vec![base, exception])
            }
            TruthKind::Known(inner) => Node::Known(self.truth(inner, context)?),
            TruthKind::Timed { of, window } => {
                let context = self.timed(window, context)?;
                return self.truth(of, &context);
            }
            TruthKind::Defined(definition) => match self.trial.definitions.get(definition).map(|found| &found.body) {
                Some(DefinitionBody::Truth(body)) => return self.truth(body, context),
                Some(DefinitionBody::Value(_)) | None => Node::Constant(Kleene::Unknown),
            },
            TruthKind::Count { counting, of } => return self.counted(*counting, of, context),
            TruthKind::Asked { value, ask } => return self.asked(value, ask, context),
            TruthKind::History(history) => return self.history(history, context),
            TruthKind::Onset(event) => self.onset(event, context)?,
            TruthKind::StableDose { dose, limit, for_at_least } => {
                return self.stable_dose(dose, limit.as_deref(), for_at_least, context);
            }
            TruthKind::Given(event) => {
                let event = self.concept(event)?;
                Node::Given { event, by: context.anchor }
            }
            TruthKind::Judged { key, question, .. } => {
                let question = Word::from(question.as_str());
                Node::Answer(vec![self.question(key), self.question(&question)])
            }
            TruthKind::Missing(_) => Node::Constant(Kleene::Unknown),
        };
        Ok(self.node(node))
    }

    /// A question may be answered by the name of what asks it.
    fn asked_under(&mut self, name: Option<&str>, truth: &'t Truth, context: &Context<'t>) -> Lowered<NodeAt> {
        let node = self.truth(truth, context)?;
        let (Some(name), TruthKind::Judged { key, question, .. }) = (name, &truth.kind) else { return Ok(node) };
        let keys = [key.clone(), Word::from(question.as_str()), Word::from(name)];
        let keys = keys.iter().map(|key| self.question(key)).collect();
        Ok(self.node(Node::Answer(keys)))
    }

    fn listed(
        &mut self,
        counting: Counting,
        parts: impl Iterator<Item = &'t Part<Truth>>,
        context: &Context<'t>,
    ) -> Lowered<NodeAt> {
        let mut entries = Vec::new();
        for part in parts {
            let body = self.asked_under(part.name.as_ref().map(Word::as_str), &part.body, context)?;
            entries.push(self.entry(part.when.as_deref(), body, context)?);
        }
        Ok(self.tally(counting, entries))
    }

    fn entry(&mut self, when: Option<&'t Truth>, body: NodeAt, context: &Context<'t>) -> Lowered<Entry> {
        let when = when.map(|when| self.truth(when, context)).transpose()?;
        Ok(Entry { when, body })
    }

    fn tally(&mut self, counting: Counting, entries: Vec<Entry>) -> NodeAt {
        let plain: Option<Vec<NodeAt>> =
            entries.iter().map(|entry| if entry.when.is_none() { Some(entry.body) } else { None }).collect();
        let node = match (counting, plain) {
            (Counting::All, Some(plain)) => Node::All(plain),
            (Counting::Any, Some(plain)) => Node::Any(plain),
            (Counting::None, Some(plain)) => {
                let any = self.node(Node::Any(plain));
                Node::Not(any)
            }
            (counting, _) => Node::Count { counting, entries },
        };
        self.node(node)
    }

    fn counted(&mut self, counting: Counting, of: &'t Operands, context: &Context<'t>) -> Lowered<NodeAt> {
        match of {
            Operands::Truths(parts) => self.listed(counting, parts.iter(), context),
            Operands::Values { values, ask } => self.values_asked(counting, values.iter(), ask, context),
            Operands::Set { set, except, ask } => {
                let members = self.trial.sets.get(set).map(|found| &found.members);
                match (members, ask) {
                    (Some(Members::Truths(parts)), _) => {
                        let left = parts.iter().filter(|part| !crate::evaluate::is_excepted_truth(part, except));
                        self.listed(counting, left, context)
                    }
                    (Some(Members::Values(parts)), Some(ask)) => {
                        let left = parts.iter().filter(|part| !crate::evaluate::is_excepted_value(part, except));
                        self.values_asked(counting, left, ask, context)
                    }
                    (Some(Members::Values(_) | Members::Events(_)) | None, _) => {
                        Ok(self.node(Node::Constant(Kleene::Unknown)))
                    }
                }
            }
        }
    }

    // ---- places --------------------------------------------------------------------------------------------------------------

    fn concept(&self, id: &ConceptId) -> Lowered<ConceptAt> {
        self.plan.place(id.as_str()).ok_or_else(|| Refusal::of(format!("`{id}`, which the protocol does not hold")))
    }

    fn question(&mut self, key: &Word) -> QuestionAt {
        let found = self.plan.questions.iter().position(|known| known == key);
        let at = found.unwrap_or_else(|| {
            self.plan.questions.push(key.clone());
            self.plan.questions.len() - 1
        });
        QuestionAt(u32::try_from(at).unwrap_or(u32::MAX))
    }

    fn node(&mut self, node: Node) -> NodeAt {
        NodeAt(shared(&mut self.known, &mut self.plan.nodes, node))
    }

    fn value_of(&mut self, value: ValueExpr) -> ValueAt {
        ValueAt(shared(&mut self.known, &mut self.plan.values, value))
    }

    fn day(&mut self, day: Day) -> DayAt {
        DayAt(shared(&mut self.known, &mut self.plan.days, day))
    }

    fn period(&mut self, period: Period) -> PeriodAt {
        PeriodAt(shared(&mut self.known, &mut self.plan.periods, period))
    }

    fn anchor_slot(&mut self, slot: AnchorSlot) -> AnchorAt {
        AnchorAt(shared(&mut self.known, &mut self.plan.anchors, slot))
    }
}

/// The place of a thing in its list, where it is put if it is new.
fn shared<T: Debug>(known: &mut HashMap<String, u32>, list: &mut Vec<T>, thing: T) -> u32 {
    let key = format!("{}{thing:?}", std::any::type_name::<T>());
    let next = u32::try_from(list.len()).unwrap_or(u32::MAX);
    *known.entry(key).or_insert_with(|| {
        list.push(thing);
        next
    })
}
