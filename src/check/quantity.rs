//! Numbers with units: what the author wrote behind a number, and what it must fit.

use rust_decimal::Decimal;

use super::checker::Checker;
use super::names::ConceptIx;
use crate::ast;
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, Exact};
use crate::span::Span;
use crate::units::{Body, DoseUnit, Unit, UnitError, UnitKind};

/// What a number is held against: the unit it must fit, and the measure whose bounds it must keep.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub unit: Unit,
    pub measure: Option<ConceptIx>,
    /// Whether the number must keep the measure's bounds: a change need not.
    pub bounds: Bounds,
    /// What the number is compared with, in the author's words.
    pub what: String,
}

/// Whether a number is held against the range of its measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bounds {
    Kept,
    Ignored,
}

impl Checker<'_> {
    /// A unit as written; reported where it is none.
    pub(super) fn unit(&mut self, unit: &ast::UnitText) -> Option<Unit> {
        // `mg/24h`: an amount a day.
        let day = ["/24h", "/24hr", "/24hrs", "/24hours"].iter().find_map(|day| unit.text.strip_suffix(day));
        if let Some(right) = day.map(|amount| format!("{amount}/d")).filter(|right| Unit::parse(right).is_ok()) {
            self.report(
                Diagnostic::new(
                    &code::UNKNOWN_UNIT,
                    unit.span,
                    format!("`{}` has a number of its own: `24`", unit.text),
                )
                .label("24 hours are a day")
                .help(format!("write `{right}`"))
                .fix(format!("write `{right}`"), unit.span, right),
            );
            return None;
        }
        if let Some(number) = stray_number(&unit.text) {
            self.report(
                Diagnostic::new(
                    &code::UNKNOWN_UNIT,
                    unit.span,
                    format!("`{}` has a number of its own: `{number}`", unit.text),
                )
                .label("numbers stand before the unit")
                .help("is a letter missing, as in `mg/m2`? A power of ten is whole: `10*9/L`"),
            );
            return None;
        }
        match self.units.get(&unit.text) {
            Ok(unit) => Some(unit),
            Err(error) => {
                self.unknown_unit(unit, &error);
                None
            }
        }
    }

    pub(super) fn unknown_unit(&mut self, unit: &ast::UnitText, error: &UnitError) {
        let text = &unit.text;
        let mut found =
            Diagnostic::new(&code::UNKNOWN_UNIT, unit.span, format!("`{text}` is not a unit")).label("unknown unit");
        found = match error.corrected(text) {
            Some(right) => {
                found.help(format!("did you mean `{right}`?")).guess(format!("write `{right}`"), unit.span, right)
            }
            None => match error {
                UnitError::Malformed { why, .. } => found.help((*why).to_owned()),
                UnitError::Unknown { part, .. } => found.help(format!(
                    "`{part}` is unknown; units are those of UCUM, `trialc list units` shows the usual ones"
                )),
                UnitError::Empty => found,
            },
        };
        self.report(found);
    }

    /// A number with its unit, whatever it is; a number alone has the unit `1`.
    pub(super) fn free_quantity(&mut self, quantity: &ast::Quantity) -> Option<ir::Quantity> {
        let unit = match &quantity.unit {
            Some(unit) => self.unit(unit)?,
            None => Unit::one(),
        };
        Some(ir::Quantity { value: Exact(quantity.number), unit })
    }

    /// A number that is held against something: its unit must fit, and its value make sense.
    pub(super) fn fitting(&mut self, quantity: &ast::Quantity, wanted: &Wanted) -> Option<ir::Quantity> {
        let unit = self.fitting_unit(quantity.unit.as_ref(), quantity.span, wanted)?;
        let result = ir::Quantity { value: Exact(quantity.number), unit };
        self.whole_years(quantity.number, quantity.span, wanted);
        if matches!(result.unit.kind(), UnitKind::UpperLimit | UnitKind::LowerLimit) {
            self.positive(quantity)?;
        }
        self.plausible(&result, quantity.span, wanted);
        Some(result)
    }

    pub(super) fn fitting_range(&mut self, range: &ast::Range, wanted: &Wanted) -> Option<ir::Range> {
        self.ordered(range.low, range.high, range.span)?;
        let unit = self.fitting_unit(range.unit.as_ref(), range.span, wanted)?;
        self.whole_years(range.low, range.span, wanted);
        self.whole_years(range.high, range.span, wanted);
        let result = ir::Range { low: Exact(range.low), high: Exact(range.high), unit };
        for end in [result.low, result.high] {
            if !self.plausible(&ir::Quantity { value: end, unit: result.unit.clone() }, range.span, wanted) {
                break;
            }
        }
        Some(result)
    }

    /// Age is counted in completed years, so no age has a fraction.
    fn whole_years(&mut self, number: Decimal, span: Span, wanted: &Wanted) {
        let is_age = wanted.measure.is_some_and(|measure| self.concept_id(measure).as_str() == "age");
        if is_age && !number.fract().is_zero() {
            self.report(
                Diagnostic::new(
                    &code::NOT_A_DURATION,
                    span,
                    format!("age is counted in whole ones, and {number} is none"),
                )
                .label("not a whole number")
                .help("say it in months where years are too coarse"),
            );
        }
    }

    /// Says so where a range ends before it starts.
    pub(super) fn ordered(&mut self, low: Decimal, high: Decimal, span: Span) -> Option<()> {
        if low <= high {
            return Some(());
        }
        let unit =
            self.sources.text(span).trim_start_matches(|c: char| !c.is_alphabetic() && c != '%').trim().to_owned();
        let mut found =
            Diagnostic::new(&code::INVERTED_RANGE, span, format!("the range begins with {low} and ends with {high}"))
                .label("ends before it starts");
        let right = format!("{high}..{low} {unit}").trim_end().to_owned();
        found = found.help(format!("write `{right}`")).guess("turn the range round", span, right);
        self.report(found);
        None
    }

    fn fitting_unit(&mut self, unit: Option<&ast::UnitText>, span: Span, wanted: &Wanted) -> Option<Unit> {
        let Some(written) = unit else {
            if wanted.unit.dimension().is_number() {
                return Some(wanted.unit.clone());
            }
            let code = wanted.unit.code().to_owned();
            let spelled = spelling(&code);
            self.report(
                Diagnostic::new(&code::MISSING_UNIT, span, format!("{} needs a unit", wanted.what))
                    .label("a number without its unit")
                    .help(format!("it is usually given in `{spelled}`")),
            );
            return None;
        };
        let found = self.unit(written)?;
        match found.kind() {
            UnitKind::UpperLimit | UnitKind::LowerLimit => return self.limit_of_normal(&found, written, wanted),
            UnitKind::HalfLives
            | UnitKind::Cycles
            | UnitKind::Plain
            | UnitKind::Percent
            | UnitKind::PercentPredicted
            | UnitKind::CalendarMonths(_)
            | UnitKind::Special => {}
        }
        let substance = wanted.measure.is_some_and(|measure| self.concept(measure).molar_mass.is_some());
        if found.fits(&wanted.unit) || substance && found.fits_substance(&wanted.unit) {
            return Some(found);
        }
        self.wrong_dimension(&found, written, wanted);
        None
    }

    fn wrong_dimension(&mut self, found: &Unit, written: &ast::UnitText, wanted: &Wanted) {
        let expected = spelling(wanted.unit.code());
        let mut diagnostic = Diagnostic::new(
            &code::WRONG_DIMENSION,
            written.span,
            format!("`{}` does not fit {}", written.text, wanted.what),
        )
        .label(format!("this is {}", found.dimension()));
        diagnostic = if found.fits_substance(&wanted.unit) {
            diagnostic.help(format!(
                "mass and amount convert through the molar mass alone, and the library has none for it: use `{expected}`"
            ))
        } else if wanted.unit.dimension().is_number() {
            diagnostic.help("a plain number without a unit is needed here")
        } else {
            diagnostic.help(format!("{} is needed here, such as `{expected}`", wanted.unit.dimension()))
        };
        self.report(diagnostic);
    }

    /// `1.5 ULN`: only a lab has limits of normal.
    fn limit_of_normal(&mut self, unit: &Unit, written: &ast::UnitText, wanted: &Wanted) -> Option<Unit> {
        if wanted.measure.is_some_and(|measure| self.has_limits(measure)) {
            return Some(unit.clone());
        }
        let usual = spelling(wanted.unit.code());
        self.report(
            Diagnostic::new(&code::NO_LIMIT, written.span, format!("{} has no limit of normal", wanted.what))
                .label(format!("`{}` belongs to a laboratory result", written.text))
                .help(if usual.is_empty() {
                    "give the limit as a plain number".to_owned()
                } else {
                    format!("give the limit in `{usual}`")
                }),
        );
        None
    }

    /// A laboratory prints its limits of normal with a result; a scale or a blood pressure has none.
    pub(super) fn has_limits(&self, measure: ConceptIx) -> bool {
        let concept = self.concept(measure);
        concept.kind == ir::ConceptKind::Lab && !matches!(concept.library.as_str(), "core" | "vitals")
    }

    /// Whether a value can be meant; reported where no laboratory would report it, or no score has it.
    pub(super) fn plausible(&mut self, quantity: &ir::Quantity, span: Span, wanted: &Wanted) -> bool {
        let Some(measure) = wanted.measure.filter(|_| wanted.bounds == Bounds::Kept) else { return true };
        let concept = self.concept(measure);
        let (bounds, is_score) = match (&concept.range, &concept.plausible) {
            (Some(range), _) => (range.clone(), true),
            (None, Some(range)) => (range.clone(), false),
            (None, None) => return true,
        };
        let Some(value) = self.converted(quantity, &bounds.unit, measure) else { return true };
        let (low, high) = (bounds.low.rational(), bounds.high.rational());
        if low <= value && value <= high {
            return true;
        }
        let unit = spelling(bounds.unit.code());
        let between = format!("{}..{} {unit}", bounds.low, bounds.high).trim_end().to_owned();
        let written = format!("{} {}", quantity.value, spelling(quantity.unit.code())).trim_end().to_owned();
        if is_score {
            self.report(
                Diagnostic::new(&code::OUTSIDE_SCORE, span, format!("{} can never be {written}", wanted.what))
                    .label("outside its range")
                    .help(format!("its range is {between}")),
            );
        } else {
            let mut found =
                Diagnostic::new(&code::IMPLAUSIBLE, span, format!("{} of {written} is not plausible", wanted.what))
                    .label("is the unit right?");
            found = match self.right_unit(quantity, &bounds, measure) {
                Some(right) => found
                    .help(format!("what is reported lies in {between}; did you mean `{} {right}`?", quantity.value)),
                None => found.help(format!("what is reported lies in {between}")),
            };
            self.report(found);
        }
        false
    }

    /// A value in another unit, through the molar mass where the measure has one.
    pub(super) fn converted(
        &self,
        quantity: &ir::Quantity,
        to: &Unit,
        measure: ConceptIx,
    ) -> Option<num_rational::BigRational> {
        let value = quantity.value.rational();
        match &self.concept(measure).molar_mass {
            Some(mass) => {
                let gram_per_mole = Unit::parse("g/mol").ok()?;
                let mass = mass.unit.convert(&mass.value.rational(), &gram_per_mole).ok()?;
                quantity.unit.convert_substance(&value, to, &mass).ok()
            }
            None => quantity.unit.convert(&value, to).ok(),
        }
    }

    /// The unit in which the same number would be plausible.
    fn right_unit(&self, quantity: &ir::Quantity, bounds: &ir::Range, measure: ConceptIx) -> Option<String> {
        const USUAL: &[&str] = &[
            "g/L",
            "g/dL",
            "mg/dL",
            "umol/L",
            "mmol/L",
            "nmol/L",
            "pmol/L",
            "ug/L",
            "ng/mL",
            "10*9/L",
            "10*12/L",
            "{cells}/uL",
            "mg/L",
            "U/L",
            "%",
            "mm[Hg]",
            "kPa",
            "kg",
            "cm",
            "m",
        ];
        USUAL.iter().find_map(|code| {
            let unit = Unit::parse(code).ok()?;
            let other = ir::Quantity { value: quantity.value, unit };
            let value = self.converted(&other, &bounds.unit, measure)?;
            (bounds.low.rational() <= value && value <= bounds.high.rational()).then(|| spelling(code))
        })
    }

    // ---- doses -----------------------------------------------------------------------------------------------------

    /// An amount of a drug.
    pub(super) fn dose(&mut self, quantity: &ast::Quantity) -> Option<ir::Dose> {
        self.dose_of(quantity.number, quantity.unit.as_ref(), quantity.span)
    }

    pub(super) fn dose_of(&mut self, number: Decimal, unit: Option<&ast::UnitText>, span: Span) -> Option<ir::Dose> {
        let Some(written) = unit else {
            self.report(
                Diagnostic::new(&code::MISSING_UNIT, span, "a dose needs a unit")
                    .label("a number without its unit")
                    .help("such as `mg`, `mg/kg/d` or `mg/m2`"),
            );
            return None;
        };
        let unit = self.unit(written)?;
        let dose = match DoseUnit::of(&unit) {
            Ok(dose) => dose,
            Err(why) => {
                self.report(
                    Diagnostic::new(
                        &code::WRONG_DOSE_UNIT,
                        written.span,
                        format!("`{}` is no unit of a dose", written.text),
                    )
                    .label(why)
                    .help("a dose is an amount, by weight (`/kg`) or surface (`/m2`), for a time (`/d`)"),
                );
                return None;
            }
        };
        if !is_amount(&dose.amount) {
            let what = dose.amount.dimension().to_string();
            self.report(
                Diagnostic::new(
                    &code::WRONG_DOSE_UNIT,
                    written.span,
                    format!("`{}` is no unit of a dose", written.text),
                )
                .label(format!("this is {what}"))
                .help("a dose is a mass, an amount of substance, a volume, units or gray"),
            );
            return None;
        }
        dose.per_body.iter().for_each(|body| self.reckoned_by(*body));
        Some(ir::Dose {
            value: Exact(number),
            unit: dose.amount,
            per_body: dose.per_body.map(|body| match body {
                Body::Weight => ir::Body::Weight,
                Body::Surface => ir::Body::Surface,
            }),
            per_time: dose.per_time,
        })
    }
}

