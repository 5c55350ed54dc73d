//! What a record can say of a patient, thing by thing, and what is worth saying of each.

use ecow::EcoString;

use super::day::Dated;
use crate::chart::Kind;
use crate::ir::{ConceptId, ConceptKind};

/// All that patients of a protocol can differ in.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) slots: Vec<Slot>,
    /// The names of all criteria that slots bear on.
    pub(super) criteria: Vec<EcoString>,
    pub(super) sex: usize,
    pub(super) birth: usize,
    pub(super) as_of: usize,
    /// Events and visits, each with its slot; the first is the one that patients are screened at.
    pub(super) anchors: Vec<(EcoString, usize)>,
    /// Answers, by what they are recorded for.
    pub(super) judged: Vec<(EcoString, usize)>,
    pub(super) complete: Vec<(Kind, usize)>,
    pub(super) measures: Vec<Measure>,
    pub(super) happenings: Vec<Happening>,
}

/// One thing that a record can say.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// What it can say; the first is what it says of nobody in particular.
    pub(super) settings: Vec<Setting>,
    /// The criteria that ask about it, by their places in [`Plan::criteria`].
    pub(super) criteria: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) what: What,
    pub(super) sort: Sort,
}

/// Who may have a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// Everybody.
    Plain,
    /// All patients but those of a run that is to have one result for each measure.
    Series,
    /// The patients who are to be difficult.
    Odd,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Nothing,
    Word(EcoString),
    Answer(bool),
    On(Dated),
    Planned(Dated),
    Number(Number),
    /// Further results: so many, each so many days and minutes before the next; `value` is a setting of the measure's own
    /// values.
    Earlier {
        count: u16,
        days: u16,
        minutes: u16,
        value: u16,
    },
    Absent {
        until: Option<Dated>,
    },
    Once(Dated),
    Course {
        start: Option<Dated>,
        end: End,
    },
    /// The same so many times more, each so many days before the next.
    Again {
        count: u16,
        days: u16,
    },
    Complete {
        from: Option<Dated>,
        to: Option<Dated>,
    },
    Grade(u8),
    /// An amount; `times_daily` where its unit does not say how often.
    Dose {
        number: Number,
        times_daily: Option<u32>,
    },
}

/// How a course ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Ongoing,
    At(Dated),
    Unknown,
}

/// A number as it is written, and as the nearest double.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) text: EcoString,
    pub(super) double: f64,
    pub(super) comparator: Option<&'static str>,
    /// Empty for a plain number.
    pub(super) unit: EcoString,
}

/// A lab, test, scale or score, and the slots of its result.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) id: ConceptId,
    /// That of its numbers where nothing odd is said.
    pub(super) unit: EcoString,
    pub(super) value: usize,
    pub(super) date: usize,
    pub(super) upper: Option<usize>,
    pub(super) lower: Option<usize>,
    pub(super) earlier: Option<usize>,
}

/// A condition, drug, procedure or event, and the slots of what is said of it.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) id: ConceptId,
    pub(super) kind: ConceptKind,
    pub(super) timing: usize,
    pub(super) aspects: Vec<(Aspect, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    Grade,
    Stage,
    Histology,
    Severity,
    Cause,
    Reason,
    Route,
    Dose,
    Again,
}

impl Setting {
    pub(super) fn plain(what: What) -> Self {
        Self { what, sort: Sort::Plain }
    }

    pub(super) fn series(what: What) -> Self {
        Self { what, sort: Sort::Series }
    }

    pub(super) fn odd(what: What) -> Self {
        Self { what, sort: Sort::Odd }
    }
}

impl Plan {
    /// The number of a new slot. Its settings come to stand by their sort, and otherwise as they were.
    pub(super) fn add(&mut self, criteria: Vec<u16>, mut settings: Vec<Setting>) -> usize {
        settings.sort_by_key(|setting| setting.sort);
        self.slots.push(Slot { settings, criteria });
        self.slots.len() - 1
    }

    /// What is said in a slot by the setting of a number; nothing where there is no such setting.
    pub(super) fn what(&self, slot: usize, setting: u16) -> &What {
        let slot = self.slots.get(slot);
        slot.and_then(|slot| slot.settings.get(usize::from(setting))).map_or(&What::Nothing, |setting| &setting.what)
    }
}
