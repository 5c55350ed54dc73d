//! What the sentences of a protocol speak of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConceptId, Quantity, Range, Value, Word};
use crate::units::Unit;

/// A lab, test, scale, score, condition, drug, procedure, event or question.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    pub kind: ConceptKind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The library it comes from: a module of the standard library, a file, or nothing for the protocol itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub library: String,
    /// The classes it is directly a member of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ConceptId>,
    /// The unit that its numbers are given in where none is said (labs and scores).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// All that a score can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// All that a laboratory can report; what lies outside is a wrong unit or a mistake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plausible: Option<Range>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// The results a test or scale can have; a scale's in rising order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Word>,
    /// What an occurrence can be described by, its classes' included.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// In grams per mole: the one way from mass to amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub molar_mass: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Who answers a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Role>,
    #[serde(default, skip_serializing_if = "Codes::is_empty")]
    pub codes: Codes,
    /// Other names that people write for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Where its numbers come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The formula that stands in where no result is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConceptKind {
    /// A number with a unit.
    Lab,
    /// A coded result without order.
    Test,
    /// A coded result in order.
    Scale,
    /// A number with limits and a direction.
    Score,
    Condition,
    Drug,
    /// Treatment that is no drug.
    Procedure,
    Event,
    Question,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
}

/// The words that describe an occurrence of a condition. A grade is 1 to 5, as in CTCAE, for every condition.
#[derive(Clone, Debug, Default, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// In rising order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Word>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histologies: Vec<Word>,
    /// In rising order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Word>,
}

impl Attributes {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty() && self.histologies.is_empty() && self.severities.is_empty()
    }
}

/// Codes by system.
#[derive(Clone, Debug, Default, PartialEq, Hash, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loinc: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rxnorm: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub atc: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icd10: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snomed: Vec<String>,
}

impl Codes {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.loinc.is_empty()
            && self.rxnorm.is_empty()
            && self.atc.is_empty()
            && self.icd10.is_empty()
            && self.snomed.is_empty()
    }
}

/// Doses of equal effect within a class, with the routes they hold for (none named: all).
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EquivalentDoses {
    pub class: ConceptId,
    pub source: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    pub doses: BTreeMap<ConceptId, Quantity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Investigator,
    Participant,
    Site,
    Central,
}

impl From<crate::ast::Role> for Role {
    fn from(role: crate::ast::Role) -> Self {
        match role {
            crate::ast::Role::Investigator => Self::Investigator,
            crate::ast::Role::Participant => Self::Participant,
            crate::ast::Role::Site => Self::Site,
            crate::ast::Role::Central => Self::Central,
        }
    }
}

/// How a treatment enters the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    Oral,
    Intravenous,
    Subcutaneous,
    Intramuscular,
    Topical,
    Inhaled,
    Intradermal,
    Rectal,
    Sublingual,
    Transdermal,
    Intranasal,
    Ophthalmic,
    Intrathecal,
    Intravitreal,
    Intraarticular,
}

impl Route {
    pub const ALL: [Self; 15] = [
        Self::Oral,
        Self::Intravenous,
        Self::Subcutaneous,
        Self::Intramuscular,
        Self::Topical,
        Self::Inhaled,
        Self::Intradermal,
        Self::Rectal,
        Self::Sublingual,
        Self::Transdermal,
        Self::Intranasal,
        Self::Ophthalmic,
        Self::Intrathecal,
        Self::Intravitreal,
        Self::Intraarticular,
    ];
}

impl From<crate::ast::Route> for Route {
    fn from(route: crate::ast::Route) -> Self {
        use crate::ast::Route as Written;
        match route {
            Written::Oral => Self::Oral,
            Written::Intravenous => Self::Intravenous,
            Written::Subcutaneous => Self::Subcutaneous,
            Written::Intramuscular => Self::Intramuscular,
            Written::Topical => Self::Topical,
            Written::Inhaled => Self::Inhaled,
            Written::Intradermal => Self::Intradermal,
            Written::Rectal => Self::Rectal,
            Written::Sublingual => Self::Sublingual,
            Written::Transdermal => Self::Transdermal,
            Written::Intranasal => Self::Intranasal,
            Written::Ophthalmic => Self::Ophthalmic,
            Written::Intrathecal => Self::Intrathecal,
            Written::Intravitreal => Self::Intravitreal,
            Written::Intraarticular => Self::Intraarticular,
        }
    }
}
