//! Which column of a wide table is what: as the mapping says, and by their names.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::{Fact, Layout, Mapping, Means};
use super::shown;
use crate::ir::{Anchor, ConceptKind, DefinitionBody, Members, Trial, Truth, TruthKind, walk};
use crate::library;

/// What each column of a table is used for.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) id: usize,
    pub(crate) sex: Option<usize>,
    pub(crate) birth: Option<usize>,
    pub(crate) age: Option<usize>,
    pub(crate) as_of: Option<usize>,
    pub(crate) arm: Option<usize>,
    pub(crate) complete: Option<usize>,
    pub(crate) anchors: Vec<(String, usize)>,
    pub(crate) planned: Vec<(String, usize)>,
    pub(crate) judged: Vec<(String, usize)>,
    pub(crate) facts: Vec<Planned>,
    /// Columns that are used for nothing, though nobody said so.
    pub(crate) unused: Vec<String>,
}

/// Where the parts of one fact stand.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) kind: ConceptKind,
    pub(crate) at: Option<String>,
    pub(crate) means: Option<Means>,
    pub(crate) times_daily: Option<u32>,
    pub(crate) parts: BTreeMap<Part, From>,
}

/// A part of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Value,
    Unit,
    Comparator,
    LowerLimit,
    UpperLimit,
    Date,
    Start,
    End,
    Ongoing,
    Grade,
    Stage,
    Histology,
    Severity,
    Cause,
    Reason,
    Route,
    Dose,
    DoseUnit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Column(usize),
    Fixed(String),
}

/// What stands behind a name in a header, `hemoglobin_unit`, and which part it is.
const ENDINGS: &[(&str, Part)] = &[
    ("_dose_unit", Part::DoseUnit),
    ("_unit", Part::Unit),
    ("_units", Part::Unit),
    ("_comparator", Part::Comparator),
    ("_lower_limit", Part::LowerLimit),
    ("_lln", Part::LowerLimit),
    ("_upper_limit", Part::UpperLimit),
    ("_uln", Part::UpperLimit),
    ("_start_date", Part::Start),
    ("_start", Part::Start),
    ("_onset", Part::Start),
    ("_end_date", Part::End),
    ("_end", Part::End),
    ("_stop", Part::End),
    ("_date", Part::Date),
    ("_ongoing", Part::Ongoing),
    ("_grade", Part::Grade),
    ("_stage", Part::Stage),
    ("_histology", Part::Histology),
    ("_severity", Part::Severity),
    ("_cause", Part::Cause),
    ("_reason", Part::Reason),
    ("_route", Part::Route),
    ("_dose", Part::Dose),
];

pub(super) const IDS: [&str; 7] = ["id", "patient", "patient_id", "subject", "subject_id", "usubjid", "subjid"];
pub(super) const SEXES: [&str; 2] = ["sex", "gender"];
pub(super) const BIRTHS: [&str; 5] = ["birth", "birth_date", "birthdate", "date_of_birth", "dob"];

/// How a table lies, as the mapping says or the header shows.
pub(super) fn layout(mapping: &Mapping, header: &[String]) -> Layout {
    if let Some(layout) = mapping.layout {
        return layout;
    }
    let has = |name: &str| header.iter().any(|column| plain(column) == name);
    let long = !mapping.long.is_empty() || has("kind") && (has("name") || has("code"));
    if long { Layout::Long } else { Layout::Wide }
}

/// A name as it is compared: in lower case, with `_` for all that is no letter or digit.
pub(crate) fn plain(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{feff}');
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// The name that is nearest to one, if any is near.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let name = plain(name);
    let near = known.map(|known| (strsim::damerau_levenshtein(&plain(known), &name), known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + name.chars().count() / 4).then_some(known)
}

/// The column of that name.
pub(super) fn column(header: &[String], name: &str) -> Result<usize, String> {
    let exact = header.iter().position(|column| column.trim() == name.trim());
    let wanted = plain(name);
    exact.or_else(|| header.iter().position(|column| plain(column) == wanted)).ok_or_else(|| {
        // A renamed column may be far from its old name: then all of them are shown.
        let near = nearest(name, header.iter().map(String::as_str));
        let near = near.map_or_else(
            || format!("; its columns are {}", shown_list(header)),
            |near| format!(": did you mean `{}`?", shown(near)),
        );
        format!("the mapping has a column `{}`, and the table has none{near}", shown(name))
    })
}

fn shown_list(header: &[String]) -> String {
    const MOST: usize = 12;
    let names: Vec<String> = header.iter().take(MOST).map(|name| format!("`{}`", shown(name))).collect();
    let more = if header.len() > MOST { " …" } else { "" };
    names.join(", ") + more
}

/// A header in two: `hemoglobin [g/dL]` is `hemoglobin` and `g/dL`.
pub(super) fn unit_of(header: &str) -> (&str, Option<&str>) {
    let header = header.trim();
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((name, unit)) = header.strip_suffix(close).and_then(|inner| inner.split_once(open))
            && !name.trim().is_empty()
        {
            return (name.trim(), Some(unit.trim()));
        }
    }
    (header, None)
}

