//! What to find out next.

use schemars::JsonSchema;
use serde::Serialize;

use super::missing::ask_in_full;
use crate::evaluate::verdict::Open;

/// One thing to find out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Asking {
    /// What to do.
    pub question: String,
    /// The criteria that it bears on.
    pub criteria: Vec<String>,
    /// Those by which it alone could make the patient ineligible.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub could_exclude: Vec<String>,
    /// Whether it alone could make the patient eligible.
    pub could_admit: bool,
    /// Whether it stands in the shortest list that could settle every criterion.
    pub in_shortest: bool,
}

/// Everything that is missing for a verdict, the most decisive first.
#[must_use]
pub fn questions(open: &Open) -> Vec<Asking> {
    let asking = open.questions.iter().enumerate().map(|(at, question)| Asking {
        question: ask_in_full(&question.lack),
        criteria: question.criteria.iter().map(ToString::to_string).collect(),
        could_exclude: question.could_exclude.iter().map(ToString::to_string).collect(),
        could_admit: question.could_admit,
        in_shortest: open.shortest.contains(&at),
    });
    asking.collect()
}
