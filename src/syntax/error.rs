//! What to say of a text that the grammar does not match.
//!
//! pest knows how far it came and which rules it tried there. This file says it in an author's words, and looks around for
//! what newcomers do: a word of the language as a name, a unit or a comma left out, a sign from another language.

use std::sync::OnceLock;

use pest::error::{Error, ErrorVariant, InputLocation};
use rustc_hash::{FxHashMap, FxHashSet};

use pest::Parser;

use super::grammar::{Grammar, Rule};
use super::habits::habit;
use super::tokens::{ITEM_WORDS, Token, Tokens};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::units::Unit;

/// The message for a statement that begins at `base` and that the grammar does not match.
pub fn syntax_error(text: &str, base: u32, rule: Rule, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let place = Place::new(text, base, at);
    let (signs, furthest) = signs(text, rule, base);
    let further = furthest.map(|at| Place::new(text, base, at)).filter(|further| further.at > place.at);
    let (place, expected) = match further {
        Some(further) => (further, Vec::new()),
        None => (place, expected(error)),
    };
    hint(&place, &expected, &signs).unwrap_or_else(|| plain(&place, &expected, &signs))
}

/// The signs that could have stood at the furthest place that was reached. pest keeps track of them only when asked to,
/// at a cost that a text without faults does not pay.
fn signs(text: &str, rule: Rule, _: u32) -> (Vec<&'static str>, Option<usize>) {
    const SIGNS: &[&str] = &[",", ":", "{", "}", "(", ")", "=", "..", "\""];
    pest::set_error_detail(true);
    let detailed = Grammar::parse(rule, text).err().and_then(|error| error.parse_attempts());
    pest::set_error_detail(false);
    let Some(attempts) = detailed else { return (Vec::new(), None) };
    let tokens: Vec<String> = attempts.expected_tokens().iter().map(ToString::to_string).collect();
    let signs: Vec<&str> = SIGNS.iter().copied().filter(|sign| tokens.iter().any(|token| token == sign)).collect();
    let furthest = if signs.is_empty() { None } else { Some(attempts.max_position) };
    (signs, furthest)
}

/// Where the fault is, and what stands around it.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    base: u32,
    /// The offset of the first thing that does not fit; the end of the statement if all of it is gone.
    pub(super) at: usize,
    found: &'a str,
}

impl<'a> Place<'a> {
    fn new(text: &'a str, base: u32, at: usize) -> Self {
        let mut at = at.min(text.len());
        // pest may stop before blanks and comments: the fault is what follows them.
        loop {
            let rest = text.get(at..).unwrap_or("");
            let blank = rest.len() - rest.trim_start().len();
            at += blank;
            let rest = text.get(at..).unwrap_or("");
            if !rest.starts_with("//") {
                break;
            }
            at += rest.find('\n').unwrap_or(rest.len());
        }
        let rest = text.get(at..).unwrap_or("");
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let length = if word > 0 {
            word
        } else if rest.starts_with('"') {
            rest.get(1..).and_then(|inside| inside.find('"')).map_or(rest.len(), |end| end + 2).min(60)
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        let found = rest.get(..length).unwrap_or("");
        Self { text, base, at, found }
    }

    pub(super) fn span_of(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| self.base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        Span::new(offset(start), offset(end))
    }

    /// The thing found; at the end of the statement, the place behind its last word.
    pub(super) fn span(&self) -> Span {
        if self.found.is_empty() {
            let end = self.before().len();
            return self.span_of(end.saturating_sub(1), end);
        }
        self.span_of(self.at, self.at + self.found.len())
    }

    /// All that stands before the fault, without trailing blanks.
    fn before(&self) -> &'a str {
        self.text.get(..self.at).unwrap_or("").trim_end()
    }

    /// The word right before the fault, with its offset.
    fn word_before(&self) -> (usize, &'a str) {
        let before = self.before();
        let start =
            before.rfind(|c: char| c.is_whitespace() || matches!(c, '(' | ',' | ':' | '"')).map_or(0, |at| at + 1);
        let start = (start..before.len()).find(|at| before.is_char_boundary(*at)).unwrap_or(before.len());
        (start, before.get(start..).unwrap_or(""))
    }

    pub(super) fn error(&self, message: String) -> Diagnostic {
        Diagnostic::new(&code::SYNTAX, self.span(), message)
    }
}

