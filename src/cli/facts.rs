//! `trialc facts`: writes patients as the tables that the SQL of a protocol asks.

mod csv;
mod parquet;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::report::{Messages, plural};
use super::screen::output::{Whole, cannot, stop};
use super::screen::patients::PatientArgs;
use super::terminal::Terminal;
use crate::emit::sql::{self, Row, TABLES, Table};
use crate::evaluate::screen;
use crate::explain::standing_code;
use crate::patients::Item;
use crate::plan;
use crate::record::Record;

/// Write patients as the tables that the SQL of a protocol asks.
///
/// The tables hold what the protocol speaks of, in its names and units: `trialc compile --to sql --ddl` describes them. What
/// could not be read is said and counted; the other facts are written.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The protocol: a `.trial` file, or JSON that was made of one.
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    #[command(flatten)]
    patients: PatientArgs,

    /// The folder for the tables, a file each; all of them are written, or none.
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,

    /// The form of the files.
    #[arg(long = "as", value_name = "FORM", value_enum, default_value = "csv")]
    form: Form,

    /// Write the state of this criterion, as `trialc screen` decides it, into the table `given`.
    #[arg(long, value_name = "CRITERION")]
    given: Vec<String>,

    #[command(flatten)]
    messages: Messages,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Csv,
    Parquet,
}

const EXAMPLES: &str = "\
Examples:
  trialc facts protocol.trial patients.ndjson -o tables
  trialc facts protocol.trial bundles/ -o tables --as parquet
  trialc facts protocol.trial patients.csv --mapping site.toml -o tables --given high_dose

Exit status:
  0  every record and fact was read
  1  the protocol has errors, some record or fact could not be read, or a table cannot be written
  2  a wrong call, or a file that is not there or cannot be read
  130  stopped by Ctrl-C or told to end: nothing was written";

/// Complaints about single records that are shown; the others are counted.
const SHOWN: usize = 20;

/// One file on its way.
trait Sink {
    fn row(&mut self, row: &Row) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(trial) = super::compile::load(&args.protocol, &args.messages, terminal)? else {
        return Ok(Exit::Problems);
    };
    let plan = plan::lower::lower(&trial);
    for name in &args.given {
        if !plan.rules.iter().any(|rule| rule.name.as_str() == name) {
            return Err(Failure::misuse(format!("--given {name}: the protocol has no such criterion")));
        }
    }
    // Before anything is written: a file of patients that is not there leaves no folder behind.
    let reader = args.patients.reader(&trial)?;
    let patients = args.patients.open(&trial)?;
    // A handler can be set once a process; where it cannot, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(|| stop());
    let mut tables = Tables::new(&args.output, args.form)?;
    let mut count = Count::default();
    for item in patients {
        match item {
            Item::Rejected(rejection) => count.complain(terminal, &rejection.to_string()),
            Item::Chart(chart) => {
                let record = reader.record(&chart);
                for refusal in &record.refused {
                    count.complain(terminal, &format!("patient {}, {}: {}", record.id, refusal.field, refusal.why));
                }
                count.patients += 1;
                for row in sql::rows(&plan, &reader, &record).iter().chain(&given(args, &reader, &record)) {
                    count.rows += 1;
                    tables.row(row)?;
                }
            }
        }
    }
    tables.finish()?;
    let unread = if count.unread == 0 { String::new() } else { format!("; {} could not be read", count.unread) };
    terminal.remark(&format!("{}, {}{unread}", plural(count.patients, "patient"), plural(count.rows, "row")));
    Ok(if count.unread == 0 { Exit::Clean } else { Exit::Problems })
}

#[derive(Default)]
struct Count {
    patients: usize,
    rows: usize,
    unread: usize,
}

impl Count {
    fn complain(&mut self, terminal: &Terminal, text: &str) {
        self.unread += 1;
        if self.unread <= SHOWN {
            terminal.complain(text);
        }
    }
}

/// The states that are asked for.
fn given(args: &Args, reader: &crate::record::Reader<'_>, record: &Record) -> Vec<Row> {
    if args.given.is_empty() {
        return Vec::new();
    }
    let report = screen(reader, record);
    let wanted = report.rulings.iter().filter(|ruling| args.given.iter().any(|name| name == ruling.name.as_str()));
    wanted.map(|ruling| sql::given(&record.id, ruling.name.as_str(), standing_code(ruling.standing))).collect()
}

/// All tables on their way.
struct Tables {
    files: Vec<(PathBuf, Whole, Box<dyn Sink>)>,
    /// The folder, where it was made for them: nothing of it stays if they do not become whole.
    made: Option<PathBuf>,
}

impl Tables {
    fn new(folder: &Path, form: Form) -> Result<Self, Failure> {
        let is_new = !folder.exists();
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        let mut tables = Self { files: Vec::new(), made: is_new.then(|| folder.to_owned()) };
        for table in TABLES {
            let ending = match form {
                Form::Csv => "csv",
                Form::Parquet => "parquet",
            };
            let path = folder.join(format!("{}.{ending}", table.name));
            let file = Whole::new(&path)?;
            let sink = sink(table, form, &file).map_err(|error| cannot(&path, &error))?;
            tables.files.push((path, file, sink));
        }
        Ok(tables)
    }

    fn row(&mut self, row: &Row) -> Result<(), Failure> {
        match self.files.get_mut(row.table) {
            Some((path, _, sink)) => sink.row(row).map_err(|error| cannot(path, &error)),
            None => Ok(()),
        }
    }

    /// Puts all of them in their places when all are whole.
    fn finish(mut self) -> Result<(), Failure> {
        let mut whole = Vec::new();
        for (path, file, sink) in self.files.drain(..) {
            sink.finish().map_err(|error| cannot(&path, &error))?;
            whole.push(file);
        }
        whole.iter().try_for_each(Whole::settle)?;
        whole.into_iter().try_for_each(Whole::finish)?;
        self.made = None;
        Ok(())
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        self.files.clear();
        if let Some(folder) = &self.made {
            // It is left where something else has been put into it.
            let _ = fs::remove_dir(folder);
        }
    }
}

fn sink(table: &'static Table, form: Form, file: &Whole) -> io::Result<Box<dyn Sink>> {
    let out = file.writer().map_err(|_| io::Error::other("it cannot be opened"))?;
    Ok(match form {
        Form::Csv => Box::new(csv::Csv::new(out, table)?),
        Form::Parquet => Box::new(parquet::Parquet::new(out, table)?),
    })
}
