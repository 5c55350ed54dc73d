//! Criteria, restrictions, cohorts, visits, outcomes and estimands.

use super::{Builder, Node, child};
use crate::ast::protocol::Intercurrent;
use crate::ast::{
    Cohort, Collect, Criterion, Eligibility, Estimand, EstimandPart, Outcome, Polarity, Population, Rank, Restriction,
    RestrictionKind, Text, Visit, VisitTime,
};
use crate::ast::{Expr, Name};
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    pub(super) fn eligibility(&mut self, node: Node<'_>) -> Option<Eligibility> {
        let span = self.span(&node);
        let anchor = self.anchor(child(&node, Rule::anchor)?)?;
        let mut eligibility = Eligibility { anchor, lookback: None, criteria: Vec::new(), broken: false, span };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::lookback => eligibility.lookback = Some(self.quantity(child(&part, Rule::quantity)?)?),
                Rule::criterion => eligibility.criteria.push(self.criterion(part)?),
                _ => {}
            }
        }
        Some(eligibility)
    }

    pub fn criterion(&mut self, node: Node<'_>) -> Option<Criterion> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let polarity = if inner.next()?.as_rule() == Rule::k_include { Polarity::Include } else { Polarity::Exclude };
        let head = self.head(inner.next()?)?;
        Some(Criterion { polarity, head, body: self.body(inner.next()?)?, span })
    }

    pub(super) fn restriction(&mut self, node: Node<'_>) -> Option<Restriction> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let kind = match inner.next()?.as_rule() {
            Rule::k_require => RestrictionKind::Require,
            Rule::k_forbid => RestrictionKind::Forbid,
            _ => RestrictionKind::Permit,
        };
        let head = self.head(inner.next()?)?;
        Some(Restriction { kind, head, body: self.body(inner.next()?)?, span })
    }

    /// `name "prose": body`, behind its word.
    fn named_truth(&mut self, node: Node<'_>) -> Option<(Name, Option<Text>, Expr)> {
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let mut prose = None;
        let mut body = None;
        for part in inner {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                _ => body = Some(self.body(part)?),
            }
        }
        Some((name, prose, body?))
    }

    pub(super) fn cohort(&mut self, node: Node<'_>) -> Option<Cohort> {
        let span = self.span(&node);
        let (name, prose, body) = self.named_truth(node)?;
        Some(Cohort { name, prose, body, span })
    }

    pub(super) fn population(&mut self, node: Node<'_>) -> Option<Population> {
        let span = self.span(&node);
        let (name, prose, body) = self.named_truth(node)?;
        Some(Population { name, prose, body, span })
    }

    pub(super) fn visit(&mut self, node: Node<'_>) -> Option<Visit> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let (mut prose, mut time, mut window) = (None, None, None);
        for part in inner {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                Rule::moment => time = Some(VisitTime::At(self.moment(part)?)),
                Rule::span => {
                    let mut moments = part.into_inner().filter(|part| part.as_rule() == Rule::moment);
                    let from = self.moment(moments.next()?)?;
                    time = Some(VisitTime::Span(from, self.moment(moments.next()?)?));
                }
                Rule::repeated => {
                    let step = self.quantity(child(&part, Rule::quantity)?)?;
                    let span = child(&part, Rule::span)?;
                    let mut moments = span.into_inner().filter(|part| part.as_rule() == Rule::moment);
                    let from = self.moment(moments.next()?)?;
                    time = Some(VisitTime::Every { step, from, to: self.moment(moments.next()?)? });
                }
                _ => window = Some(self.range(child(&part, Rule::range)?)?),
            }
        }
        Some(Visit { name, prose, time: time?, window, span })
    }

    pub(super) fn collect(&mut self, node: Node<'_>) -> Option<Collect> {
        let span = self.span(&node);
        let mut lists = Vec::new();
        let mut when = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::names => lists.push(self.names(part)),
                Rule::when => when = Some(self.expr(part.into_inner().nth(1)?)?),
                _ => {}
            }
        }
        let mut lists = lists.into_iter();
        Some(Collect { measures: lists.next()?, visits: lists.next()?, when, span })
    }

    pub(super) fn outcome(&mut self, node: Node<'_>) -> Option<Outcome> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let rank = match inner.next()?.into_inner().next()?.as_rule() {
            Rule::c_primary => Rank::Primary,
            Rule::c_secondary => Rank::Secondary,
            Rule::c_exploratory => Rank::Exploratory,
            _ => Rank::Other,
        };
        let name = self.name(&inner.next()?);
        let (mut prose, mut time, mut population) = (None, None, None);
        let (mut assessed_by, mut confirmed, mut body) = (None, None, None);
        for part in inner {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                Rule::in_population => population = child(&part, Rule::name).map(|name| self.name(&name)),
                Rule::assessed => assessed_by = Self::role(&child(&part, Rule::role)?),
                Rule::confirmed => confirmed = Some(self.quantity(child(&part, Rule::quantity)?)?),
                Rule::body | Rule::choice => body = Some(self.value_body(part)?),
                _ => time = Some(self.time(part)?),
            }
        }
        Some(Outcome { rank, name, prose, time, population, assessed_by, confirmed, body: body?, span })
    }

    pub(super) fn estimand(&mut self, node: Node<'_>) -> Option<Estimand> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let (mut prose, mut outcome, mut parts) = (None, None, Vec::new());
        for part in inner {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                Rule::name => outcome = Some(self.name(&part)),
                Rule::k_of => {}
                _ => parts.push(self.estimand_part(part)?),
            }
        }
        Some(Estimand { name, prose, outcome: outcome?, parts, broken: false, span })
    }

    pub fn estimand_part(&mut self, node: Node<'_>) -> Option<EstimandPart> {
        let rule = node.as_rule();
        let mut names = node
            .clone()
            .into_inner()
            .filter(|part| matches!(part.as_rule(), Rule::name | Rule::word))
            .map(|part| self.name(&part))
            .collect::<Vec<_>>()
            .into_iter();
        Some(match rule {
            Rule::of_population => EstimandPart::Population(names.next()?),
            Rule::comparison => EstimandPart::Compare(names.next()?, names.next()?),
            Rule::summarised => EstimandPart::Summary(names.next()?),
            Rule::missing_rule => EstimandPart::Missing(names.next()?),
            _ => {
                let head = self.head(child(&node, Rule::head)?)?;
                let body = self.body(child(&node, Rule::body)?)?;
                EstimandPart::Intercurrent(Box::new(Intercurrent { head, body, strategy: names.next()? }))
            }
        })
    }
}
