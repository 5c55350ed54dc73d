//! What ten times the text costs, for texts of which one part grows: long lists, long chains, and text full of faults.
//!
//! Wherever a check looks through everything for each thing, one of these takes a hundred times as long.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use trialc::format::format;

use crate::work;

/// How many lines the smaller text has; the larger one has ten times as many.
const LINES: usize = 2_000;

const HEAD: &str = "\
use labs { hemoglobin }
use drugs { prednisone }
trial t \"T\" { day_1 first_dose allocation randomized 1:1 }
epoch main 52 weeks masking double
arm experimental a \"A\" { give prednisone 5 mg oral daily }
arm placebo_comparator b \"B\" { give placebo for prednisone oral daily }
visit v0: day 1
define d0 = hemoglobin > 100 g/L
condition c0 \"c\" { }
lab l0 \"l\" { unit g/L }
";

/// A text that grows: what stands before its lines, line `n`, and what stands behind them.
struct Shape {
    name: &'static str,
    before: &'static str,
    line: fn(usize) -> String,
    behind: &'static str,
}

const fn lines(name: &'static str, line: fn(usize) -> String) -> Shape {
    Shape { name, before: "", line, behind: "" }
}

const fn criteria(name: &'static str, line: fn(usize) -> String) -> Shape {
    Shape { name, before: "eligibility at screening {\n", line, behind: "}\n" }
}

const SHAPES: &[Shape] = &[
    criteria("criteria", |n| format!("include x{n} \"prose\": hemoglobin > {} g/L", 50 + n % 100)),
    criteria("criteria on a chain", |n| format!("include x{n}: d0 and hemoglobin < {n} g/L")),
    criteria("broken criteria", |n| format!("include x{n}: hemoglobin >")),
    criteria("unknown names", |n| format!("include x{n}: hemoglobin{n}q > 1 g/L")),
    criteria("open strings", |n| format!("include x{n} \"open: hemoglobin > 1 g/L")),
    lines("definitions", |n| format!("define d{} = not d{n}", n + 1)),
    lines("one name", |_| "define d = hemoglobin > 100 g/L".to_owned()),
    lines("classes", |n| format!("condition c{} \"c\" {{ is c{n} }}", n + 1)),
    lines("formulas", |n| format!("lab l{} \"l\" {{ unit g/L derived l{n} + l{n} }}", n + 1)),
    lines("visits", |n| format!("visit v{}: 1 day after v{n}", n + 1)),
    lines("collections", |n| format!("visit w{n}: day 1 collect hemoglobin at w{n}")),
    lines("outcomes", |n| format!("outcome secondary o{n} \"o\" at v0: hemoglobin")),
    lines("epochs and arms", |n| {
        format!(
            "epoch e{n} 1 week masking double arm experimental a{n} \"A\" {{ in e{n} {{ give prednisone 5 mg oral once }} }}"
        )
    }),
    Shape {
        name: "doses",
        before: "regimen r {\n",
        line: |_| "give prednisone 5 mg oral daily".to_owned(),
        behind: "oops }\n",
    },
    Shape {
        name: "a list",
        before: "define d = any of {\n",
        line: |n| format!("l{n}: hemoglobin > 100 g/L,"),
        behind: "}\n",
    },
    Shape { name: "open brackets", before: "", line: |_| "(".to_owned(), behind: "}\n" },
];

impl Shape {
    fn text(&self, lines: usize) -> String {
        let mut text = format!("{HEAD}{}", self.before);
        for n in 0..lines {
            let _ = writeln!(text, "{}", (self.line)(n));
        }
        text + self.behind
    }
}

/// Prints what ten times the lines cost, for each shape.
pub fn print() {
    println!("{:<22}{:>11}{:>11} {:>6}{:>11}{:>11} {:>6}", "", "check", "tenfold", "/", "fmt", "tenfold", "/");
    for shape in SHAPES {
        let (small, large) = (shape.text(LINES), shape.text(10 * LINES));
        print!("{:<22}", shape.name);
        for work in [|text: &str| drop(work::checked(text)), |text: &str| drop(format(text))] {
            let (few, many) = (time(work, &small), time(work, &large));
            print!("{few:>11.1?}{many:>11.1?} {:>6.1}", many.as_secs_f64() / few.as_secs_f64());
        }
        println!();
    }
}

/// The least of three times.
fn time(work: fn(&str), text: &str) -> Duration {
    let once = || {
        let start = Instant::now();
        work(text);
        start.elapsed()
    };
    once().min(once()).min(once())
}
