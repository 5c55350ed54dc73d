//! What messages look like in each of their forms.

use std::fmt::Write;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use proptest::prelude::*;
use trialc::diagnostic::render::{Characters, Color, Format, Look, Renderer};
use trialc::diagnostic::{Diagnostic, code};
use trialc::source::Sources;
use trialc::span::Span;

const LOOK: Look = Look { color: Color::None, characters: Characters::Unicode, width: 80 };
const PROTOCOL: &str = "use labs { bilirubin }\n\neligibility at screening {\n  exclude µ \"Bilirubin\": bilirubin > 17\n  exclude b: bilirubin > 1 ULN\n}\n";
const LIBRARY: &str = "lab bilirubin {\n  unit mg/dL\n}\n";

/// The span of the first `words` in a text that begins at `base`.
fn span(text: &str, words: &str, base: u32) -> Span {
    let at = base + u32::try_from(text.find(words).unwrap()).unwrap();
    Span::new(at, at + u32::try_from(words.len()).unwrap())
}

fn sources() -> (Sources, u32) {
    let mut sources = Sources::new();
    sources.add("study.trial", PROTOCOL);
    let library = sources.add("std/labs.trial", LIBRARY);
    let base = sources.get(library).unwrap().base();
    (sources, base)
}

/// A message with all that a message can have.
fn full(library: u32) -> Diagnostic {
    let number = span(PROTOCOL, "17", 1);
    Diagnostic::new(&code::MISSING_UNIT, number, "`17` needs a unit, for `bilirubin` is a concentration of a substance")
        .label("no unit")
        .also(span(PROTOCOL, "1 ULN", 1), "here it has one")
        .also(span(LIBRARY, "mg/dL", library), "its usual unit stands here")
        .help("bilirubin is reported in mg/dL or µmol/L, and the two differ seventeenfold")
        .fix("write `17 mg/dL`", number.after(), " mg/dL")
}

fn render(format: Format, look: Look) -> String {
    let (sources, library) = sources();
    Renderer::new(&sources, format, look).render(&full(library))
}

#[test]
fn human() {
    assert_snapshot!(render(Format::Human, LOOK));
}

#[test]
fn human_narrow_ascii() {
    assert_snapshot!(render(Format::Human, Look { characters: Characters::Ascii, width: 10, ..LOOK }));
}

#[test]
fn narrated() {
    assert_snapshot!(render(Format::Narrated, LOOK));
}

#[test]
fn short() {
    assert_snapshot!(render(Format::Short, LOOK));
}

#[test]
fn json() {
    let object: serde_json::Value = serde_json::from_str(&render(Format::Json, LOOK)).unwrap();
    assert_snapshot!(format!("{object:#}"));
}

#[test]
fn colour() {
    assert!(render(Format::Human, Look { color: Color::Ansi, ..LOOK }).contains("\u{1b}[31m"));
    assert!(!render(Format::Human, LOOK).contains('\u{1b}'));
}

/// Places at the edges: behind the end, in an empty file, in no file, over many lines, in a very long line.
#[test]
fn edges() {
    let mut shown = String::new();
    let mut one = |text: &str, start: usize, end: usize| {
        let mut sources = Sources::new();
        sources.add("a.trial", text);
        let offset = |at: usize| u32::try_from(at).unwrap() + 1;
        let found = Diagnostic::new(&code::NO_TRIAL, Span::new(offset(start), offset(end)), "no trial").label("here");
        writeln!(shown, "{}", Renderer::new(&sources, Format::Human, LOOK).render(&found)).unwrap();
    };
    one("trial x {\n\n", 11, 11);
    one("", 0, 0);
    one(&"line of a block\n".repeat(30), 0, 480);
    let long = format!("{}WRONG{}\nnext\n", "µ ".repeat(3000), " word".repeat(3000));
    one(&long, 9000, 9005);
    let nowhere = Diagnostic::new(&code::UNREADABLE, Span::NOWHERE, "`x.trial` cannot be read");
    shown += &Renderer::new(&Sources::new(), Format::Human, LOOK).render(&nowhere);
    assert_snapshot!(shown);
}

/// Two thousand messages about one line of four megabytes, and about a hundred thousand lines.
#[test]
fn many_messages_about_a_large_file_are_quick() {
    for text in ["x > 1, ".repeat(600_000), "include x: a > 1\n".repeat(200_000)] {
        let mut sources = Sources::new();
        sources.add("a.trial", text.as_str());
        let step = u32::try_from(text.len() / 2000).unwrap();
        let start = Instant::now();
        for format in [Format::Human, Format::Narrated, Format::Short, Format::Json] {
            let mut renderer = Renderer::new(&sources, format, LOOK);
            let at = |n: u32| Span::new(1 + n * step, 3 + n * step);
            let shown = (0..2000).map(|n| renderer.render(&Diagnostic::new(&code::SYNTAX, at(n), "wrong")));
            assert!(shown.map(|text| text.len()).max().unwrap() < 2000);
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// No text and no places make a form panic, or let the terminal be steered.
    #[test]
    fn nothing_panics(
        text in "([a-zµ漢\u{301}\u{1b}\u{202e} \t\"]{0,30}(\n|\r\n|\r)?){0,12}",
        places in proptest::collection::vec((0u32..400, 0u32..60), 1..5),
        width in 0usize..100,
    ) {
        let mut sources = Sources::new();
        sources.add("a.trial", text.as_str());
        sources.add("b.trial", text.as_str());
        let spans: Vec<Span> = places.iter().map(|(start, len)| Span::new(start + 1, start + len + 1)).collect();
        let mut found = Diagnostic::new(&code::SYNTAX, spans[0], text.as_str()).label("here").help("do\nthis");
        for span in &spans[1..] {
            found = found.also(*span, "and there");
        }
        for format in [Format::Human, Format::Narrated, Format::Short, Format::Json] {
            let shown = Renderer::new(&sources, format, Look { width, ..LOOK }).render(&found);
            prop_assert!(shown.contains("S001"));
            let steered = shown.contains('\u{1b}');
            prop_assert!(!steered);
        }
    }
}
