//! Outcomes of participants: each at its time, with the values it rests on, under the strategies that the protocol states for
//! intercurrent events, and by arm.
//!
//! A [`Finding`] is one outcome of one participant; nothing in it is imputed without saying so, and what is not known names the
//! fact that is missing. [`Summary`] counts findings by arm. The emitters (`table`, `csv`, `json`) find no meaning, they write.

pub mod csv;
pub mod interval;
pub mod json;
mod measured;
mod occasion;
mod program;
mod row;
mod strategy;
pub mod summary;
pub mod table;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::chart::Kind;
use crate::chart::lent::{self, Lent};
use crate::evaluate::node::Valued;
use crate::evaluate::outcome::{Baseline, Ending, Occasion};
use crate::evaluate::{About, Evaluator, Kleene, Lack, Node, covered};
use crate::explain::{self, Explained};
use crate::ir::{
    Assessment, Better, ConceptId, ConceptKind, DefinitionBody, Estimand, Outcome, Population, Rank, StandIn, Trial,
    Value, ValueKind, Window,
};
use crate::record::{Reader, Record, Span, When};
use crate::schedule::course::last_day;
use crate::schedule::row::date;
use occasion::Dues;
use program::Program;

pub use measured::{Change, Direction, Measured, Reading, Test};
pub use occasion::Place;
pub use program::{Counted, Tallied};
pub use row::Row;
pub use strategy::Intervening;
pub use summary::Summary;

/// An outcome as it was observed, or as one of its estimands has it.
#[derive(Clone, Debug)]
pub struct Asked<'t> {
    pub outcome: &'t Outcome,
    pub estimand: Option<&'t Estimand>,
    pub population: Option<&'t Population>,
    /// What it rests on.
    measures: BTreeSet<ConceptId>,
    /// Of an outcome at a moment, the place of that among all of them.
    due: Option<usize>,
    /// Whether it is a value that is itself reckoned from baseline.
    from_baseline: bool,
}

impl Asked<'_> {
    /// The unit of its numbers as it is shown: the dose of a drug is an amount a day.
    #[must_use]
    pub fn unit(&self, amount: &str) -> String {
        let daily = match &self.outcome.body {
            DefinitionBody::Value(value) => measured::is_daily(value),
            DefinitionBody::Truth(_) => false,
        };
        if daily && !amount.is_empty() { format!("{amount}/d") } else { amount.to_owned() }
    }
}

/// What became of one outcome of one participant.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whether the participant belongs to the population, and under `principal_stratum` to the stratum.
    pub member: Kleene,
    pub place: Place,
    pub result: Found,
    /// What stands in for a result that is missing, where the protocol says so.
    pub stands_in: Option<StandIn>,
    /// The event is part of the outcome (`composite`), and no value is stated for it.
    pub failed: bool,
    pub missing: Vec<String>,
    pub notes: Vec<String>,
    pub events: Vec<Intervening>,
    /// What was asked, part by part.
    pub tests: Vec<Test>,
    /// The values that it rests on.
    pub measured: Vec<Measured>,
    /// All of it as a tree, where that is wanted.
    pub reason: Option<Box<Explained>>,
}

/// The result itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Response(Kleene),
    /// A number or a word.
    Value(Valued),
    /// Days to an event, and how they ended.
    Time(Valued, Option<Ending>),
}

/// How much is to be said of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The result alone.
    Result,
    /// With the values and tests it rests on.
    Values,
    /// With the whole tree.
    Reasons,
}

/// Assesses participants of one protocol; from any thread.
pub struct Assessor<'r, 't> {
    pub reader: &'r Reader<'t>,
    pub asked: Vec<Asked<'t>>,
    depth: Depth,
    dues: Dues,
    program: Program,
    counts: Counts,
}

/// By which way results were found.
#[derive(Debug, Default)]
struct Counts {
    by_program: AtomicU64,
    all: AtomicU64,
}

