//! What an arm is given, line by line, with the cycles and phases that each line stands in.
//!
//! A line is one treatment at one place: a regimen that two epochs give makes two lines of each of its treatments.

use std::fmt;

use num_rational::BigRational;
use num_traits::One;

use super::body::ByBody;
use crate::ir::{
    Amount, Arm, ArmId, Body, ConceptId, Dose, Dosing, Duration, Extent, PhaseId, RegimenId, Rule, RuleEffect, Stage,
    TimeUnit, Treatment, Trial,
};

/// What an arm is given.
#[derive(Clone, Debug)]
pub struct Plan<'t> {
    pub trial: &'t Trial,
    pub arm: &'t Arm,
    /// In the order of the protocol, the background behind the arm's own.
    pub lines: Vec<Line<'t>>,
    pub rules: Vec<PlacedRule<'t>>,
    /// The drugs of each `give one of`.
    pub choices: Vec<Vec<&'t ConceptId>>,
    /// Of each line what it is added up with.
    pub sums: Vec<SumOf>,
    /// Whether any dose, cap or rule goes by body weight, or by surface.
    pub by_body: ByBody,
}

/// Which sum a line belongs to.
#[derive(Clone, Debug)]
pub struct SumOf {
    pub at: usize,
    /// What its unit is in that of the sum, where the two differ.
    pub factor: Option<BigRational>,
}

/// One treatment at one place.
#[derive(Clone, Debug)]
pub struct Line<'t> {
    pub treatment: &'t Treatment,
    /// The epochs of its stretch, as places in the protocol; all of them where none is named.
    pub epochs: Vec<usize>,
    /// The cycles and phases around it, from outside to inside.
    pub path: Vec<Step<'t>>,
    /// The choice that it is one of.
    pub choice: Option<usize>,
    /// Whether every arm gets it.
    pub background: bool,
    /// The innermost regimen that it stands in.
    pub regimen: Option<&'t RegimenId>,
    /// The blocks that it stands in: a rule beside one of them is about it.
    pub blocks: Vec<usize>,
}

/// A cycle or a phase around a treatment.
#[derive(Clone, Debug)]
pub enum Step<'t> {
    Cycle { node: usize, length: &'t Duration, extent: Option<&'t Extent> },
    Phase { name: &'t PhaseId, before: Vec<Length<'t>>, own: Length<'t> },
}

/// How long a phase is: so many of its own cycles, where it is counted in those. Nothing: all that is left.
#[derive(Clone, Copy, Debug)]
pub struct Length<'t> {
    pub extent: Option<&'t Extent>,
    pub cycle: Option<&'t Duration>,
}

/// A rule, and the block that it stands in.
#[derive(Clone, Debug)]
pub struct PlacedRule<'t> {
    pub rule: &'t Rule,
    pub block: usize,
}

/// Why an arm has no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The protocol has no arms at all.
    NoArms,
    /// Which one? These are there.
    WhichArm(Vec<ArmId>),
    /// There is no arm of this name; these are there.
    NoSuchArm { wanted: String, there: Vec<ArmId> },
    /// No choice of this arm has the drug; these can be chosen.
    NoSuchChoice { wanted: String, there: Vec<ConceptId> },
    /// Regimens that give regimens, more than can be laid out.
    TooMany,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoArms => f.write_str("the protocol has no arms, so nobody is given anything"),
            Self::WhichArm(arms) => {
                write!(f, "which arm? say --arm with one of {}", listed(arms))
            }
            Self::NoSuchArm { wanted, there } => {
                write!(f, "the protocol has no arm `{wanted}`: its arms are {}", listed(there))
            }
            Self::NoSuchChoice { wanted, there } if there.is_empty() => {
                write!(f, "`{wanted}` cannot be chosen: this arm leaves no choice of drugs")
            }
            Self::NoSuchChoice { wanted, there } => {
                write!(f, "`{wanted}` cannot be chosen: the choice is between {}", listed(there))
            }
            Self::TooMany => f.write_str("the arm gives more than can be laid out: regimens give regimens too often"),
        }
    }
}

