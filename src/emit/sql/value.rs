//! Values: a row for each thing that a value may be in a case, from `low` to `high` or the place of a `word`; `unknown` where
//! nothing is known of it, or of one of those.

use std::fmt::Write as _;

use super::compare::Near;
use super::text::number;
use super::time::span_of;
use super::{KEY, Writer};
use crate::ir::{Operator, Pick};
use crate::plan::{AgeUnit, ConceptAt, DayAt, Fold, NodeAt, PeriodAt, Scale, ValueAt, ValueExpr};

pub(super) mod arithmetic;

/// A value as it is written.
#[derive(Clone)]
pub(super) enum Val {
    Constant(f64),
    /// The name of a query, and how near its numbers are told apart.
    Table(String, Near),
}

impl Val {
    pub(super) fn near(&self) -> Near {
        match self {
            Self::Constant(_) => Near::Recorded,
            Self::Table(_, near) => *near,
        }
    }
}

/// The columns of a value.
const COLUMNS: &str = "patient, asked, case_no, unknown, known, low, low_in, high, high_in, word";

impl Writer<'_> {
    pub(super) fn value(&mut self, at: ValueAt) -> Val {
        if let Some(known) = self.values.get(&at) {
            return known.clone();
        }
        let value = self.work_out(at);
        self.values.insert(at, value.clone());
        value
    }

    fn work_out(&mut self, at: ValueAt) -> Val {
        let plan = self.plan;
        let Some(value) = plan.values.get(at.at()) else { return Val::Constant(0.0) };
        let name = format!("v{}", at.at());
        match value {
            ValueExpr::Constant(number) => Val::Constant(number.value),
            ValueExpr::Result { of, scale, pick, period, derived } => {
                self.result(name, *of, (*scale, *pick), (*period, *derived))
            }
            ValueExpr::Age { unit, on } => {
                let body = self.age(at, *unit, *on);
                self.name_once(&name, "The age.", body);
                Val::Table(name, Near::Recorded)
            }
            ValueExpr::Arithmetic { operator, left, right } => self.arithmetic(name, *operator, *left, *right),
            ValueExpr::Linear { of, factor, offset } => match self.value(*of) {
                Val::Constant(value) => Val::Constant(value * factor + offset),
                Val::Table(of, _) => {
                    let (low, high) = if *factor < 0.0 { ("high", "low") } else { ("low", "high") };
                    let put = |end: &str| format!("{end} * {} + {}", number(*factor), number(*offset));
                    let body = format!(
                        "SELECT {KEY}, unknown, known, {} AS low, {low}_in AS low_in, {} AS high, {high}_in AS high_in, word\nFROM {of}",
                        put(low),
                        put(high)
                    );
                    self.name_once(&name, "The same in another unit.", body);
                    Val::Table(name, Near::WorkedOut)
                }
            },
            ValueExpr::If { branches, otherwise } => self.choice_of(name, branches, *otherwise),
            ValueExpr::Fold { fold, of } => self.fold(name, *fold, of),
            ValueExpr::Dose(_) => {
                self.refuse_node("a dose that was taken");
                Val::Constant(0.0)
            }
            ValueExpr::Count(tally) => self.count_of(name, tally),
            ValueExpr::Repeat(repeat) => self.repeat(name, repeat),
            ValueExpr::Mean(of) => self.mean(name, of),
            // Refused before any query is written.
            ValueExpr::Rate { .. } | ValueExpr::Lines(_) => Val::Constant(0.0),
        }
    }

    /// Completed years, months, weeks or days.
    fn age(&self, at: ValueAt, unit: AgeUnit, on: DayAt) -> String {
        let (born_late, born_early) = (self.completed("birth_last", unit), self.completed("birth_first", unit));
        let parts: Vec<String> = (1..)
            .zip(&self.groups)
            .filter(|(_, group)| group.values.contains(&at))
            .map(|(asked, _)| format!("SELECT c.*, {asked} AS asked, {} AS age_day FROM case_{asked} c", self.day(on, "c.")))
            .map(|part| {
                format!(
                    "SELECT {KEY}, birth_last IS NULL OR birth_first IS NULL OR age_day IS NULL AS unknown,\n  \
                     birth_last IS NOT NULL AND birth_first IS NOT NULL AND age_day IS NOT NULL AS known,\n  \
                     CAST({born_late} AS {double}) AS low, TRUE AS low_in,\n  CAST({born_early} AS {double}) AS high, TRUE AS high_in,\n  \
                     CAST(NULL AS INTEGER) AS word\nFROM ({part}) c",
                    double = self.dialect.double()
                )
            })
            .collect();
        parts.join("\nUNION ALL ")
    }

    fn completed(&self, born: &str, unit: AgeUnit) -> String {
        let months = match unit {
            AgeUnit::Days => return format!("(age_day - {born})"),
            AgeUnit::Weeks => return format!("FLOOR((age_day - {born}) / 7e0)"),
            AgeUnit::Months => 1,
            AgeUnit::Years => 12,
        };
        let (birth, day) = (self.dialect.date(born), self.dialect.date("age_day"));
        let apart = format!(
            "((EXTRACT(YEAR FROM {day}) - EXTRACT(YEAR FROM {birth})) * 12 + EXTRACT(MONTH FROM {day}) - EXTRACT(MONTH FROM {birth}))"
        );
        let whole = format!("FLOOR({apart} / {months}e0)");
        let then = self.dialect.months_later(born, &format!("{whole} * {months}"));
        format!("CASE WHEN age_day < {born} THEN -1 WHEN {then} > age_day THEN {whole} - 1 ELSE {whole} END")
    }

    // ---- results -------------------------------------------------------------------------------------------------------------

    fn result(
        &mut self,
        name: String,
        of: ConceptAt,
        (scale, pick): (Scale, Pick),
        (period, derived): (PeriodAt, Option<ValueAt>),
    ) -> Val {
        let measure = self.concept(of);
        let words = self.plan.concepts.get(of.at()).is_some_and(|slot| !slot.words.is_empty());
        let Within { during, sure, since, until } = in_period(measure);
        let Reading { known, low, high } = readings(scale);
        let candidates = format!(
            "SELECT s.patient, s.asked, s.case_no, s.from_s IS NULL AS no_days, r.position IS NOT NULL AS found,\n  \
             r.position IS NOT NULL AND {sure} AS sure,\n  \
             {since} AS since_s, {until} AS until_s,\n  \
             r.position IS NOT NULL AND {known} AS known,\n  \
             {low} AS low, r.low_in, {high} AS high, r.high_in, r.word\n\
             FROM periods s LEFT JOIN measured r ON r.patient = s.patient AND r.measure = {}\n  AND {during}\nWHERE s.span = {}",
            self.string(measure),
            self.string(&span_of(period)),
        );
        let which = match scale {
            Scale::Plain => "",
            Scale::Upper => ", each divided by its upper limit of normal",
            Scale::Lower => ", each divided by its lower limit of normal",
        };
        self.name_once(format!("{name}_may"), &format!("Results of {measure} that may count{which}."), candidates);
        let body = match pick {
            Pick::Latest => timely(&name, "MAX(CASE WHEN sure THEN since_s END)", "until_s >= bar"),
            Pick::First => timely(&name, "MIN(CASE WHEN sure THEN until_s END)", "since_s <= bar"),
            Pick::Highest if words => extreme_word(&name, "MAX", "GREATEST"),
            Pick::Lowest if words => extreme_word(&name, "MIN", "LEAST"),
            Pick::Highest => extreme(&name, Fold::Highest),
            Pick::Lowest => extreme(&name, Fold::Lowest),
        };
        let about = match pick {
            Pick::Latest => "latest",
            Pick::First => "first",
            Pick::Highest => "highest",
            Pick::Lowest => "lowest",
        };
        let about = format!("The {about} of {measure}: all that are left where several may be it.");
        let formula = derived.map(|value| self.value(value));
        let near = match &formula {
            Some(formula @ Val::Table(..)) => formula.near(),
            Some(Val::Constant(_)) | None => Near::Recorded,
        };
        let body = match formula {
            None => body,
            Some(Val::Constant(value)) => {
                format!(
                    "SELECT * FROM (\n{body}\n) v\nUNION ALL SELECT {KEY}, FALSE, TRUE, {0}, TRUE, {0}, TRUE, CAST(NULL AS INTEGER)\n\
                     FROM {name}_may WHERE NOT found AND NOT no_days",
                    number(value)
                )
            }
            Some(Val::Table(formula, _)) => format!(
                "SELECT * FROM (\n{body}\n) v WHERE found\nUNION ALL\nSELECT f.patient, f.asked, f.case_no, f.unknown, f.known, f.low, \
                 f.low_in, f.high, f.high_in, f.word, FALSE\nFROM {formula} f JOIN {name}_may c\n  \
                 ON c.patient = f.patient AND c.asked = f.asked AND c.case_no = f.case_no\nWHERE NOT c.found AND NOT c.no_days"
            ),
        };
        self.name_once(&name, &about, body);
        Val::Table(name, near)
    }

    // ---- lists and conditions -----------------------------------------------------------------------------------------------

    /// A value as rows of every case that it is asked in.
    pub(super) fn rows(&self, value: &Val) -> String {
        match value {
            Val::Table(name, _) => format!("SELECT {COLUMNS} FROM {name}"),
            Val::Constant(value) => format!(
                "SELECT {KEY}, FALSE AS unknown, TRUE AS known, CAST({0} AS {1}) AS low, TRUE AS low_in, CAST({0} AS {1}) AS high, \
                 TRUE AS high_in, CAST(NULL AS INTEGER) AS word FROM cases",
                number(*value),
                self.dialect.double()
            ),
        }
    }

    /// The first branch whose condition is met; while one before it is unknown, all that it may be.
    fn choice_of(&mut self, name: String, branches: &[(NodeAt, ValueAt)], otherwise: ValueAt) -> Val {
        let mut near = Near::Recorded;
        let mut parts = Vec::new();
        let mut open = String::new();
        let mut joins = String::new();
        let all = branches.iter().map(|(condition, value)| (Some(*condition), *value)).chain([(None, otherwise)]);
        for (at, (condition, value)) in all.enumerate() {
            let value = self.value(value);
            if let Near::WorkedOut = value.near() {
                near = Near::WorkedOut;
            }
            let rows = self.rows(&value);
            let mut test = open.clone();
            if let Some(condition) = condition {
                let truth = self.truth_rows(condition);
                let _ = write!(
                    joins,
                    "\nJOIN {truth} t{at} ON t{at}.patient = v.patient AND t{at}.asked = v.asked AND t{at}.case_no = v.case_no"
                );
                let _ = write!(test, " AND t{at}.state IS NOT FALSE");
                let _ = write!(open, " AND t{at}.state IS NOT TRUE");
            }
            parts.push(format!("SELECT v.* FROM ({rows}) v{joins}\nWHERE TRUE{test}"));
        }
        self.name_once(&name, "The value of the first branch whose condition is met.", parts.join("\nUNION ALL\n"));
        Val::Table(name, near)
    }

    fn fold(&mut self, name: String, fold: Fold, of: &[ValueAt]) -> Val {
        let mut near = if fold == Fold::Sum { Near::WorkedOut } else { Near::Recorded };
        let mut parts = Vec::new();
        for (at, value) in of.iter().enumerate() {
            let value = self.value(*value);
            if let Near::WorkedOut = value.near() {
                near = Near::WorkedOut;
            }
            parts.push(format!("SELECT {at} AS entry, v.* FROM ({}) v", self.rows(&value)));
        }
        let hulls = hull("entry", &parts.join("\nUNION ALL "));
        let body = folded(fold, &hulls);
        let about = match fold {
            Fold::Highest => "The highest of several.",
            Fold::Lowest => "The lowest of several.",
            Fold::Sum => "The sum of several.",
        };
        self.name_once(&name, about, body);
        Val::Table(name, near)
    }

    fn arithmetic(&mut self, name: String, operator: Operator, left: ValueAt, right: ValueAt) -> Val {
        let (left, right) = (self.value(left), self.value(right));
        match (left, right) {
            (Val::Constant(a), Val::Constant(b)) => Val::Constant(match operator {
                Operator::Plus => a + b,
                Operator::Minus => a - b,
                Operator::Times => a * b,
                Operator::Over => a / b,
                Operator::Power => a.powf(b),
            }),
            (left, Val::Constant(exponent)) if operator == Operator::Power => {
                let body = arithmetic::power(&self.rows(&left), exponent);
                self.name_once(&name, "A power.", body);
                Val::Table(name, Near::WorkedOut)
            }
            (left, right) if operator == Operator::Power => {
                let powers = format!("{name}_size");
                let body = arithmetic::powers(&self.rows(&left), &self.rows(&right));
                self.name_once(&powers, "Powers, without the signs of their exponents.", body);
                self.name_once(&name, "A power.", arithmetic::signed(&powers));
                Val::Table(name, Near::WorkedOut)
            }
            (left, right) => {
                let body = arithmetic::of_two(operator, &self.rows(&left), &self.rows(&right), self.dialect.double());
                let about = match operator {
                    Operator::Plus => "A sum.",
                    Operator::Minus => "A difference.",
                    Operator::Times => "A product.",
                    Operator::Over => "A quotient.",
                    Operator::Power => "A power.",
                };
                self.name_once(&name, about, body);
                Val::Table(name, Near::WorkedOut)
            }
        }
    }
}

