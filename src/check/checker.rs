//! The state of one run over one file, and how names are looked up in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Input;
use super::modules::Module;
use super::names::{ConceptIx, DefinitionIx, Entry, EntryKind, Meaning, ModuleId, PartKind, SetIx, Sited};
use super::types::ValueType;
use crate::ast;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir;
use crate::library;
use crate::source::Sources;
use crate::span::Span;
use crate::units::UnitCache;
use crate::world::World;

/// Everything that is known of a file once it has been gone through; with errors, what could be understood of it.
#[derive(Debug, Default)]
pub struct Draft {
    /// The file's own trial, if it declares one.
    pub trial: Option<TrialHead>,
    pub header: ir::Header,
    /// Measures of the library that a compiled protocol carries whether or not it names them.
    pub carried: BTreeSet<&'static str>,
    /// Where the allocation ratio stands.
    pub ratio_span: Span,
    /// Where each header field stands.
    pub fields: FxHashMap<EcoString, Span>,
    pub concepts: Vec<Sited<ir::Concept>>,
    /// The place of each concept by its id.
    pub ids: FxHashMap<EcoString, ConceptIx>,
    /// The standard module of each concept, where it is from one.
    pub concept_modules: Vec<Option<&'static str>>,
    pub equivalents: Vec<ir::EquivalentDoses>,
    /// The concepts that others name as their class.
    pub classes: FxHashSet<EcoString>,
    pub definitions: Vec<Sited<ir::Definition>>,
    /// The place of each definition by its id, and of each set.
    pub definition_ids: FxHashMap<EcoString, DefinitionIx>,
    pub sets: Vec<Sited<ir::Set>>,
    pub set_ids: FxHashMap<EcoString, SetIx>,
    pub plans: Vec<ir::PlannedAnchor>,
    pub cohorts: Vec<Sited<ir::Cohort>>,
    pub populations: Vec<Sited<ir::Population>>,
    pub eligibility: Vec<ir::Eligibility>,
    pub restrictions: Vec<Sited<ir::Restriction>>,
    pub epochs: Vec<Sited<ir::Epoch>>,
    pub regimens: Vec<Sited<ir::Regimen>>,
    pub backgrounds: Vec<Sited<ir::Background>>,
    pub arms: Vec<Sited<ir::Arm>>,
    pub visits: Vec<Sited<ir::Visit>>,
    pub collections: Vec<ir::Collection>,
    pub outcomes: Vec<Sited<ir::Outcome>>,
    pub estimands: Vec<Sited<ir::Estimand>>,
    pub examples: Vec<ir::Example>,
    /// Each `missing`, with its words.
    pub missing: Vec<(EcoString, Span)>,
    /// Names of the file that nothing uses, and how each came there.
    pub unused: Vec<Unused>,
    /// Whether some of the file could not be read: then what is missing in it proves nothing.
    pub broken: bool,
}

/// The name and title of a trial.
#[derive(Clone, Debug)]
pub struct TrialHead {
    pub name: EcoString,
    pub name_span: Span,
    pub title: String,
}

/// A name that nothing uses.
#[derive(Clone, Debug)]
pub struct Unused {
    pub name: EcoString,
    pub span: Span,
    pub imported: bool,
}

