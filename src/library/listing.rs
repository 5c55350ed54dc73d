//! What `trialc list` shows: the library, the units, the words of the language and the codes of its messages.

use crate::ast::{Declaration, Item, Name, Property, PropertyKind, Text};
use crate::diagnostic::{Diagnostics, code};
use crate::syntax::{build_library_item, reserved_words};
use crate::units::known_units;

use super::module;

/// One list: its columns, and how its rows are found.
pub struct Listing {
    pub name: &'static str,
    pub about: &'static str,
    pub columns: &'static [&'static str],
    pub rows: fn() -> Vec<Vec<String>>,
}

/// Every list.
pub static LISTINGS: &[&Listing] = &[
    &Listing {
        name: "labs",
        about: "laboratory tests: unit, plausible range, molar mass, LOINC code",
        columns: MEASURES,
        rows: || measures("labs"),
    },
    &Listing {
        name: "vitals",
        about: "vital signs, body measures, heart and lung function",
        columns: MEASURES,
        rows: || measures("vitals"),
    },
    &Listing { name: "tests", about: "results that are words", columns: RESULTS, rows: || results("tests") },
    &Listing {
        name: "scores",
        about: "scales and scores of general use",
        columns: RESULTS,
        rows: || results("scores"),
    },
    &Listing { name: "myositis", about: "measures of myositis trials", columns: RESULTS, rows: || results("myositis") },
    &Listing {
        name: "oncology",
        about: "biomarkers, response and progression",
        columns: RESULTS,
        rows: || results("oncology"),
    },
    &Listing {
        name: "drugs",
        about: "drugs and their classes: ATC code, routes, half-life",
        columns: &["name", "drug", "classes", "ATC", "routes", "half-life"],
        rows: drugs,
    },
    &Listing {
        name: "conditions",
        about: "diagnoses and their classes: ICD-10",
        columns: CLASSES,
        rows: || classes("conditions"),
    },
    &Listing {
        name: "procedures",
        about: "treatment that is no drug",
        columns: CLASSES,
        rows: || classes("procedures"),
    },
    &Listing { name: "events", about: "what happens to patients", columns: CLASSES, rows: || classes("events") },
    &Listing {
        name: "questions",
        about: "standard questions, asked once",
        columns: &["name", "question", "asked of"],
        rows: questions,
    },
    &Listing { name: "core", about: "what is in scope everywhere", columns: RESULTS, rows: || results("core") },
    &Listing {
        name: "units",
        about: "the usual units and their spellings; every other unit of UCUM is known too",
        columns: &["code", "also written", "name", "measures"],
        rows: units,
    },
    &Listing { name: "words", about: "the reserved words of the language", columns: &["word"], rows: words },
    &Listing {
        name: "codes",
        about: "the codes of all messages; `trialc explain CODE` tells more",
        columns: &["code", "severity", "about"],
        rows: codes,
    },
];

const MEASURES: &[&str] = &["name", "meaning", "unit", "plausible", "molar mass", "LOINC"];
const RESULTS: &[&str] = &["name", "meaning", "results or range", "better"];
const CLASSES: &[&str] = &["name", "meaning", "classes", "codes"];

/// The declarations, definitions and sets of a module.
fn items(name: &str) -> Vec<Item> {
    let Some(module) = module(name) else { return Vec::new() };
    let mut ignored = Diagnostics::default();
    let texts = module.index().items.iter().filter_map(|item| module.text.get(item.range.clone()));
    texts.filter_map(|text| build_library_item(text, 0, &mut ignored)).collect()
}

fn declarations(name: &str) -> Vec<Declaration> {
    items(name)
        .into_iter()
        .filter_map(|item| if let Item::Declaration(found) = item { Some(found) } else { None })
        .collect()
}

fn label(text: Option<&Text>) -> String {
    text.map_or_else(String::new, |text| text.value.to_string())
}

/// What the first property that says it says.
fn first(properties: &[Property], say: impl Fn(&PropertyKind) -> Option<String>) -> String {
    properties.iter().find_map(|property| say(&property.kind)).unwrap_or_default()
}

fn joined(names: &[Name]) -> String {
    names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ")
}

fn texts(texts: &[Text]) -> String {
    texts.iter().map(|text| text.value.as_str()).collect::<Vec<_>>().join(", ")
}

fn quantity(quantity: &crate::ast::Quantity) -> String {
    let unit = quantity.unit.as_ref().map_or("", |unit| unit.text.as_str());
    format!("{} {unit}", quantity.number).trim_end().to_owned()
}

fn range(range: &crate::ast::Range) -> String {
    let unit = range.unit.as_ref().map_or("", |unit| unit.text.as_str());
    format!("{}..{} {unit}", range.low, range.high).trim_end().to_owned()
}