/// What a result `r` says on its scale, and whether it can be used.
pub(super) struct Reading {
    pub(super) known: String,
    pub(super) low: String,
    pub(super) high: String,
}

pub(super) fn readings(scale: Scale) -> Reading {
    let limit = match scale {
        Scale::Plain => {
            let known = "COALESCE(r.low, r.high, r.word) IS NOT NULL".to_owned();
            return Reading { known, low: "r.low".to_owned(), high: "r.high".to_owned() };
        }
        Scale::Upper => "upper",
        Scale::Lower => "lower",
    };
    Reading {
        known: format!("(COALESCE(r.low, r.high) IS NOT NULL AND r.{limit}_limit IS NOT NULL OR r.word IS NOT NULL)"),
        low: format!("r.low / r.{limit}_limit"),
        high: format!("r.high / r.{limit}_limit"),
    }
}

/// How a result `r` lies to the period `s`.
pub(super) struct Within {
    /// Whether it may lie in it, and whether it does for sure.
    pub(super) during: &'static str,
    pub(super) sure: &'static str,
    /// All that its moment may be.
    pub(super) since: &'static str,
    pub(super) until: &'static str,
}

pub(super) fn in_period(measure: &str) -> Within {
    if measure == "sex" {
        // It does not change with time.
        return Within { during: "s.from_s IS NOT NULL", sure: "TRUE", since: "r.from_s", until: "r.to_s" };
    }
    Within {
        during: "r.from_s <= r.to_s AND s.from_s <= s.to_s AND r.from_s <= s.to_s AND s.from_s <= r.to_s",
        sure: "r.from_s >= s.from_s AND r.to_s <= s.to_s",
        since: "GREATEST(r.from_s, s.from_s)",
        until: "LEAST(r.to_s, s.to_s)",
    }
}

