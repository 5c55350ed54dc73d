//! Time clauses, moments and anchors.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::checker::{Checker, Context, a_kind};
use super::names::{ConceptIx, Meaning, ModuleId, PartKind};
use super::timeline::approximate_days;
use crate::ast::{self, AnchorKind, Point, TimeKind};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, ConceptKind, Exact, TimeUnit};
use crate::span::Span;
use crate::units::UnitKind;

/// 120 years, in days.
const LIFETIME: f64 = 43_830.0;

/// What a window is put around, which decides what may stand in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Narrows {
    /// Exposure to drugs, each with its own half-life.
    Exposure,
    Other,
}

impl Checker<'_> {
    pub(super) fn window(&mut self, time: &ast::Time, context: Context<'_>, narrows: Narrows) -> Option<ir::Window> {
        let module = context.module;
        Some(match &time.kind {
            TimeKind::Within { reach, whichever, anchor } => {
                let mut lengths = Vec::new();
                for quantity in reach {
                    lengths.push(self.reaching(quantity, narrows)?);
                }
                if lengths.len() > 1 && whichever.is_none() {
                    self.report(
                        Diagnostic::new(&code::CLAUSE_NOT_HERE, time.span, "which of the two lengths holds?")
                            .label("two lengths")
                            .help("add `, whichever is longer` or `, whichever is shorter` at the end"),
                    );
                    return None;
                }
                let (side, anchor) = match anchor {
                    Some((side, anchor)) => (side_of(*side), Some(self.anchor(anchor, module)?)),
                    None => (ir::Side::Before, None),
                };
                let shorter = *whichever == Some(ast::Whichever::Shorter);
                let whichever = if shorter { ir::Whichever::Shorter } else { ir::Whichever::Longer };
                ir::Window::Within { reach: ir::Reach { lengths, whichever }, side, anchor }
            }
            TimeKind::Away { distance, side, anchor } => {
                let distance = self.reaching(distance, narrows)?;
                ir::Window::AtLeast { distance, side: side_of(*side), anchor: self.anchor(anchor, module)? }
            }
            TimeKind::Span(from, to) => {
                let (from_moment, to_moment) = (self.moment(from, module), self.moment(to, module));
                let (from_moment, to_moment) = (from_moment?, to_moment?);
                self.moments_in_order(&from_moment, &to_moment, time.span)?;
                ir::Window::Between { from: from_moment, to: to_moment }
            }
            TimeKind::At(moment) => ir::Window::At { moment: self.moment(moment, module)? },
            TimeKind::During(name) => match self.resolve(module, name)? {
                Meaning::Part(PartKind::Epoch) => ir::Window::DuringEpoch { epoch: ir::EpochId(name.text.clone()) },
                Meaning::Concept(ix) if self.lasts(ix) => ir::Window::DuringEvent { event: self.concept_id(ix) },
                other @ (Meaning::Part(_)
                | Meaning::Concept(_)
                | Meaning::Definition(_)
                | Meaning::Set(_)
                | Meaning::Lost) => {
                    self.wrong_kind(name, other, "an epoch, a treatment or a condition");
                    return None;
                }
            },
            TimeKind::Beside(side, anchor) => {
                ir::Window::Beside { side: side_of(*side), anchor: self.anchor(anchor, module)? }
            }
        })
    }

    /// How far a window reaches: in half-lives only around what a drug is asked of.
    fn reaching(&mut self, quantity: &ast::Quantity, narrows: Narrows) -> Option<ir::Duration> {
        let duration = self.duration_or(quantity, Some(TimeUnit::HalfLives))?;
        if duration.unit == TimeUnit::HalfLives && narrows != Narrows::Exposure {
            self.half_lives_misplaced(quantity.span);
            return None;
        }
        Some(duration)
    }

    pub(super) fn half_lives_misplaced(&mut self, span: Span) {
        self.report(
            Diagnostic::new(&code::HALF_LIVES, span, "half-lives are those of a drug, and none stands before this")
                .label("whose half-life?")
                .help("say it behind the drug: `received rituximab within 5 half_lives`"),
        );
    }

    fn lasts(&self, ix: ConceptIx) -> bool {
        matches!(
            self.concept(ix).kind,
            ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event
        )
    }

    /// A length of time, more than zero.
    pub(super) fn duration(&mut self, quantity: &ast::Quantity) -> Option<ir::Duration> {
        self.duration_or(quantity, None)
    }

    /// The same, where half-lives or cycles mean something too.
    pub(super) fn duration_or(&mut self, quantity: &ast::Quantity, also: Option<TimeUnit>) -> Option<ir::Duration> {
        let duration = self.any_duration(quantity)?;
        self.positive(quantity)?;
        if approximate_days(&duration).is_some_and(|days| days > LIFETIME) {
            self.report(
                Diagnostic::new(&code::NOT_A_DURATION, quantity.span, "this is longer than a life")
                    .label("is the unit right?")
                    .help("at most 120 years"),
            );
            return None;
        }
        match duration.unit {
            TimeUnit::HalfLives if also != Some(TimeUnit::HalfLives) => {
                self.half_lives_misplaced(quantity.span);
                None
            }
            TimeUnit::Cycles if also != Some(TimeUnit::Cycles) => {
                self.report(
                    Diagnostic::new(&code::NOT_A_DURATION, quantity.span, "cycles of what?")
                        .label("cycles mean something only inside a treatment")
                        .help("say it in days, weeks or months"),
                );
                None
            }
            TimeUnit::Minutes
            | TimeUnit::Hours
            | TimeUnit::Days
            | TimeUnit::Weeks
            | TimeUnit::Months
            | TimeUnit::Years
            | TimeUnit::HalfLives
            | TimeUnit::Cycles => Some(duration),
        }
    }

    fn any_duration(&mut self, quantity: &ast::Quantity) -> Option<ir::Duration> {
        let Some(written) = &quantity.unit else {
            self.report(
                Diagnostic::new(&code::MISSING_UNIT, quantity.span, "a length of time needs a unit")
                    .label("a number without its unit")
                    .help("such as `days`, `weeks`, `months` or `years`"),
            );
            return None;
        };
        let unit = self.unit(written)?;
        let known = match unit.kind() {
            UnitKind::HalfLives => Some(TimeUnit::HalfLives),
            UnitKind::Cycles => Some(TimeUnit::Cycles),
            UnitKind::CalendarMonths(1) => Some(TimeUnit::Months),
            UnitKind::CalendarMonths(12) => Some(TimeUnit::Years),
            UnitKind::Plain
            | UnitKind::Percent
            | UnitKind::PercentPredicted
            | UnitKind::UpperLimit
            | UnitKind::LowerLimit
            | UnitKind::CalendarMonths(_)
            | UnitKind::Special => match unit.code() {
                "wk" => Some(TimeUnit::Weeks),
                "d" => Some(TimeUnit::Days),
                "h" => Some(TimeUnit::Hours),
                "min" => Some(TimeUnit::Minutes),
                _ => None,
            },
        };
        let Some(unit) = known else {
            self.report(
                Diagnostic::new(
                    &code::NOT_A_DURATION,
                    written.span,
                    format!("`{}` is no unit of time here", written.text),
                )
                .label(format!("this is {}", unit.dimension()))
                .help("use `minutes`, `hours`, `days`, `weeks`, `months` or `years`"),
            );
            return None;
        };
        let whole = quantity.number.fract().is_zero();
        if !whole && matches!(unit, TimeUnit::Months | TimeUnit::Years) {
            self.report(
                Diagnostic::new(&code::NOT_A_DURATION, quantity.span, "months and years are counted in whole ones")
                    .label("no calendar has a part of a month")
                    .help("say it in months, weeks or days"),
            );
            return None;
        }
        Some(ir::Duration { value: Exact(quantity.number), unit })
    }

    pub(super) fn moment(&mut self, moment: &ast::Moment, module: ModuleId) -> Option<ir::Moment> {
        let offset = match &moment.offset {
            Some((quantity, side)) => Some((self.duration(quantity)?, side_of(*side))),
            None => None,
        };
        Some(ir::Moment { offset, anchor: self.anchor(&moment.anchor, module)? })
    }

    pub(super) fn anchor(&mut self, anchor: &ast::Anchor, module: ModuleId) -> Option<ir::Anchor> {
        match &anchor.kind {
            AnchorKind::Week(number) => self.study_day(*number, 7, anchor.span),
            AnchorKind::Day(number) => self.study_day(*number, 1, anchor.span),
            AnchorKind::Date(date) => Some(ir::Anchor::Date(date_text(date))),
            AnchorKind::Name(name) => self.named_anchor(name, module),
            AnchorKind::Point(point, name) => self.point(*point, name, module),
            AnchorKind::Pick { first, route, names } => {
                let mut of = Vec::new();
                for name in names {
                    let ix = self.resolve_concept(module, name, "something that happens to a patient")?;
                    if !self.lasts(ix) {
                        let kind = a_kind(self.concept(ix).kind);
                        self.report(
                            Diagnostic::new(
                                &code::NOT_A_MOMENT,
                                name.span,
                                format!("`{}` is {kind}: it does not happen", name.text),
                            )
                            .label("no event"),
                        );
                        return None;
                    }
                    of.push(self.concept_id(ix));
                }
                let route = route.map(|(route, _)| route.into());
                Some(if *first { ir::Anchor::First { of, route } } else { ir::Anchor::Last { of, route } })
            }
        }
    }

    /// Study day 1 is the header's `day_1`; there is no day 0, and week n is day 7n + 1.
    fn study_day(&mut self, number: Decimal, per: i32, span: Span) -> Option<ir::Anchor> {
        let Some(whole) = number.to_i32().filter(|_| number.fract().is_zero()) else {
            self.report(
                Diagnostic::new(&code::NOT_A_MOMENT, span, "study days and weeks are whole numbers")
                    .label("not a whole number"),
            );
            return None;
        };
        if per == 1 && whole == 0 {
            self.report(
                Diagnostic::new(&code::NOT_A_MOMENT, span, "there is no day 0")
                    .label("not a study day")
                    .help("day 1 is the day of the header's `day_1`, the day before it is day -1"),
            );
            return None;
        }
        if whole.unsigned_abs() > 100_000 {
            self.report(
                Diagnostic::new(&code::OUTSIDE_TRIAL, span, "no trial lasts that long").label("more than 100 000"),
            );
            return None;
        }
        self.day_one_needed.get_or_insert(span);
        let day = if per == 1 {
            whole
        } else if whole >= 0 {
            whole.saturating_mul(7).saturating_add(1)
        } else {
            whole.saturating_mul(7)
        };
        Some(ir::Anchor::StudyDay(day))
    }

    /// A file that counts study days says what day 1 is.
    pub(super) fn needs_day_one(&mut self) {
        if let Some(span) = self.day_one_needed
            && self.draft.header.day_1.is_none()
            && !self.draft.broken
            && !self.day_one_reported
        {
            self.report(
                Diagnostic::new(
                    &code::NO_DAY_ONE,
                    span,
                    "study days are counted from day 1, and the header does not say what day 1 is",
                )
                .label("counted from where?")
                .help("add `day_1 randomization` or `day_1 first_dose` to the header"),
            );
        }
    }

    fn named_anchor(&mut self, name: &ast::Name, module: ModuleId) -> Option<ir::Anchor> {
        match self.resolve(module, name)? {
            Meaning::Part(PartKind::Visit) => Some(ir::Anchor::Visit(ir::VisitId(name.text.clone()))),
            Meaning::Part(PartKind::Epoch) => {
                self.report(
                    Diagnostic::new(&code::NOT_A_MOMENT, name.span, format!("`{}` is an epoch: it lasts", name.text))
                        .label("its start or its end?")
                        .help(format!("write `start of {0}`, `end of {0}` or `during {0}`", name.text))
                        .guess("take its end", name.span.before(), "end of "),
                );
                None
            }
            Meaning::Concept(ix) if self.happens_once(ix) => Some(ir::Anchor::Event(self.concept_id(ix))),
            Meaning::Concept(ix) if self.lasts(ix) => {
                let text = &name.text;
                self.report(
                    Diagnostic::new(
                        &code::AMBIGUOUS_ANCHOR,
                        name.span,
                        format!("`{text}` may have happened more than once"),
                    )
                    .label("which one?")
                    .help(format!("write `first {text}` or `last {text}`")),
                );
                None
            }
            other @ (Meaning::Part(_)
            | Meaning::Concept(_)
            | Meaning::Definition(_)
            | Meaning::Set(_)
            | Meaning::Lost) => {
                let is = self.a(other);
                self.report(
                    Diagnostic::new(&code::NOT_A_MOMENT, name.span, format!("`{}` is {is}, not a moment", name.text))
                        .label("not a moment")
                        .help("moments are events of the trial such as `screening`, visits, `week 4`, `day 1`, dates and `last X`"),
                );
                None
            }
        }
    }

    /// Events of the trial and death happen at most once.
    pub(super) fn happens_once(&self, ix: ConceptIx) -> bool {
        let core = self.draft.concept_modules.get(ix.index()).copied().flatten() == Some("core");
        let concept = self.concept(ix);
        concept.kind == ConceptKind::Event
            && (core && self.concept_id(ix).as_str() != "hospitalization"
                || concept.classes.iter().any(|class| class.as_str() == "single_event"))
    }

    fn point(&mut self, point: Point, name: &ast::Name, module: ModuleId) -> Option<ir::Anchor> {
        match self.resolve(module, name)? {
            Meaning::Part(PartKind::Epoch) => {
                let epoch = ir::EpochId(name.text.clone());
                Some(if point == Point::End { ir::Anchor::EpochEnd(epoch) } else { ir::Anchor::EpochStart(epoch) })
            }
            Meaning::Concept(ix) if self.lasts(ix) => {
                let id = self.concept_id(ix);
                Some(if point == Point::End { ir::Anchor::EndOf(id) } else { ir::Anchor::StartOf(id) })
            }
            other @ (Meaning::Part(_)
            | Meaning::Concept(_)
            | Meaning::Definition(_)
            | Meaning::Set(_)
            | Meaning::Lost) => {
                self.wrong_kind(name, other, "an epoch or something that a patient has or gets");
                None
            }
        }
    }

    /// Says so where a span ends before it starts, as far as that can be seen without a patient.
    pub(super) fn moments_in_order(&mut self, from: &ir::Moment, to: &ir::Moment, span: Span) -> Option<()> {
        if let (Some(first), Some(last)) = (relative_days(from), relative_days(to))
            && first.0 == last.0
            && first.1 > last.1
        {
            self.report(
                Diagnostic::new(&code::INVERTED_RANGE, span, "this span ends before it starts")
                    .label("from later to earlier")
                    .help("the earlier moment comes first"),
            );
            return None;
        }
        Some(())
    }
}

