//! Random times: windows, moments, anchors.

use super::author::Author;
use super::vocabulary::{Kind, Thing};

/// What a time narrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrows<'a> {
    Results,
    Events,
    /// An event of something that has a half-life.
    Drug(&'a Thing),
}

impl PartialEq for Thing {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Thing {}

impl Author<'_> {
    pub fn length(&mut self) -> String {
        match self.dice.below(10) {
            0..3 => format!("{} days", self.dice.word(&["1", "3", "7", "10", "28", "29", "90"])),
            3..6 => format!("{} weeks", self.dice.word(&["1", "2", "4", "6", "12"])),
            6..8 => format!("{} months", self.dice.word(&["1", "2", "3", "6", "18"])),
            _ => format!("{} years", self.dice.word(&["1", "2", "5"])),
        }
    }

    /// An event of the trial, a visit or a study day.
    pub fn anchor(&mut self) -> String {
        let often = if self.deep { 25 } else { 12 };
        if self.dice.percent(often)
            && let Some(own) = self.own_anchor()
        {
            return own;
        }
        match self.dice.below(20) {
            0..7 => "screening".to_owned(),
            7..9 => "randomization".to_owned(),
            9..13 => "first_dose".to_owned(),
            13 => "consent".to_owned(),
            14 => "baseline".to_owned(),
            15 => "week_4".to_owned(),
            16 => self.dice.word(&["day 1", "day -3", "day 8", "week 2", "week -1"]).to_owned(),
            17 => self.dice.word(&["2024-02-29", "2025-06-15", "2023", "2025-03"]).to_owned(),
            18 => self.dice.word(&["start of treatment", "end of treatment"]).to_owned(),
            _ => "last_dose".to_owned(),
        }
    }

    /// One of the patient's own history.
    fn own_anchor(&mut self) -> Option<String> {
        Some(match self.dice.below(6) {
            0 => {
                let of = self.thing(|thing| thing.kind == Kind::Condition)?;
                format!("{} of {}", self.dice.word(&["onset", "start", "end"]), of.name)
            }
            1 => {
                let of = self.thing(|thing| thing.kind == Kind::Drug)?;
                format!("{} of {}", self.dice.word(&["start", "end"]), of.name)
            }
            2 => {
                let (one, other) = (self.thing(|_| true)?, self.thing(|_| true)?);
                if one.name == other.name {
                    return None;
                }
                format!("{} of {{ {}, {} }}", self.dice.word(&["first", "last"]), one.name, other.name)
            }
            3 => {
                let of = self.thing(|thing| !thing.routes.is_empty())?;
                format!("{} {} {}", self.dice.word(&["first", "last"]), self.dice.one(&of.routes), of.name)
            }
            _ => {
                let of = self.thing(|_| true)?;
                format!("{} {}", self.dice.word(&["first", "last"]), of.name)
            }
        })
    }

    fn moment(&mut self) -> String {
        if self.dice.percent(40) {
            let side = self.dice.word(&["before", "before", "after"]);
            format!("{} {side} {}", self.length(), self.anchor())
        } else {
            self.anchor()
        }
    }

    /// A time, with the blank before it.
    pub fn window(&mut self, narrows: Narrows<'_>) -> String {
        if let Narrows::Drug(drug) = narrows
            && drug.half_life
            && self.dice.percent(25)
        {
            return self.half_lives();
        }
        match self.dice.below(20) {
            0..7 => format!(" within {}", self.length()),
            7..9 => format!(" within {} before {}", self.length(), self.anchor()),
            9 => format!(" within {} after {}", self.length(), self.anchor()),
            10 => {
                let which = self.dice.word(&["longer", "shorter"]);
                format!(" within {} or {} before {}, whichever is {which}", self.length(), self.length(), self.anchor())
            }
            11 => format!(" at least {} {} {}", self.length(), self.dice.word(&["before", "after"]), self.anchor()),
            12..14 => self.between(),
            14 => format!(" {} {}", self.dice.word(&["before", "after"]), self.anchor()),
            15 => " during treatment".to_owned(),
            16..18 if self.deep && narrows != Narrows::Results => {
                match self.thing(|thing| matches!(thing.kind, Kind::Drug | Kind::Procedure | Kind::Condition)) {
                    Some(thing) => format!(" during {}", thing.name),
                    None => " during treatment".to_owned(),
                }
            }
            18 if self.deep => format!(" within {} hours", self.dice.word(&["24", "36", "48", "100"])),
            _ => format!(" at {}", self.moment()),
        }
    }

    /// A span whose end is not before its beginning, as far as the text can tell.
    fn between(&mut self) -> String {
        let anchor = self.anchor();
        match self.dice.below(4) {
            0 => {
                let (unit, far, near) =
                    *self.dice.one(&[("weeks", 6, 2), ("days", 30, 1), ("months", 6, 1), ("days", 7, 7)]);
                format!(" from {far} {unit} before {anchor} to {near} {unit} before {anchor}")
            }
            1 => format!(" from {} before {anchor} to {anchor}", self.length()),
            2 => format!(" from {} before {anchor} to {} after {anchor}", self.length(), self.length()),
            _ => {
                let (from, to) = *self.dice.one(&[
                    ("screening", "first_dose"),
                    ("consent", "screening"),
                    ("screening", "randomization"),
                    ("2024-02-29", "screening"),
                    ("4 weeks before screening", "last_dose"),
                ]);
                format!(" from {from} to {to}")
            }
        }
    }

    fn half_lives(&mut self) -> String {
        let count = self.dice.word(&["1", "2.5", "5"]);
        match self.dice.below(4) {
            0 => format!(" within {count} half_lives"),
            1 => format!(" within {count} half_lives before {}", self.anchor()),
            2 => format!(" at least {count} half_lives before {}", self.anchor()),
            _ => {
                let which = self.dice.word(&["longer", "shorter"]);
                format!(
                    " within {count} half_lives or {} before {}, whichever is {which}",
                    self.length(),
                    self.anchor()
                )
            }
        }
    }
}
