//! Texts that no author writes, and surroundings that no author wants: each ends in a clear message at the right place.
//!
//! Everything runs on a stack of two mebibytes, as the threads of a server or a test have.

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

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use assert_cmd::Command;
use trialc::check::{Input, check};
use trialc::diagnostic::Severity;
use trialc::diagnostic::render::{Characters, Color, Format, Look, Renderer};
use trialc::format::format;
use trialc::ir::json::{from_json, to_json};
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::world::{NoFiles, SIZE_LIMIT, World};

const HEAD: &str = "\
use labs { hemoglobin }
use drugs { prednisone }
use conditions { malignancy }
trial t \"T\" { day_1 first_dose allocation randomized 1:1 }
epoch main 52 weeks masking none
arm experimental a \"A\" { give prednisone 5 mg oral daily }
arm placebo_comparator b \"B\" { give placebo for prednisone oral daily }
";
/// The lines of [`HEAD`].
const ABOVE: usize = 7;

/// Files of a test.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    fn with(mut self, path: impl Into<PathBuf>, text: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.into(), text.into());
        self
    }
}

impl World for Files {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(2 * 1024 * 1024).spawn_scoped(scope, work).unwrap();
        thread.join().unwrap()
    })
}

/// The errors of a text as `code line:column`, the first hundred. What can be done with the text has been done: shown in every form,
/// compiled, read back, formatted.
fn errors_in(world: &(dyn World + Sync), text: &str) -> Vec<String> {
    on_a_small_stack(|| {
        let mut sources = Sources::new();
        let input = Input { path: "main.trial".into(), text: Some(Arc::from(text)) };
        let (checked, found) = check(world, &mut sources, input);
        for shape in [Format::Human, Format::Narrated, Format::Short, Format::Json] {
            let look = Look { color: Color::None, characters: Characters::Unicode, width: 100 };
            let mut renderer = Renderer::new(&sources, shape, look);
            for diagnostic in found.iter().take(20) {
                assert!(!renderer.render(diagnostic).is_empty());
            }
        }
        if let Some(checked) = checked {
            let trial = lower(checked);
            let json = to_json(&trial).unwrap();
            let again = from_json(&json).unwrap();
            assert_eq!(to_json(&again).unwrap(), json);
        }
        let _ = format(text);
        let errors = found.iter().filter(|found| found.severity() == Severity::Error);
        let shown = errors.take(100).map(|found| {
            let at = sources.line_column(found.primary.span.start);
            format!("{} {}:{}", found.code, at.line, at.column)
        });
        shown.collect()
    })
}

fn errors(text: &str) -> Vec<String> {
    errors_in(&NoFiles, text)
}

/// The codes of its errors, each once.
fn codes(text: &str) -> Vec<String> {
    let mut codes: Vec<String> =
        errors(text).iter().map(|error| error.split(' ').next().unwrap_or_default().to_owned()).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn under_head(text: impl AsRef<str>) -> String {
    format!("{HEAD}{}", text.as_ref())
}

fn criteria(text: impl AsRef<str>) -> String {
    under_head(format!("eligibility at screening {{\n{}\n}}\n", text.as_ref()))
}

fn many(count: usize, mut line: impl FnMut(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        text.push_str(&line(index));
        text
    })
}

const HB: &str = "hemoglobin > 100 g/L";

// ---- nesting ---------------------------------------------------------------------------------------------------------

#[test]
fn brackets_nest_64_deep_and_no_deeper() {
    for (open, close) in [("(", ")"), ("any of { ", " }"), ("all of { x: (", ") }")] {
        let each = open.matches(['(', '{']).count();
        let nested = |depth: usize| under_head(format!("define d = {}{HB}{}", open.repeat(depth), close.repeat(depth)));
        assert_eq!(errors(&nested(64 / each)), [""; 0], "{open}");
        assert_eq!(codes(&nested(64 / each + 1)), ["S006"], "{open}");
        assert_eq!(codes(&nested(100_000)), ["S006"], "{open}");
    }
    let cycles = format!(
        "regimen r {{ {}give prednisone 5 mg oral on day 1{} }}",
        "cycle 7 days { ".repeat(5_000),
        " }".repeat(5_000)
    );
    assert_eq!(codes(&under_head(cycles)), ["S006"]);
    assert_eq!(errors(&under_head(format!("define d = {}", "(".repeat(65))))[65], format!("S006 {}:76", ABOVE + 1));
}

