//! The real binary as a process of its own, on a port of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running `tepai serve`; it is killed when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    /// Where it answers, such as `http://127.0.0.1:41234`.
    pub base: String,
}

impl ServerProcess {
    /// Starts a server over a migrated database and waits until it says that it is ready.
    pub fn start(database_url: &str, data_dir: &Path) -> Self {
        Self::start_with(Stdio::inherit(), database_url, data_dir, &[])
    }

    /// The same without its log, for a server that will have much to complain of.
    pub fn start_silent(database_url: &str, data_dir: &Path) -> Self {
        Self::start_with(Stdio::null(), database_url, data_dir, &[])
    }

    /// The same silently with settings of the test's own, by their names in the environment.
    pub fn start_set(
        database_url: &str,
        data_dir: &Path,
        settings: &[(&'static str, String)],
    ) -> Self {
        Self::start_with(Stdio::null(), database_url, data_dir, settings)
    }

    fn start_with(
        log: Stdio,
        database_url: &str,
        data_dir: &Path,
        settings: &[(&'static str, String)],
    ) -> Self {
        let mut child = Command::new(binary())
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--database-url", database_url])
            .arg("--data-dir")
            .arg(data_dir)
            .env(
                "TEPAI_SECURITY__SECRET",
                "a-secret-of-the-tests-that-nobody-else-uses",
            )
            .env("TEPAI_LOG__LEVEL", "warn")
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let stdout = child.stdout.take().expect("its output");
        let base = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| address_in(&line))
            .expect("the server says where it listens");
        Self { child, base }
    }

    /// Ends it with SIGKILL, in whatever it is doing.
    pub fn kill(self) {
        drop(self);
    }

    /// Stops it where it stands, so that it says nothing more; what its threads wait for goes on beneath them.
    pub fn freeze(&self) {
        signal(self.id(), "-STOP");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in bytes, as the kernel tells it.
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most resident memory that it ever had, in bytes.
    pub fn most_resident_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, name: &str) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        let kilobytes = line
            .split_whitespace()
            .nth(1)
            .and_then(|number| number.parse::<u64>().ok());
        kilobytes.unwrap_or(0) * 1024
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first address of the form `http://127.0.0.1:PORT` in a line.
fn address_in(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    let rest = line.get(start..)?;
    let end = rest
        .find(|letter: char| letter.is_whitespace())
        .unwrap_or(rest.len());
    Some(rest.get(..end)?.trim_end_matches('/').to_owned())
}

/// The `tepai` that was built beside this test.
pub fn binary() -> PathBuf {
    program("tepai")
}

/// A program of the workspace that was built beside this test.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("the path of this program");
    let beside = own.ancestors().skip(1).map(|folder| folder.join(name));
    let found = beside.into_iter().take(3).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("`cargo build --bin {name}` with the same profile comes first"))
}

/// Sends a signal, such as `-STOP`, to a process.
pub fn signal(process: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status()
        .expect("kill runs");
    assert!(sent.success(), "the process hears {signal}");
}