/// Every one that is not for sure before (or behind) another that lies in the period for sure.
fn timely(name: &str, bar: &str, left: &str) -> String {
    format!(
        "SELECT {KEY}, NOT known OR NOT any_sure AS unknown, known, low, low_in, high, high_in, word, found OR no_days AS found\nFROM (\n  \
         SELECT c.*, {bar} OVER (PARTITION BY {KEY}) AS bar, BOOL_OR(sure) OVER (PARTITION BY {KEY}) AS any_sure\n  \
         FROM {name}_may c\n) c WHERE bar IS NULL OR {left}"
    )
}

/// The highest or lowest word of all that lie in the period, with all that those make of it that may lie in it.
fn extreme_word(name: &str, aggregate: &str, further: &str) -> String {
    format!(
        "SELECT {KEY}, NOT all_known OR NOT any_sure AS unknown, known, low, low_in, high, high_in, {further}(word, best) AS word, \
         found OR no_days AS found\nFROM (\n  \
         SELECT c.*, {aggregate}(CASE WHEN sure THEN word END) OVER (PARTITION BY {KEY}) AS best,\n    \
         BOOL_OR(sure) OVER (PARTITION BY {KEY}) AS any_sure, BOOL_AND(known) OVER (PARTITION BY {KEY}) AS all_known\n  \
         FROM {name}_may c\n) c"
    )
}

