//! Reads a block statement by statement, so that a broken one hides neither its neighbours nor the block.

use pest::Parser;

use super::build::{Builder, Node};
use super::error::syntax_error;
use super::grammar::{Grammar, Rule};
use super::outline::statements;
use super::parse::Statement;
use super::tokens::{TokenKind, Tokens};
use crate::ast::{Criterion, EstimandPart, Field, Item, Stage};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::span::Span;

/// How the statements of a block begin, and the rule that reads one.
struct Block {
    word: &'static str,
    rule: Rule,
    statements: &'static [&'static str],
    /// Whether its words are reserved, so that they begin a statement wherever they stand.
    anywhere: bool,
}

const TREATMENT: &[&str] = &["in", "give", "cycle", "phase", "hold", "stop", "reduce", "adjust"];

const BLOCKS: &[Block] = &[
    Block { word: "eligibility", rule: Rule::one_criterion, statements: &["include", "exclude"], anywhere: true },
    Block { word: "trial", rule: Rule::one_field, statements: FIELDS, anywhere: false },
    Block { word: "arm", rule: Rule::one_treatment, statements: TREATMENT, anywhere: false },
    Block { word: "background", rule: Rule::one_treatment, statements: TREATMENT, anywhere: false },
    Block { word: "regimen", rule: Rule::one_treatment, statements: TREATMENT, anywhere: false },
    Block {
        word: "estimand",
        rule: Rule::one_part,
        statements: &["population", "compare", "summary", "intercurrent", "missing"],
        anywhere: false,
    },
];

/// The words that header fields begin with.
pub const FIELDS: &[&str] = &[
    "identifiers",
    "acronym",
    "version",
    "sponsor",
    "collaborators",
    "responsible",
    "contact",
    "countries",
    "summary",
    "official_title",
    "keywords",
    "status",
    "phase",
    "purpose",
    "allocation",
    "model",
    "masking",
    "sex",
    "healthy_volunteers",
    "monitoring_committee",
    "enrollment",
    "sites",
    "first_submitted",
    "first_posted",
    "last_updated",
    "verified",
    "starts",
    "primary_completion",
    "completes",
    "conditions",
    "day_1",
    "stratified_by",
    "age",
];

fn kind_of(text: &str) -> Option<&'static Block> {
    let word = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
    BLOCKS.iter().find(|block| block.word == word)
}

/// Whether a text is a block that can be read statement by statement.
pub fn is_block(text: &str) -> bool {
    kind_of(text).is_some()
}

/// Whether a text is a block of criteria.
pub fn is_criteria(text: &str) -> bool {
    kind_of(text).is_some_and(|block| block.rule == Rule::one_criterion)
}

/// Reads a block: its head by itself, then each statement. `None` where not even the head can be read.
pub fn block(statement: &Statement<'_>, damaged: &mut Vec<Span>, diagnostics: &mut Diagnostics) -> Option<Item> {
    let text = statement.text;
    let kind = kind_of(text)?;
    let Some(open) = Tokens::new(text).find(|token| token.kind == TokenKind::Open(b'{')) else {
        if !statement.damaged
            && let Err(error) = Grammar::parse(Rule::one_item, text)
        {
            diagnostics.push(syntax_error(text, statement.base, Rule::one_item, &error));
        }
        return None;
    };
    let mut item = head(statement, open.start, diagnostics)?;
    let mut whole = true;
    for range in statements(text, open.start, kind.statements, kind.anywhere) {
        let base = statement.base.saturating_add(u32::try_from(range.start).unwrap_or(u32::MAX));
        let part = Statement { text: text.get(range).unwrap_or(""), base, ..Statement::part_of(statement) };
        let before = diagnostics.len();
        whole &= add_statement(&mut item, &part, kind, diagnostics);
        if diagnostics.len() > before {
            damaged.push(part.span());
        }
    }
    let closed = text.trim_end().len();
    after_block(statement, open.start, diagnostics);
    finish(&mut item, !whole || statement.damaged, statement.base.saturating_add(u32::try_from(closed).unwrap_or(0)));
    Some(item)
}

impl Statement<'_> {
    fn part_of(whole: &Self) -> Self {
        Self { text: whole.text, base: whole.base, damaged: whole.damaged, too_deep: false }
    }
}

/// The item with an empty block.
fn head(statement: &Statement<'_>, open: usize, diagnostics: &mut Diagnostics) -> Option<Item> {
    let mut head = statement.text.get(..=open)?.to_owned();
    head.push('}');
    match Grammar::parse(Rule::one_item, &head) {
        Ok(mut pairs) => Builder::new(statement.base, diagnostics).item(pairs.next()?),
        Err(error) => {
            diagnostics.push(syntax_error(&head, statement.base, Rule::one_item, &error));
            None
        }
    }
}

/// What one statement adds to its block.
enum Part {
    Criterion(Box<Criterion>),
    Field(Box<Field>),
    Stages(Vec<Stage>),
    EstimandPart(EstimandPart),
}

