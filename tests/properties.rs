//! Laws that hold of every text, over texts made from the language's words, from its grammar, and from broken protocols.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test says what is wrong by failing"
)]

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use pest::Parser;
use proptest::prelude::*;
use proptest::sample::Index;
use trialc::check::{Input, check};
use trialc::diagnostic::render::{Characters, Color, Format, Look, Renderer};
use trialc::diagnostic::{Diagnostic, Diagnostics, Severity};
use trialc::format::{FormatError, format};
use trialc::ir::Trial;
use trialc::ir::json::{from_json, to_json};
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::span::Span;
use trialc::syntax::grammar::{Grammar, Rule};
use trialc::world::NoFiles;

const FORMATS: [Format; 4] = [Format::Human, Format::Narrated, Format::Short, Format::Json];

/// The protocols and the library: what is to be broken.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts = Vec::new();
    for folder in ["protocols", "library"] {
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        texts.extend(files.iter().map(|file| std::fs::read_to_string(file).unwrap()));
    }
    texts
});

/// All words, signs and numbers that they are written with.
static TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut tokens: Vec<String> = TEXTS
        .iter()
        .flat_map(|text| pieces(text))
        .filter(|(piece, _)| !piece.trim().is_empty())
        .map(|(piece, _)| piece.to_owned())
        .collect();
    tokens.extend(trialc::syntax::reserved_words().map(str::to_owned));
    tokens.extend(
        [
            "\"",
            "\\",
            "//",
            "'",
            ";",
            "==",
            "\u{FEFF}",
            "µ",
            "¹",
            "−",
            "..",
            "[",
            "]",
            "\r\n",
            "\n",
            "_",
            "1_",
            "1:1",
            "10*9/L",
            "99999999999999999999999999999",
        ]
        .map(str::to_owned),
    );
    tokens.sort();
    tokens.dedup();
    tokens
});

/// A text cut into words, numbers, strings, blanks and signs, each with its offset.
fn pieces(text: &str) -> Vec<(&str, usize)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        pieces.push((&rest[..length], at));
        at += length;
    }
    pieces
}

struct Run {
    sources: Sources,
    found: Diagnostics,
    trial: Option<Trial>,
}

fn run(text: &str) -> Run {
    let mut sources = Sources::new();
    let input = Input { path: "main.trial".into(), text: Some(Arc::from(text)) };
    let (checked, found) = check(&NoFiles, &mut sources, input);
    Run { sources, found, trial: checked.map(lower) }
}

fn spans(diagnostic: &Diagnostic) -> Vec<Span> {
    let edits = diagnostic.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
    let labels = diagnostic.secondary.iter().map(|label| label.span);
    std::iter::once(diagnostic.primary.span).chain(labels).chain(edits).collect()
}

/// A span lies inside one file, and its ends are between characters.
fn sound(sources: &Sources, span: Span) -> bool {
    if span == Span::NOWHERE {
        return true;
    }
    let Some(file) = sources.file_at(span) else { return false };
    let inside = span.start <= span.end && file.span().start <= span.start && span.end <= file.span().end;
    let at = file.local(span);
    inside && file.text.is_char_boundary(at.start) && file.text.is_char_boundary(at.end)
}

/// The text with the edits of one fix made, where they all belong to it.
fn mended(sources: &Sources, text: &str, diagnostic: &Diagnostic) -> Option<String> {
    let mut edits = diagnostic.fix.as_ref()?.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut result = text.to_owned();
    for edit in edits {
        let file = sources.file_at(edit.span)?;
        if file.path.as_os_str() != "main.trial" {
            return None;
        }
        result.replace_range(file.local(edit.span), &edit.replacement);
    }
    Some(result)
}