pub struct Checker<'a> {
    pub(super) world: &'a dyn World,
    pub(super) sources: &'a mut Sources,
    pub(super) diagnostics: Diagnostics,
    pub(super) units: UnitCache,
    pub(super) modules: Vec<Module>,
    pub(super) standard: FxHashMap<&'static str, ModuleId>,
    pub(super) draft: Draft,
    pub(super) concept_index: FxHashMap<(ModuleId, EcoString), ConceptIx>,
    /// All classes of a concept, itself included; worked out when first asked for.
    pub(super) ancestors: FxHashMap<ConceptIx, FxHashSet<ConceptIx>>,
    pub(super) ids: FxHashMap<EcoString, ConceptIx>,
    pub(super) definition_types: Vec<Option<ValueType>>,
    /// The ids that definitions and sets are known by: those of libraries may need their module's name.
    pub(super) taken: FxHashSet<EcoString>,
    /// Criteria and rules, which have names of their own.
    pub(super) criteria: FxHashMap<EcoString, Span>,
    /// Definitions and sets that are being worked out: using one of them again is a circle.
    pub(super) open: Vec<(ModuleId, EcoString, Span)>,
    /// How deep the expression at hand is nested, definitions included.
    pub(super) depth: usize,
    /// Formulas of concepts that are still to be read.
    /// The unknown names that have been reported.
    pub(super) unknown: FxHashSet<(ModuleId, EcoString)>,
    /// The statements with a syntax error, in order.
    pub(super) damaged: Vec<Span>,
    /// The labels of entries in lists, whose prose may be a question.
    pub(super) labels: FxHashSet<EcoString>,
    /// Where the allocation ratio stands.
    pub(super) ratio_span: Span,
    /// Whether it has been said that the header lacks a day 1.
    pub(super) day_one_reported: bool,
    /// Where study days are first counted.
    pub(super) day_one_needed: Option<Span>,
    pub(super) pending_derived: Vec<(ModuleId, ConceptIx, ast::Expr)>,
    /// The place of each epoch in the draft.
    pub(super) epoch_ids: FxHashMap<EcoString, usize>,
    /// The place of each outcome in the draft.
    pub(super) outcome_ids: FxHashMap<EcoString, usize>,
    /// Whether something is given in all epochs.
    pub(super) all_epochs_used: bool,
    /// The libraries that have been opened, by their paths.
    pub(super) files: FxHashMap<PathBuf, ModuleId>,
    /// How often the nearest name has been looked for.
    searches: usize,
}

/// The nearest name is looked for this often: it takes a look at every name, and no author reads more of them at once.
const SEARCH_LIMIT: usize = 200;

/// Expressions, through all definitions that they use, may be nested this deep.
pub(super) const DEPTH_LIMIT: usize = 400;

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    pub module: ModuleId,
    /// The prose that a bare `judged` asks.
    pub prose: Option<&'c str>,
    /// The name that its answer is recorded for.
    pub subject: Option<&'c str>,
    /// Whether a window around it narrows what it reads.
    pub windowed: bool,
    pub reference: Reference,
}

/// Whether a change has an earlier value to be compared with where no window gives one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reference {
    /// An outcome's baseline; a definition takes that of its use.
    Known,
    Unknown,
}

impl<'c> Context<'c> {
    pub fn new(module: ModuleId) -> Self {
        Self { module, prose: None, subject: None, windowed: false, reference: Reference::Known }
    }

    /// The context of what stands behind a head.
    pub fn under(self, head: &'c ast::Head) -> Self {
        Self {
            prose: head.prose.as_ref().map(|prose| prose.value.as_str()).or(self.prose),
            subject: Some(head.name.text.as_str()),
            windowed: self.windowed || head.time.is_some(),
            ..self
        }
    }

    pub fn windowed(self) -> Self {
        Self { windowed: true, ..self }
    }
}

impl<'a> Checker<'a> {
    pub fn new(world: &'a dyn World, sources: &'a mut Sources) -> Self {
        Self {
            world,
            sources,
            diagnostics: Diagnostics::default(),
            units: UnitCache::new(),
            modules: Vec::new(),
            standard: FxHashMap::default(),
            draft: Draft::default(),
            concept_index: FxHashMap::default(),
            ancestors: FxHashMap::default(),
            ids: FxHashMap::default(),
            definition_types: Vec::new(),
            taken: FxHashSet::default(),
            criteria: FxHashMap::default(),
            open: Vec::new(),
            depth: 0,
            unknown: FxHashSet::default(),
            damaged: Vec::new(),
            labels: FxHashSet::default(),
            ratio_span: Span::NOWHERE,
            day_one_reported: false,
            day_one_needed: None,
            pending_derived: Vec::new(),
            epoch_ids: FxHashMap::default(),
            outcome_ids: FxHashMap::default(),
            all_epochs_used: false,
            files: FxHashMap::default(),
            searches: 0,
        }
    }

