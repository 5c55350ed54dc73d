//! What outcomes ask of events: the same program, on days that are given from outside.
//!
//! An outcome is asked on days that only the participant's visits tell, so each sentence rests on an anchor that
//! [`Run::fix`](crate::plan::run::Run::fix) puts on a day. Values are not lowered here: results at a visit are chosen by their
//! distance to it, and changes are compared exactly (`assess::program`).

use super::{Ahead, Context, Lowered, Lowering, Refusal, Scope, slots};
use crate::evaluate::Kleene;
use crate::ir::{
    self, Anchor, ConceptId, EpochId, EventClass, Moment, Polarity, Side, Trial, Truth, TruthKind, Verb, Window, Word,
};
use crate::plan::{AnchorAt, AnchorSlot, ConceptAt, Day, DayAt, Events, Kin, Node, NodeAt, Plan, Rule, Silence};
use crate::record::Family;

/// Lowers conditions of outcomes, one after the other, into one plan.
pub(crate) struct Conditions<'t, 'f> {
    lowering: Lowering<'t, 'f>,
    days: u32,
}

impl<'t, 'f> Conditions<'t, 'f> {
    pub(crate) fn new(trial: &'t Trial, family: &'f Family) -> Self {
        let plan = slots(trial, family);
        let known = std::collections::HashMap::new();
        let mut lowering = Lowering { trial, family, plan, known, open: Vec::new(), scope: Scope::Outcomes };
        let screenings = trial.eligibility.iter().filter_map(|block| match &block.anchor {
            Anchor::Event(event) => lowering.plan.place(event.as_str()),
            _ => None,
        });
        lowering.plan.screenings = screenings.collect();
        Self { lowering, days: 0 }
    }

    pub(crate) fn plan(self) -> Plan {
        self.lowering.plan
    }

    pub(crate) fn place(&self, id: &ConceptId) -> Lowered<ConceptAt> {
        self.lowering.concept(id)
    }

    /// A day that is given from outside, as an event that no chart can hold.
    pub(crate) fn given_day(&mut self) -> AnchorAt {
        self.days += 1;
        self.lowering.anchor_slot(AnchorSlot { event: ConceptAt(u32::MAX - self.days), plan: None, own: None })
    }

    /// A sentence about events as an outcome asks it on a day: of all time up to that day.
    pub(crate) fn at_occasion(&mut self, name: Option<&str>, truth: &'t Truth, day: AnchorAt) -> Lowered<Rule> {
        self.events_alone(truth)?;
        let context = Context { ahead: Ahead::Open, ..self.on(day) };
        let body = self.lowering.asked_under(name, truth, &context)?;
        Ok(self.rule(body))
    }

    /// A sentence about events over a window of an outcome.
    pub(crate) fn in_window(&mut self, truth: &'t Truth, window: &'t Window) -> Lowered<Rule> {
        let Window::Between { from, to } = window else { return Err(Refusal::of("a window of this kind")) };
        asks_of_the_window(truth)?;
        for moment in [from, to] {
            self.is_plain(moment)?;
        }
        let of = vec![self.lowering.moment(from)?, self.lowering.moment(to)?];
        let anchor = self.lowering.day(Day::Extreme { of, latest: true });
        let context = Context {
            anchor,
            window: Some(window),
            instead: None,
            look_back: None,
            until: None,
            ahead: Ahead::Endless,
        };
        let body = self.lowering.truth(truth, &context)?;
        Ok(self.rule(body))
    }

    /// An intercurrent event from study day 1 up to a day; `from` is the time from then on.
    pub(crate) fn until(&mut self, truth: &'t Truth, from: &'t Window, day: AnchorAt) -> Lowered<Rule> {
        self.events_alone(truth)?;
        let on = self.on(day);
        let context = Context { window: Some(from), until: Some(on.anchor), ahead: Ahead::Open, ..on };
        let body = self.lowering.truth(truth, &context)?;
        Ok(self.rule(body))
    }