fn listed(names: &[impl fmt::Display]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Lines that an arm may have.
const MOST_LINES: usize = 10_000;
/// Blocks of lines, empty ones too.
const MOST_BLOCKS: usize = 40_000;
/// Regimens that are looked into for the cycles of a phase.
const MOST_LOOKS: usize = 1_000;
/// Phases one after the other.
const MOST_PHASES: usize = 500;
/// Regimens within each other.
const MOST_DEEP: usize = 100;

impl<'t> Plan<'t> {
    /// The plan of an arm; of the only one, where none is named.
    ///
    /// # Errors
    /// Where the arm is not there, or not said.
    pub fn new(trial: &'t Trial, arm: Option<&str>) -> Result<Self, PlanError> {
        let there = || trial.arms.iter().map(|arm| arm.name.clone()).collect::<Vec<_>>();
        let arm = match (arm, trial.arms.as_slice()) {
            (_, []) => return Err(PlanError::NoArms),
            (Some(wanted), arms) => arms
                .iter()
                .find(|arm| arm.name.as_str() == wanted)
                .ok_or_else(|| PlanError::NoSuchArm { wanted: wanted.to_owned(), there: there() })?,
            (None, [only]) => only,
            (None, _) => return Err(PlanError::WhichArm(there())),
        };
        Self::of(trial, arm)
    }

    /// # Errors
    /// Where it is too much.
    pub fn of(trial: &'t Trial, arm: &'t Arm) -> Result<Self, PlanError> {
        let plan = Self {
            trial,
            arm,
            lines: Vec::new(),
            rules: Vec::new(),
            choices: Vec::new(),
            sums: Vec::new(),
            by_body: ByBody::default(),
        };
        let mut collector = Collector { plan, blocks: 0, deep: 0 };
        for stage in &arm.stages {
            collector.stage(stage, false)?;
        }
        for stage in trial.backgrounds.iter().flat_map(|background| &background.stages) {
            collector.stage(stage, true)?;
        }
        let mut plan = collector.plan;
        plan.sums = sums(&plan.lines);
        plan.by_body = by_body(&plan);
        Ok(plan)
    }

    /// The plan once these drugs are chosen, of each choice at most one.
    ///
    /// # Errors
    /// Where no choice has the drug.
    pub fn choose(&mut self, drugs: &[String]) -> Result<(), PlanError> {
        for drug in drugs {
            let at = self.choices.iter().position(|all| all.iter().any(|one| one.as_str() == drug));
            if at.is_none() {
                let there = self.choices.iter().flatten().map(|one| (*one).clone()).collect();
                return Err(PlanError::NoSuchChoice { wanted: drug.clone(), there });
            }
            let has =
                |choice: usize| self.choices.get(choice).is_some_and(|all| all.iter().any(|one| one.as_str() == drug));
            let out = |line: &Line<'_>| line.choice.is_some_and(has) && line.treatment.what.as_str() != drug;
            self.lines.retain(|line| !out(line));
        }
        for line in &mut self.lines {
            if drugs.iter().any(|drug| line.treatment.what.as_str() == drug) {
                line.choice = None;
            }
        }
        self.sums = sums(&self.lines);
        Ok(())
    }

    /// What else could be given instead of a line.
    #[must_use]
    pub fn alternatives(&self, line: &Line<'t>) -> &[&'t ConceptId] {
        line.choice.and_then(|choice| self.choices.get(choice)).map_or(&[], Vec::as_slice)
    }
}

impl Line<'_> {
    /// The drug in whose doses its amount is given, where that is not its own.
    #[must_use]
    pub fn equivalent_to(&self) -> Option<&ConceptId> {
        match &self.treatment.amount {
            Some(Amount::Fixed { equivalent_to, .. } | Amount::Range { equivalent_to, .. }) => equivalent_to.as_ref(),
            Some(Amount::Judged { .. } | Amount::Missing(_)) | None => None,
        }
    }
}

