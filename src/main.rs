//! The program `trialc`.

use std::process::ExitCode;

fn main() -> ExitCode {
    trialc::cli::main()
}
