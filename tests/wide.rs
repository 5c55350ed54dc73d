//! Tables of a row a patient: many rows at a time give what one patient after the other gives, to the byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing"
)]

use std::convert::Infallible;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::column::page::Page;
use parquet::file::reader::{FileReader, SerializedFileReader};
use trialc::check::{Input, check};
use trialc::generate::{self, Generator, Layout};
use trialc::ir::Trial;
use trialc::lower::lower;
use trialc::patients::wide::Rows;
use trialc::patients::{Next, Options, Patients, Unread, open};
use trialc::record::{Reader, Site};
use trialc::screening::pool::{Ends, in_order};
use trialc::screening::table::{Piece, Read, Screened};
use trialc::screening::{Decider, Depth, Flow, Form, Lines, Manner, Origin, Rejects, Row, Sink, Tables, sink};
use trialc::source::Sources;
use trialc::world::FileSystem;

fn compiled(path: &Path) -> Trial {
    let text: Arc<str> = fs::read_to_string(path).unwrap().into();
    let (checked, _) = check(&FileSystem, &mut Sources::new(), Input { path: path.to_owned(), text: Some(text) });
    lower(checked.unwrap_or_else(|| panic!("{} has errors", path.display())))
}

fn protocols() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "trial")).collect();
    paths.sort();
    paths
}

enum Batch<'t> {
    Records(Vec<Unread<'t>>),
    Rows(Rows<'t>),
}

enum Done<'t> {
    Records(Vec<Read>),
    Rows(Vec<Screened<'t>>),
}

struct Run<'r, 't, 'w> {
    patients: Patients<'t>,
    decider: &'r Decider<'r, 't>,
    flow: Flow,
    sink: Box<dyn Sink + 'w>,
    rejects: Rejects<&'w mut Vec<u8>>,
    plain: u64,
}

impl Run<'_, '_, '_> {
    fn read(&mut self, Read { prepared, decided }: Read) {
        match (self.patients.admit(prepared), decided) {
            (Err(rejection), _) => {
                self.flow.rejected += 1;
                self.rejects.record(&rejection).unwrap();
            }
            (Ok(_), decided) => {
                let decided = decided.unwrap();
                self.rejects.facts(&decided).unwrap();
                self.flow.add(&decided);
                self.sink.row(&Row::new(self.decider, &decided)).unwrap();
            }
        }
    }
}

impl<'t> Ends for Run<'_, 't, '_> {
    type Batch = Batch<'t>;
    type Result = Done<'t>;
    type Error = Infallible;

