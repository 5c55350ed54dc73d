//! Truths and values.

use super::{Builder, Node, child, has_word};
use crate::ast::expression::{
    Bound, Change, Choice, CollectionOf, Comparator, Count, Dose, Exposure, Is, Judged, JudgedQuestion, Lasting,
    LimitValue, Moved, NormalLimit, Rate, Repeated, StableDose, Sum, Within, WithinRange,
};
use crate::ast::{
    Attribute, AttributeKey, AttributeTest, Collection, Comparison, Connective, Entry, Except, Exempt, Expr, ExprKind,
    Extreme, Limit, Limits, Movement, Name, Object, Pick, Quantifier, Sign, ValueRef, Verb,
};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    /// A body, or `if … then … else …`.
    pub(super) fn value_body(&mut self, node: Node<'_>) -> Option<Expr> {
        if node.as_rule() == Rule::choice { self.choice(node) } else { self.body(node) }
    }

    fn choice(&mut self, node: Node<'_>) -> Option<Expr> {
        let span = self.span(&node);
        let mut branches = Vec::new();
        let mut condition = None;
        let mut otherwise = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::expr => condition = Some(self.expr(part)?),
                Rule::sum => {
                    let value = self.sum(part)?;
                    match condition.take() {
                        Some(condition) => branches.push((condition, value)),
                        None => otherwise = Some(value),
                    }
                }
                _ => {}
            }
        }
        let choice = Choice { branches, otherwise: otherwise? };
        Some(Expr { kind: ExprKind::If(Box::new(choice)), span })
    }

    pub(super) fn body(&mut self, node: Node<'_>) -> Option<Expr> {
        let span = self.span(&node);
        let mut parts = node.into_inner().filter(|part| part.as_rule() == Rule::expr);
        let base = self.expr(parts.next()?)?;
        Some(match parts.next() {
            None => base,
            Some(exception) => {
                let pair = (base, self.expr(exception)?);
                Expr { kind: ExprKind::Unless(Box::new(pair)), span }
            }
        })
    }

    pub(super) fn expr(&mut self, node: Node<'_>) -> Option<Expr> {
        let span = self.span(&node);
        let mut terms = Vec::new();
        let mut connectives: Vec<(Connective, Span)> = Vec::new();
        for part in node.into_inner() {
            if part.as_rule() == Rule::connective {
                let connective = if has_word(&part, Rule::k_and) { Connective::And } else { Connective::Or };
                connectives.push((connective, self.span(&part)));
            } else {
                terms.push(self.term(part)?);
            }
        }
        let Some(&(first, first_span)) = connectives.first() else { return terms.pop() };
        if let Some(&(other, other_span)) = connectives.iter().find(|(connective, _)| *connective != first) {
            self.mixed(&terms, (first, first_span), (other, other_span));
        }
        Some(Expr { kind: ExprKind::Logic(first, terms), span })
    }

    fn mixed(&mut self, terms: &[Expr], first: (Connective, Span), other: (Connective, Span)) {
        let word = |connective| if connective == Connective::And { "and" } else { "or" };
        let mut found = Diagnostic::new(
            &code::MIXED_LOGIC,
            other.1,
            format!("`{}` beside `{}` can be read in two ways", word(other.0), word(first.0)),
        )
        .label("which is joined first?")
        .also(first.1, "the other one")
        .help("put parentheses around the part that belongs together");
        // The usual reading binds `and` first: offered only where two parts are enough to say it.
        if let [a, b, c] = terms {
            let (from, to) = if first.0 == Connective::And { (a, b) } else { (b, c) };
            found = found.guess("read `and` as the closer one", from.span.before(), "(").guess(
                "read `and` as the closer one",
                to.span.after(),
                ")",
            );
        }
        self.diagnostics.push(found);
    }

    fn term(&mut self, node: Node<'_>) -> Option<Expr> {
        let span = self.span(&node);
        let mut prefixes: Vec<(Rule, Span)> = Vec::new();
        let mut current: Option<Expr> = None;
        for part in node.into_inner() {
            match part.as_rule() {
                rule @ (Rule::negation | Rule::knowledge) => prefixes.push((rule, self.span(&part))),
                Rule::compare | Rule::in_range | Rule::is_value | Rule::moved | Rule::recorded | Rule::given => {
                    let left = current.take()?;
                    let whole = left.span.to(self.span(&part));
                    current = Some(self.tail(left, part, whole)?);
                }
                Rule::within | Rule::away | Rule::span | Rule::at | Rule::during | Rule::beside => {
                    let inner = current.take()?;
                    let time = self.time(part)?;
                    let whole = inner.span.to(time.span);
                    current = Some(Expr { kind: ExprKind::Timed(Box::new((inner, time))), span: whole });
                }
                _ => {
                    if !self.enter(prefixes.len(), span) {
                        prefixes.clear();
                    }
                    current = Some(self.subject(part)?);
                }
            }
        }
        self.leave(prefixes.len());
        let mut expr = current?;
        for (rule, prefix) in prefixes.into_iter().rev() {
            let inner = Box::new(expr);
            let kind = if rule == Rule::negation { ExprKind::Not(inner) } else { ExprKind::Known(inner) };
            expr = Expr { kind, span: prefix.to(span) };
        }
        Some(expr)
    }

    fn subject(&mut self, node: Node<'_>) -> Option<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::judged => ExprKind::Judged(Box::new(self.judged(node)?)),
            Rule::missing => ExprKind::Missing(Box::new(self.text(&node.into_inner().nth(1)?))),
            Rule::stable_dose => ExprKind::StableDose(Box::new(self.stable_dose(node)?)),
            Rule::onset_truth => ExprKind::Onset(Box::new(self.name(&child(&node, Rule::name)?))),
            Rule::exposure => ExprKind::Exposure(Box::new(self.exposure(node)?)),
            Rule::sum => return self.sum(node),
            _ => return None,
        };
        Some(Expr { kind, span })
    }

    fn judged(&mut self, node: Node<'_>) -> Option<Judged> {
        let mut judged = Judged { question: JudgedQuestion::Prose, by: None };
        for part in node.into_inner().skip(1) {
            match part.as_rule() {
                Rule::string => judged.question = JudgedQuestion::Text(self.text(&part)),
                Rule::name => judged.question = JudgedQuestion::Named(self.name(&part)),
                _ => judged.by = Some(Self::role(&part)?),
            }
        }
        Some(judged)
    }

    fn exposure(&mut self, node: Node<'_>) -> Option<Exposure> {
        let mut inner = node.into_inner();
        let verb_node = inner.next()?;
        let (verb, verb_span) = (verb_of(&verb_node)?, self.span(&verb_node));
        let object = self.object(inner.next()?)?;
        let mut exposure = Exposure { verb, verb_span, object, with: Vec::new(), due_to: None, lasting: None };
        for part in inner {
            match part.as_rule() {
                Rule::with => exposure.with = self.attributes(part)?,
                Rule::due_to => exposure.due_to = Some(self.name(&child(&part, Rule::name)?)),
                _ => exposure.lasting = Some(self.lasting(part)?),
            }
        }
        Some(exposure)
    }

    fn lasting(&mut self, node: Node<'_>) -> Option<Lasting> {
        let span = self.span(&node);
        let extreme = if has_word(&node, Rule::k_least) { Extreme::AtLeast } else { Extreme::AtMost };
        let quantity = self.quantity(child(&node, Rule::quantity)?)?;
        Some(Lasting { extreme, quantity, span })
    }

    pub(super) fn attributes(&mut self, node: Node<'_>) -> Option<Vec<Attribute>> {
        node.into_inner().filter(|part| part.as_rule() == Rule::attribute).map(|part| self.attribute(part)).collect()
    }

    fn attribute(&mut self, node: Node<'_>) -> Option<Attribute> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let key = match inner.next()?.into_inner().next()?.as_rule() {
            Rule::k_grade => AttributeKey::Grade,
            Rule::k_stage => AttributeKey::Stage,
            Rule::k_histology => AttributeKey::Histology,
            Rule::k_severity => AttributeKey::Severity,
            _ => AttributeKey::Cause,
        };
        let mut test = None;
        let mut comparator = None;
        for part in inner {
            match part.as_rule() {
                Rule::cmp => comparator = Some(comparator_of(&part)),
                Rule::coded => {
                    let value = self.name(&part);
                    test = Some(match comparator {
                        Some(comparator) => AttributeTest::Compare(comparator, value),
                        None => AttributeTest::Is(value),
                    });
                }
                Rule::coded_range => {
                    let (low, high) = self.coded_range(part)?;
                    test = Some(AttributeTest::Range(low, high));
                }
                _ => {}
            }
        }
        Some(Attribute { key, test: test?, span })
    }

    fn coded_range(&mut self, node: Node<'_>) -> Option<(Name, Name)> {
        let mut inner = node.into_inner();
        let low = self.name(&inner.next()?);
        Some((low, self.name(&inner.next()?)))
    }

    pub(super) fn object(&mut self, node: Node<'_>) -> Option<Object> {
        let span = self.span(&node);
        let (mut quantifier, mut route, mut collection) = (None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::quantifier => quantifier = Some(self.quantifier(part)?),
                Rule::route => route = self.route(&part),
                Rule::collection => collection = Some(self.collection(part)?),
                _ => {}
            }
        }
        Some(Object { quantifier, route, collection: collection?, span })
    }

    fn quantifier(&mut self, node: Node<'_>) -> Option<Quantifier> {
        let count = child(&node, Rule::integer).map(|count| self.integer(&count));
        let at_most = has_word(&node, Rule::k_most);
        Some(match node.into_inner().next()?.as_rule() {
            Rule::k_any => Quantifier::Any,
            Rule::k_all => Quantifier::All,
            Rule::k_none => Quantifier::None,
            Rule::k_highest => Quantifier::Highest,
            Rule::k_lowest => Quantifier::Lowest,
            Rule::k_sum => Quantifier::Sum,
            Rule::k_exactly => Quantifier::Exactly(count?),
            _ if at_most => Quantifier::AtMost(count?),
            _ => Quantifier::AtLeast(count?),
        })
    }

    fn collection(&mut self, node: Node<'_>) -> Option<Collection> {
        let span = self.span(&node);
        let (mut of, mut except) = (None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => of = Some(CollectionOf::Name(self.name(&part))),
                Rule::items => of = Some(CollectionOf::Items(self.entries(part)?)),
                _ => except = Some(self.exception(part)?),
            }
        }
        Some(Collection { of: of?, except, span })
    }

    fn exception(&mut self, node: Node<'_>) -> Option<Except> {
        let span = self.span(&node);
        let parts = node.into_inner().filter(|part| part.as_rule() == Rule::exempt);
        let exempt = parts.map(|part| self.exempt(part)).collect::<Option<Vec<_>>>()?;
        Some(Except { exempt, span })
    }

    fn exempt(&mut self, node: Node<'_>) -> Option<Exempt> {
        let span = self.span(&node);
        let mut exempt = Exempt { name: None, with: Vec::new(), due_to: None, time: None, span };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => exempt.name = Some(self.name(&part)),
                Rule::with => exempt.with = self.attributes(part)?,
                Rule::attribute => exempt.with.push(self.attribute(part)?),
                Rule::due_to => exempt.due_to = Some(self.name(&child(&part, Rule::name)?)),
                Rule::k_with => {}
                _ => exempt.time = Some(self.time(part)?),
            }
        }
        Some(exempt)
    }

    pub(super) fn entries(&mut self, node: Node<'_>) -> Option<Vec<Entry>> {
        node.into_inner().map(|part| self.entry(part)).collect()
    }

    fn entry(&mut self, node: Node<'_>) -> Option<Entry> {
        let span = self.span(&node);
        let (mut head, mut body) = (None, None);
        for part in node.into_inner() {
            if part.as_rule() == Rule::head {
                head = Some(Box::new(self.head(part)?));
            } else {
                body = Some(self.body(part)?);
            }
        }
        Some(Entry { head, body: body?, span })
    }

    fn stable_dose(&mut self, node: Node<'_>) -> Option<StableDose> {
        let (mut dose, mut limit, mut lasting) = (None, None, None);
        for part in node.into_inner().skip(1) {
            match part.as_rule() {
                Rule::dose_of => dose = Some((self.span(&part), self.dose(part)?)),
                Rule::compare => {
                    let mut inner = part.into_inner();
                    let comparator = comparator_of(&inner.next()?);
                    limit = Some(Bound::Compare(comparator, self.sum(inner.next()?)?));
                }
                Rule::in_range => limit = Some(Bound::Range(self.range(child(&part, Rule::range)?)?)),
                _ => lasting = Some(self.lasting(part)?),
            }
        }
        let (dose_span, dose) = dose?;
        Some(StableDose { dose, dose_span, limit, lasting })
    }

    // ---- values --------------------------------------------------------------------------------------------------

    /// Operands and signs by precedence: `^` before `*` and `/`, these before `+` and `-`, each from the left.
    pub(super) fn sum(&mut self, node: Node<'_>) -> Option<Expr> {
        let mut operands: Vec<Expr> = Vec::with_capacity(1);
        let mut signs: Vec<(Sign, Span)> = Vec::new();
        let span = self.span(&node);
        let parts = node.into_inner();
        let levels = parts.len() / 2;
        let fits = self.enter(levels, span);
        for part in parts.take(if fits { usize::MAX } else { 1 }) {
            if part.as_rule() == Rule::sign {
                let sign = (sign_of(&part), self.span(&part));
                while signs.last().is_some_and(|(before, _)| strength(*before) >= strength(sign.0)) {
                    join(&mut operands, &mut signs)?;
                }
                signs.push(sign);
            } else {
                operands.push(self.operand(part)?);
            }
        }
        while !signs.is_empty() {
            join(&mut operands, &mut signs)?;
        }
        if fits {
            self.leave(levels);
        }
        operands.pop()
    }

    fn operand(&mut self, node: Node<'_>) -> Option<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::quantity => ExprKind::Quantity(Box::new(self.quantity(node)?)),
            Rule::value => ExprKind::Value(Box::new(self.value(node)?)),
            Rule::parens => {
                let body = node.into_inner().next()?;
                ExprKind::Parens(Box::new(self.value_body(body)?))
            }
            Rule::quantified => {
                let (mut quantifier, mut collection) = (None, None);
                for part in node.into_inner() {
                    match part.as_rule() {
                        Rule::quantifier => quantifier = Some(self.quantifier(part)?),
                        Rule::collection => collection = Some(self.collection(part)?),
                        _ => {}
                    }
                }
                ExprKind::Quantified(Box::new((quantifier?, collection?)))
            }
            Rule::picked => {
                let mut inner = node.into_inner();
                let pick = match inner.next()?.into_inner().next()?.as_rule() {
                    Rule::k_highest => Pick::Highest,
                    Rule::k_lowest => Pick::Lowest,
                    Rule::k_first => Pick::First,
                    _ => Pick::Last,
                };
                ExprKind::Picked(pick, Box::new(self.operand(inner.next()?)?))
            }
            Rule::repeated_value => ExprKind::Repeated(Box::new(self.repeated(node)?)),
            Rule::dose_of => ExprKind::Dose(Box::new(self.dose(node)?)),
            Rule::change_in => {
                let relative = has_word(&node, Rule::c_relative);
                let value = child(&node, Rule::value)?;
                let value_span = self.span(&value);
                ExprKind::Change(Box::new(Change { relative, value: self.value(value)?, value_span }))
            }
            Rule::count_of => ExprKind::Count(Box::new(self.count(node)?)),
            Rule::rate_of => {
                let per = self.quantity(child(&node, Rule::quantity)?)?;
                let Count { object, with, due_to, .. } = self.count(node)?;
                ExprKind::Rate(Box::new(Rate { object, with, due_to, per }))
            }
            Rule::time_between => {
                let mut moments = node.into_inner().filter(|part| part.as_rule() == Rule::moment);
                let from = self.moment(moments.next()?)?;
                ExprKind::TimeBetween(Box::new((from, self.moment(moments.next()?)?)))
            }
            _ => return None,
        };
        Some(Expr { kind, span })
    }

    fn value(&mut self, node: Node<'_>) -> Option<ValueRef> {
        let mut inner = node.into_inner();
        let name = self.name(&inner.next()?);
        let mut value = ValueRef { name, except: None, per_limit: None, in_unit: None };
        for part in inner {
            match part.as_rule() {
                Rule::exception => value.except = Some(self.exception(part)?),
                Rule::per_limit => {
                    let upper = has_word(&part, Rule::k_ULN);
                    let limit = if upper { NormalLimit::Upper } else { NormalLimit::Lower };
                    value.per_limit = Some((limit, self.span(&part)));
                }
                _ => value.in_unit = child(&part, Rule::unit).map(|unit| self.unit(&unit)),
            }
        }
        Some(value)
    }

    fn repeated(&mut self, node: Node<'_>) -> Option<Repeated> {
        let each = has_word(&node, Rule::k_each);
        let count = self.integer(&child(&node, Rule::integer)?);
        let value = child(&node, Rule::value)?;
        let value_span = self.span(&value);
        let apart = match child(&node, Rule::apart) {
            Some(apart) => Some(self.quantity(child(&apart, Rule::quantity)?)?),
            None => None,
        };
        Some(Repeated { each, count, value: self.value(value)?, value_span, apart })
    }

    fn dose(&mut self, node: Node<'_>) -> Option<Dose> {
        let mut dose = Dose {
            total: has_word(&node, Rule::k_total),
            route: None,
            collection: self.collection(child(&node, Rule::collection)?)?,
            equivalent: None,
        };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::route => dose.route = self.route(&part),
                Rule::equivalent_to => dose.equivalent = Some(self.name(&child(&part, Rule::name)?)),
                _ => {}
            }
        }
        Some(dose)
    }

    fn count(&mut self, node: Node<'_>) -> Option<Count> {
        let lines = has_word(&node, Rule::k_lines);
        let object = self.object(child(&node, Rule::object)?)?;
        let with = match child(&node, Rule::with) {
            Some(with) => self.attributes(with)?,
            None => Vec::new(),
        };
        let due_to = child(&node, Rule::due_to).and_then(|due| child(&due, Rule::name)).map(|name| self.name(&name));
        Some(Count { lines, object, with, due_to })
    }

    // ---- what is asked of a value --------------------------------------------------------------------------------

    pub(super) fn tail(&mut self, left: Expr, node: Node<'_>, span: Span) -> Option<Expr> {
        let kind = match node.as_rule() {
            Rule::compare => {
                let mut inner = node.into_inner();
                let cmp = inner.next()?;
                let (comparator, comparator_span) = (comparator_of(&cmp), self.span(&cmp));
                let right = self.sum(inner.next()?)?;
                let limits = self.optional_limits(inner.next())?;
                ExprKind::Compare(Box::new(Comparison { left, comparator, comparator_span, right, limits }))
            }
            Rule::in_range => {
                let mut inner = node.into_inner().skip(1);
                let part = inner.next()?;
                let range_span = self.span(&part);
                let range = if part.as_rule() == Rule::range {
                    WithinRange::Numbers(self.range(part)?)
                } else {
                    let (low, high) = self.coded_range(part)?;
                    WithinRange::Coded(low, high)
                };
                let limits = self.optional_limits(inner.next())?;
                ExprKind::Within(Box::new(Within { left, range, range_span, limits }))
            }
            Rule::is_value => {
                let negated = child(&node, Rule::negation).is_some();
                let values = node.into_inner().filter(|part| part.as_rule() == Rule::coded);
                let values = values.map(|value| self.name(&value)).collect();
                ExprKind::Is(Box::new(Is { left, negated, values }))
            }
            Rule::moved => {
                let moved_span = self.span(&node);
                let movement = match node.clone().into_inner().next()?.as_rule() {
                    Rule::k_improved => Movement::Improved,
                    Rule::k_worsened => Movement::Worsened,
                    Rule::k_rose => Movement::Rose,
                    _ => Movement::Fell,
                };
                let comparator = comparator_of(&child(&node, Rule::cmp)?);
                let by = self.quantity(child(&node, Rule::quantity)?)?;
                ExprKind::Moved(Box::new(Moved { left, movement, comparator, by, span: moved_span }))
            }
            Rule::recorded => ExprKind::Recorded(Box::new(left)),
            Rule::given => ExprKind::Given(Box::new(left)),
            _ => return None,
        };
        Some(Expr { kind, span })
    }

    /// `Some(None)` where there are no limits, `None` where they cannot be read.
    #[expect(clippy::option_option, reason = "the outer option is the reader's failure, the inner one the grammar's")]
    fn optional_limits(&mut self, node: Option<Node<'_>>) -> Option<Option<Limits>> {
        let Some(node) = node else { return Some(None) };
        let span = self.span(&node);
        let mut limits = Vec::new();
        for part in node.into_inner() {
            let mut value = None;
            let mut condition = None;
            for piece in part.into_inner() {
                match piece.as_rule() {
                    Rule::range => value = Some(LimitValue::Range(self.range(piece)?)),
                    Rule::sum => value = Some(LimitValue::Value(self.sum(piece)?)),
                    Rule::expr => condition = Some(self.expr(piece)?),
                    _ => {}
                }
            }
            limits.push(Limit { value: value?, condition: condition? });
        }
        Some(Some(Limits { limits, span }))
    }
}

