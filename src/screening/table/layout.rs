//! What the columns of a table of a row a patient are to a plan: worked out once for each table.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use crate::chart::Kind;
use crate::ir::{Concept, ConceptKind};
use crate::patients::columns::{From, Part, Planned};
use crate::patients::wide::Wide;
use crate::plan::quick::Written;
use crate::plan::{ConceptAt, Plan};
use crate::record::{MEASURES, Precision, Reader, When, in_usual_unit};
use crate::units::Unit;

/// The columns of a table, each with what it is to the plan.
#[derive(Debug)]
pub(super) struct Layout {
    /// The concept `sex`, where the protocol speaks of it, and the column.
    pub(super) sex: Option<(Option<ConceptAt>, usize)>,
    pub(super) birth: Option<usize>,
    pub(super) age: Option<usize>,
    pub(super) as_of: Option<usize>,
    /// The day of the record where the table does not say.
    pub(super) site_as_of: Option<i32>,
    pub(super) complete: Option<usize>,
    pub(super) always_complete: Vec<Kind>,
    pub(super) dates: Vec<Dated>,
    pub(super) judged: Vec<Judged>,
    pub(super) measures: Vec<Measure>,
    pub(super) happenings: Vec<Happening>,
    /// Units of doses that have been met; a code is a place among them.
    pub(super) doses: Mutex<Vec<Written>>,
}

/// The dates of an event or visit.
#[derive(Debug)]
pub(super) struct Dated {
    pub(super) name: String,
    /// Where it is an event.
    pub(super) event: Option<ConceptAt>,
    /// A name that the protocol does not have: its dates are refused.
    pub(super) unknown: bool,
    pub(super) column: Option<usize>,
    /// The day for all who have none.
    pub(super) common: Option<i32>,
    pub(super) planned: Option<usize>,
    pub(super) site_planned: Option<i32>,
}

/// The answers to a question.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) column: usize,
    /// A fact's name, whose cells the mapping may give another meaning.
    pub(super) fact: Option<String>,
    /// The places of its key among the plan's questions.
    pub(super) at: Vec<usize>,
    /// Nobody asks it: its answers are refused.
    pub(super) unasked: bool,
}

/// The results of a measure.
#[derive(Debug)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) of: ConceptAt,
    pub(super) coded: bool,
    pub(super) value: usize,
    pub(super) unit: UnitOf,
    pub(super) comparator: Option<usize>,
    pub(super) lower: Option<usize>,
    pub(super) upper: Option<usize>,
    pub(super) on: On,
    /// What its numbers can be: from, to, and whether those were converted.
    pub(super) ranges: Vec<(f64, f64, bool)>,
}

/// The date of a result.
#[derive(Debug)]
pub(super) enum On {
    Column(usize),
    /// That of an event or visit.
    At(String),
}

#[derive(Debug)]
pub(super) enum UnitOf {
    Fixed(Conversion),
    Column(usize),
}

/// From a unit into that of the measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Conversion {
    Same,
    Linear {
        factor: f64,
        offset: f64,
    },
    /// It cannot be read, or does not fit.
    Refused,
}

/// A condition, drug, procedure or event.
#[derive(Debug)]
pub(super) struct Happening {
    pub(super) of: ConceptAt,
    pub(super) at: String,
    pub(super) planned: Planned,
    /// Dates of it are dates of the trial.
    pub(super) anchor: bool,
}

