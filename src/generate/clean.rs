//! Looks for patients who meet every criterion: a walk from fault to fault, with the evaluator as the judge.
//!
//! A criterion is asked of the facts that bear on it alone, so that a step costs little.

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
const STEPS: usize = 3_000;
/// Steps after which a walk that gets nowhere ends.
const PATIENCE: usize = 400;
/// Settings of one slot that are tried.
const TRIED: usize = 6;
/// Patients drawn from a template to see that it holds.
const SAMPLES: usize = 40;

pub(super) fn templates(trial: &Trial, plan: &Plan, options: Options) -> Vec<Template> {
    let mut dice = Dice::new(options.seed, 0);
    let parts: Vec<Trial> = plan.criteria.iter().map(|name| only(trial, name)).collect();
    let judge = Judge::new(&parts, plan, options);
    (0..TEMPLATES)
        .map(|_| {
            let patient = judge.walk(&mut dice);
            judge.template(&patient, &mut dice)
        })
        .collect()
}

/// The protocol with one criterion.
fn only(trial: &Trial, name: &str) -> Trial {
    let mut part = trial.clone();
    (part.arms, part.regimens, part.backgrounds, part.examples) = Default::default();
    (part.outcomes, part.estimands, part.collections, part.missing) = Default::default();
    part.header.age = part.header.age.filter(|_| name == "age");
    if name != "sex" {
        part.header.words.remove("sex");
    }
    // The blocks stay: the first of them is the screening.
    for block in &mut part.eligibility {
        block.criteria.retain(|criterion| criterion.name.as_str() == name);
    }
    part.restrictions.retain(|rule| rule.name.as_str() == name);
    part
}

struct Judge<'a> {
    plan: &'a Plan,
    readers: Vec<Reader<'a>>,
    /// By criterion, whether a slot bears on it, and those that do.
    bears: Vec<Vec<bool>>,
    bearing: Vec<Vec<usize>>,
    /// By slot, how many settings may be chosen.
    free: Vec<usize>,
}

/// A patient, and by criterion how far they are from meeting it.
#[derive(Clone)]
struct Walker {
    patient: Patient,
    faults: Vec<usize>,
}

impl Walker {
    fn all(&self) -> usize {
        self.faults.iter().sum()
    }
}

impl<'a> Judge<'a> {
    fn new(parts: &'a [Trial], plan: &'a Plan, options: Options) -> Self {
        let bears: Vec<Vec<bool>> = (0..parts.len())
            .map(|criterion| {
                let bears = |criteria: &[u16]| criteria.iter().any(|known| usize::from(*known) == criterion);
                plan.slots.iter().map(|slot| bears(&slot.criteria)).collect()
            })
            .collect();
        let those = |bears: &Vec<bool>| (0..bears.len()).filter(|slot| bears.get(*slot) == Some(&true)).collect();
        let bearing = bears.iter().map(those).collect();
        let most = if options.nasty > 0 { Sort::Series } else { Sort::Plain };
        let free = plan.slots.iter().map(|slot| slot.settings.iter().filter(|setting| setting.sort <= most).count());
        let readers = parts.iter().map(|part| Reader::new(part, Site::default())).collect();
        Self { plan, readers, bears, bearing, free: free.collect() }
    }

    /// How far a patient is from meeting a criterion.
    fn faults(&self, patient: &Patient, criterion: usize) -> usize {
        let (Some(reader), Some(bears)) = (self.readers.get(criterion), self.bears.get(criterion)) else { return 0 };
        let wanted = |slot: usize| bears.get(slot) == Some(&true);
        let record = reader.record(&person::part(self.plan, patient, &wanted));
        let report = screen(reader, &record);
        let open = report.rulings.iter().map(|ruling| match ruling.passes {
            Kleene::Met => 0,
            Kleene::Unknown => 1,
            Kleene::NotMet => 2,
        });
        open.sum::<usize>() + record.refused.len()
    }

    /// Asks again what these slots bear on.
    fn ask(&self, walker: &mut Walker, slots: &[usize]) {
        anchor_days(self.plan, &mut walker.patient);
        for (criterion, bears) in self.bears.iter().enumerate() {
            if slots.iter().any(|slot| bears.get(*slot) == Some(&true))
                && let Some(faults) = walker.faults.get_mut(criterion)
            {
                *faults = self.faults(&walker.patient, criterion);
            }
        }
    }

