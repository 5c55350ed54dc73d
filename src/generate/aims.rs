//! What a protocol asks of a patient, and at which limits: its measures with their numbers, its events with the edges of
//! their windows, its questions.

use std::collections::BTreeSet;

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::day::{Offset, Origin, SCREENING};
use super::limit::{between, counted, in_months, in_unit, limits, reach};
use crate::ir::truth::{AttributeTest, Exemption, History};
use crate::ir::value::Events;
use crate::ir::walk::{self, Visit};
use crate::ir::{
    Anchor, Ask, ConceptId, ConceptKind, DefinitionBody, DefinitionId, Duration, EventClass, Members, Moment, Operands,
    Route, SetId, Side, TimeUnit, Trial, Truth, TruthKind, Value, ValueKind, Window, Word,
};
use crate::patients::trial_events;
use crate::record::{Family, Kinship};

/// Everything that is asked.
#[derive(Debug, Default)]
pub(super) struct Aims {
    pub(super) criteria: Vec<Word>,
    pub(super) anchors: Vec<AnchorAim>,
    pub(super) measures: Vec<MeasureAim>,
    pub(super) happenings: Vec<HappeningAim>,
    pub(super) questions: Vec<(Word, BTreeSet<u16>)>,
    /// Ages that are limits, in months.
    pub(super) ages: BTreeSet<i32>,
    /// Criteria that ask about the sex and the age.
    pub(super) sex: BTreeSet<u16>,
    pub(super) age: BTreeSet<u16>,
}

/// A date of the trial.
#[derive(Debug)]
pub(super) struct AnchorAim {
    pub(super) name: String,
    /// Days on which it is worth having been.
    pub(super) days: BTreeSet<Offset>,
    pub(super) criteria: BTreeSet<u16>,
}

/// A measure.
#[derive(Debug)]
pub(super) struct MeasureAim {
    pub(super) id: ConceptId,
    pub(super) limits: BTreeSet<Limit>,
    /// Edges of the windows in which it is asked about.
    pub(super) edges: BTreeSet<Offset>,
    /// How many results are asked for.
    pub(super) results: u32,
    /// Days and minutes between two of them.
    pub(super) apart: BTreeSet<(u16, u16)>,
    pub(super) criteria: BTreeSet<u16>,
}

/// A condition, drug, procedure or event.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one thing is asked, and nothing follows from two")]
pub(super) struct HappeningAim {
    pub(super) id: ConceptId,
    pub(super) kind: ConceptKind,
    pub(super) edges: BTreeSet<Offset>,
    /// Days on which a course is worth having begun: those of sentences with a length.
    pub(super) starts: BTreeSet<Offset>,
    pub(super) grades: BTreeSet<u8>,
    pub(super) stages: bool,
    pub(super) histologies: bool,
    pub(super) severities: bool,
    pub(super) causes: BTreeSet<ConceptId>,
    pub(super) reasons: BTreeSet<ConceptId>,
    pub(super) routes: BTreeSet<Route>,
    pub(super) doses: BTreeSet<Limit>,
    /// Whether anyone asks how much it was.
    pub(super) dosed: bool,
    /// How many of them are counted.
    pub(super) count: u32,
    pub(super) criteria: BTreeSet<u16>,
}

/// A number that something is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Limit {
    pub(super) number: BigRational,
    pub(super) unit: String,
    pub(super) scale: Scale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scale {
    Plain,
    /// In upper limits of normal.
    Upper,
    Lower,
    /// By body weight or surface, each day or each dose: all of it stands in the unit.
    Dose,
}

