//! `age > 18` where `>= 18` is usual.

use super::Lint;
use crate::check::Draft;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::ir::walk::{self, Visit};
use crate::ir::{Ask, Comparator, Truth, TruthKind, ValueKind};
use crate::span::Span;

pub static LINT: Lint = Lint { codes: &[&code::AGE_OVER], check };

struct AgeOver<'o> {
    out: &'o mut Diagnostics,
}

fn check(draft: &Draft, out: &mut Diagnostics) {
    let mut lint = AgeOver { out };
    draft.header.age.iter().for_each(|age| lint.truth(age));
    for criterion in draft.eligibility.iter().flat_map(|block| &block.criteria) {
        lint.truth(&criterion.body);
    }
}

impl Visit for AgeOver<'_> {
    fn truth(&mut self, truth: &Truth) {
        if let TruthKind::Asked { value, ask } = &truth.kind
            && let (ValueKind::Age, Ask::Compare { comparator: Comparator::Greater, to, .. }) = (&value.kind, &**ask)
            && let ValueKind::Quantity(limit) = &to.kind
            && limit.unit.code() == "a"
            && limit.value.0.fract().is_zero()
        {
            let years = limit.value;
            let sign = Span::new(value.span.end, to.span.start);
            self.out.push(
                Diagnostic::new(&code::AGE_OVER, truth.span, format!("`age > {years}` lets nobody in who is {years}"))
                    .label("from the next birthday on")
                    .help(format!("protocols usually mean `age >= {years} years`; age is counted in completed years"))
                    .guess(format!("let those of {years} in"), sign, " >= "),
            );
        }
        walk::walk_truth(self, truth);
    }
}
