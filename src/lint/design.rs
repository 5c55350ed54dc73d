//! A design that the arms and epochs do not have.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Arm, ArmRole, Dosing};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::DESIGN_MISMATCH], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    let field = |key: &str| draft.fields.get(key).copied().unwrap_or(Span::NOWHERE);
    let word = |key: &str| draft.header.words.get(key).map_or("", |word| word.as_str());
    let arms = draft.arms.len();
    let first_arm = draft.arms.first().map_or(Span::NOWHERE, |arm| arm.name_span);
    let last_arm = draft.arms.last().map_or(Span::NOWHERE, |arm| arm.name_span);
    let mut report = |span: Span, message: String, label: &str, other: (Span, String)| {
        out.push(Diagnostic::new(&code::DESIGN_MISMATCH, span, message).label(label).also(other.0, other.1));
    };
    if arms == 1 && word("allocation") == "randomized" {
        let message = "participants are randomised, and there is one arm".to_owned();
        report(field("allocation"), message, "to which arms?", (first_arm, "the only arm".to_owned()));
    }
    if arms > 0 && !draft.header.ratio.is_empty() && draft.header.ratio.len() != arms {
        let message = format!("the ratio has {} parts, and there are {arms} arms", draft.header.ratio.len());
        report(draft.ratio_span, message, "one part for each arm", (last_arm, format!("arm {arms}")));
    }
    if arms > 1 && word("model") == "single_group" {
        let message = format!("a single group has one arm, and there are {arms}");
        report(field("model"), message, "a single group", (last_arm, format!("arm {arms}")));
    }
    if arms == 1 && matches!(word("model"), "parallel" | "crossover" | "factorial") {
        let message = format!("the model is `{}`, and there is one arm", word("model"));
        report(field("model"), message, "several arms", (first_arm, "the only arm".to_owned()));
    }
    if !draft.header.stratified_by.is_empty() && matches!(word("allocation"), "none" | "nonrandomized") {
        let message = "only a randomised allocation is stratified".to_owned();
        report(field("stratified_by"), message, "stratified", (field("allocation"), "not randomised".to_owned()));
    }
    for arm in &draft.arms {
        if arm.item.role == ArmRole::PlaceboComparator && !gives_placebo(draft, &arm.item) {
            let message = format!("`{}` is a placebo comparator and gets no placebo", arm.name);
            report(arm.name_span, message, "no `give placebo for …`", (Span::NOWHERE, String::new()));
        }
    }
    masking(draft, &mut report);
}

fn gives_placebo(draft: &Draft, arm: &Arm) -> bool {
    fn any(draft: &Draft, dosings: &[Dosing]) -> bool {
        dosings.iter().any(|dosing| match dosing {
            Dosing::Give(treatment) => treatment.placebo,
            Dosing::OneOf(treatments) => treatments.iter().any(|treatment| treatment.placebo),
            Dosing::Regimen(name) => draft
                .regimens
                .iter()
                .find(|regimen| regimen.item.name == *name)
                .is_some_and(|regimen| any(draft, &regimen.item.dosings)),
            Dosing::Cycle { dosings, .. } | Dosing::Phase { dosings, .. } => any(draft, dosings),
            Dosing::Rule(_) => false,
        })
    }
    arm.stages.iter().any(|stage| any(draft, &stage.dosings))
}

/// Says what differs: where, in which words, with a label, and the other place involved.
type Report<'r> = dyn FnMut(Span, String, &str, (Span, String)) + 'r;

/// The header states the strongest masking of any epoch.
fn masking(draft: &Draft, report: &mut Report<'_>) {
    const ORDER: &[&str] = &["none", "single", "double", "triple", "quadruple"];
    let rank = |word: &str| ORDER.iter().position(|known| *known == word);
    let Some(header) = draft.header.words.get("masking") else { return };
    let stated: Vec<_> = draft.epochs.iter().filter_map(|epoch| Some((epoch, epoch.item.masking.as_ref()?))).collect();
    let Some((epoch, strongest)) = stated.iter().max_by_key(|(_, word)| rank(word.as_str())) else { return };
    let every = stated.len() == draft.epochs.len();
    let differs = rank(strongest.as_str()) > rank(header.as_str()) || every && strongest != &header;
    if differs {
        let span = draft.fields.get("masking").copied().unwrap_or(Span::NOWHERE);
        let message = format!("the header says masking `{header}`, the epoch `{}` `{strongest}`", epoch.name);
        report(
            span,
            message,
            "the strongest masking of any epoch stands here",
            (epoch.name_span, format!("masking {strongest}")),
        );
    }
}