/// Everything that must hold of any text.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let first = run(text);
    for diagnostic in &first.found {
        for span in spans(diagnostic) {
            prop_assert!(
                sound(&first.sources, span),
                "{} at {span:?}: {}\n{text}",
                diagnostic.code,
                diagnostic.message
            );
        }
        prop_assert!(!diagnostic.message.is_empty());
    }
    for shape in FORMATS {
        let look = Look { color: Color::None, characters: Characters::Ascii, width: 80 };
        let mut renderer = Renderer::new(&first.sources, shape, look);
        for diagnostic in first.found.iter().take(12) {
            prop_assert!(!renderer.render(diagnostic).is_empty());
        }
    }
    for diagnostic in first.found.iter().filter(|found| found.fix.is_some()).take(3) {
        if let Some(text) = mended(&first.sources, text, diagnostic) {
            let _ = run(&text);
        }
    }
    // The same again, to the letter.
    let second = run(text);
    let said = |run: &Run| run.found.iter().cloned().collect::<Vec<_>>();
    prop_assert_eq!(said(&first), said(&second));
    prop_assert!(first.trial == second.trial);
    if let Some(trial) = &first.trial {
        let json = to_json(trial).unwrap();
        let again = from_json(&json);
        prop_assert!(again.is_ok(), "{:?}\n{text}", again.err());
        let again = again.unwrap();
        prop_assert_eq!(to_json(&again).unwrap(), json);
    }
    formats(text, &first.found)?;
    parses_as_a_whole(text, &first)
}

/// A formatted text is said to have the same faults, and stays as it is.
fn formats(text: &str, found: &Diagnostics) -> Result<(), TestCaseError> {
    let formatted = match format(text) {
        Ok(formatted) => formatted,
        Err(FormatError::Syntax) => return Ok(()),
        Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}"))),
    };
    let again = format(&formatted);
    prop_assert_eq!(again.as_deref(), Ok(&*formatted), "of\n{}", text);
    let codes = |found: &Diagnostics| {
        let mut codes: Vec<&str> = found.iter().map(|found| found.code.id).collect();
        codes.sort_unstable();
        codes
    };
    prop_assert_eq!(codes(found), codes(&run(&formatted).found), "{}\nbecomes\n{}", text, formatted);
    Ok(())
}

/// The grammar reads the whole file exactly when the parser, which reads it statement by statement, has nothing to say of
/// its syntax. What the parser says beyond the grammar: `S004`, `S006`, `S007`, `S008`, `S009` are about what the grammar
/// lets through; a word of the language as a name (`S005`) is the checker's to say where something is declared.
fn parses_as_a_whole(text: &str, run: &Run) -> Result<(), TestCaseError> {
    const BEYOND: &[&str] = &["S004", "S005", "S006", "S007", "S008", "S009"];
    let has = |codes: &[&str]| run.found.iter().any(|found| codes.contains(&found.code.id));
    if has(BEYOND) {
        return Ok(());
    }
    let whole = Grammar::parse(Rule::file, text).is_ok();
    let complained = run.found.iter().find(|found| found.code.id.starts_with('S'));
    prop_assert_eq!(whole, complained.is_none(), "{:?}\n{}", complained.map(|found| &found.message), text);
    Ok(())
}

// ---- texts -----------------------------------------------------------------------------------------------------------

fn token() -> impl Strategy<Value = String> {
    any::<Index>().prop_map(|index| index.get(&TOKENS).clone())
}

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec((token(), prop_oneof![8 => Just(" "), 1 => Just("\n"), 1 => Just("")]), 0..120)
        .prop_map(|tokens| tokens.into_iter().fold(String::new(), |text, (token, blank)| text + &token + blank))
}

#[derive(Clone, Debug)]
enum Change {
    Delete,
    Double,
    Swap(Index),
    Insert(String),
    Replace(String),
    Cut,
    Character(char),
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let change = prop_oneof![
        3 => Just(Change::Delete),
        2 => Just(Change::Double),
        2 => any::<Index>().prop_map(Change::Swap),
        3 => token().prop_map(Change::Insert),
        4 => token().prop_map(Change::Replace),
        1 => Just(Change::Cut),
        1 => any::<char>().prop_map(Change::Character),
    ];
    (any::<Index>(), change)
}

