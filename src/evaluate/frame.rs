//! Anchors, moments and windows: which days a sentence asks about.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::lack::{Detail, named};
use super::node::Node;
use super::{Ahead, Context, Evaluator, Frame, Kleene, Lack, Note, OpenEnd};
use crate::ir::{
    Anchor, ConceptId, Counting, Duration, Epoch, EpochId, Moment, Reach, Side, TimeUnit, Truth, TruthKind, Verb,
    VisitId, VisitTime, Whichever, Window,
};
use crate::record::time::add_months;
use crate::record::{DAY, FUTURE, Kinship, Occurrence, PAST, Span, When};

/// The time that is asked about: `sure` belongs to it, and what is not in `may` does not. The two differ only where a time of
/// day matters and is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) sure: Span,
    pub(super) may: Span,
}

/// Some stretches of time, and what a report should say about them.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    pub(super) pieces: Vec<Piece>,
    pub(super) notes: Vec<Note>,
    /// Results with a time of day count only before this moment.
    pub(super) before: Option<i64>,
    /// Of results on several days those nearest to this one count, of two equally near the earlier.
    pub(super) near: Option<i64>,
}

impl Times {
    pub(super) fn span(span: Span) -> Self {
        Self { pieces: vec![Piece { sure: span, may: span }], ..Self::default() }
    }

    /// From the first of its moments to the last.
    pub(super) fn hull(&self) -> Span {
        let from = self.pieces.iter().map(|piece| piece.may.from).min().unwrap_or(0);
        let to = self.pieces.iter().map(|piece| piece.may.to).max().unwrap_or(-1);
        Span::new(from, to)
    }

    /// Whether something that lies somewhere in this span lies in the time for sure.
    pub(super) fn holds(&self, span: Span) -> bool {
        self.pieces.iter().any(|piece| span.within(piece.sure))
    }

    pub(super) fn may_hold(&self, span: Span) -> bool {
        self.pieces.iter().any(|piece| span.touches(piece.may))
    }
}

/// An anchor's day, and whether it lies ahead.
#[derive(Clone, Copy)]
struct Fixed {
    when: When,
    planned: bool,
    /// It is counted in hours, and is no whole day.
    by_hours: bool,
}

impl Fixed {
    fn on(when: When) -> Self {
        Self { when, planned: false, by_hours: false }
    }

    /// All moments at which a span that begins with it may begin.
    fn opens(&self) -> Span {
        let day = start_of_day(self.when);
        if self.by_hours { self.when.span } else { Span::new(day, day) }
    }

    /// All moments at which a span that ends with it may end.
    fn closes(&self) -> Span {
        let day = end_of_day(self.when);
        if self.by_hours { self.when.span } else { Span::new(day, day) }
    }
}

impl<'a> Evaluator<'a> {
    /// The last day that the record speaks of: that of the record itself, or else of the anchor.
    fn last_day(&self, context: &Context<'a>) -> Option<i64> {
        // A record that was drawn before the screening says nothing of the days between: they have come all the same.
        let day = self.reader.last_day(self.record).max(self.reader.last_screening(self.record));
        day.or_else(|| self.now(context).ok().map(|when| when.span.last_day()))
    }

    /// The time of the window that is nearest around; without one, all of it up to the anchor.
    pub(super) fn times(&self, context: &Context<'a>, drug: Option<&ConceptId>) -> Result<Times, Lack> {
        let mut times = match &context.window {
            Some(Frame::Exactly(span)) => Times::span(*span),
            Some(Frame::Baseline(baseline)) => Times { before: baseline.before, ..Times::span(baseline.span()) },
            Some(Frame::Written(window)) => self.window(window, context, drug)?,
            Some(Frame::From(OpenEnd { first, least, most })) => {
                let sure = Span::days(*first, *least);
                open(sure, Span::new(sure.from, most.map_or(FUTURE, |day| Span::days(day, day).to)))
            }
            None => {
                let anchor = self.now(context)?;
                Times::span(Span::new(PAST, end_of_day(anchor)))
            }
        };
        if let Some(until) = context.until {
            clip(&mut times, until);
        }
        Ok(times)
    }

