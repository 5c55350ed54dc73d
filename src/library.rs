//! The standard library: `.trial` files compiled into the program, read only as far as a protocol uses them.
//!
//! Where the items stand is compiled in too. They are parsed one by one, when a protocol first names them, and once in a
//! process: their texts stand at the same place among the sources of every run, so that their trees can be shared.

mod alike;
pub mod listing;

pub use alike::alike;
pub use listing::{LISTINGS, Listing};

use std::ops::Range;
use std::sync::OnceLock;

use crate::ast::{Item, PropertyKind};
use crate::diagnostic::Diagnostics;
use crate::source::FIXED;
use crate::syntax::build_library_item;

/// One file of the standard library.
pub struct Module {
    /// The name behind `use`.
    pub name: &'static str,
    /// What it holds, in a few words.
    pub about: &'static str,
    pub text: &'static str,
    index: Index,
    /// The items that have been parsed, by their positions: a process parses each once, however many protocols it reads.
    parsed: OnceLock<Box<[OnceLock<Option<Item>>]>>,
}

/// Where the items of a module stand. `build.rs` makes it, so that nothing of a module is read but what a protocol names.
#[derive(Debug)]
pub struct Index {
    /// In the order of the text.
    pub items: &'static [IndexedItem],
    /// Positions in `items`, sorted by the name that is declared there.
    by_name: &'static [(&'static str, usize)],
    /// The items that name another as their class, `is x` in the text of each, sorted by the class.
    members: &'static [(&'static str, &'static [usize])],
}

/// One item: the word it begins with, the name it declares, and its text.
#[derive(Clone, Debug)]
pub struct IndexedItem {
    pub keyword: &'static str,
    pub name: &'static str,
    pub range: Range<usize>,
}

impl Module {
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Where its text begins among the sources of every run.
    #[must_use]
    pub fn base(&self) -> u32 {
        let before = MODULES.iter().take_while(|module| module.name != self.name);
        let length: usize = before.map(|module| module.text.len() + 1).sum();
        FIXED.saturating_add(u32::try_from(length).unwrap_or(u32::MAX))
    }

    /// The tree of the item at a position of the index.
    pub fn item(&self, position: usize) -> Option<&Item> {
        let parsed = self.parsed.get_or_init(|| self.index.items.iter().map(|_| OnceLock::new()).collect());
        parsed.get(position)?.get_or_init(|| self.parse(position)).as_ref()
    }

    fn parse(&self, position: usize) -> Option<Item> {
        let range = self.index.items.get(position)?.range.clone();
        let base = self.base().saturating_add(u32::try_from(range.start).unwrap_or(u32::MAX));
        // The library is sound: the tests hold it to that.
        build_library_item(self.text.get(range)?, base, &mut Diagnostics::default())
    }

    /// The tree of the item that declares a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Item> {
        self.item(self.index.position(name)?)
    }
}

impl Index {
    /// The item that declares a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&IndexedItem> {
        self.items.get(self.position(name)?)
    }

    fn position(&self, name: &str) -> Option<usize> {
        let at = self.by_name.binary_search_by_key(&name, |(known, _)| known).ok()?;
        Some(self.by_name.get(at)?.1)
    }

    /// The items that are directly members of a class.
    pub fn members(&self, class: &str) -> impl Iterator<Item = &IndexedItem> {
        let at = self.members.binary_search_by_key(&class, |(known, _)| known).ok();
        let positions = at.and_then(|at| self.members.get(at)).map_or(&[][..], |(_, positions)| positions);
        positions.iter().filter_map(|position| self.items.get(*position))
    }
}

macro_rules! modules {
    ($($name:literal $about:literal;)*) => {
        /// Every module, `core` first: its names are in scope everywhere.
        pub static MODULES: [Module; [$($name),*].len()] = [$(
            Module {
                name: $name,
                about: $about,
                text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/library/", $name, ".trial")),
                index: include!(concat!(env!("OUT_DIR"), "/", $name, ".rs")),
                parsed: OnceLock::new(),
            }
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

/// Every name that a module declares.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().flat_map(|module| module.index.by_name.iter().map(|(name, _)| *name))
}

/// Whether a declaration of the library names this code.
#[must_use]
pub fn holds_code(code: &str) -> bool {
    let quoted = format!("\"{code}\"");
    MODULES.iter().any(|module| module.text.contains(&quoted))
}

/// The first name of some modules that is declared with a code.
#[must_use]
pub fn with_code(modules: &[&str], code: &str) -> Option<&'static str> {
    let quoted = format!("\"{code}\"");
    let modules = MODULES.iter().filter(|module| modules.contains(&module.name) && module.text.contains(&quoted));
    let items = modules.flat_map(|module| module.index.items.iter().map(move |item| (module, item)));
    let mut holding =
        items.filter(|(module, item)| module.text.get(item.range.clone()).is_some_and(|text| text.contains(&quoted)));
    holding.next().map(|(_, item)| item.name)
}

/// The classes that a name of a module is directly a member of.
#[must_use]
pub fn classes(module_name: &str, name: &str) -> Vec<String> {
    let Some(Item::Declaration(declared)) = module(module_name).and_then(|module| module.named(name)) else {
        return Vec::new();
    };
    let classes = declared.properties.iter().filter_map(|property| match &property.kind {
        PropertyKind::Is(classes) => Some(classes),
        _ => None,
    });
    classes.flatten().map(|class| class.text.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::{IndexedItem, MODULES, Module};
    use crate::ast::{Item, PropertyKind};
    use crate::diagnostic::Diagnostics;
    use crate::syntax::outline::outline;

    #[test]
    fn the_indexes_cut_the_texts_as_the_compiler_does() {
        for module in &MODULES {
            let mut found = Diagnostics::default();
            let read: Vec<_> =
                outline(module.text, 0, &mut found).iter().map(|segment| segment.start..segment.end).collect();
            let indexed: Vec<_> = module.index().items.iter().map(|item| item.range.clone()).collect();
            assert_eq!(indexed, read, "{}", module.name);
            assert!(found.is_empty(), "{}", module.name);
        }
    }

    #[test]
    fn the_indexes_know_every_name_and_class() {
        for module in &MODULES {
            for (position, item) in module.index().items.iter().enumerate() {
                let (name, classes) = match module.item(position).expect("a sound library").clone() {
                    Item::Declaration(declared) => {
                        let classes = declared.properties.into_iter().filter_map(|property| match property.kind {
                            PropertyKind::Is(classes) => Some(classes),
                            _ => None,
                        });
                        (declared.name, classes.flatten().collect())
                    }
                    Item::Define(define) => (define.name, Vec::new()),
                    Item::Set(set) => (set.name, Vec::new()),
                    _ => continue,
                };
                assert_eq!(module.index().get(&name.text).map(|known| known.name), Some(name.text.as_str()));
                let of =
                    module.index().members.iter().filter(|(_, all)| module.has(all, item)).map(|(class, _)| *class);
                let mut written: Vec<&str> = classes.iter().map(|class| class.text.as_str()).collect();
                written.sort_unstable();
                assert_eq!(of.collect::<Vec<_>>(), written, "{}", name.text);
            }
        }
    }

    impl Module {
        fn has(&self, positions: &[usize], item: &IndexedItem) -> bool {
            positions.iter().any(|position| self.index.items[*position].range == item.range)
        }
    }
}
