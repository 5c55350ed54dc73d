//! Masked arms that a participant can tell apart: by what goes in, by which route, on which days and how often.
//!
//! The days are those of the calendar, so that what is written in two ways and comes to the same days looks the same.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Arm, START};
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{EpochId, Route};
use crate::schedule::days::NoDays;
use crate::span::Span;

/// What a participant sees in an epoch: a placebo looks like what it is for.
type Seen = BTreeMap<(String, Option<Route>), Times>;

#[derive(Clone, Debug, Default, PartialEq)]
struct Times {
    /// How often on each day.
    days: BTreeMap<i64, u32>,
    as_needed: bool,
    /// The protocol does not say when.
    not_said: bool,
}

pub(super) fn check(draft: &Draft, arms: &[Arm<'_>], out: &mut Diagnostics) {
    let mut told = FxHashSet::default();
    let header = draft.header.words.get("masking").map_or("none", |word| word.as_str());
    let arms: Vec<&Arm<'_>> = arms.iter().filter(|arm| arm.plan.arm.cohorts.is_empty()).collect();
    let masked = |at: usize| {
        let epoch = draft.epochs.get(at)?;
        let masking = epoch.item.masking.as_ref().map_or(header, |word| word.as_str());
        (masking != "none").then_some((epoch, masking))
    };
    if arms.len() < 2 || (0..draft.epochs.len()).all(|at| masked(at).is_none()) {
        return;
    }
    let seen: Vec<Vec<Seen>> = arms.iter().map(|arm| seen(arm)).collect();
    for (at, (epoch, masking)) in (0..draft.epochs.len()).filter_map(|at| Some((at, masked(at)?))) {
        let mut sights = arms.iter().zip(&seen).filter_map(|(arm, seen)| Some((*arm, seen.get(at)?)));
        let Some((first, first_seen)) = sights.next() else { continue };
        for (arm, arm_seen) in sights {
            let Some(difference) = difference((first, first_seen), (arm, arm_seen)) else { continue };
            let span = place(draft, arm, &epoch.item.name);
            // What is given in all epochs looks different in all of them, and is one mistake.
            if !told.insert((span, difference.clone())) {
                continue;
            }
            out.push(
                Diagnostic::new(
                    &code::UNMASKED,
                    span,
                    format!(
                        "in the masked epoch `{}` a participant can tell `{}` from `{}`",
                        epoch.item.name, arm.plan.arm.name, first.plan.arm.name
                    ),
                )
                .label(difference)
                .also(place(draft, first, &epoch.item.name), format!("`{}`", first.plan.arm.name))
                .also(epoch.name_span, format!("masking {masking}"))
                .help("give a placebo by the same route and as often, or set the epoch's masking to `none`"),
            );
        }
    }
}

/// Where it is written what an arm gets in an epoch.
fn place(draft: &Draft, arm: &Arm<'_>, epoch: &EpochId) -> Span {
    let arm = arm.plan.arm;
    let mut stages = arm.stages.iter().filter(|stage| stage.epochs.is_empty() || stage.epochs.contains(epoch));
    let name = || draft.arms.iter().find(|known| known.item.name == arm.name).map_or(Span::NOWHERE, |a| a.name_span);
    stages.next_back().map_or_else(name, |stage| stage.span)
}

/// What can be seen of an arm, epoch by epoch. What every arm gets tells nothing.
fn seen(arm: &Arm<'_>) -> Vec<Seen> {
    let mut seen = vec![Seen::new(); arm.sheet.periods.len()];
    let names: Vec<Option<(String, Option<Route>)>> = arm
        .plan
        .lines
        .iter()
        .map(|line| {
            let treatment = line.treatment;
            let alternatives = arm.plan.alternatives(line);
            if line.background {
                None
            } else if alternatives.is_empty() {
                Some((treatment.what.to_string(), treatment.route))
            } else {
                // Which of them it will be nobody knows yet.
                let mut all: Vec<&str> = alternatives.iter().map(|one| one.as_str()).collect();
                all.sort_unstable();
                Some((all.join("` or `"), None))
            }
        })
        .collect();
    let name = |line: usize| names.get(line).cloned().flatten();
    let mut period = 0;
    for slot in &arm.sheet.slots {
        // Both are in the order of their days.
        while arm.sheet.periods.get(period).is_some_and(|one| one.days.is_none_or(|(_, last)| last < slot.day)) {
            period += 1;
        }
        let (Some(name), Some(seen)) = (name(slot.line), seen.get_mut(period)) else { continue };
        *seen.entry(name).or_default().days.entry(slot.day).or_default() += slot.times;
    }
    for standing in &arm.sheet.standing {
        for (period, seen) in arm.sheet.periods.iter().zip(&mut seen) {
            let within = period.days.is_some_and(|(first, last)| standing.from <= last && first <= standing.to);
            let (Some(name), true) = (name(standing.line), within) else { continue };
            let times = seen.entry(name).or_default();
            match standing.why {
                NoDays::AsNeeded => times.as_needed = true,
                NoDays::NotSaid => times.not_said = true,
            }
        }
    }
    seen
}

/// How two arms differ, in a few words.
fn difference((first, a): (&Arm<'_>, &Seen), (second, b): (&Arm<'_>, &Seen)) -> Option<String> {
    let names = (&first.plan.arm.name, &second.plan.arm.name);
    if let Some((what, _)) = b.keys().find(|key| !a.contains_key(*key)) {
        let other_route = a.keys().any(|(other, _)| other == what);
        return Some(if other_route {
            format!("another route of `{what}`")
        } else {
            format!("only `{}` gets what looks like `{what}`", names.1)
        });
    }
    if let Some((what, _)) = a.keys().find(|key| !b.contains_key(*key)) {
        return Some(format!("`{}` gets nothing that looks like `{what}`", names.1));
    }
    a.iter().zip(b.values()).find_map(|(((what, _), a), b)| {
        // What is not said yet may come to be the same.
        if a.not_said || b.not_said {
            return None;
        }
        if a.as_needed != b.as_needed {
            let name = if a.as_needed { names.0 } else { names.1 };
            return Some(format!("`{what}` as it is needed in `{name}` alone"));
        }
        let differ = |day: &&i64| a.days.get(*day) != b.days.get(*day);
        let day = a.days.keys().find(differ).into_iter().chain(b.days.keys().find(differ)).min()?;
        let study_day = day - START + 1;
        Some(match (a.days.get(day), b.days.get(day)) {
            (Some(x), Some(y)) => {
                format!("on day {study_day} `{what}` {}, and {} in `{}`", times(*y), times(*x), names.0)
            }
            (None, _) => format!("on day {study_day} `{what}`, and none in `{}`", names.0),
            (_, None) => format!("on day {study_day} no `{what}`, as there is in `{}`", names.0),
        })
    })
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
