//! From a chart straight to the facts of a plan.
//!
//! Reads what most charts are made of, and says so where there is something else: a fact that cannot be read, an entry that
//! no library knows. Then the record is made, with its complaints, and the facts of that. Both give the same facts.

mod dose;

pub use dose::{How, Written};

use std::fmt::Write as _;
use std::sync::{PoisonError, RwLock};

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::value::{Error as NoWord, StrDeserializer};
use smallvec::SmallVec;

use super::facts::{Anchor, Cause, Facts, Occurrence, Outcome, Said, Taken, number};
use super::{ConceptAt, Number, Plan};
use crate::chart::lent::{self, Digits, Lent, Of, Ongoing};
use crate::chart::{self, Chart, Frequency};
use crate::ir::{Concept, ConceptKind, Route, Word};
use crate::record::{
    DAY, FUTURE, MEASURES, NotADate, PAST, Precision, Reader, Span, Told, When, born, extent, in_usual_unit, is_known,
    known_names,
};
use crate::units::Unit;

/// What is looked up again and again.
#[derive(Debug, Default)]
pub struct Quick {
    /// Whether limits of normal come from a table of the site's: the record knows whose.
    by_site: bool,
    /// Names of everything that facts can be of, and all others that a library knows.
    names: FxHashMap<String, Named>,
    /// In the order of the plan's concepts.
    slots: Vec<Slot>,
    /// The event that the first criteria are asked at.
    screening: Option<ConceptAt>,
    sex: Option<ConceptAt>,
    /// Dates for which the site plans events of the trial.
    planned: Vec<Anchor>,
    /// What has been found out about units and codes.
    found: RwLock<Found>,
}

#[derive(Clone, Copy, Debug)]
enum Named {
    Of(ConceptAt),
    /// Something that a library knows and the protocol does not speak of.
    Unused,
}

/// What a fact can be of.
#[derive(Debug)]
struct Slot {
    kind: ConceptKind,
    reads: Reads,
    /// The unit that its numbers are in, as UCUM writes it.
    usual: Option<String>,
    /// Whether a number without a unit is in it.
    bare: bool,
    /// Where its numbers lie for sure; nothing where that cannot be told.
    bounds: Option<Vec<(f64, f64)>>,
}

/// As what a result is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    Age,
    Sex,
    Word,
    Number,
}

#[derive(Debug, Default)]
struct Found {
    /// By measure and unit as it was written.
    units: FxHashMap<ConceptAt, FxHashMap<String, Option<Conversion>>>,
    /// Units that a dose can have.
    doses: FxHashMap<String, Option<Written>>,
    /// By the codes of a fact and the list that it stands in.
    codes: FxHashMap<String, Subject>,
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

/// More units and codes than this are looked up each time.
const MOST: usize = 4_096;

impl Quick {
    #[must_use]
    pub fn new(reader: &Reader<'_>, plan: &Plan) -> Self {
        let mut names: FxHashMap<String, Named> = known_names().map(|name| (name.to_owned(), Named::Unused)).collect();
        let places = plan.concepts.iter().zip((0..).map(ConceptAt));
        names.extend(places.map(|(slot, at)| (slot.id.to_string(), Named::Of(at))));
        let planned = reader.site.planned.iter().filter_map(|(event, when)| {
            Some(Anchor { event: plan.place(event.as_str())?, span: when.span, planned: true })
        });
        Self {
            by_site: !reader.site.ranges.is_empty(),
            names,
            slots: plan.concepts.iter().map(|slot| Slot::of(reader, slot.id.as_str())).collect(),
            screening: reader.first_anchor().and_then(|event| plan.place(event.as_str())),
            sex: plan.place("sex"),
            planned: planned.collect(),
            found: RwLock::default(),
        }
    }

