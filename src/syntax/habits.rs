//! What registries and protocols write in English where the language has one way of saying it.
//!
//! Each of these is looked for around the place of a syntax error, and answered with the sentence to write.

mod doses;

use super::error::{Place, is_reserved};
use super::tokens::{Token, TokenKind, Tokens};
use crate::diagnostic::{Diagnostic, code};

/// The words and signs around a fault.
struct Around<'a> {
    place: &'a Place<'a>,
    tokens: Vec<Token>,
    /// The index of the first thing that does not fit.
    here: usize,
}

/// What is to be said of a habit, if one is seen there.
pub(super) fn habit(place: &Place<'_>) -> Option<Diagnostic> {
    let tokens: Vec<Token> = Tokens::new(place.text).collect();
    let here = tokens.partition_point(|token| token.start < place.at);
    let around = Around { place, tokens, here };
    let habits: [fn(&Around<'_>) -> Option<Diagnostic>; 27] = [
        times_a_limit,
        power_of_ten,
        doses::doses,
        rate_sign,
        plus_minus,
        written_number,
        article,
        recent,
        prior_to,
        comparison,
        at_least,
        between,
        chain,
        two_limits,
        history_of,
        schedule,
        steps,
        one_of_them,
        bare_list,
        change_from,
        visit_time,
        without_braces,
        second_unless,
        time_alone,
        placebo_of,
        normal_limits,
        amount_a_day,
    ];
    habits.iter().find_map(|habit| habit(&around))
}

impl<'a> Around<'a> {
    /// A word, counted from the fault: 0 is what does not fit, −1 stands before it.
    fn word(&self, offset: isize) -> &'a str {
        self.token(offset).map_or("", |token| self.text(token.start, token.end))
    }

    fn token(&self, offset: isize) -> Option<Token> {
        self.tokens.get(self.here.checked_add_signed(offset)?).copied()
    }

    fn text(&self, start: usize, end: usize) -> &'a str {
        self.place.text.get(start..end).unwrap_or("")
    }

    fn is_number(&self, offset: isize) -> bool {
        self.word(offset).starts_with(|c: char| c.is_ascii_digit())
    }

    /// A name, or a word that would be one.
    fn is_name(&self, offset: isize) -> bool {
        self.word(offset).starts_with(|c: char| c.is_ascii_alphabetic()) && !is_reserved(self.word(offset))
    }

    /// The first word of the statement.
    fn begins(&self, word: &str) -> bool {
        self.tokens.first().is_some_and(|token| self.text(token.start, token.end) == word)
    }

    /// A message about the words from one offset to another, both included.
    fn say(&self, from: isize, to: isize, message: impl FnOnce(&str) -> String) -> Option<Diagnostic> {
        let (start, end) = (self.token(from)?.start, self.token(to)?.end);
        let written = message(self.text(start, end));
        Some(Diagnostic::new(&code::SYNTAX, self.place.span_of(start, end), written))
    }
}

/// `3 × ULN`, `1.5 x ULN`, `3 times ULN`
fn times_a_limit(around: &Around<'_>) -> Option<Diagnostic> {
    let sign = |offset| matches!(around.word(offset), "x" | "X" | "×" | "*" | "times");
    let limit = |offset| matches!(around.word(offset), "ULN" | "LLN");
    let at = [0, -1].into_iter().find(|at| sign(*at) && limit(*at + 1) && around.is_number(*at - 1))?;
    let span = around.place.span_of(around.token(at)?.start, around.token(at + 1)?.start);
    let right = format!("{} {}", number_before(around, at)?, around.word(at + 1));
    let found = around.say(at, at, |sign| format!("no `{sign}` stands between a number and its limit of normal"))?;
    Some(found.label("not needed").help(format!("write `{right}`")).fix(format!("write `{right}`"), span, ""))
}

/// The number that ends before a word, with its point.
fn number_before<'a>(around: &Around<'a>, at: isize) -> Option<&'a str> {
    let before = around.place.text.get(..around.token(at)?.start)?.trim_end();
    let start = before.rfind(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_'))).map_or(0, |at| at + 1);
    before.get((start..before.len()).find(|at| before.is_char_boundary(*at))?..)
}

