//! What `ir::words` prints reads back to what it was printed from: in the protocols, in the library, in sentences by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy.toml allows them in test functions; here all of the file is a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trialc::check::{Input, check};
use trialc::diagnostic::Severity;
use trialc::ir::json::to_json;
use trialc::ir::words::{self, Prose, Words};
use trialc::ir::{DefinitionBody, Dosing, Members, Part, RuleEffect, Trial, Truth, TruthKind, Value, Window};
use trialc::library;
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::span::Span;
use trialc::syntax::is_reserved;
use trialc::world::FileSystem;

/// The compiled text, or what is wrong with it.
fn compile(path: &Path, text: &str, sources: &mut Sources) -> Result<Trial, String> {
    let input = Input { path: path.to_owned(), text: Some(Arc::from(text)) };
    let (checked, found) = check(&FileSystem, sources, input);
    let errors: Vec<&str> =
        found.iter().filter(|one| one.severity() == Severity::Error).map(|one| one.message.as_str()).collect();
    checked.map(lower).ok_or_else(|| errors.join("; "))
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

fn protocols() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "trial"));
    paths.sort();
    paths
}

// ---- the sentences of a protocol, where they stand -------------------------------------------------------------------

/// Each sentence of a protocol: where it was written, and how it is printed.
struct Sentences<'t> {
    words: Words<'t>,
    found: BTreeMap<Span, String>,
}

impl<'t> Sentences<'t> {
    fn of(trial: &'t Trial) -> BTreeMap<Span, String> {
        let mut sentences = Self { words: Words::of(trial), found: BTreeMap::new() };
        sentences.protocol(trial);
        sentences.found
    }

    fn protocol(&mut self, trial: &'t Trial) {
        let words = self.words;
        for (name, definition) in &trial.definitions {
            self.body(words.under(name.as_str(), definition.label.as_deref()), &definition.body);
        }
        trial.sets.values().for_each(|set| self.members(&set.members));
        for cohort in &trial.cohorts {
            self.truth(words.under(cohort.name.as_str(), cohort.prose.as_deref()), &cohort.body);
        }
        for population in &trial.populations {
            self.truth(words.under(population.name.as_str(), population.prose.as_deref()), &population.body);
        }
        for criterion in trial.eligibility.iter().flat_map(|block| &block.criteria) {
            criterion.when.iter().for_each(|when| self.truth(words, when));
            self.truth(words.under(criterion.name.as_str(), criterion.prose.as_deref()), &criterion.body);
        }
        for rule in &trial.restrictions {
            rule.when.iter().for_each(|when| self.truth(words, when));
            self.truth(words.under(rule.name.as_str(), rule.prose.as_deref()), &rule.body);
        }
        trial.epochs.iter().filter_map(|epoch| epoch.until.as_ref()).for_each(|until| self.truth(words, until));
        trial.regimens.iter().for_each(|regimen| self.dosings(&regimen.dosings));
        let arms = trial.arms.iter().flat_map(|arm| &arm.stages);
        let backgrounds = trial.backgrounds.iter().flat_map(|background| &background.stages);
        arms.chain(backgrounds).for_each(|stage| self.dosings(&stage.dosings));
        trial.collections.iter().filter_map(|item| item.when.as_ref()).for_each(|when| self.truth(words, when));
        for outcome in &trial.outcomes {
            self.body(words.under(outcome.name.as_str(), outcome.prose.as_deref()), &outcome.body);
        }
        for event in trial.estimands.iter().flat_map(|estimand| &estimand.intercurrent) {
            event.when.iter().for_each(|when| self.truth(words, when));
            self.truth(words.under(event.name.as_str(), event.prose.as_deref()), &event.event);
        }
    }

    fn members(&mut self, members: &Members) {
        let words = self.words;
        match members {
            Members::Truths(parts) => {
                for part in parts {
                    part.when.iter().for_each(|when| self.truth(words, when));
                    let name = part.name.as_ref().map_or("", |name| name.as_str());
                    self.truth(words.under(name, part.prose.as_deref()), headless(part));
                }
            }
            Members::Values(parts) => {
                parts.iter().for_each(|part| self.put(part.body.span, words.value(&part.body)));
            }
            Members::Events(_) => {}
        }
    }

