//! `tepai`: the edge of the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    tepai_server::cli::main()
}
