//! Looks for patients who meet every criterion: a walk from fault to fault, with the evaluator as the judge.

use super::Options;
use super::draw::{Dice, Patient, anchor_days};
use super::person;
use super::slot::{Plan, Sort};
use crate::evaluate::{Kleene, screen};
use crate::ir::Trial;
use crate::record::{Reader, Site};

/// A patient who meets all that can be met, and what may be otherwise without a change of that.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// By slot, the settings that do no harm; the patient's own stands first.
    pub(super) slots: Vec<Vec<u16>>,
}

/// Patients that are looked for.
const TEMPLATES: usize = 4;
/// Steps of one walk.
const STEPS: usize = 500;
/// Settings of one slot that are tried.
const TRIED: usize = 6;
/// Patients drawn from a template to see that it holds.
const SAMPLES: usize = 60;

pub(super) fn templates(trial: &Trial, plan: &Plan, options: Options) -> Vec<Template> {
    let mut dice = Dice::new(options.seed, 0);
    let judge = Judge::new(trial, plan, options);
    (0..TEMPLATES)
        .map(|_| {
            let patient = judge.walk(&mut dice);
            judge.template(&patient, &mut dice)
        })
        .collect()
}

struct Judge<'a> {
    plan: &'a Plan,
    reader: Reader<'a>,
    /// By criterion, the slots that bear on it.
    bearing: Vec<Vec<usize>>,
    /// By slot, how many settings may be chosen.
    free: Vec<usize>,
}

/// How far a patient is from meeting everything, and what is not met.
struct Standing {
    faults: usize,
    /// By their places in [`Plan::criteria`].
    open: Vec<usize>,
}

impl<'a> Judge<'a> {
    fn new(trial: &'a Trial, plan: &'a Plan, options: Options) -> Self {
        let mut bearing = vec![Vec::new(); plan.criteria.len()];
        for (at, slot) in plan.slots.iter().enumerate() {
            for criterion in &slot.criteria {
                if let Some(slots) = bearing.get_mut(usize::from(*criterion)) {
                    slots.push(at);
                }
            }
        }
        let most = if options.nasty > 0 { Sort::Series } else { Sort::Plain };
        let free = plan.slots.iter().map(|slot| slot.settings.iter().filter(|setting| setting.sort <= most).count());
        Self { plan, reader: Reader::new(trial, Site::default()), bearing, free: free.collect() }
    }

    fn standing(&self, patient: &mut Patient) -> Standing {
        anchor_days(self.plan, patient);
        let record = self.reader.record(&person::chart(self.plan, patient));
        let report = screen(&self.reader, &record);
        let mut standing = Standing { faults: record.refused.len(), open: Vec::new() };
        for ruling in &report.rulings {
            standing.faults += match ruling.passes {
                Kleene::Met => continue,
                Kleene::Unknown => 1,
                Kleene::NotMet => 2,
            };
            standing.open.extend(self.plan.criteria.iter().position(|name| *name == ruling.name.as_str()));
        }
        standing
    }

    fn any(&self, slot: usize, dice: &mut Dice) -> u16 {
        let free = self.free.get(slot).copied().unwrap_or(1).max(1);
        u16::try_from(dice.below(free)).unwrap_or(0)
    }

    /// From a patient of whom much is known and nothing bad, by changes that make nothing worse.
    fn walk(&self, dice: &mut Dice) -> Patient {
        let mut chosen: Vec<u16> = (0..self.plan.slots.len()).map(|slot| self.any(slot, dice)).collect();
        for happening in &self.plan.happenings {
            // Absent.
            put(&mut chosen, happening.timing, 1);
        }
        for (_, slot) in &self.plan.complete {
            put(&mut chosen, *slot, 1);
        }
        for measure in &self.plan.measures {
            put(&mut chosen, measure.date, 0);
            measure.earlier.into_iter().chain(measure.upper).for_each(|slot| put(&mut chosen, slot, 0));
        }
        put(&mut chosen, self.plan.as_of, 0);
        let mut patient =
            Patient { number: 0, screening: super::day::number(2025, 6, 17), anchors: Vec::new(), chosen };
        let mut standing = self.standing(&mut patient);
        for _ in 0..STEPS {
            let Some(criterion) = standing.open.get(dice.below(standing.open.len().max(1))) else { break };
            let Some(slots) = self.bearing.get(*criterion).filter(|slots| !slots.is_empty()) else { continue };
            let mut next = patient.clone();
            for _ in 0..=dice.below(2) {
                if let Some(slot) = slots.get(dice.below(slots.len())) {
                    put(&mut next.chosen, *slot, self.any(*slot, dice));
                }
            }
            let found = self.standing(&mut next);
            if found.faults <= standing.faults {
                (patient, standing) = (next, found);
            }
        }
        patient
    }

    /// Which settings can be changed one by one, and then those of them that can be changed together.
    fn template(&self, patient: &Patient, dice: &mut Dice) -> Template {
        let mut patient = patient.clone();
        let faults = self.standing(&mut patient).faults;
        let mut slots: Vec<Vec<u16>> = patient.chosen.iter().map(|own| vec![*own]).collect();
        for (slot, safe) in slots.iter_mut().enumerate() {
            for _ in 0..TRIED {
                let setting = self.any(slot, dice);
                if safe.contains(&setting) {
                    continue;
                }
                let mut next = patient.clone();
                put(&mut next.chosen, slot, setting);
                if self.standing(&mut next).faults <= faults {
                    safe.push(setting);
                }
            }
        }
        let mut template = Template { slots };
        for _ in 0..SAMPLES {
            let mut next = patient.clone();
            next.chosen =
                template.slots.iter().map(|safe| safe.get(dice.below(safe.len())).copied().unwrap_or(0)).collect();
            let standing = self.standing(&mut next);
            if standing.faults > faults {
                self.narrow(&mut template, &next, &standing);
            }
        }
        template
    }

    /// Takes out what was chosen in the slots of the criteria that are not met any more, if it is not the patient's own.
    fn narrow(&self, template: &mut Template, drawn: &Patient, standing: &Standing) {
        for slot in standing.open.iter().filter_map(|criterion| self.bearing.get(*criterion)).flatten() {
            if let (Some(safe), Some(chosen)) = (template.slots.get_mut(*slot), drawn.chosen.get(*slot))
                && safe.first() != Some(chosen)
            {
                safe.retain(|setting| setting != chosen);
            }
        }
    }
}

fn put(chosen: &mut [u16], slot: usize, setting: u16) {
    if let Some(chosen) = chosen.get_mut(slot) {
        *chosen = setting;
    }
}
