//! From a chart to a record.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;

use super::codes::CodeBook;
use super::family::Family;
use super::time::{FUTURE, PAST, Precision, Span, When, add_months};
use super::{Absence, Dated, Measured, Observation, Occurrence, Record, Refusal, Site, Unmapped};
use crate::chart::{self, Chart, Digits, Kind, Of, Ongoing};
use crate::ir::{Anchor, Concept, ConceptId, ConceptKind, Trial, Word};
use crate::library;
use crate::units::Unit;

/// Reads charts for one protocol.
#[derive(Clone, Debug)]
pub struct Reader<'t> {
    pub trial: &'t Trial,
    pub family: Family,
    pub codes: CodeBook,
    pub site: Site,
    /// The keys and the words of all questions to people.
    questions: BTreeSet<String>,
    /// In days.
    half_lives: BTreeMap<ConceptId, BigRational>,
}

pub(crate) const MEASURES: &[ConceptKind] =
    &[ConceptKind::Lab, ConceptKind::Test, ConceptKind::Scale, ConceptKind::Score];

/// A list of a chart: its name, its entries, what they may be of, and the kinds of record that they may belong to.
type List<'c> = (&'static str, &'c [chart::Occurrence], &'static [ConceptKind], &'static [Kind]);

impl<'t> Reader<'t> {
    #[must_use]
    pub fn new(trial: &'t Trial, site: Site) -> Self {
        Self {
            trial,
            family: Family::new(trial),
            codes: CodeBook::new(trial),
            site,
            questions: super::questions::of(trial),
            half_lives: half_lives(trial),
        }
    }

    /// The half-life of a drug, in days.
    #[must_use]
    pub fn half_life(&self, drug: &ConceptId) -> Option<&BigRational> {
        self.half_lives.get(drug)
    }

    /// The facts of a chart that the protocol speaks of. Never fails: what cannot be read is in [`Record::refused`].
    #[must_use]
    pub fn record(&self, chart: &Chart) -> Record {
        let mut building = Building::new(self, &chart.id);
        building.dates(chart);
        building.person(chart);
        for (index, observation) in chart.observations.iter().enumerate() {
            building.observation(&format!("observations[{index}]"), observation);
        }
        let lists: [List<'_>; 4] = [
            ("conditions", &chart.conditions, &[ConceptKind::Condition], &[Kind::Conditions, Kind::Allergies]),
            ("medications", &chart.medications, &[ConceptKind::Drug], &[Kind::Medications, Kind::Immunizations]),
            ("procedures", &chart.procedures, &[ConceptKind::Procedure], &[Kind::Procedures]),
            ("events", &chart.events, &[ConceptKind::Event], &[Kind::Events, Kind::Encounters]),
        ];
        for (list, occurrences, concepts, kinds) in lists {
            for (index, occurrence) in occurrences.iter().enumerate() {
                building.occurrence(&format!("{list}[{index}]"), occurrence, concepts, kinds);
            }
        }
        building.record.judged = chart.judged.iter().map(|(key, answer)| (Word::from(key.as_str()), *answer)).collect();
        for key in chart.judged.keys().filter(|key| !self.is_asked(key)) {
            building.refuse(format!("judged.{key}"), "nothing in the protocol asks this");
        }
        building.complete(chart);
        building.record
    }

    /// Whether an answer is one to a question of the protocol, or of its libraries.
    pub(crate) fn is_asked(&self, key: &str) -> bool {
        self.questions.contains(key) || library::modules_with(key).next().is_some()
    }