    fn dosings(&mut self, dosings: &[Dosing]) {
        let words = self.words;
        for dosing in dosings {
            match dosing {
                Dosing::Give(treatment) => {
                    let when = treatment.titration.as_ref().and_then(|titration| titration.when.as_ref());
                    when.into_iter().for_each(|when| self.truth(words, when));
                }
                Dosing::Rule(rule) => {
                    self.truth(words, &rule.when);
                    if let RuleEffect::Hold { until: Some(until) } = &rule.effect {
                        self.truth(words, until);
                    }
                }
                Dosing::Cycle { dosings, .. } | Dosing::Phase { dosings, .. } => self.dosings(dosings),
                Dosing::OneOf(_) | Dosing::Regimen(_) => {}
            }
        }
    }

    fn body(&mut self, words: Words<'_>, body: &DefinitionBody) {
        match body {
            DefinitionBody::Truth(truth) => self.truth(words, truth),
            DefinitionBody::Value(value) => self.put(value.span, words.value(value)),
        }
    }

    fn truth(&mut self, words: Words<'_>, truth: &Truth) {
        self.put(truth.span, words.truth(truth));
    }

    fn put(&mut self, span: Span, text: String) {
        self.found.insert(span, text);
    }
}

/// An entry's body without the time of its head, which has no place of its own.
fn headless(part: &Part<Truth>) -> &Truth {
    match &part.body.kind {
        TruthKind::Timed { of, .. } if of.span == part.body.span => of,
        _ => &part.body,
    }
}

/// Every sentence of a protocol can stand as it is printed: one by one, and all at once.
#[test]
fn protocols_read_back_from_their_printed_sentences() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for path in protocols() {
        let text = fs::read_to_string(&path).unwrap();
        let mut sources = Sources::new();
        let trial = compile(&path, &text, &mut sources).unwrap();
        let expected = to_json(&trial).unwrap();
        let mut all = text.clone();
        for (span, printed) in Sentences::of(&trial).into_iter().rev() {
            let file = sources.file_at(span).unwrap();
            if file.path != path {
                continue;
            }
            count += 1;
            let mut one = text.clone();
            one.replace_range(file.local(span), &printed);
            all.replace_range(file.local(span), &printed);
            let outcome = compile(&path, &one, &mut Sources::new()).map(|read| to_json(&read).unwrap());
            if outcome.as_ref() != Ok(&expected) {
                let why = outcome.err().unwrap_or_else(|| "reads differently".to_owned());
                faults.push(format!("{}\n  {}\n  {printed}\n  {why}", path.display(), sources.text(span)));
            }
            assert_one_line(&printed);
        }
        if faults.is_empty() {
            let read = compile(&path, &all, &mut Sources::new()).map(|read| to_json(&read).unwrap());
            assert!(read.as_ref() == Ok(&expected), "{}: all at once", path.display());
        }
    }
    none(&faults);
    assert!(count > 200, "{count} sentences");
}

fn assert_one_line(printed: &str) {
    assert!(!printed.contains('\n') && printed.trim() == printed && !printed.contains("  "), "`{printed}`");
}

/// The times in heads, printed and put into the head of a rule.
#[test]
fn windows_read_back_from_their_printed_text() {
    let mut count = 0;
    for path in protocols() {
        let text = fs::read_to_string(&path).unwrap();
        let trial = compile(&path, &text, &mut Sources::new()).unwrap();
        let criteria = trial.eligibility.iter().flat_map(|block| &block.criteria);
        let windows: Vec<&Window> = criteria
            .filter_map(|criterion| criterion.window.as_ref())
            .chain(trial.restrictions.iter().filter_map(|rule| rule.window.as_ref()))
            .chain(trial.outcomes.iter().filter_map(|outcome| outcome.window.as_ref()))
            .chain(trial.plans.iter().map(|plan| &plan.window))
            .collect();
        let mut copy = text;
        for (place, window) in windows.iter().enumerate() {
            let time = Words::of(&trial).window(window);
            writeln!(copy, "\npermit again_{place} {time}: had hospitalization").unwrap();
        }
        let read = compile(&path, &copy, &mut Sources::new()).unwrap();
        for (window, rule) in windows.iter().rev().zip(read.restrictions.iter().rev()) {
            assert_eq!(rule.window.as_ref(), Some(*window), "{}", path.display());
        }
        count += windows.len();
    }
    assert!(count > 50, "{count} windows");
}

// ---- the library -----------------------------------------------------------------------------------------------------

