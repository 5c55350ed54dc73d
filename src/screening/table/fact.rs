//! From the columns of a block to the facts of a plan. A row that holds something that is not plain is odd.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::{Conversion, Dated, Happening, Judged, Layout, Measure, On, UnitOf, conversion};
use crate::chart::{self, Amount, Digits, Kind, Of};
use crate::ir::{Concept, ConceptKind, Route, Word};
use crate::patients::columns::{From, Part};
use crate::patients::mapping::{Mapping, Means};
use crate::patients::wide::{Wide, kind};
use crate::patients::{Block, Known, Typed, cells, day_of};
use crate::plan::batch::{Anchor, Bits, Coded, Dates, FUTURE, Facts, Limits, Occurrence, Outcome, PAST, ROWS, Said};
use crate::plan::dose::decimal;
use crate::plan::facts::Taken;
use crate::plan::quick::{How, Written};
use crate::plan::{ConceptAt, Plan};
use crate::record::{Building, Reader};

/// A protocol and a table.
pub(super) struct Reading<'r, 't> {
    pub(super) layout: &'r Layout,
    pub(super) wide: &'r Wide<'t>,
    pub(super) reader: &'r Reader<'t>,
    pub(super) plan: &'r Plan,
    pub(super) block: &'r Block,
    /// Rows that hold something that is not plain.
    pub(super) odd: Bits,
    pub(super) memory: Memory,
}

/// What words of the columns stand for, as far as it has been asked; for blocks of the same columns.
#[derive(Default)]
pub(super) struct Memory(BTreeMap<(usize, Asking), Known>);

/// As what a column is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asking {
    Sex,
    Complete,
    /// The place of the question in the layout.
    Answer(usize),
    Result(ConceptAt),
    Comparator,
    Part(ConceptAt, Part),
}

/// So much is added to a day, twice, to make a code of it.
const DAY: u32 = 1 << 24;

/// Days of an event or visit that have been recorded, by its name.
type Recorded<'d> = Vec<(&'d str, Dates)>;

