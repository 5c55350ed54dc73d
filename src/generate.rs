//! Synthetic patients that aim at the limits of a protocol, so that its verdicts vary.
//!
//! What a protocol asks is collected once (`aims`), and becomes slots with settings: each thing that a record can say of a
//! patient, with the values worth saying (`slot`, `settings`, `numbers`). A search with the evaluator finds patients who
//! meet every criterion (`clean`). A patient is then a setting for each slot, drawn from a stream of random numbers of its
//! own (`draw`), and written as a chart or as rows of a table (`person`, `wide`, `long`). Patient `k` of a seed is the same
//! on every machine, however many are made.

mod aims;
mod clean;
mod day;
mod draw;
mod limit;
mod long;
mod numbers;
mod padding;
mod person;
mod settings;
mod slot;
mod table;
mod wide;

use std::io::{self, Write};

use crate::chart::Chart;
use crate::ir::Trial;
use clean::Template;
use draw::Patient;
use slot::Plan;
use table::Table;

/// How patients are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub seed: u64,
    /// Of a hundred patients so many have dates known in part, results below what can be measured, contradictions.
    pub nasty: u8,
    /// Facts of a chart; what the protocol needs where nothing is said.
    pub facts: Option<usize>,
}

/// Makes patients for one protocol.
pub struct Generator<'t> {
    trial: &'t Trial,
    plan: Plan,
    templates: Vec<Template>,
    padding: padding::Padding,
    options: Options,
}

/// The form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Parquet,
}

/// How the rows of a table lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A row a patient.
    Wide,
    /// A row a fact.
    Long,
}

impl<'t> Generator<'t> {
    /// Looks for patients who meet every criterion, which takes a moment.
    #[must_use]
    pub fn new(trial: &'t Trial, options: Options) -> Self {
        let plan = settings::plan(trial, &aims::of(trial));
        let templates = clean::templates(trial, &plan, options);
        Self { trial, plan, templates, padding: padding::Padding::new(trial), options }
    }

    /// The patient of a number, counted from 0.
    #[must_use]
    pub fn chart(&self, number: u64) -> Chart {
        let mut patient = Patient::default();
        self.draw(number, &mut patient);
        let mut chart = person::chart(&self.plan, &patient);
        if let Some(facts) = self.options.facts {
            self.padding.fill(&mut chart, facts, &patient);
        }
        chart
    }

    fn draw(&self, number: u64, patient: &mut Patient) {
        draw::draw(&self.plan, &self.templates, self.options, number, patient);
    }

    /// Writes so many patients as charts, one a line; `done` is told after each.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn charts(&self, patients: u64, mut out: impl Write, mut done: impl FnMut(u64)) -> io::Result<()> {
        for number in 0..patients {
            serde_json::to_writer(&mut out, &self.chart(number))?;
            out.write_all(b"\n")?;
            done(number + 1);
        }
        out.flush()
    }

    /// Writes so many patients as a table; `done` is told after each.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn table(
        &self,
        (form, layout): (Form, Layout),
        patients: u64,
        out: impl Write + Send,
        mut done: impl FnMut(u64),
    ) -> io::Result<()> {
        let wide = wide::Wide::new(self.trial, &self.plan, self.options.nasty > 0);
        let columns = match layout {
            Layout::Wide => wide.columns(),
            Layout::Long => long::columns(),
        };
        let mut table = match form {
            Form::Csv => Table::csv(out, &columns)?,
            Form::Parquet => Table::parquet(out, &columns)?,
        };
        let mut patient = Patient::default();
        for number in 0..patients {
            match layout {
                Layout::Wide => {
                    self.draw(number, &mut patient);
                    wide.row(&self.plan, &patient, &mut table)?;
                }
                Layout::Long => long::rows(&self.chart(number), &mut table)?,
            }
            done(number + 1);
        }
        table.finish()
    }
}
