//! Anchors, moments and windows as days.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::{Ahead, Context, Lowered, Lowering, Refusal, Scope};
use crate::ir::{Anchor, ConceptId, Duration, EpochId, Moment, Reach, Side, TimeUnit, Whichever, Window};
use crate::plan::{AnchorAt, AnchorSlot, ConceptAt, Day, DayAt, Length, Own, Period, PeriodAt, Which};
use crate::record::When;

impl<'t> Lowering<'t, '_> {
    /// The context inside a window; `at` moves the anchor instead.
    pub(super) fn timed(&mut self, window: &'t Window, context: &Context<'t>) -> Lowered<Context<'t>> {
        let Window::At { moment } = window else {
            let ahead = if context.ahead == Ahead::Endless { Ahead::Open } else { context.ahead };
            return Ok(Context { window: Some(window), instead: None, ahead, ..context.clone() });
        };
        let day = self.moment_in(moment, context)?;
        let anchor = match self.ahead(&moment.anchor, context)? {
            Some(anchor) => self.day(Day::Come { day, anchor, context: context.anchor }),
            None => day,
        };
        Ok(Context { anchor, window: None, instead: None, ..context.clone() })
    }

    /// The days of the window that is nearest around; without one, all of them up to the anchor.
    pub(super) fn period_of(&mut self, context: &Context<'t>, drug: Option<&ConceptId>) -> Lowered<PeriodAt> {
        if let Some(period) = context.instead {
            return Ok(period);
        }
        let plain = Period {
            from: None,
            to: Some(context.anchor),
            open_if_unknown: false,
            ahead: Vec::new(),
            up_to_now: false,
            context: context.anchor,
            until: context.until,
        };
        let period = match context.window {
            None => plain,
            Some(window) => self.window(window, context, &plain, drug)?,
        };
        let period = match context.ahead {
            Ahead::CutOff => period,
            Ahead::Open | Ahead::Endless => Period { ahead: Vec::new(), up_to_now: false, ..period },
        };
        Ok(self.period(period))
    }

    /// The same for results, which are looked for no further back than the block says.
    pub(super) fn period_of_results(&mut self, context: &Context<'t>) -> Lowered<PeriodAt> {
        let (None, None, Some(back)) = (context.window, context.instead, context.look_back) else {
            return self.period_of(context, None);
        };
        let from = self.moved(context.anchor, back, Side::Before, None)?;
        let period = Period {
            from: Some(from),
            to: Some(context.anchor),
            open_if_unknown: false,
            ahead: Vec::new(),
            up_to_now: false,
            context: context.anchor,
            until: None,
        };
        Ok(self.period(period))
    }

    /// The first day of the window of an outcome.
    pub(super) fn first_day_of(&mut self, context: &Context<'t>) -> Lowered<Option<PeriodAt>> {
        let (Ahead::Endless, Some(Window::Between { from, .. })) = (context.ahead, context.window) else {
            return Ok(None);
        };
        let anchor = self.moment(from)?;
        Ok(Some(self.on_the_day(&Context { anchor, ..context.clone() })))
    }

    /// The anchor's day alone.
    pub(super) fn on_the_day(&mut self, context: &Context<'t>) -> PeriodAt {
        self.period(Period {
            from: Some(context.anchor),
            to: Some(context.anchor),
            open_if_unknown: false,
            ahead: Vec::new(),
            up_to_now: false,
            context: context.anchor,
            until: None,
        })
    }

    fn window(
        &mut self,
        window: &'t Window,
        context: &Context<'t>,
        plain: &Period,
        drug: Option<&ConceptId>,
    ) -> Lowered<Period> {
        let ends = |from: Option<DayAt>, to: Option<DayAt>| Period { from, to, ..plain.clone() };
        Ok(match window {
            Window::Within { reach, side, anchor } => {
                let near = match anchor {
                    Some(anchor) => self.anchor_in(anchor, context)?,
                    None => context.anchor,
                };
                let far = self.reach(near, reach, *side, drug)?;
                let (from, to) = if *side == Side::Before { (far, near) } else { (near, far) };
                let ahead = match anchor {
                    Some(anchor) => self.ahead(anchor, context)?.into_iter().collect(),
                    None => Vec::new(),
                };
                Period { ahead, ..ends(Some(from), Some(to)) }
            }
            Window::AtLeast { distance, side, anchor } => {
                let near = self.anchor_in(anchor, context)?;
                let far = self.moved(near, distance, *side, drug)?;
                let ahead = self.ahead(anchor, context)?.into_iter().collect();
                let (from, to) = if *side == Side::Before { (None, Some(far)) } else { (Some(far), None) };
                Period { ahead, up_to_now: true, ..ends(from, to) }
            }
            Window::Beside { side, anchor } => {
                let near = self.anchor_in(anchor, context)?;
                let ahead = self.ahead(anchor, context)?.into_iter().collect();
                let (from, to) = if *side == Side::Before { (None, Some(near)) } else { (Some(near), None) };
                Period { ahead, up_to_now: true, ..ends(from, to) }
            }
            Window::Between { from, to } => {
                let (first, last) = (self.moment_in(from, context)?, self.moment_in(to, context)?);
                let mut ahead: Vec<AnchorAt> = self.ahead(&from.anchor, context)?.into_iter().collect();
                ahead.extend(self.ahead(&to.anchor, context)?);
                // The end of a rule that is screened up to its anchor lies behind that anchor.
                Period { ahead, open_if_unknown: context.until.is_some(), ..ends(Some(first), Some(last)) }
            }
            Window::At { .. } => return Err(Refusal::of("a moment inside another time")),
            Window::DuringEpoch { epoch } => {
                let (first, last) = self.epoch(epoch)?;
                Period { up_to_now: true, ..ends(Some(first), Some(last)) }
            }
            Window::DuringEvent { .. } => return Err(Refusal::of("the days of a treatment or condition")),
        })
    }

    /// The day of an anchor where it may be one of the patient's own history.
    fn anchor_in(&mut self, anchor: &Anchor, context: &Context<'t>) -> Lowered<DayAt> {
        if !is_own(anchor) {
            return self.anchor(anchor);
        }
        let at = self.own(anchor, context)?;
        Ok(self.day(Day::Anchor(at)))
    }

    fn moment_in(&mut self, moment: &Moment, context: &Context<'t>) -> Lowered<DayAt> {
        let day = self.anchor_in(&moment.anchor, context)?;
        match &moment.offset {
            None => Ok(day),
            Some((distance, side)) => self.moved(day, distance, *side, None),
        }
    }

    fn own(&mut self, anchor: &Anchor, context: &Context<'t>) -> Lowered<AnchorAt> {
        let (which, of, route) = match anchor {
            Anchor::StartOf(event) => (Which::Start, std::slice::from_ref(event), None),
            Anchor::EndOf(event) => (Which::End, std::slice::from_ref(event), None),
            Anchor::First { of, route } => (Which::First, of.as_slice(), *route),
            Anchor::Last { of, route } => (Which::Last, of.as_slice(), *route),
            Anchor::Event(_)
            | Anchor::Visit(_)
            | Anchor::StudyDay(_)
            | Anchor::Date(_)
            | Anchor::EpochStart(_)
            | Anchor::EpochEnd(_) => return Err(Refusal::of("an event of the trial")),
        };
        if self.scope == Scope::Outcomes {
            return Err(Refusal::of("a time that is counted from the patient's own history"));
        }
        let of = of.iter().map(|event| (self.kin(event), self.silence(event))).collect();
        let own = Own { which, of, route, now: context.anchor };
        // No chart can hold such an event.
        Ok(self.anchor_slot(AnchorSlot { event: ConceptAt(u32::MAX), plan: None, own: Some(Box::new(own)) }))
    }

    /// The day of a moment.
    pub(super) fn moment(&mut self, moment: &Moment) -> Lowered<DayAt> {
        let day = self.anchor(&moment.anchor)?;
        match &moment.offset {
            None => Ok(day),
            Some((distance, side)) => self.moved(day, distance, *side, None),
        }
    }

    pub(super) fn anchor(&mut self, anchor: &Anchor) -> Lowered<DayAt> {
        let day = match anchor {
            Anchor::Event(event) => Day::Anchor(self.event_anchor(event)?),
            Anchor::StudyDay(number) => {
                let first = self.study_day_1()?;
                let first = self.day(Day::Anchor(first));
                // There is no day 0.
                let offset = i64::from(if *number > 0 { number - 1 } else { *number });
                Day::Moved { from: first, by: Length::Days(offset), side: Side::After }
            }
            Anchor::Date(text) => {
                let when = text.parse::<When>().ok().filter(|when| when.span.is_one_day());
                let when = when.ok_or_else(|| Refusal::of("a date that is known to the month or year"))?;
                Day::Fixed(when.span.first_day())
            }
            Anchor::Visit(_) => return Err(Refusal::of("the day of a visit")),
            Anchor::EpochStart(epoch) => return Ok(self.epoch(epoch)?.0),
            Anchor::EpochEnd(epoch) => return Ok(self.epoch(epoch)?.1),
            Anchor::StartOf(_) | Anchor::EndOf(_) | Anchor::First { .. } | Anchor::Last { .. } => {
                return Err(Refusal::of("a time that is counted from the patient's own history"));
            }
        };
        Ok(self.day(day))
    }

    /// The first and the last day of an epoch, as far as the lengths of those before it are exact.
    fn epoch(&mut self, id: &EpochId) -> Lowered<(DayAt, DayAt)> {
        let first = self.study_day_1()?;
        let mut first = self.day(Day::Anchor(first));
        let trial = self.trial;
        for epoch in &trial.epochs {
            let extent = epoch.extent.as_ref().filter(|extent| !extent.at_most && epoch.until.is_none());
            let next = match extent {
                Some(extent) => self.moved(first, &extent.duration, Side::After, None)?,
                None => self.day(Day::Unknown),
            };
            if epoch.name == *id {
                let last = self.day(Day::Moved { from: next, by: Length::Days(1), side: Side::Before });
                // Where its end is not known, neither is its beginning.
                return Ok(if extent.is_some() { (first, last) } else { (next, next) });
            }
            first = next;
        }
        let unknown = self.day(Day::Unknown);
        Ok((unknown, unknown))
    }

    fn study_day_1(&mut self) -> Lowered<AnchorAt> {
        let event = self.trial.header.day_1.clone().unwrap_or_else(|| ConceptId::from("first_dose"));
        self.event_anchor(&event)
    }

    /// The anchor whose date may lie ahead, or from which nothing is counted where it has never been.
    fn ahead(&mut self, anchor: &Anchor, context: &Context<'t>) -> Lowered<Option<AnchorAt>> {
        match anchor {
            _ if is_own(anchor) => self.own(anchor, context).map(Some),
            Anchor::Event(event) => self.event_anchor(event).map(Some),
            Anchor::StudyDay(_) => self.study_day_1().map(Some),
            _ => Ok(None),
        }
    }

    fn event_anchor(&mut self, event: &ConceptId) -> Lowered<AnchorAt> {
        let at = self.concept(event)?;
        if self.open.contains(event) {
            return Err(Refusal::of(format!("a plan of `{event}` that rests on itself")));
        }
        let trial = self.trial;
        self.open.push(event.clone());
        let plan =
            trial.plans.iter().find(|plan| plan.event == *event).map(|plan| self.planned_days(event, &plan.window));
        self.open.pop();
        let plan = plan.transpose()?.flatten();
        Ok(self.anchor_slot(AnchorSlot { event: at, plan, own: None }))
    }

    /// The first and the last day for which the protocol plans an event.
    fn planned_days(&mut self, event: &ConceptId, window: &Window) -> Lowered<Option<(DayAt, DayAt)>> {
        Ok(match window {
            Window::Within { reach, side, anchor: Some(anchor) } if *anchor != Anchor::Event(event.clone()) => {
                let near = self.anchor(anchor)?;
                let far = self.reach(near, reach, *side, None)?;
                Some(if *side == Side::Before { (far, near) } else { (near, far) })
            }
            Window::Between { from, to } => Some((self.moment(from)?, self.moment(to)?)),
            _ => None,
        })
    }

    /// The far end of a window: of several lengths the longer or shorter.
    fn reach(&mut self, from: DayAt, reach: &Reach, side: Side, drug: Option<&ConceptId>) -> Lowered<DayAt> {
        let far =
            reach.lengths.iter().map(|length| self.moved(from, length, side, drug)).collect::<Lowered<Vec<_>>>()?;
        if let [one] = far.as_slice() {
            return Ok(*one);
        }
        let latest = (side == Side::After) == (reach.whichever == Whichever::Longer);
        Ok(self.day(Day::Extreme { of: far, latest }))
    }

    pub(super) fn moved(&mut self, from: DayAt, by: &Duration, side: Side, drug: Option<&ConceptId>) -> Lowered<DayAt> {
        let day = match self.length(by, drug)? {
            Some(by) => Day::Moved { from, by, side },
            None => Day::Unknown,
        };
        Ok(self.day(day))
    }

    /// Whole days or months; nothing where nobody knows the half-life.
    pub(super) fn length(&self, length: &Duration, drug: Option<&ConceptId>) -> Lowered<Option<Length>> {
        let number = length.value.rational();
        let whole = |number: &BigRational| number.ceil().to_integer().to_i64();
        let too_long = || Refusal::of("a length of time beyond every calendar");
        let times = |factor: i64| whole(&(number.clone() * BigRational::from_integer(factor.into())));
        let days = |days: Option<i64>| {
            days.filter(|days| *days < 4_000_000).map(|days| Some(Length::Days(days))).ok_or_else(too_long)
        };
        let months = |factor: i64| {
            let months = whole(&number).map(|months| months.saturating_mul(factor));
            months.filter(|months| *months < 40_000).map(|months| Some(Length::Months(months))).ok_or_else(too_long)
        };
        match length.unit {
            TimeUnit::Minutes | TimeUnit::Hours => Err(Refusal::of("a window of hours")),
            TimeUnit::Days => days(whole(&number)),
            TimeUnit::Weeks => days(times(7)),
            TimeUnit::Months => months(1),
            TimeUnit::Years => months(12),
            TimeUnit::HalfLives => match self.half_life(drug) {
                Some(life) => days(whole(&(number * life))),
                None => Ok(None),
            },
            TimeUnit::Cycles => Err(Refusal::of("a length in cycles")),
        }
    }

    fn half_life(&self, drug: Option<&ConceptId>) -> Option<BigRational> {
        let life = self.trial.concepts.get(drug?)?.half_life.as_ref()?;
        let days = crate::units::Unit::parse("d").ok()?;
        life.unit.convert(&life.value.rational(), &days).ok()
    }
}

/// Whether it is an event of the patient's own history.
fn is_own(anchor: &Anchor) -> bool {
    match anchor {
        Anchor::StartOf(_) | Anchor::EndOf(_) | Anchor::First { .. } | Anchor::Last { .. } => true,
        Anchor::Event(_)
        | Anchor::Visit(_)
        | Anchor::StudyDay(_)
        | Anchor::Date(_)
        | Anchor::EpochStart(_)
        | Anchor::EpochEnd(_) => false,
    }
}
