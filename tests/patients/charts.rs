//! Our own JSON, in the shapes it comes in and broken in all the usual ways.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use trialc::chart::lent::Lent;
use trialc::chart::{Chart, Digits, Of};
use trialc::patients::{Item, LONGEST, Options, Place, open};
use trialc::world::{Archive, Opened};

use crate::Desk;

const A: &str = r#"{"id":"a","sex":"female","observations":[{"of":"hemoglobin","value":10.50,"unit":"g/dL"}]}"#;

#[test]
fn a_chart_a_line() {
    let read = Desk::new().file("p.ndjson", format!("{A}\n\n{{\"id\":\"b\"}}\r\n{{\"id\":\"c\"}}")).read();
    assert_eq!(read.ids(), ["a", "b", "c"], "{:?}", read.said());
    assert_eq!(read.charts[0].observations[0].value, Digits::from("10.50"));
}

#[test]
fn one_chart_over_many_lines() {
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(A).unwrap()).unwrap();
    assert_eq!(Desk::new().file("p.json", &pretty).read().ids(), ["a"]);
    let two = format!("{pretty}\n{}", pretty.replace("\"a\"", "\"b\""));
    assert_eq!(Desk::new().file("p.json", two).read().ids(), ["a", "b"]);
}

#[test]
fn an_array() {
    assert_eq!(Desk::new().file("p.json", format!("[{A},{{\"id\":\"b\"}}]")).read().ids(), ["a", "b"]);
    let lines = format!("\u{feff}[\n  {A},\n  {{\"id\": 1}},\n  {{\"id\":\"c\"}}\n]\n");
    let read = Desk::new().file("p.json", lines).read();
    assert_eq!(read.ids(), ["a", "c"]);
    assert_eq!(read.rejections[0].place, Place::Entry(2));
    assert_eq!(read.rejections[0].field.as_deref(), Some("id"));
    assert!(Desk::new().file("p.json", "[]").read().said().is_empty());
}

#[test]
fn compressed() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(A.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    assert_eq!(Desk::new().file("p.ndjson.gz", &gz).read().ids(), ["a"]);
    let zst = zstd::encode_all(A.as_bytes(), 1).unwrap();
    assert_eq!(Desk::new().file("p.json.zst", &zst).read().ids(), ["a"]);
    // Cut in the middle.
    let read = Desk::new().file("p.json.gz", &gz[..gz.len() - 12]).read();
    assert_eq!((read.charts.len(), read.rejections.len()), (0, 1), "{:?}", read.said());
}

