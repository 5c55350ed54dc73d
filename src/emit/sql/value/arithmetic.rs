//! Sums, products, quotients and powers of intervals: every result that the operands may give.

use crate::emit::sql::KEY;
use crate::emit::sql::text::number;
use crate::ir::Operator;

/// Two values, each alternative of the one with each of the other.
pub(in crate::emit::sql) fn of_two(operator: Operator, left: &str, right: &str, double: &str) -> String {
    let right = if operator == Operator::Over { reciprocal(right) } else { right.to_owned() };
    let pairs = format!(
        "SELECT l.patient, l.asked, l.case_no, l.unknown OR r.unknown AS unknown, l.known AND r.known AS known,\n    \
         l.low AS a, l.low_in AS a_in, l.high AS b, l.high_in AS b_in,\n    \
         r.low AS c, r.low_in AS c_in, r.high AS d, r.high_in AS d_in\n  \
         FROM (\n  {left}\n  ) l JOIN (\n  {right}\n  ) r\n  \
         ON r.patient = l.patient AND r.asked = l.asked AND r.case_no = l.case_no"
    );
    let ends = match operator {
        Operator::Plus => "a + c AS low, a_in AND c_in AS low_in, b + d AS high, b_in AND d_in AS high_in",
        Operator::Minus => "a - d AS low, a_in AND d_in AS low_in, b - c AS high, b_in AND c_in AS high_in",
        Operator::Times | Operator::Over | Operator::Power => return times(&pairs, double),
    };
    format!("SELECT {KEY}, unknown, known, {ends}, CAST(NULL AS INTEGER) AS word\nFROM (\n  {pairs}\n) p")
}

/// The least and the greatest of the products of the ends; an open end is without bound.
fn times(pairs: &str, double: &str) -> String {
    let infinite = format!("CAST('Infinity' AS {double})");
    let product = |x: &str, y: &str| format!("CASE WHEN {x} = 0 OR {y} = 0 THEN 0e0 ELSE {x} * {y} END AS {x}{y}");
    // Zero times anything is zero, whether or not the other end is reached.
    let reached = |x: &str, y: &str| {
        format!("(({x}_in AND {y}_in) OR ({x}_in AND {x} = 0) OR ({y}_in AND {y} = 0)) AS {x}{y}_in")
    };
    let corners = [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")];
    let products: Vec<String> = corners.iter().map(|(x, y)| format!("{}, {}", product(x, y), reached(x, y))).collect();
    let is = |end: &str| {
        let parts: Vec<String> = corners.iter().map(|(x, y)| format!("{x}{y} = {end} AND {x}{y}_in")).collect();
        parts.join(" OR ")
    };
    format!(
        "SELECT {KEY}, unknown, known,\n  \
         CASE WHEN low > -{infinite} THEN low END AS low, {} AS low_in,\n  \
         CASE WHEN high < {infinite} THEN high END AS high, {} AS high_in, CAST(NULL AS INTEGER) AS word\nFROM (\n  \
         SELECT p.*, LEAST(ac, ad, bc, bd) AS low, GREATEST(ac, ad, bc, bd) AS high\n  FROM (\n  \
         SELECT {KEY}, unknown, known,\n    {}\n  FROM (\n  \
         SELECT {KEY}, unknown, known,\n    \
         COALESCE(a, -{infinite}) AS a, COALESCE(a_in, TRUE) AS a_in, COALESCE(b, {infinite}) AS b, COALESCE(b_in, TRUE) AS b_in,\n    \
         COALESCE(c, -{infinite}) AS c, COALESCE(c_in, TRUE) AS c_in, COALESCE(d, {infinite}) AS d, COALESCE(d_in, TRUE) AS d_in\n  \
         FROM (\n  {pairs}\n  ) p\n  ) p\n  ) p\n) p",
        is("low"),
        is("high"),
        products.join(",\n    ")
    )
}

/// One divided by each; nothing where it may be zero.
fn reciprocal(rows: &str) -> String {
    let apart = "(low > 0 OR low = 0 AND NOT low_in OR high < 0 OR high = 0 AND NOT high_in)";
    let turned = |end: &str| format!("CASE WHEN {end} IS NULL THEN 0e0 WHEN {end} <> 0 THEN 1e0 / {end} END");
    format!(
        "SELECT {KEY}, unknown OR known AND NOT COALESCE({apart}, FALSE) AS unknown, known AND COALESCE({apart}, FALSE) AS known,\n    \
         {} AS low, high IS NOT NULL AND high_in AS low_in, {} AS high, low IS NOT NULL AND low_in AS high_in, word\n  \
         FROM (\n  {rows}\n  ) r",
        turned("high"),
        turned("low")
    )
}

/// A power: of what is not negative by its ends, of a negative number where it is known exactly and the power is whole.
pub(super) fn power(rows: &str, exponent: f64) -> String {
    let whole = exponent.fract() == 0.0;
    let size = number(exponent.abs());
    let exact = "low = high AND low_in AND high_in";
    let (fits, negative) = if whole { ("(low >= 0 OR low = high)", exact) } else { ("low >= 0", "FALSE") };
    let raised = |end: &str| format!("CASE WHEN {fits} THEN POWER({end}, {size}) END");
    let powers = format!(
        "SELECT {KEY}, unknown OR known AND NOT COALESCE({can}, FALSE) AS unknown, known AND COALESCE({can}, FALSE) AS known,\n    \
         {} AS low, low_in, {} AS high, high_in, word\n  FROM (\n  {rows}\n  ) r",
        raised("low"),
        raised("high"),
        can = format!("({fits} OR {negative})"),
    );
    if exponent < 0.0 { reciprocal(&powers) } else { powers }
}

/// The powers of a value whose exponents are values too, without their signs: those stand in `exponent`.
pub(super) fn powers(base: &str, exponents: &str) -> String {
    let can = "COALESCE(r.low = r.high AND r.low_in AND r.high_in\n      \
               AND (l.low >= 0 OR l.low = l.high AND l.low_in AND l.high_in AND FLOOR(r.low) = r.low), FALSE)";
    let raised = |end: &str| format!("CASE WHEN {can} THEN POWER(l.{end}, ABS(r.low)) END AS {end}, l.{end}_in");
    format!(
        "SELECT l.patient, l.asked, l.case_no, l.unknown OR r.unknown OR l.known AND r.known AND NOT {can} AS unknown,\n  \
         l.known AND r.known AND {can} AS known,\n  {},\n  {}, l.word, r.low AS exponent\n\
         FROM (\n  {base}\n) l JOIN (\n  {exponents}\n) r\n  \
         ON r.patient = l.patient AND r.asked = l.asked AND r.case_no = l.case_no",
        raised("low"),
        raised("high")
    )
}

/// The same with their signs.
pub(super) fn signed(powers: &str) -> String {
    let columns = "patient, asked, case_no, unknown, known, low, low_in, high, high_in, word";
    format!(
        "SELECT {columns} FROM {powers} WHERE COALESCE(exponent, 0) >= 0\nUNION ALL\n{}",
        reciprocal(&format!("SELECT {columns} FROM {powers} WHERE exponent < 0"))
    )
}
