//! From what a protocol asks to what records may say.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::aims::{Aims, AnchorAim, HappeningAim, MeasureAim};
use super::day::{Dated, Known, Offset, Origin, SCREENING};
use super::numbers::{self, Numbers};
use super::slot::{Aspect, End, Happening, Measure, Number, Plan, Setting, What};
use crate::chart::Kind;
use crate::ir::{Concept, ConceptId, ConceptKind, Route, Trial, Word};
use crate::record::{Family, kinds_of};

/// Edges of one thing that are gone through; the day before and the day after belong to each.
const EDGES: usize = 12;

/// A slot for everything that patients of a protocol can differ in.
pub(super) fn plan(trial: &Trial, aims: &Aims) -> Plan {
    let criteria = aims.criteria.iter().map(|name| EcoString::from(name.as_str())).collect();
    let mut plan = Plan { criteria, ..Plan::default() };
    plan.sex = plan.add(list(&aims.sex), sexes());
    plan.birth = plan.add(list(&aims.age), births(&aims.ages));
    plan.as_of = plan.add(Vec::new(), days_of_record());
    for (at, anchor) in aims.anchors.iter().enumerate() {
        let criteria = if at == 0 { Vec::new() } else { list(&anchor.criteria) };
        let slot = plan.add(criteria, anchors(anchor, at == 0));
        plan.anchors.push((anchor.name.as_str().into(), slot));
    }
    for (key, criteria) in &aims.questions {
        let answers = [What::Nothing, What::Answer(true), What::Answer(false)].map(Setting::plain).to_vec();
        let slot = plan.add(list(criteria), answers);
        plan.judged.push((key.as_str().into(), slot));
    }
    complete(trial, aims, &mut plan);
    for aim in &aims.measures {
        if let Some(concept) = trial.concepts.get(&aim.id) {
            measure(concept, aim, &mut plan);
        }
    }
    for aim in &aims.happenings {
        if let Some(concept) = trial.concepts.get(&aim.id) {
            happening(trial, concept, aim, &mut plan);
        }
    }
    plan
}

fn list(criteria: &BTreeSet<u16>) -> Vec<u16> {
    criteria.iter().copied().collect()
}

fn screening(days: i32) -> Offset {
    Offset::days(SCREENING, days)
}

/// An edge, the day before it and the day after it.
fn around(edges: &BTreeSet<Offset>) -> Vec<Offset> {
    edges.iter().take(EDGES).flat_map(|edge| [edge.plus(-1), *edge, edge.plus(1)]).collect()
}

fn sexes() -> Vec<Setting> {
    let words = ["female", "male"].map(|word| Setting::plain(What::Word(word.into())));
    [Setting::plain(What::Nothing)].into_iter().chain(words).collect()
}

/// Birthdays on the day of screening, the day before and after; ages between the limits.
fn births(ages: &BTreeSet<i32>) -> Vec<Setting> {
    let born = |months: i32, days: i32| Offset { from: SCREENING, months: -months, days };
    let mut settings = vec![Setting::plain(What::Nothing)];
    for months in [23, 33, 41, 52, 58, 64, 71, 12, 83, 5].map(|years| years * 12 + 5) {
        settings.push(Setting::plain(What::On(born(months, -11).exactly())));
    }
    for months in ages.iter().flat_map(|months| [*months, months + 12]) {
        settings.extend([-1, 0, 1].map(|days| Setting::plain(What::On(born(months, days).exactly()))));
        settings.extend([Known::Year, Known::Month].map(|known| Setting::odd(What::On(born(months, 0).known(known)))));
    }
    settings.extend([Known::Year, Known::Month].map(|known| Setting::odd(What::On(born(509, 0).known(known)))));
    settings
}

fn days_of_record() -> Vec<Setting> {
    let on = |days| What::On(screening(days).exactly());
    vec![
        Setting::plain(What::Nothing),
        Setting::plain(on(0)),
        Setting::plain(on(30)),
        Setting::odd(on(-1)),
        Setting::odd(What::On(screening(20).known(Known::Month))),
    ]
}

