//! Truths: what a criterion says of a patient.

use super::checker::{Checker, Context, a_kind};
use super::names::Meaning;
use super::time::Narrows;
use super::types::{Elaborated, Typed};
use crate::ast::expression::{CollectionOf, Judged, JudgedQuestion};
use crate::ast::{self, Connective, Expr, ExprKind, Quantifier};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, ConceptKind, Counting, Operands, Part, Truth, TruthKind, Word};
use crate::span::Span;

impl Checker<'_> {
    /// A truth; reported where it is a value.
    pub(super) fn truth(&mut self, expr: &Expr, context: Context<'_>) -> Option<Truth> {
        match self.elaborate(expr, context)? {
            Elaborated::Truth(truth) => Some(truth),
            Elaborated::Value(typed) => {
                self.not_a_truth(expr, &typed);
                None
            }
        }
    }

    fn not_a_truth(&mut self, expr: &Expr, typed: &Typed) {
        let text = self.sources.text(expr.span);
        let shown = if text.len() < 40 && !text.contains('\n') { format!("`{text}`") } else { "this".to_owned() };
        let help = match typed.ty.measure.map(|ix| self.concept(ix).clone()) {
            Some(concept) if !concept.values.is_empty() => {
                let words =
                    concept.values.iter().take(4).map(|word| format!("`is {word}`")).collect::<Vec<_>>().join(", ");
                format!("say which result: {words}")
            }
            Some(concept) => {
                let unit =
                    concept.unit.as_ref().map_or_else(String::new, |unit| super::quantity::spelling(unit.code()));
                let named = if text.contains('\n') || text.len() >= 40 { "…" } else { text };
                let sentence = format!("{named} >= … {unit}");
                format!("compare it with a limit, such as `{}`", sentence.trim_end())
            }
            None if matches!(expr.kind, ExprKind::Count(_) | ExprKind::Rate(_) | ExprKind::TimeBetween(_)) => {
                "compare it with a number; in an outcome, write its time before the colon: `from day 1 to week 12:`"
                    .to_owned()
            }
            None => "compare it with something, or ask whether it is `recorded`".to_owned(),
        };
        self.report(
            Diagnostic::new(&code::NOT_A_TRUTH, expr.span, format!("{shown} is a value, and nothing is asked of it"))
                .label("a comparison is missing")
                .help(help),
        );
    }

    /// A truth or a value, whichever it is.
    pub(super) fn elaborate(&mut self, expr: &Expr, context: Context<'_>) -> Option<Elaborated> {
        self.deeper(expr.span, |checker| checker.elaborate_here(expr, context))
    }

    fn elaborate_here(&mut self, expr: &Expr, context: Context<'_>) -> Option<Elaborated> {
        let span = expr.span;
        let truth = |kind: TruthKind| Some(Elaborated::Truth(Truth { kind, span }));
        match &expr.kind {
            ExprKind::Logic(connective, terms) => {
                if self.leans_on_neighbour(*connective, terms, context).is_some() {
                    return None;
                }
                self.narrow_time(terms, context);
                let parts = self.terms(terms, context)?;
                truth(if *connective == Connective::And { TruthKind::All(parts) } else { TruthKind::Any(parts) })
            }
            ExprKind::Unless(pair) => {
                let (base, exception) = (self.truth(&pair.0, context), self.truth(&pair.1, context));
                truth(TruthKind::Unless { base: Box::new(base?), exception: Box::new(exception?) })
            }
            ExprKind::Not(inner) => {
                if let ExprKind::Not(twice) = &inner.kind
                    && self.is_own(context.module)
                {
                    let span = Span::new(span.start, twice.span.start);
                    self.report(
                        Diagnostic::new(&code::SAID_TWICE, span, "`not` twice takes nothing away")
                            .label("the second undoes the first")
                            .help("remove one of them, or both")
                            .guess("write one `not`", span, "not "),
                    );
                }
                let inner = self.truth(inner, context)?;
                truth(TruthKind::Not(Box::new(inner)))
            }
            ExprKind::Known(inner) => {
                let inner = self.truth(inner, context)?;
                truth(TruthKind::Known(Box::new(inner)))
            }
            ExprKind::Parens(inner) => self.elaborate(inner, context),
            ExprKind::Timed(timed) => self.timed(&timed.0, &timed.1, context, span),
            ExprKind::Judged(judged) => {
                let judged = self.judged(judged, context, span)?;
                truth(judged)
            }
            ExprKind::Missing(text) => {
                self.note_missing(text, context);
                truth(TruthKind::Missing(text.value.to_string()))
            }
            ExprKind::Exposure(exposure) => self.exposure(exposure, context, span).map(Elaborated::Truth),
            ExprKind::Onset(name) => {
                let ix = self.resolve_event(context.module, name)?;
                truth(TruthKind::Onset(self.concept_id(ix)))
            }
            ExprKind::StableDose(stable) => self.stable_dose(stable, context, span).map(Elaborated::Truth),
            ExprKind::Quantified(quantified) => self.quantified(quantified.0, &quantified.1, context, span),
            ExprKind::Compare(_)
            | ExprKind::Within(_)
            | ExprKind::Is(_)
            | ExprKind::Moved(_)
            | ExprKind::Recorded(_) => self.asked(expr, context).map(Elaborated::Truth),
            ExprKind::Given(inner) => self.given(inner, context, span).map(Elaborated::Truth),
            ExprKind::Value(value) => self.named(value, context, span),
            ExprKind::If(_)
            | ExprKind::Sum(_)
            | ExprKind::Quantity(_)
            | ExprKind::Picked(..)
            | ExprKind::Repeated(_)
            | ExprKind::Dose(_)
            | ExprKind::Change(_)
            | ExprKind::Count(_)
            | ExprKind::Rate(_)
            | ExprKind::TimeBetween(_) => self.plain_value(expr, context).map(Elaborated::Value),
        }
    }

    fn terms(&mut self, terms: &[Expr], context: Context<'_>) -> Option<Vec<Part<Truth>>> {
        let truths: Vec<Option<Truth>> = terms.iter().map(|term| self.truth(term, context)).collect();
        truths.into_iter().map(|truth| truth.map(|body| Part { name: None, prose: None, when: None, body })).collect()
    }

    /// A time that narrows the last of several neighbours only, where a reader may take it for all of them.
    fn narrow_time(&mut self, terms: &[Expr], context: Context<'_>) {
        let [front @ .., last] = terms else { return };
        let ExprKind::Timed(timed) = &last.kind else { return };
        if context.windowed || !self.is_own(context.module) || matches!(timed.1.kind, ast::TimeKind::At(_)) {
            return;
        }
        let Some(open) = front.iter().find(|term| has_open_history(term)) else { return };
        self.report(
            Diagnostic::new(&code::NARROW_TIME, timed.1.span, "this time narrows only what stands right before it")
                .label("for this part only")
                .also(open.span, "not for this part")
                .help("if it is meant for all, put parentheses around them or the time into the head; else give the other a time of its own"),
        );
    }

    fn timed(&mut self, inner: &Expr, time: &ast::Time, context: Context<'_>, span: Span) -> Option<Elaborated> {
        let narrows = if mentions_exposure(inner) { Narrows::Exposure } else { Narrows::Other };
        let window = self.window(time, context, narrows);
        if let Some(window) = &window {
            self.half_lives_known(window, inner, context);
        }
        let before = self.diagnostics.len();
        // `at` moves the anchor, and leaves whatever window is around.
        let moves = matches!(time.kind, ast::TimeKind::At(_));
        let inside = if moves { Context { windowed: false, ..context } } else { context.windowed() };
        let of = match self.elaborate(inner, inside)? {
            Elaborated::Truth(truth) => truth,
            Elaborated::Value(typed) => {
                self.not_a_truth(inner, &typed);
                return None;
            }
        };
        if let Some(window) = &window
            && self.diagnostics.len() == before
        {
            self.one_day_verb(window, inner);
        }
        let kind = TruthKind::Timed { of: Box::new(of), window: Box::new(window?) };
        Some(Elaborated::Truth(Truth { kind, span }))
    }

    /// `has` and `receiving` are about one day: a window around them says something else than is meant.
    fn one_day_verb(&mut self, window: &ir::Window, inner: &Expr) {
        let ExprKind::Exposure(exposure) = &inner.kind else { return };
        let (now, ever) = match exposure.verb {
            ast::Verb::Has => ("has", "had"),
            ast::Verb::Receiving => ("receiving", "received"),
            ast::Verb::Had | ast::Verb::Received | ast::Verb::Started | ast::Verb::Stopped => return,
        };
        let one_day = match window {
            ir::Window::At { .. } => true,
            ir::Window::Within { .. }
            | ir::Window::AtLeast { .. }
            | ir::Window::Between { .. }
            | ir::Window::Beside { .. }
            | ir::Window::DuringEpoch { .. }
            | ir::Window::DuringEvent { .. } => exposure.lasting.is_some(),
        };
        if one_day {
            return;
        }
        self.report(
            Diagnostic::new(
                &code::WRONG_VERB,
                exposure.verb_span,
                format!("`{now}` is about one day, and this time is longer"),
            )
            .label(format!("`{ever}` is meant?"))
            .help(format!("`{now}` asks about the anchor's day, `{ever}` about any day of the time behind it"))
            .guess(format!("write `{ever}`"), exposure.verb_span, ever),
        );
    }

    /// A window in half-lives needs drugs whose half-life is known.
    fn half_lives_known(&mut self, window: &ir::Window, inner: &Expr, context: Context<'_>) {
        let ir::Window::Within { reach, .. } = window else { return };
        if !reach.lengths.iter().any(|length| length.unit == ir::TimeUnit::HalfLives) {
            return;
        }
        let ExprKind::Exposure(exposure) = &inner.kind else { return };
        let names: Vec<&ast::Name> = match &exposure.object.collection.of {
            CollectionOf::Name(name) => vec![name],
            CollectionOf::Items(entries) => entries
                .iter()
                .filter_map(
                    |entry| if let ExprKind::Value(value) = &entry.body.kind { Some(&value.name) } else { None },
                )
                .collect(),
        };
        for name in names {
            let Some(Meaning::Concept(ix)) = self.lookup(context.module, &name.text, name.span) else { continue };
            let concept = self.concept(ix);
            if concept.kind == ConceptKind::Drug && (concept.half_life.is_some() || self.is_class(ix)) {
                continue;
            }
            self.report(
                Diagnostic::new(&code::HALF_LIVES, name.span, format!("the half-life of `{}` is not known", name.text))
                    .label("no half-life")
                    .help("declare the drug with its `half_life`, or give the washout in days or weeks"),
            );
        }
    }

    pub(super) fn note_missing(&mut self, text: &ast::Text, context: Context<'_>) {
        if self.is_own(context.module) {
            self.draft.missing.push((text.value.clone(), text.span));
        }
    }

    // ---- judged, given -------------------------------------------------------------------------------------------------

    fn judged(&mut self, judged: &Judged, context: Context<'_>, span: Span) -> Option<TruthKind> {
        let by = judged.by.map(ir::Role::from);
        Some(match &judged.question {
            JudgedQuestion::Text(text) => {
                TruthKind::Judged { key: Word(text.value.clone()), question: text.value.to_string(), by }
            }
            JudgedQuestion::Named(name) => {
                if matches!(name.text.as_str(), "investigator" | "participant" | "site" | "central")
                    && self.lookup(context.module, &name.text, name.span).is_none()
                {
                    self.report(
                        Diagnostic::new(
                            &code::NOT_A_QUESTION,
                            name.span,
                            format!("`{}` answers questions, it is none", name.text),
                        )
                        .label("`by` is missing")
                        .help(format!("write `judged by {}`", name.text))
                        .fix("write `by`", name.span.before(), "by "),
                    );
                    return None;
                }
                let meaning = self.resolve(context.module, name)?;
                let question = match meaning {
                    Meaning::Concept(ix) if self.concept(ix).kind == ConceptKind::Question => self.concept(ix).clone(),
                    Meaning::Concept(_)
                    | Meaning::Definition(_)
                    | Meaning::Set(_)
                    | Meaning::Part(_)
                    | Meaning::Lost => {
                        let is = self.a(meaning);
                        self.report(
                            Diagnostic::new(&code::NOT_A_QUESTION, name.span, format!("`{}` is {is}, not a question", name.text))
                                .label("nobody can be asked this")
                                .help("write the question in quotes, or declare it: `question x \"…\" { asked investigator }`"),
                        );
                        return None;
                    }
                };
                let by = by.or(question.asked);
                TruthKind::Judged { key: Word(name.text.clone()), question: question.label, by }
            }
            JudgedQuestion::Prose => {
                let Some(subject) = context.subject else {
                    self.report(
                        Diagnostic::new(
                            &code::NOT_A_QUESTION,
                            span,
                            "there is no prose here that could be the question",
                        )
                        .label("what is to be judged?")
                        .help("write the question: `judged \"…\"`"),
                    );
                    return None;
                };
                let question = context.prose.unwrap_or(subject).to_owned();
                TruthKind::Judged { key: subject.into(), question, by }
            }
        })
    }

    fn given(&mut self, inner: &Expr, context: Context<'_>, span: Span) -> Option<Truth> {
        if let ExprKind::Value(value) = &inner.kind {
            let ix = self.resolve_concept(context.module, &value.name, "an event of the trial")?;
            if self.concept(ix).kind == ConceptKind::Event {
                return Some(Truth { kind: TruthKind::Given(self.concept_id(ix)), span });
            }
        }
        self.report(
            Diagnostic::new(
                &code::NOT_A_QUESTION,
                inner.span,
                "only an event of the trial is given, such as `consent given`",
            )
            .label("not an event of the trial"),
        );
        None
    }

    // ---- lists ---------------------------------------------------------------------------------------------------------

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        collection: &ast::Collection,
        context: Context<'_>,
        span: Span,
    ) -> Option<Elaborated> {
        if matches!(quantifier, Quantifier::Highest | Quantifier::Lowest | Quantifier::Sum) {
            return self.extreme_of(quantifier, collection, context, span).map(Elaborated::Value);
        }
        let (operands, size) = match &collection.of {
            CollectionOf::Items(entries) => {
                if entries.is_empty() {
                    self.empty_list(collection.span);
                    return None;
                }
                let parts = self.truth_entries(entries, context);
                if let Some(except) = &collection.except {
                    self.except_of_list(except);
                    return None;
                }
                (Operands::Truths(parts?), entries.len())
            }
            CollectionOf::Name(name) => self.set_of_truths(name, collection, context)?,
        };
        let counting = self.counting(quantifier, Some(size), collection.span)?;
        let kind = match (counting, operands) {
            (Counting::Any, Operands::Truths(parts)) => TruthKind::Any(parts),
            (Counting::All, Operands::Truths(parts)) => TruthKind::All(parts),
            (counting, of) => TruthKind::Count { counting, of },
        };
        Some(Elaborated::Truth(Truth { kind, span }))
    }

    fn except_of_list(&mut self, except: &ast::Except) {
        self.report(
            Diagnostic::new(&code::NOT_A_MEMBER, except.span, "nothing can be taken out of a list that is written out")
                .label("takes nothing away")
                .help("leave the entry out, or use `unless` behind a sentence"),
        );
    }

    fn truth_entries(&mut self, entries: &[ast::Entry], context: Context<'_>) -> Option<Vec<Part<Truth>>> {
        let parts: Vec<Option<Part<Truth>>> = entries.iter().map(|entry| self.truth_entry(entry, context)).collect();
        self.labels_once(entries);
        parts.into_iter().collect()
    }

    /// The labels of a list, each once.
    pub(super) fn labels_once(&mut self, entries: &[ast::Entry]) {
        let mut seen: rustc_hash::FxHashMap<&str, Span> = rustc_hash::FxHashMap::default();
        let mut twice = Vec::new();
        for head in entries.iter().filter_map(|entry| entry.head.as_ref()) {
            if let Some(first) = seen.insert(&head.name.text, head.name.span) {
                twice.push((head.name.clone(), first));
            }
        }
        self.labels.extend(entries.iter().filter_map(|entry| entry.head.as_ref()).map(|head| head.name.text.clone()));
        for (name, first) in twice {
            self.report(
                Diagnostic::new(
                    &code::DUPLICATE_NAME,
                    name.span,
                    format!("`{}` labels two entries of this list", name.text),
                )
                .label("again here")
                .also(first, "first here"),
            );
        }
    }

    fn truth_entry(&mut self, entry: &ast::Entry, context: Context<'_>) -> Option<Part<Truth>> {
        let Some(head) = &entry.head else {
            let body = self.truth(&entry.body, context)?;
            return Some(Part { name: None, prose: None, when: None, body });
        };
        let inside = context.under(head);
        let window = self.head_window(head, context)?;
        let when = self.when(head, context);
        let mut body = self.truth(&entry.body, inside)?;
        if let Some(window) = window {
            let span = body.span;
            body = Truth { kind: TruthKind::Timed { of: Box::new(body), window: Box::new(window) }, span };
        }
        Some(Part {
            name: Some(Word(head.name.text.clone())),
            prose: head.prose.as_ref().map(|prose| prose.value.to_string()),
            when: when?.map(Box::new),
            body,
        })
    }

    /// The window of a head, if it has one; `None` where it is faulty.
    #[expect(clippy::option_option, reason = "the outer option is a fault, the inner one an absent clause")]
    pub(super) fn head_window(&mut self, head: &ast::Head, context: Context<'_>) -> Option<Option<ir::Window>> {
        match &head.time {
            Some(time) => Some(Some(self.window(time, context, Narrows::Exposure)?)),
            None => Some(None),
        }
    }

    #[expect(clippy::option_option, reason = "the outer option is a fault, the inner one an absent clause")]
    pub(super) fn when(&mut self, head: &ast::Head, context: Context<'_>) -> Option<Option<Truth>> {
        match &head.when {
            Some(when) => Some(Some(self.truth(when, context)?)),
            None => Some(None),
        }
    }

    /// A set by its name, less what is taken out by label.
    fn set_of_truths(
        &mut self,
        name: &ast::Name,
        collection: &ast::Collection,
        context: Context<'_>,
    ) -> Option<(Operands, usize)> {
        let meaning = self.resolve(context.module, name)?;
        let Meaning::Set(ix) = meaning else {
            if let Meaning::Concept(concept) = meaning
                && super::history::is_event(self.concept(concept).kind)
            {
                self.bare_event(name, concept);
            } else {
                self.wrong_kind(name, meaning, "a list in `{ }` or a set");
            }
            return None;
        };
        match &self.set(ix).item.members {
            ir::Members::Truths(_) => {}
            ir::Members::Values(_) => {
                self.list_without_question(collection.span);
                return None;
            }
            ir::Members::Events(_) => {
                self.report(
                    Diagnostic::new(
                        &code::BARE_EVENT,
                        name.span,
                        format!("`{}` is a set of events and needs a verb", name.text),
                    )
                    .label("have, had, received?")
                    .help(format!("write `had any of {0}`, `received any of {0}` or the like", name.text)),
                );
                return None;
            }
        }
        let (except, size) = self.set_except(ix, collection.except.as_ref())?;
        let set = ir::SetId(self.set(ix).name.clone());
        Some((Operands::Set { set, except, ask: None }, size))
    }

    pub(super) fn list_without_question(&mut self, span: Span) {
        self.report(
            Diagnostic::new(
                &code::LIST_WITHOUT_QUESTION,
                span,
                "this is a list of values, and nothing is asked of them",
            )
            .label("a comparison is missing")
            .help("put it behind the list: `any of { ALT, AST } > 3 ULN`"),
        );
    }

    /// The labels taken out of a set, and how many members are left.
    pub(super) fn set_except(
        &mut self,
        ix: super::names::SetIx,
        except: Option<&ast::Except>,
    ) -> Option<(Vec<Word>, usize)> {
        let labels: Vec<(Option<Word>, bool)> = match &self.set(ix).item.members {
            ir::Members::Truths(parts) => parts.iter().map(|part| (part.name.clone(), true)).collect(),
            ir::Members::Values(parts) => {
                parts.iter().map(|part| (part.name.clone().or_else(|| value_name(&part.body)), true)).collect()
            }
            ir::Members::Events(events) => {
                events.iter().map(|class| (Some(Word(class.event.0.clone())), true)).collect()
            }
        };
        let known: Vec<Word> = labels.iter().filter_map(|(name, _)| name.clone()).collect();
        let mut out = Vec::new();
        for exempt in except.map_or(&[][..], |except| &except.exempt) {
            let Some(name) = &exempt.name else {
                self.report(
                    Diagnostic::new(&code::NOT_A_MEMBER, exempt.span, "a label of the set is needed here")
                        .label("no label"),
                );
                return None;
            };
            let place = self.place_in(&known, name, "entry of this set", &code::NOT_A_MEMBER)?;
            out.extend(known.get(place).cloned());
        }
        let size = labels.len().saturating_sub(out.len());
        Some((out, size))
    }

    // ---- names ---------------------------------------------------------------------------------------------------------

    /// A condition, drug or event without a verb.
    pub(super) fn bare_event(&mut self, name: &ast::Name, ix: super::names::ConceptIx) {
        let kind = self.concept(ix).kind;
        let text = &name.text;
        let (now, ever) = match kind {
            ConceptKind::Drug => ("receiving", "received"),
            ConceptKind::Procedure => ("receiving", "had"),
            ConceptKind::Lab
            | ConceptKind::Test
            | ConceptKind::Scale
            | ConceptKind::Score
            | ConceptKind::Condition
            | ConceptKind::Event
            | ConceptKind::Question => ("has", "had"),
        };
        let amount = if kind == ConceptKind::Drug { format!("; `dose of {text}` for how much") } else { String::new() };
        self.report(
            Diagnostic::new(&code::BARE_EVENT, name.span, format!("`{text}` is {}: now, or ever?", a_kind(kind)))
                .label("a verb is missing")
                .help(format!("write `{now} {text}` for now, `{ever} {text}` for ever or within a time{amount}"))
                .guess(format!("say `{ever}`"), name.span.before(), format!("{ever} ")),
        );
    }
}

