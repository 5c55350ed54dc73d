//! Events of the patient: what they had, have, got and get.

use super::frame::{Times, detail, end_of_day, moved, start_of_day};
use super::lack::Detail;
use super::node::{About, Node, State, Used};
use super::{Context, Evaluator, Frame, Kleene, Lack, kleene};
use crate::ir::truth::{AttributeTest, History};
use crate::ir::{ConceptId, Counting, Duration, EventClass, Exemption, Reach, Route, Side, TimeUnit, Verb, Window};
use crate::record::{Absence, Kinship, Occurrence, PAST, Span, When, kinds_of};

/// What must hold of an occurrence beside what it is and when it was.
#[derive(Clone, Copy)]
pub(super) struct Tests<'a> {
    pub(super) route: Option<Route>,
    pub(super) with: &'a [AttributeTest],
    pub(super) due_to: Option<&'a ConceptId>,
}

/// One thing that is asked about: a class with all its members, or what is recorded as exactly this one.
#[derive(Clone, Copy)]
struct Asked<'a> {
    event: &'a ConceptId,
    class: &'a EventClass,
    exactly: bool,
}

/// A truth of one occurrence, and what would settle it.
pub(super) struct Judged {
    pub(super) state: Kleene,
    pub(super) lacks: Vec<Lack>,
}

impl Judged {
    fn new(state: Kleene, lack: impl FnOnce() -> Lack) -> Self {
        let lacks = if state == Kleene::Unknown { vec![lack()] } else { Vec::new() };
        Self { state, lacks }
    }

    fn and(mut self, other: Self) -> Self {
        self.state = self.state.and(other.state);
        self.lacks.extend(other.lacks);
        self
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn history(&self, history: &'a History, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        if let (false, [class]) = (history.counting == Counting::Any, history.events.as_slice()) {
            return self.members_counted(class, history, about, context);
        }
        let asked: Vec<Node<'a>> =
            history.events.iter().map(|class| self.class_asked(class, history, context)).collect();
        let state = kleene::count(history.counting, &entries(asked.iter().map(Node::kleene)));
        Node::truth(about, state, asked)
    }

