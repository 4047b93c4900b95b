//! The shape of the source as a test: which layer may know which, and what every file owes its reader.
//!
//! Rules are data; each kind of rule has a control that must find its offender.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the files under a folder must not say in their code, and why.
struct Ban {
    under: &'static str,
    except: &'static [&'static str],
    words: &'static [&'static str],
    because: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        under: "sync-protocol/src",
        except: &[],
        words: &[
            "axum",
            "sea_orm",
            "tokio",
            "tepai_server",
            "tepai_client",
            "std::fs",
            "std::net",
        ],
        because: "the protocol is pure, and a phone carries it",
    },
    Ban {
        under: "mobile-client-spec/reference-client/src",
        except: &[],
        words: &["tepai_server", "sea_orm", "axum"],
        because: "the client knows the server by its protocol alone",
    },
    Ban {
        under: "migrations/src",
        except: &[],
        words: &["tepai_server", "tepai_sync_protocol"],
        because: "an old step must still mean what it meant",
    },
    Ban {
        under: "server/src/domain",
        except: &[],
        words: &[
            "crate::app",
            "crate::http",
            "crate::store",
            "crate::cli",
            "crate::jobs",
            "crate::clock",
            "crate::config",
            "axum",
            "sea_orm",
            "tokio",
            "async fn",
        ],
        because: "rules are pure: no clock, no database, no waiting",
    },
    Ban {
        under: "server/src/store",
        except: &[],
        words: &[
            "crate::app",
            "crate::http",
            "crate::cli",
            "crate::jobs",
            "axum",
        ],
        because: "the store serves use cases and knows none",
    },
    Ban {
        under: "server/src/app",
        except: &[],
        words: &[
            "crate::http",
            "crate::cli",
            "crate::jobs",
            "crate::config",
            "axum",
            "sea_orm",
            "SELECT ",
            "INSERT ",
        ],
        because: "a use case knows neither HTTP nor SQL",
    },
    Ban {
        under: "server/src/http",
        except: &[],
        words: &[
            "crate::store",
            "crate::cli",
            "crate::jobs",
            "sea_orm",
            "SELECT ",
            "INSERT ",
        ],
        because: "a route calls a use case and never the database",
    },
    Ban {
        under: "server/src/files",
        except: &[],
        words: &[
            "crate::app",
            "crate::http",
            "crate::store",
            "crate::cli",
            "crate::jobs",
            "sea_orm",
            "axum",
        ],
        because: "bytes are kept without knowing whose they are",
    },
    Ban {
        under: "server/webhook-client",
        except: &[],
        words: &[
            "crate::app",
            "crate::http",
            "crate::store",
            "crate::cli",
            "crate::jobs",
            "sea_orm",
            "axum",
        ],
        because: "what is sent goes without knowing whose it is",
    },
    Ban {
        under: "server/src/jobs",
        except: &[],
        words: &["crate::http", "crate::cli", "sea_orm", "axum"],
        because: "a job is a loop around a use case",
    },
    Ban {
        under: "server/src/demo",
        except: &[],
        words: &["crate::store", "crate::http", "sea_orm"],
        because: "the demo's data arrive as anybody's do",
    },
    Ban {
        under: "server/src/cli",
        except: &[],
        words: &["sea_orm", "axum"],
        because: "commands call use cases",
    },
    Ban {
        under: "server/src",
        except: &["server/src/store", "server/src/demo"],
        words: &["begin_with_options", "execute_raw", "query_all_raw"],
        because: "transactions and statements live in the store",
    },
    Ban {
        under: "server/src",
        except: &["server/src/clock.rs", "server/src/http/layers.rs"],
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