/// The highest or lowest of all that lie in the period: those that may lie in it widen what it may be.
fn extreme(name: &str, way: Fold) -> String {
    let rows = format!(
        "SELECT {KEY}, FALSE AS unknown, known, low, low_in, high, high_in, word, 1 AS entry FROM {name}_may WHERE known\n  \
         UNION ALL SELECT {KEY}, FALSE, known, low, low_in, high, high_in, word, 2 FROM {name}_may WHERE known AND sure"
    );
    let both = format!(
        "SELECT {KEY}, entry, unknown, TRUE AS known, {} FROM (\n  {}\n) e GROUP BY {KEY}, entry, unknown",
        ends(way),
        ranked(&rows, ", entry")
    );
    let hull = format!("SELECT {KEY}, {} FROM (\n  {}\n) e GROUP BY {KEY}", ends(Fold::Sum), ranked(&both, ""));
    let (low, high) = match way {
        Fold::Highest | Fold::Sum => ("h.low", "CASE WHEN c.all_known THEN h.high END"),
        Fold::Lowest => ("CASE WHEN c.all_known THEN h.low END", "h.high"),
    };
    format!(
        "SELECT c.patient, c.asked, c.case_no, h.patient IS NULL OR NOT c.any_sure AS unknown, h.patient IS NOT NULL AS known,\n  \
         {low} AS low, h.low_in, {high} AS high, h.high_in, CAST(NULL AS INTEGER) AS word, c.found\nFROM (\n  \
         SELECT {KEY}, BOOL_OR(sure) AS any_sure, BOOL_AND(known) AS all_known, BOOL_OR(found OR no_days) AS found\n  \
         FROM {name}_may GROUP BY {KEY}\n) c LEFT JOIN (\n  {}\n) h ON h.patient = c.patient AND h.asked = c.asked AND h.case_no = c.case_no",
        hull.replace('\n', "\n  ")
    )
}