    /// The same for results, which are looked for no further back than the block says.
    pub(super) fn times_of_results(&self, context: &Context<'a>) -> Result<Times, Lack> {
        match (&context.window, context.look_back) {
            (None, _) if let Some(results) = context.due.and_then(|due| due.results) => {
                Ok(Times { near: context.near, ..Times::span(results) })
            }
            (None, Some(back)) => {
                let anchor = self.now(context)?;
                let far = moved(anchor, back, Side::Before, None)?;
                Ok(between(far, anchor, Side::Before, is_of_hours(back)))
            }
            _ => self.times(context, None),
        }
    }

    /// The same for events of the patient: a rule of a treatment looks back to the dose before.
    pub(super) fn times_of_events(&self, context: &Context<'a>, drug: Option<&ConceptId>) -> Result<Times, Lack> {
        match (&context.window, context.due) {
            (None, Some(due)) => Ok(Times::span(due.events)),
            _ => self.times(context, drug),
        }
    }

    /// The time of one window.
    pub(super) fn times_in(&self, window: &Window, context: &Context<'a>) -> Result<Times, Lack> {
        self.window(window, context, None)
    }

    fn window(&self, window: &Window, context: &Context<'a>, drug: Option<&ConceptId>) -> Result<Times, Lack> {
        if self.counts_from_nothing(window, context) {
            return Ok(Times::default());
        }
        match window {
            Window::Within { reach, side, anchor } => {
                let fixed = match anchor {
                    Some(anchor) => self.anchor(anchor, context)?,
                    None => Fixed::on(self.now(context)?),
                };
                let far = self.reach(fixed.when, reach, *side, drug)?;
                let mut times = between(far, fixed.when, *side, reach.lengths.iter().any(is_of_hours));
                self.ahead(&mut times, fixed, anchor.as_ref(), context);
                Ok(times)
            }
            Window::AtLeast { distance, side, anchor } => {
                let fixed = self.anchor(anchor, context)?;
                let far = moved(fixed.when, distance, *side, self.half_life(drug))?;
                let mut times = match (side, is_of_hours(distance)) {
                    (Side::Before, true) => open(Span::new(PAST, far.from), Span::new(PAST, far.to)),
                    (Side::After, true) => open(Span::new(far.to, FUTURE), Span::new(far.from, FUTURE)),
                    (Side::Before, false) => Times::span(Span::new(PAST, far.to)),
                    (Side::After, false) => Times::span(Span::new(far.from, FUTURE)),
                };
                self.ahead(&mut times, fixed, Some(anchor), context);
                self.up_to_now(&mut times, context);
                Ok(times)
            }
            Window::Beside { side, anchor } => {
                let fixed = self.anchor(anchor, context)?;
                let span = match side {
                    Side::Before => Span::new(PAST, end_of_day(fixed.when)),
                    Side::After => Span::new(start_of_day(fixed.when), FUTURE),
                };
                let mut times = Times::span(span);
                self.ahead(&mut times, fixed, Some(anchor), context);
                self.up_to_now(&mut times, context);
                Ok(times)
            }
            Window::Between { from, to } => {
                let first = self.fixed_moment(from, context)?;
                let last = match self.fixed_moment(to, context) {
                    Ok(last) => last,
                    // The end of a rule that is screened up to its anchor lies behind that anchor.
                    Err(_) if context.until.is_some() => {
                        Fixed { when: When::range(Span::new(FUTURE, FUTURE)), planned: true, by_hours: false }
                    }
                    Err(lack) => return Err(lack),
                };
                let mut times = open(
                    Span::new(first.opens().to, last.closes().from),
                    Span::new(first.opens().from, last.closes().to),
                );
                self.ahead(&mut times, first, Some(&from.anchor), context);
                self.ahead(&mut times, last, Some(&to.anchor), context);
                Ok(times)
            }
            Window::At { moment } => {
                let when = self.fixed_moment(moment, context)?.when;
                Ok(Times::span(Span::new(start_of_day(when), end_of_day(when))))
            }
            Window::DuringEpoch { epoch } => {
                let span = self.epoch(epoch, context)?;
                let mut times = Times::span(span);
                self.up_to_now(&mut times, context);
                Ok(times)
            }
            Window::DuringEvent { event } => self.during(event, context),
        }
    }

