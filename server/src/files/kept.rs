//! Photos that are kept: under their county and their SHA-256, so that the same bytes are kept once. Nothing is ever
//! written into a file that is kept: it comes whole, by a new name.

use super::{Files, age_ms, blocking, create_dir, if_there, sync_dir};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;

/// A kept photo.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    county: DivisionCode,
    sha256: String,
}

impl Key {
    /// `None` if `sha256` is not 64 lower-case hexadecimal digits.
    pub fn new(county: &DivisionCode, sha256: &str) -> Option<Self> {
        let digits = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        let is_hash = sha256.len() == 64 && sha256.as_bytes().iter().all(digits);
        is_hash.then(|| Self {
            county: county.clone(),
            sha256: sha256.to_owned(),
        })
    }

    /// The county.
    pub fn county(&self) -> &DivisionCode {
        &self.county
    }

    /// SHA-256, as hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// In which size a photo is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As it was sent.
    Original,
    /// At most 320 pixels on its longer side.
    Thumbnail,
    /// At most 1280 pixels on its longer side.
    Screen,
    /// What the phone sent before: shown as the thumbnail until there is one.
    Promise,
}

impl Size {
    /// Every size.
    pub const ALL: [Self; 4] = [Self::Original, Self::Thumbnail, Self::Screen, Self::Promise];

    /// The word in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Thumbnail => "320",
            Self::Screen => "1280",
            Self::Promise => "promise",
        }
    }

    /// The size of a word, if it can be asked for.
    pub fn parse(word: &str) -> Option<Self> {
        let mut sizes = [Self::Original, Self::Thumbnail, Self::Screen].into_iter();
        sizes.find(|size| size.as_str() == word)
    }

    /// Pixels of the longer side, at most.
    pub const fn longest_side(self) -> Option<u32> {
        match self {
            Self::Original => None,
            Self::Thumbnail | Self::Promise => Some(320),
            Self::Screen => Some(1280),
        }
    }
}

impl Files {
    pub(super) fn kept_dir(&self, key: &Key) -> PathBuf {
        let shard = key.sha256.get(..2).unwrap_or("00");
        self.root.join("kept").join(key.county.as_str()).join(shard)
    }

    /// Where a kept photo is.
    pub fn path(&self, key: &Key, size: Size) -> PathBuf {
        let name = match size {
            Size::Original => key.sha256.clone(),
            small => format!("{}-{}.jpg", key.sha256, small.as_str()),
        };
        self.kept_dir(key).join(name)
    }

    /// Makes the directory in which a photo will be kept, ahead of its bytes.
    pub async fn make_place(&self, key: &Key) -> io::Result<()> {
        let (files, directory) = (self.clone(), self.kept_dir(key));
        if self.made().contains(&directory) {
            return Ok(());
        }
        blocking(move || files.make_kept_dir(&directory)).await
    }

    /// Makes a directory of kept photos with its siblings: one sync names all of them, and later photos wait for none.
    fn make_kept_dir(&self, directory: &Path) -> io::Result<()> {
        if directory.is_dir() && self.made().contains(directory) {
            return Ok(());
        }
        let Some(county) = directory.parent() else {
            return Ok(());
        };
        self.make_dir(county)?;
        let all: Vec<PathBuf> = (0..=u8::MAX)
            .map(|shard| county.join(format!("{shard:02x}")))
            .collect();
        all.iter().try_for_each(|directory| create_dir(directory))?;
        sync_dir(county)?;
        self.made().extend(all);
        Ok(())
    }

    /// Gives a file a second name, under which it is kept, and syncs that; whether it has it now. It has not if something is
    /// kept under that name, or on a file system without links.
    pub(super) fn name_new(&self, from: &Path, key: &Key) -> io::Result<bool> {
        let directory = self.kept_dir(key);
        self.make_kept_dir(&directory)?;
        if std::fs::hard_link(from, self.path(key, Size::Original)).is_err() {
            return Ok(false);
        }
        sync_dir(&directory)?;
        Ok(true)
    }

