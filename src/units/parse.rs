//! From the text of a unit to its terms.
//!
//! The grammar is UCUM's: components joined by `.` and `/`, read from left to right, so that
//! `umol/2.h` is half a micromole times an hour. Symbols are looked up in our table first, and in
//! the UCUM library only if they are not there. The time taken is linear in the text, of which at
//! most [`LONGEST`] bytes are read.

use super::atom::{self, Atom};
use super::error::UnitError;
use super::numeral::{self, Exponent};
use super::term::{Term, What};
use super::{counts, library, suggest};

/// The longest text that is read as a unit, in bytes.
const LONGEST: usize = 64;

/// Who wrote the text. A record is taken at its word; in a protocol `Mg` is a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Protocol,
    Record,
}

/// Spellings of a whole symbol that stand for a product.
const EXPANDED: &[(&str, &str)] = &[
    ("bpm", "{beats}/min"),
    ("mcg", "ug"),
    // The target of Calvert's formula (J Clin Oncol 1989;7:1748), an area under the curve.
    ("AUC", "mg.min/mL"),
];

/// How the body surface that a clearance is normalised to is written.
const NORMALISED: &[&str] = &["1.73_m2", "1.73m2", "1.73m²", "1.73m^2", "1.73 m2", "1.73 m²", "1.73 m^2", "1.73_m²"];

/// Reads the whole text.
pub(super) fn parse_terms(text: &str, by: Text) -> Result<Vec<Term>, UnitError> {
    if text.is_empty() {
        return Err(UnitError::Empty);
    }
    if text.len() > LONGEST {
        return Err(UnitError::Malformed { offset: LONGEST, why: "a unit is at most 64 bytes long" });
    }
    let mut parser = Parser { text, at: 0, by };
    let terms = parser.whole().map_err(|error| suggest::for_whole(text, error))?;
    let scale = |term: &Term| matches!(&term.what, What::Symbol(atom) if atom.offset.is_some());
    if terms.iter().any(scale) && !matches!(terms.as_slice(), [Term { exponent: 1, .. }]) {
        let why = "a temperature scale with an offset cannot be part of a product; use `K`";
        return Err(UnitError::Malformed { offset: 0, why });
    }
    Ok(terms)
}

struct Parser<'t> {
    text: &'t str,
    /// In bytes.
    at: usize,
    by: Text,
}

impl<'t> Parser<'t> {
    fn whole(&mut self) -> Result<Vec<Term>, UnitError> {
        let mut sign = 1;
        if let Some(below) = self.text.strip_prefix('/') {
            if self.by == Text::Protocol {
                return Err(suggest::for_leading_slash(self.text, below));
            }
            self.at = 1;
            sign = -1;
        }
        let mut terms = Vec::new();
        self.component(sign, &mut terms)?;
        self.factors(1, &mut terms)?;
        if self.rest().is_empty() { Ok(terms) } else { Err(self.malformed("this `)` closes nothing")) }
    }

    /// What follows the first component, up to the end or a closing parenthesis.
    fn factors(&mut self, sign: i32, terms: &mut Vec<Term>) -> Result<(), UnitError> {
        loop {
            let (step, here) = match self.rest().chars().next() {
                Some('/') => (1, sign.saturating_neg()),
                Some('.') => (1, sign),
                Some(dot @ ('·' | '⋅')) => (dot.len_utf8(), sign),
                None | Some(')') => return Ok(()),
                Some(_) => return Err(self.malformed("`.` or `/` is missing between two units")),
            };
            self.at = self.at.saturating_add(step);
            self.component(here, terms)?;
        }
    }

    fn component(&mut self, sign: i32, terms: &mut Vec<Term>) -> Result<(), UnitError> {
        let rest = self.rest();
        let surface = |form: &&&str| {
            rest.strip_prefix(**form).is_some_and(|after| after.is_empty() || after.starts_with(['/', '.', ')', '·']))
        };
        if let Some(form) = NORMALISED.iter().find(surface) {
            self.at = self.at.saturating_add(form.len());
            terms.push(Term { exponent: sign, ..Term::annotation("1.73_m2") });
            return Ok(());
        }
        match rest.chars().next() {
            None | Some('/' | '.' | '·' | '⋅' | ')') => {
                return Err(self.malformed("a unit is missing here"));
            }
            Some('{') => {
                let annotation = self.annotation()?;
                terms.push(Term { exponent: sign, ..Term::annotation(annotation) });
                return Ok(());
            }
            Some('(') => {
                self.at = self.at.saturating_add(1);
                self.component(sign, terms)?;
                self.factors(sign, terms)?;
                if !self.rest().starts_with(')') {
                    return Err(self.malformed("a closing `)` is missing"));
                }
                self.at = self.at.saturating_add(1);
                if self.rest().starts_with('{') {
                    let annotation = self.annotation()?;
                    terms.push(Term { exponent: sign, ..Term::annotation(annotation) });
                }
                return Ok(());
            }
            Some(_) => {}
        }
        let start = self.at;
        let run = self.run()?;
        let mut found = self.resolve(run, start)?;
        if self.rest().starts_with('{') {
            let annotation = self.annotation()?;
            found = annotated(found, annotation);
        }
        terms.extend(found.into_iter().map(|term| Term { exponent: term.exponent.saturating_mul(sign), ..term }));
        Ok(())
    }

