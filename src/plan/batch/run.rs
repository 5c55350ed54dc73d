//! A program over a batch: rules, nodes, and the days that anchors may fall on.

use std::rc::Rc;
use std::sync::Arc;

use super::bits::Truths;
use super::lower::{Concern, Program};
use super::moving::Moving;
use super::time::Stretch;
use super::value::Values;
use super::{Bits, Dates, Facts, ROWS, Repeated};
use crate::evaluate::{Kleene, kleene};
use crate::ir::{Counting, Polarity, State};
use crate::plan::run::MOST_DAYS;
use crate::plan::{AnchorAt, Day, DayAt, Entry, Node, NodeAt, PeriodAt, Plan, Rule, Way};

/// What criteria are, of all patients of a batch.
pub struct States {
    /// In the order of the plan; nothing of those that a batch does not decide.
    pub rules: Vec<Option<Standings>>,
    /// Patients of whom something cannot be decided here.
    pub lost: Bits,
}

/// What a criterion is: one of these, or not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standings {
    pub met: Bits,
    pub unknown: Bits,
    pub not_applicable: Bits,
}

/// What every criterion that the program serves is. The patients of `aside` are not asked about.
#[must_use]
pub fn states(program: &Program<'_>, facts: &Facts, aside: Bits) -> States {
    let mut run = Run::new(program, facts);
    let (mut rules, mut lost) = (Vec::with_capacity(program.served.len()), run.lost | aside);
    let all = Bits::first(facts.rows);
    for ((rule, served), moving) in program.plan.rules.iter().zip(&program.served).zip(&program.moving) {
        let found = if *served { run.rule(rule, moving, all & !lost) } else { None };
        lost |= found.as_ref().map_or(Bits::NONE, |(_, lost)| *lost);
        rules.push(found.map(|(standings, _)| standings));
    }
    super::row::one_by_one(program, facts, &mut rules, &mut lost);
    States { rules, lost }
}

/// The days that are taken for an anchor.
pub(super) struct Case {
    pub(super) on: Dates,
    pub(super) planned: Bits,
    /// Those for whom it may fall on several days, from that of `on` to this one.
    several: Bits,
    last: Arc<Vec<i32>>,
}

/// Patients, and a day for each: one of those that an anchor may fall on.
#[derive(Default)]
struct Cases {
    patients: Repeated,
    days: Vec<i32>,
}

pub(super) struct Run<'p> {
    pub(super) program: &'p Program<'p>,
    pub(super) facts: &'p Facts,
    pub(super) last_day: Rc<Dates>,
    cases: Vec<Option<Rc<Case>>>,
    pub(super) days: Vec<Option<Rc<Dates>>>,
    pub(super) periods: Vec<Option<Rc<Stretch>>>,
    pub(super) nodes: Vec<Option<Truths>>,
    pub(super) values: Vec<Option<Rc<Values>>>,
    /// Those whose anchors cannot be told.
    lost: Bits,
    /// Those whose values are wanted: others are not worked out where that is costly.
    pub(super) wanted: Bits,
}

impl<'p> Run<'p> {
    fn new(program: &'p Program<'p>, facts: &'p Facts) -> Self {
        let plan = program.plan;
        let mut run = Self {
            program,
            facts,
            last_day: Rc::new(last_day(plan, facts)),
            cases: Vec::new(),
            days: vec![None; plan.days.len()],
            periods: vec![None; plan.periods.len()],
            nodes: vec![None; plan.nodes.len()],
            values: vec![None; plan.values.len()],
            lost: Bits::NONE,
            wanted: Bits::ALL,
        };
        // Without a last day of the record, what lies ahead cannot be told.
        run.lost = !run.last_day.there;
        for at in (0..).map(AnchorAt).take(plan.anchors.len()) {
            let case = run.anchor(at);
            run.cases.push(case.map(Rc::new));
        }
        run
    }

    pub(super) fn case(&self, at: AnchorAt) -> Option<Rc<Case>> {
        self.cases.get(at.at())?.clone()
    }