    /// The facts of a chart; nothing where it holds something that has to be looked at more closely.
    #[must_use]
    pub fn facts(&self, reader: &Reader<'_>, plan: &Plan, chart: &Chart) -> Option<Facts> {
        self.lent(reader, plan, &Lent::of(chart))
    }

    /// The same of a chart whose texts stand where they were read.
    #[must_use]
    pub fn lent(&self, reader: &Reader<'_>, plan: &Plan, chart: &Lent<'_>) -> Option<Facts> {
        self.lent_of(reader, plan, chart, chart.as_of)
    }

    /// The same of a chart that is taken for one of another day than it says.
    #[must_use]
    pub fn lent_of(&self, reader: &Reader<'_>, plan: &Plan, chart: &Lent<'_>, as_of: Option<&str>) -> Option<Facts> {
        if self.by_site {
            return None;
        }
        let mut reading =
            Reading { quick: self, reader, plan, as_of, last_day: FUTURE / DAY, dated: None, facts: Facts::default() };
        reading.chart(chart)?;
        Some(reading.facts)
    }

    /// The drug that an entry of the medications is of, where the protocol speaks of it.
    #[must_use]
    pub fn drug(&self, reader: &Reader<'_>, plan: &Plan, of: &Of<'_>) -> Option<ConceptAt> {
        match self.subject(reader, plan, of, List::Medications) {
            Subject::Of(at) => Some(at),
            Subject::Unused | Subject::Strange => None,
        }
    }

    /// What a fact is of.
    fn subject(&self, reader: &Reader<'_>, plan: &Plan, of: &Of<'_>, list: List) -> Subject {
        let Of::Name(name) = of else { return self.coded(reader, plan, of, list) };
        match self.names.get(trimmed(name)) {
            Some(Named::Of(at)) => match self.slots.get(at.at()) {
                Some(slot) if list.kinds().contains(&slot.kind) => Subject::Of(*at),
                // What stands in the wrong list.
                _ => Subject::Strange,
            },
            Some(Named::Unused) => Subject::Unused,
            None => Subject::Strange,
        }
    }

    /// What is remembered, or found out now and remembered.
    fn remembered<T: Copy>(
        &self,
        known: impl Fn(&Found) -> Option<T>,
        find: impl FnOnce() -> T,
        keep: impl FnOnce(&mut Found, T),
    ) -> T {
        if let Some(known) = known(&self.found.read().unwrap_or_else(PoisonError::into_inner)) {
            return known;
        }
        let found = find();
        keep(&mut self.found.write().unwrap_or_else(PoisonError::into_inner), found);
        found
    }

    fn conversion(&self, at: ConceptAt, reader: &Reader<'_>, plan: &Plan, written: Option<&str>) -> Option<Conversion> {
        let written = written.map(trimmed).unwrap_or_default();
        let slot = self.slots.get(at.at())?;
        if slot.usual.as_deref() == Some(written) {
            return Some(Conversion::Same);
        }
        if written.is_empty() {
            return slot.bare.then_some(Conversion::Same);
        }
        self.remembered(
            |found| found.units.get(&at).and_then(|units| units.get(written).copied()),
            || {
                let concept = reader.trial.concepts.get(&plan.concepts.get(at.at())?.id)?;
                let usual = concept.unit.clone().unwrap_or_else(Unit::one);
                let unit = unit(written)?;
                if unit == usual { Some(Conversion::Same) } else { linear(concept, &unit) }
            },
            |memory, found| {
                let units = memory.units.entry(at).or_default();
                if units.len() < MOST {
                    units.insert(written.to_owned(), found);
                }
            },
        )
    }

    /// What an amount of this unit is; nothing where none can be.
    fn dose_unit(&self, plan: &Plan, written: &str) -> Option<Written> {
        self.remembered(
            |found| found.doses.get(written).copied(),
            || Written::of(plan, written),
            |memory, found| {
                if memory.doses.len() < MOST {
                    memory.doses.insert(written.to_owned(), found);
                }
            },
        )
    }