    /// So many different members of a class. What is recorded no finer than the class may be any member: each of them that is
    /// not met may be it, and one of them is.
    fn members_counted(
        &self,
        class: &'a EventClass,
        history: &'a History,
        about: About<'a>,
        context: &Context<'a>,
    ) -> Node<'a> {
        let family = &self.reader.family;
        let asked = self.members_asked(class, history, context);
        let is_class = |node: &&Node<'a>| matches!(node.about, About::Member(of) if family.is_class(of));
        let coarse = Kleene::any(asked.iter().filter(is_class).map(Node::kleene));
        let alone = !family.is_class(&class.event);
        let mut states: Vec<Kleene> = asked.iter().filter(|node| alone || !is_class(node)).map(Node::kleene).collect();
        // Each of these is some member, and any that is not met may be it.
        let recorded = self
            .record
            .occurrences
            .iter()
            .filter(|(of, _)| !alone && family.is_class(of) && family.kinship(of, &class.event) == Kinship::Is);
        let coarse_ones: Vec<&Occurrence> = recorded.flat_map(|(_, all)| all).collect();
        if coarse != Kleene::NotMet {
            let absent = states.iter_mut().filter(|state| **state == Kleene::NotMet);
            absent.take(coarse_ones.len()).for_each(|state| *state = Kleene::Unknown);
            if coarse == Kleene::Met && !states.contains(&Kleene::Met) {
                let one = states.iter_mut().find(|state| **state == Kleene::Unknown);
                one.into_iter().for_each(|state| *state = Kleene::Met);
            }
        }
        let state = kleene::count(history.counting, &entries(states.into_iter()));
        let mut node = Node::truth(about, state, asked);
        if state == Kleene::Unknown && coarse != Kleene::NotMet {
            node.lacks.extend(coarse_ones.into_iter().map(|one| detail(one, Detail::Which)));
        }
        node
    }

    /// A class as a whole; member by member where the window is another for each drug.
    fn class_asked(&self, class: &'a EventClass, history: &'a History, context: &Context<'a>) -> Node<'a> {
        if !by_half_lives(context) {
            let asked = Asked { event: &class.event, class, exactly: false };
            return self.event_asked(asked, About::Event(class), history, context);
        }
        let members = self.members_asked(class, history, context);
        let state = Kleene::any(members.iter().map(Node::kleene));
        Node::truth(About::Event(class), state, members)
    }

    /// Each member of a class by itself, and what is recorded no finer than the class. Those that are not met and of which
    /// the record holds nothing are left out of the report's tree.
    fn members_asked(&self, class: &'a EventClass, history: &'a History, context: &Context<'a>) -> Vec<Node<'a>> {
        let family = &self.reader.family;
        let itself = std::iter::once(&class.event);
        let members = itself.chain(family.members(&class.event)).filter_map(|member| {
            let recorded = self.record.occurrences.contains_key(member);
            if family.is_class(member) && !recorded {
                return None;
            }
            let asked = Asked { event: member, class, exactly: true };
            Some(self.event_asked(asked, About::Member(member), history, context))
        });
        members.collect()
    }

    fn event_asked(&self, asked: Asked<'a>, about: About<'a>, history: &'a History, context: &Context<'a>) -> Node<'a> {
        let times = match self.asked_times(history, context, asked.event) {
            Ok(times) => times,
            Err(lack) => return self.without_times(asked, about, lack, context),
        };
        let tests = Tests { route: history.route, with: &history.with, due_to: history.due_to.as_ref() };
        let judged = |occurrence: &'a Occurrence| self.qualifies(occurrence, asked, tests, context);
        let mut node = match (history.verb, &history.for_at_least) {
            (Verb::Has | Verb::Receiving, Some(length)) => self.all_along(asked, about, &judged, length, context),
            (Verb::Started, _) => self.started(asked, about, &judged, &times),
            (Verb::Has | Verb::Receiving | Verb::Had | Verb::Received | Verb::Stopped, _) => {
                let timed = |occurrence: &'a Occurrence| {
                    let course = self.joined(occurrence, &times, context);
                    judged(occurrence)
                        .and(timing(&course, history.verb, &times))
                        .and(length(&course, history, &|| self.now(context)))
                };
                self.any_of(asked, about, &timed, &times)
            }
        };
        node.notes.extend(times.notes);
        node
    }

    fn asked_times(&self, history: &History, context: &Context<'a>, drug: &ConceptId) -> Result<Times, Lack> {
        match history.verb {
            // The anchor's day, whatever window is around.
            Verb::Has | Verb::Receiving => {
                let anchor = self.now(context)?;
                Ok(Times::span(Span::new(start_of_day(anchor), end_of_day(anchor))))
            }
            Verb::Had | Verb::Received | Verb::Started | Verb::Stopped => {
                // How long something lasted is judged up to the end of the window.
                let lasting = history.for_at_least.is_some() || history.for_at_most.is_some();
                if lasting && matches!(context.window, Some(Frame::From(_))) {
                    self.now(context)?;
                }
                self.times_of_events(context, Some(drug))
            }
        }
    }

    /// Where nobody knows which days are asked about, only a record without any such thing gives an answer.
    fn without_times(&self, asked: Asked<'a>, about: About<'a>, lack: Lack, context: &Context<'a>) -> Node<'a> {
        let ever = Context { window: None, ..context.clone() };
        if let Ok(times) = self.times(&ever, None)
            && self.asked_occurrences(asked).is_empty()
            && let Ok(used) = self.silence(asked.event, &times)
        {
            let mut node = Node::truth(about, Kleene::NotMet, Vec::new());
            node.used = used;
            return node;
        }
        Node::lacking(about, lack)
    }

    /// Whether any occurrence is as it should be; where none is, what the record's silence means.
    fn any_of(
        &self,
        asked: Asked<'a>,
        about: About<'a>,
        judge: &dyn Fn(&'a Occurrence) -> Judged,
        times: &Times,
    ) -> Node<'a> {
        let mut node = Node::truth(about, Kleene::NotMet, Vec::new());
        let mut passed = Vec::new();
        for occurrence in self.asked_occurrences(asked) {
            let judged = judge(occurrence);
            match (judged.state, self.denial(occurrence, times)) {
                (Kleene::Met, None) => {
                    let mut node = Node::truth(about, Kleene::Met, Vec::new());
                    node.used.push(Used::Occurrence(occurrence));
                    return node;
                }
                (Kleene::Met, Some(absence)) => {
                    node.state = State::Truth(Kleene::Unknown);
                    node.used.extend([Used::Occurrence(occurrence), Used::Absence(absence)]);
                    node.lacks.push(Lack::Conflict { of: occurrence.of.clone() });
                    if !node.notes.contains(&super::Note::Conflict) {
                        node.notes.push(super::Note::Conflict);
                    }
                }
                (Kleene::Unknown, _) => {
                    node.state = State::Truth(Kleene::Unknown);
                    node.used.push(Used::Occurrence(occurrence));
                    node.lacks.extend(judged.lacks);
                }
                (Kleene::NotMet, _) => passed.push(Used::Occurrence(occurrence)),
            }
        }
        match self.silence(asked.event, times) {
            Ok(used) => node.used.extend(used),
            Err(lack) => {
                node.state = State::Truth(Kleene::Unknown);
                node.lacks.push(lack);
            }
        }
        node.used.extend(passed);
        node
    }

    /// A record that holds something, and also says that there was none, contradicts itself: that entry is unknown, and others
    /// stand.
    fn denial(&self, occurrence: &Occurrence, times: &Times) -> Option<&'a Absence> {
        self.record.absences.iter().find(|absence| {
            self.reader.family.kinship(&occurrence.of, &absence.of) == Kinship::Is
                && Span::new(occurrence.start.from, occurrence.end.from).within(absence.span)
                && times.may_hold(absence.span)
        })
    }

    /// The first course of all begins in the window.
    fn started(
        &self,
        asked: Asked<'a>,
        about: About<'a>,
        judge: &dyn Fn(&'a Occurrence) -> Judged,
        times: &Times,
    ) -> Node<'a> {
        let window = times.hull();
        let before = Times::span(Span::new(PAST, window.from - 1));
        let mut node = Node::truth(about, Kleene::NotMet, Vec::new());
        let (mut began, mut earlier) = (Kleene::NotMet, Kleene::NotMet);
        for occurrence in self.asked_occurrences(asked) {
            let judged = judge(occurrence);
            let inside = Kleene::between(times.holds(occurrence.start), times.may_hold(occurrence.start));
            let ahead = Kleene::between(occurrence.start.to < window.from, occurrence.start.from < window.from);
            let (inside, ahead) = (inside.and(judged.state), ahead.and(judged.state));
            if inside == Kleene::Unknown || ahead == Kleene::Unknown {
                node.lacks.extend(judged.lacks);
                node.lacks.push(detail(occurrence, Detail::Date));
            }
            if inside != Kleene::NotMet || ahead != Kleene::NotMet {
                node.used.push(Used::Occurrence(occurrence));
            }
            began = began.or(inside);
            earlier = earlier.or(ahead);
        }
        for (state, time) in [(&mut began, times), (&mut earlier, &before)] {
            if *state != Kleene::NotMet {
                continue;
            }
            match self.silence(asked.event, time) {
                Ok(used) => node.used.extend(used),
                Err(lack) => {
                    *state = Kleene::Unknown;
                    node.lacks.push(lack);
                }
            }
        }
        node.state = State::Truth(began.unless(earlier));
        node
    }

    /// On every day from so long before the anchor to it.
    fn all_along(
        &self,
        asked: Asked<'a>,
        about: About<'a>,
        judge: &dyn Fn(&'a Occurrence) -> Judged,
        lasting: &Duration,
        context: &Context<'a>,
    ) -> Node<'a> {
        let stretch = match self.stretch(context, lasting) {
            Ok(stretch) => stretch,
            Err(lack) => return Node::lacking(about, lack),
        };
        let mut node = Node::truth(about, Kleene::Unknown, Vec::new());
        let (mut sure, mut may) = (Vec::new(), Vec::new());
        for occurrence in self.asked_occurrences(asked) {
            let judged = judge(occurrence);
            let whole = Span::new(occurrence.start.from, occurrence.end.to);
            if judged.state == Kleene::NotMet || !whole.touches(stretch) {
                continue;
            }
            node.used.push(Used::Occurrence(occurrence));
            may.push(whole);
            if judged.state == Kleene::Met {
                sure.push(occurrence.sure_days());
                if occurrence.sure_days().to < stretch.to && occurrence.end.to >= stretch.to {
                    node.lacks.push(detail(occurrence, Detail::End));
                } else if occurrence.sure_days().from > stretch.from && occurrence.start.from <= stretch.from {
                    node.lacks.push(detail(occurrence, Detail::Date));
                }
            }
            node.lacks.extend(judged.lacks);
        }
        if covered(stretch, &sure) {
            node.state = State::Truth(Kleene::Met);
            return node;
        }
        // A day on which nothing of it is recorded, and the record is complete, decides.
        let gaps = gaps(stretch, &may);
        let mut lacks = Vec::new();
        for gap in gaps {
            match self.silence(asked.event, &Times::span(gap)) {
                Ok(used) => {
                    node.used.extend(used);
                    node.state = State::Truth(Kleene::NotMet);
                    return node;
                }
                Err(lack) => lacks.push(lack),
            }
        }
        node.lacks.extend(lacks);
        node
    }

    // ---- one occurrence --------------------------------------------------------------------------------------------------

    /// What is, or may be, one of these.
    pub(super) fn occurrences(&self, event: &ConceptId) -> Vec<&'a Occurrence> {
        let family = &self.reader.family;
        let kin = self.record.occurrences.iter().filter(|(of, _)| family.kinship(of, event) != Kinship::IsNot);
        kin.flat_map(|(_, occurrences)| occurrences).collect()
    }

    fn asked_occurrences(&self, asked: Asked<'a>) -> Vec<&'a Occurrence> {
        if asked.exactly {
            return self.record.occurrences.get(asked.event).into_iter().flatten().collect();
        }
        self.occurrences(asked.event)
    }

    /// The whole stretch that an entry belongs to, as far as it is asked about: a renewal without a gap goes on with the course,
    /// and what still lasts has lasted up to the anchor, or to the end of the window.
    fn joined(&self, occurrence: &'a Occurrence, times: &Times, context: &Context<'a>) -> Occurrence {
        let mut course = occurrence.clone();
        if occurrence.single {
            return course;
        }
        let others = || self.record.occurrences.get(&occurrence.of).into_iter().flatten().filter(|other| !other.single);
        let mut grown = true;
        while grown {
            grown = false;
            for other in others().filter(|other| other.route == occurrence.route) {
                let follows = |early: &Occurrence, late: &Occurrence| {
                    early.end.is_one_day()
                        && late.start.is_one_day()
                        && (early.start.from..=early.end.to + 1).contains(&late.start.from)
                };
                if follows(&course, other) && other.end.to > course.end.to {
                    course.end = other.end;
                    grown = true;
                } else if follows(other, &course) && other.start.from < course.start.from {
                    course.start = other.start;
                    grown = true;
                }
            }
        }
        let now = self.now(context).map_or(i64::MIN, end_of_day).max(times.hull().to);
        if course.end.from > now {
            course.end = Span::new(now + 1, now + 1);
        }
        course
    }

    fn qualifies(
        &self,
        occurrence: &'a Occurrence,
        asked: Asked<'a>,
        tests: Tests<'a>,
        context: &Context<'a>,
    ) -> Judged {
        let is = if asked.exactly { Kinship::Is } else { self.reader.family.kinship(&occurrence.of, asked.event) };
        let mut judged = Judged::new(kin(is), || detail(occurrence, Detail::Which)).and(self.passes(occurrence, tests));
        for exemption in &asked.class.except {
            let exempt = self.exempt(occurrence, exemption, context);
            judged = judged.and(Judged { state: !exempt.state, lacks: exempt.lacks });
        }
        judged
    }

    /// Whether an occurrence is one of the class, exemptions aside, and is as the tests ask.
    pub(super) fn belongs(
        &self,
        occurrence: &'a Occurrence,
        class: &'a EventClass,
        tests: Tests<'a>,
        context: &Context<'a>,
    ) -> Judged {
        self.qualifies(occurrence, Asked { event: &class.event, class, exactly: false }, tests, context)
    }

    fn passes(&self, occurrence: &'a Occurrence, tests: Tests<'a>) -> Judged {
        let mut judged = Judged { state: Kleene::Met, lacks: Vec::new() };
        if let Some(wanted) = tests.route {
            let state = occurrence.route.map_or(Kleene::Unknown, |route| (route == wanted).into());
            judged = judged.and(Judged::new(state, || detail(occurrence, Detail::Route)));
        }
        for test in tests.with {
            let (state, what) = self.attribute(occurrence, test);
            judged = judged.and(Judged::new(state, || detail(occurrence, what)));
        }
        if let Some(reason) = tests.due_to {
            let state = self.is_one(occurrence.reason.as_ref(), reason);
            judged = judged.and(Judged::new(state, || detail(occurrence, Detail::Reason)));
        }
        judged
    }

    fn attribute(&self, occurrence: &Occurrence, test: &AttributeTest) -> (Kleene, Detail) {
        let word = |recorded: &Option<crate::ir::Word>, wanted: &[crate::ir::Word]| {
            recorded.as_ref().map_or(Kleene::Unknown, |word| wanted.contains(word).into())
        };
        match test {
            AttributeTest::Grade { from, to } => {
                let state = occurrence.grade.map_or(Kleene::Unknown, |grade| (*from..=*to).contains(&grade).into());
                (state, Detail::Grade)
            }
            AttributeTest::Stage(wanted) => (word(&occurrence.stage, wanted), Detail::Stage),
            AttributeTest::Histology(wanted) => (word(&occurrence.histology, wanted), Detail::Histology),
            AttributeTest::Severity(wanted) => (word(&occurrence.severity, wanted), Detail::Severity),
            AttributeTest::Cause(wanted) => (self.is_one(occurrence.cause.as_ref(), wanted), Detail::Cause),
        }
    }

    fn is_one(&self, recorded: Option<&ConceptId>, wanted: &ConceptId) -> Kleene {
        recorded.map_or(Kleene::Unknown, |recorded| kin(self.reader.family.kinship(recorded, wanted)))
    }

    /// An exemption takes away only what it names, as it describes it, and what lies in its window with all of its days.
    fn exempt(&self, occurrence: &'a Occurrence, exemption: &'a Exemption, context: &Context<'a>) -> Judged {
        let is =
            exemption.event.as_ref().map_or(Kinship::Is, |event| self.reader.family.kinship(&occurrence.of, event));
        let tests = Tests { route: None, with: &exemption.with, due_to: exemption.due_to.as_ref() };
        let judged = Judged::new(kin(is), || detail(occurrence, Detail::Which)).and(self.passes(occurrence, tests));
        let Some(window) = &exemption.window else { return judged };
        let inside = match self.times(&context.within(window), Some(&occurrence.of)) {
            Ok(times) => {
                let all = occurrence.possible();
                let least = Span::new(occurrence.start.to, occurrence.end.from);
                let possible = times
                    .pieces
                    .iter()
                    .any(|piece| least.from >= piece.may.from && least.to <= piece.may.to && all.touches(piece.may));
                Judged::new(Kleene::between(times.holds(all), possible), || unsure_of(occurrence))
            }
            Err(lack) => Judged { state: Kleene::Unknown, lacks: vec![lack] },
        };
        judged.and(inside)
    }

    // ---- silence ---------------------------------------------------------------------------------------------------------

    /// Whether the record's silence about a thing means that there was none: it says so, or it is complete, for all of the time.
    pub(super) fn silence(&self, event: &ConceptId, times: &Times) -> Result<Vec<Used<'a>>, Lack> {
        let (trial, family) = (self.reader.trial, &self.reader.family);
        let mut used = Vec::new();
        let denials: Vec<_> =
            self.record.absences.iter().filter(|absence| family.kinship(event, &absence.of) == Kinship::Is).collect();
        let kinds = kinds_of(trial, family, event);
        for piece in times.pieces.iter().map(|piece| piece.may).filter(|span| !span.is_empty()) {
            let denied: Vec<Span> = denials.iter().map(|absence| absence.span).collect();
            if covered(piece, &denied) {
                used.extend(
                    denials.iter().filter(|absence| absence.span.touches(piece)).map(|absence| Used::Absence(absence)),
                );
                continue;
            }
            for kind in &kinds {
                let complete = self.record.complete.get(kind).into_iter().flatten().copied();
                let spans: Vec<Span> = complete.chain(denied.iter().copied()).collect();
                if !covered(piece, &spans) {
                    let kinds = kinds.iter().copied().collect();
                    return Err(Lack::History { of: event.clone(), within: piece, kinds });
                }
                used.push(Used::Complete(kind.word(), piece));
            }
            let strange = self
                .record
                .unmapped
                .iter()
                .find(|entry| entry.span.touches(piece) && entry.kinds.iter().any(|kind| kinds.contains(kind)));
            if let Some(strange) = strange {
                return Err(Lack::Unmapped { written: strange.written.clone(), of: event.clone() });
            }
        }
        Ok(used)
    }

    /// The condition began in the window.
    pub(super) fn onset(&self, event: &'a ConceptId, about: About<'a>, context: &Context<'a>) -> Node<'a> {
        let times = match self.times_of_events(context, None) {
            Ok(times) => times,
            Err(lack) => return Node::lacking(about, lack),
        };
        let mut first: Option<&'a Occurrence> = None;
        for occurrence in self.occurrences(event) {
            if self.reader.family.kinship(&occurrence.of, event) == Kinship::MayBe {
                return Node::lacking(about, detail(occurrence, Detail::Which));
            }
            if first.is_none_or(|known| occurrence.start.to < known.start.to) {
                first = Some(occurrence);
            }
        }
        let Some(first) = first else {
            return match self.silence(event, &times) {
                Ok(used) => Node { used, ..Node::truth(about, Kleene::NotMet, Vec::new()) },
                Err(lack) => Node::lacking(about, lack),
            };
        };
        let state = Kleene::between(times.holds(first.start), times.may_hold(first.start));
        let mut node = Node::truth(about, state, Vec::new());
        node.used.push(Used::Occurrence(first));
        node.notes = times.notes;
        if state == Kleene::Unknown { node.with_lack(detail(first, Detail::Date)) } else { node }
    }
}