/// What a moment is counted from, and how many days lie between, as near as can be said.
fn relative_days(moment: &ir::Moment) -> Option<(String, f64)> {
    let offset = match &moment.offset {
        Some((duration, side)) => {
            let days = super::timeline::approximate_days(duration)?;
            if *side == ir::Side::Before { -days } else { days }
        }
        None => 0.0,
    };
    match &moment.anchor {
        ir::Anchor::StudyDay(day) => Some(("day".to_owned(), f64::from(*day) + offset)),
        ir::Anchor::Date(date) => {
            let full = format!("{date}-01-01").chars().take(10).collect::<String>();
            let days: jiff::civil::Date = full.parse().ok()?;
            let since = days.since(jiff::civil::Date::new(1800, 1, 1).ok()?).ok()?;
            Some(("date".to_owned(), f64::from(since.get_days()) + offset))
        }
        ir::Anchor::EpochStart(epoch) => Some((format!("start {epoch}"), offset)),
        ir::Anchor::EpochEnd(epoch) => Some((format!("end {epoch}"), offset)),
        ir::Anchor::Event(event) | ir::Anchor::StartOf(event) => Some((format!("event {event}"), offset)),
        ir::Anchor::Visit(visit) => Some((format!("visit {visit}"), offset)),
        ir::Anchor::EndOf(event) => Some((format!("end of {event}"), offset)),
        ir::Anchor::First { .. } | ir::Anchor::Last { .. } => None,
    }
}

/// A date as far as it is known.
pub(super) fn date_text(date: &ast::Date) -> String {
    match (date.month, date.day, date.time) {
        (Some(month), Some(day), Some((hour, minute))) => {
            format!("{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}", date.year)
        }
        (Some(month), Some(day), None) => format!("{:04}-{month:02}-{day:02}", date.year),
        (Some(month), None, _) => format!("{:04}-{month:02}", date.year),
        (None, _, _) => format!("{:04}", date.year),
    }
}

pub(super) fn side_of(side: ast::Side) -> ir::Side {
    match side {
        ast::Side::Before => ir::Side::Before,
        ast::Side::After => ir::Side::After,
    }
}