/// A definition, with all that it names brought in; `home` is asked for a name first.
fn defining(home: &str, body: &str) -> String {
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let words = body.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    for word in words.filter(|word| !is_reserved(word)) {
        let modules: Vec<&str> = library::modules_with(word).map(|module| module.name).collect();
        let module = if modules.contains(&home) { Some(home) } else { modules.first().copied() };
        if let Some(module) = module.filter(|module| *module != "core") {
            uses.entry(module).or_default().insert(word);
        }
    }
    let mut text = String::new();
    for (module, names) in uses {
        writeln!(text, "use {module} {{ {} }}", names.into_iter().collect::<Vec<_>>().join(", ")).unwrap();
    }
    text.push_str("trial t \"T\" {\n  day_1 first_dose\n}\nepoch treatment 12 weeks\n");
    writeln!(text, "define checked \"Prose\" = {body}").unwrap();
    text
}

/// The protocol that holds the definition of a truth, or else of a value.
fn read(home: &str, body: &str) -> Result<Trial, String> {
    let text = defining(home, body);
    let compiled = |criterion: &str| {
        let text = format!("{text}eligibility at screening {{ include same: {criterion} }}\n");
        compile(Path::new("words.trial"), &text, &mut Sources::new())
    };
    compiled("checked").or_else(|why| compiled("checked recorded").map_err(|other| format!("{why}; or {other}")))
}

fn body_of(trial: &Trial) -> &DefinitionBody {
    &trial.definitions["checked"].body
}

fn printed(words: Words<'_>, body: &DefinitionBody) -> String {
    match body {
        DefinitionBody::Truth(truth) => words.truth(truth),
        DefinitionBody::Value(value) => words.value(value),
    }
}

/// The protocol that names an item of the library, compiled with all that it rests on.
fn naming(module: &str, name: &str) -> Option<Trial> {
    let sentences = [name.to_owned(), format!("any of {name}"), format!("any of {name} recorded")];
    sentences.into_iter().find_map(|sentence| read(module, &sentence).ok())
}

fn values_of(trial: &Trial) -> impl Iterator<Item = (String, &Value)> {
    let derived = trial.concepts.iter().filter_map(|(id, concept)| Some((id.to_string(), concept.derived.as_ref()?)));
    let members = trial.sets.iter().flat_map(|(id, set)| match &set.members {
        Members::Values(parts) => parts.iter().map(|part| (id.to_string(), &part.body)).collect(),
        Members::Truths(_) | Members::Events(_) => Vec::new(),
    });
    derived.chain(members)
}

fn truths_of(trial: &Trial) -> impl Iterator<Item = (String, &Truth)> {
    trial.sets.iter().flat_map(|(id, set)| match &set.members {
        Members::Truths(parts) => parts.iter().map(|part| (id.to_string(), &part.body)).collect(),
        Members::Values(_) | Members::Events(_) => Vec::new(),
    })
}

#[test]
fn the_library_reads_back_from_what_is_printed() {
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for module in &library::MODULES {
        let wanted = |keyword: &str| matches!(keyword, "lab" | "score" | "scale" | "test" | "define" | "set");
        let rests = |text: &str| text.contains("derived ") || text.starts_with("define") || text.starts_with("set");
        let items = module.index().items.iter().filter(|item| wanted(item.keyword));
        for item in items.filter(|item| rests(&module.text[item.range.clone()])) {
            let Some(trial) = naming(module.name, item.name) else {
                faults.push(format!("{} cannot be named", item.name));
                continue;
            };
            let definitions = trial.definitions.iter().filter(|(id, _)| id.as_str() != "checked");
            let definitions = definitions.map(|(id, definition)| (id.to_string(), definition.body.clone()));
            let values = values_of(&trial).map(|(id, value)| (id, DefinitionBody::Value(value.clone())));
            let truths = truths_of(&trial).map(|(id, truth)| (id, DefinitionBody::Truth(truth.clone())));
            for (id, body) in definitions.chain(values).chain(truths) {
                let text = printed(Words::of(&trial), &body);
                if !seen.insert((id.clone(), text.clone())) {
                    continue;
                }
                assert_one_line(&text);
                match read(module.name, &text) {
                    Ok(again) if *body_of(&again) == body => {}
                    Ok(_) => faults.push(format!("{id}: {text}: reads differently")),
                    Err(why) => faults.push(format!("{id}: {text}: {why}")),
                }
            }
        }
    }
    none(&faults);
    assert!(seen.len() > 50, "{} formulas and definitions", seen.len());
}

/// `is none` would not be read: a result by the name of a word of the language stands in `is any of { none }` only.
#[test]
fn no_result_of_the_library_is_a_word_of_the_language() {
    for module in &library::MODULES {
        for line in module.text.lines().filter_map(|line| line.trim_start().strip_prefix("values ")) {
            let values = line.split([',', '}']).map(str::trim);
            let reserved: Vec<&str> = values.filter(|value| is_reserved(value)).collect();
            assert!(reserved.is_empty(), "{}: {reserved:?}", module.name);
        }
    }
}

