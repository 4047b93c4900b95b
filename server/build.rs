//! Embeds the pages that `make web` built, if it did: a table of files for `src/http/site.rs`.
//!
//! It runs no Node and asks no network: `cargo build` alone always works, and the server then says that the console is
//! not built. What it must not know: what the pages are about.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The endings of what is compressed beforehand, beside the file itself.
const COMPRESSED: [&str; 2] = ["br", "gz"];

fn main() -> io::Result<()> {
    let dist = variable("CARGO_MANIFEST_DIR")?.join("../web/dist");
    let mut found = Vec::new();
    collect(&dist, &mut found)?;
    found.sort();
    let mut table = String::from("&[\n");
    for file in found.iter().filter(|file| is_page(file)) {
        describe(&mut table, &dist, file)?;
    }
    table.push_str("]\n");
    fs::write(variable("OUT_DIR")?.join("web_files.rs"), table)?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", dist.display())
}

fn variable(name: &str) -> io::Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other(format!("cargo sets {name}")))
}

/// The files below `folder`; none if there is no such folder.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether it is served under its own name: neither compressed beforehand nor hidden.
fn is_page(file: &Path) -> bool {
    let hidden = file
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let compressed = file
        .extension()
        .is_some_and(|ending| COMPRESSED.iter().any(|known| ending == *known));
    !hidden && !compressed
}

fn describe(table: &mut String, dist: &Path, file: &Path) -> io::Result<()> {
    let name = file
        .strip_prefix(dist)
        .map_err(io::Error::other)?
        .to_string_lossy()
        .replace('\\', "/");
    let mut hasher = DefaultHasher::new();
    hasher.write(&fs::read(file)?);
    let tag = format!("{:016x}", hasher.finish());
    let [br, gzip] = COMPRESSED.map(|ending| compressed(file, ending));
    writeln!(
        table,
        "WebFile {{ path: {name:?}, tag: {tag:?}, plain: include_bytes!({file:?}), br: {br}, gzip: {gzip} }},"
    )
    .map_err(io::Error::other)
}

fn compressed(file: &Path, ending: &str) -> String {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    let beside = PathBuf::from(name);
    if beside.is_file() {
        format!("Some(include_bytes!({beside:?}))")
    } else {
        "None".to_owned()
    }
}