#[test]
fn brackets_that_never_match_are_all_reported() {
    for text in ["(".repeat(50_000), "{".repeat(50_000)] {
        assert!(codes(&under_head(text)).contains(&"S002".to_owned()));
    }
    for (open, close) in [("(", "}"), ("{", ")"), ("(", "{"), ("}", ")"), ("({", ")}")] {
        let text = under_head(format!("define d = {}{}", open.repeat(30_000), close.repeat(30_000)));
        assert!(codes(&text).contains(&"S002".to_owned()), "{open}{close}");
    }
}

#[test]
fn long_rows_of_words_and_signs() {
    assert_eq!(codes(&criteria(format!("include x: {}{HB}", "not ".repeat(100_000)))), ["S006"]);
    assert_eq!(codes(&criteria(format!("include x: {}{HB}", "known ".repeat(100_000)))), ["S006"]);
    assert_eq!(codes(&criteria(format!("include x: {}{HB}", "not ".repeat(390)))), [""; 0]);
    assert_eq!(errors(&criteria(format!("include x: {}{HB}", "not ".repeat(401)))), [format!("S006 {}:12", ABOVE + 2)]);
    assert_eq!(codes(&criteria(format!("include x: {}{HB}", "hemoglobin + ".repeat(100_000)))), ["S006"]);
    assert_eq!(codes(&criteria(format!("include x: {}{HB}", "hemoglobin + ".repeat(300)))), [""; 0]);
    assert_eq!(codes(&criteria(format!("include x: {}1 > 2", "2 ^ ".repeat(50_000)))), ["S006"]);
    assert_eq!(codes(&criteria(format!("include x: {}{HB}", format!("{HB} and ").repeat(20_000)))), [""; 0]);
    let choice = |rows: usize| format!("define d = {}2\n", format!("if {HB} then 1 else ").repeat(rows));
    assert_eq!(codes(&under_head(choice(10_000))), [""; 0]);
    assert_eq!(codes(&under_head(choice(10_000).replace("else 2", "else"))).len(), 1);
}

#[test]
fn a_number_may_begin_what_follows_a_time() {
    for text in [
        "hemoglobin < 90 g/L within 1 days or 0 < 1",
        "hemoglobin < 90 g/L within 1 days or 100 g/L > hemoglobin",
        "hemoglobin < 90 g/L within 1 days or 2 days or 2 * hemoglobin > 100 g/L",
    ] {
        let found = codes(&under_head(format!("define d = {text}\n")));
        assert!(found.iter().all(|code| !code.starts_with('S')), "{text}: {found:?}");
    }
}

#[test]
fn definitions_rest_on_each_other_400_deep_and_no_deeper() {
    let upwards =
        |count: usize| format!("define d0 = {HB}\n{}", many(count, |i| format!("define d{} = not d{i}\n", i + 1)));
    let downwards = |count: usize| {
        format!("{}define d{count} = {HB}\n", many(count, |i| format!("define d{i} = not d{}\n", i + 1)))
    };
    // Each is worked out before the next one needs it.
    assert_eq!(codes(&under_head(upwards(20_000))), [""; 0]);
    assert_eq!(codes(&under_head(downwards(150))), [""; 0]);
    assert_eq!(codes(&under_head(downwards(20_000))), ["S006"]);
    let circle = many(10_000, |i| format!("define d{i} = not d{}\n", (i + 1) % 10_000));
    assert_eq!(codes(&under_head(circle)), ["S006"]);
    assert_eq!(codes(&under_head("define aa = not bb\ndefine bb = not aa\n")), ["N006"]);
    let sets = format!("set s0 {{ {HB} }}\n{}", many(5_000, |i| format!("set s{} {{ any of s{i} }}\n", i + 1)));
    assert_eq!(codes(&under_head(sets)), [""; 0]);
    let sets = format!("{}set s5000 {{ {HB} }}\n", many(5_000, |i| format!("set s{i} {{ any of s{} }}\n", i + 1)));
    assert_eq!(codes(&under_head(sets)), ["S006"]);
}