    fn next(&mut self) -> Option<Batch<'t>> {
        Some(match self.patients.next_some()? {
            Next::Record(unread) => Batch::Records(vec![unread]),
            Next::Rows(rows) => Batch::Rows(rows),
        })
    }

    fn take(&mut self, done: Done<'t>) -> Result<(), Infallible> {
        match done {
            Done::Records(read) => read.into_iter().for_each(|one| self.read(one)),
            Done::Rows(all) => {
                for mut screened in all {
                    while let Some(piece) = screened.next_piece(&mut |mark| self.patients.is_new(mark)) {
                        match piece {
                            Piece::One(read) => self.read(read),
                            Piece::Plain(rows) => {
                                self.plain += rows.len() as u64;
                                self.flow.add_plain(&screened, rows.clone());
                                self.sink.plain(self.decider, &screened, rows).unwrap();
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// How a table is screened.
#[derive(Clone, Copy)]
struct Way {
    depth: Depth,
    manner: Manner,
    threads: usize,
    form: Form,
}

/// All that a run says, and how many patients were decided together.
struct Said {
    results: Vec<u8>,
    rejects: Vec<u8>,
    flow: String,
    plain: u64,
}

fn said(trial: &Trial, path: &Path, options: &Options, site: &Site, way: Way) -> Said {
    let reader = Reader::new(trial, site.clone());
    let decider = Decider::new(&reader, way.depth);
    let names: Vec<String> = decider.criteria().map(|(name, ..)| name.to_owned()).collect();
    let (mut results, mut rejects) = (Vec::new(), Vec::new());
    let patients = open(&FileSystem, trial, &[path.to_owned()], options.clone()).unwrap();
    let origin = Origin::of(trial).unwrap();
    let (flow, plain) = {
        let mut run = Run {
            patients,
            decider: &decider,
            flow: Flow::new(&decider),
            sink: sink(way.form, &mut results, origin, &names).unwrap(),
            rejects: Rejects::new(Some(&mut rejects)),
            plain: 0,
        };
        let lines = Lines::new(way.form, Origin::of(trial).unwrap(), &names);
        let tables = Tables::new(&decider, way.manner).written_as(lines);
        in_order(way.threads, &mut run, |batch: Batch<'_>| match batch {
            Batch::Records(records) => Done::Records(decider.read(records)),
            Batch::Rows(rows) => Done::Rows(tables.screen(&rows)),
        })
        .unwrap_or_else(|never| match never {});
        let Run { patients: _, decider: _, flow, sink, rejects: written, plain } = run;
        sink.finish().unwrap();
        written.finish().unwrap();
        (flow, plain)
    };
    Said { results, rejects, flow: flow.to_string(), plain }
}

/// Holds the batches to the way of one patient after the other, on one table; gives the share that was decided together.
fn hold(name: &str, trial: &Trial, path: &Path, (options, site): (&Options, &Site)) -> f64 {
    let base = Way { depth: Depth::States, manner: Manner::OneByOne, threads: 1, form: Form::Csv };
    let mut share = 0.0;
    for depth in [Depth::States, Depth::Missing, Depth::Questions] {
        let wanted = said(trial, path, options, site, Way { depth, ..base });
        assert_eq!(wanted.plain, 0);
        for threads in if depth == Depth::States { vec![1, 2, 7] } else { vec![2] } {
            let found = said(trial, path, options, site, Way { depth, manner: Manner::Batches, threads, ..base });
            same(name, &wanted, &found);
            if depth == Depth::States {
                #[allow(clippy::cast_precision_loss, reason = "a share")]
                let rows = wanted.results.split(|byte| *byte == b'\n').count() as f64 - 2.0;
                #[allow(clippy::cast_precision_loss, reason = "a share")]
                let plain = found.plain as f64;
                share = plain / rows.max(1.0);
            }
        }
    }
    for form in [Form::Ndjson, Form::Parquet] {
        let wanted = said(trial, path, options, site, Way { form, ..base });
        for threads in [1, 7] {
            let found = said(trial, path, options, site, Way { manner: Manner::Batches, threads, form, ..base });
            same(name, &wanted, &found);
        }
    }
    share
}

fn same(name: &str, wanted: &Said, found: &Said) {
    if wanted.results != found.results {
        let (wanted, found) = (String::from_utf8_lossy(&wanted.results), String::from_utf8_lossy(&found.results));
        let mut lines = wanted.lines().zip(found.lines()).filter(|(a, b)| a != b);
        let header = wanted.lines().next().unwrap_or_default();
        let (a, b) = lines.next().unwrap_or(("the lengths", "differ"));
        let count = 1 + lines.count();
        panic!("{name}: {count} lines differ\n{header}\n{a}\n{b}");
    }
    assert_eq!(String::from_utf8_lossy(&wanted.rejects), String::from_utf8_lossy(&found.rejects), "{name}: rejects");
    assert_eq!(wanted.flow, found.flow, "{name}: flow");
}

/// How many patients each table has; `WIDE_PATIENTS` asks for more.
fn patients() -> u64 {
    std::env::var("WIDE_PATIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

#[test]
fn batches_give_what_single_patients_give() {
    let folder = tempfile::tempdir().unwrap();
    let (options, site) = (Options::default(), Site::default());
    for protocol in protocols() {
        let trial = compiled(&protocol);
        let name = protocol.file_stem().unwrap().to_string_lossy().into_owned();
        for nasty in [0, 60] {
            let generator = Generator::new(&trial, generate::Options { seed: 5, nasty, facts: None });
            for (form, ending) in [(generate::Form::Csv, "csv"), (generate::Form::Parquet, "parquet")] {
                let path = folder.path().join(format!("{name}-{nasty}.{ending}"));
                generator.table((form, Layout::Wide), patients(), File::create(&path).unwrap(), |_| ()).unwrap();
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                let share = hold(&file, &trial, &path, (&options, &site));
                println!("{file}: {:.1} % together", share * 100.0);
                // Of the second a dose is asked of each row by itself.
                if ["basiliximab_cadm", "il2_iim"].contains(&name.as_str()) && nasty == 0 {
                    assert!(share > 0.9, "{file}: only {share} of the patients were decided together");
                }
            }
        }
    }
}

/// Criteria that a batch asks of one patient after the other find the results of a row, whatever the order of its columns.
#[test]
fn columns_may_stand_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let protocol = folder.path().join("order.trial");
    let text = "use labs { ALT, creatinine, hemoglobin, platelets }\nuse drugs { prednisone }\n\
        trial order \"Order\" { day_1 first_dose }\n\
        eligibility at screening {\n\
          include fresh \"Started\": started prednisone within 4 weeks or ALT <= 40 U/L\n\
          include kidney \"Creatinine\": creatinine <= 150 umol/L\n\
          exclude blood \"Blood\": any of { hemoglobin < 90 g/L, platelets < 75 10*9/L }\n\
        }\n";
    fs::write(&protocol, text).unwrap();
    let trial = compiled(&protocol);
    let (path, turned) = (folder.path().join("table.csv"), folder.path().join("turned.csv"));
    let generator = Generator::new(&trial, generate::Options { seed: 9, nasty: 0, facts: None });
    generator.table((generate::Form::Csv, Layout::Wide), 200, File::create(&path).unwrap(), |_| ()).unwrap();
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    // The last names first.
    let mut order: Vec<usize> = (0..rows[0].len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(rows[0][*at].to_owned()));
    let mut into = csv::Writer::from_path(&turned).unwrap();
    for row in &rows {
        into.write_record(order.iter().map(|at| &row[*at])).unwrap();
    }
    into.flush().unwrap();
    drop(into);
    let (options, site) = (Options::default(), Site::default());
    let way = |manner| Way { depth: Depth::States, manner, threads: 1, form: Form::Csv };
    let wanted = said(&trial, &turned, &options, &site, way(Manner::OneByOne));
    let found = said(&trial, &turned, &options, &site, way(Manner::Batches));
    same("order", &wanted, &found);
    assert!(found.plain > 100, "only {} of the patients were decided together", found.plain);
}

/// Which criteria a batch leaves to one patient after the other, of each protocol, and why.
#[test]
fn criteria_that_batches_decide() {
    let left = [
        (
            "abatacept_dm",
            10,
            vec![
                ("combination", "by the plan for one patient"),
                ("refractory", "by the plan for one patient"),
                ("low_steroid", "by the plan for one patient"),
            ],
        ),
        ("basiliximab_cadm", 14, vec![]),
        ("docetaxel_nsclc", 36, vec![("went_on", "by the plan for one patient")]),
        (
            "il2_dm",
            15,
            vec![("low_treatment", "by the plan for one patient"), ("iv_steroid", "by the plan for one patient")],
        ),
        ("il2_iim", 25, vec![("high_dose", "by the plan for one patient")]),
        (
            "tocilizumab_mda5",
            25,
            vec![
                ("steroid", "by the plan for one patient"),
                ("inhibitor", "by the plan for one patient"),
                ("rapid", "by the plan for one patient"),
                ("high_dose", "by the plan for one patient"),
            ],
        ),
    ];
    let found: Vec<String> = protocols().iter().map(|protocol| said_of(protocol)).collect();
    let wanted = left.iter().map(|(name, count, left)| {
        let left = left.iter().map(|(rule, why)| format!("{rule}: {why}"));
        format!("{name}, {} of {count}; {}", count - left.len(), left.collect::<Vec<String>>().join("; "))
    });
    assert_eq!(found, wanted.collect::<Vec<String>>());
}

/// How many criteria batches decide, and which they do not.
fn said_of(protocol: &Path) -> String {
    let plan = trialc::plan::lower::lower(&compiled(protocol));
    let program = trialc::plan::batch::Program::new(&plan);
    let left = plan.rules.iter().zip(&program.served).filter(|(_, served)| !**served).map(|(rule, _)| {
        let why = match &rule.way {
            trialc::plan::Way::Reference(why) => why.as_str(),
            trialc::plan::Way::Planned { .. } => "by the plan for one patient",
        };
        format!("{}: {why}", rule.name.as_str())
    });
    let left: Vec<String> = left.collect();
    let name = protocol.file_stem().unwrap().to_string_lossy().into_owned();
    let count = program.served.len();
    format!("{name}, {} of {count}; {}", count - left.len(), left.join("; "))
}

/// A file whose second part cannot be read: what comes before it is screened, whatever the number of threads.
#[test]
fn a_torn_file_ends_at_the_same_row() {
    let trial = compiled(&protocols().into_iter().find(|path| path.ends_with("basiliximab_cadm.trial")).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("torn.parquet");
    let generator = Generator::new(&trial, generate::Options { seed: 3, nasty: 0, facts: None });
    let form = (generate::Form::Parquet, Layout::Wide);
    generator.table(form, 36_000, File::create(&path).unwrap(), |_| ()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The end of the first column of the first group, and so its last page.
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let (from, length) = reader.metadata().row_group(0).column(0).byte_range();
    let pages: Vec<Page> =
        reader.get_row_group(0).unwrap().get_column_page_reader(0).unwrap().map(Result::unwrap).collect();
    let rows: Vec<usize> =
        pages.iter().filter(|page| page.is_data_page()).map(|page| page.num_values() as usize).collect();
    let whole: usize = rows[..rows.len() - 1].iter().sum();
    let end = usize::try_from(from + length).unwrap();
    bytes[end - 500..end].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let (options, site) = (Options::default(), Site::default());
    let way = |manner, threads| Way { depth: Depth::States, manner, threads, form: Form::Csv };
    let wanted = said(&trial, &path, &options, &site, way(Manner::Batches, 1));
    // Whole pieces of three times 1,024 rows, and no row behind the first that needs what is damaged in this page.
    let kept = wanted.results.split(|byte| *byte == b'\n').count() - 2;
    assert!(kept.is_multiple_of(3072) && (whole / 3072 * 3072..32_768).contains(&kept), "{whole} {}", wanted.flow);
    assert!(wanted.flow.contains("1    rejected"), "{}", wanted.flow);
    for threads in [2, 7] {
        same("torn", &wanted, &said(&trial, &path, &options, &site, way(Manner::Batches, threads)));
    }
    same("torn", &wanted, &said(&trial, &path, &options, &site, way(Manner::OneByOne, 2)));
}