fn entries(states: impl Iterator<Item = Kleene>) -> Vec<kleene::Entry> {
    states.map(|state| kleene::Entry { counts: Kleene::Met, state }).collect()
}

fn kin(kinship: Kinship) -> Kleene {
    match kinship {
        Kinship::Is => Kleene::Met,
        Kinship::MayBe => Kleene::Unknown,
        Kinship::IsNot => Kleene::NotMet,
    }
}

/// Whether an occurrence is in the time, as its verb asks.
fn timing(occurrence: &Occurrence, verb: Verb, times: &Times) -> Judged {
    let state = match verb {
        Verb::Stopped => Kleene::between(times.holds(occurrence.end), times.may_hold(occurrence.end)),
        Verb::Has | Verb::Had | Verb::Receiving | Verb::Received | Verb::Started => touches(occurrence, times),
    };
    Judged::new(state, || unsure_of(occurrence))
}

/// Whether any day of it lies in the time.
pub(super) fn touches(occurrence: &Occurrence, times: &Times) -> Kleene {
    let sure = times.pieces.iter().any(|piece| {
        !piece.sure.is_empty() && occurrence.start.to <= piece.sure.to && occurrence.end.from >= piece.sure.from
    });
    let possible = times.may_hold(Span::new(occurrence.start.from, occurrence.end.to));
    Kleene::between(sure, possible)
}