#[test]
fn definitions_that_double_stay_small() {
    let text = format!(
        "define d0 = {HB}\ndefine v0 = hemoglobin\n{}eligibility at screening {{ include x: d100 include y: v100 > 3 g/L }}",
        many(100, |i| format!("define d{} = d{i} and not d{i}\ndefine v{} = v{i} + v{i}\n", i + 1, i + 1))
    );
    assert_eq!(codes(&under_head(text)), [""; 0]);
    let formulas = many(100, |i| format!("lab l{i} \"l\" {{ unit g/L derived l{} + l{} }}\n", i + 1, i + 1));
    assert_eq!(
        codes(&under_head(format!("{formulas}lab l100 \"l\" {{ unit g/L }}\ndefine d = l0 > 1 g/L\n"))),
        [""; 0]
    );
}

#[test]
fn a_circle_is_one_message() {
    for (text, found) in [
        ("define x = not x", "N006 1:16"),
        ("define x = hemoglobin + x", "N006 1:25"),
        ("define x = not y\ndefine y = x", "N006 2:12"),
        ("define x = not y\ndefine y = x\neligibility at screening { exclude q: x or y }", "N006 2:12"),
        ("set x { any of x }", "N006 1:16"),
        ("set x { any of y }\nset y { any of x }", "N006 2:16"),
        ("define x = any of y\nset y { x, hemoglobin > 100 g/L }", "N006 2:9"),
        ("condition x \"x\" { is x }", "N006 1:22"),
        ("condition x \"x\" { is y }\ncondition y \"y\" { is x }", "N006 1:22"),
        ("condition x \"x\" { is y }\ncondition y \"y\" { is x }\ndefine d = had x or had y", "N006 1:22"),
        ("condition w \"w\" { is x }\ncondition x \"x\" { is y }\ncondition y \"y\" { is x }", "N006 2:22"),
        ("drug x \"x\" { is y }\ndrug y \"y\" { is x }", "N006 1:17"),
        ("lab x \"x\" { unit g/L derived x + 1 g/L }", "N006 1:5"),
        ("lab x \"x\" { unit g/L derived 2 * y }\nlab y \"y\" { unit g/L derived 3 * x }", "N006 1:5"),
        ("lab x \"x\" { unit g/L derived 2 * y }\ndefine y = if x > 1 g/L then 1 g/L else 2 g/L", "N006 1:5"),
        ("lab x \"x\" { unit g/L derived sum of y }\nset y { hemoglobin, x }", "N006 1:5"),
        ("regimen x { give x }", "N006 1:9"),
        ("regimen x { give y }\nregimen y { cycle 7 days { give x } }", "N006 1:9"),
        ("regimen w { give x }\nregimen x { give y }\nregimen y { give x }", "N006 2:9"),
        ("visit x: 1 day after x", "P008 1:7"),
        ("visit x: 1 day after y\nvisit y: 1 day after x", "P008 1:7"),
        ("visit x: from 1 day after y to 2 days after y\nvisit y: 1 day after x", "P008 1:7"),
        ("visit w: 1 day after x\nvisit x: 1 day after y\nvisit y: 1 day after x", "P008 2:7"),
        ("visit x: every 1 week from day 1 to day 30\nvisit y: 1 day after x\nvisit z: 1 day after y", "P008 2:7"),
    ] {
        let (code, place) = found.split_once(' ').unwrap();
        let (line, column) = place.split_once(':').unwrap();
        let line: usize = line.parse().unwrap();
        assert_eq!(errors(&under_head(format!("{text}\n"))), [format!("{code} {}:{column}", ABOVE + line)], "{text}");
    }
}