/// The name that a value in a list goes by.
pub(super) fn value_name(value: &ir::Value) -> Option<Word> {
    match &value.kind {
        ir::ValueKind::Result { of, .. }
        | ir::ValueKind::PerUpperLimit { of, .. }
        | ir::ValueKind::PerLowerLimit { of, .. } => Some(Word(of.0.clone())),
        ir::ValueKind::Defined { definition, .. } => Some(Word(definition.0.clone())),
        ir::ValueKind::Age => Some("age".into()),
        ir::ValueKind::Quantity(_)
        | ir::ValueKind::DoseQuantity(_)
        | ir::ValueKind::Word { .. }
        | ir::ValueKind::MeanOf { .. }
        | ir::ValueKind::EachOf { .. }
        | ir::ValueKind::Arithmetic { .. }
        | ir::ValueKind::If { .. }
        | ir::ValueKind::In { .. }
        | ir::ValueKind::HighestOf(_)
        | ir::ValueKind::LowestOf(_)
        | ir::ValueKind::SumOf(_)
        | ir::ValueKind::DailyDose { .. }
        | ir::ValueKind::TotalDose { .. }
        | ir::ValueKind::Change { .. }
        | ir::ValueKind::CountOf { .. }
        | ir::ValueKind::LinesOf { .. }
        | ir::ValueKind::RateOf { .. }
        | ir::ValueKind::TimeBetween { .. } => None,
    }
}