/// What the criteria, cohorts and rules of a protocol ask.
pub(super) fn of(trial: &Trial) -> Aims {
    let mut collector = Collector {
        trial,
        events: trial_events(trial),
        aims: Aims::default(),
        criterion: 0,
        base: SCREENING,
        edges: Vec::new(),
        limits: Vec::new(),
        visited: BTreeSet::new(),
    };
    let _ = collector.anchor(&crate::patients::screening_event(trial));
    collector.header();
    for block in &trial.eligibility {
        let base = collector.origin(&block.anchor).unwrap_or(SCREENING);
        for criterion in &block.criteria {
            collector.begin(Word::from(criterion.name.as_str()), base);
            if let Some(length) = &block.look_back {
                collector.edge(base, length, -1, None);
            }
            collector.criterion(criterion.window.as_ref(), criterion.when.as_ref(), &criterion.body);
        }
    }
    for rule in &trial.restrictions {
        collector.begin(Word::from(rule.name.as_str()), SCREENING);
        collector.criterion(rule.window.as_ref(), rule.when.as_ref(), &rule.body);
    }
    for cohort in &trial.cohorts {
        collector.begin(Word::from(cohort.name.as_str()), SCREENING);
        collector.criterion(None, None, &cohort.body);
    }
    for plan in &trial.plans {
        let Some(Origin::Anchor(at)) = collector.origin(&Anchor::Event(plan.event.clone())) else { continue };
        collector.edges.clear();
        collector.enter(&plan.window);
        let days: Vec<Offset> = collector.edges.iter().filter_map(Edge::fixed).collect();
        if let Some(anchor) = collector.aims.anchors.get_mut(usize::from(at)) {
            anchor.days.extend(days);
        }
    }
    let mut aims = collector.aims;
    needs(trial, &mut aims);
    members(trial, &mut aims);
    kin(trial, &mut aims);
    aims
}

/// An edge of a window: known at once, or by the half-life of what is asked about.
#[derive(Clone, Debug)]
enum Edge {
    Fixed(Offset),
    HalfLives { from: Origin, times: BigRational },
}

impl Edge {
    fn fixed(&self) -> Option<Offset> {
        match self {
            Self::Fixed(offset) => Some(*offset),
            Self::HalfLives { .. } => None,
        }
    }
}

struct Collector<'t> {
    trial: &'t Trial,
    /// The events that the trial's own times are counted from.
    events: BTreeSet<String>,
    aims: Aims,
    criterion: u16,
    base: Origin,
    edges: Vec<Edge>,
    limits: Vec<Limit>,
    visited: BTreeSet<(u16, String)>,
}

