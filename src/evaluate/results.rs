//! Results: which one counts, and what it says.

use num_rational::BigRational;
use num_traits::Zero;

use super::frame::Times;
use super::interval::Interval;
use super::node::{About, Node, Note, State, Thing, Used, Valued};
use super::{Context, Evaluator, Lack};
use crate::ir::{ConceptId, Pick};
use crate::record::{DAY, Measured, Observation, Precision, Reader, Record, Span};
use crate::units::{Scale, Unit};

/// Whether of two results the first is for sure not the one of a visit, since the other is of a day nearer to it, of one as
/// near and earlier, or later on the same day.
pub(crate) fn is_passed(near: i64, one: Span, other: Span) -> bool {
    let away = |day: i64| (day - near).abs();
    let least = if (one.first_day()..=one.last_day()).contains(&near) {
        0
    } else {
        away(one.first_day()).min(away(one.last_day()))
    };
    let most = away(other.first_day()).max(away(other.last_day()));
    let same_day = one.is_one_day() && other.is_one_day() && one.first_day() == other.first_day();
    if same_day { one.to < other.from } else { most < least || (most == least && other.last_day() < one.first_day()) }
}

/// A result that may count.
struct Candidate<'a> {
    observation: &'a Observation,
    /// It lies in the time for sure.
    sure: bool,
    /// All that its moment may be, within the time.
    span: Span,
    reading: Reading,
}

/// What a result says on its scale.
enum Reading {
    Thing(Thing),
    Lacks(Lack),
}

