//! The header: closed lists, dates in order, a design that the arms have.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::checker::{Checker, Context, TrialHead};
use super::names::{Meaning, ModuleId, PartKind};
use super::time::date_text;
use crate::ast::{self, Field, FieldKind};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, ConceptKind, Stratum, TruthKind, Word};
use crate::span::Span;

/// The words that a field can have, as ClinicalTrials.gov's data elements name them.
const CLOSED: &[(&str, &[&str])] = &[
    (
        "status",
        &[
            "not_yet_recruiting",
            "recruiting",
            "invitation_only",
            "active",
            "suspended",
            "terminated",
            "completed",
            "withdrawn",
            "unknown",
        ],
    ),
    ("phase", &["early_1", "1", "1_2", "2", "2_3", "3", "4", "not_applicable"]),
    (
        "purpose",
        &[
            "treatment",
            "prevention",
            "diagnostic",
            "supportive_care",
            "screening",
            "health_services_research",
            "basic_science",
            "device_feasibility",
            "other",
        ],
    ),
    ("allocation", &["randomized", "nonrandomized", "none"]),
    ("model", &["single_group", "parallel", "crossover", "factorial", "sequential"]),
    ("masking", MASKING),
    ("sex", &["all", "female", "male"]),
    ("healthy_volunteers", &["yes", "no"]),
    ("monitoring_committee", &["yes", "no"]),
];

/// How many of participant, care provider, investigator and assessor do not know.
pub(super) const MASKING: &[&str] = &["none", "single", "double", "triple", "quadruple"];

/// Dates that must not come before one another.
const IN_ORDER: &[(&str, &str)] = &[
    ("starts", "primary_completion"),
    ("primary_completion", "completes"),
    ("starts", "completes"),
    ("first_submitted", "first_posted"),
    ("first_posted", "last_updated"),
    ("first_submitted", "last_updated"),
];

