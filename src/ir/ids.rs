//! A type for each kind of name, so that an arm cannot stand where a visit belongs.

use std::borrow::Borrow;
use std::fmt;

use ecow::EcoString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(#[schemars(with = "String")] pub EcoString);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<EcoString> for $name {
            fn from(text: EcoString) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// A lab, test, scale, score, condition, drug, procedure, event or question.
    ConceptId;
    DefinitionId;
    SetId;
    CriterionId;
    RestrictionId;
    CohortId;
    PopulationId;
    EpochId;
    RegimenId;
    BackgroundId;
    ArmId;
    PhaseId;
    VisitId;
    OutcomeId;
    EstimandId;
    /// A word of a closed list, such as a coded result.
    Word;
}
