//! Draws a patient: a setting for each slot, from a stream of random numbers of their own.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::Options;
use super::clean::Template;
use super::day::{Dated, Offset, Origin, Written, number};
use super::slot::{Plan, Sort, What};

/// A patient: what is said in each slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Patient {
    pub(super) number: u64,
    /// The day of screening.
    pub(super) screening: i64,
    /// The days of all anchors, where they are not known those that they are thought of.
    pub(super) anchors: Vec<i64>,
    /// By slot, the number of a setting.
    pub(super) chosen: Vec<u16>,
}

/// Numbers without end, the same on every machine: `ChaCha8` with the seed as its key, and a stream for each patient.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        for (at, byte) in key.iter_mut().zip(seed.to_le_bytes()) {
            *at = byte;
        }
        let mut numbers = ChaCha8Rng::from_seed(key);
        numbers.set_stream(stream);
        Self(numbers)
    }

    /// A number below another, which is not zero.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).min(u64::from(u32::MAX));
        usize::try_from((u64::from(self.0.next_u32()) * limit) >> 32).unwrap_or(0)
    }

    /// So many times of a hundred.
    pub(super) fn percent(&mut self, chance: u8) -> bool {
        self.below(100) < usize::from(chance)
    }
}

/// Days on which months and years are counted in their own way.
const SPECIAL: [(i64, i64, i64); 8] = [
    (2024, 2, 29),
    (2024, 3, 1),
    (2025, 2, 28),
    (2025, 3, 31),
    (2025, 5, 31),
    (2025, 8, 31),
    (2025, 12, 31),
    (2026, 3, 1),
];

/// How far a patient is from one who meets every criterion.
enum Kind {
    Clean,
    /// A few things are otherwise.
    Near,
    /// Anything may be.
    Wild,
}

pub(super) fn draw(plan: &Plan, templates: &[Template], options: Options, number: u64, patient: &mut Patient) {
    // The first stream is that of the templates.
    let mut dice = Dice::new(options.seed, number.wrapping_add(1));
    patient.number = number;
    patient.screening = day_of_screening(&mut dice);
    let nasty = dice.percent(options.nasty.min(100));
    let allowed = |sort: Sort| match sort {
        Sort::Plain => true,
        Sort::Series => options.nasty > 0,
        Sort::Odd => nasty,
    };
    let kind = match dice.below(100) {
        0..30 => Kind::Clean,
        30..75 => Kind::Near,
        _ => Kind::Wild,
    };
    patient.chosen.clear();
    match templates.get(dice.below(templates.len().max(1))) {
        Some(template) => {
            let safe = template.slots.iter().map(|slot| slot.get(dice.below(slot.len().max(1))).copied().unwrap_or(0));
            patient.chosen.extend(safe);
        }
        None => patient.chosen.resize(plan.slots.len(), 0),
    }
    let changes = match kind {
        Kind::Clean => 0,
        Kind::Near => 1 + dice.below(3),
        Kind::Wild => plan.slots.len() / 3,
    };
    let wild = matches!(kind, Kind::Wild);
    for _ in 0..changes {
        let at = dice.below(plan.slots.len().max(1));
        change(plan, &mut dice, patient, at, (wild, &allowed));
    }
    if nasty {
        for _ in 0..=dice.below(4) {
            let at = dice.below(plan.slots.len().max(1));
            let Some(slot) = plan.slots.get(at) else { continue };
            let odd = slot.settings.iter().position(|setting| setting.sort == Sort::Odd);
            let Some(first) = odd else { continue };
            let place = first + dice.below(slot.settings.len() - first);
            set(patient, at, place);
        }
    }
    anchor_days(plan, patient);
}

fn change(
    plan: &Plan,
    dice: &mut Dice,
    patient: &mut Patient,
    at: usize,
    (wild, allowed): (bool, &dyn Fn(Sort) -> bool),
) {
    let Some(slot) = plan.slots.get(at) else { return };
    // Settings of a sort stand together, the plain ones first.
    let most = slot.settings.iter().take_while(|setting| allowed(setting.sort)).count().max(1);
    let nothing = wild && dice.percent(25);
    let place = if nothing { 0 } else { dice.below(most) };
    set(patient, at, place);
}

fn set(patient: &mut Patient, at: usize, place: usize) {
    if let Some(chosen) = patient.chosen.get_mut(at) {
        *chosen = u16::try_from(place).unwrap_or(0);
    }
}

pub(super) fn day_of_screening(dice: &mut Dice) -> i64 {
    if dice.percent(15)
        && let Some((year, month, day)) = SPECIAL.get(dice.below(SPECIAL.len()))
    {
        return number(*year, *month, *day);
    }
    number(2024, 1, 1) + i64::try_from(dice.below(900)).unwrap_or(0)
}

/// Works out the days of all anchors.
pub(super) fn anchor_days(plan: &Plan, patient: &mut Patient) {
    patient.anchors.clear();
    for (_, slot) in &plan.anchors {
        let what = patient.chosen.get(*slot).map_or(&What::Nothing, |chosen| plan.what(*slot, *chosen));
        let day = match what {
            What::On(dated) | What::Planned(dated) => dated.at.day(patient.screening),
            _ => patient.screening,
        };
        patient.anchors.push(day);
    }
}

impl Patient {
    /// What is said in a slot.
    pub(super) fn says<'p>(&self, plan: &'p Plan, slot: usize) -> &'p What {
        plan.what(slot, self.chosen.get(slot).copied().unwrap_or(0))
    }

    pub(super) fn day(&self, plan: &Plan, offset: Offset) -> i64 {
        let origin = match offset.from {
            Origin::Anchor(at) => self.anchors.get(usize::from(at)).copied(),
            Origin::Start(at) => self.start(plan, usize::from(at)),
        };
        offset.day(origin.unwrap_or(self.screening))
    }

    /// When a happening began, if it did and is not counted from another.
    fn start(&self, plan: &Plan, at: usize) -> Option<i64> {
        let happening = plan.happenings.get(at)?;
        let (What::Once(dated) | What::Course { start: Some(dated), .. }) = self.says(plan, happening.timing) else {
            return None;
        };
        match dated.at.from {
            Origin::Anchor(anchor) => {
                Some(dated.at.day(self.anchors.get(usize::from(anchor)).copied().unwrap_or(self.screening)))
            }
            Origin::Start(_) => None,
        }
    }

    pub(super) fn written(&self, plan: &Plan, dated: Dated) -> Written {
        Written { day: self.day(plan, dated.at), known: dated.known }
    }
}
