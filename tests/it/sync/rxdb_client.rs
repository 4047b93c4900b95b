//! The second client, `RxDB` under Node, written from the specification alone, against a real server.
//!
//! It knows of that client what its README says: its settings, and the lines that it prints and waits for.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tepai_app::clock::Clock;
use tepai_client::protocol::ids::PersonId;
use tepai_tests::foreign::{has_npm_packages, run};
use tepai_tests::process::{ServerProcess, binary};
use tepai_tests::world::villages;
use tepai_tests::{World, on_both_databases};

on_both_databases!(
    an_rxdb_client_edits_offline_pushes_pulls_meets_conflicts_deletes_and_loses_a_village,
    an_rxdb_client_that_stamps_its_bases_anew_is_caught,
);

/// What the client must have said to have done.
const STEPS: [&str; 14] = [
    "enrol",
    "offline-edits",
    "push",
    "pull",
    "lost-answer",
    "saved-while-sending",
    "concurrent-edit",
    "undo-conflict",
    "refused-and-discarded",
    "refused-creation-mended",
    "deletion",
    "edit-of-a-deleted-record",
    "READY-FOR-REASSIGNMENT",
    "scope-change",
];

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mobile-client-spec/examples/rxdb")
}

/// Installs what the lock file says, once, and compiles; `false`, aloud, where there is no Node or no registry.
#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
fn is_ready() -> bool {
    let installed = has_npm_packages(&example());
    if !installed {
        eprintln!("SKIPPED: the RxDB client needs Node 20, and npm with its registry");
        return false;
    }
    let built = run(&example(), "npm", &["run", "--silent", "build"]).expect("npm");
    let said = String::from_utf8_lossy(&built.stdout).into_owned();
    assert!(built.status.success(), "{said}");
    true
}

/// The scenario, running.
struct Scenario {
    node: Child,
    lines: Box<dyn Iterator<Item = String>>,
    said: Vec<String>,
}

impl Scenario {
    fn start(base: &str, codes: [String; 2], sabotage: &str) -> Self {
        let [a, b] = codes;
        let mut node = Command::new("node")
            .arg("dist/scenario.js")
            .current_dir(example())
            .env("TEPAI_BASE", base)
            .env("TEPAI_CODE_A", a)
            .env("TEPAI_CODE_B", b)
            .env("TEPAI_VILLAGE", villages()[0].as_str())
            .env("TEPAI_BREAK", sabotage)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let output = BufReader::new(node.stdout.take().expect("its output"));
        Self {
            node,
            lines: Box::new(output.lines().map_while(Result::ok)),
            said: Vec::new(),
        }
    }

    /// Reads until a line with this word, or the end; whether it came.
    fn hear(&mut self, word: &str) -> bool {
        for line in self.lines.by_ref() {
            self.said.push(line);
            if self.said.last().is_some_and(|line| line.contains(word)) {
                return true;
            }
        }
        false
    }

    fn say(&mut self, line: &str) {
        let mut input = self.node.stdin.take().expect("its input");
        writeln!(input, "{line}").expect("it listens");
    }

    fn succeeded(&mut self) -> bool {
        self.hear("\u{0}");
        self.node.wait().expect("an end").success()
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

fn enrolment_code(world: &World, folder: &Path, person: PersonId) -> String {
    let output = Command::new(binary())
        .args(["--database-url", &world.url, "--data-dir"])
        .arg(folder)
        .args(["device", "enrol-code", &person.to_string(), "--json"])
        .args(["--server", "http://127.0.0.1:1"])
        .env(
            "TEPAI_SECURITY__SECRET",
            "a-secret-of-the-tests-that-nobody-else-uses",
        )
        .output()
        .expect("tepai");
    let said = String::from_utf8_lossy(&output.stdout);
    let answer: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    answer["code"].as_str().expect("a code").to_owned()
}

struct Stage {
    server: ServerProcess,
    people: [PersonId; 2],
    codes: [String; 2],
    _folder: tempfile::TempDir,
}

async fn stage(world: &World) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let a = world.commissioner(&villages()[..1]).await;
    let b = world.commissioner(&villages()[..1]).await;
    Stage {
        server: ServerProcess::start(&world.url, folder.path()),
        people: [a, b],
        codes: [a, b].map(|person| enrolment_code(world, folder.path(), person)),
        _folder: folder,
    }
}

async fn an_rxdb_client_edits_offline_pushes_pulls_meets_conflicts_deletes_and_loses_a_village(
    world: World,
) {
    if !is_ready() {
        return;
    }
    let stage = stage(&world).await;
    let mut scenario = Scenario::start(&stage.server.base, stage.codes, "");
    assert!(
        scenario.hear("READY-FOR-REASSIGNMENT"),
        "{:#?}",
        scenario.said
    );
    let yesterday = Clock::system().today(&world.app.zone).yesterday().unwrap();
    let last = yesterday.to_string();
    world.unassign(stage.people[0], &villages()[0], &last).await;
    scenario.say("reassigned");
    assert!(scenario.succeeded(), "{:#?}", scenario.said);
    for step in STEPS {
        let done = scenario.said.iter().any(|line| line.contains(step));
        assert!(done, "{step} is missing in {:#?}", scenario.said);
    }
}

async fn an_rxdb_client_that_stamps_its_bases_anew_is_caught(world: World) {
    if !is_ready() {
        return;
    }
    let stage = stage(&world).await;
    let mut scenario = Scenario::start(&stage.server.base, stage.codes, "restamp");
    assert!(!scenario.succeeded(), "{:#?}", scenario.said);
    let last = scenario.said.last().cloned().unwrap_or_default();
    assert!(
        last.contains("concurrent-edit") && last.contains("false"),
        "{last}"
    );
}
