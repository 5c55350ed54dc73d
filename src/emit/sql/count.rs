//! Counts: of different members of a class, and of events.

use super::silence::both;
use super::time::span_of;
use super::value::Val;
use super::{KEY, Writer};
use crate::emit::sql::compare::Near;
use crate::ir::Counting;
use crate::plan::{Members, NodeAt, Tally};

impl Writer<'_> {
    /// So many different members of a class. What is recorded no finer than the class may be any member: each of them that is
    /// not met may be it, and one of them is.
    pub(super) fn members(&mut self, node: NodeAt, members: &Members) -> String {
        let rows = |nodes: &[NodeAt], is_class: &str| -> Vec<String> {
            let named = nodes.iter().filter_map(|node| self.leaves.get(node));
            named.map(|name| format!("SELECT {KEY}, {is_class} AS is_class, state FROM {name}")).collect()
        };
        let mut all = rows(&members.members, "FALSE");
        all.extend(rows(&members.classes, "TRUE"));
        if all.is_empty() {
            all.push(format!("SELECT {KEY}, FALSE AS is_class, FALSE AS state FROM cases"));
        }
        let body = format!(
            "SELECT {KEY}, COUNT(CASE WHEN NOT is_class THEN 1 END) AS members,\n  \
             COUNT(CASE WHEN NOT is_class AND state THEN 1 END) AS met,\n  \
             COUNT(CASE WHEN NOT is_class AND state IS NOT FALSE THEN 1 END) AS may,\n  \
             COALESCE(BOOL_OR(is_class AND state), FALSE) AS coarse,\n  \
             COALESCE(BOOL_OR(is_class AND state IS NOT FALSE), FALSE) AS maybe_coarse\nFROM (\n  {}\n) m GROUP BY {KEY}",
            all.join("\n  UNION ALL ")
        );
        let name = format!("members_{}", node.at());
        self.name_once(&name, "How many members of a class there are, and whether some are recorded no finer.", body);
        let joined = if members.coarse.is_empty() {
            format!("SELECT m.*, m.may AS most FROM {name} m")
        } else {
            format!(
                "SELECT m.*, CASE WHEN m.maybe_coarse THEN LEAST(m.members, m.may + COALESCE(e.entries, 0)) ELSE m.may END AS most\n  \
                 FROM {name} m LEFT JOIN (\n    SELECT patient, COUNT(*) AS entries FROM happened WHERE concept IN ({}) GROUP BY patient\n  \
                 ) e ON e.patient = m.patient",
                self.concepts(&members.coarse)
            )
        };
        let least = "CASE WHEN coarse AND met = 0 AND most > 0 THEN 1 ELSE met END";
        let (least, most) = (format!("({least})"), "most");
        let state = match members.counting {
            Counting::Any => format!("CASE WHEN {least} >= 1 THEN TRUE WHEN {most} < 1 THEN FALSE END"),
            Counting::None => format!("CASE WHEN {least} >= 1 THEN FALSE WHEN {most} < 1 THEN TRUE END"),
            Counting::All => format!("CASE WHEN {least} >= members THEN TRUE WHEN {most} < members THEN FALSE END"),
            Counting::AtLeast(n) => format!("CASE WHEN {least} >= {n} THEN TRUE WHEN {most} < {n} THEN FALSE END"),
            Counting::AtMost(n) => format!("CASE WHEN {least} > {n} THEN FALSE WHEN {most} <= {n} THEN TRUE END"),
            Counting::Exactly(n) => format!(
                "CASE WHEN {least} > {n} OR {most} < {n} THEN FALSE WHEN {least} = {n} AND {most} = {n} THEN TRUE END"
            ),
        };
        format!("SELECT {KEY}, {state} AS state\nFROM (\n  {joined}\n) m")
    }

    /// How many of these have a day in the period: at least, and at most where silence means that there were no more.
    pub(super) fn count_of(&mut self, name: String, tally: &Tally) -> Val {
        let period = self.string(&span_of(tally.period));
        let classes = tally.classes.iter().enumerate().map(|(class, events)| {
            let touches = "CASE WHEN s.from_s <= s.to_s AND o.start_to <= s.to_s AND o.end_from >= s.from_s THEN TRUE\n      \
                           WHEN NOT (s.from_s <= s.to_s AND o.start_from <= o.end_to AND o.start_from <= s.to_s \
                           AND s.from_s <= o.end_to) THEN FALSE END";
            format!(
                "SELECT s.patient, s.asked, s.case_no, {class} AS class, o.position, o.concept,\n    \
                 o.start_from, o.start_to, o.end_from, o.end_to, o.start_sure AND o.end_sure AS plain,\n    {}\n      AND {touches} AS judged\n  \
                 FROM periods s{}\n  JOIN happened o ON o.patient = s.patient AND o.concept IN ({})\n  WHERE s.span = {period}",
                self.qualifies(events),
                self.exempt_joins(events).replace('\n', "\n  "),
                self.concepts(&both(&events.of)),
            )
        });
        let classes: Vec<String> = classes.collect();
        // An entry that is recorded again with the same days is one, if those are known.
        let body = format!(
            "SELECT {KEY}, COUNT(CASE WHEN judged AND place = 1 THEN 1 END) AS sure,\n  \
             COUNT(CASE WHEN place = 1 OR NOT plain THEN 1 END) AS possible\nFROM (\n  \
             SELECT e.*, ROW_NUMBER() OVER (\n    PARTITION BY {KEY}, concept, start_from, start_to, end_from, end_to ORDER BY class, position\n  \
             ) AS place\n  FROM (\n  {}\n  ) e WHERE judged IS NOT FALSE\n) e GROUP BY {KEY}",
            classes.join("\n  UNION ALL ")
        );
        self.name_once(format!("{name}_all"), "Entries that are counted.", body);
        let silences = tally
            .classes
            .iter()
            .enumerate()
            .map(|(class, events)| self.silent(&format!("q{class}"), &span_of(tally.period), &events.silence, "s"));
        let silences: Vec<String> = silences.collect();
        let complete: Vec<String> =
            (0..tally.classes.len()).map(|class| format!("COALESCE(q{class}.silent, FALSE)")).collect();
        let double = self.dialect.double();
        let body = format!(
            "SELECT s.patient, s.asked, s.case_no, s.from_s IS NULL AS unknown, s.from_s IS NOT NULL AS known,\n  \
             CAST(COALESCE(n.sure, 0) AS {double}) AS low, TRUE AS low_in,\n  \
             CASE WHEN {} THEN CAST(COALESCE(n.possible, 0) AS {double}) END AS high, TRUE AS high_in, CAST(NULL AS INTEGER) AS word\n\
             FROM periods s LEFT JOIN {name}_all n ON n.patient = s.patient AND n.asked = s.asked AND n.case_no = s.case_no\n{}\n\
             WHERE s.span = {period}",
            if complete.is_empty() { "TRUE".to_owned() } else { complete.join(" AND ") },
            silences.join("\n"),
        );
        self.name_once(&name, "How many there were.", body);
        Val::Table(name, Near::Recorded)
    }
}
