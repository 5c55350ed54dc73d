//! Rules and placebos of what the trial does not give, and dose levels that are not there.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{ConceptId, Dosing, Rule, RuleEffect, Treatment};

pub static LINT: Lint = Lint { codes: &[&code::NOT_GIVEN, &code::BAD_PLACEBO, &code::BAD_LEVELS], check };

#[derive(Default)]
struct Found<'d> {
    treatments: Vec<&'d Treatment>,
    rules: Vec<&'d Rule>,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let mut found = Found::default();
    draft.regimens.iter().for_each(|regimen| look(&regimen.item.dosings, &mut found));
    let arms = draft.arms.iter().flat_map(|arm| &arm.item.stages);
    let backgrounds = draft.backgrounds.iter().flat_map(|background| &background.item.stages);
    arms.chain(backgrounds).for_each(|stage| look(&stage.dosings, &mut found));
    for placebo in found.treatments.iter().filter(|treatment| treatment.placebo) {
        if !given(draft, &found, &placebo.what) {
            out.push(
                Diagnostic::new(
                    &code::BAD_PLACEBO,
                    placebo.span,
                    format!("a placebo for `{}`, which no arm gets", placebo.what),
                )
                .label("a placebo of what?")
                .help("name what the other arm gets"),
            );
        }
    }
    for rule in &found.rules {
        check_rule(draft, &found, rule, out);
    }
}

fn look<'d>(dosings: &'d [Dosing], found: &mut Found<'d>) {
    for dosing in dosings {
        match dosing {
            Dosing::Give(treatment) => found.treatments.push(treatment),
            Dosing::OneOf(treatments) => found.treatments.extend(treatments),
            Dosing::Regimen(_) => {}
            Dosing::Cycle { dosings, .. } | Dosing::Phase { dosings, .. } => look(dosings, found),
            Dosing::Rule(rule) => found.rules.push(rule),
        }
    }
}

/// Whether the trial gives something: itself, a member of it, or a class that it is of.
fn given(draft: &Draft, found: &Found<'_>, what: &ConceptId) -> bool {
    let mut real = found.treatments.iter().filter(|treatment| !treatment.placebo);
    real.any(|treatment| draft.is_a(&treatment.what, what) || draft.is_a(what, &treatment.what))
}

fn check_rule(draft: &Draft, found: &Found<'_>, rule: &Rule, out: &mut Diagnostics) {
    if !given(draft, found, &rule.drug) {
        out.push(
            Diagnostic::new(&code::NOT_GIVEN, rule.span, format!("a rule for `{}`, which no arm gets", rule.drug))
                .label("changes nothing")
                .help("name what is given"),
        );
        return;
    }
    let RuleEffect::ReduceByLevels(steps) = rule.effect else { return };
    let of_drug =
        found.treatments.iter().filter(|treatment| draft.is_a(&treatment.what, &rule.drug) && !treatment.placebo);
    let levels = of_drug.map(|treatment| treatment.levels.len()).max().unwrap_or(0);
    if (steps as usize) > levels {
        let message = match levels {
            0 => format!("`{}` has no dose levels", rule.drug),
            count => format!("`{}` has {count} dose levels below the first", rule.drug),
        };
        out.push(
            Diagnostic::new(&code::BAD_LEVELS, rule.span, message)
                .label(format!("down by {steps}"))
                .help("list them where it is given: `levels { 60 mg/m2, 45 mg/m2 }`"),
        );
    }
}