    /// The event that the first criteria are asked at.
    #[must_use]
    pub fn first_anchor(&self) -> Option<&'t ConceptId> {
        match &self.trial.eligibility.first()?.anchor {
            Anchor::Event(event) => Some(event),
            Anchor::Visit(_)
            | Anchor::StudyDay(_)
            | Anchor::Date(_)
            | Anchor::EpochStart(_)
            | Anchor::EpochEnd(_)
            | Anchor::StartOf(_)
            | Anchor::EndOf(_)
            | Anchor::First { .. }
            | Anchor::Last { .. } => None,
        }
    }

    /// The last day that a record speaks of: its own day, or that of the latest of the protocol's screenings that has
    /// taken place.
    #[must_use]
    pub fn last_day(&self, record: &Record) -> Option<i64> {
        record.as_of.or_else(|| self.last_screening(record))
    }

    /// The latest day of the protocol's screenings that has taken place.
    #[must_use]
    pub fn last_screening(&self, record: &Record) -> Option<i64> {
        let anchors = self.trial.eligibility.iter().filter_map(|block| match &block.anchor {
            Anchor::Event(event) => record.anchors.get(event),
            _ => None,
        });
        anchors.filter(|dated| !dated.planned).map(|dated| dated.when.span.last_day()).max()
    }
}

fn half_lives(trial: &Trial) -> BTreeMap<ConceptId, BigRational> {
    let days = Unit::parse("d");
    let in_days = |concept: &Concept| {
        let life = concept.half_life.as_ref()?;
        life.unit.convert(&life.value.rational(), days.as_ref().ok()?).ok()
    };
    trial.concepts.iter().filter_map(|(id, concept)| Some((id.clone(), in_days(concept)?))).collect()
}

/// A record on its way.
pub(crate) struct Building<'r, 't> {
    reader: &'r Reader<'t>,
    record: Record,
}

impl<'r, 't> Building<'r, 't> {
    pub(crate) fn new(reader: &'r Reader<'t>, id: &str) -> Self {
        Self { reader, record: Record { id: id.to_owned(), ..Record::default() } }
    }

    fn refuse(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.record.refused.push(Refusal { field: field.into(), why: why.into() });
    }

    /// The date of a part of a field.
    fn date(&mut self, (field, part): (&str, &str), text: Option<&String>) -> Option<When> {
        match text?.parse() {
            Ok(when) => Some(when),
            Err(error) => {
                let between = if field.is_empty() { "" } else { "." };
                self.refuse(format!("{field}{between}{part}"), format!("{error}"));
                None
            }
        }
    }

    // ---- the trial's own dates -------------------------------------------------------------------------------------------

    fn dates(&mut self, chart: &Chart) {
        let drawn = self.date(("", "as_of"), chart.as_of.as_ref());
        if drawn.is_some_and(|when| when.span.to >= FUTURE) {
            self.refuse("as_of", "it has no last day");
        }
        self.record.as_of = drawn.filter(|when| when.span.to < FUTURE).map(|when| when.span.last_day());
        self.record.as_of = self.record.as_of.or(self.reader.site.as_of);
        for (event, when) in &self.reader.site.planned {
            self.record.anchors.insert(event.clone(), Dated { when: *when, planned: true });
        }
        for (list, planned, dates) in [("planned", true, &chart.planned), ("anchors", false, &chart.anchors)] {
            for (name, text) in dates {
                let Some(when) = self.date((list, name), Some(text)) else { continue };
                self.anchor((list, name), Dated { when, planned });
            }
        }
    }

    fn anchor(&mut self, (list, name): (&str, &str), dated: Dated) {
        let trial = self.reader.trial;
        if let Some((id, concept)) = trial.concepts.get_key_value(name)
            && concept.kind == ConceptKind::Event
        {
            self.record.anchors.insert(id.clone(), dated);
            if !dated.planned {
                let written = format!("{name} on {}", dated.when);
                self.record.occurrences.entry(id.clone()).or_default().push(Occurrence::on(
                    id,
                    dated.when.span,
                    written,
                ));
            }
        } else if let Some(visit) = trial.visits.iter().find(|visit| visit.name.as_str() == name) {
            self.record.visits.insert(visit.name.clone(), dated);
        } else if library::modules_with(name).next().is_some() {
            self.record.unused += 1;
        } else {
            self.refuse(format!("{list}.{name}"), format!("the protocol has no event or visit `{name}`"));
        }
    }

    /// The date of the event that the first criteria are asked at.
    fn screening_day(&self) -> Option<When> {
        let event = self.reader.first_anchor()?;
        self.record.anchors.get(event).map(|dated| dated.when)
    }