impl Checker<'_> {
    pub(super) fn header(&mut self, trial: &ast::Trial, module: ModuleId) {
        self.draft.trial = Some(TrialHead {
            name: trial.name.text.clone(),
            name_span: trial.name.span,
            title: trial.title.value.to_string(),
        });
        let mut seen: FxHashMap<EcoString, Span> = FxHashMap::default();
        for field in &trial.fields {
            if let Some(first) = seen.get(&field.key.text) {
                self.report(
                    Diagnostic::new(&code::DUPLICATE_FIELD, field.span, format!("`{}` is given twice", field.key.text))
                        .label("again here")
                        .also(*first, "first here"),
                );
                continue;
            }
            seen.insert(field.key.text.clone(), field.span);
            self.field(field, module);
        }
        self.draft.fields = seen;
        self.dates_in_order(trial);
    }

    fn field(&mut self, field: &Field, module: ModuleId) {
        let key = field.key.text.to_string();
        match &field.kind {
            FieldKind::Texts(texts) => {
                self.draft.header.texts.insert(key, texts.iter().map(|text| text.value.to_string()).collect());
            }
            FieldKind::Word { word, ratio } => {
                if self.closed_word(&key, word).is_none() {
                    return;
                }
                if let Some((parts, span)) = ratio {
                    self.ratio(&key, word, parts, *span);
                }
                self.draft.header.words.insert(key, Word(word.text.clone()));
            }
            FieldKind::Count { count, certainty } => {
                if count.value == 0 {
                    self.report(
                        Diagnostic::new(&code::NOT_POSITIVE, count.span, format!("`{key}` must be more than zero"))
                            .label("zero"),
                    );
                }
                let count = ir::Count { count: count.value, certainty: certainty.map(certainty_of) };
                self.draft.header.counts.insert(key, count);
            }
            FieldKind::Date { date, certainty } => {
                let stated = ir::StatedDate { date: date_text(date), certainty: certainty.map(certainty_of) };
                self.draft.header.dates.insert(key, stated);
            }
            FieldKind::Names(names) => self.names_field(&key, names, module),
            FieldKind::AgeIn(_) | FieldKind::AgeCompare(_) => self.age_field(field, module),
        }
    }

    fn closed_word(&mut self, key: &str, word: &ast::Name) -> Option<()> {
        let (_, words) = CLOSED.iter().find(|(known, _)| *known == key)?;
        if words.contains(&word.text.as_str()) {
            return Some(());
        }
        let known = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let mut found =
            Diagnostic::new(&code::UNKNOWN_FIELD_VALUE, word.span, format!("`{key}` cannot be `{}`", word.text))
                .label("not one of its values")
                .help(format!("it is one of {known}"));
        if let Some(near) =
            usual_word(key, &word.text).or_else(|| super::checker::nearest(&word.text, words.iter().copied()))
        {
            found = found.help(format!("did you mean `{near}`? It is one of {known}")).guess(
                format!("write `{near}`"),
                word.span,
                near,
            );
        }
        self.report(found);
        None
    }

    fn ratio(&mut self, key: &str, word: &ast::Name, parts: &[u32], span: Span) {
        if key != "allocation" || word.text != "randomized" {
            self.report(
                Diagnostic::new(&code::UNKNOWN_FIELD_VALUE, span, "only a randomized allocation has a ratio")
                    .label("says nothing here"),
            );
        } else if parts.contains(&0) {
            self.report(
                Diagnostic::new(&code::NOT_POSITIVE, span, "each arm gets a share of more than zero")
                    .label("a zero in it"),
            );
        } else {
            self.draft.header.ratio = parts.to_vec();
            self.ratio_span = span;
        }
    }

    fn names_field(&mut self, key: &str, names: &[ast::Name], module: ModuleId) {
        match key {
            "conditions" => {
                for name in names {
                    let Some(ix) = self.resolve_concept(module, name, "a condition") else { continue };
                    if self.concept(ix).kind != ConceptKind::Condition {
                        self.wrong_kind(name, Meaning::Concept(ix), "a condition");
                        continue;
                    }
                    let id = self.concept_id(ix);
                    self.draft.header.conditions.push(id);
                }
            }
            "day_1" => {
                let [name] = names else {
                    self.report(
                        Diagnostic::new(
                            &code::UNKNOWN_FIELD_VALUE,
                            names.last().map_or(Span::NOWHERE, |name| name.span),
                            "there is one day 1",
                        )
                        .label("one event too many"),
                    );
                    return;
                };
                if self.no_trial_event(name, module) {
                    return;
                }
                let anchor = ast::Anchor { kind: ast::AnchorKind::Name(name.clone()), span: name.span };
                match self.anchor(&anchor, module) {
                    Some(ir::Anchor::Event(event)) => self.draft.header.day_1 = Some(event),
                    Some(_) => self.report(
                        Diagnostic::new(&code::NOT_A_MOMENT, name.span, "day 1 is the day of an event of the trial")
                            .label("not an event of the trial")
                            .help("such as `day_1 randomization` or `day_1 first_dose`"),
                    ),
                    None => self.day_one_reported = true,
                }
            }
            _ => {
                for name in names {
                    self.stratum(name, module);
                }
            }
        }
    }

    /// Whether day 1 is to be the day of what may happen more than once; reported.
    fn no_trial_event(&mut self, name: &ast::Name, module: ModuleId) -> bool {
        let Some(meaning @ Meaning::Concept(ix)) = self.lookup(module, &name.text, name.span) else { return false };
        if self.happens_once(ix) || self.concept(ix).kind != ConceptKind::Event {
            return false;
        }
        self.day_one_reported = true;
        self.wrong_kind_with(
            name,
            meaning,
            "an event of the trial",
            "day 1 is that of `consent`, `screening`, `enrollment`, `randomization` or `first_dose`",
        );
        true
    }

    fn stratum(&mut self, name: &ast::Name, module: ModuleId) {
        let Some(meaning) = self.resolve(module, name) else { return };
        let stratum = match meaning {
            Meaning::Part(PartKind::Cohort) => Stratum::Cohort(ir::CohortId(name.text.clone())),
            Meaning::Definition(ix) => Stratum::Definition(ir::DefinitionId(self.definition(ix).name.clone())),
            Meaning::Concept(ix) if !super::history::is_event(self.concept(ix).kind) => {
                Stratum::Measure(self.concept_id(ix))
            }
            Meaning::Concept(_) | Meaning::Set(_) | Meaning::Part(_) | Meaning::Lost => {
                self.wrong_kind(name, meaning, "a measure, a definition or a cohort");
                return;
            }
        };
        self.draft.header.stratified_by.push(stratum);
    }

    /// `age in 18..75 years` is an inclusion criterion of its own, and gives the registry's minimum and maximum.
    fn age_field(&mut self, field: &Field, module: ModuleId) {
        let kind = match &field.kind {
            FieldKind::AgeIn(within) => ast::ExprKind::Within(within.clone()),
            FieldKind::AgeCompare(comparison) => ast::ExprKind::Compare(comparison.clone()),
            FieldKind::Texts(_)
            | FieldKind::Word { .. }
            | FieldKind::Count { .. }
            | FieldKind::Date { .. }
            | FieldKind::Names(_) => return,
        };
        let expr = ast::Expr { kind, span: field.span };
        let Some(truth) = self.truth(&expr, Context::new(module)) else { return };
        let (minimum, maximum) = age_bounds(&truth);
        self.draft.header.minimum_age = minimum;
        self.draft.header.maximum_age = maximum;
        self.draft.header.age = Some(truth);
    }

    fn dates_in_order(&mut self, trial: &ast::Trial) {
        let find = |key: &str| {
            trial.fields.iter().find(|field| field.key.text == key).and_then(|field| match &field.kind {
                FieldKind::Date { date, .. } => Some((*date, field.span)),
                FieldKind::Texts(_)
                | FieldKind::Word { .. }
                | FieldKind::Count { .. }
                | FieldKind::Names(_)
                | FieldKind::AgeIn(_)
                | FieldKind::AgeCompare(_) => None,
            })
        };
        let mut reported: Vec<&str> = Vec::new();
        for (before, after) in IN_ORDER {
            let (Some(first), Some(second)) = (find(before), find(after)) else { continue };
            // A date known to the month is before another one only if its whole month is.
            let latest = |date: &ast::Date| (date.year, date.month.unwrap_or(12), date.day.unwrap_or(31));
            let earliest = |date: &ast::Date| (date.year, date.month.unwrap_or(1), date.day.unwrap_or(1));
            if earliest(&first.0) > latest(&second.0) && !reported.contains(before) {
                reported.push(before);
                self.report(
                    Diagnostic::new(&code::DATES_OUT_OF_ORDER, second.1, format!("`{after}` is before `{before}`"))
                        .label(date_text(&second.0))
                        .also(first.1, date_text(&first.0))
                        .help("one of the two dates is wrong"),
                );
            }
        }
    }
}