fn expected(error: &Error<Rule>) -> Vec<Rule> {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.clone(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    }
}

fn plain(place: &Place<'_>, expected: &[Rule], signs: &[&'static str]) -> Diagnostic {
    let mut list: Vec<String> = signs.iter().filter(|sign| **sign != "\"").map(|sign| format!("`{sign}`")).collect();
    list.extend(phrases(expected));
    list.truncate(7);
    let found = if place.found.is_empty() { "the end of it".to_owned() } else { format!("`{}`", place.found) };
    let message = match list.as_slice() {
        [] => format!("{found} does not belong here"),
        phrases => format!("expected {}, found {found}", one_of(phrases)),
    };
    let label = if place.found.is_empty() { "it ends here" } else { "not expected here" };
    let diagnostic = place.error(message).label(label);
    match nearest_word(place.found, expected) {
        Some(word) => {
            diagnostic.help(format!("did you mean `{word}`?")).guess(format!("write `{word}`"), place.span(), word)
        }
        None => diagnostic,
    }
}

// ---- what newcomers do ---------------------------------------------------------------------------------------------

fn hint(place: &Place<'_>, expected: &[Rule], signs: &[&'static str]) -> Option<Diagnostic> {
    doubled_sign(place)
        .or_else(|| doubled_word(place))
        .or_else(|| habit(place))
        .or_else(|| split_name(place))
        .or_else(|| route(place))
        .or_else(|| range_sign(place, signs))
        .or_else(|| foreign_sign(place))
        .or_else(|| swallowed_unit(place))
        .or_else(|| bare_limit(place))
        .or_else(|| decimal_comma(place))
        .or_else(|| reserved_word(place, expected))
        .or_else(|| bare_for(place))
        .or_else(|| clause_after_break(place))
        .or_else(|| missing_comma(place, signs))
        .or_else(|| missing_colon(place, signs))
}

/// `==`, `&&`, curly quotes, semicolons: signs that other languages and word processors use.
fn foreign_sign(place: &Place<'_>) -> Option<Diagnostic> {
    let rest = place.text.get(place.at..)?;
    let (sign, help) = [
        (";", "nothing separates statements: remove it"),
        ("&&", "write `and`"),
        ("||", "write `or`"),
        ("!", "write `not`"),
        ("“", "prose stands in straight quotes: `\"`"),
        ("”", "prose stands in straight quotes: `\"`"),
        ("'", "prose stands in double quotes: `\"`"),
        ("–", "write `..` for a range, `-` to subtract"),
        ("±", "write a window as `-3..+3 days`"),
        ("#", "comments begin with `//`"),
        ("/*", "comments begin with `//`"),
        ("--", "comments begin with `//`"),
        ("[", "lists stand in `{ }`"),
    ]
    .into_iter()
    .find(|(sign, _)| rest.starts_with(sign))?;
    let found =
        place.error(format!("`{sign}` is not a sign of the language")).label("not a sign of the language").help(help);
    let right =
        help.strip_prefix("write `").and_then(|rest| rest.strip_suffix('`')).filter(|right| !right.contains('`'));
    Some(match right {
        Some(right) => found.fix(help, place.span_of(place.at, place.at + sign.len()), right),
        None => found,
    })
}

/// `==`, `>>`, `=>`
fn doubled_sign(place: &Place<'_>) -> Option<Diagnostic> {
    let sign = |c: char| matches!(c, '=' | '<' | '>');
    if !place.found.chars().all(sign) || place.found.is_empty() || !place.text.get(..place.at)?.ends_with(sign) {
        return None;
    }
    let start = place.text.get(..place.at)?.trim_end_matches(sign).len();
    let written = place.text.get(start..=place.at)?;
    let help = match written {
        "==" => "write `=`",
        "=>" => "write `>=`",
        "=<" => "write `<=`",
        "<>" => "write `!=`",
        _ => "comparisons are `<`, `<=`, `=`, `!=`, `>=`, `>`",
    };
    let span = place.span_of(start, place.at + 1);
    let found = Diagnostic::new(&code::SYNTAX, span, format!("`{written}` is not a sign of the language"));
    let found = found.label("not a sign of the language").help(help);
    Some(match help.strip_prefix("write `").and_then(|rest| rest.strip_suffix('`')) {
        Some(right) => found.fix(help, span, right),
        None => found,
    })
}

