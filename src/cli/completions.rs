//! `trialc completions`: what a shell needs to complete the commands of `trialc`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::{Cli, output};

/// Print the completions for a shell.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  trialc completions bash > ~/.local/share/bash-completion/completions/trialc
  trialc completions fish > ~/.config/fish/completions/trialc.fish
  trialc completions zsh  > ~/.zfunc/_trialc")]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    // Collected first: clap_complete panics if it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "trialc", &mut script);
    output::print(&script)?;
    Ok(Exit::Clean)
}