/// Whether a term reads history that a time could narrow and has none of its own.
fn has_open_history(term: &Expr) -> bool {
    match &term.kind {
        ExprKind::Not(inner) | ExprKind::Known(inner) => has_open_history(inner),
        ExprKind::Exposure(exposure) => {
            matches!(exposure.verb, ast::Verb::Had | ast::Verb::Received | ast::Verb::Started | ast::Verb::Stopped)
        }
        ExprKind::Compare(comparison) => !reads_age(&comparison.left),
        ExprKind::Within(within) => !reads_age(&within.left),
        ExprKind::Moved(_) | ExprKind::Onset(_) => true,
        ExprKind::Is(_)
        | ExprKind::Logic(..)
        | ExprKind::Unless(_)
        | ExprKind::Parens(_)
        | ExprKind::Timed(_)
        | ExprKind::If(_)
        | ExprKind::Judged(_)
        | ExprKind::Missing(_)
        | ExprKind::StableDose(_)
        | ExprKind::Sum(_)
        | ExprKind::Quantity(_)
        | ExprKind::Value(_)
        | ExprKind::Quantified(_)
        | ExprKind::Picked(..)
        | ExprKind::Repeated(_)
        | ExprKind::Dose(_)
        | ExprKind::Change(_)
        | ExprKind::Count(_)
        | ExprKind::Rate(_)
        | ExprKind::TimeBetween(_)
        | ExprKind::Recorded(_)
        | ExprKind::Given(_) => false,
    }
}

