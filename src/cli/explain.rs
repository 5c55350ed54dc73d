//! `trialc explain`: what the code of a message means.

use super::exit::{Exit, Failure};
use super::markdown;
use super::output;
use super::terminal::{Stream, Terminal};
use crate::diagnostic::code;

/// Explain the code of a message, with a wrong program and a right one.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  trialc explain U002\n\n`trialc list codes` lists all codes.")]
pub(super) struct Args {
    /// The code, such as U002.
    code: String,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(found) = code::find(args.code.trim()) else {
        return Err(Failure::misuse(unknown(&args.code)));
    };
    output::print(markdown::render(found.page, terminal, Stream::Output).as_bytes())?;
    Ok(Exit::Clean)
}

/// Names the codes that look most like it.
fn unknown(asked: &str) -> String {
    let asked_upper = asked.trim().to_ascii_uppercase();
    let mut near: Vec<(usize, &str, &str)> = code::ALL
        .iter()
        .map(|code| (strsim::damerau_levenshtein(code.id, &asked_upper), code.id, code.title))
        .collect();
    near.sort_unstable();
    // One of a code's four characters: with more of them wrong, the guess is as good as any.
    let near = near.iter().filter(|(distance, ..)| *distance <= 1).take(3);
    let near: Vec<String> = near.map(|(_, id, title)| format!("\n  {id}  {title}")).collect();
    let near_it = if near.is_empty() { "" } else { "; near it are" };
    format!("there is no code `{asked}`{near_it}{}\n`trialc list codes` lists all codes", near.concat())
}