/// Lines are cut out by the block, and read by the block: the place of each is that in the file all the same.
#[test]
fn more_lines_than_are_cut_out_together() {
    const MANY: u64 = 5_000;
    let (mut text, mut good, mut bad) = (String::from("\u{feff}"), Vec::new(), Vec::new());
    for line in 1..=MANY {
        match line % 50 {
            7 => text.push_str("  \t"),
            // Every 50th is broken, and every 50th has been there before.
            13 => {
                bad.push(Place::Line(line));
                text.push_str(r#"{"id":"cut"#);
            }
            31 => {
                bad.push(Place::Line(line));
                let again = format!(r#"{{"id":"p{}"}}"#, line - 1);
                text.push_str(&again);
            }
            _ => {
                good.push(format!("p{line}"));
                let name = format!("p{line}");
                text.push_str("  ");
                text.push_str(&A.replace("\"a\"", &format!("\"{name}\"")));
            }
        }
        text.push_str(if line % 3 == 0 { "\r\n" } else { "\n" });
    }
    // One line is longer than a block, and the last one has no end.
    let long = format!(
        "{{\"id\":\"long\",\"observations\":[{{\"of\":\"hemoglobin\",\"value\":\"{}\"}}]}}",
        "1".repeat(600_000)
    );
    text.extend([long.as_str(), "\n", A]);
    good.extend(["long".to_owned(), "a".to_owned()]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    for desk in [Desk::new().file("p.ndjson", &text), Desk::new().file("p.jsonl.gz", gz.finish().unwrap())] {
        let read = desk.read();
        assert_eq!(read.ids(), good);
        assert_eq!(read.rejections.iter().map(|rejection| rejection.place).collect::<Vec<_>>(), bad);
        assert!(read.said()[1].contains("there has been a patient `p30` before"), "{}", read.said()[1]);
    }
}

/// What comes from elsewhere may end in the middle of a line, or between two.
#[test]
fn a_stream_that_breaks_off() {
    struct Broken(&'static str);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.as_bytes().read(buffer)? {
                0 => Err(io::Error::other("the line is dead")),
                read => {
                    self.0 = &self.0[read..];
                    Ok(read)
                }
            }
        }
    }
    impl Archive for Broken {
        fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
            Ok(vec![path.to_owned()])
        }

        fn open(&self, _: &Path) -> io::Result<Opened> {
            let long = self.0.repeat(2_000);
            Ok(Opened::Stream(Box::new(Broken(Box::leak(format!("{long}{}", self.0.trim_end()).into_boxed_str())))))
        }
    }
    let desk = Desk::new();
    let read = |text: &'static str| -> (usize, Vec<String>) {
        let archive = Broken(text);
        let patients = open(&archive, &desk.trial, &[PathBuf::from("p.ndjson")], Options::default()).unwrap();
        let said = patients.filter_map(|item| match item {
            Item::Chart(_) => None,
            Item::Rejected(rejection) => Some(rejection.to_string()),
        });
        let said: Vec<String> = said.collect();
        (said.len(), said.into_iter().filter(|text| !text.contains("there has been")).collect())
    };
    let (_, said) = read("{\"id\":\"averylongnameofsomepatient\"}\n");
    assert_eq!(
        said,
        ["p.ndjson, line 2001, patient averylongnameofsomepatient: it cannot be read to its end: the line is dead"]
    );
    let (_, said) = read("{\"id\":\"averylongnameofsomepatient\"}\n\n{\"id\":\"b\"}\n \n");
    assert_eq!(said, ["p.ndjson, line 8003, patient b: it cannot be read to its end: the line is dead"]);
}

/// A chart that stays in its line says what the whole chart says, and nothing is read so that could not be read whole.
#[test]
fn what_is_lent_is_what_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed_patients");
    let mut lines: Vec<String> = vec![
        r#"{"id":"a","anchors":{"b":"2026","a":"2025","b":"2024"},"judged":{"y":true,"x":false,"y":false}}"#.into(),
        r#"{"id":"a","observations":[["CK",1.50,"<","U/L",null,"3e2","2026-01-01","lab"]],"complete":[[["results"],null]]}"#.into(),
        r#"{"id":"a","conditions":[{"of":[{"system":"icd10","code":"M33"},["snomed","1"]],"ongoing":"2026-01","grade":3}]}"#.into(),
        r#"{"id":"a","medications":[{"of":"x","dose":{"value":0.10,"unit":"mg"},"frequency":{"times_daily":2},"route":"oral"}]}"#.into(),
        r#"{"id":"a","medications":[{"of":"x","frequency":"as_needed","absent":true,"source":"M\u00fcller","ongoing":false}]}"#.into(),
        r#"["a",null,"2026",null,"il2",{},{},[],[],[],[],[],{},[]]"#.into(),
        r#"{"id":"a","sex":null,"observations":[{"of":"x","value":"","unit":null}]}"#.into(),
    ];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ndjson") {
            lines.extend(fs::read_to_string(path).unwrap().lines().map(str::to_owned));
        }
    }
    let (mut read, mut lent) = (0, 0);
    let mut same = |line: &str| {
        let whole = serde_json::from_str::<Chart>(line);
        read += usize::from(whole.is_ok());
        if let Ok(chart) = serde_json::from_str::<Lent<'_>>(line) {
            lent += 1;
            let whole = whole.unwrap_or_else(|error| panic!("{error}: {line}"));
            assert_eq!(chart, Lent::of(&whole), "{line}");
        }
    };
    lines.iter().for_each(|line| same(line));
    // Changed at every place in some way: other types, other names, other brackets.
    let others = [
        "null",
        "1",
        "-0.5e3",
        "true",
        "\"\"",
        "\"x\"",
        "\"\\u0041\"",
        "[]",
        "{}",
        "[\"x\"]",
        ",",
        ":",
        "}",
        "]",
        "\"id\":",
    ];
    for (number, line) in lines.iter().enumerate().filter(|(number, _)| *number < 7 || number % 20 == 0) {
        let cuts: Vec<usize> = line.char_indices().filter(|(_, c)| "{}[]:,\"".contains(*c)).map(|(at, _)| at).collect();
        for (step, cut) in cuts.windows(2).enumerate() {
            let other = others[(step + number) % others.len()];
            same(&format!("{}{other}{}", &line[..cut[0]], &line[cut[1]..]));
            same(&format!("{}{other}{}", &line[..=cut[0]], &line[cut[1]..]));
            same(&format!("{}{}", &line[..cut[0]], &line[cut[1]..]));
        }
    }
    println!("{lent} of {read} charts were lent");
    assert!(lent > 500 && lent * 10 > read * 9, "only {lent} of {read} charts were lent");
}

