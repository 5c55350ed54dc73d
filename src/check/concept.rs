//! Declarations of labs, drugs, conditions and the rest, and tables of equivalent doses.

use std::collections::BTreeMap;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::checker::{Checker, Context, a_kind};
use super::names::{ConceptIx, ModuleId, Sited};
use super::quantity::{Bounds, Wanted};
use super::types::{Elaborated, Shape};
use crate::ast::{self, Kind, PropertyKind};
use crate::diagnostic::{Diagnostic, code};
use crate::ir::{self, ConceptKind, Exact, Word};
use crate::library;
use crate::span::Span;
use crate::units::Unit;

impl Checker<'_> {
    /// Works out a declaration.
    pub(super) fn declare_concept(&mut self, module: ModuleId, declaration: ast::Declaration) -> ConceptIx {
        let key = (module, declaration.name.text.clone());
        if let Some(ix) = self.concept_index.get(&key) {
            return *ix;
        }
        let before = self.diagnostics.len();
        let kind = kind_of(declaration.kind);
        let mut concept = empty(kind);
        concept.label = declaration.label.as_ref().map_or_else(String::new, |label| label.value.to_string());
        concept.library.clone_from(&self.module(module).library);
        // It is entered before its properties are read, so that a class may be named that names it in turn.
        let ix = ConceptIx::from_index(self.draft.concepts.len());
        let name = self.concept_name(module, &declaration.name.text);
        let (own, standard) = (self.is_own(module), self.module(module).standard);
        let (name_span, span) = (declaration.name.span, declaration.span);
        self.draft.concepts.push(Sited { item: concept.clone(), name, name_span, span, own });
        self.draft.concept_modules.push(standard);
        self.concept_index.insert(key, ix);
        let mut seen: Vec<(std::mem::Discriminant<PropertyKind>, Span)> = Vec::new();
        for property in declaration.properties {
            let which = std::mem::discriminant(&property.kind);
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == which) {
                let first = *first;
                self.report(
                    Diagnostic::new(&code::DUPLICATE_FIELD, property.span, "this property is given twice")
                        .label("again here")
                        .also(first, "first here"),
                );
            }
            seen.push((which, property.span));
            self.property(module, &mut concept, property, (ix, name_span));
        }
        self.inherit(&mut concept);
        self.complete(&concept, &declaration.name, before);
        if let Some(sited) = self.draft.concepts.get_mut(ix.index()) {
            sited.item = concept;
        }
        ix
    }

    /// The id of a concept: its name, with its library where another concept has the name already.
    fn concept_name(&mut self, module: ModuleId, name: &EcoString) -> EcoString {
        let ix = ConceptIx::from_index(self.draft.concepts.len());
        let mut id = name.clone();
        if self.ids.contains_key(&id) {
            id = EcoString::from(format!("{}.{name}", self.module(module).library));
        }
        self.ids.insert(id.clone(), ix);
        id
    }

    fn property(
        &mut self,
        module: ModuleId,
        concept: &mut ir::Concept,
        property: ast::Property,
        (ix, name): (ConceptIx, Span),
    ) {
        self.property_fits(concept.kind, &property, name);
        let span = property.span;
        let strings = |texts: Vec<ast::Text>| texts.into_iter().map(|text| text.value.to_string()).collect::<Vec<_>>();
        match property.kind {
            PropertyKind::Is(classes) => {
                for class in classes {
                    let Some(found) = self.resolve_concept(module, &class, a_kind(concept.kind)) else { continue };
                    // Only what was first met on the way from here can lead back to it.
                    if found == ix || found > ix && self.is_member(found, ix) {
                        self.report(
                            Diagnostic::new(
                                &code::DEFINITION_CYCLE,
                                class.span,
                                format!("`{}` is a member of itself", class.text),
                            )
                            .label("the circle closes here")
                            .also(name, "declared here"),
                        );
                        continue;
                    }
                    let class = self.concept_id(found);
                    self.draft.classes.insert(class.0.clone());
                    concept.classes.push(class);
                }
            }
            PropertyKind::Unit(unit) => concept.unit = self.unit(&unit),
            PropertyKind::Values(words) => concept.values = self.closed_list(&words),
            PropertyKind::Stages(words) => concept.attributes.stages = self.closed_list(&words),
            PropertyKind::Histologies(words) => concept.attributes.histologies = self.closed_list(&words),
            PropertyKind::Severities(words) => concept.attributes.severities = self.closed_list(&words),
            PropertyKind::Range(range) => {
                concept.range = self.own_range(&range);
                if concept.unit.is_none() {
                    concept.unit = concept.range.as_ref().map(|range| range.unit.clone());
                }
            }
            PropertyKind::Plausible(range) => {
                concept.plausible = match concept.unit.clone() {
                    Some(unit) => {
                        let what = "the plausible range".to_owned();
                        self.fitting_range(&range, &Wanted { unit, measure: None, bounds: Bounds::Kept, what })
                    }
                    None => self.own_range(&range),
                };
                if concept.unit.is_none() {
                    concept.unit = concept.plausible.as_ref().map(|range| range.unit.clone());
                }
            }
            PropertyKind::BetterHigher => concept.better = Some(ir::Better::Higher),
            PropertyKind::BetterLower => concept.better = Some(ir::Better::Lower),
            PropertyKind::Loinc(codes) => concept.codes.loinc = strings(codes),
            PropertyKind::Rxnorm(codes) => concept.codes.rxnorm = strings(codes),
            PropertyKind::Atc(codes) => concept.codes.atc = strings(codes),
            PropertyKind::Icd10(codes) => concept.codes.icd10 = strings(codes),
            PropertyKind::Snomed(codes) => concept.codes.snomed = strings(codes),
            PropertyKind::HalfLife(quantity) => {
                concept.half_life = self.property_quantity(&quantity, "d", "a half-life");
            }
            PropertyKind::MolarMass(quantity) => {
                concept.molar_mass = self.property_quantity(&quantity, "g/mol", "a molar mass");
            }
            PropertyKind::Routes(routes) => {
                concept.routes = routes.into_iter().map(|(route, _)| route.into()).collect();
            }
            PropertyKind::Asked(role) => concept.asked = Some(role.into()),
            PropertyKind::Also(names) => concept.also = strings(names),
            PropertyKind::Source(text) => concept.source = Some(text.value.to_string()),
            PropertyKind::Derived(formula) => {
                let _ = span;
                self.pending_derived.push((module, ix, formula));
            }
        }
    }

    /// Says so where a property means nothing for a kind.
    fn property_fits(&mut self, kind: ConceptKind, property: &ast::Property, name: Span) {
        use ConceptKind::{Condition, Drug, Event, Lab, Procedure, Question, Scale, Score, Test};
        let fits = match &property.kind {
            PropertyKind::Is(_) => matches!(kind, Condition | Drug | Procedure | Event),
            PropertyKind::Unit(_) | PropertyKind::Plausible(_) | PropertyKind::MolarMass(_) => {
                kind == Lab || kind == Score
            }
            PropertyKind::Values(_) => matches!(kind, Test | Scale),
            PropertyKind::Range(_) => kind == Score,
            PropertyKind::Stages(_) | PropertyKind::Histologies(_) | PropertyKind::Severities(_) => {
                matches!(kind, Condition | Event)
            }
            PropertyKind::BetterHigher | PropertyKind::BetterLower => matches!(kind, Lab | Score | Scale),
            PropertyKind::HalfLife(_) | PropertyKind::Routes(_) => kind == Drug,
            PropertyKind::Asked(_) => kind == Question,
            PropertyKind::Derived(_) => matches!(kind, Lab | Score | Scale | Test),
            PropertyKind::Loinc(_)
            | PropertyKind::Rxnorm(_)
            | PropertyKind::Atc(_)
            | PropertyKind::Icd10(_)
            | PropertyKind::Snomed(_)
            | PropertyKind::Also(_)
            | PropertyKind::Source(_) => true,
        };
        if !fits {
            let text = self.sources.text(property.span);
            let word = text.split_whitespace().next().unwrap_or("such property").to_owned();
            self.report(
                Diagnostic::new(&code::CLAUSE_NOT_HERE, property.span, format!("{} has no `{word}`", a_kind(kind)))
                    .label("says nothing here")
                    .also(name, "declared here"),
            );
        }
    }

    /// The words of a closed list, each once.
    fn closed_list(&mut self, words: &[ast::Name]) -> Vec<Word> {
        let mut first: FxHashMap<&str, Span> = FxHashMap::default();
        for word in words {
            let first = *first.entry(word.text.as_str()).or_insert(word.span);
            if first != word.span {
                self.report(
                    Diagnostic::new(
                        &code::DUPLICATE_NAME,
                        word.span,
                        format!("`{}` stands in the list twice", word.text),
                    )
                    .label("again here")
                    .also(first, "first here"),
                );
            }
        }
        words.iter().map(|word| Word(word.text.clone())).collect()
    }

    fn own_range(&mut self, range: &ast::Range) -> Option<ir::Range> {
        self.ordered(range.low, range.high, range.span)?;
        let unit = match &range.unit {
            Some(unit) => self.unit(unit)?,
            None => Unit::one(),
        };
        Some(ir::Range { low: Exact(range.low), high: Exact(range.high), unit })
    }

    fn property_quantity(&mut self, quantity: &ast::Quantity, unit: &str, what: &str) -> Option<ir::Quantity> {
        let unit = Unit::parse(unit).ok()?;
        let wanted = Wanted { unit, measure: None, bounds: Bounds::Kept, what: what.to_owned() };
        let found = self.fitting(quantity, &wanted)?;
        self.positive(quantity)?;
        Some(found)
    }

    /// Says so where a number is zero or less.
    pub(super) fn positive(&mut self, quantity: &ast::Quantity) -> Option<()> {
        if quantity.number > rust_decimal::Decimal::ZERO {
            return Some(());
        }
        self.report(
            Diagnostic::new(
                &code::NOT_POSITIVE,
                quantity.span,
                format!("`{}` is not more than zero", self.sources.text(quantity.span)),
            )
            .label("must be more than zero"),
        );
        None
    }

    /// An occurrence can be described by the words of its classes too.
    fn inherit(&self, concept: &mut ir::Concept) {
        for class in &concept.classes {
            let Some(class) = self.ids.get(&class.0).map(|ix| self.concept(*ix)) else { continue };
            let own = &mut concept.attributes;
            for (mine, theirs) in [
                (&mut own.stages, &class.attributes.stages),
                (&mut own.histologies, &class.attributes.histologies),
                (&mut own.severities, &class.attributes.severities),
            ] {
                if mine.is_empty() {
                    mine.clone_from(theirs);
                }
            }
        }
    }

    /// Says so where a declaration lacks what its kind needs.
    fn complete(&mut self, concept: &ir::Concept, name: &ast::Name, before: usize) {
        let lacks = match concept.kind {
            ConceptKind::Lab if concept.unit.is_none() => {
                "a unit: `unit U/L`; for a plain number say what is plausible: `plausible 0..5`"
            }
            ConceptKind::Score if concept.range.is_none() => "its range: `range 0..10`",
            ConceptKind::Test | ConceptKind::Scale if concept.values.len() < 2 => {
                "its results: `values negative, positive`"
            }
            ConceptKind::Lab
            | ConceptKind::Score
            | ConceptKind::Test
            | ConceptKind::Scale
            | ConceptKind::Condition
            | ConceptKind::Drug
            | ConceptKind::Procedure
            | ConceptKind::Event
            | ConceptKind::Question => return,
        };
        // Where the property is there and wrong, that has been said already.
        let around = name.span.start..name.span.end + 400;
        if self.diagnostics.iter().skip(before).any(|found| around.contains(&found.primary.span.start)) {
            return;
        }
        let message = format!("{} `{}` needs {lacks}", a_kind(concept.kind), name.text);
        self.report(Diagnostic::new(&code::INCOMPLETE_DECLARATION, name.span, message).label("declared without it"));
    }

    // ---- classes -----------------------------------------------------------------------------------------------------

    /// All classes of a concept, itself included.
    pub(super) fn ancestors(&mut self, ix: ConceptIx) -> &FxHashSet<ConceptIx> {
        if !self.ancestors.contains_key(&ix) {
            let mut all = FxHashSet::default();
            let mut open = vec![ix];
            while let Some(next) = open.pop() {
                if all.insert(next) {
                    open.extend(self.concept(next).classes.iter().filter_map(|class| self.ids.get(&class.0)));
                }
            }
            self.ancestors.insert(ix, all);
        }
        self.ancestors.entry(ix).or_default()
    }

    /// Whether a concept is another one or a member of it, however far down.
    pub(super) fn is_member(&mut self, member: ConceptIx, class: ConceptIx) -> bool {
        self.ancestors(member).contains(&class)
    }

    /// Whether anything is a member of a concept, as far as the standard library and this file know.
    pub(super) fn is_class(&self, ix: ConceptIx) -> bool {
        let id = self.concept_id(ix);
        self.draft.classes.contains(id.as_str())
            || self.draft.concept_modules.get(ix.index()).copied().flatten().is_some()
                && library::MODULES.iter().any(|module| module.index().members(id.as_str()).next().is_some())
    }

    // ---- formulas and equivalents --------------------------------------------------------------------------------------

    /// Reads the formulas of the concepts that are used, until no new ones come up.
    pub(super) fn read_formulas(&mut self) {
        while let Some((module, ix, formula)) = self.pending_derived.pop() {
            let value = match self.elaborate(&formula, Context::new(module)) {
                Some(Elaborated::Value(typed)) => {
                    self.formula_fits(ix, &typed.ty.shape, formula.span);
                    Some(typed.value)
                }
                Some(Elaborated::Truth(_)) => {
                    self.report(
                        Diagnostic::new(&code::NOT_A_VALUE, formula.span, "a formula gives a value, this is a truth")
                            .label("a truth"),
                    );
                    None
                }
                None => None,
            };
            if let Some(sited) = self.draft.concepts.get_mut(ix.index()) {
                sited.item.derived = value;
            }
        }
    }

    fn formula_fits(&mut self, ix: ConceptIx, shape: &Shape, span: Span) {
        let concept = self.concept(ix);
        match (shape, &concept.unit) {
            (Shape::Number(found), Some(unit)) if !found.fits(unit) => {
                let (found, unit) = (found.clone(), unit.clone());
                let name = self.concept_id(ix);
                self.report(
                    Diagnostic::new(
                        &code::WRONG_DIMENSION,
                        span,
                        format!("this formula does not give what `{name}` is measured in"),
                    )
                    .label(format!("this is {} (`{}`)", found.dimension(), found.code()))
                    .help(format!("{} is needed, such as `{}`", unit.dimension(), unit.code())),
                );
            }
            (Shape::Number(_) | Shape::Coded(_) | Shape::DailyDose | Shape::TotalDose, _) => {}
        }
    }

    /// A table of doses of equal effect.
    pub(super) fn equivalent(&mut self, module: ModuleId, item: &ast::Equivalent) {
        let Some(class) = self.resolve_concept(module, &item.class, "a class of drugs") else { return };
        let mut doses = BTreeMap::new();
        for (name, quantity) in &item.doses {
            let (Some(drug), Some(found)) =
                (self.resolve_concept(module, name, "a drug"), self.free_quantity(quantity))
            else {
                continue;
            };
            if !self.is_member(drug, class) {
                self.report(
                    Diagnostic::new(
                        &code::NOT_A_MEMBER,
                        name.span,
                        format!("`{}` is not a member of `{}`", name.text, item.class.text),
                    )
                    .label("not of this class"),
                );
            }
            doses.insert(self.concept_id(drug), found);
        }
        self.draft.equivalents.push(ir::EquivalentDoses {
            class: self.concept_id(class),
            source: item.source.value.to_string(),
            routes: item.routes.iter().map(|(route, _)| (*route).into()).collect(),
            doses,
        });
    }

    /// The table of equivalent doses that holds a drug, read from the library where need be.
    pub(super) fn equivalents_of(&mut self, drug: ConceptIx) -> Option<ir::EquivalentDoses> {
        let id = self.concept_id(drug);
        if let Some(found) = self.draft.equivalents.iter().find(|table| table.doses.contains_key(&id)) {
            return Some(found.clone());
        }
        let standard = library::module(self.draft.concept_modules.get(drug.index()).copied().flatten()?)?;
        let module = self.open_standard(standard);
        for (position, indexed) in standard.index().items.iter().enumerate() {
            if indexed.keyword != "equivalent" {
                continue;
            }
            let text = standard.text.get(indexed.range.clone())?;
            let mentions =
                text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == id.as_str());
            if !mentions {
                continue;
            }
            if let Some(ast::Item::Equivalent(item)) = standard.item(position) {
                self.equivalent(module, item);
            }
        }
        self.draft.equivalents.iter().find(|table| table.doses.contains_key(&id)).cloned()
    }
}

fn kind_of(kind: Kind) -> ConceptKind {
    match kind {
        Kind::Lab => ConceptKind::Lab,
        Kind::Test => ConceptKind::Test,
        Kind::Scale => ConceptKind::Scale,
        Kind::Score => ConceptKind::Score,
        Kind::Condition => ConceptKind::Condition,
        Kind::Drug => ConceptKind::Drug,
        Kind::Procedure => ConceptKind::Procedure,
        Kind::Event => ConceptKind::Event,
        Kind::Question => ConceptKind::Question,
    }
}

fn empty(kind: ConceptKind) -> ir::Concept {
    ir::Concept {
        kind,
        label: String::new(),
        library: String::new(),
        classes: Vec::new(),
        unit: None,
        range: None,
        plausible: None,
        better: None,
        values: Vec::new(),
        attributes: ir::Attributes::default(),
        molar_mass: None,
        half_life: None,
        routes: Vec::new(),
        asked: None,
        codes: ir::Codes::default(),
        also: Vec::new(),
        source: None,
        derived: None,
    }
}
