//! What a patient has, had, gets and got: verbs and the events they speak of.

use super::checker::{Checker, Context, a_kind};
use super::names::{ConceptIx, Meaning, ModuleId};
use super::time::Narrows;
use crate::ast::expression::{CollectionOf, Comparator, Exposure};
use crate::ast::{self, AttributeKey, AttributeTest, Extreme, Quantifier, Verb};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::truth::{AttributeTest as Test, History};
use crate::ir::{self, ConceptKind, Counting, EventClass, Exemption, Members, TruthKind, Word};
use crate::span::Span;

impl Checker<'_> {
    pub(super) fn exposure(&mut self, exposure: &Exposure, context: Context<'_>, span: Span) -> Option<ir::Truth> {
        let module = context.module;
        let events = self.events(&exposure.object, context);
        let with = self.attribute_tests(&exposure.with, events.as_deref(), module);
        let due_to = self.due_to(exposure.due_to.as_ref(), module);
        let events = events?;
        self.verb_fits(exposure.verb, exposure.verb_span, &events);
        self.route_fits(exposure.object.route, &events);
        let counting = match exposure.object.quantifier {
            Some(quantifier) => self.counting(quantifier, self.countable(&events), exposure.object.span)?,
            None => Counting::Any,
        };
        let (mut for_at_least, mut for_at_most) = (None, None);
        if let Some(lasting) = &exposure.lasting {
            let duration = self.duration(&lasting.quantity)?;
            match lasting.extreme {
                Extreme::AtLeast => for_at_least = Some(duration),
                Extreme::AtMost => for_at_most = Some(duration),
            }
        }
        let history = History {
            verb: exposure.verb.into(),
            counting,
            events,
            route: exposure.object.route.map(|(route, _)| route.into()),
            with: with?,
            due_to: due_to?,
            for_at_least,
            for_at_most,
        };
        Some(ir::Truth { kind: TruthKind::History(Box::new(history)), span })
    }

    /// How many things a list of events can count up to, where that can be known: a class has open ends.
    fn countable(&self, events: &[EventClass]) -> Option<usize> {
        let open = events.iter().any(|class| self.ids.get(&class.event.0).is_none_or(|ix| self.is_class(*ix)));
        (!open).then_some(events.len())
    }

    #[expect(clippy::option_option, reason = "the outer option is a fault, the inner one an absent clause")]
    fn due_to(&mut self, name: Option<&ast::Name>, module: ModuleId) -> Option<Option<ir::ConceptId>> {
        match name {
            None => Some(None),
            Some(name) => {
                let ix = self.resolve_event(module, name)?;
                Some(Some(self.concept_id(ix)))
            }
        }
    }

    /// A name that must stand for something that happens to a patient.
    pub(super) fn resolve_event(&mut self, module: ModuleId, name: &ast::Name) -> Option<ConceptIx> {
        let meaning = self.resolve(module, name)?;
        match meaning {
            Meaning::Concept(ix) if is_event(self.concept(ix).kind) => Some(ix),
            Meaning::Lost => None,
            Meaning::Concept(_) | Meaning::Definition(_) | Meaning::Set(_) | Meaning::Part(_) => {
                self.wrong_kind(name, meaning, "something that a patient has or gets");
                None
            }
        }
    }

    /// The events that a verb or a count speaks of.
    pub(super) fn events(&mut self, object: &ast::Object, context: Context<'_>) -> Option<Vec<EventClass>> {
        self.event_classes(&object.collection, context)
    }

    pub(super) fn event_classes(
        &mut self,
        collection: &ast::Collection,
        context: Context<'_>,
    ) -> Option<Vec<EventClass>> {
        let mut classes = match &collection.of {
            CollectionOf::Name(name) => self.named_events(name, context)?,
            CollectionOf::Items(entries) => {
                let mut all = Some(Vec::new());
                for entry in entries {
                    let found = self.event_entry(entry, context);
                    all = all.zip(found).map(|(mut all, found)| {
                        all.extend(found);
                        all
                    });
                }
                let all = all?;
                if all.is_empty() {
                    self.empty_list(collection.span);
                    return None;
                }
                all
            }
        };
        if let Some(except) = &collection.except {
            let exempt = self.exemptions(except, &classes, context)?;
            for class in &mut classes {
                class.except.extend(exempt.iter().cloned());
            }
        }
        Some(classes)
    }

    pub(super) fn empty_list(&mut self, span: Span) {
        self.report(Diagnostic::new(&code::IMPOSSIBLE_COUNT, span, "this list is empty").label("nothing in it"));
    }

    /// An entry of a list of events: a name, with what is taken out of it.
    fn event_entry(&mut self, entry: &ast::Entry, context: Context<'_>) -> Option<Vec<EventClass>> {
        if let (ast::ExprKind::Value(value), None) = (&entry.body.kind, &entry.head)
            && value.per_limit.is_none()
            && value.in_unit.is_none()
        {
            let mut classes = self.named_events(&value.name, context)?;
            if let Some(except) = &value.except {
                let exempt = self.exemptions(except, &classes, context)?;
                for class in &mut classes {
                    class.except.extend(exempt.iter().cloned());
                }
            }
            return Some(classes);
        }
        self.report(
            Diagnostic::new(
                &code::WRONG_KIND,
                entry.span,
                "only names of conditions, drugs, procedures and events stand here",
            )
            .label("not a name")
            .help("write sentences as `any of { has a, had b within 1 year }`, with the verb inside the list"),
        );
        None
    }

    fn named_events(&mut self, name: &ast::Name, context: Context<'_>) -> Option<Vec<EventClass>> {
        let meaning = self.resolve(context.module, name)?;
        match meaning {
            Meaning::Concept(ix) if is_event(self.concept(ix).kind) => {
                Some(vec![EventClass { event: self.concept_id(ix), except: Vec::new() }])
            }
            Meaning::Set(ix) => {
                if let Members::Events(events) = &self.set(ix).item.members {
                    return Some(events.clone());
                }
                self.wrong_kind(name, meaning, "a set of events");
                None
            }
            Meaning::Concept(ix) => {
                let kind = a_kind(self.concept(ix).kind);
                let help = match self.concept(ix).kind {
                    ConceptKind::Test | ConceptKind::Scale => format!(
                        "ask for its result: `{0} is …`; of several results, `each of 2 {0} at least 1 day apart is …`",
                        name.text
                    ),
                    ConceptKind::Question => format!("ask it: `judged {}`", name.text),
                    ConceptKind::Lab
                    | ConceptKind::Score
                    | ConceptKind::Condition
                    | ConceptKind::Drug
                    | ConceptKind::Procedure
                    | ConceptKind::Event => format!("ask for its value: `{} > …`", name.text),
                };
                self.report(
                    Diagnostic::new(
                        &code::WRONG_VERB,
                        name.span,
                        format!("`{}` is {kind}: a patient does not have or get it", name.text),
                    )
                    .label("not an event")
                    .help(help),
                );
                None
            }
            Meaning::Lost => None,
            Meaning::Definition(_) | Meaning::Part(_) => {
                self.wrong_kind(name, meaning, "something that a patient has or gets");
                None
            }
        }
    }

    // ---- exceptions ----------------------------------------------------------------------------------------------------

    pub(super) fn exemptions(
        &mut self,
        except: &ast::Except,
        classes: &[EventClass],
        context: Context<'_>,
    ) -> Option<Vec<Exemption>> {
        let mut all = Vec::new();
        for exempt in &except.exempt {
            let event = match &exempt.name {
                Some(name) => {
                    let ix = self.resolve_event(context.module, name)?;
                    self.takes_away(ix, name, classes);
                    Some(self.concept_id(ix))
                }
                None => None,
            };
            let own = event.clone().map(|event| vec![EventClass { event, except: Vec::new() }]);
            let with = self.attribute_tests(&exempt.with, own.as_deref().or(Some(classes)), context.module)?;
            let due_to = self.due_to(exempt.due_to.as_ref(), context.module)?;
            let window = match &exempt.time {
                Some(time) => Some(self.window(time, context, Narrows::Exposure)?),
                None => None,
            };
            all.push(Exemption { event, with, due_to, window });
        }
        Some(all)
    }

    /// Says so where what is taken out is in none of the classes.
    fn takes_away(&mut self, ix: ConceptIx, name: &ast::Name, classes: &[EventClass]) {
        let targets: Vec<ConceptIx> =
            classes.iter().filter_map(|class| self.ids.get(&class.event.0).copied()).collect();
        if targets.iter().any(|class| self.is_member(ix, *class)) {
            return;
        }
        let listed = classes.iter().map(|class| format!("`{}`", class.event)).collect::<Vec<_>>().join(", ");
        self.report(
            Diagnostic::new(&code::NOT_A_MEMBER, name.span, format!("`{}` is not a member of {listed}", name.text))
                .label("takes nothing away")
                .help("an exception is a member or a subtype of what it is taken from"),
        );
    }

    // ---- attributes ----------------------------------------------------------------------------------------------------

    pub(super) fn attribute_tests(
        &mut self,
        attributes: &[ast::Attribute],
        events: Option<&[EventClass]>,
        module: ModuleId,
    ) -> Option<Vec<Test>> {
        let mut tests = Vec::new();
        for attribute in attributes {
            let test = match attribute.key {
                AttributeKey::Grade => self.grade(attribute),
                AttributeKey::Cause => match &attribute.test {
                    AttributeTest::Is(name) => {
                        let ix = self.resolve_event(module, name)?;
                        Some(Test::Cause(self.concept_id(ix)))
                    }
                    AttributeTest::Compare(..) | AttributeTest::Range(..) => {
                        self.wrong_attribute(attribute.span, "a cause is one event", "write `cause X`");
                        None
                    }
                },
                key @ (AttributeKey::Stage | AttributeKey::Histology | AttributeKey::Severity) => {
                    self.worded(key, attribute, events?)
                }
            };
            tests.push(test?);
        }
        Some(tests)
    }

    fn wrong_attribute(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::new(&code::WRONG_ATTRIBUTE, span, message).label("not possible").help(help));
    }

    /// CTCAE grades run from 1 to 5.
    fn grade(&mut self, attribute: &ast::Attribute) -> Option<Test> {
        let number = |name: &ast::Name| name.text.parse::<u8>().ok().filter(|grade| (1..=5).contains(grade));
        let range = match &attribute.test {
            AttributeTest::Is(name) => number(name).map(|grade| (grade, grade)),
            AttributeTest::Range(low, high) => number(low).zip(number(high)),
            AttributeTest::Compare(comparator, name) => number(name).and_then(|grade| match comparator {
                Comparator::Less => Some((1, grade.checked_sub(1)?)),
                Comparator::AtMost => Some((1, grade)),
                Comparator::Equal => Some((grade, grade)),
                Comparator::NotEqual => None,
                Comparator::AtLeast => Some((grade, 5)),
                Comparator::Greater => Some((grade.checked_add(1)?, 5)),
            }),
        };
        match range {
            Some((from, to)) if from <= to && from >= 1 => Some(Test::Grade { from, to }),
            _ => {
                self.wrong_attribute(
                    attribute.span,
                    "a grade is 1, 2, 3, 4 or 5",
                    "such as `with grade >= 3` or `with grade in 1..2`",
                );
                None
            }
        }
    }

    /// A stage, histology or severity of the closed list that the events declare.
    fn worded(&mut self, key: AttributeKey, attribute: &ast::Attribute, events: &[EventClass]) -> Option<Test> {
        let words = events.iter().find_map(|class| {
            let attributes = &self.concept(*self.ids.get(&class.event.0)?).attributes;
            let words = match key {
                AttributeKey::Stage => &attributes.stages,
                AttributeKey::Histology => &attributes.histologies,
                AttributeKey::Severity => &attributes.severities,
                AttributeKey::Grade | AttributeKey::Cause => return None,
            };
            (!words.is_empty()).then(|| words.clone())
        });
        let named = events.first().map_or_else(String::new, |class| format!("`{}`", class.event));
        let what = match key {
            AttributeKey::Stage => "stage",
            AttributeKey::Histology => "histology",
            AttributeKey::Severity => "severity",
            AttributeKey::Grade | AttributeKey::Cause => "attribute",
        };
        let Some(words) = words else {
            let help = format!(
                "ask a person, `… and judged \"…\"`; or declare a condition of your own: `condition x \"…\" {{ {what} a, b, c }}`"
            );
            self.wrong_attribute(attribute.span, &format!("{named} has no {what}"), &help);
            return None;
        };
        let mut place = |name: &ast::Name| self.place_in(&words, name, what, &code::WRONG_ATTRIBUTE);
        let chosen: Vec<Word> = match &attribute.test {
            AttributeTest::Is(name) => vec![words.get(place(name)?)?.clone()],
            AttributeTest::Range(low, high) => {
                let (from, to) = (place(low)?, place(high)?);
                if from > to {
                    let message = format!("the range begins with `{}` and ends with `{}`", low.text, high.text);
                    self.report(
                        Diagnostic::new(&code::INVERTED_RANGE, attribute.span, message).label("ends before it starts"),
                    );
                    return None;
                }
                words.get(from..=to)?.to_vec()
            }
            AttributeTest::Compare(comparator, name) => {
                let at = place(name)?;
                let holds = |index: usize| match comparator {
                    Comparator::Less => index < at,
                    Comparator::AtMost => index <= at,
                    Comparator::Equal => index == at,
                    Comparator::NotEqual => index != at,
                    Comparator::AtLeast => index >= at,
                    Comparator::Greater => index > at,
                };
                words.iter().enumerate().filter(|(index, _)| holds(*index)).map(|(_, word)| word.clone()).collect()
            }
        };
        Some(match key {
            AttributeKey::Stage => Test::Stage(chosen),
            AttributeKey::Histology => Test::Histology(chosen),
            AttributeKey::Severity | AttributeKey::Grade | AttributeKey::Cause => Test::Severity(chosen),
        })
    }

    /// A word's place in a closed list; reported where it is not in it.
    pub(super) fn place_in(
        &mut self,
        words: &[Word],
        name: &ast::Name,
        what: &str,
        code: &'static crate::diagnostic::Code,
    ) -> Option<usize> {
        if let Some(place) = words.iter().position(|word| word.0 == name.text) {
            return Some(place);
        }
        let known = listed(words);
        let mut found = Diagnostic::new(code, name.span, format!("`{}` is no {what}", name.text))
            .label("not one of them")
            .help(format!("it is one of {known}"));
        let searched = if self.may_search() { words } else { &[] };
        if let Some(near) = super::checker::nearest(&name.text, searched.iter().map(Word::as_str)) {
            found = found.guess(format!("write `{near}`"), name.span, near.to_owned());
        }
        self.report(found);
        None
    }

    // ---- verbs ---------------------------------------------------------------------------------------------------------

    /// Conditions and events are had, treatments are received; an operation may be either.
    pub(super) fn verb_fits(&mut self, verb: Verb, span: Span, events: &[EventClass]) {
        for class in events {
            let Some(kind) = self.ids.get(&class.event.0).map(|ix| self.concept(*ix).kind) else { continue };
            let having = matches!(verb, Verb::Has | Verb::Had);
            let right = match (kind, having) {
                (ConceptKind::Drug, true) => match verb {
                    Verb::Has => "receiving",
                    Verb::Had | Verb::Receiving | Verb::Received | Verb::Started | Verb::Stopped => "received",
                },
                (ConceptKind::Condition | ConceptKind::Event, false) => match verb {
                    Verb::Receiving => "has",
                    Verb::Has | Verb::Had | Verb::Received | Verb::Started | Verb::Stopped => "had",
                },
                _ => continue,
            };
            let message = format!("`{}` does not fit `{}`, which is {}", verb.word(), class.event, a_kind(kind));
            self.report(
                Diagnostic::new(&code::WRONG_VERB, span, message)
                    .label(format!("`{right}` is meant?"))
                    .help("a patient has conditions and events, and receives drugs and procedures")
                    .fix(format!("write `{right}`"), span, right),
            );
            return;
        }
    }

    /// A route must be one that a drug is given by.
    pub(super) fn route_fits(&mut self, route: Option<(ast::Route, Span)>, events: &[EventClass]) {
        let Some((route, span)) = route else { return };
        let wanted = ir::Route::from(route);
        for class in events {
            let Some(ix) = self.ids.get(&class.event.0).copied() else { continue };
            let concept = self.concept(ix);
            let fits = match concept.kind {
                ConceptKind::Drug => concept.routes.is_empty() || concept.routes.contains(&wanted),
                ConceptKind::Procedure => true,
                ConceptKind::Lab
                | ConceptKind::Test
                | ConceptKind::Scale
                | ConceptKind::Score
                | ConceptKind::Condition
                | ConceptKind::Event
                | ConceptKind::Question => false,
            };
            if fits || self.is_class(ix) {
                continue;
            }
            let known: Vec<String> = ast::Route::ALL
                .iter()
                .filter(|(route, _)| self.concept(ix).routes.contains(&(*route).into()))
                .map(|(_, word)| format!("`{word}`"))
                .collect();
            let mut found = Diagnostic::new(
                &code::WRONG_ROUTE,
                span,
                format!("`{}` is not given by the route `{}`", class.event, route.word()),
            )
            .label("not a route of it");
            if !known.is_empty() {
                found = found.help(format!("the library knows it as {}", known.join(", ")));
            }
            self.report(found);
            return;
        }
    }

    /// How many of a list; a number that it can never reach, or always does, is a mistake.
    pub(super) fn counting(&mut self, quantifier: Quantifier, size: Option<usize>, span: Span) -> Option<Counting> {
        let (counting, number) = match quantifier {
            Quantifier::Any => return Some(Counting::Any),
            Quantifier::All => return Some(Counting::All),
            Quantifier::None => return Some(Counting::None),
            Quantifier::AtLeast(count) => (Counting::AtLeast(count.value), count),
            Quantifier::AtMost(count) => (Counting::AtMost(count.value), count),
            Quantifier::Exactly(count) => (Counting::Exactly(count.value), count),
            Quantifier::Highest | Quantifier::Lowest | Quantifier::Sum => {
                self.report(
                    Diagnostic::new(&code::NOT_A_TRUTH, span, "`highest of`, `lowest of` and `sum of` give a value")
                        .label("a value, not a truth")
                        .help("compare it with something"),
                );
                return None;
            }
        };
        let wanted = number.value as usize;
        if let Some(size) = size {
            let problem = match counting {
                Counting::AtLeast(_) if wanted > size => Some(("at least", "can never be met")),
                Counting::Exactly(_) if wanted > size => Some(("exactly", "can never be met")),
                Counting::AtMost(_) if wanted >= size => Some(("at most", "is always met")),
                Counting::AtLeast(0) => Some(("at least", "is always met")),
                Counting::AtLeast(_)
                | Counting::Exactly(_)
                | Counting::AtMost(_)
                | Counting::Any
                | Counting::All
                | Counting::None => None,
            };
            if let Some((how, problem)) = problem {
                self.report(
                    Diagnostic::new(
                        &code::IMPOSSIBLE_COUNT,
                        number.span,
                        format!("{how} {wanted} of a list of {size} {problem}"),
                    )
                    .label(format!("the list has {size}"))
                    .also(span, "the list")
                    .help("change the number, or complete the list"),
                );
                return None;
            }
        }
        Some(counting)
    }
}

/// Whether it is something that a patient has or gets.
pub(super) fn is_event(kind: ConceptKind) -> bool {
    match kind {
        ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event => true,
        ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score | ConceptKind::Question => false,
    }
}

/// Words in a row, the first of them where there are many.
pub(super) fn listed(words: &[Word]) -> String {
    const SHOWN: usize = 20;
    let shown = words.iter().take(SHOWN).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    if words.len() > SHOWN { format!("{shown} and so on") } else { shown }
}