impl Layout {
    /// Nothing where the table holds what only the way for one patient understands.
    pub(super) fn new(wide: &Wide<'_>, reader: &Reader<'_>, plan: &Plan) -> Option<Self> {
        let (columns, mapping) = (&wide.plan, wide.mapping());
        if mapping.renames() || !reader.site.ranges.is_empty() {
            return None;
        }
        let mut layout = Self {
            sex: None,
            birth: columns.birth,
            age: columns.age,
            as_of: columns.as_of,
            site_as_of: reader.site.as_of.map(i32::try_from).transpose().ok()?,
            complete: columns.complete,
            always_complete: mapping.complete.clone(),
            dates: Vec::new(),
            judged: Vec::new(),
            measures: Vec::new(),
            happenings: Vec::new(),
            doses: Mutex::default(),
        };
        if let Some(column) = columns.sex {
            let at = plan.place("sex");
            if let Some(concept) = reader.trial.concepts.get("sex") {
                is_coded(concept.kind).then_some(())?;
            }
            layout.sex = Some((at, column));
        }
        layout.dates(wide, reader, plan)?;
        for (key, column) in &columns.judged {
            layout.judged(key, (*column, None), reader, plan);
        }
        for planned in &columns.facts {
            layout.fact(planned, wide, reader, plan)?;
        }
        let all: Vec<&str> = layout.measures.iter().map(|measure| measure.name.as_str()).collect();
        let names: BTreeSet<&str> = all.iter().copied().collect();
        let questions = layout.judged.iter().flat_map(|judged| &judged.at);
        let once: BTreeSet<usize> = questions.clone().copied().collect();
        let happenings: BTreeSet<ConceptAt> = layout.happenings.iter().map(|one| one.of).collect();
        let repeated = names.len() != all.len()
            || once.len() != questions.count()
            || happenings.len() != layout.happenings.len()
            // An age or a sex among the facts is read by its own rules.
            || ["age", "sex"].iter().any(|name| names.contains(name));
        (!repeated).then_some(layout)
    }

    fn dates(&mut self, wide: &Wide<'_>, reader: &Reader<'_>, plan: &Plan) -> Option<()> {
        let trial = reader.trial;
        let day = |text: &str| text.parse::<When>().ok().and_then(|when| whole(&when));
        let mut dated = |name: &str| -> usize {
            let found = self.dates.iter().position(|known| known.name == name);
            found.unwrap_or_else(|| {
                let event = trial.concepts.get(name).is_some_and(|concept| concept.kind == ConceptKind::Event);
                let visit = trial.visits.iter().any(|visit| visit.name.as_str() == name);
                self.dates.push(Dated {
                    name: name.to_owned(),
                    event: if event { plan.place(name) } else { None },
                    unknown: !event && !visit,
                    column: None,
                    common: None,
                    planned: None,
                    site_planned: None,
                });
                self.dates.len() - 1
            })
        };
        let (mut columns, mut planned, mut common, mut site) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (name, column) in &wide.plan.anchors {
            columns.push((dated(name), *column));
        }
        for (name, column) in &wide.plan.planned {
            planned.push((dated(name), *column));
        }
        for (name, text) in wide.shared.options.anchors.common()? {
            common.push((dated(name), day(text)?));
        }
        for (event, when) in &reader.site.planned {
            site.push((dated(event.as_str()), whole(when)?));
        }
        for (at, column) in columns {
            self.dates.get_mut(at)?.column.replace(column).is_none().then_some(())?;
        }
        for (at, column) in planned {
            self.dates.get_mut(at)?.planned.replace(column).is_none().then_some(())?;
        }
        for (at, day) in common {
            self.dates.get_mut(at)?.common = Some(day);
        }
        for (at, day) in site {
            self.dates.get_mut(at)?.site_planned = Some(day);
        }
        Some(())
    }

    fn judged(&mut self, key: &str, (column, fact): (usize, Option<String>), reader: &Reader<'_>, plan: &Plan) {
        let questions = plan.questions.iter().enumerate();
        let at = questions.filter(|(_, known)| known.as_str() == key).map(|(at, _)| at).collect();
        self.judged.push(Judged { column, fact, at, unasked: !reader.is_asked(key) });
    }