struct Collector<'t> {
    plan: Plan<'t>,
    blocks: usize,
    deep: usize,
}

#[derive(Clone)]
struct Place<'t> {
    epochs: Vec<usize>,
    path: Vec<Step<'t>>,
    blocks: Vec<usize>,
    background: bool,
    regimen: Option<&'t RegimenId>,
}

impl<'t> Collector<'t> {
    fn stage(&mut self, stage: &'t Stage, background: bool) -> Result<(), PlanError> {
        let all = &self.plan.trial.epochs;
        let named =
            |at: &usize| stage.epochs.is_empty() || all.get(*at).is_some_and(|e| stage.epochs.contains(&e.name));
        let epochs = (0..all.len()).filter(named).collect();
        self.block(&stage.dosings, &Place { epochs, path: Vec::new(), blocks: Vec::new(), background, regimen: None })
    }

    fn new_block(&mut self) -> usize {
        self.blocks += 1;
        self.blocks
    }

    fn block(&mut self, dosings: &'t [Dosing], place: &Place<'t>) -> Result<(), PlanError> {
        let mut place = place.clone();
        let block = self.new_block();
        place.blocks.push(block);
        self.deep += 1;
        if self.deep > MOST_DEEP || self.blocks > MOST_BLOCKS {
            return Err(PlanError::TooMany);
        }
        let mut phases: Vec<Length<'t>> = Vec::new();
        for dosing in dosings {
            match dosing {
                Dosing::Give(treatment) => self.line(treatment, &place, None)?,
                Dosing::OneOf(treatments) => {
                    let choice = self.plan.choices.len();
                    self.plan.choices.push(treatments.iter().map(|one| &one.what).collect());
                    for treatment in treatments {
                        self.line(treatment, &place, Some(choice))?;
                    }
                }
                Dosing::Regimen(name) => {
                    if let Some(regimen) = self.plan.trial.regimens.iter().find(|regimen| regimen.name == *name) {
                        let inside = Place { regimen: Some(&regimen.name), ..place.clone() };
                        self.block(&regimen.dosings, &inside)?;
                    }
                }
                Dosing::Cycle { length, extent, dosings } => {
                    let mut inside = place.clone();
                    let node = self.new_block();
                    inside.path.push(Step::Cycle { node, length, extent: extent.as_ref() });
                    self.block(dosings, &inside)?;
                }
                Dosing::Phase { name, extent, dosings, .. } => {
                    let mut looks = MOST_LOOKS;
                    let own =
                        Length { extent: extent.as_ref(), cycle: first_cycle(dosings, self.plan.trial, &mut looks) };
                    let mut inside = place.clone();
                    inside.path.push(Step::Phase { name, before: phases.clone(), own });
                    phases.push(own);
                    if phases.len() > MOST_PHASES {
                        return Err(PlanError::TooMany);
                    }
                    self.block(dosings, &inside)?;
                }
                Dosing::Rule(rule) => self.plan.rules.push(PlacedRule { rule, block }),
            }
        }
        self.deep -= 1;
        Ok(())
    }

    fn line(&mut self, treatment: &'t Treatment, place: &Place<'t>, choice: Option<usize>) -> Result<(), PlanError> {
        if self.plan.lines.len() >= MOST_LINES {
            return Err(PlanError::TooMany);
        }
        let Place { epochs, path, blocks, background, regimen } = place.clone();
        self.plan.lines.push(Line { treatment, epochs, path, choice, background, regimen, blocks });
        Ok(())
    }
}

