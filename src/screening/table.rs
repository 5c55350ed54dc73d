//! Tables of a row a patient, many rows at a time: columns become facts, and a program over them gives the states of all rows
//! that are plain. The others, and whatever a batch leaves open, go the way of a single patient; both give the same answers.

mod fact;
mod layout;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use super::Lines;
use super::decide::{Decided, Decider, Depth};
use super::lines::Written;
use crate::ir::{Polarity, State, Verdict};
use crate::patients::wide::{Again, Opened, Rows, Wide};
use crate::patients::{Mark, Prepared};
use crate::plan::batch::{Bits, Facts, Program, ROWS, Standings, states};
use fact::{Memory, Reading};
use layout::Layout;

/// More criteria than this are told one patient after the other.
const DECIDING: usize = 128;

const _: () = assert!(ROWS == crate::patients::ROWS, "a batch takes the rows of a block");

/// A record and what became of its patient.
pub struct Read {
    pub prepared: Prepared,
    pub decided: Option<Decided>,
}

/// How tables are screened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Many rows at a time, where that serves.
    Batches,
    /// One patient after the other, as charts are. Gives the same, for whoever wants to compare.
    OneByOne,
}

/// Screens tables, from any thread.
pub struct Tables<'d, 'r, 't> {
    decider: &'d Decider<'r, 't>,
    program: Program<'d>,
    manner: Manner,
    /// How results are written, where they are lines.
    lines: Option<Lines>,
    /// Of the table that was seen last.
    known: RwLock<Option<Seen<'t>>>,
}

/// A table, and what its columns are.
type Seen<'t> = (Arc<Wide<'t>>, Option<Arc<Layout>>);

/// Some rows of a table, and what became of them.
pub struct Screened<'t> {
    rows: Again<'t>,
    length: usize,
    turn: Turn,
    /// Those that were decided together.
    pub plain: Bits,
    /// The others, in order.
    odd: VecDeque<Odd>,
    /// How far the pieces have come, and the one behind the last of them.
    next: usize,
    held: Option<Read>,
    /// What the criteria are of those that are plain, in the order of the protocol.
    pub states: Vec<Standings>,
    pub eligible: Bits,
    pub ineligible: Bits,
    marks: Vec<Mark>,
    /// The patients, one after the other, and where each ends.
    names: String,
    ends: Vec<usize>,
    polarities: Vec<Polarity>,
    /// The criteria that decided about each, a bit for each of the first 128.
    decided_by: Vec<u128>,
    pub(super) written: Option<Written>,
}

/// A row that was decided by itself. Its chart is not kept: it is read again where there has been such a patient before.
enum Odd {
    Told(Mark, Decided),
    Read(Read),
}

/// How far rows have come that are taken in the order of their file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Waiting,
    Begun,
    /// The file has ended in the middle, before them.
    Beyond,
}

/// What becomes of rows, in their order.
#[expect(clippy::large_enum_variant, reason = "one at a time, and never kept")]
pub enum Piece {
    /// These, which are plain and new.
    Plain(Range<usize>),
    One(Read),
}

impl<'d, 'r, 't> Tables<'d, 'r, 't> {
    #[must_use]
    pub fn new(decider: &'d Decider<'r, 't>, manner: Manner) -> Self {
        Self { decider, program: Program::new(decider.plan()), manner, lines: None, known: RwLock::new(None) }
    }

    /// Writes results as lines, too, where they are decided.
    #[must_use]
    pub fn written_as(self, lines: Option<Lines>) -> Self {
        Self { lines, ..self }
    }