    /// A condition of the protocol on a day, as a population asks it.
    pub(crate) fn on_day(&mut self, truth: &'t Truth, day: AnchorAt) -> Lowered<Rule> {
        let look_back = self.lowering.trial.eligibility.first().and_then(|block| block.look_back.as_ref());
        let context = Context { look_back, ..self.on(day) };
        let body = self.lowering.truth(truth, &context)?;
        Ok(self.rule(body))
    }

    /// Not met where the record's silence about a class means, on that day, that there was nothing more of it.
    pub(crate) fn silence(&mut self, event: &ConceptId, day: AnchorAt) -> Rule {
        let context = self.on(day);
        let period = self.lowering.on_the_day(&context);
        let silence = self.lowering.silence(event);
        let body = self.lowering.node(Node::Events(Box::new(Events::none(Verb::Received, silence, period))));
        self.rule(body)
    }

    /// When silence about a class means that there was nothing of it.
    pub(crate) fn silence_of(&self, event: &ConceptId) -> Silence {
        self.lowering.silence(event)
    }

    /// What a list of one holds.
    pub(crate) fn only(&self, at: NodeAt) -> NodeAt {
        if let Some(Node::All(parts) | Node::Any(parts)) = self.lowering.plan.nodes.get(at.at())
            && let [one] = parts.as_slice()
        {
            return self.only(*one);
        }
        at
    }

    /// What is counted of a class of events; over which time is said from outside.
    pub(crate) fn counted(
        &mut self,
        of: &'t ir::value::Events,
        class: &'t EventClass,
        day: AnchorAt,
    ) -> Lowered<Events> {
        if class.except.iter().any(|exemption| exemption.window.is_some()) {
            return Err(Refusal::of("an exception with a time of its own"));
        }
        let context = self.on(day);
        let period = self.lowering.on_the_day(&context);
        let except = class.except.iter().map(|exemption| self.lowering.exempt(exemption, &context));
        let except = except.collect::<Lowered<Vec<_>>>()?;
        Ok(Events {
            of: self.lowering.kin(&class.event),
            tests: self.lowering.tests(of.route, &of.with, of.due_to.as_ref()),
            except,
            ..Events::none(Verb::Received, self.lowering.silence(&class.event), period)
        })
    }

    /// What is one of a class, and what may be.
    pub(crate) fn kin(&self, event: &ConceptId) -> Kin {
        self.lowering.kin(event)
    }