    /// Whether a window is counted from something of the patient's own that has never been, by a complete record: it has no
    /// days.
    fn counts_from_nothing(&self, window: &Window, context: &Context<'a>) -> bool {
        let anchors = match window {
            Window::Within { anchor, .. } => [anchor.as_ref(), None],
            Window::AtLeast { anchor, .. } | Window::Beside { anchor, .. } => [Some(anchor), None],
            Window::Between { from, to } => [Some(&from.anchor), Some(&to.anchor)],
            Window::At { .. } | Window::DuringEpoch { .. } | Window::DuringEvent { .. } => [None, None],
        };
        anchors.into_iter().flatten().any(|anchor| self.has_never_been(anchor, context))
    }

    fn has_never_been(&self, anchor: &Anchor, context: &Context<'a>) -> bool {
        let events = match anchor {
            Anchor::StartOf(event) | Anchor::EndOf(event) => std::slice::from_ref(event),
            Anchor::First { of, .. } | Anchor::Last { of, .. } => of.as_slice(),
            Anchor::Event(_)
            | Anchor::Visit(_)
            | Anchor::StudyDay(_)
            | Anchor::Date(_)
            | Anchor::EpochStart(_)
            | Anchor::EpochEnd(_) => return false,
        };
        let Ok(now) = self.now(context) else { return false };
        let ever = Times::span(Span::new(PAST, end_of_day(now)));
        events.iter().all(|event| self.occurrences(event).is_empty() && self.silence(event, &ever).is_ok())
    }

    /// The days of every course of a treatment or condition.
    fn during(&self, event: &ConceptId, context: &Context<'a>) -> Result<Times, Lack> {
        let asked = Context { window: None, ..context.clone() };
        let up_to = self.times(&asked, None)?;
        let mut times = Times::default();
        for occurrence in self.occurrences(event) {
            if self.reader.family.kinship(&occurrence.of, event) == Kinship::MayBe {
                return Err(detail(occurrence, Detail::Which));
            }
            times.pieces.push(Piece { sure: occurrence.sure_days(), may: occurrence.possible() });
        }
        if times.pieces.is_empty() {
            self.silence(event, &up_to)?;
        }
        Ok(times)
    }

    /// A window at an anchor that lies ahead is judged up to the day of the record.
    fn ahead(&self, times: &mut Times, fixed: Fixed, anchor: Option<&Anchor>, context: &Context<'a>) {
        if !fixed.planned {
            return;
        }
        if let Some(anchor) = anchor {
            times.notes.push(Note::AsPlanned { anchor: named(anchor) });
        }
        self.up_to_now(times, context);
    }

    fn up_to_now(&self, times: &mut Times, context: &Context<'a>) {
        if context.ahead == Ahead::Open {
            return;
        }
        let Some(day) = self.last_day(context) else { return };
        if times.hull().to > Span::days(day, day).to {
            clip(times, Span::days(day, day).to);
            times.notes.push(Note::UpTo { day });
        }
    }

    // ---- moments and anchors ---------------------------------------------------------------------------------------------

    /// The day of a moment.
    pub(super) fn moment(&self, moment: &Moment, context: &Context<'a>) -> Result<When, Lack> {
        self.fixed_moment(moment, context).map(|fixed| fixed.when)
    }

    /// The day that `at` moves a sentence to: one that lies ahead is judged on the day of the record.
    pub(super) fn judged_at(&self, moment: &Moment, context: &Context<'a>) -> Result<When, Lack> {
        let fixed = self.fixed_moment(moment, context)?;
        let ahead = self.last_day(context).filter(|day| fixed.planned && fixed.when.span.first_day() > *day);
        Ok(ahead.map_or(fixed.when, When::day))
    }

