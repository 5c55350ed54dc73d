//! From one patient's resources to a chart. `docs/patients.md` has the table of what becomes of what.

use std::collections::HashMap;

use super::ingredient::ingredient;
use super::resource::{
    CodeableConcept, Component, Condition, Medication, Observation, Patient, Period, Quantity, Reference,
    ReferenceRange, Resource,
};
use super::terms;
use crate::chart::{self, Chart, Digits, Occurrence, Of, Ongoing};
use crate::ir::Trial;
use crate::patients::columns::plain;
use crate::patients::mapping::{Mapping, named};

/// What conversion may look up.
pub(super) struct Context<'a> {
    pub(super) trial: &'a Trial,
    pub(super) mapping: &'a Mapping,
    /// Medications and conditions by what references call them.
    pub(super) medications: &'a HashMap<String, CodeableConcept>,
    pub(super) conditions: &'a HashMap<String, CodeableConcept>,
}

/// A chart on its way.
pub(super) struct Building<'c, 'a> {
    pub(super) context: &'c Context<'a>,
    pub(super) chart: Chart,
}

/// What a fact is of, and the words for its source; `None` where the mapping says that it is of nothing.
pub(super) struct Named {
    pub(super) of: Of,
    pub(super) source: Option<String>,
}

impl<'c, 'a> Building<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>, id: String, patient: &Patient) -> Self {
        let mut building = Self { context, chart: Chart { id, ..Chart::default() } };
        building.patient(patient);
        building
    }

    /// Takes what a resource says; one of another patient must not come here.
    pub(super) fn take(&mut self, resource: &Resource) {
        match resource {
            Resource::Observation(observation) => self.observation(observation),
            Resource::Condition(condition) => self.condition(condition),
            Resource::MedicationRequest(request) => self.request(request),
            Resource::MedicationStatement(statement) => self.statement(statement),
            Resource::MedicationAdministration(given) => self.administration(given),
            Resource::Procedure(procedure) => self.procedure(procedure),
            Resource::Immunization(immunization) => self.immunization(immunization),
            Resource::AllergyIntolerance(allergy) => self.allergy(allergy),
            Resource::Encounter(encounter) => self.encounter(encounter),
            Resource::Patient(_) | Resource::Medication(_) => {}
        }
    }

    fn patient(&mut self, patient: &Patient) {
        let is_birth_sex = |url: &str| url.ends_with("/us-core-birthsex");
        let birth_sex = patient.extension.iter().filter(|extension| extension.url.as_deref().is_some_and(is_birth_sex));
        let mut birth_sex = birth_sex.filter_map(|extension| match extension.value_code.as_deref() {
            Some("F") => Some("female"),
            Some("M") => Some("male"),
            _ => None,
        });
        let gender = patient.gender.as_deref().filter(|gender| matches!(*gender, "female" | "male"));
        self.chart.sex = birth_sex.next_back().or(gender).map(str::to_owned);
        self.chart.birth.clone_from(&patient.birth_date);
        let death = |date: Option<&String>| Occurrence {
            date: date.cloned(),
            ongoing: date.is_none().then_some(Ongoing::Now(false)),
            source: Some("Patient.deceased".to_owned()),
            ..Occurrence::of(Of::Name("death".to_owned()))
        };
        if patient.deceased_date_time.is_some() || patient.deceased_boolean == Some(true) {
            self.chart.events.push(death(patient.deceased_date_time.as_ref()));
        }
    }

    /// What a concept is called in the protocol, its codes otherwise; without codes that are known, its words stand in the
    /// source alone, and the record counts it among what nobody knows.
    pub(super) fn name(&self, concept: Option<&CodeableConcept>, resource: &str, id: Option<&String>) -> Option<Named> {
        let place = id.map_or_else(|| resource.to_owned(), |id| format!("{resource}/{id}"));
        let Some(concept) = concept else {
            return Some(Named { of: Of::Codes(Vec::new()), source: Some(place) });
        };
        let source = concept.words().map_or_else(|| place.clone(), |words| format!("{words}, {place}"));
        Some(Named { of: self.of(concept)?, source: Some(source) })
    }

    fn of(&self, concept: &CodeableConcept) -> Option<Of> {
        let mapping = self.context.mapping;
        for coding in &concept.coding {
            let (Some(system), Some(code)) = (&coding.system, &coding.code) else { continue };
            let found = mapping.code(terms::short(system), code).or_else(|| mapping.code(system, code));
            if let Some(name) = found {
                return named(name);
            }
        }
        let codes: Vec<_> = concept.coding.iter().filter_map(terms::code).collect();
        if let Some(drug) = ingredient(concept) {
            return Some(Of::Name(drug.to_owned()));
        }
        if codes.is_empty()
            && let Some(name) = concept.words().and_then(|words| mapping.name(words))
        {
            return named(name);
        }
        Some(Of::Codes(codes))
    }

    /// The first reason that is given.
    pub(super) fn reason(&self, codes: &[CodeableConcept], references: &[Reference]) -> Option<Of> {
        let conditions = self.context.conditions;
        let referred =
            references.iter().filter_map(|reference| conditions.get(&key(reference.reference.as_deref()?)));
        codes.iter().chain(referred).find_map(|concept| self.of(concept))
    }

    // ---- observations --------------------------------------------------------------------------------------------------------

    fn observation(&mut self, observation: &Observation) {
        if !matches!(observation.status.as_deref(), Some("final" | "amended" | "corrected")) {
            return;
        }
        let date = observation.effective_date_time.clone().or_else(|| observation.effective_instant.clone());
        let date = date.or_else(|| observation.effective_period.as_ref().and_then(terms::within));
        let whole = Component {
            code: observation.code.clone(),
            value_quantity: observation.value_quantity.clone(),
            value_codeable_concept: observation.value_codeable_concept.clone(),
            value_string: observation.value_string.clone(),
            value_integer: observation.value_integer.clone(),
            data_absent_reason: observation.data_absent_reason.clone(),
            reference_range: observation.reference_range.clone(),
        };
        for part in std::iter::once(&whole).chain(&observation.component) {
            self.result(part, date.as_ref(), observation.id.as_ref());
        }
    }

    fn result(&mut self, part: &Component, date: Option<&String>, id: Option<&String>) {
        if part.data_absent_reason.is_some() {
            return;
        }
        let quantity = part.value_quantity.as_ref();
        let value = quantity.and_then(|quantity| quantity.value.clone());
        let value = value.or_else(|| part.value_codeable_concept.as_ref().and_then(|concept| self.word(concept)));
        let value = value.or_else(|| part.value_integer.clone());
        let value = value.or_else(|| part.value_string.as_deref().map(Digits::from));
        let Some(value) = value else { return };
        let Some(Named { of, source }) = self.name(Some(&part.code), "Observation", id) else { return };
        let unit = quantity.and_then(terms::unit);
        let (lower_limit, upper_limit) = limits(&part.reference_range, unit.as_deref());
        self.chart.observations.push(chart::Observation {
            of,
            value,
            comparator: quantity.and_then(|quantity| quantity.comparator.clone()),
            unit,
            lower_limit,
            upper_limit,
            date: date.cloned(),
            source,
        });
    }

    /// A coded result in the protocol's words, where one of its tests has such a result.
    fn word(&self, concept: &CodeableConcept) -> Option<Digits> {
        let known = |text: &str| {
            let text = plain(text);
            let mut words = self.context.trial.concepts.values().flat_map(|concept| &concept.values);
            words.find(|word| plain(word.as_str()) == text).map(|word| Digits::from(word.as_str()))
        };
        let displays = concept.coding.iter().filter_map(|coding| coding.display.as_deref());
        let texts = concept.text.as_deref().into_iter().chain(displays);
        let mut written = texts.map(|text| self.context.mapping.name(text).unwrap_or(text));
        let found = written.clone().find_map(known).or_else(|| terms::result(concept).map(Digits::from));
        found.or_else(|| written.next().map(Digits::from)).or_else(|| concept.words().map(Digits::from))
    }

    // ---- conditions ----------------------------------------------------------------------------------------------------------

    fn condition(&mut self, condition: &Condition) {
        let verified = |code: &str| condition.verification_status.as_ref().is_some_and(|status| status.is(code));
        if verified("entered-in-error") {
            return;
        }
        let Some(Named { of, source }) = self.name(condition.code.as_ref(), "Condition", condition.id.as_ref()) else {
            return;
        };
        if verified("refuted") {
            let end = condition.recorded_date.clone();
            self.chart.conditions.push(Occurrence { absent: true, end, source, ..Occurrence::of(of) });
            return;
        }
        if ["unconfirmed", "provisional", "differential"].into_iter().any(verified) {
            // Neither there nor absent: it stands for something that nobody knows.
            let source = source.map(|source| format!("unconfirmed: {source}"));
            self.chart.conditions.push(Occurrence { source, ..Occurrence::of(Of::Codes(Vec::new())) });
            return;
        }
        let birth = self.chart.birth.as_deref();
        let start = condition.onset_date_time.clone();
        let start = start.or_else(|| condition.onset_period.as_ref().and_then(terms::within));
        let start = start.or_else(|| condition.onset_age.as_ref().and_then(|age| terms::at_age(age, birth)));
        let start = start.or_else(|| condition.recorded_date.as_ref().map(|date| format!("../{date}")));
        let end = condition.abatement_date_time.clone();
        let end = end.or_else(|| condition.abatement_period.as_ref().and_then(terms::within));
        let end = end.or_else(|| condition.abatement_age.as_ref().and_then(|age| terms::at_age(age, birth)));
        let ongoing = if end.is_some() {
            None
        } else if condition.abatement_string.is_some() {
            Some(Ongoing::Now(false))
        } else {
            lasting(condition.clinical_status.as_ref())
        };
        let severity = terms::severity(condition.severity.as_ref());
        self.chart.conditions.push(Occurrence { start, end, ongoing, severity, source, ..Occurrence::of(of) });
    }
}