/// Which of its dates leaves open where it lies.
fn unsure_of(occurrence: &Occurrence) -> Lack {
    let open_start = !occurrence.start.is_one_day();
    detail(occurrence, if open_start || occurrence.single { Detail::Date } else { Detail::End })
}

/// Whether it lasted as long, or as short, as is asked.
fn length(occurrence: &Occurrence, history: &History, at: &dyn Fn() -> Result<When, Lack>) -> Judged {
    let mut judged = Judged { state: Kleene::Met, lacks: Vec::new() };
    let now = matches!(history.verb, Verb::Has | Verb::Receiving);
    if let Some(least) = history.for_at_least.as_ref().filter(|_| !now) {
        judged = judged.and(Judged::new(lasted(occurrence, least), || unsure_of(occurrence)));
    }
    if let Some(most) = &history.for_at_most {
        let state = if now { began_within(occurrence, most, at().ok()) } else { no_longer(occurrence, most) };
        judged = judged.and(Judged::new(state, || unsure_of(occurrence)));
    }
    judged
}

/// The day that lies so long after the day of a moment.
fn day_after(moment: i64, length: &Duration) -> Option<i64> {
    moved(When::range(Span::new(moment, moment)), length, Side::After, None).ok().map(Span::first_day)
}

fn lasted(occurrence: &Occurrence, least: &Duration) -> Kleene {
    if occurrence.single {
        return Kleene::NotMet;
    }
    // The first and the last day count: 1 to 28 January are four weeks.
    let enough = |start: i64, end: Span| {
        day_after(start, least).map(|day| (day - 1 <= end.first_day(), day - 1 <= end.last_day()))
    };
    match (enough(occurrence.start.to, occurrence.end), enough(occurrence.start.from, occurrence.end)) {
        (Some((sure, _)), Some((_, possible))) => Kleene::between(sure, possible),
        _ => Kleene::Unknown,
    }
}