/// All that the alternatives of each entry may be, in one.
fn hull(entry: &str, rows: &str) -> String {
    format!(
        "SELECT {KEY}, {entry}, unknown, known, {} FROM (\n  {}\n) e GROUP BY {KEY}, {entry}, unknown, known",
        ends(Fold::Sum),
        ranked(
            &format!(
                "SELECT e.patient, e.asked, e.case_no, e.entry, e.low, e.low_in, e.high, e.high_in,\n    \
                 BOOL_OR(unknown) OVER (PARTITION BY {KEY}, entry) AS unknown, known\n  FROM (\n  {rows}\n  ) e"
            ),
            &format!(", {entry}, known")
        )
    )
}

/// The highest, the lowest or the sum of a list: what is unknown may be of any size.
fn folded(fold: Fold, hulls: &str) -> String {
    let word = "CAST(NULL AS INTEGER) AS word";
    if fold == Fold::Sum {
        return format!(
            "SELECT {KEY}, BOOL_OR(unknown OR NOT known) AS unknown, NOT BOOL_OR(unknown OR NOT known) AS known,\n  \
             CASE WHEN BOOL_AND(low IS NOT NULL) THEN SUM(low) END AS low, BOOL_AND(low_in) AS low_in,\n  \
             CASE WHEN BOOL_AND(high IS NOT NULL) THEN SUM(high) END AS high, BOOL_AND(high_in) AS high_in, {word}\n\
             FROM (\n  {hulls}\n) e GROUP BY {KEY}"
        );
    }
    let (low, high) = match fold {
        Fold::Highest | Fold::Sum => ("x.low", "CASE WHEN NOT x.any_unknown THEN x.high END"),
        Fold::Lowest => ("CASE WHEN NOT x.any_unknown THEN x.low END", "x.high"),
    };
    format!(
        "SELECT {KEY}, x.unknown, NOT x.unknown AS known, {low} AS low, x.low_in, {high} AS high, x.high_in, {word}\nFROM (\n  \
         SELECT {KEY}, NOT BOOL_OR(known) AS unknown, BOOL_OR(unknown OR NOT known) AS any_unknown, {}\n  FROM (\n  {}\n  ) e GROUP BY {KEY}\n) x",
        ends(fold),
        ranked(hulls, ", known")
    )
}

/// Each row with the least and the greatest of the ends beside it.
fn ranked(rows: &str, by: &str) -> String {
    format!(
        "SELECT r.*, MIN(low) OVER (PARTITION BY {KEY}{by}) AS low_least, MAX(low) OVER (PARTITION BY {KEY}{by}) AS low_most,\n    \
         MIN(high) OVER (PARTITION BY {KEY}{by}) AS high_least, MAX(high) OVER (PARTITION BY {KEY}{by}) AS high_most\n  FROM (\n  {rows}\n  ) r"
    )
}

/// The ends of the greatest, of the least, or of all in one, of rows that have been ranked and are known.
fn ends(fold: Fold) -> String {
    // The one that reaches furthest out; an open one reaches further than all.
    let low_out = "CASE WHEN BOOL_AND(NOT known OR low IS NOT NULL) THEN MIN(CASE WHEN known THEN low END) END AS low, \
                   BOOL_OR(known AND low = low_least AND low_in) AS low_in";
    let high_out = "CASE WHEN BOOL_AND(NOT known OR high IS NOT NULL) THEN MAX(CASE WHEN known THEN high END) END AS high, \
                    BOOL_OR(known AND high = high_most AND high_in) AS high_in";
    match fold {
        Fold::Sum => format!("{low_out},\n    {high_out}"),
        Fold::Highest => format!(
            "MAX(CASE WHEN known THEN low END) AS low, BOOL_AND(NOT known OR low IS NULL OR low < low_most OR low_in) AS low_in,\n    \
             {high_out}"
        ),
        Fold::Lowest => format!(
            "{low_out},\n    MIN(CASE WHEN known THEN high END) AS high, \
             BOOL_AND(NOT known OR high IS NULL OR high > high_least OR high_in) AS high_in"
        ),
    }
}