impl<'r, 't> Assessor<'r, 't> {
    /// Of all outcomes, or of those with these names.
    #[must_use]
    pub fn new(reader: &'r Reader<'t>, only: &[String], depth: Depth) -> Self {
        let trial = reader.trial;
        let nobody = Record::default();
        let evaluator = Evaluator::new(reader, &nobody);
        let mut asked: Vec<Asked<'t>> = Vec::new();
        let mut dues = Dues::new(trial);
        for outcome in &trial.outcomes {
            if !only.is_empty() && !only.iter().any(|name| name == outcome.name.as_str()) {
                continue;
            }
            let estimands = trial.estimands.iter().filter(|estimand| estimand.outcome == outcome.name).map(Some);
            for estimand in std::iter::once(None).chain(estimands) {
                let named = estimand.and_then(|estimand| estimand.population.as_ref()).or(outcome.population.as_ref());
                let measures = evaluator.measures_of(&outcome.body);
                let from_baseline = match &outcome.body {
                    DefinitionBody::Value(value) => evaluator.is_from_baseline(value),
                    DefinitionBody::Truth(_) => false,
                };
                let due = match &outcome.window {
                    Some(Window::At { moment }) => Some(dues.place(moment, &measures)),
                    Some(_) | None => None,
                };
                let population = named.and_then(|name| trial.populations.iter().find(|known| known.name == *name));
                asked.push(Asked { outcome, estimand, population, measures, due, from_baseline });
            }
        }
        let program = Program::new(reader, &asked, &dues.events);
        Self { reader, asked, depth, dues, program, counts: Counts::default() }
    }

    /// Of every outcome of one participant what figures by arm need; `record` makes the record, where the facts of the chart do
    /// not say it all. Nothing where that cannot be made.
    #[must_use]
    pub fn counted(&self, chart: &Lent<'_>, record: &dyn Fn() -> Option<Record>) -> Option<Vec<Counted>> {
        let (reader, dues) = (self.reader, &self.dues);
        let mut counted = if self.program.is_of_use() { self.program.counted(reader, chart, dues) } else { None };
        let mut made = None;
        if counted.is_none() {
            // Of what cannot be read, the record says what is left.
            let record = made.insert(record()?);
            if self.program.is_of_use() {
                counted = self.program.counted_of_record(reader, (record, chart), dues);
            }
        }
        let counted = counted.unwrap_or_else(|| vec![None; self.asked.len()]);
        let found = counted.iter().flatten().count();
        self.counts.by_program.fetch_add(found as u64, Ordering::Relaxed);
        self.counts.all.fetch_add(counted.len() as u64, Ordering::Relaxed);
        if found == counted.len() {
            return Some(counted.into_iter().flatten().collect());
        }
        let record = match made {
            Some(record) => record,
            None => record()?,
        };
        let one = Participant::new(self, &record);
        let rest = self.asked.iter().zip(counted);
        Some(rest.map(|(asked, counted)| counted.unwrap_or_else(|| Counted::of(&one.finding(asked)))).collect())
    }

    /// How many results were found without the reference evaluator, and how many there were, where only figures were asked for.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.counts.by_program.load(Ordering::Relaxed), self.counts.all.load(Ordering::Relaxed))
    }

    /// The outcomes that are always left to the reference evaluator, with what they ask.
    pub fn left_out(&self) -> impl Iterator<Item = (&Asked<'t>, &str)> {
        self.program.left_out().filter_map(|(at, why)| Some((self.asked.get(at)?, why)))
    }

    /// Every outcome of one participant, in the order of [`Assessor::asked`].
    #[must_use]
    pub fn assess(&self, record: &Record) -> Vec<Finding> {
        let one = Participant::new(self, record);
        self.asked.iter().map(|asked| one.finding(asked)).collect()
    }
}

/// One participant before the protocol.
struct Participant<'p> {
    trial: &'p Trial,
    record: &'p Record,
    dues: &'p Dues,
    evaluator: Evaluator<'p>,
    /// All days that study day 1 may be.
    baselines: Result<Vec<Baseline>, Lack>,
    /// The day of death, where it is known.
    death: Option<i64>,
    /// The last day that the record speaks of.
    last: i64,
    depth: Depth,
}

/// An answer before any strategy: the result, its tree, and the days that it looked at.
struct Answer<'p> {
    found: Found,
    node: Node<'p>,
    place: Place,
    /// The day of its value, or the last on which it could have had one.
    until: i64,
    /// Whether there is a value.
    measured: bool,
}

impl<'p> Participant<'p> {
    fn new(assessor: &'p Assessor<'_, '_>, record: &'p Record) -> Self {
        let evaluator = Evaluator::new(assessor.reader, record);
        let baselines = evaluator.baselines();
        let first = baselines.as_ref().ok().and_then(|days| days.first()).map(|baseline| baseline.day);
        let last = last_day(record).or(first).unwrap_or(0);
        let deaths = record.occurrences.get("death").into_iter().flatten().map(|death| death.start);
        let death = deaths.filter(|day| day.is_one_day()).map(Span::first_day).min();
        let Assessor { reader, dues, depth, .. } = assessor;
        Self { trial: reader.trial, record, dues, evaluator, baselines, death, last, depth: *depth }
    }