impl Collector<'_> {
    fn begin(&mut self, name: Word, base: Origin) {
        self.criterion = u16::try_from(self.aims.criteria.len()).unwrap_or(u16::MAX);
        self.aims.criteria.push(name);
        self.base = base;
        self.edges.clear();
        self.limits.clear();
        if let Origin::Anchor(at) = base {
            self.asked_at(at);
        }
    }

    fn header(&mut self) {
        let header = &self.trial.header;
        if let Some(age) = &header.age {
            self.begin(Word::from("age"), SCREENING);
            self.truth(age);
        }
        if header.words.get("sex").is_some_and(|sex| sex.as_str() != "all") {
            self.begin(Word::from("sex"), SCREENING);
            self.aims.sex.insert(self.criterion);
        }
    }

    fn criterion(&mut self, window: Option<&Window>, when: Option<&Truth>, body: &Truth) {
        if let Some(window) = window {
            self.edges.clear();
            self.enter(window);
            self.window(window);
        }
        when.into_iter().for_each(|when| self.truth(when));
        self.truth(body);
    }

    // ---- time --------------------------------------------------------------------------------------------------------------

    fn anchor(&mut self, name: &str) -> Origin {
        let known = self.aims.anchors.iter().position(|anchor| anchor.name == name);
        let at = known.unwrap_or_else(|| {
            let (days, criteria) = (BTreeSet::new(), BTreeSet::new());
            self.aims.anchors.push(AnchorAim { name: name.to_owned(), days, criteria });
            self.aims.anchors.len() - 1
        });
        Origin::Anchor(u16::try_from(at).unwrap_or(0))
    }

    fn asked_at(&mut self, at: u16) {
        if let Some(anchor) = self.aims.anchors.get_mut(usize::from(at)) {
            anchor.criteria.insert(self.criterion);
        }
    }

    fn origin(&mut self, anchor: &Anchor) -> Option<Origin> {
        match anchor {
            Anchor::Event(event) if self.events.contains(event.as_str()) => Some(self.anchor(event.as_str())),
            Anchor::Visit(visit) => Some(self.anchor(visit.as_str())),
            Anchor::Event(event) | Anchor::StartOf(event) | Anchor::EndOf(event) => self.start_of(event),
            Anchor::First { of, .. } | Anchor::Last { of, .. } => of.first().and_then(|first| self.start_of(first)),
            Anchor::StudyDay(_) => {
                let day_1 = self.trial.header.day_1.as_ref()?.clone();
                Some(self.anchor(day_1.as_str()))
            }
            Anchor::Date(_) | Anchor::EpochStart(_) | Anchor::EpochEnd(_) => None,
        }
    }

    fn start_of(&mut self, concept: &ConceptId) -> Option<Origin> {
        let at = self.happening(concept)?;
        u16::try_from(at).ok().map(Origin::Start)
    }

    /// An edge so far from an origin; `sign` is -1 for what lies before it.
    fn edge(&mut self, from: Origin, length: &Duration, sign: i32, limit: Option<&mut Vec<Offset>>) {
        let edge = match reach(length) {
            Some((months, days)) => Edge::Fixed(Offset { from, months: sign * months, days: sign * days }),
            None if length.unit == TimeUnit::HalfLives => Edge::HalfLives { from, times: length.value.rational() },
            None => return,
        };
        match limit {
            Some(list) => list.extend(edge.fixed()),
            None => self.edges.push(edge),
        }
    }

    /// The edges of a window, beside those that hold already.
    fn enter(&mut self, window: &Window) {
        let sign = |side: Side| if side == Side::Before { -1 } else { 1 };
        match window {
            Window::Within { reach, side, anchor } => {
                let from = anchor.as_ref().map_or(Some(self.base), |anchor| self.origin(anchor));
                let Some(from) = from else { return };
                for length in &reach.lengths {
                    self.edge(from, length, sign(*side), None);
                }
                self.edges.push(Edge::Fixed(Offset::days(from, 0)));
            }
            Window::AtLeast { distance, side, anchor } => {
                if let Some(from) = self.origin(anchor) {
                    self.edge(from, distance, sign(*side), None);
                }
            }
            Window::Between { from, to } => {
                self.moment(from);
                self.moment(to);
            }
            Window::At { moment } => {
                self.moment(moment);
                if moment.offset.is_none()
                    && let Some(base) = self.origin(&moment.anchor)
                {
                    self.base = base;
                }
            }
            Window::Beside { anchor, .. } => {
                if let Some(from) = self.origin(anchor) {
                    self.edges.push(Edge::Fixed(Offset::days(from, 0)));
                }
            }
            Window::DuringEvent { event } => {
                if let Some(from) = self.start_of(event) {
                    self.edges.push(Edge::Fixed(Offset::days(from, 0)));
                }
            }
            Window::DuringEpoch { .. } => {}
        }
    }

    fn moment(&mut self, moment: &Moment) {
        let Some(from) = self.origin(&moment.anchor) else { return };
        match &moment.offset {
            Some((length, side)) => self.edge(from, length, if *side == Side::Before { -1 } else { 1 }, None),
            None => self.edges.push(Edge::Fixed(Offset::days(from, 0))),
        }
    }

    /// The edges that hold here, for something of this half-life.
    fn edges_for(&self, concept: &ConceptId) -> Vec<Offset> {
        let half_life = self.trial.concepts.get(concept).and_then(|concept| concept.half_life.as_ref());
        let days = half_life.and_then(|length| in_unit(length, "d"));
        let edges = self.edges.iter().filter_map(|edge| match edge {
            Edge::Fixed(offset) => Some(*offset),
            Edge::HalfLives { from, times } => {
                let days = (times * days.as_ref()?).ceil().to_i32()?;
                Some(Offset::days(*from, -days))
            }
        });
        edges.collect()
    }

    // ---- what is asked about -----------------------------------------------------------------------------------------------

    fn happening(&mut self, concept: &ConceptId) -> Option<usize> {
        let kind = self.trial.concepts.get(concept)?.kind;
        let happens = [ConceptKind::Condition, ConceptKind::Drug, ConceptKind::Procedure, ConceptKind::Event];
        if !happens.contains(&kind) || self.events.contains(concept.as_str()) {
            return None;
        }
        let known = self.aims.happenings.iter().position(|aim| aim.id == *concept);
        let at = known.unwrap_or_else(|| {
            self.aims.happenings.push(HappeningAim::new(concept, kind));
            self.aims.happenings.len() - 1
        });
        if let Some(aim) = self.aims.happenings.get_mut(at) {
            aim.criteria.insert(self.criterion);
        }
        Some(at)
    }

    /// Changes what is known of the happenings of some classes.
    fn of_classes(&mut self, classes: &[EventClass], change: impl Fn(&mut HappeningAim)) {
        for class in classes {
            if let Some(at) = self.happening(&class.event)
                && let Some(aim) = self.aims.happenings.get_mut(at)
            {
                change(aim);
            }
            let exempt: Vec<Exemption> = class.except.clone();
            for exemption in &exempt {
                let at = self.happening(exemption.event.as_ref().unwrap_or(&class.event));
                let due_to = exemption.due_to.clone();
                if let Some(aim) = at.and_then(|at| self.aims.happenings.get_mut(at)) {
                    aim.tested(&exemption.with);
                    aim.reasons.extend(due_to);
                }
            }
        }
    }

    fn history(&mut self, history: &History) {
        let lengths = [&history.for_at_least, &history.for_at_most];
        let mut starts = Vec::new();
        for length in lengths.into_iter().flatten() {
            self.edge(self.base, length, -1, Some(&mut starts));
        }
        let count = counted(history.counting);
        self.of_classes(&history.events, |aim| {
            aim.starts.extend(&starts);
            aim.routes.extend(history.route);
            aim.reasons.extend(history.due_to.clone());
            aim.tested(&history.with);
            aim.count = aim.count.max(count);
        });
    }

    fn counted(&mut self, events: &Events) {
        let most = self.limits.iter().filter_map(|limit| limit.number.to_u32()).max().unwrap_or(1);
        let edges = self.edges.iter().filter_map(Edge::fixed).collect::<Vec<_>>();
        self.of_classes(&events.events, |aim| {
            aim.edges.extend(&edges);
            aim.routes.extend(events.route);
            aim.reasons.extend(events.due_to.clone());
            aim.tested(&events.with);
            aim.count = aim.count.max(most.min(20) + 1);
        });
    }

    fn dosed(&mut self, of: &[EventClass], route: Option<Route>, equivalent_to: Option<&ConceptId>) {
        let doses: Vec<Limit> = self.limits.iter().filter(|limit| limit.scale == Scale::Dose).cloned().collect();
        let mut classes = of.to_vec();
        classes.extend(equivalent_to.map(|event| EventClass { event: event.clone(), except: Vec::new() }));
        self.of_classes(&classes, |aim| {
            aim.routes.extend(route);
            aim.doses.extend(doses.iter().cloned());
            aim.dosed = true;
        });
    }

    fn measure(&mut self, concept: &ConceptId) -> Option<&mut MeasureAim> {
        let known = self.aims.measures.iter().position(|aim| aim.id == *concept);
        let at = known.unwrap_or_else(|| {
            self.aims.measures.push(MeasureAim::new(concept));
            self.aims.measures.len() - 1
        });
        let edges = self.edges_for(concept);
        let criterion = self.criterion;
        let limits = self.limits.iter().filter(|limit| limit.scale != Scale::Dose).cloned();
        let aim = self.aims.measures.get_mut(at)?;
        aim.edges.extend(edges);
        aim.limits.extend(limits);
        aim.criteria.insert(criterion);
        Some(aim)
    }

    /// Goes on with other limits, and comes back to those that held.
    fn with_limits(&mut self, limits: Vec<Limit>, go: impl FnOnce(&mut Self)) {
        let held = std::mem::replace(&mut self.limits, limits);
        go(self);
        self.limits = held;
    }

    fn results(&mut self, value: &Value, count: u32, apart: Option<&Duration>) {
        let mut named = Named(BTreeSet::new());
        named.value(value);
        let apart = apart.and_then(between);
        for concept in named.0 {
            let is_measure =
                |kind| matches!(kind, ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score);
            if self.trial.concepts.get(&concept).is_some_and(|concept| is_measure(concept.kind))
                && !matches!(concept.as_str(), "sex" | "age")
                && let Some(aim) = self.measure(&concept)
            {
                aim.results = aim.results.max(count);
                aim.apart.extend(apart);
            }
        }
    }
}

