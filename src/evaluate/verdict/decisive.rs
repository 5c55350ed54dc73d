//! What to find out next: which missing facts could change a verdict, alone or together, the most decisive first.

use std::collections::{BTreeMap, BTreeSet};

use super::{Report, Ruling};
use crate::evaluate::kleene::{Entry, count};
use crate::evaluate::{About, Kleene, Lack, Node, Note};
use crate::ir::{Counting, Polarity, TruthKind, Verdict, Word};

/// One thing that is missing.
#[derive(Clone, Debug)]
pub struct Question {
    pub lack: Lack,
    /// The unknown criteria that it bears on.
    pub criteria: Vec<Word>,
    /// Those that it alone could turn against the patient: one of them makes the patient ineligible.
    pub could_exclude: Vec<Word>,
    /// Whether it alone could make the patient eligible.
    pub could_admit: bool,
}

/// Everything that is missing for a verdict.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// The most decisive first.
    pub questions: Vec<Question>,
    /// A shortest list of these that could settle every criterion in the patient's favour, by their places in `questions`.
    pub shortest: Vec<usize>,
}

type Outcomes = BTreeSet<Kleene>;

/// More parts than this with two outcomes each are taken to have all outcomes.
const MOST: usize = 12;

impl Report<'_> {
    /// What could still change an undetermined verdict.
    #[must_use]
    pub fn open(&self) -> Open {
        if self.verdict != Verdict::Undetermined {
            return Open::default();
        }
        let unknown: Vec<&Ruling<'_>> = self.rulings.iter().filter(|ruling| ruling.passes == Kleene::Unknown).collect();
        let mut lacks: Vec<Lack> = Vec::new();
        let mut bearing: BTreeMap<String, Vec<Word>> = BTreeMap::new();
        for ruling in &unknown {
            for lack in ruling.missing() {
                let names = bearing.entry(lack.topic()).or_default();
                if !names.contains(&ruling.name) {
                    names.push(ruling.name.clone());
                }
                if !lacks.iter().any(|known| known.topic() == lack.topic()) {
                    lacks.push(lack);
                }
            }
        }
        let question = |lack: Lack| {
            let topic = lack.topic();
            let turned = |ruling: &&&Ruling<'_>| ruling.outcomes(&topic).contains(&Kleene::NotMet);
            let could_exclude = unknown.iter().filter(turned).map(|ruling| ruling.name.clone()).collect();
            let could_admit =
                self.unsaid.is_empty() && unknown.iter().all(|ruling| ruling.outcomes(&topic).contains(&Kleene::Met));
            Question { criteria: bearing.remove(&topic).unwrap_or_default(), lack, could_exclude, could_admit }
        };
        let mut questions: Vec<Question> = lacks.into_iter().map(question).collect();
        questions.sort_by_key(|question| {
            let alone = question.could_exclude.len();
            (std::cmp::Reverse(alone), !question.could_admit, std::cmp::Reverse(question.criteria.len()))
        });
        let shortest = shortest(&unknown, &questions);
        Open { questions, shortest }
    }
}

/// For each criterion one fact that alone could settle it in the patient's favour, or else all that it lacks.
fn shortest(unknown: &[&Ruling<'_>], questions: &[Question]) -> Vec<usize> {
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    // First those where there is no choice.
    let mut choices: Vec<(Vec<usize>, bool)> = unknown
        .iter()
        .map(|ruling| {
            let bears = |question: &&(usize, &Question)| question.1.criteria.contains(&ruling.name);
            let all: Vec<(usize, &Question)> =
                questions.iter().enumerate().filter(|question| bears(&question)).collect();
            let alone =
                all.iter().filter(|(_, question)| ruling.outcomes(&question.lack.topic()).contains(&Kleene::Met));
            let alone: Vec<usize> = alone.map(|(at, _)| *at).collect();
            if alone.is_empty() { (all.iter().map(|(at, _)| *at).collect(), false) } else { (alone, true) }
        })
        .collect();
    choices.sort_by_key(|(choice, any)| if *any { choice.len() } else { 0 });
    for (choice, any) in choices {
        if !any {
            chosen.extend(choice);
        } else if !choice.iter().any(|at| chosen.contains(at)) {
            chosen.extend(choice.first());
        }
    }
    chosen.into_iter().collect()
}

impl Ruling<'_> {
    /// What is missing for this criterion, in the order of its parts.
    #[must_use]
    pub fn missing(&self) -> Vec<Lack> {
        let mut found = Vec::new();
        gather(&self.node, &mut found);
        found
    }

    /// Whether the patient could pass it, fail it, or leave it unknown, once this one thing is known.
    fn outcomes(&self, topic: &str) -> Outcomes {
        let states = outcomes(&self.node, topic);
        match self.polarity {
            Polarity::Include => states,
            Polarity::Exclude => states.into_iter().map(|state| !state).collect(),
        }
    }
}