    fn on(&mut self, day: AnchorAt) -> Context<'t> {
        let anchor: DayAt = self.lowering.day(Day::Anchor(day));
        Context { anchor, window: None, instead: None, look_back: None, until: None, ahead: Ahead::CutOff }
    }

    fn rule(&self, body: NodeAt) -> Rule {
        let way = self.lowering.planned(body, None, None);
        Rule { name: Word::from(""), polarity: Polarity::Include, prose: None, way }
    }

    /// Sentences about results need their visit, and a moved anchor the record's last day: they are not lowered here.
    fn events_alone(&self, truth: &'t Truth) -> Lowered<()> {
        match &truth.kind {
            TruthKind::History(_)
            | TruthKind::Onset(_)
            | TruthKind::Given(_)
            | TruthKind::Judged { .. }
            | TruthKind::Missing(_) => Ok(()),
            TruthKind::Not(inner) | TruthKind::Known(inner) => self.events_alone(inner),
            TruthKind::Unless { base, exception } => {
                self.events_alone(base)?;
                self.events_alone(exception)
            }
            TruthKind::All(parts) | TruthKind::Any(parts) => parts.iter().try_for_each(|part| {
                part.when.iter().try_for_each(|when| self.events_alone(when))?;
                self.events_alone(&part.body)
            }),
            TruthKind::Timed { of, window } => {
                match &**window {
                    Window::Within { anchor, .. } => anchor.iter().try_for_each(|anchor| self.is_exact(anchor))?,
                    Window::AtLeast { anchor, .. } | Window::Beside { anchor, .. } => self.is_exact(anchor)?,
                    Window::Between { from, to } => {
                        self.is_plain(from)?;
                        self.is_plain(to)?;
                    }
                    Window::DuringEpoch { epoch } => self.has_exact_end(epoch)?,
                    Window::At { .. } | Window::DuringEvent { .. } => return Err(Refusal::of("a moved anchor")),
                }
                self.events_alone(of)
            }
            TruthKind::Count { .. }
            | TruthKind::Asked { .. }
            | TruthKind::Defined(_)
            | TruthKind::StableDose { .. } => Err(Refusal::of("a value beside events")),
        }
    }

    fn is_plain(&self, moment: &Moment) -> Lowered<()> {
        self.is_exact(&moment.anchor)
    }

    /// The end of an epoch is, for an outcome, what the record tells of it.
    fn is_exact(&self, anchor: &Anchor) -> Lowered<()> {
        match anchor {
            Anchor::EpochStart(epoch) | Anchor::EpochEnd(epoch) => self.has_exact_end(epoch),
            Anchor::Event(_)
            | Anchor::Visit(_)
            | Anchor::StudyDay(_)
            | Anchor::Date(_)
            | Anchor::StartOf(_)
            | Anchor::EndOf(_)
            | Anchor::First { .. }
            | Anchor::Last { .. } => Ok(()),
        }
    }

    fn has_exact_end(&self, epoch: &EpochId) -> Lowered<()> {
        for one in &self.lowering.trial.epochs {
            if one.until.is_some() || one.extent.as_ref().is_none_or(|extent| extent.at_most) {
                return Err(Refusal::of("the end of an epoch that the record tells"));
            }
            if one.name == *epoch {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a sentence asks of the days of the window around it, and of nothing else. What is there now is there on its last day,
/// which a window without days has all the same; `known` of what is open may be met where the window ends later.
fn asks_of_the_window(truth: &Truth) -> Lowered<()> {
    match &truth.kind {
        TruthKind::History(history) if !matches!(history.verb, Verb::Has | Verb::Receiving) => Ok(()),
        TruthKind::Not(inner) => asks_of_the_window(inner),
        TruthKind::Unless { base, exception } => {
            asks_of_the_window(base)?;
            asks_of_the_window(exception)
        }
        TruthKind::All(parts) | TruthKind::Any(parts) => parts.iter().try_for_each(|part| {
            part.when.iter().try_for_each(|when| asks_of_the_window(when))?;
            asks_of_the_window(&part.body)
        }),
        TruthKind::History(_)
        | TruthKind::Onset(_)
        | TruthKind::Given(_)
        | TruthKind::Judged { .. }
        | TruthKind::Missing(_)
        | TruthKind::Known(_)
        | TruthKind::Timed { .. }
        | TruthKind::Count { .. }
        | TruthKind::Asked { .. }
        | TruthKind::Defined(_)
        | TruthKind::StableDose { .. } => Err(Refusal::of("something else than events over a window")),
    }
}

/// Everything from study day 1 on.
pub(crate) fn from_day_1(trial: &Trial) -> Window {
    let event = trial.header.day_1.clone().unwrap_or_else(|| ConceptId::from("first_dose"));
    Window::Beside { side: Side::After, anchor: Anchor::Event(event) }
}

/// What a rule of an outcome says where it can say anything.
pub(crate) fn kleene(standing: crate::plan::run::Standing) -> Option<Kleene> {
    use crate::ir::State;
    match standing {
        Ok(State::Met) => Some(Kleene::Met),
        Ok(State::NotMet) => Some(Kleene::NotMet),
        Ok(State::Unknown) => Some(Kleene::Unknown),
        Ok(State::NotApplicable) | Err(_) => None,
    }
}