impl Visit for Collector<'_> {
    fn truth(&mut self, truth: &Truth) {
        match &truth.kind {
            TruthKind::Timed { of, window } => {
                let (base, edges) = (self.base, std::mem::take(&mut self.edges));
                self.enter(window);
                self.truth(of);
                self.window(window);
                (self.base, self.edges) = (base, edges);
                return;
            }
            TruthKind::History(history) => self.history(history),
            TruthKind::Judged { key, .. } => {
                let criterion = self.criterion;
                match self.aims.questions.iter_mut().find(|(known, _)| known == key) {
                    Some((_, criteria)) => drop(criteria.insert(criterion)),
                    None => self.aims.questions.push((key.clone(), BTreeSet::from([criterion]))),
                }
            }
            TruthKind::Asked { value, ask } => {
                if let Ask::Moved { .. } = &**ask {
                    self.results(value, 2, None);
                }
                self.with_limits(limits(ask), |this| this.value(value));
                self.with_limits(Vec::new(), |this| this.ask(ask));
                return;
            }
            TruthKind::Count { of: Operands::Values { values, ask }, .. } => {
                self.with_limits(limits(ask), |this| values.iter().for_each(|part| this.value(&part.body)));
                self.with_limits(Vec::new(), |this| this.ask(ask));
                return;
            }
            TruthKind::Count { of: Operands::Set { set, ask: Some(ask), .. }, .. } => {
                self.with_limits(limits(ask), |this| this.set(set));
                return;
            }
            TruthKind::StableDose { dose, limit, for_at_least } => {
                if let ValueKind::DailyDose { of, .. } = &dose.kind {
                    let mut starts = Vec::new();
                    self.edge(self.base, for_at_least, -1, Some(&mut starts));
                    self.of_classes(of, |aim| {
                        aim.starts.extend(&starts);
                        aim.dosed = true;
                    });
                }
                self.with_limits(limit.as_deref().map(limits).unwrap_or_default(), |this| this.value(dose));
                return;
            }
            TruthKind::Count { .. }
            | TruthKind::All(_)
            | TruthKind::Any(_)
            | TruthKind::Not(_)
            | TruthKind::Unless { .. }
            | TruthKind::Known(_)
            | TruthKind::Defined(_)
            | TruthKind::Onset(_)
            | TruthKind::Given(_)
            | TruthKind::Missing(_) => {}
        }
        walk::walk_truth(self, truth);
    }

    fn value(&mut self, value: &Value) {
        match &value.kind {
            ValueKind::Age => {
                self.aims.age.insert(self.criterion);
                let months = self.limits.iter().filter_map(in_months);
                self.aims.ages.extend(months);
            }
            ValueKind::PerUpperLimit { of, .. } | ValueKind::PerLowerLimit { of, .. } => {
                let upper = matches!(value.kind, ValueKind::PerUpperLimit { .. });
                let scale = if upper { Scale::Upper } else { Scale::Lower };
                let limits = self.limits.iter().map(|limit| Limit { scale, ..limit.clone() }).collect();
                self.with_limits(limits, |this| this.concept(of));
                return;
            }
            ValueKind::MeanOf { count, of, apart } | ValueKind::EachOf { count, of, apart } => {
                self.results(of, *count, apart.as_ref());
            }
            ValueKind::Change { of, .. } => self.results(of, 2, None),
            ValueKind::DailyDose { of, route, equivalent_to, .. }
            | ValueKind::TotalDose { of, route, equivalent_to } => self.dosed(of, *route, equivalent_to.as_ref()),
            ValueKind::CountOf { of } | ValueKind::LinesOf { of } | ValueKind::RateOf { of, .. } => self.counted(of),
            ValueKind::TimeBetween { .. } => {
                let months: Vec<i32> = self.limits.iter().filter_map(in_months).collect();
                let base = self.base;
                self.edges
                    .extend(months.iter().map(|months| Edge::Fixed(Offset { from: base, months: -months, days: 0 })));
            }
            ValueKind::Quantity(_)
            | ValueKind::DoseQuantity(_)
            | ValueKind::Word { .. }
            | ValueKind::Result { .. }
            | ValueKind::Defined { .. }
            | ValueKind::Arithmetic { .. }
            | ValueKind::If { .. }
            | ValueKind::In { .. }
            | ValueKind::HighestOf(_)
            | ValueKind::LowestOf(_)
            | ValueKind::SumOf(_) => {}
        }
        walk::walk_value(self, value);
    }

    fn concept(&mut self, concept: &ConceptId) {
        let Some(known) = self.trial.concepts.get(concept) else { return };
        match known.kind {
            _ if concept.as_str() == "sex" => drop(self.aims.sex.insert(self.criterion)),
            _ if concept.as_str() == "age" => drop(self.aims.age.insert(self.criterion)),
            ConceptKind::Lab | ConceptKind::Test | ConceptKind::Scale | ConceptKind::Score => {
                let _ = self.measure(concept);
                let derived = known.derived.as_ref();
                if let Some(formula) = derived.filter(|_| self.first_time(concept.as_str())) {
                    self.with_limits(Vec::new(), |this| this.value(formula));
                }
            }
            ConceptKind::Event if self.events.contains(concept.as_str()) => {
                if let Origin::Anchor(at) = self.anchor(concept.as_str()) {
                    self.asked_at(at);
                }
            }
            ConceptKind::Condition | ConceptKind::Drug | ConceptKind::Procedure | ConceptKind::Event => {
                let edges = self.edges_for(concept);
                if let Some(at) = self.happening(concept)
                    && let Some(aim) = self.aims.happenings.get_mut(at)
                {
                    aim.edges.extend(edges);
                }
            }
            ConceptKind::Question => {}
        }
    }

    fn definition(&mut self, definition: &DefinitionId) {
        let Some(defined) = self.trial.definitions.get(definition) else { return };
        match &defined.body {
            DefinitionBody::Truth(truth) => self.truth(truth),
            DefinitionBody::Value(value) => self.value(value),
        }
    }

    fn set(&mut self, set: &SetId) {
        let Some(set) = self.trial.sets.get(set) else { return };
        match &set.members {
            Members::Truths(parts) => parts.iter().for_each(|part| self.truth(&part.body)),
            Members::Values(parts) => parts.iter().for_each(|part| self.value(&part.body)),
            Members::Events(classes) => classes.iter().for_each(|class| self.concept(&class.event)),
        }
    }
}