/// Reads one statement into its block; false where it cannot be read.
fn add_statement(item: &mut Item, part: &Statement<'_>, kind: &Block, diagnostics: &mut Diagnostics) -> bool {
    match Grammar::parse(kind.rule, part.text) {
        Ok(mut pairs) => {
            let Some(node) = pairs.next() else { return true };
            let built = build(item, node, kind.rule, part.base, diagnostics);
            add(item, built);
            true
        }
        Err(error) => {
            if !(part.damaged && (at_end(part.text, &error) || open_string(part.text))) {
                let found = syntax_error(part.text, part.base, kind.rule, &error);
                let said = found.primary.span;
                diagnostics.push(found);
                if !part.damaged {
                    super::rest::report(part.text, part.base, said, diagnostics);
                }
            }
            // What stands before the fault is often a whole statement: it keeps its name.
            let rule = if kind.rule == Rule::one_criterion { Rule::criterion } else { return false };
            let mut ignored = Diagnostics::default();
            if let Some(node) = Grammar::parse(rule, part.text).ok().and_then(|mut pairs| pairs.next()) {
                let built = build(item, node, kind.rule, part.base, &mut ignored);
                add(item, built);
            }
            false
        }
    }
}

fn at_end(text: &str, error: &pest::error::Error<Rule>) -> bool {
    let pest::error::InputLocation::Pos(at) = error.location else { return false };
    // A closing bracket there is the one that the scan has spoken of.
    text.get(at..).is_none_or(|rest| rest.trim().is_empty() || rest.trim_start().starts_with([')', '}']))
}

fn open_string(text: &str) -> bool {
    Tokens::new(text).any(|token| token.kind == TokenKind::String { closed: false })
        || text.matches('"').count() % 2 == 1
}

fn build(item: &mut Item, node: Node<'_>, rule: Rule, base: u32, diagnostics: &mut Diagnostics) -> Option<Part> {
    let mut builder = Builder::new(base, diagnostics);
    Some(match rule {
        Rule::one_criterion => Part::Criterion(Box::new(builder.criterion(node)?)),
        Rule::one_field => Part::Field(Box::new(builder.field(node)?)),
        Rule::one_part => Part::EstimandPart(builder.estimand_part(node)?),
        _ => {
            let mut stages = match item {
                Item::Arm(arm) => std::mem::take(&mut arm.stages),
                Item::Background(background) => std::mem::take(&mut background.stages),
                _ => Vec::new(),
            };
            // What was there before stays, whether or not this one can be read.
            let _ = builder.stage_or_dosing(node, &mut stages);
            Part::Stages(stages)
        }
    })
}

fn add(item: &mut Item, part: Option<Part>) {
    match (item, part) {
        (Item::Eligibility(eligibility), Some(Part::Criterion(criterion))) => eligibility.criteria.push(*criterion),
        (Item::Trial(trial), Some(Part::Field(field))) => trial.fields.push(*field),
        (Item::Estimand(estimand), Some(Part::EstimandPart(part))) => estimand.parts.push(part),
        (Item::Arm(arm), Some(Part::Stages(stages))) => arm.stages = stages,
        (Item::Background(background), Some(Part::Stages(stages))) => background.stages = stages,
        (Item::Regimen(regimen), Some(Part::Stages(stages))) => {
            regimen.dosings.extend(stages.into_iter().flat_map(|stage| stage.dosings));
        }
        _ => {}
    }
}

/// What stands behind the closing brace, before the next item begins.
fn after_block(statement: &Statement<'_>, open: usize, diagnostics: &mut Diagnostics) {
    let Some(inside) = statement.text.get(open..) else { return };
    let mut depth = 0_usize;
    for token in Tokens::new(inside) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } if depth == 0 => {
                if !statement.damaged {
                    let offset =
                        |at: usize| statement.base.saturating_add(u32::try_from(open + at).unwrap_or(u32::MAX));
                    let found = inside.get(token.start..token.end).unwrap_or("");
                    let span = Span::new(offset(token.start), offset(token.end));
                    let message = format!("expected the next item, found `{found}`");
                    diagnostics
                        .push(Diagnostic::new(&code::SYNTAX, span, message).label("the block above ended before this"));
                }
                return;
            }
            TokenKind::Word | TokenKind::Sign | TokenKind::String { .. } => {}
        }
    }
}

fn finish(item: &mut Item, is_broken: bool, end: u32) {
    let (broken, span) = match item {
        Item::Eligibility(block) => (&mut block.broken, &mut block.span),
        Item::Trial(block) => (&mut block.broken, &mut block.span),
        Item::Arm(block) => (&mut block.broken, &mut block.span),
        Item::Background(block) => (&mut block.broken, &mut block.span),
        Item::Regimen(block) => (&mut block.broken, &mut block.span),
        Item::Estimand(block) => (&mut block.broken, &mut block.span),
        _ => return,
    };
    *broken = is_broken;
    span.end = end;
}