    /// A window whose end is not known; nothing where its beginning is not, or is an hour.
    pub(super) fn open_end(&self, from: &Moment, to: &Moment, context: &Context<'a>) -> Option<OpenEnd> {
        let first = self.fixed_moment(from, context).ok().filter(|first| !first.by_hours)?.when.span.first_day();
        let (least, most) = match to {
            Moment { anchor: Anchor::EpochEnd(epoch), offset: None } => {
                let (epoch, begun) = self.epoch_from(epoch, context).ok()?;
                self.may_end(epoch, begun)
            }
            _ => (None, None),
        };
        Some(OpenEnd { first, least: least.map_or(first, |day| day.max(first)), most })
    }

    fn fixed_moment(&self, moment: &Moment, context: &Context<'a>) -> Result<Fixed, Lack> {
        let fixed = self.anchor(&moment.anchor, context)?;
        let Some((distance, side)) = &moment.offset else { return Ok(fixed) };
        let span = moved(fixed.when, distance, *side, None)?;
        let by_hours = is_of_hours(distance);
        let when = if by_hours { When::range(span) } else { When::day(span.first_day()) };
        Ok(Fixed { when, by_hours, ..fixed })
    }

    pub(super) fn anchor_day(&self, anchor: &Anchor, context: &Context<'a>) -> Result<When, Lack> {
        self.anchor(anchor, context).map(|fixed| fixed.when)
    }

    fn anchor(&self, anchor: &Anchor, context: &Context<'a>) -> Result<Fixed, Lack> {
        let fixed = self.known(anchor, context)?;
        Ok(Fixed { when: self.taken(anchor, fixed.when)?, ..fixed })
    }

    /// All that a moment may be, without taking a day of it.
    pub(super) fn moment_range(&self, moment: &Moment, context: &Context<'a>) -> Result<When, Lack> {
        let when = self.known(&moment.anchor, context)?.when;
        match &moment.offset {
            None => Ok(when),
            Some((distance, side)) => {
                let span = moved(when, distance, *side, None)?;
                Ok(if is_of_hours(distance) {
                    When::range(span)
                } else {
                    When::days(span.first_day(), span.last_day())
                })
            }
        }
    }

    /// All days that an anchor may fall on, without taking one.
    pub(super) fn anchor_range(&self, anchor: &Anchor, context: &Context<'a>) -> Result<When, Lack> {
        self.known(anchor, context).map(|fixed| fixed.when)
    }

    fn known(&self, anchor: &Anchor, context: &Context<'a>) -> Result<Fixed, Lack> {
        let lack = || Lack::Day { of: named(anchor) };
        let on = Fixed::on;
        match anchor {
            Anchor::Event(event) => self.event(event, context).ok_or_else(lack),
            Anchor::Visit(visit) => self.visit(visit, context),
            Anchor::StudyDay(number) => {
                let first = self.study_day_1(context)?;
                // There is no day 0.
                let offset = i64::from(if *number > 0 { number - 1 } else { *number });
                Ok(Fixed { when: When::day(first.when.span.first_day() + offset), ..first })
            }
            Anchor::Date(text) => text.parse().map(on).map_err(|_| lack()),
            Anchor::EpochStart(epoch) => Ok(on(When::day(self.epoch(epoch, context)?.first_day()))),
            Anchor::EpochEnd(epoch) => Ok(on(When::day(self.epoch(epoch, context)?.last_day()))),
            Anchor::StartOf(event) => {
                let found = self.occurrences(event).into_iter().map(|occurrence| occurrence.start);
                found.min_by_key(|start| (start.to, start.from)).map(|start| on(exact_or_range(start))).ok_or_else(lack)
            }
            Anchor::EndOf(event) => {
                let found = self.occurrences(event).into_iter().map(|occurrence| occurrence.end);
                found.max_by_key(|end| (end.from, end.to)).map(|end| on(exact_or_range(end))).ok_or_else(lack)
            }
            Anchor::First { of, route } => self.extreme(of, *route, context, Side::Before).map(on),
            Anchor::Last { of, route } => self.extreme(of, *route, context, Side::After).map(on),
        }
    }

