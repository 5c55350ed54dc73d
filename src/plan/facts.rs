//! One patient's facts as a plan takes them: no text, every number a double, every time in seconds of the local calendar
//! counted from 1970.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::dose::{AmountAt, Fraction, fraction};
use super::{ConceptAt, Number, Plan};
use crate::chart::Kind;
use crate::evaluate::site_limit;
use crate::ir::{Body, ConceptId, Route, Word};
use crate::record::{self, Measured, Reader, Record, Span};

/// One patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// All days on which the patient may have been born.
    pub birth: Option<Span>,
    /// The day of the record.
    pub as_of: Option<i64>,
    /// Dates of events of the trial, by concept.
    pub anchors: Vec<Anchor>,
    /// In the order of their measures, and for one measure in that of the record.
    pub results: Vec<Outcome>,
    /// In the order of their concepts.
    pub occurrences: Vec<Occurrence>,
    pub absences: Vec<(ConceptAt, Span)>,
    pub complete: Vec<(Kind, Span)>,
    /// What no library knows: the kinds of record that it may belong to, and when.
    pub unmapped: Vec<(Vec<Kind>, Span)>,
    /// By question.
    pub answers: Vec<Option<bool>>,
}

/// The date of an event of the trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub event: ConceptAt,
    pub span: Span,
    pub planned: bool,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    pub of: ConceptAt,
    pub when: Span,
    pub said: Said,
    /// Its limits of normal, its own or the site's, where they are more than zero.
    pub lower: Option<Number>,
    pub upper: Option<Number>,
}

/// What a result says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    Exactly(Number),
    Below {
        limit: Number,
        included: bool,
    },
    Above {
        limit: Number,
        included: bool,
    },
    /// Its place among the words of its measure.
    Word(u32),
    /// It cannot be used.
    Refused,
}

/// A condition, course, procedure or event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub of: ConceptAt,
    /// All that its first moment may be.
    pub start: Span,
    pub end: Span,
    pub single: bool,
    pub grade: Option<u8>,
    /// Places in [`Plan::terms`].
    pub stage: Option<u32>,
    pub histology: Option<u32>,
    pub severity: Option<u32>,
    pub cause: Cause,
    pub reason: Cause,
    pub route: Option<Route>,
    pub dose: Taken,
}

/// How much of a drug was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Taken {
    /// Nobody knows, or no criterion asks.
    #[default]
    Unknown,
    /// So much a day.
    Daily(Amount),
    Once(Amount),
    /// So much altogether, over the whole course.
    Whole(Amount),
}

/// An amount of a drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// In a unit of the plan, and by the patient's body where it was recorded so.
    Of { value: Fraction, unit: AmountAt, per_body: Option<Body> },
    /// In a unit that fits none of the plan.
    Otherwise,
    /// With more digits than a fraction has.
    Beyond,
}

impl Taken {
    #[must_use]
    pub fn amount(self) -> Option<Amount> {
        match self {
            Self::Unknown => None,
            Self::Daily(amount) | Self::Once(amount) | Self::Whole(amount) => Some(amount),
        }
    }
}

/// What something was brought about by, or done for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Unknown,
    /// Something that the protocol does not speak of.
    Other,
    Of(ConceptAt),
}