    /// Goes through a file. The draft is there unless the file itself could not be read.
    #[must_use]
    pub fn run(mut self, input: Input) -> (Option<Draft>, Diagnostics) {
        let Some(main) = self.read_main(input) else { return (None, self.diagnostics) };
        self.draft.broken = self.module(main).broken;
        self.declare_all(main);
        self.check_items(main);
        self.read_formulas();
        self.formulas_end();
        self.draft.unused = self.unused(main);
        self.draft.ids = std::mem::take(&mut self.ids);
        self.draft.ratio_span = self.ratio_span;
        (Some(self.draft), self.diagnostics)
    }

    /// Adds a message, unless it is about a statement that could not be read as a whole.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let span = diagnostic.primary.span;
        let after = self.damaged.partition_point(|damaged| damaged.start <= span.start);
        let inside = after.checked_sub(1).and_then(|last| self.damaged.get(last)).is_some_and(|it| span.start < it.end);
        if !inside {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn module(&self, id: ModuleId) -> &Module {
        #[expect(clippy::indexing_slicing, reason = "a `ModuleId` is made by pushing the module it names")]
        &self.modules[id.0 as usize]
    }

    pub(super) fn module_mut(&mut self, id: ModuleId) -> &mut Module {
        #[expect(clippy::indexing_slicing, reason = "a `ModuleId` is made by pushing the module it names")]
        &mut self.modules[id.0 as usize]
    }

    pub(super) fn concept(&self, ix: ConceptIx) -> &ir::Concept {
        #[expect(clippy::indexing_slicing, reason = "a `ConceptIx` is made by pushing the concept it names")]
        &self.draft.concepts[ix.index()].item
    }

    pub(super) fn concept_id(&self, ix: ConceptIx) -> ir::ConceptId {
        #[expect(clippy::indexing_slicing, reason = "a `ConceptIx` is made by pushing the concept it names")]
        ir::ConceptId(self.draft.concepts[ix.index()].name.clone())
    }

    pub(super) fn definition(&self, ix: DefinitionIx) -> &Sited<ir::Definition> {
        #[expect(clippy::indexing_slicing, reason = "a `DefinitionIx` is made by pushing the definition it names")]
        &self.draft.definitions[ix.index()]
    }

    pub(super) fn set(&self, ix: SetIx) -> &Sited<ir::Set> {
        #[expect(clippy::indexing_slicing, reason = "a `SetIx` is made by pushing the set it names")]
        &self.draft.sets[ix.index()]
    }

    // ---- looking names up ------------------------------------------------------------------------------------------

    /// What a name means in a module; reported where it means nothing.
    pub(super) fn resolve(&mut self, module: ModuleId, name: &ast::Name) -> Option<Meaning> {
        match self.lookup(module, &name.text, name.span) {
            Some(Meaning::Lost) => None,
            Some(meaning) => Some(meaning),
            None => {
                self.unknown_name(module, name);
                None
            }
        }
    }

    /// What a name means in a module, if anything.
    pub(super) fn lookup(&mut self, module: ModuleId, name: &str, at: Span) -> Option<Meaning> {
        if let Some(entry) = self.module_mut(module).names.get_mut(name) {
            entry.used = true;
            let kind = entry.kind.clone();
            let meaning = self.look_into(module, kind, at);
            if let Some(entry) = self.module_mut(module).names.get_mut(name)
                && !matches!(entry.kind, EntryKind::Part(_))
            {
                entry.kind = EntryKind::Known(meaning);
            }
            return Some(meaning);
        }
        if let Some(standard) = self.module(module).standard {
            let found = library::module(standard)?.index().get(name).is_some();
            if found {
                let meaning = self.indexed(module, name, at);
                self.remember(module, name, meaning);
                return Some(meaning);
            }
            if let Some(meaning) = self.standard_import(module, standard, name, at) {
                self.remember(module, name, meaning);
                return Some(meaning);
            }
        }
        // The core is in scope everywhere.
        let core = library::module("core").filter(|core| core.index().get(name).is_some())?;
        let core = self.open_standard(core);
        if core == module { None } else { self.lookup(core, name, at) }
    }

    fn remember(&mut self, module: ModuleId, name: &str, meaning: Meaning) {
        let entry = Entry { kind: EntryKind::Known(meaning), span: Span::NOWHERE, used: true };
        self.module_mut(module).names.insert(name.into(), entry);
    }

    fn look_into(&mut self, module: ModuleId, kind: EntryKind, at: Span) -> Meaning {
        match kind {
            EntryKind::Known(meaning) => meaning,
            EntryKind::Part(part) => Meaning::Part(part),
            EntryKind::Imported { module, name } => self.lookup(module, &name, at).unwrap_or(Meaning::Lost),
            EntryKind::Item(index) => self.declare(module, index, at),
        }
    }

    /// A name that a standard module brings in with `use`.
    fn standard_import(&mut self, module: ModuleId, standard: &'static str, name: &str, at: Span) -> Option<Meaning> {
        let text = library::module(standard)?;
        let from = text.index().items.iter().filter(|item| item.keyword == "use").find_map(|item| {
            let words = text.text.get(item.range.clone())?;
            let brought =
                words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).skip(2).any(|word| word == name);
            if brought { library::module(item.name) } else { None }
        })?;
        let from = self.open_standard(from);
        if from == module { None } else { self.lookup(from, name, at) }
    }

