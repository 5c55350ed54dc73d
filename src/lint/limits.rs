//! Limits of one and the same value that leave nothing between them, or of which one makes the other idle.
//!
//! Only what can be seen without a solver: comparisons of one value with fixed limits, each criterion by itself and the
//! criteria of a block together. A value is the same where what is measured, which result of it and the window are.

use std::hash::{Hash, Hasher};

use num_rational::BigRational;
use rustc_hash::{FxHashMap, FxHasher};

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{
    Ask, Comparator, Criterion, DefinitionBody, Eligibility, Polarity, Quantity, Truth, TruthKind, Value, ValueKind,
    Window,
};
use crate::span::Span;
use crate::units::Unit;

pub static LINT: Lint = Lint { codes: &[&code::ALWAYS_OR_NEVER], check };

/// More limits of one value in one block are compared with the first so many only: no protocol comes near it.
const MOST: usize = 64;

/// One end of what a limit lets through.
#[derive(Clone, Debug)]
struct End {
    at: BigRational,
    /// Whether the limit itself is let through.
    closed: bool,
}

/// What must hold of a value: between these ends.
#[derive(Clone, Debug)]
struct Limit<'d> {
    value: &'d Value,
    window: Option<&'d Window>,
    unit: &'d Unit,
    low: Option<End>,
    high: Option<End>,
    span: Span,
}

/// A limit that a criterion puts on those who may enter.
struct Demand<'d> {
    limit: Limit<'d>,
    criterion: &'d Criterion,
    /// Whether the criterion says nothing else.
    alone: bool,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    for block in &draft.eligibility {
        for criterion in &block.criteria {
            within(draft, &criterion.body, criterion.window.as_ref(), out);
        }
        between(draft, block, out);
    }
    for definition in draft.definitions.iter().filter(|definition| definition.own) {
        if let DefinitionBody::Truth(truth) = &definition.item.body {
            within(draft, truth, None, out);
        }
    }
}

/// A truth whose parts cannot all be met.
fn within(draft: &Draft, truth: &Truth, window: Option<&Window>, out: &mut Diagnostics) {
    let mut limits = Vec::new();
    collect(truth, window, &mut limits);
    limits.truncate(MOST);
    for (index, limit) in limits.iter().enumerate() {
        let clash = limits.iter().take(index).find(|other| same_value(limit, other) && apart(draft, limit, other));
        let Some(other) = clash else { continue };
        out.push(
            Diagnostic::new(&code::ALWAYS_OR_NEVER, limit.span, "both of these limits are never met")
                .label("not together with the other")
                .also(other.span, "the other limit")
                .help("turn one of the signs round, correct a limit, or join them with `or`"),
        );
        return;
    }
}

/// Criteria of a block that leave nobody, or of which one decides nothing beside another.
fn between(draft: &Draft, block: &Eligibility, out: &mut Diagnostics) {
    let mut demands: Vec<Demand<'_>> = Vec::new();
    for criterion in &block.criteria {
        demand(criterion, &mut demands);
    }
    // By what is measured, so that a block of ten thousand criteria is not compared each with each.
    let mut groups: FxHashMap<u64, Vec<&Demand<'_>>> = FxHashMap::default();
    for demand in &demands {
        let mut hasher = FxHasher::default();
        (demand.limit.value, demand.limit.window).hash(&mut hasher);
        let group = groups.entry(hasher.finish()).or_default();
        if group.len() < MOST {
            out.extend(group.iter().find_map(|other| verdict(draft, demand, other)));
            group.push(demand);
        }
    }
}