/// `platelets < 60 hemoglobin < 80 g/L`: a word behind a number was read as its unit.
fn swallowed_unit(place: &Place<'_>) -> Option<Diagnostic> {
    let (start, word) = place.word_before();
    let before = place.text.get(..start)?.trim_end();
    let last = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
    let number = last.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+'))
        && last.ends_with(|c: char| c.is_ascii_digit());
    let word = word.trim_end_matches([')', ',', '}']);
    let line = place.text.get(..start)?.rsplit('\n').next().unwrap_or("");
    let between = place.text.get(start..place.at)?;
    if line.contains("//")
        || between.contains('\n')
        || is_reserved(word)
        || words().of_rule.values().any(|known| *known == word)
    {
        return None;
    }
    if !number || word.is_empty() || !word.starts_with(|c: char| c.is_ascii_alphabetic()) || Unit::parse(word).is_ok() {
        return None;
    }
    Some(
        Diagnostic::new(
            &code::MISSING_UNIT_OR_COMMA,
            place.span_of(start, start + word.len()),
            format!("`{word}` stands where a unit belongs, and is none"),
        )
        .label("not a unit")
        .also(place.span(), "and so this makes no sense")
        .help("is a unit, a comma, `and` or `or` missing before it?"),
    )
}

/// `CK > ULN`
fn bare_limit(place: &Place<'_>) -> Option<Diagnostic> {
    let limit = matches!(place.found, "ULN" | "LLN");
    limit.then(|| {
        place
            .error(format!("`{}` needs a number before it", place.found))
            .label("how many times the limit?")
            .help(format!("write `1 {}` for the limit itself", place.found))
            .fix("write the number", place.span().before(), "1 ")
    })
}

/// `1,5 mg`
fn decimal_comma(place: &Place<'_>) -> Option<Diagnostic> {
    let digit = |at: usize| place.text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let comma = |at: usize| place.text.as_bytes().get(at) == Some(&b',') && digit(at + 1);
    let behind = |at: usize| at > 0 && digit(at - 1) && comma(at);
    let at = [place.at, place.at.saturating_sub(1)].into_iter().find(|at| behind(*at));
    if let Some(at) = at {
        let span = place.span_of(at, at + 1);
        // Three digits behind a comma may be thousands: a point would make the limit a thousandth of what is meant.
        let thousands = (1..=3).all(|behind| digit(at + behind)) && !digit(at + 4);
        let found = Diagnostic::new(&code::SYNTAX, span, "a comma separates the items of a list")
            .label("not part of a number")
            .help("decimals are written with a point, `1.5`; thousands with an underscore, `1_000`");
        let (title, sign) = if thousands { ("write thousands", "_") } else { ("write a point", ".") };
        return Some(found.guess(title, span, sign));
    }
    None
}

/// A word of the language where a name belongs.
fn reserved_word(place: &Place<'_>, expected: &[Rule]) -> Option<Diagnostic> {
    let wants_name = expected.iter().any(|rule| matches!(rule, Rule::name | Rule::names | Rule::value));
    if !wants_name || !is_reserved(place.found) {
        return None;
    }
    let word = place.found;
    Some(
        Diagnostic::new(&code::RESERVED_WORD, place.span(), format!("`{word}` is a word of the language, not a name"))
            .label(format!("expected {}", one_of(&phrases(expected))))
            .help("something is missing before it, or the name needs another spelling"),
    )
}

/// `received prednisone for 4 weeks`
fn bare_for(place: &Place<'_>) -> Option<Diagnostic> {
    let digit = place.found.starts_with(|c: char| c.is_ascii_digit());
    (digit && place.word_before().1 == "for").then(|| {
        place
            .error("for at least, or for at most?".to_owned())
            .label("how long is left open")
            .help("write `for at least 4 weeks` or `for at most 4 weeks`")
            .guess("at least that long", place.span().before(), "at least ")
    })
}

