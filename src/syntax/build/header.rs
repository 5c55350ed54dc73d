//! `use`, `plan` and the header.

use super::{Builder, Node, child};
use crate::ast::expression::{Expr, ExprKind, ValueRef, Within};
use crate::ast::header::Certainty;
use crate::ast::{Comparison, Field, FieldKind, Name, Plan, Trial, Use, UseSource};
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    pub(super) fn use_item(&mut self, node: Node<'_>) -> Option<Use> {
        let span = self.span(&node);
        let mut source = None;
        let mut names = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::string => source = Some(UseSource::Path(self.text(&part))),
                Rule::fresh => source = Some(UseSource::Standard(self.name(&part))),
                Rule::names => names = self.names(part),
                _ => {}
            }
        }
        Some(Use { source: source?, names, span })
    }

    pub(super) fn plan(&mut self, node: Node<'_>) -> Option<Plan> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let event = self.name(&inner.next()?);
        Some(Plan { event, time: self.time(inner.next()?)?, span })
    }

    pub(super) fn trial(&mut self, node: Node<'_>) -> Option<Trial> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let title = self.text(&inner.next()?);
        let mut fields = Vec::new();
        for field in inner {
            fields.push(self.field(field)?);
        }
        Some(Trial { name, title, fields, broken: false, span })
    }

    pub fn field(&mut self, node: Node<'_>) -> Option<Field> {
        let span = self.span(&node);
        let rule = node.as_rule();
        let mut inner = node.clone().into_inner();
        let key_node = inner.next()?;
        let key = self.name(&key_node);
        let kind = match rule {
            Rule::text_field => FieldKind::Texts(self.texts(node)),
            Rule::word_field => {
                let word = self.name(&inner.next()?);
                let ratio = inner.next().map(|ratio| {
                    let parts = ratio.as_str().split(':').map(|part| part.parse().unwrap_or(u32::MAX)).collect();
                    (parts, self.span(&ratio))
                });
                FieldKind::Word { word, ratio }
            }
            Rule::count_field => {
                let count = self.integer(&inner.next()?);
                FieldKind::Count { count, certainty: inner.next().map(|node| certainty(&node)) }
            }
            Rule::date_field => {
                let date = self.date(&inner.next()?);
                FieldKind::Date { date, certainty: inner.next().map(|node| certainty(&node)) }
            }
            Rule::names_field => FieldKind::Names(self.names(inner.next()?)),
            Rule::age_field => self.age(key.clone(), inner.next()?)?,
            _ => return None,
        };
        Some(Field { key, kind, span })
    }

    /// The tail of `age …`, with its subject filled in.
    fn age(&mut self, key: Name, tail: Node<'_>) -> Option<FieldKind> {
        let span = key.span;
        let value = ValueRef { name: key, except: None, per_limit: None, in_unit: None };
        let left = Expr { kind: ExprKind::Value(Box::new(value)), span };
        let whole = span.to(self.span(&tail));
        let is_range = tail.as_rule() == Rule::in_range;
        let expr = self.tail(left, tail, whole)?;
        match expr.kind {
            ExprKind::Compare(comparison) if !is_range => {
                Some(FieldKind::AgeCompare(Box::<Comparison>::new(*comparison)))
            }
            ExprKind::Within(within) => Some(FieldKind::AgeIn(Box::<Within>::new(*within))),
            _ => None,
        }
    }
}

fn certainty(node: &Node<'_>) -> Certainty {
    if child(node, Rule::c_actual).is_some() { Certainty::Actual } else { Certainty::Estimated }
}
