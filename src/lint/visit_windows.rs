//! Windows of visits that overlap: one day would belong to two of them.

use super::Lint;
use crate::check::Draft;
use crate::check::timeline::{Day, Timeline};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::VisitTime;

pub static LINT: Lint = Lint { codes: &[&code::WINDOWS_OVERLAP], check };

/// Repeats of a visit that are looked at.
const MOST: usize = 200;

fn check(draft: &Draft, out: &mut Diagnostics) {
    let timeline = Timeline::new(draft);
    for visit in &draft.visits {
        // Only a repeated visit is one name for several days.
        let (VisitTime::Every { .. }, Some(_)) = (&visit.item.time, &visit.item.window) else { continue };
        let Some(days) = timeline.visit(&visit.item, draft) else { continue };
        let mut pairs = days.iter().take(MOST).zip(days.iter().skip(1));
        let Some((first, second)) = pairs.find(|(first, second)| overlap(**first, **second)) else { continue };
        let (last, next) = (study_day(first.latest), study_day(second.earliest));
        out.push(
            Diagnostic::new(
                &code::WINDOWS_OVERLAP,
                visit.name_span,
                format!("the windows of `{}` overlap", visit.name),
            )
            .label(format!("one reaches up to day {last}, the next begins on day {next}"))
            .help("make the window less than half as long as the time between two visits"),
        );
    }
}

/// Whether two windows share a day for sure.
fn overlap(first: Day, second: Day) -> bool {
    let exact = |day: Day| day.latest >= day.earliest;
    exact(first) && exact(second) && second.earliest <= first.latest
}

/// A day counted from 0 as a study day.
fn study_day(day: f64) -> f64 {
    if day >= 0.0 { day + 1.0 } else { day }
}
