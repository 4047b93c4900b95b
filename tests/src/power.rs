//! A disk whose power can be cut: what was not synced is gone, and a mount replays its journal as after a real cut.
//! And a PostgreSQL server that has its files there.
//!
//! They know nothing of what is written. `scripts/power-cut.sh` and `scripts/postgres.sh` do the work, and say where it
//! is not possible.

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
        let output = run(&mut script("power-cut.sh", &["create", "--owner", &owner]));
        let folder = PathBuf::from(possible(&output)?);
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

    /// All that was written so far reaches it.
    pub fn sync(&self) {
        said(&self.script("sync"));
    }

    fn script(&self, command: &str) -> Output {
        let folder = self.folder.display().to_string();
        run(&mut script("power-cut.sh", &[command, &folder]))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.script("destroy");
    }
}

/// A PostgreSQL server; it ends when dropped. If it is on a disk, its files go with the disk.
#[derive(Debug)]
pub struct Cluster {
    folder: String,
    pid: String,
    on_disk: bool,
    /// How to connect to it.
    pub url: String,
}

impl Cluster {
    /// A fresh one, with `fsync`; `None`, and a line on standard error, where there is no PostgreSQL.
    pub fn create(disk: &Disk) -> Option<Self> {
        let owner = std::process::id().to_string();
        let mut command = script("postgres.sh", &["start", "--durable", "--owner", &owner]);
        let output = run(command.env("TMPDIR", disk.path()));
        let folder = possible(&output)?;
        // A cluster is made in a hurry.
        disk.sync();
        let tell = |what: &str| said(&run(&mut script("postgres.sh", &[what, &folder])));
        let (pid, url) = (tell("pid"), tell("url"));
        assert!(folder.starts_with(&disk.path().display().to_string()));
        Some(Self {
            folder,
            pid,
            on_disk: true,
            url,
        })
    }

    /// A fresh one that offers TLS with a certificate of this version of X.509; `None`, and a line on standard error,
    /// where there is no PostgreSQL or no OpenSSL.
    pub fn with_tls(version: u8) -> Option<Self> {
        let owner = std::process::id().to_string();
        let version = version.to_string();
        let options = ["start", "--tls", &version, "--owner", &owner];
        let folder = possible(&run(&mut script("postgres.sh", &options)))?;
        let tell = |what: &str| said(&run(&mut script("postgres.sh", &[what, &folder])));
        let (pid, url) = (tell("pid"), tell("url"));
        Some(Self {
            folder,
            pid,
            on_disk: false,
            url,
        })
    }

    /// The certificate of the authority that signed the server's.
    pub fn authority(&self) -> PathBuf {
        Path::new(&self.folder).join("data/ca.crt")
    }

    /// Ends all of its processes at once.
    pub fn kill(&self) {
        said(&run(&mut script("postgres.sh", &["kill", &self.pid])));
    }

    /// Starts it again where it was.
    pub fn restart(&mut self) {
        said(&run(&mut script("postgres.sh", &["restart", &self.folder])));
        self.pid = said(&run(&mut script("postgres.sh", &["pid", &self.folder])));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let end = if self.on_disk {
            ["kill", &self.pid]
        } else {
            ["stop", &self.folder]
        };
        let _ = run(&mut script("postgres.sh", &end));
    }
}

fn script(name: &str, args: &[&str]) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    let mut command = Command::new(scripts.join(name));
    command.args(args);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the script starts")
}

/// What a script said; `None` if it said that this cannot be done here.
#[track_caller]
fn possible(output: &Output) -> Option<String> {
    if output.status.code() == Some(3) {
        let why = String::from_utf8_lossy(&output.stderr);
        eprintln!("SKIPPED, nothing was tested: {}", why.trim());
        return None;
    }
    Some(said(output))
}

#[track_caller]
fn said(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
