//! The standard library: `.trial` files compiled into the program, read only as far as a protocol uses them.
//!
//! A module is indexed once a process, when a protocol first uses it; its items are parsed one by one, when they are
//! first named.

pub mod listing;

pub use listing::{LISTINGS, Listing};

use std::ops::Range;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::diagnostic::Diagnostics;
use crate::syntax::outline::outline;
use crate::syntax::tokens::{TokenKind, Tokens};

/// One file of the standard library.
pub struct Module {
    /// The name behind `use`.
    pub name: &'static str,
    /// What it holds, in a few words.
    pub about: &'static str,
    pub text: &'static str,
    index: OnceLock<Index>,
}

/// Where the items of a module stand.
#[derive(Debug, Default)]
pub struct Index {
    /// In the order of the text.
    pub items: Vec<IndexedItem>,
    by_name: FxHashMap<&'static str, usize>,
    /// The items that name another as their class: `is x` in the text of each.
    members: FxHashMap<&'static str, Vec<usize>>,
}

/// One item: the word it begins with, the name it declares, and its text.
#[derive(Clone, Debug)]
pub struct IndexedItem {
    pub keyword: &'static str,
    pub name: &'static str,
    pub range: Range<usize>,
}

impl Module {
    const fn new(name: &'static str, about: &'static str, text: &'static str) -> Self {
        Self { name, about, text, index: OnceLock::new() }
    }

    /// The index, made when it is first asked for.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self.text))
    }
}

impl Index {
    fn new(text: &'static str) -> Self {
        let mut ignored = Diagnostics::default();
        let mut index = Self::default();
        for segment in outline(text, 0, &mut ignored) {
            let range = segment.start..segment.end;
            let item = text.get(range.clone()).unwrap_or("");
            let mut words = Tokens::new(item).filter(|token| token.kind == TokenKind::Word).map(|token| {
                let (start, end) = (token.start, token.end);
                item.get(start..end).unwrap_or("")
            });
            let (Some(keyword), Some(name)) = (words.next(), words.next()) else { continue };
            let position = index.items.len();
            index.items.push(IndexedItem { keyword, name, range });
            if matches!(keyword, "use" | "equivalent") {
                continue;
            }
            index.by_name.entry(name).or_insert(position);
            for class in classes(item) {
                index.members.entry(class).or_default().push(position);
            }
        }
        index
    }

    /// The item that declares a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&IndexedItem> {
        self.items.get(*self.by_name.get(name)?)
    }

    /// The items that are directly members of a class.
    pub fn members(&self, class: &str) -> impl Iterator<Item = &IndexedItem> {
        self.members.get(class).into_iter().flatten().filter_map(|position| self.items.get(*position))
    }
}

/// The names behind `is` in a declaration's text.
fn classes(item: &'static str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut after_is = false;
    for token in Tokens::new(item) {
        let text = item.get(token.start..token.end).unwrap_or("");
        match token.kind {
            TokenKind::Word if text == "is" => after_is = true,
            TokenKind::Word if after_is => {
                found.push(text);
                after_is = false;
            }
            TokenKind::Sign if text == "," && !found.is_empty() => after_is = true,
            TokenKind::Word | TokenKind::Sign | TokenKind::Open(_) | TokenKind::Close(_) | TokenKind::String { .. } => {
                if after_is || !found.is_empty() {
                    break;
                }
            }
        }
    }
    found
}

macro_rules! modules {
    ($($name:literal $about:literal;)*) => {
        /// Every module, `core` first: its names are in scope everywhere.
        pub static MODULES: [Module; [$($name),*].len()] = [$(
            Module::new($name, $about, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/library/", $name, ".trial")))
        ),*];
    };
}

modules! {
    "core" "what every trial has: age, sex, weight, the events of the trial; always in scope";
    "labs" "laboratory tests: LOINC code, unit, molar mass, plausible range, formulas";
    "vitals" "vital signs, body measures, heart and lung function";
    "tests" "results that are words";
    "scores" "scales and scores of general use";
    "conditions" "diagnoses and their classes";
    "drugs" "drugs and their classes, half-lives, equivalent doses";
    "procedures" "treatment that is no drug";
    "events" "what happens to patients";
    "questions" "standard questions, asked once";
    "myositis" "measures of myositis trials: core set, CDASI, definitions of improvement";
    "oncology" "biomarkers, response and progression";
}

/// The module of that name.
#[must_use]
pub fn module(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// The modules that declare a name.
pub fn modules_with(name: &str) -> impl Iterator<Item = &'static Module> {
    MODULES.iter().filter(move |module| module.index().get(name).is_some())
}