    /// The date of an event of the trial: recorded, planned for this patient, or by the protocol's plan.
    fn event(&self, event: &ConceptId, context: &Context<'a>) -> Option<Fixed> {
        if let Some(dated) = self.record.anchors.get(event) {
            return Some(Fixed { planned: dated.planned, ..Fixed::on(dated.when) });
        }
        let plan = self.reader.trial.plans.iter().find(|plan| plan.event == *event)?;
        let asked = Context { window: None, ..context.clone() };
        let span = match &plan.window {
            Window::Within { reach, side, anchor: Some(anchor) } if *anchor != Anchor::Event(event.clone()) => {
                let from = self.anchor(anchor, &asked).ok()?;
                let far = self.reach(from.when, reach, *side, None).ok()?;
                between(far, from.when, *side, false).hull()
            }
            Window::Between { from, to } => {
                let (from, to) = (self.moment(from, &asked).ok()?, self.moment(to, &asked).ok()?);
                Span::new(start_of_day(from), end_of_day(to))
            }
            _ => return None,
        };
        // It has not happened up to the day of the record, so it lies ahead of it, or on it.
        let today = self.last_day(context).map_or(PAST, |day| Span::days(day, day).from);
        let ahead = Span::new(span.from.max(today), span.to);
        let span = if ahead.is_empty() { span } else { ahead };
        Some(Fixed { planned: true, ..Fixed::on(When::days(span.first_day(), span.last_day())) })
    }

    fn study_day_1(&self, context: &Context<'a>) -> Result<Fixed, Lack> {
        let event = self.reader.trial.header.day_1.clone().unwrap_or_else(|| ConceptId::from("first_dose"));
        self.anchor(&Anchor::Event(event), context)
    }

    /// What is known of study day 1.
    pub(super) fn day_1(&self, context: &Context<'a>) -> Result<When, Lack> {
        let event = self.reader.trial.header.day_1.clone().unwrap_or_else(|| ConceptId::from("first_dose"));
        let anchor = Anchor::Event(event);
        let fixed = self.known(&anchor, context)?;
        // What is only planned has not begun.
        if fixed.planned { Err(Lack::Day { of: named(&anchor) }) } else { Ok(fixed.when) }
    }

    fn visit(&self, id: &VisitId, context: &Context<'a>) -> Result<Fixed, Lack> {
        if let Some(dated) = self.record.visits.get(id) {
            return Ok(Fixed { planned: dated.planned, ..Fixed::on(dated.when) });
        }
        let lack = || Lack::Day { of: id.to_string() };
        let visit = self.reader.trial.visits.iter().find(|visit| visit.name == *id).ok_or_else(lack)?;
        match &visit.time {
            VisitTime::At(moment) => Ok(Fixed { planned: true, ..self.fixed_moment(moment, context)? }),
            VisitTime::Span { from, to } => {
                let (from, to) = (self.moment(from, context)?, self.moment(to, context)?);
                Ok(Fixed { planned: true, ..Fixed::on(When::days(from.span.first_day(), to.span.last_day())) })
            }
            VisitTime::Every { .. } => Err(lack()),
        }
    }

    /// The days of an epoch, as far as the lengths of those before it are exact; of an outcome, as far as the record tells
    /// when they ended.
    fn epoch(&self, id: &EpochId, context: &Context<'a>) -> Result<Span, Lack> {
        let (epoch, first) = self.epoch_from(id, context)?;
        let last = self.epoch_end(epoch, first, context)?;
        Ok(Span::new(start_of_day(first), Span::days(last, last).to))
    }

    /// An epoch, and its first day.
    fn epoch_from(&self, id: &EpochId, context: &Context<'a>) -> Result<(&'a Epoch, When), Lack> {
        let mut first = self.study_day_1(context)?.when;
        for epoch in &self.reader.trial.epochs {
            if epoch.name == *id {
                return Ok((epoch, first));
            }
            first = When::day(self.epoch_end(epoch, first, context)? + 1);
        }
        Err(Lack::Day { of: id.to_string() })
    }

