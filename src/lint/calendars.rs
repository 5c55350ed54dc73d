//! What only the days show: doses that no day has, doses beyond a cap on all of them, the same kind of drug twice at a time,
//! and treatment that the protocol itself forbids; and what is made of the days of all arms beside each other.

mod before_treatment;
mod masks;
mod required;
mod washout;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Lint;
use crate::check::Draft;
use crate::check::timeline::Timeline;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::truth::History;
use crate::ir::{self, ConceptId, RestrictionKind, Trial, TruthKind, Verb, Window};
use crate::schedule::days::{OPEN_DAYS, Rhythm, Sheet, dose_of, rhythm};
use crate::schedule::plan::{Line, Plan, Step};
use crate::span::Span;

pub static LINT: Lint = Lint {
    codes: &[
        &code::DOSE_OUTSIDE_EPOCH,
        &code::BEYOND_TOTAL,
        &code::SAME_CLASS,
        &code::FORBIDS_OWN_TREATMENT,
        &code::UNMASKED,
        &code::BEFORE_TREATMENT,
        &code::WINDOW_BEFORE_DOSE,
        &code::WASHOUT_TOO_SHORT,
        &code::REQUIRED_NOT_GIVEN,
    ],
    check,
};

/// The first day of the calendars: any Monday would do.
const START: i64 = 20_458;
/// Days that are looked at: what goes on for longer repeats itself.
const MOST_DAYS: i64 = 1_100;
/// Doses of all arms that are looked at.
const MOST_DOSES: usize = 200_000;
/// Arms times epochs.
const MOST_PLACES: usize = 20_000;

/// The days of one arm.
struct Arm<'t> {
    plan: Plan<'t>,
    sheet: Sheet<'t>,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let stages: usize = draft.arms.iter().map(|arm| 1 + arm.item.stages.len()).sum();
    if stages * (1 + draft.epochs.len()) * (1 + draft.backgrounds.len()) > MOST_PLACES {
        before_treatment::check(draft, &[], out);
        return;
    }
    let trial = treatment_of(draft);
    let Some(arms) = arms_of(&trial) else {
        before_treatment::check(draft, &[], out);
        return;
    };
    never_given(&arms, out);
    let mut told = FxHashSet::default();
    for arm in &arms {
        beyond_total(arm, &mut told, out);
        same_class(draft, arm, &mut told, out);
    }
    forbids_own(draft, &arms, out);
    before_treatment::check(draft, &arms, out);
    washout::check(draft, &arms, out);
    required::check(draft, &arms, out);
    if draft.epochs.iter().all(|epoch| epoch.item.extent.is_some()) {
        masks::check(draft, &arms, out);
        return;
    }
    // Behind an epoch without a longest length no day is known; how arms look beside each other is known all the same.
    let mut trial = trial.clone();
    for epoch in trial.epochs.iter_mut().filter(|epoch| epoch.extent.is_none()) {
        let duration = ir::Duration { value: rust_decimal::Decimal::from(OPEN_DAYS).into(), unit: ir::TimeUnit::Days };
        epoch.extent = Some(ir::Extent { at_most: true, duration });
    }
    if let Some(arms) = arms_of(&trial) {
        masks::check(draft, &arms, out);
    }
}

/// The days of all arms, where they are not too many.
fn arms_of(trial: &Trial) -> Option<Vec<Arm<'_>>> {
    let (mut arms, mut doses) = (Vec::new(), 0);
    for arm in &trial.arms {
        let plan = Plan::of(trial, arm).ok()?;
        let sheet = Sheet::new(&plan, START, Some(START + MOST_DAYS)).ok()?;
        doses += sheet.slots.len();
        if doses > MOST_DOSES {
            return None;
        }
        arms.push(Arm { plan, sheet });
    }
    Some(arms)
}

/// What a calendar needs of a protocol.
fn treatment_of(draft: &Draft) -> Trial {
    Trial {
        format: String::new(),
        name: "".into(),
        title: String::new(),
        header: ir::Header::default(),
        concepts: std::collections::BTreeMap::new(),
        equivalents: Vec::new(),
        definitions: std::collections::BTreeMap::new(),
        sets: std::collections::BTreeMap::new(),
        plans: Vec::new(),
        cohorts: Vec::new(),
        populations: Vec::new(),
        eligibility: Vec::new(),
        restrictions: Vec::new(),
        epochs: draft.epochs.iter().map(|epoch| epoch.item.clone()).collect(),
        regimens: draft.regimens.iter().map(|regimen| regimen.item.clone()).collect(),
        backgrounds: draft.backgrounds.iter().map(|background| background.item.clone()).collect(),
        arms: draft.arms.iter().map(|arm| arm.item.clone()).collect(),
        visits: Vec::new(),
        collections: Vec::new(),
        outcomes: Vec::new(),
        estimands: Vec::new(),
        examples: Vec::new(),
        missing: Vec::new(),
    }
}

