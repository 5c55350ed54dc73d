//! Drugs, vaccines and procedures.

use super::convert::{Building, Named, ends, medication};
use super::resource::{
    Dosage, Immunization, MedicationAdministration, MedicationRequest, MedicationStatement, Procedure, Quantity, Repeat,
};
use super::terms;
use crate::chart::{Amount, Frequency, Occurrence, Of, Ongoing};

/// Orders; a plan or a proposal is no treatment.
const ORDERS: [&str; 5] = ["order", "original-order", "reflex-order", "filler-order", "instance-order"];
/// How often by the codes of HL7's `GTSAbbreviation`: times a day.
const TIMES: [(&str, u32); 8] =
    [("QD", 1), ("AM", 1), ("PM", 1), ("BID", 2), ("TID", 3), ("QID", 4), ("Q6H", 4), ("Q8H", 3)];

impl Building<'_, '_> {
    /// A request is no intake. An active order is on the patient's list of present medications (US Core, Medication List
    /// Guidance), so it is taken to last; a completed or stopped one ended at a time that it does not tell.
    pub(super) fn request(&mut self, request: &MedicationRequest) {
        let ordered = request.intent.as_deref().is_some_and(|intent| ORDERS.contains(&intent));
        let status = request.status.as_deref().unwrap_or_default();
        if !ordered
            || request.do_not_perform == Some(true)
            || !matches!(status, "active" | "completed" | "stopped" | "on-hold")
        {
            return;
        }
        let concept = medication(
            self.context,
            request.medication_codeable_concept.as_ref(),
            request.medication_reference.as_ref(),
            &request.contained,
        );
        let Some(Named { of, source }) = self.name(concept.as_ref(), "MedicationRequest", request.id.as_ref()) else {
            return;
        };
        let bounds = request.dosage_instruction.iter().filter_map(|dosage| dosage.timing.as_ref()?.repeat.as_ref());
        let bounds = bounds.filter_map(|repeat| repeat.bounds_period.as_ref()?.end.clone()).max();
        let end = bounds.filter(|_| matches!(status, "completed" | "active"));
        let ongoing = match (status, &end) {
            ("active", None) => Some(Ongoing::Now(true)),
            ("completed" | "stopped", None) => Some(Ongoing::Now(false)),
            _ => None,
        };
        let reason = self.reason(&request.reason_code, &request.reason_reference);
        let start = request.authored_on.clone();
        let course = Occurrence { start, end, ongoing, reason, source, ..Occurrence::of(of) };
        self.chart.medications.push(dosed(course, &request.dosage_instruction));
    }

    pub(super) fn statement(&mut self, statement: &MedicationStatement) {
        let status = statement.status.as_deref().unwrap_or_default();
        if !matches!(status, "active" | "completed" | "stopped" | "on-hold" | "not-taken" | "unknown") {
            return;
        }
        let concept = medication(
            self.context,
            statement.medication_codeable_concept.as_ref(),
            statement.medication_reference.as_ref(),
            &statement.contained,
        );
        let Some(Named { of, source }) = self.name(concept.as_ref(), "MedicationStatement", statement.id.as_ref())
        else {
            return;
        };
        let (start, end) = ends(statement.effective_period.as_ref());
        let at = statement.effective_date_time.clone();
        let course = Occurrence { source, ..Occurrence::of(of) };
        if status == "not-taken" {
            let end = end.or(at).or_else(|| statement.date_asserted.clone());
            self.chart.medications.push(Occurrence { absent: true, start, end, ..course });
            return;
        }
        let ongoing = match (status, &end) {
            ("active", None) => Some(Ongoing::Now(true)),
            ("completed" | "stopped", None) => Some(Ongoing::Now(false)),
            _ => None,
        };
        // It was being taken on that day: it began then or before.
        let start = start.or_else(|| at.map(|date| format!("../{date}")));
        let reason = self.reason(&statement.reason_code, &statement.reason_reference);
        self.chart.medications.push(dosed(Occurrence { start, end, ongoing, reason, ..course }, &statement.dosage));
    }

    pub(super) fn administration(&mut self, given: &MedicationAdministration) {
        let status = given.status.as_deref().unwrap_or_default();
        if !matches!(status, "completed" | "in-progress" | "not-done" | "stopped") {
            return;
        }
        let concept = medication(
            self.context,
            given.medication_codeable_concept.as_ref(),
            given.medication_reference.as_ref(),
            &given.contained,
        );
        let Some(Named { of, source }) = self.name(concept.as_ref(), "MedicationAdministration", given.id.as_ref())
        else {
            return;
        };
        let (start, end) = ends(given.effective_period.as_ref());
        let date = given.effective_date_time.clone().or_else(|| one_day(start.as_ref(), end.as_ref()));
        let (start, end) = if date.is_some() { (None, None) } else { (start, end) };
        let absent = status == "not-done";
        let ongoing = (status == "in-progress" && date.is_none() && end.is_none()).then_some(Ongoing::Now(true));
        let dosage = given.dosage.as_ref();
        let dose = dosage.and_then(|dosage| amount(dosage.dose.as_ref()?)).filter(|_| !absent);
        let route = terms::route(dosage.and_then(|dosage| dosage.route.as_ref()));
        let reason = self.reason(&given.reason_code, &given.reason_reference);
        let course =
            Occurrence { absent, date, start, end, ongoing, reason, route, dose, source, ..Occurrence::of(of) };
        self.chart.medications.push(course);
    }