/// What is to be said of two demands, the second of which was written first.
fn verdict(draft: &Draft, later: &Demand<'_>, first: &Demand<'_>) -> Option<Diagnostic> {
    if std::ptr::eq(later.criterion, first.criterion) || !same_value(&later.limit, &first.limit) {
        return None;
    }
    let (a, b) = (&later.criterion.name, &first.criterion.name);
    if open(later.criterion) && open(first.criterion) && apart(draft, &later.limit, &first.limit) {
        return Some(
            Diagnostic::new(&code::ALWAYS_OR_NEVER, later.limit.span, format!("nobody passes both `{a}` and `{b}`"))
                .label("leaves nobody")
                .also(first.limit.span, "beside this")
                .help("turn one of the signs round, or correct a limit"),
        );
    }
    // Two that say just the same are told of as such.
    let (later_in, first_in) = (inside(draft, &later.limit, &first.limit), inside(draft, &first.limit, &later.limit));
    if later_in && first_in && later.criterion.polarity == first.criterion.polarity {
        return None;
    }
    let (idle, strict) = if first_in && later.alone && open(first.criterion) {
        (later, first)
    } else if later_in && first.alone && open(later.criterion) {
        (first, later)
    } else {
        return None;
    };
    let (idle_name, strict_name) = (&idle.criterion.name, &strict.criterion.name);
    Some(
        Diagnostic::new(
            &code::ALWAYS_OR_NEVER,
            idle.limit.span,
            format!("`{idle_name}` decides nothing: `{strict_name}` is as strict or stricter"),
        )
        .label("whoever passes the other passes this")
        .also(strict.limit.span, "the other")
        .help("remove one of them, or correct its limit"),
    )
}

/// Whether a criterion is asked of everybody.
fn open(criterion: &Criterion) -> bool {
    criterion.when.is_none() && criterion.cohorts.is_empty()
}

fn demand<'d>(criterion: &'d Criterion, demands: &mut Vec<Demand<'d>>) {
    let mut limits = Vec::new();
    let window = criterion.window.as_ref();
    match criterion.polarity {
        Polarity::Include => collect(&criterion.body, window, &mut limits),
        Polarity::Exclude => collect_excluded(&criterion.body, window, &mut limits),
    }
    let alone = limits.len() == 1 && single(&criterion.body);
    demands.extend(limits.into_iter().map(|limit| Demand { limit, criterion, alone }));
}

/// Whether a truth asks one thing only.
fn single(truth: &Truth) -> bool {
    match &truth.kind {
        TruthKind::Timed { of, .. } => single(of),
        TruthKind::Asked { .. } => true,
        _ => false,
    }
}

/// The limits that all hold where a truth is met.
fn collect<'d>(truth: &'d Truth, window: Option<&'d Window>, limits: &mut Vec<Limit<'d>>) {
    match &truth.kind {
        TruthKind::All(parts) => {
            for part in parts.iter().filter(|part| part.when.is_none()) {
                collect(&part.body, window, limits);
            }
        }
        TruthKind::Timed { of, window } => collect(of, Some(window), limits),
        TruthKind::Asked { value, ask } => limits.extend(limit(value, ask, window, truth.span)),
        _ => {}
    }
}

/// The limits that all hold where a truth is not met.
fn collect_excluded<'d>(truth: &'d Truth, window: Option<&'d Window>, limits: &mut Vec<Limit<'d>>) {
    match &truth.kind {
        TruthKind::Any(parts) => {
            for part in parts.iter().filter(|part| part.when.is_none()) {
                collect_excluded(&part.body, window, limits);
            }
        }
        TruthKind::Timed { of, window } => collect_excluded(of, Some(window), limits),
        TruthKind::Asked { value, ask } => {
            limits.extend(limit(value, ask, window, truth.span).and_then(|limit| turned_round(&limit)));
        }
        _ => {}
    }
}