    /// What codes in a list stand for.
    fn coded(&self, reader: &Reader<'_>, plan: &Plan, of: &Of<'_>, list: List) -> Subject {
        let Of::Codes(codes) = of else { return Subject::Strange };
        let mut key = String::new();
        for code in codes {
            let _ = writeln!(key, "{}:{}", code.system.word(), code.code);
        }
        let _ = write!(key, "{list:?}");
        self.remembered(
            |found| found.codes.get(&key).copied(),
            || {
                let of = of.owned();
                match reader.codes.find(reader.trial, &of, list.kinds()) {
                    Some(id) => plan.place(id.as_str()).map_or(Subject::Strange, Subject::Of),
                    None if is_known(&of) => Subject::Unused,
                    None => Subject::Strange,
                }
            },
            |memory, found| {
                if memory.codes.len() < MOST {
                    memory.codes.insert(key.clone(), found);
                }
            },
        )
    }
}

impl Slot {
    fn of(reader: &Reader<'_>, name: &str) -> Self {
        let Some(concept) = reader.trial.concepts.get(name) else {
            return Self { kind: ConceptKind::Question, reads: Reads::Word, usual: None, bare: false, bounds: None };
        };
        let reads = match (name, concept.kind) {
            ("age", _) => Reads::Age,
            ("sex", _) => Reads::Sex,
            (_, ConceptKind::Test | ConceptKind::Scale) => Reads::Word,
            _ => Reads::Number,
        };
        let usual = concept.unit.as_ref().map(|unit| unit.code().to_owned());
        let unit = concept.unit.clone().unwrap_or_else(Unit::one);
        let bare = unit.dimension().is_number() && unit.kind() == crate::units::UnitKind::Plain;
        Self { kind: concept.kind, reads, usual, bare, bounds: bounds(concept) }
    }

    /// Whether a number is inside what it can be, for sure.
    fn is_plausible(&self, number: Number) -> bool {
        let slack = if number.digits == Number::ROUNDED { 1e-9 } else { 0.0 };
        let inside = |(low, high): &(f64, f64)| {
            number.value >= low + low.abs() * slack && number.value <= high - high.abs() * slack
        };
        self.bounds.as_ref().is_some_and(|bounds| bounds.iter().all(inside))
    }
}

/// The ranges that a number of a measure lies in, in its unit.
fn bounds(concept: &Concept) -> Option<Vec<(f64, f64)>> {
    let ranges = [&concept.range, &concept.plausible].into_iter().flatten();
    let bounds = ranges.map(|range| {
        let bound = |exact: crate::ir::Exact| {
            if concept.unit.as_ref() == Some(&range.unit) {
                return exact.0.to_f64();
            }
            in_usual_unit(concept, &exact.rational(), &range.unit).ok()?.to_f64()
        };
        Some((bound(range.low)?, bound(range.high)?))
    });
    bounds.collect()
}

fn unit(written: &str) -> Option<Unit> {
    Unit::from_ucum(written).or_else(|_| Unit::parse(written)).ok()
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
#[derive(Clone, Copy, Debug)]
enum Subject {
    Of(ConceptAt),
    /// Something that a library knows and the protocol does not speak of.
    Unused,
    /// It has to be looked at more closely.
    Strange,
}

/// Where a fact stands in the chart, which says what it may be of.
#[derive(Clone, Copy, Debug)]
enum List {
    Results,
    Conditions,
    Medications,
    Procedures,
    Events,
    Reasons,
}

impl List {
    fn kinds(self) -> &'static [ConceptKind] {
        match self {
            Self::Results => MEASURES,
            Self::Conditions => &[ConceptKind::Condition],
            Self::Medications => &[ConceptKind::Drug],
            Self::Procedures => &[ConceptKind::Procedure],
            Self::Events => &[ConceptKind::Event],
            Self::Reasons => &[ConceptKind::Condition, ConceptKind::Drug, ConceptKind::Procedure, ConceptKind::Event],
        }
    }
}

/// A chart on its way.
struct Reading<'q, 'r, 't> {
    quick: &'q Quick,
    reader: &'r Reader<'t>,
    plan: &'q Plan,
    /// The day of the chart, as it is written.
    as_of: Option<&'q str>,
    /// The last day that the record speaks of.
    last_day: i64,
    /// The day that was read last: results come by the visit.
    dated: Option<([u8; 10], When)>,
    facts: Facts,
}