/// `of of`, `at at least`
fn doubled_word(place: &Place<'_>) -> Option<Diagnostic> {
    let (start, word) = place.word_before();
    (word == place.found && word.len() > 1 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then(|| {
        place
            .error(format!("`{word}` stands here twice"))
            .label("again")
            .also(place.span_of(start, start + word.len()), "first")
            .help("remove one of them")
    })
}

/// `HIV-infection`, `double blind`: a name is one word.
fn split_name(place: &Place<'_>) -> Option<Diagnostic> {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let before = place.text.get(..place.at)?;
    let first_start = before.trim_end().rfind(|c: char| !letter(c)).map_or(0, |at| at + 1);
    let first = before.trim_end().get(first_start..)?;
    let rest = place.text.get(place.at..)?;
    let (second, end) = if let Some(behind) = rest.strip_prefix('-') {
        let length = behind.find(|c: char| !letter(c)).unwrap_or(behind.len());
        (behind.get(..length)?, place.at + 1 + length)
    } else {
        (place.found, place.at + place.found.len())
    };
    if first.is_empty() || second.is_empty() || !first.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let joined = format!("{first}_{second}");
    let hyphen = rest.starts_with('-');
    let known = crate::library::modules_with(&joined).next().is_some() || place.text.contains(&joined);
    if !(known || hyphen && second.starts_with(|c: char| c.is_ascii_alphabetic())) {
        return None;
    }
    let span = place.span_of(first_start, end);
    let written = place.text.get(first_start..end)?;
    Some(
        Diagnostic::new(&code::SYNTAX, span, format!("`{written}` is not one word"))
            .label("a name is one word")
            .help(format!("its parts are joined by `_`: `{joined}`"))
            .fix(format!("write `{joined}`"), span, joined),
    )
}

/// `received iv antibiotic`, `Intravenous`: a route in another spelling was read as a name.
fn route(place: &Place<'_>) -> Option<Diagnostic> {
    const HABITS: &[(&str, &str)] = &[
        ("iv", "intravenous"),
        ("i.v.", "intravenous"),
        ("intravenously", "intravenous"),
        ("po", "oral"),
        ("p.o.", "oral"),
        ("orally", "oral"),
        ("sc", "subcutaneous"),
        ("s.c.", "subcutaneous"),
        ("subcutaneously", "subcutaneous"),
        ("im", "intramuscular"),
        ("i.m.", "intramuscular"),
        ("inhalation", "inhaled"),
        ("topically", "topical"),
    ];
    let (start, word) = place.word_before();
    let found = [(start, word), (place.at, place.found)].into_iter().find_map(|(at, word)| {
        let lower = word.to_lowercase();
        let habit = HABITS.iter().find(|(habit, _)| *habit == lower).map(|(_, right)| *right);
        let routes = crate::ast::Route::ALL.iter().map(|(_, right)| *right);
        let right = habit.or_else(|| routes.filter(|right| *right != word).find(|right| *right == lower))?;
        Some((at, word, right))
    });
    let (at, word, right) = found?;
    let span = place.span_of(at, at + word.len());
    Some(
        Diagnostic::new(&code::SYNTAX, span, format!("`{word}` is not how the language writes this route"))
            .label("a route?")
            .help(format!("write `{right}`"))
            .fix(format!("write `{right}`"), span, right),
    )
}

/// `18 to 65`, `18-65`
fn range_sign(place: &Place<'_>, signs: &[&'static str]) -> Option<Diagnostic> {
    if !signs.contains(&"..") {
        return None;
    }
    Some(
        place
            .error(format!("expected `..`, found `{}`", place.found))
            .label("a range is written with `..`")
            .help("such as `18..75 years` or `-3..+3 days`"),
    )
}

/// A comma left out between two things of a list.
fn missing_comma(place: &Place<'_>, signs: &[&'static str]) -> Option<Diagnostic> {
    let word = place.found.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '"');
    if !signs.contains(&",") || !word {
        return None;
    }
    let end = place.before().len();
    let (start, last) = place.word_before();
    Some(
        Diagnostic::new(
            &code::SYNTAX,
            place.span_of(start, end.max(start)),
            format!("expected `,` between `{last}` and `{}`", place.found),
        )
        .label("a comma is missing behind this?")
        .also(place.span(), "and so this does not belong here")
        .guess("write a comma", place.span_of(end, end), ","),
    )
}