    /// Study day 1, where it is known to the day.
    fn baseline(&self) -> Option<Baseline> {
        match self.baselines.as_deref() {
            Ok([one]) => Some(*one),
            Ok(_) | Err(_) => None,
        }
    }

    fn finding(&'p self, asked: &'p Asked<'_>) -> Finding {
        let member = self.member(asked);
        let mut answer = self.answer(asked);
        let mut finding = Finding {
            member,
            place: Place::default(),
            result: Found::Response(Kleene::Unknown),
            stands_in: None,
            failed: false,
            missing: Vec::new(),
            notes: Vec::new(),
            events: Vec::new(),
            tests: Vec::new(),
            measured: Vec::new(),
            reason: None,
        };
        if let Some(estimand) = asked.estimand {
            answer = self.under(estimand, asked, answer, &mut finding);
        }
        self.stand_in(asked, &mut answer, &mut finding);
        if self.depth != Depth::Result {
            finding.tests = measured::tests(self.trial, &answer.node);
            finding.measured = self.measured(asked, &answer);
            self.say_of_results(&answer, &mut finding);
            if self.depth == Depth::Reasons {
                finding.reason = Some(Box::new(explain::condition(self.trial, &answer.node)));
            }
        }
        if !answer.found.is_known() && self.depth != Depth::Result {
            let wanted = explain::condition(self.trial, &answer.node).wanted();
            finding.missing.extend(wanted.into_iter().filter(|text| !text.is_empty()));
            dedup(&mut finding.missing);
            if finding.missing.is_empty() {
                let measured = if finding.measured.is_empty() { self.measured(asked, &answer) } else { Vec::new() };
                finding.missing = measured::open(finding.measured.iter().chain(&measured), &answer.found);
            }
        }
        finding.place = answer.place;
        finding.result = answer.found;
        finding
    }

    /// Whether the participant belongs to the population at the end of the study.
    fn member(&self, asked: &'p Asked<'_>) -> Kleene {
        let Some(population) = asked.population else { return Kleene::Met };
        let end = self.record.anchors.get("end_of_study").filter(|dated| !dated.planned);
        let day = end.map_or(self.last, |dated| dated.when.span.last_day());
        self.evaluator.at_the_end(&population.body, day).kleene()
    }