/// What authors write from habit, in the words of the registry.
fn usual_word(key: &str, word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let usual: &[(&str, &str)] = match key {
        "phase" => &[
            ("i", "1"),
            ("ii", "2"),
            ("iii", "3"),
            ("iv", "4"),
            ("i_ii", "1_2"),
            ("ii_iii", "2_3"),
            ("early_i", "early_1"),
            ("phase_1", "1"),
            ("phase_2", "2"),
            ("phase_3", "3"),
            ("phase_4", "4"),
            ("na", "not_applicable"),
            ("0", "early_1"),
        ],
        "masking" => {
            &[("open", "none"), ("open_label", "none"), ("double_blind", "double"), ("single_blind", "single")]
        }
        "allocation" => &[("randomised", "randomized"), ("non_randomized", "nonrandomized"), ("na", "none")],
        "model" => &[("single_arm", "single_group"), ("cross_over", "crossover")],
        "sex" => &[("both", "all"), ("any", "all"), ("women", "female"), ("men", "male")],
        "status" => &[("active_not_recruiting", "active"), ("enrolling_by_invitation", "invitation_only")],
        _ => &[],
    };
    usual.iter().find(|(habit, _)| *habit == word).map(|(_, right)| *right)
}

/// The least and greatest age that a header's sentence lets in, both included.
fn age_bounds(truth: &ir::Truth) -> (Option<ir::Quantity>, Option<ir::Quantity>) {
    let TruthKind::Asked { ask, .. } = &truth.kind else { return (None, None) };
    match &**ask {
        ir::Ask::InRange { range, .. } => (
            Some(ir::Quantity { value: range.low, unit: range.unit.clone() }),
            Some(ir::Quantity { value: range.high, unit: range.unit.clone() }),
        ),
        ir::Ask::Compare { comparator, to, .. } => {
            let ir::ValueKind::Quantity(limit) = &to.kind else { return (None, None) };
            match comparator {
                ir::Comparator::AtLeast | ir::Comparator::Greater => (Some(limit.clone()), None),
                ir::Comparator::AtMost | ir::Comparator::Less => (None, Some(limit.clone())),
                ir::Comparator::Equal => (Some(limit.clone()), Some(limit.clone())),
                ir::Comparator::NotEqual => (None, None),
            }
        }
        ir::Ask::OneOf { .. } | ir::Ask::Moved { .. } | ir::Ask::Recorded => (None, None),
    }
}

fn certainty_of(certainty: ast::header::Certainty) -> ir::Certainty {
    match certainty {
        ast::header::Certainty::Estimated => ir::Certainty::Estimated,
        ast::header::Certainty::Actual => ir::Certainty::Actual,
    }
}
