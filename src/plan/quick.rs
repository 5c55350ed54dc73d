//! From a chart straight to the facts of a plan.
//!
//! Reads what most charts are made of, and says so where there is something else: a fact that cannot be read, an entry that
//! no library knows. Then the record is made, with its complaints, and the facts of that. Both give the same facts.

use std::sync::{PoisonError, RwLock};

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use rustc_hash::FxHashMap;

use super::facts::{Anchor, Cause, Facts, Occurrence, Outcome, Said, number};
use super::{ConceptAt, Number, Plan};
use crate::chart::{self, Chart, Digits, Kind, Of};
use crate::ir::{Concept, ConceptKind, Word};
use crate::record::{Building, MEASURES, PAST, Precision, Reader, Span, When, in_usual_unit, is_known};
use crate::units::Unit;

/// What is looked up again and again.
#[derive(Debug, Default)]
pub struct Quick {
    /// Whether limits of normal come from a table of the site's: the record knows whose.
    by_site: bool,
    /// Names of everything that facts can be of.
    names: FxHashMap<String, ConceptAt>,
    /// What has been found out about units and names.
    found: RwLock<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// By measure and unit as it was written.
    units: FxHashMap<ConceptAt, FxHashMap<String, Option<Conversion>>>,
    /// Names and codes that are nothing of the protocol's, and whether a library knows them.
    names: FxHashMap<String, bool>,
    codes: FxHashMap<Vec<chart::Code>, bool>,
}

/// From a unit into that of the measure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Conversion {
    Same,
    /// `factor * x`, with the digits of the factor.
    Times(Number),
    /// `factor * x + offset`, rounded.
    Linear {
        factor: f64,
        offset: f64,
    },
}

/// More units and names than this are looked up each time.
const MOST: usize = 4_096;

impl Quick {
    #[must_use]
    pub fn new(reader: &Reader<'_>, plan: &Plan) -> Self {
        let names =
            plan.concepts.iter().zip((0..).map(ConceptAt)).map(|(slot, at)| (slot.id.to_string(), at)).collect();
        Self { by_site: !reader.site.ranges.is_empty(), names, found: RwLock::default() }
    }

    /// The facts of a chart; nothing where it holds something that has to be looked at more closely.
    #[must_use]
    pub fn facts(&self, reader: &Reader<'_>, plan: &Plan, chart: &Chart) -> Option<Facts> {
        if self.by_site {
            return None;
        }
        let mut building = Building::new(reader, "");
        building.dates(chart);
        if !building.record.refused.is_empty() || building.record.unused > 0 {
            return None;
        }
        let mut reading = Reading { quick: self, reader, plan, building, facts: Facts::default() };
        reading.chart(chart)?;
        Some(reading.facts)
    }

    fn conversion(&self, at: ConceptAt, concept: &Concept, written: Option<&str>) -> Option<Conversion> {
        let written = written.map(str::trim).unwrap_or_default();
        let usual = || concept.unit.clone().unwrap_or_else(Unit::one);
        if concept.unit.as_ref().is_some_and(|unit| unit.code() == written) {
            return Some(Conversion::Same);
        }
        let units = |found: &Found| found.units.get(&at).and_then(|units| units.get(written).copied());
        if let Some(known) = units(&self.found.read().unwrap_or_else(PoisonError::into_inner)) {
            return known;
        }
        let found = if written.is_empty() {
            let usual = usual();
            let plain = usual.dimension().is_number() && usual.kind() == crate::units::UnitKind::Plain;
            plain.then_some(Conversion::Same)
        } else {
            let unit = Unit::from_ucum(written).or_else(|_| Unit::parse(written)).ok();
            unit.and_then(|unit| if unit == usual() { Some(Conversion::Same) } else { linear(concept, &unit) })
        };
        let mut memory = self.found.write().unwrap_or_else(PoisonError::into_inner);
        let units = memory.units.entry(at).or_default();
        if units.len() < MOST {
            units.insert(written.to_owned(), found);
        }
        found
    }

    /// Whether a name or code that is nothing of the protocol's is known to a library.
    fn is_known(&self, of: &Of) -> bool {
        let known = |found: &Found| match of {
            Of::Name(name) => found.names.get(name.as_str()).copied(),
            Of::Codes(codes) => found.codes.get(codes.as_slice()).copied(),
        };
        if let Some(known) = known(&self.found.read().unwrap_or_else(PoisonError::into_inner)) {
            return known;
        }
        let known = is_known(of);
        let mut memory = self.found.write().unwrap_or_else(PoisonError::into_inner);
        if memory.names.len() + memory.codes.len() < MOST {
            match of {
                Of::Name(name) => memory.names.insert(name.clone(), known),
                Of::Codes(codes) => memory.codes.insert(codes.clone(), known),
            };
        }
        known
    }
}

