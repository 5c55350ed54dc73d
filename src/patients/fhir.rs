//! FHIR R4: Bundles, and resources one a line as bulk exports have them.
//!
//! A Bundle is a patient's own, or that of a few: it is held as a whole, and its charts come out at its end. Resources that
//! stand alone, and those of the pages of a search, are gathered over all files, and come out after the last: all of them
//! are held in memory. What becomes of each element: `docs/patients.md`.

mod allergy;
mod convert;
mod ingredient;
mod resource;
mod terms;
mod treatment;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::chart::{Fault, read_as};
use super::json::{Raw, Records};
use super::source::Head;
use super::{LONGEST_BUNDLE, Place, Rejection, Shared, Step, Steps, Work, kept};
use convert::{Building, Context, key};
use resource::{About, Bundle, CodeableConcept, Patient, Resource};

/// Resources that are no part of a patient's Bundle, of all files.
#[derive(Clone, Default)]
pub(super) struct Loose(Arc<Mutex<Vec<Located>>>);

impl Loose {
    fn take(&self) -> Vec<Located> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, more: impl IntoIterator<Item = Located>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }
}

/// A resource and where it stands.
struct Located {
    file: Arc<str>,
    place: Place,
    /// What references call it.
    keys: Vec<String>,
    /// Whose it is.
    subject: Option<String>,
    body: Result<Resource, Broken>,
}

/// A resource that cannot be read.
struct Broken {
    field: Option<String>,
    why: String,
    text: String,
}

/// The patients of one file.
pub(super) struct Resources<'a> {
    shared: Arc<Shared<'a>>,
    file: Arc<str>,
    records: Records<'a>,
    ready: Option<Group<'a>>,
    loose: Loose,
}

impl<'a> Resources<'a> {
    pub(super) fn new(shared: Arc<Shared<'a>>, file: &Arc<str>, head: Head<'a>, loose: Loose) -> Self {
        Self { shared, file: Arc::clone(file), records: Records::new(head, LONGEST_BUNDLE), ready: None, loose }
    }

    fn take(&mut self, raw: &Raw) -> Result<(), Fault> {
        let about: About = read_as(raw)?;
        if about.resource_type.is_none() {
            let why = "it is no FHIR resource: it has no resourceType".to_owned();
            return Err(Fault { field: Some("resourceType".to_owned()), why, line: 0 });
        }
        if about.resource_type.as_deref() != Some("Bundle") {
            let text = String::from_utf8_lossy(&raw.bytes);
            self.loose.add(located(&self.file, raw.place, None, &text));
            return Ok(());
        }
        let bundle: Bundle = read_as(raw)?;
        let mut found = Vec::new();
        for (index, entry) in bundle.entry.into_iter().enumerate() {
            let Some(resource) = entry.resource else { continue };
            let place = Place::Entry(index as u64 + 1);
            found.extend(located(&self.file, place, entry.full_url.as_deref(), resource.get()));
        }
        if bundle.kind.as_deref() == Some("searchset") {
            self.loose.add(found);
            return Ok(());
        }
        let (group, strangers) = Group::of(Arc::clone(&self.shared), found);
        self.loose.add(strangers);
        self.ready = Some(group);
        Ok(())
    }
}

impl Iterator for Resources<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.ready.as_mut().and_then(Group::next) {
                return Some(step);
            }
            self.ready = None;
            let raw = self.records.next()?;
            if let Err(fault) = self.take(&raw) {
                return Some(Err(Box::new(Rejection { id: None, ..fault.rejection(&self.file, &raw) })));
            }
        }
    }
}

/// The patients whose resources stood alone, once all files have been read.
pub(super) fn grouped<'a>(shared: Arc<Shared<'a>>, loose: &Loose) -> Option<(Arc<str>, Steps<'a>)> {
    let found = loose.take();
    let file = Arc::clone(&found.first()?.file);
    let (mut group, strangers) = Group::of(shared, found);
    group.strangers = unclaimed(strangers);
    Some((file, Box::new(group.map(Work::Done))))
}

/// Resources that nobody's record is there for: one rejection for each patient that they name.
fn unclaimed(strangers: Vec<Located>) -> VecDeque<Rejection> {
    let mut whose: BTreeMap<Option<String>, (usize, Located)> = BTreeMap::new();
    let mut rejections = VecDeque::new();
    for stranger in strangers {
        if let Err(broken) = &stranger.body
            && stranger.subject.is_none()
        {
            rejections.push_back(broken.rejection(&stranger, None));
            continue;
        }
        let counted = whose.entry(stranger.subject.clone()).or_insert((0, stranger));
        counted.0 += 1;
    }
    rejections.extend(whose.into_iter().map(|(subject, (count, first))| {
        let of = subject.as_ref().map_or_else(|| "no patient".to_owned(), |subject| format!("`{subject}`"));
        let why = format!("{count} resources are of {of}, and there is no such Patient");
        Rejection { id: subject, field: Some("subject".to_owned()), ..Rejection::of(&first.file, first.place, why) }
    }));
    rejections
}

/// One patient's resources.
struct Person {
    file: Arc<str>,
    place: Place,
    id: String,
    patient: Box<Patient>,
    resources: Vec<Resource>,
    broken: Option<Rejection>,
}

/// Patients and what their resources refer to.
struct Group<'a> {
    shared: Arc<Shared<'a>>,
    medications: HashMap<String, CodeableConcept>,
    conditions: HashMap<String, CodeableConcept>,
    people: VecDeque<Person>,
    strangers: VecDeque<Rejection>,
}