    /// The outcome as it was observed.
    fn answer(&'p self, asked: &'p Asked<'_>) -> Answer<'p> {
        let outcome = asked.outcome;
        if outcome.assessment == Assessment::TimeToEvent {
            return self.time(outcome, self.last);
        }
        if let Some(window) = outcome.window.as_ref().filter(|window| !matches!(window, Window::At { .. })) {
            let (node, days) = self.evaluator.in_window(&outcome.body, window);
            let place = Place::over(outcome, days);
            let until = days.map_or(self.last, |(_, last)| last);
            return Answer { found: Found::of(outcome, &node), node, place, until, measured: false };
        }
        let baselines = match &self.baselines {
            Ok(baselines) => baselines,
            Err(lack) => return self.nothing(outcome, lack.clone()),
        };
        // What is the same whichever of its possible days study day 1 was.
        let mut answer: Option<Answer<'p>> = None;
        for baseline in baselines {
            let next = self.counted_from(asked, *baseline);
            match &mut answer {
                None => answer = Some(next),
                Some(known) if known.found == next.found => {}
                Some(known) => {
                    known.found = known.found.unknown();
                    known.node = std::mem::replace(&mut known.node, next.node).in_doubt();
                    known.place.wanted.push("the day of the first dose".to_owned());
                    break;
                }
            }
        }
        answer.unwrap_or_else(|| self.nothing(outcome, Lack::Day { of: "first_dose".to_owned() }))
    }

    fn counted_from(&'p self, asked: &'p Asked<'_>, baseline: Baseline) -> Answer<'p> {
        match &asked.outcome.window {
            Some(Window::At { moment }) => match self.place(moment, asked.due, baseline) {
                Ok((occasion, place)) => {
                    let answer = self.confirmed(asked, (occasion, place), baseline);
                    self.alive(asked, occasion, answer)
                }
                Err(lack) => self.nothing(asked.outcome, lack),
            },
            _ => self.best(asked, baseline),
        }
    }

    /// After a death there is nothing to measure: neither a dose of none, nor a result, which would contradict it.
    fn alive(&self, asked: &Asked<'_>, occasion: Occasion, mut answer: Answer<'p>) -> Answer<'p> {
        let Some(death) = self.death.filter(|_| !asked.measures.contains("death")) else { return answer };
        let measured = if answer.measured { answer.until } else { occasion.day };
        let events_only = asked.outcome.assessment == Assessment::Response && !answer.measured;
        if measured > death && answer.found.is_known() && !events_only {
            answer.found = answer.found.unknown();
            answer.node = answer.node.in_doubt();
            answer.place.wanted.push(if answer.measured {
                format!("which is right: death on {}, or the results after it", date(death))
            } else {
                format!("nothing to be found out: death on {} came before", date(death))
            });
        } else if !answer.found.is_known() && death < occasion.results.last_day().max(occasion.day) {
            answer.place.remarks.push(format!("died on {}, before the time was over", date(death)));
        }
        answer
    }

    fn nothing(&self, outcome: &'p Outcome, lack: Lack) -> Answer<'p> {
        let node = Node::lacking(about(outcome), lack);
        Answer {
            found: Found::of(outcome, &node),
            node,
            place: Place::over(outcome, None),
            until: self.last,
            measured: false,
        }
    }

    fn time(&'p self, outcome: &'p Outcome, last: i64) -> Answer<'p> {
        let DefinitionBody::Value(value) = &outcome.body else {
            return self.nothing(outcome, Lack::Unsaid("a time to an event".to_owned()));
        };
        let (node, ended) = self.evaluator.time_to(value, last);
        let found = Found::Time(node.valued(), ended.map(|(ending, _)| ending));
        let event = ended.and_then(|(ending, day)| (ending == Ending::Event).then_some(day));
        let (until, measured) = (event.unwrap_or(last), event.is_some());
        Answer { found, node, place: Place::over(outcome, None), until, measured }
    }

    /// At one occasion; where it has to be confirmed, it must still hold at an assessment so much later.
    fn confirmed(
        &'p self,
        asked: &'p Asked<'_>,
        (occasion, place): (Occasion, Place),
        baseline: Baseline,
    ) -> Answer<'p> {
        let outcome = asked.outcome;
        let node = self.evaluator.at_occasion(&outcome.body, occasion, baseline);
        let seen = measured::last_fact(&node).filter(|day| *day > baseline.day);
        let until = seen.unwrap_or(occasion.results.last_day().max(occasion.day));
        let first = Answer { found: Found::of(outcome, &node), node, place, until, measured: seen.is_some() };
        let (Some(length), Found::Response(Kleene::Met)) = (&outcome.confirmed_for, &first.found) else { return first };
        self.held(asked, first, length, baseline)
    }