/// A unit on the line after its number: it must stand on the same line.
fn clause_after_break(place: &Place<'_>) -> Option<Diagnostic> {
    let after_break = place.text.get(place.before().len()..place.at)?.contains('\n');
    let number = place.before().chars().next_back().is_some_and(|c| c.is_ascii_digit());
    if !after_break || !number || is_reserved(place.found) || Unit::parse(place.found).is_err() {
        return None;
    }
    Some(
        place
            .error(format!("the unit `{}` stands on another line than its number", place.found))
            .label("this belongs to the number above")
            .help("keep a number and its unit on one line"),
    )
}

/// The words whose sentences have a head, and a colon behind it.
const HEADED: &[&str] =
    &["include", "exclude", "require", "forbid", "permit", "cohort", "population", "visit", "outcome", "intercurrent"];

/// `include low CK <= 1.5 ULN`: the colon between head and body.
fn missing_colon(place: &Place<'_>, signs: &[&'static str]) -> Option<Diagnostic> {
    if !signs.contains(&":") || place.found == ":" {
        return None;
    }
    let word = place.text.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    if !HEADED.contains(&word) {
        return None;
    }
    let colon = |token: &Token| place.text.get(token.start..token.end) == Some(":");
    if Tokens::new(place.text).take_while(|token| token.start < place.at).any(|token| colon(&token)) {
        return None;
    }
    let span = place.span();
    Some(
        place
            .error(format!("expected `:` before `{}`", place.found))
            .label("the sentence itself begins behind a colon")
            .help(format!("a name, prose in quotes, a time and `when` may stand between `{word}` and the colon")),
    )
    .map(|found| if place.found.is_empty() { found } else { found.fix("write the colon", span.before(), ": ") })
}

// ---- words ---------------------------------------------------------------------------------------------------------

/// The words that rules of the grammar stand for, worked out once.
struct Words {
    of_rule: FxHashMap<Rule, &'static str>,
    reserved: FxHashSet<&'static str>,
}

fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words = Words { of_rule: FxHashMap::default(), reserved: FxHashSet::default() };
        for rule in Rule::all_rules() {
            let name: &'static str = Box::leak(format!("{rule:?}").into_boxed_str());
            if let Some(word) = name.strip_prefix("k_") {
                words.reserved.insert(word);
                words.of_rule.insert(*rule, word);
            } else if let Some(word) = name.strip_prefix("c_") {
                words.of_rule.insert(*rule, word);
            }
        }
        words
    })
}

/// Whether a word belongs to the language wherever it stands.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    words().reserved.contains(word)
}

/// Every reserved word, from the rules of the grammar.
pub fn reserved_words() -> impl Iterator<Item = &'static str> {
    words().reserved.iter().copied()
}

/// The word that a rule stands for, where it stands for one.
fn any_word(rule: Rule) -> Option<&'static str> {
    words().of_rule.get(&rule).copied()
}

/// Words that begin a statement inside a block.
const STATEMENT_WORDS: &[&str] = &[
    "include",
    "exclude",
    "give",
    "hold",
    "stop",
    "reduce",
    "adjust",
    "cycle",
    "expect",
    "given",
    "compare",
    "intercurrent",
    "when",
    "window",
];

/// The expected word that was probably meant.
fn nearest_word(found: &str, expected: &[Rule]) -> Option<&'static str> {
    if found.len() < 3 {
        return None;
    }
    let items = expected.iter().any(|rule| matches!(rule, Rule::item | Rule::EOI));
    let others = super::recover::FIELDS.iter().chain(STATEMENT_WORDS);
    let items = ITEM_WORDS.iter().chain(others).copied().filter(|_| items);
    let words = expected.iter().copied().flat_map(|rule| words_of(rule).into_iter());
    words
        .chain(items)
        .filter(|word| *word != found)
        .map(|word| (strsim::damerau_levenshtein(&found.to_lowercase(), word), word))
        .filter(|(distance, word)| *distance <= 2 && *distance * 3 <= word.len() && !is_reserved(found))
        .min()
        .map(|(_, word)| word)
}

