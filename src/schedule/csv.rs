//! Calendars as CSV, one dose a line.
//!
//! Calendars of many participants are long, and what changes from one dose to the next is little: the date, the sums. So the
//! cells that stay are written once for each amount and copied from then on. Where participants get the same doses on the same
//! study days, as all of an arm of one weight do, only the participant and the dates are another: the sums are kept, and nothing
//! is worked out for them.

use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;

use super::body::ByBody;
use super::calendar::{Alike, Book, Calendar, PlannedDose, Shown, Step, Together};
use super::days::{Sheet, Slot};
use super::plan::Plan;
use super::row::Row;
use crate::record::time::date_of;

/// The columns, in order.
pub const COLUMNS: [&str; 25] = [
    "participant",
    "arm",
    "date",
    "study_day",
    "epoch",
    "cycle",
    "drug",
    "given_as",
    "choice",
    "ordered",
    "dose",
    "dose_to",
    "unit",
    "equivalent_to",
    "times",
    "route",
    "together",
    "together_to",
    "at_least",
    "state",
    "to",
    "given",
    "given_on",
    "given_amount",
    "notes",
];

/// Writes calendars.
pub struct Csv<W> {
    out: W,
    buffer: Vec<u8>,
    dates: Dates,
}

/// The cells that doses of one amount have in common: from the drug to the route, and behind the sums.
#[derive(Debug)]
pub(super) struct Cells {
    text: Pool,
    middle: usize,
}

/// Texts one behind the other, each known by where it ends.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<u8>);

/// Behind the last text of a pool, so that every text can be copied in one piece of a fixed length.
const PADDING: [u8; 96] = [0; 96];

impl Pool {
    fn new(mut texts: Vec<u8>) -> Self {
        texts.extend_from_slice(&PADDING);
        texts.shrink_to_fit();
        Self(texts)
    }

    fn len(&self) -> usize {
        self.0.len().saturating_sub(PADDING.len())
    }

    /// Copies a text that is seldom longer than `N`: a fixed length takes a few instructions, any other a call that asks how
    /// much it is, and rows are made of little else.
    fn put<const N: usize>(&self, text: Range<usize>, out: &mut Vec<u8>) {
        let length = text.len();
        match self.0.get(text.start..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(chunk) if length <= N => {
                out.extend_from_slice(chunk);
                out.truncate(out.len() - (N - length));
            }
            Some(_) | None => out.extend_from_slice(self.0.get(text).unwrap_or_default()),
        }
    }
}

/// What is written at once.
const ENOUGH: usize = 1 << 18;

/// The rows of a calendar without the participant and the dates. Where doses go by the body, what rows of other calendars say
/// too is not said again, so that those of very many weights can be kept.
#[derive(Debug, Default)]
pub(super) struct Strip {
    rows: Vec<StripRow>,
    amounts: Vec<Rc<Shown>>,
    /// Of plain rows the sums, of whole ones all that stands behind the date.
    text: Pool,
}

/// Each row but those without days is of the next slot. With it stands where its text ends.
#[derive(Clone, Copy, Debug)]
enum StripRow {
    /// Of one of the amounts.
    Plain {
        amount: u32,
        end: u32,
    },
    Whole {
        end: u32,
    },
    WithoutDays,
}

impl Strip {
    /// What it takes of memory, about.
    pub(super) fn size(&self) -> usize {
        const AMOUNT: usize = 512;
        self.text.0.len() + self.rows.len() * size_of::<StripRow>() + self.amounts.len() * AMOUNT
    }
}

/// A strip as it is written.
#[derive(Default)]
struct Written {
    rows: Vec<StripRow>,
    amounts: Vec<Rc<Shown>>,
    text: Vec<u8>,
}

impl Written {
    fn plain(&mut self, shown: &Rc<Shown>, sums: &[u8]) {
        // Nearly always one of the last.
        let at = self.amounts.iter().rposition(|known| Rc::ptr_eq(known, shown)).unwrap_or_else(|| {
            self.amounts.push(Rc::clone(shown));
            self.amounts.len() - 1
        });
        self.text.extend_from_slice(sums);
        let amount = u32::try_from(at).unwrap_or(u32::MAX);
        self.rows.push(StripRow::Plain { amount, end: self.end() });
    }

