//! Sentences that leave to their neighbour what each has to say itself: a verb, the end of a time.

use super::checker::{Checker, Context};
use super::names::Meaning;
use crate::ast::expression::CollectionOf;
use crate::ast::{self, AnchorKind, Connective, Expr, ExprKind, Name};
use crate::diagnostic::{Diagnostic, code};

impl Checker<'_> {
    /// Whether parts joined by `and` or `or` lean on the one before them; reported once for all of them.
    pub(super) fn leans_on_neighbour(
        &mut self,
        connective: Connective,
        terms: &[Expr],
        context: Context<'_>,
    ) -> Option<()> {
        let [first, rest @ ..] = terms else { return None };
        if let ExprKind::TimeBetween(moments) = &first.kind {
            let bare: Option<Vec<&Name>> = rest.iter().map(|term| self.bare(term, context)).collect();
            self.several_ends(&moments.1, &bare?);
            return Some(());
        }
        let (at, verb) = terms.iter().enumerate().rev().find_map(|(at, term)| Some((at, exposure(term)?)))?;
        let bare: Vec<&Name> = terms.iter().skip(at + 1).map_while(|term| self.bare(untimed(term), context)).collect();
        let near = bare.first()?;
        let word = verb.verb.word();
        let names = bare.iter().map(|name| format!("`{}`", name.text)).collect::<Vec<_>>().join(", ");
        let message = format!("{names} {} no verb: `{word}` speaks of its neighbour only", plural(bare.len()));
        let mut help = format!("write `{word}` before each of them");
        if connective == Connective::Or
            && let CollectionOf::Name(own) = &verb.object.collection.of
        {
            help = format!("{help}, or `{word} any of {{ {} }}`", listed(own, &bare));
        }
        let mut found = Diagnostic::new(&code::BARE_EVENT, near.span, message)
            .label("a verb is missing")
            .also(verb.verb_span, "not the verb of the others")
            .help(help);
        // A time behind the last of them may be meant for all.
        let timed = terms.last().is_some_and(|term| matches!(term.kind, ExprKind::Timed(_)));
        for name in &bare {
            let (title, verb) = (format!("say `{word}` of each"), format!("{word} "));
            found = if timed {
                found.guess(title, name.span.before(), verb)
            } else {
                found.fix(title, name.span.before(), verb)
            };
        }
        self.report(found);
        // What else is wrong with those that have a verb is said as well.
        for term in terms.iter().take(at + 1) {
            self.truth(term, context);
        }
        Some(())
    }

    /// A name alone that a patient has or gets.
    fn bare<'t>(&mut self, term: &'t Expr, context: Context<'_>) -> Option<&'t Name> {
        let ExprKind::Value(value) = &term.kind else { return None };
        let Some(Meaning::Concept(ix)) = self.lookup(context.module, &value.name.text, value.name.span) else {
            return None;
        };
        super::history::is_event(self.concept(ix).kind).then_some(&value.name)
    }

    /// `time from randomization to progression or death`
    fn several_ends(&mut self, end: &ast::Moment, others: &[&Name]) {
        let AnchorKind::Name(first) = &end.anchor.kind else { return };
        let Some(last) = others.last() else { return };
        let right = format!("first of {{ {} }}", listed(first, others));
        self.report(
            Diagnostic::new(&code::AMBIGUOUS_ANCHOR, end.span.to(last.span), "a time ends at one moment")
                .label("at the first of them?")
                .help(format!("write `{right}`"))
                .fix(format!("write `{right}`"), end.span.to(last.span), right),
        );
    }
}

/// A name and others, with commas.
fn listed(first: &Name, others: &[&Name]) -> String {
    let names = std::iter::once(first).chain(others.iter().copied());
    names.map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "has" } else { "have" }
}

fn untimed(term: &Expr) -> &Expr {
    if let ExprKind::Timed(timed) = &term.kind { &timed.0 } else { term }
}

fn exposure(term: &Expr) -> Option<&ast::expression::Exposure> {
    if let ExprKind::Exposure(exposure) = &untimed(term).kind { Some(exposure) } else { None }
}