/// `100 x 10^9/L`: the power of ten belongs to the unit, and is one word with its sign.
fn power_of_ten(around: &Around<'_>) -> Option<Diagnostic> {
    let sign = |offset| matches!(around.word(offset), "x" | "X" | "×" | "*");
    let at = [0, -1].into_iter().find(|at| sign(*at) && around.word(*at + 1) == "10" && around.is_number(*at - 1))?;
    let (sign, ten) = (around.token(at)?, around.token(at + 1)?);
    let found = around.say(at, at + 1, |_| "a power of ten is part of the unit, in one word".to_owned())?;
    let span = around.place.span_of(sign.start, ten.end);
    Some(found.label("belongs to the unit").help("such as `100 10*9/L` or `100 x10^9/L`").fix(
        "write it in one word",
        span,
        "x10",
    ))
}

/// `2 /day`, `100_000 /µL`, `100 per microliter`, `rate of relapse per year`, `every week`
fn rate_sign(around: &Around<'_>) -> Option<Diagnostic> {
    const TIMES: &[&str] = &["day", "week", "month", "year", "hour"];
    if around.word(-1) == "/" && around.is_number(-2) && (TIMES.contains(&around.word(0)) || around.word(0) == "µ") {
        let found = around.say(-1, 0, |_| "a number stands before `/`, and no unit".to_owned())?;
        return Some(found.label("what of?").help(
            "say what is counted, in braces: `2 {drinks}/d`, `100_000 {cells}/uL`; or with a power of ten, `100 10*3/uL`",
        ));
    }
    if around.word(0) == "per" && around.is_number(-1) && around.is_name(1) {
        let found = around.say(0, 1, |written| format!("`{written}` is a unit in words"))?;
        return Some(found.label("one unit, in signs").help(
            "write the unit with `/`, and say what is counted: `100_000 {cells}/uL`; or with a power of ten, `100 10*3/uL`",
        ));
    }
    if around.word(0) == "for" && matches!(around.word(1), "at" | "more" | "over") && !around.begins("give") {
        let verbs = ["has", "had", "receiving", "received", "started", "stopped"];
        let start = (-12..0).rev().find(|at| matches!(around.word(*at), ":" | "and" | "or")).unwrap_or(-12);
        let compared = (start..0).any(|at| matches!(around.word(at), "<" | ">" | "=" | "≤" | "≥"));
        if compared && !(start..0).any(|at| verbs.contains(&around.word(at))) {
            let found = around.place.error("a result is taken on a day, and lasts no time".to_owned());
            return Some(found.label("of a condition or treatment only").help(
                "ask for all results of a time: `lowest X >= … within 2 weeks`, `highest X <= … within 2 weeks`",
            ));
        }
    }
    if matches!(around.word(-1), "per" | "every") && TIMES.contains(&around.word(0)) {
        let (before, unit) = (around.word(-1), around.word(0));
        let right = format!("{before} 1 {unit}");
        let found = around.say(-1, 0, |_| format!("how many {unit}s?"))?;
        let span = around.place.span().before();
        return Some(found.label("a number is missing").help(format!("write `{right}`")).fix(
            format!("write `{right}`"),
            span,
            "1 ",
        ));
    }
    None
}

/// `window +/- 7 days`, `window 7 days`
fn plus_minus(around: &Around<'_>) -> Option<Diagnostic> {
    let window = (-4..=0).find(|at| around.word(*at) == "window")?;
    let number = (window + 1..=window + 4).find(|at| around.is_number(*at))?;
    let signs: String = (window + 1..number).map(|at| around.word(at)).collect();
    if !matches!(signs.as_str(), "" | "±" | "+/-" | "+-") || around.word(number + 1) == "." {
        return None;
    }
    let days = around.word(number);
    let right = format!("-{days}..+{days}");
    let span = around.place.span_of(around.token(window + 1)?.start, around.token(number)?.end);
    let found = around.say(window + 1, number, |written| format!("`{written}` is no range"))?;
    let help = format!("a window runs from a day before to a day after: `window {right} days`");
    Some(found.label("from when to when?").help(help).fix(format!("write `{right}`"), span, right))
}

/// `within six months`
fn written_number(around: &Around<'_>) -> Option<Diagnostic> {
    const NUMBERS: &[&str] =
        &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let word = around.word(0);
    let value = NUMBERS.iter().position(|known| word.eq_ignore_ascii_case(known))? + 2;
    let found = around.say(0, 0, |word| format!("`{word}` is no number"))?;
    let span = around.place.span();
    Some(found.label("numbers are written in digits").help(format!("write `{value}`")).fix(
        format!("write `{value}`"),
        span,
        value.to_string(),
    ))
}