impl Reading<'_, '_, '_> {
    fn chart(&mut self, chart: &Lent<'_>) -> Option<()> {
        self.dates(chart)?;
        let lists = [
            (&chart.conditions, List::Conditions),
            (&chart.medications, List::Medications),
            (&chart.procedures, List::Procedures),
            (&chart.events, List::Events),
        ];
        let many = lists.iter().map(|(list, _)| list.len()).sum::<usize>();
        self.facts.results.reserve(chart.observations.len() + 1);
        self.facts.occurrences.reserve(self.facts.anchors.len() + many);
        self.person(chart)?;
        for observation in &chart.observations {
            self.observation(observation)?;
        }
        // Events of the trial that have taken place are occurrences too.
        for anchor in self.facts.anchors.iter().filter(|anchor| !anchor.planned) {
            self.facts.occurrences.push(bare(anchor.event, anchor.span, anchor.span, true));
        }
        for (list, kind) in lists {
            for occurrence in list {
                self.occurrence(occurrence, kind)?;
            }
        }
        for (key, _) in &chart.judged.0 {
            if !self.quick.names.contains_key(*key) && !self.reader.is_asked(key) {
                return None;
            }
        }
        self.facts.answers = self.plan.questions.iter().map(|key| chart.judged.get(key.as_str())).collect();
        self.complete(chart)?;
        // In the order of the concepts, and of one in that of the chart.
        sort(&mut self.facts.results, |result| result.of);
        sort(&mut self.facts.occurrences, |one| one.of);
        self.facts.complete.sort_by_key(|(kind, _)| *kind);
        Some(())
    }

    // ---- the trial's own dates -------------------------------------------------------------------------------------------------

    fn dates(&mut self, chart: &Lent<'_>) -> Option<()> {
        let drawn = date(self.as_of).ok()?;
        if drawn.is_some_and(|when| when.span.to >= FUTURE) {
            // It has no last day, and is refused.
            return None;
        }
        let as_of = drawn.map(|when| when.span.last_day());
        self.facts.as_of = as_of.or(self.reader.site.as_of);
        self.facts.anchors.clone_from(&self.quick.planned);
        for (dates, planned) in [(&chart.planned, true), (&chart.anchors, false)] {
            for (name, text) in &dates.0 {
                let span = text.parse::<When>().ok()?.span;
                self.anchor(name, span, planned)?;
            }
        }
        self.facts.anchors.sort_by_key(|anchor| anchor.event);
        let screened = self.plan.screenings.iter().filter_map(|event| self.dated(*event));
        let screened = screened.filter(|anchor| !anchor.planned).map(|anchor| anchor.span.last_day()).max();
        self.last_day = self.facts.as_of.or(screened).unwrap_or(FUTURE / DAY);
        Some(())
    }

    fn anchor(&mut self, name: &str, span: Span, planned: bool) -> Option<()> {
        let known = self.quick.names.get(name);
        if let Some(Named::Of(event)) = known.copied()
            && self.quick.slots.get(event.at())?.kind == ConceptKind::Event
        {
            self.facts.anchors.retain(|anchor| anchor.event != event);
            self.facts.anchors.push(Anchor { event, span, planned });
            return Some(());
        }
        let is_visit = || self.reader.trial.visits.iter().any(|visit| visit.name.as_str() == name);
        // Another event of the library has no part in this trial.
        (is_visit() || matches!(known, Some(Named::Unused))).then_some(())
    }

    fn dated(&self, event: ConceptAt) -> Option<&Anchor> {
        self.facts.anchors.iter().find(|anchor| anchor.event == event)
    }

    /// All that the day of the first criteria may be.
    fn screening_day(&self) -> Option<Span> {
        self.dated(self.quick.screening?).map(|anchor| anchor.span)
    }

    // ---- the person --------------------------------------------------------------------------------------------------------------

    fn person(&mut self, chart: &Lent<'_>) -> Option<()> {
        self.facts.birth = date(chart.birth).ok()?.map(|when| when.span);
        if let (Some(sex), Some(of)) = (chart.sex, self.quick.sex) {
            let when = self.screening_day().unwrap_or(Span::EVER);
            let said = Said::Word(self.word(of, sex)?);
            self.facts.results.push(Outcome { of, when, said, lower: None, upper: None });
        }
        Some(())
    }

    /// An age of so many years on a day says when the patient was born, to the year.
    fn age(&mut self, written: &lent::Observation<'_>) -> Option<()> {
        let span = match date(written.date).ok()? {
            Some(when) => when.span,
            None => self.screening_day()?,
        };
        if span == Span::EVER {
            return None;
        }
        let unit = written.unit.map_or_else(|| Unit::parse("a"), Unit::from_ucum).ok()?;
        let born = born(&chart::Digits::from(written.value.0).number()?, &unit, When::range(span))?;
        let known = self.facts.birth.unwrap_or(born);
        self.facts.birth = Some(if known.touches(born) { known.meet(born) } else { known });
        Some(())
    }

    fn word(&self, at: ConceptAt, text: &str) -> Option<u32> {
        let words = &self.plan.concepts.get(at.at())?.words;
        let text = trimmed(text);
        let place = words.iter().position(|word| word.as_str().eq_ignore_ascii_case(text))?;
        u32::try_from(place).ok()
    }

    fn find(&self, of: &Of<'_>, list: List) -> Subject {
        self.quick.subject(self.reader, self.plan, of, list)
    }

    /// A date that is nearly always that of the result before.
    fn day_of(&mut self, text: Option<&str>) -> Result<Option<When>, NotADate> {
        let day: Option<[u8; 10]> = text.and_then(|text| text.as_bytes().try_into().ok());
        if let (Some(day), Some((known, when))) = (day, self.dated)
            && day == known
        {
            return Ok(Some(when));
        }
        let when = date(text)?;
        self.dated = day.zip(when).or(self.dated);
        Ok(when)
    }

    // ---- results ---------------------------------------------------------------------------------------------------------------

    fn observation(&mut self, written: &lent::Observation<'_>) -> Option<()> {
        let at = match self.find(&written.of, List::Results) {
            Subject::Of(at) => at,
            Subject::Unused => return Some(()),
            Subject::Strange => return None,
        };
        let slot = self.quick.slots.get(at.at())?;
        if slot.reads == Reads::Age {
            return self.age(written);
        }
        let when = match self.day_of(written.date).ok()? {
            Some(when) => when.span,
            None if slot.reads == Reads::Sex => self.screening_day().unwrap_or(Span::EVER),
            None => Span::EVER,
        };
        if matches!(slot.kind, ConceptKind::Test | ConceptKind::Scale) {
            // Limits of normal go with numbers.
            let said = Said::Word(self.word(at, written.value.0)?);
            self.facts.results.push(Outcome { of: at, when, said, lower: None, upper: None });
            return Some(());
        }
        let conversion = self.quick.conversion(at, self.reader, self.plan, written.unit)?;
        let number = in_unit(decimal(written.value)?, conversion);
        if !slot.is_plausible(number) {
            return None;
        }
        let said = match written.comparator.map(trimmed) {
            None | Some("" | "=") => Said::Exactly(number),
            Some("<") => Said::Below { limit: number, included: false },
            Some("<=") => Said::Below { limit: number, included: true },
            Some(">") => Said::Above { limit: number, included: false },
            Some(">=") => Said::Above { limit: number, included: true },
            Some(_) => return None,
        };
        let limit = |digits: Option<Digits<'_>>| match digits {
            None => Some(None),
            Some(digits) => {
                let limit = in_unit(decimal(digits)?, conversion);
                Some((limit.value > 0.0).then_some(limit))
            }
        };
        let (lower, upper) = (limit(written.lower_limit)?, limit(written.upper_limit)?);
        self.facts.results.push(Outcome { of: at, when, said, lower, upper });
        Some(())
    }

    // ---- conditions, drugs, procedures, events -----------------------------------------------------------------------------------

    fn occurrence(&mut self, written: &lent::Occurrence<'_>, list: List) -> Option<()> {
        // A date that cannot be read is refused, whatever it is of.
        let (start, end) = self.extent(written)?;
        let at = match self.find(&written.of, list) {
            Subject::Of(at) => at,
            Subject::Unused => return Some(()),
            Subject::Strange => return None,
        };
        if written.absent {
            let from = if written.start.is_some() || written.date.is_some() {
                Span::days(start.last_day(), 0).from
            } else {
                PAST
            };
            let to = if written.end.is_some() || written.date.is_some() {
                Span::days(0, end.first_day()).to
            } else {
                Span::days(0, self.last_day).to
            };
            self.facts.absences.push((at, Span::new(from, to)));
            return Some(());
        }
        let mut one = bare(at, start, end, written.date.is_some());
        if written.stage.is_some() || written.histology.is_some() || written.severity.is_some() {
            let id = &self.plan.concepts.get(at.at())?.id;
            let attributes = &self.reader.trial.concepts.get(id)?.attributes;
            let term = |text: Option<&str>, known: &[Word]| match text {
                None => Some(None),
                Some(text) => {
                    let word = known.iter().find(|word| word.as_str().eq_ignore_ascii_case(text.trim()))?;
                    Some(Some(self.plan.term(word)?))
                }
            };
            one.stage = term(written.stage, &attributes.stages)?;
            one.histology = term(written.histology, &attributes.histologies)?;
            one.severity = term(written.severity, &attributes.severities)?;
        }
        one.grade = match written.grade {
            None => None,
            Some(grade) => Some(grade).filter(|grade| (1..=5).contains(grade)).map(Some)?,
        };
        one.cause = self.cause(written.cause.as_ref())?;
        one.reason = self.cause(written.reason.as_ref())?;
        one.route = match written.route {
            None => None,
            Some(route) => Some(by_route(&route.trim().to_ascii_lowercase())?),
        };
        if written.dose.is_some() {
            let often = !matches!(written.frequency, Some(Frequency::TimesDaily(0) | Frequency::EveryDays(0)));
            often.then_some(())?;
            one.dose = self.quick.taken(self.plan, written, self.quick.slots.get(at.at())?.kind)?;
        }
        self.facts.occurrences.push(one);
        Some(())
    }

    fn extent(&self, written: &lent::Occurrence<'_>) -> Option<(Span, Span)> {
        let told = Told {
            date: date(written.date).ok()?,
            start: date(written.start).ok()?,
            end: date(written.end).ok()?,
            lasts_on: match written.ongoing {
                None | Some(Ongoing::Now(false)) => None,
                Some(Ongoing::Now(true)) => Some(self.last_day),
                Some(Ongoing::On(text)) => Some(text.parse::<When>().ok()?.span.first_day()),
            },
            is_over: matches!(written.ongoing, Some(Ongoing::Now(false))),
        };
        extent(&told, self.last_day).ok()
    }

    fn cause(&self, of: Option<&Of<'_>>) -> Option<Cause> {
        let Some(of) = of else { return Some(Cause::Unknown) };
        match self.find(of, List::Reasons) {
            Subject::Of(at) => Some(Cause::Of(at)),
            Subject::Unused => Some(Cause::Other),
            Subject::Strange => None,
        }
    }

    fn complete(&mut self, chart: &Lent<'_>) -> Option<()> {
        for complete in &chart.complete {
            // Complete from some day of a month on: only from its last day on for sure.
            let from = date(complete.from).ok()?.map_or(PAST, |when| Span::days(when.span.last_day(), 0).from);
            let to = match date(complete.to).ok()? {
                None => Span::days(0, self.last_day).to,
                Some(when) if when.precision == Precision::Time => when.span.to,
                Some(when) => Span::days(0, when.span.first_day()).to,
            };
            self.facts.complete.extend(complete.records.iter().map(|kind| (*kind, Span::new(from, to))));
        }
        Some(())
    }
}