    fn unknown_part(&mut self, module: ModuleId, name: &ast::Name, kind: PartKind) {
        if !self.unknown.insert((module, name.text.clone())) {
            return;
        }
        let searched = self.may_search();
        let of_kind = |entry: &Entry| searched && matches!(entry.kind, EntryKind::Part(part) if part == kind);
        let names = &self.module(module).names;
        let near = nearest(&name.text, names.iter().filter(|(_, entry)| of_kind(entry)).map(|(name, _)| name.as_str()));
        let message = format!("there is no {} `{}`", kind.a().rsplit(' ').next().unwrap_or("part"), name.text);
        let found = Diagnostic::new(&code::UNKNOWN_NAME, name.span, message).label("unknown name");
        let found = match near.map(EcoString::from) {
            Some(near) => {
                found.help(format!("did you mean `{near}`?")).guess(format!("write `{near}`"), name.span, near)
            }
            None => found.help(self.parts_here(module, kind)),
        };
        self.report(found);
    }

    /// `100_000/uL`: a unit that a number without one is divided by.
    fn divided_by_unit(&self, name: &ast::Name) -> Option<Diagnostic> {
        let unit = match name.text.to_lowercase().as_str() {
            "microliter" | "microlitre" | "microliters" | "ul" | "mcl" => "uL".to_owned(),
            "ml" | "milliliter" | "millilitre" => "mL".to_owned(),
            "l" | "liter" | "litre" => "L".to_owned(),
            "mm3" | "cmm" => "mm3".to_owned(),
            "dl" => "dL".to_owned(),
            _ => return None,
        };
        let file = self.sources.file_at(name.span)?;
        let before = file.text.get(..file.local(name.span).start)?.trim_end().strip_suffix('/')?;
        let number = before.trim_end();
        if !number.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let start = number.rfind(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_'))).map_or(0, |at| at + 1);
        let digits = number.get(start..)?;
        let length = u32::try_from(file.text.len().min(file.local(name.span).start) - number.len()).ok()?;
        let between = Span::new(name.span.start.checked_sub(length)?, name.span.end);
        let right = format!("{digits} {{cells}}/{unit}");
        Some(
            Diagnostic::new(&code::UNKNOWN_UNIT, name.span, format!("nothing is counted per `{}`", name.text))
                .label("a unit begins before the `/`")
                .help(format!("write `{right}`; with a power of ten, `100 10*3/uL` or `100 10*9/L`"))
                .fix(format!("write `{right}`"), between, format!(" {{cells}}/{unit}")),
        )
    }

    fn unknown_name(&mut self, module: ModuleId, name: &ast::Name) {
        if let Some(found) = self.divided_by_unit(name) {
            self.report(found);
            return;
        }
        // Once is enough: the other places where it stands are mended with the first.
        if !self.unknown.insert((module, name.text.clone())) {
            return;
        }
        let text = name.text.as_str();
        let mut found = Diagnostic::new(&code::UNKNOWN_NAME, name.span, format!("nothing here is called `{text}`"))
            .label("unknown name");
        if let Some(library) = library::modules_with(text).next() {
            found = found.help(format!("`{text}` is in the library: add `use {} {{ {text} }}`", library.name));
            found = match self.use_edit(module, library.name, text) {
                Some((span, edit)) => found.fix(format!("bring `{text}` in"), span, edit),
                None => found,
            };
        } else if !self.may_search() {
            found = found.help("declare it, or bring it in with `use`");
        } else if let Some(near) = self.near_in_scope(module, text) {
            found = found.help(format!("did you mean `{near}`?")).guess(format!("write `{near}`"), name.span, near);
        } else if let Some((library, near)) = near_in_library(text) {
            found = found.help(format!("did you mean `{near}` of the library? Then add `use {library} {{ {near} }}`"));
        } else if let Some((library, near)) = library::alike(text, None) {
            found = found.help(format!("the library has `{near}`: add `use {library} {{ {near} }}`"));
        } else {
            found = found.help("declare it, or bring it in with `use`; `trialc list` shows what the library has");
        }
        self.report(found);
    }

    /// Where and how a name of the library is brought in: into the `use` that is there, or as a new one.
    fn use_edit(&self, module: ModuleId, library: &str, name: &str) -> Option<(Span, String)> {
        let mut last = None;
        for item in &self.module(module).file.items {
            let ast::Item::Use(item) = item else { continue };
            if matches!(&item.source, ast::UseSource::Standard(source) if source.text == library)
                && let Some(end) = item.names.last()
            {
                return Some((end.span.after(), format!(", {name}")));
            }
            last = Some(item.span.after());
        }
        match last {
            Some(end) => Some((end, format!("\nuse {library} {{ {name} }}"))),
            None if self.module(module).standard.is_none() => {
                let base = self.module(module).base;
                Some((Span::new(base, base), format!("use {library} {{ {name} }}\n")))
            }
            None => None,
        }
    }

    /// Whether the nearest name may still be looked for.
    pub(super) fn may_search(&mut self) -> bool {
        self.searches += 1;
        self.searches <= SEARCH_LIMIT
    }

    fn near_in_scope(&self, module: ModuleId, name: &str) -> Option<EcoString> {
        // Outcomes and the like are named in a few places only, which look for them themselves.
        let elsewhere = |entry: &Entry| {
            matches!(entry.kind, EntryKind::Part(PartKind::Trial | PartKind::Outcome | PartKind::Estimand))
        };
        let names =
            self.module(module).names.iter().filter(|(_, entry)| !elsewhere(entry)).map(|(name, _)| name.as_str());
        let core = library::module("core").into_iter().flat_map(|core| core.index().items.iter().map(|item| item.name));
        nearest(name, names.chain(core)).map(EcoString::from)
    }

    /// A name that must stand for a concept.
    pub(super) fn resolve_concept(&mut self, module: ModuleId, name: &ast::Name, wanted: &str) -> Option<ConceptIx> {
        match self.resolve(module, name)? {
            Meaning::Concept(ix) => Some(ix),
            other @ (Meaning::Definition(_) | Meaning::Set(_) | Meaning::Part(_)) => {
                self.wrong_kind(name, other, wanted);
                None
            }
            Meaning::Lost => None,
        }
    }

    /// A name that must stand for a part of the protocol of one kind.
    pub(super) fn resolve_part(&mut self, module: ModuleId, name: &ast::Name, kind: PartKind) -> Option<EcoString> {
        match self.lookup(module, &name.text, name.span) {
            Some(Meaning::Part(found)) if found == kind => Some(name.text.clone()),
            Some(Meaning::Lost) => None,
            Some(other @ (Meaning::Part(_) | Meaning::Concept(_) | Meaning::Definition(_) | Meaning::Set(_))) => {
                let help = self.parts_here(module, kind);
                self.wrong_kind_with(name, other, kind.a(), &help);
                None
            }
            None => {
                self.unknown_part(module, name, kind);
                None
            }
        }
    }

    pub(super) fn wrong_kind(&mut self, name: &ast::Name, meaning: Meaning, wanted: &str) {
        let found = self.of_wrong_kind(name, meaning, wanted);
        self.report(found);
    }

    /// The same with what to do about it.
    pub(super) fn wrong_kind_with(&mut self, name: &ast::Name, meaning: Meaning, wanted: &str, help: &str) {
        let found = self.of_wrong_kind(name, meaning, wanted).help(help);
        self.report(found);
    }

    fn of_wrong_kind(&self, name: &ast::Name, meaning: Meaning, wanted: &str) -> Diagnostic {
        let is = self.a(meaning);
        let declared = self.declared_at(meaning, &name.text);
        Diagnostic::new(&code::WRONG_KIND, name.span, format!("`{}` is {is}, not {wanted}", name.text))
            .label(format!("{wanted} is needed here"))
            .also(declared, "declared here")
    }

    /// The parts of a kind that the file has, for a help.
    fn parts_here(&self, module: ModuleId, kind: PartKind) -> String {
        let mut names: Vec<(Span, &str)> = self
            .module(module)
            .names
            .iter()
            .filter(|(_, entry)| matches!(entry.kind, EntryKind::Part(part) if part == kind))
            .map(|(name, entry)| (entry.span, name.as_str()))
            .collect();
        names.sort_unstable();
        if names.is_empty() {
            return format!("the file has none: declare {} first", kind.a());
        }
        let more = if names.len() > 6 { ", …" } else { "" };
        let names = names.iter().take(6).map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        format!("here there is {names}{more}")
    }

    /// Where a meaning was declared, if in a file of the author's.
    pub(super) fn declared_at(&self, meaning: Meaning, name: &str) -> Span {
        let sited = |own: bool, span: Span| if own { span } else { Span::NOWHERE };
        match meaning {
            Meaning::Concept(ix) => self
                .draft
                .concepts
                .get(ix.index())
                .map_or(Span::NOWHERE, |concept| sited(concept.own, concept.name_span)),
            Meaning::Definition(ix) => sited(self.definition(ix).own, self.definition(ix).name_span),
            Meaning::Set(ix) => sited(self.set(ix).own, self.set(ix).name_span),
            Meaning::Part(_) => {
                self.modules.first().and_then(|main| main.names.get(name)).map_or(Span::NOWHERE, |entry| entry.span)
            }
            Meaning::Lost => Span::NOWHERE,
        }
    }

    /// What a meaning is, with its article.
    pub(super) fn a(&self, meaning: Meaning) -> &'static str {
        match meaning {
            Meaning::Concept(ix) => a_kind(self.concept(ix).kind),
            Meaning::Definition(_) => "a definition",
            Meaning::Set(_) => "a set",
            Meaning::Part(part) => part.a(),
            Meaning::Lost => "unreadable",
        }
    }

