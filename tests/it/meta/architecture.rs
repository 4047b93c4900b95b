//! The shape of the source as a test: which layer may know which, and what every file owes its reader.
//!
//! Rules are data; each kind of rule has a control that must find its offender.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the files under a folder must not say in their code, and why.
struct Ban {
    under: &'static str,
    except: &'static [&'static str],
    words: &'static [&'static str],
    because: &'static str,
}

/// A crate, and which crates of ours it may use. The compiler refuses what a manifest does not name, so that this table is the
/// picture in `docs/architecture.md`.
struct Layer {
    folder: &'static str,
    uses: &'static [&'static str],
    because: &'static str,
}

const LAYERS: &[Layer] = &[
    Layer {
        folder: "sync-protocol",
        uses: &[],
        because: "the protocol is pure, and a phone carries it",
    },
    Layer {
        folder: "migrations",
        uses: &[],
        because: "an old step must still mean what it meant",
    },
    Layer {
        folder: "mobile-client-spec/reference-client",
        uses: &["tepai-sync-protocol"],
        because: "the client knows the server by its protocol alone",
    },
    Layer {
        folder: "server/domain",
        uses: &["tepai-sync-protocol"],
        because: "rules are pure and know no layer",
    },
    Layer {
        folder: "server/store",
        uses: &["tepai-domain", "tepai-migrations", "tepai-sync-protocol"],
        because: "the store serves use cases and knows none",
    },
    Layer {
        folder: "server/files",
        uses: &["tepai-domain", "tepai-sync-protocol"],
        because: "bytes are stored without knowing whose they are",
    },
    Layer {
        folder: "server/export",
        uses: &["tepai-domain", "tepai-sync-protocol"],
        because: "a report is written without knowing where its figures come from",
    },
    Layer {
        folder: "server/webhook-client",
        uses: &["tepai-domain"],
        because: "a request is sent without knowing whose it is",
    },
    Layer {
        folder: "server/app",
        uses: &[
            "tepai-domain",
            "tepai-export",
            "tepai-files",
            "tepai-store",
            "tepai-sync-protocol",
            "tepai-webhook-client",
        ],
        because: "a use case knows neither HTTP nor commands",
    },
    Layer {
        folder: "server/http",
        uses: &[
            "tepai-app",
            "tepai-domain",
            "tepai-export",
            "tepai-sync-protocol",
        ],
        because: "a route calls a use case and never the database",
    },
    Layer {
        folder: "server/demo",
        uses: &[
            "tepai-app",
            "tepai-client",
            "tepai-domain",
            "tepai-sync-protocol",
        ],
        because: "the data of the demo arrive as anybody's do",
    },
    Layer {
        folder: "server",
        uses: &[
            "tepai-app",
            "tepai-demo",
            "tepai-domain",
            "tepai-export",
            "tepai-files",
            "tepai-http",
            "tepai-store",
            "tepai-sync-protocol",
        ],
        because: "nothing of production reaches the reference client",
    },
];

/// The areas of `server/app/src`, from the ground up. An area uses those above its line in this list, and none below.
const AREAS: &[&[&str]] = &[
    &["error"],
    &[
        "background",
        "clock",
        "policy",
        "secrets",
        "qr",
        "epoch",
        "audit",
    ],
    &["records"],
    &["admin"],
    &["summaries"],
    &["territory", "assessment", "reports"],
    &["visits", "webhooks"],
    &["photos"],
    &["privacy"],
    &["sync"],
    &["identity", "review", "live"],
    &["imports"],
];