impl<'r> Reading<'r, '_> {
    pub(super) fn facts(&mut self) -> Facts {
        let layout = self.layout;
        let mut facts = Facts { rows: self.block.len(), ..Facts::default() };
        self.odd |= Bits(self.block.torn());
        let known = self.dates(&mut facts);
        let as_of = self.as_of();
        let last = self.last(&as_of, &facts);
        // Without a last day of the record, what it holds may end at any time.
        self.odd |= !last.there;
        facts.said_to = last.day.iter().map(|day| day.saturating_mul(2).saturating_add(1)).collect();
        facts.as_of = Some(as_of);
        self.person(&mut facts, &known);
        self.complete(&mut facts);
        facts.answers = vec![None; self.plan.questions.len()];
        for (at, judged) in layout.judged.iter().enumerate() {
            self.answers((at, judged), &mut facts);
        }
        for measure in &layout.measures {
            let result = self.results(measure, &known);
            facts.results.extend(result);
        }
        // Columns stand in any order.
        facts.results.sort_by_key(|result| result.of);
        for happening in &layout.happenings {
            let occurrence = self.occurrence(happening, &known, &facts.said_to);
            facts.occurrences.extend(occurrence);
        }
        // Of one thing, those of the trial's own dates stand first.
        facts.occurrences.sort_by_key(|one| one.of);
        facts
    }

    fn mapping(&self) -> &'r Mapping {
        &self.wide.shared.options.mapping
    }

    fn days(&mut self, column: usize) -> Dates {
        let typed = self.block.days(column, self.mapping());
        self.odd |= Bits(typed.odd);
        Dates::new(typed.values, Bits(typed.there))
    }

    fn codes(&mut self, column: usize, asking: Asking, ask: &mut dyn FnMut(&str) -> Option<u32>) -> (Coded, Bits) {
        let known = self.memory.0.entry((column, asking)).or_default();
        let Typed { values, there, odd } = self.block.codes(column, ask, known);
        (Coded { code: values, there: Bits(there) }, Bits(odd))
    }

    fn concept(&self, at: ConceptAt) -> Option<&'r Concept> {
        self.reader.trial.concepts.get(&self.plan.concepts.get(at.at())?.id)
    }

    // ---- dates ---------------------------------------------------------------------------------------------------------------

    fn dates(&mut self, facts: &mut Facts) -> Recorded<'r> {
        let mut known = Vec::new();
        for dated in &self.layout.dates {
            let recorded = self.recorded(dated);
            if dated.unknown {
                self.odd |= recorded.there;
            }
            let planned = dated.planned.map(|column| self.days(column));
            if dated.unknown {
                self.odd |= planned.as_ref().map_or(Bits::NONE, |planned| planned.there);
            }
            if let Some(event) = dated.event {
                facts.occurrences.extend(once(event, &recorded));
                let mut on = recorded.clone();
                let site = dated.site_planned.map(Dates::always);
                // What is recorded stands before what is planned for the patient, and that before what is for all.
                for planned in [planned, site].into_iter().flatten() {
                    on = either(on, &planned);
                }
                let planned = on.there & !recorded.there;
                facts.anchors.push(Anchor { event, on, planned });
            }
            known.push((dated.name.as_str(), recorded));
        }
        facts.anchors.sort_by_key(|anchor| anchor.event);
        known
    }

    fn recorded(&mut self, dated: &Dated) -> Dates {
        let own = dated.column.map_or_else(Dates::none, |column| self.days(column));
        match dated.common {
            Some(day) => either(own, &Dates::always(day)),
            None => own,
        }
    }

    fn as_of(&mut self) -> Dates {
        let own = self.layout.as_of.map_or_else(Dates::none, |column| self.days(column));
        match self.layout.site_as_of {
            Some(day) => either(own, &Dates::always(day)),
            None => own,
        }
    }

    /// The day of the record, or of the latest of the screenings that have taken place.
    fn last(&self, as_of: &Dates, facts: &Facts) -> Dates {
        let mut latest = Dates::none();
        for event in &self.plan.screenings {
            let Some(anchor) = facts.anchors.iter().find(|anchor| anchor.event == *event) else { continue };
            let there = anchor.on.there & !anchor.planned;
            let later = Bits::of_two(&anchor.on.day, &latest.day, |day, known| day > known);
            latest.take(there & (later | !latest.there), &anchor.on.day);
            latest.there |= there;
        }
        either(as_of.clone(), &latest)
    }

    // ---- the person ----------------------------------------------------------------------------------------------------------

    fn person(&mut self, facts: &mut Facts, known: &Recorded<'_>) {
        if let Some((at, column)) = self.layout.sex {
            let words = at.and_then(|at| self.plan.concepts.get(at.at())).map(|slot| slot.words.as_slice());
            let wide = self.wide;
            let (coded, odd) = self.codes(column, Asking::Sex, &mut |text| match words {
                Some(words) => word(words, &cells::sex(&wide.meaning("sex", text))),
                None => Some(0),
            });
            self.odd |= odd;
            if let Some(of) = at {
                let said = Said::Words(Arc::new(coded.code));
                facts.results.push(Outcome {
                    of,
                    there: coded.there,
                    on: Dates::none(),
                    said,
                    lower: None,
                    upper: None,
                });
            }
        }
        let birth = self.layout.birth.map(|column| self.days(column));
        let mut first = birth.unwrap_or_else(Dates::none);
        let mut last = Arc::clone(&first.day);
        if let Some(column) = self.layout.age {
            let age = self.block.numbers(column);
            self.odd |= Bits(age.odd);
            let at = recorded_at(known, &self.wide.screening);
            let there = Bits(age.there);
            self.odd |= there & !at.there;
            for row in (there & at.there).rows() {
                let (Some(years), Some(day)) = (age.values.get(row), at.day.get(row)) else { continue };
                let Some((from, to)) = born(*years, *day) else {
                    self.odd.set(row);
                    continue;
                };
                let (first_days, last_days) = (Arc::make_mut(&mut first.day), Arc::make_mut(&mut last));
                let (Some(first_day), Some(last_day)) = (first_days.get_mut(row), last_days.get_mut(row)) else {
                    continue;
                };
                if !first.there.has(row) {
                    (*first_day, *last_day) = (from, to);
                } else if *first_day <= to && from <= *last_day {
                    (*first_day, *last_day) = ((*first_day).max(from), (*last_day).min(to));
                }
            }
            first.there |= there;
        }
        facts.birth = Some((first, last));
    }

    fn complete(&mut self, facts: &mut Facts) {
        if let Some(column) = self.layout.complete {
            let mut ask = |text: &str| {
                let words = text.split([',', ';', ' ', '|']).map(str::trim).filter(|word| !word.is_empty());
                let kinds = words.map(kind).collect::<Result<Vec<Kind>, _>>().ok()?;
                Some(kinds.into_iter().fold(0, |mask, kind| mask | 1 << kind as u32))
            };
            let (coded, odd) = self.codes(column, Asking::Complete, &mut ask);
            self.odd |= odd;
            for kind in Kind::ALL {
                let complete = Bits::of(&coded.code, |mask| mask >> (kind as u32) & 1 == 1) & coded.there;
                facts.complete.push((kind, complete));
            }
        }
        facts.complete.extend(self.layout.always_complete.iter().map(|kind| (*kind, Bits::ALL)));
    }

    fn answers(&mut self, (at, judged): (usize, &Judged), facts: &mut Facts) {
        let (wide, mapping) = (self.wide, self.mapping());
        let (coded, odd) = self.codes(judged.column, Asking::Answer(at), &mut |text| match &judged.fact {
            Some(name) => cells::truth(mapping, &wide.meaning(name, text)).map(u32::from),
            None => cells::truth(mapping, text).map(u32::from),
        });
        self.odd |= odd;
        if judged.unasked {
            self.odd |= coded.there;
        }
        let yes = Bits::of(&coded.code, |code| code == 1);
        for at in &judged.at {
            if let Some(answer) = facts.answers.get_mut(*at) {
                *answer = Some((coded.there, yes));
            }
        }
    }

    // ---- results -------------------------------------------------------------------------------------------------------------

    fn results(&mut self, measure: &Measure, known: &Recorded<'_>) -> Option<Outcome> {
        let concept = self.concept(measure.of)?;
        let so_far = self.odd;
        self.odd = Bits::NONE;
        let (said, there, lower, upper) = if measure.coded {
            let (wide, words) = (self.wide, concept.values.as_slice());
            let ask = &mut |text: &str| word(words, &wide.meaning(&measure.name, text));
            let (coded, odd) = self.codes(measure.value, Asking::Result(measure.of), ask);
            self.odd |= odd;
            (Said::Words(Arc::new(coded.code)), coded.there, None, None)
        } else {
            self.numbers(measure, concept)
        };
        let on = match &measure.on {
            On::Column(column) => self.days(*column),
            On::At(name) => recorded_at(known, name),
        };
        // What stands beside a value that is not there says nothing.
        self.odd = so_far | self.odd & there;
        there.any().then_some(Outcome { of: measure.of, there, on, said, lower, upper })
    }

    fn numbers(&mut self, measure: &Measure, concept: &Concept) -> (Said, Bits, Option<Limits>, Option<Limits>) {
        let Typed { values: mut value, there, odd } = self.block.numbers(measure.value);
        let there = Bits(there);
        self.odd |= Bits(odd);
        if let Some(column) = measure.comparator {
            // A bound is no number.
            let (coded, odd) = self.codes(column, Asking::Comparator, &mut |text| (text == "=").then_some(0));
            self.odd |= odd & coded.there;
        }
        let mut limits = |column: Option<usize>| {
            let typed = self.block.numbers(column?);
            self.odd |= Bits(typed.odd);
            Some((typed.values, Bits(typed.there)))
        };
        let (mut lower, mut upper) = (limits(measure.lower), limits(measure.upper));
        let mut rounded = Bits::NONE;
        let mut convert = |rows: Bits, conversion: Conversion, odd: &mut Bits| match conversion {
            Conversion::Same => {}
            Conversion::Refused => *odd |= rows,
            Conversion::Linear { factor, offset } => {
                rounded |= rows;
                let lists =
                    [Some(&mut value), lower.as_mut().map(|(value, _)| value), upper.as_mut().map(|(value, _)| value)];
                for list in lists.into_iter().flatten() {
                    for row in rows.rows() {
                        if let Some(number) = list.get_mut(row) {
                            *number = factor * *number + offset;
                        }
                    }
                }
            }
        };
        match &measure.unit {
            UnitOf::Fixed(conversion) => convert(there, *conversion, &mut self.odd),
            UnitOf::Column(column) => {
                let mut units = vec![conversion(concept, "")];
                let (coded, _) = {
                    let units = &mut units;
                    let ask = &mut |text: &str| {
                        units.push(conversion(concept, text));
                        u32::try_from(units.len() - 1).ok()
                    };
                    // The codes are those of this block alone.
                    let Typed { values, there, odd } = self.block.codes(*column, ask, &mut Known::default());
                    (Coded { code: values, there: Bits(there) }, odd)
                };
                for (at, unit) in (0_u32..).zip(&units) {
                    let rows =
                        if at == 0 { !coded.there } else { coded.there & Bits::of(&coded.code, |code| code == at) };
                    convert(there & rows, *unit, &mut self.odd);
                }
            }
        }
        for (low, high, converted) in &measure.ranges {
            let slack = |row_rounded: bool| if *converted || row_rounded { 1e-9 } else { 0.0 };
            let inside = |slack: f64| {
                let (low, high) = (low + low.abs() * slack, high - high.abs() * slack);
                Bits::of(&value, |number| number >= low && number <= high)
            };
            let sure = inside(slack(false)) & !rounded | inside(slack(true)) & rounded;
            self.odd |= there & !sure;
        }
        let positive = |limits: Option<(Vec<f64>, Bits)>| {
            let (value, there) = limits?;
            let there = there & Bits::of(&value, |limit| limit > 0.0);
            Some(Limits { value, there })
        };
        let (lower, upper) = (positive(lower), positive(upper));
        (Said::Numbers { value: Arc::new(value), rounded }, there, lower, upper)
    }

    // ---- conditions, drugs, procedures, events -----------------------------------------------------------------------------------

    fn occurrence(&mut self, happening: &Happening, known: &Recorded<'_>, said_to: &[i32]) -> Option<Occurrence> {
        let planned = &happening.planned;
        let mapping = self.mapping();
        let dates = |reading: &mut Self, part: Part| match planned.parts.get(&part) {
            Some(From::Column(column)) => reading.days(*column),
            Some(From::Fixed(_)) | None => Dates::none(),
        };
        let (mut date, mut start, end) = (dates(self, Part::Date), dates(self, Part::Start), dates(self, Part::End));
        let value = self.told(happening);
        let grade = self.part(happening, Part::Grade, &mut |text| {
            text.parse::<u8>().ok().filter(|grade| (1..=5).contains(grade)).map(u32::from)
        });
        let lasts = self.part(happening, Part::Ongoing, &mut |text| cells::truth(mapping, text).map(u32::from));
        let graded = grade.as_ref().map_or(Bits::NONE, |grade| grade.there);
        let dated = value.days.as_ref().map_or(Bits::NONE, |days| days.there);
        let some = value.yes | value.no | dated | date.there | start.there | end.there | graded;
        if !some.any() {
            return None;
        }
        // It says no, and there is more; or it has two days.
        let mut odd = value.no & (date.there | start.there | end.there | graded) | dated & (date.there | start.there);
        let absent = value.no & !odd;
        if let Some(days) = &value.days {
            date = either(date, days);
        }
        if happening.anchor {
            // It is one of the trial's own dates.
            odd |= date.there & !absent;
        }
        let rest = some & !absent & !odd;
        self.odd |= odd;
        let lasting = matches!(planned.kind, ConceptKind::Condition | ConceptKind::Drug);
        if lasting {
            let begun = date.there & !start.there;
            start = either(start, &date);
            date.there &= !begun;
        }
        let means = planned.means.unwrap_or(if lasting { Means::Has } else { Means::Had });
        let (over, up) = match &lasts {
            None => (Bits::NONE, Bits::NONE),
            Some(lasts) => {
                let up = Bits::of(&lasts.code, |code| code == 1) & lasts.there;
                (lasts.there & !up, up)
            }
        };
        let open = !(end.there | date.there);
        let (over, up) = match means {
            Means::Has => (over & open, !over & open),
            Means::Had if lasting => (over & open, up & open),
            Means::Had => ((over | !up & !start.there) & open, up & open),
        };
        let at = recorded_at(known, &happening.at);
        let mut one = empty(happening.of);
        let get = |dates: &Dates, row: usize| {
            if dates.there.has(row) { dates.day.get(row).copied() } else { None }
        };
        for row in rest.rows() {
            let last = said_to.get(row).copied().unwrap_or(FUTURE);
            let ongoing = if up.has(row) {
                Lasting::Up(get(&at, row).map_or(last.saturating_add(1), |day| day * 2 + 2))
            } else if over.has(row) {
                Lasting::Over
            } else {
                Lasting::Unsaid
            };
            let date = get(&date, row);
            match extent((date, get(&start, row), get(&end, row)), &ongoing, last) {
                Some(extent) => one.put(row, extent, date.is_some()),
                None => self.odd.set(row),
            }
        }
        one.absent = absent.any().then(|| {
            let mut until: Vec<i32> = at.day.iter().map(|day| day.saturating_mul(2).saturating_add(1)).collect();
            for row in (absent & !at.there).rows() {
                if let (Some(until), Some(last)) = (until.get_mut(row), said_to.get(row)) {
                    *until = *last;
                }
            }
            (absent, until)
        });
        one.grade = grade;
        self.attributes(happening, &mut one);
        Some(one)
    }

    /// What the cells of something say of whether it is there: yes, no, or since which day.
    fn told(&mut self, happening: &Happening) -> Answers {
        let planned = &happening.planned;
        let (wide, mapping) = (self.wide, self.mapping());
        let mut ask = |text: &str| {
            let text = wide.meaning(&planned.name, text);
            match cells::truth(mapping, &text) {
                Some(truth) => Some(u32::from(truth)),
                None => u32::try_from(i64::from(day_of(mapping, &text)?) + i64::from(DAY) * 2).ok(),
            }
        };
        if let Some(From::Column(column)) = planned.parts.get(&Part::Value)
            && let Some((there, yes)) = self.block.truths(*column)
            && (ask("false"), ask("true")) == (Some(0), Some(1))
        {
            let (there, yes) = (Bits(there), Bits(yes));
            return Answers { yes: there & yes, no: there & !yes, days: None };
        }
        let Some(Coded { code, there }) = self.part(happening, Part::Value, &mut ask) else {
            return Answers { yes: Bits::NONE, no: Bits::NONE, days: None };
        };
        let no = Bits::of(&code, |code| code == 0) & there;
        let yes = Bits::of(&code, |code| code == 1) & there;
        let dated = there & !no & !yes;
        let days = dated.any().then(|| {
            let day = |code: u32| i32::try_from(i64::from(code) - i64::from(DAY) * 2).unwrap_or_default();
            Dates::new(code.iter().map(|code| day(*code)).collect(), dated)
        });
        Answers { yes, no, days }
    }

    /// The codes of a part of a fact.
    fn part(
        &mut self,
        Happening { of, planned, .. }: &Happening,
        part: Part,
        ask: &mut dyn FnMut(&str) -> Option<u32>,
    ) -> Option<Coded> {
        match planned.parts.get(&part)? {
            From::Column(column) => {
                let (coded, odd) = self.codes(*column, Asking::Part(*of, part), ask);
                self.odd |= odd;
                Some(coded)
            }
            #[expect(clippy::single_match_else, reason = "both ways are of one kind")]
            From::Fixed(text) => match ask(text) {
                Some(code) => Some(Coded { code: vec![code; ROWS], there: Bits::ALL }),
                None => {
                    self.odd = Bits::ALL;
                    None
                }
            },
        }
    }

    fn attributes(&mut self, happening: &Happening, one: &mut Occurrence) {
        let (planned, plan, reader, layout) = (&happening.planned, self.plan, self.reader, self.layout);
        let Some(concept) = self.concept(happening.of) else { return };
        let (so_far, there) = (self.odd, one.there);
        self.odd = Bits::NONE;
        let attributes = &concept.attributes;
        let term = |known: &[Word], text: &str| {
            let word = known.iter().find(|word| word.as_str().eq_ignore_ascii_case(text.trim()))?;
            plan.term(word)
        };
        one.stage = self.part(happening, Part::Stage, &mut |text| term(&attributes.stages, text));
        one.histology = self.part(happening, Part::Histology, &mut |text| term(&attributes.histologies, text));
        one.severity = self.part(happening, Part::Severity, &mut |text| term(&attributes.severities, text));
        let mut cause = |text: &str| {
            let mut building = Building::new(reader, "");
            let found = building.reason("", &Of::Name(text.to_owned()))?;
            Some(plan.place(found.as_str()).map_or(Coded::OTHER, |at| at.0))
        };
        one.cause = self.part(happening, Part::Cause, &mut cause);
        one.reason = self.part(happening, Part::Reason, &mut cause);
        one.route = self.part(happening, Part::Route, &mut |text| {
            let text = serde_json::Value::String(text.trim().to_ascii_lowercase());
            serde_json::from_value::<Route>(text).ok().map(|route| route as u32)
        });
        // One that cannot be read is refused.
        if let Some(From::Column(column)) = planned.parts.get(&Part::Dose) {
            let amount = self.block.numbers(*column);
            let frequency = planned.times_daily.map(chart::Frequency::TimesDaily);
            let whole = planned.kind == ConceptKind::Procedure;
            let unit = self.part(happening, Part::DoseUnit, &mut |unit| {
                let amount = Amount { value: Digits::from("1"), unit: unit.to_owned() };
                let written = dose(&planned.name, amount, frequency.clone());
                crate::record::dose::taken(&written, whole).ok()?;
                layout.place(Written::of(plan, unit)?)
            });
            if let Some(unit) = unit {
                let negative = Bits::of(&amount.values, |amount| amount < 0.0) & Bits(amount.there);
                self.odd |= (Bits(amount.odd) | negative) & unit.there;
                if !plan.doses.amounts.is_empty() {
                    let told = unit.there & Bits(amount.there) & there & !self.odd;
                    self.doses(happening, one, (&amount.values, &unit), told);
                }
            }
        }
        self.odd = so_far | self.odd & there;
    }

    /// How much was taken, of those of whom it is told.
    fn doses(&mut self, happening: &Happening, one: &mut Occurrence, (amounts, unit): (&[f64], &Coded), told: Bits) {
        let planned = &happening.planned;
        let frequency = planned.times_daily.map(chart::Frequency::TimesDaily);
        let known = self.layout.doses();
        let mut taken = vec![Taken::Unknown; ROWS];
        for row in told.rows() {
            let how = How { frequency: frequency.as_ref(), on_one_day: one.single.has(row), kind: planned.kind };
            let written = unit.code.get(row).and_then(|code| known.get(usize::try_from(*code).ok()?));
            let amount = amounts.get(row).and_then(|amount| decimal(*amount));
            match (taken.get_mut(row), written.zip(amount).and_then(|(written, amount)| written.taken(amount, &how))) {
                (Some(slot), Some(found)) => *slot = found,
                (None, _) | (_, None) => self.odd.set(row),
            }
        }
        one.dose = Some(taken);
    }
}

