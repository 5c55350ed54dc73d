//! Calendars as CSV, one dose a line.
//!
//! Calendars of many participants are long, and what changes from one dose to the next is little: the date, the sums. So the
//! cells that stay are written once for each amount and copied from then on. Where participants get the same doses on the same
//! study days, as all of an arm do whose doses go by no measure of the body, only the participant and the dates are another: such
//! rows are copied whole.

use std::io::{self, Write};
use std::rc::Rc;

use super::calendar::{Alike, Book, Calendar, PlannedDose, Step, Together};
use super::days::{Sheet, SlotTexts};
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
    middle: Vec<u8>,
    end: Vec<u8>,
}

/// What is written at once.
const ENOUGH: usize = 1 << 18;

/// The rows of a calendar without the participant and the dates.
#[derive(Debug, Default)]
pub(super) struct Strip {
    /// Of each dose what stands behind its date.
    text: Vec<u8>,
    rows: Vec<StripRow>,
}

#[derive(Clone, Copy, Debug)]
enum StripRow {
    /// A day counted from the first one, and where its text ends.
    Dose {
        day: i32,
        end: usize,
    },
    WithoutDays,
}

impl Strip {
    /// A day counted from the first one, where it is one.
    fn add(&mut self, day: Option<i64>, text: &[u8]) {
        let Some(day) = day else {
            self.rows.push(StripRow::WithoutDays);
            return;
        };
        self.text.extend_from_slice(text);
        let day = i32::try_from(day).unwrap_or(0);
        self.rows.push(StripRow::Dose { day, end: self.text.len() });
    }

    /// What it takes of memory.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.rows.len() * size_of::<StripRow>()
    }
}

/// The first cells of every row of a participant.
fn head(plan: &Plan<'_>, participant: &str) -> Vec<u8> {
    let mut head = Vec::with_capacity(64);
    cell(participant, &mut head);
    cell(plan.arm.name.as_str(), &mut head);
    head
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
                let mut strip = Strip::default();
                self.anew((plan, sheet), calendar, participant, Some(&mut strip))?;
                place.keep(strip);
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
        mut strip: Option<&mut Strip>,
    ) -> io::Result<()> {
        let head = head(plan, participant);
        let texts = sheet.shape.texts(|| slot_texts(sheet));
        while let Some(step) = calendar.step() {
            let (before, day, has_day) = match step {
                Step::Dose(dose) => {
                    let before = self.row((plan, sheet), &dose, &head, sheet.period(dose.day));
                    (before, dose.day, dose.to.is_none())
                }
                Step::Plain { slot, place, shown, together } => {
                    let out = &mut self.buffer;
                    out.extend_from_slice(&head);
                    out.extend_from_slice(self.dates.of(slot.day));
                    let before = out.len();
                    out.extend_from_slice(texts.of(place));
                    let of = || Cells::of(plan, sheet, &Book::planned(slot, shown));
                    let parts = shown.cells.get_or_init(of);
                    out.extend_from_slice(&parts.middle);
                    sums(together, out);
                    out.extend_from_slice(&parts.end);
                    (before, slot.day, true)
                }
            };
            if let Some(strip) = strip.as_deref_mut() {
                let text = self.buffer.get(before..).unwrap_or_default();
                strip.add(has_day.then_some(day - sheet.start), text);
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
        head: &[u8],
        at: Option<usize>,
    ) -> usize {
        let out = &mut self.buffer;
        out.extend_from_slice(head);
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
        out.extend_from_slice(&parts.middle);
        sums(dose.together.as_ref(), out);
        out.extend_from_slice(&parts.end);
        before
    }

    /// Writes the rows of another participant with other dates. A line without days has dates within it, and is written anew.
    fn copy(&mut self, strip: &Strip, calendar: &mut Calendar<'_, '_>, participant: &str) -> io::Result<()> {
        let (plan, sheet) = (calendar.plan, calendar.sheet);
        let head = head(plan, participant);
        let mut from = 0;
        for row in &strip.rows {
            match *row {
                StripRow::Dose { day, end } => {
                    let out = &mut self.buffer;
                    out.extend_from_slice(&head);
                    out.extend_from_slice(self.dates.of(sheet.start + i64::from(day)));
                    out.extend_from_slice(strip.text.get(from..end).unwrap_or_default());
                    from = end;
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
        Self { middle, end }
    }
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

/// These cells of every slot, which are the same from every first day.
fn slot_texts(sheet: &Sheet<'_>) -> SlotTexts {
    let mut texts = SlotTexts::default();
    let mut period = None;
    for slot in &sheet.slots {
        let still = period.and_then(|at: usize| sheet.periods.get(at)?.days);
        if !still.is_some_and(|(first, last)| (first..=last).contains(&slot.day)) {
            period = sheet.period(slot.day);
        }
        behind_date(sheet, (slot.day, slot.cycle), period, &mut texts.text);
        texts.ends.push(texts.text.len());
    }
    texts
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
    fn of(&mut self, day: i64) -> &[u8] {
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
        self.known.get(at).map_or(b"", <[u8; 10]>::as_slice)
    }
}
