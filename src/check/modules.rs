//! Files and modules: reading them, and what names each of them has.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;

use super::Input;
use super::checker::Checker;
use super::names::{Entry, EntryKind, ModuleId, Names, PartKind};
use crate::ast;
use crate::diagnostic::{Diagnostic, code};
use crate::library;
use crate::span::Span;
use crate::syntax;
use crate::world::SIZE_LIMIT;

/// A module of this run.
#[derive(Debug)]
pub struct Module {
    /// Its path, or `std/NAME`.
    pub path: PathBuf,
    /// What concepts of it are said to come from.
    pub library: String,
    pub standard: Option<&'static str>,
    pub base: u32,
    /// The whole tree of a file; a standard module's items are parsed one by one.
    pub file: Arc<ast::File>,
    pub names: Names,
    /// Whether some of it could not be read, so that what is missing in it proves nothing.
    pub broken: bool,
    /// Whether it is being read right now: a second reading is a cycle.
    reading: bool,
}

impl Checker<'_> {
    /// Reads the file that is to be checked.
    pub(super) fn read_main(&mut self, input: Input) -> Option<ModuleId> {
        let text = match input.text {
            Some(text) => text,
            None => self.read_text(&input.path, None)?,
        };
        if text.len() > SIZE_LIMIT {
            self.too_large(&input.path, None);
            return None;
        }
        Some(self.add_file(input.path, &text, String::new()))
    }

    fn too_large(&mut self, path: &Path, at: Option<Span>) {
        let span = at.unwrap_or(Span::NOWHERE);
        self.report(
            Diagnostic::new(
                &code::TOO_LARGE,
                span,
                format!("`{}` is larger than {} MiB", path.display(), SIZE_LIMIT / 1024 / 1024),
            )
            .help("no protocol is as large as that; is this a file of data?"),
        );
    }

    /// The text of a file; reported where it cannot be had.
    fn read_text(&mut self, path: &Path, at: Option<Span>) -> Option<Arc<str>> {
        let span = at.unwrap_or(Span::NOWHERE);
        match self.world.read(path) {
            Ok(bytes) if bytes.len() > SIZE_LIMIT => {
                self.too_large(path, at);
                None
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Some(Arc::from(text)),
                Err(error) => {
                    let good = error.utf8_error().valid_up_to();
                    let bytes = error.into_bytes();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let file = self.sources.add(path, text);
                    let base = self.sources.get(file).map_or(0, crate::source::SourceFile::base);
                    let start = base.saturating_add(u32::try_from(good).unwrap_or(u32::MAX));
                    self.report(
                        Diagnostic::new(
                            &code::BAD_TEXT,
                            Span::new(start, start.saturating_add(3)),
                            "this file is not UTF-8",
                        )
                        .label("the first bytes that are no text")
                        .help("save it as UTF-8; word processors call that a Unicode text file"),
                    );
                    None
                }
            },
            Err(error) => {
                let (message, help) = match error.kind() {
                    std::io::ErrorKind::NotFound => (
                        format!("there is no file `{}`", path.display()),
                        "the path is taken from the folder of the file that names it",
                    ),
                    _ => (format!("cannot read `{}`: {error}", path.display()), "may you read it, and is it a file?"),
                };
                self.report(Diagnostic::new(&code::UNREADABLE, span, message).label("used here").help(help));
                None
            }
        }
    }

    fn add_file(&mut self, path: PathBuf, text: &Arc<str>, library: String) -> ModuleId {
        let file = self.sources.add(&path, Arc::clone(text));
        let base = self.sources.get(file).map_or(0, crate::source::SourceFile::base);
        let before = self.diagnostics.len();
        let parsed = syntax::parse(text, base, &mut self.diagnostics);
        let broken = self.diagnostics.len() > before;
        self.damaged.extend(parsed.damaged);
        self.damaged.sort();
        let id = ModuleId(u32::try_from(self.modules.len()).unwrap_or(u32::MAX));
        self.files.entry(normal(&path)).or_insert(id);
        self.modules.push(Module {
            path,
            library,
            standard: None,
            base,
            file: Arc::default(),
            names: Names::default(),
            broken,
            reading: true,
        });
        for name in parsed.lost {
            let kind = EntryKind::Known(super::names::Meaning::Lost);
            self.module_mut(id).names.entry(name.text).or_insert(Entry { kind, span: name.span, used: true });
        }
        for (index, item) in parsed.file.items.iter().enumerate() {
            self.enter_item(id, index, item);
        }
        for item in &parsed.file.items {
            if let ast::Item::Use(use_item) = item {
                self.enter_use(id, use_item);
            }
        }
        let module = self.module_mut(id);
        module.file = Arc::new(parsed.file);
        module.reading = false;
        id
    }

    /// The names that an item declares.
    fn enter_item(&mut self, module: ModuleId, index: usize, item: &ast::Item) {
        use ast::Item;
        let part = |kind| EntryKind::Part(kind);
        match item {
            Item::Declaration(declaration) => self.enter(module, &declaration.name, EntryKind::Item(index)),
            Item::Define(define) => self.enter(module, &define.name, EntryKind::Item(index)),
            Item::Set(set) => self.enter(module, &set.name, EntryKind::Item(index)),
            Item::Trial(trial) => self.enter(module, &trial.name, part(PartKind::Trial)),
            Item::Cohort(cohort) => self.enter(module, &cohort.name, part(PartKind::Cohort)),
            Item::Population(population) => self.enter(module, &population.name, part(PartKind::Population)),
            Item::Restriction(restriction) => self.enter(module, &restriction.head.name, part(PartKind::Restriction)),
            Item::Epoch(epoch) => self.enter(module, &epoch.name, part(PartKind::Epoch)),
            Item::Regimen(regimen) => self.enter(module, &regimen.name, part(PartKind::Regimen)),
            Item::Background(background) => self.enter(module, &background.name, part(PartKind::Background)),
            Item::Arm(arm) => self.enter(module, &arm.name, part(PartKind::Arm)),
            Item::Visit(visit) => self.enter(module, &visit.name, part(PartKind::Visit)),
            Item::Outcome(outcome) => self.enter(module, &outcome.name, part(PartKind::Outcome)),
            Item::Estimand(estimand) => self.enter(module, &estimand.name, part(PartKind::Estimand)),
            Item::Eligibility(eligibility) => {
                for criterion in &eligibility.criteria {
                    self.enter(module, &criterion.head.name, part(PartKind::Criterion));
                }
            }
            Item::Use(_) | Item::Plan(_) | Item::Equivalent(_) | Item::Collect(_) | Item::Example(_) => {}
        }
    }

    /// Puts a declared name into scope, or says that it is taken.
    pub(super) fn enter(&mut self, module: ModuleId, name: &ast::Name, kind: EntryKind) {
        if syntax::is_reserved(&name.text) {
            self.reserved_name(name);
            return;
        }
        // Criteria have a space of their own: a criterion may be named after the measure it is about.
        if matches!(kind, EntryKind::Part(PartKind::Criterion | PartKind::Restriction)) {
            self.enter_criterion(module, name);
            return;
        }
        if matches!(kind, EntryKind::Part(PartKind::Outcome))
            && let Some(criterion) = self.criteria.get(&name.text).copied()
        {
            self.two_verdicts(name, criterion);
        }
        let names = &mut self.module_mut(module).names;
        if let Some(entry) = names.get(&name.text) {
            if !matches!(entry.kind, EntryKind::Known(super::names::Meaning::Lost)) {
                let first = entry.span;
                self.duplicate(name, first);
            }
            return;
        }
        names.insert(name.text.clone(), Entry { kind, span: name.span, used: false });
    }

    fn enter_criterion(&mut self, module: ModuleId, name: &ast::Name) {
        let other = self.module(module).names.get(&name.text);
        if let Some(outcome) = other.filter(|entry| matches!(entry.kind, EntryKind::Part(PartKind::Outcome))) {
            let outcome = outcome.span;
            self.two_verdicts(name, outcome);
        }
        match self.criteria.get(&name.text) {
            Some(first) => {
                let first = *first;
                self.duplicate(name, first);
            }
            None => {
                self.criteria.insert(name.text.clone(), name.span);
            }
        }
    }

    /// A criterion (or rule) and an outcome of one name: an example could not say which of them it expects something of.
    fn two_verdicts(&mut self, name: &ast::Name, first: Span) {
        self.report(
            Diagnostic::new(
                &code::DUPLICATE_NAME,
                name.span,
                format!("`{}` is a criterion or rule, and an outcome", name.text),
            )
            .label("the same name here")
            .also(first, "and here")
            .help(format!("give one of them another name: `expect {} is met` would mean either", name.text)),
        );
    }

    fn duplicate(&mut self, name: &ast::Name, first: Span) {
        self.report(
            Diagnostic::new(&code::DUPLICATE_NAME, name.span, format!("`{}` is declared twice", name.text))
                .label("declared again here")
                .also(first, "first declared here")
                .help("give one of them another name"),
        );
    }

    fn reserved_name(&mut self, name: &ast::Name) {
        let word = &name.text;
        self.report(
            Diagnostic::new(&code::RESERVED_WORD, name.span, format!("`{word}` is a word of the language"))
                .label("not free for a name")
                .help(format!("choose another name, such as `{word}_1` or `the_{word}`")),
        );
    }

    /// Brings the names of a `use` into scope.
    fn enter_use(&mut self, module: ModuleId, item: &ast::Use) {
        let from = match &item.source {
            ast::UseSource::Standard(name) => self.standard_module(name),
            ast::UseSource::Path(path) => self.library_file(module, path),
        };
        let mut missing: Vec<&ast::Name> = Vec::new();
        let mut again: Vec<(&ast::Name, Span)> = Vec::new();
        for name in &item.names {
            let kind = match from {
                Some(from) if self.has_name(from, &name.text) => {
                    EntryKind::Imported { module: from, name: name.text.clone() }
                }
                Some(_) => {
                    missing.push(name);
                    EntryKind::Known(super::names::Meaning::Lost)
                }
                None => EntryKind::Known(super::names::Meaning::Lost),
            };
            if let Some(entry) = self.module(module).names.get(&name.text) {
                let first = entry.span;
                match (&entry.kind, &kind) {
                    (EntryKind::Known(super::names::Meaning::Lost), _) => {}
                    (EntryKind::Imported { module: known, .. }, EntryKind::Imported { module: from, .. })
                        if known == from =>
                    {
                        again.push((name, first));
                    }
                    (EntryKind::Part(part), EntryKind::Imported { .. }) => {
                        let part = *part;
                        self.named_after_library(module, name, part, first);
                    }
                    _ => self.duplicate(name, first),
                }
                continue;
            }
            let used = matches!(kind, EntryKind::Known(_));
            self.module_mut(module).names.insert(name.text.clone(), Entry { kind, span: name.span, used });
        }
        self.brought_in_again(item, &again);
        if let Some(from) = from {
            self.not_in_library(from, item, &missing);
        }
    }

    /// One message for all names of a `use` that an earlier one has brought in.
    fn brought_in_again(&mut self, item: &ast::Use, again: &[(&ast::Name, Span)]) {
        let Some((name, first)) = again.first() else { return };
        let names = listed(again.iter().map(|(name, _)| *name));
        let be = if again.len() == 1 { "is" } else { "are" };
        let found = Diagnostic::new(&code::DUPLICATE_NAME, name.span, format!("{names} {be} brought in twice"))
            .label("again here")
            .also(*first, "first here");
        // All of the statement goes, or else only the author can say which of the names stay.
        self.report(if again.len() == item.names.len() {
            found.help("remove this `use`").fix("remove this `use`", item.span, "")
        } else {
            found.help(if again.len() == 1 { "remove it here" } else { "remove them here" })
        });
    }

    /// An arm (or another part) that is called like the drug it gives: one message, and none about the uses of the name.
    fn named_after_library(&mut self, module: ModuleId, name: &ast::Name, part: PartKind, declared: Span) {
        let word = part.a().rsplit(' ').next().unwrap_or("part");
        let text = &name.text;
        self.report(
            Diagnostic::new(&code::DUPLICATE_NAME, declared, format!("`{text}` is a name of the library already"))
                .label(format!("{} of the same name", part.a()))
                .also(name.span, "brought in here")
                .help(format!("give the {word} another name, such as `{text}_{word}`")),
        );
        let kind = EntryKind::Known(super::names::Meaning::Lost);
        self.module_mut(module).names.insert(text.clone(), Entry { kind, span: declared, used: true });
    }

    fn has_name(&self, module: ModuleId, name: &str) -> bool {
        match self.module(module).standard {
            Some(standard) => library::module(standard).is_some_and(|found| found.index().get(name).is_some()),
            None => self.module(module).names.contains_key(name),
        }
    }

    /// Names that a library does not have; those that another one has are said together.
    fn not_in_library(&mut self, from: ModuleId, item: &ast::Use, missing: &[&ast::Name]) {
        if self.module(from).broken {
            return;
        }
        let mut other: Vec<(&'static str, Vec<&ast::Name>)> = Vec::new();
        for name in missing {
            let Some(module) = library::modules_with(&name.text).next() else {
                self.nowhere_in_library(from, name);
                continue;
            };
            match other.iter_mut().find(|(known, _)| *known == module.name) {
                Some((_, names)) => names.push(name),
                None => other.push((module.name, vec![name])),
            }
        }
        for (right, names) in other {
            self.in_other_library(from, item, right, &names);
        }
    }

    fn in_other_library(&mut self, from: ModuleId, item: &ast::Use, right: &'static str, names: &[&ast::Name]) {
        let Some(first) = names.first() else { return };
        let library = self.module(from).path.display().to_string().trim_start_matches("std/").to_owned();
        let quoted = listed(names.iter().copied());
        let plain = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ");
        let message = if names.len() == 1 {
            format!("{quoted} is not in `{library}`")
        } else {
            format!("{quoted} are not in `{library}`")
        };
        let mut found = Diagnostic::new(&code::NOT_IN_LIBRARY, first.span, message).label("not there").help(format!(
            "{} in `{right}`: write `use {right} {{ {plain} }}`",
            if names.len() == 1 { "it is" } else { "they are" }
        ));
        if names.len() == item.names.len()
            && let ast::UseSource::Standard(written) = &item.source
        {
            found = found.fix(format!("use `{right}`"), written.span, right);
        }
        self.report(found);
    }

    fn nowhere_in_library(&mut self, from: ModuleId, name: &ast::Name) {
        let library = self.module(from).path.display().to_string().trim_start_matches("std/").to_owned();
        let mut found =
            Diagnostic::new(&code::NOT_IN_LIBRARY, name.span, format!("`{}` is not in `{library}`", name.text))
                .label("not there");
        let searched = self.may_search();
        let standard = self.module(from).standard.and_then(library::module).filter(|_| searched);
        let alike = standard.and_then(|module| library::alike(&name.text, Some(module))).map(|(_, near)| near.into());
        let near = if searched { alike.or_else(|| self.near_in_module(from, &name.text)) } else { None };
        let elsewhere = if searched && near.is_none() { library::alike(&name.text, None) } else { None };
        if let Some(near) = near {
            found = found.help(format!("did you mean `{near}`?")).guess(format!("use `{near}`"), name.span, near);
        } else if let Some((other, near)) = elsewhere {
            found = found.help(format!("the library has `{near}`: add `use {other} {{ {near} }}`"));
        } else {
            found = found.help(format!(
                "`trialc list {library}` shows what it has; declare what is missing here or in a library of your own"
            ));
        }
        self.report(found);
    }

    /// The module of the standard library with that name.
    fn standard_module(&mut self, name: &ast::Name) -> Option<ModuleId> {
        if let Some(module) = library::module(&name.text) {
            return Some(self.open_standard(module));
        }
        let known: Vec<&str> =
            library::MODULES.iter().map(|module| module.name).filter(|name| *name != "core").collect();
        let mut found =
            Diagnostic::new(&code::UNKNOWN_LIBRARY, name.span, format!("there is no library `{}`", name.text))
                .label("no such library");
        found = match super::checker::nearest(&name.text, known.iter().copied()) {
            Some(near) => found.help(format!("did you mean `{near}`?")).guess(format!("use `{near}`"), name.span, near),
            None => found.help(format!(
                "the standard library has {}; a library of your own is named by its path, `use \"site.trial\" {{ … }}`",
                known.join(", ")
            )),
        };
        self.report(found);
        None
    }

    pub(super) fn open_standard(&mut self, module: &'static library::Module) -> ModuleId {
        if let Some(id) = self.standard.get(module.name) {
            return *id;
        }
        let path = PathBuf::from(format!("std/{}", module.name));
        let base = module.base();
        self.sources.add_fixed(format!("std/{}.trial", module.name), module.text, base);
        let id = ModuleId(u32::try_from(self.modules.len()).unwrap_or(u32::MAX));
        self.modules.push(Module {
            path,
            library: module.name.to_owned(),
            standard: Some(module.name),
            base,
            file: Arc::default(),
            names: Names::default(),
            broken: false,
            reading: false,
        });
        self.standard.insert(module.name, id);
        id
    }

    /// A library file beside the one that uses it.
    fn library_file(&mut self, from: ModuleId, written: &ast::Text) -> Option<ModuleId> {
        let folder = self.module(from).path.parent().map(Path::to_path_buf).unwrap_or_default();
        let path = normal(&folder.join(written.value.as_str()));
        if let Some(id) = self.files.get(&path).copied() {
            if self.module(id).reading {
                self.report(
                    Diagnostic::new(
                        &code::LIBRARY_CYCLE,
                        written.span,
                        format!("`{}` uses this file in turn", written.value),
                    )
                    .label("the circle closes here")
                    .help("move what both need into a third library"),
                );
                return None;
            }
            return Some(id);
        }
        if self.modules.len() > 256 {
            self.report(
                Diagnostic::new(&code::LIBRARY_CYCLE, written.span, "more than 256 libraries in one protocol")
                    .label("one library too many"),
            );
            return None;
        }
        let text = self.read_text(&path, Some(written.span))?;
        let library = written.value.to_string();
        Some(self.add_file(path, &text, library))
    }

    pub(super) fn near_in_module(&self, module: ModuleId, name: &str) -> Option<EcoString> {
        match self.module(module).standard {
            Some(standard) => {
                let index = library::module(standard)?.index();
                super::checker::nearest(name, index.items.iter().map(|item| item.name)).map(EcoString::from)
            }
            None => super::checker::nearest(name, self.module(module).names.keys().map(EcoString::as_str))
                .map(EcoString::from),
        }
    }
}

/// Names in backticks, with commas.
fn listed<'n>(names: impl Iterator<Item = &'n ast::Name>) -> String {
    names.map(|name| format!("`{}`", name.text)).collect::<Vec<_>>().join(", ")
}

/// A path without `.` and with `..` resolved as far as the text goes.
fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if result.file_name().is_some() => {
                result.pop();
            }
            std::path::Component::ParentDir
            | std::path::Component::Prefix(_)
            | std::path::Component::RootDir
            | std::path::Component::Normal(_) => result.push(part),
        }
    }
    result
}
