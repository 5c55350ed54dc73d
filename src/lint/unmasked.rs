//! Masked arms that a participant can tell apart: by what goes in, by which route, how often, or whether at all.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Arm, Dosing, EpochId, RegimenId, Schedule, Treatment};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::UNMASKED], check };

/// What a participant sees of a treatment: a placebo looks like what it is for.
type Seen = BTreeSet<(String, String, String)>;

/// Regimens that give a regimen twice, which gives another one twice, and so on, are soon too many to look at, and so are
/// a thousand arms in each of a thousand epochs.
const MOST: usize = 100_000;

struct Looker<'d> {
    regimens: FxHashMap<&'d RegimenId, &'d [Dosing]>,
    /// How many more treatments, and names of epochs, may be looked at. When there are none left, nothing more is said.
    left: usize,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let regimens = draft.regimens.iter().map(|regimen| (&regimen.item.name, regimen.item.dosings.as_slice())).collect();
    let mut looker = Looker { regimens, left: MOST };
    let mut told = FxHashSet::default();
    let header = draft.header.words.get("masking").map_or("none", |word| word.as_str());
    for epoch in &draft.epochs {
        let masking = epoch.item.masking.as_ref().map_or(header, |word| word.as_str());
        if masking == "none" || draft.arms.len() < 2 {
            continue;
        }
        let seen: Vec<(&Arm, Seen, Span)> = draft
            .arms
            .iter()
            .filter(|arm| arm.item.cohorts.is_empty())
            .map(|arm| {
                let (seen, span) = seen(&mut looker, &arm.item, &epoch.item.name);
                (&arm.item, seen, if span == Span::NOWHERE { arm.name_span } else { span })
            })
            .collect();
        if looker.left == 0 {
            return;
        }
        let Some(((first, first_seen, first_span), rest)) = seen.split_first() else { continue };
        for (arm, arm_seen, span) in rest {
            let Some(difference) = difference(first_seen, arm_seen, first, arm) else { continue };
            // What is given in all epochs looks different in all of them, and is one mistake.
            if !told.insert((*span, difference.clone())) {
                continue;
            }
            out.push(
                Diagnostic::new(
                    &code::UNMASKED,
                    *span,
                    format!(
                        "in the masked epoch `{}` a participant can tell `{}` from `{}`",
                        epoch.item.name, arm.name, first.name
                    ),
                )
                .label(difference)
                .also(*first_span, format!("`{}`", first.name))
                .also(epoch.name_span, format!("masking {masking}"))
                .help("give a placebo by the same route and as often, or set the epoch's masking to `none`"),
            );
        }
    }
}

/// What can be seen of an arm in an epoch, and where it is written.
fn seen(looker: &mut Looker<'_>, arm: &Arm, epoch: &EpochId) -> (Seen, Span) {
    let mut seen = Seen::new();
    let mut span = Span::NOWHERE;
    let named: usize = arm.stages.iter().map(|stage| 1 + stage.epochs.len()).sum();
    looker.left = looker.left.saturating_sub(1 + named);
    for stage in arm.stages.iter().filter(|stage| stage.epochs.is_empty() || stage.epochs.contains(epoch)) {
        span = stage.span;
        look(looker, &stage.dosings, "", &mut seen);
    }
    (seen, span)
}

fn look(looker: &mut Looker<'_>, dosings: &[Dosing], around: &str, seen: &mut Seen) {
    for dosing in dosings {
        if looker.left == 0 {
            return;
        }
        looker.left -= 1;
        match dosing {
            Dosing::Give(treatment) => {
                seen.insert(sight(treatment, around));
            }
            Dosing::OneOf(treatments) => {
                let mut all: Vec<String> = treatments.iter().map(|one| format!("{:?}", sight(one, around))).collect();
                all.sort();
                seen.insert((all.join(" or "), String::new(), String::new()));
            }
            Dosing::Regimen(name) => {
                if let Some(regimen) = looker.regimens.get(name).copied() {
                    look(looker, regimen, around, seen);
                }
            }
            Dosing::Cycle { length, extent, dosings } => {
                let extent =
                    extent.as_ref().map(|extent| format!("{} {:?}", extent.duration.value, extent.duration.unit));
                let around = format!("{around} cycles of {} {:?} {extent:?}", length.value, length.unit);
                look(looker, dosings, &around, seen);
            }
            Dosing::Phase { extent, dosings, .. } => {
                let extent =
                    extent.as_ref().map(|extent| format!("{} {:?}", extent.duration.value, extent.duration.unit));
                look(looker, dosings, &format!("{around} phase {extent:?}"), seen);
            }
            Dosing::Rule(_) => {}
        }
    }
}

/// The thing, its route, and when it is given.
fn sight(treatment: &Treatment, around: &str) -> (String, String, String) {
    let route = treatment.route.map_or_else(String::new, |route| format!("{route:?}").to_lowercase());
    let daily = match &treatment.amount {
        Some(crate::ir::Amount::Fixed { dose, .. } | crate::ir::Amount::Range { low: dose, .. })
            if dose.per_time.is_some() =>
        {
            "a day"
        }
        _ => "",
    };
    let schedule = match &treatment.schedule {
        Some(Schedule::Once) => "once".to_owned(),
        Some(Schedule::Daily { times }) => format!("{times} times daily"),
        Some(Schedule::Every(every)) => format!("every {} {:?}", every.value, every.unit).to_lowercase(),
        Some(Schedule::OnDays { days, of_every }) => format!("on days {days:?} {of_every:?}"),
        Some(Schedule::AsNeeded) => "as needed".to_owned(),
        None => daily.to_owned(),
    };
    let extent =
        treatment.extent.as_ref().map(|extent| format!("{} {:?}", extent.duration.value, extent.duration.unit));
    (treatment.what.to_string(), route, format!("{schedule} {around} {extent:?}"))
}

/// How two arms differ, in a few words.
fn difference(a: &Seen, b: &Seen, first: &Arm, second: &Arm) -> Option<String> {
    let only_b: Vec<_> = b.difference(a).collect();
    let only_a: Vec<_> = a.difference(b).collect();
    if only_a.is_empty() && only_b.is_empty() {
        return None;
    }
    let (here, what, there) = match (only_b.first(), only_a.first()) {
        (Some(one), other) => (second, one, other.map(|other| (first, other))),
        (None, Some(one)) => return Some(format!("`{}` gets nothing that looks like `{}`", second.name, one.0)),
        (None, None) => return None,
    };
    match there {
        Some((_, other)) if other.0 == what.0 && other.1 != what.1 => Some(format!("another route of `{}`", what.0)),
        Some((_, other)) if other.0 == what.0 => Some(format!("`{}` at other times", what.0)),
        Some(_) | None => Some(format!("only `{}` gets what looks like `{}`", here.name, what.0)),
    }
}