    fn epoch_end(&self, epoch: &'a Epoch, first: When, context: &Context<'a>) -> Result<i64, Lack> {
        let end = match context.ahead {
            Ahead::CutOff => Self::planned_end(epoch, first),
            Ahead::Open => self.seen_end(epoch, first, context),
        };
        let next = end.ok_or_else(|| Lack::Day { of: format!("the end of {}", epoch.name) })?;
        let last = When::days(next.first_day() - 1, next.last_day() - 1);
        // Where the record tells it to the month, each of its days is one that it may end on.
        Ok(self.taken(&Anchor::EpochEnd(epoch.name.clone()), last)?.span.first_day())
    }

    /// The day after an epoch of exact length.
    fn planned_end(epoch: &Epoch, first: When) -> Option<Span> {
        let extent = epoch.extent.as_ref().filter(|extent| !extent.at_most && epoch.until.is_none())?;
        moved(first, &extent.duration, Side::After, None).ok()
    }

    /// All that may be the day after an epoch that ends with what its `until` names, and lasts as long as it can where the record
    /// says that this did not come.
    fn seen_end(&self, epoch: &'a Epoch, first: When, context: &Context<'a>) -> Option<Span> {
        let extent = epoch.extent.as_ref().map(|extent| moved(first, &extent.duration, Side::After, None));
        let longest = extent.transpose().ok()?;
        let Some(until) = &epoch.until else { return longest };
        let last = self.last_day(context).unwrap_or(first.span.last_day());
        let last = longest.map_or(last, |end| end.first_day() - 1).max(first.span.first_day());
        let time = Span::new(start_of_day(first), Span::days(last, last).to);
        let within = |time: Span| self.has_come(until, time);
        let node = within(time);
        match node.kleene() {
            // Nobody is in an epoch after death.
            Kleene::NotMet => {
                let deaths = self.record.occurrences.get("death").into_iter().flatten().map(|death| death.start);
                let death = deaths.filter(|day| day.is_one_day() && day.first_day() <= last).min();
                death.map(|day| Span::days(day.first_day() + 1, day.first_day() + 1)).or(longest)
            }
            Kleene::Unknown => None,
            Kleene::Met => {
                let (early, late) = self.since(&[until], time, &within);
                Some(Span::days(early + 1, late + 1))
            }
        }
    }

