//! Random truths.

use super::author::Author;
use super::time::Narrows;
use super::tree::{Part, Tree, tree};
use super::vocabulary::{Kind, MEASURES, Measure, QUESTIONS, SCALES, TESTS, Thing};

const COMPARE: &[&str] = &["<", "<=", ">", ">=", "=", "!="];
const ORDER: &[&str] = &["<", "<=", ">", ">="];

impl Author<'_> {
    pub fn truth(&mut self, depth: usize) -> Tree {
        if depth > 0 && self.dice.percent(40) {
            return self.compound(depth - 1);
        }
        match self.dice.below(100) {
            0..22 => self.comparison(depth),
            22..27 => self.arithmetic(),
            27..38 => self.words(),
            38..70 => self.history(),
            70..76 => self.counted(),
            76..83 => self.dose(),
            83..86 => self.change(),
            86..89 => self.repeats(),
            89..91 => self.recorded(),
            91..94 => self.judged(),
            94..96 if self.deep => self.moments(),
            96..98 => self.age(),
            _ => self.defined(),
        }
    }

    fn compound(&mut self, depth: usize) -> Tree {
        match self.dice.below(10) {
            0..3 => {
                let word = self.dice.word(&[" and ", " or "]);
                let mut whole = tree![self.truth(depth)];
                for _ in 0..self.dice.within(1, 2) {
                    let other = self.truth(depth);
                    whole.parts.push(Part::Extra(vec![word.into(), other.into()]));
                }
                whole.loose()
            }
            3 => tree!["not (", Part::Entry(self.truth(depth)), ")"],
            4 => tree!["known (", Part::Entry(self.truth(depth)), ")"],
            5 => {
                // A time around several.
                let around = std::mem::replace(&mut self.windowed, true);
                let (one, other) = (self.truth(depth), self.truth(depth));
                let word = self.dice.word(&[" and ", " or "]);
                self.windowed = around;
                let window = self.window(Narrows::Events);
                tree!["(", one, word, other, ")", Part::Extra(vec![window.into()])]
            }
            _ => self.list(depth),
        }
    }

    fn quantifier(&mut self, length: usize) -> String {
        match self.dice.below(6) {
            0 => "any of".to_owned(),
            1 => "all of".to_owned(),
            2 => "none of".to_owned(),
            3 => format!("at least {} of", self.dice.within(1, length)),
            4 => format!("at most {} of", self.dice.within(1, length - 1)),
            _ => format!("exactly {} of", self.dice.within(1, length - 1)),
        }
    }

    fn list(&mut self, depth: usize) -> Tree {
        let length = self.dice.within(2, 4);
        let quantifier = self.quantifier(length);
        let mut whole = tree![format!("{quantifier} {{ ")];
        for at in 0..length {
            if at > 0 {
                whole.parts.push(", ".into());
            }
            if self.dice.percent(35) {
                let name = self.fresh("entry");
                whole.parts.push(format!("{name} \"Entry\"").into());
                if self.dice.percent(60) {
                    whole.parts.push(Part::Extra(vec![" when ".into(), self.truth(0).into()]));
                }
                whole.parts.push(": ".into());
            }
            whole.parts.push(self.body(depth));
        }
        whole.parts.push(" }".into());
        whole
    }

    // ---- results -------------------------------------------------------------------------------------------------------------

    fn measure(&mut self) -> &'static Measure {
        // Broken powers take long.
        let measure = self.dice.one(MEASURES);
        if matches!(measure.name, "eGFR" | "BSA") && self.dice.percent(80) { &MEASURES[0] } else { measure }
    }

    fn quantity(number: &str, unit: &str) -> String {
        if unit.is_empty() { number.to_owned() } else { format!("{number} {unit}") }
    }

    fn limit(&mut self, measure: &Measure) -> String {
        let (unit, numbers) = *self.dice.one(measure.levels);
        Self::quantity(self.dice.word(numbers), unit)
    }

    /// A limit that may be told in limits of normal.
    fn any_limit(&mut self, measure: &Measure) -> String {
        if measure.normal && self.dice.percent(30) {
            return self.dice.word(&["1 ULN", "1.5 ULN", "3 ULN", "1 LLN", "0.5 LLN"]).to_owned();
        }
        self.limit(measure)
    }

    fn range(&mut self, measure: &Measure) -> Option<String> {
        let (unit, numbers) = *self.dice.one(measure.levels);
        if numbers.len() < 2 {
            return None;
        }
        let ends = self.dice.some(numbers, 2);
        Some(Self::quantity(&format!("{}..{}", ends[0], ends[1]), unit))
    }

    fn comparison(&mut self, depth: usize) -> Tree {
        let measure = self.measure();
        let pick = self.dice.word(&["", "", "", "", "highest ", "lowest ", "first ", "last "]);
        let mut whole = tree![format!("{pick}{}", measure.name)];
        let ranged = self.dice.percent(25).then(|| self.range(measure)).flatten();
        let is_range = ranged.is_some();
        if let Some(range) = ranged {
            whole.parts.push(format!(" in {range}").into());
        } else {
            let limit = self.any_limit(measure);
            whole.parts.push(format!(" {} {limit}", self.dice.word(COMPARE)).into());
        }
        if self.dice.percent(20) {
            let depth = depth.saturating_sub(1).min(1);
            let mut limits: Vec<Part> = vec![" (".into()];
            for _ in 0..self.dice.within(1, 2) {
                let limit = if is_range { self.range(measure) } else { Some(self.any_limit(measure)) };
                let Some(limit) = limit else { continue };
                let comma = if limits.len() > 1 { ", " } else { "" };
                limits.push(format!("{comma}{limit} if ").into());
                // A time behind it all holds for the condition too.
                let around = std::mem::replace(&mut self.windowed, true);
                limits.push(self.truth(depth).into());
                self.windowed = around;
            }
            limits.push(")".into());
            if limits.len() > 2 {
                whole.parts.push(Part::Extra(limits));
            }
        }
        self.narrowed(whole, Narrows::Results, 45)
    }

    fn narrowed(&mut self, mut tree: Tree, narrows: Narrows<'_>, chance: usize) -> Tree {
        if self.dice.percent(chance) {
            let window = self.window(narrows);
            tree.parts.push(Part::Extra(vec![window.into()]));
        }
        tree
    }

    fn arithmetic(&mut self) -> Tree {
        let plain = self.dice.word(&["0.5", "1", "2", "3"]);
        let units = self.dice.word(&["30 U/L", "80 U/L", "200 U/L"]);
        let order = self.dice.word(ORDER);
        let text = match self.dice.below(14) {
            0 => format!("weight / height ^ 2 {order} {} kg/m2", self.dice.word(&["18.5", "25", "30"])),
            1 => format!("ALT / AST {order} {plain}"),
            2 => format!("ALT + AST {order} {units}"),
            3 => format!("ALT {order} {plain} * AST"),
            4 => format!("CK per ULN {order} {plain}"),
            5 => format!("hemoglobin per LLN {order} {plain}"),
            6 => format!("(creatinine as mg/dL) / 1 mg/dL {order} {plain}"),
            7 => format!("sum of {{ ALT, AST, CK }} {order} {units}"),
            8 => format!(
                "{} of {{ ALT per ULN, CK per ULN, bilirubin per ULN }} {order} {plain}",
                self.dice.word(&["highest", "lowest"])
            ),
            9 => {
                let truth = self.truth(0);
                return tree![
                    "(if ",
                    truth,
                    format!(" then 0.5 else 2) * hemoglobin {order} {} g/L", self.dice.word(&["50", "120", "200"]))
                ];
            }
            10 => format!("(ALT / 1 U/L) ^ 0.5 {order} {}", self.dice.word(&["6", "10", "6.3"])),
            11 => format!("MMT8 - 2 * ECOG {order} {}", self.dice.word(&["100", "121"])),
            12 => format!("mass {order} {} kg/m2", self.dice.word(&["18.5", "25"])),
            _ => format!("140 - age / 1 year {order} {}", self.dice.word(&["65", "122"])),
        };
        self.narrowed(tree![text], Narrows::Results, 30)
    }

    fn words(&mut self) -> Tree {
        let whole = match self.dice.below(10) {
            0..3 => {
                let (name, words) = *self.dice.one(SCALES);
                let pick = self.dice.word(&["", "", "highest ", "lowest ", "first ", "last "]);
                if self.dice.percent(40) {
                    let ends = self.dice.some(words, 2);
                    tree![format!("{pick}{name} in {}..{}", ends[0], ends[1])]
                } else {
                    let inner = &words[1..words.len() - 1];
                    tree![format!("{pick}{name} {} {}", self.dice.word(COMPARE), self.dice.word(inner))]
                }
            }
            3 => {
                let quantifier = self.quantifier(2);
                let is = self.dice.word(&["is positive", "is not positive", "is any of { negative, indeterminate }"]);
                tree![format!("{quantifier} {{ HBsAg, HCV_antibody }} {is}")]
            }
            _ => {
                let (name, words) = *self.dice.one(TESTS);
                let pick = if name == "sex" { "" } else { self.dice.word(&["", "", "", "first ", "last "]) };
                if words.len() > 2 && self.dice.percent(30) {
                    let some = self.dice.some(words, 2);
                    let not = self.dice.word(&["", " not"]);
                    tree![format!("{pick}{name} is{not} any of {{ {} }}", some.join(", "))]
                } else {
                    let not = self.dice.word(&["", "not "]);
                    tree![format!("{pick}{name} is {not}{}", self.dice.word(words))]
                }
            }
        };
        if whole.text().starts_with("sex ") {
            return whole;
        }
        self.narrowed(whole, Narrows::Results, 35)
    }

    fn change(&mut self) -> Tree {
        let measures = ["hemoglobin", "ALT", "creatinine", "weight", "CRP", "MMT8", "own_lab"];
        let text = match self.dice.below(8) {
            0..4 => {
                let name = self.dice.word(&measures);
                let verb = if matches!(name, "ALT" | "MMT8" | "own_lab") {
                    self.dice.word(&["rose", "fell", "improved", "worsened"])
                } else {
                    self.dice.word(&["rose", "fell"])
                };
                let by = self.dice.word(&["> 0 %", ">= 5 %", ">= 20 %", "> 50 %"]);
                format!("{name} {verb} by {by}")
            }
            4 => format!(
                "hemoglobin {} by {} g/L",
                self.dice.word(&["rose", "fell"]),
                self.dice.word(&["> 10", ">= 20"])
            ),
            5 => format!("any of enzymes {} by >= 20 %", self.dice.word(&["improved", "worsened"])),
            6 => format!("change in weight {} {} kg", self.dice.word(ORDER), self.dice.word(&["-5", "0.5", "2"])),
            _ => format!(
                "relative change in creatinine {} {} %",
                self.dice.word(ORDER),
                self.dice.word(&["-10", "20", "50"])
            ),
        };
        tree![format!("{text} within {}", self.length())]
    }

    fn repeats(&mut self) -> Tree {
        let measure = self.measure();
        let count = self.dice.within(2, 3);
        let word = self.dice.word(&["mean of", "each of"]);
        let apart =
            self.dice.word(&["", " at least 5 minutes apart", " at least 1 day apart", " at least 1 week apart"]);
        let limit = if word == "each of" { self.any_limit(measure) } else { self.limit(measure) };
        let text = format!("{word} {count} {}{apart} {} {limit}", measure.name, self.dice.word(ORDER));
        self.narrowed(tree![text], Narrows::Results, 50)
    }

    fn recorded(&mut self) -> Tree {
        let text = match self.dice.below(4) {
            0 => format!("{} {{ ALT, AST, CK }} recorded", self.quantifier(3)),
            1 => format!("{} recorded", self.dice.one(TESTS).0),
            _ => format!("{} recorded", self.measure().name),
        };
        if text.starts_with("sex ") {
            return tree!["HBsAg recorded"];
        }
        self.narrowed(tree![text], Narrows::Results, 40)
    }

    fn age(&mut self) -> Tree {
        let limits = ["18 years", "65 years", "6 months", "12 weeks", "6570 days", "40 years"];
        let text = if self.dice.percent(30) {
            format!("age in {}", self.dice.word(&["18..64 years", "6..23 months"]))
        } else {
            format!("age {} {}", self.dice.word(ORDER), self.dice.word(&limits))
        };
        let mut whole = tree![text];
        if self.dice.percent(20) {
            whole
                .parts
                .push(Part::Extra(vec![format!(" at {}", self.dice.word(&["first_dose", "randomization"])).into()]));
        }
        whole
    }

    // ---- what only a person can say, and definitions ---------------------------------------------------------------------------

    fn judged(&mut self) -> Tree {
        match self.dice.below(10) {
            0 if self.dice.percent(30) => tree!["missing \"the protocol does not say\""],
            0..3 => tree![format!("judged {}", self.dice.one(QUESTIONS))],
            3..5 => tree!["judged \"the wound has healed\" by investigator"],
            5 => tree!["consent given"],
            _ => {
                let name = self.fresh("Question ");
                tree![format!("judged \"{name}\"")]
            }
        }
    }

    fn defined(&mut self) -> Tree {
        if !self.truths.is_empty() && self.dice.percent(70) {
            let name = self.dice.one(&self.truths).clone();
            return self.narrowed(tree![name], Narrows::Events, 30);
        }
        let quantifier = self.quantifier(3);
        let limit = self.dice.word(&["3 ULN", "1 ULN", "100 U/L"]);
        let whole = tree![format!("{quantifier} enzymes {} {limit}", self.dice.word(ORDER))];
        self.narrowed(whole, Narrows::Results, 30)
    }

    // ---- events of the patient -------------------------------------------------------------------------------------------------

    fn history(&mut self) -> Tree {
        if self.dice.percent(6)
            && let Some(of) = self.thing(|thing| thing.kind == Kind::Condition)
        {
            let whole = tree![format!("onset of {}", of.name)];
            return self.narrowed(whole, Narrows::Events, 80);
        }
        let thing = self.thing(|_| true).unwrap();
        let verb = match thing.kind {
            Kind::Condition | Kind::Event => self.dice.word(&["has", "had", "had"]),
            Kind::Drug => self.dice.word(&["receiving", "received", "received", "started", "stopped"]),
            Kind::Procedure => self.dice.word(&["has", "had", "receiving", "received", "started", "stopped"]),
        };
        let now = matches!(verb, "has" | "receiving");
        let mut whole = tree![format!("{verb} ")];
        let several = self
            .dice
            .percent(15)
            .then(|| self.thing(|other| other.kind == thing.kind && other.name != thing.name))
            .flatten();
        if let Some(other) = &several {
            let quantifier = self.quantifier(2);
            whole.parts.push(format!("{quantifier} {{ {}, {} }}", thing.name, other.name).into());
        } else {
            // Of a class of the library each of many members would be asked.
            if thing.below.len() > 1 && thing.name.len() == 2 && self.dice.percent(18) {
                let quantifier = self.quantifier(thing.below.len());
                whole.parts.push(format!("{quantifier} ").into());
            }
            if !thing.routes.is_empty() && self.dice.percent(25) {
                let route = *self.dice.one(&thing.routes);
                whole.parts.push(Part::Extra(vec![format!("{route} ").into()]));
            }
            whole.parts.push(thing.name.clone().into());
            if self.dice.percent(25) {
                self.except(&thing, &mut whole);
            }
        }
        self.attributes(&thing, several.as_ref(), &mut whole);
        if self.dice.percent(12) {
            self.due_to(&mut whole);
        }
        if self.dice.percent(15) {
            let bound = self.dice.word(&["least", "least", "most"]);
            let length = self.dice.word(&["3 days", "2 weeks", "4 weeks", "6 months"]);
            whole.parts.push(Part::Extra(vec![format!(" for at {bound} {length}").into()]));
        }
        if now {
            if self.dice.percent(10) {
                let anchor = self.anchor();
                whole.parts.push(Part::Extra(vec![format!(" at {anchor}").into()]));
            }
            return whole;
        }
        let narrows = match (thing.kind, &several) {
            (Kind::Drug, None) => Narrows::Drug(&thing),
            _ => Narrows::Events,
        };
        self.narrowed(whole, narrows, 65)
    }

    fn due_to(&mut self, whole: &mut Tree) {
        let Some(reason) = self.thing(|thing| thing.kind == Kind::Condition) else { return };
        whole.parts.push(Part::Extra(vec![format!(" due to {}", reason.name).into()]));
    }

    fn attribute(&mut self, thing: &Thing) -> Option<String> {
        if !matches!(thing.kind, Kind::Condition | Kind::Event) {
            return None;
        }
        Some(match self.dice.below(6) {
            0 | 1 => {
                let test = self.dice.word(&[">= 2", ">= 3", "in 2..3", "1", "<= 2"]);
                format!("grade {test}")
            }
            2 if !thing.stages.is_empty() => {
                if self.dice.percent(50) {
                    let ends = self.dice.some(&thing.stages, 2);
                    format!("stage in {}..{}", ends[0], ends[1])
                } else {
                    format!("stage {}", self.dice.one(&thing.stages))
                }
            }
            3 if !thing.histologies.is_empty() => format!("histology {}", self.dice.one(&thing.histologies)),
            4 if !thing.severities.is_empty() => {
                format!("severity {}", self.dice.word(&["mild", "severe", "in moderate..severe", ">= moderate"]))
            }
            5 => {
                let cause = self.thing(|thing| matches!(thing.kind, Kind::Drug | Kind::Condition))?;
                format!("cause {}", cause.name)
            }
            _ => return None,
        })
    }

    fn attributes(&mut self, thing: &Thing, other: Option<&Thing>, whole: &mut Tree) {
        if !self.dice.percent(25) {
            return;
        }
        let Some(one) = self.attribute(thing) else { return };
        // Of several each has to know it.
        if other.is_some() && !one.starts_with("grade") && !one.starts_with("cause") {
            return;
        }
        let mut text = format!(" with {one}");
        if other.is_none()
            && self.dice.percent(30)
            && let Some(two) = self.attribute(thing)
            && two.split(' ').next() != one.split(' ').next()
        {
            text.push_str(&format!(", {two}"));
        }
        whole.parts.push(Part::Extra(vec![text.into()]));
    }

    /// Members, members with a time or attributes, or attributes alone.
    fn except(&mut self, thing: &Thing, whole: &mut Tree) {
        let mut exempt: Vec<String> = Vec::new();
        for _ in 0..self.dice.within(1, 2) {
            if thing.below.is_empty() || self.dice.percent(20) {
                if let Some(test) = self.attribute(thing) {
                    exempt.push(format!("with {test}"));
                }
                continue;
            }
            let member = self.dice.one(&thing.below).clone();
            if exempt.iter().any(|known| known.starts_with(&member)) {
                continue;
            }
            let mut text = member;
            if matches!(thing.kind, Kind::Condition | Kind::Event) && self.dice.percent(20) {
                text.push_str(&format!(" with grade {}", self.dice.word(&["1", "<= 2"])));
            }
            if self.dice.percent(35) {
                text.push_str(&self.window(Narrows::Events));
            }
            exempt.push(text);
        }
        if !exempt.is_empty() {
            whole.parts.push(Part::Extra(vec![format!(" except {{ {} }}", exempt.join(", ")).into()]));
        }
    }

    fn counted(&mut self) -> Tree {
        if self.dice.percent(25)
            && let Some(drug) = self.thing(|thing| thing.kind == Kind::Drug)
        {
            let mut whole = tree![format!("lines of {}", drug.name)];
            if self.dice.percent(20) {
                self.except(&drug, &mut whole);
            }
            let test = self.dice.word(&[">= 1", "<= 2", "in 1..2", "= 1"]);
            whole.parts.push(format!(" {test}").into());
            return whole;
        }
        let thing = self.thing(|thing| thing.kind != Kind::Drug).unwrap();
        let rate = self.dice.percent(20);
        let mut whole = tree![format!("{} of {}", if rate { "rate" } else { "count" }, thing.name)];
        if !rate && self.dice.percent(20) {
            self.except(&thing, &mut whole);
        }
        self.attributes(&thing, None, &mut whole);
        if rate {
            let limit = self.dice.word(&["1", "2"]);
            let order = self.dice.word(ORDER);
            whole.parts.push(format!(" per 1 year {order} {limit} {{events}}/year within {}", self.length()).into());
            return whole;
        }
        let test = self.dice.word(&[">= 1", ">= 2", "<= 1", "in 1..2", "= 1", "< 3"]);
        whole.parts.push(format!(" {test}").into());
        self.narrowed(whole, Narrows::Events, 60)
    }

    fn dose(&mut self) -> Tree {
        let Some(drug) =
            self.thing(|thing| thing.kind == Kind::Drug && (thing.below.is_empty() || thing.equivalent.is_some()))
        else {
            return self.judged();
        };
        let of = match drug.equivalent {
            Some(of) if !drug.below.is_empty() => format!("{} as {of}", drug.name),
            _ => drug.name.clone(),
        };
        let route = if !drug.routes.is_empty() && self.dice.percent(20) {
            format!("{} ", self.dice.one(&drug.routes))
        } else {
            String::new()
        };
        let order = self.dice.word(ORDER);
        let daily = self.dice.word(&[
            "10 mg/d",
            "20 mg/d",
            "0.5 mg/kg/d",
            "1 mg/kg/d",
            "0.01 g/d",
            "70 mg/wk",
            "15 mg/wk",
            "20 mg/m2/d",
        ]);
        let asked = if self.dice.percent(20) {
            format!("in {}", self.dice.word(&["5..20 mg/d", "0.5..1 mg/kg/d", "15..70 mg/wk"]))
        } else {
            format!("{order} {daily}")
        };
        match self.dice.below(10) {
            0..4 => {
                let mut whole = tree![format!("dose of {route}{of} {asked}")];
                if self.windowed || self.dice.percent(15) {
                    whole.parts.push(format!(" at {}", self.anchor()).into());
                }
                whole
            }
            4..6 => {
                let pick = self.dice.word(&["highest", "lowest"]);
                let text = format!("{pick} dose of {route}{of} {asked}");
                let window = self.window(Narrows::Events);
                if window.starts_with(" at ") && !window.starts_with(" at least") {
                    return tree![format!("{text} within 4 weeks")];
                }
                tree![format!("{text}{window}")]
            }
            6..8 => {
                let total = self.dice.word(&["300 mg", "1 g", "450 mg/m2"]);
                let whole = tree![format!("total dose of {route}{of} {order} {total}")];
                self.narrowed(whole, Narrows::Events, 50)
            }
            _ => {
                let limit = if self.dice.percent(40) { format!(" {order} {daily}") } else { String::new() };
                let length = self.dice.word(&["2 weeks", "4 weeks", "3 months"]);
                // Of each member by itself.
                if limit.is_empty()
                    && self.dice.percent(40)
                    && let Some(class) = self.thing(|thing| thing.kind == Kind::Drug)
                {
                    return tree![format!("stable dose of {} for at least {length}", class.name)];
                }
                tree![format!("stable dose of {of}{limit} for at least {length}")]
            }
        }
    }

    fn moments(&mut self) -> Tree {
        let Some(thing) = self.thing(|_| true) else { return self.judged() };
        let (pick, order) = (self.dice.word(&["first", "last"]), self.dice.word(ORDER));
        let length = self.dice.word(&["6 months", "30 days", "1 year", "4 weeks"]);
        match self.dice.below(3) {
            0 => tree![format!("time from {pick} {} to screening {order} {length}", thing.name)],
            1 => tree![format!("time from screening to first_dose {order} {length}")],
            _ => tree![format!("time from {pick} {} to first_dose {order} {length}", thing.name)],
        }
    }
}