/// The day of screening is known but for the oddest; other dates of the trial have come, are planned, or are not known.
fn anchors(aim: &AnchorAim, first: bool) -> Vec<Setting> {
    if first {
        // Every other date is counted from it, so that it stands here as itself.
        let known = |known| Setting::odd(What::On(screening(0).known(known)));
        return vec![
            Setting::plain(What::On(screening(0).exactly())),
            known(Known::Month),
            Setting::odd(What::Nothing),
        ];
    }
    let mut days: BTreeSet<Offset> = [-7, 0, 1, 7, 28].into_iter().map(screening).collect();
    let fixed = aim.days.iter().filter(|day| day.from == SCREENING);
    days.extend(fixed.flat_map(|day| [day.plus(-1), *day, day.plus(1)]));
    let mut settings = vec![Setting::plain(What::Nothing)];
    settings.extend(days.iter().map(|day| Setting::plain(What::On(day.exactly()))));
    settings.extend(days.iter().filter(|day| day.days >= 0).map(|day| Setting::plain(What::Planned(day.exactly()))));
    settings.push(Setting::odd(What::On(screening(7).known(Known::Month))));
    settings.push(Setting::odd(What::Planned(screening(7).known(Known::Month))));
    settings
}

/// Which kinds of record hold everything: of those that something belongs to.
fn complete(trial: &Trial, aims: &Aims, plan: &mut Plan) {
    let family = Family::new(trial);
    let mut kinds: Vec<(Kind, BTreeSet<u16>)> = Vec::new();
    for aim in &aims.happenings {
        for kind in kinds_of(trial, &family, &aim.id) {
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, criteria)) => criteria.extend(&aim.criteria),
                None => kinds.push((kind, aim.criteria.clone())),
            }
        }
    }
    if !aims.measures.is_empty() && !kinds.iter().any(|(kind, _)| *kind == Kind::Results) {
        kinds.push((Kind::Results, BTreeSet::new()));
    }
    kinds.sort_by_key(|(kind, _)| *kind);
    for (kind, criteria) in kinds {
        let all = What::Complete { from: None, to: None };
        let since =
            |months| What::Complete { from: Some(Offset { from: SCREENING, months, days: 0 }.exactly()), to: None };
        let until = |days| What::Complete { from: None, to: Some(screening(days).exactly()) };
        let month = What::Complete { from: None, to: Some(screening(0).known(Known::Month)) };
        let mut settings = vec![Setting::plain(What::Nothing), Setting::plain(all)];
        settings.extend([since(-6), since(-60), until(0), until(-1), until(-30), month].map(Setting::odd));
        let slot = plan.add(list(&criteria), settings);
        plan.complete.push((kind, slot));
    }
}

fn measure(concept: &Concept, aim: &MeasureAim, plan: &mut Plan) {
    let criteria = list(&aim.criteria);
    let numbers = match concept.kind {
        ConceptKind::Test | ConceptKind::Scale => {
            let words = concept.values.iter().map(|word| Setting::plain(What::Word(word.as_str().into())));
            let values = [Setting::plain(What::Nothing)].into_iter().chain(words).collect();
            Numbers { unit: String::new(), values, upper: None, lower: None }
        }
        ConceptKind::Lab
        | ConceptKind::Score
        | ConceptKind::Condition
        | ConceptKind::Drug
        | ConceptKind::Procedure
        | ConceptKind::Event
        | ConceptKind::Question => numbers::of(concept, aim),
    };
    let Numbers { unit, values, upper, lower } = numbers;
    let earlier = earlier(&values, aim);
    let value = plan.add(criteria.clone(), values);
    let date = plan.add(criteria.clone(), dates_of_results(&aim.edges));
    let limit = |limit: Number| {
        let more = Number { double: limit.double * 2.0, ..limit.clone() };
        // Twice a number is written as itself: its digits have an end.
        let more = Number { text: twice(&limit.text).into(), ..more };
        let limits = [What::Number(limit), What::Nothing, What::Number(more)].map(Setting::plain);
        limits.to_vec()
    };
    let upper = upper.map(|upper| plan.add(criteria.clone(), limit(upper)));
    let lower = lower.map(|lower| plan.add(criteria.clone(), limit(lower)));
    let earlier = Some(plan.add(criteria, earlier));
    let id = aim.id.clone();
    plan.measures.push(Measure { id, unit: unit.into(), value, date, upper, lower, earlier });
}

