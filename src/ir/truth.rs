//! Truths: met, not met or unknown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConceptId, DefinitionId, Duration, Quantity, Range, Role, Route, SetId, Value, Window, Word};
use crate::span::Span;

/// A truth, and where it was written.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Truth {
    pub kind: TruthKind,
    #[serde(skip)]
    #[schemars(skip)]
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TruthKind {
    /// `and`, `all of`: met when each is, not met when one is not.
    All(Vec<Part<Truth>>),
    /// `or`, `any of`.
    Any(Vec<Part<Truth>>),
    Not(Box<Truth>),
    /// The base holds and the exception does not.
    Unless {
        base: Box<Truth>,
        exception: Box<Truth>,
    },
    /// Met where the record shows it, not met otherwise: never unknown.
    Known(Box<Truth>),
    /// Narrows all history inside that has no window of its own.
    Timed {
        of: Box<Truth>,
        window: Box<Window>,
    },
    /// A named truth.
    Defined(DefinitionId),
    /// So many of a list; three-valued counting. Where the list holds values, `ask` is asked of each.
    Count {
        counting: Counting,
        of: Operands,
    },
    /// Something asked of one value.
    Asked {
        value: Value,
        ask: Box<Ask>,
    },
    /// Events in the patient's history.
    History(Box<History>),
    /// The condition began in the window.
    Onset(ConceptId),
    /// The daily dose did not change for that long up to the anchor, and kept to the limit.
    StableDose {
        dose: Value,
        limit: Option<Box<Ask>>,
        for_at_least: Duration,
    },
    /// A trial event has taken place, such as consent.
    Given(ConceptId),
    /// A question to a person, unknown until answered. The answer is recorded for `key`: a standard question, the criterion
    /// or entry whose prose is asked, or the question's own words.
    Judged {
        key: Word,
        question: String,
        by: Option<Role>,
    },
    /// What the protocol does not say yet: always unknown.
    Missing(String),
}

/// An entry of a list, with what its author attached to it.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Word>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prose: Option<String>,
    /// Where this is not met the entry does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Box<Truth>>,
    pub body: T,
}

/// How many of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    Any,
    All,
    None,
    AtLeast(u32),
    AtMost(u32),
    Exactly(u32),
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operands {
    Truths(Vec<Part<Truth>>),
    Values {
        values: Vec<Part<Value>>,
        ask: Box<Ask>,
    },
    /// A set of the protocol or a library, less what is taken out by name; `ask` where its members are values.
    Set {
        set: SetId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<Word>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask: Option<Box<Ask>>,
    },
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    Compare {
        comparator: Comparator,
        to: Value,
        /// The limit that holds instead where its condition is met, the first that is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        instead: Vec<(Truth, Value)>,
    },
    InRange {
        range: Range,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        instead: Vec<(Truth, Range)>,
    },
    /// The result is one of these words.
    OneOf {
        words: Vec<Word>,
        negated: bool,
    },
    /// Relative with the unit `%`, absolute otherwise; against the outcome's baseline, or in a window against the last value
    /// before it opens.
    Moved {
        movement: Movement,
        comparator: Comparator,
        by: Quantity,
    },
    Recorded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Comparator {
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = ">")]
    Greater,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    Improved,
    Worsened,
    Rose,
    Fell,
}

/// Events of the patient, read by a verb.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    pub verb: Verb,
    /// How many of the events; any where the author says nothing.
    pub counting: Counting,
    pub events: Vec<EventClass>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<AttributeTest>,
    /// The reason for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_to: Option<ConceptId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_at_least: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_at_most: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It covers the anchor's day.
    Has,
    /// It touches the window; without a window, ever up to the anchor.
    Had,
    Receiving,
    Received,
    /// A first course begins in the window.
    Started,
    /// A course ends in the window.
    Stopped,
}

/// A condition, drug, procedure or event with all its members, less what is taken out.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventClass {
    pub event: ConceptId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Exemption>,
}

/// What an exception takes out, judged event by event.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// A member or subtype; nothing where attributes alone decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ConceptId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<AttributeTest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_to: Option<ConceptId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// What must hold of an occurrence.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeTest {
    /// CTCAE grades, both included.
    Grade {
        from: u8,
        to: u8,
    },
    /// One of these stages.
    Stage(Vec<Word>),
    Histology(Vec<Word>),
    Severity(Vec<Word>),
    Cause(ConceptId),
}

impl From<crate::ast::expression::Comparator> for Comparator {
    fn from(comparator: crate::ast::expression::Comparator) -> Self {
        use crate::ast::expression::Comparator as Written;
        match comparator {
            Written::Less => Self::Less,
            Written::AtMost => Self::AtMost,
            Written::Equal => Self::Equal,
            Written::NotEqual => Self::NotEqual,
            Written::AtLeast => Self::AtLeast,
            Written::Greater => Self::Greater,
        }
    }
}

impl From<crate::ast::Movement> for Movement {
    fn from(movement: crate::ast::Movement) -> Self {
        match movement {
            crate::ast::Movement::Improved => Self::Improved,
            crate::ast::Movement::Worsened => Self::Worsened,
            crate::ast::Movement::Rose => Self::Rose,
            crate::ast::Movement::Fell => Self::Fell,
        }
    }
}

impl From<crate::ast::Verb> for Verb {
    fn from(verb: crate::ast::Verb) -> Self {
        match verb {
            crate::ast::Verb::Has => Self::Has,
            crate::ast::Verb::Had => Self::Had,
            crate::ast::Verb::Receiving => Self::Receiving,
            crate::ast::Verb::Received => Self::Received,
            crate::ast::Verb::Started => Self::Started,
            crate::ast::Verb::Stopped => Self::Stopped,
        }
    }
}

/// Two of them are the same wherever they were written.
impl PartialEq for Truth {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl std::hash::Hash for Truth {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}
