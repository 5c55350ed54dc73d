//! What is asked of values: comparisons, ranges, results that are words, changes.

use super::checker::{Checker, Context, Reference, a_kind};
use super::names::{ConceptIx, Meaning};
use super::quantity::{Bounds, Wanted};
use super::types::{Elaborated, Shape, Typed, ValueType};
use crate::ast::expression::{CollectionOf, Comparator, LimitValue, Moved, WithinRange};
use crate::ast::{self, Expr, ExprKind, Limits, Quantifier};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, Ask, ConceptKind, Operands, Part, Truth, TruthKind, Value, ValueKind, Word};
use crate::span::Span;
use crate::units::{Unit, UnitKind};

/// What stands before the question: one value, or so many of a list.
enum Asked {
    One(Box<Typed>),
    List { quantifier: Quantifier, parts: Vec<Part<Value>>, span: Span },
    Set { quantifier: Quantifier, set: ir::SetId, except: Vec<Word>, size: usize, span: Span },
}

/// A type, and what its value is called.
type Subject = (ValueType, String);

impl Checker<'_> {
    /// A comparison or another question, asked of a value or of each value of a list.
    pub(super) fn asked(&mut self, expr: &Expr, context: Context<'_>) -> Option<Truth> {
        let left = match &expr.kind {
            ExprKind::Compare(comparison) => &comparison.left,
            ExprKind::Within(within) => &within.left,
            ExprKind::Is(is) => &is.left,
            ExprKind::Moved(moved) => &moved.left,
            ExprKind::Recorded(inner) => inner,
            _ => return None,
        };
        let (subject, types) = self.subject(left, context)?;
        let ask = self.ask(expr, &types, context)?;
        let kind = match subject {
            Asked::One(typed) => TruthKind::Asked { value: typed.value, ask: Box::new(ask) },
            Asked::List { quantifier, parts, span } => {
                let counting = self.counting(quantifier, Some(parts.len()), span)?;
                TruthKind::Count { counting, of: Operands::Values { values: parts, ask: Box::new(ask) } }
            }
            Asked::Set { quantifier, set, except, size, span } => {
                let counting = self.counting(quantifier, Some(size), span)?;
                TruthKind::Count { counting, of: Operands::Set { set, except, ask: Some(Box::new(ask)) } }
            }
        };
        Some(Truth { kind, span: expr.span })
    }

    fn subject(&mut self, left: &Expr, context: Context<'_>) -> Option<(Asked, Vec<Subject>)> {
        if let ExprKind::Quantified(quantified) = &left.kind
            && !matches!(quantified.0, Quantifier::Highest | Quantifier::Lowest | Quantifier::Sum)
        {
            return self.list_subject(quantified.0, &quantified.1, context);
        }
        let typed = match self.elaborate(left, context)? {
            Elaborated::Value(typed) => typed,
            Elaborated::Truth(_) => {
                self.report(
                    Diagnostic::new(
                        &code::NOT_A_VALUE,
                        left.span,
                        "this is met or not met by itself: it cannot be compared",
                    )
                    .label("met or not met")
                    .help("write it alone, or `not` before it"),
                );
                return None;
            }
        };
        let what = self.what(left, &typed.ty);
        let subject = (typed.ty.clone(), what);
        Some((Asked::One(Box::new(typed)), vec![subject]))
    }

    fn list_subject(
        &mut self,
        quantifier: Quantifier,
        collection: &ast::Collection,
        context: Context<'_>,
    ) -> Option<(Asked, Vec<Subject>)> {
        let span = collection.span;
        match &collection.of {
            CollectionOf::Items(entries) => {
                if entries.is_empty() {
                    self.empty_list(span);
                    return None;
                }
                let values = self.value_entries(entries, context)?;
                let subjects =
                    values.iter().zip(entries).map(|((_, ty), entry)| (ty.clone(), self.what(&entry.body, ty)));
                let subjects = subjects.collect();
                let parts = values.into_iter().map(|(part, _)| part);
                Some((Asked::List { quantifier, parts: parts.collect(), span }, subjects))
            }
            CollectionOf::Name(name) => {
                let meaning = self.resolve(context.module, name)?;
                let Meaning::Set(ix) = meaning else {
                    self.wrong_kind(name, meaning, "a list in `{ }` or a set of values");
                    return None;
                };
                let Some(types) = self.set_types(ix) else {
                    self.report(
                        Diagnostic::new(
                            &code::NOT_A_VALUE,
                            name.span,
                            format!("`{}` is no set of values: nothing can be asked of it", name.text),
                        )
                        .label("not values"),
                    );
                    return None;
                };
                let (except, size) = self.set_except(ix, collection.except.as_ref())?;
                let set = ir::SetId(self.set(ix).name.clone());
                let what = format!("a member of `{}`", name.text);
                let subjects = types
                    .into_iter()
                    .map(|ty| {
                        let named = ty.measure.map_or_else(|| what.clone(), |ix| format!("`{}`", self.concept_id(ix)));
                        (ty, named)
                    })
                    .collect();
                Some((Asked::Set { quantifier, set, except, size, span }, subjects))
            }
        }
    }

    /// What a value is called in messages.
    fn what(&self, expr: &Expr, ty: &ValueType) -> String {
        if let Some(ix) = ty.measure {
            format!("`{}`", self.concept_id(ix))
        } else {
            let text = self.sources.text(expr.span);
            if text.len() < 40 && !text.is_empty() && !text.contains('\n') {
                format!("`{text}`")
            } else {
                "this value".to_owned()
            }
        }
    }

    fn ask(&mut self, expr: &Expr, subjects: &[Subject], context: Context<'_>) -> Option<Ask> {
        match &expr.kind {
            ExprKind::Compare(comparison) => self.compare_ask(
                subjects,
                (comparison.comparator, comparison.comparator_span),
                &comparison.right,
                comparison.limits.as_ref(),
                context,
            ),
            ExprKind::Within(within) => match &within.range {
                WithinRange::Numbers(range) => self.range_ask(subjects, range, within.limits.as_ref(), context),
                WithinRange::Coded(low, high) => self.coded_range_ask(subjects, low, high, within.range_span),
            },
            ExprKind::Is(is) => self.is_ask(subjects, &is.values, is.negated),
            ExprKind::Moved(moved) => {
                self.since_when(moved.span, context);
                self.moved_ask(subjects, moved)
            }
            ExprKind::Recorded(_) => Some(Ask::Recorded),
            _ => None,
        }
    }

    // ---- comparisons ---------------------------------------------------------------------------------------------------

    pub(super) fn compare_ask(
        &mut self,
        subjects: &[Subject],
        (comparator, span): (Comparator, Span),
        right: &Expr,
        limits: Option<&Limits>,
        context: Context<'_>,
    ) -> Option<Ask> {
        let to = self.limit_value(subjects, comparator, right, (span, context))?;
        let mut instead = Vec::new();
        for limit in limits.map_or(&[][..], |limits| &limits.limits) {
            let condition = self.truth(&limit.condition, context)?;
            let LimitValue::Value(value) = &limit.value else {
                self.report(
                    Diagnostic::new(
                        &code::CLAUSE_NOT_HERE,
                        limit.condition.span,
                        "the other limit is a range, this one is not",
                    )
                    .label("a limit of another form"),
                );
                return None;
            };
            let to = self.limit_value(subjects, comparator, value, (span, context))?;
            instead.push((condition, to));
        }
        Some(Ask::Compare { comparator: comparator.into(), to, instead })
    }

    /// What a value is compared with; it must fit each of the values.
    fn limit_value(
        &mut self,
        subjects: &[Subject],
        comparator: Comparator,
        right: &Expr,
        (span, context): (Span, Context<'_>),
    ) -> Option<Value> {
        let mut result = None;
        for (ty, what) in subjects {
            let value = match &ty.shape {
                Shape::Coded(test) => self.coded_limit(*test, comparator, right, span)?,
                Shape::DailyDose | Shape::TotalDose => self.dose_right(&ty.shape, right, context)?,
                Shape::Number(unit) => self.number_right(ty, unit, what, (right, context))?,
            };
            result.get_or_insert(value);
        }
        result
    }

    fn dose_right(&mut self, shape: &Shape, right: &Expr, context: Context<'_>) -> Option<Value> {
        if let ExprKind::Quantity(quantity) = &right.kind {
            let Ask::Compare { to, .. } = self.dose_ask(shape, ir::Comparator::Equal, quantity, right.span)? else {
                return None;
            };
            return Some(to);
        }
        self.number_before_unit(right)?;
        let typed = self.value(right, context)?;
        if std::mem::discriminant(&typed.ty.shape) == std::mem::discriminant(shape) {
            return Some(typed.value);
        }
        self.report(
            Diagnostic::new(&code::NOT_COMPARABLE, right.span, "a dose is compared with a dose").label("not a dose"),
        );
        None
    }

    fn number_right(
        &mut self,
        ty: &ValueType,
        unit: &Unit,
        what: &str,
        (right, context): (&Expr, Context<'_>),
    ) -> Option<Value> {
        if let ExprKind::Quantity(quantity) = &right.kind {
            let wanted =
                Wanted { unit: unit.clone(), measure: ty.measure, bounds: Bounds::Kept, what: what.to_owned() };
            let quantity = self.fitting(quantity, &wanted)?;
            return Some(Value { kind: ValueKind::Quantity(quantity), span: right.span });
        }
        self.number_before_unit(right)?;
        if let ExprKind::Value(value) = &right.kind
            && self.lookup(context.module, &value.name.text, value.name.span).is_none()
        {
            self.unknown_limit(value, what);
            return None;
        }
        let typed = self.value(right, context)?;
        let substance = ty.measure.is_some() && ty.measure == typed.ty.measure;
        match &typed.ty.shape {
            Shape::Number(found) if found.fits(unit) || substance && found.fits_substance(unit) => Some(typed.value),
            Shape::Number(found) => {
                let message = format!("{} cannot be compared with {}", unit.dimension(), found.dimension());
                self.report(
                    Diagnostic::new(&code::WRONG_DIMENSION, right.span, message)
                        .label(format!("this is {}", found.dimension())),
                );
                None
            }
            Shape::Coded(_) | Shape::DailyDose | Shape::TotalDose => {
                self.report(
                    Diagnostic::new(&code::NOT_COMPARABLE, right.span, format!("{what} is a number, and this is none"))
                        .label("not a number"),
                );
                None
            }
        }
    }

    /// `> mg/kg/d`: a unit whose number is missing is read as a division of names.
    fn number_before_unit(&mut self, right: &Expr) -> Option<()> {
        let text = self.sources.text(right.span);
        if !matches!(right.kind, ExprKind::Sum(_)) || text.contains(char::is_whitespace) || Unit::parse(text).is_err() {
            return Some(());
        }
        let message = format!("a number is missing before `{text}`");
        let mut found = Diagnostic::new(&code::NOT_COMPARABLE, right.span, message).label("a unit alone");
        // `100000/mm3`: the number is there, and what is counted is not.
        if let Some((number, unit)) = text.split_once('/')
            && number.chars().all(|c| c.is_ascii_digit() || c == '_')
        {
            let right_unit = format!("{number} {{cells}}/{unit}");
            let message = format!("nothing is counted per `{unit}`");
            found = Diagnostic::new(&code::UNKNOWN_UNIT, right.span, message)
                .label("a unit begins before the `/`")
                .help(format!("write `{right_unit}`; with a power of ten, `100 10*3/uL` or `100 10*9/L`"))
                .fix(format!("write `{right_unit}`"), right.span, right_unit);
        }
        self.report(found);
        None
    }

    /// `CK > high`, `10*9/L` without its number.
    fn unknown_limit(&mut self, value: &ast::ValueRef, what: &str) {
        let name = &value.name;
        let is_unit = Unit::parse(&name.text).is_ok();
        let found = Diagnostic::new(&code::UNKNOWN_NAME, name.span, format!("nothing here is called `{}`", name.text))
            .label("unknown name");
        self.report(if is_unit {
            found.help(format!("`{}` is a unit: is the number before it missing?", name.text))
        } else {
            found.help(format!("{what} is a number: compare it with a number and its unit"))
        });
    }

    /// `NYHA >= III`: words of a scale have an order, those of a test do not.
    fn coded_limit(&mut self, test: ConceptIx, comparator: Comparator, right: &Expr, span: Span) -> Option<Value> {
        let ordered = self.concept(test).kind == ConceptKind::Scale;
        if !ordered && !matches!(comparator, Comparator::Equal | Comparator::NotEqual) {
            let name = self.concept_id(test);
            self.report(
                Diagnostic::new(&code::NOT_ORDERED, span, format!("the results of `{name}` have no order"))
                    .label("neither more nor less")
                    .help("use `is`, or declare it as a `scale` with its values in rising order"),
            );
            return None;
        }
        let word = match &right.kind {
            ExprKind::Value(value) if value.except.is_none() && value.per_limit.is_none() => value.name.clone(),
            ExprKind::Quantity(quantity) if quantity.unit.is_none() => {
                ast::Name { text: quantity.number.to_string().into(), span: quantity.span }
            }
            _ => {
                let (name, known) = (self.concept_id(test), self.words(test));
                self.report(
                    Diagnostic::new(&code::NOT_COMPARABLE, right.span, format!("the results of `{name}` are words"))
                        .label("not one of its words")
                        .help(format!("it is one of {known}")),
                );
                return None;
            }
        };
        let of = self.concept_id(test);
        let word = self.word_of(test, &word)?;
        Some(Value { kind: ValueKind::Word { of, word }, span: right.span })
    }

    fn words(&self, test: ConceptIx) -> String {
        super::history::listed(&self.concept(test).values)
    }

    /// A result that a test can have.
    pub(super) fn word_of(&mut self, test: ConceptIx, name: &ast::Name) -> Option<Word> {
        let words = self.concept(test).values.clone();
        let what = format!("result of `{}`", self.concept_id(test));
        let place = self.place_in(&words, name, &what, &code::UNKNOWN_VALUE)?;
        words.get(place).cloned()
    }

    // ---- ranges and words ------------------------------------------------------------------------------------------------

    fn range_ask(
        &mut self,
        subjects: &[Subject],
        range: &ast::Range,
        limits: Option<&Limits>,
        context: Context<'_>,
    ) -> Option<Ask> {
        let found = self.limit_range(subjects, range)?;
        let mut instead = Vec::new();
        for limit in limits.map_or(&[][..], |limits| &limits.limits) {
            let condition = self.truth(&limit.condition, context)?;
            let LimitValue::Range(range) = &limit.value else {
                self.report(
                    Diagnostic::new(
                        &code::CLAUSE_NOT_HERE,
                        limit.condition.span,
                        "the other limit is no range, this one is",
                    )
                    .label("a limit of another form"),
                );
                return None;
            };
            instead.push((condition, self.limit_range(subjects, range)?));
        }
        Some(found.with(instead))
    }

    fn limit_range(&mut self, subjects: &[Subject], range: &ast::Range) -> Option<ir::Range> {
        let mut result = None;
        for (ty, what) in subjects {
            let found = match &ty.shape {
                Shape::Number(unit) => {
                    let wanted =
                        Wanted { unit: unit.clone(), measure: ty.measure, bounds: Bounds::Kept, what: what.clone() };
                    self.fitting_range(range, &wanted)?
                }
                Shape::TotalDose | Shape::DailyDose => {
                    self.ordered(range.low, range.high, range.span)?;
                    let low = ast::Quantity { number: range.low, unit: range.unit.clone(), span: range.span };
                    self.dose_limit(&low, &ty.shape)?;
                    let unit = self.unit(range.unit.as_ref()?)?;
                    ir::Range { low: range.low.into(), high: range.high.into(), unit }
                }
                Shape::Coded(test) => {
                    let (name, known) = (self.concept_id(*test), self.words(*test));
                    self.report(
                        Diagnostic::new(
                            &code::NOT_COMPARABLE,
                            range.span,
                            format!("the results of `{name}` are words"),
                        )
                        .label("a range of numbers")
                        .help(format!("it is one of {known}")),
                    );
                    return None;
                }
            };
            result.get_or_insert(found);
        }
        result
    }

    fn coded_range_ask(&mut self, subjects: &[Subject], low: &ast::Name, high: &ast::Name, span: Span) -> Option<Ask> {
        let mut result = None;
        for (ty, what) in subjects {
            let Shape::Coded(test) = ty.shape else {
                self.report(
                    Diagnostic::new(
                        &code::NOT_COMPARABLE,
                        span,
                        format!("{what} is a number: its range is of numbers"),
                    )
                    .label("a range of words"),
                );
                return None;
            };
            if self.concept(test).kind != ConceptKind::Scale {
                let name = self.concept_id(test);
                self.report(
                    Diagnostic::new(&code::NOT_ORDERED, span, format!("the results of `{name}` have no order"))
                        .label("no range")
                        .help("use `is any of { … }`"),
                );
                return None;
            }
            let words = self.concept(test).values.clone();
            let what = format!("result of `{}`", self.concept_id(test));
            let from = self.place_in(&words, low, &what, &code::UNKNOWN_VALUE)?;
            let to = self.place_in(&words, high, &what, &code::UNKNOWN_VALUE)?;
            if from > to {
                let message = format!("the range begins with `{}` and ends with `{}`", low.text, high.text);
                self.report(Diagnostic::new(&code::INVERTED_RANGE, span, message).label("ends before it starts"));
                return None;
            }
            result.get_or_insert(Ask::OneOf { words: words.get(from..=to)?.to_vec(), negated: false });
        }
        result
    }

    fn is_ask(&mut self, subjects: &[Subject], values: &[ast::Name], negated: bool) -> Option<Ask> {
        let mut result = None;
        for (ty, what) in subjects {
            let Shape::Coded(test) = ty.shape else {
                let span = values.first().map_or(Span::NOWHERE, |value| value.span);
                let kind = ty.measure.map_or("a number", |ix| a_kind(self.concept(ix).kind));
                self.report(
                    Diagnostic::new(
                        &code::NOT_COMPARABLE,
                        span,
                        format!("{what} is {kind}: its value is a number, not a word"),
                    )
                    .label("a word")
                    .help("compare it with a number and its unit, such as `< …`"),
                );
                return None;
            };
            let words = values.iter().map(|value| self.word_of(test, value)).collect::<Option<Vec<_>>>()?;
            result.get_or_insert(Ask::OneOf { words, negated });
        }
        result
    }

    /// A change is counted from an outcome's baseline, or from what came before a window: elsewhere it has no reference.
    pub(super) fn since_when(&mut self, span: Span, context: Context<'_>) {
        if context.windowed || context.reference == Reference::Known {
            return;
        }
        self.report(
            Diagnostic::new(&code::NO_TIME, span, "changed since when?")
                .label("no earlier value to compare with")
                .help("give it a time: `within 12 weeks`, or `from start of x to screening`"),
        );
    }

    // ---- change ----------------------------------------------------------------------------------------------------------

    fn moved_ask(&mut self, subjects: &[Subject], moved: &Moved) -> Option<Ask> {
        let directed = matches!(moved.movement, ast::Movement::Improved | ast::Movement::Worsened);
        let mut result = None;
        for (ty, what) in subjects {
            let unit = match &ty.shape {
                Shape::Number(unit) => unit.clone(),
                Shape::Coded(test) if self.concept(*test).kind == ConceptKind::Scale => Unit::one(),
                Shape::DailyDose | Shape::TotalDose | Shape::Coded(_) => {
                    self.report(
                        Diagnostic::new(&code::NOT_A_VALUE, moved.span, format!("{what} does not rise or fall"))
                            .label("only numbers and scales do"),
                    );
                    return None;
                }
            };
            if directed && ty.better.is_none() {
                self.report(
                    Diagnostic::new(&code::NO_DIRECTION, moved.span, format!("is more or less of {what} better?"))
                        .label("no direction is known")
                        .help("write `rose by` or `fell by`, or declare it with `better higher` or `better lower`"),
                );
                return None;
            }
            let by = self.moved_by(moved, &unit, (ty, what))?;
            result.get_or_insert(Ask::Moved {
                movement: moved.movement.into(),
                comparator: moved.comparator.into(),
                by,
            });
        }
        self.positive_or_zero(moved)?;
        result
    }

    /// A relative change is in per cent, an absolute one in the measure's unit.
    fn moved_by(&mut self, moved: &Moved, unit: &Unit, (ty, what): (&ValueType, &str)) -> Option<ir::Quantity> {
        if let Some(written) = &moved.by.unit {
            let found = self.unit(written)?;
            if found.kind() == UnitKind::Percent {
                if unit.kind() == UnitKind::Percent {
                    self.relative_percentage(moved, what);
                }
                return self.free_quantity(&moved.by);
            }
        }
        let what = format!("a change of {}", what.trim_start_matches("a change of "));
        let wanted = Wanted { unit: unit.clone(), measure: ty.measure, bounds: Bounds::Ignored, what };
        let quantity = self.fitting(&moved.by, &wanted)?;
        if matches!(quantity.unit.kind(), UnitKind::UpperLimit | UnitKind::LowerLimit) {
            self.report(
                Diagnostic::new(&code::NO_LIMIT, moved.by.span, "a change is not measured in limits of normal")
                    .label("not a change")
                    .help("give it in per cent or in the measure's own unit"),
            );
            return None;
        }
        Some(quantity)
    }

    /// `HbA1c fell by >= 0.5 %`: relative, although nearly every author means points.
    fn relative_percentage(&mut self, moved: &Moved, what: &str) {
        let by = moved.by.number;
        self.report(
            Diagnostic::new(
                &code::RELATIVE_PERCENTAGE,
                moved.span,
                format!("{what} is a percentage: is a change by {by} % relative?"),
            )
            .label("read as relative to the earlier value")
            .help(format!("for percentage points compare the change itself: `change in … >= {by} %`")),
        );
    }

    fn positive_or_zero(&mut self, moved: &Moved) -> Option<()> {
        let quantity = &moved.by;
        if quantity.number.is_zero() && moved.comparator == Comparator::AtLeast {
            self.report(
                Diagnostic::new(&code::NOT_POSITIVE, quantity.span, "no change at all is a change by at least zero")
                    .label("met where nothing has changed")
                    .help("write `> 0`, or how much the change must be"),
            );
            return None;
        }
        if quantity.number.is_sign_negative() && !quantity.number.is_zero() {
            self.report(
                Diagnostic::new(&code::NOT_POSITIVE, quantity.span, "a change has no sign of its own")
                    .label("negative")
                    .help("`rose by` and `fell by`, `improved by` and `worsened by` say the direction"),
            );
            return None;
        }
        Some(())
    }
}

impl ir::Range {
    fn with(self, instead: Vec<(Truth, Self)>) -> Ask {
        Ask::InRange { range: self, instead }
    }
}