/// What `clinicalStatus` says of a condition or an allergy without an end.
pub(super) fn lasting(status: Option<&CodeableConcept>) -> Option<Ongoing> {
    let status = status?;
    if status.is_one_of(&["active", "recurrence", "relapse"]) {
        Some(Ongoing::Now(true))
    } else if status.is_one_of(&["resolved", "inactive", "remission"]) {
        Some(Ongoing::Now(false))
    } else {
        None
    }
}

/// The one range of normal that is printed with a result, in its unit. Ranges of other kinds (therapeutic, critical) and
/// ranges of which one would have to be chosen are left aside.
fn limits(ranges: &[ReferenceRange], unit: Option<&str>) -> (Option<Digits>, Option<Digits>) {
    let normal = |range: &&ReferenceRange| range.kind.as_ref().is_none_or(|kind| kind.is("normal"));
    let some = |range: &&ReferenceRange| range.low.is_some() || range.high.is_some();
    let fitting: Vec<&ReferenceRange> = ranges.iter().filter(normal).filter(some).collect();
    let plain = |range: &&&ReferenceRange| range.applies_to.is_empty() && range.age.is_none();
    let range = match fitting.as_slice() {
        [only] => Some(*only),
        several => {
            let mut plain = several.iter().filter(plain);
            plain.next().filter(|_| plain.next().is_none()).copied()
        }
    };
    let limit = |quantity: &Option<Quantity>| {
        let quantity = quantity.as_ref()?;
        let own = terms::unit(quantity);
        let same = own.is_none() || own.as_deref() == unit;
        quantity.value.clone().filter(|_| same)
    };
    range.map_or((None, None), |range| (limit(&range.low), limit(&range.high)))
}