/// A protocol or library with a few changes; short ones, from some item to some other, so that it is quick.
fn broken() -> impl Strategy<Value = String> {
    (any::<Index>(), any::<Index>(), proptest::collection::vec(change(), 1..6)).prop_map(|(which, from, changes)| {
        let text = which.get(&TEXTS);
        let starts: Vec<usize> = text.match_indices("\n\n").map(|(at, _)| at + 1).chain([0]).collect();
        let start = *from.get(&starts);
        let end = starts.iter().copied().filter(|at| *at > start + 2_500).min().unwrap_or(text.len());
        let mut parts: Vec<String> = pieces(&text[start..end]).into_iter().map(|(piece, _)| piece.to_owned()).collect();
        for (at, change) in changes {
            if parts.is_empty() {
                break;
            }
            let at = at.index(parts.len());
            match change {
                Change::Delete => drop(parts.remove(at)),
                Change::Double => parts.insert(at, parts[at].clone()),
                Change::Swap(other) => {
                    let other = other.index(parts.len());
                    parts.swap(at, other);
                }
                Change::Insert(token) => parts.insert(at, format!(" {token} ")),
                Change::Replace(token) => parts[at] = token,
                Change::Cut => parts.truncate(at),
                Change::Character(c) => parts[at].push(c),
            }
        }
        parts.concat()
    })
}

// ---- protocols without faults of syntax --------------------------------------------------------------------------------

fn one_of(choices: &'static [&'static str]) -> BoxedStrategy<String> {
    proptest::sample::select(choices).prop_map(str::to_owned).boxed()
}

fn number() -> BoxedStrategy<String> {
    prop_oneof![
        (0_u32..500).prop_map(|n| n.to_string()),
        (0_u32..500, 0_u32..100).prop_map(|(n, f)| format!("{n}.{f}")),
        Just("1_000".to_owned()),
    ]
    .boxed()
}

fn quantity() -> BoxedStrategy<String> {
    (
        number(),
        one_of(&[
            "",
            " g/L",
            " 10*9/L",
            " %",
            " mg/dL",
            "mL/min/{1.73_m2}",
            " µmol/L",
            " ULN",
            " LLN",
            " IU",
            " mm[Hg]",
            " years",
        ]),
    )
        .prop_map(|(n, unit)| n + &unit)
        .boxed()
}

fn duration() -> BoxedStrategy<String> {
    (1_u32..60, one_of(&["days", "weeks", "months", "years", "hours", "day", "half_lives"]))
        .prop_map(|(n, unit)| format!("{n} {unit}"))
        .boxed()
}

fn anchor() -> BoxedStrategy<String> {
    one_of(&[
        "screening",
        "first_dose",
        "randomization",
        "week 4",
        "day -1",
        "day 1",
        "start of main",
        "last surgery",
        "onset of dermatomyositis",
        "2021-03-31",
        "2021-03-31T08:30",
        "first of { platinum, taxane }",
    ])
}

fn time() -> BoxedStrategy<String> {
    prop_oneof![
        duration().prop_map(|d| format!("within {d}")),
        (duration(), anchor()).prop_map(|(d, a)| format!("within {d} before {a}")),
        (duration(), duration(), anchor())
            .prop_map(|(d, e, a)| format!("within {d} or {e} before {a}, whichever is longer")),
        (duration(), anchor()).prop_map(|(d, a)| format!("at least {d} before {a}")),
        (anchor(), anchor()).prop_map(|(a, b)| format!("from {a} to {b}")),
        anchor().prop_map(|a| format!("at {a}")),
        anchor().prop_map(|a| format!("before {a}")),
        Just("during radiotherapy".to_owned()),
    ]
    .boxed()
}

fn name() -> BoxedStrategy<String> {
    one_of(&["hemoglobin", "creatinine", "platelets", "MMT8", "age", "unknown_measure", "NYHA", "a1"])
}

fn event() -> BoxedStrategy<String> {
    one_of(&[
        "malignancy",
        "infection",
        "prednisone",
        "glucocorticoid",
        "surgery",
        "{ infection, malignancy }",
        "malignancy except { nonmelanoma_skin_cancer }",
    ])
}

fn prose() -> BoxedStrategy<String> {
    one_of(&[
        "\"Some prose\"",
        "\"\"",
        "\"a \\\"quoted\\\" word\"",
        "\"two\\nlines\"",
        "\"é µ — “x”\"",
        "\"a // b { ( \"",
    ])
}