    pub(super) fn immunization(&mut self, immunization: &Immunization) {
        let status = immunization.status.as_deref().unwrap_or_default();
        if !matches!(status, "completed" | "not-done") {
            return;
        }
        let concept = immunization.vaccine_code.as_ref();
        let Some(Named { mut of, source }) = self.name(concept, "Immunization", immunization.id.as_ref()) else {
            return;
        };
        if of == Of::Codes(Vec::new())
            && let Some(name) = concept.and_then(terms::vaccine)
        {
            of = Of::Name(name.to_owned());
        }
        let absent = status == "not-done";
        let date = immunization.occurrence_date_time.clone();
        let ongoing = (date.is_none() && !absent).then_some(Ongoing::Now(false));
        let route = terms::route(immunization.route.as_ref());
        // Not given on a day is no word about other days; without a day it is no word at all.
        if !absent || date.is_some() {
            self.chart.medications.push(Occurrence { absent, date, ongoing, route, source, ..Occurrence::of(of) });
        }
    }

    pub(super) fn procedure(&mut self, procedure: &Procedure) {
        let status = procedure.status.as_deref().unwrap_or_default();
        if !matches!(status, "completed" | "in-progress" | "stopped" | "not-done") {
            return;
        }
        let Some(Named { of, source }) = self.name(procedure.code.as_ref(), "Procedure", procedure.id.as_ref()) else {
            return;
        };
        let (start, end) = ends(procedure.performed_period.as_ref());
        let birth = self.chart.birth.as_deref();
        let date = procedure.performed_date_time.clone().or_else(|| one_day(start.as_ref(), end.as_ref()));
        let date = date.or_else(|| procedure.performed_age.as_ref().and_then(|age| terms::at_age(age, birth)));
        let (start, end) = if date.is_some() { (None, None) } else { (start, end) };
        let absent = status == "not-done";
        if absent && date.is_none() && start.is_none() && end.is_none() {
            return;
        }
        let over = date.is_none() && end.is_none() && !absent;
        let ongoing = over.then_some(Ongoing::Now(status == "in-progress"));
        let reason = self.reason(&procedure.reason_code, &procedure.reason_reference);
        let done = Occurrence { absent, date, start, end, ongoing, reason, source, ..Occurrence::of(of) };
        self.chart.procedures.push(done);
    }
}

/// What began and ended on one day.
fn one_day(start: Option<&String>, end: Option<&String>) -> Option<String> {
    let (start, end) = (start?, end?);
    let day = start.get(..10)?;
    (end.get(..10) == Some(day)).then(|| day.to_owned())
}

fn amount(quantity: &Quantity) -> Option<Amount> {
    Some(Amount { value: quantity.value.clone()?, unit: terms::unit(quantity)? })
}

/// A course with its dose. Instructions that follow one another (a taper) are no dose of all of the course.
fn dosed(course: Occurrence, dosage: &[Dosage]) -> Occurrence {
    let [only] = dosage else {
        let route = dosage.first().and_then(|first| terms::route(first.route.as_ref()));
        return Occurrence { route, ..course };
    };
    let needed = only.as_needed_boolean == Some(true) || only.as_needed_codeable_concept.is_some();
    let frequency = if needed { Some(Frequency::AsNeeded) } else { only.timing.as_ref().and_then(often) };
    let dose = only.dose_and_rate.first().and_then(|dose| amount(dose.dose_quantity.as_ref()?));
    Occurrence { route: terms::route(only.route.as_ref()), dose, frequency, ..course }
}

fn often(timing: &super::resource::Timing) -> Option<Frequency> {
    if let Some(repeat) = timing.repeat.as_ref().filter(|repeat| repeat.period.is_some()) {
        return repeated(repeat);
    }
    let code = timing.code.as_ref()?;
    if code.is("QOD") {
        return Some(Frequency::EveryDays(2));
    }
    TIMES.iter().find(|(known, _)| code.is(known)).map(|(_, times)| Frequency::TimesDaily(*times))
}

/// So often in so long; what is no whole number of times a day or of days is left open.
fn repeated(repeat: &Repeat) -> Option<Frequency> {
    if repeat.frequency_max.is_some() || repeat.period_max.is_some() {
        return None;
    }
    let times = repeat.frequency.unwrap_or(1);
    let written = repeat.period.as_ref()?.0.trim();
    // `1.0` is 1.
    let whole = written
        .split_once('.')
        .map_or(written, |(whole, rest)| if rest.trim_matches('0').is_empty() { whole } else { written });
    let period: u32 = whole.parse().ok()?;
    let hours = match repeat.period_unit.as_deref()? {
        "h" => period,
        "d" => period.checked_mul(24)?,
        "wk" => period.checked_mul(24 * 7)?,
        _ => return None,
    };
    let in_a_day = times.checked_mul(24)?;
    if hours == 0 || times == 0 {
        None
    } else if in_a_day % hours == 0 {
        Some(Frequency::TimesDaily(in_a_day / hours))
    } else if hours % in_a_day == 0 {
        Some(Frequency::EveryDays(hours / in_a_day))
    } else {
        None
    }
}