const BANS: &[Ban] = &[
    Ban {
        under: "sync-protocol/src",
        except: &[],
        words: &["std::fs", "std::net", "Timestamp::now"],
        because: "the protocol does no I/O and reads no clock",
    },
    Ban {
        under: "server/domain/src",
        except: &[],
        words: &["async fn"],
        because: "rules are pure: no clock, no database, no waiting",
    },
    Ban {
        under: "server/app/src",
        except: &[],
        words: &["SELECT ", "INSERT "],
        because: "a use case knows no SQL",
    },
    Ban {
        under: "server/http/src",
        except: &[],
        words: &["SELECT ", "INSERT "],
        because: "a route knows no SQL",
    },
    Ban {
        under: "server/src/jobs",
        except: &[],
        words: &["tepai_http", "axum"],
        because: "a job is a loop around a use case",
    },
    Ban {
        under: "server",
        except: &["server/store", "server/demo"],
        words: &["begin_with_options", "execute_raw", "query_all_raw"],
        because: "transactions and statements live in the store",
    },
    Ban {
        under: "server",
        except: &["server/app/src/clock.rs", "server/http/src/layers.rs"],
        words: &[
            "Timestamp::now",
            "SystemTime::now",
            "Zoned::now",
            "Uuid::now_v7",
            "Uuid::new_v4",
        ],
        because: "the time and new ids come from the clock",
    },
];

/// Libraries of which only these crates may know.
const OWNERS: &[(&str, &[&str])] = &[
    ("axum", &["server/http", "server", "tests"]),
    ("sea-orm", &["server/store", "tests"]),
    ("sea-orm-migration", &["migrations"]),
    (
        "tokio",
        &[
            "server/app",
            "server/files",
            "server/http",
            "server/store",
            "server/webhook-client",
            "server/demo",
            "server",
            "tests",
        ],
    ),
    ("rusqlite", &["mobile-client-spec/reference-client"]),
];

/// Most lines of a file without its unit tests.
const LONGEST_FILE: usize = 500;

/// Files that are longer, how long they may be, and why they still are. The list may only shrink.
const LONG_FILES: &[(&str, usize, &str)] = &[
    (
        "mobile-client-spec/reference-client/src/phone.rs",
        880,
        "one state machine; to be split with the app of the phone",
    ),
    (
        "server/store/src/records.rs",
        730,
        "statements of one table",
    ),
    (
        "sync-protocol/src/merge.rs",
        720,
        "one pure rule, read as a whole",
    ),
    (
        "server/app/src/imports/roster.rs",
        665,
        "its columns are to become a table",
    ),
    (
        "server/app/src/assessment/runs.rs",
        650,
        "to be split in two",
    ),
    ("sync-protocol/src/summary/measure_table.rs", 640, "a table"),
    ("server/demo/src/story.rs", 605, "a story, read as a whole"),
    ("server/app/src/reports/build.rs", 600, "to be split in two"),
    (
        "server/http/src/routes/photos/uploads.rs",
        595,
        "six methods of one resource",
    ),
    (
        "server/store/src/webhooks.rs",
        590,
        "statements of four tables",
    ),
    (
        "server/store/src/photo_files.rs",
        575,
        "statements of one table",
    ),
    (
        "sync-protocol/src/validate.rs",
        555,
        "one pure rule, read as a whole",
    ),
    ("server/app/src/photos/upload.rs", 540, "to be split in two"),
    ("server/files/src/incoming.rs", 535, "one state machine"),
    (
        "server/domain/src/audit.rs",
        525,
        "half of it is the list of acts",
    ),
    (
        "server/export/src/template/sheet.rs",
        525,
        "one reader of one format",
    ),
    ("server/app/src/records/ledger.rs", 515, "the unit of work"),
    ("server/app/src/live/office.rs", 505, "to be split in two"),
];

/// Most lines of a function.
const LONGEST_FUNCTION: usize = 60;

