//! Declarations, equivalents, definitions and sets.

use super::{Builder, Node, child};
use crate::ast::{Declaration, Define, Equivalent, Kind, Name, Property, PropertyKind, Route, Set};
use crate::span::Span;
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    pub(super) fn declaration(&mut self, node: Node<'_>) -> Option<Declaration> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let kind = match inner.next()?.into_inner().next()?.as_rule() {
            Rule::k_lab => Kind::Lab,
            Rule::k_test => Kind::Test,
            Rule::k_scale => Kind::Scale,
            Rule::k_score => Kind::Score,
            Rule::k_condition => Kind::Condition,
            Rule::k_drug => Kind::Drug,
            Rule::k_procedure => Kind::Procedure,
            Rule::k_event => Kind::Event,
            Rule::k_question => Kind::Question,
            _ => return None,
        };
        let name = self.name(&inner.next()?);
        let mut label = None;
        let mut properties = Vec::new();
        for part in inner {
            match part.as_rule() {
                Rule::string => label = Some(self.text(&part)),
                _ => properties.push(self.property(part)?),
            }
        }
        Some(Declaration { kind, name, label, properties, span })
    }

    fn property(&mut self, node: Node<'_>) -> Option<Property> {
        let span = self.span(&node);
        let mut inner = node.clone().into_inner();
        let word = inner.next()?;
        let kind = match node.as_rule() {
            Rule::is_a => PropertyKind::Is(self.names(inner.next()?)),
            Rule::unit_property => PropertyKind::Unit(self.unit(&inner.next()?)),
            Rule::values => {
                let values: Vec<Name> = inner.map(|value| self.name(&value)).collect();
                match word.as_rule() {
                    Rule::k_stage => PropertyKind::Stages(values),
                    Rule::k_histology => PropertyKind::Histologies(values),
                    Rule::k_severity => PropertyKind::Severities(values),
                    _ => PropertyKind::Values(values),
                }
            }
            Rule::bounds => {
                let range = self.range(inner.next()?)?;
                if word.as_rule() == Rule::k_range {
                    PropertyKind::Range(range)
                } else {
                    PropertyKind::Plausible(range)
                }
            }
            Rule::better if child(&node, Rule::c_higher).is_some() => PropertyKind::BetterHigher,
            Rule::better => PropertyKind::BetterLower,
            Rule::code => {
                let codes = self.texts(node);
                match word.as_rule() {
                    Rule::k_loinc => PropertyKind::Loinc(codes),
                    Rule::k_rxnorm => PropertyKind::Rxnorm(codes),
                    Rule::k_atc => PropertyKind::Atc(codes),
                    Rule::k_icd10 => PropertyKind::Icd10(codes),
                    _ => PropertyKind::Snomed(codes),
                }
            }
            Rule::half_life => PropertyKind::HalfLife(self.quantity(inner.next()?)?),
            Rule::molar_mass => PropertyKind::MolarMass(self.quantity(inner.next()?)?),
            Rule::routes => PropertyKind::Routes(self.routes(node)),
            Rule::asked => PropertyKind::Asked(Self::role(&inner.next()?)?),
            Rule::also => PropertyKind::Also(self.texts(node)),
            Rule::source => PropertyKind::Source(self.text(&inner.next()?)),
            Rule::derived => PropertyKind::Derived(self.value_body(inner.next()?)?),
            _ => return None,
        };
        Some(Property { kind, span })
    }

    fn routes(&self, node: Node<'_>) -> Vec<(Route, Span)> {
        node.into_inner()
            .filter(|child| child.as_rule() == Rule::route)
            .filter_map(|route| self.route(&route))
            .collect()
    }

    pub(super) fn equivalent(&mut self, node: Node<'_>) -> Option<Equivalent> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let class = self.name(&inner.next()?);
        let source = self.text(&inner.next()?);
        let mut routes = Vec::new();
        let mut doses = Vec::new();
        for part in inner {
            if part.as_rule() == Rule::routes {
                routes = self.routes(part);
            } else {
                let mut dose = part.into_inner();
                doses.push((self.name(&dose.next()?), self.quantity(dose.next()?)?));
            }
        }
        Some(Equivalent { class, source, routes, doses, span })
    }

    pub(super) fn define(&mut self, node: Node<'_>) -> Option<Define> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let (mut label, mut better, mut source, mut body) = (None, None, None, None);
        for part in inner {
            match part.as_rule() {
                Rule::string => label = Some(self.text(&part)),
                Rule::better => better = self.property(part),
                Rule::source => source = part.into_inner().nth(1).map(|text| self.text(&text)),
                _ => body = Some(self.value_body(part)?),
            }
        }
        Some(Define { name, label, better, source, body: body?, span })
    }

    pub(super) fn set(&mut self, node: Node<'_>) -> Option<Set> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let (mut label, mut source, mut entries) = (None, None, Vec::new());
        for part in inner {
            match part.as_rule() {
                Rule::string => label = Some(self.text(&part)),
                Rule::source => source = part.into_inner().nth(1).map(|text| self.text(&text)),
                _ => entries = self.entries(part)?,
            }
        }
        Some(Set { name, label, source, entries, span })
    }
}