/// Joins the last two operands by the last sign.
fn join(operands: &mut Vec<Expr>, signs: &mut Vec<(Sign, Span)>) -> Option<()> {
    let (sign, sign_span) = signs.pop()?;
    let right = operands.pop()?;
    let left = operands.pop()?;
    let span = left.span.to(right.span);
    operands.push(Expr { kind: ExprKind::Sum(Box::new(Sum { left, sign, sign_span, right })), span });
    Some(())
}

fn strength(sign: Sign) -> u8 {
    match sign {
        Sign::Plus | Sign::Minus => 0,
        Sign::Times | Sign::Over => 1,
        Sign::Power => 2,
    }
}

fn sign_of(node: &Node<'_>) -> Sign {
    match node.as_str().trim_end() {
        "+" => Sign::Plus,
        "-" => Sign::Minus,
        "*" => Sign::Times,
        "/" => Sign::Over,
        _ => Sign::Power,
    }
}

fn comparator_of(node: &Node<'_>) -> Comparator {
    match node.as_str().trim_end() {
        "<" => Comparator::Less,
        "<=" | "≤" => Comparator::AtMost,
        "=" => Comparator::Equal,
        "!=" | "≠" => Comparator::NotEqual,
        ">=" | "≥" => Comparator::AtLeast,
        _ => Comparator::Greater,
    }
}

pub(super) fn verb_of(node: &Node<'_>) -> Option<Verb> {
    Some(match node.clone().into_inner().next()?.as_rule() {
        Rule::k_has => Verb::Has,
        Rule::k_had => Verb::Had,
        Rule::k_receiving => Verb::Receiving,
        Rule::k_received => Verb::Received,
        Rule::k_started => Verb::Started,
        _ => Verb::Stopped,
    })
}