fn reads_age(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Value(value) if value.name.text == "age")
}

/// Whether an expression speaks of exposure to a drug, so that half-lives can mean something around it.
fn mentions_exposure(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Exposure(exposure) => !matches!(exposure.verb, ast::Verb::Has | ast::Verb::Had),
        ExprKind::Logic(_, terms) => terms.iter().any(mentions_exposure),
        ExprKind::Unless(pair) => mentions_exposure(&pair.0),
        ExprKind::Not(inner) | ExprKind::Known(inner) | ExprKind::Parens(inner) => mentions_exposure(inner),
        ExprKind::Quantified(quantified) => match &quantified.1.of {
            CollectionOf::Items(entries) => entries.iter().any(|entry| mentions_exposure(&entry.body)),
            CollectionOf::Name(_) => false,
        },
        ExprKind::Compare(comparison) => matches!(comparison.left.kind, ExprKind::Dose(_) | ExprKind::Picked(..)),
        ExprKind::Timed(_)
        | ExprKind::If(_)
        | ExprKind::Judged(_)
        | ExprKind::Missing(_)
        | ExprKind::Onset(_)
        | ExprKind::StableDose(_)
        | ExprKind::Sum(_)
        | ExprKind::Quantity(_)
        | ExprKind::Value(_)
        | ExprKind::Picked(..)
        | ExprKind::Repeated(_)
        | ExprKind::Dose(_)
        | ExprKind::Change(_)
        | ExprKind::Count(_)
        | ExprKind::Rate(_)
        | ExprKind::TimeBetween(_)
        | ExprKind::Within(_)
        | ExprKind::Is(_)
        | ExprKind::Moved(_)
        | ExprKind::Recorded(_)
        | ExprKind::Given(_) => false,
    }
}