    /// All that the date of an anchor may be. Anchors stand behind those that their plans rest on.
    fn anchor(&mut self, at: AnchorAt) -> Option<Case> {
        let slot = self.program.plan.anchors.get(at.at())?;
        let known = self.facts.anchors.iter().find(|anchor| anchor.event == slot.event);
        let (on, planned) = known.map_or((Dates::none(), Bits::NONE), |anchor| (anchor.on.clone(), anchor.planned));
        let last = Arc::clone(&on.day);
        let mut case = Case { on, planned, several: Bits::NONE, last };
        let Some((first, last)) = slot.plan else { return known.is_some().then_some(case) };
        let mut below = Vec::new();
        [first, last].into_iter().for_each(|day| under(self.program.plan, day, &mut below));
        let doubtful = below.iter().filter_map(|at| self.case(*at)).fold(Bits::NONE, |all, case| all | case.several);
        let (first, last, today) = (self.day(first), self.day(last), Rc::clone(&self.last_day));
        let planned = !case.on.there & first.there & last.there;
        if !planned.any() {
            return Some(case);
        }
        let (mut there, mut several) = (Bits::NONE, Bits::NONE);
        let (on, latest) = (Arc::make_mut(&mut case.on.day), Arc::make_mut(&mut case.last));
        for row in planned.rows() {
            let get = |dates: &Dates| dates.day.get(row).copied().unwrap_or_default();
            let (mut from, to) = (get(&first), get(&last));
            // It has not happened up to the day of the record, so it lies ahead of it, or on it.
            let ahead = from.max(get(&today));
            if ahead <= to {
                from = ahead;
            }
            if to < from {
                self.lost.set(row);
                continue;
            }
            if i64::from(to - from) > MOST_DAYS {
                continue;
            }
            there.set(row);
            if from < to || doubtful.has(row) {
                several.set(row);
            }
            if let (Some(on), Some(last)) = (on.get_mut(row), latest.get_mut(row)) {
                (*on, *last) = (from, to);
            }
        }
        case.on.there |= there;
        case.planned |= there;
        case.several |= several;
        Some(case)
    }

    /// What a rule is of those who are asked about, and of whom it cannot be told.
    fn rule(&mut self, rule: &Rule, moving: &[Option<Moving>], wanted: Bits) -> Option<(Standings, Bits)> {
        let Way::Planned { body, applies, period, anchors } = &rule.way else { return None };
        let asked = Asked { polarity: rule.polarity, body: *body, applies: *applies, period: *period };
        let (mut found, mut lost) = self.asked(&asked);
        let (mut one, mut more) = (Bits::NONE, Bits::NONE);
        for case in anchors.iter().filter_map(|at| self.case(*at)) {
            more |= one & case.several;
            one |= case.several;
        }
        lost |= more;
        for (at, moving) in anchors.iter().zip(moving) {
            let Some(case) = self.case(*at) else { continue };
            let mut open = case.several & wanted & !more;
            if open.any()
                && let Some(moving) = moving
            {
                let settled = self.settled(&asked, (*at, &case), moving, (open, &found, lost));
                found.unknown_where(settled.different);
                open &= !(settled.same | settled.different);
            }
            if open.any() {
                lost &= !open;
                let rows: Vec<usize> = open.rows().collect();
                self.several(&asked, (*at, &case), &rows, (&mut found, &mut lost));
            }
        }
        Some((found, lost))
    }

    /// Whichever of its days an anchor falls on: what a rule is on all of them, or unknown. Each patient is asked about once for
    /// each of these days, many at a time.
    fn several(
        &self,
        asked: &Asked,
        (at, case): (AnchorAt, &Case),
        rows: &[usize],
        (found, lost): (&mut Standings, &mut Bits),
    ) {
        let get = |days: &[i32], row: usize| days.get(row).copied().unwrap_or_default();
        let concern = self.program.concern([Some(asked.body), asked.applies].into_iter().flatten());
        let mut known: Vec<Option<(State, bool)>> = vec![None; ROWS];
        let mut some = Cases::default();
        for row in rows {
            let (mut from, to) = (get(&case.on.day, *row), get(&case.last, *row));
            while from <= to {
                let room = ROWS - some.days.len();
                let last = to.min(from.saturating_add(i32::try_from(room).unwrap_or(0)) - 1);
                some.patients.push(*row, usize::try_from(last - from + 1).unwrap_or(0));
                some.days.extend(from..=last);
                from = last + 1;
                if some.days.len() == ROWS {
                    self.cases_asked(asked, at, (&std::mem::take(&mut some), &concern), &mut known);
                }
            }
        }
        if !some.days.is_empty() {
            self.cases_asked(asked, at, (&some, &concern), &mut known);
        }
        for row in rows {
            let Some(Some((state, gone))) = known.get(*row).copied() else { continue };
            found.put(*row, state);
            if gone {
                lost.set(*row);
            }
        }
    }