/// A date that may be there.
fn date(text: Option<&str>) -> Result<Option<When>, NotADate> {
    text.map(str::parse).transpose()
}

fn by_route(text: &str) -> Option<Route> {
    Route::deserialize(StrDeserializer::<NoWord>::new(text)).ok()
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
        dose: Taken::Unknown,
    }
}

/// A plain decimal: digits, at most one point, a sign.
#[must_use]
pub fn decimal(digits: Digits<'_>) -> Option<Number> {
    let text = trimmed(digits.0);
    let (is_negative, bare) = match text.as_bytes() {
        [b'-', bare @ ..] => (true, bare),
        [b'+', bare @ ..] | bare => (false, bare),
    };
    if bare.len() > 40 {
        return None;
    }
    let mut significant = 0_usize;
    // Zeros at the end count only where another digit follows.
    let mut zeros = 0_usize;
    // All digits as a whole number, and how many of them stand behind the point.
    let (mut whole, mut places, mut point) = (0_u64, 0_usize, false);
    for byte in bare {
        match byte {
            b'0' if significant == 0 => {}
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                significant += zeros + 1;
                zeros = 0;
            }
            b'.' if !point => {
                point = true;
                continue;
            }
            _ => return None,
        }
        whole = whole.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
        places += usize::from(point);
    }
    if bare.len() == usize::from(point) {
        return None;
    }
    // A whole number below 2^53 and a power of ten are doubles, and so their quotient is the double nearest to the decimal.
    let value = match POWERS.get(places) {
        Some(power) if significant + zeros <= 15 => {
            #[expect(clippy::cast_precision_loss, reason = "it has no more than 15 digits")]
            let value = whole as f64 / power;
            if is_negative { -value } else { value }
        }
        _ => text.parse().ok()?,
    };
    let digits = u8::try_from(significant).ok().filter(|digits| *digits <= Number::MOST).unwrap_or(Number::ROUNDED);
    Some(Number { value, digits })
}

/// Powers of ten that doubles hold exactly.
const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Without white space around it, which is hardly ever there.
fn trimmed(text: &str) -> &str {
    let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if is_plain(text.as_bytes().first()) && is_plain(text.as_bytes().last()) { text } else { text.trim() }
}

/// In the order of the concepts, and those of one as they stand.
fn sort<T: Copy>(facts: &mut Vec<T>, of: impl Fn(&T) -> ConceptAt) {
    if facts.is_sorted_by_key(&of) {
        return;
    }
    // The facts are large, and are moved once. The concept and the place behind it are one number, which is quicker to compare.
    let mut order: SmallVec<[u64; 64]> =
        facts.iter().zip(0_u32..).map(|(fact, at)| u64::from(of(fact).0) << 32 | u64::from(at)).collect();
    order.sort_unstable();
    let mut sorted = Vec::with_capacity(facts.len());
    let places = order.iter().map(|both| usize::try_from(both & u64::from(u32::MAX)));
    sorted.extend(places.filter_map(|at| facts.get(at.ok()?)).copied());
    *facts = sorted;
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
