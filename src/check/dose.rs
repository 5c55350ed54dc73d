//! Doses that a patient takes: the dose of a drug or a class, and stable doses.

use super::checker::{Checker, Context};
use super::names::ConceptIx;
use super::types::{Shape, Typed, ValueType};
use crate::ast::expression::{Bound, Dose, StableDose};
use crate::ast::{self, Extreme};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, Ask, ConceptKind, EventClass, Pick, Truth, TruthKind, Value, ValueKind};
use crate::span::Span;

/// Whether a class may stand without an equivalent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OfClass {
    NeedsEquivalent,
    EachMember,
}

impl Checker<'_> {
    pub(super) fn dose_value(&mut self, dose: &Dose, pick: Pick, context: Context<'_>, span: Span) -> Option<Typed> {
        if context.windowed && pick == Pick::Latest && !dose.total {
            self.report(
                Diagnostic::new(&code::DOSE_IN_WINDOW, span, "which dose of the window: the highest, or the lowest?")
                    .label("the dose changes with time")
                    .help("write `highest dose of …`: the latest one would let an earlier peak pass")
                    .guess("take the highest", span.before(), "highest "),
            );
            return None;
        }
        if dose.total && pick != Pick::Latest {
            self.report(
                Diagnostic::new(&code::CLAUSE_NOT_HERE, span, "there is only one total dose")
                    .label("says nothing here"),
            );
            return None;
        }
        self.dose_of_class(dose, pick, context, (span, OfClass::NeedsEquivalent))
    }

    fn dose_of_class(
        &mut self,
        dose: &Dose,
        pick: Pick,
        context: Context<'_>,
        (span, of_class): (Span, OfClass),
    ) -> Option<Typed> {
        let of = self.event_classes(&dose.collection, context)?;
        for class in &of {
            let kind = self.ids.get(&class.event.0).map(|ix| self.concept(*ix).kind);
            if !matches!(kind, Some(ConceptKind::Drug | ConceptKind::Procedure)) {
                self.report(
                    Diagnostic::new(&code::WRONG_KIND, dose.collection.span, format!("`{}` has no dose", class.event))
                        .label("neither a drug nor a procedure"),
                );
                return None;
            }
        }
        self.route_fits(dose.route, &of);
        let equivalent_to = if let Some(name) = &dose.equivalent {
            Some(self.equivalent_to(name, &of, context)?)
        } else {
            if of_class == OfClass::NeedsEquivalent {
                self.class_needs_equivalent(&of, dose.collection.span)?;
            }
            None
        };
        let route = dose.route.map(|(route, _)| route.into());
        let (kind, shape) = if dose.total {
            (ValueKind::TotalDose { of, route, equivalent_to }, Shape::TotalDose)
        } else {
            (ValueKind::DailyDose { of, route, equivalent_to, pick }, Shape::DailyDose)
        };
        Some(Typed { value: Value { kind, span }, ty: ValueType::of(shape) })
    }

    /// 60 mg of one member is not 60 mg of another: the dose of a class is said in doses of one drug.
    fn class_needs_equivalent(&mut self, of: &[EventClass], span: Span) -> Option<()> {
        let drugs: Vec<ConceptIx> = of.iter().filter_map(|class| self.ids.get(&class.event.0).copied()).collect();
        let several = drugs.len() > 1 || drugs.iter().any(|ix| self.is_class(*ix));
        let is_drug = drugs.iter().any(|ix| self.concept(*ix).kind == ConceptKind::Drug);
        if !several || !is_drug {
            return Some(());
        }
        let named = of.first().map_or_else(String::new, |class| class.event.to_string());
        let mut found =
            Diagnostic::new(&code::CLASS_DOSE, span, format!("a dose of `{named}` adds up different drugs"))
                .label("several drugs");
        found = if named == "glucocorticoid" {
            found.help("say in doses of which drug: `as prednisone`").guess(
                "in doses of prednisone",
                span.after(),
                " as prednisone",
            )
        } else {
            found.help("say in doses of which drug with `as`, or name one drug")
        };
        self.report(found);
        None
    }

    /// The drug behind `as`, which a table of equivalent doses must hold for this class.
    pub(super) fn equivalent_to(
        &mut self,
        name: &ast::Name,
        of: &[EventClass],
        context: Context<'_>,
    ) -> Option<ir::ConceptId> {
        let drug = self.resolve_concept(context.module, name, "a drug")?;
        let id = self.concept_id(drug);
        let Some(table) = self.equivalents_of(drug) else {
            self.report(
                Diagnostic::new(
                    &code::NO_EQUIVALENT,
                    name.span,
                    format!("no table of equivalent doses holds `{}`", name.text),
                )
                .label("not in a table")
                .help("the library has one for glucocorticoids and one for opioids; declare another with `equivalent`"),
            );
            return None;
        };
        let class = self.ids.get(&table.class.0).copied()?;
        for event in of {
            let Some(ix) = self.ids.get(&event.event.0).copied() else { continue };
            if !self.is_member(ix, class) {
                self.report(
                    Diagnostic::new(
                        &code::NO_EQUIVALENT,
                        name.span,
                        format!("`{}` has no dose equal to `{}`", event.event, name.text),
                    )
                    .label(format!("this table is for `{}`", table.class))
                    .help(table.source.clone()),
                );
                return None;
            }
        }
        Some(id)
    }

    pub(super) fn stable_dose(&mut self, stable: &StableDose, context: Context<'_>, span: Span) -> Option<Truth> {
        let of_class = if stable.limit.is_some() { OfClass::NeedsEquivalent } else { OfClass::EachMember };
        let dose = self.dose_of_class(&stable.dose, Pick::Latest, context, (stable.dose_span, of_class));
        let Some(lasting) = &stable.lasting else {
            self.report(
                Diagnostic::new(&code::STABLE_HOW_LONG, span, "stable for how long?")
                    .label("no duration")
                    .help("add it: `for at least 4 weeks`")
                    .guess("say how long", span.after(), " for at least 4 weeks"),
            );
            return None;
        };
        if lasting.extreme == Extreme::AtMost {
            self.report(
                Diagnostic::new(&code::CLAUSE_NOT_HERE, lasting.span, "a dose is stable for at least some time")
                    .label("`at least` is meant?"),
            );
            return None;
        }
        let for_at_least = self.duration(&lasting.quantity)?;
        let dose = dose?;
        let limit = match &stable.limit {
            Some(Bound::Compare(comparator, to)) => {
                let ask = self.compare_ask(
                    &[(dose.ty.clone(), "the dose".to_owned())],
                    (*comparator, span),
                    to,
                    None,
                    context,
                )?;
                Some(Box::new(ask))
            }
            Some(Bound::Range(range)) => {
                self.report(
                    Diagnostic::new(&code::CLAUSE_NOT_HERE, range.span, "compare a stable dose with one limit")
                        .label("a range")
                        .help("such as `stable dose of X <= 20 mg/d for at least 4 weeks`"),
                );
                return None;
            }
            None => None,
        };
        Some(Truth { kind: TruthKind::StableDose { dose: dose.value, limit, for_at_least }, span })
    }

    /// A dose that a dose is compared with: an amount a day, or altogether.
    pub(super) fn dose_limit(&mut self, quantity: &ast::Quantity, shape: &Shape) -> Option<ir::Dose> {
        let dose = self.dose(quantity)?;
        let daily = matches!(shape, Shape::DailyDose);
        if daily == dose.per_time.is_some() {
            return Some(dose);
        }
        let span = quantity.unit.as_ref().map_or(quantity.span, |unit| unit.span);
        let unit = quantity.unit.as_ref().map_or("mg", |unit| unit.text.as_str());
        self.report(if daily {
            Diagnostic::new(&code::WRONG_DIMENSION, span, "the dose of a drug is an amount a day")
                .label("per what time?")
                .help(format!("write `{unit}/d`"))
                .guess("an amount a day", span.after(), "/d")
        } else {
            Diagnostic::new(&code::WRONG_DIMENSION, span, "a total dose is an amount, not an amount a day")
                .label("per time")
                .help("leave out the time")
        });
        None
    }

    /// What a comparison asks of a dose.
    pub(super) fn dose_ask(
        &mut self,
        shape: &Shape,
        comparator: ir::Comparator,
        quantity: &ast::Quantity,
        span: Span,
    ) -> Option<Ask> {
        let dose = self.dose_limit(quantity, shape)?;
        let to = Value { kind: ValueKind::DoseQuantity(dose), span };
        Some(Ask::Compare { comparator, to, instead: Vec::new() })
    }
}