/// A number where a unit's letters belong: `mg/2`, `10*9.5/L`. Powers, annotations and `1.73m2` are as they should be.
fn stray_number(text: &str) -> Option<String> {
    if text.contains("1.73") {
        return None;
    }
    let mut depth = 0_usize;
    let mut previous = ' ';
    let mut power_of_ten = text.starts_with("10") || text.starts_with("x10") || text.starts_with("×10");
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            '0'..='9' if depth == 0 && matches!(previous, '/' | '.' | '·') => {
                let digits: String = text.get(at..)?.chars().take_while(char::is_ascii_digit).collect();
                return Some(digits);
            }
            '0' if depth == 0 && power_of_ten && matches!(previous, '*' | '^') => return Some("0".to_owned()),
            _ => {}
        }
        if c == '/' {
            power_of_ten = false;
        }
        previous = c;
    }
    None
}

/// Whether doses can be given in a unit: mass, substance, volume, units of effect, radiation, or pieces.
fn is_amount(unit: &Unit) -> bool {
    const AMOUNTS: &[&str] = &[
        "g",
        "mol",
        "L",
        "[IU]",
        "U",
        "Gy",
        "Bq",
        "1",
        "kcal",
        "[arb'U]",
        "eq",
        "min",
        "L/min",
        "[AU]",
        "[PFU]",
        "[CFU]",
        "{cells}",
        "{copies}",
        "%",
        "mg.min/mL",
    ];
    AMOUNTS.iter().any(|code| Unit::parse(code).is_ok_and(|amount| amount.fits(unit)))
        || unit.dimension().to_string().contains("arbitrary")
}

/// A UCUM code as protocols write it.
pub(super) fn spelling(code: &str) -> String {
    match code {
        "1" => String::new(),
        "a" => "years".to_owned(),
        "mo" => "months".to_owned(),
        "wk" => "weeks".to_owned(),
        "d" => "days".to_owned(),
        "[IU]" => "IU".to_owned(),
        other => other.replace("[IU]", "IU"),
    }
}