/// Twice a decimal.
fn twice(text: &str) -> String {
    let number: Option<rust_decimal::Decimal> = text.parse().ok();
    number.map_or_else(|| text.to_owned(), |number| (number * rust_decimal::Decimal::TWO).to_string())
}

fn dates_of_results(edges: &BTreeSet<Offset>) -> Vec<Setting> {
    let mut settings = vec![Setting::plain(What::On(screening(0).exactly()))];
    if edges.is_empty() {
        // Nothing asks when it was.
        return settings;
    }
    settings.extend([-1, -5, -9].map(|days| Setting::plain(What::On(screening(days).exactly()))));
    settings.extend(around(edges).into_iter().map(|day| Setting::plain(What::On(day.exactly()))));
    let edges: Vec<Offset> = edges.iter().take(EDGES).copied().chain([screening(-9)]).collect();
    for edge in edges {
        let partly = [Known::Month, Known::Year, Known::UpTo, Known::Around];
        settings.extend(partly.map(|known| Setting::odd(What::On(edge.known(known)))));
    }
    settings.push(Setting::odd(What::Nothing));
    settings
}

/// A second result of the same day, results before it, and as many as a sentence counts.
fn earlier(values: &[Setting], aim: &MeasureAim) -> Vec<Setting> {
    let mut settings = vec![Setting::plain(What::Nothing)];
    let plain = values.iter().enumerate().skip(1).filter(|(_, value)| value.sort == super::slot::Sort::Plain);
    let places: Vec<u16> = plain.filter_map(|(at, _)| u16::try_from(at).ok()).collect();
    let step = 1 + places.len() / 8;
    let more = u16::try_from(aim.results.saturating_sub(1)).unwrap_or(1).max(1);
    let apart: BTreeSet<(u16, u16)> = aim.apart.iter().copied().chain([(14, 0), (3, 0)]).collect();
    for value in places.into_iter().step_by(step) {
        for (days, minutes) in apart.iter().copied() {
            settings.push(Setting::series(What::Earlier { count: more, days, minutes, value }));
        }
        settings.push(Setting::odd(What::Earlier { count: 1, days: 0, minutes: 0, value }));
    }
    settings
}

fn happening(trial: &Trial, concept: &Concept, aim: &HappeningAim, plan: &mut Plan) {
    let criteria = list(&aim.criteria);
    let timing = plan.add(criteria.clone(), timings(aim));
    let mut aspects = Vec::new();
    let mut add = |aspect: Aspect, settings: Vec<Setting>| {
        if settings.len() > 1 {
            aspects.push((aspect, plan.add(criteria.clone(), settings)));
        }
    };
    let words = |words: &[Word], asked: bool| {
        let words = words.iter().filter(|_| asked).map(|word| Setting::plain(What::Word(word.as_str().into())));
        [Setting::plain(What::Nothing)].into_iter().chain(words).collect::<Vec<_>>()
    };
    let named = |ids: &BTreeSet<ConceptId>| {
        let known = ids.iter().filter(|id| trial.concepts.contains_key(*id));
        let ids = known.map(|id| Setting::plain(What::Word(id.as_str().into())));
        [Setting::plain(What::Nothing)].into_iter().chain(ids).collect::<Vec<_>>()
    };
    let grades = aim.grades.iter().map(|grade| Setting::plain(What::Grade(*grade)));
    add(Aspect::Grade, [Setting::plain(What::Nothing)].into_iter().chain(grades).collect());
    add(Aspect::Stage, words(&concept.attributes.stages, aim.stages));
    add(Aspect::Histology, words(&concept.attributes.histologies, aim.histologies));
    add(Aspect::Severity, words(&concept.attributes.severities, aim.severities));
    add(Aspect::Cause, named(&aim.causes));
    add(Aspect::Reason, named(&aim.reasons));
    if matches!(aim.kind, ConceptKind::Drug) {
        add(Aspect::Route, routes(&aim.routes));
    }
    if aim.dosed {
        let doses = numbers::doses(&aim.doses);
        let mut settings = vec![Setting::plain(What::Nothing)];
        for (number, daily) in doses {
            let times_daily = if daily { None } else { Some(1) };
            let what = What::Dose { number, times_daily };
            settings.push(if daily { Setting::plain(what) } else { Setting::odd(what) });
        }
        add(Aspect::Dose, settings);
    }
    let again = [aim.count.saturating_sub(1), aim.count, 1].into_iter().filter(|count| *count > 0);
    let again: BTreeSet<u16> = again.filter_map(|count| u16::try_from(count).ok()).collect();
    let again = again.into_iter().flat_map(|count| [40, 200].map(|days| What::Again { count, days }));
    add(Aspect::Again, [Setting::plain(What::Nothing)].into_iter().chain(again.map(Setting::series)).collect());
    let (id, kind) = (aim.id.clone(), concept.kind);
    plan.happenings.push(Happening { id, kind, timing, aspects });
}

