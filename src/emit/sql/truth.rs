//! Truths as SQL's own three-valued logic, which is that of the protocol: null is unknown.

use std::fmt::Write as _;

use super::compare::{Ends, Near, compare};
use super::value::Val;
use super::{KEY, Writer};
use crate::evaluate::Kleene;
use crate::ir::{Comparator, Counting};
use crate::plan::{Entry, Node, NodeAt, ValueAt};

impl Writer<'_> {
    /// Writes the query of a truth that is asked of the record itself; the others are put together of those.
    pub(super) fn leaf(&mut self, at: NodeAt) {
        if self.leaves.contains_key(&at) {
            return;
        }
        let plan = self.plan;
        let Some(node) = plan.nodes.get(at.at()) else { return };
        let body = match node {
            Node::Constant(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Not(_)
            | Node::Known(_)
            | Node::Count { .. }
            | Node::Choice { .. }
            | Node::Answer(_)
            | Node::Sex { .. } => return,
            Node::Compare { value, comparator, to } => self.compared(*value, *comparator, *to),
            Node::InRange { value, low, high } => self.in_range(*value, *low, *high),
            Node::OneOf { value, words, negated } => {
                let list: Vec<String> = words.iter().map(u32::to_string).collect();
                let list = if list.is_empty() { "-1".to_owned() } else { list.join(", ") };
                let test = format!("v.word {}IN ({list})", if *negated { "NOT " } else { "" });
                self.of_every(*value, &test)
            }
            Node::WordCompare { value, comparator, word } => {
                self.of_every(*value, &format!("v.word {} {word}", sign(*comparator)))
            }
            Node::Recorded(value) => match self.value(*value) {
                Val::Constant(_) => Self::always("TRUE"),
                Val::Table(table, _) => {
                    format!("SELECT {KEY}, NOT BOOL_OR(unknown) AS state\nFROM {table} GROUP BY {KEY}")
                }
            },
            Node::Events(events) => self.events(at, events),
            Node::Onset { of, period, silence } => self.onset(at, of, *period, silence),
            Node::Given { event, by } => self.given(at, *event, *by),
            Node::Members(members) => self.members(at, members),
            Node::Change(change) => self.change(at, change),
            Node::StableDose(_) => {
                self.refuse_node("a stable dose");
                return;
            }
        };
        let name = format!("n{}", at.at());
        self.name_once(&name, "", body);
        self.leaves.insert(at, name);
    }

    /// What holds of everything that a value may be.
    fn of_every(&mut self, value: ValueAt, test: &str) -> String {
        match self.value(value) {
            Val::Constant(_) => Self::always("CAST(NULL AS BOOLEAN)"),
            Val::Table(table, _) => {
                every(&format!("SELECT v.patient, v.asked, v.case_no, v.unknown, {test} AS state FROM {table} v"))
            }
        }
    }

    fn compared(&mut self, value: ValueAt, comparator: Comparator, to: ValueAt) -> String {
        let (left, right) = (self.value(value), self.value(to));
        let near = match (left.near(), right.near()) {
            (Near::Recorded, Near::Recorded) => Near::Recorded,
            (Near::WorkedOut, _) | (_, Near::WorkedOut) => Near::WorkedOut,
        };
        match (left, right) {
            (Val::Constant(a), Val::Constant(b)) => {
                Self::always(&compare(comparator, &Ends::constant(a), &Ends::constant(b), near))
            }
            (Val::Table(table, _), Val::Constant(b)) => {
                let test = compare(comparator, &Ends::of("v"), &Ends::constant(b), near);
                every(&format!("SELECT v.patient, v.asked, v.case_no, v.unknown, {test} AS state\n  FROM {table} v"))
            }
            (Val::Constant(a), Val::Table(table, _)) => {
                let test = compare(comparator, &Ends::constant(a), &Ends::of("v"), near);
                every(&format!("SELECT v.patient, v.asked, v.case_no, v.unknown, {test} AS state\n  FROM {table} v"))
            }
            (Val::Table(left, _), Val::Table(right, _)) => {
                let test = compare(comparator, &Ends::of("v"), &Ends::of("w"), near);
                every(&format!(
                    "SELECT v.patient, v.asked, v.case_no, v.unknown OR w.unknown AS unknown, {test} AS state\n  \
                     FROM {left} v JOIN {right} w ON w.patient = v.patient AND w.asked = v.asked AND w.case_no = v.case_no"
                ))
            }
        }
    }

    fn in_range(&mut self, value: ValueAt, low: ValueAt, high: ValueAt) -> String {
        let (value, low, high) = (self.value(value), self.value(low), self.value(high));
        let (Val::Constant(low), Val::Constant(high)) = (low, high) else {
            self.refuse_node("a range whose limits are worked out, which SQL cannot say");
            return String::new();
        };
        let tests = |ends: &Ends, near: Near| {
            format!(
                "{} AND {}",
                compare(Comparator::AtLeast, ends, &Ends::constant(low), near),
                compare(Comparator::AtMost, ends, &Ends::constant(high), near)
            )
        };
        match value {
            Val::Constant(value) => Self::always(&tests(&Ends::constant(value), Near::Recorded)),
            Val::Table(table, near) => every(&format!(
                "SELECT v.patient, v.asked, v.case_no, v.unknown,\n    {} AS state\n  FROM {table} v",
                tests(&Ends::of("v"), near)
            )),
        }
    }

    /// The same in every case.
    fn always(state: &str) -> String {
        format!("SELECT {KEY}, {state} AS state FROM cases")
    }

    /// A query of a truth as a row for each case, for values that rest on it.
    pub(super) fn truth_rows(&mut self, at: NodeAt) -> String {
        let mut leaves = std::collections::BTreeSet::new();
        self.leaves_under(at, &mut leaves);
        leaves.iter().for_each(|leaf| self.leaf(*leaf));
        if let Some(name) = self.leaves.get(&at) {
            return name.clone();
        }
        let name = format!("t{}", at.at());
        if self.named.iter().any(|named| named.name == name) {
            return name;
        }
        let mut joins = String::new();
        for leaf in &leaves {
            let (number, Some(table)) = (leaf.at(), self.leaves.get(leaf)) else { continue };
            let _ = write!(
                joins,
                "\nLEFT JOIN (SELECT {KEY}, state AS n{number} FROM {table}) l{number}\n  \
                 ON l{number}.patient = c.patient AND l{number}.asked = c.asked AND l{number}.case_no = c.case_no"
            );
        }
        let body = format!(
            "SELECT c.patient, c.asked, c.case_no, {} AS state\nFROM cases c{joins}{}",
            self.truth(at),
            self.of_patients("c")
        );
        self.name_once(&name, "", body);
        name
    }

    /// The truths under a node that have a query of their own.
    fn leaves_under(&self, at: NodeAt, found: &mut std::collections::BTreeSet<NodeAt>) {
        let Some(node) = self.plan.nodes.get(at.at()) else { return };
        match node {
            Node::Constant(_) | Node::Answer(_) | Node::Sex { .. } => {}
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.leaves_under(*part, found)),
            Node::Not(inner) | Node::Known(inner) => self.leaves_under(*inner, found),
            Node::Count { entries, .. } => {
                for entry in entries {
                    entry.when.into_iter().for_each(|when| self.leaves_under(when, found));
                    self.leaves_under(entry.body, found);
                }
            }
            Node::Choice { branches, otherwise } => {
                for (condition, body) in branches {
                    self.leaves_under(*condition, found);
                    self.leaves_under(*body, found);
                }
                self.leaves_under(*otherwise, found);
            }
            Node::Compare { .. }
            | Node::InRange { .. }
            | Node::OneOf { .. }
            | Node::WordCompare { .. }
            | Node::Recorded(_)
            | Node::Events(_)
            | Node::Onset { .. }
            | Node::StableDose(_)
            | Node::Given { .. }
            | Node::Members(_)
            | Node::Change(_) => {
                found.insert(at);
            }
        }
    }

    /// What is said of a patient whatever the case.
    pub(super) fn of_patients(&self, table: &str) -> String {
        let mut joins = String::new();
        for name in ["said", "sexes"] {
            if self.named.iter().any(|named| named.name == name) {
                let _ = write!(joins, "\nLEFT JOIN {name} ON {name}.patient = {table}.patient");
            }
        }
        joins
    }

    /// The truths of every case, side by side.
    pub(super) fn truths(&mut self) {
        let mut parts: Vec<String> = self
            .leaves
            .iter()
            .map(|(at, name)| format!("SELECT {KEY}, {} AS node, state FROM {name}", at.at()))
            .collect();
        if parts.is_empty() {
            parts.push(format!("SELECT {KEY}, 0 AS node, FALSE AS state FROM cases WHERE FALSE"));
        }
        self.name("leaves", "", parts.join("\nUNION ALL "));
        let columns: Vec<String> = self
            .leaves
            .keys()
            .map(|at| format!(",\n  BOOL_OR(CASE WHEN l.node = {0} THEN l.state END) AS n{0}", at.at()))
            .collect();
        let columns = columns.concat();
        let body = format!(
            "SELECT c.patient, c.asked, c.case_no, c.too_many{columns}\n\
             FROM cases c LEFT JOIN leaves l ON l.patient = c.patient AND l.asked = c.asked AND l.case_no = c.case_no\n\
             GROUP BY c.patient, c.asked, c.case_no, c.too_many"
        );
        self.name_once("truths", "What is asked of the record, a row for each case.", body);
    }

    /// A truth as an expression over the columns of `truths`, `said` and `sexes`.
    pub(super) fn truth(&self, at: NodeAt) -> String {
        let Some(node) = self.plan.nodes.get(at.at()) else { return "CAST(NULL AS BOOLEAN)".to_owned() };
        match node {
            Node::Constant(state) => match state {
                Kleene::Met => "TRUE".to_owned(),
                Kleene::NotMet => "FALSE".to_owned(),
                Kleene::Unknown => "CAST(NULL AS BOOLEAN)".to_owned(),
            },
            Node::All(parts) => self.joined(parts, " AND ", "TRUE"),
            Node::Any(parts) => self.joined(parts, " OR ", "FALSE"),
            Node::Not(inner) => format!("(NOT {})", self.truth(*inner)),
            Node::Known(inner) => format!("({} IS TRUE)", self.truth(*inner)),
            Node::Count { counting, entries } => self.count(*counting, entries),
            Node::Choice { branches, otherwise } => self.choice(branches, *otherwise),
            Node::Answer(keys) => Self::answer(keys),
            Node::Sex { of, word } => {
                let _ = of;
                format!("(sexes.word = {word})")
            }
            Node::Compare { .. }
            | Node::InRange { .. }
            | Node::OneOf { .. }
            | Node::WordCompare { .. }
            | Node::Recorded(_)
            | Node::Events(_)
            | Node::Onset { .. }
            | Node::StableDose(_)
            | Node::Given { .. }
            | Node::Members(_)
            | Node::Change(_) => format!("n{}", at.at()),
        }
    }

    fn joined(&self, parts: &[NodeAt], by: &str, none: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.truth(*part)).collect();
        match parts.as_slice() {
            [] => none.to_owned(),
            [one] => one.clone(),
            _ => format!("({})", parts.join(by)),
        }
    }

    /// So many of a list. An entry that may not count decides only where it makes no difference.
    fn count(&self, counting: Counting, entries: &[Entry]) -> String {
        let each = |with: &dyn Fn(Option<String>, String) -> String| -> Vec<String> {
            let asked = |entry: &Entry| (entry.when.map(|when| self.truth(when)), self.truth(entry.body));
            entries.iter().map(asked).map(|(when, body)| with(when, body)).collect()
        };
        let number = |test: &dyn Fn(Option<String>, String) -> String| {
            let terms = each(test);
            if terms.is_empty() { "0".to_owned() } else { format!("({})", terms.join(" + ")) }
        };
        // Those that are met for sure, and those that may be.
        let sure = || {
            number(&|when, body| {
                let when = when.map_or(String::new(), |when| format!("{when} IS TRUE AND "));
                format!("CASE WHEN {when}{body} IS TRUE THEN 1 ELSE 0 END")
            })
        };
        let may = || {
            number(&|when, body| {
                let when = when.map_or(String::new(), |when| format!("{when} IS NOT FALSE AND "));
                format!("CASE WHEN {when}{body} IS NOT FALSE THEN 1 ELSE 0 END")
            })
        };
        let any = || {
            let parts = each(&|when, body| when.map_or(body.clone(), |when| format!("({when} AND {body})")));
            if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) }
        };
        match counting {
            Counting::Any => any(),
            Counting::None => format!("(NOT {})", any()),
            Counting::All => {
                let parts = each(&|when, body| when.map_or(body.clone(), |when| format!("(NOT {when} OR {body})")));
                if parts.is_empty() { "TRUE".to_owned() } else { format!("({})", parts.join(" AND ")) }
            }
            Counting::AtLeast(n) => {
                format!("(CASE WHEN {} >= {n} THEN TRUE WHEN {} < {n} THEN FALSE END)", sure(), may())
            }
            Counting::AtMost(n) => {
                format!("(CASE WHEN {} > {n} THEN FALSE WHEN {} <= {n} THEN TRUE END)", sure(), may())
            }
            Counting::Exactly(n) => format!(
                "(CASE WHEN {sure} > {n} OR {may} < {n} THEN FALSE WHEN {sure} = {n} AND {may} = {n} THEN TRUE END)",
                sure = sure(),
                may = may()
            ),
        }
    }

    /// The first branch whose condition is met; while one is unknown, what it and the others agree on.
    fn choice(&self, branches: &[(NodeAt, NodeAt)], otherwise: NodeAt) -> String {
        let Some(((condition, body), rest)) = branches.split_first() else { return self.truth(otherwise) };
        let (condition, body, rest) = (self.truth(*condition), self.truth(*body), self.choice(rest, otherwise));
        format!(
            "(CASE WHEN {condition} THEN {body} WHEN NOT {condition} THEN {rest} WHEN {body} = {rest} THEN {body} END)"
        )
    }
}

/// What all rows of a case agree on; unknown where one of them is, or where nothing is known.
pub(super) fn every(rows: &str) -> String {
    format!(
        "SELECT {KEY}, CASE WHEN BOOL_OR(unknown) OR BOOL_OR(state IS NULL) THEN NULL\n  \
         WHEN BOOL_AND(state) THEN TRUE WHEN NOT BOOL_OR(state) THEN FALSE END AS state\nFROM (\n  {rows}\n) v\nGROUP BY {KEY}"
    )
}

fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Less => "<",
        Comparator::AtMost => "<=",
        Comparator::Equal => "=",
        Comparator::NotEqual => "<>",
        Comparator::AtLeast => ">=",
        Comparator::Greater => ">",
    }
}