    /// What is met, asked again at the assessments that follow: met where one so much later says so and none before it
    /// speaks against.
    fn held(
        &'p self,
        asked: &'p Asked<'_>,
        mut first: Answer<'p>,
        length: &crate::ir::Duration,
        baseline: Baseline,
    ) -> Answer<'p> {
        let since = first.until;
        let enough = crate::schedule::days::later(since, length, 1).unwrap_or(since);
        for day in self.assessments(asked, since) {
            let on_day = Occasion { day, results: Span::days(since + 1, day), near: None };
            let node = self.evaluator.at_occasion(&asked.outcome.body, on_day, baseline);
            match node.kleene() {
                Kleene::NotMet => {
                    first.place.remarks.push(format!("not confirmed: it does not hold on {} any more", date(day)));
                    first.found = Found::Response(Kleene::NotMet);
                    return first;
                }
                Kleene::Met if day >= enough => {
                    first.place.remarks.push(format!("confirmed on {}", date(day)));
                    first.until = day;
                    return first;
                }
                Kleene::Met | Kleene::Unknown => {}
            }
        }
        let rest = Span::new(Span::days(since + 1, since + 1).from, Span::days(self.last, self.last).to);
        let complete = self.record.complete.get(&Kind::Results).is_some_and(|spans| covered(rest, spans));
        if complete && self.last >= enough {
            first.place.remarks.push(format!("not confirmed: there is no assessment on {} or later", date(enough)));
            first.found = Found::Response(Kleene::NotMet);
            return first;
        }
        first.found = Found::Response(Kleene::Unknown);
        first.place.wanted.push(format!("an assessment on {} or later that confirms it", date(enough)));
        first.node = first.node.in_doubt();
        first
    }

    /// The days after one of them on which the record has results of what an outcome rests on.
    fn assessments(&self, asked: &Asked<'_>, after: i64) -> BTreeSet<i64> {
        let results = asked.measures.iter().filter_map(|of| self.record.results.get(of)).flatten();
        let days = results.filter(|result| result.when.span.is_one_day()).map(|result| result.when.span.first_day());
        days.filter(|day| *day > after && *day <= self.last).collect()
    }

    /// An outcome without a time is the best of all assessments after baseline.
    fn best(&'p self, asked: &'p Asked<'_>, baseline: Baseline) -> Answer<'p> {
        let outcome = asked.outcome;
        let at = |day: i64| {
            let occasion = Occasion { day, results: Span::days(baseline.day + 1, day), near: None };
            let node = self.evaluator.at_occasion(&outcome.body, occasion, baseline);
            let place = Place { date: Some(date(day)), ..Place::over(outcome, None) };
            Answer { found: Found::of(outcome, &node), node, place, until: day, measured: true }
        };
        let days = self.assessments(asked, baseline.day);
        let measured = asked.measures.iter().any(|of| is_measure(self.trial, of));
        if days.is_empty() || !measured {
            return at(self.last.max(baseline.day));
        }
        let mut best: Option<Answer<'p>> = None;
        for day in days {
            let mut next = at(day);
            if let (Some(length), Found::Response(Kleene::Met)) = (&outcome.confirmed_for, &next.found) {
                next = self.held(asked, next, length, baseline);
            }
            let better = best.as_ref().is_none_or(|known| self.is_better(outcome, &next.found, &known.found));
            if better {
                best = Some(next);
            }
        }
        best.unwrap_or_else(|| at(self.last))
    }

    /// Of two assessments the one that counts as the best: of words by their order, of responses one that is met before one
    /// that is open before one that is not met; of words without an order the later one.
    fn is_better(&self, outcome: &Outcome, next: &Found, known: &Found) -> bool {
        let rank = |state: Kleene| match state {
            Kleene::NotMet => 0,
            Kleene::Unknown => 1,
            Kleene::Met => 2,
        };
        match (next, known) {
            (Found::Response(next), Found::Response(known)) => rank(*next) > rank(*known),
            (Found::Value(next), Found::Value(known)) => self.is_better_word(outcome, next, known),
            _ => false,
        }
    }

    fn is_better_word(&self, outcome: &Outcome, next: &Valued, known: &Valued) -> bool {
        let DefinitionBody::Value(Value { kind: ValueKind::Result { of, .. }, .. }) = &outcome.body else {
            return true;
        };
        let Some(concept) = self.trial.concepts.get(of) else { return true };
        let place = |value: &Valued| match value.may_be.as_slice() {
            [crate::evaluate::node::Thing::Word(word)] if !value.unknown => {
                concept.values.iter().position(|known| known == word)
            }
            _ => None,
        };
        match (concept.better, place(next), place(known)) {
            (Some(Better::Higher), Some(next), Some(known)) => next > known,
            (Some(Better::Lower), Some(next), Some(known)) => next < known,
            // An assessment that is open might be the best of all.
            (Some(_), None, Some(_)) | (None, _, _) => true,
            (Some(_), _, None) => false,
        }
    }

    fn stand_in(&'p self, asked: &'p Asked<'_>, answer: &mut Answer<'p>, finding: &mut Finding) {
        let Some(missing) = asked.estimand.and_then(|estimand| estimand.missing) else { return };
        if answer.found.is_known() || finding.failed {
            return;
        }
        match (missing, &answer.found) {
            (StandIn::NonResponse, Found::Response(_)) => {
                answer.found = Found::Response(Kleene::NotMet);
                finding.stands_in = Some(missing);
            }
            (StandIn::LastValue, Found::Response(_) | Found::Value(_)) => {
                let (Some(baseline), Some(place)) = (self.baseline(), answer.place.day) else { return };
                let occasion =
                    Occasion { day: place, results: Span::days(baseline.day + 1, answer.until.max(place)), near: None };
                let node = self.evaluator.at_occasion(&asked.outcome.body, occasion, baseline);
                let found = Found::of(asked.outcome, &node);
                if found.is_known() {
                    answer.found = found;
                    answer.node = node;
                    finding.stands_in = Some(missing);
                }
            }
            (StandIn::NonResponse | StandIn::LastValue | StandIn::LeftOut, _) => {}
        }
    }
}

