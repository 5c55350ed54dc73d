//! A unit as a product of terms, and the one code by which it is written.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::atom::{Atom, UnitKind, power_of_ten};
use super::counts;
use super::dimension::Dimension;

/// The largest exponent for which a factor is worked out. A unit beyond it has none.
const MOST: u32 = 512;

/// A factor of a unit.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) what: What,
    pub(super) annotation: Option<String>,
    pub(super) exponent: i32,
}

/// What a term is made of.
#[derive(Debug, Clone)]
pub(super) enum What {
    Symbol(Box<Atom>),
    /// `10*`, whose exponent is the term's.
    Ten,
    /// A whole number, other than one.
    Number(BigInt),
    /// An annotation alone.
    Nothing,
}

impl Term {
    pub(super) fn symbol(atom: Atom) -> Self {
        Self { what: What::Symbol(Box::new(atom)), annotation: None, exponent: 1 }
    }

    pub(super) fn annotation(text: &str) -> Self {
        Self { what: What::Nothing, annotation: Some(counts::canonical(text).to_owned()), exponent: 1 }
    }

    pub(super) fn number(number: BigInt) -> Self {
        Self { what: What::Number(number), annotation: None, exponent: 1 }
    }

    /// Its exact factor, if we have one.
    pub(super) fn factor(&self) -> Option<BigRational> {
        if self.exponent.unsigned_abs() > MOST {
            return None;
        }
        match &self.what {
            What::Symbol(atom) => atom.factor.as_ref().map(|factor| factor.pow(self.exponent)),
            What::Ten => Some(power_of_ten(self.exponent)),
            What::Number(number) => Some(BigRational::from_integer(number.clone()).pow(self.exponent)),
            What::Nothing => Some(BigRational::one()),
        }
    }

    pub(super) fn dimension(&self) -> Dimension {
        let symbol = match &self.what {
            What::Symbol(atom) => atom.dimension.power(self.exponent),
            What::Ten | What::Number(_) | What::Nothing => Dimension::number(),
        };
        let Some(tag) = self.annotation.as_deref().and_then(counts::tag) else {
            return symbol;
        };
        // An annotation is on the whole of `m2{skin}`, not on each metre.
        let times = if matches!(self.what, What::Nothing) { self.exponent } else { self.exponent.signum() };
        symbol.times(&Dimension::tag(&tag).power(times))
    }

    pub(super) fn kind(&self) -> UnitKind {
        match &self.what {
            What::Symbol(atom) if self.exponent == 1 && self.annotation.is_none() => atom.kind,
            What::Symbol(_) | What::Ten | What::Number(_) | What::Nothing => UnitKind::Plain,
        }
    }

    /// To the power `by`, as one or two terms: the annotation of a power is a term of its own.
    pub(super) fn power(&self, by: i32) -> Vec<Self> {
        let exponent = self.exponent.saturating_mul(by);
        match (&self.annotation, &self.what) {
            (Some(annotation), What::Symbol(_) | What::Ten | What::Number(_)) if by != 1 && by != -1 => {
                let times = self.exponent.signum().saturating_mul(by);
                let symbol = Self { annotation: None, exponent, ..self.clone() };
                vec![symbol, Self { exponent: times, ..Self::annotation(annotation) }]
            }
            _ => vec![Self { exponent, ..self.clone() }],
        }
    }

    /// Whether two terms are powers of the same thing.
    fn same(&self, other: &Self) -> bool {
        let what = match (&self.what, &other.what) {
            (What::Symbol(mine), What::Symbol(theirs)) => mine.symbol == theirs.symbol,
            (What::Number(mine), What::Number(theirs)) => mine == theirs,
            (What::Ten, What::Ten) | (What::Nothing, What::Nothing) => true,
            _ => false,
        };
        what && self.annotation == other.annotation
    }

    /// Whether exponents of the same thing add up: they do not for `m2{skin}`, which is one thing.
    fn adds(&self) -> bool {
        self.annotation.is_none() || matches!(self.what, What::Nothing)
    }

    /// How it is written, with the exponent taken as positive. Annotations have no exponent in
    /// UCUM: a power of one is said by repeating it, with the separator `again` between.
    fn text(&self, again: &str) -> String {
        let exponent = self.exponent.unsigned_abs();
        let annotation = self.annotation.as_ref().map(|text| format!("{{{text}}}")).unwrap_or_default();
        match &self.what {
            What::Symbol(atom) if exponent == 1 => format!("{}{annotation}", atom.symbol),
            What::Symbol(atom) => format!("{}{exponent}{annotation}", atom.symbol),
            What::Ten => format!("10*{exponent}{annotation}"),
            What::Number(number) if exponent == 1 => format!("{number}{annotation}"),
            What::Number(number) => {
                let number = if exponent > MOST { number.clone() } else { number.pow(exponent) };
                format!("{number}{annotation}")
            }
            What::Nothing => vec![annotation; usize::try_from(exponent.min(MOST)).unwrap_or(1)].join(again),
        }
    }
}

/// The product of two lists of terms, with powers of the same thing as one term.
pub(super) fn product(mut left: Vec<Term>, right: Vec<Term>) -> Vec<Term> {
    for term in right {
        match left
            .iter_mut()
            .find(|mine| mine.same(&term) && (mine.adds() || mine.exponent.saturating_add(term.exponent) == 0))
        {
            Some(mine) => mine.exponent = mine.exponent.saturating_add(term.exponent),
            None => left.push(term),
        }
        left.retain(|term| term.exponent != 0);
    }
    left
}

/// The canonical code: what multiplies, in its order, then what divides, each after its slash.
pub(super) fn code(terms: &[Term]) -> String {
    let mut code = String::new();
    for term in terms.iter().filter(|term| term.exponent > 0) {
        if !code.is_empty() {
            code.push('.');
        }
        code.push_str(&term.text("."));
    }
    let mut below: Vec<&Term> = terms.iter().filter(|term| term.exponent < 0).collect();
    if code.is_empty()
        && let Some(at) = below.iter().position(|term| matches!(term.what, What::Ten) && term.annotation.is_none())
    {
        code = format!("10*{}", below.remove(at).exponent);
    }
    let mut below = below.into_iter().peekable();
    while let Some(term) = below.next() {
        code.push('/');
        let counted = matches!(term.what, What::Number(_)) && term.annotation.is_none();
        match below.peek() {
            // `/(12.h)` reads as the field writes it.
            Some(next) if counted && matches!(next.what, What::Symbol(_)) => {
                code.extend(["(", &term.text("."), ".", &next.text("."), ")"]);
                below.next();
            }
            _ => code.push_str(&term.text("/")),
        }
    }
    if code.is_empty() { "1".to_owned() } else { code }
}