    fn whole(&mut self, behind_date: &[u8]) {
        self.text.extend_from_slice(behind_date);
        self.rows.push(StripRow::Whole { end: self.end() });
    }

    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Nothing where it is longer than can be kept.
    fn finish(mut self) -> Option<Strip> {
        u32::try_from(self.text.len()).ok()?;
        self.rows.shrink_to_fit();
        Some(Strip { rows: self.rows, amounts: self.amounts, text: Pool::new(self.text) })
    }
}

/// The first cells of every row of a participant.
fn head(plan: &Plan<'_>, participant: &str) -> Pool {
    let mut head = Vec::with_capacity(64 + PADDING.len());
    cell(participant, &mut head);
    cell(plan.arm.name.as_str(), &mut head);
    Pool::new(head)
}

impl<W: Write> Csv<W> {
    /// # Errors
    /// Where the head cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        writeln!(out, "{}", COLUMNS.join(","))?;
        Ok(Self { out, buffer: Vec::with_capacity(ENOUGH * 2), dates: Dates::default() })
    }

    /// Writes all doses of a participant.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn calendar(&mut self, mut calendar: Calendar<'_, '_>, participant: &str) -> io::Result<()> {
        let (plan, sheet) = (calendar.plan, calendar.sheet);
        match calendar.alike() {
            Alike::Known(strip) => self.copy(&strip, &mut calendar, participant),
            Alike::Wanted(place) => {
                let mut strip = Written::default();
                self.anew((plan, sheet), calendar, participant, Some(&mut strip))?;
                if let Some(strip) = strip.finish() {
                    place.keep(strip);
                }
                Ok(())
            }
            Alike::New => self.anew((plan, sheet), calendar, participant, None),
        }
    }

    /// Writes these doses of a plan.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn doses(
        &mut self,
        plan: &Plan<'_>,
        sheet: &Sheet<'_>,
        doses: impl Iterator<Item = PlannedDose>,
        participant: &str,
    ) -> io::Result<()> {
        let head = head(plan, participant);
        let mut period = None;
        for dose in doses {
            let still = period.and_then(|at: usize| sheet.periods.get(at)?.days);
            if !still.is_some_and(|(first, last)| (first..=last).contains(&dose.day)) {
                period = sheet.period(dose.day);
            }
            self.row((plan, sheet), &dose, &head, period);
            self.flush_if_full()?;
        }
        Ok(())
    }

    /// Writes all doses of a participant, and keeps them where others will have the same.
    fn anew(
        &mut self,
        (plan, sheet): (&Plan<'_>, &Sheet<'_>),
        mut calendar: Calendar<'_, '_>,
        participant: &str,
        mut strip: Option<&mut Written>,
    ) -> io::Result<()> {
        let head = head(plan, participant);
        let texts = sheet.shape.texts(|| slot_texts(sheet));
        while let Some(step) = calendar.step() {
            match step {
                Step::Dose(dose) => {
                    let before = self.row((plan, sheet), &dose, &head, sheet.period(dose.day));
                    match strip.as_deref_mut() {
                        Some(strip) if dose.to.is_none() => strip.whole(self.buffer.get(before..).unwrap_or_default()),
                        Some(strip) => strip.rows.push(StripRow::WithoutDays),
                        None => {}
                    }
                }
                Step::Plain { slot, place, shown, together } => {
                    let cells = cells_of(plan, sheet, slot, shown);
                    let out = &mut self.buffer;
                    head.put::<32>(0..head.len(), out);
                    out.extend_from_slice(self.dates.of(slot.day));
                    let behind_date = out.len();
                    texts.put(place, out);
                    cells.put_middle(out);
                    let before_sums = out.len();
                    sums(together, out);
                    let behind_sums = out.len();
                    cells.put_end(out);
                    match strip.as_deref_mut() {
                        // All participants share these rows.
                        Some(strip) if plan.by_body == ByBody::default() => {
                            strip.whole(out.get(behind_date..).unwrap_or_default());
                        }
                        Some(strip) => strip.plain(shown, out.get(before_sums..behind_sums).unwrap_or_default()),
                        None => {}
                    }
                }
            }
            self.flush_if_full()?;
        }
        Ok(())
    }

    /// One row; where the part of it begins that stands behind the date.
    fn row(
        &mut self,
        (plan, sheet): (&Plan<'_>, &Sheet<'_>),
        dose: &PlannedDose,
        head: &Pool,
        at: Option<usize>,
    ) -> usize {
        let out = &mut self.buffer;
        head.put::<32>(0..head.len(), out);
        out.extend_from_slice(self.dates.of(dose.day));
        let before = out.len();
        behind_date(sheet, (dose.day, dose.cycle), at, out);
        let of = || Cells::of(plan, sheet, dose);
        let own;
        let shared = dose.notes.is_empty() && dose.given.is_none();
        let parts = match dose.to {
            None if shared => dose.shown.cells.get_or_init(of),
            Some(to) if shared => {
                own = dose.shown.until(to, of);
                &*own
            }
            None | Some(_) => {
                own = Rc::new(of());
                &*own
            }
        };
        parts.put_middle(out);
        sums(dose.together.as_ref(), out);
        parts.put_end(out);
        before
    }

    /// Writes the rows of another participant with other dates. A line without days has dates within it, and is written anew.
    fn copy(&mut self, strip: &Strip, calendar: &mut Calendar<'_, '_>, participant: &str) -> io::Result<()> {
        let (plan, sheet) = (calendar.plan, calendar.sheet);
        let head = head(plan, participant);
        let texts = sheet.shape.texts(|| slot_texts(sheet));
        let mut slots = sheet.slots.iter().enumerate();
        let mut from = 0;
        for row in &strip.rows {
            match *row {
                StripRow::Plain { amount, end } => {
                    let (Some((place, slot)), Some(shown)) = (slots.next(), strip.amounts.get(amount as usize)) else {
                        continue;
                    };
                    let cells = cells_of(plan, sheet, slot, shown);
                    let out = &mut self.buffer;
                    head.put::<32>(0..head.len(), out);
                    out.extend_from_slice(self.dates.of(slot.day));
                    texts.put(place, out);
                    cells.put_middle(out);
                    strip.text.put::<16>(from..end as usize, out);
                    cells.put_end(out);
                    from = end as usize;
                }
                StripRow::Whole { end } => {
                    let Some((_, slot)) = slots.next() else { continue };
                    let out = &mut self.buffer;
                    head.put::<32>(0..head.len(), out);
                    out.extend_from_slice(self.dates.of(slot.day));
                    strip.text.put::<96>(from..end as usize, out);
                    from = end as usize;
                }
                StripRow::WithoutDays => {
                    if let Some(dose) = calendar.next_without_days() {
                        self.row((plan, sheet), &dose, &head, sheet.period(dose.day));
                    }
                }
            }
            self.flush_if_full()?;
        }
        Ok(())
    }

    fn flush_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() >= ENOUGH {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.out.flush()
    }
}