/// `by the investigator`
fn article(around: &Around<'_>) -> Option<Diagnostic> {
    let is_article = |at: &isize| matches!(around.word(*at), "the" | "a" | "an") && around.word(*at - 1) != "of";
    let at = [0, -1].into_iter().find(is_article)?;
    let next = around.word(at + 1);
    if next.is_empty() || matches!(next, "last" | "past" | "previous") || matches!(around.word(at - 1), "once") {
        return None;
    }
    let span = around.place.span_of(around.token(at)?.start, around.token(at + 1)?.start);
    let found = around.say(at, at, |word| format!("`{word}` is left out here"))?;
    Some(found.label("no article").help(format!("write `{next}` alone")).fix("leave it out", span, ""))
}

/// `in the last 6 months`, `within the past 6 months`
fn recent(around: &Around<'_>) -> Option<Diagnostic> {
    let is_recent = |at: &isize| {
        matches!(around.word(*at), "last" | "past" | "previous" | "preceding" | "prior") && around.is_number(*at + 1)
    };
    let at = (-1..=1).find(is_recent)?;
    let article = isize::from(around.word(at - 1) == "the");
    let from = at - 1 - article;
    if !matches!(around.word(from), "in" | "within" | "during" | "over" | "for") {
        return None;
    }
    let right = format!("within {} {}", around.word(at + 1), around.word(at + 2));
    let span = around.place.span_of(around.token(from)?.start, around.token(at)?.end);
    let found = around.say(from, at, |written| format!("`{written}` is not how a time is written"))?;
    Some(found.label("a time that looks back").help(format!("write `{right}`")).fix(
        format!("write `{right}`"),
        span,
        "within",
    ))
}

/// `within 6 months prior to screening`, `6 months ago`
fn prior_to(around: &Around<'_>) -> Option<Diagnostic> {
    if let Some(at) = [0, -1].into_iter().find(|at| around.word(*at) == "prior" && around.word(*at + 1) == "to") {
        let span = around.place.span_of(around.token(at)?.start, around.token(at + 1)?.end);
        let found = around.say(at, at + 1, |_| "`prior to` is written `before`".to_owned())?;
        return Some(found.label("the side of a time").fix("write `before`", span, "before"));
    }
    let ago = (0..=4).find(|at| around.word(*at) == "ago")?;
    let found = around.say(ago, ago, |_| "`ago` is not how a time is written".to_owned())?;
    Some(found.label("counted from where?").help(
        "behind a verb stands `within 6 months` for less than that, `at least 6 months before screening` for more",
    ))
}

/// `CRP greater than 5 mg/L`, `age over 18 years`
fn comparison(around: &Around<'_>) -> Option<Diagnostic> {
    let sign = |word: &str| match word {
        "greater" | "more" | "higher" | "larger" | "above" | "over" | "exceeding" | "exceeds" => Some(">"),
        "less" | "fewer" | "lower" | "smaller" | "below" | "under" => Some("<"),
        _ => None,
    };
    let (at, sign) = [0, -1].into_iter().find_map(|at| Some((at, sign(around.word(at))?)))?;
    let than = around.word(at + 1) == "than";
    let mut number = at + 1 + isize::from(than);
    let mut sign = sign.to_owned();
    if around.word(number) == "or" && around.word(number + 1) == "equal" {
        sign.push('=');
        number += if around.word(number + 2) == "to" { 3 } else { 2 };
    }
    if !around.is_number(number) || !around.is_name(at - 1) && around.word(at - 1) != "is" {
        return None;
    }
    let from = at - isize::from(around.word(at - 1) == "is");
    let span = around.place.span_of(around.token(from)?.start, around.token(number)?.start);
    let found = around.say(from, number - 1, |written| format!("`{written}` is written as a sign"))?;
    let title = format!("write `{sign}`");
    Some(found.label("a comparison").help(title.clone()).fix(title, span, format!("{sign} ")))
}