    fn last_day(&self) -> i64 {
        self.reader.last_day(&self.record).unwrap_or(FUTURE / super::DAY)
    }

    // ---- the person ------------------------------------------------------------------------------------------------------

    fn person(&mut self, chart: &Chart) {
        self.record.birth = self.date(("", "birth"), chart.birth.as_ref()).map(|when| when.span);
        if let Some(sex) = &chart.sex {
            let of = Of::Name("sex".to_owned());
            let observation = chart::Observation {
                of,
                value: Digits::from(sex.as_str()),
                comparator: None,
                unit: None,
                lower_limit: None,
                upper_limit: None,
                date: None,
                source: None,
            };
            self.observation("sex", &observation);
        }
    }

    /// An age of so many years on a day says when the patient was born, to the year.
    fn age(&mut self, field: &str, observation: &chart::Observation, when: When) {
        if when.span == Span::EVER {
            self.refuse(field, "an age needs the day on which it was the age");
            return;
        }
        let unit = observation.unit.as_deref().map_or_else(|| Unit::parse("a"), Unit::from_ucum);
        let born = observation.value.number().zip(unit.ok()).and_then(|(age, unit)| born(&age, &unit, when));
        let Some(born) = born else {
            self.refuse(field, "an age is a number of years (`a`), months (`mo`), weeks (`wk`) or days (`d`)");
            return;
        };
        self.record.birth =
            Some(self.record.birth.map_or(born, |known| if known.touches(born) { known.meet(born) } else { known }));
    }

    // ---- results ---------------------------------------------------------------------------------------------------------

    fn observation(&mut self, field: &str, written: &chart::Observation) {
        let (trial, codes) = (self.reader.trial, &self.reader.codes);
        let Some(of) = codes.find(trial, &written.of, MEASURES) else {
            if matches!(written.of, Of::Name(_)) && !is_known(&written.of) {
                self.refuse(format!("{field}.of"), format!("nothing is called {}", said(&written.of)));
            }
            self.record.unused += 1;
            return;
        };
        let Some(concept) = trial.concepts.get(&of) else { return };
        let dated = self.date((field, "date"), written.date.as_ref());
        let undated = if of.as_str() == "sex" || written.date.is_none() && of.as_str() == "age" {
            // What does not change with time; and an age without a day is the one at screening.
            self.screening_day().unwrap_or(When::range(Span::EVER))
        } else {
            When::range(Span::EVER)
        };
        let when = dated.unwrap_or(undated);
        if of.as_str() == "age" {
            self.age(field, written, when);
            return;
        }
        let value = match concept.kind {
            ConceptKind::Test | ConceptKind::Scale => word(concept, written),
            ConceptKind::Lab
            | ConceptKind::Score
            | ConceptKind::Condition
            | ConceptKind::Drug
            | ConceptKind::Procedure
            | ConceptKind::Event
            | ConceptKind::Question => number(concept, written),
        };
        let (value, unit) = value.unwrap_or_else(|why| (Measured::Refused { why }, None));
        if let Measured::Refused { why } = &value {
            self.refuse(field, format!("{of}: {why}"));
        }
        let mut limit = |name: &str, limit: Option<&Digits>| {
            let limit = limit?;
            let found = limit.number().and_then(|number| in_usual_unit(concept, &number, unit.as_ref()?).ok());
            if found.is_none() && unit.is_some() {
                self.refuse(
                    format!("{field}.{name}"),
                    format!("`{}` is no limit of `{of}`", super::time::shown(&limit.0)),
                );
            }
            found
        };
        let lower_limit = limit("lower_limit", written.lower_limit.as_ref());
        let upper_limit = limit("upper_limit", written.upper_limit.as_ref());
        let usual = concept.unit.clone().unwrap_or_else(Unit::one);
        let converted = match (&value, &unit) {
            (Measured::Number(number), Some(unit)) if *unit != usual => Some(quantity(number, &usual)),
            _ => None,
        };
        let observation = Observation {
            when,
            value,
            lower_limit,
            upper_limit,
            written: as_written(written),
            converted,
            source: written.source.clone(),
        };
        self.record.results.entry(of).or_default().push(observation);
    }

