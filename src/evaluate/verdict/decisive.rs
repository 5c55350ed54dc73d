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

/// For each criterion a smallest list of facts that could settle it in the patient's favour; those that several criteria need
/// are asked for once.
fn shortest(unknown: &[&Ruling<'_>], questions: &[Question]) -> Vec<usize> {
    let needed = unknown.iter().flat_map(|ruling| needs(&ruling.node, ruling.polarity == Polarity::Include));
    let needed: BTreeSet<String> = needed.collect();
    let places = questions.iter().enumerate().filter(|(_, question)| needed.contains(&question.lack.topic()));
    places.map(|(place, _)| place).collect()
}

/// A smallest list of topics whose answers could make a truth met, or not met.
fn needs(node: &Node<'_>, met: bool) -> Vec<String> {
    if node.is_settled() {
        return Vec::new();
    }
    match &node.about {
        About::Truth(truth) => match (&truth.kind, node.parts.as_slice()) {
            (TruthKind::All(_), _) => needs_of(Counting::All, node, met),
            (TruthKind::Any(_), _) => needs_of(Counting::Any, node, met),
            (TruthKind::Count { counting, .. }, _) => needs_of(*counting, node, met),
            (TruthKind::History(history), [_, ..]) => needs_of(history.counting, node, met),
            (TruthKind::Not(_), [inner]) => needs(inner, !met),
            (TruthKind::Timed { .. } | TruthKind::Defined(_), [inner]) => needs(inner, met),
            (TruthKind::Unless { .. }, [base, exception]) => {
                let (of_base, of_exception) = (needs(base, met), needs(exception, !met));
                if met {
                    [of_base, of_exception].concat()
                } else if base.is_settled() || !exception.is_settled() && of_exception.len() < of_base.len() {
                    of_exception
                } else {
                    of_base
                }
            }
            _ => needs_of_leaf(node),
        },
        About::Entry(..) | About::When => match node.parts.as_slice() {
            [one] => needs(one, met),
            _ => needs_of_leaf(node),
        },
        About::Event(_) if !node.parts.is_empty() => needs_of(Counting::Any, node, met),
        About::Value(_) | About::Event(_) | About::Member(_) | About::Limit | About::Cohort | About::Criterion => {
            needs_of_leaf(node)
        }
    }
}

/// The cheapest entries of a list that could bring its count to where it is wanted.
fn needs_of(counting: Counting, node: &Node<'_>, met: bool) -> Vec<String> {
    let counted: Vec<&Node<'_>> = node.parts.iter().filter(|part| !part.notes.contains(&Note::NotApplicable)).collect();
    let sure = counted.iter().filter(|part| part.kleene() == Kleene::Met).count();
    let open: Vec<&Node<'_>> = counted.iter().copied().filter(|part| part.kleene() == Kleene::Unknown).collect();
    // So many of the open ones have to be met, or so many not met.
    let least = |n: usize| n.saturating_sub(sure);
    let most = |n: usize| (sure + open.len()).saturating_sub(n);
    let (wanted, many) = match (counting, met) {
        (Counting::Any, true) | (Counting::None, false) => (true, least(1)),
        (Counting::Any, false) | (Counting::None, true) | (Counting::Exactly(_), _) => (false, open.len()),
        (Counting::All, true) => (true, open.len()),
        (Counting::All, false) => (false, 1),
        (Counting::AtLeast(n), true) => (true, least(n as usize)),
        (Counting::AtLeast(n), false) => (false, most(n as usize) + 1),
        (Counting::AtMost(n), true) => (false, most(n as usize)),
        (Counting::AtMost(n), false) => (true, least(n as usize + 1)),
    };
    let mut each: Vec<Vec<String>> = open.iter().map(|part| needs(part, wanted)).collect();
    each.sort_by_key(Vec::len);
    each.into_iter().take(many).flatten().collect()
}

/// What would make a truth without parts known. Of a derived value the result itself will do.
fn needs_of_leaf(node: &Node<'_>) -> Vec<String> {
    if node.is_settled() {
        return Vec::new();
    }
    let own = node.lacks.iter().map(Lack::topic);
    if node.notes.contains(&Note::Derived) {
        return own.take(1).collect();
    }
    own.chain(node.parts.iter().flat_map(needs_of_leaf)).collect()
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
    let knowable = lacks.iter().filter(|lack| lack.topic() == topic).all(Lack::can_be_settled);
    if knowable && is_settled_by(node, topic) {
        Outcomes::from([Kleene::Met, Kleene::NotMet])
    } else {
        Outcomes::from([Kleene::Unknown])
    }
}

/// Whether this one thing makes an answer known.
fn is_settled_by(node: &Node<'_>, topic: &str) -> bool {
    if node.is_settled() {
        return true;
    }
    let own = |lack: &Lack| lack.topic() == topic;
    let below = || node.parts.iter().all(|part| is_settled_by(part, topic));
    if node.notes.contains(&Note::Derived) {
        // The result itself, or what its formula rests on.
        return node.lacks.iter().any(own) || below();
    }
    (!node.lacks.is_empty() || !node.parts.is_empty()) && node.lacks.iter().all(own) && below()
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