/// All that a protocol asks of its patients.
pub(super) fn truths(trial: &Trial) -> Vec<&Truth> {
    let criteria = trial.eligibility.iter().flat_map(|block| &block.criteria);
    let mut truths: Vec<&Truth> =
        criteria.flat_map(|criterion| criterion.when.iter().chain([&criterion.body])).collect();
    let rules = trial.restrictions.iter();
    truths.extend(rules.flat_map(|rule| rule.when.iter().chain([&rule.body])));
    truths.extend(trial.cohorts.iter().map(|cohort| &cohort.body));
    truths.extend(trial.populations.iter().map(|population| &population.body));
    truths.extend(trial.definitions.values().filter_map(|definition| match &definition.body {
        DefinitionBody::Truth(truth) => Some(truth),
        DefinitionBody::Value(_) => None,
    }));
    for set in trial.sets.values() {
        let Members::Truths(parts) = &set.members else { continue };
        truths.extend(parts.iter().flat_map(|part| part.when.as_deref().into_iter().chain([&part.body])));
    }
    truths
}

/// The questions of a protocol, by what answers are recorded for.
pub(super) fn questions(trial: &Trial) -> BTreeMap<String, String> {
    #[derive(Default)]
    struct Questions(BTreeMap<String, String>);
    impl walk::Visit for Questions {
        fn truth(&mut self, truth: &Truth) {
            if let TruthKind::Judged { key, question, .. } = &truth.kind {
                self.0.insert(key.to_string(), question.clone());
            }
            walk::walk_truth(self, truth);
        }
    }
    let mut found = Questions::default();
    for truth in truths(trial) {
        walk::Visit::truth(&mut found, truth);
    }
    found.0
}

/// The events that the trial's own times are counted from.
pub(crate) fn anchors(trial: &Trial) -> BTreeSet<String> {
    let of_core = trial.concepts.iter().filter(|(id, concept)| {
        let happens_often = matches!(id.as_str(), "death" | "hospitalization");
        concept.kind == ConceptKind::Event && concept.library == "core" && !happens_often
    });
    let mut found: BTreeSet<String> = of_core.map(|(id, _)| id.to_string()).collect();
    let asked = trial.eligibility.iter().filter_map(|block| match &block.anchor {
        Anchor::Event(event) => Some(event.to_string()),
        _ => None,
    });
    found.extend(asked);
    found.extend(trial.plans.iter().map(|plan| plan.event.to_string()));
    found.extend(trial.header.day_1.iter().map(ToString::to_string));
    found
}

/// The event at which a patient is screened first.
pub(crate) fn screening(trial: &Trial) -> String {
    let anchor = trial.eligibility.first().and_then(|block| match &block.anchor {
        Anchor::Event(event) => Some(event.to_string()),
        _ => None,
    });
    anchor.unwrap_or_else(|| "screening".to_owned())
}

/// What the columns of a header are.
///
/// # Errors
/// A column of the mapping that is not there, and what is there twice.
pub(super) fn plan(trial: &Trial, mapping: &Mapping, header: &[String]) -> Result<Plan, String> {
    let mut planning = Planning { trial, mapping, header, taken: vec![false; header.len()], plan: Plan::default() };
    let id = planning.mapped()?;
    planning.plan.id = match id {
        Some(id) => id,
        None => planning.take_one_of(&IDS).ok_or_else(|| {
            format!("it has no column of the patients' ids, such as `id`; its columns are {}", shown_list(header))
        })?,
    };
    planning.named()?;
    Ok(planning.plan)
}

struct Planning<'a> {
    trial: &'a Trial,
    mapping: &'a Mapping,
    header: &'a [String],
    taken: Vec<bool>,
    plan: Plan,
}

