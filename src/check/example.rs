//! Examples: their facts and expectations mean something in this protocol.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::checker::{Checker, Context};
use super::names::{EntryKind, Meaning, ModuleId, PartKind};
use super::quantity::{Bounds, Wanted};
use super::time::{Narrows, date_text};
use crate::ast::example::{Censored, HistoryFact};
use crate::ast::{self, Expectation, FactKind, FactValue};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, ConceptKind, Fact, Word};
use crate::span::Span;
use crate::units::Unit;

/// The kinds of record that can be complete.
const RECORDS: &[&str] =
    &["conditions", "medications", "procedures", "encounters", "immunizations", "allergies", "results", "events"];

/// Events of the trial that follow one another.
const ORDER: &[&str] = &["screening", "enrollment", "randomization", "last_dose", "end_of_study"];

const STATES: &[(&str, ir::State)] = &[
    ("met", ir::State::Met),
    ("not_met", ir::State::NotMet),
    ("unknown", ir::State::Unknown),
    ("not_applicable", ir::State::NotApplicable),
];

impl Checker<'_> {
    pub(super) fn example(&mut self, example: &ast::Example, main: ModuleId) {
        let mut facts = Vec::new();
        let mut anchors: Vec<(EcoString, Span)> = Vec::new();
        for fact in &example.facts {
            if let FactKind::Result { name, value: FactValue::Date(_), .. } = &fact.kind {
                if let Some((_, first)) = anchors.iter().find(|(known, _)| *known == name.text) {
                    let first = *first;
                    self.contradiction(name, first);
                }
                anchors.push((name.text.clone(), name.span));
            }
            facts.extend(self.fact(fact, main));
        }
        let expectations: Vec<ir::Expectation> =
            example.expectations.iter().filter_map(|expectation| self.expectation(expectation, main)).collect();
        self.said_once(example, &facts);
        self.expected_once(&expectations);
        self.anchored(example, &facts);
        self.draft.examples.push(ir::Example {
            prose: example.prose.value.to_string(),
            facts,
            expectations,
            span: example.span,
        });
    }

    fn contradiction(&mut self, name: &ast::Name, first: Span) {
        self.report(
            Diagnostic::new(&code::BAD_EXAMPLE, name.span, format!("`{}` is given twice in this example", name.text))
                .label("again here")
                .also(first, "first here"),
        );
    }

    /// A fact that stands there twice, or two results of one measure at one moment.
    fn said_once(&mut self, example: &ast::Example, facts: &[Fact]) {
        if facts.len() != example.facts.len() {
            return;
        }
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        for (fact, written) in facts.iter().zip(&example.facts) {
            let key = match fact {
                Fact::Result { of, at, .. } => format!("{of} {at:?}"),
                Fact::Judged { question, .. } => format!("judged {question}"),
                Fact::Anchor { .. } => continue,
                Fact::Complete { .. } | Fact::History { .. } => format!("{fact:?}"),
            };
            if let Some(first) = seen.insert(key, written.span) {
                self.report(
                    Diagnostic::new(&code::BAD_EXAMPLE, written.span, "this is given twice in this example")
                        .label("again here")
                        .also(first, "first here")
                        .help(
                            "one measure has one result at one moment: give the other one its own `at`, or remove it",
                        ),
                );
            }
        }
    }

    /// One verdict, and one state of each criterion.
    fn expected_once(&mut self, expectations: &[ir::Expectation]) {
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        let mut twice = Vec::new();
        for expectation in expectations {
            let (key, span) = match expectation {
                ir::Expectation::Verdict { span, verdict, because } => {
                    if *verdict == ir::Verdict::Eligible && !because.is_empty() {
                        twice.push((
                            *span,
                            *span,
                            "nothing in particular makes a patient eligible: leave `because` out",
                        ));
                    }
                    ("", *span)
                }
                ir::Expectation::State { of, span, .. } => (of.as_str(), *span),
            };
            if let Some(first) = seen.insert(key, span) {
                twice.push((span, first, "this is expected twice"));
            }
        }
        for (span, first, message) in twice {
            let found = Diagnostic::new(&code::BAD_EXAMPLE, span, message).label("not both");
            self.report(if first == span { found } else { found.also(first, "first here") });
        }
    }

    /// Every anchor that an example uses has its date there, in order, and periods end after they start.
    fn anchored(&mut self, example: &ast::Example, facts: &[Fact]) {
        let given: FxHashMap<&str, &str> = facts
            .iter()
            .filter_map(|fact| {
                if let Fact::Anchor { event, date } = fact { Some((event.as_str(), date.as_str())) } else { None }
            })
            .collect();
        let screening = self.draft.eligibility.first().map(|block| block.anchor.clone());
        if let Some(ir::Anchor::Event(event)) = screening
            && !example.expectations.is_empty()
            && facts.len() == example.facts.len()
            && !given.contains_key(event.as_str())
        {
            let message = format!("this example does not say when `{event}` is");
            let found = Diagnostic::new(&code::BAD_EXAMPLE, example.prose.span, message);
            self.report(found.label("judged on which day?").help(format!("add `{event} = 2021-03-01`")));
            return;
        }
        for (fact, written) in facts.iter().zip(&example.facts) {
            let Fact::History { window: Some(ir::Window::Between { from, to }), .. } = fact else { continue };
            let day = |moment: &ir::Moment| match (&moment.offset, &moment.anchor) {
                (None, ir::Anchor::Date(date)) => Some(date.clone()),
                (None, ir::Anchor::Event(event)) => given.get(event.as_str()).map(|date| (*date).to_owned()),
                _ => None,
            };
            // A date known to the month or the year is compared as far as both are known.
            if let (Some(from), Some(to)) = (day(from), day(to)) {
                let known = from.len().min(to.len());
                if from.get(..known) > to.get(..known) {
                    self.report(
                        Diagnostic::new(&code::INVERTED_RANGE, written.span, "this period ends before it starts")
                            .label(format!("from {from} to {to}")),
                    );
                }
            }
        }
        let dated: Vec<(&str, &str)> = ORDER.iter().filter_map(|event| Some((*event, *given.get(event)?))).collect();
        for pair in dated.windows(2) {
            if let [(first, early), (second, late)] = pair
                && early.get(..10) > late.get(..10)
            {
                let message = format!("in this example `{second}` is before `{first}`");
                let found = Diagnostic::new(&code::BAD_EXAMPLE, example.prose.span, message);
                self.report(found.label(format!("{late}, and {early}")));
            }
        }
    }

    fn fact(&mut self, fact: &ast::Fact, main: ModuleId) -> Option<Fact> {
        match &fact.kind {
            FactKind::Judged { question, answer } => self.judged_fact(question, answer, main),
            FactKind::Complete { records, span } => {
                for record in records {
                    if !RECORDS.contains(&record.text.as_str()) {
                        let known = RECORDS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
                        self.report(
                            Diagnostic::new(
                                &code::BAD_EXAMPLE,
                                record.span,
                                format!("`{}` is no kind of record", record.text),
                            )
                            .label("not one of them")
                            .help(format!("it is one of {known}")),
                        );
                        return None;
                    }
                }
                let (from, to) = match span {
                    Some((from, to)) => (Some(self.moment(from, main)?), Some(self.moment(to, main)?)),
                    None => (None, None),
                };
                Some(Fact::Complete {
                    records: records.iter().map(|record| Word(record.text.clone())).collect(),
                    from,
                    to,
                })
            }
            FactKind::History(history) => self.history_fact(history, main),
            FactKind::Result { name, value, at } => self.result_fact(name, value, at.as_ref(), main),
        }
    }

    fn judged_fact(
        &mut self,
        question: &Result<ast::Name, ast::Text>,
        answer: &ast::Name,
        main: ModuleId,
    ) -> Option<Fact> {
        let answer = match answer.text.as_str() {
            "yes" => true,
            "no" => false,
            _ => {
                self.report(
                    Diagnostic::new(&code::BAD_EXAMPLE, answer.span, "a question is answered `yes` or `no`")
                        .label("neither"),
                );
                return None;
            }
        };
        let question = match question {
            Err(text) => text.value.to_string(),
            Ok(name) => {
                let known = self.is_judged_label(&name.text)
                    || matches!(self.lookup(main, &name.text, name.span), Some(Meaning::Concept(ix)) if self.concept(ix).kind == ConceptKind::Question);
                if !known && !self.draft.broken {
                    self.report(
                        Diagnostic::new(&code::NOT_A_QUESTION, name.span, format!("nothing asks `{}`", name.text))
                            .label("no question of this name")
                            .help("name a criterion or entry that is `judged`, a standard question, or give the question's own words"),
                    );
                    return None;
                }
                name.text.to_string()
            }
        };
        Some(Fact::Judged { question, answer })
    }

    /// Whether a criterion, rule, cohort, population, outcome or labelled entry of that name is there.
    fn is_judged_label(&self, name: &str) -> bool {
        self.criteria.contains_key(name)
            || self.labels.contains(name)
            || self.draft.definition_ids.contains_key(name)
            || self.modules.first().and_then(|main| main.names.get(name)).is_some_and(|entry| {
                let EntryKind::Part(part) = entry.kind else { return false };
                matches!(part, PartKind::Cohort | PartKind::Population | PartKind::Outcome)
            })
    }

    fn history_fact(&mut self, history: &HistoryFact, main: ModuleId) -> Option<Fact> {
        let context = Context::new(main);
        let ix = self.resolve_event(main, &history.name)?;
        let event = self.concept_id(ix);
        let class = [ir::EventClass { event: event.clone(), except: Vec::new() }];
        self.verb_fits(history.verb, history.verb_span, &class);
        self.route_fits(history.route, &class);
        let with = self.attribute_tests(&history.with, Some(&class), main)?;
        let due_to = match &history.due_to {
            Some(name) => {
                let ix = self.resolve_event(main, name)?;
                Some(self.concept_id(ix))
            }
            None => None,
        };
        let amount = match &history.amount {
            Some(amount) => Some(self.amount(amount, main)?),
            None => None,
        };
        let window = match &history.time {
            Some(time) => Some(self.window(time, context, Narrows::Other)?),
            None => None,
        };
        Some(Fact::History {
            denied: history.denied,
            verb: history.verb.into(),
            event,
            route: history.route.map(|(route, _)| route.into()),
            with,
            due_to,
            amount,
            window,
        })
    }

    fn result_fact(
        &mut self,
        name: &ast::Name,
        value: &FactValue,
        at: Option<&ast::Moment>,
        main: ModuleId,
    ) -> Option<Fact> {
        let ix = match self.resolve(main, name)? {
            Meaning::Concept(ix) => ix,
            Meaning::Definition(ix) => return self.defined_fact(name, ix, value, at, main),
            other @ (Meaning::Set(_) | Meaning::Part(_) | Meaning::Lost) => {
                self.wrong_kind(name, other, "a measure or an event of the trial");
                return None;
            }
        };
        let at_moment = match at {
            Some(at) => Some(self.moment(at, main)?),
            None => None,
        };
        let of = self.concept_id(ix);
        let kind = self.concept(ix).kind;
        let value = match (value, kind) {
            (FactValue::Date(date), ConceptKind::Event) => {
                return Some(Fact::Anchor { event: of, date: date_text(date) });
            }
            (FactValue::Coded(word), ConceptKind::Test | ConceptKind::Scale) => {
                ir::FactValue::Word(self.word_of(ix, word)?)
            }
            (FactValue::Number { quantity, censored: None, .. }, ConceptKind::Scale) if quantity.unit.is_none() => {
                let word = ast::Name { text: quantity.number.to_string().into(), span: quantity.span };
                ir::FactValue::Word(self.word_of(ix, &word)?)
            }
            (FactValue::Number { censored, quantity, upper_limit }, ConceptKind::Lab | ConceptKind::Score) => {
                let unit = self.concept(ix).unit.clone().unwrap_or_else(Unit::one);
                let wanted = Wanted { unit, measure: Some(ix), bounds: Bounds::Kept, what: format!("`{of}`") };
                let quantity = self.fitting(quantity, &wanted)?;
                match censored {
                    Some(Censored::Below) => ir::FactValue::Below(quantity),
                    Some(Censored::Above) => ir::FactValue::Above(quantity),
                    None => {
                        let upper_limit = match upper_limit {
                            Some(limit) => Some(self.fitting(limit, &wanted)?),
                            None => None,
                        };
                        ir::FactValue::Number { quantity, upper_limit }
                    }
                }
            }
            _ => {
                let is = self.kind_of_concept(ix);
                let help = match kind {
                    ConceptKind::Event => format!("give its date, `{of} = 2023-02-01`, or say `had {of} at …`"),
                    ConceptKind::Test | ConceptKind::Scale => format!("give its result: `{of} is …`"),
                    ConceptKind::Lab | ConceptKind::Score => format!("give its value with the unit: `{of} = …`"),
                    ConceptKind::Condition => format!("say `had {of} at …` or `has {of} from … to …`"),
                    ConceptKind::Drug | ConceptKind::Procedure => format!("say `received {of} from … to …`"),
                    ConceptKind::Question => format!("say `judged {of} is yes`"),
                };
                self.report(
                    Diagnostic::new(
                        &code::BAD_EXAMPLE,
                        name.span,
                        format!("`{}` is {is}: this is no fact about it", name.text),
                    )
                    .label("not a fact of this sort")
                    .help(help),
                );
                return None;
            }
        };
        Some(Fact::Result { of, value, at: at_moment })
    }

    /// A value given for a definition stands for a recorded result of that name.
    fn defined_fact(
        &mut self,
        name: &ast::Name,
        ix: super::names::DefinitionIx,
        value: &FactValue,
        at: Option<&ast::Moment>,
        main: ModuleId,
    ) -> Option<Fact> {
        let at = match at {
            Some(at) => Some(self.moment(at, main)?),
            None => None,
        };
        let of = ir::ConceptId(self.definition(ix).name.clone());
        if let FactValue::Number { quantity, .. } = value
            && matches!(self.definition(ix).item.body, ir::DefinitionBody::Value(_))
        {
            let quantity = self.free_quantity(quantity)?;
            return Some(Fact::Result { of, value: ir::FactValue::Number { quantity, upper_limit: None }, at });
        }
        self.report(
            Diagnostic::new(&code::BAD_EXAMPLE, name.span, format!("`{}` is worked out, not recorded", name.text))
                .label("give the facts that it rests on"),
        );
        None
    }

    fn expectation(&mut self, expectation: &Expectation, main: ModuleId) -> Option<ir::Expectation> {
        match expectation {
            Expectation::Verdict { verdict, because, span } => {
                for name in because {
                    self.known_criterion(name)?;
                }
                let verdict = match verdict.text.as_str() {
                    "eligible" => ir::Verdict::Eligible,
                    "ineligible" => ir::Verdict::Ineligible,
                    _ => ir::Verdict::Undetermined,
                };
                let because = because.iter().map(|name| Word(name.text.clone())).collect();
                Some(ir::Expectation::Verdict { verdict, because, span: *span })
            }
            Expectation::Criterion { name, state, span } => {
                let outcome =
                    matches!(self.lookup(main, &name.text, name.span), Some(Meaning::Part(PartKind::Outcome)));
                if !outcome {
                    self.known_criterion(name)?;
                }
                let Some((_, found)) = STATES.iter().find(|(word, _)| *word == state.text) else {
                    self.report(
                        Diagnostic::new(
                            &code::BAD_EXAMPLE,
                            state.span,
                            format!("a criterion is never `{}`", state.text),
                        )
                        .label("not one of its states")
                        .help("it is `met`, `not_met`, `unknown` or `not_applicable`"),
                    );
                    return None;
                };
                Some(ir::Expectation::State { of: Word(name.text.clone()), state: *found, span: *span })
            }
        }
    }

    fn known_criterion(&mut self, name: &ast::Name) -> Option<()> {
        if self.criteria.contains_key(&name.text) || name.text == "age" || name.text == "sex" {
            return Some(());
        }
        if !self.draft.broken {
            let names = self.may_search().then(|| self.criteria.keys().map(EcoString::as_str));
            let near = super::checker::nearest(&name.text, names.into_iter().flatten()).map(str::to_owned);
            let mut found =
                Diagnostic::new(&code::UNKNOWN_NAME, name.span, format!("no criterion is called `{}`", name.text))
                    .label("unknown criterion");
            found = match near {
                Some(near) => {
                    found.help(format!("did you mean `{near}`?")).guess(format!("write `{near}`"), name.span, near)
                }
                None => found.help("an example names criteria, rules over a period and outcomes"),
            };
            self.report(found);
        }
        None
    }
}