    /// What a rule is in each of some cases, joined with what it was in those before.
    fn cases_asked(
        &self,
        asked: &Asked,
        at: AnchorAt,
        (some, concern): (&Cases, &Concern),
        known: &mut [Option<(State, bool)>],
    ) {
        let facts = self.facts.taken(&some.patients, concern);
        let mut run = Run::new(self.program, &facts);
        let mut days = some.days.clone();
        days.resize(ROWS, 0);
        let on = Dates::new(days, Bits::first(some.days.len()));
        let last = Arc::clone(&on.day);
        if let Some(slot) = run.cases.get_mut(at.at()) {
            *slot = Some(Rc::new(Case { on, planned: Bits::ALL, several: Bits::NONE, last }));
        }
        run.forget();
        let (standings, gone) = run.asked(asked);
        let mut place = 0;
        for (row, count) in &some.patients.rows {
            let Some(slot) = known.get_mut(*row) else { continue };
            let rows = place..place + count;
            place += count;
            let gone = gone.has_any(rows.clone());
            let state = standings.same(rows).unwrap_or(State::Unknown);
            *slot = Some(match *slot {
                None => (state, gone),
                Some((before, lost)) if before == state => (state, lost | gone),
                Some((_, lost)) => (State::Unknown, lost | gone),
            });
        }
    }

    /// The same, of which nothing has been worked out yet; with other days of an anchor where they are given.
    pub(super) fn again(&self, at: AnchorAt, case: Option<Case>) -> Self {
        let plan = self.program.plan;
        let mut cases = self.cases.clone();
        if let (Some(slot), Some(case)) = (cases.get_mut(at.at()), case) {
            *slot = Some(Rc::new(case));
        }
        Self {
            last_day: Rc::clone(&self.last_day),
            cases,
            days: vec![None; plan.days.len()],
            periods: vec![None; plan.periods.len()],
            nodes: vec![None; plan.nodes.len()],
            values: vec![None; plan.values.len()],
            ..*self
        }
    }

    /// Nothing that was worked out holds any more.
    fn forget(&mut self) {
        self.days.fill(None);
        self.periods.fill(None);
        self.nodes.fill(None);
        self.values.fill(None);
    }

    pub(super) fn asked(&mut self, asked: &Asked) -> (Standings, Bits) {
        let without_days = match asked.period {
            Some(period) => {
                let period = self.period(period);
                period.there & period.empty
            }
            None => Bits::NONE,
        };
        let body = self.node(asked.body);
        let applies = asked.applies.map_or(Truths::all(Kleene::Met), |applies| self.node(applies));
        let passes = match asked.polarity {
            Polarity::Include => body.met,
            Polarity::Exclude => body.not_met(),
        };
        let lost = (body.lost | applies.lost) & !without_days;
        let not_applicable = without_days | applies.not_met();
        let open = applies.unknown & !passes;
        let standings = Standings {
            met: body.met & !not_applicable & !open,
            unknown: (body.unknown | open) & !not_applicable,
            not_applicable,
        };
        (standings, lost)
    }

    pub(super) fn node(&mut self, at: NodeAt) -> Truths {
        if let Some(Some(known)) = self.nodes.get(at.at()) {
            return *known;
        }
        let state = self.work_out(at);
        if let Some(slot) = self.nodes.get_mut(at.at()) {
            *slot = Some(state);
        }
        state
    }

