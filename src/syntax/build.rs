//! Turns what the grammar has matched into nodes of the tree.
//!
//! The grammar guarantees the shape; a function that meets another shape returns `None`, and the statement is reported as
//! unreadable. What the grammar cannot say (a date that no calendar has, `and` beside `or`) is reported from here.

#![expect(clippy::needless_pass_by_value, reason = "a node is read once: taking it by value says so in every reader")]

mod declaration;
mod example;
mod expression;
mod header;
mod schedule;
mod time;
mod treatment;

use ecow::EcoString;
use pest::iterators::Pair;
use rust_decimal::Decimal;

use super::grammar::Rule;
use crate::ast::{Date, Head, Integer, Item, Name, Quantity, Range, Role, Route, Text, UnitText};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::span::Span;

/// Something that the grammar has matched.
pub type Node<'i> = Pair<'i, Rule>;

/// Builds the nodes of one statement.
pub struct Builder<'d> {
    /// Where the parsed text begins in the sources.
    base: u32,
    pub diagnostics: &'d mut Diagnostics,
    /// How many signs and prefixes the expression at hand stands under.
    levels: usize,
}

/// So many of them, and no more: whatever goes through a tree goes as deep.
const LEVELS: usize = 400;

impl<'d> Builder<'d> {
    pub fn new(base: u32, diagnostics: &'d mut Diagnostics) -> Self {
        Self { base, diagnostics, levels: 0 }
    }

    /// The item that a node of the top level stands for.
    pub fn item(&mut self, node: Node<'_>) -> Option<Item> {
        Some(match node.as_rule() {
            Rule::use_item => Item::Use(self.use_item(node)?),
            Rule::plan => Item::Plan(self.plan(node)?),
            Rule::trial => Item::Trial(Box::new(self.trial(node)?)),
            Rule::declaration => Item::Declaration(self.declaration(node)?),
            Rule::equivalent => Item::Equivalent(self.equivalent(node)?),
            Rule::define => Item::Define(self.define(node)?),
            Rule::set => Item::Set(self.set(node)?),
            Rule::cohort => Item::Cohort(self.cohort(node)?),
            Rule::population => Item::Population(self.population(node)?),
            Rule::eligibility => Item::Eligibility(self.eligibility(node)?),
            Rule::restriction => Item::Restriction(Box::new(self.restriction(node)?)),
            Rule::epoch => Item::Epoch(self.epoch(node)?),
            Rule::regimen => Item::Regimen(self.regimen(node)?),
            Rule::background => Item::Background(self.background(node)?),
            Rule::arm => Item::Arm(self.arm(node)?),
            Rule::visit => Item::Visit(self.visit(node)?),
            Rule::collect => Item::Collect(self.collect(node)?),
            Rule::outcome => Item::Outcome(Box::new(self.outcome(node)?)),
            Rule::estimand => Item::Estimand(self.estimand(node)?),
            Rule::example => Item::Example(self.example(node)?),
            _ => return None,
        })
    }

    fn span(&self, node: &Node<'_>) -> Span {
        let span = node.as_span();
        let offset = |at: usize| self.base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let trimmed = node.as_str().trim_end().len();
        Span::new(offset(span.start()), offset(span.start() + trimmed))
    }

    /// Steps so many levels down; false, and said so, where that is too deep.
    fn enter(&mut self, levels: usize, at: Span) -> bool {
        if self.levels + levels <= LEVELS {
            self.levels += levels;
            return true;
        }
        self.diagnostics.push(
            Diagnostic::new(&code::TOO_DEEP, at, "this is nested too deeply")
                .label(format!("more than {LEVELS} signs, `not` or `known` inside each other"))
                .help("give parts of it names of their own with `define`"),
        );
        false
    }

    fn leave(&mut self, levels: usize) {
        self.levels = self.levels.saturating_sub(levels);
    }

    fn name(&self, node: &Node<'_>) -> Name {
        Name { text: EcoString::from(node.as_str()), span: self.span(node) }
    }

    fn names(&self, node: Node<'_>) -> Vec<Name> {
        node.into_inner().map(|name| self.name(&name)).collect()
    }

    fn text(&self, node: &Node<'_>) -> Text {
        let raw = node.as_str();
        let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
        let mut value = EcoString::with_capacity(inside.len());
        let mut escaped = false;
        for character in inside.chars() {
            match character {
                '\\' if !escaped => escaped = true,
                'n' if escaped => {
                    value.push('\n');
                    escaped = false;
                }
                _ => {
                    value.push(character);
                    escaped = false;
                }
            }
        }
        Text { value: on_one_line(&value), span: self.span(node) }
    }

    fn texts(&self, node: Node<'_>) -> Vec<Text> {
        node.into_inner().filter(|child| child.as_rule() == Rule::string).map(|text| self.text(&text)).collect()
    }

    fn unit(&self, node: &Node<'_>) -> UnitText {
        UnitText { text: EcoString::from(node.as_str()), span: self.span(node) }
    }