fn no_longer(occurrence: &Occurrence, most: &Duration) -> Kleene {
    if occurrence.single {
        return Kleene::Met;
    }
    let within = |start: i64, end: i64| day_after(start, most).map(|day| end < day);
    let (start, end) = (occurrence.start, occurrence.end);
    match (within(start.from, end.last_day()), within(start.to, end.first_day())) {
        (Some(sure), Some(possible)) => Kleene::between(sure, possible),
        _ => Kleene::Unknown,
    }
}

/// What lasts at a moment has lasted no longer than that.
fn began_within(occurrence: &Occurrence, most: &Duration, now: Option<When>) -> Kleene {
    let Some(anchor) = now else { return Kleene::Unknown };
    let Ok(far) = moved(anchor, most, Side::Before, None) else { return Kleene::Unknown };
    Kleene::between(occurrence.start.first_day() >= far.first_day(), occurrence.start.last_day() >= far.first_day())
}

impl<'a> Evaluator<'a> {
    /// From so long before the anchor to the anchor's day.
    pub(super) fn stretch(&self, context: &Context<'a>, lasting: &Duration) -> Result<Span, Lack> {
        let anchor = self.now(context)?;
        let from = moved(anchor, lasting, Side::Before, None)?;
        Ok(Span::new(start_of_day(When::range(from)), end_of_day(anchor)))
    }
}