    fn work_out(&mut self, at: NodeAt) -> Truths {
        let plan = self.program.plan;
        let Some(node) = plan.nodes.get(at.at()) else { return Self::gone() };
        match node {
            Node::Constant(state) => Truths::all(*state),
            Node::All(parts) => parts.iter().fold(Truths::all(Kleene::Met), |state, part| state.and(self.node(*part))),
            Node::Any(parts) => {
                parts.iter().fold(Truths::all(Kleene::NotMet), |state, part| state.or(self.node(*part)))
            }
            Node::Not(inner) => self.node(*inner).negated(),
            Node::Known(inner) => {
                let inner = self.node(*inner);
                Truths { unknown: Bits::NONE, ..inner }
            }
            Node::Count { counting, entries } => self.count(*counting, entries),
            Node::Choice { branches, otherwise } => {
                let (mut found, mut some, mut open) = (Truths::all(Kleene::NotMet), Bits::NONE, Bits::ALL);
                let join = |found: Truths, some: Bits, state: Truths| found.either(state).where_or(some, state);
                for (condition, body) in branches {
                    let condition = self.node(*condition);
                    let may = open & !condition.not_met();
                    if !may.any() {
                        continue;
                    }
                    let state = join(found, some, self.node(*body)).lost_where(condition.lost);
                    found = state.where_or(may, found);
                    some |= may;
                    open &= !condition.met;
                }
                let state = join(found, some, self.node(*otherwise));
                state.where_or(open, found)
            }
            Node::Compare { value, comparator, to } => {
                if let Some(counted) = self.counted(*value, *comparator, *to) {
                    return counted;
                }
                let (value, to) = (self.value(*value), self.value(*to));
                self.compare(&value, *comparator, &to)
            }
            Node::InRange { value, low, high } => {
                let (value, low, high) = (self.value(*value), self.value(*low), self.value(*high));
                self.between(&value, &low, &high)
            }
            Node::OneOf { value, words, negated } => {
                let value = self.value(*value);
                let state = value.asked(|word| words.contains(&word));
                if *negated { state.negated() } else { state }
            }
            Node::WordCompare { value, comparator, word } => {
                let (value, word) = (self.value(*value), *word);
                value.asked(|known| super::value::holds(*comparator, known.cmp(&word)))
            }
            Node::Recorded(value) => {
                let value = self.value(*value);
                Truths { met: value.known, unknown: Bits::NONE, lost: value.lost }
            }
            Node::Events(events) => self.events(events),
            Node::Onset { of, period, silence } => self.onset(of, *period, silence),
            Node::Members(members) => self.members(members),
            Node::Change(change) => self.change(change),
            Node::Given { event, by } => self.given(*event, *by),
            Node::StableDose(_) => Self::gone(),
            Node::Answer(keys) => {
                let mut found = Truths::all(Kleene::Unknown);
                let answers = keys.iter().filter_map(|key| self.facts.answers.get(key.at()).copied().flatten());
                for (there, yes) in answers {
                    found.met |= found.unknown & there & yes;
                    found.unknown &= !there;
                }
                found
            }
            Node::Sex { of, word } => match self.facts.results.iter().find(|result| result.of == *of) {
                Some(super::Outcome { there, said: super::Said::Words(words), .. }) => {
                    let met = Bits::of(words, |known| known == *word) & *there;
                    Truths { met, unknown: !*there, lost: Bits::NONE }
                }
                _ => Truths::all(Kleene::Unknown),
            },
        }
    }

    /// What a plan that is not whole says.
    fn gone() -> Truths {
        Truths { met: Bits::NONE, unknown: Bits::NONE, lost: Bits::ALL }
    }

    fn count(&mut self, counting: Counting, entries: &[Entry]) -> Truths {
        let plain = entries.iter().all(|entry| entry.when.is_none());
        let parts: Vec<(Truths, Truths)> = entries
            .iter()
            .map(|entry| {
                let counts = entry.when.map_or(Truths::all(Kleene::Met), |when| self.node(when));
                (counts, self.node(entry.body))
            })
            .collect();
        match counting {
            Counting::AtLeast(least) if plain => at_least(&parts, least as usize),
            Counting::Any
            | Counting::All
            | Counting::None
            | Counting::AtLeast(_)
            | Counting::AtMost(_)
            | Counting::Exactly(_) => self.tallied(counting, &parts),
        }
    }

    /// One patient after the other.
    pub(super) fn tallied(&self, counting: Counting, parts: &[(Truths, Truths)]) -> Truths {
        let mut found = Truths::all(Kleene::NotMet);
        for row in 0..self.facts.rows {
            let entry = |(counts, state): &(Truths, Truths)| {
                let counts = counts.get(row)?;
                // A condition that is not met makes the entry as if it were not there.
                let state = if counts == Kleene::NotMet { Kleene::NotMet } else { state.get(row)? };
                Some(kleene::Entry { counts, state })
            };
            let entries: Option<Vec<kleene::Entry>> = parts.iter().map(entry).collect();
            found.put(row, entries.map(|entries| kleene::count(counting, &entries)));
        }
        found
    }
}

