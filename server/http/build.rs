//! Embeds the pages that `make web` built into a release build: a table of files for `src/http/site.rs`. A debug build
//! reads them where they are, so that a change of a page compiles nothing.
//!
//! It runs no Node and asks no network: `cargo build` alone always works.

#[path = "src/web_files.rs"]
#[expect(unreachable_pub, reason = "it is a module of the library, too")]
mod web_files;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use web_files::{COMPRESSED, Found, compressed, find, tag};

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "cargo::rerun-if-changed=build.rs")?;
    writeln!(out, "cargo::rerun-if-changed=src/web_files.rs")?;
    let mut table = String::from("&[\n");
    if env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        let dist = variable("CARGO_MANIFEST_DIR")?.join("../../web/dist");
        for found in find(&dist)? {
            table.push_str(&entry(&found)?);
        }
        writeln!(out, "cargo::rerun-if-changed={}", dist.display())?;
    }
    table.push_str("]\n");
    fs::write(variable("OUT_DIR")?.join("web_files.rs"), table)
}

fn variable(name: &str) -> io::Result<PathBuf> {
    let value = env::var_os(name).ok_or_else(|| io::Error::other(format!("cargo sets {name}")))?;
    Ok(PathBuf::from(value))
}

fn entry(Found { path, file }: &Found) -> io::Result<String> {
    let mut entry = String::new();
    let tag = tag(&fs::read(file)?);
    let literal = |file: &Path| format!("{:?}", file.to_string_lossy());
    let include =
        |file: PathBuf| format!("Some(Cow::Borrowed(include_bytes!({})))", literal(&file));
    let plain = literal(file);
    let [br, gzip] = COMPRESSED
        .map(|ending| compressed(file, ending).map_or_else(|| "None".to_owned(), include));
    writeln!(
        entry,
        "WebFile {{ path: Cow::Borrowed({path:?}), tag: Cow::Borrowed({tag:?}), plain: Cow::Borrowed(include_bytes!({plain})), br: {br}, gzip: {gzip} }},"
    )
    .map_err(io::Error::other)?;
    Ok(entry)
}
