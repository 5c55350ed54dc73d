//! The WebAssembly module of a protocol, run as a host would run it.

use trialc::emit::wasm;
use trialc::ir::{Body, Route, State, Trial, Verdict};
use trialc::plan::facts::{Amount, Cause, Facts, Said, Taken};
use trialc::plan::{Number, Plan};
use trialc::record::Span;
use wasmi::{Engine, Instance, Linker, Memory, Store, TypedFunc};

/// A module with its memory.
pub struct Module {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
    criteria: usize,
    given: Vec<usize>,
    pub size: usize,
}

/// What a module says of a criterion; nothing where it cannot decide.
pub type Standing = Option<State>;

const ROUTES: [Route; 15] = [
    Route::Oral,
    Route::Intravenous,
    Route::Subcutaneous,
    Route::Intramuscular,
    Route::Topical,
    Route::Inhaled,
    Route::Intradermal,
    Route::Rectal,
    Route::Sublingual,
    Route::Transdermal,
    Route::Intranasal,
    Route::Ophthalmic,
    Route::Intrathecal,
    Route::Intravitreal,
    Route::Intraarticular,
];

impl Module {
    /// The module of a protocol. What it cannot say is given.
    pub fn new(trial: &Trial, plan: &Plan) -> Self {
        let names: Vec<String> = plan.left_out().map(|(rule, _)| rule.name.to_string()).collect();
        let place = |name: &String| plan.rules.iter().position(|rule| rule.name.as_str() == name).unwrap();
        let mut given: Vec<usize> = Vec::new();
        for name in &names {
            if !given.contains(&place(name)) {
                given.push(place(name));
            }
        }
        let bytes = wasm::emit(trial, &wasm::Options { given: names }).unwrap();
        wasmparser::Validator::new().validate_all(&bytes).unwrap_or_else(|error| panic!("{}: {error}", trial.name));
        assert!(
            wasmparser::Parser::new(0)
                .parse_all(&bytes)
                .all(|part| !matches!(part.unwrap(), wasmparser::Payload::ImportSection(_))),
            "it imports something"
        );
        let engine = Engine::default();
        let module = wasmi::Module::new(&engine, &bytes).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        let memory = instance.get_memory(&store, "memory").unwrap();
        Self { store, instance, memory, criteria: plan.rules.len(), given, size: bytes.len() }
    }

    fn global(&self, name: &str) -> usize {
        let value = self.instance.get_global(&self.store, name).unwrap().get(&self.store);
        usize::try_from(value.i32().unwrap()).unwrap()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        self.memory.write(&mut self.store, at, bytes).unwrap();
    }

    fn table(&mut self, table: i32, size: usize, entries: &[Vec<u8>]) {
        let reserve: TypedFunc<(i32, i32), i32> = self.instance.get_typed_func(&self.store, "reserve").unwrap();
        let start = reserve.call(&mut self.store, (table, i32::try_from(entries.len()).unwrap())).unwrap();
        assert!(start > 0);
        for (at, entry) in entries.iter().enumerate() {
            assert_eq!(entry.len(), size, "table {table}");
            self.write(usize::try_from(start).unwrap() + at * size, entry);
        }
    }

    /// What each criterion is, and the verdict.
    pub fn run(&mut self, facts: &Facts) -> (Vec<Standing>, Option<Verdict>) {
        let reset: TypedFunc<(), ()> = self.instance.get_typed_func(&self.store, "reset").unwrap();
        reset.call(&mut self.store, ()).unwrap();
        let header = self.global("header");
        if let Some(birth) = facts.birth {
            self.write(header, &span(birth));
        }
        if let Some(day) = facts.as_of {
            self.write(header + 16, &day.to_le_bytes());
        }
        let entry = |of: u32, second: i32, when: Span| [words(&[of.cast_signed(), second]), span(when)].concat();
        let anchors: Vec<_> =
            facts.anchors.iter().map(|anchor| entry(anchor.event.0, i32::from(anchor.planned), anchor.span)).collect();
        self.table(0, 24, &anchors);
        self.table(1, 64, &facts.results.iter().map(result).collect::<Vec<_>>());
        self.table(2, 72, &facts.occurrences.iter().map(occurrence).collect::<Vec<_>>());
        let absences: Vec<_> = facts.absences.iter().map(|(of, when)| entry(of.0, 0, *when)).collect();
        self.table(3, 24, &absences);
        let kind = |kind| {
            let at = trialc::chart::Kind::ALL.iter().position(|known| *known == kind).unwrap();
            u32::try_from(at).unwrap()
        };
        let complete: Vec<_> = facts.complete.iter().map(|(of, when)| entry(kind(*of), 0, *when)).collect();
        self.table(4, 24, &complete);
        let mask = |kinds: &[_]| kinds.iter().fold(0, |mask, one| mask | 1 << kind(*one));
        let unmapped: Vec<_> = facts.unmapped.iter().map(|(kinds, when)| entry(mask(kinds), 0, *when)).collect();
        self.table(5, 24, &unmapped);
        self.table(6, 32, &facts.occurrences.iter().map(|one| dose(one.dose)).collect::<Vec<_>>());
        let answers: Vec<u8> =
            facts.answers.iter().map(|answer| answer.map_or(0, |answer| u8::from(answer) + 1)).collect();
        self.write(self.global("answers"), &answers);
        let unknown = vec![2_u8; self.given.len()];
        self.write(self.global("given"), &unknown);
        let evaluate: TypedFunc<(), i32> = self.instance.get_typed_func(&self.store, "evaluate").unwrap();
        let verdict = evaluate.call(&mut self.store, ()).unwrap();
        let mut states = vec![0_u8; self.criteria];
        self.memory.read(&self.store, self.global("states"), &mut states).unwrap();
        let state = |state: &u8| match state {
            0 => Some(State::NotMet),
            1 => Some(State::Met),
            2 => Some(State::Unknown),
            3 => Some(State::NotApplicable),
            4 => None,
            other => panic!("{other} is no state"),
        };
        let verdict = match verdict {
            0 => Some(Verdict::Ineligible),
            1 => Some(Verdict::Eligible),
            2 => Some(Verdict::Undetermined),
            4 => None,
            other => panic!("{other} is no verdict"),
        };
        (states.iter().map(state).collect(), verdict)
    }