/// `age at least 18 years`: behind a value, `at least` would begin a time.
fn at_least(around: &Around<'_>) -> Option<Diagnostic> {
    const TIMES: &[&str] =
        &["minutes", "hours", "day", "days", "week", "weeks", "month", "months", "half_lives", "cycles"];
    let at = (-6..=0).rev().find(|at| {
        around.word(*at) == "at" && matches!(around.word(*at + 1), "least" | "most") && around.is_number(*at + 2)
    })?;
    let name = around.word(at - 1);
    let unit = around.word(at + 3);
    let year = matches!(unit, "year" | "years");
    if !around.is_name(at - 1) || TIMES.contains(&unit) || year && name != "age" || around.word(at + 3) == "of" {
        return None;
    }
    if matches!(around.word(at - 2), "has" | "had" | "receiving" | "received" | "started" | "stopped" | "of") {
        return None;
    }
    let sign = if around.word(at + 1) == "least" { ">=" } else { "<=" };
    let span = around.place.span_of(around.token(at)?.start, around.token(at + 1)?.end);
    let found = around.say(at, at + 1, |written| format!("`{written}` is written as a sign behind a value"))?;
    let title = format!("write `{sign}`");
    Some(found.label("a comparison").help(title.clone()).fix(title, span, sign))
}

/// `age between 18 and 75 years`, `age 18 to 75 years`
fn between(around: &Around<'_>) -> Option<Diagnostic> {
    let at = [0, -1].into_iter().find(|at| around.word(*at) == "between" && around.is_number(*at + 1));
    let (from, low) = match at {
        Some(at) => (at, at + 1),
        None if around.is_number(0) && around.is_name(-1) => (0, 0),
        None => return None,
    };
    let dot = |at: isize| if around.word(at) == "." { 2 } else { 0 };
    let joined = low + 1 + dot(low + 1);
    if !matches!(around.word(joined), "and" | "to" | "-" | "–") || !around.is_number(joined + 1) {
        return None;
    }
    let high = joined + 1 + dot(joined + 2);
    let number = |from: isize, to: isize| Some(around.text(around.token(from)?.start, around.token(to)?.end));
    let right = format!("in {}..{}", number(low, joined - 1)?, number(joined + 1, high)?);
    let span = around.place.span_of(around.token(from)?.start, around.token(high)?.end);
    let found = around.say(from, high, |_| "a range is written with `in` and `..`".to_owned())?;
    Some(found.label("from what to what").help(format!("write `{right}`")).fix(format!("write `{right}`"), span, right))
}

/// `5 mg/L < CRP < 10 mg/L`
fn chain(around: &Around<'_>) -> Option<Diagnostic> {
    if !matches!(around.word(0), "<" | ">" | "≤" | "≥") {
        return None;
    }
    (around.is_name(-1) && matches!(around.word(-2), "<" | ">" | "=" | "≤" | "≥")).then(|| {
        around
            .place
            .error("one comparison has one sign".to_owned())
            .label("a second sign")
            .help("write a range, `CRP in 5..10 mg/L`, or two comparisons joined by `and`")
    })
}

/// `CRP > 5 mg/L and < 10 mg/L`, `> 5 but < 10`
fn two_limits(around: &Around<'_>) -> Option<Diagnostic> {
    let joined = |at: isize| matches!(around.word(at), "and" | "or" | "but");
    let compared = |at: isize| matches!(around.word(at), "<" | ">" | "=" | "≤" | "≥");
    let at = [0, 1].into_iter().find(|at| compared(*at) && joined(*at - 1))?;
    let name = (-14..at - 1).rev().find(|before| compared(*before) && around.is_name(*before - 1))? - 1;
    let word = around.word(at - 1).replace("but", "and");
    let name = around.word(name);
    let span = around.place.span_of(around.token(at - 1)?.start, around.token(at)?.start);
    let found = around.say(at, at, |_| "what is compared here?".to_owned())?;
    let title = format!("write `{word} {name}`");
    Some(
        found
            .label("a value is missing before it")
            .help(format!("each comparison names its value: `{word} {name} …`"))
            .guess(title, span, format!("{word} {name} ")),
    )
}

