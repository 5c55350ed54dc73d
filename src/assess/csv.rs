//! Findings and figures as CSV.

use std::io::{self, Write};

use csv::Writer;

use super::row::{Row, event_line, line, test_line};
use super::summary::Figures;
use super::{Asked, rank_word};

const HEAD: [&str; 28] = [
    "participant",
    "arm",
    "outcome",
    "rank",
    "estimand",
    "in_population",
    "state",
    "value",
    "unit",
    "ending",
    "at",
    "visit",
    "planned",
    "window_from",
    "window_to",
    "date",
    "baseline",
    "baseline_date",
    "value_date",
    "change",
    "change_percent",
    "direction",
    "stands_in",
    "events",
    "missing",
    "tests",
    "values",
    "notes",
];

/// A row for each outcome of each participant.
pub struct Csv<W: Write> {
    out: Writer<W>,
}

impl<W: Write> Csv<W> {
    /// # Errors
    /// Where it cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let mut out = Writer::from_writer(out);
        out.write_record(HEAD)?;
        Ok(Self { out })
    }

    /// Rows that go on under a head that stands already.
    pub fn more(out: W) -> Self {
        Self { out: Writer::from_writer(out) }
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let own = row.own();
        let baseline = own.and_then(|own| own.baseline.as_ref());
        let change = own.and_then(|own| own.change.as_ref());
        let joined = |lines: Vec<String>| lines.join("; ");
        let dates = |dates: &[String]| dates.join(", ");
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let record: [String; 28] = [
            row.participant.to_owned(),
            row.arm.to_owned(),
            row.outcome.to_owned(),
            row.rank.to_owned(),
            text(row.estimand),
            row.in_population.to_owned(),
            row.state.to_owned(),
            row.value.clone(),
            row.unit.clone(),
            text(row.ending),
            row.at.to_owned(),
            text(row.visit),
            text(row.planned),
            text(row.window_from),
            text(row.window_to),
            text(row.date),
            baseline.map(|baseline| baseline.text.clone()).unwrap_or_default(),
            baseline.map(|baseline| dates(&baseline.dates)).unwrap_or_default(),
            own.map(|own| dates(&own.value.dates)).unwrap_or_default(),
            change.map(|change| change.absolute.clone()).unwrap_or_default(),
            change.and_then(|change| change.percent.clone()).unwrap_or_default(),
            change.and_then(|change| change.direction).map(|direction| direction.word().to_owned()).unwrap_or_default(),
            text(row.stands_in),
            joined(row.events.iter().map(event_line).collect()),
            row.missing.join("; "),
            joined(row.tests.iter().map(test_line).collect()),
            joined(row.values.iter().map(line).collect()),
            row.notes.join("; "),
        ];
        Ok(self.out.write_record(&record)?)
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

const SUMMARY: [&str; 34] = [
    "outcome",
    "rank",
    "estimand",
    "arm",
    "n",
    "known",
    "missing",
    "failed",
    "inexact",
    "stood_in",
    "population_unknown",
    "outside",
    "responders",
    "proportion",
    "low",
    "high",
    "level",
    "if_none_respond",
    "if_all_respond",
    "mean",
    "sd",
    "min",
    "q1",
    "median",
    "q3",
    "max",
    "events",
    "censored",
    "time_q1",
    "time_median",
    "time_q3",
    "category",
    "count",
    "unit",
];

/// Figures by arm: a row for each arm of each outcome, and of an outcome in words one for each word.
pub struct SummaryCsv<W: Write> {
    out: Writer<W>,
    level: f64,
}

impl<W: Write> SummaryCsv<W> {
    /// # Errors
    /// Where it cannot be written.
    pub fn new(out: W, level: f64) -> io::Result<Self> {
        let mut out = Writer::from_writer(out);
        out.write_record(SUMMARY)?;
        Ok(Self { out, level })
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn arm(&mut self, asked: &Asked<'_>, figures: &Figures, unit: &str) -> io::Result<()> {
        let words: Vec<(&str, String)> =
            figures.categories.iter().map(|(word, count)| (word.as_str(), count.to_string())).collect();
        let rows = if words.is_empty() { vec![("", String::new())] } else { words };
        for (word, count) in rows {
            let record = self.record(asked, figures, (word, count), unit);
            self.out.write_record(&record)?;
        }
        Ok(())
    }

    fn record(&self, asked: &Asked<'_>, figures: &Figures, (word, count): (&str, String), unit: &str) -> [String; 34] {
        let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let response = figures.response.as_ref();
        let numbers = figures.numbers.as_ref();
        let time = figures.time.as_ref();
        let whole = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        [
            asked.outcome.name.to_string(),
            rank_word(asked.outcome.rank).to_owned(),
            asked.estimand.map(|estimand| estimand.name.to_string()).unwrap_or_default(),
            figures.arm.clone(),
            figures.n.to_string(),
            figures.known.to_string(),
            figures.missing.to_string(),
            figures.failed.to_string(),
            figures.inexact.to_string(),
            figures.stood_in.to_string(),
            figures.population_unknown.to_string(),
            figures.outside.to_string(),
            whole(response.map(|response| response.responders)),
            number(response.and_then(|response| response.proportion)),
            number(response.and_then(|response| response.low)),
            number(response.and_then(|response| response.high)),
            number(response.map(|_| self.level)),
            number(response.and_then(|response| response.if_none)),
            number(response.and_then(|response| response.if_all)),
            number(numbers.map(|numbers| numbers.mean)),
            number(numbers.and_then(|numbers| numbers.sd)),
            number(numbers.map(|numbers| numbers.min)),
            number(numbers.map(|numbers| numbers.q1)),
            number(numbers.map(|numbers| numbers.median)),
            number(numbers.map(|numbers| numbers.q3)),
            number(numbers.map(|numbers| numbers.max)),
            whole(time.map(|time| time.events)),
            whole(time.map(|time| time.censored)),
            number(time.and_then(|time| time.q1)),
            number(time.and_then(|time| time.median)),
            number(time.and_then(|time| time.q3)),
            word.to_owned(),
            count,
            unit.to_owned(),
        ]
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