impl Collector<'_> {
    /// Whether a formula is met for the first time in this criterion: formulas may be long, and stand in many places.
    fn first_time(&mut self, name: &str) -> bool {
        self.visited.insert((self.criterion, name.to_owned()))
    }
}

/// The concepts of a value.
struct Named(BTreeSet<ConceptId>);

impl Visit for Named {
    fn concept(&mut self, concept: &ConceptId) {
        self.0.insert(concept.clone());
    }
}

impl MeasureAim {
    fn new(concept: &ConceptId) -> Self {
        Self {
            id: concept.clone(),
            limits: BTreeSet::new(),
            edges: BTreeSet::new(),
            results: 1,
            apart: BTreeSet::new(),
            criteria: BTreeSet::new(),
        }
    }
}

impl HappeningAim {
    fn new(concept: &ConceptId, kind: ConceptKind) -> Self {
        Self {
            id: concept.clone(),
            kind,
            edges: BTreeSet::new(),
            starts: BTreeSet::new(),
            grades: BTreeSet::new(),
            stages: false,
            histologies: false,
            severities: false,
            causes: BTreeSet::new(),
            reasons: BTreeSet::new(),
            routes: BTreeSet::new(),
            doses: BTreeSet::new(),
            dosed: false,
            count: 1,
            criteria: BTreeSet::new(),
        }
    }