/// Of whom it is said that something is there, that it is not, and that it is of some day.
struct Answers {
    yes: Bits,
    no: Bits,
    days: Option<Dates>,
}

/// What a record says of whether something lasts.
enum Lasting {
    Unsaid,
    /// It does up to this moment.
    Up(i32),
    Over,
}

/// All moments of a beginning and of an end.
struct Extent {
    start: (i32, i32),
    end: (i32, i32),
}

/// When something began and when it ended, as a record has it; nothing where it ends before it starts. `last` is the end of
/// the last day of the record.
fn extent((date, start, end): (Option<i32>, Option<i32>, Option<i32>), lasting: &Lasting, last: i32) -> Option<Extent> {
    let day = |day: i32| (day * 2, day * 2 + 1);
    if let Some(date) = date {
        return Some(Extent { start: day(date), end: day(date) });
    }
    let latest = match lasting {
        Lasting::Up(known) => last.min(*known),
        Lasting::Unsaid | Lasting::Over => last,
    };
    let start = start.map_or((PAST, end.map_or(latest, |end| end * 2 + 1)), day);
    let end = match (end, lasting) {
        (Some(end), _) => day(end),
        (None, Lasting::Up(known)) => (*known, FUTURE),
        (None, Lasting::Over) => (start.0, last),
        (None, Lasting::Unsaid) => (start.0, FUTURE),
    };
    (end.1 >= start.0).then_some(Extent { start: (start.0, start.1.min(end.1)), end: (end.0.max(start.0), end.1) })
}