impl Cells {
    fn of(plan: &Plan<'_>, sheet: &Sheet<'_>, dose: &PlannedDose) -> Self {
        let row = Row::new(plan, sheet, dose, "");
        let (mut middle, mut end) = (Vec::new(), Vec::new());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        for shown in [
            row.drug.clone(),
            row.given_as.to_owned(),
            row.choice.join("; "),
            row.ordered.clone(),
            text(&row.dose),
            text(&row.dose_to),
            text(&row.unit),
            text(&row.equivalent_to),
            row.times.to_string(),
            text(&row.route),
        ] {
            cell(&shown, &mut middle);
        }
        cell(row.state, &mut end);
        cell(&text(&row.to), &mut end);
        let given = row.given.as_ref();
        cell(given.map_or("", |given| given.state.words()), &mut end);
        cell(&given.and_then(|given| given.date.clone()).unwrap_or_default(), &mut end);
        cell(&given.and_then(|given| given.amount.clone()).unwrap_or_default(), &mut end);
        cell(&row.notes.join("; "), &mut end);
        end.pop();
        end.push(b'\n');
        let length = middle.len();
        middle.append(&mut end);
        Self { text: Pool::new(middle), middle: length }
    }

    fn put_middle(&self, out: &mut Vec<u8>) {
        self.text.put::<96>(0..self.middle, out);
    }

