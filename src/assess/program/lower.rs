//! From a protocol's outcomes to their program.

mod outcome;

use std::collections::HashMap;
use std::sync::Mutex;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::{Asks, DoseOf, Doses, Exact, Expr, Followed, Located, Member, Program, Time, TruthAt, ValueAt};
use crate::assess::Asked;
use crate::evaluate::{Evaluator, Kleene, is_excepted_truth, is_excepted_value};
use crate::ir::value::ListOf;
use crate::ir::{
    Ask, Better, Comparator, ConceptId, Counting, DefinitionBody, Members, Movement, Operands, Operator, Part, Pick,
    Quantity, Range, Trial, Truth, TruthKind, Value, ValueKind, Word,
};
use crate::plan::lower::Refusal;
use crate::plan::lower::outcome::{Conditions, from_day_1};
use crate::plan::quick::Quick;
use crate::plan::{AnchorAt, ConceptAt, Fold, Plan, Rule, Scale};
use crate::record::{Family, Reader, Record};
use crate::units::{Unit, UnitKind};

type Lowered<T> = Result<T, Refusal>;

fn refused<T>(what: &str) -> Lowered<T> {
    Err(Refusal(what.to_owned()))
}

/// A value and what it is.
#[derive(Clone, Debug)]
struct Typed {
    at: ValueAt,
    sort: Sort,
}

#[derive(Clone, Debug, PartialEq)]
enum Sort {
    Number(Unit),
    /// A word of this measure.
    Word(ConceptAt),
}

/// Whether words of a scale are taken for their places in its order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Ranked,
    Apart,
}

struct Lowering<'t, 'f> {
    trial: &'t Trial,
    conditions: Conditions<'t, 'f>,
    evaluator: Evaluator<'t>,
    values: Vec<Located<Expr>>,
    truths: Vec<Located<Asks>>,
    rules: Vec<Rule>,
    doses: Vec<DoseOf>,
    drugs: Vec<ConceptAt>,
    /// What is there already, by all that it says.
    known: HashMap<String, u32>,
    /// The day of the outcome that is being lowered.
    day: AnchorAt,
    /// Measures whose formulas are being lowered.
    open: Vec<ConceptId>,
}

pub(super) fn lower(reader: &Reader<'_>, family: &Family, asked: &[Asked<'_>], dated: &[ConceptId]) -> Program {
    let trial = reader.trial;
    let nobody = Record::default();
    let mut conditions = Conditions::new(trial, family);
    let (end, assessed) = (conditions.given_day(), conditions.given_day());
    let beside = from_day_1(trial);
    let mut lowering = Lowering {
        trial,
        conditions,
        evaluator: Evaluator::new(reader, &nobody),
        values: Vec::new(),
        truths: Vec::new(),
        rules: Vec::new(),
        doses: Vec::new(),
        drugs: Vec::new(),
        known: HashMap::new(),
        day: end,
        open: Vec::new(),
    };
    // Outcomes of one moment are asked on one day, and share their answers.
    let mut days: Vec<AnchorAt> = Vec::new();
    let mut outcomes = Vec::new();
    for one in asked {
        let day = match one.due {
            Some(due) => {
                while days.len() <= due {
                    days.push(lowering.conditions.given_day());
                }
                days.get(due).copied().unwrap_or(assessed)
            }
            None => assessed,
        };
        lowering.day = day;
        outcomes.push(lowering.outcome(one, end, &beside).map_err(|Refusal(why)| why));
    }
    let place = |lowering: &Lowering<'_, '_>, id: &str| lowering.conditions.place(&ConceptId::from(id)).ok();
    let day_1 = trial.header.day_1.as_ref().map_or("first_dose", |event| event.as_str());
    let (day_1, death) = (place(&lowering, day_1), place(&lowering, "death"));
    let end_of_study = place(&lowering, "end_of_study");
    let dated = dated.iter().filter_map(|event| place(&lowering, event.as_str())).collect();
    let Lowering { conditions, values, truths, rules, doses, drugs, .. } = lowering;
    let plan: Plan = conditions.plan();
    Program {
        quick: Quick::new(reader, &plan),
        plan,
        values,
        truths,
        rules,
        doses,
        drugs,
        amounts: Doses::default(),
        outcomes,
        day_1,
        death,
        end,
        end_of_study,
        dated,
        visits: trial.visits.iter().map(|visit| visit.name.clone()).collect(),
        spare: Mutex::default(),
    }
}

