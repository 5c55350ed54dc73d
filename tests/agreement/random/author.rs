//! Writes a random protocol that `check` has to take.

use super::dice::Dice;
use super::time::Narrows;
use super::tree::{Part, Tree, tree};
use super::vocabulary::{Thing, USES, Vocabulary};

/// A protocol whose sentences can be left out.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// All that stands before the criteria.
    pub head: String,
    pub criteria: Vec<Criterion>,
    /// How far results may lie back in the first block.
    pub lookback: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Criterion {
    pub name: String,
    pub section: Section,
    /// Each part of the head, and the body.
    pub tree: Tree,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Screening,
    Randomization,
    /// A rule over a period, outside of the blocks.
    Rule,
}

impl Protocol {
    pub fn text(&self) -> String {
        let mut text = self.head.clone();
        for (section, block) in [(Section::Screening, "screening"), (Section::Randomization, "randomization")] {
            let own: Vec<&Criterion> = self.criteria.iter().filter(|one| one.section == section).collect();
            // The first block says what a patient is screened at.
            if own.is_empty() && section != Section::Screening {
                continue;
            }
            let lookback = self.lookback.as_deref().filter(|_| section == Section::Screening).unwrap_or_default();
            text.push_str(&format!("\neligibility at {block}{lookback} {{\n"));
            own.iter().for_each(|one| text.push_str(&format!("  {}\n", one.tree.text())));
            text.push_str("}\n");
        }
        let rules = self.criteria.iter().filter(|one| one.section == Section::Rule);
        rules.for_each(|rule| text.push_str(&format!("{}\n", rule.tree.text())));
        text
    }

    /// Protocols that are smaller by one step; the criterion of the name stays.
    pub fn smaller(&self, kept: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for at in 0..self.criteria.len() {
            if self.criteria[at].name != kept {
                let mut less = self.clone();
                less.criteria.remove(at);
                found.push(less);
            }
        }
        if self.lookback.is_some() {
            found.push(Self { lookback: None, ..self.clone() });
        }
        for at in 0..self.criteria.len() {
            if self.criteria.len() > 1 && self.criteria[at].name != kept {
                continue;
            }
            found.extend(self.criteria[at].tree.shorter().into_iter().map(|tree| {
                let mut less = self.clone();
                less.criteria[at].tree = tree;
                less
            }));
        }
        let lines: Vec<&str> = self.head.lines().collect();
        found.extend((0..lines.len()).map(|at| {
            let kept = lines.iter().enumerate().filter(|(line, _)| *line != at).map(|(_, line)| format!("{line}\n"));
            Self { head: kept.collect(), ..self.clone() }
        }));
        found
    }
}

pub struct Author<'d> {
    pub dice: &'d mut Dice,
    pub words: Vocabulary,
    /// Names of truths that are defined.
    pub truths: Vec<String>,
    pub cohorts: Vec<String>,
    /// There is, or may be, a time around what is written, in which a dose has to be the highest or the lowest.
    pub windowed: bool,
    /// What a plan cannot say may be asked.
    pub deep: bool,
    /// Strings that have to differ are told apart by a number.
    count: usize,
}