    /// Reads and decides all of the rows: a block after the other, in their order.
    #[must_use]
    pub fn screen(&self, rows: &Rows<'t>) -> Vec<Screened<'t>> {
        let mut memory = Memory::default();
        rows.opened().map(|(opened, again)| self.block(&opened, again, &mut memory)).collect()
    }

    fn block(&self, opened: &Opened<'t>, again: Again<'t>, memory: &mut Memory) -> Screened<'t> {
        let length = opened.len();
        let all = Bits::first(length);
        let found = self.facts_of(opened, memory).map(|(facts, odd)| states(&self.program, &facts, odd));
        let polarities: Vec<Polarity> = self.decider.plan().rules.iter().map(|rule| rule.polarity).collect();
        let mut screened = Screened {
            rows: again,
            length,
            turn: Turn::Waiting,
            plain: Bits::NONE,
            odd: VecDeque::new(),
            next: 0,
            held: None,
            states: Vec::new(),
            eligible: Bits::NONE,
            ineligible: Bits::NONE,
            marks: Vec::new(),
            names: String::new(),
            ends: Vec::new(),
            polarities,
            decided_by: Vec::new(),
            written: None,
        };
        let partial = match found {
            None => None,
            Some(states) => {
                let whole: Option<Vec<Standings>> = states.rules.iter().copied().collect();
                match whole {
                    Some(standings) => {
                        screened.states = standings;
                        screened.plain = all & !states.lost;
                        screened.verdicts(self.decider.plan().unfinished);
                        if self.decider.depth() != Depth::States {
                            screened.plain &= screened.eligible | screened.ineligible;
                        }
                        screened.name(opened);
                        None
                    }
                    None => Some(states),
                }
            }
        };
        if screened.plain.any() {
            let lines = self.lines.as_ref();
            screened.written = lines.and_then(|lines| lines.written(self.decider, &screened));
        }
        self.decider.count(screened.plain.count());
        for row in (all & !screened.plain).rows() {
            let known = partial.as_ref().filter(|states| !states.lost.has(row));
            let known = known.map(|states| states.rules.iter().map(|rule| rule.map(|rule| rule.of(row))).collect());
            screened.odd.push_back(self.one(opened.read(row), known));
        }
        screened
    }

    /// The facts of rows in columns, and which rows hold something that is not plain, a block after the other; nothing where a
    /// table is read one row at a time.
    #[must_use]
    pub fn facts(&self, rows: &Rows<'t>) -> Option<Vec<(Facts, Bits)>> {
        let mut memory = Memory::default();
        rows.opened().map(|(opened, _)| self.facts_of(&opened, &mut memory)).collect()
    }

    fn facts_of(&self, rows: &Opened<'t>, memory: &mut Memory) -> Option<(Facts, Bits)> {
        let layout = self.layout(&rows.wide)?;
        let mut reading = Reading {
            layout: &layout,
            wide: &rows.wide,
            reader: self.decider.reader(),
            plan: self.decider.plan(),
            block: &rows.block,
            odd: Bits::NONE,
            memory: std::mem::take(memory),
        };
        let facts = reading.facts();
        *memory = reading.memory;
        Some((facts, reading.odd))
    }

    fn one(&self, prepared: Prepared, known: Option<Vec<Option<State>>>) -> Odd {
        let decided = prepared.chart().map(|chart| match known {
            Some(known) => self.decider.rest(chart, &known),
            None => self.decider.chart(chart),
        });
        match (prepared.mark(), decided) {
            (Some(mark), Some(decided)) => Odd::Told(mark, decided),
            (_, decided) => Odd::Read(Read { prepared, decided }),
        }
    }

    /// What the columns of a table are; nothing where it is read one row at a time.
    fn layout(&self, wide: &Arc<Wide<'t>>) -> Option<Arc<Layout>> {
        if self.manner == Manner::OneByOne || self.decider.depth() == Depth::Reasons {
            return None;
        }
        if let Some((known, layout)) = &*self.known.read().unwrap_or_else(PoisonError::into_inner)
            && Arc::ptr_eq(known, wide)
        {
            return layout.clone();
        }
        let rules = self.program.served.len();
        let served = rules <= DECIDING && self.program.served.iter().any(|served| *served);
        let layout = served.then(|| Layout::new(wide, self.decider.reader(), self.decider.plan())).flatten();
        let layout = layout.map(Arc::new);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(wide), layout.clone()));
        layout
    }
}

