//! One query that says of every patient of a warehouse what each criterion is, and the verdict.
//!
//! The query is the plan over tables: each table of facts that `trialc facts` writes is long, with times as closed ranges
//! (`docs/warehouse.md`). A patient's anchors give *cases*, one for each combination of days that they may fall on; what a
//! criterion asks is worked out for each case as SQL's own three-valued logic, and a criterion is what it is in every case.

use std::fmt::Write as _;

mod change;
mod compare;
mod count;
mod dialect;
mod event;
mod facts;
mod reach;
mod repeat;
mod rows;
mod schema;
mod script;
mod silence;
mod text;
mod time;
mod truth;
mod value;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

pub use dialect::Dialect;
pub use rows::{Cell, Row, given, rows};
pub use schema::{Column, Filled, TABLES, Table};

use self::reach::Group;
use self::text::comment;
use self::value::Val;
use super::{Emitter, Output, Refusal};
use crate::ir::Trial;
use crate::plan::{self, NodeAt, Plan, Rule, Silence, ValueAt, Way};
use crate::record::{FUTURE, PAST};

pub static SQL: Emitter = Emitter {
    name: "sql",
    about: "a query over tables of facts, for DuckDB, PostgreSQL or Spark (--dialect)",
    extension: "sql",
    output: Output::Text,
    emit: |trial| emit(trial, &Options::default()),
};

/// What may be asked of the query.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub dialect: Dialect,
    /// The tables instead of the query.
    pub ddl: bool,
    /// Criteria whose states are taken from the table `given`.
    pub given: Vec<String>,
}

/// The criteria that SQL cannot say: their places, and what they ask.
pub fn refused(plan: &Plan) -> impl Iterator<Item = (usize, &Rule, &str)> {
    plan.rules.iter().enumerate().filter_map(|(at, rule)| {
        let why = match &rule.way {
            Way::Reference(why) => why.as_str(),
            Way::Planned { .. } => plan.for_one_patient(rule).or_else(|| reach::beyond(plan, at))?,
        };
        Some((at, rule, why))
    })
}

/// The query, or the tables that it asks.
///
/// # Errors
/// Where a criterion asks what SQL cannot say, or a given criterion is none of the protocol's.
pub fn emit(trial: &Trial, options: &Options) -> Result<Vec<u8>, Refusal> {
    let plan = plan::lower::lower(trial);
    for name in &options.given {
        if !plan.rules.iter().any(|rule| rule.name.as_str() == name) {
            let names: Vec<&str> = plan.rules.iter().map(|rule| rule.name.as_str()).collect();
            return Err(Refusal { what: format!("there is no criterion `{name}` (there are {})", names.join(", ")) });
        }
    }
    if options.ddl {
        return Ok(schema::ddl(trial, &plan, options.dialect).into_bytes());
    }
    let given: BTreeSet<usize> = plan
        .rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| options.given.iter().any(|name| name == rule.name.as_str()))
        .map(|(at, _)| at)
        .collect();
    let mut writer = Writer::new(trial, &plan, options.dialect, given);
    Ok(writer.query()?.into_bytes())
}

/// What identifies a row of everything that is worked out for a case.
const KEY: &str = "patient, asked, case_no";

/// A query with a name.
struct Named {
    name: String,
    about: String,
    body: String,
    /// Whether it is kept, as many others name it.
    kept: bool,
}

struct Writer<'p> {
    trial: &'p Trial,
    plan: &'p Plan,
    dialect: Dialect,
    given: BTreeSet<usize>,
    groups: Vec<Group>,
    named: Vec<Named>,
    /// The named queries that hold truths that are asked of the record itself.
    leaves: BTreeMap<NodeAt, String>,
    values: BTreeMap<ValueAt, Val>,
    silences: Vec<Silence>,
    /// The span and the silence that is asked about in it.
    asks: BTreeSet<(String, usize)>,
    /// What a criterion asks that cannot be said.
    refused: Vec<String>,
}