    fn ask_all(&self, mut patient: Patient) -> Walker {
        anchor_days(self.plan, &mut patient);
        let faults = (0..self.readers.len()).map(|criterion| self.faults(&patient, criterion)).collect();
        Walker { patient, faults }
    }

    fn any(&self, slot: usize, dice: &mut Dice) -> u16 {
        let free = self.free.get(slot).copied().unwrap_or(1).max(1);
        u16::try_from(dice.below(free)).unwrap_or(0)
    }

    /// A patient of whom much is known and nothing bad.
    fn first(&self, dice: &mut Dice) -> Patient {
        let mut chosen: Vec<u16> = (0..self.plan.slots.len()).map(|slot| self.any(slot, dice)).collect();
        for happening in &self.plan.happenings {
            // Absent.
            put(&mut chosen, happening.timing, 1);
            happening.aspects.iter().for_each(|(_, slot)| put(&mut chosen, *slot, 0));
        }
        for (_, slot) in &self.plan.complete {
            put(&mut chosen, *slot, 1);
        }
        for measure in &self.plan.measures {
            put(&mut chosen, measure.date, 0);
            let others = [measure.earlier, measure.upper, measure.lower];
            others.into_iter().flatten().for_each(|slot| put(&mut chosen, slot, 0));
        }
        put(&mut chosen, self.plan.as_of, 0);
        Patient { number: 0, screening: super::day::number(2025, 6, 17), anchors: Vec::new(), chosen }
    }

    /// From there by changes that make nothing worse.
    fn walk(&self, dice: &mut Dice) -> Walker {
        let first = self.first(dice);
        let mut walker = self.ask_all(first.clone());
        let mut last = 0;
        for step in 0..STEPS {
            if step - last > PATIENCE {
                break;
            }
            let open = walker.faults.iter().filter(|faults| **faults > 0).count();
            if open == 0 {
                break;
            }
            let place = dice.below(open);
            let criterion = walker.faults.iter().enumerate().filter(|(_, faults)| **faults > 0).nth(place);
            let Some(slots) = criterion.and_then(|(criterion, _)| self.bearing.get(criterion)) else { continue };
            let changed: Vec<usize> =
                (0..=dice.below(3)).filter_map(|_| slots.get(dice.below(slots.len().max(1))).copied()).collect();
            let mut next = walker.clone();
            for slot in &changed {
                // Back to what nothing is wrong with, every now and then.
                let back = first.chosen.get(*slot).copied().filter(|_| dice.percent(30));
                put(&mut next.patient.chosen, *slot, back.unwrap_or_else(|| self.any(*slot, dice)));
            }
            self.ask(&mut next, &changed);
            if next.all() <= walker.all() {
                last = if next.all() < walker.all() { step } else { last };
                walker = next;
            }
        }
        walker
    }

    /// Which settings can be changed one by one, and then those of them that can be changed together.
    fn template(&self, walker: &Walker, dice: &mut Dice) -> Template {
        let faults = walker.all();
        let mut slots: Vec<Vec<u16>> = walker.patient.chosen.iter().map(|own| vec![*own]).collect();
        for (slot, safe) in slots.iter_mut().enumerate() {
            for _ in 0..TRIED {
                let setting = self.any(slot, dice);
                if safe.contains(&setting) {
                    continue;
                }
                let mut next = walker.clone();
                put(&mut next.patient.chosen, slot, setting);
                self.ask(&mut next, &[slot]);
                if next.all() <= faults {
                    safe.push(setting);
                }
            }
        }
        let mut template = Template { slots };
        for _ in 0..SAMPLES {
            let mut patient = walker.patient.clone();
            let drawn = template.slots.iter().map(|safe| safe.get(dice.below(safe.len())).copied().unwrap_or(0));
            patient.chosen = drawn.collect();
            patient.screening = super::draw::day_of_screening(dice);
            let drawn = self.ask_all(patient);
            for (criterion, faults) in drawn.faults.iter().enumerate() {
                if walker.faults.get(criterion).is_some_and(|own| faults > own) {
                    self.narrow(&mut template, &drawn.patient, criterion);
                }
            }
        }
        template
    }

    /// Takes out what was chosen in the slots of a criterion that is not met any more, if it is not the patient's own.
    fn narrow(&self, template: &mut Template, drawn: &Patient, criterion: usize) {
        for slot in self.bearing.get(criterion).into_iter().flatten() {
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