/// A treatment that stands in the protocol and that no arm's calendar has.
fn never_given(arms: &[Arm<'_>], out: &mut Diagnostics) {
    let mut places: Vec<(Span, usize, usize)> = Vec::new();
    let mut at: FxHashMap<Span, usize> = FxHashMap::default();
    for arm in arms {
        let mut counts = vec![0_usize; arm.plan.lines.len()];
        for slot in &arm.sheet.slots {
            if let Some(count) = counts.get_mut(slot.line) {
                *count += 1;
            }
        }
        for (number, (line, count)) in arm.plan.lines.iter().zip(counts).enumerate() {
            // Where no day can be told there is nothing to miss.
            let known = line.epochs.iter().any(|epoch| arm.sheet.periods.get(*epoch).is_some_and(|p| p.days.is_some()));
            let no_days = arm.sheet.standing.iter().any(|standing| standing.line == number);
            if !known || no_days || matches!(rhythm(line.treatment), Rhythm::None(_)) {
                continue;
            }
            let wanted = wanted(line);
            let place = *at.entry(line.treatment.span).or_insert_with(|| {
                places.push((line.treatment.span, 0, wanted));
                places.len() - 1
            });
            if let Some((_, most, _)) = places.get_mut(place) {
                *most = (*most).max(count);
            }
        }
    }
    for (span, most, wanted) in places {
        if most >= wanted {
            continue;
        }
        let message =
            if most == 0 { "no day of the trial has this dose" } else { "some of these days are after the end" };
        out.push(
            Diagnostic::new(&code::DOSE_OUTSIDE_EPOCH, span, message)
                .label("what it stands in ends before")
                .help("correct the day, or the length of the epoch, phase or cycle"),
        );
    }
}

/// How many doses a treatment has at the least: one, or one for each of its days where these are counted once.
fn wanted(line: &Line<'_>) -> usize {
    let alone = line.path.iter().all(|step| matches!(step, Step::Phase { .. }));
    match rhythm(line.treatment) {
        Rhythm::Days(days) if alone && line.treatment.extent.is_none() => {
            days.iter().map(|(from, to)| to.saturating_sub(*from) as usize + 1).sum::<usize>().min(1_000)
        }
        _ => 1,
    }
}

/// Planned doses that come to more than the cap on all of them, where they are by the same measure of the body. The cap counts
/// all doses of the drug in the arm.
fn beyond_total(arm: &Arm<'_>, told: &mut FxHashSet<(Span, Span)>, out: &mut Diagnostics) {
    let mut counts = vec![0_u32; arm.plan.lines.len()];
    for slot in &arm.sheet.slots {
        if let Some(count) = counts.get_mut(slot.line) {
            *count += slot.times;
        }
    }
    // What the doses of a line come to, in the unit of a cap; nothing where that depends on more than the calendar.
    let come_to = |at: usize, cap: &ir::Dose| {
        let treatment = arm.plan.lines.get(at)?.treatment;
        let dose = dose_of(treatment).filter(|dose| dose.per_body == cap.per_body && dose.per_time.is_none())?;
        let each = dose.unit.convert(&dose.value.rational(), &cap.unit).ok()?;
        let count = num_rational::BigRational::from_integer((*counts.get(at)?).into());
        treatment.titration.is_none().then(|| each * count)
    };
    let exact = |number: &num_rational::BigRational| {
        ir::Exact(rust_decimal::Decimal::from_str_exact(&crate::record::decimal(number)).unwrap_or_default())
    };
    for (at, line) in arm.plan.lines.iter().enumerate() {
        let treatment = line.treatment;
        let Some(cap) = treatment.caps.iter().find(|cap| cap.total).map(|cap| &cap.dose) else { continue };
        let (Some(dose), Some(own)) = (dose_of(treatment), come_to(at, cap)) else { continue };
        let together = |other: &usize| {
            let of = |at: usize| arm.plan.sums.get(at).map(|sum| sum.at);
            of(*other) == of(at)
        };
        let all = (0..arm.plan.lines.len()).filter(together).filter_map(|other| come_to(other, cap));
        let all = all.fold(num_rational::BigRational::from_integer(0.into()), |sum, one| sum + one);
        if all <= cap.value.rational() || !told.insert((treatment.span, treatment.span)) {
            continue;
        }
        let said = |number: &num_rational::BigRational| ir::Dose { value: exact(number), ..cap.clone() };
        let count = counts.get(at).copied().unwrap_or(0);
        let message = if own > cap.value.rational() {
            format!("{count} doses of {dose} come to {}, more than the cap of {cap} on all of them", said(&own))
        } else {
            let drug = &treatment.what;
            format!("all doses of `{drug}` together come to {}, more than the cap of {cap} on all of them", said(&all))
        };
        out.push(
            Diagnostic::new(&code::BEYOND_TOTAL, treatment.span, message)
                .label(format!("in `{}`", arm.plan.arm.name))
                .help("the doses beyond it are cut: plan fewer of them, or raise the cap"),
        );
    }
}

/// Two regimens that give the same drug, or two of a class with equivalent doses, on one day.
fn same_class(draft: &Draft, arm: &Arm<'_>, told: &mut FxHashSet<(Span, Span)>, out: &mut Diagnostics) {
    let lines = &arm.plan.lines;
    let mut days: Vec<FxHashSet<i64>> = vec![FxHashSet::default(); lines.len()];
    for slot in &arm.sheet.slots {
        if let Some(days) = days.get_mut(slot.line) {
            days.insert(slot.day);
        }
    }
    for (at, line) in lines.iter().enumerate() {
        for (other, earlier) in lines.iter().enumerate().take(at) {
            let apart = (line.regimen, line.background) != (earlier.regimen, earlier.background);
            let placebo = line.treatment.placebo || earlier.treatment.placebo;
            if !apart || placebo || line.choice.is_some() && line.choice == earlier.choice {
                continue;
            }
            let Some(class) = shared(draft, &line.treatment.what, &earlier.treatment.what) else { continue };
            let together = days.get(at).zip(days.get(other)).is_some_and(|(a, b)| a.intersection(b).next().is_some());
            let (span, first) = (line.treatment.span, earlier.treatment.span);
            if !together || !told.insert((first, span)) {
                continue;
            }
            let message = if line.treatment.what == earlier.treatment.what {
                format!("`{class}` is given twice at a time in `{}`", arm.plan.arm.name)
            } else {
                format!("two of `{class}` are given at a time in `{}`", arm.plan.arm.name)
            };
            out.push(
                Diagnostic::new(&code::SAME_CLASS, span, message)
                    .label("on days of the other one too")
                    .also(first, "given here")
                    .help("give it in one place, or leave days between the two"),
            );
        }
    }
}

/// What two treatments have in common: the drug, one as a class of the other, or a class with equivalent doses.
fn shared(draft: &Draft, a: &ConceptId, b: &ConceptId) -> Option<ConceptId> {
    if draft.is_a(a, b) {
        return Some(b.clone());
    }
    if draft.is_a(b, a) {
        return Some(a.clone());
    }
    // The library has tables of equal doses for these, whether or not a protocol names them.
    let usual = ["glucocorticoid", "opioid"].map(ConceptId::from);
    let mut tables = draft.equivalents.iter().map(|table| &table.class).chain(&usual);
    tables.find(|class| draft.is_a(a, class) && draft.is_a(b, class)).cloned()
}

/// Treatment that a rule of the same protocol rules out on days on which it is given: a `forbid`, a `require not`, or an
/// exclusion that looks back over days of the trial.
fn forbids_own(draft: &Draft, arms: &[Arm<'_>], out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    for rule in &draft.restrictions {
        let history = match (rule.item.kind, &rule.item.body.kind) {
            (RestrictionKind::Forbid, TruthKind::History(history)) => history,
            (RestrictionKind::Require, TruthKind::Not(body)) => match &body.kind {
                TruthKind::History(history) => history,
                _ => continue,
            },
            _ => continue,
        };
        let plain = rule.item.when.is_none() && rule.item.cohorts.is_empty();
        let days = rule.item.window.as_ref().filter(|_| plain).and_then(|window| sure_days(window, &timeline, draft));
        let Some(days) = days else { continue };
        let Some((arm, line, day)) = given_on(draft, arms, history, &|_| Some(days)) else { continue };
        out.push(
            Diagnostic::new(
                &code::FORBIDS_OWN_TREATMENT,
                rule.name_span,
                format!("`{}` forbids what `{}` gets", rule.name, arm.name),
            )
            .label("forbids it then")
            .also(line.treatment.span, format!("given here, on day {day}"))
            .help(format!("take it out with `except {{ {} }}`, or give the rule another time", line.treatment.what)),
        );
    }
    for block in &draft.eligibility {
        for criterion in &block.criteria {
            let Some((history, inner)) = excluded(criterion) else { continue };
            if criterion.when.is_some() || !criterion.cohorts.is_empty() {
                continue;
            }
            let window = inner.or(criterion.window.as_ref());
            let looked_back = |line: &Line<'_>| {
                let (reach, anchor) = match window? {
                    Window::Within { reach, side: ir::Side::Before, anchor } => {
                        (Some(reach), anchor.as_ref().unwrap_or(&block.anchor))
                    }
                    Window::Beside { side: ir::Side::Before, anchor } => (None, anchor),
                    _ => return None,
                };
                // What is given on the day itself is given when the criterion has been asked.
                let until =
                    timeline.anchor(anchor, draft).map(|day| day.earliest - 1.0).filter(|until| *until >= 0.0)?;
                let Some(reach) = reach else { return Some((0.0, until)) };
                let lengths: Option<Vec<f64>> =
                    reach.lengths.iter().map(|length| washout::days_for(draft, length, &line.treatment.what)).collect();
                let lengths = lengths?.into_iter();
                let longest = match reach.whichever {
                    ir::Whichever::Longer => lengths.fold(0.0, f64::max),
                    ir::Whichever::Shorter => lengths.fold(f64::INFINITY, f64::min),
                };
                Some((until + 1.0 - longest, until))
            };
            let Some((arm, line, day)) = given_on(draft, arms, history, &looked_back) else { continue };
            out.push(
                Diagnostic::new(
                    &code::FORBIDS_OWN_TREATMENT,
                    criterion.name_span,
                    format!("`{}` turns away whom the trial itself has treated in `{}`", criterion.name, arm.name),
                )
                .label("looks back over days of the trial")
                .also(line.treatment.span, format!("given here, on day {day}"))
                .help(format!(
                    "ask it before the treatment begins, or take out `{}` with `except`",
                    line.treatment.what
                )),
            );
        }
    }
}

