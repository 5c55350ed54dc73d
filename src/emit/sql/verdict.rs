//! The states of the criteria, case by case and then for the patient, and the verdict.

use std::fmt::Write as _;

use super::Writer;
use super::text::{Names, comment};
use super::time::span_of;
use crate::ir::{Polarity, Trial, Word};
use crate::plan::Way;

impl Writer<'_> {
    /// Names the last queries, and gives what is selected from them.
    pub(super) fn verdict(&mut self) -> String {
        let names = columns(self.plan.rules.iter().map(|rule| &rule.name));
        let quoted: Vec<String> = names.iter().map(|name| self.dialect.name_of(name)).collect();
        self.states(&quoted);
        self.ruled(&quoted);
        let mut text = String::from("SELECT\n  patient");
        let (mut fails, mut unknown) = (Vec::new(), Vec::new());
        for ((at, rule), (name, quoted)) in self.plan.rules.iter().enumerate().zip(names.iter().zip(&quoted)) {
            text.push_str(",\n");
            let word = match rule.polarity {
                Polarity::Include => "include",
                Polarity::Exclude => "exclude",
            };
            let prose = prose(self.trial, &rule.name).unwrap_or_default();
            text.push_str(&comment(&format!("{word} {} {prose}", rule.name), "  "));
            let _ = write!(text, "  CASE {quoted} WHEN 'met' THEN TRUE WHEN 'not_met' THEN FALSE END AS {quoted}");
            let may_not_apply = match &rule.way {
                Way::Planned { applies, period, .. } => applies.is_some() || period.is_some(),
                Way::Reference(_) => true,
            };
            if may_not_apply || self.given.contains(&at) {
                let applies = self.dialect.name_of(&format!("{name}__applies"));
                let _ = write!(text, ",\n  {quoted} <> 'not_applicable' AS {applies}");
            }
            let failing = match rule.polarity {
                Polarity::Include => "'not_met'",
                Polarity::Exclude => "'met'",
            };
            fails.push(format!("{quoted} = {failing}"));
            unknown.push(format!("{quoted} = 'unknown'"));
        }
        let when = |tests: &[String], verdict: &str| {
            if tests.is_empty() {
                String::new()
            } else {
                format!("\n    WHEN {}\n      THEN '{verdict}'", tests.join("\n      OR "))
            }
        };
        if self.plan.unfinished {
            unknown = vec!["TRUE".to_owned()];
        }
        let tests = format!("{}{}", when(&fails, "ineligible"), when(&unknown, "undetermined"));
        let verdict =
            if tests.is_empty() { "'eligible'".to_owned() } else { format!("CASE{tests}\n    ELSE 'eligible'\n  END") };
        let _ = write!(text, ",\n  {verdict} AS verdict\nFROM ruled\nORDER BY patient;\n");
        text
    }

    /// What each criterion is in each case.
    fn states(&mut self, quoted: &[String]) {
        let mut columns = String::new();
        let mut joins = String::new();
        for (asked, group) in (1..).zip(&self.groups) {
            for at in &group.rules {
                let (Some(rule), Some(name)) = (self.plan.rules.get(*at), quoted.get(*at)) else { continue };
                let Way::Planned { body, applies, period, .. } = &rule.way else { continue };
                let truth = self.truth(*body);
                let mut state =
                    format!("CASE WHEN {truth} THEN 'met' WHEN NOT {truth} THEN 'not_met' ELSE 'unknown' END");
                if let Some(applies) = applies {
                    let applies = self.truth(*applies);
                    // Where nobody knows whether it applies, it is known only where it lets the patient in either way.
                    let (passes, state_if) = match rule.polarity {
                        Polarity::Include => (truth.clone(), "met"),
                        Polarity::Exclude => (format!("NOT {truth}"), "not_met"),
                    };
                    state = format!(
                        "CASE WHEN {applies} THEN {state}\n      WHEN NOT {applies} THEN 'not_applicable'\n      \
                         WHEN {passes} THEN '{state_if}' ELSE 'unknown' END"
                    );
                }
                if let Some(period) = period {
                    let table = format!("r{at}");
                    let _ = write!(
                        joins,
                        "\nLEFT JOIN periods {table} ON {table}.patient = t.patient AND {table}.asked = t.asked \
                         AND {table}.case_no = t.case_no\n  AND {table}.span = {}",
                        self.string(&span_of(*period))
                    );
                    state =
                        format!("CASE WHEN {table}.to_s < {table}.from_s THEN 'not_applicable'\n    ELSE {state} END");
                }
                columns.push_str(",\n");
                let prose = prose(self.trial, &rule.name).unwrap_or_default();
                columns.push_str(&comment(&format!("{}: {prose}", rule.name), "  "));
                let _ = write!(
                    columns,
                    "  CASE WHEN t.asked <> {asked} THEN NULL WHEN t.too_many THEN 'unknown'\n    ELSE {state} END AS {name}"
                );
            }
        }
        let body =
            format!("SELECT t.patient, t.asked, t.case_no{columns}\nFROM truths t{joins}{}", self.of_patients("t"));
        self.name_once("states", "What each criterion is in each case.", body);
    }

    /// A criterion is what it is in every case, and otherwise unknown.
    fn ruled(&mut self, quoted: &[String]) {
        let mut columns = String::new();
        for name in self.groups.iter().flat_map(|group| &group.rules).filter_map(|at| quoted.get(*at)) {
            let _ = write!(
                columns,
                ",\n  CASE WHEN MIN({name}) = MAX({name}) THEN MIN({name}) ELSE 'unknown' END AS {name}"
            );
        }
        let worked_out = format!("SELECT patient{columns}\nFROM states GROUP BY patient");
        if self.given.is_empty() {
            let body = if self.groups.is_empty() { "SELECT patient FROM record".to_owned() } else { worked_out };
            self.name_once("ruled", "A criterion is what it is in every case, and otherwise unknown.", body);
            return;
        }
        let mut given = String::new();
        let mut taken = String::new();
        for at in &self.given {
            let (Some(rule), Some(name)) = (self.plan.rules.get(*at), quoted.get(*at)) else { continue };
            let _ = write!(
                given,
                ",\n  MAX(CASE WHEN criterion = {} THEN state END) AS {name}",
                self.string(rule.name.as_str())
            );
            let _ = write!(taken, ", COALESCE(g.{name}, 'unknown') AS {name}");
        }
        self.name(
            "taken",
            "The states of the criteria that are given.",
            format!("SELECT patient{given}\nFROM given GROUP BY patient"),
        );
        let own: Vec<String> = self
            .groups
            .iter()
            .flat_map(|group| &group.rules)
            .filter_map(|at| quoted.get(*at))
            .map(|name| format!(", w.{name}"))
            .collect();
        let own = own.concat();
        let join = if self.groups.is_empty() {
            String::new()
        } else {
            format!("\nLEFT JOIN (\n{worked_out}\n) w ON w.patient = p.patient")
        };
        let body =
            format!("SELECT p.patient{own}{taken}\nFROM record p{join}\nLEFT JOIN taken g ON g.patient = p.patient");
        self.name_once("ruled", "A criterion is what it is in every case, and otherwise unknown.", body);
    }
}

/// The columns of the criteria: their names, unless two of them differ in their letters' case alone, or one is too long.
pub(super) fn columns<'a>(rules: impl Iterator<Item = &'a Word>) -> Vec<String> {
    let mut names = Names::new(&["patient", "verdict", "asked", "case_no"]);
    rules.map(|name| names.take(name.as_str())).collect()
}

/// What the protocol says of a criterion in words.
pub(super) fn prose<'t>(trial: &'t Trial, name: &Word) -> Option<&'t str> {
    let criteria = trial.eligibility.iter().flat_map(|block| &block.criteria);
    let criterion =
        criteria.filter(|criterion| criterion.name.as_str() == name.as_str()).find_map(|found| found.prose.as_deref());
    let rules = || {
        trial
            .restrictions
            .iter()
            .filter(|rule| rule.name.as_str() == name.as_str())
            .find_map(|found| found.prose.as_deref())
    };
    criterion.or_else(rules)
}