impl Author<'_> {
    pub fn protocol(dice: &mut Dice, criteria: usize) -> Protocol {
        let words = Vocabulary::draw(dice);
        let mut author =
            Author { dice, words, truths: Vec::new(), cohorts: Vec::new(), windowed: true, deep: false, count: 0 };
        let mut head = author.head();
        author.definitions(&mut head);
        let criteria = (0..criteria).map(|at| author.criterion(at)).collect();
        let lookback = author.dice.word(&["", "", "", " within 28 days", " within 14 days", " within 3 months"]);
        let lookback = Some(lookback.to_owned()).filter(|text| !text.is_empty());
        Protocol { head, criteria, lookback }
    }

    pub fn thing(&mut self, wanted: impl Fn(&Thing) -> bool) -> Option<Thing> {
        // Those of the protocol itself are few, so that one fact bears on several criteria.
        let own = self.dice.percent(55);
        self.words
            .some(self.dice, |thing| wanted(thing) && (thing.name.len() == 2) == own)
            .or_else(|| self.words.some(self.dice, wanted))
    }

    pub fn fresh(&mut self, stem: &str) -> String {
        self.count += 1;
        format!("{stem}{}", self.count)
    }

    fn head(&mut self) -> String {
        let mut text = format!("{USES}\ntrial random \"Random\" {{\n  day_1 first_dose\n");
        if self.dice.percent(50) {
            let ages = ["in 18..75 years", ">= 18 years", "< 65 years", "in 6..17 years", ">= 6 months"];
            text.push_str(&format!("  age {}\n", self.dice.word(&ages)));
        }
        if self.dice.percent(20) {
            text.push_str(&format!("  sex {}\n", self.dice.word(&["female", "male", "all"])));
        }
        text.push_str("}\n");
        text.push_str(&self.words.declared);
        if self.dice.percent(50) {
            text.push_str("plan randomization within 21 days after screening\n");
        }
        if self.dice.percent(50) {
            text.push_str("plan first_dose within 3 days after randomization\n");
        }
        text.push_str("epoch treatment 12 weeks\nvisit baseline: day 1\nvisit week_4: week 4 window -3..+3 days\n");
        text.push_str("collect hemoglobin at baseline, week_4\n");
        text
    }

    fn definitions(&mut self, head: &mut String) {
        for at in 0..self.dice.below(3) {
            let body = self.truth(2);
            let text = format!("define truth_{at} \"A truth\" = {}\n", body.text());
            head.push_str(&text);
            self.truths.push(format!("truth_{at}"));
        }
        head.push_str("set enzymes \"Enzymes\" { ALT, AST, CK }\n");
        head.push_str("define mass \"Weight over height squared\" = weight / height ^ 2\n");
        for at in 0..self.dice.below(3) {
            let body = self.truth(1);
            head.push_str(&format!("cohort cohort_{at} \"A cohort\": {}\n", body.text()));
            self.cohorts.push(format!("cohort_{at}"));
        }
    }

    fn criterion(&mut self, at: usize) -> Criterion {
        let section = match self.dice.below(20) {
            0..14 => Section::Screening,
            14..17 => Section::Randomization,
            _ => Section::Rule,
        };
        let name = format!("c{at}");
        self.deep = self.dice.percent(30);
        let word = match section {
            Section::Rule => self.dice.word(&["forbid", "require"]),
            Section::Screening | Section::Randomization => self.dice.word(&["include", "exclude"]),
        };
        let mut parts: Vec<Part> = vec![format!("{word} {name} \"Criterion {at}\"").into()];
        if section == Section::Rule {
            let period = self.dice.word(&[
                "from 4 weeks before first_dose to 12 weeks after last_dose",
                "from screening to end_of_study",
                "from 2 weeks before screening to last_dose",
                "from first_dose to last_dose",
                "from consent to 30 days after first_dose",
            ]);
            parts.push(format!(" {period}").into());
        }
        self.windowed = section == Section::Rule || self.dice.percent(15);
        if section != Section::Rule && self.windowed {
            parts.push(Part::Extra(vec![self.window(Narrows::Events).into()]));
        }
        if !self.cohorts.is_empty() && self.dice.percent(12) {
            let cohort = self.dice.one(&self.cohorts).clone();
            parts.push(Part::Extra(vec![format!(" for cohort {cohort}").into()]));
        }
        if self.dice.percent(20) {
            parts.push(Part::Extra(vec![" when ".into(), self.truth(1).into()]));
        }
        parts.push(": ".into());
        let depth = self.dice.within(1, 3);
        parts.push(self.body(depth));
        Criterion { name, section, tree: Tree { parts, alone: true } }
    }

    /// A truth that may have something taken away.
    pub fn body(&mut self, depth: usize) -> Part {
        let truth = self.truth(depth);
        if !self.dice.percent(12) {
            return Part::Entry(truth);
        }
        let mut whole = tree![truth];
        whole.parts.push(Part::Extra(vec![" unless ".into(), self.truth(depth.saturating_sub(1)).into()]));
        Part::Entry(whole)
    }
}

impl From<Part> for Tree {
    fn from(part: Part) -> Self {
        Self { parts: vec![part], alone: true }
    }
}