impl Screened<'_> {
    fn verdicts(&mut self, unfinished: bool) {
        let (mut out, mut open) = (Bits::NONE, Bits::NONE);
        for at in 0..self.states.len() {
            out |= self.keeps_out(at);
            open |= self.states.get(at).map_or(Bits::NONE, |standings| standings.unknown);
        }
        self.ineligible = out;
        self.eligible = if unfinished { Bits::NONE } else { !(out | open) };
        let mut decided_by = vec![0; ROWS];
        let undetermined = !(self.eligible | self.ineligible);
        for (at, standings) in self.states.iter().enumerate().take(DECIDING) {
            let deciding = self.keeps_out(at) & out | standings.unknown & undetermined;
            for row in (deciding & self.plain).rows() {
                if let Some(criteria) = decided_by.get_mut(row) {
                    *criteria |= 1 << at;
                }
            }
        }
        self.decided_by = decided_by;
    }

    /// The criteria that decided: those that keep the patient out, or those that are unknown.
    #[must_use]
    pub fn decided_by(&self, row: usize) -> u128 {
        self.decided_by.get(row).copied().unwrap_or_default()
    }

    /// Those whom a criterion keeps out.
    #[must_use]
    pub fn keeps_out(&self, at: usize) -> Bits {
        match (self.states.get(at), self.polarities.get(at)) {
            (Some(standings), Some(Polarity::Include)) => standings.not_met(),
            (Some(standings), Some(Polarity::Exclude)) => standings.met,
            _ => Bits::NONE,
        }
    }

    fn name(&mut self, opened: &Opened<'_>) {
        let column = opened.wide.plan.id;
        let mut plain = self.plain;
        self.marks = vec![Mark::default(); self.length];
        self.ends.reserve(self.length);
        for row in 0..self.length {
            if plain.has(row) {
                match opened.block.said(row, column) {
                    Some(id) => {
                        self.names.push_str(&id);
                        if let Some(slot) = self.marks.get_mut(row) {
                            *slot = Mark::of(&id);
                        }
                    }
                    // A patient without an id is none.
                    None => plain &= !Bits::single(row),
                }
            }
            self.ends.push(self.names.len());
        }
        self.plain = plain;
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn patient(&self, row: usize) -> &str {
        let from = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let to = self.ends.get(row).copied().unwrap_or(from);
        self.names.get(from..to).unwrap_or_default()
    }

    #[must_use]
    pub fn verdict(&self, row: usize) -> Verdict {
        if self.ineligible.has(row) {
            Verdict::Ineligible
        } else if self.eligible.has(row) {
            Verdict::Eligible
        } else {
            Verdict::Undetermined
        }
    }

    /// One of those that are plain, as if it had been decided by itself.
    #[must_use]
    pub fn decided(&self, row: usize) -> Decided {
        Decided {
            patient: self.patient(row).to_owned(),
            verdict: self.verdict(row),
            states: self.states.iter().map(|standings| standings.of(row)).collect(),
            ..Decided::empty()
        }
    }

    /// What comes next, in the order of the rows; `is_new` says of a mark whether there has been no such patient. To be asked in
    /// the order of the file, too: behind rows that cannot be decoded there is nothing.
    pub fn next_piece(&mut self, is_new: &mut dyn FnMut(Mark) -> bool) -> Option<Piece> {
        if self.turn == Turn::Waiting {
            self.turn = if self.rows.begin() { Turn::Begun } else { Turn::Beyond };
        }
        if self.turn == Turn::Beyond {
            return None;
        }
        if let Some(one) = self.held.take() {
            return Some(Piece::One(one));
        }
        let from = self.next;
        while self.next < self.len() {
            let row = self.next;
            self.next += 1;
            let one = if self.plain.has(row) {
                if is_new(self.marks.get(row).copied().unwrap_or_default()) {
                    continue;
                }
                // The one that has been there before is rejected with all that it holds.
                Some(Read { prepared: self.rows.read(row), decided: None })
            } else {
                match self.odd.pop_front() {
                    Some(Odd::Told(mark, decided)) if is_new(mark) => {
                        Some(Read { prepared: self.rows.told(), decided: Some(decided) })
                    }
                    Some(Odd::Told(..)) => Some(Read { prepared: self.rows.read(row), decided: None }),
                    Some(Odd::Read(read)) => Some(read),
                    None => None,
                }
            };
            if from == row {
                return one.map(Piece::One);
            }
            self.held = one;
            return Some(Piece::Plain(from..row));
        }
        (from < self.next).then_some(Piece::Plain(from..self.next))
    }
}