/// The history that a criterion rules out, and the window that stands behind it.
fn excluded(criterion: &ir::Criterion) -> Option<(&History, Option<&Window>)> {
    let body = match (criterion.polarity, &criterion.body.kind) {
        (ir::Polarity::Exclude, _) => &criterion.body,
        (ir::Polarity::Include, TruthKind::Not(body)) => body,
        (ir::Polarity::Include, _) => return None,
    };
    match &body.kind {
        TruthKind::History(history) => Some((history, None)),
        TruthKind::Timed { of, window } => match &of.kind {
            TruthKind::History(history) => Some((history, Some(window))),
            _ => None,
        },
        _ => None,
    }
}

/// The days that lie in a period for sure, from 0.
fn sure_days(window: &Window, timeline: &Timeline, draft: &Draft) -> Option<(f64, f64)> {
    match window {
        Window::Between { from, to } => {
            Some((timeline.moment(from, draft)?.latest, timeline.moment(to, draft)?.earliest))
        }
        Window::DuringEpoch { epoch } => {
            let (first, behind) = timeline.epoch(epoch);
            Some((first?.latest, behind?.earliest - 1.0))
        }
        Window::Within { .. }
        | Window::AtLeast { .. }
        | Window::At { .. }
        | Window::Beside { .. }
        | Window::DuringEvent { .. } => None,
    }
}