/// Functions that are longer, and how long they may be. The list may only shrink.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[
    (
        "mobile-client-spec/reference-client/src/transport.rs",
        "enrol",
        90,
    ),
    ("server/app/src/assessment/evidence.rs", "evidence", 75),
    ("server/app/src/assessment/figures.rs", "shown", 62),
    ("server/app/src/assessment/runs.rs", "freeze", 70),
    ("server/app/src/imports/divisions.rs", "plan", 62),
    ("server/app/src/imports/roster.rs", "read_assignment", 61),
    ("server/app/src/imports/roster.rs", "read_commissioner", 100),
    ("server/app/src/privacy/anonymise.rs", "write", 65),
    ("server/app/src/summaries/cells.rs", "recount", 65),
    ("server/app/src/summaries/check.rs", "check", 70),
    ("server/app/src/summaries/summary.rs", "village_states", 71),
    ("server/app/src/territory/hand_over.rs", "plan", 62),
    ("server/demo/src/story.rs", "play_scenes", 72),
    ("server/demo/src/story.rs", "visit", 98),
    ("server/domain/src/score/sheet.rs", "sheet", 105),
    ("server/src/cli/check.rs", "run", 66),
    ("server/src/cli/demo.rs", "overdue", 65),
    ("server/src/cli/import.rs", "run", 71),
    ("sync-protocol/src/specification/mod.rs", "spelled", 62),
];

/// Everything in the source that people read says 走访, never this.
const FORBIDDEN_WORD: &str = "\u{6253}\u{5361}";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Files below `folder` with this ending, as paths from the root, sorted.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules" | ".git") {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(
                    path.strip_prefix(root())
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The code of a file: what is neither a comment nor in its unit tests.
fn code(text: &str) -> String {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The banned words that a file says. A file of unit tests may know what it tests against.
fn offences(ban: &Ban, path: &str, text: &str) -> Vec<String> {
    let exempt =
        path.ends_with("tests.rs") || ban.except.iter().any(|place| path.starts_with(place));
    let code = code(text);
    let said = ban.words.iter().filter(|word| !exempt && says(&code, word));
    said.map(|word| format!("{path}: `{word}`: {}", ban.because))
        .collect()
}

/// Whether a word stands there as a word, and not as the end of a longer one.
fn says(code: &str, word: &str) -> bool {
    let part = |byte: Option<char>| byte.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !part(before) && (word.ends_with(' ') || !part(after))
    })
}