    /// A symbol with its exponent, up to the next sign of the grammar; brackets hold anything.
    fn run(&mut self) -> Result<&'t str, UnitError> {
        let rest = self.rest();
        let mut bracketed = false;
        for (index, sign) in rest.char_indices() {
            match sign {
                '[' => bracketed = true,
                ']' => bracketed = false,
                '/' | '.' | '·' | '⋅' | '(' | ')' | '{' | '}' if !bracketed => {
                    self.at = self.at.saturating_add(index);
                    return Ok(rest.get(..index).unwrap_or_default());
                }
                sign if sign.is_whitespace() => {
                    self.at = self.at.saturating_add(index);
                    return Err(self.malformed("a unit is written without blanks"));
                }
                _ => {}
            }
        }
        if bracketed {
            return Err(self.malformed("a closing `]` is missing"));
        }
        self.at = self.text.len();
        Ok(rest)
    }

    /// The text between braces.
    fn annotation(&mut self) -> Result<&'t str, UnitError> {
        let inner = self.rest().strip_prefix('{').unwrap_or_default();
        let Some((annotation, _)) = inner.split_once('}') else {
            return Err(self.malformed("a closing `}` is missing"));
        };
        if annotation.is_empty() {
            return Err(self.malformed("the braces are empty"));
        }
        if !annotation.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'{') {
            return Err(self.malformed("braces hold plain ASCII letters, digits and signs, without blanks"));
        }
        self.at = self.at.saturating_add(annotation.len()).saturating_add(2);
        Ok(annotation)
    }

    /// What one run means.
    fn resolve(&self, run: &str, offset: usize) -> Result<Vec<Term>, UnitError> {
        if run.is_empty() {
            return Err(self.malformed("a unit is missing here"));
        }
        if self.by == Text::Protocol
            && let Some(nearest) = suggest::refused(run)
        {
            return Err(UnitError::Unknown { part: run.to_owned(), offset, nearest });
        }
        if let Some((_, expanded)) = EXPANDED.iter().find(|(word, _)| *word == run) {
            return parse_terms(expanded, Text::Record);
        }
        if let Some(power) = numeral::power_of_ten(run) {
            let ten = Term { what: What::Ten, annotation: None, exponent: 1 };
            return raised(ten, power, offset);
        }
        if run.bytes().all(|byte| byte.is_ascii_digit()) {
            return numeral::factor(run)
                .ok_or(UnitError::Malformed { offset, why: "a unit cannot be multiplied or divided by zero" });
        }
        if let Some(word) = counts::bare_word(run) {
            return Ok(vec![Term::annotation(word)]);
        }
        let unknown = || UnitError::Unknown { part: run.to_owned(), offset, nearest: suggest::nearest(run) };
        if let Some(atom) = self.symbol(run)? {
            return Ok(vec![Term::symbol(atom)]);
        }
        let (symbol, exponent) = numeral::split_exponent(run).ok_or_else(unknown)?;
        let atom = self.symbol(symbol)?.ok_or_else(unknown)?;
        raised(Term::symbol(atom), exponent, offset)
    }

    fn symbol(&self, symbol: &str) -> Result<Option<Atom>, UnitError> {
        let Some(atom) = atom::lookup(symbol).or_else(|| library::lookup(symbol)) else {
            return Ok(None);
        };
        if self.by == Text::Protocol
            && let Some(nearest) = suggest::slip(symbol, &atom)
        {
            let end = self.text.len().min(self.at);
            let offset = self.text.get(..end).and_then(|read| read.rfind(symbol)).unwrap_or_default();
            return Err(UnitError::Unknown { part: symbol.to_owned(), offset, nearest });
        }
        Ok(Some(atom))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn malformed(&self, why: &'static str) -> UnitError {
        UnitError::Malformed { offset: self.at, why }
    }
}

/// A term to a power; to the power of nought it vanishes.
fn raised(term: Term, exponent: Exponent, offset: usize) -> Result<Vec<Term>, UnitError> {
    match exponent {
        Exponent::Of(0) => Ok(Vec::new()),
        Exponent::Of(exponent) => Ok(vec![Term { exponent, ..term }]),
        Exponent::TooLarge => Err(UnitError::Malformed { offset, why: "this exponent is too large" }),
    }
}

/// The terms of a symbol with the annotation that follows it.
fn annotated(mut terms: Vec<Term>, annotation: &str) -> Vec<Term> {
    let annotation = counts::canonical(annotation);
    match terms.as_mut_slice() {
        [Term { what: What::Symbol(atom), annotation: None, exponent: 1 }]
            if atom.symbol == "%" && annotation == "predicted" =>
        {
            atom::lookup("%predicted").map(Term::symbol).into_iter().collect()
        }
        [Term { annotation: slot @ None, .. }] => {
            *slot = Some(annotation.to_owned());
            terms
        }
        _ => {
            terms.push(Term::annotation(annotation));
            terms
        }
    }
}