/// `history of stroke`, `prior stroke`, `no stroke`, `taking prednisone`
fn history_of(around: &Around<'_>) -> Option<Diagnostic> {
    let verb = |word: &str| {
        Some(match word.to_ascii_lowercase().as_str() {
            "history" | "prior" | "previous" | "past" | "recent" => "had",
            "diagnosis" | "diagnosed" | "active" | "current" | "ongoing" | "concurrent" | "concomitant" | "have" => {
                "has"
            }
            "no" | "without" => "not had",
            "taking" | "takes" | "receives" | "receive" | "using" | "on" => "receiving",
            "treated" | "treatment" | "exposure" => "received",
            _ => return None,
        })
    };
    let (at, verb) = [0, -1].into_iter().find_map(|at| Some((at, verb(around.word(at))?)))?;
    let small = isize::from(matches!(around.word(at + 1), "of" | "with" | "to"));
    if !around.is_name(at + 1 + small) || matches!(around.word(at - 1), "=" | "is" | "at" | "before" | "after") {
        return None;
    }
    let thing = around.word(at + 1 + small);
    let span = around.place.span_of(around.token(at)?.start, around.token(at + 1 + small)?.start);
    let treatment = ["drugs", "procedures"].iter().filter_map(|name| crate::library::module(name));
    let is_treatment = treatment.into_iter().any(|module| module.index().get(thing).is_some());
    let (now, ever) = if is_treatment { ("receiving", "received") } else { ("has", "had") };
    let verb = match verb {
        "not had" => format!("not {ever}"),
        "has" | "receiving" => now.to_owned(),
        _ => ever.to_owned(),
    };
    let found = around.say(at, at + small, |written| format!("`{written}` is said with a verb"))?;
    let help = format!(
        "write `{now} {thing}` for now, `{ever} {thing}` for ever or within a time, and `not` before it for none"
    );
    Some(found.label("a verb is missing").help(help).guess(format!("say `{verb} {thing}`"), span, format!("{verb} ")))
}

/// `once daily`, `bid`, `weekly`, `q3w`, `2 times weekly`
fn schedule(around: &Around<'_>) -> Option<Diagnostic> {
    if !["arm", "background", "regimen", "in", "give", "cycle", "phase"].iter().any(|word| around.begins(word)) {
        return None;
    }
    let word = around.word(0).to_ascii_lowercase();
    let again = |at: isize| matches!(around.word(at), "daily" | "a" | "per" | "weekly" | "every");
    let (from, to, right) = match word.as_str() {
        "daily" if around.word(-1) == "once" => (-1, 0, "daily".to_owned()),
        "a" | "per" if around.word(-1) == "once" && around.word(1) == "day" => (-1, 1, "daily".to_owned()),
        "weekly" if around.word(-1) == "once" => (-1, 0, "every 1 week".to_owned()),
        "every" if around.word(-1) == "once" => (-1, 0, "every".to_owned()),
        "qd" | "od" => (0, 0, "daily".to_owned()),
        "bid" | "bd" => (0, 0, "2 times daily".to_owned()),
        "tid" | "tds" => (0, 0, "3 times daily".to_owned()),
        "qid" | "qds" => (0, 0, "4 times daily".to_owned()),
        "prn" => (0, 0, "as needed".to_owned()),
        "weekly" => (0, 0, "every 1 week".to_owned()),
        "monthly" => (0, 0, "every 1 month".to_owned()),
        "twice" if around.word(1) == "daily" => (0, 1, "2 times daily".to_owned()),
        "twice" if again(1) && around.word(2) == "day" => (0, 2, "2 times daily".to_owned()),
        "times" if around.word(1) != "daily" => {
            let found = around.say(0, 1, |_| "only a day has several times".to_owned())?;
            return Some(found.label("how often?").help("say on which days: `on day 1, 4 of every 7 days`"));
        }
        "twice" => {
            let found = around.say(0, 1, |_| "only a day has several times".to_owned())?;
            return Some(found.label("how often?").help("say on which days: `on day 1, 4 of every 7 days`"));
        }
        other => {
            let cycle = other.strip_prefix('q')?;
            let number = cycle.get(..cycle.len().checked_sub(1)?).filter(|digits| digits.parse::<u32>().is_ok())?;
            let unit = match cycle.chars().next_back()? {
                'd' => "days",
                'w' => "weeks",
                _ => return None,
            };
            (0, 0, format!("every {number} {unit}"))
        }
    };
    let span = around.place.span_of(around.token(from)?.start, around.token(to)?.end);
    let found = around.say(from, to, |written| format!("`{written}` is not how the language writes a schedule"))?;
    let title = format!("write `{right}`");
    let help = if word == "monthly" {
        format!("{title} for months of the calendar, or `every 4 weeks`")
    } else {
        title.clone()
    };
    let found = found.label("how often?").help(help);
    Some(if word == "monthly" { found.guess(title, span, right) } else { found.fix(title, span, right) })
}