fn measures(name: &str) -> Vec<Vec<String>> {
    let rows = declarations(name).into_iter().map(|found| {
        let properties = &found.properties;
        vec![
            found.name.text.to_string(),
            label(found.label.as_ref()),
            first(
                properties,
                |kind| if let PropertyKind::Unit(unit) = kind { Some(unit.text.to_string()) } else { None },
            ),
            first(properties, |kind| match kind {
                PropertyKind::Plausible(bounds) | PropertyKind::Range(bounds) => Some(range(bounds)),
                _ => None,
            }),
            first(
                properties,
                |kind| if let PropertyKind::MolarMass(mass) = kind { Some(quantity(mass)) } else { None },
            ),
            first(properties, |kind| if let PropertyKind::Loinc(codes) = kind { Some(texts(codes)) } else { None }),
        ]
    });
    rows.collect()
}

fn results(name: &str) -> Vec<Vec<String>> {
    let rows = items(name).into_iter().filter_map(|item| match item {
        Item::Declaration(found) => Some(vec![
            found.name.text.to_string(),
            label(found.label.as_ref()),
            first(&found.properties, |kind| match kind {
                PropertyKind::Values(values) => Some(joined(values)),
                PropertyKind::Range(bounds) | PropertyKind::Plausible(bounds) => Some(range(bounds)),
                _ => None,
            }),
            first(&found.properties, |kind| match kind {
                PropertyKind::BetterHigher => Some("higher".to_owned()),
                PropertyKind::BetterLower => Some("lower".to_owned()),
                _ => None,
            }),
        ]),
        Item::Define(found) => Some(vec![
            found.name.text.to_string(),
            label(found.label.as_ref()),
            "a definition".to_owned(),
            String::new(),
        ]),
        Item::Set(found) => {
            let labels =
                found.entries.iter().filter_map(|entry| entry.head.as_ref()).map(|head| head.name.text.as_str());
            let labels = labels.collect::<Vec<_>>().join(", ");
            let about = if labels.is_empty() { "a set".to_owned() } else { format!("a set: {labels}") };
            Some(vec![found.name.text.to_string(), label(found.label.as_ref()), about, String::new()])
        }
        _ => None,
    });
    rows.collect()
}

fn is_a(properties: &[Property]) -> String {
    first(properties, |kind| if let PropertyKind::Is(classes) = kind { Some(joined(classes)) } else { None })
}

fn drugs() -> Vec<Vec<String>> {
    let rows = declarations("drugs").into_iter().map(|found| {
        let properties = &found.properties;
        vec![
            found.name.text.to_string(),
            label(found.label.as_ref()),
            is_a(properties),
            first(properties, |kind| if let PropertyKind::Atc(codes) = kind { Some(texts(codes)) } else { None }),
            first(properties, |kind| match kind {
                PropertyKind::Routes(routes) => {
                    Some(routes.iter().map(|(route, _)| route.word().to_string()).collect::<Vec<_>>().join(", "))
                }
                _ => None,
            }),
            first(properties, |kind| if let PropertyKind::HalfLife(half) = kind { Some(quantity(half)) } else { None }),
        ]
    });
    rows.collect()
}

fn classes(name: &str) -> Vec<Vec<String>> {
    let rows = declarations(name).into_iter().map(|found| {
        let properties = &found.properties;
        vec![
            found.name.text.to_string(),
            label(found.label.as_ref()),
            is_a(properties),
            first(properties, |kind| match kind {
                PropertyKind::Icd10(codes) | PropertyKind::Snomed(codes) => Some(texts(codes)),
                _ => None,
            }),
        ]
    });
    rows.collect()
}

fn questions() -> Vec<Vec<String>> {
    let rows = declarations("questions").into_iter().map(|found| {
        let asked = first(&found.properties, |kind| {
            if let PropertyKind::Asked(role) = kind { Some(format!("{role:?}").to_lowercase()) } else { None }
        });
        vec![found.name.text.to_string(), label(found.label.as_ref()), asked]
    });
    rows.collect()
}

fn units() -> Vec<Vec<String>> {
    let rows = known_units()
        .map(|unit| vec![unit.code.clone(), unit.spellings.join(", "), unit.name.to_owned(), unit.dimension.clone()]);
    rows.collect()
}

fn words() -> Vec<Vec<String>> {
    let mut words: Vec<&str> = reserved_words().collect();
    words.sort_unstable();
    words.into_iter().map(|word| vec![word.to_owned()]).collect()
}

fn codes() -> Vec<Vec<String>> {
    code::ALL.iter().map(|code| vec![code.id.to_owned(), code.severity.to_string(), code.title.to_owned()]).collect()
}
