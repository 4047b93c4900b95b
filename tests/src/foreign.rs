//! Programs that others wrote, in folders of their own beside their lock files.

use std::path::Path;
use std::process::{Command, Output};

/// Runs a program in a folder; `None` where there is no such program.
pub fn run(folder: &Path, program: impl AsRef<Path>, arguments: &[&str]) -> Option<Output> {
    Command::new(program.as_ref())
        .args(arguments)
        .current_dir(folder)
        .output()
        .ok()
}

/// Runs a program in a folder; whether it is there and succeeded.
pub fn succeeds(folder: &Path, program: impl AsRef<Path>, arguments: &[&str]) -> bool {
    run(folder, program, arguments).is_some_and(|output| output.status.success())
}

/// Installs what the lock file of a folder says, once; `false` where there is no npm or no registry.
pub fn has_npm_packages(folder: &Path) -> bool {
    let install = [
        "ci",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=1",
        "--fetch-timeout=30000",
    ];
    folder.join("node_modules/.package-lock.json").is_file() || succeeds(folder, "npm", &install)
}