    // ---- conditions, drugs, procedures, events -----------------------------------------------------------------------------

    fn occurrence(&mut self, field: &str, written: &chart::Occurrence, concepts: &[ConceptKind], kinds: &[Kind]) {
        let trial = self.reader.trial;
        let (start, end) = self.extent(field, written);
        // What stands in the wrong list is still what it is.
        let any = [ConceptKind::Condition, ConceptKind::Drug, ConceptKind::Procedure, ConceptKind::Event];
        let found = self.reader.codes.find(trial, &written.of, concepts);
        let Some(of) = found.or_else(|| self.reader.codes.find(trial, &written.of, &any)) else {
            return self.unmapped(field, written, Span::new(start.from, end.to), kinds);
        };
        let Some(concept) = trial.concepts.get(&of) else { return };
        let text = format!("{}{of}{}{}", by_route(written), amount(written), period(written));
        if written.absent {
            let span = Span::new(
                if written.start.is_some() || written.date.is_some() {
                    Span::days(start.last_day(), 0).from
                } else {
                    PAST
                },
                if written.end.is_some() || written.date.is_some() {
                    Span::days(0, end.first_day()).to
                } else {
                    Span::days(0, self.last_day()).to
                },
            );
            self.record.absences.push(Absence { of, span, written: format!("no {text}") });
            return;
        }
        let attributes = &concept.attributes;
        let mut one_of = |name: &str, text: Option<&String>, known: &[Word]| {
            let text = text?;
            let found = known.iter().find(|word| word.as_str().eq_ignore_ascii_case(text.trim())).cloned();
            if found.is_none() {
                self.refuse(
                    format!("{field}.{name}"),
                    format!("`{}` is no {name} of `{of}`", super::time::shown(text)),
                );
            }
            found
        };
        let stage = one_of("stage", written.stage.as_ref(), &attributes.stages);
        let histology = one_of("histology", written.histology.as_ref(), &attributes.histologies);
        let severity = one_of("severity", written.severity.as_ref(), &attributes.severities);
        let grade = written.grade.filter(|grade| (1..=5).contains(grade));
        if grade != written.grade {
            self.refuse(format!("{field}.grade"), "a grade is 1 to 5");
        }
        let cause = written.cause.as_ref().and_then(|of| self.reason(&format!("{field}.cause"), of));
        let reason = written.reason.as_ref().and_then(|of| self.reason(&format!("{field}.reason"), of));
        let route = written.route.as_ref().and_then(|route| {
            let found = serde_json::from_value(serde_json::Value::String(route.trim().to_ascii_lowercase())).ok();
            if found.is_none() {
                self.refuse(format!("{field}.route"), format!("`{}` is no route", super::time::shown(route)));
            }
            found
        });
        let dose = super::dose::taken(written, concept.kind == ConceptKind::Procedure).unwrap_or_else(|why| {
            self.refuse(format!("{field}.dose"), format!("{of}: {why}"));
            super::Taken::Unknown
        });
        let single = written.date.is_some();
        let source = written.source.clone();
        let occurrence = Occurrence {
            of: of.clone(),
            start,
            end,
            single,
            grade,
            stage,
            histology,
            severity,
            cause,
            reason,
            route,
            dose,
            written: text,
            source,
        };
        self.record.occurrences.entry(of).or_default().push(occurrence);
    }

    /// What something was given or done for. A reason that a library knows and the protocol does not speak of is another one;
    /// one that nobody knows may be any.
    pub(crate) fn reason(&mut self, field: &str, of: &Of) -> Option<ConceptId> {
        let all = [ConceptKind::Condition, ConceptKind::Drug, ConceptKind::Procedure, ConceptKind::Event];
        let found = self.reader.codes.find(self.reader.trial, of, &all);
        if found.is_some() {
            return found;
        }
        if is_known(of) {
            return Some(ConceptId::from(""));
        }
        self.refuse(field, format!("no library knows {}", said(of)));
        None
    }

