//! The verdict on a patient: every criterion, and what is still to be known.

use super::node::{About, Node, Note};
use super::{Context, Evaluator, Kleene, Lack, Now};
use crate::ir::{
    Criterion, Eligibility, Polarity, Restriction, RestrictionKind, State as Standing, Trial, Verdict, Window, Word,
};
use crate::record::{Reader, Record, Span};

mod decisive;

pub use decisive::{Open, Question};

/// What a protocol says of a patient.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    pub trial: &'a Trial,
    pub id: &'a str,
    pub verdict: Verdict,
    /// In the order of the protocol: the header's first, then the criteria, then the rules over a period.
    pub rulings: Vec<Ruling<'a>>,
    /// What the protocol itself does not say yet; while there is any, nobody is eligible.
    pub unsaid: &'a [String],
}

/// What became of one criterion.
#[derive(Clone, Debug)]
pub struct Ruling<'a> {
    pub name: Word,
    pub polarity: Polarity,
    pub prose: Option<&'a str>,
    pub standing: Standing,
    /// Whether it lets the patient in.
    pub passes: Kleene,
    pub node: Node<'a>,
}

/// One criterion, whatever it was written as.
struct Rule<'a> {
    name: Word,
    polarity: Polarity,
    prose: Option<&'a str>,
    cohorts: &'a [crate::ir::CohortId],
    when: Option<&'a crate::ir::Truth>,
}

/// What the protocol says of a record.
#[must_use]
pub fn screen<'a>(reader: &'a Reader<'a>, record: &'a Record) -> Report<'a> {
    let evaluator = Evaluator::new(reader, record);
    let trial = reader.trial;
    let rulings: Vec<Ruling<'a>> = asked(trial).map(|asked| evaluator.ruling(asked)).collect();
    let passed = Kleene::all(rulings.iter().map(|ruling| ruling.passes));
    let verdict = match passed {
        Kleene::Met if trial.missing.is_empty() => Verdict::Eligible,
        Kleene::NotMet => Verdict::Ineligible,
        Kleene::Met | Kleene::Unknown => Verdict::Undetermined,
    };
    Report { trial, id: &record.id, verdict, rulings, unsaid: &trial.missing }
}

/// One criterion of a report, by its place in it.
#[must_use]
pub fn ruling<'a>(reader: &'a Reader<'a>, record: &'a Record, at: usize) -> Option<Ruling<'a>> {
    asked(reader.trial).nth(at).map(|asked| Evaluator::new(reader, record).ruling(asked))
}

/// What a report answers, in its order.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Age(&'a crate::ir::Truth),
    Sex(&'a Word),
    Criterion(&'a Eligibility, &'a Criterion),
    Restriction(&'a Restriction, Polarity),
}

fn asked(trial: &Trial) -> impl Iterator<Item = Asked<'_>> {
    let header = &trial.header;
    let sex = header.words.get("sex").filter(|sex| sex.as_str() != "all");
    let header = header.age.iter().map(Asked::Age).chain(sex.map(Asked::Sex));
    let criteria = trial
        .eligibility
        .iter()
        .flat_map(|block| block.criteria.iter().map(move |criterion| Asked::Criterion(block, criterion)));
    let rules = trial.restrictions.iter().filter_map(|rule| match rule.kind {
        RestrictionKind::Require => Some(Asked::Restriction(rule, Polarity::Include)),
        RestrictionKind::Forbid => Some(Asked::Restriction(rule, Polarity::Exclude)),
        RestrictionKind::Permit => None,
    });
    header.chain(criteria).chain(rules)
}

impl Report<'_> {
    /// The criteria that decided: those that keep the patient out, or those that are unknown.
    pub fn reasons(&self) -> impl Iterator<Item = &Ruling<'_>> {
        let wanted = match self.verdict {
            Verdict::Eligible => None,
            Verdict::Ineligible => Some(Kleene::NotMet),
            Verdict::Undetermined => Some(Kleene::Unknown),
        };
        self.rulings.iter().filter(move |ruling| Some(ruling.passes) == wanted)
    }
}

impl<'a> Context<'a> {
    /// That of a block: asked at its anchor, with its look-back.
    fn of_block(block: &'a Eligibility) -> Self {
        Self { look_back: block.look_back.as_ref(), ..Self::asked(Now::Block(&block.anchor)) }
    }
}