    /// Whether what ends an epoch has come in a time.
    fn has_come(&self, until: &'a Truth, time: Span) -> Node<'a> {
        let until_then = Context { until: Some(time.to), ..Context::at(Ok(When::day(time.last_day()))) };
        self.truth(until, &Context { ahead: Ahead::Open, ..until_then.exactly(time) })
    }

    /// The first and the last day on which an epoch may end: after the last one up to which the record says that what it ends
    /// with has not come, and no later than its length allows.
    fn may_end(&self, epoch: &'a Epoch, begun: When) -> (Option<i64>, Option<i64>) {
        let longest = epoch.extent.as_ref().map(|extent| moved(begun, &extent.duration, Side::After, None));
        let most = longest.and_then(Result::ok).map(|end| end.first_day() - 1);
        let first = begun.span.first_day();
        // Nobody is in an epoch after death.
        let until = epoch.until.as_ref().filter(|until| stays(until) && !self.record.occurrences.contains_key("death"));
        let Some(until) = until else { return (None, most) };
        let complete = self.record.complete.values().flatten().map(|span| span.last_day());
        let absent = self.record.absences.iter().map(|absence| absence.span.last_day());
        let days: BTreeSet<i64> = complete.chain(absent).map(|day| most.map_or(day, |most| day.min(most))).collect();
        let time = |last: i64| Span::new(start_of_day(begun), Span::days(last, last).to);
        let without = |day: &&i64| **day >= first && self.has_come(until, time(**day)).kleene() == Kleene::NotMet;
        let least = days.iter().rev().find(without).map(|day| day + 1);
        (least.map(|day| most.map_or(day, |most| day.min(most))), most)
    }

    /// The first or the last of the patient's occurrences up to the anchor. One that the record does not hold may have been
    /// before the first or after the last, unless the record is complete there.
    fn extreme(
        &self,
        of: &[ConceptId],
        route: Option<crate::ir::Route>,
        context: &Context<'a>,
        side: Side,
    ) -> Result<When, Lack> {
        let now = end_of_day(self.now(context)?);
        let mut found: Option<Span> = None;
        for occurrence in of.iter().flat_map(|event| self.occurrences(event)) {
            let certain = of.iter().any(|event| self.reader.family.kinship(&occurrence.of, event) == Kinship::Is);
            if !certain {
                return Err(detail(occurrence, Detail::Which));
            }
            match (route, occurrence.route) {
                (Some(wanted), Some(known)) if wanted != known => continue,
                (Some(_), None) => return Err(detail(occurrence, Detail::Route)),
                _ => {}
            }
            if occurrence.start.from > now {
                continue;
            }
            let day = match side {
                Side::Before => occurrence.start,
                // What is counted from the last one is the time without it.
                Side::After => Span::new(occurrence.end.from.min(now), occurrence.end.to.min(now)),
            };
            found = Some(match (found, side) {
                (None, _) => day,
                (Some(known), Side::Before) => Span::new(known.from.min(day.from), known.to.min(day.to)),
                (Some(known), Side::After) => Span::new(known.from.max(day.from), known.to.max(day.to)),
            });
        }
        let name = || of.first().map_or_else(String::new, ToString::to_string);
        let word = if side == Side::Before { "first" } else { "last" };
        let lack = || Lack::Day { of: format!("{word} {}", name()) };
        let found = found.ok_or_else(lack)?;
        let unseen = match side {
            Side::Before => Span::new(PAST, found.from - 1),
            Side::After => Span::new(found.to + 1, now),
        };
        for event in of {
            if !unseen.is_empty() && self.silence(event, &Times::span(unseen)).is_err() {
                let whole = if side == Side::Before { Span::new(PAST, found.to) } else { Span::new(found.from, now) };
                return Ok(When::range(whole));
            }
        }
        Ok(exact_or_range(found))
    }

    // ---- lengths ---------------------------------------------------------------------------------------------------------

    fn half_life(&self, drug: Option<&ConceptId>) -> Option<BigRational> {
        self.reader.half_life(drug?).cloned()
    }

    /// The far end of a window: of several lengths the longer or shorter.
    fn reach(&self, from: When, reach: &Reach, side: Side, drug: Option<&ConceptId>) -> Result<Span, Lack> {
        let mut found: Option<Span> = None;
        for length in &reach.lengths {
            let life = if length.unit == TimeUnit::HalfLives { self.half_life(drug) } else { None };
            if length.unit == TimeUnit::HalfLives && life.is_none() {
                return Err(Lack::HalfLife { of: drug.cloned().unwrap_or_else(|| ConceptId::from("")) });
            }
            let far = moved(from, length, side, life)?;
            let further = |a: &Span, b: &Span| match side {
                Side::Before => a.from < b.from,
                Side::After => a.to > b.to,
            };
            found = Some(match found {
                Some(known) if further(&known, &far) == (reach.whichever == Whichever::Longer) => known,
                _ => far,
            });
        }
        found.ok_or_else(|| Lack::Day { of: String::new() })
    }
}

/// That long before or after a moment: all of the days' seconds for days, the second for hours.
pub(super) fn moved(from: When, length: &Duration, side: Side, half_life: Option<BigRational>) -> Result<Span, Lack> {
    let sign = if side == Side::Before { -1 } else { 1 };
    let number = length.value.rational();
    let whole = |number: &BigRational| number.ceil().to_integer().to_i64().unwrap_or(i64::MAX / DAY / 8);
    let days = |days: i64| {
        let days = sign * days.min(4_000_000);
        Span::days(from.span.first_day() + days, from.span.last_day() + days)
    };
    let seconds = |factor: i64| {
        let seconds = whole(&(number.clone() * BigRational::from_integer(BigInt::from(factor))));
        Span::new(from.span.from + sign * seconds, from.span.to + sign * seconds)
    };
    let months = |factor: i64| {
        let months = sign * whole(&number).saturating_mul(factor).min(40_000);
        Span::days(add_months(from.span.first_day(), months), add_months(from.span.last_day(), months))
    };
    Ok(match length.unit {
        TimeUnit::Minutes => seconds(60),
        TimeUnit::Hours => seconds(3600),
        TimeUnit::Days => days(whole(&number)),
        TimeUnit::Weeks => days(whole(&(number.clone() * BigRational::from_integer(BigInt::from(7))))),
        TimeUnit::Months => months(1),
        TimeUnit::Years => months(12),
        TimeUnit::HalfLives => match half_life {
            Some(life) => days(whole(&(number * life))),
            None => return Err(Lack::HalfLife { of: ConceptId::from("") }),
        },
        TimeUnit::Cycles => return Err(Lack::Day { of: "the cycles".to_owned() }),
    })
}

/// Whether what has come is there for good: a condition that had not come by a day had not come before.
fn stays(truth: &Truth) -> bool {
    match &truth.kind {
        TruthKind::History(history) => {
            let grows = matches!(history.counting, Counting::Any | Counting::All | Counting::AtLeast(_));
            let ended = history.for_at_most.is_some();
            grows && !ended && !matches!(history.verb, Verb::Has | Verb::Receiving)
        }
        TruthKind::Any(parts) | TruthKind::All(parts) => {
            parts.iter().all(|part| part.when.is_none() && stays(&part.body))
        }
        TruthKind::Onset(_)
        | TruthKind::Not(_)
        | TruthKind::Known(_)
        | TruthKind::Unless { .. }
        | TruthKind::Timed { .. }
        | TruthKind::Defined(_)
        | TruthKind::Count { .. }
        | TruthKind::Asked { .. }
        | TruthKind::StableDose { .. }
        | TruthKind::Given(_)
        | TruthKind::Judged { .. }
        | TruthKind::Missing(_) => false,
    }
}

fn is_of_hours(length: &Duration) -> bool {
    matches!(length.unit, TimeUnit::Minutes | TimeUnit::Hours)
}

/// From a far end to the anchor, or from the anchor to it. A window of hours begins and ends with a second, one of days with a
/// day.
fn between(far: Span, anchor: When, side: Side, by_hours: bool) -> Times {
    match (side, by_hours) {
        (Side::Before, true) => open(Span::new(far.to, anchor.span.from), Span::new(far.from, anchor.span.to)),
        (Side::After, true) => open(Span::new(anchor.span.to, far.from), Span::new(anchor.span.from, far.to)),
        (Side::Before, false) => Times::span(Span::new(far.from, end_of_day(anchor))),
        (Side::After, false) => Times::span(Span::new(start_of_day(anchor), far.to)),
    }
}

fn open(sure: Span, may: Span) -> Times {
    Times { pieces: vec![Piece { sure, may }], ..Times::default() }
}

fn clip(times: &mut Times, until: i64) {
    for piece in &mut times.pieces {
        piece.sure.to = piece.sure.to.min(until);
        piece.may.to = piece.may.to.min(until);
    }
    times.pieces.retain(|piece| !piece.may.is_empty());
}

fn exact_or_range(span: Span) -> When {
    if span.is_one_day() { When::day(span.first_day()) } else { When::range(span) }
}

pub(super) fn start_of_day(when: When) -> i64 {
    when.span.from - when.span.from.rem_euclid(DAY)
}

pub(super) fn end_of_day(when: When) -> i64 {
    when.span.to - when.span.to.rem_euclid(DAY) + DAY - 1
}

pub(super) fn detail(occurrence: &Occurrence, what: Detail) -> Lack {
    Lack::Detail { of: occurrence.of.clone(), what, written: occurrence.written.clone() }
}