/// Whether spans cover all of another.
pub(crate) fn covered(span: Span, by: &[Span]) -> bool {
    // Nearly always one of them covers it alone, or none touches it.
    span.is_empty()
        || by.iter().any(|other| span.within(*other))
        || by.iter().any(|other| other.touches(span)) && gaps(span, by).is_empty()
}

/// What spans leave of another.
pub(crate) fn gaps(span: Span, by: &[Span]) -> Vec<Span> {
    let mut sorted: Vec<Span> = by.iter().copied().filter(|other| other.touches(span)).collect();
    sorted.sort_unstable();
    let mut found = Vec::new();
    let mut from = span.from;
    for next in sorted {
        if next.from > from {
            found.push(Span::new(from, next.from - 1));
        }
        from = from.max(next.to.saturating_add(1));
    }
    if from <= span.to && !span.is_empty() {
        found.push(Span::new(from, span.to));
    }
    found
}

/// Whether the window around is another for each drug.
fn by_half_lives(context: &Context<'_>) -> bool {
    let of = |duration: &Duration| duration.unit == TimeUnit::HalfLives;
    let Some(Frame::Written(window)) = &context.window else { return false };
    match window {
        Window::Within { reach: Reach { lengths, .. }, .. } => lengths.iter().any(of),
        Window::AtLeast { distance, .. } => of(distance),
        Window::Between { .. }
        | Window::At { .. }
        | Window::Beside { .. }
        | Window::DuringEpoch { .. }
        | Window::DuringEvent { .. } => false,
    }
}