/// `3 mg daily for 30 days then 7 mg daily`
fn steps(around: &Around<'_>) -> Option<Diagnostic> {
    (around.word(0) == "then").then(|| {
        around
            .place
            .error("one `give` has one dose".to_owned())
            .label("another dose begins here")
            .help("write the steps as `phase first 30 days { give … }`, `phase second { give … }`, or equal steps as `increased by 5 mg every 2 weeks to 20 mg`")
    })
}

/// `at least 6 of 8 x`, `2 or more of`
fn one_of_them(around: &Around<'_>) -> Option<Diagnostic> {
    if around.is_number(0) && around.word(-1) == "of" {
        let found = around.say(0, 0, |_| "of what?".to_owned())?;
        return Some(found.label("a list is missing").help(
            "name what is counted: `at least 2 of { a, b, c }`; of results in time, `each of 2 X at least 1 day apart`",
        ));
    }
    let at = [0, -1].into_iter().find(|at| around.word(*at) == "or" && around.word(*at + 1) == "more")?;
    let number = around.word(at - 1);
    if !around.is_number(at - 1) {
        return plain_more(around);
    }
    let span = around.place.span_of(around.token(at - 1)?.start, around.token(at + 1)?.end);
    let found = around.say(at - 1, at + 1, |written| format!("`{written}` is written `at least {number}`"))?;
    let right = format!("at least {number}");
    Some(found.label("how many?").help(format!("write `{right}`")).fix(format!("write `{right}`"), span, right))
}

/// `2 or more of`, where the number is what does not fit.
fn plain_more(around: &Around<'_>) -> Option<Diagnostic> {
    if !around.is_number(0) || around.word(1) != "or" || around.word(2) != "more" {
        return None;
    }
    let right = format!("at least {}", around.word(0));
    let span = around.place.span_of(around.token(0)?.start, around.token(2)?.end);
    let found = around.say(0, 2, |written| format!("`{written}` is written `{right}`"))?;
    Some(found.label("how many?").help(format!("write `{right}`")).fix(format!("write `{right}`"), span, right.clone()))
}

/// `any of a, b`, `had a, b`, `change in a, b`: a list without its braces.
fn bare_list(around: &Around<'_>) -> Option<Diagnostic> {
    if around.word(0) != "," || !around.is_name(-1) || !around.is_name(1) {
        return plain_more(around);
    }
    let verbs = ["has", "had", "receiving", "received", "started", "stopped"];
    let before = around.word(-2);
    let mut last = 1;
    while around.word(last + 1) == "," && around.is_name(last + 2) {
        last += 2;
    }
    let span = around.place.span_of(around.token(-1)?.start, around.token(last)?.end);
    let list = around.text(around.token(-1)?.start, around.token(last)?.end);
    let found = around.place.error("a list stands in braces".to_owned()).label("a list begins before this");
    if verbs.contains(&before) {
        let right = format!("any of {{ {list} }}");
        return Some(found.help(format!("write `{before} {right}` (or `all of`)")).guess(
            format!("write `{before} {right}`"),
            span,
            right,
        ));
    }
    if before == "of" {
        let right = format!("{{ {list} }}");
        return Some(found.help(format!("write `of {right}`")).fix(format!("write `{right}`"), span, right));
    }
    if around.begins("outcome") {
        return Some(
            around
                .place
                .error("an outcome has one measure".to_owned())
                .label("a second one")
                .help("write an outcome for each of them; their prose may be the same"),
        );
    }
    None
}

/// `change from baseline in X`
fn change_from(around: &Around<'_>) -> Option<Diagnostic> {
    if around.word(0) != "from" || around.word(-1) != "change" || around.word(2) != "in" {
        return None;
    }
    let span = around.place.span_of(around.token(0)?.start, around.token(2)?.start);
    let found = around.say(0, 1, |_| "a change is always one from baseline".to_owned())?;
    Some(found.label("not needed").help("write `change in X`").fix("leave it out", span, ""))
}