/// The days on which someone may have been born who is so many years old on a day.
fn born(years: f64, day: i32) -> Option<(i32, i32)> {
    if !(0.0..=1_000.0).contains(&years) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was held to a range")]
    let years = years.floor() as i64;
    let moved = |months: i64| i32::try_from(crate::record::time::add_months(i64::from(day), months)).ok();
    Some((moved(-12 * (years + 1))? + 1, moved(-12 * years)?))
}

/// The first, or the second where there is none.
fn either(mut first: Dates, second: &Dates) -> Dates {
    let instead = second.there & !first.there;
    if instead.any() {
        first.take(instead, &second.day);
        first.there |= instead;
    }
    first
}

fn recorded_at(known: &Recorded<'_>, name: &str) -> Dates {
    known.iter().find(|(known, _)| *known == name).map_or_else(Dates::none, |(_, dates)| dates.clone())
}

fn word(words: &[Word], text: &str) -> Option<u32> {
    let at = words.iter().position(|word| word.as_str().eq_ignore_ascii_case(text.trim()))?;
    u32::try_from(at).ok()
}

fn empty(of: ConceptAt) -> Occurrence {
    let moments = || vec![0; ROWS];
    Occurrence {
        of,
        there: Bits::NONE,
        absent: None,
        start: (moments(), moments()),
        end: (moments(), moments()),
        single: Bits::NONE,
        grade: None,
        stage: None,
        histology: None,
        severity: None,
        cause: None,
        reason: None,
        route: None,
        dose: None,
    }
}