impl<'a> Evaluator<'a> {
    /// The result that counts: the latest in the time that is asked about, unless the pick says otherwise.
    pub(super) fn result(
        &self,
        of: &'a ConceptId,
        (pick, scale): (Pick, Scale),
        about: About<'a>,
        context: &Context<'a>,
    ) -> Node<'a> {
        let times = match self.times_of_results(context) {
            Ok(times) => times,
            Err(lack) => return Node::no_value(about, lack),
        };
        let (candidates, notes) = self.candidates(of, scale, &times);
        if candidates.is_empty() {
            return self.derived(of, (pick, scale), about, (context, &times));
        }
        let mut node = match pick {
            Pick::Latest => match times.near {
                Some(near) => Self::timely(of, about, &candidates, |a, b| is_passed(near, a.span, b.span)),
                None => Self::timely(of, about, &candidates, |a, b| a.span.to < b.span.from),
            },
            Pick::First => Self::timely(of, about, &candidates, |a, b| a.span.from > b.span.to),
            Pick::Highest => self.extreme_result(of, about, &candidates, Interval::greater),
            Pick::Lowest => self.extreme_result(of, about, &candidates, Interval::smaller),
        };
        if !candidates.iter().any(|candidate| candidate.sure) {
            // None of them lies in the time for sure: there may be none.
            if let State::Value(value) = &mut node.state {
                value.unknown = true;
            }
            node.lacks.push(Lack::Result { of: of.clone(), within: times.hull() });
        }
        node.notes.extend(times.notes);
        node.notes.extend(notes);
        self.tell_age(&mut node, context);
        node
    }

    /// The results of a measure that may lie in the time, as they read on a scale.
    fn candidates(&self, of: &'a ConceptId, scale: Scale, times: &Times) -> (Vec<Candidate<'a>>, Vec<Note>) {
        let mut notes = Vec::new();
        let results = self.record.results.get(of).into_iter().flatten();
        let too_late = |observation: &Observation| {
            observation.when.precision == Precision::Time
                && times.before.is_some_and(|before| observation.when.span.from >= before)
        };
        let in_time = results
            .filter(|observation| is_timeless(of) || times.may_hold(observation.when.span) && !too_late(observation));
        let candidates = in_time.map(|observation| {
            let when = observation.when.span;
            // What does not change with time lies in every period, whenever it was told.
            let (sure, span) =
                if is_timeless(of) { (true, when) } else { (times.holds(when), when.meet(times.hull())) };
            let (reading, by_site) = self.reading(of, observation, scale);
            if by_site && !notes.contains(&Note::SiteRange) {
                notes.push(Note::SiteRange);
            }
            Candidate { observation, sure, span, reading }
        });
        let candidates = candidates.collect();
        (candidates, notes)
    }

    /// The value of a result, and whether the site's table was used for it.
    fn reading(&self, of: &ConceptId, observation: &Observation, scale: Scale) -> (Reading, bool) {
        let unit = self.unit_of(of);
        let interval = match &observation.value {
            Measured::Number(number) => Interval::exactly(number.clone()),
            Measured::Below { limit, included: true } => Interval::at_most(limit.clone()),
            Measured::Below { limit, included: false } => Interval::below(limit.clone()),
            Measured::Above { limit, included: true } => Interval::at_least(limit.clone()),
            Measured::Above { limit, included: false } => Interval::above(limit.clone()),
            Measured::Word(word) => return (Reading::Thing(Thing::Word(word.clone())), false),
            Measured::Refused { why } => {
                return (Reading::Lacks(Lack::Refused { of: of.clone(), why: why.clone() }), false);
            }
        };
        let own = match scale {
            Scale::Plain => return (Reading::Thing(Thing::Number(interval, unit)), false),
            Scale::Upper => observation.upper_limit.clone(),
            Scale::Lower => observation.lower_limit.clone(),
        };
        let by_site = own.is_none();
        let limit = own.or_else(|| site_limit(self.reader, self.record, of, scale == Scale::Upper));
        match limit.filter(|limit| *limit > BigRational::zero()) {
            Some(limit) => {
                let ratio = interval.times(&Interval::exactly(limit.recip()));
                (Reading::Thing(Thing::Number(ratio, Unit::one())), by_site)
            }
            None => (Reading::Lacks(Lack::Limit { of: of.clone(), upper: scale == Scale::Upper }), false),
        }
    }

    /// The latest (or first): every one that is not for sure before (or behind) another that lies in the time for sure.
    /// Several are left where they are of one day, or where partial dates leave their order open.
    fn timely(
        of: &'a ConceptId,
        about: About<'a>,
        candidates: &[Candidate<'a>],
        passed: impl Fn(&Candidate<'a>, &Candidate<'a>) -> bool,
    ) -> Node<'a> {
        let beaten = |one: &Candidate<'a>| candidates.iter().any(|other| other.sure && passed(one, other));
        let left: Vec<&Candidate<'a>> = candidates.iter().filter(|candidate| !beaten(candidate)).collect();
        let mut node = Node::value(about, Valued::default(), Vec::new());
        let mut value = Valued::default();
        for candidate in &left {
            node.used.push(Used::Result(of, candidate.observation));
            match &candidate.reading {
                Reading::Thing(thing) => value.add(thing.clone()),
                Reading::Lacks(lack) => {
                    value.unknown = true;
                    node.lacks.push(lack.clone());
                }
            }
        }
        if value.may_be.len() > 1 {
            node.notes.push(Note::Conflict);
            node.lacks.push(Lack::Conflict { of: of.clone() });
        }
        node.state = State::Value(value);
        node
    }

    /// The highest (or lowest) of all that lie in the time: those that may lie in it widen what it may be.
    fn extreme_result(
        &self,
        of: &'a ConceptId,
        about: About<'a>,
        candidates: &[Candidate<'a>],
        further: impl Fn(&Interval, &Interval) -> Interval,
    ) -> Node<'a> {
        let mut node = Node::value(about, Valued::default(), Vec::new());
        let (mut sure, mut all): (Option<Interval>, Option<Interval>) = (None, None);
        let mut unit = None;
        let mut unknown = false;
        let join = |known: &Option<Interval>, next: &Interval| match known {
            Some(known) => further(known, next),
            None => next.clone(),
        };
        for candidate in candidates {
            node.used.push(Used::Result(of, candidate.observation));
            match &candidate.reading {
                Reading::Thing(Thing::Number(interval, of)) => {
                    unit = Some(of.clone());
                    all = Some(join(&all, interval));
                    if candidate.sure {
                        sure = Some(join(&sure, interval));
                    }
                }
                Reading::Thing(Thing::Word(_)) => return self.extreme_word(of, about, candidates, &further),
                Reading::Lacks(lack) => {
                    unknown = true;
                    node.lacks.push(lack.clone());
                }
            }
        }
        let (Some(all), Some(unit)) = (all, unit) else {
            node.state = State::Value(Valued::unknown());
            return node;
        };
        let mut interval = sure.map_or_else(|| all.clone(), |sure| sure.hull(&all));
        if unknown {
            // One more, of any size.
            interval = interval.hull(&further(
                &interval,
                &Interval { low: super::interval::End::Open, high: super::interval::End::Open },
            ));
        }
        node.state = State::Value(Valued::number(interval, unit));
        node
    }

    /// The highest (or lowest) of the words of a scale.
    fn extreme_word(
        &self,
        of: &'a ConceptId,
        about: About<'a>,
        candidates: &[Candidate<'a>],
        further: &impl Fn(&Interval, &Interval) -> Interval,
    ) -> Node<'a> {
        let words = self.reader.trial.concepts.get(of).map_or(&[][..], |concept| &concept.values);
        let rank = |candidate: &Candidate<'a>| match &candidate.reading {
            Reading::Thing(Thing::Word(word)) => words.iter().position(|known| known == word),
            Reading::Thing(Thing::Number(..)) | Reading::Lacks(_) => None,
        };
        let number = |rank: usize| BigRational::from_integer(rank.into());
        let mut node = Node::value(about, Valued::default(), Vec::new());
        let mut best: Option<BigRational> = None;
        let mut doubtful = Vec::new();
        for candidate in candidates {
            node.used.push(Used::Result(of, candidate.observation));
            match (rank(candidate), &candidate.reading) {
                (Some(rank), _) if candidate.sure => {
                    let next = Interval::exactly(number(rank));
                    let known =
                        best.as_ref().map_or(next.clone(), |known| further(&Interval::exactly(known.clone()), &next));
                    best = known.exact().cloned();
                }
                (Some(rank), _) => doubtful.push(number(rank)),
                (None, Reading::Lacks(lack)) => node.lacks.push(lack.clone()),
                (None, Reading::Thing(_)) => {}
            }
        }
        let mut value = Valued { may_be: Vec::new(), unknown: !node.lacks.is_empty() };
        let mut add = |number: &BigRational| {
            let word = usize::try_from(number.to_integer()).ok().and_then(|rank| words.get(rank));
            word.into_iter().for_each(|word| value.add(Thing::Word(word.clone())));
        };
        best.iter().for_each(&mut add);
        for next in doubtful {
            let known = best.clone().unwrap_or_else(|| next.clone());
            let joined = further(&Interval::exactly(known), &Interval::exactly(next));
            joined.exact().into_iter().for_each(&mut add);
        }
        node.state = State::Value(value);
        node
    }

    /// Where no result is recorded, the measure's formula stands in; of the highest or first, on each day on which one of the
    /// results it rests on was taken.
    fn derived(
        &self,
        of: &'a ConceptId,
        (pick, scale): (Pick, Scale),
        about: About<'a>,
        (context, times): (&Context<'a>, &Times),
    ) -> Node<'a> {
        let lack = Lack::Result { of: of.clone(), within: times.hull() };
        let formula = self.reader.trial.concepts.get(of).and_then(|concept| concept.derived.as_ref());
        let Some(formula) = formula.filter(|_| scale == Scale::Plain) else {
            let mut node = Node::no_value(about, lack);
            node.notes.clone_from(&times.notes);
            return node;
        };
        let inner = self.picked(formula, pick, context);
        let inner = self.in_usual_unit(of, inner);
        let mut node = Node::value(about, inner.valued(), Vec::new());
        node.notes.push(Note::Derived);
        if !inner.is_settled() {
            node.lacks.push(lack);
        }
        node.parts.push(inner);
        node
    }

    fn in_usual_unit(&self, of: &ConceptId, mut node: Node<'a>) -> Node<'a> {
        let unit = self.unit_of(of);
        if let State::Value(value) = &mut node.state {
            let mut found = Valued { may_be: Vec::new(), unknown: value.unknown };
            for thing in &value.may_be {
                match thing {
                    Thing::Number(interval, from) => match interval.rising(|number| from.convert(number, &unit)) {
                        Ok(interval) => found.add(Thing::Number(interval, unit.clone())),
                        Err(_) => found.unknown = true,
                    },
                    Thing::Word(word) => found.add(Thing::Word(word.clone())),
                }
            }
            *value = found;
        }
        node
    }

    pub(super) fn unit_of(&self, of: &ConceptId) -> Unit {
        self.reader.trial.concepts.get(of).and_then(|concept| concept.unit.clone()).unwrap_or_else(Unit::one)
    }

    /// How old a result is that no window bounds.
    fn tell_age(&self, node: &mut Node<'a>, context: &Context<'a>) {
        if context.window.is_some() || context.look_back.is_some() || context.due.is_some() {
            return;
        }
        let Ok(anchor) = self.now_range(context) else { return };
        let days = node.used.iter().filter_map(|used| match used {
            Used::Result(of, observation) if !is_timeless(of) && observation.when.span.is_one_day() => {
                Some((anchor.span.from.div_euclid(DAY)) - observation.when.span.first_day())
            }
            _ => None,
        });
        if let Some(days) = days.max().filter(|days| *days > 0) {
            node.notes.push(Note::Age { days });
        }
    }

    // ---- repeats ---------------------------------------------------------------------------------------------------------

    /// The last so many results, from the latest backwards, each at least so far from the one after it.
    pub(super) fn repeats(
        &self,
        of: &'a ConceptId,
        (count, apart): (u32, Option<i64>),
        scale: Scale,
        context: &Context<'a>,
    ) -> Result<Vec<(&'a Observation, Thing)>, Lack> {
        let times = self.times_of_results(context)?;
        let (candidates, _) = self.candidates(of, scale, &times);
        let lack = || Lack::Result { of: of.clone(), within: times.hull() };
        let by_time = apart.is_some_and(|apart| apart < DAY);
        let dated = |candidate: &Candidate<'a>| {
            candidate.sure && candidate.span.is_one_day() && (!by_time || candidate.span.from == candidate.span.to)
        };
        let (mut exact, vague): (Vec<_>, Vec<_>) = candidates.into_iter().partition(dated);
        exact.sort_by_key(|candidate| std::cmp::Reverse((candidate.span.to, candidate.span.from)));
        let mut taken: Vec<(&'a Observation, Thing)> = Vec::new();
        let mut last: Option<(Span, Thing)> = None;
        for candidate in &exact {
            let Reading::Thing(thing) = &candidate.reading else { return Err(lack()) };
            let beside = last.as_ref().filter(|(span, _)| span.touches(candidate.span));
            let full = taken.len() == count as usize;
            let near = last
                .as_ref()
                .zip(apart)
                .is_some_and(|((span, _), apart)| distance(candidate.span, *span, apart) < apart);
            if full || near {
                // One of the same moment as the last that counts might as well have been taken.
                if beside.is_some_and(|(_, taken)| taken != thing) {
                    return Err(Lack::Conflict { of: of.clone() });
                }
                if full && beside.is_none() {
                    break;
                }
                continue;
            }
            last = Some((candidate.span, thing.clone()));
            taken.push((candidate.observation, thing.clone()));
        }
        // One whose date is open matters where it may be later than the earliest that counts.
        let earliest = last.map_or(i64::MIN, |(span, _)| span.from);
        if vague.iter().any(|candidate| candidate.span.to >= earliest) {
            return Err(lack());
        }
        if taken.len() < count as usize { Err(lack()) } else { Ok(taken) }
    }
}

/// The upper (or lower) limit of normal of the site's table, for the patient's sex where it depends on that.
pub(crate) fn site_limit(reader: &Reader<'_>, record: &Record, of: &ConceptId, upper: bool) -> Option<BigRational> {
    let sex = record.results.get("sex").and_then(|results| results.first());
    let sex = sex.and_then(|observation| match &observation.value {
        Measured::Word(word) => Some(word),
        _ => None,
    });
    let ranges = reader.site.ranges.get(of)?;
    let range = ranges.iter().find(|range| range.sex.is_none() || range.sex.as_ref() == sex)?;
    if upper { range.upper.clone() } else { range.lower.clone() }
}

/// From one result to a later one: in days where days are asked for, in seconds otherwise.
fn distance(earlier: Span, later: Span, asked: i64) -> i64 {
    if asked % DAY == 0 { (later.first_day() - earlier.last_day()) * DAY } else { later.from - earlier.to }
}

/// What does not change with time.
fn is_timeless(of: &ConceptId) -> bool {
    of.as_str() == "sex"
}