fn gather(node: &Node<'_>, found: &mut Vec<Lack>) {
    if node.is_settled() {
        return;
    }
    for lack in &node.lacks {
        if !found.contains(lack) {
            found.push(lack.clone());
        }
    }
    node.parts.iter().for_each(|part| gather(part, found));
}

/// What an answer could become.
fn outcomes(node: &Node<'_>, topic: &str) -> Outcomes {
    if node.is_settled() {
        return Outcomes::from([node.kleene()]);
    }
    let each = || node.parts.iter().map(|part| outcomes(part, topic)).collect::<Vec<_>>();
    match &node.about {
        About::Truth(truth) => match &truth.kind {
            TruthKind::All(_) => tally(Counting::All, &node.parts, topic),
            TruthKind::Any(_) => tally(Counting::Any, &node.parts, topic),
            TruthKind::Not(_) => each().concat_with(|state| !state),
            TruthKind::Unless { .. } => match each().as_slice() {
                [base, exception] => pairs(base, exception, Kleene::unless),
                _ => leaf(node, topic),
            },
            TruthKind::Timed { .. } | TruthKind::Defined(_) => each().concat_with(|state| state),
            TruthKind::Count { counting, .. } => tally(*counting, &node.parts, topic),
            TruthKind::History(history) if !node.parts.is_empty() => tally(history.counting, &node.parts, topic),
            TruthKind::History(_)
            | TruthKind::Known(_)
            | TruthKind::Asked { .. }
            | TruthKind::Onset(_)
            | TruthKind::StableDose { .. }
            | TruthKind::Given(_)
            | TruthKind::Judged { .. }
            | TruthKind::Missing(_) => leaf(node, topic),
        },
        About::Entry(..) | About::When => match node.parts.as_slice() {
            [one] => outcomes(one, topic),
            _ => leaf(node, topic),
        },
        About::Event(_) if !node.parts.is_empty() => tally(Counting::Any, &node.parts, topic),
        About::Value(_) | About::Event(_) | About::Member(_) | About::Limit | About::Cohort | About::Criterion => {
            leaf(node, topic)
        }
    }
}

/// Either way, if this is all that it lacks.
fn leaf(node: &Node<'_>, topic: &str) -> Outcomes {
    let mut lacks = Vec::new();
    gather(node, &mut lacks);
    if !lacks.is_empty() && lacks.iter().all(|lack| lack.topic() == topic && lack.can_be_settled()) {
        Outcomes::from([Kleene::Met, Kleene::NotMet])
    } else {
        Outcomes::from([Kleene::Unknown])
    }
}

fn pairs(left: &Outcomes, right: &Outcomes, join: impl Fn(Kleene, Kleene) -> Kleene) -> Outcomes {
    left.iter().flat_map(|a| right.iter().map(|b| join(*a, *b)).collect::<Vec<_>>()).collect()
}

/// What a count could become: every way in which its entries could.
fn tally(counting: Counting, parts: &[Node<'_>], topic: &str) -> Outcomes {
    let counted = parts.iter().filter(|part| !part.notes.contains(&Note::NotApplicable));
    let each: Vec<Outcomes> = counted.map(|part| outcomes(part, topic)).collect();
    if each.iter().filter(|outcomes| outcomes.len() > 1).count() > MOST {
        return Outcomes::from([Kleene::Met, Kleene::NotMet, Kleene::Unknown]);
    }
    let mut lists: Vec<Vec<Entry>> = vec![Vec::new()];
    for outcomes in each {
        let longer = lists.iter().flat_map(|list| {
            outcomes.iter().map(|state| {
                let mut longer = list.clone();
                longer.push(Entry { counts: Kleene::Met, state: *state });
                longer
            })
        });
        lists = longer.collect();
    }
    lists.iter().map(|entries| count(counting, entries)).collect()
}

trait Concat {
    fn concat_with(self, map: impl Fn(Kleene) -> Kleene) -> Outcomes;
}

impl Concat for Vec<Outcomes> {
    fn concat_with(self, map: impl Fn(Kleene) -> Kleene) -> Outcomes {
        self.into_iter().flatten().map(map).collect()
    }
}