impl<'a> Group<'a> {
    /// Sorts resources by their patients; those of patients who are not among them are given back.
    fn of(shared: Arc<Shared<'a>>, found: Vec<Located>) -> (Self, Vec<Located>) {
        let empty = (HashMap::new(), HashMap::new());
        let (medications, conditions) = empty;
        let mut group = Self { shared, medications, conditions, people: VecDeque::new(), strangers: VecDeque::new() };
        let mut whose: HashMap<String, usize> = HashMap::new();
        let mut others = Vec::new();
        for located in found {
            match located.body {
                Ok(Resource::Patient(patient)) => {
                    for key in &located.keys {
                        whose.insert(key.clone(), group.people.len());
                    }
                    let own = patient.id.clone().or_else(|| located.keys.first().cloned());
                    let id = own.map(|id| id.trim_start_matches("urn:uuid:").to_owned()).unwrap_or_default();
                    let (file, place) = (located.file, located.place);
                    group.people.push_back(Person { file, place, id, patient, resources: Vec::new(), broken: None });
                }
                Ok(Resource::Medication(medication)) => {
                    let code = medication.code.unwrap_or_default();
                    group.medications.extend(located.keys.into_iter().map(|key| (key, code.clone())));
                }
                body => others.push(Located { body, ..located }),
            }
        }
        let mut strangers = Vec::new();
        for located in others {
            let person = located.subject.as_ref().and_then(|subject| whose.get(subject));
            let Some(person) = person.and_then(|at| group.people.get_mut(*at)) else {
                strangers.push(located);
                continue;
            };
            match &located.body {
                Err(broken) if person.broken.is_none() => {
                    person.broken = Some(broken.rejection(&located, Some(person.id.clone())));
                }
                Err(_) => {}
                Ok(resource) => {
                    if let Resource::Condition(condition) = resource
                        && let Some(code) = &condition.code
                    {
                        group.conditions.extend(located.keys.iter().map(|key| (key.clone(), code.clone())));
                    }
                    person.resources.extend(located.body.ok());
                }
            }
        }
        (group, strangers)
    }
}

impl Iterator for Group<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let Some(person) = self.people.pop_front() else {
            return self.strangers.pop_front().map(|stranger| Err(Box::new(stranger)));
        };
        if let Some(rejection) = person.broken {
            return Some(Err(Box::new(rejection)));
        }
        if person.id.is_empty() {
            let why = "the patient has no id".to_owned();
            let field = Some("id".to_owned());
            return Some(Err(Box::new(Rejection { field, ..Rejection::of(&person.file, person.place, why) })));
        }
        let context = Context {
            trial: self.shared.trial,
            mapping: &self.shared.options.mapping,
            medications: &self.medications,
            conditions: &self.conditions,
        };
        let mut building = Building::new(&context, person.id, &person.patient);
        for resource in &person.resources {
            building.take(resource);
        }
        Some(Ok((Box::new(building.chart), person.place)))
    }
}

impl Broken {
    fn rejection(&self, located: &Located, id: Option<String>) -> Rejection {
        let (field, text) = (self.field.clone(), self.text.clone());
        Rejection { id, field, text, ..Rejection::of(&located.file, located.place, self.why.clone()) }
    }
}

/// A resource, if it is one of a type that is used here.
fn located(file: &Arc<str>, place: Place, full_url: Option<&str>, text: &str) -> Option<Located> {
    let file = Arc::clone(file);
    let broken = |fault: Fault| Broken { field: fault.field, why: fault.why, text: kept(text.trim()) };
    let about: About = match part(text) {
        Ok(about) => about,
        Err(fault) => {
            return Some(Located { file, place, keys: Vec::new(), subject: None, body: Err(broken(fault)) });
        }
    };
    let kind = about.resource_type.unwrap_or_default();
    let body = match kind.as_str() {
        "Patient" => part(text).map(Resource::Patient),
        "Observation" => part(text).map(Resource::Observation),
        "Condition" => part(text).map(Resource::Condition),
        "Medication" => part(text).map(Resource::Medication),
        "MedicationRequest" => part(text).map(Resource::MedicationRequest),
        "MedicationStatement" => part(text).map(Resource::MedicationStatement),
        "MedicationAdministration" => part(text).map(Resource::MedicationAdministration),
        "Procedure" => part(text).map(Resource::Procedure),
        "Immunization" => part(text).map(Resource::Immunization),
        "AllergyIntolerance" => part(text).map(Resource::AllergyIntolerance),
        "Encounter" => part(text).map(Resource::Encounter),
        _ => return None,
    };
    let subject = about.subject.or(about.patient).and_then(|reference| reference.reference).map(|target| key(&target));
    // What is said of a group, a device or a place is said of no patient.
    let elsewhere = |subject: &String| !subject.starts_with("Patient/") && !subject.starts_with("urn:");
    if subject.as_ref().is_some_and(elsewhere) {
        return None;
    }
    let own = about.id.iter().flat_map(|id| [format!("{kind}/{id}"), format!("urn:uuid:{id}")]);
    let keys = full_url.into_iter().map(key).chain(own).collect();
    Some(Located { file, place, keys, subject, body: body.map_err(broken) })
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Fault> {
    read_as(&Raw { place: Place::File, bytes: text.as_bytes().to_vec(), fault: None })
}