impl Planning<'_> {
    fn take(&mut self, name: &str) -> Result<usize, String> {
        let column = column(self.header, name)?;
        if let Some(taken) = self.taken.get_mut(column) {
            *taken = true;
        }
        Ok(column)
    }

    fn take_if(&mut self, name: Option<&String>) -> Result<Option<usize>, String> {
        name.map(|name| self.take(name)).transpose()
    }

    fn take_one_of(&mut self, names: &[&str]) -> Option<usize> {
        let free =
            self.header.iter().zip(&self.taken).position(|(name, taken)| !taken && names.contains(&&*plain(name)))?;
        if let Some(taken) = self.taken.get_mut(free) {
            *taken = true;
        }
        Some(free)
    }

    /// What the mapping says; gives the column of the ids.
    fn mapped(&mut self) -> Result<Option<usize>, String> {
        let mapping = self.mapping;
        let id = self.take_if(mapping.id.as_ref())?;
        self.plan.sex = self.take_if(mapping.sex.as_ref())?;
        self.plan.birth = self.take_if(mapping.birth.as_ref())?;
        self.plan.age = self.take_if(mapping.age.as_ref())?;
        self.plan.as_of = self.take_if(mapping.as_of.as_ref())?;
        self.plan.arm = self.take_if(mapping.arm.as_ref())?;
        self.plan.complete = self.take_if(mapping.complete_column.as_ref())?;
        for (name, column) in &mapping.anchors {
            let column = self.take(column)?;
            self.plan.anchors.push((name.clone(), column));
        }
        for (name, column) in &mapping.planned {
            let column = self.take(column)?;
            self.plan.planned.push((name.clone(), column));
        }
        for (name, column) in &mapping.judged {
            let column = self.take(column)?;
            self.plan.judged.push((name.clone(), column));
        }
        for (name, facts) in &mapping.facts {
            for fact in facts.all() {
                self.fact(name, fact)?;
            }
        }
        for name in &mapping.ignore {
            // What is to be left aside need not be there.
            let _ = self.take(name);
        }
        Ok(id)
    }

    fn fact(&mut self, name: &str, fact: &Fact) -> Result<(), String> {
        let columns = [
            (Part::Value, &fact.column),
            (Part::Unit, &fact.unit_column),
            (Part::Comparator, &fact.comparator_column),
            (Part::LowerLimit, &fact.lower_limit_column),
            (Part::UpperLimit, &fact.upper_limit_column),
            (Part::Date, &fact.date_column),
            (Part::Start, &fact.start_column),
            (Part::End, &fact.end_column),
            (Part::Ongoing, &fact.ongoing_column),
            (Part::Grade, &fact.grade_column),
            (Part::Stage, &fact.stage_column),
            (Part::Histology, &fact.histology_column),
            (Part::Severity, &fact.severity_column),
            (Part::Cause, &fact.cause_column),
            (Part::Reason, &fact.reason_column),
            (Part::Route, &fact.route_column),
            (Part::Dose, &fact.dose_column),
            (Part::DoseUnit, &fact.dose_unit_column),
        ];
        let fixed = [(Part::Unit, &fact.unit), (Part::Route, &fact.route), (Part::DoseUnit, &fact.dose_unit)];
        let fixed = fixed.into_iter().filter_map(|(part, text)| Some((part, From::Fixed(text.clone()?))));
        let mut parts: BTreeMap<Part, From> = fixed.collect();
        for (part, column) in columns {
            if let Some(column) = self.take_if(column.as_ref())? {
                parts.insert(part, From::Column(column));
            }
        }
        if let Some(From::Column(value)) = parts.get(&Part::Value)
            && !parts.contains_key(&Part::Unit)
            && let Some(unit) = self.header.get(*value).and_then(|header| unit_of(header).1)
        {
            parts.insert(Part::Unit, From::Fixed(unit.to_owned()));
        }
        // What only the library knows is nothing to this protocol.
        let Some(concept) = self.trial.concepts.get(name) else { return Ok(()) };
        let (name, kind) = (name.to_owned(), concept.kind);
        let (at, means, times_daily) = (fact.at.clone(), fact.means, fact.times_daily);
        self.plan.facts.push(Planned { name, kind, at, means, times_daily, parts });
        Ok(())
    }

    /// What the names of the other columns say.
    fn named(&mut self) -> Result<(), String> {
        let sex = self.take_one_of(&SEXES);
        self.plan.sex = self.plan.sex.or(sex);
        let birth = self.take_one_of(&BIRTHS);
        self.plan.birth = self.plan.birth.or(birth);
        let age = self.take_one_of(&["age"]);
        self.plan.age = self.plan.age.or(age);
        let as_of = self.take_one_of(&["as_of"]);
        self.plan.as_of = self.plan.as_of.or(as_of);
        let arm = self.take_one_of(&["arm"]);
        self.plan.arm = self.plan.arm.or(arm);
        let complete = self.take_one_of(&["complete"]);
        self.plan.complete = self.plan.complete.or(complete);
        let names = Names::of(self.trial);
        let free: Vec<usize> = (0..self.header.len()).filter(|at| self.taken.get(*at) == Some(&false)).collect();
        for at in free {
            let Some(written) = self.header.get(at) else { continue };
            let (name, unit) = unit_of(written);
            match names.find(name).or_else(|| names.find(written)) {
                Some(Found::Date(event)) => self.plan.anchors.push((event, at)),
                Some(Found::Question(key)) => self.plan.judged.push((key, at)),
                Some(Found::Fact(name, part)) => self.add(&name, part, at, unit)?,
                None if is_of_the_library(name) => {}
                None => self.plan.unused.push(written.clone()),
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, part: Part, at: usize, unit: Option<&str>) -> Result<(), String> {
        let Some(concept) = self.trial.concepts.get(name) else { return Ok(()) };
        let known = self.plan.facts.iter().position(|planned| planned.name == name);
        let known = known.unwrap_or_else(|| {
            let (name, kind) = (name.to_owned(), concept.kind);
            let (at, means, times_daily, parts) = (None, None, None, BTreeMap::new());
            self.plan.facts.push(Planned { name, kind, at, means, times_daily, parts });
            self.plan.facts.len() - 1
        });
        let Some(planned) = self.plan.facts.get_mut(known) else { return Ok(()) };
        if let Some(From::Column(other)) = planned.parts.insert(part, From::Column(at)) {
            let header = |at: usize| self.header.get(at).map(|name| shown(name)).unwrap_or_default();
            return Err(format!("its columns `{}` and `{}` are both of `{name}`", header(other), header(at)));
        }
        if let (Part::Value, Some(unit)) = (part, unit) {
            planned.parts.entry(Part::Unit).or_insert_with(|| From::Fixed(unit.to_owned()));
        }
        Ok(())
    }
}

/// What a name in a header stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Date(String),
    Question(String),
    Fact(String, Part),
}

