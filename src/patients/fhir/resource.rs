//! What is read of FHIR's resources (R4, <https://hl7.org/fhir/R4/>); elements that are not here are left aside.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::chart::Digits;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name {
            $($(#[$about])* pub(super) $field: $type,)*
        }
    )*};
}

type Text = Option<String>;
type Concept = Option<CodeableConcept>;

shapes! {
    Coding { system: Text, code: Text, display: Text, }
    CodeableConcept { coding: Vec<Coding>, text: Text, }
    Quantity { value: Option<Digits>, comparator: Text, unit: Text, system: Text, code: Text, }
    Period { start: Text, end: Text, }
    Reference { reference: Text, display: Text, }
    Extension { url: Text, value_code: Text, }

    /// The first look at a resource: which it is, and whose.
    About { resource_type: Text, id: Text, subject: Option<Reference>, patient: Option<Reference>, }

    Patient {
        id: Text,
        extension: Vec<Extension>,
        gender: Text,
        birth_date: Text,
        deceased_boolean: Option<bool>,
        deceased_date_time: Text,
    }

    ReferenceRange {
        low: Option<Quantity>,
        high: Option<Quantity>,
        #[serde(rename = "type")]
        kind: Concept,
        applies_to: Vec<CodeableConcept>,
        age: Option<Box<RawValue>>,
    }
    Component {
        code: CodeableConcept,
        value_quantity: Option<Quantity>,
        value_codeable_concept: Concept,
        value_string: Text,
        value_integer: Option<Digits>,
        data_absent_reason: Concept,
        reference_range: Vec<ReferenceRange>,
    }
    Observation {
        id: Text,
        status: Text,
        code: CodeableConcept,
        effective_date_time: Text,
        effective_instant: Text,
        effective_period: Option<Period>,
        value_quantity: Option<Quantity>,
        value_codeable_concept: Concept,
        value_string: Text,
        value_integer: Option<Digits>,
        data_absent_reason: Concept,
        reference_range: Vec<ReferenceRange>,
        component: Vec<Component>,
    }

    Condition {
        id: Text,
        clinical_status: Concept,
        verification_status: Concept,
        severity: Concept,
        code: Concept,
        onset_date_time: Text,
        onset_period: Option<Period>,
        onset_age: Option<Quantity>,
        abatement_date_time: Text,
        abatement_period: Option<Period>,
        abatement_age: Option<Quantity>,
        abatement_string: Text,
        recorded_date: Text,
    }

    Repeat {
        bounds_period: Option<Period>,
        frequency: Option<u32>,
        frequency_max: Option<u32>,
        period: Option<Digits>,
        period_max: Option<Digits>,
        period_unit: Text,
    }
    Timing { repeat: Option<Repeat>, code: Concept, }
    DoseAndRate { dose_quantity: Option<Quantity>, }
    Dosage {
        timing: Option<Timing>,
        as_needed_boolean: Option<bool>,
        as_needed_codeable_concept: Concept,
        route: Concept,
        dose_and_rate: Vec<DoseAndRate>,
    }
    DispenseRequest { validity_period: Option<Period>, }
    Medication { id: Text, code: Concept, }
    MedicationRequest {
        id: Text,
        status: Text,
        intent: Text,
        do_not_perform: Option<bool>,
        medication_codeable_concept: Concept,
        medication_reference: Option<Reference>,
        authored_on: Text,
        dosage_instruction: Vec<Dosage>,
        dispense_request: Option<DispenseRequest>,
        reason_code: Vec<CodeableConcept>,
        reason_reference: Vec<Reference>,
        contained: Vec<Box<RawValue>>,
    }
    MedicationStatement {
        id: Text,
        status: Text,
        medication_codeable_concept: Concept,
        medication_reference: Option<Reference>,
        effective_date_time: Text,
        effective_period: Option<Period>,
        date_asserted: Text,
        dosage: Vec<Dosage>,
        reason_code: Vec<CodeableConcept>,
        reason_reference: Vec<Reference>,
        contained: Vec<Box<RawValue>>,
    }
    AdministeredDose { route: Concept, dose: Option<Quantity>, }
    MedicationAdministration {
        id: Text,
        status: Text,
        medication_codeable_concept: Concept,
        medication_reference: Option<Reference>,
        effective_date_time: Text,
        effective_period: Option<Period>,
        dosage: Option<AdministeredDose>,
        reason_code: Vec<CodeableConcept>,
        reason_reference: Vec<Reference>,
        contained: Vec<Box<RawValue>>,
    }

    Procedure {
        id: Text,
        status: Text,
        code: Concept,
        performed_date_time: Text,
        performed_period: Option<Period>,
        performed_age: Option<Quantity>,
        reason_code: Vec<CodeableConcept>,
        reason_reference: Vec<Reference>,
    }
    Immunization {
        id: Text,
        status: Text,
        vaccine_code: Concept,
        occurrence_date_time: Text,
        route: Concept,
    }
    AllergyIntolerance {
        id: Text,
        clinical_status: Concept,
        verification_status: Concept,
        #[serde(rename = "type")]
        kind: Text,
        category: Vec<String>,
        code: Concept,
        onset_date_time: Text,
        onset_period: Option<Period>,
        onset_age: Option<Quantity>,
        recorded_date: Text,
    }
    Encounter {
        id: Text,
        status: Text,
        class: Option<Coding>,
        period: Option<Period>,
        reason_code: Vec<CodeableConcept>,
        reason_reference: Vec<Reference>,
    }
}

/// A resource of a type that is used here.
#[derive(Clone, Debug)]
pub(super) enum Resource {
    Patient(Box<Patient>),
    Observation(Box<Observation>),
    Condition(Box<Condition>),
    Medication(Box<Medication>),
    MedicationRequest(Box<MedicationRequest>),
    MedicationStatement(Box<MedicationStatement>),
    MedicationAdministration(Box<MedicationAdministration>),
    Procedure(Box<Procedure>),
    Immunization(Box<Immunization>),
    AllergyIntolerance(Box<AllergyIntolerance>),
    Encounter(Box<Encounter>),
}

/// A Bundle, its resources not read yet.
#[derive(Debug, Deserialize)]
pub(super) struct Bundle {
    #[serde(rename = "type", default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(default)]
    pub(super) full_url: Option<String>,
    #[serde(default)]
    pub(super) resource: Option<Box<RawValue>>,
}

impl CodeableConcept {
    /// What people call it.
    pub(super) fn words(&self) -> Option<&str> {
        let displays = self.coding.iter().filter_map(|coding| coding.display.as_deref());
        let codes = self.coding.iter().filter_map(|coding| coding.code.as_deref());
        self.text.as_deref().into_iter().chain(displays).chain(codes).find(|text| !text.trim().is_empty())
    }

    /// Whether it has a code, of whatever system.
    pub(super) fn is(&self, code: &str) -> bool {
        self.coding.iter().any(|coding| coding.code.as_deref() == Some(code))
    }

    /// Whether it has one of some codes.
    pub(super) fn is_one_of(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.is(code))
    }
}
