//! The words of other terminologies that FHIR's records use, in ours.

use jiff::ToSpan;
use jiff::civil::Date;

use super::resource::{CodeableConcept, Coding, Period, Quantity};
use crate::chart::{Code, System};
use crate::patients::mapping::coded;

/// The addresses of the systems of codes (R4, section 4.3, and the HL7 terminology site for ICD-10-CM and ATC).
const SYSTEMS: &[(&str, System)] = &[
    ("http://loinc.org", System::Loinc),
    ("http://snomed.info/sct", System::Snomed),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", System::Rxnorm),
    ("http://www.whocc.no/atc", System::Atc),
    ("http://fhir.de/CodeSystem/bfarm/atc", System::Atc),
    ("http://hl7.org/fhir/sid/icd-10", System::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-cm", System::Icd10),
    ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", System::Icd10),
    ("urn:oid:2.16.840.1.113883.6.1", System::Loinc),
    ("urn:oid:2.16.840.1.113883.6.96", System::Snomed),
    ("urn:oid:2.16.840.1.113883.6.88", System::Rxnorm),
    ("urn:oid:2.16.840.1.113883.6.73", System::Atc),
    ("urn:oid:2.16.840.1.113883.6.3", System::Icd10),
    ("urn:oid:2.16.840.1.113883.6.90", System::Icd10),
];
const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

/// Codes of the CDC's list of vaccines administered (CVX) by the vaccine of the library that they are.
const VACCINES: &[(&str, &str)] = &[
    ("03", "MMR_vaccine"),
    ("05", "measles_vaccine"),
    ("21", "varicella_vaccine"),
    ("121", "live_zoster_vaccine"),
    ("187", "recombinant_zoster_vaccine"),
    ("37", "yellow_fever_vaccine"),
    ("19", "BCG_vaccine"),
    ("02", "oral_polio_vaccine"),
    ("10", "inactivated_polio_vaccine"),
    ("116", "rotavirus_vaccine"),
    ("119", "rotavirus_vaccine"),
    ("122", "rotavirus_vaccine"),
    ("25", "oral_typhoid_vaccine"),
    ("56", "dengue_vaccine"),
    ("111", "live_influenza_vaccine"),
    ("149", "live_influenza_vaccine"),
    ("135", "influenza_vaccine"),
    ("140", "influenza_vaccine"),
    ("141", "influenza_vaccine"),
    ("150", "influenza_vaccine"),
    ("153", "influenza_vaccine"),
    ("155", "influenza_vaccine"),
    ("158", "influenza_vaccine"),
    ("161", "influenza_vaccine"),
    ("185", "influenza_vaccine"),
    ("186", "influenza_vaccine"),
    ("197", "influenza_vaccine"),
    ("205", "influenza_vaccine"),
    ("207", "COVID19_vaccine"),
    ("208", "COVID19_vaccine"),
    ("217", "COVID19_vaccine"),
    ("300", "COVID19_vaccine"),
    ("33", "pneumococcal_vaccine"),
    ("133", "pneumococcal_vaccine"),
    ("215", "pneumococcal_vaccine"),
    ("216", "pneumococcal_vaccine"),
    ("114", "meningococcal_vaccine"),
    ("136", "meningococcal_vaccine"),
    ("52", "hepatitis_A_vaccine"),
    ("83", "hepatitis_A_vaccine"),
    ("08", "hepatitis_B_vaccine"),
    ("43", "hepatitis_B_vaccine"),
    ("189", "hepatitis_B_vaccine"),
    ("62", "HPV_vaccine"),
    ("165", "HPV_vaccine"),
    ("35", "tetanus_vaccine"),
];

/// Routes of administration by their SNOMED CT codes, and the words that are written for them.
const ROUTES: &[(&str, &str, &[&str])] = &[
    ("26643006", "oral", &["po", "by mouth", "per os", "oral use"]),
    ("47625008", "intravenous", &["iv", "intravenous use"]),
    ("34206005", "subcutaneous", &["sc", "subcut", "subcutaneous use"]),
    ("78421000", "intramuscular", &["im", "intramuscular use"]),
    ("6064005", "topical", &["cutaneous"]),
    ("447694001", "inhaled", &["inhalation", "respiratory tract", "inh"]),
    ("372464004", "intradermal", &["id"]),
    ("37161004", "rectal", &["pr"]),
    ("37839007", "sublingual", &["sl"]),
    ("45890007", "transdermal", &[]),
    ("46713006", "intranasal", &["nasal"]),
    ("54485002", "ophthalmic", &["ocular"]),
    ("72607000", "intrathecal", &[]),
    ("418401004", "intravitreal", &[]),
    ("12130007", "intraarticular", &["intra-articular"]),
];

/// Results that are words, by SNOMED CT, LOINC answer or HL7 version 2 code.
const RESULTS: &[(&str, &str)] = &[
    ("10828004", "positive"),
    ("260385009", "negative"),
    ("260373001", "positive"),
    ("260415000", "negative"),
    ("LA6576-8", "positive"),
    ("LA6577-6", "negative"),
    ("POS", "positive"),
    ("NEG", "negative"),
];

const SEVERITIES: &[(&str, &str)] = &[("255604002", "mild"), ("6736007", "moderate"), ("24484000", "severe")];

/// The code, where its system is one that the library has codes of.
pub(super) fn code(coding: &Coding) -> Option<Code> {
    let (_, system) = SYSTEMS.iter().find(|(address, _)| coding.system.as_deref() == Some(address))?;
    coding.code.as_deref().filter(|code| !code.trim().is_empty()).map(|code| coded(*system, code))
}

/// The short name of a system, for the mapping.
pub(super) fn short(system: &str) -> &str {
    if system == CVX { "cvx" } else { system }
}

/// The vaccine of a CVX code; of one that is not listed, the class of all vaccines.
pub(super) fn vaccine(concept: &CodeableConcept) -> Option<&'static str> {
    let mut codes = concept.coding.iter().filter(|coding| coding.system.as_deref() == Some(CVX));
    let code = codes.find_map(|coding| coding.code.as_deref())?.trim();
    let same = |known: &str| known == code || known.trim_start_matches('0') == code;
    Some(VACCINES.iter().find(|(known, _)| same(known)).map_or("vaccine", |(_, name)| name))
}