    fn fact(&mut self, planned: &Planned, wide: &Wide<'_>, reader: &Reader<'_>, plan: &Plan) -> Option<()> {
        let concept = reader.trial.concepts.get(planned.name.as_str())?;
        let of = plan.place(&planned.name)?;
        let column = |part: Part| match planned.parts.get(&part) {
            Some(From::Column(column)) => Some(*column),
            Some(From::Fixed(_)) | None => None,
        };
        let at = planned.at.clone().unwrap_or_else(|| wide.screening.clone());
        match planned.kind {
            ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score => {
                // Without a column of values there are no results.
                let Some(value) = column(Part::Value) else { return Some(()) };
                MEASURES.contains(&concept.kind).then_some(())?;
                let coded = is_coded(concept.kind);
                if !coded && wide.mapping().values.contains_key(&planned.name) {
                    return None;
                }
                let unit = match planned.parts.get(&Part::Unit) {
                    _ if coded => UnitOf::Fixed(Conversion::Same),
                    Some(From::Column(column)) => UnitOf::Column(*column),
                    Some(From::Fixed(text)) => UnitOf::Fixed(conversion(concept, text)),
                    None => UnitOf::Fixed(conversion(concept, "")),
                };
                self.measures.push(Measure {
                    name: planned.name.clone(),
                    of,
                    coded,
                    value,
                    unit,
                    comparator: column(Part::Comparator),
                    lower: column(Part::LowerLimit),
                    upper: column(Part::UpperLimit),
                    on: column(Part::Date).map_or(On::At(at), On::Column),
                    ranges: ranges(concept)?,
                });
            }
            ConceptKind::Question => {
                if let Some(value) = column(Part::Value) {
                    self.judged(&planned.name, (value, Some(planned.name.clone())), reader, plan);
                }
            }
            ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event => {
                let anchor = planned.kind == ConceptKind::Event && wide.anchors.contains(&planned.name);
                self.happenings.push(Happening { of, at, planned: planned.clone(), anchor });
            }
        }
        Some(())
    }
}

impl Layout {
    /// The code of a unit of doses.
    pub(super) fn place(&self, unit: Written) -> Option<u32> {
        let mut known = self.doses.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|known| *known == unit).unwrap_or(known.len());
        if at == known.len() {
            known.push(unit);
        }
        u32::try_from(at).ok()
    }

    /// The units of doses by their codes.
    pub(super) fn doses(&self) -> Vec<Written> {
        self.doses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn is_coded(kind: ConceptKind) -> bool {
    matches!(kind, ConceptKind::Test | ConceptKind::Scale)
}

/// The day that a date is, where it is one.
fn whole(when: &When) -> Option<i32> {
    (when.precision == Precision::Day).then(|| i32::try_from(when.span.first_day()).ok()).flatten()
}

/// What a unit is to a measure, as the record reads it.
pub(super) fn conversion(concept: &Concept, written: &str) -> Conversion {
    let written = written.trim();
    let usual = concept.unit.clone().unwrap_or_else(Unit::one);
    if written.is_empty() {
        let plain = usual.dimension().is_number() && usual.kind() == crate::units::UnitKind::Plain;
        return if plain { Conversion::Same } else { Conversion::Refused };
    }
    let Some(unit) = Unit::from_ucum(written).or_else(|_| Unit::parse(written)).ok() else {
        return Conversion::Refused;
    };
    if unit == usual {
        return Conversion::Same;
    }
    linear(concept, &unit).unwrap_or(Conversion::Refused)
}

fn linear(concept: &Concept, unit: &Unit) -> Option<Conversion> {
    let convert = |number: i64| in_usual_unit(concept, &BigRational::from_integer(number.into()), unit).ok();
    let offset = convert(0)?;
    let factor = convert(1)? - &offset;
    if factor.is_zero() {
        return None;
    }
    Some(Conversion::Linear { factor: factor.to_f64()?, offset: offset.to_f64()? })
}

/// What the numbers of a measure can be.
fn ranges(concept: &Concept) -> Option<Vec<(f64, f64, bool)>> {
    let mut found = Vec::new();
    for range in [&concept.range, &concept.plausible].into_iter().flatten() {
        let same = concept.unit.as_ref().map_or_else(|| range.unit == Unit::one(), |unit| *unit == range.unit);
        let bound = |exact: crate::ir::Exact| in_usual_unit(concept, &exact.rational(), &range.unit).ok()?.to_f64();
        found.push((bound(range.low)?, bound(range.high)?, !same));
    }
    Some(found)
}
