//! What the numbers of a module mean, as JSON in its custom section `trialc`: hosts need no copy of the protocol.

use std::collections::BTreeMap;

use num_traits::ToPrimitive;
use serde::Serialize;

use crate::chart::Kind;
use crate::ir::{Concept, ConceptKind, Polarity, Range, Route, Trial, Word};
use crate::plan::Plan;
use crate::plan::quick::Written;
use crate::record::in_usual_unit;
use crate::units::{Unit, UnitKind};

/// The version of the memory's layout. It changes when a host that knows the old one would fill it wrongly.
pub(super) const FORMAT: &str = "trialc-wasm/1";

/// A route as a number; zero is none.
pub(super) fn route(route: Route) -> i32 {
    let at = Route::ALL.iter().position(|known| *known == route);
    at.and_then(|at| i32::try_from(at + 1).ok()).unwrap_or_default()
}

#[derive(Serialize)]
struct Names<'t> {
    format: &'static str,
    trial: &'t str,
    title: &'t str,
    criteria: Vec<Criterion<'t>>,
    /// The criteria whose state the host gives, in the order of their places in memory.
    given: Vec<&'t str>,
    concepts: Vec<Named<'t>>,
    questions: Vec<&'t str>,
    /// Stages, histologies, severities.
    terms: Vec<&'t str>,
    kinds: Vec<&'static str>,
    routes: [Route; 15],
    /// The events of the trial that its criteria are asked at.
    screenings: Vec<u32>,
    /// The units that doses can be given in, where the protocol asks for doses.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dose_units: BTreeMap<String, DoseUnit>,
}

/// The unit of a dose.
#[derive(Serialize)]
struct DoseUnit {
    /// The place of the module's own unit, and what one of this is in it, as a fraction.
    unit: u8,
    factor: [i64; 2],
    /// 1 by weight, 2 by surface.
    body: i32,
    /// It is an amount for some time.
    daily: bool,
}

#[derive(Serialize)]
struct Criterion<'t> {
    name: &'t str,
    polarity: &'static str,
}

#[derive(Serialize)]
struct Named<'t> {
    name: &'t str,
    kind: ConceptKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'t str>,
    /// The unit as people write it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
    /// A result needs no unit.
    #[serde(skip_serializing_if = "is_false")]
    bare: bool,
    #[serde(skip_serializing_if = "<[Word]>::is_empty")]
    words: &'t [Word],
    /// The least and the greatest number that it can be, or that is plausible, in its unit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bounds: Vec<(f64, f64)>,
    /// What describes it, by the places of the words among the terms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stages: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    histologies: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    severities: Vec<u32>,
}

/// The names of a module's numbers.
pub(super) fn section(trial: &Trial, plan: &Plan, given: &[usize]) -> Vec<u8> {
    let criterion = |at: &usize| plan.rules.get(*at).map_or("", |rule| rule.name.as_str());
    let names = Names {
        format: FORMAT,
        trial: trial.name.as_str(),
        title: &trial.title,
        criteria: plan
            .rules
            .iter()
            .map(|rule| Criterion {
                name: rule.name.as_str(),
                polarity: if rule.polarity == Polarity::Include { "include" } else { "exclude" },
            })
            .collect(),
        given: given.iter().map(criterion).collect(),
        concepts: trial.concepts.iter().map(|(id, concept)| named(plan, id.as_str(), concept)).collect(),
        questions: plan.questions.iter().map(Word::as_str).collect(),
        terms: plan.terms.iter().map(Word::as_str).collect(),
        kinds: Kind::ALL.iter().map(|kind| kind.word()).collect(),
        routes: Route::ALL,
        screenings: plan.screenings.iter().map(|event| event.0).collect(),
        dose_units: dose_units(plan),
    };
    serde_json::to_vec(&names).unwrap_or_default()
}

fn dose_units(plan: &Plan) -> BTreeMap<String, DoseUnit> {
    let known = plan.doses.amounts.iter().map(Unit::code);
    let amounts: Vec<&str> = known.chain(["g", "mg", "ug", "ng", "[IU]", "mL", "mmol"]).collect();
    let mut found = BTreeMap::new();
    for amount in amounts {
        for body in ["", "/kg", "/m2"] {
            for time in ["", "/d", "/wk", "/h"] {
                let text = format!("{amount}{body}{time}");
                let Some((unit, factor, body, daily)) = Written::of(plan, &text).and_then(|unit| unit.told()) else {
                    continue;
                };
                let factor = [*factor.numer(), *factor.denom()];
                found.insert(text, DoseUnit { unit: unit.0, factor, body: super::dose::body(body), daily });
            }
        }
    }
    found
}

fn named<'t>(plan: &Plan, name: &'t str, concept: &'t Concept) -> Named<'t> {
    let bound = |range: &Range| {
        let end = |exact: crate::ir::Exact| in_usual_unit(concept, &exact.rational(), &range.unit).ok()?.to_f64();
        Some((end(range.low)?, end(range.high)?))
    };
    let one = Unit::one();
    let unit = concept.unit.as_ref().unwrap_or(&one);
    let shown = unit.to_string();
    let terms = |words: &[Word]| words.iter().filter_map(|word| plan.term(word)).collect::<Vec<u32>>();
    let measured = matches!(concept.kind, ConceptKind::Lab | ConceptKind::Score);
    Named {
        name,
        kind: concept.kind,
        unit: concept.unit.as_ref().filter(|_| measured).map(Unit::code),
        shown: Some(shown).filter(|shown| measured && shown != unit.code()),
        bare: measured && unit.dimension().is_number() && unit.kind() == UnitKind::Plain,
        words: &concept.values,
        bounds: [&concept.range, &concept.plausible].into_iter().flatten().filter_map(bound).collect(),
        stages: terms(&concept.attributes.stages),
        histologies: terms(&concept.attributes.histologies),
        severities: terms(&concept.attributes.severities),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that `skip_serializing_if` asks for")]
fn is_false(truth: &bool) -> bool {
    !*truth
}
