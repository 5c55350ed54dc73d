//! Windows, moments and anchors.

use super::{Words, event, number};
use crate::ir::{Anchor, ConceptId, ConceptKind, Moment, Reach, Route, Side, Whichever, Window};

/// Study days from here on are said in weeks, where they are whole ones.
const FIRST_IN_WEEKS: i32 = 29;

impl Words<'_> {
    /// See [`super::window`].
    #[must_use]
    pub fn window(self, window: &Window) -> String {
        match window {
            Window::Within { reach, side, anchor } => self.within(reach, *side, anchor.as_ref()),
            Window::AtLeast { distance, side, anchor } => {
                format!("at least {} {} {}", number::duration(distance), side_word(*side), self.anchor(anchor))
            }
            Window::Between { from, to } => self.span(from, to),
            Window::At { moment } => format!("at {}", self.moment(moment)),
            Window::Beside { side, anchor } => format!("{} {}", side_word(*side), self.anchor(anchor)),
            Window::DuringEpoch { epoch } => format!("during {epoch}"),
            Window::DuringEvent { event } => format!("during {event}"),
        }
    }

    fn within(self, reach: &Reach, side: Side, anchor: Option<&Anchor>) -> String {
        let lengths = reach.lengths.iter().map(number::duration).collect::<Vec<_>>().join(" or ");
        let from = anchor.map(|anchor| format!(" {} {}", side_word(side), self.anchor(anchor))).unwrap_or_default();
        let whichever = match (reach.lengths.len(), reach.whichever) {
            (0 | 1, _) => "",
            (_, Whichever::Longer) => ", whichever is longer",
            (_, Whichever::Shorter) => ", whichever is shorter",
        };
        format!("within {lengths}{from}{whichever}")
    }

    pub(super) fn span(self, from: &Moment, to: &Moment) -> String {
        format!("from {} to {}", self.moment(from), self.moment(to))
    }

    /// See [`super::moment`].
    #[must_use]
    pub fn moment(self, moment: &Moment) -> String {
        let anchor = self.anchor(&moment.anchor);
        match &moment.offset {
            Some((distance, side)) => format!("{} {} {anchor}", number::duration(distance), side_word(*side)),
            None => anchor,
        }
    }

    /// See [`super::anchor`].
    #[must_use]
    pub fn anchor(self, anchor: &Anchor) -> String {
        match anchor {
            Anchor::Event(event) => event.to_string(),
            Anchor::Visit(visit) => visit.to_string(),
            Anchor::StudyDay(day) if *day >= FIRST_IN_WEEKS && day % 7 == 1 => format!("week {}", day / 7),
            Anchor::StudyDay(day) => format!("day {day}"),
            Anchor::Date(date) => date.clone(),
            Anchor::EpochStart(epoch) => format!("start of {epoch}"),
            Anchor::EpochEnd(epoch) => format!("end of {epoch}"),
            Anchor::StartOf(event) if self.kind(event) == Some(ConceptKind::Condition) => format!("onset of {event}"),
            Anchor::StartOf(event) => format!("start of {event}"),
            Anchor::EndOf(event) => format!("end of {event}"),
            Anchor::First { of, route } => format!("first {}", one_of(of, *route)),
            Anchor::Last { of, route } => format!("last {}", one_of(of, *route)),
        }
    }
}

/// Behind `first` and `last`: one thing by a route, or several.
fn one_of(of: &[ConceptId], route: Option<Route>) -> String {
    let route = event::by_route(route);
    match of {
        [one] => format!("{route}{one}"),
        several => {
            let names = several.iter().map(ConceptId::as_str).collect::<Vec<_>>().join(", ");
            format!("of {route}{{ {names} }}")
        }
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Before => "before",
        Side::After => "after",
    }
}