impl<'t> Lowering<'t, '_> {
    // ---- places ------------------------------------------------------------------------------------------------------------

    fn rule(&mut self, rule: Rule) -> usize {
        self.rules.push(rule);
        self.rules.len() - 1
    }

    fn put_value(&mut self, what: Expr, time: Time) -> ValueAt {
        let key = format!("value {time:?} {what:?} {:?}", self.day_of(time));
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let values = &mut self.values;
        ValueAt(*self.known.entry(key).or_insert_with(|| {
            values.push(Located { what, time });
            next
        }))
    }

    fn put(&mut self, what: Asks, time: Time) -> TruthAt {
        let key = format!("truth {time:?} {what:?} {:?}", self.day_of(time));
        let next = u32::try_from(self.truths.len()).unwrap_or(u32::MAX);
        let truths = &mut self.truths;
        TruthAt(*self.known.entry(key).or_insert_with(|| {
            truths.push(Located { what, time });
            next
        }))
    }

    /// What is asked now has an answer for each day on which outcomes are asked.
    fn day_of(&self, time: Time) -> Option<AnchorAt> {
        (time == Time::Now).then_some(self.day)
    }

    // ---- truths ------------------------------------------------------------------------------------------------------------

    fn truth(&mut self, name: Option<&str>, truth: &'t Truth, time: Time) -> Lowered<TruthAt> {
        let what = match &truth.kind {
            TruthKind::All(parts) => return self.listed(Counting::All, parts.iter(), time),
            TruthKind::Any(parts) => return self.listed(Counting::Any, parts.iter(), time),
            TruthKind::Not(inner) => Asks::Not(self.truth(None, inner, time)?),
            TruthKind::Known(inner) => Asks::Known(self.truth(None, inner, time)?),
            TruthKind::Unless { base, exception } => {
                Asks::Unless(self.truth(None, base, time)?, self.truth(None, exception, time)?)
            }
            TruthKind::Defined(definition) => match self.trial.definitions.get(definition).map(|found| &found.body) {
                Some(DefinitionBody::Truth(body)) => return self.truth(None, body, time),
                Some(DefinitionBody::Value(_)) | None => return refused("a name that stands for nothing"),
            },
            TruthKind::Count { counting, of } => return self.counted(*counting, of, time),
            TruthKind::Asked { value, ask } => return self.asked(value, ask, time),
            TruthKind::History(_)
            | TruthKind::Onset(_)
            | TruthKind::Given(_)
            | TruthKind::Judged { .. }
            | TruthKind::Timed { .. } => {
                if time == Time::Baseline {
                    return refused("events at baseline");
                }
                let rule = self.conditions.at_occasion(name, truth, self.day)?;
                Asks::Rule(self.rule(rule))
            }
            TruthKind::Missing(_) => Asks::Constant(Kleene::Unknown),
            TruthKind::StableDose { .. } => return refused("a stable dose"),
        };
        Ok(self.put(what, time))
    }

    fn listed(
        &mut self,
        counting: Counting,
        parts: impl Iterator<Item = &'t Part<Truth>>,
        time: Time,
    ) -> Lowered<TruthAt> {
        let mut entries = Vec::new();
        for part in parts {
            let body = self.truth(part.name.as_ref().map(Word::as_str), &part.body, time)?;
            entries.push((self.condition(part.when.as_deref(), time)?, body));
        }
        Ok(self.put(Asks::Count { counting, entries }, time))
    }

    fn condition(&mut self, when: Option<&'t Truth>, time: Time) -> Lowered<Option<TruthAt>> {
        when.map(|when| self.truth(None, when, time)).transpose()
    }

    fn counted(&mut self, counting: Counting, of: &'t Operands, time: Time) -> Lowered<TruthAt> {
        match of {
            Operands::Truths(parts) => self.listed(counting, parts.iter(), time),
            Operands::Values { values, ask } => self.values_asked(counting, values.iter(), ask, time),
            Operands::Set { set, except, ask } => match (self.trial.sets.get(set).map(|found| &found.members), ask) {
                (Some(Members::Truths(parts)), _) => {
                    let left = parts.iter().filter(|part| !is_excepted_truth(part, except));
                    self.listed(counting, left, time)
                }
                (Some(Members::Values(parts)), Some(ask)) => {
                    let left = parts.iter().filter(|part| !is_excepted_value(part, except));
                    self.values_asked(counting, left, ask, time)
                }
                (Some(Members::Values(_) | Members::Events(_)) | None, _) => refused("a set of something else"),
            },
        }
    }

    fn values_asked(
        &mut self,
        counting: Counting,
        parts: impl Iterator<Item = &'t Part<Value>>,
        ask: &'t Ask,
        time: Time,
    ) -> Lowered<TruthAt> {
        let mut entries = Vec::new();
        for part in parts {
            let body = self.asked(&part.body, ask, time)?;
            entries.push((self.condition(part.when.as_deref(), time)?, body));
        }
        Ok(self.put(Asks::Count { counting, entries }, time))
    }

    fn asked(&mut self, value: &'t Value, ask: &'t Ask, time: Time) -> Lowered<TruthAt> {
        let what = match ask {
            Ask::Compare { comparator, to, instead } if instead.is_empty() => {
                return self.compared(value, *comparator, to, time);
            }
            Ask::InRange { range, instead } if instead.is_empty() => self.in_range(value, range, time)?,
            Ask::Compare { .. } | Ask::InRange { .. } => return refused("a limit that depends on a condition"),
            Ask::OneOf { words, negated } => {
                let value = self.value(value, Scale::Plain, time)?;
                let Sort::Word(of) = value.sort else { return refused("words of a number") };
                let words = words.iter().filter_map(|word| self.word(of, word)).collect();
                Asks::OneOf { value: value.at, words, negated: *negated }
            }
            Ask::Recorded => Asks::Recorded(self.value(value, Scale::Plain, time)?.at),
            Ask::Moved { movement, comparator, by } => self.moved(value, (*movement, *comparator), by, time)?,
        };
        Ok(self.put(what, time))
    }

    fn compared(&mut self, value: &'t Value, comparator: Comparator, limit: &'t Value, time: Time) -> Lowered<TruthAt> {
        let mass = self.molar_mass(value);
        let (left, right) = match &limit.kind {
            ValueKind::Quantity(quantity) => {
                let scale = quantity.unit.scale();
                let left = self.value(value, scale, time)?;
                let right = limit_of(&quantity.value.rational(), &quantity.unit, scale, (&left, mass.as_ref()))?;
                (left, self.put_value(Expr::Constant(right), Time::Baseline))
            }
            ValueKind::Word { of, word } => {
                let left = self.value(value, Scale::Plain, time)?;
                let of = self.conditions.place(of)?;
                if left.sort != Sort::Word(of) {
                    return refused("words of another measure");
                }
                let Some(word) = self.word(of, word) else { return refused("a word that its measure has not") };
                return Ok(self.put(Asks::WordCompare { value: left.at, comparator, word }, time));
            }
            ValueKind::DoseQuantity(_) => return refused("a limit of a dose"),
            _ => {
                let (left, right) = (self.value(value, Scale::Plain, time)?, self.value(limit, Scale::Plain, time)?);
                let (Sort::Number(unit), true) = (&left.sort, mass.is_none()) else {
                    return refused("a comparison of two values of this kind");
                };
                let right = self.in_unit(&right, unit, None, time)?.at;
                (left, right)
            }
        };
        Ok(self.put(Asks::Compare { value: left.at, comparator, to: right }, time))
    }

    fn in_range(&mut self, value: &'t Value, range: &'t Range, time: Time) -> Lowered<Asks> {
        let (scale, mass) = (range.unit.scale(), self.molar_mass(value));
        let left = self.value(value, scale, time)?;
        let low = limit_of(&range.low.rational(), &range.unit, scale, (&left, mass.as_ref()))?;
        let high = limit_of(&range.high.rational(), &range.unit, scale, (&left, mass.as_ref()))?;
        Ok(Asks::InRange { value: left.at, low, high })
    }

    fn word(&self, of: ConceptAt, word: &Word) -> Option<u32> {
        let (_, concept) = self.trial.concepts.iter().nth(of.at())?;
        concept.values.iter().position(|known| known == word).and_then(|at| u32::try_from(at).ok())
    }

    // ---- change ------------------------------------------------------------------------------------------------------------

    fn moved(
        &mut self,
        value: &'t Value,
        (movement, comparator): (Movement, Comparator),
        by: &'t Quantity,
        time: Time,
    ) -> Lowered<Asks> {
        let (of, unit) = self.followed(value, Words::Ranked, time)?;
        let relative = by.unit.kind() == UnitKind::Percent;
        let rises = match movement {
            Movement::Rose => true,
            Movement::Fell => false,
            Movement::Improved => self.evaluator.better(value) == Some(Better::Higher),
            Movement::Worsened => self.evaluator.better(value) == Some(Better::Lower),
        };
        let own = if relative { by.unit.clone() } else { unit };
        let mass = self.molar_mass(value);
        let limit = by.unit.convert_of(&by.value.rational(), &own, mass.as_ref()).ok();
        let limit = limit.and_then(|limit| Exact::of(&limit));
        let Some(limit) = limit else { return refused("a change in another unit") };
        // Better by so much and worse by so much are asked of one change.
        let change = self.put_value(Expr::Change { of, relative }, time);
        Ok(Asks::Moved { change, rises, comparator, limit })
    }

    /// A value now and at baseline, and the unit of their difference; words of a scale are their places in its order.
    fn followed(&mut self, value: &'t Value, words: Words, time: Time) -> Lowered<(Followed, Unit)> {
        if time == Time::Baseline {
            return refused("a change at baseline");
        }
        let (fold, list) = match &self.body(value).kind {
            ValueKind::HighestOf(list) => (Fold::Highest, list),
            ValueKind::LowestOf(list) => (Fold::Lowest, list),
            _ => {
                let now = self.value(value, Scale::Plain, Time::Now)?;
                let before = self.value(value, Scale::Plain, Time::Baseline)?;
                let unit = match &now.sort {
                    Sort::Number(unit) => unit.clone(),
                    Sort::Word(_) if words == Words::Ranked && matches!(value.kind, ValueKind::Result { .. }) => {
                        Unit::one()
                    }
                    Sort::Word(_) => return refused("a change of words"),
                };
                return Ok((Followed::One { now: now.at, before: before.at }, unit));
            }
        };
        let mut members = Vec::new();
        let mut unit: Option<Unit> = None;
        for part in self.members_of(list) {
            let when = self.condition(part.when.as_deref(), Time::Baseline)?;
            let now = self.value(&part.body, Scale::Plain, Time::Now)?;
            let before = self.value(&part.body, Scale::Plain, Time::Baseline)?;
            let Sort::Number(of) = now.sort else { return refused("the highest of words") };
            if unit.get_or_insert_with(|| of.clone()) != &of {
                return refused("the highest of values in several units");
            }
            members.push(Member { when, now: now.at, before: before.at });
        }
        Ok((Followed::Leading { fold, members }, unit.unwrap_or_else(Unit::one)))
    }

    /// What a value that is only named stands for.
    fn body(&self, value: &'t Value) -> &'t Value {
        let ValueKind::Defined { definition, pick: Pick::Latest } = &value.kind else { return value };
        match self.trial.definitions.get(definition).map(|found| &found.body) {
            Some(DefinitionBody::Value(body)) => self.body(body),
            Some(DefinitionBody::Truth(_)) | None => value,
        }
    }

    fn members_of(&self, list: &'t ListOf) -> Vec<&'t Part<Value>> {
        match list {
            ListOf::Values(parts) => parts.iter().collect(),
            ListOf::Set { set, except } => match self.trial.sets.get(set).map(|found| &found.members) {
                Some(Members::Values(parts)) => parts.iter().filter(|part| !is_excepted_value(part, except)).collect(),
                Some(Members::Truths(_) | Members::Events(_)) | None => Vec::new(),
            },
        }
    }

    // ---- values ------------------------------------------------------------------------------------------------------------

    fn value(&mut self, value: &'t Value, scale: Scale, time: Time) -> Lowered<Typed> {
        match &value.kind {
            ValueKind::Quantity(quantity) => {
                let Some(number) = Exact::of(&quantity.value.rational()) else { return refused("a number this long") };
                let at = self.put_value(Expr::Constant(number), Time::Baseline);
                Ok(Typed { at, sort: Sort::Number(quantity.unit.clone()) })
            }
            ValueKind::Result { of, pick } => self.result(of, (*pick, scale), time),
            ValueKind::PerUpperLimit { of, pick } => self.result(of, (*pick, Scale::Upper), time),
            ValueKind::PerLowerLimit { of, pick } => self.result(of, (*pick, Scale::Lower), time),
            ValueKind::Defined { definition, pick: Pick::Latest } => {
                match self.trial.definitions.get(definition).map(|found| &found.body) {
                    Some(DefinitionBody::Value(body)) => self.value(body, scale, time),
                    Some(DefinitionBody::Truth(_)) | None => refused("a name that stands for nothing"),
                }
            }
            ValueKind::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(left, Scale::Plain, time)?, self.value(right, Scale::Plain, time)?);
                self.arithmetic(*operator, &left, &right, time)
            }
            ValueKind::If { branches, otherwise } => self.choice(branches, otherwise, scale, time),
            ValueKind::In { value: inner, unit } => {
                let mass = self.molar_mass(inner);
                let inner = self.value(inner, Scale::Plain, time)?;
                self.in_unit(&inner, unit, mass.as_ref(), time)
            }
            ValueKind::HighestOf(list) => self.fold(Fold::Highest, list, scale, time),
            ValueKind::LowestOf(list) => self.fold(Fold::Lowest, list, scale, time),
            ValueKind::SumOf(list) => self.fold(Fold::Sum, list, scale, time),
            ValueKind::DailyDose { of, route, equivalent_to, pick: Pick::Latest | Pick::First } => {
                if time == Time::Baseline {
                    return refused("a dose at baseline");
                }
                let dose = self.doses_of(of, *route, equivalent_to.as_ref())?;
                let at = self.put_value(Expr::Dose(dose), time);
                let Ok(mg) = Unit::parse("mg") else { return refused("milligrams") };
                Ok(Typed { at, sort: Sort::Number(mg) })
            }
            ValueKind::Change { of, relative } => {
                let (of, unit) = self.followed(of, Words::Apart, time)?;
                let unit = if *relative { Unit::parse("%").unwrap_or_else(|_| Unit::one()) } else { unit };
                let at = self.put_value(Expr::Change { of, relative: *relative }, time);
                Ok(Typed { at, sort: Sort::Number(unit) })
            }
            ValueKind::DailyDose { .. } | ValueKind::TotalDose { .. } => refused("a dose over a time"),
            ValueKind::Defined { .. } => refused("the highest, lowest or first of a formula"),
            ValueKind::DoseQuantity(_) | ValueKind::Word { .. } => refused("a limit as a value"),
            ValueKind::Age => refused("an age"),
            ValueKind::MeanOf { .. } | ValueKind::EachOf { .. } => refused("several results"),
            ValueKind::CountOf { .. } | ValueKind::RateOf { .. } => refused("a count of events"),
            ValueKind::LinesOf { .. } => refused("lines of treatment"),
            ValueKind::TimeBetween { .. } => refused("a length of time between two events"),
        }
    }

    fn result(&mut self, of: &'t ConceptId, (pick, scale): (Pick, Scale), time: Time) -> Lowered<Typed> {
        if pick != Pick::Latest {
            return refused("the highest, lowest or first result");
        }
        if matches!(of.as_str(), "sex" | "age") {
            return refused("sex or age");
        }
        let at = self.conditions.place(of)?;
        let trial = self.trial;
        let Some(concept) = trial.concepts.get(of) else { return refused("a measure that the protocol has not") };
        let unit = concept.unit.clone().unwrap_or_else(Unit::one);
        let derived = match &concept.derived {
            Some(_) if self.open.contains(of) => return refused("a formula that rests on itself"),
            Some(formula) if scale == Scale::Plain => {
                self.open.push(of.clone());
                let formula = self.value(formula, Scale::Plain, time);
                self.open.pop();
                Some(self.in_unit(&formula?, &unit, None, time)?.at)
            }
            _ => None,
        };
        let sort = match (concept.values.is_empty(), scale) {
            (false, Scale::Plain) => Sort::Word(at),
            (false, _) => return refused("a word as a multiple of a limit"),
            (true, Scale::Plain) => Sort::Number(unit),
            (true, Scale::Upper | Scale::Lower) => Sort::Number(Unit::one()),
        };
        Ok(Typed { at: self.put_value(Expr::Result { of: at, scale, derived }, time), sort })
    }

    fn arithmetic(&mut self, operator: Operator, left: &Typed, right: &Typed, time: Time) -> Lowered<Typed> {
        let (Sort::Number(unit), Sort::Number(other)) = (&left.sort, &right.sort) else {
            return refused("arithmetic with words");
        };
        let (right, unit) = match operator {
            Operator::Plus | Operator::Minus => (self.in_unit(right, unit, None, time)?.at, unit.clone()),
            Operator::Times => (right.at, unit.multiply(other)),
            Operator::Over => (right.at, unit.divide(other)),
            Operator::Power => return refused("a power"),
        };
        let at = self.put_value(Expr::Arithmetic { operator, left: left.at, right }, time);
        Ok(Typed { at, sort: Sort::Number(unit) })
    }

    fn choice(
        &mut self,
        branches: &'t [(Truth, Value)],
        otherwise: &'t Value,
        scale: Scale,
        time: Time,
    ) -> Lowered<Typed> {
        let last = self.value(otherwise, scale, time)?;
        let mut lowered = Vec::new();
        for (condition, value) in branches {
            let condition = self.truth(None, condition, time)?;
            let value = self.value(value, scale, time)?;
            if value.sort != last.sort || matches!(value.sort, Sort::Word(_)) {
                return refused("a choice between several units");
            }
            lowered.push((condition, value.at));
        }
        let at = self.put_value(Expr::If { branches: lowered, otherwise: last.at }, time);
        Ok(Typed { at, sort: last.sort })
    }

    fn fold(&mut self, fold: Fold, list: &'t ListOf, scale: Scale, time: Time) -> Lowered<Typed> {
        let mut entries = Vec::new();
        let mut sort: Option<Sort> = None;
        for part in self.members_of(list) {
            let when = self.condition(part.when.as_deref(), time)?;
            let value = self.value(&part.body, scale, time)?;
            if *sort.get_or_insert_with(|| value.sort.clone()) != value.sort || matches!(value.sort, Sort::Word(_)) {
                return refused("a list of values in several units");
            }
            entries.push((when, value.at));
        }
        let at = self.put_value(Expr::Fold { fold, entries }, time);
        Ok(Typed { at, sort: sort.unwrap_or_else(|| Sort::Number(Unit::one())) })
    }

    /// The same value in another unit.
    fn in_unit(&mut self, value: &Typed, unit: &Unit, mass: Option<&BigRational>, time: Time) -> Lowered<Typed> {
        let Sort::Number(from) = &value.sort else { return refused("a word in a unit") };
        let sort = Sort::Number(unit.clone());
        if from == unit {
            return Ok(value.clone());
        }
        let cannot = || Refusal(format!("`{from}` as `{unit}`"));
        let convert = |number: i64| {
            from.convert_of(&BigRational::from_integer(BigInt::from(number)), unit, mass).map_err(|_| cannot())
        };
        let offset = convert(0)?;
        let factor = convert(1)? - &offset;
        let exact = |number: &BigRational| Exact::of(number).ok_or_else(cannot);
        let what = Expr::Scaled { of: value.at, factor: exact(&factor)?, offset: exact(&offset)? };
        Ok(Typed { at: self.put_value(what, time), sort })
    }

    /// The molar mass of the substance that a value is of.
    fn molar_mass(&self, value: &Value) -> Option<BigRational> {
        let of = match &value.kind {
            ValueKind::Result { of, .. } => of,
            ValueKind::MeanOf { of, .. }
            | ValueKind::EachOf { of, .. }
            | ValueKind::Change { of, .. }
            | ValueKind::In { value: of, .. } => return self.molar_mass(of),
            _ => return None,
        };
        Some(self.trial.concepts.get(of)?.molar_mass.as_ref()?.value.rational())
    }
}

/// A limit in the unit of what it limits.
fn limit_of(
    number: &BigRational,
    unit: &Unit,
    scale: Scale,
    (of, mass): (&Typed, Option<&BigRational>),
) -> Lowered<Exact> {
    let Sort::Number(own) = &of.sort else { return refused("a number as the limit of a word") };
    let one = Unit::one();
    let unit = if scale == Scale::Plain { unit } else { &one };
    let number = unit.convert_of(number, own, mass).ok();
    number.and_then(|number| Exact::of(&number)).ok_or_else(|| Refusal(format!("`{unit}` as `{own}`")))
}
