//! Doses as orders and labels write them: how often, on which days, up to how much.

use super::Around;
use crate::diagnostic::Diagnostic;

/// What is to be said of a dose that is written as on an order.
pub(super) fn doses(around: &Around<'_>) -> Option<Diagnostic> {
    if !["arm", "background", "regimen", "in", "give", "cycle", "phase"].iter().any(|word| around.begins(word)) {
        return None;
    }
    let habits: [fn(&Around<'_>) -> Option<Diagnostic>; 12] = [
        area_under_curve,
        several_a_week,
        each_other,
        hours,
        again,
        weeks,
        before_day_1,
        day_list,
        clauses,
        amounts,
        by_condition,
        rules,
    ];
    habits.iter().find_map(|habit| habit(around))
}

/// `carboplatin AUC 5`
fn area_under_curve(around: &Around<'_>) -> Option<Diagnostic> {
    let at = [0, -1].into_iter().find(|at| around.word(*at).eq_ignore_ascii_case("AUC"))?;
    let number = at + 1 + isize::from(around.word(at + 1) == "=");
    let value = number_at(around, number)?;
    let (from, to) = (around.token(at)?.start, around.token(number)?.start + value.len());
    let found = around.say(at, number, |_| "the number stands before its unit".to_owned())?;
    let right = format!("{value} AUC");
    Some(found.label("a dose by the area under the curve").help(format!("write `{right}`")).fix(
        format!("write `{right}`"),
        around.place.span_of(from, to),
        right,
    ))
}

/// `3 times weekly`, `3 times a week`, `twice weekly`, `twice a week`
fn several_a_week(around: &Around<'_>) -> Option<Diagnostic> {
    let (at, many) = match (around.word(0), around.word(-1)) {
        ("twice", _) => (0, 2),
        ("thrice", _) => (0, 3),
        (_, "times") => (-1, around.word(-2).parse::<usize>().ok()?),
        ("times", _) => (0, around.word(-1).parse::<usize>().ok()?),
        _ => return None,
    };
    let small = isize::from(matches!(around.word(at + 1), "a" | "per" | "each" | "every"));
    if !matches!(around.word(at + 1 + small), "week" | "weekly") {
        return None;
    }
    let days = ["1", "1, 4", "1, 3, 5", "1, 3, 5, 7", "1, 2, 3, 5, 6", "1..6", "1..7"];
    let days = days.get(many.checked_sub(1)?).unwrap_or(&"1..7");
    let found = around.say(at, at + 1 + small, |_| "only a day has several times".to_owned())?;
    Some(found.label("on which days?").help(format!("say on which days of the week: `on day {days} of every 7 days`")))
}

/// `every other day`, `alternate days`, `every morning`, `every Monday`
fn each_other(around: &Around<'_>) -> Option<Diagnostic> {
    const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = around.word(0).to_ascii_lowercase();
    let instead = |from, to, right: String| {
        let span = around.place.span_of(around.token(from)?.start, around.token(to)?.end);
        let found = around.say(from, to, |written| format!("`{written}` is not how the language writes a schedule"))?;
        let title = format!("write `{right}`");
        Some(found.label("how often?").help(title.clone()).fix(title, span, right))
    };
    if matches!(word.as_str(), "alternate" | "alternating") && matches!(around.word(1), "day" | "days") {
        return instead(0, 1, "every 2 days".to_owned());
    }
    if around.word(-1) != "every" {
        return None;
    }
    match (word.as_str(), around.word(1)) {
        ("other" | "second", unit @ ("day" | "week" | "month")) => instead(-1, 1, format!("every 2 {unit}s")),
        ("third", unit @ ("day" | "week" | "month")) => instead(-1, 1, format!("every 3 {unit}s")),
        ("morning" | "evening" | "night", _) => instead(-1, 0, "daily".to_owned()),
        (day, _) if DAYS.contains(&day) => {
            let found = around.say(-1, 0, |_| "days are counted from the start, and have no names".to_owned())?;
            Some(found.label("a day of the week").help("write `every 1 week`, or `on day 1 of every 7 days`"))
        }
        _ => None,
    }
}

/// `q12h`, `every 12 hours on day 1, 3, 5`, `b.i.d.`, `in the morning`, `at bedtime`
fn hours(around: &Around<'_>) -> Option<Diagnostic> {
    let word = around.word(0).to_ascii_lowercase();
    let instead = |from, to, right: &str| {
        let span = around.place.span_of(around.token(from)?.start, around.token(to)?.end);
        let found = around.say(from, to, |written| format!("`{written}` is not how the language writes a schedule"))?;
        let title = format!("write `{right}`");
        Some(found.label("how often?").help(title.clone()).fix(title, span, right))
    };
    if let Some(every) = word.strip_prefix('q').and_then(|rest| rest.strip_suffix('h'))
        && every.parse::<u32>().is_ok_and(|every| every > 0)
    {
        return instead(0, 0, &format!("every {every} hours"));
    }
    let letters = [word.as_str(), around.word(2), around.word(4)];
    let times = match letters {
        ["b", "i", "d"] => "2 times daily",
        ["t", "i", "d"] => "3 times daily",
        ["q", "i", "d"] => "4 times daily",
        _ => "",
    };
    if !times.is_empty() {
        return instead(0, if around.word(5) == "." { 5 } else { 4 }, times);
    }
    if word == "on" && around.word(-1) == "hours" && around.word(-3) == "every" {
        let every = number_at(around, -2)?.parse::<u32>().ok().filter(|every| *every > 0 && 24 % every == 0)?;
        let right = format!("{} times daily", 24 / every);
        let span = around.place.span_of(around.token(-3)?.start, around.token(-1)?.end);
        let found = around.say(-3, -1, |_| "on some days, several times a day".to_owned())?;
        let title = format!("write `{right}`");
        return Some(found.label("how often on each of them?").help(title.clone()).fix(title, span, right));
    }
    let article = isize::from(around.word(1) == "the");
    let of_day = matches!(around.word(1 + article), "morning" | "evening" | "night" | "bedtime" | "noon");
    if matches!(word.as_str(), "in" | "at") && of_day {
        let found = around.say(0, 1 + article, |_| "a dose has a day, and no time of that day".to_owned())?;
        return Some(found.label("an hour").help("write `daily`, and say the hour in the prose of the arm"));
    }
    if word == "by" && around.word(1) == "mouth" {
        return instead(0, 1, "oral");
    }
    None
}

/// `intravenous day 1, 8`, `on days 1, 8, and 15`, `on days 1-5`, `on days 1 to 5`
fn day_list(around: &Around<'_>) -> Option<Diagnostic> {
    if matches!(around.word(0), "day" | "days") && number_at(around, 1).is_some() {
        let found = around.say(0, 1, |_| "days begin with `on`".to_owned())?;
        let span = around.place.span().before();
        return Some(found.label("`on` is missing").fix("write `on`", span, "on "));
    }
    let days = (-12..0).rev().find(|at| matches!(around.word(*at), "day" | "days"))?;
    if around.word(days - 1) != "on" {
        return None;
    }
    if around.word(0) == "and" && number_at(around, 1).is_some() {
        let found = around.say(0, 0, |_| "between days stands a comma".to_owned())?;
        let (comma, from) =
            if around.word(-1) == "," { (" ", around.token(-1)?.end) } else { (", ", around.token(0)?.start) };
        let span = around.place.span_of(from, around.token(1)?.start);
        return Some(found.label("a list of days").help("such as `on days 1, 8, 15`").fix(
            "write a comma",
            span,
            comma,
        ));
    }
    if matches!(around.word(0), "-" | "–" | "to") {
        let (first, last) = (number_at(around, -1)?, number_at(around, 1)?);
        let right = format!("{first}..{last}");
        let span = around.place.span_of(around.token(-1)?.start, around.token(1)?.start + last.len());
        let found = around.say(-1, 1, |_| "days from one to another are written with `..`".to_owned())?;
        let title = format!("write `{right}`");
        return Some(found.label("a range of days").help(title.clone()).fix(title, span, right));
    }
    None
}

/// `5 to 10 mg`, `5-10 mg`, `75 mg per m2`, `<= 10 mg/d`
fn amounts(around: &Around<'_>) -> Option<Diagnostic> {
    if matches!(around.word(0), "-" | "–" | "to")
        && around.word(-3) != "every"
        && let (Some(low), Some(high)) = (number_at(around, -1), number_at(around, 1))
    {
        let right = format!("{low}..{high}");
        let span = around.place.span_of(around.token(-1)?.start, around.token(1)?.start + high.len());
        let found = around.say(-1, 1, |_| "a range is written with `..`".to_owned())?;
        let title = format!("write `{right}`");
        return Some(found.label("from … to …").help(title.clone()).fix(title, span, right));
    }
    if around.word(0) == "per" && matches!(around.word(1), "m2" | "kg" | "day" | "d") {
        let found = around.say(0, 1, |_| "a unit is one word".to_owned())?;
        return Some(found.label("in signs").help("such as `mg/m2`, `mg/kg`, `mg/kg/d`"));
    }
    if around.word(0) == "tapered" || around.word(0) == "escalated" {
        let right = if around.word(0) == "tapered" { "decreased" } else { "increased" };
        let found = around.say(0, 0, |word| format!("`{word}` is written `{right}`"))?;
        let help = format!("such as `{right} by 5 mg/d every 1 week to 20 mg/d`; unequal steps are a `phase` each");
        return Some(found.label("a dose in steps").help(help).fix(
            format!("write `{right}`"),
            around.place.span(),
            right,
        ));
    }
    None
}

/// `on day 1 every 3 weeks`, `on day 1 of each 21-day cycle`, `for 5 days every 4 weeks`
fn again(around: &Around<'_>) -> Option<Diagnostic> {
    if around.word(0) == "each" && around.word(-1) == "of" && number_at(around, -2).is_some() {
        let found = around.say(0, 0, |_| "days come again `of every` so many days".to_owned())?;
        return Some(found.label("again how often?").help(
            "write `on day 1 of every 21 days`, or put what is given into a cycle: `cycle 21 days { give … on day 1 }`",
        ));
    }
    if around.word(0) != "every" {
        return None;
    }
    if matches!(around.word(-1), "day" | "days") && around.word(-3) == "for" {
        let days = number_at(around, -2)?;
        let found = around.say(0, 0, |_| "`for` ends the treatment, and nothing comes behind it again".to_owned())?;
        return Some(found.label("again how often?").help(format!("write `on days 1..{days} of every 28 days`")));
    }
    let on = (-12..0).rev().find(|at| around.word(*at) == "on")?;
    let listed = (on + 2..0).all(|at| matches!(around.word(at), "," | "." | "..") || number_at(around, at).is_some());
    if !listed || !matches!(around.word(on + 1), "day" | "days") {
        return None;
    }
    let found = around.say(0, 0, |_| "days come again `of every` so many days".to_owned())?;
    Some(found.label("again how often?").help("write `of every`, such as `on day 1 of every 21 days`").fix(
        "write `of every`",
        around.place.span().before(),
        "of ",
    ))
}

/// `at weeks 0, 2, 6`
fn weeks(around: &Around<'_>) -> Option<Diagnostic> {
    let at = isize::from(matches!(around.word(0), "at" | "on" | "in"));
    if !matches!(around.word(at), "week" | "weeks") || number_at(around, at + 1).is_none() {
        return None;
    }
    if at == 0 && !matches!(around.word(-1), "at" | "on" | "in") {
        return None;
    }
    let mut days = Vec::new();
    let mut last = at;
    for place in at + 1..at + 24 {
        match (number_at(around, place), around.word(place)) {
            (Some(week), _) => {
                days.push((week.parse::<u32>().ok()?.checked_mul(7)?.checked_add(1)?).to_string());
                last = place;
            }
            (None, "," | "and") => {}
            (None, _) => break,
        }
    }
    let from = at - 1;
    let found = around.say(from, last, |_| "doses are placed by days: week n is day 7n + 1".to_owned())?;
    let right = format!("on day {}", days.join(", "));
    let help =
        format!("write `{right}`; what goes on behind them stands in a `phase` of its own, such as `every 8 weeks`");
    Some(found.label("weeks").help(help))
}

/// `on day -1`, `1 hour before docetaxel`
fn before_day_1(around: &Around<'_>) -> Option<Diagnostic> {
    let on_day = |at: isize| matches!(around.word(at), "day" | "days") && around.word(at - 1) == "on";
    if matches!(around.word(0), "-" | "−") && on_day(-1) {
        let found =
            around.say(0, 1, |_| "days are counted from the start, and the first of them is day 1".to_owned())?;
        return Some(found.label("before the start").help(
            "what is given before stands in an epoch or a phase of its own, in front; of a cycle, the day before the next one is its last day",
        ));
    }
    let hours = matches!(around.word(0), "hour" | "hours" | "minutes") && around.word(1) == "before";
    if hours {
        let found = around.say(0, 1, |_| "a dose has a day, and no time of that day".to_owned())?;
        return Some(
            found.label("hours").help("name the day, such as `on day 1`, and say the rest in the prose of the arm"),
        );
    }
    None
}

/// `max 450 mg/m2 cumulative`, `maximum 60 mg`, `for up to 6 cycles`, `for 6 doses`, `every 3 weeks x 6`, `rounded to 150 mg, 500 mg`
fn clauses(around: &Around<'_>) -> Option<Diagnostic> {
    let word = around.word(0);
    let place = around.place;
    if matches!(word, "cumulative" | "lifetime" | "cumulatively") {
        let found = around.say(0, 0, |word| format!("`{word}` is written `total`, behind the amount"))?;
        return Some(found.label("a cap on all doses together").help("such as `max 450 mg/m2 total`"));
    }
    if matches!(word, "maximum" | "maximal" | "capped") {
        let to = isize::from(matches!(around.word(1), "of" | "at" | "dose"));
        let span = place.span_of(around.token(0)?.start, around.token(to)?.end);
        let found = around.say(0, to, |word| format!("`{word}` is written `max`"))?;
        return Some(found.label("a cap").help("such as `max 60 mg/d`").fix("write `max`", span, "max"));
    }
    if word == "up" && around.word(1) == "to" {
        let span = place.span_of(around.token(0)?.start, around.token(1)?.end);
        let found = around.say(0, 1, |_| "`up to` is written `at most`".to_owned())?;
        return Some(found.label("how long at the longest?").fix("write `at most`", span, "at most"));
    }
    if matches!(word, "x" | "X" | "×") && number_at(around, 1).is_some() {
        let found = around.say(0, 1, |_| "how long it is given is said with `for`".to_owned())?;
        return Some(
            found
                .label("so many times")
                .help("such as `for 18 weeks`; or count cycles: `cycle 21 days for 6 cycles { give … on day 1 }`"),
        );
    }
    if word == "," && (-4..0).any(|at| around.word(at) == "rounded") {
        let found = place.error("a dose is rounded to multiples of one strength".to_owned());
        return Some(found.label("a second one").help(
            "name the smallest step that can be given: of tablets of 150 and 500 mg, `rounded to 50 mg` or `rounded to 150 mg`",
        ));
    }
    None
}

/// `500 mg if weight < 60 kg else 750 mg`, `until had progression`
fn by_condition(around: &Around<'_>) -> Option<Diagnostic> {
    let statement = (-40..0).rev().map(|at| around.word(at));
    let statement = statement.into_iter().find(|word| matches!(*word, "give" | "hold" | "stop" | "reduce" | "adjust"));
    match around.word(0) {
        "if" if statement.is_some_and(|word| word != "give") => {
            let found = around.place.error("a rule has its condition behind `when`".to_owned());
            Some(found.label("when?").fix("write `when`", around.place.span(), "when"))
        }
        "until" if statement.is_some_and(|word| word != "give") => None,
        "if" => {
            let found = around.place.error("one `give` has one amount".to_owned());
            Some(
                found.label("another amount on a condition").help(
                    "say the usual amount, and beside it a rule: `adjust abatacept to 500 mg when weight < 60 kg`",
                ),
            )
        }
        "until" => {
            let found = around.place.error("a dose ends with a length of time, or by a rule".to_owned());
            Some(found.label("no end of a dose").help(
                "write `for 12 weeks`, or beside it a rule: `stop abatacept when had progression`; an epoch has `until`",
            ))
        }
        _ => None,
    }
}

/// `delay docetaxel when …`, `discontinue docetaxel when …`
fn rules(around: &Around<'_>) -> Option<Diagnostic> {
    let right = match around.word(0) {
        "delay" | "withhold" | "interrupt" | "omit" | "skip" => "hold",
        "discontinue" | "withdraw" | "cease" => "stop",
        "decrease" | "lower" => "reduce",
        _ => return None,
    };
    if !around.is_name(1) {
        return None;
    }
    let found = around.say(0, 0, |word| format!("`{word}` is written `{right}`"))?;
    let title = format!("write `{right}`");
    Some(found.label("a rule for a treatment").help(format!("such as `{right} {} when …`", around.word(1))).fix(
        title,
        around.place.span(),
        right,
    ))
}

/// A number, with its point.
fn number_at<'a>(around: &Around<'a>, at: isize) -> Option<&'a str> {
    if !around.is_number(at) {
        return None;
    }
    let rest = around.place.text.get(around.token(at)?.start..)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    Some(rest.get(..end)?.trim_end_matches('.'))
}
