//! Clients of tus that nobody here wrote send a photo through a line that breaks again and again: `tus-js-client` under
//! Node, and `tuspy`. They know nothing of Tepai but its address, a token and what to announce.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tepai_tests::foreign::{has_npm_packages, run, succeeds};
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::process::ServerProcess;
use tepai_tests::proxy::{Plan, Proxy};
use tepai_tests::sender::sender;
use tepai_tests::{World, on_both_databases, report};
use tokio::task::spawn_blocking;

on_both_databases!(
    tus_js_client_sends_a_photo_over_a_line_that_breaks,
    tus_js_client_without_patch_sends_a_photo_over_a_line_that_breaks,
    tuspy_sends_a_photo_over_a_line_that_breaks,
);

fn folder(client: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(client)
}

#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
fn skipped(what: &str) -> bool {
    eprintln!("SKIPPED: {what} with its registry");
    false
}

fn has_tus_js() -> bool {
    has_npm_packages(&folder("tus-js")) || skipped("tus-js-client needs Node 20, and npm")
}

/// Installs what the requirements say into an environment of its own, once.
fn has_tuspy() -> bool {
    let folder = folder("tuspy");
    let own = |program: &str| folder.join(".venv/bin").join(program);
    let package = [
        "install",
        "--quiet",
        "--retries=1",
        "--requirement",
        "requirements.txt",
    ];
    succeeds(&folder, own("python"), &["-c", "import tusclient"])
        || (succeeds(&folder, "python3", &["-m", "venv", ".venv"])
            && succeeds(&folder, own("pip"), &package))
        || skipped("tuspy needs Python 3 with venv, and pip")
}

/// What a client is told.
struct Errand {
    client: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
}

/// A line that breaks in requests and in answers, early and late, and is whole in the end.
const BREAKS: [Plan; 9] = [
    Plan::CutAnswer(0),
    Plan::CutRequest(70),
    Plan::CutAnswer(10_000),
    Plan::CutRequest(30_000),
    Plan::CutRequest(9000),
    Plan::CutAnswer(0),
    Plan::CutAnswer(15),
    Plan::CutRequest(40_001),
    Plan::CutRequest(1200),
];

async fn send_through_breaks(world: World, client: &'static str, program: PathBuf, how: &[&str]) {
    let mut sender = sender(&world).await;
    let bytes = jpeg(900, 1600, 1200);
    let (visit, _) = sender.announce(&world, &bytes).await;
    let data = tempfile::TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let proxy = Proxy::before(&[&server.base]).await;
    for plan in BREAKS {
        proxy.plan(plan);
    }
    let file = data.path().join("photo.jpg");
    std::fs::write(&file, &bytes).unwrap();
    let hash = sha256(&bytes);
    let (script, method) = how.split_first().expect("a script");
    let mut arguments = vec![
        (*script).to_owned(),
        proxy.base.clone(),
        sender.token.clone(),
        file.display().to_string(),
        hash.clone(),
    ];
    arguments.extend(method.iter().map(|method| (*method).to_owned()));
    let errand = Errand {
        client,
        program,
        arguments,
    };
    let said = carry_out(errand).await;
    assert_eq!(said["ok"], true, "{said}");
    let kept = data
        .path()
        .join(format!("photos/kept/990421/{}/{hash}", &hash[..2]));
    assert!(std::fs::read(kept).unwrap() == bytes, "byte for byte");
    assert_eq!(sender.photos(visit).await[0].0, "complete");
    let passed = proxy.passed();
    let broke = passed.iter().filter(|passed| passed.broke).count();
    assert_eq!(broke, BREAKS.len());
    let counts = [
        ("bytes of the photo", bytes.len()),
        ("connections", passed.len()),
        ("of them broken", broke),
    ];
    let counts = counts.map(|(name, count)| (name.to_owned(), count));
    report::tell(&format!("{client} {how:?}:"), &counts.into());
}

async fn carry_out(errand: Errand) -> Value {
    let output = spawn_blocking(move || {
        let arguments: Vec<&str> = errand.arguments.iter().map(String::as_str).collect();
        run(&folder(errand.client), errand.program, &arguments).expect("it runs")
    });
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(said.trim()).unwrap_or_else(|_| json!(format!("{said}{complaint}")))
}

async fn tus_js_client_sends_a_photo_over_a_line_that_breaks(world: World) {
    if has_tus_js() {
        send_through_breaks(world, "tus-js", "node".into(), &["upload.mjs", "PATCH"]).await;
    }
}

async fn tus_js_client_without_patch_sends_a_photo_over_a_line_that_breaks(world: World) {
    if has_tus_js() {
        send_through_breaks(world, "tus-js", "node".into(), &["upload.mjs", "POST"]).await;
    }
}

async fn tuspy_sends_a_photo_over_a_line_that_breaks(world: World) {
    if has_tuspy() {
        let python = folder("tuspy").join(".venv/bin/python");
        send_through_breaks(world, "tuspy", python, &["upload.py"]).await;
    }
}