/// One record that is broken spoils no other.
#[test]
fn broken_records_are_rejected_where_they_stand() {
    let text = [
        r#"{"id":"ok1"}"#,
        r#"{"id":"cut","observations":[{"of":"hemo"#,
        r#"{"id":"unknown","birthday":"1990-01-01"}"#,
        r#"{"id":"deeper","observations":[{"of":"hemoglobin","value":1,"units":"g/L"}]}"#,
        r#"{"id":"null","observations":[{"of":"hemoglobin","value":null}]}"#,
        r#"{"id":""}"#,
        "nonsense",
        r#"{"id":"ok1","sex":"male"}"#,
        r#"{"id":"ok2"}{"id":"ok3"}"#,
        r#"{"id":"ok4"}"#,
    ];
    let read = Desk::new().file("p.ndjson", text.join("\n")).read();
    assert_eq!(read.ids(), ["ok1", "ok4"]);
    let places: Vec<Place> = read.rejections.iter().map(|rejection| rejection.place).collect();
    assert_eq!(places, (2..=9).map(Place::Line).collect::<Vec<_>>(), "{:#?}", read.said());
    let fields: Vec<Option<&str>> = read.rejections.iter().map(|rejection| rejection.field.as_deref()).collect();
    assert_eq!(fields[1], Some("birthday"));
    assert_eq!(fields[2], Some("observations[0].units"));
    assert_eq!(fields[3], Some("observations[0].value"));
    assert_eq!((fields[4], fields[6]), (Some("id"), Some("id")));
    assert_eq!(read.rejections[0].id.as_deref(), Some("cut"));
    assert!(read.said()[6].contains("there has been a patient `ok1`"), "{:?}", read.said());
    assert_eq!(read.rejections[5].text, "nonsense");
}

#[test]
fn a_file_that_is_cut() {
    let pretty = "{\n  \"id\": \"a\",\n  \"sex\": \"fem";
    let read = Desk::new().file("p.json", pretty).read();
    assert!(read.said()[0].starts_with("p.json, line 1, patient a: the file ends in the middle"), "{:?}", read.said());
    let read = Desk::new().file("p.json", format!("[{A},{{\"id\":")).read();
    assert_eq!((read.ids(), read.rejections.len()), (vec!["a"], 1));
    assert!(read.said()[0].contains("entry 2"), "{:?}", read.said());
}

