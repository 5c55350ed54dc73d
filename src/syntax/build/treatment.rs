//! Epochs, regimens, arms, doses and dose rules.

use super::{Builder, Node, child, has_word};
use crate::ast::treatment::Rounding;
use crate::ast::{
    Amount, AmountKind, Arm, ArmRole, Background, Clause, ClauseKind, Dosing, Epoch, Extent, Integer, Medication, Name,
    Reduction, Regimen, Schedule, ScheduleKind, Stage,
};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::syntax::grammar::Rule;

impl Builder<'_> {
    pub(super) fn epoch(&mut self, node: Node<'_>) -> Option<Epoch> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let mut epoch = Epoch { name, prose: None, extent: None, until: None, masking: None, span };
        for part in inner {
            match part.as_rule() {
                Rule::string => epoch.prose = Some(self.text(&part)),
                Rule::extent => epoch.extent = Some(self.extent(part)?),
                Rule::until => epoch.until = Some(self.expr(part.into_inner().nth(1)?)?),
                _ => epoch.masking = Some(self.name(&part.into_inner().nth(1)?)),
            }
        }
        Some(epoch)
    }

    fn extent(&mut self, node: Node<'_>) -> Option<Extent> {
        let at_most = has_word(&node, Rule::k_most);
        Some(Extent { at_most, quantity: self.quantity(child(&node, Rule::quantity)?)? })
    }

    pub(super) fn regimen(&mut self, node: Node<'_>) -> Option<Regimen> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let (mut prose, mut dosings) = (None, Vec::new());
        for part in inner {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                _ => dosings.push(self.dosing(part)?),
            }
        }
        Some(Regimen { name, prose, dosings, broken: false, span })
    }

    pub(super) fn background(&mut self, node: Node<'_>) -> Option<Background> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let name = self.name(&inner.next()?);
        let (mut prose, mut stages) = (None, Vec::new());
        for part in inner {
            match part.as_rule() {
                Rule::string => prose = Some(self.text(&part)),
                _ => self.stage_or_dosing(part, &mut stages)?,
            }
        }
        Some(Background { name, prose, stages, broken: false, span })
    }

    pub(super) fn arm(&mut self, node: Node<'_>) -> Option<Arm> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let role = match inner.next()?.into_inner().next()?.as_rule() {
            Rule::c_experimental => ArmRole::Experimental,
            Rule::c_active_comparator => ArmRole::ActiveComparator,
            Rule::c_placebo_comparator => ArmRole::PlaceboComparator,
            Rule::c_sham_comparator => ArmRole::ShamComparator,
            Rule::c_no_intervention => ArmRole::NoIntervention,
            _ => ArmRole::Other,
        };
        let name = self.name(&inner.next()?);
        let mut arm = Arm { role, name, prose: None, cohorts: Vec::new(), stages: Vec::new(), broken: false, span };
        for part in inner {
            match part.as_rule() {
                Rule::string => arm.prose = Some(self.text(&part)),
                Rule::scope => arm.cohorts = self.scope(part),
                _ => self.stage_or_dosing(part, &mut arm.stages)?,
            }
        }
        Some(arm)
    }

    /// A stage, or a dosing that stands outside of one: those next to each other form a stage for every epoch.
    pub fn stage_or_dosing(&mut self, node: Node<'_>, stages: &mut Vec<Stage>) -> Option<()> {
        if node.as_rule() == Rule::stage {
            let stage = self.stage(node)?;
            stages.push(stage);
            return Some(());
        }
        let span = self.span(&node);
        let dosing = self.dosing(node)?;
        match stages.last_mut() {
            Some(stage) if stage.epochs.is_empty() => {
                stage.span = stage.span.to(span);
                stage.dosings.push(dosing);
            }
            _ => stages.push(Stage { epochs: Vec::new(), dosings: vec![dosing], span }),
        }
        Some(())
    }

    fn stage(&mut self, node: Node<'_>) -> Option<Stage> {
        let span = self.span(&node);
        let mut inner = node.into_inner().skip(1);
        let epochs = self.names(inner.next()?);
        let dosings = inner.map(|part| self.dosing(part)).collect::<Option<Vec<_>>>()?;
        Some(Stage { epochs, dosings, span })
    }

    pub fn dosing(&mut self, node: Node<'_>) -> Option<Dosing> {
        let span = self.span(&node);
        Some(match node.as_rule() {
            Rule::give => {
                let part = node.into_inner().nth(1)?;
                if part.as_rule() == Rule::one_of {
                    let given = part.into_inner().filter(|part| part.as_rule() == Rule::medication);
                    Dosing::OneOf(given.map(|part| self.medication(part)).collect::<Option<Vec<_>>>()?, span)
                } else {
                    Dosing::Give(self.medication(part)?)
                }
            }
            Rule::cycle => {
                let (mut length, mut extent, mut dosings) = (None, None, Vec::new());
                for part in node.into_inner().skip(1) {
                    match part.as_rule() {
                        Rule::quantity => length = Some(self.quantity(part)?),
                        Rule::extent => extent = Some(self.extent(part)?),
                        Rule::k_for => {}
                        _ => dosings.push(self.dosing(part)?),
                    }
                }
                Dosing::Cycle { length: length?, extent, dosings, span }
            }
            Rule::phase_block => {
                let mut inner = node.into_inner().skip(1);
                let name = self.name(&inner.next()?);
                let (mut prose, mut extent, mut dosings) = (None, None, Vec::new());
                for part in inner {
                    match part.as_rule() {
                        Rule::string => prose = Some(self.text(&part)),
                        Rule::extent => extent = Some(self.extent(part)?),
                        _ => dosings.push(self.dosing(part)?),
                    }
                }
                Dosing::Phase { name, prose, extent, dosings, span }
            }
            Rule::hold | Rule::stop | Rule::reduce | Rule::adjust => self.rule(node, span)?,
            _ => return None,
        })
    }

    fn rule(&mut self, node: Node<'_>, span: Span) -> Option<Dosing> {
        let rule = node.as_rule();
        let mut inner = node.into_inner().skip(1);
        let drug: Name = self.name(&inner.next()?);
        let (mut bodies, mut amount, mut by, mut to_quantity) = (Vec::new(), None, None, false);
        for part in inner {
            match part.as_rule() {
                Rule::body => bodies.push(self.body(part)?),
                Rule::amount => amount = Some(self.amount(part)?),
                Rule::level_step => by = Some(Reduction::Levels(self.integer(&child(&part, Rule::integer)?))),
                Rule::k_to => to_quantity = true,
                Rule::quantity => {
                    let quantity = self.quantity(part)?;
                    by = Some(if to_quantity { Reduction::To(quantity) } else { Reduction::By(quantity) });
                }
                _ => {}
            }
        }
        let mut bodies = bodies.into_iter();
        let when = bodies.next()?;
        Some(match rule {
            Rule::hold => Dosing::Hold { drug, when, until: bodies.next(), span },
            Rule::stop => Dosing::Stop { drug, when, span },
            Rule::reduce => Dosing::Reduce { drug, by: by?, when, span },
            _ => Dosing::Adjust { drug, to: amount?, when, span },
        })
    }

    fn medication(&mut self, node: Node<'_>) -> Option<Medication> {
        let span = self.span(&node);
        let mut placebo = false;
        let (mut name, mut amount, mut route, mut schedule) = (None, None, None, None);
        let mut clauses: Vec<Clause> = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::placebo_for => placebo = true,
                Rule::name => name = Some(self.name(&part)),
                Rule::amount => amount = Some(self.amount(part)?),
                Rule::route => route = self.route(&part),
                Rule::schedule => schedule = Some(self.schedule(part)?),
                _ => clauses.push(self.clause(part)?),
            }
        }
        self.no_clause_twice(&clauses);
        Some(Medication { placebo, name: name?, amount, route, schedule, clauses, span })
    }

    /// Only `max` may stand twice: once for a dose and once for all of them.
    fn no_clause_twice(&mut self, clauses: &[Clause]) {
        for (index, clause) in clauses.iter().enumerate() {
            let same = |other: &&Clause| match (&other.kind, &clause.kind) {
                (ClauseKind::Max { total: a, quantity: p }, ClauseKind::Max { total: b, quantity: q }) => {
                    a == b && p.unit == q.unit
                }
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            };
            if let Some(first) = clauses.iter().take(index).find(same) {
                self.diagnostics.push(
                    Diagnostic::new(&code::DUPLICATE_FIELD, clause.span, "this clause is given twice")
                        .help("keep one of them; steps that differ stand in `phase` blocks, one after the other")
                        .label("again here")
                        .also(first.span, "first here"),
                );
            }
        }
    }

    pub(super) fn amount(&mut self, node: Node<'_>) -> Option<Amount> {
        let span = self.span(&node);
        let mut equivalent = None;
        let mut kind = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::missing => kind = Some(AmountKind::Missing(self.text(&part.into_inner().nth(1)?))),
                Rule::judged_dose => {
                    let question = child(&part, Rule::string).map(|text| self.text(&text));
                    let by = child(&part, Rule::by_role).and_then(|by| Self::role(&by));
                    kind = Some(AmountKind::Judged { question, by });
                }
                Rule::quantity => {
                    kind = Some(AmountKind::Fixed { quantity: self.quantity(part)?, equivalent: None });
                }
                Rule::range => kind = Some(AmountKind::Range { range: self.range(part)?, equivalent: None }),
                _ => equivalent = Some(self.name(&child(&part, Rule::name)?)),
            }
        }
        let kind = match kind? {
            AmountKind::Fixed { quantity, .. } => AmountKind::Fixed { quantity, equivalent },
            AmountKind::Range { range, .. } => AmountKind::Range { range, equivalent },
            other @ (AmountKind::Missing(_) | AmountKind::Judged { .. }) => other,
        };
        Some(Amount { kind, span })
    }

    fn schedule(&mut self, node: Node<'_>) -> Option<Schedule> {
        let span = self.span(&node);
        let times = child(&node, Rule::integer).map(|integer| self.integer(&integer));
        if let Some(on_days) = child(&node, Rule::on_days) {
            return Some(Schedule { kind: self.on_days(&on_days, times)?, span });
        }
        let quantity = match child(&node, Rule::quantity) {
            Some(quantity) => Some(self.quantity(quantity)?),
            None => None,
        };
        let kind = match node.into_inner().next()?.as_rule() {
            Rule::k_once => ScheduleKind::Once,
            Rule::k_daily => ScheduleKind::Daily,
            Rule::integer => ScheduleKind::TimesDaily(times?),
            Rule::k_every => ScheduleKind::Every(quantity?),
            _ => ScheduleKind::AsNeeded,
        };
        Some(Schedule { kind, span })
    }

    fn on_days(&mut self, node: &Node<'_>, times: Option<Integer>) -> Option<ScheduleKind> {
        let days = child(node, Rule::day_list)?.into_inner();
        let days = days.map(|days| self.days(days)).collect::<Option<Vec<_>>>()?;
        let of_every = match child(node, Rule::quantity) {
            Some(quantity) => Some(self.quantity(quantity)?),
            None => None,
        };
        Some(ScheduleKind::OnDays { days, of_every, times })
    }

    fn days(&mut self, node: Node<'_>) -> Option<(u32, u32, Span)> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let first = self.integer(&inner.next()?).value;
        let last = inner.next().map_or(first, |last| self.integer(&last).value);
        Some((first, last, span))
    }

    fn clause(&mut self, node: Node<'_>) -> Option<Clause> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::treat_for => ClauseKind::For(self.extent(child(&node, Rule::extent)?)?),
            Rule::max => {
                let total = has_word(&node, Rule::k_total);
                ClauseKind::Max { quantity: self.quantity(child(&node, Rule::quantity)?)?, total }
            }
            Rule::rounded => {
                let direction = if has_word(&node, Rule::c_up) {
                    Rounding::Up
                } else if has_word(&node, Rule::c_down) {
                    Rounding::Down
                } else {
                    Rounding::Nearest
                };
                ClauseKind::Rounded { direction, to: self.quantity(child(&node, Rule::quantity)?)? }
            }
            Rule::titrated => {
                let up = has_word(&node, Rule::k_increased);
                let when = match child(&node, Rule::expr) {
                    Some(when) => Some(self.expr(when)?),
                    None => None,
                };
                let mut quantities = node.into_inner().filter(|part| part.as_rule() == Rule::quantity);
                let step = self.quantity(quantities.next()?)?;
                let every = self.quantity(quantities.next()?)?;
                ClauseKind::Titrated { up, step, every, to: self.quantity(quantities.next()?)?, when }
            }
            Rule::levels => {
                let levels = node.into_inner().filter(|part| part.as_rule() == Rule::quantity);
                ClauseKind::Levels(levels.map(|level| self.quantity(level)).collect::<Option<Vec<_>>>()?)
            }
            Rule::infused => ClauseKind::Over(self.quantity(child(&node, Rule::quantity)?)?),
            _ => return None,
        };
        Some(Clause { kind, span })
    }
}