#[test]
fn classes_of_classes() {
    let upwards = |count: usize| {
        format!("condition c0 \"c\" {{ }}\n{}", many(count, |i| format!("condition c{} \"c\" {{ is c{i} }}\n", i + 1)))
    };
    let downwards = |count: usize| {
        format!(
            "{}condition c{count} \"c\" {{ }}\n",
            many(count, |i| format!("condition c{i} \"c\" {{ is c{} }}\n", i + 1))
        )
    };
    let used = "eligibility at screening { exclude x: had c0 }";
    assert_eq!(codes(&under_head(upwards(10_000) + used)), [""; 0]);
    assert_eq!(codes(&under_head(downwards(350) + used)), [""; 0]);
    assert_eq!(codes(&under_head(downwards(10_000) + used)), ["S006"]);
    let circle = many(10_000, |i| format!("condition c{i} \"c\" {{ is c{} }}\n", (i + 1) % 10_000));
    assert_eq!(codes(&under_head(circle)), ["S006"]);
    let circle = many(100, |i| format!("condition c{i} \"c\" {{ is c{} }}\n", (i + 1) % 100));
    assert_eq!(errors(&under_head(circle)), [format!("N006 {}:23", ABOVE + 1)]);
}

#[test]
fn regimens_in_regimens() {
    let chain = |count: usize| {
        format!(
            "{}regimen r{count} {{ give prednisone 5 mg oral daily }}\n",
            many(count, |i| format!("regimen r{i} {{ give r{} }}\n", i + 1))
        )
    };
    assert_eq!(codes(&under_head(chain(60))), [""; 0]);
    assert_eq!(codes(&under_head(chain(10_000))), ["S006"]);
    assert_eq!(errors(&under_head("regimen r { give r }\n")), [format!("N006 {}:9", ABOVE + 1)]);
    let circle = many(10_000, |i| format!("regimen r{i} {{ give r{} }}\n", (i + 1) % 10_000));
    assert_eq!(errors(&under_head(circle)), [format!("N006 {}:9", ABOVE + 1)]);
    // Two to the fortieth doses, in arms that are masked.
    let double = many(40, |i| format!("regimen r{i} {{ give r{} give r{} }}\n", i + 1, i + 1));
    let text = under_head(format!("{double}regimen r40 {{ give prednisone 5 mg oral daily }}\n"));
    let text = text
        .replace("masking none", "masking double")
        .replace("{ give prednisone 5 mg oral daily }\narm", "{ give r0 }\narm");
    assert_eq!(codes(&text), [""; 0]);
}

#[test]
fn visits_after_visits() {
    let upwards = format!("visit v0: day 1\n{}", many(10_000, |i| format!("visit v{}: 1 day after v{i}\n", i + 1)));
    assert_eq!(codes(&under_head(upwards)), [""; 0]);
    let downwards =
        format!("{}visit v10000: day 1\n", many(10_000, |i| format!("visit v{i}: 1 day after v{}\n", i + 1)));
    assert_eq!(codes(&under_head(downwards)), [""; 0]);
    let circle = many(10_000, |i| format!("visit v{i}: 1 day after v{}\n", (i + 1) % 10_000));
    assert_eq!(errors(&under_head(circle)), [format!("P008 {}:7", ABOVE + 1)]);
    let often =
        "visit v: every 1 min from day 1 to day 364\ncollect hemoglobin at v\noutcome primary o at v: hemoglobin\n";
    let _ = codes(&under_head(often));
}

// ---- length ------------------------------------------------------------------------------------------------------------