/// What a question lets through, where it has one fixed limit or range.
fn limit<'d>(value: &'d Value, ask: &'d Ask, window: Option<&'d Window>, span: Span) -> Option<Limit<'d>> {
    if !matches!(
        value.kind,
        ValueKind::Result { .. } | ValueKind::Age | ValueKind::Defined { .. } | ValueKind::PerUpperLimit { .. }
    ) {
        return None;
    }
    match ask {
        Ask::Compare { comparator, to, instead } if instead.is_empty() => {
            let ValueKind::Quantity(Quantity { value: number, unit }) = &to.kind else { return None };
            let end = |closed| Some(End { at: number.rational(), closed });
            let (low, high) = match comparator {
                Comparator::Less => (None, end(false)),
                Comparator::AtMost => (None, end(true)),
                Comparator::Equal => (end(true), end(true)),
                Comparator::NotEqual => return None,
                Comparator::AtLeast => (end(true), None),
                Comparator::Greater => (end(false), None),
            };
            Some(Limit { value, window, unit, low, high, span })
        }
        Ask::InRange { range, instead } if instead.is_empty() => {
            let low = Some(End { at: range.low.rational(), closed: true });
            let high = Some(End { at: range.high.rational(), closed: true });
            Some(Limit { value, window, unit: &range.unit, low, high, span })
        }
        Ask::Compare { .. } | Ask::InRange { .. } | Ask::OneOf { .. } | Ask::Moved { .. } | Ask::Recorded => None,
    }
}

/// What is left where a limit must not be met; two pieces are too many to say.
fn turned_round<'d>(limit: &Limit<'d>) -> Option<Limit<'d>> {
    let turn = |end: End| End { closed: !end.closed, ..end };
    match (limit.low.clone(), limit.high.clone()) {
        (Some(low), None) => Some(Limit { low: None, high: Some(turn(low)), ..limit.clone() }),
        (None, Some(high)) => Some(Limit { low: Some(turn(high)), high: None, ..limit.clone() }),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

fn same_value(a: &Limit<'_>, b: &Limit<'_>) -> bool {
    a.value == b.value && a.window == b.window
}

/// Whether no number is let through by both.
fn apart(draft: &Draft, a: &Limit<'_>, b: &Limit<'_>) -> bool {
    let Some((low, high)) = in_unit_of(draft, b, a) else { return false };
    let gap = |low: Option<&End>, high: Option<&End>| {
        low.zip(high).is_some_and(|(low, high)| low.at > high.at || low.at == high.at && !(low.closed && high.closed))
    };
    gap(a.low.as_ref(), high.as_ref()) || gap(low.as_ref(), a.high.as_ref())
}

/// Whether all that the inner one lets through is let through by the outer one.
fn inside(draft: &Draft, inner: &Limit<'_>, outer: &Limit<'_>) -> bool {
    let Some((low, high)) = in_unit_of(draft, outer, inner) else { return false };
    let above = low.is_none_or(|low| {
        inner.low.as_ref().is_some_and(|own| own.at > low.at || own.at == low.at && (low.closed || !own.closed))
    });
    let below = high.is_none_or(|high| {
        inner.high.as_ref().is_some_and(|own| own.at < high.at || own.at == high.at && (high.closed || !own.closed))
    });
    above && below
}

/// The ends of a limit in the unit of another one.
fn in_unit_of(draft: &Draft, limit: &Limit<'_>, other: &Limit<'_>) -> Option<(Option<End>, Option<End>)> {
    let mass = match &limit.value.kind {
        ValueKind::Result { of, .. } => {
            draft.concept(of).and_then(|concept| grams_per_mole(concept.molar_mass.as_ref()?))
        }
        _ => None,
    };
    let convert = |end: &End| {
        let at = match &mass {
            Some(mass) => limit.unit.convert_substance(&end.at, other.unit, mass).ok()?,
            None => limit.unit.convert(&end.at, other.unit).ok()?,
        };
        Some(End { at, closed: end.closed })
    };
    let low = limit.low.as_ref().map(&convert);
    let high = limit.high.as_ref().map(&convert);
    if matches!(low, Some(None)) || matches!(high, Some(None)) {
        return None;
    }
    Some((low.flatten(), high.flatten()))
}

fn grams_per_mole(mass: &Quantity) -> Option<BigRational> {
    mass.unit.convert(&mass.value.rational(), &Unit::parse("g/mol").ok()?).ok()
}
