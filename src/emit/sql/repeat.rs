//! The last so many results, and their mean.

use super::compare::Near;
use super::time::{day_of, span_of};
use super::value::{Val, Within, in_period, readings};
use super::{KEY, Writer};
use crate::plan::{Number, Repeat, Scale, ValueAt};
use crate::record::DAY;

impl Writer<'_> {
    pub(super) fn repeat(&mut self, name: String, repeat: &Repeat) -> Val {
        let base = self.repeats(repeat);
        let (nth, period) = (repeat.nth + 1, self.string(&span_of(repeat.period)));
        let unknown = "l.patient IS NULL OR o.patient IS NOT NULL";
        let body = format!(
            "SELECT s.patient, s.asked, s.case_no, {unknown} AS unknown, NOT ({unknown}) AS known,\n  \
             l.low, l.low_in, l.high, l.high_in, l.word\nFROM periods s\n\
             LEFT JOIN {base}_{nth} l ON l.patient = s.patient AND l.asked = s.asked AND l.case_no = s.case_no\n\
             LEFT JOIN {base}_open o ON o.patient = s.patient AND o.asked = s.asked AND o.case_no = s.case_no\n\
             WHERE s.span = {period}"
        );
        self.name_once(&name, &format!("The one that is number {nth} from the latest on."), body);
        Val::Table(name, Near::Recorded)
    }

    /// The queries of the last so many, from the latest backwards, each at least so far from the one after it; and the cases in
    /// which it is open which they are.
    fn repeats(&mut self, repeat: &Repeat) -> String {
        let Repeat { of, scale, period, count, apart, nth: _ } = *repeat;
        let side = match scale {
            Scale::Plain => "",
            Scale::Upper => "_upper",
            Scale::Lower => "_lower",
        };
        let far = apart.map_or(String::new(), |apart| format!("_{apart}"));
        let base = format!("last_{count}_of_{}_{}{side}{far}", of.at(), period.at());
        if self.named.iter().any(|named| named.name == format!("{base}_open")) {
            return base;
        }
        let measure = self.concept(of);
        let reading = readings(scale);
        let Within { during, sure, since, until } = in_period(measure);
        // Those whose date is known, from the latest on; of one moment in the order of the record.
        let timed = if apart.is_some_and(|apart| apart < DAY) { " AND since_s = until_s" } else { "" };
        let candidates = format!(
            "SELECT c.*, sure AND {} = {}{timed} AS dated FROM (\n  \
             SELECT s.patient, s.asked, s.case_no, r.position, {sure} AS sure,\n    \
             {since} AS since_s, {until} AS until_s,\n    \
             {} AS known, {} AS low, r.low_in, {} AS high, r.high_in, r.word\n  \
             FROM periods s JOIN measured r ON r.patient = s.patient AND r.measure = {}\n    \
             AND {during}\n  WHERE s.span = {}\n) c",
            day_of("since_s"),
            day_of("until_s"),
            reading.known,
            reading.low,
            reading.high,
            self.string(measure),
            self.string(&span_of(period)),
        );
        self.name_once(format!("{base}_may"), &format!("Results of {measure} that may count."), candidates);
        let ranked = format!(
            "SELECT c.*, ROW_NUMBER() OVER (PARTITION BY {KEY} ORDER BY until_s DESC, since_s DESC, position) AS place\n\
             FROM {base}_may c WHERE dated"
        );
        self.name_once(format!("{base}_in"), "Those whose date is known, from the latest on.", ranked);
        self.name_once(format!("{base}_1"), "", format!("SELECT * FROM {base}_in WHERE place = 1"));
        let far_enough = match apart {
            None => String::new(),
            Some(apart) if apart % DAY == 0 => {
                format!(" AND {} - {} >= {}", day_of("l.since_s"), day_of("c.until_s"), apart / DAY)
            }
            Some(apart) => format!(" AND l.since_s - c.until_s >= {apart}"),
        };
        for next in 2..=count {
            let body = format!(
                "SELECT * FROM (\n  SELECT c.*, ROW_NUMBER() OVER (PARTITION BY c.patient, c.asked, c.case_no ORDER BY c.place) AS turn\n  \
                 FROM {base}_in c JOIN {base}_{} l ON l.patient = c.patient AND l.asked = c.asked AND l.case_no = c.case_no\n  \
                 WHERE c.place > l.place{far_enough}\n) c WHERE turn = 1",
                next - 1
            );
            self.name_once(format!("{base}_{next}"), "", body);
        }
        let columns = "patient, asked, case_no, place, since_s, until_s, low, low_in, high, high_in, word";
        let taken: Vec<String> =
            (1..=count).map(|turn| format!("SELECT {columns}, {turn} AS turn FROM {base}_{turn}")).collect();
        self.name_once(format!("{base}_taken"), "", taken.join("\nUNION ALL "));
        self.open(&base, count);
        base
    }

    /// The cases in which it is open which results count: too few, one that cannot be used, one beside the last that counts
    /// that says something else, one whose date is open.
    fn open(&mut self, base: &str, count: u32) {
        let same_end = |end: &str| {
            format!(
                "(c.{end} IS NULL AND t.{end} IS NULL OR COALESCE(c.{end}_in = t.{end}_in \
                 AND ABS(c.{end} - t.{end}) <= {:e} * GREATEST(ABS(c.{end}), ABS(t.{end})), FALSE))",
                Number::NEAR
            )
        };
        let same =
            format!("(COALESCE(c.word, -1) = COALESCE(t.word, -1) AND {} AND {})", same_end("low"), same_end("high"));
        // Each of them with the last one before it that counts.
        let body = format!(
            "SELECT c.patient, c.asked, c.case_no, c.place, c.known, c.taken_place, c.turn, c.is_taken, c.beside, c.differs\nFROM (\n  \
             SELECT c.patient, c.asked, c.case_no, c.place, c.known, t.place AS taken_place, t.turn,\n    \
             t.place = c.place AS is_taken,\n    \
             t.since_s <= c.until_s AND c.since_s <= t.until_s AS beside, NOT {same} AS differs,\n    \
             ROW_NUMBER() OVER (PARTITION BY c.patient, c.asked, c.case_no, c.place ORDER BY t.place DESC) AS turn_back\n  \
             FROM {base}_in c JOIN {base}_taken t ON t.patient = c.patient AND t.asked = c.asked AND t.case_no = c.case_no\n    \
             AND t.place <= c.place\n) c WHERE turn_back = 1"
        );
        self.name_once(format!("{base}_seen"), "", body);
        let stop = format!(
            "SELECT {KEY}, MIN(place) AS place FROM {base}_seen WHERE turn = {count} AND NOT is_taken AND NOT beside GROUP BY {KEY}"
        );
        let on = |a: &str, b: &str| {
            format!("{b}.patient = {a}.patient AND {b}.asked = {a}.asked AND {b}.case_no = {a}.case_no")
        };
        let body = format!(
            "SELECT {KEY} FROM (\n  SELECT c.patient, c.asked, c.case_no FROM {base}_seen c\n  \
             LEFT JOIN (\n    {stop}\n  ) e ON {}\n  \
             WHERE c.place <= COALESCE(e.place, c.place) AND (NOT c.known OR NOT c.is_taken AND c.beside AND c.differs)\n  \
             UNION ALL SELECT m.patient, m.asked, m.case_no FROM {base}_may m\n  \
             JOIN {base}_{count} t ON {} WHERE NOT m.dated AND m.until_s >= t.since_s\n  \
             UNION ALL SELECT l.patient, l.asked, l.case_no FROM {base}_1 l\n  LEFT JOIN {base}_{count} t ON {} WHERE t.patient IS NULL\n\
             ) o GROUP BY {KEY}",
            on("c", "e"),
            on("m", "t"),
            on("l", "t"),
        );
        self.name_once(format!("{base}_open"), "Where it is open which of them count.", body);
    }

    /// The mean of some that are all known.
    pub(super) fn mean(&mut self, name: String, of: &[ValueAt]) -> Val {
        let mut near = Near::Recorded;
        let mut parts = Vec::new();
        for value in of {
            let value = self.value(*value);
            if let Near::WorkedOut = value.near() {
                near = Near::WorkedOut;
            }
            parts.push(self.rows(&value));
        }
        let number = of.len();
        let body = format!(
            "SELECT {KEY}, BOOL_OR(unknown OR NOT known) AS unknown, NOT BOOL_OR(unknown OR NOT known) AS known,\n  \
             CASE WHEN BOOL_AND(low IS NOT NULL) THEN SUM(low) / {number} END AS low, BOOL_AND(COALESCE(low_in, TRUE)) AS low_in,\n  \
             CASE WHEN BOOL_AND(high IS NOT NULL) THEN SUM(high) / {number} END AS high, BOOL_AND(COALESCE(high_in, TRUE)) AS high_in,\n  \
             CAST(NULL AS INTEGER) AS word\nFROM (\n  {}\n) e GROUP BY {KEY}",
            parts.join("\n  UNION ALL ")
        );
        self.name_once(&name, "The mean of several.", body);
        Val::Table(name, near)
    }
}
