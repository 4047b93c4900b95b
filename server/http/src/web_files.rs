//! What the build of the pages left in `web/dist`: which files, by which names, in which forms.
//!
//! Shared by `build.rs`, which embeds them, and by a debug build, which reads them where they are; it must know
//! neither HTTP nor the rest of the server.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The endings of what is compressed beforehand, beside the file itself: Brotli and gzip.
pub const COMPRESSED: [&str; 2] = ["br", "gz"];

/// A file of the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path below `web/dist`, with slashes.
    pub path: String,
    /// Where it is.
    pub file: PathBuf,
}

/// The files that are served, by path; none where nothing was built.
pub fn find(dist: &Path) -> io::Result<Vec<Found>> {
    let mut files = Vec::new();
    collect(dist, &mut files)?;
    files.sort();
    files
        .into_iter()
        .filter(|file| is_served(file))
        .map(|file| {
            let below = file.strip_prefix(dist).map_err(io::Error::other)?;
            let path = below.to_string_lossy().replace('\\', "/");
            Ok(Found { path, file })
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether it is served under its own name: neither compressed beforehand nor hidden.
fn is_served(file: &Path) -> bool {
    let is_hidden = file
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let ending = file.extension();
    !is_hidden && !ending.is_some_and(|ending| COMPRESSED.iter().any(|known| ending == *known))
}

/// Where its compressed form is, if it has one.
pub fn compressed(file: &Path, ending: &str) -> Option<PathBuf> {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    Some(PathBuf::from(name)).filter(|beside| beside.is_file())
}

/// Differs whenever the content does.
pub fn tag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    format!("{:016x}", hasher.finish())
}