#[test]
fn no_layer_knows_what_it_must_not() {
    let mut found = Vec::new();
    for ban in BANS {
        let paths = files(ban.under, ".rs");
        assert!(!paths.is_empty(), "there is nothing under {}", ban.under);
        for path in paths {
            found.extend(offences(ban, &path, &read(&path)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_layer_that_knows_what_it_must_not_is_found() {
    for ban in BANS {
        for word in ban.words {
            let text = format!("//! A head.\nfn f() {{ let _ = {word}(); }}\n");
            let path = format!("{}/offender.rs", ban.under);
            assert!(
                !offences(ban, &path, &text).is_empty(),
                "{word} under {}",
                ban.under
            );
            assert!(
                offences(ban, &path, &format!("//! {word}\n")).is_empty(),
                "words of a comment are no knowledge"
            );
        }
    }
}

/// What a manifest names under `[dependencies]`.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = read(&format!("{folder}/Cargo.toml"));
    let section = manifest.split("\n[dependencies]\n").nth(1);
    let section = section.unwrap_or_default().split("\n[").next();
    let lines = section.unwrap_or_default().lines();
    lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_crate_uses_only_the_layers_that_it_may() {
    for layer in LAYERS {
        let used = dependencies(layer.folder);
        let ours: Vec<_> = used
            .iter()
            .filter(|name| name.starts_with("tepai-"))
            .collect();
        let bad: Vec<_> = ours
            .iter()
            .filter(|name| !layer.uses.contains(&name.as_str()))
            .collect();
        assert!(
            bad.is_empty(),
            "{} uses {bad:?}: {}",
            layer.folder,
            layer.because
        );
    }
    let named: BTreeSet<&str> = LAYERS.iter().map(|layer| layer.folder).collect();
    for manifest in files("", "Cargo.toml") {
        let folder = manifest.trim_end_matches("/Cargo.toml");
        assert!(
            named.contains(folder) || matches!(folder, "Cargo.toml" | "tests"),
            "{folder} is no layer"
        );
    }
    assert!(
        dependencies("server/http").contains("axum"),
        "the reader of manifests reads nothing"
    );
}

#[test]
fn a_library_is_known_to_the_crates_that_own_it_alone() {
    for (library, owners) in OWNERS {
        let folders = LAYERS.iter().map(|layer| layer.folder).chain(["tests"]);
        for folder in folders.filter(|folder| dependencies(folder).contains(*library)) {
            assert!(owners.contains(&folder), "{folder} knows {library}");
        }
    }
}

/// The areas that a file of `server/app/src` names, other than its own.
fn areas_used(path: &str, text: &str) -> BTreeSet<String> {
    let own = area_of(path);
    let code = code(text);
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = if let Some(group) = rest.strip_prefix('{') {
            group
                .split('}')
                .next()
                .unwrap_or_default()
                .split([',', ':'])
                .collect()
        } else {
            vec![rest]
        };
        for name in names {
            let end = name.trim_start();
            let end: String = end
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if end != own
                && AREAS
                    .iter()
                    .flat_map(|level| level.iter())
                    .any(|area| *area == end)
            {
                used.insert(end);
            }
        }
    }
    used
}

fn area_of(path: &str) -> String {
    let below = path.trim_start_matches("server/app/src/");
    let first = below.split('/').next().unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

fn level_of(area: &str) -> Option<usize> {
    AREAS.iter().position(|level| level.contains(&area))
}

/// Uses that go up, or sideways.
fn climbs(path: &str, text: &str) -> Vec<String> {
    let own = area_of(path);
    let Some(level) = level_of(&own) else {
        return vec![format!("{path}: {own} is no area of the list")];
    };
    let used = areas_used(path, text).into_iter();
    used.filter(|area| level_of(area).is_none_or(|other| other >= level))
        .map(|area| format!("{path}: {own} uses {area}, which does not stand below it"))
        .collect()
}

#[test]
fn areas_use_each_other_one_way() {
    let paths = files("server/app/src", ".rs");
    let found: Vec<String> = paths
        .iter()
        .filter(|path| !path.ends_with("lib.rs"))
        .flat_map(|path| climbs(path, &read(path)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let offender = "//! A head.\nuse crate::sync::push;\n";
    assert_eq!(
        climbs("server/app/src/records/ledger.rs", offender).len(),
        1
    );
    let offender = "//! A head.\nuse crate::{App, imports};\n";
    assert_eq!(
        climbs("server/app/src/records/ledger.rs", offender).len(),
        1
    );
}

#[test]
fn every_area_opens_with_its_rules_and_the_file_to_read_first() {
    for path in files("server/app/src", "mod.rs") {
        let text = read(&path);
        let head: String = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        assert!(
            head.contains("//! - ") && head.contains("Read [`"),
            "{path}"
        );
    }
}

#[test]
fn every_file_opens_with_what_it_is() {
    let missing = |text: &str| !text.starts_with("//! ");
    let headless: Vec<_> = files("", ".rs")
        .into_iter()
        .filter(|path| missing(&read(path)))
        .collect();
    assert!(headless.is_empty(), "no `//!` head: {headless:?}");
    assert!(missing("use std::fmt;\n"));
}

/// The source of the product: no tests.
fn product_files() -> Vec<String> {
    let tops = [
        "server",
        "sync-protocol",
        "migrations",
        "mobile-client-spec",
    ];
    let all = tops.iter().flat_map(|top| files(top, ".rs"));
    all.filter(|path| !path.ends_with("tests.rs")).collect()
}

/// A file without its unit tests.
fn without_tests(text: &str) -> &str {
    let end = text.find("#[cfg(test)]\nmod tests {");
    end.map_or(text, |end| &text[..end])
}

/// The functions of a file with their lengths: from `fn` to the brace of the same indent.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String, usize)> = None;
    for (at, line) in without_tests(text).lines().enumerate() {
        let head = line.trim_start();
        let indent = " ".repeat(line.len() - head.len());
        let name = head
            .split_once("fn ")
            .filter(|(before, _)| {
                let mut words = before.split_whitespace();
                words.all(|word| word.starts_with("pub") || matches!(word, "const" | "async"))
            })
            .and_then(|(_, rest)| rest.split(['(', '<']).next());
        let is_signature = line.ends_with(';');
        match (&open, name) {
            (None, Some(_)) if is_signature => {}
            (Some((indent, _, _)), _)
                if is_signature && line.starts_with(&format!("{indent})")) =>
            {
                open = None;
            }
            (None, Some(name)) => open = Some((indent, name.to_owned(), at)),
            (Some((indent, name, begun)), _) if line == format!("{indent}}}") => {
                found.push((name.clone(), at - begun + 1));
                open = None;
            }
            _ => {}
        }
    }
    found
}

#[test]
fn no_file_and_no_function_grows_past_its_limit() {
    let mut long = Vec::new();
    let mut seen = BTreeSet::new();
    for path in product_files() {
        let text = read(&path);
        let lines = without_tests(&text).lines().count();
        let exception = LONG_FILES.iter().find(|(long, _, _)| *long == path);
        let limit = exception.map_or(LONGEST_FILE, |(_, limit, _)| *limit);
        if lines > limit {
            long.push(format!("{path}: {lines} lines, {limit} are allowed"));
        }
        if lines > LONGEST_FILE {
            seen.insert(path.clone());
        }
        for (name, lines) in functions(&text) {
            let is_own =
                |(file, function, _): &&(&str, &str, usize)| *file == path && *function == name;
            let exception = LONG_FUNCTIONS.iter().find(is_own);
            let limit = exception.map_or(LONGEST_FUNCTION, |(_, _, limit)| *limit);
            if lines > limit {
                long.push(format!(
                    "{path}: {name} has {lines} lines, {limit} are allowed"
                ));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
    for (path, _, why) in LONG_FILES {
        assert!(
            seen.contains(*path),
            "{path} is short enough now ({why}): take it off the list"
        );
    }
    let offender = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(LONGEST_FUNCTION));
    assert_eq!(
        functions(&offender),
        [("f".to_owned(), LONGEST_FUNCTION + 2)]
    );
}

#[test]
fn every_package_takes_the_lints_of_the_workspace() {
    let manifests: Vec<_> = files("", "Cargo.toml")
        .into_iter()
        .filter(|path| path != "Cargo.toml")
        .collect();
    assert!(manifests.len() >= 5, "{manifests:?}");
    for path in manifests {
        assert!(read(&path).contains("[lints]\nworkspace = true"), "{path}");
    }
}

#[test]
fn a_visit_is_never_called_a_clocking_in() {
    let allowed: BTreeSet<&str> = ["docs/glossary.md", "tests/it/sync/push.rs"].into();
    for ending in [
        ".rs", ".md", ".json", ".toml", ".sh", ".ts", ".vue", ".mjs", ".html",
    ] {
        for path in files("", ending) {
            let said = read(&path).contains(FORBIDDEN_WORD);
            assert!(
                !said || allowed.contains(path.as_str()),
                "{path} says {FORBIDDEN_WORD}"
            );
        }
    }
}

/// The paths of files and folders that a document names in backquotes.
fn paths_in(text: &str) -> Vec<String> {
    let tops = [
        "server/",
        "sync-protocol/",
        "migrations/",
        "mobile-client-spec/",
        "tests/",
        "docs/",
        "scripts/",
        "web/",
    ];
    let quoted = text.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|word| tops.iter().any(|top| word.starts_with(top)));
    paths
        .filter(|word| !word.contains(['*', '{', '<', ' ', '…']))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_path_that_the_documents_name_exists() {
    let mut checked = 0;
    for document in files("", ".md") {
        for path in paths_in(&read(&document)) {
            let beside = Path::new(&document).parent().unwrap().join(&path);
            let exists = root().join(&path).exists() || root().join(beside).exists();
            assert!(exists, "{document} names {path}");
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} paths");
    assert_eq!(
        paths_in("see `server/src/nowhere.rs` and `cargo`"),
        ["server/src/nowhere.rs"]
    );
}

/// The types that a file makes public.
fn public_types(text: &str) -> Vec<String> {
    let words = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
    let lines = text.lines();
    let heads = lines.filter_map(|line| words.iter().find_map(|word| line.strip_prefix(word)));
    heads
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn a_public_type_of_the_server_has_its_name_alone() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut twice = Vec::new();
    for path in files("server", ".rs") {
        for name in public_types(&read(&path)) {
            if let Some(other) = known.insert(name.clone(), path.clone()) {
                twice.push(format!("{name}: {other} and {path}"));
            }
        }
    }
    assert!(known.len() > 300, "only {} types", known.len());
    assert!(twice.is_empty(), "{}", twice.join("\n"));
    assert_eq!(
        public_types("pub struct A {\npub enum B<T> {\n"),
        ["A", "B"]
    );
}

/// The old names of the table in the ADR on plain words. What stands in English prose as well is left to the reader.
fn old_names(document: &str) -> Vec<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| row.split('`').next());
    names
        .filter(|name| *name != "Together")
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_old_name_comes_back() {
    let old = old_names(&read("docs/adr/0027-plain-words.md"));
    assert!(old.len() >= 25, "{old:?}");
    let of_old = |text: &str| old.iter().find(|name| says(text, name)).cloned();
    for ending in [".rs", ".ts", ".vue"] {
        for path in files("", ending) {
            assert_eq!(of_old(&read(&path)), None, "{path}");
        }
    }
    let offender = format!("fn {}() {{}}", ["let", "go"].join("_"));
    assert!(of_old(&offender).is_some());
}

/// The steps of the walks in the architecture document: file and function.
fn walk_steps(document: &str) -> Vec<(String, Vec<String>)> {
    let walks = document
        .split("\n## Six walks\n")
        .nth(1)
        .unwrap_or_default();
    let walks = walks.split("\n## ").next().unwrap_or_default();
    let mut walk = String::new();
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for line in walks.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            name.clone_into(&mut walk);
            steps.push((walk.clone(), Vec::new()));
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let words = line.split('`').skip(1).step_by(2).map(str::to_owned);
            let words: Vec<String> = words.collect();
            if let Some((_, all)) = steps.last_mut() {
                all.extend(words.chunks_exact(2).map(|pair| pair.join(" ")));
            }
        }
    }
    steps
}

/// Steps whose file does not hold the function.
fn broken_steps(steps: &[String]) -> Vec<String> {
    let is_broken = |step: &&String| {
        let (file, function) = step.split_once(' ').unwrap_or_default();
        let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        !text.contains(&format!("fn {function}(")) && !text.contains(&format!("fn {function}<"))
    };
    steps.iter().filter(is_broken).cloned().collect()
}

#[test]
fn every_step_of_the_six_walks_stands_where_the_document_says() {
    let walks = walk_steps(&read("docs/architecture.md"));
    assert_eq!(walks.len(), 6, "{walks:?}");
    for (walk, steps) in &walks {
        assert!(steps.len() >= 4, "{walk}: {steps:?}");
        let broken = broken_steps(steps);
        assert!(broken.is_empty(), "{walk}: {broken:?}");
    }
    let offender = ["server/app/src/sync/push.rs no_such_step".to_owned()];
    assert_eq!(broken_steps(&offender).len(), 1);
}

#[test]
fn every_test_and_mutant_that_the_proofs_name_exists() {
    let proofs = read("docs/proofs.md");
    let named: Vec<&str> = proofs.split('`').skip(1).step_by(2).collect();
    let sources: String = files("", ".rs").iter().map(|path| read(path)).collect();
    let tests = named.iter().filter_map(|name| name.rsplit_once("::"));
    let (mut count, mut missing) = (0, Vec::new());
    for (_, test) in tests {
        count += 1;
        if !sources.contains(&format!("fn {test}(")) {
            missing.push(test);
        }
    }
    assert!(
        count >= 30 && missing.is_empty(),
        "{count} names, missing: {missing:?}"
    );
    for patch in files("tests/mutants", ".patch") {
        let text = read(&patch);
        let says = text
            .lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("caught by: test("));
        assert!(says && proofs.contains(&patch), "{patch}");
        let done = std::process::Command::new("git")
            .args(["apply", "--check", &patch])
            .current_dir(root())
            .status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "{patch} no longer applies"
        );
    }
}
