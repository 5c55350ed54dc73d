//! A WebAssembly module that says of one patient what each criterion is, without any imports.
//!
//! The facts lie in the module's memory, as docs/wasm.md describes it. A shelf of helpers (three-valued logic, the calendar,
//! intervals of doubles, courses and silence) is the same in every module; the protocol's plan adds a function for each of
//! its days, periods, values, nodes and criteria. Both are written in the assembler of `asm`, and mirror `plan::run`.

mod asm;
mod calendar;
mod dose;
mod event;
mod layout;
mod logic;
mod names;
mod number;
mod program;
mod value;
mod wrapper;

use std::borrow::Cow;

use wasm_encoder::CustomSection;

use self::asm::{D, E, I, Type};
use self::layout::{ALL, AS_OF, BIRTH, HEADER, NONE, TABLES, TOP};
use self::logic::{MET, NOT_MET, UNDECIDED, UNKNOWN};
use self::program::Program;
use super::{Emitter, Output, Refusal};
use crate::ir::{Polarity, Trial};
use crate::plan;

pub use wrapper::wrapper;

pub static WASM: Emitter = Emitter {
    name: "wasm",
    about: "a WebAssembly module without imports that decides about one patient at a time (--wrapper: a host for it)",
    extension: "wasm",
    output: Output::Bytes,
    emit: |trial| emit(trial, &Options::default()),
};

/// What may be asked of the module.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Criteria whose states the host says.
    pub given: Vec<String>,
}

/// What a module cannot say, in the words of a report.
struct Unsayable(String);

impl Unsayable {
    fn of(what: &str) -> Self {
        Self(what.to_owned())
    }
}

/// The bytes of a memory's page.
const PAGE: u64 = 65_536;

/// The module of a protocol.
///
/// # Errors
/// Where a criterion asks what a module cannot say, or a given criterion is none of the protocol's.
pub fn emit(trial: &Trial, options: &Options) -> Result<Vec<u8>, Refusal> {
    let plan = plan::lower::lower(trial);
    let mut given = Vec::new();
    for name in &options.given {
        let Some(at) = plan.rules.iter().position(|rule| rule.name.as_str() == name) else {
            let names: Vec<&str> = plan.rules.iter().map(|rule| rule.name.as_str()).collect();
            return Err(Refusal { what: format!("there is no criterion `{name}` (there are {})", names.join(", ")) });
        };
        if !given.contains(&at) {
            given.push(at);
        }
    }
    let is_given = |name: &str| options.given.iter().any(|given| given == name);
    let left: Vec<String> = plan
        .left_out()
        .filter(|(rule, _)| !is_given(rule.name.as_str()))
        .map(|(rule, why)| format!("`{}` asks for {why}, which a module cannot say", rule.name))
        .collect();
    if !left.is_empty() {
        let what = format!("{} (--given CRITERION makes its state an input of the module)", left.join("; "));
        return Err(Refusal { what });
    }
    let mut program = Program::new(&plan, given.len());
    program.parts().map_err(|Unsayable(what)| Refusal { what: format!("it asks for {what}") })?;
    let criteria = program.criteria(&given);
    let last_day = program.last_day();
    let Program { mut module, layout, numbers, .. } = program;
    let (answers, states, given_at) = (layout.answers, layout.states, layout.given);
    let (known, known_size) = (layout.known, layout.known_size);
    let (mut memory, heap) = layout.finish();
    for at in [BIRTH, BIRTH + 8, AS_OF] {
        let at = usize::try_from(at).unwrap_or_default();
        if let Some(place) = memory.get_mut(at..at + 8) {
            place.copy_from_slice(&NONE.to_le_bytes());
        }
    }
    if let Some(place) = usize::try_from(TOP).ok().and_then(|at| memory.get_mut(at..at + 4)) {
        place.copy_from_slice(&heap.to_le_bytes());
    }
    let reset = module.function(&[], &[], |f| {
        f.store::<I>(TOP, 0, heap);
        f.store::<asm::L>(BIRTH, 0, NONE);
        f.store::<asm::L>(BIRTH, 8, NONE);
        f.store::<asm::L>(AS_OF, 0, NONE);
        f.fill(TABLES, 0, 8 * i32::try_from(ALL.len()).unwrap_or_default());
        // Answers and states of the last patient; what nobody gives is unknown.
        f.fill(answers, 0, states - answers + layout::length(criteria.len()));
        f.fill(given_at, UNKNOWN, layout::length(given.len()));
        f.nothing();
    });
    module.export("reset", reset);
    let reserve = module.function(&[I::VAL; 2], &[I::VAL], |f| {
        let (table, count) = (f.param::<I>(0), f.param::<I>(1));
        let size = f.var(0);
        for (code, known) in (0..).zip(ALL) {
            f.when(table.eq(code), |f| f.set(size, known.size));
        }
        f.when(size.negated() | count.lt(0) | count.gt(10_000_000), |f| f.ret::<I>(0));
        let start = f.var(E::from(TOP).at::<I>(0));
        f.ensure_memory(start + count * size + 4096);
        f.store::<I>(TOP, 0, start + count * size);
        f.store::<I>(table * 8 + TABLES, 0, start);
        f.store::<I>(table * 8 + TABLES, 4, count);
        f.ret::<I>(start);
    });
    module.export("reserve", reserve);
    let verdict = module.function(&[], &[I::VAL], |f| {
        let (undecided, unknown) = (f.empty::<I>(), f.empty::<I>());
        for (at, rule) in (0..).zip(&plan.rules) {
            let state = f.var(E::<I>::from(states + at).byte(0));
            let fails = if rule.polarity == Polarity::Include { NOT_MET } else { MET };
            f.when(state.eq(fails), |f| f.ret::<I>(NOT_MET));
            f.set(undecided, undecided | state.eq(UNDECIDED));
            f.set(unknown, unknown | state.eq(UNKNOWN));
        }
        f.when(undecided, |f| f.ret::<I>(UNDECIDED));
        if plan.unfinished {
            f.ret::<I>(UNKNOWN);
        }
        f.ret(asm::either(unknown.into(), UNKNOWN, MET));
    });
    module.export("verdict", verdict);
    let evaluate = module.function(&[], &[I::VAL], |f| {
        f.run(&last_day.call(()));
        f.fill(known, 0, known_size);
        for (at, criterion) in (0..).zip(&criteria) {
            f.store_byte(states + at, criterion.call::<I>(()));
        }
        f.ret::<I>(verdict.call(()));
    });
    module.export("evaluate", evaluate);
    // For those who want to see how exact a power is.
    let power = module.function(&[D::VAL; 2], &[D::VAL], |f| {
        let (x, y) = (f.param::<D>(0), f.param::<D>(1));
        f.ret::<D>(numbers.power.call((x, y)));
    });
    module.export("power", power);
    for (name, value) in [("header", HEADER), ("answers", answers), ("given", given_at), ("states", states)] {
        module.constant(name, value);
    }
    let about = CustomSection { name: Cow::Borrowed("trialc"), data: Cow::Owned(names::section(trial, &plan, &given)) };
    let pages = u64::try_from(memory.len()).unwrap_or_default() / PAGE + 2;
    Ok(module.finish(&memory, pages, &about))
}
