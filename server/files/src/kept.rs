//! Photos that are kept: under their county and their SHA-256, so that the same bytes are kept once. Nothing is ever
//! written into a file that is kept: it comes whole, by a new name.

use crate::{Files, age_ms, blocking, create_dir, if_there, sync_dir};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use strum::{EnumString, IntoStaticStr, VariantArray};
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

    /// The county whose photo it is; each county has a directory.
    pub fn county(&self) -> &DivisionCode {
        &self.county
    }

    /// SHA-256, as hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// In which size a photo is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Size {
    /// As it was sent.
    Original,
    /// At most 320 pixels on its longer side.
    #[strum(serialize = "320")]
    Thumbnail,
    /// At most 1280 pixels on its longer side.
    #[strum(serialize = "1280")]
    Screen,
    /// What the phone sent before: shown as the thumbnail until there is one.
    Promise,
}

impl Size {
    /// Every size.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The size of a word, if it can be asked for.
    pub fn parse(word: &str) -> Option<Self> {
        let size = word.parse().ok();
        size.filter(|size| *size != Self::Promise)
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

    /// Makes the directory in which a photo will be kept, ahead of its bytes. Nobody waits for it: whoever keeps the photo
    /// makes it as well where it is not there.
    pub fn make_place_ahead(&self, key: &Key) {
        let directory = self.kept_dir(key);
        if self.made().contains(&directory) {
            return;
        }
        let files = self.clone();
        tokio::task::spawn_blocking(move || files.make_kept_dir(&directory));
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
        be_young(from)?;
        if std::fs::hard_link(from, self.path(key, Size::Original)).is_err() {
            return Ok(false);
        }
        sync_dir(&directory)?;
        Ok(true)
    }

    /// Gives a file that is synced the name under which it is kept, whatever is kept there: it may be damaged.
    pub(super) fn name_again(&self, from: &Path, key: &Key) -> io::Result<()> {
        let to = self.path(key, Size::Original);
        let second = self.unfinished(key);
        be_young(from)?;
        if std::fs::hard_link(from, &second).is_err() {
            // A file system without links.
            std::fs::rename(from, &second)?;
        }
        std::fs::rename(&second, to)?;
        // Nothing happens if both were the same file before.
        if_there(std::fs::remove_file(second))?;
        sync_dir(&self.kept_dir(key))
    }

    /// Keeps derivatives of one photo.
    pub fn keep_derivatives(&self, key: &Key, derivatives: &[(Size, &[u8])]) -> io::Result<()> {
        let directory = self.kept_dir(key);
        self.make_kept_dir(&directory)?;
        for (size, bytes) in derivatives {
            let from = self.unfinished(key);
            let mut file = File::create(&from)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(from, self.path(key, *size))?;
        }
        sync_dir(&directory)
    }

    /// A place for a file until it has its name. No other server that shares the directory has the same.
    fn unfinished(&self, key: &Key) -> PathBuf {
        let number = rand::random::<u64>();
        let name = format!("{}.{number:016x}.part", key.sha256);
        self.kept_dir(key).join(name)
    }

    /// Removes what was sent before a photo.
    pub fn remove_promise(&self, key: &Key) -> io::Result<()> {
        if_there(std::fs::remove_file(self.path(key, Size::Promise))).map(|_| ())
    }

    /// Opens a kept photo; `None` if it is not here.
    pub async fn open(&self, key: &Key, size: Size) -> io::Result<Option<File>> {
        let (files, key) = (self.clone(), key.clone());
        blocking(move || files.open_now(&key, size)).await
    }

    /// The same for whoever may block.
    pub fn open_now(&self, key: &Key, size: Size) -> io::Result<Option<File>> {
        if_there(File::open(self.path(key, size)))
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

    /// Removes what is older than this of a photo, in all its sizes.
    pub async fn remove(&self, key: &Key, older_than_ms: u64) -> io::Result<()> {
        self.bury_old(key, Size::ALL, older_than_ms).await
    }

    /// Removes the original alone, if it is older than this: it is in the bucket.
    pub async fn remove_original(&self, key: &Key, older_than_ms: u64) -> io::Result<()> {
        self.bury_old(key, &[Size::Original], older_than_ms).await
    }

    /// Removes the original alone, if it is still this file and not one that came again.
    pub async fn remove_moved(&self, key: &Key, file: &Metadata) -> io::Result<()> {
        let moved = (file.dev(), file.ino());
        let is_same = move |file: &Metadata| Ok((file.dev(), file.ino()) == moved);
        self.bury(key, &[Size::Original], is_same).await
    }

    async fn bury_old(&self, key: &Key, sizes: &[Size], older_than_ms: u64) -> io::Result<()> {
        let is_old = move |file: &Metadata| Ok(age_ms(file)? > older_than_ms);
        self.bury(key, sizes, is_old).await
    }

    /// Takes files their names first and looks at them then: a photo that comes again in this moment gives the name another
    /// file, which gets it back.
    async fn bury(
        &self,
        key: &Key,
        sizes: &[Size],
        may_go: impl Fn(&Metadata) -> io::Result<bool> + Send + 'static,
    ) -> io::Result<()> {
        let paths: Vec<PathBuf> = sizes.iter().map(|size| self.path(key, *size)).collect();
        let (directory, grave) = (self.kept_dir(key), self.unfinished(key));
        blocking(move || {
            for path in paths {
                if if_there(std::fs::rename(&path, &grave))?.is_none() {
                    continue;
                }
                if may_go(&std::fs::metadata(&grave)?)? {
                    std::fs::remove_file(&grave)?;
                } else {
                    // If yet another has the name by now, it is of the same photo.
                    std::fs::rename(&grave, &path)?;
                }
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

    /// Removes files that were being made when their process ended, if they are older than this; says how many.
    pub async fn remove_unfinished(&self, older_than_ms: u64) -> io::Result<usize> {
        let (kept, scratch) = (self.root.join("kept"), self.root.join("scratch"));
        blocking(move || {
            let mut unfinished: Vec<PathBuf> = paths(&scratch)?;
            for county in paths(&kept)? {
                for shard in paths(&county)? {
                    let is_part = |path: &PathBuf| path.extension().is_some_and(|of| of == "part");
                    unfinished.extend(paths(&shard)?.into_iter().filter(is_part));
                }
            }
            let mut count = 0;
            for path in unfinished {
                let Some(metadata) = if_there(std::fs::metadata(&path))? else {
                    continue;
                };
                if age_ms(&metadata)? > older_than_ms {
                    count += usize::from(if_there(std::fs::remove_file(path))?.is_some());
                }
            }
            Ok(count)
        })
        .await
    }

    /// How long ago the youngest file of a photo was written, in milliseconds; 0 if that cannot be told.
    pub async fn age_ms(&self, key: &Key) -> io::Result<u64> {
        let sizes = Size::ALL.iter();
        let paths: Vec<_> = sizes.map(|size| self.path(key, *size)).collect();
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

/// Makes a file as young as if it was written now: what is about to get its row must not be taken for what never got one,
/// however long ago its last byte came.
fn be_young(path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
    let time = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps {
        last_access: time(UTIME_OMIT),
        last_modification: time(UTIME_NOW),
    };
    Ok(utimensat(CWD, path, &times, AtFlags::empty())?)
}

fn paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let children = children(directory)?;
    Ok(children.into_iter().map(|(_, path)| path).collect())
}

/// Names and paths of what is in a directory; nothing if there is none, or a file of somebody else's in its place.
fn children(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => None,
        entries => if_there(entries)?,
    };
    let Some(entries) = entries else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_photo_that_came_again_keeps_its_name_whoever_wanted_to_remove_the_former() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let key = Key::new(&"990421".parse().unwrap(), &"0".repeat(64)).unwrap();
        files.make_kept_dir(&files.kept_dir(&key)).unwrap();
        let place = files.path(&key, Size::Original);
        std::fs::write(&place, "former").unwrap();
        let former = std::fs::metadata(&place).unwrap();
        let again = place.with_extension("again");
        std::fs::write(&again, "again").unwrap();
        std::fs::rename(again, &place).unwrap();
        files.remove_moved(&key, &former).await.unwrap();
        files.remove_original(&key, 60_000).await.unwrap();
        files.remove(&key, 60_000).await.unwrap();
        assert_eq!(std::fs::read(&place).unwrap(), b"again");
        // The control: one that is old, and the one that moved.
        let old = File::options().write(true).open(&place).unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        files.remove(&key, 60_000).await.unwrap();
        assert!(!place.exists());
        std::fs::write(&place, "moved").unwrap();
        let moved = std::fs::metadata(&place).unwrap();
        files.remove_moved(&key, &moved).await.unwrap();
        let left = std::fs::read_dir(place.parent().unwrap()).unwrap();
        assert_eq!(left.count(), 0, "no grave is left either");
    }
}
