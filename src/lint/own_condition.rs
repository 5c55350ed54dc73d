//! An exclusion that the condition under study itself meets: it turns every participant away.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::truth::History;
use crate::ir::{ConceptId, Counting, Operands, Polarity, Truth, TruthKind, Verb};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::EXCLUDES_OWN_CONDITION], check };

fn check(draft: &Draft, out: &mut Diagnostics) {
    let excluding = draft.eligibility.iter().flat_map(|block| &block.criteria);
    for criterion in excluding.filter(|criterion| criterion.polarity == Polarity::Exclude && criterion.when.is_none()) {
        for condition in &draft.header.conditions {
            let Some((class, span)) = meets(draft, &criterion.body, condition) else { continue };
            let same = class == *condition;
            let message = if same {
                format!("this excludes everyone with `{condition}`, the condition under study")
            } else {
                format!("`{condition}`, the condition under study, is `{class}` too: this excludes everyone")
            };
            out.push(
                Diagnostic::new(&code::EXCLUDES_OWN_CONDITION, span, message).label("every participant has it").help(
                    if same {
                        "is an inclusion meant?".to_owned()
                    } else {
                        format!("write `{class} except {condition}`")
                    },
                ),
            );
        }
    }
}

/// The class by which a truth holds for everyone with a condition.
fn meets(draft: &Draft, truth: &Truth, condition: &ConceptId) -> Option<(ConceptId, Span)> {
    match &truth.kind {
        TruthKind::History(history) => history_meets(draft, history, condition).map(|class| (class, truth.span)),
        TruthKind::Any(parts) | TruthKind::Count { counting: Counting::Any, of: Operands::Truths(parts) } => {
            parts.iter().filter(|part| part.when.is_none()).find_map(|part| meets(draft, &part.body, condition))
        }
        _ => None,
    }
}

fn history_meets(draft: &Draft, history: &History, condition: &ConceptId) -> Option<ConceptId> {
    let plain = matches!(history.verb, Verb::Has | Verb::Had)
        && history.counting == Counting::Any
        && history.with.is_empty()
        && history.due_to.is_none()
        && history.for_at_least.is_none()
        && history.for_at_most.is_none();
    if !plain {
        return None;
    }
    let class = history.events.iter().find(|class| {
        draft.is_a(condition, &class.event)
            && !class.except.iter().any(|exempt| {
                exempt.event.as_ref().is_some_and(|event| draft.is_a(condition, event) || draft.is_a(event, condition))
            })
    })?;
    Some(class.event.clone())
}
