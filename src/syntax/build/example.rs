//! Examples and their facts.

use super::expression::verb_of;
use super::{Builder, Node, child, has_word};
use crate::ast::example::{Censored, HistoryFact};
use crate::ast::{Example, Expectation, Fact, FactKind, FactValue};
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    pub(super) fn example(&mut self, node: Node<'_>) -> Option<Example> {
        let span = self.span(&node);
        let (mut prose, mut facts, mut expectations) = (None, Vec::new(), Vec::new());
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                Rule::fact => facts.push(self.fact(part)?),
                Rule::expectation => expectations.push(self.expectation(part)?),
                _ => {}
            }
        }
        Some(Example { prose: prose?, facts, expectations, span })
    }

    fn fact(&mut self, node: Node<'_>) -> Option<Fact> {
        let span = self.span(&node);
        let part = node.into_inner().next()?;
        let kind = match part.as_rule() {
            Rule::judged_fact => {
                let mut inner = part.into_inner().skip(1);
                let question = inner.next()?;
                let question =
                    if question.as_rule() == Rule::name { Ok(self.name(&question)) } else { Err(self.text(&question)) };
                FactKind::Judged { question, answer: self.name(&inner.nth(1)?) }
            }
            Rule::complete_fact => {
                let records = self.names(child(&part, Rule::names)?);
                let span = match child(&part, Rule::span) {
                    Some(span) => {
                        let mut moments = span.into_inner().filter(|part| part.as_rule() == Rule::moment);
                        let from = self.moment(moments.next()?)?;
                        Some((from, self.moment(moments.next()?)?))
                    }
                    None => None,
                };
                FactKind::Complete { records, span }
            }
            Rule::history_fact => FactKind::History(Box::new(self.history(part)?)),
            _ => self.result(part)?,
        };
        Some(Fact { kind, span })
    }

    fn history(&mut self, node: Node<'_>) -> Option<HistoryFact> {
        let denied = has_word(&node, Rule::k_not);
        let verb_node = child(&node, Rule::verb)?;
        let (verb, verb_span) = (verb_of(&verb_node)?, self.span(&verb_node));
        let name = self.name(&child(&node, Rule::name)?);
        let mut fact = HistoryFact {
            denied,
            verb,
            verb_span,
            route: None,
            name,
            with: Vec::new(),
            due_to: None,
            amount: None,
            time: None,
        };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::k_not | Rule::verb | Rule::name => {}
                Rule::route => fact.route = self.route(&part),
                Rule::with => fact.with = self.attributes(part)?,
                Rule::due_to => fact.due_to = Some(self.name(&child(&part, Rule::name)?)),
                Rule::amount => fact.amount = Some(self.amount(part)?),
                _ => fact.time = Some(self.time(part)?),
            }
        }
        Some(fact)
    }

    fn result(&mut self, node: Node<'_>) -> Option<FactKind> {
        let mut inner = node.into_inner();
        let name = self.name(&inner.next()?);
        let (mut value, mut at) = (None, None);
        for part in inner {
            match part.as_rule() {
                Rule::coded => value = Some(FactValue::Coded(self.name(&part))),
                Rule::instant | Rule::full_date => value = Some(FactValue::Date(self.date(&part))),
                Rule::censored => {
                    let censored = match part.as_str().chars().next() {
                        Some('<') => Some(Censored::Below),
                        Some('>') => Some(Censored::Above),
                        _ => None,
                    };
                    let quantity = self.quantity(child(&part, Rule::quantity)?)?;
                    value = Some(FactValue::Number { censored, quantity, upper_limit: None });
                }
                Rule::fact_limit => {
                    let limit = self.quantity(child(&part, Rule::quantity)?)?;
                    if let Some(FactValue::Number { upper_limit, .. }) = &mut value {
                        *upper_limit = Some(limit);
                    }
                }
                Rule::at_fact => at = Some(self.moment(child(&part, Rule::moment)?)?),
                _ => {}
            }
        }
        Some(FactKind::Result { name, value: value?, at })
    }

    fn expectation(&mut self, node: Node<'_>) -> Option<Expectation> {
        let span = self.span(&node);
        let (mut name, mut word, mut verdict, mut because) = (None, None, None, Vec::new());
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::word => word = Some(self.name(&part)),
                Rule::verdict => verdict = Some(self.name(&part)),
                Rule::names => because = self.names(part),
                _ => {}
            }
        }
        Some(match verdict {
            Some(verdict) => Expectation::Verdict { verdict, because, span },
            None => Expectation::Criterion { name: name?, state: word?, span },
        })
    }
}