/// Something of one day.
fn once(of: ConceptAt, on: &Dates) -> Option<Occurrence> {
    let moments = |end: i32| on.day.iter().map(|day| day.saturating_mul(2).saturating_add(end)).collect::<Vec<i32>>();
    let both = || (moments(0), moments(1));
    let one = Occurrence { there: on.there, single: on.there, start: both(), end: both(), ..empty(of) };
    on.there.any().then_some(one)
}

trait Put {
    fn put(&mut self, row: usize, extent: Extent, single: bool);
}

impl Put for Occurrence {
    fn put(&mut self, row: usize, extent: Extent, single: bool) {
        self.there.set(row);
        if single {
            self.single.set(row);
        }
        let moments = [
            (&mut self.start.0, extent.start.0),
            (&mut self.start.1, extent.start.1),
            (&mut self.end.0, extent.end.0),
            (&mut self.end.1, extent.end.1),
        ];
        for (list, moment) in moments {
            if let Some(slot) = list.get_mut(row) {
                *slot = moment;
            }
        }
    }
}

fn dose(name: &str, amount: Amount, frequency: Option<chart::Frequency>) -> chart::Occurrence {
    chart::Occurrence { dose: Some(amount), frequency, ..chart::Occurrence::of(Of::Name(name.to_owned())) }
}
