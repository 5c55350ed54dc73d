//! The rules of the grammar that layout treats in a way of their own. All others are words in a row.

use crate::syntax::grammar::Rule;

/// Rules that are one word on the page, though the grammar sees parts in them: a number never leaves its unit.
pub(super) fn is_word(rule: Rule) -> bool {
    matches!(rule, Rule::quantity | Rule::range | Rule::coded_range | Rule::days | Rule::in_unit)
}

/// What a rule is as a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statement {
    /// `trial … { … }`: fields in two columns.
    Header,
    /// A block of statements, one a line.
    Block(Inline),
    /// A patient and what is expected of them.
    Example,
    /// `head: body`, `head = value`.
    Headed,
    /// Words in a row.
    Sentence,
}

/// When a block of statements may stand on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inline {
    Never,
    /// If it holds one statement, and the author wrote it so.
    Single,
    /// If it fits.
    Fitting,
}

pub(super) fn statement(rule: Rule) -> Statement {
    if matches!(rule, Rule::trial) {
        Statement::Header
    } else if matches!(rule, Rule::example) {
        Statement::Example
    } else if matches!(rule, Rule::declaration) {
        Statement::Block(Inline::Fitting)
    } else if matches!(rule, Rule::eligibility | Rule::estimand) {
        Statement::Block(Inline::Never)
    } else if matches!(
        rule,
        Rule::arm | Rule::regimen | Rule::background | Rule::stage | Rule::cycle | Rule::phase_block
    ) {
        Statement::Block(Inline::Single)
    } else if is_headed(rule) {
        Statement::Headed
    } else {
        Statement::Sentence
    }
}

/// Rules whose own `:` or `=` parts a head from a body that may stand on the next line.
pub(super) fn is_headed(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::criterion
            | Rule::restriction
            | Rule::cohort
            | Rule::population
            | Rule::outcome
            | Rule::intercurrent
            | Rule::visit
            | Rule::define
            | Rule::entry
    )
}

/// What a kind of item wants between itself and a neighbour of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// One blank line.
    Apart(Rule),
    /// What the author chose.
    Together(Rule),
}

/// The family of an item. Those that are written in one list, such as visits and what is collected at them, are of one.
pub(super) fn family(rule: Rule) -> Family {
    if matches!(
        rule,
        Rule::trial
            | Rule::eligibility
            | Rule::arm
            | Rule::regimen
            | Rule::background
            | Rule::estimand
            | Rule::example
            | Rule::equivalent
    ) {
        Family::Apart(rule)
    } else if matches!(rule, Rule::set) {
        Family::Together(Rule::define)
    } else if matches!(rule, Rule::collect) {
        Family::Together(Rule::visit)
    } else if matches!(rule, Rule::population) {
        Family::Together(Rule::cohort)
    } else {
        Family::Together(rule)
    }
}

/// Where a sentence that does not fit may be broken: before which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Nowhere: the part stays beside what stands before it.
    Never,
    /// If the part does not fit on the line.
    Wrap,
    /// Whenever the whole does not fit on one line.
    Always,
}

pub(super) fn break_before(rule: Rule) -> Break {
    if matches!(rule, Rule::connective | Rule::k_unless | Rule::k_else) {
        Break::Always
    } else if is_clause(rule) || is_clause_word(rule) {
        Break::Wrap
    } else {
        Break::Never
    }
}

fn is_clause(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::within
            | Rule::away
            | Rule::span
            | Rule::at
            | Rule::during
            | Rule::beside
            | Rule::at_fact
            | Rule::scope
            | Rule::when
            | Rule::lookback
            | Rule::compare
            | Rule::in_range
            | Rule::is_value
            | Rule::moved
            | Rule::limits
            | Rule::sign
            | Rule::with
            | Rule::due_to
            | Rule::lasting
            | Rule::equivalent_to
            | Rule::apart
            | Rule::by_role
            | Rule::visit_window
            | Rule::until
            | Rule::epoch_masking
            | Rule::in_population
            | Rule::assessed
            | Rule::confirmed
            | Rule::source
            | Rule::routes
            | Rule::schedule
            | Rule::treat_for
            | Rule::max
            | Rule::rounded
            | Rule::titrated
            | Rule::levels
            | Rule::infused
    )
}

fn is_clause_word(rule: Rule) -> bool {
    matches!(rule, Rule::k_when | Rule::k_until | Rule::k_handled | Rule::k_because | Rule::k_then)
}

/// Rules that are lists in brackets, where a comma may stand after the last entry too: it does where the list is broken.
pub(super) fn is_list(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::use_item
            | Rule::items
            | Rule::exception
            | Rule::is_value
            | Rule::one_of
            | Rule::levels
            | Rule::equivalent
            | Rule::pick_event
            | Rule::limits
    )
}

/// Words so short in a list that it is filled line by line, where others get a line for each entry.
pub(super) fn is_short(rule: Rule) -> bool {
    matches!(rule, Rule::name | Rule::quantity | Rule::coded | Rule::k_per | Rule::k_ULN | Rule::k_LLN | Rule::k_except)
}

/// The leaf that is a sign of comparison, which has more than one spelling.
pub(super) fn is_comparison(rule: Rule) -> bool {
    matches!(rule, Rule::cmp)
}

/// A list of names, whose commas belong to the list in braces around it.
pub(super) fn is_names(rule: Rule) -> bool {
    matches!(rule, Rule::names)
}

/// A fact of an example, where a comma after the last one is left out.
pub(super) fn is_fact(rule: Rule) -> bool {
    matches!(rule, Rule::fact)
}

/// The word that says what is expected of an example.
pub(super) fn is_expect(rule: Rule) -> bool {
    matches!(rule, Rule::k_expect)
}

/// An entry of a list, which has a label if it has a `:`.
pub(super) fn is_entry(rule: Rule) -> bool {
    matches!(rule, Rule::entry)
}

/// The truth of one or more terms, which stays beside its head only if it is of one term.
pub(super) fn is_expression(rule: Rule) -> bool {
    matches!(rule, Rule::expr)
}

/// Parentheses: what stands in them is not the list that a head may end in.
pub(super) fn is_parens(rule: Rule) -> bool {
    matches!(rule, Rule::parens | Rule::limits)
}

/// The end of a file, which holds the comments after its last item.
pub(super) fn is_end(rule: Rule) -> bool {
    matches!(rule, Rule::EOI)
}

/// The one leaf of the grammar that may hold blanks and comments: a list with nothing in it.
pub(super) fn is_hollow(rule: Rule) -> bool {
    matches!(rule, Rule::items)
}