/// Whether so many are met: by adding up bits, of all patients at once.
pub(super) fn at_least(parts: &[(Truths, Truths)], least: usize) -> Truths {
    // `reached[n]` are those of whom more than n are met, or may be.
    let (mut sure, mut may) = (vec![Bits::NONE; least], vec![Bits::NONE; least]);
    let mut lost = Bits::NONE;
    for (_, state) in parts {
        lost |= state.lost;
        for (reached, next) in [(&mut sure, state.met), (&mut may, state.met | state.unknown)] {
            let mut carried = next;
            for slot in reached.iter_mut() {
                let over = *slot & carried;
                *slot |= carried;
                carried = over;
            }
        }
    }
    let last = |reached: &[Bits]| reached.last().copied().unwrap_or(Bits::ALL);
    let (sure, may) = (last(&sure), last(&may));
    Truths { met: sure & !lost, unknown: may & !sure & !lost, lost }
}

/// The anchors that a day rests on.
fn under(plan: &Plan, at: DayAt, found: &mut Vec<AnchorAt>) {
    match plan.days.get(at.at()) {
        None | Some(Day::Fixed(_) | Day::Unknown) => {}
        Some(Day::Anchor(anchor)) => found.push(*anchor),
        Some(Day::Moved { from, .. }) => under(plan, *from, found),
        Some(Day::Extreme { of, .. }) => of.iter().for_each(|day| under(plan, *day, found)),
        Some(Day::Come { day, anchor, context }) => {
            under(plan, *day, found);
            under(plan, *context, found);
            found.push(*anchor);
        }
    }
}

/// The last day that each record speaks of: its own, or that of the latest screening that has taken place.
fn last_day(plan: &Plan, facts: &Facts) -> Dates {
    let mut found = facts.as_of.clone().unwrap_or_else(Dates::none);
    let screenings = plan.screenings.iter();
    for anchor in screenings.filter_map(|event| facts.anchors.iter().find(|anchor| anchor.event == *event)) {
        let dated = anchor.on.there & !anchor.planned;
        let later = Bits::of_two(&anchor.on.day, &found.day, |day, known| day > known);
        found.take(dated & (later | !found.there), &anchor.on.day);
        found.there |= dated;
    }
    found
}

/// What is asked of a criterion in each case.
pub(super) struct Asked {
    polarity: Polarity,
    body: NodeAt,
    applies: Option<NodeAt>,
    pub(super) period: Option<PeriodAt>,
}

impl Case {
    /// The last of the days that are possible is taken.
    pub(super) fn on_the_last_day(&self) -> Self {
        let on = Dates { day: Arc::clone(&self.last), there: self.on.there };
        Self { on, planned: self.planned, several: self.several, last: Arc::clone(&self.last) }
    }
}

impl Standings {
    /// Where another is something else.
    pub(super) fn differs(&self, other: &Self) -> Bits {
        self.met ^ other.met | self.unknown ^ other.unknown | self.not_applicable ^ other.not_applicable
    }

    fn unknown_where(&mut self, mask: Bits) {
        self.met &= !mask;
        self.not_applicable &= !mask;
        self.unknown |= mask;
    }

    /// That of one patient.
    #[must_use]
    pub fn of(&self, row: usize) -> State {
        if self.not_applicable.has(row) {
            State::NotApplicable
        } else if self.met.has(row) {
            State::Met
        } else if self.unknown.has(row) {
            State::Unknown
        } else {
            State::NotMet
        }
    }

    /// That of patients who stand together, where it is one.
    fn same(&self, rows: std::ops::Range<usize>) -> Option<State> {
        let planes = [self.not_applicable, self.met, self.unknown].map(|bits| bits.same(rows.clone()));
        let [not_applicable, met, unknown] = planes;
        Some(match (not_applicable?, met?, unknown?) {
            (true, ..) => State::NotApplicable,
            (_, true, _) => State::Met,
            (_, _, true) => State::Unknown,
            _ => State::NotMet,
        })
    }

    #[must_use]
    pub fn not_met(&self) -> Bits {
        !(self.met | self.unknown | self.not_applicable)
    }

    pub(super) fn put(&mut self, row: usize, state: State) {
        let pairs = [
            (&mut self.met, State::Met),
            (&mut self.unknown, State::Unknown),
            (&mut self.not_applicable, State::NotApplicable),
        ];
        for (bits, wanted) in pairs {
            if let Some(word) = bits.0.get_mut(row / 64) {
                *word = *word & !(1 << (row % 64)) | u64::from(state == wanted) << (row % 64);
            }
        }
    }
}