fn value() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => name(),
        2 => quantity(),
        1 => event().prop_map(|e| format!("dose of {e} as prednisone")),
        1 => event().prop_map(|e| format!("highest dose of oral {e}")),
        1 => name().prop_map(|n| format!("change in {n}")),
        1 => name().prop_map(|n| format!("relative change in {n}")),
        1 => name().prop_map(|n| format!("highest {n}")),
        1 => name().prop_map(|n| format!("mean of 3 {n} at least 15 minutes apart")),
        1 => event().prop_map(|e| format!("count of {e}")),
        1 => event().prop_map(|e| format!("lines of {e} with stage in IIIB..IV")),
        1 => name().prop_map(|n| format!("{n} per ULN")),
        1 => name().prop_map(|n| format!("{n} as mg/dL")),
        1 => (anchor(), anchor()).prop_map(|(a, b)| format!("time from {a} to {b}")),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            (inner.clone(), one_of(&["+", "-", "*", "/"]), inner.clone())
                .prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            proptest::collection::vec(inner, 1..4).prop_map(|list| format!("sum of {{ {} }}", list.join(", "))),
        ]
    })
    .boxed()
}

/// A condition that stands wherever one may.
fn truth() -> BoxedStrategy<String> {
    let cmp = || one_of(&["<", "<=", "=", "!=", ">=", ">", "≥", "≤", "≠"]);
    let leaf = prop_oneof![
        4 => (value(), cmp(), quantity()).prop_map(|(v, cmp, q)| format!("{v} {cmp} {q}")),
        1 => (name(), number(), number()).prop_map(|(n, a, b)| format!("{n} in {a}..{b} g/L")),
        1 => (name(), cmp(), event()).prop_map(|(n, cmp, e)| format!("{n} {cmp} 2.5 ULN (5 ULN if has {e})")),
        1 => name().prop_map(|n| format!("{n} is positive")),
        1 => name().prop_map(|n| format!("{n} is not any of {{ I, II, yes }}")),
        1 => (name(), one_of(&["improved", "worsened", "rose", "fell"])).prop_map(|(n, how)| format!("{n} {how} by >= 20 %")),
        1 => name().prop_map(|n| format!("{n} recorded")),
        1 => Just("consent given".to_owned()),
        2 => (one_of(&["has", "had", "receiving", "received", "started", "stopped"]), event()).prop_map(|(verb, e)| format!("{verb} {e}")),
        1 => event().prop_map(|e| format!("had {e} with grade >= 2, cause infection due to surgery")),
        1 => (event(), duration()).prop_map(|(e, d)| format!("receiving intravenous {e} for at least {d}")),
        1 => (event(), duration()).prop_map(|(e, d)| format!("stable dose of {e} as prednisone < 20 mg/d for at least {d}")),
        1 => one_of(&["judged", "judged by central", "judged compliance", "judged \"really\" by participant", "missing \"a number\""]),
        1 => Just("onset of dermatomyositis".to_owned()),
    ];
    let timed = (leaf, proptest::option::weighted(0.3, time())).prop_map(|(truth, time)| match time {
        Some(time) => format!("{truth} {time}"),
        None => truth,
    });
    timed
        .prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(|list| format!("({})", list.join(" and "))),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(|list| format!("({})", list.join(" or "))),
                inner.clone().prop_map(|inner| format!("not ({inner})")),
                inner.clone().prop_map(|inner| format!("known ({inner})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} unless {b})")),
                (one_of(&["any", "all", "none", "at least 2", "exactly 1"]), proptest::collection::vec(inner, 1..4))
                    .prop_map(|(of, list)| {
                        let entries = list.iter().enumerate().fold(String::new(), |mut text, (at, truth)| {
                            let _ = if at % 2 == 0 {
                                write!(text, "{truth}, ")
                            } else {
                                write!(text, "l{at} \"entry\": {truth}, ")
                            };
                            text
                        });
                        format!("{of} of {{ {entries} }}")
                    }),
            ]
        })
        .boxed()
}

fn head() -> BoxedStrategy<String> {
    (proptest::option::of(prose()), proptest::option::weighted(0.2, time()), proptest::option::weighted(0.2, truth()))
        .prop_map(|(prose, time, when)| {
            let mut head = String::new();
            prose.iter().chain(&time).for_each(|part| head = format!("{head} {part}"));
            when.map_or(head.clone(), |when| format!("{head} when {when}"))
        })
        .boxed()
}