    fn tested(&mut self, tests: &[AttributeTest]) {
        for test in tests {
            match test {
                AttributeTest::Grade { from, to } => {
                    let around = [from.saturating_sub(1), *from, *to, to.saturating_add(1)];
                    self.grades.extend(around.into_iter().filter(|grade| (1..=5).contains(grade)));
                }
                AttributeTest::Stage(_) => self.stages = true,
                AttributeTest::Histology(_) => self.histologies = true,
                AttributeTest::Severity(_) => self.severities = true,
                AttributeTest::Cause(cause) => drop(self.causes.insert(cause.clone())),
            }
        }
    }

    /// What is asked of a class is asked of its members.
    fn inherit(&mut self, class: &Self) {
        self.edges.extend(&class.edges);
        self.starts.extend(&class.starts);
        self.grades.extend(&class.grades);
        self.stages |= class.stages;
        self.histologies |= class.histologies;
        self.severities |= class.severities;
        self.causes.extend(class.causes.iter().cloned());
        self.reasons.extend(class.reasons.iter().cloned());
        self.routes.extend(&class.routes);
        self.doses.extend(class.doses.iter().cloned());
        self.dosed |= class.dosed;
        self.criteria.extend(&class.criteria);
    }
}

/// Weight and height, where doses are by them.
fn needs(trial: &Trial, aims: &mut Aims) {
    let by = |what: &str| {
        let doses = aims.happenings.iter().flat_map(|aim| aim.doses.iter().map(move |dose| (aim, dose)));
        doses.filter(|(_, dose)| dose.unit.contains(what)).flat_map(|(aim, _)| aim.criteria.clone()).collect()
    };
    let (weight, surface): (BTreeSet<u16>, BTreeSet<u16>) = (by("/kg"), by("/m2"));
    let both: BTreeSet<u16> = weight.union(&surface).copied().collect();
    for (name, criteria) in [("weight", both), ("height", surface)] {
        let id = ConceptId::from(name);
        if criteria.is_empty() || !trial.concepts.contains_key(&id) {
            continue;
        }
        match aims.measures.iter_mut().find(|aim| aim.id == id) {
            Some(aim) => aim.criteria.extend(criteria),
            None => aims.measures.push(MeasureAim { criteria, ..MeasureAim::new(&id) }),
        }
    }
}

