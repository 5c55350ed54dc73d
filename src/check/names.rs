//! What a name can mean.

use rustc_hash::FxHashMap;

use ecow::EcoString;

use crate::span::Span;

/// A module of this run: the file that is checked, a library beside it, or a module of the standard library.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

macro_rules! indices {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }

            #[must_use]
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    )*};
}

indices! {
    /// A concept's place in the draft.
    ConceptIx;
    DefinitionIx;
    SetIx;
}

/// What a name stands for, once it has been looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Meaning {
    Concept(ConceptIx),
    Definition(DefinitionIx),
    Set(SetIx),
    /// A part of the protocol, by its kind and its place among those of its kind.
    Part(PartKind),
    /// An item that could not be read or checked: silent.
    Lost,
}

/// The parts of a protocol that have names of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PartKind {
    Trial,
    Cohort,
    Population,
    Criterion,
    Restriction,
    Epoch,
    Regimen,
    Background,
    Arm,
    Visit,
    Outcome,
    Estimand,
    Phase,
}

impl PartKind {
    /// With its article, for messages.
    pub fn a(self) -> &'static str {
        match self {
            Self::Trial => "the trial",
            Self::Cohort => "a cohort",
            Self::Population => "a population",
            Self::Criterion => "a criterion",
            Self::Restriction => "a rule over a period",
            Self::Epoch => "an epoch",
            Self::Regimen => "a regimen",
            Self::Background => "a background treatment",
            Self::Arm => "an arm",
            Self::Visit => "a visit",
            Self::Outcome => "an outcome",
            Self::Estimand => "an estimand",
            Self::Phase => "a phase",
        }
    }
}

/// A name in a module's scope.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: EntryKind,
    /// Where it is declared or brought in.
    pub span: Span,
    pub used: bool,
}

#[derive(Clone, Debug)]
pub enum EntryKind {
    /// An item of this module, by its place in the tree: not looked at yet.
    Item(usize),
    /// Brought in with `use`.
    Imported {
        module: ModuleId,
        name: EcoString,
    },
    Part(PartKind),
    Known(Meaning),
}

pub type Names = FxHashMap<EcoString, Entry>;

/// A thing and the name it was declared with.
#[derive(Clone, Debug)]
pub struct Sited<T> {
    pub item: T,
    pub name: EcoString,
    pub name_span: Span,
    pub span: Span,
    /// Whether it belongs to the file that is checked, not to a library.
    pub own: bool,
}
