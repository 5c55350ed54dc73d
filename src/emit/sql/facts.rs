//! The tables as the query asks them: times in seconds from 1970, numbers as intervals, courses joined.

use std::collections::BTreeSet;

use super::time::day_of;
use super::{Writer, future, past};
use crate::plan::{ConceptAt, Kin, Node, QuestionAt, ValueExpr};

impl Writer<'_> {
    pub(super) fn facts(&mut self) {
        self.record();
        let nodes = self.nodes();
        let asks = |wanted: fn(&Node) -> bool| nodes.iter().any(|at| self.plan.nodes.get(at.at()).is_some_and(wanted));
        let values = |wanted: fn(&ValueExpr) -> bool| {
            let mut asked = self.groups.iter().flat_map(|group| &group.values);
            asked.any(|at| self.plan.values.get(at.at()).is_some_and(wanted))
        };
        let events = asks(|node| matches!(node, Node::Events(_) | Node::Onset { .. }))
            || values(|value| matches!(value, ValueExpr::Count(_)));
        let answers = asks(|node| matches!(node, Node::Answer(_)));
        let sex = asks(|node| matches!(node, Node::Sex { .. }));
        let results = sex || values(|value| matches!(value, ValueExpr::Result { .. } | ValueExpr::Repeat(_)));
        if results {
            self.measured();
        }
        if events {
            self.happened();
            self.courses();
            self.contradictions();
        }
        if answers {
            self.said();
        }
        if sex {
            self.sexes();
        }
    }

    fn record(&mut self) {
        let dialect = self.dialect;
        let day = |date: &str| dialect.day(date);
        self.name_once(
            "anchor_days",
            "Events of the trial, as days counted from 1970.",
            format!(
                "SELECT patient, event, {} AS first_day, {} AS last_day, COALESCE(planned, FALSE) AS planned\nFROM anchors",
                day("date_from"),
                day("date_to")
            ),
        );
        let screenings: BTreeSet<ConceptAt> = self.plan.screenings.iter().copied().collect();
        let screenings = self.concepts(&screenings.into_iter().collect::<Vec<_>>());
        self.name_once(
            "record",
            "The last day that a record speaks of: its own, or that of a screening that has taken place.",
            format!(
                "SELECT p.patient, {} AS birth_first, {} AS birth_last, GREATEST({}, s.last_day) AS last_day\n\
                 FROM patients p LEFT JOIN (\n  SELECT patient, MAX(last_day) AS last_day FROM anchor_days\n  \
                 WHERE NOT planned AND event IN ({screenings}) GROUP BY patient\n) s ON s.patient = p.patient",
                day("p.birth_from"),
                day("p.birth_to"),
                day("p.as_of")
            ),
        );
    }

    /// A time that may be open as seconds.
    fn from(&self, column: &str) -> String {
        format!("COALESCE({}, {})", self.dialect.seconds(column), past())
    }

    fn to(&self, column: &str) -> String {
        format!("COALESCE({}, {})", self.dialect.seconds(column), future())
    }

    fn measured(&mut self) {
        let mut rows = Vec::new();
        for slot in &self.plan.concepts {
            for (place, word) in slot.words.iter().enumerate() {
                rows.push(format!("({}, {}, {place})", self.string(slot.id.as_str()), self.string(word.as_str())));
            }
        }
        if rows.is_empty() {
            rows.push("('', '', 0)".to_owned());
        }
        self.name(
            "words",
            "The words of tests and scales, in their order.",
            format!("SELECT * FROM (VALUES\n  {}\n) AS words(measure, word, place)", rows.join(",\n  ")),
        );
        let body = format!(
            "SELECT r.patient, r.measure, r.position, {} AS from_s, {} AS to_s,\n  \
             CASE WHEN r.relation IN ('=', '>', '>=') THEN r.value END AS low, r.relation <> '>' AS low_in,\n  \
             CASE WHEN r.relation IN ('=', '<', '<=') THEN r.value END AS high, r.relation <> '<' AS high_in,\n  \
             CASE WHEN r.lower_limit > 0 THEN r.lower_limit END AS lower_limit,\n  \
             CASE WHEN r.upper_limit > 0 THEN r.upper_limit END AS upper_limit,\n  w.place AS word\n\
             FROM results r LEFT JOIN words w ON w.measure = r.measure AND w.word = r.word",
            self.from("r.time_from"),
            self.to("r.time_to")
        );
        self.name_once("measured", "Results as all that they may be: from low to high, or the place of a word.", body);
    }

    fn happened(&mut self) {
        // A word that no sentence of the protocol knows says nothing.
        let known = super::text::strings(self.dialect, self.plan.terms.iter().map(crate::ir::Word::as_str));
        let term = |column: &str| format!("CASE WHEN {column} IN ({known}) THEN {column} END AS {column}");
        let sure = |name: &str| {
            format!("{} = {} AS {name}_sure", day_of(&format!("{name}_from")), day_of(&format!("{name}_to")))
        };
        let body = format!(
            "SELECT *, {}, {}\nFROM (\n  SELECT patient, position, concept, COALESCE(single, FALSE) AS single, grade,\n    \
             {}, {}, {},\n    cause, reason, route, COALESCE(route, '') AS way,\n    \
             {} AS start_from,\n    {} AS start_to,\n    {} AS end_from,\n    {} AS end_to\n  FROM occurrences\n) o",
            sure("start"),
            sure("end"),
            term("stage"),
            term("histology"),
            term("severity"),
            self.from("start_from"),
            self.to("start_to"),
            self.from("end_from"),
            self.to("end_to"),
        );
        self.name_once("happened", "What happened; whether the days of its beginning and end are known.", body);
    }

    /// Entries of one thing by one route that follow each other without a gap are one course.
    fn courses(&mut self) {
        self.name_once(
            "stretches",
            "Entries of one thing by one route that follow each other without a gap are one course; here those whose days are \
             known.",
            "SELECT *, SUM(fresh) OVER (\n  PARTITION BY patient, concept, way ORDER BY start_from, end_to, position\n  \
             ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW\n) AS stretch\nFROM (\n  SELECT h.*, CASE WHEN start_from <= 1 + MAX(end_to) OVER (\n    \
             PARTITION BY patient, concept, way ORDER BY start_from, end_to, position\n    \
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING\n  ) THEN 0 ELSE 1 END AS fresh\n  \
             FROM happened h WHERE NOT single AND start_sure AND end_sure\n) h"
                .to_owned(),
        );
        self.name_once(
            "whole_stretches",
            "",
            "SELECT patient, concept, way, stretch, MIN(start_from) AS start_from, MIN(start_to) AS start_to,\n  \
             MAX(end_from) AS end_from, MAX(end_to) AS end_to\nFROM stretches GROUP BY patient, concept, way, stretch"
                .to_owned(),
        );
        self.name_once(
            "near_courses",
            "Each entry with the stretch that it lies in, follows, or is followed by.",
            "SELECT h.patient, h.position, h.concept, h.way, h.single, h.start_sure, h.end_sure,\n  \
             CASE WHEN h.start_sure THEN COALESCE(w.start_from, h.start_from) ELSE h.start_from END AS start_from,\n  \
             CASE WHEN h.start_sure THEN COALESCE(w.start_to, h.start_to) ELSE h.start_to END AS start_to,\n  \
             CASE WHEN h.end_sure THEN COALESCE(w.end_from, h.end_from) ELSE h.end_from END AS end_from,\n  \
             CASE WHEN h.end_sure THEN COALESCE(w.end_to, h.end_to) ELSE h.end_to END AS end_to\n\
             FROM happened h\n\
             LEFT JOIN stretches s ON s.patient = h.patient AND s.position = h.position\n\
             LEFT JOIN whole_stretches w ON w.patient = h.patient AND w.concept = h.concept AND w.way = h.way AND NOT h.single\n  \
             AND (w.stretch = s.stretch\n    \
             OR h.start_sure AND NOT h.end_sure AND h.start_from > w.start_from AND h.start_from <= w.end_to + 1\n    \
             OR h.end_sure AND NOT h.start_sure AND w.start_from >= h.start_from AND w.start_from <= h.end_to + 1\n      \
             AND w.end_to > h.end_to)"
                .to_owned(),
        );
        self.name_once(
            "courses",
            "Each entry with the whole course that it belongs to, from course_start to course_end.",
            "SELECT h.*, c.start_from AS course_start_from, c.start_to AS course_start_to,\n  \
             c.end_from AS course_end_from, c.end_to AS course_end_to\n\
             FROM happened h JOIN (\n  \
             SELECT c.patient, c.position,\n    \
             COALESCE(b.start_from, c.start_from) AS start_from, COALESCE(b.start_to, c.start_to) AS start_to,\n    \
             COALESCE(f.end_from, c.end_from) AS end_from, COALESCE(f.end_to, c.end_to) AS end_to,\n    \
             ROW_NUMBER() OVER (PARTITION BY c.patient, c.position ORDER BY b.position, f.position) AS choice\n  \
             FROM near_courses c\n  \
             -- What began on a day that is not known, and went on with it.\n  \
             LEFT JOIN happened b ON b.patient = c.patient AND b.concept = c.concept AND b.way = c.way\n    \
             AND NOT c.single AND NOT b.single AND c.start_sure AND b.end_sure AND NOT b.start_sure\n    \
             AND b.start_from < c.start_from AND c.start_from <= b.end_to + 1\n  \
             -- What it went on with, to a day that is not known.\n  \
             LEFT JOIN happened f ON f.patient = c.patient AND f.concept = c.concept AND f.way = c.way\n    \
             AND NOT c.single AND NOT f.single AND c.end_sure AND f.start_sure AND NOT f.end_sure\n    \
             AND f.start_from >= COALESCE(b.start_from, c.start_from) AND f.start_from <= c.end_to + 1\n    \
             AND f.end_to > c.end_to\n\
             ) c ON c.patient = h.patient AND c.position = h.position AND c.choice = 1"
                .to_owned(),
        );
    }

    /// What is recorded, and also recorded not to have been there.
    fn contradictions(&mut self) {
        let mut things: BTreeSet<ConceptAt> = BTreeSet::new();
        for node in self.nodes() {
            if let Some(Node::Events(events)) = self.plan.nodes.get(node.at()) {
                let Kin { is, may_be } = &events.of;
                things.extend(is.iter().chain(may_be));
            }
        }
        let mut rows = Vec::new();
        for thing in things {
            let Some(slot) = self.plan.concepts.get(thing.at()) else { continue };
            for above in &slot.above {
                rows.push(format!("({}, {})", self.string(slot.id.as_str()), self.string(self.concept(*above))));
            }
        }
        if rows.is_empty() {
            rows.push("('', '')".to_owned());
        }
        self.name(
            "classes",
            "Things and the classes that they belong to, themselves among them.",
            format!("SELECT * FROM (VALUES\n  {}\n) AS classes(concept, broader)", lines(&rows)),
        );
        self.name_once(
            "absent",
            "",
            format!(
                "SELECT patient, concept, {} AS from_s, {} AS to_s FROM absences",
                self.from("time_from"),
                self.to("time_to")
            ),
        );
        self.name_once(
            "contradictions",
            "What is recorded, and also recorded not to have been there.",
            "SELECT h.patient, h.position, a.from_s, a.to_s\nFROM happened h\n\
             JOIN classes c ON c.concept = h.concept\n\
             JOIN absent a ON a.patient = h.patient AND a.concept = c.broader\n\
             WHERE h.start_from <= h.end_from AND a.from_s <= h.start_from AND h.end_from <= a.to_s"
                .to_owned(),
        );
    }

    /// The columns of answers that a question may be recorded under.
    pub(super) fn answer(keys: &[QuestionAt]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| format!("said.q{}", key.at())).collect();
        match keys.as_slice() {
            [one] => one.clone(),
            _ => format!("COALESCE({})", keys.join(", ")),
        }
    }

    fn said(&mut self) {
        let mut wanted = BTreeSet::new();
        for node in self.nodes() {
            if let Some(Node::Answer(keys)) = self.plan.nodes.get(node.at()) {
                wanted.extend(keys.iter().copied());
            }
        }
        let columns = wanted.iter().filter_map(|at| {
            let question = self.plan.questions.get(at.at())?;
            Some(format!(
                ",\n  BOOL_OR(CASE WHEN question = {} THEN answer END) AS q{}",
                self.string(question.as_str()),
                at.at()
            ))
        });
        let columns: String = columns.collect::<Vec<_>>().concat();
        self.name_once(
            "said",
            "Answers to questions.",
            format!("SELECT patient{columns}\nFROM answers GROUP BY patient"),
        );
    }

    fn sexes(&mut self) {
        let body = "SELECT patient, word FROM (\n  \
                    SELECT patient, word, ROW_NUMBER() OVER (PARTITION BY patient ORDER BY position) AS place\n  \
                    FROM measured WHERE measure = 'sex'\n) m WHERE place = 1";
        self.name_once("sexes", "The sex that is recorded first.", body.to_owned());
    }
}

/// Rows, several a line.
pub(super) fn lines(rows: &[String]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for row in rows {
        if !text.is_empty() {
            text.push(',');
            text.push_str(if width > 90 { "\n  " } else { " " });
            width = if width > 90 { 0 } else { width };
        }
        width += row.len() + 2;
        text.push_str(row);
    }
    text
}