/// Of each class two members, or as many as are counted and one more.
fn members(trial: &Trial, aims: &mut Aims) {
    let family = Family::new(trial);
    let classes: Vec<HappeningAim> = aims.happenings.iter().filter(|aim| family.is_class(&aim.id)).cloned().collect();
    for class in classes {
        let leaves: Vec<&ConceptId> = family.members(&class.id).filter(|id| !family.is_class(id)).collect();
        let wanted = usize::try_from(class.count).unwrap_or(1) + 1;
        let step = (leaves.len() / wanted.max(1)).max(1);
        for id in leaves.into_iter().step_by(step).take(wanted) {
            let Some(concept) = trial.concepts.get(id) else { continue };
            if let Some(aim) = aims.happenings.iter_mut().find(|aim| aim.id == *id) {
                aim.inherit(&class);
            } else {
                let mut aim = HappeningAim::new(id, concept.kind);
                aim.inherit(&class);
                aims.happenings.push(aim);
            }
        }
    }
}

/// What is recorded of a class bears on its members, and the other way round.
fn kin(trial: &Trial, aims: &mut Aims) {
    let family = Family::new(trial);
    let asked: Vec<(ConceptId, BTreeSet<u16>)> =
        aims.happenings.iter().map(|aim| (aim.id.clone(), aim.criteria.clone())).collect();
    for aim in &mut aims.happenings {
        let related = |other: &ConceptId| {
            family.kinship(&aim.id, other) != Kinship::IsNot || family.kinship(other, &aim.id) != Kinship::IsNot
        };
        let more: Vec<u16> =
            asked.iter().filter(|(other, _)| related(other)).flat_map(|(_, all)| all).copied().collect();
        aim.criteria.extend(more);
    }
}