/// A dose of an arm that a history speaks of, on one of these days: with its study day.
fn given_on<'a, 't>(
    draft: &Draft,
    arms: &'a [Arm<'t>],
    history: &History,
    days: &dyn Fn(&Line<'_>) -> Option<(f64, f64)>,
) -> Option<(&'t ir::Arm, &'a Line<'t>, i64)> {
    arms.iter().find_map(|arm| {
        let lines = arm.plan.lines.iter();
        let sought: Vec<Option<(f64, f64)>> = lines
            .map(|line| days(line).filter(|_| !line.treatment.placebo && speaks_of(draft, history, line)))
            .collect();
        sought.iter().any(Option::is_some).then_some(())?;
        arm.sheet.slots.iter().find_map(|slot| {
            let (from, to) = sought.get(slot.line).copied().flatten()?;
            let day = i32::try_from(slot.day - START).ok().map(f64::from)?;
            let line = arm.plan.lines.get(slot.line)?;
            (from <= day && day <= to).then_some((arm.plan.arm, line, slot.day - START + 1))
        })
    })
}

/// Whether a history, without conditions of its own, speaks of a treatment.
fn speaks_of(draft: &Draft, history: &History, line: &Line<'_>) -> bool {
    let treated = matches!(history.verb, Verb::Received | Verb::Receiving | Verb::Started);
    let plain = history.with.is_empty()
        && history.due_to.is_none()
        && history.for_at_least.is_none()
        && history.for_at_most.is_none()
        && history.counting == ir::Counting::Any;
    let drug = &line.treatment.what;
    let route = history.route.is_none_or(|route| line.treatment.route == Some(route));
    treated
        && plain
        && route
        && history.events.iter().any(|class| {
            let excepted = class.except.iter().any(|one| one.event.as_ref().is_none_or(|e| draft.is_a(drug, e)));
            draft.is_a(drug, &class.event) && !excepted
        })
}