    fn put_end(&self, out: &mut Vec<u8>) {
        self.text.put::<64>(self.middle..self.text.len(), out);
    }
}

/// The cells of an amount, written once.
fn cells_of<'s>(plan: &Plan<'_>, sheet: &Sheet<'_>, slot: &Slot, shown: &'s Rc<Shown>) -> &'s Cells {
    shown.cells.get_or_init(|| Cells::of(plan, sheet, &Book::planned(slot, shown)))
}

/// The cells from the study day to the cycle, with the commas around them.
fn behind_date(sheet: &Sheet<'_>, (day, cycle): (i64, u32), at: Option<usize>, out: &mut Vec<u8>) {
    out.push(b',');
    integer(sheet.study_day(day), out);
    out.push(b',');
    // A name is letters and digits, and needs no quotes.
    let epoch = at.and_then(|at| sheet.periods.get(at)).map_or("", |period| period.epoch.name.as_str());
    out.extend_from_slice(epoch.as_bytes());
    out.push(b',');
    if cycle > 0 {
        integer(i64::from(cycle), out);
    }
    out.push(b',');
}

/// What is written of each slot whatever its amount: the same from every first day.
#[derive(Debug, Default)]
pub(super) struct SlotTexts {
    text: Pool,
    ends: Vec<usize>,
}

impl SlotTexts {
    fn put(&self, slot: usize, out: &mut Vec<u8>) {
        let from = slot.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        if let Some(end) = self.ends.get(slot) {
            self.text.put::<32>(from..*end, out);
        }
    }
}

fn slot_texts(sheet: &Sheet<'_>) -> SlotTexts {
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    let mut period = None;
    for slot in &sheet.slots {
        let still = period.and_then(|at: usize| sheet.periods.get(at)?.days);
        if !still.is_some_and(|(first, last)| (first..=last).contains(&slot.day)) {
            period = sheet.period(slot.day);
        }
        behind_date(sheet, (slot.day, slot.cycle), period, &mut text);
        ends.push(text.len());
    }
    SlotTexts { text: Pool::new(text), ends }
}

/// The sums, which no two doses share.
fn sums(together: Option<&Together>, out: &mut Vec<u8>) {
    match together {
        None => out.extend_from_slice(b",,,"),
        Some(together) => {
            together.low.write(out);
            out.push(b',');
            if together.low != together.high {
                together.high.write(out);
            }
            out.push(b',');
            out.extend_from_slice(if together.at_least { b"yes," } else { b"," });
        }
    }
}

/// A cell and the comma behind it; in quotes where it must be (RFC 4180).
fn cell(text: &str, out: &mut Vec<u8>) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b',');
}

fn integer(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    let mut text = [0_u8; 20];
    let mut from = text.len();
    let mut rest = number.unsigned_abs();
    for digit in text.iter_mut().rev() {
        from -= 1;
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
}

/// Dates as text, each worked out once: participants share them.
#[derive(Default)]
struct Dates {
    known: Vec<[u8; 10]>,
    first: i64,
}

/// How many days before the first one the next ones may begin.
const EARLIER: i64 = 400;
/// Days that are kept, some twenty-seven years.
const KEPT: usize = 10_000;

impl Dates {
    fn of(&mut self, day: i64) -> &[u8; 10] {
        let place = usize::try_from(day - self.first).ok().filter(|at| *at < KEPT);
        if self.known.is_empty() || place.is_none() {
            // Participants do not come in the order of their first days.
            self.known.clear();
            self.first = day - EARLIER;
        }
        let at = usize::try_from(day - self.first).unwrap_or(0);
        while self.known.len() <= at {
            let next = self.first + i64::try_from(self.known.len()).unwrap_or(0);
            let text = date_of(next).and_then(|date| <[u8; 10]>::try_from(date.to_string().as_bytes()).ok());
            self.known.push(text.unwrap_or(*b"after 9999"));
        }
        self.known.get(at).unwrap_or(b"after 9999")
    }
}
