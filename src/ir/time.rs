//! Windows, moments and anchors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConceptId, EpochId, Exact, Route, VisitId};

/// A length of time. Weeks and days are exact; months and years are calendar ones, counted from the anchor and clamped to
/// the month's end; half-lives are the drug's own, multiplied exactly and rounded up to whole days.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Duration {
    pub value: Exact,
    pub unit: TimeUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
    HalfLives,
    /// Cycles of the treatment that it stands in.
    Cycles,
}

/// How far a window reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    pub lengths: Vec<Duration>,
    /// Which of several lengths holds.
    pub whichever: Whichever,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whichever {
    Longer,
    Shorter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Before,
    After,
}

/// The time that a truth is asked of. `anchor: null` is the anchor of the block.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// A closed window of whole days that ends (or begins) with the anchor's day.
    Within { reach: Reach, side: Side, anchor: Option<Anchor> },
    /// That long before (or after) the anchor, or longer.
    AtLeast { distance: Duration, side: Side, anchor: Anchor },
    /// From one moment to another, both days included.
    Between { from: Moment, to: Moment },
    /// The anchor moved: what holds at that moment.
    At { moment: Moment },
    /// Any time before (or after) the anchor's day, that day included.
    Beside { side: Side, anchor: Anchor },
    /// While the participant is in an epoch.
    DuringEpoch { epoch: EpochId },
    /// While a treatment or condition of the patient lasts.
    DuringEvent { event: ConceptId },
}

/// An anchor, or a distance from one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<(Duration, Side)>,
    pub anchor: Anchor,
}

/// What time is counted from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// An event that happens at most once, such as randomization or death.
    Event(ConceptId),
    Visit(VisitId),
    /// Study day 1 is the header's `day_1`; there is no day 0.
    StudyDay(i32),
    /// A date as far as it is known.
    Date(String),
    EpochStart(EpochId),
    EpochEnd(EpochId),
    /// When a condition or treatment began.
    StartOf(ConceptId),
    EndOf(ConceptId),
    /// The first of the patient's occurrences of any of these.
    First {
        of: Vec<ConceptId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        route: Option<Route>,
    },
    Last {
        of: Vec<ConceptId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        route: Option<Route>,
    },
}

/// Where an anchor that has not happened yet is expected.
#[derive(Clone, Debug, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedAnchor {
    pub event: ConceptId,
    pub window: Window,
}
