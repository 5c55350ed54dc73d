//! A bracket of the wrong kind: `(` closed by `}`. Told apart from a bracket that is missing by what follows.

use super::tokens::{ITEM_WORDS, Token, TokenKind, Tokens};

/// How far the text is looked through.
const REACH: usize = 1 << 14;

/// Whether a closing bracket stands for the other kind: so read, all brackets of the item close, and otherwise not.
pub(super) fn is_mistaken(text: &str, token: Token, byte: u8, open: &[Token]) -> bool {
    let kinds: Vec<u8> = open
        .iter()
        .filter_map(|token| if let TokenKind::Open(byte) = token.kind { Some(byte) } else { None })
        .collect();
    let Some((last, others)) = kinds.split_last() else { return false };
    if *last == opener(byte) {
        return false;
    }
    let as_missing = match kinds.iter().rposition(|kind| *kind == opener(byte)) {
        Some(at) => {
            kinds.get(..at).and_then(|rest| faults(text, token.end, rest)).map(|found| found + kinds.len() - at)
        }
        None => faults(text, token.end, &kinds).map(|found| found + 1),
    };
    let mistaken = faults(text, token.end, others);
    mistaken.zip(as_missing).is_some_and(|(mistaken, missing)| mistaken == 0 && missing > 0)
}

/// How many brackets do not fit from a place to the end of its criterion or item; `None` where that is too far to see.
fn faults(text: &str, from: usize, open: &[u8]) -> Option<usize> {
    let mut open = open.to_vec();
    let mut faults = 0;
    let rest = text.get(from..)?;
    for token in Tokens::new(rest) {
        if token.start > REACH {
            return None;
        }
        match token.kind {
            TokenKind::Open(byte) => open.push(byte),
            TokenKind::Close(byte) if open.last() == Some(&opener(byte)) => {
                open.pop();
            }
            TokenKind::Close(_) => faults += 1,
            TokenKind::Word => {
                let word = rest.get(token.start..token.end).unwrap_or("");
                // The next criterion: only the block around both is open there.
                if token.first_on_line && token.start > 0 && matches!(word, "include" | "exclude") {
                    return Some(faults + open.len().abs_diff(1));
                }
                if token.at_margin && token.start > 0 && ITEM_WORDS.binary_search(&word).is_ok() {
                    break;
                }
            }
            TokenKind::Sign | TokenKind::String { .. } => {}
        }
    }
    Some(faults + open.len())
}

fn opener(closer: u8) -> u8 {
    if closer == b')' { b'(' } else { b'{' }
}