/// `visit v: day -28 to day -1`, `every 3 weeks from week 0`, `from month 3`
fn visit_time(around: &Around<'_>) -> Option<Diagnostic> {
    if around.is_number(0) && matches!(around.word(-1), "month" | "months" | "year" | "years") {
        let weeks =
            around.word(0).parse::<u64>().ok()?.saturating_mul(if around.word(-1).starts_with('m') { 13 } else { 156 });
        let found = around.say(-1, 0, |written| format!("`{written}` is no study day"))?;
        let help = format!("study time is counted in days and weeks, such as `week {}`", weeks.div_ceil(3));
        return Some(found.label("a month has no fixed length").help(help));
    }
    if around.word(-1) == "expect" && around.word(0) == "not" && around.word(1) == "eligible" {
        let span = around.place.span_of(around.token(0)?.start, around.token(1)?.end);
        let found = around.say(0, 1, |_| "`not eligible` is one word".to_owned())?;
        return Some(found.label("`ineligible`").fix("write `ineligible`", span, "ineligible"));
    }
    if !around.begins("visit") {
        return None;
    }
    let colon = (-12..0).rev().find(|at| around.word(*at) == ":")?;
    if around.word(0) == "to" && !matches!(around.word(colon + 1), "every" | "from") {
        let span = around.place.span_of(around.token(colon + 1)?.start, around.token(colon + 1)?.start);
        let found = around.say(colon + 1, 0, |_| "a span of days begins with `from`".to_owned())?;
        return Some(found.label("`from` is missing").fix("write `from`", span, "from "));
    }
    if around.word(colon + 1) == "every" && (around.word(0).is_empty() || around.word(0) == "window") {
        let found = around.place.error("a visit that repeats has an end".to_owned());
        return Some(found.label("until when?").help("add `to week 52`, or `to end of treatment`"));
    }
    None
}

/// `arm no_intervention control "Usual care"`
fn without_braces(around: &Around<'_>) -> Option<Diagnostic> {
    let arm = around.begins("arm") || around.begins("regimen") || around.begins("background");
    let has_braces = around.tokens.iter().any(|token| token.kind == TokenKind::Open(b'{'));
    (arm && !has_braces && around.word(0).is_empty()).then(|| {
        around
            .place
            .error("what is given stands in braces".to_owned())
            .label("nothing follows")
            .help("write `{ in treatment { give … } }`, or `{ }` where nothing is given")
    })
}

/// `a unless b or c unless d`
fn second_unless(around: &Around<'_>) -> Option<Diagnostic> {
    let inside = (-200..0).any(|at| around.word(at) == "unless");
    (around.word(0) == "unless" && inside).then(|| {
        around
            .place
            .error("`unless` stands once, at the end of a sentence".to_owned())
            .label("a second one")
            .help("put each part with its exception into parentheses, or into a criterion of its own")
    })
}

/// `had X during Y or within 60 days after Z`: a time has a predicate before it.
fn time_alone(around: &Around<'_>) -> Option<Diagnostic> {
    let begins = matches!(around.word(0), "within" | "during" | "before" | "after" | "from");
    (begins && matches!(around.word(-1), "and" | "or")).then(|| {
        around
            .place
            .error("what is asked of this time?".to_owned())
            .label("a time alone")
            .help("repeat what it is about: `had X during Y or had X within 60 days after Z`")
    })
}

/// `receiving metformin 1 g 2 times daily`, as a fact of an example.
fn amount_a_day(around: &Around<'_>) -> Option<Diagnostic> {
    let times = matches!(around.word(1), "times") || matches!(around.word(0), "daily" | "twice" | "every");
    if !around.begins("example") && !matches!(around.word(-4), "receiving" | "received") || !times {
        return None;
    }
    let found = around.say(0, 0, |_| "an example says how much a day".to_owned())?;
    Some(
        found
            .label("no schedule here")
            .help("write the amount a day, such as `received oral metformin 2 g/d from 2024-01 to screening`"),
    )
}

/// `give placebo X oral daily`
fn placebo_of(around: &Around<'_>) -> Option<Diagnostic> {
    if around.word(-1) != "placebo" || !around.is_name(0) {
        return None;
    }
    let name = around.word(0);
    let found = around.say(0, 0, |name| format!("expected `for`, found `{name}`"))?;
    let span = around.place.span().before();
    Some(found.label("not expected here").help(format!("write `placebo for {name}`")).fix("write `for`", span, "for "))
}

/// `within normal limits`
fn normal_limits(around: &Around<'_>) -> Option<Diagnostic> {
    let at = [0, -1].into_iter().find(|at| around.word(*at) == "normal")?;
    let found = around.say(at, at, |_| "what is normal is said by its limits".to_owned())?;
    Some(found.label("no number").help("write `<= 1 ULN`, `>= 1 LLN`, or both joined by `and`"))
}
