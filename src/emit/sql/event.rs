//! What a patient had, has, got and gets: entries of the record as they are judged, and what silence says.

use std::fmt::Write as _;

use super::Writer;
use super::silence::{both, gap_of};
use super::time::{day_of, day_span, span_of};
use crate::ir::{Route, Verb};
use crate::plan::{AtMost, ConceptAt, DayAt, Events, Exempt, Kin, Length, NodeAt, PeriodAt, Silence, Tests};

impl Writer<'_> {
    pub(super) fn events(&mut self, node: NodeAt, events: &Events) -> String {
        match (events.verb, events.along) {
            (Verb::Has | Verb::Receiving, Some(along)) => self.all_along(node, events, along),
            (Verb::Started, _) => self.started(events),
            _ => self.any_of(events),
        }
    }

    /// Rows of the span with the entries that may be one of these.
    fn entries(&self, events: &Events) -> String {
        let since = match events.at_most {
            Some(AtMost::Since(day)) => format!(
                "\nLEFT JOIN periods y ON y.patient = s.patient AND y.asked = s.asked AND y.case_no = s.case_no AND y.span = {}",
                self.string(&day_span(day))
            ),
            Some(AtMost::Lasted(_)) | None => String::new(),
        };
        format!(
            "FROM periods s{since}{}\nLEFT JOIN courses o ON o.patient = s.patient\n  AND o.concept IN ({})",
            self.exempt_joins(events),
            self.concepts(&both(&events.of))
        )
    }

    /// Where nobody knows which days are asked about, only a record without any such thing gives an answer.
    fn without_days(events: &Events) -> String {
        let only = if events.only_recorded { "WHEN COUNT(s.position) = 0 THEN FALSE\n  " } else { "" };
        format!(
            "{only}WHEN s.from_s IS NULL THEN CASE WHEN COUNT(s.position) = 0 AND COALESCE(BOOL_OR(e.silent), FALSE) THEN \
             FALSE END"
        )
    }

    fn any_of(&self, events: &Events) -> String {
        let period = span_of(events.period);
        let mut judged = vec![self.qualifies(events), timing(events.verb)];
        judged.extend(self.length(events));
        format!(
            "SELECT s.patient, s.asked, s.case_no, CASE\n  {}\n  \
             WHEN BOOL_OR(s.judged AND NOT s.denied) THEN TRUE\n  \
             WHEN BOOL_OR(s.judged) THEN NULL\n  \
             WHEN COALESCE(BOOL_OR(q.silent), FALSE) AND NOT BOOL_OR(s.judged IS NULL) THEN FALSE\nEND AS state\n\
             FROM (\n  SELECT s.patient, s.asked, s.case_no, s.from_s, o.position, x.position IS NOT NULL AS denied,\n    \
             CASE WHEN o.position IS NULL THEN FALSE ELSE {} END AS judged\n  {}\n  \
             LEFT JOIN contradictions x ON x.patient = o.patient AND x.position = o.position\n    \
             AND x.from_s <= s.to_s AND s.from_s <= x.to_s AND x.from_s <= x.to_s AND s.from_s <= s.to_s\n  \
             WHERE s.span = {}\n) s\n{}\n{}\nGROUP BY s.patient, s.asked, s.case_no, s.from_s",
            Self::without_days(events),
            judged.join("\n      AND "),
            self.entries(events).replace('\n', "\n  "),
            self.string(&period),
            self.silent("q", &period, &events.silence, "s"),
            self.silent("e", &span_of(events.ever), &events.silence, "s"),
        )
    }

    /// The first course of all begins in the period.
    fn started(&self, events: &Events) -> String {
        let period = span_of(events.period);
        let qualifies = self.qualifies(events);
        format!(
            "SELECT s.patient, s.asked, s.case_no, CASE\n  {}\n  ELSE\n    \
             CASE WHEN BOOL_OR(s.began) THEN TRUE\n      \
             WHEN COALESCE(BOOL_OR(q.silent), FALSE) AND NOT BOOL_OR(s.began IS NULL) THEN FALSE END\n    \
             AND NOT CASE WHEN BOOL_OR(s.earlier) THEN TRUE\n      \
             WHEN COALESCE(BOOL_OR(b.silent), FALSE) AND NOT BOOL_OR(s.earlier IS NULL) THEN FALSE END\nEND AS state\n\
             FROM (\n  SELECT s.patient, s.asked, s.case_no, s.from_s, s.to_s, o.position,\n    \
             CASE WHEN o.position IS NULL THEN FALSE ELSE {qualifies}\n      \
             AND CASE WHEN o.start_from >= s.from_s AND o.start_to <= s.to_s THEN TRUE\n        \
             WHEN NOT (o.start_from <= s.to_s AND s.from_s <= o.start_to AND s.from_s <= s.to_s) THEN FALSE END END AS began,\n    \
             CASE WHEN o.position IS NULL THEN FALSE ELSE {qualifies}\n      \
             AND CASE WHEN o.start_to < s.from_s THEN TRUE WHEN NOT o.start_from < s.from_s THEN FALSE END END AS earlier\n  \
             {}\n  WHERE s.span = {}\n) s\n{}\n{}\n{}\nGROUP BY s.patient, s.asked, s.case_no, s.from_s, s.to_s",
            Self::without_days(events),
            self.entries(events).replace('\n', "\n  "),
            self.string(&period),
            self.silent("q", &period, &events.silence, "s"),
            self.silent("b", &format!("before {period}"), &events.silence, "s"),
            self.silent("e", &span_of(events.ever), &events.silence, "s"),
        )
    }

    /// On every day of a stretch.
    fn all_along(&self, node: NodeAt, events: &Events, along: PeriodAt) -> String {
        let number = node.at();
        format!(
            "SELECT s.patient, s.asked, s.case_no, CASE\n  {}\n  WHEN a.from_s IS NULL THEN NULL\n  \
             WHEN COUNT(u.piece) = 0 THEN TRUE\n  WHEN BOOL_OR(q.silent) THEN FALSE\nEND AS state\n\
             FROM (\n  SELECT s.patient, s.asked, s.case_no, s.from_s, o.position FROM periods s\n  \
             LEFT JOIN happened o ON o.patient = s.patient AND o.concept IN ({})\n  WHERE s.span = {}\n) s\n\
             JOIN periods a ON a.patient = s.patient AND a.asked = s.asked AND a.case_no = s.case_no AND a.span = {}\n\
             LEFT JOIN unsure_{number} u ON u.patient = s.patient AND u.asked = s.asked AND u.case_no = s.case_no\n{}\n{}\n\
             GROUP BY s.patient, s.asked, s.case_no, s.from_s, a.from_s",
            Self::without_days(events),
            self.concepts(&both(&events.of)),
            self.string(&span_of(events.period)),
            self.string(&span_of(along)),
            self.silent("q", &gap_of(node), &events.silence, "s"),
            self.silent("e", &span_of(events.ever), &events.silence, "s"),
        )
    }

    pub(super) fn onset(&mut self, node: NodeAt, of: &Kin, period: PeriodAt, silence: &Silence) -> String {
        let number = node.at();
        let first = format!(
            "SELECT patient, start_from, start_to, is_one\nFROM (\n  \
             SELECT patient, start_from, start_to, concept IN ({is}) AS is_one,\n    \
             ROW_NUMBER() OVER (PARTITION BY patient ORDER BY CASE WHEN concept IN ({is}) THEN 1 ELSE 0 END, start_to, position) AS place\n  \
             FROM happened WHERE concept IN ({})\n) h WHERE place = 1",
            self.concepts(&both(of)),
            is = self.concepts(&of.is),
        );
        // What may be one of these comes first: where there is any, nobody knows.
        self.name_once(
            format!("first_{number}"),
            "The first that is recorded; what only may be one of these before all.",
            first,
        );
        let period = span_of(period);
        format!(
            "SELECT s.patient, s.asked, s.case_no, CASE\n  WHEN s.from_s IS NULL OR NOT o.is_one THEN NULL\n  \
             WHEN o.patient IS NULL THEN CASE WHEN q.silent THEN FALSE END\n  \
             WHEN o.start_from <= o.start_to AND o.start_from >= s.from_s AND o.start_to <= s.to_s THEN TRUE\n  \
             WHEN NOT (o.start_from <= s.to_s AND s.from_s <= o.start_to AND s.from_s <= s.to_s) THEN FALSE\nEND AS state\n\
             FROM periods s LEFT JOIN first_{number} o ON o.patient = s.patient\n{}\nWHERE s.span = {}",
            self.silent("q", &period, silence, "s"),
            self.string(&period),
        )
    }

    /// The event of the trial has taken place by that day.
    pub(super) fn given(&self, node: NodeAt, event: ConceptAt, by: DayAt) -> String {
        let event = self.string(self.concept(event));
        let parts: Vec<String> = (1..)
            .zip(&self.groups)
            .filter(|(_, group)| group.nodes.contains(&node))
            .map(|(asked, _)| {
                format!(
                    "SELECT c.patient, {asked} AS asked, c.case_no, CASE\n  \
                     WHEN a.patient IS NULL THEN CASE WHEN c.patient IN (SELECT patient FROM absences WHERE concept = {event}) \
                     THEN FALSE END\n  \
                     WHEN a.last_day <= {day} AND NOT a.planned THEN TRUE\n  WHEN a.first_day > {day} THEN FALSE\nEND AS state\n\
                     FROM case_{asked} c LEFT JOIN anchor_days a ON a.patient = c.patient AND a.event = {event}",
                    day = self.day(by, "c."),
                )
            })
            .collect();
        parts.join("\nUNION ALL ")
    }

    // ---- one entry -----------------------------------------------------------------------------------------------------------

    /// The periods of exceptions, beside the row of the span.
    pub(super) fn exempt_joins(&self, events: &Events) -> String {
        let mut text = String::new();
        for (at, exempt) in events.except.iter().enumerate() {
            let Some(period) = exempt.period else { continue };
            let _ = write!(
                text,
                "\nLEFT JOIN periods x{at} ON x{at}.patient = s.patient AND x{at}.asked = s.asked AND x{at}.case_no = s.case_no\n  \
                 AND x{at}.span = {}",
                self.string(&span_of(period))
            );
        }
        text
    }

    /// Whether an entry `o` is one of those that are asked about.
    pub(super) fn qualifies(&self, events: &Events) -> String {
        let mut parts = vec![self.is_one("o.concept", &events.of)];
        parts.extend(self.passes(&events.tests));
        for (at, exempt) in events.except.iter().enumerate() {
            parts.push(format!("NOT ({})", self.exempt(at, exempt)));
        }
        format!("({})", parts.join("\n      AND "))
    }

    /// True, unknown or false; never null where the column is none.
    fn is_one(&self, column: &str, kin: &Kin) -> String {
        let is = self.concepts(&kin.is);
        if kin.may_be.is_empty() {
            return format!("{column} IN ({is})");
        }
        let may_be = self.concepts(&kin.may_be);
        format!("CASE WHEN {column} IN ({is}) THEN TRUE WHEN {column} NOT IN ({may_be}) THEN FALSE END")
    }

    fn passes(&self, tests: &Tests) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(route) = tests.route {
            parts.push(format!("o.route = {}", self.string(route_name(route))));
        }
        parts.extend(tests.grade.iter().map(|(from, to)| format!("o.grade BETWEEN {from} AND {to}")));
        for (column, lists) in
            [("o.stage", &tests.stage), ("o.histology", &tests.histology), ("o.severity", &tests.severity)]
        {
            for list in lists {
                let words = list.iter().filter_map(|at| self.plan.terms.get(*at as usize));
                let words: Vec<&str> = words.map(crate::ir::Word::as_str).collect();
                parts.push(if words.is_empty() {
                    format!("CASE WHEN {column} IS NOT NULL THEN FALSE END")
                } else {
                    format!("{column} IN ({})", super::text::strings(self.dialect, words))
                });
            }
        }
        parts.extend(tests.cause.iter().map(|kin| self.is_one("o.cause", kin)));
        parts.extend(tests.due_to.iter().map(|kin| self.is_one("o.reason", kin)));
        parts
    }

    /// An exception takes away only what lies in its period with all of its days.
    fn exempt(&self, at: usize, exempt: &Exempt) -> String {
        let mut parts = Vec::new();
        parts.extend(exempt.of.iter().map(|kin| self.is_one("o.concept", kin)));
        parts.extend(self.passes(&exempt.tests));
        if exempt.period.is_some() {
            parts.push(format!(
                "CASE WHEN x{at}.from_s IS NULL THEN NULL\n        \
                 WHEN o.start_from <= o.end_to AND o.start_from >= x{at}.from_s AND o.end_to <= x{at}.to_s THEN TRUE\n        \
                 WHEN NOT (o.start_to >= x{at}.from_s AND o.end_from <= x{at}.to_s AND o.start_from <= x{at}.to_s \
                 AND x{at}.from_s <= o.end_to) THEN FALSE END"
            ));
        }
        if parts.is_empty() { "TRUE".to_owned() } else { parts.join("\n        AND ") }
    }

    /// Whether it lasted as long, or as short, as is asked.
    fn length(&self, events: &Events) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(least) = events.at_least {
            parts.push(self.lasted(least));
        }
        match events.at_most {
            None => {}
            Some(AtMost::Lasted(most)) => parts.push(self.no_longer(most)),
            // What lasts now began on that day or later.
            Some(AtMost::Since(_)) => parts.push(
                "CASE WHEN o.course_start_from >= y.from_s THEN TRUE WHEN NOT o.course_start_to >= y.from_s THEN FALSE END"
                    .to_owned(),
            ),
        }
        parts
    }

    fn lasted(&self, least: Length) -> String {
        let (first, last) = (day_of(&end("from")), day_of(&end("to")));
        format!(
            "CASE WHEN o.single THEN FALSE\n        WHEN {} - 1 <= {first} THEN TRUE\n        \
             WHEN NOT {} - 1 <= {last} THEN FALSE END",
            self.bracketed("o.course_start_to", least),
            self.bracketed("o.course_start_from", least),
        )
    }

    fn no_longer(&self, most: Length) -> String {
        let (first, last) = (day_of(&end("from")), day_of(&end("to")));
        format!(
            "CASE WHEN o.single THEN TRUE\n        WHEN {last} < {} THEN TRUE\n        WHEN NOT {first} < {} THEN FALSE END",
            self.bracketed("o.course_start_from", most),
            self.bracketed("o.course_start_to", most),
        )
    }

    fn bracketed(&self, moment: &str, by: Length) -> String {
        format!("({})", self.day_after(moment, by))
    }
}

