//! A disk whose power can be cut: what was not synced is gone, and a mount replays its journal as after a real cut.
//!
//! It knows nothing of what is written to it. `scripts/power-cut.sh` does the work and says where it is not possible.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A disk; it is taken down when dropped.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// A fresh disk; `None`, and a line on standard error, where this machine or this user cannot have one.
    pub fn create() -> Option<Self> {
        let owner = std::process::id().to_string();
        let output = script(&["create", "--owner", &owner]);
        if output.status.code() == Some(3) {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("SKIPPED, nothing was tested: {}", why.trim());
            return None;
        }
        let folder = PathBuf::from(said(&output));
        Some(Self { folder })
    }

    /// Where its files are.
    pub fn path(&self) -> PathBuf {
        self.folder.join("disk")
    }

    /// Cuts its power: from now on nothing reaches it.
    pub fn cut(&self) {
        said(&self.script("cut"));
    }

    /// Mounts it again, with what had reached it. Nobody may have a file of it open any more.
    pub fn restore(&self) {
        said(&self.script("restore"));
    }

    fn script(&self, command: &str) -> Output {
        script(&[command, &self.folder.display().to_string()])
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.script("destroy");
    }
}

fn script(args: &[&str]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/power-cut.sh");
    let output = Command::new(path).args(args).output();
    output.expect("the script starts")
}

#[track_caller]
fn said(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