// ---- by hand ---------------------------------------------------------------------------------------------------------

/// Sentences that are printed as they are written.
const SAME: &[&str] = &[
    "hemoglobin >= 90 g/L within 4 weeks",
    "age in 18..75 years",
    "age < 1 year",
    "SBP < 150 mm[Hg]",
    "platelets >= 100 10*9/L",
    "HBV_DNA > 1000 {copies}/L",
    "temperature > 38.5 °C",
    "AST <= 2.5 ULN (5 ULN if has liver_metastasis)",
    "ALT in 10..50 U/L (10..80 U/L if sex is male)",
    "sex is female",
    "HBsAg is not any of { negative, indeterminate }",
    "ECOG <= 1",
    "HBV_DNA recorded",
    "had malignancy except nonmelanoma_skin_cancer",
    "had malignancy except { nonmelanoma_skin_cancer } within 5 years",
    "had malignancy except nonmelanoma_skin_cancer at least 3 years before screening",
    "has adverse_condition except { alopecia, with grade 1 }",
    "has adverse_condition except { alopecia } with grade >= 2, cause platinum",
    "has any of { connective_tissue_disease, tumor } except dermatomyositis",
    "had hospitalization due to infection within 2 months",
    "received at least 2 of { methotrexate, azathioprine, mycophenolate_mofetil }",
    "receiving oral glucocorticoid for at least 4 weeks",
    "received chemotherapy for at most 6 months",
    "has NSCLC with stage in IIIB..IV, histology nonsquamous",
    "has NSCLC with stage != IIIB",
    "received rituximab within 5 half_lives or 4 weeks before first_dose, whichever is longer",
    "stopped methotrexate at least 4 weeks before randomization",
    "had progression after first platinum",
    "received prednisone before last of { rituximab, abatacept }",
    "had pneumonia during treatment",
    "had pneumonia after onset of dermatomyositis",
    "had pneumonia from 2024-03-15 to start of treatment",
    "(has pneumonia or had sepsis) within 4 weeks",
    "(has pneumonia) within 4 weeks",
    "has pneumonia at screening",
    "has pneumonia and (had sepsis or CRP > 100 mg/L)",
    "had sepsis or (had pneumonia within 1 year)",
    "had sepsis within 1 year and had pneumonia",
    "had sepsis within 4 weeks or (2 g/L < albumin)",
    "not (has pneumonia or has sepsis)",
    "not had pneumonia within 4 weeks",
    "(not had pneumonia) within 4 weeks",
    "not known had HIV_infection",
    "has pneumonia unless judged \"it is \\\"mild\\\"\" by investigator",
    "(has pneumonia unless had sepsis) and has tumor",
    "any of { (if sex is female then 1 else 2), age / 1 year } > 1",
    "at least 2 of { skin \"Papules\": gottron_papules is present, muscle when age >= 18 years: CK > 1 ULN, had sepsis }",
    "any of { cause \"Cause\": judged by investigator, drug within 5 half_lives: TIS_minimal }",
    "none of { ALT, AST, bilirubin } > 3 ULN",
    "all of imacs_core except { HAQ } recorded",
    "at most 2 of imacs_core worsened by > 25 %",
    "creatinine rose by >= 0.3 mg/dL within 48 hours",
    "onset of dermatomyositis within 8 weeks before randomization",
    "stable dose of prednisone <= 20 mg/d for at least 4 weeks",
    "consent given",
    "judged compliance by investigator",
    "missing \"the list\"",
    "dose of oral glucocorticoid as prednisone < 1 mg/kg/d",
    "highest dose of prednisone > 2 mg/kg/d before screening",
    "total dose of radiotherapy >= 60 Gy",
    "mean of 3 SBP at least 5 minutes apart < 150 mm[Hg]",
    "count of hospitalization >= 2 within 1 year",
    "lines of chemotherapy = 1",
    "rate of hospitalization due to infection per 1 year",
    "time from first_dose to death",
    "highest CK per ULN",
    "lowest of { ALT per LLN, AST per LLN } < 1",
    "relative change in weight",
    "if change in MMT8 > 45 then 32.5 else if change in MMT8 > 30 then 27.5 else 0",
    "(weight - 1 kg) / 1 kg - (2 - (1 - 3)) * 4 ^ (1 / 2)",
    "72 * ((creatinine as mg/dL) / 1 mg/dL)",
    "change in PhGA < -4 cm",
];