    /// Something that no library knows. It may be what a criterion asks about, so that silence is no answer any more.
    fn unmapped(&mut self, field: &str, written: &chart::Occurrence, span: Span, kinds: &[Kind]) {
        if is_known(&written.of) || written.absent {
            self.record.unused += 1;
            return;
        }
        let what = said(&written.of);
        let text = match &written.source {
            Some(source) if what.is_empty() => format!("a code of `{}`", super::time::shown(source)),
            Some(source) => format!("{what} ({source})"),
            None if what.is_empty() => "what it is: it has no code".to_owned(),
            None => what,
        };
        let field = field.to_owned();
        self.record.unmapped.push(Unmapped { field, kinds: kinds.to_vec(), span, written: text });
    }

    /// When it began and when it ended.
    fn extent(&mut self, field: &str, written: &chart::Occurrence) -> (Span, Span) {
        let refused = self.record.refused.len();
        let told = Told {
            date: self.date((field, "date"), written.date.as_ref()),
            start: self.date((field, "start"), written.start.as_ref()),
            end: self.date((field, "end"), written.end.as_ref()),
            lasts_on: match &written.ongoing {
                Some(Ongoing::On(text)) => self.date((field, "ongoing"), Some(text)).map(|when| when.span.first_day()),
                Some(Ongoing::Now(true)) => Some(self.last_day()),
                Some(Ongoing::Now(false)) | None => None,
            },
            is_over: matches!(written.ongoing, Some(Ongoing::Now(false))),
        };
        if self.record.refused.len() > refused {
            // A date that cannot be read may be any.
            return (Span::EVER, Span::EVER);
        }
        extent(&told, self.last_day()).unwrap_or_else(|why| {
            self.refuse(field, why);
            (Span::EVER, Span::EVER)
        })
    }

    fn complete(&mut self, chart: &Chart) {
        for (index, complete) in chart.complete.iter().enumerate() {
            let field = format!("complete[{index}]");
            let refused = self.record.refused.len();
            let from = self.date((&field, "from"), complete.from.as_ref());
            let to = self.date((&field, "to"), complete.to.as_ref());
            if self.record.refused.len() > refused {
                continue;
            }
            // Complete from some day of a month on: only from its last day on for sure.
            let from = from.map_or(PAST, |when| when.span.to - when.span.to.rem_euclid(super::DAY));
            let to = to.map_or_else(
                || Span::days(0, self.last_day()).to,
                |when| {
                    if when.precision == Precision::Time {
                        when.span.to
                    } else {
                        Span::days(0, when.span.first_day()).to
                    }
                },
            );
            for kind in &complete.records {
                self.record.complete.entry(*kind).or_default().push(Span::new(from, to));
            }
        }
    }
}

/// What an entry says of its time.
pub(crate) struct Told {
    pub(crate) date: Option<When>,
    pub(crate) start: Option<When>,
    pub(crate) end: Option<When>,
    /// A day on which it still lasts.
    pub(crate) lasts_on: Option<i64>,
    /// It lasts no more.
    pub(crate) is_over: bool,
}

/// When something began and when it ended, in a record that speaks of no later day than this.
///
/// # Errors
/// What about its dates does not go together.
pub(crate) fn extent(told: &Told, last_day: i64) -> Result<(Span, Span), String> {
    if let Some(date) = told.date {
        return Ok((date.span, date.span));
    }
    let ongoing = told.lasts_on.map(|day| Span::days(0, day).to.saturating_add(1));
    // What a record holds has begun by its last day; and by the day on which it is known to last.
    let latest = ongoing.unwrap_or(FUTURE).min(Span::days(0, last_day).to);
    let start = told.start.map_or(Span::new(PAST, told.end.map_or(latest, |end| end.span.to)), |start| start.span);
    if ongoing.zip(told.end).is_some_and(|(known, end)| end.span.to < known - 1) {
        return Err("it has ended, and is said to last after that".to_owned());
    }
    let end = match (told.end, ongoing) {
        (Some(end), _) => end.span,
        (None, Some(known)) => Span::new(known, FUTURE),
        (None, None) if told.is_over => Span::new(start.from, Span::days(0, last_day).to),
        (None, None) => Span::new(start.from, FUTURE),
    };
    if end.to < start.from {
        return Err(format!("it ends {end}, before it starts {start}"));
    }
    Ok((Span::new(start.from, start.to.min(end.to)), Span::new(end.from.max(start.from), end.to)))
}

