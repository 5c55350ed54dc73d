//! Examples: patients of the protocol's own, and what it must say of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::truth::AttributeTest;
use super::{Amount, ConceptId, Moment, Quantity, Route, Verb, Window, Word};
use crate::span::Span;

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub prose: String,
    pub facts: Vec<Fact>,
    pub expectations: Vec<Expectation>,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

/// Something recorded of the patient.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The answer to a question: of a criterion by its name, of a standard question, or by its words.
    Judged { question: String, answer: bool },
    /// That kind of record is complete, in the time given or altogether.
    Complete { records: Vec<Word>, from: Option<Moment>, to: Option<Moment> },
    /// An event that is, or is not, in the record.
    History {
        denied: bool,
        verb: Verb,
        event: ConceptId,
        route: Option<Route>,
        with: Vec<AttributeTest>,
        due_to: Option<ConceptId>,
        amount: Option<Amount>,
        window: Option<Window>,
    },
    /// A trial event's date.
    Anchor { event: ConceptId, date: String },
    /// A result, at a moment; at the anchor where none is given.
    Result { of: ConceptId, value: FactValue, at: Option<Moment> },
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactValue {
    Word(Word),
    Number {
        quantity: Quantity,
        /// The upper limit of normal printed with the result.
        upper_limit: Option<Quantity>,
    },
    /// A result known only to be below this.
    Below(Quantity),
    Above(Quantity),
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    Verdict {
        verdict: Verdict,
        /// Criteria that must be among the reasons.
        because: Vec<Word>,
        #[serde(skip)]
        #[schemars(skip)]
        span: Span,
    },
    /// The state of one criterion or outcome.
    State {
        of: Word,
        state: State,
        #[serde(skip)]
        #[schemars(skip)]
        span: Span,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Eligible,
    Ineligible,
    Undetermined,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Met,
    NotMet,
    Unknown,
    NotApplicable,
}
