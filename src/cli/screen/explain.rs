//! One patient, with every reason.

use std::io::{self, BufWriter, Write};

use super::{Screening, Show};
use crate::cli::exit::{Exit, Failure};
use crate::evaluate::screen;
use crate::explain::{self, ExplainedReport};
use crate::ir::Trial;
use crate::patients::Item;

/// An id that is further from the wanted one is another, and not a slip.
const FAR: usize = 2;

pub(super) fn run(args: &Screening, trial: &Trial, patient: &str) -> Result<Exit, Failure> {
    let reader = args.patients.reader(trial)?;
    let mut near: Option<(usize, String)> = None;
    for item in args.patients.open(trial)? {
        match item {
            Item::Rejected(rejection) if rejection.id.as_deref() == Some(patient) => {
                return Err(Failure::problem(rejection.to_string()));
            }
            Item::Rejected(_) => {}
            Item::Chart(chart) if chart.id == patient => {
                let record = reader.record(&chart);
                let report = explain::report(&screen(&reader, &record), &record);
                show(args, &report)?;
                return Ok(Exit::Clean);
            }
            Item::Chart(chart) => {
                let far = strsim::damerau_levenshtein(&chart.id, patient);
                if far <= FAR && near.as_ref().is_none_or(|(known, _)| far < *known) {
                    near = Some((far, chart.id));
                }
            }
        }
    }
    let hint = near.map(|(_, id)| format!(" (did you mean `{id}`?)")).unwrap_or_default();
    Err(Failure::problem(format!("there is no patient `{patient}` in these files{hint}")))
}

fn show(args: &Screening, report: &ExplainedReport) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    if args.show == Show::Json {
        serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        text(&mut out, report)?;
    }
    out.flush()?;
    Ok(())
}

/// Those that decided first, then the others.
fn text(out: &mut impl Write, report: &ExplainedReport) -> io::Result<()> {
    writeln!(out, "{}: {}", report.patient, report.verdict)?;
    for what in &report.unsaid {
        writeln!(out, "the protocol does not say: {what}")?;
    }
    for refused in &report.refused {
        writeln!(out, "could not be read: {refused}")?;
    }
    for entry in &report.unmapped {
        writeln!(out, "no library knows: {entry}")?;
    }
    let decided = |name: &String| report.because.contains(name);
    if !report.because.is_empty() {
        writeln!(out, "\nwhat decided")?;
        for criterion in report.criteria.iter().filter(|criterion| decided(&criterion.name)) {
            write!(out, "\n{}", explain::tree(criterion))?;
        }
    }
    writeln!(out, "\nthe other criteria")?;
    for criterion in report.criteria.iter().filter(|criterion| !decided(&criterion.name)) {
        write!(out, "\n{}", explain::tree(criterion))?;
    }
    if !report.questions.is_empty() {
        writeln!(out, "\nwhat to find out next")?;
        for (at, asking) in report.questions.iter().enumerate() {
            let exclude = if asking.could_exclude.is_empty() {
                String::new()
            } else {
                format!("; alone could exclude: {}", asking.could_exclude.join(", "))
            };
            writeln!(out, "  {}. {} (for {}{exclude})", at + 1, asking.question, asking.criteria.join(", "))?;
        }
    }
    Ok(())
}