    /// The names of the file that nothing uses: definitions, sets, declarations, imports, regimens, cohorts, populations.
    fn unused(&self, main: ModuleId) -> Vec<Unused> {
        if self.draft.trial.is_none() {
            return Vec::new();
        }
        let mut unused: Vec<Unused> = self
            .module(main)
            .names
            .iter()
            .filter(|(_, entry)| !entry.used && entry.span != Span::NOWHERE && !self.is_new_member(&entry.kind))
            .filter_map(|(name, entry)| {
                let imported = match &entry.kind {
                    EntryKind::Imported { .. } => true,
                    EntryKind::Part(PartKind::Regimen | PartKind::Cohort | PartKind::Population)
                    | EntryKind::Item(_)
                    | EntryKind::Known(_) => false,
                    EntryKind::Part(
                        PartKind::Trial
                        | PartKind::Epoch
                        | PartKind::Criterion
                        | PartKind::Restriction
                        | PartKind::Background
                        | PartKind::Arm
                        | PartKind::Visit
                        | PartKind::Outcome
                        | PartKind::Estimand
                        | PartKind::Phase,
                    ) => return None,
                };
                Some(Unused { name: name.clone(), span: entry.span, imported })
            })
            .collect();
        unused.sort_by_key(|unused| unused.span);
        unused
    }