/// The end of a course: what still lasts has lasted up to the anchor, or to the end of the period.
fn end(which: &str) -> String {
    format!("CASE WHEN o.course_end_from > s.now_s THEN s.now_s + 1 ELSE o.course_end_{which} END")
}

/// Whether a course is in the period, as its verb asks.
fn timing(verb: Verb) -> String {
    match verb {
        Verb::Stopped => {
            let (from, to) = (end("from"), end("to"));
            format!(
                "CASE WHEN {from} >= s.from_s AND {to} <= s.to_s AND {from} <= {to} THEN TRUE\n        \
                 WHEN NOT ({from} <= s.to_s AND s.from_s <= {to} AND s.from_s <= s.to_s) THEN FALSE END"
            )
        }
        Verb::Has | Verb::Had | Verb::Receiving | Verb::Received | Verb::Started => {
            "CASE WHEN s.from_s <= s.to_s AND o.course_start_to <= s.to_s AND o.course_end_from >= s.from_s THEN TRUE\n        \
             WHEN NOT (s.from_s <= s.to_s AND o.course_start_from <= o.course_end_to AND o.course_start_from <= s.to_s \
             AND s.from_s <= o.course_end_to) THEN FALSE END"
                .to_owned()
        }
    }
}

/// A route as the tables name it.
#[must_use]
pub fn route_name(route: Route) -> &'static str {
    match route {
        Route::Oral => "oral",
        Route::Intravenous => "intravenous",
        Route::Subcutaneous => "subcutaneous",
        Route::Intramuscular => "intramuscular",
        Route::Topical => "topical",
        Route::Inhaled => "inhaled",
        Route::Intradermal => "intradermal",
        Route::Rectal => "rectal",
        Route::Sublingual => "sublingual",
        Route::Transdermal => "transdermal",
        Route::Intranasal => "intranasal",
        Route::Ophthalmic => "ophthalmic",
        Route::Intrathecal => "intrathecal",
        Route::Intravitreal => "intravitreal",
        Route::Intraarticular => "intraarticular",
    }
}
