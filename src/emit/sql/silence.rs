//! When silence means that there was none: where absences, or the kinds of record that are complete, cover every day of a
//! span.

use super::text::strings;
use super::time::span_of;
use super::{KEY, Writer, future, past};
use crate::chart::Kind;
use crate::plan::{Node, NodeAt, Silence, ValueAt, ValueExpr};

impl Writer<'_> {
    /// Notes that a silence is asked about in a span, and gives its number.
    fn ask(&mut self, span: String, silence: &Silence) -> usize {
        let at = self.silences.iter().position(|known| known == silence).unwrap_or_else(|| {
            self.silences.push(silence.clone());
            self.silences.len() - 1
        });
        self.asks.insert((span, at));
        at
    }

    /// The number of a silence that has been asked about.
    pub(super) fn silence_of(&self, silence: &Silence) -> usize {
        self.silences.iter().position(|known| known == silence).unwrap_or_default()
    }

    /// A joined row that says whether a span of the row `table` is silent.
    pub(super) fn silent(&self, alias: &str, span: &str, silence: &Silence, table: &str) -> String {
        format!(
            "LEFT JOIN silent {alias} ON {alias}.patient = {table}.patient AND {alias}.asked = {table}.asked \
             AND {alias}.case_no = {table}.case_no\n  AND {alias}.span = {} AND {alias}.silence = {}",
            self.string(span),
            self.silence_of(silence)
        )
    }

    pub(super) fn silence(&mut self) {
        for at in self.nodes() {
            let node = self.plan.nodes.get(at.at());
            if let Some(Node::Events(events)) = node {
                let span = span_of(events.period);
                self.ask(span.clone(), &events.silence);
                self.ask(span_of(events.ever), &events.silence);
                if events.verb == crate::ir::Verb::Started {
                    self.ask(format!("before {span}"), &events.silence);
                }
                if events.along.is_some() {
                    self.ask(gap_of(at), &events.silence);
                }
            } else if let Some(Node::Onset { period, silence, .. }) = node {
                self.ask(span_of(*period), silence);
            }
        }
        let values: Vec<ValueAt> = self.groups.iter().flat_map(|group| group.values.iter().copied()).collect();
        for at in values {
            let Some(ValueExpr::Count(tally)) = self.plan.values.get(at.at()) else { continue };
            for class in &tally.classes {
                self.ask(span_of(tally.period), &class.silence);
            }
        }
        if self.asks.is_empty() {
            return;
        }
        let asks: Vec<String> = self
            .asks
            .iter()
            .map(|(span, silence)| {
                let kinds = self.silences.get(*silence).map_or(0, |silence| silence.kinds.len());
                format!("({}, {silence}, {kinds})", self.string(span))
            })
            .collect();
        self.name(
            "asks",
            "The silences that are asked about in each span, and how many kinds of record each needs complete.",
            format!("SELECT * FROM (VALUES\n  {}\n) AS asks(span, silence, kinds)", super::facts::lines(&asks)),
        );
        self.covers();
        let body =
            "SELECT s.patient, s.asked, s.case_no, s.span, s.piece, q.silence,\n  \
             s.to_s < s.from_s OR COALESCE(BOOL_OR(c.kind = 'denied'), FALSE)\n    \
             OR NOT COALESCE(BOOL_OR(u.silence IS NOT NULL), FALSE)\n      \
             AND COUNT(DISTINCT CASE WHEN c.kind <> 'denied' THEN c.kind END) = q.kinds AS silent\n\
             FROM spans s JOIN asks q ON q.span = s.span\n\
             LEFT JOIN covers c ON c.patient = s.patient AND c.silence = q.silence AND c.from_s <= s.from_s AND s.to_s <= c.to_s\n\
             LEFT JOIN strange u ON u.patient = s.patient AND u.silence = q.silence AND u.from_s <= s.to_s AND s.from_s <= u.to_s\n\
             WHERE s.from_s IS NOT NULL\n\
             GROUP BY s.patient, s.asked, s.case_no, s.span, s.piece, q.silence, q.kinds, s.from_s, s.to_s"
            .to_owned();
        self.name_once(
            "silent",
            "Whether silence means that there was none: absences cover every day of the span, or each kind of record is \
             complete on every day of it that they leave, and no entry that nobody knows lies in it.",
            body,
        );
    }

    fn covers(&mut self) {
        let (mut denied, mut kinds) = (Vec::new(), Vec::new());
        for (at, silence) in self.silences.iter().enumerate() {
            if !silence.denied.is_empty() {
                denied.push(format!(
                    "SELECT {at} AS silence, patient, from_s, to_s FROM absent WHERE concept IN ({})",
                    self.concepts(&silence.denied)
                ));
            }
            if !silence.kinds.is_empty() {
                let names = strings(self.dialect, silence.kinds.iter().map(|kind| kind_name(*kind)));
                kinds.push(format!("SELECT {at} AS silence, kind FROM kinds WHERE kind IN ({names})"));
            }
        }
        let none = |columns: &str| format!("SELECT {columns} FROM absent WHERE FALSE");
        if denied.is_empty() {
            denied.push(none("0 AS silence, patient, from_s, to_s"));
        }
        if kinds.is_empty() {
            kinds.push("SELECT 0 AS silence, kind FROM kinds WHERE FALSE".to_owned());
        }
        self.name("denials", "Absences that speak about what a silence is about.", denied.join("\nUNION ALL "));
        let all: Vec<String> = KINDS.iter().map(|kind| format!("({})", self.string(kind_name(*kind)))).collect();
        self.name("kinds", "", format!("SELECT * FROM (VALUES {}) AS kinds(kind)", all.join(", ")));
        self.name("needs", "The kinds of record that have to be complete.", kinds.join("\nUNION ALL "));
        let (from, to) = (
            format!("COALESCE({}, {})", self.dialect.seconds("t.time_from"), past()),
            format!("COALESCE({}, {})", self.dialect.seconds("t.time_to"), future()),
        );
        self.name(
            "strange",
            "Entries that no library knows.",
            format!(
                "SELECT n.silence, t.patient, {from} AS from_s, {to} AS to_s\nFROM unmapped t JOIN needs n ON n.kind = t.kind"
            ),
        );
        let body = format!(
            "SELECT patient, silence, kind, MIN(from_s) AS from_s, MAX(to_s) AS to_s\nFROM (\n  \
             SELECT c.*, SUM(fresh) OVER (PARTITION BY patient, silence, kind ORDER BY from_s, to_s\n    \
             ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS stretch\n  FROM (\n    \
             SELECT c.*, CASE WHEN from_s <= 1 + MAX(to_s) OVER (PARTITION BY patient, silence, kind ORDER BY from_s, to_s\n      \
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS fresh\n    FROM (\n      \
             SELECT patient, silence, 'denied' AS kind, from_s, to_s FROM denials\n      \
             UNION ALL SELECT d.patient, n.silence, n.kind, d.from_s, d.to_s FROM denials d JOIN needs n ON n.silence = d.silence\n      \
             UNION ALL SELECT t.patient, n.silence, n.kind, {from}, {to}\n      \
             FROM complete t JOIN needs n ON n.kind = t.kind\n    ) c WHERE from_s <= to_s\n  ) c\n) c\n\
             GROUP BY patient, silence, kind, stretch"
        );
        self.name_once("covers", "The stretches of time without a gap that are covered.", body);
    }

    /// The days of a stretch on which nothing of it is recorded, and whether all of it is covered for sure.
    pub(super) fn along(&mut self, node: NodeAt, events: &crate::plan::Events) {
        let Some(along) = events.along else { return };
        let number = node.at();
        let is = self.qualifies(events);
        let body = format!(
            "SELECT s.patient, s.asked, s.case_no, s.from_s AS span_from, s.to_s AS span_to, {is} AS is_one,\n  \
             o.start_from, o.end_to, {} * 86400 AS sure_from, {} * 86400 + 86399 AS sure_to\n\
             FROM periods s{}\nJOIN happened o ON o.patient = s.patient AND o.concept IN ({})\n  \
             AND o.start_from <= o.end_to AND s.from_s <= s.to_s AND o.start_from <= s.to_s AND s.from_s <= o.end_to\n\
             WHERE s.span = {}",
            super::time::day_of("o.start_to"),
            super::time::day_of("o.end_from"),
            self.exempt_joins(events),
            self.concepts(&both(&events.of)),
            self.string(&span_of(along))
        );
        self.name_once(format!("along_{number}"), "Entries that touch a stretch of days.", body);
        for (name, from, to, wanted) in
            [("sure", "sure_from", "sure_to", "is_one"), ("may", "start_from", "end_to", "COALESCE(is_one, TRUE)")]
        {
            // What lies between the ends of what came before and each next beginning; and behind the last end.
            let body = format!(
                "SELECT s.patient, s.asked, s.case_no, {span} AS span,\n  \
                 ROW_NUMBER() OVER (PARTITION BY s.patient, s.asked, s.case_no ORDER BY s.from_s, s.to_s) AS piece, s.from_s, s.to_s\n\
                 FROM (\n  SELECT {KEY}, COALESCE(LAG(upto) OVER w + 1, span_from) AS from_s,\n    \
                 CASE WHEN is_end THEN span_to ELSE from_s - 1 END AS to_s\n  FROM (\n    \
                 SELECT e.*, MAX(to_s) OVER (PARTITION BY {KEY} ORDER BY from_s, to_s\n      \
                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS upto\n    FROM (\n      \
                 SELECT {KEY}, span_from, span_to, {from} AS from_s, {to} AS to_s, FALSE AS is_end FROM along_{number}\n      \
                 WHERE {wanted} AND {from} <= {to} AND {from} <= span_to AND span_from <= {to}\n      \
                 UNION ALL SELECT {KEY}, from_s, to_s, {future} + 1, {future} + 1, TRUE FROM periods\n      \
                 WHERE span = {of} AND from_s <= to_s\n    ) e\n  ) e\n  \
                 WINDOW w AS (PARTITION BY {KEY} ORDER BY from_s, to_s)\n) s WHERE s.from_s <= s.to_s",
                span = self.string(&gap_of(node)),
                of = self.string(&span_of(along)),
                future = future(),
            );
            let name = if name == "may" { format!("gaps_{number}") } else { format!("unsure_{number}") };
            let about = if wanted == "is_one" {
                "Days of the stretch on which it was not there for sure."
            } else {
                "Days of the stretch on which nothing of it is recorded."
            };
            self.name_once(name, about, body);
        }
    }
}

/// What is one of these, and what may be.
pub(super) fn both(kin: &crate::plan::Kin) -> Vec<crate::plan::ConceptAt> {
    let mut all: Vec<_> = kin.is.iter().chain(&kin.may_be).copied().collect();
    all.sort_unstable();
    all
}

/// What the gaps of a node are called among the spans.
pub(super) fn gap_of(node: NodeAt) -> String {
    format!("gap {}", node.at())
}

const KINDS: [Kind; 8] = [
    Kind::Conditions,
    Kind::Medications,
    Kind::Immunizations,
    Kind::Procedures,
    Kind::Encounters,
    Kind::Allergies,
    Kind::Results,
    Kind::Events,
];

/// A kind of record as the tables name it.
#[must_use]
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Conditions => "conditions",
        Kind::Medications => "medications",
        Kind::Immunizations => "immunizations",
        Kind::Procedures => "procedures",
        Kind::Encounters => "encounters",
        Kind::Allergies => "allergies",
        Kind::Results => "results",
        Kind::Events => "events",
    }
}