impl Occurrence {
    /// Something of one time, with nothing else said of it.
    #[must_use]
    pub fn on(of: &ConceptId, span: Span, written: String) -> Self {
        Self {
            of: of.clone(),
            start: span,
            end: span,
            single: true,
            grade: None,
            stage: None,
            histology: None,
            severity: None,
            cause: None,
            reason: None,
            route: None,
            dose: super::Taken::Unknown,
            written,
            source: None,
        }
    }
}

/// The days on which someone may have been born who is of this age, in years, months, weeks or days.
#[must_use]
pub fn born(age: &BigRational, unit: &Unit, when: When) -> Option<Span> {
    let number = i64::try_from(age.floor().to_integer()).ok().filter(|number| (0..=60_000).contains(number))?;
    let days = |length: i64| {
        let (first, last) = (when.span.first_day(), when.span.last_day());
        Span::days(first - length * (number + 1) + 1, last - length * number)
    };
    match unit.code() {
        "a" => Some(born_between(number, 12, when)),
        "mo" => Some(born_between(number, 1, when)),
        "wk" => Some(days(7)),
        "d" => Some(days(1)),
        _ => None,
    }
}

/// The same for so many completed stretches of months.
fn born_between(number: i64, months: i64, when: When) -> Span {
    Span::days(
        add_months(when.span.first_day(), -months * (number + 1)) + 1,
        add_months(when.span.last_day(), -months * number),
    )
}

/// Whether the standard library has it, so that it is known to be nothing that the protocol speaks of.
pub(crate) fn is_known(of: &Of) -> bool {
    match of {
        Of::Name(name) => library::modules_with(name.trim()).next().is_some(),
        Of::Codes(codes) => codes.iter().any(super::codes::known),
    }
}

/// Every name that the standard library has.
pub(crate) fn known_names() -> impl Iterator<Item = &'static str> {
    library::names()
}