#[test]
fn wrong_encodings() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(A.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(Desk::new().file("p.json", &utf16).read().said()[0].contains("UTF-16"));
    assert!(Desk::new().file("p.json", &utf16[2..]).read().said()[0].contains("UTF-16"));
    let latin = [br#"{"id":"M"#.as_slice(), &[0xfc], br#"ller"}"#, b"\n", A.as_bytes()].concat();
    let read = Desk::new().file("p.ndjson", latin).read();
    assert_eq!((read.ids(), read.rejections[0].place), (vec!["a"], Place::Line(1)));
    assert!(read.said()[0].contains("byte 9 of it is not UTF-8"), "{:?}", read.said());
    let nul = format!("{{\"id\":\"x\0y\"}}\n{A}");
    assert_eq!(Desk::new().file("p.ndjson", nul).read().ids(), ["a"]);
    assert_eq!(Desk::new().file("p.json", "").read().said(), ["p.json: it is empty"]);
}

/// Deep brackets, endless numbers and endless lines cost neither the stack nor the memory.
#[test]
fn hostile_sizes() {
    let deep = format!("{{\"id\":\"deep\",\"sex\":{}\n{A}", "[".repeat(1_000_000));
    assert_eq!(Desk::new().file("p.ndjson", deep).read().ids(), ["a"]);
    let digits = "9".repeat(2_000_000);
    let endless = format!("{{\"id\":\"n\",\"observations\":[{{\"of\":\"hemoglobin\",\"value\":{digits}}}]}}\n{A}");
    assert_eq!(Desk::new().file("p.ndjson", endless).read().ids(), ["n", "a"]);
    let mut long = vec![b'9'; LONGEST + 10];
    long.extend(format!("\n{A}").bytes());
    let read = Desk::new().file("p.ndjson", long).read();
    assert_eq!(read.ids(), ["a"]);
    assert!(read.said()[0].contains("longer than 64 MiB"), "{:?}", read.said());
    assert!(read.rejections[0].text.len() < 5000);
}

#[test]
fn a_file_that_is_not_there() {
    let desk = Desk::new();
    let error = trialc::patients::open(
        &trialc::world::FileSystem,
        &desk.trial,
        &[desk.folder.path().join("none.json")],
        desk.options.clone(),
    );
    assert_eq!(error.err().unwrap().why, "no such file or folder");
    assert_eq!(desk.refusal(), "there are no files in this folder");
}

#[test]
fn anchors_from_outside() {
    let table = "id,screening,consent\na,2026-03-01,\nb,2026-03-02,2026-03-01\n";
    let mut desk = Desk::new().file("p.ndjson", format!("{A}\n{{\"id\":\"b\"}}\n{{\"id\":\"c\"}}\n"));
    let mut anchors = trialc::patients::Anchors::default();
    anchors.set("screening=2026-05-05", &desk.trial).unwrap();
    anchors.read(table.as_bytes(), &desk.trial).unwrap();
    let wrong = anchors.set("screning=2026-05-05", &desk.trial).unwrap_err();
    assert!(wrong.0.contains("did you mean `screening`?"), "{wrong}");
    desk.options.anchors = anchors;
    let read = desk.read();
    let screening: Vec<&str> = read.charts.iter().map(|chart| chart.anchors["screening"].as_str()).collect();
    assert_eq!(screening, ["2026-03-01", "2026-03-02", "2026-05-05"]);
    let differing = "{\"id\":\"a\",\"anchors\":{\"screening\":\"2026-01-01\"}}";
    let read = desk.file("p.ndjson", differing).read();
    assert_eq!(read.rejections[0].field.as_deref(), Some("anchors.screening"));
}

#[test]
fn codes_by_the_mapping() {
    let chart = r#"{"id":"a","conditions":[
        {"of":[{"system":"snomed","code":"1"}]},{"of":[{"system":"snomed","code":"2"}]},{"of":"Sugar"}]}"#;
    let mapping = "[codes]\n\"snomed:1\" = \"diabetes\"\n\"snomed:2\" = \"none\"\n[names]\nsugar = \"diabetes\"\n";
    let chart = Desk::new().file("p.json", chart).mapping(mapping).read().chart();
    assert_eq!(chart.conditions.len(), 2);
    assert!(chart.conditions.iter().all(|condition| condition.of == Of::Name("diabetes".into())));
    let desk = Desk::new().file("p.json", A).mapping("[codes]\n\"snomed:1\" = \"diabetis\"\n");
    assert!(desk.refusal().contains("did you mean `diabetes`?"), "{}", desk.refusal());
}
