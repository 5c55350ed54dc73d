//! Values: results, doses, counts, arithmetic.

use super::checker::{Checker, Context, a_kind};
use super::names::{ConceptIx, Meaning};
use super::types::{Elaborated, Shape, Typed, ValueType};
use crate::ast::expression::{Choice, CollectionOf, Count, NormalLimit, Repeated, Sum};
use crate::ast::{self, Expr, ExprKind, Quantifier, Sign, ValueRef};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::value::Events;
use crate::ir::{self, Assessment, ConceptKind, Operator, Part, Pick, Value, ValueKind};
use crate::span::Span;
use crate::units::Unit;

impl Checker<'_> {
    /// A value; reported where it is a truth.
    pub(super) fn value(&mut self, expr: &Expr, context: Context<'_>) -> Option<Typed> {
        match self.elaborate(expr, context)? {
            Elaborated::Value(typed) => Some(typed),
            Elaborated::Truth(_) => {
                self.report(
                    Diagnostic::new(&code::NOT_A_VALUE, expr.span, "a value is needed here, and this has none")
                        .label("met or not met by itself"),
                );
                None
            }
        }
    }

    /// The kinds of expression that can only be values.
    pub(super) fn plain_value(&mut self, expr: &Expr, context: Context<'_>) -> Option<Typed> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::If(choice) => self.choice(choice, context, span),
            ExprKind::Sum(sum) => self.arithmetic(sum, context, span),
            ExprKind::Quantity(quantity) => {
                let quantity = self.free_quantity(quantity)?;
                let ty = ValueType::number(quantity.unit.clone());
                Some(Typed { value: Value { kind: ValueKind::Quantity(quantity), span }, ty })
            }
            ExprKind::Picked(pick, inner) => self.picked(*pick, inner, context, span),
            ExprKind::Repeated(repeated) => self.repeated(repeated, context, span),
            ExprKind::Dose(dose) => self.dose_value(dose, Pick::Latest, context, span),
            ExprKind::Change(change) => {
                self.since_when(span, context);
                let of = self.result_of(&change.value, Pick::Latest, context, change.value_span)?;
                let Shape::Number(unit) = &of.ty.shape else {
                    self.not_a_number(change.value_span);
                    return None;
                };
                let unit = if change.relative { Unit::parse("%").ok()? } else { unit.clone() };
                let ty = ValueType { shape: Shape::Number(unit), better: of.ty.better, ..of.ty.clone() }.derived();
                let kind = ValueKind::Change { of: Box::new(of.value), relative: change.relative };
                Some(Typed { value: Value { kind, span }, ty: ty.assessed(Assessment::Change) })
            }
            ExprKind::Count(count) => self.count(count, context, span),
            ExprKind::Rate(rate) => {
                let events = self.counted(&rate.object, &rate.with, rate.due_to.as_ref(), context)?;
                let per = self.duration(&rate.per)?;
                let kind = ValueKind::RateOf { of: Box::new(events), per };
                let unit = match &rate.per.unit {
                    Some(unit) => Unit::one().divide(&self.unit(unit)?),
                    None => Unit::one(),
                };
                Some(Typed { value: Value { kind, span }, ty: ValueType::number(unit).assessed(Assessment::Rate) })
            }
            ExprKind::TimeBetween(moments) => {
                let (from, to) = (self.moment(&moments.0, context.module), self.moment(&moments.1, context.module));
                let (from, to) = (from?, to?);
                self.moments_in_order(&from, &to, span)?;
                let ty = ValueType::number(Unit::parse("d").ok()?).assessed(Assessment::TimeToEvent);
                Some(Typed { value: Value { kind: ValueKind::TimeBetween { from, to }, span }, ty })
            }
            ExprKind::Value(value) => self.result_of(value, Pick::Latest, context, span),
            ExprKind::Logic(..)
            | ExprKind::Unless(_)
            | ExprKind::Not(_)
            | ExprKind::Known(_)
            | ExprKind::Parens(_)
            | ExprKind::Timed(_)
            | ExprKind::Judged(_)
            | ExprKind::Missing(_)
            | ExprKind::Exposure(_)
            | ExprKind::Onset(_)
            | ExprKind::StableDose(_)
            | ExprKind::Quantified(_)
            | ExprKind::Compare(_)
            | ExprKind::Within(_)
            | ExprKind::Is(_)
            | ExprKind::Moved(_)
            | ExprKind::Recorded(_)
            | ExprKind::Given(_) => None,
        }
    }

    fn not_a_number(&mut self, span: Span) {
        self.report(Diagnostic::new(&code::NOT_A_VALUE, span, "a number is needed here").label("not a number"));
    }

    // ---- names ---------------------------------------------------------------------------------------------------------

    /// A name, as a truth or as a value.
    pub(super) fn named(&mut self, value: &ValueRef, context: Context<'_>, span: Span) -> Option<Elaborated> {
        let meaning = self.resolve(context.module, &value.name)?;
        match meaning {
            Meaning::Definition(ix) => {
                self.no_except(value)?;
                let definition = ir::DefinitionId(self.definition(ix).name.clone());
                match &self.definition(ix).item.body {
                    ir::DefinitionBody::Truth(_) => {
                        let kind = ir::TruthKind::Defined(definition);
                        Some(Elaborated::Truth(ir::Truth { kind, span }))
                    }
                    ir::DefinitionBody::Value(_) => {
                        self.result_of(value, Pick::Latest, context, span).map(Elaborated::Value)
                    }
                }
            }
            Meaning::Concept(_) => self.result_of(value, Pick::Latest, context, span).map(Elaborated::Value),
            Meaning::Set(_) => {
                let text = &value.name.text;
                self.report(
                    Diagnostic::new(
                        &code::LIST_WITHOUT_QUESTION,
                        value.name.span,
                        format!("`{text}` is a list: how many of it?"),
                    )
                    .label("a list")
                    .help(format!("write `any of {text}`, `all of {text}` or `at least 2 of {text}`"))
                    .guess("ask for any of it", value.name.span.before(), "any of "),
                );
                None
            }
            Meaning::Part(_) | Meaning::Lost => {
                self.wrong_kind(&value.name, meaning, "a truth or a value");
                None
            }
        }
    }

    fn no_except(&mut self, value: &ValueRef) -> Option<()> {
        let Some(except) = &value.except else { return Some(()) };
        self.report(
            Diagnostic::new(
                &code::NOT_A_MEMBER,
                except.span,
                format!("nothing can be taken out of `{}`", value.name.text),
            )
            .label("takes nothing away")
            .help("`except` takes members out of a class or labels out of a set; `unless` takes away from a truth"),
        );
        None
    }

    /// The result that a name stands for.
    pub(super) fn result_of(
        &mut self,
        value: &ValueRef,
        pick: Pick,
        context: Context<'_>,
        span: Span,
    ) -> Option<Typed> {
        self.no_except(value)?;
        let meaning = self.resolve(context.module, &value.name)?;
        let typed = match meaning {
            Meaning::Concept(ix) => self.concept_value(value, ix, pick, span)?,
            Meaning::Definition(ix) => {
                let Some(ty) = self.definition_types.get(ix.index()).cloned().flatten() else {
                    let text = &value.name.text;
                    self.report(
                        Diagnostic::new(
                            &code::NOT_A_VALUE,
                            value.name.span,
                            format!("`{text}` is met or not met, it has no value"),
                        )
                        .label("a truth")
                        .also(self.declared_at(meaning, text), "defined here"),
                    );
                    return None;
                };
                let definition = ir::DefinitionId(self.definition(ix).name.clone());
                Typed { value: Value { kind: ValueKind::Defined { definition, pick }, span }, ty }
            }
            Meaning::Set(_) | Meaning::Part(_) | Meaning::Lost => {
                self.wrong_kind(&value.name, meaning, "a value");
                return None;
            }
        };
        let typed = self.per_limit(value, typed, pick)?;
        self.in_unit(value, typed)
    }

    fn concept_value(&mut self, value: &ValueRef, ix: ConceptIx, pick: Pick, span: Span) -> Option<Typed> {
        let concept = self.concept(ix);
        let better = concept.better;
        let shape = match concept.kind {
            ConceptKind::Lab | ConceptKind::Score => Shape::Number(concept.unit.clone().unwrap_or_else(Unit::one)),
            ConceptKind::Test | ConceptKind::Scale => Shape::Coded(ix),
            ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event => {
                self.bare_event(&value.name, ix);
                return None;
            }
            ConceptKind::Question => {
                let text = &value.name.text;
                self.report(
                    Diagnostic::new(&code::NOT_A_VALUE, value.name.span, format!("`{text}` is a question"))
                        .label("ask it")
                        .help(format!("write `judged {text}`"))
                        .fix("ask it", value.name.span.before(), "judged "),
                );
                return None;
            }
        };
        let assessment = match concept.kind {
            ConceptKind::Test => Assessment::Category,
            ConceptKind::Scale => Assessment::OrderedCategory,
            ConceptKind::Lab
            | ConceptKind::Score
            | ConceptKind::Condition
            | ConceptKind::Drug
            | ConceptKind::Procedure
            | ConceptKind::Event
            | ConceptKind::Question => Assessment::Measurement,
        };
        let id = self.concept_id(ix);
        let core = self.draft.concept_modules.get(ix.index()).copied().flatten() == Some("core");
        let kind = if core && id.as_str() == "age" { ValueKind::Age } else { ValueKind::Result { of: id, pick } };
        Some(Typed { value: Value { kind, span }, ty: ValueType { shape, measure: Some(ix), better, assessment } })
    }

    fn per_limit(&mut self, value: &ValueRef, typed: Typed, pick: Pick) -> Option<Typed> {
        let Some((limit, span)) = value.per_limit else { return Some(typed) };
        let lab = typed.ty.measure.filter(|ix| self.has_limits(*ix));
        let Some(ix) = lab else {
            self.report(
                Diagnostic::new(&code::NO_LIMIT, span, format!("`{}` has no limit of normal", value.name.text))
                    .label("only a laboratory result has one"),
            );
            return None;
        };
        let of = self.concept_id(ix);
        let kind = match limit {
            NormalLimit::Upper => ValueKind::PerUpperLimit { of, pick },
            NormalLimit::Lower => ValueKind::PerLowerLimit { of, pick },
        };
        let ty = ValueType { better: typed.ty.better, ..ValueType::number(Unit::one()) };
        Some(Typed { value: Value { kind, span: typed.value.span }, ty })
    }

    /// `creatinine as mg/dL`
    fn in_unit(&mut self, value: &ValueRef, typed: Typed) -> Option<Typed> {
        let Some(written) = &value.in_unit else { return Some(typed) };
        let unit = self.unit(written)?;
        let Shape::Number(from) = &typed.ty.shape else {
            self.not_a_number(value.name.span);
            return None;
        };
        let substance = typed.ty.measure.is_some_and(|ix| self.concept(ix).molar_mass.is_some());
        if !(from.fits(&unit) || substance && from.fits_substance(&unit)) {
            self.report(
                Diagnostic::new(
                    &code::WRONG_DIMENSION,
                    written.span,
                    format!("`{}` cannot be said in `{}`", value.name.text, written.text),
                )
                .label(format!("this is {}", unit.dimension()))
                .help(format!("it is {}, such as `{}`", from.dimension(), from.code())),
            );
            return None;
        }
        let span = typed.value.span;
        let kind = ValueKind::In { value: Box::new(typed.value), unit: unit.clone() };
        Some(Typed { value: Value { kind, span }, ty: ValueType { shape: Shape::Number(unit), ..typed.ty }.derived() })
    }

    // ---- one of several results ----------------------------------------------------------------------------------------

    fn picked(&mut self, pick: ast::Pick, inner: &Expr, context: Context<'_>, span: Span) -> Option<Typed> {
        let pick = match pick {
            ast::Pick::Highest => Pick::Highest,
            ast::Pick::Lowest => Pick::Lowest,
            ast::Pick::First => Pick::First,
            ast::Pick::Last => Pick::Latest,
        };
        match &inner.kind {
            ExprKind::Dose(dose) => self.dose_value(dose, pick, context, span),
            ExprKind::Value(value) => {
                let typed = self.result_of(value, pick, context, span)?;
                if matches!(typed.value.kind, ValueKind::Age) {
                    self.report(
                        Diagnostic::new(&code::CLAUSE_NOT_HERE, span, "there is only one age at a time")
                            .label("says nothing here"),
                    );
                }
                Some(typed)
            }
            _ => None,
        }
    }

    fn repeated(&mut self, repeated: &Repeated, context: Context<'_>, span: Span) -> Option<Typed> {
        let typed = self.result_of(&repeated.value, Pick::Latest, context, repeated.value_span)?;
        if repeated.count.value < 2 {
            self.report(
                Diagnostic::new(&code::NOT_POSITIVE, repeated.count.span, "repeats are at least two")
                    .label("less than two"),
            );
            return None;
        }
        let apart = match &repeated.apart {
            Some(apart) => Some(self.duration(apart)?),
            None => None,
        };
        if !repeated.each && !matches!(typed.ty.shape, Shape::Number(_)) {
            self.not_a_number(repeated.value_span);
            return None;
        }
        let (count, of) = (repeated.count.value, Box::new(typed.value));
        let kind =
            if repeated.each { ValueKind::EachOf { count, of, apart } } else { ValueKind::MeanOf { count, of, apart } };
        Some(Typed { value: Value { kind, span }, ty: typed.ty })
    }

    /// `highest of { … }`, `sum of set`
    pub(super) fn extreme_of(
        &mut self,
        quantifier: Quantifier,
        collection: &ast::Collection,
        context: Context<'_>,
        span: Span,
    ) -> Option<Typed> {
        let (list, types) = match &collection.of {
            CollectionOf::Items(entries) => {
                let values = self.value_entries(entries, context)?;
                if values.is_empty() {
                    self.empty_list(collection.span);
                    return None;
                }
                let types: Vec<(ValueType, Span)> =
                    values.iter().map(|(part, ty)| (ty.clone(), part.body.span)).collect();
                let parts = values.into_iter().map(|(part, _)| part);
                (ir::value::ListOf::Values(parts.collect()), types)
            }
            CollectionOf::Name(name) => {
                let meaning = self.resolve(context.module, name)?;
                let Meaning::Set(ix) = meaning else {
                    self.wrong_kind(name, meaning, "a list in `{ }` or a set of values");
                    return None;
                };
                let Some(types) = self.set_types(ix) else {
                    self.wrong_kind(name, meaning, "a set of values");
                    return None;
                };
                let (except, _) = self.set_except(ix, collection.except.as_ref())?;
                let set = ir::SetId(self.set(ix).name.clone());
                (ir::value::ListOf::Set { set, except }, types.into_iter().map(|ty| (ty, name.span)).collect())
            }
        };
        let ty = self.common_type(&types)?;
        let kind = match quantifier {
            Quantifier::Highest => ValueKind::HighestOf(list),
            Quantifier::Lowest => ValueKind::LowestOf(list),
            _ => ValueKind::SumOf(list),
        };
        Some(Typed { value: Value { kind, span }, ty: ty.derived() })
    }

    /// The type that all the values of a list have; reported where they do not fit each other.
    fn common_type(&mut self, types: &[(ValueType, Span)]) -> Option<ValueType> {
        let ((first, first_span), rest) = types.split_first()?;
        let Shape::Number(unit) = &first.shape else {
            self.not_a_number(*first_span);
            return None;
        };
        let mut better = first.better;
        for (other, span) in rest {
            match &other.shape {
                Shape::Number(found) if found.fits(unit) => {}
                Shape::Number(found) => {
                    let message = format!("{} and {} cannot stand in one list", unit.dimension(), found.dimension());
                    self.report(
                        Diagnostic::new(&code::WRONG_DIMENSION, *span, message)
                            .label(format!("this is {}", found.dimension()))
                            .also(*first_span, format!("this is {}", unit.dimension())),
                    );
                    return None;
                }
                Shape::Coded(_) | Shape::DailyDose | Shape::TotalDose => {
                    self.not_a_number(*span);
                    return None;
                }
            }
            if other.better != better {
                better = None;
            }
        }
        Some(ValueType { better, ..first.clone() })
    }

    pub(super) fn value_entries(
        &mut self,
        entries: &[ast::Entry],
        context: Context<'_>,
    ) -> Option<Vec<(Part<Value>, ValueType)>> {
        self.labels_once(entries);
        let mut all = Some(Vec::new());
        for entry in entries {
            let head = entry.head.as_ref();
            let name = head.map(|head| ir::Word(head.name.text.clone()));
            let prose = head.and_then(|head| head.prose.as_ref()).map(|prose| prose.value.to_string());
            let when = head.map_or(Some(None), |head| self.when(head, context));
            let typed = self.value(&entry.body, context);
            all = all.zip(typed).zip(when).map(|((mut all, typed), when)| {
                let when = when.map(Box::new);
                all.push((Part { name, prose, when, body: typed.value }, typed.ty));
                all
            });
        }
        all
    }

    /// The types of a set's members, if they are values.
    pub(super) fn set_types(&mut self, ix: super::names::SetIx) -> Option<Vec<ValueType>> {
        let ir::Members::Values(parts) = &self.set(ix).item.members else { return None };
        let values: Vec<Value> = parts.iter().map(|part| part.body.clone()).collect();
        Some(values.iter().map(|value| self.type_of(value)).collect())
    }

    /// The type of a value that has been checked before.
    fn type_of(&mut self, value: &Value) -> ValueType {
        match &value.kind {
            ValueKind::Result { of, .. }
            | ValueKind::PerUpperLimit { of, .. }
            | ValueKind::PerLowerLimit { of, .. } => {
                let Some(ix) = self.ids.get(&of.0).copied() else { return ValueType::number(Unit::one()) };
                let concept = self.concept(ix);
                let better = concept.better;
                if !matches!(value.kind, ValueKind::Result { .. }) {
                    return ValueType { better, ..ValueType::number(Unit::one()) };
                }
                let shape = match concept.kind {
                    ConceptKind::Test | ConceptKind::Scale => Shape::Coded(ix),
                    ConceptKind::Lab
                    | ConceptKind::Score
                    | ConceptKind::Condition
                    | ConceptKind::Drug
                    | ConceptKind::Procedure
                    | ConceptKind::Event
                    | ConceptKind::Question => Shape::Number(concept.unit.clone().unwrap_or_else(Unit::one)),
                };
                ValueType { shape, measure: Some(ix), better, assessment: Assessment::Measurement }
            }
            ValueKind::Defined { definition, .. } => {
                let found = self.draft.definition_ids.get(&definition.0);
                let ty = found.and_then(|ix| self.definition_types.get(ix.index()).cloned().flatten());
                ty.unwrap_or_else(|| ValueType::number(Unit::one()))
            }
            ValueKind::In { unit, .. } => ValueType::number(unit.clone()),
            ValueKind::Quantity(quantity) => ValueType::number(quantity.unit.clone()),
            ValueKind::DailyDose { .. } | ValueKind::DoseQuantity(_) => ValueType::of(Shape::DailyDose),
            ValueKind::TotalDose { .. } => ValueType::of(Shape::TotalDose),
            ValueKind::MeanOf { of, .. } | ValueKind::EachOf { of, .. } => self.type_of(of),
            ValueKind::Change { of, relative: false } => self.type_of(of).derived(),
            ValueKind::Change { relative: true, .. } => {
                Unit::parse("%").map_or_else(|_| ValueType::number(Unit::one()), ValueType::number)
            }
            ValueKind::Age => Unit::parse("a").map_or_else(|_| ValueType::number(Unit::one()), ValueType::number),
            ValueKind::If { otherwise, .. } => self.type_of(otherwise).derived(),
            ValueKind::Arithmetic { operator, left, right } => {
                let (left, right) = (self.type_of(left), self.type_of(right));
                let (Shape::Number(a), Shape::Number(b)) = (&left.shape, &right.shape) else { return left };
                ValueType::number(match operator {
                    Operator::Times => a.multiply(b),
                    Operator::Over => a.divide(b),
                    Operator::Plus | Operator::Minus | Operator::Power => a.clone(),
                })
            }
            ValueKind::HighestOf(list) | ValueKind::LowestOf(list) | ValueKind::SumOf(list) => match list {
                ir::value::ListOf::Values(parts) => parts
                    .first()
                    .map_or_else(|| ValueType::number(Unit::one()), |part| self.type_of(&part.body.clone()).derived()),
                ir::value::ListOf::Set { .. } => ValueType::number(Unit::one()),
            },
            ValueKind::Word { .. }
            | ValueKind::CountOf { .. }
            | ValueKind::LinesOf { .. }
            | ValueKind::RateOf { .. }
            | ValueKind::TimeBetween { .. } => ValueType::number(Unit::one()),
        }
    }

    // ---- arithmetic ----------------------------------------------------------------------------------------------------

    fn arithmetic(&mut self, sum: &Sum, context: Context<'_>, span: Span) -> Option<Typed> {
        let (left, right) = (self.value(&sum.left, context), self.value(&sum.right, context));
        let (left, right) = (left?, right?);
        let (a, b) = (self.number_unit(&left, sum.left.span)?, self.number_unit(&right, sum.right.span)?);
        let (operator, unit) = match sum.sign {
            Sign::Plus | Sign::Minus => {
                if !a.fits(&b) {
                    let word = if sum.sign == Sign::Plus { "added to" } else { "taken from" };
                    let message = format!("{} cannot be {word} {}", b.dimension(), a.dimension());
                    self.report(
                        Diagnostic::new(&code::WRONG_DIMENSION, sum.sign_span, message)
                            .label("of two different things")
                            .also(sum.left.span, format!("this is {}", a.dimension()))
                            .also(sum.right.span, format!("this is {}", b.dimension())),
                    );
                    return None;
                }
                (if sum.sign == Sign::Plus { Operator::Plus } else { Operator::Minus }, a)
            }
            Sign::Times => (Operator::Times, a.multiply(&b)),
            Sign::Over => (Operator::Over, a.divide(&b)),
            Sign::Power => (Operator::Power, self.power(&a, &b, sum, &right)?),
        };
        let kind = ValueKind::Arithmetic { operator, left: Box::new(left.value), right: Box::new(right.value) };
        Some(Typed { value: Value { kind, span }, ty: ValueType::number(unit) })
    }

    /// A whole power works out the unit; any other is of a plain number.
    fn power(&mut self, base: &Unit, exponent: &Unit, sum: &Sum, right: &Typed) -> Option<Unit> {
        if !exponent.dimension().is_number() {
            self.report(
                Diagnostic::new(&code::NOT_PLAIN, sum.right.span, "an exponent is a plain number")
                    .label(format!("this is {}", exponent.dimension()))
                    .help("divide it by its unit: `age / 1 year`"),
            );
            return None;
        }
        if base.dimension().is_number() {
            return Some(base.clone());
        }
        if let ValueKind::Quantity(quantity) = &right.value.kind
            && let Ok(whole) = i32::try_from(quantity.value.0)
            && quantity.value.0.fract().is_zero()
            && whole.abs() <= 6
        {
            return Some(base.power(whole));
        }
        self.report(
            Diagnostic::new(&code::NOT_PLAIN, sum.left.span, "only a plain number can be raised to this power")
                .label(format!("this is {}", base.dimension()))
                .help("divide it by its unit first: `(creatinine as mg/dL) / 0.7 mg/dL`"),
        );
        None
    }

    fn number_unit(&mut self, typed: &Typed, span: Span) -> Option<Unit> {
        if let Shape::Number(unit) = &typed.ty.shape {
            if matches!(unit.kind(), crate::units::UnitKind::UpperLimit | crate::units::UnitKind::LowerLimit) {
                self.report(
                    Diagnostic::new(&code::NO_LIMIT, span, "a limit of normal can only be compared with")
                        .label("not a number to reckon with")
                        .help("`CK per ULN` is the result divided by its own limit"),
                );
                return None;
            }
            return Some(unit.clone());
        }
        self.not_a_number(span);
        None
    }

    fn choice(&mut self, choice: &Choice, context: Context<'_>, span: Span) -> Option<Typed> {
        let mut branches = Vec::new();
        let mut types = Vec::new();
        for (condition, value) in &choice.branches {
            let (condition, typed) = (self.truth(condition, context), self.value(value, context));
            let (condition, typed) = (condition?, typed?);
            types.push((typed.ty, value.span));
            branches.push((condition, typed.value));
        }
        let otherwise = self.value(&choice.otherwise, context)?;
        types.push((otherwise.ty, choice.otherwise.span));
        let ty = self.common_type(&types)?;
        let kind = ValueKind::If { branches, otherwise: Box::new(otherwise.value) };
        Some(Typed { value: Value { kind, span }, ty: ty.derived() })
    }

    // ---- counts --------------------------------------------------------------------------------------------------------

    fn counted(
        &mut self,
        object: &ast::Object,
        with: &[ast::Attribute],
        due_to: Option<&ast::Name>,
        context: Context<'_>,
    ) -> Option<Events> {
        let events = self.events(object, context)?;
        if let Some(quantifier) = object.quantifier {
            let _ = quantifier;
            self.report(
                Diagnostic::new(&code::CLAUSE_NOT_HERE, object.span, "a count goes over all of them")
                    .label("leave out how many of the list"),
            );
            return None;
        }
        self.route_fits(object.route, &events);
        let with = self.attribute_tests(with, Some(&events), context.module)?;
        let due_to = match due_to {
            Some(name) => {
                let ix = self.resolve_event(context.module, name)?;
                Some(self.concept_id(ix))
            }
            None => None,
        };
        Some(Events { events, route: object.route.map(|(route, _)| route.into()), with, due_to })
    }

    fn count(&mut self, count: &Count, context: Context<'_>, span: Span) -> Option<Typed> {
        let of = Box::new(self.counted(&count.object, &count.with, count.due_to.as_ref(), context)?);
        if count.lines {
            for class in &of.events {
                let Some(ix) = self.ids.get(&class.event.0).copied() else { continue };
                let kind = self.concept(ix).kind;
                if !matches!(kind, ConceptKind::Drug | ConceptKind::Procedure) {
                    self.report(
                        Diagnostic::new(
                            &code::WRONG_KIND,
                            count.object.span,
                            format!("lines are of treatment, `{}` is {}", class.event, a_kind(kind)),
                        )
                        .label("no treatment")
                        .help("use `count of`"),
                    );
                    return None;
                }
            }
        }
        let kind = if count.lines { ValueKind::LinesOf { of } } else { ValueKind::CountOf { of } };
        Some(Typed { value: Value { kind, span }, ty: ValueType::number(Unit::one()).assessed(Assessment::Count) })
    }
}