pub(super) fn route(concept: Option<&CodeableConcept>) -> Option<String> {
    let concept = concept?;
    let words = || concept.text.iter().chain(concept.coding.iter().filter_map(|coding| coding.display.as_ref()));
    let fits = |(code, name, others): &&(&str, &str, &[&str])| {
        let says = |word: &String| {
            let word = word.trim().to_lowercase();
            let word = word.strip_suffix(" route").unwrap_or(&word);
            word == *name || others.contains(&word)
        };
        concept.is(code) || words().any(says)
    };
    ROUTES.iter().find(fits).map(|(_, name, _)| (*name).to_owned())
}

pub(super) fn result(concept: &CodeableConcept) -> Option<&'static str> {
    RESULTS.iter().find(|(code, _)| concept.is(code)).map(|(_, word)| *word)
}

pub(super) fn severity(concept: Option<&CodeableConcept>) -> Option<String> {
    let concept = concept?;
    SEVERITIES.iter().find(|(code, _)| concept.is(code)).map(|(_, word)| (*word).to_owned())
}

/// At some time of a period. A period without an end has not ended: FHIR means that it goes on (R4, section 2.24.0.13).
pub(super) fn within(period: &Period) -> Option<String> {
    match (&period.start, &period.end) {
        (Some(start), Some(end)) if start == end => Some(start.clone()),
        (Some(start), Some(end)) => Some(format!("{start}/{end}")),
        (Some(start), None) => Some(format!("{start}/..")),
        (None, Some(end)) => Some(format!("../{end}")),
        (None, None) => None,
    }
}

/// The days on which somebody born on a day was so old.
pub(super) fn at_age(age: &Quantity, birth: Option<&str>) -> Option<String> {
    let number: i64 = age.value.as_ref()?.0.trim().parse().ok().filter(|number| (0..200_000).contains(number))?;
    let birth: Date = birth?.parse().ok()?;
    let (from, one) = match age.code.as_deref().or(age.unit.as_deref())?.trim() {
        "a" | "years" | "year" | "yr" => (number.checked_mul(12)?.try_into().ok().map(|n: i32| n.months())?, 1.years()),
        "mo" | "months" | "month" => (i32::try_from(number).ok()?.months(), 1.months()),
        "wk" | "weeks" | "week" => (i32::try_from(number).ok()?.weeks(), 1.weeks()),
        "d" | "days" | "day" => (i32::try_from(number).ok()?.days(), 1.days()),
        _ => return None,
    };
    let from = birth.checked_add(from).ok()?;
    let to = from.checked_add(one).ok()?.checked_sub(1.days()).ok()?;
    Some(if from == to { from.to_string() } else { format!("{from}/{to}") })
}

/// A unit: UCUM's code where it is given, the words otherwise.
pub(super) fn unit(quantity: &Quantity) -> Option<String> {
    let ucum = quantity.system.as_deref() == Some(UCUM);
    let code = quantity.code.as_ref().filter(|_| ucum);
    code.or(quantity.unit.as_ref()).or(quantity.code.as_ref()).filter(|unit| !unit.trim().is_empty()).cloned()
}