/// The words that a rule of the grammar can begin with, for the rules that stand for a choice of words.
fn words_of(rule: Rule) -> Vec<&'static str> {
    match rule {
        Rule::side => vec!["before", "after"],
        Rule::connective => vec!["and", "or"],
        Rule::route => crate::ast::Route::ALL.iter().map(|(_, word)| *word).collect(),
        Rule::role => vec!["investigator", "participant", "site", "central"],
        Rule::arm_role => {
            vec![
                "experimental",
                "active_comparator",
                "placebo_comparator",
                "sham_comparator",
                "no_intervention",
                "other",
            ]
        }
        Rule::rank => vec!["primary", "secondary", "exploratory", "other"],
        Rule::verdict => vec!["eligible", "ineligible", "undetermined"],
        Rule::moved => vec!["improved", "worsened", "rose", "fell"],
        Rule::verb => vec!["has", "had", "receiving", "received", "started", "stopped"],
        Rule::criterion => vec!["include", "exclude"],
        Rule::within => vec!["within"],
        Rule::field | Rule::text_key | Rule::word_key | Rule::count_key | Rule::date_key | Rule::names_key => {
            super::recover::FIELDS.to_vec()
        }
        _ => any_word(rule).into_iter().collect(),
    }
}

/// What was expected, in an author's words, each said once.
fn phrases(expected: &[Rule]) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for rule in expected {
        let phrase = match phrase(*rule) {
            Some(phrase) => phrase.to_owned(),
            None => match any_word(*rule) {
                Some(word) => format!("`{word}`"),
                None => continue,
            },
        };
        if !list.contains(&phrase) {
            list.push(phrase);
        }
    }
    // Clauses that may follow anything say little where something definite is wanted.
    if list.len() > 5 {
        list.retain(|phrase| !VAGUE.contains(&phrase.as_str()));
    }
    if list.len() > 6 {
        list.truncate(6);
        list.push("another clause".to_owned());
    }
    list
}

const VAGUE: &[&str] = &["a sign like `+`", "`as`", "`except`", "`per`", "a time", "a limit under a condition"];

fn one_of(phrases: &[String]) -> String {
    match phrases {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} or {last}", front.join(", ")),
    }
}

fn phrase(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI | Rule::item => "the next sentence",
        Rule::name | Rule::fresh | Rule::names | Rule::head => "a name",
        Rule::string => "prose in quotes",
        Rule::integer | Rule::number | Rule::signed => "a number",
        Rule::quantity => "a number with its unit",
        Rule::range | Rule::coded_range => "a range like `18..75`",
        Rule::unit => "a unit",
        Rule::date | Rule::instant | Rule::full_date => "a date",
        Rule::word | Rule::coded => "a word",
        Rule::sign => "a sign like `+`",
        Rule::cmp | Rule::compare => "a comparison like `>= 3`",
        Rule::in_range => "`in` with a range",
        Rule::is_value => "`is`",
        Rule::moved => "`improved by`",
        Rule::connective => "`and` or `or`",
        Rule::limits | Rule::limit => "a limit under a condition",
        Rule::within | Rule::away | Rule::span | Rule::at | Rule::during | Rule::beside => "a time",
        Rule::side => "`before` or `after`",
        Rule::anchor | Rule::moment | Rule::study_day | Rule::study_week => "a moment like `screening`",
        Rule::value | Rule::sum | Rule::quantified | Rule::picked | Rule::parens => "a value",
        Rule::body | Rule::expr | Rule::term | Rule::exposure | Rule::judged => "a condition",
        Rule::items => "a list in `{ }`",
        Rule::collection | Rule::object => "a name or a list in `{ }`",
        Rule::route => "a route",
        Rule::schedule => "a schedule like `daily`",
        Rule::amount => "a dose",
        Rule::when => "`when`",
        Rule::scope => "`for cohort`",
        Rule::criterion => "`include` or `exclude`",
        Rule::arm_role => "the arm's role, such as `experimental`",
        Rule::rank => "`primary`, `secondary`, `exploratory` or `other`",
        Rule::role => "`investigator`, `participant`, `site` or `central`",
        Rule::verdict => "`eligible`, `ineligible` or `undetermined`",
        Rule::text_key | Rule::word_key | Rule::count_key | Rule::date_key | Rule::names_key | Rule::age_field => {
            "a header field"
        }
        Rule::stage
        | Rule::give
        | Rule::cycle
        | Rule::phase_block
        | Rule::hold
        | Rule::stop
        | Rule::reduce
        | Rule::adjust => "a treatment",
        Rule::fact | Rule::result_fact | Rule::history_fact => "a fact",
        _ => return None,
    })
}
