//! `trialc man`: the manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_mangen::Man;

use super::exit::{Exit, Failure, reason};
use super::{Cli, output};

/// Print the manual page, or write one for each command.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  trialc man | man -l -\n  trialc man -o ~/.local/share/man/man1")]
pub(super) struct Args {
    /// The folder to write the pages of all commands to; without it the main page goes to standard output.
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.output {
        None => {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            output::print(&page)?;
        }
        Some(folder) => {
            write(folder).map_err(|error| {
                Failure::problem(format!("cannot write the pages to {}: {}", folder.display(), reason(&error)))
            })?;
        }
    }
    Ok(Exit::Clean)
}

fn write(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), folder)
}