fn given() -> BoxedStrategy<String> {
    let amount = one_of(&["5 mg", "1 mg/kg", "10..20 mg", "1_000_000 IU", "375 mg/m2", "judged dose"]);
    let schedule = one_of(&[
        "daily",
        "2 times daily",
        "once",
        "every 2 days",
        "every 3 weeks",
        "on days 1, 8",
        "on day 1",
        "as needed",
    ]);
    prop_oneof![
        4 => (event_drug(), amount, one_of(&["oral", "intravenous", "subcutaneous"]), schedule).prop_map(|(d, a, r, s)| format!("give {d} {a} {r} {s}")),
        1 => Just("give placebo for prednisone oral daily".to_owned()),
        1 => Just("give r1".to_owned()),
        1 => truth().prop_map(|t| format!("hold prednisone when {t}")),
        1 => truth().prop_map(|t| format!("stop prednisone when {t}")),
        1 => truth().prop_map(|t| format!("reduce prednisone by 50 % when {t}")),
    ]
    .boxed()
}

fn event_drug() -> BoxedStrategy<String> {
    one_of(&["prednisone", "methotrexate", "rituximab", "radiotherapy"])
}

/// One item; `n` makes its name its own.
fn item() -> BoxedStrategy<String> {
    prop_oneof![
        6 => (proptest::collection::vec((one_of(&["include", "exclude"]), head(), truth()), 1..5), any::<u16>()).prop_map(|(list, n)| {
            let lines = list.into_iter().enumerate().map(|(at, (word, head, truth))| format!("  {word} c{n}_{at}{head}: {truth}\n"));
            format!("eligibility at screening within 4 weeks {{\n{}}}\n", lines.collect::<String>())
        }),
        2 => (any::<u16>(), truth()).prop_map(|(n, truth)| format!("define d{n} \"d\" source \"s\" = {truth}\n")),
        2 => (any::<u16>(), value()).prop_map(|(n, value)| format!("define v{n} better higher = {value}\n")),
        1 => (any::<u16>(), truth(), value(), value()).prop_map(|(n, t, a, b)| format!("define i{n} = if {t} then {a} else {b}\n")),
        1 => (any::<u16>(), truth()).prop_map(|(n, t)| format!("cohort k{n} \"k\": {t}\npopulation p{n}: {t}\n")),
        1 => (any::<u16>(), one_of(&["require", "forbid", "permit"]), head(), truth()).prop_map(|(n, w, h, t)| format!("{w} q{n}{h}: {t}\n")),
        2 => (any::<u16>(), proptest::collection::vec(given(), 1..4)).prop_map(|(n, g)| format!("regimen r{n} {{ {} }}\n", g.join("\n"))),
        2 => (any::<u16>(), proptest::collection::vec(given(), 1..4)).prop_map(|(n, g)| format!("arm experimental a{n} \"A\" {{ in main {{ {} }} }}\n", g.join(" "))),
        1 => (any::<u16>(), given()).prop_map(|(n, g)| format!("background b{n} {{ cycle 28 days for 6 cycles {{ {g} }} }}\n")),
        2 => (any::<u16>(), anchor(), duration()).prop_map(|(n, a, d)| format!("visit w{n}: {d} after {a} window -3..+3 days\ncollect hemoglobin at w{n}\n")),
        1 => any::<u16>().prop_map(|n| format!("visit e{n} \"every\": every 4 weeks from week 4 to week 24\n")),
        2 => (any::<u16>(), one_of(&["primary", "secondary", "exploratory", "other"]), truth(), anchor()).prop_map(|(n, rank, t, a)| {
            format!("outcome {rank} o{n} \"o\" at {a} assessed by central: {t}\n")
        }),
        1 => (any::<u16>(), value(), duration()).prop_map(|(n, v, d)| format!("outcome primary u{n} within {d} in p1 confirmed for at least {d}: {v}\n")),
        1 => (any::<u16>(), truth()).prop_map(|(n, t)| {
            format!("estimand m{n} of o1 {{ population p1 compare a1 with a2 summary difference_in_means\n intercurrent x: {t} handled treatment_policy }}\n")
        }),
        1 => any::<u16>().prop_map(|n| format!("lab l{n} \"l\" {{ unit g/L plausible 1..300 g/L loinc \"1-2\" }}\nscore s{n} {{ range 0..10 better lower }}\n")),
        1 => any::<u16>().prop_map(|n| format!("condition x{n} \"x\" {{ stage I, II, III }}\ndrug y{n} \"y\" {{ half_life 3 days routes oral }}\nset z{n} {{ hemoglobin, platelets }}\n")),
        1 => Just("example \"e\" { given screening = 2023-02-01, age = 50 years, hemoglobin = 100 g/L expect eligible }\n".to_owned()),
        1 => duration().prop_map(|d| format!("plan first_dose within {d} after screening\n")),
    ]
    .boxed()
}