    /// A number to the digit. More digits than can be kept are an error, and the number is read as zero.
    fn decimal(&mut self, node: &Node<'_>) -> Decimal {
        let text: String =
            node.as_str().chars().filter(|c| *c != '_').map(|c| if c == '−' { '-' } else { c }).collect();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        match Decimal::from_str_exact(text.trim_start_matches('+')) {
            Ok(number) if digits <= 28 => number,
            _ => {
                self.diagnostics.push(
                    Diagnostic::new(&code::LONG_NUMBER, self.span(node), "this number has too many digits")
                        .label(format!("{digits} digits"))
                        .help("at most 28 digits are kept exactly"),
                );
                Decimal::ZERO
            }
        }
    }

    fn integer(&mut self, node: &Node<'_>) -> Integer {
        let span = self.span(node);
        let digits: String = node.as_str().chars().filter(|c| *c != '_').collect();
        let value = digits.parse().unwrap_or_else(|_| {
            self.diagnostics.push(
                Diagnostic::new(&code::LONG_NUMBER, span, "this number is too large").help("at most 4_294_967_295"),
            );
            0
        });
        Integer { value, span }
    }

    fn quantity(&mut self, node: Node<'_>) -> Option<Quantity> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let number = self.decimal(&inner.next()?);
        let unit = inner.next().map(|unit| self.unit(&unit));
        Some(Quantity { number, unit, span })
    }

    fn range(&mut self, node: Node<'_>) -> Option<Range> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let low = self.decimal(&inner.next()?);
        let high = self.decimal(&inner.next()?);
        let unit = inner.next().map(|unit| self.unit(&unit));
        Some(Range { low, high, unit, span })
    }

    /// A date as far as it is written; one that no calendar has is reported and cut to what is possible.
    fn date(&mut self, node: &Node<'_>) -> Date {
        let span = self.span(node);
        let (day_part, time_part) = node.as_str().split_once('T').map_or((node.as_str(), None), |(d, t)| (d, Some(t)));
        let mut parts = day_part.split('-');
        let year = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        let month: Option<i8> = parts.next().and_then(|part| part.parse().ok());
        let day: Option<i8> = parts.next().and_then(|part| part.parse().ok());
        let clock = time_part.and_then(|time| time.split_once(':'));
        let time = clock.and_then(|(hour, minute)| Some((hour.parse::<i8>().ok()?, minute.parse::<i8>().ok()?)));
        let in_calendar = jiff::civil::Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).is_ok();
        let on_clock = time.is_none_or(|(hour, minute)| (0..24).contains(&hour) && (0..60).contains(&minute));
        if !in_calendar || !on_clock || !(1800..=2199).contains(&year) {
            let written = node.as_str();
            self.diagnostics.push(
                Diagnostic::new(&code::BAD_DATE, span, format!("`{written}` is not a date"))
                    .label(if on_clock { "no calendar has this day" } else { "no clock has this time" })
                    .help("dates are written year-month-day, `2021-03-31`; a month `2021-03` or a year `2021` will do"),
            );
            return Date { year, month: None, day: None, time: None, span };
        }
        Date { year, month, day, time, span }
    }

    fn role(node: &Node<'_>) -> Option<Role> {
        let rule = match node.as_rule() {
            Rule::by_role => {
                node.clone().into_inner().find(|child| child.as_rule() == Rule::role)?.into_inner().next()?
            }
            _ => node.clone().into_inner().next()?,
        };
        Some(match rule.as_rule() {
            Rule::c_participant => Role::Participant,
            Rule::c_site => Role::Site,
            Rule::c_central => Role::Central,
            _ => Role::Investigator,
        })
    }

    fn route(&self, node: &Node<'_>) -> Option<(Route, Span)> {
        let word = node.as_str().trim();
        let route = Route::ALL.iter().find(|(_, known)| *known == word)?.0;
        Some((route, self.span(node)))
    }

    fn head(&mut self, node: Node<'_>) -> Option<Head> {
        let mut inner = node.into_inner();
        let name = self.name(&inner.next()?);
        let mut head = Head { name, prose: None, time: None, cohorts: Vec::new(), when: None };
        for child in inner {
            match child.as_rule() {
                Rule::string => head.prose = Some(self.text(&child)),
                Rule::scope => head.cohorts = self.scope(child),
                Rule::when => head.when = Some(self.expr(child.into_inner().nth(1)?)?),
                _ => head.time = Some(self.time(child)?),
            }
        }
        Some(head)
    }

    fn scope(&self, node: Node<'_>) -> Vec<Name> {
        node.into_inner().find(|child| child.as_rule() == Rule::names).map_or_else(Vec::new, |names| self.names(names))
    }
}

/// Prose may be broken over lines; each break, with the blanks around it, is one blank.
fn on_one_line(text: &EcoString) -> EcoString {
    if !text.contains('\n') {
        return text.clone();
    }
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ").into()
}

/// The child of that rule, if there is one.
fn child<'i>(node: &Node<'i>, rule: Rule) -> Option<Node<'i>> {
    node.clone().into_inner().find(|child| child.as_rule() == rule)
}

/// Whether a word of the language stands directly in this node.
fn has_word(node: &Node<'_>, rule: Rule) -> bool {
    child(node, rule).is_some()
}