#[test]
fn long_lists_and_texts() {
    let entries = many(100_000, |i| format!("hemoglobin > {} g/L, ", 50 + i % 100));
    assert_eq!(codes(&criteria(format!("include x: any of {{ {entries} }}"))), [""; 0]);
    let text = format!("define d \"{}\" = {HB}", "prose ".repeat(10 * 1024 * 1024 / 6));
    assert_eq!(codes(&under_head(text)), [""; 0]);
    assert_eq!(
        errors(&under_head(format!("define d \"{}", "prose ".repeat(1 << 18)))),
        [format!("S003 {}:10", ABOVE + 1)]
    );
    let names = many(10_000, |i| format!("use labs {{ x{i} }}\n"));
    assert_eq!(codes(&names), ["N003"]);
    assert_eq!(errors(&"use labs { hemoglobin }\n".repeat(10_000))[0], "N002 2:12");
    let name = "a".repeat(100_000);
    assert_eq!(codes(&under_head(format!("define {name} = {name}b"))), ["N001"]);
    assert_eq!(codes(&under_head(format!("define d = hemoglobin > {} g/L", "1".repeat(100_000)))), ["S008"]);
    for unit in [
        "g.".repeat(50_000) + "g",
        "g".repeat(50_000),
        format!("m{}", "9".repeat(50_000)),
        format!("g/{}", "(".repeat(20)),
    ] {
        assert!(!errors(&under_head(format!("define d = hemoglobin > 1 {unit}"))).is_empty());
    }
    assert_eq!(codes(&under_head("// a comment\n".repeat(50_000))), [""; 0]);
    assert_eq!(codes(&under_head(format!("// {}", "a".repeat(1 << 20)))), [""; 0]);
    assert_eq!(codes(&" ".repeat(1 << 20)), [""; 0]);
}

#[test]
fn a_thousand_errors_are_a_thousand_messages() {
    let text = criteria(many(1_000, |i| format!("include x{i}: hemoglobin >\n")));
    let found = errors_of(&text);
    assert_eq!(found, 1_000);
    let text = criteria(many(1_000, |i| format!("include x{i}: hemoglobin{i}q > 1 g/L\n")));
    assert_eq!(errors_of(&text), 1_000);
    let on_one_line = under_head(many(1_000, |i| format!("define d{i} = unknown{i} > 1 g/L ")));
    assert_eq!(errors_of(&on_one_line), 1_000);
}

fn errors_of(text: &str) -> usize {
    let input = Input { path: "main.trial".into(), text: Some(Arc::from(text)) };
    let (_, found) = check(&NoFiles, &mut Sources::new(), input);
    found.iter().filter(|found| found.severity() == Severity::Error).count()
}

// ---- bytes -------------------------------------------------------------------------------------------------------------

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(errors("define a\0 = b"), ["S007 1:9"]);
    assert_eq!(errors("// \u{1b}[2J"), ["S007 1:4"]);
    let world = Files::default().with("main.trial", b"define \xFF = b".as_slice());
    let input = Input { path: "main.trial".into(), text: None };
    let mut sources = Sources::new();
    let (checked, found) = check(&world, &mut sources, input);
    assert!(checked.is_none());
    let first = found.iter().next().unwrap();
    assert_eq!((first.code.id, sources.line_column(first.primary.span.start).column), ("S007", 8));
    for text in ["\u{FEFF}", "\u{FEFF}\u{FEFF}trial", "é", "define é = 1", "“", "\r", "\u{2028}", "\u{85}", "a\u{301}"]
    {
        let _ = errors(text);
    }
}

#[test]
fn a_bracket_missing_before_a_wide_character() {
    let mut sources = Sources::new();
    let input =
        Input { path: "main.trial".into(), text: Some(Arc::from("define d = any of {\n  age > 3 years,\n“é”\n")) };
    let (_, found) = check(&NoFiles, &mut sources, input);
    let place = found.iter().find(|found| found.code.id == "S002").unwrap().primary.span;
    assert_eq!(sources.text(place), "“");
}

#[test]
fn files_of_data_are_refused() {
    let world = Files::default().with("data.trial", vec![b'a'; SIZE_LIMIT + 1]);
    assert_eq!(errors_in(&world, "use \"data.trial\" { x }"), ["F002 1:5"]);
    assert_eq!(codes(&"a".repeat(SIZE_LIMIT + 1)), ["F002"]);
    assert_eq!(errors_in(&world, "use \"gone.trial\" { x }"), ["F001 1:5"]);
}