/// The double of a decimal of no more than [`Number::MOST`] digits, which a product may miss by its last bits.
fn nearest(product: f64) -> f64 {
    if product.fract() == 0.0 {
        return product;
    }
    format!("{product:.*e}", usize::from(Number::MOST) - 1).parse().unwrap_or(product)
}

/// Another unit as a factor and an offset.
fn linear(concept: &Concept, unit: &Unit) -> Option<Conversion> {
    let convert = |number: i64| in_usual_unit(concept, &BigRational::from_integer(number.into()), unit).ok();
    let offset = convert(0)?;
    let factor = convert(1)? - &offset;
    if offset.is_zero() {
        return Some(Conversion::Times(number(&factor)));
    }
    Some(Conversion::Linear { factor: factor.to_f64()?, offset: offset.to_f64()? })
}

/// What a fact is of.
enum Subject {
    Of(ConceptAt),
    /// Something that a library knows and the protocol does not speak of.
    Unused,
}

/// A chart on its way.
struct Reading<'q, 'r, 't> {
    quick: &'q Quick,
    reader: &'r Reader<'t>,
    plan: &'q Plan,
    /// Knows the dates of the trial, and reads what is the same for a record.
    building: Building<'r, 't>,
    facts: Facts,
}

impl Reading<'_, '_, '_> {
    fn chart(&mut self, chart: &Chart) -> Option<()> {
        self.person(chart)?;
        for observation in &chart.observations {
            self.observation(observation)?;
        }
        self.facts.birth = self.building.record.birth;
        self.facts.as_of = self.building.record.as_of;
        let lists: [(&[chart::Occurrence], ConceptKind); 4] = [
            (&chart.conditions, ConceptKind::Condition),
            (&chart.medications, ConceptKind::Drug),
            (&chart.procedures, ConceptKind::Procedure),
            (&chart.events, ConceptKind::Event),
        ];
        // Events of the trial that have taken place are occurrences too.
        for (event, dated) in &self.building.record.anchors {
            let Some(at) = self.plan.place(event.as_str()) else { continue };
            self.facts.anchors.push(Anchor { event: at, span: dated.when.span, planned: dated.planned });
        }
        for (event, occurrences) in &self.building.record.occurrences {
            let Some(at) = self.plan.place(event.as_str()) else { continue };
            let spans = occurrences.iter().map(|one| bare(at, one.start, one.end, one.single));
            self.facts.occurrences.extend(spans);
        }
        for (list, kind) in lists {
            for occurrence in list {
                self.occurrence(occurrence, kind)?;
            }
        }
        for key in chart.judged.keys() {
            if !self.plan.questions.iter().any(|known| known.as_str() == key) && !self.reader.is_asked(key) {
                return None;
            }
        }
        self.facts.answers = self.plan.questions.iter().map(|key| chart.judged.get(key.as_str()).copied()).collect();
        self.complete(chart)?;
        // In the order of the concepts, and of one in that of the chart.
        self.facts.results.sort_by_key(|result| result.of);
        self.facts.occurrences.sort_by_key(|one| one.of);
        self.facts.complete.sort_by_key(|(kind, _)| *kind);
        Some(())
    }

    fn person(&mut self, chart: &Chart) -> Option<()> {
        if let Some(text) = &chart.birth {
            self.building.record.birth = Some(text.parse::<When>().ok()?.span);
        }
        if let Some(sex) = &chart.sex {
            let Some(at) = self.plan.place("sex") else { return Some(()) };
            let when = self.building.screening_day().map_or(Span::EVER, |when| when.span);
            let said = Said::Word(self.word(at, sex)?);
            self.facts.results.push(Outcome { of: at, when, said, lower: None, upper: None });
        }
        Some(())
    }

    fn word(&self, at: ConceptAt, text: &str) -> Option<u32> {
        let words = &self.plan.concepts.get(at.at())?.words;
        let text = text.trim();
        let place = words.iter().position(|word| word.as_str().eq_ignore_ascii_case(text))?;
        u32::try_from(place).ok()
    }

    /// What a fact is of; nothing where it has to be looked at more closely.
    fn find(&self, of: &Of, kinds: &[ConceptKind]) -> Option<Subject> {
        let found = match of {
            Of::Name(name) => self.quick.names.get(name.trim()).copied(),
            Of::Codes(_) => {
                let found = self.reader.codes.find(self.reader.trial, of, kinds);
                found.and_then(|id| self.plan.place(id.as_str()))
            }
        };
        match found {
            Some(at) => {
                let id = &self.plan.concepts.get(at.at())?.id;
                let concept = self.reader.trial.concepts.get(id)?;
                kinds.contains(&concept.kind).then_some(Subject::Of(at))
            }
            None => self.quick.is_known(of).then_some(Subject::Unused),
        }
    }

    fn concept(&self, at: ConceptAt) -> Option<&Concept> {
        self.reader.trial.concepts.get(&self.plan.concepts.get(at.at())?.id)
    }

    // ---- results ---------------------------------------------------------------------------------------------------------------

    fn observation(&mut self, written: &chart::Observation) -> Option<()> {
        let Subject::Of(at) = self.find(&written.of, MEASURES)? else { return Some(()) };
        let name = self.plan.concepts.get(at.at())?.id.as_str();
        if name == "age" {
            let when = match &written.date {
                Some(text) => text.parse::<When>().ok()?,
                None => self.building.screening_day().unwrap_or(When::range(Span::EVER)),
            };
            self.building.age("age", written, when);
            return self.building.record.refused.is_empty().then_some(());
        }
        let when = match &written.date {
            Some(text) => text.parse::<When>().ok()?.span,
            None if name == "sex" => self.building.screening_day().map_or(Span::EVER, |when| when.span),
            None => Span::EVER,
        };
        let concept = self.concept(at)?;
        let coded = matches!(concept.kind, ConceptKind::Test | ConceptKind::Scale);
        if coded {
            // Limits of normal go with numbers.
            let said = Said::Word(self.word(at, &written.value.0)?);
            self.facts.results.push(Outcome { of: at, when, said, lower: None, upper: None });
            return Some(());
        }
        let conversion = self.quick.conversion(at, concept, written.unit.as_deref())?;
        let number = in_unit(decimal(&written.value)?, conversion);
        is_plausible(concept, number)?;
        let said = match written.comparator.as_deref().map(str::trim) {
            None | Some("" | "=") => Said::Exactly(number),
            Some("<") => Said::Below { limit: number, included: false },
            Some("<=") => Said::Below { limit: number, included: true },
            Some(">") => Said::Above { limit: number, included: false },
            Some(">=") => Said::Above { limit: number, included: true },
            Some(_) => return None,
        };
        let limit = |digits: &Option<Digits>| match digits {
            None => Some(None),
            Some(digits) => {
                let limit = in_unit(decimal(digits)?, conversion);
                Some((limit.value > 0.0).then_some(limit))
            }
        };
        let (lower, upper) = (limit(&written.lower_limit)?, limit(&written.upper_limit)?);
        self.facts.results.push(Outcome { of: at, when, said, lower, upper });
        Some(())
    }

    // ---- conditions, drugs, procedures, events -----------------------------------------------------------------------------------

    fn occurrence(&mut self, written: &chart::Occurrence, kind: ConceptKind) -> Option<()> {
        // What stands in the wrong list is looked at more closely.
        let Subject::Of(at) = self.find(&written.of, &[kind])? else { return Some(()) };
        let (start, end) = self.building.extent("", written);
        if !self.building.record.refused.is_empty() {
            return None;
        }
        if written.absent {
            let from = if written.start.is_some() || written.date.is_some() {
                Span::days(start.last_day(), 0).from
            } else {
                PAST
            };
            let to = if written.end.is_some() || written.date.is_some() {
                Span::days(0, end.first_day()).to
            } else {
                Span::days(0, self.building.last_day()).to
            };
            self.facts.absences.push((at, Span::new(from, to)));
            return Some(());
        }
        let mut one = bare(at, start, end, written.date.is_some());
        let attributes = &self.concept(at)?.attributes;
        let term = |text: &Option<String>, known: &[Word]| match text {
            None => Some(None),
            Some(text) => {
                let word = known.iter().find(|word| word.as_str().eq_ignore_ascii_case(text.trim()))?;
                Some(Some(self.plan.term(word)?))
            }
        };
        one.stage = term(&written.stage, &attributes.stages)?;
        one.histology = term(&written.histology, &attributes.histologies)?;
        one.severity = term(&written.severity, &attributes.severities)?;
        one.grade = match written.grade {
            None => None,
            Some(grade) => Some(grade).filter(|grade| (1..=5).contains(grade)).map(Some)?,
        };
        one.cause = self.cause(written.cause.as_ref())?;
        one.reason = self.cause(written.reason.as_ref())?;
        one.route = match &written.route {
            None => None,
            Some(route) => {
                let text = serde_json::Value::String(route.trim().to_ascii_lowercase());
                Some(serde_json::from_value(text).ok()?)
            }
        };
        if written.dose.is_some() && crate::record::dose::taken(written, kind == ConceptKind::Procedure).is_err() {
            return None;
        }
        self.facts.occurrences.push(one);
        Some(())
    }

    fn cause(&mut self, of: Option<&Of>) -> Option<Cause> {
        let Some(of) = of else { return Some(Cause::Unknown) };
        let found = self.building.reason("", of);
        if !self.building.record.refused.is_empty() {
            return None;
        }
        Some(found.map_or(Cause::Unknown, |of| self.plan.place(of.as_str()).map_or(Cause::Other, Cause::Of)))
    }

    fn complete(&mut self, chart: &Chart) -> Option<()> {
        for complete in &chart.complete {
            let read = |text: &Option<String>| match text {
                None => Some(None),
                Some(text) => text.parse::<When>().ok().map(Some),
            };
            // Complete from some day of a month on: only from its last day on for sure.
            let from = read(&complete.from)?.map_or(PAST, |when| Span::days(when.span.last_day(), 0).from);
            let to = match read(&complete.to)? {
                None => Span::days(0, self.building.last_day()).to,
                Some(when) if when.precision == Precision::Time => when.span.to,
                Some(when) => Span::days(0, when.span.first_day()).to,
            };
            self.facts.complete.extend(complete.records.iter().map(|kind: &Kind| (*kind, Span::new(from, to))));
        }
        Some(())
    }
}