/// What an entry calls itself.
fn said(of: &Of) -> String {
    match of {
        Of::Name(name) => format!("`{}`", super::time::shown(name)),
        Of::Codes(codes) => {
            codes.iter().map(|code| format!("{} {}", code.system.word(), code.code)).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A coded result, in the test's own spelling.
fn word(concept: &Concept, written: &chart::Observation) -> Result<(Measured, Option<Unit>), String> {
    let text = written.value.0.trim();
    let found = concept.values.iter().find(|word| word.as_str().eq_ignore_ascii_case(text));
    found.map(|word| (Measured::Word(word.clone()), None)).ok_or_else(|| {
        let known = concept.values.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        format!("`{}` is none of its results, {known}", super::time::shown(text))
    })
}

/// A number in the unit of its measure.
fn number(concept: &Concept, written: &chart::Observation) -> Result<(Measured, Option<Unit>), String> {
    let text = written.value.0.trim();
    let signs = text.trim_start_matches(['<', '>', '=']);
    let comparator = match (written.comparator.as_deref().map(str::trim), text.strip_suffix(signs).unwrap_or("")) {
        (None | Some("" | "="), sign) => sign,
        (Some(comparator), "") => comparator,
        (Some(comparator), sign) if comparator == sign => comparator,
        (Some(comparator), sign) => return Err(format!("`{comparator}` and `{sign}` are said of one result")),
    };
    let number = Digits::from(signs.trim()).number();
    let number = number.ok_or_else(|| format!("`{}` is no number", super::time::shown(text)))?;
    let usual = concept.unit.clone().unwrap_or_else(Unit::one);
    let unit = match written.unit.as_deref().map(str::trim) {
        None | Some("") if usual.dimension().is_number() && usual.kind() == crate::units::UnitKind::Plain => usual,
        None | Some("") => return Err(format!("it has no unit, and needs one such as `{usual}`")),
        // As nearly every result is written.
        Some(unit) if unit == usual.code() => usual,
        Some(unit) => {
            let read = Unit::from_ucum(unit).or_else(|_| Unit::parse(unit));
            read.map_err(|_| format!("`{}` is no unit", super::time::shown(unit)))?
        }
    };
    let number = in_usual_unit(concept, &number, &unit)?;
    plausible(concept, &number)?;
    let limit = number.clone();
    let value = match comparator {
        "" | "=" => Measured::Number(number),
        "<" => Measured::Below { limit, included: false },
        "<=" => Measured::Below { limit, included: true },
        ">" => Measured::Above { limit, included: false },
        ">=" => Measured::Above { limit, included: true },
        other => return Err(format!("`{}` is no comparator", super::time::shown(other))),
    };
    Ok((value, Some(unit)))
}

/// A number of a unit, in the unit of the measure.
///
/// # Errors
/// Where the unit does not fit the measure, in words.
pub fn in_usual_unit(concept: &Concept, number: &BigRational, unit: &Unit) -> Result<BigRational, String> {
    let usual = concept.unit.clone().unwrap_or_else(Unit::one);
    if *unit == usual {
        return Ok(number.clone());
    }
    let said = |error: crate::units::ConversionError| error.to_string();
    match &concept.molar_mass {
        Some(mass) => unit.convert_substance(number, &usual, &mass.value.rational()).map_err(said),
        None => unit.convert(number, &usual).map_err(said),
    }
}

/// What no laboratory reports, or no score can be, is a wrong unit or a mistake.
fn plausible(concept: &Concept, number: &BigRational) -> Result<(), String> {
    for (range, what) in [(&concept.range, "what it can be"), (&concept.plausible, "what is plausible")] {
        let Some(range) = range else { continue };
        let usual = concept.unit.clone().unwrap_or_else(Unit::one);
        let bound = |exact: crate::ir::Exact| in_usual_unit(concept, &exact.rational(), &range.unit);
        let (low, high) = (bound(range.low)?, bound(range.high)?);
        if *number < low || *number > high {
            let (low, high) = (quantity(&low, &usual), quantity(&high, &usual));
            return Err(format!(
                "{} lies outside {what}, {low} to {high}: is the unit right?",
                quantity(number, &usual)
            ));
        }
    }
    Ok(())
}

/// A number as people write it, with its unit; a fraction without an end to six places.
#[must_use]
pub fn quantity(number: &BigRational, unit: &Unit) -> String {
    let text = super::decimal(number);
    if unit.code() == "1" { text } else { format!("{text} {unit}") }
}

fn as_written(observation: &chart::Observation) -> String {
    let comparator = observation.comparator.as_deref().unwrap_or("");
    let value = super::time::shown(&observation.value.0);
    match &observation.unit {
        Some(unit) => format!("{comparator}{value} {}", super::time::shown(unit)),
        None => format!("{comparator}{value}"),
    }
}

fn by_route(written: &chart::Occurrence) -> String {
    written.route.as_ref().map(|route| format!("{} ", super::time::shown(route))).unwrap_or_default()
}

fn amount(written: &chart::Occurrence) -> String {
    let Some(dose) = &written.dose else { return String::new() };
    let often = match &written.frequency {
        Some(chart::Frequency::TimesDaily(1)) => " daily".to_owned(),
        Some(chart::Frequency::TimesDaily(times)) => format!(" {times} times daily"),
        Some(chart::Frequency::EveryDays(days)) => format!(" every {days} days"),
        Some(chart::Frequency::AsNeeded) => " as needed".to_owned(),
        None => String::new(),
    };
    format!(" {} {}{often}", super::time::shown(&dose.value.0), super::time::shown(&dose.unit))
}

fn period(written: &chart::Occurrence) -> String {
    match (&written.date, &written.start, &written.end) {
        (Some(date), _, _) => format!(" on {date}"),
        (None, Some(start), Some(end)) => format!(" from {start} to {end}"),
        (None, Some(start), None) => format!(" from {start}"),
        (None, None, Some(end)) => format!(" up to {end}"),
        (None, None, None) => String::new(),
    }
}