/// All names that a header may have.
pub(super) struct Names {
    concepts: BTreeMap<String, String>,
    dates: BTreeMap<String, String>,
    questions: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn of(trial: &Trial) -> Self {
        let dates = anchors(trial).into_iter().chain(trial.visits.iter().map(|visit| visit.name.to_string()));
        Self {
            concepts: trial.concepts.keys().map(|id| (plain(id.as_str()), id.to_string())).collect(),
            dates: dates.map(|name| (plain(&name), name)).collect(),
            questions: questions(trial).into_keys().map(|key| (plain(&key), key)).collect(),
        }
    }

    pub(super) fn find(&self, header: &str) -> Option<Found> {
        let name = plain(header);
        let date = name.strip_suffix("_date").unwrap_or(&name);
        if let Some(event) = self.dates.get(&name).or_else(|| self.dates.get(date)) {
            return Some(Found::Date(event.clone()));
        }
        if let Some(key) = self.questions.get(&name) {
            return Some(Found::Question(key.clone()));
        }
        if let Some(concept) = self.concepts.get(&name) {
            return Some(Found::Fact(concept.clone(), Part::Value));
        }
        ENDINGS.iter().find_map(|(ending, part)| {
            let concept = self.concepts.get(name.strip_suffix(ending)?)?;
            Some(Found::Fact(concept.clone(), *part))
        })
    }
}

/// Whether a header names what a library knows and this protocol does not speak of.
fn is_of_the_library(header: &str) -> bool {
    let name = plain(header);
    let names = || library::MODULES.iter().flat_map(|module| module.index().items).map(|item| plain(item.name));
    let stem = ENDINGS.iter().find_map(|(ending, _)| name.strip_suffix(ending));
    names().any(|known| known == name || Some(known.as_str()) == stem)
}
