//! A value against what it was before a period: by how much it rose or fell.

use super::compare::{Ends, Near, compare};
use super::text::number;
use super::time::span_of;
use super::truth::every;
use super::value::{Val, arithmetic};
use super::{KEY, Writer};
use crate::ir::Operator;
use crate::plan::{By, Change, Followed, NodeAt, Number, Toward};

impl Writer<'_> {
    pub(super) fn change(&mut self, node: NodeAt, change: &Change) -> String {
        let Followed::One(pair) = change.of else { return String::new() };
        let (now, before) = (self.value(pair.now), self.value(pair.before));
        let near = match (now.near(), before.near()) {
            (Near::Recorded, Near::Recorded) => Near::Recorded,
            (Near::WorkedOut, _) | (_, Near::WorkedOut) => Near::WorkedOut,
        };
        let (now, before) = (self.plain(&now), self.plain(&before));
        let (name, period) = (format!("change_{}", node.at()), self.string(&span_of(change.period)));
        let earlier = format!(
            "SELECT b.*, COALESCE(BOOL_AND(low > 0 OR low = 0 AND NOT low_in) OVER (PARTITION BY {KEY}), FALSE) AS positive\nFROM (\n  \
             SELECT b.patient, b.asked, b.case_no, b.unknown OR s.from_s IS NULL AS unknown, b.known, b.low, b.low_in, b.high, b.high_in,\n    \
             b.word\n  FROM (\n  {before}\n  ) b JOIN periods s ON s.patient = b.patient AND s.asked = b.asked AND s.case_no = b.case_no\n  \
             WHERE s.span = {period}\n) b"
        );
        self.name_once(format!("{name}_from"), "What a value was before.", earlier);
        let (bars, part) = match change.by {
            By::Amount(by) => {
                let by = if change.toward == Toward::Rise { by.value } else { -by.value };
                let put = |end: &str| format!("{end} + {}", number(by));
                (format!("{} AS low, low_in, {} AS high, high_in", put("low"), put("high")), None)
            }
            By::Part { more, less } => {
                let own = if change.toward == Toward::Rise { more } else { less };
                (scaled(own), Some(more.value - 1.0))
            }
        };
        let wanted = if part.is_some() { "WHERE positive" } else { "" };
        let bars = format!("SELECT {KEY}, unknown OR NOT known AS unknown, {bars}\n  FROM {name}_from {wanted}");
        let test = compare(change.of_now(), &Ends::of("v"), &Ends::of("w"), near);
        let mut rows = format!(
            "SELECT v.patient, v.asked, v.case_no, v.unknown OR NOT v.known OR w.unknown AS unknown,\n    {test} AS state\n  \
             FROM (\n  {now}\n  ) v JOIN (\n  {bars}\n  ) w ON w.patient = v.patient AND w.asked = v.asked AND w.case_no = v.case_no"
        );
        if let Some(part) = part {
            rows.push_str(&self.odd(&name, &now, (part, change)));
        }
        every(&rows)
    }

    /// The change as a part of what was before, where that was not above zero: of its distance to zero.
    fn odd(&mut self, name: &str, now: &str, (part, change): (f64, &Change)) -> String {
        let columns = "patient, asked, case_no, unknown, known, low, low_in, high, high_in, word";
        let double = self.dialect.double();
        let before = format!("SELECT {columns} FROM {name}_from WHERE NOT positive");
        let negative = "(high < 0 OR high = 0 AND NOT high_in)";
        let size = format!(
            "SELECT {KEY}, unknown, known, CASE WHEN {negative} THEN -high ELSE low END AS low,\n    \
             CASE WHEN {negative} THEN high_in ELSE low_in END AS low_in,\n    \
             CASE WHEN {negative} THEN -low ELSE high END AS high, CASE WHEN {negative} THEN low_in ELSE high_in END AS high_in, word\n  \
             FROM {name}_from WHERE NOT positive"
        );
        let difference = arithmetic::of_two(Operator::Minus, now, &before, double);
        self.name_once(format!("{name}_by"), "Differences from what was not above zero.", difference);
        let parts = arithmetic::of_two(Operator::Over, &format!("SELECT {columns} FROM {name}_by"), &size, double);
        self.name_once(format!("{name}_part"), "The same as parts of the distance to zero.", parts);
        let part = if change.toward == Toward::Rise { part } else { -part };
        let test = compare(change.of_now(), &Ends::of("v"), &Ends::constant(part), Near::WorkedOut);
        format!(
            "\n  UNION ALL SELECT v.patient, v.asked, v.case_no, v.unknown OR NOT v.known AS unknown,\n    {test} AS state\n  \
             FROM {name}_part v"
        )
    }

    /// The rows of a value; the words of a scale as their places in its order.
    fn plain(&self, value: &Val) -> String {
        let double = self.dialect.double();
        let place = format!("CAST(word AS {double})");
        format!(
            "SELECT {KEY}, unknown, known, COALESCE({place}, low) AS low, word IS NOT NULL OR low_in AS low_in,\n    \
             COALESCE({place}, high) AS high, word IS NOT NULL OR high_in AS high_in, CAST(NULL AS INTEGER) AS word\n  \
             FROM (\n  {}\n  ) e",
            self.rows(value)
        )
    }
}

/// The ends of a stretch times a factor.
fn scaled(factor: Number) -> String {
    let value = factor.value;
    if value == 0.0 {
        return "0e0 AS low, TRUE AS low_in, 0e0 AS high, TRUE AS high_in".to_owned();
    }
    let (low, high) = if value < 0.0 { ("high", "low") } else { ("low", "high") };
    let factor = number(value);
    format!("{low} * {factor} AS low, {low}_in AS low_in, {high} * {factor} AS high, {high}_in AS high_in")
}