/// Sentences that are printed in another way, which reads back to the same.
const OTHERWISE: &[(&str, &str)] = &[
    ("any of { has pneumonia, has sepsis }", "has pneumonia or has sepsis"),
    ("((has pneumonia)) and (age >= 18 a)", "has pneumonia and age >= 18 years"),
    ("has { pneumonia, sepsis }", "has any of { pneumonia, sepsis }"),
    ("temperature > 38 Cel", "temperature > 38 °C"),
    ("SBP > 90 mmHg", "SBP > 90 mm[Hg]"),
    ("platelets ≥ 50 x10^9/L", "platelets >= 50 10*9/L"),
    ("last hemoglobin > 9.50 g/dL", "hemoglobin > 9.50 g/dL"),
    ("has NSCLC with stage > IIIC", "has NSCLC with stage >= IIID"),
    ("has NSCLC with stage < IA", "has NSCLC with stage <= I"),
    ("has neuropathy with grade < 3", "has neuropathy with grade <= 2"),
    ("any of { a within 4 weeks: had sepsis, has tumor }", "any of { a: had sepsis within 4 weeks, has tumor }"),
    ("1 - 2 - 3", "1 - 2 - 3"),
    ("1 - (2 - 3) + (4 * 5)", "1 - (2 - 3) + 4 * 5"),
];

#[test]
fn sentences_are_printed_as_expected() {
    let mut faults = Vec::new();
    let otherwise = OTHERWISE.iter().copied();
    for (sentence, expected) in SAME.iter().map(|same| (*same, *same)).chain(otherwise) {
        let trial = match read("", sentence) {
            Ok(trial) => trial,
            Err(why) => {
                faults.push(format!("{sentence}: {why}"));
                continue;
            }
        };
        let words = Words::of(&trial).under("checked", Some("Prose"));
        let text = printed(words, body_of(&trial));
        if text != expected {
            faults.push(format!("{sentence}\n  is printed as {text}"));
        }
        match read("", &text) {
            Ok(again) if body_of(&again) == body_of(&trial) => {}
            Ok(_) => faults.push(format!("{sentence}: {text}: reads differently")),
            Err(why) => faults.push(format!("{sentence}: {text}: {why}")),
        }
    }
    none(&faults);
}

/// Study days count from the header's day 1, which a criterion knows.
#[test]
fn study_days_are_said_in_weeks_from_the_fourth_on() {
    for (sentence, expected) in [
        ("had death from day -28 to day -1", "had death from day -28 to day -1"),
        ("had death from 60 days before screening to week 12", "had death from 60 days before screening to week 12"),
        ("had death after day 85", "had death after week 12"),
        ("had death after day 86", "had death after day 86"),
        ("had death after week 1", "had death after day 8"),
    ] {
        let criterion = |sentence: &str| {
            let text =
                format!("{}eligibility at screening {{ include same: {sentence} }}\n", defining("", "had death"));
            let trial = compile(Path::new("words.trial"), &text, &mut Sources::new()).unwrap();
            trial.eligibility[0].criteria[0].body.clone()
        };
        let text = words::truth(&criterion(sentence));
        assert_eq!(text, expected);
        assert!(criterion(&text) == criterion(sentence), "{sentence}");
    }
}

#[test]
fn a_report_has_labels_without_prose_and_questions_in_full() {
    let sentence =
        "at least 1 of { skin \"Papules\": gottron_papules is present, doctor \"Fit?\": judged by investigator }";
    let trial = read("", &format!("{sentence} and judged compliance")).unwrap();
    let text = printed(Words::of(&trial).with_prose(Prose::LeftOut), body_of(&trial));
    let list = "at least 1 of { skin: gottron_papules is present, doctor: judged \"Fit?\" by investigator }";
    assert!(text.starts_with(&format!("{list} and judged \"")), "{text}");
}

#[test]
fn the_functions_print_what_stands_alone() {
    let trial = read("", "had malignancy except with grade 1 at least 4 weeks before screening").unwrap();
    let DefinitionBody::Truth(truth) = body_of(&trial) else { panic!("a truth") };
    let TruthKind::History(history) = &truth.kind else { panic!("history: {truth:?}") };
    assert_eq!(
        words::event_class(&history.events[0]),
        "malignancy except with grade 1 at least 4 weeks before screening"
    );
    assert_eq!(words::history(history), words::truth(truth));
    let Some(Window::AtLeast { distance, anchor, .. }) = &history.events[0].except[0].window else {
        panic!("a window")
    };
    assert_eq!((words::duration(distance), words::anchor(anchor)), ("4 weeks".to_owned(), "screening".to_owned()));
}
