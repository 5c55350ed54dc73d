//! Definitions and sets: worked out when they are first used, or at the end.

use ecow::EcoString;

use super::checker::{Checker, Context, DEPTH_LIMIT, Reference};
use super::names::{DefinitionIx, Meaning, ModuleId, SetIx, Sited};
use super::types::{Elaborated, ValueType};
use crate::ast;
use crate::diagnostic::{Diagnostic, code};
use crate::ir;
use crate::library;
use crate::span::Span;

impl Checker<'_> {
    /// Works out every declaration of the file and of the author's libraries, used or not.
    pub(super) fn declare_all(&mut self, main: ModuleId) {
        let count = u32::try_from(self.modules.len()).unwrap_or(u32::MAX);
        let own: Vec<ModuleId> = (0..count).rev().map(ModuleId).filter(|id| self.is_own(*id)).collect();
        // Definitions may speak of equivalent doses, so these come first.
        own.iter().for_each(|id| self.equivalents(*id));
        for id in own {
            let names: Vec<(EcoString, Span)> = self
                .module(id)
                .file
                .items
                .iter()
                .filter_map(|item| match item {
                    ast::Item::Declaration(item) => Some((item.name.text.clone(), item.name.span)),
                    ast::Item::Define(item) => Some((item.name.text.clone(), item.name.span)),
                    ast::Item::Set(item) => Some((item.name.text.clone(), item.name.span)),
                    _ => None,
                })
                .collect();
            for (name, span) in names {
                let was_used = self.module(id).names.get(&name).is_some_and(|entry| entry.used);
                self.lookup(id, &name, span);
                // Looking a name up in order to check it is no use of it.
                if id == main
                    && !was_used
                    && let Some(entry) = self.module_mut(id).names.get_mut(&name)
                {
                    entry.used = false;
                }
            }
        }
    }

    fn equivalents(&mut self, module: ModuleId) {
        let items: Vec<ast::Equivalent> = self
            .module(module)
            .file
            .items
            .iter()
            .filter_map(|item| if let ast::Item::Equivalent(item) = item { Some(item.clone()) } else { None })
            .collect();
        for item in items {
            self.equivalent(module, &item);
        }
    }

    /// Works out an item of a file.
    pub(super) fn declare(&mut self, module: ModuleId, index: usize, at: Span) -> Meaning {
        let Some(item) = self.module(module).file.items.get(index).cloned() else { return Meaning::Lost };
        self.declare_item(module, item, at)
    }

    /// Works out an item of a standard module.
    pub(super) fn indexed(&mut self, module: ModuleId, name: &str, at: Span) -> Meaning {
        let Some(standard) = self.module(module).standard.and_then(library::module) else { return Meaning::Lost };
        match standard.named(name) {
            Some(item) => self.declare_item(module, item.clone(), at),
            None => Meaning::Lost,
        }
    }

    fn declare_item(&mut self, module: ModuleId, item: ast::Item, at: Span) -> Meaning {
        match item {
            ast::Item::Declaration(declaration) => {
                // Its classes are worked out on the way, theirs too, and so on.
                let declared = self.deeper(at, |checker| Some(checker.declare_concept(module, declaration)));
                declared.map_or(Meaning::Lost, Meaning::Concept)
            }
            ast::Item::Define(define) => {
                self.guarded(module, &define.name.clone(), at, |checker| checker.define(module, define))
            }
            ast::Item::Set(set) => {
                self.guarded(module, &set.name.clone(), at, |checker| checker.define_set(module, set))
            }
            _ => Meaning::Lost,
        }
    }

    /// Works something out unless that is already going on, which is a circle.
    fn guarded(
        &mut self,
        module: ModuleId,
        name: &ast::Name,
        at: Span,
        work: impl FnOnce(&mut Self) -> Option<Meaning>,
    ) -> Meaning {
        if self.open.iter().any(|(open_module, open, _)| *open_module == module && *open == name.text) {
            self.report(
                Diagnostic::new(&code::DEFINITION_CYCLE, at, format!("`{}` rests on itself", name.text))
                    .label("used here, inside its own definition")
                    .also(name.span, "defined here")
                    .help("write one of the definitions out without the other"),
            );
            return Meaning::Lost;
        }
        self.open.push((module, name.text.clone(), name.span));
        // A use of the name while it is being worked out must find it being worked out, not a finished entry.
        let meaning = work(self).unwrap_or(Meaning::Lost);
        self.open.pop();
        meaning
    }

    fn define(&mut self, module: ModuleId, define: ast::Define) -> Option<Meaning> {
        let context = Context {
            module,
            prose: define.label.as_ref().map(|label| label.value.as_str()),
            subject: Some(define.name.text.as_str()),
            windowed: false,
            reference: Reference::Known,
        };
        let body = self.elaborate(&define.body, context);
        let better = define.better.as_ref().map(|property| match property.kind {
            ast::PropertyKind::BetterHigher => ir::Better::Higher,
            _ => ir::Better::Lower,
        });
        let (body, ty) = match body? {
            Elaborated::Truth(truth) => (ir::DefinitionBody::Truth(truth), None),
            Elaborated::Value(typed) => {
                let ty = ValueType { better: better.or(typed.ty.better), ..typed.ty };
                (ir::DefinitionBody::Value(typed.value), Some(ty))
            }
        };
        let name = self.unique(module, &define.name.text);
        let definition = ir::Definition {
            label: define.label.map(|label| label.value.to_string()),
            better,
            source: define.source.map(|source| source.value.to_string()),
            body,
        };
        let own = self.is_own(module);
        self.draft.definition_ids.insert(name.clone(), DefinitionIx::from_index(self.draft.definitions.len()));
        self.draft.definitions.push(Sited {
            item: definition,
            name,
            name_span: define.name.span,
            span: define.span,
            own,
        });
        self.definition_types.push(ty);
        Some(Meaning::Definition(DefinitionIx::from_index(self.draft.definitions.len() - 1)))
    }

    fn define_set(&mut self, module: ModuleId, set: ast::Set) -> Option<Meaning> {
        let members = self.members(&set.entries, Context::new(module))?;
        let name = self.unique(module, &set.name.text);
        let item = ir::Set {
            label: set.label.map(|label| label.value.to_string()),
            source: set.source.map(|source| source.value.to_string()),
            members,
        };
        let own = self.is_own(module);
        self.draft.set_ids.insert(name.clone(), SetIx::from_index(self.draft.sets.len()));
        self.draft.sets.push(Sited { item, name, name_span: set.name.span, span: set.span, own });
        Some(Meaning::Set(SetIx::from_index(self.draft.sets.len() - 1)))
    }

    /// An id that no other definition or set has.
    fn unique(&mut self, module: ModuleId, name: &EcoString) -> EcoString {
        let mut id = name.clone();
        if self.taken.contains(&id) {
            id = EcoString::from(format!("{}.{name}", self.path_of(module).display()));
        }
        self.taken.insert(id.clone());
        id
    }

    /// Whether a module is a file of the author's.
    pub(super) fn is_own(&self, module: ModuleId) -> bool {
        self.module(module).standard.is_none()
    }

    /// Steps one level into an expression; `None` where that is too deep.
    pub(super) fn deeper<T>(&mut self, span: Span, work: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEPTH_LIMIT {
            self.report(
                Diagnostic::new(&code::TOO_DEEP, span, "this is nested too deeply")
                    .label(format!("more than {DEPTH_LIMIT} deep"))
                    .help(
                        "shorten it: definitions that rest on definitions, classes of classes and long sums all count",
                    ),
            );
            return None;
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// Marks a name as used, where a statement names it outside any expression.
    pub(super) fn mark_used(&mut self, module: ModuleId, name: &str) {
        if let Some(entry) = self.module_mut(module).names.get_mut(name) {
            entry.used = true;
        }
    }
}