    /// Gives a file that is synced the name under which it is kept, whatever is kept there: it may be damaged.
    pub(super) fn name_again(&self, from: &Path, key: &Key) -> io::Result<()> {
        let to = self.path(key, Size::Original);
        let second = to.with_extension("part");
        if_there(std::fs::remove_file(&second))?;
        if std::fs::hard_link(from, &second).is_err() {
            // A file system without links.
            std::fs::rename(from, &second)?;
        }
        std::fs::rename(&second, to)?;
        // Nothing happens if both were the same file before.
        if_there(std::fs::remove_file(second))?;
        sync_dir(&self.kept_dir(key))
    }

    /// Keeps a derivative.
    pub fn keep_derivative(&self, key: &Key, size: Size, bytes: &[u8]) -> io::Result<()> {
        let directory = self.kept_dir(key);
        self.make_kept_dir(&directory)?;
        let to = self.path(key, size);
        let from = to.with_extension("part");
        let mut file = File::create(&from)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(from, to)?;
        sync_dir(&directory)
    }

    /// Removes what was sent before a photo.
    pub fn remove_promise(&self, key: &Key) -> io::Result<()> {
        if_there(std::fs::remove_file(self.path(key, Size::Promise))).map(|_| ())
    }

    /// Opens a kept photo; `None` if it is not here.
    pub async fn open(&self, key: &Key, size: Size) -> io::Result<Option<File>> {
        let path = self.path(key, size);
        blocking(move || if_there(File::open(path))).await
    }

    /// SHA-256 of a kept original; `None` if it is not here.
    pub async fn hash_kept(&self, key: &Key) -> io::Result<Option<String>> {
        let path = self.path(key, Size::Original);
        blocking(move || {
            let Some(mut file) = if_there(File::open(path))? else {
                return Ok(None);
            };
            hash(&mut file).map(Some)
        })
        .await
    }

    /// Removes a photo in all its sizes.
    pub async fn remove(&self, key: &Key) -> io::Result<()> {
        self.unlink(key, &Size::ALL).await
    }

    /// Removes the original alone: it is in the bucket.
    pub async fn remove_original(&self, key: &Key) -> io::Result<()> {
        self.unlink(key, &[Size::Original]).await
    }

    async fn unlink(&self, key: &Key, sizes: &[Size]) -> io::Result<()> {
        let paths: Vec<PathBuf> = sizes.iter().map(|size| self.path(key, *size)).collect();
        let directory = self.kept_dir(key);
        blocking(move || {
            for path in paths {
                if_there(std::fs::remove_file(path))?;
            }
            if_there(sync_dir(&directory)).map(|_| ())
        })
        .await
    }

    /// Every photo of which something is here, sorted, and whether its original is.
    pub async fn list_kept(&self) -> io::Result<BTreeMap<Key, bool>> {
        let directory = self.root.join("kept");
        blocking(move || {
            let mut found = BTreeMap::new();
            for (county, path) in children(&directory)? {
                let Ok(county) = county.parse::<DivisionCode>() else {
                    continue;
                };
                for (_, path) in children(&path)? {
                    for (name, _) in children(&path)? {
                        let (sha256, is_original) = name
                            .split_once('-')
                            .map_or((name.as_str(), true), |(sha256, _)| (sha256, false));
                        if let Some(key) = Key::new(&county, sha256) {
                            *found.entry(key).or_default() |= is_original;
                        }
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    /// How long ago the youngest file of a photo was written, in milliseconds; 0 if that cannot be told.
    pub async fn age_ms(&self, key: &Key) -> io::Result<u64> {
        let paths = Size::ALL.map(|size| self.path(key, size));
        blocking(move || {
            let mut youngest = None;
            for path in paths {
                let Some(metadata) = if_there(std::fs::metadata(path))? else {
                    continue;
                };
                let age = age_ms(&metadata)?;
                youngest = Some(youngest.map_or(age, |youngest: u64| youngest.min(age)));
            }
            Ok(youngest.unwrap_or(0))
        })
        .await
    }
}

/// Names and paths of what is in a directory; nothing if there is none.
fn children(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let Some(entries) = if_there(std::fs::read_dir(directory))? else {
        return Ok(Vec::new());
    };
    let named = |entry: io::Result<std::fs::DirEntry>| {
        let entry = entry?;
        Ok((
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        ))
    };
    entries.map(named).collect()
}

/// SHA-256 of a file from where it stands to its end, as hexadecimal digits.
pub fn hash(file: &mut File) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        digest.update(bytes);
    }
    Ok(hex(&digest.finalize()))
}