// ---- libraries -----------------------------------------------------------------------------------------------------------

#[test]
fn libraries_in_circles() {
    let itself = Files::default().with("main.trial", "");
    assert_eq!(errors_in(&itself, "use \"main.trial\" { a }\ndefine b = a"), ["F003 1:5"]);
    assert_eq!(errors_in(&itself, "use \"x/.././main.trial\" { a }"), ["F003 1:5"]);
    let alone = Files::default().with("a.trial", "use \"a.trial\" { y }\ndefine x = judged \"x\"");
    assert_eq!(errors_in(&alone, "use \"a.trial\" { x }"), ["F003 1:5"]);
    let two = Files::default()
        .with("a.trial", "use \"b.trial\" { y }\ndefine x = judged \"x\"")
        .with("b.trial", "use \"a.trial\" { x }\ndefine y = judged \"y\"");
    assert_eq!(errors_in(&two, "use \"a.trial\" { x }"), ["F003 1:5"]);
}

#[test]
fn libraries_in_chains() {
    let chain = |count: usize| {
        let file = |i: usize| format!("use \"l{}.trial\" {{ x }}\ndefine y{i} = not x", i + 1);
        let files = (0..count).fold(Files::default(), |files, i| files.with(format!("l{i}.trial"), file(i)));
        files.with(format!("l{count}.trial"), "define x = judged \"x\"")
    };
    let main = "use \"l0.trial\" { x, y0 }\ndefine z = x and y0";
    assert_eq!(errors_in(&chain(200), main), [""; 0]);
    assert_eq!(errors_in(&chain(300), main), ["F003 1:5"]);
    let many_uses = many(5_000, |i| format!("use \"l0.trial\" {{ q{i} }}\n"));
    assert_eq!(errors_in(&chain(3), &many_uses)[0], "N003 1:18");
    // Imports that lead nowhere but to each other.
    let hollow = Files::default().with("a.trial", "use \"b.trial\" { x }").with("b.trial", "use \"a.trial\" { x }");
    assert_eq!(errors_in(&hollow, "use \"a.trial\" { x }\ndefine y = x").len(), 1);
}

// ---- the program ---------------------------------------------------------------------------------------------------------

fn trialc(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trialc")).current_dir(folder).args(args).output().unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = write!(said, "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), said)
}

#[test]
fn the_program_ends_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let write = |name: &str, bytes: &[u8]| std::fs::write(path.join(name), bytes).unwrap();
    write("deep.trial", criteria(format!("include x: {}{HB}", "not ".repeat(200_000))).as_bytes());
    write("nul.trial", b"define a\0 = b");
    write("bytes.trial", b"define \xFF = b");
    write("data.trial", &vec![b'a'; SIZE_LIMIT + 1]);
    write("good.trial", criteria(format!("include x: {HB}")).as_bytes());
    write("device.trial", b"use \"/dev/zero\" { x }");
    write("deep.json", format!("{{\"format\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
    for (args, status, says) in [
        (["check", "deep.trial"].as_slice(), 1, "S006"),
        (&["fmt", "--check", "deep.trial"], 1, "deep.trial"),
        (&["check", "nul.trial"], 1, "S007"),
        (&["check", "bytes.trial"], 1, "S007"),
        (&["check", "data.trial"], 1, "F002"),
        (&["compile", "deep.json"], 1, "nested more than 4096 deep"),
        (&["check", "."], 1, "errors"),
    ] {
        let (code, said) = trialc(path, args);
        assert!(code == status && said.contains(says), "{args:?} gives {code}\n{}", said.get(..2_000).unwrap_or(&said));
    }
    if Path::new("/dev/zero").exists() {
        let (code, said) = trialc(path, &["check", "device.trial"]);
        assert!(code == 1 && said.contains("F002"), "{said}");
    }
    if Path::new("/dev/full").exists() {
        let (code, said) = trialc(path, &["compile", "good.trial", "-o", "/dev/full"]);
        assert!(code == 1 && said.contains("the disk is full"), "{said}");
    }
}
