//! Windows of visits that overlap: one day would belong to two of them.

use std::collections::BTreeSet;

use super::Lint;
use super::collected::{Taken, taken};
use crate::check::Draft;
use crate::check::timeline::{Day, Timeline, days, study_day, window};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::{Anchor, Moment, Side, Visit, VisitTime};

pub static LINT: Lint = Lint { codes: &[&code::WINDOWS_OVERLAP], check };

/// Times of visits that are looked at.
const MOST: usize = 10_000;
/// Pairs of them that are compared.
const MOST_PAIRS: usize = 200_000;

fn check(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    for visit in &draft.visits {
        itself(draft, &timeline, visit, out);
    }
    others(draft, &timeline, out);
}

/// A repeated visit is one name for several days: its window has to be shorter than the time between two of them.
fn itself(draft: &Draft, timeline: &Timeline, visit: &crate::check::Sited<Visit>, out: &mut Diagnostics) {
    let (VisitTime::Every { step, .. }, Some(_)) = (&visit.item.time, &visit.item.window) else { return };
    let Some(((_, step), planned)) = days(step).zip(timeline.planned(&visit.item, draft)) else { return };
    let (early, late) = window(&visit.item);
    let (Some(first), true) = (planned.first(), planned.len() > 1 && late - early >= step) else { return };
    let label = if first.earliest < first.latest {
        // Counted from what no plan dates.
        format!("it is {} days long, and the next visit is planned {step} days later", late - early + 1.0)
    } else {
        let (last, next) = (study_day(first.latest + late), study_day(first.latest + step + early));
        format!("one reaches up to day {last}, the next begins on day {next}")
    };
    out.push(
        Diagnostic::new(&code::WINDOWS_OVERLAP, visit.name_span, format!("the windows of `{}` overlap", visit.name))
            .label(label)
            .help("make the window less than half as long as the time between two visits"),
    );
}

/// The days of a window, and what they are counted from where no plan dates it.
#[derive(Clone, Copy)]
struct Reach<'d> {
    visit: usize,
    from: Option<&'d Anchor>,
    /// The first day of the window and its last, each as it is known.
    first: Day,
    last: Day,
    /// Whether it is more than one day.
    wide: bool,
}

/// Windows of two visits that collect the same: a result of a shared day would belong to both.
fn others(draft: &Draft, timeline: &Timeline, out: &mut Diagnostics) {
    let taken = taken(draft, timeline);
    let mut reaches: Vec<Reach<'_>> = Vec::new();
    for (at, visit) in draft.visits.iter().enumerate() {
        reaches.extend(reaches_of(at, &visit.item, timeline, draft));
        if reaches.len() > MOST {
            return;
        }
    }
    // Where the days of a window are not known well enough it may have none in common with any.
    reaches.retain(|reach| reach.first.latest <= reach.last.earliest);
    reaches.sort_by(|a, b| a.first.latest.total_cmp(&b.first.latest));
    let (mut compared, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut open: Vec<Reach<'_>> = Vec::new();
    let mut left = MOST_PAIRS;
    for reach in reaches {
        // What ends for sure before this one begins meets none that follows.
        open.retain(|earlier| earlier.last.earliest >= reach.first.latest);
        for earlier in &open {
            // One message for a visit is enough.
            if told.contains(&reach.visit) {
                break;
            }
            if earlier.visit == reach.visit || earlier.from != reach.from || !(earlier.wide || reach.wide) {
                continue;
            }
            let pair = (earlier.visit.min(reach.visit), earlier.visit.max(reach.visit));
            left -= 1;
            if left == 0 {
                return;
            }
            if compared.insert(pair)
                && let Some(shared) = shared(&taken, pair)
            {
                told.insert(reach.visit);
                report(draft, (earlier, &reach), &shared, out);
            }
        }
        open.push(reach);
    }
}

fn report(draft: &Draft, (earlier, later): (&Reach<'_>, &Reach<'_>), shared: &str, out: &mut Diagnostics) {
    let (Some(first), Some(second)) = (draft.visits.get(earlier.visit), draft.visits.get(later.visit)) else { return };
    let (until, since) = (study_day(earlier.last.earliest), study_day(later.first.latest));
    let label = match later.from {
        None => format!("`{}` reaches up to day {until}, and this begins on day {since}", first.name),
        Some(_) => format!("begins before the window of `{}` has ended", first.name),
    };
    out.push(
        Diagnostic::new(
            &code::WINDOWS_OVERLAP,
            second.name_span,
            format!("the windows of `{}` and `{}` overlap, and both collect `{shared}`", first.name, second.name),
        )
        .label(label)
        .also(first.name_span, "the other one")
        .help("let one end before the other begins: a result of a day in both could be either's"),
    );
}

/// A measure that both visits collect.
fn shared(taken: &[Taken], (one, other): (usize, usize)) -> Option<String> {
    let (one, other) = (taken.get(one)?, taken.get(other)?);
    one.measures.intersection(&other.measures).next().map(ToString::to_string)
}

/// The windows of a visit.
fn reaches_of<'d>(at: usize, visit: &'d Visit, timeline: &Timeline, draft: &'d Draft) -> Vec<Reach<'d>> {
    let (early, late) = window(visit);
    let wide = visit.window.is_some();
    let reach = |from, first: Day, last: Day, wide| Reach {
        visit: at,
        from,
        first: first.plus(early, early),
        last: last.plus(late, late),
        wide,
    };
    match &visit.time {
        VisitTime::At(moment) => {
            placed(moment, timeline, draft).map(|(from, day)| reach(from, day, day, wide)).into_iter().collect()
        }
        VisitTime::Span { from, to } => {
            let ends = placed(from, timeline, draft).zip(placed(to, timeline, draft));
            let ends = ends.filter(|((from, _), (to, _))| from == to);
            ends.map(|((from, first), (_, last))| reach(from, first, last, true)).into_iter().collect()
        }
        VisitTime::Every { from, .. } => {
            let Some((None, _)) = placed(from, timeline, draft) else { return Vec::new() };
            let planned = timeline.planned(visit, draft).unwrap_or_default();
            planned.into_iter().map(|day| reach(None, day, day, wide)).collect()
        }
    }
}

/// A day of the plan, or a distance from what no plan dates.
fn placed<'d>(moment: &'d Moment, timeline: &Timeline, draft: &Draft) -> Option<(Option<&'d Anchor>, Day)> {
    let anchor = timeline.anchor(&moment.anchor, draft);
    // What follows some months of the calendar has a day that is known to within some days.
    let of_epoch = matches!(moment.anchor, Anchor::EpochStart(_) | Anchor::EpochEnd(_));
    if anchor.is_some_and(|day| of_epoch || day.earliest >= day.latest) {
        return Some((None, timeline.moment(moment, draft)?));
    }
    let from = Day::exactly(0.0);
    let day = match &moment.offset {
        None => from,
        Some((length, side)) => {
            let (low, high) = days(length)?;
            match side {
                Side::Before => from.plus(-high, -low),
                Side::After => from.plus(low, high),
            }
        }
    };
    Some((Some(&moment.anchor), day))
}