    /// Whether a name is declared as a member of a class: what speaks of the class speaks of it, too.
    fn is_new_member(&self, kind: &EntryKind) -> bool {
        matches!(kind, EntryKind::Known(Meaning::Concept(ix)) if !self.concept(*ix).classes.is_empty())
    }

    pub(super) fn path_of(&self, module: ModuleId) -> &Path {
        &self.module(module).path
    }
}

/// A kind of concept, with its article.
pub fn a_kind(kind: ir::ConceptKind) -> &'static str {
    match kind {
        ir::ConceptKind::Lab => "a laboratory test",
        ir::ConceptKind::Test => "a test",
        ir::ConceptKind::Scale => "a scale",
        ir::ConceptKind::Score => "a score",
        ir::ConceptKind::Condition => "a condition",
        ir::ConceptKind::Drug => "a drug",
        ir::ConceptKind::Procedure => "a procedure",
        ir::ConceptKind::Event => "an event",
        ir::ConceptKind::Question => "a question",
    }
}

/// A name that is longer is no misspelling of another.
const LONGEST: usize = 60;

/// The nearest of some names: the same but for case and underscores, or a few letters away.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let bare = |text: &str| text.replace('_', "").to_lowercase();
    let wanted = bare(name);
    // The distance of two names takes as many steps as the one has letters times the other.
    if name.len() > LONGEST {
        return None;
    }
    let allowed = (name.len() / 3).clamp(1, 3);
    known
        .filter(|candidate| *candidate != name && candidate.len() < name.len() + 12)
        .filter_map(|candidate| {
            let other = bare(candidate);
            let distance = if other == wanted {
                0
            } else if other.len().abs_diff(wanted.len()) > allowed {
                return None;
            } else {
                strsim::damerau_levenshtein(&other, &wanted)
            };
            (distance <= allowed && (distance == 0 || name.len() > 2)).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The nearest name of the whole library, other names that people write included.
fn near_in_library(name: &str) -> Option<(&'static str, &'static str)> {
    let folded = name.to_lowercase().replace('_', " ");
    for module in &library::MODULES {
        for item in module.index().items {
            let text = module.text.get(item.range.clone()).unwrap_or("");
            let also = text.split_once(" also ").map_or("", |(_, also)| also);
            let named =
                also.split('"').skip(1).step_by(2).any(|other| other.to_lowercase().replace('-', " ") == folded);
            if named {
                return Some((module.name, item.name));
            }
        }
    }
    library::MODULES
        .iter()
        .filter_map(|module| {
            let near = nearest(name, module.index().items.iter().map(|item| item.name))?;
            Some((strsim::damerau_levenshtein(near, name), module.name, near))
        })
        .min()
        .map(|(_, module, near)| (module, near))
}
