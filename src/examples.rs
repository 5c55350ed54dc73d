//! Runs the `example` blocks of a protocol: does it say of each patient what its author expects?

use crate::diagnostic::{Diagnostic, code};
use crate::evaluate::{Report, Ruling, example, screen};
use crate::explain;
use crate::ir::{Example, Expectation, State, Trial, Verdict, Word};
use crate::record::{Reader, Site};
use crate::span::Span;

/// What became of all examples.
#[derive(Debug, Default)]
pub struct Outcome {
    pub examples: usize,
    pub expectations: usize,
    /// Expectations about outcomes, which screening does not evaluate.
    pub left_out: usize,
    pub failures: Vec<Failure>,
}

/// An expectation that does not come true.
#[derive(Debug)]
pub struct Failure {
    /// The example's prose.
    pub example: String,
    pub diagnostic: Diagnostic,
    /// The criteria concerned, with their reasons.
    pub reasons: String,
}

/// Runs every example.
#[must_use]
pub fn run(trial: &Trial) -> Outcome {
    let reader = Reader::new(trial, Site::default());
    let mut outcome = Outcome::default();
    for example in &trial.examples {
        outcome.examples += 1;
        one(&reader, example, &mut outcome);
    }
    outcome
}

fn one(reader: &Reader<'_>, example: &Example, outcome: &mut Outcome) {
    let record = match example::record_of(reader, example) {
        Ok(record) => record,
        Err(lack) => {
            let message = format!("this example lacks {}", explain::ask(&lack));
            outcome.failures.push(Failure {
                example: example.prose.clone(),
                diagnostic: Diagnostic::new(&code::EXAMPLE_FAILS, example.span, message).label("cannot be run"),
                reasons: String::new(),
            });
            return;
        }
    };
    let report = screen(reader, &record);
    for expectation in &example.expectations {
        outcome.expectations += 1;
        let failed = match expectation {
            Expectation::Verdict { verdict, because, span } => wrong_verdict(&report, *verdict, because, *span),
            Expectation::State { of, state, span } => {
                let ruling = report.rulings.iter().find(|ruling| ruling.name == *of);
                outcome.left_out += usize::from(ruling.is_none());
                ruling.and_then(|ruling| wrong_state(&report, ruling, *state, *span))
            }
        };
        outcome.failures.extend(failed.map(|(diagnostic, reasons)| Failure {
            example: example.prose.clone(),
            diagnostic,
            reasons,
        }));
    }
}

fn wrong_verdict(report: &Report<'_>, wanted: Verdict, because: &[Word], span: Span) -> Option<(Diagnostic, String)> {
    let reasons =
        || report.reasons().map(|ruling| explain::tree(&explain::criterion(report.trial, ruling))).collect::<String>();
    let found = Diagnostic::new(&code::EXAMPLE_FAILS, span, "");
    if report.verdict != wanted {
        let names: Vec<String> = report.reasons().map(|ruling| format!("`{}`", ruling.name)).collect();
        let why = match names.as_slice() {
            [] if report.unsaid.is_empty() => String::new(),
            [] => ": the protocol has something `missing`, and nobody is eligible while it has".to_owned(),
            names => format!(", because of {}", names.join(", ")),
        };
        let message = format!("this patient is {}, not {}{why}", word(report.verdict), word(wanted));
        return Some((Diagnostic { message, ..found }.label(format!("not {}", word(wanted))), reasons()));
    }
    let missing = because.iter().find(|name| !report.reasons().any(|ruling| ruling.name == **name))?;
    let message = format!("`{missing}` is not among the reasons");
    let others: Vec<String> = report.reasons().map(|ruling| format!("`{}`", ruling.name)).collect();
    let found = Diagnostic { message, ..found }.label(format!("{}, but not for this", word(wanted)));
    let own = report.rulings.iter().find(|ruling| ruling.name == *missing);
    let tree = own.map(|ruling| explain::tree(&explain::criterion(report.trial, ruling))).unwrap_or_default();
    Some((found.help(format!("the reasons are {}", others.join(", "))), tree))
}

fn wrong_state(report: &Report<'_>, ruling: &Ruling<'_>, wanted: State, span: Span) -> Option<(Diagnostic, String)> {
    if ruling.standing == wanted {
        return None;
    }
    let (is, wanted) = (explain::standing_word(ruling.standing), explain::standing_word(wanted));
    let message = format!("`{}` should be {wanted}, and is {is}", ruling.name);
    let found = Diagnostic::new(&code::EXAMPLE_FAILS, span, message).label(format!("it is {is}"));
    Some((found, explain::tree(&explain::criterion(report.trial, ruling))))
}

fn word(verdict: Verdict) -> &'static str {
    explain::verdict_word(verdict)
}