impl<'p> Writer<'p> {
    fn new(trial: &'p Trial, plan: &'p Plan, dialect: Dialect, given: BTreeSet<usize>) -> Self {
        let groups = reach::groups(plan, |at| !given.contains(&at));
        Self {
            trial,
            plan,
            dialect,
            given,
            groups,
            named: Vec::new(),
            leaves: BTreeMap::new(),
            values: BTreeMap::new(),
            silences: Vec::new(),
            asks: BTreeSet::new(),
            refused: Vec::new(),
        }
    }

    fn query(&mut self) -> Result<String, Refusal> {
        self.refuse()?;
        self.facts();
        self.cases();
        self.spans();
        self.silence();
        for node in self.nodes() {
            self.leaf(node);
        }
        if !self.refused.is_empty() {
            return Err(Refusal { what: self.refused.join("; ") });
        }
        self.truths();
        let last = self.verdict();
        let mut text = self.head();
        match self.dialect {
            Dialect::DuckDb | Dialect::Postgres => {
                self.common(&mut text);
                text.push_str(&last);
            }
            Dialect::Spark => text.push_str(&script::script(self.trial.name.as_str(), &self.named, &last)),
        }
        Ok(text)
    }

    /// All named queries before the last, in one statement.
    fn common(&self, text: &mut String) {
        text.push_str("WITH\n");
        let count = self.named.len();
        for (at, Named { name, about, body, kept }) in self.named.iter().enumerate() {
            text.push_str(&comment(about, ""));
            let once = if *kept { self.dialect.once() } else { "" };
            let end = if at + 1 == count { "\n)\n" } else { "\n),\n" };
            let _ = write!(text, "{name} AS {once}(\n{}{end}", indented(body));
        }
    }

    /// What the plan cannot say, and nobody gives.
    fn refuse(&self) -> Result<(), Refusal> {
        let open: Vec<String> = refused(self.plan)
            .filter(|(at, ..)| !self.given.contains(at))
            .map(|(_, rule, why)| format!("`{}` asks for {why}, which SQL cannot say", rule.name))
            .collect();
        if open.is_empty() { Ok(()) } else { Err(Refusal { what: open.join("; ") }) }
    }

    fn head(&self) -> String {
        let mut text = comment(&format!("{}: {}", self.trial.name, self.trial.title), "");
        text.push_str(&comment(
            &format!(
                "A row a patient: every criterion as true, false or null (unknown), NAME__applies where a criterion may not \
                 apply, and the verdict. For {}; the tables are those of `trialc compile --to sql --ddl`.{}",
                self.dialect.name(),
                match self.dialect {
                    Dialect::DuckDb | Dialect::Postgres => "",
                    Dialect::Spark => " The tables and views that it makes are called trialc_…, and may be dropped afterwards.",
                }
            ),
            "",
        ));
        for at in &self.given {
            if let Some(rule) = self.plan.rules.get(*at) {
                text.push_str(&comment(&format!("The state of {} is taken from the table `given`.", rule.name), ""));
            }
        }
        text
    }

    /// Every node that is asked, in order.
    fn nodes(&self) -> BTreeSet<NodeAt> {
        self.groups.iter().flat_map(|group| group.nodes.iter().copied()).collect()
    }

    fn name(&mut self, name: impl Into<String>, about: &str, body: String) {
        self.named.push(Named { name: name.into(), about: about.to_owned(), body, kept: false });
    }

    fn name_once(&mut self, name: impl Into<String>, about: &str, body: String) {
        self.named.push(Named { name: name.into(), about: about.to_owned(), body, kept: true });
    }

    fn concept(&self, at: plan::ConceptAt) -> &'p str {
        self.plan.concepts.get(at.at()).map_or("", |slot| slot.id.as_str())
    }

    /// A list of concepts for `IN (...)`.
    fn concepts(&self, of: &[plan::ConceptAt]) -> String {
        text::strings(self.dialect, of.iter().map(|at| self.concept(*at)))
    }

    fn string(&self, text: &str) -> String {
        self.dialect.string(text)
    }

    fn refuse_node(&mut self, what: &str) {
        self.refused.push(what.to_owned());
    }
}

fn indented(body: &str) -> String {
    let lines: Vec<String> =
        body.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    lines.join("\n")
}

/// Before and after all time.
fn past() -> String {
    format!("({PAST})")
}

fn future() -> String {
    FUTURE.to_string()
}