/// Inside what it can be, for sure.
fn is_plausible(concept: &Concept, number: Number) -> Option<()> {
    for range in [&concept.range, &concept.plausible].into_iter().flatten() {
        let bound = |exact: crate::ir::Exact| {
            if concept.unit.as_ref() == Some(&range.unit) {
                return exact.0.to_f64();
            }
            in_usual_unit(concept, &exact.rational(), &range.unit).ok()?.to_f64()
        };
        let (low, high) = (bound(range.low)?, bound(range.high)?);
        let slack = if number.digits == Number::ROUNDED { 1e-9 } else { 0.0 };
        let inside = number.value >= low + low.abs() * slack && number.value <= high - high.abs() * slack;
        inside.then_some(())?;
    }
    Some(())
}

fn bare(of: ConceptAt, start: Span, end: Span, single: bool) -> Occurrence {
    Occurrence {
        of,
        start,
        end,
        single,
        grade: None,
        stage: None,
        histology: None,
        severity: None,
        cause: Cause::Unknown,
        reason: Cause::Unknown,
        route: None,
    }
}

/// A plain decimal: digits, at most one point, a sign.
fn decimal(digits: &Digits) -> Option<Number> {
    let text = digits.0.trim();
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut significant = 0_usize;
    // Zeros at the end count only where another digit follows.
    let mut zeros = 0_usize;
    let mut points = 0_usize;
    for byte in bare.bytes() {
        match byte {
            b'0' if significant == 0 => {}
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                significant += zeros + 1;
                zeros = 0;
            }
            b'.' => points += 1,
            _ => return None,
        }
    }
    if bare.len() == points || points > 1 || bare.len() > 40 {
        return None;
    }
    let value = text.parse().ok()?;
    let digits = u8::try_from(significant).ok().filter(|digits| *digits <= Number::MOST).unwrap_or(Number::ROUNDED);
    Some(Number { value, digits })
}

fn in_unit(number: Number, conversion: Conversion) -> Number {
    match conversion {
        Conversion::Same => number,
        Conversion::Times(factor) => {
            let digits = number.digits.saturating_add(factor.digits);
            let value = factor.value * number.value;
            if digits > Number::MOST {
                return Number { value, digits: Number::ROUNDED };
            }
            Number { value: nearest(value), digits }
        }
        Conversion::Linear { factor, offset } => {
            Number { value: factor * number.value + offset, digits: Number::ROUNDED }
        }
    }
}