    pub fn is_given(&self, rule: usize) -> bool {
        self.given.contains(&rule)
    }

    pub fn power(&mut self, x: f64, y: f64) -> f64 {
        let power: TypedFunc<(f64, f64), f64> = self.instance.get_typed_func(&self.store, "power").unwrap();
        power.call(&mut self.store, (x, y)).unwrap()
    }
}

/// How an amount was given, its unit, by what of the body, and the amount as a fraction.
fn dose(taken: Taken) -> Vec<u8> {
    let how = match taken {
        Taken::Unknown => 0,
        Taken::Daily(_) => 1,
        Taken::Once(_) => 2,
        Taken::Whole(_) => 3,
    };
    let (unit, body, above, below) = match taken.amount() {
        None | Some(Amount::Otherwise) => (-1, 0, 0, 1),
        // No double holds it.
        Some(Amount::Beyond) => (-2, 0, 0, 1),
        Some(Amount::Of { value, unit, per_body }) => {
            let body = per_body.map_or(0, |body| if body == Body::Weight { 1 } else { 2 });
            (i32::from(unit.0), body, *value.numer(), *value.denom())
        }
    };
    #[allow(clippy::cast_precision_loss, reason = "what is too large for a double is not held to be exact")]
    let doubles = [above as f64, below as f64].map(f64::to_le_bytes).concat();
    [words(&[how, unit, body, 0]), doubles].concat()
}

fn words(words: &[i32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn span(span: Span) -> Vec<u8> {
    [span.from.to_le_bytes(), span.to.to_le_bytes()].concat()
}

fn result(result: &trialc::plan::facts::Outcome) -> Vec<u8> {
    let none = Number { value: 0.0, digits: 0 };
    let (said, number) = match result.said {
        Said::Exactly(number) => (0, number),
        Said::Below { limit, included } => (1 + i32::from(included), limit),
        Said::Above { limit, included } => (3 + i32::from(included), limit),
        Said::Word(_) => (5, none),
        Said::Refused => (6, none),
    };
    let digits = if let Said::Word(word) = result.said { word.cast_signed() } else { i32::from(number.digits) };
    let limit = |limit: Option<Number>| limit.map_or((-1, 0.0), |limit| (i32::from(limit.digits), limit.value));
    let (lower, upper) = (limit(result.lower), limit(result.upper));
    [
        words(&[result.of.0.cast_signed(), said]),
        span(result.when),
        number.value.to_le_bytes().to_vec(),
        words(&[digits, lower.0, upper.0, 0]),
        lower.1.to_le_bytes().to_vec(),
        upper.1.to_le_bytes().to_vec(),
    ]
    .concat()
}

fn occurrence(one: &trialc::plan::facts::Occurrence) -> Vec<u8> {
    let route = one.route.map_or(0, |route| ROUTES.iter().position(|known| *known == route).unwrap() + 1);
    let term = |term: Option<u32>| term.map_or(-1, u32::cast_signed);
    let cause = |cause: Cause| match cause {
        Cause::Unknown => -1,
        Cause::Other => -2,
        Cause::Of(of) => of.0.cast_signed(),
    };
    [
        words(&[one.of.0.cast_signed(), i32::from(one.single)]),
        span(one.start),
        span(one.end),
        words(&[i32::from(one.grade.unwrap_or(0)), i32::try_from(route).unwrap()]),
        words(&[term(one.stage), term(one.histology), term(one.severity), cause(one.cause), cause(one.reason), 0]),
    ]
    .concat()
}