/// Those that are asked about, and one that is not.
fn routes(asked: &BTreeSet<Route>) -> Vec<Setting> {
    let other = [Route::Oral, Route::Intravenous, Route::Topical].into_iter().find(|route| !asked.contains(route));
    let wanted = asked.iter().copied().chain(other.filter(|_| !asked.is_empty()));
    let words = wanted.filter_map(|route| match serde_json::to_value(route) {
        Ok(serde_json::Value::String(word)) => Some(Setting::plain(What::Word(word.into()))),
        _ => None,
    });
    [Setting::plain(What::Nothing)].into_iter().chain(words).collect()
}

/// When it was: long ago, of late, at each edge and beside it, or never.
fn timings(aim: &HappeningAim) -> Vec<Setting> {
    let lasting = matches!(aim.kind, ConceptKind::Condition | ConceptKind::Drug);
    let single = !matches!(aim.kind, ConceptKind::Condition);
    let exact = |offset: Offset| Some(offset.exactly());
    let at = |offset: Offset| End::At(offset.exactly());
    let mut settings = vec![Setting::plain(What::Nothing), Setting::plain(What::Absent { until: None })];
    let mut plain = Vec::new();
    if lasting {
        plain.extend([-730, -120, -10].map(|days| What::Course { start: exact(screening(days)), end: End::Ongoing }));
        plain.push(What::Course { start: exact(screening(-3_650)), end: at(screening(-3_300)) });
        plain.push(What::Course { start: exact(screening(-500)), end: at(screening(-400)) });
    }
    if single {
        plain.extend([-10, -400, -3_650].map(|days| What::Once(screening(days).exactly())));
    }
    for edge in around(&aim.edges) {
        // What happens to a patient is not counted from its own beginning.
        if matches!(edge.from, Origin::Start(_)) && edge.days.abs() > 1 {
            continue;
        }
        if lasting {
            plain.push(What::Course { start: exact(edge.plus(-100)), end: at(edge) });
            plain.push(What::Course { start: exact(edge), end: End::Ongoing });
        }
        if single {
            plain.push(What::Once(edge.exactly()));
        }
    }
    for start in around(&aim.starts) {
        plain.push(What::Course { start: exact(start), end: if lasting { End::Ongoing } else { at(screening(0)) } });
    }
    settings.extend(plain.into_iter().map(Setting::plain));
    settings.extend(odd_timings(aim, lasting).into_iter().map(Setting::odd));
    settings
}

/// Dates known in part, ends that nobody wrote down, absences up to some day only.
fn odd_timings(aim: &HappeningAim, lasting: bool) -> Vec<What> {
    let mut odd = vec![What::Absent { until: Some(screening(-1).exactly()) }];
    let edges = aim.edges.iter().take(EDGES).copied().filter(|edge| matches!(edge.from, Origin::Anchor(_)));
    for edge in edges.chain([screening(-60)]) {
        for known in [Known::Month, Known::Year, Known::UpTo, Known::Around] {
            odd.push(What::Once(edge.known(known)));
            if lasting {
                let start: Dated = edge.known(known);
                odd.push(What::Course { start: Some(start), end: End::Ongoing });
            }
        }
        if lasting {
            let start = Some(edge.plus(-400).exactly());
            odd.extend(
                [Known::Month, Known::Year].map(|known| What::Course { start, end: End::At(edge.known(known)) }),
            );
        }
    }
    if lasting {
        odd.push(What::Course { start: None, end: End::Ongoing });
        odd.push(What::Course { start: None, end: End::Unknown });
        odd.push(What::Course { start: Some(screening(-200).exactly()), end: End::Unknown });
    }
    odd
}