impl Facts {
    /// The facts of a record, all of them.
    #[must_use]
    pub fn of(plan: &Plan, reader: &Reader<'_>, record: &Record) -> Self {
        let place = |id: &ConceptId| plan.place(id.as_str());
        let mut facts = Self {
            birth: record.birth,
            as_of: record.as_of,
            answers: plan.questions.iter().map(|key| record.judged.get(key).copied()).collect(),
            ..Self::default()
        };
        for (event, dated) in &record.anchors {
            let anchor = |event| Anchor { event, span: dated.when.span, planned: dated.planned };
            facts.anchors.extend(place(event).map(anchor));
        }
        for (of, results) in &record.results {
            let Some(at) = place(of) else { continue };
            for result in results {
                let limit = |own: Option<&BigRational>, upper: bool| {
                    let limit = own.cloned().or_else(|| site_limit(reader, record, of, upper))?;
                    limit.is_positive().then(|| number(&limit))
                };
                facts.results.push(Outcome {
                    of: at,
                    when: result.when.span,
                    said: said(plan, at, &result.value),
                    lower: limit(result.lower_limit.as_ref(), false),
                    upper: limit(result.upper_limit.as_ref(), true),
                });
            }
        }
        for (of, occurrences) in &record.occurrences {
            let Some(at) = place(of) else { continue };
            let term = |word: Option<&Word>| word.and_then(|word| plan.term(word));
            let cause =
                |of: Option<&ConceptId>| of.map_or(Cause::Unknown, |of| place(of).map_or(Cause::Other, Cause::Of));
            facts.occurrences.extend(occurrences.iter().map(|one| Occurrence {
                of: at,
                start: one.start,
                end: one.end,
                single: one.single,
                grade: one.grade,
                stage: term(one.stage.as_ref()),
                histology: term(one.histology.as_ref()),
                severity: term(one.severity.as_ref()),
                cause: cause(one.cause.as_ref()),
                reason: cause(one.reason.as_ref()),
                route: one.route,
                dose: taken(plan, &one.dose),
            }));
        }
        facts.absences =
            record.absences.iter().filter_map(|absence| Some((place(&absence.of)?, absence.span))).collect();
        facts.complete =
            record.complete.iter().flat_map(|(kind, spans)| spans.iter().map(|span| (*kind, *span))).collect();
        facts.unmapped = record.unmapped.iter().map(|entry| (entry.kinds.clone(), entry.span)).collect();
        facts
    }

    /// The results of one measure.
    #[must_use]
    pub fn results_of(&self, of: ConceptAt) -> &[Outcome] {
        let from = self.results.partition_point(|result| result.of < of);
        let to = self.results.partition_point(|result| result.of <= of);
        self.results.get(from..to).unwrap_or_default()
    }

    /// The occurrences of exactly one thing.
    #[must_use]
    pub fn occurrences_of(&self, of: ConceptAt) -> &[Occurrence] {
        let from = self.occurrences.partition_point(|one| one.of < of);
        let to = self.occurrences.partition_point(|one| one.of <= of);
        self.occurrences.get(from..to).unwrap_or_default()
    }
}

fn said(plan: &Plan, of: ConceptAt, value: &Measured) -> Said {
    match value {
        Measured::Number(exact) => Said::Exactly(number(exact)),
        Measured::Below { limit, included } => Said::Below { limit: number(limit), included: *included },
        Measured::Above { limit, included } => Said::Above { limit: number(limit), included: *included },
        Measured::Word(word) => {
            let words = plan.concepts.get(of.at()).map_or(&[][..], |slot| &slot.words);
            let at = words.iter().position(|known| known == word).and_then(|at| u32::try_from(at).ok());
            at.map_or(Said::Refused, Said::Word)
        }
        Measured::Refused { .. } => Said::Refused,
    }
}

fn taken(plan: &Plan, dose: &record::Taken) -> Taken {
    if plan.doses.amounts.is_empty() {
        return Taken::Unknown;
    }
    let amount = |amount: &record::Amount| match plan.doses.amount(&amount.value, &amount.unit) {
        None => Amount::Otherwise,
        Some((unit, value)) => {
            let per_body = amount.per_body;
            fraction(&value).map_or(Amount::Beyond, |value| Amount::Of { value, unit, per_body })
        }
    };
    match dose {
        record::Taken::Unknown => Taken::Unknown,
        record::Taken::Daily(of) => Taken::Daily(amount(of)),
        record::Taken::Once(of) => Taken::Once(amount(of)),
        record::Taken::Whole(of) => Taken::Whole(amount(of)),
    }
}

/// An exact number as a double, with its digits where it is a short decimal.
#[must_use]
pub fn number(exact: &BigRational) -> Number {
    let value = exact.to_f64().unwrap_or(f64::NAN);
    Number { value, digits: digits(exact).unwrap_or(Number::ROUNDED) }
}

/// How many significant digits a number has as a decimal, if they are few.
fn digits(exact: &BigRational) -> Option<u8> {
    let mut scale = exact.denom().clone();
    let mut factor = BigInt::from(1);
    for (prime, other) in [(2, 5), (5, 2)] {
        let (prime, other) = (BigInt::from(prime), BigInt::from(other));
        while (&scale % &prime).is_zero() {
            scale /= &prime;
            factor *= &other;
        }
    }
    if scale != BigInt::from(1) {
        return None;
    }
    let text = (exact.numer() * factor).magnitude().to_string();
    let digits = u8::try_from(text.trim_end_matches('0').len()).ok()?;
    (digits <= Number::MOST).then_some(digits)
}