/// What a reference is looked up by: `Patient/1` of `http://…/Patient/1` and of `Patient/1/_history/2`; a `urn:` as it is.
pub(super) fn key(reference: &str) -> String {
    let reference = reference.trim();
    if reference.starts_with("urn:") || reference.starts_with('#') {
        return reference.to_owned();
    }
    let reference = reference.split("/_history/").next().unwrap_or(reference);
    let mut parts = reference.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(id), Some(kind)) => format!("{kind}/{id}"),
        _ => reference.to_owned(),
    }
}

/// The code of a medication, given or referred to.
pub(super) fn medication(
    context: &Context<'_>,
    concept: Option<&CodeableConcept>,
    reference: Option<&Reference>,
    contained: &[Box<serde_json::value::RawValue>],
) -> Option<CodeableConcept> {
    if let Some(concept) = concept {
        return Some(concept.clone());
    }
    let reference = reference?;
    let words = || CodeableConcept { text: reference.display.clone(), ..CodeableConcept::default() };
    let Some(target) = reference.reference.as_deref() else { return Some(words()) };
    if let Some(inside) = target.strip_prefix('#') {
        let mut inner = contained.iter().filter_map(|raw| serde_json::from_str::<Medication>(raw.get()).ok());
        let found = inner.find(|medication| medication.id.as_deref() == Some(inside));
        return found.and_then(|medication| medication.code).or_else(|| Some(words()));
    }
    context.medications.get(&key(target)).cloned().or_else(|| Some(words()))
}

/// Start and end of a period.
pub(super) fn ends(period: Option<&Period>) -> (Option<String>, Option<String>) {
    period.map_or((None, None), |period| (period.start.clone(), period.end.clone()))
}
