//! The calendar of a participant whose record is there.

use std::path::Path;

use super::{Args, Made, measure, planned, whole_date};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::ir::{ConceptId, Trial};
use crate::patients::{Item, Options, open};
use crate::record::{Reader, Record, Site};
use crate::schedule::Measures;
use crate::schedule::course::follow;
use crate::schedule::given::{Adherence, compare};
use crate::schedule::row::{date, remarks};
use crate::world::FileSystem;

/// A record, and the arm that it names.
pub(in crate::cli) struct Subject {
    pub(in crate::cli) record: Record,
    arm: Option<String>,
}

impl Subject {
    /// The arm that was said, or else that of the record; a record of another arm is a contradiction.
    pub(in crate::cli) fn arm<'a>(&'a self, said: Option<&'a str>, trial: &Trial) -> Result<Option<&'a str>, Failure> {
        let of_protocol = |arm: &&str| trial.arms.iter().any(|known| known.name.as_str() == *arm);
        let own = self.arm.as_deref().filter(of_protocol);
        match (said, own) {
            (Some(said), Some(own)) if said != own => {
                Err(Failure::misuse(format!("--arm {said}: the record of {} is in the arm {own}", self.record.id)))
            }
            (said, own) => Ok(said.or(own)),
        }
    }
}

pub(super) fn run(
    args: &Args,
    trial: &Trial,
    (path, start, to): (&Path, Option<i64>, Option<i64>),
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let said = measure::said(args)?;
    let as_of = args.as_of.as_deref().map(|text| whole_date("--as-of", text)).transpose()?;
    let reader = Reader::new(trial, Site { as_of, ..Site::default() });
    let subject = subject(&reader, path, args.id.as_deref())?;
    let plan = &planned(trial, subject.arm(args.arm.as_deref(), trial)?, &args.choose)?;
    let record = subject.record;
    for refusal in &record.refused {
        terminal.complain(&format!("patient {}, {}: {}", record.id, refusal.field, refusal.why));
    }
    let start = first_day(&record, plan.trial, start)?;
    let measures = Measures::of(&reader, &record).after(said);
    let mut course = follow(plan, (start, to), &measures, (&reader, &record))
        .map_err(|error| Failure::problem(error.to_string()))?;
    let compared = compare(plan, &course, (&reader, &record));
    for (dose, given) in course.doses.iter_mut().zip(&compared.doses) {
        dose.given = given.clone().map(Box::new);
    }
    let mut notes = course.remarks.clone();
    notes.extend(remarks(plan, &course.sheet));
    let made = Made {
        plan,
        sheet: &course.sheet,
        measures: &measures,
        participant: &record.id,
        doses: course.doses,
        remarks: notes,
        as_of: Some(course.as_of),
        compared,
    };
    made.write(args, terminal)?;
    Ok(if record.refused.is_empty() { Exit::Clean } else { Exit::Problems })
}

/// The one record of a file, or the one of this name.
pub(in crate::cli) fn subject(reader: &Reader<'_>, path: &Path, wanted: Option<&str>) -> Result<Subject, Failure> {
    let patients = open(&FileSystem, reader.trial, &[path.to_owned()], Options::default());
    let patients = patients.map_err(|error| Failure::misuse(error.to_string()))?;
    let (mut found, mut others) = (None, Vec::new());
    for item in patients {
        match item {
            Item::Rejected(rejection) if wanted.is_none() || rejection.id.as_deref() == wanted => {
                return Err(Failure::problem(rejection.to_string()));
            }
            Item::Rejected(_) => {}
            Item::Chart(chart) if wanted.is_none_or(|wanted| wanted == chart.id) => {
                if found.is_some() {
                    let shown = path.display();
                    return Err(Failure::misuse(format!("{shown} holds several patients: say which one with --id")));
                }
                found = Some(Subject { record: reader.record(&chart), arm: chart.arm.clone() });
            }
            Item::Chart(chart) => others.push(chart.id),
        }
    }
    found.ok_or_else(|| match wanted {
        Some(wanted) => {
            let near = others.iter().min_by_key(|id| strsim::damerau_levenshtein(id, wanted));
            let hint = near.map(|id| format!(" (did you mean `{id}`?)")).unwrap_or_default();
            Failure::problem(format!("there is no patient `{wanted}` in {}{hint}", path.display()))
        }
        None => Failure::problem(format!("there is no patient in {}", path.display())),
    })
}

/// Study day 1: that of the record, or the one that was said.
pub(in crate::cli) fn first_day(record: &Record, trial: &Trial, said: Option<i64>) -> Result<i64, Failure> {
    let day_1 = trial.header.day_1.clone().unwrap_or_else(|| ConceptId::from("first_dose"));
    let known = record.anchors.get(&day_1).map(|dated| dated.when.span);
    match (known.filter(|span| span.is_one_day()).map(crate::record::Span::first_day), said) {
        (Some(known), Some(said)) if known != said => Err(Failure::misuse(format!(
            "--start {}: the record of {} has {day_1} on {}",
            date(said),
            record.id,
            date(known)
        ))),
        (Some(known), _) => Ok(known),
        (None, Some(said)) => Ok(said),
        (None, None) => Err(Failure::misuse(format!(
            "the record of {} has no day of {day_1}, which is study day 1: say --start",
            record.id
        ))),
    }
}

/// In a line.
pub(super) fn adherence(of: &Adherence) -> String {
    let mut parts = Vec::new();
    for (count, what) in [
        (of.in_time, "in time"),
        (of.late, "late"),
        (of.early, "early"),
        (of.missed, "missed"),
        (of.not_recorded, "not recorded"),
        (of.unplanned, "not planned"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let rate = of.per_cent.as_ref().map(|rate| format!("; {rate} % of the doses")).unwrap_or_default();
    let amounts = of.amount_given.as_ref().zip(of.amount_planned.as_ref());
    let amounts = amounts.map(|(given, planned)| format!("; {given} of {planned}")).unwrap_or_default();
    let notes = of.notes.iter().fold(String::new(), |all, note| all + "; " + note);
    let doses = if of.due == 1 { "dose" } else { "doses" };
    format!("{}: {} {doses} due: {}{rate}{amounts}{notes}", of.drug, of.due, parts.join(", "))
}
