//! Time clauses, moments and anchors.

use super::{Builder, Node, child, has_word};
use crate::ast::{Anchor, AnchorKind, Moment, Point, Side, Time, TimeKind, Whichever};
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    pub(super) fn time(&mut self, node: Node<'_>) -> Option<Time> {
        let span = self.span(&node);
        let rule = node.as_rule();
        let mut inner = node.into_inner();
        let kind = match rule {
            Rule::within => {
                let (mut reach, mut whichever, mut side, mut anchor) = (Vec::new(), None, None, None);
                for part in inner {
                    match part.as_rule() {
                        Rule::reach => {
                            for quantity in part.into_inner().filter(|part| part.as_rule() == Rule::quantity) {
                                reach.push(self.quantity(quantity)?);
                            }
                        }
                        Rule::side => side = Some(side_of(&part)),
                        Rule::anchor => anchor = Some(self.anchor(part)?),
                        Rule::whichever => {
                            let longer = has_word(&part, Rule::c_longer);
                            whichever = Some(if longer { Whichever::Longer } else { Whichever::Shorter });
                        }
                        _ => {}
                    }
                }
                TimeKind::Within { reach, whichever, anchor: side.zip(anchor) }
            }
            Rule::away => {
                let mut parts = inner.skip(2);
                let distance = self.quantity(parts.next()?)?;
                let side = side_of(&parts.next()?);
                TimeKind::Away { distance, side, anchor: self.anchor(parts.next()?)? }
            }
            Rule::span => {
                let mut moments = inner.filter(|part| part.as_rule() == Rule::moment);
                let from = self.moment(moments.next()?)?;
                TimeKind::Span(from, self.moment(moments.next()?)?)
            }
            Rule::at => TimeKind::At(self.moment(inner.nth(1)?)?),
            Rule::during => TimeKind::During(self.name(&inner.nth(1)?)),
            Rule::beside => {
                let side = side_of(&inner.next()?);
                TimeKind::Beside(side, self.anchor(inner.next()?)?)
            }
            _ => return None,
        };
        Some(Time { kind, span })
    }

    pub(super) fn moment(&mut self, node: Node<'_>) -> Option<Moment> {
        let span = self.span(&node);
        let (mut distance, mut side, mut anchor) = (None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::quantity => distance = Some(self.quantity(part)?),
                Rule::side => side = Some(side_of(&part)),
                _ => anchor = Some(self.anchor(part)?),
            }
        }
        Some(Moment { offset: distance.zip(side), anchor: anchor?, span })
    }

    pub(super) fn anchor(&mut self, node: Node<'_>) -> Option<Anchor> {
        let span = self.span(&node);
        let part = node.into_inner().next()?;
        let kind = match part.as_rule() {
            Rule::name => AnchorKind::Name(self.name(&part)),
            Rule::date | Rule::instant => AnchorKind::Date(self.date(&part)),
            Rule::study_week => AnchorKind::Week(self.decimal(&part.into_inner().nth(1)?)),
            Rule::study_day => AnchorKind::Day(self.decimal(&part.into_inner().nth(1)?)),
            Rule::point => {
                let point = if has_word(&part, Rule::k_onset) {
                    Point::Onset
                } else if has_word(&part, Rule::k_start) {
                    Point::Start
                } else {
                    Point::End
                };
                AnchorKind::Point(point, self.name(&child(&part, Rule::name)?))
            }
            Rule::pick_event => {
                let first = has_word(&part, Rule::k_first);
                let route = child(&part, Rule::route).and_then(|route| self.route(&route));
                let names = match child(&part, Rule::names) {
                    Some(names) => self.names(names),
                    None => vec![self.name(&child(&part, Rule::name)?)],
                };
                AnchorKind::Pick { first, route, names }
            }
            _ => return None,
        };
        Some(Anchor { kind, span })
    }
}

fn side_of(node: &Node<'_>) -> Side {
    if has_word(node, Rule::k_before) { Side::Before } else { Side::After }
}
