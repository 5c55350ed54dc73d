//! Cases, one for each combination of days that the anchors may fall on, and the spans of time that are asked about in each.

use super::text::plain;
use super::{KEY, Writer, future, past};
use crate::ir::Side;
use crate::plan::{AnchorAt, AnchorSlot, AtMost, Day, DayAt, Length, Node, Period, PeriodAt};

/// More days than this are not gone through one by one, and no more cases of all anchors together: as the evaluator has it.
const MOST_DAYS: i64 = 400;
const MOST_CASES: i64 = 4_000;

impl Writer<'_> {
    /// The rows of all cases: a row for each patient, group of criteria and combination of days.
    pub(super) fn cases(&mut self) {
        let numbers = self.dialect.numbers(MOST_DAYS);
        self.name_once("days_apart", "", numbers);
        let all: Vec<Vec<AnchorAt>> = self.groups.iter().map(|group| group.anchors.clone()).collect();
        for (at, anchors) in all.iter().enumerate() {
            let asked = at + 1;
            let mut from =
                "SELECT record.*, CAST(0 AS BIGINT) AS case_no, CAST(1 AS BIGINT) AS ways FROM record".to_owned();
            for (place, anchor) in anchors.iter().enumerate() {
                let name = format!("case_{asked}_{}", place + 1);
                let body = self.case(&from, anchors.get(..place).unwrap_or_default(), *anchor);
                let about = format!(
                    "Each day on which {} may fall, for the criteria of group {asked}.",
                    self.event_of(*anchor)
                );
                self.name_once(&name, &about, body);
                from = format!("SELECT * FROM {name}");
            }
            self.name_once(format!("case_{asked}"), &format!("The cases of group {asked}."), from);
        }
        let union: Vec<String> = (1..=all.len())
            .map(|asked| {
                format!("SELECT patient, {asked} AS asked, case_no, ways > {MOST_CASES} AS too_many FROM case_{asked}")
            })
            .collect();
        let union = if union.is_empty() {
            "SELECT patient, 0 AS asked, CAST(0 AS BIGINT) AS case_no, FALSE AS too_many FROM record WHERE FALSE"
                .to_owned()
        } else {
            union.join("\nUNION ALL ")
        };
        self.name_once("cases", "", union);
    }

    /// Another anchor: the same cases, on each of its days.
    fn case(&self, before: &str, known: &[AnchorAt], anchor: AnchorAt) -> String {
        let Some(AnchorSlot { event, plan, own: _ }) = self.plan.anchors.get(anchor.at()) else {
            return before.to_owned();
        };
        let event = self.string(self.concept(*event));
        let column = self.anchor(anchor);
        // Planned by the protocol: not behind the last day of the record, as it has not taken place by then.
        let (first, last) =
            plan.map_or((None, None), |(first, last)| (Some(self.day(first, "c.")), Some(self.day(last, "c."))));
        let (first, last) = match (first, last) {
            (Some(first), Some(last)) => (
                format!(
                    "COALESCE(a.first_day, CASE WHEN {last} IS NULL OR {first} IS NULL THEN NULL\n      \
                     WHEN c.last_day > {last} THEN {first} ELSE GREATEST({first}, c.last_day) END)"
                ),
                format!("COALESCE(a.last_day, CASE WHEN {first} IS NOT NULL THEN {last} END)"),
            ),
            _ => ("a.first_day".to_owned(), "a.last_day".to_owned()),
        };
        let known: Vec<String> = known
            .iter()
            .map(|anchor| {
                let column = self.anchor(*anchor);
                format!("  c.{column}_day, c.{column}_planned,\n")
            })
            .collect();
        let known = known.concat();
        format!(
            "SELECT c.patient, c.birth_first, c.birth_last, c.last_day,\n{known}  \
             c.case_no * 1000 + COALESCE(d.n, 0) AS case_no,\n  \
             CASE WHEN d.n IS NOT NULL THEN c.ways * (c.{column}_last - c.{column}_first + 1) ELSE c.ways END AS ways,\n  \
             c.{column}_first + d.n AS {column}_day,\n  \
             d.n IS NOT NULL AND c.{column}_is_planned AS {column}_planned\n\
             FROM (\n  SELECT c.*,\n    {first} AS {column}_first,\n    {last} AS {column}_last,\n    \
             COALESCE(a.planned, a.patient IS NULL) AS {column}_is_planned\n  \
             FROM ({before}) c LEFT JOIN anchor_days a ON a.patient = c.patient AND a.event = {event}\n) c\n\
             LEFT JOIN days_apart d ON d.n <= c.{column}_last - c.{column}_first\n  \
             AND c.{column}_last - c.{column}_first <= {MOST_DAYS} AND c.ways <= {MOST_CASES}"
        )
    }

    fn event_of(&self, anchor: AnchorAt) -> String {
        self.plan.anchors.get(anchor.at()).map_or(String::new(), |slot| self.concept(slot.event).to_owned())
    }

    /// The first part of the names of an anchor's columns.
    fn anchor(&self, at: AnchorAt) -> String {
        format!("{}_{}", plain(&self.event_of(at)), at.at())
    }

    /// A day as a column of a case; null where it is not known.
    pub(super) fn day(&self, at: DayAt, table: &str) -> String {
        match self.plan.days.get(at.at()) {
            None | Some(Day::Unknown) => "CAST(NULL AS BIGINT)".to_owned(),
            Some(Day::Anchor(anchor)) => format!("{table}{}_day", self.anchor(*anchor)),
            Some(Day::Fixed(day)) => format!("CAST({day} AS BIGINT)"),
            Some(Day::Moved { from, by, side }) => self.moved(&self.day(*from, table), *by, *side),
            Some(Day::Extreme { of, latest }) => {
                let days: Vec<String> = of.iter().map(|day| self.day(*day, table)).collect();
                let unknown: Vec<String> = days.iter().map(|day| format!("{day} IS NULL")).collect();
                let extreme = if *latest { "GREATEST" } else { "LEAST" };
                format!("CASE WHEN NOT ({}) THEN {extreme}({}) END", unknown.join(" OR "), days.join(", "))
            }
            Some(Day::Come { day, anchor, context }) => {
                let (day, context) = (self.day(*day, table), self.day(*context, table));
                let (last, anchor) = (format!("COALESCE({table}last_day, {context})"), self.anchor(*anchor));
                format!(
                    "CASE WHEN {table}{anchor}_day IS NULL THEN NULL \
                     WHEN {table}{anchor}_planned AND {day} > {last} THEN {last} ELSE {day} END"
                )
            }
        }
    }

    /// So long before or after a day that the calendar has.
    pub(super) fn moved(&self, day: &str, by: Length, side: Side) -> String {
        let sign = if side == Side::Before { "-" } else { "+" };
        match by {
            Length::Days(0) => day.to_owned(),
            Length::Days(days) => format!("({day} {sign} {days})"),
            Length::Months(months) => {
                let months = if side == Side::Before { format!("-{months}") } else { months.to_string() };
                self.dialect.months_later(day, &months)
            }
        }
    }

    /// The day that lies so long after the day of a moment, which may lie before or after all time.
    pub(super) fn day_after(&self, moment: &str, by: Length) -> String {
        let day = day_of(moment);
        match by {
            Length::Days(days) => format!("({day} + {days})"),
            Length::Months(_) => {
                let moved = self.moved(&day, by, Side::After);
                // No time before or after all calendars is months long.
                format!(
                    "CASE WHEN {moment} < -62000000000 OR {moment} > 250000000000 THEN {} / 86400 ELSE {moved} END",
                    future()
                )
            }
        }
    }

    /// The spans of every case: periods first, then what follows from them.
    pub(super) fn spans(&mut self) {
        let mut parts = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            for period in &group.periods {
                parts.push(self.period(at + 1, *period));
            }
            for node in &group.nodes {
                let Some(Node::Events(events)) = self.plan.nodes.get(node.at()) else { continue };
                if let Some(AtMost::Since(day)) = events.at_most {
                    let moment = format!("{} * 86400", self.day(day, ""));
                    parts.push(format!(
                        "SELECT patient, {} AS asked, case_no, {} AS span, {moment} AS from_s, {moment} AS to_s, {moment} AS now_s \
                         FROM case_{}",
                        at + 1,
                        self.string(&day_span(day)),
                        at + 1
                    ));
                }
            }
        }
        parts.sort();
        parts.dedup();
        if parts.is_empty() {
            parts.push(format!(
                "SELECT {KEY}, '' AS span, 0 AS piece, case_no AS from_s, case_no AS to_s, case_no AS now_s \
                 FROM cases WHERE FALSE"
            ));
        }
        let body = format!(
            "SELECT {KEY}, span, 0 AS piece,\n  CASE WHEN to_s IS NOT NULL THEN from_s END AS from_s,\n  \
             CASE WHEN from_s IS NOT NULL THEN to_s END AS to_s,\n  GREATEST(to_s, now_s) AS now_s\nFROM (\n  {}\n) periods",
            parts.join("\n  UNION ALL ")
        );
        self.name_once(
            "periods",
            "The periods that are asked about in each case, in seconds from 1970, both ends included; null where nobody knows.",
            body,
        );
        let mut others = Vec::new();
        for node in self.nodes() {
            let Some(Node::Events(events)) = self.plan.nodes.get(node.at()) else { continue };
            if events.verb == crate::ir::Verb::Started {
                let span = span_of(events.period);
                others.push(format!(
                    "SELECT {KEY}, {} AS span, 0, {} AS from_s, from_s - 1, now_s FROM periods WHERE span = {}",
                    self.string(&format!("before {span}")),
                    past(),
                    self.string(&span)
                ));
            }
            if events.along.is_some() {
                self.along(node, events);
                others.push(format!("SELECT {KEY}, span, piece, from_s, to_s, to_s AS now_s FROM gaps_{}", node.at()));
            }
        }
        others.sort();
        others.dedup();
        let all = std::iter::once("SELECT * FROM periods".to_owned()).chain(others).collect::<Vec<_>>();
        self.name_once("spans", "", all.join("\nUNION ALL "));
    }

    fn period(&self, asked: usize, at: PeriodAt) -> String {
        let Some(Period { from, to, open_if_unknown, ahead, up_to_now, context, until }) =
            self.plan.periods.get(at.at())
        else {
            return String::new();
        };
        let from = from.map_or_else(past, |day| format!("{} * 86400", self.day(day, "")));
        let end = |day: DayAt| format!("{} * 86400 + 86399", self.day(day, ""));
        let mut cuts: Vec<String> = Vec::new();
        if *up_to_now {
            cuts.push("TRUE".to_owned());
        }
        let mut to_s = match to {
            None => future(),
            Some(day) if *open_if_unknown => {
                cuts.push(format!("{} IS NULL", self.day(*day, "")));
                format!("COALESCE({}, {})", end(*day), future())
            }
            Some(day) => end(*day),
        };
        cuts.extend(ahead.iter().map(|anchor| format!("{}_planned", self.anchor(*anchor))));
        let context_end = end(*context);
        let now = format!("COALESCE(last_day * 86400 + 86399, {context_end})");
        if !cuts.is_empty() {
            to_s = format!(
                "CASE WHEN {} THEN LEAST({to_s}, COALESCE({now}, {})) ELSE {to_s} END",
                cuts.join(" OR "),
                future()
            );
            if let (Some(to), false) = (to, *open_if_unknown) {
                // An unknown end stays one, however early the record ends.
                to_s = format!("CASE WHEN {} IS NOT NULL THEN {to_s} END", self.day(*to, ""));
            }
        }
        if let Some(until) = until {
            if let (Some(to), true) = (to, *open_if_unknown) {
                let (to, until) = (self.day(*to, ""), self.day(*until, ""));
                to_s = format!("CASE WHEN {to} IS NOT NULL OR {until} IS NOT NULL THEN {to_s} END");
            }
            let end = end(*until);
            to_s = format!("CASE WHEN {to_s} > {end} THEN {end} ELSE {to_s} END");
        }
        format!(
            "SELECT patient, {asked} AS asked, case_no, {} AS span,\n    {from} AS from_s,\n    {to_s} AS to_s,\n    \
             {context_end} AS now_s\n  FROM case_{asked}",
            self.string(&span_of(at))
        )
    }
}

/// What a period is called among the spans.
pub(super) fn span_of(period: PeriodAt) -> String {
    format!("p{}", period.at())
}

/// What a day is called among the spans.
pub(super) fn day_span(day: DayAt) -> String {
    format!("d{}", day.at())
}

/// The day of a moment.
pub(super) fn day_of(moment: &str) -> String {
    format!("CAST(FLOOR({moment} / 86400e0) AS BIGINT)")
}