impl Found {
    fn of(outcome: &Outcome, node: &Node<'_>) -> Self {
        match outcome.assessment {
            Assessment::Response => Self::Response(node.kleene()),
            Assessment::TimeToEvent => Self::Time(node.valued(), None),
            Assessment::Measurement
            | Assessment::Change
            | Assessment::OrderedCategory
            | Assessment::Category
            | Assessment::Count
            | Assessment::Rate => Self::Value(node.valued()),
        }
    }

    /// The same, of which nothing is known.
    fn unknown(&self) -> Self {
        match self {
            Self::Response(_) => Self::Response(Kleene::Unknown),
            Self::Value(_) => Self::Value(Valued::unknown()),
            Self::Time(..) => Self::Time(Valued::unknown(), None),
        }
    }

    /// Whether it is one truth, one word, one number.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match self {
            Self::Response(state) => *state != Kleene::Unknown,
            Self::Value(value) => value.is_settled(),
            Self::Time(value, ending) => ending.is_some() && value.is_settled(),
        }
    }
}

/// The word for the rank of an outcome.
#[must_use]
pub fn rank_word(rank: Rank) -> &'static str {
    match rank {
        Rank::Primary => "primary",
        Rank::Secondary => "secondary",
        Rank::Exploratory => "exploratory",
        Rank::Other => "other",
    }
}

/// The word for what stands in for a missing result.
#[must_use]
pub fn stand_in_word(missing: StandIn) -> &'static str {
    match missing {
        StandIn::NonResponse => "non_response",
        StandIn::LastValue => "last_value",
        StandIn::LeftOut => "left_out",
    }
}

/// The latest day of which a chart says something; nothing where it says none to the day.
#[must_use]
pub fn latest_day<'a>(chart: &Lent<'a>) -> Option<&'a str> {
    let occurrences = [&chart.conditions, &chart.medications, &chart.procedures, &chart.events];
    let of_events = occurrences.into_iter().flatten().flat_map(|occurrence| {
        let ongoing = match occurrence.ongoing {
            Some(lent::Ongoing::On(day)) => Some(day),
            Some(lent::Ongoing::Now(_)) | None => None,
        };
        [occurrence.date, occurrence.start, occurrence.end, ongoing].into_iter().flatten()
    });
    let of_results = chart.observations.iter().filter_map(|result| result.date);
    let complete = chart.complete.iter().filter_map(|complete| complete.to);
    let anchors = chart.anchors.0.iter().map(|(_, day)| *day);
    let days = anchors.chain(of_results).chain(of_events).chain(complete);
    // Dates of ISO 8601 stand in the order of their letters.
    let days = days.filter_map(|text| text.get(..10)).filter(|day| day.parse::<When>().is_ok());
    days.max()
}

/// Whether results of it are recorded.
fn is_measure(trial: &Trial, of: &ConceptId) -> bool {
    trial.concepts.get(of).is_some_and(|concept| match concept.kind {
        ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score => true,
        ConceptKind::Condition
        | ConceptKind::Drug
        | ConceptKind::Procedure
        | ConceptKind::Event
        | ConceptKind::Question => false,
    })
}

fn about(outcome: &Outcome) -> About<'_> {
    match &outcome.body {
        DefinitionBody::Truth(truth) => About::Truth(truth),
        DefinitionBody::Value(value) => About::Value(value),
    }
}

fn dedup(texts: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
}

/// The word for a truth, as programs write it.
#[must_use]
pub fn state_code(state: Kleene) -> &'static str {
    match state {
        Kleene::Met => "met",
        Kleene::NotMet => "not_met",
        Kleene::Unknown => "unknown",
    }
}

impl Found {
    /// In words: `met`, `4 cm`, `112 d, censored`.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Response(state) => explain::kleene_word(*state).to_owned(),
            Self::Value(value) => explain::valued(value),
            Self::Time(value, ending) => match ending {
                Some(Ending::Event) => explain::valued(value),
                Some(Ending::Censored) => format!("{}, censored", explain::valued(value)),
                None => "unknown".to_owned(),
            },
        }
    }
}
