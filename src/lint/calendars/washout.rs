//! Washouts between two treatments of an arm that are shorter than the protocol, or the drug's half-life, asks.

use num_traits::ToPrimitive;
use rustc_hash::FxHashSet;

use super::{Arm, START, excluded, speaks_of};
use crate::check::Draft;
use crate::check::timeline;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{ConceptId, Duration, RestrictionKind, Side, TimeUnit, TruthKind, Whichever, Window};
use crate::schedule::plan::Line;
use crate::span::Span;
use crate::units::Unit;

/// After so many half-lives about 97 % of a drug has left the body: the washout of a crossover is at least as long (EMA,
/// Guideline on the Investigation of Bioequivalence, CPMP/EWP/QWP/1401/98 Rev. 1, section 4.1.1).
const HALF_LIVES: u32 = 5;

/// How long a drug has to be away.
struct Needed {
    days: f64,
    why: String,
    /// The criterion or rule that asks for it.
    by: Option<Span>,
}

pub(super) fn check(draft: &Draft, arms: &[Arm<'_>], out: &mut Diagnostics) {
    let crossover = draft.header.words.get("model").is_some_and(|model| model.as_str() == "crossover");
    let mut told = FxHashSet::default();
    for arm in arms {
        between(draft, arm, crossover, &mut told, out);
    }
}

/// Goes from each epoch of an arm with treatment to the next one.
fn between(
    draft: &Draft,
    arm: &Arm<'_>,
    crossover: bool,
    told: &mut FxHashSet<(ConceptId, Span)>,
    out: &mut Diagnostics,
) {
    let periods = &arm.sheet.periods;
    // Of each epoch its doses, as days and lines; what every arm gets goes on beside them.
    let mut doses: Vec<Vec<(i64, usize)>> = vec![Vec::new(); periods.len()];
    let mut at = 0;
    for slot in &arm.sheet.slots {
        while periods.get(at).is_some_and(|period| period.days.is_none_or(|(_, last)| last < slot.day)) {
            at += 1;
        }
        let own = arm.plan.lines.get(slot.line).is_some_and(|line| !line.background);
        if let Some(doses) = doses.get_mut(at).filter(|_| own) {
            doses.push((slot.day, slot.line));
        }
    }
    let filled: Vec<usize> = (0..periods.len()).filter(|at| doses.get(*at).is_some_and(|d| !d.is_empty())).collect();
    for (before, after) in filled.iter().zip(filled.iter().skip(1)) {
        let washes = (before + 1..*after).any(|at| draft.epochs.get(at).is_some_and(|one| is_washout(&one.item)));
        if !crossover && !washes {
            continue;
        }
        let (Some(earlier), Some(later)) = (doses.get(*before), doses.get(*after)) else { continue };
        let Some(next) = later.first().map(|(day, _)| *day) else { continue };
        let line = |at: usize| arm.plan.lines.get(at);
        let goes_on = |drug: &ConceptId| {
            let mut again = later.iter().filter_map(|(_, at)| line(*at)).filter(|line| !line.treatment.placebo);
            again.any(|line| draft.is_a(&line.treatment.what, drug) || draft.is_a(drug, &line.treatment.what))
        };
        let mut seen = FxHashSet::default();
        for (last, at) in earlier.iter().rev() {
            let Some(line) = line(*at).filter(|line| !line.treatment.placebo) else { continue };
            let drug = &line.treatment.what;
            if !seen.insert(drug) || goes_on(drug) {
                continue;
            }
            let Some(needed) = needed(draft, line) else { continue };
            let Some(gap) = i32::try_from(next - last).ok().map(f64::from) else { continue };
            // A month has up to three days more than another.
            let spare = if arm.sheet.by_calendar { 3.0 } else { 0.0 };
            if gap + spare >= needed.days {
                continue;
            }
            let place = if washes { before + 1 } else { *after };
            let Some(epoch) = draft.epochs.get(place) else { continue };
            if !told.insert((drug.clone(), epoch.name_span)) {
                continue;
            }
            let name = draft.epochs.get(*after).map_or("", |epoch| epoch.item.name.as_str());
            let mut diagnostic = Diagnostic::new(
                &code::WASHOUT_TOO_SHORT,
                epoch.name_span,
                format!("the washout of `{drug}` before `{name}` is too short: {}", needed.why),
            )
            .label(format!(
                "{gap} days from the last dose of it on day {} to the next treatment on day {}",
                last - START + 1,
                next - START + 1
            ))
            .also(line.treatment.span, format!("given in `{}`", arm.plan.arm.name));
            if let Some(by) = needed.by {
                diagnostic = diagnostic.also(by, "asked for here");
            }
            out.push(diagnostic.help(format!("leave at least {} days without it", needed.days)));
        }
    }
}

/// Whether an epoch calls itself a washout.
fn is_washout(epoch: &crate::ir::Epoch) -> bool {
    let texts = [Some(epoch.name.as_str()), epoch.prose.as_deref()];
    texts.into_iter().flatten().any(|text| {
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        letters.to_ascii_lowercase().contains("washout")
    })
}

/// What the protocol itself asks of the drug before a treatment; without a word of it, five half-lives.
fn needed(draft: &Draft, line: &Line<'_>) -> Option<Needed> {
    let drug = &line.treatment.what;
    let mut longest: Option<Needed> = None;
    let mut ask = |days: Option<f64>, name: &str, by: Span| {
        let Some(days) = days.filter(|days| longest.as_ref().is_none_or(|known| *days > known.days)) else { return };
        longest = Some(Needed { days, why: format!("`{name}` asks for {days} days"), by: Some(by) });
    };
    for criterion in draft.eligibility.iter().flat_map(|block| &block.criteria) {
        let Some((history, inner)) = excluded(criterion) else { continue };
        if speaks_of(draft, history, line) {
            let window = inner.or(criterion.window.as_ref());
            ask(window.and_then(|window| back(draft, window, drug)), criterion.name.as_str(), criterion.name_span);
        }
    }
    for rule in draft.restrictions.iter().filter(|rule| rule.item.kind == RestrictionKind::Forbid) {
        let TruthKind::History(history) = &rule.item.body.kind else { continue };
        if speaks_of(draft, history, line) {
            let window = rule.item.window.as_ref();
            ask(window.and_then(|window| back(draft, window, drug)), rule.name.as_str(), rule.name_span);
        }
    }
    longest.or_else(|| {
        let lives = Duration { value: rust_decimal::Decimal::from(HALF_LIVES).into(), unit: TimeUnit::HalfLives };
        let days = days_for(draft, &lives, drug)?;
        Some(Needed { days, why: format!("{HALF_LIVES} half-lives are {days} days"), by: None })
    })
}

/// How far a window looks back from a treatment, or from entry.
fn back(draft: &Draft, window: &Window, drug: &ConceptId) -> Option<f64> {
    match window {
        Window::Within { reach, side: Side::Before, .. } => {
            let lengths: Option<Vec<f64>> = reach.lengths.iter().map(|length| days_for(draft, length, drug)).collect();
            let lengths = lengths?.into_iter();
            Some(match reach.whichever {
                Whichever::Longer => lengths.fold(0.0, f64::max),
                Whichever::Shorter => lengths.fold(f64::INFINITY, f64::min),
            })
        }
        Window::Between { from, .. } => match &from.offset {
            Some((length, Side::Before)) => days_for(draft, length, drug),
            Some((_, Side::After)) | None => None,
        },
        Window::Within { .. }
        | Window::AtLeast { .. }
        | Window::At { .. }
        | Window::Beside { .. }
        | Window::DuringEpoch { .. }
        | Window::DuringEvent { .. } => None,
    }
}

/// A length in days, for sure no more than it is; half-lives are the drug's own, rounded up to whole days.
pub(super) fn days_for(draft: &Draft, length: &Duration, drug: &ConceptId) -> Option<f64> {
    if length.unit != TimeUnit::HalfLives {
        return timeline::days(length).map(|(low, _)| low);
    }
    let half_life = draft.concept(drug)?.half_life.as_ref()?;
    let day = Unit::parse("d").ok()?;
    let days = half_life.unit.convert(&half_life.value.rational(), &day).ok()? * length.value.rational();
    days.ceil().to_integer().to_f64()
}