impl<'a> Evaluator<'a> {
    /// The context of what stands in no block.
    pub(super) fn outside(&self) -> Context<'a> {
        match self.reader.trial.eligibility.first() {
            Some(block) => Context::of_block(block),
            None => Context::at(Err(Lack::Day { of: "screening".to_owned() })),
        }
    }

    fn ruling(&self, asked: Asked<'a>) -> Ruling<'a> {
        let header =
            |name: &str| Rule { name: name.into(), polarity: Polarity::Include, prose: None, cohorts: &[], when: None };
        match asked {
            Asked::Age(age) => {
                let node = self.in_every_case(&|| self.truth(age, &self.outside()));
                header("age").ruled(node)
            }
            Asked::Sex(wanted) => header("sex").ruled(self.sex(wanted)),
            Asked::Criterion(block, criterion) => self.criterion(block, criterion),
            Asked::Restriction(rule, polarity) => self.restriction(rule, polarity),
        }
    }

    fn sex(&self, wanted: &'a Word) -> Node<'a> {
        let lack = || Node::lacking(About::Criterion, Lack::Result { of: "sex".into(), within: Span::EVER });
        let Some((of, results)) = self.record.results.get_key_value("sex") else { return lack() };
        let Some(observation) = results.first() else { return lack() };
        let state = match &observation.value {
            crate::record::Measured::Word(word) => (word == wanted).into(),
            _ => return lack(),
        };
        let mut node = Node::truth(About::Criterion, state, Vec::new());
        node.used.push(super::Used::Result(of, observation));
        node
    }

    fn criterion(&self, block: &'a Eligibility, criterion: &'a Criterion) -> Ruling<'a> {
        let rule = Rule {
            name: Word(criterion.name.0.clone()),
            polarity: criterion.polarity,
            prose: criterion.prose.as_deref(),
            cohorts: &criterion.cohorts,
            when: criterion.when.as_ref(),
        };
        let node = self.in_every_case(&|| {
            let mut context = Context::of_block(block);
            if let Some(window) = &criterion.window {
                context = self.timed(window, &context);
            }
            self.applied(&rule, &context, self.asked_under(Some(criterion.name.as_str()), &criterion.body, &context))
        });
        rule.ruled(node)
    }

    /// A rule over a period takes part as far as the period reaches up to the anchor. One that begins later takes no part.
    fn restriction(&self, restriction: &'a Restriction, polarity: Polarity) -> Ruling<'a> {
        let rule = Rule {
            name: Word(restriction.name.0.clone()),
            polarity,
            prose: restriction.prose.as_deref(),
            cohorts: &restriction.cohorts,
            when: restriction.when.as_ref(),
        };
        let node = self.in_every_case(&|| {
            let mut context = self.outside();
            let until = self.now(&context).ok().map(super::frame::end_of_day);
            if let Some(window) = &restriction.window {
                context = self.timed(window, &context);
            }
            context.until = until;
            if self.lies_ahead(restriction.window.as_ref(), &context) {
                let mut node = Node::truth(About::Criterion, Kleene::Unknown, Vec::new());
                node.notes.push(Note::LaterOnly);
                return node;
            }
            self.applied(&rule, &context, self.truth(&restriction.body, &context))
        });
        rule.ruled(node)
    }

    /// Whether nothing of a rule's period has come by the anchor.
    fn lies_ahead(&self, window: Option<&Window>, context: &Context<'a>) -> bool {
        window.is_some()
            && self.times(context, None).is_ok_and(|times| times.pieces.iter().all(|piece| piece.may.is_empty()))
    }

    /// With its cohorts and its condition: where they are not met the criterion does not apply; where they are unknown it is
    /// unknown unless its body passes either way.
    fn applied(&self, rule: &Rule<'a>, context: &Context<'a>, body: Node<'a>) -> Node<'a> {
        let mut conditions = Vec::new();
        if !rule.cohorts.is_empty() {
            let members = rule.cohorts.iter().filter_map(|id| {
                let cohort = self.reader.trial.cohorts.iter().find(|cohort| cohort.name == *id)?;
                Some(self.truth(&cohort.body, &self.outside()))
            });
            let members: Vec<Node<'a>> = members.collect();
            let state = Kleene::any(members.iter().map(Node::kleene));
            conditions.push(Node::truth(About::Cohort, state, members));
        }
        if let Some(when) = rule.when {
            let asked = Context { window: None, ..context.clone() };
            let node = self.truth(when, &asked);
            conditions.push(Node::truth(About::When, node.kleene(), vec![node]));
        }
        if conditions.is_empty() {
            return body;
        }
        let applies = Kleene::all(conditions.iter().map(Node::kleene));
        let passes_anyway = rule.passed(body.kleene()) == Kleene::Met;
        let state = match applies {
            Kleene::Met => body.kleene(),
            Kleene::Unknown if passes_anyway => body.kleene(),
            Kleene::NotMet | Kleene::Unknown => Kleene::Unknown,
        };
        conditions.push(body);
        let mut node = Node::truth(About::Criterion, state, conditions);
        if applies == Kleene::NotMet {
            node.notes.push(Note::NotApplicable);
        }
        node
    }
}

impl<'a> Rule<'a> {
    /// Whether a criterion of this polarity lets a patient in.
    fn passed(&self, state: Kleene) -> Kleene {
        match self.polarity {
            Polarity::Include => state,
            Polarity::Exclude => !state,
        }
    }

    fn ruled(self, node: Node<'a>) -> Ruling<'a> {
        let aside = node.is_aside();
        let (standing, passes) = match node.kleene() {
            _ if aside => (Standing::NotApplicable, Kleene::Met),
            Kleene::Met => (Standing::Met, self.passed(Kleene::Met)),
            Kleene::NotMet => (Standing::NotMet, self.passed(Kleene::NotMet)),
            Kleene::Unknown => (Standing::Unknown, Kleene::Unknown),
        };
        Ruling { name: self.name, polarity: self.polarity, prose: self.prose, standing, passes, node }
    }
}