fn protocol() -> impl Strategy<Value = String> {
    proptest::collection::vec(item(), 0..8).prop_map(|items| {
        let head = "use labs { hemoglobin, creatinine, platelets }\nuse conditions { malignancy, infection }\nuse drugs { prednisone, glucocorticoid }\n\
                    trial t \"T\" { phase 3 age in 18..75 years day_1 first_dose allocation randomized 1:1 }\nepoch main 52 weeks masking none\n";
        head.to_owned() + &items.concat()
    })
}

/// `PROPERTY_TIMES=100 cargo test --test properties` tries a hundred times as many texts.
fn config(cases: u32) -> ProptestConfig {
    let times = std::env::var("PROPERTY_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let cases = cases.saturating_mul(times);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn any_characters(text in any::<String>()) {
        survives(&text)?;
    }

    #[test]
    fn any_bytes_as_text(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        // Control characters are refused at once.
        let bytes: Vec<u8> = bytes.into_iter().map(|byte| if byte < b' ' { byte + b' ' } else { byte }).collect();
        survives(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn words_in_any_order(text in soup()) {
        survives(&text)?;
    }
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn broken_protocols(text in broken()) {
        survives(&text)?;
    }

    #[test]
    fn protocols_made_by_the_grammar(text in protocol()) {
        let parsed = Grammar::parse(Rule::file, &text);
        prop_assert!(parsed.is_ok(), "{}\n{}", parsed.err().unwrap(), text);
        let found = run(&text).found;
        let syntax: Vec<_> = found.iter().filter(|found| found.code.id.starts_with('S')).map(|found| (found.code.id, &found.message)).collect();
        prop_assert!(syntax.is_empty(), "{:?}\n{}", syntax, text);
        survives(&text)?;
    }
}

#[test]
fn the_protocols_and_the_library_obey_the_laws() {
    for text in TEXTS.iter() {
        survives(text).unwrap();
        assert!(run(text).found.iter().all(|found| found.severity() == Severity::Warning), "{text}");
    }
}

/// `reserved` in `grammar/words.pest` lists the words of all `k_…` rules, longer ones first: `dose` before `do` would be
/// read, `do` before `dose` would not.
#[test]
fn reserved_words_are_the_words_of_the_grammar() {
    let text = std::fs::read_to_string("grammar/words.pest").unwrap();
    let reserved = text.split_once("reserved").unwrap().1;
    let reserved = reserved.split_once("!wc").unwrap().0;
    let listed: Vec<&str> = reserved.split('"').skip(1).step_by(2).collect();
    let rules: Vec<String> =
        Rule::all_rules().iter().filter_map(|rule| Some(format!("{rule:?}").strip_prefix("k_")?.to_owned())).collect();
    let sorted = |mut words: Vec<String>| {
        words.sort();
        words
    };
    assert_eq!(sorted(listed.iter().map(|word| (*word).to_owned()).collect()), sorted(rules.clone()));
    for (at, word) in listed.iter().enumerate() {
        let hidden = listed[..at].iter().find(|before| word.starts_with(**before));
        assert!(hidden.is_none(), "`{word}` behind `{}`", hidden.unwrap());
    }
    for word in rules {
        assert!(text.contains(&format!("k_{word} = @{{ \"{word}\" ~ !wc }}")), "{word}");
        assert!(trialc::syntax::is_reserved(&word));
    }
}