/// What the doses of a plan go by.
fn by_body(plan: &Plan<'_>) -> ByBody {
    fn of_amount(amount: &Amount) -> Vec<&Dose> {
        match amount {
            Amount::Fixed { dose, .. } => vec![dose],
            Amount::Range { low, high, .. } => vec![low, high],
            Amount::Judged { .. } | Amount::Missing(_) => Vec::new(),
        }
    }
    let mut doses: Vec<&Dose> = Vec::new();
    for line in &plan.lines {
        let one = line.treatment;
        doses.extend(one.amount.iter().flat_map(of_amount));
        doses.extend(one.caps.iter().map(|cap| &cap.dose));
        doses.extend(&one.levels);
        doses.extend(one.titration.iter().flat_map(|titration| [&titration.step, &titration.to]));
    }
    for placed in &plan.rules {
        match &placed.rule.effect {
            RuleEffect::ReduceBy(dose) | RuleEffect::ReduceTo(dose) => doses.push(dose),
            RuleEffect::AdjustTo(amount) => doses.extend(of_amount(amount)),
            RuleEffect::Hold { .. }
            | RuleEffect::Stop
            | RuleEffect::ReduceByLevels(_)
            | RuleEffect::ReduceByPercent(_) => {}
        }
    }
    let any = |body: Body| doses.iter().any(|dose| dose.per_body == Some(body));
    ByBody { weight: any(Body::Weight), surface: any(Body::Surface) }
}

/// What is added up together: a drug, in doses of another where they are given so, and each drug of a choice by itself.
fn sums(lines: &[Line<'_>]) -> Vec<SumOf> {
    let mut first: Vec<&Line<'_>> = Vec::new();
    let unit = |line: &Line<'_>| super::days::dose_of(line.treatment).map(|dose| dose.unit.clone());
    let sums = lines.iter().map(|line| {
        let factor_to = |known: &Line<'_>| match (unit(line), unit(known)) {
            (Some(own), Some(other)) => own.convert(&BigRational::one(), &other).ok(),
            _ => Some(BigRational::one()),
        };
        let alike = |known: &Line<'_>| {
            known.treatment.what == line.treatment.what
                && known.treatment.placebo == line.treatment.placebo
                && known.equivalent_to() == line.equivalent_to()
                && known.choice == line.choice
        };
        let found = first
            .iter()
            .enumerate()
            .filter(|(_, known)| alike(known))
            .find_map(|(at, known)| Some((at, factor_to(known)?)));
        if let Some((at, factor)) = found {
            return SumOf { at, factor: Some(factor).filter(|factor| !factor.is_one()) };
        }
        first.push(line);
        SumOf { at: first.len() - 1, factor: None }
    });
    sums.collect()
}

/// The length of the cycles that a phase is counted in.
fn first_cycle<'t>(dosings: &'t [Dosing], trial: &'t Trial, looks: &mut usize) -> Option<&'t Duration> {
    *looks = looks.checked_sub(1)?;
    dosings.iter().find_map(|dosing| match dosing {
        Dosing::Cycle { length, .. } => Some(length),
        Dosing::Phase { dosings, .. } => first_cycle(dosings, trial, looks),
        Dosing::Regimen(name) => {
            let regimen = trial.regimens.iter().find(|regimen| regimen.name == *name)?;
            first_cycle(&regimen.dosings, trial, looks)
        }
        Dosing::Give(_) | Dosing::OneOf(_) | Dosing::Rule(_) => None,
    })
}

impl Length<'_> {
    /// The first day behind it, if it has an end.
    #[must_use]
    pub fn end(&self, first: i64) -> Option<i64> {
        let extent = self.extent?;
        match (extent.duration.unit, self.cycle) {
            (TimeUnit::Cycles, Some(cycle)) => {
                let count = u32::try_from(extent.duration.value.0.trunc().mantissa()).ok()?;
                super::days::later(first, cycle, count)
            }
            (TimeUnit::Cycles, None) => None,
            _ => super::days::later(first, &extent.duration, 1),
        }
    }
}
